"""What a pull request is said to do for readers is what it does: told from scripted histories, each beside a list of
its edits that is made without the code under test."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import subprocess
import time

import pytest
from helpers import YEAR, Project, digests, sdgbook, vietnamese

from sdgbook.edit.changes import changes
from sdgbook.edit.changes.found import Changes
from sdgbook.edit.changes.telling.data import as_json
from sdgbook.edit.changes.telling.markdown import as_markdown
from sdgbook.edit.changes.telling.page import as_page
from sdgbook.site.downloads import chart_svg

OBSERVATIONS = f"data/editions/{YEAR}/observations.csv"
# Columns of words that may hold anything without their table falling apart.
TEXTS = ("name_en", "title_en", "note_en", "definition_en", "expansion_en", "meant_vi", "as_written")
PAGE = "book/muc-tieu/1-1.md"


def git(project: Project, *words: str) -> str:
    who = ("-c", "user.name=Ai đó", "-c", "user.email=ai@example.org", "-c", "core.hooksPath=/dev/null")
    return subprocess.run(
        ["git", *who, *words], cwd=project.root, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """The project under git, its base tagged; tests commit what they like on top of it."""
    project = Project.copy(tmp_path_factory.mktemp("thay đổi"))
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "gốc")
    git(project, "tag", "goc")
    return project


@pytest.fixture
def project(history):
    """The project as it was in the beginning."""
    git(history, "reset", "-q", "--hard", "goc")
    git(history, "clean", "-q", "-d", "-f")
    return history


def told(project: Project, **options) -> Changes:
    """What is told once everything that was edited is committed."""
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "sửa", "--allow-empty")
    return changes(project.root, "goc..HEAD", **options)[0]


def raise_version(project: Project, version: str) -> None:
    file = "data/datapackage.json"
    project.write(file, re.sub(r'"version": "[\d.]+"', f'"version": "{version}"', project.read(file), count=1))


def version_of(project: Project) -> list[int]:
    return [int(part) for part in json.loads(project.read("data/datapackage.json"))["version"].split(".")]


def figures_of(found: Changes) -> dict[str, tuple[str, str]]:
    return {f.name: (f.old.replace("\xa0", " "), f.new.replace("\xa0", " ")) for f in found.figures}


def correct(project: Project, name: str, old: str, new: str) -> None:
    file = project.file("revisions")
    row = f"go-nham,{name},2001-02-28,{old},{new},Phòng A,Gõ nhầm.,A slip in typing.\n"
    project.write(file, project.read(file) + row)


def test_where_nothing_changed_it_says_so(project):
    found = told(project)
    assert found.is_empty and not found.todo and not found.questions
    assert found.verdict == "Mọi thứ ổn. Người đọc không thấy gì khác."


def test_of_many_random_edits_every_one_is_told_with_its_place_and_nothing_else(project):
    chance, expected = random.Random(7), set()
    for path in sorted(project.root.glob("data/**/*.csv")):
        file = path.relative_to(project.root).as_posix()
        rows = list(csv.reader(io.StringIO(project.read(file), newline="")))
        for column, name in enumerate(rows[0]):
            full = [n for n in range(1, len(rows)) if rows[n][column]]
            if full and (name in TEXTS or name == "obs_value"):
                for n in chance.sample(full, min(2, len(full))):
                    old = rows[n][column]
                    # One digit more makes another number, three words another text.
                    rows[n][column] = f"{old}7" if name == "obs_value" else f"{old} Ba chữ nữa."
                    expected.add((file, n + 1, name, old, rows[n][column]))
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        project.write(file, out.getvalue())
    found = told(project)
    seen = {(c.file, c.line, c.column, c.old, c.new) for c in found.cells}
    for one in found.sentences:
        seen.add((one.file, one.line, re.search(r"cột (\w+)$", one.what)[1], one.old, one.new))
    numbers = {(file, line): (old, new) for file, line, column, old, new in expected if column == "obs_value"}
    printed = [f for f in found.figures if f.file == OBSERVATIONS]
    assert {(f.file, f.line) for f in printed} == numbers.keys()
    for figure in printed:
        old, new = numbers[figure.file, figure.line]
        assert vietnamese(old) in figure.old and vietnamese(new) in figure.new
    assert len(expected) > 20
    assert seen == {one for one in expected if one[2] != "obs_value"}
    assert not found.records and not found.pages


def test_a_corrected_figure_is_told_with_its_pages_its_difference_and_what_is_derived_from_it(project):
    [row] = [row for row in project.table("observations") if row["indicator"] == "poor-households-fall"]
    old, new = row["obs_value"], str(int(row["obs_value"]) + 3)
    project.edit("observations", "poor-households-fall", "obs_value", new)
    found = told(project)
    assert [f.name for f in found.figures if not f.follows] == ["poor-households-fall"]
    figure = found.figures[0]
    assert vietnamese(old) in figure.old and vietnamese(new) in figure.new and "tăng 3" in figure.step
    named = {p for p in project.root.glob("book/**/*.md") if "`poor-households-fall`" in p.read_text(encoding="utf-8")}
    pages = {p.relative_to(project.root / "book").with_suffix("").as_posix() for p in named} | {"index"}
    assert set(figure.pages) == pages and set(found.touched) >= pages
    # The number of households of the province is worked out from it (table `derived`).
    assert {tuple(f.follows) for f in found.figures[1:]} == {("poor-households-fall",)}
    formulas = [row for row in project.table("derived") if "poor-households-fall" in row["expression"]]
    assert len(found.figures) - 1 <= len(formulas)


def test_a_published_figure_needs_a_row_of_revisions_and_a_version_until_it_has_both(project):
    [row] = [row for row in project.table("observations") if row["indicator"] == "policy-loans"]
    old, new = row["obs_value"], str(int(row["obs_value"]) + 3)
    project.figure("policy-loans", new)
    found = told(project)
    major, minor, patch = version_of(project)
    assert [(m.name, m.old, m.new) for m in found.missing] == [("policy-loans", old, new)]
    assert found.version.due == f"{major}.{minor}.{patch + 1}"
    assert len(found.todo) == 2 and found.verdict == "Có 2 việc phải làm trước khi gộp vào."
    correct(project, "policy-loans", old, new)
    raise_version(project, f"{major}.{minor}.{patch + 1}")
    found = told(project)
    assert not found.missing and not found.version.due and not found.todo and found.verdict == "Mọi thứ ổn."


@pytest.mark.parametrize(
    "factor, words",
    [
        (10, "lớn gấp khoảng 10 lần"),
        (1000, "lớn gấp khoảng 1.000 lần"),
        (3, "quá một nửa"),
    ],
)
def test_a_change_that_looks_like_a_slip_is_asked_about(project, factor, words):
    [row] = [row for row in project.table("observations") if row["indicator"] == "policy-loans"]
    project.edit("observations", "policy-loans", "obs_value", str(int(row["obs_value"]) * factor))
    [asked] = next(f for f in told(project).figures if f.name == "policy-loans").questions
    assert words in asked


def test_a_share_beyond_the_whole_and_a_step_beyond_its_series_are_asked_about(project):
    project.edit("observations", "poverty-rate@2021-12-31", "obs_value", "180.6")
    [figure] = [f for f in told(project).figures if f.name == "poverty-rate@2021-12-31"]
    assert any("lần số cũ" in q for q in figure.questions) and any("lớn hơn 100%" in q for q in figure.questions)
    project.edit("observations", "poverty-rate@2021-12-31", "obs_value", "9.81")
    [figure] = [f for f in told(project).figures if f.name == "poverty-rate@2021-12-31"]
    assert len(figure.questions) == 1 and "mọi lần trước của chuỗi" in figure.questions[0]


def test_a_finding_and_a_claim_that_turn_round_are_told_and_the_chart_is_drawn_both_ways(project):
    project.edit("observations", "poverty-rate@2021-12-31", "obs_value", "23.06")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "sửa")
    found, pictures = changes(project.root, "goc..HEAD", draw=lambda *chart: chart_svg(*chart).encode())
    [turned] = [t for t in found.findings if t.flips]
    assert "giảm" in turned.old and "tăng" in turned.new and turned.page == "muc-tieu/1-1"
    assert [(c.page, c.old) for c in found.claims] == [("muc-tieu/1-1", "đúng")]
    [chart] = [c for c in found.charts if "change" in c.id]
    assert b"18,06%" in pictures[chart.old_file] and b"23,06%" in pictures[chart.new_file]
    page = as_page(found, pictures)
    assert page.count('<img src="data:image/png;base64,') == len(pictures) >= 2
    assert "<script" not in page and not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_a_status_that_another_figure_brings_about_is_told(project):
    # The report names no base for the fall of poverty, and figures of one year only.
    rows = project.table("observations")
    [row] = [r for r in rows if (r["indicator"], r["time_period"]) == ("poverty-rate", "2021-01-01")]
    rows.insert(rows.index(row), {**row, "time_period": "2019-12-31", "obs_value": "40.00"})
    project.write_table("observations", rows)
    project.edit("objectives", "poverty-halving", "baseline_period", "2019-12-31")
    found = told(project)
    assert [turn.page for turn in found.statuses] == ["muc-tieu/1-1"]
    assert "Chưa đánh giá được" in found.statuses[0].old and "Chưa đánh giá được" not in found.statuses[0].new
    where = (project.file("objectives"), "poverty-halving", "baseline_period")
    assert [(c.file, c.key, c.column) for c in found.cells] == [where]
    assert [(f.change, f.name) for f in found.figures] == [("added", "poverty-rate@2019-12-31")] and not found.records


def test_sentences_stand_side_by_side_with_their_words_marked(project):
    text = project.read(PAGE)
    old = "“Lượt” đếm số lần, không đếm số người."
    assert old in text
    project.write(PAGE, text.replace(old, "“Lượt” đếm số lần, chứ không đếm số người. Câu này mới."))
    found = told(project)
    assert [(s.page, s.old, s.new) for s in found.sentences] == [
        ("muc-tieu/1-1", old, "“Lượt” đếm số lần, chứ không đếm số người."),
        ("muc-tieu/1-1", "", "Câu này mới."),
    ]
    assert [run for run in found.sentences[0].marks if run[0] != "="] == [("+", "chứ ")]
    assert project.read(PAGE).split("\n")[found.sentences[0].line - 1].startswith("“Lượt”")
    assert not found.figures and not found.todo
    # A line broken elsewhere is no other sentence; a changed cell of code is told as such.
    broken = text.replace("Có {fact}`policy-loans` vay vốn", "Có {fact}`policy-loans`\nvay vốn")
    assert broken != text
    project.write(PAGE, broken.replace("muc_tieu.documents()", "muc_tieu.places()"))
    assert [(s.what, s.old, s.new) for s in told(project).sentences] == [
        ("ô mã", "muc_tieu.documents()", "muc_tieu.places()")
    ]


def test_pages_that_come_go_and_move_are_told_with_the_links_that_break(project):
    git(project, "mv", "book/thuat-ngu.md", "book/tu-ngu.md")
    git(project, "rm", "-q", "book/dia-phuong.md")
    project.write("book/trang-moi.md", "---\ndescription: Trang mới.\n---\n\n# Trang mới\n\nMột câu.\n")
    text = project.read(PAGE)
    project.write(PAGE, text.replace("## Ở đâu", "## Nơi nào"))
    found = told(project)
    assert [(p.change, p.page, p.before) for p in found.pages] == [
        ("removed", "dia-phuong", ""),
        ("added", "trang-moi", ""),
        ("renamed", "tu-ngu", "thuat-ngu"),
    ]
    broken = {link.address: link.used_by for link in found.links}
    assert set(broken) == {"dia-phuong.html", "thuat-ngu.html", "muc-tieu/1-1.html#o-dau"}
    expected = set()
    for path in project.root.glob("book/**/*.md"):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if re.search(r"\]\((?:\.\./)*thuat-ngu\.md", line):
                expected.add(f"{path.relative_to(project.root).as_posix()}, dòng {number}")
    assert set(broken["thuat-ngu.html"]) == expected
    assert any("thuat-ngu.html" in words for words in found.todo)


@pytest.mark.parametrize(
    "edit, level",
    [
        (lambda p: p.edit("terms", p.table("terms")[0]["term"], "definition_en", "Another."), 2),
        (lambda p: p.add("slips", slip="them", as_written="a", meant_vi="b", source_locator="I.1 ¶1"), 1),
        (lambda p: p.write_table("slips", p.table("slips")[1:]), 1),
        (lambda p: p.edit("indicators", "policy-loans", "indicator", "loans"), 0),
        (
            lambda p: p.write_table(
                "slips", [{k: v for k, v in r.items() if k != "meant_vi"} for r in p.table("slips")]
            ),
            0,
        ),
    ],
    ids=["a word", "a row more", "a row less", "another code", "a column less"],
)
def test_the_version_that_is_due_follows_from_what_changed(project, edit, level):
    before = version_of(project)
    edit(project)
    due = [*before[:level], before[level] + 1, *([0] * (2 - level))]
    assert told(project).version.due == ".".join(map(str, due))


def test_closing_an_edition_owes_nothing_and_its_cells_then_have_no_row_to_go_with(project):
    project.edit("edition", YEAR, "status", "frozen")
    found = told(project)
    assert [(c.column, c.new) for c in found.cells] == [("status", "frozen")] and not found.version.due
    git(project, "tag", "-f", "chot")
    project.edit("observations", "policy-loans", "obs_value", "8774")
    git(project, "commit", "-q", "-a", "-m", "sửa")
    found = changes(project.root, "chot..HEAD")[0]
    assert [f.name for f in found.figures] == ["policy-loans"] and not found.missing and found.version.due


def test_a_tree_that_fails_its_check_or_cannot_be_read_is_told_as_far_as_it_can_be(project):
    place = project.edit("observations", "policy-loans", "obs_value", "8,7")
    text = project.read(PAGE)
    project.write(PAGE, text.replace("không đếm số người", "không đếm người"))
    found = told(project)
    assert any(place.file in problem and f"dòng {place.line}" in problem for problem in found.problems)
    assert any(s.new.endswith("không đếm người.") for s in found.sentences)
    assert found.todo and "lỗi" in found.todo[0]
    # Not even a table of the right form is left.
    project.write("data/datapackage.json", project.read("data/datapackage.json")[:-200])
    found = told(project)
    assert found.unread and found.problems and any(s.new.endswith("không đếm người.") for s in found.sentences)


def test_nothing_of_what_is_compared_is_run_and_nothing_is_written_in_the_project(project, tmp_path):
    mark = tmp_path / "chạy rồi"
    calls = (f'open({str(mark)!r}, "w")', f'muc_tieu.chart(name=open({str(mark)!r}, "w"))')
    project.write(PAGE, project.read(PAGE) + "".join(f"\n```{{code-cell}}\n{call}\n```\n" for call in calls))
    (project.root / "book" / "la.md").symlink_to("/etc/hostname")
    project.write("scripts/sdgbook/__init__.py", f'open({str(mark)!r}, "w")\n')
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "mã lạ")
    before = digests(project.root, without=("_build",)), git(project, "worktree", "list")
    found, _ = changes(project.root, "goc..HEAD", draw=lambda *chart: chart_svg(*chart).encode())
    assert not mark.exists()
    assert (digests(project.root, without=("_build",)), git(project, "worktree", "list")) == before
    assert sum("khác lối thường" in words for words in found.unread) == 2
    assert not any(page.page == "la" for page in found.pages)
    assert "scripts/sdgbook/__init__.py" in found.others


def test_the_words_of_a_change_cannot_call_people_or_draw_links_in_markdown(project):
    text = project.read(PAGE)
    wicked = "Chào @ai-do, xem [đây](https://example.org) <b>#12</b> | `mã` www.example.org."
    project.write(PAGE, text.replace("“Lượt” đếm số lần, không đếm số người.", wicked))
    shown = as_markdown(told(project))
    assert "example.org" in shown
    for sign in (r"@ai", r"\]\(", r"<b", r"#12", r"://", r"www\."):
        assert not re.search(rf"(?<!\\){sign}", shown), sign
    rows = [line for line in shown.split("\n") if "ai-do" in line]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 4 for row in rows) and rows


def test_the_command_tells_the_working_tree_the_same_twice_in_under_ten_seconds(project, tmp_path):
    project.edit("observations", "policy-loans", "obs_value", "87440")
    start = time.monotonic()
    run = sdgbook(project.root, "changes", "goc..", "--format", "json")
    assert time.monotonic() - start < 10
    assert run.returncode == 0, run.stderr
    assert run.stdout == as_json(changes(project.root, "goc..")[0])
    assert [f["name"] for f in json.loads(run.stdout)["figures"]] == ["policy-loans"]
    run = sdgbook(project.root, "changes", "goc..", "--to", str(tmp_path))
    assert run.stdout.startswith("Có "), run.stderr
    assert all("87.440" in (tmp_path / f"thay-doi.{form}").read_text("utf-8") for form in ("md", "html", "json"))
    wrong = sdgbook(project.root, "changes", "khong-co..HEAD")
    assert wrong.returncode == 1 and "“khong-co”" in wrong.stderr and "Traceback" not in wrong.stderr


def test_from_three_dots_only_what_the_branch_itself_changed_is_told(project):
    git(project, "checkout", "-q", "-b", "nhanh")
    project.edit("observations", "policy-loans", "obs_value", "8745")
    git(project, "commit", "-q", "-a", "-m", "nhánh")
    git(project, "checkout", "-q", "main")
    project.edit("observations", "poor-households-fall", "obs_value", "5197")
    git(project, "commit", "-q", "-a", "-m", "chính")
    try:
        assert {f.name for f in changes(project.root, "main...nhanh")[0].figures} == {"policy-loans"}
        both = {f.name for f in changes(project.root, "main..nhanh")[0].figures if not f.follows}
        assert both == {"policy-loans", "poor-households-fall"}
    finally:
        git(project, "branch", "-q", "-D", "nhanh")


def test_the_data_of_a_comparison_has_every_part_even_where_nothing_changed(project):
    told_ = json.loads(as_json(told(project)))
    assert set(told_) == set(Changes.__dataclass_fields__)
