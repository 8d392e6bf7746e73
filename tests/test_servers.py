"""nginx and Caddy, set up as the project sets them up: what they send, to whom, and what they refuse."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

import brotli
import pytest
from helpers import sdgbook
from servers import BROTLI, HOST, KINDS, Server, free_port, program, serving, serving_site
from viewing import budget_of, first_view, pages_of

from sdgbook.hosting.proof import TWINS
from sdgbook.hosting.servers import Hosting, caddy, container, static
from sdgbook.hosting.servers.headers import TYPES, headers_for
from sdgbook.hosting.servers.moved import moved
from sdgbook.hosting.servers.twins import add_twins
from sdgbook.hosting.servers.writing import configuration, write_container, write_static

SECRET = "bí mật của máy chủ"
HASHED = "_static/0123456789abcdef/thu.css"
# Files that stand for all that a site may have one day.
PLANTED = {
    "2021/index.html": "<!doctype html><title>2021</title>",
    f"2021/{HASHED}": "p { color: red }",
    "2021/data/bang.csv": "a,b\n",
    HASHED: "p { color: green }",
    "so/ten-chi-so/2021-12-31.html": "<!doctype html><title>12,34</title>",
    "so/ten-chi-so.html": "<!doctype html><title>tên</title>",
    "anh-chia-se/index.png": "ảnh",
    "tai-ve/thu/bang.xlsx": "x",
    "tai-ve/thu/hình vẽ.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
    "feed.xml": "<feed/>",
    "robots.txt": "User-agent: *\n",
    ".well-known/security.txt": "Contact: https://example.org/\n",
    ".well-known/sdgbook/release.json": "{}",
    # None of these is for readers.
    ".git/config": SECRET,
    "data/.env": SECRET,
    ".well-known/.htpasswd": SECRET,
    "_headers": SECRET,
    "_redirects": SECRET,
}
UNSEEN = (".git/config", "data/.env", ".well-known/.htpasswd", "_headers", "_redirects")
REDIRECTS = {
    "/cu.html": "/cam-ket.html#viec",
    "thư-mục-cũ/": "/muc-tieu/",
    "/so/ten-cu/2021-12-31": "/so/ten-chi-so/2021-12-31",
}


@dataclass(frozen=True)
class Answer:
    """What a server answered; names of headers in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    server: Server, path: str, method: str = "GET", port: int = 0, body: bytes | None = None, **sent: str
) -> Answer:
    """Ask a server for a path, as it stands; `sent`: headers, `_` for `-`."""
    asked = {"Accept-Encoding": "identity", **{name.replace("_", "-"): value for name, value in sent.items()}}
    connection = http.client.HTTPConnection("127.0.0.1", port or server.port, timeout=10)
    with contextlib.closing(connection):
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"{HOST}:{server.port}", **asked}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        got = connection.getresponse()
        sent = {(name.lower(), value) for name, value in got.getheaders()}
        assert len(sent) == len(dict(sent)), f"{path}: a header with two values: {sent}"
        return Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())


def raw(server: Server, request: bytes) -> bytes:
    """All that a server answers to these bytes until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                answer += part
        return answer


@pytest.fixture(scope="session")
def small(site, tmp_path_factory) -> Path:
    """What a release of a part of the site holds, twins and planted files among it."""
    folder = tmp_path_factory.mktemp("đã đăng") / "releases" / "1"
    wanted = (
        "index.html",
        "404.html",
        "cam-ket.html",
        "muc-tieu/",
        "_static/",
        "data/reference/u",
        "search.json",
        "site.",
    )
    for file in sorted(site.html.rglob("*")):
        name = file.relative_to(site.html).as_posix()
        if file.is_file() and name.startswith((*wanted, "tai-ve/1-1/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, folder / name)
    for name, text in PLANTED.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    add_twins(folder)
    (folder.parents[1] / "secret.txt").write_text(SECRET, encoding="utf-8")
    (folder.parents[1] / "current").symlink_to("releases/1")
    return folder


@pytest.fixture(scope="session")
def names(small) -> list[str]:
    """The files of that release which readers may have."""
    files = [path.relative_to(small).as_posix() for path in sorted(small.rglob("*")) if path.is_file()]
    return [name for name in files if not name.endswith(TWINS) and name not in (*UNSEEN, "404.html")]


@pytest.fixture(scope="module", params=KINDS)
def server(request, small, tmp_path_factory) -> Iterator[Server]:
    """A server over that release."""
    scratch = tmp_path_factory.mktemp(request.param)
    with serving(request.param, small.parents[1], scratch, redirects=REDIRECTS) as server:
        yield server


def test_what_files_are_sent_with_is_what_was_agreed():
    page, style, card = (
        headers_for("muc-tieu/1-1.html", https=True),
        headers_for(HASHED, https=True),
        "anh-chia-se/x.png",
    )
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert page["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert (
        "frame-ancestors 'self'" in page["Content-Security-Policy"] and "unsafe" not in page["Content-Security-Policy"]
    )
    assert page["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert (page["X-Frame-Options"], page["Cross-Origin-Opener-Policy"]) == ("SAMEORIGIN", "same-origin")
    assert page["Cross-Origin-Resource-Policy"] == "same-origin" and "Access-Control-Allow-Origin" not in page
    assert page["Strict-Transport-Security"] == "max-age=63072000"
    assert "camera=()" in page["Permissions-Policy"]
    assert style["Cache-Control"] == headers_for(f"2021/{HASHED}", https=True)["Cache-Control"]
    assert style["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "immutable" not in headers_for("_static/icon.svg", https=True)["Cache-Control"]
    for name in (
        "data/reference/units.csv",
        "tai-ve/1-1/so-lieu.csv",
        "2021/data/x.csv",
        card,
        ".well-known/security.txt",
    ):
        sent = headers_for(name, https=False)
        assert sent["Access-Control-Allow-Origin"] == "*" and sent["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert sent["X-Content-Type-Options"] == "nosniff" and sent["Referrer-Policy"] == "no-referrer"
        assert "Strict-Transport-Security" not in sent
    assert headers_for("data/reference/units.csv", https=False)["Content-Type"] == "text/csv; charset=utf-8"
    assert "Content-Security-Policy" in headers_for("tai-ve/1-1/bieu-do.svg", https=False)


def test_every_file_of_the_site_has_a_type_of_its_own(site):
    endings = {path.suffix.removeprefix(".") for path in site.html.rglob("*") if path.is_file()}
    assert endings - {"gz"} <= set(TYPES)


def test_every_file_is_sent_whole_and_with_all_that_belongs_to_it(server, small, names):
    known = {name for path in names for name in headers_for(path, https=True)}
    for path in names:
        answer = ask(server, f"/{quote(path)}")
        assert (answer.status, answer.body) == (200, (small / path).read_bytes()), path
        wanted = headers_for(path, https=False)
        assert {name: answer.headers.get(name.lower()) for name in known} == {
            name: wanted.get(name) for name in known
        }, path
        assert answer.headers["etag"] and answer.headers["last-modified"] and "set-cookie" not in answer.headers
        assert answer.headers["accept-ranges"] == "bytes"
        # No word of what runs here, or which one of it.
        assert answer.headers.get("server") in (None, "nginx") and "via" not in answer.headers


def test_each_reader_gets_the_smallest_form_that_it_takes(server, small):
    undo = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
    takes = {
        "br, gzip": "br",
        "gzip, deflate, br, zstd": "br",
        "br": "br",
        "gzip": "gzip",
        "br;q=0, gzip": "gzip",
        "gzip;q=1.0, identity; q=0.5": "gzip",
        "br;q=1.0, gzip;q=0.8": "br",
        "br;q=0, gzip;q=0": None,
        "identity": None,
        "zstd": None,
        "": None,
        "brotli, gzippy": None,
    }
    tags = {}
    for path in ("/", "/muc-tieu/1-1.html", "/search.json", "/khong-co"):
        file = small / {"/": "index.html", "/khong-co": "404.html"}.get(path, path.lstrip("/"))
        for asked, encoding in takes.items():
            answer = ask(server, path, Accept_Encoding=asked)
            assert answer.headers.get("content-encoding") == encoding, (path, asked)
            assert undo[encoding](answer.body) == file.read_bytes(), (path, asked)
            assert answer.headers["vary"] == "Accept-Encoding", (path, asked)
            assert answer.headers["content-type"] == TYPES[file.suffix[1:]], (path, asked)
            tags.setdefault(path, {})[encoding] = answer.headers["etag"]
    # A cache never takes one form for another.
    assert all(len(set(found.values())) == 3 for found in tags.values())
    assert len((small / "index.html.br").read_bytes()) < len((small / "index.html.gz").read_bytes())


def test_nginx_needs_no_module_of_debian(small, tmp_path):
    with serving("nginx", small.parents[1], tmp_path, brotli=False) as server:
        answer = ask(server, "/", Accept_Encoding="br, gzip")
        assert answer.headers["content-encoding"] == "gzip" and answer.status == 200


def test_pages_have_addresses_without_an_ending_and_folders_end_with_a_slash(server, small):
    for path, file in {
        "/so/ten-chi-so/2021-12-31": "so/ten-chi-so/2021-12-31.html",
        "/so/ten-chi-so": "so/ten-chi-so.html",
        "/cam-ket?tu=dau": "cam-ket.html",
        "/2021/": "2021/index.html",
        "/muc-tieu/": "muc-tieu/index.html",
    }.items():
        answer = ask(server, path)
        assert (answer.status, answer.body) == (200, (small / file).read_bytes()), path
        wanted = headers_for(file, https=False)
        assert {name: answer.headers.get(name.lower()) for name in wanted} == wanted, path
    for path in ("/2021", "/muc-tieu"):
        answer = ask(server, path)
        assert (answer.status in (301, 308), answer.headers["location"]) == (True, f"{path}/")


def test_an_address_that_has_moved_leads_to_its_new_one_for_good(server):
    for old, new in {
        "/cu.html": "/cam-ket.html#viec",
        "/cu": "/cam-ket.html#viec",
        "/cu?q=a&b=%22": "/cam-ket.html?q=a&b=%22#viec",
        quote("/thư-mục-cũ/"): "/muc-tieu/",
        quote("/thư-mục-cũ"): "/muc-tieu/",
        quote("/thư-mục-cũ/index.html"): "/muc-tieu/",
        "/so/ten-cu/2021-12-31": "/so/ten-chi-so/2021-12-31",
        "/so/ten-cu/2021-12-31.html": "/so/ten-chi-so/2021-12-31",
    }.items():
        answer = ask(server, old)
        assert (answer.status, answer.headers["location"]) == (301, new), old
        # A browser would remember a mistake for ever.
        assert answer.headers["cache-control"] == "public, max-age=300, must-revalidate"
    # Capital letters make another address.
    assert ask(server, "/CU").status == 404


def test_no_redirect_leads_to_itself_or_out_of_the_site():
    assert moved({"/a.html": "/b c.html"})["/a"] == "/b%20c.html"
    # A folder's page may become a file of its name.
    assert moved({"/a/": "/a.html"}) == dict.fromkeys(("/a/", "/a/index", "/a/index.html"), "/a.html")
    for old, new in (
        ("/a", "/a.html"),
        ("/a", "https://example.org/"),
        ("/a", "//example.org/"),
        ("/a\n", "/b"),
    ):
        with pytest.raises(ValueError):
            moved({old: new})


def test_what_is_not_there_or_not_for_readers_is_not_found(server, small):
    page = (small / "404.html").read_bytes()
    for path in (
        "/khong-co",
        "/khong/co.html",
        "/tai-ve/khong-co.csv",
        "/data/",
        "/tai-ve/1-1/",
        "/_static/",
        "/404.html",
        "/404",
        "/index.html.gz",
        "/index.html.br",
        *(f"/{name}" for name in UNSEEN),
        "/.git",
        "/.git/",
        "/.htaccess",
        "//.git/config",
        "/./.git/config",
        "/%2egit/config",
        "/muc-tieu/..%2f.git/config",
    ):
        answer = ask(server, path)
        if answer.status in (301, 308):
            answer = ask(server, answer.headers["location"])
        assert (answer.status, answer.body) == (404, page), path
        assert answer.headers["cache-control"] == "no-store", path
        assert "content-security-policy" in answer.headers and "access-control-allow-origin" not in answer.headers, path
    assert ask(server, "/khong-co", "HEAD").status == 404


def test_only_looking_is_allowed(server):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "BREW"):
        answer = ask(server, "/", method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD"), method
    assert ask(server, "/", "TRACE").status == 405
    assert ask(server, "/", "POST", body=b"x" * 100_000).status in (405, 413)
    whole, head = ask(server, "/cam-ket"), ask(server, "/cam-ket", "HEAD")
    assert head.body == b"" and head.status == 200
    assert {k: v for k, v in head.headers.items() if k != "date"} == {
        k: v for k, v in whole.headers.items() if k != "date"
    }


def test_parts_of_a_file_can_be_had(server, small):
    path, content = "/anh-chia-se/index.png", (small / "anh-chia-se/index.png").read_bytes()
    for asked, part in {"bytes=0-1": content[:2], "bytes=1-": content[1:], "bytes=-2": content[-2:]}.items():
        answer = ask(server, path, Range=asked)
        assert (answer.status, answer.body) == (206, part), asked
        assert answer.headers["content-range"].endswith(f"/{len(content)}")
    assert ask(server, path, Range="bytes=999999-").status == 416
    tag = ask(server, path).headers["etag"]
    assert ask(server, path, Range="bytes=0-1", If_Range=tag).status == 206
    assert ask(server, path, Range="bytes=0-1", If_Range='"old"').body == content
    # A part of a compressed form is a part of that form's bytes; nginx sends all of it.
    answer = ask(server, "/cam-ket.html", Range="bytes=2-9", Accept_Encoding="br")
    twin = (small / "cam-ket.html.br").read_bytes()
    assert answer.headers["content-encoding"] == "br"
    assert (answer.status, answer.body) in ((206, twin[2:10]), (200, twin))


def test_what_a_reader_has_is_not_sent_again(server):
    for encoding in ("identity", "br"):
        first = ask(server, "/cam-ket", Accept_Encoding=encoding)
        same = ask(server, "/cam-ket", If_None_Match=first.headers["etag"], Accept_Encoding=encoding)
        assert (same.status, same.body, same.headers["etag"]) == (304, b"", first.headers["etag"])
        assert ask(server, "/cam-ket", If_None_Match='"other"', Accept_Encoding=encoding).status == 200
        since = first.headers["last-modified"]
        assert ask(server, "/cam-ket", If_Modified_Since=since, Accept_Encoding=encoding).status == 304
    # What is had in one form is not taken for another.
    assert ask(server, "/cam-ket", If_None_Match=first.headers["etag"]).status == 200


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_release_is_shown_at_once(kind, small, tmp_path):
    root = tmp_path / "root"
    for number in ("1", "2"):
        shutil.copytree(small, root / "releases" / number)
        page = root / "releases" / number / "cam-ket.html"
        page.write_text(f"bản {number}")
        page.with_name("cam-ket.html.br").unlink()
        page.with_name("cam-ket.html.gz").unlink()
        os.utime(page, (1_000_000_000 + int(number),) * 2)
    (root / "current").symlink_to("releases/1")
    with serving(kind, root, tmp_path / kind) as server:
        tag = '""'
        for number in ("1", "2", "1"):
            (root / "next").symlink_to(f"releases/{number}")
            os.replace(root / "next", root / "current")
            # Not even who has seen the other release is told that nothing changed.
            answer = ask(server, "/cam-ket", If_None_Match=tag)
            assert (answer.status, answer.body.decode()) == (200, f"bản {number}")
            tag = answer.headers["etag"]


# Requests that no browser sends, each with all that may be answered; "" stands for a closed connection.
ODD = {
    "out of the site": ("GET /../secret.txt HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "out by %2e": ("GET /%2e%2e/secret.txt HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "out by %2f": ("GET /data/..%2f..%2fsecret.txt HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "out by %252f": ("GET /data/..%252f..%252fsecret.txt HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "out by backslash": ("GET /data/..\\..\\secret.txt HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "out by %5c": ("GET /..%5c..%5csecret.txt HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "out by long UTF-8": ("GET /%c0%ae%c0%ae/secret.txt HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "out through a link": ("GET /current/../../secret.txt HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "a whole path": ("GET /{root}/secret.txt HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "nothing in an address": ("GET /index.html%00.txt HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "bare nothing": ("GET /\0 HTTP/1.1\r\nHost: {host}\r\n\r\n", "400"),
    "a new line in an address": ("GET /%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "half a letter": ("GET /%e1%ba HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "half an escape": ("GET /%zz HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404"),
    "slashes": ("GET ////index.html HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", "200 301 308 400 404"),
    "another host after slashes": ("GET //evil.example/%2f.. HTTP/1.1\r\nHost: {host}\r\n\r\n", "200 301 308 400 404"),
    "a folder after slashes": ("GET //muc-tieu HTTP/1.1\r\nHost: {host}\r\n\r\n", "200 301 308 404"),
    "a whole address": ("GET http://{host}/cam-ket HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", "200"),
    "another's whole address": ("GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\n\r\n", "- 400 421"),
    "a tunnel": ("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", "- 400 405 421"),
    "another host": ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "- 421"),
    "an odd host": ("GET / HTTP/1.1\r\nHost: {host}/../x\r\n\r\n", "- 400 421"),
    "no host": ("GET / HTTP/1.1\r\n\r\n", "- 400"),
    "no host, old": ("GET / HTTP/1.0\r\n\r\n", "- 400 421"),
    "two hosts": ("GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n", "400"),
    "no version": ("GET /\r\n\r\n", "- 400"),
    "a version to come": ("GET / HTTP/9.9\r\nHost: {host}\r\n\r\n", "- 400 505"),
    "no words": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "- 400"),
    "spaces": ("GET  /  HTTP/1.1\r\nHost: {host}\r\n\r\n", "- 200 400 404"),
    "a header without a name": ("GET / HTTP/1.1\r\nHost: {host}\r\n: x\r\n\r\n", "200 400"),
    "a header over two lines": ("GET / HTTP/1.1\r\nHost: {host}\r\nA: b\r\n c\r\nConnection: close\r\n\r\n", "200 400"),
    "two lengths": ("GET / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"),
    "a length and parts": (
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /",
        "400 405",
    ),
    "a negative length": ("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n", "400"),
    "a huge length": ("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999999\r\n\r\n", "405 413"),
    "a long name": ("GET /{name}.html HTTP/1.1\r\nHost: {host}\r\n\r\n", "404"),
    "a long name of letters": ("GET /{letters}.html HTTP/1.1\r\nHost: {host}\r\n\r\n", "404"),
    "a deep folder": ("GET /{deep} HTTP/1.1\r\nHost: {host}\r\n\r\n", "404"),
    "a very long address": ("GET /{long} HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 404 414 431"),
    "a very long question": ("GET /?{long} HTTP/1.1\r\nHost: {host}\r\n\r\n", "400 414 431"),
    "a very long header": ("GET / HTTP/1.1\r\nHost: {host}\r\nA: {long}\r\n\r\n", "- 400 431"),
    "very many headers": ("GET / HTTP/1.1\r\nHost: {host}\r\n{many}\r\n", "- 400 431"),
    "many ranges": (
        "GET /search.json HTTP/1.1\r\nHost: {host}\r\nRange: bytes={ranges}\r\nConnection: close\r\n\r\n",
        "200 206 416",
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_request_gets_nothing_that_is_not_the_sites(server, small, case):
    request, allowed = ODD[case]
    filled = {
        "host": f"{HOST}:{server.port}",
        "root": small.parents[1].as_posix().lstrip("/").replace(" ", "%20"),
        "name": "a" * 251,
        "letters": quote("ề" * 85),
        "deep": "a/" * 2500,
        "long": "a" * 60_000,
        "many": "".join(f"A{n}: {'b' * 100}\r\n" for n in range(2000)),
        "ranges": ",".join(f"{n}-" for n in range(300)),
    }
    for key, value in filled.items():
        request = request.replace(f"{{{key}}}", value)
    answer = raw(server, request.encode("utf-8" if case == "a whole path" else "latin-1"))
    status = answer.split(b" ", 2)[1].decode() if answer.startswith(b"HTTP/") else "-"
    assert status in allowed.split(), answer[:300]
    if b"<html" in answer and not answer.startswith(b"HTTP/"):
        assert b"400 Bad Request" in answer
    assert SECRET.encode() not in answer
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"set-cookie" not in head and not re.search(rb"(nginx|caddy)/[0-9]", answer.lower())
    if place := re.search(rb"location: (.*)", head):
        assert re.match(rb"/[^/]", place[1]), place[1]
    # Many overlapping parts of a file are not sent over and over.
    assert len(answer) < 3 * (small / "search.json").stat().st_size
    assert ask(server, "/cam-ket").status == 200


@pytest.mark.parametrize(
    ("kind", "limit"), [("nginx", "client_header_timeout 10s"), ("caddy", "read_header 10s")], ids=KINDS
)
def test_who_never_ends_a_request_is_let_go(kind, limit, small, tmp_path):
    """Ten seconds are theirs; here it is one."""
    shorter = (limit, limit.replace("10s", "1s"))
    with (
        serving(kind, small.parents[1], tmp_path, edit=shorter) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=8) as connection,
        contextlib.suppress(ConnectionResetError),
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert b" 200 " not in connection.recv(4096)


def test_logs_keep_shortened_addresses_and_nothing_else_of_a_reader(server):
    mark = f"/khong-co-{time.time_ns()}"
    said = {
        "Referer": "https://example.org/tu-dau",
        "User_Agent": "Trinh-duyet",
        "Cookie": "ten=toi",
        "X_Forwarded_For": "192.0.2.77",
    }
    ask(server, f"{mark}?hoi=gi", **said)
    ask(server, "/cam-ket?hoi=gi", **said)
    raw(server, b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    end = time.monotonic() + 5
    while mark not in (text := server.log.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    line = next(line for line in text.splitlines() if mark in line)
    assert "127.0.0.0" in line and "404" in line
    for file in server.folder.rglob("*"):
        if file.is_file() and file.suffix in (".log", ".txt"):
            kept = file.read_text(errors="replace")
            for word in ("hoi=gi", "tu-dau", "Trinh-duyet", "ten=toi", "192.0.2.77"):
                assert word not in kept, (file.name, word)
            assert not re.search(r'client: 127\.0\.0\.1|"remote_ip":"127\.0\.0\.1"|^127\.0\.0\.1 ', kept, re.M), (
                file.name
            )


def test_longer_addresses_are_shortened_as_well(small, tmp_path):
    proxy = (
        "    absolute_redirect off;",
        "    set_real_ip_from 127.0.0.1;\n    real_ip_header X-Forwarded-For;\n    absolute_redirect off;",
    )
    shortened = {
        "192.0.2.77": "192.0.2.0",
        "2001:db8:1:2:3:4:5:6": "2001:db8:1::",
        "2001:db8:1:2::5": "2001:db8:1::",
        "2001:db8:1::5": "2001:db8:1::",
        "2001:db8::5": "2001:db8::",
        "2001::5": "2001::",
        "::5": "::",
    }
    with serving("nginx", small.parents[1], tmp_path, edit=proxy) as server:
        for address in shortened:
            ask(server, f"/{address.replace(':', '-')}", X_Forwarded_For=address)
    logged = [line.split(" ")[0] for line in server.log.read_text().splitlines()]
    assert logged == list(shortened.values())
    text = caddy.configuration(Hosting(HOST, small))
    assert text.count("ipv4 24") == text.count("ipv6 48") == text.count("request>headers delete") == 2


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    """A certificate for this machine, made here, and its key."""
    folder = tmp_path_factory.mktemp("chứng chỉ")
    cert, key = folder / "cert.pem", folder / "key.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext"
    subprocess.run(
        [program("openssl"), *words.split(), f"subjectAltName=DNS:{HOST}", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.mark.parametrize("kind", KINDS)
def test_https_is_all_there_is(kind, small, certificate, tmp_path):
    def secure(name: str, version: ssl.TLSVersion | None = None) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(certificate[0]))
        context.set_alpn_protocols(["h2", "http/1.1"])
        if name != HOST:
            # Who does not look at certificates gets none either.
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if version:
            context.minimum_version = context.maximum_version = version
            context.set_ciphers("ALL:@SECLEVEL=0")
        return context.wrap_socket(socket.create_connection(("127.0.0.1", server.port), 10), server_hostname=name)

    def asked(host: str) -> bytes:
        context = ssl.create_default_context(cafile=str(certificate[0]))
        with context.wrap_socket(socket.create_connection(("127.0.0.1", server.port), 10), server_hostname=HOST) as one:
            one.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            with contextlib.suppress(OSError):
                return one.recv(4096)
        return b""

    with serving(kind, small.parents[1], tmp_path, certificate=certificate, redirects=REDIRECTS) as server:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with secure(HOST, version) as one:
                assert one.selected_alpn_protocol() == "h2" and ("GCM" in one.cipher()[0] or "POLY" in one.cipher()[0])
        with pytest.raises(OSError), pytest.warns(DeprecationWarning):
            secure(HOST, ssl.TLSVersion.TLSv1_1)
        # A server without this name has nothing to show for it: no certificate of ours, no answer.
        with pytest.raises(OSError):
            secure("evil.example")
        assert asked("evil.example") == b""
        got = asked(f"{HOST}:{server.port}")
        assert b" 200 " in got.split(b"\r\n")[0]
        assert b"strict-transport-security: max-age=63072000" in got.lower()
        moved = ask(server, "/muc-tieu/1-1?a=b", port=server.plain_port)
        assert (moved.status, moved.headers["location"]) == (301, f"{server.address}muc-tieu/1-1?a=b")
        assert "strict-transport-security" not in moved.headers
        assert ask(server, "//evil.example/", port=server.plain_port).headers["location"].startswith(server.address)
        with pytest.raises((http.client.HTTPException, OSError)):
            ask(server, "/", port=server.plain_port, Host="evil.example")


def test_twins_are_the_same_each_time_and_only_of_files_that_are_there(small, tmp_path):
    site = tmp_path / "site"
    shutil.copytree(small / "muc-tieu", site)
    (site / "gone.html.br").write_bytes(b"x")
    (site / "1-1.html.br").write_bytes(b"old")
    shared = site / "shared"
    os.link(site / "1-1.html.br", shared)
    assert add_twins(site, tmp_path / "kept") == len(list(site.rglob("*.html")))
    assert not (site / "gone.html.br").exists() and shared.read_bytes() == b"old"
    for page in site.rglob("*.html"):
        twin = page.with_name(f"{page.name}.br").read_bytes()
        assert (
            brotli.decompress(twin) == page.read_bytes()
            and twin == (small / "muc-tieu" / f"{page.name}.br").read_bytes()
        )
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*")}
    assert kept
    (site / "1-1.html.br").unlink()
    add_twins(site, tmp_path / "kept")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*")} == kept
    assert brotli.decompress((site / "1-1.html.br").read_bytes()) == (site / "1-1.html").read_bytes()


def test_static_hosts_name_each_header_of_an_address_once_and_as_servers_send_it(names):
    rules, sent = {}, None
    for line in static.headers_file().splitlines():
        if line.startswith("  "):
            name, _, value = line.strip().partition(": ")
            sent[name] = value
        elif not line.startswith("#"):
            sent = rules.setdefault(line, {})
    assert len(rules) <= 100 and max(map(len, static.headers_file().splitlines())) <= 2000
    for path in names:
        found = [
            item
            for rule, sent in rules.items()
            # As both hosts read it: a name stands for one folder.
            if re.fullmatch(re.sub(r":[a-z]+", "[^/]+", rule.replace("*", ".*")), f"/{path}")
            for item in sent.items()
        ]
        assert len(found) == len(dict(found)), path
        wanted = headers_for(path, https=True)
        assert all(dict(found).get(name, value) == value for name, value in wanted.items()), path
        left = {name for name, value in wanted.items() if name not in dict(found)}
        assert left <= {"Content-Type", "Cache-Control", "Cross-Origin-Resource-Policy"}, path
    lines = static.redirects_file(REDIRECTS).splitlines()
    assert "/cu /cam-ket.html#viec 301" in lines and f"{quote('/thư-mục-cũ')} /muc-tieu/ 301" in lines
    with pytest.raises(ValueError, match="2000"):
        static.redirects_file({f"/{n}": "/moi" for n in range(2001)})


def test_a_container_has_no_rights_and_writes_nothing(small, tmp_path):
    """No engine runs here: its configuration does, as another user, on a file system that can only be read."""
    made = container.files(HOST, REDIRECTS)
    orders = [line.split(" ")[0] for line in made["Containerfile"].splitlines() if re.match(r"[A-Z]+ ", line)]
    assert orders == ["FROM", "RUN", "COPY", "COPY", "USER", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT"]
    assert "USER www-data" in made["Containerfile"] and "--read-only" in made["Containerfile"]
    bwrap, engine = program("bwrap"), program("nginx")
    if not BROTLI.exists():
        pytest.skip("Máy này chưa có mô-đun brotli của nginx: sudo python3 scripts/bootstrap.py --dev --servers")
    port = free_port()
    conf = tmp_path / "nginx.conf"
    conf.write_text(made["nginx.conf"].replace(str(container.PORT), str(port)))
    shell = f"exec {engine} -e /dev/stderr -c /etc/nginx/nginx.conf -g 'daemon off;'"
    inside = f"--ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --tmpfs /srv --ro-bind {conf} /etc/nginx/nginx.conf"
    words = [bwrap, *inside.split(), "--ro-bind", str(small.parents[1]), str(container.ROOT)]
    words += [
        "--unshare-user",
        "--uid",
        "33",
        "--gid",
        "33",
        "--cap-drop",
        "ALL",
        "--die-with-parent",
        "sh",
        "-c",
        shell,
    ]
    with open(tmp_path / "said.txt", "w+b") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said)
        try:
            end = time.monotonic() + 10
            while time.monotonic() < end and process.poll() is None:
                with contextlib.suppress(OSError):
                    answer = ask(
                        Server("nginx", "", port, 0, tmp_path, tmp_path, process), "/cam-ket", Accept_Encoding="br"
                    )
                    break
                time.sleep(0.05)
            else:
                pytest.fail((tmp_path / "said.txt").read_text())
        finally:
            process.terminate()
            process.wait(10)
    assert answer.status == 200 and answer.headers["content-encoding"] == "br"
    log = (tmp_path / "said.txt").read_text()
    assert "GET /cam-ket" in log and "emerg" not in log and "127.0.0.1" not in log


def test_the_command_writes_what_servers_take_and_says_what_is_wrong(site, tmp_path):
    root, words = site.project.root, ("--name", "example.org", "--root", "/srv/sdgbook")
    done = sdgbook(root, "server", "caddy", *words, "--to", str(tmp_path / "Caddyfile"))
    assert done.returncode == 0 and str(tmp_path / "Caddyfile") in done.stdout, done.stderr
    shown = sdgbook(root, "server", "nginx", *words)
    assert shown.stdout == configuration("nginx", root, "example.org", Path("/srv/sdgbook"), "", ("", ""), True)
    # Caddy gets its certificate itself; nginx' must be there before it starts.
    checked = subprocess.run(
        [program("caddy"), "adapt", "--validate", "--config", tmp_path / "Caddyfile"],
        env={**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
    assert "not formatted" not in checked.stderr
    for wrong in (
        ("ten may", "/srv/a", "", ("", "")),
        ("example.org", "a", "", ("", "")),
        ("example.org", '/srv/a";}', "", ("", "")),
        ("example.org", "/srv/a", "8080; evil", ("", "")),
        ("example.org", "/srv/a", "", ("", "/etc/k")),
    ):
        name, folder, plain, files = wrong
        with pytest.raises(ValueError, match=r"“|--certificate"):
            configuration("nginx", root, name, Path(folder), plain, files, True)
    refused = sdgbook(
        root, "server", "nginx", "--name", "ten may", "--root", "/srv/a", "--to", str(tmp_path / "no.conf")
    )
    assert (refused.returncode, refused.stdout) == (1, "") and refused.stderr.startswith("Tên máy chủ “ten may”")
    assert not (tmp_path / "no.conf").exists()
    write_container(root, "example.org", tmp_path / "container")
    write_static(root, tmp_path / "static")
    assert {p.name for p in (tmp_path / "container").iterdir()} == {"Containerfile", "nginx.conf", ".containerignore"}
    assert {p.name for p in (tmp_path / "static").iterdir()} == {"_headers", "_redirects"}


# --- In a browser -----------------------------------------------------------------------------------

WATCH = """
document.addEventListener('securitypolicyviolation', e =>
    console.error('violation: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample));
"""


def walked(browser, server: Server, pages: list[str], at_once: int = 4) -> list[str]:
    """What the browser complains of on these pages, opened several at a time."""
    complaints: list[str] = []
    context = browser.new_context()
    context.add_init_script(WATCH)
    tabs = [context.new_page() for _ in range(at_once)]
    for tab in tabs:
        # A drawing opened by itself names no icon, so browsers ask for one that no site must have.
        tab.on(
            "console",
            lambda m: (
                m.type in ("error", "warning")
                and not m.location["url"].endswith("/favicon.ico")
                and complaints.append(f"{m.page.url}: {m.text}")
            ),
        )
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("response", lambda r: r.status >= 400 and complaints.append(f"{r.status} {r.url}"))
        tab.on("request", lambda r: urlsplit(r.url).port != server.port and complaints.append(f"asks {r.url}"))
    for n in range(0, len(pages), at_once):
        group = list(zip(tabs, pages[n : n + at_once], strict=False))
        for tab, page in group:
            tab.goto(f"{server.address}{quote(page)}", wait_until="commit")
        for tab, _ in group:
            tab.wait_for_load_state("load")
    context.close()
    return complaints


def without_policy(html: Path, folder: Path) -> Path:
    """A copy of a site whose pages do not carry the policy themselves, so that only headers hold."""
    shutil.copytree(html, folder, ignore=shutil.ignore_patterns("*.gz", "*.br"))
    for page in folder.rglob("*.html"):
        text, found = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text(encoding="utf-8"))
        assert found == 1, page
        page.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def bare(site, tmp_path_factory) -> Path:
    """The site without the policy in its pages."""
    return without_policy(site.html, tmp_path_factory.mktemp("không chính sách") / "html")


def all_of(html: Path, sampled: bool) -> list[str]:
    """Pages and drawings of a site; of the many small ones below `so/` some (`sampled`) or all."""
    found = [path.relative_to(html).as_posix() for end in ("html", "svg") for path in sorted(html.rglob(f"*.{end}"))]
    small = [name for name in found if name.startswith("so/")]
    left = set(small) - set(small[:: max(1, len(small) // 10)]) if sampled else set()
    return [name for name in found if name != "404.html" and name not in left]


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_asks_for_what_the_policy_forbids(kind, bare, browser, tmp_path):
    with serving_site(kind, bare, tmp_path) as server:
        pages = all_of(bare, sampled=True)
        # One server's pages are the other's: both show some of all kinds, together all.
        assert walked(browser, server, pages[KINDS.index(kind) :: len(KINDS)]) == []


@pytest.mark.drill
@pytest.mark.parametrize("kind", KINDS)
def test_no_page_at_all_asks_for_what_the_policy_forbids(kind, site, bare, browser, tmp_path):
    with serving_site(kind, bare, tmp_path / "bare") as server:
        assert walked(browser, server, all_of(bare, sampled=False)) == []
    with serving_site(kind, site.html, tmp_path / "both") as server:
        assert walked(browser, server, all_of(site.html, sampled=False)) == []


# What runs, or asks another host, where no policy holds: how each shows that it did.
EVIL = """
<script>window.ran = ["script"];</script>
<script>eval("ran.push('eval')");</script>
<img alt="" src="khong-co.png" onerror="(window.ran ??= []).push('onerror')">
<a id="bay" href="javascript:(window.ran ??= []).push('javascript:')">x</a>
<button id="bam" onclick="(window.ran ??= []).push('onclick')">x</button>
<p id="to" style="position: fixed; top: 0">x</p>
<style>#to { opacity: 0.5; }</style>
<svg onload="(window.ran ??= []).push('svg')"><style>#to { z-index: 77; }</style></svg>
<iframe srcdoc="<script>(parent.ran ??= []).push('srcdoc')</script>"></iframe>
<iframe src="data:text/html,<script>new Image().src='{other}data'</script>"></iframe>
<img alt="" src="{other}image">
<script src="{other}script"></script>
<link rel="stylesheet" href="{other}style">
<iframe src="{other}frame"></iframe>
<object data="{other}object"></object>
<embed src="{other}embed">
<video src="{other}video"></video>
<form id="gui" action="{other}form"></form>
"""


@contextlib.contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """Another host: its address, and the paths that it was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{other.server_port}/", asked
        other.shutdown()


def looked_at(browser, server: Server, page: str) -> tuple[list[str], list[str], dict[str, str]]:
    """What ran on a page, of which breaches of the policy it told, and how `#to` looks there."""
    context = browser.new_context()
    context.add_init_script("window.told = []; " + WATCH.replace("console.error(", "told.push("))
    tab = context.new_page()
    tab.goto(f"{server.address}{page}", wait_until="load")
    tab.evaluate("() => { document.getElementById('bam').click(); document.getElementById('bay').click(); }")
    tab.wait_for_timeout(200)
    ran, told = tab.evaluate("() => [window.ran ?? [], window.told]")
    look = tab.evaluate("() => (({position, opacity, zIndex}) => ({position, opacity, zIndex}))(getComputedStyle(to))")
    tab.evaluate("() => document.getElementById('gui').submit()")
    tab.wait_for_timeout(200)
    context.close()
    return ran, told, look


# Both servers send the same, as the tests above say.
@pytest.mark.parametrize("kind", ["nginx", pytest.param("caddy", marks=pytest.mark.drill)])
def test_what_is_planted_in_a_page_neither_runs_nor_loads(kind, bare, browser, tmp_path):
    site, page = tmp_path / "html", "cam-ket.html"
    shutil.copytree(bare, site)
    with listening() as (other, asked):
        planted = (
            (site / page).read_text(encoding="utf-8").replace("</main>", EVIL.replace("{other}", other) + "</main>")
        )
        (site / page).write_text(planted, encoding="utf-8")
        with serving_site(kind, site, tmp_path / "held") as server:
            ran, told, look = looked_at(browser, server, page)
        assert (ran, asked) == ([], [])
        assert look == {"position": "static", "opacity": "1", "zIndex": "auto"}
        named = " ".join(told)
        for directive in (
            "script-src-elem",
            "script-src-attr",
            "style-src-elem",
            "style-src-attr",
            "img-src",
            "frame-src",
        ):
            assert f"violation: {directive}" in named, (directive, told)
        # Without the policy all of it does: the page is one that could harm.
        with serving_site(kind, site, tmp_path / "free", edit=("Content-Security-Policy", "X-Nothing")) as server:
            ran, told, look = looked_at(browser, server, page)
        assert set(ran) == {"script", "eval", "onerror", "javascript:", "onclick", "svg", "srcdoc"} and told == []
        assert look == {"position": "fixed", "opacity": "0.5", "zIndex": "77"}
        wanted = {"data", "image", "script", "style", "frame", "object", "embed", "video", "form"}
        assert {urlsplit(path).path[1:] for path in asked} == wanted


def test_pages_of_other_hosts_show_none_of_ours_but_may_read_figures(small, browser, tmp_path):
    """Frames are our own only; figures and cards are for all."""
    with (
        serving("nginx", small.parents[1], tmp_path / "a") as server,
        serving("nginx", small.parents[1], tmp_path / "b") as own,
    ):
        # Another port is another origin.
        context = browser.new_context(bypass_csp=True)
        tab = context.new_page()
        tab.goto(f"{own.address}cam-ket")
        reads = "async url => { try { return (await fetch(url)).status; } catch { return 0; } }"
        assert tab.evaluate(reads, f"{server.address}data/reference/units.csv") == 200
        assert tab.evaluate(reads, f"{server.address}cam-ket") == 0
        shows = """url => new Promise(done => {
            const frame = document.createElement('iframe');
            frame.onload = () => { let seen = null; try { seen = frame.contentDocument.title; } catch {} done(seen); };
            frame.src = url;
            document.body.append(frame);
        })"""
        assert tab.evaluate(shows, f"{own.address}muc-tieu/")
        assert not tab.evaluate(shows, f"{server.address}muc-tieu/")
        context.close()


WAYS = (("nginx", "br"), ("caddy", "br"), ("nginx", "gzip"))


def weighed_pages(browser, small: Path, scratch: Path, pages: list[str], ways=WAYS) -> list[str]:
    """A line for each page, server and encoding: what the first view costs, and marks of those that cost too much."""
    lines = []
    for kind, packed in ways:
        with serving(kind, small.parents[1], scratch / f"{kind}-{packed}", brotli=packed == "br") as server:
            for page in pages:
                fetched, most = first_view(browser, server.address, page), budget_of(page)
                size = sum(part.size for part in fetched)
                mark = "" if size <= 1.1 * most.size and len(fetched) <= most.requests else "TOO MUCH "
                lines.append(f"{mark}{kind} {packed} {page} {size} of {most.size}, {len(fetched)} requests")
    return lines


def test_a_served_page_costs_what_its_budget_allows(small, browser, tmp_path):
    lines = weighed_pages(browser, small, tmp_path, ["muc-tieu/1-1"], WAYS[1:])
    assert not [line for line in lines if line.startswith("TOO MUCH")]


@pytest.mark.drill
def test_every_served_page_costs_what_its_budget_allows(small, browser, tmp_path):
    pages = [page for page in pages_of(small) if budget_of(page)]
    lines = weighed_pages(browser, small, tmp_path, pages)
    print("\n".join(lines))
    assert not [line for line in lines if line.startswith("TOO MUCH")]


# --- Installing -------------------------------------------------------------------------------------


def test_servers_that_tests_need_are_installed_but_not_started(tmp_path, monkeypatch, capsys):
    """What systemd is told, in order; of a service that was there before, nothing."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "scripts"))
    import bootstrap

    for name, answer in (
        ("systemctl", '[ "$1 $2" != "cat ssh.service" ] && [ "$1" = cat ] && exit 1; exit 0'),
        ("apt-get", "exit 0"),
    ):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/told\n{answer}\n')
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(os.path, "isdir", lambda path: path == "/run/systemd/system")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap, "SERVERS", ("khong-co",))
    monkeypatch.setenv("CI", "")
    bootstrap.set_up_servers()
    told = [line for line in (tmp_path / "told").read_text().splitlines() if " cat " not in line]
    held = "nginx.service caddy.service ssh.socket rsync.service"
    assert told[0] == f"systemctl mask {held}" and told[-2:] == [
        f"systemctl unmask {held}",
        f"systemctl disable {held}",
    ]
    assert told[1:-2] == ["apt-get update", f"apt-get install -y --no-install-recommends {bootstrap.SERVER_PACKAGES}"]
    assert "khong-co" in capsys.readouterr().out
