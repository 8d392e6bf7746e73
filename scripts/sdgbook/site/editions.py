"""Which edition tells a page: the `edition` of its front matter, within which its names are read."""

from __future__ import annotations

import re

from sphinx.application import Sphinx

from sdgbook.report.context import Context

EDITION = re.compile(r"^edition:\s*(\d{4})\s*$", re.MULTILINE)


def edition_in(text: str) -> int | None:
    """The year that a page's Markdown names in its front matter."""
    front = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    found = EDITION.search(front[1]) if front else None
    return int(found[1]) if found else None


def report_of(app: Sphinx, docname: str) -> Context:
    """The report as the page `docname`, which has been read, tells it: that of its own edition, else the newest."""
    return report_in(app, app.env.metadata.get(docname, {}).get("edition"))


def report_in(app: Sphinx, year: object) -> Context:
    """The report of an edition; the newest one for a year that has none."""
    years = {str(edition): edition for edition in app.sdgbook.facts.editions}
    return app.sdgbook.of(years[str(year)]) if str(year) in years else app.sdgbook
