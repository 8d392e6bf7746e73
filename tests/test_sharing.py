"""How pages are found, shared and linked to: on the site without an address, and on a small one that has one."""

from __future__ import annotations

import json
import re
import struct
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from helpers import Project, Site, digests, run, said, vietnamese
from serving import serving
from test_downloads import overflowing

from sdgbook.data import ProblemsFound
from sdgbook.edit.check import check
from sdgbook.publish import finish
from sdgbook.publish.links import check_links
from sdgbook.report import lettering
from sdgbook.report.context import Context
from sdgbook.site import cards, forge, sharing

ADDRESS = "https://example.org/cao-bang/"
CONTACTS = {
    "sdgbook_repository": "https://example.org/bao-cao",
    "sdgbook_email": "bao-cao@example.org",
    "sdgbook_phone": "0206 000 000",
}
DAY = "2022-03-04"
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
TOC = """format: jb-book
root: index
parts:
  - caption: Các mục tiêu
    chapters: [{file: muc-tieu/index}, {file: muc-tieu/1-1}, {file: muc-tieu/4-5-b}]
  - caption: Về báo cáo này
    chapters: [{file: du-lieu}]
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A few pages, kept in git, with the site's address configured. Links to the others lead nowhere."""
    project = Project.copy(tmp_path_factory.mktemp("địa chỉ"))
    config = re.sub(r"html_baseurl:.*", f"html_baseurl: {ADDRESS}", project.read("_config.yml"))
    for name, value in CONTACTS.items():
        config = re.sub(rf"{name}:.*", f'{name}: "{value}"', config)
    project.write("_config.yml", config)
    project.write("_toc.yml", TOC)
    revisions = project.file("revisions")
    correction = "thu,poverty-rate@2021-12-31,2022-05-06,18.07,18.06,Sở,Gõ nhầm <&>.,Typing error.\n"
    project.write(revisions, project.read(revisions) + correction)
    moment = f"{DAY}T12:00:00+0700"
    who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "đầu"]):
        env = {**who, "GIT_COMMITTER_DATE": moment, "GIT_AUTHOR_DATE": moment}
        done = run(project.root, "env", *(f"{k}={v}" for k, v in env.items()), "git", *words)
        assert done.returncode == 0, done.stderr
    book = ["build", "book", "--toc", str(project.root / "_toc.yml"), "--path-output", str(project.root)]
    done = run(project.root, sys.executable, "-c", "from jupyter_book.cli.main import main; main()", *book)
    html = project.root / "_build" / "html"
    assert done.returncode == 0, done.stdout + done.stderr
    (html / "genindex.html").unlink(missing_ok=True)
    return Site(project, html, done.stdout, {})


def meta(page: BeautifulSoup, name: str) -> str:
    return page.find("meta", attrs={"property": name})["content"]


def graph(page: BeautifulSoup) -> list[dict]:
    data = json.loads(page.find("script", type="application/ld+json").string)
    assert data["@context"] == "https://schema.org"
    return data["@graph"]


def size(png: Path) -> tuple[int, int]:
    content = png.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", content[16:24])


# Titles, descriptions, links to places


def test_every_page_has_a_description_of_its_own_with_its_figures_written_out(site):
    told = {name: page.find("meta", attrs={"name": "description"})["content"] for name, page in site.pages.items()}
    assert len(set(told.values())) == len(told)
    assert [name for name, text in told.items() if "{" in text or "`" in text or not 40 <= len(text) <= 260] == []
    assert "18,06% (sơ bộ)" in told["muc-tieu/1-1"]


def test_the_title_of_a_targets_page_names_its_target(site, package):
    for target, row in package.table("targets").by_key.items():
        assert target in said(site.pages[row["chapter"]].title), target


def test_every_section_figure_and_chart_can_be_linked_to(site):
    # The whole report on one page is a copy: what is sent on is the page itself.
    for name, page in ((name, page) for name, page in site.pages.items() if not page.select(".whole")):
        headings = page.main.select("section[id] > :is(h2, h3, h4):first-child")
        places = [(heading.parent["id"], heading) for heading in headings]
        places += [(row["id"], row.th) for row in page.select("table.figures tbody tr")]
        places += [(chart["id"], chart) for chart in page.select("figure.chart")]
        missing = [anchor for anchor, place in places if not place.select(f'a[href="#{anchor}"]')]
        assert missing == [], name


def test_anchors_are_words_that_stay_when_sections_are_added(site):
    ids = [(name, tag["id"]) for name, page in site.pages.items() for tag in page.main.select("section[id]")]
    assert len(ids) > 100
    assert [place for place in ids if re.fullmatch(r"(id|section-)?\d+", place[1])] == []


def test_a_heading_with_a_figure_in_it_has_a_link_behind_it():
    body = '<section id="ten">\n<h2>Giảm <a class="fact" href="#so">4</a></h2>\n<p>a</p></section>'
    heading = BeautifulSoup(sharing.with_self_links(body), "html5lib").h2
    link = heading.select('a[href="#ten"]')[0]
    assert link["aria-label"] == "Liên kết tới phần này" and not link.select("a")


def test_a_page_without_a_description_is_told_before_the_build(project):
    text = project.read("book/cam-ket.md")
    project.write("book/cam-ket.md", re.sub(r"\ndescription:.*", "", text))
    assert [(p.file, p.line) for p in check(project.root)] == [("book/cam-ket.md", 1)]


# Without an address


def test_a_site_without_an_address_names_none(site):
    for name, page in site.pages.items():
        assert not page.select("link[rel=canonical], meta[property], script[type='application/ld+json']"), name
    for name in ("sitemap.xml", "feed.xml", "robots.txt", "anh-chia-se"):
        assert not (site.html / name).exists()


def test_phones_find_the_sites_icons(site):
    manifest = json.loads((site.html / "site.webmanifest").read_text(encoding="utf-8"))
    assert manifest["lang"] == "vi" and manifest["name"] and manifest["start_url"] == "./"
    for icon in manifest["icons"]:
        file = site.html / icon["src"]
        assert file.is_file()
        if file.suffix == ".png":
            assert icon["sizes"] == "{}x{}".format(*size(file))
    for name, page in site.pages.items():
        links = {link["rel"][0]: (site.html / name).parent / link["href"] for link in page.select("link")}
        assert links["manifest"].resolve() == (site.html / "site.webmanifest").resolve()
        assert size(links["apple-touch-icon"]) == (180, 180)


# With an address


def test_every_page_says_its_one_address_and_the_site_map_lists_them(shared):
    told = {name: page.find("link", rel="canonical")["href"] for name, page in shared.pages.items()}
    assert told == {
        "index": ADDRESS,
        "muc-tieu/index": f"{ADDRESS}muc-tieu/",
        "muc-tieu/1-1": f"{ADDRESS}muc-tieu/1-1.html",
        "muc-tieu/4-5-b": f"{ADDRESS}muc-tieu/4-5-b.html",
        "du-lieu": f"{ADDRESS}du-lieu.html",
    }
    entries = ElementTree.parse(shared.html / "sitemap.xml").getroot()
    assert {entry.find(f"{SITEMAP}loc").text for entry in entries} == set(told.values())
    assert {entry.find(f"{SITEMAP}lastmod").text for entry in entries} == {DAY}
    assert f"Sitemap: {ADDRESS}sitemap.xml" in (shared.html / "robots.txt").read_text().split("\n")


def test_a_reader_can_report_an_error_in_every_way_that_is_configured_and_in_no_other(shared, site):
    for name, page in shared.pages.items():
        led = {said(link): link["href"] for link in page.select("footer a[href]")}
        assert led["Sửa trang này"] == f"https://example.org/bao-cao/edit/main/book/{name}.md"
        reports = {words: address for words, address in led.items() if words.startswith("Báo lỗi")}
        assert [address.partition(":")[0] for address in reports.values()] == ["https", "mailto", "tel"]
        assert all(name.replace("/", "%2F") in address or name in address for address in list(reports.values())[:2])
        assert "bao-cao@example.org" in "".join(reports) and "0206 000 000" in "".join(reports)
    for page in site.pages.values():
        assert not re.search("Báo lỗi|Sửa trang này", said(page.footer)), "nothing is configured"


def test_the_foot_of_a_page_tells_the_day_of_its_last_change(shared, site):
    for name, page in shared.pages.items():
        assert said(page.footer.time) == "04/03/2022" and page.footer.time["datetime"] == DAY, name
    assert not any(page.footer.time for page in site.pages.values()), "a copy without history tells no day"


def test_a_page_that_is_shared_shows_its_title_finding_and_card(shared):
    for name, page in shared.pages.items():
        assert meta(page, "og:title") in said(page.title) or name == "index"
        assert meta(page, "og:description") == page.find("meta", attrs={"name": "description"})["content"]
        assert meta(page, "og:url") == page.find("link", rel="canonical")["href"]
        assert meta(page, "og:locale") == "vi_VN"
        card = meta(page, "og:image")
        assert card.startswith(ADDRESS)
        assert size(shared.html / card.removeprefix(ADDRESS)) == (1200, 630)
    assert meta(shared.pages["index"], "og:title").replace("\xa0", " ") == said(shared.pages["index"].h1)
    assert "18,06%" in meta(shared.pages["muc-tieu/1-1"], "og:image:alt").replace("\xa0", " ")


def test_search_engines_read_report_data_and_breadcrumbs(shared, package):
    kinds = {name: [part["@type"] for part in graph(page)] for name, page in shared.pages.items()}
    assert kinds == {
        "index": ["Report"],
        "muc-tieu/index": ["BreadcrumbList"],
        "muc-tieu/1-1": ["BreadcrumbList", "Dataset"],
        "muc-tieu/4-5-b": ["BreadcrumbList"],
        "du-lieu": ["BreadcrumbList", "Dataset"],
    }
    edition = package.table("edition").rows[0]
    report = graph(shared.pages["index"])[0]
    assert report["isBasedOn"]["name"] == edition["source_title"]
    assert report["isBasedOn"]["author"]["name"] == edition["issuer"]
    for name in ("muc-tieu/1-1", "du-lieu"):
        data = graph(shared.pages[name])[1]
        assert data["dateModified"] == DAY and data["license"].startswith("https://creativecommons.org/")
        assert 50 <= len(data["description"]) <= 5000 and data["isPartOf"]["@id"] == report["@id"]
        for file in data["distribution"]:
            assert (shared.html / file["contentUrl"].removeprefix(ADDRESS)).is_file()
    steps = graph(shared.pages["muc-tieu/1-1"])[0]["itemListElement"]
    assert [step["item"] for step in steps] == [ADDRESS, f"{ADDRESS}muc-tieu/", f"{ADDRESS}muc-tieu/1-1.html"]


def test_the_feed_tells_changed_pages_and_corrections_by_day(shared):
    feed = ElementTree.parse(shared.html / "feed.xml").getroot()
    entries = feed.findall(f"{ATOM}entry")
    days = [entry.find(f"{ATOM}updated").text for entry in entries]
    assert days == sorted(days, reverse=True) and feed.find(f"{ATOM}updated").text == days[0]
    assert days[0] == "2022-05-06T00:00:00+07:00" and set(days[1:]) == {f"{DAY}T00:00:00+07:00"}
    assert "Tỷ lệ hộ nghèo" in entries[0].find(f"{ATOM}title").text
    assert "<&>" in entries[0].find(f"{ATOM}summary").text
    names = [entry.find(f"{ATOM}id").text for entry in entries]
    assert len(set(names)) == len(names) == len(shared.pages) + 1
    for entry in entries:
        assert entry.find(f"{ATOM}title").text and entry.find(f"{ATOM}summary").text
    for name, page in shared.pages.items():
        assert (shared.html / name).parent / page.find("link", rel="alternate")["href"]


def test_nothing_in_structured_data_ends_its_element():
    nasty = {"name": "</script><script>alert(1)</script> & \u2028"}
    text = str(sharing.script_data(nasty))
    assert not set("<>&\u2028") & set(text) and json.loads(text) == nasty


@pytest.mark.parametrize("address", ["example.org", "ftp://example.org/", "https://", "https://example.org/?a=b"])
def test_an_address_that_is_none_is_told(address, tmp_path, caplog):
    app = SimpleNamespace(config=SimpleNamespace(html_baseurl=address), confdir=tmp_path / "book")
    (tmp_path / "_config.yml").write_text(f"a: b\n    html_baseurl: {address}\n", encoding="utf-8")
    sharing.check_address(app)
    assert [address in record.getMessage() for record in caplog.records] == [True]
    assert str(caplog.records[0].location).endswith("_config.yml:2")


# Cards


@pytest.fixture(scope="module")
def all_cards(package, facts, site):
    """The cards of all pages, and of a page with words and numbers longer than any."""
    report = Context(facts)
    chapters = {row["chapter"] for row in package.table("targets").rows}
    made = [cards.card(report, "Năm 2021, số hộ nghèo ở Cao Bằng giảm", [], "", home=True)]
    for name, page in site.pages.items():
        targets = [t for t, row in package.table("targets").by_key.items() if row["chapter"] == name]
        words = page.find("meta", attrs={"name": "description"})["content"]
        made.append(cards.card(report, said(page.h1), targets if name in chapters else [], words))
    long = "Nghiêng ngả nghiễm nhiên nguyễn " * 30
    made.append(cards.Card(long, made[-1].tiles, long, long))
    made.append(cards.Card(long, [], "", long, "trên", "1.234.567.890.123", "đồng/người", long, long, "good"))
    return made


def test_a_cards_text_fits_whatever_it_says(browser, all_cards):
    assert overflowing(browser, [cards.svg(card) for card in all_cards]) == []


def test_the_font_of_pictures_has_every_letter_that_they_need(all_cards):
    texts = "".join("".join(str(value) for value in vars(card).values()) for card in all_cards)
    assert set(texts) - set(lettering.advances()) - set(lettering.advances(bold=True)) == set()


# An address that leads nowhere


def not_found(address: str) -> BeautifulSoup:
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(address)
    assert answer.value.code == 404
    return BeautifulSoup(answer.value.read(), "html5lib")


@pytest.mark.parametrize("path", ["khong-co.html", "a/b/c/khong-co.html"])
@pytest.mark.parametrize("having", ["site", "shared"])
def test_an_address_that_leads_nowhere_gives_a_page_whose_links_work(request, having, path):
    built = request.getfixturevalue(having)
    root = "/" if having == "site" else "/cao-bang/"
    with serving(built.html, root) as home:
        page = not_found(home + path)
        assert "Không tìm thấy" in said(page.h1) and page.find("meta", attrs={"name": "robots"})
        assert page.select_one("a.skip")["href"] == f"#{page.main['id']}", "it must not leave the page"
        addresses = {
            tag.get("href") or tag.get("src") or tag.get("action") for tag in page.select("[href],[src],[action]")
        }
        checked = 0
        for address in (a for a in addresses - {"#noi-dung"} if not urlsplit(a).scheme):
            target = urljoin(home + path, address)
            if having == "shared" and not (built.html / urlsplit(target).path.removeprefix(root)).is_file():
                # A page that the small site does not have.
                assert target.startswith(home)
                continue
            assert urllib.request.urlopen(target).status == 200
            checked += 1
        assert checked > 5


PAGE = '<!doctype html><html lang="vi"><head><title>t</title>{}</head><body>{}</body></html>'
CANONICAL = f'<link rel="canonical" href="{ADDRESS}">'


def test_links_from_the_servers_root_are_checked_under_the_sites_address(tmp_path):
    (tmp_path / "index.html").write_text(PAGE.format(CANONICAL, ""), encoding="utf-8")
    lost = tmp_path / "404.html"
    lost.write_text(PAGE.format("", '<a href="/cao-bang/index.html">về</a>'), encoding="utf-8")
    assert check_links(tmp_path) == 2
    lost.write_text(PAGE.format("", '<a href="/cao-bang/khac.html">về</a>'), encoding="utf-8")
    with pytest.raises(ProblemsFound):
        check_links(tmp_path)


def test_publishing_keeps_the_icons_that_only_the_manifest_names(tmp_path):
    fresh = tmp_path / "work"
    (fresh / "_static").mkdir(parents=True)
    (fresh / "index.html").write_text(PAGE.format("", ""), encoding="utf-8")
    (fresh / "site.webmanifest").write_text('{"icons": [{"src": "_static/icon-192.png"}]}', encoding="utf-8")
    for name in ("icon-192.png", "stray.png"):
        (fresh / "_static" / name).write_bytes(b"x")
    finish(fresh, tmp_path / "html")
    assert {"_static/icon-192.png", "site.webmanifest.gz"} <= set(digests(tmp_path / "html"))
    assert "_static/stray.png" not in digests(tmp_path / "html")


def test_pages_lead_to_their_file_and_figures_to_their_line_in_the_browser(shared):
    repository = CONTACTS["sdgbook_repository"]
    page = shared.pages["muc-tieu/1-1"]
    assert page.find("a", string="Sửa trang này")["href"] == f"{repository}/edit/main/book/muc-tieu/1-1.md"
    lines = shared.project.read(shared.project.file("observations")).split("\n")
    card = page.find("template", id="nguon-so-policy-loans-2021")
    to_line = next(a["href"] for a in card.find_all("a") if "dong.html" in a["href"])
    assert to_line == "../dong.html#so-policy-loans-2021"
    number = next(n for n, line in enumerate(lines, 1) if line.startswith("policy-loans,"))
    row = BeautifulSoup((shared.html / "dong.html").read_bytes(), "html5lib").find(id="so-policy-loans-2021")
    blob, edit = (a["href"] for a in row.find_all("a"))
    file = shared.project.file("observations")
    assert blob == f"{repository}/blob/main/{file}?plain=1#L{number}" and edit == f"{repository}/edit/main/{file}"
    # Only that page knows lines: when rows move, no other has to change.
    assert not [name for name, other in shared.pages.items() if "#L" in str(other)]


def test_an_error_is_reported_with_page_figure_value_and_source_filled_in(shared):
    page = shared.pages["muc-tieu/1-1"]
    card = page.find("template", id="nguon-so-policy-loans-2021")
    form, mail = (a["href"] for a in card.find_all("a") if "Báo con số này sai" in a.text)
    [row] = [row for row in shared.project.table("observations") if row["indicator"] == "policy-loans"]
    told = {name: values[0] for name, values in parse_qs(urlsplit(form).query).items()}
    assert form.startswith(f"{CONTACTS['sdgbook_repository']}/issues/new?") and told["template"] == "bao-loi.yml"
    assert (told["page"], told["figure"], told["place"]) == ("muc-tieu/1-1", "policy-loans", row["source_locator"])
    assert vietnamese(row["obs_value"]) in told["value"]
    letter = parse_qs(urlsplit(mail).query)
    assert urlsplit(mail).path == CONTACTS["sdgbook_email"]
    assert {told["page"], told["figure"], told["value"], told["place"]} <= {
        line.partition(": ")[2] for line in letter["body"][0].split("\r\n")
    }


@pytest.mark.parametrize(
    "repository, named, edit, issue",
    [
        ("https://gitlab.example.org/so/kho/", "", "/-/edit/nh%C3%A1nh/book/a.md", "/-/issues/new?issue%5Btitle%5D="),
        ("https://example.org/so/kho", "gitlab", "/-/edit/nh%C3%A1nh/book/a.md", "/-/issues/new?issue%5Btitle%5D="),
        ("https://gitlab.example.org/so/kho", "github", "/edit/nh%C3%A1nh/book/a.md", "/issues/new?template="),
    ],
)
def test_one_setting_or_the_address_tells_which_editor_it_is(repository, named, edit, issue):
    given = {"repository": repository, "forge": named, "branch": "nhánh", "email": "", "phone": ""}
    config = SimpleNamespace(**{f"sdgbook_{name}": value for name, value in given.items()})
    assert forge.edit_address(config, "book/a.md") == repository.rstrip("/") + edit
    [way] = forge.report_ways(config, "Tên", "a")
    assert way["href"].startswith(repository.rstrip("/") + issue)


def test_where_nothing_is_configured_nothing_is_offered(site):
    assert not (site.html / "dong.html").exists()
    for page in site.pages.values():
        assert not page.find_all("a", string=re.compile("Sửa trang này|Báo lỗi|sai trên|để sửa"))
