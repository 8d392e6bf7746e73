"""What somebody may send who means harm: pages, tables, settings, names of files, pictures, workbooks and code. It is
refused with its place, or is text and nothing else; code that is run all the same reaches nothing."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import yaml
from docutils import nodes
from docutils.core import publish_doctree
from helpers import ROOT, Project, digests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.docutils_ import Parser
from myst_parser.parsers.mdit import create_md_parser
from serving import serving

from sdgbook.building import confined
from sdgbook.data import read_package
from sdgbook.data.cells import check_cell
from sdgbook.data.problems import ProblemsFound
from sdgbook.data.tables import check_descriptor, check_tables
from sdgbook.edit.check import check_contents
from sdgbook.edit.constructs import parser
from sdgbook.edit.files import check_files
from sdgbook.edit.markdown import read_chapter
from sdgbook.edit.pages import check_sources
from sdgbook.edit.settings import check_settings
from sdgbook.edit.sheet.reading import read_book
from sdgbook.edit.sheet.reading.grid import Is

VIETNAMESE = re.compile("[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.I)
PAGE = "book/muc-tieu/4-4.md"
SECRET = "bi-mat-khong-duoc-lo"

# Pages: what is added at the end of one, and the line of it (from 1) that is told.

PAGES: dict[str, str | tuple[str, int]] = {
    # HTML
    "a script": "<script>dau()</script>",
    "a script over lines": "<script\n>dau()</script\n>",
    "a tag over lines": "Một <a\nonclick=dau()>câu</a>.",
    "a tag that is never closed": "<img src=x onerror=dau()",
    "a block whose tag is never closed": "<div onclick=dau()\n\nMột câu.",
    "a picture with a handler": "Một <img src=x onerror=dau()> câu.",
    "a drawing with a handler": "<svg onload=dau()></svg>",
    "a drawing with a foreign part": "<svg><foreignObject><body onload=dau()></foreignObject></svg>",
    "a style": "<style>body{background:url(//example.org)}</style>",
    "an iframe": '<iframe srcdoc="<script>dau()</script>"></iframe>',
    "a form": "<form action=//example.org><button>Gửi</button></form>",
    "a base": "<base href=//example.org>",
    "a refresh": '<meta http-equiv="refresh" content="0;url=//example.org">',
    "a comment": "<!-- <script>dau()</script> -->",
    "a comment that stays open": "<!-- đến hết trang",
    "a processing instruction": "<?php dau() ?>",
    "character data": "<![CDATA[<script>dau()</script>]]>",
    "a declaration": "<!DOCTYPE html>",
    "a closing tag": "Một câu.</main>",
    "a tag in a table": "| A | B |\n| --- | --- |\n| <b onclick=dau()>x</b> | y |",
    "a tag in a heading": "## Mục <img src=x onerror=dau()>",
    "a tag in a list": "- Một\n  <img src=x onerror=dau()>",
    "a tag in a quotation": "> <img src=x onerror=dau()>",
    "a tag in a note": ":::{note}\n<img src=x onerror=dau()>\n:::",
    "a tag in a definition": "Từ\n: <img src=x onerror=dau()>",
    "a tag in a footnote": "Một câu.[^a]\n\n[^a]: <img src=x onerror=dau()>",
    "a tag in a picture's words": "![<img src=x onerror=dau()>](../dong-gop/hinh/khung-nguon.png)",
    "a tag between backticks that pair otherwise": "`` ` `` <img src=x onerror=dau()> `x",
    "a tag after a backslash and a backtick": "\\`<img src=x onerror=dau()>`",
    "an entity": "Một&#60;script&#62; câu.",
    # Directives
    "raw": "```{raw} html\n<script>dau()</script>\n```",
    "raw in colons": ":::{raw} html\nx\n:::",
    "raw after spaces": "   ```{raw} html\nx\n   ```",
    "raw between tildes": "~~~{raw} html\nx\n~~~",
    "raw in a list": "- Một\n\n  ```{raw} html\n  x\n  ```",
    "raw in a quotation": "> ```{raw} html\n> x\n> ```",
    "raw in a note": "::::{note}\n:::{raw} html\nx\n:::\n::::",
    "raw in a note in a note": ":::::{note}\n::::{tip}\n~~~{raw} html\nx\n~~~\n::::\n:::::",
    "raw behind entities": "```&#123;raw&#125; html\nx\n```",
    "raw in capitals": "```{RAW} html\nx\n```",
    "reStructuredText": "```{eval-rst}\n.. raw:: html\n\n   x\n```",
    "a file taken in": "```{include} ../../LICENSE\n```",
    "a file taken in by a note's option": ":::{note}\n:class: x\nMột câu.\n:::",
    "a note's option as YAML": "```{note}\n---\nclass: x\n---\nMột câu.\n```",
    "a tag behind a note's option": ":::{note}\n:class: `\n<img src=x onerror=dau()>`\n:::",
    "a file shown": "```{literalinclude} ../../Makefile\n```",
    "a figure": "```{figure} ../../../etc/passwd\n```",
    "a picture by directive": "```{image} https://example.org/x.png\n```",
    "a table from a file": "```{csv-table}\n:file: /etc/passwd\n```",
    "mathematics": "```{math}\nx\n```",
    "a list of contents": "```{toctree}\n../../secret\n```",
    "a raw cell": "```{raw-cell}\n<script>dau()</script>\n```",
    "cells in a row": '+++ {"mystnb": {"x": "y"}}',
    "a second front matter": "Một câu.\n\n---\n\nHai câu.",
    # Roles
    "a raw role": "Một {raw-html}`<script>` câu.",
    "a role of Sphinx": "Một {download}`../../Makefile` câu.",
    "a role in capitals": "Một {RAW}`x` câu.",
    "a role of a domain": "Một {py:func}`os.system` câu.",
    "evaluation": "Một {eval}`dau` câu.",
    # Links
    "javascript": "[bấm](javascript:dau())",
    "javascript in capitals": "[bấm](JaVaScRiPt:dau())",
    "javascript behind an entity": "[bấm](javascript&colon;dau())",
    "javascript with a tab": "[bấm](<java\tscript:dau()>)",
    "javascript behind signs": "[bấm](%6Aavascript:dau())",
    "a script by vbscript": "[bấm](vbscript:dau())",
    "data": "[bấm](data:text/html;base64,PHNjcmlwdD4=)",
    "a picture as data": "![hình](data:image/png;base64,iVBORw0KGgo=)",
    "a file of this machine": "[bấm](file:///etc/passwd)",
    "an address without its scheme": "[bấm](//example.org/x)",
    "another host's picture": "![hình](https://example.org/a.png)",
    "a page that is none": "[bấm](../../Makefile)",
    "a file above the book": "![hình](../../docs/home.png)",
    "a file of the system": "[bấm](../../../../../../../../../etc/passwd)",
    "a file by its whole path": "[bấm](/etc/passwd)",
    "a reference to a file": "[bấm][a]\n\n[a]: ../../Makefile",
    "a path of MyST": "<path:../../Makefile>",
    "an inventory of MyST": "[bấm](inv:x#y)",
    "a link by its title": '[bấm](../../Makefile "tên")',
    "a link between angles": "[bấm](<../../Makefile>)",
    "a name before the host": "[bấm](https://caobang.gov.vn@example.org/)",
    "a host in foreign letters": "[bấm](https://xn--80ak6aa92e.com/)",
    "a host with a letter that looks like another": "[bấm](https://cаobang.gov.vn/)",
    # Letters
    "a turned direction": "Một \u202ecâu\u202c.",
    "an isolated direction": "Một \u2066câu\u2069.",
    "a hidden space": "Một\u200bcâu.",
    "tags of another plane": "Một câu\U000e0041\U000e0042.",
    "a line end that hides a fence": "Một câu.\u2028```{raw} html",
    "a next-line sign": "Một câu.\x85```{raw} html",
    "a form feed": "Một câu.\x0c```{raw} html",
    "Cyrillic letters": "Cао Bằng.",
    "phonetic letters": "Cɑo Bằng.",
    "letters of formulas": "𝐂𝐚𝐨 Bằng.",
    "a letter without its dot": "Cao Bằng mớı.",
    "letters of Armenia": "Ցao Bằng.",
    "marks piled up": "Mo\u0336\u0337\u0338t câu.",
    # Code cells
    "a command of the shell": ("```{code-cell}\n!env\n```", 2),
    "a magic word": ("```{code-cell}\n%run ../../x.py\n```", 2),
    "a magic cell": ("```{code-cell}\n%%bash\nenv\n```", 2),
    "a cell loaded from a file": ("```{code-cell}\n:load: ../../scripts/bootstrap.py\n```", 2),
    "a cell loaded from a file, as YAML": ("```{code-cell}\n---\nload: ../../x.py\n---\n```", 2),
    "built-in functions": ('```{code-cell}\n__builtins__.exec("dau()")\n```', 2),
    "built-in functions by their older name": ('```{code-cell}\n__builtin__.open("/etc/passwd")\n```', 2),
    "what nobody has named": ('```{code-cell}\nIn.append("x")\n```', 2),
    "a name for something else": ('```{code-cell}\nchapter = fact("x")\n```', 2),
    "an import": ("```{code-cell}\nimport os\n```", 2),
    "an import of everything": ("```{code-cell}\nfrom sdgbook import *\n```", 2),
    "an import from within": ("```{code-cell}\nfrom sdgbook.commits import git\n```", 2),
    "an import under another name": ("```{code-cell}\nfrom sdgbook import chapter as a\n```", 2),
    "a call in a call": ("```{code-cell}\nmuc_tieu.table(open('/etc/passwd'))\n```", 2),
    "a call of a call": ("```{code-cell}\nmuc_tieu.table().x()\n```", 2),
    "arguments from a name": ("```{code-cell}\nmuc_tieu.table(*In)\n```", 2),
    "a text put together": ("```{code-cell}\nmuc_tieu.table(f'{open}')\n```", 2),
    "a decorator": ("```{code-cell}\n@print\ndef f(): pass\n```", 3),
    "a hidden attribute": ("```{code-cell}\nmuc_tieu._repr_mimebundle_()\n```", 2),
    "a loop": ("```{code-cell}\nwhile True: pass\n```", 2),
    "a walrus": ("```{code-cell}\n(a := muc_tieu)\n```", 2),
    "a cell between tildes": "~~~{code-cell}\nimport os\n~~~",
    "a cell after a space": "``` {code-cell} python\nmuc_tieu.table()\n```",
    "a cell with a longer fence inside": ("````{code-cell}\n```\nimport os\n```\n````", 2),
    "a cell in a list": "- Một\n\n  ```{code-cell}\n  muc_tieu.table()\n  ```",
    "a cell with tags": ("```{code-cell}\n:tags: [skip-execution]\nmuc_tieu.table()\n```", 2),
}
# Lines at the beginning of a page.
FRONT = {
    "MyST's own settings": "myst:\n  enable_extensions: [html_image]",
    "markup for the head": "myst:\n  html_meta:\n    x: y",
    "substitutions": "substitutions:\n  a: '{{ env }}'",
    "settings of cells": "mystnb:\n  execution_allow_errors: true",
    "another kernel": "kernelspec:\n  name: bash",
    "a kernel by its command": "kernelspec:\n  name: python3\n  argv: [sh]",
    "another form of Jupytext": "jupytext:\n  formats: py",
    "a Python object": "draft: !!python/object/apply:os.system [env]",
    "a Python name": "draft: !!python/name:os.system",
    "a text that grows": "draft: [&a [x, x], *a, *a]",
    "markup in a claim": "claims:\n  <img src=x onerror=dau()>: a > b",
    "a turned direction": "replaces: 'a\u202eb'",
}

# Text of tables. What may stand in no column at all:
MARKUP = [
    "<script>dau()</script>",
    "<img src=x onerror=dau()>",
    "<img src=x onerror=dau()",
    '"><svg onload=dau()>',
    "</title><script>dau()</script>",
    "</script><script>dau()</script>",
    "<!--",
    "]]><script>dau()</script>",
    "<?xml version='x'?>",
    "&lt;script&gt;",
    "&#106;avascript:dau()",
    "[bấm](javascript:dau())",
    "![x](//example.org)",
    "**đậm**",
    '=HYPERLINK("//example.org")',
    "=cmd|' /C calc'!A",
    "@SUM(A)",
    "+cmd|' /C calc'!A",
    "-cmd|' /C calc'!A",
    "-2+3+cmd|' /C calc'!A",
    " =cmd|' /C calc'!A",
    "- cmd|' /C calc'!A",
    "Một \u202ecâu",
    "Một \u2066câu",
    "Một\u200bcâu",
    "Một\u2028câu",
    "Cао Bằng",
    "Ｃao Bằng",
    "𝐂ao Bằng",
    "Mo\u0336\u0337t",
    "Một\x00câu",
    "Một\ncâu",
    "\tMột câu=a" + "\x0c",
]
# What is words to a check and something else to whoever forgets to escape it.
WORDS = [
    '" onmouseover=dau() autofocus onfocus=dau() x="',
    "' onmouseover=dau() autofocus onfocus=dau() x='",
    "javascript:dau()",
    "{{ dau() }}",
    "{% dau %}",
    "${dau()}",
    "');dau();//",
    "\\u003cscript\\u003edau()",
    "*/ dau() /*",
    "`dau()`",
    "]]> dau()",
    "\\ ' \" dau()",
]


@dataclass(frozen=True)
class Sent:
    """A change to the project: its name, what is done, the file that is told, and words of the message."""

    name: str
    harm: Callable[[Project], object]
    file: str
    words: str = ""


SENT: list[Sent] = []


def sent(name: str, file: str, words: str = "") -> Callable[[Callable[[Project], object]], None]:
    return lambda harm: SENT.append(Sent(name, harm, file, words))


def picture(width: int, height: int, after: bytes = b"") -> bytes:
    """A PNG that says it is so large, without the points."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"") + after
    )


# Names that a file of the book may not have.
NAMES = [
    "<img src=x onerror=dau()>.md",
    '"onload="dau().md',
    "a\nb.md",
    "a\u202egnp.md",
    "a\u200b.md",
    "cао.md",
    "a b.md",
    "CON.md",
    "aux.png",
    "-rf.md",
    "a" * 120 + ".md",
    "..md",
    ".an.md",
    "$(env).md",
    "a;env.md",
    "a|b.md",
    "a%2e%2e.md",
]
for name in NAMES:
    sent(f"a page called {name!r:.40}", "book/")(lambda p, name=name: p.write(f"book/{name}", "# A\n"))
    sent(f"a file of data called {name!r:.40}", "data/")(
        lambda p, name=name: p.write(f"data/reference/{name.removesuffix('.md')}.csv", "a\n")
    ) if not name.startswith(".") else None
    sent(f"a folder called {name!r:.40}", "book/")(
        lambda p, name=name: (p.root / "book" / name).mkdir() or p.write(f"book/{name}/a.md", "# A\n")
    )
for name, content in {
    "hinh.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='dau()'/>",
    "trang.html": b"<script>dau()</script>",
    "trang.rst": b".. raw:: html",
    "trang.ipynb": b"{}",
    "conf.py": b"import os",
    "dau.js": b"dau()",
    "dau.css": b"*{}",
    "khong-hinh.png": b"<script>dau()</script>",
    "hai-thu.png": picture(10, 10, b"PK<script>dau()</script>"),
    "rat-lon.png": picture(60_000, 60_000),
    "khong-co-gi.png": picture(0, 0),
    "hinh.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "nang.png": b"\x89PNG" + b"0" * 4_000_000,
}.items():
    sent(f"a file {name}", f"book/dong-gop/hinh/{name}")(
        lambda p, name=name, content=content: (p.root / "book/dong-gop/hinh" / name).write_bytes(content)
    )
for place, leads in {
    "book/muc-tieu/bi-mat.md": "/etc/passwd",
    "book/muc-tieu/thu-muc": "/etc",
    "book/dong-gop/hinh/bi-mat.png": "../../../../bi-mat",
    "book/muc-tieu/vong": ".",
    "data/reference/bi-mat.csv": "/etc/passwd",
}.items():
    sent(f"a link {place}", place, "liên kết")(lambda p, place=place, leads=leads: os.symlink(leads, p.root / place))
sent("a pipe", "book/muc-tieu/ong.md")(lambda p: os.mkfifo(p.root / "book/muc-tieu/ong.md"))

CONFIG, TOC = "_config.yml", "_toc.yml"
for name, (old, new) in {
    "an extension": ("sdgbook.publish]", "sdgbook.publish, os]"),
    "an extension from the tree": ("  config:\n", "  local_extensions: {x: book}\n  config:\n"),
    "more extensions": ("  config:\n", "  extra_extensions: [x]\n  config:\n"),
    "reading of HTML": ("[html_block, html_inline]", "[]"),
    "more syntax": ("[colon_fence, deflist]", "[colon_fence, deflist, html_image, substitution]"),
    "substitutions": ("    numfig: false", "    numfig: false\n    myst_substitutions: {a: b}"),
    "a way to read pages": ("    numfig: false", "    numfig: false\n    nb_custom_formats: {.md: os.system}"),
    "scripts": ("    numfig: false", "    numfig: false\n    html_js_files: [//example.org/a.js]"),
    "files of the tree": ("html_static_path: []", "html_static_path: [../../etc]"),
    "more files": ("    numfig: false", "    numfig: false\n    html_extra_path: [/etc]"),
    "templates": ("    numfig: false", "    numfig: false\n    templates_path: [x]"),
    "words before each page": ("    numfig: false", "    numfig: false\n    rst_prolog: x"),
    "another theme": ("html_theme: sdgbook", "html_theme: basic"),
    "cells that may fail": ("raise_on_error: true", "raise_on_error: false"),
    "warnings that are not told": ("suppress_warnings: []", "suppress_warnings: [myst]"),
    "an analysis by others": ("html:\n", "html:\n  google_analytics_id: UA\n"),
    "a script for an address": ('html_baseurl: ""', "html_baseurl: 'javascript:dau()//'"),
    "an address that ends its quotes": ('html_baseurl: ""', "html_baseurl: 'https://a\"onload=dau()/'"),
    "a repository by script": ('sdgbook_repository: ""', "sdgbook_repository: javascript:dau()"),
    "a repository with a tag": ('sdgbook_repository: ""', "sdgbook_repository: https://a/<script>"),
    "a branch with a tag": ("sdgbook_branch: main", "sdgbook_branch: '<b>'"),
    "an address of mail with quotes": ('sdgbook_email: ""', "sdgbook_email: 'a\"onload=dau()@a.vn'"),
    "a title with a tag": ("title: Cao", "title: <script>dau()</script> Cao"),
    "an author with a tag": ("author: Sở", "author: <img src=x onerror=dau()> Sở"),
    "a turned title": ("html_title: Cao", "html_title: \u202eCao"),
    "a Python object": ("latex:", "latex: !!python/object/apply:os.system [env]\nx:"),
}.items():
    sent(f"settings: {name}", CONFIG)(lambda p, old=old, new=new: p.write(CONFIG, swapped(p.read(CONFIG), old, new)))
for name, new in {
    "a file above": "- file: ../README",
    "a file by its whole path": "- file: /etc/passwd",
    "a file of data": "- file: ../data/reference/goals",
    "a pattern": "- glob: ../**",
    "an address": "- url: javascript:dau()",
    "a title with a tag": "- file: tom-tat\n        title: <img src=x onerror=dau()>",
    "a Python object": "- file: !!python/object/apply:os.system [env]",
    "an endless list": "- &a [*a]",
}.items():
    sent(f"contents: {name}", TOC)(lambda p, new=new: p.write(TOC, swapped(p.read(TOC), "- file: tom-tat", new)))


def swapped(text: str, old: str, new: str) -> str:
    assert old in text, old
    return text.replace(old, new, 1)


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    """Cells and settings are judged as those of the book are."""
    monkeypatch.delenv("SDGBOOK_CELLS")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A copy of the project that each test leaves as it was."""
    return Project.copy(tmp_path_factory.mktemp("hại"))


@pytest.fixture(scope="module")
def kept(shared) -> dict[str, bytes]:
    folders = ("book", "data")
    files = [p for name in folders for p in (shared.root / name).rglob("*") if p.is_file()]
    return {str(p): p.read_bytes() for p in (*files, shared.root / CONFIG, shared.root / TOC)}


def restored(project: Project, kept: dict[str, bytes]) -> None:
    for name in ("book", "data"):
        for path in sorted((project.root / name).rglob("*"), reverse=True):
            if path.is_symlink() or (str(path) not in kept and not path.is_dir()):
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()
    for file, content in kept.items():
        if Path(file).read_bytes() != content:
            Path(file).write_bytes(content)


def test_there_are_hundreds_of_cases():
    assert len(PAGES) + len(FRONT) >= 100 and len(SENT) >= 60 and len(MARKUP) >= 30
    assert len({one.name for one in SENT}) == len(SENT)


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_is_refused_at_its_place(name, shared):
    text, line = planted if isinstance(planted := PAGES[name], tuple) else (planted, None)
    before = shared.read(PAGE).rstrip("\n") + "\n\n"
    shared.write(PAGE, f"{before}{text}\n")
    try:
        chapter = read_chapter(shared.root, shared.root / PAGE)
        problems = [*check_contents(shared.root, [chapter]), *chapter.problems, *chapter.formed]
    finally:
        shutil.copy(ROOT / PAGE, shared.root / PAGE)
    first = before.count("\n") + 1
    assert problems
    for problem in problems:
        assert problem.file == PAGE and problem.remedy is not None and VIETNAMESE.search(problem.message), str(problem)
        assert problem.line is not None and first <= problem.line <= first + text.count("\n"), str(problem)
    assert line is None or first + line - 1 in {problem.line for problem in problems}


@pytest.mark.parametrize("name", FRONT)
def test_a_hostile_beginning_of_a_page_is_refused(name, shared):
    before = shared.read(PAGE)
    key = FRONT[name].partition(":")[0]
    text = re.sub(rf"(?m)^{key}:.*\n(?: .*\n)*", "", before, count=1)
    shared.write(PAGE, text.replace("---\n", f"---\n{FRONT[name]}\n", 1))
    try:
        chapter = read_chapter(shared.root, shared.root / PAGE)
        problems = [*check_contents(shared.root, [chapter]), *chapter.problems, *chapter.formed]
    finally:
        shutil.copy(ROOT / PAGE, shared.root / PAGE)
    assert problems and all(problem.file == PAGE for problem in problems)
    assert any(problem.line and problem.line < 8 for problem in problems), list(map(str, problems))


@pytest.mark.parametrize("one", SENT, ids=lambda one: one.name)
def test_a_hostile_name_file_or_setting_is_refused(one, shared, kept):
    try:
        one.harm(shared)
        problems = [*check_files(shared.root), *check_settings(shared.root)]
    finally:
        restored(shared, kept)
    own = [problem for problem in problems if problem.file.startswith(one.file)]
    assert own, list(map(str, problems))
    for problem in own:
        assert VIETNAMESE.search(problem.message) and problem.file.isprintable() and one.words in problem.message


def columns() -> Iterator[tuple[str, dict]]:
    """All columns of text of all tables."""
    descriptor = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    for resource in descriptor["resources"]:
        for field in resource["schema"]["fields"]:
            if field["type"] in ("string", "list"):
                yield resource["path"], field


@pytest.mark.parametrize("text", MARKUP, ids=ascii)
def test_no_column_of_any_table_takes_markup_formulas_or_hidden_letters(text):
    taken = [f"{file} {field['name']}" for file, field in columns() if check_cell(text, field) is None]
    assert taken == []


def test_each_is_told_where_it_stands(shared, kept):
    """One case in every column that has a row, all at once: each is told with its file, its line and its column."""
    planted, tables = {}, read_package(shared.root).tables.values()
    texts = [text for text in MARKUP if text.isprintable()]
    try:
        for table in tables:
            names = [f["name"] for f in table.fields if f["type"] in ("string", "list") and f["name"] not in table.key]
            rows = shared.table(table.name)
            for n, name in enumerate(names):
                if n < len(rows):
                    # One in each row, so that no row is told as a whole.
                    rows[n][name] = texts[(len(planted)) % len(texts)]
                    planted[table.file, n + 2, name] = rows[n][name]
            if rows:
                shared.write_table(table.name, rows)
        problems = check_tables(shared.root).problems
    finally:
        restored(shared, kept)
    told = {(problem.file, problem.line, problem.column) for problem in problems}
    assert len(planted) >= 80 and planted.keys() - told == set()


@pytest.mark.parametrize("text", MARKUP[:11], ids=ascii)
def test_the_description_of_the_package_takes_no_markup(text):
    descriptor = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    assert not list(check_descriptor(descriptor))
    for change in (
        {"title": text},
        {"keywords": [text]},
        {"licenses": [{"name": "CC-BY-4.0", "path": f"https://example.org/{text}"}]},
        {"homepage": "javascript:dau()"},
    ):
        assert list(check_descriptor(descriptor | change)), change
    descriptor["resources"][0]["schema"]["fields"][0]["description"] += text
    assert list(check_descriptor(descriptor))


def test_the_words_of_honest_cells_are_not_refused():
    """What pages say in their cells today is in the vocabulary."""
    for path in (ROOT / "book").rglob("*.md"):
        chapter = read_chapter(ROOT, path)
        assert list(check_sources(chapter.file, [(cell.source, cell.line) for cell in chapter.cells])) == []


def test_pages_are_checked_with_the_parser_that_builds_them():
    """Same rules as MyST with the book's settings; only HTML is found here, and is text there."""
    config = yaml.safe_load((ROOT / CONFIG).read_text(encoding="utf-8"))["sphinx"]["config"]
    own = MdParserConfig(
        enable_extensions=set(config["myst_enable_extensions"]), disable_syntax=config["myst_disable_syntax"]
    )
    theirs = create_md_parser(own, RendererHTML).get_active_rules()
    ours = parser().get_active_rules()
    assert {*ours["block"]} - {*theirs["block"]} == {"html_block"}
    assert {*ours["inline"]} - {*theirs["inline"]} == {"html_inline"}
    assert all({*theirs[part]} - {*ours[part]} <= {"wordcount"} for part in theirs)


# Pieces of hostile pages, from which others are put together.
PIECES = sorted({piece for text in PAGES.values() for piece in re.findall(r"[\w./]+|\s+|[^\w\s]+", str(text))})
AROUND = ["", "> ", "- ", "  ", "    ", "1. ", ":::{note}\n", "```{note}\n", "Từ\n: ", "[^a]: ", "| ", "% ", "\\"]


@pytest.mark.drill
@settings(max_examples=3000, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(AROUND), st.lists(st.sampled_from(PIECES), max_size=12)), max_size=6))
def test_what_passes_the_check_has_no_markup_and_no_ways_out_for_myst_either(lines):
    """Pages of pieces in any order: where the check finds nothing, MyST with HTML on makes no raw node, no picture, no
    link to anything else."""
    text = "\n".join(around + "".join(pieces) for around, pieces in lines)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "book").mkdir()
        page = Path(folder) / "book" / "a.md"
        page.write_text(f"---\ndescription: Một câu.\n---\n\n# Tên\n\n{text}\n", encoding="utf-8", newline="")
        chapter = read_chapter(Path(folder), page)
        if chapter.problems or chapter.formed or check_contents(Path(folder), [chapter]):
            return
    options = {"myst_enable_extensions": ["colon_fence", "deflist"], "report_level": 5, "halt_level": 5}
    tree = publish_doctree(text, parser=Parser(), settings_overrides={**options, "warning_stream": io.StringIO()})
    # A hard line end is made so.
    assert {raw.astext() for raw in tree.findall(nodes.raw)} <= {"<br />\n", "\\\\\n"}
    assert not list(tree.findall(nodes.image))
    for reference in tree.findall(nodes.reference):
        assert re.match(r"https?://|mailto:|#|[\w./-]*$", reference.get("refuri", "")), text


def test_what_git_would_bring_into_a_machine_is_refused(tmp_path):
    """Caches that are unpickled, compiled code that stands for the code that is read, links, other repositories."""
    for name in (
        "_build/state/.doctrees/environment.pickle",
        "scripts/sdgbook/__pycache__/cli.pyc",
        "book/a.md",
        "x.so",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x", encoding="utf-8")
    (tmp_path / "scripts" / "link").symlink_to("/etc/passwd")
    for words in (("init", "-q"), ("add", "-A", "-f")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    found = {problem.file for problem in check_files(tmp_path)}
    assert found == {
        "_build/state/.doctrees/environment.pickle",
        "scripts/sdgbook/__pycache__/cli.pyc",
        "x.so",
        "scripts/link",
    }
    from sdgbook.building import refuse_made

    with pytest.raises(ProblemsFound):
        refuse_made(tmp_path)


def test_nothing_of_a_hostile_page_is_run_or_read_before_it_is_refused(project):
    """`sdgbook site` stops before IPython is given the cells of any page."""
    trace = project.root / "trace"
    project.append(PAGE, f"```{{code-cell}}\n!touch '{trace}'\n```", at="!")
    project.append(PAGE, f"```{{code-cell}}\n__builtins__.exec(\"open('{trace}', 'w')\")\n```", at="_")
    env = {name: value for name, value in os.environ.items() if name != "SDGBOOK_CELLS"}
    words = [sys.executable, "-m", "sdgbook", "site"]
    done = subprocess.run(words, cwd=project.root, env=env, capture_output=True, text=True)
    assert done.returncode == 1 and "__builtins__" in done.stderr, done.stderr
    assert not trace.exists() and not (project.root / "_build" / "html").exists()


# Escaping: what would happen if a check missed something.

# `sdgbook site` without any check.
UNCHECKED = """
from sdgbook import building
building._check = lambda root, **options: []
building.refuse_hostile = lambda root: None
from sdgbook.cli import app
app(["site"])
"""
# Columns by which other things are found: these stay as they are.
FOUND_BY = {"chapter", "national_target", "vsdg_code", "un_indicator", "sdmx_code", "dimension", "baseline_period"}
FOUND_BY |= {"locator", "commitment", "language", "about", "old_value", "new_value"}
FORMS = [
    "<img src=x onerror=dau()>",
    "<script>dau()</script>",
    *WORDS[:5],
    "<svg onload=dau()>",
    "</script><script>dau()</script>",
    "]]></title><b onclick=dau()>",
    *WORDS[5:],
]
ON_PAGES = """

Một <img src=x onerror=dau()> câu <script>dau()</script> và <svg onload=dau()></svg>.

<script>dau()</script>

| A | B |
| --- | --- |
| <b onclick=dau()>x</b> | [bấm](javascript:dau()) |

[bấm](https://example.org/ "x\" onmouseover=\"dau()") ![a" onerror="dau()](hinh.png "x\" onerror=\"dau()")

## Mục <img src=x onerror=dau()> "onclick=dau()
"""


def words_for_readers(table, field: dict) -> bool:
    """Whether a column holds text by which nothing is found."""
    keys = {name for key in table.resource["schema"].get("foreignKeys", []) for name in key["fields"]}
    free = not {"enum", "pattern"} & field.get("constraints", {}).keys() and "references" not in field
    is_text = field["type"] == "string" and field.get("content") in (None, "prose")
    return is_text and free and field["name"] not in {*keys, *table.key, *FOUND_BY}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A site made from tables and pages full of markup, in confinement, with a secret in the environment."""
    project = Project.copy(tmp_path_factory.mktemp("thử"))
    planted = 0
    for table in read_package(project.root).tables.values():
        rows = project.table(table.name)
        own = {f["name"] for f in table.fields if words_for_readers(table, f)}
        for row in rows:
            for column in own:
                if row[column] and "{" not in row[column]:
                    row[column] += f" {FORMS[planted % len(FORMS)]}"
                    planted += 1
        if rows:
            project.write_table(table.name, rows)
    shutil.copy(ROOT / "book/dong-gop/hinh/khung-nguon.png", project.root / "book/muc-tieu/hinh.png")
    project.append(PAGE, ON_PAGES, at="Một")
    env = {**os.environ, "SDGBOOK_SECRET": SECRET}
    words = confined.command(
        [sys.executable, "-c", UNCHECKED], project=project.root, writable=[project.root / "_build"]
    )
    done = subprocess.run(words, cwd=project.root, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return project.root / "_build" / "html", planted


LIVE = """() => {
    const found = [];
    for (const e of document.querySelectorAll('*')) {
        for (const a of e.attributes) {
            if (/^on/i.test(a.name)) found.push(`${e.tagName} ${a.name}`);
            if (/^(href|src|action|formaction|xlink:href|data|srcdoc)$/i.test(a.name)
                && /^\\s*(javascript|data|vbscript):/i.test(a.value)) found.push(`${a.name}=${a.value.slice(0, 60)}`);
        }
        if (e.tagName === 'IMG' && e.getAttribute('src') === 'x') found.push('img');
    }
    return [...found, ...(window.hits || [])];
}"""


def test_what_a_check_may_miss_is_words_on_every_page(attacked, browser):
    """Chromium without the policy: no script of it runs, no handler is on any element, no address is asked."""
    html, planted = attacked
    assert planted >= 100
    faults: list[str] = []
    with serving(html) as address:
        home = urlsplit(address).netloc
        context = browser.new_context(bypass_csp=True)
        context.add_init_script("window.hits = []; window.dau = () => window.hits.push('ran')")
        page = context.new_page()
        page.on("dialog", lambda dialog: (faults.append("dialog"), dialog.dismiss()))
        page.on("request", lambda r: urlsplit(r.url).netloc != home and faults.append(r.url))
        shown = ""
        names = [file.relative_to(html).as_posix() for file in sorted(html.rglob("*.html"))]
        # The addresses of figures are alike: a few stand for all.
        alike = [name for name in names if name.startswith("so/")]
        for name in [*(name for name in names if name not in alike), *alike[::20]]:
            page.goto(address + quote(name), wait_until="domcontentloaded")
            faults += [f"{name}: {fault}" for fault in page.evaluate(LIVE)]
            shown += page.evaluate("() => document.body.textContent")
        page.goto(f"{address}index.html")
        for asked in ("onerror", "script", "javascript"):
            page.goto(f"{address}muc-luc.html?q={asked}")
            page.wait_for_timeout(300)
            faults += [f"search: {fault}" for fault in page.evaluate(LIVE)]
        context.close()
    assert faults == []
    # They are there, and are words.
    assert "<img src=x onerror=dau()>" in shown and "<script>dau()</script>" in shown and "{{ dau() }}" in shown


def test_files_beside_the_pages_carry_it_as_words_too(attacked):
    html, _ = attacked
    secret = SECRET.encode()
    for file in sorted(path for path in html.rglob("*") if path.is_file()):
        raw = file.read_bytes()
        assert secret not in raw, file
        if file.suffix in (".svg", ".xml"):
            for element in etree.fromstring(raw).iter(etree.Element):
                assert not str(element.tag).endswith(("script", "foreignObject")), file
                assert not any(name.lower().startswith("on") for name in element.attrib), file
        elif file.suffix in (".json", ".webmanifest"):
            json.loads(raw)
        elif file.name == "so-lieu-excel.csv":
            for line in raw.decode("utf-8-sig").split("\r\n"):
                for cell in line.split(";"):
                    assert not re.match(r'"?[=+@\t]|"?-(?![\d])', cell), (file, cell)
        elif file.suffix == ".html":
            text = raw.decode()
            for script in re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.S):
                json.loads(script)
            assert "dau()</script>" not in re.sub(r"(&lt;|\\u003c).*?(&gt;|\\u003e)", "", text), file


# Workbooks: `sdgbook sheet import` of what anybody has sent.

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
PARTS = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": "<Relationships>"
    '<Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="a" r:id="a"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": "<Relationships>"
    '<Relationship Id="a" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": SHEET.format('<row r="1"><c r="A1"><v>1</v></c></row>'),
}
ENTITIES = "<!DOCTYPE a [" + "".join(f"<!ENTITY e{n + 1} '{f'&e{n};' * 50}'>" for n in range(9)) + "]>"


def cells(xml: str) -> dict[str, str]:
    return {"xl/worksheets/sheet1.xml": SHEET.format(xml)}


BOOKS: dict[str, dict[str, str | bytes]] = {
    "a bomb": {"xl/worksheets/sheet1.xml": b"0" * 81_000_000},
    "a part named two thousand times": {
        "xl/workbook.xml": PARTS["xl/workbook.xml"].replace(
            '<sheet name="a" r:id="a"/>', '<sheet name="a" r:id="a"/>' * 2000
        ),
        **cells(f"<row r='1'><c r='A1'><v>1</v></c></row>{' ' * 2_000_000}"),
    },
    "entities that grow": {"xl/workbook.xml": f"{ENTITIES}<workbook><sheets>&e9;</sheets></workbook>"},
    "entities in attributes": {"xl/workbook.xml": f'{ENTITIES}<workbook a="&e9;"/>'},
    "entities in UTF-16": {"xl/workbook.xml": f'{ENTITIES}<workbook a="&e9;"/>'.encode("utf-16")},
    "a file of this machine": {
        "xl/workbook.xml": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook>&e;</workbook>'
    },
    "another host": {"xl/workbook.xml": '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><workbook/>'},
    "a part above the file": {
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="a" Type="x/worksheet" '
        'Target="../../../../etc/passwd"/></Relationships>'
    },
    "a part elsewhere": {
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="a" Type="x/worksheet" TargetMode="External" '
        'Target="http://example.org/a.xml"/></Relationships>'
    },
    "a number of a billion digits": cells('<row r="1"><c r="A1"><v>1E+999999999</v></c></row>'),
    "a number of a billion places": cells('<row r="1"><c r="A1"><v>1E-999999999</v></c></row>'),
    "no number": cells('<row r="1"><c r="A1"><v>Infinity</v></c></row>'),
    "a row far below": cells('<row r="999999999999"><c><v>1</v></c></row>'),
    "a column far off": cells('<row r="1"><c r="ZZZ1"><v>1</v></c></row>'),
    "a text that is not there": cells('<row r="1"><c r="A1" t="s"><v>5</v></c></row>'),
    "no XML": {"xl/workbook.xml": "<workbook"},
}


@pytest.mark.parametrize("name", BOOKS)
def test_a_hostile_workbook_is_refused_at_once(name, tmp_path):
    file = tmp_path / "tep.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for part, content in {**PARTS, **BOOKS[name]}.items():
            packed.writestr(part, content)
    begun = time.monotonic()
    with pytest.raises(ProblemsFound) as refusal:
        read_book(file)
    assert time.monotonic() - begun < 5 and VIETNAMESE.search(refusal.value.problems[0].message)


def test_a_sound_workbook_of_the_same_make_is_read_and_its_commands_are_told_as_such(tmp_path):
    file = tmp_path / "tep.xlsx"
    command = cells('<row r="1"><c r="A1"><f>cmd|\'/C calc\'!A0</f><v>1</v></c><c r="B1"><v>2</v></c></row>')
    with zipfile.ZipFile(file, "w") as packed:
        for part, content in {**PARTS, **command}.items():
            packed.writestr(part, content)
    [sheet] = read_book(file).sheets
    assert sheet.cells[1, 1].kind is Is.FORMULA and sheet.text(1, 2) == "2"


# Confinement


def can_confine() -> bool:
    return "không được nhốt" not in confined.told()


needs_confinement = pytest.mark.skipif(
    not can_confine() and os.environ.get("CI") != "true", reason="máy này không có bubblewrap hay systemd-run chạy được"
)
# Code that tries everything and tells what it got.
TRIES = """
import json, os, pathlib, socket, sys
got = {}
def attempt(name, action):
    try:
        got[name] = bool(action())
    except Exception:
        got[name] = False
secret, port, outside, root, starter = sys.argv[1:6]
attempt("environment", lambda: "bi-mat" in str(dict(os.environ)))
attempt("environments", lambda: any(b"bi-mat" in p.read_bytes() for p in pathlib.Path("/proc").glob("[0-9]*/environ")))
attempt("secret", lambda: pathlib.Path(secret).read_text())
attempt("home", lambda: list(pathlib.Path(outside).iterdir()))
attempt("host", lambda: socket.create_connection(("127.0.0.1", int(port)), timeout=2))
attempt("name", lambda: socket.getaddrinfo("example.org", 80))
attempt("other processes", lambda: pathlib.Path(f"/proc/{starter}").exists())
attempt("password", lambda: pathlib.Path("/etc/shadow").read_bytes())
attempt("git", lambda: "mat-khau" in pathlib.Path(root, ".git", "config").read_text())
attempt("outside", lambda: pathlib.Path(outside, "x").write_text("x"))
attempt("page", lambda: pathlib.Path(root, "book", "x.md").write_text("x"))
attempt("code", lambda: pathlib.Path(root, "scripts", "x.py").write_text("x"))
attempt("history", lambda: pathlib.Path(root, ".git", "x").write_text("x"))
attempt("system", lambda: pathlib.Path("/usr/x").write_text("x"))
attempt("build", lambda: pathlib.Path(root, "_build", "x").write_text("x"))
attempt("own folder", lambda: pathlib.Path("/tmp/x").write_text("x"))
print(json.dumps(got))
"""


@needs_confinement
def test_code_in_confinement_reaches_nothing(tmp_path_factory, monkeypatch):
    home, root = tmp_path_factory.mktemp("nha"), tmp_path_factory.mktemp("du an")
    (home / "secret").write_text(SECRET, encoding="utf-8")
    for name in ("book", "scripts"):
        (root / name).mkdir()
    for words in (("init", "-q"), ("config", "remote.a.url", "https://ai:mat-khau@example.org/")):
        subprocess.run(["git", *words], cwd=root, check=True)
    listener = socket.create_server(("127.0.0.1", 0))
    reached: list[bool] = []
    threading.Thread(target=lambda: reached.append(bool(listener.accept())), daemon=True).start()
    places = [str(home / "secret"), str(listener.getsockname()[1]), str(home), str(root), str(os.getpid())]
    tried = [sys.executable, "-c", TRIES, *places]
    monkeypatch.setenv("TOKEN", SECRET)
    closed = confined.command(tried, project=root, writable=[root / "_build"])
    got = {}
    for way, words in (("confined", closed), ("free", tried)):
        done = subprocess.run(words, cwd=root, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        got[way] = {name for name, has in json.loads(done.stdout).items() if has}
        assert bool(reached) == (way == "free")
    assert got["confined"] == {"build", "own folder"}
    # The same code does reach them otherwise.
    assert got["free"] >= {
        "environment",
        "secret",
        "home",
        "host",
        "git",
        "outside",
        "page",
        "code",
        "history",
        "build",
    }


@needs_confinement
def test_a_confined_build_says_so_and_finds_a_site_that_is_right_to_be_so(site, tmp_path):
    """It compares digests of all that the site is made from, and of the site: they are the same within."""
    root = tmp_path / "dự án"
    shutil.copytree(site.project.root, root)
    words = [sys.executable, "-m", "sdgbook", "site", "--confined"]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "không có mạng" in done.stdout and "Không có gì thay đổi" in done.stdout
    assert digests(root / "_build" / "html") == digests(site.html)


@needs_confinement
@pytest.mark.drill
def test_a_build_in_confinement_gives_the_same_bytes(site, tmp_path):
    """With the kernels' children, the drawing of charts and git's history; and it says that it was confined."""
    root = tmp_path / "dự án"
    shutil.copytree(site.project.root, root)
    shutil.rmtree(root / "_build" / "state")
    shutil.rmtree(root / "_build" / "html")
    done = subprocess.run(
        [sys.executable, "-m", "sdgbook", "site", "--confined"], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "không có mạng" in done.stdout
    assert digests(root / "_build" / "html") == digests(site.html)


def test_where_nothing_can_confine_the_words_are_the_same_and_it_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    confined._way.cache_clear()
    try:
        assert confined.command(["a", "b"], project=tmp_path, writable=[tmp_path / "c"]) == ["a", "b"]
        assert "không được nhốt riêng" in confined.told()
    finally:
        monkeypatch.undo()
        confined._way.cache_clear()
