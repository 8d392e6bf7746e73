"""What may be right and is worth a second look: figures far from what came before, groups that exceed their total.

A question stops nothing. A note in the row (`note_vi`) answers it: it is not asked again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from decimal import Decimal
from itertools import pairwise

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
    known = [row for row in facts.rows("observations", edition) if row.cells["obs_value"] is not None]
    rows = [row for row in known if row.cells["indicator"] not in tainted]
    return [*_unusual(facts, edition, rows), *_beyond_total(facts, rows)]


def _not_added(facts: Facts) -> set[str]:
    """Indicators whose parts do not add up to a whole."""
    units = facts.package.table("units").by_key
    rows = facts.package.table("indicators").by_key.items()
    return {code for code, row in rows if units[row["unit"]]["dimension"] in NOT_ADDED}


def _unusual(facts: Facts, edition: int, rows: list[Row]) -> Iterator[Problem]:
    """Figures far from the latest one before them, and from what an earlier edition said of the same time."""
    series: Series = defaultdict(dict)
    for year in facts.editions:
        for row in facts.rows("observations", year):
            cells = row.cells
            if cells["obs_value"] is not None:
                own = series[cells["indicator"], cells["breakdown"], cells["ref_area"]]
                own.setdefault(cells["time_period"], cells["obs_value"])
    before = {key: list(pairwise(sorted(_years(own)))) for key, own in series.items()}
    shares = _not_added(facts)
    for row in rows:
        cells = row.cells
        key = cells["indicator"], cells["breakdown"], cells["ref_area"]
        own, value, period = series[key], cells["obs_value"], cells["time_period"]
        then = period if own[period] != value else next((a for a, b in before[key] if b == period), None)
        if then is None or cells["note_vi"] or (then != period and _broken(facts, key[0], then, period)):
            continue
        if key[0] in shares:
            unusual = abs(value - own[then]) > POINTS
        else:
            unusual = bool(own[then]) and not abs(own[then]) < abs(value) * TIMES < abs(own[then]) * TIMES * TIMES
        if unusual:
            what = "ấn bản trước ghi" if then == period else f"{then} là"
            told = f"“{number(value)}” khác xa lần trước ({what} {number(own[then])}). Có đúng như báo cáo không?"
            yield row.problem("obs_value", told, REMEDY, kind="unusual")


def _years(own: dict[str, Decimal]) -> list[str]:
    """The periods of a series; of a year that has several, the last."""
    return list({period[:4]: period for period in sorted(own)}.values())


def _broken(facts: Facts, indicator: str, then: str, now: str) -> bool:
    return any(then < row["period"] <= now for row in facts.breaks_of(indicator))


def _beyond_total(facts: Facts, rows: list[Row]) -> Iterator[Problem]:
    """Groups of one kind that together are more than their total."""
    breakdowns = facts.package.table("breakdowns").by_key
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    totals, shares = {}, _not_added(facts)
    for row in rows:
        place = (row.cells["indicator"], row.cells["time_period"], row.cells["ref_area"])
        if row.cells["breakdown"] == "_T":
            totals[place] = row
        else:
            groups[*place, breakdowns[row.cells["breakdown"]]["dimension"]].append(row)
    for (*place, _), parts in groups.items():
        total = totals.get(tuple(place))
        if total is None or total["note_vi"] or total["indicator"] in shares:
            continue
        whole = sum(part["obs_value"] for part in parts)
        if whole > total["obs_value"]:
            told = f"Các nhóm cộng lại là {number(whole)}, nhiều hơn tổng ({number(total['obs_value'])})."
            yield total.problem("obs_value", f"{told} Có đúng như báo cáo không?", REMEDY, kind="unusual")
