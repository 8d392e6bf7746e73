"""What stands where in the workbook: its sheets, their columns, and what the package knew when it was made."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from sdgbook.data.package import FORMS, read_descriptor, split_resource
from sdgbook.data.problems import Problem, ProblemsFound, did_you_mean

# The first sheet says how; the last, hidden, remembers what the package said when the workbook was made.
GUIDE, MEMORY = "Hướng dẫn", "sdgbook"
MARK, VERSION = "sdgbook-sheet", "1"
# Headings for people, then, hidden, the names that columns have in the package.
HEADINGS, NAMES, FIRST = 1, 2, 3
# The most a spreadsheet keeps: characters in a cell, digits in a number.
MOST_CHARACTERS, MOST_DIGITS = 32_767, 15
# Columns that say in words what a row stands for, most telling first.
WORDS = ("name_vi", "title_vi", "expansion_vi")

Cells = list[str]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A column of a sheet: one of the table, or beside a code, to look at only, what the code means."""

    field: dict[str, Any]
    means: bool = False

    @property
    def name(self) -> str:
        """Its name in the hidden row."""
        return f"{self.field['name']}: để xem" if self.means else self.field["name"]

    @property
    def heading(self) -> str:
        """Its name for people."""
        return f"{self.field['title']} (để xem)" if self.means else self.field["title"]


class Tabular:
    """A table of the package as text: the cells of its file as they are written there."""

    def __init__(self, resource: dict[str, Any], rows: list[Cells]):
        self.resource, self.rows = resource, rows
        self.name, self.edition = split_resource(resource)

    @property
    def id(self) -> str:
        """The name by which other tables refer to it."""
        return self.resource["name"]

    @property
    def file(self) -> str:
        """Its file, from the project's folder."""
        return f"data/{self.resource['path']}"

    @property
    def title(self) -> str:
        """The name of its sheet."""
        return self.resource["title"]

    @cached_property
    def fields(self) -> dict[str, dict[str, Any]]:
        """Its columns' descriptions by name."""
        return {field["name"]: field for field in self.resource["schema"]["fields"]}

    @cached_property
    def places(self) -> dict[str, int]:
        """The position of each column in a row, from 0."""
        return {name: n for n, name in enumerate(self.fields)}

    @property
    def key(self) -> list[str]:
        """The columns that identify a row."""
        return self.resource["schema"]["primaryKey"]

    def key_of(self, row: Cells) -> Key:
        """What identifies a row."""
        return tuple(row[self.places[name]] for name in self.key)

    @cached_property
    def by_key(self) -> dict[Key, Cells]:
        """The rows by what identifies them."""
        return {self.key_of(row): row for row in self.rows}

    @property
    def in_order(self) -> bool:
        """Whether the order of the rows means something."""
        return self.resource.get("rowOrder") == []

    @cached_property
    def references(self) -> dict[str, tuple[str, str]]:
        """For each column that holds one code of a table: the table and its column."""
        found = {}
        for key in self.resource["schema"].get("foreignKeys", []):
            if len(key["fields"]) == 1:
                found[key["fields"][0]] = (key["reference"]["resource"] or self.id, key["reference"]["fields"][0])
        return found

    def columns(self, tables: dict[str, Tabular]) -> list[Column]:
        """The columns of its sheet; each code is followed by what it means, where that can be said."""
        found = []
        for name, field in self.fields.items():
            found.append(Column(field))
            if self.meanings(name, tables) is not None:
                found.append(Column(field, means=True))
        return found

    def meanings(self, column: str, tables: dict[str, Tabular]) -> dict[str, str] | None:
        """What the codes of a column mean, in words; None where nothing says it."""
        if column not in self.references:
            return None
        target = tables.get(self.references[column][0])
        words = target and next((target.places[word] for word in WORDS if word in target.places), None)
        if not target or words is None:
            return None
        at = target.places[self.references[column][1]]
        return {row[at]: row[words] for row in target.rows}


def tables_of(root: Path, edition: int) -> dict[str, Tabular]:
    """The tables of an edition and those that all editions share, by their names.

    Raises `ProblemsFound` where one cannot be read as the package describes it.
    """
    found, problems = {}, []
    for resource in read_descriptor(root)["resources"]:
        if split_resource(resource)[1] in (edition, None):
            try:
                table = as_table(resource, (root / "data" / resource["path"]).read_text(encoding="utf-8"))
                found[table.id] = table
            except (OSError, ValueError, csv.Error):
                told = "Không đọc được bảng này."
                file = f"data/{resource['path']}"
                problems.append(Problem(file, None, None, told, "Chạy `make check` để xem vì sao.", kind="unreadable"))
    if problems:
        raise ProblemsFound(problems)
    return dict(sorted(found.items(), key=lambda item: item[1].edition is None))


def as_table(resource: dict[str, Any], text: str) -> Tabular:
    """A table out of the text of its file; raises `ValueError` where its columns or keys are not those described."""
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    table = Tabular(resource, rows)
    if header != list(table.fields) or any(len(row) != len(header) for row in rows) or len(table.by_key) != len(rows):
        raise ValueError(resource["path"])
    return table


def editions_of(root: Path) -> list[int]:
    """The years of all editions, oldest first."""
    return sorted({year for r in read_descriptor(root)["resources"] if (year := split_resource(r)[1]) is not None})


def edition_of(root: Path, edition: int | None) -> int:
    """The edition that is meant: the newest one where none is named. Raises `ProblemsFound` where there is none."""
    years = editions_of(root)
    if edition is None:
        return years[-1]
    if edition not in years:
        remedy = did_you_mean(str(edition), map(str, years))
        raise ProblemsFound(
            [Problem("data/editions", None, None, f"Không có ấn bản {edition}.", remedy, kind="command")]
        )
    return edition


def shown(number: str) -> str:
    """A number of the package as it is typed in Vietnamese."""
    return number.replace(".", ",")


def fits(number: str) -> bool:
    """Whether a spreadsheet can keep a number with all its digits."""
    if not FORMS["number"].fullmatch(number):
        return False
    return len(Decimal(number).as_tuple().digits) <= MOST_DIGITS


# What the hidden sheet remembers: a first line about the workbook, then the rows of every table.


def memory_of(project: str, edition: int, tables: dict[str, Tabular]) -> Iterator[Cells]:
    """The lines of the hidden sheet."""
    lines = [line for table in tables.values() for line in _lines(table)]
    yield [MARK, VERSION, project, str(edition), _digest(lines)]
    yield from lines


def _lines(table: Tabular) -> Iterator[Cells]:
    """A table's heading and rows as JSON, in as many cells as they need: line ends in cells are not left as they are
    by every program."""
    for row in [list(table.fields), *table.rows]:
        text = json.dumps(row, ensure_ascii=True)
        yield [table.id, *(text[n : n + MOST_CHARACTERS] for n in range(0, len(text), MOST_CHARACTERS))]


def _digest(lines: list[Cells]) -> str:
    return hashlib.sha256("\n".join("\t".join(line) for line in lines).encode()).hexdigest()


def remembered(lines: list[Cells], root: Path) -> tuple[int, dict[str, Tabular]]:
    """Edition and tables that a workbook was made from; raises `ValueError` with what is wrong in Vietnamese."""
    if not lines or lines[0][0] != MARK:
        raise ValueError("Tệp này không phải do `sdgbook sheet export` làm ra.")
    _, version, project, edition, digest = (lines[0] + [""] * 5)[:5]
    descriptor = read_descriptor(root)
    if project != descriptor["name"]:
        raise ValueError(f"Tệp này là của dự án khác ({project}).")
    if version != VERSION or digest != _digest(lines[1:]):
        raise ValueError("Trang tính ẩn “sdgbook” của tệp này đã bị sửa hoặc hỏng.")
    rows: dict[str, list[Cells]] = {}
    for name, *chunks in lines[1:]:
        rows.setdefault(name, []).append(json.loads("".join(chunks)))
    resources = {r["name"]: r for r in descriptor["resources"] if split_resource(r)[1] in (int(edition), None)}
    if rows.keys() != resources.keys():
        raise ValueError("Từ khi tệp này được xuất ra, dự án đã thêm hoặc bỏ bảng.")
    tables = {}
    for name, (header, *body) in rows.items():
        table = tables[name] = Tabular(resources[name], body)
        if header != list(table.fields):
            raise ValueError(f"Từ khi tệp này được xuất ra, bảng “{table.title}” đã đổi cột.")
    return int(edition), tables
