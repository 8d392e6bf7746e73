"""What chapters and reports share: the figures, the order of the source, and how rows become plain data."""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any

from sdgbook.data import DataPackage, Row
from sdgbook.data.areas import overlap, validity
from sdgbook.data.reads import remembered
from sdgbook.report import charts, inline, numbers
from sdgbook.report.blocks import Block
from sdgbook.report.facts import NAME, Fact, FactError, Facts, Unfilled, Vintage, table_of
from sdgbook.report.findings import lower_first
from sdgbook.report.inline import Segment, to_json

RULES = {"at_least": "ít nhất", "over": "trên", "at_most": "nhiều nhất", "reduce_by_percent": "giảm ít nhất"}
KIND_WORDS = {"outcome": "kết quả", "output": "việc đã làm được", "activity": "hoạt động", "derived": "số suy ra"}


# The kind of list that says that there is nothing yet.
WAITING = "waiting"


class EmptyBlock(ValueError):
    """A cell asks for a list that has no rows; the page should not ask, unless it is one of a draft."""


class Context:
    """Facts and rows of one edition, with helpers that turn them into blocks."""

    def __init__(self, facts: Facts, year: int | None = None):
        self.year = year or facts.edition
        self.facts = facts.within(self.year)
        self.package: DataPackage = facts.package
        self._charted: set[str] = set()
        self._of_editions: dict[int, Context] = {self.year: self}
        self.target_rows = self.package.table("targets").by_key

    def of(self, year: int) -> Context:
        """The same of another edition: for rows that say what they say in its names and places."""
        if year not in self._of_editions:
            self._of_editions[year] = Context(self.facts, year)
        return self._of_editions[year]

    @property
    def places_in_source(self) -> dict[str, int]:
        """The locators of this edition's source with their place in its order."""
        return self.facts.places_in_source(self.year)

    def rows(self, table: str) -> list[Row]:
        """Rows of a table of this edition (or of a reference table); none where the edition has no such table."""
        if (table, None) in self.package.tables:
            return self.package.table(table).rows
        return self.facts.rows(table, self.year)

    @property
    def is_draft(self) -> bool:
        """Whether this edition is still being entered: its pages show what there is."""
        return self.rows("edition")[0]["status"] == "draft"

    def waiting(self, words: str) -> Block:
        """What stands on a draft's page for something that the edition does not have yet."""
        return Block("items", {"kind": WAITING, "items": [{"text": [{"text": words}]}]})

    def known(self, name: str | None) -> Fact | None:
        """The figure that a name means; None for no name, and for a figure that a draft does not have yet."""
        try:
            return self.facts.find(name) if name else None
        except Unfilled:
            return None

    def has(self, name: str) -> bool:
        """Whether there are all figures that a name may mean: only a draft may still lack some. What is wrong with the
        name otherwise is not asked."""
        try:
            return bool(not self.facts.unfilled(name) and (self.facts.matching(name) or self.facts.name_of(name)))
        except Unfilled:
            return False
        except FactError:
            return True

    def text(self, text: str | None) -> list[dict[str, Any]]:
        """A text cell with its roles resolved, as plain data."""
        return to_json(inline.segments(text, self.facts))

    def locator(self, locator: str) -> dict[str, str]:
        """A link to a place of the source."""
        return inline.locator_segment(locator, self.facts).to_json()

    def locators(self, locators: Iterable[str | tuple[int, str]]) -> list[dict[str, str]]:
        """Links to several places of the source, or of another edition's: (year, locator)."""
        found = []
        for place in locators:
            year, locator = (self.year, place) if isinstance(place, str) else place
            found.append(self.of(year).locator(locator))
        return found

    def target(self, target: str) -> dict[str, Any]:
        """A link to the page of a target, with the goal's colour."""
        row = self.target_rows[target]
        goal = self.package.table("goals").by_key[row["goal"]]
        link = Segment(target, row["chapter"]).to_json()
        cells = [row.cell, goal.cell]
        return {**link, "goal": goal["goal"], "colour": goal["colour"], "ink": ink_on(goal["colour"]), "cells": cells}

    def area(self, code: str) -> str:
        """An area's name with what tells it from others: “Xã Thị Hoa, huyện Hạ Lang”, “Xã Cần Yên, từ 01/07/2025”."""
        row = self.package.table("areas").by_key[code]
        return ", ".join([row["name_vi"], *map(lower_first, self.told_apart(row))])

    def told_apart(self, area: Row) -> list[str]:
        """What tells an area from others of its name: a commune's district, or from when to when it is valid where the
        code says that an older one had this code, or where the same words would mean two areas."""
        areas = self.package.table("areas").by_key
        parent = areas.get(area["parent"] or "")
        words = [parent["name_vi"]] if parent is not None and parent["level"] == "district" else []
        if "-" in area["area"] or len(self._namesakes[area["level"], area["parent"], area["name_vi"]]) > 1:
            words.append(numbers.spell_span(area["valid_from"], area["valid_to"]))
        return [word for word in words if word]

    @remembered
    def _namesakes(self) -> dict[tuple[str, str | None, str], list[str]]:
        """Codes of the areas of one level and parent by their name."""
        found: dict[tuple[str, str | None, str], list[str]] = {}
        for row in self.package.table("areas").rows:
            found.setdefault((row["level"], row["parent"], row["name_vi"]), []).append(row["area"])
        return found

    def area_link(self, code: str, text: str = "") -> dict[str, str]:
        """A link to what the report says of an area; the anchor of a commune names its district, and that of an area
        whose code bears a year names this year, as names repeat."""
        areas = self.package.table("areas").by_key
        names, parent = [areas[code]["name_vi"]], areas.get(areas[code]["parent"] or "")
        if areas[code]["level"] == "commune" and parent is not None and parent["level"] == "district":
            names.append(bare_area(parent["name_vi"]))
        slug = "-".join(inline.ascii_slug(name).lower() for name in [*names, *code.split("-")[1:]])
        return Segment(text or self.area(code), inline.AREAS, f"noi-{slug}").to_json()

    def document(self, slug: str) -> dict[str, Any]:
        """A link to a document in the list of documents."""
        return inline.document_segment(slug, self.facts).to_json()

    def in_source_order(self, rows: Iterable[Row]) -> list[Row]:
        """Rows in the order in which the source tells them."""
        return sorted(rows, key=lambda row: self.places_in_source[row["source_locator"]])

    def item(self, row: Row, text: str = "title_vi", **more: Any) -> dict[str, Any]:
        """A row with a text, its source, and its documents, places and targets where it has any."""
        data: dict[str, Any] = {"text": self.text(row[text]), "cells": [row.cell]}
        if row.get("source_locator"):
            data["source"] = self.locator(row["source_locator"])
        if row.get("documents"):
            data["documents"] = [self.document(slug) for slug in row["documents"]]
        if row.get("areas"):
            data["areas"] = [self.area(code) for code in row["areas"]]
        return {**data, **more}

    def objective(self, row: Row) -> dict[str, Any]:
        """An objective with its rule, value, due year and base."""
        told = []
        if row["value"] is not None:
            told.append(f"{RULES[row['rule']]} {inline.objective_segment(row['objective'], self.facts).text}")
        if row["due"]:
            told.append(f"hạn {row['due']}")
        if row["rule"] == "reduce_by_percent":
            base = row["baseline_period"]
            told.append(f"so với {numbers.spell_period(base)}" if base else "báo cáo không nêu mốc để so sánh")
        return self.item(row, id=f"dich-{row['objective']}", meta=told)

    def printed_step(self, first: Fact, last: Fact) -> Fact | None:
        """The figure that the source prints for the difference of two figures, where it does.

        An identity `a - b = step` ties it to them, or one of them is itself derived as `a - step`.
        """
        ends = {first.name, last.name}
        sums = [row["expression"].partition(" = ")[::2] for row in self.rows("identities")]
        for point in (first, last):
            whole, minus, part = point.formula.partition(" - ")
            sums += [(f"{whole} - {point.name}", part)] if minus else []
        for difference, step in sums:
            sides = difference.split(" - ")
            if len(sides) != 2 or not all(NAME.fullmatch(name) for name in (*sides, step)):
                continue
            # An identity of a draft may hold figures that it does not have yet.
            printed = self.known(step) if {self._name_of(name) for name in sides} == ends else None
            if printed and printed.value == abs(first.value - last.value):
                return printed
        return None

    @remembered
    def _doubts(self) -> list[tuple[str, int]]:
        """What doubts are about, in the order of these texts, each with the place of its row in the table."""
        return sorted((row["about"], place) for place, row in enumerate(self.rows("doubts")))

    def doubts_of(self, fact: Fact) -> list[Row]:
        """The doubts about a figure that the edition tells which gives it."""
        return self.of(fact.edition)._own_doubts_of(fact)

    def _own_doubts_of(self, fact: Fact) -> list[Row]:
        stem = fact.indicator or fact.name
        first = bisect_left(self._doubts, (stem,))
        places = [place for _, place in takewhile(lambda doubt: doubt[0].startswith(stem), self._doubts[first:])]
        return [row for row in map(self.rows("doubts").__getitem__, sorted(places)) if self.doubted(row) == fact.name]

    def of_row(self, row: Row) -> Context:
        """The context of the edition that a row belongs to."""
        return self.of(self.package.by_file[row.file].edition or self.year)

    def doubted(self, doubt: Row) -> str:
        """What a doubt is about: a figure's shortest name, or a locator as it stands."""
        about = doubt["about"]
        return about if about in self.places_in_source else self._name_of(about)

    def _name_of(self, name: str) -> str:
        """The shortest name of the figure that a name means; the name itself while a draft does not have the figure."""
        try:
            return self.facts.name_of(name)
        except Unfilled:
            return name

    def figure(self, fact: Fact) -> dict[str, Any]:
        """A figure with all that a reader may ask about it."""
        own = self.of(fact.edition)
        return {
            "id": fact.id,
            "page": fact.page,
            "permanent": {"file": fact.address},
            "name": fact.name,
            "label": fact.label,
            "when": fact.when,
            "where": self.area(fact.area),
            "measured": fact.measured,
            "value": fact.plain_value,
            "status": fact.marks,
            "kind": KIND_WORDS[fact.kind],
            "as_written": fact.as_written,
            "formula": own.formula(fact.formula),
            "note": own.text(fact.note),
            "doubts": [own.text(row["note_vi"]) for row in self.doubts_of(fact)],
            "sources": own.locators(fact.locators),
            "earlier": [self._vintage(fact, old, new) for old, new in fact.earlier],
            "cell": {"text": fact.file.rpartition("/")[2], "file": fact.file},
            "cells": fact.cells,
        }

    def _vintage(self, fact: Fact, old: Vintage, new: Vintage) -> dict[str, Any]:
        """An earlier value of a figure, its sources, how far the one that took its place is from it, and why."""
        own = self.of(old.edition)
        data: dict[str, Any] = {
            "measured": fact.written(old),
            "status": numbers.STATUSES[old.status],
            "edition": old.edition,
            "sources": own.locators(old.locators),
        }
        step = new.value - old.value
        if step and old.qualifier == new.qualifier == "exact":
            unit = "điểm phần trăm" if fact.unit.dimension == "ratio" else fact.unit.symbol
            size = numbers.with_unit(numbers.format_number(numbers.shortest(abs(step))), unit)
            data["change"] = f"{'tăng' if step > 0 else 'giảm'} {size}"
        if old.correction:
            day = numbers.spell_date(old.correction["revised_on"])
            data["correction"] = f"sửa ngày {day}, theo quyết định của {old.correction['decided_by']}"
            data["reason"] = own.text(old.correction["reason_vi"])
        return data

    def formula(self, expression: str) -> list[dict[str, str]]:
        """An expression with each name written as its value and linked to it."""
        if not expression:
            return []
        text = re.sub(r"[a-z][^\s(),=]*", lambda m: m[0] if m[0] == "whole" else f"{{fact}}`{m[0]}`", expression)
        text = text.replace("whole(", "tổng thể ứng với (").replace(" / ", " ÷ ").replace(" - ", " − ")
        return self.text(text)

    def gives(self, fact: Fact) -> bool:
        """Whether this edition gives a figure, be it that a later one gives it again."""
        return self.year == fact.edition or any(vintage.edition == self.year for vintage in fact.vintages)

    def is_provincial(self, fact: Fact) -> bool:
        """Whether a figure is of the whole province."""
        return self.package.table("areas").by_key[fact.area]["level"] == "province"

    def items_block(self, items: list[dict[str, Any]], what: str, *, kind: str = "plain") -> Block:
        """A list; `EmptyBlock` when there is nothing to list."""
        if not items and self.is_draft:
            return self.waiting(f"Chưa có {what} nào.")
        if not items:
            raise EmptyBlock(f"Không có {what} nào để liệt kê ở trang này; hãy bỏ ô mã này.")
        return Block("items", {"kind": kind, "items": items})

    def chart_block(
        self,
        form: str,
        figures: Sequence[Fact],
        spec: dict[str, Any],
        *,
        title: str,
        subtitle: str,
        note: str = "",
        finding: str = "",
        rows: list[dict[str, Any]] | None = None,
        sources: Sequence[str | tuple[int, str]] = (),
        told: str = "",
        name: str = "",
        more: dict[str, Any] | None = None,
        used: Iterable[Row] = (),
    ) -> Block:
        """A chart with its words, its figures as rows, its sources and the doubts about its figures; `more` is what its
        template shows besides, `used` the rows that this comes from.

        Its text alternative is the title, the `finding` where the title does not tell it, and what is `told` of the
        rows where they are too many to be read out, else the rows.
        """
        if rows is None:
            rows = [chart_row(fact, fact.label) for fact in figures]
        if not rows and self.is_draft:
            return self.waiting("Biểu đồ này chờ số liệu.")
        if not rows:
            raise FactError("Biểu đồ không có dòng số liệu nào.", "Bỏ ô mã này, hoặc thêm dòng vào bảng.", kind="cell")
        sources = sources or list(dict.fromkeys((f.edition, locator) for f in figures for locator in f.locators[:1]))
        # A doubt stands at the first chart of a page that it touches, and at its figure in the table.
        doubts = [row for f in figures for row in self.doubts_of(f) if row["doubt"] not in self._charted]
        self._charted |= {row["doubt"] for row in doubts}
        notes = [self.text(note), *(self.of_row(row).text(row["note_vi"]) for row in doubts)]
        # What several places share is told once: “Tập huấn: Huyện Hạ Lang, Huyện Thạch An”.
        shared = {row["text"]: [r["label"] for r in rows if r["text"] == row["text"]] for row in rows}
        if told:
            pass
        elif any(row.get("value") for row in rows) or len(shared) == len(rows):
            told = "; ".join(
                f"{row['label']}{', ' + row['when'] if row.get('when') else ''}: {row['text']}"
                + (f" ({row['status']})" if row.get("status") else "")
                for row in rows
            )
        else:
            told = "; ".join(f"{text}: {'; '.join(labels)}" for text, labels in shared.items())
        data = {
            "id": f"bieu-do-{form}-" + (name or inline.ascii_slug(figures[0].id.removeprefix("so-"))),
            "title": self.text(title),
            "subtitle": self.text(subtitle),
            "alt": ". ".join(inline.plain(text, self.facts) for text in (title, finding) if text) + f". {told}.",
            "notes": [part for n, part in enumerate(notes) if part and part not in notes[:n]],
            "sources": self.locators(sources),
            "rows": rows,
            "spec": spec,
            **(more or {}),
        }
        return Block("chart", data, (lambda: table_of(list(figures))) if figures else None, used)

    def describe(self, figures: Sequence[Fact]) -> str:
        """A subtitle: unit, place and period that the figures share."""
        units = list(dict.fromkeys(f.unit.name for f in figures))
        periods = list(dict.fromkeys(f.when for f in figures))
        areas = self.package.table("areas").by_key
        provincial = all(areas[f.area]["level"] == "province" for f in figures)
        where = "toàn tỉnh" if provincial else ", ".join(dict.fromkeys(self.area(f.area) for f in figures))
        words = [f"Đơn vị: {', '.join(lower_first(u) for u in units)}", where]
        return "; ".join(words + ([periods[0]] if len(periods) == 1 else []))

    def marked_districts(self, places: Iterable[Row]) -> dict[str, list[str]]:
        """What the map's squares say of these rows of `places`: under each district the communes named in it."""
        areas = self.package.table("areas").by_key
        marked: dict[str, list[str]] = {}
        for row in places:
            area = areas[row["area"]]
            district = area if area["level"] == "district" else areas.get(area["parent"] or "")
            if district is None or district["level"] != "district":
                continue
            lines = marked.setdefault(district["area"], [])
            if area["level"] == "commune":
                # A township is often called like its district.
                same = short_area(area["name_vi"]) == short_area(district["name_vi"])
                lines.append("thị trấn" if same else short_area(area["name_vi"]))
        return marked

    def district_tiles(self, marked: dict[str, list[str]]) -> list[charts.Tile]:
        """The map's squares; `marked` gives for a district's code the lines written under its name."""
        return [
            charts.Tile(
                short_area(row["name_vi"]),
                row["tile_row"],
                row["tile_column"],
                tuple(marked.get(row["area"], ())),
                row["area"] in marked,
            )
            for row in self.areas_at("district", datetime.date(self.year, 12, 31))
            if row["tile_row"] is not None and row["tile_column"] is not None
        ]

    def areas_at(self, level: str, day: datetime.date) -> list[Row]:
        """The areas of one level that were valid on a day."""
        rows = self.package.table("areas").rows
        return [row for row in rows if row["level"] == level and overlap(validity(row), (day, day))]


def chart_row(fact: Fact, label: str) -> dict[str, Any]:
    """A figure as a row of its chart's table."""
    told = {"label": label, "when": fact.when, "text": fact.measured, "status": fact.marks, "value": fact.plain_value}
    return {**told, "page": fact.page, "id": fact.id, "cells": fact.cells}


def short_area(name: str) -> str:
    """An area's name without its kind: “Huyện Hạ Lang” → “Hạ Lang”; a town keeps it: “TP. Cao Bằng”."""
    for kind in ("Huyện ", "Xã ", "Phường ", "Thị trấn "):
        if name.startswith(kind):
            return name.removeprefix(kind)
    return name.replace("Thành phố ", "TP. ")


def bare_area(name: str) -> str:
    """An area's name without its kind, a town's too: “Thành phố Cao Bằng” → “Cao Bằng”; for order and anchors."""
    return short_area(name).removeprefix("TP. ")


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB` (WCAG 2.2)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2), from 1 to 21."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """White or black, whichever contrasts more with `colour`."""
    return max("#ffffff", "#000000", key=lambda ink: contrast(colour, ink))
