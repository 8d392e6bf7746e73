"""Measures running the chapters of a national-like package, here and on a cluster of this machine with a worker killed.

    .venv/bin/python tests/national.py                     3 provinces × 115 targets × 10 years, two workers
    .venv/bin/python tests/national.py --provinces 0 --sizes 15,115    how it grows alone, without the cluster

A province is a project of its own, made from the real book (`books.make_book`), with as many years of each figure.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import logging
import os
import resource
import signal
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from books import make_book
from helpers import YEAR

from sdgbook.edit.markdown import read_chapter
from sdgbook.site.execution import Cell, Executor, Job, Outcome
from sdgbook.site.execution.cluster import DaskExecutor, pack
from sdgbook.site.execution.fork import ForkExecutor

PROVINCES, TARGETS, YEARS = 63, 115, 10


def make_province(folder: Path, number: int, chapters: int, years: int) -> Path:
    """A province's project: `chapters` target chapters, and for each figure of the report a series of `years` years
    that its chapter draws and lists. Two provinces have other numbers in these series."""
    make_book(folder, chapters, small=True)
    indicators, observations = (
        folder / "data" / where / f"{name}.csv"
        for where, name in (("reference", "indicators"), (f"editions/{YEAR}", "observations"))
    )
    rows = _read(observations)
    series = [
        {**row, "indicator": f"{row['indicator']}-nam", "time_period": str(int(YEAR) - back)}
        | dict.fromkeys(("obs_value", "as_written"), _varied(row["obs_value"], number, back))
        for row in {(r["indicator"], r["breakdown"], r["ref_area"]): r for r in rows}.values()
        for back in range(years)
        if row["obs_value"]
    ]
    _write(observations, rows + series)
    known = _read(indicators)
    chosen = {row["indicator"] for row in series}
    more = [{**row, "indicator": f"{row['indicator']}-nam"} for row in known]
    _write(indicators, known + [row for row in more if row["indicator"] in chosen])
    drawn: dict[str, str] = {}
    for row in more:
        if row["indicator"] in chosen:
            drawn.setdefault(row["targets"].split("; ")[0], row["indicator"])
    for row in _read(folder / "data" / "reference" / "targets.csv"):
        if row["target"] in drawn:
            page = folder / "book" / f"{row['chapter']}.md"
            cell = f'muc_tieu.chart("{drawn[row["target"]]}", form="panels")'
            page.write_text(f"{page.read_text(encoding='utf-8')}\n```{{code-cell}}\n{cell}\n```\n", encoding="utf-8")
    return folder


def _varied(value: str, number: int, back: int) -> str:
    exact = Decimal(value)
    return str((exact * (1000 - 7 * back + number) / 1000).quantize(Decimal(1).scaleb(exact.as_tuple().exponent)))


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def jobs_of(root: Path) -> list[Job]:
    """The target chapters of a project."""
    found = []
    for path in sorted((root / "book" / "muc-tieu").rglob("*.md")):
        chapter = read_chapter(root, path)
        if any("chapter(" in cell.source for cell in chapter.cells):
            cells = tuple(Cell(cell.source, cell.line) for cell in chapter.cells)
            found.append(Job(chapter.file.removesuffix(".md"), chapter.file, cells, 120))
    return found


def digest(outcomes: list[Outcome]) -> str:
    """SHA-256 of all outcomes; raises `RuntimeError` when any has problems."""
    problems = [problem for outcome in outcomes for problem in outcome.problems]
    if problems:
        raise RuntimeError("\n".join(map(str, problems[:5])))
    return hashlib.sha256(json.dumps([outcome.as_data() for outcome in outcomes]).encode()).hexdigest()


def run_all(executor: Executor, roots: list[Path], done=lambda outcome: None) -> tuple[list[str], float]:
    """A digest for each province, and the seconds that all took."""
    begun = time.perf_counter()
    found = [digest(executor.run(root, jobs_of(root), done)) for root in roots]
    return found, time.perf_counter() - begun


def in_a_process_of_its_own(measure, *words):
    """What `measure(*words)` gives in a forked child, so that memory and processor time are its own."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.write(writing, json.dumps(measure(*words)).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    if os.waitpid(pid, 0)[1]:
        sys.exit(1)
    return json.loads(answer)


def made(folder: Path, *words: int) -> Path:
    """A province's project, written by a process of its own: what runs chapters must not inherit its memory."""
    return Path(in_a_process_of_its_own(lambda: str(make_province(folder, *words))))


def here(root: str, most: int) -> dict[str, float]:
    """Seconds, processor seconds and the largest child's memory (MB) when this machine runs a province's chapters; and
    how much (KB) a cluster would send out once and get back for each chapter."""
    path = Path(root)
    jobs = jobs_of(path)
    begun = time.perf_counter()
    outcomes = ForkExecutor(most).run(path, jobs)
    seconds = time.perf_counter() - begun
    digest(outcomes)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "chapters": len(jobs),
        "seconds": seconds,
        "processor": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1024,
        "out": len(pack(path)) / 1000,
        "back": sum(len(json.dumps(outcome.as_data())) for outcome in outcomes) / 1000 / len(jobs),
    }


def on_a_cluster(roots: list[Path], workers: int) -> tuple[list[str], float, list[float]]:
    """The same by way of a cluster of this machine, one worker killed in the middle; also each worker's memory (MB)."""
    import distributed

    cluster = distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
    )
    with cluster, distributed.Client(cluster, set_as_default=False) as client:
        victim = next(iter(client.run(os.getpid).values()))
        left = [sum(len(jobs_of(root)) for root in roots) // 2]

        def count(outcome: Outcome) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(victim, signal.SIGKILL)

        found, seconds = run_all(DaskExecutor(cluster.scheduler_address), roots, count)
        memory = client.run(lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return found, seconds, list(memory.values())


def main() -> None:
    """Print the tables of docs/scale.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("provinces", 3), ("years", YEARS), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--sizes", default=f"15,30,60,{TARGETS}")
    asked = parser.parse_args()
    sizes = sorted(map(int, asked.sizes.split(",")))
    largest = sizes[-1]
    with tempfile.TemporaryDirectory(prefix="sdgbook-") as folder:
        print(
            "| chương | năm | giây | giây bộ xử lý | ms bộ xử lý mỗi chương | MB tiến trình lớn nhất"
            " | KB gửi đi | KB về mỗi chương |"
        )
        print("|---|---|---|---|---|---|---|---|")
        each = 0.0
        for chapters, years in [*((size, asked.years) for size in sizes), (largest, 1)]:
            root = made(Path(folder) / f"{chapters}-{years}", 1, chapters, years)
            got = in_a_process_of_its_own(here, str(root), asked.workers)
            cost = 1000 * got["processor"] / got["chapters"]
            each = cost if years == asked.years else each
            print(
                f"| {chapters} | {years} | {got['seconds']:.1f} | {got['processor']:.1f} | {cost:.0f}"
                f" | {got['megabytes']:.0f} | {got['out']:.0f} | {got['back']:.0f} |",
                flush=True,
            )
        whole = PROVINCES * TARGETS
        print(f"\n{PROVINCES} tỉnh × {TARGETS} mục tiêu = {whole} chương: {whole * each / 3_600_000:.2f} giờ bộ xử lý")
        if not asked.provinces:
            return
        roots = [made(Path(folder) / f"tinh-{n:02}", n, largest, asked.years) for n in range(1, asked.provinces + 1)]
        chapters = sum(len(jobs_of(root)) for root in roots)
        own, seconds = in_a_process_of_its_own(lambda: run_all(ForkExecutor(asked.workers), roots))
        print(f"{asked.provinces} tỉnh, {chapters} chương, trên máy này: {seconds:.1f} giây", flush=True)
        found, seconds, memory = on_a_cluster(roots, asked.workers)
        same = "cùng từng byte" if found == own else "KHÁC"
        print(
            f"{asked.workers} máy chạy hộ, một máy bị giết giữa chừng: {seconds:.1f} giây, kết quả {same};"
            f" bộ nhớ lớn nhất của mỗi máy (MB): {', '.join(f'{m:.0f}' for m in memory)}"
        )
        if found != own:
            sys.exit(1)


if __name__ == "__main__":
    main()
