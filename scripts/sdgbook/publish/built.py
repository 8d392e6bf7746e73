"""Built pages, and what is made from one of them alone: made once for each content and then kept in the store."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from sdgbook import store
from sdgbook.files import listing

# Void elements that libxml2 takes for ones with an end tag, since HTML 4 does not know them.
NEW_VOID = re.compile(r"<(wbr|source|track)\b[^<>]*>")
# The text of an element and all in it, comments and what stands behind it left out.
text_of = etree.XPath("string()", smart_strings=False)


@dataclass(frozen=True)
class Built:
    """A built page: its path from the site's folder (`muc-tieu/1-1.html`), its text and the SHA-256 of that."""

    file: str
    text: str
    digest: str

    @property
    def name(self) -> str:
        """Its path without the ending."""
        return self.file.removesuffix(".html")


def read(site: Path, file: str) -> Built:
    """The page `file` of the folder `site`."""
    content = (site / file).read_bytes()
    return Built(file, content.decode("utf-8"), hashlib.sha256(content).hexdigest())


def built_pages(site: Path) -> Iterator[Built]:
    """The pages of the folder `site`, one after another."""
    for file in listing(site):
        if file.endswith(".html"):
            yield read(site, file)


@cache
def makers() -> str:
    """Digest of all that makes something from a page: this package's code, the HTML parser, what compresses."""
    code = store.digest_of_files(Path(__file__).parent.glob("*.py"))
    parser = f"{etree.LXML_VERSION} {etree.LIBXML_VERSION}"
    return store.key_of(code, parser, platform.python_version(), zlib.ZLIB_RUNTIME_VERSION)


def made_from(page: Built, kind: str, make: Callable[[], Any], *rest: str) -> Any:
    """What `make` gives for a page, as JSON gives it back. It may depend on the page's name and text and on `rest`,
    and on nothing else."""
    key = store.key_of(makers(), page.file, page.digest, *rest)
    content = store.current().made(kind, key, lambda: json.dumps(make(), ensure_ascii=False).encode())
    return json.loads(content)


def parsed(text: str) -> etree._Element:
    """The root element of a page or a piece of one, without comments. Names of elements and attributes are in small
    letters.

    libxml2 nests elements as HTML 4 would have it. On pages that are valid that is as they stand, but for a table or
    `fieldset` in a link, which it takes out of the link.
    """
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, huge_tree=True)
    # So begun, even a page without any element has a root.
    return etree.fromstring(("<html>" + NEW_VOID.sub(r"\g<0></\1>", text)).encode(), parser)


def classes(element: etree._Element) -> list[str]:
    """The classes of an element."""
    return element.get("class", "").split()


def in_class(name: str) -> str:
    """What tests in XPath whether an element has this class."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def elements(inside: etree._Element, wanted: Callable[[etree._Element], bool]) -> list[etree._Element]:
    """The elements inside an element that are wanted, in their order."""
    return [element for element in inside.iterdescendants(etree.Element) if wanted(element)]


def take_out(element: etree._Element) -> etree._Element:
    """The element, out of its place; the text behind it stays there."""
    above, before = element.getparent(), element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        above.text = (above.text or "") + element.tail
    element.tail = None
    above.remove(element)
    return element
