"""Sphinx extension: roles, the blocks that code cells return, and the theme.

Everything hangs on Sphinx's own events, so that `jupyter-book build` by hand gives the same pages as `make site`.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from sdgbook.data import read_package
from sdgbook.report.context import Context
from sdgbook.report.facts import Facts
from sdgbook.site import downloads, finding, history, pages, reading, roles, sharing, tokens
from sdgbook.site.execution import hooks

PACKAGE = Path(__file__).resolve().parents[1]


def digest_of_inputs(root: Path) -> str:
    """SHA-256 over all that a page is made from besides its own Markdown: data, this package, the lock."""
    files = [p for p in (root / "data").rglob("*") if p.suffix in (".csv", ".json")]
    files += [p for p in PACKAGE.rglob("*") if p.suffix in (".py", ".html", ".css", ".js", ".toml", ".ttf", ".svg")]
    files += [root / "requirements.txt", root / "_config.yml", root / "_toc.yml"]
    total = hashlib.sha256()
    for path in sorted(files):
        if path.is_file():
            total.update(path.as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def open_package(app: Sphinx) -> None:
    """Read the data package once for the whole build, and leave out what this theme does not use."""
    app.sdgbook = Context(Facts(read_package(Path(app.srcdir))))
    # Sphinx's own search knows no Vietnamese: it drops numbers and words such as “an” and “no”.
    app.builder.search = False


def read_all_again(app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set) -> list[str]:
    """Every page, when anything but a page's own text has changed: an old figure must never stay."""
    digest = digest_of_inputs(app.sdgbook.package.root)
    stale = getattr(env, "sdgbook_digest", digest) != digest
    env.sdgbook_digest = digest
    return sorted(env.found_docs) if stale else []


def copy_data(app: Sphinx, error: Exception | None) -> None:
    """Put the data package beside the pages, as it is, for readers to download."""
    if error is None and app.builder.format == "html":
        package = app.sdgbook.package
        for file in ["data/datapackage.json", *(table.file for table in package.tables.values())]:
            target = Path(app.outdir) / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(package.root / file, target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx's entry point."""
    app.add_html_theme("sdgbook", str(Path(__file__).parent / "theme"))
    app.add_js_file("sdgbook.js")
    # Jupyter Book always sets this for an extension that the book does without; unknown values are warned of.
    app.add_config_value("comments_config", {}, "")
    # Where readers reach the department; each may stay empty, and the page then offers no such link.
    for name, default in (("repository", ""), ("branch", "main"), ("email", ""), ("phone", "")):
        app.add_config_value(f"sdgbook_{name}", default, "html", str)
    app.connect("builder-inited", open_package)
    app.connect("env-get-outdated", read_all_again)
    app.connect("html-page-context", pages.add_context)
    app.connect("html-page-context", pages.split_body, priority=950)
    app.connect("build-finished", copy_data)
    hooks.setup(app)
    history.setup(app)
    roles.setup(app)
    finding.setup(app)
    reading.setup(app)
    tokens.setup(app)
    downloads.setup(app)
    sharing.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
