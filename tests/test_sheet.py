"""The spreadsheet way: what an editor types in a workbook comes back as that, and nothing else does."""

from __future__ import annotations

import copy
import csv
import hashlib
import io
import json
import re
import time
import unicodedata
import zipfile
from contextlib import contextmanager
from pathlib import Path

import office
import pytest
import sheets
from helpers import YEAR, Project, digests, sdgbook
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from sheets import Fault, Formula, Number, Workbook
from typer.testing import CliRunner

from sdgbook import cli
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.edit.sheet import applying
from sdgbook.edit.sheet.applying import prepare
from sdgbook.edit.sheet.exporting import export

EXPORTED = f"_build/so-lieu-{YEAR}.xlsx"
FIGURES = "Số liệu"
# A count to which nothing else is tied.
UNTIED = "child-protection-officers-trained"
SHAPES = ["excel", "google", "bare"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A copy of the project that tests leave as it is, with its workbook."""
    project = Project.copy(tmp_path_factory.mktemp("bảng tính"))
    export(project.root, None, None)
    return project


@pytest.fixture(scope="module")
def opened(shared):
    return Workbook.opened(shared.root / EXPORTED)


@pytest.fixture
def book(opened):
    """The exported workbook, to spoil."""
    return copy.deepcopy(opened)


@pytest.fixture
def exported(project):
    """A project of its own for tests that write, with its workbook."""
    export(project.root, None, None)
    return project


@pytest.fixture
def sheet_command(exported, monkeypatch):
    """Calls `sdgbook sheet` in that project."""
    monkeypatch.chdir(exported.root)
    return lambda *words: CliRunner().invoke(cli.app, ["sheet", *words])


@pytest.fixture
def unchecked(monkeypatch):
    """Importing without the check of what comes of it, which takes a second or two and has tests of its own."""
    monkeypatch.setattr(applying, "check", lambda root: [])


def data(project: Project) -> dict[str, str]:
    return digests(project.root / "data")


def row_of(sheet: sheets.Sheet, first: str) -> int:
    """The row whose first cell says this."""
    return next(row for row, column in sheet.cells if column == 1 and sheet.cells[row, 1] == first)


def column_of(sheet: sheets.Sheet, name: str) -> int:
    """The column with this name in the package."""
    return next(column for column, value in sheet.row(2).items() if value == name)


def cell_of(sheet: sheets.Sheet, first: str, name: str) -> str:
    return sheets.name(row_of(sheet, first), column_of(sheet, name))


def refused(project: Project, path: Path, edition: int | None = None) -> list[Problem]:
    """The problems with which an import is refused; nothing has changed."""
    before = data(project)
    with pytest.raises(ProblemsFound) as caught:
        prepare(project.root, path, edition).apply()
    assert data(project) == before
    assert all(problem.message and problem.remedy for problem in caught.value.problems)
    return caught.value.problems


def differing(before: str, after: str) -> list[tuple[str, str]]:
    """Lines that differ between two texts of as many lines."""
    pairs = zip(before.split("\n"), after.split("\n"), strict=True)
    return [(old, new) for old, new in pairs if old != new]


# --- What is exported -------------------------------------------------------------------------------------------------


def test_an_export_is_the_same_bytes_each_time_and_never_takes_the_place_of_another_file(exported, sheet_command):
    path = exported.root / EXPORTED
    first = path.read_bytes()
    assert "vẫn đúng" in sheet_command("export").output
    path.write_bytes(first + b"edited")
    done = sheet_command("export")
    assert done.exit_code == 1 and EXPORTED in done.output and path.read_bytes() == first + b"edited"
    time.sleep(1.1)
    assert sheet_command("export", "--to", "khác/tên lạ.xlsx").exit_code == 0
    assert (exported.root / "khác" / "tên lạ.xlsx").read_bytes() == first
    assert "Không có ấn bản 1999" in sheet_command("export", "--edition", "1999").output


def test_the_workbook_helps_whoever_fills_it(shared):
    """Numbers are numbers shown with their decimals, codes have drop-downs and are locked, headings have notes, and
    what a code means stands beside it."""
    with zipfile.ZipFile(shared.root / EXPORTED) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    tree = {name: etree.fromstring(part) for name, part in parts.items() if name.endswith((".xml", ".rels", ".vml"))}
    space = {"m": sheets.MAIN}
    titles = [s.get("name") for s in tree["xl/workbook.xml"].iterfind(".//m:sheet", space)]
    descriptor = json.loads(shared.read("data/datapackage.json"))
    wanted = [r["title"] for r in descriptor["resources"] if "editions/" not in r["path"] or f"/{YEAR}/" in r["path"]]
    assert titles[0] == "Hướng dẫn" and titles[-1] == "sdgbook" and sorted(titles[1:-1]) == sorted(wanted)
    number = titles.index(FIGURES) + 1
    sheet = tree[f"xl/worksheets/sheet{number}.xml"]
    names = Workbook.opened(shared.root / EXPORTED)[FIGURES]
    strings = ["".join(item.itertext()) for item in tree["xl/sharedStrings.xml"]]
    styles = tree["xl/styles.xml"]
    formats = {f.get("numFmtId"): f.get("formatCode") for f in styles.iterfind(".//m:numFmt", space)}
    styled = styles.findall(".//m:cellXfs/m:xf", space)
    cells = {c.get("r"): c for c in sheet.iterfind(".//m:c", space)}

    def style(cell):
        return styled[int(cells[cell].get("s"))]

    def locked(cell):
        protection = style(cell).find("m:protection", space)
        return protection is None or protection.get("locked") != "0"

    protection = sheet.find("m:sheetProtection", space)
    assert protection.get("sheet") == "1" and protection.get("password") is None
    value = sheets.name(1, column_of(names, "obs_value"))[:-1]
    for n, row in enumerate(shared.table("observations"), 3):
        cell = cells[f"{value}{n}"]
        assert cell.get("t") in (None, "n") and float(cell.findtext("m:v", None, space)) == float(row["obs_value"])
        decimals = len(row["obs_value"].partition(".")[2])
        form = formats.get(style(f"{value}{n}").get("numFmtId"), "General")
        assert form.startswith("[$-42A]") and len(re.findall("0", form.partition(".")[2])) == decimals
        assert not locked(f"{value}{n}") and locked(f"A{n}")
    # Below the table nothing is locked but what is there to look at, so that rows can be added.
    widths = {c.get("min"): styled[int(c.get("style"))] for c in sheet.iterfind(".//m:col", space)}
    free = {
        n for n, xf in widths.items() if (p := xf.find("m:protection", space)) is not None and p.get("locked") == "0"
    }
    looked_at = {str(c) for (r, c), text in names.cells.items() if r == 2 and str(text).endswith("để xem")}
    assert looked_at and free == widths.keys() - looked_at
    rules = {rule.get("sqref").split(":")[0]: rule for rule in sheet.iterfind(".//m:dataValidation", space)}
    status = sheets.name(3, column_of(names, "obs_status"))
    assert rules[status].findtext("m:formula1", None, space) == '"A,P,E,F,O"'
    assert rules["A3"].findtext("m:formula1", None, space).startswith("'Chỉ số'!$A$3:")
    assert rules[f"{value}3"].get("type") == "decimal"
    # A list holds several codes: a drop-down would allow only one.
    assert sheets.name(3, column_of(names, "also_at")) not in rules
    indicators = {row["indicator"]: row["name_vi"] for row in shared.table("indicators")}
    assert (
        strings[int(cells["B3"].findtext("m:v", None, space))]
        == indicators[shared.table("observations")[0]["indicator"]]
    )
    notes = "".join("".join(part.itertext()) for name, part in tree.items() if "comments" in name)
    for resource in descriptor["resources"]:
        if resource["title"] in titles:
            assert all(field["description"].replace("`", "") in notes for field in resource["schema"]["fields"])
    pane = sheet.find(".//m:pane", space)
    assert pane.get("state") == "frozen" and pane.get("ySplit") == "2"


# --- What comes back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_a_workbook_that_nobody_edited_changes_nothing(shape, shared, book, tmp_path):
    found = prepare(shared.root, book.save(tmp_path / f"{shape}.xlsx", shape), None)
    assert found.lines == []
    assert prepare(shared.root, shared.root / EXPORTED, None).lines == []


@pytest.mark.parametrize("shape", SHAPES)
def test_one_edited_figure_changes_its_cell_and_no_other_byte(shape, shared, book, tmp_path, unchecked):
    sheet = book[FIGURES]
    sheet[cell_of(sheet, UNTIED, "obs_value")] = Number("12")
    found = prepare(shared.root, book.save(tmp_path / "a.xlsx", shape), None)
    file = shared.file("observations")
    assert list(found._changes.files) == [file]
    [(old, new)] = differing(shared.read(file), found._changes.read(file))
    row = next(row for row in shared.table("observations") if row["indicator"] == UNTIED)
    assert new == old.replace(f",{row['obs_value']},", ",12,", 1)
    assert f"Giá trị: {row['obs_value']} → 12" in "\n".join(found.lines)
    assert "revisions.csv" in "\n".join(found.after)


def test_an_import_is_checked_shown_and_asked_before_it_is_written(exported, sheet_command, monkeypatch, tmp_path):
    book = Workbook.opened(exported.root / EXPORTED)
    sheet = book[FIGURES]
    sheet[cell_of(sheet, UNTIED, "obs_value")] = Number("12")
    sheet[cell_of(sheet, UNTIED, "as_written")] = "12 cán bộ"
    path, before = book.save(tmp_path / "sửa.xlsx"), data(exported)
    shown = sdgbook(exported.root, "sheet", "import", str(path))
    assert shown.returncode == 0 and "Chưa ghi gì" in shown.stdout and "Sẽ đổi 2 ô" in shown.stdout
    assert data(exported) == before
    monkeypatch.setattr(applying, "check", lambda root: [])
    for answer, status in (("", 1), ("không", 1), ("có", 0)):
        monkeypatch.setattr(cli, "asking", lambda answer=answer: lambda question: answer)
        assert sheet_command("import", str(path)).exit_code == status
        assert (data(exported) == before) == (answer != "có")
    assert "Không có gì thay đổi" in sheet_command("import", str(path), "--yes").output


def test_rows_are_added_and_removed_and_an_order_that_means_something_is_kept(shared, book, tmp_path, unchecked):
    terms, sections = book["Từ ngữ"], book["Dàn bài báo cáo"]
    last = terms.last
    for name, value in {"term": "ƯƠM", "kind": "term", "definition_vi": '=1+1 "thử"\nhai dòng'}.items():
        terms[sheets.name(last + 1, column_of(terms, name))] = value
    gone = shared.table("terms")[-1]["term"]
    terms.delete_row(row_of(terms, gone))
    places = [row["locator"] for row in shared.table("sections")]
    at = row_of(sections, places[4])
    sections.insert_row(at)
    for n, value in enumerate(["chỗ mới", "paragraph", "Tên", "Name", "gioi-thieu"], 1):
        sections[sheets.name(at, n)] = value
    found = prepare(shared.root, book.save(tmp_path / "a.xlsx"), None)
    rows = {
        table: list(csv.DictReader(io.StringIO(found._changes.read(shared.file(table)), newline="")))
        for table in ("terms", "sections")
    }
    assert {row["term"] for row in rows["terms"]} == {row["term"] for row in shared.table("terms")} - {gone} | {"ƯƠM"}
    assert next(r for r in rows["terms"] if r["term"] == "ƯƠM")["definition_vi"] == '=1+1 "thử"\nhai dòng'
    assert [row["locator"] for row in rows["sections"]] == [*places[:4], "chỗ mới", *places[4:]]
    said = "\n".join(found.lines)
    assert "thêm 2 dòng" in said and "bỏ 1 dòng" in said and f"bỏ dòng: {gone}" in said


def test_a_number_keeps_its_decimals_and_every_digit(project, tmp_path, unchecked):
    """34.50 stays 34.50; what is longer than spreadsheets keep goes through as text; what they add is taken away."""
    files = {"34.50": ("56.7", "56.70"), "12345678901234567.25": None, "0.125": ("0.30000000000000004", "0.300")}
    units = project.table("units")
    for row, number in zip(units, files, strict=False):
        row["factor"] = number
    project.write_table("units", units)
    export(project.root, None, None)
    book = Workbook.opened(project.root / EXPORTED)
    sheet = book["Đơn vị"]
    assert prepare(project.root, project.root / EXPORTED, None).lines == []
    for row, new in zip(units, files.values(), strict=False):
        cell = cell_of(sheet, row["unit"], "factor")
        if new:
            sheet[cell] = Number(new[0])
            row["factor"] = new[1]
        else:
            assert sheet[cell] == "12345678901234567,25"
    found = prepare(project.root, book.save(tmp_path / "a.xlsx"), None)
    rows = list(csv.DictReader(io.StringIO(found._changes.read(project.file("units")), newline="")))
    assert [row["factor"] for row in rows] == [row["factor"] for row in units]


def as_csv(project: Project, name: str, headings: str) -> tuple[list[str], list[list[str]]]:
    """A table with the headings of people or of the package, numbers with a decimal comma."""
    rows = project.table(name)
    descriptor = json.loads(project.read("data/datapackage.json"))
    path = project.file(name).removeprefix("data/")
    fields = next(r for r in descriptor["resources"] if r["path"] == path)["schema"]["fields"]
    first = [field["title"] if headings == "people" else field["name"] for field in fields]
    numbers = {field["name"] for field in fields if field["type"] == "number"}
    return first, [[v.replace(".", ",") if n in numbers else v for n, v in row.items()] for row in rows]


@pytest.mark.parametrize("headings", ["people", "package"])
def test_a_csv_file_as_vietnamese_excel_writes_it_is_the_table_of_its_headings(headings, shared, tmp_path, unchecked):
    first, rows = as_csv(shared, "objectives", headings)
    path = tmp_path / "a.csv"

    def write(rows):
        out = io.StringIO()
        csv.writer(out, delimiter=";", lineterminator="\r\n").writerows([first, *rows])
        # A line of empty cells is what Excel leaves of a row that was cleared.
        path.write_bytes(("\ufeff" + out.getvalue() + ";" * (len(first) - 1) + "\r\n").encode())
        return path

    assert prepare(shared.root, write(rows), None).lines == []
    at = next(n for n, row in enumerate(shared.table("objectives")) if row["value"])
    column = list(shared.table("objectives")[0]).index("value")
    before = rows[at][column]
    rows[at][column] = "12,34"
    found = prepare(shared.root, write(rows), None)
    file = shared.file("objectives")
    [(old, new)] = differing(shared.read(file), found._changes.read(file))
    assert new == old.replace(
        f",{before.replace(',', '.')},", f",12.34{'0' * max(0, len(before.partition(',')[2]) - 2)},"
    )
    rows[at][column] = "1.234"
    [problem] = refused(shared, write(rows))
    assert "1.234" in problem.message and problem.file.endswith(f"ô {sheets.name(at + 2, column + 1)}")


# --- What is not understood -------------------------------------------------------------------------------------------


def figure(column: str, value):
    """A case: this value in a column of an untied figure, whose cell is told."""

    def spoil(book: Workbook) -> str:
        sheet = book[FIGURES]
        cell = cell_of(sheet, UNTIED, column)
        sheet[cell] = value
        return f"trang tính {FIGURES}, ô {cell}"

    return spoil


def spoiled(spoil):
    """A case on the sheet of figures, with the place that is told."""

    def apply(book: Workbook) -> str:
        return f"trang tính {FIGURES}{spoil(book[FIGURES])}"

    return apply


def of_row(sheet):
    return row_of(sheet, UNTIED)


def _duplicate(sheet):
    for column, value in sheet.row(5).items():
        sheet.cells[sheet.last + (0 if column > 1 else 1), column] = value
    return f", ô A{sheet.last}"


def _key_gone(sheet):
    row = of_row(sheet)
    sheet[f"A{row}"] = None
    return f", ô A{row}"


def _key_changed(sheet):
    row = of_row(sheet)
    sheet[f"A{row}"] = UNTIED + "-x"
    return f", ô A{row}"


def _last_key_changed(sheet):
    cell = sheets.name(sheet.last, 3)
    sheet[cell] = "1999"
    return f", ô {cell}"


def _moved(sheet):
    sheet.swap_columns(8, 11)
    return ", ô H1"


def _renamed(sheet):
    sheet["H1"] = "Số mới"
    return ", ô H1"


def _named_anew(sheet):
    sheet["H2"] = "gia_tri"
    return ", ô H1"


def _added(sheet):
    sheet.insert_column(8)
    sheet["H1"], sheet["H9"] = "Ghi riêng", "x"
    return ", ô H1"


def _removed(sheet):
    sheet.delete_column(8)
    return ", ô H1"


def _twice(sheet):
    sheet.insert_column(9)
    for row in range(1, sheet.last + 1):
        sheet.cells[row, 9] = sheet.cells.get((row, 8), Number("1"))
    return ", ô I1"


def _names_gone(sheet):
    sheet.delete_row(2)
    return ", dòng 2"


def _row_above(sheet):
    sheet.insert_row(1)
    sheet["A1"] = "Bảng của tôi"
    return ", dòng 3"


def _beside(sheet):
    sheet["R7"] = "nhớ hỏi lại"
    return ", ô R7"


def _merged(sheet):
    sheet.merged.append("H5:H6")
    return ", ô H5"


def _hidden_rows(sheet):
    sheet.hidden_rows |= {7, 8, 9}
    return ", dòng 7"


def _hidden_column(sheet):
    sheet.hidden_columns.add(8)
    return ", ô H1"


def _hidden_sheet(sheet):
    sheet.state = "hidden"
    return ""


def _looked_at(sheet):
    sheet["B5"] = "Tên khác"
    return ", ô B5"


def _array(sheet):
    sheet["H5"], sheet["H6"] = Formula("H7:H8", "40", "H5:H6"), Number("40")
    return ", ô H6"


def _sheet_gone(book):
    del book.sheets[FIGURES]
    return f"Thiếu trang tính “{FIGURES}”"


def _sheet_renamed(book):
    book[FIGURES].name = "Bảng 1"
    return f"“{FIGURES}” bị đổi tên thành “Bảng 1”"


def _sheet_added(book):
    book.sheets["Nháp"] = sheets.Sheet("Nháp", {(4, 2): "nhớ xem"})
    return "trang tính Nháp, ô B4"


def _sections_sorted(book):
    book["Dàn bài báo cáo"].swap_rows(5, 9)
    return "trang tính Dàn bài báo cáo, dòng 5"


CASES = {
    "text in a number cell, with a thousands dot": (figure("obs_value", "1.234"), "là chữ"),
    "text with a decimal comma": (figure("obs_value", "12,34"), "là chữ"),
    "text with a per cent sign": (figure("obs_value", "12,34 %"), "là chữ"),
    "less than": (figure("obs_value", "<5"), "là chữ"),
    "per cent format": (figure("obs_value", Number("0.1234", "percent")), "phần trăm"),
    "a number that became a date": (figure("obs_value", Number("36950", "date")), "thành ngày"),
    "a number that became a time": (figure("obs_value", Number("0.5", "time")), "thành giờ"),
    "formula": (figure("obs_value", Formula("SUM(H3:H4)", "40")), "công thức"),
    "formula with text": (figure("as_written", Formula('"a"&"b"', "ab")), "công thức"),
    "array formula beside its first cell": (spoiled(_array), "công thức"),
    "reference error": (figure("obs_value", Fault("#REF!")), "lỗi"),
    "not available": (figure("note_vi", Fault("#N/A")), "lỗi"),
    "truth value": (figure("note_vi", True), "đúng/sai"),
    "code that became a number": (figure("ref_area", Number("4")), "là số"),
    "code that became a date": (figure("source_locator", Number("36950", "date")), "thành ngày"),
    "key removed": (spoiled(_key_gone), "trống"),
    "key changed": (spoiled(_key_changed), "bị đổi"),
    "last key changed": (spoiled(_last_key_changed), "bị đổi"),
    "key twice": (spoiled(_duplicate), ""),
    "column moved": (spoiled(_moved), "đứng sai chỗ"),
    "heading renamed": (spoiled(_renamed), "bị đổi"),
    "column named anew": (spoiled(_named_anew), "Thiếu cột “Giá trị”"),
    "column added": (spoiled(_added), "Ghi riêng"),
    "column removed": (spoiled(_removed), "Thiếu cột “Giá trị”"),
    "column twice": (spoiled(_twice), "hai lần"),
    "names of columns removed": (spoiled(_names_gone), "ghi tên các cột"),
    "row above the headings": (spoiled(_row_above), "không ở dòng 2"),
    "words beside the table": (spoiled(_beside), "ngoài bảng"),
    "merged cells": (spoiled(_merged), "H5:H6 bị gộp"),
    "filtered rows": (spoiled(_hidden_rows), "7–9 đang bị ẩn"),
    "hidden column": (spoiled(_hidden_column), "bị ẩn"),
    "hidden sheet": (spoiled(_hidden_sheet), "bị ẩn"),
    "what is there to look at": (spoiled(_looked_at), "chỉ để xem"),
    "sheet removed": (_sheet_gone, "Thiếu trang tính"),
    "sheet renamed": (_sheet_renamed, "đổi tên"),
    "sheet added": (_sheet_added, "không có trong tệp"),
    "order lost": (_sections_sorted, "Thứ tự"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_understood_is_told_by_sheet_and_cell_and_nothing_is_written(
    case, shared, book, tmp_path, unchecked
):
    spoil, told = CASES[case]
    # A sound edit beside it is not written either.
    terms = book["Từ ngữ"]
    terms[sheets.name(5, column_of(terms, "definition_vi"))] = "Lời khác."
    place = spoil(book)
    problems = refused(shared, book.save(tmp_path / "a.xlsx"))
    said = [f"{problem.file}: {problem.message}" for problem in problems]
    assert any(re.search(rf"{re.escape(place)}(?!\w)", line) and told in line for line in said), said
    # Each cause once.
    assert len(problems) <= 2, said


def zipped(*parts: tuple[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts:
            packed.writestr(name, text)
    return out.getvalue()


TYPES = ("[Content_Types].xml", "<Types/>")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
ENTITY = (
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname"><!ENTITY c "{0}">]>'
    '<workbook><sheets><sheet name="a"/></sheets>&b;&c;</workbook>'
)
FILES = {
    "old Excel": ("a.xls", OLE, ".xls"),
    "password": ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "mật khẩu"),
    "password in LibreOffice": (
        "a.ods",
        zipped(
            ("META-INF/manifest.xml", "<manifest><file-entry><encryption-data/></file-entry></manifest>"),
            ("content.xml", "x"),
        ),
        "mật khẩu",
    ),
    "bomb": ("a.xlsx", zipped(TYPES, ("xl/workbook.xml", " " * 90_000_000)), "quá lớn"),
    "entities": ("a.xlsx", zipped(TYPES, ("xl/workbook.xml", ENTITY.format("x" * 99))), "hỏng"),
    "no sheets": ("a.xlsx", zipped(TYPES, ("xl/workbook.xml", "<workbook/>")), "hỏng"),
    "broken XML": ("a.xlsx", zipped(TYPES, ("xl/workbook.xml", "<workbook><sheets>")), "hỏng"),
    "cut off": ("a.xlsx", zipped(TYPES, ("xl/workbook.xml", "<workbook/>"))[:-30], "hỏng"),
    "other archive": ("a.xlsx", zipped(("word/document.xml", "<w/>")), "hỏng"),
    "binary Excel": ("a.xlsb", zipped(TYPES, ("xl/workbook.bin", "x")), ".xlsb"),
    "PDF": ("a.pdf", b"%PDF-1.7\n", "không phải là bảng tính"),
    "web page": ("a.xls", b"\n<html><table><tr><td>1", "không phải là bảng tính"),
    "nothing": ("a.csv", b"", "không phải là bảng tính"),
    "UTF-16": ("a.csv", "indicator;time_period".encode("utf-16"), "UTF-16"),
    "Windows-1258": ("a.csv", "Ma;Ten\n1;\xe2\xea".encode("cp1258"), "UTF-8"),
    "open quote": ("a.csv", b'unit;factor\nx;"y', "nháy kép"),
    "some other table": ("a.csv", "Họ tên;Tuổi\nA;1\n".encode(), "không phải của bảng nào"),
    "binary": ("a.csv", b"a;b\0c", "không phải"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_workbook_of_ours_is_told_as_such(case, shared, tmp_path):
    name, content, told = FILES[case]
    (tmp_path / name).write_bytes(content)
    [problem] = refused(shared, tmp_path / name)
    assert problem.file == name and told in problem.message, problem


def test_a_csv_file_with_columns_that_differ_is_told_by_cell(shared, tmp_path):
    first, rows = as_csv(shared, "units", "people")
    path = tmp_path / "a.csv"
    for changed, told in (
        ([first[1], first[0], *first[2:]], "đứng sai chỗ"),
        (first[:-1], f"Thiếu cột “{first[-1]}”"),
        ([*first, "Thêm"], "không có trong tệp"),
    ):
        lines = [";".join(changed), *(";".join([*row, "x"][: len(changed)]) for row in rows)]
        path.write_text("\n".join(lines), encoding="utf-8")
        problems = refused(shared, path)
        assert told in problems[0].message and re.search(r"a\.csv, ô [A-Z]1$", problems[0].file), problems


def test_a_workbook_of_another_project_or_one_that_was_tampered_with_is_refused(exported, book, tmp_path):
    for cell, value, told in (
        ("C1", "du-an-khac", "dự án khác"),
        ("E1", "0" * 64, "đã bị sửa"),
        ("A1", "x", "không phải do"),
    ):
        spoiled = copy.deepcopy(book)
        spoiled["sdgbook"][cell] = value
        [problem] = refused(exported, spoiled.save(tmp_path / "a.xlsx"))
        assert told in problem.message
    del book.sheets["sdgbook"]
    [problem] = refused(exported, book.save(tmp_path / "a.xlsx"))
    assert "không phải do" in problem.message
    assert "ấn bản" in refused(exported, exported.root / EXPORTED, int(YEAR) + 1)[0].message
    # The package has got another column since.
    descriptor = json.loads(exported.read("data/datapackage.json"))
    units = next(r for r in descriptor["resources"] if r["name"] == "units")
    units["schema"]["fields"].pop()
    exported.write("data/datapackage.json", json.dumps(descriptor, ensure_ascii=False))
    [problem] = refused(exported, exported.root / EXPORTED)
    assert "“Đơn vị” đã đổi cột" in problem.message


# --- Both sides at once, frozen editions, the check -------------------------------------------------------------------


def test_what_the_project_changed_meanwhile_is_kept_and_told_where_both_changed_one_cell(exported, tmp_path, unchecked):
    book = Workbook.opened(exported.root / EXPORTED)
    terms = book["Từ ngữ"]
    first, second, third, fourth = [row["term"] for row in exported.table("terms")][:4]
    terms[cell_of(terms, first, "definition_vi")] = "Từ bảng tính."
    path = book.save(tmp_path / "a.xlsx")
    exported.edit("terms", first, "definition_en", "From the project.")
    exported.edit("terms", second, "definition_vi", "Từ dự án.")
    before = exported.read(exported.file("terms"))
    prepare(exported.root, path, None).apply()
    assert len(differing(before, exported.read(exported.file("terms")))) == 1
    rows = {row["term"]: row for row in exported.table("terms")}
    assert rows[first]["definition_vi"] == "Từ bảng tính." and rows[first]["definition_en"] == "From the project."
    assert rows[second]["definition_vi"] == "Từ dự án."
    # Now both have changed one cell; one has removed a row that the other has edited, and the other way round.
    terms[cell_of(terms, second, "definition_vi")] = "Cũng đổi."
    terms[cell_of(terms, fourth, "definition_vi")] = "Đổi dòng đã bỏ."
    place = f"ô {cell_of(terms, second, 'definition_vi')}"
    terms.delete_row(row_of(terms, third))
    exported.edit("terms", third, "definition_vi", "Sửa dòng bị bỏ.")
    exported.write_table("terms", [row for row in exported.table("terms") if row["term"] != fourth])
    problems = refused(exported, book.save(path))
    said = "\n".join(map(str, problems))
    assert len(problems) == 3 and "“Từ dự án.”" in said and "“Cũng đổi.”" in said and "bị bỏ khỏi dự án" in said
    assert place in said


def test_a_frozen_edition_takes_nothing_but_corrections(exported, tmp_path, unchecked):
    (exported.root / f"data/editions/{YEAR}/SHA256SUMS").write_text("", encoding="utf-8")
    book = Workbook.opened(exported.root / EXPORTED)
    sheet, revisions = book[FIGURES], book["Hiệu đính"]
    cell = cell_of(sheet, UNTIED, "obs_value")
    before = sheet[cell]
    sheet[cell] = Number("12")
    [problem] = refused(exported, book.save(tmp_path / "a.xlsx"))
    assert "đã chốt" in problem.message and problem.file.endswith(f"ô {cell}") and "revisions.csv" in problem.remedy
    sheet[cell] = before
    values = ["lan-sua", UNTIED, "2001-02-28", "12", "34", "Phòng A", "Gõ nhầm.", "A slip."]
    for n, value in enumerate(values, 1):
        revisions[sheets.name(3, n)] = value
    found = prepare(exported.root, book.save(tmp_path / "a.xlsx"), None)
    assert list(found._changes.files) == [exported.file("revisions")]


def test_what_the_check_does_not_let_pass_is_told_at_its_cell_and_nothing_is_written(shared, book, tmp_path):
    """The real check, on the project as it would be."""
    sheet = book[FIGURES]
    cell = cell_of(sheet, UNTIED, "obs_value")
    sheet[cell] = Number("12.34")
    places = {problem.file for problem in refused(shared, book.save(tmp_path / "a.xlsx"))}
    assert f"a.xlsx, trang tính {FIGURES}, ô {cell}" in places


def test_a_sentence_that_no_longer_holds_stops_no_figure_but_is_told(shared, book, tmp_path, monkeypatch):
    page = Problem("book/muc-tieu/1-1.md", 3, None, "Câu này không còn đúng.", "Viết lại.", kind="claim")
    old = Problem(shared.file("terms"), 2, "term", "Có từ trước.", "Sửa.", kind="code")
    monkeypatch.setattr(applying, "check", lambda root: [old] if root == shared.root else [old, page])
    sheet = book[FIGURES]
    sheet[cell_of(sheet, UNTIED, "obs_value")] = Number("12")
    found = prepare(shared.root, book.save(tmp_path / "a.xlsx"), None)
    said = "\n".join(found.after)
    assert "cần xem lại" in said and str(page) in said and "1 lỗi đã có từ trước" in said


# --- Any table --------------------------------------------------------------------------------------------------------

SIGNS = st.sampled_from([*"ab=+-@'\";,.#%&<>|01 \n\tăớệĐ–“½_x", "_x0041_", "\u00a0", "00", "1E5"])
TEXT = st.lists(SIGNS, max_size=12).map(lambda parts: unicodedata.normalize("NFC", "".join(parts)).strip())
DIGITS = st.integers(0, 10**20)
NUMBERS = st.builds(
    lambda minus, whole, places: ("-" if minus and whole else "") + (f"{whole}.{places}" if places else str(whole)),
    st.booleans(),
    st.one_of(st.integers(0, 99_999), DIGITS),
    st.text("0123456789", max_size=8),
)
CODES = st.from_regex(r"[a-z0-9]{1,3}([.-][0-9]{1,2})?", fullmatch=True)
FIELDS = {
    "observations": {"indicator": "string", "obs_value": "number", "as_written": "string", "also_at": "list"},
    "sections": {"locator": "string", "title_vi": "string"},
    "revisions": {"revision": "integer", "revised_on": "date", "reason_vi": "string"},
}
VALUES = {
    "string": TEXT,
    "number": st.one_of(st.just(""), NUMBERS),
    "date": st.one_of(st.just(""), st.dates().map(lambda day: day.isoformat())),
    "list": st.lists(CODES, unique=True, max_size=3).map(lambda items: "; ".join(sorted(items))),
}


@st.composite
def tables(draw):
    found = {}
    for name, fields in FIELDS.items():
        first, *rest = fields
        keys = st.integers(1, 9999).map(str) if fields[first] == "integer" else CODES
        found[name] = {
            key: [key, *(draw(VALUES[fields[column]]) for column in rest)]
            for key in draw(st.lists(keys, unique=True, max_size=4))
        }
    return found


@contextmanager
def small(folder: Path, content: dict):
    """A project with nothing but these tables."""
    resources = []
    for name, fields in FIELDS.items():
        described = [
            {"name": n, "type": t, "title": f"Cột {n}", "description": n, "delimiter": "; "} for n, t in fields.items()
        ]
        schema = {"fields": described, "primaryKey": [next(iter(fields))]}
        resources.append(
            {
                "name": f"{name}-2001",
                "path": f"editions/2001/{name}.csv",
                "title": name,
                "description": name,
                "schema": schema,
            }
        )
        if name == "sections":
            resources[-1]["rowOrder"] = []
    root = folder / hashlib.sha256(repr(content).encode()).hexdigest()
    (root / "data/editions/2001").mkdir(parents=True, exist_ok=True)
    (root / "data/datapackage.json").write_text(json.dumps({"name": "nho", "title": "Nhỏ", "resources": resources}))
    from sdgbook.data.layout import write_canonical

    for name, rows in content.items():
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([FIELDS[name], *rows.values()])
        (root / f"data/editions/2001/{name}.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
    write_canonical(root)
    (root / "book").mkdir(exist_ok=True)
    for name in ("_config.yml", "_toc.yml"):
        (root / name).touch()
    (root / "_build").mkdir(exist_ok=True)
    for made in (root / "_build").iterdir():
        made.unlink()
    export(root, None, None)
    yield root


@settings(max_examples=25)
@given(tables(), st.data())
def test_any_table_comes_back_as_it_was_and_any_one_edit_as_that_edit(tmp_path_factory, content, data):
    before = applying.check
    applying.check = lambda root: []
    try:
        with small(tmp_path_factory.getbasetemp(), content) as root:
            path = root / "_build/so-lieu-2001.xlsx"
            shape = data.draw(st.sampled_from(SHAPES))
            book = Workbook.opened(path)
            assert prepare(root, path, None).lines == []
            assert prepare(root, book.save(root / "a.xlsx", shape), None).lines == []
            filled = [name for name in content if content[name]]
            if not filled:
                return
            name = data.draw(st.sampled_from(filled))
            key = data.draw(st.sampled_from(sorted(content[name])))
            column = data.draw(st.sampled_from(list(FIELDS[name])[1:]))
            kind = FIELDS[name][column]
            short = st.builds(
                lambda a, b: f"{a}.{b}" if b else str(a), st.integers(0, 99_999), st.text("123456789", max_size=4)
            )
            value = data.draw(short if kind == "number" else VALUES[kind].filter(bool))
            sheet = book[name]
            at = next(r for (r, c), v in sheet.cells.items() if c == 1 and r > 2 and getattr(v, "text", v) == key)
            sheet[sheets.name(at, column_of(sheet, column))] = Number(value) if kind == "number" else value
            found = prepare(root, book.save(root / "a.xlsx", shape), None)
            file = f"data/editions/2001/{name}.csv"
            old = list(csv.reader(io.StringIO((root / file).read_text(encoding="utf-8"), newline="")))
            text = found._changes.read(file) if file in found._changes.files else (root / file).read_text("utf-8")
            new = list(csv.reader(io.StringIO(text, newline="")))
            n = list(FIELDS[name]).index(column)
            changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
            for a, b in changed:
                assert a[0] == key and [*a[:n], b[n], *a[n + 1 :]] == b
            [now] = [row[n] for row in new[1:] if row[0] == key]
            if kind == "number":
                assert float(now) == float(value)
            else:
                assert now == value or kind == "list"
    finally:
        applying.check = before


# --- LibreOffice itself -----------------------------------------------------------------------------------------------


def test_libreoffice_opens_edits_and_saves_and_exactly_the_edit_comes_back(shared, opened, tmp_path, unchecked):
    sheet = opened[FIGURES]
    value, words = cell_of(sheet, UNTIED, "obs_value"), cell_of(sheet, UNTIED, "as_written")
    text = '=12 "cán bộ"; <ươm>'
    saved = office.edited(office.office(), tmp_path, shared.root / EXPORTED, FIGURES, {value: 12, words: text})
    for path in saved[:2]:
        assert prepare(shared.root, path, None).lines == [], path.name
    row = next(row for row in shared.table("observations") if row["indicator"] == UNTIED)
    file = shared.file("observations")
    for path in saved[2:]:
        found = prepare(shared.root, path, None)
        assert list(found._changes.files) == [file], path.name
        [(old, new)] = differing(shared.read(file), found._changes.read(file))
        [before, after] = csv.reader([old, new])
        wanted = {**row, "obs_value": "12", "as_written": text}
        assert before == list(row.values()) and after == list(wanted.values()), path.name


def test_a_workbook_goes_out_and_comes_back_within_three_seconds(shared):
    for words in (("export", "--to", "_build/lan-hai.xlsx"), ("import", EXPORTED)):
        started = time.monotonic()
        assert sdgbook(shared.root, "sheet", *words).returncode == 0
        assert time.monotonic() - started < 3
