"""`sdgbook check`: everything staff can get wrong, told in one run, in Vietnamese, with its place."""

from __future__ import annotations

import ast
import os
import re
import traceback
from collections.abc import Callable
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from sdgbook.data import DataPackage, Problem, Row, Table, read_package
from sdgbook.data.check import check_rows, check_tables, headers_fit
from sdgbook.data.package import split_resource
from sdgbook.data.problems import did_you_mean
from sdgbook.edit.markdown import ChapterFile, read_chapter
from sdgbook.edit.prose import Prose, TypedFigures
from sdgbook.report import expressions, inline
from sdgbook.report.context import EmptyBlock
from sdgbook.report.facts import FactError, Facts, use
from sdgbook.report.quantity import UnitError


def check(root: Path) -> list[Problem]:
    """All problems of the project at `root`, tables first; empty when the site can be built.

    What a bad cell would break further on is mended in memory and left out of the later checks, so that each
    cause is told once. Tables whose form cannot be read end the check: names would mean nothing.
    """
    problems = check_tables(root)
    chapters = [read_chapter(root, path) for path in sorted((root / "book").rglob("*.md"))]
    problems += [problem for chapter in chapters for problem in chapter.problems]
    problems += check_contents(root)
    problems += check_links(root, chapters)
    if not headers_fit(root):
        return problems
    package = read_package(root, strict=False)
    problems += check_rows(package, skip=places_of(problems))
    tainted = mend(package, problems)
    facts = Facts(package)
    later = check_typed_figures(package, chapters)
    later += check_table_names(facts)
    later += check_identities(facts, tainted)
    later += check_roles(facts, chapters)
    with use(facts):
        later += run_cells(root, chapters)
    problems += [p for p in later if not follows_from(p, tainted)]
    if not problems:
        problems += check_all_shown(facts, chapters)
    return problems


def places_of(problems: list[Problem]) -> set[tuple[str, int | None]]:
    """Files and lines that have a problem."""
    return {(p.file, p.line) for p in problems}


def mend(package: DataPackage, problems: list[Problem]) -> set[str]:
    """Give every bad cell a stand-in that can be read; returns the codes and names that are not to be trusted.

    A bad number becomes 1, a bad reference the first code it could be, a row with a bad key is dropped.
    """
    tables = {table.file: table for table in package.tables.values()}
    resources = {resource["name"]: split_resource(resource) for resource in package.descriptor["resources"]}
    tainted: set[str] = set()
    for problem in problems:
        table = tables.get(problem.file)
        row = next((r for r in table.rows if r.line == problem.line), None) if table else None
        field = next((f for f in table.fields if f["name"] == problem.column), None) if table else None
        if row is None:
            continue
        tainted.add(str(row[table.key[0]]))
        if field is None or (field["name"] in table.key and row[field["name"]] not in (None, "")):
            if problem.column and (field is None or reference(table, field)):
                table.rows.remove(row)
            continue
        target = reference(table, field)
        codes = package.tables[resources[target]].by_key if target else table.by_key
        if field["type"] == "list":
            row[field["name"]] = [item for item in row[field["name"]] if not target or item in codes]
        elif target is not None:
            row[field["name"]] = next(iter(codes))
        elif row[field["name"]] is None:
            row[field["name"]] = {"number": Decimal(1), "integer": 1, "string": ""}.get(field["type"])
    return tainted


def follows_from(problem: Problem, tainted: set[str]) -> bool:
    """Whether a problem about a name comes from a row that has been told already."""
    quoted = re.findall(r"[“`]([a-z0-9-]+)", problem.message)
    return any(get_close_matches(word, tainted, n=1, cutoff=0.85) for word in quoted)


def check_contents(root: Path) -> list[Problem]:
    """`_toc.yml` names files that exist, each once, and every chapter."""
    path = root / "_toc.yml"
    try:
        toc = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return [Problem("_toc.yml", None, None, "Không đọc được mục lục.", "Khôi phục tệp từ bản trước.")]
    named: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            named.extend(str(node[key]) for key in ("root", "file") if key in node)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(toc)
    lines = path.read_text(encoding="utf-8").split("\n")
    problems = []
    files = {p.relative_to(root / "book").with_suffix("").as_posix() for p in (root / "book").rglob("*.md")}
    for name in dict.fromkeys(named):
        line = next((n for n, text in enumerate(lines, 1) if text.rstrip().endswith(f" {name}")), None)
        if name not in files:
            problems.append(Problem("_toc.yml", line, None, f"Không có trang “{name}”.", did_you_mean(name, files)))
        if named.count(name) > 1:
            problems.append(Problem("_toc.yml", line, None, f"Trang “{name}” đứng hai lần.", "Bỏ một dòng."))
    for name in sorted(files - set(named)):
        problems.append(Problem("_toc.yml", None, None, f"Mục lục thiếu trang “{name}”.", f"Thêm dòng file: {name}"))
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


def _keyword_strings(source: str) -> list[tuple[str, int, int]]:
    """Strings given by keyword in a cell (titles, notes): text, line in the cell, column."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [
        (keyword.value.value, keyword.value.lineno, keyword.value.col_offset + 2)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in ("title", "subtitle", "note")
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    ]


def _attempt(action: Callable[[], Any], tell: Callable[[str, str], Problem]) -> list[Problem]:
    """The problem that `action` raises, if it is one of names or units."""
    try:
        action()
    except FactError as error:
        return [tell(error.message, error.remedy)]
    except (UnitError, expressions.ExpressionError) as error:
        return [tell(str(error), "Sửa phép tính hoặc đơn vị.")]
    return []


def check_table_names(facts: Facts) -> list[Problem]:
    """Names of figures and roles in the tables' own cells."""
    problems = []
    for row, column in prose_cells(facts.package):
        problems += _attempt(
            lambda row=row, column=column: inline.segments(row[column], facts),
            lambda message, remedy, row=row, column=column: row.problem(column, message, remedy),
        )
    for table in facts.package.tables.values():
        for field in table.fields:
            for row in table.rows:
                value, name = row[field["name"]], field["name"]
                if value is None:
                    continue

                def tell(message: str, remedy: str, row: Row = row, name: str = name) -> Problem:
                    return row.problem(name, message, remedy)

                if field.get("content") == "fact":
                    problems += _attempt(lambda value=value: facts.find(value), tell)
                elif field.get("content") == "expression":
                    problems += _attempt(lambda row=row: facts.find(row["derived"]), tell)
                elif field.get("content") == "fact-or-locator" and not re.match(r"[IVX]+\b", value):
                    places = facts.package.table("sections", table.edition).by_key
                    if value not in places:
                        problems += _attempt(lambda value=value: facts.find(value), tell)
    return problems


def check_identities(facts: Facts, tainted: set[str]) -> list[Problem]:
    """Sums that do not hold, beyond their tolerance (in the unit of the figure after the equals sign).

    Sums over `tainted` indicators are left out: their cells have been told already.
    """
    problems = []
    for edition in facts.editions:
        for row in facts.package.table("identities", edition).rows:

            def test(row: Row = row) -> None:
                names = expressions.names(row["expression"])
                if tainted & {facts.find(name).indicator for name in names}:
                    return
                apart = expressions.difference(row["expression"], facts.quantity)
                last = facts.find(expressions.names(row["expression"].rpartition("=")[2])[0])
                if apart > row["tolerance"] * last.unit.factor:
                    parts = [facts.find(name) for name in names]
                    told = "; ".join(f"{part.name} là {part.measured}" for part in parts)
                    raise FactError(f"Phép tính không đúng: {row['expression']} ({told}).", "Xem lại các con số này.")

            problems += _attempt(test, lambda message, remedy, row=row: row.problem("expression", message, remedy))
    return problems


def check_roles(facts: Facts, chapters: list[ChapterFile]) -> list[Problem]:
    """Roles in chapters whose name means nothing, or several figures."""
    problems = []
    for chapter in chapters:
        for role, content, line, column in chapter.roles():
            if role not in inline.ROLES:
                problems.append(
                    Problem(chapter.file, line, column, f"Không có vai trò “{role}”.", did_you_mean(role, inline.ROLES))
                )
                continue
            problems += _attempt(
                lambda role=role, content=content: inline.ROLES[role](content, facts),
                lambda message, remedy, chapter=chapter, line=line, column=column: Problem(
                    chapter.file, line, column, message, remedy
                ),
            )
    return problems


def check_links(root: Path, chapters: list[ChapterFile]) -> list[Problem]:
    """Links to files of the book that do not exist."""
    problems = []
    for chapter in chapters:
        folder = (root / chapter.file).parent
        for match in re.finditer(r"\]\(([^)#\s]+)(#[^)]*)?\)", chapter.prose):
            target = match[1]
            if re.match(r"[a-z]+:", target) or (folder / target).is_file():
                continue
            line, column = chapter.position(match.start(1))
            near = [os.path.relpath(p, folder) for p in (root / "book").rglob("*.md")]
            problems.append(
                Problem(
                    chapter.file,
                    line,
                    column,
                    f"Liên kết dẫn tới “{target}”, tệp này không có.",
                    did_you_mean(target, near),
                )
            )
    return problems


def run_cells(root: Path, chapters: list[ChapterFile]) -> list[Problem]:
    """Run every code cell as the build will, so that all that fail are told at once with their own line."""
    problems = []
    here = Path.cwd()
    try:
        for chapter in chapters:
            os.chdir((root / chapter.file).parent)
            names: dict[str, Any] = {"__name__": "__chapter__"}
            for cell in chapter.cells:
                failed = _run_cell(cell.source, names)
                if failed:
                    line, column, message, remedy = failed
                    problems.append(Problem(chapter.file, cell.line + line - 1, column, message, remedy))
                    if not {"muc_tieu", "bao_cao"} & names.keys():
                        break
    finally:
        os.chdir(here)
    return problems


def _run_cell(source: str, names: dict[str, Any]) -> tuple[int, int | None, str, str] | None:
    """Run one cell; on failure the line in it, the column, what is wrong, what to do."""
    try:
        tree = ast.parse(source, "<cell>")
    except SyntaxError as error:
        return error.lineno or 1, error.offset, "Ô mã viết sai cú pháp.", "Xem lại ngoặc, dấu phẩy và dấu nháy."
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    try:
        exec(compile(tree, "<cell>", "exec"), names)
        if last is not None:
            result = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
            getattr(result, "_repr_mimebundle_", lambda: None)()
    except FactError as error:
        return *_cell_place(error), error.message, error.remedy
    except Exception as error:
        own = isinstance(error, (UnitError, EmptyBlock))
        told = str(error) if own else f"{type(error).__name__}: {error}".split("\n")[0][:160]
        return *_cell_place(error), f"Ô mã dừng vì lỗi: {told}", "Sửa hoặc bỏ ô mã này."
    return None


def _cell_place(error: BaseException) -> tuple[int, int]:
    """Line and column (from 1) of the place in the cell where an error arose."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == "<cell>" and f.lineno]
    return (frames[-1].lineno, (frames[-1].colno or 0) + 1) if frames else (1, 1)


def check_all_shown(facts: Facts, chapters: list[ChapterFile]) -> list[Problem]:
    """Every figure stands in the table of its page, and every code is used."""
    problems = []
    with_table = {c.file for c in chapters if any(re.search(r"\.table\(\)", cell.source) for cell in c.cells)}
    missing = {f.page for f in facts.values()} - {f.removeprefix("book/").removesuffix(".md") for f in with_table}
    for page in sorted(missing):
        problems.append(
            Problem(
                f"book/{page}.md",
                None,
                None,
                "Trang có số liệu mà không có bảng số liệu.",
                "Thêm ô mã: muc_tieu.table()",
            )
        )
    return problems + check_unused(facts.package, chapters)


def check_unused(package: DataPackage, chapters: list[ChapterFile]) -> list[Problem]:
    """Codes that no table and no chapter uses: often a slip in the code, or a row left behind."""
    used: dict[str, set[str]] = {"documents": set(), "indicators": set(), "breakdowns": {"_T"}, "units": set()}
    for chapter in chapters:
        used["documents"] |= {content for role, content, _, _ in chapter.roles() if role == "document"}
    for table in package.tables.values():
        for field in table.fields:
            target = reference(table, field)
            if target in used:
                for row in table.rows:
                    value = row[field["name"]]
                    used[target] |= set(value) if isinstance(value, list) else {value}
    return [
        row.problem(column, f"Mã “{row[column]}” không được dùng ở đâu cả.", "Xóa dòng này, hoặc sửa mã.")
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
