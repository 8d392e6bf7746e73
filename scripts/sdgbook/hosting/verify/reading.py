"""How a site is read, wherever it stands; and from a folder."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import brotli

# A file that is larger is no file of ours, and a few bytes must not become more than that when they are decoded.
MOST = 200_000_000
ENDINGS = {"gzip": ".gz", "br": ".br"}


class CannotRead(Exception):
    """Why something could not be looked at, in Vietnamese."""


class CannotDecode(Exception):
    """A compressed file is broken or too large."""


@dataclass(frozen=True)
class Answer:
    """What a site has at an address: `status` as in HTTP, the file's `content` as a reader gets it (decoded), and the
    `headers`, names in small letters. `location`: where an address that has moved leads. `tag`: by what the host will
    know whether the file is still the same ("": nothing); `is_same`: it says that it is."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    location: str = ""
    tag: str = ""
    is_same: bool = False


class Reader(Protocol):
    """A place where a site stands."""

    address: str
    is_web: bool

    def read(self, name: str, coding: str = "", known: str = "", follow: bool = True) -> Answer:
        """The file `name` (a path from the site's folder), as it is or as its twin in a `coding` ("gzip", "br") gives
        it. `known`: the `tag` of an earlier answer. Raises `CannotRead`, and `CannotDecode` for a broken twin."""

    def others(self) -> Iterator[str]:
        """All files that are there, where that can be told."""

    def stop(self) -> None:
        """Let nobody wait any longer: what is asked for ends with `CannotRead`."""


class Folder:
    """A site in a folder on this machine."""

    is_web = False

    def __init__(self, folder: Path):
        self.folder = folder
        self.address = str(folder)

    def read(self, name: str, coding: str = "", known: str = "", follow: bool = True) -> Answer:
        """A file, or what its twin decodes to; a link is none."""
        path = self.folder / f"{name}{ENDINGS.get(coding, '')}"
        try:
            if path.is_symlink() or not path.is_file():
                return Answer(404)
            content = path.read_bytes()
        except OSError as error:
            raise CannotRead(f"máy báo: {error.strerror}") from None
        return Answer(200, decoded(content, coding))

    def others(self) -> Iterator[str]:
        """All files on disk, links among them."""
        for place, folders, names in os.walk(self.folder):
            links = [name for name in folders if os.path.islink(os.path.join(place, name))]
            for name in sorted([*names, *links]):
                yield Path(place, name).relative_to(self.folder).as_posix()

    def stop(self) -> None:
        """Nobody waits here."""


def decoded(content: bytes, coding: str) -> bytes:
    """What compressed bytes decode to. Raises `CannotDecode`."""
    coding = coding.strip().lower()
    try:
        if coding in ("", "identity"):
            return content
        if coding in ("gzip", "x-gzip"):
            maker = zlib.decompressobj(31)
            plain = maker.decompress(content, MOST)
            is_whole = maker.eof and not maker.unused_data
        elif coding == "br":
            maker = brotli.Decompressor()
            plain = maker.process(content, output_buffer_limit=MOST)
            is_whole = maker.is_finished()
        else:
            raise CannotDecode(coding)
    except (zlib.error, brotli.error):
        raise CannotDecode(coding) from None
    if not is_whole:
        raise CannotDecode(coding)
    return plain
