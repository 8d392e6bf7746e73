"""What a good build leaves for the next one, in `_build/state`: Sphinx's environment and pages, and their records.

`state.json` names every file with its checksum. A state that is not exactly what it says, or that another version of
this package left, is not used: the next build then makes everything anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sdgbook.data import reads
from sdgbook.files import digest_of_file, digests_in, listing

FORMAT = 2
FILE = "state.json"
# Pages and files to take away, which are never written in their place: the old ones are removed first.
REPLACED = re.compile(r"html/(tai-ve/.*|[^_].*\.html)")
# What in the record of a page names rows by their keys.
READS = ("cells_read", "roles_read", "direct", "written", "files_read")
# Folders of a build in `_build/work` that the next one goes on from.
KEPT = ("html", ".doctrees")


@dataclass
class State:
    """A good build: what it was made from, what it made, and what each page read."""

    inputs: dict[str, str]
    site: dict[str, str]
    files: dict[str, str]
    records: dict[str, Any] = field(default_factory=dict)


def read_state(folder: Path) -> State | None:
    """The state in `folder`; None when there is none or it is not sound. Its files are not looked at yet."""
    try:
        checksum, _, text = (folder / FILE).read_text(encoding="utf-8").partition("\n")
        if checksum != _checksum(text):
            return None
        kept = json.loads(text)
        _spread(kept["records"]["pages"], kept.pop("keys"))
        return State(**kept)
    except (OSError, ValueError, TypeError, LookupError):
        return None


def is_whole(folder: Path, state: State) -> bool:
    """Whether the files of a state are there and are what it says."""
    try:
        return _files(folder) == state.files
    except OSError:
        return False


def take(folder: Path, state: State, work: Path) -> dict[str, tuple[int, ...]]:
    """Let the files of a state be where a build works too; those that are the same file there, with how they look now.
    Raises `OSError` for the first that cannot be.

    What `sdgbook.files.write` or `sdgbook.site.builder` writes is not copied where it can have a second name.
    """
    # Not by `copytree`, whose error is a list of hundreds when the disk is full.
    for place in {(work / name).parent for name in state.files}:
        place.mkdir(parents=True, exist_ok=True)
    shared = {}
    for name in state.files:
        if REPLACED.fullmatch(name) and _linked(folder / name, work / name):
            shared[name] = _look(work / name)
        else:
            shutil.copy2(folder / name, work / name)
    return shared


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except (OSError, AttributeError):
        # Not every file system and every platform has second names.
        return False
    return True


def _look(file: Path) -> tuple[int, ...] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def untouched(work: Path, shared: dict[str, tuple[int, ...]]) -> set[str]:
    """Which of the files that a state shares with a build are still what they were."""
    return {name for name, look in shared.items() if _look(work / name) == look}


def leave(work: Path, folder: Path, state: State, known: dict[str, str]) -> None:
    """Make what a build worked on the state that the next one goes on from. Killed on the way, it leaves none. `known`
    are digests of files that nobody has touched."""
    names = [f"{name}/{file}" for name in KEPT for file in listing(work / name)]
    state.files = {name: known.get(name) or digest_of_file(work / name) for name in names}
    pages, keys = _gathered(state.records["pages"])
    kept = {**vars(state), "records": {**state.records, "pages": pages}, "keys": keys}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    shutil.rmtree(folder, ignore_errors=True)
    for extra in sorted(work.iterdir()):
        if extra.name not in KEPT:
            shutil.rmtree(extra) if extra.is_dir() else extra.unlink()
    (work / FILE).write_text(f"{_checksum(text)}\n{text}", encoding="utf-8")
    work.rename(folder)


def others_changed(root: Path, state: State) -> bool:
    """Whether a file that a page read, and that is none of the inputs of every build, is another now."""
    pages = state.records["pages"].values()
    read = [page[step].get(reads.FILES, {}) for page in pages for step in ("cells_read", "direct")]
    found = {(path, digest) for files in read for path, (_, digest) in files.items() if path not in state.inputs}
    return any(reads.digest_of_file(root / path) != digest for path, digest in found)


def site_is(site: Path, state: State) -> bool:
    """Whether the site is, file by file, what a state says that was built."""
    try:
        return digests_in(site) == state.site
    except OSError:
        return False


def _gathered(pages: dict[str, Any]) -> tuple[dict[str, Any], list[list[str]]]:
    """The records of pages with numbers in the place of lists of keys, and these lists: pages read much the same rows,
    and a page many columns of the same ones."""
    lists: list[list[str]] = []
    by_keys: dict[tuple[str, ...], int] = {}
    by_list: dict[int, int] = {}

    def number(keys: list[str]) -> int:
        if id(keys) not in by_list:
            by_list[id(keys)] = by_keys.setdefault(tuple(keys), len(lists))
            lists.extend([keys] * (len(by_keys) - len(lists)))
        return by_list[id(keys)]

    def gathered(data: reads.Data) -> dict[str, Any]:
        return {
            file: {c: [keys if keys == reads.ALL else number(keys), digest] for c, (keys, digest) in columns.items()}
            for file, columns in data.items()
        }

    return {name: {**page, **{step: gathered(page[step]) for step in READS}} for name, page in pages.items()}, lists


def _spread(pages: dict[str, Any], lists: list[list[str]]) -> None:
    """Put the lists of keys back in the place of their numbers."""
    for page in pages.values():
        for step in READS:
            for columns in page[step].values():
                for selection in columns.values():
                    if selection[0] != reads.ALL:
                        selection[0] = lists[selection[0]]


def _files(folder: Path) -> dict[str, str]:
    return {f"{name}/{file}": digest for name in KEPT for file, digest in digests_in(folder / name).items()}


def _checksum(text: str) -> str:
    return hashlib.sha256(f"{FORMAT}\n{text}".encode()).hexdigest()
