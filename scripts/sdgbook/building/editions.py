"""Frozen editions, each built once from its tag, by the tag's own code, and kept in `_build/editions` by its commit.

So code of another time is run. What all versions of it must keep to: `python -m sdgbook site` in a project's folder
builds `_build/html`, without frozen editions where `SDGBOOK_WITHOUT_FROZEN` is set.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from sdgbook.building import confined
from sdgbook.building.inputs import SETTINGS
from sdgbook.commits import environment, git
from sdgbook.data import Row
from sdgbook.data.frozen import REVISIONS, WITHOUT, at_tag, commits_of, folder_of, tag_of
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.publish.editions import Correction, lay_out
from sdgbook.publish.manifest import manifest
from sdgbook.report import inline, numbers
from sdgbook.report.facts import Facts, facts_of

LIST = "manifest.txt"
# How many lines of what a failed build has said are told.
LAST = 12


def built_editions(root: Path, folder: Path, tell: Callable[[str, int | None, str], None]) -> dict[int, Path]:
    """The sites of all frozen editions by year, below `folder`: each is built now unless it is there, whole.

    Raises `ProblemsFound` where git does not have an edition's tag with its whole history, since an address that was
    published must not be lost, or where it cannot be built. None are given where the reader of the site asked for none.
    """
    if os.environ.get(WITHOUT):
        return {}
    found = {}
    for year, commit in commits_of(root).items():
        if not commit:
            raise ProblemsFound([_without_tag(root, year)])
        found[year] = folder / commit / "html"
        if not _is_whole(folder / commit):
            shutil.rmtree(folder / commit, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            tell(f"Dựng ấn bản {year} từ thẻ {tag_of(year)} (chỉ một lần)", None, "")
            # What a killed build has left here is swept by a good one.
            with tempfile.TemporaryDirectory(prefix="new-", dir=folder) as place:
                _build(root, year, commit, Path(place), lambda words: tell(words, None, ""))
                (Path(place) / "kept").rename(folder / commit)
    return found


def sweep(folder: Path, used: dict[int, Path]) -> None:
    """Remove what is kept in `folder` of editions that are not `used`, and what killed builds have left."""
    names = {path.parent.name for path in used.values()}
    for path in folder.iterdir() if folder.exists() else ():
        if path.name not in names:
            shutil.rmtree(path, ignore_errors=True)
    if not names and folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def lay_beside(root: Path, editions: dict[int, Path], living: Path, target: Path) -> Path:
    """Put copies of the editions' sites into folders of `target`, called by their years, with what their pages say on
    top; returns `target`. `living` holds the living pages."""
    for year, kept in editions.items():
        lay_out(kept, target / str(year), year, living, corrections(root, year))
    return target


def _without_tag(root: Path, year: int) -> Problem:
    told = f"Ấn bản {year} đã chốt, phải còn ở /{year}/ như lúc chốt, mà ở đây không có thẻ {tag_of(year)}"
    if git(root, "rev-parse", "--verify", "HEAD") is None:
        told, remedy = f"{told} (không có git).", "Lấy dự án bằng `git clone`."
    else:
        told = f"{told} hoặc lịch sử không đủ."
        remedy = (
            "Chạy `git fetch --tags --unshallow` (lịch sử đã đủ thì `git fetch --tags`). Nếu vừa chốt ở máy khác: ở đó "
            "chạy `git push --tags`."
        )
    remedy += f" Chỉ để xem thử, không đăng: `{WITHOUT}=1 make site` dựng trang không có /{year}/."
    return Problem(f"{folder_of(year)}/edition.csv", 2, "status", told, remedy, kind="git")


def _is_whole(kept: Path) -> bool:
    try:
        return manifest(kept / "html").text == (kept / LIST).read_text(encoding="utf-8")
    except (OSError, ProblemsFound):
        return False


def _build(root: Path, year: int, commit: str, place: Path, tell: Callable[[str], None]) -> None:
    """Build the site of an edition in `place`, and leave it there in `kept` with the list of its files."""
    project = _check_out(root, year, commit, place / "source")
    python = sys.executable
    if _installs(root) != _installs(project):
        tell(f"Ấn bản {year} cần các thư viện của thời ấy: cài riêng cho nó (lần này mất vài phút)")
        _run(year, project, sys.executable, "scripts/bootstrap.py")
        python = str(project / ".venv" / "bin" / "python")
    # Only to install needs the network.
    tell(confined.told())
    words = confined.command([python, "-m", "sdgbook", "site"], project=project, writable=[project / "_build"])
    _run(year, project, *words)
    (place / "kept").mkdir()
    (project / "_build" / "html").rename(place / "kept" / "html")
    (place / "kept" / LIST).write_text(manifest(place / "kept" / "html").text, encoding="utf-8")


def _check_out(root: Path, year: int, commit: str, source: Path) -> Path:
    """The project as it was at a commit, in a repository of its own whose history is that of `root`: days on its pages
    are those of then. Nothing is written in the repository of `root`."""
    told = git(root, "rev-parse", "--show-object-format", "--git-path", "objects", "--show-prefix") or b""
    form, objects, prefix = [*os.fsdecode(told).split("\n"), "", "", ""][:3]
    done = git(root, "init", "--quiet", "--template=", f"--object-format={form}", "--", str(source)) is not None
    if done:
        shared = source / ".git" / "objects" / "info" / "alternates"
        shared.parent.mkdir(parents=True, exist_ok=True)
        shared.write_bytes(os.fsencode(root / objects) + b"\n")
        plain = ("-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false", "-c", "advice.detachedHead=false")
        for words in (("update-ref", f"refs/tags/{tag_of(year)}", commit), ("checkout", "--quiet", "--detach", commit)):
            done = done and git(source, *plain, *words) is not None
    if not done or not (source / prefix).is_dir():
        told = f"Git không lấy ra được dự án như lúc chốt ấn bản {year} (thẻ {tag_of(year)})."
        remedy = "Chạy `git fsck`; kho hỏng thì lấy lại bằng `git clone`."
        raise ProblemsFound([Problem(".git", None, None, told, remedy, kind="git")])
    return source / prefix


def _installs(project: Path) -> tuple[bytes, object]:
    """What the environment of a project is made from: its lock, and the names under which others find its parts."""
    points = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("entry-points")
    return (project / "requirements.txt").read_bytes(), points


def _run(year: int, project: Path, *command: str) -> None:
    # Nothing of this build: neither its day nor its executors nor where its mistakes are told.
    ours = (*SETTINGS, "SDGBOOK_PROBLEMS", "VIRTUAL_ENV")
    env = {name: value for name, value in environment().items() if name not in ours}
    env |= {"PYTHONPATH": str(project / "scripts"), "PYTHONUTF8": "1", WITHOUT: "1"}
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(command, cwd=project, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
    if done.returncode:
        told = f"Không dựng được ấn bản {year} từ thẻ {tag_of(year)}: {' / '.join(lines[-LAST:])}"
        remedy = "Thiếu mạng hay đĩa thì chạy lại; còn lại thì báo cho người phát triển."
        raise ProblemsFound([Problem(f"{folder_of(year)}/edition.csv", None, None, told, remedy, kind="git")])


def corrections(root: Path, year: int) -> Iterator[Correction]:
    """The corrections of an edition that came after it was frozen, oldest first."""
    facts = facts_of(root).within(year)
    rows = facts.rows("revisions", year)
    if not rows:
        return
    then = at_tag(root, year, f"{folder_of(year)}/{REVISIONS}") or ""
    known = list(csv.reader(io.StringIO(then, newline="")))
    now = list(csv.reader(io.StringIO((root / rows[0].file).read_text(encoding="utf-8"), newline="")))
    for row in sorted(rows, key=lambda row: (row["revised_on"], row.line)):
        if now[row.line - 1] in known:
            continue
        if row["about"] in facts.package.table("sections", year).by_key:
            yield Correction(f"{row['about']} của báo cáo", _says(row, facts, "“{}”".format), frozenset())
            continue
        fact = facts.find(row["about"])
        # What is computed from it is another number too.
        anchors = {fact.id, *(one.id for one in facts.derived() if fact.cells[0] in one.cells)}

        def measured(text: str, symbol: str = fact.unit.symbol) -> str:
            return numbers.with_unit(numbers.format_number(Decimal(text)), symbol)

        about = f"{fact.label}, {fact.when}"
        yield Correction(about, _says(row, facts, measured), frozenset(anchors), fact.page, fact.id)


def _says(row: Row, facts: Facts, written: Callable[[str], str]) -> str:
    old, new, day = written(row["old_value"]), written(row["new_value"]), numbers.spell_date(row["revised_on"])
    reason = inline.plain(row["reason_vi"], facts)
    return f"{old} → {new}, sửa ngày {day} theo quyết định của {row['decided_by']}. {reason}"
