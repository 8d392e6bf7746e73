"""Addresses that stay: one for each figure, one for each edition, and those that have moved.

`so/<indicator>/<period>` is a figure's (`Fact.address`). `<year>/` is an
edition's: its frozen site, once it has one, else a page that says where the edition is shown. An address that has moved
(`reference/redirects.csv`) leads on, or says what became of it. All are small pages of their own, outside the book.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from sdgbook.data import Row
from sdgbook.data.frozen import frozen_years
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.files import keep_only, write
from sdgbook.policy import meta_policy
from sdgbook.report.context import Context
from sdgbook.site.blocks import render
from sdgbook.site.sharing import site_address

FIGURES = "so"


def _figures(app: Sphinx) -> Iterator[tuple[str, dict[str, Any]]]:
    """The page of each figure that an edition has published: file, and what its template needs."""
    report: Context = app.sdgbook
    for fact in report.facts.values():
        editions = [vintage.edition for vintage in fact.vintages] or [fact.edition]
        if any(not report.of(edition).is_draft for edition in editions):
            yield fact.address, {"figure": report.figure(fact), "title": f"{fact.label}, {fact.when}"}


def _editions(app: Sphinx) -> Iterator[tuple[str, dict[str, Any]]]:
    """A page in the place of each edition that is published and not frozen yet."""
    report: Context = app.sdgbook
    frozen = frozen_years(report.package.root)
    for year in report.facts.editions:
        if year not in frozen and not report.of(year).is_draft:
            yield f"{year}/index.html", {"edition": year, "title": f"Ấn bản {year}"}


def _moved(app: Sphinx) -> Iterator[tuple[str, dict[str, Any]]]:
    """A page in the place of each page that has moved or is gone."""
    for row in app.sdgbook.package.table("redirects").rows:
        if row["address"].endswith(".html"):
            moved = {"target": row["target"], "says": row["says_vi"]}
            yield row["address"], {"moved": moved, "title": "Trang này đã chuyển" if row["target"] else "Trang đã bỏ"}


def write_pages(app: Sphinx, error: Exception | None) -> None:
    """Write the pages; raises `ProblemsFound` where an address that has moved is still, or not yet, a page's."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    home = site_address(app)
    titles = {page: title.astext() for page, title in app.env.titles.items()}
    made = {}
    for file, data in [*_figures(app), *_editions(app), *_moved(app)]:
        shown = file.removesuffix("index.html").removesuffix(".html")
        frame = {"address": f"{home}{shown}" if home else f"/{shown}", "canonical": home and f"{home}{shown}"}
        frame |= {"assets": app.sdgbook_assets_folder, "policy": meta_policy(), "site_title": app.config.html_title}
        frame |= {"page_titles": titles, "up": "../" * file.count("/")}
        made[file] = render("permanent", {**data, **frame}, app, file.removesuffix(".html"))
    moved = app.sdgbook.package.table("redirects").by_key
    others = {f"{page}.html" for page in app.env.found_docs} | {f for f in made if f not in moved}
    if problems := [*_wrong(moved, others, out)]:
        raise ProblemsFound(problems)
    for file, text in made.items():
        write(out / file, text)
    for file, row in moved.items():
        if not file.endswith(".html"):
            (out / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(out / row["target"], out / file)
    keep_only(out / FIGURES, {file.removeprefix(f"{FIGURES}/") for file in made})


def _wrong(moved: Mapping[str, Row], pages: set[str], out: Path) -> Iterator[Problem]:
    """What a build can tell of redirects: it knows which addresses there are."""
    for address, row in moved.items():
        if address in pages:
            told, remedy = f"Địa chỉ {address} vẫn là của một trang.", "Xóa dòng này."
            yield row.problem("address", told, remedy, kind="address")
        target = row["target"]
        if target and target not in pages and not (out / target).is_file():
            told = f"Trang web không có {target}."
            remedy = "Ghi địa chỉ của một trang hay tệp đang có, như muc-luc.html."
            yield row.problem("target", told, remedy, kind="address")


def setup(app: Sphinx) -> None:
    """Write them when the book's own pages stand, before what looks through all pages."""
    app.connect("build-finished", write_pages, priority=800)
