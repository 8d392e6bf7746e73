"""The whole report on one page, for reading without a break and for printing: put together from the built pages.

A chapter keeps the place with an element `<div class="whole" data-pages="…">` that names the pages in their order.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EntitySubstitution
from bs4.formatter import HTMLFormatter

# What belongs to a page of its own and not to the report: ways to other pages, downloads, scripts.
LEFT_OUT = "nav, footer, form, script, noscript, details.local, .downloads"
# Attributes that hold ids.
REFERENCES = ["for", "headers", "list", "popovertarget", "commandfor"]
REFERENCES += [f"aria-{word}" for word in ("labelledby", "describedby", "controls", "owns", "details")]
SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
# HTML as the other pages have it: letters as they are, no slash in void elements.
AS_HTML = HTMLFormatter(
    EntitySubstitution.substitute_xml, void_element_close_prefix="", empty_attributes_are_booleans=True
)
KEPT = re.compile(r'<svg data-kept="([^"]+)"></svg>')
SVG_ID = re.compile(r'(\bid="|url\(#|href="#)([^")]+)')


class Page:
    """A page, with its drawings set aside by key: they are kept as they are, for their letters' case."""

    def __init__(self, name: str, text: str):
        self.name = name
        self.slug = name.replace("/", "-")
        self.drawings: dict[str, str] = {}
        self.html = BeautifulSoup(SVG.sub(self._keep, text), "html.parser")

    def _keep(self, match: re.Match[str]) -> str:
        key = f"{self.name} {len(self.drawings)}"
        self.drawings[key] = match[0]
        return f'<svg data-kept="{key}"></svg>'


class Part(Page):
    """What a page gives to the whole: its own elements, its templates, its ids."""

    def __init__(self, name: str, text: str):
        super().__init__(name, text)
        self.main = self.html.main
        for tag in self.main.select(LEFT_OUT):
            tag.decompose()
        self.templates = [tag.extract() for tag in self.main.find_all("template")]
        self.ids = [tag["id"] for tag in self.main.find_all(id=True)]
        kept = [self.drawings[tag["data-kept"]] for tag in self.main.find_all("svg")]
        self.ids += [found[2] for drawing in kept for found in SVG_ID.finditer(drawing) if found[1] == 'id="']


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
    """The page `name`, which `text` is, with all pages in it that it names."""
    frame = Page(name, text)
    place = frame.html.select_one("div.whole[data-pages]")
    place.clear()
    parts = [Part(page, (site / f"{page}.html").read_text(encoding="utf-8")) for page in place["data-pages"].split()]
    known = Counter(tag["id"] for tag in frame.html.find_all(id=True))
    for part in parts:
        known.update([f"trang-{part.slug}", *part.ids])
    names = {p.name: {i: i if known[i] == 1 else f"{p.slug}--{i}" for i in p.ids} for p in parts}
    drawings = dict(frame.drawings)
    templates: dict[str, Tag] = {}
    contents = frame.html.new_tag("ol")
    nav = frame.html.new_tag("nav", attrs={"class": "whole-contents", "aria-label": "Mục lục toàn văn"})
    nav.append(contents)
    place.append(nav)
    for part in parts:
        for tag in [part.main, *part.templates]:
            _rename(tag, part.name, name, names)
        for key, drawing in part.drawings.items():
            drawings[key] = SVG_ID.sub(lambda m, own=names[part.name]: m[1] + own.get(m[2], m[2]), drawing)
        for template in part.templates:
            templates.setdefault(template.get("id", ""), template)
        link = frame.html.new_tag("a", href=f"#trang-{part.slug}")
        link.string = part.main.h1.get_text()
        item = frame.html.new_tag("li")
        item.append(link)
        contents.append(item)
        for heading in part.main.find_all(["h1", "h2", "h3", "h4", "h5"]):
            heading.name = f"h{int(heading.name[1]) + 1}"
        section = frame.html.new_tag("section", attrs={"class": "whole-page", "id": f"trang-{part.slug}"})
        if part.main.get("style"):
            # The goal's colours, which its charts are drawn in.
            section["class"], section["style"] = ["whole-page", *part.main["class"]], part.main["style"]
        section.extend(list(part.main.contents))
        place.append(section)
    place.extend(templates.values())
    return KEPT.sub(lambda m: drawings[m[1]], frame.html.decode(formatter=AS_HTML))


def _rename(tag: Tag, page: str, whole: str, names: dict[str, dict[str, str]]) -> None:
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
                element[attribute] = _address(element[attribute], page, whole, names)


def _address(address: str, page: str, whole: str, names: dict[str, dict[str, str]]) -> str:
    """An address on `page` as it must be written on the page `whole`."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return address
    file = os.path.normpath(os.path.join(os.path.dirname(page), unquote(parts.path))) if parts.path else f"{page}.html"
    target, anchor = file.removesuffix(".html"), unquote(parts.fragment)
    if target in names:
        return f"#{names[target].get(anchor, anchor)}" if anchor else f"#trang-{target.replace('/', '-')}"
    relative = os.path.relpath(file, os.path.dirname(whole) or ".")
    return urlunsplit(parts._replace(path=quote(relative)))
