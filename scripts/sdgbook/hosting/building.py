"""The site of a commit as it is published: built from a clean checkout, by the commit's own code, and kept."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from functools import partial
from pathlib import Path

from sdgbook.building import Tell, alone_in, checkouts
from sdgbook.commits import git
from sdgbook.data.problems import Problem, ProblemsFound

# How many built commits are kept, each as large as the site.
KEPT = 3
EDITIONS = "editions.json"
# How the step is called that takes longest.
BUILDING = "Dựng trang từ commit"


def full_name(root: Path, commit: str) -> str:
    """The whole hash of a commit that git knows here by a name, a tag or a beginning of its hash.

    Raises `ProblemsFound` where it knows none."""
    told = git(root, "rev-parse", "--quiet", "--verify", "--end-of-options", f"{commit}^{{commit}}")
    if told is None:
        remedy = "Chạy `git fetch --tags` rồi thử lại; xem các commit bằng `git log --oneline`."
        raise ProblemsFound(
            [Problem(".git", None, None, f"Ở đây git không biết commit “{commit}”.", remedy, kind="git")]
        )
    return told.decode().strip()


def built_commit(root: Path, commit: str, tell: Tell) -> Path:
    """The site of a commit, in `_build/commits/<its hash>/html`: built now from a clean checkout unless it is there,
    whole. Its frozen editions are in it.

    Raises `ProblemsFound` where git does not know the commit, or it cannot be built: with what its check found.
    """
    commit = full_name(root, commit)
    folder = root / "_build" / "commits"
    with alone_in(folder, lambda: tell("Một lần dựng khác đang chạy, đợi nó xong", None, "")):
        kept = folder / commit
        if not checkouts.is_whole(kept):
            shutil.rmtree(kept, ignore_errors=True)
            tell(f"{BUILDING} {commit[:10]}", None, "")
            with tempfile.TemporaryDirectory(prefix="new-", dir=folder) as place:
                _build(root, commit, Path(place), tell)
                (Path(place) / "kept").rename(kept)
        os.utime(kept)
        _sweep(folder)
    return kept / "html"


def editions_of(site: Path) -> dict[str, str]:
    """The frozen editions in a site that `built_commit` gave, by year: SHA-256 of the list of the files of each, as its
    tag built it."""
    return json.loads((site.parent / EDITIONS).read_text(encoding="utf-8"))


def _sweep(folder: Path) -> None:
    """Remove what killed builds have left, and all but the last that were used."""
    built = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    whole = [path for path in built if not path.name.startswith("new-")]
    for path in built:
        if path not in whole[-KEPT:]:
            shutil.rmtree(path, ignore_errors=True)


def _build(root: Path, commit: str, place: Path, tell: Tell) -> None:
    """Build the site of a commit in `place`, and leave it there in `kept`."""
    told = git(root, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname) %(*objectname)", "refs/tags/edition-*")
    # An annotated tag is an object of its own, and names the commit behind it.
    tags = {line.split()[0]: line.split()[-1] for line in (told or b"").decode().splitlines()}
    try:
        project = checkouts.take_out(root, commit, tags, place / "source")
    except checkouts.Failed:
        raise ProblemsFound([checkouts.not_taken_out(f"ở commit {commit[:10]}")]) from None
    # Editions that were built here already: copies, since the commit's own code runs beside them.
    ours, theirs = root / "_build" / "editions", project / "_build" / "editions"
    if ours.is_dir():
        shutil.copytree(ours, theirs)
    libraries = "Commit này cần các thư viện của thời ấy: cài riêng cho nó (lần này mất vài phút)"
    checkouts.build(root, project, partial(_run, commit, tell), lambda: tell(libraries, None, ""))
    checkouts.keep(project, place / "kept")
    lists = {path.parent.name: path.read_bytes() for path in theirs.glob(f"*/{checkouts.LIST}")}
    years = {tag.removeprefix("edition-"): lists[named] for tag, named in tags.items() if named in lists}
    editions = {year: hashlib.sha256(text).hexdigest() for year, text in sorted(years.items())}
    (place / "kept" / EDITIONS).write_text(json.dumps(editions), encoding="utf-8")
    for path in theirs.iterdir() if theirs.is_dir() else ():
        if checkouts.is_whole(path) and not (ours / path.name).exists():
            ours.mkdir(parents=True, exist_ok=True)
            path.rename(ours / path.name)


def _run(commit: str, tell: Tell, project: Path, *command: str) -> None:
    problems = project / "_build" / "problems.json"
    problems.parent.mkdir(exist_ok=True)
    try:
        checkouts.run(project, *command, heard=lambda line: tell("", None, line), SDGBOOK_PROBLEMS=str(problems))
    except checkouts.Failed as error:
        told = f"Không dựng được trang từ commit {commit[:10]}: {error}"
        failed = Problem(".git", None, None, told, "Sửa chỗ được nêu, ghi vào git (commit), rồi chạy lại.", kind="git")
        raise ProblemsFound(_read(problems) or [failed]) from None


def _read(file: Path) -> list[Problem]:
    """What the check of the commit found, as it has left it."""
    try:
        return [Problem(**told) for told in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []
