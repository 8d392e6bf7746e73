"""A small book that is edited and built again, its twin that is built anew, and the edits, told so that a person can
make them again."""

from __future__ import annotations

import csv
import difflib
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from books import make_book
from helpers import MADE, Project, digests

# Pages that cost time and depend on nothing that others do not.
CHAPTERS = 2


def build(root: Path) -> subprocess.CompletedProcess[str]:
    """`sdgbook site` as a person calls it, with the project's own code."""
    env = {**os.environ, "PYTHONPATH": str(root / "scripts"), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "sdgbook", "site"]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, encoding="utf-8")


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of change of everything in a folder."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[path.relative_to(folder).as_posix()] = (status.st_ino, status.st_mtime_ns)
    return found


def mirror(source: Path, target: Path) -> None:
    """Make `target` hold the same files as `source`, but for what is made there."""
    wanted = _files(source)
    for name in _files(target) - wanted:
        (target / name).unlink()
    for name in sorted(wanted):
        before, after = source / name, target / name
        if not after.is_file() or before.read_bytes() != after.read_bytes():
            after.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(before, after)


def _files(folder: Path) -> set[str]:
    skipped = MADE - {".git"}
    found = set()
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and not skipped & set(name.parts):
            found.add(name.as_posix())
    return found


@dataclass
class Step:
    """One edit: what it is called, and the difference that it makes to the project's files."""

    name: str
    patch: str
    built: bool = False


class Workshop(Project):
    """A book to edit in `work`, the twin to build anew in `clean`, and what has been done so far."""

    def __init__(self, folder: Path):
        super().__init__(folder / "work")
        self.folder, self.twin = folder, folder / "clean"
        self.steps: list[Step] = []
        self.compared = 0

    @classmethod
    def begin(cls, folder: Path) -> Workshop:
        """A book, built once, and kept as it is now for every later beginning."""
        workshop = cls(folder)
        make_book(workshop.root, CHAPTERS, small=True, code=True, git=True)
        done = build(workshop.root)
        assert done.returncode == 0, done.stdout + done.stderr
        shutil.copytree(workshop.root, folder / "first", symlinks=True)
        return workshop

    def again(self) -> Workshop:
        """The book as it was first, in the same place."""
        shutil.rmtree(self.root)
        shutil.copytree(self.folder / "first", self.root, symlinks=True)
        return Workshop(self.folder)

    # Edits

    def texts(self) -> dict[str, bytes]:
        """The project's files, but for git's."""
        return {n: (self.root / n).read_bytes() for n in sorted(_files(self.root)) if not n.startswith(".git/")}

    def note(self, name: str, before: dict[str, bytes]) -> bool:
        """Take down what an edit has changed; False when it changed nothing."""
        after = self.texts()
        patch = []
        for file in sorted({*before, *after}):
            old, new = before.get(file), after.get(file)
            if old == new:
                continue
            a, b = (None if c is None else c.decode("utf-8", "replace").splitlines(keepends=True) for c in (old, new))
            names = ("/dev/null" if a is None else f"a/{file}", "/dev/null" if b is None else f"b/{file}")
            lines = difflib.unified_diff(a or [], b or [], *names, n=2)
            patch += [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
        self.steps.append(Step(name, "".join(patch)))
        return bool(patch)

    def undo(self, before: dict[str, bytes]) -> None:
        """Put all files back."""
        after = self.texts()
        for file in after.keys() - before.keys():
            (self.root / file).unlink()
        for file, content in before.items():
            if after.get(file) != content:
                (self.root / file).parent.mkdir(parents=True, exist_ok=True)
                (self.root / file).write_bytes(content)

    def recipe(self, trouble: str) -> str:
        """What went wrong and every edit that led there."""
        told = [
            trouble,
            "",
            "To see it again, from the project's folder:",
            f"  PYTHONPATH=tests:scripts python -c 'import books, pathlib; books.make_book(pathlib.Path(\"/tmp/book\"),"
            f" {CHAPTERS}, small=True, code=True, git=True)'",
            "  cd /tmp/book && PYTHONPATH=scripts python -m sdgbook site",
            "then each of these edits (`patch -p1`), with the same `sdgbook site` where it says so; at last the same",
            "with `_build` removed.",
        ]
        for number, step in enumerate(self.steps, 1):
            told += ["", f"{number}. {step.name}", step.patch.rstrip("\n")]
            told += ["   sdgbook site"] if step.built else []
        return "\n".join(told)

    # Builds

    def rebuild(self) -> subprocess.CompletedProcess[str]:
        """Build what was edited, going on from what is there."""
        if self.steps:
            self.steps[-1].built = True
        return build(self.root)

    def build_anew(self, *, cold: bool = False) -> subprocess.CompletedProcess[str]:
        """Build the same project from nothing elsewhere. What clean builds left in their own cache helps unless
        `cold`; nothing that the edited book's builds left ever does."""
        mirror(self.root, self.twin)
        for name in ("html", "state", *(["cache"] if cold else [])):
            shutil.rmtree(self.twin / "_build" / name, ignore_errors=True)
        return build(self.twin)

    def differences(self) -> list[str]:
        """Files of the site that are others than a clean build's."""
        ours, clean = (digests(root / "_build" / "html") for root in (self.root, self.twin))
        return sorted(file for file in {*ours, *clean} if ours.get(file) != clean.get(file))

    def first_difference(self, files: list[str]) -> str:
        """Where the first of these files differ, in short."""
        for file in [f for f in files if not f.endswith(".gz")] or files:
            ours, clean = (root / "_build" / "html" / file for root in (self.root, self.twin))
            if not ours.is_file() or not clean.is_file():
                return f"{file} is {'missing' if clean.is_file() else 'left behind'}"
            a, b = (p.read_bytes().decode("utf-8", "replace").splitlines() for p in (clean, ours))
            lines = [line[:600] for line in difflib.unified_diff(a, b, f"clean/{file}", f"again/{file}", n=0)]
            return "\n".join(lines[:12])
        return ""


# What tables hold


def fields(workshop: Workshop, table: str) -> list[dict]:
    """The columns of a table as `datapackage.json` describes them."""
    package = json.loads(workshop.read("data/datapackage.json"))
    path = workshop.file(table).removeprefix("data/")
    return next(r["schema"]["fields"] for r in package["resources"] if r["path"] == path)


def rows_of(workshop: Workshop, table: str) -> tuple[list[str], list[dict[str, str]]]:
    """Names of columns, and rows."""
    reader = csv.DictReader(io.StringIO(workshop.read(workshop.file(table)), newline=""))
    rows = list(reader)
    return list(reader.fieldnames or ()), rows


def write_rows(workshop: Workshop, table: str, columns: list[str], rows: list[dict[str, str]]) -> None:
    """Write a table, its rows as given."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([columns, *([row[c] for c in columns] for row in rows)])
    workshop.write(workshop.file(table), out.getvalue())
