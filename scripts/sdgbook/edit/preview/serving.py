"""Answers browsers: with the site's pages, which load themselves again after a build, or with what is wrong."""

from __future__ import annotations

import json
import mimetypes
import re
import secrets
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import jinja2
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler

from sdgbook.edit.preview.building import Failure

HERE = Path(__file__).parent
OWN = {
    "client.js": HERE / "client.js",
    # From its source: the built one may be missing, or of another day.
    "sdgbook.css": HERE.parents[1] / "site" / "theme" / "static" / "sdgbook.css",
}
PAGE_SUFFIXES = ("", ".html")
TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2"}
SPEAKING = ("text/", "application/json", "application/manifest+json", "application/xml", "image/svg+xml")

templates = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined)


class Shown:
    """What browsers are shown: the site in the folder `html`, or why there is none to trust; and the pages open now."""

    def __init__(self, html: Path):
        self.html = html
        # Another one whenever open pages have to be loaded again, also by the next preview at this address.
        self.made = secrets.token_hex(8)
        self.building = False
        # Before the first build has ended, what stands in the folder may be old.
        self.ready = False
        self.failure: Failure | None = None
        self.ended: datetime | None = None
        self.listeners: set[Listener] = set()

    def begin(self) -> None:
        """A build has begun."""
        self.building = True
        self._tell()

    def end(self, failure: Failure | None) -> None:
        """A build has ended: well, or with a failure."""
        self.building, self.ready, self.failure, self.ended = False, True, failure, datetime.now()
        self.made = secrets.token_hex(8)
        self._tell()

    def close(self) -> None:
        """Let go of the pages that are open."""
        for listener in list(self.listeners):
            listener.close()

    def message(self) -> str:
        """What an open page needs to know."""
        return json.dumps({"made": self.made, "building": self.building})

    def _tell(self) -> None:
        for listener in self.listeners:
            listener.tell()


class Listener(WebSocketHandler):
    """The line to one open page. (No stream of events: browsers keep six of these to a host, and no seventh page.)"""

    def initialize(self, shown: Shown) -> None:
        self.shown = shown

    def open(self) -> None:
        """Tell a page at once whether it is old already."""
        self.set_nodelay(True)
        self.shown.listeners.add(self)
        self.tell()

    def tell(self) -> None:
        """Tell the page how things stand; one that has just been closed need not hear it."""
        self.write_message(self.shown.message()).add_done_callback(lambda sent: sent.exception())

    def on_close(self) -> None:
        self.shown.listeners.discard(self)


class Pages(RequestHandler):
    """The site's files; problems in place of its pages."""

    def initialize(self, shown: Shown) -> None:
        self.shown = shown

    def get(self, path: str) -> None:
        """Send what stands at an address of the site."""
        file = self._file(path)
        # Every page, and any that may become one: a page that a mistake kept from being built has no file yet.
        if file.suffix in PAGE_SUFFIXES and (self.shown.failure or not self.shown.ready):
            return self._send_state()
        if file.is_dir():
            # So that links on the page lead where they should.
            if path and not path.endswith("/"):
                return self.redirect("/" + quote(file.relative_to(self.shown.html.resolve()).as_posix()) + "/")
            file = file / "index.html"
        if not file.is_file():
            return self._send_lost()
        self._send(file.suffix, file.read_bytes())

    head = get

    def _file(self, path: str) -> Path:
        """Where in the site an address leads; refuses those that lead out of it."""
        site = self.shown.html.resolve()
        try:
            file = (site / path).resolve()
            file.exists()
        except (ValueError, OSError):
            raise HTTPError(HTTPStatus.BAD_REQUEST) from None
        if not file.is_relative_to(site):
            raise HTTPError(HTTPStatus.FORBIDDEN)
        return file

    def _send(self, suffix: str, content: bytes) -> None:
        kind = TYPES.get(suffix) or mimetypes.guess_type(f"a{suffix}")[0] or "application/octet-stream"
        self.set_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith(SPEAKING) else kind)
        self.set_header("Cache-Control", "no-store")
        if suffix == ".html":
            content = self._listening(content, "data-page")
        self.finish(content)

    def _listening(self, page: bytes, what: str = "") -> bytes:
        """A page that loads itself again after the next build."""
        script = f'<script src="/_preview/client.js" data-made="{self.shown.made}" {what}></script>'.encode()
        before, body, after = page.rpartition(b"</body>")
        return before + script + body + after if body else page + script

    def _send_lost(self) -> None:
        """The site's page for addresses that lead nowhere."""
        self.set_status(HTTPStatus.NOT_FOUND)
        file = self.shown.html / "404.html"
        if not file.is_file():
            return self._send(".txt", "Không có trang này.".encode())
        text = file.read_text(encoding="utf-8")
        # Its links begin at the root of the server that the site is meant for, which may be a folder there.
        root = re.search(r'<html[^>]* data-root="(/[^"]+)"', text)
        if root:
            text = text.replace(f'="{root[1]}', '="/')
        self._send(".html", text.encode())

    def _send_state(self) -> None:
        """The problems, or that the first build is not done. Both are no success to scripts that ask for a page."""
        failed = self.shown.failure is not None
        self.set_status(HTTPStatus.INTERNAL_SERVER_ERROR if failed else HTTPStatus.SERVICE_UNAVAILABLE)
        page = templates.get_template("page.html").render(
            failure=self.shown.failure, ended=self.shown.ended, kept=self.shown.html.is_dir()
        )
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(self._listening(page.encode()))


class Own(RequestHandler):
    """What the preview's own pages need."""

    def get(self, name: str) -> None:
        """Send one of the few files."""
        if not OWN[name].is_file():
            raise HTTPError(HTTPStatus.NOT_FOUND)
        self.set_header("Content-Type", f"text/{'css' if name.endswith('.css') else 'javascript'}; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(OWN[name].read_bytes())


def application(shown: Shown) -> Application:
    """Serves what is shown at the root of a host."""
    return Application(
        [
            (r"/_preview/listen", Listener, {"shown": shown}),
            (rf"/_preview/({'|'.join(map(re.escape, OWN))})", Own),
            (r"/(.*)", Pages, {"shown": shown}),
        ],
        # The terminal is for what a build says.
        log_function=lambda handler: None,
    )
