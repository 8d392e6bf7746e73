"""Text in pictures: the bundled font, how wide a text stands in it, and the lines it breaks into."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

FONTS = Path(__file__).parent / "fonts"
# Where the picture is opened without our font: fonts with all Vietnamese letters that most machines have.
FAMILY = "Sdgbook Sans, Noto Sans, Segoe UI, Roboto, Arial, sans-serif"


@cache
def advances(bold: bool = False) -> dict[str, float]:
    """The width of each character of the bundled font, in ems (TrueType tables `cmap` format 4 and `hmtx`)."""
    font = (FONTS / f"SdgbookSans-{'Bold' if bold else 'Regular'}.ttf").read_bytes()

    def words(at: int, number: int) -> tuple[int, ...]:
        return struct.unpack_from(f">{number}H", font, at)

    tables = {font[at : at + 4]: words(at + 8, 4) for at in range(12, 12 + 16 * words(4, 1)[0], 16)}
    start = {name: high << 16 | low for name, (high, low, _, _) in tables.items()}
    em, measured = words(start[b"head"] + 18, 1)[0], words(start[b"hhea"] + 34, 1)[0]
    widths = words(start[b"hmtx"], 2 * measured)[::2]
    high, low = words(start[b"cmap"] + 8, 2)
    cmap = start[b"cmap"] + (high << 16 | low)
    if words(cmap, 1) != (4,):
        raise ValueError("the bundled font's cmap is not of format 4")
    segments = words(cmap + 6, 1)[0] // 2
    ends = words(cmap + 14, segments)
    firsts, deltas, offsets = (words(cmap + 16 + 2 * segments * n, segments) for n in (1, 2, 3))
    found = {}
    for n, (first, end) in enumerate(zip(firsts, ends, strict=True)):
        for code in range(first, min(end, 0xFFFE) + 1):
            glyph = code
            if offsets[n]:
                glyph = words(cmap + 16 + 6 * segments + 2 * n + offsets[n] + 2 * (code - first), 1)[0]
            if glyph or not offsets[n]:
                glyph = (glyph + deltas[n]) & 0xFFFF
            if glyph:
                found[chr(code)] = widths[min(glyph, measured - 1)] / em
    return found


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide `text` stands in letters of `size` px; a character that the font lacks counts as a wide one."""
    known = advances(bold)
    return size * sum(known.get(character, 1.0) for character in text)


def lines(text: str, size: float, room: float, bold: bool = False) -> list[str]:
    """`text` in lines no wider than `room` px, broken at spaces only (a longer word stands alone)."""
    broken = [""]
    for word in text.split(" "):
        longer = f"{broken[-1]} {word}".lstrip(" ")
        if broken[-1] and width(longer, size, bold) > room:
            broken.append(word)
        else:
            broken[-1] = longer
    return broken


def balanced(text: str, size: float, room: float, bold: bool = False) -> list[str]:
    """`text` in as few lines as `lines` makes, about equally long, so that no last word stands alone."""
    broken = lines(text, size, room, bold)
    while len(narrower := lines(text, size, room := room * 0.97, bold)) == len(broken) > 1:
        if max(width(line, size, bold) for line in narrower) > room:
            break
        broken = narrower
    return broken


def shortened(broken: list[str], most: int) -> list[str]:
    """At most `most` lines; where more were needed the last one ends in “…”."""
    if len(broken) <= most:
        return broken
    return [*broken[: most - 1], broken[most - 1].rpartition(" ")[0].rstrip(",;.: ") + "…"]


def text(words: str, x: float, y: float, size: float, *, fill: str, bold: bool = False, anchor: str = "start") -> str:
    """One line as an SVG `<text>` with its baseline at `y`."""
    weight = ' font-weight="bold"' if bold else ""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{weight}{place} fill="{fill}">{escape(words)}</text>'
