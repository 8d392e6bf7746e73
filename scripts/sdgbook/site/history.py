"""When what a page shows was last changed: its own text, and the data rows that it used, as git knows them."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

Cell = tuple[str, str]
VIETNAM = datetime.timezone(datetime.timedelta(hours=7))
UNCOMMITTED = "0" * 40


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

    None where git cannot tell: no repository, a history cut short, or something not committed yet.
    """
    root = app.sdgbook.package.root
    if not hasattr(app, "sdgbook_history"):
        app.sdgbook_history = History(root)
    all_pages = app.env.metadata.get(docname, {}).get("shows_all_pages")
    days = []
    line_of = app.sdgbook.package.line_of
    for page in sorted(app.env.found_docs) if all_pages else [docname]:
        source = Path(app.env.doc2path(page)).resolve().relative_to(root.resolve()).as_posix()
        cells = [(file, line_of(file, key)) for file, key in app.env.sdgbook_cells.get(page, ())]
        days.append(app.sdgbook_history.newest(source, cells))
    return None if None in days else max(days)


class History:
    """Commit times of files and of their lines, asked of git once for each file."""

    def __init__(self, root: Path):
        self.root = root
        self.files: dict[str, int | None] = {}
        self.lines: dict[str, list[int | None]] = {}
        # A shallow clone gives every old line the date of its oldest commit, which is wrong.
        self.known = self._git("rev-parse", "--is-shallow-repository").strip() == "false"

    def newest(self, source: str, cells: Iterable[tuple[str, int | None]]) -> datetime.date | None:
        """The latest commit of a file and of rows of others; None when one of them has none."""
        if not self.known:
            return None
        times = [self._of_file(source), *(self._of_line(file, line) for file, line in cells)]
        if None in times:
            return None
        return datetime.datetime.fromtimestamp(max(times), VIETNAM).date()

    def _git(self, *words: str) -> str:
        try:
            done = subprocess.run(["git", *words], cwd=self.root, capture_output=True, text=True, encoding="utf-8")
        except OSError:
            return ""
        return done.stdout if done.returncode == 0 else ""

    def _of_file(self, file: str) -> int | None:
        if file not in self.files:
            changed = self._git("status", "--porcelain", "--", file)
            told = self._git("log", "-1", "--format=%ct", "--", file).strip()
            self.files[file] = int(told) if told and not changed else None
        return self.files[file]

    def _of_line(self, file: str, line: int | None) -> int | None:
        if file not in self.lines:
            self.lines[file] = list(self._blame(file))
        times = self.lines[file]
        return times[line - 1] if line is not None and line <= len(times) else None

    def _blame(self, file: str) -> Iterator[int | None]:
        time = None
        commit = ""
        for told in self._git("blame", "--line-porcelain", "--", file).splitlines():
            if told.startswith("\t"):
                yield None if commit == UNCOMMITTED else time
                commit = ""
            elif not commit:
                commit = told.partition(" ")[0]
            elif told.startswith("committer-time "):
                time = int(told.rpartition(" ")[2])


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
