"""Hands the code cells of pages to an executor before Sphinx reads the pages, and gives their outputs to myst-nb."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import myst_nb.sphinx_
import nbformat
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from nbformat.v4 import nbbase
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

from sdgbook.data import Problem, ProblemsFound
from sdgbook.report.blocks import MIME
from sdgbook.site import drawing
from sdgbook.site.execution import Cell, Executor, Job, Outcome, executor, kept

log = logging.getLogger(__name__)
# How a kernel describes its language, in the metadata of a notebook.
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}
# Tags by which myst-nb or its engine treat a cell in their own way.
TAGS = {"raises-exception", "skip-execution"}
# The application that reads pages now: myst-nb calls `read_notebook` with no more than a page's text and name.
_app: Sphinx | None = None


class ChaptersFailed(SphinxError):
    """Code cells failed; `problems` are all of them, of all pages."""

    category = "Ô mã có lỗi"

    def __init__(self, problems: Iterable[Problem]):
        self.problems = list(problems)
        super().__init__("\n" + "\n".join(map(str, self.problems)))


def setup(app: Sphinx) -> None:
    """Connect to Sphinx. `app.sdgbook_outcomes` holds outcomes by page, `app.sdgbook_jobs` what they are outcomes
    of: those given before reading are used as they are, the others are added."""
    app.sdgbook_outcomes, app.sdgbook_jobs = {}, {}
    _spare_notebooks()
    app.connect("env-before-read-docs", run_cells)


def _spare_notebooks() -> None:
    """Leave out what myst-nb does with a page as a notebook and no page shows, which takes longer than to read it: each
    cell is held against nbformat's own schema, and the whole is written to a file whose lines are broken for readers
    that it has not."""
    nbbase.validate = lambda node, ref=None: None
    myst_nb.sphinx_.nbformat = SimpleNamespace(**{**vars(nbformat), "writes": partial(json.dumps, ensure_ascii=False)})


def run_cells(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the cells of the pages about to be read, unless their outcomes are given. Raises `ChaptersFailed`."""
    global _app
    try:
        chosen = executor()
    except ProblemsFound as error:
        raise ChaptersFailed(error.problems) from None
    if chosen is None or env.mystnb_config.execution_mode == "off":
        return
    _app = app
    # Those that were run before reading have just been looked at.
    found = (app.sdgbook_jobs.get(name) or job_of(app, name) for name in docnames)
    jobs = [job for job in found if job is not None]
    root = Path(app.sdgbook.package.root)
    given = {name: outcome.digest for name, outcome in app.sdgbook_outcomes.items()}
    missing = [job for job in jobs if given.get(job.docname) != job.digest]
    execute(app, root, chosen, missing)
    # These pages alone go through `read_notebook`, since the longest ending of a path wins, and start no kernel.
    paths = {job.docname: env.doc2path(job.docname) for job in jobs}
    readers = {path: [f"{__name__}.read_notebook", {"docname": name}, False] for name, path in paths.items()}
    env.mystnb_config = env.mystnb_config.copy(
        custom_formats={**env.mystnb_config.custom_formats, **readers},
        execution_excludepatterns=[*env.mystnb_config.execution_excludepatterns, *map(glob.escape, paths.values())],
    )


def execute(app: Sphinx, root: Path, chosen: Executor, jobs: list[Job]) -> None:
    """Run jobs, or find what came of them when they ran before on the same data, and keep their outcomes at the
    application. Raises `ChaptersFailed` with the problems of all."""
    everything, package = app.sdgbook_records.everything, app.sdgbook.package
    found = {job.docname: kept.find(job, everything, package) for job in jobs}
    missing = [job for job in jobs if found[job.docname] is None]
    try:
        outcomes = chosen.run(root, missing, draw_ahead) if missing else []
    except ProblemsFound as error:
        raise ChaptersFailed(error.problems) from None
    problems = [problem for outcome in outcomes for problem in outcome.problems]
    if problems:
        raise ChaptersFailed(problems)
    for job, outcome in zip(missing, outcomes, strict=True):
        kept.keep(job, everything, outcome)
        found[job.docname] = outcome
    app.sdgbook_outcomes.update(found)
    app.sdgbook_jobs.update((job.docname, job) for job in jobs)


def draw_ahead(outcome: Outcome) -> None:
    """Let the charts of a chapter be drawn while others still run."""
    shown = (output.get("data", {}).get(MIME, {}) for cell in outcome.outputs for output in cell)
    drawing.draw_ahead(block["data"]["spec"] for block in shown if block.get("kind") == "chart")


def job_of(app: Sphinx, docname: str) -> Job | None:
    """The job of a page; None when it has no cells to run, or settings that are left to myst-nb itself."""
    path = Path(app.env.doc2path(docname))
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if path.suffix != ".md" or not is_myst_markdown_notebook(text):
        return None
    return _job(app, docname, text, _notebook(app, docname, text))


def _notebook(app: Sphinx, docname: str, text: str) -> nbformat.NotebookNode:
    path = app.env.doc2path(docname)
    return read_myst_markdown_notebook(text, config=app.env.myst_config, add_source_map=True, path=path)


def _job(app: Sphinx, docname: str, text: str, notebook: nbformat.NotebookNode) -> Job | None:
    config = app.env.mystnb_config
    path = Path(app.env.doc2path(docname))
    own = notebook.metadata.get(config.metadata_key, {})
    special = config.execution_mode == "inline" or config.execution_in_temp or config.execution_allow_errors
    special = special or any(key.startswith(("execution", "output_stderr")) for key in own)
    if special or not config.execution_raise_on_error or "allow_errors" in notebook.metadata.get("execution", {}):
        return None
    if any(PurePosixPath(path.as_posix()).match(pattern) for pattern in app.config.nb_execution_excludepatterns):
        return None
    lines = text.split("\n")
    starts = notebook.metadata["source_map"]
    cells = []
    for start, cell in zip(starts, notebook.cells, strict=True):
        if cell.cell_type == "code":
            tags = set(cell.metadata.get("tags", ()))
            if tags & TAGS or config.cell_metadata_key in cell.metadata:
                return None
            may_warn = config.output_stderr not in ("error", "severe") or "remove-stderr" in tags
            cells.append(Cell(cell.source, _line(lines, start, cell.source), may_warn))
    if not cells:
        return None
    timeout = notebook.metadata.get("execution", {}).get("timeout", config.execution_timeout)
    file = path.resolve().relative_to(Path(app.sdgbook.package.root).resolve()).as_posix()
    return Job(docname, file, tuple(cells), timeout if timeout and timeout > 0 else None)


def _line(lines: list[str], start: int, source: str) -> int:
    """The line (from 1) where a cell's source begins, after its options; `start` (from 0) is that after its fence."""
    wanted = source.split("\n")
    for at in range(start, min(start + 40, len(lines))):
        if lines[at : at + len(wanted)] == wanted:
            return at + 1
    return start + 1


def read_notebook(text: str, docname: str) -> nbformat.NotebookNode:
    """A page as myst-nb itself reads it, with the outputs of its cells as if a kernel had filled them in."""
    notebook = _notebook(_app, docname, text)
    job = _job(_app, docname, text, notebook)
    if job is None:
        file = f"{docname}.md"
        raise ChaptersFailed(
            [Problem(file, None, None, "Trang này đổi trong khi đang được dựng.", "Dựng lại.", kind="machine")]
        )
    outcome = _app.sdgbook_outcomes.get(docname)
    if outcome is None or outcome.digest != job.digest:
        # The file has changed since its cells were run.
        execute(_app, Path(_app.sdgbook.package.root), executor(), [job])
        outcome = _app.sdgbook_outcomes[docname]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, (cell, outputs) in enumerate(zip(code, outcome.outputs, strict=True), 1):
        cell.execution_count = number
        cell.outputs = [nbformat.from_dict(output) for output in outputs]
    notebook.metadata["language_info"] = nbformat.from_dict(LANGUAGE)
    return notebook
