"""Directives for finding and reading without a script: the list of all pages, and the place of the whole report.

Both need every page's title, so they are filled in when all pages have been read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from markupsafe import Markup, escape
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from sdgbook.data.problems import did_you_mean
from sdgbook.report.inline import outline_page
from sdgbook.site.editions import report_of
from sdgbook.site.roles import uri


class finding_aid(nodes.General, nodes.Element):
    """Stands for what is made from all pages: `aid` says what, `without` names pages left out."""


class FindingAid(SphinxDirective):
    """`{page-index}`: all pages with their sections. `{whole-report}`: where all pages come together (`publish.whole`).

    Option `:without:` names pages to leave out.
    """

    option_spec: ClassVar[dict[str, Any]] = {"without": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        without = self.options.get("without", "").split()
        unknown = [page for page in without if page not in self.env.found_docs]
        if unknown:
            remedy = did_you_mean(unknown[0], self.env.found_docs)
            message = f"Không có trang “{unknown[0]}”. {remedy}".strip()
            return [self.state.document.reporter.error(message, line=self.lineno)]
        self.env.metadata[self.env.docname]["shows_all_pages"] = True
        return [finding_aid(aid=self.name, without=without)]


def parts(env: BuildEnvironment) -> Iterator[tuple[str, list[str]]]:
    """The book's parts in its order: caption ("" for the home page) and pages, those below others after them."""

    def below(page: str) -> list[str]:
        return [page, *(p for child in env.toctree_includes.get(page, []) for p in below(child))]

    home = env.config.root_doc
    yield "", [home]
    for tree in env.tocs[home].findall(addnodes.toctree):
        yield tree["caption"] or "", [page for first in tree["includefiles"] for page in below(first)]


def sections(env: BuildEnvironment, page: str) -> list[tuple[str, str]]:
    """Anchor and title of a page's sections, those within others left out."""
    top = env.tocs[page][0]
    below = top[1] if len(top) > 1 else ()
    links = [next(item.findall(nodes.reference)) for item in below if isinstance(item, nodes.list_item)]
    return [(link["anchorname"], link.astext()) for link in links]


def page_index(app: Sphinx, docname: str, without: list[str]) -> str:
    """HTML of all pages with their sections, part by part."""
    html = []
    for caption, pages in parts(app.env):
        items = []
        for page in (page for page in pages if page not in without):
            own = Markup("").join(
                Markup('<li><a href="{}">{}</a></li>').format(uri(app, docname, page) + anchor, title)
                for anchor, title in sections(app.env, page)
            )
            link = Markup('<a href="{}">{}</a>').format(uri(app, docname, page) or "#", app.env.titles[page].astext())
            items.append(Markup("<li>{}{}</li>").format(link, Markup("<ul>{}</ul>").format(own) if own else ""))
        heading = Markup("<h3>{}</h3>\n").format(caption) if caption else ""
        html.append(Markup('{}<ul class="index pages">\n{}\n</ul>').format(heading, Markup("\n").join(items)))
    return "\n".join(html)


def whole_report(app: Sphinx, docname: str, without: list[str]) -> str:
    """The element that all pages come into, naming them in the book's order; of outlines only the newest edition's, and
    no drafts."""
    facts = app.sdgbook.facts
    without = [*without, *(outline_page(year, facts) for year in facts.editions if year != facts.newest)]
    listed = [page for _, part in parts(app.env) for page in part if page not in (docname, *without)]
    pages = [page for page in listed if not report_of(app, page).is_draft]
    return f'<div class="whole" data-pages="{escape(" ".join(pages))}"></div>'


AIDS = {"page-index": page_index, "whole-report": whole_report}


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put HTML in the place of each aid."""
    for node in list(doctree.findall(finding_aid)):
        html = AIDS[node["aid"]](app, docname, node["without"]) if app.builder.format == "html" else ""
        node.replace_self(nodes.raw("", html, format="html"))


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The pages that show all pages, whichever page has changed."""
    return [page for page, meta in env.metadata.items() if meta.get("shows_all_pages")]


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_node(finding_aid)
    for name in AIDS:
        app.add_directive(name, FindingAid)
    app.connect("doctree-resolved", fill)
    app.connect("env-updated", write_again)
