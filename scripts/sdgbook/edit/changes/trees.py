"""The two states of the project that are compared, read from git without touching the working tree.

Of another commit only data, chapters and configuration are taken, as plain files in a folder that is thrown away; all
of it is read by the code that runs, none of the commit's own is.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from sdgbook.commits import GIT, environment, git
from sdgbook.data import Problem, ProblemsFound, read_package
from sdgbook.data.frozen import frozen_years, tag_of
from sdgbook.edit.check import check
from sdgbook.edit.markdown import ChapterFile, read_chapter
from sdgbook.report.facts import Facts

# What is compared; all else is code or settings, of which it is only told that it changed.
READ = ("data", "book", "_toc.yml", "_config.yml")
WORKING_TREE = "tệp đang có trên máy"


@dataclass
class Tree:
    """One state of the project: where its files lie, how it is called, and what can be read of it.

    `facts` is None where the tables cannot be read as such; `unread` then says why. `problems` are what the check finds
    in it, without running cells.
    """

    root: Path
    name: str
    commit: str
    facts: Facts | None = None
    chapters: dict[str, ChapterFile] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: str = ""

    def file(self, name: str) -> bytes | None:
        """A file's content; None where there is none."""
        path = self.root / name
        return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def span_of(text: str) -> tuple[str, str, bool]:
    """Base, head and whether the base is where both parted: `A..B`, `A...B`; without B the files as they are now."""
    dots = "..." if "..." in text else ".."
    base, _, head = text.partition(dots)
    return base.strip(), head.strip(), dots == "..."


@contextmanager
def both(root: Path, span: str) -> Iterator[tuple[Tree, Tree]]:
    """The two trees of `BASE..HEAD`; raises `ProblemsFound` where git knows one of the names not."""
    base, head, parted = span_of(span)
    old, new = _commit(root, base or "HEAD"), _commit(root, head) if head else ""
    if parted:
        told = (git(root, "merge-base", old, new or "HEAD") or b"").decode().strip()
        if not told:
            wrong = f"“{base}” và “{head or 'HEAD'}” không có gốc chung, hoặc lịch sử của git ở đây không đủ."
            raise ProblemsFound(
                [Problem(".git", None, None, wrong, "Chạy `git fetch --unshallow`, hoặc viết A..B.", kind="git")]
            )
        old = told
    with tempfile.TemporaryDirectory(prefix="sdgbook-") as folder:
        before = _taken(root, old, Path(folder) / "truoc", base or "HEAD")
        after = _taken(root, new, Path(folder) / "sau", head) if new else Tree(root, WORKING_TREE, "")
        for tree in (before, after):
            _read(tree)
        # Of what was there before only what cannot be read matters: it has been published, or refused, already.
        after.problems = _checked(after.root)
        yield before, after


def other_files(root: Path, before: Tree, after: Tree) -> list[str]:
    """Files that differ and that are neither data nor chapters nor configuration."""
    words = [
        "diff",
        "--name-only",
        "-z",
        "--no-renames",
        "--relative",
        before.commit,
        *([after.commit] * bool(after.commit)),
    ]
    told = (git(root, *words) or b"").decode("utf-8", "replace").split("\0")
    return sorted(name for name in told if name and PurePosixPath(name).parts[0] not in READ)


def _commit(root: Path, name: str) -> str:
    told = None if name.startswith("-") else git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if told is None:
        wrong = f"Git ở đây không biết “{name}”."
        remedy = "Viết tên nhánh, thẻ hay mã commit, ví dụ main..HEAD; nhánh ở nơi khác thì `git fetch` trước."
        raise ProblemsFound([Problem(".git", None, None, wrong, remedy, kind="git")])
    return told.decode().strip()


def _taken(root: Path, commit: str, folder: Path, name: str) -> Tree:
    """The files of a commit that are compared, below `folder`: plain files only, no links to elsewhere."""
    listed = (git(root, "ls-tree", "-r", "-z", commit, "--", *READ) or b"").decode("utf-8", "replace").split("\0")
    wanted: list[tuple[str, str]] = []
    for entry in listed:
        about, _, path = entry.partition("\t")
        if about.startswith("100") and ".." not in PurePosixPath(path).parts:
            wanted.append((about.split()[2], path))
    asked = "".join(f"{blob}\n" for blob, _ in wanted).encode()
    told = subprocess.run(
        [*GIT, "cat-file", "--batch"], cwd=root, env=environment(), input=asked, capture_output=True, check=True
    ).stdout
    at = 0
    for _, path in wanted:
        end = told.index(b"\n", at)
        size = int(told[at:end].split()[2])
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(told[end + 1 : end + 1 + size])
        at = end + 2 + size
    folder.mkdir(parents=True, exist_ok=True)
    _lend_history(root, folder)
    return Tree(folder, name, commit)


def _lend_history(root: Path, folder: Path) -> None:
    """Let the check of frozen editions find their tags: it asks git where it stands."""
    years = frozen_years(folder)
    tags = {year: git(root, "rev-parse", "--verify", "--quiet", f"refs/tags/{tag_of(year)}") for year in years}
    prefix = (git(root, "rev-parse", "--show-prefix") or b"").strip()
    # A project in a folder of its repository has other paths at its tags than here.
    if not years or prefix:
        return
    objects = (git(root, "rev-parse", "--git-path", "objects") or b"").decode().strip()
    form = (git(root, "rev-parse", "--show-object-format") or b"sha1").decode().strip()
    git(folder, "init", "--quiet", "--template=", f"--object-format={form}")
    alternates = folder / ".git" / "objects" / "info" / "alternates"
    alternates.parent.mkdir(parents=True, exist_ok=True)
    alternates.write_text(f"{(root / objects).resolve()}\n", encoding="utf-8")
    for year, told in tags.items():
        if told:
            git(folder, "update-ref", f"refs/tags/{tag_of(year)}", told.decode().strip())


def _read(tree: Tree) -> None:
    """Read chapters and figures as far as they can be read."""
    for path in sorted((tree.root / "book").rglob("*.md")):
        if path.is_file() and not path.is_symlink():
            chapter = read_chapter(tree.root, path)
            tree.chapters[chapter.file] = chapter
    try:
        facts = Facts(read_package(tree.root, strict=False))
        # Whether the tables hold together shows when the figures are made.
        list(facts)
        tree.facts = facts
    except ProblemsFound as error:
        tree.unread = str(error.problems[0])
    except Exception as error:
        tree.unread = f"{type(error).__name__}: {error}"


def _checked(root: Path) -> list[Problem]:
    try:
        return check(root, cells=False)
    except ProblemsFound as error:
        return error.problems
    except Exception as error:
        # The check itself must not keep what can be told from being told.
        return [
            Problem(
                "data",
                None,
                None,
                f"Không kiểm tra được ({type(error).__name__}).",
                "Chạy `make check`.",
                kind="machine",
            )
        ]


def figure_ids(facts: Facts) -> dict[str, Any]:
    """All figures that can be made, by the anchor of their row, which stays when names grow longer."""
    found = {}
    for name in facts:
        with suppress(Exception):
            fact = facts[name]
            found[fact.id] = fact
    return found
