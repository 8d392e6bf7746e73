"""What `make bench` says of builds: the runs as table, chart and files, and whether they reach what was promised."""

from __future__ import annotations

import csv
import datetime
import json
import math
import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import altair as alt
import pandas as pd
import psutil
import vl_convert
from helpers import ROOT

from sdgbook.report import charts
from sdgbook.report.lettering import FONTS

OURS, STOCK = "ours", "stock"
KINDS = {
    "cold": ("everything anew", "dựng lại tất cả"),
    "nothing": ("nothing changed", "không đổi gì"),
    "cell": ("one cell changed", "đổi một ô dữ liệu"),
    "sentence": ("one sentence changed", "đổi một câu"),
    "helper": ("one helper changed", "đổi một hàm"),
    "chapter": ("one chapter added", "thêm một chương"),
}
LIBRARIES = (
    "jupyter-book",
    "sphinx",
    "myst-nb",
    "pandas",
    "altair",
    "vl-convert-python",
    "frictionless",
    "distributed",
)
MEGABYTE = 1_000_000
TICKS = [digit * 10**power for power in range(-2, 5) for digit in (1, 2, 5)]
NOTE = (
    "Stock does the same work whatever has changed (`force`, `--all`), so that its changes are timed once, at the"
    " smallest size; at the others, times faster are against its time for everything anew. Where there are several"
    " numbers, they go from the smallest book to the largest.",
    "Jupyter Book thường làm lại tất cả dù đổi gì (`force`, `--all`), nên các lần đổi của nó chỉ đo một lần, ở cỡ nhỏ"
    " nhất; ở cỡ khác, số lần nhanh hơn là so với lúc nó dựng lại tất cả. Nơi có nhiều số, chúng đi từ sách nhỏ đến"
    " sách lớn.",
)


@dataclass
class Run:
    """One build: `seconds` of wall time, `peak` bytes of its largest process (`worker`: of the largest below the
    main one, None where that was not watched), files written in the site (`site`) and elsewhere (`elsewhere`)."""

    tool: str
    chapters: int
    kind: str
    number: int
    seconds: float
    peak: int
    worker: int | None
    site: int
    elsewhere: int


class Results:
    """The runs, grouped, and whether they reach what was promised."""

    def __init__(self, runs: list[Run], differ: dict[str, int | None]):
        self.runs, self.differ = runs, differ
        self.sizes = sorted({run.chapters for run in runs})

    def values(self, tool: str, size: int, kind: str, of: str = "seconds") -> list[float]:
        """A measure of all runs of one kind."""
        chosen = [run for run in self.runs if (run.tool, run.chapters, run.kind) == (tool, size, kind)]
        return sorted(value for run in chosen if (value := getattr(run, of)) is not None)

    def median(self, tool: str, size: int, kind: str, of: str = "seconds") -> float | None:
        """The middle of a measure; None where it was not taken."""
        values = self.values(tool, size, kind, of)
        return statistics.median(values) if values else None

    def stock(self, size: int, kind: str) -> float | None:
        """Seconds of stock for a change: `force` takes the time of everything anew where the change was not timed."""
        return self.median(STOCK, size, kind) or self.median(STOCK, size, "cold")

    def times(self, kind: str) -> list[float]:
        """How many times faster than stock, size by size."""
        both = [(self.stock(size, kind), self.median(OURS, size, kind)) for size in self.sizes]
        return [stock / ours for stock, ours in both if stock and ours]

    def growth(self) -> list[float]:
        """Cost per chapter when their number doubles, as a multiple of what it was, step by step."""
        cost = [(size, self.median(OURS, size, "cold") / size) for size in self.sizes]
        return [(b / a) ** (1 / math.log2(n / m)) for (m, a), (n, b) in pairwise(cost)]

    def more(self) -> list[float]:
        """Seconds that each further chapter costs, step by step."""
        cold = [(size, self.median(OURS, size, "cold")) for size in self.sizes]
        return [(b - a) / (n - m) for (m, a), (n, b) in pairwise(cold)]

    def last_to_first(self, kind: str, of: str = "seconds") -> float | None:
        """How many times as much the largest book takes as the smallest."""
        first, last = (self.median(OURS, size, kind, of) for size in (self.sizes[0], self.sizes[-1]))
        return last / first if first and last and len(self.sizes) > 1 else None

    def reached(self, language: int) -> list[tuple[bool | None, str]]:
        """Each promise: whether it is kept (None: not measured here), and the numbers."""

        def told(english: str, vietnamese: str) -> str:
            return (english, vietnamese)[language]

        def n(value: float | None, decimals: int = 1) -> str:
            return number(value, decimals, language) if value is not None else "–"

        def joined(values: Sequence[float], decimals: int = 1) -> str:
            return "; ".join(n(value, decimals) for value in values) or "–"

        lines: list[tuple[bool | None, str]] = []
        times = self.times("cold")
        text = told(
            "Everything anew, times faster than stock (at least 4)", "Dựng lại tất cả, nhanh hơn gấp (ít nhất 4)"
        )
        lines.append((min(times) >= 4 if times else None, f"{text}: {joined(times)}"))
        for kind in ("cell", "sentence"):
            times, name = self.times(kind), KINDS[kind][language].capitalize()
            slowest = max(self.median(OURS, size, kind) for size in self.sizes)
            text = told("times faster than stock (at least 15)", "nhanh hơn gấp (ít nhất 15)")
            limit = told(
                f"Slowest median {n(slowest, 2)} s (under 3)", f"Trung vị lâu nhất {n(slowest, 2)} giây (dưới 3)"
            )
            lines.append(
                (min(times) >= 15 and slowest < 3 if times else None, f"{name}, {text}: {joined(times)}. {limit}")
            )
        slowest = max(self.median(OURS, size, "nothing") for size in self.sizes)
        written = int(max(run.site + run.elsewhere for run in self.runs if (run.tool, run.kind) == (OURS, "nothing")))
        text = told(
            f"slowest median {n(slowest, 2)} s (under 1), {written} files written (0)",
            f"trung vị lâu nhất {n(slowest, 2)} giây (dưới 1), ghi {written} tệp (0)",
        )
        lines.append((slowest < 1 and written == 0, f"{KINDS['nothing'][language].capitalize()}: {text}"))
        growth = self.growth()
        text = told(
            "Cost per chapter when chapters double (at most 1.1 times)",
            "Chi phí mỗi chương khi số chương gấp đôi (nhiều nhất 1,1 lần)",
        )
        more = told(
            f"Each further chapter costs {joined(self.more(), 2)} s",
            f"Mỗi chương thêm vào tốn {joined(self.more(), 2)} giây",
        )
        lines.append((max(growth) <= 1.1 if growth else None, f"{text}: {joined(growth, 2)}. {more}"))
        first, last = self.sizes[0], self.sizes[-1]
        grown = self.last_to_first("cell")
        text = told(
            f"One cell, {last} to {first} chapters (at most 1.5 times)",
            f"Đổi một ô, {last} so với {first} chương (nhiều nhất 1,5 lần)",
        )
        lines.append((grown <= 1.5 if grown else None, f"{text}: {n(grown, 2)}"))
        worker, process = self.last_to_first("cold", "worker"), self.last_to_first("cold", "peak")
        text = told(
            f"Peak memory per worker, {last} to {first} chapters (at most 1.2 times)",
            f"Bộ nhớ cao nhất mỗi tiến trình con, {last} so với {first} chương (nhiều nhất 1,2 lần)",
        )
        main = told(f"of the largest process {n(process, 2)}", f"của tiến trình lớn nhất {n(process, 2)}")
        lines.append((worker <= 1.2 if worker else None, f"{text}: {n(worker, 2)}; {main}"))
        for way, text in (
            (
                "elsewhere",
                told(
                    "Bytes that differ: another folder, time zone, locale, hash seed, one core (0)",
                    "Byte khác nhau: thư mục, múi giờ, ngôn ngữ máy, hạt băm khác, một nhân (0)",
                ),
            ),
            (
                "dask",
                told(
                    "Bytes that differ: Dask with two workers, one killed while it ran a chapter (0)",
                    "Byte khác nhau: Dask với hai tiến trình, một bị giết giữa chừng (0)",
                ),
            ),
        ):
            value = self.differ[way]
            lines.append((None if value is None else value == 0, f"{text}: {n(value, 0)}"))
        return lines

    def markdown(self, language: int) -> str:
        """Table, machine and promises, ready to paste; `language` 0 is English, 1 Vietnamese."""
        seconds = ("seconds: median (least–most)", "giây: trung vị (ít nhất–nhiều nhất)")[language]
        chapters = ("chapters", "chương")[language]
        rows = [[seconds, *(f"{size} {chapters}" for size in self.sizes)], ["---", *("--:" for _ in self.sizes)]]
        for tool, name in ((STOCK, "Jupyter Book"), (OURS, "`make site`")):
            for kind, words in KINDS.items():
                cells = [self.spread(tool, size, kind, language) for size in self.sizes]
                rows += [[f"{name}, {words[language]}", *cells]] if any(cells) else []
        for of, words in (
            ("peak", ("largest process, MB", "tiến trình lớn nhất, MB")),
            ("worker", ("largest worker, MB", "tiến trình con lớn nhất, MB")),
        ):
            for tool, name in ((STOCK, "Jupyter Book"), (OURS, "`make site`")):
                values = [self.median(tool, size, "cold", of) for size in self.sizes]
                cells = ["" if v is None else number(v / MEGABYTE, 0, language) for v in values]
                rows.append([f"{name}, {words[language]}", *cells])
        for kind in [kind for kind in KINDS if kind != "cold"]:
            values = [self.median(OURS, size, kind, "site") for size in self.sizes]
            text = ("files of the site written", "tệp của trang phải ghi")[language]
            cells = ["" if v is None else number(v, 0, language) for v in values]
            rows.append([f"`make site`, {KINDS[kind][language]}: {text}", *cells])
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        signs = {True: "✓", False: "✗", None: "–"}
        promises = "\n".join(f"- {signs[met]} {text}" for met, text in self.reached(language))
        return f"{table}\n\n{NOTE[language]}\n\n{promises}\n"

    def spread(self, tool: str, size: int, kind: str, language: int) -> str:
        """Median, least and most seconds."""
        values = self.values(tool, size, kind)
        if not values:
            return ""
        middle, least, most = (
            number(v, 2 if v < 10 else 1, language) for v in (statistics.median(values), values[0], values[-1])
        )
        return f"{middle} ({least}–{most})"

    def chart(self) -> str:
        """The medians over the number of chapters as SVG, both scales logarithmic."""
        lines = [(STOCK, "cold", "Jupyter Book"), *((OURS, kind, f"make site, {KINDS[kind][1]}") for kind in KINDS)]
        rows = [
            {
                "line": name,
                "ours": tool == OURS,
                "chapters": size,
                "seconds": statistics.median(values),
                "least": values[0],
                "most": values[-1],
            }
            for tool, kind, name in lines
            for size in self.sizes
            if (values := self.values(tool, size, kind))
        ]
        frame = pd.DataFrame(rows)
        ends = frame[frame.chapters == self.sizes[-1]].copy()
        ends["label"] = [
            f"{row.line}: {number(row.seconds, 2 if row.seconds < 10 else 0)} giây" for row in ends.itertuples()
        ]
        ends["at"] = _apart(list(ends.seconds))
        x = alt.X(
            "chapters:Q",
            title="Số chương",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(values=self.sizes, labelExpr="format(datum.value, 'd')"),
        )
        y = alt.Y(
            "seconds:Q",
            title="Giây",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(values=TICKS, labelExpr="replace(format(datum.value, '~f'), '.', ',')"),
        )
        colour = alt.condition(alt.datum.ours, alt.value(charts.BRAND), alt.value(charts.MUTED))
        base = alt.Chart(frame).encode(x=x, detail="line:N", color=colour)
        line = base.mark_line(strokeWidth=2).encode(y=y)
        dots = base.mark_point(filled=True, size=45, opacity=1).encode(y=y)
        span = base.mark_rule(strokeWidth=2).encode(y=alt.Y("least:Q"), y2="most:Q")
        label = (
            alt.Chart(ends)
            .mark_text(align="left", dx=10, fontSize=12)
            .encode(x=x, y=alt.Y("at:Q"), text="label:N", color=colour)
        )
        chart = alt.layer(span, line, dots, label).properties(
            width=380,
            height=380,
            title=alt.TitleParams("Dựng trang lâu bao nhiêu (trung vị)", anchor="start"),
        )
        styled = chart.configure(
            font=charts.FONT, background="white", padding={"left": 10, "top": 10, "bottom": 10, "right": 230}
        )
        styled = styled.configure_view(stroke=None).configure_axis(
            grid=True, gridColor=charts.LINE, labelFontSize=12, titleFontSize=12
        )
        vl_convert.register_font_directory(str(FONTS))
        return vl_convert.vegalite_to_svg(styled.to_dict(format="vega-lite"), show_warnings=False)

    def write(self, folder: Path, machine: dict[str, str]) -> list[Path]:
        """Everything into `folder`: JSON and CSV of all runs, Markdown in both languages, the chart."""
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / f"builds.{end}" for end in ("md", "csv", "json", "svg")]
        head = "\n".join(f"- {name}: {value}" for name, value in machine.items())
        files[0].write_text(f"{self.markdown(0)}\n{head}\n\n{self.markdown(1)}", encoding="utf-8")
        with files[1].open("w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, list(asdict(self.runs[0])), lineterminator="\n")
            rows.writeheader()
            rows.writerows(asdict(run) for run in self.runs)
        told = {"machine": machine, "runs": [asdict(run) for run in self.runs], "bytes_that_differ": self.differ}
        told["reached"] = [{"met": met, "text": text} for met, text in self.reached(0)]
        files[2].write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        files[3].write_text(self.chart(), encoding="utf-8")
        return files


def _apart(values: list[float], step: float = 1.35) -> list[float]:
    """Places for labels on a logarithmic scale: near these values, no two closer than `step` times."""
    order = sorted(range(len(values)), key=lambda n: values[n])
    places = dict.fromkeys(order, 0.0)
    last = 0.0
    for n in order:
        last = places[n] = max(values[n], last * step)
    return [places[n] for n in range(len(values))]


def number(value: float, decimals: int = 0, language: int = 1) -> str:
    """A number as readers of the language (0 English, 1 Vietnamese) write it."""
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if language else text


def machine() -> dict[str, str]:
    """What the numbers depend on besides the code: processor, memory, versions, commit, how busy it was."""
    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), model)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = " with changes" if git("status", "--porcelain") else ""
    versions = [f"{name} {metadata.version(name)}" for name in LIBRARIES if _has(name)]
    return {
        "processor": f"{model}, {cores} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": platform.platform(),
        "python": platform.python_version(),
        "libraries": ", ".join(versions),
        "commit": f"{git('rev-parse', '--short', 'HEAD') or 'unknown'}{changed}",
        "day": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load before": ", ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def _has(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
