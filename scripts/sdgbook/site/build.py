"""Runs Jupyter Book over the chapters, into a folder of its own, and tells what went wrong in Vietnamese."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sdgbook.data import Problem, ProblemsFound

PAGE = re.compile(r"(?:reading sources|writing output)\.\.\. \[ *(\d+)%\] (\S+)")
WARNING = re.compile(
    r"^(?P<file>[^:\n]+?\.(?:md|csv|yml))(?::(?P<line>\d+))?: (?P<kind>WARNING|ERROR|CRITICAL): (?P<text>.*)"
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def command(output: Path) -> list[str]:
    """The Jupyter Book command that builds the book of the current folder into `output`/_build/html."""
    toc = str(Path.cwd() / "_toc.yml")
    options = ["--toc", toc, "--path-output", str(output), "--all", "-W", "-n", "--keep-going"]
    return [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", "book", *options]


def build(root: Path, output: Path, tell: Callable[[int, str], None]) -> Path:
    """Build all pages of the project at `root` under `output`; returns the folder that holds them.

    `tell(percent, page)` hears of progress. Raises `ProblemsFound` with every warning and error, since a page
    with a warning is not published.
    """
    process = subprocess.Popen(
        command(output), cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    lines = []
    for line in process.stdout:
        line = ANSI.sub("", line.rstrip())
        lines.append(line)
        if match := PAGE.search(line):
            half = 0 if "reading" in line else 50
            tell(half + int(match[1]) // 2, match[2])
    pages = output / "_build" / "html"
    if process.wait() == 0 and (pages / "index.html").is_file():
        return pages
    raise ProblemsFound(problems_in(lines, root) or [_unexplained(lines)])


def problems_in(lines: list[str], root: Path) -> list[Problem]:
    """Sphinx's warnings and errors as problems; its English words are kept as they are."""
    found = []
    for line in lines:
        if match := WARNING.match(line):
            file = match["file"].removeprefix(f"{root.resolve()}/")
            number = int(match["line"]) if match["line"] else None
            found.append(Problem(file, number, None, f"Sphinx báo: {match['text']}", "Sửa chỗ này rồi dựng lại."))
        elif re.match(r"(WARNING|ERROR): ", line):
            found.append(Problem("book", None, None, f"Sphinx báo: {line}", "Sửa chỗ này rồi dựng lại."))
    return list(dict.fromkeys(found))


def _unexplained(lines: list[str]) -> Problem:
    tail = " / ".join(line for line in lines[-12:] if line.strip())
    return Problem("book", None, None, f"Jupyter Book dừng giữa chừng: {tail}", "Báo cho người phát triển.")
