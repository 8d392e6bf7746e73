"""Whether one cell is what its column holds: form, type, enum, bounds; told with what to write where that is sure.

Nothing here looks at other cells. A suggestion is made only where the text can mean one thing.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

from sdgbook.data import text
from sdgbook.data.text import Fault

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
EXAMPLES = {
    "number": "Viết số với dấu chấm thập phân, không ngăn hàng nghìn, không kèm đơn vị, ví dụ 12.34.",
    "integer": "Viết số nguyên, chỉ gồm chữ số, ví dụ 12.",
    "date": "Viết ngày theo dạng năm-tháng-ngày, ví dụ 2001-02-28.",
    "year": "Viết năm bằng bốn chữ số, ví dụ 2001.",
}
# As many digits as spreadsheets keep.
DIGITS = 15
FIRST_YEAR, LAST_YEAR = 1900, 2100
DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
TIME = re.compile(r"(\d{4})(?:-(\d\d)-(\d\d))?")
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|thg ?\d+)"
# Shapes of numbers that a person reads at once and a machine takes otherwise: pattern, why, the number meant (where it
# can be but one).
SHAPES = [
    (re.compile(r"-0(\.0+)?"), "số không thì không có dấu trừ", lambda m: m[0][1:]),
    (re.compile(r"\+(\d+(?:\.\d+)?)"), "không viết dấu cộng", lambda m: m[1]),
    (re.compile(r"(-?)0+(\d+(?:\.\d+)?)"), "thừa số 0 ở đầu", lambda m: m[1] + m[2]),
    (re.compile(r"(-?)\.(\d+)"), "thiếu số 0 trước dấu chấm", lambda m: f"{m[1]}0.{m[2]}"),
    (re.compile(r"(-?\d+)\."), "thừa dấu chấm ở cuối", lambda m: m[1]),
    (re.compile(r"(-?[\d.,]+) ?%"), "bỏ dấu %: đơn vị đã có ở bảng chỉ số", None),
    (re.compile(r"-?\d{1,3}(?:\.\d{3}){2,}"), "hàng nghìn phải viết liền", lambda m: m[0].replace(".", "")),
    (re.compile(r"-?\d{1,3}(?:,\d{3}){2,}"), "hàng nghìn phải viết liền", lambda m: m[0].replace(",", "")),
    (
        re.compile(r"(-?\d{1,3}(?:\.\d{3})+),(\d+)"),
        "hàng nghìn phải viết liền, phần lẻ sau dấu chấm",
        lambda m: f"{m[1].replace('.', '')}.{m[2]}",
    ),
    (
        re.compile(r"(-?\d{1,3}(?:,\d{3})+)\.(\d+)"),
        "hàng nghìn phải viết liền",
        lambda m: f"{m[1].replace(',', '')}.{m[2]}",
    ),
    (re.compile(r"-?[1-9]\d{0,2},\d{3}"), "không rõ dấu phẩy ngăn phần lẻ hay hàng nghìn", None),
    (
        re.compile(r"(-?\d+),(\d+)"),
        "dấu chấm mới là dấu thập phân",
        lambda m: f"{m[1]}.{m[2]}",
    ),
    (re.compile(r"-?\d{1,3}(?:[ \u00a0\u202f]\d{3})+"), "hàng nghìn phải viết liền", lambda m: re.sub(r"\s", "", m[0])),
    (re.compile(r"[<>≤≥~≈].*\d.*"), "“trên”, “dưới”, “khoảng” ghi ở cột qualifier", None),
    (
        re.compile(rf"\d{{1,2}}[-/ ]{MONTH}(?:[-/ ]\d+)?|{MONTH}[-/ ]\d+|\d+[-/]\d+[-/]\d+(?: .*)?|\d\d:\d\d.*", re.I),
        "Excel đã đổi nó thành ngày giờ",
        None,
    ),
    (re.compile(r"-?[\d.,]+ ?[-–—] ?[\d.,]+"), "đây là một khoảng, mỗi ô chỉ một số", None),
    (re.compile(r"[+-]?[\d.,]+[eE][+-]?\d+"), "đây là dạng số của máy, có thể đã mất chữ số", None),
    (re.compile(r"[+-]?(inf|infinity|nan)", re.I), "đây không phải là một số", None),
    (re.compile(r"#.*"), "đây là lời báo lỗi của bảng tính", None),
    (re.compile(r"[=@+].*|-[A-Za-z(].*"), "đây là công thức", None),
    (re.compile(r"n/?a|null|none|-+|–|—|…|\.+|x|không( có)?|chưa( có)?", re.I), "chưa có số thì để ô trống", None),
    (re.compile(r"'.*"), "bỏ dấu nháy ở đầu", None),
    (re.compile(r"-?[\d.,]+ ?[^\d.,].*"), "bỏ đơn vị và chữ: đơn vị đã có ở bảng chỉ số", None),
]


def check_cell(cell: str, field: dict[str, Any]) -> Fault | None:
    """What is wrong with a cell of the column `field` (a Table Schema field); None where nothing is."""
    constraints, kind = field.get("constraints", {}), field["type"]
    if not cell.strip():
        if constraints.get("required"):
            return Fault(f"Ô “{field['title']}” không được để trống.", field["description"], "empty-cell")
        return None
    is_prose = field.get("content") == "prose"
    if fault := text.odd_character(cell, plain=not is_prose):
        return fault
    if "\n" in cell or "\r" in cell:
        told = f"Ô “{field['title']}” có xuống dòng: “{cell[:40]}…”."
        return Fault(told, "Viết thành một dòng.", "line-break", cell.find("\n"))
    if kind == "number":
        return _number(cell, field)
    if kind in ("integer", "year"):
        return _integer(cell, field)
    if kind == "date":
        return _date(cell)
    if fault := text.formula(cell) or text.markup(cell) or text.old_font(cell):
        return fault
    if len(cell) > text.MOST:
        told = f"Ô “{field['title']}” dài {len(cell)} chữ, nhiều nhất là {text.MOST}: “{cell[:40]}…”."
        return Fault(told, "Rút ngắn; điều cần nói dài thì viết ở trang.", "length")
    if kind == "list":
        return _list(cell, field)
    return _code(cell, field)


def _number(cell: str, field: dict[str, Any]) -> Fault | None:
    cell = cell.strip()
    if not NUMBER.fullmatch(cell) or (cell.startswith("-") and not Decimal(cell)):
        return _no_number(cell, "số", EXAMPLES["number"])
    if len(cell.lstrip("-0.").replace(".", "")) > DIGITS:
        told = f"“{cell}” có nhiều chữ số hơn bảng tính giữ được ({DIGITS})."
        return Fault(told, "Viết đúng số chữ số của báo cáo.", "bounds")
    return _within(Decimal(cell), cell, field)


def _no_number(cell: str, what: str, remedy: str) -> Fault:
    for pattern, why, meant in SHAPES:
        if match := pattern.fullmatch(cell):
            sure = meant(match) if meant else ""
            return Fault(
                f"“{cell}” không phải là {what} viết đúng dạng: {why}.", f"Viết {sure}." if sure else remedy, "number"
            )
    return Fault(f"“{cell}” không phải là {what}.", remedy, "number")


def _integer(cell: str, field: dict[str, Any]) -> Fault | None:
    cell = cell.strip()
    if field["type"] == "year":
        if not re.fullmatch(r"\d{4}", cell):
            return Fault(f"“{cell}” không phải là năm.", EXAMPLES["year"], "date")
        return None if FIRST_YEAR <= int(cell) <= LAST_YEAR else _year_out(cell)
    if not INTEGER.fullmatch(cell) or cell == "-0":
        if re.fullmatch(r"-?\d+\.0+", cell):
            return Fault(f"“{cell}” không phải là số nguyên.", f"Viết {cell.partition('.')[0]}.", "number")
        return _no_number(cell, "số nguyên", EXAMPLES["integer"])
    if len(cell) > DIGITS:
        return Fault(f"“{cell}” có quá nhiều chữ số.", EXAMPLES["integer"], "bounds")
    return _within(Decimal(cell), cell, field)


def _within(value: Decimal, cell: str, field: dict[str, Any]) -> Fault | None:
    constraints = field.get("constraints", {})
    least, most = constraints.get("minimum"), constraints.get("maximum")
    if (least is not None and value < Decimal(str(least))) or (most is not None and value > Decimal(str(most))):
        span = (
            f"từ {least} trở lên"
            if most is None
            else f"nhiều nhất {most}"
            if least is None
            else f"từ {least} đến {most}"
        )
        return Fault(f"“{cell}” không hợp lệ ở cột “{field['title']}”.", f"Viết một số {span}.", "bounds")
    return None


def _year_out(year: str) -> Fault:
    return Fault(f"Năm {year} ở ngoài khoảng {FIRST_YEAR}–{LAST_YEAR}.", "Xem lại năm.", "date")


def _date(cell: str) -> Fault | None:
    cell = cell.strip()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        return _day(cell)
    told = f"“{cell}” không phải là ngày."
    if match := DAY.fullmatch(cell):
        first, second = int(match[1]), int(match[2])
        # With both up to twelve it may be a day and a month the other way round: Excel does that.
        if first > 12 >= second:
            return Fault(told, f"Viết {match[3]}-{second:02}-{first:02}, theo dạng năm-tháng-ngày.", "date")
    if re.fullmatch(r"\d{5}(\.\d+)?", cell):
        told = f"“{cell}” không phải là ngày: Excel đã đổi nó thành số."
    return Fault(told, EXAMPLES["date"], "date")


def _day(cell: str) -> Fault | None:
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        return Fault(f"Không có ngày {cell}.", EXAMPLES["date"], "date")
    return None if FIRST_YEAR <= day.year <= LAST_YEAR else _year_out(str(day.year))


def _list(cell: str, field: dict[str, Any]) -> Fault | None:
    items = cell.split(field["delimiter"])
    if any(item != item.strip() or not item for item in items):
        told = f"Danh sách “{cell}” có mục trống hoặc thừa dấu."
        return Fault(told, "Các mục cách nhau bằng dấu chấm phẩy và một dấu cách: a; b.", "code")
    twice = next((item for item in items if items.count(item) > 1), None)
    if twice:
        return Fault(f"Mục “{twice}” đứng hai lần.", "Bỏ mục trùng.", "told-twice")
    return None


def _code(cell: str, field: dict[str, Any]) -> Fault | None:
    constraints = field.get("constraints", {})
    allowed, pattern = constraints.get("enum"), constraints.get("pattern")
    told = f"“{cell}” không hợp lệ ở cột “{field['title']}”."
    if allowed is not None:
        if cell in allowed:
            return None
        near = [code for code in allowed if folded(str(code)) == folded(cell)]
        remedy = f"Viết {near[0]}." if len(near) == 1 else f"Viết một trong: {', '.join(map(str, allowed))}."
        return Fault(told, remedy, "code")
    if pattern is None:
        return None
    if re.fullmatch(pattern, cell):
        return _day(cell) if "(0[1-9]|1[0-2])" in pattern and TIME.fullmatch(cell) and "-" in cell else None
    if "(0[1-9]|1[0-2])" in pattern:
        return _period(cell, told, field["description"])
    near = folded(cell)
    return Fault(told, f"Viết {near}." if re.fullmatch(pattern, near) else field["description"], "code")


def _period(cell: str, told: str, description: str) -> Fault:
    if match := TIME.fullmatch(cell):
        return _year_out(cell) if not match[2] else _day(cell) or _year_out(match[1])
    if match := DAY.fullmatch(cell):
        return Fault(told, f"{EXAMPLES['date']} Số của cả năm: chỉ viết năm, như {match[3]}.", "date")
    return Fault(told, f"{description} Ví dụ 2001 hoặc 2001-12-31.", "date")


def folded(code: str) -> str:
    """A code as it would be in its usual form: lower case, without marks, words joined by hyphens."""
    plain = unicodedata.normalize("NFD", code.strip().casefold().replace("đ", "d"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[\s_–—-]+", "-", plain)
