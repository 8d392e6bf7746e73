"""From freshly built pages to the site in `_build/html`: verified, trimmed, compressed, put in its place as a whole."""

from __future__ import annotations

import gzip
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from sdgbook import store
from sdgbook.files import digest_of_file, listing
from sdgbook.publish.built import Built, built_pages, makers
from sdgbook.publish.links import check_links
from sdgbook.publish.place import put, recover

COMPRESSED = (".html", ".css", ".js", ".json", ".csv", ".svg", ".txt", ".xml", ".webmanifest")
# What Sphinx and its extensions leave and no page uses: files, and a folder.
UNUSED = {".buildinfo", ".buildinfo.bak", "objects.inv", "searchindex.js", "genindex.html", "search.html"}
SOURCES, STATIC = "_sources/", "_static/"


@dataclass(frozen=True)
class Published:
    """What became of the site: its number of pages, the SHA-256 of each file, the files written and removed (paths from
    its folder, in order, `.gz` twins among them), the number of files that stayed as they were."""

    pages: int
    digests: dict[str, str] = field(default_factory=dict, repr=False)
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0


def used(fresh: Path, pages: Iterable[Built]) -> list[str]:
    """The files below `fresh` that belong to the site, in order: not what Sphinx and its extensions leave.

    A file under `_static` belongs to it when one of its pages (`pages`: all below `fresh`) names it, or when a script
    or stylesheet that belongs to it does.
    """
    files = [name for name in listing(fresh) if name not in UNUSED and not name.startswith(SOURCES)]
    belonging = set(files)
    left = {name for name in files if name.startswith(STATIC)}
    texts = [(page.text, "") for page in pages if page.file in belonging]
    texts += [(path.read_text(encoding="utf-8"), "") for path in sorted(fresh.glob("*.webmanifest"))]
    while texts:
        found = set()
        for text, folder in texts:
            near = (name for name in left - found if name.startswith(folder))
            found |= {name for name in near if _names(text, name.removeprefix(folder))}
        left -= found
        # A script names its neighbours by their path from its own folder.
        scripts = sorted(name for name in found if name.endswith((".js", ".css")))
        texts = [((fresh / name).read_text(encoding="utf-8"), name[: name.rindex("/") + 1]) for name in scripts]
    return [name for name in files if name not in left]


def _names(text: str, path: str) -> bool:
    # The quick look first: few texts name a file.
    return path in text and re.search(rf"(?<![\w-]){re.escape(path)}(?![\w-])", text) is not None


def compressed(content: bytes) -> bytes:
    """A file's `.gz` twin, for servers that send files already compressed. Same bytes each time."""
    key = _twin_key(sha256(content).hexdigest())
    return store.current().made("gz", key, lambda: gzip.compress(content, 9, mtime=0))


def _twin_key(digest: str) -> str:
    return store.key_of(makers(), digest)


def _is_compressed(name: str) -> bool:
    return name.endswith(COMPRESSED)


def contents(fresh: Path, files: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The files of the site as path and content, a text file's compressed twin behind it."""
    for name in files:
        content = (fresh / name).read_bytes()
        yield name, content
        if _is_compressed(name):
            yield f"{name}.gz", compressed(content)


def _standing(site: Path) -> dict[str, str]:
    """SHA-256 of the plain files in a site."""
    found = {}
    for name in listing(site):
        file = f"{site}/{name}"
        with suppress(OSError):
            if stat.S_ISREG(os.lstat(file).st_mode):
                found[name] = digest_of_file(file)
    return found


def _bases(names: Iterable[str]) -> list[str]:
    """The files to read again for these files of the site."""
    return list(dict.fromkeys(name.removesuffix(".gz") for name in names))


def finish(
    fresh: Path,
    site: Path,
    known: Mapping[str, str] = MappingProxyType({}),
    beside: Path | None = None,
    approve: Callable[[Collection[str]], None] = lambda names: None,
) -> Published:
    """Verify the pages in `fresh` and make them, trimmed and with their compressed twins, the site; tells what changed.

    `fresh` stays as it is. A file of the site that has the right content is kept with its inode and time, and when all
    have it, nothing is written. `known` are digests that files of the site must have, twins among them, because they
    are made from files of `fresh` that are as they were then. Files in `beside` belong to the site as they are, their
    twins among them. `approve` is told the names of all files before any is changed, and may raise. Raises
    `ProblemsFound` for a link or anchor that leads nowhere or to another host's files, and
    `OSError` when the site cannot be written; `site` is then as it was.
    """
    # A site that is a link to a folder elsewhere stays one.
    site = site.resolve()
    recover(site)
    built = list(built_pages(fresh))
    files = used(fresh, built)
    others = listing(beside) if beside else []
    pages = check_links(fresh, [*files, *others], built) + sum(name.endswith(".html") for name in others)
    stands, wanted = _standing(site), {name: digest_of_file(beside / name) for name in others}
    for file in files:
        names = [file, f"{file}.gz"] if _is_compressed(file) else [file]
        if all(name in known and known[name] == stands.get(name) for name in names):
            wanted |= {name: known[name] for name in names}
            if len(names) > 1:
                store.current().mark("gz", _twin_key(known[file]))
        else:
            # File by file: a large site does not lie in memory as a whole.
            wanted |= {name: sha256(content).hexdigest() for name, content in contents(fresh, [file])}
    approve(wanted)
    changed = [name for name in wanted if stands.get(name) != wanted[name]]
    removed = [name for name in listing(site) if name not in wanted]
    if changed or removed:
        new, own = set(changed), set(others)
        again = ((n, c) for n, c in contents(fresh, _bases(n for n in changed if n not in own)) if n in new)
        taken = ((name, (beside / name).read_bytes()) for name in others if name in new)
        put(site, [name for name in wanted if name not in new], chain(again, taken))
    return Published(pages, wanted, tuple(changed), tuple(removed), len(wanted) - len(changed))
