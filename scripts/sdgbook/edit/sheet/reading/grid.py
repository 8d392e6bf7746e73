"""What a spreadsheet file says, whichever program has saved it: sheets of cells, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from sdgbook.data.problems import Problem, ProblemsFound

# No workbook of ours comes near; who sends more wants to stop the machine.
MOST_CELLS = 2_000_000
# The last row and column that spreadsheet programs have.
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
# Digits before or after the point of a number written out.
LONGEST = 400


class Is(Enum):
    """What a cell is, as the program that saved it sees it."""

    TEXT = "chữ"
    NUMBER = "số"
    DATE = "ngày"
    TIME = "giờ"
    PERCENT = "số phần trăm"
    TRUTH = "đúng/sai"
    ERROR = "lỗi"
    FORMULA = "công thức"


@dataclass(frozen=True)
class Cell:
    """A cell that is not empty. `text` is its text, its number with a decimal point, its date as ISO 8601, its error
    or, as far as it is told, its formula."""

    kind: Is
    text: str


@dataclass
class Sheet:
    """A sheet: its cells by row and column from 1, without the empty ones."""

    name: str
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    # First and last row and column of each.
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[range] = field(default_factory=list)
    hidden: bool = False
    # The mark before decimals, in a file where all cells are text.
    decimal_mark: str = ""
    # The last column of each row that holds anything.
    _last: dict[int, int] = field(default_factory=dict)

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Add a cell; raises `ProblemsFound` where there are far too many."""
        if len(self.cells) >= MOST_CELLS or row > LAST_ROW or column > LAST_COLUMN:
            raise cannot_read(self.name, "Trang tính này có quá nhiều ô.", "Gửi đúng tệp đã xuất ra.")
        self.cells[row, column] = cell
        self._last[row] = max(self._last.get(row, 0), column)

    def rows(self) -> list[int]:
        """The rows that hold anything, from the top."""
        return sorted(self._last)

    def text(self, row: int, column: int) -> str:
        """What a cell says; "" for an empty one."""
        cell = self.cells.get((row, column))
        return cell.text if cell else ""

    def line(self, row: int) -> list[str]:
        """What the cells of a row say, up to the last that says anything."""
        return [self.text(row, column) for column in range(1, self._last.get(row, 0) + 1)]


@dataclass
class Book:
    """A spreadsheet file: its name and its sheets in order."""

    file: str
    sheets: list[Sheet]

    @property
    def one_table(self) -> bool:
        """Whether it is a CSV file, which holds one table."""
        return any(sheet.decimal_mark for sheet in self.sheets)


def letters(column: int) -> str:
    """The name of a column, from A."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_of(name: str) -> int:
    """The number of a column, from 1."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number


def cannot_read(file: str, message: str, remedy: str) -> ProblemsFound:
    """What is raised for a file that cannot be read as a whole."""
    return ProblemsFound([Problem(file, None, None, message, remedy, kind="sheet-file")])


def groups(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as first and last of each unbroken run."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
