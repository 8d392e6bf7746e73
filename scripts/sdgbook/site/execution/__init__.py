"""Runs the code cells of chapters: what a job is, what comes of it, and who runs it.

Chosen by the environment variable `SDGBOOK_EXECUTOR`: `fork` (children of this process, the default where the
system can fork), `kernel` (plain Jupyter kernels, started by myst-nb), `dask` (other machines). All give the
same pages, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sdgbook.data import Problem, ProblemsFound

SETTING = "SDGBOOK_EXECUTOR"
WORKERS = "SDGBOOK_WORKERS"


@dataclass(frozen=True)
class Cell:
    """A code cell: its source, the line of the file where that begins, whether it may write to stderr."""

    source: str
    line: int
    may_warn: bool = False


@dataclass(frozen=True)
class Job:
    """The code cells of one chapter, in order. `file` is its path from the project's root, `timeout` the seconds that
    one cell may take (None: any time)."""

    docname: str
    file: str
    cells: tuple[Cell, ...]
    timeout: float | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of what the cells say: outputs of another digest are not this page's."""
        return hashlib.sha256(json.dumps([cell.source for cell in self.cells]).encode()).hexdigest()

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Job:
        """What `as_data` gave."""
        return cls(**{**data, "cells": tuple(Cell(**cell) for cell in data["cells"])})


@dataclass
class Outcome:
    """What came of a job: its digest, per cell the outputs of a notebook file (nbformat 4), what was read of the data
    (None: unknown), and the problems. With problems, outputs are not to be used."""

    docname: str
    digest: str
    outputs: list[list[dict[str, Any]]] = field(default_factory=list)
    reads: Any = None
    problems: list[Problem] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {**vars(self), "problems": [asdict(problem) for problem in self.problems]}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Outcome:
        """What `as_data` gave."""
        return cls(**{**data, "problems": [Problem(**problem) for problem in data["problems"]]})


class Executor(Protocol):
    """Who runs chapters."""

    def run(self, root: Path, jobs: Sequence[Job], done: Callable[[Outcome], None] = ...) -> list[Outcome]:
        """Outcomes in the order of `jobs`; `done` hears of each as soon as it is there."""


def executor() -> Executor | None:
    """The executor that the environment asks for; None when myst-nb shall start plain kernels.

    Raises `ProblemsFound` when the setting means nothing.
    """
    chosen = os.environ.get(SETTING) or ("fork" if hasattr(os, "fork") else "kernel")
    if chosen == "kernel":
        return None
    if chosen == "fork" and hasattr(os, "fork"):
        from sdgbook.site.execution.fork import local

        return local()
    if chosen == "dask":
        from sdgbook.site.execution.cluster import DaskExecutor

        return DaskExecutor()
    told = f"Biến môi trường {SETTING} là “{chosen}”, không dùng được trên máy này."
    raise ProblemsFound(
        [Problem(SETTING, None, None, told, "Đặt là fork, kernel hoặc dask, hoặc bỏ biến này.", kind="settings")]
    )


def prepare(root: Path) -> None:
    """Let what runs chapters get ready for the project at `root`, where it can do so beside other work."""
    if _forks():
        from sdgbook.site.execution.fork import server

        server().prepare(root)


def begin(root: Path, jobs: Sequence[Job]) -> None:
    """Run jobs of the project at `root` already now, beside other work, where that is possible: the executor will have
    what comes of them when it is asked for the same."""
    if _forks():
        from sdgbook.site.execution.fork import server

        server().begin(root, jobs)


def _forks() -> bool:
    return hasattr(os, "fork") and (os.environ.get(SETTING) or "fork") == "fork"


def workers() -> int:
    """How many chapters run side by side: `SDGBOOK_WORKERS`, or as many as this process may use cores."""
    asked = os.environ.get(WORKERS, "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
