"""What the reports leave unknown, computed from the data: a ledger of gaps, and how far each goal is reported.

The ledger's order is that of `KINDS`, what readers need most first: whether lives have changed at all (no outcome
figure, no figure or no base for an objective, an objective in words only), who may be hidden in an average, what may
still change, what is unsure, and what is known only roughly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from sdgbook.data import Row
from sdgbook.data.reads import remember
from sdgbook.report import inline, numbers
from sdgbook.report.context import KIND_WORDS, RULES, Context
from sdgbook.report.facts import Fact, Facts
from sdgbook.report.findings import lower_first
from sdgbook.report.inline import Segment

PAGE = "khoang-trong"


class Kind(NamedTuple):
    """A kind of gap: the beginning of its anchors, the caption of its list, what a summary calls one and several, and
    who would have to say what, where that is the same for all."""

    anchor: str
    caption: str
    one: str
    several: str
    needed: str = ""


KINDS = {
    "no_outcome": Kind(
        "thieu-ket-qua",
        "Mục tiêu chưa có con số nào về kết quả",
        "chưa có số về kết quả",
        "chưa có số về kết quả",
        "cơ quan lập báo cáo cho một con số về đời sống người dân, kèm thời điểm và cách tính",
    ),
    "no_figure": Kind("thieu-so", "Đích chưa có con số nào để đo", "một đích chưa có số", "{} đích chưa có số"),
    "no_base": Kind("thieu-moc", "Đích thiếu mốc để so", "một đích thiếu mốc để so", "{} đích thiếu mốc để so"),
    "in_words": Kind(
        "dich-bang-loi",
        "Đích chỉ nói bằng lời",
        "đích chỉ nói bằng lời",
        "đích chỉ nói bằng lời",
        "cơ quan đặt ra đích cho biết con số nào, đến mức nào, thì đích là đạt",
    ),
    "not_divided": Kind(
        "chua-chia",
        "Con số về kết quả chưa chia nhỏ",
        "kết quả chưa chia theo nhóm người",
        "kết quả chưa chia theo nhóm người",
        "cơ quan lập báo cáo cho các con số ấy của từng nhóm, từng nơi",
    ),
    "not_final": Kind("chua-chot", "Con số chưa chốt", "một con số chưa chốt", "{} con số chưa chốt"),
    "doubt": Kind(
        "con-ngo",
        "Điều còn ngờ",
        "một điều còn ngờ",
        "{} điều còn ngờ",
        "cơ quan lập báo cáo trả lời điều còn ngờ",
    ),
    "rough": Kind(
        "chi-gan-dung",
        "Con số chỉ biết gần đúng",
        "một con số chỉ biết gần đúng",
        "{} con số chỉ biết gần đúng",
        "cơ quan lập báo cáo cho con số đúng",
    ),
    "elsewhere": Kind(
        "noi-khac",
        "Mục tiêu chung do cơ quan khác báo cáo",
        "",
        "",
        "cơ quan được giao các mục tiêu ấy công bố báo cáo của mình",
    ),
}
# Whom a total may hide: the five that this report looks for, out of the eight by which the General Assembly asks the
# global indicators to be disaggregated where relevant (A/RES/71/313, annex).
DIVISIONS = {
    "sex": "giới tính",
    "ethnicity": "dân tộc",
    "age": "độ tuổi",
    "disability": "tình trạng khuyết tật",
    "area": "nơi ở",
}
AWAITED = {"P": "con số cuối cùng", "E": "con số cuối cùng", "F": "kết quả thật"}
# Open SDG's values of `reporting_status`, in its order.
REPORTED = {
    "complete": "Đã có số về kết quả",
    "inprogress": "Mới có số chưa chốt",
    "notstarted": "Chưa có số về kết quả",
}
Text = list[dict[str, Any]]


@dataclass(frozen=True)
class Gap:
    """Something that is not known about targets (none: about the report as a whole): `text` says what, `needed` who
    would have to say what where its kind does not. `id` is its anchor, `rows` are data rows that it comes from."""

    kind: str
    targets: tuple[str, ...]
    id: str
    text: Text
    rows: tuple[Row, ...] = field(default=(), compare=False)
    needed: str = ""


def of_targets(context: Context, targets: Sequence[str]) -> list[Gap]:
    """The gaps of targets that one page tells, in the ledger's order."""
    figures = [fact for fact in context.facts.of_targets(list(targets)) if not fact.is_derived]
    outcomes = [fact for fact in figures if fact.kind == "outcome"]
    aims = [(year, row) for year, row in latest(context.facts, "objectives") if set(row["targets"]) & set(targets)]
    return [
        *_without_outcome(context, targets, figures),
        *(gap for year, row in aims if (gap := _unmeasured(context.of(year), row))),
        *(gap for year, row in aims if (gap := _without_base(context.of(year), row))),
        *_in_words(context, targets, aims),
        *_not_divided(context, targets, outcomes),
        *_not_final(context, figures),
        *_doubts(context, targets),
        *_rough(context, figures),
    ]


def ledger(context: Context) -> list[Gap]:
    """All gaps: by kind, then in the order of the targets; what concerns no target stands last among its kind."""
    found = [gap for targets in pages(context).values() for gap in of_targets(context, targets)]
    found += [*_doubts(context, ()), *_elsewhere(context)]
    order = list(KINDS)
    return sorted(found, key=lambda gap: order.index(gap.kind))


def summary(found: Sequence[Gap]) -> Text:
    """What kinds of gaps these are, and how many of each, linked to the first of them."""
    text: Text = []
    for kind, words in KINDS.items():
        own = [gap for gap in found if gap.kind == kind]
        if own:
            told = words.one if len(own) == 1 else words.several.format(len(own))
            text += [*([{"text": "; "}] if text else []), {"text": told, "page": PAGE, "anchor": own[0].id}]
    return text


def pages(context: Context) -> dict[str, list[str]]:
    """The targets that each page tells, in their order."""
    told: dict[str, list[str]] = {}
    for target, row in context.target_rows.items():
        told.setdefault(row["chapter"], []).append(target)
    return told


def place(page: str) -> str:
    """Anchor of a target page's row in the list of gaps by target."""
    return f"trang-{page.rpartition('/')[2]}"


def latest(facts: Facts, table: str) -> list[tuple[int, Row]]:
    """The rows of a table of all editions, each with the latest edition that has it; in the order of first mention."""

    def find() -> dict[str, tuple[int, Row]]:
        return {row.id: (year, row) for year in facts.editions for row in facts.rows(table, year)}

    return list(remember(facts.kept, ("latest", table), find).values())


def _without_outcome(context: Context, targets: Sequence[str], figures: list[Fact]) -> list[Gap]:
    silent = tuple(t for t in targets if not any(f.kind == "outcome" and t in f.targets for f in figures))
    if not silent:
        return []
    kinds = {fact.kind for fact in figures if set(fact.targets) & set(silent)}
    told = " và ".join(KIND_WORDS[kind] for kind in ("output", "activity") if kind in kinds)
    words = f": báo cáo chỉ có số về {told}." if told else ": báo cáo không có con số nào."
    return [
        Gap(
            "no_outcome",
            silent,
            f"{KINDS['no_outcome'].anchor}-{'-'.join(silent)}",
            [{"text": "; ".join(context.target_rows[target]["name_vi"] for target in silent) + words}],
            tuple(context.target_rows[target] for target in silent),
        )
    ]


def _aim(context: Context, row: Row) -> str:
    """An objective in words and number."""
    told = row["title_vi"]
    if row["value"] is not None:
        told += f": {RULES[row['rule']]} {inline.objective_segment(row['objective'], context.facts).text}"
    return told + (f", hạn {row['due']}" if row["due"] else "")


def _measured(facts: Facts, row: Row) -> list[Fact]:
    """The figures that an objective is about."""
    wanted = (row["breakdown"] or "_T", row["ref_area"])
    return [fact for fact in facts.of_indicator(row["indicator"]) if (fact.breakdown, fact.area) == wanted]


def _unmeasured(context: Context, row: Row) -> Gap | None:
    if not row["indicator"] or _measured(context.facts, row):
        return None
    indicator = context.package.table("indicators").by_key[row["indicator"]]
    when = f" của năm {row['due']} hoặc sau đó" if row["due"] else ""
    return Gap(
        "no_figure",
        tuple(row["targets"]),
        f"{KINDS['no_figure'].anchor}-{row['objective']}",
        [{"text": f"{_aim(context, row)}. Không báo cáo nào cho con số này."}],
        (row, indicator),
        f"Cơ quan lập báo cáo, hay cơ quan giữ con số ấy, cho biết {lower_first(indicator['name_vi'])}{when}.",
    )


def _without_base(context: Context, row: Row) -> Gap | None:
    if row["rule"] != "reduce_by_percent":
        return None
    base = row["baseline_period"]
    if base and (not row["indicator"] or any(f.period == base for f in _measured(context.facts, row))):
        return None
    told, needed = "Báo cáo không nói so với năm nào", "mức giảm tính từ năm nào, và con số của năm ấy"
    if base:
        when = numbers.spell_period(base)
        told, needed = f"Báo cáo lấy {when} làm mốc nhưng không cho con số của mốc", f"con số của {when}"
    return Gap(
        "no_base",
        tuple(row["targets"]),
        f"{KINDS['no_base'].anchor}-{row['objective']}",
        [{"text": f"{_aim(context, row)}. {told}."}],
        (row,),
        f"Cơ quan lập báo cáo cho biết {needed}.",
    )


def _in_words(context: Context, targets: Sequence[str], aims: list[tuple[int, Row]]) -> list[Gap]:
    told = [(year, row) for year, row in aims if row["rule"] == "qualitative"]
    if not told:
        return []
    own = tuple(target for target in targets if any(target in row["targets"] for _, row in told))
    return [
        Gap(
            "in_words",
            own,
            f"{KINDS['in_words'].anchor}-{'-'.join(own)}",
            [{"text": "; ".join(_aim(context.of(year), row) for year, row in told) + "."}],
            tuple(row for _, row in told),
        )
    ]


def _not_divided(context: Context, targets: Sequence[str], outcomes: list[Fact]) -> list[Gap]:
    breakdowns, areas = context.package.table("breakdowns").by_key, context.package.table("areas").by_key
    by_indicator: dict[str, list[Fact]] = {}
    for fact in outcomes:
        by_indicator.setdefault(fact.indicator, []).append(fact)
    alike: dict[tuple[str, ...], list[Fact]] = {}
    for facts in by_indicator.values():
        there = {breakdowns[fact.breakdown]["dimension"] for fact in facts}
        there |= {"area" for fact in facts if areas[fact.area]["level"] != "province"}
        missing = tuple(name for name in DIVISIONS if name not in there)
        if missing:
            alike.setdefault(missing, []).append(facts[0])
    found = []
    for number, (missing, facts) in enumerate(alike.items(), 1):
        own = tuple(target for target in targets if any(target in fact.targets for fact in facts))
        text: Text = []
        for fact in facts:
            name = Segment(fact.title if not text else lower_first(fact.title), fact.page, fact.id, cells=fact.cells)
            text += [*([{"text": "; "}] if text else []), name.to_json()]
        words = " hay ".join(filter(None, [", ".join(DIVISIONS[m] for m in missing[:-1]), DIVISIONS[missing[-1]]]))
        found.append(
            Gap(
                "not_divided",
                own,
                f"{KINDS['not_divided'].anchor}-{'-'.join(own)}" + (f"-{number}" if number > 1 else ""),
                [*text, {"text": f": chưa chia theo {words}."}],
            )
        )
    return found


def _alike(context: Context, figures: Iterable[Fact]) -> list[list[Fact]]:
    """Figures that one line can tell: of one indicator and status; the newest first, the province's total before."""
    areas = context.package.table("areas").by_key
    alike: dict[tuple[str, str], list[Fact]] = {}
    for fact in figures:
        alike.setdefault((fact.indicator, fact.status), []).append(fact)
    for same in alike.values():
        same.sort(key=lambda fact: (areas[fact.area]["level"] != "province", fact.breakdown != "_T"))
        same.sort(key=lambda fact: fact.period, reverse=True)
    return list(alike.values())


def _told(context: Context, same: list[Fact]) -> Text:
    """What the first of some figures that are alike counts, when and where, its value, and how many there are more."""
    fact, more = same[0], len(same) - 1
    areas = context.package.table("areas").by_key
    where = "" if areas[fact.area]["level"] == "province" else f", {lower_first(context.area(fact.area))}"
    value = inline.segment_of(fact, context.facts).to_json()
    rest = f", và {more} con số khác của cùng chỉ số." if more else "."
    return [{"text": f"{fact.label}{where}, {fact.when}: "}, value, {"text": rest}]


def _not_final(context: Context, figures: list[Fact]) -> list[Gap]:
    found = []
    for same in _alike(context, (fact for fact in figures if fact.status in AWAITED)):
        fact, periods = same[0], {other.period for other in same}
        others = " và của những kỳ khác" if len(periods) > 1 else ""
        needed = f"Một báo cáo sau ghi {AWAITED[fact.status]} của {fact.when}{others}."
        anchor = f"{KINDS['not_final'].anchor}-{fact.indicator}-{fact.status.lower()}"
        found.append(Gap("not_final", fact.targets, anchor, _told(context, same), needed=needed))
    return found


def _rough(context: Context, figures: list[Fact]) -> list[Gap]:
    newest = {(f.indicator, f.breakdown, f.area): f.period for f in sorted(figures, key=lambda f: f.period)}
    rough = [f for f in figures if f.qualifier != "exact" and newest[f.indicator, f.breakdown, f.area] == f.period]
    return [
        Gap("rough", same[0].targets, f"{KINDS['rough'].anchor}-{same[0].indicator}", _told(context, same))
        for same in _alike(context, rough)
    ]


def _doubts(context: Context, targets: Sequence[str]) -> list[Gap]:
    """The doubts about these targets' figures and pages; without targets, those about none."""

    def find() -> dict[str, list[Gap]]:
        by_target: dict[str, list[Gap]] = {}
        for year, row in latest(context.facts, "doubts"):
            gap = _doubt(context.of(year), row)
            for target in (gap.targets or ("",)) if gap else ():
                by_target.setdefault(target, []).append(gap)
        return by_target

    told = remember(context.facts.kept, "doubts by target", find)
    return list({gap.id: gap for target in targets or ("",) for gap in told.get(target, ())}.values())


def _doubt(context: Context, row: Row) -> Gap | None:
    """A doubt; None while a draft does not have the figure that it is about."""
    about = row["about"]
    if about in context.places_in_source:
        page = context.rows("sections")[context.places_in_source[about]]["chapter"]
        targets = tuple(target for target, told in context.target_rows.items() if told["chapter"] == page)
        link = context.locator(about)
    elif fact := context.known(about):
        targets, link = fact.targets, inline.segment_of(fact, context.facts).to_json()
    else:
        return None
    text = [*context.text(row["note_vi"]), {"text": " Về: "}, link, {"text": "."}]
    return Gap("doubt", targets, f"{KINDS['doubt'].anchor}-{row['doubt']}", text, (row,))


def _elsewhere(context: Context) -> list[Gap]:
    own = {row["goal"] for row in context.target_rows.values()}
    others = [row for row in context.package.table("goals").rows if row["goal"] not in own]
    if not others:
        return []
    names = "; ".join(f"{row['goal']}. {row['short_vi']}" for row in others)
    return [
        Gap(
            "elsewhere",
            (),
            KINDS["elsewhere"].anchor,
            [{"text": f"Không báo cáo nào ở đây nói về: {names}."}],
            tuple(others),
        )
    ]


def reported(context: Context) -> dict[int, dict[str, int]]:
    """How many of each goal's targets have which reporting status; goals without targets here are left out.

    Open SDG counts so, for each goal, the indicators of each `reporting_status` and their share (open-sdg/open-sdg:
    docs/reporting-status.md; open-sdg/sdg-build: sdg/stats.py). There people choose the status; here it follows from
    the data, and what is counted are the targets of the report, since it does not report by the global indicators:
    `complete` (“reported online”) with a final outcome figure, `inprogress` with outcome figures that are all
    provisional, estimated or forecast, `notstarted` (“exploring data sources”) without any. `notapplicable` is never
    claimed: that other bodies report a goal does not make it inapplicable.
    """
    goals: dict[int, dict[str, int]] = {}
    for target, row in context.target_rows.items():
        outcomes = [f for f in context.facts.of_targets([target]) if f.kind == "outcome" and target in f.targets]
        final = any(fact.status == "A" for fact in outcomes)
        status = "complete" if final else "inprogress" if outcomes else "notstarted"
        goals.setdefault(row["goal"], dict.fromkeys(REPORTED, 0))[status] += 1
    return dict(sorted(goals.items()))


def share(part: int, whole: int) -> str:
    """“3 trong 4 (75%)”, or “không” for none; per cent are whole ones, as Open SDG gives them."""
    if not part:
        return "không"
    return f"{part} trong {whole} ({numbers.rounded(Decimal(100 * part) / whole, 0)}%)"
