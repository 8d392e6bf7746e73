"""Puts off the import of modules that are seldom needed, until something in them is used."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class Later:
    """Stands for something in a module; the module is imported when it is called or asked for an attribute."""

    def __init__(self, module: str, name: str):
        self._module, self._name = module, name

    def _real(self) -> Any:
        # The real module may import others of them, and then needs those.
        _take_away(list(sys.modules))
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
def put_off(modules: Iterable[str]) -> Iterator[None]:
    """Put off these modules for what is imported within. Others may take only functions and classes of them, and only
    call these or ask them for attributes."""
    names = [name for name in modules if name not in sys.modules]
    sys.modules.update((name, LaterModule(name)) for name in names)
    try:
        yield
    finally:
        _take_away(names)


def _take_away(names: Iterable[str]) -> None:
    for name in names:
        if isinstance(sys.modules.get(name), LaterModule):
            del sys.modules[name]
