"""The theme's scripts and styles, in a folder whose name is a digest of what is in it.

So a page and its assets are of one release whatever a server or a browser keeps, and both may keep them for ever.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from sdgbook.data import DataPackage
from sdgbook.files import folder_digest, listing, write
from sdgbook.policy import meta_policy
from sdgbook.report.context import ink_on

THEME = Path(__file__).parent / "theme" / "static"
SHEET = "sdgbook.css"


def assets(package: DataPackage) -> dict[str, bytes]:
    """The scripts and stylesheets by their path in the folder; the goals' colours come from the data."""
    found = {name: (THEME / name).read_bytes() for name in listing(THEME) if name.endswith((".css", ".js"))}
    found[SHEET] += "".join(
        f".goal-{goal['goal']} {{ --tile: {goal['colour']}; --tile-ink: {ink_on(goal['colour'])} }}\n"
        for goal in package.table("goals").rows
    ).encode()
    return found


def begin(app: Sphinx) -> None:
    """Make them, before any page asks for their folder."""
    app.sdgbook_assets = assets(app.sdgbook.package)
    digests = {name: sha256(content).hexdigest() for name, content in app.sdgbook_assets.items()}
    app.sdgbook_assets_folder = f"_static/{folder_digest(digests)}"


def add_context(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Tell the templates where the assets are, and what the page may load."""
    context["assets"] = app.sdgbook_assets_folder
    context["policy"] = meta_policy()


def put(app: Sphinx, error: Exception | None) -> None:
    """Write the assets; what Sphinx has copied of them to other names goes."""
    if error is None and app.builder.format == "html":
        out = Path(app.outdir)
        for name, content in app.sdgbook_assets.items():
            (out / "_static" / name).unlink(missing_ok=True)
            write(out / app.sdgbook_assets_folder / name, content)


def setup(app: Sphinx) -> None:
    """The assets of pages."""
    app.connect("builder-inited", begin)
    app.connect("html-page-context", add_context)
    app.connect("build-finished", put)
