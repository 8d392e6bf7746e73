"""The names of figures: as short as they may be, never in doubt, and stable when new data comes."""

from __future__ import annotations

import itertools
import json
import re

import pytest
from helpers import YEAR, Place, Project

from sdgbook import fact
from sdgbook import facts as facts_of_here
from sdgbook.edit.check import check
from sdgbook.report.facts import FactError


def ways(row) -> list[str]:
    """All names, from the bare indicator to all four parts, that may mean an observation."""
    parts = ([f"[{row['breakdown']}]", ""], [f"@{row['time_period']}", ""], [f"/{row['ref_area']}", ""])
    return [row["indicator"] + "".join(chosen) for chosen in itertools.product(*parts)]


@pytest.fixture(scope="module")
def meanings(package):
    """Every name that may be written, with the observations it may mean."""
    found: dict[str, list] = {}
    for row in package.table("observations").rows:
        for name in ways(row):
            found.setdefault(name, []).append(row)
    return found


def test_a_figure_is_found_by_every_name_that_means_it_alone(meanings, facts):
    for name, rows in meanings.items():
        if len(rows) == 1:
            found = facts.find(name)
            assert (found.value, found.period, found.status) == (
                rows[0]["obs_value"],
                rows[0]["time_period"],
                rows[0]["obs_status"],
            ), name


def test_a_name_that_may_mean_several_figures_lists_them_all(meanings, facts):
    several = {name: rows for name, rows in meanings.items() if len(rows) > 1}
    assert several
    for name, rows in several.items():
        with pytest.raises(FactError) as refusal:
            facts.find(name)
        listed = refusal.value.remedy.rstrip(".").partition(": ")[2].split(", ")
        assert sorted(str(facts.find(n).value) for n in listed) == sorted(str(row["obs_value"]) for row in rows)


def test_figures_are_listed_by_the_shortest_name_that_finds_them(meanings, facts):
    for name, figure in facts.items():
        assert facts.find(name) is figure and figure.name == name
        same = [n for n, rows in meanings.items() if len(rows) == 1 and facts.find(n) is figure]
        assert not figure.is_derived or same == []
        assert all(n.count("[") + n.count("@") + n.count("/") >= sum(map(name.count, "[@/")) for n in same)


def test_a_misspelt_name_is_answered_with_the_right_one(facts):
    for name in facts:
        for at in (1, len(name.partition("[")[0].partition("@")[0]) - 2):
            wrong = name[:at] + name[at + 1 :]
            with pytest.raises(FactError) as refusal:
                facts.find(wrong)
            assert wrong in refusal.value.message and name in refusal.value.remedy


@pytest.mark.parametrize("name", ["", "Poverty rate", "poverty-rate@", "poverty-rate[", "tỷ-lệ-nghèo", "[_T]", "a b"])
def test_what_is_no_name_is_refused(facts, name):
    with pytest.raises(FactError):
        facts.find(name)


def test_new_data_that_makes_a_name_ambiguous_is_told_wherever_the_name_stands(project):
    name, row = next(
        (row["indicator"], row)
        for row in project.table("observations")
        if row["time_period"] == YEAR and f"{{fact}}`{row['indicator']}`" in chapters(project)
    )
    rows = project.table("observations")
    at = rows.index(row)
    project.write_table("observations", [*rows[:at], {**row, "time_period": "1999"}, *rows[at:]])
    told = [p for p in check(project.root) if p.file.startswith("book/")]
    stands = {
        Place(path.relative_to(project.root).as_posix(), number, match.start() + 1)
        for path in (project.root / "book").rglob("*.md")
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        for match in re.finditer(rf"\{{fact(-number)?\}}`{name}`", line)
    }
    assert {(p.file, p.line) for p in told} == {(p.file, p.line) for p in stands}
    # In a code cell the line is told; the cell is one line.
    assert {Place(p.file, p.line, p.column) for p in told if p.column} <= stands
    assert any(p.column for p in told)
    for message in map(str, told):
        assert f"{name}@1999" in message and f"{name}@{YEAR}" in message


def chapters(project: Project) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (project.root / "book").rglob("*.md"))


@pytest.fixture
def two_editions(project):
    """A package with a later report that gives one old period a new value and one new period a first one."""
    later = str(int(YEAR) + 1)
    path = project.root / "data" / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    old = [r for r in descriptor["resources"] if r["path"].startswith(f"editions/{YEAR}/")]
    renamed = json.dumps(old).replace(f"editions/{YEAR}/", f"editions/{later}/").replace(f"-{YEAR}", f"-{later}")
    descriptor["resources"] += json.loads(renamed)
    path.write_text(json.dumps(descriptor, ensure_ascii=False, indent=2), encoding="utf-8")
    (project.root / f"data/editions/{later}").mkdir()
    row = next(r for r in project.table("observations") if r["time_period"] == YEAR and r["breakdown"] == "_T")
    for resource in old:
        text = project.read(f"data/{resource['path']}")
        kept = text if resource["path"].endswith(("sections.csv", "edition.csv")) else text.split("\n")[0] + "\n"
        project.write(f"data/{resource['path']}".replace(f"/{YEAR}/", f"/{later}/"), kept)
    edition = f"data/editions/{later}/edition.csv"
    project.write(edition, project.read(edition).replace(f"\n{YEAR},", f"\n{later},"))
    rows = [{**row, "obs_value": "777"}, {**row, "obs_value": "888", "time_period": later}]
    observations = f"data/editions/{later}/observations.csv"
    header = project.read(observations)
    project.write(observations, header + "".join(",".join(r.values()) + "\n" for r in map(unquoted, rows)))
    return project, row, int(later)


def unquoted(row: dict[str, str]) -> dict[str, str]:
    return {column: cell.replace(",", "") for column, cell in row.items()}


def test_a_later_report_gives_old_periods_new_values_and_the_old_ones_stay_known(two_editions, monkeypatch):
    project, row, later = two_editions
    monkeypatch.chdir(project.root / "book")
    name = f"{row['indicator']}[_T]@{YEAR}"
    assert str(fact(name).value) == "777"
    assert str(fact(name, as_of=later).value) == "777"
    assert str(fact(name, as_of=int(YEAR)).value) == row["obs_value"]
    assert str(facts_of_here().find(f"{row['indicator']}[_T]@{later}").value) == "888"
    with pytest.raises(FactError):
        fact(f"{row['indicator']}[_T]@{later}", as_of=int(YEAR))
    with pytest.raises(FactError):
        facts_of_here(as_of=int(YEAR) - 1)


def test_the_anchor_of_a_figure_stays_when_later_data_makes_its_name_longer(two_editions, facts, monkeypatch):
    project, row, _ = two_editions
    monkeypatch.chdir(project.root)
    before = facts.find(f"{row['indicator']}[_T]@{YEAR}")
    after = fact(f"{row['indicator']}[_T]@{YEAR}")
    assert before.name != after.name and before.id == after.id
