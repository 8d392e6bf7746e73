"""The sentence that a chart's figures bear out: its title where the writer gives none, else part of its alternative.

Each function takes the very figures that a chart form draws and returns a sentence without its full stop, with
figures as roles, so that they lead to their source. It says no more than the figures do: with “trên” and “gần”
a direction or a largest figure may be unsure, and then the sentence says so; nothing is added up; figures of
different units are told one after the other and never compared.

With `figures=False` the sentence leaves out the figures, for a place where they follow.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sdgbook.report import numbers
from sdgbook.report.facts import Fact
from sdgbook.report.quantity import POINTS, RATIO, same_unit

TIMES = {2: "gấp đôi", 3: "gấp ba", 4: "gấp bốn"}


def direction(first: Fact, last: Fact) -> str:
    """“tăng”, “giảm” or “giữ nguyên” from one figure to another; empty where their qualifiers leave it open."""
    before, after = first.quantity, last.quantity
    if after.low > before.high:
        return "tăng"
    if after.high < before.low:
        return "giảm"
    return "giữ nguyên" if before.low == before.high == after.low == after.high else ""


def change(points: Sequence[Fact], step: Fact | None = None, *, figures: bool = True) -> str:
    """What happened between the first and the last of these points in time, all of one unit.

    `step` is the figure that the source itself prints for the difference, where it does.
    """
    first, last = points[0], points[-1]
    same_unit((first.unit, last.unit))
    lead, (before, after, *printed) = _lead(last.title, (first, last, *([step] if step else [])))
    word = direction(first, last)
    if not word and first.number == last.number:
        told = f"{before} cho cả {first.when} và {last.when}" if figures else f"cả {first.when} và {last.when}"
        return f"{lead}: báo cáo ghi cùng một mức, {told}"
    if not word:
        told = f"{before} {first.when}, {after} {last.when}; " if figures else ""
        return f"{lead}: {told}chưa chắc tăng hay giảm, vì {_open_words((first, last))}"
    if word == "giữ nguyên":
        return f"{lead} giữ nguyên" + (f" ở mức {after} từ {first.when} đến {last.when}" if figures else "")
    way = "lên" if word == "tăng" else "xuống"
    both = f", từ {before} {first.when} {way} {after} {last.when}" if figures else ""
    size = printed[0] if printed and figures else _size(first, last)
    return f"{lead} {word} {size}".rstrip() + both


def series(results: Sequence[Fact], compared: Sequence[Fact], step: Fact | None = None, *, figures: bool = True) -> str:
    """What happened over the years: between the first and the last of the results that can be compared, and what was
    higher or lower than both on the way. `results` are all, those before a break of the series too."""
    if len(compared) > 1:
        told = change([compared[0], compared[-1]], step, figures=figures)
        between = [
            f"{word} {{fact}}`{compared[n].name}` {compared[n].when}"
            for word, largest in (("cao nhất", True), ("thấp nhất", False))
            for n in _extreme(compared, largest=largest)[:1]
            if 0 < n < len(compared) - 1 and figures
        ]
        return f"{told}; {' và '.join(between)}" if between else told
    if not results:
        return "Mới có số dự kiến, chưa có kết quả"
    last = results[-1]
    lead = f"{last.title} {last.when}" + (f" là {{fact}}`{last.name}`" if figures else "")
    return f"{lead}; chưa so được với những năm trước" if len(results) > 1 else lead


def hundred(points: Sequence[Fact], of: str) -> str:
    """Shares told as so many in a hundred `of`, rounded to whole ones."""
    words = {p.status_word for p in points}
    shared = f" (số {words.pop()})" if len(words) == 1 and words != {""} else ""
    told = [
        f"{p.when} có {in_hundred(p)} {of}" + (f" ({p.status_word})" if p.status_word and not shared else "")
        for p in points
    ]
    return f"{points[0].title}: cứ 100 {of} thì {', '.join(told)}{shared}"


def in_hundred(share: Fact) -> str:
    """A share as whole ones in a hundred: “khoảng 22”, “trên 22”; no word where it is exactly so many."""
    if share.qualifier == "over":
        return f"trên {share.value.to_integral_value(ROUND_FLOOR)}"
    if share.qualifier == "nearly":
        return f"gần {share.value.to_integral_value(ROUND_CEILING)}"
    near = numbers.rounded(share.value, 0)
    return f"{near}" if share.qualifier == "exact" and share.upper is None and near == share.value else f"khoảng {near}"


def bars(points: Sequence[Fact], labels: Sequence[str], *, figures: bool = True) -> str:
    """The largest and the smallest of figures of one unit."""
    unit = same_unit(p.unit for p in points)
    lead, told = _lead("", points)
    if len(points) == 1:
        return _capital(f"{lead}{lower_first(labels[0])}" + (f": {told[0]}" if figures else ""))
    most, least = ("cao nhất", "thấp nhất") if unit.dimension in (RATIO, POINTS) else ("nhiều nhất", "ít nhất")

    def named(chosen: Sequence[int]) -> str:
        names = " và ".join(lower_first(labels[n]) for n in chosen)
        return names + (f": {'cùng ' if len(chosen) > 1 else ''}{told[chosen[0]]}" if figures else "")

    top, bottom = _extreme(points, largest=True), _extreme(points, largest=False)
    if len(top) == len(points):
        return _capital(f"{lead}các số bằng nhau" + (f": {told[0]}" if figures else ""))
    parts = [f"{most} là {named(top)}"] if top else []
    parts += [f"{least} là {named(bottom)}"] if bottom else []
    if not top:
        n = max(range(len(points)), key=lambda n: points[n].quantity.value)
        figure = f" là {told[n]} ({lower_first(labels[n])})" if figures else f": {lower_first(labels[n])}"
        parts.insert(0, f"con số ghi lớn nhất{figure}")
    return _capital(lead + "; ".join(parts))


def panels(points: Sequence[Fact], labels: Sequence[str]) -> str:
    """Figures that must not be compared, one after the other."""
    lead, told = _lead("", points)
    listed = "; ".join(f"{lower_first(label)}: {figure}" for label, figure in zip(labels, told, strict=True))
    return _capital(lead + listed)


def courses(title: str, areas: Sequence[tuple[Sequence[Fact], bool]]) -> str:
    """In how many areas a figure rose or fell from its first to its last value; not told apart where there is one
    value only, the series is broken, or a qualifier leaves the direction open."""
    words = Counter(
        direction(points[0], points[-1]) if len(points) > 1 and not broken else "" for points, broken in areas
    )
    told = [f"{word} ở {words[word]} nơi" for word in ("tăng", "giảm", "giữ nguyên") if words[word]]
    told += [f"chưa so được ở {words['']} nơi"] if words[""] else []
    return f"{title}: {', '.join(told)}"


def timeline(days: Sequence[datetime.date]) -> str:
    """How many numbered and dated documents of one year are told of, and the month that has most of them."""
    months = Counter(day.month for day in days).most_common(2)
    busiest = f", nhiều nhất vào tháng {months[0][0]}" if len(months) == 2 and months[0][1] > months[1][1] else ""
    return f"Báo cáo nhắc đến {len(days)} văn bản có số hiệu ra năm {days[0].year}{busiest}"


def lower_first(text: str) -> str:
    """`text` with a small first letter, for use inside a sentence; an abbreviation keeps its capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lead(title: str, points: Sequence[Fact]) -> tuple[str, list[str]]:
    """How the sentence begins, and each figure in it: a status that all share is told once, at the beginning."""
    words = {p.status_word for p in points}
    if len(words) > 1 or words == {""}:
        return title, [f"{{fact}}`{p.name}`" for p in points]
    told = [numbers.with_unit(f"{{fact-number}}`{p.name}`", p.unit.symbol) for p in points]
    return f"Theo số {words.pop()}, {lower_first(title)}", told


def _open_words(points: Sequence[Fact]) -> str:
    """Why a comparison is unsure."""
    words = dict.fromkeys(f"“{numbers.QUALIFIERS[p.qualifier]}”" for p in points if numbers.QUALIFIERS[p.qualifier])
    return f"báo cáo chỉ ghi {' và '.join(words)}" if words else "có số chỉ biết gần đúng"


def _size(first: Fact, last: Fact) -> str:
    """How much figures differ whose direction is sure: “100 người”, “hơn gấp đôi”; empty where it is not known."""
    times = _times(first, last)
    if times:
        return times
    small, large = sorted((first, last), key=lambda p: p.quantity.value)
    step: Decimal = large.value - small.value
    if step <= 0 or small.upper is not None or large.upper is not None:
        return ""
    unit = "điểm phần trăm" if first.unit.dimension == RATIO else first.unit.symbol
    size = numbers.with_unit(numbers.format_number(numbers.shortest(step)), unit)
    words = {first.qualifier, last.qualifier}
    if words == {"exact"}:
        return size
    if words <= {"exact", "about"}:
        return f"khoảng {size}"
    return f"hơn {size}" if large.quantity.low - small.quantity.high > step * first.unit.factor else ""


def _times(first: Fact, last: Fact) -> str:
    """“gấp đôi”, “hơn gấp đôi”, “gấp 5 lần”, “một nửa”, where every value that the figures allow bears it out.

    Not for shares, whose changes are told in percentage points.
    """
    before, after = first.quantity, last.quantity
    if first.unit.dimension in (RATIO, POINTS) or before.low <= 0 or after.low <= 0:
        return ""
    if before.low == before.high and after.low == after.high and before.low == 2 * after.low:
        return "một nửa"
    if 2 * after.high < before.low:
        return "hơn một nửa"
    if not before.high.is_finite():
        return ""
    times = after.low / before.high
    whole = int(times)
    if whole < 2:
        return ""
    words = TIMES.get(whole, f"gấp {numbers.format_number(Decimal(whole))} lần")
    if times > whole:
        return f"hơn {words}"
    return words if before.low == before.high and after.low == after.high else ""


def _extreme(points: Sequence[Fact], *, largest: bool) -> list[int]:
    """Which figures are the largest (or smallest), several where they are equal; none where that is unsure."""
    found = [p.quantity for p in points]
    best = (max if largest else min)(q.value for q in found)
    chosen = [n for n, q in enumerate(found) if q.value == best]
    if len(chosen) > 1 and any(found[n].low != found[n].high for n in chosen):
        return []
    ends = [found[n].low if largest else found[n].high for n in chosen]
    others = [q.high if largest else q.low for n, q in enumerate(found) if n not in chosen]
    sure = all((end > other) if largest else (end < other) for end in ends for other in others)
    return chosen if sure else []
