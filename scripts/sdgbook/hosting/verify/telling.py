"""How a comparison is told: in words, and to programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from sdgbook.hosting.verify.report import KINDS, Report

# How many findings of one kind are told one by one.
MOST = 20


def as_json(report: Report) -> str:
    """For a program."""
    return json.dumps({**asdict(report), "status": report.status}, ensure_ascii=False, indent=1)


def as_text(report: Report) -> Iterator[str]:
    """For a person, line by line. Signs by which a site could write over the rest are shown as what they are."""
    for line in _lines(report):
        yield "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line)


def _lines(report: Report) -> Iterator[str]:
    yield f"Nơi soát: {report.address}"
    if report.commit:
        parts = (f"commit {report.commit}", f"dữ liệu {report.data_version}", f"đăng lúc {report.published}")
        yield f"Trang ấy tự ghi: {', '.join(parts)}."
    if report.expected:
        yield f"So với commit {report.expected}, dựng lại tại đây: {report.files} tệp."
    elif report.files:
        yield (
            f"So với danh sách của chính trang ấy: {report.files} tệp. Như vậy chỉ biết trang khớp với lời nó tự nói "
            "về mình; muốn biết nó có đúng là một commit hay không thì thêm --commit."
        )
    yield from report.notes
    for kind, says in KINDS.items():
        found = [one for one in report.findings if one.kind == kind]
        if found:
            yield f"{says} ({len(found)}):"
            yield from (f"  {_line(one.file, one.says)}" for one in found[:MOST])
        if len(found) > MOST:
            yield f"  … và {len(found) - MOST} chỗ nữa (xem đủ: --format json)"
    if report.unread:
        yield f"Không đọc được ({len(report.unread)}):"
        yield from (f"  {_line(name, why)}" for name, why in report.unread[:MOST])
    yield _verdict(report)


def _line(name: str, says: str) -> str:
    return ": ".join(part for part in (name, says) if part)


def _verdict(report: Report) -> str:
    if report.findings:
        return f"KHÁC: {len(report.findings)} chỗ; {report.right} trên {report.files} tệp đúng."
    if report.unread:
        return f"CHƯA BIẾT: có chỗ không đọc được; {report.right} trên {report.files} tệp đúng. Chạy lại sau."
    return f"ĐÚNG: cả {report.files} tệp, bản nén và tiêu đề của chúng."
