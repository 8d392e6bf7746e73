"""When what a page shows was last changed: its own text, and the data rows that it used, by their commits."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from sdgbook.commits import History

Cell = tuple[str, str]


def cells_in(data: Any) -> Iterator[Cell]:
    """The data rows (file, key) that a block's data names under `cells`, at any depth."""
    if isinstance(data, dict):
        yield from ((file, key) for file, key in data.get("cells", ()))
        data = list(data.values())
    if isinstance(data, list):
        for part in data:
            yield from cells_in(part)


def note_cells(env: BuildEnvironment, docname: str, cells: Iterable[Cell]) -> None:
    """Remember that a page shows these rows."""
    env.sdgbook_cells.setdefault(docname, set()).update(cells)


def last_changed(app: Sphinx, docname: str) -> datetime.date | None:
    """The day, in Vietnam, of the newest commit that touched the page's Markdown or a row that it shows.

    None where git cannot tell: something is not committed yet, or there is no whole history and `SOURCE_DATE_EPOCH`
    does not stand for it.
    """
    root = app.sdgbook.package.root
    if not hasattr(app, "sdgbook_history"):
        app.sdgbook_history = History(root)
    all_pages = app.env.metadata.get(docname, {}).get("shows_all_pages")
    days = []
    line_of = app.sdgbook.package.line_of
    for page in sorted(app.env.found_docs) if all_pages else [docname]:
        source = Path(app.env.doc2path(page)).resolve().relative_to(root.resolve()).as_posix()
        lines = [(file, line_of(file, key)) for file, key in app.env.sdgbook_cells.get(page, ())]
        days.append(app.sdgbook_history.newest(source, lines))
    return None if None in days else max(days)


def _forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    env.sdgbook_cells.pop(docname, None)


def _begin(app: Sphinx) -> None:
    if not hasattr(app.env, "sdgbook_cells"):
        app.env.sdgbook_cells = {}


def _merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    env.sdgbook_cells.update({name: other.sdgbook_cells[name] for name in docnames if name in other.sdgbook_cells})


def setup(app: Sphinx) -> None:
    """Keep the rows of each page with Sphinx's environment."""
    app.connect("builder-inited", _begin)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
