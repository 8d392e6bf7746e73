"""What has one right answer is mended by the machine: the form of files, never what they say."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sdgbook.data.form import MERGE_MARK, UTF16
from sdgbook.data.layout import canonical, source_order
from sdgbook.data.package import read_descriptor, split_resource
from sdgbook.data.text import INVISIBLE, LOST, SPECIAL_SPACE
from sdgbook.edit.guide import renewed
from sdgbook.edit.new.changes import Changes
from sdgbook.edit.telling import GUIDE

# The project's texts besides its tables.
TEXTS = ("_config.yml", "_toc.yml")


def fix(root: Path) -> list[str]:
    """Mend the form of all tables, pages and settings; returns a line for each file: its name and what was done.

    Encoding (UTF-16 only), mark at the start, line ends, letters with marks apart, invisible characters, blank rows,
    spaces around cells, quotes, order of rows and of list items. A file whose text cannot be known stays as it is.
    Raises `OSError` where a file cannot be written; all are then as they were.
    """
    changes, done = Changes(root), []
    for file, before, after, what in _mended(root):
        if after != before:
            changes.files[file] = after
            done.append(f"Đã viết lại {file}: {', '.join(what or ['thứ tự dòng, dấu cách hay dấu nháy'])}")
    changes.apply()
    return done


def _mended(root: Path) -> Iterator[tuple[str, bytes, bytes, list[str]]]:
    """Files with their content before and after, and what was mended."""
    resources = read_descriptor(root)["resources"]
    for resource in resources:
        file = f"data/{resource['path']}"
        if (found := _read(root / file)) is None:
            continue
        raw, text = found
        text, what = _letters(raw, text)
        try:
            text, more = _cells(text, resource)
            text = canonical(text, resource, source_order(root, resources, split_resource(resource)[1]))
        except csv.Error:
            continue
        yield file, raw, text.encode(), [*what, *more]
    pages = sorted(path.relative_to(root).as_posix() for path in (root / "book").rglob("*.md"))
    for file in [*TEXTS, *pages]:
        if (found := _read(root / file)) is not None:
            raw, text = found
            text, what = _letters(raw, text)
            clean = INVISIBLE.sub("", text)
            ended = clean.rstrip("\n") + "\n"
            what += ["bỏ ký tự ẩn"] if clean != text else []
            what += ["dòng cuối"] if ended != clean else []
            whole = renewed(ended) if file == GUIDE else ended
            yield file, raw, whole.encode(), [*what, *(["phần lấy từ mã"] if whole != ended else [])]


def _read(path: Path) -> tuple[bytes, str] | None:
    """Content and text of a file; None where there is none or its text cannot be known."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-16" if raw.startswith(UTF16) else "utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return None if LOST in text or MERGE_MARK.search(text) or not text.strip("\ufeff \r\n") else (raw, text)


def _letters(raw: bytes, text: str) -> tuple[str, list[str]]:
    """Text with its encoding, start, line ends and letters mended, and what was done."""
    what = ["đổi sang mã UTF-8"] if raw.startswith(UTF16) else []
    if text.startswith("\ufeff"):
        text = text.removeprefix("\ufeff")
        what.append("bỏ dấu BOM")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        what.append("đổi cuối dòng")
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
        what.append("ghép dấu vào chữ")
    return text, what


def _cells(text: str, resource: dict[str, Any]) -> tuple[str, list[str]]:
    """A table without invisible characters, special spaces in codes and numbers, and blank rows."""
    header, *rows = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
    prose = {f["name"] for f in resource["schema"]["fields"] if f.get("content") == "prose"}
    clean = [INVISIBLE.sub("", name).strip() for name in header]
    kept = []
    for row in rows:
        cells = [INVISIBLE.sub("", cell) for cell in row]
        kept.append(
            [c if n < len(clean) and clean[n] in prose else SPECIAL_SPACE.sub(" ", c) for n, c in enumerate(cells)]
        )
    filled = [row for row in kept if any(cell.strip() for cell in row)]
    what = ["bỏ ký tự ẩn"] if [clean, *kept] != [header, *rows] else []
    what += ["bỏ dòng trống"] if len(filled) < len(kept) else []
    if not what:
        return text, []
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([clean, *filled])
    return out.getvalue(), what
