"""Figures by name: how a chapter says which cell it means, and how the figure is written.

A name is `indicator[breakdown]@period/area`; parts are left out when the rest is unique. Figures that the
report does not print have a name of their own (table `derived`) and are computed, never stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from sdgbook.data import DataPackage, Row, find_root, read_package
from sdgbook.data.problems import did_you_mean
from sdgbook.data.reads import Reads, recording, remember, remembered
from sdgbook.report import expressions, numbers
from sdgbook.report.quantity import POINTS, RATIO, Quantity, Unit

NAME = re.compile(
    r"(?P<indicator>[a-z0-9-]+)(\[(?P<breakdown>[A-Za-z0-9_-]+)\])?(@(?P<period>[0-9-]+))?(/(?P<area>[0-9]+))?"
)


class FactError(LookupError):
    """A name that means no figure, or more than one. `message` is a Vietnamese sentence, `remedy` another."""

    def __init__(self, message: str, remedy: str = ""):
        super().__init__(f"{message} {remedy}".strip())
        self.message, self.remedy = message, remedy


@dataclass(frozen=True)
class Fact:
    """A figure that a page shows: an observation or a derived figure.

    `value` is the number in `unit` (for a derived range, its lower end, `upper` being the other); `ends` are those
    between which a derived figure lies, given the rounding and the qualifiers of its parts. `id` is the
    stable anchor of its row, `page` the page whose table holds that row. `cells` are the data rows (file, key) it
    is made from, its own first. `indicator` is empty for a derived figure, `group` where an indicator has one
    breakdown only.
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
    def is_derived(self) -> bool:
        """Whether the report does not print this figure."""
        return bool(self.formula)

    @property
    def file(self) -> str:
        """The CSV file that holds the figure or its formula."""
        return self.cells[0][0]

    @property
    def number(self) -> str:
        """The number with its qualifier: “trên 8.744”, “từ 4.595 đến 4.599”."""
        number = numbers.format_number(self.value)
        if self.upper is not None:
            return f"từ {number} đến {numbers.format_number(self.upper)}".replace(" ", numbers.NBSP)
        word = numbers.QUALIFIERS[self.qualifier]
        return f"{word}{numbers.NBSP}{number}" if word else number

    @property
    def status_word(self) -> str:
        """“sơ bộ”, “ước”, “dự kiến” or “suy ra”; empty for a normal printed figure."""
        return "suy ra" if self.is_derived else numbers.STATUSES[self.status]

    @property
    def measured(self) -> str:
        """Number with qualifier and unit: “trên 8.744 lượt”, “18,06%”."""
        return numbers.with_unit(self.number, self.unit.symbol)

    @property
    def text(self) -> str:
        """The whole figure as prose shows it: “18,06% (sơ bộ)”."""
        return self.measured + (f" ({self.status_word})" if self.status_word else "")

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

    `as_of` is the year of an edition: figures as that edition and earlier ones gave them (a later edition's
    value for an old period takes its place).
    """

    def __init__(self, package: DataPackage, as_of: int | None = None):
        self.package = package
        self.editions = [e for e in package.editions if as_of is None or e <= as_of]
        if not self.editions:
            raise FactError(f"Không có ấn bản nào đến năm {as_of}.")
        self._made: dict[str, tuple[Fact, Reads]] = {}
        self._computing: list[str] = []

    @remembered
    def _rows(self) -> dict[tuple[str, ...], Row]:
        """Rows of the observations by key; a later edition's row takes the place of an earlier one's."""
        return {
            (row["indicator"], row["breakdown"], row["time_period"], row["ref_area"]): row
            for edition in self.editions
            for row in self.package.table("observations", edition).rows
            if row.filled("obs_value")
        }

    @remembered
    def _by_indicator(self) -> dict[str, list[tuple[str, ...]]]:
        """Keys of the observations by indicator."""
        keys: dict[str, list[tuple[str, ...]]] = {}
        for key in self._rows:
            keys.setdefault(key[0], []).append(key)
        return keys

    @remembered
    def _derived(self) -> dict[str, Row]:
        """Rows of the derived figures by name."""
        return {row["derived"]: row for edition in self.editions for row in self.package.table("derived", edition).rows}

    def _fact(self, name: str) -> Fact:
        """The figure with this shortest name, made at first use: one bad derived figure spoils no other."""
        key = self._keys.get(name)
        return remember(self._made, name, lambda: self._compute(name) if key is None else self._observed(key))

    def __getitem__(self, name: str) -> Fact:
        if name not in self._keys and name not in self._derived:
            raise KeyError(name)
        return self._fact(name)

    def __iter__(self):
        yield from self._keys
        yield from self._derived

    def __len__(self) -> int:
        return len(self._keys) + len(self._derived)

    @remembered
    def _names(self) -> dict[tuple[str, ...], str]:
        """Shortest unique name of each observation."""
        names = {}
        for indicator, breakdown, period, area in self._rows:
            full = (indicator, breakdown, period, area)
            parts = ("", f"[{breakdown}]", f"@{period}", f"/{area}")
            choices = [(), (1,), (2,), (3,), (1, 2), (1, 3), (2, 3), (1, 2, 3)]
            for choice in choices:
                name = indicator + "".join(parts[n] for n in choice)
                if self.matching(name) == [full]:
                    names[full] = name
                    break
        return names

    @remembered
    def _keys(self) -> dict[str, tuple[str, ...]]:
        """Keys of the observations by their shortest unique names."""
        return {name: key for key, name in self._names.items()}

    def matching(self, name: str) -> list[tuple[str, ...]]:
        """Keys (indicator, breakdown, period, area) of all observations that a name may mean."""
        match = NAME.fullmatch(name)
        if not match:
            raise FactError(
                f"“{name}” không phải là tên một con số.", "Tên có dạng chi-so[nhom]@thoi-gian/noi, ví dụ abc-xyz@2001."
            )
        wanted = match.group("indicator", "breakdown", "period", "area")
        own = self._by_indicator.get(match["indicator"], ())
        return [key for key in own if all(w is None or w == k for w, k in zip(wanted, key, strict=True))]

    def find(self, name: str) -> Fact:
        """The figure that `name` means; `FactError` with the candidates when it means none or several."""
        return self._fact(self.name_of(name))

    def name_of(self, name: str) -> str:
        """The shortest name of the figure that `name` means, without looking at its value; fails as `find` does."""
        name = name.strip()
        keys = self.matching(name)
        if len(keys) + (name in self._derived) > 1:
            names = ", ".join(sorted([self._names[k] for k in keys] + [name] * (name in self._derived)))
            raise FactError(f"“{name}” có thể là nhiều con số.", f"Viết rõ một trong: {names}.")
        if keys:
            return self._names[keys[0]]
        if name in self._derived:
            return name
        raise FactError(f"Không có con số nào tên “{name}”.", did_you_mean(name, self._all_names()))

    def series(self, name: str) -> list[Fact]:
        """The figures that a name may mean, for charts: groups in their order, then periods; totals only by name."""
        keys = self.matching(name)
        if "[" not in name and len({k[1] for k in keys}) > 1:
            keys = [k for k in keys if k[1] != "_T"]
        if not keys:
            return [self.find(name)]
        position = {row["breakdown"]: row["position"] for row in self.package.table("breakdowns").rows}
        keys.sort(key=lambda k: (position[k[1]], k[2], k[3]))
        return [self._fact(self._names[k]) for k in keys]

    def _all_names(self) -> list[str]:
        return [*self._names.values(), *self._derived]

    def _page(self, targets: list[str]) -> str:
        return self.package.table("targets").by_key[targets[0]]["chapter"]

    def anchor(self, name: str) -> str:
        """Anchor of the row of the figure with this shortest name, without computing it."""
        key = self._keys.get(name)
        return f"so-{name}" if key is None else self._anchor(key)

    def _anchor(self, key: tuple[str, ...]) -> str:
        """Anchor of a figure's row, from its full key: it stays when later editions make its name longer."""
        indicator, breakdown, period, area = key
        province = self.package.table("areas").by_key[area]["level"] == "province"
        parts = [indicator, *([breakdown] * (breakdown != "_T")), period, *([area] * (not province))]
        return "so-" + "-".join(parts)

    def _observed(self, key: tuple[str, ...]) -> Fact:
        row = self._rows[key]
        indicator = self.package.table("indicators").by_key[row["indicator"]]
        group = self.package.table("breakdowns").by_key[row["breakdown"]]
        several = len({k[1] for k in self._by_indicator[key[0]]}) > 1
        return Fact(
            name=self._names[key],
            id=self._anchor(key),
            indicator=key[0],
            title=indicator["name_vi"],
            value=row["obs_value"],
            unit=self.unit(indicator["unit"]),
            period=row["time_period"],
            status=row["obs_status"],
            qualifier=row["qualifier"],
            page=self._page(indicator["targets"]),
            targets=tuple(indicator["targets"]),
            kind=indicator["kind"],
            area=row["ref_area"],
            breakdown=key[1],
            group=group["name_vi"] if several else "",
            locators=(row["source_locator"], *row["also_at"]),
            note=row["note_vi"] or "",
            as_written=row["as_written"],
            cells=(row.cell, indicator.cell),
        )

    def _compute(self, name: str) -> Fact:
        row = self._derived[name]
        try:
            unit = self.unit(row["unit"])
            result = self.quantity(name).in_unit(unit)
            open_result = self.quantity(name, qualified=True).in_unit(unit)
            parts = [self.find(part) for part in expressions.names(row["expression"])]
        except FactError as error:
            raise FactError(f"Số suy ra “{name}”: {error.message}", error.remedy) from None
        except ValueError as error:
            raise FactError(f"Số suy ra “{name}”: {error}", "Sửa công thức ở bảng derived.") from None
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
            formula=row["expression"],
        )

    def quantity(self, name: str, *, qualified: bool = False) -> Quantity:
        """The quantity behind a name, for expressions: rates as rounded numbers, counts as exact ones.

        A derived figure is computed afresh, so that nothing is rounded twice. When `qualified`, its ends take in
        what “trên”, “gần” and “khoảng” leave open.
        """
        keys = self.matching(name)
        if name in self._derived and not keys:
            if name in self._computing:
                raise FactError(f"Số suy ra “{name}” được tính từ chính nó.", "Sửa công thức ở bảng derived.")
            self._computing.append(name)
            try:
                return expressions.evaluate(
                    self._derived[name]["expression"], lambda part: self.quantity(part, qualified=qualified)
                )
            finally:
                self._computing.remove(name)
        found = self.find(name)
        rounded, qualifier = found.unit.dimension in (RATIO, POINTS), found.qualifier if qualified else "exact"
        return Quantity.printed(found.value, found.unit, rounded=rounded, qualifier=qualifier)

    def unit(self, code: str) -> Unit:
        """A unit by its code."""
        return Unit.from_row(self.package.table("units").by_key[code])

    def targets_of(self, name: str) -> list[str]:
        """The targets that a figure belongs to, without computing it."""
        key = self._keys.get(name)
        row = self._derived[name] if key is None else self.package.table("indicators").by_key[key[0]]
        return row["targets"]

    @remembered
    def _by_target(self) -> dict[str, dict[int, str]]:
        """Names of the figures of each target, by their place among all names."""
        names: dict[str, dict[int, str]] = {}
        for place, name in enumerate(self):
            for target in self.targets_of(name):
                names.setdefault(target, {})[place] = name
        return names

    def of_targets(self, targets: list[str]) -> list[Fact]:
        """Figures of any of these targets: printed ones in the source's order, then derived ones."""
        order = self.places_in_source
        names = {place: name for target in targets for place, name in self._by_target.get(target, {}).items()}
        chosen = [self[names[place]] for place in sorted(names)]
        return sorted(chosen, key=lambda f: (f.is_derived, order.get(f.locators[0], 0)))

    @remembered
    def places_in_source(self) -> dict[str, int]:
        """The locators of the newest edition's source with their place in its order."""
        return {row["locator"]: n for n, row in enumerate(self.package.table("sections", self.editions[-1]).rows)}

    def of_indicator(self, indicator: str) -> list[Fact]:
        """The printed figures of one indicator."""
        return [self._fact(self._names[key]) for key in self._by_indicator.get(indicator, ())]

    def in_area(self, area: str) -> list[Fact]:
        """The printed figures of one area."""
        return [self._fact(self._names[key]) for key in self._rows if key[3] == area]

    def derived(self) -> list[Fact]:
        """The figures that the report does not print."""
        return [self._fact(name) for name in self._derived]

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
        return {self._page(self.targets_of(name)) for name in self}


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
    """Figures as a pandas data frame with the columns name, title, group, period, value, unit, status,
    qualifier, source (first locator)."""
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
                "source": f.locators[0],
            }
            for f in figures
        ]
    )
