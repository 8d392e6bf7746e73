"""A new edition: made as a draft, adopted when nothing is missing any more, or taken away again."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sdgbook.data import DataPackage, Problem, ProblemsFound, read_package
from sdgbook.data.package import DESCRIPTOR, split_resource
from sdgbook.edit.check import check
from sdgbook.edit.markdown import ChapterFile, read_chapter
from sdgbook.edit.new import carried, contents, pages
from sdgbook.edit.new.changes import Changes
from sdgbook.report import drafts, inline
from sdgbook.report.context import WAITING
from sdgbook.report.facts import Facts, use

EDITIONS = "data/editions"
# How people call these commands.
ADOPT, TODO, REMOVE = "make adopt ARGS={}", "make todo ARGS={}", 'make remove ARGS="edition {}"'
# The file of a draft, and the line there of each line of the page that it becomes.
Place = tuple[str, list[int]]
LINK = re.compile(r"(?<=\]\()([^)#\s:]+\.md)(?=[)#])")


def refuse(file: str, message: str, remedy: str = "", line: int | None = None) -> ProblemsFound:
    """What a command says that does nothing."""
    return ProblemsFound([Problem(file, line, None, message, remedy, kind="command")])


def year_of(text: str) -> int:
    """A year as people type it; `ProblemsFound` when it is none."""
    if not re.fullmatch(r"(19|20)\d\d", text):
        raise refuse(EDITIONS, f"“{text}” không phải là năm.", "Viết năm bằng bốn chữ số, ví dụ 2001.")
    return int(text)


def status_of(package: DataPackage, year: int) -> str:
    """Whether an edition is a draft, published or frozen."""
    return package.table("edition", year).rows[0]["status"]


def draft_edition(root: Path, year: int) -> DataPackage:
    """The package whose edition of this year is a draft; `ProblemsFound` when it is none."""
    package = read_package(root)
    if year not in package.editions:
        known = ", ".join(map(str, package.editions))
        raise refuse(EDITIONS, f"Chưa có ấn bản {year}.", f"Các ấn bản hiện có: {known}.")
    if status_of(package, year) != "draft":
        table = package.table("edition", year)
        raise refuse(table.file, f"Ấn bản {year} không phải là bản nháp.", "Lệnh này chỉ dùng cho bản nháp.", 2)
    return package


def new_edition(root: Path, year: int, title: str = "") -> list[str]:
    """Make the edition of a year as a draft; returns what was made, in sentences. `title` is that of the report.

    Raises `ProblemsFound` when there can be no such edition, and `OSError` when files cannot be written; nothing has
    been written then.
    """
    package = read_package(root)
    newest = package.editions[-1]
    if year in package.editions:
        way = f"Muốn làm lại từ đầu, bỏ nó trước: {REMOVE.format(year)}." if status_of(package, year) == "draft" else ""
        raise refuse(f"{EDITIONS}/{year}", f"Ấn bản {year} đã có.", way or "Chọn năm khác.")
    if year < newest:
        told = f"Năm {year} trước ấn bản mới nhất ({newest})."
        raise refuse(EDITIONS, told, f"Ấn bản mới phải là của năm sau {newest}.")
    if status_of(package, newest) == "draft":
        told = f"Ấn bản {newest} còn là bản nháp, mà chỉ ấn bản mới nhất mới được là bản nháp."
        raise refuse(
            f"{EDITIONS}/{newest}",
            told,
            f"Đăng nó trước ({ADOPT.format(newest)}), hoặc bỏ nó ({REMOVE.format(newest)}).",
        )
    for made in (f"{EDITIONS}/{year}", f"book/{drafts.folder(year)}", f"book/{inline.OUTLINE}-{year}.md"):
        if (root / made).exists():
            raise refuse(made, "Chỗ này đã có sẵn.", f"Bỏ đi ({REMOVE.format(year)}), rồi chạy lại.")
    changes = planned(root, package, newest, year, title)
    changes.apply()
    rows = len(package.table("observations", newest).rows)
    texts = sum(file.startswith("book/") for file in changes.files) - 2
    return [
        f"Đã tạo ấn bản {year} ở dạng bản nháp, theo cấu trúc của ấn bản {newest}:",
        f"  {EDITIONS}/{year}/: các bảng, trong đó observations.csv có {rows} dòng để điền hoặc xóa",
        f"  book/{drafts.folder(year)}/: {texts} trang nháp và danh sách còn thiếu (index.md)",
        f"  book/{inline.OUTLINE}-{year}.md: trang đề cương",
        f"  data/datapackage.json và _toc.yml: thêm phần của ấn bản {year}",
        f"Ấn bản {newest} và các trang đang đăng không đổi.",
        f"Bắt đầu từ {EDITIONS}/{year}/edition.csv.",
        f"Còn thiếu gì: {TODO.format(year)}. Bỏ bản nháp: {REMOVE.format(year)}.",
    ]


def planned(root: Path, package: DataPackage, old: int, year: int, title: str = "") -> Changes:
    """All files of a new edition made from the edition `old`."""
    changes = Changes(root)
    for path, text in carried.tables(package, old, year, title).items():
        changes.write(f"data/{path}", text)
    facts = Facts(package).within(old)
    told = pages.drafted(root, package, old)
    for page, edition in told.items():
        changes.write(f"book/{pages.draft_name(page, year)}.md", pages.draft(root, facts, page, edition, year))
    first, outline = f"{drafts.folder(year)}/index", f"{inline.OUTLINE}-{year}"
    changes.write(f"book/{first}.md", pages.from_template("checklist", year=year))
    changes.write(f"book/{outline}.md", pages.from_template("outline", year=year))
    # What joins these to the project comes last.
    names = [first, outline, *(pages.draft_name(page, year) for page in told)]
    toc = contents.with_part(changes.read(contents.FILE), drafts.part(year), names)
    changes.write(contents.FILE, toc)
    descriptor = dict(package.descriptor)
    descriptor["resources"] = [*descriptor["resources"], *carried.resources(package, old, year)]
    changes.write(DESCRIPTOR.as_posix(), as_json(descriptor))
    return changes


def as_json(descriptor: dict[str, Any]) -> str:
    """`datapackage.json` as it is written."""
    return json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"


def remove_edition(root: Path, year: int, sure: Callable[[str], bool]) -> list[str]:
    """Take a draft edition away; returns what was done, in sentences. `sure` is asked with a question when that loses
    what people have entered. What a command that was cut off has left is taken away too.

    Raises `ProblemsFound` for an edition that is no draft, or that other pages tell, and when the answer is no.
    """
    folder, outline = f"{EDITIONS}/{year}", f"book/{inline.OUTLINE}-{year}.md"
    own = f"book/{drafts.folder(year)}"
    if not any((root / made).exists() for made in (folder, outline, own)):
        raise refuse(folder, f"Không có ấn bản {year}.", "Xem lại năm.")
    # What cannot be read can be taken away too.
    package = read_package(root, strict=False)
    if year in package.editions:
        status = status_of(package, year) if package.table("edition", year).rows else None
        if status != "draft" and not (status is None and (root / own).exists()):
            word = {"published": "đã đăng", "frozen": "đã chốt"}.get(status, "không nói rõ là bản nháp")
            told = f"Ấn bản {year} {word}, không bỏ được."
            raise refuse(f"{folder}/edition.csv", told, "Số sai thì sửa và ghi vào revisions.csv.", 2)
    others = [
        chapter.file
        for path in sorted((root / "book").rglob("*.md"))
        if (chapter := read_chapter(root, path)).front.get("edition") == year
        and not (chapter.file == outline or chapter.file.startswith(f"{own}/"))
    ]
    if others:
        remedy = "Xóa trang này, hoặc đổi edition ở đầu trang và trong ô mã, rồi chạy lại."
        raise ProblemsFound(
            [Problem(file, None, None, f"Trang này kể theo ấn bản {year}.", remedy, kind="command") for file in others]
        )
    lost = list(_entered(root, package, year))
    if lost and not sure(f"Sẽ mất {' và '.join(lost)}. Bỏ ấn bản {year}?"):
        raise refuse(
            folder,
            f"Ấn bản {year} có {' và '.join(lost)}; chưa bỏ gì.",
            f'Chắc chắn muốn bỏ: make remove ARGS="edition {year} --yes".',
        )
    changes = Changes(root)
    descriptor = dict(package.descriptor)
    descriptor["resources"] = [r for r in descriptor["resources"] if split_resource(r)[1] != year]
    if descriptor["resources"] != package.descriptor["resources"]:
        changes.write(DESCRIPTOR.as_posix(), as_json(descriptor))
    changes.write(contents.FILE, contents.without_part(changes.read(contents.FILE), drafts.part(year)))
    for made in (folder, own):
        changes.remove_folder(made)
    changes.remove(outline)
    changes.apply()
    return [f"Đã bỏ bản nháp {year}: {folder}/, {own}/, {outline} và phần của nó trong datapackage.json, _toc.yml."]


def _entered(root: Path, package: DataPackage, year: int) -> list[str]:
    """What people have put into a draft edition, in words."""
    if year not in package.editions:
        return []
    filled = sum(row["obs_value"] is not None for row in package.table("observations", year).rows)
    before = DataPackage(root, package.descriptor, {k: t for k, t in package.tables.items() if k[1] != year})
    fresh = planned(root, before, before.editions[-1], year).files if before.editions else {}
    own = (root / "book" / drafts.folder(year)).glob("*.md")
    written = sum(fresh.get(p.relative_to(root).as_posix()) != p.read_bytes() for p in own)
    return [
        told for number, told in ((filled, f"{filled} con số đã điền"), (written, f"{written} trang đã viết")) if number
    ]


def todo(root: Path, year: int) -> list[str]:
    """What a draft edition still lacks, line by line."""
    return told_missing(drafts.missing(Facts(draft_edition(root, year)).within(year)), year)


def told_missing(found: list[drafts.Missing], year: int) -> list[str]:
    """What is missing, in lines."""
    lines = []
    for required, heading in ((True, f"Phải xong trước khi đăng ấn bản {year}"), (False, "Nên xem lại")):
        kinds = [kind for kind in found if kind.required == required]
        lines.append(f"{heading}: {sum(len(kind.items) for kind in kinds) or 'không còn gì'}")
        for kind in kinds:
            lines.append(f"  {kind.title} ({len(kind.items)})")
            lines += [f"    {item}" for item in kind.items]
    return lines


def adopt(root: Path, year: int) -> list[str]:
    """Publish a draft edition: its drafts take the place of the living pages; returns what was done, in sentences.

    Raises `ProblemsFound` with all that is missing or wrong, and changes nothing then.
    """
    package = draft_edition(root, year)
    if year != package.editions[-1]:
        raise refuse(f"{EDITIONS}/{year}", f"Bản nháp {year} không phải là ấn bản mới nhất.", "Bỏ nó, hoặc sửa năm.")
    facts = Facts(package).within(year)
    found = drafts.missing(facts)
    if required := [kind for kind in found if kind.required]:
        remedy = f"Xem đủ danh sách: {TODO.format(year)}."
        firsts = [(kind.items[0], f"{kind.title}: còn {len(kind.items)}.") for kind in required]
        raise ProblemsFound(
            [Problem(item.file, item.line, None, told, remedy, kind="command") for item, told in firsts]
        )
    changes, places = _adopted(root, facts)
    with changes.tried() as copy:
        problems = check(copy)
    if problems:
        raise ProblemsFound([_at_draft(problem, places) for problem in problems])
    changes.apply()
    lines = [
        f"Đã đăng ấn bản {year}: {len(places)} trang nháp đã thay các trang đang đăng:",
        *(f"  {file}" for file in sorted(places)),
        f"  {EDITIONS}/{year}/edition.csv: status là published",
        "Dựng lại trang web: make site.",
    ]
    if rest := [kind for kind in found if not kind.required]:
        lines += ["Nên xem lại khi rảnh:", *(f"  {item}" for kind in rest for item in kind.items)]
    return lines


def _adopted(root: Path, facts: Facts) -> tuple[Changes, dict[str, Place]]:
    """The changes that publish an edition; and where each page that they write stood as a draft."""
    package, year = facts.package, facts.edition
    changes = Changes(root)
    own = f"book/{drafts.folder(year)}/"
    chapters = [read_chapter(root, path) for path in sorted((root / "book").rglob("*.md"))]
    told = [c for c in chapters if c.front.get("edition") == year and c.front.get("draft")]
    goes_to = {c.file: f"book/{c.front['replaces']}.md" if c.front.get("replaces") else c.file for c in told}
    for chapter in chapters:
        stays = goes_to.get(chapter.file, chapter.file).startswith(own)
        if stays and chapter.file != f"{own}index.md":
            remedy = "Thêm ở đầu trang hai dòng draft: true và replaces: tên-trang, hoặc xóa trang."
            raise refuse(chapter.file, "Trang nháp này không nói nó thay trang nào.", remedy, 1)
    places: dict[str, Place] = {}
    for chapter in told:
        page = goes_to[chapter.file]
        if page in places:
            raise refuse(chapter.file, f"Hai trang nháp cùng thay trang {page}.", "Sửa dòng replaces của một trang.", 1)
        kept = list(_published(chapter, facts))
        if label := _label(root / page):
            at = next((n for n, (_, line) in enumerate(kept) if line.startswith("# ")), 0)
            kept.insert(at, (kept[at][0], label))
        places[page] = (chapter.file, [number for number, _ in kept])
        changes.write(page, "\n".join(_with_links(line, chapter.file, page, goes_to) for _, line in kept))
    changes.remove_folder(own.rstrip("/"))
    outline = f"{inline.OUTLINE}-{year}"
    toc = contents.without_part(changes.read(contents.FILE), drafts.part(year))
    if outline not in contents.pages_of(toc):
        last = [page for page in contents.pages_of(toc) if page.startswith(inline.OUTLINE)][-1]
        toc = contents.with_page(toc, outline, after=last)
    changes.write(contents.FILE, toc)
    table = package.table("edition", year)
    changes.write(table.file, carried.written(table.resource, [{**table.rows[0], "status": "published"}], []))
    return changes, places


def _published(chapter: ChapterFile, facts: Facts) -> Iterator[tuple[int, str]]:
    """The lines of a draft that are published, with their numbers: not those that say that it is a draft or list a
    figure that was struck, no comments, no cells that have nothing to show, and of the empty lines around these only
    one."""
    nothing = set(_cells_without_content(chapter, facts))
    before = ""
    for number, line in enumerate(chapter.text.split("\n"), 1):
        if line == "draft: true" or line.startswith(("replaces: ", "%")) or drafts.is_listed(line, facts):
            continue
        if number in nothing:
            continue
        if not line and not before:
            continue
        before = line
        yield number, line


def _cells_without_content(chapter: ChapterFile, facts: Facts) -> Iterator[int]:
    """The lines of a draft's code cells that only say that there is nothing yet. Charts are not among them: what they
    wait for is missing."""
    names: dict[str, Any] = {}
    for cell in chapter.cells:
        with use(facts), suppress(Exception):
            # What is wrong with a cell the check tells.
            *before, last = ast.parse(cell.source).body
            if isinstance(last, ast.Expr):
                exec(compile(ast.Module(before, []), "<cell>", "exec"), names)
                shown = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
                if shown.data.get("kind") == WAITING and ".chart(" not in cell.source:
                    yield from range(cell.line - 1, cell.line + cell.source.count("\n") + 2)
            else:
                exec(compile(cell.source, "<cell>", "exec"), names)


def _label(path: Path) -> str:
    """The label by which links know a page, where it has one."""
    match = re.search(r"^(\([\w-]+\)=)\n# ", path.read_text(encoding="utf-8"), re.MULTILINE) if path.is_file() else None
    return match[1] if match else ""


def _with_links(line: str, file: str, page: str, goes_to: dict[str, str]) -> str:
    """A line of a draft with its links as they are from the page that it becomes part of."""

    def moved(match: re.Match[str]) -> str:
        target = os.path.normpath(os.path.join(os.path.dirname(file), match[1]))
        return Path(os.path.relpath(goes_to.get(target, target), os.path.dirname(page))).as_posix()

    return LINK.sub(moved, line)


def _at_draft(problem: Problem, places: dict[str, Place]) -> Problem:
    """A problem of a published page where it stands in the draft."""
    if problem.file not in places:
        return problem
    file, numbers = places[problem.file]
    line = numbers[problem.line - 1] if problem.line and problem.line <= len(numbers) else problem.line
    return replace(problem, file=file, line=line)
