"""Files that are written only when they change, their digests, and folders listed in one order everywhere."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path


def in_order(names: Iterable[str]) -> list[str]:
    """Paths with `/`, folder by folder in the order of their names' code points."""
    return sorted(names, key=lambda name: name.split("/"))


def listing(folder: Path) -> list[str]:
    """All files below `folder` as paths from it, `in_order` whatever the file system; none where there is no
    folder."""
    found = []
    for place, _, names in os.walk(folder):
        inside = Path(place).relative_to(folder).as_posix()
        found += names if inside == "." else [f"{inside}/{name}" for name in names]
    return in_order(found)


def digest_of_file(path: Path | str) -> str:
    """SHA-256 of a file."""
    with open(path, "rb", buffering=0) as file:
        return hashlib.sha256(file.read()).hexdigest()


def digests_in(folder: Path) -> dict[str, str]:
    """SHA-256 of all files in a folder and below, by path."""
    return {name: digest_of_file(folder / name) for name in listing(folder)}


def folder_digest(digests: Mapping[str, str]) -> str:
    """The name of a folder that holds just these files, by their SHA-256: another one for any other content. 16 hex
    digits of the SHA-256 of its list, as `sha256sum` writes it."""
    lines = "".join(f"{digests[name]}  {name}\n" for name in in_order(digests))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def write(file: Path, content: str | bytes) -> bool:
    """Give `file` this content (text: as UTF-8), unless it has it: then it keeps its time. True when it was written.

    Makes the folder. Another name of the same file keeps the old content. Raises `OSError` where that or writing fails.
    """
    raw = content.encode() if isinstance(content, str) else content
    if file.is_file() and file.stat().st_size == len(raw) and file.read_bytes() == raw:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_bytes(raw)
    return True


def keep_only(folder: Path, names: Collection[str]) -> None:
    """Remove the files below `folder` that are not among `names` (as `listing` gives them), and folders then empty."""
    for name in listing(folder):
        if name not in names:
            (folder / name).unlink()
    for place, _, _ in os.walk(folder, topdown=False):
        if not os.listdir(place):
            os.rmdir(place)
