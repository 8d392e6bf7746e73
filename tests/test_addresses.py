"""An address that was published once always answers: with its page, with the way to where it is now, or with a word."""

from __future__ import annotations

import shutil
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup
from helpers import ROOT, YEAR, Project, Site, said, sdgbook

from sdgbook.building.addresses import LIST

MOVED = [
    ("cam-ket-cu.html", "cam-ket.html", "Trang đổi tên."),
    ("chuong/da-bo.html", "", "Trang này đã nhập vào trang khác."),
    ("tai-ve/cu/so-lieu.csv", "tai-ve/1-1/so-lieu.csv", ""),
]


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """A site three of whose addresses have moved, and whose list of addresses names them."""
    project = Project.copy(tmp_path_factory.mktemp("địa chỉ"))
    shutil.copy(ROOT / LIST, project.root / LIST)
    with open(project.root / LIST, "a", encoding="utf-8") as file:
        file.writelines(f"{old}\n" for old, _, _ in MOVED)
    for old, new, words in MOVED:
        project.add("redirects", address=old, target=new, moved_on="2026-01-02", says_vi=words)
    done = sdgbook(project.root, "site")
    assert done.returncode == 0, done.stdout + done.stderr
    return Site(project, project.root / "_build" / "html", done.stdout, {})


def page_at(html, address: str) -> BeautifulSoup:
    """The page at an address, as a server finds it."""
    return BeautifulSoup((html / f"{address}.html").read_bytes(), "html5lib")


def test_each_figure_has_an_address_of_its_own_that_tells_it_with_its_source(site, facts):
    wrong = []
    for fact in facts.values():
        page = page_at(site.html, fact.address.removesuffix(".html"))
        value = page.main.find("data")
        leads = [urljoin(f"/{fact.address}", link["href"]) for link in page.main.find_all("a", href=True)]
        words = said(page.main)
        there = value["value"] == fact.plain_value and fact.measured.replace("\xa0", " ") in words
        if not (there and f"/{fact.page}.html#{fact.id}" in leads and any("/de-cuong.html#" in to for to in leads)):
            wrong.append(fact.name)
    assert len({fact.address for fact in facts.values()}) == len(facts) and wrong == []
    assert (site.html / "so/poverty-rate/2021-12-31.html").is_file()


def test_a_figure_of_a_breakdown_or_an_area_has_another_address_than_the_total(facts):
    fact = next(fact for fact in facts.values() if fact.breakdown != "_T")
    assert fact.address == f"so/{fact.indicator}/{fact.breakdown}/{fact.period}.html"


def test_an_edition_answers_at_its_year_before_it_is_frozen(site):
    words = said(page_at(site.html, f"{YEAR}/index").main)
    assert words.startswith(f"Ấn bản {YEAR}") and "chưa chốt" in words


def test_the_list_names_every_address_of_the_site(site):
    from sdgbook.building.addresses import addresses
    from sdgbook.files import listing

    known = (ROOT / LIST).read_text(encoding="utf-8").split()
    there = addresses(listing(site.html))
    missing = sorted(set(there) - set(known))
    assert missing == [], "run `make addresses` and commit what it has written"


def test_what_has_moved_leads_on_and_what_is_gone_says_so(moved):
    page = page_at(moved.html, "cam-ket-cu")
    assert page.find("meta", {"http-equiv": "refresh"})["content"] == "0; url=cam-ket.html"
    assert [a["href"] for a in page.main.find_all("a")] == ["cam-ket.html"]
    gone = said(page_at(moved.html, "chuong/da-bo").main)
    assert "Trang này đã nhập vào trang khác." in gone
    old, new = (moved.html / name for name in MOVED[2][:2])
    assert old.read_bytes() == new.read_bytes()


def test_a_build_that_loses_an_address_fails_and_leaves_the_site(moved):
    before = sorted(moved.html.rglob("*"))
    project = moved.project
    table = project.file("redirects")
    rows = project.read(table)
    project.write(table, "\n".join(rows.split("\n")[:1]) + "\n")
    lines = len(project.read(LIST).split("\n"))
    done = sdgbook(project.root, "site")
    project.write(table, rows)
    assert done.returncode == 1
    for number, (old, _, _) in enumerate(MOVED, lines - len(MOVED)):
        assert f"{LIST}, dòng {number}: Địa chỉ {old} đã công bố" in done.stderr
    assert "redirects.csv" in done.stderr and sorted(moved.html.rglob("*")) == before


def test_a_way_on_that_leads_nowhere_and_one_from_a_page_that_is_there_are_told_by_the_build(moved):
    project = moved.project
    table = project.file("redirects")
    rows = project.read(table)
    still = project.add("redirects", address="tom-tat.html", target="muc-luc.html", moved_on="2026-01-02")
    nowhere = project.add("redirects", address="trang-cu.html", target="khong-co.html", moved_on="2026-01-02")
    done = sdgbook(project.root, "site")
    project.write(table, rows)
    assert done.returncode == 1
    assert f"{table}, dòng {still.line}, cột address: Địa chỉ tom-tat.html vẫn là của một trang." in done.stderr
    assert f"{table}, dòng {nowhere.line}, cột target: Trang web không có khong-co.html." in done.stderr


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"address": "cu.html"}, "cũng không nói trang đã ra sao"),
        ({"address": "cu.csv", "says_vi": "Đã bỏ."}, "Một tệp để tải về thì không nói được"),
        ({"address": "cu.html", "target": "cu.html"}, "cũng đã chuyển đi nơi khác"),
        ({"address": "../cu.html", "target": "cam-ket.html"}, "../cu.html"),
    ],
)
def test_a_row_of_redirects_that_cannot_be_right_is_told_by_the_check(project, cells, told):
    place = project.add("redirects", moved_on="2026-01-02", **cells)
    done = sdgbook(project.root, "check")
    assert done.returncode == 1 and f"{place.file}, dòng {place.line}" in done.stderr and told in done.stderr


def test_the_list_takes_in_new_addresses_and_keeps_old_ones(moved):
    listed = moved.project.read(LIST).split()
    moved.project.write(LIST, "".join(f"{line}\n" for line in listed if line != "cam-ket.html"))
    done = sdgbook(moved.project.root, "addresses")
    assert done.returncode == 0 and "Mới: cam-ket.html" in done.stdout
    assert sorted(moved.project.read(LIST).split()) == sorted(listed)
