"""Draws chart specifications to SVG: one renderer for the whole build, one bundled font for measuring."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import vl_convert

from sdgbook.report import charts

FONTS = Path(__file__).parent / "fonts"


@cache
def _ready() -> None:
    """Register the bundled font, so that two machines measure text alike."""
    vl_convert.register_font_directory(str(FONTS))


def draw(spec: dict[str, Any], name: str, alternative: str) -> str:
    """An inline `<svg>` of a Vega-Lite specification.

    It has no fixed size (its box scales with the page), the page's font and ink, ids that begin with `name`, and
    `alternative` as its text alternative.
    """
    _ready()
    svg = vl_convert.vegalite_to_svg(spec, show_warnings=False)
    head, body = re.fullmatch(r"(<svg[^>]*>)(.*</svg>)\s*", svg, re.DOTALL).groups()
    box = re.search(r'viewBox="[^"]*"', head)[0]
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'\s(aria-[a-z]+|role|class)="[^"]*"', "", body)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    body = re.sub(r'\sfont-family="[^"]*"', "", body)
    body = re.sub(r'(fill|stroke)="#[0-9a-f]{6}"', _themed, body)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label={quoteattr(alternative)}>{body}'


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
