"""Numbers, dates and units: what a reader sees is what the cell holds, and unlike things are never mixed."""

from __future__ import annotations

import datetime
import itertools
import re
from dataclasses import MISSING, fields
from decimal import Decimal
from fractions import Fraction

import pytest
from babel.numbers import format_decimal, parse_decimal
from hypothesis import example, given
from hypothesis import strategies as st

from sdgbook.data.layout import natural
from sdgbook.report import expressions
from sdgbook.report.expressions import ExpressionError
from sdgbook.report.facts import Fact, FactError
from sdgbook.report.numbers import format_number, rounded, spell_date, spell_period
from sdgbook.report.quantity import Quantity, Unit, UnitError, whole

whole_numbers = st.integers(-(10**14), 10**14)
places = st.integers(0, 6)
numbers = st.builds(lambda number, places: Decimal(number).scaleb(-places), whole_numbers, places)


# Writing numbers


@given(numbers)
@example(Decimal("4.0"))
@example(Decimal("1440.06"))
def test_a_written_number_reads_back_as_the_same_number(number):
    written = format_number(number)
    assert parse_decimal(written, locale="vi", strict=True) == number


@given(numbers)
def test_numbers_are_written_as_babel_writes_them(number):
    written = format_number(number)
    shortest = written.rstrip("0").rstrip(",") if "," in written else written
    assert shortest == format_decimal(number, locale="vi", decimal_quantization=False)


@given(whole_numbers, places)
def test_no_decimal_is_dropped_or_added(number, places):
    written = format_number(Decimal(number).scaleb(-places))
    assert len(written.partition(",")[2]) == places


@given(numbers, st.integers(-3, 5))
@example(Decimal("2.5"), 0)
@example(Decimal("-2.5"), 0)
@example(Decimal("150"), -2)
def test_halves_are_rounded_away_from_zero(number, decimals):
    step = Fraction(10) ** decimals
    size = (abs(Fraction(number)) * step + Fraction(1, 2)).__floor__() / step
    result = rounded(number, decimals)
    assert Fraction(result) == (size if number >= 0 else -size)
    assert -result.as_tuple().exponent == max(decimals, 0)


@given(st.dates(datetime.date(1000, 1, 1)))
def test_dates_are_written_day_month_year(day):
    assert spell_date(day) == f"{day.day:02}/{day.month:02}/{day.year}"


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)))
@example(datetime.date(2001, 1, 1))
@example(datetime.date(2001, 12, 31))
def test_periods_are_told_in_words(day):
    special = {(1, 1): f"đầu năm {day.year}", (12, 31): f"cuối năm {day.year}"}
    assert spell_period(day.isoformat()) == special.get((day.month, day.day), f"ngày {day:%d/%m/%Y}")
    assert spell_period(str(day.year)) == f"năm {day.year}"


@given(st.lists(st.lists(st.integers(0, 200), min_size=1, max_size=4)))
@example([[1, 10], [1, 2]])
def test_one_point_two_comes_before_one_point_ten(codes):
    texts = [".".join(map(str, code)) for code in codes]
    assert sorted(texts, key=natural) == [".".join(map(str, code)) for code in sorted(codes)]


@given(st.text(max_size=8), st.text(max_size=8))
@example("1", "a")
@example("²", "2")
def test_any_two_texts_can_be_put_in_order(one, other):
    assert (natural(one) < natural(other)) or (natural(other) <= natural(one))


# A figure in words


def figure(value: str, symbol: str, **more) -> Fact:
    unit = Unit("some-unit", symbol, "Đơn vị", "thing", Decimal(1))
    empty = dict.fromkeys((field.name for field in fields(Fact) if field.default is MISSING), "")
    return Fact(**{**empty, "status": "A", "qualifier": "exact", "value": Decimal(value), "unit": unit, **more})


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (figure("1234.50", "tấn"), "1.234,50 tấn"),
        (figure("12.34", "%", status="P"), "12,34% (sơ bộ)"),
        (figure("1234567", "điểm phần trăm", qualifier="over"), "trên 1.234.567 điểm phần trăm"),
        (figure("1234", "hộ", qualifier="nearly", status="E"), "gần 1.234 hộ (ước)"),
        (figure("1200", "hộ", qualifier="about", status="F"), "khoảng 1.200 hộ (dự kiến)"),
        (figure("12.3", "%", formula="a / b"), "12,3% (suy ra)"),
        (figure("1234", "người", upper=Decimal(1240), formula="a"), "từ 1.234 đến 1.240 người (suy ra)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_figure_is_told_with_its_qualifier_unit_and_status(shown, text):
    assert shown.text.replace("\u00a0", " ") == text
    # What belongs together stays on one line; only a long unit's later words and the status may go to the next.
    assert re.fullmatch(r"[^ ]*\d([^ ]*[^\W\d]( [^\W\d]+)*|%)", shown.measured)


# Units


@pytest.fixture(scope="module")
def units(package):
    return [Unit.from_row(row) for row in package.table("units").rows]


def of(value, unit: Unit) -> Quantity:
    return Quantity.printed(Decimal(value), unit, rounded=False)


SUMS = {("ratio", "ratio-difference"): "ratio", ("ratio-difference", "ratio-difference"): "ratio-difference"}


def test_only_like_things_are_added_and_subtracted(units):
    for a, b in itertools.product(units, units):
        pair = (a.dimension, b.dimension)
        like = a.dimension if a.dimension == b.dimension != "ratio" else None
        for sign, expected in (
            ("+", SUMS.get(pair, like)),
            ("-", "ratio-difference" if pair == ("ratio", "ratio") else SUMS.get(pair, like)),
        ):
            one, other = of(7, a), of(2, b)
            if expected:
                result = one + other if sign == "+" else one - other
                assert result.dimension == expected, (a.code, sign, b.code)
                assert result.value == 7 * a.factor + (2 if sign == "+" else -2) * b.factor
            else:
                with pytest.raises(UnitError):
                    one + other if sign == "+" else one - other


def test_the_difference_of_two_percentages_is_in_points_and_cannot_be_written_as_per_cent(units):
    by_code = {unit.code: unit for unit in units}
    percent, points = by_code["percent"], by_code["percentage-point"]
    fall = of("22.5", percent) - of("18.25", percent)
    assert fall.in_unit(points).value == Decimal("4.25")
    with pytest.raises(UnitError):
        fall.in_unit(percent)
    with pytest.raises(UnitError):
        of(5, percent) + of(5, percent)


def test_tonnes_shared_among_households_are_kilograms_per_household(units):
    by_code = {unit.code: unit for unit in units}
    share = of("1.5", by_code["tonne"]) / of(100, by_code["household"])
    assert share.in_unit(by_code["kilogram-per-household"]).value == 15


@given(st.data(), st.integers(1, 200_000), st.integers(0, 2))
def test_the_whole_behind_a_rounded_share_lies_within_the_bounds_told(data, true_whole, decimals):
    part = data.draw(st.integers(1, true_whole * 2))
    printed = rounded(Decimal(part) * 100 / Decimal(true_whole), decimals)
    if printed <= Decimal(1).scaleb(-decimals) / 2:
        return
    person, percent = Unit("p", "p", "p", "person", Decimal(1)), Unit("c", "%", "c", "ratio", Decimal("0.01"))
    found = whole(of(part, person), Quantity.printed(printed, percent, rounded=True))
    low, high = found.whole_numbers()
    assert low <= true_whole <= high
    # And no further than the printed share allows.
    half = Fraction(1, 2) / 10**decimals
    for bound in (low, high):
        assert abs(Fraction(part * 100) / Fraction(bound) - Fraction(printed)) <= half


# Expressions

names = {"a-b": 3, "c-d[x]": 5, "e@2001-01-01": 7, "f/04": 0}
leaves = st.sampled_from(sorted(names))
sums = st.recursive(
    leaves.map(lambda name: (name, Fraction(names[name]))),
    lambda inner: st.builds(
        lambda one, sign, other, bracket: (
            (text := f"{one[0]} {sign} ( {other[0]} )") and (f"({text})" if bracket else text),
            one[1] + other[1] if sign == "+" else one[1] - other[1],
        ),
        inner,
        st.sampled_from("+-"),
        inner,
        st.booleans(),
    ),
    max_leaves=12,
)


def value_of(name: str) -> Quantity:
    return of(names[name], Unit("p", "p", "p", "person", Decimal(1)))


@given(sums, st.none() | sums)
def test_an_expression_is_worth_what_its_sums_are_worth(above, below):
    text, expected = above
    if below is None:
        assert Fraction(expressions.evaluate(text, value_of).value) == expected
    elif below[1] == 0:
        with pytest.raises(UnitError):
            expressions.evaluate(f"( {text} ) / ( {below[0]} )", value_of)
    else:
        result = expressions.evaluate(f"( {text} ) / ( {below[0]} )", value_of)
        assert result.dimension == "ratio"
        assert abs(Fraction(result.value) - expected / below[1]) < Fraction(1, 10**20)


pieces = st.sampled_from(["a", "(", ")", "+", "-", "/", "*", "=", ",", " ", "whole(", "poverty-rate", "@2001", "[_T]"])


@given(st.text(max_size=30) | st.lists(pieces, max_size=12).map("".join) | st.lists(pieces, max_size=12).map(" ".join))
@example("whole(poor-households-fall, poverty-rate-fall")
@example("poverty-rate@2021-01-01 / ( poverty-rate@2021-01-01 - poverty-rate@2021-01-01 )")
def test_a_text_that_is_no_expression_is_refused_with_a_message(facts, text):
    try:
        expressions.evaluate(text, facts.quantity)
    except (ExpressionError, UnitError, FactError) as error:
        assert str(error)


def test_derived_figures_are_worth_what_their_formula_says(package, facts):
    for row in package.table("derived").rows:

        def exact(match: re.Match[str]) -> str:
            fact = facts.find(match[0])
            return f"(Fraction('{fact.value}') * Fraction('{fact.unit.factor}'))"

        formula = re.sub(r"(?<![\w(-])(?!whole\()[a-z][^\s(),]*", exact, row["expression"].replace("(", "( "))
        formula = formula.replace("whole( ", "(lambda part, share: part / share)( ")
        worth = eval(formula, {"Fraction": Fraction}) / Fraction(facts.unit(row["unit"]).factor)
        fact = facts.find(row["derived"])
        assert fact.is_derived and fact.status_word == "suy ra"
        if fact.upper is None:
            assert abs(Fraction(fact.value) - worth) <= Fraction(1, 2) / Fraction(10) ** row["decimals"], fact.name
        else:
            assert fact.value <= worth <= fact.upper, fact.name
