"""A web server on this machine that shows a built site the way a good host does."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
}
# What has the digest of its content in its address never changes there; anything else may at the next build.
FOR_EVER, FOR_A_WHILE = "public, max-age=31536000, immutable", "public, max-age=600"


class Handler(BaseHTTPRequestHandler):
    """Sends the files of `html` under the path `below`; the `.gz` beside one to whoever takes it."""

    html: Path
    below: str
    # Keeps connections open, as real hosts do.
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes: without this, the second waits for the browser's word on the first.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer with a file, or with 404.html."""
        status, file = HTTPStatus.OK, self.file()
        if file is None:
            status, file = HTTPStatus.NOT_FOUND, self.html / "404.html"
        body = file.read_bytes() if file.is_file() else b""
        self.send_response(status)
        self.send_header("Content-Type", TYPES.get(file.suffix, "application/octet-stream"))
        compressed = file.with_name(file.name + ".gz")
        if compressed.is_file():
            self.send_header("Vary", "Accept-Encoding")
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                self.send_header("Content-Encoding", "gzip")
                body = compressed.read_bytes()
        self.send_header("Content-Length", str(len(body)))
        if status == HTTPStatus.OK:
            self.send_header("Cache-Control", FOR_EVER if "v=" in urlsplit(self.path).query else FOR_A_WHILE)
            self.send_header("Last-Modified", formatdate(file.stat().st_mtime, usegmt=True))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def file(self) -> Path | None:
        """The file that an address means, if the site has it."""
        path = unquote(urlsplit(self.path).path)
        if not path.startswith(self.below):
            return None
        file = (self.html / path.removeprefix(self.below)).resolve()
        file = file / "index.html" if file.is_dir() else file
        return file if file.is_relative_to(self.html) and file.is_file() else None

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Serves until its block ends."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that breaks a connection off is no mistake."""


@contextlib.contextmanager
def serving(html: Path, below: str = "/bao-cao/") -> Iterator[str]:
    """Serve the site in `html` below a folder, as many hosts do; gives its address, with a slash at the end."""
    handler = type("Handler", (Handler,), {"html": html.resolve(), "below": below})
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{below}"
        server.shutdown()
