"""The data package in memory: tables of typed rows that remember the line they came from."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sdgbook.data.problems import Problem, ProblemsFound

DESCRIPTOR = Path("data") / "datapackage.json"


def find_root(start: Path | None = None) -> Path:
    """The project's folder: the nearest one at or above `start` that holds `data/datapackage.json`.

    Raises `ProblemsFound` when there is none.
    """
    here = (start or Path.cwd()).resolve()
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
            )
        ]
    )


class Row(dict[str, Any]):
    """One row: typed values by column name, plus `file` and `line` (from 1, the header being line 1).

    Numbers are `Decimal` with the digits of the file, dates are `datetime.date`, lists are Python lists, an
    empty cell is `None` (an empty list in a list column).
    """

    __slots__ = ("file", "line")

    def __init__(self, values: dict[str, Any], file: str, line: int):
        super().__init__(values)
        self.file, self.line = file, line

    def problem(self, column: str | None, message: str, remedy: str = "") -> Problem:
        """A problem at this row's place."""
        return Problem(self.file, self.line, column, message, remedy)


@dataclass
class Table:
    """A table of the package: its description (a Data Resource) and its rows in file order."""

    name: str
    edition: int | None
    file: str
    resource: dict[str, Any]
    rows: list[Row] = field(default_factory=list)

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The columns' descriptions (Table Schema fields)."""
        return self.resource["schema"]["fields"]

    @property
    def key(self) -> list[str]:
        """Names of the columns that identify a row."""
        return self.resource["schema"]["primaryKey"]

    @cached_property
    def by_key(self) -> dict[Any, Row]:
        """Rows by key: the value itself for a key of one column, else a tuple."""
        keys = self.key
        if len(keys) == 1:
            return {row[keys[0]]: row for row in self.rows}
        return {tuple(row[k] for k in keys): row for row in self.rows}


@dataclass
class DataPackage:
    """All tables, by name for reference tables and by (name, edition) for the tables of one report."""

    root: Path
    descriptor: dict[str, Any]
    tables: dict[tuple[str, int | None], Table]

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
        )
        raise ProblemsFound([problem]) from None


def frictionless_package(root: Path) -> Any:
    """The package as Frictionless sees it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from frictionless import Package

        return Package((root / DESCRIPTOR).as_posix())


def read_package(root: Path | None = None, *, strict: bool = True) -> DataPackage:
    """Read the whole package of the project at or above `root` (default: the current folder).

    A cell that cannot be read raises `ProblemsFound`, all bad cells at once; when not `strict` it is None, for
    checks that go on to what does not depend on it.
    """
    root = find_root(root)
    descriptor = read_descriptor(root)
    tables: dict[tuple[str, int | None], Table] = {}
    problems: list[Problem] = []
    for source in frictionless_package(root).resources:
        resource = next(r for r in descriptor["resources"] if r["name"] == source.name)
        name, edition = split_resource(resource)
        table = Table(name, edition, f"data/{resource['path']}", resource)
        lists = [f["name"] for f in table.fields if f["type"] == "list"]
        try:
            for row in source.read_rows():
                for error in row.errors:
                    problems.append(
                        Problem(
                            table.file,
                            row.row_number,
                            getattr(error, "field_name", None),
                            "Không đọc được ô này.",
                            "Chạy `make check` để xem chi tiết.",
                        )
                    )
                values = {field["name"]: row.get(field["name"]) for field in table.fields}
                for column in lists:
                    values[column] = values[column] or []
                table.rows.append(Row(values, table.file, row.row_number))
        except Exception as error:
            problems.append(
                Problem(
                    table.file,
                    None,
                    None,
                    f"Không đọc được tệp ({type(error).__name__}).",
                    "Chạy `make check` để xem chi tiết.",
                )
            )
        tables[name, edition] = table
    if strict and problems:
        raise ProblemsFound(problems)
    return DataPackage(root, descriptor, tables)
