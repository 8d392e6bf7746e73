"""Chromium, what it fetches to show a page, and how much that may be."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers import is_of_book
from playwright.sync_api import Browser, Page, Request, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-background-networking"]
MISSING = "Máy này chưa có Chromium. Cài bằng: sudo apt-get install chromium"

OPEN_ALL = "() => document.querySelectorAll('details').forEach(details => { details.open = true; })"
# How wide the page is, and how wide the window.
SIDEWAYS = "() => [document.documentElement.scrollWidth, window.innerWidth]"
# Functions for other scripts: the colours painted one over another behind an element, their light (WCAG), and contrast.
COLOURS = """
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true}), known = {};
    const light = layers => known[layers] ??= (() => {
        for (const colour of ['white', ...layers]) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
        const [r, g, b] = Array.from(canvas.getImageData(0, 0, 1, 1).data).map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    })();
    const behind = e => e ? [...behind(e.parentElement), getComputedStyle(e).backgroundColor] : [];
    const contrast = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
"""
# Texts whose contrast with what is painted behind them is too low, and how light the page's ground is.
CONTRASTS = f"""
() => {{
    {COLOURS}
    const shapes = text => {{
        const at = text.getBoundingClientRect(), x = at.left + at.width / 2, y = at.top + at.height / 2;
        return Array.from(text.ownerSVGElement.querySelectorAll('path')).filter(path => {{
            const box = path.getBoundingClientRect();
            return box.left < x && x < box.right && box.top < y && y < box.bottom && path.getAttribute('fill');
        }}).map(path => getComputedStyle(path)).filter(look => look.fill !== 'none')
            .map(look => look.fill.replace(/^rgb\\((.*)\\)$/, `rgba($1, ${{look.fillOpacity}})`));
    }};
    const faint = [];
    for (const e of document.querySelectorAll('body *')) {{
        const bare = Array.from(e.childNodes).some(n => n.nodeType === 3 && n.textContent.trim());
        if (!bare || !e.getClientRects().length) continue;
        const drawn = e.closest('text');
        const ground = drawn ? [...behind(e.closest('svg')), ...shapes(drawn)] : behind(e);
        const ink = getComputedStyle(e)[drawn ? 'fill' : 'color'];
        if (contrast(light(ground), light([...ground, ink])) < 4.5) faint.push(e.textContent.trim().slice(0, 40));
    }}
    return {{ground: light(behind(document.body)), faint}};
}}
"""


def chromium() -> str | None:
    """Where Chromium is on this machine, if it is."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextlib.contextmanager
def opened(path: str) -> Iterator[Browser]:
    """Chromium at `path`, until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def pages_of(html: Path) -> list[str]:
    """Every page of the book in a built site by its address without `.html`."""
    pages = (path for path in html.rglob("*.html") if is_of_book(path))
    return sorted(path.relative_to(html).with_suffix("").as_posix() for path in pages)


def is_target(page: str) -> bool:
    """Whether a page tells of targets."""
    return page.startswith("muc-tieu/") and page != "muc-tieu/index"


@dataclass(frozen=True)
class Budget:
    """The most that a page's first view may cost: bytes as transferred, and requests."""

    size: int
    requests: int


@dataclass(frozen=True)
class Fetched:
    """One answer of the server: its address and its bytes as transferred, headers included."""

    url: str
    size: int


def budget_of(page: str) -> Budget | None:
    """What the first view of a page may cost; other pages than the home page and the targets' have no budget."""
    if page == "index":
        return Budget(50_000, 10)
    return Budget(35_000, 8) if is_target(page) else None


@contextlib.contextmanager
def watched(browser: Browser) -> Iterator[tuple[Page, list[Request]]]:
    """A newcomer's phone and the list of all that it has fetched so far."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    tab, done = context.new_page(), []
    tab.on("requestfinished", lambda request: done.append(request))
    yield tab, done
    context.close()


def weighed(requests: list[Request]) -> list[Fetched]:
    """What requests have fetched from the server."""
    sizes = [(request.url, request.sizes()) for request in requests if not request.url.startswith("data:")]
    return [Fetched(url, size["responseBodySize"] + size["responseHeadersSize"]) for url, size in sizes]


def first_view(browser: Browser, address: str, page: str) -> list[Fetched]:
    """All that is fetched to show a page, before any touch."""
    with watched(browser) as (tab, done):
        tab.goto(f"{address}{page}.html", wait_until="networkidle")
        return weighed(done)


def first_query(browser: Browser, address: str, query: str) -> list[Fetched]:
    """All that is fetched, after a page has shown, to answer its reader's first query."""
    with watched(browser) as (tab, done):
        tab.goto(address, wait_until="networkidle")
        before = len(done)
        tab.keyboard.press("/")
        tab.locator("#tim").press_sequentially(query)
        tab.locator("[role=search] [role=option]").first.wait_for()
        return weighed(done[before:])
