"""New indicators, targets and chapters: a row or a page in its place, and what is to be filled in next."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from sdgbook.data import DataPackage, Problem, ProblemsFound, read_package
from sdgbook.data.layout import canonical, natural, source_order
from sdgbook.data.package import Table
from sdgbook.data.problems import did_you_mean
from sdgbook.edit.check import check
from sdgbook.edit.new import contents
from sdgbook.edit.new.changes import Changes
from sdgbook.edit.new.editions import refuse, status_of
from sdgbook.edit.new.pages import from_template
from sdgbook.report import drafts

# How to ask the person at the terminal; None where nobody sits there.
Ask = Callable[[str], str] | None
PAGE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*")
TARGET_PAGES = "muc-tieu"
# What the check says of a new code until something uses it.
UNUSED = "không được dùng ở đâu cả"


def new_indicator(root: Path, code: str, values: Iterable[str], ask: Ask) -> list[str]:
    """Add an indicator; and to a draft edition, where there is one, the row for its figure. Returns what was done.

    `values` are `column=value`; what they lack is asked. Raises `ProblemsFound` for what is missing, unknown or
    malformed, and when the indicator exists; nothing has been written then.
    """
    package = read_package(root)
    table = package.table("indicators")
    _must_be_new(table, code, "Chỉ số")
    newest = package.editions[-1]
    rows = package.table("observations", newest)
    draft = status_of(package, newest) == "draft"
    province = next(row["area"] for row in package.table("areas").rows if row["level"] == "province")
    figure = {"time_period": str(newest), "ref_area": province, "breakdown": "_T"}
    columns = [field for field in table.fields if field["name"] != "indicator"]
    columns += [field for field in rows.fields if field["name"] in (*figure, "source_locator") and draft]
    given = _given(table, columns, values, figure if draft else {}, ask)
    changes = Changes(root)
    names = [field["name"] for field in table.fields]
    places = [_add(changes, package, table, {"indicator": code, **{n: given.get(n, "") for n in names[1:]}})]
    if draft:
        row = {"indicator": code, **{name: given[name] for name in (*figure, "source_locator")}}
        places.append(_add(changes, package, rows, {**row, "obs_status": "O", "qualifier": "exact"}))
    _try(changes, places)
    changes.apply()
    lines = [f"Đã thêm chỉ số {code}: {_at(places[0])}."]
    if draft:
        lines.append(f"Điền con số ở {_at(places[1])}: obs_value, obs_status, as_written.")
    else:
        lines.append(f"Thêm con số của nó vào {rows.file}; chưa có thì check còn báo mã này chưa được dùng.")
    pages = {package.table("targets").by_key[target]["chapter"] for target in given["targets"].split("; ")}
    return [*lines, *(f"Kể về nó ở {_page_file(root, page, newest)}." for page in sorted(pages))]


def new_target(root: Path, code: str, values: Iterable[str], ask: Ask) -> list[str]:
    """Add a target, and its chapter where there is none yet; arguments and errors are those of `new_indicator`."""
    package = read_package(root)
    table = package.table("targets")
    _must_be_new(table, code, "Mục tiêu")
    known = {"provincial_goal": code.partition(".")[0], "chapter": f"{TARGET_PAGES}/{code.replace('.', '-')}"}
    given = _given(table, [f for f in table.fields if f["name"] != "target"], values, known, ask)
    changes = Changes(root)
    places = [_add(changes, package, table, {"target": code, **given})]
    page = given["chapter"]
    exists = (root / "book" / f"{page}.md").exists()
    if not exists:
        _write_chapter(changes, package, page, [code], given["name_vi"])
        places.append((f"book/{page}.md", None))
    _try(changes, places)
    changes.apply()
    lines = [f"Đã thêm mục tiêu {code}: {_at(places[0])}."]
    if exists:
        return [*lines, f"Thêm “{code}” vào dòng targets ở đầu trang book/{page}.md."]
    return [*lines, *_about_page(root, page)]


def new_chapter(root: Path, page: str, targets: str = "", title: str = "") -> list[str]:
    """Make a page from the template and put it into the table of contents; returns what was done. `targets` are those
    that it is about, separated by `;`.

    Raises `ProblemsFound` for a name that cannot be or is taken, and for targets unknown or told elsewhere; nothing
    has been written then.
    """
    package = read_package(root)
    listed = [target.strip() for target in targets.split(";") if target.strip()]
    if listed and "/" not in page:
        page = f"{TARGET_PAGES}/{page}"
    rows = package.table("targets").by_key
    for target in listed:
        if target not in rows:
            remedy = f'{did_you_mean(target, rows)} Muốn thêm mục tiêu: make new ARGS="target {target}".'.strip()
            raise refuse("data/reference/targets.csv", f"Không có mục tiêu “{target}”.", remedy)
        if rows[target]["chapter"] != page:
            told = f"Mục tiêu {target} đã có trang: {rows[target]['chapter']}."
            raise refuse(rows[target].file, told, "Sửa cột chapter trước, nếu muốn đổi trang.", rows[target].line)
    if not listed and not title:
        raise refuse(f"book/{page}.md", "Trang mới chưa có tên.", "Thêm --title hoặc --targets.")
    changes = Changes(root)
    _write_chapter(changes, package, page, listed, title or rows[listed[0]]["name_vi"])
    _try(changes, [(f"book/{page}.md", None)])
    changes.apply()
    return _about_page(root, page)


Place = tuple[str, int | None]


def _at(place: Place) -> str:
    return f"{place[0]}, dòng {place[1]}" if place[1] else place[0]


def _about_page(root: Path, page: str) -> list[str]:
    """Where a new page is, and where to begin in it."""
    file = f"book/{page}.md"
    lines = (root / file).read_text(encoding="utf-8").split("\n")
    first = next((n for n, line in enumerate(lines, 1) if line.startswith(drafts.TO_WRITE)), 1)
    toc = (root / contents.FILE).read_text(encoding="utf-8").split("\n")
    at = next((n for n, line in enumerate(toc, 1) if line.endswith(f" {page}")), None)
    return [f"Đã tạo trang {file} và thêm nó vào {_at((contents.FILE, at))}.", f"Viết tiếp từ {file}, dòng {first}."]


def _page_file(root: Path, page: str, year: int) -> str:
    """The file in which a page is written: its draft, where the edition has one."""
    draft = f"book/{drafts.folder(year)}/{page.rpartition('/')[2]}.md"
    return draft if (root / draft).is_file() else f"book/{page}.md"


def _must_be_new(table: Table, code: str, word: str) -> None:
    if code in table.by_key:
        raise refuse(table.file, f"{word} “{code}” đã có.", "Sửa dòng ấy, hoặc chọn mã khác.", table.by_key[code].line)


def _given(table: Table, fields: list[dict], values: Iterable[str], known: dict[str, str], ask: Ask) -> dict[str, str]:
    """The cells of a new row by column, from `column=value`, from what is known anyway, and from whom one can ask."""
    by_name = {field["name"]: field for field in fields}
    given: dict[str, str] = {}
    problems = []
    for value in values:
        column, sign, cell = value.partition("=")
        if not sign or column.strip() not in by_name:
            told = f"Không hiểu “{value}”." if not sign else f"Không có cột “{column}”."
            remedy = did_you_mean(column, by_name) if sign else "Viết cột=giá trị, cả cụm trong nháy kép."
            problems.append(
                Problem(table.file, None, None, told, remedy or f"Các cột: {', '.join(by_name)}.", kind="command")
            )
        else:
            given[column.strip()] = cell.strip()
    if problems:
        raise ProblemsFound(problems)
    for name, field in by_name.items():
        needed = field.get("constraints", {}).get("required")
        if given.get(name) or not needed:
            continue
        given[name] = known.get(name, "")
        while not given[name] and ask:
            given[name] = ask(f"{field['title']} ({name}). {_help(field)}\n> ").strip()
        if not given[name]:
            told = f"Thiếu “{field['title']}”."
            problems.append(Problem(table.file, None, name, told, f"{_help(field)} Thêm: {name}=…", kind="command"))
    if problems:
        raise ProblemsFound(problems)
    return given


def _help(field: dict) -> str:
    codes = field.get("constraints", {}).get("enum", [])
    told = all(code in field["description"] for code in codes)
    return field["description"] if told else f"Một trong: {', '.join(codes)}."


def _add(changes: Changes, package: DataPackage, table: Table, cells: dict[str, str]) -> Place:
    """Add a row to a table's file, in its place; returns where it stands."""
    text = changes.read(table.file)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells.get(field["name"], "") for field in table.fields)
    locators = source_order(package.root, package.descriptor["resources"], table.edition)
    after = canonical(text + out.getvalue(), table.resource, locators)
    changes.write(table.file, after)
    reader, before = csv.reader(io.StringIO(after)), list(csv.reader(io.StringIO(text)))
    return table.file, next((reader.line_num for row in reader if row not in before), None)


def _write_chapter(changes: Changes, package: DataPackage, page: str, targets: list[str], title: str) -> None:
    """Write a page from the template and put it into the table of contents."""
    root, file, year = package.root, f"book/{page}.md", package.editions[-1]
    if not PAGE.fullmatch(page):
        remedy = "Chỉ dùng chữ thường không dấu, chữ số và gạch nối, ví dụ muc-tieu/9-9."
        raise refuse("book", f"“{page}” không làm tên trang được.", remedy)
    name = page.rpartition("/")[2]
    taken = {path.stem: path for path in sorted((root / "book").rglob("*.md"))}
    if name in taken:
        there = taken[name].relative_to(root).as_posix()
        raise refuse(file, f"Tên “{name}” đã là của trang {there}.", "Chọn tên khác.")
    known = {"year": year, "title": title, "name": name, "to_write": drafts.to_write(year)}
    known["description"] = drafts.description(year)
    text = from_template("chapter" if targets else "page", targets=json.dumps(targets), **known)
    if status_of(package, year) != "draft":
        text = text.replace("draft: true\n", "")
    changes.write(file, text)
    toc = changes.read(contents.FILE)
    changes.write(contents.FILE, contents.with_page(toc, page, after=_before(package, contents.pages_of(toc), targets)))


def _before(package: DataPackage, pages: Collection[str], targets: list[str]) -> str:
    """The page after which a new one comes: that of the targets before its own; the last one for a page without."""
    standing = [page for page in pages if not page.startswith("nhap-")]
    if not targets:
        return standing[-1]
    order = {row["chapter"]: natural(row["target"]) for row in package.table("targets").rows}
    before = [page for page in standing if page in order and order[page] < natural(targets[0])]
    chapters = [page for page in standing if page in order]
    return before[-1] if before else chapters[0] if chapters else standing[-1]


def _try(changes: Changes, places: list[Place]) -> None:
    """Raise `ProblemsFound` with what would be wrong at these places once the changes are made."""
    with changes.tried() as copy:
        found = check(copy, cells=False)
    files = {file for file, line in places if line is None}
    if wrong := [p for p in found if (p.file in files or (p.file, p.line) in places) and UNUSED not in p.message]:
        raise ProblemsFound(wrong)
