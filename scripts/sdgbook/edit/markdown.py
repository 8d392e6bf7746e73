"""A chapter taken apart, with the line each part came from: front matter, code cells, prose."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sdgbook.data import Problem
from sdgbook.data.form import FIX, MERGE_MARK, UTF16
from sdgbook.report.inline import ROLE

CODE_CELL = "{code-cell}"
# Developers' tests run other cells and settings than the book has; set by no file of the project, so that no change can
# set it.
FREE = "SDGBOOK_CELLS"
# Signs around which libyaml takes as right what PyYAML's own reader, and so the build, does not.
TAKEN_OTHERWISE = re.compile("[\t!?#\ufeff]")
FENCE = re.compile(r"^ *(`{3,}|:{3,})\s*(\{[\w-]+\})?(.*)$")
# Code within a line, told apart from what stands in a role.
CODE = re.compile(r"\{[a-z-]+\}`[^`]*`|(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")


@dataclass
class Cell:
    """A code cell: its source, and the line of the file where that begins."""

    source: str
    line: int


@dataclass
class ChapterFile:
    """A Markdown file of the book. `prose` has the file's lines, with front matter and code blanked, code within lines
    too; `problems` are those that keep parts of it from being read, `formed` those that do not."""

    file: str
    text: str
    front: dict[str, Any] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    prose: str = ""
    problems: list[Problem] = field(default_factory=list)
    formed: list[Problem] = field(default_factory=list)

    def roles(self) -> list[tuple[str, str, int, int]]:
        """Roles in prose: name, content, line, column (from 1)."""
        return [(m[1], m[2], *self.position(m.start())) for m in ROLE.finditer(self.prose)]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column (from 1) of a place in the file."""
        line = self.prose.count("\n", 0, offset) + 1
        return line, offset - (self.prose.rfind("\n", 0, offset) + 1) + 1


def read_chapter(root: Path, path: Path) -> ChapterFile:
    """Take a chapter apart; what cannot be read is among its `problems`."""
    file = path.relative_to(root).as_posix()
    text, problems = form_problems(file, path.read_bytes())
    if text is None:
        return ChapterFile(file, "", problems=problems)
    chapter = ChapterFile(file, text, formed=problems)
    lines = text.split("\n")
    prose = list(lines)
    at = _front_matter(chapter, lines, prose)
    while at < len(lines):
        opening = FENCE.match(lines[at])
        if opening and opening[1].startswith("`"):
            end = next((n for n in range(at + 1, len(lines)) if lines[n].strip() == opening[1]), None)
            closed = end is not None
            if not closed:
                chapter.problems.append(
                    Problem(
                        file,
                        at + 1,
                        1,
                        "Ô mã mở ra mà không đóng lại.",
                        f"Thêm dòng {opening[1]} ở cuối ô.",
                        kind="cell",
                    )
                )
                end = len(lines) - 1
            if opening[2] == CODE_CELL and closed:
                chapter.cells.append(Cell("\n".join(lines[at + 1 : end]), at + 2))
            for n in range(at, end + 1):
                prose[n] = ""
            at = end
        elif opening:
            # The line that opens or closes an admonition; its text is prose.
            prose[at] = ""
        elif lines[at].startswith("%"):
            # A comment, which no reader sees.
            prose[at] = ""
        at += 1
    chapter.prose = CODE.sub(lambda m: " " * len(m[0]) if m[1] else m[0], "\n".join(prose))
    return chapter


def form_problems(file: str, raw: bytes) -> tuple[str | None, list[Problem]]:
    """The text of a file, with LF and whole letters, and what is wrong with it as bytes; None where it is no text."""
    if raw.startswith(UTF16):
        told = "Tệp được lưu bằng mã UTF-16, không phải UTF-8."
        return None, [Problem(file, None, None, told, f"Lưu lại dạng UTF-8, hoặc: {FIX}", kind="encoding")]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        told = "Tệp không được lưu bằng mã UTF-8."
        return None, [Problem(file, line, None, told, "Lưu lại tệp dạng UTF-8.", kind="encoding")]
    problems = []

    def tell(line: int, told: str, remedy: str = FIX, kind: str = "layout") -> None:
        problems.append(Problem(file, line, None, told, remedy, kind=kind))

    if not text.strip("\ufeff \r\n\t"):
        return None, [Problem(file, 1, None, "Tệp này trống.", "Lấy lại bản trước của tệp.", kind="empty-file")]
    if text.startswith("\ufeff"):
        tell(1, "Đầu tệp có dấu BOM ẩn.")
        text = text.removeprefix("\ufeff")
    if "\r" in text:
        tell(text[: text.index("\r")].count("\n") + 1, "Cuối dòng theo kiểu Windows (CRLF).")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if mark := MERGE_MARK.search(text):
        told = f"Còn dấu của hai bản sửa chồng nhau: “{mark[0]}”."
        remedy = "Giữ phần đúng, xóa phần kia và các dòng dấu <<<<<<<, =======, >>>>>>>."
        tell(text.count("\n", 0, mark.start()) + 1, told, remedy, "merge-marks")
        return None, problems
    if not unicodedata.is_normalized("NFC", text):
        line = next(n for n, one in enumerate(text.split("\n"), 1) if not unicodedata.is_normalized("NFC", one))
        tell(line, "Chữ có dấu viết ở dạng tách rời (không phải Unicode NFC).")
    return text, problems


def _front_matter(chapter: ChapterFile, lines: list[str], prose: list[str]) -> int:
    """Read the front matter into `chapter.front`; returns the first line after it."""
    if lines[0] != "---":
        return 0
    end = next((n for n in range(1, len(lines)) if lines[n] == "---"), None)
    if end is None:
        chapter.problems.append(
            Problem(chapter.file, 1, 1, "Phần đầu trang mở bằng --- mà không đóng.", "Thêm ---.", kind="front-matter")
        )
        # Where it ends, and with that what is prose, is not known.
        prose[:] = [""] * len(lines)
        return len(lines)
    try:
        chapter.front = read_yaml("\n".join(lines[1:end])) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        chapter.problems.append(
            Problem(
                chapter.file,
                line,
                None,
                "Phần đầu trang không phải là YAML đúng.",
                "Xem lại dấu hai chấm, nháy.",
                kind="front-matter",
            )
        )
    for n in range(end + 1):
        if not lines[n].startswith("description:"):
            prose[n] = ""
    return end + 1


def read_yaml(text: str) -> Any:
    """What PyYAML makes of `text`, by way of libyaml, which is many times as fast, where both are of one mind; what is
    wrong is told in PyYAML's words in any case."""
    if "*" in text and "&" in text:
        _refuse_repeats(text)
    if yaml.__with_libyaml__ and not TAKEN_OTHERWISE.search(text):
        with suppress(yaml.YAMLError):
            return yaml.load(text, Loader=yaml.CSafeLoader)
    return yaml.safe_load(text)


def _refuse_repeats(text: str) -> None:
    """Names for parts that stand again elsewhere: nobody writes them by hand, and few lines grow to any size so."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.constructor.ConstructorError(None, None, "an alias", event.start_mark)
