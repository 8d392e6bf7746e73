"""Values with units, so that percentage points and per cent, or workers and cases, cannot be mixed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

RATIO, POINTS = "ratio", "ratio-difference"


class UnitError(ValueError):
    """Two quantities of different kinds were added, compared or charted together."""


@dataclass(frozen=True)
class Unit:
    """A unit of measure, a row of `units`.

    `dimension` says what it measures (`person`, `ratio`, `vnd/person`); `factor` how many of the dimension's
    base units one unit is (per cent: 0.01 of a ratio; tonne: 1000 of kilogram).
    """

    code: str
    symbol: str
    name: str
    dimension: str
    factor: Decimal

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Unit:
        """The unit that a row of `units` describes, in Vietnamese."""
        return cls(row["unit"], row["symbol_vi"], row["name_vi"], row["dimension"], row["factor"])


@dataclass(frozen=True)
class Quantity:
    """A number of base units of a dimension, known to lie between `low` and `high` where it was rounded.

    Arithmetic follows what the numbers mean: the difference of two ratios is in percentage points; a ratio plus
    or minus points is a ratio; like divided by like is a ratio; unlike divided by unlike is a rate such as
    `vnd/person`. Everything else that mixes dimensions raises `UnitError`.
    """

    value: Decimal
    dimension: str
    low: Decimal
    high: Decimal

    @classmethod
    def printed(cls, value: Decimal, unit: Unit, *, rounded: bool, qualifier: str = "exact") -> Quantity:
        """A printed number; `rounded` when the report gives it to its last digit only (rates, not counts), and
        with the `qualifier` that stands before it."""
        low, high = ends(value, qualifier)
        if rounded and qualifier == "exact":
            half = last_digit(value) / 2
            low, high = low - half, high + half
        return cls(value * unit.factor, unit.dimension, low * unit.factor, high * unit.factor)

    def _combined(self, other: Quantity, sign: int) -> str:
        pair = (self.dimension, other.dimension)
        if pair == (RATIO, RATIO) and sign < 0:
            return POINTS
        if pair in ((RATIO, POINTS), (POINTS, POINTS)):
            return self.dimension
        if self.dimension == other.dimension != RATIO:
            return self.dimension
        word = "cộng" if sign > 0 else "trừ"
        raise UnitError(f"Không thể {word} “{self.dimension}” với “{other.dimension}”.")

    def __add__(self, other: Quantity) -> Quantity:
        dimension = self._combined(other, 1)
        return Quantity(self.value + other.value, dimension, self.low + other.low, self.high + other.high)

    def __sub__(self, other: Quantity) -> Quantity:
        dimension = self._combined(other, -1)
        return Quantity(self.value - other.value, dimension, self.low - other.high, self.high - other.low)

    def __truediv__(self, other: Quantity) -> Quantity:
        if other.low <= 0 <= other.high:
            raise UnitError("Không thể chia cho số không.")
        if self.dimension == other.dimension or (self.dimension, other.dimension) == (POINTS, RATIO):
            dimension = RATIO
        elif "/" in self.dimension or "/" in other.dimension or {RATIO, POINTS} & {self.dimension, other.dimension}:
            raise UnitError(f"Không thể chia “{self.dimension}” cho “{other.dimension}”.")
        else:
            dimension = f"{self.dimension}/{other.dimension}"
        # Two open ends against each other bound nothing; what they leave open the other ends tell.
        pairs = [(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        quotients = [a / b for a, b in pairs if a.is_finite() or b.is_finite()]
        return Quantity(self.value / other.value, dimension, min(quotients), max(quotients))

    def divided(self, number: Decimal) -> Quantity:
        """The same quantity divided by a plain number above zero: half of it, a third."""
        return Quantity(self.value / number, self.dimension, self.low / number, self.high / number)

    def in_unit(self, unit: Unit) -> Quantity:
        """The same quantity counted in `unit` (so `value` is the number to print); `UnitError` if unlike."""
        if unit.dimension != self.dimension:
            raise UnitError(f"Kết quả là “{self.dimension}”, không ghi được bằng “{unit.code}”.")
        value, low, high = (number / unit.factor for number in (self.value, self.low, self.high))
        return Quantity(value, self.dimension, low, high)

    def whole_numbers(self) -> tuple[Decimal, Decimal]:
        """The smallest and largest whole number between `low` and `high`; the nearest ones when none lies there."""
        low = self.low.to_integral_value(ROUND_CEILING)
        high = self.high.to_integral_value(ROUND_FLOOR)
        if low > high:
            low = high = self.value.to_integral_value()
        return low, high


def last_digit(value: Decimal) -> Decimal:
    """What one step of a number's last digit is worth: 1 for 1200, 0.01 for 18.06."""
    return Decimal(1).scaleb(value.as_tuple().exponent)


def ends(value: Decimal, qualifier: str) -> tuple[Decimal, Decimal]:
    """The ends between which a number lies that is printed with a qualifier.

    `over` (trên) has no upper end, `nearly` (gần) is below the number and, as the number itself, above zero; both
    exclude the number. `about` (khoảng) is rounded at its last digit that is not zero.
    """
    hair = last_digit(value).scaleb(-9)
    if qualifier == "over":
        return value + hair, Decimal("Infinity")
    if qualifier == "nearly":
        return (hair if value > 0 else Decimal("-Infinity")), value - hair
    if qualifier == "about":
        half = last_digit(value.normalize()) / 2
        return value - half, value + half
    return value, value


def whole(part: Quantity, share: Quantity) -> Quantity:
    """The whole of which `part` is `share` (per cent or percentage points): part ÷ share, in units of `part`.

    Because a printed share is rounded, the whole is known only between bounds.
    """
    if share.dimension not in (RATIO, POINTS):
        raise UnitError(f"“{share.dimension}” không phải là phần trăm hay điểm phần trăm.")
    if share.low <= 0:
        raise UnitError("Không thể chia cho số không.")
    return Quantity(part.value / share.value, part.dimension, part.low / share.high, part.high / share.low)


def same_unit(units: Iterable[Unit]) -> Unit:
    """The one unit that all share; `UnitError` when there are several."""
    found = list(dict.fromkeys(units))
    if len(found) != 1:
        names = ", ".join(unit.name for unit in found)
        raise UnitError(f"Các con số có đơn vị khác nhau ({names}), không thể đứng chung một trục.")
    return found[0]
