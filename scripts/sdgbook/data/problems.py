"""The one shape in which every mistake is told to the people who can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """A mistake in a file that staff edit.

    `file` is relative to the project's folder; `line` counts from 1; `column` is a CSV column's name or, in a
    text file, a character's position from 1. `message` and `remedy` are Vietnamese sentences: what is wrong,
    and what to write instead.
    """

    file: str
    line: int | None
    column: str | int | None
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = [self.file]
        if self.line is not None:
            place.append(f"dòng {self.line}")
        if self.column is not None:
            place.append(f"cột {self.column}")
        return f"{', '.join(place)}: {self.message}" + (f" → {self.remedy}" if self.remedy else "")


class ProblemsFound(Exception):
    """Raised with all problems found, so that all are told in one run."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(word: str, known: Iterable[str], most: int = 5) -> str:
    """A remedy that lists the known words nearest to `word`, or all of them when they are few."""
    known = sorted(set(known))
    near = get_close_matches(word, known, n=most, cutoff=0.5) or (known if len(known) <= 12 else [])
    return f"Có phải là: {', '.join(near)}?" if near else ""
