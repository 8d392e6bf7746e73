"""What each page was made from, kept with it, so that a build makes again what changed, all of it, and nothing else.

A page is made in four steps, each with its own record:

- its code cells run: what they read of the data, and a digest of what they returned;
- it is read: its Markdown, its place in the contents, the headings of other pages that its blocks name, what its roles
  asked and were answered, and what its directives read;
- it is written: the titles and anchors of all pages, the day of its last change, and what its head and foot read;
- its files to take away are made: their names, what they read, and what of the store they are made from.

When data that a page read has changed, its cells run and its roles are asked again; where they answer as before, the
page stays as it is. What no record covers (this package, the lock, the configuration, the description of the tables,
Python) makes every page anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import FilenameUniqDict

from sdgbook.data import DataPackage, ProblemsFound, Table, reads
from sdgbook.report import inline
from sdgbook.report.context import Context
from sdgbook.report.facts import FactError, facts_of
from sdgbook.site import editions
from sdgbook.site.execution import Job

NEVER = "chưa dựng lần nào"
# In place of a digest of what cells returned: nobody recorded them.
UNKNOWN = "?"
# How many rows are told by name.
FEW = 3


def digest(value: Any) -> str:
    """A digest of plain data, the same for the same content in any process."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass
class Record:
    """What one page was made from. `why` tells, step by step, for what reason the last build made it again."""

    source: str = ""
    toc: str = ""
    headings: dict[str, str] = field(default_factory=dict)
    job: dict[str, Any] | None = None
    cells: str = ""
    cells_read: reads.Data = field(default_factory=dict)
    roles: list[list[str]] = field(default_factory=list)
    roles_read: reads.Data = field(default_factory=dict)
    direct: reads.Data = field(default_factory=dict)
    frame: str = ""
    day: str = ""
    written: reads.Data = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    files_read: reads.Data = field(default_factory=dict)
    files_kept: list[list[str]] = field(default_factory=list)
    why: dict[str, str] = field(default_factory=dict)


@dataclass
class Records:
    """The records of all pages and the digest of what every page depends on. `changed` are the files of the project
    that have changed since these records were made; None when that is not known. `files` are digests of files that
    pages read as such, which stay as they are while a build runs, or else it begins again."""

    everything: str = ""
    pages: dict[str, Record] = field(default_factory=dict)
    changed: set[str] | None = None
    files: dict[str, str] = field(default_factory=dict)

    def changes(self, data: reads.Data, package: DataPackage) -> list[tuple[str, str, Any]]:
        """What of a page's reads the package answers otherwise, as `reads.changes` tells it."""
        return reads.changes(data, package, self.changed, self.files)

    def made(self, step: str) -> list[str]:
        """The pages for which the last build did a step (`read`, `write`) again."""
        return sorted(name for name, page in self.pages.items() if page.why.get(step))

    def as_data(self) -> dict[str, Any]:
        """As plain data."""
        return {"everything": self.everything, "pages": {name: vars(page) for name, page in self.pages.items()}}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Records:
        """From what `as_data` gave."""
        return cls(data["everything"], {name: Record(**page) for name, page in data["pages"].items()})


_given: list[tuple[Records, Callable[[], None]]] = []


@contextmanager
def going_on_from(known: Records, ready: Callable[[], None]) -> Iterator[None]:
    """Let the Sphinx that is started within go on from these records, leave its own there, and call `ready` when it
    has started."""
    _given.append((known, ready))
    try:
        yield
    finally:
        _given.pop()


def given() -> Records:
    """The records that the Sphinx that has started goes on from; empty ones when it was started by hand."""
    if not _given:
        return Records()
    known, ready = _given[-1]
    ready()
    return known


class Reading:
    """What is being read for the page at hand; `report` is what its roles ask."""

    def __init__(self, report: Context) -> None:
        self.report = report
        self.direct = reads.Reads()
        self.roles_read = reads.Reads()
        self.roles: dict[tuple[str, str], str] = {}
        self.headings: dict[str, str] = {}


def of_page(env: BuildEnvironment) -> Reading:
    """The reading of the page that Sphinx is reading."""
    return env.temp_data.setdefault("sdgbook_reading", Reading(env.app.sdgbook))


@contextmanager
def asking(env: BuildEnvironment) -> Iterator[None]:
    """A role asks the data: what it reads counts for the role, whose answer is kept, not for the page at large."""
    with reads.recording() as seen:
        try:
            yield
        finally:
            of_page(env).roles_read.included[id(seen)] = seen


def note_answer(env: BuildEnvironment, role: str, text: str, segment: inline.Segment) -> None:
    """A role of the page at hand was answered so."""
    of_page(env).roles[role, text] = digest(vars(segment))


def note_heading(env: BuildEnvironment, page: str, heading: str) -> None:
    """The page at hand names another by its heading."""
    of_page(env).headings[page] = heading


def heading_of(env: BuildEnvironment, page: str) -> str:
    """The heading of a page, read from its Markdown: the page itself may not be built yet."""
    with open(env.doc2path(page), encoding="utf-8") as file:
        return next((line[2:].strip() for line in file if line.startswith("# ")), page)


def source_of(env: BuildEnvironment, page: str) -> str:
    """Digest of a page's Markdown."""
    with open(env.doc2path(page), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:20]


def toc_of(env: BuildEnvironment, page: str) -> str:
    """Digest of what the contents of the book put below a page."""
    site_map = getattr(env, "external_site_map", None)
    if site_map is None or page not in site_map:
        return ""
    return digest(repr(site_map[page]))


def told(changes: Iterable[tuple[str, str, Any]], package: DataPackage, before: Path) -> str:
    """What changed in the data, in words: file, column, and rows where they are few. `before` is the folder that holds
    the data as they were, as the site does."""
    words = []
    then: dict[str, Table] = {}
    for file, column, keys in changes:
        name = file.rpartition("/")[2]
        if file == reads.FILES:
            words.append(f"tệp {column.rpartition('/')[2]}")
            continue
        now = package.by_file.get(file)
        if now is None:
            words.append(f"{name}: bảng này không còn")
            continue
        if file not in then:
            then[file] = now.as_in(before)
        old, kept = then[file], [*then[file].by_id, *(key for key in now.by_id if key not in then[file].by_id)]
        if column in (reads.ROWS, reads.EXISTS):
            asked = kept if column == reads.ROWS else keys
            moved = [key for key in asked if (key in old.by_id) != (key in now.by_id)]
            what = "được thêm hoặc bớt" if moved else "đổi chỗ"
            words.append(f"{name}: {_rows(moved)} {what}")
        else:
            asked = kept if keys == reads.ALL else keys
            changed = [key for key in asked if old.values(column, [key]) != now.values(column, [key])]
            words.append(f"{name}, cột {column.removesuffix(reads.FILLED)}, {_rows(changed)}")
    return "; ".join(dict.fromkeys(words))


def _rows(keys: list[str]) -> str:
    """Rows by their keys, where they are few."""
    if 0 < len(keys) <= FEW:
        return "dòng " + ", ".join(f"“{key}”" for key in keys)
    return f"{len(keys)} dòng" if keys else "có dòng"


# Verdicts


def jobs_to_run_again(root: Path, known: Records) -> list[Job]:
    """The cells of pages that have read other data than there are today, as far as that can be known before Sphinx
    starts: of pages whose own file is the same."""
    if known.changed is None:
        return []
    try:
        package = facts_of(root).package
    except ProblemsFound:
        return []
    same = [record for page, record in sorted(known.pages.items()) if f"book/{page}.md" not in known.changed]
    return [Job.from_data(record.job) for record in same if record.job and known.changes(record.cells_read, package)]


def why_read(app: Sphinx, page: str) -> str:
    """Why a page must be read again whatever its cells and roles answer; "" when nothing speaks for it."""
    env, known, package = app.env, app.sdgbook_records, app.sdgbook.package
    record = known.pages.get(page)
    if record is None or not record.source:
        return NEVER
    if record.cells == UNKNOWN:
        return "ô mã do nhân Jupyter chạy, không rõ đã đọc gì"
    if record.source != source_of(env, page):
        return "tệp Markdown của trang đã đổi"
    if record.toc != toc_of(env, page):
        return "mục lục dưới trang này đã đổi"
    for other, heading in record.headings.items():
        if other not in env.found_docs or heading_of(env, other) != heading:
            return f"tiêu đề của trang {other} đã đổi"
    if changed := known.changes(record.direct, package):
        return told(changed, package, Path(app.outdir))
    return ""


def roles_changed(record: Record, facts: Any) -> tuple[str, reads.Data]:
    """Asks a page's roles again: the first whose answer is another ("" when none is), and what was read for them."""
    with reads.recording() as seen:
        for role, text, answer in record.roles:
            try:
                if digest(vars(inline.ROLES[role](text, facts))) != answer:
                    return f"{{{role}}}`{text}` cho giá trị khác", {}
            except FactError:
                return f"{{{role}}}`{text}` không còn nghĩa", {}
    return "", seen.as_data(facts.package)


# Sphinx


def frame_of(app: Sphinx) -> str:
    """Digest of what every page may show of the others: titles, places in the contents, anchors, front matter; and of
    the assets, whose digest stands in the addresses by which pages name them."""
    env = app.env
    pages = [
        [
            page,
            env.titles[page].astext() if page in env.titles else "",
            env.toctree_includes.get(page, []),
            _told_by(env.metadata.get(page, {})),
        ]
        for page in sorted(env.found_docs)
    ]
    labels = env.domains["std"].data
    site_map = getattr(env, "external_site_map", None)
    contents = repr(site_map.as_json()) if site_map else ""
    named = [sorted(labels[kind].items()) for kind in ("labels", "anonlabels")]
    return digest([pages, named, contents, app.sdgbook_assets_folder])


def name_pictures(env: BuildEnvironment) -> None:
    """Give pictures of one name in several folders the names that they have in the site, in the order of their paths:
    Sphinx gives them in the order in which pages happen to be read."""
    named = FilenameUniqDict()
    for path, (pages, _) in sorted(env.images.items()):
        for page in sorted(pages):
            named.add_file(page, path)
    env.images = named


def pictures_of(env: BuildEnvironment, page: str) -> list[tuple[str, str]]:
    """The pictures that a page shows, and their names in the site."""
    return sorted((path, name) for path, (pages, name) in env.images.items() if page in pages)


def sections_of(app: Sphinx) -> str:
    """Digest of the sections of all pages, for pages that list them."""
    tocs = app.env.tocs
    return digest([[page, tocs[page].pformat()] for page in sorted(app.env.found_docs) if page in tocs])


def _told_by(metadata: dict[str, Any]) -> dict[str, Any]:
    """A page's metadata without the lines on which things stand."""
    kept = {name: value for name, value in metadata.items() if name not in ("source_map", "exec_data", "wordcount")}
    if "myst_slugs" in kept:
        kept["myst_slugs"] = {slug: list(place)[1:] for slug, place in sorted(kept["myst_slugs"].items())}
    return kept


def begin_reading(app: Sphinx, docname: str, source: list[str]) -> None:
    """A page is about to be read."""
    report = editions.report_in(app, editions.edition_in(source[0]))
    reading = app.env.temp_data["sdgbook_reading"] = Reading(report)
    app.sdgbook_recording = reads.recording()
    reading.direct = app.sdgbook_recording.__enter__()


def end_reading(app: Sphinx, doctree: Any) -> None:
    """A page has been read: what it read goes into Sphinx's environment, which other processes send back."""
    env = app.env
    reading = of_page(env)
    package = app.sdgbook.package
    # Pictures, included texts, files to download.
    for path in env.dependencies.get(env.docname, ()):
        file = Path(os.path.abspath(os.path.join(env.srcdir, path)))
        inside = file.is_relative_to(package.root)
        reads.note_file(file.relative_to(package.root).as_posix() if inside else file.as_posix())
    app.sdgbook_recording.__exit__(None, None, None)
    outcome = app.sdgbook_outcomes.get(env.docname)
    env.sdgbook_reading[env.docname] = Record(
        source=source_of(env, env.docname),
        toc=toc_of(env, env.docname),
        headings=dict(sorted(reading.headings.items())),
        job=app.sdgbook_jobs[env.docname].as_data() if outcome else None,
        cells=digest(outcome.outputs) if outcome else UNKNOWN if _ran_in_kernel(env) else "",
        cells_read=outcome.reads if outcome else {},
        roles=[[role, text, answer] for (role, text), answer in sorted(reading.roles.items())],
        roles_read=reading.roles_read.as_data(package),
        direct=reading.direct.as_data(package),
    )


def _ran_in_kernel(env: BuildEnvironment) -> bool:
    """Whether the page at hand has cells that a Jupyter kernel ran, which does not tell what they read."""
    return bool(getattr(env, "nb_metadata", {}).get(env.docname, {}).get("exec_data"))


def _forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    env.sdgbook_reading.pop(docname, None)


def _begin(app: Sphinx) -> None:
    app.env.sdgbook_reading = {}


def _merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    env.sdgbook_reading.update({d: other.sdgbook_reading[d] for d in docnames if d in other.sdgbook_reading})


def setup(app: Sphinx) -> None:
    """Record what each page reads."""
    app.connect("builder-inited", _begin)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("source-read", begin_reading, priority=1)
    app.connect("doctree-read", end_reading, priority=999)
