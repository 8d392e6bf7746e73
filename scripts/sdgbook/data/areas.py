"""Areas over time: when a unit is valid, what became of it, and what in the tables cannot be true of them.

A unit whose name, rank, parent or territory changes is another unit, with a code and a row of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from sdgbook.data.package import DataPackage, Row
from sdgbook.data.problems import Problem

DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def days_of(period: str) -> tuple[date, date]:
    """First and last day of a time period: a year, or a day."""
    if len(period) == 4:
        return date(int(period), 1, 1), date(int(period), 12, 31)
    day = date.fromisoformat(period)
    return day, day


def validity(area: Row) -> tuple[date, date]:
    """First and last day on which a unit is valid; without end where the table gives none."""
    return area["valid_from"] or date.min, area["valid_to"] or date.max


def overlap(one: tuple[date, date], other: tuple[date, date]) -> bool:
    """Whether two stretches of days have a day in common."""
    return one[0] <= other[1] and other[0] <= one[1]


def check_areas(package: DataPackage) -> list[Problem]:
    """Units that end before they begin, outlive their parent or stand in each other's way; changes that do not fit the
    units' validity; figures of a unit for a time in which there was none."""
    areas = package.table("areas").by_key
    backwards = [row for row in areas.values() if validity(row)[0] > validity(row)[1]]
    problems = [
        row.problem("valid_to", "Đơn vị hết hiệu lực trước khi có.", "Sửa valid_from hoặc valid_to.", kind="area")
        for row in backwards
    ]
    sound = [row for row in areas.values() if row not in backwards]
    return [*problems, *_parents(sound), *_same_place(sound), *_changes(package), *_periods(package, sound)]


def _span(area: Row) -> str:
    """When a unit is valid, as messages tell it."""
    first, last = area["valid_from"], area["valid_to"]
    return f"từ {first or 'trước'} đến {last or 'nay'}"


def _parents(areas: list[Row]) -> Iterator[Problem]:
    sound = {row["area"]: row for row in areas}
    for row in areas:
        parent = sound.get(row["parent"] or "")
        if parent is not None and not (
            validity(parent)[0] <= validity(row)[0] <= validity(row)[1] <= validity(parent)[1]
        ):
            yield row.problem(
                "parent",
                f"“{row['name_vi']}” có {_span(row)}, mà “{parent['name_vi']}” chỉ có {_span(parent)}.",
                "Sửa ngày; đơn vị chuyển sang cấp trên khác là một dòng mới, mã kèm năm.",
                kind="area",
            )


def _same_place(areas: list[Row]) -> Iterator[Problem]:
    """Two units at one time on one tile, or with one name."""
    tiles: dict[tuple, list[Row]] = defaultdict(list)
    names: dict[tuple, list[Row]] = defaultdict(list)
    for row in areas:
        if row["tile_row"] is not None and row["tile_column"] is not None:
            tiles[row["level"], row["tile_row"], row["tile_column"]].append(row)
        names[row["level"], row["parent"], row["name_vi"]].append(row)
    for column, word, groups in (
        ("tile_row", "cùng một ô trên bản đồ", tiles),
        ("name_vi", "cùng tên, cùng cấp", names),
    ):
        for found in groups.values():
            for n, row in enumerate(found):
                twin = next((o for o in found[:n] if overlap(validity(o), validity(row))), None)
                if twin is not None:
                    yield row.problem(
                        column,
                        f"“{row['name_vi']}” và {twin['area']} “{twin['name_vi']}” {word} trong cùng một thời gian.",
                        "Ghi valid_to cho đơn vị cũ, valid_from cho đơn vị mới, hoặc sửa cho khác nhau.",
                        kind="area",
                    )


# How many units a change makes one into: at least and at most, before and after.
NUMBERS = {
    "merged": ((1, 999), (1, 1)),
    "split": ((1, 1), (1, 999)),
    "renamed": ((1, 1), (1, 1)),
    "moved": ((1, 1), (1, 1)),
}


def _changes(package: DataPackage) -> Iterator[Problem]:
    areas = package.table("areas").by_key
    after: dict[str, set[str]] = defaultdict(set)

    def leads_to(code: str, wanted: str) -> bool:
        return code == wanted or any(leads_to(later, wanted) for later in after[code])

    # In the order of their days: the change that closes a circle is told, and no other of it.
    for row in sorted(package.table("areas_changes").rows, key=lambda row: (row["changed_on"] or date.max, row.line)):
        circle = next((code for code in row["from"] if any(leads_to(later, code) for later in row["to"])), None)
        if circle:
            yield row.problem(
                "to",
                f"Theo các dòng thay đổi, đơn vị {circle} thành chính nó.",
                "Đơn vị đổi tên, đổi địa giới hay lập lại là một đơn vị mới, mã kèm năm. Sửa from hoặc to.",
                kind="area",
            )
            continue
        for code in row["from"]:
            after[code].update(row["to"])
        (least, most), (least_after, most_after) = NUMBERS.get(row["kind"], ((1, 999), (0, 0)))
        if not (least <= len(row["from"]) <= most and least_after <= len(row["to"]) <= most_after):
            yield row.problem(
                "kind",
                f"Loại {row['kind']} không hợp với {len(row['from'])} đơn vị trước và {len(row['to'])} đơn vị sau.",
                "merged: một đơn vị sau; split: một đơn vị trước; renamed, moved: một trước, một sau; abolished: "
                "không có đơn vị sau.",
                kind="area",
            )
            continue
        day = row["changed_on"]
        if day is None:
            continue
        # A code that there is not is told of elsewhere.
        wrong = [
            (column, areas[code], date_column, wanted)
            for column, date_column, wanted in (("from", "valid_to", day - DAY), ("to", "valid_from", day))
            for code in row[column]
            if code in areas and areas[code][date_column] != wanted
        ]
        if wrong:
            column, area, date_column, wanted = wrong[0]
            both = len({place[0] for place in wrong}) > 1
            yield row.problem(
                "changed_on" if both else column,
                f"Thay đổi từ ngày {day}, mà ở bảng areas {area['area']} “{area['name_vi']}” có {date_column} là "
                f"“{area[date_column] or ''}”.",
                f"Ghi {date_column} của {area['area']} là {wanted}, hoặc sửa changed_on.",
                kind="area",
            )


def _periods(package: DataPackage, areas: list[Row]) -> Iterator[Problem]:
    bounded = {row["area"]: validity(row) for row in areas if row["valid_from"] or row["valid_to"]}
    for edition in package.editions:
        for row in package.table("observations", edition).rows:
            if row.cells["ref_area"] not in bounded:
                continue
            try:
                days = days_of(row.cells["time_period"])
            except ValueError:
                continue
            if not overlap(days, bounded[row["ref_area"]]):
                area = package.table("areas").by_key[row["ref_area"]]
                yield row.problem(
                    "ref_area",
                    f"Con số của {row['time_period']}, mà {area['area']} “{area['name_vi']}” chỉ có {_span(area)}.",
                    "Ghi mã của đơn vị có trong thời gian ấy, hoặc sửa time_period.",
                    kind="area",
                )
