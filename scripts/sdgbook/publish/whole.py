"""The whole report on one page, for reading without a break and for printing: put together from the built pages.

A chapter keeps the place with an element `<div class="whole" data-pages="…">` that names the pages in their order.
A page that has not changed is parsed once: what it gives depends on its own text, on which of its ids others have too,
and on where its links lead; all else is putting strings together.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections import Counter
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from lxml import etree
from lxml.etree import _Element as Element

from sdgbook.files import write
from sdgbook.publish.built import Built, built_pages, classes, in_class, made_from, parsed, take_out, text_of

# What a page that keeps a place begins it with: the place's start tag.
PLACE = re.compile(r'<div class="whole" data-pages="([^"]*)">')
DIV = re.compile(r"<(/?)div\b")
# What belongs to a page of its own and not to the report: ways to other pages, downloads, scripts.
# As a union of names, which libxml2 finds much faster than elements that pass one of many tests.
LEFT_OUT = etree.XPath(
    "descendant::nav | descendant::footer | descendant::form | descendant::script | descendant::noscript"
    f" | descendant::*[@class and {in_class('downloads')}] | descendant::details[{in_class('local')}]"
)
# Attributes that hold ids.
REFERENCES = {"for", "headers", "list", "popovertarget", "commandfor"}
REFERENCES |= {f"aria-{word}" for word in ("labelledby", "describedby", "controls", "owns", "details")}
IDS = etree.XPath("descendant-or-self::*/@id", smart_strings=False)
ADDRESSES = etree.XPath("descendant::*/@href | descendant::*/@src", smart_strings=False)
# What an HTML 4 parser and writer would alter.
SET_ASIDE = re.compile(r"<(svg|style)\b.*?</\1>", re.DOTALL)
KEPT = re.compile(r'<svg data-kept="([^"]+)"></svg>')
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SVG_ID = re.compile(r'(\bid="|url\(#|href="#)([^")]+)')


class Part:
    """What a page gives to the whole: its own elements, its templates, its ids; its drawings set aside by key, since
    they are kept as they are, for their letters' case."""

    def __init__(self, name: str, text: str):
        self.name = name
        self.slug = _slug(name)
        self.drawings: dict[str, str] = {}
        self.main = parsed(SET_ASIDE.sub(self._keep, text)).find(".//main")
        for element in LEFT_OUT(self.main):
            take_out(element)
        self.templates = [take_out(element) for element in list(self.main.iter("template"))]
        self.ids = IDS(self.main)
        kept = [self.drawings[element.get("data-kept")] for element in self.main.iter("svg")]
        self.ids += [found[2] for drawing in kept for found in SVG_ID.finditer(drawing) if found[1] == 'id="']

    def _keep(self, match: re.Match[str]) -> str:
        key = str(len(self.drawings))
        self.drawings[key] = match[0]
        return f'<svg data-kept="{key}"></svg>'


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
        for part in [self._part.main, *self._part.templates]:
            for address in ADDRESSES(part):
                if found := _lead(address, self.name):
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
        for element in [part.main, *part.templates]:
            _rename(element, part.name, whole, names)
        own = names[part.name]
        drawings = {
            key: SVG_ID.sub(lambda m: m[1] + own.get(m[2], m[2]), drawing) for key, drawing in part.drawings.items()
        }
        item = etree.Element("li")
        etree.SubElement(item, "a", href=f"#trang-{part.slug}").text = text_of(part.main.find(".//h1"))
        for heading in list(part.main.iter("h1", "h2", "h3", "h4", "h5")):
            heading.tag = f"h{int(heading.tag[1]) + 1}"
        section = etree.Element("section", {"class": "whole-page", "id": f"trang-{part.slug}"})
        if classes(part.main):
            # The goal's colours, which its charts are drawn in.
            section.set("class", " ".join(["whole-page", *classes(part.main)]))
        section.text = part.main.text
        section.extend(list(part.main))
        return {
            "section": _html(section, drawings),
            "item": _html(item, drawings),
            "templates": [[element.get("id", ""), _html(element, drawings)] for element in part.templates],
        }


def assemble(site: Path, pages: dict[str, Built] | None = None) -> list[str]:
    """Fill every page under `site` that keeps a place for the whole report; returns their names.

    Each page comes in as a section `trang-<page>`, its headings one level lower. An id that stands on several of
    them is put behind the page's name; links between them become links on the page, other addresses are kept.
    `<template>` elements come once, at the end. Filling a page again gives the same, from the pages as they are then.
    `pages`, when they have been read already, are all that `site` has, by file; a page that is filled is put into them.
    """
    filled = []
    pages = {page.file: page for page in built_pages(site)} if pages is None else pages
    for page in [*pages.values()]:
        if PLACE.search(page.text):
            frame = made_from(page, "whole-frame", lambda page=page: _frame(page))
            text = _filled(pages, page.name, frame)
            content = text.encode()
            write(site / page.file, content)
            pages[page.file] = Built(page.file, text, sha256(content).hexdigest())
            # The page as it now is has the same frame: the next build need not look for its end.
            made_from(pages[page.file], "whole-frame", lambda kept=frame: kept)
            filled.append(page.file)
    return filled


def _frame(page: Built) -> dict[str, Any]:
    """A page without what comes in: `pages` by name, the page's own `ids`, its HTML `before` and `after` the place."""
    place = PLACE.search(page.text)
    depth, end = 1, len(page.text)
    for div in DIV.finditer(page.text, place.end()):
        depth += -1 if div[1] else 1
        if depth == 0:
            end = div.start()
            break
    before, after = page.text[: place.end()], page.text[end:]
    ids = IDS(parsed(SET_ASIDE.sub("", before + after)))
    return {"pages": html.unescape(place[1]).split(), "ids": ids, "before": before, "after": after}


def _filled(pages: dict[str, Built], name: str, frame: dict[str, Any]) -> str:
    """The page `name` with all those of `pages`, by file, in it that its frame names."""
    sources = [Source(pages[f"{page}.html"]) for page in frame["pages"]]
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


def _html(element: Element, drawings: dict[str, str]) -> str:
    """An element as HTML, with its drawings back in their places."""
    # As XML: libxml2's HTML would encode the letters in addresses. In XML `/>` stands only where an empty element ends.
    *empty, rest = etree.tostring(element, encoding="unicode", with_tail=False).split("/>")
    text = "".join(map(_ended, empty)) + rest
    return KEPT.sub(lambda m: drawings[m[1]], text)


def _ended(text: str) -> str:
    """Text up to within the tag of an empty element, with the tag ended as HTML has it."""
    name = text[text.rindex("<") + 1 :].partition(" ")[0]
    return f"{text}>" if name in VOID else f"{text}></{name}>"


def _slug(name: str) -> str:
    return name.replace("/", "-")


def _rename(inside: Element, page: str, whole: str, names: dict[str, dict[str, str]]) -> None:
    """Give ids, what refers to them, and addresses of `page` the form they have on the page `whole`."""
    own = names[page]
    for element in inside.iterdescendants(etree.Element):
        for attribute, value in element.items():
            if attribute == "id":
                if value in own:
                    element.set("id", own[value])
            elif attribute in REFERENCES:
                element.set(attribute, " ".join(own.get(i, i) for i in value.split()))
            elif attribute in ("href", "src"):
                element.set(attribute, _address(value, page, whole, names))


def _lead(address: str, page: str) -> tuple[str, str, str] | None:
    """Where an address on `page` leads: a page's name, its anchor, the file; None for another host's."""
    path, _, anchor = address.partition("#")
    file = _file(path, page)
    return None if file is None else (file.removesuffix(".html"), unquote(anchor), file)


@lru_cache(maxsize=10_000)
def _file(address: str, page: str) -> str | None:
    """The file that an address without an anchor means on `page`; None for another host's."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    return os.path.normpath(os.path.join(os.path.dirname(page), unquote(parts.path))) if parts.path else f"{page}.html"


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
