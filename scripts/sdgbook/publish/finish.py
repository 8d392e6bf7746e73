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
    """Remove what Sphinx and its extensions leave and no page uses."""
    for name in UNUSED:
        path = site / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    naming = [*site.rglob("*.html"), *site.glob("*.webmanifest")]
    used = "\n".join(file.read_text(encoding="utf-8") for file in naming)
    static = site / "_static"
    for file in sorted(static.rglob("*"), reverse=True):
        if file.is_dir():
            if not any(file.iterdir()):
                file.rmdir()
        elif not re.search(rf"_static/{re.escape(file.relative_to(static).as_posix())}\b", used):
            file.unlink()


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
