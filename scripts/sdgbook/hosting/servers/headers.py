"""What each file of a published site is sent with: one description, from which servers are set up and by which a live
site is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from sdgbook.policy import header_policy

# By the ending of a file's name. Texts are UTF-8, and say so.
TYPES: dict[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "webmanifest": "application/manifest+json; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
UNKNOWN_TYPE = "application/octet-stream"
# What a browser shows as a page of its own, in which something could run.
DOCUMENTS = ("html", "svg", "xml")

FOR_EVER = "public, max-age=31536000, immutable"
# A correction reaches every reader within five minutes.
FOR_A_WHILE = "public, max-age=300, must-revalidate"
NOT_AT_ALL = "no-store"


@dataclass(frozen=True)
class Kind:
    """Files whose path begins with `pattern` (a regular expression that Python, PCRE and RE2 read alike): how long they
    may be `kept` by browsers, and whether they are `open`, so that pages of other hosts may show and read them."""

    name: str
    pattern: str
    kept: str
    open: bool = False


# The first that fits counts; the last fits all. An edition below its year is a site of its own.
KINDS = (
    Kind("missing", r"404\.html$", NOT_AT_ALL),
    # Their folder's name is a digest of what is in it: what it holds never changes.
    Kind("hashed", r"([0-9]{4}/)?_static/[0-9a-f]{16}/", FOR_EVER),
    # Figures to take away, cards that others show beside a link, proof for whoever checks the site.
    Kind("open", r"([0-9]{4}/)?(tai-ve|data|anh-chia-se)/|\.well-known/", FOR_A_WHILE, open=True),
    Kind("other", r"", FOR_A_WHILE),
)

HSTS = {"Strict-Transport-Security": "max-age=63072000"}
FOR_ALL = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
FOR_OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
FOR_OWN = {"Cross-Origin-Resource-Policy": "same-origin"}
# Devices and sensors that no page of ours asks for.
DENIED = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)
FOR_DOCUMENTS = {
    "Content-Security-Policy": header_policy(),
    "Permissions-Policy": ", ".join(f"{name}=()" for name in DENIED),
    "Cross-Origin-Opener-Policy": "same-origin",
    # Says what `frame-ancestors` says to browsers that do not know that.
    "X-Frame-Options": "SAMEORIGIN",
}


def kind_of(path: str) -> Kind:
    """The kind of a file of the site (`muc-tieu/1-1.html`)."""
    return next(kind for kind in KINDS if re.match(kind.pattern, path))


def type_of(path: str) -> str:
    """The type that a file is sent as, with its charset."""
    return TYPES.get(PurePosixPath(path).suffix.removeprefix("."), UNKNOWN_TYPE)


def is_document(path: str) -> bool:
    """Whether a browser shows this file as a page of its own."""
    return PurePosixPath(path).suffix.removeprefix(".") in DOCUMENTS


def headers_for(path: str, *, https: bool) -> dict[str, str]:
    """What a server must send with a file of the site (`muc-tieu/1-1.html`), whatever address led to it.

    What depends on the request or the file's bytes (length, validators, encoding, `Vary`) is not among it.
    """
    kind = kind_of(path)
    return {
        "Content-Type": type_of(path),
        "Cache-Control": kind.kept,
        **FOR_ALL,
        **(FOR_OPEN if kind.open else FOR_OWN),
        **(FOR_DOCUMENTS if is_document(path) else {}),
        **(HSTS if https else {}),
    }
