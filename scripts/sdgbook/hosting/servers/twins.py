"""Brotli twins (`.br`) beside the files of a site, for servers that send files already compressed.

Zstandard twins are not made: at their smallest they are larger than Brotli's for every file of the site (by a tenth on
the whole), and every browser that takes them takes Brotli too.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import brotli

from sdgbook.files import listing, write
from sdgbook.publish.finish import COMPRESSED
from sdgbook.store import Store, key_of

END = ".br"
KIND, QUALITY = "br", 11
COMPRESS = partial(brotli.compress, mode=brotli.MODE_TEXT, quality=QUALITY)


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
    keys = {name: _key((site / name).read_bytes()) for name in sorted(files)}
    new = {key: name for name, key in keys.items() if store.get(KIND, key) is None}
    if new:
        # Brotli holds the interpreter while it compresses: only processes of their own use all cores.
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as workers:
            contents = ((site / name).read_bytes() for name in new.values())
            for key, twin in zip(new, workers.map(COMPRESS, contents, chunksize=4), strict=True):
                store.put(KIND, key, twin)
    for name, key in keys.items():
        write(site / f"{name}{END}", store.get(KIND, key) or b"")
    store.sweep()
    return len(files)


def _key(content: bytes) -> str:
    return key_of(brotli.__version__, str(QUALITY), hashlib.sha256(content).hexdigest())
