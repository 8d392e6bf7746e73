"""After Sphinx: lists what can be searched, checks the built files, trims and compresses them, and puts them in place.

Knows no data: it reads built pages only. It is also a Sphinx extension, so that `jupyter-book build` by hand gives a
site with search.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from sdgbook.publish.finish import finish
from sdgbook.publish.search import write_search

__all__ = ["finish", "setup"]


def _add_search(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        write_search(Path(app.outdir))


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx's entry point."""
    # After the handlers that still add pages or change them.
    app.connect("build-finished", _add_search, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
