"""`sdgbook changes`: what a change does for readers, told in plain Vietnamese.

What is compared lives in this room; how it is told, in `telling`. Two trees are read from git, both with the code that
runs: of an older one only what this code can read, and what it cannot is said.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sdgbook.edit.changes import due, figures, standing, tables, words
from sdgbook.edit.changes.found import RENAMED, Changes
from sdgbook.edit.changes.trees import Tree, both, other_files
from sdgbook.edit.markdown import read_yaml
from sdgbook.report.context import Context

# Columns of `observations` that are told as the figure that they make.
OF_FIGURES = ("obs_value", "obs_status", "qualifier")
# Draws a chart's data in its context, for a site of this name: PNG.
Draw = Callable[[dict[str, Any], Context, str], bytes]


def changes(
    root: Path,
    span: str,
    *,
    sites: tuple[Path | None, Path | None] = (None, None),
    draw: Draw | None = None,
) -> tuple[Changes, dict[str, bytes]]:
    """What differs between the trees of `BASE..HEAD` in the project at `root`, and pictures by file name.

    `sites` are the built sites of both, where there are any: pages and places on them are then known for sure. With
    `draw`, charts that changed are drawn as they were and as they are. Raises `ProblemsFound` where git does not know
    what is to be compared.
    """
    if None in sites:
        # What one site knows for sure cannot be compared with what files say of the other.
        sites = (None, None)
    with both(root, span) as (before, after):
        found = Changes(before.name, after.name)
        found.unread = [f"{tree.name}: {tree.unread}" for tree in (before, after) if tree.unread]
        cells, records, unread = tables.compare(before, after)
        found.unread += unread
        # What the check asks is asked here of what changed only.
        found.problems = [str(problem) for problem in after.problems if not problem.is_question]
        found.figures = figures.compare(before, after, sites)
        told = {(figure.file, figure.line) for figure in found.figures}
        found.cells = [c for c in cells if not c.prose and not ((c.file, c.line) in told and c.column in OF_FIGURES)]
        found.records = [r for r in records if not (r.key and (r.file, r.line) in told)]
        found.pages = words.pages(before, after)
        renamed = {page.page: page.before for page in found.pages if page.change == RENAMED}
        found.sentences = words.sentences(before, after, renamed, cells)
        found.links = words.links(before, after, sites)
        found.settings = words.settings(before, after)
        found.statuses = standing.statuses(before, after)
        found.claims = standing.claimed(before, after)
        found.charts, found.findings, pairs, unread = standing.charts(before, after)
        found.unread += unread
        found.version = due.version(before, after, cells, records)
        found.missing = figures.missing_revisions(before, after)
        found.others = other_files(root, before, after)
        found.touched = _touched(found, sites)
        due.judge(found)
        return found, _pictures(found, pairs, draw, (before, after)) if draw else {}


def _touched(found: Changes, sites: tuple[Path | None, Path | None]) -> list[str]:
    """Pages that readers see otherwise: by their bytes where both sites were built."""
    before, after = sites
    if before is None or after is None:
        pages = {page for figure in found.figures for page in figure.pages}
        pages |= {one.page for one in (*found.sentences, *found.statuses, *found.charts) if one.page}
        pages |= {page.page for page in found.pages}
        return sorted(pages - {page.page for page in found.pages if page.change == "removed"})
    old, new = figures.pages_of_site(before), figures.pages_of_site(after)
    return sorted(page for page in new if page not in old or old[page].read_bytes() != new[page].read_bytes())


def _pictures(
    found: Changes,
    pairs: dict[tuple[str, str], list[standing.Drawn | None]],
    draw: Draw,
    trees: tuple[Tree, Tree],
) -> dict[str, bytes]:
    """The charts that changed, drawn as they were and as they are; notes in `found` which picture is whose."""
    made: dict[str, bytes] = {}
    for chart in found.charts:
        stem = f"{chart.page.replace('/', '-')}-{chart.id}"
        for side, (word, one, tree) in enumerate(
            zip(("truoc", "sau"), pairs[chart.page, chart.id], trees, strict=True)
        ):
            if one is None:
                continue
            name = f"{stem}-{word}.png"
            try:
                made[name] = draw(one.data, one.context, _site_name(tree))
            except Exception as error:
                found.unread.append(f"Không vẽ được {name} ({type(error).__name__}).")
                continue
            setattr(chart, ("old_file", "new_file")[side], name)
    return made


def _site_name(tree: Tree) -> str:
    """How the site calls itself."""
    try:
        config = read_yaml((tree.file("_config.yml") or b"").decode("utf-8"))
        return str(config["sphinx"]["config"]["html_title"])
    except Exception:
        return ""
