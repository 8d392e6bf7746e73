"""Small edits of `_toc.yml` that leave every other byte as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

from sdgbook.data import Problem, ProblemsFound

FILE = "_toc.yml"
ENTRY = re.compile(r"(?P<indent> *)- file: *(?P<page>[^\s#]+)")


def pages_of(text: str) -> list[str]:
    """All pages that a table of contents names, in its order."""
    return [match["page"].strip("\"'") for line in text.split("\n") if (match := ENTRY.match(line))]


def with_part(text: str, caption: str, pages: Iterable[str]) -> str:
    """`text` with a part of this caption and these pages after its last part."""
    lines = text.split("\n")
    start = next((n for n, line in enumerate(lines) if line.rstrip() == "parts:"), None)
    if start is None:
        raise _refused("Mục lục không có các phần (parts).", "Chia mục lục thành các phần rồi chạy lại.")
    indent = next((_indent(line) for line in lines[start + 1 :] if line.lstrip().startswith("- ")), 0)
    end = _end_of_block(lines, start, lambda line: _indent(line) > indent or line.startswith(f"{' ' * indent}- "))
    gap = " " * indent
    added = [f"{gap}- caption: {caption}", f"{gap}  chapters:", *(f"{gap}    - file: {page}" for page in pages)]
    return _checked(text, "\n".join([*lines[:end], *added, *lines[end:]]))


def without_part(text: str, caption: str) -> str:
    """`text` without the part of this caption; as it is where there is none."""
    lines = text.split("\n")
    start = next((n for n, line in enumerate(lines) if _caption(line) == caption), None)
    if start is None:
        return text
    indent = _indent(lines[start])
    end = _end_of_block(lines, start, lambda line: _indent(line) > indent)
    return _checked(text, "\n".join([*lines[:start], *lines[end:]]))


def with_page(text: str, page: str, after: str) -> str:
    """`text` with a page after another one and the pages below it."""
    lines = text.split("\n")
    found = ((n, ENTRY.match(line)) for n, line in enumerate(lines))
    start, entry = next(((n, match) for n, match in found if match and match["page"] == after), (None, None))
    if start is None or entry is None:
        raise _refused(f"Mục lục không có trang “{after}”.", "Thêm trang ấy vào mục lục rồi chạy lại.")
    indent = len(entry["indent"])
    end = _end_of_block(lines, start, lambda line: _indent(line) > indent)
    return _checked(text, "\n".join([*lines[:end], f"{entry['indent']}- file: {page}", *lines[end:]]))


def _caption(line: str) -> str | None:
    match = re.match(r" *- caption: *(.+?) *$", line)
    return match[1].strip("\"'") if match else None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _end_of_block(lines: list[str], start: int, belongs: Any) -> int:
    """The line after the last one that belongs to what begins at line `start`; empty ones at its end do not."""
    end = start + 1
    for n in range(start + 1, len(lines)):
        if not lines[n].strip() or lines[n].lstrip().startswith("#"):
            continue
        if not belongs(lines[n]):
            break
        end = n + 1
    return end


def _checked(before: str, after: str) -> str:
    """`after`, when it can be read as the table of contents that `before` was."""
    try:
        kept, found = yaml.safe_load(before), yaml.safe_load(after)
    except yaml.YAMLError:
        kept = found = None
    if not isinstance(found, dict) or set(found) != set(kept):
        raise _refused("Không sửa được mục lục này bằng máy.", "Khôi phục tệp từ bản trước rồi chạy lại.")
    return after


def _refused(message: str, remedy: str) -> ProblemsFound:
    return ProblemsFound([Problem(FILE, None, None, message, remedy, kind="contents")])
