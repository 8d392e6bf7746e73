"""`sdgbook freeze`: an edition is closed for good, with checksums, a commit and a tag.

Nearly all that can fail is done where nobody sees it: the commit is made beside the working tree, in an index of its
own. Then the tag is made, and git itself takes branch and files to that commit. Should it refuse, the tag goes again,
and all is as it was.
"""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sdgbook.commits import GIT, environment
from sdgbook.data import Problem, ProblemsFound, read_package
from sdgbook.data.frozen import REVISIONS, SUMS, folder_of, frozen_years, right_way, sums, tag_of
from sdgbook.data.problems import did_you_mean

# Who commits is said by these, or by git's configuration; nothing is guessed from the machine's name.
PEOPLE = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
# How many files with changes are told by name.
FEW = 5


@dataclass(frozen=True)
class Frozen:
    """What freezing has made: the tag, the commit that it names, how many tables have checksums."""

    year: int
    tag: str
    commit: str
    branch: str
    tables: int


class GitRefused(Exception):
    """Raised with what git said."""


def _git(root: Path, *words: str, given: bytes | None = None, **settings: str) -> str:
    """What git answers; `given` is its input, `settings` are added to its environment."""
    people = {name: os.environ[name] for name in PEOPLE if os.environ.get(name)}
    command = [*GIT, "-c", "user.useConfigOnly=true", *words]
    env = environment() | people | settings
    try:
        done = subprocess.run(command, cwd=root, env=env, input=given or b"", capture_output=True)
    except OSError as error:
        raise GitRefused(error.strerror) from None
    if done.returncode:
        raise GitRefused(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def _asked(root: Path, *words: str) -> str | None:
    with suppress(GitRefused):
        return _git(root, *words)
    return None


def check_ready(root: Path, named: str, check: Callable[[Path], list[Problem]]) -> int:
    """The year of the edition called `named`, which can be frozen; raises `ProblemsFound` with what stands against it.

    `check` finds all problems of the project.
    """
    package = read_package(root, strict=False)
    years = {str(year): year for year in package.editions}
    if named not in years:
        told = f"Không có ấn bản “{named}”."
        remedy = did_you_mean(named, years) or f"Các ấn bản: {', '.join(years)}."
        raise ProblemsFound([Problem("data/editions", None, None, told, remedy, kind="git")])
    year, tag = years[named], tag_of(years[named])
    edition = package.table("edition", year)
    problems = []
    status = edition.rows[0]["status"] if edition.rows else None
    if year in frozen_years(root) or status == "frozen":
        raise ProblemsFound(
            [Problem(edition.file, 2, "status", f"Ấn bản {year} đã chốt rồi.", right_way(year), kind="git")]
        )
    if status != "published":
        told = f"Ấn bản {year} còn là bản nháp."
        remedy = f"Điền cho đủ và đăng (`make adopt ARGS={year}`), rồi chốt."
        problems.append(Problem(edition.file, 2, "status", told, remedy, kind="git"))
    problems += _check_git(root, tag)
    # Long, and of no use where the rest already stands against it.
    problems = problems or check(root)
    if problems:
        raise ProblemsFound(problems)
    return year


def _check_git(root: Path, tag: str) -> list[Problem]:
    """Whether git is there and everything is committed, and whether it knows who freezes."""
    if _asked(root, "rev-parse", "--verify", "HEAD^{commit}") is None:
        told = "Ở đây không có git, hoặc chưa ghi (commit) lần nào: chốt là ghi một thẻ của git."
        return [Problem(".git", None, None, told, "Lấy dự án bằng `git clone`, rồi chốt ở đó.", kind="git")]
    problems = []
    if _asked(root, "symbolic-ref", "--quiet", "HEAD") is None:
        told = "Git đang không đứng trên nhánh nào."
        problems.append(Problem(".git", None, None, told, "Chuyển về nhánh chính: `git switch main`.", kind="git"))
    changed = (_asked(root, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames") or "").split("\0")
    names = [entry[3:] for entry in changed if entry]
    problems += [
        Problem(
            name,
            None,
            None,
            "Tệp này có chỗ chưa ghi vào git.",
            "Ghi nó (git commit) hoặc bỏ chỗ sửa, rồi chốt.",
            kind="git",
        )
        for name in names[:FEW]
    ]
    if len(names) > FEW:
        told = f"Còn {len(names) - FEW} tệp nữa chưa ghi vào git."
        problems.append(Problem(".git", None, None, told, "Xem `git status`.", kind="git"))
    if _asked(root, "rev-parse", "--quiet", "--verify", f"refs/tags/{tag}") is not None:
        told = f"Git đã có thẻ {tag}."
        remedy = f"Xem nó: `git show {tag}`. Thẻ của một lần chốt dở dang thì xóa: `git tag -d {tag}`."
        problems.append(Problem(".git", None, None, told, remedy, kind="git"))
    if any(_asked(root, "var", who) is None for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")):
        told = "Git chưa biết ai là người chốt."
        remedy = 'Khai một lần: `git config user.name "Tên"` và `git config user.email "thu@co-quan"`.'
        problems.append(Problem(".git", None, None, told, remedy, kind="git"))
    return problems


def freeze(root: Path, year: int) -> Frozen:
    """Freeze an edition that is ready: status, checksums, one commit and the annotated tag, all or nothing.

    Raises `ProblemsFound` with what git said when it refuses; everything is then as it was.
    """
    tag = tag_of(year)
    try:
        head, branch = _git(root, "rev-parse", "HEAD"), _git(root, "symbolic-ref", "--short", "HEAD")
        commit, tables = _commit(root, year, head)
        # Branch, index and files go to the commit at once, and only where nobody has changed them meanwhile.
        with undisturbed():
            _git(root, "tag", "--annotate", "-m", f"Ấn bản {year}, bản chốt", tag, commit)
            try:
                _git(root, "merge", "--ff-only", "--quiet", "--no-autostash", commit)
            finally:
                if _asked(root, "rev-parse", "HEAD") != commit:
                    _asked(root, "tag", "--delete", tag)
    except GitRefused as error:
        told = f"Git không chốt được ấn bản {year}: {' '.join(str(error).split())}"
        remedy = "Mọi thứ vẫn như cũ; sửa điều git nêu rồi chạy lại."
        raise ProblemsFound([Problem(".git", None, None, told, remedy, kind="git")]) from None
    return Frozen(year, tag, commit, branch, tables)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let nobody interrupt what is done within, nor the programs that it starts."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _commit(root: Path, year: int, head: str) -> tuple[str, int]:
    """A commit after `head`, on no branch yet, in which the edition is frozen; and the number of tables with
    checksums."""
    folder = folder_of(year)
    names = _git(root, "ls-files", "-z", "--", folder).split("\0")
    contents = {
        Path(name).name: (root / name).read_bytes()
        for name in names
        if name and Path(name).name not in (SUMS, REVISIONS)
    }
    contents["edition.csv"] = _as_frozen(contents["edition.csv"])
    written = {"edition.csv": contents["edition.csv"], SUMS: sums(contents).encode()}
    with tempfile.TemporaryDirectory(prefix="sdgbook-freeze-") as place:
        index = {"GIT_INDEX_FILE": f"{place}/index"}
        _git(root, "read-tree", head, **index)
        prefix = _git(root, "rev-parse", "--show-prefix")
        for name, content in written.items():
            blob = _git(root, "hash-object", "-w", "--stdin", given=content)
            entry = f"100644,{blob},{prefix}{folder}/{name}"
            _git(root, "update-index", "--add", "--cacheinfo", entry, **index)
        tree = _git(root, "write-tree", **index)
    signed = ["-S"] if _asked(root, "config", "--type=bool", "commit.gpgSign") == "true" else []
    message = f"Chốt ấn bản {year}\n".encode()
    return _git(root, "commit-tree", *signed, "-p", head, "-F", "-", tree, given=message), len(contents)


def _as_frozen(content: bytes) -> bytes:
    """The table `edition` with the status of a frozen one."""
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    out = io.StringIO()
    at = header.index("status")
    csv.writer(out, lineterminator="\n").writerows([header, *([*row[:at], "frozen", *row[at + 1 :]] for row in rows)])
    return out.getvalue().encode()
