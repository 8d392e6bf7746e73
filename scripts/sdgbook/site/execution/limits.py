"""What a chapter's cells may put out."""

from __future__ import annotations

from typing import Any

from sdgbook.data import Problem
from sdgbook.site.execution import Cell, Job

# More than this from one chapter is a slip, such as a loop that prints: its page could not be read anyway.
MOST_BYTES = 10_000_000


def too_much(job: Job, cell: Cell) -> Problem:
    """The problem of a chapter that prints or returns without end."""
    told = f"Ô mã in ra hay trả về nhiều quá: hơn {MOST_BYTES // 1_000_000} MB cả trang."
    return Problem(
        job.file, cell.line, None, told, "Bỏ lệnh in trong vòng lặp, hoặc chỉ cho hiện phần cần xem.", kind="cell"
    )


def warned(job: Job, outputs: list[list[dict[str, Any]]]) -> list[Problem]:
    """The problems of cells that wrote to stderr: Python's warnings go there, and readers should not meet them."""
    problems = []
    for cell, shown in zip(job.cells, outputs, strict=False):
        text = "".join(o["text"] for o in shown if o["output_type"] == "stream" and o["name"] == "stderr")
        if text and not cell.may_warn:
            said = next((line.strip() for line in text.split("\n") if line.strip()), "")[:160]
            told = f"Ô mã có cảnh báo (viết ra stderr): {said}"
            problems.append(Problem(job.file, cell.line, None, told, "Sửa ô mã cho hết cảnh báo.", kind="cell"))
    return problems
