"""Tells when a file that the site is made from has been saved."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from watchfiles import Change, awatch

FOLDERS = ("book", "data", "scripts/sdgbook")
FILES = ("_config.yml", "_toc.yml")
# What editors, office programs and Python put beside a file for a while.
PASSING = re.compile(r"[.#~].*|.*~|.*\.(sw[a-z]|tmp|new|bak|part|pyc)|4913|.*___jb_(tmp|old)___|__pycache__")
# Milliseconds without another save after which a build begins, and the most that it waits for such a pause.
PAUSE, MOST = 150, 2000
# Milliseconds after which a folder that was put in the place of another is noticed.
LOOK = 1000


async def watch(root: Path, saved: Callable[[], None], stopped: asyncio.Event) -> None:
    """Call `saved` after one save, or several in a row, to what the site of the project at `root` is made from, until
    it is `stopped`."""
    options = {"step": PAUSE, "debounce": MOST, "rust_timeout": LOOK, "yield_on_timeout": True, "stop_event": stopped}
    await asyncio.gather(_watch_folders(root, saved, options), _watch_files(root, saved, options))


async def _watch_folders(root: Path, saved: Callable[[], None], options: dict[str, Any]) -> None:
    while not options["stop_event"].is_set():
        there = _folders(root)
        changes = awatch(*there, watch_filter=_is_meant, **options)
        async with aclosing(changes):
            async for some in changes:
                if some:
                    saved()
                # What is watched is the folder itself, wherever it goes: one that comes in its place is another.
                if _folders(root) != there:
                    saved()
                    break


async def _watch_files(root: Path, saved: Callable[[], None], options: dict[str, Any]) -> None:
    # Their folder, as many editors save by putting a new file in the place of the old one.
    changes = awatch(root, watch_filter=_is_named, recursive=False, **options)
    async with aclosing(changes):
        async for some in changes:
            if some:
                saved()


def _folders(root: Path) -> dict[Path, int]:
    """The folders to watch that exist, and the number by which the disk knows each."""
    return {root / name: (root / name).stat().st_ino for name in FOLDERS if (root / name).is_dir()}


def _is_meant(_: Change, path: str) -> bool:
    """Whether a change in a watched folder is one to a file of the project."""
    return not any(PASSING.fullmatch(part) for part in Path(path).parts[-3:])


def _is_named(_: Change, path: str) -> bool:
    return Path(path).name in FILES
