"""Figures by name: how a chapter says which cell it means, and how the figure is written.

A name is `indicator[breakdown]@period/area`; parts are left out when the rest is unique. Figures that the
report does not print have a name of their own (table `derived`, `slug@period`) and are computed, never stored.

Each edition is a vintage: what was known when that report was published. Of several values for one figure the latest
edition's is shown, the earlier ones stay with it. Names are read within an edition (`Facts.within`): what its tables
and pages say keeps its meaning when later editions come.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

from sdgbook.data import DataPackage, Row, find_root, read_package
from sdgbook.data.problems import did_you_mean
from sdgbook.data.reads import Reads, recording, remember, remembered
from sdgbook.report import expressions, numbers
from sdgbook.report.progress import first_day
from sdgbook.report.quantity import POINTS, RATIO, Quantity, Unit

NAME = re.compile(
    r"(?P<indicator>[a-z0-9-]+)(\[(?P<breakdown>[A-Za-z0-9_-]+)\])?(@(?P<period>[0-9-]+))?(/(?P<area>[0-9-]+))?"
)


class FactError(LookupError):
    """A name that means no figure, or more than one. `message` is a Vietnamese sentence, `remedy` another, `kind` the
    paragraph of the guide about it (`sdgbook.data.kinds`)."""

    def __init__(self, message: str, remedy: str = "", *, kind: str = "name"):
        super().__init__(f"{message} {remedy}".strip())
        self.message, self.remedy, self.kind = message, remedy, kind


class Unfilled(FactError):
    """A name that means a figure of a draft which has no value yet, or which the draft does not have (any more);
    `words` say so to readers."""

    def __init__(self, message: str, remedy: str, words: str):
        super().__init__(message, remedy)
        self.words = words


# How the parts of a key stand in a name, and how many names a message lists.
NAME_PARTS = {1: "[{1}]", 2: "@{2}", 3: "/{3}"}
CANDIDATES = 12
# Key of an observation: indicator, breakdown, period, area.
Key = tuple[str, str, str, str]
# Key of a derived figure: its name in the table, period.
DerivedKey = tuple[str, str]


@dataclass(frozen=True)
class Vintage:
    """What one edition knew of a figure: `value` in the figure's unit, with the codes of its row and its places in
    that edition's source.

    `correction` is the row of `revisions` by which this value was given up for the next one; None where a later edition
    simply gives another, and for the value that is shown.
    """

    edition: int
    value: Decimal
    qualifier: str
    status: str
    locators: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    correction: Row | None = None

    def says_as(self, other: Vintage) -> bool:
        """Whether both say the same of the figure, in every respect."""
        return (self.value, self.qualifier, self.status) == (other.value, other.qualifier, other.status)


@dataclass(frozen=True)
class Fact:
    """A figure that a page shows: an observation or a derived figure.

    `value` is the number in `unit` (for a derived range, its lower end, `upper` being the other); `ends` are those
    between which a derived figure lies, given the rounding and the qualifiers of its parts. `id` is the
    stable anchor of its row, `page` the page whose table holds that row. `cells` are the data rows (file, key) it
    is made from, its own first. `indicator` is empty for a derived figure, `group` where an indicator has one
    breakdown only. `edition` is the year of the report that gives the value; `vintages` is all that was published of a
    printed figure, oldest first, the value that is shown last.
    """

    name: str
    id: str
    indicator: str
    title: str
    value: Decimal
    unit: Unit
    period: str
    status: str
    qualifier: str
    page: str
    targets: tuple[str, ...]
    kind: str
    area: str
    breakdown: str
    group: str
    locators: tuple[str, ...]
    note: str
    as_written: str
    cells: tuple[tuple[str, str], ...]
    edition: int
    vintages: tuple[Vintage, ...] = ()
    formula: str = ""
    upper: Decimal | None = None
    ends: tuple[Decimal, Decimal] | None = None

    @property
    def quantity(self) -> Quantity:
        """The figure for comparing: a printed number as printed, open to the side that “trên” or “gần” leaves open."""
        if self.ends is None:
            return Quantity.printed(self.value, self.unit, rounded=False, qualifier=self.qualifier)
        low, high = (end * self.unit.factor for end in self.ends)
        return Quantity(self.value * self.unit.factor, self.unit.dimension, low, high)

    @property
    def address(self) -> str:
        """The figure's own page in the site, `so/poverty-rate/2021-12-31.html`: from its full key, so that it stays
        when later editions make its name longer."""
        area = [self.area] if self.id.endswith(f"-{self.period}-{self.area}") else []
        group = [] if self.breakdown == "_T" else [self.breakdown]
        parts = [self.name.partition("@")[0]] if self.is_derived else [self.indicator, *area, *group]
        return "/".join(["so", *parts, f"{self.period}.html"])

    @property
    def is_derived(self) -> bool:
        """Whether the report does not print this figure."""
        return bool(self.formula)

    @property
    def revised(self) -> bool:
        """Whether this figure was once published otherwise: such figures are marked *r*."""
        return any((old.value, old.qualifier) != (self.value, self.qualifier) for old in self.vintages)

    @property
    def earlier(self) -> list[tuple[Vintage, Vintage]]:
        """The values, words and statuses that this figure had before, oldest first, each with what took its place."""
        return [(old, new) for old, new in pairwise(self.vintages) if not old.says_as(new)]

    def as_of(self, edition: int) -> Vintage | None:
        """What was known of a printed figure in the year of an edition, corrections of that year included; None where
        nothing was."""
        known: Vintage | None = None
        for vintage in self.vintages:
            given_up = known.correction if known and known.edition == vintage.edition else None
            if vintage.edition <= edition and (given_up is None or given_up["revised_on"].year <= edition):
                known = vintage
        return known

    @property
    def file(self) -> str:
        """The CSV file that holds the figure or its formula."""
        return self.cells[0][0]

    @property
    def number(self) -> str:
        """The number with its qualifier: “trên 8.744”, “từ 4.595 đến 4.599”."""
        if self.upper is not None:
            ends = map(numbers.format_number, (self.value, self.upper))
            return "từ {} đến {}".format(*ends).replace(" ", numbers.NBSP)
        return numbers.qualified(self.value, self.qualifier)

    @property
    def status_word(self) -> str:
        """“sơ bộ”, “ước”, “dự kiến” or “suy ra”; empty for a normal printed figure."""
        return "suy ra" if self.is_derived else numbers.STATUSES[self.status]

    @property
    def marks(self) -> str:
        """What stands in brackets after the figure: its status, and “r” where it has been revised."""
        return ", ".join(part for part in (self.status_word, "r" if self.revised else "") if part)

    @property
    def measured(self) -> str:
        """Number with qualifier and unit: “trên 8.744 lượt”, “18,06%”."""
        return numbers.with_unit(self.number, self.unit.symbol)

    def written(self, vintage: Vintage) -> str:
        """What an edition gave for this figure, as `measured`."""
        return numbers.with_unit(numbers.qualified(vintage.value, vintage.qualifier), self.unit.symbol)

    @property
    def text(self) -> str:
        """The whole figure as prose shows it: “18,06% (sơ bộ)”."""
        return self.measured + (f" ({self.marks})" if self.marks else "")

    @property
    def when(self) -> str:
        """The period in words: “cuối năm 2021”."""
        return numbers.spell_period(self.period)

    @property
    def label(self) -> str:
        """Title with its group: “Số người tuyển mới, trình độ cao đẳng”."""
        return f"{self.title}, {self.group[:1].lower()}{self.group[1:]}" if self.group else self.title

    @property
    def plain_value(self) -> str:
        """The value for machines: decimal point, no separators (a range as low/high)."""
        ends = [self.value] if self.upper is None else [self.value, self.upper]
        return "/".join(f"{end:f}" for end in ends)


class Facts(Mapping[str, Fact]):
    """All figures by their shortest unique names; `find` takes any unique name.

    `as_of` is the year of an edition: figures as that edition and earlier ones gave them, corrections included that
    were made by the end of that year. Names are read within the newest edition that is no draft, or within another
    (`within`).
    """

    def __init__(self, package: DataPackage, as_of: int | None = None, *, corrected: bool = True):
        self.package, self.as_of, self.corrected = package, as_of, corrected
        self.editions = [e for e in package.editions if as_of is None or e <= as_of]
        if not self.editions:
            raise FactError(f"Không có ấn bản nào đến năm {as_of}.")
        self._within: int | None = None
        # Shared by the views of all editions.
        self.kept: dict[Any, tuple[Any, Reads]] = {}
        self._made: dict[str, tuple[Fact, Reads]] = {}
        self._computing: list[str] = []

    def within(self, edition: int) -> Facts:
        """The same figures, with names read within an edition: a name that fits several figures means the one that this
        edition gives itself. Raises `FactError` when there is no such edition."""
        if edition not in self.editions:
            raise FactError(f"Không có ấn bản {edition}.", did_you_mean(str(edition), map(str, self.editions)))
        view = copy.copy(self)
        view._within = edition
        return view

    def as_told(self, edition: int) -> Facts:
        """The figures as the tables of the editions up to this one give them, without corrections from `revisions`, and
        with names read within it: what its own sums are made of."""
        if edition == self.editions[-1] and not self._corrections:
            return self.within(edition)
        return remember(self.kept, ("as told", edition), lambda: Facts(self.package, edition, corrected=False)).within(
            edition
        )

    @property
    def edition(self) -> int:
        """The year of the edition that names are read within."""
        return self._within or self.newest

    @remembered
    def newest(self) -> int:
        """The newest edition that is no draft; the newest of all where all are drafts."""
        done = [e for e in self.editions if self._status(e) != "draft"]
        return (done or self.editions)[-1]

    @remembered
    def _vintages(self) -> dict[Key, list[tuple[int, Row]]]:
        """For each figure that is printed the editions that give it a value, oldest first, with their rows."""
        found: dict[Key, list[tuple[int, Row]]] = {}
        for edition in self.editions:
            for row in self.package.table("observations", edition).rows:
                if row.filled("obs_value"):
                    key = (row["indicator"], row["breakdown"], row["time_period"], row["ref_area"])
                    found.setdefault(key, []).append((edition, row))
        return found

    @remembered
    def _by_indicator(self) -> dict[str, list[Key]]:
        """Keys of the observations by indicator."""
        keys: dict[str, list[Key]] = {}
        for key in self._vintages:
            keys.setdefault(key[0], []).append(key)
        return keys

    @remembered
    def _corrections(self) -> dict[tuple[int, Key], list[Row]]:
        """The corrections of printed figures by edition and key, in the order of their days."""
        found: dict[tuple[int, Key], list[Row]] = {}
        for edition in self.editions:
            own = self.within(edition)
            for row in self.rows("revisions", edition):
                with suppress(FactError):
                    keys = own._meant(row["about"])
                    if len(keys) == 1:
                        found.setdefault((edition, keys[0]), []).append(row)
        return {place: sorted(rows, key=lambda row: (row["revised_on"], row.line)) for place, rows in found.items()}

    def rows(self, table: str, edition: int) -> list[Row]:
        """The rows of an edition's table; none where the edition has no such table."""
        own = self.package.tables.get((table, edition))
        return own.rows if own else []

    @remembered
    def _derived(self) -> dict[DerivedKey, tuple[int, Row]]:
        """The derived figures with the edition that computes them and its row."""
        return {
            (row["derived"], row["time_period"]): (edition, row)
            for edition in self.editions
            for row in self.package.table("derived", edition).rows
            if (row["derived"], row["time_period"]) not in self._waiting.get(edition, ())
        }

    @remembered
    def _waiting(self) -> dict[int, set[DerivedKey]]:
        """Keys of what drafts derive from figures that they do not have yet."""
        found: dict[int, set[DerivedKey]] = {}
        for edition in self._unfilled:
            own = self.within(edition)
            rows = self.package.table("derived", edition).rows
            waiting: set[DerivedKey] = set()
            for _ in rows:
                # What is derived from a derived figure waits with it.
                slugs = {slug for slug, _ in waiting}
                waiting |= {
                    (row["derived"], row["time_period"])
                    for row in rows
                    for name in _names_in(row["expression"])
                    if own.unfilled(name) or name.partition("@")[0] in slugs
                }
            found[edition] = waiting
        return found

    @remembered
    def _derived_names(self) -> dict[str, DerivedKey]:
        """Keys of the derived figures by their shortest unique names."""
        several = Counter(slug for slug, _ in self._derived)
        return {key[0] if several[key[0]] == 1 else f"{key[0]}@{key[1]}": key for key in self._derived}

    @remembered
    def _derived_by_slug(self) -> dict[str, list[DerivedKey]]:
        """Keys of the derived figures by their name in the table."""
        keys: dict[str, list[DerivedKey]] = {}
        for key in self._derived:
            keys.setdefault(key[0], []).append(key)
        return keys

    def _fact(self, name: str) -> Fact:
        """The figure with this shortest name, made at first use: one bad derived figure spoils no other."""
        key = self._keys.get(name)
        return remember(self._made, name, lambda: self._compute(name) if key is None else self._observed(key))

    def __getitem__(self, name: str) -> Fact:
        if name not in self._keys and name not in self._derived_names:
            raise KeyError(name)
        return self._fact(name)

    def __iter__(self):
        yield from self._keys
        yield from self._derived_names

    def __len__(self) -> int:
        return len(self._keys) + len(self._derived)

    @remembered
    def _names(self) -> dict[Key, str]:
        """Shortest unique name of each observation."""
        choices = [(1,), (2,), (3,), (1, 2), (1, 3), (2, 3), (1, 2, 3)]
        forms = [(itemgetter(*choice), "".join(NAME_PARTS[n] for n in choice)) for choice in choices]
        names = {}
        for indicator, keys in self._by_indicator.items():
            if len(keys) == 1:
                names[keys[0]] = indicator
                continue
            waiting = keys
            for parts, form in forms:
                # How many figures of the indicator share the parts that this choice names.
                shared = Counter(map(parts, keys))
                names |= {key: indicator + form.format(*key) for key in waiting if shared[parts(key)] == 1}
                waiting = [key for key in waiting if key not in names]
                if not waiting:
                    break
        return {key: names[key] for key in self._vintages}

    @remembered
    def _keys(self) -> dict[str, Key]:
        """Keys of the observations by their shortest unique names."""
        return {name: key for key, name in self._names.items()}

    def matching(self, name: str) -> list[Key]:
        """Keys (indicator, breakdown, period, area) of all observations that a name may mean."""
        return self._fitting(name, self._by_indicator)

    @staticmethod
    def _fitting(name: str, by_indicator: Mapping[str, list[Key]]) -> list[Key]:
        """Those of the keys that fit a name."""
        match = NAME.fullmatch(name)
        if not match:
            raise FactError(
                f"“{name}” không phải là tên một con số.", "Tên có dạng chi-so[nhom]@thoi-gian/noi, ví dụ abc-xyz@2001."
            )
        wanted = match.group("indicator", "breakdown", "period", "area")
        own = by_indicator.get(match["indicator"], ())
        return [key for key in own if all(w is None or w == k for w, k in zip(wanted, key, strict=True))]

    def find(self, name: str) -> Fact:
        """The figure that `name` means; `FactError` with the candidates when it means none or several."""
        return self._fact(self.name_of(name))

    def name_of(self, name: str) -> str:
        """The shortest name of the figure that `name` means, without looking at its value; fails as `find` does."""
        name = name.strip()
        keys, waiting = self._meant(name), self.unfilled(name)
        if waiting:
            # What an older edition gives is not what is meant.
            keys = [key for key in keys if self._given_by(self.edition, key)]
        slug, _, period = name.partition("@")
        derived = [k for k in self._waiting.get(self.edition, ()) if k[0] == slug and period in ("", k[1])]
        if len(keys) + len(waiting) == 1 == len(waiting) or derived:
            words = numbers.STATUSES["O"]
            raise Unfilled(f"“{name}” {words}.", "Điền con số vào bảng observations.", words)
        found = [self._names[key] for key in keys] + ["{}[{}]@{}/{}".format(*key) for key in waiting]
        found += [self._derived_name(key) for key in self._meant_derived(name)]
        if len(found) > 1:
            more = f" (và {len(found) - CANDIDATES} tên nữa)" if len(found) > CANDIDATES else ""
            several = f"Viết rõ một trong: {', '.join(sorted(found)[:CANDIDATES])}{more}."
            raise FactError(f"“{name}” có thể là nhiều con số.", several)
        if found:
            return found[0]
        told, near = f"Không có con số nào tên “{name}”.", did_you_mean(name, self)
        match = NAME.fullmatch(name)
        known = match and match["indicator"] in self.package.table("indicators").by_key
        if known and self._status(self.edition) == "draft":
            # Rows of a draft are struck where the report has the figure no longer.
            raise Unfilled(told, near, "không có trong báo cáo")
        raise FactError(told, near)

    def _meant(self, name: str) -> list[Key]:
        """Keys of the observations that a name may mean: where there are several, those that the edition gives."""
        keys = self.matching(name)
        if len(keys) < 2:
            return keys
        return [key for key in keys if self._given_by(self.edition, key)] or keys

    def _given_by(self, edition: int, key: Key) -> bool:
        """Whether an edition gives a figure a value."""
        return any(edition == giving for giving, _ in self._vintages[key])

    def unfilled(self, name: str) -> list[Key]:
        """Keys of what `name` may mean in the edition and has no value there yet; only a draft has such rows."""
        rows = self._unfilled.get(self.edition)
        return self._fitting(name, rows) if rows else []

    @remembered
    def _unfilled(self) -> dict[int, dict[str, list[Key]]]:
        """Keys of the rows without a value by edition and indicator."""
        found: dict[int, dict[str, list[Key]]] = {}
        for edition in (e for e in self.editions if self._status(e) == "draft"):
            rows = [row for row in self.package.table("observations", edition).rows if not row.filled("obs_value")]
            keys = [(row["indicator"], row["breakdown"], row["time_period"], row["ref_area"]) for row in rows]
            for key in dict.fromkeys(keys):
                found.setdefault(edition, {}).setdefault(key[0], []).append(key)
        return found

    def _meant_derived(self, name: str) -> list[DerivedKey]:
        """The same of the derived figures."""
        slug, _, period = name.partition("@")
        keys = [key for key in self._derived_by_slug.get(slug, ()) if period in ("", key[1])]
        own = [key for key in keys if self._derived[key][0] == self.edition]
        return own if len(keys) > 1 and own else keys

    def _derived_name(self, key: DerivedKey) -> str:
        return key[0] if len(self._derived_by_slug[key[0]]) == 1 else f"{key[0]}@{key[1]}"

    def name_of_key(self, key: Key) -> str:
        """The shortest name of the observation with this key."""
        return self._names[key]

    def series(self, name: str, *, of_edition: bool = False) -> list[Fact]:
        """The figures that a name may mean, for charts: groups in their order, then periods; totals only by name.

        Those of the province, unless the name has an area or there are none. With `of_edition` only those that the
        edition gives itself, where it gives any.
        """
        keys = self._meant(name) if of_edition else self.matching(name)
        areas = self.package.table("areas").by_key
        keys = [k for k in keys if areas[k[3]]["level"] == "province"] or keys
        if "[" not in name and len({k[1] for k in keys}) > 1:
            keys = [k for k in keys if k[1] != "_T"]
        if not keys:
            return [self.find(name)]
        position = {row["breakdown"]: row["position"] for row in self.package.table("breakdowns").rows}
        keys.sort(key=lambda k: (position[k[1]], k[2], k[3]))
        return [self._fact(self._names[k]) for k in keys]

    def _page(self, targets: list[str]) -> str:
        return self.package.table("targets").by_key[targets[0]]["chapter"]

    def anchor(self, name: str) -> str:
        """Anchor of the row of the figure with this shortest name, without computing it."""
        key = self._keys.get(name)
        if key is not None:
            return self._anchor(key)
        slug, period = self._derived_names[name]
        # The first edition's derived figures keep the anchors that they had when it was alone.
        first = self._derived[slug, period][0] == self.package.editions[0]
        return f"so-{slug}" if first else f"so-{slug}-{period}"

    def _anchor(self, key: Key) -> str:
        """Anchor of a figure's row, from its full key: it stays when later editions make its name longer."""
        indicator, breakdown, period, area = key
        province = self.package.table("areas").by_key[area]["level"] == "province"
        parts = [indicator, *([breakdown] * (breakdown != "_T")), period, *([area] * (not province))]
        return "so-" + "-".join(parts)

    def vintages(self, key: Key) -> list[Vintage]:
        """Everything that was published of a printed figure, oldest first, the value that is shown last.

        A correction of a frozen edition adds a value to the one that stays in its cell; one of an edition that is not
        frozen tells the value that its cell had before.
        """
        found: list[Vintage] = []
        for edition, row in self._vintages[key]:
            cell = Vintage(
                edition,
                row["obs_value"],
                row["qualifier"],
                row["obs_status"],
                (row["source_locator"], *row["also_at"]),
                (row.cell,),
            )
            found += self._corrected(edition, key, cell)
        return found

    def _corrected(self, edition: int, key: Key, cell: Vintage) -> list[Vintage]:
        """What an edition published of a figure one after the other, `cell` being what its row holds."""
        if not self.corrected:
            return [cell]
        frozen = self.is_frozen(edition)
        told, now = [], cell
        for row in self._corrections.get((edition, key), ()):
            old, new = _number(row["old_value"]), _number(row["new_value"])
            if old is None or new is None:
                continue
            told.append(replace(now, value=old, correction=row))
            now = replace(now, value=new if frozen else cell.value, cells=(*cell.cells, row.cell))
            if self.as_of is not None and row["revised_on"].year > self.as_of:
                # As it stood then: what came later is not known yet.
                return [*told[:-1], replace(told[-1], correction=None)]
        return [*told, now]

    def is_frozen(self, edition: int) -> bool:
        """Whether the cells of an edition stay as they are for ever."""
        return self._status(edition) == "frozen"

    def _status(self, edition: int) -> str:
        """Whether an edition is a draft, published or frozen."""
        return self.package.table("edition", edition).rows[0]["status"]

    @remembered
    def _in_groups(self) -> set[str]:
        """Indicators that have figures of several groups."""
        return {indicator for indicator, keys in self._by_indicator.items() if len({key[1] for key in keys}) > 1}

    def _observed(self, key: Key) -> Fact:
        vintages = self.vintages(key)
        shown = vintages[-1]
        row = next(row for edition, row in reversed(self._vintages[key]) if edition == shown.edition)
        indicator = self.package.table("indicators").by_key[row["indicator"]]
        group = self.package.table("breakdowns").by_key[row["breakdown"]]
        several = key[0] in self._in_groups
        return Fact(
            name=self._names[key],
            id=self._anchor(key),
            indicator=key[0],
            title=indicator["name_vi"],
            value=shown.value,
            unit=self.unit(indicator["unit"]),
            period=row["time_period"],
            status=shown.status,
            qualifier=shown.qualifier,
            page=self._page(indicator["targets"]),
            targets=tuple(indicator["targets"]),
            kind=indicator["kind"],
            area=row["ref_area"],
            breakdown=key[1],
            group=group["name_vi"] if several else "",
            locators=shown.locators,
            note=row["note_vi"] or "",
            as_written=row["as_written"],
            cells=(row.cell, indicator.cell, *dict.fromkeys(c for v in vintages for c in v.cells if c != row.cell)),
            edition=shown.edition,
            vintages=tuple(vintages),
        )

    def _compute(self, name: str) -> Fact:
        edition, row = self._derived[self._derived_names[name]]
        own = self.within(edition)
        try:
            unit = self.unit(row["unit"])
            result = own.quantity(name).in_unit(unit)
            open_result = own.quantity(name, qualified=True).in_unit(unit)
            parts = [own.find(part) for part in expressions.names(row["expression"])]
        except FactError as error:
            raise FactError(f"Số suy ra “{name}”: {error.message}", error.remedy, kind=error.kind) from None
        except ValueError as error:
            raise FactError(
                f"Số suy ra “{name}”: {error}", "Sửa công thức ở bảng derived.", kind="expression"
            ) from None
        upper, qualifier = None, "exact"
        if row["decimals"] == 0 and "whole(" in row["expression"]:
            value, upper = result.whole_numbers()
            upper = None if upper == value else upper
        else:
            value = numbers.rounded(result.value, row["decimals"])
            qualifier = "about" if row["decimals"] < 0 else "exact"
        return Fact(
            name=name,
            id=self.anchor(name),
            indicator="",
            title=row["name_vi"],
            value=value,
            upper=upper,
            ends=(open_result.low, open_result.high),
            unit=unit,
            period=row["time_period"],
            status="A",
            qualifier=qualifier,
            page=self._page(row["targets"]),
            targets=tuple(row["targets"]),
            kind="derived",
            area=parts[0].area,
            breakdown="_T",
            group="",
            locators=tuple(dict.fromkeys(locator for part in parts for locator in part.locators[:1])),
            note=row["note_vi"] or "",
            as_written="",
            cells=(row.cell, *(cell for part in parts for cell in part.cells)),
            edition=edition,
            formula=row["expression"],
        )

    def quantity(self, name: str, *, qualified: bool = False) -> Quantity:
        """The quantity behind a name, for expressions: rates as rounded numbers, counts as exact ones.

        A derived figure is computed afresh, so that nothing is rounded twice. When `qualified`, its ends take in
        what “trên”, “gần” and “khoảng” leave open.
        """
        name = self.name_of(name)
        if name in self._derived_names:
            if name in self._computing:
                raise FactError(
                    f"Số suy ra “{name}” được tính từ chính nó.", "Sửa công thức ở bảng derived.", kind="expression"
                )
            edition, row = self._derived[self._derived_names[name]]
            own = self.within(edition)
            self._computing.append(name)
            try:
                return expressions.evaluate(row["expression"], lambda part: own.quantity(part, qualified=qualified))
            finally:
                self._computing.remove(name)
        found = self._fact(name)
        rounded, qualifier = found.unit.dimension in (RATIO, POINTS), found.qualifier if qualified else "exact"
        return Quantity.printed(found.value, found.unit, rounded=rounded, qualifier=qualifier)

    def unit(self, code: str) -> Unit:
        """A unit by its code."""
        rows = self.package.table("units").by_key
        return remember(self.kept, ("unit", code), lambda: Unit.from_row(rows[code]))

    def targets_of(self, name: str) -> list[str]:
        """The targets that a figure belongs to, without computing it."""
        key = self._keys.get(name)
        if key is None:
            return self._derived[self._derived_names[name]][1]["targets"]
        return self.package.table("indicators").by_key[key[0]]["targets"]

    @remembered
    def _by_target(self) -> dict[str, dict[int, str]]:
        """Names of the figures of each target, by their place among all names."""
        names: dict[str, dict[int, str]] = {}
        for place, name in enumerate(self):
            for target in self.targets_of(name):
                names.setdefault(target, {})[place] = name
        return names

    def of_targets(self, targets: list[str], *, provincial: bool = False) -> list[Fact]:
        """Figures of any of these targets: printed ones in their source's order, the newest edition's first; then
        derived ones. With `provincial` only printed ones of the province."""
        names = {place: name for target in targets for place, name in self._by_target.get(target, {}).items()}
        chosen = [self[names[place]] for place in sorted(names) if not provincial or self._is_provincial(names[place])]
        places = {edition: self.places_in_source(edition) for edition in {fact.edition for fact in chosen}}
        return sorted(chosen, key=lambda f: (f.is_derived, -f.edition, places[f.edition].get(f.locators[0], 0)))

    def _is_provincial(self, name: str) -> bool:
        key = self._keys.get(name)
        return key is not None and self.package.table("areas").by_key[key[3]]["level"] == "province"

    def places_in_source(self, edition: int) -> dict[str, int]:
        """The locators of an edition's source with their place in its order."""
        rows = self.package.table("sections", edition)
        return remember(self.kept, ("places", edition), lambda: {row["locator"]: n for n, row in enumerate(rows.rows)})

    def breaks_of(self, indicator: str) -> list[Row]:
        """The breaks of an indicator's series that all editions tell of, by their periods."""
        return self._breaks.get(indicator, [])

    def broken_between(self, one: Fact, other: Fact) -> Row | None:
        """The last break of a series between two of its figures, which then do not compare; None where none is."""
        if not one.indicator or one.indicator != other.indicator:
            return None
        after, upto = sorted(first_day(fact.period) for fact in (one, other))
        found = [row for row in self.breaks_of(one.indicator) if after < first_day(row["period"]) <= upto]
        return found[-1] if found else None

    @remembered
    def _breaks(self) -> dict[str, list[Row]]:
        """Breaks by indicator; of one period the latest edition's words."""
        found = {
            (row["indicator"], row["period"]): row for edition in self.editions for row in self.rows("breaks", edition)
        }
        by_indicator: dict[str, list[Row]] = {}
        for (indicator, _), row in sorted(found.items()):
            by_indicator.setdefault(indicator, []).append(row)
        return by_indicator

    def line(self, indicator: str, breakdown: str, area: str) -> list[Fact]:
        """The printed figures of one group in one area, by their periods."""

        def make() -> list[Fact]:
            keys = [key for key in self._by_indicator.get(indicator, ()) if (key[1], key[3]) == (breakdown, area)]
            return [self._fact(self._names[key]) for key in sorted(keys)]

        return remember(self.kept, ("line", indicator, breakdown, area), make)

    def of_indicator(self, indicator: str) -> list[Fact]:
        """The printed figures of one indicator."""
        return [self._fact(self._names[key]) for key in self._by_indicator.get(indicator, ())]

    def of_key(self, key: Key) -> Fact:
        """The printed figure with this key (indicator, breakdown, period, area)."""
        return self._fact(self._names[key])

    def keys_in(self, area: str) -> list[Key]:
        """Keys of the printed figures of one area."""
        return self._by_area.get(area, [])

    @remembered
    def _by_area(self) -> dict[str, list[Key]]:
        """Keys of the observations by area."""
        keys: dict[str, list[Key]] = {}
        for key in self._vintages:
            keys.setdefault(key[3], []).append(key)
        return keys

    def derived(self) -> list[Fact]:
        """The figures that the report does not print."""
        return [self._fact(name) for name in self._derived_names]

    def anchored(self, anchor: str) -> Fact | None:
        """The figure whose row has this anchor; None when there is none."""
        name = self._anchors.get(anchor)
        return None if name is None else self._fact(name)

    @remembered
    def _anchors(self) -> dict[str, str]:
        """Names of all figures by their anchors."""
        return {self.anchor(name): name for name in self}

    @remembered
    def pages(self) -> set[str]:
        """The pages whose tables hold figures."""
        indicators = self.package.table("indicators").by_key
        own = [indicators[code]["targets"] for code in self._by_indicator]
        return {self._page(targets) for targets in [*own, *map(self.targets_of, self._derived_names)]}


def _names_in(expression: str) -> list[str]:
    """The names of figures in an expression; none where it is no expression, which the check tells."""
    try:
        return [name for name in expressions.names(expression) if NAME.fullmatch(name)]
    except expressions.ExpressionError:
        return []


def _number(text: str) -> Decimal | None:
    """The number that a cell of `revisions` holds; None where it holds something else."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


@lru_cache(maxsize=4)
def _read(root: Path, state: tuple[tuple[str, int, int, int], ...], as_of: int | None) -> Facts:
    return Facts(read_package(root), as_of)


_in_use: list[Facts] = []


@contextmanager
def use(chosen: Facts) -> Iterator[None]:
    """Let `facts()` give `chosen` for a while: how a check runs chapters on data that it has mended for the purpose."""
    _in_use.append(chosen)
    try:
        yield
    finally:
        _in_use.pop()


def facts(as_of: int | None = None) -> Facts:
    """All figures of the project the current folder belongs to; with `as_of`, as that year's edition knew them."""
    if _in_use and as_of is None:
        return _in_use[-1]
    return facts_of(find_root(), as_of)


def facts_of(root: Path, as_of: int | None = None) -> Facts:
    """All figures of the project at `root`, read once for as long as its files stay as they are."""
    # Who asks depends on the rows that he looks at, each of which is noted then, and not on the files as such: the same
    # is noted whether they are read now or have been before.
    with recording():
        files = [(path, path.stat()) for path in sorted((root / "data").rglob("*.*"))]
        return _read(root, tuple((p.as_posix(), s.st_mtime_ns, s.st_ctime_ns, s.st_size) for p, s in files), as_of)


def fact(name: str, as_of: int | None = None) -> Fact:
    """One figure by name: `fact("poverty-rate@2021-12-31").text`."""
    return facts(as_of).find(name)


def table_of(figures: list[Fact]) -> Any:
    """Figures as a pandas data frame with the columns name, title, group, period, value, unit, status, qualifier,
    edition, source (first locator)."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "name": f.name,
                "title": f.title,
                "group": f.group,
                "period": f.period,
                "value": f.value,
                "unit": f.unit.code,
                "status": f.status,
                "qualifier": f.qualifier,
                "edition": f.edition,
                "source": f.locators[0],
            }
            for f in figures
        ]
    )
