"""Districts and communes: what is told of each, what became of it, and its figures on a map, in order, over the years.

A figure stands under the unit that it was given for, for good. Units are put on one map or in one order only when they
are of one level and were there at one time; nothing is added up to stand for a later or an earlier unit.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sdgbook.data import Row
from sdgbook.data.areas import days_of, overlap, validity
from sdgbook.data.reads import remembered
from sdgbook.report import charts, claims, findings, inline, numbers
from sdgbook.report.alphabet import vietnamese_order
from sdgbook.report.blocks import Block
from sdgbook.report.context import Context, bare_area, chart_row, lower_first, short_area
from sdgbook.report.facts import NAME, Fact, FactError, Key
from sdgbook.report.quantity import same_unit

# How many figures of districts and communes one page tells one by one.
MOST_FIGURES = 1500
LEVELS = {"district": "huyện, thành phố", "commune": "xã, phường, thị trấn"}
# What a change of units says under the old unit and under the new one; the other units' names follow in between.
BECAME = {
    "merged": "nhập vào",
    "split": "tách thành",
    "renamed": "đổi thành",
    "moved": "chuyển sang cấp trên khác, thành",
    "abolished": "không còn là đơn vị hành chính",
}
CAME_FROM = {
    "merged": "do nhập từ",
    "split": "tách ra từ",
    "renamed": "trước đó là",
    "moved": "chuyển từ cấp trên khác, trước đó là",
}


# Figures by area


@dataclass(frozen=True)
class Group:
    """Figures of one period that may be compared: of areas of one level that were there on `day`."""

    level: str
    day: datetime.date
    figures: tuple[Fact, ...]


@dataclass(frozen=True)
class Rank:
    """An area's place in an order: `first` to `last`, which differ where qualifiers leave it open; `tied` when other
    areas have the very same value."""

    fact: Fact
    first: int
    last: int
    tied: bool


def ranking(figures: Sequence[Fact]) -> list[Rank]:
    """Figures of one unit from the largest to the smallest, each with the places that it may have.

    A figure is above another only when every value that both allow says so: “trên 20” is not below 25. Equal figures
    share the first of their places, as in sport. Raises `UnitError` when units differ.
    """
    same_unit(f.unit for f in figures)
    ranks = []
    for fact in figures:
        own = fact.quantity
        others = [other.quantity for other in figures if other is not fact]
        above = sum(other.low > own.high for other in others)
        below = sum(other.high < own.low for other in others)
        equal = sum(other.low == other.high == own.low == own.high for other in others)
        ranks.append(Rank(fact, above + 1, len(figures) - below - equal, bool(equal)))
    return sorted(ranks, key=lambda rank: (rank.first, rank.last, -rank.fact.value))


def steps(figures: Sequence[Fact], most: int = charts.STEPS) -> list[Decimal]:
    """Where the steps of a map begin, from the second on: at most `most` steps of one width, with round ends."""
    low, high = min(f.value for f in figures), max(f.value for f in figures)
    if low == high:
        return []
    width = Decimal(1).scaleb((high - low).adjusted() - 1)
    for factor in (Decimal(n) for n in ("1", "2", "2.5", "5", "10", "20", "25", "50", "100")):
        step = width * factor
        first, last = (int((end / step).to_integral_value("ROUND_FLOOR")) for end in (low, high))
        if last - first < most:
            return [numbers.shortest(step * n) for n in range(first + 1, last + 1)]
    raise AssertionError("100 times a tenth of the range's first digit always does")


def step_of(fact: Fact, bounds: Sequence[Decimal]) -> int | None:
    """The step that a figure lies in, from 0; None where its qualifier leaves that open."""
    unit = fact.unit.factor
    low, high = (sum(end >= bound * unit for bound in bounds) for end in (fact.quantity.low, fact.quantity.high))
    return low if low == high else None


class FiguresByArea(Context):
    """What chapters show of figures that a report gives by area."""

    def figures_by_area(self, name: str) -> list[Fact]:
        """The figures below the province's level that `name` may mean (a figure's name without area); of several
        groups the total. Raises `FactError` when there are none."""
        match = NAME.fullmatch(name)
        if match and match["area"]:
            raise FactError(f"“{name}” chỉ một nơi.", "Bỏ phần sau dấu / để lấy mọi nơi.", kind="cell")
        areas = self.package.table("areas").by_key
        keys = [key for key in self.facts.matching(name) if areas[key[3]]["level"] != "province"]
        groups = {key[1] for key in keys}
        if len(groups) > 1:
            if "_T" not in groups:
                names = ", ".join(f"{keys[0][0]}[{group}]" for group in sorted(groups))
                raise FactError(f"“{name}” có nhiều nhóm ở từng nơi.", f"Viết rõ một trong: {names}.", kind="cell")
            keys = [key for key in keys if key[1] == "_T"]
        if not keys:
            raise FactError(
                f"“{name}” không có con số nào của riêng huyện hay xã.", "Bỏ ô mã này, hoặc sửa tên.", kind="cell"
            )
        return [self.facts.of_key(key) for key in keys]

    def groups(self, figures: Iterable[Fact]) -> list[Group]:
        """Figures of one period in groups that may be compared: units valid on its last day, then those that ended
        before; districts first."""
        found: dict[tuple[int, datetime.date], list[Fact]] = {}
        levels = list(LEVELS)
        for fact in figures:
            area = self.package.table("areas").by_key[fact.area]
            day = min(days_of(fact.period)[1], validity(area)[1])
            found.setdefault((levels.index(area["level"]), day), []).append(fact)
        order = sorted(found, key=lambda key: (key[0], -key[1].toordinal()))
        return [Group(levels[level], day, tuple(found[level, day])) for level, day in order]

    def silent(self, group: Group) -> list[Row]:
        """The areas of the group's level that were there and have no figure; for communes none, as the package knows
        only some of them."""
        told = {fact.area for fact in group.figures}
        rows = self.areas_at(group.level, group.day) if group.level == "district" else []
        return sorted((row for row in rows if row["area"] not in told), key=_by_name)

    def areas(
        self, name: str, *, form: str = "map", title: str = "", subtitle: str = "", note: str = "", says: str = ""
    ) -> Block:
        """The figures that a report gives by area, of the indicator `name` (`poverty-rate`, with `[group]` and
        `@period` where several would do).

        `form`: `map` (squares shaded by value), `ranking` (a table from the largest to the smallest), both of one
        period, the newest unless named; `years` (a small chart for each area on one scale). Title and `says` as in
        `chart`. Raises `FactError` where there are no such figures or a claim does not hold.
        """
        figures = self.figures_by_area(name)
        forms = {"map": self._value_map, "ranking": self._ranking, "years": self._years}
        if form not in forms:
            raise FactError(f"Không có kiểu “{form}”.", f"Chọn {', '.join(forms)}.", kind="cell")
        claims.check_title(title, says, self.facts, figures)
        return forms[form](name, figures, title, subtitle, note)

    def _newest(self, figures: Sequence[Fact]) -> list[Fact]:
        period = max((f.period for f in figures), key=lambda period: (days_of(period)[1], len(period)))
        return [f for f in figures if f.period == period]

    def _names(self, areas: Iterable[Row]) -> str:
        return ", ".join(short_area(row["name_vi"]) for row in areas)

    def _rows(self, figures: Iterable[Fact]) -> list[dict[str, Any]]:
        """Figures as a chart's rows, each called by its area."""
        return [chart_row(fact, self.area(fact.area)) for fact in figures]

    def _missing(self, group: Group) -> str:
        """Which areas of the group's level have no figure, in words."""
        silent = self.silent(group)
        if silent:
            return f"Chưa có số của {self._names(silent)}."
        return "" if group.level == "district" else "Chỉ có số của những nơi kể ở đây; các xã, phường khác chưa có số."

    def _value_map(self, name: str, figures: list[Fact], title: str, subtitle: str, note: str) -> Block:
        figures = self._newest(figures)
        areas = self.package.table("areas").by_key
        placed = [
            (group, [f for f in group.figures if areas[f.area]["tile_column"] is not None])
            for group in self.groups(figures)
        ]
        group, shown = next(((g, fs) for g, fs in placed if fs), (None, []))
        if group is None:
            raise FactError(
                "Những nơi có số chưa có chỗ trên bản đồ ô vuông.",
                'Ghi tile_row, tile_column ở bảng areas, hoặc chọn form="ranking".',
                kind="cell",
            )
        unit = same_unit(f.unit for f in shown)
        bounds = steps(shown)
        silent = [row for row in self.silent(group) if row["tile_column"] is not None]
        # A word that all figures share is told by the title.
        mixed = len({f.status_word for f in shown}) > 1
        squares = [
            charts.Shaded(self._tile(areas[f.area]), f.number, step_of(f, bounds), not mixed or charts.is_settled(f))
            for f in shown
        ]
        squares += [charts.Shaded(self._tile(row), f"chưa{numbers.NBSP}có số", None, True) for row in silent]
        legend = []
        if mixed:
            words = dict.fromkeys(f.status_word for f in shown if f.status_word)
            legend.append(f"Khung nét đứt: số {', '.join(words)}")
        if any(step_of(f, bounds) is None for f in shown):
            legend.append("Không tô: chưa chắc thuộc bậc nào")
        elsewhere = [areas[f.area] for f in figures if f not in shown]
        notes = [note, self._missing(group)]
        if elsewhere:
            notes.append(f"Không có trên bản đồ này: {self._names(elsewhere)}.")
        spec = charts.value_map(
            squares, [_between(n, bounds) for n in range(len(bounds) + 1)] if bounds else [], legend
        )
        labels = [self.area(f.area) for f in shown]
        finding = findings.bars(shown, labels, figures=True)
        return self.chart_block(
            "noi",
            shown,
            spec,
            title=title or finding,
            subtitle=subtitle
            or f"{shown[0].label}, {shown[0].when}. Đơn vị: {lower_first(unit.name)}. Mỗi ô là một nơi, tô càng đậm số "
            "càng lớn. Bản đồ chỉ gợi vị trí, không vẽ địa giới",
            note=" ".join(n for n in notes if n),
            finding=findings.bars(shown, labels, figures=False) if title else "",
            rows=self._rows(_in_order(shown, areas)),
            name=_slug(name),
        )

    def _tile(self, row: Row) -> charts.Tile:
        return charts.Tile(short_area(row["name_vi"]), row["tile_row"], row["tile_column"])

    def _ranking(self, name: str, figures: list[Fact], title: str, subtitle: str, note: str) -> Block:
        figures = self._newest(figures)
        groups = self.groups(figures)
        parts = []
        for group in groups:
            ranks = ranking(group.figures)
            ended = len(groups) > 1 and group.day < days_of(figures[0].period)[1]
            until = f", những nơi chỉ có đến {numbers.spell_date(group.day)}" if ended else ""
            parts.append(
                {
                    "caption": f"{figures[0].label}, {figures[0].when}: {LEVELS[group.level]}{until}",
                    "open": any(rank.first != rank.last and not rank.tied for rank in ranks),
                    "missing": self._missing(group),
                    "rows": [
                        {
                            "rank": f"{r.first}" if r.tied or r.first == r.last else f"từ {r.first} đến {r.last}",
                            "tied": r.tied,
                            "area": self.area_link(r.fact.area),
                            "figure": self.figure(r.fact),
                        }
                        for r in ranks
                    ],
                }
            )
        return Block(
            "ranking",
            {
                "id": f"xep-hang-{_slug(name)}",
                "title": self.text(title),
                "notes": [self.text(n) for n in (subtitle, note) if n],
                "groups": parts,
            },
        )

    def _years(self, name: str, figures: list[Fact], title: str, subtitle: str, note: str) -> Block:
        areas = self.package.table("areas").by_key
        unit = same_unit(f.unit for f in figures)
        by_area: dict[str, list[Fact]] = {}
        for fact in sorted(figures, key=lambda f: days_of(f.period)):
            by_area.setdefault(fact.area, []).append(fact)
        order = sorted(by_area, key=lambda code: (list(LEVELS).index(areas[code]["level"]), _by_name(areas[code])))
        broken = [days_of(row["period"])[0] for row in self.facts.breaks_of(figures[0].indicator)]
        courses = []
        for code in order:
            points, row = by_area[code], areas[code]
            cut = {
                n
                for n, (before, after) in enumerate(pairwise(points), 1)
                if any(days_of(before.period)[1] < day <= days_of(after.period)[1] for day in broken)
            }
            span = numbers.spell_span(row["valid_from"], row["valid_to"])
            courses.append(charts.Course(short_area(row["name_vi"]), span, points, frozenset(cut)))
        first, last = courses[0].points[0], courses[0].points[-1]
        told = [
            f"{self.area(code)}: {c.points[0].measured}, {c.points[0].when}"
            + (f", đến {c.points[-1].measured}, {c.points[-1].when}" if len(c.points) > 1 else "")
            for code, c in zip(order, courses, strict=True)
        ]
        first = min((f for f in figures), key=lambda f: days_of(f.period))
        last = max((f for f in figures), key=lambda f: days_of(f.period))
        whole = [*([note] if note else [])]
        whole += (
            ["Chỗ đường bị ngắt, số trước và số sau không so được với nhau."] if any(c.breaks for c in courses) else []
        )
        if any(c.span for c in courses):
            whole.append("Số của nơi đã thôi có vẫn đứng dưới tên cũ, không cộng vào nơi thay nó.")
        return self.chart_block(
            "noi-qua-cac-nam",
            figures,
            charts.small_multiples(courses),
            title=title or findings.courses(figures[0].title, [(c.points, bool(c.breaks)) for c in courses]),
            subtitle=subtitle
            or f"{figures[0].label}, từ {first.when} đến {last.when}; số cuối so với số đầu của mỗi nơi. Đơn vị: "
            f"{lower_first(unit.name)}. Mọi hình cùng một thang, từ số không; chấm rỗng là số chưa chốt",
            note=" ".join(whole),
            rows=self._rows(f for code in order for f in by_area[code]),
            told="; ".join(told),
            name=_slug(name),
        )

    def check_comparable(self, figures: Sequence[Fact]) -> None:
        """Raise `FactError` for figures of areas that were never there at one time."""
        areas = self.package.table("areas").by_key
        rows = [areas[code] for code in dict.fromkeys(f.area for f in figures)]
        for n, row in enumerate(rows):
            for other in rows[:n]:
                if not overlap(validity(row), validity(other)):
                    raise FactError(
                        f"{self.area(other['area'])} và {self.area(row['area'])} không cùng thời gian, không so được.",
                        'Vẽ từng nơi riêng, hoặc dùng areas(…, form="years").',
                        kind="cell",
                    )


def _between(step: int, bounds: Sequence[Decimal]) -> str:
    """A step in words: “dưới 10”, “từ 10 đến dưới 20”, “từ 20 trở lên”."""
    words = [numbers.format_number(bound) for bound in bounds]
    if step == 0:
        return f"dưới {words[0]}"
    return f"từ {words[step - 1]} trở lên" if step == len(bounds) else f"từ {words[step - 1]} đến dưới {words[step]}"


def _by_name(row: Row) -> tuple[Any, ...]:
    return vietnamese_order(bare_area(row["name_vi"])), row["area"]


def _in_order(figures: Sequence[Fact], areas: Any) -> list[Fact]:
    return sorted(figures, key=lambda f: _by_name(areas[f.area]))


def _slug(name: str) -> str:
    """A figure's name for an anchor."""
    return inline.ascii_slug(name).strip("-")


# What is told of places


class PlacesOfEdition(Context):
    """What a report tells of districts and communes."""

    def areas(self) -> Block:
        """All that the report says of each district and, below it, of each commune it names; then the units of other
        times, each with its own figures and what became of it."""
        rows = [row for row in self.package.table("areas").rows if row["level"] != "province"]
        below: dict[str, list[Row]] = {row["area"]: [] for row in rows}
        heads = []
        for row in rows:
            # Communes that lie in no district stand by themselves.
            below.get(row["parent"], heads).append(row)
        told = [
            {**self._told_of(row["area"]), "communes": [self._told_of(c["area"]) for c in below[row["area"]]]}
            for row in sorted(heads, key=_by_name)
        ]
        changes = self.rows("areas_changes")
        return Block(
            "areas",
            {
                "districts": [area for area in told if area["there"]],
                "others": [area for area in told if not area["there"]],
                "year": self.year,
                "lists": list(dict.fromkeys(source for row in changes for source in row["sources"])),
            },
            used=[*self.rows("areas"), *self.rows("places"), *changes],
        )

    def _there(self, area: Row) -> bool:
        """Whether a unit was there in the edition's year."""
        return overlap(validity(area), days_of(str(self.year)))

    def areas_map(self) -> Block:
        """The districts as squares, those marked of which something is told that is not told of all."""
        own = self._own_places()
        marked: dict[str, list[str]] = {}
        told: dict[str, dict[str, list[str]]] = {}
        for row in own:
            district, commune = self._district_of(row["area"])
            lines, names = (
                marked.setdefault(district, []),
                told.setdefault(district, {}).setdefault(row["title_vi"], []),
            )
            if commune:
                names.append(lower_first(commune))
                lines += [line for line in [self._tile_line(row["area"])] if line not in lines]
        rows = [
            {
                **self.area_link(code),
                "label": self.area(code),
                "when": "",
                "text": "; ".join(
                    lower_first(title) + (f" ({', '.join(names)})" if names else "")
                    for title, names in told[code].items()
                ),
            }
            for code in (row["area"] for row in self._districts())
            if code in told
        ]
        return self.chart_block(
            "ban-do",
            [],
            charts.tile_map(self.district_tiles(marked)),
            title="Những huyện, thành phố có việc được báo cáo nêu riêng",
            subtitle="Mỗi ô là một huyện hoặc thành phố. Ô đậm: báo cáo nêu riêng một việc ở đó, kèm tên xã, phường, "
            "thị trấn nếu có. Bản đồ chỉ gợi vị trí, không vẽ địa giới",
            note="Ô nhạt không có nghĩa là nơi ấy không có việc gì; báo cáo chỉ không nêu riêng.",
            rows=rows,
            sources=list(dict.fromkeys(row["source_locator"] for row in self.in_source_order(own))),
            name="huyen",
        )

    def _districts(self) -> list[Row]:
        return sorted(self.areas_at("district", days_of(str(self.year))[1]), key=_by_name)

    def _district_of(self, code: str) -> tuple[str, str]:
        """Code of the district an area is or lies in, and the area's own name where it lies in one."""
        row = self.package.table("areas").by_key[code]
        return (row["parent"], row["name_vi"]) if row["level"] == "commune" else (code, "")

    def _tile_line(self, code: str) -> str:
        """A commune's name as it stands in its district's square."""
        areas = self.package.table("areas").by_key
        name = short_area(areas[code]["name_vi"])
        # A township is often called like its district.
        return "thị trấn" if name == short_area(areas[areas[code]["parent"]]["name_vi"]) else name

    def _own_places(self) -> list[Row]:
        """The rows of `places` that tell of some areas, not of all districts alike."""
        districts = {row["area"] for row in self._districts()}
        where: dict[str, set[str]] = {}
        for row in self.rows("places"):
            where.setdefault(row["what"], set()).add(row["area"])
        return [row for row in self.rows("places") if not where[row["what"]] >= districts]

    def _told_of(self, code: str) -> dict[str, Any]:
        """An area's name and anchor, its figures over the years, what happened there, and what became of it."""
        area = self.package.table("areas").by_key[code]
        places = [row for row in self.rows("places") if row["area"] == code]
        measures = [row for row in self.rows("measures") if code in row["areas"]]
        items = []
        for locator in dict.fromkeys(row["source_locator"] for row in self.in_source_order([*places, *measures])):
            # What happened where, and the fuller words of the measure told at the same place of the source.
            told = [row for row in [*places, *measures] if row["source_locator"] == locator]
            targets = [t for row in told for t in row.get("targets", [row.get("target")])]
            items.append(
                {
                    "texts": [self.text(row["title_vi"]) for row in told],
                    "targets": [self.target(target) for target in dict.fromkeys(targets)],
                    "source": self.locator(locator),
                }
            )
        return {
            "id": self.area_link(code)["anchor"],
            "name": area["name_vi"],
            "span": ", ".join(self.told_apart(area)),
            "there": self._there(area),
            "figures": self._figures_of(code),
            "items": items,
            "changes": self._changes_of(code),
        }

    def series_of(self, code: str) -> list[list[Key]]:
        """Keys of an area's figures, a list for each indicator and group, in the order of their periods."""
        series: dict[tuple[str, str], list[Key]] = {}
        for key in self.facts.keys_in(code):
            series.setdefault(key[:2], []).append(key)
        return [sorted(keys, key=lambda key: days_of(key[2])) for keys in series.values()]

    def _figures_of(self, code: str) -> list[dict[str, Any]]:
        """An area's figures by indicator, over the years; where all areas together have more than a page can hold, the
        newest of each, and how many there are before."""
        told = []
        for keys in self.series_of(code):
            shown = keys[-1:] if self._many else keys
            figures = [self.facts.of_key(key) for key in shown]
            points = [
                {
                    **{"page": f.page, "id": f.id, "when": f.when, "measured": f.measured, "value": f.plain_value},
                    **{"status": f.marks, "cells": f.cells, "sources": self.of(f.edition).locators(f.locators[:1])},
                }
                for f in figures
            ]
            told.append({"label": figures[0].label, "points": points, "before": len(keys) - len(shown)})
        return told

    @remembered
    def _many(self) -> bool:
        """Whether all areas together have more figures than a page can hold."""
        rows = self.package.table("areas").rows
        return sum(len(self.facts.keys_in(row["area"])) for row in rows if row["level"] != "province") > MOST_FIGURES

    def _changes_of(self, code: str) -> list[list[dict[str, Any]]]:
        """What an area came from and what became of it, a sentence or two each, linked to the other units."""
        told = []
        for row in self.rows("areas_changes"):
            if code in row["to"]:
                words, other, mine = (
                    f"Có từ ngày {numbers.spell_date(row['changed_on'])}, {CAME_FROM.get(row['kind'], '')}",
                    "from",
                    "",
                )
            elif code in row["from"]:
                words, other, mine = (
                    f"Từ ngày {numbers.spell_date(row['changed_on'])}, {BECAME[row['kind']]}",
                    "to",
                    code,
                )
            else:
                continue
            links = [self.area_link(c, self._called(c, code)) for c in row[other]]
            beside = [self.area_link(c, self._called(c, code)) for c in row["from"] if mine and c != mine]
            sentence = [{"text": words + (" " if links else "")}, *_listed(links)]
            sentence += [{"text": ", cùng với "}, *_listed(beside)] if beside and row["kind"] == "merged" else []
            sentence.append({"text": "."})
            if row["note_vi"]:
                sentence += [{"text": " "}, *self.text(row["note_vi"])]
            if row["decision"]:
                sentence += [{"text": " Theo "}, self._decision(row["decision"]), {"text": "."}]
            if other == "from" and any(self.facts.keys_in(c) for c in row["from"]):
                sentence.append({"text": " Số của đơn vị cũ vẫn ở dưới tên cũ, không cộng thành số của nơi này."})
            told.append(sentence)
        return told

    def _called(self, code: str, beside: str) -> str:
        """An area's name inside a sentence about another area: a newer one of the same name is called new."""
        areas = self.package.table("areas").by_key
        row, other = areas[code], areas[beside]
        if validity(row) <= validity(other):
            return lower_first(self.area(code))
        return lower_first(row["name_vi"]) + (" mới" if row["name_vi"] == other["name_vi"] else "")

    def _decision(self, decision: str) -> dict[str, Any]:
        """A decision as the table writes it, linked where the reports name it."""
        documents = self.package.table("documents").rows
        row = next((r for r in documents if r["number"] and decision.endswith(f" {r['number']}")), None)
        return self.document(row["document"]) if row else {"text": decision}


def _listed(links: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Links with commas between them."""
    return [part for link in links for part in (link, {"text": ", "})][:-1]
