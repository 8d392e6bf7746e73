"""The check misses nothing: one planted defect after the other, each told once, at its line, with the text found, what
to write, and a paragraph of the guide; damage that nobody foresaw never changes a meaning unseen; harmless oddities
pass.

What only running cells shows is in `test_messages.py`.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers import ROOT, YEAR, Project, sdgbook
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sdgbook.building import check
from sdgbook.data import read_package
from sdgbook.data.kinds import KINDS
from sdgbook.data.tables import check_tables
from sdgbook.edit.fixing import fix
from sdgbook.edit.questions import questions
from sdgbook.edit.telling import guide_link
from sdgbook.report.facts import Facts

EDITION = f"data/editions/{YEAR}"
OBSERVATIONS, INDICATORS = f"{EDITION}/observations.csv", "data/reference/indicators.csv"
DOUBTS, PLACES, TERMS = f"{EDITION}/doubts.csv", f"{EDITION}/places.csv", "data/reference/terms.csv"
PAGE, TOC, CONFIG = "book/muc-tieu/4-4.md", "_toc.yml", "_config.yml"
VIETNAMESE = re.compile("[àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
# A figure of no sum, no claim and no headline, that no other figure is computed from, and its line.
FIGURE = "longevity-cards"


@dataclass(frozen=True)
class Defect:
    """What is done to a file (its new bytes from the old), and how that must be told: kind, line, words."""

    name: str
    file: str
    harm: Callable[[bytes], bytes]
    kind: str
    line: int | None
    words: tuple[str, ...]


DEFECTS: list[Defect] = []


def defect(name: str, file: str, harm: Callable[[str], str | bytes], kind: str, line: int | None, *words: str) -> None:
    def harmed(content: bytes) -> bytes:
        after = harm(content.decode())
        assert after != content.decode(), name
        return after.encode() if isinstance(after, str) else after

    DEFECTS.append(Defect(name, file, harmed, kind, line, words))


def rows_of(file: str) -> list[list[str]]:
    with (ROOT / file).open(encoding="utf-8", newline="") as opened:
        return list(csv.reader(opened))


def as_csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def place(file: str, key: str, column: str) -> tuple[int, int]:
    """Row and column of a cell, from 0."""
    rows = rows_of(file)
    return next(n for n, row in enumerate(rows) if row[0] == key), rows[0].index(column)


def cell(name: str, file: str, key: str, column: str, value: str, kind: str, *words: str) -> None:
    """A defect in one cell, which is told at its line with the text found."""
    row, at = place(file, key, column)

    def harm(text: str) -> str:
        rows = list(csv.reader(io.StringIO(text, newline="")))
        rows[row][at] = value
        return as_csv(rows)

    defect(name, file, harm, kind, row + 1, *words)


def number(name: str, value: str, kind: str, *words: str) -> None:
    cell(name, OBSERVATIONS, FIGURE, "obs_value", value, kind, *words)


def line_of(file: str, start: str) -> int:
    lines = (ROOT / file).read_text(encoding="utf-8").split("\n")
    return next(n for n, line in enumerate(lines, 1) if line.strip().startswith(start))


def end_of(file: str) -> int:
    """The line of what is appended to a file after an empty line."""
    return (ROOT / file).read_text(encoding="utf-8").rstrip("\n").count("\n") + 3


def appended(name: str, text: str, kind: str, *words: str, file: str = PAGE, at: int = 0) -> None:
    defect(name, file, lambda old: f"{old.rstrip()}\n\n{text}\n", kind, end_of(file) + at, *words)


# Files as bytes

defect("UTF-16", DOUBTS, lambda t: t.encode("utf-16"), "encoding", None, "UTF-16")
line = next(n for n, text in enumerate((ROOT / DOUBTS).read_text().split("\n"), 1) if not text.isascii())
defect("Windows-1258", DOUBTS, lambda t: t.encode("cp1258", "replace"), "encoding", line, "UTF-8")
defect("CR alone", PLACES, lambda t: t.replace("\n", "\r"), "layout", 1, "CR", "--fix")
first = (ROOT / PLACES).read_text().split("\n")
mixed = "\n".join([*first[:4], first[4] + "\r", *first[5:]])
defect("mixed line ends", PLACES, lambda t: mixed, "layout", 5, "CRLF", "--fix")
defect("NUL", PLACES, lambda t: t.replace(first[3], first[3] + "\0"), "invisible", 4, "U+0000", "ký tự rỗng")
marks = "\n".join([*first[:3], "<<<<<<< HEAD", first[3], "=======", first[3], ">>>>>>> nhánh", *first[4:]])
defect("marks of a merge", PLACES, lambda t: marks, "merge-marks", 4, "<<<<<<< HEAD", "Giữ phần đúng")
defect("an empty file", PLACES, lambda t: "", "empty-file", None, "trống")
defect("blank lines only", PLACES, lambda t: "\n\n", "empty-file", None, "trống")
defect("a header only", INDICATORS, lambda t: t.split("\n")[0] + "\n", "empty-file", 1, "không còn dòng nào")
defect(
    "semicolons",
    PLACES,
    lambda t: as_csv(rows_of(PLACES)).replace(",", ";"),
    "delimiter",
    1,
    "chấm phẩy",
    "sheet import",
)
defect("tabs", PLACES, lambda t: t.replace(",", "\t"), "delimiter", 1, "dấu tab", "sheet import")
open_quote = "\n".join([*first[:2], first[2].replace(",", ',"', 1), *first[3:]])
defect("a quote that nothing closes", PLACES, lambda t: open_quote, "unreadable", 3, "nháy kép")
swallowed = "\n".join([*first[:2], first[2].replace(",", ',"', 1), first[3], first[4] + '"', *first[5:]])
defect("a quote that takes in other rows", PLACES, lambda t: swallowed, "unreadable", 3, "nháy kép")
defect("letters that a conversion lost", PLACES, lambda t: t.replace("ị", "\ufffd", 1), "encoding", None, "�")

# Columns and rows


def columns(change: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    return lambda t: as_csv([change(row) for row in rows_of(DOUBTS)])


defect("a column gone", DOUBTS, columns(lambda r: r[:1] + r[2:]), "columns", 1, "thiếu cột about", "Dòng đầu phải là")
defect("a column more", DOUBTS, columns(lambda r: [*r, "x" if r[0] == "doubt" else ""]), "columns", 1, "thừa cột x")
defect("a column twice", DOUBTS, columns(lambda r: [*r, r[1]]), "columns", 1, "about đứng hai lần")
defect(
    "two columns swapped",
    DOUBTS,
    columns(lambda r: [r[0], r[1], r[3], r[2]]),
    "columns",
    1,
    "đổi chỗ: note_en, note_vi",
)
defect("a column misspelt", DOUBTS, lambda t: t.replace("note_vi", "note-vi", 1), "columns", 1, "note-vi", "note_vi")
defect("a column in capitals", DOUBTS, lambda t: t.replace("about", "ABOUT", 1), "columns", 1, "ABOUT", "about")
with_blank = "\n".join([*first[:6], "", *first[6:]])
defect("a blank row", PLACES, lambda t: with_blank, "blank-row", 7, "Xóa")
commas = "\n".join([*first[:6], "," * first[0].count(","), *first[6:]])
defect("a row of commas", PLACES, lambda t: commas, "blank-row", 7, "Xóa")
longer = "\n".join([first[0], *(f"{row}," for row in first[1:-1]), ""])
defect("a cell more in every row", PLACES, lambda t: longer, "shifted", 2, "Mọi dòng", "sheet import")
row, at = place(OBSERVATIONS, FIGURE, "obs_status")
every = [r if n == 0 else [*r[:at], "x", *r[at + 1 :]] for n, r in enumerate(rows_of(OBSERVATIONS))]
defect("a column wrong in every row", OBSERVATIONS, lambda t: as_csv(every), "shifted", 2, "obs_status", "“x”")
swap = rows_of(OBSERVATIONS)
swap[row][at], swap[row][at + 1] = swap[row][at + 1], swap[row][at]
defect(
    "two cells swapped", OBSERVATIONS, lambda t: as_csv(swap), "shifted", row + 1, "obs_status", "qualifier", "Đổi chỗ"
)
shifted = rows_of(OBSERVATIONS)
shifted[row] = [*shifted[row][:1], "thừa", *shifted[row][1:-1]]
defect("a row shifted by a cell", OBSERVATIONS, lambda t: as_csv(shifted), "shifted", row + 1, "lệch", "time_period")
twice = rows_of(OBSERVATIONS)
twice.insert(row + 1, [*twice[row][:4], "32", *twice[row][5:]])
twice[row + 1][twice[0].index("as_written")] = "32"
defect("two values for one key", OBSERVATIONS, lambda t: as_csv(twice), "key", row + 2, f"dòng {row + 1}", "obs_value")
same = rows_of(DOUBTS)
same.insert(3, same[2])
defect("a row twice", DOUBTS, lambda t: as_csv(same), "key", 4, "dòng 3")

# Letters

cell("a zero-width space in a code", OBSERVATIONS, FIGURE, "qualifier", "ex\u200bact", "invisible", "U+200B", "--fix")
cell("a tab in a code", OBSERVATIONS, FIGURE, "source_locator", "I.2.2\t¶1", "invisible", "dấu tab")
cell("a byte order mark inside", OBSERVATIONS, FIGURE, "note_vi", "Gồm\ufeff thẻ.", "invisible", "BOM", "“Gồm”")
cell("a soft hyphen in prose", OBSERVATIONS, FIGURE, "note_vi", "Thẻ bảo\u00adhiểm.", "invisible", "U+00AD")
cell("text turned round", OBSERVATIONS, FIGURE, "note_vi", "Thẻ \u202eơht.", "invisible", "U+202E")
number("a hard space between thousands", "1\u00a0234", "invisible", "U+00A0")
cell("a Cyrillic letter in a code", OBSERVATIONS, FIGURE, "qualifier", "exаct", "look-alike", "chữ Nga", "gõ lại: a")
cell("a Cyrillic letter in prose", OBSERVATIONS, FIGURE, "note_vi", "Cао tuổi.", "look-alike", "chữ Nga")
number("full-width digits", "３１", "look-alike", "“３”", "gõ lại: 3")
number("Arabic digits", "٣١", "look-alike", "“٣”")
cell("an Icelandic letter for Đ", OBSERVATIONS, FIGURE, "note_vi", "Ðã cấp thẻ.", "look-alike", "“Ð”", "gõ lại: Đ")
cell("a Greek letter in a word", OBSERVATIONS, FIGURE, "note_vi", "Tαi nạn.", "look-alike", "Hy Lạp")
cell("TCVN3", OBSERVATIONS, FIGURE, "note_vi", "Céng hßa x· héi chñ nghÜa ViÖt Nam", "encoding", "TCVN3", "Unicode")
cell("VNI", OBSERVATIONS, FIGURE, "note_vi", "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "encoding", "VNI", "Unicode")
cell("a lost letter in a cell", OBSERVATIONS, FIGURE, "note_vi", "Th\ufffd BHYT.", "encoding", "�")

# Numbers

number("a decimal comma", "31,5", "number", "“31,5”", "Viết 31.5")
number("a comma that may be either", "1,234", "number", "“1,234”", "không rõ")
number("dots between thousands", "1.234.567", "number", "“1.234.567”", "Viết 1234567")
number("commas between thousands", "1,234,567", "number", "Viết 1234567")
number("a number as in Viet Nam", "1.234,5", "number", "Viết 1234.5")
number("a number as in England", "1,234.5", "number", "Viết 1234.5")
number("spaces between thousands", "1 234", "number", "Viết 1234")
number("a percent sign", "31%", "number", "“31%”", "bỏ dấu %")
number("a unit", "31 thẻ", "number", "“31 thẻ”", "đơn vị")
number("less than", "<5", "number", "“<5”", "qualifier")
number("at least", "≥ 5", "number", "“≥ 5”", "qualifier")
number("a range", "30-32", "number", "“30-32”", "khoảng")
number("a range with a long dash", "30–32", "number", "“30–32”", "khoảng")
number("an exponent", "3.1E+01", "number", "“3.1E+01”", "mất chữ số")
number("infinity", "inf", "number", "“inf”")
number("no number", "NaN", "number", "“NaN”")
number("minus nothing", "-0", "number", "“-0”", "Viết 0")
number("a date by Excel", "31-May", "number", "“31-May”", "Excel")
number("a Vietnamese date by Excel", "31-thg 5", "number", "“31-thg 5”", "Excel")
number("a day", "31/05/2021", "number", "“31/05/2021”", "Excel")
number("zeros in front", "0031", "number", "Viết 31")
number("a plus sign", "+31", "number", "Viết 31")
number("no digit before the point", ".5", "number", "Viết 0.5")
number("no digit after the point", "31.", "number", "Viết 31")
number("more digits than a spreadsheet keeps", "1234567890123456", "bounds", "15")
number("not available", "N/A", "number", "“N/A”", "để ô trống")
number("a dash", "-", "number", "“-”", "để ô trống")
number("a spreadsheet's error", "#REF!", "number", "“#REF!”", "bảng tính")
number("a formula in a number", "=1+30", "number", "“=1+30”", "công thức")
number("an apostrophe in front", "'31", "number", "nháy")
number("words", "ba mươi mốt", "number", "“ba mươi mốt”")
number("a count below zero", "-31", "bounds", "“-31”", "từ 0 trở lên")
number("decimals of a count", "31.5", "decimals", "“31.5”")
number("another number than the report's words", "13", "as-written", "13", "nguyên văn là")
cell("a share of 910 %", OBSERVATIONS, "trained-workers-rate", "obs_value", "910", "bounds", "“910”", "từ 0 đến 100")

# Times

number_column = "time_period"
cell("a day that there is not", OBSERVATIONS, FIGURE, number_column, "2021-02-30", "date", "2021-02-30")
cell("a day by our custom", OBSERVATIONS, FIGURE, number_column, "31/12/2021", "date", "“31/12/2021”", "2021")
cell("a month 13", OBSERVATIONS, FIGURE, number_column, "2021-13-01", "date", "2021-13-01")
cell("a quarter", OBSERVATIONS, FIGURE, number_column, "Quý 1", "date", "“Quý 1”", "2001-12-31")
cell("a time after the report", OBSERVATIONS, FIGURE, number_column, "2061", "date", "2061", "F")
cell("two digits of a year", f"{EDITION}/edition.csv", YEAR, "year", "21", "date", "“21”", "2001")
DAY = ("data/reference/documents.csv", "qd-622-qd-ttg", "issued_on")
cell("a date with one reading", *DAY, "31/12/2017", "date", "Viết 2017-12-31")
cell("a date with two readings", *DAY, "10/05/2017", "date", "“10/05/2017”", "năm-tháng-ngày")
cell("a date as a number", *DAY, "42865", "date", "“42865”", "Excel")
cell("a date long ago", *DAY, "1017-05-10", "date", "1017")
cell("the 31st of June", *DAY, "2017-06-31", "date", "2017-06-31")

# Codes

cell("a code in capitals", OBSERVATIONS, FIGURE, "obs_status", "a", "code", "“a”", "Viết A")
cell("a code in words", OBSERVATIONS, FIGURE, "qualifier", "chính xác", "code", "exact, over, nearly, about")
cell("an indicator with spaces", INDICATORS, FIGURE, "indicator", "Longevity cards", "code", "longevity-cards")
cell("a near miss", OBSERVATIONS, FIGURE, "breakdown", "_t", "reference", "“_t”", "_T")
cell("an area without its zero", OBSERVATIONS, FIGURE, "ref_area", "4", "reference", "“4”", "areas")
cell("a place of the report that is not", OBSERVATIONS, FIGURE, "source_locator", "I.2.99", "locator", "“I.2.99”")
cell("a list with commas", INDICATORS, FIGURE, "targets", "1.2, 1.3", "reference", "“1.2, 1.3”")
cell("a list with a hole", INDICATORS, FIGURE, "targets", "1.2; ; 1.3", "code", "a; b")
cell("an item twice", INDICATORS, FIGURE, "targets", "1.2; 1.2", "told-twice", "“1.2”")
cell("a required cell left empty", INDICATORS, FIGURE, "name_vi", "", "empty-cell", "không được để trống")
cell("a required cell of spaces", INDICATORS, FIGURE, "name_vi", "   ", "empty-cell", "không được để trống")
cell("more decimals than a column may say", INDICATORS, FIGURE, "decimals", "9", "bounds", "“9”", "từ 0 đến 6")
cell("a whole number with a point", INDICATORS, FIGURE, "decimals", "0.0", "number", "Viết 0")

# Texts

cell("HTML", OBSERVATIONS, FIGURE, "note_vi", "Thẻ <b>mới</b>.", "markup", "“<b>”")
cell("an HTML entity", OBSERVATIONS, FIGURE, "note_vi", "Thẻ&nbsp;mới.", "markup", "“&nbsp;”")
cell("bold letters", OBSERVATIONS, FIGURE, "note_vi", "Thẻ **mới**.", "markup", "**m")
cell("a link in a cell", OBSERVATIONS, FIGURE, "note_vi", "Xem [đây](a.html).", "markup", "[đây](a.html)")
cell("a formula", OBSERVATIONS, FIGURE, "note_vi", '=HYPERLINK("a")', "formula", "công thức")
cell("a command", OBSERVATIONS, FIGURE, "note_vi", "@SUM(A)", "formula", "“@SUM(A)”")
cell("a plus in front of words", OBSERVATIONS, FIGURE, "note_vi", "+cmd", "formula", "“+cmd”")
cell("a long text", OBSERVATIONS, FIGURE, "note_vi", "Rất dài. " * 90, "length", "600")
cell("a line break", OBSERVATIONS, FIGURE, "note_vi", "Một.\nHai.", "line-break", "một dòng")

# Pages

defect("a page in UTF-16", PAGE, lambda t: t.encode("utf-16"), "encoding", None, "UTF-16")
defect("a page with a byte order mark", PAGE, lambda t: "\ufeff" + t, "layout", 1, "BOM")
defect("a page with CRLF", PAGE, lambda t: t.replace("\n", "\r\n"), "layout", 1, "CRLF")
defect("an empty page", PAGE, lambda t: "", "empty-file", 1, "trống")
appended("marks of a merge in a page", "<<<<<<< HEAD\nA\n=======\nB\n>>>>>>> b", "merge-marks", "<<<<<<< HEAD")
appended("an invisible sign in a page", "Một\u200b câu.", "invisible", "U+200B")
appended("a Cyrillic letter in a page", "Cао tuổi.", "look-alike", "chữ Nga")
appended("an old font in a page", "Céng hßa x· héi chñ nghÜa ViÖt Nam", "encoding", "TCVN3")
appended("HTML in a page", "Một <span>câu</span>.", "markup", "“<span>”")
appended("a script in a page", "<script>alert()</script>", "markup", "“<script>”")
appended("a directive that takes in files", "```{include} ../LICENSE\n```", "role", "“include”")
appended("a second title", "# Tên khác", "heading", "hai tên")
appended("a level left out", "#### Nhỏ quá", "heading", "nhảy cấp", "### Nhỏ quá")
defect("no title", PAGE, lambda t: re.sub(r"(?m)^# .*\n", "", t, count=1), "heading", 1, "không có tên")
appended("an image without words", "![](../dong-gop/hinh/khung-nguon.png)", "image", "khung-nguon", "lời thay thế")
appended("an image from elsewhere", "![Hình](https://example.org/a.png)", "link", "example.org")
appended("a dead link", "Xem [trang](khong-co.md).", "link", "“khong-co.md”")
defect(
    "a line that nobody knows",
    PAGE,
    lambda t: t.replace("\nedition:", "\neditions: x\nedition:", 1),
    "front-matter",
    line_of(PAGE, "edition:"),
    "“editions”",
    "edition",
)
defect("no description", PAGE, lambda t: re.sub(r"(?m)^description: .*\n", "", t), "front-matter", 1, "description")
defect(
    "a long description",
    PAGE,
    lambda t: t.replace("description: ", "description: " + "Dài lắm. " * 60, 1),
    "length",
    line_of(PAGE, "description:"),
    "400",
)
defect(
    "targets that are no list",
    PAGE,
    lambda t: re.sub(r"(?m)^targets: .*$", "targets: 4.4", t),
    "front-matter",
    line_of(PAGE, "targets:"),
    "targets",
)
defect("front matter left open", PAGE, lambda t: t.replace("\n---\n", "\n", 1), "front-matter", 1, "---")
appended("a cell that imports", "```{code-cell}\nimport os\n```", "cell-words", "import os", at=1)
appended("a cell with a loop", "```{code-cell}\nfor a in []:\n    a\n```", "cell-words", "for a in", at=1)
appended("a cell that opens a file", '```{code-cell}\nopen("/etc/passwd")\n```', "cell-words", "open(", at=1)
appended("a cell that computes", "```{code-cell}\n1 + 1\n```", "cell-words", "1 + 1", at=1)
appended("a cell that goes behind", "```{code-cell}\nmuc_tieu.__class__()\n```", "cell-words", "__class__", at=1)

# Settings and contents

defect("contents without a root", TOC, lambda t: re.sub(r"(?m)^root: .*\n", "", t), "contents", None, "root")
defect(
    "contents with an unknown word",
    TOC,
    lambda t: t.replace("caption:", "captoin:", 1),
    "contents",
    line_of(TOC, "- caption:"),
    "“captoin”",
    "caption",
)
defect(
    "contents with an ending",
    TOC,
    lambda t: t.replace("file: tom-tat", "file: tom-tat.md"),
    "contents",
    line_of(TOC, "- file: tom-tat"),
    "“tom-tat.md”",
    "Viết tom-tat",
)
defect(
    "a page twice",
    TOC,
    lambda t: t.replace("      - file: tom-tat\n", "      - file: tom-tat\n      - file: tom-tat\n"),
    "contents",
    line_of(TOC, "- file: tom-tat") + 1,
    "“tom-tat”",
    "hai lần",
)
defect("contents that are empty", TOC, lambda t: "", "empty-file", 1, "trống")
defect("contents with marks of a merge", TOC, lambda t: "<<<<<<< a\n" + t, "merge-marks", 1, "<<<<<<<")
defect("settings that are no YAML", CONFIG, lambda t: t.replace("execute:", "execute: [", 1), "settings", None, "YAML")
defect(
    "an address without its shape",
    CONFIG,
    lambda t: t.replace('sdgbook_email: ""', "sdgbook_email: a b"),
    "settings",
    line_of(CONFIG, "sdgbook_email"),
    "“a b”",
)
defect(
    "a repository without its shape",
    CONFIG,
    lambda t: t.replace('sdgbook_repository: ""', "sdgbook_repository: abc"),
    "settings",
    line_of(CONFIG, "sdgbook_repository"),
    "“abc”",
)
defect(
    "another language",
    CONFIG,
    lambda t: t.replace("language: vi", "language: en"),
    "settings",
    line_of(CONFIG, "language: vi"),
    "“en”",
)
defect(
    "a description of another version",
    "data/datapackage.json",
    lambda t: re.sub(r'"version": "[^"]*"', '"version": "mới"', t),
    "descriptor",
    None,
    "“mới”",
)
defect(
    "a column of an unknown type",
    "data/datapackage.json",
    lambda t: t.replace('"type": "string"', '"type": "chuoi"', 1),
    "descriptor",
    None,
    "type",
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A copy of the project that each test leaves as it was."""
    return Project.copy(tmp_path_factory.mktemp("sai"))


@pytest.fixture
def strict(monkeypatch):
    """Cells are judged as those of chapters are."""
    monkeypatch.delenv("SDGBOOK_CELLS")


def told(project: Project, file: str, content: bytes) -> list:
    path = project.root / file
    sound = path.read_bytes()
    path.write_bytes(content)
    try:
        return check(project.root, cells=False, ask=True)
    finally:
        path.write_bytes(sound)


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("planted", DEFECTS, ids=lambda planted: planted.name)
def test_a_planted_defect_is_told_once_with_place_and_way_out(planted, shared):
    content = planted.harm((ROOT / planted.file).read_bytes())
    problems = told(shared, planted.file, content)
    assert len(problems) == 1, "\n".join(map(str, problems))
    (problem,) = problems
    assert (problem.file, problem.kind) == (planted.file, planted.kind), str(problem)
    assert planted.line is None or problem.line == planted.line, str(problem)
    words = f"{problem.message} {problem.remedy} {problem.found}"
    assert all(word in words for word in planted.words), words
    assert problem.remedy and VIETNAMESE.search(problem.message) and VIETNAMESE.search(problem.remedy), str(problem)


def test_there_are_enough_of_them_and_no_two_alike():
    assert len(DEFECTS) >= 80 and len({planted.name for planted in DEFECTS}) == len(DEFECTS)


@pytest.mark.usefixtures("strict")
def test_no_early_mistake_hides_a_later_one(shared):
    """A table that nobody can read, a broken contents file and a bad page are all told in one run."""
    chosen = {
        "a quote that nothing closes": PLACES,
        "an old font in a page": PAGE,
        "a page twice": TOC,
        "a formula": OBSERVATIONS,
    }
    planted = [d for d in DEFECTS if chosen.get(d.name) == d.file]
    assert len(planted) == len(chosen)
    before = {d.file: (shared.root / d.file).read_bytes() for d in planted}
    try:
        for one in planted:
            (shared.root / one.file).write_bytes(one.harm(before[one.file]))
        found = {(p.file, p.kind) for p in check(shared.root, cells=False)}
    finally:
        for file, content in before.items():
            (shared.root / file).write_bytes(content)
    assert found == {(d.file, d.kind) for d in planted}


# Told for people and for machines


def test_what_breaks_most_is_told_first_and_each_problem_leads_to_its_paragraph(project):
    broken = "\n".join([*first[:2], first[2].replace(",", ',"', 1), *first[3:]])
    project.write(PLACES, broken)
    project.append(PAGE, "Có 1.234 người.", "1.234")
    done = sdgbook(project.root, "check", "--format", "json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    ranks = [KINDS[p["kind"]].rank for p in answer["problems"]]
    assert ranks == sorted(ranks) and answer["problems"][0]["file"] == PLACES and answer["errors"] == len(ranks)
    assert all(p["guide"].startswith("book/dong-gop/") and p["severity"] == "error" for p in answer["problems"])
    done = sdgbook(project.root, "check", "--format", "github")
    commands = done.stdout.rstrip("\n").split("\n")
    assert len(commands) == len(ranks) and done.returncode == 1
    assert commands[0].startswith(f"::error file={PLACES},line=3,title=") and "%0A" not in commands[0]


def test_only_the_files_asked_for_are_told(project):
    project.edit("observations", FIGURE, "obs_value", "nhiều")
    project.append(PAGE, "Có 1.234 người.", "1.234")
    for file in (OBSERVATIONS, PAGE):
        done = sdgbook(project.root, "check", file)
        assert done.returncode == 1
        lines = done.stderr.rstrip("\n").split("\n")[:-1:2]
        assert lines and all(line.startswith(file) for line in lines)


def test_what_may_be_right_is_asked_and_stops_nothing_and_a_note_answers_it(project):
    rows = rows_of(OBSERVATIONS)
    at, before = place(OBSERVATIONS, "poverty-rate", "time_period")[0], f"{int(YEAR) - 3}-12-31"
    new = ["poverty-rate", before, *rows[at][2:4], "61.2", "A", "exact", "61,2%", *rows[at][8:]]
    project.write(OBSERVATIONS, as_csv([*rows[:at], new, *rows[at:]]))
    done = sdgbook(project.root, "check")
    assert done.returncode == 0 and "khác xa lần trước" in done.stdout and f"{before} là 61,2" in done.stdout, done
    for column in ("note_vi", "note_en"):
        project.edit("observations", f"poverty-rate@{YEAR}-12-31", column, "Đã so.")
    assert "khác xa" not in sdgbook(project.root, "check").stdout


def test_groups_that_exceed_their_total_are_asked_about(project):
    rows = rows_of(OBSERVATIONS)
    at, column = place(OBSERVATIONS, FIGURE, "breakdown")
    group = [*rows[at]]
    group[column], group[4], group[7] = "level-college", "32", "32 cụ"
    project.write(OBSERVATIONS, as_csv([*rows[: at + 1], group, *rows[at + 1 :]]))
    (asked,) = questions(Facts(read_package(project.root)))
    assert (
        asked.is_question and asked.line == at + 1 and "Các nhóm cộng lại là 32, nhiều hơn tổng (31)" in asked.message
    )


# Mended by the machine


def test_what_has_one_right_answer_is_mended_and_said(project):
    sound = {
        path: path.read_bytes() for path in [*project.root.glob("data/**/*.csv"), *project.root.glob("book/**/*.md")]
    }
    project.write(DOUBTS, "\ufeff" + project.read(DOUBTS).replace("\n", "\r\n"))
    project.write(PLACES, with_blank)
    (project.root / TERMS).write_bytes(project.read(TERMS).encode("utf-16"))
    project.write(INDICATORS, as_csv([rows_of(INDICATORS)[0], *reversed(rows_of(INDICATORS)[1:])]))
    project.edit("observations", FIGURE, "qualifier", " ex\u200bact ")
    project.write(PAGE, project.read(PAGE).replace("\n", "\r\n"))
    done = sdgbook(project.root, "check", "--fix")
    assert done.returncode == 0, done.stderr
    for file in (DOUBTS, PLACES, TERMS, INDICATORS, OBSERVATIONS, PAGE):
        assert f"Đã viết lại {file}: " in done.stdout
    assert {path: path.read_bytes() for path in sound} == sound


def test_mending_never_guesses_a_value(project):
    project.edit("observations", FIGURE, "obs_value", "1.234,5")
    before = project.read(OBSERVATIONS)
    assert sdgbook(project.root, "check", "--fix").returncode == 1
    assert project.read(OBSERVATIONS) == before


# Harmless


def row_cell(column: str, value: str) -> Callable[[Project], None]:
    return lambda project: project.edit("observations", FIGURE, column, value)


def note(value: str) -> Callable[[Project], None]:
    return row_cell("note_vi", value)


ODDITIES: dict[str, Callable[[Project], object]] = {
    "quotes in a note": note("Gọi là “thẻ thọ”."),
    "straight quotes": note('Gọi là "thẻ thọ".'),
    "a comma and a semicolon": note("Thẻ, giấy; sổ."),
    "a hard space in prose": note("Thẻ\u00a0thọ."),
    "a narrow space in prose": note("Thẻ\u202fthọ."),
    "a dash in front": note("– thẻ thọ."),
    "a minus in front of a word after a space": note("- thẻ thọ."),
    "an ellipsis": note("Thẻ thọ…"),
    "an ampersand": note("Thẻ & sổ."),
    "a sign for less": note("Ít hơn < nhiều."),
    "a foreign name": note("Theo Noël."),
    "another foreign name": note("Theo München."),
    "a degree": note("Dưới không °C."),
    "a pilcrow": note("Đoạn ¶."),
    "old-style marks": note("Hoà, thuỷ, uỷ."),
    "capitals": note("THẺ THỌ ĐÃ CẤP."),
    "an apostrophe": note("Theo O’Brien."),
    "a question": note("Thẻ nào?"),
    "a stroke": note("Thẻ/sổ."),
    "a plus inside": note("Thẻ + sổ."),
    "an equals sign inside": note("Thẻ = sổ."),
    "an address of mail inside": note("Hỏi a@example.org."),
    "a star": note("Thẻ * sổ."),
    "an underscore": note("Tệp ten_tep."),
    "the report's words with a sign": row_cell("as_written", "+31 thẻ"),
    "the report's words with a space": row_cell("as_written", "31  thẻ"),
    "the report's words with zeros": row_cell("as_written", "031 thẻ"),
    "the report's words in letters": row_cell("as_written", "ba mươi mốt thẻ"),
    "a place told again": row_cell("also_at", "I.2.1 ¶1"),
    "a comment in a page": lambda project: project.append(PAGE, "% Ghi chú cho người viết.", "%"),
    "two blank lines in a page": lambda project: project.append(PAGE, "\n\nMột câu nữa.", "Một"),
    "a hard line break in a page": lambda project: project.append(PAGE, "Một câu  \nxuống dòng.", "Một"),
    "a list in a page": lambda project: project.append(PAGE, "- một\n- hai", "một"),
    "bold letters in a page": lambda project: project.append(PAGE, "Một **từ** đậm.", "Một"),
    "a link out of a page": lambda project: project.append(PAGE, "Xem [trang](https://example.org/).", "Xem"),
    "a comment in the contents": lambda project: project.write(TOC, "# Mục lục\n" + project.read(TOC)),
    "quotes in the contents": lambda p: p.write(TOC, p.read(TOC).replace("file: tom-tat\n", 'file: "tom-tat"\n')),
    "a table that says nothing yet": lambda p: p.write(f"{EDITION}/breaks.csv", p.read(f"{EDITION}/breaks.csv")),
}


@pytest.mark.parametrize("odd", ODDITIES, ids=str)
def test_a_harmless_oddity_passes_without_a_word(odd, shared):
    files = (OBSERVATIONS, PAGE, TOC)
    before = {file: (shared.root / file).read_bytes() for file in files}
    try:
        ODDITIES[odd](shared)
        assert [str(problem) for problem in check(shared.root, cells=False, ask=True)] == []
    finally:
        for file, content in before.items():
            (shared.root / file).write_bytes(content)


# Damage that nobody foresaw

TABLES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*.csv"))
tries = settings(
    max_examples=int(os.environ.get("SDGBOOK_FUZZ", "25")),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def meaning(root: Path) -> dict:
    """What all numbers of the newest edition are, by their keys."""
    rows = rows_of(OBSERVATIONS) if root == ROOT else list(csv.reader(io.StringIO((root / OBSERVATIONS).read_text())))
    return {tuple(r[:4]): r[4] for r in rows[1:]}


@tries
@given(
    places=st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from([*"0123456789.,-;x \u200b", ""])), min_size=1, max_size=2
    )
)
def test_no_damaged_number_is_accepted_as_another(shared, places):
    """Characters of figures changed at random: told, or the same numbers as before."""
    rows = rows_of(OBSERVATIONS)
    at = rows[0].index("obs_value")
    for where, put in places:
        n = 1 + int(where * (len(rows) - 2))
        value = rows[n][at]
        rows[n][at] = value[:-1] + put if value else put
    problems = told(shared, OBSERVATIONS, as_csv(rows).encode())
    same = {tuple(r[:4]): r[4].strip() for r in rows[1:]} == {tuple(r[:4]): r[4] for r in rows_of(OBSERVATIONS)[1:]}
    assert problems or same, [r for r in rows if r not in rows_of(OBSERVATIONS)]


@tries
@given(
    file=st.sampled_from(TABLES),
    harm=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.binary(max_size=3)), min_size=1, max_size=3),
)
def test_random_bytes_never_make_the_tables_fall_over(shared, file, harm):
    content = (ROOT / file).read_bytes()
    for where, lost, put in harm:
        at = int(where * len(content))
        content = content[:at] + put + content[at + lost :]
    sound = (shared.root / file).read_bytes()
    (shared.root / file).write_bytes(content)
    try:
        problems = check_tables(shared.root).problems
        fix(shared.root)
    finally:
        for path in (ROOT / "data").rglob("*.csv"):
            target = shared.root / path.relative_to(ROOT)
            if target.read_bytes() != path.read_bytes():
                shutil.copyfile(path, target)
    assert content == sound or all(p.kind in KINDS and guide_link(p) for p in problems)
