"""Progress towards an objective, by two published methods; numbers in, a grade or the reasons for none out.

Nothing here knows of figures' names, pages or words. Two methods are at hand, each in its publisher's own terms:

- `statistics_canada`: how fast the series goes, against how fast it must go from its base to be there on time.
  Statistics Canada's, as Open SDG has it (open-sdg/open-sdg, docs/progress-methodology.md).
- `un_statistics`: what part of the way will be done at the due year if the series goes on as it did. The UN Statistics
  Division's Progress Chart Technical Note 2023, as the Basque statistics office Eustat states it (EUSTAT-DES/site,
  _pages/en/metodologia.md).

`assess` is the same for both: which figures count, and when there is no grade. Both publishers rate a series that has
no objective as well, by its growth alone; that is left out on purpose: nobody has said how far it should go.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import product

FORECAST = "F"
# Statistics Canada's cut-offs of the ratio of the growth so far to the growth needed, best first.
CANADA_ON_TRACK, CANADA_ACCELERATE, CANADA_LIMITED = 0.95, 0.60, 0.0
# The UN Statistics Division's of the part of the way done at the due year, best first; and how near to an objective of
# 0 % or 100 % counts as there.
UN_ON_TRACK, UN_FAIR = 0.95, 0.10
UN_NEAR = 0.01
# Computed ratios are compared with cut-offs at so many decimals: a series exactly on its path must not miss by 1e-16.
DIGITS = 9


class Grade(StrEnum):
    """What a method says of a series, worst first. `STAGNANT` is the UN's lowest grade, which covers both of Statistics
    Canada's lowest; the UN's highest covers `ON_TRACK` and `MET`."""

    DETERIORATION = "deterioration"
    STAGNANT = "stagnant"
    LIMITED = "limited"
    ACCELERATE = "accelerate"
    ON_TRACK = "on_track"
    MET = "met"

    @property
    def rank(self) -> int:
        """Its place from worst to best."""
        return list(Grade).index(self)


class Reason(StrEnum):
    """Why there is no grade."""

    NO_OBJECTIVE = "no_objective"
    NO_DIRECTION = "no_direction"
    NO_FIGURE = "no_figure"
    FORECAST_ONLY = "forecast_only"
    ACTIVITY = "activity"
    BASE_UNSTATED = "base_unstated"
    BASE_MISSING = "base_missing"
    BASE_ZERO = "base_zero"
    BASE_IS_LATEST = "base_is_latest"
    BROKEN = "broken"
    ONE_YEAR = "one_year"
    NO_DUE = "no_due"
    BASE_AFTER_DUE = "base_after_due"
    OPEN = "open"


def time_of(period: str) -> float:
    """A period as the year at whose end it ends: `2021` and `2021-12-31` → 2021, `2021-01-01` → 2020 (the start of a
    year is the end of the one before), another day in proportion."""
    if len(period) == 4:
        return float(period)
    day = datetime.date.fromisoformat(period)
    first, last = datetime.date(day.year, 1, 1), datetime.date(day.year, 12, 31)
    return day.year - 1 + (day - first).days / (last - first).days


def first_day(period: str) -> str:
    """The day on which a period begins."""
    return f"{period}-01-01" if len(period) == 4 else period


@dataclass(frozen=True)
class Point:
    """A value of a series: its period (a year, or a day as `2021-12-31`), its SDMX status, and in `ends` between which
    numbers it lies where a word such as “trên” leaves it open."""

    period: str
    value: Decimal
    status: str = "A"
    ends: tuple[Decimal, Decimal] | None = None

    @cached_property
    def time(self) -> float:
        """When it is, in years (`time_of`)."""
        return time_of(self.period)

    @property
    def year(self) -> int:
        """The year that its period lies in."""
        return int(self.period[:4])

    @property
    def between(self) -> tuple[Decimal, Decimal]:
        """The numbers between which it lies."""
        return self.ends or (self.value, self.value)


@dataclass(frozen=True)
class Aim:
    """What is to be reached: the rule of the table `objectives`, its value in the unit of the series (for
    `reduce_by_percent` in per cent of the base), the year by whose end, the period of the base where one is stated.

    `better` is the indicator's (higher, lower, none). `full` is what 100 % is in the unit, for shares. `additive` is
    true for differences and rates of change: they grow by so much, never by so many per cent.
    """

    rule: str
    value: Decimal | None
    due: int | None = None
    base: str | None = None
    better: str = "none"
    full: Decimal | None = None
    additive: bool = False

    @property
    def direction(self) -> int:
        """1 where more is wanted, -1 where less is, 0 where the indicator does not say or says otherwise."""
        wanted = {"higher": 1, "lower": -1}.get(self.better, 0)
        return wanted if wanted == (1 if self.rule in ("at_least", "over") else -1) else 0

    def target(self, base: Decimal) -> Decimal:
        """The value to reach."""
        return base * (100 - self.value) / 100 if self.rule == "reduce_by_percent" else self.value

    def is_met(self, value: Decimal, target: Decimal) -> bool:
        """Whether a value is where it should be."""
        if self.rule == "over":
            return value > target
        return value >= target if self.rule == "at_least" else value <= target


@dataclass(frozen=True)
class Way:
    """A way from a base value to a target, and how far along it a series is: what a method rates. `years` since the
    base, `whole` from the base to the due year."""

    base: float
    now: float
    target: float
    years: float
    whole: float
    direction: int
    additive: bool = False
    full: float | None = None

    @property
    def linear(self) -> bool:
        """Whether it is gone in equal steps of the unit rather than in equal per cent.

        Growth in per cent means nothing from zero, towards zero, across zero, or of what is itself a difference. Open
        SDG puts 0.001 in the place of 0, so that the grade depends on the unit chosen; with equal steps it does not.
        """
        return self.additive or self.base * self.target <= 0 or self.now * self.base < 0

    def pace(self, value: float, years: float) -> float:
        """What brings the base to `value` in `years`: a share of itself a year, or on a linear way units a year."""
        return (value - self.base) / years if self.linear else _power(value / self.base, 1 / years) - 1

    def after(self, pace: float, years: float) -> float:
        """Where the base gets to at a pace in `years`."""
        return self.base + pace * years if self.linear else self.base * _power(1 + pace, years)


def _power(number: float, exponent: float) -> float:
    try:
        return number**exponent
    except OverflowError:
        return math.inf


def statistics_canada(way: Way) -> tuple[Grade, float]:
    """Grade and ratio R = d·g / |gT|: the growth a year since the base (`g`), against the growth a year that leads from
    the base to the target in time (`gT`), d = ±1 being the wanted direction: R ≥ 95 % on track, ≥ 60 % progress but
    acceleration needed, ≥ 0 limited, below deterioration. Whether the objective is met is not asked here.

    Source: Statistics Canada, in open-sdg/open-sdg, docs/progress-methodology.md. As there, growth is compound, and
    with all values negative the direction turns round; on a way that is `linear` both growths are steps a year.
    """
    direction = way.direction if way.linear or way.base > 0 else -way.direction
    now, needed = way.pace(way.now, way.years), abs(way.pace(way.target, way.whole))
    # With nothing left to go, the series stands still or goes the wrong way.
    ratio = direction * now / needed if needed else math.copysign(math.inf, direction * now) if now else 0.0
    ratio = round(ratio, DIGITS)
    cuts = ((CANADA_ON_TRACK, Grade.ON_TRACK), (CANADA_ACCELERATE, Grade.ACCELERATE), (CANADA_LIMITED, Grade.LIMITED))
    return next((grade for least, grade in cuts if ratio >= least), Grade.DETERIORATION), ratio


def un_statistics(way: Way) -> tuple[Grade, float]:
    """Grade and the part of the way done at the due year: (v_e − v_b) / (v_T − v_b), where v_e = v_t·(1 + g)^(T − t) is
    the value expected there: ≥ 95 % met or on track, ≥ 10 % fair but acceleration needed, below stagnation or
    regression. Within 1 % of an objective of 0 % or 100 % it is met.

    Source: UN Statistics Division, Progress Chart Technical Note 2023, as stated by Eustat in EUSTAT-DES/site,
    _pages/en/metodologia.md (§ 2.1 and exceptions 2 and 5). Ours is one thing: a series that began at or beyond its
    target and has left it is stagnant; the quotient of two negative numbers would praise it.
    """
    if way.full is not None and way.target in (0, way.full) and abs(way.now - way.target) <= way.full * UN_NEAR:
        return Grade.MET, 1.0
    expected = way.after(way.pace(way.now, way.years), way.whole)
    distance = way.target - way.base
    if way.direction * distance <= 0:
        return Grade.STAGNANT, -math.inf
    part = round((expected - way.base) / distance, DIGITS)
    cuts = ((UN_ON_TRACK, Grade.ON_TRACK), (UN_FAIR, Grade.ACCELERATE))
    return next((grade for least, grade in cuts if part >= least), Grade.STAGNANT), part


Method = Callable[[Way], tuple[Grade, float]]


@dataclass(frozen=True)
class Assessment:
    """A grade, or the reasons for none, most telling first; and what it was made from, as far as it is known.

    `base`, `latest` and `target` are the figures compared and the value to reach; `ratio` is the method's own number;
    `now` and `needed` are the growth a year so far and the one that leads from the base to the target in time (shares,
    or units where `linear`); `expected` is the value at the due year if it goes on so. `reached` tells that the latest
    figure is where it should be, `overdue` that the due year is over. `soft` are the statuses of figures used that may
    still change (P, E).
    """

    grade: Grade | None = None
    reasons: tuple[Reason, ...] = ()
    base: Point | None = None
    latest: Point | None = None
    target: Decimal | None = None
    due: int | None = None
    way: Way | None = None
    ratio: float | None = None
    now: float | None = None
    needed: float | None = None
    expected: float | None = None
    reached: bool = False
    overdue: bool = False
    soft: tuple[str, ...] = ()

    def path(self, time: float) -> float:
        """The value that the needed path has at a time: from the base straight, or in equal per cent, to the target."""
        return self.way.after(self.needed, time - self.base.time)


def assess(series: Iterable[Point], aim: Aim, method: Method, breaks: Sequence[str] = ()) -> Assessment:
    """How far a series has come towards an aim, by a method.

    What counts: results (no forecasts) from the last of `breaks` on, periods from which on figures do not compare with
    earlier ones. The base is the stated period's figure; where the rule does not need its value, the first one from
    then on, or the first of all. Two different years are needed at least, also where the objective is met. “Trên” and
    “gần” leave several values possible: where these differ in grade, there is none. When the due year is over, growth
    is taken up to it, and an objective that is not met is “acceleration needed” at best.
    """
    if aim.value is None:
        return Assessment(reasons=(Reason.NO_OBJECTIVE,))
    told = sorted(series, key=lambda point: (point.time, point.period))
    results = [point for point in told if point.status != FORECAST]
    last_break = max(map(first_day, breaks), default="")
    usable = [point for point in results if first_day(point.period) >= last_break]
    reasons = [] if aim.direction else [Reason.NO_DIRECTION]
    relative = aim.rule == "reduce_by_percent"
    if relative and not aim.base:
        reasons.append(Reason.BASE_UNSTATED)
    if not results:
        reasons.append(Reason.FORECAST_ONLY if told else Reason.NO_FIGURE)
    elif not _comparable(usable):
        reasons.append(Reason.BROKEN if _comparable(results) else Reason.ONE_YEAR)
    base = _base(usable, aim)
    latest = usable[-1] if usable else None
    known = {"latest": latest, "due": aim.due, "target": None if relative else aim.value}
    if aim.base and results and base is None and Reason.BROKEN not in reasons:
        reasons.append(Reason.BROKEN if _base(results, aim) else Reason.BASE_MISSING)
    if base and relative and base.between[0] <= 0:
        reasons.append(Reason.BASE_ZERO)
    if not reasons and not _comparable([base, latest]):
        reasons.append(Reason.BASE_IS_LATEST)
    if base and (aim.base or not relative):
        target = aim.target(base.value)
        known |= {"base": base, "target": target, "reached": aim.is_met(latest.value, target)}
    if reasons:
        return Assessment(reasons=tuple(reasons), **known)
    soft = tuple(dict.fromkeys(point.status for point in (base, latest) if point.status != "A"))
    return _rated(usable, base, latest, aim, method, known | {"soft": soft})


def _comparable(points: Sequence[Point | None]) -> bool:
    """Whether there are two figures at different times in different years."""
    return len({p.year for p in points if p}) > 1 and len({round(p.time, 2) for p in points if p}) > 1


def _base(points: Sequence[Point], aim: Aim) -> Point | None:
    """The figure to count from: the stated period's, or one at the same time under another name (the start of 2021 is
    the end of 2020); where the rule can do without its value, the first from then on, as Statistics Canada does."""
    if not aim.base:
        return points[0] if points and aim.rule != "reduce_by_percent" else None
    then = time_of(aim.base)
    same = [p for p in points if p.period == aim.base] or [p for p in points if abs(p.time - then) < 0.01]
    later = [] if aim.rule == "reduce_by_percent" else [p for p in points if p.time >= then]
    return next(iter([*same, *later]), None)


def _rated(usable: Sequence[Point], base: Point, latest: Point, aim: Aim, method: Method, known: dict) -> Assessment:
    """The grade of figures that can be compared."""
    overdue = aim.due is not None and latest.time >= aim.due
    in_time = [point for point in usable if base.time < point.time <= (aim.due or math.inf)]
    seen = in_time[-1] if overdue and in_time else latest
    found: set[Grade | Reason] = set()
    for start, here, there in product({*base.between}, {*seen.between}, {*latest.between}):
        if not start.is_finite():
            found.add(Reason.OPEN)
        elif aim.is_met(there, aim.target(start)):
            found.add(Grade.MET)
        elif aim.due is None:
            found.add(Reason.NO_DUE)
        elif base.time >= aim.due:
            found.add(Reason.BASE_AFTER_DUE)
        elif seen is not latest or here == there:
            grade = method(_way(base, seen, aim, start, here))[0]
            found.add(Grade.ACCELERATE if overdue and grade is Grade.ON_TRACK else grade)
    if len(found) > 1:
        return Assessment(reasons=(Reason.OPEN,), overdue=overdue, **known)
    (answer,) = found
    grade, reasons = (None, (answer,)) if isinstance(answer, Reason) else (answer, ())
    if aim.due is None or base.time >= aim.due:
        return Assessment(grade, reasons, overdue=overdue, **known)
    way = _way(base, seen, aim, base.value, seen.value)
    now = way.pace(way.now, way.years)
    return Assessment(
        grade,
        reasons,
        way=way,
        ratio=method(way)[1],
        now=now,
        needed=way.pace(way.target, way.whole),
        expected=None if overdue else way.after(now, way.whole),
        overdue=overdue,
        **known,
    )


def _way(base: Point, seen: Point, aim: Aim, start: Decimal, here: Decimal) -> Way:
    years, whole = seen.time - base.time, aim.due - base.time
    full = None if aim.full is None else float(aim.full)
    return Way(float(start), float(here), float(aim.target(start)), years, whole, aim.direction, aim.additive, full)
