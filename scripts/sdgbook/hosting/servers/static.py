"""The site in the words of hosts that take a folder of files: `_headers` and `_redirects`, as Netlify and Cloudflare
Pages read them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from sdgbook.hosting.servers import headers
from sdgbook.hosting.servers.moved import moved

# Cloudflare takes no more redirects; it ignores longer lines.
MOST_REDIRECTS, LONGEST_LINE = 2000, 1000
OPEN = ("tai-ve", "data", "anh-chia-se", ".well-known")


def headers_file() -> str:
    """`_headers`. No header is named for one address twice: Cloudflare would join both values.

    Types, and how long what bears no digest is kept, stay as the host has them: both hosts send pages as UTF-8 and have
    browsers ask each time. Pages are not marked as `same-origin`, since rules cannot leave out folders.
    """
    rules = {
        "/*": {**headers.FOR_ALL, **headers.FOR_DOCUMENTS, **headers.HSTS},
        **{f"{place}_static/:digest/*": {"Cache-Control": headers.FOR_EVER} for place in ("/", "/:year/")},
        **{f"/{folder}/*": headers.FOR_OPEN for folder in (*OPEN, *(f":year/{folder}" for folder in OPEN[:-1]))},
    }
    lines = ["# Do lệnh `sdgbook server static` viết: muốn đổi thì chạy lại lệnh ấy."]
    for address, sent in rules.items():
        lines += [address, *(f"  {name}: {value}" for name, value in sent.items())]
    return "\n".join(lines) + "\n"


def redirects_file(redirects: Mapping[str, str]) -> str:
    """`_redirects`: new addresses by old ones. Raises `ValueError` for more than hosts take."""
    # Both hosts know a page's name with and without its ending, and a folder's with and without its slash.
    found = {quote(old): new for old, new in moved(redirects).items() if not old.endswith((".html", "/index"))}
    lines = [f"{old} {new} 301" for old, new in found.items()]
    if len(lines) > MOST_REDIRECTS:
        raise ValueError(f"Có {len(lines)} địa chỉ chuyển hướng; nơi đăng chỉ nhận {MOST_REDIRECTS}.")
    if long := next((line for line in lines if len(line) > LONGEST_LINE), None):
        raise ValueError(f"Địa chỉ “{long[:60]}…” quá dài: nơi đăng chỉ nhận {LONGEST_LINE} ký tự mỗi dòng.")
    return "".join(f"{line}\n" for line in lines)
