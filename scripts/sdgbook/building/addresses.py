"""The addresses that the site must answer for ever: kept in `data/addresses.txt`, one to a line, in order.

A build whose site lacks one of them fails. What has moved is told in `data/reference/redirects.csv`, from which the
build makes a page at the old address.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from sdgbook.data import find_root, read_package
from sdgbook.data.frozen import WITHOUT
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.files import in_order, listing, write

LIST = "data/addresses.txt"
# What other files of the site ask for, and nobody keeps a link to.
WITHIN = ("_static/", "_images/")
PARTS = {"404.html", "search.json", "site.webmanifest"}


def addresses(names: Collection[str]) -> list[str]:
    """Those files of a site, or of an edition within it, that readers have links to, in order."""
    return in_order(
        name
        for name in names
        if not name.endswith(".gz")
        and not name.startswith(WITHIN)
        and not any(f"/{folder}" in name for folder in WITHIN)
        and name.rpartition("/")[2] not in PARTS
    )


def lost(root: Path, names: Collection[str]) -> list[Problem]:
    """The addresses of the list that a site with the files `names` would not answer. None where the reader of the site
    asked for one without frozen editions."""
    file = root / LIST
    if os.environ.get(WITHOUT) or not file.is_file():
        return []
    there = set(names)
    return [
        Problem(
            LIST,
            number,
            None,
            f"Địa chỉ {line} đã công bố, mà trang web vừa dựng không còn.",
            "Trang đổi tên thì thêm một dòng vào data/reference/redirects.csv: địa chỉ cũ, địa chỉ mới, ngày chuyển. "
            "Bỏ hẳn thì cũng thêm dòng ấy, để trống địa chỉ mới và nói nó đã ra sao.",
            kind="address",
        )
        for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1)
        if line and line not in there
    ]


def record(root: Path) -> list[str]:
    """Add the addresses of the site in `_build/html` to the list; returns those that are new.

    Raises `ProblemsFound` where there is no site, or a draft, whose addresses are promised to nobody.
    """
    site = root / "_build" / "html"
    if not (site / "index.html").is_file():
        told = "Chưa có trang web nào được dựng."
        raise ProblemsFound([Problem("_build/html", None, None, told, "Chạy `make site` trước.", kind="command")])
    package = read_package(find_root(root))
    for year in package.editions:
        if package.table("edition", year).rows[0]["status"] == "draft":
            told = f"Ấn bản {year} còn là bản nháp: địa chỉ của nó chưa hứa với ai."
            remedy = f"Đăng nó bằng `make adopt ARGS={year}` hoặc bỏ nó, dựng lại, rồi chạy lại lệnh này."
            raise ProblemsFound([Problem(LIST, None, None, told, remedy, kind="address")])
    file = root / LIST
    known = file.read_text(encoding="utf-8").split() if file.is_file() else []
    new = [name for name in addresses(listing(site)) if name not in set(known)]
    write(file, "".join(f"{name}\n" for name in in_order({*known, *new})))
    return new
