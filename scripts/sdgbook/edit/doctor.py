"""`sdgbook doctor`: whether this machine has what the project needs, and how to install what it lacks."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from sdgbook.commits import git
from sdgbook.report import lettering

OLDEST, TOO_NEW = (3, 11), (3, 14)
SHOWN = ("jupyter-book", "sphinx", "myst-nb", "pandas", "frictionless", "typer", "vl-convert-python")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OFFICE = ("libreoffice", "soffice")
# A first build, with its libraries and state.
ROOM = 1_500_000_000
# How programs are installed, by what a system calls itself; the names of packages that are others than Debian's.
INSTALL = {
    "debian": "sudo apt-get install {}",
    "fedora": "sudo dnf install {}",
    "rhel": "sudo dnf install {}",
    "suse": "sudo zypper install {}",
    "arch": "sudo pacman -S {}",
    "alpine": "sudo apk add {}",
    "darwin": "brew install {}",
    "windows": "winget install {}",
}
NAMES = {
    ("arch", "libreoffice-calc"): "libreoffice-still",
    ("alpine", "libreoffice-calc"): "libreoffice",
    ("darwin", "libreoffice-calc"): "--cask libreoffice",
    ("darwin", "chromium"): "--cask chromium",
    ("windows", "libreoffice-calc"): "TheDocumentFoundation.LibreOffice",
    ("windows", "chromium"): "Google.Chrome",
    ("windows", "git"): "Git.Git",
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `what` it is, what was `found`, and the `remedy` where it is not as it should be. It
    `is_missing` when the site cannot be made without it; else it is only needed for what `remedy` says."""

    what: str
    found: str
    remedy: str = ""
    is_missing: bool = False

    def __str__(self) -> str:
        mark = "✗" if self.is_missing else "!" if self.remedy else "✓"
        return f"{mark} {self.what}: {self.found}" + (f"\n    → {self.remedy}" if self.remedy else "")


def doctor(root: Path) -> list[Finding]:
    """Everything about this machine that the project depends on, each with its way out where it is not right."""
    return [
        _python(),
        *_libraries(root),
        _font(),
        *_git(root),
        _program("Chromium", BROWSERS, "chromium", "cần để chạy hết các phép thử và chụp hình"),
        _program("LibreOffice", OFFICE, "libreoffice-calc", "cần để thử bảng tính; không cần để dựng trang"),
        _room(root),
        _writable(root),
        _letters(),
    ]


def system() -> str:
    """What this system is for `INSTALL`: the family of its Linux, “darwin”, “windows”, or "" when it is none known."""
    if platform.system() != "Linux":
        return platform.system().lower()
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return ""
    families = [told.get("ID", ""), *told.get("ID_LIKE", "").split()]
    return next((name for family in families for name in INSTALL if family.startswith(name)), "")


def install(package: str) -> str:
    """The command that installs a package on this system, by its name on Debian."""
    family = system()
    if family not in INSTALL:
        return f"cài gói {package} theo cách của hệ điều hành này"
    return INSTALL[family].format(NAMES.get((family, package), package))


def _python() -> Finding:
    version = platform.python_version()
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        return Finding("Python", version)
    wanted = f"{OLDEST[0]}.{OLDEST[1]} đến {TOO_NEW[0]}.{TOO_NEW[1] - 1}"
    return Finding("Python", version, f"Cần Python {wanted}: make site PYTHON=python3.12", is_missing=True)


def _libraries(root: Path) -> Iterator[Finding]:
    lock = root / "requirements.txt"
    if not lock.is_file():
        yield Finding("Thư viện", "không thấy requirements.txt", "Khôi phục tệp ấy từ git.", is_missing=True)
        return
    wrong = list(differing(lock.read_text(encoding="utf-8")))
    where = "trong .venv" if Path(sys.prefix) == (root / ".venv").resolve() else f"ở {sys.prefix}"
    if wrong:
        shown = "; ".join(wrong[:5]) + ("; …" if len(wrong) > 5 else "")
        found = f"{where}, {len(wrong)} thư viện khác khóa requirements.txt: {shown}"
        yield Finding("Thư viện", found, "Xóa thư mục .venv rồi chạy make site: máy cài lại đúng bản.", is_missing=True)
    else:
        yield Finding("Thư viện", f"{where}, đúng như khóa requirements.txt")
    known = [f"{name} {version}" for name in SHOWN if (version := _version(name))]
    yield Finding("Các thư viện chính", ", ".join(known))


def differing(lock: str) -> Iterator[str]:
    """The packages of a lock that are not installed in the version that it wants here."""
    for line in re.findall(r"^[A-Za-z0-9][^\\\n]*==[^\\\n]*", lock, re.MULTILINE):
        wanted = Requirement(line.strip())
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        here = _version(wanted.name)
        if here is None or not wanted.specifier.contains(here, prereleases=True):
            yield f"{wanted.name} {here or 'chưa cài'} (khóa: {str(wanted.specifier).lstrip('=')})"


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _font() -> Finding:
    """The font by which texts in pictures are measured, whatever fonts the machine has."""
    try:
        wide = lettering.width("Cao Bằng", 16)
    except (OSError, ValueError):
        return Finding("Phông chữ để vẽ hình", "thiếu", f"Khôi phục {lettering.FONTS} từ git.", is_missing=True)
    return Finding("Phông chữ để vẽ hình", f"Sdgbook Sans, đi kèm dự án (đo thử: {wide:.1f} điểm)".replace(".", ","))


def _git(root: Path) -> Iterator[Finding]:
    told = git(root, "version")
    if told is None:
        why = "Không có git thì trang vẫn dựng được, nhưng không biết ngày sửa: "
        yield Finding("git", "chưa cài", why + install("git"))
        return
    version = told.decode().split()[2]
    shallow = git(root, "rev-parse", "--is-shallow-repository")
    if shallow is None:
        why = "Trang vẫn dựng được, nhưng không biết ngày sửa. Muốn có thì tải dự án bằng git clone."
        yield Finding("git", f"{version}; thư mục này không phải là bản git", why)
        return
    commits = (git(root, "rev-list", "--count", "HEAD") or b"0").decode().strip()
    tags = (git(root, "tag", "--list", "edition-*") or b"").decode().split()
    if shallow.strip() == b"true":
        yield Finding("git", f"{version}; bản này thiếu lịch sử", "Chạy: git fetch --tags --unshallow")
    else:
        frozen = f"; ấn bản đã chốt: {', '.join(tags)}" if tags else "; chưa có ấn bản nào chốt"
        yield Finding("git", f"{version}; đủ lịch sử ({commits} lần ghi){frozen}")
    changed = [line[3:] for line in (git(root, "status", "--porcelain") or b"").decode(errors="replace").splitlines()]
    if changed:
        shown = ", ".join(changed[:3]) + (", …" if len(changed) > 3 else "")
        yield Finding("Chỗ sửa chưa ghi vào git", f"{len(changed)} tệp: {shown}")
    else:
        yield Finding("Chỗ sửa chưa ghi vào git", "không có")
    ends = (git(root, "config", "core.autocrlf") or b"").decode().strip()
    if ends == "true":
        remedy = "Git sẽ đổi cuối dòng của các tệp. Chạy: git config core.autocrlf input"
        yield Finding("Cuối dòng (core.autocrlf)", ends, remedy)
    else:
        yield Finding("Cuối dòng (core.autocrlf)", ends or "để như tệp")


def _program(what: str, names: tuple[str, ...], package: str, use: str) -> Finding:
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        return Finding(what, "chưa cài", f"{use[:1].upper()}{use[1:]}. Cài bằng: {install(package)}")
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20)
        told = re.search(r"\d+(\.\d+)+", done.stdout)
    except (OSError, subprocess.TimeoutExpired):
        told = None
    return Finding(what, f"{told[0]} ({path})" if told else path)


def _room(root: Path) -> Finding:
    free = shutil.disk_usage(root).free
    told = f"còn {free / 1e9:.1f} GB".replace(".", ",")
    if free >= ROOM:
        return Finding("Chỗ trên đĩa", told)
    return Finding("Chỗ trên đĩa", told, "Xóa bớt tệp: lần dựng đầu cần khoảng 1,5 GB.", is_missing=True)


def _writable(root: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError as error:
        remedy = "Chép dự án sang chỗ ghi được, hoặc xin quyền ghi vào thư mục này."
        return Finding("Quyền ghi", f"không ghi được vào {root} ({error.strerror})", remedy, is_missing=True)
    return Finding("Quyền ghi", "ghi được vào thư mục dự án")


def _letters() -> Finding:
    """Whether Vietnamese letters come out: the encodings of this process's output and of file names."""
    used = sys.stdout.encoding or "không rõ"
    names = sys.getfilesystemencoding()
    if {used.lower().replace("-", ""), names.lower().replace("-", "")} <= {"utf8"}:
        return Finding(
            "Mã chữ", f"UTF-8 (ngôn ngữ của máy: {os.environ.get('LC_ALL') or os.environ.get('LANG') or 'C'})"
        )
    remedy = "Đặt biến PYTHONUTF8=1 trước khi chạy (lệnh make tự đặt)."
    return Finding("Mã chữ", f"màn hình {used}, tên tệp {names}", remedy, is_missing=True)
