"""Every link, anchor and file that a built page names must exist, and nothing may come from another host."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree
from lxml.etree import _Element as Element

from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.files import in_order, listing
from sdgbook.publish.built import Built, built_pages, made_from, parsed, read

# Where a page comes in on the page that holds all of them. What is parsed before and behind it knows nothing of it.
PIECE = '<section class="whole-page'
# Elements whose address the browser fetches by itself, unlike a link that a reader follows.
FETCHED = {
    "img": "src",
    "script": "src",
    "iframe": "src",
    "source": "src",
    "audio": "src",
    "video": "src",
    "embed": "src",
    "object": "data",
    "link": "href",
    "use": "href",
    "image": "href",
}
NAMING = {"a", *FETCHED}


IDS = etree.XPath("//@id", smart_strings=False)


class _Lines(HTMLParser):
    """The lines on which a page's elements name each address, which libxml2 tells only for where their tags end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.of: defaultdict[str, deque[int]] = defaultdict(deque)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address, _ = _named(tag, dict(attrs))
        if address:
            self.of[address].append(self.getpos()[0])


def _named(tag: str, attributes: Mapping[str, str | None]) -> tuple[str | None, bool]:
    """The address that an element names, if it does, and whether the browser fetches it by itself."""
    if tag == "a":
        return attributes.get("href"), False
    # A page's own address is one that nothing fetches.
    is_own = tag == "link" and attributes.get("rel") == "canonical"
    return None if is_own else attributes.get(FETCHED.get(tag, "")), True


def _all_named(html: Element) -> list[tuple[str, bool]]:
    """The addresses that elements of a page name, each with whether the browser fetches it by itself."""
    found = (_named(element.tag, element.attrib) for element in html.iter(*NAMING))
    return [(address, fetched) for address, fetched in found if address]


def _pieces(text: str) -> list[str]:
    first, *others = text.split(PIECE)
    return [first, *(PIECE + other for other in others)]


@lru_cache(maxsize=10_000)
def _target(address: str, page: str, root: str) -> str | None:
    """The file of the site that an address without an anchor means on `page`, as a path from the site's folder; None
    for another host's. `root` is the site's own path on its server."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    if not path:
        return page
    if path.startswith(root):
        return posixpath.normpath(path.removeprefix(root))
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path))


def _lead(address: str, page: str, root: str) -> tuple[str, str] | None:
    """The file of the site and the anchor ("" for none) that an address on `page` leads to; None for another host's."""
    path, _, anchor = address.partition("#")
    target = _target(path, page, root)
    return None if target is None else (target, unquote(anchor))


def _is_foreign(address: str) -> bool:
    """Whether an address is another host's, and not that of a content that it holds itself."""
    parts = urlsplit(address)
    return bool(parts.scheme or parts.netloc) and parts.scheme != "data"


def _told(page: str, text: str, root: str) -> dict[str, Any]:
    """Of a page's text or a piece of it: its `ids`, where its addresses `lead`, whether it `fetches` from elsewhere."""
    html = parsed(text)
    named = _all_named(html)
    leads = dict.fromkeys(filter(None, (_lead(address, page, root) for address in dict.fromkeys(a for a, _ in named))))
    return {
        "ids": [*filter(None, IDS(html))],
        "leads": list(leads),
        "fetches": any(_is_foreign(a) for a, fetched in named if fetched),
    }


def root_of(site: Path) -> str:
    """Where the site lies on its server, for addresses from the server's root on."""
    if not (site / "index.html").is_file():
        return "/"
    home = read(site, "index.html")
    return urlsplit(made_from(home, "canonical", lambda: _canonical(home.text))).path or "/"


def _canonical(text: str) -> str:
    links = [link.get("href", "") for link in parsed(text).iter("link") if link.get("rel") == "canonical"]
    return links[-1] if links else ""


def look_at(page: Built, root: str) -> list[dict[str, Any]]:
    """What each piece of a page tells (`_told`). The whole report comes piece by piece: when one page has changed, the
    others' sections are known."""
    pieces = [page]
    if PIECE in page.text:
        pieces = [Built(page.file, text, sha256(text.encode()).hexdigest()) for text in _pieces(page.text)]
    return [made_from(piece, "links", partial(_told, piece.file, piece.text, root), root) for piece in pieces]


def check_links(site: Path, files: Collection[str] | None = None, pages: Iterable[Built] | None = None) -> int:
    """Check all pages under `site`, or those among `files`, which are then all that the site will have. `pages` are
    all those under `site`, in order, when they have been read already.

    Returns the number of pages; raises `ProblemsFound` with everything wrong, page by page.
    """
    there = frozenset(listing(site) if files is None else files)
    root = root_of(site) if "index.html" in there else "/"
    ids: dict[str, Counter[str]] = {}
    leads: dict[str, set[tuple[str, str]]] = {}
    wrong = set()
    texts = {page.file: page for page in (built_pages(site) if pages is None else pages) if page.file in there}
    for page in texts.values():
        own, ahead = ids.setdefault(page.file, Counter()), leads.setdefault(page.file, set())
        for told in look_at(page, root):
            own.update(told["ids"])
            ahead.update(map(tuple, told["leads"]))
            if told["fetches"]:
                wrong.add(page.file)
    for file, ahead in leads.items():
        if ids[file].total() > len(ids[file]) or not all(_arrives(lead, there, ids) for lead in ahead):
            wrong.add(file)
    if wrong:
        # Lines are asked for only now that there is something to tell.
        raise ProblemsFound(problem for file in in_order(wrong) for problem in _problems(texts[file], root, there, ids))
    return len(ids)


def _arrives(lead: tuple[str, str], there: Collection[str], ids: dict[str, Counter[str]]) -> bool:
    """Whether there is such a file, with such an anchor if it is a page."""
    file, anchor = lead
    return file in there and (not anchor or file not in ids or anchor in ids[file])


def _problems(page: Built, root: str, there: Collection[str], ids: dict[str, Counter[str]]) -> Iterator[Problem]:
    """Everything wrong on a page, by kind and in the order in which it stands there."""
    for twice in sorted(one for one, times in ids[page.file].items() if times > 1):
        yield Problem(page.file, None, None, f"Neo “{twice}” đứng hai lần trên trang.", kind="link")
    lines = _Lines()
    lines.feed(page.text)
    named = [(*one, lines.of[one[0]].popleft() if lines.of[one[0]] else None) for one in _all_named(parsed(page.text))]
    for address, fetched, line in named:
        if fetched and _is_foreign(address):
            yield Problem(page.file, line, None, f"Trang tự tải “{address}” từ máy chủ khác.", kind="link")
    for address, _, line in sorted(named, key=lambda one: (one[2] or 0, one[1])):
        lead = _lead(address, page.file, root)
        if lead and not _arrives(lead, there, ids):
            missing = "neo" if lead[0] in there else "tệp"
            yield Problem(page.file, line, None, f"Liên kết “{address}” dẫn tới {missing} không có.", kind="link")
