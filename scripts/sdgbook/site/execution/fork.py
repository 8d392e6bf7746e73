"""Runs chapters in forked children of this process, side by side: all that is imported here is at hand there.

A process that has threads besides its own (the chart renderer's, say) cannot be forked safely: it starts another
process once, whose only work is to be forked.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any, BinaryIO

from sdgbook.data import Problem, ProblemsFound, reads
from sdgbook.site.execution import Executor, Job, Outcome, workers
from sdgbook.site.execution.limits import MOST_BYTES, too_much, warned

HEAD = struct.Struct(">Q")
# Seconds between looks at children that say nothing.
LOOK = 0.2
# Bytes that a question may take before it is read.
ROOM = 1 << 20


def local() -> Executor:
    """The executor for this machine: children of this process, or of another where this one has threads."""
    return server() if server().is_running() or has_threads() else ForkExecutor()


@cache
def server() -> ForkServer:
    return ForkServer()


def has_threads() -> bool:
    """Whether this process has threads that a child would miss. Numpy's own ones know of forks."""
    if threading.active_count() > 1:
        return True
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        return "vl_convert" in sys.modules
    names = set()
    for task in tasks.iterdir():
        try:
            names.add((task / "comm").read_text())
        except OSError:
            continue
    return len(names) > 1


def warm(root: Path) -> None:
    """Import what chapters use and read the data, so that children need not."""
    from sdgbook.report import chapters, editions, numbers  # noqa: F401
    from sdgbook.report.facts import FactError, facts_of
    from sdgbook.site.execution import chapter  # noqa: F401

    # Babel reads what it knows of a language when that is first used.
    numbers.format_number(Decimal("1.5"))
    numbers.spell_date(date.min)
    # What is wrong with the data is told where a chapter asks for it.
    with suppress(Exception):
        figures = facts_of(root)
        # All of them, which each child would have to find for itself.
        for name in figures:
            with suppress(FactError):
                figures[name]


class ForkExecutor:
    """Chapters in children of this process, `most` at a time (by default as many as `workers` says)."""

    def __init__(self, most: int | None = None):
        self.most = most or workers()

    def run(
        self, root: Path, jobs: Sequence[Job], done: Callable[[Outcome], None] = lambda outcome: None
    ) -> list[Outcome]:
        """Outcomes in the order of `jobs`; `done` hears of each as soon as it is there. No child outlives the call."""
        if not jobs:
            return []
        root = root.resolve()
        warm(root)
        gc.collect()
        gc.freeze()
        waiting = deque(enumerate(jobs))
        running: list[_Child] = []
        outcomes: dict[int, Outcome] = {}
        selector = selectors.DefaultSelector()
        with tempfile.TemporaryDirectory(prefix="sdgbook-") as scratch:
            try:
                while waiting or running:
                    while waiting and len(running) < self.most:
                        running.append(_Child(root, *waiting.popleft(), Path(scratch), selector))
                    for key, _ in selector.select(min([LOOK, *(child.patience for child in running)])):
                        key.data[0].read(key.fd, key.data[1])
                    for child in [child for child in running if child.finished()]:
                        running.remove(child)
                        if child.deserves_another_try:
                            running.append(_Child(root, child.number, child.job, Path(scratch), selector, tries=2))
                        else:
                            outcomes[child.number] = child.outcome()
                            done(outcomes[child.number])
            finally:
                for child in running:
                    child.end()
                selector.close()
                gc.unfreeze()
        return [outcomes[number] for number in range(len(jobs))]


class _Child:
    """A child that runs one chapter. It tells of each cell as it begins and then, in one frame, of all that came."""

    def __init__(
        self, root: Path, number: int, job: Job, scratch: Path, selector: selectors.BaseSelector, tries: int = 1
    ):
        self.number, self.job, self.tries, self.selector = number, job, tries, selector
        self.cell, self.answer, self.status, self.problem = 0, None, None, None
        self.marker = b"\0" + os.urandom(16) + b"\0"
        pipes = {name: os.pipe() for name in ("frames", "stdout", "stderr")}
        self.pid = os.fork()
        if self.pid == 0:
            _live(root, job, scratch, self.marker, *(pipes[name][1] for name in pipes))
        with suppress(OSError):
            # Both set it, so that it is set whoever comes first.
            os.setpgid(self.pid, self.pid)
        self.heard = {name: bytearray() for name in pipes}
        self.pipes = {}
        for name, (reading, writing) in pipes.items():
            os.close(writing)
            os.set_blocking(reading, False)
            self.pipes[name] = reading
            selector.register(reading, selectors.EVENT_READ, (self, name))
        self._begin(0)

    def _begin(self, cell: int) -> None:
        self.cell = cell
        self.deadline = time.monotonic() + self.job.timeout if self.job.timeout else None

    @property
    def patience(self) -> float:
        """Seconds left for the running cell."""
        return max(0.0, self.deadline - time.monotonic()) if self.deadline else LOOK

    def read(self, pipe: int, name: str) -> bool:
        """Take what is in a pipe; False when there is nothing more."""
        try:
            got = os.read(pipe, 1 << 16)
        except BlockingIOError:
            return False
        if not got:
            self._close(name)
            return False
        heard = self.heard[name]
        heard += got
        if name != "frames":
            if len(heard) > MOST_BYTES and self.problem is None:
                self.problem = too_much(self.job, self._cell())
            if self.problem:
                heard.clear()
            return True
        while len(heard) >= HEAD.size:
            (length,) = HEAD.unpack_from(heard)
            if len(heard) < HEAD.size + length:
                break
            frame = json.loads(heard[HEAD.size : HEAD.size + length])
            del heard[: HEAD.size + length]
            if isinstance(frame, int):
                self._begin(frame)
            else:
                self.answer = frame
        return True

    def _cell(self) -> Any:
        return self.job.cells[min(self.cell, len(self.job.cells) - 1)]

    def _close(self, name: str) -> None:
        pipe = self.pipes.pop(name, None)
        if pipe is not None:
            self.selector.unregister(pipe)
            os.close(pipe)

    def finished(self) -> bool:
        """Whether the child is done, dead or out of time; it is gone afterwards."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else None
        if self.status is None and self.answer is None and self.problem is None:
            if self.deadline is None or time.monotonic() < self.deadline:
                return False
            seconds = f"{self.job.timeout:g}".replace(".", ",")
            self.problem = Problem(
                self.job.file,
                self._cell().line,
                None,
                f"Ô mã chạy quá {seconds} giây mà chưa xong, nên bị dừng.",
                "Xem lại vòng lặp trong ô, hoặc tăng execute: timeout trong _config.yml.",
                kind="cell",
            )
        # What a child wrote before its end is still in the pipes; another program may hold them open.
        for name, pipe in list(self.pipes.items()):
            while self.problem is None and self.read(pipe, name):
                pass
        self.end()
        return True

    @property
    def deserves_another_try(self) -> bool:
        """Whether something outside killed the child, as a system short of memory does: once that is chance."""
        return self.answer is None and self.problem is None and self.tries == 1 and os.WIFSIGNALED(self.status)

    def end(self) -> None:
        """Kill the child and all that it started, if they still live, and close the pipes."""
        # All may be gone already; where one only waits to be collected, some systems say that it is not ours.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self.status is None:
            self.status = os.waitpid(self.pid, 0)[1]
        for name in list(self.pipes):
            self._close(name)

    def outcome(self) -> Outcome:
        """What came of the job."""
        if self.problem:
            return Outcome(self.job.docname, self.job.digest, problems=[self.problem])
        if self.answer is None:
            return Outcome(self.job.docname, self.job.digest, problems=[self._death()])
        if "refused" in self.answer:
            raise OSError(*self.answer["refused"])
        if "bug" in self.answer:
            raise RuntimeError(f"{self.job.file}: {self.answer['bug']}")
        outcome = Outcome.from_data(self.answer)
        if not outcome.problems:
            self._add_other_programs(outcome.outputs)
            outcome.problems = warned(self.job, outcome.outputs)
        return outcome

    def _add_other_programs(self, outputs: list[list[dict[str, Any]]]) -> None:
        """What programs that a cell started wrote themselves, at the end of its own outputs."""
        for name in ("stdout", "stderr"):
            parts = bytes(self.heard[name]).split(self.marker)
            for shown, part in zip(outputs, parts, strict=False):
                if part:
                    text = part.decode("utf-8", errors="replace")
                    shown.append({"output_type": "stream", "name": name, "text": text})

    def _death(self) -> Problem:
        if os.WIFSIGNALED(self.status):
            told = f"bị hệ thống dừng hai lần (tín hiệu {signal.Signals(os.WTERMSIG(self.status)).name})"
            remedy = "Máy có thể hết bộ nhớ: đóng bớt chương trình, hoặc cho ô mã dùng ít dữ liệu hơn."
        else:
            told = f"tự thoát giữa chừng (mã {os.waitstatus_to_exitcode(self.status)})"
            remedy = "Bỏ lệnh thoát trong ô mã."
        return Problem(
            self.job.file, self._cell().line, None, f"Ô mã làm trang ngừng chạy: {told}.", remedy, kind="cell"
        )


def _live(root: Path, job: Job, scratch: Path, marker: bytes, frames: int, stdout: int, stderr: int) -> None:
    """The whole life of a child. It never returns to the parent's code, and runs none of its closing actions."""
    from sdgbook.site.execution.chapter import run_chapter

    code = 1
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (stdout, 1), (stderr, 2)):
            os.dup2(source, target)
            os.close(source)

        def begins(cell: int) -> None:
            if cell:
                os.write(1, marker)
                os.write(2, marker)
            _send(frames, cell)
            # Should the parent be killed, the child does not run on for ever.
            signal.alarm(int(job.timeout) + 10 if job.timeout else 0)

        try:
            reads.watch_files(root)
            _send(frames, run_chapter(root, job, scratch, begins).as_data())
        except OSError as error:
            _send(frames, {"refused": _refusal(error)})
        except Exception:
            _send(frames, {"bug": traceback.format_exc()})
        code = 0
    finally:
        os._exit(code)


def _refusal(error: OSError) -> tuple[int, str, str | None]:
    """What the system refused, to be told to another process; no cell is to blame."""
    return error.errno or 0, error.strerror or str(error), str(error.filename) if error.filename else None


def _send(pipe: int, content: Any) -> None:
    data = json.dumps(content, ensure_ascii=False).encode(errors="surrogatepass")
    rest = memoryview(HEAD.pack(len(data)) + data)
    while rest:
        rest = rest[os.write(pipe, rest) :]


class ForkServer:
    """The same by way of a process of its own, which stays for later calls until this one ends."""

    def __init__(self, most: int | None = None):
        self.most = most or workers()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._begun: list[Job] = []

    def prepare(self, root: Path) -> None:
        """Start the process for the project at `root` now: it imports and reads what chapters need meanwhile."""
        with self._lock:
            self._drop_begun()
            write_frame(self._running().stdin, {"warm": str(root.resolve())})

    def begin(self, root: Path, jobs: Sequence[Job]) -> None:
        """Let the process run jobs while this one does other work. The next call of `run` takes what comes of them."""
        with self._lock:
            self._drop_begun()
            if jobs:
                write_frame(self._running().stdin, {**self._question(root, jobs), "keep": True})
                self._begun = list(jobs)

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def run(
        self, root: Path, jobs: Sequence[Job], done: Callable[[Outcome], None] = lambda outcome: None
    ) -> list[Outcome]:
        """As `ForkExecutor.run`. Raises `ProblemsFound` when the process itself dies."""
        found: dict[Job, Outcome] = {}
        with self._lock:
            begun = self._begun
            if set(jobs).isdisjoint(begun):
                self._drop_begun()
            else:
                self._begun = []
                # Should the process have died, the jobs are simply run again.
                with suppress(ProblemsFound, OSError):
                    found = self._answers({"kept": True}, begun, lambda job, outcome: job in jobs and done(outcome))
            rest = [job for job in jobs if job not in found]
            if rest:
                found |= self._answers(self._question(root, rest), rest, lambda job, outcome: done(outcome))
        return [found[job] for job in jobs]

    def _question(self, root: Path, jobs: Sequence[Job]) -> dict[str, Any]:
        return {"root": str(root.resolve()), "most": self.most, "jobs": [job.as_data() for job in jobs]}

    def _answers(
        self, question: dict[str, Any], jobs: Sequence[Job], heard: Callable[[Job, Outcome], Any]
    ) -> dict[Job, Outcome]:
        found = {}
        process = self._running()
        try:
            write_frame(process.stdin, question)
            for number, data in iter(lambda: read_frame(process.stdout), None):
                if number is None:
                    if data:
                        raise OSError(*data)
                    return found
                found[jobs[number]] = Outcome.from_data(data)
                heard(jobs[number], found[jobs[number]])
            raise BrokenPipeError
        except BrokenPipeError:
            self._end()
            told = "Tiến trình chạy các ô mã bị dừng giữa chừng."
            remedy = "Máy có thể hết bộ nhớ: đóng bớt chương trình rồi chạy lại."
            raise ProblemsFound([Problem("book", None, None, told, remedy, kind="cell")]) from None
        except BaseException:
            # An answer half read would be taken for the next one's.
            self._end()
            raise

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sdgbook.site.execution"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            # A question must find room while the process is still getting ready.
            with suppress(AttributeError, OSError):
                fcntl.fcntl(self._process.stdin, fcntl.F_SETPIPE_SZ, ROOM)
        return self._process

    def _drop_begun(self) -> None:
        if self._begun:
            self._end()

    def _end(self) -> None:
        process, self._process, self._begun = self._process, None, []
        if process:
            with suppress(OSError):
                process.stdin.close()
            process.terminate()
            process.wait()


def write_frame(pipe: BinaryIO, content: Any) -> None:
    """Write a value as JSON, its length first."""
    data = json.dumps(content).encode()
    pipe.write(HEAD.pack(len(data)) + data)
    pipe.flush()


def read_frame(pipe: BinaryIO) -> Any:
    """The next value that `write_frame` wrote; None at the end."""
    head = pipe.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    (length,) = HEAD.unpack(head)
    data = pipe.read(length)
    return json.loads(data) if len(data) == length else None


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """What the process of a `ForkServer` does until its parent closes the pipe."""
    kept: list[Any] = []
    for asked in iter(lambda: read_frame(questions), None):
        if "warm" in asked:
            warm(Path(asked["warm"]))
            continue
        if "kept" in asked:
            for answer in kept:
                write_frame(answers, answer)
            kept.clear()
            continue
        jobs = [Job.from_data(data) for data in asked["jobs"]]
        numbers = {job.docname: number for number, job in enumerate(jobs)}
        keep = asked.get("keep", False)
        tell = kept.append if keep else partial(write_frame, answers)
        refusal = None
        try:
            ForkExecutor(asked["most"]).run(
                Path(asked["root"]),
                jobs,
                lambda outcome, numbers=numbers, tell=tell: tell([numbers[outcome.docname], outcome.as_data()]),
            )
        except OSError as error:
            refusal = _refusal(error)
        tell([None, refusal])
