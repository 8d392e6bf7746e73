"""New locks in one command: made, installed in an empty place, tried, told, and only then put in the place of the old.

The trial is a clone of the current commit with the new locks, in `_build/renewal/project`: it is set up as on a new
machine (`scripts/bootstrap.py`). Whatever fails, the project's own files stay as they are.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.files import digests_in, write
from sdgbook.hosting.supply import licences, locks, uv

PLACE, SUMMARY = "_build/renewal", "_build/renewal/thu-vien.md"
# For every Python that is served, with hashes; no word of where packages come from.
COMPILE = "--universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url"
COMPILE += " --no-emit-find-links --only-binary :all: --no-emit-build-options"
# Settings that would lead the trial to another project.
OWN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SDGBOOK_PROBLEMS", "MAKEFLAGS", "MAKELEVEL")


@dataclass
class Renewal:
    """What a renewal found: locks by file, licences before and after, what was tried (words, and whether it passed),
    and how many files of the site differ from those that the old packages make (None: not tried)."""

    locks: dict[str, str]
    before: list[licences.Licensed]
    after: list[licences.Licensed]
    tried: list[tuple[str, bool]] = field(default_factory=list)
    files: int = 0
    differing: int | None = None

    @property
    def moved(self) -> list[str]:
        """Rows of a Markdown table: each package that is new, gone, or another one."""
        old, new = _by_name(self.before), _by_name(self.after)
        rows = []
        for name in sorted(old.keys() | new.keys()):
            was, now = old.get(name, []), new.get(name, [])
            if [(row.version, row.licence, row.needed_for) for row in was] == [
                (row.version, row.licence, row.needed_for) for row in now
            ]:
                continue
            from_, to = (_told([row.version for row in side], none) for side, none in ((was, "mới"), (now, "bỏ")))
            licence = _changed([row.licence for row in was], [row.licence for row in now])
            used = _changed([row.needed_for for row in was], [row.needed_for for row in now])
            rows.append(f"| {name} | {from_} | {to} | {used} | {licence} | {_grown(was, now)} |")
        return rows

    def told(self) -> str:
        """The summary in Markdown, for whoever reviews the change."""
        passed = all(good for _, good in self.tried)
        lines = ["# Làm mới khóa thư viện", ""]
        lines += [f"- {'✓' if good else '✗'} {words}" for words, good in self.tried]
        if self.differing is not None:
            lines.append(f"- Trang dựng bằng thư viện mới: {self.differing} trong {self.files} tệp khác trước.")
        rows = self.moved
        lines += [
            "",
            "Mọi phép thử đã chạy đều đạt." if passed else "Có phép thử không đạt: các khóa giữ nguyên như cũ.",
        ]
        if rows:
            head = "| Thư viện | Từ | Đến | Dùng cho | Giấy phép | Cỡ khi cài (KB) |"
            lines += ["", f"{len(rows)} thư viện đổi:", "", head, "|---|---|---|---|---|---|", *rows]
            sizes = [sum(int(row.kilobytes or 0) for row in side) for side in (self.before, self.after)]
            lines += ["", f"Cỡ của tất cả: {sizes[0] // 1024} MB → {sizes[1] // 1024} MB."]
        else:
            lines += ["", "Không thư viện nào đổi."]
        return "\n".join(lines) + "\n"


def _by_name(rows: Iterable[licences.Licensed]) -> dict[str, list[licences.Licensed]]:
    found: dict[str, list[licences.Licensed]] = {}
    for row in rows:
        found.setdefault(row.name, []).append(row)
    return found


def _told(values: list[str], none: str = "") -> str:
    return ", ".join(dict.fromkeys(values)) or f"({none})"


def _changed(was: list[str], now: list[str]) -> str:
    """One value where both are the same; “from → to” in bold where they differ."""
    if not was or not now or set(was) == set(now):
        return _told(now or was)
    return f"**{_told(was)} → {_told(now)}**"


def _grown(was: list[licences.Licensed], now: list[licences.Licensed]) -> str:
    sizes = [sum(int(row.kilobytes or 0) for row in side) for side in (was, now)]
    return f"{sizes[0]} → {sizes[1]}"


def compile_locks(root: Path, place: Path, words: list[str]) -> dict[str, str]:
    """New locks by file, from the project's `pyproject.toml` and its locks; `words`: more options for uv.

    Raises `ProblemsFound`.
    """
    place.mkdir(parents=True, exist_ok=True)
    for name in ("pyproject.toml", locks.SITE, locks.DEV):
        shutil.copyfile(root / name, place / name)
    common = ["pip", "compile", "--quiet", "pyproject.toml", *COMPILE.split(), *words, "--output-file"]
    uv.run(place, *common, locks.SITE)
    # The constraint keeps both locks at equal versions.
    uv.run(place, *common, locks.DEV, "--extra", "dev", "--constraint", locks.SITE)
    return {name: (place / name).read_text(encoding="utf-8") for name in (locks.SITE, locks.DEV)}


def renew(
    root: Path,
    tell: Callable[[str], None],
    packages: list[str] | None = None,
    only_needed: bool = False,
    with_tests: bool = True,
) -> Renewal:
    """Make, try and put in place new locks: newest versions of all packages, of `packages` alone, or, `only_needed`,
    only what a changed `pyproject.toml` asks for. `with_tests` runs the whole suite too.

    The summary is written to `_build/renewal/thu-vien.md` whatever comes out. Raises `ProblemsFound` where a lock
    cannot be made, or a check fails: the project's files are then as they were.
    """
    place = root / PLACE
    shutil.rmtree(place, ignore_errors=True)
    words = [f"--upgrade-package={name}" for name in packages or []] or ([] if only_needed else ["--upgrade"])
    tell("Đang tìm phiên bản mới …")
    made = compile_locks(root, place, words)
    # Refuses a lock that would name anything but packages and hashes.
    site, dev = (locks.read_lock(made[name], name) for name in (locks.SITE, locks.DEV))
    found = Renewal(made, licences.kept_licences(root), [])
    found.tried.append(("Khóa chỉ có tên, phiên bản và mã băm; không có địa chỉ máy chủ nào.", True))
    tell("Đang xem giấy phép của từng thư viện …")
    found.after = licences.look_up(root, site, dev)
    wrong = licences.problems_of(found.after)
    found.tried.append(("Giấy phép của mọi thư viện đều dùng được.", not wrong))
    files = {**made, licences.FILE: licences.written(found.after)}
    if not wrong and any((root / name).read_text(encoding="utf-8") != text for name, text in files.items()):
        wrong = _try(root, place / "project", files, found, with_tests, tell)
    write(root / SUMMARY, found.told())
    if wrong:
        raise ProblemsFound(wrong)
    for name, text in files.items():
        write(root / name, text)
    shutil.rmtree(place / "project", ignore_errors=True)
    return found


def _try(
    root: Path, project: Path, files: dict[str, str], found: Renewal, with_tests: bool, tell: Callable[[str], None]
) -> list[Problem]:
    """Set the project up anew in the folder `project`, with the new `files`, and build it twice; what went wrong."""
    python = str(project / ".venv" / "bin" / "python")
    try:
        _run(root, "git", "clone", "--quiet", "--no-hardlinks", str(root), str(project))
    except Failed as failure:
        remedy = "Chạy lệnh này trong một bản lấy bằng git clone."
        return [Problem("git", None, None, f"Không chép được dự án để thử.\n{failure}", remedy, kind="git")]
    tell("Đang dựng trang bằng các thư viện cũ, để so …")
    try:
        old = _built(project, sys.executable, {"PYTHONPATH": str(project / "scripts")})
    except Failed:
        # Perhaps the new ones are needed for just that.
        old = {}
    for name, text in {**files, "pyproject.toml": (root / "pyproject.toml").read_text(encoding="utf-8")}.items():
        write(project / name, text)
    # Tests ask git what belongs to the project.
    who = ("-c", "user.name=renewal", "-c", "user.email=renewal@localhost", "-c", "core.hooksPath=/dev/null")
    _run(project, "git", *who, "commit", "--quiet", "--all", "--allow-empty", "--message", "New locks, on trial")
    sites: list[dict[str, str]] = []

    def build() -> None:
        sites.append(_built(project, python, {}))

    def build_again() -> None:
        build()
        if sites[0] != sites[1]:
            raise Failed(f"Khác nhau: {', '.join(_differing(*sites)[:10])}.")

    install = [sys.executable, "scripts/bootstrap.py", "--dev"]
    check = [python, "-m", "sdgbook", "check"]
    test = ["make", "test", f"PYTHON={sys.executable}"]
    steps: list[tuple[str, str, Callable[[], object]]] = [
        ("Cài mới từ khóa", "Cài được từ đầu, đúng mã băm, trong một môi trường mới.", lambda: _run(project, *install)),
        ("Kiểm tra", "Dữ liệu và các trang qua được `sdgbook check`.", lambda: _run(project, *check)),
        ("Dựng trang", "Trang dựng được.", build),
        ("Dựng trang lần nữa, từ đầu", "Dựng hai lần, mọi tệp giống nhau từng byte.", build_again),
    ]
    if with_tests:
        told = "Mọi phép thử (`make test`) đều đạt."
        steps.append(("Chạy mọi phép thử (lâu)", told, lambda: _run(project, *test)))
    for doing, told, step in steps:
        tell(f"{doing} …")
        try:
            step()
        except Failed as failure:
            found.tried.append((told, False))
            remedy = f'Xem {SUMMARY}. Các khóa cũ vẫn nguyên. Thử từng thư viện: make renew ARGS="--package TÊN"'
            return [Problem(locks.SITE, None, None, f"{doing}: không đạt.\n{failure}", remedy, kind="machine")]
        found.tried.append((told, True))
    found.files = len(sites[1])
    if old:
        found.differing = len(_differing(old, sites[1]))
    return []


class Failed(Exception):
    """A step of the trial did not pass; its text is what the reader needs to see."""


def _differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Files that two sites do not share, byte for byte."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _built(project: Path, python: str, more: dict[str, str]) -> dict[str, str]:
    """SHA-256 of each file of the site, built from nothing."""
    shutil.rmtree(project / "_build", ignore_errors=True)
    _run(project, python, "-m", "sdgbook", "site", more=more)
    return digests_in(project / "_build" / "html")


def _run(folder: Path, *command: str, more: dict[str, str] | None = None) -> str:
    """What a command prints. Raises `Failed` with the end of it when it does not end well."""
    env = {name: value for name, value in os.environ.items() if name not in OWN and not name.startswith("GIT_")}
    pipe, joined = subprocess.PIPE, subprocess.STDOUT
    env |= {"PYTHONUTF8": "1", **(more or {})}
    done = subprocess.run(command, cwd=folder, env=env, stdout=pipe, stderr=joined, text=True, errors="replace")
    if done.returncode != 0:
        raise Failed("\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-20:]))
    return done.stdout
