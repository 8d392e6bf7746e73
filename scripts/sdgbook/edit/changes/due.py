"""What a change owes: which version the data is due, and in one sentence what is still to be done."""

from __future__ import annotations

import re
from typing import Any

from sdgbook.edit.changes.found import ADDED, REMOVED, Cell, Changes, Record, Version
from sdgbook.edit.changes.tables import descriptor
from sdgbook.edit.changes.trees import Tree

MAJOR, MINOR, PATCH = "major", "minor", "patch"
LEVELS = {MAJOR: "số đầu", MINOR: "số giữa", PATCH: "số cuối"}
RULE = (
    "Số đầu tăng khi một bảng, một cột hay một mã trong data/reference/ bị bỏ hoặc đổi tên, hoặc một cột đổi kiểu: ai "
    "đang dùng dữ liệu sẽ phải sửa theo. Số giữa tăng khi có thêm bảng, cột, dòng, hoặc bớt dòng trong một ấn bản. Số "
    "cuối tăng khi chỉ sửa giá trị hay lời, kể cả khi có dòng hiệu đính đi kèm. Số sau số vừa tăng về 0."
)
FINE = "Mọi thứ ổn."
NOTHING = "Mọi thứ ổn. Người đọc không thấy gì khác."


def version(before: Tree, after: Tree, cells: list[Cell], records: list[Record]) -> Version:
    """The data's version before and after, and the one that is due by `RULE`."""
    old, new = descriptor(before), descriptor(after)
    told = Version(str(old.get("version", "")), str(new.get("version", "")))
    # That an edition is closed changes nothing that it says.
    kept = [c for c in cells if not (c.file.endswith("/edition.csv") and c.column == "status")]
    told.level, told.why = _level(old, new, kept, records)
    if told.level:
        needed = _raised(_parts(told.old), told.level)
        told.due = "" if _parts(told.new) >= needed else ".".join(map(str, needed))
    return told


def _level(old: dict[str, Any], new: dict[str, Any], cells: list[Cell], records: list[Record]) -> tuple[str, str]:
    """How much the data changed, and by what."""
    for record in records:
        if record.change == REMOVED and not record.key:
            return MAJOR, f"{record.file}: bỏ cột {record.column}" if record.column else f"bỏ bảng {record.file}"
    for record in records:
        if record.change == REMOVED and record.file.startswith("data/reference/"):
            return MAJOR, f"{record.file}: bỏ hoặc đổi tên mã {record.key}"
    kinds = [
        {(r.get("path"), f["name"]): f.get("type") for r in d.get("resources", []) for f in _fields(r)}
        for d in (old, new)
    ]
    for place, kind in kinds[0].items():
        if kinds[1].get(place, kind) != kind:
            return MAJOR, f"data/{place[0]}: cột {place[1]} đổi kiểu"
    for change, words in ((ADDED, "thêm"), (REMOVED, "bớt")):
        for record in records:
            # A row of `revisions` goes with a value that is corrected.
            if record.change == change and not record.file.endswith("/revisions.csv"):
                what = f"dòng {record.key}" if record.key else f"cột {record.column}" if record.column else "bảng này"
                return MINOR, f"{record.file}: {words} {what}"
    if not cells and records:
        return PATCH, f"{records[0].file}: {'thêm' if records[0].change == ADDED else 'bớt'} dòng {records[0].key}"
    if cells:
        # A figure is the plainest reason.
        cell = next((cell for cell in cells if cell.column == "obs_value"), cells[0])
        return PATCH, f"{cell.file}: sửa ô {cell.column} của dòng {cell.key}"
    without = [{k: v for k, v in d.items() if k != "version"} for d in (old, new)]
    return (PATCH, "data/datapackage.json: sửa lời mô tả") if without[0] != without[1] else ("", "")


def _fields(resource: dict[str, Any]) -> list[dict[str, Any]]:
    return resource.get("schema", {}).get("fields", [])


def _parts(text: str) -> tuple[int, int, int]:
    """A version as numbers; one that is none comes before all others."""
    match = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else (-1, 0, 0)


def _raised(old: tuple[int, int, int], level: str) -> tuple[int, int, int]:
    major, minor, patch = max(old, (0, 0, 0))
    return {MAJOR: (major + 1, 0, 0), MINOR: (major, minor + 1, 0), PATCH: (major, minor, patch + 1)}[level]


def judge(found: Changes) -> None:
    """Fill in what is to be done, what is asked, and the verdict in plain words."""
    todo, asked = found.todo, found.questions
    if found.problems:
        todo.append(f"Sửa {len(found.problems)} lỗi mà phần kiểm tra báo (kê ở dưới).")
    for claim in found.claims:
        if claim.new.startswith("không còn"):
            todo.append(f"Trang {claim.page}: lời khẳng định {claim.about} {claim.new} Viết lại câu theo số mới.")
    for one in found.missing:
        todo.append(
            f"Con số đã đăng “{one.name}” đổi từ {one.old} thành {one.new} mà chưa có dòng nào ở {one.file} nói vì "
            f"sao. Thêm một dòng, bắt đầu như sau rồi thay những chữ in hoa: {one.row}"
        )
    for link in found.links:
        if link.used_by:
            todo.append(f"Liên kết tới {link.address} hỏng ({link.why}). Sửa ở: {'; '.join(link.used_by)}.")
    if found.version and found.version.due:
        v = found.version
        todo.append(
            f'Tăng phiên bản dữ liệu: ở data/datapackage.json, dòng "version", viết {v.due} thay cho {v.new} '
            f"({LEVELS[v.level]}, vì {v.why})."
        )
    for figure in found.figures:
        asked += [f"{figure.label}, {figure.when} ({figure.name}): {words}" for words in figure.questions]
    for turn in found.findings:
        if turn.flips:
            asked.append(
                f"Trang {turn.page}, {turn.about}: câu kết luận nay nói ngược hoặc khác chiều với trước. Đọc lại."
            )
    gone = [link.address for link in found.links if not link.used_by]
    if gone:
        more = f" và {len(gone) - 5} chỗ nữa" if len(gone) > 5 else ""
        asked.append(f"Ai đã lưu địa chỉ cũ sẽ không tìm thấy nữa: {', '.join(gone[:5])}{more}. Có cần giữ không?")
    asked += [f"Máy không đọc được, bạn tự xem giúp: {words}" for words in found.unread]
    if todo:
        found.verdict = f"Có {len(todo)} việc phải làm trước khi gộp vào."
    elif asked:
        found.verdict = f"Không có lỗi. Có {len(asked)} điều nên xem lại trước khi gộp vào."
    else:
        found.verdict = NOTHING if found.is_empty else FINE
