"""Checks of `_config.yml` and `_toc.yml`."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sdgbook.data import Problem
from sdgbook.data.problems import did_you_mean
from sdgbook.data.text import markup, odd_character
from sdgbook.edit.markdown import FREE, form_problems, read_yaml

CONFIG, CONTENTS = "_config.yml", "_toc.yml"
# What each setting of this project may be, and an example.
SETTINGS = {
    "html_baseurl": (r"|https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~-]+)*/", "https://example.org/"),
    "sdgbook_repository": (r"|https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~-]+)+", "https://github.com/owner/name"),
    "sdgbook_forge": (r"|github|gitlab", "github"),
    "sdgbook_branch": (r"[A-Za-z0-9_][A-Za-z0-9_./-]*", "main"),
    "sdgbook_email": (r"|[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", "ten@example.org"),
    "sdgbook_phone": (r"|\+?[\d ().-]{6,20}", "+84 206 000 000"),
    "language": (r"vi", "vi"),
}
# All that Jupyter Book and Sphinx are told, as it is in this book: with a setting more, each of them runs code, takes
# in files or puts markup into pages. A type stands for any value of it.
BOOK: dict[str, Any] = {
    "title": str,
    "author": str,
    "copyright": str,
    "only_build_toc_files": True,
    "execute": {
        "execute_notebooks": "force",
        "timeout": int,
        "raise_on_error": True,
        "stderr_output": "error",
    },
    "html": {"use_multitoc_numbering": False},
    "latex": {"use_jupyterbook_latex": False},
    "sphinx": {
        "config": {
            **dict.fromkeys(SETTINGS, object),
            "sdgbook_owners": object,
            "extensions": ["myst_nb", "jupyter_book", "sphinx_external_toc", "sdgbook.site", "sdgbook.publish"],
            "html_theme": "sdgbook",
            "html_theme_options": {},
            "html_title": str,
            "html_use_index": False,
            "html_copy_source": False,
            "html_show_sourcelink": False,
            "html_show_sphinx": False,
            "html_permalinks": False,
            "html_last_updated_fmt": None,
            "html_static_path": [],
            "pygments_style": "none",
            "smartquotes": False,
            "myst_enable_extensions": ["colon_fence", "deflist"],
            "myst_disable_syntax": ["html_block", "html_inline"],
            "nb_remove_code_source": True,
            "numfig": False,
            "suppress_warnings": [],
        }
    },
}
# What an entry of the table of contents may hold.
ENTRY = {"file", "sections", "title", "caption", "chapters", "options", "entries", "numbered", "maxdepth"}
TOP = {"format", "root", "parts", "chapters", "sections", "options", "defaults"}


def check_settings(root: Path) -> list[Problem]:
    """Problems of the book's configuration and of its table of contents."""
    return [*_check_config(root), *_check_contents(root)]


def _read(root: Path, file: str, what: str, kind: str) -> tuple[Any, str, list[Problem]]:
    """The content of a YAML file (None where it cannot be read), its text, its problems."""
    path = root / file
    try:
        raw = path.read_bytes()
    except OSError:
        return (
            None,
            "",
            [Problem(file, None, None, f"Thiếu {what}.", "Khôi phục tệp từ bản trước.", kind="missing-file")],
        )
    text, problems = form_problems(file, raw)
    if text is None:
        return None, "", problems
    try:
        content = read_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = min(mark.line + 1, text.count("\n") + 1) if mark else None
        told = f"Không đọc được {what}: sai dạng YAML ở gần dòng này."
        remedy = "Xem lại dấu hai chấm, dấu nháy và khoảng thụt đầu dòng, hoặc trả tệp về bản trước."
        return None, text, [*problems, Problem(file, line, None, told, remedy, kind=kind)]
    if not isinstance(content, dict):
        told = f"Không đọc được {what}: tệp trống hoặc không có dạng “tên: giá trị”."
        return None, text, [*problems, Problem(file, None, None, told, "Trả tệp về bản trước.", kind=kind)]
    for number, line in enumerate(text.split("\n"), 1):
        if fault := odd_character(line):
            problems.append(Problem(file, number, fault.at + 1, fault.message, fault.remedy, kind=fault.kind))
    return content, text, problems


def _line(text: str, start: str) -> int | None:
    return next(
        (n for n, line in enumerate(text.split("\n"), 1) if line.strip().removeprefix("- ").startswith(start)), None
    )


def _check_config(root: Path) -> Iterator[Problem]:
    config, text, problems = _read(root, CONFIG, "tệp thiết lập", "settings")
    yield from problems
    if config is None:
        return
    if os.environ.get(FREE) != "any":
        yield from _as_in_book(config, BOOK, text)
    sphinx = config.get("sphinx")
    own = sphinx.get("config") if isinstance(sphinx, dict) else None
    if not isinstance(own, dict):
        told = "Tệp thiết lập thiếu phần sphinx → config."
        yield Problem(CONFIG, None, None, told, "Trả tệp về bản trước.", kind="settings")
        return
    for name, (pattern, example) in SETTINGS.items():
        value = own.get(name)
        if not re.fullmatch(pattern, str("" if value is None else value)):
            told = f"{name} không thể là “{value}”."
            remedy = f"Viết như {example}{' hoặc để trống' if re.fullmatch(pattern, '') else ''}."
            yield Problem(CONFIG, _line(text, f"{name}:"), None, told, remedy, kind="settings")


def _as_in_book(found: dict[str, Any], right: dict[str, Any], text: str) -> Iterator[Problem]:
    """Settings that the book does not have, or that are others than in the book."""
    for name, value in found.items():
        line = _line(text, f"{name}:")
        if name not in right:
            told = f"Sách không có thiết lập “{name}”."
            yield Problem(CONFIG, line, None, told, did_you_mean(str(name), right) or "Bỏ nó.", kind="settings")
        elif isinstance(right[name], dict) and isinstance(value, dict) and right[name]:
            yield from _as_in_book(value, right[name], text)
        elif isinstance(right[name], type):
            fault = markup(value) or odd_character(value) if isinstance(value, str) else None
            if fault or not isinstance(value, right[name]):
                told = fault.message if fault else f"{name} không thể là “{value}”."
                yield Problem(CONFIG, line, None, told, "Viết chữ thường, không mã định dạng.", kind="settings")
        elif value != right[name] or type(value) is not type(right[name]):
            told = f"{name} của sách này là “{right[name]}”, không đổi được ở đây."
            yield Problem(CONFIG, line, None, told, "Trả dòng này về bản trước.", kind="settings")


def _check_contents(root: Path) -> Iterator[Problem]:
    """`_toc.yml` names files that exist, each once, and every chapter."""
    toc, text, problems = _read(root, CONTENTS, "mục lục", "contents")
    yield from problems
    if toc is None:
        return
    for name in ("format", "root"):
        if not isinstance(toc.get(name), str):
            yield Problem(CONTENTS, None, None, f"Mục lục thiếu dòng {name}.", "Trả tệp về bản trước.", kind="contents")
    # Without a root the home page is told of already.
    named: list[str] = [] if "root" in toc else ["index"]
    unknown: list[str] = []
    words: list[str] = []

    def walk(node: Any, known: set[str]) -> None:
        if isinstance(node, dict):
            words.extend(str(node[key]) for key in ("title", "caption") if key in node)
            named.extend(str(node[key]) for key in ("root", "file") if key in node)
            unknown.extend(str(key) for key in node if key not in known)
            for key, value in node.items():
                if key not in ("options", "defaults"):
                    walk(value, ENTRY)
        elif isinstance(node, list):
            for value in node:
                walk(value, ENTRY)

    walk(toc, TOP)
    for name in dict.fromkeys(unknown):
        told = f"Mục lục có “{name}” mà không ai dùng."
        near = did_you_mean(name, ENTRY | TOP)
        yield Problem(CONTENTS, _line(text, f"{name}:"), None, told, near or "Bỏ nó.", kind="contents")
    for told_there in words:
        if fault := markup(told_there):
            yield Problem(CONTENTS, _line(text, told_there), None, fault.message, fault.remedy, kind="markup")
    files = {p.relative_to(root / "book").with_suffix("").as_posix() for p in (root / "book").rglob("*.md")}
    lines = text.split("\n")
    for name, times in Counter(named).items():
        places = [
            n for n, line in enumerate(lines, 1) if re.search(rf"[:\s]['\"]?{re.escape(name)}['\"]?\s*(#.*)?$", line)
        ]
        bare = name.removesuffix(".md")
        if name not in files and bare in files:
            told = f"Tên trang “{name}” không có đuôi .md trong mục lục."
            yield Problem(CONTENTS, min(places, default=None), None, told, f"Viết {bare}.", kind="contents")
        elif name not in files:
            near = did_you_mean(name, files) or "Sửa tên, hoặc bỏ dòng này."
            yield Problem(CONTENTS, min(places, default=None), None, f"Không có trang “{name}”.", near, kind="contents")
        elif times > 1:
            told = f"Trang “{name}” đứng hai lần."
            yield Problem(CONTENTS, max(places, default=None), None, told, "Bỏ một dòng.", kind="contents")
    for name in sorted(files - {name.removesuffix(".md") for name in named}):
        told = f"Mục lục thiếu trang “{name}”."
        yield Problem(CONTENTS, None, None, told, f"Thêm dòng file: {name}", kind="contents")
