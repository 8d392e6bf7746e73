"""The few roles that prose, table cells and chart titles share: figures, objectives, places, documents.

`{fact}`name``, `{fact-number}`name``, `{objective}`slug``, `{locator}`I.2.1``, `{document}`slug``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sdgbook.data import Row
from sdgbook.data.problems import did_you_mean
from sdgbook.report import numbers
from sdgbook.report.facts import Fact, FactError, Facts, Unfilled

ROLE = re.compile(r"\{([a-z-]+)\}`([^`]*)`")
OUTLINE, DOCUMENTS, AREAS, GLOSSARY = "de-cuong", "to-chuc-thuc-hien", "dia-phuong", "thuat-ngu"
KINDS = {
    "decision": "Quyết định",
    "resolution": "Nghị quyết",
    "directive": "Chỉ thị",
    "plan": "Kế hoạch",
    "official-letter": "Công văn",
    "circular": "Thông tư",
    "law": "Luật",
    "scheme": "Đề án",
    "report": "Báo cáo",
    "other": "Văn bản",
}


@dataclass(frozen=True)
class Segment:
    """A run of text, perhaps a link to `anchor` on `page`.

    For a figure `value` is what machines read, `status` the word that follows it (“sơ bộ”) and `source` its first
    place in the report. `cells` are the data rows (file, key) that the text comes from.
    """

    text: str
    page: str = ""
    anchor: str = ""
    value: str = ""
    status: str = ""
    source: str = ""
    cells: tuple[tuple[str, str], ...] = ()

    @property
    def plain(self) -> str:
        """The text with its status: “18,06% (sơ bộ)”."""
        return f"{self.text} ({self.status})" if self.status else self.text

    def to_json(self) -> dict[str, Any]:
        """The parts that are not empty."""
        return {k: v for k, v in vars(self).items() if v}


def ascii_slug(text: str) -> str:
    """Letters without marks, for addresses: “kết quả” → “ket-qua”. Capitals and dots stay."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D").replace("¶", "p"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^A-Za-z0-9.]+", "-", plain).strip("-")


def outline_page(edition: int, facts: Facts) -> str:
    """The page of an edition's outline: the first edition's keeps the address that it had when it was alone."""
    return OUTLINE if edition == facts.package.editions[0] else f"{OUTLINE}-{edition}"


def locator_segment(locator: str, facts: Facts) -> Segment:
    """A link to a place of the edition's source in its outline, which names the year of an older one; `FactError` when
    the source has no such place."""
    places = facts.package.table("sections", facts.edition).by_key
    if locator not in places:
        raise FactError(f"Báo cáo không có chỗ “{locator}”.", did_you_mean(locator, places), kind="locator")
    text = locator if facts.edition == facts.newest else f"{locator} ({facts.edition})"
    return Segment(text, outline_page(facts.edition, facts), ascii_slug(locator))


def document_name(row: Row) -> str:
    """How a document is called: kind, number and date, or its subject when it has no number."""
    kind = KINDS[row["kind"]]
    if row["number"]:
        name = f"{kind} {row['number']}"
        return name + (f" ngày {numbers.spell_date(row['issued_on'])}" if row["issued_on"] else "")
    title = row["title_vi"]
    # Laws are called by their title; of other papers the title tells the subject.
    whole = row["kind"] in ("law", "other") or title.lower().startswith(kind.lower())
    return title if whole else f"{kind} {title[:1].lower()}{title[1:]}"


def document_segment(slug: str, facts: Facts) -> Segment:
    """A link to a document in the list of documents."""
    documents = facts.package.table("documents").by_key
    if slug not in documents:
        raise FactError(f"Không có văn bản nào mã “{slug}”.", did_you_mean(slug, documents), kind="reference")
    row = documents[slug]
    return Segment(document_name(row), DOCUMENTS, f"van-ban-{slug}", cells=(row.cell,))


def objective_segment(slug: str, facts: Facts) -> Segment:
    """Value and unit of an objective, linked to where its target's page tells it."""
    objectives = facts.package.table("objectives", facts.edition).by_key
    if slug not in objectives:
        raise FactError(f"Không có đích nào mã “{slug}”.", did_you_mean(slug, objectives), kind="reference")
    row = objectives[slug]
    if row["value"] is None:
        raise FactError(f"Đích “{slug}” là đích bằng lời, không có giá trị.", kind="reference")
    if row["rule"] == "reduce_by_percent":
        symbol = "%"
    else:
        symbol = facts.unit(facts.package.table("indicators").by_key[row["indicator"]]["unit"]).symbol
    text = numbers.with_unit(numbers.format_number(row["value"]), symbol)
    page = facts.package.table("targets").by_key[row["targets"][0]]["chapter"]
    source, cells = row["source_locator"], (row.cell,)
    return Segment(text, page, f"dich-{slug}", value=f"{row['value']:f}", source=source, cells=cells)


def fact_segment(name: str, facts: Facts, *, number_only: bool = False) -> Segment:
    """The figure that a name means (`segment_of`); the words for one that a draft does not have yet."""
    try:
        return segment_of(facts.find(name), facts, number_only=number_only)
    except Unfilled as waiting:
        return Segment(waiting.words)


def segment_of(fact: Fact, facts: Facts, *, number_only: bool = False) -> Segment:
    """A figure, linked to its row in the table of its page."""
    source = locator_segment(fact.locators[0], facts.within(fact.edition)).text
    known = {"value": fact.plain_value, "source": source, "cells": fact.cells}
    if number_only:
        return Segment(fact.number, fact.page, fact.id, **known)
    return Segment(fact.measured, fact.page, fact.id, status=fact.marks, **known)


ROLES: dict[str, Callable[[str, Facts], Segment]] = {
    "fact": fact_segment,
    "fact-number": lambda name, facts: fact_segment(name, facts, number_only=True),
    "objective": objective_segment,
    "locator": locator_segment,
    "document": document_segment,
}


def segments(text: str | None, facts: Facts) -> list[Segment]:
    """`text` with its roles resolved; `FactError` for an unknown role or name."""
    found, at = [], 0
    for match in ROLE.finditer(text or ""):
        role, content = match[1], match[2]
        if role not in ROLES:
            raise FactError(f"Không có vai trò “{role}”.", did_you_mean(role, ROLES), kind="role")
        if match.start() > at:
            found.append(Segment(text[at : match.start()]))
        found.append(ROLES[role](content, facts))
        at = match.end()
    if text and at < len(text):
        found.append(Segment(text[at:]))
    return found


def plain(text: str | None, facts: Facts) -> str:
    """`text` with its roles written out and no links."""
    return "".join(segment.plain for segment in segments(text, facts))


def to_json(found: Iterable[Segment]) -> list[dict[str, Any]]:
    """Segments as plain data."""
    return [segment.to_json() for segment in found]
