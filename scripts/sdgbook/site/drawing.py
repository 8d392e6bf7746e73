"""Draws chart specifications to SVG: one renderer for the whole build, one bundled font for measuring.

What was drawn once is kept in the current store by all that it was drawn from. A build that knows all its drawings
starts no renderer at all.
"""

from __future__ import annotations

import json
import platform
import re
import struct
import zlib
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from importlib.metadata import version
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
    # The order of a specification's parts may matter, so it counts.
    told = json.dumps(spec, ensure_ascii=False)
    made = store.current().made("svg", store.key_of(tools(), told), lambda: _drawn(spec).encode())
    svg = made.decode()
    head, body = re.fullmatch(r"(<svg[^>]*>)(.*)</svg>\s*", svg, re.DOTALL).groups()
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    return head, re.sub(r'\s(aria-[a-z]+|role|class|font-family)="[^"]*"', "", body)


def _drawn(spec: dict[str, Any]) -> str:
    return renderer().vegalite_to_svg(spec, show_warnings=False)


def plain(spec: dict[str, Any], ground: str) -> tuple[str, float, float]:
    """A specification drawn in its own colours for a picture with this ground: SVG elements, width and height."""
    head, body = _vega(spec)
    width, height = (float(re.search(rf'\b{name}="([^"]*)"', head)[1]) for name in ("width", "height"))
    return body.replace(f'fill="{charts.PAPER}"', f'fill="{ground}"'), width, height


def png(svg: str, scale: float = 1) -> bytes:
    """An SVG as PNG, `scale` times as large."""
    key = store.key_of(tools(), repr(float(scale)), svg)
    if key in _ahead:
        # What went wrong there goes wrong here again, where it is heard.
        wait([_ahead.pop(key)])
    return store.current().made("png", key, lambda: _packed_png(svg, scale))


def png_ahead(svg: str, scale: float = 1) -> None:
    """Begin to make the PNG that will be asked for, beside other work: the renderer needs no Python meanwhile."""
    key = store.key_of(tools(), repr(float(scale)), svg)
    if key not in _ahead:
        kept = store.current()
        _ahead[key] = _pool().submit(lambda: kept.made("png", key, lambda: _packed_png(svg, scale)))


def warm() -> None:
    """Start the renderer now, beside other work: its first drawing takes a third of a second more than the others."""
    _pool().submit(_drawn, {"data": {"values": [{}]}, "mark": "point"})


_ahead: dict[str, Future[bytes]] = {}


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="drawing")


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
