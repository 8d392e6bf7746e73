"""Real web servers on this machine, set up with what the project writes for them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sdgbook.hosting.servers import Hosting, caddy, nginx

# Debian keeps servers where the path of plain users does not lead.
SBIN = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))
MODULES = Path("/usr/lib/nginx/modules")
BROTLI = MODULES / "ngx_http_brotli_static_module.so"
KINDS = ("nginx", "caddy")
HOST = "localhost"
SECONDS_TO_START = 20


def program(name: str) -> str:
    """Where a server's program is; without it a test is skipped, but fails where everything must be tested."""
    found = shutil.which(name, path=SBIN)
    if found is None:
        missing = f"Máy này chưa có {name}. Cài bằng: sudo python3 scripts/bootstrap.py --dev --servers"
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return found


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@dataclass(frozen=True)
class Server:
    """A server that runs: its `kind`, its `address` (with a slash at the end), its `port` (and that of plain HTTP, when
    it speaks HTTPS), its log of requests, the folder with its configuration, its process."""

    kind: str
    address: str
    port: int
    plain_port: int
    log: Path
    folder: Path
    process: subprocess.Popen


@contextlib.contextmanager
def serving(
    kind: str,
    root: Path,
    scratch: Path,
    *,
    redirects: Mapping[str, str] | None = None,
    certificate: tuple[Path, Path] | None = None,
    edit: tuple[str, str] = ("", ""),
    brotli: bool = True,
) -> Iterator[Server]:
    """Run `kind` (`nginx` or `caddy`) over `root`/current, until the block ends.

    What the server itself writes goes to `scratch`. It speaks HTTPS when it gets a `certificate` and its key. `edit` is
    a text of its configuration and what stands there instead, to plant a fault.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    port, plain = free_port(), free_port()
    common = {"name": HOST, "root": root.absolute(), "redirects": redirects or {}, "logs": str(scratch)}
    if certificate:
        cert, key = map(str, certificate)
        hosting = Hosting(**common, address="127.0.0.1", ports=(plain, port), certificate=cert, key=key, brotli=brotli)
    else:
        hosting = Hosting(**common, plain=f"127.0.0.1:{port}", brotli=brotli)
    words = {"nginx": _nginx, "caddy": _caddy}[kind](hosting, scratch, edit)
    with open(scratch / "said.txt", "ab") as said:
        process = subprocess.Popen(
            words, cwd=scratch, stdout=said, stderr=said, stdin=subprocess.DEVNULL, env=_env(scratch)
        )
    try:
        _wait_for(port, process, scratch / "said.txt")
        scheme = "https" if certificate else "http"
        log = scratch / f"{HOST}.log"
        yield Server(kind, f"{scheme}://{HOST}:{port}/", port, plain, log, scratch, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def serving_site(kind: str, site: Path, scratch: Path, **options) -> Iterator[Server]:
    """Run a server over the site in a folder, as if that were published."""
    root = scratch / "root"
    root.mkdir(parents=True)
    (root / "current").symlink_to(site.absolute())
    with serving(kind, root, scratch / kind, **options) as server:
        yield server


def _env(scratch: Path) -> dict[str, str]:
    # Caddy keeps what it makes below these.
    return {**os.environ, "HOME": str(scratch), "XDG_DATA_HOME": str(scratch), "XDG_CONFIG_HOME": str(scratch)}


def _planted(text: str, edit: tuple[str, str]) -> str:
    assert edit[0] in text, f"{edit[0]} does not stand in the configuration"
    return text.replace(*edit) if edit[0] else text


def _nginx(hosting: Hosting, scratch: Path, edit: tuple[str, str]) -> list[str]:
    has_module = BROTLI.exists() and hosting.brotli
    site = scratch / "site.conf"
    if not has_module:
        hosting = Hosting(**{**vars(hosting), "brotli": False})
    site.write_text(_planted(nginx.configuration(hosting), edit), encoding="utf-8")
    temporary = "\n".join(
        f"    {name}_temp_path {scratch}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # As Debian's own nginx.conf, but for folders, users and the number of processes.
    (scratch / "nginx.conf").write_text(
        f"""
{f"load_module {BROTLI};" if has_module else ""}
{"user root;" if os.geteuid() == 0 else ""}
daemon off;
worker_processes 2;
pid {scratch}/pid;
error_log {scratch}/error.log;
events {{ worker_connections 768; }}
http {{
{temporary}
    sendfile on;
    tcp_nopush on;
    types_hash_max_size 2048;
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
    ssl_prefer_server_ciphers on;
    access_log {scratch}/access.log;
    gzip on;
    include {site};
}}
""",
        encoding="utf-8",
    )
    return [program("nginx"), "-p", str(scratch), "-c", str(scratch / "nginx.conf"), "-e", str(scratch / "error.log")]


def _caddy(hosting: Hosting, scratch: Path, edit: tuple[str, str]) -> list[str]:
    file = scratch / "Caddyfile"
    file.write_text(_planted(caddy.configuration(hosting), edit), encoding="utf-8")
    return [program("caddy"), "run", "--config", str(file), "--adapter", "caddyfile"]


def _wait_for(port: int, process: subprocess.Popen, said: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        assert process.poll() is None, said.read_text(errors="replace")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError(f"no answer on port {port}: {said.read_text(errors='replace')}")
