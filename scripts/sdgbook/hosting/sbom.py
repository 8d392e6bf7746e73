"""What a release is made of and made with, for machines: a software bill of materials in CycloneDX.

It says nothing that the commit does not: the same commit gives the same file. https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

from sdgbook.commits import git
from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.hosting import proof
from sdgbook.hosting.supply import licences, locks

FILE = f"{proof.FOLDER}/sbom.cdx.json"


def write_sbom(root: Path, folder: Path, commit: str = "HEAD") -> Path:
    """Write the bill of materials of a commit of the project in `root` into the release in `folder`; returns the file.

    Raises `ProblemsFound` when the commit or what it should hold is not there, or licences and lock disagree.
    """
    file = folder / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(sbom(root, commit), encoding="utf-8", newline="\n")
    return file


def sbom(root: Path, commit: str = "HEAD") -> str:
    """The text of the bill of materials of a commit. Raises `ProblemsFound`."""
    about = _read(root, "show", "--no-patch", "--format=%H %ct", f"{commit}^{{commit}}").split()
    day = datetime.datetime.fromtimestamp(int(about[1]), datetime.UTC)
    lock = _file(root, commit, locks.SITE)
    kept = {(row.name, row.version): row for row in licences.read_licences(_file(root, commit, licences.FILE))}
    package = json.loads(_file(root, commit, "data/datapackage.json"))
    made_with = []
    for one in locks.read_lock(lock, locks.SITE):
        if (one.name, one.version) not in kept:
            told, remedy = f"Bảng giấy phép thiếu {one.name} {one.version}.", "Làm lại bảng: make licences ARGS=--write"
            raise ProblemsFound([Problem(licences.FILE, None, None, told, remedy, kind="machine")])
        made_with.append(_component(kept[one.name, one.version], "pypi", "excluded"))
    shipped = []
    for row in kept.values():
        if row.needed_for == licences.SHIPPED:
            font = row.name == "noto-sans"
            shipped.append(_component(row, "generic" if font else "npm", "required", "file" if font else "library"))
    site = {
        "type": "application",
        "bom-ref": "site",
        "name": package["name"],
        "version": package["version"],
        "description": package["title"],
        "licenses": [{"license": {"id": "MIT"}}, {"license": {"id": "CC-BY-4.0"}}],
        "properties": [
            {"name": "sdgbook:commit", "value": about[0]},
            {"name": f"sdgbook:sha256:{locks.SITE}", "value": hashlib.sha256(lock.encode()).hexdigest()},
        ],
    }
    components = [*shipped, *made_with]
    content = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": f"{day:%Y-%m-%dT%H:%M:%SZ}", "component": site},
        "components": components,
        # What reaches readers; the rest only makes it.
        "dependencies": [{"ref": "site", "dependsOn": [one["bom-ref"] for one in shipped]}],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _component(row: licences.Licensed, registry: str, scope: str, kind: str = "library") -> dict[str, Any]:
    """`scope`: required for what is in the site, excluded for what only makes it."""
    address = f"pkg:{registry}/{row.name}" + (f"@{row.version}" if row.version else "")
    told = {"type": kind, "bom-ref": address, "name": row.name}
    told |= {"version": row.version} if row.version else {}
    return {**told, "scope": scope, "licenses": _licences(row.licence), "purl": address}


def _licences(licence: str) -> list[dict[str, Any]]:
    """As CycloneDX tells a licence: an SPDX name, an SPDX expression, or plain words."""
    if " " in licence or licence.startswith("LicenseRef-"):
        return [{"expression": licence}]
    # What only says “BSD” names no licence of SPDX.
    return [{"license": {"name": licence} if licence == "BSD" else {"id": licence}}]


def _file(root: Path, commit: str, name: str) -> str:
    return _read(root, "show", f"{commit}:./{name}")


def _read(root: Path, *words: str) -> str:
    told = git(root, *words)
    if told is None:
        what = f"Git không đọc được: {' '.join(words)}."
        raise ProblemsFound([Problem("git", None, None, what, "Xem lại tên commit và tệp ấy.", kind="git")])
    return told.decode()
