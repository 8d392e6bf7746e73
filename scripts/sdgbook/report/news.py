"""What is new: what a report tells that those before it did not, corrections, and definitions put in other words.

All of it is computed. Between reports, from the figures of all editions as they are known now: what was revised since
says so. Figures are compared only where that is honest: one series (indicator, group, area), periods of one form
(whole years, or the same day of the year), no break between them, neither of them a forecast. Between releases, from
what is dated or kept for good: corrections by their day (`revisions`), and the words of the indicators, which live on
for all editions, against what they were at the Git tag of each frozen edition.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any

from sdgbook.commits import git
from sdgbook.data import Row, reads
from sdgbook.data.areas import days_of
from sdgbook.data.frozen import at_tag, tag_of
from sdgbook.data.reads import remember
from sdgbook.report import commitments, findings, gaps, inline, numbers
from sdgbook.report.context import KIND_WORDS, RULES, Context
from sdgbook.report.facts import Fact, FactError, Facts, Vintage
from sdgbook.report.findings import lower_first
from sdgbook.report.inline import Segment, to_json

PAGE = "co-gi-moi"
# What a report tells that is new: the beginning of anchors, and the heading, in the page's order.
GROUPS = {
    "move": ("thay-doi", "Con số đã thay đổi"),
    "outturn": ("ket-qua", "Số dự kiến nay có kết quả"),
    "revision": ("ghi-khac", "Con số cũ nay được ghi khác"),
    "settled": ("da-chot", "Con số chưa chốt nay đã chốt"),
    "followup": ("nhac-lai", "Nhiệm vụ và đề xuất được nhắc lại"),
    "new": ("lan-dau", "Lần đầu có số"),
    "break": ("ngat", "Chuỗi số bị ngắt"),
    "gone": ("khong-con", "Chỉ số không còn được báo cáo"),
}
# The columns of `indicators` whose words are compared.
WORDED = {"name_vi": "tên", "unit": "đơn vị", "definition_vi": "định nghĩa"}
# Of figures without an objective, outcomes are told first.
KINDS = ("outcome", "output", "activity")
# How many groups or areas a sentence names; more are counted.
FEW = 3
Text = list[dict[str, Any]]
# The share of the way to an objective (below zero: away from it), the latest edition that has the objective, its row.
Way = tuple[Decimal, int, Row]


@dataclass(frozen=True)
class Entry:
    """Something new in one sentence. `id` is its anchor on the page, `meta` what stands below it, `cells` are data rows
    that it tells besides those of its segments."""

    group: str
    id: str
    text: Text
    meta: Text = field(default_factory=list)
    cells: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As an item of a list."""
        return {"id": self.id, "text": self.text, "details": self.meta, "cells": list(self.cells)}


# Puts something new into words.
Maker = Callable[[], Entry]


def plain(text: Text) -> str:
    """A text without its links."""
    return "".join(f"{s['text']} ({s['status']})" if s.get("status") else s["text"] for s in text)


def told(context: Context, year: int) -> dict[str, list[Maker]]:
    """What the edition of a year tells that those before it do not, by group, each to be put into words when it is
    called: a page of many years shows only some of it. Nothing for the first edition."""
    facts = context.facts

    def find() -> dict[str, list[Maker]]:
        groups: dict[str, list[Maker]] = {group: [] for group in GROUPS}
        for tell in (_moves, _changed, _followups, _new, _breaks, _gone):
            for group, make in tell(context.of(year), year) if year > facts.editions[0] else ():
                groups[group].append(make)
        return {group: makers for group, makers in groups.items() if makers}

    return remember(facts.kept, ("news", year), find)


def between(context: Context, year: int) -> list[Entry]:
    """The same in words, group by group."""
    return [make() for makers in told(context, year).values() for make in makers]


# Series


def _figures(facts: Facts) -> list[Fact]:
    """All printed figures, indicator by indicator, in the order of the targets that these belong to."""

    def find() -> list[Fact]:
        order = {target: n for n, target in enumerate(facts.package.table("targets").by_key)}
        rows = sorted(facts.package.table("indicators").rows, key=lambda row: order[row["targets"][0]])
        return [fact for row in rows for fact in facts.of_indicator(row["indicator"])]

    return remember(facts.kept, "figures", find)


def _series(facts: Facts) -> dict[tuple[str, str, str], list[Fact]]:
    """The figures of each indicator, group and area, by their periods."""

    def find() -> dict[tuple[str, str, str], list[Fact]]:
        series: dict[tuple[str, str, str], list[Fact]] = {}
        for fact in sorted(_figures(facts), key=lambda fact: days_of(fact.period)[1]):
            series.setdefault((fact.indicator, fact.breakdown, fact.area), []).append(fact)
        return series

    return remember(facts.kept, "series", find)


def _provinces(facts: Facts) -> set[str]:
    """Codes of the areas whose figures are told one by one."""

    def find() -> set[str]:
        return {row["area"] for row in facts.package.table("areas").rows if row["level"] == "province"}

    return remember(facts.kept, "provinces", find)


def _since(fact: Fact) -> int:
    """The edition that gives a figure first."""
    return fact.vintages[0].edition


def _result_since(fact: Fact) -> int | None:
    """The edition that first gives a figure as something else than a forecast; None where none does."""
    return next((vintage.edition for vintage in fact.vintages if vintage.status != "F"), None)


def unbroken(facts: Facts, first: Fact, last: Fact) -> bool:
    """Whether no break of their series lies between two figures of one indicator."""
    before, after = days_of(first.period)[1], days_of(last.period)[1]
    return not any(before < days_of(row["period"])[0] <= after for row in facts.breaks_of(last.indicator))


# Moves


def _moves(context: Context, year: int) -> Iterator[tuple[str, Maker]]:
    """Series that went up or down since the report before: of the province one by one, of areas counted.

    The largest first: by share of the way to the objective where there is one, else, within the kind of figure, by
    share of the value before.
    """
    facts, provinces = context.facts, _provinces(context.facts)
    own: list[tuple[tuple[int, Decimal], Maker]] = []
    by_area: dict[tuple[str, str, str, str], list[tuple[Fact, Fact]]] = {}
    for series in _series(facts).values():
        pair = _pair(facts, series, year)
        if pair is None:
            continue
        first, last = pair
        if last.area not in provinces:
            by_area.setdefault((last.indicator, last.breakdown, first.period, last.period), []).append(pair)
        elif findings.direction(first, last) in ("tăng", "giảm"):
            way = _way(facts, series, first, last)
            size = abs(last.value - first.value) / abs(first.value) if first.value else Decimal("Infinity")
            place = (0, -abs(way[0])) if way else (1 + KINDS.index(last.kind), -size)
            own.append((place, partial(_move, context, year, first, last, way)))
    for _, make in sorted(own, key=lambda move: move[0]):
        yield "move", make
    for pairs in by_area.values():
        yield "move", partial(_counted, year, pairs)


def _pair(facts: Facts, series: Sequence[Fact], year: int) -> tuple[Fact, Fact] | None:
    """Of a series the newest result that the edition of a year is the first to give, and the last one before it that an
    earlier edition gave, if they can be compared."""
    told = [(fact, since) for fact in series if fact.status != "F" and (since := _result_since(fact))]
    for last in reversed([fact for fact, since in told if since == year]):
        before = [fact for fact, since in told if since < year and fact.period < last.period]
        before = [fact for fact in before if fact.period[4:] == last.period[4:]]
        if before and unbroken(facts, before[-1], last):
            return before[-1], last
    return None


def _move(context: Context, year: int, first: Fact, last: Fact, way: Way | None) -> Entry:
    title = f"{last.title} ({lower_first(last.group)})" if last.group else last.title
    named = [replace(point, title=title) for point in (first, last)]
    sentence = findings.change(named, context.printed_step(first, last))
    text = [*to_json(inline.segments(sentence, context.facts)), {"text": "."}]
    meta, cells = (_way_words(context, *way), (way[2].cell,)) if way else ([], ())
    return Entry("move", _anchor("move", year, last), text, meta, cells)


def _way(facts: Facts, series: Sequence[Fact], first: Fact, last: Fact) -> Way | None:
    """Which share of the way from its base to an objective a series has gone between two figures; None without an
    objective or its base, and once it had been reached."""
    results = [fact for fact in series if fact.status != "F" and unbroken(facts, fact, last)]
    for year, row in _aims(facts).get((last.indicator, last.breakdown, last.area), ()):
        stated = [fact for fact in results if fact.period == row["baseline_period"]]
        alike = [fact for fact in results if fact.period[4:] == last.period[4:]]
        relative = row["rule"] == "reduce_by_percent"
        base = next(iter(stated if relative else stated or alike), None)
        if base is None:
            continue
        target = base.value * (100 - row["value"]) / 100 if relative else row["value"]
        upwards = row["rule"] in ("at_least", "over")
        before, start = (target - point.value if upwards else point.value - target for point in (first, base))
        if before > 0 and start > 0:
            return (last.value - first.value) / (target - base.value), year, row
    return None


def _aims(facts: Facts) -> dict[tuple[str, str, str], list[tuple[int, Row]]]:
    """The objectives with a value, with the latest edition that has each, by indicator, group and area."""

    def find() -> dict[tuple[str, str, str], list[tuple[int, Row]]]:
        aims: dict[tuple[str, str, str], list[tuple[int, Row]]] = {}
        for year, row in gaps.latest(facts, "objectives"):
            if row["value"] is not None and row["indicator"]:
                aims.setdefault((row["indicator"], row["breakdown"] or "_T", row["ref_area"]), []).append((year, row))
        return aims

    return remember(facts.kept, "aims", find)


def _way_words(context: Context, share: Decimal, year: int, row: Row) -> Text:
    """How far a move went, and towards which objective."""
    part = numbers.rounded(abs(share) * 100, 0)
    size = f"{part}%" if part else "chưa tới 1%"
    value = inline.objective_segment(row["objective"], context.of(year).facts).text
    due = f", hạn {row['due']}" if row["due"] else ""
    aim = Segment(row["title_vi"], context.target_rows[row["targets"][0]]["chapter"]).to_json()
    words = "Đi thêm" if share > 0 else "Lùi lại"
    return [{"text": f"{words} {size} quãng đường tới đích: "}, aim, {"text": f" ({RULES[row['rule']]} {value}{due})."}]


def _counted(year: int, pairs: Sequence[tuple[Fact, Fact]]) -> Entry:
    """In how many areas a figure went up or down."""
    first, last = pairs[0]
    words = Counter(findings.direction(*pair) for pair in pairs)
    told = [f"{word} ở {words[word]} nơi" for word in ("tăng", "giảm", "giữ nguyên") if words[word]]
    told += [f"chưa chắc tăng hay giảm ở {words['']} nơi"] if words[""] else []
    text = [
        Segment(last.label, last.page, last.id).to_json(),
        {"text": f" ở các huyện, xã, từ {first.when} đến {last.when}: {', '.join(told)}."},
    ]
    cells = tuple(cell for pair in pairs for fact in pair for cell in fact.cells[:1])
    return Entry("move", f"{_anchor('move', year, last)}-noi", text, cells=cells)


def _anchor(group: str, year: int, fact: Fact) -> str:
    return f"{GROUPS[group][0]}-{year}-{fact.id.removeprefix('so-')}"


# Values that are given again


def _changed(context: Context, year: int) -> Iterator[tuple[str, Maker]]:
    """Figures of earlier reports that this one gives otherwise: results after forecasts, other values, final ones."""
    alike: dict[tuple[str, str, str], list[tuple[Fact, Vintage, Vintage]]] = {}
    for fact in _figures(context.facts):
        for old, new in pairwise(fact.vintages):
            if old.edition < year == new.edition and not old.says_as(new):
                alike.setdefault((_what(old, new), fact.indicator, fact.period), []).append((fact, old, new))
    for (group, _, _), changed in alike.items():
        yield group, partial(_otherwise, context, year, group, changed)


def _what(old: Vintage, new: Vintage) -> str:
    if old.status == "F" != new.status:
        return "outturn"
    same = (old.value, old.qualifier) == (new.value, new.qualifier)
    return "settled" if same and new.status == "A" else "revision"


def _otherwise(context: Context, year: int, group: str, changed: list[tuple[Fact, Vintage, Vintage]]) -> Entry:
    """One sentence for figures of one indicator and period: the province's total, or else the first, and how many
    more."""
    changed.sort(key=lambda one: (one[0].area not in _provinces(context.facts), one[0].breakdown != "_T"))
    fact, old, new = changed[0]
    before, after = (_valued(context, fact, vintage, forecast=group == "outturn") for vintage in (old, new))
    words = {
        "outturn": (": dự kiến ", ", kết quả "),
        "revision": (f": báo cáo năm {old.edition} ghi ", f", báo cáo năm {year} ghi "),
        "settled": (": ", ", nay chốt vẫn là "),
    }
    lead, middle = words[group]
    more = f"; {len(changed) - 1} con số khác của cùng chỉ số cũng vậy" if len(changed) > 1 else ""
    text = [*_named(context, fact), {"text": lead}, before, {"text": middle}, after, {"text": f"{more}."}]
    cells = tuple(cell for _, *both in changed for vintage in both for cell in vintage.cells)
    return Entry(group, _anchor(group, year, fact), text, cells=cells)


def _named(context: Context, fact: Fact) -> Text:
    """What a figure counts, where and when, linked to its row."""
    where = "" if fact.area in _provinces(context.facts) else f", {lower_first(context.area(fact.area))}"
    return [Segment(f"{fact.label}{where}, {fact.when}", fact.page, fact.id).to_json()]


def _valued(context: Context, fact: Fact, vintage: Vintage, *, forecast: bool = False) -> dict[str, Any]:
    """What an edition gives for a figure, linked to its place in that edition's source. `forecast`: the sentence says
    already which value was expected."""
    place = context.of(vintage.edition).locator(vintage.locators[0])
    measured = numbers.with_unit(numbers.qualified(vintage.value, vintage.qualifier), fact.unit.symbol)
    status = "" if forecast and vintage.status == "F" else numbers.STATUSES[vintage.status]
    return {**place, "text": f"{measured} ({status})" if status else measured}


# What is told for the first time, or no more


def _new(context: Context, year: int) -> Iterator[tuple[str, Maker]]:
    """Indicators, groups and areas that have a figure for the first time."""
    by_indicator: dict[str, list[Fact]] = {}
    for fact in _figures(context.facts):
        if _since(fact) <= year:
            by_indicator.setdefault(fact.indicator, []).append(fact)
    for facts in by_indicator.values():
        fresh = [fact for fact in facts if _since(fact) == year]
        known = [fact for fact in facts if _since(fact) < year]
        if fresh and not known:
            yield "new", partial(_first_of_all, context, year, fresh)
        for part in ("breakdown", "area") if known else ():
            there = {getattr(fact, part) for fact in known}
            of_part = {getattr(fact, part): fact for fact in fresh if getattr(fact, part) not in there}
            if of_part:
                yield "new", partial(_first_of, context, year, part, list(of_part.values()))


def _first_of_all(context: Context, year: int, fresh: list[Fact]) -> Entry:
    lead = _main(context.facts, fresh)
    value = inline.segment_of(lead, context.facts).to_json()
    rest = f", cùng {len(fresh) - 1} con số khác của chỉ số này" if len(fresh) > 1 else ""
    text = [*_named(context, lead), {"text": ": lần đầu có số, "}, value, {"text": f"{rest}."}]
    return Entry("new", f"{GROUPS['new'][0]}-{year}-{lead.indicator}", text)


def _first_of(context: Context, year: int, part: str, fresh: list[Fact]) -> Entry:
    lead = fresh[0]
    title = Segment(lead.title, lead.page, lead.id, cells=lead.cells).to_json()
    names = [context.area(fact.area) if part == "area" else fact.group for fact in fresh]
    links = [Segment(lower_first(n), f.page, f.id, cells=f.cells).to_json() for n, f in zip(names, fresh, strict=True)]
    named = [piece for link in links for piece in ({"text": "; "}, link)][1:]
    if len(fresh) > FEW:
        named = [{"text": f"{len(fresh)} {'huyện, xã' if part == 'area' else 'nhóm'}"}]
    text = [title, {"text": ": lần đầu có số riêng của "}, *named, {"text": "."}]
    cells = tuple(fact.cells[0] for fact in fresh)
    return Entry("new", f"{GROUPS['new'][0]}-{year}-{lead.indicator}-{part}", text, cells=cells)


def _gone(context: Context, year: int) -> Iterator[tuple[str, Maker]]:
    """Indicators of the report before that this one has no figure of; a draft may still get them."""
    facts = context.facts
    if context.is_draft:
        return
    before = max(edition for edition in facts.editions if edition < year)
    last: dict[str, list[Fact]] = {}
    there = set()
    for fact in _figures(facts):
        editions = {vintage.edition for vintage in fact.vintages}
        there |= {fact.indicator} if year in editions else set()
        if before in editions:
            last.setdefault(fact.indicator, []).append(fact)
    for indicator, figures in last.items():
        if indicator not in there:
            yield "gone", partial(_no_more, context, year, figures)


def _no_more(context: Context, year: int, figures: list[Fact]) -> Entry:
    fact = _main(context.facts, figures)
    link = Segment(lower_first(fact.title), fact.page, fact.id).to_json()
    value = inline.segment_of(fact, context.facts).to_json()
    lead, rest = {"text": f"Báo cáo năm {year} không còn số về "}, {"text": f". Số gần nhất, {fact.when}: "}
    return Entry("gone", f"{GROUPS['gone'][0]}-{year}-{fact.indicator}", [lead, link, rest, value, {"text": "."}])


def _main(facts: Facts, figures: Sequence[Fact]) -> Fact:
    """Of figures of one indicator the one to tell: the province's before others, a total before groups, the newest."""
    return max(figures, key=lambda f: (f.area in _provinces(facts), f.breakdown == "_T", days_of(f.period)[1]))


# What a report says of other things


def _followups(context: Context, year: int) -> Iterator[tuple[str, Maker]]:
    """What a report says of the tasks and requests of earlier ones."""
    for one in commitments.tracked(context.facts):
        row = dict(one.followups).get(year)
        if row is not None:
            yield "followup", partial(_followup, context, year, one, row)


def _followup(context: Context, year: int, one: commitments.Tracked, row: Row) -> Entry:
    name = commitments.word(one.row)
    place = commitments.anchor(context.facts, one)
    link = Segment(f"{name[:1].upper()}{name[1:]} của báo cáo năm {one.edition}", commitments.PAGE, place).to_json()
    text = [link, {"text": f": {commitments.STATES[row['status']][1]}."}]
    meta = [*context.text(row["note_vi"]), *_source(context, row)]
    anchor = f"{GROUPS['followup'][0]}-{year}-{one.edition}-{one.row['commitment']}"
    return Entry("followup", anchor, text, meta, (row.cell, one.row.cell))


def _source(context: Context, row: Row) -> Text:
    return [{"text": " Nguồn: "}, context.locator(row["source_locator"]), {"text": "."}]


def _breaks(context: Context, year: int) -> Iterator[tuple[str, Maker]]:
    """Breaks that a report is the first to tell of."""
    facts = context.facts
    known = {
        (row["indicator"], row["period"])
        for edition in facts.editions
        if edition < year
        for row in facts.rows("breaks", edition)
    }
    for row in facts.rows("breaks", year):
        if (row["indicator"], row["period"]) not in known:
            yield "break", partial(_break, context, year, row)


def _break(context: Context, year: int, row: Row) -> Entry:
    indicator = context.package.table("indicators").by_key[row["indicator"]]
    page = context.target_rows[indicator["targets"][0]]["chapter"]
    name = Segment(indicator["name_vi"], page, cells=(indicator.cell,)).to_json()
    told = f": số từ {numbers.spell_period(row['period'])} trở đi không so được với số trước đó."
    meta = [*context.text(row["reason_vi"]), *_source(context, row)]
    anchor = f"{GROUPS['break'][0]}-{year}-{row['indicator']}-{row['period']}"
    return Entry("break", anchor, [name, {"text": told}], meta, (row.cell,))


# The first report


def first(context: Context, year: int) -> list[Text]:
    """What there is to tell of the first report: how many figures of which kind, and, until there is another, what only
    a later one can tell."""
    own = [fact for fact in _figures(context.facts) if _since(fact) == year]
    counted = Counter(fact.kind for fact in own)
    kinds = [f"{counted[kind]} về {KIND_WORDS[kind]}" for kind in KINDS if counted[kind]]
    lines: list[Text] = [
        [
            {"text": f"Báo cáo năm {year} là báo cáo đầu tiên ở đây, nên không có gì để so. Báo cáo cho "},
            Segment(f"{len(own)} con số", "muc-luc").to_json(),
            {"text": f": {', '.join(kinds)}."},
        ]
    ]
    if any(edition > year and not context.of(edition).is_draft for edition in context.facts.editions):
        return lines
    open_figures = sum(fact.status in gaps.AWAITED for fact in own)
    promised = sum(one.edition == year for one in commitments.tracked(context.facts))
    awaited: Text = []
    if open_figures:
        link = Segment(f"{open_figures} con số chưa chốt", gaps.PAGE).to_json()
        awaited += [link, {"text": " cuối cùng là bao nhiêu; "}]
    if promised:
        link = Segment(f"{promised} nhiệm vụ và đề xuất", commitments.PAGE).to_json()
        awaited += [link, {"text": " đã đến đâu; "}]
    last = {"text": "con số nào lên, con số nào xuống, con số nào bị sửa."}
    return [*lines, [{"text": "Một báo cáo sau có thể cho biết: "}, *awaited, last]]


# Between releases


def corrections(context: Context) -> list[Entry]:
    """What was corrected after it was published, the newest first."""
    facts = context.facts
    told = [(year, row) for year in facts.editions for row in facts.rows("revisions", year)]
    told.sort(key=lambda one: (one[1]["revised_on"], one[0], one[1]["revision"]), reverse=True)
    return [_correction(context.of(year), year, row) for year, row in told]


def _correction(context: Context, year: int, row: Row) -> Entry:
    try:
        fact = context.facts.find(row["about"])
        about = _named(context, fact)
        old, new = (_told_number(row[column], fact) for column in ("old_value", "new_value"))
    except FactError:
        place = row["about"]
        about = [context.locator(place) if place in context.places_in_source else {"text": place}]
        old, new = row["old_value"], row["new_value"]
    day = numbers.spell_date(row["revised_on"])
    text = [*about, {"text": f": {old} sửa thành {new}, ngày {day}."}]
    meta = [*context.text(row["reason_vi"]), {"text": f" Quyết định: {row['decided_by']}."}]
    return Entry("correction", correction_anchor(year, row), text, meta, (row.cell,))


def correction_anchor(year: int, row: Row) -> str:
    """Anchor of a correction on the page."""
    return f"hieu-dinh-{year}-{row['revision']}"


def rewordings(context: Context) -> list[Entry] | None:
    """Indicators whose name, unit or definition was put in other words after an edition was frozen: by the time that
    the next one was, or until now; the newest first. None where none is frozen or git cannot tell what it said."""
    facts = context.facts
    frozen = [year for year in facts.editions if facts.is_frozen(year)]
    known = [(str(year), words) for year in frozen if (words := _words_at(facts, year))]
    if not known:
        return None
    rows = facts.package.table("indicators").rows
    known.append(("", {row["indicator"]: {column: row[column] for column in WORDED} for row in rows}))
    return [
        _reworded(context, indicator, column, (before, old[indicator][column]), (after, new[indicator][column]))
        for (before, old), (after, new) in reversed(list(pairwise(known)))
        for indicator in old
        for column in WORDED
        if indicator in new and old[indicator][column] != new[indicator][column]
    ]


def _words_at(facts: Facts, year: int) -> dict[str, dict[str, str]]:
    """What the columns `WORDED` of the indicators said when an edition was frozen; empty where git cannot tell."""
    root = facts.package.root
    # Where git keeps which commit a tag names.
    for name in (f"refs/tags/{tag_of(year)}", "packed-refs"):
        if path := git(root, "rev-parse", "--git-path", name):
            reads.note_file(str(root / path.decode().strip()))
    told = at_tag(root, year, facts.package.table("indicators").file) or ""
    rows = csv.DictReader(io.StringIO(told, newline=""))
    return {row["indicator"]: {column: row[column] for column in WORDED} for row in rows}


def _reworded(context: Context, indicator: str, column: str, before: tuple[str, str], after: tuple[str, str]) -> Entry:
    row = context.package.table("indicators").by_key.get(indicator)
    units = context.package.table("units").by_key
    (year, was), (later, is_now) = before, after
    if column == "unit":
        was, is_now = (units[code]["name_vi"] if code in units else code for code in (was, is_now))
    name = {"text": indicator}
    if row:
        name = Segment(row["name_vi"], context.target_rows[row["targets"][0]]["chapter"], cells=(row.cell,)).to_json()
    since = f"bản chốt năm {later}" if later else "nay"
    told = f": bản chốt năm {year} viết {WORDED[column]} là “{was}”, {since} viết là “{is_now}”."
    return Entry("rewording", f"viet-lai-{year}-{indicator}-{column.removesuffix('_vi')}", [name, {"text": told}])


def _told_number(cell: str, fact: Fact) -> str:
    """A cell of `revisions` as readers write numbers; as it stands where it is none."""
    try:
        return numbers.with_unit(numbers.format_number(Decimal(cell)), fact.unit.symbol)
    except ArithmeticError:
        return cell
