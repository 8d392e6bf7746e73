"""Spreadsheet files in the shapes that programs save them, made without the code under test's writer.

A workbook is what one opens and edits here: sheets of plain values. It is saved as Excel does, as Google Sheets does,
or as a library does that writes little.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Styles that the fixtures know: plain, a date, a share, text, a time of day.
STYLES = {"": 0, "date": 1, "percent": 2, "text": 3, "time": 4}
STYLE_XML = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="[$-42A]dd/mm/yyyy;@"/>'
    '<numFmt numFmtId="165" formatCode="h:mm"/></numFmts>'
    '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="164"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0"/>'
    '<xf numFmtId="164"/><xf numFmtId="10"/><xf numFmtId="49"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)


@dataclass(frozen=True)
class Number:
    """A number in a cell, as the file writes it."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class Formula:
    """A formula with the result that the program has kept; `array` is the area of an array formula."""

    text: str
    result: str = "0"
    array: str = ""


@dataclass(frozen=True)
class Fault:
    """An error of the spreadsheet program."""

    text: str


Value = str | Number | Formula | Fault | bool


@dataclass
class Sheet:
    """A sheet with its values by row and column from 1."""

    name: str
    cells: dict[tuple[int, int], Value] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    state: str = "visible"

    def __getitem__(self, cell: str) -> Value | None:
        return self.cells.get(place(cell))

    def __setitem__(self, cell: str, value: Value | None) -> None:
        if value is None:
            self.cells.pop(place(cell), None)
        else:
            self.cells[place(cell)] = value

    def row(self, number: int) -> dict[int, Value]:
        """The values of a row by column."""
        return {column: value for (row, column), value in self.cells.items() if row == number}

    @property
    def last(self) -> int:
        """The last row that holds anything."""
        return max(row for row, _ in self.cells)

    def delete_row(self, number: int) -> None:
        """Remove a row; those below move up."""
        self._moved(0, lambda at: None if at == number else at - (at > number))

    def insert_row(self, number: int) -> None:
        """Add an empty row; it and those below move down."""
        self._moved(0, lambda at: at + (at >= number))

    def delete_column(self, number: int) -> None:
        self._moved(1, lambda at: None if at == number else at - (at > number))

    def insert_column(self, number: int) -> None:
        self._moved(1, lambda at: at + (at >= number))

    def swap_columns(self, one: int, other: int) -> None:
        self._moved(1, lambda at: {one: other, other: one}.get(at, at))

    def swap_rows(self, one: int, other: int) -> None:
        self._moved(0, lambda at: {one: other, other: one}.get(at, at))

    def _moved(self, axis: int, to) -> None:
        cells = {}
        for at, value in self.cells.items():
            new = to(at[axis])
            if new is not None:
                cells[(new, at[1]) if axis == 0 else (at[0], new)] = value
        self.cells = cells


@dataclass
class Workbook:
    """Sheets by name."""

    sheets: dict[str, Sheet]

    def __getitem__(self, name: str) -> Sheet:
        return self.sheets[name]

    @classmethod
    def opened(cls, path: Path) -> Workbook:
        """The workbook that the project has exported."""
        from sdgbook.edit.sheet.reading import read_book
        from sdgbook.edit.sheet.reading.grid import Is

        sheets = {}
        for read in read_book(path).sheets:
            sheet = sheets[read.name] = Sheet(read.name, state="veryHidden" if read.hidden else "visible")
            sheet.hidden_rows = set(read.hidden_rows)
            for at, cell in read.cells.items():
                sheet.cells[at] = Number(cell.text) if cell.kind is Is.NUMBER else cell.text
        return cls(sheets)

    def save(self, path: Path, shape: str = "excel") -> Path:
        """Save in the shape of `excel`, `google` or `bare` (a library that writes little)."""
        path.write_bytes(_Saved(self, shape).bytes())
        return path


def place(cell: str) -> tuple[int, int]:
    """Row and column of a cell's name."""
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(digits), column


def name(row: int, column: int) -> str:
    """A cell's name."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


class _Saved:
    """A workbook as the parts of an XLSX file."""

    def __init__(self, book: Workbook, shape: str):
        self.book, self.shape = book, shape
        self.strings: dict[str, int] = {}

    def bytes(self) -> bytes:
        bare = self.shape == "bare"
        sheets = list(self.book.sheets.values())
        folder = "xl/worksheets"
        parts = {f"{folder}/sheet{n}.xml": self.sheet(sheet) for n, sheet in enumerate(sheets, 1)}
        root = "/xl/" if bare else ""
        related = [(f"rId{n}", "worksheet", f"{root}worksheets/sheet{n}.xml") for n, _ in enumerate(sheets, 1)]
        if not bare:
            parts["xl/sharedStrings.xml"] = self.shared()
            parts["xl/styles.xml"] = STYLE_XML
            related += [("rId900", "sharedStrings", "sharedStrings.xml"), ("rId901", "styles", "styles.xml")]
        entries = "".join(
            f'<sheet name={quoteattr(sheet.name)} sheetId="{n}" r:id="rId{n}"'
            + (f' state="{sheet.state}"' if sheet.state != "visible" else "")
            + "/>"
            for n, sheet in enumerate(sheets, 1)
        )
        # What Excel puts in front for other versions of itself.
        extra = (
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
            '<mc:Choice Requires="x15"><x15ac:absPath xmlns:x15ac="http://schemas.microsoft.com/office/spreadsheetml/'
            '2010/11/ac" url="C:\\Users\\a\\"/></mc:Choice></mc:AlternateContent>'
            if self.shape == "excel"
            else ""
        )
        parts["xl/workbook.xml"] = (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{extra}<sheets>{entries}</sheets></workbook>'
        )
        parts["xl/_rels/workbook.xml.rels"] = relations(related)
        parts["_rels/.rels"] = relations(
            [("rId1", "officeDocument", f"{root}xl/workbook.xml".replace("/xl/xl", "/xl"))]
        )
        parts["[Content_Types].xml"] = (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>'
        )
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for part, text in parts.items():
                packed.writestr(part, HEAD + text)
        return out.getvalue()

    def sheet(self, sheet: Sheet) -> str:
        rows: dict[int, list[str]] = {row: [] for row in sheet.hidden_rows}
        for (row, column), value in sorted(sheet.cells.items()):
            rows.setdefault(row, []).append(self.cell(row, column, value))
        if self.shape == "google" and sheet.state == "visible":
            # Google fills a sheet up to its thousandth row with nothing.
            for row in range(1, 1001):
                rows.setdefault(row, []).append(f'<c r="{name(row, 26)}" s="3"/>')
        lines = []
        for row in sorted(rows):
            # A library that gives no places counts on rows without a gap.
            where = f' r="{row}"'
            hidden = ' hidden="1"' if row in sheet.hidden_rows else ""
            height = ' ht="15.75" customHeight="1"' if self.shape == "google" else ""
            lines.append(f"<row{where}{hidden}{height}>{''.join(rows[row])}</row>")
        columns = "".join(f'<col min="{n}" max="{n}" width="9" hidden="1"/>' for n in sorted(sheet.hidden_columns))
        merged = "".join(f'<mergeCell ref="{area}"/>' for area in sheet.merged)
        return (
            f'<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheetViews><sheetView workbookViewId="0"/></sheetViews>'
            + (f"<cols>{columns}</cols>" if columns else "")
            + f"<sheetData>{''.join(lines)}</sheetData>"
            + (f"<mergeCells>{merged}</mergeCells>" if merged else "")
            + "</worksheet>"
        )

    def cell(self, row: int, column: int, value: Value) -> str:
        at = f'r="{name(row, column)}"'
        match value:
            case bool():
                return f'<c {at} t="b"><v>{int(value)}</v></c>'
            case Number(text, style):
                return f'<c {at} s="{STYLES[style]}"><v>{text}</v></c>'
            case Formula(text, result, array):
                kind = f' t="array" ref="{array}"' if array else ""
                return f"<c {at}><f{kind}>{escape(text)}</f><v>{escape(result)}</v></c>"
            case Fault(text):
                return f'<c {at} t="e"><v>{text}</v></c>'
        if self.shape == "bare":
            return f'<c {at} t="inlineStr"><is><t xml:space="preserve">{_written(value)}</t></is></c>'
        if self.shape == "google" and len(value) % 3 == 0:
            return f'<c {at} s="3" t="str"><v>{_written(value)}</v></c>'
        number = self.strings.setdefault(value, len(self.strings))
        return f'<c {at} s="3" t="s"><v>{number}</v></c>'

    def shared(self) -> str:
        items = []
        for text in self.strings:
            if len(text) > 4 and self.shape == "excel" and "_x" not in text:
                # Part of the text is set in bold, and one word carries an aid to reading.
                runs = "".join(f'<r><t xml:space="preserve">{_written(p)}</t></r>' for p in (text[:2], text[2:]))
                items.append(f'<si>{runs}<rPh sb="0" eb="1"><t>đọc</t></rPh></si>')
            else:
                items.append(f'<si><t xml:space="preserve">{_written(text)}</t></si>')
        return f'<sst xmlns="{MAIN}">{"".join(items)}</sst>'


def _written(text: str) -> str:
    """A text in XML as spreadsheet programs write it: what looks like one of their escapes is escaped."""
    return escape(re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)).replace("\r", "_x000D_")


def relations(entries: list[tuple[str, str, str]]) -> str:
    """A part that says what another part refers to."""
    return (
        f'<Relationships xmlns="{PACKAGE}">'
        + "".join(f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{target}"/>' for i, kind, target in entries)
        + "</Relationships>"
    )
