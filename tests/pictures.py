"""`make pictures`: the pictures of the guide, taken from the built site; beside each what its words were then, by which
a test knows when the site no longer says so."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page
from serving import serving
from viewing import MISSING, chromium, opened

ROOT = Path(__file__).resolve().parents[1]
SITE, PICTURES = ROOT / "_build" / "html", ROOT / "book" / "dong-gop" / "hinh"
WORDS = "loi.json"
# The most that a picture may weigh: the guide is read on phones too.
MOST_BYTES = 30_000
COLOURS = 64
WITHOUT_FIGURES = r"""
part => {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    for (let node; node = walker.nextNode();)
        node.data = node.data.replace(/\d+([.,]\d+)*(?=\s?%)/g, number => number.replace(/\d/g, "•"));
}
"""


@dataclass(frozen=True)
class Picture:
    """A picture of the part `shows` of a page, after a click on `clicks`."""

    page: str
    clicks: str
    shows: str


PICTURED = {
    "khung-nguon": Picture("muc-tieu/1-1", "main a.fact", ".source-card"),
}


@contextmanager
def shown(browser: Browser, address: str, picture: Picture) -> Iterator[tuple[Page, Locator]]:
    """The page with what is to be seen on it."""
    context = browser.new_context(viewport={"width": 480, "height": 800}, color_scheme="light", device_scale_factor=1.5)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(f"{address}{picture.page}.html", wait_until="networkidle")
    page.locator(picture.clicks).first.click()
    yield page, page.locator(picture.shows).first
    context.close()


def words_of(part: Locator) -> str:
    """What a part of a page says, numbers left out: a corrected figure does not make a picture wrong."""
    return re.sub(r"\d[\d.,/]*", "#", " ".join(part.inner_text().split()))


def take(browser: Browser, address: str) -> dict[str, str]:
    """Take every picture; returns what each one says."""
    PICTURES.mkdir(exist_ok=True)
    said = {}
    for name, picture in PICTURED.items():
        with shown(browser, address, picture) as (_, part):
            said[name] = words_of(part)
            # A corrected figure must not make a picture wrong: it shows none.
            part.evaluate(WITHOUT_FIGURES)
            image = Image.open(io.BytesIO(part.screenshot()))
        image.convert("RGB").quantize(COLOURS).save(PICTURES / f"{name}.png", optimize=True)
    return said


def main() -> int:
    """1 when there is nothing to take pictures of, or nothing to take them with."""
    if not (SITE / "index.html").is_file():
        print("Chưa có trang web trong _build/html. Hãy chạy make site trước, rồi chạy lại make pictures.")
        return 1
    path = chromium()
    if path is None:
        print(MISSING)
        return 1
    with serving(SITE) as address, opened(path) as browser:
        said = take(browser, address)
    (PICTURES / WORDS).write_text(json.dumps(said, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(f"Đã chụp {len(said)} hình vào {PICTURES.relative_to(ROOT)}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
