"""Draws chart specifications to SVG: one renderer for the whole build, one bundled font for measuring.

What was drawn once is kept in the current store by all that it was drawn from. A build that knows all its drawings
starts no renderer at all.
"""

from __future__ import annotations

import json
import os
import platform
import re
import struct
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib.metadata import version
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.sax.saxutils import quoteattr

from sdgbook import store
from sdgbook.report import charts
from sdgbook.report.lettering import FONTS


@cache
def renderer() -> ModuleType:
    """The renderer, with the bundled font registered so that two machines measure text alike."""
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
    return vl_convert


@cache
def tools() -> str:
    """Digest of all that draws: the renderer, the fonts, the machine's arithmetic, this module and what packs."""
    fonts = store.digest_of_files(file for file in FONTS.rglob("*") if file.is_file())
    code = store.digest_of_files([Path(__file__)])
    return store.key_of(version("vl-convert-python"), fonts, code, platform.machine(), zlib.ZLIB_RUNTIME_VERSION)


def _vega(spec: dict[str, Any]) -> tuple[str, str]:
    """What Vega draws, without its styles, roles, classes and font: the opening `<svg>` tag, and its content."""
    key, kept = _vega_key(spec), store.current()
    if _beside and kept.get("svg", key) is None:
        _beside[-1].draw("svg", key, spec)
    svg = kept.made("svg", key, lambda: _drawn(spec)).decode()
    head, body = re.fullmatch(r"(<svg[^>]*>)(.*)</svg>\s*", svg, re.DOTALL).groups()
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    return head, re.sub(r'\s(aria-[a-z]+|role|class|font-family)="[^"]*"', "", body)


def _vega_key(spec: dict[str, Any]) -> str:
    # The order of a specification's parts may matter, so it counts.
    return store.key_of(tools(), json.dumps(spec, ensure_ascii=False))


def _drawn(spec: dict[str, Any]) -> bytes:
    return renderer().vegalite_to_svg(spec, show_warnings=False).encode()


def plain(spec: dict[str, Any], ground: str) -> tuple[str, float, float]:
    """A specification drawn in its own colours for a picture with this ground: SVG elements, width and height."""
    head, body = _vega(spec)
    width, height = (float(re.search(rf'\b{name}="([^"]*)"', head)[1]) for name in ("width", "height"))
    return body.replace(f'fill="{charts.PAPER}"', f'fill="{ground}"'), width, height


def png(svg: str, scale: float = 1) -> bytes:
    """An SVG as PNG, `scale` times as large. Nobody waits for another process here: who needs one makes it."""
    return store.current().made("png", _png_key(svg, scale), lambda: _packed_png(svg, scale))


def draw_ahead(specs: Iterable[dict[str, Any]]) -> None:
    """Let the process beside this one, if there is one, draw what pages will ask for."""
    for spec in specs if _beside else ():
        key = _vega_key(spec)
        if store.current().get("svg", key) is None:
            _beside[-1].ask("svg", key, spec)


def png_ahead(svg: str, scale: float = 1) -> None:
    """Let the process beside this one, if there is one, make a PNG that will be asked for."""
    key = _png_key(svg, scale)
    if _beside and store.current().get("png", key) is None:
        _beside[-1].ask("png", key, svg, scale)


def _png_key(svg: str, scale: float) -> str:
    return store.key_of(tools(), repr(float(scale)), svg)


class Beside:
    """A process that draws while this one does other work. What it has drawn lies in the current store.

    The renderer takes half a second for its first drawing, so it makes one at once.
    """

    def __init__(self) -> None:
        context = get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._asked: set[str] = set()
        self._process = context.Process(target=self._serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, kind: str, key: str, *words: Any) -> None:
        """Ask for a drawing without waiting for it."""
        if key not in self._asked:
            with suppress(OSError):
                self._pipe.send((kind, key, words))
                self._asked.add(key)

    def draw(self, kind: str, key: str, *words: Any) -> None:
        """Wait until a drawing has been made, or has failed."""
        self.ask(kind, key, *words)
        try:
            while key in self._asked:
                self._asked.discard(self._pipe.recv())
        except (EOFError, OSError):
            # It has died: whoever asked draws for themselves.
            self._asked.clear()

    def end(self) -> None:
        """End the process, whatever it does."""
        self._pipe.close()
        self._process.kill()
        self._process.join()

    def _serve(self, pipe: Connection) -> None:
        # So that the end of the other process is heard.
        self._pipe.close()
        # Chapters, whose drawings these will be, have to run first.
        os.nice(3)
        _drawn({"data": {"values": [{}]}, "mark": "point"})
        asked: dict[str, deque[tuple[str, tuple[Any, ...]]]] = {kind: deque() for kind in MAKE}
        with suppress(EOFError, OSError):
            while True:
                while pipe.poll() or not any(asked.values()):
                    kind, key, words = pipe.recv()
                    asked[kind].append((key, words))
                # Pages wait for drawings; files to take away are needed at the end only.
                kind = next(kind for kind in MAKE if asked[kind])
                key, words = asked[kind].popleft()
                # What fails here is made once more where it is needed, and fails there.
                with suppress(Exception):
                    store.current().made(kind, key, partial(MAKE[kind], *words))
                pipe.send(key)


_beside: list[Beside] = []


@contextmanager
def beside() -> Iterator[None]:
    """Let another process draw while the block lasts, where the system can fork one. Where this process has drawn
    already, it goes on doing so: its renderer's threads would be missing in a child."""
    if "fork" not in get_all_start_methods() or renderer.cache_info().currsize:
        yield
        return
    _beside.append(Beside())
    try:
        yield
    finally:
        _beside.pop().end()


def _packed_png(svg: str, scale: float) -> bytes:
    made = renderer().svg_to_png(svg, scale=scale)
    # It is packed for speed: packed again it has a third of the bytes.
    chunks, pixels, at = [], b"", 8
    while at < len(made):
        (length,) = struct.unpack_from(">I", made, at)
        kind, content = made[at + 4 : at + 8], made[at + 8 : at + 8 + length]
        if kind == b"IDAT":
            pixels += content
        else:
            chunks.append((kind, content))
        at += 12 + length
    chunks.insert(-1, (b"IDAT", zlib.compress(zlib.decompress(pixels))))
    packed = (struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks)
    return made[:8] + b"".join(packed)


# How what is kept is made, by its kind; what is needed first comes first.
MAKE = {"svg": _drawn, "png": _packed_png}


def draw(spec: dict[str, Any], name: str, alternative: str) -> str:
    """An inline `<svg>` of a Vega-Lite specification.

    It has no fixed size (its box scales with the page), the page's font and ink, ids that begin with `name`, and
    `alternative` as its text alternative.
    """
    head, body = _vega(spec)
    box = re.search(r'viewBox="[^"]*"', head)[0]
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    body = re.sub(r'(fill|stroke)="#[0-9a-f]{6}"', _themed, body)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label={quoteattr(alternative)}>{body}</svg>'


# A chart's colours are roles of the page, so that it follows the reader's dark scheme and the printer's black.
_ROLES = {
    charts.INK: "ink",
    charts.MUTED: "muted",
    charts.BRAND: "chart",
    charts.PAPER: "card",
    charts.LINE: "line",
    "#ffffff": "chart-ink",
}


def _themed(match: re.Match[str]) -> str:
    attribute, colour = match[0].split("=")
    role = _ROLES.get(colour.strip('"'))
    return f'{attribute}="var(--{role})"' if role else match[0]
