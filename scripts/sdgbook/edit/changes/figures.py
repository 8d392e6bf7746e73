"""Figures before and after: which changed, where readers meet them, and which changes ask for a second look."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from sdgbook.edit.changes.found import ADDED, CHANGED, REMOVED, Figure, Missing
from sdgbook.edit.changes.trees import Tree, figure_ids
from sdgbook.edit.check import own_facts
from sdgbook.edit.markdown import ChapterFile
from sdgbook.report import numbers
from sdgbook.report.facts import Fact, Facts
from sdgbook.report.quantity import RATIO

# How near a change must be to ten, a hundred, a thousand… times to look like a slipped point or separator.
SLIP = Decimal("0.02")
SLIPS = (10, 100, 1000, 1_000_000)
# How much of itself a figure without a history of its own may change by.
HALF = Decimal("0.5")
# The page that leads with the figures of the table `headlines`.
HOME = "index"
RULE = (
    "Máy hỏi lại khi một con số: đổi đúng khoảng 10, 100, 1.000 hay 1.000.000 lần; là một phần mà vượt 100% hoặc dưới "
    "0; đổi nhiều hơn mọi bước mà chính chuỗi số ấy từng đổi từ lần này sang lần sau; hoặc, khi chuỗi chưa có bước "
    "nào, đổi quá một nửa. Con số mới thêm được so như thế với con số liền trước của chuỗi."
)
# What a site has for servers and editors: not of the book, and lines move with every row.
NO_PAGES = ("404", "dong")
IN_SITE = re.compile(r"""(?:id="|href="[^"#]*#)(so-[^"]+)""")


def compare(before: Tree, after: Tree, sites: tuple[Path | None, Path | None] = (None, None)) -> list[Figure]:
    """All figures that readers see otherwise, printed ones first, in the order of their names."""
    if before.facts is None or after.facts is None:
        return []
    old, new = figure_ids(before.facts), figure_ids(after.facts)
    shown = {REMOVED: shown_on(before, sites[0]), CHANGED: shown_on(after, sites[1])}
    found: list[tuple[Fact, Figure]] = []
    for id_ in old.keys() | new.keys():
        one, other = old.get(id_), new.get(id_)
        fact = other or one
        if one and other and _said(one) == _said(other):
            continue
        change = CHANGED if one and other else ADDED if other else REMOVED
        tree = after if other else before
        figure = Figure(
            change,
            id_,
            fact.name,
            fact.label,
            fact.when,
            one.text if one else "",
            other.text if other else "",
            _step(one, other) if one and other else "",
            fact.file,
            tree.facts.package.line_of(*fact.cells[0]),
            sorted(shown[REMOVED if change == REMOVED else CHANGED].get(id_, {fact.page})),
        )
        if fact.is_derived:
            # A derived figure moves with others: what is odd about it is asked of those.
            figure.follows = [
                part.name for key, part in new.items() if part.cells[0] in fact.cells[1:] and _moved(old, part)
            ]
        elif other:
            figure.questions = questions(one, other, before.facts)
        found.append((fact, figure))
    found.sort(key=lambda pair: (pair[0].is_derived, pair[0].page, pair[0].name))
    return [figure for _, figure in found]


def _moved(old: dict[str, Fact], part: Fact) -> bool:
    return part.id not in old or _said(old[part.id]) != _said(part)


def _said(fact: Fact) -> tuple[object, ...]:
    """What readers see of a figure: digits count, 4 is not 4.0; that it is marked as revised is told apart."""
    return str(fact.value), str(fact.upper), fact.qualifier, fact.status, fact.unit.code


def _step(one: Fact, other: Fact) -> str:
    """How far a figure moved, in its unit."""
    if one.unit.code != other.unit.code:
        return "đổi đơn vị"
    step = other.value - one.value
    if not step:
        same = one.upper == other.upper
        return "chỉ đổi chữ đi kèm" if same else "đổi đầu trên của khoảng"
    unit = "điểm phần trăm" if other.unit.dimension == RATIO else other.unit.symbol
    size = numbers.with_unit(numbers.format_number(numbers.shortest(abs(step))), unit)
    return f"{'tăng' if step > 0 else 'giảm'} {size}"


def questions(one: Fact | None, other: Fact, facts: Facts) -> list[str]:
    """Why a new value deserves a second look, by `RULE`; `facts` are those before the change."""
    asked = []
    line = [f for f in _line(facts, other) if f.period != other.period]
    earlier = [f for f in line if f.period < other.period]
    start = one or (earlier[-1] if earlier else None)
    if start is not None and start.unit.code == other.unit.code and (times := _slip(start.value, other.value)):
        larger = abs(other.value) > abs(start.value)
        words = f"lớn gấp khoảng {times} lần" if larger else f"chỉ bằng khoảng một phần {times} của"
        than = "số cũ" if one else f"số {start.when}"
        asked.append(f"{words} {than}: có nhầm dấu phẩy, dấu chấm hay đơn vị không?")
    if other.unit.dimension == RATIO:
        whole = 1 / other.unit.factor
        if other.value > whole and not (one and one.value > whole):
            asked.append("lớn hơn 100%: có đúng là một phần của cả thể không?")
        if other.value < 0:
            asked.append("nhỏ hơn 0: một phần có thể âm không?")
    if start is None or asked:
        return asked
    change = abs(other.value - start.value)
    steps = [abs(b.value - a.value) for a, b in pairwise(_line(facts, other))]
    steps += [abs(new.value - old.value) for f in _line(facts, other) for old, new in pairwise(f.vintages)]
    if steps and any(steps):
        if change > max(steps):
            size = numbers.format_number(numbers.shortest(max(steps)))
            asked.append(
                f"đổi nhiều hơn mọi lần trước của chuỗi số này (bước lớn nhất từng có: {size}): có đúng không?"
            )
    elif start.value and change > abs(start.value) * HALF:
        asked.append(f"đổi quá một nửa so với {'số cũ' if one else f'số {start.when}'}: có đúng không?")
    return asked


def _line(facts: Facts, fact: Fact) -> list[Fact]:
    """The series of a figure."""
    if not fact.indicator:
        return []
    with suppress(Exception):
        return facts.line(fact.indicator, fact.breakdown, fact.area)
    return []


def _slip(old: Decimal, new: Decimal) -> str:
    """“10”, “1.000”: how many times a value is another one, where that looks like a slip; else empty."""
    if not old or not new or (old < 0) != (new < 0):
        return ""
    times = max(abs(new / old), abs(old / new))
    for slip in SLIPS:
        if abs(times - slip) <= slip * SLIP:
            return numbers.format_number(Decimal(slip))
    return ""


def shown_on(tree: Tree, site: Path | None) -> dict[str, set[str]]:
    """The pages that show each figure: as the built site has it; without one, those that name it or hold its row."""
    if site is not None:
        return _shown_in_site(site)
    facts, found = tree.facts, {}
    for name in facts:
        with suppress(Exception):
            found.setdefault(facts[name].id, set()).add(facts[name].page)
    for file, chapter in tree.chapters.items():
        own = own_facts(facts, chapter.front.get("edition"))
        for name in names_in(chapter):
            with suppress(Exception):
                for fact in own.series(name):
                    found.setdefault(fact.id, set()).add(page_of(file))
    for row in facts.rows("headlines", facts.newest):
        for name in (row["fact"], row["compare_to"]):
            with suppress(Exception):
                found.setdefault(facts.within(facts.newest).find(name).id, set()).add(HOME)
    return found


def page_of(file: str) -> str:
    """The address of a chapter's page, without `.html`."""
    return file.removeprefix("book/").removesuffix(".md")


def names_in(chapter: ChapterFile) -> Iterable[str]:
    """Names of figures that a chapter's prose and cells call."""
    yield from (content for role, content, _, _ in chapter.roles() if role in ("fact", "fact-number"))
    for cell in chapter.cells:
        with suppress(SyntaxError):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def _shown_in_site(site: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for page, path in pages_of_site(site).items():
        for id_ in IN_SITE.findall(path.read_text(encoding="utf-8", errors="replace")):
            found.setdefault(id_, set()).add(page)
    return found


def pages_of_site(site: Path) -> dict[str, Path]:
    """The pages of the book in a built site; frozen editions are other sites beside it."""
    named = {path.relative_to(site).with_suffix("").as_posix(): path for path in sorted(site.rglob("*.html"))}
    return {page: path for page, path in named.items() if not re.match(r"\d{4}/", page) and page not in NO_PAGES}


def missing_revisions(before: Tree, after: Tree) -> list[Missing]:
    """Published figures that say another number than before, of which no new row of `revisions` tells."""
    if before.facts is None or after.facts is None:
        return []
    found = []
    for year in before.facts.editions:
        # A draft was not published; a frozen one's cells must stay, which the check tells.
        if year not in after.facts.editions or before.facts.rows("edition", year)[0]["status"] != "published":
            continue
        own, told = after.facts.within(year), set()
        known = {tuple(row.values()) for row in before.facts.rows("revisions", year)}
        for row in after.facts.rows("revisions", year):
            if tuple(row.values()) not in known:
                with suppress(Exception):
                    told.add((own.find(row["about"]).id, Decimal(row["old_value"]), Decimal(row["new_value"])))
        old = {row.id: row for row in before.facts.rows("observations", year)}
        for row in after.facts.rows("observations", year):
            was, now = old[row.id]["obs_value"] if row.id in old else None, row["obs_value"]
            if was is None or now is None or was == now:
                continue
            fact = own.of_key((row["indicator"], row["breakdown"], row["time_period"], row["ref_area"]))
            if (fact.id, was, now) not in told:
                start = f"sua-{row['indicator']},{fact.name},NĂM-THÁNG-NGÀY,{was},{now},AI QUYẾT ĐỊNH,VÌ SAO,WHY"
                file = f"data/editions/{year}/revisions.csv"
                found.append(Missing(fact.name, f"{fact.label}, {fact.when}", f"{was}", f"{now}", file, start))
    return found
