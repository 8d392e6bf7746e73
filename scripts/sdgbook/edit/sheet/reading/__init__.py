"""Whatever a spreadsheet program has saved, as sheets of plain cells (`grid`)."""

from __future__ import annotations

import io
from pathlib import Path

from sdgbook.edit.sheet.reading.grid import Book, cannot_read
from sdgbook.edit.sheet.reading.ods import CONTENT, read_ods
from sdgbook.edit.sheet.reading.separated import read_separated
from sdgbook.edit.sheet.reading.unpack import MOST_BYTES, SEND_AGAIN, Package, locked
from sdgbook.edit.sheet.reading.xlsx import read_xlsx

# How files begin.
ZIP, OLE, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF"
# The name under which a document with a password lies in an OLE file.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_book(path: Path) -> Book:
    """A spreadsheet file, known by what is in it and not by its name.

    Raises `ProblemsFound` where it is none or cannot be read, and `OSError` where there is no such file.
    """
    name = path.name
    if path.stat().st_size > MOST_BYTES:
        raise cannot_read(name, "Tệp này quá lớn: không phải tệp đã xuất từ dự án.", "Gửi đúng tệp đã xuất ra.")
    content = path.read_bytes()
    if content.startswith(OLE):
        if ENCRYPTED in content:
            raise locked(name)
        raise cannot_read(name, "Tệp này là Excel đời cũ (.xls).", SEND_AGAIN)
    if content.startswith(ZIP):
        package = Package(io.BytesIO(content), name)
        if any(part.endswith("workbook.bin") for part in package.names):
            raise cannot_read(name, "Tệp này là Excel nhị phân (.xlsb).", SEND_AGAIN)
        read = read_xlsx if "[Content_Types].xml" in package.names else read_ods if CONTENT in package.names else None
        try:
            if read:
                return read(package)
        except (ValueError, LookupError, ArithmeticError, RecursionError):
            pass
        raise package.broken()
    if content.startswith(PDF) or content.lstrip()[:1] == b"<" or not content.strip():
        raise cannot_read(name, "Tệp này không phải là bảng tính.", SEND_AGAIN)
    return read_separated(content, name)
