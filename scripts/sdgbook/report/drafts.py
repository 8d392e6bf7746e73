"""A draft edition: how what is not known yet is written, and what is still missing before it can be published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import shorten

from sdgbook.data import DataPackage, Row
from sdgbook.report.facts import FactError, Facts, Unfilled
from sdgbook.report.findings import lower_first
from sdgbook.report.inline import OUTLINE, ROLE
from sdgbook.report.numbers import STATUSES, spell_period

# Behind a text that was carried over from the edition before; whoever has compared it with the report takes it away.
UNCONFIRMED = "(chưa đối chiếu)"
# How a paragraph begins that is still to be written.
TO_WRITE = "Chưa viết:"
# How the description of a page begins that is still to be written.
DRAFT = "Bản nháp"
# A line of a draft's list of figures, as it was made.
LISTED = re.compile(r"- [^{}`]+: \{fact\}`([^`]+)`")
# How many figures the home page leads with, at least.
HEADLINES = 4
# Tables that a report need not fill, as readers call what is in them.
MAY_BE_EMPTY = {
    "measures": "việc đã làm",
    "commitments": "nhiệm vụ và đề xuất",
    "challenges": "khó khăn",
    "places": "địa điểm",
    "derived": "số suy ra",
    "identities": "phép kiểm",
    "doubts": "điều còn ngờ",
    "slips": "chữ sai của báo cáo",
}


def folder(year: int) -> str:
    """The folder of the book that holds the drafts of an edition."""
    return f"nhap-{year}"


def part(year: int) -> str:
    """The caption of the part of the contents that holds them."""
    return f"{DRAFT} {year}"


def description(year: int) -> str:
    """What a page says of itself that is still to be written."""
    return f"{DRAFT} theo báo cáo năm {year}, chưa viết xong."


def to_write(year: int) -> str:
    """The paragraph that stands for one that is still to be written."""
    return f"{TO_WRITE} phần này theo báo cáo năm {year}."


def by_indicator(package: DataPackage, edition: int) -> dict[str, list[Row]]:
    """The observations of an edition by indicator."""
    found: dict[str, list[Row]] = {}
    for row in package.table("observations", edition).rows:
        found.setdefault(row["indicator"], []).append(row)
    return found


def name_of(row: Row, alike: list[Row], period: str = "") -> str:
    """The name of the figure in an observation, whole enough to mean no other of those of its indicator (`alike`);
    `period` takes the place of the row's own."""
    group = f"[{row['breakdown']}]" if _differ(alike, "breakdown") else ""
    area = f"/{row['ref_area']}" if _differ(alike, "ref_area") else ""
    return f"{row['indicator']}{group}@{period or row['time_period']}{area}"


def label(package: DataPackage, row: Row, alike: list[Row], period: str = "") -> str:
    """What an observation is about, beside those of its indicator: “Tỷ lệ hộ nghèo, cuối năm 2022”."""
    words = [package.table("indicators").by_key[row["indicator"]]["name_vi"]]
    if _differ(alike, "breakdown"):
        words.append(lower_first(package.table("breakdowns").by_key[row["breakdown"]]["name_vi"]))
    if _differ(alike, "ref_area"):
        words.append(package.table("areas").by_key[row["ref_area"]]["name_vi"])
    return ", ".join([*words, spell_period(period or row["time_period"])])


def _differ(rows: list[Row], column: str) -> bool:
    return any(row[column] != rows[0][column] for row in rows)


@dataclass(frozen=True)
class Item:
    """Something missing: in which file and line, and on which page of the book where it is one."""

    text: str
    file: str
    line: int | None = None
    page: str = ""

    def __str__(self) -> str:
        return f"{self.file}{f', dòng {self.line}' if self.line else ''}: {self.text}"


@dataclass(frozen=True)
class Missing:
    """One kind of things that are missing; whether they must be there before the edition can be published."""

    title: str
    items: list[Item]
    required: bool = True


def missing(facts: Facts) -> list[Missing]:
    """Everything that is missing in the edition that names are read within, kind by kind; kinds of which nothing is
    missing left out."""
    package, year = facts.package, facts.edition
    found = [
        Missing("Thông tin chung của báo cáo", list(_about(package, year))),
        Missing("Con số chưa điền (điền, hoặc xóa dòng nếu báo cáo không còn nêu)", list(_unfilled(package, year))),
        Missing("Con số nổi bật của trang chủ", list(_headlines(facts))),
        Missing("Đề cương chưa đối chiếu với báo cáo", _unconfirmed(package, "sections", year)),
        Missing("Đích chưa đối chiếu với báo cáo", _unconfirmed(package, "objectives", year)),
        Missing("Bài chưa viết", list(_unwritten(package, year))),
        Missing("Con số không có trong bảng mà bài còn nhắc", list(_struck(facts))),
        Missing("Ngày tháng", list(_days(package, year)), required=False),
        Missing(
            "Nhiệm vụ, đề xuất của báo cáo trước chưa có lời nào", list(_unanswered(package, year)), required=False
        ),
        Missing("Bảng còn trống", list(_empty_tables(package, year)), required=False),
        Missing("Trang vẫn kể theo báo cáo trước", list(_left_behind(package, year)), required=False),
    ]
    return [kind for kind in found if kind.items]


def _about(package: DataPackage, year: int) -> Iterator[Item]:
    row = package.table("edition", year).rows[0]
    for column, word in (("issuer", "Tên cơ quan báo cáo"), ("source_title", "Tên báo cáo")):
        if UNCONFIRMED in (row[column] or ""):
            yield Item(f"{word} lấy từ ấn bản trước: sửa cho đúng rồi bỏ chữ “{UNCONFIRMED}”.", row.file, row.line)


def _unfilled(package: DataPackage, year: int) -> Iterator[Item]:
    alike = by_indicator(package, year)
    for row in package.table("observations", year).rows:
        if not row.filled("obs_value"):
            yield Item(label(package, row, alike[row["indicator"]]), row.file, row.line)


def _headlines(facts: Facts) -> Iterator[Item]:
    table = facts.package.table("headlines", facts.edition)
    if len(table.rows) < HEADLINES:
        yield Item(f"Có {len(table.rows)} con số, trang chủ cần ít nhất {HEADLINES}.", table.file, len(table.rows) + 1)
    for row in table.rows:
        for column in ("fact", "compare_to"):
            if row[column] and is_struck(row[column], facts):
                yield Item(f"Không có con số “{row[column]}”: chọn con số khác, hoặc xóa.", table.file, row.line)


def _unconfirmed(package: DataPackage, table: str, year: int) -> list[Item]:
    rows: Iterable[Row] = package.table(table, year).rows
    return [
        Item((f"{row['locator']}: " if table == "sections" else "") + row["title_vi"], row.file, row.line)
        for row in rows
        if UNCONFIRMED in row["title_vi"]
    ]


def _unwritten(package: DataPackage, year: int) -> Iterator[Item]:
    for page, file, text in _drafts(package, year):
        lines = text.split("\n")
        marks = (f"description: {description(year)}", TO_WRITE)
        places = [str(number) for number, line in enumerate(lines, 1) if line.startswith(marks)]
        if places:
            told = f"Còn {len(places)} chỗ chưa viết, ở dòng {', '.join(places)}."
            yield Item(told, file, int(places[0]), page)


def is_struck(name: str, facts: Facts) -> bool:
    """Whether a draft has no row (any more) for the figure that a name means."""
    try:
        facts.name_of(name)
    except Unfilled as missing:
        return not facts.unfilled(name) and missing.words != STATUSES["O"]
    except FactError:
        return False
    return False


def is_listed(line: str, facts: Facts) -> bool:
    """Whether a line of a draft only lists a figure that it does not have: it is struck with the figure."""
    match = LISTED.fullmatch(line)
    return bool(match and is_struck(match[1], facts))


def _struck(facts: Facts) -> Iterator[Item]:
    for page, file, text in _drafts(facts.package, facts.edition):
        for number, line in enumerate(text.split("\n"), 1):
            if line.startswith("%") or is_listed(line, facts):
                continue
            names = [content for role, content in ROLE.findall(line) if role.startswith("fact")]
            names += re.findall(r'"([^"]+)"', line) if ".chart(" in line else []
            for name in names:
                if is_struck(name, facts):
                    yield Item(f"Không có “{name}”: sửa, hoặc xóa chỗ này.", file, number, page)


def _days(package: DataPackage, year: int) -> Iterator[Item]:
    row = package.table("edition", year).rows[0]
    for column, word in (("published_on", "Ngày ban hành"), ("data_until", "Ngày chốt số liệu")):
        if row[column] is None:
            yield Item(f"{word} còn trống ({column}).", row.file, row.line)


def _unanswered(package: DataPackage, year: int) -> Iterator[Item]:
    """Commitments of earlier reports that this one has no word about, but for those that are done with."""
    settled = set()
    for edition in (e for e in package.editions if e <= year):
        for row in package.table("followups", edition).rows:
            if edition == year or row["status"] in ("done", "dropped"):
                settled.add((row["edition"], row["commitment"]))
    file = package.table("followups", year).file
    for edition in (e for e in package.editions if e < year):
        for row in package.table("commitments", edition).rows:
            if (edition, row["commitment"]) not in settled:
                words = shorten(ROLE.sub("…", row["title_vi"]), 90, placeholder="…")
                yield Item(f"{edition}, {row['commitment']}: {words}", file)


def _empty_tables(package: DataPackage, year: int) -> Iterator[Item]:
    before = [e for e in package.editions if e < year]
    for name, word in MAY_BE_EMPTY.items():
        table = package.table(name, year)
        had = len(package.table(name, before[-1]).rows) if before else 0
        if had and not table.rows:
            yield Item(f"Chưa có {word} nào; ấn bản {before[-1]} có {had} dòng.", table.file)


def _left_behind(package: DataPackage, year: int) -> Iterator[Item]:
    """Pages that tell an earlier edition and have no draft; the outlines of old reports stay as they are."""
    pages = list(_pages(package))
    drafted = {_front(text, "replaces") for _, _, text in pages}
    for page, file, text in pages:
        told = _front(text, "edition")
        if told and int(told) < year and page not in drafted and not page.startswith(OUTLINE):
            yield Item(f"Kể theo ấn bản {told}.", file, None, page)


def _drafts(package: DataPackage, year: int) -> Iterator[tuple[str, str, str]]:
    """The pages that are drafts of this edition: name, file, text."""
    for page, file, text in _pages(package):
        if _front(text, "edition") == str(year) and _front(text, "draft"):
            yield page, file, text


def _pages(package: DataPackage) -> Iterator[tuple[str, str, str]]:
    """All pages of the book: name, file, text."""
    book = package.root / "book"
    for path in sorted(book.rglob("*.md")):
        page = path.relative_to(book).with_suffix("").as_posix()
        yield page, f"book/{page}.md", path.read_text(encoding="utf-8")


def _front(text: str, key: str) -> str:
    """What a page's front matter says under a key, on one line; empty where it says nothing."""
    match = re.search(rf"^{key}: (.+)$", text.partition("\n---\n")[0], re.MULTILINE)
    return match[1] if match else ""
