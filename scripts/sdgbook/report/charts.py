"""Chart specifications (Vega-Lite). Drawing them is the site's work.

Each function returns a specification about 340 px wide, so that its text is still readable on a phone, in
colours that survive a black-and-white printer: solid means measured, hollow means provisional, estimated,
forecast or derived.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap
from typing import Any

from sdgbook.report import findings, numbers
from sdgbook.report.facts import Fact, FactError
from sdgbook.report.quantity import UnitError, same_unit

FONT = "Sdgbook Sans"
INK, BRAND, MUTED, LINE, PAPER = "#1c2733", "#22375c", "#526070", "#c3c8ce", "#fbfaf6"
WIDTH = 330
# Vega's own number format knows no Vietnamese: dots between thousands.
VIETNAMESE_TICKS = "replace(format(datum.value, ',~f'), /,/g, '.')"
SMALL, NORMAL, STRONG = 12, 13, 15
BOLD = {"fontWeight": "bold", "color": INK}
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


Spec = dict[str, Any]


def _layer(rows: Sequence[Spec], mark: str, look: Spec, **encoding: Spec) -> Spec:
    """A mark for each row: `look` is what all have in common, `encoding` what depends on the row."""
    return {"data": {"values": list(rows)}, "mark": {"type": mark, **look}, "encoding": encoding}


def _number(column: str, **how: Any) -> Spec:
    """A position by the number in a column."""
    return {"field": column, "type": "quantitative", **how}


def _order(column: str, **how: Any) -> Spec:
    """A position by a column's rank."""
    return {"field": column, "type": "ordinal", **how}


def _words(column: str) -> Spec:
    return {"field": column, "type": "nominal"}


def _either(column: str, yes: Any, no: Any) -> Spec:
    """One look where a column is true, another where it is not."""
    return {"condition": {"test": f"datum.{column}", "value": yes}, "value": no}


def _scale(low: float, high: float, **how: Any) -> Spec:
    return {"domain": [low, high], "nice": False, **how}


def _finish(**chart: Any) -> Spec:
    """The whole specification in the house style."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "config": {
            "aria": False,
            "axis": {
                "domainColor": LINE,
                "grid": False,
                "labelColor": MUTED,
                "labelFontSize": SMALL,
                "tickColor": LINE,
            },
            "background": "transparent",
            "concat": {"spacing": 14},
            "font": FONT,
            "padding": 2,
            "view": {"stroke": None},
        },
        **chart,
    }


def is_settled(fact: Fact) -> bool:
    """Whether a figure is drawn solid: printed, and neither provisional, estimated nor forecast."""
    return fact.status == "A" and not fact.is_derived


def lines_of(text: str, width: int) -> list[str]:
    """`text` broken into lines of at most `width` characters, never inside a unit or number."""
    return [line.replace("\u00a0", " ") for line in wrap(text, width, break_long_words=False)]


def change(points: Sequence[Fact]) -> Spec:
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
    x = _number("order", axis=None, scale=_scale(-0.5, len(points) - 0.5))
    y = _number("value", axis=None, scale=_scale(0, top))
    zero = _number("zero", axis=None)
    dot = {"filled": True, "size": 130, "strokeWidth": 3, "stroke": BRAND, "opacity": 1}
    layers = [
        _layer(rows[:1], "rule", {"color": LINE}, y=zero),
        _layer(rows, "rule", {"color": LINE}, x=x, y=y, y2={"field": "zero"}),
        _layer(rows, "line", {"color": BRAND, "strokeWidth": 3}, x=x, y=y),
        _layer(rows, "point", dot, x=x, y=y, fill=_either("settled", BRAND, PAPER)),
        _layer(rows, "text", {"dy": -32, "fontSize": STRONG, **BOLD}, x=x, y=y, text=_words("label")),
        _layer(rows, "text", {"dy": -16, "fontSize": SMALL, "color": INK}, x=x, y=y, text=_words("word")),
        _layer(rows, "text", {"dy": 16, "fontSize": NORMAL, "color": INK}, x=x, y=zero, text=_words("when")),
    ]
    return _finish(layer=layers, width=WIDTH, height=190)


def hundred(points: Sequence[Fact], of: str) -> Spec:
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
    x = _number("x", axis=None, scale=_scale(-0.8, len(points) * step - 2.2))
    y = _number("y", axis=None, scale=_scale(-0.8, 9.8, reverse=True))
    square = {"size": 110, "opacity": 1, "strokeWidth": 1.2, "stroke": BRAND}
    layers = [
        _layer(squares, "square", square, x=x, y=y, fill=_either("filled", BRAND, PAPER)),
        _layer(words, "text", {"dy": -20, "fontSize": NORMAL, "color": INK}, x=x, y={"datum": 0}, text=_words("when")),
        _layer(words, "text", {"dy": 24, "fontSize": STRONG, **BOLD}, x=x, y={"datum": 9}, text=_words("count")),
    ]
    return _finish(layer=layers, width=WIDTH, height=165)


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


def _bar_layers(rows: Sequence[Spec], lines: int, top: float, axis: Spec | None) -> list[Spec]:
    """A label above each bar, the bar, and the figure at its end."""
    x, start = (_number(column, title=None, axis=axis, scale=_scale(0, top)) for column in ("value", "zero"))
    y = _order("order", axis=None, scale={"paddingInner": 0, "paddingOuter": 0})
    bar = {"size": 18, "stroke": BRAND, "strokeWidth": 1.5, "yOffset": 9 * lines - 2}
    label = {
        "align": "left",
        "baseline": "bottom",
        "fontSize": NORMAL,
        "color": INK,
        "lineBreak": "\n",
        "lineHeight": 16,
        "dy": 9 * lines - 16 - 16 * (lines - 1),
    }
    value = {"align": "left", "fontSize": NORMAL, **BOLD, "dx": 6, "dy": 9 * lines - 2}
    look = {"fill": _either("settled", BRAND, PAPER), "strokeDash": _either("settled", [1, 0], [4, 3])}
    return [
        _layer(rows, "bar", bar, x=x, y=y, **look),
        _layer(rows, "text", label, x=start, y=y, text=_words("label")),
        _layer(rows, "text", value, x=x, y=y, text=_words("text")),
    ]


def _step(lines: int) -> int:
    return 36 + 17 * lines


def bars(figures: Sequence[Fact], labels: Sequence[str]) -> Spec:
    """Horizontal bars of one unit from zero; `UnitError` when the units differ."""
    same_unit(f.unit for f in figures)
    rows, lines = _bar_rows(figures, labels)
    room = 1 + 0.055 * max(len(row["text"]) for row in rows)
    layers = _bar_layers(rows, lines, (max(row["value"] for row in rows) or 1) * room, None)
    return _finish(layer=layers, width=WIDTH, height=_step(lines) * len(figures))


def panels(figures: Sequence[Fact], labels: Sequence[str]) -> Spec:
    """One bar per panel, each with a scale of its own: for figures that must not be compared by length."""
    charts = []
    for figure, label in zip(figures, labels, strict=True):
        rows, lines = _bar_rows([figure], [label])
        axis = {"tickCount": 3, "labelExpr": VIETNAMESE_TICKS}
        layers = _bar_layers(rows, lines, (float(figure.value) or 1) * 1.7, axis)
        charts.append({"layer": layers, "width": WIDTH, "height": _step(lines)})
    return _finish(vconcat=charts)


def tile_map(tiles: Sequence[Tile]) -> Spec:
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
    x = _number("x", axis=None, scale=_scale(-0.5, columns - 0.5))
    y, text_y = (_number(column, axis=None, scale=_scale(rows - 0.5, -0.5)) for column in ("y", "text_y"))
    square = {"size": (size - GAP) ** 2, "opacity": 1, "stroke": BRAND, "strokeWidth": 1.2}
    name = {"align": "center", "baseline": "middle", "fontSize": SQUARE_TEXT, "lineBreak": "\n", "lineHeight": line}
    ink = _either("marked", "#ffffff", INK)
    layers = [
        _layer(squares, "square", square, x=x, y=y, fill=_either("marked", BRAND, PAPER)),
        _layer(squares, "text", name, x=x, y=text_y, text=_words("text"), color=ink),
    ]
    return _finish(layer=layers, width=size * columns, height=size * rows)


def timeline(events: Sequence[tuple[datetime.date, str]]) -> Spec:
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
    names = ", ".join(f"{day}: {month}" for day, month in zip(months, (1, 4, 7, 10), strict=True))
    axis = {
        "values": months,
        "orient": "top",
        "grid": True,
        "gridColor": LINE,
        "domain": False,
        "title": None,
        "labelAlign": "left",
        "labelExpr": f"'tháng ' + {{{names}}}[datum.value]",
    }
    x = _number("day", axis=axis, scale=_scale(1, 366))
    y = _order("order", axis=None)
    dot = {"filled": True, "size": 60, "color": BRAND, "opacity": 1}
    text = {"fontSize": SMALL, "color": INK}
    late = _layer(rows, "text", {"align": "right", "dx": -8, **text}, x=x, y=y, text=_words("text"))
    early = _layer(rows, "text", {"align": "left", "dx": 8, **text}, x=x, y=y, text=_words("text"))
    layers = [
        _layer(rows, "point", dot, x=x, y=y),
        {**early, "transform": [{"filter": "!datum.left"}]},
        {**late, "transform": [{"filter": "datum.left"}]},
    ]
    return _finish(layer=layers, width=WIDTH, height=24 * len(events))
