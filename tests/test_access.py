"""What readers who hear, magnify, recolour or only type rely on, in a real browser."""

from __future__ import annotations

import re
from itertools import zip_longest

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from bs4 import Tag
from helpers import said, squeezed
from viewing import COLOURS, CONTRASTS, OPEN_ALL, SIDEWAYS

A_TARGET = "muc-tieu/1-1"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Numbers the stops of the Tab key on a page, in the order of the page. Of radio buttons, the chosen one is a stop.
LIST_STOPS = """
() => {
    const may = 'a[href], button, input, select, textarea, summary, [tabindex]';
    window.stops = Array.from(document.querySelectorAll(may)).filter(e => e.tabIndex >= 0 && !e.disabled
        && e.checkVisibility({visibilityProperty: true}) && !(e.type === 'radio' && !e.checked));
    return window.stops.map(e => (e.labels?.[0] ?? e).textContent.trim().slice(0, 40) || e.id || e.outerHTML);
}
"""
# Where the focus is: its number (-1 in a part that a stop has opened, null outside the page) and what is wrong with it.
AT = f"""
() => {{
    const e = document.activeElement;
    if (!e || e === document.body || e === document.documentElement) return {{stop: null, wrong: []}};
    {COLOURS}
    const wrong = [], boxes = Array.from(e.getClientRects()).filter(box => box.width > 5 && box.height > 5);
    const at = (x, y) => document.elementFromPoint(x, y);
    const shows = boxes.some(box => {{
        const top = at((box.left + box.right) / 2, (box.top + box.bottom) / 2);
        return top && (e.contains(top) || top.contains(e));
    }});
    if (!shows) wrong.push('is out of the window, covered or too small to see');
    else {{
        const style = getComputedStyle(e), width = parseFloat(style.outlineWidth), box = boxes[0];
        const away = parseFloat(style.outlineOffset) + width / 2;
        // What the outline lies on, in the middle of each side.
        const grounds = [
            at(box.left - away, (box.top + box.bottom) / 2), at(box.right + away, (box.top + box.bottom) / 2),
            at((box.left + box.right) / 2, box.top - away), at((box.left + box.right) / 2, box.bottom + away),
        ].filter(Boolean).map(behind);
        const clear = grounds.filter(g => contrast(light(g), light([...g, style.outlineColor])) >= 3);
        if (style.outlineStyle === 'none' || width < 2 || 2 * clear.length < grounds.length)
            wrong.push(`does not show the focus (outline ${{style.outline}})`);
    }}
    return {{stop: window.stops.indexOf(e), wrong, says: e.textContent.trim().slice(0, 40) || e.id}};
}}
"""
# Animations that run, and elements that would move or fade over time.
MOVING = """
() => {
    const long = times => times.split(', ').some(time => parseFloat(time) > 0.01);
    const moving = Array.from(document.querySelectorAll('*')).filter(e => ['', '::before', '::after'].some(part => {
        const style = getComputedStyle(e, part);
        return long(style.transitionDuration) || (style.animationName !== 'none' && long(style.animationDuration))
            || style.scrollBehavior === 'smooth';
    }));
    return [...moving.map(e => e.outerHTML.slice(0, 80)), ...document.getAnimations().map(a => String(a.id || a))];
}
"""
# Tiles (whatever has a goal's colour) that have neither it nor an edge.
TILES = """
() => Array.from(document.querySelectorAll('main [class*="goal-"]:not(.goal-name, .goal-number)')).filter(e => {
    const style = getComputedStyle(e);
    const edge = ['Top', 'Bottom', 'Left', 'Right'].some(side =>
        style[`border${side}Style`] !== 'none' && parseFloat(style[`border${side}Width`]) >= 1);
    return e.getClientRects().length && style.forcedColorAdjust === 'auto' && !edge;
}).map(e => e.textContent.trim().slice(0, 40))
"""


def start_axe(page, *, colours: bool = True) -> None:
    """Have axe look at the page as it stands; the browser goes on by itself."""
    options = {"runOnly": RULES, "resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": colours}}}
    page.evaluate("options => { window.found = axe.run(document, options); }", options)


def axe_found(page, name: str) -> list[str]:
    """What axe finds wrong, once it is done."""
    found = page.evaluate("async () => (await window.found).violations")
    return [f"{name}: {rule['id']} at {node['html'][:120]}" for rule in found for node in rule["nodes"]]


# What axe finds


@pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.drill)], ids=["short", "full"])
def test_axe_finds_nothing_on_any_page_light_and_dark_on_a_phone_and_a_desk(site, visit, full):
    """In short: each page on one of the two, in turn, with everything open, without colours, by far the slowest rule.
    That all texts stand out, test_browser.py sees on all pages, light and dark; `make access` tries all on both."""
    wrong = []
    # Two pages at a time, each in a process of its own.
    with visit(360, wrong, color_scheme="light") as phone, visit(1280, wrong, color_scheme="dark") as desk:
        names = [*site.pages]
        for one, other in zip(names, names, strict=True) if full else zip_longest(names[::2], names[1::2]):
            opened = {"phone": (one, phone(one)), **({"desk": (other, desk(other))} if other else {})}
            for _, page in opened.values():
                page.evaluate(AXE_SCRIPT)
            for is_open in (False, True) if full else (True,):
                for _, page in opened.values():
                    if is_open:
                        page.evaluate(OPEN_ALL)
                    start_axe(page, colours=full and is_open)
                for device, (name, page) in opened.items():
                    wrong += axe_found(page, f"{name} on a {device}{', all opened' * is_open}")
    assert wrong == []


@pytest.mark.parametrize("width, scheme", [(360, "light"), pytest.param(1280, "dark", marks=pytest.mark.drill)])
def test_axe_finds_nothing_in_the_open_search_and_an_open_source(visit, width, scheme):
    wrong = []
    with visit(width, wrong, color_scheme=scheme) as go:
        page = go(A_TARGET)
        page.evaluate(AXE_SCRIPT)

        def look(at: str) -> None:
            start_axe(page)
            wrong.extend(axe_found(page, at) + sideways(page, at))

        page.locator("main a.fact").first.click()
        page.wait_for_function("() => document.querySelector(':popover-open')")
        look("source")
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        told = page.locator("[role=search] [role=status]").filter(has_text=re.compile(r"\w"))
        for query in ("zzzzzz", "nghèo"):
            page.locator("#tim").fill("")
            page.locator("#tim").press_sequentially(query)
            told.wait_for(state="attached")
            if query == "nghèo":
                page.locator("[role=search] [role=option]").first.wait_for()
            look(f"search “{query}”")
        page.keyboard.press("ArrowDown")
        look("a chosen result")
    assert wrong == []


# Magnified


def sideways(page, name: str) -> list[str]:
    scroll, window = page.evaluate(SIDEWAYS)
    return [f"{name}: {scroll} px wide in a window of {window} px"] if scroll > window else []


def test_a_desk_screen_at_four_times_its_size_never_scrolls_sideways_and_keeps_room_to_read(site, visit):
    wrong = []
    stuck = """() => Array.from(document.querySelectorAll('body *'))
        .filter(e => ['fixed', 'sticky'].includes(getComputedStyle(e).position) && e.getClientRects().length)
        .map(e => e.getBoundingClientRect().height).filter(height => height > innerHeight / 3)"""
    # 1280 × 1024 at 400 %.
    with visit(320, wrong, height=256) as go:
        for name in site.pages:
            page = go(name)
            page.evaluate(OPEN_ALL)
            page.evaluate("() => scrollTo(0, document.body.scrollHeight / 2)")
            wrong += sideways(page, name)
            wrong += [f"{name}: {height} px stay over the text" for height in page.evaluate(stuck)]
    assert wrong == []


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.drill)])
def test_text_alone_at_twice_its_size_never_scrolls_sideways(site, visit, width):
    wrong = []
    with visit(width, wrong) as go:
        for n, name in enumerate(site.pages):
            page = go(name)
            if n == 0:
                session = page.context.new_cdp_session(page)
                session.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
                page = go(name)
            assert page.evaluate("() => parseFloat(getComputedStyle(document.body).fontSize)") >= 32
            wrong += sideways(page, name)
    assert wrong == []


# Recoloured and at rest


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.drill), "dark"])
def test_forced_colours_keep_text_tiles_and_focus(site, visit, scheme):
    wrong = []
    with visit(360, wrong, forced_colors="active", color_scheme=scheme) as go:
        for name in site.pages:
            page = go(name)
            assert page.evaluate("() => matchMedia('(forced-colors: active)').matches")
            wrong += [f"{name}: faint “{text}”" for text in page.evaluate(CONTRASTS)["faint"]]
            wrong += [f"{name}: the tile “{text}” has no edge left" for text in page.evaluate(TILES)]
        page = go("index")
        wrong += tab_through(page, "index")
    assert wrong == []


def test_nothing_moves_for_readers_who_ask_for_rest(site, visit):
    wrong = []
    with visit(360, wrong, reduced_motion="reduce") as go:
        for name in site.pages:
            page = go(name)
            page.evaluate(OPEN_ALL)
            wrong += [f"{name}: {what}" for what in page.evaluate(MOVING)]
    assert wrong == []


# The keyboard alone


def tab_through(page, name: str) -> list[str]:
    """Tab through a page and back: what is wrong with each stop, and with their order."""
    stops, wrong = page.evaluate(LIST_STOPS), []
    for key, wanted in (("Tab", [*range(len(stops))]), ("Shift+Tab", [*reversed(range(len(stops)))])):
        seen: list[int] = []
        # What a stop opens (a figure's source) may have stops of its own.
        for _ in range(5 * len(stops)):
            page.keyboard.press(key)
            at = page.evaluate(AT)
            # After the last stop the focus leaves the page, or comes round to the first.
            if at["stop"] is None or (seen and at["stop"] == seen[0]):
                break
            wrong += [f"{name}, {key} to “{at['says']}”: {what}" for what in at["wrong"]]
            if at["stop"] >= 0:
                seen.append(at["stop"])
        else:
            wrong.append(f"{name}: {key} never leaves the page")
        if seen != wanted:
            last = next(
                (b for a, b in zip(seen, wanted, strict=False) if a != b), wanted[min(len(seen), len(stops)) - 1]
            )
            wrong.append(f"{name}: {key} stops {len(seen)} times for {len(stops)} stops, astray near “{stops[last]}”")
        page.evaluate("() => document.activeElement.blur()")
    return wrong


@pytest.mark.parametrize(
    "name, width, scheme",
    [
        ("index", 1280, "light"),
        (A_TARGET, 360, "dark"),
        pytest.param(A_TARGET, 1280, "light", marks=pytest.mark.drill),
    ],
)
def test_the_keyboard_alone_reaches_everything_in_order_sees_where_it_is_and_gets_out(visit, name, width, scheme):
    wrong = []
    with visit(width, wrong, color_scheme=scheme, reduced_motion="reduce") as go:
        page = go(name)
        page.evaluate(OPEN_ALL)
        wrong += tab_through(page, name)
    assert wrong == []


def test_the_first_stop_skips_to_the_content(visit):
    with visit(1280, []) as go:
        for name in ("index", A_TARGET):
            page = go(name)
            page.evaluate(LIST_STOPS)
            page.keyboard.press("Tab")
            at = page.evaluate(AT)
            assert (at["stop"], at["wrong"]) == (0, []) and re.search("nội dung", at["says"])
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            at = page.evaluate("() => document.activeElement.closest('main') !== null")
            assert at, "the next stop is in the content"


# The tree that a screen reader reads


class Heard:
    """A page as the browser hands it to a screen reader: `(role, name, properties)` in reading order."""

    def __init__(self, page):
        session = page.context.new_cdp_session(page)
        session.send("Accessibility.enable")
        nodes = {node["nodeId"]: node for node in session.send("Accessibility.getFullAXTree")["nodes"]}
        self.nodes: list[tuple[str, str, dict]] = []

        def walk(node: dict) -> None:
            role = node.get("role", {}).get("value", "")
            if not node["ignored"] and role != "InlineTextBox":
                name = re.sub(r"\s+", " ", node.get("name", {}).get("value", "")).strip()
                properties = {p["name"]: p["value"].get("value") for p in node.get("properties", ())}
                self.nodes.append((role, name, properties))
            for child in node.get("childIds", ()):
                if child in nodes:
                    walk(nodes[child])

        walk(next(node for node in nodes.values() if "parentId" not in node))

    def names(self, *roles: str) -> list[str]:
        """Names of everything with one of these roles."""
        return [name for role, name, _ in self.nodes if role in roles]


def alike(heard: list[str], shown: list[Tag]) -> bool:
    """Whether names are the words of elements, one for one; how they are spaced says nothing."""
    return [squeezed(name) for name in heard] == [squeezed(said(part)) for part in shown]


@pytest.mark.parametrize("width", [360, 1280])
def test_a_target_page_reads_sensibly_in_the_accessibility_tree(site, visit, width):
    source = site.pages[A_TARGET]
    with visit(width, []) as go:
        page = go(A_TARGET)
        page.evaluate(OPEN_ALL)
        heard = Heard(page)

    assert source.html["lang"] == "vi"
    assert said(source.h1) in heard.nodes[0][1], "the page's name says what it is about"
    for landmark in ("banner", "main", "contentinfo", "search"):
        assert len(heard.names(landmark)) == 1, landmark
    ways = heard.names("navigation")
    assert len(ways) >= 3 and all(ways) and len(set(ways)) == len(ways), "each navigation has a name of its own"

    headings = [(properties["level"], name) for role, name, properties in heard.nodes if role == "heading"]
    assert [name for level, name in headings if level == 1] == [said(source.h1)]
    assert alike(heard.names("heading"), source.select("h1, h2, h3, h4, h5, h6"))
    levels = [level for level, _ in headings]
    assert all(level <= before + 1 for before, level in zip([0, *levels], levels, strict=False)), levels

    tables = source.main.select("table")
    assert alike(heard.names("table"), [table.caption for table in tables]) and all(heard.names("table"))
    assert alike(heard.names("columnheader"), source.main.select("thead tr > *")) and heard.names("columnheader")
    assert alike(heard.names("rowheader"), source.main.select("tbody tr > :first-child")) and heard.names("rowheader")

    pictures = heard.names("image", "img")
    charts = source.main.select("figure.chart")
    assert len(pictures) == len(charts) > 0
    for chart, name in zip(charts, pictures, strict=True):
        assert squeezed(said(chart.select_one(".chart-title"))) in squeezed(name), "a chart is heard as its finding"

    links = heard.names("link")
    assert all(links), "each link has a name"
    facts = [said(link) for link in source.main.select("a.fact")]
    assert len([name for name in links if name in facts]) >= len(facts) > 0
    assert all(re.search(r"\d", name) for name in facts), "the link of a figure is heard as the figure"
    for role in ("button", "textbox", "searchbox", "combobox", "DisclosureTriangle", "figure"):
        assert all(heard.names(role)), f"each {role} has a name"
