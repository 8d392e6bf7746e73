"""Runs the whole check, code cells included, in a process of its own: a cell that never ends, or that ends the process,
is told like any other mistake, and the rest is told as well."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Collection
from contextlib import suppress
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from pathlib import Path

import yaml

from sdgbook.data.problems import Problem

# Hears of the file and the line of each cell as it begins; "" and 0 after the last.
Begins = Callable[[str, int], None]
# Checks all but the cells of some files.
Check = Callable[[Collection[str], Begins], list[Problem]]
# Seconds for a cell where the configuration says nothing, as in Jupyter Book.
USUAL = 30


def guarded(root: Path, check: Check, without: Collection[str]) -> list[Problem]:
    """What `check` finds, in a child; chapters whose cells never come back are told, and left out of another try.

    Without `fork` it runs in this process.
    """
    if "fork" not in get_all_start_methods():
        return check(without, lambda file, line: None)
    limit = time_limit(root)
    lost: list[Problem] = []
    while True:
        found, file, line, in_time = _try(check, [*without, *(problem.file for problem in lost)], limit)
        if found is not None:
            return found + lost
        told = "ô mã tự thoát hoặc bị hệ thống dừng" if in_time else f"quá {limit:g} giây mà chưa xong"
        told = f"Ô mã này làm việc kiểm tra ngừng chạy: {told.replace('.', ',')}."
        if not file:
            return [
                *lost,
                Problem("data", None, None, "Việc kiểm tra bị dừng giữa chừng.", "Chạy lại.", kind="machine"),
            ]
        lost.append(Problem(file, line, None, told, "Xem lại vòng lặp và lệnh thoát trong ô mã.", kind="cell"))


def time_limit(root: Path) -> float | None:
    """Seconds that one cell may take (`execute: timeout` in `_config.yml`); None for any time."""
    try:
        limit = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["execute"]["timeout"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError):
        return USUAL
    if not isinstance(limit, int | float):
        return USUAL
    return limit if limit > 0 else None


def _try(check: Check, without: Collection[str], limit: float | None) -> tuple[list[Problem] | None, str, int, bool]:
    """One run of the check in a child: what it found, or None with the file and line of the cell that it was lost in,
    and whether that was before its time was over."""
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_live, args=(check, without, limit, sender))
    process.start()
    sender.close()
    file, line = "", 0
    try:
        while receiver.poll(limit if file else None):
            heard = receiver.recv()
            if isinstance(heard, list):
                return heard, file, line, True
            file, line = heard
        return None, file, line, False
    except EOFError:
        return None, file, line, True
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.join()
        receiver.close()


def _live(check: Check, without: Collection[str], limit: float | None, sender: Connection) -> None:
    # It lives for a second or two: looking for what is no longer needed would take a tenth of that.
    gc.disable()
    # With what its cells start it is ended as one.
    os.setpgid(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    # What cells print is for pages.
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)

    def begins(file: str, line: int) -> None:
        # Should the parent be killed, this does not run on for ever.
        signal.alarm(int(limit) + 10 if file and limit else 0)
        sender.send((file, line))

    try:
        sender.send(check(without, begins))
    finally:
        # A cell that raises SystemExit ends here, without what this process would do at its end.
        os._exit(0)
