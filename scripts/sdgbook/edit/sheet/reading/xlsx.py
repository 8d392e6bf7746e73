"""XLSX files, as Excel, LibreOffice, Google Sheets and libraries save them (ISO/IEC 29500)."""

from __future__ import annotations

import posixpath
import re
from datetime import datetime, timedelta
from decimal import Decimal

from lxml import etree

from sdgbook.edit.sheet.reading.grid import LONGEST, Book, Cell, Is, Sheet, column_of
from sdgbook.edit.sheet.reading.unpack import Package, attribute, child, children, local

REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Number formats that every program knows by number alone.
DATES = {*range(14, 18), 22, *range(27, 32), 34, 35, 36, *range(50, 59)}
TIMES = {*range(18, 22), 32, 33, *range(45, 48)}
PERCENTS = {9, 10}
# What in a number format stands for itself, or is a colour, a condition or a country.
NOT_SIGNS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
YES = ("1", "true", "on")


def read_xlsx(package: Package) -> Book:
    """All sheets of an XLSX file; raises `ProblemsFound` where it is broken."""
    start = _related(package, "")
    main = next((target for kind, target in start.values() if kind == "officeDocument"), "xl/workbook.xml")
    workbook, related = package.tree(main), _related(package, main)
    by_kind = dict(related.values())
    properties = child(workbook, "workbookPr")
    since_1904 = properties is not None and attribute(properties, "date1904") in YES
    strings = _strings(package, by_kind.get("sharedStrings", ""))
    kinds = _kinds(package, by_kind.get("styles", ""))
    sheets = []
    for entry in children(child(workbook, "sheets"), "sheet"):
        kind, target = related.get(_relation(entry), ("", ""))
        sheet = Sheet(attribute(entry, "name"), hidden=attribute(entry, "state", "visible") != "visible")
        sheets.append(sheet)
        if kind == "worksheet":
            _read(sheet, package.tree(target), strings, kinds, since_1904)
        else:
            # A chart on a sheet of its own: nothing that could be lost stands in it, but it is none of ours.
            sheet.put(1, 1, Cell(Is.FORMULA, kind))
    if not sheets:
        raise package.broken()
    return Book(package.file, sheets)


def _relation(entry: etree._Element) -> str:
    return next((value for key, value in entry.items() if key.endswith("}id")), "")


def _related(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """What a part of the file refers to by id: kind and name."""
    folder, name = posixpath.split(part)
    relations = posixpath.join(folder, "_rels", f"{name}.rels")
    if relations not in package.names:
        return {}
    found = {}
    for entry in children(package.tree(relations), "Relationship"):
        target = attribute(entry, "Target")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[attribute(entry, "Id")] = (attribute(entry, "Type").rpartition("/")[2], path)
    return found


def _strings(package: Package, part: str) -> list[str]:
    """The texts that cells refer to by number."""
    if part not in package.names:
        return []
    return [_text(entry) for entry in children(package.tree(part), "si")]


def _text(entry: etree._Element | None) -> str:
    """A text in one piece or in pieces of different looks, without the aids to reading of East Asian scripts."""
    parts = []
    for piece in children(entry, "t", "r"):
        found = piece if local(piece) == "t" else child(piece, "t")
        parts.append(found.text or "" if found is not None else "")
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), "".join(parts))


def _kinds(package: Package, part: str) -> list[Is]:
    """What numbers are, by the style of their cells."""
    if part not in package.names:
        return []
    styles = package.tree(part)
    forms = {
        attribute(entry, "numFmtId"): attribute(entry, "formatCode")
        for entry in children(child(styles, "numFmts"), "numFmt")
    }
    return [_kind(attribute(entry, "numFmtId", "0"), forms) for entry in children(child(styles, "cellXfs"), "xf")]


def _kind(number: str, forms: dict[str, str]) -> Is:
    if number not in forms:
        known = int(number) if number.isdecimal() else 0
        return (
            Is.DATE if known in DATES else Is.TIME if known in TIMES else Is.PERCENT if known in PERCENTS else Is.NUMBER
        )
    signs = NOT_SIGNS.sub("", forms[number].split(";")[0]).lower()
    if "%" in signs:
        return Is.PERCENT
    if "general" in signs:
        return Is.NUMBER
    # An e for a year only where no digit follows: else it is an exponent.
    if re.search(r"[dy]", signs) or re.search(r"e(?![+-])", signs) or ("m" in signs and not re.search(r"[hs]", signs)):
        return Is.DATE
    return Is.TIME if re.search(r"[hs]", signs) else Is.NUMBER


def _read(sheet: Sheet, root: etree._Element, strings: list[str], kinds: list[Is], since_1904: bool) -> None:
    """Fill a sheet from its part of the file."""
    defaults = child(root, "sheetFormatPr")
    rows_hidden = defaults is not None and attribute(defaults, "zeroHeight") in YES
    for column in children(child(root, "cols"), "col"):
        if attribute(column, "hidden") in YES or attribute(column, "width") == "0":
            sheet.hidden_columns.append(range(int(attribute(column, "min")), int(attribute(column, "max")) + 1))
    computed: list[tuple[int, int, int, int]] = []
    row = 0
    for line in children(child(root, "sheetData"), "row"):
        row = int(attribute(line, "r") or row + 1)
        if attribute(line, "hidden", "1" if rows_hidden else "0") in YES or attribute(line, "ht") == "0":
            sheet.hidden_rows.add(row)
        column = 0
        for entry in children(line, "c"):
            place = REFERENCE.fullmatch(attribute(entry, "r"))
            column = column_of(place[1]) if place else column + 1
            formula = child(entry, "f")
            if formula is not None and (reference := attribute(formula, "ref")):
                computed.append(_area(reference))
            if cell := _cell(entry, strings, kinds, since_1904):
                sheet.put(row, column, cell)
    for first, left, last, right in computed:
        for place in [at for at in sheet.cells if first <= at[0] <= last and left <= at[1] <= right]:
            sheet.cells[place] = Cell(Is.FORMULA, sheet.cells[place].text)
    sheet.merged = [_area(attribute(area, "ref")) for area in children(child(root, "mergeCells"), "mergeCell")]


def _area(reference: str) -> tuple[int, int, int, int]:
    places = [REFERENCE.fullmatch(part) for part in reference.split(":")]
    (first, *_, last) = [places[0], places[-1]]
    if not first or not last:
        return (0, 0, 0, 0)
    return int(first[2]), column_of(first[1]), int(last[2]), column_of(last[1])


def _cell(entry: etree._Element, strings: list[str], kinds: list[Is], since_1904: bool) -> Cell | None:
    """A cell; None for one that holds nothing, whatever it looks like."""
    kind, value = attribute(entry, "t", "n"), child(entry, "v")
    text = (value.text or "") if value is not None else ""
    formula = child(entry, "f")
    if formula is not None:
        return Cell(Is.FORMULA, f"={formula.text or ''}")
    if kind == "inlineStr":
        text = _text(child(entry, "is"))
    elif kind == "s" and text:
        text = strings[int(text)]
    elif kind == "str":
        text = ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    if not text:
        return None
    if kind in ("inlineStr", "s", "str"):
        return Cell(Is.TEXT, text)
    if kind == "b":
        return Cell(Is.TRUTH, "TRUE" if text == "1" else "FALSE")
    if kind == "e":
        return Cell(Is.ERROR, text)
    if kind == "d":
        return Cell(Is.DATE if len(text) == 10 or text.endswith("T00:00:00") else Is.TIME, text[:10])
    number = Decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > LONGEST:
        raise ValueError(text)
    style = attribute(entry, "s", "0")
    own = kinds[int(style)] if int(style) < len(kinds) else Is.NUMBER
    if own in (Is.DATE, Is.TIME):
        return _date(number, own, since_1904)
    return Cell(own, f"{number:f}")


def _date(number: Decimal, kind: Is, since_1904: bool) -> Cell:
    """A count of days as a date. In the older way of counting, 1900 has a 29th of February."""
    if kind is Is.TIME or number != int(number) or not (since_1904 or number >= 61):
        return Cell(Is.TIME, f"{number:f}")
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
    return Cell(Is.DATE, f"{start + timedelta(days=int(number)):%Y-%m-%d}")
