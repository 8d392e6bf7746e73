"""Rules between the columns of a row, and between tables. What a table can be asked by itself is in `tables.py`."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from sdgbook.data.areas import check_areas
from sdgbook.data.package import DataPackage, Row
from sdgbook.data.problems import Problem, did_you_mean

# Words by which a printed number is multiplied: powers of ten.
SCALES = {"nghìn": 3, "ngàn": 3, "triệu": 6, "tỷ": 9, "tỉ": 9}


def check_rows(package: DataPackage, skip: Collection[tuple[str, int | None]] = ()) -> list[Problem]:
    """Problems between the columns and tables of a package; rows in `skip` (file, line) have been told already."""
    problems: list[Problem] = []
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
            cells = row.cells
            value: Decimal | None = cells["obs_value"]
            if value is None:
                if not (draft and cells["obs_status"] == "O"):
                    problems.append(
                        row.problem(
                            "obs_value",
                            "Thiếu giá trị.",
                            "Chỉ bản nháp mới được để trống, với tình trạng O.",
                            kind="status",
                        )
                    )
                continue
            if cells["obs_status"] == "O":
                told, remedy = (
                    "Con số đã điền mà tình trạng vẫn là O (chưa có).",
                    "A bình thường, P sơ bộ, E ước, F dự kiến.",
                )
                problems.append(row.problem("obs_status", told, f"Viết một trong: {remedy}", kind="status"))
            if not cells["as_written"]:
                field = next(f for f in package.table("observations", edition).fields if f["name"] == "as_written")
                told = f"Ô “{field['title']}” không được để trống."
                problems.append(row.problem("as_written", told, "Viết con số đúng như báo cáo in.", kind="empty-cell"))
            indicator = indicators.get(cells["indicator"])
            if indicator and -value.as_tuple().exponent > indicator["decimals"]:
                problems.append(
                    row.problem(
                        "obs_value",
                        f"“{value}” có nhiều chữ số lẻ hơn chỉ số này cho phép ({indicator['decimals']}).",
                        "Dấu chấm là dấu thập phân; viết số nghìn liền nhau, ví dụ 1234.",
                        kind="decimals",
                    )
                )
            if cells["source_locator"] in cells["also_at"]:
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
    problems += _check_figures(package)
    problems += [*_check_followups(package), *_check_breaks(package), *_check_redirects(package)]
    problems += _check_told_twice(package)
    return [p for p in problems if (p.file, p.line) not in skip]


def _check_figures(package: DataPackage) -> Iterator[Problem]:
    """Figures that cannot be: outside what their unit and indicator allow, of a time after the report, or another
    number than the report's own words in the same row."""
    units = package.table("units").by_key
    limits = {
        code: (*bounds(row, units[row["unit"]]), units[row["unit"]]["name_vi"], row["decimals"])
        for code, row in package.table("indicators").by_key.items()
        if row["unit"] in units
    }
    for edition in package.editions:
        # A number that differs from the report's words on purpose is told of there.
        explained = {
            row["about"].partition("@")[0].partition("[")[0] for row in package.table("revisions", edition).rows
        }
        for row in package.table("observations", edition).rows:
            cells = row.cells
            value, spans = cells["obs_value"], limits.get(cells["indicator"])
            if value is None or spans is None:
                continue
            least, most, unit, _ = spans
            if (least is not None and value < least) or (most is not None and value > most):
                span = f"từ {least} đến {most:f}" if most is not None else f"từ {least} trở lên"
                told = f"“{value}” ở ngoài khoảng có thể có của “{row['indicator']}” ({unit.lower()}, {span})."
                remedy = "Xem lại báo cáo; chỉ số này thật có thể như thế thì sửa cột bounds của nó ở bảng indicators."
                yield row.problem("obs_value", told, remedy, kind="bounds")
                continue
            period = cells["time_period"]
            if period and int(period[:4]) > edition and cells["obs_status"] in ("A", "P"):
                told = f"Báo cáo năm {edition} chưa thể có kết quả của {period}."
                yield row.problem("time_period", told, "Sửa thời gian; số dự kiến thì tình trạng là F.", kind="date")
            written = cells["as_written"]
            if not written or cells["indicator"] in explained or written_as(value, written):
                continue
            # Too many decimals are told by themselves.
            if -value.as_tuple().exponent <= spans[3]:
                told = f"Giá trị là {value}, mà nguyên văn là “{written}”."
                remedy = "So với báo cáo, sửa ô sai. Giá trị được hiệu đính thì thêm dòng vào bảng revisions."
                yield row.problem("obs_value", told, remedy, kind="as-written")


def bounds(indicator: Row, unit: Row) -> tuple[Decimal | None, Decimal | None]:
    """The least and the most that a figure of an indicator can be, in its unit: what the column `bounds` says (share: a
    part of a whole; positive: not below zero; free), else shares in percent and counts not below zero."""
    ratio = unit["dimension"] == "ratio"
    usual = "free" if unit["dimension"] == "ratio-difference" else "share" if ratio else "positive"
    kind = indicator["bounds"] or usual
    zero = Decimal(0)
    return {"share": (zero, 1 / unit["factor"]), "positive": (zero, None), "free": (None, None)}[kind]


@lru_cache(maxsize=1 << 16)
def written_as(value: Decimal, text: str) -> bool:
    """Whether the words of a report hold a number, written in any usual way, with or without its sign or thousands,
    millions, billions; words without digits may mean any number."""
    found = re.findall(r"\d[\d.,\u00a0\u202f]*(?: \d{3})*", text)
    if not found:
        return True
    numbers: set[Decimal] = set()
    for one in found:
        plain = re.sub(r"[ \u00a0\u202f]", "", one).rstrip(".,")
        for thousands, point in ((".", ","), (",", ".")):
            with suppress(InvalidOperation):
                numbers.add(Decimal(plain.replace(thousands, "").replace(point, ".")))
    scales = [Decimal(10) ** power for word, power in SCALES.items() if word in text.lower()]
    return any(abs(value) == number * scale for number in numbers for scale in [Decimal(1), *scales])


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
            cells = row.cells
            if cells["obs_value"] is not None and cells["time_period"]:
                indicator, period = cells["indicator"], cells["time_period"]
                first[indicator] = min(first.get(indicator, period), period)
    for edition in package.editions:
        for row in package.table("breaks", edition).rows:
            if row["period"] and first.get(row["indicator"], "9999") >= row["period"]:
                told = f"“{row['indicator']}” không có con số nào trước {row['period']}, nên ở đó không có gì để ngắt."
                yield row.problem("period", told, "Sửa thời điểm, hoặc xóa dòng này.", kind="edition")


def _check_redirects(package: DataPackage) -> Iterator[Problem]:
    """Addresses that have moved nowhere without a word, or to a place that has moved itself."""
    table = package.table("redirects")
    for row in table.rows:
        target = row["target"]
        if not target and not row["says_vi"]:
            told, remedy = (
                "Không có địa chỉ mới, cũng không nói trang đã ra sao.",
                "Viết một câu cho người mở địa chỉ cũ.",
            )
            yield row.problem("says_vi", told, remedy, kind="address")
        if not target and not (row["address"] or "").endswith(".html"):
            told, remedy = "Một tệp để tải về thì không nói được nó đã ra sao.", "Ghi tệp thay nó, hay một trang .html."
            yield row.problem("target", told, remedy, kind="address")
        if target and target in table.by_key:
            told = f"{target} cũng đã chuyển đi nơi khác."
            remedy = f"Ghi nơi cuối cùng: {table.by_key[target]['target'] or 'để trống'}."
            yield row.problem("target", told, remedy, kind="address")


def _check_told_twice(package: DataPackage) -> Iterator[Problem]:
    """One figure of the source under two indicators: of three digits or more, printed alike at one place."""
    for edition in package.editions:
        seen: dict[tuple[Any, ...], Row] = {}
        for row in package.table("observations", edition).rows:
            cells = row.cells
            value = cells["obs_value"]
            if value is None or len(value.normalize().as_tuple().digits) < 3 or not cells["as_written"]:
                continue
            place = (cells["source_locator"], value, cells["as_written"], cells["time_period"], cells["ref_area"])
            other = seen.setdefault(place, row)
            if other["indicator"] != cells["indicator"]:
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
            if (value := row.cells["obs_value"]) is not None:
                values.setdefault(row.cells["indicator"], []).append(value)
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
