"""Frozen editions, each built once from its tag, by the tag's own code, and kept in `_build/editions` by its commit."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

from sdgbook.building import checkouts, confined
from sdgbook.commits import git
from sdgbook.data import Row
from sdgbook.data.frozen import REVISIONS, WITHOUT, at_tag, commits_of, folder_of, tag_of
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.publish.editions import Correction, lay_out
from sdgbook.report import inline, numbers
from sdgbook.report.facts import Facts, facts_of


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
        if not checkouts.is_whole(folder / commit):
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


def _build(root: Path, year: int, commit: str, place: Path, tell: Callable[[str], None]) -> None:
    """Build the site of an edition in `place`, and leave it there in `kept` with the list of its files."""
    try:
        project = checkouts.take_out(root, commit, {tag_of(year): commit}, place / "source")
    except checkouts.Failed:
        raise ProblemsFound([checkouts.not_taken_out(f"lúc chốt ấn bản {year} (thẻ {tag_of(year)})")]) from None
    told = f"Ấn bản {year} cần các thư viện của thời ấy: cài riêng cho nó (lần này mất vài phút)"
    tell(confined.told())
    checkouts.build(root, project, partial(_run, year), lambda: tell(told))
    checkouts.keep(project, place / "kept")


def _run(year: int, project: Path, *command: str) -> None:
    try:
        checkouts.run(project, *command, **{WITHOUT: "1"})
    except checkouts.Failed as error:
        told = f"Không dựng được ấn bản {year} từ thẻ {tag_of(year)}: {error}"
        remedy = "Thiếu mạng hay đĩa thì chạy lại; còn lại thì báo cho người phát triển."
        raise ProblemsFound([Problem(f"{folder_of(year)}/edition.csv", None, None, told, remedy, kind="git")]) from None


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
