"""Things made before, kept by what they were made from, so that a build makes nothing twice.

An entry is a file of its own: a line that names this format, a checksum, the content. What is cut short, altered, in
another format or under another entry's name fails its checksum and counts as absent; so an entry can be lost but never
be wrong. Content is bytes (text, JSON, pictures, bytecode of templates), never a pickle.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

logger = logging.getLogger("sdgbook")

FORMAT = b"sdgbook store 1\n"
KIND, KEY = re.compile(r"[a-z0-9-]+"), re.compile(r"[0-9a-f]{64}")
# Names that only this store gives: what else lies in its folder is not its own.
OWN = re.compile(r"[0-9a-f]{64}(\.\d+\.\d+\.new)?")


def key_of(*parts: str | bytes) -> str:
    """Hex SHA-256 of all parts, each with its length before it, so that no two lists of parts give one key."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(b"%d:" % len(content) + content)
    return total.hexdigest()


def digest_of_files(files: Iterable[Path]) -> str:
    """Hex SHA-256 of the names and contents of files, in whatever order they come; for code and fonts in keys.

    Raises `OSError` for a file that cannot be read.
    """
    return key_of(*(part for path in sorted(files) for part in (path.name, path.read_bytes())))


class Store:
    """Things made before, by what they were made from. No entry is trusted without its checksum.

    `folder` holds the entries and is made when first needed; without one they last as long as this process. A folder
    that cannot be written is told once, in Vietnamese, and then only read.
    """

    def __init__(self, folder: Path | None):
        self.folder = folder
        self._memory: dict[tuple[str, str], bytes] = {}
        self._used: set[tuple[str, str]] = set()
        self._numbers = itertools.count()
        self._writable = folder is not None

    def get(self, kind: str, key: str) -> bytes | None:
        """What was put under this kind and key, byte for byte; None when there is nothing, or nothing sound."""
        path = self._path(kind, key)
        self._used.add((kind, key))
        if (kind, key) in self._memory or path is None:
            return self._memory.get((kind, key))
        try:
            entry = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            entry = b""
        start = len(FORMAT) + 32
        content = entry[start:]
        if len(entry) >= start and entry[:start] == FORMAT + _checksum(kind, key, content):
            return content
        with suppress(OSError):
            path.unlink()
        return None

    def put(self, kind: str, key: str, content: bytes) -> None:
        """Keep `content` under this kind and key, in place of what is there. Never fails for the folder's sake."""
        path = self._path(kind, key)
        self._used.add((kind, key))
        if not self._writable:
            self._memory[kind, key] = content
            return
        unfinished = path.with_name(f"{key}.{os.getpid()}.{next(self._numbers)}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(unfinished, "xb") as file:
                file.write(FORMAT + _checksum(kind, key, content) + content)
            os.replace(unfinished, path)
        except BaseException as error:
            with suppress(OSError):
                unfinished.unlink()
            if not isinstance(error, OSError):
                raise
            self._writable = False
            self._memory[kind, key] = content
            logger.warning(
                "Không ghi được vào %s (%s). Lần dựng này vẫn làm tiếp và vẫn đúng, chỉ là lần sau chậm hơn. "
                "→ Dọn bớt đĩa, hoặc cho phép ghi vào thư mục ấy.",
                self.folder,
                error.strerror or error,
            )

    def made(self, kind: str, key: str, make: Callable[[], bytes]) -> bytes:
        """What is kept under this kind and key, or else what `make` gives, which is then kept."""
        content = self.get(kind, key)
        if content is None:
            content = make()
            self.put(kind, key, content)
        return content

    def mark(self, kind: str, key: str) -> None:
        """What is kept under this kind and key is still of use, though nobody asks for it now."""
        self._used.add((kind, key))

    @contextmanager
    def noted(self) -> Iterator[set[tuple[str, str]]]:
        """The kinds and keys that are asked for, put or marked within."""
        before, self._used = self._used, set()
        try:
            yield self._used
        finally:
            before |= self._used
            self._used = before

    @property
    def used(self) -> set[tuple[str, str]]:
        """Kinds and keys that were asked for, put or marked since this store was opened."""
        return self._used

    def sweep(self) -> None:
        """At the end of a good build: drop what was not `used`, and what a killed build left unfinished. What cannot be
        removed stays."""
        for entry in [*self._memory]:
            if entry not in self._used:
                del self._memory[entry]
        if not self._writable:
            return
        for path in sorted(self.folder.glob("*/*")):
            if OWN.fullmatch(path.name) and (path.parent.name, path.name) not in self._used:
                with suppress(OSError):
                    path.unlink()
        for kind in sorted(self.folder.glob("*")):
            # Succeeds only for an empty folder.
            with suppress(OSError):
                kind.rmdir()

    def _path(self, kind: str, key: str) -> Path | None:
        if not KIND.fullmatch(kind) or not KEY.fullmatch(key):
            raise ValueError(f"no kind and key of a store: {kind!r}, {key!r}")
        return self.folder / kind / key if self.folder else None


def _checksum(kind: str, key: str, content: bytes) -> bytes:
    # Kind and key are in it, so that an entry under another's name is not sound.
    return bytes.fromhex(key_of(kind, key, content))


_current = Store(None)


def current() -> Store:
    """The store of the build that runs; one in memory when none was opened with `use`."""
    return _current


@contextmanager
def use(store: Store) -> Iterator[Store]:
    """Make `store` the current one for a `with` block."""
    global _current
    before, _current = _current, store
    try:
        yield store
    finally:
        _current = before
