"""Files to take away: the figures of a page as CSV, and each chart as SVG, PNG and CSV.

What a page shows is remembered while it is read (in Sphinx's environment, so that a page that is not read again
keeps its files) and written when the build ends, to `tai-ve/<page>/`.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

from sdgbook import store
from sdgbook.data import reads
from sdgbook.files import keep_only
from sdgbook.files import write as write_file
from sdgbook.report import charts, inline, lettering, numbers
from sdgbook.report.context import Context
from sdgbook.report.facts import Fact
from sdgbook.site import drawing
from sdgbook.site.editions import report_of
from sdgbook.site.records import Record, of_page

FOLDER = "tai-ve"
FIGURES, FIGURES_EXCEL = "so-lieu.csv", "so-lieu-excel.csv"


def folder(docname: str) -> str:
    """Where the files of a page lie in the site: `tai-ve/1-1` for `muc-tieu/1-1`; a page of another folder has that in
    its name."""
    return f"{FOLDER}/{docname.removeprefix('muc-tieu/').replace('/', '-')}"


# Figures


def plain_row(fact: Fact, report: Context) -> dict[str, str]:
    """A figure for programs: codes, decimal point, columns called as in the data package where it has them."""
    return {
        "name": fact.name,
        "indicator": fact.indicator,
        "title": fact.title,
        "group": fact.group,
        "ref_area": fact.area,
        "area": report.area(fact.area),
        "time_period": fact.period,
        "obs_value": f"{fact.value:f}",
        "obs_value_upper": "" if fact.upper is None else f"{fact.upper:f}",
        "unit": fact.unit.code,
        "obs_status": fact.status,
        "qualifier": fact.qualifier,
        "as_written": fact.as_written,
        "edition": str(fact.edition),
        "source_locators": "; ".join(fact.locators),
        "revised": "true" if fact.revised else "false",
        "note": inline.plain(fact.note, report.of(fact.edition).facts),
        "doubts": _doubts(fact, report),
        "derived": "true" if fact.is_derived else "false",
        "formula": fact.formula,
    }


def excel_row(fact: Fact, report: Context) -> dict[str, str | Decimal]:
    """The same figure for people: words in place of codes, so that a spreadsheet takes none of them for a date or
    a number and drops no zero."""
    return {
        "Chỉ số": fact.title,
        "Nhóm": fact.group,
        "Nơi": report.area(fact.area),
        "Thời gian": fact.when,
        "Chữ trước số": numbers.QUALIFIERS[fact.qualifier],
        "Giá trị": fact.value,
        "Giá trị cao nhất (nếu là khoảng)": "" if fact.upper is None else fact.upper,
        "Đơn vị": fact.unit.name,
        "Tình trạng": fact.status_word,
        "Báo cáo viết": fact.as_written,
        "Báo cáo năm": str(fact.edition),
        "Chỗ trong báo cáo": "; ".join(fact.locators),
        "Đã sửa so với lần đăng trước": "có" if fact.revised else "không",
        "Ghi chú": inline.plain(fact.note, report.of(fact.edition).facts),
        "Điều còn ngờ": _doubts(fact, report),
        "Báo cáo không in, chúng tôi tính": "có" if fact.is_derived else "không",
        "Cách tính": "".join(part["text"] for part in report.of(fact.edition).formula(fact.formula)),
        "Tên trong dữ liệu": fact.name,
    }


def _doubts(fact: Fact, report: Context) -> str:
    facts = report.of(fact.edition).facts
    return " ".join(inline.plain(row["note_vi"], facts) for row in report.doubts_of(fact))


def plain_csv(rows: Sequence[dict[str, str]]) -> bytes:
    """Rows as CSV for programs: UTF-8, commas, LF, cells as they are."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([rows[0].keys(), *(row.values() for row in rows)])
    return out.getvalue().encode()


def excel_csv(rows: Sequence[dict[str, str | Decimal]]) -> bytes:
    """Rows as CSV that Excel set to Vietnamese opens right by double click: byte order mark, semicolons, decimal
    comma, CRLF, and no cell that Excel would run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(map(harmless, rows[0]))
    for row in rows:
        writer.writerow(
            f"{cell:f}".replace(".", ",") if isinstance(cell, Decimal) else harmless(cell) for cell in row.values()
        )
    return out.getvalue().encode("utf-8-sig")


NEGATIVE_NUMBER = re.compile(r"-\d+([.,]\d+)*%?")


def harmless(text: str) -> str:
    """`text` on one line, with an apostrophe before it where a spreadsheet would take it for a formula.

    Full-width and small forms of the signs count, a negative number does not.
    """
    text = " ".join(re.split(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", text)).strip()
    sign = unicodedata.normalize("NFKC", text[:1])
    return f"'{text}" if sign and sign in "=+-@" and not NEGATIVE_NUMBER.fullmatch(text) else text


# Charts

PAGE_WIDTH, MARGIN, GROUND = 480, 24, "#ffffff"


def chart_csv(chart: dict[str, Any], report: Context) -> bytes:
    """The figures that a chart shows, in the columns of the page's own file; for a chart of places or documents
    what each is and what is told of it."""
    shown = [report.facts.anchored(row["id"]) for row in chart["rows"] if row.get("value")]
    if shown:
        return plain_csv([plain_row(fact, report) for fact in shown])
    return plain_csv([{"label": row["label"], "text": row["text"]} for row in chart["rows"]])


def chart_svg(chart: dict[str, Any], report: Context, site_name: str) -> str:
    """A chart that stands by itself in a document: title, subtitle, notes and source around the drawing, its text
    alternative inside, on white."""
    room = PAGE_WIDTH - 2 * MARGIN
    drawn: list[str] = []
    y = float(MARGIN)

    def write(words: str, size: float, fill: str, bold: bool = False) -> None:
        nonlocal y
        for line in lettering.lines(words, size, room, bold):
            y += size * 1.35
            drawn.append(lettering.text(line, MARGIN, round(y, 1), size, fill=fill, bold=bold))

    title = _told(chart["title"])
    write(title, 17, charts.INK, bold=True)
    y += 4
    write(_told(chart["subtitle"]), 13, charts.MUTED)
    y += 14
    body, width, height = drawing.plain(chart["spec"], GROUND)
    scale = min(room / width, 1.25)
    left = MARGIN + (room - width * scale) / 2
    drawn.append(f'<g transform="translate({left:g},{y:g}) scale({scale:g})">{body}</g>')
    y += height * scale + 6
    for note in chart["notes"]:
        y += 4
        write(_told(note), 12, charts.INK)
    y += 6
    for line in _sources(chart, report, site_name):
        write(line, 11, charts.MUTED)
    tall = round(y + MARGIN * 0.8)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{PAGE_WIDTH}" height="{tall}"'
        f' viewBox="0 0 {PAGE_WIDTH} {tall}" font-family="{lettering.FAMILY}" xml:lang="vi" role="img"'
        f' aria-labelledby="ten mo-ta">'
        f'<title id="ten">{lettering.escape(title)}</title><desc id="mo-ta">{lettering.escape(chart["alt"])}</desc>'
        f'<rect width="{PAGE_WIDTH}" height="{tall}" fill="{GROUND}"/>{"".join(drawn)}</svg>\n'
    )


def _told(segments: Iterable[dict[str, str]]) -> str:
    """Segments of text as plain words."""
    return "".join(s["text"] + (f" ({s['status']})" if s.get("status") else "") for s in segments)


def _sources(chart: dict[str, Any], report: Context, site_name: str) -> list[str]:
    """Whose figures these are and where the report prints them; whose drawing it is and its licence."""
    edition = report.rows("edition")[0]
    places = ", ".join(source["text"] for source in chart["sources"])
    licence = report.package.descriptor["licenses"][0]["name"].replace("CC-", "CC ").replace("-4", " 4")
    return [
        f"Nguồn: {edition['issuer']}, báo cáo năm {edition['year']}, {places}.",
        f"Hình: trang “{site_name}”, giấy phép {licence}.",
    ]


# Sphinx


# How much larger the PNG of a chart is than its SVG, for sharp print.
SCALE = 2


def remember(app: Sphinx, docname: str, kind: str, data: dict[str, Any]) -> None:
    """Keep in mind what a page shows that can be taken away: names of figures, whole charts."""
    env = app.env
    shown = remembered(env).setdefault(docname, {"figures": [], "charts": {}})
    if kind == "figures":
        shown["figures"] += data["names"]
    elif kind == "chart":
        shown["charts"][data["id"]] = data
        if app.builder.format == "html":
            # The page itself depends on nothing that its files alone say.
            with reads.recording():
                svg = chart_svg(data, of_page(env).report, app.config.html_title)
            drawing.png_ahead(svg, SCALE)


def remembered(env: BuildEnvironment) -> dict[str, Any]:
    """By page: `figures`, the names in its table, and `charts`, the data of its charts by id."""
    if not hasattr(env, "sdgbook_downloads"):
        env.sdgbook_downloads = {}
    return env.sdgbook_downloads


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """A page is read anew, or gone."""
    remembered(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment) -> None:
    """What another process has read."""
    remembered(env).update({d: shown for d, shown in remembered(other).items() if d in docnames})


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the files of all pages. Those that have not changed stay as they are, those of no page go."""
    if error is not None or app.builder.format != "html":
        return
    records, place = app.sdgbook_records, Path(app.outdir) / FOLDER
    written: set[str] = set()
    # The process beside this one makes pictures from the first page on: this one helps from the last on.
    for docname, shown in sorted(remembered(app.env).items(), reverse=True):
        record, own = records.pages.setdefault(docname, Record()), Path(folder(docname)).name
        if not record.files or records.changes(record.files_read, app.sdgbook.package):
            with reads.recording() as seen, store.current().noted() as kept:
                made = files(shown, report_of(app, docname), app.config.html_title)
            record.files, record.files_kept = sorted(made), sorted(map(list, kept))
            record.files_read = seen.as_data(app.sdgbook.package)
            for name, content in made.items():
                write_file(place / own / name, content)
        for entry in record.files_kept:
            store.current().mark(*entry)
        if not written.isdisjoint(names := [f"{own}/{name}" for name in record.files]):
            raise ExtensionError(f"Hai trang cùng ghi vào {folder(docname)}. Đổi tên một trang.")
        written.update(names)
    keep_only(place, written)


def files(shown: dict[str, Any], report: Context, site_name: str) -> dict[str, bytes]:
    """The files of a page by name, from what it shows."""
    made = {}
    if shown["figures"]:
        figures = [report.facts[name] for name in dict.fromkeys(shown["figures"])]
        made[FIGURES] = plain_csv([plain_row(fact, report) for fact in figures])
        made[FIGURES_EXCEL] = excel_csv([excel_row(fact, report) for fact in figures])
    for name, chart in shown["charts"].items():
        svg = chart_svg(chart, report, site_name)
        made[f"{name}.csv"] = chart_csv(chart, report)
        made[f"{name}.svg"] = svg.encode()
        made[f"{name}.png"] = drawing.png(svg, SCALE)
    return made


def setup(app: Sphinx) -> None:
    """Hang on Sphinx's events."""
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("build-finished", write)
