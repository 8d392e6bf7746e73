"""One file for a library or a memory stick: an edition's site that opens without network or server, its data, its
source with all history, and how to check and rebuild them.

It is a bag as libraries keep them (BagIt, https://www.rfc-editor.org/rfc/rfc8493) in a ZIP that is not compressed: what
is damaged somewhere can still be read elsewhere, and the same commit gives the same bytes whatever compresses here. The
few lines that a bag takes are written here; the library of the same name would need all files on disk and a step into
their folder. It checks ours in the tests.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sdgbook.building import Tell
from sdgbook.building.editions import built_editions
from sdgbook.commits import git
from sdgbook.data import read_package
from sdgbook.data.frozen import commits_of, folder_of
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.files import listing
from sdgbook.hosting import proof
from sdgbook.hosting.archive.describing import Described, bag_info, readme
from sdgbook.hosting.archive.history import bundle
from sdgbook.hosting.archive.offline import offline
from sdgbook.hosting.building import built_commit, full_name


@dataclass(frozen=True)
class Archived:
    """The archive that was made: its file, size in bytes, SHA-256, number of files, and what should be known of it."""

    file: Path
    size: int
    digest: str
    files: int
    notes: tuple[str, ...]


def archive(root: Path, year: str, to: Path | None, tell: Tell) -> Archived:
    """Write the archive of an edition to a file (`_build/luu-tru-YEAR.zip`).

    A frozen edition's is as its tag builds it; one that is not frozen is the site of the current commit. Raises
    `ProblemsFound` when there is no such edition that is published, or it cannot be built, and `OSError`.
    """
    number, is_frozen = _edition(root, year)
    if is_frozen:
        site = built_editions(root, root / "_build" / "editions", tell)[number]
        commit = commits_of(root)[number]
    else:
        commit = full_name(root, "HEAD")
        site = built_commit(root, commit, tell)
    tell("Gói lại", None, "")
    when = int((git(root, "log", "-1", "--format=%ct", commit) or b"0").strip())
    moment = datetime.datetime.fromtimestamp(when, datetime.UTC)
    # Nobody is sent to the page for addresses that lead nowhere.
    names = [name for name in listing(site) if proof.is_proven(name) and not name.endswith("404.html")]
    pages, searches = offline({name: (site / name).read_bytes() for name in names})
    source = _source(root, commit)
    # As the commit has it, whatever is being worked on here.
    row = next(csv.DictReader(io.StringIO(source[f"{folder_of(number)}/edition.csv"].decode("utf-8-sig"))))
    package = json.loads(source["data/datapackage.json"])
    about = Described(package, row, commit, moment, is_frozen, searches)
    payload = {
        **{f"trang-web/{name}": content for name, content in pages.items()},
        **{f"du-lieu/{name.removeprefix('data/')}": text for name, text in source.items() if name.startswith("data/")},
        **{f"ma-nguon/{name}": content for name, content in source.items()},
        "lich-su.bundle": bundle(root, commit),
        "manifest.txt": proof.manifest_of(site).encode(),
    }
    name = f"bao-cao-{year}"
    content = _zip(name, _bag({f"data/{name}": text for name, text in payload.items()}, about), moment)
    file = to or root / "_build" / f"luu-tru-{year}.zip"
    _write(file, content)
    return Archived(file, len(content), hashlib.sha256(content).hexdigest(), len(payload), tuple(_notes(root, about)))


def _edition(root: Path, year: str) -> tuple[int, bool]:
    """The year of an edition that readers have seen, and whether it is frozen."""
    package = read_package(root)
    known = {str(one): package.table("edition", one).rows[0]["status"] for one in package.editions}
    published = [one for one, status in known.items() if status != "draft"]
    if year in published:
        return int(year), known[year] == "frozen"
    told = f"Ấn bản {year} còn là bản nháp." if year in known else f"Không có ấn bản nào của năm “{year}”."
    remedy = f"Ghi một năm đã đăng: {', '.join(published)}."
    raise ProblemsFound([Problem("archive", None, None, told, remedy, kind="command")])


def _source(root: Path, commit: str) -> dict[str, bytes]:
    """The project's files as they were at a commit."""
    with tarfile.open(fileobj=io.BytesIO(git(root, "archive", "--format=tar", commit) or b"")) as packed:
        return {one.name: packed.extractfile(one).read() for one in packed if one.isfile()}


def _bag(payload: dict[str, bytes], about: Described) -> dict[str, bytes]:
    """The files of a bag that holds `payload`."""
    size = sum(map(len, payload.values()))
    tags = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": bag_info(about) + f"Payload-Oxum: {size}.{len(payload)}\n",
        "manifest-sha256.txt": _sums(payload),
        "DOC-TRUOC.txt": readme(about),
    }
    raw = {name: text.encode() for name, text in tags.items()}
    return {**raw, "tagmanifest-sha256.txt": _sums(raw).encode(), **payload}


def _sums(files: dict[str, bytes]) -> str:
    return proof.listed({name: hashlib.sha256(content).hexdigest() for name, content in files.items()})


def _zip(folder: str, files: dict[str, bytes], when: datetime.datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            one = zipfile.ZipInfo(f"{folder}/{name}", when.timetuple()[:6])
            # A plain file, made on Unix, that everybody may read; not what this machine would say of it.
            one.create_system, one.external_attr = 3, 0o100644 << 16
            packed.writestr(one, content)
    return out.getvalue()


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        draft.write_bytes(content)
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def _notes(root: Path, about: Described) -> Iterable[str]:
    if not about.is_frozen:
        yield f"Ấn bản {about.year} chưa chốt: đây là cả trang web ở commit {about.commit[:10]}, như đang đăng."
        if git(root, "status", "--porcelain"):
            yield "Những chỗ sửa chưa ghi vào git không có trong tệp này."
    if not about.searches:
        yield "Ô tìm kiếm của ấn bản này không chạy được khi mở từ đĩa; danh mục mọi trang thì vẫn có."
