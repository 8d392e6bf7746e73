"""Small sites that are published many times, by the steps that the real one takes after its build; what readers see of
them; and an SSH server of a test's own.

`python tests/releases.py PROJECT TO NUMBER…` publishes the small sites of these numbers, one after the other.
"""

from __future__ import annotations

import contextlib
import getpass
import gzip
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sdgbook.data.problems import ProblemsFound
from sdgbook.files import digests_in, folder_digest
from sdgbook.hosting.proof import Release
from sdgbook.hosting.publishing import Done, at_work

PAGES = ("index.html", "muc-tieu/1-1.html")
ASSET = re.compile(r'(?:href|src)="((?:\.\./)*_static/[^"]+)"')
NUMBER = re.compile(r"release (\d+)\b")


def small_site(folder: Path, number: int, pages: tuple[str, ...] = PAGES, weight: int = 2000) -> Path:
    """The site of a release: pages and, in a folder named by their digest, a style and a script, all of which tell its
    number; and a file that never changes."""
    told = f"release {number}"
    made = folder / "_static" / "new"
    made.mkdir(parents=True)
    (made / "trang.css").write_text(f"/* {told} */" + f"p{{}}{number}" * (weight // 8))
    (made / "trang.js").write_text(f"// {told}\n")
    assets = f"_static/{folder_digest(digests_in(made))}"
    made.rename(folder / assets)
    for page in pages:
        up = "../" * page.count("/")
        links = f'<link rel="stylesheet" href="{up}{assets}/trang.css"><script src="{up}{assets}/trang.js"></script>'
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / page).write_text(f"<!doctype html><title>{told}</title>{links}<p>{told}</p>" + "<p>câu</p>" * weight)
    (folder / "tai-ve").mkdir()
    (folder / "tai-ve" / "so.csv").write_text("a,b\n" * weight)
    (folder / "404.html").write_text("<!doctype html><title>404</title>")
    for name in digests_in(folder):
        (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes(), mtime=0))
    return folder


def small_release(number: int, version: str = "1.0.0", editions: dict[str, str] | None = None) -> Release:
    """What such a release says of itself."""
    return Release(f"{number:040x}", version, f"2001-01-01T00:00:{number % 60:02d}Z", editions or {})


def publish_small(root: Path, to: str, number: int, *, keep: int = 5, url: str = "", **options) -> Done:
    """Publish a small site from a folder that stands for a project."""
    site = root / "_build" / "small" / str(number)
    if not site.exists():
        small_site(site, number)
    with at_work(root, to, lambda *_: None, lambda lines: True, keep, url) as work:
        return work.show(site, small_release(number, **options))


# What readers see


class Mixed(AssertionError):
    """Raised when a reader gets what belongs to two releases, or nothing."""


def look(get: Callable[[str], bytes]) -> set[int]:
    """Read two pages with all their assets; the numbers of their releases. Raises `Mixed`."""
    seen = set()
    for page in PAGES:
        text = get(page).decode()
        numbers = set(NUMBER.findall(text))
        assets = [os.path.normpath(Path(page).parent / name) for name in ASSET.findall(text)]
        if len(numbers) != 1 or len(assets) != 2:
            raise Mixed(f"{page}: {text[:200]!r}")
        for name in assets:
            if set(NUMBER.findall(get(name).decode())) != numbers:
                raise Mixed(f"{page} is of release {numbers}, {name} is not")
        seen |= {int(number) for number in numbers}
    return seen


def in_folder(to: Path) -> Callable[[str], bytes]:
    """How a reader on this machine gets files of the live release."""

    def get(name: str) -> bytes:
        try:
            return (to / "current" / name).read_bytes()
        except OSError as error:
            raise Mixed(f"{name}: {error}") from None

    return get


@dataclass
class Reader:
    """Somebody who reads all the time, in a thread: what was seen, and what was wrong."""

    get: Callable[[str], bytes]
    seen: set[int] = field(default_factory=set)
    looks: int = 0
    wrong: list[str] = field(default_factory=list)

    def __enter__(self) -> Reader:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._stop.is_set():
            try:
                self.seen |= look(self.get)
                self.looks += 1
            except Mixed as error:
                self.wrong.append(str(error))
            time.sleep(0.005)


def whole(to: Path, keep: int = 5) -> None:
    """See that a folder of releases holds nothing but whole releases, and as many as are kept."""
    own = to / ".sdgbook"
    assert not list((own / "new").iterdir()), "what was left of an upload"
    names = sorted(path.name for path in (to / "releases").iterdir())
    assert sorted(path.name for path in (own / "sums").iterdir()) == names
    assert len(names) <= keep and os.readlink(to / "current") == f"releases/{names[-1]}"
    for name in names:
        listed = dict(line.split("  ")[::-1] for line in (own / "sums" / name).read_text().splitlines())
        assert digests_in(to / "releases" / name) == listed


# A publisher of its own


def publisher(root: Path, to: str, *numbers: int, env: dict[str, str] | None = None) -> subprocess.Popen:
    """Publish small sites in another process, which leads a group of its own."""
    return subprocess.Popen(
        [sys.executable, __file__, str(root), to, *map(str, numbers)],
        env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


# An SSH server


class Line:
    """A way to a port of this machine that can be cut: a port in between."""

    def __init__(self, to: int):
        self._to = to
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                one, _ = self._listener.accept()
                other = socket.create_connection(("127.0.0.1", self._to))
                self._pairs.append((one, other))
                for pair in ((one, other), (other, one)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    @staticmethod
    def _pass_on(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def cut(self) -> int:
        """Cut all that goes through; how many there were."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        return len(pairs)

    def close(self) -> None:
        """Let nobody in any more."""
        self._listener.close()
        self.cut()


@dataclass
class Ssh:
    """A server: as whom and where it is reached, the line to it, and the environment in which `ssh` finds its keys."""

    host: str
    line: Line
    env: dict[str, str]
    folder: Path


@contextlib.contextmanager
def ssh_server(folder: Path, sshd: str) -> Iterator[Ssh]:
    """Run a server that lets in whoever runs this, by keys made for it, on a port of this machine only."""
    folder.mkdir(parents=True)
    for name in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    shutil.copy(folder / "user.pub", folder / "allowed")
    (folder / "sshd.conf").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/allowed\n"
        "UsePAM no\nStrictModes no\nPidFile none\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n"
        "MaxStartups 100\n"
    )
    if os.geteuid() == 0:
        # What Debian's own server makes when it starts.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with open(folder / "said", "wb") as said:
        process = subprocess.Popen([sshd, "-D", "-e", "-f", str(folder / "sshd.conf")], stderr=said)
    line = None
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert process.poll() is None, (folder / "said").read_text()
            time.sleep(0.02)
        line = Line(port)
        key = (folder / "host.pub").read_text().split()[:2]
        (folder / "known").write_text(f"[127.0.0.1]:{line.port} {' '.join(key)}\n")
        (folder / "ssh.conf").write_text(
            f"Host may-chu\nHostName 127.0.0.1\nPort {line.port}\nUser {getpass.getuser()}\nIdentitiesOnly yes\n"
            f"IdentityFile {folder}/user\nUserKnownHostsFile {folder}/known\nGlobalKnownHostsFile none\n"
            "StrictHostKeyChecking yes\nBatchMode yes\n"
        )
        # OpenSSH takes the home folder from the list of users, not from the environment.
        (folder / "bin").mkdir()
        (folder / "bin" / "ssh").write_text(f'#!/bin/sh\nexec "{shutil.which("ssh")}" -F "{folder}/ssh.conf" "$@"\n')
        (folder / "bin" / "ssh").chmod(0o755)
        yield Ssh("may-chu", line, {"PATH": f"{folder}/bin{os.pathsep}{os.environ['PATH']}"}, folder)
    finally:
        if line:
            line.close()
        process.terminate()
        process.wait()


def main() -> int:
    """Publish small sites from the command line."""
    root, to, *numbers = sys.argv[1:]
    for number in numbers:
        try:
            publish_small(Path(root), to, int(number))
        except ProblemsFound as error:
            print(error)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
