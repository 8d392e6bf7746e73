"""Work that a forked process does beside this one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sdgbook import store


@contextmanager
def beside(work: Callable[[], None]) -> Iterator[None]:
    """Let another process do `work` while the block runs, where the system can fork one; the block ends when both are
    done. What the work makes must come through the current store.

    Where there is none, or it fails, nobody is told: whoever needs what it makes finds nothing and makes it.
    """
    if not hasattr(os, "fork") or store.current().folder is None:
        yield
        return
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    try:
        yield
    finally:
        os.waitpid(child, 0)
