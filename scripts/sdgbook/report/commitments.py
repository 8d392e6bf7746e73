"""What became of the tasks and requests of each report: how later reports follow them up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sdgbook.data import Row
from sdgbook.data.reads import remember
from sdgbook.report.context import Context
from sdgbook.report.facts import Facts

PAGE = "cam-ket"
NO_WORD, NOT_DUE = "no_word", "not_due"
# Of each state its sign and its words: those of `followups.status`, and two for commitments without any follow-up.
STATES = {
    "done": ("✓", "đã xong"),
    "under_way": ("→", "đang làm"),
    "not_started": ("○", "chưa làm"),
    "dropped": ("×", "không làm nữa"),
    NO_WORD: ("?", "không báo cáo nào nhắc lại"),
    NOT_DUE: ("–", "chưa đến kỳ báo cáo sau"),
}
CLOSED = {"done", "dropped"}


@dataclass(frozen=True)
class Tracked:
    """A task or a request: the edition that makes it, its row, and what each later report says of it, oldest first:
    the row of `followups`, or None where a report that is no draft is silent."""

    edition: int
    row: Row
    history: tuple[tuple[int, Row | None], ...]

    @property
    def followups(self) -> list[tuple[int, Row]]:
        """What later reports say of it, oldest first, without those that are silent."""
        return [(year, row) for year, row in self.history if row is not None]

    @property
    def state(self) -> str:
        """Where it stands, a key of `STATES`: by the last report that says anything of it."""
        if self.followups:
            return self.followups[-1][1]["status"]
        return NO_WORD if self.history else NOT_DUE

    @property
    def words(self) -> str:
        """The state as readers see it, with the report that says so: “đã xong (báo cáo năm 2023)”."""
        word = STATES[self.state][1]
        return f"{word} (báo cáo năm {self.followups[-1][0]})" if self.followups else word

    def concerns(self, year: int) -> bool:
        """Whether it was made before a year's report and is still open, or this report follows it up."""
        return self.edition < year and (self.state not in CLOSED or year in dict(self.followups))


def tracked(facts: Facts) -> list[Tracked]:
    """The commitments of all editions, newest edition first; tasks, then requests, in the order of their numbers."""
    return remember(facts.kept, "commitments", lambda: _track(facts))


def _track(facts: Facts) -> list[Tracked]:
    told: dict[tuple[int, str], dict[int, Row]] = {}
    finished = []
    for year in facts.editions:
        if facts.rows("edition", year)[0]["status"] != "draft":
            finished.append(year)
        for row in facts.rows("followups", year):
            told.setdefault((row["edition"], row["commitment"]), {})[year] = row
    found = []
    for edition in reversed(facts.editions):
        rows = facts.rows("commitments", edition)
        for row in sorted(rows, key=lambda row: (row["kind"] != "task", row["number"])):
            own = told.get((edition, row["commitment"]), {})
            years = sorted({*own, *(year for year in finished if year > edition)})
            found.append(Tracked(edition, row, tuple((year, own.get(year)) for year in years)))
    return found


def anchor(facts: Facts, commitment: Tracked) -> str:
    """Anchor on the page of commitments: those of the first edition keep what they had when it was alone."""
    first = commitment.edition == facts.package.editions[0]
    return commitment.row["commitment"] if first else f"{commitment.edition}-{commitment.row['commitment']}"


def word(row: Row) -> str:
    """“nhiệm vụ 3”, “đề xuất 1 gửi Trung ương”."""
    kind = "nhiệm vụ" if row["kind"] == "task" else "đề xuất"
    return f"{kind} {row['number']}" + (f" gửi {row['addressed_to']}" if row["addressed_to"] else "")


def item(context: Context, commitment: Tracked, *, whole: bool = False) -> dict[str, Any]:
    """A commitment with its state, for a list; `whole` as the tracker tells it: with its anchor, its targets and what
    each later report says. Elsewhere it leads to the tracker."""
    own, row = context.of(commitment.edition), commitment.row
    name = word(row)
    if commitment.edition != context.year:
        name += f" của báo cáo năm {commitment.edition}"
    sign = STATES[commitment.state][0]
    data = own.item(row, meta=[name], state={"sign": sign, "word": commitment.words})
    place = anchor(context.facts, commitment)
    if not whole:
        return {**data, "link": {"page": PAGE, "anchor": place}, "cells": _cells(commitment)}
    targets = [context.target(target) for target in row["targets"]]
    history = [_told(context, years) for _, years in groupby(commitment.history, key=lambda told: told[1])]
    return {**data, "id": place, "targets": targets, "history": history, "cells": _cells(commitment)}


def _cells(commitment: Tracked) -> list[tuple[str, str]]:
    return [commitment.row.cell, *(row.cell for _, row in commitment.followups)]


def _told(context: Context, told: Iterable[tuple[int, Row | None]]) -> dict[str, Any]:
    """What a report says of a commitment, and where; or which reports one after the other say nothing."""
    (year, row), *more = told
    if row is None:
        return {"years": ", ".join(str(silent) for silent in (year, *(later for later, _ in more)))}
    own = context.of(year)
    sign, word = STATES[row["status"]]
    state = {"sign": sign, "word": word}
    return {
        "years": str(year),
        "state": state,
        "note": own.text(row["note_vi"]),
        "source": own.locator(row["source_locator"]),
    }


def summary(commitments: Iterable[Tracked]) -> str:
    """How many tasks and requests these are and how many are in which state, in a sentence for each edition."""
    by_edition: dict[int, list[Tracked]] = {}
    for commitment in commitments:
        by_edition.setdefault(commitment.edition, []).append(commitment)
    return " ".join(_summed(edition, own) for edition, own in by_edition.items())


def _summed(edition: int, own: list[Tracked]) -> str:
    kinds = [("task", "nhiệm vụ"), ("request", "đề xuất")]
    told = [(sum(one.row["kind"] == kind for one in own), name) for kind, name in kinds]
    whole = " và ".join(f"{number} {name}" for number, name in told if number)
    states = [one.state for one in own]
    if set(states) == {NOT_DUE}:
        return f"Báo cáo năm {edition} nêu {whole}. Chưa đến kỳ báo cáo sau, nên chưa biết việc nào đã xong."
    shown = [state for state in STATES if state != NOT_DUE or state in states]
    counted = [f"{STATES[state][1]}: {states.count(state) or 'không có'}" for state in shown]
    return f"Báo cáo năm {edition} nêu {whole}. Đến nay, {'; '.join(counted)}."
