"""The workbook of an edition: a sheet per table, for Excel, LibreOffice and Google Sheets."""

from __future__ import annotations

import io
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sdgbook.data.frozen import REVISIONS, frozen_years
from sdgbook.data.package import read_descriptor
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.edit.sheet import plan
from sdgbook.edit.sheet.plan import Column, Tabular
from sdgbook.edit.sheet.reading.grid import letters

# The same edition gives the same bytes.
MADE_ON = datetime(2000, 1, 1)
NUMBERS = ("integer", "number", "year")
# In letters; what is longer is broken into lines.
NARROWEST, WIDEST = 9, 48
# How many rows can be added at the foot of a table with drop-downs.
ROOM = 1000
# On the first sheet, whose lines are broken by nobody else: letters in a line, points between lines.
GUIDE_LETTERS, LINE_HEIGHT = 105, 15
# A list that is longer than this has to stand in cells.
LONGEST_LIST = 255
TITLE, PALE, EDGE = "#17365D", "#EEF1F5", "#C8CED6"

GUIDANCE = """
Tệp này có {tables} trang tính, mỗi trang là một bảng của dự án. Sửa xong, lưu lại dạng .xlsx rồi gửi cho người nhận,
hoặc tự đưa vào bằng lệnh: sdgbook sheet import TÊN-TỆP.xlsx

# Sửa một con số
1. Mở trang tính “{figures}”. Nhấn Ctrl+F để tìm con số theo tên hay theo nguyên văn.
2. Gõ số mới vào cột “{value}”, và sửa “{as_written}” cho đúng như báo cáo in. Gõ số như thường, ví dụ 12,34: không ngăn
hàng nghìn, không kèm đơn vị hay dấu %. Máy dùng tiếng Anh thì gõ 12.34.
3. Con số đã đăng thì ghi việc sửa ở trang tính “{revisions}”: con số nào, ngày, số cũ, số mới, ai quyết định, vì sao.

# Ô nào sửa được
• Ô nền trắng: sửa được. Ô nền xám: mã của dòng và lời giải thích của mã (cột “để xem”); chúng bị khóa để khỏi sửa nhầm.
• Để chuột lên tên cột để đọc cột ấy nói gì. Ô có mũi tên: chọn trong danh sách.
• Ngày viết năm-tháng-ngày, ví dụ 2001-02-28. Ô có nhiều mục thì các mục cách nhau bằng dấu chấm phẩy và dấu cách.

# Thêm, bỏ dòng
• Thêm: gõ vào dòng trống đầu tiên dưới bảng; ở đó không ô nào bị khóa. Cột “để xem” để trống.
• Bỏ: mở khóa trang tính (Xem lại → Bỏ bảo vệ trang tính; không có mật khẩu), rồi xóa cả dòng.
• Bảng “{sections}” theo đúng thứ tự của báo cáo: muốn thêm vào giữa thì mở khóa, rồi chèn dòng mới vào đúng chỗ.

# Xin đừng
• Đừng gộp ô, ẩn hay lọc dòng, dùng công thức, đổi tên, đổi chỗ hay thêm cột, thêm trang tính: khi nhận, máy sẽ nêu từng
chỗ và không ghi gì.
• Đừng gửi tệp .xls đời cũ hay tệp có mật khẩu.

Khi nhận, máy kể mọi ô đổi từ gì sang gì và hỏi lại. Có một chỗ không hiểu thì máy không ghi gì cả, nên gửi nhầm cũng
không mất con số nào. Trang “Hướng dẫn” này không được đọc lại: đừng viết lời nhắn ở đây.

# Các trang tính
"""


def workbook(root: Path, edition: int) -> bytes:
    """The XLSX file of an edition and of the tables that all editions share.

    Raises `ProblemsFound` for a table that cannot be read, and for a cell longer than a spreadsheet keeps.
    """
    tables = plan.tables_of(root, edition)
    problems = [
        _too_long(table, row, name)
        for table in tables.values()
        for row in table.rows
        for name, cell in zip(table.fields, row, strict=True)
        if len(cell) > plan.MOST_CHARACTERS
    ]
    if problems:
        raise ProblemsFound(problems)
    made = io.BytesIO()
    book = Workbook(made, {"in_memory": True})
    book.set_properties({"title": read_descriptor(root)["title"], "created": MADE_ON})
    looks = Looks(book)
    _guide(book.add_worksheet(plan.GUIDE), edition, tables, looks)
    frozen = edition in frozen_years(root)
    for table in tables.values():
        closed = frozen and table.edition == edition and not table.file.endswith(f"/{REVISIONS}")
        Sheet(book.add_worksheet(table.title), table, tables, looks, closed).write()
    memory = book.add_worksheet(plan.MEMORY)
    for n, line in enumerate(plan.memory_of(read_descriptor(root)["name"], edition, tables)):
        for m, cell in enumerate(line):
            memory.write_string(n, m, cell)
    memory.very_hidden()
    book.close()
    return made.getvalue()


def _too_long(table: Tabular, row: plan.Cells, column: str) -> Problem:
    told = f"Ô này có hơn {plan.MOST_CHARACTERS} chữ, bảng tính không giữ hết được."
    return Problem(
        table.file, None, column, f"Dòng {'; '.join(table.key_of(row))}: {told}", "Rút ngắn ô.", kind="length"
    )


class Looks:
    """How cells look, each way made once."""

    def __init__(self, book: Workbook):
        self._book = book
        self._made: dict[tuple[str, bool], Format] = {}
        self.heading = book.add_format(
            {
                "bold": True,
                "font_color": "white",
                "bg_color": TITLE,
                "text_wrap": True,
                "valign": "vcenter",
                "border": 1,
            }
        )
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": TITLE})
        self.strong = book.add_format({"bold": True, "font_color": TITLE})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.link = book.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"})

    def of(self, form: str, locked: bool) -> Format:
        """Cells of a number format."""
        if (form, locked) not in self._made:
            look = {"num_format": form, "locked": locked, "valign": "top", "border": 1, "border_color": EDGE}
            look |= {"text_wrap": True} if form == "@" else {}
            self._made[form, locked] = self._book.add_format(look | ({"bg_color": PALE} if locked else {}))
        return self._made[form, locked]


def _guide(sheet: Worksheet, edition: int, tables: dict[str, Tabular], looks: Looks) -> None:
    by_name = {table.name: table for table in tables.values()}
    figures = by_name["observations"]
    words = {
        "tables": len(tables),
        "figures": figures.title,
        "value": figures.fields["obs_value"]["title"],
        "as_written": figures.fields["as_written"]["title"],
        "revisions": by_name["revisions"].title,
        "sections": by_name["sections"].title,
    }
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 80)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, f"Số liệu báo cáo {edition}", looks.title)
    # A line that begins with no sign of its own goes on with the one before it.
    paragraphs = re.sub(r"(?<=\S)\n(?=[^\W\d_])(?!Tệp)", " ", GUIDANCE.format(**words)).strip().split("\n")
    for n, text in enumerate(paragraphs, 2):
        if text.startswith("# "):
            sheet.write_string(n, 0, text[2:], looks.strong)
        elif text:
            sheet.merge_range(n, 0, n, 1, "", looks.wrapped)
            sheet.write_string(n, 0, text, looks.wrapped)
            sheet.set_row(n, LINE_HEIGHT * (1 + len(text) // GUIDE_LETTERS))
    n = len(paragraphs) + 2
    for table in tables.values():
        sheet.write_url(n, 0, f"internal:'{table.title}'!A1", looks.link, table.title)
        sheet.write_string(n, 1, _plain(table.resource["description"]), looks.wrapped)
        n += 1
    sheet.protect()


class Sheet:
    """The sheet of a table, as it is written."""

    def __init__(self, sheet: Worksheet, table: Tabular, tables: dict[str, Tabular], looks: Looks, closed: bool):
        self.sheet, self.table, self.tables, self.looks, self.closed = sheet, table, tables, looks, closed
        self.columns = table.columns(tables)

    def write(self) -> None:
        """Headings, rows, drop-downs, locks."""
        first = plan.FIRST - 1
        for n, column in enumerate(self.columns):
            self._column(n, column)
        for n, row in enumerate(self.table.rows):
            for m, column in enumerate(self.columns):
                self._cell(first + n, m, column, row)
        self.sheet.set_row(plan.NAMES - 1, None, None, {"hidden": True})
        self.sheet.freeze_panes(first, 1)
        self.sheet.protect("", {"format_columns": True, "format_rows": True, "format_cells": True})

    def _column(self, n: int, column: Column) -> None:
        field, sheet = column.field, self.sheet
        # What a whole column is decides for the rows below the table, where new ones are typed.
        form = "General" if field["type"] in NUMBERS and not column.means else "@"
        sheet.set_column(n, n, self._width(column), self.looks.of(form, column.means or self.closed))
        sheet.write_string(plan.HEADINGS - 1, n, column.heading, self.looks.heading)
        sheet.write_string(plan.NAMES - 1, n, column.name, self.looks.heading)
        if column.means:
            note = "Chỉ để xem: mã ở ô bên trái nghĩa là gì. Ô này không được đọc lại."
        else:
            note = _plain(field["description"])
            sheet.data_validation(
                plan.FIRST - 1, n, plan.FIRST - 1 + len(self.table.rows) + ROOM, n, self._allowed(field)
            )
        sheet.write_comment(plan.HEADINGS - 1, n, note, {"author": "sdgbook", "width": 260, "height": 110})

    def _width(self, column: Column) -> float:
        if column.means:
            return 26
        at = self.table.places[column.field["name"]]
        lengths = [len(row[at]) for row in self.table.rows]
        longest = max([*lengths, len(column.heading) * 0.7, NARROWEST])
        return min(longest + 2, WIDEST)

    def _allowed(self, field: dict) -> dict:
        """What may be typed into a column."""
        constraints, name = field.get("constraints", {}), field["name"]
        told = {"error_title": field["title"][:32], "ignore_blank": True}
        if "enum" in constraints and len(",".join(map(str, constraints["enum"]))) <= LONGEST_LIST:
            told |= {"error_message": "Chọn một mã trong danh sách; để chuột lên tên cột để xem nghĩa của từng mã."}
            return {"validate": "list", "source": list(map(str, constraints["enum"])), **told}
        if name in self.table.references:
            target, column = self.tables[self.table.references[name][0]], self.table.references[name][1]
            at = [c.name for c in target.columns(self.tables)].index(column)
            letter, last = letters(at + 1), plan.FIRST + max(len(target.rows), 1) - 1 + ROOM
            told |= {"error_message": f"Chọn một mã có trong trang tính “{target.title}”, hoặc thêm mã vào đó trước."}
            source = f"='{target.title}'!${letter}${plan.FIRST}:${letter}${last}"
            return {"validate": "list", "source": source, **told}
        if field["type"] == "number":
            told |= {"error_message": "Ô này chỉ nhận số, ví dụ 12,34 (máy dùng tiếng Anh: 12.34). Không kèm đơn vị."}
            return {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15, **told}
        if field["type"] in NUMBERS:
            told |= {"error_message": "Ô này chỉ nhận số nguyên, ví dụ 12."}
            return {"validate": "integer", "criteria": "between", "minimum": -1e15, "maximum": 1e15, **told}
        return {"validate": "any"}

    def _cell(self, n: int, m: int, column: Column, row: plan.Cells) -> None:
        field, text = column.field, row[self.table.places[column.field["name"]]]
        locked = self.closed or column.means or field["name"] in self.table.key
        if column.means:
            text = (self.table.meanings(field["name"], self.tables) or {}).get(text, "")
        if not column.means and field["type"] in NUMBERS:
            look = self.looks.of(self._form(field, text, row), locked)
            if text and plan.fits(text):
                self.sheet.write_number(n, m, float(text), look)
                return
            # More digits than a spreadsheet keeps stay whole as text.
            text = plan.shown(text)
        else:
            look = self.looks.of("@", locked)
        if text:
            self.sheet.write_string(n, m, text, look)
        else:
            self.sheet.write_blank(n, m, None, look)

    def _form(self, field: dict, text: str, row: plan.Cells) -> str:
        """How a number is shown: with all its decimals, and room for more."""
        if field["type"] != "number":
            return "0"
        if not plan.fits(text):
            return "General"
        decimals = max(-Decimal(text).as_tuple().exponent, 0)
        if decimals:
            return f"[$-42A]#,##0.{'0' * decimals}{'#' * (6 - decimals)}"
        return "[$-42A]#,##0" if self._whole(row) else "[$-42A]General"

    def _whole(self, row: plan.Cells) -> bool:
        """Whether the figure of this row is a count."""
        indicators = self.tables.get("indicators")
        if "indicator" not in self.table.places or not indicators:
            return False
        own = indicators.by_key.get((row[self.table.places["indicator"]],))
        return own is not None and own[indicators.places["decimals"]] == "0"


def _plain(text: str) -> str:
    """A description without its marks of Markdown."""
    return text.replace("`", "")
