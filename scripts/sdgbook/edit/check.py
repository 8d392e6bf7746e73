"""`sdgbook check`: everything staff can get wrong, told in one run, in Vietnamese, with its place."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Collection, Iterable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from sdgbook.data import DataPackage, Problem, ProblemsFound, Row, Table, read_package
from sdgbook.data.check import check_editions, check_rows
from sdgbook.data.frozen import check_frozen
from sdgbook.data.package import split_resource
from sdgbook.data.problems import did_you_mean
from sdgbook.data.tables import Checked, check_tables
from sdgbook.edit.files import address_problem, check_files
from sdgbook.edit.markdown import ChapterFile, read_chapter
from sdgbook.edit.owners import check_owners
from sdgbook.edit.pages import check_pages
from sdgbook.edit.prose import Prose, TypedFigures
from sdgbook.edit.questions import questions
from sdgbook.edit.revisions import check_revisions
from sdgbook.edit.room import check_room
from sdgbook.edit.settings import check_settings
from sdgbook.edit.wording import check_wording
from sdgbook.report import expressions, inline
from sdgbook.report.blocks import Block
from sdgbook.report.context import Context
from sdgbook.report.drafts import HEADLINES
from sdgbook.report.facts import Fact, FactError, Facts, Unfilled, use
from sdgbook.report.failures import characters, failure, goes_on
from sdgbook.report.quantity import UnitError

# How messages about derived figures begin (`Facts`): told once, at the formula.
DERIVED = "Số suy ra"
# Kinds of problems that a page or a setting of somebody who means harm has.
HOSTILE = {"settings", "contents", "file", "markup", "role", "link", "cell", "cell-words", "front-matter", "invisible"}
# Tables whose rows say something of rows elsewhere and to which nothing refers.
LEAVES = ("followups", "breaks")

# Hears of the file and the line of each code cell as it begins, and of "" and 0 after the last.
Begins = Callable[[str, int], None]


def check(
    root: Path,
    *,
    cells: bool = True,
    without: Collection[str] = (),
    begins: Begins = lambda file, line: None,
    ask: bool = False,
) -> list[Problem]:
    """All problems of the project at `root`, tables first; empty when the site can be built.

    `cells` says whether the code cells of all chapters but those in the files `without` are run as well, `ask` whether
    questions are asked about what may be wrong (`sdgbook.edit.questions`): they stop no build.

    What a bad cell would break further on is mended in memory and left out of the later checks, so that each
    cause is told once. Tables whose form cannot be read end the check: names would mean nothing.
    """
    chapters = [read_chapter(root, path) for path in sorted((root / "book").rglob("*.md"))]
    try:
        problems = check_frozen(root)
        frozen = places_of(problem for problem in problems if problem.line is not None)
        tables = check_tables(root)
        problems += [problem for problem in tables.problems if (problem.file, problem.line) not in frozen]
        tables.spoilt |= frozen
    except ProblemsFound as error:
        problems, tables = error.problems, Checked(readable=False)
    problems += [problem for chapter in chapters for problem in [*chapter.problems, *chapter.formed]]
    problems += check_settings(root)
    problems += check_owners(root)
    problems += check_files(root)
    pages = check_contents(root, chapters)
    problems += pages
    if not tables.readable:
        return problems
    # Cells that may do anything are not run.
    without = {*without, *(p.file for p in pages if p.kind in ("cell-words", "cell"))}
    run = [chapter for chapter in chapters if cells and chapter.file not in without]
    try:
        return problems + check_meaning(root, chapters, problems, tables.spoilt, run, begins, ask)
    except Exception:
        # Damage that no stand-in covers: what has been told so far is its cause. Without a cause it is our mistake.
        if not problems:
            raise
        return problems


def check_contents(root: Path, chapters: list[ChapterFile]) -> list[Problem]:
    """Problems of links and of pages that need no data to be seen."""
    links = check_links(root, chapters)
    told = {(problem.file, problem.line, problem.message) for problem in links}
    return links + [p for p in check_pages(root, chapters) if (p.file, p.line, p.message) not in told]


def hostile(root: Path) -> list[Problem]:
    """Problems of settings, files and pages by which a build would run code, read files or show markup that is not the
    book's own: they are to be seen before anything is built."""
    chapters = [read_chapter(root, path) for path in sorted((root / "book").rglob("*.md"))]
    problems = [*check_settings(root), *check_files(root), *check_contents(root, chapters)]
    problems += [problem for chapter in chapters for problem in [*chapter.problems, *chapter.formed]]
    return [problem for problem in problems if problem.kind in HOSTILE]


def check_meaning(
    root: Path,
    chapters: list[ChapterFile],
    told_before: list[Problem],
    spoilt: set[tuple[str, int | None]],
    run: list[ChapterFile],
    begins: Begins = lambda file, line: None,
    ask: bool = False,
) -> list[Problem]:
    """Problems of what tables and chapters say, when their form can be read.

    `told_before` are the problems of form, `spoilt` the rows of tables that have one, which are mended in memory first.
    Of `run` the code cells are run, as `check` says.
    """
    package = read_package(root, strict=False)
    unclear = check_editions(package)
    if any(len(package.table("edition", year).rows) != 1 for year in package.editions):
        # Whether it is a draft is not known, and with that nothing else.
        return unclear
    mended, dropped = mend(package, spoilt)
    problems = [p for p in unclear if (p.file, p.line) not in spoilt]
    problems += check_rows(package, skip=spoilt)
    more_mended, more_dropped = mend(package, places_of(problems))
    mended, dropped = mended | more_mended, dropped | more_dropped
    facts = Facts(package)
    problems += check_typed_figures(package, chapters)
    problems += check_editions_of_pages(facts, chapters)
    later = check_table_names(facts) + check_identities(facts, mended | dropped)
    told = {problem.message for problem in later}
    later += [p for p in check_roles(facts, chapters) if not (p.message in told and p.message.startswith(DERIVED))]
    later += [p for p in check_wording(facts, chapters) if p.message not in told]
    later += check_revisions(facts)
    headlines = package.table("headlines", facts.newest).file
    sound = not any(p.file == headlines for p in [*told_before, *problems])
    later += check_headlines(facts) if sound else []
    with use(facts):
        later += run_cells(root, run, told, begins)
    later += check_room(facts)
    later += check_area_addresses(facts, places_of(problems))
    later += check_all_shown(facts, [chapter for chapter in chapters if not chapter.problems])
    quoted = {word for problem in [*told_before, *problems] for word in quotations(problem)}
    formed = places_of([*told_before, *problems])
    unused = [p for p in check_unused(package, chapters) if (p.file, p.line) not in formed]
    later += [p for p in unused if not follows_from(p, quoted)]
    later += questions(facts, mended | dropped) if ask else []
    return problems + [p for p in later if not follows_from(p, dropped)]


def places_of(problems: Iterable[Problem]) -> set[tuple[str, int | None]]:
    """Files and lines that have a problem."""
    return {(p.file, p.line) for p in problems}


def mend(package: DataPackage, places: Collection[tuple[str, int | None]]) -> tuple[set[str], set[str]]:
    """Give every bad cell at `places` a stand-in that can be read; returns the keys of the rows mended and of those
    dropped.

    A bad number becomes 1, a bad code or reference the first one it could be; a row with a bad key is dropped.
    """
    tables = {table.file: table for table in package.tables.values()}
    mended: set[str] = set()
    dropped: set[str] = set()
    lines: dict[str, set[int | None]] = {}
    for file, line in places:
        lines.setdefault(file, set()).add(line)
    for table in (tables[file] for file in lines if file in tables):
        columns = [(field, codes_of(package, table, field)) for field in table.fields]
        keys = [(field, codes) for field, codes in columns if field["name"] in table.key]
        gone: set[int] = set()
        for row in (row for row in table.all_rows if row.line in lines[table.file]):
            key = tuple(row[name] for name in table.key)
            twice = table.by_key[key if len(key) > 1 else key[0]] is not row
            wrong = any(stand_in(package, table, field, row, codes) != row[field["name"]] for field, codes in keys)
            if twice or wrong or table.name in LEAVES:
                dropped.add(str(key[0]))
                gone.add(id(row))
                continue
            mended.add(str(key[0]))
            for field, codes in columns:
                row[field["name"]] = stand_in(package, table, field, row, codes)
        if gone:
            table.all_rows = [row for row in table.all_rows if id(row) not in gone]
            del table.by_key
    return mended, dropped


def codes_of(package: DataPackage, table: Table, field: dict[str, Any]) -> Collection[Any] | None:
    """What the cells of a column may hold: its enum, or the keys of the table that it refers to; None for anything."""
    target = reference(table, field)
    if target is None:
        return field.get("constraints", {}).get("enum")
    names = {resource["name"]: split_resource(resource) for resource in package.descriptor["resources"]}
    return (package.tables[names[target]] if target else table).by_key


def stand_in(package: DataPackage, table: Table, field: dict[str, Any], row: Row, codes: Collection[Any] | None) -> Any:
    """The cell of `row` in the column `field`, or what can stand for it where it is not what it must be; `codes` is
    what it may hold."""
    value, constraints = row[field["name"]], field.get("constraints", {})
    if field["type"] == "list":
        kept = [item for item in value if codes is None or item in codes]
        return kept or ([next(iter(codes))] if codes and constraints.get("required") else [])
    if codes is not None and (value is None or value not in codes):
        return next(iter(codes)) if constraints.get("required") or value is not None else None
    if field["name"] == "obs_value" and value is None:
        draft = package.table("edition", table.edition).rows[0]["status"] == "draft"
        return None if draft and row["obs_status"] == "O" else Decimal(1)
    if value is None and constraints.get("required"):
        told = {"number": Decimal(1), "integer": 1, "year": 2000, "string": "", "date": date(2000, 1, 1)}
        return told.get(field["type"])
    if "pattern" in constraints and value is not None and not re.fullmatch(constraints["pattern"], str(value)):
        return "2000" if field["name"] == "time_period" else value
    return value


def follows_from(problem: Problem, misspelt: set[str]) -> bool:
    """Whether a problem about a name comes from a misspelt code that has been told already."""
    return any(get_close_matches(word, misspelt, n=1, cutoff=0.85) for word in quotations(problem))


def quotations(problem: Problem) -> list[str]:
    """The codes and names that a message quotes."""
    return re.findall(r"“([a-z0-9-]+)", problem.message)


def own_facts(facts: Facts, edition: Any) -> Facts:
    """The figures with names read as a page or table of `edition` reads them."""
    return facts.within(edition) if edition in facts.editions else facts


def check_editions_of_pages(facts: Facts, chapters: list[ChapterFile]) -> list[Problem]:
    """A page that names its edition names one that there is, and its cells call no other."""
    problems = []
    for chapter in chapters:
        year = chapter.front.get("edition")
        line = next((n for n, text in enumerate(chapter.text.split("\n"), 1) if text.startswith("edition:")), None)
        if year is not None and year not in facts.editions:
            near = did_you_mean(str(year), map(str, facts.editions))
            problems.append(
                Problem(chapter.file, line, None, f"Không có ấn bản nào của năm “{year}”.", near, kind="edition")
            )
            continue
        for cell in chapter.cells:
            called = re.search(r"""\b(?:edition\(|chapter\(["'][^"']*["'],)\s*(\d{4})\)""", cell.source)
            if year is not None and called and int(called[1]) != year:
                told = f"Phần đầu trang ghi ấn bản {year}, ô mã lại gọi ấn bản {called[1]}."
                at = cell.line + cell.source.count("\n", 0, called.start())
                problems.append(Problem(chapter.file, at, None, told, "Sửa cho hai chỗ cùng một năm.", kind="edition"))
    return problems


def check_typed_figures(package: DataPackage, chapters: list[ChapterFile]) -> list[Problem]:
    """Digits typed in chapters, in the strings of their code cells, and in text columns."""
    typed = TypedFigures(package)
    problems = []
    for chapter in chapters:
        problems += typed.find(Prose(chapter.prose), chapter.file)
        for cell in chapter.cells:
            for text, line, column in _keyword_strings(cell.source):
                problems += typed.find(Prose(text, cell.line + line - 1, column), chapter.file)
    for row, column in prose_cells(package):
        problems += typed.find(Prose(row[column], row.line), row.file, column)
    return problems


def prose_cells(package: DataPackage) -> list[tuple[Row, str]]:
    """Rows and names of the columns that hold text for readers, where they are not empty."""
    return [
        (row, field["name"])
        for table in package.tables.values()
        for field in table.fields
        if field.get("content") == "prose"
        for row in table.rows
        if row[field["name"]] and table.name != "terms"
    ]


@lru_cache
def _keyword_strings(source: str) -> list[tuple[str, int, int]]:
    """Strings given by keyword in a cell (titles, notes): text, line in the cell, column."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [
        (
            keyword.value.value,
            keyword.value.lineno,
            characters(source, keyword.value.lineno, keyword.value.col_offset) + 2,
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in ("title", "subtitle", "note")
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    ]


def _attempt(action: Callable[[], Any], tell: Callable[[str, str, str], Problem]) -> list[Problem]:
    """The problem that `action` raises, if it is one of names or units; what a draft does not have yet is none."""
    try:
        action()
    except Unfilled:
        return []
    except FactError as error:
        return [tell(error.message, error.remedy, error.kind)]
    except (UnitError, expressions.ExpressionError) as error:
        return [tell(str(error), "Sửa phép tính hoặc đơn vị.", "expression")]
    return []


def check_table_names(facts: Facts) -> list[Problem]:
    """Names of figures and roles in the tables' own cells."""
    problems = []
    for row, column in prose_cells(facts.package):
        if inline.ROLE.search(row[column]):
            problems += _attempt(
                lambda row=row, column=column: inline.segments(row[column], own_facts(facts, edition_of(facts, row))),
                lambda message, remedy, kind, row=row, column=column: row.problem(column, message, remedy, kind=kind),
            )
    for table in facts.package.tables.values():
        own = own_facts(facts, table.edition)
        for field in table.fields:
            if field.get("content") not in ("fact", "expression", "fact-or-locator"):
                continue
            for row in table.rows:
                value, name = row[field["name"]], field["name"]
                if value is None:
                    continue

                def tell(message: str, remedy: str, kind: str, row: Row = row, name: str = name) -> Problem:
                    return row.problem(name, message, remedy, kind=kind)

                if field.get("content") == "fact":
                    problems += _attempt(lambda value=value, own=own: own.find(value), tell)
                elif field.get("content") == "expression":
                    name = f"{row['derived']}@{row['time_period']}"
                    problems += _attempt(lambda name=name, own=own: own.find(name), tell)
                elif field.get("content") == "fact-or-locator" and not re.match(r"[IVX]+\b", value):
                    places = facts.package.table("sections", table.edition).by_key
                    if value not in places:
                        problems += _attempt(lambda value=value, own=own: own.find(value), tell)
    return problems


def edition_of(facts: Facts, row: Row) -> int | None:
    """The edition whose table a row stands in; None for a reference table."""
    return facts.package.by_file[row.file].edition


def check_identities(facts: Facts, tainted: set[str]) -> list[Problem]:
    """Sums that do not hold, beyond their tolerance (in the unit of the figure after the equals sign).

    Sums over `tainted` indicators are left out: their cells have been told already.
    """
    problems = []
    for edition in facts.editions:
        as_told = facts.as_told(edition)
        for row in facts.rows("identities", edition):

            def test(row: Row = row, then: Facts = as_told) -> None:
                names = expressions.names(row["expression"])
                if tainted & {then.find(name).indicator for name in names}:
                    return
                apart = expressions.difference(row["expression"], then.quantity)
                last = then.find(expressions.names(row["expression"].rpartition("=")[2])[0])
                if apart > row["tolerance"] * last.unit.factor:
                    parts = [then.find(name) for name in names]
                    told = "; ".join(f"{part.name} là {part.measured}{_cell_of(facts, part)}" for part in parts)
                    raise FactError(
                        f"Phép tính không đúng: {row['expression']} ({told}).",
                        "Xem lại các con số này.",
                        kind="identity",
                    )

            problems += _attempt(
                test, lambda message, remedy, kind, row=row: row.problem("expression", message, remedy, kind=kind)
            )
    return problems


def _cell_of(facts: Facts, fact: Fact) -> str:
    """Where a figure's cell is, for those who must look at it: “, observations.csv dòng 12”."""
    file, key = fact.cells[0]
    line = facts.package.line_of(file, key)
    return f", {file.rpartition('/')[2]} dòng {line}" if line else ""


def check_headlines(facts: Facts) -> list[Problem]:
    """The home page has enough figures to lead with, each once, and each compared to one of its own unit."""
    table = facts.package.table("headlines", facts.newest)
    facts = facts.within(facts.newest)
    problems, seen = [], set()
    if len(table.rows) < HEADLINES:
        problems.append(
            Problem(
                table.file,
                table.rows[-1].line if table.rows else 1,
                None,
                f"Trang chủ cần ít nhất {HEADLINES} con số nổi bật, bảng này có {len(table.rows)}.",
                "Thêm dòng: thứ tự, tên con số, tên con số để so sánh (có thể trống).",
                kind="headline",
            )
        )
    for row in table.rows:
        found = {column: _found(facts, row[column]) for column in ("fact", "compare_to")}
        now, before = found["fact"], found["compare_to"]
        if now is None:
            # A name that means nothing is told by the check of all names.
            continue
        if now.name in seen:
            problems.append(
                row.problem(
                    "fact", f"Con số “{row['fact']}” đã đứng ở dòng trên.", "Chọn con số khác.", kind="headline"
                )
            )
        seen.add(now.name)
        if before is not None and before.name == now.name:
            told, remedy = f"“{row['fact']}” được so với chính nó.", "Chọn con số của thời điểm trước, hoặc để trống."
            problems.append(row.problem("compare_to", told, remedy, kind="headline"))
        elif before is not None and before.unit != now.unit:
            told = f"“{row['compare_to']}” khác đơn vị với “{row['fact']}” ({before.unit.name}, {now.unit.name})."
            problems.append(row.problem("compare_to", told, "Chọn con số cùng đơn vị, hoặc để trống.", kind="headline"))
            # Told here, not again by each page that shows the headlines.
            row["compare_to"] = None
        elif before is not None and (broken := facts.broken_between(before, now)):
            told = f"“{row['compare_to']}” và “{row['fact']}” không so được: chuỗi đứt ở {broken['period']}."
            problems.append(
                row.problem("compare_to", told, "Chọn con số cùng cách tính, hoặc để trống.", kind="headline")
            )
    return problems


def _found(facts: Facts, name: str | None) -> Fact | None:
    """The figure that a name means; None when it means none, or cannot be computed."""
    try:
        return facts.find(name) if name else None
    except FactError:
        return None


def check_area_addresses(facts: Facts, told: set[tuple[str, int | None]]) -> list[Problem]:
    """Areas that would stand at the same place of the page about places; rows `told` of already are left out."""
    context, seen, problems = Context(facts), {}, []
    for code, row in facts.package.table("areas").by_key.items():
        if row["level"] == "province" or (row.file, row.line) in told:
            continue
        other = seen.setdefault(context.area_link(code)["anchor"], code)
        if other != code:
            year = row["valid_from"].year if row["valid_from"] else "2001"
            problems.append(
                row.problem(
                    "area",
                    f"{code} và {other} có cùng tên nên sẽ cùng một địa chỉ trên trang.",
                    f"Viết mã của đơn vị mới kèm năm nó có hiệu lực, như {code.partition('-')[0]}-{year}.",
                    kind="area",
                )
            )
    return problems


def check_roles(facts: Facts, chapters: list[ChapterFile]) -> list[Problem]:
    """Roles in chapters whose name means nothing, or several figures."""
    problems = []
    for chapter in chapters:
        own = own_facts(facts, chapter.front.get("edition"))
        for role, content, line, column in chapter.roles():
            if role not in inline.ROLES:
                # Told with the page.
                continue
            problems += _attempt(
                lambda role=role, content=content, own=own: inline.ROLES[role](content, own),
                lambda message, remedy, kind, chapter=chapter, line=line, column=column: Problem(
                    chapter.file, line, column, message, remedy, kind=kind
                ),
            )
    return problems


def check_links(root: Path, chapters: list[ChapterFile]) -> list[Problem]:
    """Links to files of the book that do not exist, or that are none of it."""
    problems = []
    for chapter in chapters:
        for match in re.finditer(r"\]\(([^)#\s]+)(#[^)]*)?\)", chapter.prose):
            image = re.search(r"!\[[^\]\n]*$", chapter.prose[: match.start()]) is not None
            if fault := address_problem(root, root / chapter.file, match[1], image=image):
                line, column = chapter.position(match.start(1))
                problems.append(Problem(chapter.file, line, column, *fault, kind="link"))
    return problems


def run_cells(
    root: Path, chapters: list[ChapterFile], told: set[str], begins: Begins = lambda file, line: None
) -> list[Problem]:
    """Run every code cell as the build will, so that all that fail are told at once with their own line.

    A cell that fails only because it shows a table's bad cell, whose message is in `told`, is left out.
    """
    problems = []
    here, for_pages = Path.cwd(), Block.for_pages
    # What notebooks show instead of pages is made by pandas, which takes half a second to import.
    Block.for_pages = True
    try:
        for chapter in chapters:
            os.chdir((root / chapter.file).parent)
            names: dict[str, Any] = {"__name__": "__chapter__"}
            for cell in chapter.cells:
                begins(chapter.file, cell.line)
                failed = _run_cell(cell.source, names)
                if failed:
                    line, column, message, remedy, kind = failed
                    if message in told and not any(f"`{n}`" in cell.source for n in re.findall("“(.+?)”", message)):
                        continue
                    problems.append(Problem(chapter.file, cell.line + line - 1, column, message, remedy, kind=kind))
                    if not goes_on(names):
                        break
    finally:
        Block.for_pages = for_pages
        os.chdir(here)
    begins("", 0)
    return problems


def _run_cell(source: str, names: dict[str, Any]) -> tuple[int, int | None, str, str, str] | None:
    """Run one cell; on failure the line in it, the column, what is wrong, what to do, of which kind."""
    try:
        tree = ast.parse(source, "<cell>")
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<cell>", "exec"), names)
        if last is not None:
            result = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
            getattr(result, "_repr_mimebundle_", lambda: None)()
    except (Exception, SystemExit) as error:
        return failure(error, source, "<cell>")
    return None


def check_all_shown(facts: Facts, chapters: list[ChapterFile]) -> list[Problem]:
    """Every chapter that figures belong to shows them in its table; documents are listed where links lead to them."""
    problems = []
    for chapter in chapters:
        page = chapter.file.removeprefix("book/").removesuffix(".md")
        if page == inline.DOCUMENTS and not any(".documents(" in cell.source for cell in chapter.cells):
            told = "Liên kết tới văn bản dẫn về trang này, mà trang không có danh sách văn bản."
            problems.append(
                Problem(chapter.file, None, None, told, "Thêm ô mã: bao_cao.documents()", kind="page-parts")
            )
        if page in facts.pages and not any(re.search(r"\.table\(", cell.source) for cell in chapter.cells):
            problems.append(
                Problem(
                    chapter.file,
                    None,
                    None,
                    "Trang có số liệu mà không có bảng số liệu.",
                    "Thêm ô mã: muc_tieu.table()",
                    kind="page-parts",
                )
            )
    return problems


def check_unused(package: DataPackage, chapters: list[ChapterFile]) -> list[Problem]:
    """Codes that no table and no chapter uses: often a slip in the code, or a row left behind."""
    used: dict[str, set[str]] = {"documents": set(), "indicators": set(), "breakdowns": {"_T"}, "units": set()}
    for chapter in chapters:
        used["documents"] |= {m[2] for m in inline.ROLE.finditer(chapter.prose) if m[1] == "document"}
    for table in package.tables.values():
        for field in table.fields:
            target = reference(table, field)
            if target in used:
                values = (row.cells[field["name"]] for row in table.rows)
                used[target].update(*((v if isinstance(v, list) else (v,)) for v in values))
    return [
        row.problem(
            column, f"Mã “{row[column]}” không được dùng ở đâu cả.", "Xóa dòng này, hoặc sửa mã.", kind="unused"
        )
        for name, codes in used.items()
        for column in package.table(name).key
        for row in package.table(name).rows
        if row[column] not in codes
    ]


def reference(table: Table, field: dict[str, Any]) -> str | None:
    """The table that a column refers to, by name."""
    if "references" in field:
        return field["references"]["resource"]
    for key in table.resource["schema"].get("foreignKeys", []):
        if key["fields"] == [field["name"]]:
            return key["reference"]["resource"]
    return None
