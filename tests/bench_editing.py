"""`make bench`, part `editing`: how long those wait who edit: the check, also of very many rows, the spreadsheet both
ways, and what a change does for readers.

The large package is invented and lives in a temporary folder.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench_builds import environment
from bench_results import number
from helpers import Project
from rich.console import Console
from rich.table import Table

from sdgbook.data.layout import write_canonical

ROWS, ROUNDS = 100_000, 3
OBSERVATIONS = "data/editions/2021/observations.csv"
# Seconds that each may take at most, and megabytes of memory for the large package.
SLOWEST = {"check": 1, "rows": 5, "export": 3, "import": 3, "changes": 10}
MOST_MEMORY = 500
TIMES = {
    "check": "Kiểm tra dự án",
    "file": "Kiểm tra một tệp dữ liệu (như trước khi ghi vào git)",
    "rows": f"Kiểm tra dữ liệu, {number(ROWS)} dòng số liệu",
    "export": "Xuất tệp Excel",
    "import": "Nhận lại tệp Excel, không có gì đổi",
    "changes": "Kể một thay đổi làm gì với người đọc",
}


def measured(root: Path, *words: str) -> tuple[float, float]:
    """Seconds and megabytes of memory of a command; the quickest of a few runs."""
    program = (
        "import resource, subprocess, sys, time\n"
        "begun = time.perf_counter()\n"
        "done = subprocess.run([sys.executable, '-m', 'sdgbook', *sys.argv[1:]], capture_output=True, text=True)\n"
        "assert done.returncode == 0, done.stdout + done.stderr\n"
        "print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)\n"
    )
    found = []
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", program, *words]
        done = subprocess.run(
            command,
            cwd=root,
            env=environment(PYTHONPATH=":".join(sys.path)),
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(tuple(map(float, done.stdout.split())))
    return min(found)


def enlarge(project: Project, rows: int) -> None:
    """Give the newest edition many more rows: invented indicators of one invented target, by area and year."""
    target = project.table("targets")[-1]
    page = "muc-tieu/17-99"
    fake = {"target": "17.99", "goal": "17", "provincial_goal": "17", "un_targets": "17.1", "chapter": page}
    project.add("targets", **{**target, **fake})
    areas = [
        row["area"]
        for row in project.table("areas")
        if row["level"] != "province" and not (row["valid_from"] or (row["valid_to"] or "9") < "2022")
    ]
    like = next(row for row in project.table("indicators") if row["unit"] == "person")
    indicators, observations = project.table("indicators"), project.table("observations")
    place = observations[0]["source_locator"]
    made = 0
    for number_ in range(-(-rows // (len(areas) * 20))):
        code = f"chi-so-bia-{number_}"
        indicators.append({**like, "indicator": code, "targets": "17.99", "vsdg_code": "", "un_indicator": ""})
        for year in range(2002, 2022):
            for area in areas:
                if made < rows:
                    made += 1
                    cells = {"indicator": code, "time_period": str(year), "ref_area": area, "breakdown": "_T"}
                    value = {"obs_value": str(made % 9 + 1), "as_written": str(made % 9 + 1), "source_locator": place}
                    rest = {"obs_status": "A", "qualifier": "exact", "also_at": "", "note_vi": "", "note_en": ""}
                    observations.append({**dict.fromkeys(observations[0]), **cells, **value, **rest})
    project.write_table("indicators", indicators)
    project.write_table("observations", observations)
    head = '---\nedition: 2021\ntargets: ["17.99"]\nkernelspec:\n  name: python3\n  display_name: Python 3\n'
    cells = ['from sdgbook import chapter\n\nmuc_tieu = chapter("17-99", 2021)', "muc_tieu.table()"]
    text = "".join(f"\n```{{code-cell}}\n{cell}\n```\n" for cell in cells)
    project.write(f"book/{page}.md", f"{head}description: Trang bịa để đo.\n---\n\n# Trang bịa\n{text}")
    last = "      - file: muc-tieu/15-2-a\n"
    project.write("_toc.yml", project.read("_toc.yml").replace(last, last + last.replace("15-2-a", "17-99")))
    write_canonical(project.root)


def change(project: Project) -> None:
    """A repository in which one figure and one sentence change from the first commit to the second."""
    git = ["git", "-c", "user.name=Người đo", "-c", "user.email=do@example.org", "-c", "commit.gpgsign=false"]

    def commit(message: str) -> None:
        for words in (["add", "-A"], ["commit", "-qm", message]):
            subprocess.run([*git, *words], cwd=project.root, check=True, capture_output=True)

    subprocess.run([*git, "init", "-q", "-b", "main"], cwd=project.root, check=True)
    commit("Trước")
    project.figure("longevity-cards", "12")
    page = "book/muc-tieu/1-2.md"
    project.write(page, project.read(page).replace("\n## ", "\nMột câu nữa.\n\n## ", 1))
    commit("Sau")


def editing(console: Console, mark: Callable[..., str]) -> tuple[dict, list[str]]:
    """What was found, and the budgets that are missed; `mark` makes a cell of a table."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="sdgbook-") as folder, console.status("Đang đo việc sửa"):
        project = Project.copy(Path(folder))
        found["check"], _ = measured(project.root, "check")
        found["file"], _ = measured(project.root, "check", OBSERVATIONS)
        file = str(project.root / "_build" / "do.xlsx")
        found["export"] = min(_again(lambda: measured_once(project.root, file)))
        found["import"], _ = measured(project.root, "sheet", "import", file)
        shutil.rmtree(project.root / "_build", ignore_errors=True)
        change(project)
        found["changes"], _ = measured(project.root, "changes", "HEAD~1..HEAD")
        large = Project.copy(Path(folder) / "nhiều")
        enlarge(large, ROWS)
        found["rows"], memory = measured(large.root, "check", OBSERVATIONS)
    table = Table(title="Việc sửa", title_justify="left")
    for name in ("Đo gì", "Được", "Mức"):
        table.add_column(name, justify="left" if name == "Đo gì" else "right")
    missed = []

    def add(what: str, value: float, most: float | None, unit: str) -> None:
        good = most is None or value <= most
        table.add_row(
            what, mark(f"{number(round(value, 2))} {unit}", good=good), f"{number(most)} {unit}" if most else ""
        )
        if not good:
            missed.append(f"việc sửa: {what} {number(round(value, 2))} {unit}")

    for name, what in TIMES.items():
        add(what, found[name], SLOWEST.get(name), "s")
    add(f"Bộ nhớ cho {number(ROWS)} dòng", memory, MOST_MEMORY, "MB")
    console.print(table)
    return {**found, "memory": memory}, missed


def measured_once(root: Path, file: str) -> float:
    """Seconds to write a new workbook: one that is there already is not written again."""
    Path(file).unlink(missing_ok=True)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "sdgbook", "sheet", "export", "--to", file]
    env = environment(PYTHONPATH=":".join(sys.path))
    subprocess.run(command, cwd=root, env=env, capture_output=True, check=True)
    return time.perf_counter() - begun


def _again(action: Callable[[], float]) -> list[float]:
    return [action() for _ in range(ROUNDS)]
