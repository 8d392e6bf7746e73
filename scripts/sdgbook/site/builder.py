"""The builder of pages: Sphinx's own for HTML, with records to say which pages are read and written."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.util.build_phase import BuildPhase
from sphinx.util.display import status_iterator

from sdgbook.data import reads
from sdgbook.files import listing
from sdgbook.site import execution, records
from sdgbook.site.editions import report_of
from sdgbook.site.execution import Job, hooks, kept
from sdgbook.site.history import last_changed
from sdgbook.site.records import Record, Records

# Later than any time of a file: what Sphinx thinks of times does not count, records do.
NEVER_OUTDATED = 2**62


class PageBuilder(StandaloneHTMLBuilder):
    """Sphinx's HTML builder, with records in the place of times of files."""

    name = "html"

    def get_outdated_docs(self) -> Iterable[str]:
        """The home page, so that Sphinx always comes to writing, where `write` knows better."""
        return [self.config.root_doc]

    def write(self, build_docnames: Iterable[str] | None, updated_docnames: Sequence[str], method: str = "update"):
        """Write the pages that `app.sdgbook_to_write` names."""
        self.events.emit("write-started", self)
        docnames = sorted(self.app.sdgbook_to_write & self.env.found_docs)
        self.prepare_writing(set(docnames))
        # What is not copied any more must not stay.
        shutil.rmtree(Path(self.outdir) / "_static", ignore_errors=True)
        self.copy_assets()
        for docname in status_iterator(docnames, "writing output... ", "darkgreen", len(docnames), self.app.verbosity):
            with reads.recording() as seen:
                self.app.phase = BuildPhase.RESOLVING
                doctree = self.env.get_and_resolve_doctree(docname, self)
                self.app.phase = BuildPhase.WRITING
                self.write_doc_serialized(docname, doctree)
                self.write_doc(docname, doctree)
            self.app.sdgbook_records.pages[docname].written = seen.as_data(self.app.sdgbook.package)

    def handle_page(self, pagename: str, *args: Any, **options: Any) -> None:
        """Write a page as Sphinx does, after the old one is gone: a second name of that keeps what it says."""
        Path(self.get_outfilename(pagename)).unlink(missing_ok=True)
        super().handle_page(pagename, *args, **options)

    def finish(self) -> None:
        """Finish as Sphinx does, and remove pages, pictures and other files of the book that are no more."""
        super().finish()
        out = Path(self.outdir)
        made = {page for found in self.events.emit("html-collect-pages") for page, _, _ in found}
        kept = {f"{page}.html" for page in self.env.found_docs | made}
        kept |= {f"_images/{name}" for _, name in self.env.images.values()}
        kept |= {f"_downloads/{name}" for _, name in self.env.dlfiles.values()}
        for name in listing(out):
            ours = name.endswith(".html") or name.startswith(("_images/", "_downloads/"))
            if ours and name not in kept:
                (out / name).unlink()


def choose_what_to_read(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """The pages to read again. Cells of pages whose data changed are run, their roles asked, to see who answers
    otherwise."""
    known: Records = app.sdgbook_records
    for page in [page for page in known.pages if page not in env.found_docs]:
        del known.pages[page]
    facts = app.sdgbook.facts
    why = {page: "mới có trong sách" if page in added else "" for page in env.found_docs}
    asked = []
    for page in sorted(env.found_docs):
        record = known.pages.get(page)
        why[page] = why[page] or records.why_read(app, page)
        if not why[page] and record.job and known.changes(record.cells_read, facts.package):
            asked.append(page)
    found = [hooks.job_of(app, page) for page in sorted(why) if why[page]]
    _run(app, [*(Job.from_data(known.pages[page].job) for page in asked), *(job for job in found if job)])
    for page in asked:
        if records.digest(app.sdgbook_outcomes[page].outputs) != known.pages[page].cells:
            changes = known.changes(known.pages[page].cells_read, facts.package)
            why[page] = f"ô mã cho kết quả khác ({records.told(changes, facts.package, Path(app.outdir))})"
        else:
            known.pages[page].cells_read = app.sdgbook_outcomes[page].reads
    for page in sorted(page for page in why if not why[page]):
        record = known.pages[page]
        if known.changes(record.roles_read, facts.package):
            why[page], seen = records.roles_changed(record, report_of(app, page).facts)
            record.roles_read = seen or record.roles_read
    for page, reason in why.items():
        if page in known.pages:
            known.pages[page].why = {"read": reason}
    app.sdgbook_why = why
    # A page that stays is not outdated for Sphinx, whatever the clock says.
    env.all_docs.update({page: NEVER_OUTDATED for page in env.found_docs if not why[page] and page in env.all_docs})
    changed.intersection_update(page for page in why if why[page])
    return sorted(page for page in why if why[page])


def _run(app: Sphinx, jobs: list[Job]) -> None:
    """Run the cells of pages, all side by side; outcomes are kept for when the pages are read."""
    chosen = execution.executor()
    if chosen and jobs:
        hooks.execute(app, app.sdgbook.package.root, chosen, jobs)


def choose_what_to_write(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The pages to write, when all have been read: those read anew, and those that show something else of other
    pages, of git's history or of the data than when they were written."""
    known: Records = app.sdgbook_records
    package = app.sdgbook.package
    read = set(env.sdgbook_reading)
    for page, record in env.sdgbook_reading.items():
        record.why = {"read": app.sdgbook_why.get(page, records.NEVER)}
        known.pages[page] = record
    records.name_pictures(env)
    days = {page: day.isoformat() if (day := last_changed(app, page)) else "" for page in sorted(env.found_docs)}
    # Pages name the list of what is new, where there is one: as soon as any page has a day.
    frame, sections = records.digest([records.frame_of(app), any(days.values())]), records.sections_of(app)
    out = Path(app.outdir)
    for page, day in days.items():
        record = known.pages.setdefault(page, Record())
        parts = [
            frame,
            records.pictures_of(env, page),
            *([sections] if env.metadata[page].get("shows_all_pages") else []),
        ]
        now = records.digest(parts), day
        if page in read:
            reason = "trang được đọc lại"
        elif record.frame != now[0]:
            reason = "tên trang, mục hay mục lục của sách đã đổi"
        elif record.day != now[1]:
            reason = "ngày sửa gần nhất đã đổi"
        elif not (out / f"{page}.html").is_file():
            reason = "chưa có tệp của trang"
        else:
            reason = records.told(known.changes(record.written, package), package, out)
        record.frame, record.day = now
        record.why["write"] = reason
        if reason:
            app.sdgbook_to_write.add(page)
        if record.job:
            kept.still_used(Job.from_data(record.job), known.everything)
    return []


def begin(app: Sphinx) -> None:
    """Start from the records of the last build, where there are any (`sdgbook.building`)."""
    app.sdgbook_to_write = set()
    app.sdgbook_records = records.given()


def setup(app: Sphinx) -> None:
    """Take the place of Sphinx's builder."""
    app.add_builder(PageBuilder, override=True)
    app.connect("builder-inited", begin)
    # After the contents of the book are known to the environment.
    app.connect("env-get-outdated", choose_what_to_read, priority=900)
    app.connect("env-updated", choose_what_to_write, priority=900)
