"""The fingerprint of a site: SHA-256 of every file and of the whole, by which two builds are compared."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.files import listing


@dataclass(frozen=True)
class Manifest:
    """`text`: one line per file, in order of path, as the program `sha256sum` writes and reads them. `whole`: SHA-256
    over that text, the fingerprint of the site. `files`: their number."""

    text: str
    whole: str
    files: int


def manifest(site: Path) -> Manifest:
    """The manifest of the site in a folder; raises `ProblemsFound` when there is none, or it changes meanwhile."""
    if not (site / "index.html").is_file():
        remedy = "Chạy `make site` để dựng trang web, hoặc ghi đúng thư mục sau --site."
        raise ProblemsFound([Problem(str(site), None, None, "Ở đây không có trang web nào.", remedy, kind="command")])
    try:
        names = listing(site)
        text = "".join(_line(name, hashlib.sha256((site / name).read_bytes()).hexdigest()) for name in names)
    except FileNotFoundError:
        told = "Trang web vừa được thay trong lúc đọc."
        raise ProblemsFound(
            [Problem(str(site), None, None, told, "Đợi lần dựng ấy xong rồi chạy lại.", kind="command")]
        ) from None
    return Manifest(text, hashlib.sha256(text.encode()).hexdigest(), len(names))


def _line(name: str, digest: str) -> str:
    if "\\" in name or "\n" in name:
        # So `sha256sum` writes names that would break its lines.
        return f"\\{digest}  " + name.replace("\\", "\\\\").replace("\n", "\\n") + "\n"
    return f"{digest}  {name}\n"


def write_manifest(site: Path, found: Manifest) -> Path:
    """Write the list beside the site, where it is no part of it; returns the file. Raises `OSError`."""
    file = site.resolve().parent / "manifest.txt"
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        draft.write_text(found.text, encoding="utf-8", newline="\n")
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)
    return file
