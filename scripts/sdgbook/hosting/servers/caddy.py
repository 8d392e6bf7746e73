"""The site in the words of Caddy (2.6 and newer)."""

from __future__ import annotations

from sdgbook.hosting.servers import Hosting, filled, headers
from sdgbook.hosting.servers.moved import moved
from sdgbook.publish.finish import COMPRESSED


def configuration(hosting: Hosting) -> str:
    """A `Caddyfile`. Without a certificate given, Caddy gets and renews one by itself."""
    address, _, plain_port = hosting.plain.rpartition(":")
    address = hosting.address or address
    targets = {old: new.partition("#") for old, new in moved(hosting.redirects).items()}
    return filled(
        "Caddyfile",
        hosting,
        always={**headers.FOR_ALL, **(headers.HSTS if hosting.https else {})},
        missing=headers.headers_for("404.html", https=hosting.https),
        compressed=[end.removeprefix(".") for end in COMPRESSED],
        plain_port=plain_port,
        port="" if hosting.ports[1] == 443 else f":{hosting.ports[1]}",
        bind=f"\tbind {address}" if address else "",
        log={"": "stderr", "-": "stdout"}.get(hosting.logs, f'file "{hosting.logs}/{hosting.name}.log"'),
        moved={_quoted(old): (_quoted(new), f"{hash_}{fragment}") for old, (new, hash_, fragment) in targets.items()},
    )


def _quoted(text: str) -> str:
    # Braces are placeholders; no address of a page has any.
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("{", "\\{")
