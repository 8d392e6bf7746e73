"""Known vulnerabilities of everything that the locks name and of what was taken from others, asked of OSV.

Only names and versions leave the machine. https://google.github.io/osv.dev/api/
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sdgbook.hosting.supply import licences, locks

DATABASE = "https://api.osv.dev"
# What the database takes at once, and how often a page of one answer may go on.
MOST, PAGES = 1000, 20
SECONDS, TRIES = 20, 3
PYPI, NPM = "PyPI", "npm"


class Unreachable(Exception):
    """The database cannot be asked, or did not answer for everything: nothing is known. Its text says why."""


@dataclass(frozen=True, order=True)
class Package:
    """A package of a registry (`ecosystem`), and what it is needed for."""

    name: str
    version: str
    ecosystem: str
    needed_for: str


@dataclass(frozen=True)
class Vulnerability:
    """A known one: its name, other names, what it is, and the versions in which it is mended."""

    package: Package
    name: str
    others: tuple[str, ...]
    summary: str
    mended: tuple[str, ...]


def packages_of(root: Path) -> list[Package]:
    """Everything that is asked about. Raises `ProblemsFound` when a lock cannot be read."""
    site = licences.lock_of_names(root, locks.SITE)
    found = {
        Package(*key, PYPI, licences.SITE if key in site else licences.TESTS)
        for key in site | licences.lock_of_names(root, locks.DEV)
    }
    found |= {Package(one["name"], one["version"], NPM, licences.SHIPPED) for one in licences.vendored(root)}
    found |= {Package(one.name, one.version, NPM, licences.TESTS) for one in licences.of_npm(root)}
    return sorted(found)


def audit(packages: list[Package], database: str = DATABASE) -> list[Vulnerability]:
    """All known vulnerabilities of the packages. Raises `Unreachable` unless every one of them was answered for."""
    try:
        return _audit(packages, database)
    except (AttributeError, KeyError, TypeError):
        raise Unreachable("câu trả lời không có dạng của kho này") from None


def _audit(packages: list[Package], database: str) -> list[Vulnerability]:
    named: list[tuple[Package, str]] = []
    waiting = [(package, "") for package in packages]
    for _ in range(PAGES):
        now, waiting = waiting[:MOST], waiting[MOST:]
        if not now:
            break
        asked = [_query(package) | ({"page_token": token} if token else {}) for package, token in now]
        answers = _ask(f"{database}/v1/querybatch", {"queries": asked}).get("results")
        if not isinstance(answers, list) or len(answers) != len(now):
            raise Unreachable("kho không trả lời đủ cho mọi thư viện")
        for (package, _), answer in zip(now, answers, strict=True):
            named += [(package, one["id"]) for one in (answer or {}).get("vulns") or ()]
            if token := (answer or {}).get("next_page_token"):
                waiting.append((package, token))
    if waiting:
        raise Unreachable("kho trả lời mãi không hết")
    told = {name: _ask(f"{database}/v1/vulns/{quote(name, safe='')}") for name in sorted({name for _, name in named})}
    return [_vulnerability(package, told[name]) for package, name in named if not told[name].get("withdrawn")]


def _query(package: Package) -> dict[str, Any]:
    return {"package": {"name": package.name, "ecosystem": package.ecosystem}, "version": package.version}


def _vulnerability(package: Package, told: dict[str, Any]) -> Vulnerability:
    events = [
        event
        for affected in told.get("affected") or ()
        if affected.get("package", {}).get("name", "").lower() == package.name
        for range_ in affected.get("ranges") or ()
        if range_.get("type") != "GIT"
        for event in range_.get("events") or ()
    ]
    mended = tuple(dict.fromkeys(_plain(event["fixed"]) for event in events if "fixed" in event))
    summary = (told.get("summary") or told.get("details") or "").strip().split("\n")[0][:200]
    names = (_plain(name) for name in told.get("aliases") or ())
    return Vulnerability(package, _plain(told["id"]), tuple(names), _plain(summary), mended)


def _plain(text: str) -> str:
    """Others' words, with nothing that a terminal would obey."""
    return "".join(sign for sign in text if sign.isprintable())


def _ask(address: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The database's answer. Raises `Unreachable`."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    for left in reversed(range(TRIES)):
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                told = json.load(answer)
            if not isinstance(told, dict):
                raise ValueError
            return told
        except urllib.error.HTTPError as error:
            if not left or error.code < 500:
                raise Unreachable(f"kho trả lời lỗi {error.code}") from None
        except ValueError:
            raise Unreachable("câu trả lời không phải của kho này") from None
        except OSError as error:
            if not left:
                raise Unreachable(str(getattr(error, "reason", error))) from None
        time.sleep(1)
    raise AssertionError


def as_lines(packages: list[Package], found: list[Vulnerability]) -> list[str]:
    """Lines for people: what was asked about, and each vulnerability with what to do."""
    lines = [f"Đã hỏi về {len(packages)} thư viện và phần lấy từ dự án khác."]
    for one in found:
        names = ", ".join([one.name, *one.others])
        way = f"sửa ở bản {', '.join(one.mended)}" if one.mended else "chưa có bản sửa"
        lines.append(f"- {one.package.name} {one.package.version} ({one.package.needed_for}): {names}; {way}")
        lines += [f"  {one.summary}"] if one.summary else []
    if found:
        first = next((one.package for one in found if one.mended and one.package.ecosystem == PYPI), None)
        way = f' Lấy bản đã sửa: make renew ARGS="--package {first.name}"' if first else ""
        lines.append(f"Có {len(found)} lỗ hổng đã biết.{way}")
    else:
        lines.append("Không có lỗ hổng nào đã biết.")
    return lines
