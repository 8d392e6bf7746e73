"""What `sdgbook server` writes, and what it says of what to do with that."""

from __future__ import annotations

import csv
from pathlib import Path

from sdgbook.files import write
from sdgbook.hosting.servers import CERTIFICATES, Hosting, caddy, container, nginx, static

REDIRECTS = "data/reference/redirects.csv"
DEBIAN_NGINX = (
    "apt-get install nginx libnginx-mod-http-brotli-static certbot",
    'certbot certonly --webroot --webroot-path {acme} --domain {name} --deploy-hook "systemctl reload nginx"',
    "cp {file} /etc/nginx/sites-available/{name}",
    "ln -sf /etc/nginx/sites-available/{name} /etc/nginx/sites-enabled/default",
    "nginx -t && systemctl reload nginx",
)
DEBIAN_CADDY = (
    "apt-get install caddy",
    "cp {file} /etc/caddy/Caddyfile",
    "caddy validate --config /etc/caddy/Caddyfile && systemctl restart caddy",
)


def redirects_of(root: Path) -> dict[str, str]:
    """New addresses by old ones, from the project's table; none where it has no such table."""
    file = root / REDIRECTS
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as rows:
        return {row[0]: row[1] for row in list(csv.reader(rows))[1:] if len(row) > 1 and row[1]}


def configuration(
    kind: str, root: Path, name: str, folder: Path, plain: str, files: tuple[str, str], brotli: bool
) -> str:
    """The configuration of `nginx` or `caddy` for the host `name`, whose site is published to `folder`.

    `plain` and `brotli` as in `Hosting`; `files` are a certificate and its key, empty for where certbot keeps them
    (nginx) or none (Caddy). Raises `ValueError` and `OSError`.
    """
    certificate, key = files
    if bool(certificate) != bool(key):
        raise ValueError("Chứng chỉ và khóa đi cùng nhau: ghi cả --certificate và --key, hoặc không ghi cái nào.")
    if kind == "nginx" and not certificate:
        certificate, key = (f"{CERTIFICATES}/{name}/{file}.pem" for file in ("fullchain", "privkey"))
    hosting = Hosting(name, folder, redirects_of(root), plain=plain, certificate=certificate, key=key, brotli=brotli)
    return {"nginx": nginx, "caddy": caddy}[kind].configuration(hosting)


def what_next(kind: str, name: str, file: Path) -> list[str]:
    """What to do with a configuration on Debian."""
    words = {"nginx": DEBIAN_NGINX, "caddy": DEBIAN_CADDY}[kind]
    filled = (word.format(name=name, file=file, acme=nginx.ACME) for word in words)
    return [f"Đã viết {file}. Trên máy chủ Debian, với quyền root:", *(f"  {word}" for word in filled)]


def write_static(root: Path, folder: Path) -> list[str]:
    """Write `_headers` and `_redirects` into `folder`; tells what was done. Raises `ValueError` and `OSError`."""
    texts = {"_headers": static.headers_file(), "_redirects": static.redirects_file(redirects_of(root))}
    for name, text in texts.items():
        write(folder / name, text)
    return [f"Đã viết {' và '.join(texts)} vào {folder}."]


def write_container(root: Path, name: str, folder: Path) -> list[str]:
    """Write what builds a container into `folder`; tells what was done. Raises `ValueError` and `OSError`."""
    texts = container.files(name, redirects_of(root))
    for file, text in texts.items():
        write(folder / file, text)
    return [
        f"Đã viết {', '.join(texts)} vào {folder}. Đăng trang vào thư mục site ở đó, rồi làm container:",
        f"  make publish TO={folder}/site",
        f"  podman build --tag sdgbook {folder}",
    ]
