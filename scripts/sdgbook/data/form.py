"""A CSV file taken apart: bytes → text → header and rows with their lines; what is wrong with each step."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from sdgbook.data.layout import canonical, orders, sort_columns, tidy_cell, tidy_list
from sdgbook.data.problems import Problem, did_you_mean

MERGE_MARK = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$", re.MULTILINE)
FIX = "Chạy `sdgbook check --fix` (hay `make format`)."
# Tables that say something in every edition; of others there may be no row.
NEVER_EMPTY = ("goals", "targets", "indicators", "breakdowns", "units", "areas", "sections", "observations")
UTF16 = (b"\xff\xfe", b"\xfe\xff")
Record = tuple[int, list[str]]


@dataclass
class Form:
    """What a table's file holds: the columns that the package describes in the order of the file (None for one that it
    does not know), and the records, each with the line it begins on. `readable` says whether it is a table at all,
    `whole` whether it has all its columns."""

    file: str
    fields: list[dict[str, Any]]
    columns: list[str | None] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    text: str = ""
    readable: bool = True

    @property
    def whole(self) -> bool:
        """Whether each column of the package is there once."""
        return self.readable and sorted(c or "" for c in self.columns) == sorted(f["name"] for f in self.fields)

    def tell(self, line: int | None, column: str | int | None, message: str, remedy: str, kind: str, found: str = ""):
        """Note a problem of this file."""
        self.problems.append(Problem(self.file, line, column, message, remedy, kind=kind, found=found))

    def stop(self, line: int | None, message: str, remedy: str, kind: str) -> Form:
        """Note what makes the file no table, of which nothing more can be said."""
        self.tell(line, None, message, remedy, kind)
        self.readable = False
        return self


def read_form(root: Path, resource: dict[str, Any]) -> Form:
    """The file of a table, with all that is wrong with it as a file of rows and columns."""
    form = Form(f"data/{resource['path']}", resource["schema"]["fields"])
    path = root / form.file
    if not path.is_file():
        return form.stop(None, "Thiếu tệp này.", "Khôi phục tệp, hoặc bỏ nó khỏi datapackage.json.", "missing-file")
    raw = path.read_bytes()
    text = _decoded(form, raw)
    if text is None:
        return form
    form.text = text = text.removeprefix("\ufeff")
    if not text.strip():
        return form.stop(None, "Tệp này trống.", "Lấy lại bản trước của tệp.", "empty-file")
    if mark := MERGE_MARK.search(text):
        told = f"Còn dấu của hai bản sửa chồng nhau: “{mark[0]}”."
        remedy = "Giữ phần đúng, xóa phần kia và các dòng dấu <<<<<<<, =======, >>>>>>>."
        return form.stop(text.count("\n", 0, mark.start()) + 1, told, remedy, "merge-marks")
    _letters(form, text)
    return _records(form, text)


def _decoded(form: Form, raw: bytes) -> str | None:
    """The text of a file; None when it cannot be known."""
    if raw.startswith(UTF16):
        told = "Tệp được lưu bằng mã UTF-16, không phải UTF-8."
        form.stop(None, told, f"Lưu lại dạng “CSV UTF-8”, hoặc: {FIX}", "encoding")
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        around = raw[max(0, error.start - 12) : error.start].decode("utf-8", "replace").split("\n")[-1]
        told = f"Tệp không được lưu bằng mã UTF-8: không đọc được chữ sau “{around}”."
        form.stop(line, told, "Mở tệp gốc, lưu lại dạng “CSV UTF-8”.", "encoding")
        return None
    if text.startswith("\ufeff"):
        form.tell(1, 1, "Đầu tệp có dấu BOM ẩn.", FIX, "layout")
    return text


def _letters(form: Form, text: str) -> None:
    """Line ends, and letters whose marks stand apart."""
    if "\r" in text:
        told = "Cuối dòng theo kiểu Windows (CRLF)." if "\r\n" in text else "Cuối dòng theo kiểu máy Mac cũ (CR)."
        form.tell(text[: text.index("\r")].count("\n") + 1, None, told, FIX, "layout")
    if not unicodedata.is_normalized("NFC", text):
        apart = [n for n, line in enumerate(text.split("\n"), 1) if not unicodedata.is_normalized("NFC", line)]
        more = f" (và {len(apart) - 1} dòng nữa)" if len(apart) > 1 else ""
        told = f"Chữ có dấu viết ở dạng tách rời (không phải Unicode NFC){more}."
        form.tell(apart[0], None, told, FIX, "layout")


def _records(form: Form, text: str) -> Form:
    """Read header and rows."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins, records, long = 1, [], []
    try:
        for cells in reader:
            records.append((begins, cells))
            if reader.line_num > begins:
                long.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error:
        told = "Dấu nháy kép mở ở dòng này mà không đóng đúng chỗ, nên không đọc được các dòng sau."
        return form.stop(begins, told, "Xem lại các dấu nháy kép của dòng này.", "unreadable")
    for line, cells in long:
        if any(cell.count(",") >= len(form.fields) - 1 > 0 and "\n" in cell for cell in cells):
            told = "Dấu nháy kép mở ở dòng này mà không đóng, nên các dòng sau bị nhập vào một ô."
            return form.stop(line, told, "Xem lại các dấu nháy kép của dòng này.", "unreadable")
    first = next((n for n, (_, cells) in enumerate(records) if any(cell.strip() for cell in cells)), 0)
    header = [unicodedata.normalize("NFC", cell).strip() for cell in records[first][1]]
    names = [f["name"] for f in form.fields]
    if len(header) == 1 and len(names) > 1:
        for sign, word in ((";", "dấu chấm phẩy"), ("\t", "dấu tab"), ("|", "dấu |")):
            if len(set(header[0].split(sign)) & set(names)) > 1:
                told = f"Các cột cách nhau bằng {word}, không phải bằng dấu phẩy."
                remedy = "Đưa tệp vào bằng `sdgbook sheet import`: nó hiểu kiểu này và cho xem trước mọi chỗ đổi."
                return form.stop(1, told, remedy, "delimiter")
    form.columns = [name if name in names and name not in header[:n] else None for n, name in enumerate(header)]
    if header != names:
        line, column = (
            records[first][0],
            next((n for n, (a, b) in enumerate(zip(header, names, strict=False)) if a != b), None),
        )
        wrong = None if column is None else header[column] or None
        found = ",".join(records[first][1])
        form.tell(line, wrong, _header_told(header, names), f"Dòng đầu phải là: {', '.join(names)}.", "columns", found)
    form.records = records[first + 1 :]
    return form


def _header_told(header: list[str], names: list[str]) -> str:
    """What is wrong with a header, in words."""
    if sorted(header) == sorted(names):
        moved = [name for name, right in zip(header, names, strict=True) if name != right]
        return f"Dòng tiêu đề có các cột đổi chỗ: {', '.join(moved)}."
    missing = [name for name in names if name not in header]
    extra = [name for name in header if name not in names]
    twice = sorted({name for name in header if name in names and header.count(name) > 1})
    told = []
    for name in list(extra):
        near = did_you_mean(name, missing, most=1) if missing and name else ""
        right = re.search(r": (.+)\?$", near)
        if right and len(extra) == len(missing):
            told.append(f"cột “{name}” có lẽ là {right[1]}")
            extra.remove(name)
            missing.remove(right[1])
    told += [f"cột {name} đứng hai lần" for name in twice]
    told += [f"thiếu cột {', '.join(missing)}"] if missing else []
    told += [f"thừa cột {', '.join(name or '(không tên)' for name in extra)}"] if extra else []
    return f"Dòng tiêu đề không khớp với datapackage.json: {'; '.join(told)}."


def _is_canonical(form: Form, text: str, resource: dict[str, Any], locators: list[str]) -> bool:
    """Whether canonical layout would change nothing: looks at each different cell of a column once."""
    names = [f["name"] for f in form.fields]
    rows = [cells for _, cells in form.records]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([names, *rows])
    if form.columns != names or out.getvalue() != text:
        return False
    order = orders(locators)
    lists = {f["name"] for f in form.fields if f["type"] == "list"}
    for name, column in zip(names, zip(*rows, strict=True), strict=False):
        for cell in set(column):
            if tidy_cell(cell) != cell or (name in lists and tidy_list(cell, order(name)) != cell):
                return False
    places = [(names.index(name), order(name)) for name in sort_columns(resource)]
    # Most rows differ from the one above in few of the columns: their order is that of the first that differs.
    for above, row in pairwise(rows):
        for n, key in places:
            if above[n] != row[n] and (one := key(above[n])) != (other := key(row[n])):
                if one > other:
                    return False
                break
    return True


def check_layout(form: Form, resource: dict[str, Any], locators: list[str]) -> None:
    """Note where the file first differs from its canonical layout; line ends and the like have been told already."""
    text = unicodedata.normalize("NFC", form.text.replace("\r\n", "\n").replace("\r", "\n"))
    if _is_canonical(form, text, resource, locators):
        return
    right = canonical(text, resource, locators)
    if right == text:
        return
    pairs = list(zip(text.split("\n"), right.split("\n"), strict=False))
    line = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), len(text.split("\n")))
    if any(p.line == line or p.column in sort_columns(resource) for p in form.problems):
        # What is wrong with this row, or with what rows are sorted by, has been told.
        return
    told = "Tệp chưa ở dạng chuẩn (thứ tự dòng, dấu cách hay dấu nháy)."
    form.tell(line, None, told, FIX, "layout")
