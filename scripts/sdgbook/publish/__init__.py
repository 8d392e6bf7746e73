"""After Sphinx: what is made from the built pages, then checks, trims and compresses them and puts them in place.

Knows no data: it reads built pages only. It is a Sphinx extension too, so that `jupyter-book build` by hand gives the
whole report on one page and a site with search.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from sdgbook.beside import beside
from sdgbook.publish import links, search
from sdgbook.publish.built import Built, built_pages
from sdgbook.publish.finish import finish
from sdgbook.publish.search import write_search
from sdgbook.publish.whole import assemble

__all__ = ["finish", "setup"]


def after_build(app: Sphinx, error: Exception | None) -> None:
    """Make what is made from the built pages."""
    if error is None and app.builder.format == "html":
        site = Path(app.outdir)
        pages = {page.file: page for page in built_pages(site)}
        # Another process looks through them from the last on, this one for the search from the first on. What the check
        # of links then still lacks, it makes.
        with beside(lambda: look_through(site, reversed(pages.values()))):
            assemble(site, pages)
            write_search(site, pages.values())


def look_through(site: Path, pages: Iterable[Built]) -> None:
    """Let all that search and the check of links need to know of these pages under `site` be in the store."""
    root = links.root_of(site)
    for page in pages:
        search.look_at(page)
        links.look_at(page, root)


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx's entry point."""
    # After the handlers that still add pages or change them.
    app.connect("build-finished", after_build, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
