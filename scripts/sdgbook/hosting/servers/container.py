"""The site in a container: nginx without rights, on a file system that it only reads; HTTPS is a proxy's before it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sdgbook.hosting.servers import Hosting, filled, nginx

ROOT, PORT = Path("/srv/site"), 8080


def files(name: str, redirects: Mapping[str, str]) -> dict[str, str]:
    """What belongs beside the folder `site` (to which the site is published) to build the container, by name."""
    hosting = Hosting(name, ROOT, redirects, plain=f"0.0.0.0:{PORT}", logs="-")
    site = nginx.configuration(hosting)
    return {
        "Containerfile": filled("Containerfile", hosting, port=PORT),
        "nginx.conf": filled("container.conf", hosting, site=site),
        ".containerignore": "*\n!nginx.conf\n!site\n",
    }
