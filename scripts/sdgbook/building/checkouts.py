"""A commit of the project, taken out of git and built by its own code, away from the files that people work on.

So code of another time is run. What all versions of it must keep to: `python -m sdgbook site` in a project's folder
builds `_build/html`, without frozen editions where `SDGBOOK_WITHOUT_FROZEN` is set.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from sdgbook.building import confined
from sdgbook.building.inputs import SETTINGS
from sdgbook.commits import environment, git
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.publish.manifest import manifest

# Beside a site that is kept, the list of its files: how it was when it had been built.
LIST = "manifest.txt"
# How many lines of what a failed build has said are told.
LAST = 12


class Failed(Exception):
    """Raised with the last that a program said before it failed."""


def is_whole(kept: Path) -> bool:
    """Whether the site kept in a folder is as it was when it had been built."""
    try:
        return manifest(kept / "html").text == (kept / LIST).read_text(encoding="utf-8")
    except (OSError, ProblemsFound):
        return False


def take_out(root: Path, commit: str, tags: Mapping[str, str], source: Path) -> Path:
    """The project as it was at a commit, in a repository of its own in `source`, whose history is that of `root`: days
    on its pages are those of then. It knows these `tags` (the commit that each names). Nothing is written in the
    repository of `root`. Raises `Failed` where git refuses."""
    told = git(root, "rev-parse", "--show-object-format", "--git-path", "objects", "--show-prefix") or b""
    form, objects, prefix = [*os.fsdecode(told).split("\n"), "", "", ""][:3]
    done = git(root, "init", "--quiet", "--template=", f"--object-format={form}", "--", str(source)) is not None
    if done:
        shared = source / ".git" / "objects" / "info" / "alternates"
        shared.parent.mkdir(parents=True, exist_ok=True)
        shared.write_bytes(os.fsencode(root / objects) + b"\n")
        plain = ("-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false", "-c", "advice.detachedHead=false")
        marks = [("update-ref", f"refs/tags/{tag}", named) for tag, named in tags.items()]
        for words in [*marks, ("checkout", "--quiet", "--detach", commit)]:
            done = done and git(source, *plain, *words) is not None
    if not done or not (source / prefix).is_dir():
        raise Failed
    return source / prefix


def not_taken_out(what: str) -> Problem:
    """What is told where git refuses."""
    told = f"Git không lấy ra được dự án như {what}."
    return Problem(".git", None, None, told, "Chạy `git fsck`; kho hỏng thì lấy lại bằng `git clone`.", kind="git")


def installs(project: Path) -> tuple[bytes, object]:
    """What the environment of a project is made from: its lock, and the names under which others find its parts."""
    points = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("entry-points")
    return (project / "requirements.txt").read_bytes(), points


def build(root: Path, project: Path, run: Callable[..., None], tell: Callable[[], None]) -> None:
    """Build the site of a `project` that was taken out of that at `root`, confined where this machine can do that, with
    the libraries of its own time: where these are others, `tell` is called and they are installed. `run` runs a program
    in its folder."""
    python = sys.executable
    if installs(root) != installs(project):
        tell()
        run(project, sys.executable, "scripts/bootstrap.py")
        python = str(project / ".venv" / "bin" / "python")
    # Only to install needs the network.
    words = [python, "-m", "sdgbook", "site"]
    run(project, *confined.command(words, project=project, writable=[project / "_build"]))


def keep(project: Path, kept: Path) -> None:
    """Move the site of a project into a folder, with the list of its files."""
    kept.mkdir()
    (project / "_build" / "html").rename(kept / "html")
    (kept / LIST).write_text(manifest(kept / "html").text, encoding="utf-8")


def run(project: Path, *command: str, heard: Callable[[str], None] = lambda line: None, **settings: str) -> None:
    """Run a program in the folder of a project, by the project's own code; `settings` are added to the environment,
    `heard` gets each line that it says. Raises `Failed` with the last ones where it fails."""
    # Nothing of this build: neither its day nor its executors nor where its mistakes are told.
    ours = (*SETTINGS, "SDGBOOK_PROBLEMS", "VIRTUAL_ENV")
    env = {name: value for name, value in environment().items() if name not in ours}
    env |= {"PYTHONPATH": str(project / "scripts"), "PYTHONUTF8": "1", **settings}
    lines: list[str] = []
    with subprocess.Popen(
        command, cwd=project, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            for raw in process.stdout:
                if line := raw.decode("utf-8", "replace").strip():
                    lines.append(line)
                    heard(line)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise Failed(" / ".join(lines[-LAST:]))
