"""Which files a change may bring, and where pages may lead: names that mean the same on every system, no links of the
file system, pictures that are what they seem, nothing that a machine makes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from sdgbook.commits import git
from sdgbook.data import Problem
from sdgbook.data.frozen import SUMS
from sdgbook.data.problems import did_you_mean
from sdgbook.edit.markdown import FREE

# What the folders of the book hold, by ending.
PICTURES = {".png"}
# Lists that commands of the project write.
LISTS = {SUMS, "addresses.txt"}
KNOWN = {"book": {".md", ".json", *PICTURES}, "data": {".csv", ".json"}}
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
# Names that Windows keeps for devices, with any ending.
DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
# What editors and systems leave beside files; nothing takes it into the site.
PASSING = re.compile(r"[.#].*|~\$.*|.*(~|\.sw[op]|\.tmp|\.new)|__pycache__|Thumbs\.db|desktop\.ini")
MOST_BYTES = {".md": 500_000, ".csv": 50_000_000, ".json": 5_000_000, **dict.fromkeys(PICTURES, 3_000_000)}
MOST_PIXELS, LONGEST_SIDE = 20_000_000, 10_000
# What machines make, and what Python runs instead of the code that is read.
MADE = re.compile(r"(?:.*/)?(?:_build|\.venv|__pycache__|\.ipynb_checkpoints)/.*|.*\.(?:pyc|pyo|pyd|so|pth|pickle|pkl)")
# Addresses elsewhere: a host in plain letters, without a name before it that would pass for one.
ELSEWHERE = re.compile(
    r"https?://(?!(?:[^/?#]*\.)?xn--)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?([/?#][!-~]*)?|mailto:[\w.+-]+@[\w.-]+",
    re.ASCII,
)
SCHEME = re.compile(r"[A-Za-z][\w+.-]*:|//|\\\\")


def check_files(root: Path) -> list[Problem]:
    """Problems of what lies in the folders of pages and data, and of what git keeps."""
    return [*kept_by_git(root), *(problem for name in KNOWN for problem in _folder(root, root / name, KNOWN[name]))]


def _wrong(file: str, told: str, remedy: str) -> Problem:
    return Problem(_shown(file), None, None, told, remedy, kind="file")


def _shown(file: str) -> str:
    """The name of a file as it can be told: what is no letter is written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in file)


def kept_by_git(root: Path) -> Iterator[Problem]:
    """Links, other repositories, and what machines make, among the files that git keeps."""
    told = git(root, "ls-files", "--stage", "-z")
    for entry in os.fsdecode(told or b"").split("\0"):
        about, _, file = entry.partition("\t")
        if about.startswith("120000") and not (root / file).is_symlink():
            # On the disk it is none: the folders of the book are looked at below.
            continue
        if about.startswith(("120000", "160000")):
            yield _wrong(file, *LINK)
        elif file and MADE.fullmatch(file):
            told = "Kho có một tệp do máy làm ra; khi chạy, nó có thể thay cho mã đã được xem."
            yield _wrong(file, told, "Bỏ tệp này khỏi kho: git rm --cached.")


LINK = "Đây là một liên kết của hệ thống tệp, không phải là tệp.", "Đặt chính tệp ấy vào chỗ này, hoặc bỏ nó."


def _folder(root: Path, folder: Path, known: set[str]) -> Iterator[Problem]:
    if folder.is_symlink():
        yield _wrong(folder.relative_to(root).as_posix(), *LINK)
        return
    names: dict[str, str] = {}
    with os.scandir(folder) if folder.is_dir() else _none() as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        file = Path(entry.path).relative_to(root).as_posix()
        if entry.is_symlink():
            yield _wrong(file, *LINK)
            continue
        if PASSING.fullmatch(entry.name) and not entry.name.endswith(".md"):
            continue
        if not NAME.fullmatch(entry.name) or DEVICES.fullmatch(entry.name) or entry.name.endswith("."):
            told = "Tên tệp hay thư mục có chữ ngoài a–z, 0–9, gạch nối, hoặc là tên mà hệ thống giữ cho việc khác."
            yield _wrong(file, told, "Đổi tên, chỉ dùng chữ không dấu, chữ số và gạch nối, như giam-ngheo.md.")
            continue
        if other := names.get(entry.name.lower()):
            told = f"Chỉ khác “{other}” ở chữ hoa, chữ thường: có máy coi hai tên là một."
            yield _wrong(file, told, "Đổi tên một trong hai tệp.")
        names[entry.name.lower()] = entry.name
        if entry.is_dir():
            yield from _folder(root, Path(entry.path), known)
        else:
            yield from _file(Path(entry.path), file, known)


class _none:
    """No entries, where there is no folder."""

    def __enter__(self) -> list[os.DirEntry]:
        return []

    def __exit__(self, *error: object) -> None:
        pass


def _file(path: Path, file: str, known: set[str]) -> Iterator[Problem]:
    ending = path.suffix.lower()
    if not path.is_file():
        yield _wrong(file, "Đây không phải là một tệp thường.", "Bỏ nó.")
    elif ending not in known and path.name not in LISTS and os.environ.get(FREE) != "any":
        told = f"Thư mục này không nhận loại tệp “{ending or path.name}”."
        yield _wrong(file, told, f"Chỉ nhận {', '.join(sorted(known))}. Hình thì lưu thành PNG.")
    elif path.stat().st_size > (most := MOST_BYTES.get(ending, MOST_BYTES[".json"])):
        yield _wrong(file, f"Tệp quá lớn: {path.stat().st_size} byte.", f"Nhiều nhất {most} byte.")
    elif ending in PICTURES:
        size = _size(path.read_bytes())
        if size is None:
            told = "Tệp này không phải là một hình PNG lành, hoặc có thêm thứ khác ở cuối."
            yield _wrong(file, told, "Mở hình bằng một chương trình vẽ rồi lưu lại thành PNG.")
        elif size[0] * size[1] > MOST_PIXELS or max(size) > LONGEST_SIDE or 0 in size:
            told = f"Hình rộng {size[0]}, cao {size[1]} điểm ảnh: mở ra thì quá lớn."
            yield _wrong(file, told, "Thu nhỏ hình, mỗi chiều không quá vài nghìn điểm ảnh.")


def _size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG in dots; None for what is no whole PNG and nothing else."""
    at, size = 8, None
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    while at + 12 <= len(content):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        if kind == b"IHDR" and length == 13:
            size = tuple(int.from_bytes(content[n : n + 4], "big") for n in (at + 8, at + 12))
        at += 12 + length
        if kind == b"IEND":
            return size if at == len(content) else None
    return None


def address_problem(root: Path, page: Path, address: str, *, image: bool) -> tuple[str, str] | None:
    """What is wrong with where a link or an image of the page in the file `page` leads, and what to do; None where it
    leads to a page, a picture of the book, or an address of the web."""
    plain = unquote(address)
    if SCHEME.match(plain):
        if image:
            return f"Hình “{address}” ở máy chủ khác.", "Đưa tệp hình vào thư mục book/."
        if ELSEWHERE.fullmatch(address) and ELSEWHERE.fullmatch(plain.replace(" ", "")):
            return None
        told = f"Liên kết “{address}” không phải là một địa chỉ web rõ ràng."
        return told, "Chỉ dùng https://…, mailto:… với chữ không dấu, hay tên một trang của sách."
    path = plain.partition("#")[0]
    if not path:
        return None
    book, target = root / "book", page.parent / path
    if "\0" in path or not target.is_file():
        near = [os.path.relpath(p, page.parent) for p in book.rglob("*.md")]
        return f"Liên kết dẫn tới “{path}”, tệp này không có.", did_you_mean(path, near)
    if path.startswith("/") or not target.resolve().is_relative_to(book.resolve()):
        return f"Liên kết dẫn tới “{path}”, ngoài thư mục book/.", "Chỉ dẫn tới trang và hình của sách."
    if target.suffix not in (PICTURES if image else {".md"}):
        return f"“{path}” không phải là một {'hình' if image else 'trang'} của sách.", "Sửa tên tệp, hoặc bỏ chỗ này."
    return None
