"""`make access`: tries all pages of the built site with axe and some with the keyboard alone, and writes what came out,
with its date, to `book/tiep-can.json`, from which the page on accessibility tells it."""

from __future__ import annotations

import datetime
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page
from serving import serving
from test_access import A_TARGET, RULES, tab_through
from viewing import MISSING, OPEN_ALL, chromium, opened, pages_of

from sdgbook.commits import VIETNAM
from sdgbook.site.statements import RESULTS

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
VIEWS = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]
# Tried by keyboard alone: all kinds of things that can be reached are on these.
BY_KEYBOARD = ("index", A_TARGET)
RUN = """
async rules => {
    const found = await axe.run(document, {runOnly: rules, resultTypes: ['violations', 'incomplete']});
    const told = part => found[part].map(rule => ({rule: rule.id, impact: rule.impact, places: rule.nodes.length}));
    return {violations: told('violations'), unsure: told('incomplete')};
}
"""


def tried_by_axe(browser: Browser, address: str, pages: list[str]) -> dict[str, Any]:
    """What axe finds on the pages, with all that can be opened open: rules with the places, and on which pages."""
    places: dict[str, Counter[str]] = {"violations": Counter(), "unsure": Counter()}
    on: dict[str, set[str]] = {}
    impacts: dict[str, str] = {}
    for width, scheme in VIEWS:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
        context.set_default_timeout(180_000)
        page = context.new_page()
        for n, name in enumerate(pages, 1):
            if sys.stdout.isatty():
                print(f"\r{width} px, {scheme}: {n}/{len(pages)}", end="", flush=True)
            page.goto(f"{address}{name}.html", wait_until="load")
            page.evaluate(OPEN_ALL)
            page.evaluate(AXE_SCRIPT)
            for part, found in page.evaluate(RUN, RULES).items():
                for one in found:
                    places[part][one["rule"]] += one["places"]
                    if part == "violations":
                        on.setdefault(one["rule"], set()).add(name)
                        impacts[one["rule"]] = one["impact"]
        context.close()
        print(f"\r{width} px, {scheme}: {len(pages)} trang", flush=True)
    violations = [
        {"rule": rule, "impact": impacts[rule], "places": count, "pages": sorted(on[rule])}
        for rule, count in sorted(places["violations"].items())
    ]
    return {"violations": violations, "unsure": dict(sorted(places["unsure"].items()))}


def tried_by_keyboard(browser: Browser, address: str) -> dict[str, Any]:
    """What goes wrong where Tab alone leads through a page and back, on a phone and a desk."""
    wrong: list[str] = []
    for width, scheme in VIEWS:
        options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme, "reduced_motion": "reduce"}
        context = browser.new_context(**options)
        page: Page = context.new_page()
        for name in BY_KEYBOARD:
            page.goto(f"{address}{name}.html", wait_until="load")
            page.evaluate(OPEN_ALL)
            wrong += [f"{width} px, {scheme}: {what}" for what in tab_through(page, name)]
        context.close()
    return {"pages": list(BY_KEYBOARD), "wrong": wrong}


def main() -> int:
    """Try, write, and say where; 1 when there is no site or no browser."""
    path = chromium()
    if path is None:
        print(MISSING, file=sys.stderr)
        return 1
    if not (SITE / "index.html").is_file():
        print("Chưa có trang web để thử: hãy chạy make site trước.", file=sys.stderr)
        return 1
    pages = [page for page in pages_of(SITE) if not re.match(r"\d{4}/", page)]
    # At the root of a host: there the page for addresses that lead nowhere finds its styles.
    with opened(path) as browser, serving(SITE, "/") as address:
        found = {
            "date": datetime.datetime.now(VIETNAM).date().isoformat(),
            "commit": commit(),
            "axe": re.search(r"axe v([\d.]+)", AXE_SCRIPT)[1],
            "browser": f"Chromium {browser.version}",
            "standards": RULES,
            "views": [{"width": width, "scheme": scheme} for width, scheme in VIEWS],
            "pages": len(pages),
            **tried_by_axe(browser, address, pages),
            "keyboard": tried_by_keyboard(browser, address),
        }
    (ROOT / RESULTS).write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    broken = sum(rule["places"] for rule in found["violations"])
    print(
        f"{len(pages)} trang: axe thấy {broken} chỗ sai, bàn phím {len(found['keyboard']['wrong'])}. Đã ghi {RESULTS}."
    )
    return 0


def commit() -> str:
    """The commit that the site was built from, as far as git knows."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
