"""The project's history up to a commit, in one file that git can clone."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sdgbook.commits import GIT, environment, git
from sdgbook.data.problems import Problem, ProblemsFound

# One file holds the same bytes whoever packs it: nothing is taken from how this repository happens to be packed, one
# thread looks for what is alike, and nothing is compressed.
SAME = ("-c", "core.compression=0", "-c", "pack.compression=0", "-c", "pack.window=10", "-c", "pack.depth=50")
PACK = ("pack-objects", "--revs", "--stdout", "--quiet", "--threads=1", "--delta-base-offset")
PACK += ("--no-reuse-delta", "--no-reuse-object", "--no-use-bitmap-index")


def bundle(root: Path, commit: str) -> bytes:
    """A bundle (https://git-scm.com/docs/gitformat-bundle) with a commit as `main`, all before it, and the tags of the
    editions that were frozen until then. Raises `ProblemsFound` where git does not have it all."""
    told = git(root, "for-each-ref", "--merged", commit, "--format=%(objectname) %(refname)", "refs/tags/edition-*")
    form = (git(root, "rev-parse", "--show-object-format") or b"sha1").decode().strip()
    if git(root, "rev-parse", "--is-shallow-repository") != b"false\n" or told is None:
        what = "Kho git ở đây không có đủ lịch sử, mà tệp lưu trữ phải mang theo cả lịch sử."
        raise ProblemsFound([Problem(".git", None, None, what, "Chạy `git fetch --tags --unshallow`.", kind="git")])
    tags = sorted(told.decode().splitlines(), key=lambda line: line.split()[1])
    asked = "".join(f"{line.split()[0]}\n" for line in [commit, *tags])
    done = subprocess.run(
        [*GIT, *SAME, *PACK], cwd=root, env=environment(), input=asked.encode(), capture_output=True, check=False
    )
    if done.returncode:
        what = "Git không gói được lịch sử của dự án."
        raise ProblemsFound([Problem(".git", None, None, what, "Chạy `git fsck`; kho hỏng thì lấy lại.", kind="git")])
    head = "# v2 git bundle\n" if form == "sha1" else f"# v3 git bundle\n@object-format={form}\n"
    refs = "".join(f"{line}\n" for line in [f"{commit} HEAD", f"{commit} refs/heads/main", *tags])
    return f"{head}{refs}\n".encode() + done.stdout
