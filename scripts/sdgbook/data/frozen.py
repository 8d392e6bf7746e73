"""Frozen editions: their checksums, their tags, and what has been changed in them since.

The rows of a frozen edition say for ever what its report said. `SHA256SUMS` in its folder lists its tables as the
program `sha256sum` writes and reads them, and the Git tag `edition-YEAR` names the commit that froze it. Left out is
`revisions.csv`, where corrections are added afterwards. Reference tables, such as the names of indicators and areas,
are no part of it: they live on for all editions; the tag keeps them as they were then.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from sdgbook.commits import git
from sdgbook.data.package import read_descriptor, split_resource
from sdgbook.data.problems import Problem

# Set in the environment, a site is built without its frozen editions: to look at, or as one of these itself.
WITHOUT = "SDGBOOK_WITHOUT_FROZEN"
SUMS, REVISIONS = "SHA256SUMS", "revisions.csv"
LINE = re.compile(r"([0-9a-f]{64})  ([^/\n]+)")
# How many differences of one file are told one by one.
MOST = 20


def tag_of(year: int) -> str:
    """The name of the tag of a frozen edition."""
    return f"edition-{year}"


def folder_of(year: int) -> str:
    """The folder of an edition, from the project's root."""
    return f"data/editions/{year}"


def frozen_years(root: Path) -> list[int]:
    """Years of the frozen editions, oldest first: those that have checksums."""
    return sorted(int(path.parent.name) for path in (root / "data" / "editions").glob(f"[0-9][0-9][0-9][0-9]/{SUMS}"))


def at_tag(root: Path, year: int, file: str) -> str | None:
    """A file of the project as it was when the edition was frozen; None where git cannot tell."""
    told = git(root, "cat-file", "blob", f"refs/tags/{tag_of(year)}:./{file}")
    return None if told is None else told.decode("utf-8", "replace")


def commits_of(root: Path) -> dict[int, str]:
    """The commits that the tags of the frozen editions name, by year; "" where there is no such tag with its whole
    history."""
    years = frozen_years(root)
    if not years:
        return {}
    words = ("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", "refs/tags/edition-*")
    whole = git(root, "rev-parse", "--is-shallow-repository") == b"false\n"
    lines = (git(root, *words) or b"").decode().splitlines() if whole else []
    # An annotated tag is an object of its own, and names the commit behind it.
    tags = {line.split()[0]: line.split()[-1] for line in lines}
    return {year: tags.get(f"refs/tags/{tag_of(year)}", "") for year in years}


def sums(contents: dict[str, bytes]) -> str:
    """The list of checksums of files by name."""
    return "".join(f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in sorted(contents))


def check_frozen(root: Path) -> list[Problem]:
    """What is no longer as it was when it was frozen: cells, rows, files; empty where nothing is frozen.

    Git is asked for an edition's list of checksums, and for a table only where its checksum differs.
    """
    years = frozen_years(root)
    resources = read_descriptor(root)["resources"]
    problems = []
    for resource in resources:
        name, year = split_resource(resource)
        if name == "edition" and year not in years and _status(root / "data" / resource["path"]) == "frozen":
            problems.append(_without_sums(root, year))
    for year in years:
        own = {Path(r["path"]).name: r for r in resources if split_resource(r)[1] == year}
        problems += _check(root, year, own)
    return problems


def _status(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.DictReader(file), {}).get("status")
    except (OSError, UnicodeDecodeError, csv.Error):
        return None


def _without_sums(root: Path, year: int) -> Problem:
    file = f"{folder_of(year)}/{SUMS}"
    told = f"Ấn bản {year} ghi là đã chốt mà không có tệp mã kiểm tra này."
    if at_tag(root, year, file) is None:
        return Problem(
            file,
            None,
            None,
            told,
            f"Trả ô status về published; muốn chốt thì chạy `make freeze YEAR={year}`.",
            kind="frozen",
        )
    return Problem(file, None, None, told, _restore(year, file), kind="frozen")


def _restore(year: int, file: str) -> str:
    return f"Lấy lại tệp: `git checkout {tag_of(year)} -- {file}`."


def right_way(year: int) -> str:
    """How a figure of a frozen edition is corrected."""
    return (
        f"Muốn sửa một con số thì thêm dòng vào {folder_of(year)}/{REVISIONS}: con số nào, số cũ, số mới, ngày sửa, "
        "ai quyết định, vì sao."
    )


def _check(root: Path, year: int, resources: dict[str, dict[str, Any]]) -> Iterator[Problem]:
    """The problems of one edition, whose tables are `resources` by the names of their files."""
    folder, file = root / folder_of(year), f"{folder_of(year)}/{SUMS}"
    text = (folder / SUMS).read_text(encoding="utf-8", errors="replace")
    then = at_tag(root, year, file)
    if then is None and commits_of(root)[year]:
        told = f"Thẻ {tag_of(year)} của git không phải là lúc chốt ấn bản {year}: ở đó không có tệp này."
        yield Problem(
            file, None, None, told, f"Lấy lại thẻ: `git fetch --force origin tag {tag_of(year)}`.", kind="frozen"
        )
    if then is not None and text != then:
        pairs = zip(text.split("\n"), then.split("\n"), strict=False)
        line = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), None)
        told = f"Danh sách mã kiểm tra của ấn bản {year} không còn như lúc chốt."
        yield Problem(file, line, None, told, _restore(year, file), kind="frozen")
    # What git has kept is right, whatever the file says now.
    lines = (text if then is None else then).splitlines()
    for number, line in enumerate(lines, 1):
        if not LINE.fullmatch(line):
            yield Problem(
                file, number, None, "Dòng này không phải là mã SHA-256 và tên tệp.", _restore(year, file), kind="frozen"
            )
            return
    listed = {match[2]: match[1] for line in lines if (match := LINE.fullmatch(line))}
    for name, digest in listed.items():
        try:
            content = (folder / name).read_bytes()
        except OSError:
            missing = f"Ấn bản {year} đã chốt mà thiếu tệp này."
            yield Problem(
                f"{folder_of(year)}/{name}",
                None,
                None,
                missing,
                _restore(year, f"{folder_of(year)}/{name}"),
                kind="frozen",
            )
            continue
        if hashlib.sha256(content).hexdigest() != digest:
            yield from _changed(root, year, name, content, resources.get(name))
    for name in sorted(resources.keys() - listed.keys() - {REVISIONS}):
        # A kind of table that came later may stand there, as long as it says nothing.
        if (folder / name).is_file() and len((folder / name).read_bytes().splitlines()) > 1:
            told = f"Ấn bản {year} đã chốt: lúc chốt không có bảng này."
            yield Problem(
                f"{folder_of(year)}/{name}", 2, None, told, f"Xóa các dòng của bảng. {right_way(year)}", kind="frozen"
            )


def _changed(root: Path, year: int, name: str, content: bytes, resource: dict[str, Any] | None) -> Iterator[Problem]:
    """What differs in a file whose checksum does: cell by cell where git has kept it as it was, else as a whole."""
    file = f"{folder_of(year)}/{name}"
    then = at_tag(root, year, file)
    found = None
    if then is not None and resource is not None:
        found = _differences(then, content.decode("utf-8", "replace"), resource["schema"]["primaryKey"])
    if not found:
        told = f"Ấn bản {year} đã chốt mà tệp này bị đổi: mã SHA-256 không còn như lúc chốt."
        yield Problem(file, None, None, told, f"{_restore(year, file)} {right_way(year)}", kind="frozen")
        return
    for line, column, told, remedy in found[:MOST]:
        way = remedy or _restore(year, file)
        # What an edition is called and whether it is frozen is no figure that a revision could correct.
        way += "" if name == "edition.csv" else f" {right_way(year)}"
        yield Problem(file, line, column, f"Ấn bản {year} đã chốt: {told}", way, kind="frozen")
    if len(found) > MOST:
        rest = f"Ấn bản {year} đã chốt mà còn {len(found) - MOST} chỗ nữa của tệp này bị đổi."
        yield Problem(file, None, None, rest, _restore(year, file), kind="frozen")


Rows = dict[tuple[str, ...], tuple[int, dict[str, str]]]


def _rows(text: str, key: Collection[str]) -> Rows | None:
    """Line and cells of the rows of a table by their keys; None where it is no table with such keys."""
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(reader, [])
        rows = [(n, dict(zip(header, cells, strict=True))) for n, cells in enumerate(reader, 2)]
        return {tuple(row[column] for column in key): (line, row) for line, row in rows}
    except (csv.Error, ValueError, KeyError):
        return None


def _differences(then: str, now: str, key: Collection[str]) -> list[tuple[int | None, str | None, str, str]] | None:
    """Where a table differs from what it was: line, column, what is wrong, what to do; None where that cannot be told
    by rows and columns."""
    before, after = _rows(then, key), _rows(now, key)
    if before is None or after is None:
        return None
    found: list[tuple[int | None, str | None, str, str]] = []
    for own, (line, row) in after.items():
        if own not in before:
            found.append((line, None, "lúc chốt không có dòng này.", "Xóa dòng này."))
            continue
        was = before[own][1]
        if row.keys() != was.keys():
            return None
        for column in row:
            if row[column] != was[column]:
                old, new = (f"“{cell}”" if cell else "trống" for cell in (was[column], row[column]))
                found.append((line, column, f"ô này lúc chốt là {old}, nay là {new}.", f"Trả ô về {old}."))
    for own in before:
        if own not in after:
            found.append((None, None, f"thiếu dòng “{'; '.join(own)}”.", ""))
    return found
