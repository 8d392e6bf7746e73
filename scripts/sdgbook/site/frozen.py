"""The directive `{frozen-editions}`: where the frozen editions are kept; nothing at all where there are none."""

from __future__ import annotations

import os

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from sdgbook.data.frozen import SUMS, WITHOUT, folder_of
from sdgbook.site.history import note_cells

TITLE, ANCHOR = "Các ấn bản đã chốt", "cac-an-ban-da-chot"
WORDS = "Ấn bản đã chốt được giữ nguyên như lúc chốt. Con số nào về sau được hiệu đính thì đầu trang của nó có ghi."


class FrozenEditions(SphinxDirective):
    """A section with the frozen editions, the newest first, and the checksums of their tables."""

    def run(self) -> list[nodes.Node]:
        report = self.env.app.sdgbook
        years = [year for year in reversed(report.facts.editions) if report.facts.is_frozen(year)]
        if not years or os.environ.get(WITHOUT):
            return []
        up = "../" * self.env.docname.count("/")
        items = nodes.bullet_list()
        for year in years:
            row = report.of(year).rows("edition")[0]
            note_cells(self.env, self.env.docname, [row.cell])
            line = nodes.paragraph()
            line += nodes.reference("", f"Ấn bản {year}", refuri=f"{up}{year}/index.html", internal=True)
            line += nodes.Text(f": {row['source_title']} (")
            line += nodes.reference("", "mã SHA-256", refuri=f"{up}{folder_of(year)}/{SUMS}", internal=True)
            line += nodes.Text(")")
            items += nodes.list_item("", line)
        return [nodes.section("", nodes.title("", TITLE), nodes.paragraph("", WORDS), items, ids=[ANCHOR])]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("frozen-editions", FrozenEditions)
