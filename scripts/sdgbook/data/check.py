"""Checks of the tables themselves: form, types, keys, references, and rules between the columns of a row."""

from __future__ import annotations

import csv
import datetime
import re
import unicodedata
from collections.abc import Collection, Iterator
from contextlib import suppress
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sdgbook import store
from sdgbook.data.areas import check_areas
from sdgbook.data.layout import canonical, source_order
from sdgbook.data.package import (
    DESCRIPTOR,
    DataPackage,
    Row,
    Table,
    frictionless_package,
    read_descriptor,
    split_resource,
)
from sdgbook.data.problems import Problem, did_you_mean

# In the store: tables that Frictionless found sound.
SOUND = "sound"
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
EXAMPLES = {
    "number": "Viết số với dấu chấm thập phân, không ngăn hàng nghìn, không kèm đơn vị, ví dụ 12.34.",
    "integer": "Viết số nguyên, chỉ gồm chữ số, ví dụ 12.",
    "date": "Viết ngày theo dạng năm-tháng-ngày, ví dụ 2001-02-28.",
    "year": "Viết năm bằng bốn chữ số, ví dụ 2001.",
}


def check_form(root: Path, resource: dict[str, Any], resources: list[dict[str, Any]]) -> list[Problem]:
    """Problems of a CSV file as a sequence of bytes: encoding, BOM, line ends, NFC, canonical layout."""
    file = f"data/{resource['path']}"
    path = root / file
    if not path.is_file():
        return [
            Problem(
                file,
                None,
                None,
                "Thiếu tệp này.",
                "Khôi phục tệp, hoặc bỏ nó khỏi datapackage.json.",
                kind="missing-file",
            )
        ]
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return [
            Problem(
                file, line, None, "Tệp không được lưu bằng mã UTF-8.", "Lưu lại tệp dạng “CSV UTF-8”.", kind="encoding"
            )
        ]
    if text.startswith("\ufeff"):
        return [Problem(file, 1, 1, "Đầu tệp có dấu BOM ẩn.", "Chạy `make format`.", kind="layout")]
    if "\r" in text:
        return [
            Problem(
                file,
                text[: text.index("\r")].count("\n") + 1,
                None,
                "Cuối dòng theo kiểu Windows (CRLF).",
                "Chạy `make format`.",
                kind="layout",
            )
        ]
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        if not unicodedata.is_normalized("NFC", line):
            problems.append(
                Problem(
                    file,
                    number,
                    None,
                    "Chữ có dấu viết ở dạng tách rời (không phải Unicode NFC).",
                    "Chạy `make format`.",
                    kind="layout",
                )
            )
    if problems:
        return problems
    try:
        right = canonical(text, resource, source_order(root, resources, split_resource(resource)[1]))
    except csv.Error:
        return [
            Problem(file, None, None, "Tệp không phải là CSV đúng.", "Xem lại các dấu nháy kép.", kind="unreadable")
        ]
    if right != text:
        pairs = zip(text.split("\n"), right.split("\n"), strict=False)
        line = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), len(text.split("\n")))
        return [
            Problem(
                file,
                line,
                None,
                "Tệp chưa ở dạng chuẩn (thứ tự dòng, dấu cách hay dấu nháy).",
                "Chạy `make format`.",
                kind="layout",
            )
        ]
    return []


def _cell_problem(file: str, field: dict[str, Any], error: Any) -> Problem:
    """A Frictionless cell error in Vietnamese."""
    name, cell = error.field_name, error.cell
    if error.type == "missing-cell":
        return Problem(
            file,
            error.row_number,
            name,
            "Dòng thiếu ô.",
            "Thêm dấu phẩy cho đủ số cột của dòng đầu.",
            kind="row-length",
        )
    if error.type == "extra-cell":
        return Problem(
            file,
            error.row_number,
            error.field_number,
            f"Dòng thừa ô “{cell}”.",
            "Đặt chữ có dấu phẩy trong dấu nháy kép.",
            kind="row-length",
        )
    constraints = field.get("constraints", {})
    if error.type == "constraint-error":
        if not cell:
            return Problem(
                file,
                error.row_number,
                name,
                f"Ô “{field['title']}” không được để trống.",
                field["description"],
                kind="empty-cell",
            )
        if "enum" in constraints:
            remedy = f"Viết một trong: {', '.join(map(str, constraints['enum']))}."
        else:
            remedy = field["description"]
        return Problem(
            file, error.row_number, name, f"“{cell}” không hợp lệ ở cột “{field['title']}”.", remedy, kind="code"
        )
    kind = {"number": "số", "integer": "số nguyên", "date": "ngày", "year": "năm"}.get(field["type"], field["type"])
    return Problem(
        file,
        error.row_number,
        name,
        f"“{cell}” không phải là {kind}.",
        EXAMPLES.get(field["type"], field["description"]),
        kind="number",
    )


def _codes(root: Path, resource: dict[str, Any], column: str) -> list[str]:
    """The values of a column, read as plain text: candidates for a code that is not among them."""
    with (root / "data" / resource["path"]).open(encoding="utf-8-sig", newline="") as file:
        return [row[column] for row in csv.DictReader(file) if row.get(column)]


def _problem(root: Path, resources: dict[str, dict[str, Any]], resource: dict[str, Any], error: Any) -> Problem:
    """Any Frictionless error of one table in Vietnamese; `resources` are all tables by name."""
    file = f"data/{resource['path']}"
    fields = {f["name"]: f for f in resource["schema"]["fields"]}
    names = ", ".join(fields)
    kind = error.type
    if kind in ("type-error", "constraint-error", "missing-cell", "extra-cell"):
        return _cell_problem(file, fields.get(error.field_name, {"title": "", "description": "", "type": ""}), error)
    if kind == "foreign-key":
        cell, column = ", ".join(map(str, error.field_cells)), ", ".join(error.field_names)
        target = resources[error.reference_name or resource["name"]]
        near = did_you_mean(cell, _codes(root, target, error.reference_field_names[0]))
        remedy = near or f"Sửa cho đúng mã, hoặc thêm dòng vào bảng {target['name']} trước."
        return Problem(
            file, error.row_number, column, f"“{cell}” không có trong bảng {target['name']}.", remedy, kind="reference"
        )
    if kind == "primary-key":
        key = resource["schema"]["primaryKey"]
        return Problem(
            file,
            error.row_number,
            ", ".join(key),
            "Khóa của dòng này đã có ở dòng khác.",
            "Mỗi khóa chỉ đứng một lần: xóa dòng thừa hoặc sửa khóa.",
            kind="key",
        )
    if kind == "blank-row":
        return Problem(file, error.row_number, None, "Dòng trống.", "Xóa dòng này.", kind="blank-row")
    if "label" in kind or "header" in kind:
        return Problem(
            file,
            1,
            getattr(error, "label", None) or None,
            "Dòng tiêu đề không khớp với datapackage.json.",
            f"Dòng đầu phải là: {names}.",
            kind="columns",
        )
    return Problem(
        file,
        getattr(error, "row_number", None),
        None,
        f"Không đọc được bảng ({kind}).",
        "Khôi phục tệp từ bản trước rồi sửa lại.",
        kind="unreadable",
    )


def headers_fit(root: Path) -> bool:
    """Whether every table can be read at all: there, UTF-8, and with the columns that the package names."""
    for resource in read_descriptor(root)["resources"]:
        try:
            with (root / "data" / resource["path"]).open(encoding="utf-8-sig", newline="") as file:
                if next(csv.reader(file), []) != [f["name"] for f in resource["schema"]["fields"]]:
                    return False
                file.read()
        except (OSError, UnicodeDecodeError, csv.Error):
            return False
    return True


def causes(errors: list[Any], told: list[Problem], resource: dict[str, Any]) -> list[Any]:
    """Frictionless errors of one table without those that only follow from another error or from a problem `told`.

    A row with a cell too many is shifted: nothing else about it means anything. A cell that is missing is no empty
    cell, a number that cannot be read breaks no key, and an invisible mark before the first column's name (told at
    column 1) is no other name.
    """
    rows: dict[str, set[int]] = {}
    for error in errors:
        rows.setdefault(error.type, set()).add(getattr(error, "row_number", 0))
    marked = any(p.file == f"data/{resource['path']}" and p.column == 1 for p in told)

    def follows(error: Any) -> bool:
        row = getattr(error, "row_number", 0)
        if "label" in error.type:
            return marked
        if error.type == "extra-cell":
            return False
        return (
            row in rows.get("extra-cell", ())
            or (error.type == "constraint-error" and row in rows.get("missing-cell", ()) and error.cell in ("", "None"))
            or (error.type in ("foreign-key", "primary-key") and row in rows.get("type-error", ()))
            or (error.type == "primary-key" and row in rows.get("constraint-error", ()))
        )

    found = [error for error in errors if not follows(error)]
    # Of several cells too many in one row the first tells it all.
    return [
        e
        for n, e in enumerate(found)
        if not (
            e.type == "extra-cell" and any(o.type == "extra-cell" and o.row_number == e.row_number for o in found[:n])
        )
    ]


def check_tables(root: Path) -> list[Problem]:
    """All problems of the package's files and of their types, keys and references; empty when sound.

    A table that was sound is not looked at again as long as it, the tables it refers to or takes its order from and
    their description stay as they are (`sdgbook.store`).
    """
    descriptor = read_descriptor(root)
    resources = descriptor["resources"]
    by_name = {r["name"]: r for r in resources}
    kept = store.current()
    keys = _keys_of_sound(root, by_name)
    unknown = [name for name in by_name if name not in keys or kept.get(SOUND, keys[name]) is None]
    problems = [p for r in resources if r["name"] in unknown for p in check_form(root, r, resources)]
    if any("Thiếu tệp" in p.message or "UTF-8" in p.message for p in problems):
        return problems
    misshapen = {p.file for p in problems}
    try:
        errors, tasks = validate(root, descriptor, unknown) if unknown else ([], [])
    except Exception as error:
        errors, tasks = [getattr(error, "error", error)], []
    problems += [
        Problem(
            "data/datapackage.json",
            None,
            None,
            f"Mô tả gói dữ liệu không hợp lệ: {getattr(error, 'note', error)}",
            "Đối chiếu với quy định Data Package.",
            kind="descriptor",
        )
        for error in errors
    ]
    for task in tasks:
        resource = by_name[task.name]
        problems += [_problem(root, by_name, resource, error) for error in causes(task.errors, problems, resource)]
        if not (errors or task.errors or f"data/{resource['path']}" in misshapen):
            kept.put(SOUND, keys[task.name], b"")
    return problems


def validate(root: Path, descriptor: dict[str, Any], names: list[str]) -> tuple[list[Any], list[Any]]:
    """What Frictionless says of the resources `names` of a package: errors of its description, and for each resource
    a task with its errors."""
    by_name = {resource["name"]: resource for resource in descriptor["resources"]}
    if len(names) == len(by_name):
        report = frictionless_package(root, descriptor).validate()
        return report.errors, report.tasks
    needed = {*names, *(target for name in names for target in _targets(by_name[name]))}
    some = {**descriptor, "resources": [r for r in descriptor["resources"] if r["name"] in needed]}
    package = frictionless_package(root, some)
    reports = [package.validate(name=name) for name in names]
    return reports[0].errors, [task for report in reports for task in report.tasks]


def _targets(resource: dict[str, Any]) -> list[str]:
    """The resources that a resource refers to, besides itself."""
    keys = resource.get("schema", {}).get("foreignKeys", ())
    return [name for key in keys if (name := key["reference"]["resource"])]


def _keys_of_sound(root: Path, by_name: dict[str, Any]) -> dict[str, str]:
    """Keys of what is known of the resources that can be read: all that their being sound depends on."""
    code = store.digest_of_files(Path(__file__).parent.glob("*.py"))
    alike = version("frictionless"), code, (root / DESCRIPTOR).read_bytes()
    content: dict[str, bytes] = {}
    for name, resource in by_name.items():
        with suppress(OSError):
            content[name] = (root / "data" / resource["path"]).read_bytes()
    orders = {split_resource(resource): name for name, resource in by_name.items()}
    keys = {}
    for name in content:
        needed = [*_targets(by_name[name]), orders.get(("sections", split_resource(by_name[name])[1]))]
        keys[name] = store.key_of(*alike, name, content[name], *(content.get(other, b"") for other in needed))
    return keys


def check_rows(package: DataPackage, skip: Collection[tuple[str, int | None]] = ()) -> list[Problem]:
    """Problems between the columns and tables of a package; rows in `skip` (file, line) have been told already."""
    problems: list[Problem] = []
    for table in package.tables.values():
        problems += _check_lists(package, table)
    for row in package.table("areas").rows:
        for column in ("tile_row", "tile_column"):
            if row["level"] == "district" and row[column] is None:
                problems.append(
                    row.problem(
                        column, "Huyện chưa có chỗ trên bản đồ ô vuông.", "Viết số hàng, số cột, đếm từ 0.", kind="area"
                    )
                )
    problems += check_areas(package)
    indicators = package.table("indicators").by_key
    for edition in package.editions:
        draft = package.table("edition", edition).rows[0]["status"] == "draft"
        locators = package.table("sections", edition).by_key
        for row in package.table("observations", edition).rows:
            value: Decimal | None = row["obs_value"]
            if value is None:
                if not (draft and row["obs_status"] == "O"):
                    problems.append(
                        row.problem(
                            "obs_value",
                            "Thiếu giá trị.",
                            "Chỉ bản nháp mới được để trống, với tình trạng O.",
                            kind="status",
                        )
                    )
                continue
            if row["obs_status"] == "O":
                told, remedy = (
                    "Con số đã điền mà tình trạng vẫn là O (chưa có).",
                    "A bình thường, P sơ bộ, E ước, F dự kiến.",
                )
                problems.append(row.problem("obs_status", told, f"Viết một trong: {remedy}", kind="status"))
            if not row["as_written"]:
                field = next(f for f in package.table("observations", edition).fields if f["name"] == "as_written")
                told = f"Ô “{field['title']}” không được để trống."
                problems.append(row.problem("as_written", told, "Viết con số đúng như báo cáo in.", kind="empty-cell"))
            indicator = indicators.get(row["indicator"])
            if indicator and -value.as_tuple().exponent > indicator["decimals"]:
                problems.append(
                    row.problem(
                        "obs_value",
                        f"“{value}” có nhiều chữ số lẻ hơn chỉ số này cho phép ({indicator['decimals']}).",
                        "Dấu chấm là dấu thập phân; viết số nghìn liền nhau, ví dụ 1234.",
                        kind="decimals",
                    )
                )
            if row["source_locator"] in row["also_at"]:
                problems.append(
                    row.problem("also_at", "Chỗ này đã đứng ở cột source_locator.", "Bỏ chỗ trùng.", kind="told-twice")
                )
        for row in package.table("objectives", edition).rows:
            if row["value"] is not None and row["rule"] != "reduce_by_percent" and not row["indicator"]:
                problems.append(
                    row.problem(
                        "indicator", "Đích có số mà thiếu chỉ số.", "Viết mã chỉ số đo đích này.", kind="objective"
                    )
                )
            if (row["rule"] == "qualitative") != (row["value"] is None):
                problems.append(
                    row.problem(
                        "value",
                        "Đích bằng lời (qualitative) không có giá trị, các đích khác phải có.",
                        "Sửa cột rule hoặc cột value.",
                        kind="objective",
                    )
                )
        problems += _check_objectives(package, edition)
        problems += [
            row.problem(
                "about",
                f"“{row['about']}” không phải là chỗ nào trong báo cáo.",
                did_you_mean(row["about"], locators),
                kind="locator",
            )
            for row in package.table("doubts", edition).rows
            if re.match(r"(I|II|III|IV|V)\b", row["about"]) and row["about"] not in locators
        ]
    problems += _check_numbers(package)
    problems += [*_check_followups(package), *_check_breaks(package), *_check_told_twice(package)]
    return [p for p in problems if (p.file, p.line) not in skip]


def check_editions(package: DataPackage) -> list[Problem]:
    """Editions that do not say what they are: not one row, another year than the folder's, a draft that is not the
    newest."""
    problems = []
    for edition in package.editions:
        table = package.table("edition", edition)
        if len(table.rows) != 1:
            told = f"Bảng này có {len(table.rows)} dòng, phải có đúng một."
            problems.append(Problem(table.file, None, None, told, f"Giữ một dòng, của năm {edition}.", kind="edition"))
            continue
        row = table.rows[0]
        if row["year"] not in (edition, None):
            told = f"Năm {row['year']} khác với năm của thư mục ({edition})."
            problems.append(row.problem("year", told, f"Viết {edition}, hoặc đổi tên thư mục.", kind="edition"))
        if row["status"] == "draft" and edition != package.editions[-1]:
            told = f"Bản nháp {edition} không phải là ấn bản mới nhất ({package.editions[-1]})."
            problems.append(
                row.problem("status", told, "Đăng hoặc bỏ bản nháp này trước khi có ấn bản sau nó.", kind="edition")
            )
    return problems


def _check_followups(package: DataPackage) -> Iterator[Problem]:
    """Follow-ups to what no earlier report has promised."""
    for edition in package.editions:
        for row in package.table("followups", edition).rows:
            about = row["edition"]
            if about not in package.editions:
                near = f"Các ấn bản hiện có: {', '.join(map(str, package.editions))}."
                yield row.problem(
                    "edition", f"Chưa có ấn bản {about} nên không có cam kết của nó.", near, kind="edition"
                )
            elif about >= edition:
                told = (
                    f"Báo cáo năm {edition} chỉ theo dõi được cam kết của những năm trước nó, không phải của {about}."
                )
                yield row.problem("edition", told, "Viết năm của báo cáo đã nêu cam kết.", kind="edition")
            elif row["commitment"] not in (known := package.table("commitments", about).by_key):
                told = f"Báo cáo năm {about} không có cam kết nào mã “{row['commitment']}”."
                yield row.problem("commitment", told, did_you_mean(row["commitment"] or "", known), kind="edition")


def _check_breaks(package: DataPackage) -> Iterator[Problem]:
    """Breaks of series that have nothing before them."""
    first: dict[str, str] = {}
    for edition in package.editions:
        for row in package.table("observations", edition).rows:
            if row["obs_value"] is not None and row["time_period"]:
                indicator = row["indicator"]
                first[indicator] = min(first.get(indicator, row["time_period"]), row["time_period"])
    for edition in package.editions:
        for row in package.table("breaks", edition).rows:
            if row["period"] and first.get(row["indicator"], "9999") >= row["period"]:
                told = f"“{row['indicator']}” không có con số nào trước {row['period']}, nên ở đó không có gì để ngắt."
                yield row.problem("period", told, "Sửa thời điểm, hoặc xóa dòng này.", kind="edition")


def _check_told_twice(package: DataPackage) -> Iterator[Problem]:
    """One figure of the source under two indicators: of three digits or more, printed alike at one place."""
    for edition in package.editions:
        seen: dict[tuple[Any, ...], Row] = {}
        for row in package.table("observations", edition).rows:
            value = row["obs_value"]
            if value is None or len(value.normalize().as_tuple().digits) < 3 or not row["as_written"]:
                continue
            place = (row["source_locator"], value, row["as_written"], row["time_period"], row["ref_area"])
            other = seen.setdefault(place, row)
            if other["indicator"] != row["indicator"]:
                where = f"dòng {other.line}, “{other['indicator']}”"
                told = f"“{row['as_written']}” ở {row['source_locator']} đã có ở {where}."
                remedy = "Cùng một việc thì giữ một dòng; hai việc khác nhau thì chép as_written dài hơn cho rõ."
                yield row.problem("as_written", told, remedy, kind="told-twice")


def _check_objectives(package: DataPackage, edition: int) -> Iterator[Problem]:
    """Objectives that nothing can come towards: measured by an activity, or with a rule or value that does not fit the
    indicator and its unit, or with a base that is no time before the due year."""
    indicators, units = package.table("indicators").by_key, package.table("units").by_key
    values: dict[str, list[Decimal]] = {}
    for year in package.editions:
        for row in package.table("observations", year).rows:
            if row["obs_value"] is not None:
                values.setdefault(row["indicator"], []).append(row["obs_value"])
    for row in package.table("objectives", edition).rows:
        rule, value, base = row["rule"], row["value"], row["baseline_period"]
        indicator = indicators.get(row["indicator"] or "")
        if base:
            try:
                begins = int(base) if len(base) == 4 else datetime.date.fromisoformat(base).year
            except ValueError:
                told = f"Mốc “{base}” không phải là năm hay ngày."
                yield row.problem(
                    "baseline_period", told, "Viết năm, ví dụ 2001, hoặc ngày, ví dụ 2001-12-31.", kind="objective"
                )
            else:
                if row["due"] and begins >= row["due"]:
                    told = f"Mốc {base} không ở trước năm phải đạt ({row['due']})."
                    yield row.problem(
                        "baseline_period", told, "Sửa mốc hay năm phải đạt cho mốc ở trước.", kind="objective"
                    )
        if value is None or indicator is None:
            continue
        name = f"“{row['indicator']}”"
        if indicator["kind"] == "activity":
            told = f"Đích này đo bằng một hoạt động ({name}); hoạt động không cho biết đã đạt đến đâu."
            remedy = (
                "Chọn chỉ số về kết quả hay việc đã làm được, hoặc để đích bằng lời: rule là qualitative, value trống."
            )
            yield row.problem("indicator", told, remedy, kind="objective")
            continue
        wanted = {"higher": ("at_least", "over"), "lower": ("at_most", "reduce_by_percent")}.get(indicator["better"])
        if wanted and rule not in wanted:
            word = "cao" if indicator["better"] == "higher" else "thấp"
            told = f"“{rule}” trái với chỉ số {name}: bảng indicators ghi càng {word} càng tốt ({indicator['better']})."
            yield row.problem(
                "rule", told, f"Chọn {' hoặc '.join(wanted)}, hoặc sửa cột better của chỉ số.", kind="objective"
            )
            continue
        if rule == "reduce_by_percent":
            if not 0 < value <= 100:
                told = f"Không thể giảm {value}%: mức giảm phải trên 0 và nhiều nhất là 100."
                yield row.problem("value", told, "Viết số phần trăm phải giảm so với mốc, ví dụ 50.", kind="objective")
            continue
        unit = units.get(indicator["unit"])
        known = values.get(row["indicator"], [])
        if unit and unit["dimension"] == "ratio":
            whole = 1 / unit["factor"]
            # What has been above the whole, as a plan fulfilled, is no share of it.
            if (value > whole or (value == whole and rule == "over")) and not any(number > whole for number in known):
                told = f"{name} là một phần của tổng thể, không thể {'trên' if rule == 'over' else 'tới'} {value}%."
                yield row.problem("value", told, f"Viết một số từ 0 đến {whole:f}.", kind="objective")
        if value < 0 and unit and unit["dimension"] != "ratio-difference" and not any(number < 0 for number in known):
            yield row.problem(
                "value", f"{name} không có số âm, đích không thể là {value}.", "Sửa giá trị của đích.", kind="objective"
            )


def _check_lists(package: DataPackage, table: Table) -> list[Problem]:
    """Items of list columns that refer to no row."""
    problems = []
    names = {r["name"]: split_resource(r) for r in package.descriptor["resources"]}
    for field in table.fields:
        reference = field.get("references")
        if not reference:
            continue
        known = {row[reference["field"]] for row in package.tables[names[reference["resource"]]].rows}
        for row in table.rows:
            for item in row[field["name"]]:
                if item not in known:
                    problems.append(
                        row.problem(
                            field["name"],
                            f"“{item}” không có trong bảng {reference['resource']}.",
                            did_you_mean(item, known),
                            kind="reference",
                        )
                    )
            if len(set(row[field["name"]])) < len(row[field["name"]]):
                problems.append(row.problem(field["name"], "Một mục đứng hai lần.", "Bỏ mục trùng.", kind="told-twice"))
    return problems


def _check_numbers(package: DataPackage) -> list[Problem]:
    """Numbers that a machine reads but a person would write otherwise: 1e3, +5, 007."""
    problems = []
    for table in package.tables.values():
        columns = [f["name"] for f in table.fields if f["type"] == "number"]
        if not columns:
            continue
        with (package.root / table.file).open(encoding="utf-8", newline="") as file:
            for line, raw in enumerate(csv.DictReader(file), 2):
                for column in columns:
                    if raw[column] and not NUMBER.fullmatch(raw[column]):
                        problems.append(
                            Problem(
                                table.file,
                                line,
                                column,
                                f"“{raw[column]}” không phải là số viết đúng dạng.",
                                EXAMPLES["number"],
                                kind="number",
                            )
                        )
    return problems
