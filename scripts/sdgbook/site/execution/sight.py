"""The jobs of chapters as they look at first sight, before Sphinx and myst-nb have read any of them."""

from __future__ import annotations

from pathlib import Path

import yaml

from sdgbook.edit.markdown import read_chapter
from sdgbook.site.execution import Cell, Job


def jobs_at_first_sight(root: Path) -> list[Job]:
    """The cells of all chapters of the project at `root`, to begin with. What myst-nb makes of a chapter decides: where
    that is another job, this one has run for nothing."""
    try:
        config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
        timeout = config["execute"]["timeout"]
    except (OSError, ValueError, yaml.YAMLError, TypeError, KeyError):
        return []
    jobs = []
    for path in sorted((root / "book").rglob("*.md")):
        chapter = read_chapter(root, path)
        cells = tuple(Cell(cell.source, cell.line) for cell in chapter.cells)
        if cells and not chapter.problems:
            jobs.append(Job(path.relative_to(root / "book").with_suffix("").as_posix(), chapter.file, cells, timeout))
    return jobs
