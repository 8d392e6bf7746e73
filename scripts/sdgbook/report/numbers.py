"""How numbers and dates are written for Vietnamese readers (CLDR locale `vi`, through Babel)."""

from __future__ import annotations

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal

LOCALE = "vi"
NBSP = "\u00a0"
QUALIFIERS = {"exact": "", "over": "trên", "nearly": "gần", "about": "khoảng"}
STATUSES = {"A": "", "P": "sơ bộ", "E": "ước", "F": "dự kiến", "O": "chưa có số liệu"}


def format_number(value: Decimal) -> str:
    """A number with all the decimals it holds: 1440.06 → “1.440,06”, 4.0 → “4,0”."""
    return _written(str(value))


@lru_cache(maxsize=4096)
def _written(digits: str) -> str:
    # By its digits: 4 and 4.0 are equal and are not written alike.
    value = Decimal(digits)
    decimals = max(0, -value.as_tuple().exponent)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=LOCALE, decimal_quantization=False)


def qualified(value: Decimal, qualifier: str) -> str:
    """A number with the word of its qualifier before it: “trên 8.744”."""
    word = QUALIFIERS[qualifier]
    return f"{word}{NBSP}{format_number(value)}" if word else format_number(value)


def rounded(value: Decimal, decimals: int) -> Decimal:
    """`value` to `decimals` places, halves away from zero; negative places round to tens, hundreds…"""
    result = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return result if decimals >= 0 else Decimal(int(result))


def shortest(value: Decimal) -> Decimal:
    """The same number without zeros at the end of its decimals: 4.00 → 4, for numbers that no source prints."""
    whole = value.to_integral_value()
    return whole if whole == value else value.normalize()


def percent(ratio: float) -> str:
    """A ratio in whole per cent, cut off: 0.949 → “94%”, so that nothing seems to reach what it does not."""
    return f"{format_number(Decimal(int(ratio * 100)))}%"


def with_unit(number: str, symbol: str) -> str:
    """Number and unit, whose first word is never parted from it at a line's end: “18,06%”, “23.141 hộ”."""
    if symbol == "%":
        return number + symbol
    return number + NBSP + symbol


def spell_date(day: datetime.date) -> str:
    """A date as people write it: 10/05/2017."""
    return format_date(day, "dd/MM/yyyy", locale=LOCALE)


def spell_span(first: datetime.date | None, last: datetime.date | None) -> str:
    """From when to when: “từ 01/07/2025”, “đến 30/06/2025”, “từ … đến …”; empty where neither end is known."""
    words = [f"từ {spell_date(first)}"] if first else []
    return " ".join(words + ([f"đến {spell_date(last)}"] if last else []))


def spell_period(period: str) -> str:
    """A time period in words: 2021 → “năm 2021”, 2021-01-01 → “đầu năm 2021”, another day → its date."""
    if re.fullmatch(r"\d{4}", period):
        return f"năm {period}"
    day = datetime.date.fromisoformat(period)
    if (day.month, day.day) == (1, 1):
        return f"đầu năm {day.year}"
    if (day.month, day.day) == (12, 31):
        return f"cuối năm {day.year}"
    return f"ngày {spell_date(day)}"
