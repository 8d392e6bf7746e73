"""What the theme's templates need to know about a page besides its text."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx

from sdgbook.report import drafts, numbers
from sdgbook.report.status import key_figures, status
from sdgbook.site import forge
from sdgbook.site.blocks import render
from sdgbook.site.editions import report_of
from sdgbook.site.history import last_changed
from sdgbook.site.reading import keep_together
from sdgbook.site.roles import uri

BODY = re.compile(r"\s*(?P<opening><section[^>]*>)\s*(?P<heading><h1>.*?</h1>)(?P<rest>.*)</section>\s*", re.DOTALL)
SECTION = re.compile(r'<a class="reference internal" href="(#[^"]+)">(.*?)</a>', re.DOTALL)
FIGURE = re.compile(r'<a class="fact" href="[^"#]*#((?:so|dich)-[^"]+)"')

# The page that tells how a sentence is corrected.
GUIDE = "dong-gop/sua-mot-cau"
PICTURE = re.compile(r'(<img alt="[^"]*" src="[^"]*/([^"/]+\.png)") />')

# The page that tells how targets are rated, and where on it.
METHOD, RATING = "phuong-phap", "danh-gia-tien-do"
# How many neighbours every page can show without growing heavy on a phone.
MOST_SIBLINGS = 40


@dataclass(frozen=True)
class Page:
    """A page as links to it show it: address relative to where it is shown, title, its targets' tiles."""

    docname: str
    href: str
    title: str
    tiles: list[dict[str, Any]]
    pages: list[Page]


def add_context(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document) -> None:
    """Fill a page's context; what each name holds is said where the templates use it."""
    report = report_of(app, pagename)
    context["edition"] = report.rows("edition")[0]
    context["year"] = report.year
    context["draft"] = draft_of(app, pagename)
    context["is_draft"] = report.is_draft
    context["keep_together"] = keep_together
    context["root"] = "../" * pagename.count("/")
    context["description"] = (context.get("meta") or {}).get("description", "")
    parts = contents(app, pagename)
    context["parts"] = parts
    context["part"] = part = next((part for part in parts if part["current"]), None)
    context["siblings"] = siblings(part["pages"], pagename) if part else []
    context["targets"] = head = target_head(app, pagename)
    context["method"] = uri(app, pagename, METHOD, RATING) if METHOD in app.env.found_docs else None
    context["changed"] = context["reports"] = context["edit"] = None
    body = context.get("body", "")
    context["sections"] = sections(context.get("toc", "")) if pagename != app.config.root_doc else []
    context["goal"] = head["goal"] if head else None
    cards = key_figures(report, targets_of(app, pagename)) if head and head["status"] else []
    first = render("headlines", {"cards": cards}, app, pagename) if cards else ""
    context["body"] = lazy(app, body).replace("</h1>", f"</h1>{first}", 1)
    context["sources"] = figure_sources(app, pagename, body + first, title_of(context))
    if pagename in app.env.found_docs:
        day = last_changed(app, pagename)
        context["changed"] = {"iso": day.isoformat(), "text": numbers.spell_date(day)} if day else None
        context["edit"] = forge.edit_address(app.config, f"book/{pagename}.md")
        context["guide"] = uri(app, pagename, GUIDE) if GUIDE in app.env.found_docs else None
    context["reports"] = forge.report_ways(app.config, title_of(context), pagename)


def lazy(app: Sphinx, body: str) -> str:
    """A body whose pictures are fetched when they come near, in a place kept for them. They are drawn with one and a
    half dots to each of a page's."""

    def sized(match: re.Match[str]) -> str:
        path = next(Path(app.srcdir, file) for file, (_, name) in app.env.images.items() if name == match[2])
        wide, tall = (round(size / 1.5) for size in struct.unpack(">II", path.read_bytes()[16:24]))
        return f'{match[1]} width="{wide}" height="{tall}" loading="lazy" />'

    return PICTURE.sub(sized, body)


def draft_of(app: Sphinx, docname: str) -> dict[str, Any] | None:
    """The edition that is being entered, whose figures may be on any page: `year` and `href` of its check-list; None
    where there is none."""
    newest = app.sdgbook.of(app.sdgbook.facts.editions[-1])
    page = f"{drafts.folder(newest.year)}/index"
    if not newest.is_draft:
        return None
    return {"year": newest.year, "href": uri(app, docname, page) if page in app.env.found_docs else ""}


def split_body(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document) -> None:
    """Part the finished body into its section's opening tag, its heading and the rest, so that the page's head can
    stand around the heading."""
    context["sections"] = [(href, Markup(title)) for href, title in context.get("sections", ())]
    context["body"] = Markup(context.get("body", ""))
    if match := BODY.fullmatch(context["body"]):
        context.update({name: Markup(text) for name, text in match.groupdict().items()})


def contents(app: Sphinx, docname: str) -> list[dict[str, Any]]:
    """The parts of the book in its order: `caption`, `pages` and whether `docname` is one of them."""
    site_map = app.env.external_site_map
    found = []
    for tree in site_map.root.subtrees:
        names = [name for name in tree.files() if name in app.env.found_docs]
        pages = [page_link(app, docname, name) for name in names]
        below = {child.docname for page in pages for child in page.pages}
        found.append({"caption": tree.caption, "pages": pages, "current": docname in {*names, *below}})
    return found


def siblings(pages: list[Page], docname: str) -> list[Page]:
    """The pages of a part that `docname`, which is one of them or below one, shows as its neighbours: where there are
    many, those of its own goal and those of none."""
    own = next((page for page in pages if docname in {page.docname, *(child.docname for child in page.pages)}), None)
    if len(pages) <= MOST_SIBLINGS:
        return pages
    goal = own.tiles[0]["goal"] if own and own.tiles else ""
    return [page for page in pages if not page.tiles or page.tiles[0]["goal"] == goal]


def page_link(app: Sphinx, docname: str, name: str) -> Page:
    """The page `name` and those below it, as seen from `docname`."""
    title = keep_together(app.env.titles[name].astext())
    tiles = [app.sdgbook.target(target) for target in targets_of(app, name)]
    children = app.env.external_site_map[name].child_files()
    pages = [page_link(app, docname, child) for child in children]
    return Page(name, uri(app, docname, name) or "#noi-dung", title, tiles, pages)


def sections(toc: str) -> list[tuple[str, str]]:
    """Address and title of the sections of a page; none where they are too few to need a list."""
    links = [(href, title) for href, title in SECTION.findall(toc) if href != "#"]
    return links if len(links) > 2 else []


def targets_of(app: Sphinx, docname: str) -> list[str]:
    """The targets that a chapter's front matter lists."""
    listed = app.env.metadata.get(docname, {}).get("targets") or []
    return listed if isinstance(listed, list) else [part.strip(" []'\"") for part in listed.split(",")]


def target_head(app: Sphinx, docname: str) -> dict[str, Any] | None:
    """Tiles and the three numberings of a page about targets, and their status where it is their chapter; None on
    other pages."""
    report = report_of(app, docname)
    listed = targets_of(app, docname)
    if not listed:
        return None
    rows = [report.target_rows[target] for target in listed]
    tiles = [report.target(target) for target in listed]
    return {
        "tiles": tiles,
        "goal": report.package.table("goals").by_key[rows[0]["goal"]],
        "province": ", ".join(listed),
        "national": ", ".join(dict.fromkeys(row["national_target"] for row in rows)),
        "un": ", ".join(dict.fromkeys(number for row in rows for number in row["un_targets"])),
        "status": status(report, listed) if rows[0]["chapter"] == docname else None,
    }


def title_of(context: dict[str, Any]) -> str:
    """A page's title in words."""
    return re.sub(r"<[^>]+>", "", context.get("title", ""))


def figure_sources(app: Sphinx, docname: str, body: str, title: str) -> Markup:
    """What a reader may ask about each figure and objective in a page's lines of text, as `<template>`s, with the ways
    to its line and to those who can mend it."""
    report = report_of(app, docname)
    objectives = {row["objective"]: row for row in report.rows("objectives")}
    ids = dict.fromkeys(FIGURE.findall(body))
    figures = [report.figure(fact) for anchor in ids if (fact := report.facts.anchored(anchor))]
    aims = [objectives[slug] for anchor in ids if (slug := anchor.removeprefix("dich-")) in objectives]
    for row in figures:
        known = {"figure": row["name"], "value": row["measured"], "place": row["sources"][0]["text"]}
        row["reports"] = forge.report_ways(app.config, title, docname, known)
        if app.config.sdgbook_repository:
            row["line"] = {"page": forge.LINES, "id": row["id"]}
    data = {"figures": figures, "objectives": [report.objective(row) for row in aims]}
    return Markup(render("sources", data, app, docname))
