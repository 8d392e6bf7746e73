"""A branch that a host shows as a site (GitHub Pages): one commit a release, pushed onto the last one.

Nothing of the project's own branches and files is touched: trees and commits are made beside them, and a push takes the
branch from one commit to the next in one step. Who comes second is refused by git itself.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sdgbook.commits import GIT, environment, git
from sdgbook.files import listing
from sdgbook.hosting.proof import KEPT, MANIFEST, RELEASE, TWINS, Release, read_manifest
from sdgbook.hosting.targets import Standing, Standings, because, refused

# How far one can go back, and from how many releases styles and scripts are kept.
LAST = 6
WITHDRAWN = "Withdrawn: "
NOWHERE = "0" * 40


class Branches:
    """A branch of a remote repository while it is worked at."""

    def __init__(self, name: str, root: Path, remote: str, branch: str):
        self._name, self._root, self._remote = name, root, remote
        self._ref = f"refs/heads/{branch}"
        self._tip = self._new = ""

    def _git(self, *words: str, given: bytes = b"") -> bytes:
        plain = ("-c", "core.hooksPath=/dev/null", "-c", "user.useConfigOnly=true", "-c", "gc.auto=0")
        env = environment() | {"LC_ALL": "C"}
        done = subprocess.run([*GIT, *plain, *words], cwd=self._root, env=env, input=given, capture_output=True)
        if done.returncode:
            raise self._told(done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def _told(self, said: str) -> Exception:
        if "fetch first" in said or "non-fast-forward" in said or "stale info" in said or "cannot lock ref" in said:
            told = f"Trong lúc chuẩn bị, một người khác vừa đăng bản khác ở {self._name}."
            return refused(told, "Chạy lại để xem bản mới sẽ đổi gì so với bản ấy.")
        if "does not appear to be a git repository" in said or "Could not read from remote" in said:
            told = f"Git không tới được kho ở {self._name}."
            return refused(told, "Xem `git remote -v`, mạng, và quyền vào kho ấy.")
        if "user.useConfigOnly" in said or "empty ident" in said or "no email was given" in said:
            told, remedy = "Git chưa biết ai là người đăng.", 'Khai một lần: `git config user.name "Tên"` và '
            return refused(told, remedy + '`git config user.email "thu@co-quan"`.')
        return because(self._name, said)

    def standings(self) -> Standings:
        """What stands there: the last commits of the branch."""
        told = self._git("ls-remote", "--", self._remote, self._ref).split()
        self._tip = told[0].decode() if told else ""
        if not self._tip:
            return Standings()
        # Brings it here under no name at all.
        self._git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", self._remote, self._ref)
        count = int(self._git("rev-list", "--first-parent", "--count", self._tip))
        commits = self._git("rev-list", "--first-parent", f"--max-count={LAST}", self._tip).decode().split()
        names = {commit: f"{count - back:06d}-{commit}" for back, commit in enumerate(commits)}
        words = (
            self._git("log", "--first-parent", f"--max-count={LAST}", "--format=%B", self._tip).decode().splitlines()
        )
        withdrawn = {line.removeprefix(WITHDRAWN) for line in words if line.startswith(WITHDRAWN)}
        found = []
        for commit in reversed(commits):
            with suppress(ValueError):
                release, manifest, kept = (self._text(commit, file) for file in (RELEASE, MANIFEST, KEPT))
                standing = Standing(names[commit], Release.read(release), read_manifest(manifest), read_manifest(kept))
                found.append(
                    Standing(standing.name, standing.release, standing.manifest, standing.kept, commit in withdrawn)
                )
        if not found or found[-1].name != names[self._tip]:
            told = f"Ở {self._name} đã có những thứ không do lệnh này đặt."
            raise refused(told, "Chọn một nhánh chưa có, để không làm mất gì của ai.")
        return Standings(tuple(found), names[self._tip], names[self._tip])

    def _text(self, commit: str, file: str) -> str:
        raw = git(self._root, "cat-file", "blob", f"{commit}:{file}")
        if raw is None:
            raise ValueError(file)
        return raw.decode()

    def fetch(self, standing: Standing, folder: Path, assets: set[str] | None = None) -> None:
        """Bring a release into a folder, or only some of its folders."""
        commit = standing.name.rpartition("-")[2]
        entries = self._git("ls-tree", "-r", "-z", "--full-tree", commit, "--", *sorted(assets or ())).split(b"\0")
        for entry in filter(None, entries):
            about, _, name = entry.decode().partition("\t")
            if not name.endswith(TWINS):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(self._git("cat-file", "blob", about.split()[2]))

    def lock(self) -> None:
        """Nothing is to be locked: of two pushes, git refuses the second."""

    def upload(self, folder: Path, name: str, live: str, withdrawn: tuple[str, ...] = ()) -> None:
        """Make the commit, here; what it is called by is a digest of all that is in it."""
        names = listing(folder)
        paths = "".join(f"{folder / name}\n" for name in names).encode()
        blobs = self._git("hash-object", "-w", "--no-filters", "--stdin-paths", given=paths).decode().split()
        entries = dict(zip(names, blobs, strict=True))
        if self._tip and (domain := git(self._root, "rev-parse", "--verify", "--quiet", f"{self._tip}:CNAME")):
            # The site's own domain, as the host has written it there.
            entries.setdefault("CNAME", domain.decode().strip())
        tree = self._tree(entries)
        lines = [f"Trang {name}", "", *(WITHDRAWN + one.rpartition("-")[2] for one in withdrawn)]
        parents = ["-p", self._tip] if self._tip else []
        message = "\n".join(lines).encode()
        self._new = self._git("commit-tree", tree, *parents, "-F", "-", given=message).decode().strip()

    def _tree(self, entries: dict[str, str]) -> str:
        """A tree of files, by their paths."""
        below: dict[str, dict[str, str]] = {}
        lines = []
        for name, blob in entries.items():
            head, slash, rest = name.partition("/")
            if slash:
                below.setdefault(head, {})[rest] = blob
            else:
                lines.append(f"100644 blob {blob}\t{name}")
        lines += [f"040000 tree {self._tree(inside)}\t{head}" for head, inside in below.items()]
        return self._git("mktree", "-z", given="".join(f"{line}\0" for line in lines).encode()).decode().strip()

    def switch(self, name: str, live: str) -> None:
        """Push it: the branch goes there in one step, and only from where it was."""
        self._push(self._new, self._tip)

    def _push(self, new: str, old: str) -> None:
        lease = f"--force-with-lease={self._ref}:{old}"
        self._git("push", "--quiet", "--no-verify", lease, "--", self._remote, f"{new}:{self._ref}")

    def verify(self) -> None:
        """Whether the branch is at what was sent."""
        told = self._git("ls-remote", "--", self._remote, self._ref).split()
        if not told or told[0].decode() != (self._new or self._tip):
            raise refused(f"Nhánh ở {self._name} không đúng như đã gửi.", "Chạy lại.")

    def back(self, live: str) -> None:
        """Let the branch be where it was before."""
        self._push(self._tip, self._new)

    def prune(self, keep: int, before: str) -> None:
        """All of them stay, in the branch's history."""


@dataclass(frozen=True)
class Branch:
    """A branch of a remote of the project's repository."""

    root: Path
    remote: str
    branch: str
    twins = at_once = False

    @property
    def name(self) -> str:
        """As people are told of it."""
        return f"nhánh {self.branch} của {self.remote}"

    @contextmanager
    def opened(self) -> Iterator[Branches]:
        """A context in which it is worked at."""
        yield Branches(self.name, self.root, self.remote, self.branch)
