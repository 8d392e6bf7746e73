"""Figures of one indicator over the years and by area, as small tables below the table of a page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sdgbook.report.facts import Fact
from sdgbook.report.findings import lower_first

if TYPE_CHECKING:
    from sdgbook.report.context import Context


def series_tables(report: Context, figures: Sequence[Fact], listed: Collection[str]) -> Iterator[dict[str, Any]]:
    """Figures of one indicator as tables: of the province, with a row for each period and a column for each group; by
    area, one for each group, with a row for each area and a column for each period.

    Cells of figures whose names are `listed` lead to where these stand, the others are places of their own. A table
    holds `caption`, `head` (of its first column), `columns`, `rows` (`label`, `figures` under the columns, `sources`,
    `notes`), `noted` (whether there are notes) and `sources` (of all rows, where they are not told with each).
    """
    whole = [fact for fact in figures if report.is_provincial(fact)]
    if any(fact.name not in listed for fact in whole):
        yield _over_the_years(report, whole, listed)
    for group in dict.fromkeys(fact.group for fact in figures):
        parts = [fact for fact in figures if fact.group == group and not report.is_provincial(fact)]
        if parts:
            yield _by_area(report, parts, listed)


def _over_the_years(report: Context, figures: Sequence[Fact], listed: Collection[str]) -> dict[str, Any]:
    columns = {fact.group: fact.group or "Giá trị" for fact in figures}
    rows = []
    for period, when in sorted({fact.period: fact.when for fact in figures}.items()):
        found = {fact.group: fact for fact in figures if fact.period == period}
        rows.append({**_row(report, when, found, columns, listed), "sources": _sources(report, found.values())})
    return _table(f"{_measured(figures[0])}, các năm", "Thời gian", columns, rows, [])


def _by_area(report: Context, figures: Sequence[Fact], listed: Collection[str]) -> dict[str, Any]:
    columns = {fact.period: fact.when for fact in sorted(figures, key=lambda fact: fact.period)}
    rows = []
    for area in sorted({fact.area for fact in figures}):
        found = {fact.period: fact for fact in figures if fact.area == area}
        rows.append({**_row(report, report.area(area), found, columns, listed), "sources": []})
    group = f", {lower_first(figures[0].group)}" if figures[0].group else ""
    return _table(f"{_measured(figures[0])}{group}, từng nơi", "Nơi", columns, rows, _sources(report, figures))


def _measured(fact: Fact) -> str:
    return f"{fact.title} ({lower_first(fact.unit.name)})"


def _table(
    caption: str, head: str, columns: dict[str, str], rows: list[dict[str, Any]], sources: list[dict[str, str]]
) -> dict[str, Any]:
    noted = any(any(note.values()) for row in rows for note in row["notes"])
    told = {"caption": caption, "head": head, "columns": list(columns.values())}
    return {**told, "rows": rows, "noted": noted, "sources": sources}


def _row(
    report: Context, label: str, found: dict[str, Fact], columns: dict[str, str], listed: Collection[str]
) -> dict[str, Any]:
    told = [report.figure(fact) for fact in found.values() if fact.name not in listed]
    return {
        "label": label,
        "figures": [_cell(found[key], listed) if key in found else None for key in columns],
        "notes": [{name: figure[name] for name in ("note", "doubts", "earlier")} for figure in told],
    }


def _cell(fact: Fact, listed: Collection[str]) -> dict[str, Any]:
    place = {"id": fact.id, "page": fact.page, "listed": fact.name in listed, "cells": fact.cells}
    return {**place, "value": fact.plain_value, "number": fact.number, "status": fact.marks}


def _sources(report: Context, figures: Iterable[Fact]) -> list[dict[str, str]]:
    return report.locators(dict.fromkeys((fact.edition, fact.locators[0]) for fact in figures))
