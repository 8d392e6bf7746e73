"""Prose holds no typed figures: finds digits in chapters and text cells that are not a name, a date or a code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sdgbook.data import DataPackage, Problem

# What in a Markdown file is not prose, blanked out so that positions stay.
NOT_PROSE = re.compile(
    r"""
    \{[a-z-]+\}`[^`]*`          # roles
    | `[^`\n]*`                 # code
    | \]\([^)\n]*\)             # targets of links
    | <https?://[^>\n]*>        # addresses
    | ^\([\w-]+\)=$             # labels
    | \{\#[\w-]+\}              # heading ids
    | ^\ *\d{1,2}\.\            # numbers of a list's items
    """,
    re.VERBOSE | re.MULTILINE,
)
YEAR = r"(?:19|20)\d{2}"
DATE = rf"\d{{1,2}}/\d{{1,2}}/{YEAR}|\d{{1,2}}/{YEAR}"
DIGITS = re.compile(r"\d[\d.,/]*\d|\d")


@dataclass(frozen=True)
class Prose:
    """Text of a file from `line` on, with all that is not prose blanked."""

    text: str
    line: int = 1
    column: int = 1


class TypedFigures:
    """Finds digits that prose may not hold; knows the package's codes, documents and terms."""

    def __init__(self, package: DataPackage):
        allowed = {row["target"] for row in package.table("targets").rows}
        for row in package.table("targets").rows:
            # 15.2.a is point a of target 15.2.
            allowed |= {row["national_target"], *row["un_targets"], re.sub(r"\.[a-z]$", "", row["target"])}
        # “mục tiêu 15”, “mục tiêu số 16”: goals are called by number.
        goals = "|".join(str(row["goal"]) for row in package.table("goals").rows)
        numbers = {row["number"] for row in package.table("documents").rows if row["number"]}
        terms = {row["term"] for row in package.table("terms").rows if re.search(r"\d", row["term"])}
        words = sorted(allowed | numbers | terms, key=len, reverse=True)
        # Where no name goes over a line's end, only lines with digits need to be looked at.
        self.parts = re.compile(r"(?s).+" if any("\n" in word for word in words) else r"(?m)^.*\d.*$")
        known = "|".join(re.escape(word) for word in words)
        self.allowed = re.compile(
            rf"(?<![\w.,/])(?:{known}|{DATE}|{YEAR}(?:[-–]{YEAR})?|mục tiêu (?:chung |số )*(?:{goals}))"
            r"(?![\w/]|[.,]\d)",
            re.IGNORECASE,
        )

    def find(self, prose: Prose, file: str, column: str | None = None) -> list[Problem]:
        """One problem per typed figure; `column` names the CSV column where the text stands in one."""
        if not DIGITS.search(prose.text):
            return []
        text = self.parts.sub(lambda part: self.allowed.sub(lambda m: " " * len(m[0]), part[0]), blank(prose.text))
        problems = []
        for match in DIGITS.finditer(text):
            line = text.count("\n", 0, match.start())
            start = match.start() - (text.rfind("\n", 0, match.start()) + 1)
            place = column or start + (prose.column if line == 0 else 1)
            problems.append(
                Problem(
                    file,
                    prose.line + line,
                    place,
                    f"Có con số gõ tay “{match[0]}” trong câu văn.",
                    "Lấy số từ dữ liệu bằng {fact}`tên-con-số`; tên riêng có chữ số thì ghi vào bảng terms.",
                    kind="typed-figure",
                )
            )
        return problems


def blank(text: str) -> str:
    """`text` with roles, code and link targets replaced by spaces, lines kept."""
    return NOT_PROSE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
