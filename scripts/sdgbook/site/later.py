"""Puts off the import of modules that a build of this book seldom needs, until something in them is used.

Importing takes a good part of a small build's time. Sphinx, myst-nb and Jupyter Book import at their start the engines
of all the ways there are to run cells, a database among them, the search for kernels, and the tools of builders that
this book does not use.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sdgbook.later import put_off

MODULES = (
    "jupyter_client.kernelspec",
    "myst_nb.core.execute.cache",
    "myst_nb.core.execute.direct",
    "myst_nb.core.execute.inline",
    "soupsieve",
    "sphinx.ext.doctest",
    "sphinx.search.en",
    "sphinx.util.requests",
)
# Builders of other things, with all that they import.
BUILDERS = {"sphinx.builders.epub3", "sphinx.builders.linkcheck"}


@contextmanager
def later() -> Iterator[None]:
    """Put off `MODULES`, and leave out `BUILDERS` of the Sphinx that starts within."""
    with put_off(MODULES):
        import sphinx.application as sphinx

        before = sphinx.builtin_extensions
        sphinx.builtin_extensions = tuple(name for name in before if name not in BUILDERS)
        try:
            yield
        finally:
            sphinx.builtin_extensions = before
