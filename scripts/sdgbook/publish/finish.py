"""From freshly built pages to the site in `_build/html`: verified, trimmed, compressed, swapped in whole."""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path

from sdgbook.publish.links import check_links

COMPRESSED = {".html", ".css", ".js", ".json", ".csv", ".svg", ".txt", ".xml", ".webmanifest"}
UNUSED = [".buildinfo", ".buildinfo.bak", "objects.inv", "searchindex.js", "_sources", "genindex.html", "search.html"]


def trim(site: Path) -> None:
    """Remove what Sphinx and its extensions leave and no page uses.

    A file under `_static` stays when a page names it, or when a script or stylesheet that stays does.
    """
    for name in UNUSED:
        path = site / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    static = site / "_static"
    left = {file.relative_to(static).as_posix(): file for file in static.rglob("*") if file.is_file()}
    naming = [*site.rglob("*.html"), *site.glob("*.webmanifest")]
    pages = "\n".join(file.read_text(encoding="utf-8") for file in naming)
    texts, before = [pages], "_static/"
    while texts:
        names = "\n".join(texts)
        used = [name for name in left if re.search(rf"(?<![\w-]){before}{re.escape(name)}(?![\w-])", names)]
        files = [left.pop(name) for name in used]
        # A script names its neighbours by their path from its own folder, which for ours is `_static`.
        texts, before = [file.read_text(encoding="utf-8") for file in files if file.suffix in (".js", ".css")], ""
    for file in left.values():
        file.unlink()
    for folder in sorted(static.rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def compress(site: Path) -> None:
    """A `.gz` beside each text file, for servers that send files already compressed. Same bytes each time."""
    for file in site.rglob("*"):
        if file.suffix in COMPRESSED and file.is_file():
            file.with_name(file.name + ".gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))


def swap(fresh: Path, site: Path) -> None:
    """Put `fresh` in the place of `site`, which stays whole until then and comes back if the move fails."""
    old = site.with_name(site.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    site.parent.mkdir(parents=True, exist_ok=True)
    if site.exists():
        site.rename(old)
    try:
        fresh.rename(site)
    except OSError:
        if old.exists():
            old.rename(site)
        raise
    shutil.rmtree(old, ignore_errors=True)


def finish(fresh: Path, site: Path) -> int:
    """Verify, trim and compress the pages in `fresh`, then make them the site; returns the number of pages.

    Raises `ProblemsFound` for a link or anchor that leads nowhere or to another host's files; `site` is then
    as it was.
    """
    trim(fresh)
    pages = check_links(fresh)
    compress(fresh)
    swap(fresh, site)
    return pages
