"""What the extension hangs on Sphinx: roles, the blocks that code cells return, records, the theme.

Everything hangs on Sphinx's own events, so that `jupyter-book build` by hand gives the same pages as `make site`.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from sdgbook.data import find_root
from sdgbook.data.frozen import SUMS, folder_of, frozen_years
from sdgbook.report.context import Context
from sdgbook.report.facts import facts_of
from sdgbook.site import (
    assets,
    builder,
    compiling,
    downloads,
    finding,
    forge,
    frozen,
    history,
    pages,
    permanent,
    reading,
    records,
    roles,
    sharing,
    statements,
    tokens_page,
)
from sdgbook.site.execution import hooks


def open_package(app: Sphinx) -> None:
    """Read the data package once for the whole build, and leave out what this theme does not use."""
    app.sdgbook = Context(facts_of(find_root(Path(app.srcdir))))
    # Sphinx's own search knows no Vietnamese: it drops numbers and words such as “an” and “no”.
    app.builder.search = False
    # What pages may hold is checked before. Should that ever miss something: no markup and no other file comes in.
    app.env.settings.update(raw_enabled=False, file_insertion_enabled=False)


def copy_data(app: Sphinx, error: Exception | None) -> None:
    """Put the data package beside the pages, as it is, for readers to download."""
    if error is None and app.builder.format == "html":
        package = app.sdgbook.package
        shutil.rmtree(Path(app.outdir) / "data", ignore_errors=True)
        sums = [f"{folder_of(year)}/{SUMS}" for year in frozen_years(package.root)]
        for file in ["data/datapackage.json", *(table.file for table in package.tables.values()), *sums]:
            target = Path(app.outdir) / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(package.root / file, target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect everything to Sphinx."""
    app.add_html_theme("sdgbook", str(Path(__file__).parent / "theme"))
    # Jupyter Book always sets this for an extension that the book does without; unknown values are warned of.
    app.add_config_value("comments_config", {}, "")
    # Where readers reach the department; each may stay empty, and the page then offers no such link.
    for name, default in (("repository", ""), ("branch", "main"), ("email", ""), ("phone", "")):
        app.add_config_value(f"sdgbook_{name}", default, "html", str)
    app.connect("builder-inited", open_package)
    app.connect("html-page-context", pages.add_context)
    app.connect("html-page-context", pages.split_body, priority=950)
    app.connect("build-finished", copy_data)
    assets.setup(app)
    records.setup(app)
    builder.setup(app)
    compiling.setup(app)
    hooks.setup(app)
    history.setup(app)
    roles.setup(app)
    finding.setup(app)
    forge.setup(app)
    frozen.setup(app)
    reading.setup(app)
    tokens_page.setup(app)
    downloads.setup(app)
    sharing.setup(app)
    permanent.setup(app)
    statements.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
