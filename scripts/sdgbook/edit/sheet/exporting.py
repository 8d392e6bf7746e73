"""Where the workbook of an edition goes."""

from __future__ import annotations

import os
from pathlib import Path

from sdgbook.data.problems import Problem, ProblemsFound
from sdgbook.edit.sheet.plan import edition_of
from sdgbook.edit.sheet.writing import workbook


def export(root: Path, edition: int | None, to: Path | None) -> list[str]:
    """Write the workbook of an edition; what was done, in words.

    Raises `ProblemsFound` where it cannot be made or another file, which may hold somebody's work, stands there.
    """
    year = edition_of(root, edition)
    path = to or root / "_build" / f"so-lieu-{year}.xlsx"
    content = workbook(root, year)
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    if path.exists():
        if path.is_file() and path.read_bytes() == content:
            return [f"{name} đã có sẵn và vẫn đúng."]
        told = "Ở đây đã có một tệp khác, có thể ai đó đã sửa nó."
        remedy = "Đưa tệp ấy vào (sdgbook sheet import), đổi tên hay xóa nó, hoặc chọn tên khác: --to TÊN.xlsx"
        raise ProblemsFound([Problem(name, None, None, told, remedy, kind="sheet-file")])
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return [
        f"Đã xuất ấn bản {year} ra {name}.",
        f"Sửa xong thì đưa vào: sdgbook sheet import {name}",
    ]
