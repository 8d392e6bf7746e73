"""Runs the cells of one chapter in the current process, with IPython's own shell: magics, `display` and rich outputs
are those of a Jupyter kernel. Changes the process that it runs in for good: made for a child of its own."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from pathlib import Path
from typing import Any

from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from jupyter_client.session import json_packer
from traitlets import Type
from traitlets.config import Config

from sdgbook.data import Problem, ProblemsFound, find_root, reads
from sdgbook.edit.pages import check_sources
from sdgbook.report.blocks import Block
from sdgbook.report.facts import facts_of
from sdgbook.report.failures import failure, goes_on
from sdgbook.site.execution import Cell, Job, Outcome
from sdgbook.site.execution.limits import MOST_BYTES, too_much

# What an output weighs besides its text.
EACH = 100


class TooMuch(Exception):
    """A chapter's outputs are larger than `MOST_BYTES`."""


class Outputs:
    """The outputs of the running cell in the order of their coming, as a notebook file has them."""

    def __init__(self) -> None:
        self.cells: list[list[dict[str, Any]]] = []
        self.weight = 0
        self._shown: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self._clear_at_next = False

    def _weigh(self, more: int) -> None:
        self.weight += more + EACH
        if self.weight > MOST_BYTES:
            raise TooMuch

    def _add(self, output: dict[str, Any]) -> None:
        if self._clear_at_next:
            self.clear()
        self.cells[-1].append(output)

    def stream(self, name: str, text: str) -> None:
        """Text written to stdout or stderr. What follows the same stream's text joins it."""
        self._weigh(len(text))
        last = self.cells[-1][-1] if self.cells[-1] and not self._clear_at_next else {}
        if last.get("name") == name:
            last["text"].append(text)
        else:
            self._add({"output_type": "stream", "name": name, "text": [text]})

    def display(self, output: dict[str, Any], display_id: str | None = None) -> None:
        """A rich output, as it is at this moment."""
        packed = json_packer(output)
        self._weigh(len(packed))
        output = json.loads(packed)
        self._add(output)
        if display_id:
            self._shown.setdefault(display_id, []).append((len(self.cells), output))

    def update(self, data: Any, metadata: Any, display_id: str | None) -> None:
        """Other content for the outputs that were displayed under this id."""
        packed = json_packer({"data": data, "metadata": metadata})
        self._weigh(len(packed))
        for _, output in self._shown.get(display_id or "", []):
            output.update(json.loads(packed))

    def clear(self, wait: bool = False) -> None:
        """Drop the running cell's outputs, at once or when the next comes."""
        self._clear_at_next = wait
        if not wait:
            self.cells[-1].clear()
            for shown in self._shown.values():
                shown[:] = [item for item in shown if item[0] != len(self.cells)]

    def finished(self) -> list[list[dict[str, Any]]]:
        """All cells' outputs."""
        for cell in self.cells:
            for output in cell:
                if output["output_type"] == "stream":
                    output["text"] = "".join(output["text"])
        return self.cells


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a cell."""

    encoding, errors = "UTF-8", "strict"  # type: ignore[assignment]

    def __init__(self, name: str, outputs: Outputs):
        self.name, self.outputs = name, outputs

    def write(self, text: str) -> int:
        """Text for this stream."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if text:
            self.outputs.stream(self.name, text)
        return len(text)

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """Where other programs write that a cell starts."""
        return 1 if self.name == "stdout" else 2


class Publisher(DisplayPublisher):
    """What `display()` calls."""

    def publish(self, data, metadata=None, *, transient=None, update=False, **_):  # type: ignore[override]
        """Take a rich output, or other content for an earlier one."""
        outputs, display_id = self.shell.outputs, (transient or {}).get("display_id")
        if update:
            outputs.update(data, metadata or {}, display_id)
        else:
            outputs.display({"output_type": "display_data", "data": data, "metadata": metadata or {}}, display_id)

    def clear_output(self, wait=False):
        """What `IPython.display.clear_output` calls."""
        self.shell.outputs.clear(wait)


class Hook(DisplayHook):
    """Takes the value of a cell's last expression."""

    def start_displayhook(self) -> None:
        """Nothing to begin with."""

    def write_output_prompt(self) -> None:
        """A page shows no prompt."""

    def write_format_data(self, format_dict, md_dict=None) -> None:
        """The value in its formats."""
        result = {"output_type": "execute_result", "execution_count": self.prompt_count}
        self.shell.outputs.display({**result, "data": format_dict, "metadata": md_dict or {}})

    def finish_displayhook(self) -> None:
        """Nothing to end with."""
        self._is_active = False


class Shell(ZMQInteractiveShell):
    """The shell of a Jupyter kernel, with nobody connected: libraries take it for a notebook, as in a kernel."""

    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)
    outputs: Outputs

    def _showtraceback(self, etype, evalue, stb) -> None:
        """Errors are told by `failure`."""


def run_chapter(root: Path, job: Job, scratch: Path, begins: Callable[[int], None] = lambda number: None) -> Outcome:
    """Run the cells of a job, for the project at `root`; `begins` hears of each cell as it begins, and of the end.

    After a cell has failed the others are run as well, so that all problems are told at once. What a cell writes to
    stderr is judged by `warned`, once other programs' words are known too. IPython may keep files in `scratch`.
    """
    outcome = Outcome(job.docname, job.digest)
    # Whatever was looked at before, and however the cells came here, nothing else is ever run.
    outcome.problems = list(check_sources(job.file, [(cell.source, cell.line) for cell in job.cells]))
    if outcome.problems:
        return outcome
    outputs = Outputs()
    Block.for_pages = True
    with _surroundings(root, job, scratch) as shell, reads.recording() as seen:
        shell.outputs = outputs
        sys.stdout, sys.stderr = Stream("stdout", outputs), Stream("stderr", outputs)
        for number, cell in enumerate(job.cells):
            begins(number)
            outputs.cells.append([])
            problem = _run_cell(shell, job, cell)
            if problem:
                outcome.problems.append(problem)
                if outputs.weight > MOST_BYTES or not goes_on(shell.user_ns):
                    break
        begins(len(job.cells))
    # Data that cannot be read at all are told by the cell that asks for them: nothing is known of what it read then.
    with suppress(ProblemsFound):
        outcome.reads = seen.as_data(facts_of(root).package) if seen.all_cells() else {}
    outcome.outputs = [] if outcome.problems else outputs.finished()
    return outcome


def _run_cell(shell: Shell, job: Job, cell: Cell) -> Problem | None:
    # IPython counts lines from the first that is not blank.
    source = cell.source.lstrip()
    source = cell.source[cell.source.rfind("\n", 0, len(cell.source) - len(source)) + 1 :]
    above = cell.source.count("\n") - source.count("\n")
    name = f"<cell {len(shell.outputs.cells)}>"
    shell.compile.get_code_name = lambda raw_code, transformed_code, number: name
    result = shell.run_cell(source, store_history=True)
    error = result.error_before_exec or result.error_in_exec
    if shell.outputs.weight > MOST_BYTES:
        return too_much(job, cell)
    if error is None:
        return None
    line, column, message, remedy, kind = failure(error, source, name)
    return Problem(job.file, cell.line + above + line - 1, column, message, remedy, kind=kind)


def _warn(message, category, filename, lineno, file=None, line=None) -> None:
    """Python's own way to show a warning, whatever this process does with its own ones."""
    (file or sys.stderr).write(warnings.formatwarning(message, category, filename, lineno, line))


class FromSource(SourceFileLoader):
    """Imports a module that lies beside chapters from what its file says now. What Python keeps compiled is known by
    the file's time and size alone, and would lie in the book."""

    def path_stats(self, path: str) -> Any:
        """Nothing that a compiled file could be found or kept by."""
        raise OSError


class Beside(FileFinder):
    """Finds modules in a folder of the book. What a chapter that imports anything reads there is which modules lie in
    the folder, not which other files."""

    def find_spec(self, fullname: str, target: Any = None) -> Any:
        """As of any folder."""
        reads.note_file(os.path.join(os.path.relpath(self.path, find_root()), reads.MODULES))
        with reads.recording():
            return super().find_spec(fullname, target)


def _finder(root: Path) -> Callable[[str], FileFinder]:
    """How modules are found in the folders of the book."""

    def find(path: str) -> FileFinder:
        if not Path(path or ".").resolve().is_relative_to(root / "book"):
            raise ImportError
        return Beside(path, (ExtensionFileLoader, EXTENSION_SUFFIXES), (FromSource, SOURCE_SUFFIXES))

    return find


@contextmanager
def _surroundings(root: Path, job: Job, scratch: Path) -> Iterator[Shell]:
    """What a cell finds around it in a kernel: the chapter's folder, a shell, no input, Python's usual warnings."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    before = Path.cwd(), sys.stdin, sys.stdout, sys.stderr, sys.modules["__main__"], dict(os.environ)
    os.chdir((root / job.file).parent)
    sys.path.insert(0, "")
    finder = _finder(root.resolve())
    sys.path_hooks.insert(0, finder)
    sys.path_importer_cache.pop(str(Path.cwd()), None)
    try:
        with warnings.catch_warnings(), open(os.devnull, encoding="utf-8") as sys.stdin:
            warnings.resetwarnings()
            for kind in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
                warnings.simplefilter("ignore", kind)
            warnings.showwarning = _warn
            logging.root.handlers.clear()
            logging.root.setLevel(logging.WARNING)
            Shell.clear_instance()
            # A person's own IPython settings must not change the book.
            yield Shell.instance(config=config, ipython_dir=str(scratch))
    finally:
        Shell.clear_instance()
        sys.path.remove("")
        sys.path_hooks.remove(finder)
        here, sys.stdin, sys.stdout, sys.stderr, sys.modules["__main__"], environment = before
        os.chdir(here)
        os.environ.clear()
        os.environ.update(environment)
