"""The site in the words of nginx (1.22 and newer)."""

from __future__ import annotations

from sdgbook.hosting.servers import Hosting, filled, headers
from sdgbook.hosting.servers.moved import moved

# Where Debian's nginx finds files while no site is set up, so that a first certificate can be had.
ACME = "/var/www/html"


def configuration(hosting: Hosting) -> str:
    """What belongs into the `http` part of nginx' configuration (Debian: a file in `sites-enabled/`)."""
    targets = {old: new.partition("#") for old, new in moved(hosting.redirects).items()}
    return filled(
        "nginx.conf",
        hosting,
        open_names=list(headers.FOR_OPEN),
        variable=lambda name: f"sdgbook_{name.lower().replace('-', '_')}",
        at_start=lambda pattern: f"({pattern})" if "|" in pattern else pattern,
        listens=lambda port: _listens(hosting.address, port),
        port="" if hosting.ports[1] == 443 else f":{hosting.ports[1]}",
        moved={_quoted(old): (new, f"{hash_}{fragment}") for old, (new, hash_, fragment) in targets.items()},
        acme=ACME,
        access_log=_log(hosting, "", "/dev/stdout"),
        error_log=_log(hosting, "-error", "/dev/stderr"),
    )


def _listens(address: str, port: int) -> list[str]:
    return [f"{address}:{port}"] if address else [str(port), f"[::]:{port}"]


def _log(hosting: Hosting, kind: str, stream: str) -> str:
    return stream if hosting.logs == "-" else f'"{hosting.logs or "/var/log/nginx"}/{hosting.name}{kind}.log"'


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
