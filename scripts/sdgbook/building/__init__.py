"""One build from start to end: what `sdgbook site` does.

A build that has nothing to do ends after comparing digests. Any other goes on from a sound state of the last good one,
works in `_build/work`, and changes the site and the state only when everything is right; so whatever stops it, the last
good site stands and the next build is right.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sdgbook import store
from sdgbook.building import inputs, state
from sdgbook.data.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

# How often a build begins again because files change under it, before it gives up.
ATTEMPTS = 3
Tell = Callable[[str, int | None, str], None]


@dataclass(frozen=True)
class Built:
    """What a build did: pages in the site, pages read and written anew, files of the site written and removed."""

    pages: int = 0
    read: int = 0
    pages_written: int = 0
    written: int = 0
    removed: int = 0


@contextmanager
def alone_in(folder: Path, wait: Callable[[], None]) -> Iterator[None]:
    """Only one at a time works in a folder, which is made: a second one calls `wait` and begins when the first has
    ended, however it ended."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:
        # No such locks on this system.
        yield
        return
    with open(folder / "lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            wait()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build_site(root: Path, tell: Tell) -> Built:
    """Check the project at `root` and bring `_build/html` up to date; tells steps, per cent and pages on the way.

    Raises `ProblemsFound` with all that is wrong, and `OSError` where files cannot be read or written; the site is
    then as it was.
    """
    place = root / "_build"
    # Most of what a build makes lives to its end: looking for garbage all the time takes a tenth of it.
    gc.set_threshold(50_000, 50, 50)
    with alone_in(place, lambda: tell("Một lần dựng khác đang chạy, đợi nó xong", None, "")):
        code = ""
        for _ in range(ATTEMPTS):
            stamps = inputs.stamps(root)
            now = inputs.read_inputs(root)
            if code and code != inputs.code_of(now):
                # This process runs what it has imported: what it makes is not what the new code would.
                told = "Mã của dự án (scripts/sdgbook) vừa đổi trong lúc dựng."
                raise ProblemsFound(
                    [Problem("scripts/sdgbook", None, None, told, "Chạy lại `make site`.", kind="machine")]
                )
            code = inputs.code_of(now)
            last = state.read_state(place / "state")
            same = last and last.inputs == now and not state.others_changed(root, last)
            if same and state.site_is(place / "html", last):
                return Built(pages=sum(name.endswith(".html") for name in last.site))
            try:
                built = _build(root, place, now, last, stamps, tell)
            except ProblemsFound:
                if inputs.stamps(root) == stamps:
                    raise
                built = None
            finally:
                shutil.rmtree(place / "work", ignore_errors=True)
            if built:
                return built
            tell("Có tệp vừa đổi trong lúc dựng, dựng lại", None, "")
    told = "Các tệp của sách đổi liên tục trong lúc dựng."
    raise ProblemsFound(
        [Problem("book", None, None, told, "Đợi việc sửa xong rồi chạy lại `make site`.", kind="machine")]
    )


def _build(
    root: Path,
    place: Path,
    now: dict[str, str],
    last: state.State | None,
    stamps: dict[str, tuple[int, int, int]],
    tell: Tell,
) -> Built | None:
    """One attempt; None when files changed under it."""
    from sdgbook.site import execution
    from sdgbook.site.later import later

    refuse_made(root)
    execution.prepare(root)
    whole = inputs.everything(now)
    if last and (last.records["everything"] != whole or not state.is_whole(place / "state", last)):
        last = None
    with ExitStack() as opened:
        opened.enter_context(later())
        from sdgbook.building import editions
        from sdgbook.publish import finish
        from sdgbook.publish.place import recover
        from sdgbook.site import drawing
        from sdgbook.site.build import CellsFailed, build
        from sdgbook.site.execution.sight import jobs_at_first_sight
        from sdgbook.site.records import Records, jobs_to_run_again

        work, site = place / "work", place / "html"
        shutil.rmtree(work, ignore_errors=True)
        recover(site.resolve())
        work.mkdir(parents=True)
        shared = state.take(place / "state", last, work) if last else {}
        kept = opened.enter_context(store.use(store.Store(place / "cache")))
        refuse_hostile(root)
        checking = Check(root)
        opened.callback(checking.end)
        known = Records.from_data(last.records) if last else Records(whole)
        if last:
            known.changed = {name for name in {*now, *last.inputs} if now.get(name) != last.inputs.get(name)}
        frozen = editions.built_editions(root, place / "editions", tell)
        jobs = jobs_to_run_again(root, known) if last else jobs_at_first_sight(root)
        if jobs or not last:
            # Charts are new, or have most likely changed.
            opened.enter_context(drawing.beside())
        execution.begin(root, jobs)
        tell("Dựng các trang", 0, "")
        try:
            # Begun when Sphinx stands, the check finds most of what it needs imported.
            build(root, work, known, lambda done, page: tell("", done, page), ready=checking.begin)
        except CellsFailed as error:
            # What only this run knows, such as a cell that never ends: the check does not try it once more.
            lost = [problem for problem in error.problems if problem.column is None]
            found = check(root, without={problem.file for problem in lost})
            raise ProblemsFound(found + lost or error.problems) from None
        except ProblemsFound as error:
            # The whole check tells the same mistakes better, and others with them.
            raise ProblemsFound(check(root) or error.problems) from None
        tell("Kiểm tra liên kết", 100, "")
        if problems := checking.problems():
            raise ProblemsFound(check(root) or problems)
        if inputs.stamps(root) != stamps:
            return None
        same = {name: last.files[name] for name in state.untouched(work, shared)} if last else {}
        before = last.site if last else {}
        must = {name: digest for name, digest in before.items() if f"html/{name.removesuffix('.gz')}" in same}
        beside = editions.lay_beside(root, frozen, work / "html", work / "editions")
        published = finish(work / "html", site, must, beside, lambda names: _approve(root, names))
        kept.sweep()
        editions.sweep(place / "editions", frozen)
    left = state.State(now, published.digests, {}, known.as_data())
    state.leave(work, place / "state", left, same)
    read, written = (len(known.made(step)) for step in ("read", "write"))
    return Built(published.pages, read, written, len(published.written), len(published.removed))


def _approve(root: Path, names: Collection[str]) -> None:
    """Refuse a site that has lost an address."""
    from sdgbook.building.addresses import lost

    if problems := lost(root, names):
        raise ProblemsFound(problems)


def refuse_made(root: Path) -> None:
    """Before anything that earlier builds have left is read: raises `ProblemsFound` when a commit has brought it along,
    since whoever can write there has this machine do anything (Sphinx keeps its environment as a pickle)."""
    from sdgbook.edit.files import kept_by_git

    if problems := list(kept_by_git(root)):
        raise ProblemsFound(problems)


def refuse_hostile(root: Path) -> None:
    """Before Sphinx is set up and cells are run: raises `ProblemsFound` where settings, files or pages ask for what the
    book does not do, such as running code. All that is wrong besides is for the whole check to tell."""
    from sdgbook.edit.check import hostile

    if hostile(root):
        raise ProblemsFound(check(root) or hostile(root))


class Check:
    """The check of the project at `root`, in a process of its own beside the build. Code cells are left to the build,
    which runs them anyway. Without `fork` it is done when it is asked for."""

    def __init__(self, root: Path):
        self.root = root
        self._process: BaseProcess | None = None

    def begin(self) -> None:
        """Begin, where the system can fork; this process must have no threads."""
        from multiprocessing import get_all_start_methods, get_context

        if self._process is None and "fork" in get_all_start_methods():
            context = get_context("fork")
            self._answer, sender = context.Pipe(duplex=False)
            self._process = context.Process(target=self._send, args=(sender,), daemon=True)
            self._process.start()
            sender.close()

    def _send(self, sender: Connection) -> None:
        # It is needed last.
        os.nice(10)
        problems = check(self.root, cells=False)
        sender.send((problems, store.current().used))

    def problems(self) -> list[Problem]:
        """All that was found, once it is done."""
        self.begin()
        try:
            problems, used = self._answer.recv() if self._process else (check(self.root, cells=False), ())
        except EOFError:
            # It was killed.
            problems, used = check(self.root, cells=False), ()
        for kind, key in used:
            store.current().mark(kind, key)
        return problems

    def end(self) -> None:
        """Stop it, whatever it does."""
        if self._process:
            self._process.kill()
            self._process.join()


class CannotCheck(ProblemsFound):
    """Raised when a check did not come to its end; what it met is among the problems."""


def check(root: Path, *, cells: bool = True, without: Collection[str] = (), ask: bool = False) -> list[Problem]:
    """All problems of the project and of its look (`cells`: of its code cells too, but not of those of the files
    `without`; `ask`: with questions about what may be wrong); what no check foresaw is one of them, and no
    traceback."""
    if not cells:
        return _check(root, cells=False, ask=ask)
    from sdgbook.building.guard import guarded

    return guarded(root, lambda without, begins: _check(root, without=without, begins=begins, ask=ask), without)


def check_all(root: Path, files: Collection[str] = ()) -> list[Problem]:
    """All problems and questions, or those in `files` (relative to the project): then no other page's cells are run.

    Raises `CannotCheck` when the check itself failed.
    """
    pages = {path.relative_to(root).as_posix() for path in (root / "book").rglob("*.md")}
    others = pages - set(files) if files else set()
    problems = check(root, cells=others != pages, without=others, ask=True)
    if any(problem.kind == "machine" for problem in problems):
        raise CannotCheck(problems)
    return [problem for problem in problems if not files or problem.file in files]


def _check(root: Path, **options) -> list[Problem]:
    from sdgbook.edit.check import check
    from sdgbook.edit.telling import ordered
    from sdgbook.site.tokens import check_tokens

    try:
        return ordered(root, [*check(root, **options), *check_tokens(root)])
    except Exception as error:
        what = f"Việc kiểm tra dừng vì điều chưa lường trước ({type(error).__name__}: {error})."
        return [
            Problem(
                "data",
                None,
                None,
                what,
                "Xem lại chỗ vừa sửa; không thấy sai thì báo người phát triển.",
                kind="machine",
            )
        ]
