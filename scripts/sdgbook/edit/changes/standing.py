"""What the figures are said to mean, before and after: statuses of targets, claims, and charts with their findings.

No cell of a chapter is run for it. Cells that make a chapter or call one of its methods with plain values, as the
guide has them, are understood here; others are told as not understood.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sdgbook.edit.changes.figures import page_of
from sdgbook.edit.changes.found import ADDED, CHANGED, REMOVED, Chart, Turn
from sdgbook.edit.changes.trees import Tree
from sdgbook.edit.check import own_facts
from sdgbook.edit.markdown import ChapterFile
from sdgbook.report import claims
from sdgbook.report.blocks import Block
from sdgbook.report.chapters import Chapter
from sdgbook.report.context import Context
from sdgbook.report.editions import Edition
from sdgbook.report.facts import FactError, Facts
from sdgbook.report.status import edition_shown, mark_of, status_of

HOLDS, FAILS = "đúng", "không còn đúng hoặc chưa chắc"
NEW, GONE = "chưa có", "không còn"
# The methods of chapters and editions that give charts.
CHARTS = ("chart", "map", "areas", "areas_map", "timeline")


def statuses(before: Tree, after: Tree) -> list[Turn]:
    """Pages of targets whose grade, or the reason for having none, is another one."""
    old, new = _statuses(before), _statuses(after)
    found = []
    for page in sorted(old.keys() | new.keys()):
        one, other = old.get(page, ("", NEW)), new.get(page, ("", GONE))
        if one[1] != other[1]:
            found.append(Turn(page, f"mục tiêu {other[0] or one[0]}", one[1], other[1]))
    return found


def _statuses(tree: Tree) -> dict[str, tuple[str, str]]:
    """Of each page of targets these targets, and how they stand in words."""
    if tree.facts is None:
        return {}
    context = Context(tree.facts)
    by_page: dict[str, list[str]] = {}
    for target, row in context.target_rows.items():
        by_page.setdefault(row["chapter"], []).append(target)
    found = {}
    for page, targets in by_page.items():
        with suppress(Exception):
            stands = status_of(context, targets, edition_shown(context))
            mark = mark_of(stands.grade)
            told = f"{mark.sign} {mark.word}" + (f" ({stands.why})" if not stands.grade and stands.why else "")
            found[page] = (", ".join(targets), told)
    return found


def claimed(before: Tree, after: Tree) -> list[Turn]:
    """Claims of chapters that hold no more, or hold again; those that were added and do not hold."""
    old, new = _claims(before), _claims(after)
    found = []
    for place, told in sorted(new.items()):
        was = old.get(place)
        if (was or (HOLDS,))[0] != told[0]:
            page, about = place
            found.append(Turn(page, about, was[0] if was else NEW, told[0] + (f": {told[1]}" if told[1] else "")))
    return found


def _claims(tree: Tree) -> dict[tuple[str, str], tuple[str, str]]:
    """Whether each claim in the chapters' front matter holds, with why not."""
    if tree.facts is None:
        return {}
    found = {}
    for file, chapter in tree.chapters.items():
        stated = chapter.front.get("claims")
        for words, claim in stated.items() if isinstance(stated, dict) else ():
            own = own_facts(tree.facts, chapter.front.get("edition"))
            place, told = (page_of(file), f"“{words}” ({claim})"), (HOLDS, "")
            try:
                claims.check(str(claim), own)
            except FactError as error:
                told = (FAILS, error.message)
            except Exception as error:
                told = (FAILS, str(error))
            found[place] = told
    return found


@dataclass
class Drawn:
    """A chart as a chapter's cell makes it: its data, and the context that it is told in."""

    page: str
    data: dict[str, Any]
    context: Context

    @property
    def title(self) -> str:
        """The title in words."""
        return told(self.data["title"])


def told(segments: list[dict[str, Any]]) -> str:
    """Segments of text as plain words."""
    return "".join(s["text"] + (f" ({s['status']})" if s.get("status") else "") for s in segments)


def charts(
    before: Tree, after: Tree
) -> tuple[list[Chart], list[Turn], dict[tuple[str, str], list[Drawn | None]], list[str]]:
    """Charts that changed, findings that flip, the charts themselves by page and id (before, after), and cells that
    could not be understood."""
    unread: list[str] = []
    old = {(c.page, c.data["id"]): c for c in drawn(before, [])}
    new = {(c.page, c.data["id"]): c for c in drawn(after, unread)}
    found, turns, pairs = [], [], {}
    for place in sorted(old.keys() | new.keys()):
        one, other = old.get(place), new.get(place)
        if one and other and _same(one.data, other.data):
            continue
        change = CHANGED if one and other else ADDED if other else REMOVED
        titles = [c.title if c else "" for c in (one, other)]
        found.append(Chart(change, *place, titles[1] or titles[0], *titles))
        pairs[place] = [one, other]
        if one and other and titles[0] != titles[1]:
            ways = [[m[0].lower() for m in claims.direction_words(title)] for title in titles]
            turns.append(Turn(place[0], f"biểu đồ {place[1]}", *titles, flips=ways[0] != ways[1]))
    return found, turns, pairs, unread


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether readers see no difference between two charts."""
    seen = ("title", "subtitle", "alt", "notes", "spec")
    return all(json.dumps(one.get(k), default=str) == json.dumps(other.get(k), default=str) for k in seen)


def drawn(tree: Tree, unread: list[str]) -> Iterator[Drawn]:
    """The charts of all chapters of a tree; cells that are not understood are added to `unread`."""
    if tree.facts is None:
        return
    makers: dict[str, Callable[..., Context]] = {
        "chapter": lambda name, year=None: Chapter(name, tree.facts, year),
        "edition": lambda year: Edition(year, tree.facts),
    }
    for file, chapter in sorted(tree.chapters.items()):
        names: dict[str, Context] = {}
        for cell in chapter.cells:
            try:
                yield from _drawn(cell.source, names, makers, tree.facts, chapter)
            except FactError as error:
                unread.append(f"{file}, dòng {cell.line}: biểu đồ không vẽ được. {error.message}")
            except Exception:
                unread.append(f"{file}, dòng {cell.line}: ô mã này viết khác lối thường, ở đây không chạy nó.")


def _drawn(
    source: str,
    names: dict[str, Context],
    makers: dict[str, Callable[..., Context]],
    facts: Facts,
    chapter: ChapterFile,
) -> Iterator[Drawn]:
    """The charts that a cell shows, its calls done here with their plain values."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and node.module == "sdgbook":
            continue
        call = node.value if isinstance(node, ast.Assign | ast.Expr) else None
        if not isinstance(call, ast.Call):
            raise ValueError(source)
        values = [ast.literal_eval(argument) for argument in call.args]
        named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg}
        if isinstance(node, ast.Assign) and isinstance(call.func, ast.Name) and isinstance(node.targets[0], ast.Name):
            names[node.targets[0].id] = makers[call.func.id](*values, **named)
        elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            context, method = names[call.func.value.id], call.func.attr
            # Only what chapters are meant to call, and only what can be a chart.
            if method.startswith("_") or not inspect.isfunction(getattr(type(context), method, None)):
                raise ValueError(source)
            made = getattr(context, method)(*values, **named) if method in CHARTS else None
            if isinstance(made, Block) and made.kind == "chart":
                yield Drawn(page_of(chapter.file), made.data, context)
        else:
            raise ValueError(source)
