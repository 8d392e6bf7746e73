"""What was changed in a workbook, put into the package: every table or none, and only what the check lets pass."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sdgbook.data.frozen import REVISIONS, folder_of, frozen_years, right_way
from sdgbook.data.layout import canonical
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.edit.check import check
from sdgbook.edit.new.changes import Changes
from sdgbook.edit.sheet import plan
from sdgbook.edit.sheet.comparing import EXPORT_AGAIN, Edits, compare, compare_one
from sdgbook.edit.sheet.plan import Cells, Key, Tabular
from sdgbook.edit.sheet.reading import read_book
from sdgbook.edit.sheet.reading.grid import Book

# The longest text that is told in full.
LONGEST = 160


@dataclass
class Import:
    """What a file would change in the project, in words for the person who is asked, and what to do afterwards."""

    lines: list[str]
    after: list[str]
    _changes: Changes
    _before: dict[str, bytes] = field(repr=False)

    def apply(self) -> None:
        """Write all tables that change. Raises `ProblemsFound` where one has been changed meanwhile, and `OSError`
        where one cannot be written; all files are then as they were."""
        for file, content in self._before.items():
            if (self._changes.root / file).read_bytes() != content:
                told = "Tệp này vừa bị đổi trong lúc chờ trả lời."
                raise ProblemsFound([Problem(file, None, None, told, "Chạy lại lệnh.", kind="sheet-conflict")])
        self._changes.apply()


def prepare(root: Path, path: Path, edition: int | None) -> Import:
    """What importing a spreadsheet file would change; nothing is written.

    Raises `ProblemsFound` with everything that is not understood or that the check does not let pass.
    """
    book = read_book(path)
    year, base = _base(root, book, edition)
    now = plan.tables_of(root, year)
    edits = [_one(book, root, base, edition)] if book.one_table else compare(book, base)
    edits = [own for own in edits if own.any]
    merged, problems = _merged(edits, now)
    problems += _frozen(root, edits)
    if problems:
        raise ProblemsFound(problems)
    changes, before = Changes(root), {}
    for table in merged.values():
        file = root / table.file
        old, text = file.read_text(encoding="utf-8"), _text(table, merged, now)
        if text != old:
            before[table.file] = file.read_bytes()
            changes.write(table.file, text)
            if canonical(old, table.resource, _locators(now)) != old:
                told, remedy = (
                    "Tệp này chưa ở dạng chuẩn, nên ghi vào sẽ đổi cả những dòng khác.",
                    "Chạy `make format`.",
                )
                problems.append(Problem(table.file, None, None, told, remedy, kind="layout"))
    if problems:
        raise ProblemsFound(problems)
    lines, after = list(_told(edits, now)) if changes.files else [], []
    if changes.files:
        after = [*_checked(root, changes, edits, merged), *_to_do(edits, now, year)]
    return Import(lines, after, changes, before)


def _one(book: Book, root: Path, base: dict[str, Tabular], edition: int | None) -> Edits:
    """The edits of a CSV file, which says nothing of the edition that it is about."""
    edits = compare_one(book, base)
    years = plan.editions_of(root)
    if edits.table.edition and edition is None and len(years) > 1:
        told = f"Bảng “{edits.table.title}” có ở nhiều ấn bản, mà tệp này không nói là của ấn bản nào."
        remedy = f"Viết thêm --edition và năm: {', '.join(map(str, years))}."
        raise ProblemsFound([Problem(book.file, None, None, told, remedy, kind="sheet-file")])
    return edits


def _base(root: Path, book: Book, edition: int | None) -> tuple[int, dict[str, Tabular]]:
    """The edition that a file is about, and its tables as they were when it was made."""
    if book.one_table:
        year = plan.edition_of(root, edition)
        return year, plan.tables_of(root, year)
    memory = next((sheet for sheet in book.sheets if sheet.name == plan.MEMORY), None)
    try:
        lines = [memory.line(row) for row in memory.rows()] if memory else []
        year, tables = plan.remembered(lines, root)
    except ValueError as error:
        problem = Problem(book.file, None, None, str(error), plan_again(), kind="sheet-file")
        raise ProblemsFound([problem]) from None
    if edition not in (None, year):
        told, remedy = f"Tệp này là của ấn bản {year}, không phải {edition}.", f"Bỏ --edition, hoặc viết {year}."
        raise ProblemsFound([Problem(book.file, None, None, told, remedy, kind="sheet-file")])
    return year, tables


def plan_again() -> str:
    """What to do with a file that does not go with the project."""
    return f"{EXPORT_AGAIN} Những ô đã sửa thì chép sang đó."


def _merged(edits: list[Edits], now: dict[str, Tabular]) -> tuple[dict[str, Tabular], list[Problem]]:
    """The tables that change, with the edits in them; and what both sides have changed since the workbook was made."""
    found, problems = {}, []
    for own in edits:
        table, was = now[own.table.id], own.table
        rows = {key: list(row) for key, row in table.by_key.items()}
        gone = "Dòng này đã bị bỏ khỏi dự án từ khi tệp được xuất ra."
        for key, cells in own.cells.items():
            for column, new in cells.items():
                at, current = table.places[column], rows.get(key)
                if current is None:
                    problems.append(own.problem(key, column, gone, EXPORT_AGAIN, "sheet-conflict"))
                elif current[at] not in (was.by_key[key][at], new):
                    told = (
                        f"Từ khi tệp được xuất ra, ô này trong dự án đã thành {_said(current[at], table, column)}; "
                        f"tệp ghi {_said(new, table, column)}."
                    )
                    remedy = f"Hỏi người đã sửa xem số nào đúng, rồi: {EXPORT_AGAIN}"
                    problems.append(own.problem(key, column, told, remedy, "sheet-conflict", new))
                else:
                    current[at] = new
        for key in own.removed:
            if rows.get(key) not in (None, was.by_key[key]):
                told = f"Dòng “{'; '.join(key)}” bị bỏ ở đây, mà từ khi tệp được xuất ra nó đã được sửa trong dự án."
                problems.append(own.problem(key, None, told, EXPORT_AGAIN, "sheet-conflict"))
            rows.pop(key, None)
        for _, cells in own.added:
            key = table.key_of(cells)
            if rows.get(key, cells) != cells:
                told = f"Dòng “{'; '.join(key)}” đã được người khác thêm vào dự án, với nội dung khác."
                problems.append(own.problem(key, table.key[0], told, EXPORT_AGAIN, "sheet-conflict"))
        found[table.id] = Tabular(table.resource, _with_added(rows, own, table))
    return found, problems


def _with_added(rows: dict[Key, Cells], own: Edits, table: Tabular) -> list[Cells]:
    """All rows in order, each added one after the row that it follows in the sheet."""
    order = list(rows)
    for after, cells in own.added:
        key = table.key_of(cells)
        if key not in rows:
            rows[key] = cells
            order.insert(order.index(after) + 1 if after in order else len(order) if after else 0, key)
    return [rows[key] for key in order]


def _frozen(root: Path, edits: list[Edits]) -> Iterator[Problem]:
    """The first edit of each table of a frozen edition, but for its corrections."""
    frozen = frozen_years(root)
    for own in edits:
        if own.table.edition in frozen and not own.table.file.endswith(f"/{REVISIONS}"):
            key, column = next(((key, next(iter(cells))) for key, cells in own.cells.items()), (None, None))
            key = key or next((own.table.key_of(cells) for _, cells in own.added), None) or own.removed[0]
            told = f"Ấn bản {own.table.edition} đã chốt: không ô nào của nó đổi nữa."
            remedy = f"Trả lại như cũ. {right_way(own.table.edition)}"
            yield own.problem(key, column, told, remedy, "frozen")


def _locators(tables: dict[str, Tabular]) -> list[str]:
    """The places of the report in their order."""
    sections = next((table for table in tables.values() if table.name == "sections"), None)
    return [row[0] for row in sections.rows] if sections else []


def _text(table: Tabular, merged: dict[str, Tabular], now: dict[str, Tabular]) -> str:
    """A table's file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([list(table.fields), *table.rows])
    return canonical(out.getvalue(), table.resource, _locators({**now, **merged}) if table.edition else [])


def _said(value: str, table: Tabular, column: str) -> str:
    """A cell in words: numbers as they are typed, the rest in quotes, long ones cut."""
    if not value:
        return "(trống)"
    if table.fields[column]["type"] in ("number", "integer", "year"):
        return plan.shown(value)
    return f"“{value}”" if len(value) <= LONGEST else f"“{value[:LONGEST]}…” ({len(value)} chữ)"


def _told(edits: list[Edits], now: dict[str, Tabular]) -> Iterator[str]:
    """Everything that would change, cell by cell."""
    cells = sum(len(changed) for own in edits for changed in own.cells.values())
    added, removed = (sum(len(getattr(own, what)) for own in edits) for what in ("added", "removed"))
    counts = [(cells, "đổi {} ô"), (added, "thêm {} dòng"), (removed, "bỏ {} dòng")]
    yield f"Sẽ {', '.join(words.format(n) for n, words in counts if n)}:"
    for own in edits:
        table = now[own.table.id]
        yield f"{table.title} ({table.file})"
        for key, changed in own.cells.items():
            yield f"  {'; '.join(key)}"
            for column, new in changed.items():
                old = own.table.by_key[key][table.places[column]]
                yield (
                    f"    ô {own.cell(key, column)}, {table.fields[column]['title']}: "
                    f"{_said(old, table, column)} → {_said(new, table, column)}"
                )
        for _, row in own.added:
            key = table.key_of(row)
            yield f"  thêm dòng {own.rows.get(key, '')}: {'; '.join(key)}"
            for column, value in zip(table.fields, row, strict=True):
                if value and column not in table.key:
                    yield f"    {table.fields[column]['title']}: {_said(value, table, column)}"
        for key in own.removed:
            yield f"  bỏ dòng: {'; '.join(key)}"


def _checked(root: Path, changes: Changes, edits: list[Edits], merged: dict[str, Tabular]) -> list[str]:
    """What is to be mended in pages after these changes; raises `ProblemsFound` with what the data must not say."""
    with changes.tried() as copy:
        found = check(copy)
    if not found:
        return []
    known = {_same(problem) for problem in check(root)}
    new = [problem for problem in found if _same(problem) not in known]
    in_pages = [problem for problem in new if problem.is_question or problem.file.startswith("book/")]
    wrong = [_in_sheet(problem, edits, merged) for problem in new if problem not in in_pages]
    if wrong:
        raise ProblemsFound(wrong)
    lines = []
    if in_pages:
        lines += ["Sau khi ghi, cần xem lại:", *(f"  {problem}" for problem in in_pages)]
    if len(found) > len(new):
        lines.append(f"Dự án còn {len(found) - len(new)} lỗi đã có từ trước: chạy `make check` để xem.")
    return lines


def _same(problem: Problem) -> tuple[Any, ...]:
    """What stays of a problem where rows move."""
    return problem.file, problem.column, problem.message


def _in_sheet(problem: Problem, edits: list[Edits], merged: dict[str, Tabular]) -> Problem:
    """A problem of a table where it stands in the spreadsheet."""
    for own in edits:
        table = merged[own.table.id]
        if table.file == problem.file and problem.line and 2 <= problem.line <= len(table.rows) + 1:
            # Line ends within cells would move lines; none of ours has any.
            key = table.key_of(_sorted_rows(table, merged)[problem.line - 2])
            column = problem.column if isinstance(problem.column, str) else None
            return replace(problem, file=own.place(key, (column or "").split(",")[0] or None), line=None, column=None)
    return problem


def _sorted_rows(table: Tabular, merged: dict[str, Tabular]) -> list[Cells]:
    return list(csv.reader(io.StringIO(_text(table, merged, {}), newline="")))[1:]


def _to_do(edits: list[Edits], now: dict[str, Tabular], year: int) -> Iterator[str]:
    """What else belongs to these changes."""
    status = next((dict(zip(t.fields, t.rows[0], strict=True)) for t in now.values() if t.name == "edition"), {})
    figures = [own for own in edits if own.table.name == "observations"]
    changed = [key for own in figures for key, cells in own.cells.items() if "obs_value" in cells]
    corrected = any(own.added for own in edits if own.table.name == "revisions")
    if changed and not corrected and status.get("status") == "published":
        yield (
            f"Con số đã đăng đổi ({len(changed)}): người đọc phải biết nó từng khác. Thêm dòng vào "
            f"{folder_of(year)}/{REVISIONS} (trang tính “Hiệu đính”): con số nào, ngày sửa, số cũ, số mới, ai quyết "
            "định, vì sao."
        )
