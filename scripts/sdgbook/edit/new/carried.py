"""The tables of a new edition: what is carried over from the newest one, with its years moved on, and what is not.

Rows become rows to fill or strike; texts of the source are carried over with `UNCONFIRMED` behind them, so that
nobody takes them for what the new report says.
"""

from __future__ import annotations

import copy
import csv
import io
import re
from calendar import isleap
from collections.abc import Iterable
from typing import Any

from sdgbook.data import DataPackage, Row
from sdgbook.data.layout import canonical
from sdgbook.data.package import split_resource
from sdgbook.report.drafts import UNCONFIRMED
from sdgbook.report.facts import NAME

Cells = dict[str, Any]
# What the source says at its end of people and bodies: never carried over by name.
NAMES_PEOPLE = {"signature": ("Người ký", "Signature"), "recipients": ("Nơi nhận", "Recipients")}


def moved_period(period: str, years: int) -> str:
    """A time period so many years later: a year, or the same day (the last of February where there is none)."""
    year = int(period[:4]) + years
    day = "-02-28" if period[4:] == "-02-29" and not isleap(year) else period[4:]
    return f"{year}{day}"


def moved_name(name: str, years: int) -> str:
    """A figure's name with its period moved on."""
    match = NAME.fullmatch(name)
    if not match or not match["period"]:
        return name
    return name.replace(f"@{match['period']}", f"@{moved_period(match['period'], years)}")


def moved_years(text: str, old: int, years: int) -> str:
    """A text with the year of a report, and the one after it, moved on; spans such as 2021–2025 stay."""
    return re.sub(rf"(?<![\d/–-])({old}|{old + 1})(?![\d/]|[–-]\d)", lambda match: str(int(match[0]) + years), text)


def resources(package: DataPackage, old: int, new: int) -> list[Cells]:
    """Descriptions of the tables of the edition `new`: those of `old` under other names."""
    found = []
    own = [r for r in package.descriptor["resources"] if split_resource(r)[1] == old]
    names = {r["name"]: re.sub(rf"{old}$", str(new), r["name"]) for r in own}
    for resource in copy.deepcopy(own):
        resource["name"] = names[resource["name"]]
        resource["path"] = resource["path"].replace(f"editions/{old}/", f"editions/{new}/")
        schema = resource["schema"]
        references = [key["reference"] for key in schema.get("foreignKeys", [])]
        references += [field["references"] for field in schema["fields"] if "references" in field]
        for reference in references:
            reference["resource"] = names.get(reference["resource"], reference["resource"])
        found.append(resource)
    return found


def tables(package: DataPackage, old: int, new: int, title: str = "") -> dict[str, str]:
    """The CSV files of the edition `new` by path from `data`, made from the edition `old`; `title` is that of the new
    report, where it is known."""
    years = new - old
    rows: dict[str, list[Cells]] = {
        "edition": [_edition(package.table("edition", old).rows[0], new, title)],
        "sections": [_section(row, old, years) for row in package.table("sections", old).rows],
        "observations": [_observation(row, years) for row in package.table("observations", old).rows],
        "objectives": [
            {**row, "title_vi": f"{row['title_vi']} {UNCONFIRMED}"} for row in package.table("objectives", old).rows
        ],
        "headlines": list(_headlines(package, old, years)),
    }
    locators = [row["locator"] for row in rows["sections"]]
    return {
        resource["path"]: written(resource, rows.get(split_resource(resource)[0], []), locators)
        for resource in resources(package, old, new)
    }


def written(resource: Cells, rows: Iterable[Cells], locators: list[str]) -> str:
    """A table's file in canonical layout."""
    fields = resource["schema"]["fields"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(field["name"] for field in fields)
    writer.writerows([_cell(row[field["name"]]) for field in fields] for row in rows)
    return canonical(out.getvalue(), resource, locators)


def _cell(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def _edition(row: Row, new: int, title: str) -> Cells:
    issuer = f"{row['issuer'].removesuffix(UNCONFIRMED).strip()} {UNCONFIRMED}"
    carried = f"{moved_years(row['source_title'], row['year'], new - row['year'])} {UNCONFIRMED}"
    empty = {"published_on": None, "data_until": None}
    return {**row, "year": new, "issuer": issuer, "source_title": title or carried, **empty, "status": "draft"}


def _section(row: Row, old: int, years: int) -> Cells:
    vi, en = NAMES_PEOPLE.get(row["kind"], (row["title_vi"], row["title_en"]))
    vi, en = (moved_years(text, old, years) for text in (vi, en))
    return {**row, "title_vi": f"{vi} {UNCONFIRMED}", "title_en": en}


def _observation(row: Row, years: int) -> Cells:
    return {
        **dict.fromkeys(row),
        "indicator": row["indicator"],
        "time_period": moved_period(row["time_period"], years),
        "ref_area": row["ref_area"],
        "breakdown": row["breakdown"],
        "obs_status": "O",
        "qualifier": "exact",
        "source_locator": row["source_locator"],
    }


def _headlines(package: DataPackage, old: int, years: int) -> Iterable[Cells]:
    """The headlines that are printed figures, each compared to what it was compared to, where that is one too."""
    position = 0
    for row in package.table("headlines", old).rows:
        fact, before = (_full_name(package, old, row[column]) for column in ("fact", "compare_to"))
        if fact:
            position += 1
            yield {
                "position": position,
                "fact": moved_name(fact, years),
                "compare_to": before and moved_name(before, years),
            }


def _full_name(package: DataPackage, edition: int, name: str | None) -> str | None:
    """The name of a printed figure with its period; None for one that is not printed in this edition."""
    match = NAME.fullmatch(name or "")
    if not match:
        return None
    found = [
        row
        for row in package.table("observations", edition).rows
        if row["indicator"] == match["indicator"]
        and match["breakdown"] in (None, row["breakdown"])
        and match["period"] in (None, row["time_period"])
        and match["area"] in (None, row["ref_area"])
    ]
    if len(found) != 1:
        return None
    return name if match["period"] else with_period(name, found[0]["time_period"])


def with_period(name: str, period: str) -> str:
    """A figure's name that has no period, with one."""
    stem, slash, area = name.partition("/")
    return f"{stem}@{period}{slash}{area}"
