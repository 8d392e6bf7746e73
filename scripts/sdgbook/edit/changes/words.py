"""Chapters before and after: sentences side by side, pages that come and go, addresses that lead nowhere any more."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import suppress
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from urllib.parse import unquote

from docutils import nodes

from sdgbook.edit.changes.figures import page_of, pages_of_site
from sdgbook.edit.changes.found import ADDED, REMOVED, RENAMED, Cell, Link, Page, Sentence
from sdgbook.edit.changes.trees import Tree, figure_ids
from sdgbook.edit.check import own_facts
from sdgbook.edit.markdown import CODE_CELL, FENCE, ChapterFile
from sdgbook.report import inline

# How much of two pages must be alike for one to be the other under a new name.
ALIKE = 0.6
TEXT, FRONT, CODE = "lời trong trang", "phần đầu trang", "ô mã"
# Where a sentence ends: after its mark and a closing sign, before a capital, a role or an opening sign.
END = re.compile(r"(?<=[.!?…])([”»)\"]?)\s+(?=[A-ZÀ-ỸĐ“(\[{*_])")
WORD = re.compile(r"\{[a-z-]+\}`[^`]*`|\w+|\s+|[^\w\s]")
HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*(?:\{#([\w-]+)\})?\s*$")
LABEL = re.compile(r"^\(([\w-]+)\)=\s*$", re.MULTILINE)
# What of a built page nobody leads to: parts of drawings, what waits for a tap, what names another element.
NO_PLACE = re.compile(r'<(svg|template)\b.*?</\1>|\bid="[^"]*-title"', re.DOTALL)
ID = re.compile(r'\bid="([^"]+)"')
# How many pairs of old and new sentences are weighed; where more were rewritten at once, they stand in their order.
MOST_PAIRS = 2500
LINK = re.compile(r"\]\(([^)\s]*)\)")


def pages(before: Tree, after: Tree) -> list[Page]:
    """Pages that came, went, or got another address: most of their lines then are the same."""
    gone = {f: c for f, c in before.chapters.items() if f not in after.chapters}
    came = {f: c for f, c in after.chapters.items() if f not in before.chapters}
    pairs = sorted(
        ((_likeness(a.text, b.text), one, other) for one, a in gone.items() for other, b in came.items()), reverse=True
    )
    renamed: dict[str, str] = {}
    for likeness, one, other in pairs:
        if likeness >= ALIKE and one not in renamed.values() and other not in renamed:
            renamed[other] = one
    found = [
        Page(RENAMED if f in renamed else ADDED, page_of(f), title_of(c), page_of(renamed[f]) if f in renamed else "")
        for f, c in came.items()
    ]
    found += [Page(REMOVED, page_of(f), title_of(c)) for f, c in gone.items() if f not in renamed.values()]
    return sorted(found, key=lambda page: page.page)


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one.split("\n"), other.split("\n"), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0


def title_of(chapter: ChapterFile) -> str:
    """A page's first heading; its file where it has none."""
    found = (HEADING.match(line) for line in chapter.prose.split("\n"))
    return next((match[2] for match in found if match), chapter.file)


def sentences(before: Tree, after: Tree, renamed: dict[str, str], cells: list[Cell]) -> list[Sentence]:
    """What is said otherwise in pages that are in both trees (`renamed`: new name of a page to its old one) and in the
    tables' columns of prose. Lines that are only broken elsewhere are the same."""
    found = []
    for file, chapter in sorted(after.chapters.items()):
        old = before.chapters.get(f"book/{renamed[page_of(file)]}.md" if page_of(file) in renamed else file)
        if old is None or old.text == chapter.text:
            continue
        for what, one, other in _pairs(parts(old), parts(chapter)):
            told = [_written(text, tree, c) for text, tree, c in ((one[0], before, old), (other[0], after, chapter))]
            # Where only the name behind a figure changed, readers would see no difference in what is written out.
            one_text, other_text = told if told[0] != told[1] else (one[0], other[0])
            line = other[1] or None
            found.append(Sentence(page_of(file), file, line, what, one_text, other_text, marked(one_text, other_text)))
    for cell in cells:
        if cell.prose:
            where = f"bảng {Path(cell.file).stem}, dòng {cell.key}, cột {cell.column}"
            found.append(Sentence("", cell.file, cell.line, where, cell.old, cell.new, marked(cell.old, cell.new)))
    return found


Part = tuple[str, int]


def parts(chapter: ChapterFile) -> dict[str, list[Part]]:
    """A chapter's sentences, the lines of its front matter and those of its cells, each with its line."""
    found: dict[str, list[Part]] = {TEXT: [], FRONT: [], CODE: []}
    lines = chapter.text.split("\n")
    front = next((n for n, line in enumerate(lines[1:], 1) if line == "---"), 0) if lines[0] == "---" else 0
    found[FRONT] = [(line.strip(), n) for n, line in enumerate(lines[1:front], 2) if line.strip()]
    at, block, start, fence = front + 1 if front else 0, [], 0, ""
    paragraphs: list[Part] = []
    for n, line in enumerate([*lines[at:], ""], at + 1):
        opening = FENCE.match(line)
        if fence:
            if line.rstrip() == fence:
                fence = ""
            elif line.strip():
                found[CODE].append((line.strip(), n))
            continue
        own = bool(opening or HEADING.match(line) or re.match(r"\s*([-*+]|\d+[.)])\s|\||%", line))
        if block and (own or not line.strip()):
            paragraphs.append((" ".join(block), start))
            block = []
        if opening:
            fence = opening[1] if opening[1].startswith("`") else ""
            if (fence and opening[2] not in (None, CODE_CELL)) or opening[3].strip():
                found[CODE].append((line.strip(), n))
        elif HEADING.match(line):
            paragraphs.append((line.strip(), n))
        elif line.strip():
            start = start if block else n
            block.append(line.strip())
    found[TEXT] = [(text, line) for paragraph, line in paragraphs for text in split(paragraph)]
    return found


def split(paragraph: str) -> list[str]:
    """The sentences of a paragraph."""
    return [part.strip() for part in END.sub(lambda m: f"{m[1]}\n", paragraph).split("\n") if part.strip()]


def _pairs(old: dict[str, list[Part]], new: dict[str, list[Part]]) -> Iterator[tuple[str, Part, Part]]:
    """Parts that differ, each beside the one that took its place; an empty one where there is none."""
    nothing = ("", 0)
    for what in (FRONT, TEXT, CODE):
        one, other = old[what], new[what]
        matcher = SequenceMatcher(None, [text for text, _ in one], [text for text, _ in other], autojunk=False)
        for sign, a, b, c, d in matcher.get_opcodes():
            if sign == "equal":
                continue
            gone, came = list(one[a:b]), list(other[c:d])
            if len(gone) * len(came) > MOST_PAIRS:
                yield from ((what, *pair) for pair in zip_longest(gone, came, fillvalue=nothing))
                continue
            # Each new sentence stands beside the old one that it resembles most, in their order.
            for text in came:
                near = max(gone, key=lambda part: (_alike(part[0], text[0]), -part[1]), default=nothing)
                if near != nothing and (_alike(near[0], text[0]) >= 0.4 or (len(gone) == 1 and len(came) == 1)):
                    yield from ((what, part, nothing) for part in gone[: gone.index(near)])
                    gone = gone[gone.index(near) + 1 :]
                    yield what, near, text
                else:
                    yield what, nothing, text
            yield from ((what, part, nothing) for part in gone)


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, WORD.findall(one), WORD.findall(other), autojunk=False).ratio()


def marked(old: str, new: str) -> list[tuple[str, str]]:
    """Runs of words that stayed ("="), went ("-") and came ("+")."""
    one, other = WORD.findall(old), WORD.findall(new)
    runs: list[tuple[str, str]] = []
    gone = came = ""
    steps = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    for n, (sign, a, b, c, d) in enumerate(steps):
        same = "".join(one[a:b])
        # A space between two words that changed belongs to what changed.
        if sign != "equal" or (same.isspace() and 0 < n < len(steps) - 1):
            gone, came = gone + same, came + "".join(other[c:d])
            continue
        runs += [(mark, text) for mark, text in (("-", gone), ("+", came), ("=", same)) if text]
        gone = came = ""
    return runs + [(mark, text) for mark, text in (("-", gone), ("+", came)) if text]


def _written(text: str, tree: Tree, chapter: ChapterFile) -> str:
    """A sentence as readers see it: its figures written out, as far as they mean something."""
    if tree.facts is None:
        return text
    own = own_facts(tree.facts, chapter.front.get("edition"))

    def told(match: re.Match[str]) -> str:
        with suppress(Exception):
            return inline.ROLES[match[1]](match[2], own).plain
        return match[0]

    return inline.ROLE.sub(told, text.lstrip("# ") if HEADING.match(text) else text)


def links(before: Tree, after: Tree, sites: tuple[Path | None, Path | None] = (None, None)) -> list[Link]:
    """Addresses that worked and do not any more: pages that went, places on pages that are still there; with the places
    of the book that still lead there. Of built sites all places are known, else headings, labels and figures."""
    old, new = _places(before, sites[0]), _places(after, sites[1])
    used: dict[str, list[str]] = {}
    for file, chapter in sorted(after.chapters.items()):
        for match in LINK.finditer(chapter.prose):
            path, _, anchor = unquote(match[1]).partition("#")
            if not re.match(r"[a-z]+:", path):
                target = posixpath.normpath(posixpath.join(posixpath.dirname(file), path)) if path else file
                place = page_of(target) + (f"#{anchor}" if anchor else "")
                used.setdefault(place, []).append(f"{file}, dòng {chapter.position(match.start())[0]}")
    found = []
    for page, places in sorted(old.items()):
        if page not in new:
            own = sorted(line for place, lines in used.items() if place.partition("#")[0] == page for line in lines)
            found.append(Link(f"{page}.html", "trang không còn", own))
            continue
        for anchor in sorted(places - new[page]):
            found.append(
                Link(f"{page}.html#{anchor}", "chỗ này trên trang không còn", used.get(f"{page}#{anchor}", []))
            )
    return found


def _places(tree: Tree, site: Path | None) -> dict[str, set[str]]:
    """The pages of a tree and the places on each that a link can lead to."""
    if site is not None:
        return {
            page: set(ID.findall(NO_PLACE.sub("", path.read_text(encoding="utf-8", errors="replace"))))
            for page, path in pages_of_site(site).items()
        }
    found = {}
    for file, chapter in tree.chapters.items():
        anchors = set(LABEL.findall(chapter.text))
        for line in chapter.prose.split("\n"):
            if match := HEADING.match(line):
                anchors.add(match[3] or nodes.make_id(inline.ROLE.sub(lambda m: m[2], match[2])))
        found[page_of(file)] = anchors - {""}
    if tree.facts is not None:
        for id_, fact in figure_ids(tree.facts).items():
            if fact.page in found:
                found[fact.page].add(id_)
    return found


def settings(before: Tree, after: Tree) -> list[str]:
    """Which of the book's settings and contents changed."""
    told = {"_config.yml": "cấu hình của trang web", "_toc.yml": "mục lục"}
    return [f"{file} ({words})" for file, words in told.items() if before.file(file) != after.file(file)]
