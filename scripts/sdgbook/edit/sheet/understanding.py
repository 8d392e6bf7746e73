"""What a cell of a spreadsheet means in a column of the package; never guessed."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Any

from sdgbook.data.layout import natural, tidy_cell, tidy_list
from sdgbook.data.package import FORMS
from sdgbook.edit.sheet.plan import MOST_DIGITS, fits, shown
from sdgbook.edit.sheet.reading.grid import Cell, Is

NUMBERS = ("integer", "number", "year")
# Numbers as text by the mark before their decimals: written in one piece, and with marks between thousands.
PLAIN = {",": re.compile(r"[+-]?\d+(,\d+)?"), ".": re.compile(r"[+-]?\d+(\.\d+)?")}
GROUPED = {",": re.compile(r"-?\d{1,3}(\.\d{3})+(,\d+)?"), ".": re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")}
TYPE_AGAIN = "Chọn ô, đổi định dạng sang Số (Number), rồi gõ lại: 12,34 (máy dùng tiếng Anh: 12.34)."
AS_TEXT = "Đổi định dạng ô sang Chữ (Text), rồi gõ lại mã đủ mọi chữ số."
NOT_SO: dict[Is, tuple[str, str]] = {
    Is.FORMULA: ("Ô này là công thức.", "Gõ kết quả thay cho công thức (hoặc chép rồi Dán đặc biệt → Giá trị)."),
    Is.ERROR: ("Ô này báo lỗi của bảng tính.", "Gõ lại giá trị đúng."),
    Is.TRUTH: ("Bảng tính đã đổi ô này thành đúng/sai.", "Đổi định dạng ô sang Chữ (Text) rồi gõ lại."),
    Is.TIME: ("Bảng tính đã đổi ô này thành giờ hay ngày giờ.", "Đổi định dạng ô sang Chữ (Text) rồi gõ lại."),
}


class Unclear(Exception):
    """Raised for a cell that could mean several things, or nothing: what is wrong, what to do, what stands there."""

    def __init__(self, message: str, remedy: str, found: str):
        self.message, self.remedy, self.found = message, remedy, found
        super().__init__(message)


def value_of(cell: Cell | None, field: dict[str, Any], before: str, decimal_mark: str = "") -> str:
    """What a cell says, as the package writes it: `before`, which stands there now, where it says the same.

    `decimal_mark` is that of a file in which all cells are text. Raises `Unclear`.
    """
    if cell is None:
        return ""
    if cell.kind in NOT_SO:
        message, remedy = NOT_SO[cell.kind]
        raise Unclear(message, remedy, cell.text)
    if field["type"] in NUMBERS:
        return _number(cell, field["type"], before, decimal_mark)
    if cell.kind is Is.DATE:
        if field["type"] == "date":
            return cell.text
        raise Unclear(
            "Bảng tính đã đổi ô này thành ngày.", "Đổi định dạng ô sang Chữ (Text), rồi gõ lại như báo cáo.", cell.text
        )
    if cell.kind is not Is.TEXT:
        # The same digits are the same code; others may have lost zeros at either end.
        if cell.kind is Is.NUMBER and cell.text == before:
            return before
        raise Unclear(f"“{shown(cell.text)}” ở đây là số, mà cột này là chữ.", AS_TEXT, cell.text)
    return _text(cell.text, field, before)


def _text(text: str, field: dict[str, Any], before: str) -> str:
    if text == before:
        return before
    if field["type"] == "date" and text.strip() and not FORMS["date"].fullmatch(text.strip()):
        raise Unclear(f"“{text}” không phải là ngày.", "Viết năm-tháng-ngày, ví dụ 2001-02-28.", text)
    tidy = tidy_cell(text)
    if field["type"] == "list":
        tidy = tidy_list(tidy, natural)
        return before if tidy == tidy_list(before, natural) else tidy
    return before if tidy == tidy_cell(before) else tidy


def _number(cell: Cell, kind: str, before: str, mark: str) -> str:
    text = cell.text.strip()
    if not text:
        return ""
    if cell.kind is Is.DATE:
        raise Unclear("Bảng tính đã đổi con số này thành ngày.", TYPE_AGAIN, text)
    if cell.kind is Is.PERCENT:
        told = f"Ô này có định dạng phần trăm: bảng tính giữ {shown(text)} chứ không phải con số bạn thấy."
        raise Unclear(told, TYPE_AGAIN, text)
    if cell.kind is Is.NUMBER:
        # Beyond these digits a spreadsheet shows nothing: they come from its way of counting.
        return _same_or_new(Context(prec=MOST_DIGITS).plus(Decimal(text)), text, kind, before)
    if before and not fits(before) and text == shown(before):
        return before
    if mark and PLAIN[mark].fullmatch(text):
        return _same_or_new(Decimal(text.replace(",", ".")), text, kind, before)
    if mark and GROUPED[mark].fullmatch(text):
        number = Decimal(text.replace("." if mark == "," else ",", "").replace(",", "."))
        if FORMS["number"].fullmatch(before) and number == Decimal(before):
            return before
        raise Unclear(f"“{text}” có dấu ngăn hàng nghìn.", "Viết liền, ví dụ 1234.", text)
    if mark:
        example = f"12{mark}34"
        raise Unclear(f"“{text}” không phải là số.", f"Viết như {example}: không kèm đơn vị, dấu % hay chữ.", text)
    if kind == "number":
        raise Unclear(f"“{text}” là chữ, không phải là số.", TYPE_AGAIN, text)
    remedy = "Chọn ô, đổi định dạng sang Số (Number), rồi gõ lại số nguyên, ví dụ 12."
    raise Unclear(f"“{text}” là chữ, không phải là số.", remedy, text)


def _same_or_new(number: Decimal, text: str, kind: str, before: str) -> str:
    """A number as the package writes it, with at least the decimals of the one before it, which the cell shows."""
    if FORMS["number"].fullmatch(before) and number == Decimal(before):
        return before
    whole = number == number.to_integral_value()
    if kind != "number":
        if not whole:
            raise Unclear(f"“{shown(text)}” không phải là số nguyên.", "Viết số nguyên, ví dụ 12.", text)
        return str(int(number))
    plain = "0" if not number else f"{number.to_integral_value() if whole else number.normalize():f}"
    decimals = len(before.partition(".")[2]) if FORMS["number"].fullmatch(before) and "e" not in before.lower() else 0
    missing = decimals - len(plain.partition(".")[2])
    if missing <= 0:
        return plain
    return f"{plain}{'' if '.' in plain else '.'}{'0' * missing}"
