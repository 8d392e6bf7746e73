"""The data package in memory: tables of typed rows that remember the line they came from."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from sdgbook.data import reads
from sdgbook.data.problems import Problem, ProblemsFound

DESCRIPTOR = Path("data") / "datapackage.json"
# How cells are written that are not text.
FORMS = {
    "integer": re.compile(r"[+-]?\d+"),
    "number": re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?"),
    "year": re.compile(r"\d{4}"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
}


def find_root(start: Path | None = None) -> Path:
    """The project's folder: the nearest one at or above `start` that holds `data/datapackage.json`.

    Raises `ProblemsFound` when there is none.
    """
    here = (start or Path.cwd()).resolve()
    # Who looks for the project does not depend on the folders that are none.
    with reads.recording():
        for folder in (here, *here.parents):
            if (folder / DESCRIPTOR).is_file():
                return folder
    raise ProblemsFound(
        [
            Problem(
                DESCRIPTOR.as_posix(),
                None,
                None,
                "Không tìm thấy tệp này ở thư mục đang đứng hay thư mục cha.",
                "Chuyển vào thư mục của dự án rồi chạy lại.",
                kind="command",
            )
        ]
    )


class Row(Mapping[str, Any]):
    """One row: typed values by column name, plus `file`, `line` (from 1, the header being line 1) and `id`, the cells
    of its key in one string, by which it is known whichever line it stands on.

    Numbers are `Decimal` with the digits of the file, dates are `datetime.date`, lists are Python lists, an
    empty cell is `None` (an empty list in a list column). Each look at a cell is noted (`sdgbook.data.reads`).
    """

    __slots__ = ("_values", "file", "id", "line")

    def __init__(self, values: dict[str, Any], file: str, line: int, key: list[str]):
        self._values, self.file, self.line = values, file, line
        self.id = "; ".join(str(values[name]) for name in key)

    def __getitem__(self, column: str) -> Any:
        value = self._values[column]
        reads.note(self.file, column, self.id)
        return value

    def __setitem__(self, column: str, value: Any) -> None:
        self._values[column] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, column: object) -> bool:
        return column in self._values

    def filled(self, column: str) -> bool:
        """Whether a cell holds anything, for those who need not know what."""
        reads.note(self.file, column + reads.FILLED, self.id)
        return self._values[column] is not None

    @property
    def cells(self) -> Mapping[str, Any]:
        """The cells for those who look at all of them and whose result nobody keeps: no look is noted."""
        return self._values

    @property
    def cell(self) -> tuple[str, str]:
        """File and key: how pages name the rows that they show."""
        return self.file, self.id

    def problem(self, column: str | None, message: str, remedy: str = "", *, kind: str) -> Problem:
        """A problem at this row's place."""
        return Problem(self.file, self.line, column, message, remedy, kind=kind)


class Keyed(Mapping[Any, Row]):
    """The rows of a table by key: the value itself for a key of one column, else a tuple."""

    def __init__(self, table: Table):
        self._table = table
        self._rows = {self._key_of(row): row for row in table.all_rows}

    def _key_of(self, row: Row) -> Any:
        values = tuple(row._values[name] for name in self._table.key)
        return values if len(values) > 1 else values[0]

    def __getitem__(self, key: Any) -> Row:
        reads.note(self._table.file, reads.EXISTS, "; ".join(map(str, key)) if isinstance(key, tuple) else str(key))
        return self._rows[key]

    def __iter__(self) -> Iterator[Any]:
        reads.note(self._table.file, reads.ROWS, "")
        return iter(self._rows)

    def __len__(self) -> int:
        reads.note(self._table.file, reads.ROWS, "")
        return len(self._rows)


class Table:
    """A table of the package: its description (a Data Resource) and its rows in file order."""

    def __init__(self, name: str, edition: int | None, file: str, resource: dict[str, Any]):
        self.name, self.edition, self.file, self.resource = name, edition, file, resource
        self.all_rows: list[Row] = []

    @property
    def rows(self) -> list[Row]:
        """The rows in file order. That there are these and no others is noted as read (`sdgbook.data.reads`)."""
        reads.note(self.file, reads.ROWS, "")
        return self.all_rows

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The columns' descriptions (Table Schema fields)."""
        return self.resource["schema"]["fields"]

    @property
    def key(self) -> list[str]:
        """Names of the columns that identify a row."""
        return self.resource["schema"]["primaryKey"]

    @cached_property
    def by_key(self) -> Keyed:
        """Rows by key: the value itself for a key of one column, else a tuple."""
        return Keyed(self)

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """Rows by their `id`; not noted as read."""
        return {row.id: row for row in self.all_rows}

    def values(self, column: str, keys: list[str] | None) -> list[Any]:
        """What the cells in `column` hold, as JSON: of all rows (beside their keys) or of those named, None for a row
        that there is not. `column` may be one of the names of `sdgbook.data.reads`. Nothing is noted as read."""
        if keys is None:
            return [[row.id, *([] if column == reads.ROWS else [_plain(row, column)])] for row in self.all_rows]
        if column == reads.EXISTS:
            return [key in self.by_id for key in keys]
        return [_plain(self.by_id[key], column) if key in self.by_id else None for key in keys]

    def as_in(self, root: Path) -> Table:
        """The same table as it is in another copy of the package: without rows where it cannot be read there."""
        table = Table(self.name, self.edition, self.file, self.resource)
        _read_rows(table, root / self.file)
        return table


@dataclass
class DataPackage:
    """All tables, by name for reference tables and by (name, edition) for the tables of one report."""

    root: Path
    descriptor: dict[str, Any]
    tables: dict[tuple[str, int | None], Table]
    # What `reads.digest_of` has found out of it.
    digests: dict[tuple[str, str, Any], str] = attribute(default_factory=dict, repr=False, compare=False)

    @property
    def version(self) -> str:
        """Version of the data, as the package states it."""
        return self.descriptor["version"]

    @cached_property
    def editions(self) -> list[int]:
        """Years of the editions, oldest first."""
        return sorted({edition for _, edition in self.tables if edition is not None})

    def table(self, name: str, edition: int | None = None) -> Table:
        """A table; for the tables of an edition the newest one unless `edition` is given."""
        if (name, None) in self.tables:
            return self.tables[name, None]
        return self.tables[name, edition or self.editions[-1]]

    @cached_property
    def by_file(self) -> dict[str, Table]:
        """Tables by file."""
        return {table.file: table for table in self.tables.values()}

    def line_of(self, file: str, key: str) -> int | None:
        """The line that a row stands on today; None when there is no such row."""
        table = self.by_file.get(file)
        row = table.by_id.get(key) if table else None
        return row.line if row else None

    def has_exactly(self, file: str, keys: set[str]) -> bool:
        """Whether these are the keys of all rows of a table."""
        return file in self.by_file and self.by_file[file].by_id.keys() == keys

    def values(self, file: str, column: str, keys: list[str] | None) -> list[Any]:
        """What `Table.values` gives for the table in `file`; None in a list when there is no such table."""
        return self.by_file[file].values(column, keys) if file in self.by_file else [None]


def _plain(row: Row, column: str) -> Any:
    """A cell as JSON; with the sign of `reads.FILLED` whether it holds anything."""
    if column.endswith(reads.FILLED):
        return row._values.get(column.removesuffix(reads.FILLED)) is not None
    # A column that is gone from the table differs from an empty cell.
    return repr(row._values[column]) if column in row._values else False


def split_resource(resource: dict[str, Any]) -> tuple[str, int | None]:
    """Table name and edition year of a resource, from where its file lies."""
    path = Path(resource["path"])
    match = re.fullmatch(r"editions/(\d{4})", path.parent.as_posix())
    return path.stem, int(match[1]) if match else None


def read_descriptor(root: Path) -> dict[str, Any]:
    """`datapackage.json` as a dict; raises `ProblemsFound` when it is not JSON."""
    path = root / DESCRIPTOR
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
        problem = Problem(
            DESCRIPTOR.as_posix(),
            line,
            column,
            "Tệp không phải là JSON đúng.",
            "Xem lại dấu phẩy, dấu ngoặc ở gần chỗ này.",
            kind="descriptor",
        )
        raise ProblemsFound([problem]) from None


def read_package(root: Path | None = None, *, strict: bool = True) -> DataPackage:
    """Read the whole package of the project at or above `root` (default: the current folder).

    A cell that cannot be read raises `ProblemsFound`, all bad cells at once; when not `strict` it is None, for
    checks that go on to what does not depend on it. Whether cells are allowed is for `sdgbook.data.check` to say.
    """
    root = find_root(root)
    descriptor = read_descriptor(root)
    tables: dict[tuple[str, int | None], Table] = {}
    problems: list[Problem] = []
    for resource in descriptor["resources"]:
        name, edition = split_resource(resource)
        table = tables[name, edition] = Table(name, edition, f"data/{resource['path']}", resource)
        problems += _read_rows(table, root / table.file)
    if strict and problems:
        raise ProblemsFound(problems)
    return DataPackage(root, descriptor, tables)


def _read_rows(table: Table, path: Path) -> list[Problem]:
    """Fill a table from its file; returns what could not be read."""
    remedy = "Chạy `make check` để xem chi tiết."
    problems = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            begins, lines = reader.line_num + 1, []
            for cells in reader:
                lines.append((begins, cells))
                begins = reader.line_num + 1
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        told = f"Không đọc được tệp ({type(error).__name__})."
        return [Problem(table.file, None, None, told, remedy, kind="unreadable")]
    # By name: columns that have changed places are told by the check, and mean what they say.
    places = [(field, header.index(field["name"]) if field["name"] in header else None) for field in table.fields]
    problems += [
        Problem(table.file, 1, field["name"], f"Thiếu cột {field['name']}.", remedy, kind="columns")
        for field, place in places
        if place is None
    ]
    columns = [(field["name"], field, place, {}) for field, place in places]
    for line, cells in lines:
        if not cells:
            continue
        values: dict[str, Any] = {}
        for name, field, place, known in columns:
            cell = cells[place] if place is not None and place < len(cells) else ""
            if cell in known:
                values[name] = known[cell]
                continue
            try:
                values[name] = _typed(cell, field)
                # Lists may be changed by those who read them; all else of one column is the same thing each time.
                if field["type"] != "list":
                    known[cell] = values[name]
            except ValueError:
                values[name] = [] if field["type"] == "list" else None
                problems.append(Problem(table.file, line, name, "Không đọc được ô này.", remedy, kind="unreadable"))
        if len(cells) > len(header):
            problems.append(Problem(table.file, line, None, "Dòng thừa ô.", remedy, kind="row-length"))
        table.all_rows.append(Row(values, table.file, line, table.key))
    return problems


def _typed(cell: str, field: dict[str, Any]) -> Any:
    """A cell as its column's type has it; raises `ValueError` where it is none of that type."""
    kind = field["type"]
    if kind == "list":
        return cell.split(field["delimiter"]) if cell else []
    if not cell:
        return None
    if kind in FORMS and not FORMS[kind].fullmatch(cell):
        raise ValueError(cell)
    return {"integer": int, "year": int, "number": Decimal, "date": date.fromisoformat}.get(kind, str)(cell)
