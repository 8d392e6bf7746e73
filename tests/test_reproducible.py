"""The same commit gives the same site, byte for byte, whoever builds it, where, when and how."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from books import make_book
from helpers import ROOT, digests, is_of_book, sdgbook

# When `make_book` commits.
COMMITTED = datetime.datetime.fromisoformat("2024-02-29T12:00:00+07:00")
# Somebody who owns nothing and may write nothing here, but read everything: the interpreter may lie in root's folder.
NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
AS_NOBODY += ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
# Folders are read the other way round in every process that finds this on its path.
BACKWARDS = """
import os

listdir, scandir = os.listdir, os.scandir

class Entries:
    def __init__(self, path="."):
        with scandir(path) as found:
            self.entries = list(found)
    def __iter__(self):
        return self
    def __next__(self):
        if not self.entries:
            raise StopIteration
        return self.entries.pop()
    def __enter__(self):
        return self
    def __exit__(self, *error):
        self.close()
    def close(self):
        self.entries.clear()

os.listdir = lambda path=".": listdir(path)[::-1]
os.scandir = Entries
"""


def build(book: Path, start: tuple[str, ...] = (), *, cores: int | None = None, umask: int = -1, **env: str) -> Path:
    """Build a book; the site."""

    def few_cores() -> None:
        if cores and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])

    usual = {k: v for k, v in os.environ.items() if not k.startswith(("SDGBOOK", "SOURCE_DATE", "TZ", "LC_", "LANG"))}
    done = subprocess.run(
        [*start, sys.executable, "-m", "sdgbook", "site"],
        cwd=book,
        env={**usual, "PYTHONUTF8": "1", **env},
        umask=umask,
        preexec_fn=few_cores,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return book / "_build" / "html"


def another_user() -> tuple[str, ...]:
    """How to start a command as another user, where this one may do that."""
    if not shutil.which("setpriv") or os.geteuid() != 0:
        return ()
    tried = subprocess.run([*AS_NOBODY, sys.executable, "-c", ""], capture_output=True)
    return AS_NOBODY if tried.returncode == 0 else ()


def languages() -> set[str]:
    """What languages the system has."""
    if not shutil.which("locale"):
        return set()
    return set(subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split())


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site, built as usual from files without a history, which are told the day instead."""
    book = make_book(tmp_path_factory.mktemp("sach"), 2, small=True)
    return build(book, TZ="Asia/Ho_Chi_Minh", SOURCE_DATE_EPOCH=str(int(COMMITTED.timestamp())))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The site of the same files as a commit of that day, with everything else different."""
    user = another_user()
    # Nobody but its owner may look into a folder of pytest.
    with tempfile.TemporaryDirectory(prefix="ở nơi khác ") as folder:
        top = Path(folder)
        book = make_book(top / "bản sao của sách", 2, small=True, git=True)
        (top / "sitecustomize.py").write_text(BACKWARDS, encoding="utf-8")
        own = [path for path in sorted(top.rglob("*")) if ".git" not in path.relative_to(top).parts]
        for n, path in enumerate([top, *own]):
            os.utime(path, (n, 10**9 + n))
            if user:
                os.chown(path, NOBODY, NOBODY)
        yield build(
            book,
            user,
            cores=1,
            umask=0o077,
            SDGBOOK_EXECUTOR="kernel",
            PYTHONPATH=os.pathsep.join([str(top), *filter(None, [os.environ.get("PYTHONPATH")])]),
            PYTHONHASHSEED="4711",
            TZ="Pacific/Honolulu",
            LC_ALL=next(iter({"vi_VN.utf8", "vi_VN.UTF-8"} & languages()), "C"),
            LANGUAGE="fr",
            HOME=str(top),
            TMPDIR=str(top),
            USER="ai-đó",
            COLUMNS="37",
        )


def test_two_clean_builds_of_a_commit_are_the_same_bytes_whatever_else_differs(site, other):
    assert digests(site) == digests(other)
    assert any(name.endswith(".gz") for name in digests(site))


def test_a_told_day_stands_for_the_history_where_there_is_none(site):
    pages = [
        path.read_text(encoding="utf-8")
        for path in site.rglob("*.html")
        if path.name != "404.html" and is_of_book(path)
    ]
    days = [set(re.findall(r'sửa lần cuối ngày <time datetime="([^"]*)"', page)) for page in pages]
    assert days == [{COMMITTED.date().isoformat()}] * len(pages)


def test_no_file_knows_when_where_or_by_whom_it_was_built(site):
    today = datetime.date.today()
    # One page tells the day of a test, which is data.
    tested = datetime.date.fromisoformat(json.loads((ROOT / "book/tiep-can.json").read_text(encoding="utf-8"))["date"])
    days = {today + datetime.timedelta(n) for n in (-1, 0, 1)} - {tested}
    told = [day.strftime(how) for day in days for how in ("%Y-%m-%d", "%d/%m/%Y", "%b %d, %Y", "%a, %d %b %Y")]
    told += [str(site.parents[2]), str(Path.home()), os.uname().nodename]
    found = re.compile("|".join(map(re.escape, filter(lambda name: len(name) > 5, told))).encode())
    names = [name for name in digests(site) if not name.endswith(".gz")]
    assert {name: match[0] for name in names if (match := found.search((site / name).read_bytes()))} == {}


def test_the_manifest_tells_two_equal_sites_from_a_third(site, other, tmp_path):
    changed = shutil.copytree(site, tmp_path / "html")
    with (changed / "index.html").open("ab") as page:
        page.write(b"\n")
    told = [sdgbook(site.parents[1], "manifest", "--site", str(folder)).stdout for folder in (site, other, changed)]
    whole = [re.search(r", (\d+) tệp: ([0-9a-f]{64})$", text, re.MULTILINE).groups() for text in told]
    assert whole[0] == whole[1] != whole[2]
    assert int(whole[0][0]) == len(digests(site))


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="the program sha256sum is not here")
def test_the_lines_of_the_manifest_are_verified_by_sha256sum(site, tmp_path):
    copy = shutil.copytree(site, tmp_path / "bản sao" / "html")
    (copy / "một \\ tên lạ\n.txt").write_text("x", encoding="utf-8")
    told = sdgbook(site.parents[1], "manifest", "--site", str(copy)).stdout
    # The very command that it tells.
    command = re.search(r"^Soát lại: (.*)$", told, re.MULTILINE)[1]

    def verified() -> int:
        return subprocess.run(command, shell=True, capture_output=True).returncode

    assert verified() == 0
    (copy / "index.html").write_text("khác", encoding="utf-8")
    assert verified() == 1
