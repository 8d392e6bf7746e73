"""How long a reader waits for search results, in Chromium slowed down four times, as a cheap phone is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from playwright.sync_api import Page

SLOWDOWN = 4
# Milliseconds between two keys of a quick writer.
KEY = 120
FIRST = "ho ngheo"
QUERIES = ["tỷ lệ hộ nghèo", "622 qd ttg", "1.440,06", "tro cap that nghep", "BHXH", "huyện Hòa An"]

# Milliseconds from the key to the frame that shows the first result or message.
WATCH = """() => {
  window.shownAfter = () => new Promise((done) => {
    const field = document.getElementById("tim");
    const list = () => document.querySelector("#ket-qua-tim [role=option]");
    field.addEventListener("input", () => {
      const start = performance.now();
      const before = list();
      const look = () => {
        if (list() && list() !== before) done(performance.now() - start);
        else requestAnimationFrame(look);
      };
      look();
    }, { once: true, capture: true });
  });
}"""


def search_latency(browser, address: str) -> dict[str, float]:
    """Milliseconds from the last key to the first result on the screen, at a CPU slowdown of four.

    `first`: the very first query, typed into the untouched field by a quick writer; what search needs is fetched and
    indexed meanwhile. `pasted`: the same query put into the untouched field at once. `typed` and `slowest`: median and
    maximum of `QUERIES` after that.
    """
    times = []
    with _slow_page(browser, address) as page:
        page.keyboard.type(FIRST[:-1], delay=KEY)
        first = _last_key(page, FIRST[-1])
        for query in QUERIES:
            page.locator("#tim").fill(query[:-1])
            page.wait_for_selector("#ket-qua-tim [role=option]", state="attached")
            times.append(_last_key(page, query[-1]))
    with _slow_page(browser, address) as page:
        pasted = _last_key(page, FIRST)
    return {"first": first, "pasted": pasted, "typed": median(times), "slowest": max(times)}


@contextmanager
def _slow_page(browser, address: str) -> Iterator[Page]:
    """A page of its own, slowed down, with the search field just focused by its key."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(address)
    page.evaluate(WATCH)
    page.keyboard.press("/")
    yield page
    context.close()


def _last_key(page: Page, text: str) -> float:
    """Milliseconds until new results show for what is in the field once `text` is added."""
    waiting = page.evaluate_handle("() => ({ time: shownAfter() })")
    page.keyboard.insert_text(text)
    return waiting.evaluate("async (it) => await it.time")
