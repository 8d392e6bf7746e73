"""CSV files of one table, as Vietnamese Excel writes them (semicolons, decimal comma) and as others do."""

from __future__ import annotations

import csv
import io

from sdgbook.edit.sheet.reading.grid import Book, Cell, Is, Sheet, cannot_read

# Which mark stands before decimals follows from the mark between cells: a comma cannot be both.
DECIMAL_MARKS = {";": ",", "\t": ",", ",": "."}
HOW = "Trong Excel: Tệp → Lưu thành → “CSV UTF-8 (phân cách bằng dấu phẩy)”. Hoặc gửi tệp .xlsx."


def read_separated(content: bytes, file: str) -> Book:
    """The one sheet of a CSV file; raises `ProblemsFound` where it is none in UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise cannot_read(file, "Tệp CSV này được lưu bằng mã UTF-16, không phải UTF-8.", HOW)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        told = f"Tệp CSV này không được lưu bằng mã UTF-8 (từ dòng {line}): chữ tiếng Việt sẽ hỏng."
        raise cannot_read(file, told, HOW) from None
    if "\0" in text:
        raise cannot_read(file, "Tệp này không phải là bảng tính hay CSV.", HOW)
    first, _, rest = text.partition("\n")
    # A line with which Excel is told the mark between cells.
    if first.lower().startswith("sep=") and len(first.rstrip("\r")) == 5:
        text, first = rest, rest.partition("\n")[0]
    mark = max(DECIMAL_MARKS, key=first.count)
    if mark not in first:
        raise cannot_read(file, "Dòng đầu của tệp này không phải là tên các cột của một bảng.", HOW)
    sheet = Sheet("", decimal_mark=DECIMAL_MARKS[mark])
    try:
        for n, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True), 1):
            for m, cell in enumerate(row, 1):
                if cell:
                    # Inside a cell Excel ends lines as elsewhere in the file.
                    sheet.put(n, m, Cell(Is.TEXT, cell.replace("\r\n", "\n")))
    except csv.Error:
        raise cannot_read(file, "Tệp CSV này có một dấu nháy kép mở ra mà không đóng.", HOW) from None
    return Book(file, [sheet])
