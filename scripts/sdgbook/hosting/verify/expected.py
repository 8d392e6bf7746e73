"""What a commit gives, made here from the commit itself."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from sdgbook.building import Tell
from sdgbook.commits import git
from sdgbook.hosting import proof, sbom
from sdgbook.hosting.building import built_commit, full_name
from sdgbook.hosting.servers.writing import REDIRECTS
from sdgbook.hosting.verify.comparing import Expected


def expected_of(root: Path, commit: str, tell: Tell) -> Expected:
    """What a site of a commit (an id, a tag, a branch) must be: the commit is built from a clean checkout, or has been.

    Raises `ProblemsFound` when git does not know the commit, or it cannot be built.
    """
    commit = full_name(root, commit)
    site = built_commit(root, commit, tell)
    beside = {sbom.FILE: hashlib.sha256(sbom.sbom(root, commit).encode()).hexdigest()}
    return Expected(proof.read_manifest(proof.manifest_of(site)), redirects_at(root, commit), commit, beside)


def redirects_at(root: Path, commit: str) -> dict[str, str]:
    """New addresses by old ones, as a commit has them; none where it has no such table."""
    table = (git(root, "cat-file", "blob", f"{commit}:./{REDIRECTS}") or b"").decode()
    return {row["address"]: row["target"] for row in csv.DictReader(table.splitlines()) if row["target"]}
