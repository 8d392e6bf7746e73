"""Building: a changed cell changes every page that shows it and no other, and a failure changes nothing."""

from __future__ import annotations

import re
import shutil
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from books import make_book
from bs4 import BeautifulSoup
from helpers import Project, Site, digests, run, said, sdgbook, vietnamese

from sdgbook.data import ProblemsFound
from sdgbook.publish import finish

# Figures that no sum ties to others: on the home page and in a chart, on few pages, and one that another is made from.
CHANGED = ("jobs-national-fund", "mining-trainees")
CHANGED_BY_HAND, DERIVED = "hunger-relief-rice", "rice-per-household"


def words(value: str) -> re.Pattern[str]:
    """A number in a page's source, for machines or for readers."""
    return re.compile(rf"(?<![\d.,])({re.escape(value)}|{re.escape(vietnamese(value))})(?!\d|[.,]\d)")


def change(project: Project, names: tuple[str, ...], pages: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Correct figures, and with them the words of the report, which pages quote; their old and new values.

    The new ones are numbers that none of `pages` shows.
    """
    values = {}
    for name in names:
        old = next(row["obs_value"] for row in project.table("observations") if row["indicator"] == name)
        new = next(n for k in range(2, 99) if not showing(pages, n := str(Decimal(old) * k + Decimal(old[-1]))))
        project.edit("observations", name, "obs_value", new)
        project.edit("observations", name, "as_written", f"{new} (đã sửa)")
        values[name] = (old, new)
    return values


def sources(html: Path) -> dict[str, str]:
    """The source of every page by its address without `.html`."""
    return {
        path.relative_to(html).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in html.rglob("*.html")
    }


def showing(pages: dict[str, str], value: str) -> set[str]:
    return {name for name, text in pages.items() if words(value).search(text)}


# One site after another


def test_a_build_ends_with_how_much_was_made_and_what_to_open(site):
    last = site.output.rstrip("\n").split("\n")[-1]
    assert re.search(r"\b\d+ giây\b", last) and "_build/html/index.html" in last
    assert int(re.search(r"(\d+) trang", last)[1]) == len(list(site.html.rglob("*.html")))


def test_a_build_writes_nothing_but_its_own_folder(site):
    assert digests(site.project.root, without=("_build",)) == site.before
    # The site, and what the next build goes on from.
    made = {path.name for path in (site.project.root / "_build").iterdir()}
    assert made == {"html", "state", "cache", "lock"}


@pytest.fixture(scope="module")
def rebuilt(site, tmp_path_factory):
    """The site built again, by the plain command, after figures were changed; their old and new values."""
    root = tmp_path_factory.mktemp("sửa") / site.project.root.name
    shutil.copytree(site.project.root, root)
    project = Project(root)
    values = change(project, CHANGED, sources(site.html))
    done = sdgbook(root, "site")
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "_build" / "html", values


def test_a_changed_cell_changes_every_page_that_shows_it_and_no_other(site, rebuilt):
    html, values = rebuilt
    before, after = sources(site.html), sources(html)
    shown = {name: showing(before, old) for name, (old, _) in values.items()}
    assert shown["jobs-national-fund"] >= {"index", "muc-tieu/index", "muc-tieu/8-5-8-8", "de-cuong"}
    assert shown["mining-trainees"] >= {"muc-tieu/index", "muc-tieu/4-4", "de-cuong"}
    for name, (old, new) in values.items():
        assert showing(after, new) == shown[name]
        assert showing(after, old) == set()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == set().union(*shown.values())


def test_the_chart_of_a_changed_figure_is_drawn_anew(site, rebuilt):
    html, values = rebuilt
    shapes = []
    for pages, value in zip((site.html, html), values["jobs-national-fund"], strict=True):
        drawings = re.findall(r"<svg.*?</svg>", sources(pages)["muc-tieu/8-5-8-8"], re.DOTALL)
        shapes.append([re.findall(r'd="[^"]*"', drawing) for drawing in drawings if words(value).search(drawing)])
    assert len(shapes[0]) == len(shapes[1]) > 0
    assert shapes[0] != shapes[1]


def test_downloads_change_with_the_cell_and_only_they(site, rebuilt):
    before, after = digests(site.html / "data"), digests(rebuilt[0] / "data")
    table = site.project.file("observations").removeprefix("data/")
    assert {file for file in before if before[file] != after[file]} == {table, f"{table}.gz"}


# By hand


def by_hand(root: Path) -> Site:
    """The site as Jupyter Book builds it with the very line of the README."""
    line = next(li for li in (root / "README.md").read_text(encoding="utf-8").split("\n") if "jupyter-book build" in li)
    program = Path(sys.executable).with_name("jupyter-book")
    before = digests(root, without=("_build",))
    done = run(root, line.replace(".venv/bin/jupyter-book", f"'{program}'"), shell=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return Site(Project(root), root / "_build" / "html", done.stdout, before)


@pytest.fixture(scope="module")
def handmade(tmp_path_factory):
    """A project that Jupyter Book built by hand, and again after a figure was changed: the first site, the sources
    of both, and the old and new value."""
    project = Project.copy(tmp_path_factory.mktemp("bằng tay"))
    first = by_hand(project.root)
    # Read before the second build takes the place of the first.
    before = sources(first.html)
    assert first.pages
    values = change(project, (CHANGED_BY_HAND,), before)
    return first, before, sources(by_hand(project.root).html), values[CHANGED_BY_HAND]


def test_jupyter_book_by_hand_gives_the_same_words_links_and_charts(site, handmade):
    first = handmade[0]
    assert set(site.pages) <= set(first.pages)
    for name, page in site.pages.items():
        other = first.pages[name]
        assert said(other.body) == said(page.body), name
        assert [a.get("href") for a in other.select("a")] == [a.get("href") for a in page.select("a")], name
        assert [str(svg) for svg in other.select("svg")] == [str(svg) for svg in page.select("svg")], name


def test_jupyter_book_by_hand_writes_nothing_but_its_own_folder(handmade):
    first = handmade[0]
    after = digests(first.project.root, without=("_build",))
    # The one that these tests changed themselves.
    observations = first.project.file("observations")
    assert {**after, observations: ""} == {**first.before, observations: ""}


def test_jupyter_book_by_hand_without_cleaning_shows_a_changed_cell_everywhere(handmade):
    _, before, after, (old, new) = handmade
    shown = showing(before, old)
    assert shown >= {"muc-tieu/1-2", "de-cuong"}
    assert showing(after, new) == shown and showing(after, old) == set()


def test_files_to_take_away_change_with_the_cell_and_only_they(site, handmade):
    first = handmade[0]
    before, after = digests(site.html / "tai-ve"), digests(first.html / "tai-ve")
    assert set(after) == {file for file in before if not file.endswith(".gz")}
    assert {file for file in after if after[file] != before[file]} == {"1-2/so-lieu.csv", "1-2/so-lieu-excel.csv"}


def test_what_is_computed_from_a_changed_cell_changes_with_it(handmade, facts):
    _, before, after, _ = handmade
    figure = facts.find(DERIVED)
    pages = [BeautifulSoup(text[figure.page], "html5lib") for text in (before, after)]
    links = [
        [data["value"] for data in page.select(f"tr#{figure.id} td.number data, a[href$='#{figure.id}'] data")]
        for page in pages
    ]
    assert set(links[0]) == {figure.plain_value} and len(links[0]) > 1
    assert len(links[0]) == len(links[1]) and len(set(links[1])) == 1
    assert links[0] != links[1]


# Builds that fail


@pytest.fixture
def published(tmp_path):
    """A small book whose last good site stands in its place."""
    project = Project(make_book(tmp_path / "sách", 1, small=True))
    html = project.root / "_build" / "html"
    (html / "muc-tieu").mkdir(parents=True)
    (html / "index.html").write_text("<p>trang cũ", encoding="utf-8")
    (html / "muc-tieu" / "1-1.html.gz").write_bytes(bytes(range(256)))
    return project


def a_typed_figure(project):
    project.append("book/index.md", "Có 77 người.", "77")


def a_cell_that_raises(project):
    project.append("book/index.md", "```{code-cell}\n1 / 0\n```", "1")


def a_configuration_that_no_check_reads(project):
    project.write("_config.yml", project.read("_config.yml").replace("myst_nb,", "myst_nb, no_such_extension,"))


def kept(root):
    """All files but what builds keep for themselves."""
    return {file: d for file, d in digests(root).items() if not file.startswith(("_build/cache/", "_build/lock"))}


@pytest.mark.parametrize("plant", [a_typed_figure, a_cell_that_raises, a_configuration_that_no_check_reads])
def test_a_build_that_fails_leaves_the_last_good_site_as_it_was(published, plant):
    plant(published)
    before = kept(published.root)
    done = sdgbook(published.root, "site")
    assert done.returncode == 1
    assert kept(published.root) == before
    assert "Trang web cũ vẫn nguyên" in done.stderr and "Traceback" not in done.stdout + done.stderr


PAGE = '<!doctype html><html lang="vi"><title>t</title><body><p id="a">{}</p></body></html>'


@pytest.mark.parametrize(
    "fault",
    [
        '<a href="khong-co.html">đi</a>',
        '<a href="#khong-co">đi</a>',
        '<a href="kia.html#khong-co">đi</a>',
        '<b id="a">hai neo</b>',
        '<img src="khong-co.png">',
        '<img src="https://example.org/a.png">',
        '<script src="//example.org/a.js"></script>',
        '<link rel="stylesheet" href="https://example.org/a.css">',
    ],
)
def test_pages_with_a_dead_link_or_another_hosts_file_never_become_the_site(tmp_path, fault):
    site, fresh = tmp_path / "html", tmp_path / "work"
    for folder, text in ((site, "cũ"), (fresh, fault)):
        folder.mkdir()
        (folder / "index.html").write_text(PAGE.format(text), encoding="utf-8")
        (folder / "kia.html").write_text(PAGE.format("kia"), encoding="utf-8")
    before = digests(site)
    with pytest.raises(ProblemsFound) as refusal:
        finish(fresh, site)
    assert len(refusal.value.problems) == 1 and refusal.value.problems[0].file == "index.html"
    assert digests(site) == before


def test_sound_pages_take_the_place_of_the_old_ones(tmp_path):
    site, fresh = tmp_path / "html", tmp_path / "work"
    for folder, text in ((site, "cũ"), (fresh, '<a href="index.html#a">mới</a>')):
        folder.mkdir()
        (folder / "index.html").write_text(PAGE.format(text), encoding="utf-8")
    (site / "gone.html").write_text("cũ", encoding="utf-8")
    assert finish(fresh, site).pages == 1
    assert "mới" in (site / "index.html").read_text(encoding="utf-8")
    assert not (site / "gone.html").exists() and (fresh / "index.html").exists()
