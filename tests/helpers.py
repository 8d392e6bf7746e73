"""A copy of the project that a test may spoil, the site built from it, and how its words are compared."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

ROOT = Path(__file__).resolve().parents[1]
# The newest edition that is no draft.
YEAR = max(
    f.parent.name for f in (ROOT / "data" / "editions").glob("*/edition.csv") if ",draft," not in f.read_text("utf-8")
)
# What a project's folder may hold besides its own files, and the addresses that it has promised, which tests break at
# will: those that do not are in test_addresses.py.
MADE = {".git", ".venv", "_build", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints"}
MADE |= {"addresses.txt"}
QUALIFIERS = {"exact": "", "over": "trên ", "nearly": "gần ", "about": "khoảng "}
STATUSES = {"A": "", "P": "sơ bộ", "E": "ước", "F": "dự kiến"}
ROLE = re.compile(r"\{[a-z-]+\}`[^`]*`")


def run(root: Path, *command: str, shell: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command in a project's folder, as a person without a terminal would."""
    env = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "CLICOLOR_FORCE")}
    return subprocess.run(
        command[0] if shell else command,
        cwd=root,
        env={**env, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        shell=shell,
    )


def sdgbook(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `sdgbook` in a project's folder."""
    return run(root, sys.executable, "-m", "sdgbook", *words)


def digests(folder: Path, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """SHA-256 of every file under a folder, by relative path; top-level names in `without` left out."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in without
    }


@dataclass(frozen=True)
class Place:
    """Where a mistake stands, as a message should name it. The column is a name or a position in the line."""

    file: str
    line: int | None = None
    column: str | int | None = None


class Project:
    """A folder with the project's own files, and the few edits that tests make in them."""

    def __init__(self, root: Path):
        self.root = root

    @classmethod
    def copy(cls, folder: Path) -> Project:
        """A fresh copy in a folder with a name that careless code trips over."""
        root = folder / "báo cáo thử"
        shutil.copytree(ROOT, root, ignore=lambda _, names: MADE & set(names))
        return cls(root)

    def file(self, table: str) -> str:
        """The file of a table, relative to the project."""
        reference = f"data/reference/{table}.csv"
        return reference if (self.root / reference).is_file() else f"data/editions/{YEAR}/{table}.csv"

    def read(self, file: str) -> str:
        return (self.root / file).read_text(encoding="utf-8")

    def write(self, file: str, text: str) -> None:
        (self.root / file).write_text(text, encoding="utf-8", newline="")

    def table(self, table: str) -> list[dict[str, str]]:
        """Rows as they stand in the file, all cells as text."""
        return list(csv.DictReader(io.StringIO(self.read(self.file(table)), newline="")))

    def write_table(self, table: str, rows: list[dict[str, str]]) -> None:
        """Write rows the way the project does."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([rows[0].keys(), *(row.values() for row in rows)])
        self.write(self.file(table), out.getvalue())

    def edit(self, table: str, key: str, column: str, value: str) -> Place:
        """Change one cell of the row whose first cell is `key`; a row of several such is chosen by `key@period`
        or `key[breakdown]`."""
        rows = self.table(table)
        found = [n for n, row in enumerate(rows) if key in _names(row)]
        assert len(found) == 1, f"{key} is not one row of {table}"
        rows[found[0]][column] = value
        self.write_table(table, rows)
        return Place(self.file(table), found[0] + 2, column)

    def figure(self, key: str, value: str) -> Place:
        """Give a figure another value, as a report that prints it: the row says it in both its cells."""
        self.edit("observations", key, "as_written", vietnamese(value))
        return self.edit("observations", key, "obs_value", value)

    def add(self, table: str, **cells: str) -> Place:
        """Add a row at the end of a table; columns not given stay empty."""
        rows = self.table(table)
        columns = self.read(self.file(table)).split("\n", 1)[0].split(",")
        rows.append({**dict.fromkeys(columns, ""), **cells})
        self.write_table(table, rows)
        return Place(self.file(table), len(rows) + 1)

    def append(self, file: str, text: str, at: str) -> Place:
        """Add a paragraph at the end of a text file; the place is that of `at` in it."""
        before = self.read(file).rstrip("\n") + "\n\n"
        self.write(file, f"{before}{text}\n")
        lines = text[: text.index(at)].split("\n")
        return Place(file, before.count("\n") + len(lines), len(lines[-1]) + 1)


def _names(row: dict[str, str]) -> set[str]:
    first = next(iter(row.values()))
    return {first, f"{first}@{row.get('time_period')}", f"{first}[{row.get('breakdown')}]"}


def is_of_book(page: Path) -> bool:
    """Whether a built page has the book's frame: the pages at permanent addresses are small ones of their own."""
    return 'id="noi-dung"' in page.read_text(encoding="utf-8")


@dataclass
class Site:
    """A site, the project it was built from, what the build said, and the project's files before it."""

    project: Project
    html: Path
    output: str
    before: dict[str, str]

    @cached_property
    def pages(self) -> dict[str, BeautifulSoup]:
        """Every page of the book by its address without `.html`; not the one shown for addresses that lead nowhere, nor
        the one that names the lines of figures, nor those of single figures (`is_of_book`)."""
        return {
            path.relative_to(self.html).with_suffix("").as_posix(): BeautifulSoup(path.read_bytes(), "html5lib")
            for path in sorted(self.html.rglob("*.html"))
            if path.name not in ("404.html", "dong.html") and is_of_book(path)
        }

    @cached_property
    def assets(self) -> str:
        """The folder of its scripts and styles."""
        (script,) = self.html.glob("_static/*/sdgbook.js")
        return script.parent.relative_to(self.html).as_posix()

    @cached_property
    def said(self) -> dict[str, str]:
        """What each page's own part says, in one line."""
        return {name: said(page.main) for name, page in self.pages.items()}

    @cached_property
    def _by_id(self) -> dict[str, dict[str, Tag]]:
        """The elements of every page by their ids: links are too many to look through the pages for each."""
        # Of two with one id, a link leads to the first.
        return {name: {tag["id"]: tag for tag in page.find_all(id=True)[::-1]} for name, page in self.pages.items()}

    def leads_to(self, page: str, link: Tag) -> tuple[str, Tag | None]:
        """The page a link on `page` leads to and the element its fragment names there, if it names one."""
        parts = urlsplit(str(link["href"]))
        base = (Path("/") / page).parent
        target = page
        if parts.path:
            target = os.path.normpath(base / unquote(parts.path)).lstrip("/").removesuffix(".html")
        return target, self._by_id[target].get(unquote(parts.fragment)) if parts.fragment else None

    @cached_property
    def places(self) -> dict[str, str]:
        """Anchors of the outline by locator."""
        found = self.pages["de-cuong"].select("section.place")
        return {said(section.select_one(".locator")): section["id"] for section in found}


def said(node: Tag) -> str:
    """The words of an element with every run of spaces, non-breaking ones too, as one space.

    What the site adds to spell an abbreviation is left out: these are the words of the data and the writers.
    """
    added = {id(text) for aside in node.select(".spelled") for text in aside.find_all(string=True)}
    text = "".join(text for text in node.strings if id(text) not in added)
    return re.sub(r"\s+", " ", text).strip()


def squeezed(text: str) -> str:
    """Letters and digits only, ligatures undone: what is left of words however they are set or read out."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))


def told(text: str) -> re.Pattern[str]:
    """A pattern for a text cell as pages tell it: its roles may be anything short."""
    parts = [re.escape(re.sub(r"\s+", " ", part).strip()) for part in ROLE.split(text)]
    return re.compile(r"\s?.{1,120}?\s?".join(parts))


def vietnamese(value: str) -> str:
    """A number as Vietnamese readers write it, made without the code under test: 1440.06 → 1.440,06."""
    return f"{Decimal(value):,f}".translate(str.maketrans(",.", ".,"))


def lists(cell: str) -> list[str]:
    """Items of a list cell."""
    return cell.split("; ") if cell else []
