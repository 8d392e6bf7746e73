"""How commands speak at a terminal: what is wrong, how far they are, what was done, and questions."""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sdgbook.data import ProblemsFound, find_root
from sdgbook.data.problems import Problem

console = Console(highlight=False, soft_wrap=True)
errors = Console(highlight=False, soft_wrap=True, stderr=True)


def root_or_exit(status: int = 1) -> Path:
    """The project's folder; ends the command with a message when there is none."""
    try:
        return find_root()
    except ProblemsFound as error:
        stop(error.problems, status=status)


def stop(problems: list[Problem], after: str = "", status: int = 1) -> NoReturn:
    """Print every problem and end with an exit status: 1, mostly."""
    from sdgbook.edit.telling import as_text

    for problem in problems:
        for line in as_text(problem):
            errors.print(line, markup=False)
    # The preview, which has started this command then, shows them in the browser.
    if told := os.environ.get("SDGBOOK_PROBLEMS"):
        Path(told).write_text(json.dumps([asdict(problem) for problem in problems]), encoding="utf-8")
    errors.print(f"[bold]Có {len(problems)} lỗi.[/bold] {after}".rstrip())
    raise typer.Exit(status)


@contextmanager
def noting() -> Iterator[None]:
    """Tell at the end what parts of the package have logged: while pages are made, Sphinx takes all that is printed."""
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())
    logger = logging.getLogger("sdgbook")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        for message in dict.fromkeys(told):
            errors.print(message, markup=False)


def system_problem(error: OSError, root: Path) -> Problem:
    """What the system refused, in words."""
    file = Path(error.filename).name if error.filename else "_build"
    if error.filename and Path(error.filename).is_relative_to(root):
        file = Path(error.filename).relative_to(root).as_posix()
    told = {
        errno.ENOSPC: ("Đĩa đã đầy.", "Xóa bớt tệp trên đĩa rồi chạy lại."),
        errno.EDQUOT: ("Đã hết phần đĩa dành cho tài khoản này.", "Xóa bớt tệp rồi chạy lại."),
        errno.ENOENT: ("Không có tệp này.", "Xem lại tên và thư mục của tệp."),
        errno.EACCES: ("Không được phép đọc hoặc ghi tệp này.", "Xem lại quyền của tệp và thư mục, rồi chạy lại."),
        errno.EROFS: ("Đĩa này chỉ cho đọc.", "Chép dự án sang chỗ ghi được rồi chạy lại."),
    }
    message, remedy = told.get(error.errno or 0, (f"Máy báo: {error.strerror or error}.", "Xem lại tệp và đĩa này."))
    return Problem(file, None, None, message, remedy, kind="machine")


class steps(Progress):
    """Progress on a terminal; one plain line per step elsewhere."""

    def __init__(self) -> None:
        super().__init__(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[page]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not sys.stdout.isatty(),
        )

    def add_task(self, description: str, *args, **fields):
        """Begin with a step's name."""
        self._say(description)
        return super().add_task(description, *args, page="", **fields)

    def update(self, task_id, **fields) -> None:
        """Go on; a new `description` is a new step."""
        if fields.get("description"):
            self._say(fields["description"])
        super().update(task_id, **fields)

    def _say(self, description: str) -> None:
        if self.disable:
            console.print(f"{description}…", markup=False)


@contextmanager
def editing(root: Path) -> Iterator[None]:
    """Tell what a command that edits files could not do."""
    try:
        yield
    except ProblemsFound as error:
        stop(error.problems, "Chưa đổi gì.")
    except OSError as error:
        stop([system_problem(error, root)], "Chưa đổi gì.")


def tell(lines: list[str]) -> None:
    """Say what was done."""
    for line in lines:
        console.print(line, markup=False)


def asking() -> Callable[[str], str] | None:
    """How to ask the person at the terminal; None where nobody sits there."""
    return (lambda question: console.input(question, markup=False)) if sys.stdin.isatty() else None
