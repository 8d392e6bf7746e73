"""`make bench`, part `years`: reports of ten years, many targets and areas: how fast a page's figures are selected and
all targets are rated, and what the heaviest pages weigh.

The book is invented (`years.make_large`). Times are processor time, the best of a few rounds: what else the machine
does is not asked.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench_builds import BuildFailed, environment
from bench_results import number
from rich.console import Console
from rich.table import Table
from serving import serving
from viewing import budget_of, chromium, first_view, is_target, opened, pages_of
from years import make_large

from sdgbook.data import read_package
from sdgbook.report import status
from sdgbook.report.chapters import Chapter
from sdgbook.report.context import Context
from sdgbook.report.facts import Facts

EDITIONS, TARGETS, AREAS = 10, 115, 20
ROUNDS, HEAVIEST = 3, 5
# Milliseconds that selecting the figures of one page and rating all targets by all editions may take.
SLOWEST = {"selection": 50, "statuses": 2000}
TIMES = {
    "index": "Làm mục lục số liệu (một lần mỗi tiến trình)",
    "median": "Chọn số liệu của một trang (trung vị)",
    "selection": "Chọn số liệu của một trang (lâu nhất)",
    "statuses": "Xếp loại mọi mục tiêu theo mọi ấn bản",
}


def timed(action: Callable[[], object]) -> float:
    """Milliseconds of processor time that `action` takes."""
    begun = time.process_time()
    action()
    return (time.process_time() - begun) * 1000


def times(root: Path) -> dict[str, float]:
    """Milliseconds by the names of `TIMES`."""
    package = read_package(root)
    # As chapters have it, which run in forked children of the build.
    gc.collect()
    gc.freeze()
    targets = [row["target"] for row in package.table("targets").rows]
    names = sorted({row["chapter"].rpartition("/")[2] for row in package.table("targets").rows})
    once: dict[str, list[float]] = {"index": [], "statuses": []}
    pages: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        facts = Facts(package)
        # No target has this name: only the index is made.
        once["index"].append(timed(lambda facts=facts: facts.of_targets(["–"])))
        for name in names:
            pages[name].append(timed(lambda facts=facts, name=name: Chapter(name, facts).figures()))
        once["statuses"].append(timed(lambda: rate(Context(Facts(package)), targets)))
    gc.unfreeze()
    best = sorted(map(min, pages.values()))
    return {name: min(found) for name, found in once.items()} | {"median": best[len(best) // 2], "selection": best[-1]}


def rate(context: Context, targets: list[str]) -> None:
    """Rate every target by every edition."""
    for edition in context.facts.editions:
        for target in targets:
            status.status_of(context, [target], edition)


def build(root: Path) -> float:
    """Build the site; seconds. Raises `BuildFailed`."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "sdgbook", "site"]
    env = environment(PYTHONPATH=":".join(sys.path))
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise BuildFailed((done.stdout + done.stderr)[-2000:])
    return time.perf_counter() - begun


def weights(root: Path) -> dict[str, int]:
    """Bytes of the first view of the home page and of the target pages that are heaviest; none without a browser."""
    path, html = chromium(), root / "_build" / "html"
    if path is None:
        return {}
    chapters = sorted(filter(is_target, pages_of(html)), key=lambda page: -(html / f"{page}.html.gz").stat().st_size)
    with serving(html) as address, opened(path) as browser:
        return {
            page: sum(part.size for part in first_view(browser, address, page))
            for page in ("index", *chapters[:HEAVIEST])
        }


def years(console: Console, mark: Callable[..., str]) -> tuple[dict, list[str]]:
    """What was found, and the budgets that are missed; `mark` makes a cell of a table. Raises `BuildFailed`."""
    with tempfile.TemporaryDirectory(prefix="sdgbook-") as folder:
        root = make_large(Path(folder), EDITIONS, TARGETS, AREAS)
        with console.status("Đang đo số liệu của nhiều năm"):
            taken = times(root)
        with console.status("Đang dựng sách của nhiều năm (mấy phút)"):
            seconds = build(root)
        weighed = weights(root)
    title = f"{EDITIONS} ấn bản, {TARGETS} mục tiêu, {AREAS} nơi (bịa để đo); dựng trong {number(seconds)} s"
    table = Table(title=title, title_justify="left")
    for name in ("Đo gì", "Được", "Mức"):
        table.add_column(name, justify="left" if name == "Đo gì" else "right")
    missed = []

    def add(what: str, found: float, most: float | None, unit: str) -> None:
        good = most is None or found <= most
        table.add_row(what, mark(f"{number(found)} {unit}", good=good), f"{number(most)} {unit}" if most else "")
        if not good:
            missed.append(f"nhiều năm: {what} {number(found)} {unit}")

    for name, what in TIMES.items():
        add(what, taken[name], SLOWEST.get(name), "ms")
    for page, size in weighed.items():
        add(f"Lần xem đầu của {page}", size, budget_of(page).size, "byte")
    console.print(table)
    return {**taken, "build": seconds, "weights": weighed}, missed
