"""Books of any number of chapters, made from the real one, for tests and measurements that need fewer or more.

Fewer: chapters are left out with their rows and with whatever other pages say of them. More: real chapters are
repeated under new target numbers, with figures, maps and charts of their own. The same call writes the same bytes.
"""

from __future__ import annotations

import copy
import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Collection
from decimal import Decimal
from pathlib import Path

import yaml
from helpers import MADE, ROOT, YEAR

from sdgbook.data.layout import write_canonical

# In which order chapters are taken, so that any few of them are about as heavy as the rest: with and without figures,
# charts, maps, several targets.
ORDER = ("1-1", "15-2-a", "10-4", "5-1", "8-5-8-8", "4-4", "4-3", "4-5-b", "1-2", "10-1-10-3")
# Pages that nothing in the code leads to, those of the guide among them.
SPARE = ("tom-tat", "kieu-dang", *(f"dong-gop/{path.stem}" for path in sorted((ROOT / "book/dong-gop").glob("*.md"))))
PROJECT = ("book", "data", "_config.yml", "_toc.yml", "pyproject.toml", "requirements.txt", "requirements-dev.txt")
# The check reads it in the project's folder, whichever code runs.
STYLE = "scripts/sdgbook/site/theme/static/sdgbook.css"
CODE = ("scripts", "Makefile", ".gitignore")
# The home page leads with four figures at least; these are all of the chapter that every book has.
HEADLINES = ("poverty-rate@2021-12-31", "poor-households-fall", "policy-loans", "legal-aid-cases")
# Numbers below this are left to the targets that there are.
FIRST_NUMBER, MOST_PER_GOAL, GOALS = 21, 79, 17

Rows = list[dict[str, str]]
ROLE = re.compile(r"\{([a-z-]+)\}`([^`]*)`")
SLUG = re.compile(r"(?<![\w-])[a-z0-9]+(?:-[a-z0-9]+)*")
TARGET = re.compile(r"(?<![\w.,/])\d{1,2}\.\d{1,2}(?:\.[a-d])?(?![\w/]|[.,]\d)")
LINK = re.compile(r"\]\(([^)#\s]+)\.md[^)]*\)")


def make_book(folder: Path, chapters: int, *, small: bool = False, code: bool = False, git: bool = False) -> Path:
    """Write a project of `chapters` target chapters into `folder`, which may exist; returns it.

    `small` leaves out pages that only cost time. `code` copies the code too, so that it may be changed; without it,
    the running interpreter's is used. `git` commits everything, by a fixed author on a fixed day.
    """
    most = GOALS * MOST_PER_GOAL
    if not 1 <= chapters <= most:
        raise ValueError(f"A book has 1 to {most} chapters, not {chapters}.")
    for name in PROJECT + (CODE if code else (STYLE,)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=lambda _, names: MADE & set(names), dirs_exist_ok=True)
        else:
            shutil.copyfile(ROOT / name, folder / name)
    book = _Book(folder)
    book.leave_out([f"muc-tieu/{name}" for name in ORDER[chapters:]], SPARE if small else ())
    for n in range(len(ORDER), chapters):
        book.repeat(f"muc-tieu/{ORDER[n % len(ORDER)]}", n // len(ORDER))
    book.write()
    if git:
        commit(folder)
    return folder


def commit(folder: Path, when: str = "2024-02-29T12:00:00+07:00", message: str = "Sách") -> None:
    """Commit everything in `folder`, in a repository of its own."""
    who = ("-c", "user.name=Sách", "-c", "user.email=sach@example.org", "-c", "commit.gpgsign=false")
    env = {**os.environ, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "--no-verify", "-m", message)):
        subprocess.run(["git", *who, *words], cwd=folder, env=env, check=True, capture_output=True)


def _named(column: str, cell: str) -> set[str]:
    """What a cell names: figures, objectives, places of the source, targets."""
    if column == "expression":
        return set(SLUG.findall(cell))
    if column in ("about", "fact", "compare_to", "indicator", "target", "source_locator"):
        return {cell, re.split(r"[@/[]", cell)[0]}
    return {name for _, content in ROLE.findall(cell) for name in (content, re.split(r"[@/[]", content)[0])}


def _numbers(targets: Rows) -> set[str]:
    """The numbers by which a text may call these targets."""
    found = {number for row in targets for number in (row["national_target"], *row["un_targets"].split("; "))}
    return found | {name for row in targets for name in (row["target"], re.sub(r"\.[a-d]$", "", row["target"]))}


def _blocks(body: str) -> list[str]:
    """Markdown as fenced blocks, list items and paragraphs, each with the line ends after it."""
    return re.findall(r"(?:^```[\s\S]*?^```\n|^- .*\n|(?:^(?!```|- ).+\n)+|^\n)\n*", body, re.MULTILINE)


class _Book:
    """The pages and tables of a project folder, in memory until `write`."""

    def __init__(self, folder: Path):
        self.folder = folder
        paths = [*(folder / "data" / "reference").glob("*.csv"), *(folder / "data" / "editions" / YEAR).glob("*.csv")]
        self.files = {path.stem: path for path in sorted(paths)}
        self.columns: dict[str, list[str]] = {}
        self.tables: dict[str, Rows] = {}
        for name, path in self.files.items():
            reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
            self.tables[name], self.columns[name] = list(reader), list(reader.fieldnames or ())
        self.real = copy.deepcopy(self.tables)
        self.pages = {
            path.relative_to(folder / "book").with_suffix("").as_posix(): path.read_text(encoding="utf-8")
            for path in sorted((folder / "book").rglob("*.md"))
        }
        self.added: list[str] = []
        self.numbers = [FIRST_NUMBER] * GOALS

    def targets_of(self, page: str) -> set[str]:
        """The targets whose page this is."""
        return {row["target"] for row in self.real["targets"] if row["chapter"] == page}

    # Fewer

    def leave_out(self, chapters: Collection[str], others: Collection[str]) -> None:
        """Leave out chapters with all that is theirs, and other pages."""
        targets = {target for page in chapters for target in self.targets_of(page)}
        pages = {*chapters, *others}
        for page, text in self.pages.items():
            own = re.search(r"^targets: (\[.*\])$", text, re.MULTILINE)
            if own and set(json.loads(own[1])) <= targets:
                pages.add(page)
        names = set(targets)
        for table in ("indicators", "derived", "objectives"):
            key = self.columns[table][0]
            names |= {row[key] for row in self.tables[table] if set(row["targets"].split("; ")) <= targets}
        names |= {row["locator"] for row in self.tables["sections"] if row["chapter"] in pages}
        for table, rows in self.tables.items():
            if table == "sections":
                self.tables[table] = [row for row in rows if row["locator"] not in names]
            else:
                self.tables[table] = [row for row in rows if self._stays(table, row, targets, names)]
        self._lead_home()
        self.pages = {
            page: self._without(page, text, pages, names) for page, text in self.pages.items() if page not in pages
        }
        self._drop_unused()

    def _stays(self, table: str, row: dict[str, str], targets: set[str], names: set[str]) -> bool:
        """Whether a row is still about something; lists in it lose what is gone."""
        if any(_named(column, cell) & names for column, cell in row.items()) or row[self.columns[table][0]] in names:
            return False
        for column, gone in (("targets", targets), ("also_at", names)):
            before = row.get(column, "")
            row |= {column: "; ".join(item for item in before.split("; ") if item not in gone)} if before else {}
            if column == "targets" and before and not row[column] and table not in ("challenges", "commitments"):
                return False
        return True

    def _lead_home(self) -> None:
        """Figures that the book has, where the home page led with others."""
        rows = self.tables["headlines"]
        others = [fact for fact in HEADLINES if fact not in {row["fact"] for row in rows}]
        rows += [{"fact": fact, "compare_to": ""} for fact in others[: max(0, len(HEADLINES) - len(rows))]]
        self.tables["headlines"] = [{**row, "position": str(n)} for n, row in enumerate(rows, 1)]

    def _without(self, page: str, text: str, pages: set[str], names: set[str]) -> str:
        """A page without the blocks that name what is gone."""
        unknown = _numbers(self.real["targets"]) - _numbers(self.tables["targets"])

        def stays(block: str) -> bool:
            linked = {os.path.normpath(os.path.join(os.path.dirname(page), match)) for match in LINK.findall(block)}
            numbers = set(TARGET.findall(ROLE.sub("", LINK.sub("", block))))
            empty = "areas_map()" in block and not self.tables["places"]
            return not (linked & pages or _named("", block) & names or numbers & unknown or empty)

        match = re.match(r"---\n.*?\n---\n", text, re.DOTALL)
        body = re.sub(
            r"(?<=^:without: ).*$",
            lambda m: " ".join(p for p in m[0].split() if p not in pages),
            text[match.end() :],
            flags=re.MULTILINE,
        )
        return match[0] + "".join(block for block in _blocks(body) if stays(block))

    def _drop_unused(self) -> None:
        """Leave out documents, units and groups that nothing names any more, as the check asks."""
        cells = [cell for rows in self.tables.values() for row in rows for cell in row.values()]
        used = {
            content
            for text in (*self.pages.values(), *cells)
            for role, content in ROLE.findall(text)
            if role == "document"
        }
        used |= {slug for row in self.tables["measures"] for slug in row["documents"].split("; ")}
        used |= {"_T"}
        for table, column in (
            ("objectives", "document"),
            ("objectives", "breakdown"),
            ("observations", "breakdown"),
            ("indicators", "unit"),
            ("derived", "unit"),
        ):
            used |= {row[column] for row in self.tables[table]}
        for table in ("documents", "units", "breakdowns"):
            self.tables[table] = [row for row in self.tables[table] if row[self.columns[table][0]] in used]
        # What is told of the wording of a document's number.
        gone = {row["number"] for row in self.real["documents"]} - {row["number"] for row in self.tables["documents"]}
        rows = self.tables["slips"]
        self.tables["slips"] = [row for row in rows if not any(number in row["meant_vi"] for number in gone)]

    # More

    def repeat(self, page: str, times: int) -> None:
        """Tell a chapter once more, for a target of its own; `times` is how often that has been done, from 1."""
        own = self.targets_of(page)
        code, goal = self._new_target(own)
        suffix = "-" + code.replace(".", "-")
        new_page = f"muc-tieu/{suffix[1:]}"
        here = next(row["locator"] for row in self.real["sections"] if row["chapter"] == page)
        place = f"I.2.{len(ORDER) + len(self.added) + 1}"

        def mine(row: dict[str, str]) -> bool:
            return bool(own & set(row["targets"].split("; ")))

        slugs = {
            row[self.columns[table][0]]
            for table in ("indicators", "derived", "objectives")
            for row in filter(mine, self.real[table])
        }
        locators = {row["locator"] for row in self.real["sections"] if row["chapter"] == page}
        either = re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(slugs, key=len, reverse=True))})(?![\w-])")

        def renamed(text: str) -> str:
            return re.sub(rf"^{re.escape(here)}(?!\d)", place, either.sub(lambda m: m[0] + suffix, text))

        def in_roles(text: str) -> str:
            return ROLE.sub(lambda m: f"{{{m[1]}}}`{renamed(m[2])}`", text)

        def again(row: dict[str, str], **changes: str) -> dict[str, str]:
            new = {}
            for column, cell in row.items():
                whole = column in ("expression", "about", "indicator", "source_locator", "locator")
                new[column] = renamed(cell) if whole else in_roles(cell)
            if new.get("also_at"):
                new["also_at"] = "; ".join(map(renamed, new["also_at"].split("; ")))
            if "targets" in new:
                new["targets"] = code
            return {**new, **changes}

        def titled(row: dict[str, str]) -> dict[str, str]:
            return {name: f"{row[name]} ({code})" for name in ("name_vi", "name_en")}

        def add(table: str, rows: Rows, changes: Callable[[dict[str, str]], dict[str, str]] = lambda row: {}) -> None:
            key = self.columns[table][0]
            keyed = key in ("indicator", "locator", "target")
            self.tables[table] += [again(r, **({} if keyed else {key: r[key] + suffix}), **changes(r)) for r in rows]

        first = next(row for row in self.real["targets"] if row["chapter"] == page)
        change = {"target": code, "goal": str(goal), "chapter": new_page}
        self.tables["targets"].append({**first, **change, **titled(first)})
        for table in ("indicators", "derived"):
            add(table, list(filter(mine, self.real[table])), titled)
        for table in ("objectives", "measures"):
            add(table, list(filter(mine, self.real[table])))
        observed = [row for row in self.real["observations"] if row["indicator"] in slugs]
        add("observations", observed, lambda row: dict.fromkeys(("obs_value", "as_written"), self._value(row, times)))
        add("identities", [row for row in self.real["identities"] if _named("expression", row["expression"]) & slugs])
        add("doubts", [row for row in self.real["doubts"] if _named("about", row["about"]) & (slugs | locators)])
        # Which places are told differs, so that no two maps are the same drawing.
        told = [row for row in self.real["places"] if row["target"] in own]
        kept = [row for n, row in enumerate(told) if not times >> n & 1] or told
        missing = {row["what"] for row in told} - {row["what"] for row in kept}
        add("places", kept + [row for row in told if row["what"] in missing], lambda row: {"target": code})
        sections = [again(row, chapter=new_page) for row in self.real["sections"] if row["chapter"] == page]
        end = next(n for n, row in enumerate(self.tables["sections"]) if row["locator"] == "II")
        self.tables["sections"][end:end] = sections
        for table in ("challenges", "commitments"):
            for row, real in zip(self.tables[table], self.real[table], strict=True):
                row["targets"] = f"{row['targets']}; {code}" if mine(real) else row["targets"]

        text = either.sub(lambda m: m[0] + suffix, self.pages[page])
        text = re.sub(rf"(?<=\{{locator\}}`){re.escape(here)}(?!\d)", place, text)
        text = re.sub(r"^targets: .*$", f'targets: ["{code}"]', text, flags=re.MULTILINE)
        text = re.sub(r"^# .*$", lambda m: f"{m[0]} ({code})", text, count=1, flags=re.MULTILINE)
        self.pages[new_page] = text.replace(f'chapter("{page.split("/")[1]}"', f'chapter("{suffix[1:]}"')
        self.added.append(new_page)

    def _new_target(self, like: set[str]) -> tuple[str, int]:
        """The next number under the next goal: repeated chapters go round all goals."""
        goal = len(self.added) % GOALS
        self.numbers[goal] += 1
        return f"{goal + 1}.{self.numbers[goal] - 1}", goal + 1

    def _value(self, row: dict[str, str], times: int) -> str:
        """Another value for a figure, by which all sums, shares and claims of its chapter still hold."""
        unit = next(r["unit"] for r in self.real["indicators"] if r["indicator"] == row["indicator"])
        value = Decimal(row["obs_value"])
        if row["indicator"] == "enrolment-plan-completion":
            same = ("enrolment-to-date", row["breakdown"])
            part = next(
                Decimal(r["obs_value"]) for r in self.real["observations"] if (r["indicator"], r["breakdown"]) == same
            )
            plan = round(part / value * 100) * (times + 1) + times
            return f"{part * (times + 1) / plan * 100:.1f}"
        if unit == "percent":
            return f"{value + times % 50}"
        return f"{value}" if unit == "percentage-point" else f"{value * (times + 1)}"

    # All

    def write(self) -> None:
        """Put pages, tables and table of contents in place."""
        for path in (self.folder / "book").rglob("*.md"):
            page = path.relative_to(self.folder / "book").with_suffix("").as_posix()
            if page not in self.pages:
                path.unlink()
        for page, text in self.pages.items():
            (self.folder / "book" / f"{page}.md").write_text(text, encoding="utf-8")
        for name, path in self.files.items():
            out = io.StringIO()
            cells = [[row[column] for column in self.columns[name]] for row in self.tables[name]]
            csv.writer(out, lineterminator="\n").writerows([self.columns[name], *cells])
            path.write_text(out.getvalue(), encoding="utf-8", newline="")
        toc = yaml.safe_load((self.folder / "_toc.yml").read_text(encoding="utf-8"))
        for part in toc["parts"]:
            part["chapters"] = [entry for entry in part["chapters"] if entry["file"] in self.pages]
            if part["chapters"] and part["chapters"][0]["file"] == "muc-tieu/index":
                part["chapters"] += [{"file": page} for page in self.added]
        toc["parts"] = [part for part in toc["parts"] if part["chapters"]]
        text = yaml.safe_dump(toc, allow_unicode=True, sort_keys=False)
        (self.folder / "_toc.yml").write_text(text, encoding="utf-8")
        write_canonical(self.folder)
