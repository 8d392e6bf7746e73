"""Who is asked about changes to which files: `CODEOWNERS`, made from the owners in `_config.yml`.

It stands in the project's top folder, where GitHub and GitLab both look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sdgbook.data import Problem
from sdgbook.edit.markdown import read_yaml

FILE, CONFIG, SETTING = "CODEOWNERS", "_config.yml", "sdgbook_owners"
# A person or a team, or an address of mail.
OWNER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_./-]*)?|[^\s@#]+@[^\s@#]+\.[^\s@#]+")
HEADER = f"# Viết từ {SETTING} trong {CONFIG} bằng `make format`. Sửa ở đó, đừng sửa ở đây.\n"


def owners(root: Path) -> dict[str, list[str]]:
    """Owners by file or folder, as configured; none where the configuration cannot be read, which is told elsewhere."""
    try:
        config = read_yaml((root / CONFIG).read_text(encoding="utf-8"))
        told: Any = config["sphinx"]["config"].get(SETTING) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {str(place): [str(one) for one in (who if isinstance(who, list) else [who])] for place, who in told.items()}


def content(root: Path) -> str | None:
    """What `CODEOWNERS` has to say; None where nobody is configured."""
    listed = owners(root)
    if not listed:
        return None
    lines = []
    for place, who in listed.items():
        path = place.strip("/")
        # Both take a path without its slashes for any file of that name.
        pattern = "*" if path in ("*", "") else f"/{path}/" if (root / path).is_dir() else f"/{path}"
        lines.append(f"{pattern.replace(' ', chr(92) + ' ')} {' '.join(who)}\n")
    return HEADER + "".join(lines)


def write_owners(root: Path) -> list[str]:
    """Bring `CODEOWNERS` in line with the configuration; returns the files written or removed."""
    wanted, path = content(root), root / FILE
    now = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
    # One that somebody wrote by hand stays as long as nobody is configured.
    if wanted == now or (wanted is None and not (now or "").startswith(HEADER)):
        return []
    if wanted is None:
        path.unlink()
    else:
        path.write_text(wanted, encoding="utf-8", newline="\n")
    return [FILE]


def check_owners(root: Path) -> Iterator[Problem]:
    """Owners that cannot be asked, places that there are not, and a `CODEOWNERS` that says something else."""
    listed = owners(root)
    lines = (root / CONFIG).read_text(encoding="utf-8").split("\n") if listed else []
    line = next((n for n, text in enumerate(lines, 1) if f"{SETTING}:" in text), None)
    for place, who in listed.items():
        path = place.strip("/")
        if path not in ("*", "") and not (root / path).exists():
            told = f"{SETTING} nói đến “{place}”, ở đây không có tệp hay thư mục ấy."
            yield Problem(CONFIG, line, None, told, "Viết tên như data, book hay _config.yml.", kind="settings")
        for one in who:
            if not OWNER.fullmatch(one):
                remedy = "Viết @tên, @tổ-chức/nhóm hay một địa chỉ thư."
                yield Problem(CONFIG, line, None, f"“{one}” không phải là người hay nhóm.", remedy, kind="settings")
    wanted, path = content(root), root / FILE
    now = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
    if (wanted or now or "").startswith(HEADER) and wanted != now:
        told = f"Tệp này không khớp với {SETTING} trong {CONFIG}."
        yield Problem(FILE, None, None, told, "Chạy `make format`, máy viết lại nó.", kind="settings")
