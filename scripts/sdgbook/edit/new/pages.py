"""Chapter drafts: the structure of last year's pages without what they say.

A draft keeps the headings that claim nothing, the code cells without their worded titles, and a list of the figures
that are to come. What the old page says stands beside it as comments, which never reach a reader.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from sdgbook.data import DataPackage, Row
from sdgbook.edit.markdown import CODE_CELL, FENCE, ChapterFile, read_chapter
from sdgbook.edit.new.carried import moved_name, moved_period, moved_years, with_period
from sdgbook.report import claims, drafts
from sdgbook.report.facts import NAME, Facts
from sdgbook.report.findings import lower_first
from sdgbook.report.inline import ROLE

# Pages that retell the report as a whole, besides those that its places name.
WHOLE = ("index", "tom-tat")
# How the draft of the home page is called: the folder's own first page is the check-list.
HOME = "trang-chu"
RESULT = "Kết quả"
# Words of findings that no list of directions holds.
FINDING = re.compile(r"(?<!\w)(?:chưa|không|đã|ngờ|nhưng)(?!\w)", re.IGNORECASE)
# What people wrote for one year's chart.
WORDED = ("title", "subtitle", "note", "says")


@dataclass
class Section:
    """A heading of a page with the prose and the code cells below it."""

    level: int
    heading: str
    prose: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)


def drafted(root: Path, package: DataPackage, old: int) -> dict[str, int]:
    """The pages that get a draft, with the edition that each tells so far: those that retell places of the report of
    the edition `old`, in their order, and the report as a whole."""
    told = [row["chapter"] for row in package.table("sections", old).rows if row["kind"] == "heading"]
    pages = [page for page in [*WHOLE, *dict.fromkeys(told)] if page in WHOLE or not page.endswith("/index")]
    paths = {page: root / "book" / f"{page}.md" for page in pages}
    editions = {page: read_chapter(root, path).front.get("edition") for page, path in paths.items() if path.is_file()}
    return {page: edition for page, edition in editions.items() if edition in package.editions}


def draft_name(page: str, new: int) -> str:
    """The page that holds the draft of a page."""
    return f"{drafts.folder(new)}/{HOME if page == 'index' else page.rpartition('/')[2]}"


def draft(root: Path, facts: Facts, page: str, told: int, new: int) -> str:
    """The draft of a page for the edition `new`, made from the page as it tells the edition `told`; its figures are
    those of the edition that names are read within."""
    package, old = facts.package, facts.edition
    chapter = read_chapter(root, root / "book" / f"{page}.md")
    exempt = claims.official_names(facts)
    sections = _sections(chapter, _structural(root), told, new - told, exempt) or [Section(1, "")]
    targets = [row for row in package.table("targets").rows if row["chapter"] == page]
    named = targets[0]["name_vi"] if targets else _title(package, page, old, new)
    sections[0].heading = (sections[0].heading or named) if targets else (named or sections[0].heading or f"Năm {new}")
    rows = _rows_of(package, chapter, {row["target"] for row in targets}, old)
    figures = [f"- {label}: {{fact}}`{name}`" for label, name in _figures(package, rows, old, new - old)]
    at = next((n for n, section in enumerate(sections) if section.heading == RESULT), 0)
    parts = [_front(chapter, page, new)]
    for n, section in enumerate(sections):
        parts.append(f"{'#' * section.level} {section.heading}")
        if section.prose or n == 0:
            parts.append(drafts.to_write(new))
        if n == 0:
            parts.append(f"% Dòng có dấu % ở đầu không lên trang: đó là lời của ấn bản {told}. Khi đăng, máy tự bỏ.")
        parts += ["\n".join(f"% {line}" for line in block.split("\n")) for block in section.prose]
        if n == at and figures:
            parts.append("\n".join(figures))
        cells = [moved for source in section.cells if (moved := _cell(package, source, told, new))]
        parts += [f"```{CODE_CELL}\n{cell}\n```" for cell in dict.fromkeys(cells)]
    return "\n\n".join(parts) + "\n"


def from_template(name: str, /, **values: object) -> str:
    """A page of the folder `templates`, filled in."""
    text = (Path(__file__).parent / "templates" / f"{name}.md").read_text(encoding="utf-8")
    return Template(text).substitute(values)


KERNEL = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
"""


def _front(chapter: ChapterFile, page: str, new: int) -> str:
    targets = chapter.front.get("targets")
    lines = [KERNEL.rstrip() if chapter.cells else "---", f"edition: {new}", "draft: true", f"replaces: {page}"]
    lines += [f"targets: {json.dumps(targets)}"] if targets else []
    return "\n".join([*lines, f"description: {drafts.description(new)}", "---"])


def _sections(chapter: ChapterFile, structural: set[str], old: int, years: int, exempt: list[str]) -> list[Section]:
    """The sections of a page under headings that claim nothing; one whose heading does joins the section before."""
    found: list[Section] = []
    block: list[str] = []

    def close() -> None:
        if block and found:
            found[-1].prose.append("\n".join(block))
        block.clear()

    lines = iter(_body(chapter))
    for line in lines:
        heading, fence = re.match(r"(#{1,6}) +(.+)", line), FENCE.match(line)
        if heading:
            close()
            words = _neutral(heading[2], structural, exempt)
            if words or not found:
                found.append(Section(len(heading[1]), moved_years(words, old, years)))
        elif fence and fence[1].startswith("`"):
            close()
            inside = []
            for inner in lines:
                if inner.rstrip() == fence[1]:
                    break
                inside.append(inner)
            if fence[2] == CODE_CELL and found:
                found[-1].cells.append("\n".join(inside))
        elif line.strip() and not fence and not line.startswith(("%", "(")):
            block.append(line)
        else:
            close()
    close()
    return found


def _body(chapter: ChapterFile) -> list[str]:
    """The lines of a page after its front matter."""
    lines = chapter.text.split("\n")
    end = next((n for n in range(1, len(lines)) if lines[n] == "---"), 0) if lines[0] == "---" else -1
    return lines[end + 1 :]


def _structural(root: Path) -> set[str]:
    """Headings that several pages of targets share: they say what stands below, not what was found."""
    pages = (root / "book" / "muc-tieu").glob("*.md")
    counted = Counter(
        heading
        for path in pages
        for heading in set(re.findall(r"^##+ +(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE))
    )
    return {heading for heading, times in counted.items() if times > 1}


def _neutral(heading: str, structural: set[str], exempt: list[str]) -> str:
    """A heading without what it claims; empty where nothing is left."""
    if heading.startswith(RESULT):
        return RESULT
    if heading in structural or heading in exempt:
        return heading
    words = heading.partition(":")[0].strip()
    if ROLE.search(words) or FINDING.search(words) or claims.direction_words(words, exempt):
        return ""
    return words


def _title(package: DataPackage, page: str, old: int, new: int) -> str:
    """The title of a page that is about no target: as the source calls the parts that it retells."""
    parts = [
        row["title_vi"]
        for row in package.table("sections", old).rows
        if row["chapter"] == page and row["kind"] == "heading" and "." not in row["locator"]
    ]
    return moved_years(", ".join([*parts[:1], *map(lower_first, parts[1:])]), old, new - old)


def _rows_of(package: DataPackage, chapter: ChapterFile, targets: set[str], old: int) -> list[Row]:
    """The observations of a page: all of its targets', or else those that its prose names, in the source's order."""
    rows = package.table("observations", old).rows
    if targets:
        indicators = package.table("indicators").by_key
        own = [row for row in rows if targets & set(indicators[row["indicator"]]["targets"])]
    else:
        named = {m["indicator"] for _, name, *_ in chapter.roles() if (m := NAME.fullmatch(name))}
        own = [row for row in rows if row["indicator"] in named]
    place = {row["locator"]: n for n, row in enumerate(package.table("sections", old).rows)}
    return sorted(own, key=lambda row: place[row["source_locator"]])


def _figures(package: DataPackage, rows: list[Row], old: int, years: int) -> Iterator[tuple[str, str]]:
    """Label and name of the figure that each of these rows becomes."""
    by_indicator = drafts.by_indicator(package, old)
    for row in rows:
        alike, period = by_indicator[row["indicator"]], moved_period(row["time_period"], years)
        yield drafts.label(package, row, alike, period), drafts.name_of(row, alike, period)


def _cell(package: DataPackage, source: str, old: int, new: int) -> str | None:
    """A code cell for the new edition, without what people wrote for the old one; None for one that cannot be taken
    over."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return None
    lines = [_statement(package, statement, old, new) for statement in statements]
    return "\n".join(line for line in lines if line) if all(lines) and lines else None


def _statement(package: DataPackage, statement: ast.stmt, old: int, new: int) -> str | None:
    match statement:
        case ast.ImportFrom(module="sdgbook"):
            return ast.unparse(statement)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="edition"))):
            return f"{name} = edition({new})"
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(func=ast.Name(id="chapter"), args=[ast.Constant(value=page), *_]),
        ):
            return f"{name} = chapter({_quoted(page)}, {new})"
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) as call):
            if method == "map":
                # Where things happened is not known yet: the list of places shows what there is.
                return f"{name}.places()"
            arguments = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
            keywords = {k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)}
            if len(arguments) < len(call.args) or len(keywords) < len(call.keywords):
                return None
            if method == "chart":
                form = keywords.get("form", "change")
                arguments = [moved for a in arguments if (moved := _charted(package, a, form, old, new - old))]
                if not arguments:
                    return None
            told = [_quoted(argument) for argument in arguments]
            told += [f"{key}={_quoted(value)}" for key, value in keywords.items() if key not in WORDED]
            return f"{name}.{method}({', '.join(told)})"
    return None


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _charted(package: DataPackage, name: str, form: str, old: int, years: int) -> str | None:
    """The name of figures that a chart draws, for the new edition; None for a figure that is not printed.

    A line over time goes through all editions; what is set side by side is of one period.
    """
    match = NAME.fullmatch(name)
    rows = [row for row in package.table("observations", old).rows if match and row["indicator"] == match["indicator"]]
    if not match or not rows:
        return None
    periods = {row["time_period"] for row in rows if match["breakdown"] in (None, row["breakdown"])}
    if match["period"] or form == "change" or len(periods) != 1:
        return moved_name(name, years)
    return with_period(name, moved_period(periods.pop(), years))
