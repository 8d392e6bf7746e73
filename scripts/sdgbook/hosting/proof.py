"""What a published site says of itself, so that anyone can tell whether it is the province's commit.

In `.well-known/sdgbook/` of a published site:

- `manifest.txt`: SHA-256 of every file that the build made, as `sha256sum` writes and reads it. Compressed twins
  (`.gz`, `.br`, `.zst`) are left out: a reader gets what they decode to. So are `.well-known/` itself and the files
  that only hosts read (`_headers`, `_redirects`, `.nojekyll`). The same commit gives the same manifest everywhere.
- `release.json`: which commit, and when (`Release`).
- `kept.txt`, in the same form: styles and scripts of earlier releases, which pages opened before the switch still ask
  for. Their folder's name is a digest of what is in it, so they can never be taken for others.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sdgbook.files import listing

FOLDER = ".well-known/sdgbook"
MANIFEST, RELEASE, KEPT = (f"{FOLDER}/{name}" for name in ("manifest.txt", "release.json", "kept.txt"))
FORMAT = 1
TWINS = (".gz", ".br", ".zst")
FOR_HOSTS = {"_headers", "_redirects", ".nojekyll", "CNAME"}


@dataclass(frozen=True)
class Release:
    """A published site: the `commit` it was built from, its `data_version`, SHA-256 of its `manifest`, the number of
    `files` in that, its frozen `editions` by year (SHA-256 of the manifest of each edition as its tag built it), and
    when it was `published` (UTC, ISO 8601)."""

    commit: str
    data_version: str
    manifest: str
    files: int
    published: str
    editions: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def written(self) -> str:
        """As `release.json` holds it."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, text: str) -> Release:
        """From the text of a `release.json`. Raises `ValueError` when it is none."""
        try:
            told = json.loads(text)
            return cls(**{name: told[name] for name in cls.__dataclass_fields__})
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"release.json: {error}") from None


def is_proven(name: str) -> bool:
    """Whether a file of a published site belongs into its manifest."""
    return not name.endswith(TWINS) and not name.startswith(".well-known/") and name not in FOR_HOSTS


def manifest_of(site: Path) -> str:
    """The text of the manifest of the site in a folder: what the build made of it."""
    lines = (
        f"{hashlib.sha256((site / name).read_bytes()).hexdigest()}  {name}\n"
        for name in listing(site)
        if is_proven(name)
    )
    return "".join(lines)


def read_manifest(text: str) -> dict[str, str]:
    """SHA-256 by file, from the text of a manifest. Raises `ValueError` when it is none."""
    found = {}
    for line in text.splitlines():
        digest, gap, name = line[:64], line[64:66], line[66:]
        if gap != "  " or not name or set(digest) - set("0123456789abcdef"):
            raise ValueError(f"manifest.txt: {line[:80]!r}")
        found[name] = digest
    return found
