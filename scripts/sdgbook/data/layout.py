"""The canonical layout of the package's CSV files: the one form that gives clean diffs."""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sdgbook.data.package import read_descriptor, split_resource

NaturalKey = tuple[tuple[int, int | str], ...]


@lru_cache(maxsize=1 << 16)
def natural(text: str) -> NaturalKey:
    """Sort key that puts 1.2 before 1.10."""
    parts = re.split(r"(\d+)", text)
    return tuple((0, int(p)) if p.isdecimal() else (1, p) for p in parts if p)


def sort_columns(resource: dict[str, Any]) -> list[str]:
    """Columns a table is sorted by: its key, unless the package names others in `rowOrder` (none: as it is)."""
    return resource.get("rowOrder", resource["schema"]["primaryKey"])


def tidy_cell(cell: str) -> str:
    """A cell in Unicode NFC, without spaces around it."""
    return cell.strip() if cell.isascii() else unicodedata.normalize("NFC", cell).strip()


def tidy_list(cell: str, key: Callable[[str], Any]) -> str:
    """A list cell with its items trimmed and in the order of `key`."""
    return "; ".join(sorted((item.strip() for item in cell.split(";") if item.strip()), key=key))


def orders(locators: Sequence[str]) -> Callable[[str], Callable[[str], Any]]:
    """What the cells of a column are sorted by, by its name: places of the source by their order in `locators`."""
    position = {locator: n for n, locator in enumerate(locators)}

    def order(name: str) -> Callable[[str], Any]:
        if name in ("source_locator", "also_at"):
            return lambda cell: (position.get(cell, len(position)), natural(cell))
        return natural

    return order


def canonical(text: str, resource: dict[str, Any], locators: Sequence[str]) -> str:
    """`text`, the content of a CSV file of `resource`, in canonical layout.

    UTF-8 without BOM, LF, commas, as few quotes as possible, NFC, no spaces around cells, list items and rows in
    order. `locators` is the order of the source's places, for columns that hold them. Values are never changed.
    """
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    if not lines:
        return text
    header, rows = [tidy_cell(c) for c in lines[0]], [[tidy_cell(c) for c in line] for line in lines[1:] if line]
    order = orders(locators)
    fields = {f["name"]: f for f in resource["schema"]["fields"]}
    for row in rows:
        for n, name in enumerate(header[: len(row)]):
            if fields.get(name, {}).get("type") == "list":
                row[n] = tidy_list(row[n], order(name))
    columns = [(header.index(c), order(c)) for c in sort_columns(resource) if c in header]
    if all(len(row) == len(header) for row in rows):
        rows.sort(key=lambda row: tuple(key(row[n]) for n, key in columns))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()


def source_order(root: Path, resources: list[dict[str, Any]], edition: int | None) -> list[str]:
    """Locators of an edition in the order of its `sections` file; empty when it cannot be read."""
    for resource in resources:
        if edition is not None and split_resource(resource) == ("sections", edition):
            try:
                with (root / "data" / resource["path"]).open(encoding="utf-8-sig", newline="") as file:
                    return [row[0] for row in list(csv.reader(file))[1:] if row]
            except (OSError, UnicodeDecodeError, csv.Error):
                return []
    return []


def write_canonical(root: Path) -> list[str]:
    """Rewrite every CSV file of the package that is not in canonical layout; returns the files rewritten.

    A file that is not UTF-8 or not CSV is left alone: `sdgbook check` tells what is wrong with it. Each file is
    replaced in one step, so that an interruption loses nothing.
    """
    changed = []
    resources = read_descriptor(root)["resources"]
    for resource in resources:
        path = root / "data" / resource["path"]
        try:
            before = path.read_bytes()
            after = canonical(
                before.decode("utf-8"), resource, source_order(root, resources, split_resource(resource)[1])
            ).encode("utf-8")
        except (OSError, UnicodeDecodeError, csv.Error):
            continue
        if after != before:
            draft = path.with_suffix(".csv.new")
            draft.write_bytes(after)
            os.replace(draft, path)
            changed.append(f"data/{resource['path']}")
    return changed
