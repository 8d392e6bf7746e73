"""How problems are told: most important first, with what stands at the place now and where the guide explains it; for
people, for other programs, and for GitHub's lines of a pull request."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sdgbook.data.problems import Problem

GUIDE = "book/dong-gop/khi-kiem-tra-bao-loi.md"
# How much of a line is quoted, and how many annotations GitHub shows of one step.
MOST, MOST_ANNOTATIONS = 80, 10


def ordered(root: Path, problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, most important first and then by place, with the text that stands there now."""
    once = dict.fromkeys(problems)
    found = [p if p.found else replace(p, found=_found(root, p)) for p in once]
    return sorted(found, key=lambda p: (p.explained.rank, p.file, p.line or 0))


def guide_link(problem: Problem) -> str:
    """Where the guide explains this kind of problem: a file of the project and its heading, as GitHub links to it."""
    return f"{GUIDE}#{anchor(problem.explained.title)}"


def anchor(title: str) -> str:
    """The name that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def as_text(problem: Problem) -> list[str]:
    """A problem as lines for a terminal: place, what is wrong and what to write; what stands there, and the guide."""
    beside = [f"Đang là: {problem.found}"] if problem.found and problem.found not in problem.message else []
    return [str(problem), "    " + " · ".join([*beside, f"Đọc thêm: {guide_link(problem)}"])]


def as_json(problems: list[Problem]) -> str:
    """Problems for other programs: a list of objects with file, line, column, found, message, remedy, kind, severity
    (error or question) and guide, and the number of each severity."""
    told = [
        {
            **{"file": p.file, "line": p.line, "column": p.column, "found": p.found},
            **{"message": p.message, "remedy": p.remedy, "kind": p.kind},
            **{"severity": "question" if p.is_question else "error", "guide": guide_link(p)},
        }
        for p in problems
    ]
    questions = sum(p.is_question for p in problems)
    whole = {"errors": len(told) - questions, "questions": questions, "problems": told}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def as_github(problem: Problem) -> str:
    """A problem as a workflow command, which GitHub shows beside the line of the pull request."""
    place = {"file": problem.file, "line": problem.line, "col": problem.column, "title": problem.explained.title}
    # A column of a table has a name and no number.
    place = {name: value for name, value in place.items() if value is not None and (name != "col" or _is_number(value))}
    told = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in place.items())
    column = f" (cột {problem.column})" if isinstance(problem.column, str) else ""
    remedy = f" → {problem.remedy}" if problem.remedy else ""
    words = _escaped(f"{problem.message}{column}{remedy}")
    return f"::{'warning' if problem.is_question else 'error'} {told}::{words}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int)


def _escaped(text: str, also: str = "") -> str:
    for sign in "%\r\n" + also:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


def _found(root: Path, problem: Problem) -> str:
    """What stands at a problem's place: the cell of a table, or the part of a line around it."""
    if problem.line is None:
        return ""
    lines = _lines(root / problem.file)
    if problem.line > len(lines):
        return ""
    line = lines[problem.line - 1]
    if isinstance(problem.column, str) and problem.file.endswith(".csv"):
        header, cells = (next(csv.reader(io.StringIO(text)), []) for text in (lines[0], line))
        named = dict(zip(header, cells, strict=False))
        return ", ".join(named[name] for name in problem.column.split(", ") if name in named)[:MOST]
    start = max(0, (problem.column if isinstance(problem.column, int) else 1) - 1 - MOST // 4)
    return line[start : start + MOST].strip()


@lru_cache(maxsize=8)
def _read(path: Path, changed: int) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return []


def _lines(path: Path) -> list[str]:
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:
        return []
