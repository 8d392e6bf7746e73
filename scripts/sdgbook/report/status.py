"""How far a target has come: its objectives rated by a published method, or why they cannot be; and, beside that, the
direction between two figures.

What is computed here once serves the head of a page, the list of its objectives, its charts and the overview. An
edition is rated by what it knew (`Fact.as_of`), so that last year's status stands beside this year's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sdgbook.data import Row
from sdgbook.data.reads import remember
from sdgbook.report import charts, findings, numbers
from sdgbook.report.context import RULES, Context
from sdgbook.report.facts import Fact, Facts
from sdgbook.report.findings import lower_first
from sdgbook.report.inline import Segment
from sdgbook.report.progress import (
    Aim,
    Assessment,
    Grade,
    Method,
    Point,
    Reason,
    assess,
    statistics_canada,
    time_of,
    un_statistics,
)
from sdgbook.report.quantity import POINTS, RATIO, Unit, ends, same_unit

# The method by which pages rate, and the one whose results stand beside it on the method page.
DEFAULT: Method = statistics_canada
OTHER: Method = un_statistics


@dataclass(frozen=True)
class Mark:
    """A grade as readers see it: a sign, a word, and the colour that goes with them (`good`, `fair`, `bad`, `none`)."""

    sign: str
    word: str
    tone: str

    def to_json(self) -> dict[str, str]:
        """Plain data for templates."""
        return dict(vars(self))


# From full to empty: the signs tell the order without colour.
MARKS = {
    Grade.MET: Mark("✓", "Đã đạt", "good"),
    Grade.ON_TRACK: Mark("●", "Đúng tiến độ", "good"),
    Grade.ACCELERATE: Mark("◑", "Có tiến bộ, cần nhanh hơn", "fair"),
    Grade.LIMITED: Mark("○", "Ít tiến bộ", "fair"),
    Grade.DETERIORATION: Mark("✕", "Xấu đi", "bad"),
}
# The other method has three grades; the highest covers two of these.
OTHER_MARKS = {
    Grade.MET: Mark("●", "Đã đạt hoặc đúng tiến độ", "good"),
    Grade.ON_TRACK: Mark("●", "Đã đạt hoặc đúng tiến độ", "good"),
    Grade.ACCELERATE: Mark("◑", "Có tiến bộ, cần nhanh hơn", "fair"),
    Grade.STAGNANT: Mark("✕", "Đứng yên hoặc xấu đi", "bad"),
}
NO_MARK = Mark("–", "Chưa đánh giá được", "none")
# Why there is no grade, and what would make one possible.
REASONS = {
    Reason.NO_OBJECTIVE: ("đích không nêu bằng số", "mức cần đạt bằng số và năm phải đạt"),
    Reason.NO_DIRECTION: ("chưa rõ chỉ số này cao hay thấp thì tốt", "lời nói rõ chỉ số này nên tăng hay nên giảm"),
    Reason.NO_FIGURE: ("báo cáo không có số liệu", "số liệu của ít nhất hai năm"),
    Reason.FORECAST_ONLY: ("mới có số dự kiến, chưa có kết quả", "kết quả của ít nhất hai năm"),
    Reason.ACTIVITY: (
        "chỉ có số về việc đã làm, không có số về kết quả",
        "số liệu về kết quả trong đời sống người dân",
    ),
    Reason.BASE_UNSTATED: ("đích không nêu mốc để so sánh", "thời điểm làm mốc của mức giảm"),
    Reason.BASE_MISSING: ("không có số liệu ở mốc để so sánh", "số liệu ở mốc"),
    Reason.BASE_ZERO: ("số ở mốc bằng không, không còn gì để giảm", "một mốc khác hay một đích khác"),
    Reason.BASE_IS_LATEST: ("mốc cũng là con số mới nhất", "số của một năm sau mốc"),
    Reason.BROKEN: ("cách tính đã đổi nên số trước và sau không so được", "số của ít nhất hai năm theo cách tính mới"),
    Reason.ONE_YEAR: ("mới có số của một năm", "số cùng loại của một năm khác"),
    Reason.NO_DUE: ("đích không nêu năm phải đạt", "năm phải đạt"),
    Reason.BASE_AFTER_DUE: ("con số đầu tiên đã ở sau hạn", "số của một năm trước hạn"),
    Reason.OPEN: ("báo cáo chỉ ghi “trên”, “gần” hay “khoảng”, chưa đủ để xếp", "con số đúng, không kèm những chữ ấy"),
}
IN_WORDS_ONLY = "đích nói bằng lời, không có con số"


def mark_of(grade: Grade | None, method: Method = DEFAULT) -> Mark:
    """How a method's grade, or that there is none, is shown."""
    marks = MARKS if method is DEFAULT else OTHER_MARKS
    return marks[grade] if grade else NO_MARK


@dataclass(frozen=True)
class Standing:
    """How an objective stood when an edition was published: its series' figures and what a method makes of them."""

    objective: Row
    edition: int
    figures: tuple[Fact, ...]
    assessment: Assessment

    @property
    def grade(self) -> Grade | None:
        """The grade; None where there is none."""
        return self.assessment.grade

    def figure(self, point: Point) -> Fact:
        """The figure that a point of the series is."""
        return next(fact for fact in self.figures if fact.period == point.period)


def standing(facts: Facts, objective: Row, method: Method = DEFAULT) -> Standing:
    """How an objective stood by the edition whose table it stands in."""
    edition = facts.package.by_file[objective.file].edition
    key = ("standing", edition, objective.id, method.__name__)
    return remember(facts.kept, key, lambda: _stood(facts, objective, edition, method))


def standings(facts: Facts, targets: Sequence[str], edition: int, method: Method = DEFAULT) -> list[Standing]:
    """How the objectives of targets stood by an edition, in the order of its table."""
    own = _rows_by_target(facts, "objectives", edition)
    rows = {row.id: row for target in targets for row in own.get(target, ())}
    return [standing(facts, row, method) for row in sorted(rows.values(), key=lambda row: row.line)]


def _stood(facts: Facts, objective: Row, edition: int, method: Method) -> Standing:
    slug = objective["indicator"]
    indicator = facts.package.table("indicators").by_key[slug] if slug else None
    if indicator is None or objective["value"] is None:
        reasons = [Reason.NO_OBJECTIVE if objective["value"] is None else Reason.NO_FIGURE]
        return Standing(objective, edition, (), Assessment(reasons=tuple(reasons)))
    if indicator["kind"] == "activity":
        return Standing(objective, edition, (), Assessment(reasons=(Reason.ACTIVITY,)))
    figures = tuple(facts.line(slug, objective["breakdown"], objective["ref_area"]))
    known = [(fact.period, vintage) for fact in figures if (vintage := fact.as_of(edition))]
    points = [Point(period, v.value, v.status, ends(v.value, v.qualifier)) for period, v in known]
    aim = aim_of(objective, indicator, facts.unit(indicator["unit"]))
    return Standing(objective, edition, figures, assess(points, aim, method, _breaks(facts, slug, edition)))


def aim_of(objective: Row, indicator: Row, unit: Unit) -> Aim:
    """An objective in numbers, for the indicator that measures it."""
    return Aim(
        objective["rule"],
        objective["value"],
        objective["due"],
        objective["baseline_period"],
        better=indicator["better"],
        full=1 / unit.factor if unit.dimension == RATIO else None,
        additive=unit.dimension == POINTS,
    )


def _breaks(facts: Facts, indicator: str, edition: int) -> list[str]:
    """Where the reports up to an edition say that an indicator's series breaks."""
    found = [row for year in facts.editions if year <= edition for row in facts.rows("breaks", year)]
    return [row["period"] for row in found if row["indicator"] == indicator]


def _rows_by_target(facts: Facts, table: str, edition: int) -> dict[str, list[Row]]:
    """Rows of a table by each of their targets."""

    def make() -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in facts.package.table(table, edition).rows:
            for target in row["targets"]:
                found.setdefault(target, []).append(row)
        return found

    return remember(facts.kept, ("rows by target", table, edition), make)


def standings_of(context: Context, fact: Fact) -> list[Standing]:
    """How the objectives in numbers for the series of a figure stand by the edition that pages show."""
    rows = context.facts.rows("objectives", edition_shown(context))
    own = (fact.indicator, fact.breakdown, fact.area)
    chosen = [r for r in rows if r["indicator"] == own[0] and (r["breakdown"], r["ref_area"]) == own[1:]]
    return [standing(context.facts, row) for row in chosen if row["value"] is not None]


@dataclass(frozen=True)
class Status:
    """How targets stood by an edition: the grade of the objective that lags most, `rated` of whose `number` objectives
    in numbers can be rated; or the reasons why none can. `standing` is the objective that decides."""

    edition: int
    standing: Standing | None
    reasons: tuple[Reason, ...]
    rated: int
    number: int

    @property
    def grade(self) -> Grade | None:
        """The grade; None where there is none."""
        return self.standing.grade if self.standing else None

    @property
    def among(self) -> str:
        """Of how many objectives the one is that decides, where there are more."""
        parts = [f"theo đích chậm nhất trong {self.rated} đích đánh giá được"] if self.rated > 1 else []
        left = self.number - self.rated
        return "; ".join([*parts, *([f"{left} đích khác chưa đánh giá được"] if left else [])])

    @property
    def why(self) -> str:
        """Why there is no grade, as a clause."""
        return "; ".join(REASONS[reason][0] for reason in self.reasons)

    @property
    def needs(self) -> str:
        """What would make a grade possible."""
        return "; ".join(REASONS[reason][1] for reason in self.reasons)


def status_of(context: Context, targets: Sequence[str], edition: int) -> Status:
    """How targets stood by an edition.

    A target has come as far as the objective that lags most. Objectives for results count before objectives for what
    was done.
    """
    facts = context.facts
    aims = [one for one in standings(facts, targets, edition) if one.objective["value"] is not None]
    rated = [one for one in aims if one.grade]
    if rated:
        results = [one for one in rated if one.figures[0].kind == "outcome"]
        decides = min(results or rated, key=lambda one: (one.grade.rank, one.assessment.ratio or 0))
        return Status(edition, decides, (), len(rated), len(aims))
    if aims:
        # The one that needs least to be rated says why not.
        nearest = min(aims, key=lambda one: (not one.figures, len(one.assessment.reasons)))
        return Status(edition, nearest, nearest.assessment.reasons, 0, len(aims))
    return Status(edition, None, _why_without_aim(facts, targets, edition), 0, 0)


def _why_without_aim(facts: Facts, targets: Sequence[str], edition: int) -> tuple[Reason, ...]:
    """Why targets without an objective in numbers are not rated."""
    known = [fact for fact in facts.of_targets(list(targets), provincial=True) if fact.as_of(edition)]
    results = [fact for fact in known if fact.kind == "outcome"]
    if not known:
        return (Reason.NO_FIGURE, Reason.NO_OBJECTIVE)
    if not results:
        return (Reason.ACTIVITY, Reason.NO_OBJECTIVE)
    only = (Reason.FORECAST_ONLY,) if all(fact.as_of(edition).status == "F" for fact in results) else ()
    return (Reason.NO_OBJECTIVE, *only)


def edition_shown(context: Context) -> int:
    """The edition by which a page says how things stand: the newest one, or the draft that tells the page."""
    return max(context.facts.newest, context.year)


def before(facts: Facts, edition: int) -> int | None:
    """The edition before another."""
    return max((year for year in facts.editions if year < edition), default=None)


# In words


def told(context: Context, one: Standing) -> list[dict[str, Any]]:
    """The sentence of an objective that is rated, without its full stop, its figures linked: from where to where, how
    that compares with the pace that is needed, and where it leads. Empty where there is no grade."""
    found, unit = one.assessment, one.figures[0].unit if one.figures else None
    if not found.grade:
        return []
    latest = one.figure(found.latest)
    now = [_linked(context, latest, one.edition), f" {latest.when}"]
    aim = f"đích là {aim_in_words(context, one)}"
    if found.grade is Grade.MET:
        return _segments([f"{latest.title} là ", *now, f"; {aim}"])
    base = one.figure(found.base)
    step = found.latest.value - found.base.value
    way = "lên" if step > 0 else "xuống" if step < 0 else "vẫn"
    begins = [f"{latest.title} từ ", _linked(context, base, one.edition), f" {base.when} {way} ", *now]
    if found.overdue:
        return _segments([*begins, f"; hạn đã qua mà chưa đạt: {aim}"])
    if found.grade is Grade.DETERIORATION:
        return _segments([*begins, f", ngược chiều đích; {aim}"])
    if not found.ratio:
        return _segments([*begins, f", không nhích về phía đích; {aim}"])
    pace = f", bằng {numbers.percent(found.ratio)} nhịp cần có"
    if found.ratio >= 1:
        return _segments([*begins, pace, f"; cứ đà này thì đạt đích trước hạn; {aim}"])
    decimals = context.package.table("indicators").by_key[latest.indicator]["decimals"]
    reached = numbers.rounded(Decimal(str(found.expected)), decimals)
    then = numbers.with_unit(numbers.format_number(reached), unit.symbol)
    return _segments([*begins, pace, f"; cứ đà này, {due_in_words(one)} được khoảng {then}; {aim}"])


def _linked(context: Context, fact: Fact, edition: int) -> Segment:
    """A figure as an edition knew it, linked to its row."""
    vintage = fact.as_of(edition)
    return Segment(
        fact.written(vintage),
        fact.page,
        fact.id,
        value=f"{vintage.value:f}",
        status=numbers.STATUSES[vintage.status],
        source=context.of(vintage.edition).locator(vintage.locators[0])["text"],
        cells=fact.cells,
    )


def _segments(parts: Sequence[str | Segment]) -> list[dict[str, Any]]:
    return [Segment(part).to_json() if isinstance(part, str) else part.to_json() for part in parts]


def due_in_words(one: Standing) -> str:
    """The due year of an objective, as a time at which its figures are."""
    due = one.objective["due"]
    return numbers.spell_period(f"{due}-12-31" if "-" in one.figures[0].period else str(due))


def aim_in_words(context: Context, one: Standing) -> str:
    """What an objective that is rated wants: “nhiều nhất 17,25%, hạn 2030”."""
    found, row = one.assessment, one.objective
    relative = row["rule"] == "reduce_by_percent"
    target = _target(context, one)
    word = "nhiều nhất " if relative else f"{RULES[row['rule']]} "
    value = numbers.with_unit(numbers.format_number(target), one.figures[0].unit.symbol)
    base = f", tức là giảm {numbers.with_unit(numbers.format_number(row['value']), '%')}" if relative else ""
    return f"{word if found.target else ''}{value}{base}" + (f", hạn {row['due']}" if row["due"] else "")


def as_data(context: Context, one: Standing) -> dict[str, Any]:
    """An objective's standing for templates: sign, word and tone, the sentence or the reason and what is missing, the
    rows it comes from, and how it stood by the edition before."""
    reasons = one.assessment.reasons
    words_only = one.objective["value"] is None
    why = [IN_WORDS_ONLY] if words_only else [REASONS[reason][0] for reason in reasons]
    data = {
        **mark_of(one.grade).to_json(),
        "said": told(context, one),
        "why": "; ".join(why),
        "needs": "" if words_only else "; ".join(REASONS[reason][1] for reason in reasons),
        "edition": one.edition,
        "cells": [cell for fact in one.figures for cell in fact.cells],
    }
    last = before(context.facts, one.edition)
    then = {row.id: row for row in context.facts.rows("objectives", last)}.get(one.objective.id) if last else None
    if then:
        data["before"] = {"edition": last, **mark_of(standing(context.facts, then).grade).to_json()}
    return data


def over_the_years(context: Context, one: Standing) -> list[dict[str, Any]]:
    """How an objective stood by each edition that has it, oldest first."""
    found = []
    for edition in context.facts.editions:
        row = next((r for r in context.facts.rows("objectives", edition) if r.id == one.objective.id), None)
        if row and edition <= one.edition:
            found.append({"edition": edition, **mark_of(standing(context.facts, row).grade).to_json()})
    return found


def goal_of(context: Context, one: Standing) -> charts.Goal | None:
    """An objective as a chart draws it: with the path that is needed where it is rated; None without value or year."""
    found = one.assessment
    if found.target is None or found.due is None:
        return None
    path: list[tuple[float, float]] = []
    if found.way and found.base:
        years = [found.base.time, *range(math.floor(found.base.time) + 1, found.due + 1)]
        path = [(year, found.path(year)) for year in years]
    value = numbers.format_number(_target(context, one)) + "%" * (one.figures[0].unit.symbol == "%")
    return charts.Goal(float(found.target), found.due, f"đích {value}", tuple(path))


def _target(context: Context, one: Standing) -> Decimal:
    """The value to reach; one that is computed with no more decimals than the figures may have."""
    target = one.assessment.target
    if one.objective["rule"] != "reduce_by_percent":
        return target
    decimals = context.package.table("indicators").by_key[one.objective["indicator"]]["decimals"]
    return numbers.rounded(target, min(decimals, max(0, -numbers.shortest(target).as_tuple().exponent)))


# The direction between two figures


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
    """The figure that stands for these targets: a headline of theirs, else the newest of the first outcome, output,
    activity that the newest edition gives."""
    kinds = ("outcome", "output", "activity")
    headlines = [fact for row in context.rows("headlines") if (fact := context.known(row["fact"]))]
    own = [fact for fact in context.facts.of_targets(list(targets), provincial=True) if fact.kind in kinds]
    own.sort(key=lambda fact: kinds.index(fact.kind))
    chosen = next((fact for fact in [*headlines, *own] if set(fact.targets) & set(targets)), None)
    if chosen is None or chosen in headlines:
        return chosen
    return context.facts.line(chosen.indicator, chosen.breakdown, chosen.area)[-1]


def earlier(context: Context, fact: Fact) -> Fact | None:
    """What a leading figure is compared to: its headline's choice, else the latest earlier figure of its series that
    compares with it: no forecast, and no break between them."""
    for row in context.rows("headlines"):
        if row["compare_to"] and context.known(row["fact"]) == fact:
            return context.known(row["compare_to"])
    # How much faster or slower something rose than the year before would be read as how much it rose.
    if fact.is_derived or fact.status == "F" or fact.unit.dimension == POINTS:
        return None
    series = [other for other in context.facts.line(fact.indicator, fact.breakdown, fact.area) if other.status != "F"]
    before = [other for other in series if time_of(other.period) < time_of(fact.period)]
    return before[-1] if before and not context.facts.broken_between(before[-1], fact) else None


def status(context: Context, targets: Sequence[str]) -> dict[str, Any]:
    """The status line of a page about `targets`, in plain words: `sign`, `text`, `tone`; `reason`, a clause that says
    what keeps them from being rated, and `needs`, what would let them be; or `said`, the sentence of the grade.
    `before` is how they stood by the edition before."""
    edition = edition_shown(context)
    found = status_of(context, targets, edition)
    data: dict[str, Any] = {"said": "", "reason": "", "needs": "", "before": None}
    last = before(context.facts, edition)
    if last:
        data["before"] = {"edition": last, **mark_of(status_of(context, targets, last).grade).to_json()}
    mark = mark_of(found.grade)
    if found.grade:
        said = "".join(Segment(**part).plain for part in told(context, found.standing))
        return {**data, **mark.to_json(), "text": mark.word, "said": said, "reason": found.among, "since": ""}
    data |= {"reason": found.why, "needs": found.needs}
    newest = context.of(edition)
    fact = leading(newest, targets)
    compared = earlier(newest, fact) if fact else None
    if fact is None or compared is None:
        return {**data, **mark.to_json(), "text": mark.word, "since": ""}
    seen = change(newest, compared, fact).to_json()
    data["reason"] = f"{lower_first(mark.word)}: {found.why}"
    return {**data, **seen, "text": f"{fact.title} {seen['text']} {seen['since']}"}


def card(context: Context, fact: Fact) -> dict[str, Any]:
    """A figure with its parts for setting it large, its goal's colour, and its change where there is one."""
    compared = earlier(context, fact)
    return {
        **context.figure(fact),
        "status": fact.status_word,
        "qualifier": numbers.QUALIFIERS[fact.qualifier],
        "number": numbers.format_number(fact.value),
        "symbol": fact.unit.symbol,
        "goal": context.target(fact.targets[0])["goal"],
        "change": change(context, compared, fact).to_json() if compared else None,
    }


def key_figures(context: Context, targets: Sequence[str], most: int = 3) -> list[dict[str, Any]]:
    """The figures that a page about `targets` begins with, as cards: the leading one, then results and what was
    done, totals only, in the order of the source."""
    first = leading(context, targets)
    if first is None:
        return []
    own = [
        fact
        for fact in context.facts.of_targets(list(targets), provincial=True)
        if fact.kind in ("outcome", "output") and fact.breakdown == "_T" and fact.indicator != first.indicator
    ]
    own.sort(key=lambda fact: fact.kind)
    newest: dict[str, Fact] = {}
    for fact in own:
        if fact.indicator not in newest or newest[fact.indicator].period < fact.period:
            newest[fact.indicator] = fact
    return [card(context, fact) for fact in [first, *newest.values()][:most]]
