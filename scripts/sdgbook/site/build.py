"""Runs Jupyter Book over the chapters, in this process, and tells what went wrong in Vietnamese."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from sdgbook.data import Problem, ProblemsFound
from sdgbook.site.records import Records, going_on_from

PAGE = re.compile(r"(?:reading sources|writing output)\.\.\. \[ *(\d+)%\] (\S+)")
WARNING = re.compile(
    r"^(?P<file>[^:\n]+?\.(?:md|csv|yml))(?::(?P<line>\d+))?: (?P<kind>WARNING|ERROR|CRITICAL): (?P<text>.*)"
)
# How Sphinx tells of files that it could not write, before it goes on without them.
REFUSED = re.compile(r"(?:error writing|cannot copy|Failed to).*(?:\[Errno |Error\()(\d+)")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class CellsFailed(ProblemsFound):
    """Raised with what went wrong in code cells, of all pages."""


class Listener(io.TextIOBase):
    """Takes what Sphinx prints, line by line, and hears of its progress."""

    def __init__(self, tell: Callable[[int, str], None]):
        self.lines: list[str] = []
        self._rest = ""
        self._tell = tell

    def write(self, text: str) -> int:
        """More text."""
        *lines, self._rest = re.split(r"\r\n|\r|\n", self._rest + text)
        for line in lines:
            line = ANSI.sub("", line.rstrip())
            self.lines.append(line)
            if match := PAGE.search(line):
                half = 0 if "reading" in line else 50
                self._tell(half + int(match[1]) // 2, match[2])
        return len(text)

    def writable(self) -> bool:
        """Always."""
        return True


def build(
    root: Path,
    work: Path,
    records: Records,
    tell: Callable[[int, str], None],
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Build the pages of the project at `root` in `work`/html, going on from what is there and from `records`, which
    afterwards tell of these pages.

    `tell(percent, page)` hears of progress, `ready()` is called when Sphinx has started. Raises `ProblemsFound` with
    every warning and error, since a page with a warning is not published, and `OSError` when a file cannot be written.
    """
    from jupyter_book.sphinx import build_sphinx

    from sdgbook.site.execution.hooks import ChaptersFailed

    heard = Listener(tell)
    settings = {"external_toc_path": str(root / "_toc.yml"), "nitpicky": True, "latex_individualpages": False}
    with going_on_from(records, ready), redirect_stdout(heard), redirect_stderr(heard):
        result = build_sphinx(
            str(root / "book"),
            str(work / "html"),
            noconfig=True,
            path_config=str(root / "_config.yml"),
            confoverrides=settings,
            builder="html",
            warningiserror=True,
            keep_going=True,
        )
    for line in heard.lines:
        if refused := REFUSED.search(line):
            raise OSError(int(refused[1]), os.strerror(int(refused[1])))
    if isinstance(result, KeyboardInterrupt):
        raise result
    if isinstance(result, Exception):
        # Sphinx wraps what its events raise.
        for error in (result, result.__cause__):
            if isinstance(error, (ProblemsFound, OSError)):
                raise error
            if isinstance(error, ChaptersFailed):
                raise CellsFailed(error.problems)
    if result != 0 or not (work / "html" / "index.html").is_file():
        raise ProblemsFound(problems_in(heard.lines, root) or [_unexplained(heard.lines)])


def problems_in(lines: list[str], root: Path) -> list[Problem]:
    """Sphinx's warnings and errors as problems; its English words are kept as they are."""
    found = []
    for line in lines:
        if match := WARNING.match(line):
            file = match["file"].removeprefix(f"{root.resolve()}/")
            number = int(match["line"]) if match["line"] else None
            found.append(
                Problem(file, number, None, f"Sphinx báo: {match['text']}", "Sửa chỗ này rồi dựng lại.", kind="page")
            )
        elif re.match(r"(WARNING|ERROR): ", line):
            found.append(Problem("book", None, None, f"Sphinx báo: {line}", "Sửa chỗ này rồi dựng lại.", kind="page"))
    return list(dict.fromkeys(found))


def _unexplained(lines: list[str]) -> Problem:
    tail = " / ".join(line for line in lines[-12:] if line.strip())
    return Problem(
        "book", None, None, f"Jupyter Book dừng giữa chừng: {tail}", "Báo cho người phát triển.", kind="page"
    )
