"""What readers take away: the figures of a page as tables that open right, and charts that stand by themselves."""

from __future__ import annotations

import csv
import io
import re
import struct
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from books import make_book
from bs4 import Tag
from helpers import YEAR, Project, said, sdgbook
from hypothesis import given
from hypothesis import strategies as st

from sdgbook.site.downloads import excel_csv, harmless

SVG = "{http://www.w3.org/2000/svg}"
RUNS = re.compile(r"[=+\-@\t\r\n＝＋－＠﹢﹣﹦﹫]")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12)


def offered(site, page: str, part: Tag) -> dict[str, Path]:
    """The files that a part of a page offers, by the end of their names."""
    links = part.select(".downloads a[download]")
    return {Path(link["href"]).name: (site.html / page).parent / link["href"] for link in links}


def rows_of(file: Path, **form: str) -> list[dict[str, str]]:
    """Rows of a CSV file, read as the program it is for reads it."""
    return list(
        csv.DictReader(io.StringIO(file.read_bytes().decode(form.pop("encoding", "utf-8")), newline=""), **form)
    )


def as_excel(content: bytes) -> list[list[str]]:
    """The cells that Excel set to Vietnamese shows."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def shown(row: Tag) -> tuple[str, str]:
    """Name and value of a figure in a page's table."""
    return said(row.code), row.select_one("td.number data")["value"]


def test_every_page_with_figures_gives_them_for_excel_and_for_programs(site):
    # The whole report on one page leads to the others for what can be taken away.
    pages = [(n, page) for n, page in site.pages.items() if page.select("table.figures") and not page.select(".whole")]
    assert len(pages) >= 6
    for name, page in pages:
        files = offered(site, name, page.select_one("table.figures ~ .downloads").parent)
        table = [shown(row) for row in page.select("table.figures tbody tr")]
        plain = rows_of(files["so-lieu.csv"])
        values = ["/".join(filter(None, (row["obs_value"], row["obs_value_upper"]))) for row in plain]
        assert [(row["name"], value) for row, value in zip(plain, values, strict=True)] == table, name
        excel = rows_of(files["so-lieu-excel.csv"], encoding="utf-8-sig", delimiter=";")
        assert [row["Tên trong dữ liệu"] for row in excel] == [figure for figure, _ in table], name
        assert [Decimal(row["Giá trị"].replace(",", ".")) for row in excel] == [
            Decimal(row["obs_value"]) for row in plain
        ], name


def test_a_figure_keeps_its_status_qualifier_source_and_doubt_when_taken_away(site, package, facts):
    doubts = {facts.find(row["about"]).name for row in package.table("doubts").rows if "@" in row["about"]}
    found = [row for file in site.html.glob("tai-ve/*/so-lieu.csv") for row in rows_of(file)]
    assert len(found) > 60
    for row in found:
        fact = facts.find(row["name"])
        assert (row["obs_status"], row["qualifier"], row["as_written"]) == (
            fact.status,
            fact.qualifier,
            fact.as_written,
        )
        assert row["source_locators"].split("; ") == list(fact.locators)
        assert (row["derived"], row["formula"]) == ("true" if fact.formula else "false", fact.formula)
        assert bool(row["doubts"]) >= (fact.name in doubts)
    words = [
        row for f in site.html.glob("tai-ve/*/so-lieu-excel.csv") for row in f.read_text("utf-8-sig").split("\r\n")
    ]
    assert any(";sơ bộ;" in row for row in words) and any(";trên;" in row for row in words)


def test_excel_by_double_click_sees_letters_columns_and_lines(site):
    for file in site.html.glob("tai-ve/*/so-lieu-excel.csv"):
        content = file.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf"), "else Excel takes it for another code page"
        assert content.count(b"\n") == content.count(b"\r\n")
        assert len({len(row) for row in as_excel(content)}) == 1
        # What Excel would change without asking: dates, and zeros at the beginning.
        cells = [cell for row in as_excel(content) for cell in row]
        assert [cell for cell in cells if re.fullmatch(r"\d{1,4}[-/]\d{1,2}([-/]\d{1,4})?|0\d+", cell)] == []


@given(st.lists(TEXTS, min_size=1, max_size=4), NUMBERS)
def test_no_cell_runs_as_a_formula_and_every_number_comes_back(texts, number):
    rows = [{**{f"cột {n}": text for n, text in enumerate(texts)}, "giá trị": number}]
    cells = as_excel(excel_csv(rows))[1]
    assert len(cells) == len(texts) + 1
    assert Decimal(cells[-1].replace(",", ".")) == number
    for cell in cells[:-1]:
        assert not RUNS.match(cell) or re.fullmatch(r"-\d+([.,]\d+)*%?", cell)


@given(st.sampled_from("=+-@＝＋－＠\t\r\n"), st.sampled_from(["", " ", "\t", "\r\n"]), TEXTS)
def test_a_formula_is_made_harmless_whatever_stands_before_it(sign, before, rest):
    assert harmless(f"{before}{sign}A1{rest}")[:1] in "'A"


@pytest.mark.parametrize("text", ["-4,0", "-5", "-1.234,5%", "giảm 4,0%", "a = b", ""])
def test_what_is_no_formula_stays_as_it_is(text):
    assert harmless(text) == text


# Charts


@pytest.fixture(scope="module")
def charts(site):
    """Every chart: its page, its figure, and its files by form."""
    found = []
    for name, page in site.pages.items():
        for chart in page.select("figure.chart"):
            files = offered(site, name, chart)
            if files:
                found.append((name, chart, {path.suffix[1:]: path for path in files.values()}))
    assert len(found) >= 10
    return found


def test_every_chart_is_offered_in_three_forms(site, charts):
    for name, chart, files in charts:
        assert set(files) == {"svg", "png", "csv"}, (name, chart["id"])
        assert all(path.is_file() and path.stem == chart["id"] for path in files.values())
        links = chart.select(".downloads a[download]")
        assert {site.pages[name].find(id=link["aria-describedby"])["class"][0] for link in links} == {"chart-title"}
        assert chart.select(f'.downloads a[href="#{chart["id"]}"]'), "and can be linked to"


def test_a_chart_in_a_document_says_all_that_it_says_on_its_page(charts):
    for name, chart, files in charts:
        drawing = ElementTree.parse(files["svg"]).getroot()
        text = re.sub(r"\s+", " ", " ".join(t.text or "" for t in drawing.iter(f"{SVG}text")))
        alone = re.sub(r"\s+", " ", drawing.find(f"{SVG}desc").text)
        title = said(chart.select_one(".chart-title"))
        assert drawing.find(f"{SVG}title").text.replace("\xa0", " ") == title, (name, chart["id"])
        assert alone == re.sub(r"\s+", " ", chart.svg["aria-label"])
        parts = [title, said(chart.select_one(".chart-subtitle")), *map(said, chart.select("p.note"))]
        parts += [said(link) for link in chart.select(".chart-source a")] + ["CC BY 4.0", "Nguồn: Sở Lao động"]
        assert [part for part in parts if part not in text] == [], (name, chart["id"])
        raw = files["svg"].read_text(encoding="utf-8")
        assert "var(" not in raw and "currentColor" not in raw and "href" not in raw, "colours and shapes of its own"
        assert "Sdgbook Sans, " in drawing.get("font-family")
        ground = drawing.find(f"{SVG}rect")
        assert (ground.get("fill"), ground.get("width")) == ("#ffffff", drawing.get("width"))


def test_a_charts_picture_is_its_drawing_at_twice_the_size(charts):
    for _, _, files in charts:
        drawing = ElementTree.parse(files["svg"]).getroot()
        content = files["png"].read_bytes()
        assert content[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", content[16:24]) == (2 * int(drawing.get("width")), 2 * int(drawing.get("height")))


def test_a_charts_table_holds_what_the_chart_shows(charts):
    for name, chart, files in charts:
        rows = rows_of(files["csv"])
        values = [data["value"] for data in chart.select("tbody data")]
        assert len(rows) == len(chart.select("tbody tr"))
        if values:
            assert [row["obs_value"] for row in rows] == values, (name, chart["id"])
        else:
            assert [row["label"] for row in rows] == [said(head) for head in chart.select("tbody th")]


# Measured by a browser in the font that pictures are drawn with; boxes of texts that leave the picture.
OVERFLOW = """
() => document.fonts.ready.then(() => Array.from(document.querySelectorAll('svg.picture'), svg => {
    const frame = svg.getBoundingClientRect();
    return Array.from(svg.querySelectorAll('text')).map(t => [t.textContent, t.getBoundingClientRect()])
        .filter(([, box]) => box.left < frame.left || box.right > frame.right - 8 || box.bottom > frame.bottom)
        .map(([text]) => text);
}).flat())
"""


def overflowing(browser, pictures: list[str]) -> list[str]:
    """Texts that stand out of SVG pictures."""
    import base64

    import sdgbook.report.lettering as lettering

    faces = ""
    for weight, file in (("normal", "Regular"), ("bold", "Bold")):
        font = base64.b64encode((lettering.FONTS / f"SdgbookSans-{file}.ttf").read_bytes()).decode()
        source = f"url(data:font/ttf;base64,{font})"
        faces += f"@font-face {{ font-family: 'Sdgbook Sans'; font-weight: {weight}; src: {source} }}\n"
    page = browser.new_page()
    page.set_content(
        f"<style>{faces}</style>" + "".join(p.replace("<svg ", '<svg class="picture" ', 1) for p in pictures)
    )
    found = page.evaluate(OVERFLOW)
    page.close()
    return found


def test_no_text_stands_out_of_a_chart_in_a_document(browser, charts):
    assert overflowing(browser, [files["svg"].read_text(encoding="utf-8") for _, _, files in charts]) == []


def test_a_change_that_only_the_files_of_a_page_show_is_in_them_after_the_next_build(tmp_path):
    project = Project(make_book(tmp_path / "sách", 2, small=True))
    assert sdgbook(project.root, "site").returncode == 0
    edition = f"data/editions/{YEAR}/edition.csv"
    project.write(edition, project.read(edition).replace("tỉnh Cao Bằng", "tỉnh Cao Bằng (tên mới)", 1))
    assert sdgbook(project.root, "site").returncode == 0
    charts = list((project.root / "_build" / "html" / "tai-ve").rglob("*.svg"))
    assert charts and all("(tên mới)" in chart.read_text(encoding="utf-8") for chart in charts)
