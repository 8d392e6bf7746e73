"""Renders the blocks that code cells return (`sdgbook.report.blocks.Block`) to HTML, through templates."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from docutils import nodes
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from sdgbook.report.blocks import MIME
from sdgbook.site import downloads, records
from sdgbook.site.compiling import Compiled
from sdgbook.site.drawing import draw
from sdgbook.site.history import cells_in, note_cells
from sdgbook.site.roles import uri


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("sdgbook.site", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=Compiled(),
    )


def render(kind: str, data: dict[str, Any], app: Any, docname: str) -> str:
    """HTML of a block as it stands on the page `docname`."""

    def href(link: dict[str, str]) -> str:
        if link.get("file"):
            return "../" * docname.count("/") + link["file"]
        return uri(app, docname, link["page"], link.get("anchor") or link.get("id") or "")

    def svg(chart: dict[str, Any]) -> Markup:
        return Markup(draw(chart["spec"], chart["id"], chart["alt"]))

    def download(name: str) -> str:
        """Address of a file of this page in `tai-ve`."""
        return f"{'../' * docname.count('/')}{downloads.folder(docname)}/{name}"

    def page_title(page: str) -> str:
        """The heading of another page."""
        heading = records.heading_of(app.env, page)
        records.note_heading(app.env, page, heading)
        return heading

    template = _templates().get_template(f"{kind}.html")
    tools = {"href": href, "svg": svg, "download": download, "page_title": page_title}
    return template.render(**data, **tools, page_name=docname.rpartition("/")[2])


class BlockRenderer:
    """myst-nb's plugin for our blocks."""

    mime_priority_overrides: ClassVar = [("*", MIME, 1)]

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Element] | None:
        """A block as one raw HTML node; None for every other kind of output."""
        if data.mime_type != MIME:
            return None
        env = renderer.renderer.sphinx_env
        block = data.content
        note_cells(env, env.docname, cells_in(block["data"]))
        html = render(block["kind"], block["data"], env.app, env.docname)
        downloads.remember(env.app, env.docname, block["kind"], block["data"])
        return [nodes.raw("", html, format="html")]
