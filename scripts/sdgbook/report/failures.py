"""How the error of a code cell is told to those who wrote it: where in the cell, what is wrong, what to do."""

from __future__ import annotations

import re
import traceback
from collections.abc import Container

from sdgbook.report.context import EmptyBlock
from sdgbook.report.facts import FactError
from sdgbook.report.quantity import UnitError

# What a page's cells work with: without any of these, all later cells fail for the same reason.
WORKED_WITH = ("muc_tieu", "bao_cao")


def failure(error: BaseException, source: str, filename: str) -> tuple[int, int | None, str, str, str]:
    """Line in the cell and column (from 1), what is wrong, what to do, of which kind; `filename` is what Python calls
    the cell."""
    if isinstance(error, SyntaxError) and not _frames(error, filename):
        return error.lineno or 1, error.offset, "Ô mã viết sai cú pháp.", "Xem lại ngoặc, dấu phẩy và dấu nháy.", "cell"
    if isinstance(error, FactError):
        place = _name_place(error, source) or _place(error, source, filename)
        return *place, error.message, error.remedy, error.kind
    own = isinstance(error, (UnitError, EmptyBlock))
    told = str(error) if own else f"{type(error).__name__}: {error}".split("\n")[0][:160]
    return *_place(error, source, filename), f"Ô mã dừng vì lỗi: {told}", "Sửa hoặc bỏ ô mã này.", "cell"


def goes_on(names: Container[str]) -> bool:
    """Whether later cells of a page can be judged after one has failed, given the names defined so far."""
    return any(name in names for name in WORKED_WITH)


def _place(error: BaseException, source: str, filename: str) -> tuple[int, int]:
    """Line and column (from 1) of the place in the cell where an error arose."""
    frames = _frames(error, filename)
    if not frames:
        return 1, 1
    return frames[-1].lineno, characters(source, frames[-1].lineno, frames[-1].colno or 0) + 1


def _frames(error: BaseException, filename: str) -> list[traceback.FrameSummary]:
    return [f for f in traceback.extract_tb(error.__traceback__) if f.filename == filename and f.lineno]


def _name_place(error: FactError, source: str) -> tuple[int, int] | None:
    """Line and column of the name that an error quotes, where it stands in the cell as a role or as a string."""
    for name in re.findall("“(.+?)”", error.message):
        role, argument = rf"\{{[a-z-]+\}}`{re.escape(name)}`", rf"[\"']{re.escape(name)}[\"']"
        match = re.search(role, source) or re.search(argument, source)
        if match:
            start = match.start()
            return source.count("\n", 0, start) + 1, start - (source.rfind("\n", 0, start) + 1) + 1
    return None


def characters(source: str, line: int, offset: int) -> int:
    """How many characters stand before a place that Python gives in bytes."""
    lines = source.split("\n")
    return len(lines[line - 1].encode()[:offset].decode(errors="replace")) if line <= len(lines) else 0
