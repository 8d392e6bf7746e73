"""`make bench`, part `builds`: how long building takes beside stock Jupyter Book, how it grows, what it writes.

Both build the same generated books (`books.py`), taking turns so that a machine that slows down slows both. Stock is
Jupyter Book by hand with plain kernels, `execute_notebooks: force` and every page anew: the same work whatever has
changed, so changes are timed at one size and everything anew at each. Ours is plain `make site` in a fresh process.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import venv
from collections.abc import Iterator, Sequence
from importlib import util
from pathlib import Path

import psutil
from bench_results import KINDS, OURS, STOCK, Results, Run, machine, number
from books import PROJECT, make_book
from helpers import MADE, ROOT, Project, digests
from rich.console import Console

SIZES, RUNS = (15, 30, 60, 115), 3
# The chapter that is edited is the second one that a book takes.
SMALLEST = 2
# What is edited: a figure that a chart draws, a paragraph of the same chapter, code behind every chapter.
FIGURE, PAGE = "child-protection-officers-trained", "book/muc-tieu/15-2-a.md"
SENTENCE, ADDED = "trong đó Nguyên Bình là thị trấn.", " Câu này được thêm vào để đo."
HELPER = "scripts/sdgbook/report/findings.py"
# What the machine's owner or an outer make has set must not reach the builds.
UNWANTED = ("PYTHON", "MAKE", "MFLAGS", "ARGS", "SDGBOOK", "VIRTUAL_ENV", "FORCE_COLOR", "CLICOLOR_FORCE")


class BuildFailed(Exception):
    """A build ended with an error; its text is what it said last."""


# --- Books ----------------------------------------------------------------------------------------


def equip(book: Path) -> None:
    """Give a book what `make site` would install: the libraries of the running interpreter and its own code."""
    venv.create(book / ".venv", with_pip=False, symlinks=True)
    packages = next((book / ".venv").glob("lib/python*/site-packages"))
    # By relative paths, as the project's own environment has them.
    paths = [os.path.relpath(path, packages) for path in (book / "scripts", sysconfig.get_path("purelib"))]
    (packages / "bench.pth").write_text("\n".join(paths) + "\n", encoding="utf-8")
    stamp = "import bootstrap; bootstrap.write_stamp(bootstrap.wanted_stamp())"
    script = f"import sys; sys.path.insert(0, 'scripts'); {stamp}"
    subprocess.run([base_python(), "-c", script], cwd=book, check=True, env=environment())
    subprocess.run([".venv/bin/python", "-m", "compileall", "-q", "scripts"], cwd=book, check=True, env=environment())


def base_python() -> str:
    """The interpreter outside any virtual environment."""
    return getattr(sys, "_base_executable", None) or sys.executable


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would make builds differ."""
    return {k: v for k, v in os.environ.items() if not k.startswith(UNWANTED)} | {"PYTHONUTF8": "1"} | more


def own_files(book: Path) -> dict[str, Path]:
    """The files that people edit, by their path in the book."""
    names = [name for name in (*PROJECT, "scripts") if (book / name).exists()]
    paths = [path for name in names for path in ((book / name).rglob("*") if (book / name).is_dir() else [book / name])]
    found = {path.relative_to(book): path for path in paths if path.is_file()}
    return {name.as_posix(): path for name, path in found.items() if not MADE & set(name.parts)}


def bring(book: Path, like: Path) -> None:
    """Make the book's own files those of another, leaving alone what is the same already."""
    now, wanted = own_files(book), own_files(like)
    for name, path in wanted.items():
        if name not in now or now[name].read_bytes() != path.read_bytes():
            (book / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, book / name)
    for name in now.keys() - wanted.keys():
        now[name].unlink()


def change(book: Path, kind: str, run: int) -> None:
    """Make one edit; in each run another one."""
    project = Project(book)
    if kind == "cell":
        project.figure(FIGURE, str(40 + run))
    elif kind == "sentence":
        project.write(PAGE, project.read(PAGE).replace(SENTENCE, SENTENCE + ADDED * run))
    elif kind == "helper":
        project.write(HELPER, f"{project.read(HELPER)}\n\nCHANGED = {run}\n")


def prepare(book: Path, size: int, kind: str, run: int) -> None:
    """Bring a book into the state that is to be built: as generated, or with one edit more than before."""
    if kind not in ("cold", "chapter"):
        change(book, kind, run)
        return
    with tempfile.TemporaryDirectory(dir=book.parent) as folder:
        wanted = make_book(Path(folder), size + (kind == "chapter"), code=True)
        if kind == "cold":
            shutil.rmtree(book / "_build", ignore_errors=True)
        else:
            # The edits before stay, so that the chapter is all that is new.
            for earlier in KINDS:
                change(wanted, earlier, run)
        bring(book, wanted)


# --- Measuring ------------------------------------------------------------------------------------


def command(tool: str, book: Path) -> tuple[list[str], dict[str, str], Path]:
    """What builds a book: the command, its environment, and where the site will be."""
    if tool == OURS:
        return ["make", "site", f"PYTHON={base_python()}"], environment(), book / "_build" / "html"
    output = book / "_build" / "stock"
    words = ["build", "book", "--toc", str(book / "_toc.yml"), "--path-output", str(output), "--all"]
    start = [str(book / ".venv" / "bin" / "python"), "-c", "from jupyter_book.cli.main import main; main()"]
    return (
        [*start, *words, "-W", "-n", "--keep-going"],
        environment(SDGBOOK_EXECUTOR="kernel"),
        output / "_build" / "html",
    )


def states(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Which file stands where: inode, modification time and size of all but git's, Python's and the environment's."""
    found = {}
    for top, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in (".git", ".venv", "__pycache__")]
        for name in files:
            stat = os.stat(os.path.join(top, name))
            found[os.path.join(top, name)] = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    return found


class Beside(threading.Thread):
    """Looks again and again at the processes below one, `pid`, while that runs."""

    every = 0.2

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.pid, self.over = 0, threading.Event()

    def begin(self, pid: int) -> None:
        """From now on."""
        self.pid = pid
        self.start()

    def end(self) -> None:
        """Until now."""
        self.over.set()
        self.join()

    def run(self) -> None:
        """Look, until it is over."""
        while not self.over.wait(self.every):
            # What ends while it is looked at.
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                self.look([psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)])

    def look(self, family: list[psutil.Process]) -> None:
        """At the process and all below it."""
        raise NotImplementedError


class Watch(Beside):
    """Notes the largest process below the one that builds: its workers. What several share counts for each in part."""

    largest = 0

    def look(self, family: list[psutil.Process]) -> None:
        """Note sizes."""
        main = next((process for process in family if self._builds(process)), None)
        if main:
            for process in main.children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    size = process.memory_full_info()
                    self.largest = max(self.largest, getattr(size, "pss", size.rss))

    @staticmethod
    def _builds(process: psutil.Process) -> bool:
        words = process.cmdline()
        if not words or "python" not in words[0]:
            return False
        return words[1:3] == ["-m", "sdgbook"] or "jupyter_book" in " ".join(words[1:3])


class Killer(Beside):
    """Kills a worker of a build's cluster while it runs a chapter that is not its first."""

    every = 0.02

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[int, set[int]] = {}
        self.killed = False

    def look(self, family: list[psutil.Process]) -> None:
        """Note chapters, each a process two below its worker."""
        parents, workers = {}, []
        for process in family:
            # Chapters end while they are looked at.
            with contextlib.suppress(psutil.Error):
                parents[process.pid] = process.ppid()
                if process.pid in self.seen or any("spawn_main" in word for word in process.cmdline()):
                    workers.append(process)
        for worker in workers:
            chapters = {pid for pid, parent in parents.items() if parents.get(parent) == worker.pid}
            seen = self.seen.setdefault(worker.pid, set())
            if not self.killed and seen and chapters - seen:
                worker.kill()
                self.killed = True
            seen |= chapters


def build(tool: str, book: Path, kind: str, run: int, chapters: int, beside: Beside | None = None, **env: str) -> Run:
    """Build a book once, in a fresh process, and measure it; raises `BuildFailed`."""
    words, base, site = command(tool, book)
    log = book.parent / "output.log"
    before = states(book)
    started = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(words, cwd=book, env=base | env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        if beside:
            beside.begin(process.pid)
        # Its own usage and that of every process that it and they have waited for.
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if beside:
        beside.end()
    if process.returncode or not (site / "index.html").is_file():
        ending = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise BuildFailed(f"{' '.join(words)} ({book}) dừng với mã {process.returncode}:\n{ending}")
    after = states(book)
    written = [path for path, state in after.items() if before.get(path) != state]
    inside = sum(path.startswith(f"{site}{os.sep}") for path in written)
    return Run(
        tool=tool,
        chapters=chapters,
        kind=kind,
        number=run,
        seconds=seconds,
        peak=usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        worker=beside.largest or None if isinstance(beside, Watch) else None,
        site=inside,
        elsewhere=len(written) - inside,
    )


def measure(
    folder: Path, sizes: Sequence[int], runs: int, stock_runs: int, console: Console
) -> tuple[list[Run], dict[str, int | None]]:
    """All builds, and how many bytes differ between clean builds that should be the same. Of its runs stock does
    `stock_runs` at sizes above the smallest."""
    shutil.rmtree(folder, ignore_errors=True)
    books: dict[tuple[str, int], Path] = {}
    for size in sizes:
        with console.status(f"Đang chuẩn bị sách {size} chương"):
            for tool in (OURS, STOCK):
                book = make_book(folder / f"{tool}-{size}", size, code=True, git=True)
                books[tool, size] = book.resolve()
                equip(books[tool, size])
    plan = [
        (run, size, kind, tool)
        for run in range(1, runs + 1)
        for size in sizes
        for kind in KINDS
        for tool in (OURS, STOCK)
        if tool == OURS
        or (kind == "cold" and (size == sizes[0] or run <= stock_runs))
        or (run == 1 and size == sizes[0])
    ]
    found: list[Run] = []
    for n, (run, size, kind, tool) in enumerate(plan, 1):
        book = books[tool, size]
        prepare(book, size, kind, run)
        what = f"{n}/{len(plan)} · lần {run} · {size} chương · {'make site' if tool == OURS else 'Jupyter Book'}"
        with console.status(f"{what}, {KINDS[kind][1]}"):
            made = build(tool, book, kind, run, size, Watch() if kind == "cold" else None)
        found.append(made)
        files = f"{made.site} tệp của trang" + (f", {made.elsewhere} tệp khác" if made.elsewhere else "")
        console.print(f"{what}, {KINDS[kind][1]}: {number(made.seconds, 2)} giây, ghi {files}", markup=False)
    return found, compare_bytes(folder, sizes[0], console)


def compare_bytes(folder: Path, size: int, console: Console) -> dict[str, int | None]:
    """How many bytes differ from a clean build when another is made elsewhere, or on a cluster of which one worker is
    killed; None: not tried."""
    usual: dict[str, str] = {}
    ways = {"as usual": usual, "elsewhere": {"TZ": "America/Caracas", "LC_ALL": "C", "PYTHONHASHSEED": "1"}}
    if util.find_spec("distributed"):
        ways["dask"] = {"SDGBOOK_EXECUTOR": "dask", "SDGBOOK_WORKERS": "2"}
    differ: dict[str, int | None] = {"elsewhere": None, "dask": None}
    sites: dict[str, Path] = {}
    for way, env in ways.items():
        with console.status(f"Đang dựng lại để so từng byte ({way})"):
            book = make_book(folder / f"so byte, {way}", size, code=True, git=True).resolve()
            equip(book)
            killer = Killer() if way == "dask" else None
            with one_core() if way == "elsewhere" else contextlib.nullcontext():
                build(OURS, book, "same", 0, size, killer, **env)
        sites[way] = book / "_build" / "html"
        if killer and not killer.killed:
            console.print("Không kịp giết máy chạy hộ nào giữa chừng, nên không so.", markup=False)
        elif way != "as usual":
            differ[way] = bytes_apart(sites["as usual"], sites[way])
            console.print(f"So từng byte ({way}): {number(differ[way])} byte khác nhau", markup=False)
    return differ


def bytes_apart(one: Path, other: Path) -> int:
    """Bytes of the files that are not the same in both folders."""
    found = digests(one), digests(other)
    names = [name for name in found[0].keys() | found[1].keys() if found[0].get(name) != found[1].get(name)]
    return sum(max((top / name).stat().st_size for top in (one, other) if (top / name).is_file()) for name in names)


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Processes begun meanwhile have one core, where the system can say so."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_of_them)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_of_them)


def builds(bench: Path, sizes: Sequence[int], runs: int, stock_runs: int, console: Console) -> tuple[dict, list[str]]:
    """Measure, write and print everything; the results for the whole bench's file, and what was not reached."""
    about, started = machine(), time.monotonic()
    books = bench / "books"
    results = Results(*measure(books, sorted(sizes), runs, stock_runs, console))
    about["took"] = f"{(time.monotonic() - started) / 60:.0f} minutes"
    files = results.write(bench, about)
    console.print(f"\n{results.markdown(1)}", markup=False)
    console.print(f"Ghi đầy đủ trong {', '.join(str(file.relative_to(ROOT)) for file in files)}", markup=False)
    shutil.rmtree(books, ignore_errors=True)
    missed = [text for met, text in results.reached(1) if met is False]
    return {"machine": about, "bytes_that_differ": results.differ}, missed
