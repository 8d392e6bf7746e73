"""A small book that is edited and built again, its twin that is built anew, and the edits, told so that a person can
make them again."""

from __future__ import annotations

import csv
import difflib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import yaml
from books import make_book
from helpers import MADE, Project, digests

# Pages that cost time and depend on nothing that others do not.
CHAPTERS = 2


def build(root: Path) -> subprocess.CompletedProcess[str]:
    """`sdgbook site` as a person calls it, with the project's own code."""
    env = {**os.environ, "PYTHONPATH": str(root / "scripts"), "PYTHONUTF8": "1"}
    # As by default: what Python keeps of a module must not outlive its change.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "sdgbook", "site"]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, encoding="utf-8")


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of change of everything in a folder."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[path.relative_to(folder).as_posix()] = (status.st_ino, status.st_mtime_ns)
    return found


def remove(path: Path) -> None:
    """Remove a file, and with it the folders that it leaves empty: cells may list them."""
    path.unlink()
    for folder in path.parents:
        if any(folder.iterdir()):
            break
        folder.rmdir()


def mirror(source: Path, target: Path) -> None:
    """Make `target` hold the same files as `source`, but for what is made there."""
    wanted = _files(source)
    for name in _files(target) - wanted:
        remove(target / name)
    for name in sorted(wanted):
        before, after = source / name, target / name
        if not after.is_file() or before.read_bytes() != after.read_bytes():
            after.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(before, after)


def _files(folder: Path) -> set[str]:
    skipped = MADE - {".git"}
    found = set()
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and not skipped & set(name.parts):
            found.add(name.as_posix())
    return found


@dataclass
class Step:
    """One edit: what it is called, and the difference that it makes to the project's files."""

    name: str
    patch: str
    built: bool = False


class Workshop(Project):
    """A book to edit in `work`, the twin to build anew in `clean`, and what has been done so far."""

    def __init__(self, folder: Path):
        super().__init__(folder / "work")
        self.folder, self.twin = folder, folder / "clean"
        self.steps: list[Step] = []
        self.compared = 0

    @classmethod
    def begin(cls, folder: Path) -> Workshop:
        """A book, built once, and kept as it is now for every later beginning."""
        workshop = cls(folder)
        make_book(workshop.root, CHAPTERS, small=True, code=True, git=True)
        done = build(workshop.root)
        assert done.returncode == 0, done.stdout + done.stderr
        shutil.copytree(workshop.root, folder / "first", symlinks=True)
        return workshop

    def again(self) -> Workshop:
        """The book as it was first, in the same place."""
        shutil.rmtree(self.root)
        shutil.copytree(self.folder / "first", self.root, symlinks=True)
        return Workshop(self.folder)

    # Edits

    def texts(self) -> dict[str, bytes]:
        """The project's files, but for git's."""
        return {n: (self.root / n).read_bytes() for n in sorted(_files(self.root)) if not n.startswith(".git/")}

    def note(self, name: str, before: dict[str, bytes]) -> bool:
        """Take down what an edit has changed; False when it changed nothing."""
        after = self.texts()
        patch = []
        for file in sorted({*before, *after}):
            old, new = before.get(file), after.get(file)
            if old == new:
                continue
            a, b = (None if c is None else c.decode("utf-8", "replace").splitlines(keepends=True) for c in (old, new))
            names = ("/dev/null" if a is None else f"a/{file}", "/dev/null" if b is None else f"b/{file}")
            lines = difflib.unified_diff(a or [], b or [], *names, n=2)
            patch += [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
        self.steps.append(Step(name, "".join(patch)))
        return bool(patch)

    def undo(self, before: dict[str, bytes]) -> None:
        """Put all files back."""
        after = self.texts()
        for file in after.keys() - before.keys():
            remove(self.root / file)
        for file, content in before.items():
            if after.get(file) != content:
                (self.root / file).parent.mkdir(parents=True, exist_ok=True)
                (self.root / file).write_bytes(content)

    def recipe(self, trouble: str) -> str:
        """What went wrong and every edit that led there."""
        told = [
            trouble,
            "",
            "To see it again, from the project's folder:",
            f'  PYTHONPATH=tests:scripts python -c \'import books, pathlib; books.make_book(pathlib.Path("/tmp/book"),'
            f" {CHAPTERS}, small=True, code=True, git=True)'",
            "  cd /tmp/book && PYTHONPATH=scripts python -m sdgbook site",
            "then each of these edits (`patch -p1`), with the same `sdgbook site` where it says so; at last the same",
            "with `_build` removed.",
        ]
        for number, step in enumerate(self.steps, 1):
            told += ["", f"{number}. {step.name}", step.patch.rstrip("\n")]
            told += ["   sdgbook site"] if step.built else []
        return "\n".join(told)

    # Builds

    def rebuild(self) -> subprocess.CompletedProcess[str]:
        """Build what was edited, going on from what is there."""
        if self.steps:
            self.steps[-1].built = True
        return build(self.root)

    def build_anew(self) -> subprocess.CompletedProcess[str]:
        """Build the same project from nothing elsewhere."""
        mirror(self.root, self.twin)
        shutil.rmtree(self.twin / "_build", ignore_errors=True)
        return build(self.twin)

    def differences(self) -> list[str]:
        """Files of the site that are others than a clean build's."""
        ours, clean = (digests(root / "_build" / "html") for root in (self.root, self.twin))
        return sorted(file for file in {*ours, *clean} if ours.get(file) != clean.get(file))

    def first_difference(self, files: list[str]) -> str:
        """Where the first of these files differ, in short."""
        for file in [f for f in files if not f.endswith(".gz")] or files:
            ours, clean = (root / "_build" / "html" / file for root in (self.root, self.twin))
            if not ours.is_file() or not clean.is_file():
                return f"{file} is {'missing' if clean.is_file() else 'left behind'}"
            a, b = (p.read_bytes().decode("utf-8", "replace").splitlines() for p in (clean, ours))
            lines = [line[:600] for line in difflib.unified_diff(a, b, f"clean/{file}", f"again/{file}", n=0)]
            return "\n".join(lines[:12])
        return ""


# Edits. Each takes a book and a source of chance, and returns what it did, or "" when there was nothing to do it to.
# It need not be right: the check says so, and the edit is then taken back.


def names(words: str) -> list[str]:
    """Words as a list."""
    return words.split(" ")


TABLES = names(
    "areas areas_changes breakdowns documents goals indicators targets terms units breaks challenges commitments"
    " derived doubts edition followups headlines identities measures objectives observations places revisions"
    " sections slips"
)
WORDS = "Lời này được thêm vào để thử.", "Một câu khác hẳn.", "Việc ấy vẫn đang làm.", "Xin xem thêm ở dưới."
HEADINGS = "Phần thêm để thử", "Tên khác hẳn", "Điều cần xem lại", "Một *tên* có chữ nghiêng", "Một tên có chữ nghiêng"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="{}" height="5" fill="{}"/></svg>\n'
CHAPTER_CELLS = names("objectives table measures documents places challenges commitments doubts sources")
EDITION_CELLS = names(
    "headlines goals targets numberings goal_names timeline documents challenges codes derived identities doubts slips"
    " areas areas_map tables revisions news"
)
EDITION = "from sdgbook import edition\nthu = edition(2021)\n"
CELLS = (
    *(f"muc_tieu.{name}()" for name in CHAPTER_CELLS),
    *(f"{EDITION}thu.{name}()" for name in EDITION_CELLS),
    f'{EDITION}thu.measures("mở đầu")',
    f'{EDITION}thu.glossary("term")',
    f'{EDITION}thu.commitments("request")',
    "from sdgbook import facts\nfacts",
    "import csv, pathlib\nprint(len(pathlib.Path('../../data/reference/terms.csv').read_text().split()))",
    "import pathlib\nprint(sorted(p.name for p in pathlib.Path('.').glob('*.md')))",
    "import os\nprint(sorted(os.listdir('..')))",
    "import os\nprint(os.path.exists('ghi-chu.txt'))",
    "try:\n    print(open('ghi-chu.txt').read())\nexcept OSError:\n    print('không có')",
    "import pandas\nprint(pandas.read_csv('../../data/reference/units.csv').shape)",
)


def rows_of(shop: Workshop, table: str) -> tuple[list[str], list[dict[str, str]]]:
    """Names of columns, and rows."""
    reader = csv.DictReader(io.StringIO(shop.read(shop.file(table)), newline=""))
    rows = list(reader)
    return list(reader.fieldnames or ()), rows


def write_rows(shop: Workshop, table: str, columns: list[str], rows: list[dict[str, str]]) -> None:
    """Write a table, its rows as given."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([columns, *([row[c] for c in columns] for row in rows)])
    shop.write(shop.file(table), out.getvalue())


def fields(shop: Workshop, table: str) -> list[dict]:
    """The columns of a table as `datapackage.json` describes them."""
    package = json.loads(shop.read("data/datapackage.json"))
    path = shop.file(table).removeprefix("data/")
    return next(r["schema"]["fields"] for r in package["resources"] if r["path"] == path)


def pages_of(shop: Workshop) -> list[str]:
    """The pages of the book."""
    found = (shop.root / "book").rglob("*.md")
    return sorted(path.relative_to(shop.root / "book").with_suffix("").as_posix() for path in found)


def a_page(shop: Workshop, chance: Random) -> str:
    """One of the pages, as its file."""
    return f"book/{chance.choice(pages_of(shop))}.md"


def a_chapter(shop: Workshop, chance: Random) -> str:
    """One of the chapters with code cells of their own, as its file."""
    found = [f"book/{page}.md" for page in pages_of(shop) if "muc_tieu = chapter(" in shop.read(f"book/{page}.md")]
    return chance.choice(found)


def blocks_of(text: str) -> tuple[str, list[str]]:
    """A page's front matter, and its blocks."""
    front = re.match(r"---\n.*?\n---\n", text, re.DOTALL)
    start = front.end() if front else 0
    block = r"(?:^```[\s\S]*?^```\n|(?:^(?!```).*\S.*\n)+)\n*"
    return text[:start] + "\n", [match[0] for match in re.finditer(block, text[start:].lstrip("\n"), re.M)]


def change_blocks(shop: Workshop, file: str, change: Callable[[list[str]], None]) -> None:
    """Change the blocks of a page."""
    front, blocks = blocks_of(shop.read(file))
    blocks = [block.rstrip("\n") + "\n\n" for block in blocks]
    change(blocks)
    shop.write(file, front + "".join(blocks).rstrip("\n") + "\n")


def put_block(shop: Workshop, chance: Random, file: str, block: str) -> None:
    """Put a block somewhere after the first ones of a page."""
    change_blocks(shop, file, lambda blocks: blocks.insert(chance.randint(min(3, len(blocks)), len(blocks)), block))


def replace_some(shop: Workshop, chance: Random, file: str, pattern: str, new: Callable[[re.Match[str]], str]) -> bool:
    """Replace one of the places of a pattern; whether there was one."""
    text = shop.read(file)
    found = list(re.finditer(pattern, text, re.MULTILINE))
    if not found:
        return False
    match = chance.choice(found)
    shop.write(file, text[: match.start()] + new(match) + text[match.end() :])
    return True


# Data


def cell(shop: Workshop, chance: Random) -> str:
    """A cell of any table says something else."""
    table = chance.choice([table for table in TABLES if rows_of(shop, table)[1]])
    columns, rows = rows_of(shop, table)
    row, field = chance.choice(rows), chance.choice(fields(shop, table))
    column, old, allowed = field["name"], row[field["name"]], field.get("constraints", {})
    choices = [row[column] for row in rows if row[column] != old] + allowed.get("enum", [])
    if field["type"] == "string" and not {"enum", "pattern"} & set(allowed):
        more = f"{old} thêm lời".strip()
        choices += [more] * (1 + 2 * len(choices))
    if field["type"] in ("number", "integer", "year") and old:
        choices += [str(int(float(old)) + 1)] * len(choices)
    if not allowed.get("required"):
        choices += [""] * len(choices)
    if field["type"] == "date":
        choices.append("2021-12-07")
    if not choices:
        return ""
    row[column] = chance.choice(choices)
    write_rows(shop, table, columns, rows)
    return f"{table}: {column} of “{next(iter(row.values()))}”"


def row_removed(shop: Workshop, chance: Random) -> str:
    """A row less."""
    free = names("measures doubts terms slips challenges commitments places identities revisions sections documents")
    table = chance.choice([table for table in free if rows_of(shop, table)[1]])
    columns, rows = rows_of(shop, table)
    row = rows.pop(chance.randrange(len(rows)))
    write_rows(shop, table, columns, rows)
    return f"{table}: without “{next(iter(row.values()))}”"


def row_added(shop: Workshop, chance: Random) -> str:
    """A row more, like one that is there."""
    if chance.random() < 0.3:
        columns, rows = rows_of(shop, "revisions")
        row = {
            "revision": f"sua-{chance.randrange(10**6)}",
            "about": chance.choice(["poverty-rate@2021-12-31", "legal-aid-cases"]),
            "revised_on": f"2022-0{chance.randint(1, 9)}-15",
            "old_value": "cũ",
            "new_value": "mới",
            "decided_by": "Sở",
            "reason_vi": "Chép nhầm.",
            "reason_en": "A slip.",
        }
        write_rows(shop, "revisions", columns, [*rows, row])
        return "revisions: one more"
    table = chance.choice(names("measures doubts terms slips challenges commitments places identities headlines"))
    columns, rows = rows_of(shop, table)
    if not rows:
        return ""
    row = dict(chance.choice(rows))
    first = columns[0]
    if table == "headlines":
        row[first] = str(len(rows) + 1)
        row["fact"] = chance.choice(rows_of(shop, "observations")[1])["indicator"]
        row["compare_to"] = ""
    elif table == "places":
        row["area"] = chance.choice(rows_of(shop, "areas")[1])["area"]
    elif table == "terms":
        row[first] = f"{row[first]} {chance.choice('ABCDE')}"
    else:
        row[first] += f"-{chance.choice('abcdefgh')}"
    for column in set(columns) & {"title_vi", "note_vi", "definition_vi", "meant_vi"}:
        row[column] = f"{row[column]} Thêm.".strip()
    if "number" in row:
        row["number"] = str(int(row["number"]) + 1 + chance.randrange(9))
    write_rows(shop, table, columns, [*rows, row])
    return f"{table}: “{row[first]}” added"


def rows_moved(shop: Workshop, chance: Random) -> str:
    """Rows in another order, where the order is free or a number says it."""
    table = chance.choice(names("headlines headlines breakdowns sections commitments terms"))
    columns, rows = rows_of(shop, table)
    if len(rows) < 2:
        return ""
    at = chance.randrange(len(rows) - 1)
    one, other = rows[at], rows[at + 1]
    number = {"headlines": "position", "breakdowns": "position", "commitments": "number"}.get(table)
    if number:
        one[number], other[number] = other[number], one[number]
    else:
        rows[at], rows[at + 1] = other, one
    write_rows(shop, table, columns, rows)
    return f"{table}: “{next(iter(one.values()))}” and the next change places"


def code_renamed(shop: Workshop, chance: Random) -> str:
    """A code of the data is another one, everywhere."""
    table = chance.choice(names("indicators documents objectives commitments measures doubts challenges units derived"))
    columns, rows = rows_of(shop, table)
    if not rows:
        return ""
    old = chance.choice(rows)[columns[0]]
    new = f"{old}-{chance.choice('abcdefgh')}"
    files = [*(shop.root / "data").rglob("*.csv"), *(shop.root / "book").rglob("*.md")]
    for path in files:
        text = path.read_text(encoding="utf-8")
        changed = re.sub(rf"(?<![\w/-]){re.escape(old)}(?![\w-])", new, text)
        if changed != text:
            path.write_text(changed, encoding="utf-8", newline="")
    return f"{table}: “{old}” is called “{new}” everywhere"


def description_of_data(shop: Workshop, chance: Random) -> str:
    """A table is described in other words."""
    file = "data/datapackage.json"
    replace_some(shop, chance, file, r'"(title|description)(_vi|_en)?": "([^"]*)"', lambda m: m[0][:-1] + ' thêm"')
    return file


# Chapters


def sentence(shop: Workshop, chance: Random) -> str:
    """A sentence more in a paragraph."""
    file = a_page(shop, chance)
    words = chance.choice(WORDS)
    replace_some(shop, chance, file, r"^[A-ZĐÀ-Ỹ][^\n]*\.$", lambda m: f"{m[0]} {words}")
    return f"{file}: a sentence"


def paragraph_removed(shop: Workshop, chance: Random) -> str:
    """A paragraph, a list or a code cell less."""
    file = a_page(shop, chance)
    change_blocks(shop, file, lambda blocks: blocks.pop(chance.randrange(min(1, len(blocks) - 1), len(blocks))))
    return f"{file}: a block less"


def paragraph_moved(shop: Workshop, chance: Random) -> str:
    """A block elsewhere on its page."""
    file = a_page(shop, chance)

    def move(blocks: list[str]) -> None:
        if len(blocks) > 2:
            blocks.insert(chance.randint(2, len(blocks) - 1), blocks.pop(chance.randrange(2, len(blocks))))

    change_blocks(shop, file, move)
    return f"{file}: a block elsewhere"


def role(shop: Workshop, chance: Random) -> str:
    """A figure, a document, a place of the report, named in prose."""
    names = {
        "fact": [row["indicator"] for row in rows_of(shop, "observations")[1]]
        + [row["derived"] for row in rows_of(shop, "derived")[1]],
        "document": [row["document"] for row in rows_of(shop, "documents")[1]],
        "locator": [row["locator"] for row in rows_of(shop, "sections")[1]],
        "objective": [row["objective"] for row in rows_of(shop, "objectives")[1] if row["value"]],
    }
    kind = chance.choice([kind for kind, found in names.items() if found])
    text = f"{{{kind}}}`{chance.choice(names[kind])}`"
    file = a_page(shop, chance)
    if chance.random() < 0.3 and replace_some(shop, chance, file, r"^## .*$", lambda m: f"## Nói về {text}"):
        return f"{file}: {text} in a heading"
    put_block(shop, chance, file, f"Ở đây nói về {text}, và chỉ thế thôi.\n\n")
    return f"{file}: {text}"


def link(shop: Workshop, chance: Random) -> str:
    """A link to another page, in words or with that page's title."""
    file, other = a_page(shop, chance), a_page(shop, chance)
    path = os.path.relpath(other, os.path.dirname(file))
    words = chance.choice(["", "trang kia"])
    put_block(shop, chance, file, f"Xem [{words}]({path}).\n\n")
    return f"{file}: a link to {other}"


def heading(shop: Workshop, chance: Random) -> str:
    """A heading says something else; that of the page, or of a section."""
    file, words = a_page(shop, chance), chance.choice(HEADINGS)
    pattern = chance.choice([r"^# .*$", r"^## .*$"])
    if not replace_some(shop, chance, file, pattern, lambda m: m[0].split(" ")[0] + f" {words}"):
        put_block(shop, chance, file, f"## {words}\n\n")
    return f"{file}: a heading"


def section(shop: Workshop, chance: Random) -> str:
    """A section more."""
    file = a_page(shop, chance)
    put_block(shop, chance, file, f"## {chance.choice(HEADINGS)}\n\n{chance.choice(WORDS)}\n\n")
    return f"{file}: a section"


def front_matter(shop: Workshop, chance: Random) -> str:
    """The description of a page says more."""
    file, words = a_page(shop, chance), chance.choice(WORDS)
    replace_some(shop, chance, file, r"^description: .*$", lambda m: f"{m[0]} {words}")
    return f"{file}: its description"


def code_cell(shop: Workshop, chance: Random) -> str:
    """A code cell more in a chapter."""
    file, code = a_chapter(shop, chance), chance.choice(CELLS)
    put_block(shop, chance, file, f"```{{code-cell}}\n{code}\n```\n\n")
    return f"{file}: a cell “{code.splitlines()[-1]}”"


def chart_words(shop: Workshop, chance: Random) -> str:
    """A chart's title or note says more."""
    file, words = a_page(shop, chance), chance.choice(WORDS)
    replace_some(shop, chance, file, r'(title|subtitle|note)="([^"]*)"', lambda m: f'{m[0][:-1]} {words}"')
    return f"{file}: words of a chart"


# Files beside the chapters


def helper_module(shop: Workshop, chance: Random) -> str:
    """A Python module beside a chapter that a cell imports: made at first, and changed later."""
    file, path = a_chapter(shop, chance), shop.root / "book" / "muc-tieu" / "giup.py"
    if "import giup" not in shop.read(file) and (not path.is_file() or chance.random() < 0.5):
        put_block(shop, chance, file, "```{code-cell}\nimport giup\nprint(giup.LOI)\n```\n\n")
    before = path.stat() if path.is_file() else None
    path.write_text(f"LOI = '{chance.choice('abcdefgh')}'\n", encoding="utf-8")
    if before and chance.random() < 0.5:
        # As a clock set back would have it.
        os.utime(path, ns=(before.st_mtime_ns, before.st_mtime_ns))
    return f"{path.name}, imported by {file}"


def text_beside(shop: Workshop, chance: Random) -> str:
    """A text that cells look for beside their chapter: there, other, or gone."""
    path = shop.root / "book" / "muc-tieu" / "ghi-chu.txt"
    if path.is_file() and chance.random() < 0.4:
        path.unlink()
        return f"{path.name} is gone"
    path.write_text(f"{chance.choice(WORDS)}\n", encoding="utf-8")
    return path.name


def included(shop: Workshop, chance: Random) -> str:
    """A text that pages include: made at first, then changed or renamed."""
    folder = shop.root / "book" / "chung"
    files = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    if files and chance.random() < 0.4:
        new = files[0].with_name(f"loi-{chance.choice('abcdefgh')}.txt")
        for page in pages_of(shop):
            text = shop.read(f"book/{page}.md")
            if files[0].name in text:
                shop.write(f"book/{page}.md", text.replace(files[0].name, new.name))
        files[0].rename(new)
        return f"{files[0].name} is called {new.name}"
    folder.mkdir(exist_ok=True)
    path = files[0] if files else folder / "loi.txt"
    file = a_page(shop, chance)
    if not files or chance.random() < 0.3:
        relative = os.path.relpath(path, (shop.root / file).parent)
        put_block(shop, chance, file, f"```{{include}} {relative}\n```\n\n")
    path.write_text(f"{chance.choice(WORDS)}\n", encoding="utf-8")
    return f"{path.name}, included by {file}"


def picture(shop: Workshop, chance: Random) -> str:
    """A picture, in one of two folders under the same name: shown at first, then changed, renamed or gone."""
    folder = shop.root / "book" / chance.choice(["hinh", "muc-tieu"])
    files = sorted(folder.glob("*.svg")) if folder.is_dir() else []
    drawn = PICTURE.format(chance.randint(1, 9), chance.choice(["red", "blue", "green"]))
    what = chance.random()
    if files and what < 0.3:
        new = files[0].with_name(f"hinh-{chance.choice('ab')}.svg")
        for page in pages_of(shop):
            text, start = shop.read(f"book/{page}.md"), (shop.root / "book" / page).parent
            old = os.path.relpath(files[0], start)
            if f"]({old})" in text:
                shop.write(f"book/{page}.md", text.replace(f"]({old})", f"]({os.path.relpath(new, start)})"))
        files[0].rename(new)
        return f"{files[0]} is called {new.name}"
    if files and what < 0.6:
        files[0].write_text(drawn, encoding="utf-8")
        return f"{files[0]} is another picture"
    folder.mkdir(exist_ok=True)
    path = files[0] if files else folder / "hinh.svg"
    path.write_text(drawn, encoding="utf-8")
    file = a_page(shop, chance)
    put_block(shop, chance, file, f"![Một hình để thử]({os.path.relpath(path, (shop.root / file).parent)})\n\n")
    return f"{file} shows {path}"


# Pages and contents


def toc(shop: Workshop) -> dict:
    return yaml.safe_load(shop.read("_toc.yml"))


def write_toc(shop: Workshop, contents: dict) -> None:
    shop.write("_toc.yml", yaml.safe_dump(contents, allow_unicode=True, sort_keys=False))


def page_added(shop: Workshop, chance: Random) -> str:
    """A page more."""
    name = f"{chance.choice(['', 'muc-tieu/'])}them-{chance.choice('abcdefgh')}"
    if name in pages_of(shop):
        return ""
    code = chance.choice(EDITION_CELLS)
    shop.write(
        f"book/{name}.md",
        "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\nkernelspec:\n"
        "  name: python3\n  display_name: Python 3\n"
        f"description: {chance.choice(WORDS)}\n---\n\n# {chance.choice(HEADINGS)}\n\n{chance.choice(WORDS)}\n\n"
        f"```{{code-cell}}\n{EDITION}thu.{code}()\n```\n",
    )
    contents = toc(shop)
    chapters = chance.choice(contents["parts"])["chapters"]
    chapters.insert(chance.randint(0, len(chapters)), {"file": name})
    write_toc(shop, contents)
    return f"a page {name}"


def page_removed(shop: Workshop, chance: Random) -> str:
    """A page that was added, or one that the theme does not name, less."""
    found = [page for page in pages_of(shop) if "them-" in page or page == "toan-van"]
    if not found:
        return ""
    name = chance.choice(found)
    (shop.root / "book" / f"{name}.md").unlink()
    contents = toc(shop)
    for part in contents["parts"]:
        part["chapters"] = _without(part["chapters"], name)
    contents["parts"] = [part for part in contents["parts"] if part["chapters"]]
    write_toc(shop, contents)
    for page in pages_of(shop):
        path = os.path.relpath(f"{name}.md", os.path.dirname(page) or ".")
        change_blocks(shop, f"book/{page}.md", partial(_forget, path=path, name=name))
    return f"without the page {name}"


def _without(entries: list[dict], name: str) -> list[dict]:
    found = []
    for entry in entries:
        below = _without(entry.get("sections", []), name)
        if entry["file"] == name:
            found += below
        else:
            found.append({"file": entry["file"], **({"sections": below} if below else {})})
    return found


def _forget(blocks: list[str], path: str, name: str) -> None:
    """Take out the blocks that link to a page; a list loses that line."""
    found = []
    for block in blocks:
        if f"]({path}" in block:
            lines = [line for line in block.split("\n") if f"]({path}" not in line]
            block = "\n".join(lines) if block.startswith("- ") else ""
        block = re.sub(rf"(?<=[ :]){re.escape(name)}(?=[ \n])", "", block) if ":without:" in block else block
        found += [block] if block.strip() else []
    blocks[:] = found


def page_renamed(shop: Workshop, chance: Random) -> str:
    """A page's file has another name, in the contents, in links, and in the data."""
    # The code names the others.
    found = [page for page in pages_of(shop) if re.search(r"them-|toan-van|muc-tieu/\d", page)]
    old = chance.choice(found)
    new = f"{old}-{chance.choice('abcd')}"
    (shop.root / f"book/{old}.md").rename(shop.root / f"book/{new}.md")
    shop.write("_toc.yml", re.sub(rf"(?<= ){re.escape(old)}$", new, shop.read("_toc.yml"), flags=re.M))
    for table in ("targets", "sections"):
        columns, rows = rows_of(shop, table)
        for row in rows:
            row["chapter"] = new if row["chapter"] == old else row["chapter"]
        write_rows(shop, table, columns, rows)
    for page in pages_of(shop):
        start = os.path.dirname(page) or "."
        text = shop.read(f"book/{page}.md")
        a, b = (os.path.relpath(f"{name}.md", start) for name in (old, new))
        text = text.replace(f"]({a}", f"]({b}").replace(f'chapter("{old[9:]}"', f'chapter("{new[9:]}"')
        shop.write(f"book/{page}.md", text)
    return f"{old} is called {new}"


def other_chapters(shop: Workshop, chance: Random) -> str:
    """The book has more chapters or fewer, with all their rows; what was edited in chapters and data is gone."""
    chapters = chance.choice([1, 2, 3])
    with TemporaryDirectory() as folder:
        other = make_book(Path(folder), chapters, small=True)
        for name in ("book", "data"):
            mirror(other / name, shop.root / name)
        shutil.copyfile(other / "_toc.yml", shop.root / "_toc.yml")
    return f"a book of {chapters} chapters"


def contents_moved(shop: Workshop, chance: Random) -> str:
    """The contents in another order: pages, parts, captions, pages below pages."""
    contents = toc(shop)
    parts = contents["parts"]
    part, what = chance.choice(parts), chance.randrange(4)
    chapters = part["chapters"]
    if what == 0:
        chance.shuffle(chapters)
    elif what == 1:
        chance.shuffle(parts)
    elif what == 2:
        part["caption"] = f"{part['caption']} thử"
    elif len(chapters) > 1:
        below = chapters.pop()
        chapters[-1].setdefault("sections", []).append(below)
    write_toc(shop, contents)
    return "the contents"


# Settings, theme and code


def setting(shop: Workshop, chance: Random) -> str:
    """The book's title, its address, how readers reach people."""
    name, value = chance.choice(
        [
            ("title", "Tên khác"),
            ("    html_title", "Tên khác của trang"),
            ("    html_baseurl", chance.choice(["https://example.org/a/", "https://example.org/", '""'])),
            ("    sdgbook_repository", chance.choice(["https://example.org/kho", '""'])),
            ("    sdgbook_email", chance.choice(["a@example.org", "b@example.org"])),
            ("    sdgbook_phone", "0206 3852 000"),
        ]
    )
    replace_some(shop, chance, "_config.yml", rf"^{name}: .*$", lambda m: f"{name}: {value}")
    return f"_config.yml: {name.strip()} is {value}"


def theme(shop: Workshop, chance: Random) -> str:
    """A stylesheet, a script, a template, a picture of the theme."""
    folder = shop.root / "scripts" / "sdgbook" / "site" / "theme"
    found = [p for p in sorted(folder.rglob("*")) if p.suffix in (".css", ".js", ".html") and "vendor" not in p.parts]
    path = chance.choice(found)
    more = {".css": "\n.thu-{} {{ color: inherit; }}\n", ".js": "\n// thử {}\n", ".html": "{{{{ '' }}}}<!-- {} -->"}
    path.write_text(
        path.read_text(encoding="utf-8") + more[path.suffix].format(chance.choice("abcdefgh")), encoding="utf-8"
    )
    return f"{path.relative_to(shop.root)}"


def code(shop: Workshop, chance: Random) -> str:
    """Words that the code puts on pages."""
    folder = shop.root / "scripts" / "sdgbook"
    path, old = chance.choice(
        [
            (folder / "report" / "editions.py", "Nhóm"),
            (folder / "report" / "chapters.py", "label="),
            (folder / "report" / "status.py", "Đạt"),
            (folder / "site" / "downloads.py", "Nguồn:"),
            (folder / "publish" / "whole.py", "Mục lục toàn văn"),
            (folder / "site" / "sharing.py", "Không"),
        ]
    )
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, old if old.endswith("=") else f"{old} thử", 1) + "\n# thử\n", encoding="utf-8")
    return f"{path.relative_to(shop.root)}: other words"


# Git and time


def committed(shop: Workshop, chance: Random) -> str:
    """What was edited is committed, all of it or one folder, on a later day."""
    day = f"2024-0{chance.randint(3, 9)}-1{chance.randint(0, 9)}T12:00:00+07:00"
    env = {**os.environ, "GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day}
    who = ("-c", "user.name=Sách", "-c", "user.email=sach@example.org", "-c", "commit.gpgsign=false")
    what = chance.choice(["-A", "data", "book"])
    for words in (("add", what), ("commit", "-q", "--no-verify", "-m", "Sửa")):
        subprocess.run(["git", *who, *words], cwd=shop.root, env=env, capture_output=True)
    return f"git add {what}; git commit, dated {day}"


def taken_back(shop: Workshop, chance: Random) -> str:
    """One file is again as it was committed."""
    told = subprocess.run(["git", "diff", "-z", "--name-only"], cwd=shop.root, capture_output=True).stdout.decode()
    files = [file for file in told.split("\0") if file]
    if not files:
        return ""
    file = chance.choice(files)
    subprocess.run(["git", "checkout", "-q", "--", file], cwd=shop.root, capture_output=True)
    return f"git checkout {file}"


def touched(shop: Workshop, chance: Random) -> str:
    """Files are written again as they were."""
    for path in sorted((shop.root / chance.choice(["book", "data", "scripts"])).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            path.touch()
    return "files touched"


DATA_EDITS = (cell, cell, cell, cell, row_removed, row_added, rows_moved, code_renamed, description_of_data)
TEXT_EDITS = (sentence, paragraph_removed, paragraph_moved, role, role, link, heading, section, front_matter, code_cell)
TEXT_EDITS += (code_cell, chart_words)
FILE_EDITS = (helper_module, helper_module, text_beside, included, picture, picture)
BOOK_EDITS = (page_added, page_removed, page_renamed, other_chapters, contents_moved, setting, theme, theme, code)
OTHER_EDITS = (committed, committed, taken_back, touched)
# How often each kind stands here is how often it comes.
EDITS = (*DATA_EDITS, *TEXT_EDITS, *FILE_EDITS, *BOOK_EDITS, *OTHER_EDITS)


# Edits that break the book


def broken(shop: Workshop, chance: Random) -> str:
    """Something that no build may publish."""
    what, file = chance.randrange(5), a_page(shop, chance)
    if what == 0:
        shop.append(file, "Có 77 người.", "77")
    elif what == 1:
        shop.append(a_chapter(shop, chance), "```{code-cell}\n1 / 0\n```", "1")
    elif what == 2:
        columns, rows = rows_of(shop, "observations")
        chance.choice(rows)["obs_value"] = "nhiều"
        write_rows(shop, "observations", columns, rows)
    elif what == 3:
        shop.append(file, "[Đi](khong-co.md)", "Đi")
    else:
        shop.write("_toc.yml", shop.read("_toc.yml") + "  - file: khong-co\n")
    return f"something broken ({what}) in {file}"
