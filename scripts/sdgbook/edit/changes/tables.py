"""Tables cell by cell, as text: what stands in them, whether it makes sense or not."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import Any

from sdgbook.data.package import DESCRIPTOR
from sdgbook.edit.changes.found import ADDED, REMOVED, Cell, Record
from sdgbook.edit.changes.trees import Tree

Rows = dict[str, tuple[int, dict[str, str]]]


def compare(before: Tree, after: Tree) -> tuple[list[Cell], list[Record], list[str]]:
    """Cells that changed, rows, columns and tables that came or went, and what could not be compared."""
    old, new = _resources(before), _resources(after)
    cells: list[Cell] = []
    records: list[Record] = []
    unread: list[str] = []
    for file in sorted(old.keys() | new.keys()):
        if file not in old or file not in new:
            change = ADDED if file in new else REMOVED
            records.append(Record(change, file))
            tree, resource = (after, new[file]) if file in new else (before, old[file])
            rows, _, _ = _rows(tree, file, resource)
            records += [Record(change, file, key, cells=row, line=line) for key, (line, row) in rows.items()]
            continue
        if before.file(file) == after.file(file):
            continue
        rows_before, columns_before, wrong_before = _rows(before, file, old[file])
        rows_after, columns_after, wrong_after = _rows(after, file, new[file])
        if wrong := wrong_before or wrong_after:
            unread.append(f"{file}: {wrong}")
            continue
        records += [Record(REMOVED, file, column=c) for c in columns_before if c not in columns_after]
        records += [Record(ADDED, file, column=c) for c in columns_after if c not in columns_before]
        prose = {f["name"] for f in new[file]["schema"]["fields"] if f.get("content") == "prose"}
        for key in [*rows_before, *(key for key in rows_after if key not in rows_before)]:
            (_, one), (line, other) = rows_before.get(key, (0, {})), rows_after.get(key, (0, {}))
            if not one or not other:
                change, at, row = (ADDED, line, other) if other else (REMOVED, rows_before[key][0], one)
                records.append(Record(change, file, key, cells=row, line=at))
                continue
            for column in columns_after:
                if column in one and one[column] != other[column]:
                    cells.append(Cell(file, key, column, one[column], other[column], line, column in prose))
    return cells, records, unread


def descriptor(tree: Tree) -> dict[str, Any]:
    """`datapackage.json`; empty where it cannot be read."""
    try:
        told = json.loads((tree.file(DESCRIPTOR.as_posix()) or b"{}").decode("utf-8"))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _resources(tree: Tree) -> dict[str, dict[str, Any]]:
    """The tables that a tree's description names, by file."""
    return {f"data/{r['path']}": r for r in descriptor(tree).get("resources", []) if "path" in r and "schema" in r}


def _rows(tree: Tree, file: str, resource: dict[str, Any]) -> tuple[Rows, list[str], str]:
    """Rows by the cells of their key (a second one with the same key gets a number), the columns, and what is wrong."""
    raw = tree.file(file)
    if raw is None:
        return {}, [], f"không có tệp này ở {tree.name}."
    try:
        lines = list(csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True))
    except (ValueError, csv.Error):
        return {}, [], f"không đọc được tệp này ở {tree.name}."
    columns = lines[0] if lines else []
    names = resource["schema"].get("primaryKey") or columns[:1]
    if not set(names) <= set(columns) or len(set(columns)) < len(columns):
        return (
            {},
            columns,
            f"thiếu cột {', '.join(n for n in names if n not in columns) or 'hoặc trùng cột'} ở {tree.name}.",
        )
    seen: Counter[str] = Counter()
    found: Rows = {}
    for line, cells in enumerate(lines[1:], 2):
        row = dict(zip(columns, [*cells, *[""] * (len(columns) - len(cells))], strict=False))
        key = "; ".join(row[name] for name in names)
        seen[key] += 1
        found[key if seen[key] == 1 else f"{key} ({seen[key]})"] = (line, row)
    return found, columns, ""
