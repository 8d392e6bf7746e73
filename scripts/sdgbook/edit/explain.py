"""What a name means and who uses it: `sdgbook explain` tells of a figure, a page, a target, an indicator, a document or
a place of the source."""

from __future__ import annotations

import ast
import csv
import io
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from sdgbook.commits import GIT, History, environment
from sdgbook.data import Problem, ProblemsFound, Row, Table, read_package
from sdgbook.data.problems import did_you_mean
from sdgbook.edit.check import own_facts, prose_cells
from sdgbook.edit.find import fold, values_of
from sdgbook.edit.markdown import Cell, ChapterFile, read_chapter
from sdgbook.report import expressions, inline, numbers
from sdgbook.report.blocks import Block
from sdgbook.report.context import Context
from sdgbook.report.facts import Fact, FactError, Facts, use

FIGURE_ROLES = ("fact", "fact-number")
SECTIONS = {"title": "tên báo cáo", "result": "câu kết quả", "footnote": "chú thích", "paragraph": "đoạn văn"}
BLOCKS = {"chart": "biểu đồ", "figures": "bảng số liệu", "table": "bảng", "headlines": "con số nổi bật"}
OBSERVED, COMPUTED = ("obs_value", "qualifier", "obs_status"), ("expression",)


def explain(root: Path, name: str) -> Iterator[str]:
    """Lines that tell of what `name` means; raises `ProblemsFound`, with what may be meant, when it means nothing."""
    return Explainer(root).lines(name.strip())


def names(root: Path) -> list[str]:
    """What `explain` can be asked for: figures, pages, targets, indicators and documents by name."""
    package = read_package(root, strict=False)
    known = [key for table in ("targets", "indicators", "documents") for key in package.table(table).by_key]
    return [*Facts(package), *pages(root), *dict.fromkeys(map(str, known))]


def pages(root: Path) -> list[str]:
    """The pages by name."""
    book = root / "book"
    return sorted(path.relative_to(book).with_suffix("").as_posix() for path in book.rglob("*.md"))


class Explainer:
    """The project's data and chapters, and lines that tell of them."""

    def __init__(self, root: Path):
        self.root = root
        self.package = read_package(root)
        self.facts = Facts(self.package)
        self.context = Context(self.facts)
        self.chapters = [read_chapter(root, path) for path in sorted((root / "book").rglob("*.md"))]

    def lines(self, name: str) -> Iterator[str]:
        """Lines about the one thing that `name` means."""
        page = name.removeprefix("book/").removesuffix(".md").removesuffix(".html")
        places = {locator: year for year in self.facts.editions for locator in self._sections(year)}
        if fact := self._figure(name):
            return self._of_figure(fact)
        found = [c for c in self.chapters if page in _names_of_page(c)]
        if len(found) == 1:
            return self._of_page(found[0])
        if (row := self.package.table("targets").by_key.get(name)) is not None:
            return self._of_target(row)
        if (row := self.package.table("indicators").by_key.get(name)) is not None:
            return self._of_indicator(row)
        for row in self.package.table("documents").rows:
            if name in (row["document"], row["number"]):
                return self._of_document(row)
        if name in places:
            return self._of_place(name, places[name])
        with_value = [f for f in self.facts.values() if values_of(name) & {f.value, *([f.upper] if f.upper else [])}]
        if len(with_value) == 1:
            return self._of_figure(with_value[0])
        raise ProblemsFound([self._unknown(name, with_value, list(places))])

    def _figure(self, name: str) -> Fact | None:
        try:
            return self.facts.find(name)
        except FactError:
            return None

    def _unknown(self, name: str, with_value: list[Fact], places: list[str]) -> Problem:
        if with_value:
            found = "; ".join(f"{f.name} ({f.label})" for f in with_value)
            return Problem(
                "data",
                None,
                None,
                f"Có {len(with_value)} con số bằng {name}.",
                f"Chọn một tên: {found}.",
                kind="command",
            )
        words = fold(name)
        near = [f.name for f in self.facts.values() if words and words in fold(f.label)]
        near += [str(r["target"]) for r in self.package.table("targets").rows if words and words in fold(r["name_vi"])]
        known = [*self.facts, *pages(self.root), *self.package.table("indicators").by_key, *places]
        known += [*self.package.table("targets").by_key, *self.package.table("documents").by_key]
        remedy = f"Có phải là: {', '.join(near[:12])}?" if near else did_you_mean(name, known)
        remedy = remedy or "Tìm theo chữ bằng sdgbook find."
        return Problem("data", None, None, f"Không có con số, trang hay mã nào tên “{name}”.", remedy, kind="command")

    # A figure

    def _of_figure(self, fact: Fact) -> Iterator[str]:
        told = self.context.figure(fact)
        yield f"{fact.label}: {fact.text}"
        yield f"  tên: {fact.name}"
        yield f"  thời gian, nơi: {fact.when}, {told['where']}"
        yield f"  ở: {self._place(fact.cells[0])}" + (f", cột {'expression' if fact.is_derived else 'obs_value'}")
        if fact.is_derived:
            yield f"  suy ra, báo cáo không in: {fact.formula}"
        else:
            yield f"  báo cáo viết: “{fact.as_written}”"
        yield f"  tình trạng: {fact.status_word or 'bình thường'}" + (", đã hiệu đính" if fact.revised else "")
        for locator in fact.locators:
            yield f"  nguồn: {self._told_place(locator, fact.edition)}"
        if fact.note:
            yield f"  ghi chú: {inline.plain(fact.note, self.facts.within(fact.edition))}"
        for doubt in self.context.doubts_of(fact):
            words = inline.plain(doubt["note_vi"], self.facts.within(fact.edition))
            yield f"  điều còn ngờ ({self._place(doubt.cell)}): {words}"
        yield from self._earlier(fact)
        yield from _block("Những con số gắn với nó (sửa nó thì phải xem cả những số này)", self._tied(fact))
        yield from _block("Ai dùng nó", self._users(fact))
        yield from _block("Ô này đã đổi", self._history(fact))
        yield ""
        yield f"Trên trang web: {fact.page}.html#{fact.id}"

    def _earlier(self, fact: Fact) -> Iterator[str]:
        for old, new in fact.earlier:
            line = f"  trước kia: ấn bản {old.edition} ghi {fact.written(old)}"
            if old.correction:
                day = numbers.spell_date(old.correction["revised_on"])
                line += f"; sửa thành {fact.written(new)} ngày {day}, {old.correction['decided_by']} quyết định: "
                line += inline.plain(old.correction["reason_vi"], self.facts)
            else:
                line += f"; ấn bản {new.edition} cho số khác"
            yield line

    def _tied(self, fact: Fact) -> Iterator[str]:
        """The sums that the figure is part of, with all their figures."""
        for table, what in (("identities", "phép kiểm"), ("derived", "phép suy ra")):
            for year in self.facts.editions:
                for row in self.facts.rows(table, year):
                    parts = self._parts(row["expression"], year)
                    result = [self._figure(f"{row['derived']}@{row['time_period']}")] if table == "derived" else []
                    if fact.name not in {part.name for part in [*parts, *filter(None, result)]}:
                        continue
                    yield f"{what} “{row.id}”: {row['expression']}"
                    for part in dict.fromkeys([*parts, *filter(None, result)]):
                        if part.name != fact.name:
                            yield f"  {part.name} = {part.measured} ({self._place(part.cells[0])})"

    def _parts(self, expression: str, year: int | None) -> list[Fact]:
        own, found = own_facts(self.facts, year), []
        with suppress(expressions.ExpressionError):
            for name in expressions.names(expression):
                with suppress(FactError):
                    found.append(own.find(name))
        return found

    def _users(self, fact: Fact) -> Iterator[str]:
        for chapter in self.chapters:
            for content, line in self._named(chapter, fact):
                yield f"{chapter.file}, dòng {line}: {content}"
            for cell, what, shown in self._shown[chapter.file]:
                if fact.id in shown:
                    yield f"{chapter.file}, dòng {cell.line}: {what}, ô mã {_last_line(cell.source)}"
        yield from self._in_tables(fact)

    def _named(self, chapter: ChapterFile, fact: Fact) -> Iterator[tuple[str, int]]:
        own = own_facts(self.facts, chapter.front.get("edition"))
        for role, content, line, _ in chapter.roles():
            if role in FIGURE_ROLES and self._means(own, content, fact):
                where = "lời giới thiệu" if chapter.text.split("\n")[line - 1].startswith("description:") else "câu văn"
                yield f"{where} {{{role}}}`{content}`", line
        for claim, says in (chapter.front.get("claims") or {}).items():
            if fact.name in {
                part.name for side in re.split("[<>=]+", str(says)) for part in self._parts(side, own.edition)
            }:
                line = next((n for n, text in enumerate(chapter.text.split("\n"), 1) if str(claim) in text), 1)
                yield f"lời khẳng định “{claim}”", line

    @staticmethod
    def _means(own: Facts, name: str, fact: Fact) -> bool:
        with suppress(FactError):
            return own.name_of(name) == fact.name
        return False

    def _in_tables(self, fact: Fact) -> Iterator[str]:
        for table in self.package.tables.values():
            own = own_facts(self.facts, table.edition)
            for column in [f["name"] for f in table.fields if f.get("content") in ("fact", "fact-or-locator")]:
                if table.name != "doubts":
                    yield from (
                        f"{row.file}, dòng {row.line}, cột {column}: {_words_of(table)}"
                        for row in table.rows
                        if row[column] and self._means(own, row[column], fact)
                    )
            if table.name in ("objectives", "breaks") and fact.indicator:
                for row in table.rows:
                    if row["indicator"] == fact.indicator and row.get("breakdown") in (None, fact.breakdown):
                        yield f"{row.file}, dòng {row.line}, cột indicator: {_words_of(table)}"
        for row, column in prose_cells(self.package):
            own = own_facts(self.facts, self.package.by_file[row.file].edition)
            for match in inline.ROLE.finditer(row[column]):
                if match[1] in FIGURE_ROLES and self._means(own, match[2], fact):
                    yield f"{row.file}, dòng {row.line}, cột {column}: {match[0]}"

    @cached_property
    def _shown(self) -> dict[str, list[tuple[Cell, str, set[str]]]]:
        """For each chapter its code cells with what each shows, in words, and the anchors of the figures in it."""
        with use(self.facts):
            return {chapter.file: list(_run(chapter)) for chapter in self.chapters}

    # History

    def _history(self, fact: Fact) -> Iterator[str]:
        file, key = fact.cells[0]
        told = list(cell_history(self.root, self.package.by_file[file], key, COMPUTED if fact.is_derived else OBSERVED))
        yield from told
        if not told:
            yield "không rõ: ở đây không có lịch sử git của tệp này"

    def _place(self, cell: tuple[str, str]) -> str:
        return f"{cell[0]}, dòng {self.package.line_of(*cell)}"

    # Others

    def _sections(self, year: int) -> Any:
        return self.package.table("sections", year).by_key

    def _told_place(self, locator: str, year: int) -> str:
        row = self._sections(year).get(locator)
        if row is None:
            return locator
        return f"{locator}: {SECTIONS.get(row['kind'], 'mục')} “{row['title_vi']}” ({self._place(row.cell)})"

    def _of_page(self, chapter: ChapterFile) -> Iterator[str]:
        own = own_facts(self.facts, chapter.front.get("edition"))
        title = next((line[2:] for line in chapter.text.split("\n") if line.startswith("# ")), "")
        yield f"Trang “{inline.plain(title, own)}”"
        yield f"  tệp: {chapter.file}"
        if chapter.front.get("targets"):
            yield f"  mục tiêu: {', '.join(chapter.front['targets'])}"
        yield f"  sửa lần cuối: {last_change(self.root, chapter.file)}"
        roles: dict[str, dict[str, int]] = {}
        for role, content, line, _ in chapter.roles():
            roles.setdefault("fact" if role in FIGURE_ROLES else role, {}).setdefault(content, line)
        figures = []
        for name, line in roles.get("fact", {}).items():
            with suppress(FactError):
                fact = own.find(name)
                figures.append(f"{fact.name} = {fact.text} (dòng {line}; {self._place(fact.cells[0])})")
        yield from _block("Con số trong lời", figures)
        cells, files = [], Counter()
        for cell, what, shown in self._shown[chapter.file]:
            figures = [fact for anchor in shown if (fact := self.facts.anchored(anchor))]
            files.update({fact.cells[0] for fact in figures})
            cells.append(
                f"dòng {cell.line}: {_last_line(cell.source)}" + (f" ({what}, {len(shown)} con số)" if what else "")
            )
        yield from _block("Ô mã", cells)
        tables = Counter(file for file, _ in files)
        yield from _block("Bảng mà các ô mã lấy số", [f"{file}: {rows} dòng" for file, rows in sorted(tables.items())])
        yield from _block("Văn bản", [f"{d} (dòng {n})" for d, n in roles.get("document", {}).items()])
        yield from _block("Đích", [f"{d} (dòng {n})" for d, n in roles.get("objective", {}).items()])
        yield from _block("Chỗ trong báo cáo", [f"{d} (dòng {n})" for d, n in roles.get("locator", {}).items()])
        terms = [r["term"] for r in self.package.table("terms").rows if _has_word(chapter.prose, r["term"])]
        yield from _block("Từ ngữ có giải thích", [", ".join(terms)] if terms else [])

    def _of_target(self, row: Row) -> Iterator[str]:
        target = row["target"]
        yield f"Mục tiêu {target}: {row['name_vi']}"
        yield f"  ở: {self._place(row.cell)}"
        yield f"  trang: book/{row['chapter']}.md"
        of_it = [r for r in self.package.table("indicators").rows if target in r["targets"]]
        yield from _block("Chỉ số", [f"{r['indicator']}: {r['name_vi']} ({self._place(r.cell)})" for r in of_it])
        aims = [
            r for year in self.facts.editions for r in self.facts.rows("objectives", year) if target in r["targets"]
        ]
        yield from _block("Đích", [f"{r['objective']}: {r['title_vi']} ({self._place(r.cell)})" for r in aims])
        yield from _block("Con số", map(self._line_of, self.facts.of_targets([target])))

    def _of_indicator(self, row: Row) -> Iterator[str]:
        yield f"Chỉ số {row['indicator']}: {row['name_vi']}"
        yield f"  ở: {self._place(row.cell)}"
        yield f"  nghĩa: {row['definition_vi'] or 'chưa ghi'}"
        yield f"  đơn vị: {self.facts.unit(row['unit']).name}; mục tiêu: {', '.join(row['targets'])}"
        yield from _block("Con số", map(self._line_of, self.facts.of_indicator(row["indicator"])))

    def _of_document(self, row: Row) -> Iterator[str]:
        yield inline.document_name(row)
        yield f"  mã: {row['document']}, ở {self._place(row.cell)}"
        yield f"  về việc: {row['title_vi']}"
        used = []
        for chapter in self.chapters:
            named = [
                line for role, content, line, _ in chapter.roles() if (role, content) == ("document", row["document"])
            ]
            used += [f"{chapter.file}, dòng {line}" for line in named]
        used += self._rows_naming("document", row["document"]) + self._rows_naming("documents", row["document"])
        yield from _block("Ai nhắc đến nó", used)

    def _of_place(self, locator: str, year: int) -> Iterator[str]:
        row = self._sections(year)[locator]
        yield f"Chỗ {locator} trong báo cáo năm {year}: {SECTIONS.get(row['kind'], 'mục')} “{row['title_vi']}”"
        yield f"  ở: {self._place(row.cell)}; trang: {row['chapter'] or 'không có'}"
        there = [f for f in self.facts.values() if not f.is_derived and f.edition == year and locator in f.locators]
        yield from _block("Con số lấy từ chỗ này", map(self._line_of, there))
        others = [place for place in self._rows_naming("source_locator", locator) if "observations" not in place]
        yield from _block("Dòng khác lấy từ chỗ này", others)

    def _rows_naming(self, column: str, value: str) -> list[str]:
        return [
            f"{row.file}, dòng {row.line}, cột {column}: {_words_of(table)}"
            for table in self.package.tables.values()
            if table.name != "documents" and any(f["name"] == column for f in table.fields)
            for row in table.rows
            if row[column] == value or (isinstance(row[column], list) and value in row[column])
        ]

    def _line_of(self, fact: Fact) -> str:
        return f"{fact.name} = {fact.text} ({self._place(fact.cells[0])})"


def _names_of_page(chapter: ChapterFile) -> tuple[str, str]:
    name = chapter.file.removeprefix("book/").removesuffix(".md")
    return name, name.rpartition("/")[2]


def _run(chapter: ChapterFile) -> Iterator[tuple[Cell, str, set[str]]]:
    """A chapter's cells with the kind of block that each returns, "" for none, and the anchors of the figures there."""
    names: dict[str, Any] = {"__name__": "__chapter__"}
    for cell in chapter.cells:
        result = None
        # What fails is for the check to tell.
        with suppress(Exception):
            tree = ast.parse(cell.source, "<cell>")
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "<cell>", "exec"), names)
            result = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None
        is_block = isinstance(result, Block)
        yield (
            cell,
            BLOCKS.get(result.kind, "danh sách") if is_block else "",
            set(_anchors(result.data)) if is_block else set(),
        )


def _anchors(data: Any) -> Iterator[str]:
    """The anchors of figures that a block's data names."""
    if isinstance(data, dict):
        yield from (data[name] for name in ("id", "anchor") if str(data.get(name, "")).startswith("so-"))
    if isinstance(data, (dict, list, tuple)):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _anchors(part)


def _block(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A heading and its lines; nothing where there are none."""
    lines = list(lines)
    if lines:
        yield ""
        yield f"{title}:"
        yield from (f"  {line}" for line in dict.fromkeys(lines))


def _words_of(table: Table) -> str:
    return str(table.resource.get("title") or table.name)


def _last_line(source: str) -> str:
    lines = [line.strip() for line in source.strip().split("\n")]
    return lines[-1] if len(lines[-1]) > 3 else " ".join(lines)


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def last_change(root: Path, file: str) -> str:
    """The day and the words of a file's last commit."""
    history = History(root)
    told = history._git("log", "-1", "--format=%cs %s", "--", file) if history.known else None
    if not told:
        return "không rõ, chưa có trong git"
    day, _, subject = told.strip().partition(" ")
    return f"ngày {_spelled(day)}, “{subject}”" + (" (và đang sửa, chưa ghi)" if file in history.changed else "")


def _spelled(day: str) -> str:
    return "/".join(reversed(day.split("-")))


def cell_history(root: Path, table: Table, key: str, columns: tuple[str, ...]) -> Iterator[str]:
    """What a row's cells in `columns` were through git's commits, newest first: day, old → new, words of the commit."""
    words = ["log", "--no-merges", "--format=%H %cs %s", "--", table.file]
    told = subprocess.run([*GIT, *words], cwd=root, env=environment(), capture_output=True, encoding="utf-8")
    commits = [line.split(" ", 2) for line in told.stdout.splitlines()] if told.returncode == 0 else []
    if not commits:
        return
    asked = ["HEAD", *(name for commit, *_ in commits for name in (commit, f"{commit}^"))]
    versions = _versions(root, table.file, asked)
    cells = {name: _cells(table, key, columns, text) for name, text in zip(asked, versions, strict=True)}
    now = _cells(table, key, columns, (root / table.file).read_text(encoding="utf-8"))
    if now != cells["HEAD"]:
        yield f"chưa ghi vào git: {_step(cells['HEAD'], now)}"
    for commit, day, subject in commits:
        before, after = cells[f"{commit}^"], cells[commit]
        if before != after:
            yield f"{_spelled(day)}: {_step(before, after)} (“{subject}”)"


def _step(before: str | None, after: str | None) -> str:
    if before is None or after is None:
        return f"có từ đây: {after}" if before is None else f"bị bỏ (trước là {before})"
    return f"{before} → {after}"


def _versions(root: Path, file: str, commits: list[str]) -> list[str]:
    """The text of a file in each of these commits; "" where it is not there."""
    asked = "".join(f"{commit}:./{file}\n" for commit in commits).encode()
    told = subprocess.run([*GIT, "cat-file", "--batch"], cwd=root, env=environment(), input=asked, capture_output=True)
    found, rest = [], told.stdout
    for _ in commits:
        header, _, rest = rest.partition(b"\n")
        if header.endswith(b" missing") or not header:
            found.append("")
            continue
        size = int(header.rsplit(b" ", 1)[1])
        found.append(rest[:size].decode("utf-8", "replace"))
        rest = rest[size + 1 :]
    return found


def _cells(table: Table, key: str, columns: tuple[str, ...], text: str) -> str | None:
    """The cells of a row as they stand in a version of its file, in one line; None where it has no such row."""
    for row in csv.DictReader(io.StringIO(text, newline="")):
        if "; ".join(str(row.get(name)) for name in table.key) == key:
            shown = [row.get(column) or "" for column in columns]
            # The usual codes go without saying.
            return " ".join([shown[0] or "(trống)", *(code for code in shown[1:] if code not in ("exact", "A", ""))])
    return None
