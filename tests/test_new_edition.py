"""A new edition: made as a draft that never touches the old one, filled step by step, adopted or taken away whole."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from books import make_book
from helpers import YEAR, Project, Site, digests, run, said, sdgbook
from hypothesis import given, settings
from hypothesis import strategies as st
from test_messages import VIETNAMESE, messages
from typer.testing import CliRunner

from sdgbook.cli import app
from sdgbook.data import ProblemsFound, read_package
from sdgbook.edit.check import check
from sdgbook.edit.markdown import read_chapter
from sdgbook.edit.new import carried, editions
from sdgbook.edit.new.changes import Changes
from sdgbook.report import drafts
from sdgbook.report.facts import Facts
from sdgbook.report.inline import fact_segment

OLD = int(YEAR)
NEW = OLD + 1
DATA = f"data/editions/{NEW}"
DRAFTS = f"book/{drafts.folder(NEW)}"
SHARED = {"data/datapackage.json", "_toc.yml"}
# Cells that list what a report may not tell.
LISTS = re.compile(r"```\{code-cell\}\n\w+\.(measures|challenges|commitments|doubts|places|timeline)\(.*\)\n```")


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A small book, committed."""
    return make_book(tmp_path_factory.mktemp("sách"), 3, small=True, git=True)


@pytest.fixture(scope="module")
def drafted(small, tmp_path_factory) -> Path:
    """The same with a draft of the next edition."""
    root = tmp_path_factory.mktemp("nháp") / "báo cáo thử"
    shutil.copytree(small, root)
    editions.new_edition(root, NEW)
    return root


def copied(root: Path, to: Path) -> Project:
    """A copy of a project to work in."""
    return Project(Path(shutil.copytree(root, to / "báo cáo")))


@pytest.fixture
def book(small, tmp_path) -> Project:
    return copied(small, tmp_path)


@pytest.fixture
def draft(drafted, tmp_path) -> Project:
    return copied(drafted, tmp_path)


def files_of(root: Path) -> dict[str, str]:
    return digests(root, without=(".git", "_build"))


def missing(project: Project) -> list[drafts.Missing]:
    return drafts.missing(Facts(read_package(project.root)).within(NEW))


def problems(root: Path) -> list[str]:
    return [str(problem) for problem in check(root)]


def told(project: Project, monkeypatch, *words: str, at_end: str = "") -> str:
    """What a command says that does nothing: messages in Vietnamese, exit 1, and every file as it was."""
    before = files_of(project.root)
    monkeypatch.chdir(project.root)
    result = CliRunner().invoke(app, list(words))
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert isinstance(result.exception, SystemExit), result.exception
    assert messages(result.stderr.replace(" Chưa đổi gì.", ""))
    assert files_of(project.root) == before
    return result.stderr


# Rows that a clerk would fill, confirm and write


def fill(project: Project, most: int | None = None, strike: bool = False) -> int:
    """Fill empty rows of the draft with the first edition's figures, up to `most`; returns how many there were."""
    old = project.table("observations")
    file = f"{DATA}/observations.csv"
    lines = project.read(file).split("\n")
    empty = [n for n, line in enumerate(lines) if ",,O,exact,," in line]
    for n in empty[:most]:
        value, status, written = (old[n - 1][column] for column in ("obs_value", "obs_status", "as_written"))
        quoted = f'"{written}"' if "," in written else written
        lines[n] = lines[n].replace(",,O,exact,,", f",{value},{status},exact,{quoted},")
    project.write(file, "\n".join(lines))
    return len(empty)


def confirm(project: Project) -> None:
    for table in ("edition", "sections", "objectives"):
        text = project.read(f"{DATA}/{table}.csv")
        project.write(f"{DATA}/{table}.csv", text.replace(f" {drafts.UNCONFIRMED}", ""))


def write_pages(project: Project) -> None:
    for path in sorted((project.root / DRAFTS).glob("*.md")):
        file = path.relative_to(project.root).as_posix()
        text = LISTS.sub("", project.read(file)).replace(drafts.to_write(NEW), "Đã viết.")
        project.write(file, text.replace(drafts.description(NEW), "Trang này kể theo báo cáo mới."))


def finish(project: Project) -> None:
    fill(project)
    confirm(project)
    write_pages(project)


# Made


def test_a_new_edition_passes_the_check_and_builds_and_every_page_says_that_it_is_a_draft(draft):
    done = sdgbook(draft.root, "site")
    assert done.returncode == 0, done.stdout + done.stderr
    site = Site(draft, draft.root / "_build" / "html", done.stdout, {})
    assert {f"{drafts.folder(NEW)}/1-1", f"{drafts.folder(NEW)}/index", f"de-cuong-{NEW}"} <= site.pages.keys()
    for name, page in site.pages.items():
        banner = page.select_one("aside.draft")
        assert banner and f"Bản nháp: báo cáo năm {NEW}" in said(banner), name
        assert bool(page.select("meta[name=robots][content=noindex]")) == (str(NEW) in name), name
    assert "chưa có số liệu" in site.said[f"{drafts.folder(NEW)}/1-1"]
    # What is no part of the report yet is not found where the report is read as a whole.
    assert drafts.folder(NEW) not in (site.html / "search.json").read_text(encoding="utf-8")
    assert "Chưa viết" not in site.said["toan-van"]
    lacks = site.said[f"{drafts.folder(NEW)}/index"]
    for kind in missing(draft):
        assert f"{kind.title}: {len(kind.items)}" in lacks


def test_the_old_edition_and_the_living_pages_are_not_touched(small, drafted):
    before, after = files_of(small), files_of(drafted)
    assert {file for file in before if after.get(file) != before[file]} == SHARED
    old, new = (json.loads((root / "data/datapackage.json").read_text(encoding="utf-8")) for root in (small, drafted))
    assert new["resources"][: len(old["resources"])] == old["resources"]
    old, new = ((root / "_toc.yml").read_text(encoding="utf-8") for root in (small, drafted))
    assert new.startswith(old)
    parts = [yaml.safe_load(text)["parts"] for text in (old, new)]
    assert parts[1][:-1] == parts[0] and parts[1][-1]["caption"] == f"Bản nháp {NEW}"


def test_last_years_figures_become_rows_to_fill_and_nothing_of_them_is_carried_over(drafted):
    package = read_package(drafted)
    old, new = (package.table("observations", year).rows for year in (OLD, NEW))
    assert len(new) == len(old)
    for before, after in zip(old, new, strict=True):
        same = ("indicator", "ref_area", "breakdown", "source_locator")
        assert [after[column] for column in same] == [before[column] for column in same]
        assert after["time_period"] == before["time_period"].replace(str(OLD), str(NEW))
        assert (after["obs_value"], after["obs_status"], after["as_written"], after["note_vi"]) == (
            None,
            "O",
            None,
            None,
        )
    for name in ("commitments", "challenges", "measures", "places", "derived", "identities", "doubts", "revisions"):
        assert package.table(name, NEW).rows == []
    assert {row["fact"].partition("@")[2][:4] for row in package.table("headlines", NEW).rows} == {str(NEW)}


def test_no_sentence_of_last_years_pages_is_told_as_this_years(small, drafted):
    for path in sorted((drafted / DRAFTS).glob("*.md")):
        new = read_chapter(drafted, path)
        if not new.front.get("replaces"):
            continue
        old = read_chapter(small, small / "book" / f"{new.front['replaces']}.md")
        lines = {line for line in old.prose.split("\n") if line.strip() and not line.startswith("#")}
        assert not lines & set(new.prose.split("\n")), path.name
        for cell in new.cells:
            assert not re.search("title=|note=|says=", cell.source), path.name


days = st.dates(date(1950, 1, 1), date(2050, 12, 31)) | st.sampled_from([date(2000, 2, 29), date(2024, 2, 29)])
periods = days.map(str) | st.integers(1950, 2050).map(str)


@given(periods, st.integers(1, 49))
def test_a_period_is_moved_by_whole_years_and_stays_a_day_of_the_calendar(period, years):
    moved = carried.moved_period(period, years)
    assert int(moved[:4]) == int(period[:4]) + years
    if len(period) > 4:
        day = date.fromisoformat(moved)
        assert (day.month, day.day) == (int(period[5:7]), int(period[8:])) or (period[5:], day.day) == ("02-29", 28)


# Taken away


def test_taking_a_new_edition_away_leaves_everything_as_it_was_byte_for_byte(small, tmp_path_factory):
    project = copied(small, tmp_path_factory.mktemp("bỏ"))
    before = files_of(project.root)

    @settings(max_examples=8)
    @given(st.integers(NEW, 2099), st.sampled_from(["", "Báo cáo, có “dấu phẩy”"]))
    def leaves_nothing(year, title):
        editions.new_edition(project.root, year, title)
        assert files_of(project.root) != before
        editions.remove_edition(project.root, year, lambda question: False)
        assert files_of(project.root) == before
        assert run(project.root, "git", "status", "--short").stdout == ""

    leaves_nothing()
    assert not list(project.root.rglob("*2022*"))


def test_what_people_have_entered_is_not_thrown_away_unasked(draft, monkeypatch):
    fill(draft, 2)
    confirm(draft)
    write_pages(draft)
    assert "2 con số đã điền" in told(draft, monkeypatch, "remove", "edition", str(NEW))
    asked = []
    with pytest.raises(ProblemsFound):
        editions.remove_edition(draft.root, NEW, lambda question: bool(asked.append(question)))
    assert "2 con số đã điền" in asked[0] and "trang đã viết" in asked[0]
    assert CliRunner().invoke(app, ["remove", "edition", str(NEW), "--yes"]).exit_code == 0
    assert run(draft.root, "git", "status", "--short").stdout == ""


@pytest.mark.parametrize("status", ["published", "frozen"])
def test_an_edition_that_is_published_cannot_be_taken_away(status, book, monkeypatch):
    book.edit("edition", YEAR, "status", status)
    assert "không bỏ được" in told(book, monkeypatch, "remove", "edition", YEAR, "--yes")


def test_a_draft_that_cannot_be_read_any_more_can_be_taken_away(draft, small):
    for table in ("observations", "edition"):
        draft.write(f"{DATA}/{table}.csv", draft.read(f"{DATA}/{table}.csv").replace(f"{NEW}", "năm nay"))
    editions.remove_edition(draft.root, NEW, lambda question: True)
    assert files_of(draft.root) == files_of(small)


def test_what_a_command_that_was_killed_has_left_is_taken_away_too(draft, small):
    shutil.copyfile(small / "data/datapackage.json", draft.root / "data/datapackage.json")
    shutil.rmtree(draft.root / DRAFTS)
    editions.remove_edition(draft.root, NEW, lambda question: False)
    assert files_of(draft.root) == files_of(small)


# Filled


def test_the_project_passes_the_check_at_every_stage_and_the_list_shrinks_by_what_was_done(draft):
    def left() -> int:
        return sum(len(kind.items) for kind in missing(draft) if kind.required)

    rows = fill(draft, 0)
    assert rows == len(draft.table("observations"))
    for most in (1, rows // 2, None):
        before, empty = left(), fill(draft, most)
        assert before - left() == (empty if most is None else most)
        assert problems(draft.root) == []
    before = left()
    confirm(draft)
    assert left() < before
    assert problems(draft.root) == []
    write_pages(draft)
    assert left() == 0
    assert problems(draft.root) == []


def test_a_draft_shows_its_own_figure_or_none_and_never_last_years(draft):
    package = read_package(draft.root)
    old = next(row for row in package.table("observations", OLD).rows if row["breakdown"] == "_T")
    name = f"{old['indicator']}[_T]"
    draft.append(f"{DRAFTS}/1-1.md", f"Năm nay là {{fact}}`{name}`.", "Năm nay")
    assert problems(draft.root) == []
    facts = Facts(package)
    assert fact_segment(name, facts.within(NEW)).text == "chưa có số liệu"
    assert fact_segment(name, facts.within(OLD)).value == str(old["obs_value"])
    fill(draft)
    assert fact_segment(name, Facts(read_package(draft.root)).within(NEW)).value == str(old["obs_value"])


def test_a_struck_figure_is_asked_for_where_people_still_name_it_and_nowhere_else(draft):
    file = f"{DATA}/observations.csv"
    lines = draft.read(file).split("\n")
    draft.write(file, "\n".join(line for line in lines if not line.startswith("poverty-rate,")))
    place = draft.append(f"{DRAFTS}/1-1.md", f"Còn {{fact}}`poverty-rate@{NEW}-12-31`.", "{fact}")
    assert problems(draft.root) == []
    found = {kind.title: [(item.file, item.line) for item in kind.items] for kind in missing(draft)}
    assert found["Con số không có trong bảng mà bài còn nhắc"] == [(place.file, place.line)]
    assert set(found["Con số nổi bật của trang chủ"]) == {(f"{DATA}/headlines.csv", 2)}
    page = read_chapter(draft.root, draft.root / DRAFTS / "1-1.md")
    kept = {line for _, line in editions._published(page, Facts(read_package(draft.root)).within(NEW))}
    assert not [line for line in kept if line.startswith("- ") and "poverty-rate@" in line]
    assert [line for line in kept if line.startswith("- ")]


def test_what_is_derived_from_missing_figures_waits_for_them(draft):
    row = "bu-tru,1.1,poverty-rate@{0}-01-01 - poverty-rate@{0}-12-31,{0},percentage-point,2,Mức giảm,The fall,,\n"
    draft.write(f"{DATA}/derived.csv", draft.read(f"{DATA}/derived.csv") + row.format(NEW))
    identity = f"hieu,poverty-rate@{NEW}-01-01 - poverty-rate@{NEW}-12-31 = poverty-rate-fall@{NEW},0,,\n"
    draft.write(f"{DATA}/identities.csv", draft.read(f"{DATA}/identities.csv") + identity)
    doubt = f"ngo,poverty-rate@{NEW}-12-31,Còn ngờ.,Unclear.\n"
    draft.write(f"{DATA}/doubts.csv", draft.read(f"{DATA}/doubts.csv") + doubt)
    draft.append(f"{DRAFTS}/1-1.md", "Giảm {fact}`bu-tru`.", "Giảm")
    assert problems(draft.root) == []
    fill(draft)
    assert problems(draft.root) == []
    assert Facts(read_package(draft.root)).within(NEW).find("bu-tru").value == 4


# Adopted


def test_adopting_an_unfinished_draft_changes_nothing_and_tells_what_is_missing(draft, monkeypatch):
    errors = told(draft, monkeypatch, "adopt", str(NEW))
    for kind in missing(draft):
        assert (f"{kind.title}: còn {len(kind.items)}" in errors) == kind.required


def test_what_the_check_finds_when_a_draft_is_adopted_is_told_at_the_draft(draft, monkeypatch):
    finish(draft)
    chart = f'muc_tieu.chart(\n    "poverty-rate@{NEW}-06-30",\n)'
    place = draft.append(f"{DRAFTS}/1-1.md", f"```{{code-cell}}\n{chart}\n```", f'"poverty-rate@{NEW}-06-30"')
    assert problems(draft.root) == []
    errors = told(draft, monkeypatch, "adopt", str(NEW))
    assert errors.startswith(f"{place.file}, dòng {place.line}, ") and errors.count("→") == 1


def test_a_finished_draft_takes_the_place_of_the_living_pages(draft):
    finish(draft)
    link = draft.append(
        f"{DRAFTS}/tom-tat.md" if (draft.root / DRAFTS / "tom-tat.md").exists() else f"{DRAFTS}/trang-chu.md",
        "Xem [trang này](1-1.md) và [trang kia](../du-lieu.md).",
        "Xem",
    )
    written = read_chapter(draft.root, draft.root / DRAFTS / "1-1.md")
    done = sdgbook(draft.root, "adopt", str(NEW))
    assert done.returncode == 0, done.stderr
    assert problems(draft.root) == []
    living = read_chapter(draft.root, draft.root / "book/muc-tieu/1-1.md")
    assert [cell.source for cell in living.cells] == [cell.source for cell in written.cells]
    assert living.front == {k: v for k, v in written.front.items() if k not in ("draft", "replaces")}
    assert "\n%" not in living.text and "\n\n\n" not in living.text
    home = draft.read("book/index.md")
    assert "[trang này](muc-tieu/1-1.md)" in home and "[trang kia](du-lieu.md)" in home, link
    assert not (draft.root / DRAFTS).exists()
    assert read_package(draft.root).table("edition", NEW).rows[0]["status"] == "published"
    toc = draft.read("_toc.yml")
    assert "Bản nháp" not in toc and re.search(rf"de-cuong\n +- file: de-cuong-{NEW}\n", toc)
    # What was published last year is still there, as it was.
    assert run(draft.root, "git", "status", "--short", f"data/editions/{OLD}").stdout == ""


# All or nothing


@pytest.mark.parametrize("command", ["new", "remove", "adopt"])
def test_a_disk_that_fails_midway_leaves_nothing_half_done(command, small, drafted, tmp_path, monkeypatch):
    project = copied(small if command == "new" else drafted, tmp_path)
    if command == "adopt":
        finish(project)
        monkeypatch.setattr(editions, "check", lambda root: [])
    doing = {
        "new": lambda: editions.new_edition(project.root, NEW),
        "remove": lambda: editions.remove_edition(project.root, NEW, lambda question: True),
        "adopt": lambda: editions.adopt(project.root, NEW),
    }[command]
    before = files_of(project.root)
    replaced, real = [], os.replace

    def failing(source, target):
        if Path(target).is_relative_to(project.root):
            replaced.append(target)
            if len(replaced) == failing.at:
                raise OSError(28, "No space left on device", str(target))
        real(source, target)

    monkeypatch.setattr(os, "replace", failing)
    for at in (1, 2, 5, 9):
        replaced.clear()
        failing.at = at
        if command == "remove" and at > 2:
            break
        with pytest.raises(OSError):
            doing()
        assert files_of(project.root) == before
        assert not list(project.root.rglob("*.new"))


def test_a_folder_that_cannot_be_written_is_told_in_words(book, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied", str(book.root / "data/editions"))

    monkeypatch.setattr(Changes, "apply", refuse)
    assert "Không được phép" in told(book, monkeypatch, "new", "edition", str(NEW))


MISTAKES = {
    "no year": (("new", "edition", "22"), "bốn chữ số"),
    "nothing": (("new", "edition"), "bốn chữ số"),
    "there already": (("new", "edition", YEAR), "đã có"),
    "before the newest": (("new", "edition", str(OLD - 1)), "trước ấn bản mới nhất"),
    "no such draft": (("adopt", "2050"), "Chưa có ấn bản 2050"),
    "not a draft": (("todo", YEAR), "không phải là bản nháp"),
    "nothing to take away": (("remove", "edition", "2050"), "Không có ấn bản 2050"),
}


@pytest.mark.parametrize("words, answer", MISTAKES.values(), ids=MISTAKES)
def test_a_command_that_cannot_be_done_says_why(words, answer, book, monkeypatch):
    assert answer in told(book, monkeypatch, *words)


def test_a_draft_waits_for_the_one_before_it(draft, monkeypatch):
    assert "còn là bản nháp" in told(draft, monkeypatch, "new", "edition", str(NEW + 1))
    assert "đã có" in told(draft, monkeypatch, "new", "edition", str(NEW))


# New codes and pages

INDICATOR = {
    "targets": "1.1",
    "name_vi": "Hộ bịa để thử",
    "name_en": "Invented households",
    "unit": "household",
    "kind": "outcome",
    "better": "lower",
    "decimals": "0",
    "definition_vi": "Số hộ bịa để thử.",
    "definition_en": "Invented, to try.",
}
TARGET = {"goal": "9", "national_target": "9.9", "un_targets": "9.9", "name_vi": "Bịa để thử", "name_en": "Invented"}


def pairs(cells: dict[str, str], **more: str) -> list[str]:
    return [f"{column}={cell}" for column, cell in {**cells, **more}.items()]


def test_a_new_indicator_gets_its_row_and_in_a_draft_the_row_of_its_figure(draft, monkeypatch):
    monkeypatch.chdir(draft.root)
    words = ["new", "indicator", "ho-bia", *pairs(INDICATOR, source_locator="I.2.1 kết quả")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert problems(draft.root) == []
    lines = draft.read(f"{DATA}/observations.csv").split("\n")
    at = next(n for n, line in enumerate(lines, 1) if line.startswith("ho-bia,"))
    assert f"{DATA}/observations.csv, dòng {at}" in done.output and f"{DRAFTS}/1-1.md" in done.output
    assert "đã có" in told(draft, monkeypatch, *words)


def test_a_new_target_gets_its_page_and_its_place_in_the_contents(book, monkeypatch):
    monkeypatch.chdir(book.root)
    done = CliRunner().invoke(app, ["new", "target", "9.9", *pairs(TARGET)])
    assert done.exit_code == 0, done.output
    assert problems(book.root) == []
    assert read_chapter(book.root, book.root / "book/muc-tieu/9-9.md").front["targets"] == ["9.9"]
    pages = re.findall(r"file: (\S+)", book.read("_toc.yml"))
    assert pages[pages.index("muc-tieu/9-9") - 1].startswith("muc-tieu/1")
    assert "book/muc-tieu/9-9.md, dòng" in done.output


CODES = {
    "not a code": (("indicator", "Hộ bịa", *pairs(INDICATOR)), "không hợp lệ"),
    "unknown unit": (("indicator", "ho-bia", *pairs(INDICATOR, unit="househol")), "household"),
    "unknown target": (("indicator", "ho-bia", *pairs(INDICATOR, targets="7.7")), "7.7"),
    "typed figure": (("indicator", "ho-bia", *pairs(INDICATOR, definition_vi="Có 12 hộ.")), "gõ tay “12”"),
    "column that is none": (("indicator", "ho-bia", *pairs(INDICATOR, unitt="household")), "unit"),
    "nobody to ask": (("indicator", "ho-bia", "unit=household"), "Thiếu “Loại”"),
    "target there already": (("target", "1.1", *pairs(TARGET)), "đã có"),
    "number that is none": (("target", "chín", *pairs(TARGET, provincial_goal="9", chapter="muc-tieu/9")), "chín"),
    "page that is none": (("target", "9.9", *pairs(TARGET, chapter="Trang Mới")), "không làm tên trang được"),
    "page there already": (("chapter", "muc-tieu/1-1", "--title", "Bịa"), "đã là của trang"),
    "unknown target of a page": (("chapter", "9-9", "--targets", "9.9"), "target 9.9"),
    "target told elsewhere": (("chapter", "9-9", "--targets", "1.1"), "muc-tieu/1-1"),
    "no title": (("chapter", "chuyen-de"), "chưa có tên"),
}


@pytest.mark.parametrize("words, answer", CODES.values(), ids=CODES)
def test_a_code_or_page_that_cannot_be_is_refused(words, answer, book, monkeypatch):
    assert answer in told(book, monkeypatch, "new", *words)


# Bad input in later editions

BAD = {
    "follow-up to a report that there is not": (
        "followups",
        f"{OLD - 1},task-1,done,Xong.,Done.",
        "edition",
        "Chưa có",
    ),
    "follow-up to no commitment": ("followups", f"{OLD},task-99,done,Xong.,Done.", "commitment", "task-99"),
    "follow-up to the same report": ("followups", f"{NEW},task-1,done,Xong.,Done.", "edition", "trước nó"),
    "break without a reason": (
        "breaks",
        f"poverty-rate,{NEW}-01-01,standard,,Reason.",
        "reason_vi",
        "không được để trống",
    ),
    "break with nothing before it": ("breaks", f"poverty-rate,{OLD}-01-01,standard,Lý do.,Why.", "period", "trước"),
}


@pytest.mark.parametrize("table, row, column, answer", BAD.values(), ids=BAD)
def test_bad_input_of_a_later_edition_is_told_once_with_its_place(table, row, column, answer, draft):
    file = f"{DATA}/{table}.csv"
    draft.write(file, draft.read(file) + f"{row},I.2.1\n")
    (problem,) = check(draft.root)
    assert (problem.file, problem.line, problem.column) == (file, 2, column)
    assert answer in problem.message and VIETNAMESE.search(problem.remedy)


def test_an_edition_says_which_year_it_is_and_only_the_newest_is_a_draft(draft):
    file = f"{DATA}/edition.csv"
    text = draft.read(file)
    draft.write(file, text.replace(f"\n{NEW},", f"\n{NEW + 7},"))
    (problem,) = check(draft.root)
    assert (problem.file, problem.line, problem.column) == (file, 2, "year") and str(NEW) in problem.remedy
    draft.write(file, text.replace(",draft,", ",published,"))
    draft.edit("edition", YEAR, "status", "draft")
    found = [p for p in check(draft.root) if p.column == "status"]
    assert [(p.file, p.line) for p in found] == [(f"data/editions/{OLD}/edition.csv", 2)]
    draft.edit("edition", YEAR, "status", "published")
    draft.write(file, text.split("\n")[0] + "\n")
    (problem,) = check(draft.root)
    assert problem.file == file and "đúng một" in problem.message


def test_a_value_is_not_both_there_and_missing(draft):
    file = f"{DATA}/observations.csv"
    draft.write(file, draft.read(file).replace(",,O,exact,,", ",7,O,exact,,", 1))
    assert [(p.file, p.line, p.column) for p in check(draft.root)] == [(file, 2, "obs_status"), (file, 2, "as_written")]


def test_one_figure_of_the_source_under_two_indicators_is_told(draft):
    fill(draft)
    file = f"{DATA}/observations.csv"
    lines = draft.read(file).split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("legal-aid-lawsuits,"))
    other = next(n for n, line in enumerate(lines) if line.startswith("legal-aid-cases,"))
    lines[at] = lines[other].replace("legal-aid-cases", "legal-aid-lawsuits")
    draft.write(file, "\n".join(lines))
    (problem,) = check(draft.root)
    assert (problem.file, problem.line, problem.column) == (file, at + 1, "as_written")
    assert "legal-aid-cases" in problem.message


def test_the_same_figure_twice_in_an_edition_is_told(draft):
    file = f"{DATA}/observations.csv"
    lines = draft.read(file).rstrip("\n").split("\n")
    draft.write(file, "\n".join([*lines, lines[-1]]) + "\n")
    (problem,) = check(draft.root)
    assert problem.file == file and problem.line == len(lines) + 1 and f"đã có ở dòng {len(lines)}" in problem.message
