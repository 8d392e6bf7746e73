"""Chart specifications (Vega-Lite, through Altair). Drawing them is the site's work.

Each function returns a specification about 340 px wide, so that its text is still readable on a phone, in
colours that survive a black-and-white printer: solid means measured, hollow means provisional, estimated,
forecast or derived.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from sdgbook.report import findings, numbers
from sdgbook.report.facts import Fact, FactError
from sdgbook.report.quantity import UnitError, same_unit

if TYPE_CHECKING:
    import altair as alt

FONT = "Sdgbook Sans"
INK, BRAND, MUTED, LINE, PAPER = "#1c2733", "#22375c", "#526070", "#c3c8ce", "#fbfaf6"
WIDTH = 330
# Vega's own number format knows no Vietnamese: dots between thousands.
VIETNAMESE_TICKS = "replace(format(datum.value, ',~f'), /,/g, '.')"
SMALL, NORMAL, STRONG = 12, 13, 15
# The schematic map: distance of its squares, the gap between them, size and line height of their letters, and after
# how many letters a district's name is broken.
SQUARE, GAP, SQUARE_TEXT, SQUARE_LINE, SQUARE_LETTERS = 66, 6, 10, 13, 10


@dataclass(frozen=True)
class Tile:
    """A square of the schematic map: an area's name, its place in the grid, and what is told of it."""

    name: str
    row: int
    column: int
    lines: tuple[str, ...] = ()
    marked: bool = False


def _trusted(draw: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A chart whose parts Altair does not try against Vega-Lite's whole schema, which takes most of its time: they are
    always the same, and the tests try them."""

    @wraps(draw)
    def drawn(*args: Any) -> dict[str, Any]:
        # Half a second to import, for those who draw no chart.
        global alt
        import altair as alt
        from altair.utils import schemapi

        with schemapi.debug_mode(False):
            return draw(*args)

    return drawn


def _chart(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    """A chart of these rows. No data frame: every encoding names its type, so there is nothing to be found out."""
    return alt.Chart(alt.InlineData(values=list(rows)))


def _finish(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """The specification as plain data, in the house style."""
    styled = (
        chart.configure(font=FONT, aria=False, background="transparent", padding=2)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=SMALL, labelColor=MUTED, domainColor=LINE, tickColor=LINE, grid=False)
        .configure_concat(spacing=14)
    )
    return styled.to_dict(format="vega-lite", validate=False)


def is_settled(fact: Fact) -> bool:
    """Whether a figure is drawn solid: printed, and neither provisional, estimated nor forecast."""
    return fact.status == "A" and not fact.is_derived


def lines_of(text: str, width: int) -> list[str]:
    """`text` broken into lines of at most `width` characters, never inside a unit or number."""
    return [line.replace("\u00a0", " ") for line in wrap(text, width, break_long_words=False)]


@_trusted
def change(points: Sequence[Fact]) -> dict[str, Any]:
    """Two or more points of one unit in time, joined by a line, on a scale that begins at zero."""
    if len(points) < 2:
        raise FactError("Biểu đồ này cần ít nhất hai con số.", 'Ghi thêm tên, hoặc chọn form="bars".')
    same_unit(p.unit for p in points)
    if any(later.period <= earlier.period for earlier, later in pairwise(points)):
        raise FactError("Các con số của biểu đồ này không nối nhau theo thời gian.", 'Chọn form="bars" hoặc "panels".')
    rows = [
        {
            "order": n,
            "zero": 0,
            "value": float(p.value),
            "when": p.when,
            "label": p.measured,
            "word": f"({p.status_word})" if p.status_word else "",
            "settled": is_settled(p),
        }
        for n, p in enumerate(points)
    ]
    top = (max(row["value"] for row in rows) or 1) * 1.35
    x = alt.X("order:Q", axis=None, scale=alt.Scale(domain=[-0.5, len(points) - 0.5], nice=False))
    y = alt.Y("value:Q", axis=None, scale=alt.Scale(domain=[0, top], nice=False))
    base = _chart(rows)
    stems = base.mark_rule(color=LINE).encode(x=x, y=y, y2="zero:Q")
    floor = _chart(rows[:1]).mark_rule(color=LINE).encode(y=alt.Y("zero:Q", axis=None))
    line = base.mark_line(color=BRAND, strokeWidth=3).encode(x=x, y=y)
    dots = base.mark_point(filled=True, size=130, strokeWidth=3, stroke=BRAND, opacity=1).encode(
        x=x, y=y, fill=alt.condition(alt.datum.settled, alt.value(BRAND), alt.value(PAPER))
    )
    value = base.mark_text(dy=-32, fontSize=STRONG, fontWeight="bold", color=INK).encode(x=x, y=y, text="label:N")
    word = base.mark_text(dy=-16, fontSize=SMALL, color=INK).encode(x=x, y=y, text="word:N")
    when = base.mark_text(dy=16, fontSize=NORMAL, color=INK).encode(x=x, y=alt.Y("zero:Q", axis=None), text="when:N")
    layers = alt.layer(floor, stems, line, dots, value, word, when)
    return _finish(layers.properties(width=WIDTH, height=190))


@_trusted
def hundred(points: Sequence[Fact], of: str) -> dict[str, Any]:
    """For each share a grid of a hundred squares, the rounded share of them filled."""
    if same_unit(p.unit for p in points).dimension != "ratio":
        raise UnitError("Ô vuông một trăm chỉ dùng cho phần trăm.")
    beyond = next((p for p in points if not 0 <= p.value <= 100), None)
    if beyond:
        raise FactError(f"“{beyond.name}” là {beyond.measured}, không vẽ được trong một trăm ô.", 'Chọn form="bars".')
    step = 12
    squares = [
        {"x": n * step + i % 10, "y": i // 10, "filled": i < int(numbers.rounded(p.value, 0))}
        for n, p in enumerate(points)
        for i in range(100)
    ]
    words = [
        {
            "x": n * step + 4.5,
            "when": p.when + (f" ({p.status_word})" if p.status_word else ""),
            "count": f"{findings.in_hundred(p)} {of}",
        }
        for n, p in enumerate(points)
    ]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.8, len(points) * step - 2.2], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-0.8, 9.8], reverse=True, nice=False))
    cells = (
        _chart(squares)
        .mark_square(size=110, opacity=1, strokeWidth=1.2, stroke=BRAND)
        .encode(x=x, y=y, fill=alt.condition(alt.datum.filled, alt.value(BRAND), alt.value(PAPER)))
    )
    text = _chart(words)
    head = text.mark_text(dy=-20, fontSize=NORMAL, color=INK).encode(x=x, y=alt.datum(0), text="when:N")
    foot = text.mark_text(dy=24, fontSize=STRONG, fontWeight="bold", color=INK).encode(
        x=x, y=alt.datum(9), text="count:N"
    )
    return _finish(alt.layer(cells, head, foot).properties(width=WIDTH, height=165))


def _bar_rows(figures: Sequence[Fact], labels: Sequence[str]) -> tuple[list[dict[str, Any]], int]:
    """A row for each bar, and how many lines the longest label has."""
    wrapped = [lines_of(label, 46) for label in labels]
    most = max(map(len, wrapped))
    # Short labels stand close to their bar: empty lines go above them.
    wrapped = [[""] * (most - len(lines)) + lines for lines in wrapped]
    rows = [
        {
            "order": n,
            "zero": 0,
            "value": float(f.value),
            "label": "\n".join(lines),
            "text": f.text,
            "settled": is_settled(f),
        }
        for n, (f, lines) in enumerate(zip(figures, wrapped, strict=True))
    ]
    return rows, most


def _bar_layers(rows: Sequence[dict[str, Any]], lines: int, top: float, axis: alt.Axis | None) -> list[alt.Chart]:
    """A label above each bar, the bar, and the figure at its end."""
    base = _chart(rows)
    scale = alt.Scale(domain=[0, top], nice=False)
    x, start = (alt.X(column, title=None, axis=axis, scale=scale) for column in ("value:Q", "zero:Q"))
    y = alt.Y("order:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    bars = base.mark_bar(size=18, stroke=BRAND, strokeWidth=1.5, yOffset=9 * lines - 2).encode(
        x=x,
        y=y,
        fill=alt.condition(alt.datum.settled, alt.value(BRAND), alt.value(PAPER)),
        strokeDash=alt.condition(alt.datum.settled, alt.value([1, 0]), alt.value([4, 3])),
    )
    label = base.mark_text(
        align="left",
        baseline="bottom",
        fontSize=NORMAL,
        color=INK,
        lineBreak="\n",
        lineHeight=16,
        dy=9 * lines - 16 - 16 * (lines - 1),
    ).encode(x=start, y=y, text="label:N")
    value = base.mark_text(align="left", fontSize=NORMAL, fontWeight="bold", color=INK, dx=6, dy=9 * lines - 2).encode(
        x=x, y=y, text="text:N"
    )
    return [bars, label, value]


def _step(lines: int) -> int:
    return 36 + 17 * lines


@_trusted
def bars(figures: Sequence[Fact], labels: Sequence[str]) -> dict[str, Any]:
    """Horizontal bars of one unit from zero; `UnitError` when the units differ."""
    same_unit(f.unit for f in figures)
    rows, lines = _bar_rows(figures, labels)
    room = 1 + 0.055 * max(len(row["text"]) for row in rows)
    chart = alt.layer(*_bar_layers(rows, lines, (max(row["value"] for row in rows) or 1) * room, None))
    return _finish(chart.properties(width=WIDTH, height=_step(lines) * len(figures)))


@_trusted
def panels(figures: Sequence[Fact], labels: Sequence[str]) -> dict[str, Any]:
    """One bar per panel, each with a scale of its own: for figures that must not be compared by length."""
    charts = []
    for figure, label in zip(figures, labels, strict=True):
        rows, lines = _bar_rows([figure], [label])
        axis = alt.Axis(tickCount=3, labelExpr=VIETNAMESE_TICKS)
        layers = _bar_layers(rows, lines, (float(figure.value) or 1) * 1.7, axis)
        charts.append(alt.layer(*layers).properties(width=WIDTH, height=_step(lines)))
    return _finish(alt.vconcat(*charts))


@_trusted
def tile_map(tiles: Sequence[Tile]) -> dict[str, Any]:
    """The districts as squares in about their places; marked ones are dark and name what is there."""
    size, line = SQUARE, SQUARE_LINE
    words = [[*lines_of(t.name, SQUARE_LETTERS), *t.lines] for t in tiles]
    squares = [
        {
            "x": t.column,
            "y": t.row,
            # Text of several lines hangs from its first line: begin higher, so that it stands in the middle.
            "text_y": t.row - (len(lines) - 1) * line / 2 / size,
            "text": "\n".join(lines),
            "marked": t.marked,
        }
        for t, lines in zip(tiles, words, strict=True)
    ]
    columns, rows = max(t.column for t in tiles) + 1, max(t.row for t in tiles) + 1
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.5, columns - 0.5], nice=False))
    down = alt.Scale(domain=[rows - 0.5, -0.5], nice=False)
    y, text_y = (alt.Y(column, axis=None, scale=down) for column in ("y:Q", "text_y:Q"))
    base = _chart(squares)
    cells = base.mark_square(size=(size - GAP) ** 2, opacity=1, stroke=BRAND, strokeWidth=1.2).encode(
        x=x, y=y, fill=alt.condition(alt.datum.marked, alt.value(BRAND), alt.value(PAPER))
    )
    names = base.mark_text(
        align="center", baseline="middle", fontSize=SQUARE_TEXT, lineBreak="\n", lineHeight=line
    ).encode(x=x, y=text_y, text="text:N", color=alt.condition(alt.datum.marked, alt.value("#ffffff"), alt.value(INK)))
    return _finish(alt.layer(cells, names).properties(width=size * columns, height=size * rows))


@_trusted
def timeline(events: Sequence[tuple[datetime.date, str]]) -> dict[str, Any]:
    """Dated events, one row each in order of date, over the months of their year."""
    if not events:
        raise FactError("Biểu đồ không có dòng nào: bảng documents không có văn bản nào của năm ấy.", "Bỏ ô mã này.")
    events = sorted(events)
    year = events[0][0].year
    rows = [
        {
            "order": n,
            "day": day.timetuple().tm_yday,
            "text": f"{day.day}/{day.month} · {name}",
            "left": day.timetuple().tm_yday > 180,
        }
        for n, (day, name) in enumerate(events)
    ]
    months = [datetime.date(year, month, 1).timetuple().tm_yday for month in (1, 4, 7, 10)]
    axis = alt.Axis(
        values=months,
        orient="top",
        grid=True,
        gridColor=LINE,
        domain=False,
        title=None,
        labelAlign="left",
        labelExpr=f"'tháng ' + {{{', '.join(f'{d}: {m}' for d, m in zip(months, (1, 4, 7, 10), strict=True))}}}"
        "[datum.value]",
    )
    x = alt.X("day:Q", axis=axis, scale=alt.Scale(domain=[1, 366], nice=False))
    y = alt.Y("order:O", axis=None)
    base = _chart(rows)
    dots = base.mark_point(filled=True, size=60, color=BRAND, opacity=1).encode(x=x, y=y)
    text = base.mark_text(fontSize=SMALL, color=INK)
    right = text.transform_filter("!datum.left").mark_text(align="left", dx=8, fontSize=SMALL, color=INK)
    left = text.transform_filter("datum.left").mark_text(align="right", dx=-8, fontSize=SMALL, color=INK)
    layers = alt.layer(dots, right.encode(x=x, y=y, text="text:N"), left.encode(x=x, y=y, text="text:N"))
    return _finish(layers.properties(width=WIDTH, height=24 * len(events)))
