"""Checks of a page by itself: front matter, headings, images, letters, directives, and what its code cells may do."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from sdgbook.data import Problem
from sdgbook.data.problems import did_you_mean
from sdgbook.data.text import HTML, odd_character, old_font
from sdgbook.edit.markdown import CODE_CELL, Cell, ChapterFile
from sdgbook.edit.prose import blank

# What the front matter of a page may say.
KEYS = ("jupytext", "kernelspec", "edition", "targets", "description", "claims", "draft", "replaces")
DIRECTIVES = {"code-cell", "page-index", "frozen-editions", "whole-report", "design-tokens", "note", "tip", "warning"}
DIRECTIVES |= {"access-results", "contact"}
DIRECTIVE = re.compile(r"^(?:`{3,}|:{3,})\s*\{([\w:-]+)\}")
LONGEST_DESCRIPTION = 400
IMAGE = re.compile(r"!\[([^\]\n]*)\]\(([^)\s]*)[^)\n]*\)")
HEADING = re.compile(r"^(#{1,6})\s+(.*\S)")
# What cells may import, and from where.
FROM, NAMES = "sdgbook", ("chapter", "edition", "fact", "facts")
# Developers' tests run other cells than chapters have; set by no file of the project, so that no change can set it.
FREE = "SDGBOOK_CELLS"


def check_pages(root: Path, chapters: list[ChapterFile]) -> list[Problem]:
    """Problems of pages that need no data to be seen."""
    return [
        problem
        for chapter in chapters
        if chapter.text
        for part in (_front_matter, _headings, _images, _letters, _directives)
        for problem in part(root, chapter)
    ] + [problem for chapter in chapters for cell in chapter.cells for problem in check_cell(chapter.file, cell)]


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
        if re.match(r"[a-z]+:", match[2]):
            told = f"Hình “{match[2]}” ở máy chủ khác."
            yield Problem(chapter.file, line, column, told, "Đưa tệp hình vào thư mục book/.", kind="link")


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


def check_cell(file: str, cell: Cell) -> Iterator[Problem]:
    """What a code cell does besides what chapters need: import from `sdgbook`, name a chapter or an edition, and call
    that with plain values. What is no Python at all is told where it is run."""
    if os.environ.get(FREE) == "any":
        return
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return
    for statement in tree.body:
        if not _allowed(statement):
            source = (ast.get_source_segment(cell.source, statement) or "").split("\n")[0][:60]
            told = f"Ô mã có lệnh không được dùng trong trang: “{source}”."
            remedy = f"Mỗi lệnh là một lời gọi ngắn, như muc_tieu.table(), trong ô mở bằng ```{CODE_CELL}."
            line, column = cell.line + statement.lineno - 1, statement.col_offset + 1
            yield Problem(file, line, column, told, remedy, kind="cell-words")
            return


def _allowed(statement: ast.stmt) -> bool:
    match statement:
        case ast.ImportFrom(module="sdgbook", names=names, level=0):
            return all(name.name in NAMES and name.asname is None for name in names)
        case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Name(id=called)) as call):
            return called in NAMES and _plain_call(call)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(), attr=attr)) as call):
            return not attr.startswith("_") and _plain_call(call)
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
