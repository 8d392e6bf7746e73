"""From built pages to the site in its place: what has changed, and nothing else, is made and written again."""

from __future__ import annotations

import errno
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from helpers import digests
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sdgbook import files, store
from sdgbook.data import ProblemsFound
from sdgbook.publish import finish, place
from sdgbook.publish.search import documents, write_search
from sdgbook.publish.whole import assemble
from sdgbook.site import drawing

PAGE = (
    '<!doctype html><html lang="vi"><head><title>{name}</title><link rel="stylesheet" href="{up}_static/a.css"></head>'
    '<body><main><section id="{name}"><h1>{name}</h1><p id="chung">{words}</p>{more}</section></main></body></html>'
)
WHOLE = '<main><h1>Toàn văn</h1><div class="whole" data-pages="{}"></div></main>'


def page(site: Path, name: str, words: str, more: str = "") -> None:
    file = site / f"{name}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    text = PAGE.format(name=file.stem, words=words, more=more, up="../" * name.count("/"))
    file.write_text(text, encoding="utf-8")


def book(site: Path, words: str = "chữ", pages: int = 4) -> Path:
    """A built book: a home page, chapters with links to each other, the whole report, a picture, a stylesheet."""
    page(site, "index", "trang đầu", '<a href="chuong/c0.html#chung">đọc</a><img src="anh.png" alt="">')
    names = [f"chuong/c{i}" for i in range(pages)]
    for i, name in enumerate(names):
        page(site, name, f"{words} {i}", f'<a href="c{(i + 1) % pages}.html#chung">tiếp</a>')
    (site / "w.html").write_text(WHOLE.format(" ".join(names)), encoding="utf-8")
    (site / "_static").mkdir()
    (site / "_static" / "a.css").write_text("p { color: red }")
    (site / "_static" / "unused.js").write_text("1")
    (site / "anh.png").write_bytes(words.encode() * 1000)
    return site


def publish(fresh: Path, site: Path):
    assemble(fresh)
    write_search(fresh)
    return finish(fresh, site)


def stamps(site: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of every file and folder."""
    return {str(p.relative_to(site)): (p.stat().st_ino, p.stat().st_mtime_ns) for p in [site, *site.rglob("*")]}


def beside(site: Path) -> set[str]:
    return {path.name for path in site.parent.iterdir()} - {"work", "store"}


@pytest.fixture
def fresh(tmp_path):
    return book(tmp_path / "work")


@pytest.fixture
def site(tmp_path, fresh):
    """A site in its place, made from `fresh`."""
    publish(fresh, tmp_path / "html")
    return tmp_path / "html"


# What is written


def test_nothing_at_all_is_written_when_nothing_differs(fresh, site):
    before = stamps(site)
    done = publish(fresh, site)
    assert (done.written, done.removed, done.unchanged) == ((), (), len(digests(site)))
    assert stamps(site) == before


def test_only_what_changed_is_written_and_all_else_stays_the_same_file(fresh, site):
    before, were = stamps(site), digests(site)
    page(fresh, "chuong/c2", "chữ mới", '<a href="c3.html">tiếp</a>')
    done = publish(fresh, site)
    changed = {"chuong/c2.html", "w.html", "search.json"}
    assert set(done.written) == changed | {f"{name}.gz" for name in changed} and done.removed == ()
    now = stamps(site)
    assert {name: now[name] for name in were if name not in done.written} == {
        name: before[name] for name in were if name not in done.written
    }
    assert "chữ mới" in (site / "w.html").read_text(encoding="utf-8")


def test_what_is_gone_is_removed_with_its_twin_and_its_folder(fresh, site):
    (fresh / "anh.png").unlink()
    page(fresh, "index", "trang đầu")
    (fresh / "w.html").write_text(WHOLE.format(""), encoding="utf-8")
    shutil.rmtree(fresh / "chuong")
    done = publish(fresh, site)
    assert not (site / "chuong").exists() and "chuong/c1.html.gz" in done.removed and "anh.png" in done.removed
    assert beside(site) == {"html"}


def test_a_file_of_the_site_that_someone_spoiled_is_written_again(fresh, site):
    were = digests(site)
    (site / "index.html").write_text("spoiled")
    (site / "anh.png.gz").write_bytes(b"stray")
    raw = bytearray((site / "chuong" / "c0.html.gz").read_bytes())
    raw[-9] ^= 1
    (site / "chuong" / "c0.html.gz").write_bytes(bytes(raw))
    (site / "w.html").unlink()
    (site / "w.html").symlink_to(fresh / "w.html")
    done = publish(fresh, site)
    assert set(done.written) == {"index.html", "chuong/c0.html.gz", "w.html"} and done.removed == ("anh.png.gz",)
    assert digests(site) == were and not (site / "w.html").is_symlink()


def test_the_built_pages_stay_as_they_are_for_the_next_build(fresh, tmp_path):
    assemble(fresh)
    write_search(fresh)
    before = stamps(fresh)
    finish(fresh, tmp_path / "html")
    assert stamps(fresh) == before
    assert not {p.stat().st_ino for p in fresh.rglob("*")} & {p.stat().st_ino for p in (tmp_path / "html").rglob("*")}


def test_disks_without_links_get_copies_that_keep_their_time(fresh, site, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    before, were = stamps(site), digests(site)
    page(fresh, "chuong/c2", "chữ mới")
    done = publish(fresh, site)
    kept = [name for name in were if name not in done.written]
    assert {name: stamps(site)[name][1] for name in kept} == {name: before[name][1] for name in kept}


def test_a_site_that_is_a_link_to_another_folder_stays_one(fresh, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "html").symlink_to(tmp_path / "elsewhere" / "site")
    publish(fresh, tmp_path / "html")
    assert (tmp_path / "html").is_symlink() and (tmp_path / "elsewhere" / "site" / "index.html").is_file()


# Kept parts


def clean(fresh: Path, folder: Path) -> dict[str, str]:
    """The site that these built pages give without anything kept, the whole report not filled before."""
    shutil.copytree(fresh, folder / "work")
    names = " ".join(sorted(f"chuong/{path.stem}" for path in (fresh / "chuong").glob("*.html")))
    (folder / "work" / "w.html").write_text(WHOLE.format(names), encoding="utf-8")
    with store.use(store.Store(None)):
        publish(folder / "work", folder / "html")
    return digests(folder / "html")


SNIPPETS = [
    "<p>chữ</p>",
    '<p id="a">neo</p>',
    '<p id="b">neo</p>',
    '<a href="c0.html">đi</a>',
    '<a href="#chung">đi</a>',
    '<a href="c1.html#chung">đi</a>',
    '<svg viewBox="0 0 1 1"><g id="g"></g></svg>',
    '<template id="t"><p>một</p></template>',
    '<template id="t"><p>hai</p></template>',
    '<nav>lối</nav><p class="meta">Nguồn: x</p>',
]
# No two templates on one page.
ADDED = st.lists(st.sampled_from(SNIPPETS), max_size=4, unique_by=lambda snippet: snippet[:11])
EDITS = st.lists(st.tuples(st.integers(0, 3), ADDED), max_size=5)


@settings(max_examples=30, deadline=None)
@given(EDITS)
def test_with_parts_kept_from_earlier_builds_every_site_has_the_bytes_of_a_clean_one(tmp_path_factory, edits):
    folder = tmp_path_factory.mktemp("sites")
    fresh, site = book(folder / "work"), folder / "html"
    for i, edit in enumerate([None, *edits]):
        if edit:
            page(fresh, f"chuong/c{edit[0]}", "chữ", "".join(edit[1]))
        with store.use(store.Store(folder / "store")) as kept:
            publish(fresh, site)
            kept.sweep()
        (folder / str(i)).mkdir()
        assert digests(site) == clean(fresh, folder / str(i))


def test_on_the_whole_report_an_unchanged_page_follows_an_id_that_another_page_now_shares(fresh, tmp_path):
    page(fresh, "chuong/c0", "chữ", '<a href="c1.html#neo">tới</a>')
    page(fresh, "chuong/c1", "chữ", '<b id="neo">đây</b>')
    led = []
    with store.use(store.Store(tmp_path / "store")):
        for other in ("", '<b id="neo">kia</b>', ""):
            page(fresh, "chuong/c2", "chữ", other)
            assemble(fresh)
            led.append(re.search(r'href="([^"]*)">tới', (fresh / "w.html").read_text(encoding="utf-8"))[1])
    assert led == ["#neo", "#chuong-c1--neo", "#neo"]


@pytest.mark.parametrize(
    "part",
    [
        "<p>Cao<wbr>Bằng<br>và</p><video><source src='#a'><track src='#b'></video> sau",
        '<p><a href="#đề-mục">tới</a> <img src="#ả nh" alt=""></p>',
        "<nav>lối</nav> sau <b>đậm</b><nav>lối</nav> cuối",
        "<style>a > b { color: red }</style><p>1 &lt; 2 &amp;&nbsp;“/&gt;” 3</p>",
        "<details open><summary><b>một</b></summary><time datetime='2021'></time><data value='1'>1</data></details>",
        "<a href='#x'><div><p>khối</p></div></a><table><tr><td></td><th id='a.b'>c</th></tr></table>",
        "<svg viewBox='0 0 1 1'><linearGradient></linearGradient><title/></svg><pre>\n\nhai</pre>",
    ],
)
def test_the_whole_report_has_a_pages_elements_and_text_as_they_stand_there(tmp_path, part):
    (tmp_path / "a.html").write_text(f"<main><h1>Một</h1>{part}</main>", encoding="utf-8")
    (tmp_path / "w.html").write_text(WHOLE.format("a"), encoding="utf-8")
    for _ in range(2):
        assemble(tmp_path)
        html = (tmp_path / "w.html").read_text(encoding="utf-8")
        whole = BeautifulSoup(html, "html5lib")
        alone = BeautifulSoup(f"<main><h2>Một</h2>{part}</main>", "html5lib").main
        for nav in alone("nav"):
            nav.decompose()
        assert whole.find(id="trang-a").decode_contents() == alone.decode_contents()
        assert not re.search("</(wbr|source|track|br|img)>|/>", html.replace("<title/>", ""))


def test_after_one_page_has_changed_the_others_are_not_parsed_again(fresh, tmp_path, monkeypatch):
    parsed = []
    parse = etree.fromstring

    def noted(content, parser):
        parsed.append(content.decode())
        return parse(content, parser)

    monkeypatch.setattr(etree, "fromstring", noted)
    with store.use(store.Store(tmp_path / "store")):
        publish(fresh, tmp_path / "html")
        parsed.clear()
        page(fresh, "chuong/c1", "chữ mới", '<a href="c0.html">tiếp</a>')
        publish(fresh, tmp_path / "html")
    # For the search, the whole report and the links; the whole report itself for the search, its changed part for the
    # links.
    assert len(parsed) == 5 and all("chữ mới" in text for text in parsed)


def spoil(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 255
    path.write_bytes(bytes(raw))


def test_spoiled_parts_change_nothing(fresh, tmp_path):
    with store.use(store.Store(tmp_path / "store")):
        publish(fresh, tmp_path / "html")
    were = digests(tmp_path / "html")
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file():
            spoil(path)
    shutil.rmtree(tmp_path / "html")
    with store.use(store.Store(tmp_path / "store")):
        publish(fresh, tmp_path / "html")
    assert digests(tmp_path / "html") == were


def test_a_page_that_is_gone_is_missed_by_the_links_of_pages_that_have_not_changed(fresh, site):
    (fresh / "chuong" / "c0.html").rename(fresh / "chuong" / "c9.html")
    (fresh / "w.html").write_text(WHOLE.format("chuong/c1"), encoding="utf-8")
    before = stamps(site)
    with pytest.raises(ProblemsFound) as found:
        publish(fresh, site)
    told = {(problem.file, problem.line) for problem in found.value.problems}
    assert told == {("index.html", 1), ("chuong/c3.html", 1)}
    assert stamps(site) == before


def test_search_documents_are_counted_anew_where_a_page_before_them_grows(fresh, tmp_path):
    with store.use(store.Store(tmp_path / "store")):
        documents(fresh)
        page(fresh, "chuong/c0", "chữ", '<section id="x"><h2>Hai</h2><section id="y"><h3>Ba</h3></section></section>')
        found = documents(fresh)
    for one in found["d"]:
        assert found["p"][one["p"]][0].endswith(".html")
        if "u" in one:
            assert found["d"][one["u"]]["p"] == one["p"]
    assert [found["d"][one["u"]]["i"] for one in found["d"] if one["i"] in "xy"] == ["c0", "x"]


# Drawings

SPEC = {
    "data": {"values": [{"a": 1}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "quantitative"}},
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>'


def test_what_was_drawn_before_is_not_drawn_again(tmp_path, monkeypatch):
    def drawn():
        return drawing.draw(SPEC, "x", "một cột"), drawing.plain(SPEC, "#ffffff"), drawing.png(SVG), drawing.png(SVG, 2)

    with store.use(store.Store(tmp_path)):
        first = drawn()
    monkeypatch.setattr(drawing, "renderer", lambda: pytest.fail("the renderer was started"))
    with store.use(store.Store(tmp_path)):
        assert drawn() == first and first[2] != first[3]


@pytest.mark.parametrize("change", ["specification", "picture", "scale", "tools"])
def test_what_differs_in_anything_it_is_drawn_from_is_drawn_anew(tmp_path, monkeypatch, change):
    with store.use(store.Store(tmp_path)):
        drawing.draw(SPEC, "x", "một cột")
        drawing.png(SVG, 2)
        monkeypatch.setattr(drawing, "renderer", lambda: (_ for _ in ()).throw(LookupError("drawn anew")))
        if change == "tools":
            monkeypatch.setattr(drawing, "tools", lambda: "another renderer or font")
        with pytest.raises(LookupError):
            if change == "specification":
                drawing.draw({**SPEC, "mark": "line"}, "x", "một cột")
            else:
                drawing.png(SVG.replace("4", "5") if change == "picture" else SVG, 3 if change == "scale" else 2)


# Files that are written only when they change


def test_a_file_with_the_right_content_is_left_alone(tmp_path):
    file = tmp_path / "a" / "b.txt"
    assert files.write(file, "chữ") and file.read_text(encoding="utf-8") == "chữ"
    before = stamps(tmp_path)
    assert not files.write(file, "chữ".encode()) and stamps(tmp_path) == before
    assert files.write(file, "chư") and files.write(file, b"")


def test_what_nobody_names_goes_with_the_folder_that_is_then_empty(tmp_path):
    for name in ("a/1", "a/b/2", "c/3", "4"):
        files.write(tmp_path / "x" / name, name)
    files.keep_only(tmp_path / "x", {"a/1", "4"})
    assert files.listing(tmp_path / "x") == ["4", "a/1"] and not (tmp_path / "x" / "c").exists()
    files.keep_only(tmp_path / "x", set())
    files.keep_only(tmp_path / "x", set())
    assert not (tmp_path / "x").exists()


# Faults


@pytest.mark.parametrize("call", ["mkdir", "write_bytes"])
def test_on_a_full_disk_the_old_site_stands_and_nothing_is_left(fresh, site, monkeypatch, call):
    before = stamps(site)
    page(fresh, "chuong/c2", "chữ mới")
    assemble(fresh)
    write_search(fresh)
    there = getattr(Path, call)

    def full(path, *rest, **named):
        if "next" in path.parts and path.suffix != "":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        if call == "mkdir" and path.name == "chuong":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return there(path, *rest, **named)

    monkeypatch.setattr(Path, call, full)
    with pytest.raises(OSError) as refusal:
        finish(fresh, site)
    assert refusal.value.errno == errno.ENOSPC
    assert stamps(site) == before and beside(site) == {"html"}


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EACCES])
def test_an_exchange_that_the_system_refuses_leaves_the_old_site(fresh, site, monkeypatch, number):
    before = digests(site)
    page(fresh, "chuong/c2", "chữ mới")

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(place, "_exchange", refuse)
    with pytest.raises(OSError):
        publish(fresh, site)
    assert digests(site) == before and beside(site) == {"html"}


def without_exchange(*_):
    return False


def test_without_an_exchange_in_one_step_the_site_is_put_in_place_too(fresh, site, monkeypatch):
    monkeypatch.setattr(place, "_exchange", without_exchange)
    before, were = stamps(site), digests(site)
    page(fresh, "chuong/c2", "chữ mới")
    done = publish(fresh, site)
    assert "chữ mới" in (site / "w.html").read_text(encoding="utf-8") and beside(site) == {"html"}
    kept = [name for name in were if name not in done.written]
    assert {name: stamps(site)[name] for name in kept} == {name: before[name] for name in kept}


def test_without_an_exchange_a_move_that_fails_halfway_brings_the_old_site_back(fresh, site, monkeypatch):
    monkeypatch.setattr(place, "_exchange", without_exchange)
    before, rename = digests(site), Path.rename
    page(fresh, "chuong/c2", "chữ mới")

    def refuse(path, target):
        if path.name == "next":
            raise OSError(errno.EIO, "broken")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError):
        publish(fresh, site)
    assert digests(site) == before and beside(site) == {"html"}


# Killed builds


def finish_and_die(fresh: Path, site: Path, deadline: int, way: str) -> int:
    """Put a site in place in a child of this process, which dies at its n-th call to the system that changes something,
    or lives when it has fewer. How it ended."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    calls, code = 0, 1

    def watch(event: str, args: tuple) -> None:
        nonlocal calls
        changes = event in ("os.mkdir", "os.link", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")
        writes = event == "open" and isinstance(args[1], str) and "w" in args[1]
        if changes or writes or event == "ctypes.call_function":
            calls += 1
            if calls == deadline:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        if way != "exchange":
            place._exchange = without_exchange
        sys.addaudithook(watch)
        finish(fresh, site)
        code = 0
    finally:
        os._exit(code)


def two_books(folder: Path, pages: int) -> tuple[list[Path], list[dict[str, str]], Path]:
    """Two states of a book, the site of each, and a site in its place, made from the first."""
    made = [book(folder / "a", "cũ", pages), book(folder / "b", "mới", pages)]
    page(made[1], "chuong/them", "thêm")
    # What only one of them has, and what both have alike.
    page(made[0], "phu/bot", "bớt")
    sites = []
    for i, fresh in enumerate(made):
        publish(fresh, folder / str(i) / "html")
        sites.append(digests(folder / str(i) / "html"))
    shutil.copytree(folder / "0" / "html", folder / "site" / "html")
    return made, sites, folder / "site" / "html"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("way", ["exchange", pytest.param("two renames", marks=pytest.mark.drill)])
def test_a_build_killed_at_any_step_leaves_the_old_site_or_the_new_one_whole(tmp_path, way):
    books, sites, site = two_books(tmp_path, 2)
    seen = set()
    for step in range(1, 400):
        ended = finish_and_die(books[1], site, step, way)
        if way == "two renames":
            place.recover(site)
        assert digests(site) in sites, step
        seen.add(sites.index(digests(site)))
        # The next build is right and clears away what was left.
        assert ended in (0, -signal.SIGKILL)
        finish(books[1], site)
        assert digests(site) == sites[1] and beside(site) == {"html"}
        finish(books[0], site)
        assert digests(site) == sites[0]
        if ended == 0:
            break
    assert ended == 0 and seen == {0, 1} and step > 20


# Builds one state after the other without end.
ENDLESS = """
import itertools, sys
from pathlib import Path
from sdgbook.publish import finish
print("ready", flush=True)
for fresh in itertools.cycle(sys.argv[2:]):
    finish(Path(fresh), Path(sys.argv[1]))
"""


@pytest.mark.drill
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no exchange in one step")
def test_builds_killed_at_random_moments_leave_one_site_whole(tmp_path):
    books, sites, site = two_books(tmp_path, 30)
    chance = random.Random(5)
    seen = set()
    for _ in range(150):
        builds = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, site, *map(str, books[::-1])], stdout=subprocess.PIPE, text=True
        )
        assert builds.stdout.readline() == "ready\n"
        time.sleep(chance.random() * 0.5)
        builds.kill()
        builds.communicate()
        assert digests(site) in sites
        seen.add(sites.index(digests(site)))
    finish(books[1], site)
    assert digests(site) == sites[1] and beside(site) == {"html"} and seen == {0, 1}
