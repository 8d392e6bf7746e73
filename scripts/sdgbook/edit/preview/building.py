"""Builds the site in a process of its own and finds out what went wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sdgbook.data import Problem

# Seconds that a build has to clean up after it was told to stop.
PATIENCE = 3
# Characters of what an unforeseen mistake printed that are worth showing: the end says most.
MOST = 10_000
AFTER_SURPRISE = "Xem lại chỗ vừa sửa; không thấy sai thì báo người phát triển."


@dataclass(frozen=True)
class Failure:
    """Why a build failed. `said` is the end of what it printed when its problems could not be told one by one."""

    problems: list[Problem]
    said: str = ""


async def build(command: Sequence[str], root: Path) -> Failure | None:
    """Run `command` in `root` to its end; None when it succeeded.

    What it prints goes on to the terminal. Neither it nor a process of its own outlives this call, even when that is
    cancelled.
    """
    with tempfile.TemporaryDirectory(prefix="sdgbook-preview-") as folder:
        told, errors = Path(folder) / "problems.json", Path(folder) / "stderr"
        with errors.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=root,
                env={**os.environ, "PYTHONUTF8": "1", "SDGBOOK_PROBLEMS": str(told)},
                stdin=asyncio.subprocess.DEVNULL,
                stderr=stderr,
                # Ctrl+C is for the preview, which then ends the build and all that this has started.
                start_new_session=True,
            )
        try:
            status = await process.wait()
        finally:
            await _end(process)
        said = errors.read_text(encoding="utf-8", errors="replace")
        print(said, end="", file=sys.stderr, flush=True)
        if status == 0:
            return None
        problems = _problems(told)
        return Failure(problems) if problems else Failure([_surprise(status, said, root)], said[-MOST:].strip())


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process, if it still runs, and whatever of its own is left."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            os.killpg(process.pid, signal.SIGTERM)
            await asyncio.wait_for(process.wait(), PATIENCE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _problems(told: Path) -> list[Problem]:
    """The problems that the command has written for us, if it came to that."""
    try:
        return [Problem(**problem) for problem in json.loads(told.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def _surprise(status: int, said: str, root: Path) -> Problem:
    """What stopped a build that told no problem: the project's own line that a traceback names last, if it has one."""
    if status < 0:
        what = f"Lệnh dựng trang bị dừng giữa chừng (tín hiệu {signal.Signals(-status).name})."
        return Problem(
            "",
            None,
            None,
            what,
            "Lưu lại tệp vừa sửa để dựng lần nữa; nếu vẫn thế, xem máy còn đủ bộ nhớ.",
            kind="machine",
        )
    lines = said.strip().splitlines()
    why = f": {lines[-1].strip()}" if lines else f", mã {status}"
    what = f"Lệnh dựng trang dừng vì điều chưa lường trước{why}"
    for file, line in reversed(re.findall(r'^\s*File "(.+?)", line (\d+)', said, re.MULTILINE)):
        path = Path(file)
        if path.is_relative_to(root) and ".venv" not in path.parts:
            return Problem(path.relative_to(root).as_posix(), int(line), None, what, AFTER_SURPRISE, kind="machine")
    return Problem("", None, None, what, AFTER_SURPRISE, kind="machine")
