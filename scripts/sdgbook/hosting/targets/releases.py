"""A folder of releases, on this machine or on a server over SSH: `releases.sh` does there what must be done in steps
that are whole, and is asked line by line. Files go by copying here, by rsync over the same connection there."""

from __future__ import annotations

import getpass
import os
import secrets
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from sdgbook.data.problems import ProblemsFound
from sdgbook.files import digest_of_file, digests_in, listing
from sdgbook.hosting.proof import TWINS, Release, read_manifest
from sdgbook.hosting.targets import Standing, Standings, because, refused, told_plainly

SCRIPT = (Path(__file__).parent / "releases.sh").read_text(encoding="utf-8")
HELLO = "sdgbook releases 1"
PACKAGES = {"flock": "util-linux", "rsync": "rsync"}


class Said(Exception):
    """Raised with what the script said when it did not do something."""


class Session:
    """The script at work, asked by lines; `command` starts it."""

    def __init__(self, command: list[str], errors: IO[bytes]):
        self._errors = errors
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        # What a server's own start-up files print comes first.
        for line in self._process.stdout:
            if line.decode("utf-8", "replace").strip() == HELLO:
                return
        raise self._lost()

    def ask(self, *words: str, given: str = "") -> tuple[list[str], dict[str, bytes]]:
        """Lines and files that it answers; `given` is what it is to read. Raises `Said` with what stands against it, or
        why it is gone."""
        lines, files = [], {}
        try:
            self._process.stdin.write(f"{' '.join(words)}\n{given}".encode())
            self._process.stdin.flush()
            for raw in self._process.stdout:
                line = raw.decode("utf-8", "replace").rstrip("\n")
                kind, _, rest = line.partition(" ")
                if line == "ok":
                    return lines, files
                if line == "no":
                    raise Said("\n".join(lines))
                if kind == "file":
                    name, size = rest.rsplit(" ", 1)
                    files[name] = self._process.stdout.read(int(size))
                elif kind == "|":
                    lines.append(rest)
        except BrokenPipeError:
            pass
        raise self._lost()

    def _lost(self) -> Said:
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace").strip()
        return Said(said or "đường truyền bị ngắt")

    def end(self) -> None:
        """Let it end, and with it the lock."""
        # It may be gone already.
        with suppress(OSError, ValueError):
            self._process.stdin.write(b"end\n")
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class Releases:
    """A folder of releases while it is worked at."""

    def __init__(self, name: str, session: Session):
        self._name, self._session, self._staged = name, session, ""

    def _ask(self, *words: str, given: str = "") -> tuple[list[str], dict[str, bytes]]:
        try:
            return self._session.ask(*words, given=given)
        except Said as error:
            raise self._told(str(error)) from None

    def _told(self, said: str) -> ProblemsFound:
        name = self._name
        if "foreign " in said:
            names = ", ".join(line.removeprefix("foreign ") for line in said.split("\n") if line.startswith("foreign "))
            told = f"Ở {name} đã có những thứ không do lệnh này đặt: {names}."
            return refused(told, "Chọn một thư mục trống hoặc chưa có, để không làm mất gì của ai.")
        if said.startswith("busy"):
            who, since, where, number = [*said.split()[1:], *["?"] * 4][:4]
            told = f"Một người khác đang đăng ở {name}: {who}, từ {since}."
            remedy = (
                f"Đợi người ấy xong rồi chạy lại. Nếu chắc không còn ai (đường truyền đứt giữa chừng): ở máy {where}, "
                f"chạy `kill {number}`."
            )
            return refused(told, remedy)
        if said == "moved":
            told = f"Trong lúc chuẩn bị, một người khác vừa đăng bản khác ở {name}."
            return refused(told, "Chạy lại để xem bản mới sẽ đổi gì so với bản ấy.")
        return because(name, said)

    def standings(self) -> Standings:
        """What stands there."""
        lines, files = self._ask("status")
        told = [line.partition(" ")[::2] for line in lines]
        if any(kind == "foreign" for kind, _ in told):
            raise self._told("\n".join(lines))
        for tool in (name for kind, name in told if kind == "without" and (name != "rsync" or self._needs_rsync)):
            remedy = f"Cài ở đó; trên Debian: sudo apt-get install {PACKAGES.get(tool, 'coreutils')}"
            raise refused(f"Máy ở {self._name} không có chương trình {tool}.", remedy)
        live = next((name for kind, name in told if kind == "live"), "")
        names, withdrawn = [], set()
        for kind, name in told:
            if kind == "release":
                names.append(name)
            elif kind == "withdrawn" and names[-1] <= live:
                withdrawn.add(name)
        found = []
        # Later ones than the live one were left by a killed publisher.
        for name in (name for name in names if name <= live or not live):
            # One that somebody has spoiled is not gone back to, and nothing is taken from it.
            with suppress(KeyError, ValueError):
                text = {kind: files[f"{name}/{kind}"].decode() for kind in ("release.json", "manifest.txt", "kept.txt")}
                manifest, kept = (read_manifest(text[kind]) for kind in ("manifest.txt", "kept.txt"))
                found.append(Standing(name, Release.read(text["release.json"]), manifest, kept, name in withdrawn))
        return Standings(tuple(found), live, names[-1] if names else "")

    _needs_rsync = False

    def lock(self) -> None:
        """Keep other publishers away until the place is left."""
        who = f"{getpass.getuser()}@{socket.gethostname()}".replace(" ", "_")
        since = datetime.now().astimezone().isoformat(timespec="minutes")
        self._ask("lock", who, since, self._machine())

    def _machine(self) -> str:
        return socket.gethostname()

    def upload(self, folder: Path, name: str, live: str, withdrawn: tuple[str, ...] = ()) -> None:
        """Bring a new release there, beside the live one; see that it is as it was sent."""
        self._staged = f"{name}.{secrets.token_hex(4)}"
        self._ask("begin", self._staged, *withdrawn)
        self._send(folder, f".sdgbook/new/{self._staged}", live)
        sums = "".join(f"{digest}  {name}\n" for name, digest in digests_in(folder).items())
        self._ask("sums", self._staged, given=f"{sums}.\n")
        try:
            self._session.ask("compare", self._staged)
        except Said as error:
            raise self._differs(str(error)) from None

    def _differs(self, said: str) -> ProblemsFound:
        told = f"Tệp ở {self._name} không đúng như đã gửi: {' '.join(said.split())[:300]}."
        return refused(told, "Xem ổ đĩa và đường truyền ở đó, rồi chạy lại.")

    def switch(self, name: str, live: str) -> None:
        """Show the release that was uploaded, in one step."""
        self._ask("switch", self._staged, name, live)

    def verify(self) -> None:
        """Whether what readers get is what was sent."""
        try:
            self._session.ask("verify")
        except Said as error:
            raise self._differs(str(error)) from None

    def back(self, live: str) -> None:
        """Show the release again that was live before."""
        self._ask("back", live)

    def prune(self, keep: int, before: str) -> None:
        """Keep the last releases, and what was live before."""
        self._ask("prune", str(keep), before)

    def _send(self, folder: Path, to: str, live: str) -> None:
        raise NotImplementedError


class HereReleases(Releases):
    """Releases in a folder on this machine."""

    def __init__(self, name: str, session: Session, path: Path):
        super().__init__(name, session)
        self._path = path

    def fetch(self, standing: Standing, folder: Path, assets: set[str] | None = None) -> None:
        """Bring a release into a folder, or only some of its folders."""
        place = self._path / "releases" / standing.name
        for part in ["."] if assets is None else sorted(assets):
            with told_plainly(self._name):
                shutil.copytree(
                    place / part,
                    folder / part,
                    dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns(*(f"*{t}" for t in TWINS)),
                )

    def _send(self, folder: Path, to: str, live: str) -> None:
        target, before = self._path / to, self._path / "releases" / (live or "-")
        with told_plainly(self._name):
            for name in listing(folder):
                file = target / name
                file.parent.mkdir(parents=True, exist_ok=True)
                same = before / name
                # Files that stay are the same files: unchanged releases take no room, and keep their times.
                if same.is_file() and digest_of_file(same) == digest_of_file(folder / name):
                    os.link(same, file)
                else:
                    shutil.copyfile(folder / name, file)
                    file.chmod(0o644)
            for place, _, _ in os.walk(target):
                os.chmod(place, 0o755)


@dataclass(frozen=True)
class Folder:
    """A folder on this machine."""

    name: str
    path: Path
    twins = at_once = True

    @contextmanager
    def opened(self) -> Iterator[HereReleases]:
        """A context in which it is worked at."""
        with tempfile.TemporaryFile() as errors:
            session = Session(["sh", "-c", SCRIPT, "sdgbook", str(self.path)], errors)
            try:
                yield HereReleases(self.name, session, self.path)
            finally:
                session.end()


class ThereReleases(Releases):
    """Releases in a folder on a server. `ssh`: the program with its options, `host` and `path`: where."""

    _needs_rsync = True

    def __init__(self, name: str, session: Session, ssh: list[str], host: str, path: str):
        super().__init__(name, session)
        self._ssh, self._host, self._path = ssh, host, path

    def _machine(self) -> str:
        return self._host

    def fetch(self, standing: Standing, folder: Path, assets: set[str] | None = None) -> None:
        """Bring a release into a folder, or only some of its folders."""
        rules = [f"--exclude=*{twin}" for twin in TWINS]
        if assets is not None:
            rules += ["--include=/_static/", *(f"--include=/{name}/***" for name in sorted(assets)), "--exclude=*"]
        self._rsync(*rules, f"{self._host}:{self._path}/releases/{standing.name}/", f"{folder}/")

    def _send(self, folder: Path, to: str, live: str) -> None:
        same = [f"--link-dest=../../../releases/{live}"] if live else []
        self._rsync("--chmod=D755,F644", *same, f"{folder}/", f"{self._host}:{self._path}/{to}/")

    def _rsync(self, *words: str) -> None:
        command = ["rsync", "-rt", "--checksum", "--protect-args", "-e", shlex.join(self._ssh), *words]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode:
            raise self._told(done.stderr.decode("utf-8", "replace").strip())


@dataclass(frozen=True)
class Server:
    """A folder on a server, reached over SSH."""

    name: str
    host: str
    path: str
    port: str | None = None
    twins = at_once = True

    @contextmanager
    def opened(self) -> Iterator[ThereReleases]:
        """A context in which it is worked at: one connection, which rsync goes through as well."""
        for tool, package in (("ssh", "openssh-client"), ("rsync", "rsync")):
            if shutil.which(tool) is None:
                told = f"Máy này không có chương trình {tool}, cần để đăng lên {self.name}."
                raise refused(told, f"Cài nó; trên Debian: sudo apt-get install {package}")
        # The path of a connection's file may not be long.
        with tempfile.TemporaryDirectory(prefix="sdgbook-", dir="/tmp") as place, tempfile.TemporaryFile() as errors:
            settings = ("ConnectTimeout=15", "ServerAliveInterval=15", "ServerAliveCountMax=4")
            settings += ("ControlMaster=auto", "ControlPersist=no", f"ControlPath={place}/%C", "LogLevel=ERROR")
            ssh = ["ssh", "-T", *(word for one in settings for word in ("-o", one))]
            ssh += ["-p", self.port] if self.port else []
            words = shlex.join(["sh", "-c", SCRIPT, "sdgbook", self.path])
            try:
                session = Session([*ssh, "--", self.host, words], errors)
            except Said as error:
                raise because(self.name, str(error)) from None
            try:
                yield ThereReleases(self.name, session, ssh, self.host, self.path)
            finally:
                session.end()
