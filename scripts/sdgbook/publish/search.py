"""The list of search documents, made from the built pages: what `static/search.js` looks through in the browser."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag

from sdgbook.files import write
from sdgbook.publish.built import Built, built_pages, classes, made_from, tags

# Pages that repeat the others, or are not for readers.
SKIPPED = {"toan-van", "muc-luc", "kieu-dang", "404", "search", "genindex"}
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


def is_repeated(tag: Tag) -> bool:
    """Whether an element tells again what stands elsewhere: in the outline also all but a place's heading, in lists
    the lines with sources and with what an item is about."""
    if tag.name in REPEATED or not REPEATED_CLASSES.isdisjoint(classes(tag)):
        return True
    if tag.name != "h3" and "place" in classes(tag.parent) and within(tag.parent, "outline"):
        return True
    return "meta" in classes(tag) and within(tag, "items") and any(w in tag.get_text() for w in ("Nguồn:", "Về:"))


def is_place(tag: Tag) -> bool:
    """Whether an element is a document of its own. What one of them holds inside another belongs to the inner one."""
    name = tag.get("id")
    if name is None:
        return False
    if tag.name == "tr":
        return name.startswith(("so-", "van-ban-"))
    if tag.name == "div":
        return "glossary" in classes(tag.parent)
    return tag.name == "section" or (tag.name == "details" and "dictionary" in classes(tag))


def within(tag: Tag, name: str) -> bool:
    """Whether an element stands in one of this class."""
    return any(name in classes(parent) for parent in tag.parents)


def plain(element: Tag) -> str:
    """The text of an element in one line, its paragraphs, cells and items set apart."""
    for block in tags(element, lambda tag: tag.name in BLOCKS or not LINES.isdisjoint(classes(tag))):
        block.insert_before("\n")
        block.insert_after("\n")
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", element.get_text()).split("\n"))
    text = ""
    for line in filter(None, lines):
        text += ("" if not text else " " if text.endswith((".", ":", ";", "?", "!", "…")) else " · ") + line
    return text


def taken(found: Tag | None) -> str:
    """The text of an element, taken out of its place; "" for None."""
    return plain(found.extract()) if found else ""


def document(place: Tag) -> dict[str, Any]:
    """One search document: `h` heading and `t` text; of a figure also `v` as shown, `n` its machine value and
    `s` its status; `w` its weight where that is not 1. Takes `place` apart."""
    if place.name == "tr" and place["id"].startswith("so-"):
        number = in_cells(place, lambda tag: tag.name == "data")[0]
        status = in_cells(place, lambda tag: "status" in classes(tag))
        found = {"n": number["value"], "v": plain(number), "s": taken(status[0] if status else None).strip("()")}
        number.find_parent("td").decompose()
        notes = [taken(part) for part in in_cells(place, lambda tag: not {"meta", "note"}.isdisjoint(classes(tag)))]
        when = plain(place.td)
        return {"h": plain(place.th), "t": " · ".join([when, *notes]), **found}
    kind = "outline" if place.find(class_="locator") else place.name
    return {"h": taken(place.find(HEADINGS)), "t": plain(place), **LATER.get(kind, {})}


def in_cells(row: Tag, wanted: Callable[[Tag], bool]) -> list[Tag]:
    """The elements wanted that stand in the cells of a row."""
    return tags(row, lambda tag: wanted(tag) and tag.find_parent("td") is not None)


def documents(site: Path) -> dict[str, list]:
    """All search documents of the pages under `site`, in one order whatever the file system.

    `p`: pages as [address, title, codes in the three numberings]; `d`: documents as `document` gives them, with
    `p` the number of their page, `i` their anchor and `u` the number of the document they stand under;
    `a`: abbreviations as [letters, expansions].
    """
    pages: list[list[str]] = []
    found: list[dict[str, Any]] = []
    abbreviations: list[list] = []
    for page in built_pages(site):
        made = look_at(page)
        if made:
            first = len(found)
            for one in made["d"]:
                one["p"] = len(pages)
                if "u" in one:
                    one["u"] += first
                found.append(one)
            pages.append(made["p"])
            abbreviations += made["a"]
    return {"p": pages, "d": found, "a": abbreviations}


def look_at(page: Built) -> dict[str, list] | None:
    """The search documents of one page as `documents_of` gives them; None for a page that is not searched."""
    if page.name.rpartition("/")[2] in SKIPPED:
        return None
    return made_from(page, "search", lambda: documents_of(page))


def documents_of(page: Built) -> dict[str, list] | None:
    """The search documents of one page as `documents` gives them, counted from its own first; None for a page without
    a text of its own. The value of `p` is that of the page."""
    # Drawings are most of a page, and none of them is looked through.
    main = BeautifulSoup(SVG.sub("", page.text), "html.parser").main
    if not main or not main.h1:
        return None
    numbered = tags(main, lambda tag: "codes" in classes(tag) and within(tag, "target-head"))
    codes = CODE.findall(" ".join(part.get_text(" ") for part in numbered))
    for part in tags(main, is_repeated):
        part.decompose()
    told = [page.file, plain(main.h1), " ".join(dict.fromkeys(codes))]
    places = tags(main, is_place)
    numbers = {id(place): i for i, place in enumerate(places)}
    above = [next((numbers[id(p)] for p in place.parents if id(p) in numbers), None) for place in places]
    weight = {"w": 0.6} if page.name in SUMMARIES else {}
    made = []
    for place, parent in reversed(list(zip(places, above, strict=True))):
        place.extract()
        under = {} if parent is None else {"u": parent}
        made.append({"p": 0, "i": place["id"], **under, **weight, **document(place)})
    made.reverse()
    abbreviations = [
        [one["h"], expansions(one["t"])]
        for one, place in zip(made, places, strict=True)
        if place.name == "div" and re.fullmatch(r"[^\W\d_]{2,}", one["h"]) and sum(map(str.isupper, one["h"])) > 1
    ]
    return {"p": told, "d": [{k: v for k, v in one.items() if v != ""} for one in made], "a": abbreviations}


def expansions(meaning: str) -> list[str]:
    """What an abbreviation stands for: the first sentence of its entry, without what is said in brackets."""
    first = re.sub(r"\([^)]*\)", "", meaning.split(". ")[0])
    return [part.strip(" .") for part in first.split(";")]


def write_search(site: Path) -> None:
    """Write `search.json` into the folder `site` of built pages. The same pages give the same bytes."""
    text = json.dumps(documents(site), ensure_ascii=False, separators=(",", ":"))
    write(site / "search.json", text + "\n")
