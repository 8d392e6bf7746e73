"""Builds that go wrong, each for real, by the plain command in processes of its own: whatever stops or spoils one, the
last good site stands, the next build is right, and a message says in Vietnamese what happened."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from books import make_book
from helpers import digests

from sdgbook.building.inputs import read_inputs
from sdgbook.building.state import FORMAT, is_whole, read_state

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="these faults are planted the Unix way")

CHAPTER = "book/muc-tieu/1-1.md"
# Looks at all that a build does with files, and acts at a chosen moment.
WATCH = """
import os, re, sys
if sys.orig_argv[1:] == ["-m", "sdgbook", "site"]:
    moment, left = re.compile({moment!r}), {times!r}
    def watch(event, arguments):
        global left
        writes = event != "open" or (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)
        if left and writes and arguments and moment.match(f"{{event}} {{arguments[0]}}"):
            left -= 1
            if not left:
                {act}
    sys.addaudithook(watch)
"""
KILL = "os.killpg(0, 9)"


@dataclass
class Done:
    """How a build ended, and what it said in all."""

    code: int
    said: str


class Build:
    """`sdgbook site` in a process group of its own. `act`, a line of Python, is done in it right before it does for
    the `times`th time what `moment` describes: what Python calls such an event, and a path."""

    def __init__(self, root: Path, moment: str = "", act: str = KILL, times: int = 1, **options):
        env = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "CLICOLOR_FORCE")}
        env |= options.pop("env", {}) | {"PYTHONUTF8": "1"}
        if moment:
            hooks = root.parent / "hooks"
            hooks.mkdir(exist_ok=True)
            (hooks / "sitecustomize.py").write_text(WATCH.format(moment=moment, act=act, times=times))
            env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(hooks), env.get("PYTHONPATH")]))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sdgbook", "site"],
            cwd=root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            **options,
        )

    def kill(self) -> None:
        """Kill it with all that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)

    def end(self, within: float = 600) -> Done:
        """Wait for its end."""
        try:
            said, _ = self.process.communicate(timeout=within)
        except BaseException:
            self.kill()
            self.process.communicate()
            raise
        return Done(self.process.returncode, said)


def build(root: Path, **options) -> str:
    """A build that must end well; what it said."""
    done = Build(root, **options).end()
    assert done.code == 0, done.said
    return done.said


def site(root: Path) -> dict[str, str]:
    """Digests of the site; of nothing where there is none."""
    return digests(root / "_build" / "html")


def edit(root: Path) -> None:
    """Change a sentence: other words, as many bytes."""
    page = root / CHAPTER
    old, new = "sau này có thể đổi".encode(), "có thể đổi sau này".encode()
    content = page.read_bytes()
    assert content.count(old) == 1
    page.write_bytes(content.replace(old, new))


@dataclass
class Book:
    """A small book, and what its site is to be before and after `edit`."""

    root: Path
    kept: Path
    before: dict[str, str]
    after: dict[str, str]
    seconds: float

    def fresh(self, edited: bool = True, built: bool = True, root: Path | None = None) -> Path:
        """The book's folder as it was when it had been built, or another one like it, for a test to spoil."""
        root = root or self.root
        if root.exists():
            shutil.rmtree(root)
        shutil.copytree(self.kept, root, ignore=None if built else shutil.ignore_patterns("_build"))
        if edited:
            edit(root)
        return root


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Book:
    """A book of two chapters, built, and the site of a clean build of it after `edit`."""
    folder = tmp_path_factory.mktemp("lỗi")
    root = make_book(folder / "sách", 2, small=True)
    other = shutil.copytree(root, folder / "sửa" / "sách")
    edit(other)
    started = time.monotonic()
    builds = [Build(root), Build(other)]
    for done in [build.end() for build in builds]:
        assert done.code == 0, done.said
    found = Book(root, folder / "giữ", site(root), site(other), time.monotonic() - started)
    assert found.before and found.before != found.after
    shutil.copytree(root, found.kept)
    return found


# ----------------------------------------------------------------------------------------------------------------------
# Killed


# Moments of a build, in their order: Sphinx leaves its state, the new site is put together, the last state is removed,
# it is gone.
MOMENTS = (
    ("open .*/_build/work/.doctrees/environment.pickle", 1),
    ("open .*/_build/(next|html)/", 2),
    ("shutil.rmtree .*/_build/state", 1),
    ("os.rename .*/_build/work", 1),
)


def killed(root: Path, moment: str, times: int) -> None:
    """A build that is killed with all its processes at a moment."""
    done = Build(root, moment, times=times).end()
    assert done.code == -signal.SIGKILL, done.said


def test_a_build_killed_at_any_moment_leaves_a_whole_site_and_the_next_one_is_right(book):
    root = book.fresh()
    # Each goes on from what the ones before it left.
    for moment, times in MOMENTS:
        killed(root, moment, times)
        assert site(root) in (book.before, book.after), moment
    build(root)
    assert site(root) == book.after


@pytest.mark.drill
def test_a_first_build_killed_leaves_no_half_site_and_the_next_one_is_right(book):
    root = book.fresh(built=False)
    killed(root, *MOMENTS[1])
    assert site(root) == {}
    build(root)
    assert site(root) == book.after


@pytest.mark.drill
@pytest.mark.parametrize("built", [True, False], ids=["rebuild", "first"])
def test_a_build_killed_at_many_times_leaves_a_whole_site_and_the_next_one_is_right(book, built):
    seconds = book.seconds
    for n in range(24):
        root = book.fresh(built=built)
        old = book.before if built else {}
        started = time.monotonic()
        running = Build(root)
        time.sleep(seconds * n / 24)
        running.kill()
        done = running.end()
        assert site(root) in (old, book.after), n
        if done.code == 0 and n:
            # It had ended before.
            seconds = min(seconds, time.monotonic() - started)
        build(root)
        assert site(root) == book.after, n


# ----------------------------------------------------------------------------------------------------------------------
# Spoiled


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :]


def of_another_version(content: bytes) -> bytes:
    return content.replace(b"sdgbook store 1\n", b"sdgbook store 0\n")


HARMS = (cut, flipped, of_another_version, lambda content: b"", lambda content: b"\0" * len(content))


def entries(root: Path) -> list[Path]:
    return sorted(path for path in (root / "_build" / "cache").rglob("*") if path.is_file())


def test_spoiled_entries_of_the_cache_are_made_again(book):
    root = book.fresh(edited=False)
    found = entries(root)
    assert len(found) > 50
    for number, path in enumerate(found):
        harm = HARMS[number % (len(HARMS) + 1)] if number % (len(HARMS) + 1) < len(HARMS) else None
        # A sound entry, but of something else.
        path.write_bytes(harm(path.read_bytes()) if harm else found[number - 1].read_bytes())
    # Everything is made anew, from the cache where that can be.
    shutil.rmtree(root / "_build" / "state")
    shutil.rmtree(root / "_build" / "html")
    build(root)
    assert site(root) == book.before


def a_page_in_state_cut(state: Path) -> None:
    page = state / "html" / "muc-tieu" / "15-2-a.html"
    page.write_bytes(cut(page.read_bytes()))


def a_bit_of_the_environment_flipped(state: Path) -> None:
    path = state / ".doctrees" / "environment.pickle"
    path.write_bytes(flipped(path.read_bytes()))


def a_doctree_gone(state: Path) -> None:
    (state / ".doctrees" / "muc-tieu" / "15-2-a.doctree").unlink()


def a_file_too_many(state: Path) -> None:
    (state / "html" / "muc-tieu" / "9-9.html").write_text("<p>thừa")


def records_cut(state: Path) -> None:
    path = state / "state.json"
    path.write_bytes(cut(path.read_bytes()))


def a_bit_of_the_records_flipped(state: Path) -> None:
    path = state / "state.json"
    path.write_bytes(flipped(path.read_bytes()))


def write_records(state: Path, version: int, **changes) -> None:
    """Records that are sound for this version of their format."""
    path = state / "state.json"
    data = json.loads(path.read_text(encoding="utf-8").partition("\n")[2]) | changes
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    checksum = hashlib.sha256(f"{version}\n{text}".encode()).hexdigest()
    path.write_text(f"{checksum}\n{text}", encoding="utf-8")


def records_of_another_version(state: Path) -> None:
    """By them there would be nothing to do."""
    write_records(state, FORMAT - 1, inputs=read_inputs(state.parents[1]))


def records_of_another_state(state: Path) -> None:
    write_records(state, FORMAT, files={"html/index.html": "0" * 64})


SPOILS = (
    a_page_in_state_cut,
    records_of_another_version,
    a_bit_of_the_environment_flipped,
    a_doctree_gone,
    a_file_too_many,
    records_cut,
    a_bit_of_the_records_flipped,
    records_of_another_state,
)


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda s: s.__name__)
def test_a_spoiled_state_is_known_for_what_it_is(book, spoil):
    folder = book.fresh() / "_build" / "state"
    assert is_whole(folder, read_state(folder))
    spoil(folder)
    left = read_state(folder)
    assert left is None or not is_whole(folder, left)


@pytest.mark.parametrize(
    "spoil", [SPOILS[0], *(pytest.param(s, marks=pytest.mark.drill) for s in SPOILS[1:])], ids=lambda s: s.__name__
)
def test_a_spoiled_state_is_not_gone_on_from(book, spoil):
    root = book.fresh()
    spoil(root / "_build" / "state")
    build(root)
    assert site(root) == book.after


def test_a_site_that_was_changed_by_hand_is_put_right(book):
    root = book.fresh(edited=False)
    html = root / "_build" / "html"
    page = html / "muc-tieu" / "15-2-a.html"
    page.write_bytes(page.read_bytes().replace(b"<main", b"<main hidden"))
    (html / "du-lieu.html").unlink()
    (html / "thừa.html").write_text("thừa", encoding="utf-8")
    assert site(root) != book.before
    build(root)
    assert site(root) == book.before


def test_a_build_that_fails_when_its_pages_are_made_spoils_nothing_of_the_last_one(book):
    root = book.fresh()
    with open(root / CHAPTER, "a", encoding="utf-8") as page:
        page.write('\n<a href="#khong-co">Không dẫn tới đâu</a>\n')
    before = digests(root / "_build" / "state"), site(root)
    done = Build(root).end()
    assert done.code == 1 and "khong-co" in done.said
    assert (digests(root / "_build" / "state"), site(root)) == before


# ----------------------------------------------------------------------------------------------------------------------
# Other programs, and the clock


def test_two_builds_at_once_both_end_right_and_the_second_says_that_it_waits(book):
    root = book.fresh()
    first, second = Build(root), Build(root)
    said = [running.end() for running in (first, second)]
    assert [done.code for done in said] == [0, 0], said
    waited = [done for done in said if "Một lần dựng khác đang chạy" in done.said]
    assert len(waited) == 1 and "Không có gì thay đổi" in waited[0].said
    assert site(root) == book.after


def test_what_the_clock_says_does_not_count(book):
    root = book.fresh(edited=False)
    # Same size, same times, and the folder's too.
    times = {path: path.stat() for path in (root / CHAPTER, (root / CHAPTER).parent)}
    edit(root)
    for path, status in times.items():
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (root / CHAPTER).stat().st_size == times[root / CHAPTER].st_size
    build(root)
    assert site(root) == book.after
    # One file from before all others, one from far ahead.
    os.utime(root / "book" / "index.md", (0, 0))
    os.utime(root / "_toc.yml", (2**32, 2**32))
    assert "Không có gì thay đổi" in build(root)


def test_a_file_saved_while_a_build_runs_is_in_the_site_and_the_build_says_that_it_began_again(book):
    root = book.fresh(edited=False)
    (root / "book" / "index.md").write_bytes((root / "book" / "index.md").read_bytes() + b"\n")
    page = root / CHAPTER
    before = page.read_bytes()
    edit(root)
    after = page.read_bytes()
    page.write_bytes(before)
    # The page has been read by then, and is not read again in this attempt.
    act = f"open({os.fspath(page)!r}, 'wb').write({after!r})"
    said = build(root, moment="open .*/_build/work/.doctrees/environment.pickle", act=act)
    assert "dựng lại" in said
    assert site(root) == book.after


def test_code_that_changes_while_a_build_runs_ends_it_and_the_next_one_has_the_new_code(tmp_path):
    root = make_book(tmp_path / "sách", 1, small=True, code=True)
    helper = root / "scripts" / "sdgbook" / "report" / "numbers.py"
    act = f"open({os.fspath(helper)!r}, 'a').write('CHANGED = 1\\n')"
    env = {"PYTHONPATH": os.fspath(root / "scripts")}
    done = Build(root, "open .*/_build/work/.doctrees/environment.pickle", act, env=env).end()
    assert done.code == 1 and "scripts/sdgbook" in done.said and "Traceback" not in done.said
    assert site(root) == {}
    assert "Đã dựng" in build(root, env=env)


@pytest.mark.drill
def test_a_book_that_never_rests_is_told_and_the_last_good_site_stands(book):
    root = book.fresh()
    act = f"os.utime({os.fspath(root / CHAPTER)!r}); left = 1"
    done = Build(root, "open .*/_build/work/.doctrees/environment.pickle", act).end()
    assert done.code == 1 and "đổi liên tục" in done.said and "Traceback" not in done.said
    assert site(root) == book.before


# ----------------------------------------------------------------------------------------------------------------------
# Chapters


def add_cell(root: Path, page: str, source: str) -> str:
    """A code cell at the end of a page; the place that messages name."""
    path = root / page
    text = path.read_text(encoding="utf-8") + "\n```{code-cell}\n"
    path.write_text(f"{text}{source}\n```\n", encoding="utf-8")
    return f"{page}, dòng {text.count(chr(10)) + 1}"


def bad_cells(root: Path) -> dict[str, str]:
    """Cells that never come back in three pages, by a helper beside one of them; what their messages say, by place."""
    config = root / "_config.yml"
    config.write_text(config.read_text(encoding="utf-8").replace("timeout: 120", "timeout: 8"), encoding="utf-8")
    (root / "book" / "muc-tieu" / "giup.py").write_text("import time\n\n\ndef doi():\n    time.sleep(10**6)\n")
    return {
        add_cell(root, CHAPTER, "import giup\ngiup.doi()"): "quá 8 giây",
        add_cell(root, "book/muc-tieu/15-2-a.md", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"): "SIGKILL",
        add_cell(root, "book/index.md", "print('một dòng dài\\n' * 1_000_000)"): "10 MB",
        add_cell(root, "book/muc-luc.md", "import os\nos._exit(0)"): "tự thoát",
        add_cell(root, "book/cam-ket.md", "1 / 0"): "ZeroDivisionError",
    }


def test_chapters_that_never_come_back_are_told_by_name_and_the_last_good_site_stands(book):
    root = book.fresh(edited=False)
    expected = bad_cells(root)
    done = Build(root).end()
    told = [line for line in done.said.split("\n") if line.startswith("book/")]
    assert done.code == 1 and len(told) == len(expected) and "Traceback" not in done.said, done.said
    for place, words in expected.items():
        assert any(line.startswith(place) and words in line for line in told), (place, done.said)
    assert "Trang web cũ vẫn nguyên" in done.said
    assert site(root) == book.before


# ----------------------------------------------------------------------------------------------------------------------
# Disks


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own; not everybody may have one."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no disk of its own for this test: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def fill(disk: Path, left: int) -> Path:
    """A file that leaves this many bytes of a disk."""
    ballast = disk / "đầy"
    with open(ballast, "wb") as file:
        found = os.statvfs(disk)
        file.write(bytes(found.f_bavail * found.f_frsize - left))
    return ballast


def says_that_the_disk_is_full(done: Done) -> bool:
    told = [line for line in done.said.split("\n") if "→" in line]
    return done.code == 1 and len(told) == 1 and "Đĩa đã đầy. → Xóa bớt tệp" in told[0] and "Errno" not in done.said


@pytest.mark.parametrize(
    "left",
    [1_500_000, *(pytest.param(n, marks=pytest.mark.drill) for n in (0, 50_000, 3_300_000, 3_600_000, 4_500_000))],
)
def test_a_full_disk_is_told_and_with_room_the_next_build_is_right(book, tmp_path, left):
    with small_disk(tmp_path / "đĩa") as disk:
        root = book.fresh(root=disk / "sách")
        ballast = fill(disk, left)
        done = Build(root).end()
        assert says_that_the_disk_is_full(done), done.said
        assert site(root) == book.before
        assert "Trang web cũ vẫn nguyên" in done.said
        ballast.unlink()
        build(root)
        assert site(root) == book.after


# From its first page on, Sphinx's state, the new site, the next state.
FULL = ("work/html/.*html", "work/.doctrees/", "next/", "work/state.json", "work", "work/html/_static")


@pytest.mark.parametrize(
    "where", [FULL[0], *(pytest.param(w, marks=pytest.mark.drill) for w in FULL[1:])], ids=lambda w: w
)
def test_a_disk_that_is_full_at_one_place_is_told_and_the_next_build_is_right(book, where):
    root = book.fresh()
    act = "left = 1; raise OSError(28, 'No space left on device', str(arguments[0]))"
    done = Build(root, f"(open|os.mkdir|os.link) .*/_build/{where}", act).end()
    assert says_that_the_disk_is_full(done), done.said
    # When only the next build's state has no room, the site is in place.
    assert site(root) == (book.after if "state" in where else book.before)
    build(root)
    assert site(root) == book.after


def without_root() -> None:
    """Take from a process what lets root write everywhere (Linux)."""
    if os.geteuid() == 0:
        # `PR_CAPBSET_DROP` of `CAP_DAC_OVERRIDE`.
        assert ctypes.CDLL(None).prctl(24, 1, 0, 0, 0) == 0


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder in which nobody may write."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    try:
        yield
    finally:
        for path in folders:
            path.chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux", reason="root's rights can be given up on Linux")
def test_a_cache_that_cannot_be_written_is_told_and_the_site_is_right(book):
    root = book.fresh()
    with read_only(root / "_build" / "cache"):
        done = Build(root, preexec_fn=without_root).end()
    assert done.code == 0 and site(root) == book.after
    assert "Không ghi được vào" in done.said and "vẫn đúng" in done.said


@pytest.mark.skipif(sys.platform != "linux", reason="root's rights can be given up on Linux")
def test_a_build_folder_that_cannot_be_written_is_told_and_the_last_good_site_stands(book):
    root = book.fresh()
    with read_only(root / "_build"):
        done = Build(root, preexec_fn=without_root).end()
        assert done.code == 1 and "Không được phép" in done.said and "Traceback" not in done.said, done.said
        assert site(root) == book.before


def test_a_build_folder_that_cannot_be_written_is_enough_when_nothing_has_changed(book):
    root = book.fresh(edited=False)
    with read_only(root / "_build"):
        assert "Không có gì thay đổi" in build(root, preexec_fn=without_root)
