"""Districts and communes over time: no figure is lost, none stands for another unit, none is compared in vain."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import altair as alt
import pytest
from bs4 import BeautifulSoup
from helpers import ROOT, Project, said, vietnamese
from hypothesis import given
from hypothesis import strategies as st
from years import MERGED, NEW_NAME, RENAMED, SILENT, SUCCESSOR, make_years, read_rows

from sdgbook.data import read_package
from sdgbook.report import areas, charts
from sdgbook.report.chapters import Chapter
from sdgbook.report.context import Context, contrast
from sdgbook.report.editions import Edition
from sdgbook.report.facts import FactError, Facts
from sdgbook.site.blocks import render

RATE = "poverty-rate"
# A commune and what it is called from 2023 on get figures too: invented, as all else about these years.
COMMUNES = {(RENAMED, "2022"): "41", (NEW_NAME, "2023"): "43", (NEW_NAME, "2026"): "over 50"}


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    """A project with invented reports of several years, a merged district and a renamed commune, before it is built."""
    return Project(make_years(tmp_path_factory.mktemp("nhiều năm")))


def rows_of(project: Project, table: str) -> list[dict[str, str]]:
    """The rows of all editions' tables of one name, the oldest edition's first."""
    folders = sorted((project.root / "data" / "editions").iterdir())
    return [row for folder in folders for row in read_rows(folder / f"{table}.csv")]


@pytest.fixture(scope="module")
def figures(invented):
    for (area, year), value in COMMUNES.items():
        file = f"data/editions/{year}/observations.csv"
        word, _, number = value.rpartition(" ")
        row = f"regular-allowance-people,{year},{area},_T,{number},A,{word or 'exact'},{value},I.2.2.c bảng 2,,,\n"
        invented.write(file, invented.read(file) + row)
    return Facts(read_package(invented.root))


@pytest.fixture(scope="module")
def chapter(figures):
    return Chapter("1-1", figures)


@pytest.fixture(scope="module")
def places(figures):
    """The sections of the page about places, each by the code of its area."""
    edition = Edition(2026, figures)
    builder = SimpleNamespace(get_relative_uri=lambda page, other: f"{other}.html" if other != page else "")
    html = render("areas", edition.areas().data, SimpleNamespace(builder=builder), "dia-phuong")
    page = BeautifulSoup(html, "html5lib")
    codes = [code for code, row in figures.package.table("areas").by_key.items() if row["level"] != "province"]
    return {code: page.find(id=edition.area_link(code)["anchor"]) for code in codes}


def own(section) -> dict[str, list[str]]:
    """What a section tells of its own area's figures: the periods and values of each indicator."""
    found = {}
    for item in section.select(":scope > .taken > li"):
        label, _, told = said(item).partition(":" if ": " in said(item).split(", ")[0] else ", ")
        found[label] = re.findall(r"([\d.,]+)(?:%| người)", told)
    return found


def test_every_figure_stands_under_the_unit_that_it_was_given_for_and_under_no_other(figures, places, invented):
    expected: dict[str, dict[str, dict[str, str]]] = {code: {} for code in places}
    for row in rows_of(invented, "observations"):
        if row["ref_area"] in expected:
            expected[row["ref_area"]].setdefault(row["indicator"], {})[row["time_period"]] = row["obs_value"]
    names = {row["indicator"]: row["name_vi"] for row in invented.table("indicators")}
    for code, section in places.items():
        wanted = {names[i]: [vietnamese(v) for _, v in sorted(by.items())] for i, by in expected[code].items()}
        assert own(section) == wanted, code
    # The districts that were merged have theirs before, the one that came of them has its own since.
    assert {code: list(expected[code][RATE]) for code in (MERGED[0], SUCCESSOR)} == {
        MERGED[0]: ["2022-12-31", "2023-12-31"],
        SUCCESSOR: ["2025-12-31", "2026-12-31"],
    }


@pytest.mark.parametrize(("old", "new"), [(MERGED[0], SUCCESSOR), (MERGED[1], SUCCESSOR), (RENAMED, NEW_NAME)])
def test_the_old_unit_leads_to_the_new_one_and_back(figures, places, old, new):
    context = Context(figures)
    for here, there in ((old, new), (new, old)):
        told = places[here].select_one(":scope > .meta")
        assert f"#{context.area_link(there)['anchor']}" in [link["href"] for link in told.select("a")]
    assert "01/01/20" in said(places[old].select_one(":scope > .meta"))
    assert "không cộng thành số của nơi này" in said(places[new].select_one(":scope > .meta"))


def test_areas_that_share_a_name_are_told_apart_everywhere(tmp_path_factory):
    project = Project.copy(tmp_path_factory.mktemp("cùng tên"))
    again = {"area": "048-2030", "level": "district", "parent": "04", "name_vi": "Huyện Hạ Lang"}
    project.add("areas", **again, valid_from="2030-01-01")
    context = Context(Facts(read_package(project.root)))
    codes = [code for code, row in context.package.table("areas").by_key.items() if row["level"] != "province"]
    for told in (context.area, lambda code: context.area_link(code)["anchor"]):
        assert len(set(map(told, codes))) == len(codes)
    assert context.area("048") == "Huyện Hạ Lang, đến 30/06/2025"
    assert context.area("01366") == "Xã Cần Yên, huyện Hà Quảng"
    assert context.area("01366-2025") == "Xã Cần Yên, từ 01/07/2025"


def test_addresses_of_places_stay_as_they_were():
    context = Context(Facts(read_package(ROOT)))
    old = [r["area"] for r in context.package.table("areas").rows if not r["valid_from"] and r["level"] != "province"]
    places = "thanh-pho-cao-bang huyen-bao-lam huyen-bao-lac huyen-ha-quang huyen-trung-khanh huyen-ha-lang"
    places += " huyen-quang-hoa huyen-hoa-an huyen-nguyen-binh huyen-thach-an phuong-hop-giang-cao-bang"
    places += " phuong-ngoc-xuan-cao-bang xa-can-yen-ha-quang xa-kham-thanh-trung-khanh xa-thi-hoa-ha-lang"
    places += " xa-my-hung-quang-hoa xa-ngu-lao-hoa-an xa-bach-dang-hoa-an thi-tran-nguyen-binh-nguyen-binh"
    assert [context.area_link(code)["anchor"] for code in old] == [f"noi-{place}" for place in places.split(" ")]


def test_what_became_of_each_place_is_told_where_two_published_lists_agree():
    package = read_package(ROOT)
    changes = package.table("areas_changes").rows
    named = [row["area"] for row in package.table("areas").rows if row["level"] != "province" and not row["valid_from"]]
    assert sorted(code for row in changes for code in row["from"]) == sorted(named)
    for row in changes:
        lists = {re.fullmatch(r"([a-z-]+) \d[\d.]+", source)[1] for source in row["sources"]}
        assert len(lists) >= 2, row["change"]


# The map


def squares(block) -> dict[str, str]:
    """The map's squares: what is written as value under each name."""
    rows = block.data["spec"]["vconcat"][0]["layer"][0]["data"]["values"]
    places = [(row["x"], row["y"]) for row in rows]
    assert len(set(places)) == len(places)
    return {row["text"].replace("\n", " "): row["value"].replace("\n", " ") for row in rows}


@pytest.mark.parametrize("year", [2022, 2023, 2025, 2026])
def test_a_map_shows_the_units_of_its_year_each_with_its_value(chapter, invented, year):
    values = {
        row["ref_area"]: row["obs_value"]
        for row in rows_of(invented, "observations")
        if (row["indicator"], row["time_period"]) == (RATE, f"{year}-12-31")
    }
    short = {
        row["area"]: re.sub("^Huyện ", "", row["name_vi"]).replace("Thành phố", "TP.")
        for row in invented.table("areas")
        if row["level"] == "district" and (row["valid_from"] or "0") <= f"{year}-12-31" <= (row["valid_to"] or "9")
    }
    shown = squares(chapter.areas(f"{RATE}@{year}-12-31"))
    assert shown == {name: vietnamese(values[code]) if code in values else "chưa có số" for code, name in short.items()}
    assert (SUCCESSOR in short, MERGED[0] in short) == (year >= 2025, year < 2025)


def test_an_area_without_figure_is_told_as_such(chapter):
    indicator, year, _ = SILENT
    for block in (
        chapter.areas(f"{indicator}@{year}-12-31"),
        chapter.areas(f"{indicator}@{year}-12-31", form="ranking"),
    ):
        assert "Chưa có số của Bảo Lâm" in str(block.data)


def test_a_map_too_wide_to_be_read_on_a_phone_is_refused(invented, tmp_path_factory):
    package = read_package(invented.root)
    package.table("areas").by_key["040"]["tile_column"] = 5
    with pytest.raises(FactError, match="điện thoại"):
        Chapter("1-1", Facts(package)).areas(RATE)


def test_an_indicator_of_the_whole_province_only_has_no_map(chapter):
    with pytest.raises(FactError, match="không có con số nào của riêng huyện hay xã"):
        chapter.areas("near-poverty-rate")


@pytest.mark.parametrize("form", ["map", "years"])
def test_what_is_drawn_of_areas_keeps_to_the_schema_of_vega_lite(chapter, form):
    alt.Chart.from_dict(chapter.areas(RATE, form=form).data["spec"], validate=True)


def test_values_can_be_read_on_the_darkest_shade_of_every_goal():
    def mixed(colour: str, share: float) -> str:
        parts = [(int(colour[n : n + 2], 16), int(charts.PAPER[n : n + 2], 16)) for n in (1, 3, 5)]
        return "#" + "".join(f"{round(own * share + paper * (1 - share)):02x}" for own, paper in parts)

    goals = [row["colour"] for row in read_package(ROOT).table("goals").rows]
    for colour in [*goals, charts.BRAND]:
        assert contrast(charts.INK, mixed(colour, max(charts.SHADES))) >= 4.5, colour


QUALIFIERS = st.sampled_from(["exact", "exact", "over", "nearly", "about"])
VALUES = st.decimals("0.1", "99.9", places=1)


@pytest.fixture(scope="module")
def some(figures):
    """A figure to make others from."""
    return figures[f"{RATE}@2026-12-31/042"]


@pytest.fixture(scope="module")
def made(some):
    """Draws figures by area with values and qualifiers of all kinds."""
    return st.lists(st.tuples(VALUES, QUALIFIERS), min_size=1, max_size=8).map(
        lambda told: [replace(some, name=f"n{n}", value=v, qualifier=q) for n, (v, q) in enumerate(told)]
    )


def test_each_value_lies_in_one_of_a_few_steps_with_round_ends(made):
    @given(st.data())
    def steps(data):
        drawn = data.draw(made)
        bounds = areas.steps(drawn)
        assert len(bounds) < charts.STEPS and bounds == sorted(set(bounds))
        for figure in drawn:
            step = areas.step_of(figure, bounds)
            if figure.qualifier == "exact":
                assert step == sum(figure.value >= bound for bound in bounds)
            else:
                low, high = figure.quantity.low * 100, figure.quantity.high * 100
                assert (step is None) == any(low < bound <= high for bound in bounds)

    steps()


# The order


def test_a_place_is_told_as_sure_only_when_every_number_that_the_figures_allow_gives_it(made):
    @given(st.data())
    def ranks(data):
        drawn = data.draw(made)
        told = areas.ranking(drawn)
        assert sorted(r.fact.name for r in told) == sorted(f.name for f in drawn)
        # The true numbers behind the figures, anywhere within what their words leave open.
        true = {}
        for figure in drawn:
            low, high = figure.quantity.low, min(figure.quantity.high, Decimal(2))
            share = data.draw(st.decimals(0, 1, places=3))
            true[figure.name] = low + (high - low) * share
        for rank in told:
            above = sum(number > true[rank.fact.name] for number in true.values())
            assert rank.first <= above + 1 <= rank.last
            equal = [f for f in drawn if (f.value, f.qualifier) == (rank.fact.value, "exact")]
            assert rank.tied == (rank.fact.qualifier == "exact" and len(equal) > 1)

    ranks()


def test_an_order_holds_only_units_that_were_there_together(invented):
    """A district that ends in the middle of a year, and the one that comes of it, with a figure of that year each."""
    package = read_package(invented.root)
    by_key, day = package.table("areas").by_key, "2025-06-30"
    for code in MERGED:
        by_key[code]["valid_to"] = Facts(package).package.table("areas").by_key[code]["valid_to"].replace(2025, 6, 30)
    by_key[SUCCESSOR]["valid_from"] = by_key[SUCCESSOR]["valid_from"].replace(2025, 7, 1)
    table = package.table("observations", 2025)
    for row in table.rows:
        if row["indicator"] == RATE and row["ref_area"] == "040":
            row["ref_area"], row["time_period"] = MERGED[0], row["time_period"][:4]
        elif row["indicator"] == RATE and row["ref_area"] in (SUCCESSOR, "042"):
            row["time_period"] = row["time_period"][:4]
    groups = Chapter("1-1", Facts(package)).areas(f"{RATE}@2025", form="ranking").data["groups"]
    names = [{row["area"]["text"] for row in group["rows"]} for group in groups]
    assert names == [{"Huyện Hạ Quảng (bịa)", "Huyện Bảo Lâm"}, {"Huyện Hạ Lang"}], day
    assert "chỉ có đến 30/06/2025" in groups[1]["caption"]


def test_units_of_different_times_are_not_drawn_side_by_side(chapter):
    for form, *names in (("bars", "2023-12-31/048", "2026-12-31/990"), ("change", "2023-12-31/048", "2026-12-31/990")):
        with pytest.raises(FactError, match="không cùng thời gian"):
            chapter.chart(*(f"{RATE}@{name}" for name in names), form=form)
    assert chapter.chart(f"{RATE}@2023-12-31/048", f"{RATE}@2023-12-31/053", form="bars")


def test_a_chart_that_names_no_area_is_of_the_province(chapter, figures):
    drawn = chapter.chart(f"{RATE}@2025-12-31", f"{RATE}@2026-12-31").data["rows"]
    assert [figures.anchored(row["id"]).area for row in drawn] == ["04", "04"]


# Over the years


def test_small_charts_keep_each_unit_to_its_own_years_and_say_so_to_who_cannot_see_them(chapter, invented):
    block = chapter.areas(RATE, form="years")
    given = [r for r in rows_of(invented, "observations") if r["indicator"] == RATE and r["ref_area"] != "04"]
    assert len(block.data["rows"]) == len(given)
    words = [layer for layer in block.data["spec"]["layer"] if layer["mark"]["type"] == "text"]
    written = [row["text"] for layer in words for row in layer["data"]["values"]]
    dots = next(layer for layer in block.data["spec"]["layer"] if layer["mark"]["type"] == "point")["data"]["values"]
    # One line for each unit: none goes on from an old unit to a new one.
    assert len({dot["line"] for dot in dots}) == len({row["ref_area"] for row in given})
    assert {"đến 31/12/2024", "từ 01/01/2025"} <= set(written)
    for area in invented.table("areas"):
        own = [vietnamese(r["obs_value"]) for r in given if r["ref_area"] == area["area"]]
        if own:
            assert re.search(rf"{re.escape(area['name_vi'])}: {own[0]}%.+?{own[-1]}%", block.data["alt"]), area["area"]


def test_a_line_is_broken_where_figures_do_not_compare(invented):
    def lines(period: str) -> int:
        package = read_package(invented.root)
        for row in package.table("breaks", 2022).rows:
            row["period"] = period if row["indicator"] == RATE else row["period"]
        block = Chapter("1-1", Facts(package)).areas(RATE, form="years")
        dots = next(layer for layer in block.data["spec"]["layer"] if layer["mark"]["type"] == "point")
        return len({dot["line"] for dot in dots["data"]["values"]})

    units = len({r["ref_area"] for r in rows_of(invented, "observations") if r["indicator"] == RATE}) - 1
    assert lines("2022") == units
    # Nine districts go on over the point, two end before it and one begins after.
    assert lines("2025") == units + 8
