"""What may be right and is worth a second look: figures far from what came before, groups that exceed their total.

A question stops nothing. A note in the row (`note_vi`) answers it: it is not asked again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from decimal import Decimal

from sdgbook.data import Problem, Row
from sdgbook.report.facts import Facts
from sdgbook.report.numbers import format_number as number

# How many times as much, or as little, as the time before is unusual; of shares, by how many points.
TIMES, POINTS = 10, 30
REMEDY = "So lại với báo cáo. Đúng như thế thì ghi một câu ở note_vi của dòng này để máy không hỏi nữa."
# Kinds of units whose parts do not add up to a whole.
NOT_ADDED = ("ratio", "ratio-difference")
Series = dict[tuple[str, str, str], dict[str, Decimal]]


def questions(facts: Facts, tainted: Collection[str] = ()) -> list[Problem]:
    """Questions about the figures of the newest edition; those of `tainted` indicators have been told already."""
    edition = facts.editions[-1]
    rows = [
        row
        for row in facts.rows("observations", edition)
        if row["obs_value"] is not None and row["indicator"] not in tainted
    ]
    return [*_unusual(facts, edition, rows), *_beyond_total(facts, rows)]


def _dimension(facts: Facts, row: Row) -> str:
    unit = facts.package.table("indicators").by_key[row["indicator"]]["unit"]
    return facts.package.table("units").by_key[unit]["dimension"]


def _unusual(facts: Facts, edition: int, rows: list[Row]) -> Iterator[Problem]:
    """Figures far from the latest one before them, and from what an earlier edition said of the same time."""
    series: Series = defaultdict(dict)
    for year in facts.editions:
        for row in facts.rows("observations", year):
            if row["obs_value"] is not None and (year < edition or row["time_period"]):
                series[row["indicator"], row["breakdown"], row["ref_area"]].setdefault(
                    row["time_period"], row["obs_value"]
                )
    for row in rows:
        if row["note_vi"]:
            continue
        own = series[row["indicator"], row["breakdown"], row["ref_area"]]
        value, period = row["obs_value"], row["time_period"]
        earlier = [time for time in own if time[:4] < period[:4]]
        then = period if own.get(period) != value else max(earlier, default=None)
        if then is None or (then != period and _broken(facts, row["indicator"], then, period)):
            continue
        before = own[then]
        if _dimension(facts, row) in NOT_ADDED:
            unusual = abs(value - before) > POINTS
        else:
            unusual = bool(before) and not Decimal(1) / TIMES < abs(value / before) < TIMES
        if unusual:
            what = "ấn bản trước ghi" if then == period else f"{then} là"
            told = f"“{number(value)}” khác xa lần trước ({what} {number(before)}). Có đúng như báo cáo không?"
            yield row.problem("obs_value", told, REMEDY, kind="unusual")


def _broken(facts: Facts, indicator: str, then: str, now: str) -> bool:
    return any(then < row["period"] <= now for row in facts.breaks_of(indicator))


def _beyond_total(facts: Facts, rows: list[Row]) -> Iterator[Problem]:
    """Groups of one kind that together are more than their total."""
    breakdowns = facts.package.table("breakdowns").by_key
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    totals = {}
    for row in rows:
        place = (row["indicator"], row["time_period"], row["ref_area"])
        if row["breakdown"] == "_T":
            totals[place] = row
        else:
            groups[*place, breakdowns[row["breakdown"]]["dimension"]].append(row)
    for (*place, _), parts in groups.items():
        total = totals.get(tuple(place))
        if total is None or total["note_vi"] or _dimension(facts, total) in NOT_ADDED:
            continue
        whole = sum(part["obs_value"] for part in parts)
        if whole > total["obs_value"]:
            told = f"Các nhóm cộng lại là {number(whole)}, nhiều hơn tổng ({number(total['obs_value'])})."
            yield total.problem("obs_value", f"{told} Có đúng như báo cáo không?", REMEDY, kind="unusual")
