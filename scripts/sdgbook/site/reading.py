"""Reading comfort of a finished page: abbreviations spelled at first use, foreign words marked, numbers kept with
their words. What is an abbreviation or foreign is known from the table `terms`, not from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from sdgbook.data import DataPackage
from sdgbook.data.reads import remember
from sdgbook.report.numbers import NBSP

TOKENS = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)
NAME = re.compile(r"</?([A-Za-z][\w-]*)")
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
HEADINGS = {f"h{level}" for level in range(1, 7)}
# Elements that end a run of text: an abbreviation is spelled where its words stand in the same run.
BLOCKS = {
    "blockquote",
    "caption",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "li",
    "main",
    "nav",
    "ol",
}
BLOCKS |= {"p", "section", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"} | HEADINGS
NOT_READ = {"code", "pre", "script", "style", "svg", "template", "textarea", "title"}
# A number stays with the word before it; a short one with the word after it too (“5 năm”).
WORD_NUMBER = re.compile(r"(?<=[^\W\d_]) (?=\d)")
SHORT_NUMBER_WORD = re.compile(r"(?<![\w.,/])(\d{1,3}) (?=[^\W\d_])")


@dataclass
class Run:
    """A text token: its place among the tokens, whether it is read, and what stands around it."""

    at: int
    within: set[str]
    block: int


class Reading:
    """Mends pages; knows the abbreviations and foreign words of a data package."""

    def __init__(self, package: DataPackage):
        terms = package.table("terms").rows
        self.spelled = {r["term"]: r["expansion_vi"] for r in terms if r["kind"] == "abbreviation"}
        self.language = {r["term"]: r["language"] for r in terms if r["language"]}
        # The names of the package's files are words of the data.
        files = [table.file.rpartition("/")[2] for table in package.tables.values()]
        self.language |= dict.fromkeys([*files, "datapackage.json"], "en")
        # Not in document numbers such as 54/2021/NQ-HĐND, nor in names such as that of a program.
        short = rf"(?<![\w/-])({_any(self.spelled)})(?![\w-]|/[A-ZĐ\d])"
        names = [rf"(?<!\w){re.escape(name)}(?!\w)" for name in self.language if re.search(short, name)]
        self.abbreviation = re.compile("|".join([*names, short]))
        self.foreign = re.compile(rf"(?<![\w/-])({_any(self.language)})(?![\w/-])")

    def mend(self, html: str) -> str:
        """`html`, the body of a page, with nothing changed but text and the tags of `code`."""
        tokens = TOKENS.split(html)
        runs = self._runs(tokens)
        blocks: dict[int, str] = {}
        for run in runs:
            blocks[run.block] = blocks.get(run.block, "") + tokens[run.at]
        self._spell(tokens, runs, blocks)
        for run in runs:
            for mend in (self.mark, keep_together):
                parts = TOKENS.split(tokens[run.at])
                parts[::2] = map(mend, parts[::2])
                tokens[run.at] = "".join(parts)
        # Code is names of the data, which are English.
        for at in range(1, len(tokens), 2):
            if tokens[at].startswith("<code") and " lang=" not in tokens[at]:
                tokens[at] = f'<code lang="en"{tokens[at][5:]}'
        return "".join(tokens)

    def _runs(self, tokens: list[str]) -> list[Run]:
        """The tokens that are text for readers."""
        runs, opened, block = [], [], 0
        for at, token in enumerate(tokens):
            if at % 2 == 0:
                if token.strip() and NOT_READ.isdisjoint(opened):
                    runs.append(Run(at, set(opened), block))
                continue
            name = _name(token)
            if not name:
                continue
            block += name in BLOCKS
            if token.startswith("</"):
                while opened and opened.pop() != name:
                    pass
            elif name not in VOID and not token.endswith("/>"):
                opened.append(name)
        return runs

    def _spell(self, tokens: list[str], runs: list[Run], blocks: dict[int, str]) -> None:
        """Spell each abbreviation at its first use outside headings."""
        seen: set[str] = set()
        for run in runs:
            if HEADINGS & run.within:
                continue
            text, done = tokens[run.at], ""
            while match := self.abbreviation.search(text):
                short, before, after = match[1], text[: match.start()], text[match.end() :]
                # A glossary's entry is spelled beside it.
                if short is None or short in seen or "dt" in run.within:
                    done, text = done + text[: match.end()], after
                    seen.add(short)
                    continue
                seen.add(short)
                words = self.spelled[short]
                mark = f'<abbr title="{escape(words)}">{short}</abbr>'
                if _plain(words) in _plain(blocks[run.block]):
                    done, text = done + before + mark, after
                elif "a" in run.within:
                    done, text = done + before + mark, after
                    end = next(n for n in range(run.at + 1, len(tokens)) if tokens[n].startswith("</a"))
                    tokens[end] += _aside(words)
                elif (done + before).count("“") > (done + before).count("”"):
                    # Nothing is put into what is quoted.
                    quoted, quote, rest = after.partition("”")
                    done, text = done + before + mark, quoted + quote + _aside(f"{short}: {words}") + rest
                else:
                    done, text = done + before + mark + _aside(words), after
            tokens[run.at] = done + text

    def mark(self, text: str) -> str:
        """`text` with its foreign words marked as such."""
        return self.foreign.sub(lambda m: f'<span lang="{self.language[m[1]]}">{m[1]}</span>', text)


@lru_cache(maxsize=4096)
def _name(tag: str) -> str:
    """The name of the element that a tag begins or ends; "" where it is no tag. Most tags stand on a page often."""
    match = NAME.match(tag)
    return match[1].lower() if match else ""


def keep_together(text: str) -> str:
    """`text` with numbers that no line's end parts from their words."""
    return SHORT_NUMBER_WORD.sub(rf"\1{NBSP}", WORD_NUMBER.sub(NBSP, text))


def _any(words: Any) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).casefold()


def _aside(words: str) -> str:
    return f'<span class="spelled"> ({escape(words, quote=False)})</span>'


def mend_page(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document) -> None:
    """Mend the body of a page and the list of its sections, when all else that belongs to them is there."""
    reading = remember(vars(app.sdgbook), "words", lambda: Reading(app.sdgbook.package))
    if context.get("body"):
        context["body"] = reading.mend(context["body"])
    context["sections"] = [(href, keep_together(reading.mark(title))) for href, title in context.get("sections", ())]


def setup(app: Sphinx) -> None:
    """Mend pages after every other handler."""
    app.connect("html-page-context", mend_page, priority=900)
