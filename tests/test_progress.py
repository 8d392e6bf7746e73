"""Progress is rated as the published methods say, never beyond what the figures bear."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sdgbook.report.progress import (
    Aim,
    Grade,
    Point,
    Reason,
    assess,
    statistics_canada,
    time_of,
    un_statistics,
)

METHODS = [statistics_canada, un_statistics]
ON_TRACK, ACCELERATE, LIMITED = Grade.ON_TRACK, Grade.ACCELERATE, Grade.LIMITED
MET, DETERIORATION, STAGNANT = Grade.MET, Grade.DETERIORATION, Grade.STAGNANT


def number(text) -> Decimal:
    return Decimal(str(text))


def series(*points: tuple) -> list[Point]:
    """Points from (year, value) or (period, value, status)."""
    return [Point(str(period), number(value), *status) for period, value, *status in points]


def at_most(value, due=2030, **more) -> Aim:
    return Aim("at_most", number(value), due, better="lower", **more)


def at_least(value, due=2030, **more) -> Aim:
    return Aim("at_least", number(value), due, better="higher", **more)


def halved(base, due=2030) -> Aim:
    return Aim("reduce_by_percent", Decimal(50), due, base, better="lower")


# Worked numbers
#
# The two methods' documents work no example. Statistics Canada publishes what its method made of its own series:
# sdg-data-canada-odd-donnees/sdg-data-donnees-odd, indicator_calculation_components.yml (commit 007ce50b), from which
# these are: the indicator, base and latest value with their years, the target by 2030, R, and the status.


@pytest.mark.parametrize(
    ("base", "latest", "aim", "ratio", "grade"),
    [
        ((2015, 14.5), (2023, 10.2), halved("2015"), 0.9525901792032172, ON_TRACK),  # 1-2-1 (target 7.25)
        ((2015, 5.8), (2023, 4.4), at_most(2.9), 0.7516267359757476, ACCELERATE),  # 3-6-1
        ((2015, 0.27), (2023, 0.38), at_least(0.7), 0.6656054028956886, ACCELERATE),  # 17-2-1, total
        ((2019, 0.09), (2022, 0.1), at_least(0.2), 0.47474495739982875, LIMITED),  # 17-2-1, least developed
        ((2018, 91.3), (2022, 94.5), at_least(100), 1.1360249872573844, ON_TRACK),  # 17-8-1
        ((2015, 98.82), (2022, 99.04), at_least(100), 0.4013545340426752, LIMITED),  # 1-4-1, drinking water
        ((2015, 97.8), (2023, 97.8), at_least(100), 0.0, LIMITED),  # 3-1-2
        ((2015, 4.6), (2023, 5.53), at_most(0.92), -0.22885130999917572, DETERIORATION),  # 3-3-2
        ((2015, 7.05), (2023, 12.19), at_most(70), -0.428428629067103, MET),  # 3-1-1: met, whichever way it goes
        ((2015, 5.29), (2023, 5.52), at_most(25), -0.04889791560487692, MET),  # 3-2-1
    ],
)
def test_statistics_canadas_own_series_come_out_as_it_published_them(base, latest, aim, ratio, grade):
    found = assess(series(base, latest), aim, statistics_canada)
    assert found.grade is grade
    assert found.ratio == pytest.approx(ratio, abs=1e-8)


def test_a_series_whose_base_is_its_latest_figure_has_no_grade_as_statistics_canada_publishes_it():
    # 10-c-1: base and current year 2017, value 5.5, target 3, not_available.
    found = assess(series((2017, 5.5)), at_most(3), statistics_canada)
    assert (found.grade, found.reasons) == (None, (Reason.ONE_YEAR,))


@pytest.mark.parametrize(
    ("latest", "part", "grade"),
    [
        # Worked by hand from Eustat's formulas, as its page works none: base 20 in 2015, objective 10 by 2030, so that
        # with f = latest/20 the value expected in 2030 is latest·f², and the part of the way (20 − latest·f²)/10.
        (16, (20 - 16 * 0.8**2) / 10, ON_TRACK),  # 10.24 expected: 97.6 %
        (17, (20 - 17 * 0.85**2) / 10, ACCELERATE),  # 12.2825: 77.2 %
        (19, (20 - 19 * 0.95**2) / 10, ACCELERATE),  # 17.1475: 28.5 %
        (19.5, (20 - 19.5 * 0.975**2) / 10, ACCELERATE),  # 18.5371875: 14.6 %
        (19.8, (20 - 19.8 * 0.99**2) / 10, STAGNANT),  # 19.40598: 5.9 %
        (22, (20 - 22 * 1.1**2) / 10, STAGNANT),  # 26.62: the wrong way
        (10, (20 - 10 * 0.5**2) / 10, MET),
    ],
)
def test_the_uns_method_gives_what_its_formulas_give_by_hand(latest, part, grade):
    found = assess(series((2015, 20), (2020, latest)), at_most(10), un_statistics)
    assert found.grade is grade
    assert found.ratio == pytest.approx(part, abs=1e-8)


@pytest.mark.parametrize(
    ("latest", "grade"),
    [
        # By hand from Statistics Canada's formula, the same series: |gT| = 1 − 0.5^(1/15) = 4.516 % a year.
        (16, ON_TRACK),  # g = 1 − 0.8^(1/5) = 4.365 %: R = 0.967
        (17, ACCELERATE),  # 3.198 %: 0.708
        (19, LIMITED),  # 1.021 %: 0.226, where the UN's method sees fair progress
        (20, LIMITED),
        (22, DETERIORATION),
    ],
)
def test_the_two_methods_differ_where_their_publishers_do(latest, grade):
    assert assess(series((2015, 20), (2020, latest)), at_most(10), statistics_canada).grade is grade


def test_the_uns_method_counts_an_objective_of_0_or_100_per_cent_as_met_within_1_per_cent():
    full = {"full": Decimal(100)}
    assert assess(series((2015, 97), (2020, 99)), at_least(100, **full), un_statistics).grade is MET
    assert assess(series((2015, 5), (2020, 1)), at_most(0, **full), un_statistics).grade is MET
    assert assess(series((2015, 97), (2020, 98.9)), at_least(100, **full), un_statistics).grade is not MET
    assert assess(series((2015, 80), (2020, 89.5)), at_least(90, **full), un_statistics).grade is not MET


# Traps


def test_without_a_wanted_direction_there_is_no_grade():
    for better in ("none", "higher"):
        found = assess(series((2015, 20), (2020, 15)), Aim("at_most", Decimal(10), 2030, better=better), un_statistics)
        assert (found.grade, found.reasons) == (None, (Reason.NO_DIRECTION,))


def test_an_objective_of_zero_is_rated_alike_in_every_unit():
    # 3-3-1 of Statistics Canada's series, with its true target. In equal steps: (0.004/7) / (0.052/15) = 0.165. By
    # 0.001 in the place of 0 it would be 0.049 in this unit and 0.022 per million.
    here = assess(series((2015, 0.052), (2022, 0.048)), at_most(0), statistics_canada)
    assert (here.grade, here.ratio) == (LIMITED, pytest.approx(0.1648, abs=1e-4))
    there = assess(series((2015, 52), (2022, 48)), at_most(0), statistics_canada)
    assert (there.grade, there.ratio) == (here.grade, here.ratio)


def test_values_of_zero_below_zero_and_differences_go_in_equal_steps():
    from_zero = assess(series((2015, 0), (2020, 40)), at_least(100), statistics_canada)
    assert (from_zero.ratio, from_zero.grade) == (pytest.approx(1.2), ON_TRACK)
    across = assess(series((2015, -10), (2020, -4)), at_least(20), statistics_canada)
    assert (across.ratio, across.grade) == (pytest.approx(0.6), ACCELERATE)
    to_below = assess(series((2015, 10), (2020, 2)), at_most(-5), un_statistics)
    assert (to_below.ratio, to_below.grade) == (pytest.approx(1.6), ON_TRACK)
    # A growth rate of 2 % that should be 4 %: one point a year, not “growth of growth by 41 %”.
    rate = assess(series((2028, 2), (2029, 3)), at_least(4, additive=True), statistics_canada)
    assert rate.ratio == pytest.approx(1)


def test_forecasts_are_no_results_and_provisional_figures_say_so():
    forecast = assess(series((2020, 20), (2021, 5, "F")), at_most(10), statistics_canada)
    assert forecast.reasons == (Reason.ONE_YEAR,)
    only = assess(series((2020, 20, "F"), (2021, 5, "F")), at_most(10), statistics_canada)
    assert only.reasons == (Reason.FORECAST_ONLY,)
    provisional = assess(series((2020, 20, "P"), (2021, 18, "E")), at_most(10), statistics_canada)
    assert provisional.grade and provisional.soft == ("P", "E")


def test_only_figures_after_the_last_break_count():
    found = series((2016, 40), (2017, 30), (2021, 20), (2022, 19), (2023, 18))
    whole, after = (assess(found, at_most(10), statistics_canada, breaks) for breaks in ((), ("2021",)))
    assert (whole.base.period, after.base.period) == ("2016", "2021")
    assert assess(found[:3], at_most(10), statistics_canada, ["2017", "2021"]).reasons == (Reason.BROKEN,)
    assert assess(found, halved("2017"), statistics_canada, ["2021"]).reasons == (Reason.BROKEN,)


def test_the_start_of_a_year_is_the_end_of_the_one_before():
    assert time_of("2021-01-01") == time_of("2020-12-31") == time_of("2020") == 2020
    at_start = series(("2021-01-01", 20), ("2021-12-31", 18), ("2022-12-31", 16))
    assert assess(at_start, halved("2020-12-31"), statistics_canada).base.period == "2021-01-01"
    assert assess(at_start[:2], at_most(10), statistics_canada).reasons == (Reason.ONE_YEAR,)


def test_a_reduction_needs_its_base():
    found = series((2020, 20), (2022, 18))
    assert assess(found, halved(None), statistics_canada).reasons == (Reason.BASE_UNSTATED,)
    assert assess(found[:1], halved(None), statistics_canada).reasons == (Reason.BASE_UNSTATED, Reason.ONE_YEAR)
    assert assess(found, halved("2015"), statistics_canada).reasons == (Reason.BASE_MISSING,)
    assert assess(found, halved("2022"), statistics_canada).reasons == (Reason.BASE_IS_LATEST,)
    assert assess(series((2020, 0), (2022, 1)), halved("2020"), statistics_canada).reasons == (Reason.BASE_ZERO,)
    assert assess(found, at_most(10, base="2015"), statistics_canada).base.period == "2020"


def test_an_objective_in_words_and_one_without_figures_or_due_year_have_no_grade():
    assert assess([], Aim("qualitative", None), statistics_canada).reasons == (Reason.NO_OBJECTIVE,)
    assert assess([], at_most(10), statistics_canada).reasons == (Reason.NO_FIGURE,)
    found = series((2020, 20), (2022, 18))
    assert assess(found, at_most(10, due=None), statistics_canada).reasons == (Reason.NO_DUE,)
    assert assess(found, at_most(19, due=None), statistics_canada).grade is MET


def test_over_means_more_than_the_value():
    aim = Aim("over", Decimal(1650), 2030, better="higher")
    assert assess(series((2020, 1500), (2022, 1650)), aim, statistics_canada).grade is not MET
    assert assess(series((2020, 1500), (2022, 1651)), aim, statistics_canada).grade is MET


@pytest.mark.parametrize("method", METHODS)
def test_an_objective_whose_year_is_over_is_met_or_needs_to_be_faster(method):
    missed = assess(series((2015, 20), (2020, 10.1), (2022, 10.05)), at_most(10, due=2020), method)
    assert (missed.grade, missed.overdue, missed.expected) == (ACCELERATE, True, None)
    # Growth counts up to the year that was given: after it, 15 was still half of the way.
    then, later = series((2015, 20), (2020, 15)), series((2015, 20), (2020, 15), (2022, 10.05))
    assert assess(later, at_most(10, due=2020), method).grade is assess(then, at_most(10, due=2020), method).grade
    late = assess(series((2015, 20), (2020, 15), (2022, 9)), at_most(10, due=2020), method)
    assert (late.grade, late.overdue) == (MET, True)
    begun_after = assess(series((2021, 20), (2022, 15)), at_most(10, due=2020), method)
    assert begun_after.reasons == (Reason.BASE_AFTER_DUE,)


@pytest.mark.parametrize("method", METHODS)
def test_a_series_that_was_there_and_went_away_gets_the_lowest_grade(method):
    for base in (110, 100):
        found = assess(series((2015, base), (2020, 95)), at_least(100), method)
        assert found.grade in (DETERIORATION, STAGNANT)


def test_words_that_leave_the_grade_open_give_none():
    def between(low, high) -> list[Point]:
        return [*series((2020, 100)), Point("2021", number(low), ends=(number(low), number(high)))]

    assert assess(between(129, 131), at_least(200), statistics_canada).grade is ON_TRACK
    met = assess(between("200.1", "Infinity"), Aim("over", Decimal(200), better="higher"), statistics_canada)
    assert met.grade is MET
    # “Trên 130” may be 200 as well.
    assert assess(between(130, "Infinity"), at_least(200), statistics_canada).reasons == (Reason.OPEN,)
    assert assess(between(90, 110), at_least(200), statistics_canada).reasons == (Reason.OPEN,)
    began_about = [Point("2020", Decimal(100), ends=(Decimal(80), Decimal(120))), *series((2021, 110))]
    assert assess(began_about, at_least(200), statistics_canada).reasons == (Reason.OPEN,)


def test_the_path_leads_from_the_base_to_the_target():
    for target in (10, 0):
        found = assess(series((2015, 20), (2020, 16)), at_most(target), statistics_canada)
        assert [found.path(year) for year in (2015, 2030)] == pytest.approx([20, target])
    # In equal steps half of the way is done in half of the time.
    assert found.path(2022.5) == pytest.approx(10)


# Whatever the figures

values = st.decimals(min_value=-500, max_value=500, places=2)
above_zero = st.decimals(min_value=Decimal("0.01"), max_value=500, places=2)
years = st.integers(min_value=2015, max_value=2035)
methods = st.sampled_from(METHODS)


@st.composite
def races(draw, numbers=values):
    """A series of some years, an aim, and a method."""
    picked = draw(st.lists(years, min_size=2, max_size=6, unique=True))
    points = [Point(str(year), draw(numbers)) for year in sorted(picked)]
    aim = draw(st.sampled_from([at_least, at_most]))(draw(numbers), draw(st.none() | years))
    return points, aim, draw(methods)


@given(races(), st.sampled_from([Decimal("0.001"), Decimal("0.01"), Decimal(3), Decimal(10), Decimal(1000)]))
def test_another_unit_never_gives_another_grade(race, factor):
    points, aim, method = race
    scaled = [Point(p.period, p.value * factor) for p in points]
    here = assess(points, aim, method)
    there = assess(scaled, Aim(aim.rule, aim.value * factor, aim.due, better=aim.better), method)
    assert (here.grade, here.reasons) == (there.grade, there.reasons)


@given(races())
def test_up_and_down_are_rated_alike(race):
    points, aim, method = race
    mirrored = {"at_least": ("at_most", "lower"), "at_most": ("at_least", "higher")}[aim.rule]
    here = assess(points, aim, method)
    turned = [Point(p.period, -p.value) for p in points]
    there = assess(turned, Aim(mirrored[0], -aim.value, aim.due, better=mirrored[1]), method)
    assert (here.grade, here.reasons) == (there.grade, there.reasons)


@given(races() | races(above_zero), st.decimals(min_value=0, max_value=900, places=2))
def test_a_better_figure_never_gives_a_worse_grade(race, step):
    points, aim, method = race
    better = Point(points[-1].period, points[-1].value + step * aim.direction)
    before, after = assess(points, aim, method), assess([*points[:-1], better], aim, method)
    if before.grade:
        assert after.grade and after.grade.rank >= before.grade.rank


statuses = st.sampled_from(["A", "P", "E", "F"])


@given(
    st.lists(st.tuples(years, above_zero, statuses), max_size=5, unique_by=lambda point: point[0]),
    st.lists(years, max_size=2),
    above_zero,
    methods,
)
def test_no_grade_without_two_comparable_figures_in_different_years(points, breaks, target, method):
    found = assess(series(*points), at_most(target), method, [str(year) for year in breaks])
    comparable = [year for year, _, status in points if status != "F" and year >= max(breaks, default=0)]
    if found.grade:
        assert len(comparable) >= 2
    assert bool(found.grade) != bool(found.reasons)


@given(races(above_zero), above_zero, st.integers(0, 20), st.integers(0, 20), st.booleans())
@example(
    ([Point("2015", Decimal(100)), Point("2020", Decimal(90))], at_least(200), statistics_canada),
    Decimal(5),
    1,
    3,
    True,
)
def test_a_grade_holds_for_every_value_that_the_words_allow(race, width, part, rest, at_base):
    points, aim, method = race
    n = 0 if at_base else len(points) - 1
    low, high = points[n].value, points[n].value + width
    told = [*points[:n], Point(points[n].period, low, ends=(low, high)), *points[n + 1 :]]
    found = assess(told, aim, method)
    assume(found.grade)
    inner = low + width * part / (part + rest) if part + rest else low
    exact = [*points[:n], Point(points[n].period, inner), *points[n + 1 :]]
    assert assess(exact, aim, method).grade is found.grade


@given(races(above_zero), above_zero)
def test_years_between_the_first_and_the_last_change_nothing_before_the_due_year(race, value):
    points, aim, method = race
    first, last = points[0], points[-1]
    assume(int(last.period) - int(first.period) > 1 and (aim.due is None or int(last.period) < aim.due))
    with_gap, without = (
        assess([first, last], aim, method),
        assess([first, Point(str(int(last.period) - 1), value), last], aim, method),
    )
    assert with_gap.grade is without.grade
