"""What a published site says of itself, so that anyone can tell whether it is the province's commit.

In `.well-known/sdgbook/` of a published site:

- `manifest.txt`: SHA-256 of every file that the build made, as `sha256sum` writes and reads it. Compressed twins
  (`.gz`, `.br`, `.zst`) are left out: a reader gets what they decode to. So are `.well-known/`, which tells of a
  publication, not of the commit, and the files that only hosts read (`_headers`, `_redirects`, `.nojekyll`). The same
  commit gives the same manifest everywhere.
- `release.json`: which commit, and when (`Release`).
- `kept.txt`, in the same form: styles and scripts of earlier releases, which pages opened before the switch still ask
  for. Their folder's name is a digest of what is in it (`folder_digest`), so they can never be taken for others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sdgbook.files import digest_of_file, folder_digest, in_order, listing, write

FOLDER = ".well-known/sdgbook"
MANIFEST, RELEASE, KEPT = (f"{FOLDER}/{name}" for name in ("manifest.txt", "release.json", "kept.txt"))
# All that a publication says of itself: what it is made of and whom to tell of a hole, too.
TOLD = (MANIFEST, RELEASE, KEPT, f"{FOLDER}/sbom.cdx.json", ".well-known/security.txt")
FORMAT = 1
TWINS = (".gz", ".br", ".zst")
FOR_HOSTS = {"_headers", "_redirects", ".nojekyll", "CNAME"}
# A folder of styles and scripts, called by a digest of what is in it.
ASSETS = re.compile(r"_static/([0-9a-f]{16})")
LINE = re.compile(r"([0-9a-f]{64})  (.+)")


@dataclass(frozen=True)
class Release:
    """A published site: the `commit` it was built from, its `data_version`, when it was `published` (UTC, ISO 8601),
    its frozen `editions` by year (SHA-256 of the manifest of each as its tag built it); SHA-256 of its `manifest` and
    the number of `files` in that, which `write_proof` fills in."""

    commit: str
    data_version: str
    published: str
    editions: dict[str, str] = field(default_factory=dict)
    manifest: str = ""
    files: int = 0
    format: int = FORMAT

    def written(self) -> str:
        """As `release.json` holds it."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, text: str) -> Release:
        """From the text of a `release.json`. Raises `ValueError` when it is none."""
        try:
            told = json.loads(text)
            release = cls(**{name: told[name] for name in cls.__dataclass_fields__})
            if not all(isinstance(word, str) for word in (release.commit, release.manifest, release.published)):
                raise TypeError("no text")
            return release
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"release.json: {error}") from None


def write_proof(folder: Path, release: Release, kept: Collection[str] = ()) -> Release:
    """Write `.well-known/sdgbook/` into the release in `folder`; returns the release as it is told there.

    `kept` are folders of earlier releases' styles and scripts that were put there too
    (`_static/0123456789abcdef`): they are no part of the manifest. Raises `ValueError` when the name of one of them is
    not the digest of what is in it, and `OSError` when that cannot be written.
    """
    carried = {name: digest_of_file(folder / name) for name in listing(folder) if _is_below(kept, name)}
    if wrong := misnamed(carried):
        raise ValueError(f"{wrong[0]}: not the digest of its files")
    text = manifest_of(folder, kept)
    told = replace(release, manifest=hashlib.sha256(text.encode()).hexdigest(), files=text.count("\n"))
    write(folder / MANIFEST, text)
    write(folder / KEPT, listed({name: digest for name, digest in carried.items() if is_proven(name)}))
    write(folder / RELEASE, told.written())
    return told


def is_proven(name: str) -> bool:
    """Whether a file of a published site belongs into its manifest, or that of earlier releases."""
    return not name.endswith(TWINS) and not name.startswith(".well-known/") and name not in FOR_HOSTS


def manifest_of(site: Path, kept: Collection[str] = ()) -> str:
    """The text of the manifest of the site in a folder: what the build made of it. Folders `kept` of earlier releases
    are left out."""
    names = [name for name in listing(site) if is_proven(name) and not _is_below(kept, name)]
    return listed({name: digest_of_file(site / name) for name in names})


def listed(digests: Mapping[str, str]) -> str:
    """Files and their SHA-256 as text."""
    return "".join(f"{digests[name]}  {name}\n" for name in in_order(digests))


def read_manifest(text: str) -> dict[str, str]:
    """SHA-256 by file, from the text of a manifest. Raises `ValueError` when it is none, or names what no site has: a
    file outside of its folder, or signs that are none."""
    found = {}
    for line in text.removesuffix("\n").split("\n") if text else ():
        parts = LINE.fullmatch(line)
        if not parts or parts[2] in found or not parts[2].isprintable() or {"", ".", ".."} & {*parts[2].split("/")}:
            raise ValueError(f"manifest.txt: {line[:80]!r}")
        found[parts[2]] = parts[1]
    return found


def misnamed(digests: Mapping[str, str]) -> list[str]:
    """Of files with their SHA-256, the folders that are not called by the digest of what is in them, compressed twins
    apart; files that are in no such folder by their own names."""
    folders: dict[str, dict[str, str]] = {}
    for name, digest in digests.items():
        if is_proven(name):
            found = ASSETS.match(name)
            folder = found[0] if found and name[found.end() : found.end() + 1] == "/" else name
            folders.setdefault(folder, {})[name.removeprefix(f"{folder}/")] = digest
    return [
        folder
        for folder, files in folders.items()
        if not ASSETS.fullmatch(folder) or folder_digest(files) != folder.removeprefix("_static/")
    ]


def _is_below(folders: Collection[str], name: str) -> bool:
    return any(name.startswith(f"{folder.rstrip('/')}/") for folder in folders)
