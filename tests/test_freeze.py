"""A frozen edition says for ever what it said; what is corrected later is told beside it, and nowhere in its place.

The real edition of 2021 is not frozen: that is the department's act. All that is frozen here are generated books.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from books import commit, make_book
from bs4 import BeautifulSoup
from helpers import MADE, Place, Project, Site, digests, said, sdgbook
from serving import serving
from typer.testing import CliRunner
from viewing import SIDEWAYS
from years import make_years

from sdgbook.building import check as whole_check
from sdgbook.building import editions
from sdgbook.building.inputs import read_inputs
from sdgbook.cli import app
from sdgbook.data import ProblemsFound, frozen, read_package
from sdgbook.data.frozen import SUMS, WITHOUT, check_frozen, commits_of
from sdgbook.edit.check import check
from sdgbook.edit.freezing import check_ready, freeze
from sdgbook.edit.revisions import check_revisions
from sdgbook.publish.editions import STYLE, Correction, lay_out
from sdgbook.publish.manifest import manifest
from sdgbook.report.facts import Facts

EDITION = "data/editions/2021"
OBSERVATIONS, REVISIONS = f"{EDITION}/observations.csv", f"{EDITION}/revisions.csv"
# A figure that no sum and no other figure depends on, as its cell has it, and what it is corrected to.
NAME, KEY, OLD, NEW = "policy-loans", "so-policy-loans-2021", "8744", "8774"
SHOWN_OLD, SHOWN_NEW = "8.744", "8.774"
WHO = "Người Chốt"


def git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def book(folder: Path, *, code: bool = False) -> Project:
    """A generated book with the edition of 2021, all of it committed by somebody whom git knows."""
    make_book(folder, 1, small=True, code=code, git=True)
    git(folder, "config", "user.name", WHO)
    git(folder, "config", "user.email", "chot@example.org")
    return Project(folder)


def state(root: Path) -> tuple:
    """Everything of a project that freezing could change."""
    refs = git(root, "for-each-ref", "--format=%(refname) %(objectname)")
    return (
        digests(root, without=(".git", "_build")),
        refs,
        git(root, "status", "--porcelain"),
        git(root, "ls-files", "-s"),
    )


def correct(project: Project, **cells: str) -> None:
    """Add a correction to the revisions of a project's edition."""
    told = {
        "revision": "go-nham",
        "about": NAME,
        "revised_on": "2022-02-28",
        "old_value": OLD,
        "new_value": NEW,
        "decided_by": "Giám đốc Sở",
        "reason_vi": "Gõ đảo chữ số {so với} báo cáo & a<b.",
        "reason_en": "Digits were swapped in typing.",
    }
    header = project.read(project.file("revisions")).split("\n")[0].split(",")
    rows = project.table("revisions")
    project.write_table("revisions", [*rows, {**dict.fromkeys(header, ""), **told, **cells}])


@pytest.fixture(scope="module")
def open_book(tmp_path_factory):
    """A book whose edition can be frozen; tests only read it."""
    return book(tmp_path_factory.mktemp("sách mở") / "sách")


@pytest.fixture(scope="module")
def frozen_book(open_book, tmp_path_factory):
    """The same with its edition frozen; tests only read it."""
    root = tmp_path_factory.mktemp("sách chốt") / "sách"
    shutil.copytree(open_book.root, root)
    freeze(root, 2021)
    return Project(root)


@pytest.fixture
def to_freeze(open_book, tmp_path):
    shutil.copytree(open_book.root, tmp_path / "sách")
    return Project(tmp_path / "sách")


@pytest.fixture
def project(frozen_book, tmp_path):
    """A book with a frozen edition, to spoil."""
    shutil.copytree(frozen_book.root, tmp_path / "sách")
    return Project(tmp_path / "sách")


# Freezing


def test_freezing_makes_one_commit_of_status_and_checksums_and_a_tag_by_whom_git_knows(open_book, frozen_book):
    root = frozen_book.root
    assert git(root, "rev-parse", "HEAD~1") == git(open_book.root, "rev-parse", "HEAD")
    assert git(root, "diff", "--name-only", "HEAD~1").split() == [f"{EDITION}/{SUMS}", f"{EDITION}/edition.csv"]
    assert frozen_book.table("edition") == [{**open_book.table("edition")[0], "status": "frozen"}]
    assert git(root, "cat-file", "-t", "edition-2021") == "tag"
    assert git(root, "rev-parse", "edition-2021^{commit}") == git(root, "rev-parse", "main")
    assert git(root, "log", "-1", "--format=%an %cn") == f"{WHO} {WHO}"
    assert git(root, "for-each-ref", "--format=%(taggername)", "refs/tags") == WHO
    assert git(root, "status", "--porcelain") == ""


def test_any_tool_can_verify_the_checksums_of_all_tables_but_the_corrections(frozen_book):
    folder = frozen_book.root / EDITION
    done = subprocess.run(["sha256sum", "--check", "--strict", SUMS], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = {line.split("  ")[1] for line in (folder / SUMS).read_text().splitlines()}
    assert listed == {path.name for path in folder.iterdir()} - {SUMS, "revisions.csv"}


def a_year_without_edition(project):
    return "2012", "Không có ấn bản “2012”"


def a_draft(project):
    project.edit("edition", "2021", "status", "draft")
    commit(project.root)
    return "2021", "bản nháp"


def a_change_not_committed(project):
    project.append("book/index.md", "Thêm một câu.", "Thêm")
    return "2021", "book/index.md: Tệp này có chỗ chưa ghi vào git"


def a_file_that_git_does_not_know(project):
    project.write("book/them.md", "# Thêm\n")
    return "2021", "book/them.md: Tệp này có chỗ chưa ghi vào git"


def a_tag_of_that_name(project):
    git(project.root, "tag", "edition-2021")
    return "2021", "Git đã có thẻ edition-2021"


def a_commit_that_is_on_no_branch(project):
    git(project.root, "checkout", "-q", "--detach")
    return "2021", "nhánh"


def nobody_whom_git_knows(project):
    git(project.root, "config", "--unset", "user.name")
    return "2021", "git config user.name"


def a_mistake_that_the_check_finds(project):
    project.append("book/index.md", "Có 77 người.", "77")
    commit(project.root)
    return "2021", "“77”"


@pytest.mark.parametrize(
    "plant",
    [
        a_year_without_edition,
        a_draft,
        a_change_not_committed,
        a_file_that_git_does_not_know,
        a_tag_of_that_name,
        a_commit_that_is_on_no_branch,
        nobody_whom_git_knows,
        a_mistake_that_the_check_finds,
    ],
)
def test_what_stands_against_freezing_is_told_and_nothing_changes(to_freeze, plant, monkeypatch, tmp_path):
    # Whoever runs this may be known to git everywhere.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    year, words = plant(to_freeze)
    before = state(to_freeze.root)
    with pytest.raises(ProblemsFound) as refusal:
        check_ready(to_freeze.root, year, lambda root: check(root, cells=False))
    told = str(refusal.value)
    assert words in told and " → " in told and "Traceback" not in told
    assert state(to_freeze.root) == before


def test_without_git_freezing_says_what_it_needs(to_freeze):
    shutil.rmtree(to_freeze.root / ".git")
    with pytest.raises(ProblemsFound, match="git clone"):
        check_ready(to_freeze.root, "2021", whole_check)


def test_freezing_twice_is_told_and_changes_nothing(project):
    before = state(project.root)
    done = sdgbook(project.root, "freeze", "2021", "--yes")
    assert done.returncode == 1 and "Ấn bản 2021 đã chốt rồi" in done.stderr and "revisions.csv" in done.stderr
    assert state(project.root) == before


@pytest.mark.parametrize(("answer", "freezes"), [("\n", False), ("y\n", False), ("", False), ("2021\n", True)])
def test_freezing_asks_first_and_wants_the_year_for_an_answer(to_freeze, answer, freezes, monkeypatch):
    monkeypatch.chdir(to_freeze.root)
    monkeypatch.setattr("sdgbook.building.check", lambda root: [])
    before = state(to_freeze.root)
    done = CliRunner().invoke(app, ["freeze", "2021"], input=answer)
    assert (done.exit_code == 0) == freezes and (state(to_freeze.root) != before) == freezes
    if freezes:
        assert "git push --tags" in done.output


def a_lock_that_another_git_left(root):
    (root / ".git" / "index.lock").touch()


def a_tag_that_cannot_be_signed(root):
    git(root, "config", "tag.gpgSign", "true")
    git(root, "config", "gpg.program", "false")


def a_commit_that_cannot_be_signed(root):
    git(root, "config", "commit.gpgSign", "true")
    git(root, "config", "gpg.program", "false")


@pytest.mark.parametrize(
    "plant", [a_lock_that_another_git_left, a_tag_that_cannot_be_signed, a_commit_that_cannot_be_signed]
)
def test_freezing_that_fails_at_any_step_leaves_everything_as_it_was(to_freeze, plant):
    plant(to_freeze.root)
    before = state(to_freeze.root)
    with pytest.raises(ProblemsFound, match="Mọi thứ vẫn như cũ"):
        freeze(to_freeze.root, 2021)
    assert state(to_freeze.root) == before


HOOK = """#!/bin/sh
grep -q {ref} && kill -INT $(cat {pid})
exit 0
"""


@pytest.mark.parametrize("ref", ["refs/tags/edition-2021", "refs/heads/main"])
def test_freezing_that_is_interrupted_leaves_nothing_half_done(to_freeze, tmp_path, ref):
    # Git calls this hook before and after it changes a reference.
    hook = to_freeze.root / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(ref=ref, pid=tmp_path / "pid"))
    hook.chmod(0o755)
    before = state(to_freeze.root)
    code = (
        f"import os, pathlib, signal; pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        # Where tests run in the background, it would be ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from sdgbook.edit.freezing import freeze; freeze(pathlib.Path.cwd(), 2021)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=to_freeze.root, capture_output=True)
    hook.unlink()
    if state(to_freeze.root) != before:
        assert done.returncode == 0, done.stderr
        assert git(to_freeze.root, "rev-parse", "edition-2021^{commit}") == git(to_freeze.root, "rev-parse", "main")
        assert git(to_freeze.root, "status", "--porcelain") == "" and check_frozen(to_freeze.root) == []


# What may no longer change


def changed_cell(project):
    place = project.edit("observations", NAME, "obs_value", "8745")
    return place, ["“8744”", "“8745”", REVISIONS]


def changed_word(project):
    place = project.edit("challenges", project.table("challenges")[0]["challenge"], "title_vi", "Khác hẳn.")
    return place, ["“Khác hẳn.”", REVISIONS]


def missing_row(project):
    project.write_table("observations", [r for r in project.table("observations") if r["indicator"] != NAME])
    return Place(OBSERVATIONS, None), [NAME, "git checkout edition-2021", REVISIONS]


def added_row(project):
    row = {**project.table("observations")[0], "time_period": "2020"}
    project.write_table("observations", [row, *project.table("observations")])
    return Place(OBSERVATIONS, 2), ["lúc chốt không có dòng này", REVISIONS]


def cells_in_other_words(project):
    """The same cells, written otherwise."""
    header, rest = project.read(OBSERVATIONS).split("\n", 1)
    project.write(OBSERVATIONS, f'"indicator"{header.removeprefix("indicator")}\n{rest}')
    return Place(OBSERVATIONS, None), ["SHA-256", "git checkout edition-2021"]


def opened_again(project):
    return project.edit("edition", "2021", "status", "published"), ["“frozen”", "“published”"]


def missing_table(project):
    (project.root / EDITION / "slips.csv").unlink()
    return Place(f"{EDITION}/slips.csv", None), ["thiếu tệp", "git checkout edition-2021"]


def missing_checksums(project):
    (project.root / EDITION / SUMS).unlink()
    return Place(f"{EDITION}/{SUMS}", None), ["git checkout edition-2021"]


def checksum_taken_out(project):
    lines = project.read(f"{EDITION}/{SUMS}").splitlines(keepends=True)
    project.write(f"{EDITION}/{SUMS}", "".join(lines[:3] + lines[4:]))
    return Place(f"{EDITION}/{SUMS}", 4), ["git checkout edition-2021"]


@pytest.mark.parametrize(
    "plant",
    [
        changed_cell,
        changed_word,
        missing_row,
        added_row,
        cells_in_other_words,
        opened_again,
        missing_table,
        missing_checksums,
        checksum_taken_out,
    ],
)
def test_what_differs_from_the_frozen_edition_is_refused_with_the_right_way(project, plant):
    place, words = plant(project)
    problems = check_frozen(project.root)
    assert [(p.file, p.line, p.column) for p in problems] == [(place.file, place.line, place.column)]
    assert all(word in str(problems[0]) for word in words)


@pytest.mark.parametrize("value", ["8745", "8.745", "tám nghìn"])
def test_a_changed_cell_is_told_once_by_the_whole_check(project, value):
    place = project.edit("observations", NAME, "obs_value", value)
    problems = check(project.root, cells=False)
    assert [(p.file, p.line, p.column) for p in problems] == [(place.file, place.line, place.column)]
    assert "revisions.csv" in problems[0].remedy


def test_a_cell_changed_together_with_its_checksum_is_refused_all_the_same(project):
    project.edit("observations", NAME, "obs_value", "8745")
    folder = project.root / EDITION
    tables = {path.name: path.read_bytes() for path in folder.glob("*.csv") if path.name != "revisions.csv"}
    (folder / SUMS).write_text(frozen.sums(tables))
    assert [(p.file, p.column) for p in check_frozen(project.root)] == [
        (f"{EDITION}/{SUMS}", None),
        (OBSERVATIONS, "obs_value"),
    ]


def test_without_history_the_changed_file_is_named(project):
    shutil.rmtree(project.root / ".git")
    project.edit("observations", NAME, "obs_value", "8745")
    (problem,) = check_frozen(project.root)
    assert (problem.file, problem.line) == (OBSERVATIONS, None) and "SHA-256" in problem.message


def test_a_tag_that_names_another_commit_is_no_proof(project):
    git(project.root, "tag", "--force", "edition-2021", "HEAD~1")
    (problem,) = check_frozen(project.root)
    assert "edition-2021" in problem.message and "tag edition-2021" in problem.remedy


def test_a_kind_of_table_that_came_later_may_stand_in_a_frozen_edition_as_long_as_it_says_nothing(project):
    descriptor = json.loads(project.read("data/datapackage.json"))
    resource = next(r for r in descriptor["resources"] if r["path"] == "editions/2021/slips.csv")
    descriptor["resources"].append({**resource, "name": "later-2021", "path": "editions/2021/later.csv"})
    project.write("data/datapackage.json", json.dumps(descriptor))
    header = project.read(f"{EDITION}/slips.csv").split("\n")[0]
    project.write(f"{EDITION}/later.csv", f"{header}\n")
    assert check_frozen(project.root) == []
    project.write(f"{EDITION}/later.csv", f"{header}\nx\n")
    assert [p.file for p in check_frozen(project.root)] == [f"{EDITION}/later.csv"]


def test_git_is_asked_of_nothing_where_nothing_is_frozen_and_of_no_table_where_nothing_differs(
    open_book, frozen_book, monkeypatch
):
    asked, ask = [], frozen.git
    monkeypatch.setattr(frozen, "git", lambda root, *words: asked.append(words) or ask(root, *words))
    assert check_frozen(open_book.root) == [] and asked == []
    assert check_frozen(frozen_book.root) == [] and [SUMS in words[-1] for words in asked] == [True]


# Corrections


def test_a_correction_in_revisions_is_right(project):
    correct(project)
    assert check(project.root, cells=False) == []
    facts = Facts(read_package(project.root))
    assert (str(facts.find(NAME).value), facts.find(NAME).revised) == (NEW, True)


@pytest.mark.parametrize(
    ("column", "cells", "words"),
    [
        ("old_value", {"old_value": "8754"}, ["“8754”", "“8744”", "Viết 8744"]),
        ("new_value", {"new_value": "8.774"}, ["“8.774”", "chữ số lẻ"]),
        ("new_value", {"new_value": "8,774"}, ["“8,774”", "không phải là số"]),
        ("new_value", {"new_value": "8774 lượt"}, ["“8774 lượt”", "không phải là số"]),
        ("about", {"about": "policy-loan"}, ["“policy-loan”", NAME]),
        ("about", {"about": "poverty-rate"}, ["poverty-rate@2021-01-01", "poverty-rate@2021-12-31"]),
    ],
)
def test_a_correction_that_corrects_nothing_is_told_at_its_cell(project, column, cells, words):
    correct(project, **cells)
    (problem,) = check(project.root, cells=False)
    assert (problem.file, problem.line, problem.column) == (REVISIONS, 2, column)
    assert all(word in str(problem) for word in words)


def test_a_computed_figure_is_corrected_at_what_it_is_computed_from(project):
    name = project.table("derived")[0]["derived"]
    correct(project, about=name, old_value="1", new_value="2")
    (problem,) = check(project.root, cells=False)
    assert problem.column == "about" and "số suy ra" in problem.message


def test_a_figure_of_another_edition_is_not_corrected_here(tmp_path):
    project = Project(make_years(tmp_path / "sách", (2021, 2022)))
    project.edit("edition", "2021", "status", "frozen")
    correct(project, about="legal-aid-cases@2022", old_value="742", new_value="743")
    (problem,) = check_revisions(Facts(read_package(project.root)))
    assert (problem.file, problem.column) == (REVISIONS, "about") and "Ấn bản 2021" in problem.message


def test_a_second_correction_goes_on_from_the_first(project):
    correct(project)
    correct(project, revision="lan-hai", revised_on="2022-03-01", old_value=NEW, new_value="8775")
    assert check_revisions(Facts(read_package(project.root))) == []
    project.edit("revisions", "lan-hai", "old_value", OLD)
    (problem,) = check_revisions(Facts(read_package(project.root)))
    assert (problem.line, problem.column) == (3, "old_value") and f"Viết {NEW}" in problem.remedy


def test_a_correction_made_before_freezing_stays_right_and_shown_after_it(to_freeze):
    correct(to_freeze, old_value="8747", new_value=OLD)
    commit(to_freeze.root)
    before = Facts(read_package(to_freeze.root)).find(NAME)
    freeze(to_freeze.root, 2021)
    after = Facts(read_package(to_freeze.root)).find(NAME)
    assert check(to_freeze.root, cells=False) == []
    assert [(str(v.value), v.edition) for v in after.vintages] == [("8747", 2021), (OLD, 2021)]
    assert (after.text, after.revised) == (before.text, True)


@pytest.mark.parametrize(
    ("reason", "is_one"),
    [
        ("", False),
        ("note", True),
        ("break", True),
        ("correction of 2021", True),
        ("correction of 2021 that leads elsewhere", False),
        ("correction of 2022", True),
    ],
)
def test_a_later_value_that_differs_from_a_frozen_final_one_wants_a_reason(tmp_path, reason, is_one):
    project = Project(make_years(tmp_path / "sách", (2021, 2022)))
    project.edit("edition", "2021", "status", "frozen")
    assert check_revisions(Facts(read_package(project.root))) == []
    later = Project(project.root)
    later.file = lambda table: f"data/editions/2022/{table}.csv"
    row = next(row for row in later.table("observations") if row["indicator"] == NAME)
    told = "Báo cáo sau tính lại." if reason == "note" else ""
    changed = {**row, "time_period": "2021", "obs_value": NEW, "note_vi": told, "note_en": told}
    later.write_table("observations", [*later.table("observations"), changed])
    if reason == "break":
        first = later.table("breaks")[0]
        later.write_table("breaks", [*later.table("breaks"), {**first, "indicator": NAME, "period": "2022"}])
    if reason.startswith("correction of 2021"):
        correct(project, new_value=NEW if is_one else "8775")
    if reason == "correction of 2022":
        correct(later, about=f"{NAME}@2021")
    problems = check_revisions(Facts(read_package(project.root)))
    assert [(p.file, p.line, p.column) for p in problems] == (
        [] if is_one else [("data/editions/2022/observations.csv", len(later.table("observations")) + 1, "obs_value")]
    )
    if problems:
        assert "2021" in problems[0].message and "note_vi" in problems[0].remedy and "breaks" in problems[0].remedy


# The pages of a frozen edition


def page(folder: Path, name: str, body: str, start: str = "<body>") -> None:
    file = folder / f"{name}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"<!doctype html><html><head><title>t</title></head>{start}{body}</body></html>", encoding="utf-8")


@pytest.fixture
def kept(tmp_path):
    """A site as an edition's own code has built it: two pages about targets, of which one shows the figure."""
    folder = tmp_path / "kept"
    page(folder, "index", "<p>trang đầu</p>")
    page(folder, "muc-tieu/1-1", f'<p id="{KEY}">8.744</p>', '<body class="x">')
    page(folder, "muc-tieu/1-2", "<p>khác</p>")
    (folder / "anh.png").write_bytes(b"png")
    return folder


def laid_out(kept: Path, corrections=(), living=("index", "muc-tieu/1-1")) -> dict[str, BeautifulSoup]:
    for name in living:
        page(kept.parent / "living", name, f'<p id="{KEY}">8.774</p>')
    target = kept.parent / "2021"
    lay_out(kept, target, 2021, kept.parent / "living", corrections)
    return {p.relative_to(target).as_posix(): BeautifulSoup(p.read_bytes(), "html5lib") for p in target.rglob("*.html")}


def test_the_line_on_top_leads_to_the_living_page_or_home_where_that_is_gone(kept):
    pages = laid_out(kept)
    leads = {name: page.body.find("aside").a["href"] for name, page in pages.items()}
    assert leads == {
        "index.html": "../index.html",
        "muc-tieu/1-1.html": "../../muc-tieu/1-1.html",
        "muc-tieu/1-2.html": "../../index.html",
    }
    assert all(page.body.contents[0].get_text(strip=True) == "" for page in pages.values())
    for name, page_ in pages.items():
        assert page_.head.find("link", rel="stylesheet")["href"] == "../" * name.count("/") + STYLE
    assert (kept.parent / "2021" / STYLE).is_file()


def test_a_correction_is_told_on_the_pages_that_show_its_figure_or_on_all_where_none_does(kept):
    shown = Correction("Số lượt vay", "8.744 → 8.774 {x} <b>", frozenset({KEY}), "muc-tieu/1-1", KEY)
    pages = laid_out(kept, [shown])
    told = {name for name, page in pages.items() if "8.744 → 8.774 {x} <b>" in said(page.aside)}
    assert told == {"muc-tieu/1-1.html"}
    assert pages["muc-tieu/1-1.html"].aside.ul.a["href"] == f"../../muc-tieu/1-1.html#{KEY}"
    shutil.rmtree(kept.parent / "2021")
    pages = laid_out(kept, [Correction("I.2.1", "a → b", frozenset())])
    assert all("I.2.1: a → b" in said(page.aside) for page in pages.values())


def test_what_an_edition_has_built_is_never_written(kept):
    before = digests(kept)
    laid_out(kept, [Correction("I.2.1", "a → b", frozenset())])
    assert digests(kept) == before
    assert (kept / "anh.png").samefile(kept.parent / "2021" / "anh.png")
    assert not (kept / "index.html").samefile(kept.parent / "2021" / "index.html")


def test_only_corrections_made_after_freezing_are_told_with_all_that_is_computed_from_their_figure(to_freeze):
    correct(to_freeze, old_value="8747", new_value=OLD)
    commit(to_freeze.root)
    freeze(to_freeze.root, 2021)
    facts = Facts(read_package(to_freeze.root))
    computed = facts.derived()[0]
    part = next(fact for fact in facts.values() if not fact.is_derived and fact.cells[0] in computed.cells)
    correct(
        to_freeze, revision="sau", about=part.name, old_value=part.plain_value, new_value="1", revised_on="2022-03-01"
    )
    (told,) = editions.corrections(to_freeze.root, 2021)
    assert (told.page, told.anchor) == (part.page, part.id) and told.about.startswith(part.label)
    assert told.anchors >= {part.id, computed.id}


# Kept at its address


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A book frozen by the command and built: its site then; again after a correction and another sentence, and what
    git and the builds said."""
    project = book(tmp_path_factory.mktemp("ấn bản") / "sách", code=True)
    said = sdgbook(project.root, "freeze", "2021", "--yes")
    assert said.returncode == 0, said.stdout + said.stderr
    html = project.root / "_build" / "html"
    outputs = [said.stdout]
    for step in ("first", "second"):
        if step == "second":
            correct(project)
            project.append("book/muc-tieu/1-1.md", "Thêm một câu sau khi chốt.", "Thêm")
            commit(project.root)
        done = sdgbook(project.root, "site")
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
        shutil.copytree(html, project.root.parent / step, copy_function=os.link)
    first, second = (Site(project, project.root.parent / step, "", {}) for step in ("first", "second"))
    return project, first, second, outputs


def without_line(html: bytes) -> str:
    """A page as it was before the line came on top."""
    text = html.decode()
    text, styles = re.subn(rf'<link rel="stylesheet" href="(\.\./)*{STYLE}">\n', "", text)
    text, lines = re.subn(r'\n<aside class="ban-chot".*?</aside>', "", text, flags=re.DOTALL)
    assert (styles, lines) == (1, 1)
    return text


def test_a_frozen_edition_is_kept_whole_at_its_address_as_its_tag_gives_it(built):
    _, first, _, outputs = built
    pages = {name for name in first.pages if not name.startswith("2021/")}
    assert {f"2021/{name}" for name in pages} == first.pages.keys() - pages and "muc-tieu/1-1" in pages
    # The tag is what is living still, but that its own pages know of no address for the frozen ones.
    for file in [path.relative_to(first.html) for path in first.html.rglob("*.html")]:
        if file.parts[0] != "2021" and file.name != "du-lieu.html":
            kept = first.html / "2021" / file
            assert without_line(kept.read_bytes()) == (first.html / file).read_text(encoding="utf-8"), file
    other = {f: d for f, d in digests(first.html).items() if not f.endswith((".html", ".html.gz"))}
    own = {f.removeprefix("2021/"): d for f, d in other.items() if f.startswith("2021/")}
    living = {f: d for f, d in other.items() if not f.startswith("2021/")}
    assert set(own) - {STYLE, f"{STYLE}.gz"} == set(living)
    assert {f for f in living if living[f] != own[f]} <= {"search.json", "search.json.gz"}
    assert "Dựng ấn bản 2021 từ thẻ edition-2021" in outputs[1]
    assert "Dựng ấn bản 2021" not in outputs[2]


def test_a_correction_shows_on_the_living_page_and_as_a_note_on_the_frozen_one(built):
    _, first, second, _ = built
    living, old = second.pages["muc-tieu/1-1"], second.pages["2021/muc-tieu/1-1"]
    row = said(living.find(id=KEY))
    assert SHOWN_NEW in row and f"Trước đó là trên {SHOWN_OLD}" in row and "Giám đốc Sở" in row
    assert (
        living.select_one(f'p a.fact[href="#{KEY}"]').find_next_sibling(class_="status").get_text(strip=True) == "(r)"
    )
    note = said(old.aside)
    assert f"{SHOWN_OLD} lượt → {SHOWN_NEW} lượt" in note and "28/02/2022" in note and "Giám đốc Sở" in note
    assert "{so với} báo cáo & a<b." in note
    assert SHOWN_OLD in said(old.main) and SHOWN_NEW not in said(old.main)
    showing = {name for name, page in first.pages.items() if name.startswith("2021/") and KEY in str(page)}
    assert {name for name, page in second.pages.items() if page.aside and page.aside.ul} == showing


def test_frozen_pages_stay_the_same_bytes_and_files_while_the_living_ones_change(built):
    _, first, second, _ = built
    before, after = digests(first.html), digests(second.html)
    noted = {f"{n}.html" for n, page in second.pages.items() if page.aside and page.aside.ul}
    noted |= {"2021/so/policy-loans/2021.html"}
    changed = {f for f in before if f.startswith("2021/") and after.get(f) != before[f]}
    assert changed == noted | {f"{name}.gz" for name in noted}
    assert "Thêm một câu sau khi chốt." in second.said["muc-tieu/1-1"]
    assert "Thêm một câu sau khi chốt." not in second.said["2021/muc-tieu/1-1"]
    for name in set(before) - changed:
        if name.startswith("2021/"):
            assert (first.html / name).samefile(second.html / name), name
    for name in noted:
        assert without_line((first.html / name).read_bytes()) == without_line((second.html / name).read_bytes())


def test_living_and_frozen_pages_lead_to_each_other(built):
    _, _, second, _ = built
    kept = {name for name in second.pages if name.startswith("2021/")}
    assert {name: second.leads_to(name, second.pages[name].aside.a)[0] for name in kept} == {
        name: name.removeprefix("2021/") for name in kept
    }
    corrected = second.pages["2021/muc-tieu/1-1"].aside.ul.a
    assert second.leads_to("2021/muc-tieu/1-1", corrected)[1]["id"] == KEY
    listed = second.pages["du-lieu"].find(id="cac-an-ban-da-chot")
    assert [link["href"] for link in listed.select("li a")] == ["2021/index.html", f"{EDITION}/{SUMS}"]
    assert all((second.html / link["href"]).is_file() for link in listed.select("li a"))


def test_the_manifest_covers_frozen_editions(built):
    project, _, second, _ = built
    lines = manifest(project.root / "_build" / "html").text.splitlines()
    assert {line.split("  ", 1)[1] for line in lines} == set(digests(second.html))


def test_the_line_is_for_everyone(built, browser):
    _, _, second, _ = built
    with serving(second.html) as address:
        for width, scheme in ((320, "light"), (1280, "dark")):
            context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page = context.new_page()
            page.goto(f"{address}2021/muc-tieu/1-1.html")
            assert page.locator("aside.ban-chot").is_visible()
            scrolls, window = page.evaluate(SIDEWAYS)
            assert scrolls <= window
            page.evaluate(AXE_SCRIPT)
            found = page.evaluate("() => axe.run(document.querySelector('.ban-chot')).then(r => r.violations)")
            assert found == []
            context.close()


def test_an_edition_that_is_kept_is_not_built_again_unless_it_is_spoiled(built, monkeypatch, tmp_path):
    project, _, _, _ = built
    folder = tmp_path / "editions"
    shutil.copytree(project.root / "_build" / "editions", folder)
    calls = []
    monkeypatch.setattr(editions, "_build", lambda root, year, commit, place, tell: calls.append(year) or fake(place))

    def fake(place):
        page(place / "kept" / "html", "index", "mới")
        (place / "kept" / editions.checkouts.LIST).write_text(manifest(place / "kept" / "html").text)

    def get():
        return editions.built_editions(project.root, folder, lambda *_: None)

    (kept,) = get().values()
    assert calls == []
    (kept / "index.html").write_text("hỏng")
    assert get() == {2021: kept} and calls == [2021] and "mới" in (kept / "index.html").read_text(encoding="utf-8")
    (folder / "0123").mkdir()
    editions.sweep(folder, {2021: kept})
    assert {path.name for path in folder.iterdir()} == set(commits_of(project.root).values())
    editions.sweep(folder, {})
    assert not folder.exists()


def test_a_tag_that_moves_makes_the_next_build_look_again(project):
    before = read_inputs(project.root)
    git(project.root, "tag", "--force", "edition-2021", "HEAD~1")
    after = read_inputs(project.root)
    assert {name for name in before if before[name] != after[name]} == {"edition-2021"}


def test_an_edition_is_built_by_its_own_code_and_as_if_nobody_had_set_anything(project, monkeypatch):
    settings = ("SOURCE_DATE_EPOCH", "SDGBOOK_EXECUTOR", "SDGBOOK_DASK", "SDGBOOK_PROBLEMS")
    for name in settings:
        monkeypatch.setenv(name, "1")
    code = (
        "import os, pathlib, sdgbook\n"
        f"assert not os.environ.keys() & {set(settings)}\n"
        f"assert os.environ[{WITHOUT!r}] == '1'\n"
        "assert pathlib.Path(sdgbook.__file__).is_relative_to(pathlib.Path.cwd())"
    )
    package = project.root / "scripts" / "sdgbook"
    (package / "__init__.py").touch()
    editions._run(2021, project.root, sys.executable, "-c", code)


def test_an_interrupted_build_of_an_edition_leaves_nothing_that_looks_whole(project, monkeypatch, tmp_path):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(editions, "_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        editions.built_editions(project.root, tmp_path / "editions", lambda *_: None)
    assert list((tmp_path / "editions").iterdir()) == []


def test_a_build_of_an_edition_that_fails_is_told_with_what_it_said(project):
    package = project.root / "scripts" / "sdgbook"
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text("print('hỏng rồi')\nraise SystemExit(1)\n", encoding="utf-8")
    commit(project.root)
    git(project.root, "tag", "--force", "edition-2021")
    with pytest.raises(ProblemsFound, match=r"edition-2021.*hỏng rồi") as refusal:
        editions.built_editions(project.root, project.root / "_build" / "editions", lambda *_: None)
    assert len(refusal.value.problems) == 1 and list((project.root / "_build" / "editions").iterdir()) == []


def test_an_edition_of_other_libraries_is_built_with_its_own(project, monkeypatch, tmp_path):
    ran = []

    def run(year, folder, *command):
        ran.append([Path(word).name for word in command])
        page(folder / "_build" / "html", "index", "cũ")

    monkeypatch.setattr(editions, "_run", run)
    project.write("requirements.txt", project.read("requirements.txt") + "# mới hơn\n")
    told = []
    editions.built_editions(project.root, tmp_path / "editions", lambda words, *_: told.append(words))
    assert [words[-1] for words in ran] == ["bootstrap.py", "site"] and "python" in ran[1]
    assert any("thư viện của thời ấy" in words for words in told)


def shallow(project, folder):
    git(folder, "clone", "-q", "--depth", "1", f"file://{project.root}", "nông")
    git(folder / "nông", "fetch", "-q", "--depth", "1", "origin", "tag", "edition-2021")
    return folder / "nông"


def without_tags(project, folder):
    git(folder, "clone", "-q", "--no-tags", f"file://{project.root}", "thiếu")
    return folder / "thiếu"


def a_zip(project, folder):
    shutil.copytree(project.root, folder / "zip", ignore=lambda _, names: MADE & set(names))
    return folder / "zip"


@pytest.mark.parametrize(
    ("copy", "way"), [(shallow, "--unshallow"), (without_tags, "git fetch --tags"), (a_zip, "git clone")]
)
def test_a_published_address_is_not_lost_for_want_of_the_tag(frozen_book, copy, way, tmp_path, monkeypatch):
    root = copy(frozen_book, tmp_path)
    html = root / "_build" / "html"
    page(html, "2021/index", "cũ")
    done = sdgbook(root, "site")
    assert done.returncode == 1 and way in done.stderr and f"{WITHOUT}=1" in done.stderr
    assert "/2021/" in done.stderr and [path.name for path in html.rglob("*.html")] == ["index.html"]
    monkeypatch.setenv(WITHOUT, "1")
    assert editions.built_editions(root, root / "_build" / "editions", lambda *_: None) == {}
