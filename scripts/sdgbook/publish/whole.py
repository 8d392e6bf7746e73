"""The whole report on one page, for reading without a break and for printing: put together from the built pages.

A chapter keeps the place with an element `<div class="whole" data-pages="…">` that names the pages in their order.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

# What belongs to a page of its own and not to the report: ways to other pages, downloads, scripts.
LEFT_OUT = "nav, footer, form, script, noscript, .downloads"
# Attributes that hold ids.
REFERENCES = (
    "for headers aria-labelledby aria-describedby aria-controls aria-owns popovertarget commandfor list".split()
)
SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
SVG_ID = re.compile(r'(\bid="|url\(#|href="#)([^")]+)')


class Page:
    """A page's own part: its elements, its drawings (kept as they are, for their letters' case), its ids."""

    def __init__(self, site: Path, name: str):
        self.name = name
        self.slug = name.replace("/", "-")
        text = (site / f"{name}.html").read_text(encoding="utf-8")
        self.drawings: list[str] = []
        self.main = BeautifulSoup(SVG.sub(self._keep, text), "html.parser").main
        for tag in self.main.select(LEFT_OUT):
            tag.decompose()
        self.templates = [tag.extract() for tag in self.main.find_all("template")]
        self.ids = [tag["id"] for tag in self.main.find_all(id=True)]
        self.ids += [found[2] for drawing in self.drawings for found in SVG_ID.finditer(drawing) if found[1] == 'id="']

    def _keep(self, match: re.Match[str]) -> str:
        self.drawings.append(match[0])
        return f'<svg data-drawing="{len(self.drawings) - 1}"></svg>'


def assemble(site: Path) -> list[str]:
    """Fill every page under `site` that keeps a place for the whole report; returns their names.

    Each page comes in as a section `trang-<page>`, its headings one level lower. An id that stands on several of
    them is put behind the page's name; links between them become links on the page, other addresses are kept.
    `<template>` elements come once, at the end. Filling a page again gives the same.
    """
    filled = []
    for path in sorted(site.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        if '<div class="whole" data-pages="' in text:
            path.write_text(_filled(site, path.relative_to(site).with_suffix("").as_posix(), text), encoding="utf-8")
            filled.append(path.relative_to(site).as_posix())
    return filled


def _filled(site: Path, name: str, text: str) -> str:
    frame = BeautifulSoup(text, "html.parser")
    place = frame.select_one("div.whole[data-pages]")
    place.clear()
    pages = [Page(site, page) for page in place["data-pages"].split()]
    known = Counter(tag["id"] for tag in frame.find_all(id=True))
    for page in pages:
        known.update([f"trang-{page.slug}", *page.ids])
    names = {p.name: {i: i if known[i] == 1 else f"{p.slug}--{i}" for i in p.ids} for p in pages}
    slugs = {page.name: page.slug for page in pages}
    contents = frame.new_tag("ol")
    nav = frame.new_tag("nav", attrs={"class": "whole-contents", "aria-label": "Mục lục toàn văn"})
    nav.append(contents)
    place.append(nav)
    templates: dict[str, Tag] = {}
    for page in pages:
        for tag in [page.main, *page.templates]:
            _rename(tag, page.name, name, names, slugs)
        for template in page.templates:
            templates.setdefault(template.get("id", ""), template)
        section = frame.new_tag("section", attrs={"class": "whole-page", "id": f"trang-{page.slug}"})
        title = page.main.h1.get_text()
        _demote(page.main)
        section.extend(list(page.main.contents))
        place.append(section)
        item = frame.new_tag("li")
        link = frame.new_tag("a", href=f"#trang-{page.slug}")
        link.string = title
        item.append(link)
        contents.append(item)
    place.extend(templates.values())
    drawn = [_renamed(drawing, names[page.name]) for page in pages for drawing in page.drawings]
    order = iter(drawn)
    return re.sub(r'<svg data-drawing="\d+"></svg>', lambda _: next(order), frame.decode(formatter="html5"))


def _demote(main: Tag) -> None:
    """Lower every heading by one level."""
    for heading in main.find_all(["h1", "h2", "h3", "h4", "h5"]):
        heading.name = f"h{int(heading.name[1]) + 1}"


def _rename(tag: Tag, page: str, whole: str, names: dict[str, dict[str, str]], slugs: dict[str, str]) -> None:
    """Give ids, what refers to them, and addresses of `page` the form they have on the page `whole`."""
    own = names[page]
    for element in tag.find_all(True):
        if "id" in element.attrs:
            element["id"] = own.get(element["id"], element["id"])
        for attribute in REFERENCES:
            if attribute in element.attrs:
                value = element[attribute]
                listed = value if isinstance(value, list) else value.split()
                element[attribute] = " ".join(own.get(i, i) for i in listed)
        for attribute in ("href", "src"):
            if attribute in element.attrs:
                element[attribute] = _address(element[attribute], page, whole, names, slugs)


def _address(address: str, page: str, whole: str, names: dict[str, dict[str, str]], slugs: dict[str, str]) -> str:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return address
    file = os.path.normpath(os.path.join(os.path.dirname(page), unquote(parts.path))) if parts.path else f"{page}.html"
    target = file.removesuffix(".html")
    if target in slugs:
        anchor = unquote(parts.fragment)
        return f"#{names[target].get(anchor, anchor)}" if anchor else f"#trang-{slugs[target]}"
    relative = os.path.relpath(file, os.path.dirname(whole) or ".")
    return relative + (f"#{parts.fragment}" if parts.fragment else "")


def _renamed(drawing: str, own: dict[str, str]) -> str:
    return SVG_ID.sub(lambda m: m[1] + own.get(m[2], m[2]), drawing)
