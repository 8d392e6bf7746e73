"""Checks of the package's tables by themselves: columns, rows, cells, keys, references. Each cause is told once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sdgbook.data import text
from sdgbook.data.cells import check_cell, folded
from sdgbook.data.form import NEVER_EMPTY, Form, check_layout, read_form
from sdgbook.data.package import DESCRIPTOR, read_descriptor, split_resource
from sdgbook.data.problems import Problem, ProblemsFound, did_you_mean
from sdgbook.data.text import Fault

# A column is wrong as a whole when more than half of its rows are, and at least so many.
WHOLE = 5
# Of a mistake that many rows have alike so many are told one by one.
ONE_BY_ONE = 20
# Addresses in the description: of the web, or of a file below its folder.
ADDRESS = re.compile(
    r"https?://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/#?=&%+-]*)?|[A-Za-z0-9_][A-Za-z0-9_-]*(/[A-Za-z0-9_.-]+)*(\.[a-z]+)?"
)
TYPES = ("string", "integer", "number", "year", "date", "list")


@dataclass
class Checked:
    """What the check of the tables has found: the `problems`, the rows that have one (`spoilt`: file and line, those
    that share one message included), and whether all tables can be read (`readable`)."""

    problems: list[Problem] = field(default_factory=list)
    spoilt: set[tuple[str, int | None]] = field(default_factory=set)
    readable: bool = True


def check_tables(root: Path) -> Checked:
    """All problems of the package's files and of their types, keys and references.

    Raises `ProblemsFound` when the package's description itself cannot be read.
    """
    descriptor = read_descriptor(root)
    if wrong := list(check_descriptor(descriptor)):
        raise ProblemsFound(wrong)
    resources = descriptor["resources"]
    forms = {r["name"]: read_form(root, r) for r in resources}
    empty = {r["name"] for r in resources if not forms[r["name"]].records and split_resource(r)[0] in NEVER_EMPTY}
    asked = {(target, theirs[0]) for r in resources for _, target, theirs in _references(r)}
    known = {r["name"]: _columns(r, forms[r["name"]], asked) for r in resources if r["name"] not in empty}
    orders = {
        split_resource(r)[1]: [cells[0] for _, cells in forms[r["name"]].records if cells]
        for r in resources
        if split_resource(r)[0] == "sections"
    }
    checked = Checked()
    misspelt: dict[str, set[str]] = {}
    # Those that others refer to come first, so that a misspelt key is told there alone.
    for resource in sorted(resources, key=lambda r: len(list(_references(r)))):
        form = forms[resource["name"]]
        if form.readable and form.columns:
            if resource["name"] in empty:
                told = "Bảng không còn dòng nào, chỉ có dòng tiêu đề."
                form.tell(1, None, told, "Lấy lại bản trước của tệp.", "empty-file")
            checked.spoilt |= _check_rows(form, resource, known, misspelt)
            if form.whole and not any(
                p.kind in ("row-length", "columns", "encoding", "blank-row") for p in form.problems
            ):
                check_layout(form, resource, orders.get(split_resource(resource)[1], []))
        checked.problems += form.problems
        checked.spoilt |= {(p.file, p.line) for p in form.problems if p.kind != "layout"}
        checked.readable &= form.whole and resource["name"] not in empty
    return checked


def check_descriptor(descriptor: Any) -> Iterator[Problem]:
    """What the rest relies on in `datapackage.json`: resources with a file of their own, columns with names, types and
    words, keys and references that lead to columns."""

    def wrong(told: str) -> Problem:
        return Problem(DESCRIPTOR.as_posix(), None, None, told, "Trả tệp này về bản trước.", kind="descriptor")

    resources = descriptor.get("resources") if isinstance(descriptor, dict) else None
    if not isinstance(resources, list) or not all(isinstance(r, dict) for r in resources):
        yield wrong("Mô tả gói dữ liệu không có danh sách bảng (resources).")
        return
    if not re.fullmatch(r"\d+\.\d+\.\d+", str(descriptor.get("version"))):
        yield wrong(f"Phiên bản dữ liệu (version) không có dạng số.số.số: “{descriptor.get('version')}”.")
    yield from map(wrong, _words_told(descriptor))
    names = Counter(str(r.get("name")) for r in resources)
    columns: dict[str, set[str]] = {}
    for resource in resources:
        name, path = str(resource.get("name")), str(resource.get("path"))
        if names[name] > 1 or not re.fullmatch(r"(reference|editions/\d{4})/[a-z_]+\.csv", path):
            yield wrong(f"Bảng “{name}” đứng hai lần, hoặc đường dẫn “{path}” không đúng dạng.")
        schema = resource.get("schema")
        fields = schema.get("fields") if isinstance(schema, dict) else None
        if not isinstance(fields, list) or not fields:
            yield wrong(f"Bảng “{name}” không có danh sách cột (schema.fields).")
            continue
        columns[name] = set()
        for one in fields:
            has = one if isinstance(one, dict) else {}
            texts = [has.get(word) for word in ("name", "title", "description")]
            if not all(isinstance(word, str) and word for word in texts) or has.get("type") not in TYPES:
                yield wrong(f"Một cột của bảng “{name}” thiếu name, title, description, hoặc type không được dùng.")
            elif has["type"] == "list" and not has.get("delimiter"):
                yield wrong(f"Cột “{has['name']}” của bảng “{name}” là danh sách mà không nói dấu ngăn (delimiter).")
            columns[name].add(str(has.get("name")))
        key = schema.get("primaryKey")
        if not isinstance(key, list) or not key or not set(key) <= columns[name]:
            yield wrong(f"Khóa (primaryKey) của bảng “{name}” không phải là các cột của nó.")
    if columns.keys() != names.keys():
        return
    for resource in resources:
        for fields, target, theirs in _references(resource):
            if not (set(fields) <= columns[resource["name"]] and set(theirs) <= columns.get(target, set())):
                yield wrong(
                    f"Cột {', '.join(fields)} của bảng “{resource['name']}” trỏ tới cột không có của “{target}”."
                )


def _words_told(descriptor: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the texts and addresses of the description, which readers see and programs follow."""
    waiting: list[tuple[str, Any]] = [("", descriptor)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += [(name, item) for item in value]
        elif isinstance(value, str) and name != "pattern":
            if fault := text.markup(value) or text.odd_character(value):
                yield fault.message
            elif name in ("$schema", "homepage", "path") and not ADDRESS.fullmatch(value):
                yield f"“{value}” không phải là một địa chỉ web hay tên tệp ở đây."


def _references(resource: dict[str, Any]) -> Iterator[tuple[list[str], str, list[str]]]:
    """Columns of a table that refer to another: their names, the table, its columns."""
    for key in resource["schema"].get("foreignKeys", ()):
        yield key["fields"], key["reference"]["resource"] or resource["name"], key["reference"]["fields"]
    for one in resource["schema"]["fields"]:
        if "references" in one:
            yield [one["name"]], one["references"]["resource"], [one["references"]["field"]]


def _columns(resource: dict[str, Any], form: Form, asked: set[tuple[str, str]]) -> dict[str, set[str]]:
    """The values of the columns that others refer to."""
    places = [(n, name) for n, name in enumerate(form.columns) if (resource["name"], name) in asked]
    return {name: {cells[n] for _, cells in form.records if n < len(cells)} for n, name in places}


def _check_rows(
    form: Form,
    resource: dict[str, Any],
    known: Mapping[str, Mapping[str, set[str]]],
    misspelt: dict[str, set[str]],
) -> set[tuple[str, int]]:
    """Note what is wrong with the rows of a table; returns file and line of those that share a message.

    `misspelt` are keys by table that are known to be wrong, as they would be in their usual form: to refer to the right
    one is no mistake. Those of this table are added.
    """
    rows, spoilt = _lengths(form)
    by_name = {f["name"]: f for f in form.fields}
    targets = {
        fields[0]: (target, known[target][theirs[0]])
        for fields, target, theirs in _references(resource)
        if target in known and theirs[0] in known[target]
    }
    faults: dict[tuple[int, str], Fault] = {}
    for place, name in enumerate(form.columns):
        if name is None:
            continue
        one, target = by_name[name], targets.get(name)
        seen: dict[str, Fault | None] = {}
        for line, cells in rows:
            cell = cells[place]
            if cell not in seen:
                seen[cell] = check_cell(cell, one) or (_refers(cell, one, *target, misspelt) if target else None)
            if seen[cell]:
                faults[line, name] = seen[cell]
    key = resource["schema"]["primaryKey"][0]
    if key in form.columns:
        at = form.columns.index(key)
        misspelt[resource["name"]] = {folded(cells[at]) for line, cells in rows if (line, key) in faults}
    whole = _whole_columns(form, rows, faults)
    spoilt |= {(form.file, line) for line, name in faults if name in whole}
    for line, cells in rows:
        own = {name: faults[line, name] for name in form.columns if (line, name) in faults and name not in whole}
        if own:
            _tell_row(form, line, dict(zip(form.columns, cells, strict=True)), own, by_name)
    _keys(form, resource["schema"]["primaryKey"], rows, {line for line, _ in faults})
    return spoilt | _gather(form)


def _lengths(form: Form) -> tuple[list[tuple[int, list[str]]], set[tuple[str, int]]]:
    """The rows that have as many cells as the header, and places of the others; those are told."""
    right = len(form.columns)
    rows, wrong, spoilt = [], [], set()
    for line, cells in form.records:
        if not any(cell.strip() for cell in cells):
            form.tell(line, None, "Dòng trống.", "Xóa dòng này.", "blank-row")
        elif len(cells) == right:
            rows.append((line, cells))
        else:
            wrong.append((line, cells))
            spoilt.add((form.file, line))
    if len(wrong) >= WHOLE and not rows and len({len(cells) for _, cells in wrong}) == 1:
        told = f"Mọi dòng có {len(wrong[0][1])} ô, dòng tiêu đề có {right}: một cột bị thêm hay bớt ở cả bảng."
        form.tell(
            wrong[0][0], None, told, "Lấy lại bản trước, hoặc đưa dữ liệu vào bằng `sdgbook sheet import`.", "shifted"
        )
        return rows, spoilt
    for line, cells in wrong:
        if len(cells) > right:
            told = f"Dòng thừa ô “{cells[right]}”: có {len(cells)} ô, cần {right}."
            form.tell(line, right + 1, told, "Đặt chữ có dấu phẩy trong dấu nháy kép.", "row-length", ",".join(cells))
        else:
            told = f"Dòng thiếu ô: có {len(cells)} ô, cần {right}."
            remedy = "Thêm dấu phẩy cho đủ số cột của dòng đầu."
            form.tell(line, form.columns[len(cells)], told, remedy, "row-length", ",".join(cells))
    return rows, spoilt


def _refers(
    cell: str, one: dict[str, Any], target: str, codes: set[str], misspelt: Mapping[str, set[str]]
) -> Fault | None:
    """A reference to no row of the table `target`, whose keys are `codes`."""
    items = cell.split(one["delimiter"]) if one["type"] == "list" else [cell]
    wrong = misspelt.get(target, ())
    missing = next((item for item in items if item and item not in codes and folded(item) not in wrong), None)
    if missing is None:
        return None
    remedy = did_you_mean(missing, codes) or f"Sửa cho đúng mã, hoặc thêm dòng vào bảng {target} trước."
    kind = "locator" if target.startswith("sections") else "reference"
    return Fault(f"“{missing}” không có trong bảng {target}.", remedy, kind)


def _whole_columns(form: Form, rows: list[tuple[int, list[str]]], faults: Mapping[tuple[int, str], Fault]) -> set[str]:
    """Columns that are wrong as a whole, told in one message."""
    number = Counter(name for _, name in faults)
    whole = [name for name in form.columns if name and number[name] >= WHOLE and number[name] * 2 > len(rows)]
    if whole:
        line = next(line for line, _ in rows if (line, whole[0]) in faults)
        example = faults[line, whole[0]].message
        told = f"Các ô của cột {', '.join(whole)} sai ở {number[whole[0]]} dòng, như ở dòng này: {example}"
        remedy = "Có lẽ cả cột bị lệch hoặc đổi dạng: lấy lại bản trước, hoặc đưa vào bằng `sdgbook sheet import`."
        form.tell(line, whole[0], told, remedy, "shifted")
    return set(whole)


def _tell_row(
    form: Form, line: int, cells: Mapping[str | None, str], faults: Mapping[str, Fault], by_name: Mapping[str, dict]
) -> None:
    """Note the bad cells of one row: one by one, or, where two have only changed places, together."""
    names = list(faults)
    if len(names) == 2 and all(
        fault.kind not in ("empty-cell", "invisible", "look-alike") for fault in faults.values()
    ):
        one, other = names
        swapped = (cells[other], by_name[one]), (cells[one], by_name[other])
        if all(cell and check_cell(cell, column) is None for cell, column in swapped):
            told = f"Ô {one} (“{cells[one]}”) và ô {other} (“{cells[other]}”) đứng nhầm chỗ của nhau."
            form.tell(line, one, told, "Đổi chỗ hai ô.", "shifted", cells[one])
            return
    if len(names) > 2 and len(names) * 2 > len(form.columns):
        told = f"Các ô từ cột {names[0]} của dòng này đứng lệch cột: {faults[names[0]].message}"
        form.tell(line, names[0], told, "So với dòng bên cạnh, đặt mỗi ô vào đúng cột.", "shifted", cells[names[0]])
        return
    for name, fault in faults.items():
        form.tell(line, name, fault.message, fault.remedy, fault.kind, cells[name])


def _keys(form: Form, key: list[str], rows: list[tuple[int, list[str]]], bad: set[int]) -> None:
    """Note rows whose key another row has already."""
    if not set(key) <= set(form.columns):
        return
    places = [form.columns.index(name) for name in key]
    seen: dict[tuple[str, ...], tuple[int, list[str]]] = {}
    for line, cells in rows:
        values = tuple(cells[place] for place in places)
        first = seen.setdefault(values, (line, cells))
        if first[0] == line or line in bad:
            continue
        apart = [name or "" for name, a, b in zip(form.columns, first[1], cells, strict=True) if a != b]
        told = f"Khóa của dòng này đã có ở dòng {first[0]}: {', '.join(values)}."
        if apart:
            told += f" Hai dòng khác nhau ở {', '.join(apart)}."
        remedy = "Mỗi khóa chỉ đứng một lần: xóa dòng thừa hoặc sửa khóa."
        form.tell(line, ", ".join(key), told, remedy, "key", ", ".join(values))


def _gather(form: Form) -> set[tuple[str, int]]:
    """Put problems of very many rows that are of one kind and column into one; returns the places of those put away."""
    number = Counter((p.kind, p.column) for p in form.problems)
    kept, away = [], set()
    for problem in form.problems:
        same = (problem.kind, problem.column)
        if number[same] > ONE_BY_ONE:
            first = next((p for p in kept if (p.kind, p.column) == same), None)
            if first:
                away.add((problem.file, problem.line))
                continue
            more = f"{problem.message} (Và {number[same] - 1} dòng nữa như thế.)"
            problem = Problem(
                problem.file, problem.line, problem.column, more, problem.remedy, kind=problem.kind, found=problem.found
            )
        kept.append(problem)
    form.problems = kept
    return away
