"""A site as one file, for hosts that take one: `.zip` or `.tar.gz`. The same release gives the same bytes.

Earlier ones stay beside it: `trang.000001-….zip` beside `trang.zip`.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import io
import os
import secrets
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sdgbook.files import digests_in, listing
from sdgbook.hosting.proof import KEPT, MANIFEST, RELEASE, TWINS, Release, is_proven, read_manifest
from sdgbook.hosting.targets import Standing, Standings, refused, told_plainly

DAMAGED = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, EOFError, KeyError, ValueError)


def pack(folder: Path, file: Path, when: int) -> None:
    """Write all that is in a folder into an archive, by its name a `.zip` or a `.tar.gz`. Nothing in it depends on the
    machine or the day: all files bear the time `when` (seconds since 1970)."""
    names = listing(folder)
    if file.name.endswith(".zip"):
        date = time.gmtime(max(when, 315532800))[:6]
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
            for name in names:
                one = zipfile.ZipInfo(name, date)
                one.compress_type, one.create_system, one.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
                packed.writestr(one, (folder / name).read_bytes())
    else:
        with (
            file.open("wb") as raw,
            gzip.GzipFile("", "wb", 9, raw, mtime=0) as out,
            tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as packed,
        ):
            for name in names:
                content = (folder / name).read_bytes()
                one = tarfile.TarInfo(name)
                one.size, one.mtime, one.mode = len(content), when, 0o644
                packed.addfile(one, io.BytesIO(content))


def unpacked(file: Path) -> Iterator[tuple[str, bytes]]:
    """The files in an archive. Raises one of `DAMAGED` where it cannot be read."""
    if file.name.endswith(".zip"):
        with zipfile.ZipFile(file) as packed:
            for name in packed.namelist():
                yield name, packed.read(name)
    else:
        with tarfile.open(file, "r:gz") as packed:
            for one in packed:
                yield one.name, packed.extractfile(one).read() if one.isfile() else b""


def _proven(files: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in files.items() if is_proven(name)}


class Archives:
    """An archive, and those of earlier releases, while it is worked at."""

    def __init__(self, name: str, path: Path):
        self._name, self._path, self._folder = name, path, None
        self._suffix = ".tar.gz" if path.name.endswith(".tar.gz") else path.suffix
        self._stem = path.name.removesuffix(self._suffix)
        self._sums: dict[str, str] = {}
        self._live: dict[str, str] = {}
        self._gone: list[str] = []

    def _earlier(self) -> dict[str, Path]:
        found = self._path.parent.glob(f"{self._stem}.[0-9]*{self._suffix}")
        names = {path.name.removesuffix(self._suffix).removeprefix(f"{self._stem}."): path for path in sorted(found)}
        return {name: path for name, path in names.items() if name[:6].isdigit() and name[6:7] == "-"}

    def _file(self, name: str) -> Path:
        return self._path.with_name(f"{self._stem}.{name}{self._suffix}")

    def standings(self) -> Standings:
        """What stands there."""
        earlier = self._earlier()
        found = []
        for name, path in earlier.items():
            with suppress(*DAMAGED):
                found.append(self._read(name, path))
        last = max(earlier, default="")
        if not self._path.exists():
            return Standings((), "", last)
        try:
            live = self._read("", self._path)
        except DAMAGED:
            told = f"{self._name} đã có, và không phải là một bản do lệnh này ghi."
            raise refused(told, "Ghi một tên khác, để không làm mất gì của ai.") from None
        except OSError as error:
            with told_plainly(self._name):
                raise error
        self._live = live.kept | live.manifest
        name = f"{int(last[:6] or 0) + 1:06d}-{live.release.commit[:12]}"
        return Standings((*found, Standing(name, live.release, live.manifest, live.kept)), name, name)

    def _read(self, name: str, path: Path) -> Standing:
        files = {name: content for name, content in unpacked(path) if name in (RELEASE, MANIFEST, KEPT)}
        release, manifest, kept = (files[file].decode() for file in (RELEASE, MANIFEST, KEPT))
        return Standing(name, Release.read(release), read_manifest(manifest), read_manifest(kept))

    def fetch(self, standing: Standing, folder: Path, assets: set[str] | None = None) -> None:
        """Bring a release into a folder, or only some of its folders."""
        file = self._file(standing.name)
        with told_plainly(self._name):
            for name, content in unpacked(file if file.exists() else self._path):
                wanted = assets is None or any(name.startswith(f"{one}/") for one in assets)
                if wanted and not name.endswith(TWINS):
                    (folder / name).parent.mkdir(parents=True, exist_ok=True)
                    (folder / name).write_bytes(content)

    def lock(self) -> None:
        """Keep other publishers away, for as long as the folder is open."""
        with told_plainly(self._name):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise refused(
                f"Một người khác đang ghi ở chỗ của {self._name}.", "Đợi người ấy xong rồi chạy lại."
            ) from None
        for left in self._path.parent.glob(f".{self._path.name}.*.new*"):
            left.unlink(missing_ok=True)

    def upload(self, folder: Path, name: str, live: str, withdrawn: tuple[str, ...] = ()) -> None:
        """Write the archive beside the earlier one; read it again."""
        self._sums = digests_in(folder)
        when = int(datetime.fromisoformat(Release.read((folder / RELEASE).read_text("utf-8")).published).timestamp())
        self._new = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}.new{self._suffix}")
        with told_plainly(self._name):
            pack(folder, self._new, when)
            with self._new.open("rb") as file:
                os.fsync(file.fileno())
        self._compare(self._new)
        self._gone = list(withdrawn)

    def _compare(self, file: Path) -> None:
        try:
            found = {name: hashlib.sha256(content).hexdigest() for name, content in unpacked(file)}
            same = found == self._sums if self._sums else _proven(found) == self._live
        except (*DAMAGED, OSError):
            same = False
        if not same:
            raise refused(f"{self._name} không đúng như đã ghi.", "Xem ổ đĩa ở đó, rồi chạy lại.")

    def switch(self, name: str, live: str) -> None:
        """Put it in the place of the earlier one, which stays beside it."""
        with told_plainly(self._name):
            if live:
                os.link(self._path, self._file(live))
            os.replace(self._new, self._path)

    def verify(self) -> None:
        """Whether the archive is what was written."""
        self._compare(self._path)

    def back(self, live: str) -> None:
        """Put the earlier one in its place again."""
        with told_plainly(self._name):
            if live:
                os.replace(self._file(live), self._path)
            else:
                self._path.unlink()

    def prune(self, keep: int, before: str) -> None:
        """Keep the last ones; those that were withdrawn go."""
        earlier = self._earlier()
        gone = [name for name in earlier if name in self._gone]
        gone += [name for name in earlier if name not in gone][: -(keep - 1) or None]
        for name in gone:
            earlier[name].unlink(missing_ok=True)

    def end(self) -> None:
        """Leave the place."""
        if self._folder is not None:
            os.close(self._folder)


@dataclass(frozen=True)
class Archive:
    """A file `.zip` or `.tar.gz` on this machine."""

    name: str
    path: Path
    twins = True
    at_once = False

    @contextmanager
    def opened(self) -> Iterator[Archives]:
        """A context in which it is worked at."""
        place = Archives(self.name, self.path)
        try:
            yield place
        finally:
            place.end()
