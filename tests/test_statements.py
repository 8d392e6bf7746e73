"""What the site says of itself is so: that it follows nobody, and how the last try of its accessibility came out."""

from __future__ import annotations

import json
import re

import pytest
from bs4 import BeautifulSoup
from helpers import ROOT, said

from sdgbook.report import numbers
from sdgbook.site import statements
from sdgbook.site.blocks import _templates

# All that a page can leave in a browser.
LEFT = """
async () => ({
    cookies: document.cookie,
    local: Object.fromEntries(Object.entries(localStorage)),
    session: sessionStorage.length,
    databases: window.indexedDB?.databases ? (await indexedDB.databases()).length : 0,
    caches: window.isSecureContext && window.caches ? (await caches.keys()).length : 0,
    workers: navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0,
})
"""
NOTHING = {"cookies": "", "local": {}, "session": 0, "databases": 0, "caches": 0, "workers": 0}


# One of each kind: what runs on a page is the same on all of its kind.
KINDS = (
    "index",
    "tom-tat",
    "muc-tieu/1-1",
    "muc-tieu/8-5",
    "dia-phuong",
    "du-lieu",
    "muc-luc",
    "dong-gop/index",
)


@pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.drill)], ids=["short", "full"])
def test_no_page_sets_a_cookie_keeps_anything_or_asks_another_host_until_the_reader_chooses_a_scheme(site, visit, full):
    wrong = []
    with visit(360, wrong) as go:
        for name in site.pages if full else KINDS:
            page = go(name)
            left = page.evaluate(LEFT)
            wrong += [f"{name} leaves {left}"] if left != NOTHING else []
        page = go("rieng-tu")
        page.keyboard.press("/")
        page.locator("#tim").press_sequentially("nghèo")
        page.locator("[role=search] [role=option]").first.wait_for()
        assert page.evaluate(LEFT) == NOTHING, "a search leaves nothing"
        page.locator("#mau-nen").select_option("dark")
        assert page.evaluate(LEFT) == NOTHING | {"local": {"theme": "dark"}}
        page = go("rieng-tu")
        page.locator("#mau-nen").select_option("")
        assert page.evaluate(LEFT) == NOTHING, "“as the machine” forgets the choice"
        assert page.context.cookies() == []
    assert wrong == []


def test_the_page_on_privacy_says_truly_whether_somebody_can_be_reached(site):
    page = site.pages["rieng-tu"]
    # Nothing is configured in this book; with an address, its ways stand here.
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    reached = [link["href"] for link in page.main.select("a[href]") if re.match("mailto:|tel:|https?://", link["href"])]
    if re.search(r'sdgbook_(repository|email|phone): ""', config):
        assert ("chưa ghi địa chỉ liên hệ nào" in said(page.main)) == (not reached)
    else:
        assert reached


def results() -> dict:
    return json.loads((ROOT / statements.RESULTS).read_text(encoding="utf-8"))


def test_the_page_on_accessibility_tells_just_what_the_last_try_found(site):
    found, table = results(), site.pages["tiep-can"].main.select("table")[0]
    rows = {said(row.th): said(row.td) for row in table.select("tbody tr")}
    day = numbers.spell_date(statements.datetime.date.fromisoformat(found["date"]))
    assert rows["Ngày thử"] == day and table.time["datetime"] == found["date"]
    assert rows["Số trang"] == str(found["pages"]) and found["axe"] in rows["Chương trình"]
    assert rows["Bản được thử"] and found["commit"].startswith(rows["Bản được thử"])
    broken = sum(one["places"] for one in found["violations"])
    assert rows["Chỗ sai tìm ra"] == (str(broken) if broken else "không có")
    for standard in found["standards"]:
        assert "".join(statements.STANDARDS[standard]) in rows["Theo chuẩn"]
    for view in found["views"]:
        assert f"{view['width']} điểm ảnh, {statements.SCHEMES[view['scheme']]}" in rows["Mỗi trang được xem ở"]
    assert {(view["width"], view["scheme"]) for view in found["views"]} == {
        (width, scheme) for width in (360, 1280) for scheme in ("light", "dark")
    }


def test_what_was_found_wrong_is_not_kept_from_readers():
    found = results()
    found["violations"] = [{"rule": "image-alt", "impact": "critical", "places": 12, "pages": ["index", "muc-luc"]}]
    found["keyboard"]["wrong"] = ["360 px, light: index <b>"]
    shown = BeautifulSoup(_templates().get_template("access.html").render(**statements.results_data(found)), "html5lib")
    words = said(shown)
    for part in ("image-alt", "rất nặng", "12", "index, muc-luc", "360 px, light: index <b>", "1 chỗ sai"):
        assert part in words, part


@pytest.mark.parametrize("key", ["violations", "date", "keyboard"])
def test_results_that_are_cut_short_are_never_shown_as_good(key):
    found = results()
    del found[key]
    with pytest.raises(KeyError):
        statements.results_data(found)
