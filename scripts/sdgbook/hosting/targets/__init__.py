"""Where a site is published: a folder here or on a server, a branch that a host shows, an archive. All do the same.

A target holds releases. One of them is live; a new one is put beside it, whole, compared with what was sent, and only
then shown, in one step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sdgbook.commits import git
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.hosting.proof import Release

# Styles and scripts whose folder's name is a digest of what is in it.
ASSETS = re.compile(r"_static/[0-9a-f]{16}(?=/)")
ARCHIVES = (".zip", ".tar.gz", ".tgz")
PAGES, BRANCH = "pages", "gh-pages"
SERVER = re.compile(r"(?P<host>(?:[\w.-]+@)?\w[\w.-]*):(?P<path>.*)")
SSH = re.compile(r"ssh://(?P<host>(?:[\w.-]+@)?\w[\w.-]*)(?::(?P<port>\d+))?(?P<path>/.*)")


@dataclass(frozen=True)
class Standing:
    """A release that stands at a target: its name there, what it says of itself, SHA-256 by file of its `manifest` and
    of what it keeps of earlier ones; whether it was `withdrawn`, by going back from it."""

    name: str
    release: Release
    manifest: dict[str, str]
    kept: dict[str, str] = field(default_factory=dict)
    withdrawn: bool = False

    def assets(self) -> set[str]:
        """The folders of its own styles and scripts."""
        return {found[0] for name in self.manifest if (found := ASSETS.match(name))}

    def carried(self) -> set[str]:
        """The folders that it has kept of earlier ones."""
        return {found[0] for name in self.kept if (found := ASSETS.match(name))}


@dataclass(frozen=True)
class Standings:
    """All releases at a target that were ever live, oldest first; the live one's name, "" where none is; the last name
    that is taken."""

    all: tuple[Standing, ...] = ()
    live_name: str = ""
    last_name: str = ""

    @property
    def live(self) -> Standing | None:
        """The release that readers get; None where none is, or it does not tell what it is."""
        return next((one for one in self.all if one.name == self.live_name), None)

    @property
    def earlier(self) -> Standing | None:
        """The release to which one goes back from the live one."""
        names = [one for one in self.all if one.name < self.live_name and not one.withdrawn]
        return names[-1] if names else None


class Place(Protocol):
    """A target while it is worked at. Every method raises `ProblemsFound` with what the target refuses."""

    def standings(self) -> Standings:
        """What stands there."""

    def fetch(self, standing: Standing, folder: Path, assets: set[str] | None = None) -> None:
        """Bring a release into a folder, without compressed twins: all of it, or only these folders of its own."""

    def lock(self) -> None:
        """Keep other publishers away until the place is left. What killed ones have left is cleared away."""

    def upload(self, folder: Path, name: str, live: str, withdrawn: tuple[str, ...] = ()) -> None:
        """Bring a new release there, beside the `live` one, under a name that comes after all others; see that it is as
        it was sent, byte for byte. Once it is shown, nobody goes back to those that are `withdrawn`."""

    def switch(self, name: str, live: str) -> None:
        """Show the release that was uploaded in place of the live one, in one step."""

    def verify(self) -> None:
        """See that what readers get is what was sent, byte for byte."""

    def back(self, live: str) -> None:
        """Show the release again that was live before; nothing where none was."""

    def prune(self, keep: int, before: str) -> None:
        """Keep the last releases, and what was live `before`, which somebody may be reading."""


class Target(Protocol):
    """Where to publish, as it was named."""

    # As people are told of it.
    name: str
    # Whether its servers send compressed twins; whether readers get a release as soon as it is switched to.
    twins: bool
    at_once: bool

    def opened(self) -> Iterator[Place]:
        """A context in which it is worked at. Raises `ProblemsFound` when it cannot be reached."""


def refused(told: str, remedy: str, kind: str = "publish") -> ProblemsFound:
    """What is raised when something stands against publishing."""
    return ProblemsFound([Problem("publish", None, None, told, remedy, kind=kind)])


def target_of(root: Path, to: str) -> Target:
    """The target that is named so: `user@host:/folder`, `pages`, `remote#branch`, a file `.zip` or `.tar.gz`, else a
    folder. Raises `ProblemsFound` when it is none."""
    from sdgbook.hosting.targets.archive import Archive
    from sdgbook.hosting.targets.branch import Branch
    from sdgbook.hosting.targets.releases import Folder, Server

    if not to or to.startswith("-"):
        told = f"“{to}” không phải là nơi đăng." if to else "Chưa nói đăng ở đâu."
        raise refused(told, "Ví dụ: make publish TO=/srv/trang", kind="command")
    if to == PAGES:
        return Branch(root, "origin", BRANCH)
    if "#" in to and (branch := to.rpartition("#")[2]):
        if git(root, "check-ref-format", "--branch", branch) is None:
            raise refused(f"“{branch}” không phải là tên một nhánh của git.", "Ví dụ: TO=origin#gh-pages", "command")
        return Branch(root, to.rpartition("#")[0] or "origin", branch)
    if found := SSH.fullmatch(to):
        return Server(to, found["host"], found["path"], found["port"])
    if "://" in to:
        remedy = "Ghi một thư mục, người@máy:/thư-mục, pages, hay một tệp .zip hoặc .tar.gz."
        raise refused(f"Chưa biết cách đăng lên “{to}”.", remedy, kind="command")
    if (found := SERVER.fullmatch(to)) and not Path(to).exists():
        return Server(to, found["host"], found["path"].removeprefix("~/") or ".")
    path = Path(to).expanduser().absolute()
    if path.resolve().is_relative_to(root.resolve()) and not path.resolve().is_relative_to(root.resolve() / "_build"):
        told = f"“{to}” nằm trong thư mục của dự án: git sẽ thấy cả trang web đã đăng ở đó."
        raise refused(told, "Chọn một chỗ ngoài dự án.", kind="command")
    return Archive(to, path) if to.endswith(ARCHIVES) else Folder(to, path)


@contextmanager
def told_plainly(name: str) -> Iterator[None]:
    """Turn what the system refuses within into what people are told of the target `name`."""
    try:
        yield
    except OSError as error:
        raise because(name, error.strerror or str(error)) from None


# What programs say, in part, and what people are told: with what to do.
SAYINGS = (
    ("No space left on device", "Ổ đĩa ở {name} đã đầy.", "Xóa bớt tệp ở đó rồi chạy lại."),
    ("Disk quota exceeded", "Ở {name} đã hết phần đĩa dành cho tài khoản này.", "Xóa bớt tệp ở đó rồi chạy lại."),
    ("File too large", "Ở {name} không ghi được tệp lớn như thế.", "Xem giới hạn (ulimit -f) của tài khoản ở đó."),
    ("Connection refused", "Máy ở {name} không nhận kết nối SSH.", "Xem lại tên máy, cổng, và dịch vụ ssh ở máy ấy."),
    ("Could not resolve", "Không tìm ra máy ở {name}.", "Xem lại tên máy và mạng."),
    ("No route to host", "Không có đường tới máy ở {name}.", "Xem lại mạng, rồi chạy lại."),
    ("timed out", "Máy ở {name} không trả lời.", "Xem lại tên máy, cổng và mạng, rồi chạy lại."),
    (
        "Host key verification failed",
        "Chưa tin được máy ở {name}: khóa của nó lạ, hoặc đã đổi.",
        "Chạy `ssh` tới máy ấy một lần, so khóa mà máy hiện với khóa người quản trị cho, rồi chạy lại.",
    ),
    (
        "Permission denied (",
        "Máy ở {name} không cho đăng nhập.",
        "Xem lại tên người dùng và khóa SSH; thử bằng `ssh` tới máy ấy.",
    ),
    (
        "Permission denied",
        "Không được phép ghi vào {name}.",
        "Xem chủ và quyền của thư mục ấy, cả của thư mục chứa nó; chạy lại bằng tài khoản có quyền.",
    ),
    ("Operation not permitted", "Không được phép ghi vào {name}.", "Xem chủ và quyền của thư mục ấy, rồi chạy lại."),
    ("Read-only file system", "Ổ đĩa ở {name} chỉ cho đọc.", "Chọn nơi khác, hoặc cho phép ghi ở đó."),
    ("Not a directory", "{name} không phải là thư mục.", "Chọn một thư mục trống, hoặc thư mục chưa có."),
)


def because(name: str, said: str) -> ProblemsFound:
    """What is raised when the target `name` fails, from what a program said."""
    for sign, told, remedy in SAYINGS:
        if sign in said:
            return refused(told.format(name=name), remedy)
    words = " ".join(said.split())[-300:] or "không nói gì"
    return refused(f"Việc đăng ở {name} dừng lại: {words}.", "Xem lại điều được nêu, rồi chạy lại.")
