"""ODS files, as LibreOffice saves them (OASIS OpenDocument 1.3)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from sdgbook.edit.sheet.reading.grid import LONGEST, Book, Cell, Is, Sheet
from sdgbook.edit.sheet.reading.unpack import Package, attribute, child, children, local, locked

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
ROWS = ("table-row", "table-header-rows", "table-rows", "table-row-group")
COLUMNS = ("table-column", "table-header-columns", "table-columns", "table-column-group")
KINDS = {"float": Is.NUMBER, "currency": Is.NUMBER, "percentage": Is.PERCENT}


def read_ods(package: Package) -> Book:
    """All sheets of an ODS file; raises `ProblemsFound` where it is broken."""
    if MANIFEST in package.names and any(local(e) == "encryption-data" for e in package.tree(MANIFEST).iter()):
        raise locked(package.file)
    content = package.tree(CONTENT)
    unseen = {
        attribute(style, "name")
        for style in children(child(content, "automatic-styles"), "style")
        if any(attribute(entry, "display") == "false" for entry in children(style, "table-properties"))
    }
    sheets = []
    for table in children(child(child(content, "body"), "spreadsheet"), "table"):
        sheet = Sheet(attribute(table, "name"), hidden=attribute(table, "style-name") in unseen)
        _read(sheet, table)
        sheets.append(sheet)
    if not sheets:
        raise package.broken()
    return Book(package.file, sheets)


def _flat(element: etree._Element, groups: tuple[str, ...]) -> Iterator[etree._Element]:
    """Rows or columns in order, out of the groups they stand in."""
    for entry in children(element, *groups):
        if local(entry) == groups[0]:
            yield entry
        else:
            yield from _flat(entry, groups)


def _times(entry: etree._Element, name: str) -> int:
    return int(attribute(entry, name, "1"))


def _hidden(entry: etree._Element) -> bool:
    return attribute(entry, "visibility", "visible") != "visible"


def _read(sheet: Sheet, table: etree._Element) -> None:
    """Fill a sheet from its table."""
    column = 1
    for entry in _flat(table, COLUMNS):
        times = _times(entry, "number-columns-repeated")
        if _hidden(entry):
            sheet.hidden_columns.append(range(column, column + times))
        column += times
    computed: list[tuple[range, range]] = []
    row = 1
    for line in _flat(table, ROWS):
        times = _times(line, "number-rows-repeated")
        column, found = 1, False
        for entry in children(line, "table-cell", "covered-table-cell"):
            wide = _times(entry, "number-columns-repeated")
            cell = _cell(entry)
            if cell:
                found = True
                for n in range(times):
                    for m in range(wide):
                        sheet.put(row + n, column + m, cell)
            spans = _times(entry, "number-rows-spanned"), _times(entry, "number-columns-spanned")
            matrix = (
                _times(entry, "number-matrix-rows-spanned"),
                _times(entry, "number-matrix-columns-spanned"),
            )
            if spans != (1, 1):
                sheet.merged.append((row, column, row + spans[0] - 1, column + spans[1] - 1))
            if matrix != (1, 1):
                computed.append((range(row, row + matrix[0]), range(column, column + matrix[1])))
            column += wide
        if _hidden(line) and (found or times == 1):
            sheet.hidden_rows.update(range(row, row + min(times, 100_000)))
        row += times
    for rows, columns in computed:
        for place in [at for at in sheet.cells if at[0] in rows and at[1] in columns]:
            sheet.cells[place] = Cell(Is.FORMULA, sheet.cells[place].text)


def _cell(entry: etree._Element) -> Cell | None:
    """A cell; None for one that holds nothing."""
    if formula := attribute(entry, "formula"):
        return Cell(Is.FORMULA, formula.removeprefix("of:"))
    # LibreOffice says more in an attribute of its own than the standard has.
    kind = attribute(entry, "value-type")
    own = next((value for key, value in entry.items() if "calc" in key and key.endswith("}value-type")), "")
    shown = "\n".join(_text(paragraph) for paragraph in children(entry, "p"))
    if own == "error":
        return Cell(Is.ERROR, shown)
    if kind in KINDS:
        number = Decimal(attribute(entry, "value"))
        if not number.is_finite() or abs(number.adjusted()) > LONGEST:
            raise ValueError(number)
        return Cell(KINDS[kind], f"{number:f}")
    if kind == "date":
        date = attribute(entry, "date-value")
        return Cell(Is.DATE if len(date) == 10 or date.endswith("T00:00:00") else Is.TIME, date[:10])
    if kind == "time":
        return Cell(Is.TIME, shown)
    if kind == "boolean":
        return Cell(Is.TRUTH, attribute(entry, "boolean-value").upper())
    return Cell(Is.TEXT, shown) if shown else None


def _text(element: etree._Element) -> str:
    """The text of a paragraph, in which runs of spaces, tabs and line ends are elements."""
    parts = [element.text or ""]
    for part in element:
        name = local(part)
        if name == "s":
            parts.append(" " * _times(part, "c"))
        elif name == "tab":
            parts.append("\t")
        elif name == "line-break":
            parts.append("\n")
        elif name in ("span", "a"):
            parts.append(_text(part))
        parts.append(part.tail or "")
    return "".join(parts)
