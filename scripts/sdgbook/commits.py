"""When files and their lines were last changed, as git knows them: commits, not times of files.

Standard library only, so that a build that has nothing to do can ask too.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO

from sdgbook import store
from sdgbook.data.problems import Problem, ProblemsFound

VIETNAM = datetime.timezone(datetime.timedelta(hours=7))
FOLDERS = ("book", "data")
# The day, in seconds since 1970, that stands for all where there is no history: https://reproducible-builds.org/specs/
SOURCE_DATE = "SOURCE_DATE_EPOCH"
# The same answers whoever asks: no settings of this user or machine, names as they are, no lock that somebody else's
# `git commit` would meet. The project's own code is running already, so its repository is trusted too, whoever owns it.
SETTINGS = ("safe.directory=*", "log.follow=false", "log.showRoot=true", "diff.indentHeuristic=true")
GIT = ["git", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"]
GIT += [word for setting in SETTINGS for word in ("-c", setting)]
CODE = store.digest_of_files([Path(__file__)])
HEADER = "\x01"


class History:
    """Commit times of files and of their lines, with few questions to git.

    What can never change, what a commit says, is kept in the current store.
    """

    def __init__(self, root: Path):
        self.root = root
        told = (self._git("rev-parse", "--is-shallow-repository", "--show-prefix", "HEAD") or "").split("\n")
        # A shallow clone gives every old line the date of its oldest commit, which is wrong.
        self.known = told[0] == "false"
        self._prefix, self.head = told[1:3] if self.known else ("", "")
        asked = ["status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", *FOLDERS]
        status = self._git(*asked) if self.known else None
        self.known = status is not None
        # Each entry is two letters, a space and a path from the repository's top.
        self.changed = {entry[3:].removeprefix(self._prefix) for entry in (status or "").split("\0") if entry}
        self._lines: dict[str, list[int | None]] = {}
        self._told_day = told_day()

    @property
    def state(self) -> str:
        """Hex SHA-256 that is another one whenever git may tell another day for files and rows that are the same."""
        return store.key_of(str(self.known), self.head, self._merging, *sorted(self.changed))

    def newest(self, source: str, lines: Iterable[tuple[str, int | None]]) -> datetime.date | None:
        """The day, in Vietnam, of the latest commit of a file and of lines (from 1) of others; None when one of them
        has none, or there is no such line. Where there is no history, the day that the machine's owner tells."""
        if not self.known:
            return self._told_day
        if source in self.changed or source not in self._files:
            return None
        latest = self._files[source][1]
        for file, line in lines:
            time = self._of_line(file, line)
            if time is None:
                return None
            latest = max(latest, time)
        return _day(latest)

    def _git(self, *words: str) -> str | None:
        """What git answers; None when it refuses or is not there."""
        told = git(self.root, *words)
        return None if told is None else _text(told)

    @cached_property
    def _merging(self) -> str:
        """The commit that is being merged; "" when none is."""
        return (self._git("rev-parse", "--quiet", "--verify", "MERGE_HEAD") if self.known else None) or ""

    @cached_property
    def _files(self) -> dict[str, tuple[str, int]]:
        """Of each committed file the commit that `git log -1` tells for it alone, and that commit's time."""
        entry = self._entry("files", self.head)
        kept = store.current().get(*entry)
        if kept is not None:
            return json.loads(kept)
        told = self._git("ls-tree", "-r", "-z", "--name-only", self.head, "--", *FOLDERS)
        wanted = set((told or "").split("\0")) - {""}
        found = self._ask_files(set(wanted))
        found |= {file: last for file in sorted(wanted - found.keys()) if (last := self._last_commit(self.head, file))}
        if told is not None and wanted == found.keys():
            store.current().put(*entry, json.dumps(found, sort_keys=True).encode())
        return found

    def _ask_files(self, wanted: set[str]) -> dict[str, tuple[str, int]]:
        """The same for the files `wanted`, in one walk through the history; those it does not meet are left out."""
        found: dict[str, tuple[str, int]] = {}
        for commit, time, is_merge, files in self._commits():
            # What was known at this commit still holds for all files that no later one has touched.
            known = store.current().get(*self._entry("files", commit))
            if known is not None:
                return {file: last for file, last in json.loads(known).items() if file in wanted} | found
            for file in wanted.intersection(files):
                # What a merge has from another parent than its first came from somewhere behind that one.
                if last := self._last_commit(commit, file) if is_merge else (commit, time):
                    found[file] = last
            wanted.difference_update(files)
            if not wanted:
                break
        return found

    def _commits(self) -> Iterator[tuple[str, int, bool, list[str]]]:
        """From the newest commit to its first parent and so on: id, time, whether it is a merge, and the files that
        differ from the first parent's. `git log` for one file goes the same way as long as that file stays the same.
        """
        words = ["log", "-z", f"--format={HEADER}%H %ct %P", "--first-parent", "--diff-merges=first-parent", "--sparse"]
        words += ["--name-only", "--no-renames", "--relative", self.head, "--", *FOLDERS]
        pipe, none = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen([*GIT, *words], cwd=self.root, env=environment(), stdout=pipe, stderr=none) as process:
            header: list[str] = []
            files: list[str] = []
            for told in _entries(process.stdout):
                if not told.startswith(HEADER):
                    files.append(told.removeprefix("\n"))
                    continue
                if header:
                    yield header[0], int(header[1]), len(header) > 3, files
                header, files = told.removeprefix(HEADER).split(), []
            if header:
                yield header[0], int(header[1]), len(header) > 3, files

    def _last_commit(self, commit: str, file: str) -> tuple[str, int] | None:
        """What `git log -1` tells for one file."""
        told = (self._git("log", "-1", "--format=%H %ct", commit, "--", file) or "").split()
        return (told[0], int(told[1])) if told else None

    def _of_line(self, file: str, line: int | None) -> int | None:
        if file not in self._lines:
            self._lines[file] = self._ask_lines(file)
        return _at(self._lines[file], line)

    def _ask_lines(self, file: str) -> list[int | None]:
        if file in self._files and file not in self.changed:
            return self._committed_lines(file)
        if file not in self._files or self._merging:
            # What is added or moved but not committed, or being merged, can have lines from anywhere.
            return [time for _, _, time in self._blame(file) or ()]
        committed = self._committed_lines(file)
        # Only what differs from the commit is asked for: the rest is known, however long the file's history is.
        now = self._blame(file, f"^{self.head}") or ()
        return [_at(committed, line) if commit == self.head else time for commit, line, time in now]

    def _committed_lines(self, file: str) -> list[int | None]:
        """The time of each line of a file as it is committed."""
        entry = self._entry("lines", self._files[file][0], file)
        kept = store.current().get(*entry)
        if kept is not None:
            return json.loads(kept)
        told = self._blame(file, self.head)
        times = [time for _, _, time in told or ()]
        if told is not None:
            store.current().put(*entry, json.dumps(times).encode())
        return times

    def _blame(self, file: str, *commits: str) -> list[tuple[str, int, int | None]] | None:
        """Of each line the commit it is from, its number there, and the commit's time: None where it is not committed.

        None for all when git refuses.
        """
        told = self._git("blame", "--porcelain", *commits, "--", file)
        if told is None:
            return None
        lines, commit, number, times = [], "", 0, {}
        for text in told.split("\n"):
            if text.startswith("\t"):
                lines.append((commit, number, times[commit] if commit.strip("0") else None))
                commit = ""
            elif not commit:
                commit, number = text.partition(" ")[0], int(text.split(" ")[1]) if text else 0
            elif text.startswith("committer-time "):
                times[commit] = int(text.rpartition(" ")[2])
        return lines

    def _entry(self, *parts: str) -> tuple[str, str]:
        return "history", store.key_of(CODE, self._prefix, *parts)


def git(folder: Path, *words: str) -> bytes | None:
    """What git answers in a folder; None when it refuses or is not there."""
    try:
        done = subprocess.run([*GIT, *words], cwd=folder, env=environment(), capture_output=True)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def told_day() -> datetime.date | None:
    """The day, in Vietnam, that `SOURCE_DATE_EPOCH` tells; None when it is not set.

    Raises `ProblemsFound` when it is set to anything else than a day.
    """
    text = os.environ.get(SOURCE_DATE)
    if text is None:
        return None
    try:
        return _day(int(text))
    except (ValueError, OverflowError, OSError):
        told = f"“{text}” không phải là một ngày."
        remedy = "Ghi số giây từ đầu năm 1970, như `git log -1 --format=%ct` in ra, hoặc bỏ biến này."
        raise ProblemsFound([Problem(SOURCE_DATE, None, None, told, remedy, kind="machine")]) from None


def _day(time: int) -> datetime.date:
    return datetime.datetime.fromtimestamp(time, VIETNAM).date()


def environment() -> dict[str, str]:
    """This process's environment without what makes git look elsewhere, as inside one of git's hooks."""
    return {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k == "GIT_CEILING_DIRECTORIES"}


def _at(times: list[int | None], line: int | None) -> int | None:
    return times[line - 1] if line is not None and line <= len(times) else None


def _text(told: bytes) -> str:
    return told.decode("utf-8", "surrogateescape")


def _entries(stream: IO[bytes]) -> Iterator[str]:
    """What a stream tells, entry by entry: each ends with a NUL, the last one perhaps not."""
    rest = b""
    while part := stream.read1():
        *whole, rest = (rest + part).split(b"\0")
        yield from map(_text, whole)
    if rest:
        yield _text(rest)
