"""The hashed locks: what they name, and that they name nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sdgbook.data.problems import Problem, ProblemsFound

SITE, DEV = "requirements.txt", "requirements-dev.txt"
# What `make bench` measures with.
NPM = "tests/lighthouse/package-lock.json"
PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[\w.+!-]+)(?: ; (?P<marker>[^\\#]+?))? \\")
HASH = re.compile(r"    --hash=sha256:(?P<hash>[0-9a-f]{64})(?P<more> \\)?")


@dataclass(frozen=True)
class Locked:
    """A package as a lock names it; `hashes`: SHA-256 of each file that may be installed; `marker`: where it is."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def line(self) -> str:
        """As a requirement that is the same on every machine."""
        return " ".join([f"{self.name}=={self.version}", *(f"--hash=sha256:{digest}" for digest in self.hashes)])


def read_lock(text: str, file: str) -> list[Locked]:
    """The packages of a lock, in its order.

    Raises `ProblemsFound` for any line that is neither a package with its exact version nor a hash: a lock names no
    host, no address and no option, so that each machine's own settings say where packages come from.
    """
    found: list[Locked] = []
    pin, hashes, remedy = None, [], "Làm lại khóa: make renew"
    for number, line in enumerate(text.splitlines(), 1):
        if pin is None and (not line.strip() or line.startswith("#")):
            continue
        if pin is None and (match := PIN.fullmatch(line)):
            pin, hashes = match, []
        elif pin is not None and (match := HASH.fullmatch(line)):
            hashes.append(match["hash"])
            if not match["more"]:
                found.append(Locked(pin["name"], pin["version"], (pin["marker"] or "").strip(), tuple(hashes)))
                pin = None
        else:
            told = f"Dòng này không phải tên một thư viện kèm phiên bản và mã băm: “{line.strip()[:60]}”."
            raise ProblemsFound([Problem(file, number, None, told, remedy, kind="machine")])
    if pin is not None:
        raise ProblemsFound([Problem(file, None, None, "Khóa bị cụt ở cuối.", remedy, kind="machine")])
    return found


def lock_of(root: Path, name: str) -> list[Locked]:
    """The packages of a lock of the project. Raises `ProblemsFound`."""
    try:
        text = (root / name).read_text(encoding="utf-8")
    except OSError:
        told = "Không đọc được khóa thư viện."
        raise ProblemsFound([Problem(name, None, None, told, "Lấy lại tệp từ git.", kind="missing-file")]) from None
    return read_lock(text, name)


def normal(name: str) -> str:
    """A package's name as locks write it."""
    return re.sub(r"[-_.]+", "-", name).lower()
