"""The guide does what it says: commands are run and edits made as it shows them, in a fresh copy of the project."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from books import commit
from helpers import ROOT, YEAR, Project
from pictures import MOST_BYTES, PICTURED, PICTURES, WORDS, shown, words_of
from sheets import Number, Workbook
from sheets import name as cell_name
from test_messages import VIETNAMESE
from test_new_edition import confirm, write_pages
from typer.testing import CliRunner

from sdgbook import cli
from sdgbook.cli import app, main
from sdgbook.data.kinds import KINDS
from sdgbook.edit import doctor, find, guide, telling
from sdgbook.speaking import Group, parts_of

GUIDE = ROOT / "book" / "dong-gop"
BLOCK = re.compile(r"^```(\w*)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`((?:book|data)/[\w./-]+\.\w+)`")
# In which order the tasks can be done: each goes on from what those before it have left.
TASKS = ("them-mot-chi-so", "nhan-ban-excel", "sua-mot-con-so", "sua-mot-cau", "lam-an-ban-moi")


@dataclass(frozen=True)
class Step:
    """A command with what it must answer, or (`edit`) the lines of a `diff` block for a file."""

    text: str
    answer: str = ""
    edit: tuple[str, ...] = ()


def steps_of(page: str) -> list[Step]:
    """What a page of the guide tells its reader to do, in its order."""
    text, steps = (GUIDE / f"{page}.md").read_text(encoding="utf-8"), []
    for block in BLOCK.finditer(text):
        if block[1] == "diff":
            file = FILE.findall(text, 0, block.start())[-1]
            steps.append(Step(file, edit=tuple(block[2].split("\n"))))
        elif block[2].startswith("$ "):
            for part in re.split(r"^\$ ", block[2], flags=re.MULTILINE)[1:]:
                command, _, answer = part.partition("\n")
                steps.append(Step(command, answer.rstrip("\n")))
    return steps


def words_for(command: str) -> list[str]:
    """The words after `sdgbook` that a `make` command of the guide comes to."""
    make, target, *settings = shlex.split(command)
    assert make == "make" and re.search(rf"^\.PHONY:.* {target} ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    words = [target]
    for setting in settings:
        name, _, value = setting.partition("=")
        words += shlex.split(value) if name == "ARGS" else [value]
    return words


def answers(said: str, expected: str) -> bool:
    """Whether a command said what the guide shows; a line “…” stands for any lines, else “…” for anything."""
    lines = [
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*") + r" *\n"
        for line in expected.split("\n")
    ]
    return re.fullmatch("".join(lines), said.rstrip("\n") + "\n") is not None


def make_edit(project: Project, step: Step) -> None:
    """Change a file as a `diff` block shows; lines without a minus before them are added at its end."""
    text = project.read(step.text)
    for hunk in re.finditer(r"((?:-.*\n)*)((?:\+.*\n)*)", "\n".join(step.edit) + "\n"):
        gone, come = (re.sub(r"^[-+]", "", part, flags=re.MULTILINE) for part in hunk.groups())
        assert not gone or f"\n{gone}" in text, f"{step.text} has no {gone}"
        text = text.replace(f"\n{gone}", f"\n{come}", 1) if gone else text + come
    project.write(step.text, text)


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Project:
    """A fresh copy in git, in which the tasks of the guide are done one after the other."""
    project = Project.copy(tmp_path_factory.mktemp("hướng dẫn"))
    commit(project.root)
    return project


def fill(project: Project) -> None:
    """Fill what a draft still lacks as a clerk would, with last year's values."""
    old = {(row["indicator"], row["breakdown"], row["time_period"][4:]): row for row in project.table("observations")}
    file = "data/editions/2022/observations.csv"
    rows = list(csv.DictReader(io.StringIO(project.read(file), newline="")))
    for row in rows:
        if row["obs_status"] == "O":
            known = old[row["indicator"], row["breakdown"], row["time_period"][4:]]
            row |= {column: known[column] for column in ("obs_value", "obs_status", "as_written")}
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([rows[0], *(row.values() for row in rows)])
    project.write(file, out.getvalue())
    confirm(project)
    write_pages(project)


def type_into_the_workbook(project: Project, file: str) -> None:
    """Edit the exported workbook as the guide shows, and give it the name that it has there."""
    book = Workbook.opened(project.root / "_build" / f"so-lieu-{YEAR}.xlsx")
    sheet = book["Số liệu"]
    row = next(row for row, column in sheet.cells if column == 1 and sheet.cells[row, 1] == "ten-chi-so")
    columns = {value: column for column, value in sheet.row(2).items()}
    sheet[cell_name(row, columns["obs_value"])] = Number("12.43")
    sheet[cell_name(row, columns["as_written"])] = "12,43%"
    book.save(project.root / file)


@pytest.fixture
def untouched(clone, page):
    """What a figure is corrected to in a workbook is forgotten: the next task corrects it by another way."""
    file, kept = clone.file("observations"), clone.read(clone.file("observations"))
    yield
    if page == "nhan-ban-excel":
        assert "12.43" in clone.read(file)
        clone.write(file, clone.read(file).replace(",12.43,", ",12.34,").replace("12,43%", "12,34%"))
        assert clone.read(file) == kept


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("page", TASKS)
def test_a_task_done_word_for_word_answers_what_the_guide_says(page, clone, monkeypatch):
    monkeypatch.chdir(clone.root)
    steps = steps_of(page)
    assert any(step.answer for step in steps)

    def typed(question: str) -> str:
        print(f"{question}có")
        return "có"

    monkeypatch.setattr(cli, "asking", lambda: typed if page == "nhan-ban-excel" else None)
    for step in steps:
        if step.edit:
            make_edit(clone, step)
            continue
        words = words_for(step.text)
        if words[0] == "adopt":
            fill(clone)
        if words[:2] == ["sheet", "import"]:
            type_into_the_workbook(clone, words[2])
        said = CliRunner().invoke(app, words).output
        assert answers(said, step.answer), f"{page}: {step.text}\n{said}\nThe guide says:\n{step.answer}"


def test_no_example_of_the_guide_is_a_figure_of_the_report(facts):
    report = {fact.number.removeprefix("trên ").removeprefix("gần ") for fact in facts.values() if len(fact.number) > 3}
    for path in GUIDE.glob("*.md"):
        shown_there = set(re.findall(r"\d[\d.,]*\d", path.read_text(encoding="utf-8")))
        assert not shown_there & report, path.name


def test_every_kind_of_mistake_has_its_paragraph_and_the_page_is_as_the_code_makes_it():
    text = (ROOT / telling.GUIDE).read_text(encoding="utf-8")
    assert guide.renewed(text) == text, "make format writes it anew"
    for name, kind in KINDS.items():
        assert f"\n### {kind.title}\n" in text
        assert VIETNAMESE.search(kind.cause) and VIETNAMESE.search(kind.way_out), name
    assert guide.renewed(text.replace("Làm gì", "Gì")) == text


def test_contributing_and_the_first_page_lead_to_every_page_of_the_guide():
    pages = {path.name for path in GUIDE.glob("*.md")}
    led = re.findall(r"\]\(book/dong-gop/([\w-]+\.md)\)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert set(led) == pages
    led = re.findall(r"\]\(([\w-]+\.md)\)", (GUIDE / "index.md").read_text(encoding="utf-8"))
    assert {*led, "index.md"} == pages


# Pictures


def test_pictures_are_light_and_each_one_is_used():
    said = json.loads((PICTURES / WORDS).read_text(encoding="utf-8"))
    assert {path.stem for path in PICTURES.glob("*.png")} == PICTURED.keys() == said.keys()
    text = "".join(path.read_text(encoding="utf-8") for path in GUIDE.glob("*.md"))
    for name in said:
        assert (PICTURES / f"{name}.png").stat().st_size < MOST_BYTES
        assert re.search(rf"!\[[^\]]{{20,}}\]\(hinh/{name}\.png\)", text), name


def test_the_pages_still_say_what_the_guides_pictures_show(browser, address):
    said = json.loads((PICTURES / WORDS).read_text(encoding="utf-8"))
    for name, picture in PICTURED.items():
        with shown(browser, address, picture) as (_, part):
            assert words_of(part) == said[name], f"{name}: make pictures"


# Helping hands


def told(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def test_a_figure_is_explained_with_all_that_is_tied_to_it(monkeypatch, facts):
    monkeypatch.chdir(ROOT)
    figure = facts.find("poverty-rate@2021-01-01")
    said = told("explain", figure.name)
    # The cells that must be looked at when it is corrected, by file and line.
    for name in ("poverty-rate@2021-12-31", "poverty-rate-fall"):
        other = facts.find(name)
        line = facts.package.line_of(*other.cells[0])
        assert f"{name} = {other.measured} ({other.file}, dòng {line})" in said
    assert figure.as_written in said and figure.locators[0] in said and "Chữ “sơ bộ”" in said
    for place in (
        "câu văn {fact}`poverty-rate@2021-01-01`",
        'biểu đồ, ô mã muc_tieu.chart("poverty-rate")',
        "headlines",
    ):
        assert place in said
    assert said.startswith(told("explain", figure.number.split()[-1])[:40])


def test_a_corrected_cell_tells_its_history(project, monkeypatch):
    monkeypatch.chdir(project.root)
    commit(project.root)
    before = next(r for r in project.table("observations") if r["indicator"] == "mining-trainees")["obs_value"]
    project.edit("observations", "mining-trainees", "obs_value", "12")
    commit(project.root, "2024-03-01T12:00:00+07:00", "Sửa một con số")
    place = project.edit("observations", "mining-trainees", "obs_value", "34")
    said = told("explain", "mining-trainees")
    assert f"ở: {place.file}, dòng {place.line}, cột obs_value" in said
    changes = [
        "Ô này đã đổi:",
        "  chưa ghi vào git: 12 → 34",
        f"  01/03/2024: {before} → 12 (“Sửa một con số”)",
        f"  29/02/2024: có từ đây: {before} (“Sách”)",
    ]
    assert "\n".join(changes) in said


@pytest.mark.parametrize(
    "name, says",
    [
        ("muc-tieu/1-1", ["Trang “Giảm nghèo", "book/muc-tieu/1-1.md", "muc_tieu.table()"]),
        ("1-1", ["Trang “Giảm nghèo"]),
        ("1.1", ["Mục tiêu 1.1", "poverty-halving"]),
        ("poverty-rate", ["Chỉ số poverty-rate", "poverty-rate@2021-12-31"]),
        ("622/QĐ-TTg", ["Quyết định 622/QĐ-TTg", "to-chuc-thuc-hien.md"]),
        ("I.2.1 kết quả", ["câu kết quả", "poor-households-fall"]),
    ],
)
def test_pages_targets_indicators_documents_and_places_are_explained(name, says, monkeypatch):
    monkeypatch.chdir(ROOT)
    said = told("explain", name)
    assert [word for word in says if word not in said] == []


@pytest.mark.parametrize("name, near", [("povrety-rate", "poverty-rate"), ("ho ngheo", "poor-households-fall")])
def test_an_unknown_name_is_told_with_what_may_be_meant(name, near, monkeypatch):
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(app, ["explain", name])
    assert done.exit_code == 1 and near in done.stderr and name in done.stderr


def test_a_text_is_found_however_it_is_typed():
    sentence = next(
        line for line in (ROOT / "book/muc-tieu/1-1.md").read_text("utf-8").split("\n") if "Trợ giúp pháp lý là" in line
    )
    for text in ("Trợ giúp pháp lý là", "tro giup phap li la", "TRỢ  GIÚP PHÁP LÝ LÀ"):
        hits = find.find(ROOT, text)
        assert ("book/muc-tieu/1-1.md", 1) in [(hit.file, hit.column) for hit in hits], text
        assert any("«Trợ giúp pháp lý là»" in hit.line_text for hit in hits) and sentence


def test_a_number_is_found_in_any_form_also_as_readers_see_it(tmp_path):
    project = Project.copy(tmp_path)
    project.append("book/gioi-thieu.md", "Con số {fact}`hunger-relief-rice` là thế. Đâu đó có 12,340 và 1.234.", "Con")
    places = {form: {(h.file, h.line) for h in find.find(project.root, form)} for form in ("12,34", "12.34", "12.340")}
    here = ("book/gioi-thieu.md", project.read("book/gioi-thieu.md").rstrip("\n").count("\n") + 1)
    assert all(here in found for found in places.values())
    assert here not in {(h.file, h.line) for h in find.find(project.root, "2,34")}
    amount = project.table("observations")[
        [r["indicator"] for r in project.table("observations")].index("hunger-relief-rice")
    ]
    for form in (amount["obs_value"], amount["as_written"].split()[0]):
        assert here in {(h.file, h.line) for h in find.find(project.root, form)}, form


def test_what_is_nowhere_is_said_with_what_there_is(monkeypatch):
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(app, ["find", "hộ nghèo nàn"])
    assert done.exit_code == 1 and "“hộ nghèo”" in done.stderr


def test_the_doctor_names_what_is_missing_and_the_command_that_installs_it(tmp_path, monkeypatch):
    project = Project.copy(tmp_path)
    lock = project.read("requirements.txt")
    project.write("requirements.txt", re.sub(r"^sphinx==\S+", "sphinx==0.1", lock, flags=re.MULTILINE))
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.setattr(doctor, "system", lambda: "debian")
    found = {one.what: one for one in doctor.doctor(project.root)}
    assert found["Thư viện"].is_missing and "sphinx" in found["Thư viện"].found
    assert "sudo apt-get install chromium" in str(found["Chromium"]) and not found["Chromium"].is_missing
    monkeypatch.chdir(project.root)
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 1
    project.write("requirements.txt", "")
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 0


# How the command speaks


def commands() -> dict[str, object]:
    """Every command by the words that call it."""
    from typer.main import get_command

    found: dict[str, object] = {}
    waiting = [("", get_command(app))]
    while waiting:
        name, command = waiting.pop()
        found[name] = command
        if isinstance(command, Group):
            waiting += [(f"{name} {below}".strip(), one) for below, one in command.commands.items()]
    return found


def test_every_command_is_explained_in_vietnamese_with_an_example():
    for name, command in commands().items():
        said = CliRunner().invoke(app, [*name.split(), "--help"]).output
        assert said.startswith("Cách gọi: ") and not re.search(
            r"Usage|Options|Arguments|Commands|Show this|\[default", said
        )
        if not isinstance(command, Group):
            examples = parts_of(command.help)[1]
            assert examples and all(line.startswith(f"sdgbook {name}") for line in examples), name
            assert all(VIETNAMESE.search(param.help or "") for param in command.params), name


@pytest.mark.parametrize(
    "words, says",
    [
        (["why"], "Thiếu TRANG."),
        (["doctr"], "Không có lệnh “doctr”. Có phải là: doctor"),
        (["check", "--foo"], "Không có lựa chọn “--foo”"),
        (["preview", "--port"], "Sau --port phải có một giá trị."),
        (["preview", "--port", "abc"], "Giá trị ghi cho --port không dùng được."),
        (["format", "x"], "Thừa “x”."),
    ],
)
def test_a_command_typed_wrong_is_told_in_vietnamese_with_status_2(words, says):
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2 and says in done.stderr and "--help" in done.stderr
    assert not re.search("Error|Usage|Missing|such|Try", done.output)


def test_a_shell_completes_names_of_figures(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    for name, value in (
        ("_SDGBOOK_COMPLETE", "complete_bash"),
        ("COMP_CWORD", "2"),
        ("COMP_WORDS", "sdgbook explain pov"),
    ):
        monkeypatch.setitem(os.environ, name, value)
    monkeypatch.setattr("sys.argv", ["sdgbook"])
    with pytest.raises(SystemExit):
        main()
    assert "poverty-rate@2021-12-31" in capsys.readouterr().out.split("\n")


def test_the_guide_is_plain_markdown_for_github_too():
    for path in sorted(Path(GUIDE).glob("*.md")):
        text = BLOCK.sub("", path.read_text(encoding="utf-8"))
        assert not re.search(r"^:::|^\([\w-]+\)=$", text, re.MULTILINE), path.name
        assert not re.search(r"(?<!`)\{(?:fact|code-cell|locator)", re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)), (
            path.name
        )
