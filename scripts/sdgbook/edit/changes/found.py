"""What a comparison finds, as plain data: how it is told, and in which form, is for `telling` to say."""

from __future__ import annotations

from dataclasses import dataclass, field

# What has happened to a thing.
CHANGED, ADDED, REMOVED, RENAMED = "changed", "added", "removed", "renamed"


@dataclass
class Figure:
    """A figure that changed, came or went: `old` and `new` as readers see them, `step` the difference in words.

    `pages` are those that show it, `questions` why somebody should look at it once more, `follows` the printed figures
    that a derived one moved with.
    """

    change: str
    id: str
    name: str
    label: str
    when: str
    old: str = ""
    new: str = ""
    step: str = ""
    file: str = ""
    line: int | None = None
    pages: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    follows: list[str] = field(default_factory=list)


@dataclass
class Cell:
    """A cell that changed: its table's file, the key of its row, the column, what it held and holds."""

    file: str
    key: str
    column: str
    old: str
    new: str
    line: int | None = None
    prose: bool = False


@dataclass
class Record:
    """A row that came or went, its cells by column; without a key a whole table, with only a column that column."""

    change: str
    file: str
    key: str = ""
    column: str = ""
    cells: dict[str, str] = field(default_factory=dict)
    line: int | None = None


@dataclass
class Sentence:
    """A sentence before and after, one of them perhaps empty. `marks` are runs of words: (sign, text), the sign being
    "=", "-" or "+". `what` says where it stands: in the text, in the front matter, in a cell."""

    page: str
    file: str
    line: int | None
    what: str
    old: str
    new: str
    marks: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Page:
    """A page that came, went or got another address."""

    change: str
    page: str
    title: str
    before: str = ""


@dataclass
class Turn:
    """Something that says otherwise than before: a status, a claim, the finding that a chart tells."""

    page: str
    about: str
    old: str
    new: str
    flips: bool = True


@dataclass
class Chart:
    """A chart that changed, came or went; `old_file` and `new_file` are its pictures where they were drawn."""

    change: str
    page: str
    id: str
    title: str
    old: str = ""
    new: str = ""
    old_file: str = ""
    new_file: str = ""


@dataclass
class Link:
    """An address that leads nowhere any more, and the places of the book that still lead there."""

    address: str
    why: str
    used_by: list[str] = field(default_factory=list)


@dataclass
class Version:
    """The data's version in both trees, and the one that is due (empty where none is), with the reason."""

    old: str
    new: str
    due: str = ""
    level: str = ""
    why: str = ""


@dataclass
class Missing:
    """A published figure that changed with no row in `revisions`; `row` is how one would begin."""

    name: str
    label: str
    old: str
    new: str
    file: str
    row: str


@dataclass
class Changes:
    """All that differs between two trees."""

    base: str
    head: str
    verdict: str = ""
    todo: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    statuses: list[Turn] = field(default_factory=list)
    claims: list[Turn] = field(default_factory=list)
    findings: list[Turn] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    version: Version | None = None
    missing: list[Missing] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    # The pages that readers see otherwise: what pictures are taken of.
    touched: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether readers see nothing else than before."""
        parts = (self.figures, self.cells, self.records, self.sentences, self.pages, self.statuses, self.claims)
        return not any((*parts, self.findings, self.charts, self.links, self.settings))
