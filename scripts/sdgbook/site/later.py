"""Puts off the import of modules that a build of this book seldom needs, until something in them is used.

Importing takes a good part of a small build's time. Sphinx, myst-nb and Jupyter Book import at their start the engines
of all the ways there are to run cells, a database among them, the search for kernels, and the tools of builders that
this book does not use.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

# Only functions and classes of these are taken by others, and only called or asked for attributes.
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


class Later:
    """Stands for something in a module; the module is imported when it is called or asked for an attribute."""

    def __init__(self, module: str, name: str):
        self._module, self._name = module, name

    def _real(self) -> Any:
        # The real module may import others of them, and then needs those.
        _take_away(MODULES)
        return getattr(import_module(self._module), self._name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name)


class LaterModule(ModuleType):
    """Stands for a module while others import from it."""

    def __getattr__(self, name: str) -> Any:
        # What the import system itself asks for is not the module's own.
        if name.startswith("__"):
            raise AttributeError(name)
        return Later(self.__name__, name)


@contextmanager
def later() -> Iterator[None]:
    """Put off `MODULES`, and leave out `BUILDERS` of the Sphinx that starts within."""
    put_off = [name for name in MODULES if name not in sys.modules]
    sys.modules.update((name, LaterModule(name)) for name in put_off)
    import sphinx.application as sphinx

    before = sphinx.builtin_extensions
    sphinx.builtin_extensions = tuple(name for name in before if name not in BUILDERS)
    try:
        yield
    finally:
        sphinx.builtin_extensions = before
        _take_away(put_off)


def _take_away(names: Iterable[str]) -> None:
    for name in names:
        if isinstance(sys.modules.get(name), LaterModule):
            del sys.modules[name]
