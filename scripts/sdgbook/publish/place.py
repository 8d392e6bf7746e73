"""Puts a site in its place so that readers, and the next build, find either the old one or the new one, whole.

The new site is put together beside the old one, in `next`: what has not changed is the same file there (a hard link:
it keeps its inode and its time), the rest is written. Then the two folders change places, in one step where the system
knows one (Linux). Elsewhere the old site is set aside as `html.old` for a moment; should the build be killed in that
moment, `recover` brings it back.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

AT_FDCWD, RENAME_EXCHANGE = -100, 2
# What says that this system or its disk knows no exchange.
NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}


def _next(site: Path) -> Path:
    return site.with_name("next")


def _old(site: Path) -> Path:
    return site.with_name(f"{site.name}.old")


def recover(site: Path) -> None:
    """At the start of a build: bring back the site that a killed build had set aside, clear away what it left.

    Writes nothing where nothing is left over.
    """
    old = _old(site)
    if old.exists() and not site.exists():
        old.rename(site)
    for left in (old, _next(site)):
        if left.exists():
            shutil.rmtree(left)


def put(site: Path, same: Iterable[str], changed: Iterable[tuple[str, bytes]]) -> None:
    """Make `site` hold its files `same` as they are, and `changed` (path and content), and nothing else.

    Raises `OSError` when a file cannot be written or the folders cannot change places; `site` is then as it was and
    nothing is left beside it.
    """
    new = _next(site)
    shutil.rmtree(new, ignore_errors=True)
    try:
        new.mkdir(parents=True)
        kept = list(same)
        for folder in {os.path.dirname(name) for name in kept}:
            (new / folder).mkdir(parents=True, exist_ok=True)
        for name in kept:
            carry_over(f"{site}/{name}", f"{new}/{name}")
        for name, content in changed:
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
        _change_places(new, site)
    finally:
        # On success this is the old site.
        shutil.rmtree(new, ignore_errors=True)


def carry_over(file: str, target: str) -> None:
    """Let `file` be at `target` too: the same file there, or a copy where the disk knows no links."""
    try:
        os.link(file, target)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        shutil.copy2(file, target)


def _change_places(new: Path, site: Path) -> None:
    """`new` becomes `site`, and `site`, where there is one, `new` or nothing."""
    if not site.exists():
        new.rename(site)
    elif not _exchange(new, site):
        old = _old(site)
        site.rename(old)
        try:
            new.rename(site)
        except OSError:
            old.rename(site)
            raise
        shutil.rmtree(old, ignore_errors=True)


@cache
def _renameat2():
    """The system's call that exchanges two folders in one step; None where it has none."""
    try:
        return ctypes.CDLL(None, use_errno=True).renameat2 if sys.platform == "linux" else None
    except (OSError, AttributeError):
        return None


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system or the disk cannot do that.

    Raises `OSError` when it can and refuses.
    """
    call = _renameat2()
    if not call:
        return False
    if call(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in NO_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(other))
