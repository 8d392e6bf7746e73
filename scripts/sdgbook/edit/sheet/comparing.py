"""What was changed in a workbook since it was made, cell by cell; or why that cannot be told."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches

from sdgbook.data.layout import tidy_cell
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.edit.sheet.plan import FIRST, GUIDE, HEADINGS, MEMORY, NAMES, Cells, Column, Key, Tabular
from sdgbook.edit.sheet.reading.grid import Book, Sheet, groups, letters
from sdgbook.edit.sheet.understanding import Unclear, value_of

EXPORT_AGAIN = "Xuất lại bằng `sdgbook sheet export`, rồi sửa trên tệp mới."
AS_IT_WAS = "Nhấn Ctrl+Z, hoặc chép những ô đã sửa sang tệp vừa xuất lại."


@dataclass
class Edits:
    """What was changed in a table: cells of rows that were there, rows added (each after which row, by key), rows
    removed; and where rows and columns stand in the file."""

    table: Tabular
    file: str
    sheet: str
    cells: dict[Key, dict[str, str]] = field(default_factory=dict)
    added: list[tuple[Key | None, Cells]] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)
    rows: dict[Key, int] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether anything was changed."""
        return bool(self.cells or self.added or self.removed)

    def cell(self, key: Key, column: str | None) -> str:
        """The name of a cell in its sheet, such as F12."""
        return f"{self.columns.get(column or '', 'A')}{self.rows.get(key, '')}"

    def place(self, key: Key, column: str | None = None) -> str:
        """Where a cell or a row is, in words."""
        where = f"{self.file}, trang tính {self.sheet}" if self.sheet else self.file
        if key not in self.rows:
            return where
        return f"{where}, ô {self.cell(key, column)}" if column else f"{where}, dòng {self.rows[key]}"

    def problem(self, key: Key, column: str | None, message: str, remedy: str, kind: str, found: str = "") -> Problem:
        """A problem of a cell or a row."""
        return Problem(self.place(key, column), None, None, message, remedy, kind=kind, found=found)


def compare(book: Book, tables: dict[str, Tabular]) -> list[Edits]:
    """What was changed in the sheets of a workbook that was made from `tables`.

    Raises `ProblemsFound` with everything that is not understood.
    """
    problems: list[Problem] = []
    sheets = {sheet.name: sheet for sheet in book.sheets if sheet.name not in (GUIDE, MEMORY)}
    pairs: list[tuple[Tabular, Sheet]] = []
    wanted = {table.title: table for table in tables.values()}
    others = {name: sheet for name, sheet in sheets.items() if name not in wanted and sheet.cells}
    for title, table in wanted.items():
        if title in sheets:
            pairs.append((table, sheets[title]))
            continue
        names = [column.name for column in table.columns(tables)]
        renamed = next((name for name, sheet in others.items() if sheet.line(NAMES) == names), None)
        if renamed is None:
            told = f"Thiếu trang tính “{title}”."
            problems.append(_of_file(book.file, told, f"Đưa nó trở lại. {EXPORT_AGAIN}"))
        else:
            del others[renamed]
            told = f"Trang tính “{title}” bị đổi tên thành “{renamed}”."
            problems.append(_of_file(f"{book.file}, trang tính {renamed}", told, f"Đổi tên lại thành “{title}”."))
    for name, sheet in others.items():
        first = min(sheet.cells)
        place = f"{book.file}, trang tính {name}, ô {letters(first[1])}{first[0]}"
        told = "Trang tính này không có trong tệp đã xuất."
        remedy = "Xóa trang tính này; điều cần đưa vào thì gõ vào đúng bảng của nó."
        problems.append(_of_file(place, told, remedy, sheet.text(*first)))
    found = []
    for table, sheet in pairs:
        reader = _Reader(book.file, sheet, table, tables, (HEADINGS, NAMES))
        found.append(reader.read())
        problems += reader.problems
    if problems:
        raise ProblemsFound(problems)
    return found


def compare_one(book: Book, tables: dict[str, Tabular]) -> Edits:
    """What was changed in the one table of a CSV file, which is known by its headings.

    Raises `ProblemsFound` with everything that is not understood.
    """
    sheet = book.sheets[0]
    table, lines = _known_by_headings(book.file, sheet, tables)
    reader = _Reader(book.file, sheet, table, tables, lines)
    edits = reader.read()
    if reader.problems:
        raise ProblemsFound(reader.problems)
    return edits


def _known_by_headings(file: str, sheet: Sheet, tables: dict[str, Tabular]) -> tuple[Tabular, tuple[int, ...]]:
    """The table of a CSV file, and the lines with its headings: those for people, those of the package, or both."""
    first = [cell.strip() for cell in sheet.line(1)]
    near: list[tuple[float, Tabular]] = []
    found: list[tuple[Tabular, tuple[int, ...]]] = []
    for table in tables.values():
        columns = table.columns(tables)
        names, headings = [c.name for c in columns], [c.heading for c in columns]
        plain = [c.heading for c in columns if not c.means]
        if first == headings:
            found.append((table, (1, 2) if sheet.line(2) == names else (1,)))
        elif first in (names, list(table.fields), plain):
            found.append((table, (1,)))
        forms = (names, headings, plain, list(table.fields))
        near += [(SequenceMatcher(None, first, own).ratio(), table) for own in forms]
    if len(found) == 1:
        return found[0]
    best, table = max(near, key=lambda pair: pair[0])
    if best < 0.5 or found:
        told = "Các tên cột ở dòng đầu không phải của bảng nào."
        remedy = f"Gửi tệp .xlsx, hoặc CSV của một trang tính với dòng đầu như đã xuất. {EXPORT_AGAIN}"
        raise ProblemsFound([_of_file(file, told, remedy)])
    wide = any(" (để xem)" in cell for cell in first)
    columns = table.columns(tables)
    people = any(cell in {c.heading for c in columns} and cell not in table.fields for cell in first)
    own = [c.heading if people else c.name for c in columns if wide or not c.means]
    raise ProblemsFound(_columns_differ(file, sheet, 1, own, table))


def _of_file(place: str, message: str, remedy: str, found: str = "") -> Problem:
    return Problem(place, None, None, message, remedy, kind="sheet-shape", found=found)


def _columns_differ(where: str, sheet: Sheet, line: int, own: list[str], table: Tabular) -> list[Problem]:
    """How the names of columns in a line differ from those that should be there; each column once."""
    first = max(1, line - 1)
    wide = max((column for _, column in sheet.cells), default=0)
    there = [sheet.text(line, n).strip() for n in range(1, wide + 1)]

    def tell(n: int, message: str, remedy: str = AS_IT_WAS) -> Problem:
        return _of_file(f"{where}, ô {letters(n)}{first}", message, remedy, sheet.text(first, n))

    problems = []
    names = Counter(there)
    for name in own:
        if not names[name]:
            n = own.index(name) + 1
            problems.append(tell(n, f"Thiếu cột “{_said(name, table)}” ({name}).", f"Đưa cột ấy trở lại. {AS_IT_WAS}"))
    for n, name in enumerate(there, 1):
        if name not in own:
            filled = [row for row, column in sheet.cells if column == n]
            if filled:
                said = f" “{sheet.text(first, n)}”" if sheet.text(first, n) else ""
                problems.append(tell(n, f"Cột{said} không có trong tệp đã xuất.", "Xóa cột này."))
        elif name in there[: n - 1]:
            problems.append(tell(n, f"Cột “{_said(name, table)}” có hai lần.", "Xóa cột thừa."))
    if not problems:
        kept = {
            b
            for block in SequenceMatcher(None, own, there, autojunk=False).get_matching_blocks()
            for b in range(block.b, block.b + block.size)
        }
        for n, name in enumerate(there):
            if name in own and n not in kept:
                told = f"Cột “{_said(name, table)}” đứng sai chỗ."
                problems.append(tell(n + 1, told, f"Chuyển nó về cột {letters(own.index(name) + 1)}. {AS_IT_WAS}"))
    return problems


def _said(name: str, table: Tabular) -> str:
    """The heading for people of a column."""
    plain = name.split(":")[0]
    heading = table.fields[plain]["title"] if plain in table.fields else name
    return f"{heading} (để xem)" if plain != name else heading


class _Reader:
    """One sheet, read against the table that it was made from."""

    def __init__(self, file: str, sheet: Sheet, table: Tabular, tables: dict[str, Tabular], lines: tuple[int, ...]):
        self.sheet, self.table, self.lines = sheet, table, lines
        self.problems: list[Problem] = []
        self.edits = Edits(table, file, sheet.name)
        self.where = f"{file}, trang tính {sheet.name}" if sheet.name else file
        columns = table.columns(tables)
        if sheet.decimal_mark and len(sheet.line(1)) == len(table.fields) != len(columns):
            columns = [column for column in columns if not column.means]
        self.columns: list[tuple[int, Column]] = list(enumerate(columns, 1))
        self.own = {column.field["name"]: n for n, column in self.columns if not column.means}
        self.edits.columns = {name: letters(n) for name, n in self.own.items()}
        self.meanings = {name: table.meanings(name, tables) or {} for name in table.fields}

    def tell(self, row: int, column: int | None, message: str, remedy: str, kind: str, found: str = "") -> None:
        """Note what is not understood."""
        cell = f"ô {letters(column)}{row}" if column else f"dòng {row}"
        self.problems.append(Problem(f"{self.where}, {cell}", None, None, message, remedy, kind=kind, found=found))

    def read(self) -> Edits:
        """What was changed; what is not understood goes to `problems`."""
        if self.sheet.hidden:
            told, remedy = "Trang tính này bị ẩn.", "Cho hiện lại (nhấn chuột phải vào tên trang tính → Bỏ ẩn)."
            self.problems.append(_of_file(self.where, told, remedy))
        if not self._headings():
            return self.edits
        self._shape()
        unknown = list(self._rows())
        self._order()
        missing = [key for key in self.table.by_key if key not in self.edits.rows]
        known = sorted((at, key) for key, at in self.edits.rows.items())
        for row, key, cells in unknown:
            if before := self._changed_key(row, cells, missing):
                told = f"Mã của dòng này bị đổi: nay là “{_words(key)}”, trước là “{_words(before)}”."
                remedy = f"Trả về “{_words(before)}”. Muốn bỏ dòng cũ và thêm dòng mới thì gửi làm hai lần."
                n = next((n for a, b, n in zip(key, before, self._key_columns(), strict=True) if a != b), 1)
                self.tell(row, n, told, remedy, "sheet-shape", _words(key))
                missing.remove(before)
            else:
                above = bisect_left(known, (row, ()))
                self.edits.added.append((known[above - 1][1] if above else None, cells))
                insort(known, (row, key))
                self.edits.rows[key] = row
        self.edits.removed = missing
        return self.edits

    def _key_columns(self) -> list[int]:
        return [self.own[name] for name in self.table.key]

    def _headings(self) -> bool:
        """Whether all columns are where they should be."""
        if self.sheet.decimal_mark:
            return True
        names = [column.name for _, column in self.columns]
        if self.sheet.line(NAMES)[: len(names)] != names:
            at = next((row for row in self.sheet.rows()[:20] if self.sheet.line(row) == names), None)
            if at is not None:
                told = f"Dòng tên cột (ẩn) đứng ở dòng {at}, không ở dòng {NAMES}."
                self.tell(at, None, told, f"Xóa dòng đã chèn ở trên nó. {AS_IT_WAS}", "sheet-shape")
            elif not set(names) & set(self.sheet.line(NAMES)):
                told = f"Dòng {NAMES} (ẩn), ghi tên các cột, bị xóa hoặc bị sửa."
                self.tell(NAMES, None, told, AS_IT_WAS, "sheet-shape")
            else:
                self.problems += _columns_differ(self.where, self.sheet, NAMES, names, self.table)
            return False
        for n, column in self.columns:
            if tidy_cell(self.sheet.text(HEADINGS, n)) != tidy_cell(column.heading):
                told = f"Tên cột “{column.heading}” bị đổi."
                remedy = f"Viết lại là “{column.heading}”."
                self.tell(HEADINGS, n, told, remedy, "sheet-shape", self.sheet.text(HEADINGS, n))
        return True

    def _shape(self) -> None:
        """What is merged, hidden or beside the table."""
        sheet, wide = self.sheet, len(self.columns)
        beside = min(((row, column) for row, column in sheet.cells if column > wide), default=None)
        if beside:
            remedy = "Xóa ô này. Lời ghi thì viết vào cột ghi chú, hoặc vào thư gửi kèm."
            self.tell(*beside, "Ô này nằm ngoài bảng.", remedy, "sheet-shape", sheet.text(*beside))
        for top, left, bottom, right in sheet.merged:
            if (top, left) != (bottom, right):
                told = f"Các ô {letters(left)}{top}:{letters(right)}{bottom} bị gộp làm một."
                self.tell(top, left, told, "Bỏ gộp, rồi điền từng ô.", "sheet-shape", sheet.text(top, left))
        hidden = {row for row in sheet.hidden_rows if row not in self.lines} & set(sheet.rows())
        for first, last in groups(hidden):
            told = "Dòng này" if first == last else f"Các dòng {first}–{last}"
            remedy = "Bỏ lọc (Dữ liệu → Lọc), chọn cả trang tính, nhấn chuột phải vào số dòng → Bỏ ẩn."
            self.tell(first, None, f"{told} đang bị ẩn hoặc lọc.", remedy, "sheet-shape")
        for columns in sheet.hidden_columns:
            if columns.start <= wide:
                remedy = "Chọn cả trang tính, nhấn chuột phải vào tên cột → Bỏ ẩn."
                self.tell(HEADINGS, columns.start, "Cột này đang bị ẩn.", remedy, "sheet-shape")

    def _rows(self) -> Iterator[tuple[int, Key, Cells]]:
        """Go through the rows; gives those whose key the table does not have."""
        new: dict[Key, tuple[int, Cells]] = {}
        rows = [row for row in self.sheet.rows() if row not in self.lines]
        for row in rows:
            if row < FIRST and not self.sheet.decimal_mark:
                continue
            if not any((row, n) in self.sheet.cells for n in self.own.values()):
                self._beside_nothing(row)
                continue
            key = self._key(row)
            if key is None:
                continue
            if key in self.edits.rows or key in new:
                other = self.edits.rows[key] if key in self.edits.rows else new[key][0]
                told = f"Mã “{_words(key)}” đã có ở dòng {other}."
                remedy = "Mỗi mã chỉ một dòng: bỏ dòng thừa, hoặc sửa mã."
                self.tell(row, self._key_columns()[0], told, remedy, "sheet-shape", _words(key))
                continue
            before = self.table.by_key.get(key)
            cells = self._cells(row, before)
            if before is None:
                new[key] = (row, cells)
                continue
            self.edits.rows[key] = row
            changed = {name: new for name, old, new in zip(self.own, before, cells, strict=True) if old != new}
            if changed:
                self.edits.cells[key] = changed
        yield from ((row, key, cells) for key, (row, cells) in new.items())

    def _beside_nothing(self, row: int) -> None:
        """A row with nothing but what is there to look at: one that was emptied, or words in the wrong place."""
        known = {text for meanings in self.meanings.values() for text in meanings.values()}
        for n, column in self.columns:
            if column.means and (text := self.sheet.text(row, n)) and text not in known:
                self._only_to_look_at(row, n, column, text)

    def _only_to_look_at(self, row: int, n: int, column: Column, text: str) -> None:
        told = f"Cột “{column.heading}” chỉ để xem; “{text}” ở đây không đi vào đâu."
        remedy = f"Xóa ô này. Muốn đổi thì sửa mã ở cột “{column.field['title']}”, hoặc sửa tên ở bảng của mã."
        self.tell(row, n, told, remedy, "sheet-cell", text)

    def _key(self, row: int) -> Key | None:
        """What identifies a row; None, and told, where that is not clear."""
        key = []
        for name in self.table.key:
            n, cell = self.own[name], self.sheet.cells.get((row, self.own[name]))
            field = self.table.fields[name]
            # Digits that make a key of the table are that key, also where a program has made a number of them.
            before = cell.text if cell and any(cell.text == k[len(key)] for k in self.table.by_key) else ""
            try:
                text = value_of(cell, field, before, self.sheet.decimal_mark)
            except Unclear as unclear:
                self.tell(row, n, unclear.message, unclear.remedy, "sheet-cell", unclear.found)
                return None
            if not text:
                told = f"Ô “{field['title']}” của dòng này trống, nên không biết dòng này là dòng nào."
                self.tell(row, n, told, "Điền lại mã. Muốn bỏ dòng thì xóa cả dòng.", "sheet-shape")
                return None
            key.append(text)
        return tuple(key)

    def _cells(self, row: int, before: Cells | None) -> Cells:
        """The cells of a row as the package writes them; as before where one is not understood, which is told."""
        cells = []
        for at, (name, n) in enumerate(self.own.items()):
            old = before[at] if before else ""
            cell = self.sheet.cells.get((row, n))
            if name in self.table.key:
                old = old or (cell.text if cell else "")
            try:
                cells.append(value_of(cell, self.table.fields[name], old, self.sheet.decimal_mark))
            except Unclear as unclear:
                if name not in self.table.key:
                    self.tell(row, n, unclear.message, unclear.remedy, "sheet-cell", unclear.found)
                cells.append(old)
        for n, column in self.columns:
            if column.means:
                at = self.table.places[column.field["name"]]
                meanings = self.meanings[column.field["name"]]
                known = {meanings.get(code, "") for code in (cells[at], before[at] if before else "")} | {""}
                text = self.sheet.text(row, n)
                if tidy_cell(text) not in {tidy_cell(word) for word in known}:
                    self._only_to_look_at(row, n, column, text)
        return cells

    def _order(self) -> None:
        """Whether rows whose order means something still follow each other."""
        if not self.table.in_order:
            return
        order = [key for key in self.table.by_key if key in self.edits.rows]
        there = sorted(order, key=self.edits.rows.__getitem__)
        for right, key in zip(order, there, strict=True):
            if right != key:
                told = f"Thứ tự dòng của bảng này có nghĩa, mà ở đây là “{_words(key)}” thay vì “{_words(right)}”."
                self.tell(self.edits.rows[key], None, told, f"Đừng sắp xếp lại bảng này. {AS_IT_WAS}", "sheet-shape")
                return

    def _changed_key(self, row: int, cells: Cells, missing: list[Key]) -> Key | None:
        """The key that a row without a known one had, where its place or all else in it tells."""
        if not missing:
            return None
        keys = list(self.table.by_key)
        if row < max(self.edits.rows.values(), default=0):
            names = {_words(key): key for key in missing}
            near = get_close_matches(_words(self.table.key_of(cells)), names, n=1, cutoff=0)
            return names[near[0]]
        rest = [n for name, n in self.table.places.items() if name not in self.table.key]
        for key in missing:
            at_end = all(other in missing for other in keys[keys.index(key) :])
            was = self.table.by_key[key]
            if at_end and any(was[n] for n in rest) and all(was[n] == cells[n] for n in rest):
                return key
        return None


def _words(key: Key) -> str:
    return "; ".join(key)
