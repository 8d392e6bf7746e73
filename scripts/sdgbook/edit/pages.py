"""Checks of a page by itself: front matter, headings, images, letters, directives, and what its code cells may do."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from sdgbook.data import Problem
from sdgbook.data.problems import did_you_mean
from sdgbook.data.text import HTML, markup, odd_character, old_font
from sdgbook.edit.constructs import DIRECTIVES, read_constructs
from sdgbook.edit.files import address_problem
from sdgbook.edit.markdown import CODE_CELL, FREE, ChapterFile
from sdgbook.edit.prose import blank
from sdgbook.report.failures import failure
from sdgbook.report.inline import ROLES

# What the front matter of a page may say.
KEYS = ("jupytext", "kernelspec", "edition", "targets", "description", "claims", "draft", "replaces")
DIRECTIVE = re.compile(r"^(?:`{3,}|:{3,})\s*\{([\w:-]+)\}")
# What Jupytext and myst-nb read there: a kernel and a form that all pages share.
READ_BY_OTHERS = {
    "jupytext": {
        "text_representation": {
            "extension": ".md",
            "format_name": "myst",
            "format_version": (str, int, float),
            "jupytext_version": str,
        }
    },
    "kernelspec": {"name": "python3", "display_name": str, "language": "python"},
}
LONGEST_DESCRIPTION = 400
IMAGE = re.compile(r"!\[([^\]\n]*)\]\(([^)\s]*)[^)\n]*\)")
HEADING = re.compile(r"^(#{1,6})\s+(.*\S)")
# What cells may import, and from where.
FROM, NAMES = "sdgbook", ("chapter", "edition", "fact", "facts")


def check_pages(root: Path, chapters: list[ChapterFile]) -> list[Problem]:
    """Problems of pages that need no data to be seen."""
    problems = []
    for chapter in chapters:
        if not chapter.text:
            continue
        parts = (_front_matter, _headings, _images, _letters, _directives, _roles)
        own = [problem for part in parts for problem in part(root, chapter)]
        # What the parser sees is told where nothing has been told of that line yet.
        told = {(problem.line, problem.kind) for problem in own}
        own += [problem for problem in _constructs(root, chapter) if (problem.line, problem.kind) not in told]
        problems += own
    return problems + [problem for chapter in chapters for problem in check_cells(chapter)]


def _front_matter(root: Path, chapter: ChapterFile) -> Iterator[Problem]:
    if chapter.problems:
        return
    lines = chapter.text.split("\n")

    def line_of(key: str) -> int:
        return next((n for n, line in enumerate(lines, 1) if line.startswith(f"{key}:")), 1)

    if not isinstance(chapter.front, dict):
        yield Problem(
            chapter.file,
            2,
            None,
            "Phần đầu trang không phải là các dòng “tên: giá trị”.",
            "Trả phần giữa hai dòng --- về như cũ.",
            kind="front-matter",
        )
        return
    for key in chapter.front:
        if key not in KEYS:
            told = f"Phần đầu trang có dòng “{key}” mà không ai dùng."
            near = did_you_mean(str(key), KEYS)
            yield Problem(chapter.file, line_of(str(key)), None, told, f"{near} Hoặc bỏ dòng này.", kind="front-matter")
    yield from _read_by_others(chapter, line_of)
    if chapter.cells and "kernelspec" not in chapter.front:
        told = "Trang có ô mã mà phần đầu trang thiếu kernelspec, nên ô mã không chạy."
        yield Problem(chapter.file, 1, None, told, "Chép các dòng kernelspec từ một trang khác.", kind="front-matter")
    description = chapter.front.get("description")
    if not isinstance(description, str) or not description.strip():
        told = "Trang chưa có lời giới thiệu ở phần đầu."
        remedy = "Thêm dòng description: một hai câu nói trang này cho biết gì."
        yield Problem(chapter.file, 1, None, told, remedy, kind="front-matter")
    elif len(description) > LONGEST_DESCRIPTION:
        told = f"Lời giới thiệu dài {len(description)} chữ, nhiều nhất là {LONGEST_DESCRIPTION}."
        yield Problem(chapter.file, line_of("description"), None, told, "Rút còn một hai câu.", kind="length")
    targets = chapter.front.get("targets", [])
    if not isinstance(targets, list) or not all(isinstance(target, str) for target in targets):
        told = f"Dòng targets không phải là danh sách mã mục tiêu: {targets}."
        remedy = 'Mỗi mã trong nháy kép: targets: ["1.1", "1.2"].'
        yield Problem(chapter.file, line_of("targets"), None, told, remedy, kind="front-matter")


def _read_by_others(chapter: ChapterFile, line_of: Callable[[str], int]) -> Iterator[Problem]:
    """What Jupyter's own tools take from the front matter is what all pages have; no other text has markup."""
    for key, right in READ_BY_OTHERS.items():
        if key in chapter.front and not _is_like(chapter.front[key], right):
            told = f"Phần {key} ở đầu trang khác với các trang của sách."
            yield Problem(
                chapter.file, line_of(key), None, told, f"Chép các dòng {key} từ một trang khác.", kind="front-matter"
            )
    for key, value in chapter.front.items():
        for words in _texts(value):
            if fault := odd_character(words) or (HTML.search(blank(words)) and markup(HTML.search(blank(words))[0])):
                yield Problem(chapter.file, line_of(str(key)), None, fault.message, fault.remedy, kind=fault.kind)
                break


def _is_like(value: Any, right: Any) -> bool:
    """Whether `value` has no other parts than `right`, which names types where any value will do."""
    if isinstance(right, dict):
        return isinstance(value, dict) and all(k in right and _is_like(v, right[k]) for k, v in value.items())
    return isinstance(value, right) if isinstance(right, type | tuple) else value == right


def _texts(value: Any) -> Iterator[str]:
    """All texts in what YAML gives."""
    if isinstance(value, dict):
        for pair in value.items():
            yield from _texts(pair)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _headings(root: Path, chapter: ChapterFile) -> Iterator[Problem]:
    """A page has one title, at its head, and no heading skips a level."""
    found = [
        (n, len(match[1]), match[2])
        for n, line in enumerate(chapter.prose.split("\n"), 1)
        if (match := HEADING.match(line))
    ]
    titles = [n for n, level, _ in found if level == 1]
    if not chapter.prose.strip():
        return
    if not titles:
        told = "Trang không có tên: thiếu dòng bắt đầu bằng một dấu #."
        yield Problem(chapter.file, 1, None, told, "Thêm dòng: # Tên trang", kind="heading")
    for line in titles[1:]:
        told = "Trang có hai tên: dòng này cũng bắt đầu bằng một dấu #."
        yield Problem(chapter.file, line, 1, told, "Đầu đề của mục viết ##.", kind="heading")
    if titles and found[0][1] != 1:
        told = f"Đầu đề “{found[0][2]}” đứng trước tên trang."
        yield Problem(chapter.file, found[0][0], 1, told, "Đặt tên trang (#) lên đầu.", kind="heading")
    for (_, above, _), (line, level, text) in pairwise(found):
        if level > above + 1:
            told = f"Đầu đề “{text}” nhảy cấp: {'#' * level} ngay sau {'#' * above}."
            yield Problem(chapter.file, line, 1, told, f"Viết {'#' * (above + 1)} {text}", kind="heading")


def _images(root: Path, chapter: ChapterFile) -> Iterator[Problem]:
    """Images say in words what they show, and their files are there."""
    for match in IMAGE.finditer(chapter.prose):
        line, column = chapter.position(match.start())
        if not match[1].strip():
            told = f"Hình “{match[2]}” không có lời thay thế."
            remedy = f"Viết một câu trong ngoặc vuông: ![Hình cho thấy gì]({match[2]})"
            yield Problem(chapter.file, line, column, told, remedy, kind="image")


def _letters(root: Path, chapter: ChapterFile) -> Iterator[Problem]:
    """Characters that nobody sees or that look like others, text in old fonts, HTML."""
    prose = blank(chapter.prose)
    for number, (line, plain) in enumerate(zip(chapter.text.split("\n"), prose.split("\n"), strict=True), 1):
        if fault := odd_character(line.replace("\t", " ")) or old_font(plain):
            yield Problem(chapter.file, number, fault.at + 1, fault.message, fault.remedy, kind=fault.kind)
        elif match := HTML.search(plain):
            told = f"“{match[0]}” là mã HTML, trang chỉ viết bằng Markdown."
            yield Problem(chapter.file, number, match.start() + 1, told, "Bỏ nó.", kind="markup")


def _directives(root: Path, chapter: ChapterFile) -> Iterator[Problem]:
    """Directives that pages of this book have no use for: they can take in files or code from elsewhere."""
    for number, line in enumerate(chapter.text.split("\n"), 1):
        match = DIRECTIVE.match(line)
        if match and match[1] not in DIRECTIVES:
            told = f"Không có khối “{match[1]}”."
            yield Problem(
                chapter.file, number, match.start(1) + 1, told, did_you_mean(match[1], DIRECTIVES), kind="role"
            )


def _roles(root: Path, chapter: ChapterFile) -> Iterator[Problem]:
    """Roles that there are not."""
    for role, _, line, column in chapter.roles():
        if role not in ROLES:
            yield _no_role(chapter, role, line, column)


def _no_role(chapter: ChapterFile, role: str, line: int, column: int | None) -> Problem:
    told = f"Không có vai trò “{role}”."
    return Problem(chapter.file, line, column, told, did_you_mean(role, ROLES), kind="role")


def _constructs(root: Path, chapter: ChapterFile) -> Iterator[Problem]:
    """What the parser of pages makes of the text, where that is more than the other checks have understood."""
    if chapter.problems:
        return
    read = read_constructs(chapter.text)
    for found in read.found:
        yield Problem(chapter.file, found.line, found.column, found.message, found.remedy, kind=found.kind)
    for line, role in read.roles:
        if role not in ROLES:
            yield _no_role(chapter, role, line, None)
    for line, address, image in read.targets:
        if fault := address_problem(root, root / chapter.file, address, image=image):
            yield Problem(chapter.file, line, None, *fault, kind="link")
    ours, theirs = [(cell.line - 1, cell.source) for cell in chapter.cells], [tuple(cell) for cell in read.cells]
    apart = [cell for cell in (*theirs, *ours) if (cell in theirs) != (cell in ours)]
    if apart:
        told = "Ô mã này không đứng riêng, sát lề trái, giữa hai dòng ba dấu nháy ngược."
        yield Problem(chapter.file, apart[0][0], None, told, f"Mở bằng ```{CODE_CELL}, đóng bằng ```.", kind="cell")
    if (read.front or "") != _front_text(chapter):
        told = "Phần đầu trang không đóng bằng một dòng chỉ có ---."
        yield Problem(chapter.file, 1, None, told, "Trả phần giữa hai dòng --- về như cũ.", kind="front-matter")


def _front_text(chapter: ChapterFile) -> str:
    """The text of the front matter as `read_chapter` takes it."""
    lines = chapter.text.split("\n")
    if lines[0] != "---":
        return ""
    return "\n".join(lines[1 : lines.index("---", 1)])


def check_cells(chapter: ChapterFile) -> Iterator[Problem]:
    """What code cells of a page do besides what chapters need: import from `sdgbook`, name a chapter or an edition, and
    call that with plain values. What is no Python is none of that either: IPython would take it for a command."""
    yield from check_sources(chapter.file, [(cell.source, cell.line) for cell in chapter.cells])


def check_sources(file: str, cells: list[tuple[str, int]]) -> Iterator[Problem]:
    """The same for the cells of a page by source and first line; the first mistake of each cell."""
    if os.environ.get(FREE) == "any":
        return
    named: set[str] = set()
    for source, first in cells:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line, column, told, remedy, kind = failure(error, source, "<unknown>")
            yield Problem(file, first + max(line, 1) - 1, column, told, remedy, kind=kind)
            continue
        for statement in tree.body:
            if not _allowed(statement, named):
                shown = (ast.get_source_segment(source, statement) or "").split("\n")[0][:60]
                told = f"Ô mã có lệnh không được dùng trong trang: “{shown}”."
                remedy = f"Mỗi lệnh là một lời gọi ngắn, như muc_tieu.table(), trong ô mở bằng ```{CODE_CELL}."
                line, column = first + statement.lineno - 1, statement.col_offset + 1
                yield Problem(file, line, column, told, remedy, kind="cell-words")
                break


def _allowed(statement: ast.stmt, named: set[str]) -> bool:
    """Whether a statement is one that pages need; `named` are the chapters and editions that the page has named."""
    match statement:
        case ast.ImportFrom(module=module, names=names, level=0) if module == FROM:
            return all(name.name in NAMES and name.asname is None for name in names)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=called)) as call):
            if called in NAMES and name not in NAMES and not name.startswith("_") and _plain_call(call):
                named.add(name)
                return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) as call):
            # Of other names Python and IPython have some with which anything can be done.
            return name in named and not attr.startswith("_") and _plain_call(call)
        case ast.Expr(value=ast.Call(func=ast.Name(id=called)) as call):
            return called in NAMES and _plain_call(call)
    return False


def _plain_call(call: ast.Call) -> bool:
    """Whether all arguments are plain values."""
    return all(keyword.arg for keyword in call.keywords) and all(
        _plain(value) for value in [*call.args, *(keyword.value for keyword in call.keywords)]
    )


def _plain(value: ast.expr) -> bool:
    match value:
        case ast.Constant():
            return True
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return all(map(_plain, items))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            return True
    return False
