"""The preview: what is saved shows where its reader was, and what is wrong stands in the pages' place."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from books import make_book
from helpers import digests
from viewing import CONTRASTS, SIDEWAYS

PATIENCE = 20
# Stands in for the real build, which takes seconds: what the first line of the first page says happens.
BUILDER = """
import json, os, subprocess, sys, time
from pathlib import Path

root = Path.cwd()
with open(root / "builds", "a") as log:
    log.write(f"{os.getpid()}\\n")
word, *rest = (root / "book" / "index.md").read_text(encoding="utf-8").split("\\n")
if word == "slow":
    (root / "builds.begun").touch()
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with open(root / "builds", "a") as log:
        log.write(f"{helper.pid} helper\\n")
    time.sleep(float(rest[0]))
    helper.kill()
if word == "wrong":
    Path(os.environ["SDGBOOK_PROBLEMS"]).write_text("\\n".join(rest), encoding="utf-8")
    sys.exit(1)
if word == "crash":
    exec(compile("\\n\\n1 / 0", root / "scripts" / "sdgbook" / "helper.py", "exec"))
if word == "killed":
    os.kill(os.getpid(), 9)
html = root / "_build" / "html"
(html / "muc-tieu").mkdir(parents=True, exist_ok=True)
lines = "".join(f"<p id=p{n} style='height: 3rem; margin: 0'>{n} {rest[0]}</p>" for n in range(200))
fold = "<details><summary>fold</summary><p style='height: 40rem; margin: 0'>inside</p></details>"
for file in ("index.html", "muc-tieu/1-1.html"):
    (html / file).write_text(f"<!doctype html><html lang=vi><body>{fold}{lines}</body></html>", encoding="utf-8")
(html / "404.html").write_text("<!doctype html><html lang=vi data-root='/'><body>lost</body></html>")
(html / "style.css").write_text("p { color: red }")
"""
MISTAKES = [
    {
        "file": "book/muc-tieu/1-1.md",
        "line": 7,
        "column": 3,
        "message": "Có <số> gõ tay.",
        "remedy": "Viết {fact}.",
        "kind": "typed-figure",
    },
    {
        "file": "data/editions/2021/x.csv",
        "line": None,
        "column": "obs_value",
        "message": "Thiếu.",
        "remedy": "",
        "kind": "status",
    },
]


def wait_for(what: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


class Previewed:
    """A project that is being previewed; without `command`, by the command that staff use."""

    def __init__(self, root: Path, command: list[str], log: Path):
        self.root, self.log = root, log
        code = "import sys; from pathlib import Path; from sdgbook.edit.preview import preview as p; "
        code += "p(Path(sys.argv[1]), 0, sys.argv[2:])"
        own = ["-m", "sdgbook", "preview", "--port", "0"]
        words = ["-c", code, str(root), *command] if command else own
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, *words], cwd=root, stdout=out, stderr=out, env={**os.environ, "PYTHONUTF8": "1"}
            )
        wait_for(lambda: "Ctrl+C" in self.said or self.process.poll() is not None)
        self.address = re.search(r"http://127\.0\.0\.1:\d+/", self.said)[0]

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @property
    def builds(self) -> int:
        """How many builds have begun."""
        log = self.root / "builds"
        return sum("helper" not in line for line in log.read_text().splitlines()) if log.exists() else 0

    def save(self, *lines: str, file: str = "book/index.md") -> None:
        (self.root / file).write_text("\n".join(lines), encoding="utf-8")

    def get(self, path: str = "") -> tuple[int, str]:
        """Status and body of the answer to an address taken as it is."""
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", f"/{path}")
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")

    def settle(self, quiet: float = 1.0) -> None:
        """Wait until no build has begun for some seconds."""
        count = -1
        while count != self.builds:
            count = self.builds
            time.sleep(quiet)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)


def make_small(folder: Path) -> Path:
    """A folder with the places of a project and little in them."""
    root = folder / "báo cáo"
    for name in ("book/muc-tieu/1-1.md", "data/x.csv", "scripts/sdgbook/helper.py", "_config.yml", "_toc.yml"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("a", encoding="utf-8")
    (root / "book" / "index.md").write_text("right\ncũ", encoding="utf-8")
    return root


@pytest.fixture
def small(tmp_path) -> Path:
    return make_small(tmp_path)


@contextlib.contextmanager
def previewing(root: Path, tmp_path: Path, command: list[str] | None = None) -> Iterator[Previewed]:
    (tmp_path / "builder.py").write_text(BUILDER, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "builder.py")] if command is None else command
    previewed = Previewed(root, command, tmp_path / "log")
    try:
        yield previewed
    finally:
        previewed.stop()


@pytest.fixture
def previewed(small, tmp_path):
    """The small project, previewed, its first build done."""
    with previewing(small, tmp_path) as previewed:
        wait_for(lambda: previewed.get()[0] == 200)
        yield previewed


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The same for tests that only ask for pages."""
    folder = tmp_path_factory.mktemp("served")
    with previewing(make_small(folder), folder) as previewed:
        wait_for(lambda: previewed.get()[0] == 200)
        yield previewed


@pytest.fixture
def tab(browser):
    with contextlib.closing(browser.new_context(viewport={"width": 900, "height": 700})) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        yield page


def shows(tab, text: str) -> None:
    tab.get_by_text(text).first.wait_for()


def wrong(*mistakes: dict) -> tuple[str, str]:
    return "wrong", json.dumps(mistakes)


# In the browser


def test_what_is_saved_shows_where_its_reader_was(previewed, tab):
    tab.goto(f"{previewed.address}muc-tieu/1-1.html#p20")
    shows(tab, "20 cũ")
    tab.locator("summary").click()
    tab.evaluate("scrollTo(0, 2345)")
    address = tab.url
    for word in ("mới", "mới hơn"):
        previewed.save("right", word)
        shows(tab, f"20 {word}")
        tab.wait_for_load_state("load")
        assert tab.url == address
        assert tab.evaluate("[scrollY, document.querySelector('details').open]") == [2345, True]


def test_a_page_opened_at_an_anchor_stays_there(previewed, tab):
    tab.goto(f"{previewed.address}index.html#p50")
    top = tab.evaluate("scrollY")
    assert top > 1000
    previewed.save("right", "mới")
    shows(tab, "50 mới")
    tab.wait_for_load_state("load")
    assert tab.url.endswith("#p50") and tab.evaluate("scrollY") == top


def test_problems_take_the_place_of_the_page_until_they_are_mended(previewed, tab):
    before = digests(previewed.root / "_build")
    tab.goto(f"{previewed.address}muc-tieu/1-1.html")
    tab.evaluate("scrollTo(0, 2345)")
    previewed.save(*wrong(*MISTAKES))
    shows(tab, "2 lỗi")
    items = tab.locator(".problems li").all_inner_texts()
    assert [line for line in items[0].split("\n") if line] == [
        "book/muc-tieu/1-1.md, dòng 7, cột 3",
        "Có <số> gõ tay.",
        "→ Viết {fact}.",
    ]
    assert "data/editions/2021/x.csv, cột obs_value" in items[1] and "None" not in items[1] and "→" not in items[1]
    previewed.save(*wrong(MISTAKES[0]))
    shows(tab, "1 lỗi")
    assert digests(previewed.root / "_build") == before
    previewed.save("right", "đã sửa")
    shows(tab, "20 đã sửa")
    tab.wait_for_load_state("load")
    assert tab.url.endswith("muc-tieu/1-1.html") and tab.evaluate("scrollY") == 2345


def test_another_page_opened_after_the_problems_begins_at_its_top(previewed, tab):
    tab.goto(f"{previewed.address}muc-tieu/1-1.html")
    tab.evaluate("scrollTo(0, 2345)")
    previewed.save(*wrong(*MISTAKES))
    shows(tab, "2 lỗi")
    tab.goto(f"{previewed.address}index.html")
    previewed.save("right", "đã sửa")
    shows(tab, "20 đã sửa")
    assert tab.evaluate("scrollY") == 0
    tab.goto(f"{previewed.address}muc-tieu/1-1.html")
    assert tab.evaluate("scrollY") == 0


def test_while_a_build_runs_the_open_page_says_so(previewed, tab):
    tab.goto(previewed.address)
    previewed.save("slow", "1")
    tab.get_by_role("status").filter(has_text="đang dựng lại…").wait_for()
    shows(tab, "20 1")
    assert tab.get_by_role("status").count() == 0


def test_ten_open_pages_all_load_again(previewed, tab):
    tabs = [tab, *(tab.context.new_page() for _ in range(9))]
    for one in tabs:
        one.goto(previewed.address)
    previewed.save("right", "mới")
    for one in tabs:
        shows(one, "20 mới")


def test_a_page_left_open_goes_on_when_the_preview_starts_again(small, tmp_path, tab):
    with previewing(small, tmp_path) as previewed:
        tab.goto(previewed.address)
        shows(tab, "20 cũ")
    port = urlsplit(previewed.address).port
    code = f"from pathlib import Path; from sdgbook.edit.preview import preview; preview(Path({str(small)!r}), {port}, "
    code += f"[{sys.executable!r}, {str(tmp_path / 'builder.py')!r}])"
    previewed.save("right", "mới")
    again = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    try:
        shows(tab, "20 mới")
    finally:
        again.send_signal(signal.SIGINT)
        assert again.wait(PATIENCE) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_problems_read_well_on_narrow_windows_in_both_schemes(previewed, browser, scheme):
    long = {**MISTAKES[0], "file": f"book/{'dài' * 40}.md", "message": "x" * 200}
    previewed.save(*wrong(*MISTAKES, long))
    wait_for(lambda: previewed.get()[0] == 500)
    with contextlib.closing(
        browser.new_context(viewport={"width": 320, "height": 600}, color_scheme=scheme)
    ) as context:
        page = context.new_page()
        page.goto(previewed.address)
        seen = page.evaluate(CONTRASTS)
        assert seen["faint"] == [] and (seen["ground"] < 0.1) == (scheme == "dark")
        width, window = page.evaluate(SIDEWAYS)
        assert width <= window


def test_pages_and_problems_show_without_javascript(previewed, browser):
    with contextlib.closing(browser.new_context(java_script_enabled=False)) as context:
        page = context.new_page()
        page.goto(previewed.address)
        assert "20 cũ" in page.inner_text("body")
        previewed.save(*wrong(*MISTAKES))
        wait_for(lambda: previewed.get()[0] == 500)
        page.goto(previewed.address)
        assert "Viết {fact}" in page.inner_text("main")


# What is served


def test_while_something_is_wrong_every_page_says_so_and_files_still_come(previewed):
    previewed.save(*wrong(*MISTAKES))
    wait_for(lambda: previewed.get()[0] == 500)
    for path in ("", "index.html", "muc-tieu/1-1.html", "muc-tieu/", "muc-tieu", "chua-co.html?q=1"):
        status, body = previewed.get(path)
        assert status == 500 and "Có &lt;số&gt; gõ tay." in body, path
    assert previewed.get("style.css")[0] == 200


def test_the_site_itself_holds_nothing_of_the_preview(served):
    assert "_preview" in served.get("index.html")[1]
    for file in (served.root / "_build").rglob("*"):
        assert file.is_dir() or b"_preview" not in file.read_bytes(), file


def test_addresses_that_lead_nowhere_get_the_sites_page_for_them(served):
    status, body = served.get("muc-tieu/khong-co.html")
    assert status == 404 and "lost" in body and "_preview" in body
    page = '<!doctype html><html lang=vi data-root="/bao-cao/"><a href="/bao-cao/index.html">về</a></html>'
    (served.root / "_build" / "html" / "404.html").write_text(page, encoding="utf-8")
    assert 'href="/index.html"' in served.get("khong-co.html")[1]


@pytest.mark.parametrize(
    "path",
    [
        "../../data/x.csv",
        "muc-tieu/../../../data/x.csv",
        "..%2f..%2fdata/x.csv",
        "%2e%2e/%2e%2e/data/x.csv",
        "/etc/passwd",
    ],
)
def test_paths_that_lead_out_of_the_site_are_refused(served, path):
    assert served.get(path)[0] == 403


def test_a_name_that_no_disk_takes_is_refused(served):
    assert served.get("a%00b")[0] == 400
    assert served.get("a" * 5000)[0] in (400, 404)


def test_only_this_machine_is_served(served):
    port = urlsplit(served.address).port
    for host in ("127.0.0.2", socket.gethostbyname(socket.gethostname())):
        if host != "127.0.0.1":
            with pytest.raises(OSError):
                socket.create_connection((host, port), timeout=2)


# What starts a build


def test_every_file_that_pages_are_made_from_starts_a_build_however_it_is_saved(previewed):
    root = previewed.root

    def replace(name: str) -> None:
        (root / f"{name}.new").write_text("b")
        (root / f"{name}.new").replace(root / name)

    def make(name: str) -> None:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("c")

    def swap_folder(name: str) -> None:
        (root / name).rename(root / "aside")
        (root / name).mkdir()

    saves = [
        *((make, name) for name in ("book/muc-tieu/1-1.md", "data/x.csv", "scripts/sdgbook/helper.py")),
        *((make, name) for name in ("_config.yml", "_toc.yml", "book/mới/trang.md", "book/mới/hình.svg")),
        *((replace, name) for name in ("data/x.csv", "_config.yml", "_config.yml")),
        (lambda name: (root / name).unlink(), "book/mới/trang.md"),
        (swap_folder, "data"),
        (make, "data/x.csv"),
    ]
    for do, name in saves:
        previewed.settle(0.3)
        count = previewed.builds
        do(name)
        wait_for(lambda count=count: previewed.builds > count)


def test_what_editors_leave_beside_a_file_starts_no_build(previewed):
    previewed.settle()
    names = (
        "1-1.md~",
        ".1-1.md.swp",
        ".1-1.md.swx",
        "4913",
        ".#1-1.md",
        "#1-1.md#",
        ".~lock.x.csv#",
        "~$x.csv",
        "x.tmp",
    )
    for name in (*(f"book/muc-tieu/{name}" for name in names), "notes.txt", "_config.yml~", "scripts/sdgbook/a.pyc"):
        previewed.save("a", file=name)
        (previewed.root / name).unlink()
    (previewed.root / "scripts/sdgbook/__pycache__").mkdir()
    previewed.save("a", file="scripts/sdgbook/__pycache__/helper.cpython-311.pyc.123")
    previewed.settle()
    assert previewed.builds == 1


def test_several_saves_in_a_row_are_one_build(previewed):
    for n in range(10):
        previewed.save("a", file=f"data/{n}.csv")
        time.sleep(0.02)
    previewed.settle()
    assert previewed.builds == 2


def test_a_save_while_a_build_runs_is_built_after_it(previewed):
    previewed.save("slow", "1.2")
    wait_for((previewed.root / "builds.begun").exists)
    previewed.save("right", "sau cùng")
    wait_for(lambda: "20 sau cùng" in previewed.get()[1])
    previewed.settle()
    assert previewed.builds == 3


# Builds that end badly, and the end


def test_before_the_first_build_has_ended_no_page_of_another_day_shows(small, tmp_path):
    (small / "_build" / "html").mkdir(parents=True)
    (small / "_build" / "html" / "index.html").write_text("hôm qua")
    (small / "book" / "index.md").write_text("slow\n1.5")
    with previewing(small, tmp_path) as previewed:
        status, body = previewed.get()
        assert status == 503 and "Đang dựng trang" in body and "hôm qua" not in body
        wait_for(lambda: "20 1.5" in previewed.get()[1])


def test_a_first_build_that_fails_shows_why(small, tmp_path, tab):
    (small / "book" / "index.md").write_text("\n".join(wrong(*MISTAKES)), encoding="utf-8")
    with previewing(small, tmp_path) as previewed:
        tab.goto(previewed.address)
        shows(tab, "Viết {fact}.")
        previewed.save("right", "đã sửa")
        shows(tab, "20 đã sửa")


def test_a_mistake_that_nothing_foresaw_is_told_with_its_line(previewed):
    previewed.save("crash")
    wait_for(lambda: previewed.get()[0] == 500)
    body = previewed.get()[1]
    assert re.search(r"<code>scripts/sdgbook/helper.py</code>, dòng 3\b", body) and "ZeroDivisionError" in body


def test_a_build_that_is_killed_is_told(previewed):
    previewed.save("killed")
    wait_for(lambda: previewed.get()[0] == 500)
    assert "dừng giữa chừng" in previewed.get()[1] and "SIGKILL" in previewed.get()[1]


def test_a_port_that_another_program_uses_is_told_without_a_traceback(small):
    (small / "data" / "datapackage.json").write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "sdgbook", "preview", "--port", str(port)]
        done = subprocess.run(command, cwd=small, capture_output=True, encoding="utf-8", timeout=PATIENCE)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"Cổng {port} đang có chương trình khác dùng" in done.stderr and "make preview ARGS=" in done.stderr


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_end_leaves_no_process_and_no_traceback(small, tmp_path, name):
    (small / "book" / "index.md").write_text("slow\n50")
    with previewing(small, tmp_path) as previewed:
        wait_for(lambda: "helper" in (small / "builds").read_text() if previewed.builds else False)
        previewed.process.send_signal(signal.Signals[name])
        assert previewed.process.wait(PATIENCE) == 0
        assert "Traceback" not in previewed.said and "Đã dừng." in previewed.said
        for line in (small / "builds").read_text().splitlines():
            wait_for(lambda line=line: not runs(int(line.split()[0])))


def runs(number: int) -> bool:
    """Whether a process still does something; one that only waits to be collected does not."""
    try:
        os.kill(number, 0)
        status = Path(f"/proc/{number}/stat")
        return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, FileNotFoundError):
        return False


# All of it


def test_the_real_build_shows_a_mistake_and_then_the_page(tmp_path, tab):
    book = make_book(tmp_path / "sách", 1, small=True)
    page = book / "book" / "index.md"
    right = page.read_text(encoding="utf-8")
    page.write_text(f"{right}\nCó 77 người.\n", encoding="utf-8")
    line = right.count("\n") + 2
    with previewing(book, tmp_path, []) as previewed:
        tab.set_default_timeout(90_000)
        tab.goto(f"{previewed.address}index.html")
        shows(tab, "1 lỗi")
        assert f"book/index.md, dòng {line}, cột 4" in tab.inner_text(".problems")
        page.write_text(right, encoding="utf-8")
        shows(tab, "Trích dẫn")
        assert not tab.locator(".problems").count()
        tab.evaluate("scrollTo(0, 500)")
        page.write_text(f"{right}\nMột câu vừa viết thêm.\n", encoding="utf-8")
        shows(tab, "Một câu vừa viết thêm.")
        tab.wait_for_load_state("load")
        assert tab.evaluate("scrollY") == 500
    assert not any(b"_preview" in file.read_bytes() for file in (book / "_build").rglob("*") if file.is_file())
