"""How servers are set up for the site: what they send, in the words of nginx, Caddy, static hosts and containers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sdgbook.hosting.proof import FOR_HOSTS, TWINS
from sdgbook.hosting.servers import headers

HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# What has a meaning of its own in a configuration, even within quotes.
UNSAFE = re.compile(r"[\x00-\x1f\x7f\"'`\\${};#]")
CERTIFICATES = "/etc/letsencrypt/live"


@dataclass(frozen=True)
class Hosting:
    """A site and the server that shows it.

    `name` is its host; `root` the folder that it is published to (it shows `root`/current); `redirects` new addresses
    by old ones. With `plain` (`127.0.0.1:8080`) it answers there and speaks HTTP only, for a proxy that speaks HTTPS,
    or to try it out; otherwise it answers on both `ports` of `address` (empty: of all) with `certificate` and `key`.
    `logs` is the folder of its logs (empty: where its package keeps them; `-`: what it prints). Raises `ValueError` for
    what no configuration can name.
    """

    name: str
    root: Path
    redirects: Mapping[str, str] = field(default_factory=dict)
    plain: str = ""
    address: str = ""
    ports: tuple[int, int] = (80, 443)
    certificate: str = ""
    key: str = ""
    logs: str = ""
    # Whether nginx has its module for Brotli. Caddy always sends what lies beside a file.
    brotli: bool = True

    def __post_init__(self) -> None:
        if not HOST.fullmatch(self.name):
            raise ValueError(f"Tên máy chủ “{self.name}” không dùng được. Viết như example.org.")
        if not self.root.is_absolute():
            raise ValueError(f"Thư mục “{self.root}” phải viết đầy đủ, từ dấu / đầu tiên.")
        for path in (str(self.root), self.certificate, self.key, self.logs):
            if UNSAFE.search(path):
                raise ValueError(f"Đường dẫn “{path}” có ký tự không dùng được ở đây.")
        if self.plain and not re.fullmatch(r"([0-9.]+|\[[0-9a-f:.]+\]):[0-9]{1,5}", self.plain):
            raise ValueError(f"“{self.plain}” không phải là một địa chỉ và một cổng. Viết như 127.0.0.1:8080.")

    @property
    def https(self) -> bool:
        """Whether this server itself speaks HTTPS."""
        return not self.plain

    @property
    def site(self) -> str:
        """The folder that it shows."""
        return f"{self.root.as_posix().rstrip('/')}/current"


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def filled(template: str, hosting: Hosting, **more: object) -> str:
    """A template of this folder, filled with what the site is sent with."""
    # Files for readers of other kinds than browsers: what compressing and static hosts leave.
    text = _environment().get_template(template)
    filled = text.render(
        hosting=hosting,
        headers=headers,
        twins="|".join(re.escape(end) for end in TWINS),
        for_hosts="|".join(re.escape(name) for name in sorted(FOR_HOSTS) if not name.startswith(".")),
        **more,
    )
    # Where parts are left out, no gaps stay.
    return re.sub(r"\n{2,}", "\n\n", re.sub(r"\{\n\n+", "{\n", re.sub(r"\n\n+([ \t]*\})", r"\n\1", filled)))
