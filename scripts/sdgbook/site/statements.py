"""What the book's own pages must tell truthfully: how the last try of its accessibility came out, and whom to write to.

`{access-results}` shows `book/tiep-can.json`, which `make access` writes; `{contact}` what `_config.yml` names.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from sdgbook.data import reads
from sdgbook.report import numbers
from sdgbook.site import forge
from sdgbook.site.blocks import render

RESULTS = "book/tiep-can.json"
# Tags of axe that name a standard: its name and version, and the rest in words.
STANDARDS = {
    "wcag2a": ("WCAG 2.0", " mức A"),
    "wcag2aa": ("WCAG 2.0", " mức AA"),
    "wcag21a": ("WCAG 2.1", " mức A"),
    "wcag21aa": ("WCAG 2.1", " mức AA"),
    "wcag22aa": ("WCAG 2.2", " mức AA"),
    "best-practice": ("", "những thói quen tốt của nghề"),
}
SCHEMES = {"light": "nền sáng", "dark": "nền tối"}
IMPACTS = {"minor": "nhẹ", "moderate": "vừa", "serious": "nặng", "critical": "rất nặng"}


def results_data(found: dict[str, Any]) -> dict[str, Any]:
    """What the page shows of the results: plain words."""
    day = datetime.date.fromisoformat(found["date"])
    return {
        "day": {"iso": found["date"], "text": numbers.spell_date(day)},
        "commit": found["commit"],
        "axe": found["axe"],
        "browser": found["browser"],
        "standards": [dict(zip(("tag", "words"), STANDARDS[name], strict=True)) for name in found["standards"]],
        "pages": found["pages"],
        "views": [f"rộng {view['width']} điểm ảnh, {SCHEMES[view['scheme']]}" for view in found["views"]],
        "violations": [{**one, "impact": IMPACTS.get(one["impact"], one["impact"])} for one in found["violations"]],
        "unsure": sum(found["unsure"].values()),
        "keyboard": {"pages": len(found["keyboard"]["pages"]), "wrong": found["keyboard"]["wrong"]},
    }


class AccessResults(SphinxDirective):
    """How the last try of the pages came out."""

    def run(self) -> list[nodes.Node]:
        """One raw HTML node."""
        app = self.env.app
        reads.note_file(RESULTS)
        try:
            data = results_data(json.loads((app.sdgbook.package.root / RESULTS).read_text(encoding="utf-8")))
        except (OSError, KeyError, TypeError, ValueError):
            told = f"Không đọc được {RESULTS}. Lấy lại tệp từ git, hoặc ghi lại bằng make access."
            return [self.state.document.reporter.error(told, line=self.lineno)]
        return [nodes.raw("", render("access", data, app, self.env.docname), format="html")]


class Contact(SphinxDirective):
    """The configured ways to reach the people behind the report, or that there is none yet."""

    def run(self) -> list[nodes.Node]:
        """A list, or a paragraph."""
        config, page = self.env.config, self.env.docname
        ways = forge.report_ways(config, config.project or page, page)
        if not ways:
            return [nodes.paragraph("", "Hiện trang này chưa ghi địa chỉ liên hệ nào.")]
        items = nodes.bullet_list()
        for way in ways:
            items += nodes.list_item("", nodes.paragraph("", "", nodes.reference("", way["text"], refuri=way["href"])))
        return [items]


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("access-results", AccessResults)
    app.add_directive("contact", Contact)
