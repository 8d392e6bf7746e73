"""The picture that stands for a page where it is shared: 1200 × 630, with the page's leading figure."""

from __future__ import annotations

from dataclasses import dataclass

from sdgbook.report import charts, lettering, numbers, status
from sdgbook.report.context import Context
from sdgbook.report.facts import Fact
from sdgbook.report.status import leading

WIDTH, HEIGHT, MARGIN = 1200, 630, 72
ROOM = WIDTH - 2 * MARGIN
TONES = {"good": "#1f7a4d", "bad": "#a3262a"}
SITE = "Cao Bằng · Phát triển bền vững"


@dataclass(frozen=True)
class Card:
    """What a card says: the page's title, its targets' tiles, and a figure (word before it, number, unit) or else
    some words."""

    title: str
    tiles: list[dict[str, str]]
    words: str
    foot: str
    qualifier: str = ""
    number: str = ""
    symbol: str = ""
    label: str = ""
    change: str = ""
    tone: str = "none"

    @property
    def alternative(self) -> str:
        """The card in one sentence, for those who do not see it."""
        figure = numbers.with_unit(f"{self.qualifier} {self.number}".strip(), self.symbol)
        told = [self.title, f"{self.label}: {figure}" if self.number else "", self.change]
        return "; ".join(part for part in told if part)


def card(report: Context, title: str, targets: list[str], words: str, *, home: bool = False) -> Card:
    """The card of a page: with the figure that leads its targets (the home page: the first headline)."""
    edition = report.rows("edition")[0]
    headlines = report.rows("headlines")
    fact = report.facts.find(headlines[0]["fact"]) if home and headlines else None
    if targets:
        fact = leading(report, targets)
    tiles = [report.target(target) for target in targets]
    foot = f"Báo cáo năm {edition['year']} của {edition['issuer']}"
    return Card(title, tiles, words, foot, **(_figure(report, fact) if fact else {}))


def _figure(report: Context, fact: Fact) -> dict[str, str]:
    shown = status.card(report, fact)
    told = {name: shown[name] for name in ("qualifier", "number", "symbol")}
    told["label"] = f"{fact.label}, {fact.when}" + (f" ({fact.status_word})" if fact.status_word else "")
    if shown["change"]:
        step = shown["change"]
        words = f"{step['text']} {step['since']}"
        told |= {"change": words[:1].upper() + words[1:], "tone": step["tone"]}
    return told


def svg(card: Card) -> str:
    """The card drawn; its texts are broken and made smaller so that they fit."""
    middle = _with_figure(card) if card.number else _with_words(card)
    foot = lettering.shortened(lettering.lines(card.foot, 26, ROOM), 1)[0]
    # What stands between the site's name and the foot hangs in the middle of that room.
    top, bottom, tall = 140, 540, middle[0]
    drawn = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{charts.PAPER}"/>',
        f'<rect width="{WIDTH}" height="18" fill="{card.tiles[0]["colour"] if card.tiles else charts.BRAND}"/>',
        lettering.text(SITE, MARGIN, 98, 30, fill=charts.BRAND, bold=True),
        *_tiles(card.tiles),
        f'<g transform="translate(0,{top + (bottom - top - tall) / 2:.1f})">{"".join(middle[1])}</g>',
        f'<rect x="{MARGIN}" y="548" width="{ROOM}" height="2" fill="{charts.LINE}"/>',
        lettering.text(foot, MARGIN, 592, 26, fill=charts.MUTED),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{lettering.FAMILY}">{"".join(drawn)}</svg>'
    )


def _title(card: Card, most: int) -> tuple[float, list[str]]:
    drawn, y = [], 0.0
    for line in lettering.shortened(lettering.balanced(card.title, 50, ROOM, bold=True), most):
        y += 62
        drawn.append(lettering.text(line, MARGIN, y - 12, 50, fill=charts.INK, bold=True))
    return y, drawn


def _with_figure(card: Card) -> tuple[float, list[str]]:
    """Height and elements: title, the figure large, what it is, how it changed."""
    y, drawn = _title(card, 2)
    number, small = 140.0, 60.0
    parts = [(card.qualifier, small), (card.number, number), (card.symbol, number if card.symbol == "%" else small)]
    parts = [(words, size) for words, size in parts if words]
    gap = 0 if card.symbol == "%" else 18
    whole = sum(lettering.width(words, size, bold=True) for words, size in parts) + gap * (len(parts) - 1)
    shrunk = min(1.0, ROOM / whole)
    y, x = y + 132, float(MARGIN)
    for words, size in parts:
        drawn.append(lettering.text(words, round(x, 1), y, round(size * shrunk, 1), fill=charts.BRAND, bold=True))
        x += (lettering.width(words, size, bold=True) + gap) * shrunk
    y += 22
    for line in lettering.shortened(lettering.balanced(card.label, 32, ROOM), 2):
        y += 42
        drawn.append(lettering.text(line, MARGIN, y, 32, fill=charts.INK))
    if card.change and y < 350:
        y += 46
        line = lettering.shortened(lettering.lines(card.change, 32, ROOM, bold=True), 1)[0]
        drawn.append(lettering.text(line, MARGIN, y, 32, fill=TONES.get(card.tone, charts.INK), bold=True))
    return y + 10, drawn


def _with_words(card: Card) -> tuple[float, list[str]]:
    """Height and elements: title and what the page says."""
    y, drawn = _title(card, 3)
    y += 12
    for line in lettering.shortened(lettering.lines(card.words, 34, ROOM), int((390 - y) // 48)):
        y += 48
        drawn.append(lettering.text(line, MARGIN, y, 34, fill=charts.INK))
    return y + 10, drawn


def _tiles(tiles: list[dict[str, str]]) -> list[str]:
    """The targets' numbers on their goal's colour, from the right edge."""
    drawn, right = [], float(WIDTH - MARGIN)
    for tile in reversed(tiles):
        wide = max(84.0, lettering.width(tile["text"], 32, bold=True) + 28)
        right -= wide
        drawn.append(f'<rect x="{right:g}" y="50" width="{wide:g}" height="72" rx="8" fill="{tile["colour"]}"/>')
        middle = right + wide / 2
        drawn.append(lettering.text(tile["text"], middle, 97, 32, fill=tile["ink"], bold=True, anchor="middle"))
        right -= 10
    return drawn
