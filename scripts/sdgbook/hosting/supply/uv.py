"""uv, which writes the locks and fetches packages by the machine's own settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from sdgbook.data.problems import Problem, ProblemsFound


def program() -> str:
    """Where uv is: beside this Python, else on the path. Raises `ProblemsFound`."""
    beside = Path(sys.executable).with_name("uv")
    if found := (str(beside) if beside.is_file() else shutil.which("uv")):
        return found
    told, remedy = "Máy này chưa có uv, chương trình làm khóa thư viện.", "Cài như các phép thử cần: make renew"
    raise ProblemsFound([Problem("uv", None, None, told, remedy, kind="machine")])


def run(folder: Path, *words: str) -> str:
    """What uv prints, run in a folder with no settings but the machine's. Raises `ProblemsFound` with the end of what
    it said when it fails."""
    # Where no project can add settings of its own, and whatever environment is active stays as it is.
    env = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        [program(), "--no-progress", *words], cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode != 0:
        ending = "\n".join(f"    {line}" for line in done.stderr.strip().splitlines()[-15:])
        told = f"uv không làm được việc này. Phần cuối lời của nó:\n{ending}"
        remedy = "Thường là do mạng hoặc do hai thư viện đòi những phiên bản không hợp nhau."
        raise ProblemsFound([Problem("uv", None, None, told, remedy, kind="machine")])
    return done.stdout
