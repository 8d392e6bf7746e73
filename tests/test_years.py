"""What readers may rely on when there are several reports: tried on invented editions (`years.py`), built once."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from helpers import ROOT, Project, Site, digests, lists, run, said, sdgbook, told, vietnamese
from serving import serving
from test_access import axe_found, start_axe
from viewing import OPEN_ALL
from years import BREAKS, FIRST, MARK, REASONS, YEARS, make_large, make_years, read_rows

from sdgbook.data import read_package
from sdgbook.data.check import check_rows
from sdgbook.data.tables import check_tables
from sdgbook.report.facts import Facts
from sdgbook.report.inline import ascii_slug

Key = tuple[str, str, str, str]
OUTLINES = {year: "de-cuong" if year == FIRST else f"de-cuong-{year}" for year in YEARS}


@pytest.fixture(scope="module")
def later(tmp_path_factory) -> Site:
    """The site of five editions."""
    root = make_years(tmp_path_factory.mktemp("các năm") / "báo cáo thử")
    done = sdgbook(root, "site")
    assert done.returncode == 0, done.stdout + done.stderr
    return Site(Project(root), root / "_build" / "html", done.stdout, {})


@pytest.fixture(scope="module")
def address(later):
    """Where `visit` finds it."""
    with serving(later.html) as address:
        yield address


@pytest.fixture(scope="module")
def figures(later) -> Facts:
    return Facts(read_package(later.project.root))


def given(root: Path) -> dict[Key, dict[int, list[str]]]:
    """All values that were ever published of each figure, by the year of the report, as the CSV files hold them: one a
    report, two where it was corrected."""
    found: dict[Key, dict[int, list[str]]] = {}
    for year in YEARS:
        folder = root / "data" / "editions" / str(year)
        corrected = {row["about"]: row["old_value"] for row in read_rows(folder / "revisions.csv")}
        for row in read_rows(folder / "observations.csv"):
            key = row["indicator"], row["breakdown"], row["time_period"], row["ref_area"]
            old = corrected.get(f"{row['indicator']}@{row['time_period']}")
            found.setdefault(key, {})[year] = [*([old] if old else []), row["obs_value"]]
    return found


def name_of(key: Key) -> str:
    return f"{key[0]}[{key[1]}]@{key[2]}/{key[3]}"


# The invented package itself


def test_the_same_call_writes_the_same_bytes_and_commits(tmp_path):
    made = [make_years(tmp_path / name, YEARS[:3], git=True) for name in ("một", "hai")]
    once, twice = (
        [digests(root, without=(".git",)), run(root, "git", "log", "--format=%H %s").stdout] for root in made
    )
    assert once == twice and once[1].count("\n") == 3


def test_a_draft_and_a_large_book_are_sound_as_well(tmp_path):
    draft = make_years(tmp_path / "nháp", YEARS[:2], draft=True)
    large = make_large(tmp_path / "lớn", editions=3, targets=20, areas=14)
    for root in (draft, large):
        package = read_package(root)
        assert check_tables(root).problems + check_rows(package) == []
    assert any(row["obs_status"] == "O" for row in read_package(draft).table("observations").rows)
    areas = {row["ref_area"] for row in package.table("observations").rows}
    assert len(package.table("targets").rows) == 20 and len(areas) == 14 and len(package.editions) == 3


def test_nothing_of_it_is_in_the_data_or_the_book():
    folders = [ROOT / folder for folder in ("data", "book")]
    kept = [path for folder in folders for path in folder.rglob("*.*") if path.suffix in (".csv", ".json", ".md")]
    assert kept and [path for path in [*kept, *ROOT.glob("_*.yml")] if MARK in path.read_text(encoding="utf-8")] == []


def test_every_page_says_that_it_is_invented(later):
    assert set(OUTLINES.values()) < set(later.pages)
    for name, page in later.pages.items():
        assert MARK in page.title.text, name
        assert page.main.find("strong", string=f"{MARK}."), name
    assert MARK in (later.html / "404.html").read_text(encoding="utf-8").partition("</title>")[0]


# What was known when


@pytest.mark.parametrize("year", YEARS)
def test_each_year_can_be_seen_as_it_was_told(later, year):
    root = later.project.root
    # A correction that came later was not known then.
    late = {row["about"] for row in read_rows(root / f"data/editions/{year}/revisions.csv")}
    wanted = {}
    for key, by_year in given(root).items():
        values = [value for edition, values in by_year.items() if edition <= year for value in values]
        if values:
            wanted[key] = values[-2 if year in by_year and f"{key[0]}@{key[2]}" in late else -1]
    seen = [fact for fact in Facts(read_package(root), as_of=year).values() if not fact.is_derived]
    assert {(f.indicator, f.breakdown, f.period, f.area): f"{f.value}" for f in seen} == wanted


def test_every_figure_of_every_report_shows_its_newest_value_on_its_page_and_what_was_told_before(later, figures):
    revised = 0
    for key, by_year in given(later.project.root).items():
        fact = figures.find(name_of(key))
        place = later.pages[fact.page].find(id=fact.id)
        row, cell = (place, place.select_one(".number")) if place.name == "tr" else (place.parent, place)
        values = [(year, value) for year, values in by_year.items() for value in values]
        assert cell.data["value"] == values[-1][1], fact.name
        # Rows by area tell their sources below the table.
        around = [*row.select("a"), *row.find_parent("table").find_next_sibling("p").select("a")]
        links = [link["href"].rpartition("/")[2].partition("#")[0] for link in around]
        assert f"{OUTLINES[values[-1][0]]}.html" in links, fact.name
        was_changed = any(Decimal(value) != Decimal(values[-1][1]) for _, value in values)
        assert ("r)" in said(cell)) == was_changed, fact.name
        for year, value in values[:-1]:
            assert vietnamese(value) in said(row) and f"{OUTLINES[year]}.html" in links, fact.name
        revised += was_changed
    assert revised > 10


def test_a_revised_figure_in_the_text_bears_r_and_opens_what_was_told_before(later):
    page = later.pages["muc-tieu/1-1"]
    link = page.main.select_one('p a[href="#so-poverty-rate-2021-12-31"]')
    assert said(link.parent).count("(r)") == 1 and link.data["value"] == "17.96"
    source = page.find("template", id="nguon-so-poverty-rate-2021-12-31")
    opened = re.sub(r"\s+", " ", "".join(source.find_all(string=True)))
    assert "18,06% (sơ bộ)" in opened and "0,1 điểm phần trăm" in opened
    assert {link["href"].partition("#")[0] for link in source.select("a") if "de-cuong" in link["href"]} == {
        "../de-cuong.html",
        "../de-cuong-2022.html",
    }


def test_a_forecast_and_its_result_stand_side_by_side(later):
    row = said(later.pages["muc-tieu/4-3"].find(id="so-enrolment-2021").parent)
    assert "5.312 (r)" in row and "5.500 người (dự kiến)" in row


def test_breaks_are_told_with_their_reason_where_the_series_is_shown(later):
    chapters = {row["target"]: row["chapter"] for row in read_rows(later.project.root / "data/reference/targets.csv")}
    indicators = read_rows(later.project.root / "data/reference/indicators.csv")
    pages = {row["indicator"]: chapters[lists(row["targets"])[0]] for row in indicators}
    for indicator, _, kind, _ in (found for year in YEARS[1:] for found in BREAKS.get(year, ())):
        assert told(REASONS[kind][0]).search(later.said[pages[indicator]]), indicator


# Addresses


def test_addresses_of_the_first_report_still_lead_to_what_they_led_to(later, facts):
    book = [path.relative_to(ROOT / "book").with_suffix("").as_posix() for path in (ROOT / "book").rglob("*.md")]
    assert set(book) <= set(later.pages)
    lead = [(fact.page, fact.id) for fact in facts.values()]
    lead += [("de-cuong", ascii_slug(row["locator"])) for row in facts.package.table("sections", FIRST).rows]
    lead += [("cam-ket", row["commitment"]) for row in facts.package.table("commitments", FIRST).rows]
    for row in facts.package.table("objectives", FIRST).rows:
        page = facts.package.table("targets").by_key[row["targets"][0]]["chapter"]
        lead.append((page, f"dich-{row['objective']}"))
    assert [(page, anchor) for page, anchor in lead if not later.pages[page].find(id=anchor)] == []


# Readers who hear


@pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.drill)], ids=["short", "full"])
def test_axe_finds_nothing_on_any_page(later, visit, full):
    """In short: on every third one."""
    wrong = []
    # Two pages at a time, each in a process of its own.
    with visit(360, wrong) as one, visit(360, wrong) as other:
        # The whole report repeats the others.
        names = [name for name, page in later.pages.items() if not page.select(".whole")]
        names = names if full else names[::3]
        for pair in [names[n : n + 2] for n in range(0, len(names), 2)]:
            opened = {name: go(name) for name, go in zip(pair, (one, other), strict=False)}
            for page in opened.values():
                page.evaluate(AXE_SCRIPT)
                page.evaluate(OPEN_ALL)
                # Colours, by far the slowest rule, are those of the real site.
                start_axe(page, colours=False)
            for name, page in opened.items():
                wrong += axe_found(page, name)
    assert wrong == []
