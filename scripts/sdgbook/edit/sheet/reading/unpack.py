"""The files inside an XLSX or ODS file, unpacked with care: who has sent it is not known."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO

from lxml import etree

from sdgbook.edit.sheet.reading.grid import cannot_read

# Unpacked, the real edition has two million bytes.
MOST_BYTES, MOST_FILES = 80_000_000, 2_000
SEND_AGAIN = "Mở tệp bằng Excel hay LibreOffice, lưu lại dạng .xlsx, rồi gửi tệp mới."


class Package:
    """The parts of a zip file that holds XML."""

    def __init__(self, stream: IO[bytes], file: str):
        self.file = file
        try:
            self._zip = zipfile.ZipFile(stream)
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError):
            raise self.broken() from None
        if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
            told = "Tệp này mở ra thì quá lớn: không phải tệp đã xuất từ dự án."
            raise cannot_read(file, told, "Gửi đúng tệp đã xuất ra và sửa.")
        if any(entry.flag_bits & 1 for entry in entries):
            raise locked(file)
        self.names = {entry.filename for entry in entries}
        self._left = MOST_BYTES

    def broken(self):
        """What is raised for a file whose inside is not as it should be."""
        return cannot_read(self.file, "Tệp này hỏng, hoặc không phải là bảng tính.", SEND_AGAIN)

    def read(self, name: str) -> bytes:
        """A part as bytes; raises `ProblemsFound` where it is not there or broken."""
        try:
            # Its size was checked; what is longer than the size it names, `zipfile` cuts off and finds broken. A part
            # that is named again and again is read no more often than the whole file has room for.
            self._left -= self._zip.getinfo(name).file_size
            content = self._zip.read(name) if self._left >= 0 else None
        except Exception:
            raise self.broken() from None
        if content is None:
            raise self.broken()
        return content

    def tree(self, name: str) -> etree._Element:
        """A part as XML, in which nothing is fetched from anywhere and nothing stands for something longer."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        content = self.read(name)
        # Before it is read: within attributes entities are put in whatever the parser is told.
        if b"<!DOCTYPE" in content.replace(b"\0", b""):
            raise self.broken()
        try:
            root = etree.fromstring(content, parser)
        except (etree.XMLSyntaxError, ValueError):
            raise self.broken() from None
        if root.getroottree().docinfo.doctype:
            raise self.broken()
        return root


def locked(file: str):
    """What is raised for a file with a password."""
    return cannot_read(file, "Tệp này có mật khẩu.", "Mở tệp, bỏ mật khẩu, lưu lại dạng .xlsx, rồi gửi tệp mới.")


def local(element: etree._Element) -> str:
    """The name of an element without its namespace, which differs from program to program; "" for what is none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: etree._Element, name: str, default: str = "") -> str:
    """An attribute by its name without namespace."""
    if (value := element.get(name)) is not None:
        return value
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), default)


def children(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    """The children of these names, in order."""
    for child in element if element is not None else ():
        if local(child) in names:
            yield child


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """The first child of this name."""
    return next(children(element, name), None)
