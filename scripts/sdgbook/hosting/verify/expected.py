"""What a commit gives, made here from the commit itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sdgbook.commits import git
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.hosting import proof
from sdgbook.hosting.building import built_commit
from sdgbook.hosting.verify.comparing import Expected


def expected_of(root: Path, commit: str, tell: Callable[[str, int | None, str], None]) -> Expected:
    """What a site of a commit (an id, a tag, a branch) must be: the commit is built from a clean checkout, or has been.

    Raises `ProblemsFound` when git does not know the commit, or it cannot be built.
    """
    told = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    if told is None:
        remedy = "Ghi mã của một commit, một thẻ hay một nhánh; mới có ở nơi khác thì chạy `git fetch --tags` trước."
        raise ProblemsFound([Problem("--commit", None, None, f"Git ở đây không có “{commit}”.", remedy, kind="git")])
    full = os.fsdecode(told).strip()
    site = built_commit(root, full, tell)
    return Expected(proof.read_manifest(proof.manifest_of(site)), {}, full)
