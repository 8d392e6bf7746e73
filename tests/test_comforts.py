"""What scripts add for those who have them: sources on tap, a chosen scheme. All of it by keyboard too."""

from __future__ import annotations

import contextlib

import pytest

PAGE = "muc-tieu/1-1"
# The first figure in a line of the text, and the objective that follows.
FIGURE, OBJECTIVE = ".text > p a.fact", 'a.fact[href*="#dich-"]'
# What a phone from before the Popover API has.
OLD_PHONE = "for (const name of ['showPopover', 'hidePopover', 'popover']) delete HTMLElement.prototype[name];"
SEEN = "card => { const box = card.getBoundingClientRect(); return [box.left, box.top, innerWidth - box.right]; }"


@pytest.fixture
def on(browser, address):
    """Opens a page in a window of its own; broken scripts fail the test."""
    with contextlib.ExitStack() as stack:

        def opening(name, *, width=1280, before="", **options):
            context = stack.enter_context(browser.new_context(viewport={"width": width, "height": 740}, **options))
            page = context.new_page()
            page.set_default_timeout(10_000)
            broken: list[str] = []
            page.on("pageerror", lambda error: broken.append(str(error)))
            stack.callback(lambda: pytest.fail(f"script: {broken}") if broken else None)
            if before:
                page.add_init_script(before)
            page.goto(f"{address}{name}.html")
            return page

        yield opening


@pytest.mark.parametrize("before", ["", OLD_PHONE], ids=["popover", "old-phone"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_tapped_figure_shows_its_source_beside_its_line(on, facts, width, before):
    page = on(PAGE, width=width, before=before)
    link = page.locator(FIGURE).first
    link.scroll_into_view_if_needed()
    link.click()
    card = page.get_by_role("dialog")
    figure = facts.find("poor-households-fall")
    says = card.inner_text().replace("\xa0", " ")
    for words in ("5.196 hộ", figure.status_word, figure.when, figure.as_written, figure.locators[0]):
        assert words.replace("\xa0", " ") in says
    assert page.url.endswith(f"{PAGE}.html"), "the reader has not left the line"
    left, top, right = card.evaluate(SEEN)
    assert left >= 0 and right >= 0 and top >= 0
    links = card.get_by_role("link").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    assert f"#{figure.id}" in links and "../de-cuong.html#I.2.1-ket-qua" in links
    page.locator("h1").click()
    assert card.count() == 0


def test_an_objective_shows_its_rule_and_year(on):
    page = on(PAGE)
    page.locator(OBJECTIVE).first.click()
    assert "hạn 2030" in page.get_by_role("dialog").inner_text()


def test_the_keyboard_shows_goes_into_and_leaves_a_source(on):
    page = on(PAGE)
    # From the list of sections to the first figure of the text.
    page.locator(".headlines a.fact").first.focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches('{FIGURE}')"):
            break
    card = page.get_by_role("dialog")
    assert card.is_visible(), "shown by focus alone"
    described = page.evaluate("document.getElementById(document.activeElement.getAttribute('aria-describedby')).id")
    assert described == card.get_attribute("id")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    page.keyboard.press("Escape")
    assert card.count() == 0 and page.evaluate(f"document.activeElement.matches('{FIGURE}')")


def test_with_ctrl_a_figure_is_the_link_it_always_was(on):
    page = on(PAGE)
    with page.context.expect_page() as opened:
        page.locator(FIGURE).first.click(modifiers=["Control"])
    assert "#so-" in opened.value.url and page.get_by_role("dialog").count() == 0


def test_without_script_a_figure_leads_to_its_row(on):
    page = on(PAGE, java_script_enabled=False)
    page.locator(FIGURE).first.click()
    assert "#so-" in page.url
    assert page.locator("tr:target").is_visible()


def test_a_chosen_scheme_stays_and_nothing_is_stored_before(on):
    page = on(PAGE, color_scheme="light")
    stored = "JSON.stringify([localStorage, sessionStorage, document.cookie])"
    assert page.evaluate(stored) == '[{},{},""]'
    page.get_by_label("Màu nền").select_option("tối")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.goto(page.url.replace(PAGE, "index"))
    assert page.evaluate(ground) == dark == "rgb(18, 24, 31)"
    page.get_by_label("Màu nền").select_option("theo máy")
    assert page.evaluate(stored) == '[{},{},""]' and page.evaluate(ground) != dark


def test_a_page_without_scripts_offers_no_choice_that_would_do_nothing(on):
    assert not on(PAGE, java_script_enabled=False).get_by_label("Màu nền").is_visible()
