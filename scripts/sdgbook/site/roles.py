"""The roles of prose: `{fact}`, `{fact-number}`, `{objective}`, `{locator}`, `{document}`."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from sdgbook.report import inline
from sdgbook.report.facts import FactError
from sdgbook.site import records
from sdgbook.site.history import note_cells


class figure_link(nodes.Inline, nodes.TextElement):
    """A figure in a line of text: `value` for machines, `source` (its place in the report), `refuri` of
    its row."""


def uri(app: Sphinx, docname: str, page: str, anchor: str = "") -> str:
    """Relative address of a place on a page, as seen from `docname`."""
    base = "" if page == docname else app.builder.get_relative_uri(docname, page)
    return base + (f"#{anchor}" if anchor else "")


class InlineRole(SphinxRole):
    """One of the roles of `sdgbook.report.inline`."""

    def __init__(self, role: str):
        super().__init__()
        self.role = role

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        app = self.env.app
        try:
            with records.asking(self.env):
                segment = inline.ROLES[self.role](self.text, records.of_page(self.env).report.facts)
        except FactError as error:
            return [], [self.inliner.reporter.error(str(error), line=self.lineno)]
        records.note_answer(self.env, self.role, self.text, segment)
        note_cells(self.env, self.env.docname, segment.cells)
        if not segment.page:
            return [nodes.inline("", segment.text, classes=["status"])], []
        refuri = uri(app, self.env.docname, segment.page, segment.anchor)
        if segment.value:
            return [
                figure_link("", segment.text, value=segment.value, source=segment.source, refuri=refuri),
                *([nodes.inline("", f" ({segment.status})", classes=["status"])] if segment.status else []),
            ], []
        return [nodes.reference("", segment.text, refuri=refuri, internal=True)], []


def visit_figure_link(translator: Any, node: figure_link) -> None:
    """Opening tags; in a list of contents, where it already stands inside a link, only the value is marked."""
    if node.parent is not None and not isinstance(node.parent, nodes.reference):
        refuri, source = (translator.attval(node[name]) for name in ("refuri", "source"))
        translator.body.append(f'<a class="fact" href="{refuri}" data-source="{source}">')
    translator.body.append(f'<data value="{translator.attval(node["value"])}">')


def depart_figure_link(translator: Any, node: figure_link) -> None:
    """Closing tags."""
    translator.body.append("</data>")
    if node.parent is not None and not isinstance(node.parent, nodes.reference):
        translator.body.append("</a>")


def _nothing(translator: Any, node: figure_link) -> None:
    """Other builders show the text alone."""


def setup(app: Sphinx) -> None:
    """Register the roles and their node."""
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (_nothing, _nothing))
    app.add_node(figure_link, html=(visit_figure_link, depart_figure_link), **others)
    for role in inline.ROLES:
        app.add_role(role, InlineRole(role))
