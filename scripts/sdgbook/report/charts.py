"""Chart specifications (Vega-Lite). Drawing them is the site's work.

Each function returns a specification about 340 px wide, so that its text is still readable on a phone, in
colours that survive a black-and-white printer: solid means measured, hollow means provisional, estimated,
forecast or derived.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from textwrap import wrap
from typing import Any

from sdgbook.data.areas import days_of
from sdgbook.report import findings, lettering, numbers
from sdgbook.report.facts import Fact, FactError
from sdgbook.report.numbers import NBSP
from sdgbook.report.progress import first_day, time_of
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
# How many squares stand side by side where their words can be read on a phone.
MAP_COLUMNS = 5


@dataclass(frozen=True)
class Tile:
    """A square of the schematic map: an area's name, its place in the grid, and what is told of it."""

    name: str
    row: int
    column: int
    lines: tuple[str, ...] = ()
    marked: bool = False


@dataclass(frozen=True)
class Goal:
    """What a series should reach: the value, by which year, words for it, and the path that leads there in time, as
    (year, value)."""

    value: float
    due: int
    words: str
    path: tuple[tuple[float, float], ...]


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
        raise FactError("Biểu đồ này cần ít nhất hai con số.", 'Ghi thêm tên, hoặc chọn form="bars".', kind="cell")
    same_unit(p.unit for p in points)
    if any(later.period <= earlier.period for earlier, later in pairwise(points)):
        raise FactError(
            "Các con số của biểu đồ này không nối nhau theo thời gian.", 'Chọn form="bars" hoặc "panels".', kind="cell"
        )
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


# A series over many years: its height, the room above it without and with words about breaks, and how far apart, in
# years, two figures of one moment stand that a break parts.
SERIES_HEIGHT, SERIES_HEAD, PARTED = 190, (34, 50), 0.3
# More than so many years apart, two figures are joined by dots.
STEP = 1.01


def from_zero(values: Sequence[float]) -> bool:
    """Whether the scale of a series begins at zero: not where its moves would then be too small to see."""
    return min(values) < 0 or max(values) - min(values) >= max(values) / 4


def legend(points: Sequence[Fact], goal: Goal | None, expected: Sequence[Decimal]) -> str:
    """What the lines and dots of a series mean, as far as it has them."""
    times = [time_of(p.period) for p in points]
    missing = [str(year) for a, b in pairwise(times) for year in range(int(a) + 1, math.ceil(b)) if b - a > STEP]
    told = [
        "Chấm rỗng: số chưa chốt hoặc dự kiến." if not all(map(is_settled, points)) else "",
        "Hình thoi: số từng được dự kiến." if expected else "",
        f"Nét chấm: không có số của năm {', '.join(missing)}." if missing else "",
        "Nét đứt ngang: đích." if goal else "",
        "Nét chấm mảnh: đường cần đi để kịp đích." if goal and goal.path else "",
        "" if from_zero(_all_values(points, expected, goal)) else "Trục đứng không bắt đầu từ số không.",
    ]
    return " ".join(part for part in told if part)


def _all_values(points: Sequence[Fact], expected: Sequence[Decimal], goal: Goal | None) -> list[float]:
    """Every value that a series draws."""
    path = [goal.value, *(value for _, value in goal.path)] if goal else []
    return [*(float(p.value) for p in points), *map(float, expected), *path]


def series(
    points: Sequence[Fact],
    *,
    breaks: Sequence[tuple[str, str]] = (),
    forecasts: Sequence[tuple[str, Decimal]] = (),
    goal: Goal | None = None,
) -> Spec:
    """Many points of one unit in time: first, last, highest and lowest told, the years between as dots.

    `breaks` are periods from which on figures do not compare with earlier ones, with a word each: no line crosses them.
    `forecasts` are values that were expected for periods whose result is known, drawn hollow beside it. Where years are
    missing, dots lead on.
    """
    same_unit(p.unit for p in points)
    places = _places(points, breaks)
    at = {p.period: x for p, x in zip(points, places, strict=True)}
    values = _all_values(points, [value for _, value in forecasts], goal)
    low = min(0.0, *values) if from_zero(values) else min(values) - (max(values) - min(values)) * 0.4
    head = SERIES_HEAD[bool(breaks)]
    high = max(values) + (max(values) - low) * head / (SERIES_HEIGHT - head) or low + 1
    ends = [*places, *([float(goal.due)] if goal else [])]
    left, right = min(ends) - 0.4, max(ends) + 0.4
    x, y = _number("x", axis=None, scale=_scale(left, right)), _number("y", axis=None, scale=_scale(low, high))
    room = _Room(left, right, low, high)
    dots = [
        {
            "x": at[p.period],
            "y": float(p.value),
            "settled": is_settled(p),
            "label": _label(p),
            "year": _year_words(p.period),
        }
        for p in points
    ]
    cuts = [(_cut(points, places, period), word) for period, word in breaks]
    lines = {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
    steps = [
        {"x": a["x"], "y": a["y"], "x2": b["x"], "y2": b["y"], "whole": b["x"] - a["x"] <= STEP and "F" not in sure}
        for (a, b), sure in zip(
            pairwise(dots), ({one.status, other.status} for one, other in pairwise(points)), strict=True
        )
        if not any(a["x"] < cut < b["x"] for cut, _ in cuts)
    ]
    layers = [_layer([{"y": low}], "rule", {"color": LINE}, y=y)]
    if goal:
        path = [{"x": year, "y": value} for year, value in goal.path]
        end = [{"x": float(goal.due), "y": goal.value, "x2": left}]
        layers += [
            _layer(end, "rule", {"color": INK, "strokeDash": [6, 4]}, x=x, y=y, x2={"field": "x2"}),
            _layer(path, "line", {"color": MUTED, "strokeWidth": 1.5, "strokeDash": [2, 3]}, x=x, y=y),
        ]
        layers.append(_goal_words(goal, room, left, x, y))
        room.trace([(left, goal.value), (float(goal.due), goal.value)], 0.5)
        room.trace([(place["x"], place["y"]) for place in path], 0.2)
    for cut, word in cuts:
        row = {"x": cut, "label": word}
        align = "left" if room.x(cut) < WIDTH / 2 else "right"
        look = {"fontSize": SMALL, "color": MUTED, "align": align, "dx": 5 if align == "left" else -5}
        room.take(room.x(cut) + look["dx"], 8, word, SMALL, align)
        layers.append(_layer([row], "rule", {"color": MUTED, "strokeDash": [1, 2]}, x=x))
        layers.append(_layer([row], "text", look, x=x, y={"value": 8}, text=_words("label")))
    for whole, dash in ((True, [1, 0]), (False, [2, 5])):
        own = [step for step in steps if step["whole"] == whole]
        if own:
            look = {"color": BRAND, "strokeWidth": 3 if whole else 2, "strokeDash": dash}
            layers.append(_layer(own, "rule", look, x=x, y=y, **lines))
    old = [{"x": at[period], "y": float(value)} for period, value in forecasts]
    if old:
        look = {"shape": "diamond", "filled": True, "size": 70, "stroke": MUTED, "fill": PAPER, "opacity": 1}
        layers.append(_layer(old, "point", look, x=x, y=y))
    dot = {"filled": True, "size": 70, "strokeWidth": 2.5, "stroke": BRAND, "opacity": 1}
    layers.append(_layer(dots, "point", dot, x=x, y=y, fill=_either("settled", BRAND, PAPER)))
    for step in steps:
        room.trace([(step["x"], step["y"]), (step["x2"], step["y2"])], 1)
    layers += _told(dots, room, x, y)
    years = {**{dot["x"]: dot["year"] for dot in dots}, **({float(goal.due): str(goal.due)} if goal else {})}
    return _finish(layer=[*layers, *_years(years, dots, goal, room, x)], width=WIDTH, height=SERIES_HEIGHT)


def _goal_words(goal: Goal, room: _Room, left: float, x: Spec, y: Spec) -> Spec:
    """What the objective is, at the end of its line on the side where the path does not come from; at its beginning
    where that side has no room."""
    falls = any(value > goal.value for _, value in goal.path)
    below = falls and room.y(goal.value) + 20 < SERIES_HEIGHT
    at, align = (float(goal.due), "right") if below or not falls else (left, "left")
    dy = 13 if below else -12
    room.take(room.x(at), room.y(goal.value) + dy, goal.words, NORMAL, align)
    look = {"dy": dy, "fontSize": NORMAL, "color": INK, "align": align}
    return _layer([{"x": at, "y": goal.value, "label": goal.words}], "text", look, x=x, y=y, text=_words("label"))


def _places(points: Sequence[Fact], breaks: Sequence[tuple[str, str]]) -> list[float]:
    """Where points stand in time, in years; what a break parts stands apart, though it be of one moment."""
    found: list[float] = []
    for point in points:
        here = time_of(point.period)
        found.append(max(here, found[-1] + PARTED) if found and here - found[-1] < PARTED else here)
    return found


def _cut(points: Sequence[Fact], places: Sequence[float], period: str) -> float:
    """Where a break stands: before the first point of the new series."""
    n = next((n for n, point in enumerate(points) if first_day(point.period) >= first_day(period)), len(points))
    if 0 < n < len(points):
        return max((places[n - 1] + places[n]) / 2, places[n] - 0.5)
    return places[0] - 0.3 if n == 0 else places[-1] + 0.3


def _label(point: Fact) -> str:
    """A figure as its point tells it: without its unit, which the subtitle tells, unless that is short."""
    figure = point.measured if point.unit.symbol == "%" else point.number
    return figure + (f" ({point.status_word})" if point.status_word else "")


def _year_words(period: str) -> str:
    return f"đầu {period[:4]}" if period.endswith("-01-01") else period[:4]


class _Room:
    """The room of a drawing, and what words and lines have taken of it."""

    # What it costs to stand on other words; less than this is a line that is crossed.
    WORDS = 1000

    def __init__(self, left: float, right: float, low: float, high: float):
        self._left, self._right, self._low, self._high = left, right, low, high
        self._taken: list[tuple[tuple[float, float, float, float], float]] = []

    def x(self, place: float) -> float:
        """Pixels from the left."""
        return (place - self._left) / (self._right - self._left) * WIDTH

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return (self._high - value) / (self._high - self._low) * SERIES_HEIGHT

    def _box(self, x: float, y: float, words: str, size: int, align: str) -> tuple[float, float, float, float]:
        wide = lettering.width(words, size, bold=True) + 6
        begin = x - {"left": 0, "center": wide / 2, "right": wide}[align]
        return begin, y - size * 0.75, begin + wide, y + size * 0.75

    def cost(self, x: float, y: float, words: str, size: int, align: str) -> float:
        """How much of what is there already words would hide at a place."""
        left, top, right, bottom = self._box(x, y, words, size, align)
        return sum(
            cost for box, cost in self._taken if left < box[2] and box[0] < right and top < box[3] and box[1] < bottom
        )

    def take(self, x: float, y: float, words: str, size: int, align: str) -> None:
        """Take the room of words."""
        self._taken.append((self._box(x, y, words, size, align), self.WORDS))

    def trace(self, places: Sequence[tuple[float, float]], cost: float) -> None:
        """Take the room of a line through places, so much for each few pixels of it."""
        for (x1, y1), (x2, y2) in pairwise((self.x(place), self.y(value)) for place, value in places):
            many = max(1, int(max(abs(x2 - x1), abs(y2 - y1)) / 5))
            for n in range(many + 1):
                x, y = x1 + (x2 - x1) * n / many, y1 + (y2 - y1) * n / many
                self._taken.append(((x - 2, y - 2, x + 2, y + 2), cost))

    def align(self, x: float, words: str, size: int) -> str:
        """How words stand at a place so that they stay within the drawing."""
        half = lettering.width(words, size, bold=True) / 2
        return "left" if x < half else "right" if x > WIDTH - half else "center"


def _told(dots: Sequence[Spec], room: _Room, x: Spec, y: Spec) -> list[Spec]:
    """The figures of the last, the first, the highest and the lowest point, as far as they have room."""
    values = [dot["y"] for dot in dots]
    chosen = dict.fromkeys((len(dots) - 1, 0, values.index(max(values)), values.index(min(values))))
    layers = []
    for n in chosen:
        near = [values[m] for m in (n - 1, n + 1) if 0 <= m < len(values)]
        side = 17 if all(values[n] < other for other in near) and near else -17
        at, words = room.x(dots[n]["x"]), dots[n]["label"]
        align = room.align(at, words, NORMAL)
        # A little over the line is better than far from the point, and that better than on its other side.
        tried = {side: 0, 2 * side: 3, -side: 6, -2 * side: 9}
        costs = {
            dy: cost + room.cost(at, room.y(values[n]) + dy, words, NORMAL, align)
            for dy, cost in tried.items()
            if 8 < room.y(values[n]) + dy < SERIES_HEIGHT - 4
        }
        dy = min(costs, key=costs.__getitem__)
        if costs[dy] < room.WORDS:
            room.take(at, room.y(values[n]) + dy, words, NORMAL, align)
            look = {"dy": dy, "fontSize": NORMAL, "align": align, **BOLD}
            layers.append(_layer([dots[n]], "text", look, x=x, y=y, text=_words("label")))
    return layers


def _years(years: dict[float, str], dots: Sequence[Spec], goal: Goal | None, room: _Room, x: Spec) -> list[Spec]:
    """A tick for each point, and as many years as have room: the last, the first and the due one before others."""
    ticks = [{"x": place} for place in years]
    first = [dots[-1]["x"], dots[0]["x"], *([float(goal.due)] if goal else [])]
    layers = [_layer(ticks, "rule", {"color": LINE, "y": SERIES_HEIGHT, "y2": SERIES_HEIGHT + 5}, x=x)]
    for place in dict.fromkeys([*first, *years]):
        words, at = years[place], room.x(place)
        align = room.align(at, words, SMALL)
        if room.cost(at, SERIES_HEIGHT + 16, words, SMALL, align) < room.WORDS:
            room.take(at, SERIES_HEIGHT + 16, words, SMALL, align)
            look = {"fontSize": SMALL, "color": INK, "align": align}
            row = [{"x": place, "label": words}]
            layers.append(_layer(row, "text", look, x=x, y={"value": SERIES_HEIGHT + 16}, text=_words("label")))
    return layers


def hundred(points: Sequence[Fact], of: str) -> Spec:
    """For each share a grid of a hundred squares, the rounded share of them filled."""
    if same_unit(p.unit for p in points).dimension != "ratio":
        raise UnitError("Ô vuông một trăm chỉ dùng cho phần trăm.")
    beyond = next((p for p in points if not 0 <= p.value <= 100), None)
    if beyond:
        raise FactError(
            f"“{beyond.name}” là {beyond.measured}, không vẽ được trong một trăm ô.", 'Chọn form="bars".', kind="cell"
        )
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
    words = [[*lines_of(t.name, SQUARE_LETTERS), *t.lines] for t in tiles]
    ink = _either("marked", "#ffffff", INK)
    squares, x, y, text_y, size = _squares(tiles, words)
    square = {"size": (SQUARE - GAP) ** 2, "opacity": 1, "stroke": BRAND, "strokeWidth": 1.2}
    layers = [
        _layer(squares, "square", square, x=x, y=y, fill=_either("marked", BRAND, PAPER)),
        _layer(squares, "text", SQUARE_WORDS, x=x, y=text_y, text=_words("text"), color=ink),
    ]
    return _finish(layer=layers, **size)


SQUARE_WORDS = {
    "align": "center",
    "baseline": "middle",
    "fontSize": SQUARE_TEXT,
    "lineBreak": "\n",
    "lineHeight": SQUARE_LINE,
}


def _squares(tiles: Sequence[Tile], words: Sequence[Sequence[str]]) -> tuple[list[Spec], Spec, Spec, Spec, Spec]:
    """A row for each square with its `words`, the places of squares and words, and the size of the whole."""
    squares = [
        {
            "x": t.column,
            "y": t.row,
            # Text of several lines hangs from its first line: begin higher, so that it stands in the middle.
            "text_y": t.row - (len(lines) - 1) * SQUARE_LINE / 2 / SQUARE,
            "text": "\n".join(lines),
            "marked": t.marked,
        }
        for t, lines in zip(tiles, words, strict=True)
    ]
    columns, rows = max(t.column for t in tiles) + 1, max(t.row for t in tiles) + 1
    x = _number("x", axis=None, scale=_scale(-0.5, columns - 0.5))
    y, text_y = (_number(column, axis=None, scale=_scale(rows - 0.5, -0.5)) for column in ("y", "text_y"))
    return squares, x, y, text_y, {"width": SQUARE * columns, "height": SQUARE * rows}


@dataclass(frozen=True)
class Shaded:
    """A square of the map of values: its figure as written, its step from 0 (None where there is none, or where the
    figure leaves it open), and whether the figure is settled."""

    tile: Tile
    number: str
    step: int | None
    settled: bool


# How many steps a map of values has at most, and how strong each is: pale enough for dark letters on any colour.
STEPS = 4
SHADES, EDGES = (0.0, 0.13, 0.26, 0.4), (0.8, 1.4, 2.0, 2.8)
LEGEND_LINE = 20


def value_map(squares: Sequence[Shaded], legend: Sequence[str], notes: Sequence[str]) -> Spec:
    """Areas as squares in about their places, each with its value, shaded in steps; what each step means stands below,
    and `notes` about dashed and empty squares. An edge that grows with the step tells it without colour."""
    if max(square.tile.column for square in squares) >= MAP_COLUMNS:
        raise FactError(
            f"Bản đồ ô vuông rộng hơn {MAP_COLUMNS} cột, không đọc được trên điện thoại.",
            'Xếp lại tile_column ở bảng areas, hoặc chọn form="ranking".',
            kind="cell",
        )
    words = [[*lines_of(s.tile.name, SQUARE_LETTERS)] for s in squares]
    rows, x, y, text_y, size = _squares([s.tile for s in squares], [[*w, ""] for w in words])
    for row, square, name in zip(rows, squares, words, strict=True):
        wide = lettering.width(square.number, SMALL, bold=True) > SQUARE - GAP - 4
        parts = square.number.split(NBSP) if wide else [square.number]
        lines = len(name) + len(parts)
        top = square.tile.row - (lines - 1) * SQUARE_LINE / 2 / SQUARE
        row |= {
            "text": "\n".join(name),
            "text_y": top,
            "value": "\n".join(parts),
            "value_y": top + (len(name) * SQUARE_LINE + 1) / SQUARE,
            "shade": SHADES[square.step or 0],
            "edge": EDGES[square.step or 0],
            "settled": square.settled,
        }
    value_y = {**text_y, "field": "value_y"}
    look = {"size": (SQUARE - GAP) ** 2, "opacity": 1}
    edge = {"strokeWidth": {"field": "edge", "type": "quantitative", "scale": None, "legend": None}}
    fill = {"fillOpacity": {"field": "shade", "type": "quantitative", "scale": None, "legend": None}}
    layers = [
        _layer(rows, "square", {**look, "fill": PAPER}, x=x, y=y),
        _layer(rows, "square", {**look, "fill": BRAND}, x=x, y=y, **fill),
        _layer(
            rows,
            "square",
            {**look, "fill": None, "stroke": BRAND},
            x=x,
            y=y,
            **edge,
            strokeDash=_either("settled", [1, 0], [4, 3]),
        ),
        _layer(rows, "text", {**SQUARE_WORDS, "color": INK}, x=x, y=text_y, text=_words("text")),
        _layer(rows, "text", {**SQUARE_WORDS, "fontSize": SMALL, **BOLD}, x=x, y=value_y, text=_words("value")),
    ]
    return _finish(vconcat=[{"layer": layers, **size}, _legend(legend, notes, size["width"])])


def _legend(steps: Sequence[str], notes: Sequence[str], width: float) -> Spec:
    """Small squares with what their shade means, one below the other, then notes without square."""
    rows = [{"line": n, "at": 0, "text": text, "shade": SHADES[n], "edge": EDGES[n]} for n, text in enumerate(steps)]
    plain = [{"line": len(rows) + n, "at": 0, "text": text} for n, text in enumerate(notes)]
    lines = len(rows) + len(plain)
    x = _number("at", axis=None, scale=_scale(-9, width - 9))
    y = _number("line", axis=None, scale=_scale(lines - 0.5, -0.5))
    look = {"size": 196, "opacity": 1}
    edge = {"strokeWidth": {"field": "edge", "type": "quantitative", "scale": None, "legend": None}}
    fill = {"fillOpacity": {"field": "shade", "type": "quantitative", "scale": None, "legend": None}}
    said = {"align": "left", "baseline": "middle", "fontSize": SMALL, "color": INK}
    layers = [
        _layer(rows, "square", {**look, "fill": PAPER}, x=x, y=y),
        _layer(rows, "square", {**look, "fill": BRAND}, x=x, y=y, **fill),
        _layer(rows, "square", {**look, "fill": None, "stroke": BRAND}, x=x, y=y, **edge),
        _layer(rows, "text", {**said, "dx": 14}, x=x, y=y, text=_words("text")),
        _layer(plain, "text", {**said, "dx": -7}, x=x, y=y, text=_words("text")),
    ]
    return {"layer": layers, "width": width, "height": LEGEND_LINE * lines}


@dataclass(frozen=True)
class Course:
    """One panel of the small multiples: an area's name, when it is valid if that is to be told, and its figures in
    the order of their periods; those that do not compare with the ones before them stand in `breaks` by their place."""

    name: str
    span: str
    points: Sequence[Fact]
    breaks: frozenset[int] = frozenset()


# A panel's width and height, the room within it for the name above, the curve and the years below, and between panels.
PANEL_WIDTH, PANEL_GAP, NAME_ROOM, CURVE, YEARS_ROOM = 156, 18, 46, 56, 26


def small_multiples(courses: Sequence[Course]) -> Spec:
    """A small chart for each area over the years, all on one scale from zero: hollow points are not settled, a line
    is broken where figures do not compare."""
    same_unit(p.unit for course in courses for p in course.points)
    times = [_time(p.period) for course in courses for p in course.points]
    begin, end = min(times), max(times)
    values = [float(p.value) for course in courses for p in course.points]
    low, high = min(0.0, *values), max(0.0, *values)
    height = NAME_ROOM + CURVE + YEARS_ROOM
    dots: list[Spec] = []
    words: list[Spec] = []
    bases: list[Spec] = []
    for n, course in enumerate(courses):
        left, top = n % 2 * (PANEL_WIDTH + PANEL_GAP), n // 2 * height
        floor = top + NAME_ROOM + CURVE

        def across(period: str, left: float = left) -> float:
            share = (_time(period) - begin) / (end - begin) if end > begin else 0.5
            return left + 14 + share * (PANEL_WIDTH - 28)

        def up(value: float, floor: float = floor) -> float:
            return floor - ((value - low) / (high - low) if high > low else 0) * CURVE

        bases.append({"x": left, "x2": left + PANEL_WIDTH, "y": up(0.0)})
        segment = 0
        for place, point in enumerate(course.points):
            segment += place in course.breaks
            dots.append(
                {
                    "x": across(point.period),
                    "y": up(float(point.value)),
                    "line": f"{n}-{segment}",
                    "settled": is_settled(point),
                }
            )
        words.append({"x": left, "y": top + 10, "text": course.name, "look": "name"})
        words.append({"x": left, "y": top + 24, "text": course.span, "look": "span"})
        words += _ends(course.points, across, up, left, floor + 13)
    size = {"width": 2 * PANEL_WIDTH + PANEL_GAP, "height": height * ((len(courses) + 1) // 2)}
    x, x2 = _number("x", axis=None, scale=_scale(0, size["width"])), {"field": "x2"}
    y = _number("y", axis=None, scale=_scale(size["height"], 0))
    value = {"fontSize": SMALL, "color": INK}
    looks: dict[str, Spec] = {
        "name": {"align": "left", "fontSize": SMALL, **BOLD},
        "span": {"align": "left", "fontSize": SQUARE_TEXT, "color": MUTED},
        "left": {"align": "left", **value},
        "right": {"align": "right", **value},
        "year": {"fontSize": SQUARE_TEXT, "color": MUTED},
    }
    dot = {"filled": True, "size": 34, "strokeWidth": 1.6, "stroke": BRAND, "opacity": 1}
    line = _layer(dots, "line", {"color": BRAND, "strokeWidth": 2}, x=x, y=y, detail=_words("line"))
    layers = [
        _layer(bases, "rule", {"color": LINE}, x=x, x2=x2, y=y),
        line,
        _layer(dots, "point", dot, x=x, y=y, fill=_either("settled", BRAND, PAPER)),
        *(
            _layer([w for w in words if w["look"] == look and w["text"]], "text", style, x=x, y=y, text=_words("text"))
            for look, style in looks.items()
        ),
    ]
    return _finish(layer=layers, **size)


def _ends(
    points: Sequence[Fact], across: Callable[[str], float], up: Callable[[float], float], left: float, years: float
) -> list[Spec]:
    """The first and the last value of a panel and their years: above their points where these are far enough from each
    other, else beside them, where the panel has room."""
    first, last = points[0], points[-1]
    begin, end = across(first.period), across(last.period)
    room = lettering.width(first.number, SMALL) + lettering.width(last.number, SMALL) + 12
    apart = first is last or end - begin + 20 > room
    words = []
    for point in (first,) if first is last else (first, last):
        wide, y = lettering.width(point.number, SMALL), up(float(point.value))
        said = {"y": y - 12, "text": point.number}
        if point is first and (apart or begin - wide - 8 < left):
            words.append({**said, "x": max(left, begin - 10), "look": "left"})
        elif point is first:
            words.append({**said, "x": begin - 8, "y": y, "look": "right"})
        elif apart or end + wide + 8 > left + PANEL_WIDTH:
            words.append({**said, "x": min(left + PANEL_WIDTH, end + 10), "look": "right"})
        else:
            words.append({**said, "x": end + 8, "y": y, "look": "left"})
    told = [(begin, first.period[:4]), (end, last.period[:4])]
    if told[0][1] == told[1][1] or end - begin < 28:
        told = [((begin + end) / 2, "–".join(dict.fromkeys(year for _, year in told)))]
    return words + [{"x": x, "y": years, "text": year, "look": "year"} for x, year in told]


def _time(period: str) -> float:
    """A time period as a number of years: the middle of a year, or a day in it."""
    first, last = days_of(period)
    middle = first + (last - first) / 2
    return middle.year + (middle.timetuple().tm_yday - 1) / 366


def timeline(events: Sequence[tuple[datetime.date, str]]) -> Spec:
    """Dated events, one row each in order of date, over the months of their year."""
    if not events:
        raise FactError(
            "Biểu đồ không có dòng nào: bảng documents không có văn bản nào của năm ấy.", "Bỏ ô mã này.", kind="cell"
        )
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
