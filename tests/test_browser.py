"""Every page in a real browser, on a phone and on a desk, with and without scripts."""

from __future__ import annotations

import contextlib
from urllib.parse import urlsplit

import pytest

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
SIDEWAYS = "() => [document.documentElement.scrollWidth, window.innerWidth]"
OPEN_ALL = "() => document.querySelectorAll('details').forEach(details => { details.open = true; })"
# Texts whose contrast (WCAG) with what is painted behind them is too low, and how light the page's ground is.
CONTRASTS = """
() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true}), known = {};
    const light = layers => known[layers] ??= (() => {
        for (const colour of ['white', ...layers]) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
        const [r, g, b] = Array.from(canvas.getImageData(0, 0, 1, 1).data).map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    })();
    const behind = e => e ? [...behind(e.parentElement), getComputedStyle(e).backgroundColor] : [];
    const shapes = text => {
        const at = text.getBoundingClientRect(), x = at.left + at.width / 2, y = at.top + at.height / 2;
        return Array.from(text.ownerSVGElement.querySelectorAll('path')).filter(path => {
            const box = path.getBoundingClientRect();
            return box.left < x && x < box.right && box.top < y && y < box.bottom && path.getAttribute('fill');
        }).map(path => getComputedStyle(path).fill);
    };
    const faint = [];
    for (const e of document.querySelectorAll('body *')) {
        const bare = Array.from(e.childNodes).some(n => n.nodeType === 3 && n.textContent.trim());
        if (!bare || !e.getClientRects().length) continue;
        const drawn = e.closest('text');
        const ground = drawn ? [...behind(e.closest('svg')), ...shapes(drawn)] : behind(e);
        const ink = getComputedStyle(e)[drawn ? 'fill' : 'color'];
        const [a, b] = [light(ground), light([...ground, ink])];
        if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) faint.push(e.textContent.trim().slice(0, 40));
    }
    return {ground: light(behind(document.body)), faint};
}
"""


@pytest.fixture
def visit(browser, address, site):
    """A context manager that opens each page in turn; what the browser complains of is added to a list."""

    @contextlib.contextmanager
    def opening(width: int, complaints: list[str], **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        context.set_default_timeout(20_000)
        page = context.new_page()
        at = [""]
        home = urlsplit(address).netloc
        page.on(
            "console",
            lambda m: m.type in ("error", "warning") and complaints.append(f"{at[0]}: {m.text} {m.location['url']}"),
        )
        page.on("pageerror", lambda error: complaints.append(f"{at[0]}: {error}"))
        # The browser itself breaks off the icon when the next page is opened.
        page.on(
            "requestfailed",
            lambda r: r.failure != "net::ERR_ABORTED" and complaints.append(f"{at[0]}: failed {r.url} {r.failure}"),
        )
        page.on("response", lambda r: r.status >= 400 and complaints.append(f"{at[0]}: {r.status} {r.url}"))
        page.on(
            "request",
            lambda r: (
                urlsplit(r.url).scheme != "data"
                and urlsplit(r.url).netloc != home
                and complaints.append(f"{at[0]}: asks {r.url}")
            ),
        )

        def go(name: str):
            at[0] = name
            page.goto(f"{address}{name}.html", wait_until="load")
            return page

        yield go
        context.close()

    return opening


def measure(page, name: str) -> list[str]:
    """What is wrong with the page's shape as it stands."""
    scroll, window = page.evaluate(SIDEWAYS)
    return [f"{name}: {scroll} px wide in a window of {window} px"] if scroll > window else []


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_opens_whole_and_quiet(site, visit, width, scripts):
    complaints, charts = [], 0
    with visit(width, complaints, java_script_enabled=scripts) as go:
        for name in site.pages:
            page = go(name)
            complaints += measure(page, name)
            for chart in page.evaluate(CHARTS):
                charts += 1
                if chart["width"] < 250 or chart["height"] < 60 or not chart["texts"]:
                    complaints.append(f"{name} {chart['id']}: drawn {chart['width']} × {chart['height']} px")
                complaints += [f"{name} {chart['id']}: “{text}” stands out of it" for text in chart["out"]]
                complaints += [f"{name} {chart['id']}: “{text}” runs into another" for text in chart["clash"]]
            page.evaluate(OPEN_ALL)
            complaints += [f"{complaint}, all opened" for complaint in measure(page, name)]
    assert complaints == []
    assert charts == sum(len(page.select("figure.chart")) for page in site.pages.values())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_light_and_dark(site, visit, scheme):
    complaints = []
    with visit(360, complaints, color_scheme=scheme) as go:
        for name in site.pages:
            page = go(name)
            seen = page.evaluate(CONTRASTS)
            complaints += measure(page, name) + [f"{name}: faint “{text}”" for text in seen["faint"]]
            assert seen["ground"] < 0.1 if scheme == "dark" else seen["ground"] > 0.8, "the reader's scheme is followed"
    assert complaints == []
