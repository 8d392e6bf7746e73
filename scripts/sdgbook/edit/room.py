"""Whether words have room where the design gives them little: goal tiles, headline cards, squares of the map.

Widths are those of the bundled font, which is wider than most system fonts; they are in em, the size of the letters.
"""

from __future__ import annotations

from collections.abc import Iterator

from sdgbook.data import Problem, Row
from sdgbook.report import charts, numbers
from sdgbook.report.context import Context, short_area
from sdgbook.report.facts import FactError, Facts
from sdgbook.report.lettering import lines, width

# As sdgbook.css draws them where they are narrowest: `.goals li` leaves 3.46rem for letters of 0.8rem (nine
# in a row on 46rem), with three lines under the number; `.headlines li` 7.5rem for `.big` letters of 1.8rem (360 px).
GOAL_WIDTH, GOAL_LINES = 3.46 / 0.8, 3
HEADLINE_WIDTH = 7.5 / 1.8
SQUARE_WIDTH = (charts.SQUARE - charts.GAP) / charts.SQUARE_TEXT
SQUARE_LINES = (charts.SQUARE - charts.GAP) // charts.SQUARE_LINE


def check_room(facts: Facts) -> list[Problem]:
    """Names and numbers that would stand out of their tile, card or square, or make it grow."""
    return [*_goals(facts), *_headlines(facts), *_squares(facts)]


def _goals(facts: Facts) -> Iterator[Problem]:
    for row in facts.package.table("goals").rows:
        broken = lines(row["short_vi"] or "", 1, GOAL_WIDTH)
        wide = next((line for line in broken if width(line, 1) > GOAL_WIDTH), None)
        if wide or len(broken) > GOAL_LINES:
            yield _too_long(row, "short_vi", row["short_vi"], "ô mục tiêu trên trang chủ")


def _headlines(facts: Facts) -> Iterator[Problem]:
    for row in facts.package.table("headlines", facts.newest).rows:
        try:
            number = numbers.format_number(facts.find(row["fact"] or "").value)
        except FactError:
            continue
        if width(number, 1, bold=True) > HEADLINE_WIDTH:
            yield row.problem(
                "fact", f"Số {number} quá dài cho ô số nổi bật.", "Chọn một con số ngắn hơn.", kind="length"
            )


def _squares(facts: Facts) -> Iterator[Problem]:
    report = Context(facts)
    areas = facts.package.table("areas").by_key
    names: dict[str, list[str]] = {}
    for code, row in areas.items():
        if row["level"] == "district":
            names[code] = charts.lines_of(short_area(row["name_vi"]), charts.SQUARE_LETTERS)
            if any(width(line, 1) > SQUARE_WIDTH for line in names[code]):
                yield _too_long(row, "name_vi", short_area(row["name_vi"]), "ô vuông trên bản đồ")
    seen: set[str] = set()
    filled: dict[tuple[str, str, str], int] = {}
    for place in report.rows("places"):
        # One place marks one district, with the line that stands for it under the district's name.
        district, under = next(iter(report.marked_districts([place]).items()), ("", []))
        for line in under:
            if width(line, 1) > SQUARE_WIDTH and place["area"] not in seen:
                seen.add(place["area"])
                yield _too_long(areas[place["area"]], "name_vi", line, "ô vuông trên bản đồ")
        key = (place["target"], place["what"], district)
        filled[key] = filled.get(key, len(names.get(district, ()))) + len(under)
        if under and filled[key] > SQUARE_LINES:
            yield place.problem(
                "area",
                f"Ô “{short_area(areas[district]['name_vi'])}” trên bản đồ chỉ đủ chỗ cho {SQUARE_LINES} dòng chữ.",
                "Nhiều xã cùng huyện thì ghi mã của huyện.",
                kind="length",
            )


def _too_long(row: Row, column: str, text: str, where: str) -> Problem:
    return row.problem(
        column, f"“{text}” dài quá, không vừa {where}.", "Rút ngắn tên; mỗi chữ phải vừa một dòng.", kind="length"
    )
