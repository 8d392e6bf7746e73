"""`make bench`: what the built site weighs, what Lighthouse says of it, how fast its search is, how fast it is built.

Exit status 1 when a budget is missed. The whole of the measures goes to `_build/bench/`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench_builds import RUNS, SIZES, SMALLEST, BuildFailed, builds
from bench_editing import editing
from bench_results import number
from bench_years import years
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from serving import serving
from viewing import FLAGS, MISSING, budget_of, chromium, first_query, first_view, opened, pages_of

ROOT = Path(__file__).resolve().parents[1]
SITE, BENCH = ROOT / "_build" / "html", ROOT / "_build" / "bench"
NODE = BENCH / "node"

MEASURED = ("index", "muc-tieu/1-1", "muc-tieu/4-3", "muc-tieu/15-2-a", "du-lieu")
CATEGORIES = {"performance": "Nhanh", "accessibility": "Tiếp cận", "best-practices": "Cách làm", "seo": "Tìm thấy"}
SLOWEST_PAINT = 1200  # milliseconds to the largest part of the page, on Lighthouse's slow 4G
SLOWEST_RESULT, HEAVIEST_QUERY = 300, 150_000  # milliseconds from the last key, bytes for the first query
SEARCH_TIMES = {
    "first": "Câu đầu tiên, gõ vào",
    "typed": "Các câu sau (trung vị)",
    "slowest": "Các câu sau (chậm nhất)",
    "pasted": "Câu đầu tiên, dán vào",
}

console = Console(highlight=False, soft_wrap=True)


def mark(text: str, *, good: bool) -> str:
    """A cell of a table: red with a word, not colour alone, when its budget is missed."""
    return text if good else f"[bold red]{text} ✗[/]"


# --- Weight ---------------------------------------------------------------------------------------


def weigh(browser, address: str) -> tuple[list[dict], list[str]]:
    """The first view of every page and the budgets that it misses."""
    table = Table(title="Lần xem đầu (đã nén)", title_justify="left")
    for name in ("Trang", "Byte", "Mức", "Lần gọi", "Mức", "Nặng nhất"):
        table.add_column(name, justify="left" if name in ("Trang", "Nặng nhất") else "right")
    results, missed = [], []
    for page in pages_of(SITE):
        fetched = first_view(browser, address, page)
        size, budget = sum(part.size for part in fetched), budget_of(page)
        largest = max(fetched, key=lambda part: part.size)
        results.append({"page": page, "bytes": size, "requests": {part.url: part.size for part in fetched}})
        light, few = not budget or size <= budget.size, not budget or len(fetched) <= budget.requests
        table.add_row(
            page,
            mark(number(size), good=light),
            number(budget.size) if budget else "",
            mark(str(len(fetched)), good=few),
            str(budget.requests) if budget else "",
            f"{largest.url.removeprefix(address).partition('?')[0]} {number(largest.size)}",
        )
        if not light or not few:
            missed.append(f"{page}: {number(size)} byte, {len(fetched)} lần gọi")
    console.print(table)
    return results, missed


def list_unused(browser, address: str) -> list[str]:
    """Selectors of our stylesheets that match nothing on any page: a hint, no budget, as a script may add parts."""
    find = """() => Array.from(document.styleSheets).flatMap(function inside(sheet) {
        return Array.from(sheet.cssRules).flatMap(rule => rule.selectorText
            ? rule.selectorText.split(/,(?![^(]*\\))/).map(selector => selector.trim())
                .map(selector => [selector, selector.replace(/::?[a-z-]+(\\([^)]*\\))?/g, '') || '*'])
            : rule.cssRules ? inside(rule) : []);
    }).map(([selector, bare]) => { try { return [selector, !!document.querySelector(bare)]; }
                                   catch { return [selector, true]; } })"""
    tab, used = browser.new_page(), {}
    for page in pages_of(SITE):
        tab.goto(f"{address}{page}.html")
        for selector, is_used in tab.evaluate(find):
            used[selector] = used.get(selector, False) or is_used
    tab.close()
    return sorted(selector for selector, is_used in used.items() if not is_used)


# --- Lighthouse -----------------------------------------------------------------------------------


def lighthouse() -> Path | None:
    """Lighthouse's command, installed from its lock first; None, and the reason said, where it cannot be."""
    missing = [name for name in ("node", "npm") if not shutil.which(name)]
    if missing:
        console.print(
            f"[yellow]Bỏ qua Lighthouse: máy thiếu {' và '.join(missing)}.[/] "
            "Trên Debian, hãy chạy: apt-get install nodejs npm"
        )
        return None
    lock, command = ROOT / "tests" / "lighthouse", NODE / "node_modules" / "lighthouse" / "cli" / "index.js"
    names = ("package.json", "package-lock.json")
    if command.exists() and all((NODE / name).read_bytes() == (lock / name).read_bytes() for name in names):
        return command
    console.print("Đang cài Lighthouse vào _build/bench/node …")
    shutil.rmtree(NODE, ignore_errors=True)
    NODE.mkdir(parents=True)
    for name in names:
        shutil.copy(lock / name, NODE / name)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(install, cwd=NODE, capture_output=True, text=True, check=False)
    if done.returncode:
        ending = "\n".join(done.stderr.splitlines()[-8:])
        console.print(f"[yellow]Bỏ qua Lighthouse: chưa cài được, thường là do mạng.[/]\n{ending}", markup=True)
        shutil.rmtree(NODE, ignore_errors=True)
        return None
    return command


def audit(command: Path, browser_path: str, address: str, page: str) -> dict:
    """One run of Lighthouse as a phone on slow 4G; its report, kept whole as well."""
    url = f"{address}{page}.html"
    flags = " ".join(["--headless=new", *FLAGS])
    run = ["node", str(command), url, "--quiet", "--output=json", f"--chrome-flags={flags}"]
    env = {**os.environ, "CHROME_PATH": browser_path, "CI": "1"}
    done = subprocess.run(
        [*run, "--no-enable-error-reporting"], env=env, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise RuntimeError(f"Lighthouse không đo được {url}:\n{done.stderr[-2000:]}")
    file = BENCH / "lighthouse" / f"{page.replace('/', '-')}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(done.stdout, encoding="utf-8")
    return json.loads(done.stdout)


def summary(report: dict) -> dict:
    """What the budgets ask of a report, and the audits that cost points."""
    audits = report["audits"]
    costly = [
        ref["id"]
        for category in report["categories"].values()
        for ref in category["auditRefs"]
        if ref["weight"] and (score := audits[ref["id"]]["score"]) is not None and score < 0.9
    ]
    return {
        **{name: round(100 * (report["categories"][name]["score"] or 0)) for name in CATEGORIES},
        "largest-contentful-paint": audits["largest-contentful-paint"].get("numericValue", float("inf")),
        "cumulative-layout-shift": audits["cumulative-layout-shift"].get("numericValue", float("inf")),
        "costly": {name: audits[name]["title"] for name in costly},
    }


def meets(result: dict) -> dict[str, bool]:
    """Which budgets a page meets, by measure."""
    return {
        **{name: result[name] == 100 for name in CATEGORIES},
        "largest-contentful-paint": result["largest-contentful-paint"] <= SLOWEST_PAINT,
        "cumulative-layout-shift": result["cumulative-layout-shift"] == 0,
    }


def judge(browser_path: str, address: str) -> tuple[list[dict], list[str]]:
    """Lighthouse's word on some pages and the budgets that they miss."""
    command = lighthouse()
    if command is None:
        return [], []
    table = Table(title="Lighthouse, điện thoại, 4G chậm", title_justify="left")
    table.add_column("Trang")
    for name in (*CATEGORIES.values(), "Phần lớn nhất hiện ra", "Xê dịch"):
        table.add_column(name, justify="right")
    results, missed = [], []
    for page in MEASURED:
        with console.status(f"Lighthouse đang đo {page}"):
            runs = [summary(audit(command, browser_path, address, page))]
            # A busy machine makes a page look slow: a second and a third word before a budget counts as missed.
            if not all(meets(runs[0]).values()):
                runs += [summary(audit(command, browser_path, address, page)) for _ in range(2)]
        result = {name: statistics.median(run[name] for run in runs) for name in meets(runs[0])}
        result |= {"page": page, "runs": len(runs), "costly": runs[-1]["costly"]}
        results.append(result)
        met = meets(result)
        table.add_row(
            page,
            *(mark(number(result[name]), good=met[name]) for name in CATEGORIES),
            mark(f"{number(result['largest-contentful-paint'] / 1000, 2)} s", good=met["largest-contentful-paint"]),
            mark(number(result["cumulative-layout-shift"], 3), good=met["cumulative-layout-shift"]),
        )
        if not all(met.values()):
            why = "; ".join(f"{name} ({title})" for name, title in result["costly"].items())
            missed.append(f"{page}: {', '.join(name for name, good in met.items() if not good)}. {why}".strip())
    console.print(table)
    return results, missed


# --- Search ---------------------------------------------------------------------------------------


def search(browser, address: str) -> tuple[dict, list[str]]:
    """How fast and how light the search is, and the budgets that it misses."""
    try:
        from search_speed import search_latency
    except ModuleNotFoundError:
        console.print("[yellow]Bỏ qua phần tìm kiếm: chưa có tests/search_speed.py.[/]")
        return {}, []
    with console.status("Đang đo phần tìm kiếm"):
        times = search_latency(browser, address)
        fetched = first_query(browser, address, "hộ nghèo")
    size = sum(part.size for part in fetched)
    table = Table(title="Tìm kiếm, máy chậm đi bốn lần", title_justify="left")
    for name in ("Đo gì", "Được", "Mức"):
        table.add_column(name, justify="left" if name == "Đo gì" else "right")
    missed = []
    for name, what in SEARCH_TIMES.items():
        # What is pasted into a field never touched waits for the index to come, however long the network takes.
        good = times[name] <= SLOWEST_RESULT or name == "pasted"
        budget = "" if name == "pasted" else f"{SLOWEST_RESULT} ms"
        table.add_row(what, mark(f"{number(times[name])} ms", good=good), budget)
        if not good:
            missed.append(f"tìm kiếm: {what} {number(times[name])} ms")
    light = size <= HEAVIEST_QUERY
    table.add_row("Tải về cho câu đầu tiên", mark(f"{number(size)} byte", good=light), number(HEAVIEST_QUERY))
    if not light:
        missed.append(f"tìm kiếm: {number(size)} byte cho câu đầu tiên")
    console.print(table)
    return {**times, "bytes": size, "requests": {part.url: part.size for part in fetched}}, missed


# --- The command ----------------------------------------------------------------------------------


PARTS = {
    "weight": "lần xem đầu nặng bao nhiêu",
    "lighthouse": "điểm Lighthouse",
    "search": "tìm kiếm nhanh chậm",
    "editing": "kiểm tra, bảng tính, kể thay đổi (một phút)",
    "years": "mười ấn bản của mọi mục tiêu: chọn số, xếp loại, nặng nhẹ (mấy phút)",
    "builds": "dựng trang nhanh chậm, bên cạnh Jupyter Book thường (gần một giờ)",
}


def options() -> argparse.Namespace:
    """What the command line asks for."""

    def names(text: str) -> list[str]:
        return [name.strip() for name in text.split(",")]

    def numbers(text: str) -> list[int]:
        return sorted({int(name) for name in text.split(",")})

    told = "; ".join(f"{name}: {what}" for name, what in PARTS.items())
    parser = argparse.ArgumentParser(description="Đo trang web và việc dựng nó; kết quả ở _build/bench/.")
    parser.add_argument(
        "--parts", type=names, default=list(PARTS), metavar="PHẦN,…", help=f"chỉ đo các phần này. {told}"
    )
    parser.add_argument("--sizes", type=numbers, default=SIZES, metavar="SỐ,…", help="builds: sách có mấy chương")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="SỐ", help="builds: mỗi phép đo mấy lần")
    parser.add_argument(
        "--stock-runs",
        type=int,
        metavar="SỐ",
        help="builds: Jupyter Book thường dựng mấy lần ở các cỡ lớn (như --runs)",
    )
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"không có phần {', '.join(sorted(unknown))}; các phần là {', '.join(PARTS)}")
    if asked.runs < 1 or min(asked.sizes) < SMALLEST:
        parser.error(f"cần ít nhất 1 lần đo và {SMALLEST} chương")
    return asked


def measure_site(parts: list[str]) -> tuple[dict, list[str]] | None:
    """What is asked for of the built site; None, and the reason said, when there is no site or no browser."""
    if not (SITE / "index.html").is_file():
        console.print("Chưa có trang web trong _build/html. Hãy chạy make site trước, rồi chạy lại make bench.")
        return None
    path = chromium()
    if path is None:
        console.print(MISSING)
        return None
    results, missed = {}, []
    with serving(SITE) as address:
        if "lighthouse" in parts:
            results["lighthouse"], found = judge(path, address)
            missed += found
        with opened(path) as browser:
            if "weight" in parts:
                results["weight"], found = weigh(browser, address)
                missed += found
                results["unused"] = list_unused(browser, address)
                if results["unused"]:
                    console.print(f"CSS không trang nào dùng (gợi ý): {', '.join(results['unused'])}\n", markup=False)
            if "search" in parts:
                results["search"], found = search(browser, address)
                missed += found
    return results, missed


def main() -> int:
    """Measure everything asked for; 1 when a budget is missed or something cannot be measured."""
    asked = options()
    BENCH.mkdir(parents=True, exist_ok=True)
    results, missed, measured = {}, [], True
    if set(asked.parts) - {"builds", "editing", "years"}:
        of_site = measure_site(asked.parts)
        measured = of_site is not None
        results, missed = of_site or ({}, [])
    apart = {
        "editing": lambda: editing(console, mark),
        "years": lambda: years(console, mark),
        "builds": lambda: builds(BENCH, asked.sizes, asked.runs, asked.stock_runs or asked.runs, console),
    }
    for part in (part for part in apart if part in asked.parts):
        try:
            results[part], found = apart[part]()
            missed += found
        except BuildFailed as error:
            console.print(f"Không đo được việc dựng trang. {error}", markup=False)
            measured = False
    file = BENCH / f"{time.strftime('%Y-%m-%d-%H%M%S')}.json"
    file.write_text(json.dumps({"missed": missed, **results}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    console.print(f"Ghi đầy đủ trong {file.relative_to(ROOT)}")
    for text in missed:
        console.print(f"[bold red]✗[/] {escape(text)}")
    if missed:
        console.print(f"[bold red]{len(missed)} mức chưa đạt.[/]")
    elif measured:
        console.print("Mọi mức đã đo đều đạt.")
    return 1 if missed or not measured else 0


if __name__ == "__main__":
    sys.exit(main())
