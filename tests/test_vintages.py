"""Several editions: the newest value is shown, none is lost, and what one edition says keeps its meaning."""

from __future__ import annotations

import json
import shutil

import pytest
from helpers import ROOT, YEAR, Project
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdgbook.data import read_package
from sdgbook.edit.check import check_identities, check_table_names
from sdgbook.report.chapters import Chapter
from sdgbook.report.context import Context
from sdgbook.report.facts import FactError, Facts

FIRST = int(YEAR)
NEXT = FIRST + 1
RATE = f"poverty-rate@{FIRST}-12-31"


class Later:
    """The project's data with an invented edition of the next year, whose tables are empty but for its name and its
    outline, which is that of the first."""

    def __init__(self, factory: pytest.TempPathFactory):
        self.project = Project(factory.mktemp("dữ liệu"))
        shutil.copytree(ROOT / "data", self.project.root / "data")
        package = json.loads(self.project.read("data/datapackage.json"))
        own = [r for r in package["resources"] if r["path"].startswith(f"editions/{YEAR}/")]
        text = json.dumps(own).replace(f'-{YEAR}"', f'-{NEXT}"').replace(f"/{YEAR}/", f"/{NEXT}/")
        package["resources"] += json.loads(text)
        self.project.write("data/datapackage.json", json.dumps(package))
        (self.project.root / "data" / "editions" / str(NEXT)).mkdir()
        for resource in own:
            whole = self.project.read(f"data/{resource['path']}")
            kept = whole if resource["name"].startswith("sections") else whole.split("\n")[0] + "\n"
            self.project.write(f"data/{resource['path'].replace(YEAR, str(NEXT))}", kept)
        self.add("edition", f"{NEXT},Sở,Bịa,,,published,CC-BY-4.0")

    def add(self, table: str, *rows: str, year: int = NEXT) -> None:
        """Put rows at the end of a table."""
        file = f"data/editions/{year}/{table}.csv"
        self.project.write(file, self.project.read(file) + "".join(f"{row}\n" for row in rows))

    def make(self, status: str, year: int) -> None:
        """Make an edition a draft or frozen."""
        file = f"data/editions/{year}/edition.csv"
        self.project.write(file, self.project.read(file).replace(",published,", f",{status},"))

    def correct(self, old: str, new: str, day: str) -> None:
        """Correct the rate of the first edition."""
        self.add("revisions", f"sua-{day},{RATE},{day},{old},{new},Sở,Chép nhầm.,A slip.", year=FIRST)

    def facts(self, as_of: int | None = None) -> Facts:
        return Facts(read_package(self.project.root), as_of)


@pytest.fixture
def later(tmp_path_factory):
    return Later(tmp_path_factory)


@pytest.fixture(scope="module")
def real():
    """The rate that the first edition gives."""
    return Facts(read_package(ROOT))[RATE]


def observed(value: object, *, indicator="poverty-rate", period=f"{FIRST}-12-31", status="A") -> str:
    return f"{indicator},{period},04,_T,{value},{status},exact,,I.2.1 kết quả,,,"


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.decimals("0.01", "99.99", places=2))
def test_the_latest_value_is_shown_and_the_one_before_stays(tmp_path_factory, real, value):
    later = Later(tmp_path_factory)
    later.add("observations", observed(value))
    shown = later.facts()[RATE]
    assert (shown.value, shown.edition, shown.status) == (value, NEXT, "A")
    assert [v.value for v in shown.vintages] == [real.value, value]
    assert shown.revised == (real.value != value) == ("r" in shown.marks)
    # A figure that was provisional and is so no longer was known otherwise, even where the number stays.
    assert [(old.value, old.status, new.status) for old, new in shown.earlier] == [(real.value, "P", "A")]
    assert later.facts(as_of=FIRST)[RATE] == real


def test_readers_are_told_the_earlier_value_both_sources_and_the_size_of_the_change(later, real):
    later.add("observations", observed(real.value + 1))
    report = Context(later.facts())
    told = report.figure(report.facts.find(RATE))
    (earlier,) = told["earlier"]
    assert (earlier["measured"], earlier["status"], earlier["change"]) == (
        real.measured,
        "sơ bộ",
        "tăng 1\u00a0điểm phần trăm",
    )
    assert [place["page"] for place in (earlier["sources"][0], told["sources"][0])] == ["de-cuong", f"de-cuong-{NEXT}"]


def test_a_correction_of_a_frozen_edition_changes_what_is_shown_and_not_the_cell(later, real):
    later.make("frozen", FIRST)
    later.correct(f"{real.value}", "18.16", f"{NEXT}-05-06")
    later.correct("18.16", "18.26", f"{NEXT}-06-07")
    shown = later.facts()[RATE]
    assert shown.marks == "sơ bộ, r" and [f"{v.value}" for v in shown.vintages] == [f"{real.value}", "18.16", "18.26"]
    told = Context(later.facts()).figure(shown)["earlier"]
    assert [old["correction"] for old in told] == [
        f"sửa ngày {day}, theo quyết định của Sở" for day in (f"06/05/{NEXT}", f"07/06/{NEXT}")
    ]
    assert later.facts(as_of=FIRST)[RATE].value == real.value


def test_a_correction_of_an_edition_that_is_not_frozen_tells_what_its_cell_held(later, real):
    later.correct("18.60", f"{real.value}", f"{NEXT}-05-06")
    shown = later.facts()[RATE]
    assert shown.revised and [f"{v.value}" for v in shown.vintages] == ["18.60", f"{real.value}"]
    assert f"{later.facts(as_of=FIRST)[RATE].value}" == "18.60"


def test_what_an_edition_names_keeps_its_meaning_when_the_next_one_comes(later):
    before = Facts(read_package(ROOT))
    alone = [f for f in before.values() if not f.is_derived and len(before.of_indicator(f.indicator)) == 1]
    later.add("observations", *(observed(15, indicator=f.indicator, period=NEXT) for f in alone))
    facts = later.facts()
    for name, fact in before.items():
        assert facts.within(FIRST).find(name).id == fact.id, name
    for fact in alone:
        assert facts.within(NEXT).find(fact.indicator).period == str(NEXT)
    assert check_table_names(facts) == [] and check_identities(facts, set()) == []


def test_a_name_that_fits_two_figures_of_its_own_edition_is_refused(later):
    later.add("observations", *(observed(9, indicator="policy-loans", period=year) for year in (NEXT, NEXT - 1)))
    facts = later.facts()
    with pytest.raises(FactError) as refusal:
        facts.find("policy-loans")
    assert refusal.value.remedy == f"Viết rõ một trong: policy-loans@{FIRST}, policy-loans@{NEXT}."
    assert facts.within(FIRST).find("policy-loans").period == str(FIRST)


def test_sums_of_an_edition_are_tried_with_its_own_values(later, real):
    later.add("observations", observed(real.value + 3))
    assert check_identities(later.facts(), set()) == []


def test_a_slip_mended_in_its_cell_leaves_the_sums_of_its_edition_right(later, real):
    later.correct("18.60", f"{real.value}", f"{NEXT}-05-06")
    assert check_identities(later.facts(), set()) == []


def test_the_same_sum_may_be_worked_out_again_each_year(later):
    first = next(row for row in read_package(ROOT).table("derived").rows if row["derived"] == "benefit-per-worker")
    amount, workers = first["expression"].split(" / ")
    later.add(
        "observations", observed(3000, indicator=amount, period=NEXT), observed(2, indicator=workers, period=NEXT)
    )
    later.add("derived", f"benefit-per-worker,1.2,{first['expression']},{NEXT},vnd-per-person,0,Bình quân,Average,,")
    facts = later.facts()
    of_first = facts.find(f"benefit-per-worker@{FIRST}")
    assert facts.within(NEXT).find("benefit-per-worker").value == 1500
    assert facts.within(FIRST).find("benefit-per-worker").period == str(FIRST)
    assert {f"benefit-per-worker@{FIRST}", f"benefit-per-worker@{NEXT}"} <= set(facts)
    assert of_first.id == "so-benefit-per-worker"
    # Its parts are those of its year too.
    assert not any(f"/{NEXT}/" in file for file, _ in of_first.cells)


def test_a_draft_does_not_lead(later):
    assert later.facts().newest == NEXT
    later.make("draft", NEXT)
    assert later.facts().newest == FIRST and Context(later.facts()).year == FIRST


def test_a_line_over_time_takes_in_all_years_and_other_charts_their_own(later):
    later.add("observations", observed("15.00", period=f"{NEXT}-12-31"))
    facts = later.facts()
    assert [f.period for f in facts.series("poverty-rate")][-1] == f"{NEXT}-12-31"
    chapter = Chapter("1-1", facts, FIRST)
    squares = chapter.chart("poverty-rate", form="hundred", of="hộ").data["rows"]
    assert [row["id"] for row in squares] == [f"so-poverty-rate-{FIRST}-01-01", f"so-{RATE.replace('@', '-')}"]
