"""What a reader finds on the built pages: every figure with its source, every section told, every doubt shown."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from bs4 import Comment
from helpers import QUALIFIERS, STATUSES, YEAR, lists, said, told, vietnamese

from sdgbook.site.pages import MOST_SIBLINGS, Page, siblings

TARGETS = "1-1 1-2 4-3 4-4 4-5-b 5-1 8-5-8-8 8-5 8-6 8-7 8-8 10-1-10-3 10-1 10-3 10-4 15-2-a index"
OTHERS = "index to-chuc-thuc-hien danh-gia-chung cam-ket phuong-phap de-cuong du-lieu kiem-chung thuat-ngu gioi-thieu"
OTHERS += " tiep-can rieng-tu tom-tat co-gi-moi khoang-trong dia-phuong muc-luc toan-van kieu-dang"
GUIDE = "index sua-mot-con-so sua-mot-cau nhan-ban-excel may-tra-loi khi-kiem-tra-bao-loi them-mot-chi-so"
GUIDE += " lam-an-ban-moi chot-mot-an-ban"
ADDRESSES = [*OTHERS.split(), *(f"muc-tieu/{name}" for name in TARGETS.split())]
ADDRESSES += [f"dong-gop/{name}" for name in GUIDE.split()]
SHARED = {"8-5-8-8": ["8.5", "8.6", "8.7", "8.8"], "10-1-10-3": ["10.1", "10.3"]}
ENGLISH = re.compile(
    r"""(?<![\w-])(?:
    previous | next | search | contents | table\ of | skip\ to | navigation | index | home | page | back\ to | click
    | copy | download | show | hide | toggle | menu | note | warning | important | tip | see\ also | source | edit
    | copyright | created | built\ with | last\ updated | permalink | link\ to | chapter | section | figure | error
    | loading | close | open | print | theme | dark | light | and | the | of
    )(?![\w-])""",
    re.IGNORECASE | re.VERBOSE,
)


def anchor(row: dict[str, str]) -> str:
    """The id of an observation's row: an address that others link to, so it must stay."""
    group = "" if row["breakdown"] == "_T" else f"-{row['breakdown']}"
    return f"so-{row['indicator']}{group}-{row['time_period']}"


@pytest.fixture(scope="module")
def tables(site):
    """The package's tables by name, all cells as text, and rows by key of the reference ones."""

    class Tables(dict):
        def __missing__(self, name):
            self[name] = site.project.table(name)
            return self[name]

        def by_key(self, name):
            return {next(iter(row.values())): row for row in self[name]}

    return Tables()


@pytest.fixture(scope="module")
def page_of(tables):
    """The page that tells a target."""
    chapters = {row["target"]: row["chapter"] for row in tables["targets"]}
    return chapters.__getitem__


def missing(texts: list[str], on: str) -> list[str]:
    return [text for text in texts if not told(text).search(on)]


# Addresses


def test_every_promised_address_is_a_page_and_no_other_is(site):
    assert sorted(site.pages) == sorted(ADDRESSES)


def test_the_address_of_one_target_names_it_and_leads_to_the_page_that_tells_it(site):
    for target, chapter in ((target, chapter) for chapter, targets in SHARED.items() for target in targets):
        page = f"muc-tieu/{target.replace('.', '-')}"
        assert target in said(site.pages[page].h1)
        led = {site.leads_to(page, link)[0] for link in site.pages[page].main.select("section a[href]")}
        assert f"muc-tieu/{chapter}" in led
        assert not site.pages[page].main.select("data"), "no figure belongs to one of these targets"


def test_every_page_is_reached_from_the_home_page_and_from_every_contents(site):
    for name, page in site.pages.items():
        led = {site.leads_to(name, link)[0] for link in page.select("header a[href]")}
        assert led >= set(ADDRESSES), name


def test_the_home_page_shows_the_seventeen_goals_and_leads_to_those_reported(site, tables):
    tiles = site.pages["index"].select(".goals > li")
    assert [said(tile.select_one(".goal-number")) for tile in tiles] == [row["goal"] for row in tables["goals"]]
    reported = {row["goal"] for row in tables["targets"]}
    for tile, row in zip(tiles, tables["goals"], strict=True):
        assert row["short_vi"] in said(tile)
        links = tile.select("a[href]")
        assert bool(links) == (row["goal"] in reported)
        for link in links:
            page, row_of_goal = site.leads_to("index", link)
            assert page == "muc-tieu/index" and row_of_goal is not None


def test_the_home_page_leads_with_the_headline_figures_and_where_they_are_going(site, tables, facts):
    cards = site.pages["index"].select(".headlines > li")
    assert len(cards) == len(tables["headlines"]) > 0
    for card, row in zip(cards, tables["headlines"], strict=True):
        figure = facts.find(row["fact"])
        assert site.leads_to("index", card.select_one("a.fact"))[1]["id"] == figure.id
        assert figure.title in said(card) and figure.when in said(card) and figure.status_word in said(card)
        if row["compare_to"]:
            before = facts.find(row["compare_to"])
            sign, word = ("↓", "giảm") if figure.value < before.value else ("↑", "tăng")
            assert f"{sign} {word} " in said(card) and before.when in said(card)


def test_every_target_page_shows_its_three_numbers(site, tables):
    for row in tables["targets"]:
        parts = site.pages[row["chapter"]].select(".target-head .codes > *")
        shown = [[code.strip(",") for code in said(part).split()] for part in parts]
        for numbers in ([row["target"]], [row["national_target"]], lists(row["un_targets"])):
            assert any(set(numbers) <= set(words) for words in shown), (row["chapter"], numbers)


def test_every_target_page_says_where_it_stands_or_why_that_cannot_be_said(site, tables, facts):
    chapters = {}
    for row in tables["targets"]:
        chapters.setdefault(row["chapter"], []).append(row["target"])
    told = {page: said(site.pages[page].select_one(".target-head .status-line")) for page in chapters}
    for page, targets in chapters.items():
        figures = [fact for fact in facts.of_targets(targets) if not fact.is_derived]
        if not figures:
            why = "báo cáo không có số liệu; đích không nêu bằng số"
            assert told[page] == f"– Chưa đánh giá được · {why}", page
        assert "chưa đánh giá được" in told[page].lower(), page
        needs = site.pages[page].select_one(".target-head .status-more")
        assert said(needs).startswith("Để đánh giá được, cần: "), page
        assert needs.select_one("a")["href"].endswith("phuong-phap.html#danh-gia-tien-do"), page
    compared = [row for row in tables["headlines"] if row["compare_to"]]
    assert compared
    for row in compared:
        now, before = facts.find(row["fact"]), facts.find(row["compare_to"])
        word = "giảm" if now.value < before.value else "tăng"
        assert re.search(rf"{now.title} {word} [^·]*so với {before.when}", told[now.page])


def test_a_target_page_begins_with_its_key_figures_and_only_with_its_own(site, tables, page_of, facts):
    for row in tables["targets"]:
        own = {fact.id for fact in facts.of_targets([row["target"]])}
        page = site.pages[row["chapter"]]
        shown = [site.leads_to(row["chapter"], link)[1]["id"] for link in page.select(".headlines a.fact")]
        assert set(shown) <= {fact.id for fact in facts.values() if fact.page == row["chapter"]}
        assert bool(shown) == bool(own), row["target"]


def test_a_target_without_figures_says_that_the_report_gives_none(site, tables):
    measured = {target for row in tables["indicators"] for target in lists(row["targets"])}
    silent = [row for row in tables["targets"] if row["target"] not in measured]
    assert silent
    for row in silent:
        assert re.search(r"báo cáo [^.]*không [^.]*số", site.said[row["chapter"]], re.IGNORECASE), row["chapter"]
        assert not site.pages[row["chapter"]].select("table.figures")


# Figures


def test_every_observation_stands_on_the_page_of_its_target_as_the_report_gives_it(site, tables, page_of):
    indicators, units = tables.by_key("indicators"), tables.by_key("units")
    groups = tables.by_key("breakdowns")
    several = {row["indicator"] for row in tables["observations"] if row["breakdown"] != "_T"}
    wrong = []
    for row in tables["observations"]:
        indicator = indicators[row["indicator"]]
        page = page_of(lists(indicator["targets"])[0])
        shown = site.pages[page].select_one(f'table.figures tr[id="{anchor(row)}"]')
        if shown is None:
            wrong.append(f"{page} has no {anchor(row)}")
            continue
        symbol = units[indicator["unit"]]["symbol_vi"]
        value = QUALIFIERS[row["qualifier"]] + vietnamese(row["obs_value"]) + ("" if symbol == "%" else " ") + symbol
        cell = shown.select_one("td.number")
        expected = {
            "value": (said(cell.data), value),
            "for machines": (cell.data["value"], row["obs_value"]),
            "status": (said(cell).removeprefix(value).strip(" ()"), STATUSES[row["obs_status"]]),
        }
        wrong += [f"{anchor(row)} {what}: {a!r}, not {b!r}" for what, (a, b) in expected.items() if a != b]
        words = [indicator["name_vi"], f"“{row['as_written']}”", row["note_vi"]]
        if row["indicator"] in several:
            group = groups[row["breakdown"]]["name_vi"]
            words.append(group[0].lower() + group[1:])
        wrong += [f"{anchor(row)} lacks {word!r}" for word in missing(words, said(shown))]
        sources = {said(link): site.leads_to(page, link) for link in shown.select("td:last-child a[href]")}
        for locator in [row["source_locator"], *lists(row["also_at"])]:
            target, place = sources.get(locator, ("", None))
            if target != "de-cuong" or place is None or said(place.select_one(".locator")) != locator:
                wrong.append(f"{anchor(row)} does not lead to {locator}")
    assert wrong == []


def test_every_link_of_a_figure_leads_to_the_row_that_has_its_value(site, tables):
    objectives = {f"dich-{row['objective']}": row["value"] for row in tables["objectives"]}
    links, wrong = 0, []
    for name, page in site.pages.items():
        for link in page.select("a.fact"):
            links += 1
            _, row = site.leads_to(name, link)
            value, words = link.data["value"], re.sub(r" \(.*\)$", "", said(link))
            if row is not None and row["id"] in objectives:
                right = value == objectives[row["id"]] and words in said(row)
            else:
                right = row is not None and row.name == "tr" and row.select_one("td.number data")["value"] == value
                right = right and said(row.select_one("td.number data")).startswith(words)
            if not right:
                wrong.append(f"{name}: {words} → {link['href']}")
    assert wrong == [] and links > 100


def test_every_figure_told_anywhere_is_a_link_or_a_row_of_its_own(site):
    stray = [
        f"{name}: {said(figure)}"
        for name, page in site.pages.items()
        for figure in page.main.select("data")
        if figure.find_parent("a", class_="fact") is None and figure.find_parent("table", class_="figures") is None
    ]
    assert stray == []


def test_derived_figures_say_so_and_show_their_formula(site, tables, page_of):
    units = tables.by_key("units")
    for row in tables["derived"]:
        shown = site.pages[page_of(lists(row["targets"])[0])].select_one(f"#so-{row['derived']}")
        assert "suy ra" in said(shown.select_one("td.number")) and units[row["unit"]]["symbol_vi"] in said(shown)
        assert missing([row["name_vi"], row["note_vi"]], said(shown)) == []
        assert shown.select(".meta a.fact"), "the figures it is made from"
        assert told(row["name_vi"]).search(site.said["phuong-phap"])


def test_objectives_stand_on_the_page_of_their_target_with_value_and_year(site, tables, page_of):
    units, indicators = tables.by_key("units"), tables.by_key("indicators")
    wrong = []
    for row in tables["objectives"]:
        for page in map(page_of, lists(row["targets"])):
            items = [said(item) for item in site.pages[page].select(".items-objectives > li")]
            told_here = [item for item in items if told(row["title_vi"]).search(item) and row["due"] in item]
            if len(told_here) != 1:
                wrong.append((page, row["objective"], row["due"]))
            if row["value"]:
                by_percent = row["rule"] == "reduce_by_percent"
                symbol = "%" if by_percent else f" {units[indicators[row['indicator']]['unit']]['symbol_vi']}"
                wrong += [(page, text) for text in missing([vietnamese(row["value"]) + symbol], site.said[page])]
    assert wrong == []


# Sections


def test_the_outline_tells_every_place_of_the_source_in_its_order(site, tables):
    shown = site.pages["de-cuong"].select("section.place")
    heads = [said(place.h3) for place in shown]
    assert heads == [f"{row['locator']} {row['title_vi']}" for row in tables["sections"]]
    for place, row in zip(shown, tables["sections"], strict=True):
        assert row["chapter"] in {site.leads_to("de-cuong", link)[0] for link in place.select("p.meta a")}


def test_every_place_of_the_source_is_linked_from_the_page_that_tells_it(site, tables):
    silent = []
    for row in tables["sections"]:
        page, place = row["chapter"], site.places[row["locator"]]
        linked = {
            found["id"]
            for link in site.pages[page].main.select('a[href*="de-cuong"]')
            if (found := site.leads_to(page, link)[1]) is not None
        }
        # A heading is told by what stands below it.
        if row["kind"] != "heading" and place not in linked:
            silent.append((page, row["locator"]))
    assert silent == []


def test_the_outline_lists_all_that_was_taken_from_each_place(site, tables):
    wrong = []
    outline = site.pages["de-cuong"]
    for table, column in (
        ("objectives", "title_vi"),
        ("measures", "title_vi"),
        ("challenges", "title_vi"),
        ("commitments", "title_vi"),
        ("places", "title_vi"),
    ):
        for row in tables[table]:
            words = said(outline.find(id=site.places[row["source_locator"]]))
            wrong += [(table, row["source_locator"], text) for text in missing([row[column]], words)]
    for row in tables["observations"]:
        for locator in [row["source_locator"], *lists(row["also_at"])]:
            place = outline.find(id=site.places[locator])
            if not place.select(f'a.fact[href$="#{anchor(row)}"]'):
                wrong.append(("observations", locator, anchor(row)))
    assert wrong == []


# What stands beside figures


def test_every_doubt_is_shown_in_the_method_and_beside_what_it_is_about(site, tables, facts):
    wrong = missing([row["note_vi"] for row in tables["doubts"]], site.said["phuong-phap"])
    for row in tables["doubts"]:
        if row["about"] in site.places:
            beside = site.pages["de-cuong"].find(id=site.places[row["about"]])
        else:
            fact = facts.find(row["about"])
            beside = site.pages[fact.page].find(id=fact.id)
        wrong += missing([row["note_vi"]], said(beside))
    assert wrong == []


@pytest.mark.parametrize(
    ("table", "page"), [("commitments", "cam-ket"), ("challenges", "danh-gia-chung")], ids=["commitments", "challenges"]
)
def test_all_are_listed_on_their_page_and_on_those_of_their_targets(site, tables, page_of, table, page):
    wrong = []
    for row in tables[table]:
        for name in {page, *map(page_of, lists(row["targets"]))}:
            wrong += [(name, text) for text in missing([row["title_vi"]], site.said[name])]
    assert wrong == []


def test_every_measure_is_told_on_the_page_of_its_section(site, tables, page_of):
    sections, documents = tables.by_key("sections"), tables.by_key("documents")
    wrong = []
    for row in tables["measures"]:
        section = sections[row["source_locator"]]
        words = [documents[document]["number"] for document in lists(row["documents"])]
        # What the opening says of the report itself is told in the page's own words.
        words += [row["title_vi"]] if section["kind"] != "opening" else []
        for page in {page_of(target) for target in lists(row["targets"])} or {section["chapter"]}:
            wrong += [(page, text) for text in missing(words, site.said[page])]
    assert wrong == []


def test_every_document_is_listed_with_its_number_date_issuer_and_subject(site, tables):
    wrong = []
    for row in tables["documents"]:
        shown = site.pages["to-chuc-thuc-hien"].find(id=f"van-ban-{row['document']}")
        day = "/".join(reversed(row["issued_on"].split("-")))
        words = [row["number"], day, row["issuer"], row["title_vi"], row["note_vi"]]
        wrong += [(row["document"], word) for word in missing(words, said(shown) if shown else "")]
    assert wrong == []


def test_every_place_is_named_on_the_page_of_its_target(site, tables, page_of):
    areas = tables.by_key("areas")
    wrong = []
    for row in tables["places"]:
        words = [row["title_vi"], areas[row["area"]]["name_vi"]]
        wrong += [(row["target"], word) for word in missing(words, site.said[page_of(row["target"])])]
    assert wrong == []


def test_the_method_shows_every_numbering_identity_and_slip(site, tables):
    words = [row["name_vi"] for row in tables["targets"]]
    words += [row["note_vi"] for row in tables["identities"]]
    words += [cell for row in tables["slips"] for cell in (row["as_written"], row["meant_vi"])]
    assert missing(words, site.said["phuong-phap"]) == []


def test_every_abbreviation_and_term_is_explained(site, tables):
    kinds = ("abbreviation", "term")
    words = [r[c] for r in tables["terms"] if r["kind"] in kinds for c in ("term", "expansion_vi", "definition_vi")]
    assert missing(words, site.said["thuat-ngu"]) == []


# Charts


def test_the_target_pages_have_their_charts(site):
    charts = {name: len(page.select("figure.chart")) for name, page in site.pages.items()}
    assert sum(number for name, number in charts.items() if name.startswith("muc-tieu/")) >= 10
    told = ["1-1", "1-2", "4-3", "5-1", "8-5-8-8", "15-2-a"]
    assert [page for page in told if not charts[f"muc-tieu/{page}"]] == []
    assert charts["to-chuc-thuc-hien"]


def test_every_chart_has_its_words_its_source_and_its_figures_as_a_table(site):
    wrong = []
    for name, page in site.pages.items():
        for chart in page.select("figure.chart"):
            alternative = chart.svg.get("aria-label", "")
            title = chart.select_one("figcaption .chart-title")
            rows = chart.select("table tbody tr")
            faults = {
                "no title": not said(title),
                "no subtitle": not said(chart.select_one("figcaption .chart-subtitle")),
                "not named by its title": chart.get("aria-labelledby") != title.get("id"),
                "no image for screen readers": chart.svg.get("role") != "img",
                "no title in the alternative": told(said(title)).search(re.sub(r"\s+", " ", alternative)) is None,
                "no source": not any(
                    place is not None and "place" in place["class"]
                    for _, place in (site.leads_to(name, link) for link in chart.select(".chart-source a[href]"))
                ),
                "no table": not rows,
                "fixed size": bool(chart.svg.get("width")),
            }
            for row in rows:
                cells = [said(cell) for cell in row.select("th, td.number")]
                plain = re.sub(r"\s+", " ", alternative)
                faults[f"alternative lacks {cells}"] = any(cell not in plain for cell in cells)
            wrong += [f"{name} {chart['id']}: {fault}" for fault, found in faults.items() if found]
    assert wrong == []


# All pages


def test_every_page_is_vietnamese_with_one_heading_and_a_title_of_its_own(site):
    titles = [said(page.title) for page in site.pages.values()]
    assert len(set(titles)) == len(titles) and all(titles)
    for name, page in site.pages.items():
        assert page.html["lang"] == "vi", name
        assert len(page.select("h1")) == 1, name


def test_no_word_of_an_english_interface_is_left(site):
    found = []
    for name, page in site.pages.items():
        texts = [
            str(text)
            for text in page.body.find_all(string=True)
            if not isinstance(text, Comment)
            and not text.find_parent(["code", "pre", "script", "style"])
            # Names, such as that of a program, say that they are English.
            and not text.find_parent(lang="en")
        ]
        texts += [
            str(tag[attribute])
            for tag in page.find_all(True)
            for attribute in ("title", "aria-label", "alt", "placeholder", "data-label")
            if tag.get(attribute)
        ]
        found += [f"{name}: {match[0]} in {text.strip()[:60]}" for text in texts for match in ENGLISH.finditer(text)]
    assert found == []


def test_pages_say_that_names_are_those_of_the_reports_year(site):
    says = re.compile(rf"tên [^.]*năm {YEAR}", re.IGNORECASE)
    assert [name for name, page in site.pages.items() if not says.search(said(page.body))] == []


def test_ids_are_unique_and_every_link_leads_somewhere(site):
    wrong = []
    for name, page in site.pages.items():
        ids = [tag["id"] for tag in page.find_all(id=True)]
        wrong += [f"{name}: two of #{twice}" for twice in {i for i in ids if ids.count(i) > 1}]
        for link in page.select("a[href]"):
            if re.match(r"[a-z]+:", link["href"]):
                continue
            target, _, fragment = link["href"].partition("#")
            path = (site.html / name).parent / target if target else site.html / f"{name}.html"
            if not path.resolve().is_file():
                wrong.append(f"{name}: {link['href']} is no file")
            elif fragment and site.leads_to(name, link)[1] is None:
                wrong.append(f"{name}: {link['href']} is no place")
    assert wrong == []


def test_no_page_has_scripts_but_ours_or_takes_anything_from_another_host(site):
    wrong = []
    for name, page in site.pages.items():
        scripts = [tag for tag in page.find_all("script") if tag.get("type") != "application/ld+json"]
        sources = [tag.get("src", "").partition("?")[0] for tag in scripts]
        if sources != [f"{'../' * name.count('/')}{site.assets}/sdgbook.js"] or any(tag.string for tag in scripts):
            wrong.append(f"{name}: scripts {sources}")
        wrong += [f"{name}: {tag.name}" for tag in page.find_all(["iframe", "object", "embed"])]
        wrong += [f"{name}: base" for _ in page.find_all("base") if name != "404"]
        wrong += [f"{name}: {a}" for tag in page.find_all(True) for a in tag.attrs if a.startswith("on")]
        for tag in page.find_all(["link", "img", "image", "use", "source", "video", "audio", "form"]):
            for attribute in ("href", "src", "srcset", "xlink:href", "action"):
                if re.match(r"(https?:)?//", tag.get(attribute, "")):
                    wrong.append(f"{name}: {tag[attribute]}")
        wrong += [f"{name}: style" for _ in [*page.find_all(style=True), *page.find_all("style")]]
    for sheet in site.html.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        wrong += [f"{sheet.name}: {match[0]}" for match in re.finditer(r"@import[^;]*|url\([^)]*//[^)]*\)", text)]
    assert wrong == []


def test_pages_are_sound_html(site):
    # A browser mends what is broken, each in its own way; this parser does not.
    import html5lib

    wrong = []
    for path in site.html.rglob("*.html"):
        parser = html5lib.HTMLParser()
        parser.parse(path.read_bytes(), transport_encoding="utf-8")
        wrong += [f"{path.name}, {place}: {code} {data}" for place, code, data in parser.errors]
    assert wrong == []


# Files


def test_the_data_is_there_to_download_byte_for_byte(site):
    source = site.project.root / "data"
    files = sorted(p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file())
    for file in files:
        assert (site.html / "data" / file).read_bytes() == (source / file).read_bytes(), file
    offered = {link["href"].removeprefix("data/") for link in site.pages["du-lieu"].select('a[href^="data/"]')}
    assert offered == set(files)


def test_the_data_page_explains_every_column(site, package):
    fields = [field for resource in package.descriptor["resources"] for field in resource["schema"]["fields"]]
    words = [field["description"].replace("`", "") for field in fields]
    assert missing(words, site.said["du-lieu"]) == []
    names = {said(code) for code in site.pages["du-lieu"].select("code")}
    assert {f["name"] for r in package.descriptor["resources"] for f in r["schema"]["fields"]} <= names


def test_every_text_file_has_a_compressed_twin_with_the_same_content(site):
    files = [p for p in site.html.rglob("*") if p.suffix in (".html", ".css", ".csv", ".json")]
    assert files
    for path in files:
        assert gzip.decompress(Path(f"{path}.gz").read_bytes()) == path.read_bytes()


# Frozen editions


def test_no_page_speaks_of_frozen_editions_while_there_are_none(site):
    assert not [name for name, page in site.pages.items() if page.find(id="cac-an-ban-da-chot")]
    assert {path.name for path in (site.html / "2021").iterdir()} <= {"index.html", "index.html.gz"}


def test_of_very_many_neighbours_a_page_shows_those_of_its_goal():
    few = [Page("index", "", "Tất cả", [], [])]
    few += [Page(f"t{n}", "", f"{n}", [{"goal": n % 3}], []) for n in range(MOST_SIBLINGS - 1)]
    assert siblings(few, "t4") == few
    many = [*few, Page("t-more", "", "Thêm", [{"goal": 1}], [Page("below", "", "Dưới", [], [])])]
    own = ["index", *(page.docname for page in many if page.tiles and page.tiles[0]["goal"] == 1)]
    assert [page.docname for page in siblings(many, "t4")] == own == [p.docname for p in siblings(many, "below")]
    assert [page.docname for page in siblings(many, "index")] == ["index"]
