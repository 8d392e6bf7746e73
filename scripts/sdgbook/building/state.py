"""What a good build leaves for the next one, in `_build/state`: Sphinx's environment and pages, and their records.

`state.json` names every file with its checksum. A state that is not exactly what it says, or that another version of
this package left, is not used: the next build then makes everything anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sdgbook.building.inputs import digests, digests_in
from sdgbook.data import reads

FORMAT = 1
FILE = "state.json"
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
        return State(**json.loads(text))
    except (OSError, ValueError, TypeError):
        return None


def is_whole(folder: Path, state: State) -> bool:
    """Whether the files of a state are there and are what it says."""
    try:
        return _files(folder) == state.files
    except OSError:
        return False


def take(folder: Path, state: State, work: Path) -> None:
    """Copy the files of a state to where a build works. Raises `OSError` for the first that cannot be."""
    # Not by `copytree`, whose error is a list of hundreds when the disk is full.
    for name in state.files:
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / name, work / name)


def leave(work: Path, folder: Path, state: State) -> None:
    """Make what a build worked on the state that the next one goes on from. Killed on the way, it leaves none."""
    state.files = _files(work)
    text = json.dumps(vars(state), ensure_ascii=False, separators=(",", ":"))
    shutil.rmtree(folder, ignore_errors=True)
    for extra in sorted(work.iterdir()):
        if extra.name not in KEPT:
            shutil.rmtree(extra) if extra.is_dir() else extra.unlink()
    (work / FILE).write_text(f"{_checksum(text)}\n{text}", encoding="utf-8")
    work.rename(folder)


def others_changed(root: Path, state: State) -> bool:
    """Whether a file that a page read, and that is none of the inputs of every build, is another now."""
    for page in state.records["pages"].values():
        for step in ("cells_read", "direct"):
            for path, (_, digest) in page[step].get(reads.FILES, {}).items():
                if path not in state.inputs and reads.digest_of_file(root / path) != digest:
                    return True
    return False


def site_is(site: Path, state: State) -> bool:
    """Whether the site is, file by file, what a state says that was built."""
    try:
        return digests_in(site) == state.site
    except OSError:
        return False


def _files(folder: Path) -> dict[str, str]:
    return digests(folder, (path for name in KEPT for path in (folder / name).rglob("*")))


def _checksum(text: str) -> str:
    return hashlib.sha256(f"{FORMAT}\n{text}".encode()).hexdigest()
