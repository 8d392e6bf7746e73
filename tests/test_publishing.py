"""A site is published whole or not at all, wherever it goes and whatever stops it; and one can go back.

Most of what is published here is small, by the steps that the real site takes after its build.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from multiprocessing import get_context
from pathlib import Path

import pytest
import releases
from books import commit, make_book
from helpers import ROOT, Project, digests, run, sdgbook
from releases import PAGES, Mixed, Reader, in_folder, look, publish_small, publisher, small_release, small_site, whole
from servers import program, serving

from sdgbook.data.problems import ProblemsFound
from sdgbook.hosting.proof import KEPT, MANIFEST, RELEASE, Release, read_manifest
from sdgbook.hosting.publishing import at_work, check_against, check_ready, check_version
from sdgbook.hosting.targets import Standing, target_of
from sdgbook.hosting.targets.releases import HereReleases

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="releases are switched the Unix way")


@pytest.fixture
def root(tmp_path):
    """A folder that stands for a project."""
    (tmp_path / "dự án").mkdir()
    return tmp_path / "dự án"


@pytest.fixture
def to(tmp_path):
    """A folder to publish to, with a name that careless code trips over."""
    return tmp_path / "nơi đăng"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A real SSH server on this machine."""
    program("rsync")
    with releases.ssh_server(tmp_path_factory.mktemp("ssh") / "máy", program("sshd")) as server:
        yield server


@pytest.fixture
def by_ssh(server, monkeypatch):
    """The server, for what is called in this process."""
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    return server


def roll_back(root: Path, to: str) -> None:
    with at_work(root, to, lambda *_: None, lambda lines: True, url="") as work:
        work.roll_back()


def refusal(call, *words, **options) -> str:
    with pytest.raises(ProblemsFound) as refusal:
        call(*words, **options)
    assert all(problem.remedy for problem in refusal.value.problems)
    return str(refusal.value)


# Where one publishes to


@pytest.fixture(params=["folder", "ssh", "zip", "tar.gz", "branch"])
def target(request, root, to, tmp_path):
    """Each kind of target: how it is named, and how its readers get a file."""
    if request.param == "folder":
        return str(to), in_folder(to)
    if request.param == "ssh":
        server = request.getfixturevalue("by_ssh")
        return f"{server.host}:{to}", in_folder(to)
    if request.param == "branch":
        bare = tmp_path / "kho.git"
        subprocess.run(["git", "init", "-q", "--bare", bare], check=True)
        (root / "_config.yml").touch()
        commit(root)
        for name, value in (("name", "Người đăng"), ("email", "dang@example.org")):
            subprocess.run(["git", "config", f"user.{name}", value], cwd=root, check=True)

        def get(name: str) -> bytes:
            shown = subprocess.run(["git", "show", f"gh-pages:{name}"], cwd=bare, capture_output=True)
            if shown.returncode:
                raise Mixed(name)
            return shown.stdout

        return f"{bare}#gh-pages", get
    file = tmp_path / f"trang.{request.param}"

    def get(name: str) -> bytes:
        folder = tmp_path / "giải nén"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.unpack_archive(file, folder)
        try:
            return (folder / name).read_bytes()
        except OSError as error:
            raise Mixed(str(error)) from None

    return str(file), get


def test_each_target_shows_the_new_release_keeps_what_open_pages_need_and_goes_back(root, target):
    to, get = target
    assets = {}
    for number in (1, 2, 3):
        publish_small(root, to, number)
        assert look(get) == {number}
        assets[number] = [name for name in read_manifest(get(MANIFEST).decode()) if name.startswith("_static/")]
        for earlier in range(1, number):
            assert all(f"release {earlier}".encode() in get(name) for name in assets[earlier])
    kept = read_manifest(get(KEPT).decode())
    assert sorted(kept) == sorted(assets[1] + assets[2])
    assert Release.read(get(RELEASE).decode()).commit == small_release(3).commit
    roll_back(root, to)
    assert look(get) == {2} and Release.read(get(RELEASE).decode()).commit == small_release(2).commit
    # Pages of the release that was gone back from are still open.
    assert all(b"release 3" in get(name) for name in assets[3])
    if to.startswith("may-chu:"):
        # The rest is the same script's work as in a folder here.
        return
    roll_back(root, to)
    assert look(get) == {1}
    assert "không có bản nào trước" in refusal(roll_back, root, to)
    publish_small(root, to, 4)
    assert look(get) == {4}
    # Neither 3 nor 2 is gone back to: they were withdrawn.
    roll_back(root, to)
    assert look(get) == {1}


def test_the_live_release_is_not_published_again_unless_it_is_spoiled(root, to):
    assert publish_small(root, str(to), 1).is_new
    before = os.readlink(to / "current")
    assert not publish_small(root, str(to), 1).is_new and os.readlink(to / "current") == before
    (to / "current" / "index.html").write_text("hỏng")
    done = publish_small(root, str(to), 1)
    assert done.is_new and "không còn nguyên" in done.notes[0] and look(in_folder(to)) == {1}


def test_a_folder_keeps_the_last_releases_as_many_as_asked_and_files_that_stay_take_no_room_again(root, to):
    for number in range(1, 6):
        publish_small(root, str(to), number, keep=3)
    whole(to, keep=3)
    names = sorted(path.name for path in (to / "releases").iterdir())
    assert [name[:6] for name in names] == ["000003", "000004", "000005"]
    assert len({(to / "releases" / name / "tai-ve" / "so.csv").stat().st_ino for name in names}) == 1
    modes = {oct(path.stat().st_mode & 0o777) for path in (to / "current/").rglob("*") if path.is_file()}
    assert modes == {"0o644"}


def test_an_archive_of_a_release_has_the_same_bytes_each_time(root, tmp_path, monkeypatch):
    for name in ("một", "hai"):
        # A day later.
        now = time.time() + 86_400
        monkeypatch.setattr(time, "time", lambda now=now: now)
        for kind in ("zip", "tar.gz"):
            publish_small(root, str(tmp_path / f"{name}.{kind}"), 1)
    for kind in ("zip", "tar.gz"):
        assert (tmp_path / f"một.{kind}").read_bytes() == (tmp_path / f"hai.{kind}").read_bytes()
    with zipfile.ZipFile(tmp_path / "một.zip") as packed:
        assert packed.testzip() is None and ".nojekyll" in packed.namelist()


def test_a_branch_gets_one_commit_a_release_and_keeps_its_domain(root, tmp_path):
    bare = tmp_path / "kho.git"
    subprocess.run(["git", "init", "-q", "--bare", bare], check=True)
    (root / "a").touch()
    commit(root)
    for words in (("user.name", "Người đăng"), ("user.email", "dang@example.org"), ("remote.origin.url", str(bare))):
        subprocess.run(["git", "config", *words], cwd=root, check=True)
    publish_small(root, "pages", 1)
    work = tmp_path / "ở nơi khác"
    subprocess.run(["git", "clone", "-q", "-b", "gh-pages", bare, work], check=True)
    (work / "CNAME").write_text("example.org\n")
    commit(work)
    subprocess.run(["git", "push", "-q", "origin", "gh-pages"], cwd=work, check=True)
    before = run(root, "git", "for-each-ref").stdout, run(root, "git", "status", "--porcelain").stdout
    publish_small(root, "pages", 2)
    assert run(bare, "git", "rev-list", "--count", "gh-pages").stdout == "3\n"
    assert run(bare, "git", "show", "gh-pages:CNAME").stdout == "example.org\n"
    assert not [
        name for name in run(bare, "git", "ls-tree", "-r", "--name-only", "gh-pages").stdout.split() if ".gz" in name
    ]
    # Nothing of the project's own is touched.
    assert (run(root, "git", "for-each-ref").stdout, run(root, "git", "status", "--porcelain").stdout) == before


# What is refused


def test_nothing_is_put_where_there_is_something_else(root, to, tmp_path):
    to.mkdir()
    (to / "ảnh.jpg").write_text("của ai đó")
    assert "ảnh.jpg" in refusal(publish_small, root, str(to), 1) and digests(to).keys() == {"ảnh.jpg"}
    (tmp_path / "tệp").write_text("")
    assert "đã có những thứ" in refusal(publish_small, root, str(tmp_path / "tệp"), 1)
    with zipfile.ZipFile(tmp_path / "khác.zip", "w") as packed:
        packed.writestr("a.txt", "của ai đó")
    assert "không phải là một bản" in refusal(publish_small, root, str(tmp_path / "khác.zip"), 1)
    assert "trong thư mục của dự án" in refusal(publish_small, root, str(root / "public"), 1)
    for wrong in ("", "--yes", "s3://kho", "origin#..", "https://example.org/"):
        assert "TO=" in refusal(target_of, root, wrong) or "Ghi một thư mục" in refusal(target_of, root, wrong)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_told(root, tmp_path):
    closed = tmp_path / "đóng"
    closed.mkdir(mode=0o755)
    script = Path(releases.__file__).parents[1] / "scripts/sdgbook/hosting/targets/releases.sh"
    words = ["sh", str(script), str(closed / "trang")]
    if os.geteuid() == 0:
        os.chmod(tmp_path, 0o755)
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *words]
    else:
        closed.chmod(0o555)
    said = subprocess.run(words, input="lock a b c\n", capture_output=True, text=True).stdout
    from sdgbook.hosting.targets import because

    assert said.endswith("no\n") and "Không được phép ghi" in str(because("nơi đăng", said))


def test_a_server_that_cannot_be_used_is_told_in_plain_words(root, by_ssh, tmp_path, monkeypatch):
    bin = tmp_path / "bin"
    bin.mkdir()
    for tool in ("sh", "git"):
        (bin / tool).symlink_to(shutil.which(tool))
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", str(bin))
    assert "không có chương trình ssh" in refusal(publish_small, root, "may-chu:/x", 1)
    monkeypatch.setenv("PATH", path)
    conf = (by_ssh.folder / "ssh.conf").read_text()
    try:
        for line, told in (
            (f"Port {by_ssh.line.port}", "không nhận kết nối"),
            (f"IdentityFile {by_ssh.folder}/user", "không cho đăng nhập"),
            (f"UserKnownHostsFile {by_ssh.folder}/known", "Chưa tin được"),
        ):
            other = {"Port": "Port 1", "Iden": "IdentityFile none", "User": "UserKnownHostsFile /dev/null"}[line[:4]]
            (by_ssh.folder / "ssh.conf").write_text(conf.replace(line, other))
            assert told in refusal(publish_small, root, "may-chu:/x", 1)
    finally:
        (by_ssh.folder / "ssh.conf").write_text(conf)


def test_a_server_without_rsync_is_told(root, by_ssh, tmp_path, monkeypatch):
    # What a server says when the shell there does not find a program.
    tools = tmp_path / "máy chủ"
    tools.mkdir()
    for tool in ("sh", "readlink", "find", "wc", "flock", "sha256sum", "basename", "ls", "sed", "grep", "cat"):
        (tools / tool).symlink_to(shutil.which(tool))
    wrapper = by_ssh.folder / "bin" / "ssh"
    old = wrapper.read_text()
    try:
        wrapper.write_text(f'#!/bin/sh\nfor last; do :; done\nPATH="{tools}" exec sh -c "$last"\n')
        assert "không có chương trình rsync" in refusal(publish_small, root, f"may-chu:{tmp_path}/x", 1)
    finally:
        wrapper.write_text(old)


def test_readers_lose_no_address_no_frozen_edition_and_get_no_older_data(root, to):
    files = {"index.html": "a", "tai-ve/so.csv": "b", "_static/0123456789abcdef/x.css": "c", "_images/x.svg": "d"}
    live = Standing("000001-x", Release("0" * 40, "2.1.0", "", {"2001": "e" * 64}), files)
    told = [str(one) for one in check_against(small_release(1, editions={}), {"index.html": "z"}, live)]
    assert len(told) == 2 and "2001" in told[0] and "/tai-ve/so.csv" in told[1]
    assert "khác với" in str(check_against(small_release(1, editions={"2001": "f" * 64}), files, live)[0])
    assert check_against(small_release(1, editions={"2001": "e" * 64, "2002": "f" * 64}), files, live) == []
    assert check_against(small_release(1), files, None) == []
    for version, older in (("2.0.9", True), ("2.1.0", False), ("2.10.0", False), ("1.12.0", True)):
        assert bool(check_version(version, live)) == older
    # By the steps themselves: nothing changes.
    small_site(root / "_build" / "small" / "1", 1, (*PAGES, "bo.html"))
    publish_small(root, str(to), 1)
    assert "/bo.html" in refusal(publish_small, root, str(to), 2) and look(in_folder(to)) == {1}
    whole(to)


def test_what_arrives_otherwise_than_it_was_sent_is_not_shown(root, to, monkeypatch):
    publish_small(root, str(to), 1)
    send = HereReleases._send

    def spoiling(self, folder, place, live):
        send(self, folder, place, live)
        page = to / place / "index.html"
        page.write_bytes(page.read_bytes()[:-1] + b"!")

    def adding(self, folder, place, live):
        send(self, folder, place, live)
        (to / place / "lạ.html").touch()

    for fault in (spoiling, adding):
        monkeypatch.setattr(HereReleases, "_send", fault)
        told = refusal(publish_small, root, str(to), 2)
        assert "không đúng như đã gửi" in told and "lại thấy bản trước" not in told
        assert look(in_folder(to)) == {1}
    monkeypatch.undo()
    publish_small(root, str(to), 3)
    whole(to)


def test_of_two_at_once_one_is_told_to_wait(root, to, tmp_path):
    publish_small(root, str(to), 1)
    with target_of(root, str(to)).opened() as place:
        place.standings()
        place.lock()
        assert "Một người khác đang đăng" in refusal(publish_small, root, str(to), 2)
    # Both started at the same moment, from projects of their own.
    others = [tmp_path / f"dự án {n}" for n in range(2)]
    for other in others:
        other.mkdir()
    with Reader(in_folder(to)) as reader:
        both = [publisher(other, str(to), number) for number, other in enumerate(others, 2)]
        said = [process.communicate()[0] for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes and all(
        code == 0 or "một người khác" in text.lower() for code, text in zip(codes, said, strict=True)
    )
    assert reader.wrong == [] and reader.looks > 10
    publish_small(root, str(to), 4)
    whole(to)


def test_what_changes_meanwhile_is_not_overwritten(root, to, tmp_path):
    publish_small(root, str(to), 1)
    other = tmp_path / "dự án khác"
    other.mkdir()

    def sure(lines: list[str]) -> bool:
        publish_small(other, str(to), 2)
        return True

    small_site(root / "_build" / "small" / "3", 3)
    with (
        at_work(root, str(to), lambda *_: None, sure, url="") as work,
        pytest.raises(ProblemsFound, match="vừa đăng bản khác"),
    ):
        work.show(root / "_build" / "small" / "3", small_release(3))
    assert look(in_folder(to)) == {2}


# What stops it


PRELOAD = ["sdgbook.hosting.publishing", "sdgbook.hosting.targets.releases"]


def child(root: Path, to: str, number: int, env: dict[str, str]) -> None:
    """Publish in a process of a group of its own."""
    os.setsid()
    os.environ.update(env)
    with contextlib.suppress(ProblemsFound):
        publish_small(root, to, number)


def start(root: Path, to: str, number: int, env: dict[str, str] | None = None):
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    process = context.Process(target=child, args=(root, to, number, env or {}))
    process.start()
    return process


def kill_at_random_moments(root: Path, to: str, folder: Path, times: int, env: dict[str, str] | None = None) -> dict:
    """Publish again and again, each time killed at another moment, while somebody reads."""
    chance = random.Random(8)
    publish_small(root, to, 1)
    told = {"killed": 0, "ended": 0, "switched": 0}
    with Reader(in_folder(folder)) as reader:
        number = 2
        began = time.monotonic()
        start(root, to, number, env).join()
        most = time.monotonic() - began
        assert look(in_folder(folder)) == {number}
        while told["killed"] < times:
            number += 1
            small_site(root / "_build" / "small" / str(number), number)
            before = look(in_folder(folder))
            process = start(root, to, number, env)
            time.sleep(chance.uniform(0, most * 1.1))
            if process.is_alive():
                # The whole group in every second one, with all that it has started.
                if number % 2 and os.getpgid(process.pid) == process.pid:
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
                told["killed"] += 1
            process.join()
            # Its last step ends a moment after it: else the next one would only wait for that.
            with open(folder / ".sdgbook" / "lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
            told["ended"] += process.exitcode == 0
            after = look(in_folder(folder))
            # What a killed publisher had asked for last may be done a moment after it has gone.
            assert min(before) <= min(after) and max(after) <= number
            told["switched"] += after != before
    assert reader.wrong == [] and reader.looks > times
    publish_small(root, to, number + 1)
    assert look(in_folder(folder)) == {number + 1}
    whole(folder)
    return {**told, "looks": reader.looks}


def test_killed_at_any_moment_readers_see_the_old_or_the_new_site_and_the_next_publisher_cleans_up(root, to):
    assert kill_at_random_moments(root, str(to), to, 5)["killed"] == 5


@pytest.mark.drill
@pytest.mark.parametrize("where", ["here", "ssh"])
def test_fifty_kills(root, to, by_ssh, where):
    name = str(to) if where == "here" else f"{by_ssh.host}:{to}"
    told = kill_at_random_moments(root, name, to, 50, by_ssh.env)
    print(f"50 kills, {where}: {told}")
    assert told["killed"] == 50


def cut_at_random_moments(root: Path, server, folder: Path, times: int) -> dict:
    """Publish again and again over SSH, while the line is cut."""
    chance = random.Random(9)
    to = f"{server.host}:{folder}"
    publish_small(root, to, 1)
    began = time.monotonic()
    publish_small(root, to, 2)
    most = time.monotonic() - began
    told = {"cut": 0, "refused": 0}
    with Reader(in_folder(folder)) as reader:
        for number in range(3, times + 3):
            small_site(root / "_build" / "small" / str(number), number)
            timer = threading.Timer(
                chance.uniform(0.05, most), lambda: told.update(cut=told["cut"] + server.line.cut())
            )
            timer.start()
            try:
                publish_small(root, to, number)
            except ProblemsFound as error:
                told["refused"] += 1
                assert all(problem.remedy for problem in error.problems)
            timer.join()
    assert reader.wrong == [] and reader.looks > times
    publish_small(root, to, times + 3)
    assert look(in_folder(folder)) == {times + 3}
    whole(folder)
    return {**told, "looks": reader.looks}


def test_a_connection_that_is_cut_leaves_the_site_whole(root, by_ssh, to):
    assert cut_at_random_moments(root, by_ssh, to, 2)["cut"]


@pytest.mark.drill
def test_fifty_cut_connections(root, by_ssh, to):
    told = cut_at_random_moments(root, by_ssh, to, 50)
    print("50 cuts:", told)
    assert told["refused"] > 25


FULL = """
import sys
from pathlib import Path
from releases import *
root, to = map(Path, sys.argv[1:])
small_site(root / "_build/small/1", 1)
small_site(root / "_build/small/2", 2, weight=100_000)
publish_small(root, str(to), 1)
with Reader(in_folder(to)) as reader:
    try:
        publish_small(root, str(to), 2)
    except ProblemsFound as error:
        print(error)
    else:
        print("published")
    publish_small(root, str(to), 3)
assert reader.wrong == [], reader.wrong[:3]
assert look(in_folder(to)) == {3}
whole(to)
print("whole")
"""


def test_a_full_disk_leaves_the_site_whole_and_room_for_the_next_release(root, tmp_path):
    disk = tmp_path / "đĩa nhỏ"
    disk.mkdir()
    alone = ["unshare", "--mount", *(["--user", "--map-root-user"] if os.geteuid() else [])]
    if not shutil.which("unshare") or subprocess.run([*alone, "mount", "-t", "tmpfs", "tmpfs", disk]).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    mounted = f'mount -t tmpfs -o size=400k tmpfs "{disk}" && exec "$@"'
    done = subprocess.run(
        [*alone, "sh", "-c", mounted, "sh", sys.executable, "-c", FULL, str(root), str(disk / "trang")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(releases.__file__).parent), *sys.path])},
        capture_output=True,
        text=True,
    )
    assert "đã đầy" in done.stdout and done.stdout.endswith("whole\n"), done.stdout + done.stderr


# Under load


class Loads:
    """Readers who ask a server for pages and all their assets, over connections that stay open."""

    def __init__(self, port: int, connections: int):
        self.requests, self.wrong, self.seen = 0, [], set()
        self._port, self._stop, self._lock = port, threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._read, daemon=True) for _ in range(connections)]

    def __enter__(self) -> Loads:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        connection = http.client.HTTPConnection("localhost", self._port, timeout=30)

        def get(name: str) -> bytes:
            try:
                connection.request("GET", f"/{name}")
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                raise Mixed(f"{name}: {error!r}") from None
            with self._lock:
                self.requests += 1
            if answer.status != 200:
                raise Mixed(f"{name}: {answer.status}")
            return content

        while not self._stop.is_set():
            try:
                seen = look(get)
            except Mixed as error:
                with self._lock:
                    self.wrong.append(str(error))
            else:
                with self._lock:
                    self.seen |= seen
        connection.close()


def under_load(kind: str, root: Path, to: Path, scratch: Path, times: int, connections: int, requests: int) -> Loads:
    publish_small(root, str(to), 1)
    with serving(kind, to, scratch / kind) as server, Loads(server.port, connections) as loads:
        for number in range(2, times + 2):
            publish_small(root, str(to), number)
        # Both old and new pages have been asked for; enough of them.
        while loads.requests < requests and not loads.wrong:
            time.sleep(0.05)
    return loads


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_while_releases_are_switched_no_reader_meets_an_error_or_a_mixed_page(root, to, tmp_path, kind):
    loads = under_load(kind, root, to, tmp_path, 3, 8, 300)
    assert loads.wrong == [] and len(loads.seen) > 1


@pytest.mark.drill
@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_twenty_releases_under_twenty_connections(root, to, tmp_path, kind):
    loads = under_load(kind, root, to, tmp_path, 20, 20, 2000)
    print(f"{kind}: {loads.requests} requests, releases seen: {len(loads.seen)}, wrong: {len(loads.wrong)}")
    assert loads.wrong == [] and loads.requests >= 2000 and len(loads.seen) > 10


def test_a_server_that_does_not_show_the_new_release_makes_it_go_back(root, to, tmp_path):
    publish_small(root, str(to), 1)
    with serving("nginx", to, tmp_path / "nginx") as server:
        done = publish_small(root, str(to), 2, url=server.address)
        assert "Đã soát" in done.notes[0] and look(in_folder(to)) == {2}
        stuck = tmp_path / "kẹt"
        stuck.mkdir()
        (stuck / "current").symlink_to((to / "current").resolve())
        with serving("nginx", stuck, tmp_path / "nginx-2") as other:
            told = refusal(publish_small, root, str(to), 3, url=other.address)
    assert "không thấy đúng bản vừa đăng" in told and "lại thấy bản trước" in told and look(in_folder(to)) == {2}
    publish_small(root, str(to), 4)
    whole(to)


# The command


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A small book in git, published by the command to a folder; what that said."""
    folder = tmp_path_factory.mktemp("sách")
    make_book(folder / "sách", 1, small=True, code=True)
    # What the bill of materials is made from.
    shutil.copytree(ROOT / "docs", folder / "sách" / "docs")
    commit(folder / "sách")
    done = sdgbook(folder / "sách", "publish", "--to", str(folder / "trang"), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    return Project(folder / "sách"), folder / "trang", done.stdout


def test_the_command_publishes_what_the_commit_gives_with_its_proof(book):
    project, to, said = book
    release = Release.read((to / "current" / RELEASE).read_text("utf-8"))
    head = run(project.root, "git", "rev-parse", "HEAD").stdout.strip()
    assert release.commit == head and head[:10] in said and "trong đó dựng" in said
    for name, digest in read_manifest((to / "current" / MANIFEST).read_text("utf-8")).items():
        assert releases.digests_in((to / "current" / name).parent)[Path(name).name] == digest
    assert json.loads((to / "current/.well-known/sdgbook/sbom.cdx.json").read_text("utf-8"))["bomFormat"] == "CycloneDX"
    assert (to / "current" / "_headers").exists() and (to / "current" / "index.html.br").exists()
    whole(to)
    assert run(project.root, "git", "status", "--porcelain").stdout == ""
    # What was built is kept: nothing is built for the next target.
    again = sdgbook(project.root, "publish", "--to", str(to.parent / "trang.zip"), "--yes")
    assert again.returncode == 0 and "Dựng trang" not in again.stdout


def test_the_command_asks_and_does_nothing_where_nobody_answers(book):
    project, to, _ = book
    done = sdgbook(project.root, "publish", "--to", str(to.parent / "khác"))
    assert done.returncode == 1 and "thêm --yes" in done.stderr and "Sẽ đăng lần đầu" in done.stdout
    assert not (to.parent / "khác").exists()


def test_what_is_not_committed_a_draft_and_a_failing_check_are_refused(book, tmp_path):
    project, to, _ = book
    before = os.readlink(to / "current")
    shutil.copytree(project.root, tmp_path / "sách", symlinks=True)
    project = Project(tmp_path / "sách")
    project.append("book/index.md", "Có 77 người.", "77")
    assert "book/index.md: Tệp này có chỗ chưa ghi vào git" in refusal(check_ready, project.root)
    commit(project.root)
    done = sdgbook(project.root, "publish", "--to", str(to), "--yes")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "Chưa đăng gì" in done.stderr and os.readlink(to / "current") == before
    assert "book/index.md, dòng" in done.stderr and "“77”" in done.stderr
    project.edit("edition", "2021", "status", "draft")
    commit(project.root)
    assert "bản nháp" in refusal(check_ready, project.root)


def test_the_real_site_is_published_in_seconds(site, root, to):
    began = time.monotonic()
    with at_work(root, str(to), lambda *_: None, lambda lines: True, url="") as work:
        done = work.show(site.html, small_release(1))
    assert time.monotonic() - began < 10 and done.files > 100
    whole(to)
    pages = {name for name in digests(site.html) if name.endswith(".html")}
    assert pages <= digests(to / "current").keys()
    assert re.search(r"[0-9a-f]{64}", done.release.manifest)
