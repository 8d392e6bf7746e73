"""The Sphinx extension that makes pages: `sdgbook.site` in `_config.yml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx's entry point."""
    # Imported here: what runs chapters lives in this room too, and needs none of it.
    from sdgbook.site import extension

    return extension.setup(app)
