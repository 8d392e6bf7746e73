"""Headings, page titles and descriptions that claim a direction: each needs a claim in the page's front matter.

    claims:
      số hộ nghèo giảm: ten-chi-so > 0

The words before the colon stand in the heading or the description as they are; after it, what must hold
(`sdgbook.report.claims`). Names of goals and targets are exempt: they say what is aimed at, not what was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sdgbook.data import Problem
from sdgbook.edit.markdown import ChapterFile
from sdgbook.report import claims
from sdgbook.report.facts import FactError, Facts, Unfilled

HEADING = re.compile(r"^(?:#{1,6} |description:)(.*)$", re.MULTILINE)


def check_wording(facts: Facts, chapters: list[ChapterFile]) -> list[Problem]:
    """Directions claimed without a claim, claims that do not hold, and claims of words that the page does not have."""
    exempt = claims.official_names(facts)
    return [problem for chapter in chapters for problem in _check_page(facts, chapter, exempt)]


def _check_page(facts: Facts, chapter: ChapterFile, exempt: list[str]) -> Iterator[Problem]:
    own = facts.within(chapter.front["edition"]) if chapter.front.get("edition") in facts.editions else facts
    stated = chapter.front.get("claims") or {}
    if not isinstance(stated, dict) or not all(isinstance(claim, str) and claim.strip() for claim in stated.values()):
        remedy = "Mỗi dòng dưới claims: thụt vào hai dấu cách, dạng “chữ trong tiêu đề: tên-số > tên-số”."
        yield Problem(
            chapter.file, _line(chapter, "claims:"), None, "Phần claims không đúng dạng.", remedy, kind="claim"
        )
        return
    phrases = {str(phrase): claim for phrase, claim in stated.items()}
    patterns = {phrase: re.compile(re.escape(phrase), re.IGNORECASE) for phrase in phrases}
    used: set[str] = set()
    for heading in HEADING.finditer(chapter.prose):
        text = heading[1]
        covered = {p: [match.span() for match in pattern.finditer(text)] for p, pattern in patterns.items()}
        used |= {p for p, places in covered.items() if places}
        for word in claims.direction_words(text, exempt):
            if any(a <= word.start() and word.end() <= b for places in covered.values() for a, b in places):
                continue
            line, column = chapter.position(heading.start(1) + word.start())
            yield Problem(
                chapter.file,
                line,
                column,
                f"Câu này có chữ “{word[0]}” mà phần đầu trang không nói dựa vào con số nào.",
                f"Thêm dưới claims: ở đầu trang một dòng, chẳng hạn “{_around(text, word)}: "
                f"{claims.suggestion(word[0].lower())}”.",
                kind="claim",
            )
    for phrase, claim in phrases.items():
        line = _line(chapter, phrase)
        if phrase not in used:
            remedy = "Chép đúng chữ trong tiêu đề hay description, hoặc bỏ dòng này."
            yield Problem(
                chapter.file, line, None, f"Trang không có tiêu đề nào chứa “{phrase}”.", remedy, kind="claim"
            )
        for part in claims.split(claim):
            try:
                claims.check(part, own)
            except Unfilled:
                # A draft does not have the figure yet.
                continue
            except FactError as error:
                yield Problem(chapter.file, line, None, f"Câu “{phrase}”: {error.message}", error.remedy, kind="claim")


def _around(text: str, word: re.Match[str]) -> str:
    """The clause of `text` in which a direction word stands, for an example that can be copied."""
    start = max(text.rfind(mark, 0, word.start()) for mark in ",;:.`") + 1
    ends = [end for mark in ",;:.{" if (end := text.find(mark, word.end())) >= 0]
    return text[start : min(ends, default=len(text))].strip()


def _line(chapter: ChapterFile, words: str) -> int | None:
    """The line of the front matter that begins with these words."""
    for number, line in enumerate(chapter.text.split("\n"), 1):
        if line.strip().strip("\"'").startswith(words):
            return number
        if line == "---" and number > 1:
            break
    return None
