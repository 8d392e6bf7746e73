"""The one shape in which every mistake is told to the people who can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from sdgbook.data.kinds import KINDS, Kind, Rank


@dataclass(frozen=True)
class Problem:
    """A mistake in a file that staff edit.

    `file` is relative to the project's folder; `line` counts from 1; `column` is a CSV column's name or, in a
    text file, a character's position from 1. `message` and `remedy` are Vietnamese sentences: what is wrong,
    and what to write instead. `kind` names the paragraph of the guide that explains it (`sdgbook.data.kinds`), `found`
    is the text that stands there now, where there is one.
    """

    file: str
    line: int | None
    column: str | int | None
    message: str
    remedy: str = ""
    kind: str = field(kw_only=True)
    found: str = field(default="", kw_only=True)

    @property
    def is_question(self) -> bool:
        """Whether nothing is wrong for sure: such problems are told, and stop nothing."""
        return self.explained.rank == Rank.QUESTION

    @property
    def explained(self) -> Kind:
        """What the guide says of its kind."""
        return KINDS[self.kind]

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
