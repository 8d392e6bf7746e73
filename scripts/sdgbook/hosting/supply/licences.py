"""Under which licence each package of the locks, and each file taken from others, may be used.

The project's code is MIT, and none of the packages is part of what is published: they make the site, and stay at home.
So a licence fits that lets anyone use the package for any purpose: permissive ones, and those whose conditions end at
their own files or library (MPL, LGPL). Of several licences joined by OR one must fit, of those joined by AND each.

`docs/licences.csv` keeps what was found, also for packages that only other machines install; a test holds it to the
locks and to what is installed.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, fields
from importlib.metadata import Distribution, distributions
from pathlib import Path

from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.files import write
from sdgbook.hosting.supply import locks, uv

FILE = "docs/licences.csv"
SHIPPED, SITE, TESTS = "trang web", "dựng trang", "phép thử"
# SPDX names: https://spdx.org/licenses/
PERMISSIVE = "0BSD Apache-2.0 BlueOak-1.0.0 BSD BSD-2-Clause BSD-3-Clause CC0-1.0 ISC MIT MIT-0 MIT-CMU PSF-2.0 Zlib"
OF_FILES = "MPL-2.0 LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later"
PERMISSIVE += " Artistic-1.0-Perl Unlicense LicenseRef-PublicDomain"
# For fonts: what is drawn with one has no conditions to keep.
ALLOWED = {*PERMISSIVE.split(), *OF_FILES.split(), "OFL-1.1"}
# How packages that have no SPDX expression write a licence.
ALIASES = {
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "artistic license": "Artistic-1.0-Perl",
    "bsd": "BSD",
    "bsd license": "BSD",
    "bsd 3-clause license": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "public domain": "LicenseRef-PublicDomain",
    "python software foundation license": "PSF-2.0",
} | {name.lower(): name for name in ALLOWED}
# Read by a person, since what the package tells is not the whole truth: what it told then, its licence, and why.
JUDGED = {
    "docutils": (
        "Public Domain; Python Software Foundation License; BSD License; GNU General Public License (GPL)",
        "LicenseRef-PublicDomain AND PSF-2.0 AND BSD-2-Clause AND BSD-3-Clause",
        "Phần theo GPL là một tệp cho Emacs, không có trong gói cài.",
    ),
    "text-unidecode": (
        "Artistic License; GNU General Public License (GPL); GNU General Public License v2 or later (GPLv2+)",
        "Artistic-1.0-Perl OR GPL-2.0-or-later",
        "Được chọn một trong hai; ở đây chọn Artistic.",
    ),
    "axe-playwright-python": (
        "",
        "MIT AND MPL-2.0",
        "Gói không khai; tệp LICENSE của nó là MIT, axe-core bên trong là MPL-2.0.",
    ),
    "parse-cache-control": ("", "BSD-3-Clause", "Gói không khai theo cách mới; tệp LICENSE của nó là BSD 3 điều."),
}


@dataclass(frozen=True)
class Licensed:
    """A package or a file taken from others: what it is needed for, its licence (SPDX), what the package itself says,
    why that was read so (where a person judged), and its installed size in KB (on Linux; only told)."""

    name: str
    version: str
    needed_for: str
    licence: str
    told: str
    why: str
    kilobytes: str


COLUMNS = tuple(field.name for field in fields(Licensed))


def is_allowed(licence: str) -> bool:
    """Whether an SPDX expression fits. Parentheses are looked through in a way that never allows more."""
    parts = re.split(r"\s+AND\s+", licence.replace("(", "").replace(")", ""))
    return all(any(one.strip() in ALLOWED for one in re.split(r"\s+OR\s+", part)) for part in parts)


def licence_of(package: Distribution) -> tuple[str, str, str]:
    """The licence of an installed package (SPDX; "" when it tells none that is known), what it says, and why that was
    read so."""
    about = package.metadata
    if told := about.get("License-Expression"):
        return told, told, ""
    named = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or [] if c.startswith("License :: ")]
    # Some put the whole text there: its first line names it, if anything does.
    said = (about.get("License") or "").strip().split("\n")[0].strip()
    words = list(dict.fromkeys(word for word in named or [said] if word and word != "OSI Approved"))
    told = "; ".join(words)
    judged = JUDGED.get(locks.normal(about["Name"]))
    if judged and judged[0] == told:
        return judged[1], told, judged[2]
    known = {ALIASES.get(word.lower(), "") for word in {*words, said} if word.lower() in ALIASES or word in words}
    if any("BSD" in one for one in known):
        known = {one for one in known if one != "BSD"} or {_which_bsd(package)}
    return (known.pop() if len(known) == 1 else ""), told, ""


def _which_bsd(package: Distribution) -> str:
    """The packages that only say “BSD” bring its text."""
    for file in package.files or ():
        if ".dist-info/" in str(file) and re.search("licen[cs]e|copying", file.name, re.IGNORECASE):
            text = file.read_text()
            if "Redistributions in binary form" in text:
                return "BSD-3-Clause" if re.search(r"endorse\s+or\s+promote", text) else "BSD-2-Clause"
    return "BSD"


def described(package: Distribution, needed_for: str) -> Licensed:
    """What is kept of an installed package."""
    licence, told, why = licence_of(package)
    size = sum(file.size or 0 for file in package.files or ())
    name = locks.normal(package.metadata["Name"])
    return Licensed(name, package.version, needed_for, licence, told, why, str(round(size / 1024)))


# How `vendor/README.md` tells of a file.
VENDORED = re.compile(
    r"^\| `(?P<file>[^`]+)` \| npm package `(?P<name>[^`]+)`[^|]* \| (?P<version>\S+) \| (?P<licence>\S+)"
    r" \| `(?P<digest>[0-9a-f]{64})` \|$",
    re.MULTILINE,
)
VENDOR, FONTS = "scripts/sdgbook/site/theme/static/vendor", "scripts/sdgbook/report/fonts"


def vendored(root: Path) -> list[dict[str, str]]:
    """Scripts of others that lie in this repository: `file`, `name`, `version`, `licence`, SHA-256 (`digest`).

    Raises `ProblemsFound` when their notes are not there.
    """
    notes = root / VENDOR / "README.md"
    rows = VENDORED.finditer(notes.read_text(encoding="utf-8")) if notes.is_file() else ()
    if not (found := [row.groupdict() for row in rows]):
        told = "Không còn thấy giấy phép của các mã lấy từ dự án khác."
        raise ProblemsFound([Problem(VENDOR, None, None, told, "Trả README.md về bản trước.", kind="missing-file")])
    return found


def taken(root: Path) -> list[Licensed]:
    """What of others lies in this repository and reaches readers. Raises `ProblemsFound` where no notes are."""
    font = root / FONTS / "OFL.txt"
    if not font.is_file() or "SIL Open Font License, Version 1.1" not in font.read_text(encoding="utf-8"):
        told = "Không còn thấy giấy phép của phông chữ."
        raise ProblemsFound([Problem(FONTS, None, None, told, "Trả OFL.txt về bản trước.", kind="missing-file")])
    return [
        *(Licensed(r["name"], r["version"], SHIPPED, r["licence"], r["licence"], "", "") for r in vendored(root)),
        # Drawings hold its letters as outlines. It is a part of the font, renamed, and has no version of its own.
        Licensed("noto-sans", "", SHIPPED, "OFL-1.1", "SIL Open Font License 1.1", "", ""),
    ]


def of_npm(root: Path) -> list[Licensed]:
    """Packages of npm that only `make bench` installs, as their lock tells."""
    packages = json.loads((root / locks.NPM).read_text(encoding="utf-8"))["packages"]
    found = []
    for path, one in packages.items():
        name, told = path.rpartition("node_modules/")[2], one.get("license") or ""
        judged = JUDGED.get(name, ("", told, ""))
        licence, why = judged[1:] if judged[0] == told else (told, "")
        if name:
            found.append(Licensed(name, one["version"], TESTS, licence, told, why, ""))
    return found


def read_licences(text: str) -> list[Licensed]:
    """The rows of `docs/licences.csv`."""
    return [Licensed(**row) for row in csv.DictReader(io.StringIO(text))]


def kept_licences(root: Path) -> list[Licensed]:
    """What `docs/licences.csv` says. Raises `ProblemsFound` when it is not there or is something else."""
    try:
        return read_licences((root / FILE).read_text(encoding="utf-8"))
    except (OSError, TypeError, csv.Error):
        told, remedy = "Không đọc được bảng giấy phép.", "Làm lại bảng: make licences ARGS=--write"
        raise ProblemsFound([Problem(FILE, None, None, told, remedy, kind="missing-file")]) from None


def written(rows: Iterable[Licensed]) -> str:
    """As `docs/licences.csv` holds them."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([COLUMNS, *map(astuple, rows)])
    return out.getvalue()


def look_up(root: Path, site: list[locks.Locked], dev: list[locks.Locked]) -> list[Licensed]:
    """The licences of what is taken from others and of all packages of both locks, those of other machines included:
    each is fetched, its hash tried, and put into a folder of its own for the moment. Raises `ProblemsFound`."""
    needed = {(one.name, one.version) for one in site}
    rest, found = list(dev), {}
    with tempfile.TemporaryDirectory(prefix="sdgbook-licences-") as place:
        # A package has several versions where Pythons differ: the newest for the newest one.
        for round_, python in enumerate(("3.13", "3.11")):
            last = {one.name: one for one in rest}
            rest = [one for one in rest if one is not last[one.name]]
            if not last:
                break
            wanted, folder = Path(place) / f"{round_}.txt", Path(place) / str(round_)
            wanted.write_text("".join(f"{one.line}\n" for one in last.values()), encoding="utf-8")
            words = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--python-version", python]
            uv.run(root, "pip", "install", "--target", str(folder), *words, "--requirement", str(wanted))
            for package in distributions(path=[str(folder)]):
                key = locks.normal(package.metadata["Name"]), package.version
                found[key] = described(package, SITE if key in needed else TESTS)
    return [*taken(root), *(found[key] for key in sorted(found))]


def problems_of(rows: Iterable[Licensed], file: str = FILE) -> list[Problem]:
    """A problem for each package whose licence is unknown or does not fit."""
    remedy = f"Đọc giấy phép của nó. Hợp thì ghi lý do vào JUDGED của {Path(__file__).name}; không thì bỏ thư viện ấy."
    return [
        Problem(file, None, None, told, remedy, kind="machine")
        for row in rows
        if not is_allowed(row.licence)
        for told in [
            f"{row.name} {row.version}: giấy phép “{row.licence}” không có trong danh sách được dùng."
            if row.licence
            else f"{row.name} {row.version}: không rõ giấy phép (gói chỉ nói “{row.told}”)."
        ]
    ]


def check_licences(root: Path) -> tuple[list[Licensed], list[Problem]]:
    """What is kept of every package, and what is wrong: rows that the locks no longer have or that are missing, what
    an installed package says otherwise, and licences that do not fit. Nothing is fetched. Raises `ProblemsFound`."""
    rows = kept_licences(root)
    site, dev = (lock_of_names(root, name) for name in (locks.SITE, locks.DEV))
    wanted = {(one.name, one.version): one.needed_for for one in taken(root)}
    wanted |= {key: SITE if key in site else TESTS for key in site | dev}
    kept = {(row.name, row.version): row for row in rows}
    remedy = "Làm lại bảng: make licences ARGS=--write"
    wrong = [
        Problem(FILE, None, None, f"{name} {version} {told}.", remedy, kind="machine")
        for told, keys in (("chưa có trong bảng", wanted.keys() - kept.keys()), ("thừa", kept.keys() - wanted.keys()))
        for name, version in sorted(keys)
    ]
    for package in distributions():
        key = locks.normal(package.metadata["Name"]), package.version
        if key in kept and key in wanted and (kept[key].licence, kept[key].told) != licence_of(package)[:2]:
            told = f"{key[0]} {key[1]} nay khai giấy phép khác bảng: “{licence_of(package)[1]}”."
            wrong.append(Problem(FILE, None, None, told, remedy, kind="machine"))
    return rows, [*wrong, *problems_of(rows), *problems_of(of_npm(root), locks.NPM)]


def lock_of_names(root: Path, name: str) -> set[tuple[str, str]]:
    """Names and versions of a lock."""
    return {(one.name, one.version) for one in locks.lock_of(root, name)}


def summary(rows: Iterable[Licensed]) -> list[str]:
    """The licences, most used first, with the packages under each."""
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row.licence or "?", []).append(f"{row.name} {row.version}".strip())
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [f"{licence} ({len(names)}): {', '.join(names)}" for licence, names in ordered]


def write_licences(root: Path, tell: Callable[[str], None]) -> list[Problem]:
    """Write `docs/licences.csv` anew from both locks, unless a licence does not fit: those are returned."""
    tell("Đang xem giấy phép của từng thư viện …")
    rows = look_up(root, *(locks.lock_of(root, name) for name in (locks.SITE, locks.DEV)))
    wrong = problems_of(rows)
    if not wrong:
        write(root / FILE, written(rows))
    return wrong
