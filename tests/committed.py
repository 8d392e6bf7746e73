"""A project under git whose commit counts as built, by a site that was built already."""

from __future__ import annotations

import shutil
from pathlib import Path

from books import commit
from helpers import run

from sdgbook.building import checkouts


def committed(root: Path) -> str:
    """Put a project under git; returns its commit."""
    commit(root)
    return run(root, "git", "rev-parse", "HEAD").stdout.strip()


def as_built(html: Path, kept: Path) -> None:
    """Let a site stand in `kept`, a folder of `_build/commits` or `_build/editions`, as if it had been built for it."""
    shutil.copytree(html, kept / "html")
    (kept / checkouts.LIST).write_text(checkouts.manifest(kept / "html").text, encoding="utf-8")
    (kept / "editions.json").write_text("{}")
