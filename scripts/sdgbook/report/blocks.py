"""What a chapter's code cell returns: data for a template, not HTML, so that links and charts are made once
the page that shows them is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sdgbook.data import Row

MIME = "application/vnd.sdgbook.block+json"


class Block:
    """A piece of a page: `kind` names its template, `data` is plain JSON data.

    In a notebook outside the book it shows `frame`, a pandas data frame of the same content, when there is one.
    `used` are data rows that it shows and that no part of `data` names yet under `cells`: (file, key) of each.
    """

    def __init__(self, kind: str, data: dict[str, Any], frame: Any = None, used: Iterable[Row] = ()):
        cells = [*data.get("cells", ()), *(row.cell for row in used)]
        self.kind, self.frame = kind, frame
        self.data = {**data, "cells": cells} if cells else data

    def __repr__(self) -> str:
        return f"<{self.kind}>" if self.frame is None else repr(self.frame)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {MIME: {"kind": self.kind, "data": self.data}, "text/plain": repr(self)}
        if self.frame is not None:
            bundle["text/html"] = self.frame.to_html(index=False)
        return bundle
