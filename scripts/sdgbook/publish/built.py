"""Built pages, and what is made from one of them alone: made once for each content and then kept in the store."""

from __future__ import annotations

import hashlib
import json
import platform
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import bs4
from bs4 import Tag

from sdgbook import store
from sdgbook.files import listing


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


def built_pages(site: Path, files: Iterable[str] | None = None) -> Iterator[Built]:
    """The pages among `files` of the folder `site`, or all of them, one after another."""
    for file in listing(site) if files is None else files:
        if file.endswith(".html"):
            yield read(site, file)


@cache
def makers() -> str:
    """Digest of all that makes something from a page: this package's code, the HTML parser, what compresses."""
    code = store.digest_of_files(Path(__file__).parent.glob("*.py"))
    return store.key_of(code, bs4.__version__, platform.python_version(), zlib.ZLIB_RUNTIME_VERSION)


def made_from(page: Built, kind: str, make: Callable[[], Any], *rest: str) -> Any:
    """What `make` gives for a page, as JSON gives it back. It may depend on the page's name and text and on `rest`,
    and on nothing else."""
    key = store.key_of(makers(), page.file, page.digest, *rest)
    content = store.current().made(kind, key, lambda: json.dumps(make(), ensure_ascii=False).encode())
    return json.loads(content)


# What bs4's own CSS selectors would do too: they take a fifth of a second to get ready, in each process that asks.


def classes(tag: Tag) -> list[str]:
    """The classes of an element."""
    return tag.get("class", [])


def tags(element: Tag, wanted: Callable[[Tag], bool]) -> list[Tag]:
    """The elements inside an element that are wanted, in their order."""
    return [tag for tag in element.descendants if isinstance(tag, Tag) and wanted(tag)]
