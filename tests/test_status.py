"""How targets stand over the years: rated where the figures bear it, else with the reason, and told alike everywhere.

The editions after the first are invented (`years.py`).
"""

from __future__ import annotations

import re
import shutil
from decimal import Decimal

import altair as alt
import pytest
from helpers import ROOT, Project, vietnamese
from years import OBJECTIVES, YEARS, make_large, make_years

from sdgbook.data import read_package
from sdgbook.data.check import check_rows
from sdgbook.edit.check import check_headlines
from sdgbook.report import charts, claims, status
from sdgbook.report.chapters import Chapter
from sdgbook.report.context import Context
from sdgbook.report.editions import Edition
from sdgbook.report.facts import FactError, Facts
from sdgbook.report.progress import Grade, Reason
from sdgbook.site.drawing import renderer

NEWEST = YEARS[-1]
# What the invented objectives are made for, in the words of their table.
MADE_FOR = {
    "met": Grade.MET,
    "on track": Grade.ON_TRACK,
    "acceleration needed": Grade.ACCELERATE,
    "limited": Grade.LIMITED,
    "deterioration": Grade.DETERIORATION,
    "on track, within one per cent of all": Grade.ON_TRACK,
    "an objective of zero": Grade.ON_TRACK,
    "an objective of zero, within one per cent of it": Grade.ON_TRACK,
    "base not stated": Reason.BASE_UNSTATED,
    "series broken": Reason.BROKEN,
    "forecast only": Reason.FORECAST_ONLY,
    "base is the latest year": Reason.BASE_IS_LATEST,
    "one year only": Reason.ONE_YEAR,
}


@pytest.fixture(scope="module")
def years(tmp_path_factory) -> Facts:
    """The figures of the invented editions."""
    return Facts(read_package(make_years(tmp_path_factory.mktemp("năm"), code=False)))


def objective(facts: Facts, slug: str, edition: int = NEWEST):
    return next(row for row in facts.rows("objectives", edition) if row["objective"] == slug)


def words(parts) -> str:
    return "".join(part["text"] + (f" ({part['status']})" if "status" in part else "") for part in parts).replace(
        "\u00a0", " "
    )


@pytest.mark.parametrize("slug", sorted(OBJECTIVES))
def test_each_objective_gets_the_grade_or_the_reason_that_its_figures_are_made_for(years, slug):
    found = status.standing(years, objective(years, slug)).assessment
    wanted = MADE_FOR[OBJECTIVES[slug][-1]]
    assert wanted in ((found.grade,) if isinstance(wanted, Grade) else found.reasons)


def test_every_grade_and_reason_has_a_sign_a_word_and_what_is_missing():
    marks = [*status.MARKS.values(), status.NO_MARK]
    assert set(status.MARKS) | {Grade.STAGNANT} == set(Grade)
    # Never colour alone: each has a sign of its own.
    assert len({mark.sign for mark in marks}) == len({mark.word for mark in marks}) == len(marks)
    assert set(status.REASONS) == set(Reason)
    assert all(why and needs for why, needs in status.REASONS.values())


def test_what_an_edition_knew_of_a_figure_is_what_it_told(years):
    for edition in YEARS:
        then = Facts(years.package, edition).within(edition)
        told = {fact.id: (fact.value, fact.status) for fact in then.values() if not fact.is_derived}
        known = {f.id: f.as_of(edition) for f in years.values() if not f.is_derived}
        assert {key: (v.value, v.status) for key, v in known.items() if v} == told


def test_a_correction_after_an_edition_is_not_known_to_it(years):
    corrected = years.find("hunger-relief-households@2023")
    assert [corrected.as_of(edition).value for edition in (2023, 2025)] == [Decimal(12430), Decimal(12340)]
    assert corrected.as_of(2022) is None


def test_last_years_status_stands_beside_this_years(years):
    # On track by the report of 2025; met by that of 2026. The report of 2022 could not tell yet.
    context = Context(years)
    data = status.as_data(context, status.standing(years, objective(years, "higher-incomes")))
    assert (data["word"], data["before"]["word"]) == ("Chưa đánh giá được", "Có tiến bộ, cần nhanh hơn")
    assert data["before"]["edition"] == 2025
    then = status.as_data(context, status.standing(years, objective(years, "no-child-abuse", 2023)))
    assert (then["word"], then["before"]["word"]) == ("Đúng tiến độ", "Chưa đánh giá được")


@pytest.mark.parametrize(
    ("slug", "sentence"),
    [
        (
            "more-vocational-skills",
            # By hand: (38.3/34.1)^(1/5) − 1 = 2.350 %, (45/34.1)^(1/9) − 1 = 3.130 %: 75 %; 34.1·1.0235^9 = 42.03.
            "Tỷ lệ lao động qua đào tạo nghề từ 34,1% cuối năm 2021 lên 38,3% cuối năm 2026, bằng 75% nhịp cần có; "
            "cứ đà này, cuối năm 2030 được khoảng 42,0%; đích là ít nhất 45%, hạn 2030",
        ),
        (
            "poverty-halving",
            "Tỷ lệ hộ nghèo từ 34,50% đầu năm 2022 xuống 22,50% (sơ bộ) cuối năm 2026, bằng 110% nhịp cần có; "
            "cứ đà này thì đạt đích trước hạn; đích là nhiều nhất 17,25%, tức là giảm 50%, hạn 2030",
        ),
        ("more-trained-workers", "Tỷ lệ lao động qua đào tạo là 52,1% cuối năm 2026; đích là ít nhất 50%, hạn 2030"),
        (
            "less-unemployment",
            "Tỷ lệ thất nghiệp từ 2,6% năm 2022 lên 3,1% năm 2026, ngược chiều đích; đích là nhiều nhất 2,0%, hạn 2030",
        ),
        ("no-child-labour", ""),
    ],
)
def test_a_grade_is_told_with_its_figures_its_pace_and_where_it_leads(years, slug, sentence):
    told = status.told(Context(years), status.standing(years, objective(years, slug)))
    assert words(told) == sentence
    # Each figure leads to its row.
    assert all({"page", "anchor", "cells"} <= set(part) for part in told if "value" in part)


def test_a_target_has_come_as_far_as_the_objective_that_lags_most(years):
    context = Context(years)
    found = status.status_of(context, ["4.3"], NEWEST)
    assert (found.grade, found.standing.objective["objective"]) == (Grade.ACCELERATE, "more-vocational-skills")
    assert found.among == "theo đích chậm nhất trong 2 đích đánh giá được"
    assert status.status_of(context, ["8.5", "8.8"], NEWEST).among == "1 đích khác chưa đánh giá được"


def test_an_objective_for_what_was_done_never_decides_over_one_for_results(tmp_path):
    project = Project(make_years(tmp_path, code=False))
    file = f"data/editions/{NEWEST}/objectives.csv"
    row = "more-enrolment,4.3,enrolment-to-date,_T,04,at_least,90000,2021,2030,,Thêm người học (bịa),Invented,I.2.3"
    project.write(file, f"{project.read(file)}{row}\n")
    facts = Facts(read_package(tmp_path))
    assert status.standing(facts, objective(facts, "more-enrolment")).grade is Grade.LIMITED
    found = status.status_of(Context(facts), ["4.3"], NEWEST)
    assert (found.grade, found.rated) == (Grade.ACCELERATE, 3)


def test_the_first_report_alone_rates_nothing_and_says_what_would_let_it(facts):
    context = Context(facts)
    for target in facts.package.table("targets").by_key:
        told = status.status(context, [target])
        assert "chưa đánh giá được" in f"{told['text']} {told['reason']}".lower() and told["needs"]
        assert told["before"] is None and not told["said"]
    poverty = status.status(context, ["1.1"])
    assert poverty["text"].startswith("Tỷ lệ hộ nghèo giảm 4,0")
    assert poverty["reason"] == "chưa đánh giá được: đích không nêu mốc để so sánh; mới có số của một năm"


# Between two figures


def test_no_direction_is_told_across_a_break_or_to_a_forecast(years):
    context = Context(years)
    after = years.find("poverty-rate@2022-12-31/04")
    assert status.earlier(context, after).period == "2022-01-01"
    assert status.earlier(context, years.find("poverty-rate@2022-01-01/04")) is None
    assert status.earlier(context, years.find("enrolment@2026")) is None
    # The year before 2024 has a forecast only.
    assert status.earlier(context, years.find("enrolment@2024")).period == "2022"


def test_a_claim_or_a_headline_that_compares_across_a_break_is_refused(years, tmp_path):
    with pytest.raises(FactError, match="đứt ở 2022-01-01"):
        claims.check("poverty-rate@2022-12-31/04 > poverty-rate@2021-12-31", years)
    claims.check("poverty-rate@2022-12-31/04 < poverty-rate@2022-01-01/04", years)
    project = Project(make_years(tmp_path, code=False))
    file = f"data/editions/{NEWEST}/headlines.csv"
    project.write(file, project.read(file).replace("poverty-rate@2025-12-31/04", "poverty-rate@2021-12-31/04"))
    (problem,) = check_headlines(Facts(read_package(tmp_path)))
    assert (problem.file, problem.line, problem.column) == (file, 2, "compare_to") and "đứt ở" in problem.message


# The overview


def test_the_overview_sets_targets_against_years_as_each_report_saw_them(years):
    block = Edition(NEWEST, years).matrix()
    assert [one["year"] for one in block.data["years"]] == list(YEARS)
    seen = [tile["text"] for row in block.data["rows"] for tile in row["targets"]]
    assert sorted(seen) == sorted(years.package.table("targets").by_key)
    context = Context(years)
    for row in block.data["rows"]:
        for tile in row["targets"]:
            marks = [status.mark_of(status.status_of(context, [tile["text"]], e).grade).to_json() for e in YEARS]
            assert [cell["mark"] for cell in row["years"]] == marks
            assert {key: row["now"][key] for key in marks[-1]} == marks[-1]
    skills = next(row for row in block.data["rows"] if row["targets"][0]["text"] == "4.3")
    assert [cell["figure"]["number"] for cell in skills["years"]] == ["34,1", "34,9", "35,8", "37,6", "38,3"]


def test_one_report_alone_has_no_columns_of_years(facts):
    assert Edition(2021, facts).matrix().kind == "targets"
    assert Edition(2021, facts).tables().kind == "table"


def test_the_data_of_each_year_have_a_place_of_their_own(years):
    data = Edition(NEWEST, years).tables().data
    assert [one["year"] for one in data["years"]] == sorted(YEARS, reverse=True)
    for one in data["years"]:
        files = [row[-1][0]["file"] for row in one["table"]["rows"]]
        assert files and all(file.startswith(f"data/editions/{one['year']}/") for file in files)
    assert all(row[-1][0]["file"].startswith("data/reference/") for row in data["common"]["rows"][:-1])


def test_both_methods_stand_side_by_side_for_every_objective(years):
    rows = Edition(NEWEST, years).rated().data["rows"]
    assert len(rows) == len(years.rows("objectives", NEWEST))
    by_title = {row[0][0]["text"]: [words(cell) for cell in row[1:]] for row in rows}
    assert by_title["Thêm lao động có bảo hiểm xã hội (bịa)"] == [
        "○ Ít tiến bộ: 6% nhịp cần có",
        "✕ Đứng yên hoặc xấu đi: đến hạn đi được 5% quãng đường",
    ]
    assert by_title["Giảm bạo lực gia đình (bịa)"][0] == "– Chưa đánh giá được: đích không nêu mốc để so sánh"


# Charts


def layers(spec, mark: str, **look):
    """What a drawing's layers of a mark with this look hold."""
    return [
        row
        for layer in spec["layer"]
        if layer["mark"]["type"] == mark and look.items() <= layer["mark"].items()
        for row in layer["data"]["values"]
    ]


def drawn(facts: Facts, chapter: str, *names: str):
    return Chapter(chapter, facts, NEWEST).chart(*names).data


def test_a_series_is_broken_where_its_figures_do_not_compare_and_says_why(years):
    data = drawn(years, "1-1", "poverty-rate")
    lines = [row for row in layers(data["spec"], "rule") if "y2" in row]
    # Start and end of 2021, then from the start of 2022 on: nothing leads from the one to the other.
    assert len(lines) == 6
    assert {(row["y"], row["y2"]) for row in lines}.isdisjoint({(17.96, 34.5), (17.96, 31.8)})
    assert "đổi chuẩn" in [row["label"] for row in layers(data["spec"], "text") if "label" in row]
    assert words(data["notes"][0]).startswith("Chuỗi số đứt ở đầu năm 2022. Từ năm 2022 dùng chuẩn nghèo đa chiều mới")
    assert words(data["title"]).startswith("Tỷ lệ hộ nghèo giảm 12 điểm phần trăm, từ 34,50% đầu năm 2022 xuống")


def test_two_figures_that_a_break_parts_are_not_joined_nor_compared(years):
    data = drawn(years, "1-1", "poverty-rate@2021-12-31", "poverty-rate@2022-12-31/04")
    assert not [row for row in layers(data["spec"], "rule") if "y2" in row]
    assert words(data["title"]) == "Tỷ lệ hộ nghèo cuối năm 2022 là 31,80%; chưa so được với những năm trước"


def test_missing_years_are_not_bridged_by_a_solid_line(years):
    data = drawn(years, "8-5-8-8", "jobs-national-fund")
    solid = layers(data["spec"], "rule", strokeDash=[1, 0])
    assert {(row["x"], row["x2"]) for row in solid} == {(2021, 2022), (2022, 2023), (2025, 2026)}
    assert [(row["x"], row["x2"]) for row in layers(data["spec"], "rule", strokeDash=[2, 5])] == [(2023, 2025)]
    assert "không có số của năm 2024" in data["legend"]


def test_a_forecast_is_hollow_and_compared_with_its_result_in_words(years):
    data = drawn(years, "4-3", "enrolment")
    hollow = [row["x"] for row in layers(data["spec"], "point", stroke=charts.BRAND) if not row["settled"]]
    assert hollow == [2023, 2026]
    assert {row["x"]: row["y"] for row in layers(data["spec"], "point", shape="diamond")}[2021] == 5500
    assert "năm 2021 dự kiến 5.500 người, kết quả 5.312 người" in data["expected"].replace("\u00a0", " ")
    # The sentence goes by results.
    assert "lên 6.024 người (r) năm 2025" in words(data["title"])


def test_an_objective_is_drawn_with_the_path_that_is_needed_and_the_status_of_each_year(years):
    data = drawn(years, "4-3", "vocationally-trained-workers-rate")
    path = layers(data["spec"], "line")
    assert path[0] == {"x": 2021, "y": pytest.approx(34.1)} and path[-1] == {"x": 2030, "y": pytest.approx(45)}
    assert "đích 45%" in [row.get("label") for row in layers(data["spec"], "text")]
    assert words(data["said"]["said"]).startswith("Tỷ lệ lao động qua đào tạo nghề từ 34,1%")
    assert [(one["edition"], one["sign"]) for one in data["statuses"]] == [(e, "◑") for e in YEARS[1:]]


@pytest.mark.parametrize(
    ("chapter", "name"),
    [
        ("1-1", "poverty-rate"),
        ("1-1", "extreme-poverty-rate"),
        ("4-3", "vocationally-trained-workers-rate"),
        ("8-5-8-8", "jobs-national-fund"),
        ("10-1-10-3", "income-per-capita"),
        ("1-2", "unemployment-benefit-amount"),
    ],
)
def test_a_series_stays_within_a_phones_width_and_tells_its_first_and_last_figure(years, chapter, name):
    data = drawn(years, chapter, name)
    spec = data["spec"]
    # Raises an error that names the part that Vega-Lite does not know.
    alt.Chart.from_dict(spec, validate=True)
    svg = renderer().vegalite_to_svg(spec, show_warnings=False)
    width = float(re.search(r'width="([\d.]+)"', svg)[1])
    assert width <= 345
    values = [row["value"] for row in data["rows"]]
    told = " ".join(row.get("label", "") for row in layers(spec, "text"))
    assert all(vietnamese(values[n]) in told for n in (0, -1))


def test_a_step_between_two_figures_is_drawn_as_before(facts):
    data = Chapter("1-1", facts, 2021).chart("poverty-rate").data
    assert data["id"].startswith("bieu-do-change-") and "statuses" not in data


# Objectives that nothing can come towards


def planted(tmp_path, *changes: tuple[str, str, str, str]) -> list[str]:
    """What the check of the tables says when cells are changed: table, key, column, value of each."""
    project = Project(tmp_path)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    for change in changes:
        project.edit(*change)
    package = read_package(project.root, strict=False)
    return [str(problem) for problem in check_rows(package) if "objectives" in problem.file]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("poverty-halving", "indicator", "poverty-review-classes")], ["indicator", "hoạt động", "qualitative"]),
        ([("poverty-halving", "value", "120")], ["value", "120", "nhiều nhất là 100"]),
        ([("poverty-halving", "rule", "at_least")], ["rule", "at_least", "càng thấp càng tốt", "at_most"]),
        ([("grdp-per-capita", "rule", "at_most")], ["rule", "càng cao càng tốt", "at_least hoặc over"]),
        ([("grdp-per-capita", "rule", "reduce_by_percent")], ["rule", "trái với", "grdp-per-capita"]),
        (
            [("grdp-per-capita", "indicator", "trained-workers-rate"), ("grdp-per-capita", "rule", "at_least")],
            ["value", "một phần của tổng thể", "1650%", "từ 0 đến 100"],
        ),
        (
            [("grdp-per-capita", "indicator", "trained-workers-rate"), ("grdp-per-capita", "value", "100")],
            ["value", "không thể trên 100%"],
        ),
        ([("grdp-per-capita", "value", "-5")], ["value", "không có số âm"]),
        ([("poverty-halving", "baseline_period", "2020-13-01")], ["baseline_period", "2020-13-01", "2001-12-31"]),
        ([("poverty-halving", "baseline_period", "2030-12-31")], ["baseline_period", "2030", "trước"]),
    ],
)
def test_an_objective_that_does_not_fit_its_indicator_is_told_with_the_way_out(tmp_path, changes, said):
    found = planted(tmp_path, *(("objectives", *change) for change in changes))
    assert len(found) == 1
    assert all(word in found[0] for word in said), found[0]


def test_a_plan_may_be_more_than_fulfilled_and_objectives_that_fit_are_not_complained_of(tmp_path):
    slug = "grdp-per-capita"
    plan = [(slug, "indicator", "enrolment-plan-completion"), (slug, "value", "120"), (slug, "rule", "at_least")]
    assert planted(tmp_path / "a", *(("objectives", *change) for change in plan)) == []
    assert planted(tmp_path / "b") == []
    assert planted(tmp_path / "c", ("objectives", "poverty-halving", "baseline_period", "2020-12-31")) == []


# Many


def test_every_target_with_an_objective_and_results_is_rated_from_its_second_report_on(tmp_path):
    editions, targets = 4, 30
    facts = Facts(read_package(make_large(tmp_path, editions, targets, 2)))
    context, every = Context(facts), list(facts.package.table("targets").by_key)
    rated = [bool(status.status_of(context, [t], edition).grade) for edition in facts.editions for t in every]
    assert len(every) == targets and rated == [False] * targets + [True] * targets * (editions - 1)


def test_the_real_data_hold_no_invented_objective():
    assert not any("bịa" in path.read_text(encoding="utf-8") for path in (ROOT / "data").rglob("objectives.csv"))
