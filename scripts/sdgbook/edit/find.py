"""Where a text stands: `sdgbook find`. Forgiving of tone marks, đ and d, capitals, spaces and the forms of numbers."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from sdgbook.data import Problem, read_package
from sdgbook.edit.check import own_facts
from sdgbook.edit.markdown import read_chapter
from sdgbook.report import inline
from sdgbook.report.facts import FactError, Facts

NUMBER = re.compile(r"\d[\d.,]*\d|\d")
# How numbers are written: Vietnamese, plain with a comma, plain with a dot, English.
FORMS = (
    (re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?"), ".", ","),
    (re.compile(r"\d+(?:,\d+)?"), "", ","),
    (re.compile(r"\d+(?:\.\d+)?"), "", "."),
    (re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"), ",", "."),
)
ALIKE = {"“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "‑": "-"}
# What readers do not see of Markdown: marks and targets of links.
UNSEEN = re.compile(r"\]\([^)\n]*\)|\*\*?|`|\[")
# How much is shown on each side of what was found.
AROUND = 60


def values_of(text: str) -> set[Decimal]:
    """The numbers that a text may mean, were it a number: “12,34” and “12.340” have one in common."""
    text = text.strip()
    forms = ((thousands, point) for form, thousands, point in FORMS if form.fullmatch(text))
    return {Decimal((text.replace(t, "") if t else text).replace(point, ".")) for t, point in forms}


def folded(text: str) -> Iterator[tuple[str, int]]:
    """The letters of a text without marks and capitals, y as i, spaces as one, each with its place in the text."""
    space = True
    for at, character in enumerate(text):
        plain = (
            unicodedata.normalize("NFD", ALIKE.get(character, character).lower()).replace("đ", "d").replace("y", "i")
        )
        for letter in plain:
            if letter.isspace():
                if not space:
                    yield " ", at
                space = True
            elif not unicodedata.combining(letter) and letter != "\N{ZERO WIDTH SPACE}":
                space = False
                yield letter, at


def fold(text: str) -> str:
    """A text as it is compared."""
    return "".join(letter for letter, _ in folded(text)).strip()


@dataclass(frozen=True)
class Hit:
    """A place where a text stands: `column` is a character's position from 1 or a CSV column's name, `what` the kind of
    place in words, `line_text` the line with the text found between « and »."""

    file: str
    line: int
    column: int | str
    what: str
    line_text: str

    def __str__(self) -> str:
        return f"{self.file}, dòng {self.line}, cột {self.column} ({self.what}):\n    {self.line_text}"


class Wanted:
    """A text to look for: its words as they are, its numbers by their values."""

    def __init__(self, text: str):
        self.words = fold(text)
        self.numbers: list[set[Decimal]] = []
        parts, at = [], 0
        for match in NUMBER.finditer(self.words):
            parts += [re.escape(self.words[at : match.start()]), r"(?<![\d.,])(\d(?:[\d.,]*\d)?)(?![\d]|[.,]\d)"]
            self.numbers.append(values_of(match[0]))
            at = match.end()
        self.pattern = re.compile("".join([*parts, re.escape(self.words[at:])]))

    def within(self, letters: list[tuple[str, int]]) -> Iterator[tuple[int, int]]:
        """Where it stands in a folded text: places of its first and last letters there."""
        for match in self.pattern.finditer("".join(letter for letter, _ in letters)):
            pairs = zip(self.numbers, match.groups(), strict=True)
            if match[0] and all(wanted & values_of(found) or wanted == values_of(found) for wanted, found in pairs):
                yield match.start(), match.end() - 1


def find(root: Path, text: str) -> list[Hit]:
    """The places of the project's chapters, tables and lists where a text stands, also as readers see it: with the
    figures that roles stand for."""
    wanted = Wanted(text)
    if not wanted.words:
        return []
    facts = None
    with suppress(Exception):
        facts = Facts(read_package(root))
    hits: list[Hit] = []
    for path in sorted((root / "book").rglob("*.md")):
        hits += _in_chapter(root, path, wanted, facts)
    for path in [root / "_toc.yml", root / "_config.yml"]:
        if path.is_file():
            lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
            for number, line in enumerate(lines, 1):
                what = "mục lục" if path.name == "_toc.yml" else "cấu hình"
                hits += _in_text(path.name, number, line, line, list(range(len(line))), what, wanted)
    for path in sorted((root / "data").rglob("*.csv")):
        hits += _in_table(root, path, wanted)
    return hits


def _in_chapter(root: Path, path: Path, wanted: Wanted, facts: Facts | None) -> Iterator[Hit]:
    chapter = read_chapter(root, path)
    own = own_facts(facts, chapter.front.get("edition")) if facts else None
    lines, prose = chapter.text.split("\n"), chapter.prose.split("\n")
    front = lines.index("---", 1) + 1 if lines[0] == "---" and "---" in lines[1:] else 0
    cells = {cell.line + n for cell in chapter.cells for n in range(cell.source.count("\n") + 1)}
    for number, line in enumerate(lines, 1):
        if number <= front:
            what = "phần đầu trang"
        elif line.startswith("#"):
            what = "tiêu đề"
        elif prose[number - 1].strip():
            what = "câu văn"
        elif number in cells or line.startswith("%"):
            what = "ô mã" if number in cells else "dòng ẩn"
        else:
            # Examples of the guide.
            continue
        seen, places = _as_seen(line, own)
        found = {
            hit.column: hit for hit in _in_text(chapter.file, number, line, line, list(range(len(line))), what, wanted)
        }
        for hit in _in_text(chapter.file, number, line, seen, places, what, wanted):
            found.setdefault(hit.column, hit)
        yield from (found[column] for column in sorted(found))


def _as_seen(line: str, facts: Facts | None) -> tuple[str, list[int]]:
    """A line of Markdown as readers see it, and for each of its characters the place in the line where that is from."""
    seen: list[str] = []
    places: list[int] = []

    def add(text: str, start: int, fixed: bool) -> None:
        seen.append(text)
        places.extend([start] * len(text) if fixed else range(start, start + len(text)))

    def plain(start: int, end: int) -> None:
        at = start
        for mark in UNSEEN.finditer(line, start, end):
            add(line[at : mark.start()], at, False)
            at = mark.end()
        add(line[at:end], at, False)

    at = 0
    for match in inline.ROLE.finditer(line):
        plain(at, match.start())
        told = match[2]
        if facts is not None and match[1] in inline.ROLES:
            with suppress(FactError):
                told = inline.ROLES[match[1]](match[2], facts).plain
        add(told, match.start(), True)
        at = match.end()
    plain(at, len(line))
    return "".join(seen), places


def _in_text(
    file: str, number: int, line: str, text: str, places: list[int], what: str, wanted: Wanted
) -> Iterator[Hit]:
    letters = list(folded(text))
    for first, last in wanted.within(letters):
        start, end = letters[first][1], letters[last][1] + 1
        yield Hit(file, number, places[start] + 1, what, marked(text, start, end))


def marked(text: str, start: int, end: int) -> str:
    """The part of a line around what was found, which is put between « and »."""
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    before = ("…" if start > AROUND else "") + before
    after += "…" if end + AROUND < len(text) else ""
    return f"{before}«{text[start:end]}»{after}".strip()


def _in_table(root: Path, path: Path, wanted: Wanted) -> Iterator[Hit]:
    file = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8", errors="replace")
    reader = csv.reader(io.StringIO(text, newline=""))
    header: list[str] = []
    before = 0
    with suppress(csv.Error):
        for row in reader:
            line, before = before + 1, reader.line_num
            header = header or row
            for column, cell in zip(header, row, strict=False):
                for hit in _in_text(file, line, cell, cell, list(range(len(cell))), "bảng", wanted):
                    yield Hit(file, line, column, "bảng", hit.line_text)


def nothing(root: Path, text: str) -> Problem:
    """The message that a text stands nowhere, with what there is instead."""
    words = fold(text).split(" ")
    for length in range(len(words) - 1, 0, -1):
        for start in range(len(words) - length + 1):
            part = " ".join(words[start : start + length])
            if len(part) > 2 and (hits := find(root, part)):
                found = marked_words(hits[0].line_text)
                remedy = f"Có “{found}” ở {len(hits)} chỗ. Thử: sdgbook find “{found}”"
                return Problem("book, data", None, None, f"Không thấy “{text}” ở đâu cả.", remedy, kind="command")
    known: set[str] = set()
    for path in [*(root / "book").rglob("*.md"), *(root / "data").rglob("*.csv")]:
        known |= set(re.findall(r"\w[\w-]{2,}", path.read_text(encoding="utf-8", errors="replace").lower()))
    near = get_close_matches(text.lower().partition(" ")[0], sorted(known), n=3, cutoff=0.6)
    remedy = f"Có chữ gần giống: {', '.join(near)}." if near else "Thử một chữ ngắn hơn, hoặc chỉ con số."
    return Problem("book, data", None, None, f"Không thấy “{text}” ở đâu cả.", remedy, kind="command")


def marked_words(line: str) -> str:
    """What stands between « and »."""
    return line.partition("«")[2].partition("»")[0]
