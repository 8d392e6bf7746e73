"""Frozen editions beside the living site: copies of their pages, which say on top where the living page is and what has
been corrected since.

An edition's pages are those that its own code has built. All that is known of them here is that they are HTML with a
head and a body, and that a figure has the same anchor in every edition.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from sdgbook.files import listing, write
from sdgbook.publish.finish import compressed
from sdgbook.publish.place import carry_over

# The look of what is added, in a file of its own: the edition's stylesheet stays as it is.
STYLE = "ban-chot.css"
BODY = re.compile(r"<body\b[^>]*>")


@dataclass(frozen=True)
class Correction:
    """A correction made after an edition was frozen: what it is about and what it says, as plain text. `anchors` are
    those of the figures that it changes (none: it concerns every page), `page` and `anchor` where the living site shows
    it."""

    about: str
    says: str
    anchors: frozenset[str]
    page: str = ""
    anchor: str = ""


def lay_out(kept: Path, target: Path, year: int, living: Path, corrections: Iterable[Correction]) -> None:
    """Put the edition whose site is in `kept` into `target`, with all that its pages say more here than there.

    `living` holds the living pages. Nothing in `kept` is written; what stays as it is is the same file in `target`.
    """
    names = listing(kept)
    texts = {name: (kept / name).read_text(encoding="utf-8") for name in names if name.endswith(".html")}
    known = {name for name in listing(living) if name.endswith(".html")}
    notes = [(one, _shown_on(texts, one), _address(one, living, known)) for one in corrections]
    made = {STYLE: (Path(__file__).parent / "editions.css").read_bytes()}
    for name, text in texts.items():
        up = "../" * name.count("/")
        own = [_note(one, address and f"{up}../{address}") for one, pages, address in notes if name in pages]
        made[name] = _decorated(text, up, _line(name, year, name in known, up, own)).encode()
    made |= {f"{name}.gz": compressed(content) for name, content in made.items()}
    for name in names:
        if name not in made:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            carry_over(os.fspath(kept / name), os.fspath(target / name))
    for name, content in made.items():
        write(target / name, content)


def _shown_on(texts: dict[str, str], correction: Correction) -> set[str]:
    """The pages that show what was corrected; all of them where none can be told from the others."""
    signs = [sign for anchor in correction.anchors for sign in (f'#{anchor}"', f'id="{anchor}"')]
    return {name for name, text in texts.items() if any(sign in text for sign in signs)} or set(texts)


def _address(correction: Correction, living: Path, known: set[str]) -> str:
    """Where the living site shows what was corrected, from its folder; "" where it does not."""
    file = f"{correction.page}.html"
    if file not in known:
        return ""
    there = f'id="{correction.anchor}"' in (living / file).read_text(encoding="utf-8")
    return f"{file}#{correction.anchor}" if there else file


def _note(correction: Correction, address: str) -> Markup:
    """A correction as an item of a list."""
    about = Markup('<a href="{}">{}</a>').format(address, correction.about) if address else correction.about
    return Markup("<li>{}: {}</li>").format(about, correction.says)


def _line(name: str, year: int, is_living: bool, up: str, notes: list[Markup]) -> Markup:
    """What stands on top of a page."""
    address, words = f"{up}../{name}", "Xem trang này ở bản mới nhất"
    if not is_living or name == "404.html":
        address, words = f"{up}../index.html", "Bản mới nhất không còn trang này: về trang đầu của bản ấy"
    line = Markup(
        '<p><b>Ấn bản {year}, đã chốt.</b> Trang này được giữ như lúc chốt. <a href="{address}">{words}</a></p>'
    ).format(year=year, address=address, words=words)
    if notes:
        line += Markup("<p>Đã hiệu đính sau khi chốt:</p><ul>{}</ul>").format(Markup("").join(notes))
    return Markup('<aside class="ban-chot" aria-label="Ấn bản đã chốt">{}</aside>').format(line)


def _decorated(text: str, up: str, line: Markup) -> str:
    head, body = text.partition("</head>")[::2]
    opening = BODY.search(body)
    if opening is None:
        # A piece of a page, which nobody opens by itself.
        return text
    style = f'<link rel="stylesheet" href="{up}{STYLE}">'
    return f"{head}{style}\n</head>{body[: opening.end()]}\n{line}{body[opening.end() :]}"
