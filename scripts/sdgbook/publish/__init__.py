"""After Sphinx: checks the built files, trims and compresses them, and puts them in place. Knows no data.

It is a Sphinx extension too, so that `jupyter-book build` by hand gives whole pages and a site with search.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sdgbook.publish.finish import finish
from sdgbook.publish.search import write_search
from sdgbook.publish.whole import assemble

__all__ = ["finish"]


def after_build(app: Any, error: Exception | None) -> None:
    """What is made from the built pages, in this order."""
    if error is None and app.builder.format == "html":
        assemble(Path(app.outdir))
        write_search(Path(app.outdir))


def setup(app: Any) -> dict[str, Any]:
    """Sphinx's entry point."""
    app.connect("build-finished", after_build)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
