"""What a commit gives, made here from the commit itself."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sdgbook.building import Tell
from sdgbook.hosting import proof, sbom
from sdgbook.hosting.building import built_commit, full_name
from sdgbook.hosting.verify.comparing import Expected


def expected_of(root: Path, commit: str, tell: Tell) -> Expected:
    """What a site of a commit (an id, a tag, a branch) must be: the commit is built from a clean checkout, or has been.

    Raises `ProblemsFound` when git does not know the commit, or it cannot be built.
    """
    commit = full_name(root, commit)
    site = built_commit(root, commit, tell)
    beside = {sbom.FILE: hashlib.sha256(sbom.sbom(root, commit).encode()).hexdigest()}
    return Expected(proof.read_manifest(proof.manifest_of(site)), {}, beside, commit)
