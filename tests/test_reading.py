"""Reading without a script, on paper and aloud: the summary, the places, the index, the whole report, the words."""

from __future__ import annotations

import io
import re
import unicodedata
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup, Comment
from helpers import ROOT, YEAR, Project, lists, said, told, vietnamese

from sdgbook.data import read_package
from sdgbook.publish.whole import assemble
from sdgbook.report.editions import Edition
from sdgbook.report.facts import Facts
from sdgbook.site.blocks import render
from sdgbook.site.reading import Reading

# What is no part of the report: the home page, ways to find, downloads, and pages that only lead to another.
NOT_IN_THE_WHOLE = {"index", "co-gi-moi", "khoang-trong", "muc-luc", "toan-van", "du-lieu", "kieu-dang", "404"}
NOT_IN_THE_WHOLE |= {"kiem-chung", "tiep-can", "rieng-tu"}
NOT_IN_THE_WHOLE |= {f"dong-gop/{path.stem}" for path in (ROOT / "book" / "dong-gop").glob("*.md")}
NOT_IN_THE_WHOLE |= {f"muc-tieu/{target}" for target in ("8-5", "8-6", "8-7", "8-8", "10-1", "10-3")}
NEEDED = ["areas", "documents", "measures", "observations", "places", "terms"]
OF_THE_PAGE_ALONE = "nav, footer, form, script, noscript, template, details.local, .downloads"
UNSPOKEN = ["code", "pre", "script", "style", "template", "svg"]
SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|kh|ph|th|tr|ch|gh|gi|qu|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?", re.IGNORECASE
)


@pytest.fixture(scope="module")
def tables(site):
    """The package's tables by name, all cells as text."""
    return {name: site.project.table(name) for name in NEEDED}


def texts(page, within: str) -> list:
    """The pieces of text that a page shows in some of its elements."""
    found = [text for part in page.select(within) for text in part.find_all(string=True)]
    return [text for text in found if not isinstance(text, Comment) and not text.find_parent(UNSPOKEN)]


def anchors_led_to(site, page: str, within: str) -> dict[tuple[str, str], str]:
    """Pages and anchors that links lead to, with their words."""
    return {
        (site.leads_to(page, link)[0], link["href"].partition("#")[2]): said(link)
        for link in site.pages[page].select(f"{within} a[href]")
    }


# Summary


def test_the_summary_prints_on_one_sheet_with_all_its_words(site, address, browser):
    from pypdf import PdfReader

    page = browser.new_page()
    page.goto(f"{address}tom-tat.html")
    centimetre = dict.fromkeys(("top", "right", "bottom", "left"), "1cm")
    sheets = PdfReader(io.BytesIO(page.pdf(format="A4", margin=centimetre))).pages
    page.close()
    assert len(sheets) == 1
    printed = re.sub(r"\s", "", unicodedata.normalize("NFC", sheets[0].extract_text()))
    pieces = site.pages["tom-tat"].main.section.select("h1, h2, p")
    assert len(pieces) > 15
    assert [said(piece) for piece in pieces if re.sub(r"\s", "", said(piece)) not in printed] == []


def test_the_summary_tells_what_the_home_page_leads_with(site):
    summary = {link["href"].partition("#")[2] for link in site.pages["tom-tat"].select("main a.fact")}
    assert {link["href"].partition("#")[2] for link in site.pages["index"].select(".headlines a.fact")} <= summary


# Places


def test_every_area_has_its_place_with_all_that_is_told_of_it(site, tables):
    page = site.pages["dia-phuong"]
    names = {said(title): title.parent for title in page.select("section > h3, section > h4")}
    by_code = {row["area"]: row for row in tables["areas"]}
    wrong = []

    def section(code: str):
        row = by_code[code]
        found = [
            part
            for part in page.select("section.place, .place section")
            if said(part.find(["h3", "h4"])) == row["name_vi"]
        ]
        # A commune stands below its district, if it has one.
        over = by_code[row["parent"]]["name_vi"] if row["level"] == "commune" else ""
        if over.startswith(("Huyện", "Thành phố")):
            found = [part for part in found if said(part.parent.h3) == over]
        elif over:
            found = [part for part in found if "place" in part.get("class", [])]
        return found[0] if len(found) == 1 else None

    told_here = [(row["area"], row["title_vi"], row["source_locator"]) for row in tables["places"]]
    told_here += [
        (a, row["title_vi"], row["source_locator"]) for row in tables["measures"] for a in lists(row["areas"])
    ]
    for code, text, locator in told_here:
        shown = section(code)
        items = shown.select(":scope > .items > li") if shown else []
        items = [item for item in items if told(text).search(said(item))]
        if len(items) != 1 or locator not in [said(link) for link in items[0].select('a[href*="de-cuong"]')]:
            wrong.append((by_code[code]["name_vi"], text, locator))
    for row in tables["observations"]:
        if by_code[row["ref_area"]]["level"] != "province":
            shown = section(row["ref_area"])
            if shown is None or vietnamese(row["obs_value"]) not in said(shown):
                wrong.append((row["ref_area"], row["indicator"]))
    wrong += [row["name_vi"] for row in tables["areas"] if row["level"] != "province" and section(row["area"]) is None]
    assert wrong == [] and told_here and names


def test_a_district_of_which_nothing_is_told_says_so(project: Project):
    rows = project.table("places")
    silent = {"Huyện Bảo Lạc": "043"}
    project.write_table("places", [row for row in rows if row["area"] not in silent.values()])
    edition = Edition(int(YEAR), Facts(read_package(project.root)))
    builder = SimpleNamespace(get_relative_uri=lambda page, other: f"{other}.html")
    html = render("areas", edition.areas().data, SimpleNamespace(builder=builder), "dia-phuong")
    for part in BeautifulSoup(html, "html5lib").select("section > h3"):
        says = "không nói riêng điều gì về" in said(part.parent)
        assert says == (said(part) in silent), said(part)


# Index


def test_the_index_leads_to_every_page_and_section(site):
    led = anchors_led_to(site, "muc-luc", ".index.pages")
    pages = [name for name in site.pages if name not in ("404", "kieu-dang")]
    wanted = {(page, "") for page in pages if page != "muc-luc"}
    wanted |= {(page, part["id"]) for page in pages for part in site.pages[page].select("main > section > section[id]")}
    assert sorted(wanted - set(led)) == []


def test_the_index_leads_to_every_figure_document_area_and_term(site, tables, facts):
    led = anchors_led_to(site, "muc-luc", ".index")
    wrong = [f.name for f in facts.values() if led.get((f.page, f.id)) != re.sub(r"\s", " ", f.measured)]
    wrong += [
        row["document"]
        for row in tables["documents"]
        if row["number"] not in led.get(("to-chuc-thuc-hien", f"van-ban-{row['document']}"), "no link")
    ]
    terms = {words for (page, _), words in led.items() if page == "thuat-ngu"}
    wrong += [
        row["term"] for row in tables["terms"] if row["kind"] in ("abbreviation", "term") and row["term"] not in terms
    ]
    areas = {anchor for page, anchor in led if page == "dia-phuong"}
    wrong += [
        part["id"]
        for part in site.pages["dia-phuong"].select("section.place, .place section")
        if part["id"] not in areas
    ]
    assert wrong == []


def test_the_index_stands_in_vietnamese_order_under_letters_to_jump_to(site):
    page = site.pages["muc-luc"]
    letters = [said(heading) for heading in page.select("h3[id^=so-lieu-], h3[id^=tu-]")]
    assert letters and all(len(letter) == 1 for letter in letters)
    jumps = {link["href"].removeprefix("#") for link in page.select("nav.local a")}
    assert {heading["id"] for heading in page.select("section h3[id]")} <= jumps
    alphabet = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXY"
    for name in ("so-lieu", "tu"):
        places = [alphabet.index(said(heading)) for heading in page.select(f"h3[id^={name}-]")]
        assert places == sorted(set(places))


# The whole report


def test_the_whole_report_is_all_its_pages_in_their_order_and_nothing_else(site):
    order = [site.leads_to("index", link)[0] for link in site.pages["index"].select("header .contents nav a[href]")]
    pages = [page for page in order if page not in NOT_IN_THE_WHOLE]
    shown = site.pages["toan-van"].select(".whole > .whole-page")
    assert [part["id"] for part in shown] == [f"trang-{page.replace('/', '-')}" for page in pages]
    assert set(pages) | NOT_IN_THE_WHOLE >= set(site.pages)
    for part, page in zip(shown, pages, strict=True):
        alone = BeautifulSoup(str(site.pages[page].main), "html5lib").body
        for element in alone.select(OF_THE_PAGE_ALONE):
            element.decompose()
        assert said(part) == said(alone), page


def test_the_whole_report_has_every_figure_chart_and_heading(site, facts):
    whole = site.pages["toan-van"]
    assert [f.id for f in facts.values() if whole.find("tr", id=f.id) is None] == []
    pages = [page for name, page in site.pages.items() if name not in NOT_IN_THE_WHOLE]
    charts = {chart["id"]: len(chart.select("svg *")) for page in pages for chart in page.select("figure.chart")}
    assert {chart["id"]: len(chart.select("svg *")) for chart in whole.select("figure.chart")} == charts
    # One level lower each, below the page's own heading.
    alone = sorted((int(h.name[1]) + 1, said(h)) for page in pages for h in page.select("main :is(h1, h2, h3, h4)"))
    assert sorted((int(h.name[1]), said(h)) for h in whole.select(".whole-page :is(h2, h3, h4, h5)")) == alone


def test_links_between_its_parts_stay_on_the_whole_report(site):
    inside = set(site.pages) - NOT_IN_THE_WHOLE
    links = site.pages["toan-van"].select(".whole a[href]")
    assert [link["href"] for link in links if site.leads_to("toan-van", link)[0] in inside] == []
    lists_all = [site.leads_to("toan-van", link)[1] for link in site.pages["toan-van"].select(".whole-contents a")]
    assert lists_all == site.pages["toan-van"].select(".whole-page")


def test_what_bears_the_same_id_on_two_pages_is_told_apart_on_the_whole_report(tmp_path):
    page = (
        '<main><section id="{own}"><h1 id="h">{own}</h1>'
        '<table><tr><th id="th">a</th><td headers="th">b</td></tr></table>'
        '<p><a href="#h">đây</a><a href="{other}.html#h">kia</a><a href="../x.html?a=1#b">xa</a><a href="{other}.html">'
        'trang</a></p><figure aria-labelledby="h"><svg viewBox="0 0 1 1"><clipPath id="c"></clipPath>'
        '<g clip-path="url(#c)"></g></svg></figure></section><template id="nguon-x"><p>nguồn</p></template></main>'
    )
    (tmp_path / "sub").mkdir()
    for own, other in (("a", "b"), ("b", "a")):
        (tmp_path / "sub" / f"{own}.html").write_text(page.format(own=own, other=other), encoding="utf-8")
    (tmp_path / "w.html").write_text(
        '<main><div class="whole" data-pages="sub/a sub/b"></div></main>', encoding="utf-8"
    )
    for _ in range(2):
        assert assemble(tmp_path) == ["w.html"]
        html = (tmp_path / "w.html").read_text(encoding="utf-8")
        whole = BeautifulSoup(html, "html5lib")
        ids = [tag["id"] for tag in whole.find_all(id=True)]
        assert len(ids) == len(set(ids)) and ids.count("nguon-x") == 1
        for own, other in (("a", "b"), ("b", "a")):
            part = whole.find(id=f"trang-sub-{own}")
            assert [link["href"] for link in part.select("p a")] == [
                f"#sub-{own}--h",
                f"#sub-{other}--h",
                "x.html?a=1#b",
                f"#trang-sub-{other}",
            ]
            assert part.figure["aria-labelledby"] == part.h2["id"] == f"sub-{own}--h"
            assert part.td["headers"] in ([part.th["id"]], part.th["id"])
            assert part.select_one("g")["clip-path"] == f"url(#{part.select_one('clipPath')['id']})"
        assert html.count('viewBox="0 0 1 1"') == 2


# Words


def test_every_abbreviation_is_spelled_where_a_page_first_uses_it(site, tables):
    spelled = {row["term"]: row["expansion_vi"] for row in tables["terms"] if row["kind"] == "abbreviation"}
    pattern = re.compile(rf"(?<![\w/-])({'|'.join(sorted(spelled, key=len, reverse=True))})(?![\w-]|/[A-ZĐ\d])")
    blocks = ["p", "li", "td", "th", "dd", "div", "caption", "figcaption"]
    wrong, found = [], 0
    for name, page in site.pages.items():
        seen = set()
        for text in texts(page, "main > section"):
            if text.find_parent(["h1", "h2", "h3", "h4", "h5"]) or text.find_parent("span", lang="en"):
                continue
            for short in pattern.findall(text):
                if short in seen:
                    continue
                seen.add(short)
                found += 1
                entry = text.find_parent("dt")
                words = (entry.parent if entry else text.find_parent(blocks)).get_text()
                marked = entry or (text.parent.name == "abbr" and text.parent["title"] == spelled[short])
                if not marked or spelled[short].casefold() not in re.sub(r"\s+", " ", words).casefold():
                    wrong.append((name, short, str(text)[:60]))
    assert wrong == [] and found > 40


@pytest.mark.parametrize(
    ("html", "mended"),
    [
        ("<p>Nâng GRDP. GRDP là</p>", "<p>Nâng GRDP (tổng sản phẩm trên địa bàn). GRDP là</p>"),
        ("<p>tổng sản phẩm trên địa bàn (GRDP)</p><p>GRDP</p>", None),
        ("<p>USD là đô la Mỹ</p>", None),
        ("<p>Nghị quyết 54/2021/NQ-HĐND, 20-CT/TU</p>", None),
        ("<h2>GRDP</h2><p>GRDP</p>", "<h2>GRDP</h2><p>GRDP (tổng sản phẩm trên địa bàn)</p>"),
        ('<p><a href="x">GRDP tăng</a> ít</p>', '<p><a href="x">GRDP tăng</a> (tổng sản phẩm trên địa bàn) ít</p>'),
        ("<p>viết “số đại biểu HĐND” ở</p>", "<p>viết “số đại biểu HĐND” (HĐND: Hội đồng nhân dân) ở</p>"),
        ("<code>GRDP</code><svg><text>GRDP</text></svg><template><p>GRDP</p></template>", None),
        ("<p>Theo Open SDG, SDG", "<p>Theo Open SDG, SDG (mục tiêu phát triển bền vững)"),
        ("<p>1.650&nbsp;USD/người</p>", "<p>1.650&nbsp;USD (đô la Mỹ)/người</p>"),
    ],
)
def test_an_abbreviation_is_spelled_without_breaking_names_links_and_quotations(package, html, mended):
    done = Reading(package).mend(html)
    plain = re.sub(r'</?(?:abbr|span)[^>]*>| lang="en"', "", done).replace("\u00a0", " ")
    assert plain == (mended or html)


def test_what_is_not_vietnamese_says_its_language(site, tables):
    units = {row["symbol_vi"] for row in site.project.table("units")}
    known = {word for row in tables["terms"] for word in re.findall(r"[^\W\d_]+", row["term"])}
    known |= {word for unit in units for word in re.findall(r"[^\W\d_]+", unit)}
    known |= {word for row in tables["documents"] for word in re.findall(r"[^\W\d_]+", row["number"])}
    terms = "|".join(re.escape(row["term"]) for row in tables["terms"] if row["language"] == "en")
    english = re.compile(rf"(?<!\w)(?:{terms})(?!\w)")
    foreign = []
    for name, page in site.pages.items():
        for text in texts(page, "body"):
            language = text.find_parent(lang=True)["lang"]
            if language == "vi":
                foreign += [(name, term) for term in english.findall(re.sub(r"\s", " ", text))]
            for word in re.findall(r"[^\W\d_]{2,}", text) if language == "vi" else ():
                letters = unicodedata.normalize("NFD", word.replace("đ", "d").replace("Đ", "D"))
                bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
                if not SYLLABLE.fullmatch(bare) and word not in known and not re.fullmatch("[IVX]+", word):
                    foreign.append((name, word, text.strip()[:60]))
        foreign += [(name, said(code)) for code in page.select("main code") if code.get("lang") != "en"]
    assert foreign == []


def test_every_table_has_a_caption_and_says_what_its_headings_head(site):
    wrong = []
    for name, page in site.pages.items():
        for table in page.select("main table"):
            faults = {
                "no caption": not table.caption or not said(table.caption),
                "scope": [said(cell) for cell in table.select("th") if cell.get("scope") not in ("row", "col")],
                "no card": "cards" not in table.get("class", []),
                "cell without its column's name": [
                    said(cell) for cell in table.select("tbody td") if said(cell) and not cell.get("data-label")
                ],
            }
            wrong += [f"{name}: {fault} {found}" for fault, found in faults.items() if found]
    assert wrong == []


def test_dates_are_written_as_people_write_them_and_numbers_stay_with_their_words(site):
    wrong = []
    for name, page in site.pages.items():
        # The whole report says what the others say.
        for text in texts(page, "main > section") if name != "toan-van" else ():
            wrong += [(name, date) for date in re.findall(r"\d{4}-\d\d-\d\d", text)]
            dates = re.findall(r"(?<![\d/])\d{1,2}/\d{1,2}/\d{4}(?![\d/])", text)
            wrong += [(name, date) for date in dates if not re.fullmatch(r"\d\d/\d\d/\d{4}", date)]
            wrong += [(name, part) for part in re.findall(r"[^\W\d_]+ \d\S*", text)]
    assert wrong == []
