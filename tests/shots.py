"""`make shots`: pictures of the built site in `_build/shots/`, for people to look at.

With `--changed FILE --to FOLDER` the pages that `sdgbook changes` tells of in FILE (JSON), each once.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from serving import serving
from viewing import MISSING, chromium, opened

ROOT = Path(__file__).resolve().parents[1]
SITE, SHOTS = ROOT / "_build" / "html", ROOT / "_build" / "shots"
PAGES = {"trang-dau": "index", "muc-tieu-1-1": "muc-tieu/1-1"}
WIDTHS, SCHEMES = (360, 768, 1280), ("light", "dark")
QUERY = "hộ nghèo"
# A change that touches more pages is one of all pages: some of them show it.
MOST_CHANGED = 30
# In pixels: Chromium draws no picture that is as tall as the whole report.
TALLEST = 12_000


def shoot(browser, address: str) -> int:
    """Take every picture; returns how many there are."""
    for width in WIDTHS:
        for scheme in SCHEMES:
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            context.set_default_timeout(10_000)
            page = context.new_page()
            for name, address_of_page in PAGES.items():
                page.goto(f"{address}{address_of_page}.html", wait_until="networkidle")
                page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
            page.locator("main a.fact").first.click()
            page.screenshot(path=SHOTS / f"nguon-{width}-{scheme}.png")
            page.keyboard.press("Escape")
            if page.locator("#tim").count():
                page.keyboard.press("/")
                page.locator("#tim").press_sequentially(QUERY)
                page.locator("[role=search] [role=option]").first.wait_for()
                page.screenshot(path=SHOTS / f"tim-{width}-{scheme}.png")
            context.close()
    page = browser.new_page()
    for name, address_of_page in {**PAGES, "tom-tat": "tom-tat"}.items():
        if (SITE / f"{address_of_page}.html").is_file():
            page.goto(f"{address}{address_of_page}.html")
            page.pdf(path=SHOTS / f"{name}.pdf", format="A4", prefer_css_page_size=True)
    return len(list(SHOTS.iterdir()))


def shoot_changed(browser, address: str, pages: list[str], folder: Path) -> int:
    """Take one picture of each of these pages that the site has; returns how many there are."""
    page = browser.new_page(viewport={"width": 900, "height": 900})
    page.set_default_timeout(10_000)
    shown = [name for name in pages if (SITE / f"{name}.html").resolve().is_relative_to(SITE.resolve())]
    shown = [name for name in shown if (SITE / f"{name}.html").is_file()][:MOST_CHANGED]
    for name in shown:
        page.goto(f"{address}{name}.html", wait_until="load")
        tall = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        shown_part = {"x": 0, "y": 0, "width": 900, "height": tall}
        page.screenshot(path=folder / f"{name.replace('/', '-')}.png", full_page=True, clip=shown_part)
    return len(shown)


def main() -> int:
    """Make the folder anew; 1 when there is nothing to take pictures of, or nothing to take them with."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--changed", type=Path)
    asked.add_argument("--to", type=Path, default=SHOTS)
    chosen = asked.parse_args()
    if not (SITE / "index.html").is_file():
        print("Chưa có trang web trong _build/html. Hãy chạy make site trước, rồi chạy lại make shots.")
        return 1
    path = chromium()
    if path is None:
        print(MISSING)
        return 1
    shutil.rmtree(chosen.to, ignore_errors=True)
    chosen.to.mkdir(parents=True)
    with serving(SITE) as address, opened(path) as browser:
        if chosen.changed:
            pages = json.loads(chosen.changed.read_text(encoding="utf-8"))["touched"]
            number = shoot_changed(browser, address, pages, chosen.to)
        else:
            number = shoot(browser, address)
    print(f"Đã chụp {number} tệp vào {chosen.to}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
