"""Brotli twins (`.br`) beside the files of a site, for servers that send files already compressed.

Zstandard twins are not made: at its highest level it is larger than Brotli's on every file of the site (by a tenth on the
whole), and every browser that takes it takes Brotli too.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli

from sdgbook.files import listing, write
from sdgbook.publish.finish import COMPRESSED
from sdgbook.store import Store, key_of

END = ".br"
QUALITY = 11


def add_twins(site: Path, kept: Path | None = None) -> int:
    """Make the `.br` twin of each file in `site` that is sent compressed, and remove twins that are of no file; gives
    the number of twins.

    The same file gives the same twin. `kept` is a folder where twins stay for the next time; those that this site has
    no use for are dropped there. What lies in `.well-known/` is written last of all and gets none. Raises `OSError`.
    """
    names = listing(site)
    files = {name for name in names if name.endswith(COMPRESSED) and not name.startswith(".well-known/")}
    for name in names:
        if name.endswith(END) and name.removesuffix(END) not in files:
            (site / name).unlink()
    store = Store(kept)
    # Brotli lets go of the interpreter while it compresses, so threads use all cores.
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        twins = workers.map(lambda name: _twin(store, (site / name).read_bytes()), sorted(files))
        for name, twin in zip(sorted(files), twins, strict=True):
            write(site / f"{name}{END}", twin)
    store.sweep()
    return len(files)


def _twin(store: Store, content: bytes) -> bytes:
    key = key_of(brotli.__version__, str(QUALITY), hashlib.sha256(content).hexdigest())
    return store.made("br", key, lambda: brotli.compress(content, mode=brotli.MODE_TEXT, quality=QUALITY))
