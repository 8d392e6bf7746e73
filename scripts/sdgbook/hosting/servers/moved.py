"""Addresses that lead elsewhere for good, as servers ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

PAGE, INDEX = ".html", "index"


def moved(redirects: Mapping[str, str]) -> dict[str, str]:
    """For each address that has moved, as a path with its letters plain (`/muc-tieu/cũ`): where to, as a path with a
    fragment where there is one, percent-encoded.

    An old address is known by all its names: `/x.html` as well as `/x`, `/x/index.html` as well as `/x/`. Raises
    `ValueError` where one leads to itself or out of the site.
    """
    found: dict[str, str] = {}
    for old, new in redirects.items():
        target, there = _encoded(new), _names(new)
        if _path(old) in there:
            raise ValueError(f"Địa chỉ “{old}” dẫn về chính nó.")
        for name in _names(old):
            if name not in there:
                found.setdefault(name, target)
    return found


def _path(address: str) -> str:
    parts = urlsplit(address)
    path = f"/{unquote(parts.path).removeprefix('/')}"
    outside = parts.scheme or parts.netloc or parts.query or path.startswith("//")
    if outside or any(ord(letter) < 32 for letter in address + path):
        raise ValueError(f"“{address}” không phải là một địa chỉ trong trang web này.")
    return path


def _names(address: str) -> list[str]:
    path = _path(address)
    bare = path.removesuffix(PAGE)
    if bare.endswith(f"/{INDEX}"):
        folder = bare.removesuffix(INDEX)
        return [folder, *([folder.rstrip("/")] if folder != "/" else []), bare, f"{bare}{PAGE}"]
    if path.endswith("/"):
        return _names(f"{path}{INDEX}")
    # What ends otherwise is no page, and has one name.
    return [path] if "." in path.rsplit("/", 1)[1].removesuffix(PAGE) else [bare, f"{bare}{PAGE}"]


def _encoded(address: str) -> str:
    fragment = urlsplit(address).fragment
    return quote(_path(address), safe="/~!*,:@") + (f"#{quote(unquote(fragment), safe='-._~')}" if fragment else "")
