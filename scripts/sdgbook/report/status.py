"""How far a target has come, as far as one report can tell: the direction between two figures, or why there is none.

Progress by published methods needs several years; until then nothing here is a mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sdgbook.report import findings, numbers
from sdgbook.report.context import Context
from sdgbook.report.facts import Fact
from sdgbook.report.quantity import same_unit


@dataclass(frozen=True)
class Change:
    """From one figure to another of the same unit: a sign, the words, since when, and whether that is wanted
    (`good`, `bad`, or `none` when the data does not say)."""

    sign: str
    word: str
    size: str
    since: str
    tone: str

    def to_json(self) -> dict[str, str]:
        """Plain data for templates; `text` joins word and size."""
        return {**vars(self), "text": f"{self.word} {self.size}".strip()}


def change(context: Context, before: Fact, now: Fact) -> Change:
    """The change from `before` to `now`, as far as their qualifiers let it be known; `UnitError` when their units
    differ."""
    unit = same_unit((before.unit, now.unit))
    since = f"so với {before.when}"
    word = findings.direction(before, now)
    if word not in ("tăng", "giảm"):
        return Change("=" if word else "?", word or "chưa chắc tăng hay giảm", "", since, "none")
    number, symbol = "", "điểm phần trăm" if unit.dimension == "ratio" else unit.symbol
    if printed := context.printed_step(before, now):
        number, symbol = printed.number, printed.unit.symbol
    elif before.qualifier == now.qualifier == "exact":
        number = numbers.format_number(numbers.shortest(abs(now.value - before.value)))
    size = f"{number}{numbers.NBSP}{symbol}" if number else ""
    indicator = context.package.table("indicators").by_key.get(now.indicator) or {}
    wanted = {"lower": "giảm", "higher": "tăng"}.get(indicator.get("better"))
    tone = "none" if wanted is None else "good" if wanted == word else "bad"
    return Change("↓" if word == "giảm" else "↑", word, size, since, tone)


def leading(context: Context, targets: Sequence[str]) -> Fact | None:
    """The figure that stands for these targets: a headline of theirs, else the first outcome, output, activity."""
    kinds = ("outcome", "output", "activity")
    headlines = [fact for row in context.rows("headlines") if (fact := context.known(row["fact"]))]
    own = [fact for fact in context.facts.of_targets(list(targets)) if fact.kind in kinds]
    own.sort(key=lambda fact: kinds.index(fact.kind))
    return next((fact for fact in [*headlines, *own] if set(fact.targets) & set(targets)), None)


def earlier(context: Context, fact: Fact) -> Fact | None:
    """What a leading figure is compared to: its headline's choice, else the latest earlier figure of its series."""
    for row in context.rows("headlines"):
        if row["compare_to"] and context.known(row["fact"]) == fact:
            return context.known(row["compare_to"])
    series = [
        other
        for other in context.facts.of_indicator(fact.indicator)
        if (other.group, other.area) == (fact.group, fact.area) and other.period < fact.period
    ]
    return max(series, key=lambda other: other.period, default=None)


def status(context: Context, targets: Sequence[str]) -> dict[str, Any]:
    """The status line of a page about `targets`: `sign`, `text`, `tone`, and `reason`, a clause that says what keeps
    the target from being rated."""
    fact = leading(context, targets)
    before = earlier(context, fact) if fact else None
    if fact is None or before is None:
        return {"sign": "–", "text": "Chưa xếp loại", "tone": "none", "reason": _why_none(fact)}
    seen = change(context, before, fact).to_json()
    return {**seen, "text": f"{fact.title} {seen['text']} {seen['since']}", "reason": _why_unrated(context, fact)}


def card(context: Context, fact: Fact) -> dict[str, Any]:
    """A figure with its parts for setting it large, its goal's colour, and its change where there is one."""
    before = earlier(context, fact)
    return {
        **context.figure(fact),
        "status": fact.status_word,
        "qualifier": numbers.QUALIFIERS[fact.qualifier],
        "number": numbers.format_number(fact.value),
        "symbol": fact.unit.symbol,
        "colour": context.target(fact.targets[0])["colour"],
        "change": change(context, before, fact).to_json() if before else None,
    }


def key_figures(context: Context, targets: Sequence[str], most: int = 3) -> list[dict[str, Any]]:
    """The figures that a page about `targets` begins with, as cards: the leading one, then results and what was
    done, totals only, in the order of the source."""
    first = leading(context, targets)
    if first is None:
        return []
    own = [
        fact
        for fact in context.facts.of_targets(list(targets))
        if fact.kind in ("outcome", "output") and fact.breakdown == "_T" and fact.indicator != first.indicator
    ]
    own.sort(key=lambda fact: fact.kind)
    return [card(context, fact) for fact in [first, *own][:most]]


def _why_none(fact: Fact | None) -> str:
    if fact is None:
        return "báo cáo không có số liệu"
    if fact.kind == "outcome":
        return "báo cáo chỉ có số của một thời điểm"
    return "báo cáo chỉ có số về việc đã làm, không có số về kết quả"


def _why_unrated(context: Context, fact: Fact) -> str:
    aims = [
        row
        for row in context.rows("objectives")
        if row["indicator"] == fact.indicator and row["value"] is not None and row["indicator"]
    ]
    if not aims:
        return "chưa xếp loại: báo cáo không nêu đích bằng số"
    if any(row["rule"] == "reduce_by_percent" and not row["baseline_period"] for row in aims):
        return "chưa xếp loại: báo cáo không nêu mốc để so sánh"
    return "chưa xếp loại: mới có một năm báo cáo"
