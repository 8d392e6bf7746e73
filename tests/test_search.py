"""What readers may rely on when they search, in a real browser."""

from __future__ import annotations

import gzip
import re
import unicodedata
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdgbook.publish.search import documents

# What readers type, and the page or the place on a page that must be among the first three results; "|" where either
# will do.
QUESTIONS = """
tỷ lệ hộ nghèo                 muc-tieu/1-1#so-poverty-rate-2021-12-31
ti le ho ngheo                 muc-tieu/1-1#so-poverty-rate-2021-12-31
tỉ lệ hộ nghèo                 muc-tieu/1-1#so-poverty-rate-2021-12-31
HỘ NGHÈO                       muc-tieu/1-1
bao nhiêu hộ nghèo             muc-tieu/1-1
ho ngheo giam bao nhieu        muc-tieu/1-1#so-poor-households-fall-2021
hộ nghòe                       muc-tieu/1-1
vay vốn                        muc-tieu/1-1
thẻ bảo hiểm y tế              muc-tieu/1-1
tien dien                      muc-tieu/1-1
trợ giúp pháp lý               muc-tieu/1-1
poverty-rate                   muc-tieu/1-1
duoc tro cap that nghiep       muc-tieu/1-2
trợ cấp thất nghệp             muc-tieu/1-2
mừng thọ 100 tuổi              muc-tieu/1-2
cứu đói gạo                    muc-tieu/1-2#so-hunger-relief-rice-2021 | muc-tieu/1-2#ho-thieu-doi
lao động qua đào tạo           muc-tieu/4-3#so-trained-workers-rate-2021-12-31
tuyển sinh cao đẳng            muc-tieu/4-3
than khoáng sản                muc-tieu/4-4
dạy nghề cho người khuyết tật  muc-tieu/4-5-b
bình đẳng giới                 muc-tieu/5-1
nhà tạm lánh                   muc-tieu/5-1 | dia-phuong
bao luc gia dinh               muc-tieu/5-1 | to-chuc-thuc-hien#van-ban-luat-phong-chong-bao-luc-gia-dinh
đi làm việc ở nước ngoài       muc-tieu/8-5-8-8
lao động trẻ em                muc-tieu/8-7 | muc-tieu/8-5-8-8
thanh niên                     muc-tieu/8-6
mức lương                      muc-tieu/10-4
xâm hại trẻ em                 muc-tieu/15-2-a
TRE EM                         muc-tieu/15-2-a
1.3                            muc-tieu/1-2
15.2                           muc-tieu/15-2-a
16.2                           muc-tieu/15-2-a
15.2.a                         muc-tieu/15-2-a
15.2A                          muc-tieu/15-2-a
4.5                            muc-tieu/4-5-b
5.4                            muc-tieu/5-1
mục tiêu 8.7                   muc-tieu/8-7 | muc-tieu/8-5-8-8
muc tieu 10.1                  muc-tieu/10-1 | muc-tieu/10-1-10-3
622 qd ttg                     to-chuc-thuc-hien#van-ban-qd-622-qd-ttg
622/QĐ-TTg                     to-chuc-thuc-hien#van-ban-qd-622-qd-ttg
622qdttg                       to-chuc-thuc-hien#van-ban-qd-622-qd-ttg
quyết định 622                 to-chuc-thuc-hien#van-ban-qd-622-qd-ttg
324-QĐ/UBND                    to-chuc-thuc-hien#van-ban-qd-324-qd-ubnd
nq 56 2021 hdnd                to-chuc-thuc-hien#van-ban-nq-56-2021-nq-hdnd
thông tư 59/2015               to-chuc-thuc-hien#van-ban-tt-59-2015-tt-bldtbxh
8/11/2021                      to-chuc-thuc-hien#van-ban-cv-3045-ubnd-th
xuat khau lao dong             to-chuc-thuc-hien#van-ban-ct-25-ct-tu
1.440,06                       muc-tieu/1-2#so-hunger-relief-rice-2021
1440.06                        muc-tieu/1-2#so-hunger-relief-rice-2021
1440,06                        muc-tieu/1-2#so-hunger-relief-rice-2021
22,06%                         muc-tieu/1-1#so-poverty-rate-2021-01-01
22.06                          muc-tieu/1-1#so-poverty-rate-2021-01-01
8744                           muc-tieu/1-1#so-policy-loans-2021
17.000                         muc-tieu/1-2#so-regular-allowance-people-2021
29500000000                    muc-tieu/1-2#so-unemployment-benefit-amount-2021
46,6                           muc-tieu/4-3#so-trained-workers-rate-2021-12-31
Khâm Thành                     dia-phuong#noi-xa-kham-thanh-trung-khanh | muc-tieu/15-2-a
Hoà An                         dia-phuong#noi-huyen-hoa-an
hòa an                         dia-phuong#noi-huyen-hoa-an
huyen thach an                 dia-phuong#noi-huyen-thach-an
xã Thị Hoa                     dia-phuong#noi-xa-thi-hoa-ha-lang
BHXH                           thuat-ngu#tu-BHXH
bảo hiểm xã hội                muc-tieu/1-2#ve-bao-hiem-xa-hoi
ldtbxh                         thuat-ngu#tu-LDTBXH
uỷ ban nhân dân                thuat-ngu#tu-UBND
tổng sản phẩm trên địa bàn     thuat-ngu#tu-GRDP
gdnn là gì                     thuat-ngu#tu-GDNN
điểm phần trăm                 phuong-phap#phan-tram-va-diem-phan-tram
kiến nghị trung ương           cam-ket
nhiem vu nam 2022              cam-ket
khó khăn                       danh-gia-chung
trích dẫn                      gioi-thieu
tải dữ liệu csv                du-lieu
I.2.1 kết quả                  de-cuong#I.2.1-ket-qua
"""
WANTED = [tuple(part.strip() for part in line.split("  ", 1)) for line in QUESTIONS.strip().splitlines()]


@pytest.fixture
def page(browser, address):
    """A target page on a telephone."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(address + "muc-tieu/1-1.html")
    yield page
    context.close()


@contextmanager
def requests_of(page):
    """What `page` fetches meanwhile: the paths."""
    fetched = []
    page.on("request", lambda request: fetched.append(urlsplit(request.url).path))
    yield fetched


def ask(page, text: str) -> list[str]:
    """Addresses of the results for `text`, as they stand on the screen."""
    page.locator("#tim").fill("")
    page.locator("#tim").fill(text)
    page.wait_for_selector(".search-panel:not([hidden]) :is([role=option], .search-message a)")
    return page.locator("[role=option]").evaluate_all("links => links.map(link => link.href)")


def place(url: str, address: str) -> tuple[str, str]:
    """The page and the anchor of a result's address."""
    page, _, anchor = url.removeprefix(address).partition("#")
    return page.removesuffix(".html"), anchor


def test_each_question_finds_its_page_among_the_first_three_results(page, address):
    page.locator("#tim").focus()
    missed = []
    for question, wanted in WANTED:
        first = [place(url, address) for url in ask(page, question)[:3]]
        for answer in wanted.split("|"):
            name, _, anchor = answer.strip().partition("#")
            if any(name == at and anchor in ("", to) for at, to in first):
                break
        else:
            missed.append((question, wanted, first))
    assert not missed
    assert len(WANTED) >= 60


def test_a_number_shows_the_figure_itself_under_its_page(page):
    page.locator("#tim").focus()
    ask(page, "18.06")
    first = page.locator("[role=group]").first
    assert first.locator(".search-page").inner_text() == "Giảm nghèo mọi hình thức"
    text = " ".join(first.locator("[role=option]").first.inner_text().split())
    assert text == "18,06% (sơ bộ) Tỷ lệ hộ nghèo cuối năm 2021, Tỉnh Cao Bằng"


def test_what_was_found_is_marked_in_the_words_of_the_report(page):
    page.locator("#tim").focus()
    ask(page, "cuu doi")
    assert "cứu đói" in page.locator("[role=option] mark").all_inner_texts()


def test_results_are_links_that_open_in_a_tab_of_their_own_as_links_do(page, address):
    page.locator("#tim").focus()
    results = ask(page, "hoà an")
    with page.context.expect_page() as opened:
        page.locator("[role=option]").first.click(modifiers=["Control"])
    opened.value.wait_for_load_state()
    assert opened.value.url == results[0]
    assert page.locator("[role=option]").count() == len(results), "the results stay where they were"


def test_keys_open_go_through_follow_and_close(page, address):
    page.locator("main a").first.focus()
    before = page.evaluate("document.activeElement.outerHTML")
    page.keyboard.press("/")
    field = page.locator("#tim")
    assert field.evaluate("field => field === document.activeElement")
    assert field.get_attribute("aria-expanded") is None or field.get_attribute("aria-expanded") == "false"
    results = ask(page, "ho ngheo")
    assert field.get_attribute("aria-expanded") == "true"

    def chosen() -> str | None:
        name = field.get_attribute("aria-activedescendant")
        return name and page.locator(f"#{name}[aria-selected=true]").evaluate("link => link.href")

    assert chosen() is None
    page.keyboard.press("ArrowDown")
    assert chosen() == results[0]
    page.keyboard.press("ArrowDown")
    assert chosen() == results[1]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert chosen() is None, "above the first result is the field"
    page.keyboard.press("ArrowUp")
    assert chosen() == results[-1]
    page.keyboard.press("Home")
    assert field.evaluate("field => field.selectionStart") == 0, "Home goes to the start of what was typed"
    page.keyboard.press("Escape")
    assert page.locator(".search-panel").is_hidden()
    assert field.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.outerHTML") == before, "back to where the reader was"

    page.keyboard.press("/")
    results = ask(page, "1.440,06")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(results[0])


def test_enter_without_a_choice_shows_results_on_the_index_page(page, address):
    field = page.locator("#tim")
    field.fill("622 qd ttg")
    field.press("Enter")
    page.wait_for_url(address + "muc-luc.html?q=622+qd+ttg")
    page.wait_for_selector("[role=option]")
    assert field.input_value() == "622 qd ttg"
    assert "van-ban-qd-622-qd-ttg" in page.locator("[role=option]").first.get_attribute("href")


def test_the_number_of_results_is_told_to_screen_readers(page):
    page.locator("#tim").focus()
    results = ask(page, "16.2")
    pages = page.locator("[role=group]").count()
    page.locator("form [role=status]").filter(has_text=re.compile(r"\w")).wait_for(state="attached")
    assert page.locator("form [role=status]").inner_text() == f"{len(results)} kết quả ở {pages} trang."
    assert page.get_by_role("combobox", name="Tìm trong báo cáo").count() == 1
    assert page.get_by_role("listbox", name="Kết quả tìm").count() == 1


def test_nothing_found_says_what_to_try_and_offers_the_index_page(page, address):
    page.locator("#tim").focus()
    assert ask(page, "zzqqzz") == []
    message = page.locator(".search-message")
    assert message.inner_text().startswith("Không thấy “zzqqzz”. Bạn thử")
    assert message.locator("a").evaluate("link => link.href") == address + "muc-luc.html"


@pytest.mark.parametrize("lost", ["search.json", "vendor/minisearch.js", "search.js"])
def test_an_index_that_fails_to_load_says_so_and_offers_the_index_page(page, address, lost):
    page.route(f"**/{lost}", lambda route: route.abort())
    page.locator("#tim").focus()
    page.locator("#tim").fill("hộ nghèo")
    message = page.locator(".search-message, .search-failed").first
    message.locator("a").wait_for()
    assert message.inner_text().startswith("Chưa tải được phần tìm kiếm.")
    assert message.locator("a").evaluate("link => link.href") == address + "muc-luc.html"


def test_nothing_of_the_search_is_fetched_before_its_first_use(page, site):
    own = ("search.js", "search.css", "search.json", "minisearch.js")
    with requests_of(page) as fetched:
        page.reload(wait_until="networkidle")
        assert not [path for path in fetched if path.endswith(own)]
        page.locator("#tim").focus()
        ask(page, "hộ nghèo")
    used = sorted(path for path in fetched if path.endswith(own))
    assert len(used) == 4, used
    files = [next(site.html.rglob(path.rsplit("/", 1)[1])) for path in used]
    assert sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) <= 150_000


def test_without_script_the_field_leads_to_the_index_page(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "muc-tieu/1-1.html")
    page.locator("#tim").fill("hộ nghèo")
    page.locator("#tim").press("Enter")
    page.wait_for_url(address + "muc-luc.html?q=" + quote("hộ nghèo").replace("%20", "+"))
    assert page.locator("h1").count() == 1
    context.close()


@pytest.mark.parametrize(
    "width, scheme",
    [
        (360, "light"),
        (1280, "dark"),
        pytest.param(360, "dark", marks=pytest.mark.drill),
        pytest.param(1280, "light", marks=pytest.mark.drill),
    ],
)
@pytest.mark.parametrize("question", ["hộ nghèo", "zzqqzz"])
def test_open_results_are_accessible_and_within_the_window(browser, address, scheme, width, question):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address + "muc-tieu/1-1.html")
    page.keyboard.press("/")
    ask(page, question)
    page.keyboard.press("ArrowDown")
    assert not Axe().run(page).response["violations"]
    box = page.locator(".search-panel").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


WORDS = st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "Z"]), max_size=12)
SPELLED = st.lists(
    st.sampled_from(["hòa", "hoà", "đồng", "ĐÀO", "tỷ", "tỉ", "thuỷ", "Ủy", "QĐ-TTg", "15.2.a", "1.440,06"])
)


@settings(max_examples=25)
@given(st.lists(WORDS | SPELLED.map(" ".join), min_size=1, max_size=20))
def test_terms_do_not_depend_on_marks_capitals_or_the_form_of_the_letters(terms_of, texts):
    plain = [unicodedata.normalize("NFC", text) for text in texts]
    terms = terms_of(plain)
    assert terms_of([unicodedata.normalize("NFD", text) for text in plain]) == terms
    vietnamese = [text for text in plain if text.upper().lower() == text.lower()]
    assert terms_of([text.upper() for text in vietnamese]) == terms_of([text.lower() for text in vietnamese])
    assert all(terms_of([term]) == [[term]] for found in terms for term in found[:3])


@pytest.fixture(scope="module")
def terms_of(browser, site, address):
    """The page's own folding: a function from texts to the terms of each."""
    page = browser.new_page()
    page.goto(address + "index.html")
    module = page.evaluate_handle(f"import('{address}{site.assets}/search.js')")
    yield lambda texts: module.evaluate("(it, texts) => texts.map(t => it.terms(t).map(w => w.term))", texts)
    page.close()


def test_words_numbers_and_codes_are_one_term_however_they_are_written(terms_of):
    def same(*texts):
        return all(terms == terms_of(texts)[0] for terms in terms_of(texts))

    assert same("được", "duoc", "ĐƯỢC", "Duợc")
    assert same("thuỷ hoà tỷ lệ", "thủy hòa tỉ lệ")
    assert same("1.440,06", "1440,06", "1440.06", "1,440.06")
    assert same("17.000", "17000")
    assert same("15.2.a", "15.2a", "15.2.A")
    assert same("622/QĐ-TTg", "622 qd ttg", "622-QĐ/TTG", "622qđ.ttg")
    assert not same("15.2", "152")
    assert not same("1.440", "1.44")


def test_every_result_leads_to_a_place_that_is_there(site):
    found = documents(site.html)
    assert len(found["d"]) > 300
    texts = {address: (site.html / address).read_text(encoding="utf-8") for address, _, _ in found["p"]}
    for one in found["d"]:
        assert f'id="{one["i"]}"' in texts[found["p"][one["p"]][0]]
        assert one["h"]


def test_the_same_pages_give_the_same_list(site):
    assert documents(site.html) == documents(site.html)
    assert (site.html / "search.json").is_file()
    assert not list(site.html.rglob("README*")), "notes for developers stay out of the site"
