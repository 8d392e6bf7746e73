"""How pages are found, shared and linked to: titles, descriptions, links to sections, and for other machines the
canonical address, cards, structured data, site map, feed, manifest, and a page for addresses that lead nowhere.

What must name the site's own address (`html_baseurl`) exists only once that is configured.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.util import logging

from sdgbook.commits import VIETNAM
from sdgbook.data import Row
from sdgbook.files import keep_only
from sdgbook.files import write as write_file
from sdgbook.report import charts, inline, news
from sdgbook.report.context import Context
from sdgbook.report.facts import FactError
from sdgbook.site import cards, downloads, drawing
from sdgbook.site.editions import report_of
from sdgbook.site.history import last_changed
from sdgbook.site.pages import targets_of

logger = logging.getLogger(__name__)

CARDS = "anh-chia-se"
NOT_FOUND = "404"
ICON = Path(__file__).parent / "theme" / "static" / "icon.svg"
ICON_SIZE = 32
ATOM, SITEMAP = "http://www.w3.org/2005/Atom", "http://www.sitemaps.org/schemas/sitemap/0.9"


# Addresses


def check_address(app: Sphinx) -> None:
    """Complain of a configured address that is none; the build then fails."""
    base = app.config.html_baseurl
    parts = urlsplit(base)
    if base and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        file = Path(app.confdir).parent / "_config.yml"
        lines = file.read_text(encoding="utf-8").split("\n") if file.is_file() else []
        line = next((n for n, text in enumerate(lines, 1) if "html_baseurl:" in text), 1)
        logger.warning(
            "html_baseurl “%s” không phải là địa chỉ của trang web. Viết như https://example.org/ hoặc để trống.",
            base,
            location=f"{file}:{line}",
        )
        app.config.html_baseurl = ""


def site_address(app: Sphinx) -> str:
    """The site's own address with a slash at its end; empty when it is not known."""
    return f"{app.config.html_baseurl.rstrip('/')}/" if app.config.html_baseurl else ""


def page_address(app: Sphinx, docname: str) -> str:
    """The one address of a page: that of its folder for an `index` page."""
    name = (
        "" if docname == "index" else docname.removesuffix("index") if docname.endswith("/index") else f"{docname}.html"
    )
    return site_address(app) + name


# Titles, descriptions, links to sections

SECTION = re.compile(r'(<section id="([^"]+)">\s*(?:<span id="[^"]+"></span>\s*)*<h([2-6])>)(.*?)(</h\3>)', re.DOTALL)


def with_self_links(body: str) -> str:
    """`body` with each section's heading as a link to itself, for those who want to send it on.

    A heading that holds a link already cannot be one; it gets a sign behind it.
    """

    def linked(match: re.Match[str]) -> str:
        opening, anchor, _, words, closing = match.groups()
        if "<a " in words:
            return (
                f'{opening}{words} <a class="self" href="#{anchor}" aria-label="Liên kết tới phần này">#</a>{closing}'
            )
        return f'{opening}<a class="self" href="#{anchor}">{words}</a>{closing}'

    return SECTION.sub(linked, body)


def title_of(app: Sphinx, docname: str) -> str:
    """A page's title where it stands without the page around it: with the numbers of its targets."""
    title = app.env.titles[docname].astext()
    targets = targets_of(app, docname)
    if not targets or title.startswith("Mục tiêu"):
        return title
    return f"Mục tiêu {', '.join(targets)}: {title}"


def description_of(app: Sphinx, docname: str) -> str:
    """What a page's front matter says of it, with its figures written out."""
    try:
        return inline.plain(app.env.metadata.get(docname, {}).get("description", ""), report_of(app, docname).facts)
    except FactError as error:
        logger.warning("%s", error, location=(docname, None))
        return ""


def link_sections(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Before the page's text is set: its headings become links."""
    if context.get("body"):
        context["body"] = with_self_links(context["body"])


def add_context(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """`page_title` (of the window), `description`, and `share`: what `head.html` tells other machines, None while
    the site has no address."""
    site = app.config.html_title
    context["share"] = None
    if pagename not in app.env.found_docs:
        context["page_title"] = f"{context.get('title', '')} · {site}"
        return
    title = title_of(app, pagename)
    context["page_title"] = site if pagename == app.config.root_doc else f"{title} · {site}"
    context["description"] = description_of(app, pagename)
    if site_address(app):
        context["share"] = {
            "title": title,
            "address": page_address(app, pagename),
            "image": f"{site_address(app)}{card_file(pagename)}",
            "image_alt": card_of(app, pagename).alternative,
            "feed": any(last_changed(app, name) for name in app.env.found_docs),
            "data": script_data(structured_data(app, pagename, context)),
        }


# Structured data (schema.org)


def script_data(data: Any) -> Markup:
    """JSON that may stand in a `<script>`: nothing in it can end the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def structured_data(app: Sphinx, docname: str, context: dict[str, Any]) -> dict[str, Any]:
    """What a page is in the words of schema.org: its place in the site, the report, the data to take away."""
    found = []
    if docname == app.config.root_doc:
        found.append(report_data(app))
    else:
        found.append(breadcrumbs(app, docname, context))
    figures = downloads.remembered(app.env).get(docname, {}).get("figures")
    if docname == "du-lieu":
        files = [table.file for table in app.sdgbook.package.tables.values()]
        descriptor = app.sdgbook.package.descriptor
        distribution = [_file(app, file, "text/csv") for file in files]
        distribution.append(_file(app, "data/datapackage.json", "application/json"))
        found.append(dataset(app, docname, descriptor["title"], descriptor["description"], distribution))
    elif figures:
        titles = list(dict.fromkeys(app.sdgbook.facts[name].title for name in figures))
        name = f"Số liệu: {title_of(app, docname)}"
        distribution = [_file(app, f"{downloads.folder(docname)}/{downloads.FIGURES}", "text/csv")]
        about = f"{description_of(app, docname)} Gồm: {'; '.join(titles)}."
        found.append({**dataset(app, docname, name, about, distribution), "variableMeasured": titles})
    return {"@context": "https://schema.org", "@graph": found}


def report_data(app: Sphinx) -> dict[str, Any]:
    """The report that the site retells, and the site's retelling of it."""
    edition = app.sdgbook.rows("edition")[0]
    issuer = {"@type": "GovernmentOrganization", "name": edition["issuer"]}
    return {
        "@type": "Report",
        "@id": f"{site_address(app)}#bao-cao",
        "name": app.config.html_title,
        "url": site_address(app),
        "inLanguage": "vi",
        "description": description_of(app, app.config.root_doc),
        "license": _licence(app),
        "temporalCoverage": str(edition["year"]),
        "spatialCoverage": _province(app),
        "isBasedOn": {"@type": "Report", "name": edition["source_title"], "author": issuer, "inLanguage": "vi"},
    }


def dataset(
    app: Sphinx, docname: str, name: str, description: str, distribution: list[dict[str, str]]
) -> dict[str, Any]:
    """A data set that a page offers."""
    edition = report_of(app, docname).rows("edition")[0]
    day = last_changed(app, docname)
    return {
        "@type": "Dataset",
        "name": name,
        "description": description,
        "url": page_address(app, docname),
        "inLanguage": "vi",
        "license": _licence(app),
        "isAccessibleForFree": True,
        "version": app.sdgbook.package.version,
        "creator": {"@type": "GovernmentOrganization", "name": edition["issuer"]},
        "temporalCoverage": str(edition["year"]),
        "spatialCoverage": _province(app),
        "isPartOf": {"@id": f"{site_address(app)}#bao-cao"},
        **({"dateModified": day.isoformat()} if day else {}),
        "distribution": distribution,
    }


def breadcrumbs(app: Sphinx, docname: str, context: dict[str, Any]) -> dict[str, Any]:
    """The way to a page from the home page, as its head shows it."""
    here = site_address(app) + f"{docname}.html"
    steps = [("Trang đầu", site_address(app))]
    part = context.get("part")
    if part and part["caption"] and part["pages"][0].docname != docname:
        steps.append((part["caption"], page_address(app, part["pages"][0].docname)))
    for parent in context.get("parents", []):
        steps.append((Markup(parent["title"]).striptags(), urljoin(here, parent["link"])))
    steps.append((app.env.titles[docname].astext(), page_address(app, docname)))
    items = [
        {"@type": "ListItem", "position": n, "name": name, "item": address}
        for n, (name, address) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _file(app: Sphinx, file: str, kind: str) -> dict[str, str]:
    return {"@type": "DataDownload", "contentUrl": site_address(app) + file, "encodingFormat": kind}


def _licence(app: Sphinx) -> str:
    return app.sdgbook.package.descriptor["licenses"][0]["path"]


def _province(app: Sphinx) -> dict[str, str]:
    row = next(row for row in app.sdgbook.package.table("areas").rows if row["level"] == "province")
    return {"@type": "Place", "name": f"{row['name_vi']}, Việt Nam"}


# Cards


def card_file(docname: str) -> str:
    """Where the card of a page lies in the site."""
    return f"{CARDS}/{docname.replace('/', '-')}.png"


def card_of(app: Sphinx, docname: str) -> cards.Card:
    """What the card of a page says."""
    return cards.card(
        report_of(app, docname),
        app.env.titles[docname].astext(),
        targets_of(app, docname),
        description_of(app, docname),
        home=docname == app.config.root_doc,
    )


# Files of the site


def not_found_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page that servers show for an address that leads nowhere."""
    yield NOT_FOUND, {"title": "Không tìm thấy trang"}, "404.html"


def rooted(page: str, root: str) -> str:
    """A page of the site's top folder with its links written from the server's root on, so that they hold whatever
    address it is shown at. Links within the page stay."""
    page = re.sub(r'(?<=\s)(href|src|action)="(?![#/]|[a-z][a-z0-9+.-]*:)([^"]*)"', rf'\1="{root}\2"', page)
    return page.replace('data-root=""', f'data-root="{root}"')


def write(app: Sphinx, error: Exception | None) -> None:
    """Write what lies beside the pages. What has not changed stays as it is, what the site no longer has goes."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for name, content in icons().items():
        write_file(out / "_static" / name, content)
    write_file(out / "site.webmanifest", manifest(app))
    page = out / f"{NOT_FOUND}.html"
    root = urlsplit(site_address(app)).path or "/"
    write_file(page, rooted(page.read_text(encoding="utf-8"), root))
    beside: dict[str, str | bytes | None] = dict.fromkeys(("robots.txt", "sitemap.xml", "feed.xml"))
    pictures = {}
    if site_address(app):
        beside["robots.txt"] = f"User-agent: *\nAllow: /\n\nSitemap: {site_address(app)}sitemap.xml\n"
        beside["sitemap.xml"] = sitemap(app)
        beside["feed.xml"] = feed(app)
        for docname in sorted(app.env.found_docs):
            name = card_file(docname).removeprefix(f"{CARDS}/")
            pictures[name] = drawing.png(cards.svg(card_of(app, docname)))
    for name, content in beside.items():
        if content is None:
            (out / name).unlink(missing_ok=True)
        else:
            write_file(out / name, content)
    for name, picture in pictures.items():
        write_file(out / CARDS / name, picture)
    keep_only(out / CARDS, pictures)


def icons() -> dict[str, bytes]:
    """The icon as PNG in the sizes that phones ask for, by file name."""
    icon = ICON.read_text(encoding="utf-8")
    made = {f"icon-{size}.png": drawing.png(icon, size / ICON_SIZE) for size in (192, 512)}
    # Telephones of Apple round the corners themselves and paint what is left of them black.
    square = re.sub(r' rx="\d+"', "", icon, count=1)
    return {**made, "apple-touch-icon.png": drawing.png(square, 180 / ICON_SIZE)}


def manifest(app: Sphinx) -> str:
    """The web manifest: what a phone shows for the site on its home screen."""
    icons = [{"src": f"_static/icon-{n}.png", "sizes": f"{n}x{n}", "type": "image/png"} for n in (192, 512)]
    described = {
        "name": app.config.html_title,
        "short_name": "Cao Bằng",
        "description": description_of(app, app.config.root_doc),
        "lang": "vi",
        "dir": "ltr",
        "start_url": "./",
        "display": "minimal-ui",
        "theme_color": charts.BRAND,
        "background_color": charts.PAPER,
        "icons": [{"src": "_static/icon.svg", "sizes": "any", "type": "image/svg+xml"}, *icons],
    }
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def _xml(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def published(app: Sphinx) -> list[str]:
    """The pages that others may find: all but drafts."""
    return [name for name in sorted(app.env.found_docs) if not report_of(app, name).is_draft]


def sitemap(app: Sphinx) -> bytes:
    """The addresses of all pages, with the day of their last change where it is known."""
    root = ElementTree.Element("urlset", xmlns=SITEMAP)
    for docname in published(app):
        entry = ElementTree.SubElement(root, "url")
        ElementTree.SubElement(entry, "loc").text = page_address(app, docname)
        if day := last_changed(app, docname):
            ElementTree.SubElement(entry, "lastmod").text = day.isoformat()
    return _xml(root)


def feed(app: Sphinx) -> bytes | None:
    """What is new, as Atom, by day: pages that changed, what reports tell that those before them did not, corrections.

    A report's day is that of its publication; what has no day in the data is left out. None when no page has one.
    """
    entries = [
        (day, page_address(app, name), page_address(app, name), title_of(app, name), description_of(app, name))
        for name in published(app)
        if (day := last_changed(app, name))
    ]
    if not entries:
        return None
    entries += [*reports(app), *corrections(app)]
    entries.sort(key=lambda entry: entry[0], reverse=True)
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": "vi"})
    ElementTree.SubElement(root, "title").text = f"{app.config.html_title}: có gì mới"
    ElementTree.SubElement(root, "id").text = site_address(app)
    ElementTree.SubElement(root, "updated").text = _moment(entries[0][0])
    ElementTree.SubElement(root, "link", href=site_address(app))
    ElementTree.SubElement(root, "link", rel="self", href=f"{site_address(app)}feed.xml")
    ElementTree.SubElement(ElementTree.SubElement(root, "author"), "name").text = app.config.html_title
    for day, name, address, title, summary in entries:
        entry = ElementTree.SubElement(root, "entry")
        ElementTree.SubElement(entry, "title").text = title
        ElementTree.SubElement(entry, "id").text = name
        ElementTree.SubElement(entry, "updated").text = _moment(day)
        ElementTree.SubElement(entry, "link", href=address)
        ElementTree.SubElement(entry, "summary").text = summary
    return _xml(root)


def reports(app: Sphinx) -> Iterator[tuple[datetime.date, str, str, str, str]]:
    """What each published report tells that is new: of the newest all, of older ones how much."""
    report = app.sdgbook
    page = page_address(app, news.PAGE)
    for year in report.facts.editions if news.PAGE in app.env.found_docs else ():
        day = report.facts.rows("edition", year)[0]["published_on"]
        if day is None or report.of(year).is_draft:
            continue
        place, told = f"{page}#bao-cao-{year}", news.told(report, year)
        summary = "; ".join(f"{news.GROUPS[group][1]}: {len(makers)}" for group, makers in told.items())
        yield day, place, place, f"Báo cáo năm {year}", summary or news.plain(news.first(report, year)[0])
        for entry in news.between(report, year) if year == report.facts.newest else ():
            place, title = f"{page}#{entry.id}", f"{news.GROUPS[entry.group][1]} (báo cáo năm {year})"
            yield day, place, place, title, f"{news.plain(entry.text)} {news.plain(entry.meta)}".strip()


def corrections(app: Sphinx) -> Iterator[tuple[datetime.date, str, str, str, str]]:
    """What was corrected after it was published; the first edition's keep the ids that they had when it was alone."""
    report = app.sdgbook
    data = page_address(app, "du-lieu")
    page = page_address(app, news.PAGE) if news.PAGE in app.env.found_docs else ""
    for year in report.facts.editions:
        for row in report.facts.rows("revisions", year):
            name = row["revision"] if year == report.facts.editions[0] else f"{year}-{row['revision']}"
            place = f"{page}#{news.correction_anchor(year, row)}" if page else data
            yield row["revised_on"], f"{data}#{name}", place, *_correction(report.of(year), row)


def _correction(report: Context, row: Row) -> tuple[str, str]:
    """Title and summary of a correction."""
    try:
        about = report.facts.find(row["about"])
        title = f"Hiệu đính: {about.label}, {about.when}"
    except FactError:
        title = f"Hiệu đính: {row['about']}"
    reason = inline.plain(row["reason_vi"], report.facts)
    return title, f"Trước: {row['old_value']}. Sau: {row['new_value']}. {reason}".strip()


def _moment(day: datetime.date) -> str:
    return datetime.datetime.combine(day, datetime.time(), VIETNAM).isoformat()


def setup(app: Sphinx) -> None:
    """Hang on Sphinx's events: headings before the page's text is set (`pages`), the rest after it."""
    app.connect("builder-inited", check_address)
    app.connect("html-page-context", link_sections, priority=400)
    app.connect("html-page-context", add_context, priority=600)
    app.connect("html-collect-pages", not_found_page)
    app.connect("build-finished", write)
