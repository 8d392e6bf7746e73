"""What a page is made of, to the parser that builds it: anything that pages of this book do not use is refused.

Other checks look for what they know, line by line. This one takes the very words that Sphinx gets from MyST's parser,
so nothing can look like one thing to the check and be another in the site: not by indentation, tildes, quotation,
entities, unclosed tags, or backticks that pair otherwise.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sdgbook import store
from sdgbook.data.problems import did_you_mean

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

CODE_CELL = "code-cell"
# Blocks whose text is text of the page.
ADMONITIONS = {"note", "tip", "warning"}
# Blocks of a page that stand for something else, with nothing in them but names of pages.
OWN = {"page-index", "frozen-editions", "whole-report", "design-tokens", "access-results", "contact"}
OPTIONS = re.compile(r"(:[a-z]+: [A-Za-z0-9/ .-]+\n*)*")
DIRECTIVES = {CODE_CELL, *ADMONITIONS, *OWN}
# What Markdown may be in a page; a name stands for what opens and closes too.
# Three hyphens are none: at the beginning of a part of a page they open another front matter.
PLAIN = {
    *("text", "text_special", "softbreak", "hardbreak", "inline", "paragraph", "heading", "strong", "em"),
    *("list_item", "bullet_list", "ordered_list", "blockquote", "code_inline", "code_block", "link", "image"),
    *("table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "front_matter", "footnote_reference"),
    *("footnote_ref", "footnote_anchor", "myst_role", "myst_target", "myst_line_comment", "fence", "colon_fence"),
}
# Blocks within blocks, beyond which nobody writes a page.
DEEPEST = 20


class Found(NamedTuple):
    """What a page may not hold: line and column (from 1), what is wrong, what to do, of which kind."""

    line: int
    column: int | None
    message: str
    remedy: str
    kind: str


class Target(NamedTuple):
    """Where a link or an image leads: the line that it stands in, the address as written, whether it is an image."""

    line: int
    address: str
    image: bool


class Named(NamedTuple):
    """A role by its name, or a code cell by its source: with the line that it begins on."""

    line: int
    text: str


class Constructs(NamedTuple):
    """A page as its parser reads it: what it may not hold, links and images, roles, code cells, and the text of its
    front matter (None where there is none)."""

    found: list[Found]
    targets: list[Target]
    roles: list[Named]
    cells: list[Named]
    front: str | None


def read_constructs(text: str) -> Constructs:
    """What the parser makes of a page's text, lines ended by LF; kept by the text."""
    key = store.key_of(_code(), text)
    kept = json.loads(store.current().made("constructs", key, lambda: json.dumps(_read(text)).encode()))
    kinds = (Found, Target, Named, Named)
    parts = [[kind(*one) for one in part] for kind, part in zip(kinds, kept, strict=False)]
    return Constructs(*parts, kept[4])


@cache
def _code() -> str:
    from importlib.metadata import version

    names = ("markdown-it-py", "mdit-py-plugins")
    return store.key_of(inspect.getsource(sys.modules[__name__]), *map(version, names))


@cache
def parser() -> MarkdownIt:
    """The parser of MyST with the settings of this book. Without HTML: that is found as text that looks like it."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.colon_fence import colon_fence_plugin
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.front_matter import front_matter_plugin
    from mdit_py_plugins.myst_blocks import myst_block_plugin
    from mdit_py_plugins.myst_role import myst_role_plugin

    plugins = (front_matter_plugin, myst_block_plugin, myst_role_plugin, footnote_plugin)
    made = MarkdownIt("commonmark").enable("table")
    for plugin in plugins:
        made.use(plugin)
    made.disable("footnote_inline").disable("footnote_tail")
    return made.use(colon_fence_plugin).use(deflist_plugin)


def _read(text: str) -> Constructs:
    told = Constructs([], [], [], [], None)
    lines = text.split("\n")
    tokens = parser().parse(text)
    front = tokens[0].content if tokens and tokens[0].type == "front_matter" else None
    for token in tokens:
        _block(told, lines, token, 0, 0)
    return told._replace(front=front)


def _block(told: Constructs, lines: list[str], token: Token, above: int, depth: int) -> None:
    """Note what a block is; `above` is the number of lines before the text it was read from."""
    line = above + (token.map[0] if token.map else 0)
    name = token.type.removesuffix("_open").removesuffix("_close").removesuffix("_block")
    if token.type in ("html_block", "html_inline"):
        _html(told, lines, line, token.content)
    elif token.type == "code_block":
        pass
    elif name not in PLAIN:
        shown = lines[line][:40] if line < len(lines) else ""
        told.found.append(Found(line + 1, 1, f"Trang không dùng “{shown}”.", "Viết bằng câu chữ thường.", "markup"))
    elif token.type in ("fence", "colon_fence"):
        _fence(told, lines, token, line, depth)
    elif token.type == "inline":
        _inline(told, lines, token.children or [], line)


def _html(told: Constructs, lines: list[str], line: int, content: str) -> None:
    shown = content.strip().split("\n")[0][:60]
    column = lines[line].find(shown) + 1 if line < len(lines) else 0
    message = f"“{shown}” là mã HTML, trang chỉ viết bằng Markdown."
    told.found.append(Found(line + 1, column or None, message, "Bỏ nó.", "markup"))


def _fence(told: Constructs, lines: list[str], token: Token, line: int, depth: int) -> None:
    """A block between fences: code to show, or a directive."""
    from markdown_it.common.utils import unescapeAll

    # As MyST does: entities and backslashes do not hide a name.
    name, _, rest = unescapeAll(token.info).strip().partition(" ")
    name = name.split()[0] if name.split() else ""
    if not name.startswith("{"):
        return
    directive = name.removeprefix("{").partition("}")[0]
    column = lines[line].find(directive) + 1 if line < len(lines) else 0

    def tell(message: str, remedy: str, kind: str) -> None:
        told.found.append(Found(line + 1, column or None, message, remedy, kind))

    if directive not in DIRECTIVES or name != f"{{{directive}}}":
        tell(f"Không có khối “{directive}”.", did_you_mean(directive, DIRECTIVES), "role")
        return
    if token.markup.startswith("~"):
        tell("Khối này mở bằng dấu ~.", "Mở và đóng bằng ba dấu ` hay ba dấu :.", "role")
        return
    begins = token.content.lstrip()
    wrong = not OPTIONS.fullmatch(begins) if directive in OWN else begins.startswith((":", "---"))
    if rest.strip() or wrong:
        shown = rest.strip() or token.content.strip().split("\n")[0]
        tell(f"Khối “{directive}” không nhận “{shown[:40]}”.", "Bỏ phần ấy.", "role")
    elif directive == CODE_CELL:
        if depth or token.level or token.type != "fence":
            tell("Ô mã nằm trong một khối khác nên không chạy.", "Đưa ô mã ra ngoài, sát lề trái.", "cell")
        told.cells.append(Named(line + 1, token.content.removesuffix("\n")))
    elif depth >= DEEPEST:
        tell("Các khối lồng nhau quá nhiều.", "Viết thành các đoạn liền nhau.", "role")
    elif directive in ADMONITIONS:
        for inner in parser().parse(token.content):
            _block(told, lines, inner, line + 1, depth + 1)


def _inline(told: Constructs, lines: list[str], tokens: list[Token], line: int) -> None:
    """What stands within a paragraph; `line` is the one that it begins on."""
    for token, at in _placed(tokens, line):
        if token.type == "html_inline":
            _html(told, lines, at, token.content)
        elif token.type == "myst_role":
            told.roles.append(Named(at + 1, str(token.meta["name"])))
        elif token.type in ("link_open", "image"):
            address = token.attrGet("href") or token.attrGet("src") or ""
            told.targets.append(Target(at + 1, str(address), token.type == "image"))
            if token.children:
                _inline(told, lines, token.children, at)
        elif token.type.removesuffix("_open").removesuffix("_close") not in PLAIN:
            message = f"Trang không dùng “{token.type}”."
            told.found.append(Found(at + 1, None, message, "Viết bằng câu chữ thường.", "markup"))


def _placed(tokens: list[Token], line: int) -> Iterator[tuple[Any, int]]:
    """Each piece with the line (from 0) that it begins on."""
    for token in tokens:
        yield token, line
        line += token.type in ("softbreak", "hardbreak") or token.content.count("\n")
