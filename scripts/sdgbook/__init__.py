"""Turns the data package and the chapters into the website of the Cao Bằng SDG progress report.

Chapters import from here only: `chapter`, `edition`, `fact` and `facts`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Imported at first use: a command that needs no charts does not wait for them.
_PLACES = {"chapter": "chapters", "edition": "editions", "fact": "facts", "facts": "facts"}
__all__ = ["chapter", "edition", "fact", "facts"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"sdgbook.report.{_PLACES[name]}"), name)
