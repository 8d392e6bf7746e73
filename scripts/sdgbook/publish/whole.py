"""The whole report on one page, for reading without a break and for printing: put together from the built pages.

A chapter keeps the place with an element `<div class="whole" data-pages="…">` that names the pages in their order.
A page that has not changed is parsed once: what it gives depends on its own text, on which of its ids others have too,
and on where its links lead; all else is putting strings together.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EntitySubstitution
from bs4.formatter import HTMLFormatter

from sdgbook.files import write
from sdgbook.publish.built import Built, built_pages, classes, made_from, tags

# What a page that keeps a place begins it with.
PLACE = '<div class="whole" data-pages="'
# What belongs to a page of its own and not to the report: ways to other pages, downloads, scripts.
LEFT_OUT = {"nav", "footer", "form", "script", "noscript"}
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
        self.slug = _slug(name)
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
        for tag in tags(self.main, _is_left_out):
            tag.decompose()
        self.templates = [tag.extract() for tag in self.main.find_all("template")]
        self.ids = [tag["id"] for tag in self.main.find_all(id=True)]
        kept = [self.drawings[tag["data-kept"]] for tag in self.main.find_all("svg")]
        self.ids += [found[2] for drawing in kept for found in SVG_ID.finditer(drawing) if found[1] == 'id="']


class Source:
    """A page that comes into the whole: what the other pages must know of it, and its section."""

    def __init__(self, page: Built):
        self.page = page
        self.name = page.name
        self._part: Part | None = None
        told = made_from(page, "whole-part", self._told)
        self.ids: list[str] = told["ids"]
        # The places that its addresses lead to: (page, anchor).
        self.leads: list[tuple[str, str]] = [(target, anchor) for target, anchor in told["leads"]]

    def _told(self) -> dict[str, Any]:
        self._part = Part(self.name, self.page.text)
        leads = {}
        for tag in [self._part.main, *self._part.templates]:
            for element in tag.find_all(True):
                for attribute in ("href", "src"):
                    if attribute in element.attrs and (found := _lead(element[attribute], self.name)):
                        leads[found[0], found[1]] = None
        return {"ids": self._part.ids, "leads": list(leads)}

    def rendered(self, whole: str, names: dict[str, dict[str, str]]) -> dict[str, Any]:
        """What it gives to the page `whole`: `section`, its line of the contents (`item`), and `templates` as
        [id, template]. All as HTML."""
        own = {old: new for old, new in names[self.name].items() if old != new}
        leads = [names[target].get(anchor, anchor) if target in names else None for target, anchor in self.leads]
        return made_from(
            self.page, "whole-section", lambda: self._rendered(whole, names), whole, json.dumps([own, leads])
        )

    def _rendered(self, whole: str, names: dict[str, dict[str, str]]) -> dict[str, Any]:
        # Rendering takes the parsed page apart: it serves once.
        part, self._part = self._part or Part(self.name, self.page.text), None
        for tag in [part.main, *part.templates]:
            _rename(tag, part.name, whole, names)
        own = names[part.name]
        drawings = {
            key: SVG_ID.sub(lambda m: m[1] + own.get(m[2], m[2]), drawing) for key, drawing in part.drawings.items()
        }
        link = part.html.new_tag("a", href=f"#trang-{part.slug}")
        link.string = part.main.h1.get_text()
        item = part.html.new_tag("li")
        item.append(link)
        for heading in part.main.find_all(["h1", "h2", "h3", "h4", "h5"]):
            heading.name = f"h{int(heading.name[1]) + 1}"
        section = part.html.new_tag("section", attrs={"class": "whole-page", "id": f"trang-{part.slug}"})
        if part.main.get("style"):
            # The goal's colours, which its charts are drawn in.
            section["class"], section["style"] = ["whole-page", *part.main["class"]], part.main["style"]
        section.extend(list(part.main.contents))
        return {
            "section": _html(section, drawings),
            "item": _html(item, drawings),
            "templates": [[tag.get("id", ""), _html(tag, drawings)] for tag in part.templates],
        }


def _is_left_out(tag: Tag) -> bool:
    return tag.name in LEFT_OUT or "downloads" in classes(tag) or (tag.name == "details" and "local" in classes(tag))


def assemble(site: Path) -> list[str]:
    """Fill every page under `site` that keeps a place for the whole report; returns their names.

    Each page comes in as a section `trang-<page>`, its headings one level lower. An id that stands on several of
    them is put behind the page's name; links between them become links on the page, other addresses are kept.
    `<template>` elements come once, at the end. Filling a page again gives the same, from the pages as they are then.
    """
    filled = []
    pages = {page.name: page for page in built_pages(site)}
    for page in pages.values():
        if PLACE in page.text:
            frame = made_from(page, "whole-frame", lambda page=page: _frame(page))
            text = _filled(pages, page.name, frame)
            write(site / page.file, text)
            # The page as it now is has the same frame: the next build need not parse all of it to find that.
            made_from(Built(page.file, text, sha256(text.encode()).hexdigest()), "whole-frame", lambda kept=frame: kept)
            filled.append(page.file)
    return filled


def _frame(page: Built) -> dict[str, Any]:
    """A page without what comes in: `pages` by name, the page's own `ids`, its HTML `before` and `after` the place."""
    frame = Page(page.name, page.text)
    place = frame.html.find("div", class_="whole", attrs={"data-pages": True})
    # No page holds its own digest.
    place.string = page.digest
    before, after = _html(frame.html, frame.drawings).split(page.digest)
    ids = [tag["id"] for tag in frame.html.find_all(id=True)]
    return {"pages": place["data-pages"].split(), "ids": ids, "before": before, "after": after}


def _filled(pages: dict[str, Built], name: str, frame: dict[str, Any]) -> str:
    """The page `name` with all those of `pages` in it that its frame names."""
    sources = [Source(pages[page]) for page in frame["pages"]]
    known = Counter(frame["ids"])
    for source in sources:
        known.update([f"trang-{_slug(source.name)}", *source.ids])
    names = {s.name: {i: i if known[i] == 1 else f"{_slug(s.name)}--{i}" for i in s.ids} for s in sources}
    items, sections, templates = [], [], {}
    for source in sources:
        made = source.rendered(name, names)
        items.append(made["item"])
        sections.append(made["section"])
        for key, template in made["templates"]:
            templates.setdefault(key, template)
    contents = f'<nav aria-label="Mục lục toàn văn" class="whole-contents"><ol>{"".join(items)}</ol></nav>'
    return "".join([frame["before"], contents, *sections, *templates.values(), frame["after"]])


def _html(tag: Tag, drawings: dict[str, str]) -> str:
    """An element as HTML, with its drawings back in their places."""
    return KEPT.sub(lambda m: drawings[m[1]], tag.decode(formatter=AS_HTML))


def _slug(name: str) -> str:
    return name.replace("/", "-")


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


def _lead(address: str, page: str) -> tuple[str, str, str] | None:
    """Where an address on `page` leads: a page's name, its anchor, the file; None for another host's."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    file = os.path.normpath(os.path.join(os.path.dirname(page), unquote(parts.path))) if parts.path else f"{page}.html"
    return file.removesuffix(".html"), unquote(parts.fragment), file


def _address(address: str, page: str, whole: str, names: dict[str, dict[str, str]]) -> str:
    """An address on `page` as it must be written on the page `whole`."""
    lead = _lead(address, page)
    if not lead:
        return address
    target, anchor, file = lead
    if target in names:
        return f"#{names[target].get(anchor, anchor)}" if anchor else f"#trang-{_slug(target)}"
    relative = os.path.relpath(file, os.path.dirname(whole) or ".")
    return urlunsplit(urlsplit(address)._replace(path=quote(relative)))
