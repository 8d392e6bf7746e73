"""Builds that go wrong, each for real, by the plain command in processes of its own: whatever stops or spoils one, the
last good site stands, the next build is right, and a message says in Vietnamese what happened."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from books import make_book
from helpers import digests

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

    def end(self, within: float = 120) -> Done:
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
    """Change a sentence, and a figure that several pages show."""
    page = root / CHAPTER
    text = page.read_text(encoding="utf-8")
    assert "sau này có thể đổi" in text
    page.write_text(text.replace("sau này có thể đổi", "sau này có thể sửa"), encoding="utf-8")


@dataclass
class Book:
    """A small book with its site, and what the site is to be before and after `edit`. Tests work on copies."""

    root: Path
    before: dict[str, str]
    after: dict[str, str]
    seconds: float

    def copy(self, folder: Path, edited: bool = True, built: bool = True) -> Path:
        """A copy in `folder`, which tests may spoil."""
        root = folder / "sách"
        ignored = None if built else shutil.ignore_patterns("_build")
        shutil.copytree(self.root, root, ignore=ignored)
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
    found = Book(root, site(root), site(other), time.monotonic() - started)
    assert found.before and found.before != found.after
    return found


# ----------------------------------------------------------------------------------------------------------------------
# Killed


# Moments of a build, in their order: it keeps what it made, leaves Sphinx's state, puts the new site together, has put
# it in its place, removes the last state, has removed it.
MOMENTS = (
    ("open .*/_build/cache/", 1),
    ("open .*/_build/work/.doctrees/environment.pickle", 1),
    ("open .*/_build/next/", 2),
    ("shutil.rmtree .*/_build/next", 2),
    ("shutil.rmtree .*/_build/state", 1),
    ("os.rename .*/_build/work", 1),
)


def killed(root: Path, moment: str, times: int) -> None:
    """A build that is killed with all its processes at a moment."""
    done = Build(root, moment, times=times).end()
    assert done.code == -signal.SIGKILL, done.said


def test_a_build_killed_at_any_moment_leaves_a_whole_site_and_the_next_one_is_right(book, tmp_path):
    root = book.copy(tmp_path)
    # Each goes on from what the ones before it left.
    for moment, times in MOMENTS:
        killed(root, moment, times)
        assert site(root) in (book.before, book.after), moment
    build(root)
    assert site(root) == book.after


def test_a_first_build_killed_leaves_no_half_site_and_the_next_one_is_right(book, tmp_path):
    root = book.copy(tmp_path, built=False)
    for moment, times in (MOMENTS[2], MOMENTS[5]):
        killed(root, moment, times)
        assert site(root) in ({}, book.after), moment
    build(root)
    assert site(root) == book.after


@pytest.mark.drill
@pytest.mark.parametrize("built", [True, False], ids=["rebuild", "first"])
def test_a_build_killed_at_many_times_leaves_a_whole_site_and_the_next_one_is_right(book, tmp_path, built):
    seconds = book.seconds
    for n in range(24):
        root = book.copy(tmp_path / f"{n}", built=built)
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
# What a build goes on from is spoiled


def test_two_builds_at_once_both_end_right_and_the_second_says_that_it_waits(book, tmp_path):
    root = book.copy(tmp_path)
    first, second = Build(root), Build(root)
    said = [running.end() for running in (first, second)]
    assert [done.code for done in said] == [0, 0], said
    waited = [done for done in said if "Một lần dựng khác đang chạy" in done.said]
    assert len(waited) == 1 and "Không có gì thay đổi" in waited[0].said
    assert site(root) == book.after
