"""What a chapter's code cell returns: data for a template, not HTML, so that links and charts are made once
the page that shows them is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sdgbook.data import Row

MIME = "application/vnd.sdgbook.block+json"


class Block:
    """A piece of a page: `kind` names its template, `data` is plain JSON data.

    In a notebook outside the book it shows what `frame` gives, a pandas data frame of the same content, when there is
    one. `used` are data rows that it shows and that no part of `data` names yet under `cells`: (file, key) of each.
    """

    # Set where the book's pages are made: nobody sees the data frames there, and pandas takes half a second to import.
    for_pages = False

    def __init__(
        self, kind: str, data: dict[str, Any], frame: Callable[[], Any] | None = None, used: Iterable[Row] = ()
    ):
        cells = [*data.get("cells", ()), *(row.cell for row in used)]
        self.kind, self._make_frame = kind, frame
        self.data = {**data, "cells": cells} if cells else data

    @property
    def frame(self) -> Any:
        """The data frame, made anew each time; None where there is none."""
        return None if self._make_frame is None or Block.for_pages else self._make_frame()

    def __repr__(self) -> str:
        frame = self.frame
        return f"<{self.kind}>" if frame is None else repr(frame)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {MIME: {"kind": self.kind, "data": self.data}, "text/plain": repr(self)}
        frame = self.frame
        if frame is not None:
            bundle["text/html"] = frame.to_html(index=False)
        return bundle
