"""The list of search documents, made from the built pages: what `static/search.js` looks through in the browser."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lxml.etree import _Element as Element

from sdgbook.files import write
from sdgbook.publish.built import Built, built_pages, classes, elements, made_from, parsed, take_out, text_of

# Pages that repeat the others, or are not for readers.
SKIPPED = {"toan-van", "muc-luc", "kieu-dang", "404", "dong", "search", "genindex"}
# Where in the report things stand, and what words mean, come after what the report says of them.
LATER = {"outline": {"w": 0.25}, "div": {"w": 0.6}}
# Pages that tell again, with fewer words, what others tell with figures and sources: those come first.
SUMMARIES = {"index", "tom-tat"}
# What repeats other places of the site: links, drawings, a chart's table; besides these see `is_repeated`.
REPEATED = {"nav", "svg", "script", "style", "template", "form", "thead"}
REPEATED_CLASSES = {"chart-table", "chart-source", "unseen", "downloads", "tiles", "codes"}
BLOCKS = {"p", "li", "div", "tr", "th", "td", "dt", "dd", "caption", "figcaption", "summary", "h1", "h2", "h3", "h4"}
LINES = {"meta", "kicker", "note", "what", "change"}
HEADINGS = ["h1", "h2", "h3", "h4", "summary", "dt", "th"]
SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
CODE = re.compile(r"\b\d{1,2}\.\d{1,2}(?:\.[a-z])?\b")


def is_repeated(element: Element) -> bool:
    """Whether an element tells again what stands elsewhere: in the outline also all but a place's heading, in lists
    the lines with sources and with what an item is about."""
    own, above = classes(element), element.getparent()
    if element.tag in REPEATED or not REPEATED_CLASSES.isdisjoint(own):
        return True
    if element.tag != "h3" and "place" in classes(above) and within(above, "outline"):
        return True
    return "meta" in own and within(element, "items") and any(w in text_of(element) for w in ("Nguồn:", "Về:"))


def is_place(element: Element) -> bool:
    """Whether an element is a document of its own. What one of them holds inside another belongs to the inner one."""
    name = element.get("id")
    if name is None:
        return False
    if element.tag == "tr":
        return name.startswith(("so-", "van-ban-"))
    if element.tag == "div":
        return "glossary" in classes(element.getparent())
    return element.tag == "section" or (element.tag == "details" and "dictionary" in classes(element))


def within(element: Element, name: str) -> bool:
    """Whether an element stands in one of this class."""
    return any(name in classes(above) for above in element.iterancestors())


def plain(element: Element) -> str:
    """The text of an element in one line, its paragraphs, cells and items set apart."""
    for block in elements(element, lambda one: one.tag in BLOCKS or not LINES.isdisjoint(classes(one))):
        block.text = f"\n{block.text or ''}"
        block.tail = f"\n{block.tail or ''}"
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text_of(element)).split("\n"))
    text = ""
    for line in filter(None, lines):
        text += ("" if not text else " " if text.endswith((".", ":", ";", "?", "!", "…")) else " · ") + line
    return text


def taken(found: Element | None) -> str:
    """The text of an element, taken out of its place; "" for None."""
    return "" if found is None else plain(take_out(found))


def document(place: Element) -> dict[str, Any]:
    """One search document: `h` heading and `t` text; of a figure also `v` as shown, `n` its machine value and
    `s` its status; `w` its weight where that is not 1. Takes `place` apart."""
    if place.tag == "tr" and place.get("id").startswith("so-"):
        number = in_cells(place, lambda one: one.tag == "data")[0]
        status = in_cells(place, lambda one: "status" in classes(one))
        found = {"n": number.get("value"), "v": plain(number), "s": taken(status[0] if status else None).strip("()")}
        take_out(next(number.iterancestors("td")))
        notes = [taken(part) for part in in_cells(place, lambda one: not {"meta", "note"}.isdisjoint(classes(one)))]
        when = plain(place.find(".//td"))
        return {"h": plain(place.find(".//th")), "t": " · ".join([when, *notes]), **found}
    kind = "outline" if elements(place, lambda one: "locator" in classes(one)) else place.tag
    return {"h": taken(next(place.iterdescendants(*HEADINGS), None)), "t": plain(place), **LATER.get(kind, {})}


def in_cells(row: Element, wanted: Callable[[Element], bool]) -> list[Element]:
    """The elements wanted that stand in the cells of a row."""
    return elements(row, lambda one: wanted(one) and next(one.iterancestors("td"), None) is not None)


def documents(site: Path, pages: Iterable[Built] | None = None) -> dict[str, list]:
    """All search documents of the pages under `site`, in one order whatever the file system; of `pages`, when they have
    been read already.

    `p`: pages as [address, title, codes in the three numberings]; `d`: documents as `document` gives them, with
    `p` the number of their page, `i` their anchor and `u` the number of the document they stand under;
    `a`: abbreviations as [letters, expansions].
    """
    told: list[list[str]] = []
    found: list[dict[str, Any]] = []
    abbreviations: list[list] = []
    for page in built_pages(site) if pages is None else pages:
        made = look_at(page)
        if made:
            first = len(found)
            for one in made["d"]:
                one["p"] = len(told)
                if "u" in one:
                    one["u"] += first
                found.append(one)
            told.append(made["p"])
            abbreviations += made["a"]
    return {"p": told, "d": found, "a": abbreviations}


def look_at(page: Built) -> dict[str, list] | None:
    """The search documents of one page as `documents_of` gives them; None for a page that is not searched."""
    if page.name.rpartition("/")[2] in SKIPPED:
        return None
    return made_from(page, "search", lambda: documents_of(page))


def documents_of(page: Built) -> dict[str, list] | None:
    """The search documents of one page as `documents` gives them, counted from its own first; None for a page without
    a text of its own and for a draft. The value of `p` is that of the page."""
    # Drawings are most of a page, and none of them is looked through.
    main = parsed(SVG.sub("", page.text)).find(".//main")
    if main is None or main.find(".//h1") is None or "data-draft" in main.attrib:
        return None
    numbered = elements(main, lambda one: "codes" in classes(one) and within(one, "target-head"))
    codes = CODE.findall(" ".join(" ".join(part.itertext()) for part in numbered))
    for part in elements(main, is_repeated):
        take_out(part)
    told = [page.file, plain(main.find(".//h1")), " ".join(dict.fromkeys(codes))]
    places = elements(main, is_place)
    numbers = {place: i for i, place in enumerate(places)}
    above = [next((numbers[p] for p in place.iterancestors() if p in numbers), None) for place in places]
    weight = {"w": 0.6} if page.name in SUMMARIES else {}
    made = []
    for place, parent in reversed(list(zip(places, above, strict=True))):
        take_out(place)
        under = {} if parent is None else {"u": parent}
        made.append({"p": 0, "i": place.get("id"), **under, **weight, **document(place)})
    made.reverse()
    abbreviations = [
        [one["h"], expansions(one["t"])]
        for one, place in zip(made, places, strict=True)
        if place.tag == "div" and re.fullmatch(r"[^\W\d_]{2,}", one["h"]) and sum(map(str.isupper, one["h"])) > 1
    ]
    return {"p": told, "d": [{k: v for k, v in one.items() if v != ""} for one in made], "a": abbreviations}


def expansions(meaning: str) -> list[str]:
    """What an abbreviation stands for: the first sentence of its entry, without what is said in brackets."""
    first = re.sub(r"\([^)]*\)", "", meaning.split(". ")[0])
    return [part.strip(" .") for part in first.split(";")]


def write_search(site: Path, pages: Iterable[Built] | None = None) -> None:
    """Write `search.json` into the folder `site` of built pages (`pages`, when they have been read already). The same
    pages give the same bytes."""
    text = json.dumps(documents(site, pages), ensure_ascii=False, separators=(",", ":"))
    write(site / "search.json", text + "\n")
