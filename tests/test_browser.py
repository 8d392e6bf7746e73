"""Every page in a real browser: on a phone, on a desk and on paper, with scripts, without, and with broken ones."""

from __future__ import annotations

import io

import pytest
from bs4 import Tag
from helpers import said, squeezed
from pypdf import PdfReader
from viewing import CONTRASTS, OPEN_ALL, SIDEWAYS, budget_of, first_view

WIDTHS = (320, 360, 768, 1280)
A_TARGET = "muc-tieu/1-1"
# For every chart: the box of its drawing, texts that stand out of it, and texts that run into each other.
CHARTS = """
() => Array.from(document.querySelectorAll('figure.chart svg'), svg => {
    const box = svg.getBoundingClientRect();
    const texts = Array.from(svg.querySelectorAll('text')).filter(text => text.textContent.trim())
        .map(text => ({says: text.textContent, at: text.getBoundingClientRect()}));
    const out = texts.filter(({at}) => at.width === 0 || at.left < box.left - 3 || at.right > box.right + 3
        || at.top < box.top - 3 || at.bottom > box.bottom + 3);
    const clash = texts.filter(({at: a}, n) => texts.slice(0, n).some(({at: b}) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4));
    return {id: svg.closest('figure').id, width: box.width, height: box.height, texts: texts.length,
            out: out.map(t => t.says), clash: clash.map(t => t.says)};
})
"""
# Words that stand on two lines, torn in their middle for want of room.
TORN = r"""
() => {
    const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT), torn = [];
    const range = document.createRange();
    // The heads of tables that are cards on a phone, for instance, are there for listeners only.
    const unseen = e => e !== null && (e.getBoundingClientRect().width < 2 || unseen(e.parentElement));
    for (let node; node = walker.nextNode();) {
        if (!node.parentElement.checkVisibility() || node.parentElement.closest('svg, code, pre')) continue;
        for (const {0: word, index} of node.data.matchAll(/\p{L}{2,}/gu)) {
            range.setStart(node, index);
            range.setEnd(node, index + word.length);
            if (range.getClientRects().length > 1 && !unseen(node.parentElement)) torn.push(word);
        }
    }
    return torn;
}
"""
# What the browser keeps for the site, cookies and the two storages apart.
KEPT = """
async () => [...await indexedDB.databases(), ...await caches.keys(),
             ...await navigator.serviceWorker.getRegistrations(), ...Object.keys(sessionStorage)].map(String)
"""


def measure(page, name: str) -> list[str]:
    """What is wrong with the page's shape as it stands."""
    scroll, window = page.evaluate(SIDEWAYS)
    return [f"{name}: {scroll} px wide in a window of {window} px"] if scroll > window else []


@pytest.mark.parametrize(
    "scripts, scheme",
    [
        (True, "light"),
        (False, "dark"),
        pytest.param(True, "dark", marks=pytest.mark.drill),
        pytest.param(False, "light", marks=pytest.mark.drill),
    ],
    ids=["scripts-light", "no-scripts-dark", "scripts-dark", "no-scripts-light"],
)
def test_every_page_opens_whole_and_quiet_at_every_width(site, visit, scripts, scheme):
    # Without scripts nothing moves: the narrowest and the widest say enough.
    widths = WIDTHS if scripts else (WIDTHS[0], WIDTHS[-1])
    complaints, charts = [], 0
    with visit(widths[0], complaints, java_script_enabled=scripts, color_scheme=scheme) as go:
        for name in site.pages:
            page = go(name)
            for is_open in (False, True):
                if is_open:
                    page.evaluate(OPEN_ALL)
                for width in widths:
                    page.set_viewport_size({"width": width, "height": 800})
                    complaints += [f"{complaint}{', all opened' * is_open}" for complaint in measure(page, name)]
                    if is_open:
                        continue
                    complaints += [f"{name} at {width} px: “{word}” is torn" for word in page.evaluate(TORN)]
                    for chart in page.evaluate(CHARTS):
                        charts += 1
                        at = f"{name} {chart['id']} at {width} px"
                        if chart["width"] < 230 or chart["height"] < 60 or not chart["texts"]:
                            complaints.append(f"{at}: drawn {chart['width']} × {chart['height']} px")
                        complaints += [f"{at}: “{text}” stands out of it" for text in chart["out"]]
                        complaints += [f"{at}: “{text}” runs into another" for text in chart["clash"]]
            seen = page.evaluate(CONTRASTS)
            assert seen["ground"] < 0.1 if scheme == "dark" else seen["ground"] > 0.8, "the reader's scheme is followed"
            complaints += [f"{name}: faint “{text}”" for text in seen["faint"]]
    assert complaints == []
    assert charts == len(widths) * sum(len(page.select("figure.chart")) for page in site.pages.values())


def test_no_page_keeps_anything_in_the_browser(site, visit):
    complaints = []
    with visit(360, complaints) as go:
        for name in site.pages:
            page = go(name)
        page = go(A_TARGET)
        page.locator("main a.fact").first.click()
        page.keyboard.press("/")
        page.keyboard.type("nghèo")
        page.locator("[role=search] [role=option]").first.wait_for()
        assert page.evaluate(KEPT) == []
        assert page.context.storage_state() == {"cookies": [], "origins": []}
    assert complaints == []


# When things break


def test_a_broken_script_leaves_everything_readable(site, browser, address):
    def shown(route: tuple | None = None, **options) -> list[str]:
        context = browser.new_context(viewport={"width": 360, "height": 800}, **options)
        page, texts = context.new_page(), []
        if route:
            page.route(*route)
        for name in ("index", A_TARGET, "de-cuong", "cam-ket"):
            page.goto(f"{address}{name}.html")
            page.keyboard.press("/")
            page.keyboard.type("nghèo")
            texts.append(page.inner_text("main"))
            page.locator("header summary").first.click()
            assert page.locator("header a[href]:visible").count() > 10, "the way to other pages stays"
        context.close()
        return texts

    without = shown(java_script_enabled=False)
    assert shown() == without, "scripts add to a page, and hide nothing until they run"
    scripts = [path.relative_to(site.html).as_posix() for path in site.html.rglob("*.js")]
    assert f"{site.assets}/sdgbook.js" in scripts
    throws = {"content_type": "text/javascript", "body": "throw new Error('broken')"}
    for script in scripts:
        address_of_it = f"{address}{script}*"
        assert shown((address_of_it, lambda route: route.abort())) == without, f"{script} is not loaded"
        assert shown((address_of_it, lambda route: route.fulfill(**throws))) == without, f"{script} throws"


# On paper

A4 = (595, 842)


def standing(part: Tag, text: str) -> bool:
    """Whether all words of an element are in a squeezed text. Between them may stand what only paper has."""
    return all(squeezed(words) in text for words in part.strings)


@pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.drill)], ids=["short", "full"])
def test_every_page_prints_whole_on_a4_with_no_chart_or_row_split(site, visit, full):
    """In short: every second one, and none that repeats the others."""
    complaints = []
    pages = {name: page for name, page in site.pages.items() if full or not page.select(".whole")}
    with visit(1280, complaints, color_scheme="dark") as go:
        for name, source in [*pages.items()][:: 1 if full else 2]:
            page = go(name)
            sheets = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages
            texts = [squeezed(sheet.extract_text()) for sheet in sheets]
            assert all(sheet.mediabox[2:] == pytest.approx(A4, abs=2) for sheet in sheets)
            # What only a screen can use, links to files and to other pages, need not be on paper.
            wanted = source.main.select(":is(h1, h2, h3, p, td, th):not(:is(nav, .downloads) *, .downloads)")
            lost = [said(part) for part in wanted if not standing(part, "".join(texts))]
            complaints += [f"{name}: “{text[:60]}” is not on paper" for text in lost]
            for part in source.main.select("figure.chart svg, tbody tr"):
                if not any(standing(part, text) for text in texts):
                    complaints.append(f"{name}: “{said(part)[:60]}” is split or missing")
    assert complaints == []


def test_paper_is_white_also_when_the_reader_chose_dark(visit):
    complaints = []
    with visit(700, complaints) as go:
        page = go("index")
        page.evaluate("() => localStorage.setItem('theme', 'dark')")
        for name in ("index", A_TARGET):
            page = go(name)
            page.emulate_media(media="print")
            seen = page.evaluate(CONTRASTS)
            complaints += [f"{name}: faint “{text}”" for text in seen["faint"]]
            assert seen["ground"] > 0.95
    assert complaints == []


# Weight


def test_the_first_view_of_every_page_with_a_budget_keeps_it(site, browser, address):
    over, measured = [], 0
    for name in site.pages:
        if budget := budget_of(name):
            fetched = first_view(browser, address, name)
            measured += 1
            size = sum(part.size for part in fetched)
            if size > budget.size or len(fetched) > budget.requests:
                over.append(f"{name}: {size} bytes, {len(fetched)} requests")
    assert over == [] and measured > 10
