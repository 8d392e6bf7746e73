"""Whoever asks whether a published site is the approved commit gets the right answer, of a host and of a folder."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote, urlsplit

import brotli
import pytest
from committed import as_built, committed
from helpers import run, sdgbook
from releases import small_release, small_site
from servers import KINDS, serving_site
from serving import Server
from typer.testing import CliRunner

from sdgbook.cli import app
from sdgbook.files import digests_in, folder_digest
from sdgbook.hosting import proof, sbom
from sdgbook.hosting.servers.headers import headers_for
from sdgbook.hosting.verify import Expected, Folder, Manners, Web, as_text, verify
from sdgbook.policy import meta_policy

PAGE = "muc-tieu/1-1.html"
OLD = "muc-tieu/cu.html"
REDIRECTS = {OLD: PAGE}


@dataclass
class Host:
    """A web server of the test: the `folder` that it shows, where addresses lead (`moved`), headers it sends instead
    of ours (None: not at all), answers it gives instead of files, and what it was asked."""

    folder: Path
    address: str = ""
    moved: dict[str, str] = field(default_factory=lambda: dict.fromkeys(("cu", "cu.html"), f"/{PAGE}"))
    headers: dict[str, str | None] = field(default_factory=dict)
    answers: dict[str, Callable[[BaseHTTPRequestHandler], bool]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], int]] = field(default_factory=list)
    open: int = 0
    most_open: int = 0

    def sent(self, status: int) -> Counter:
        """How often each file was answered with a status."""
        return Counter(name for name, _, told in self.asked if told == status)


class Handler(BaseHTTPRequestHandler):
    """Sends files as a server does that is set up with our rules."""

    host: Host
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.host.open += 1
        self.host.most_open = max(self.host.most_open, self.host.open)

    def finish(self) -> None:
        super().finish()
        self.host.open -= 1

    def do_GET(self) -> None:
        """Answer as planted, with a redirect, a file or the page for addresses that lead nowhere."""
        name = unquote(urlsplit(self.path).path).removeprefix("/")
        if name in self.host.answers and self.host.answers[name](self):
            return
        if name.removeprefix("muc-tieu/") in self.host.moved:
            self.give(301, b"", {"Location": self.host.moved[name.removeprefix("muc-tieu/")]})
            return
        file = self.host.folder / (f"{name}index.html" if not name or name.endswith("/") else name)
        status = 200 if file.is_file() else 404
        file = file if status == 200 else self.host.folder / "404.html"
        headers = headers_for(file.relative_to(self.host.folder).as_posix(), https=False)
        content = file.read_bytes() if file.is_file() else b""
        asked = self.headers.get("Accept-Encoding", "")
        for coding, end in (("br", ".br"), ("gzip", ".gz")):
            twin = file.with_name(file.name + end)
            if coding in asked and twin.is_file():
                content, headers["Content-Encoding"] = twin.read_bytes(), coding
                break
        headers["ETag"] = f'"{hashlib.sha256(content).hexdigest()}"'
        if self.headers.get("If-None-Match") == headers["ETag"]:
            status, content = 304, b""
        self.give(status, content, headers)

    def give(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        """Send an answer, and note it."""
        name = unquote(urlsplit(self.path).path).removeprefix("/")
        self.host.asked.append((name, dict(self.headers), status))
        self.send_response(status)
        for key, value in {**headers, **self.host.headers}.items():
            if value is not None:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def hosting(folder: Path) -> Iterator[Host]:
    host = Host(folder)
    with Server(("127.0.0.1", 0), type("Own", (Handler,), {"host": host})) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        host.address = f"http://127.0.0.1:{server.server_port}/"
        yield host
        server.shutdown()


def with_twins(folder: Path) -> None:
    for name in digests_in(folder):
        if name.endswith((".html", ".css", ".js", ".csv")):
            (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes(), mtime=0))
            (folder / f"{name}.br").write_bytes(brotli.compress((folder / name).read_bytes(), quality=1))


@pytest.fixture
def published(tmp_path) -> tuple[Path, Expected]:
    """A small release in a folder, with styles kept of an earlier one, and what is expected of it."""
    folder = small_site(tmp_path / "release", 7, weight=20)
    (folder / OLD).write_text("<!doctype html><title>release 7</title><p>Nay ở trang khác.</p>")
    for page in folder.rglob("*.html"):
        policy = f'<meta http-equiv="Content-Security-Policy" content="{meta_policy()}">'
        page.write_text(page.read_text().replace("<title>", f"{policy}<title>"))
    for twin in folder.rglob("*.gz"):
        twin.unlink()
    files = proof.read_manifest(proof.manifest_of(folder))
    earlier = small_site(tmp_path / "earlier", 6, weight=20) / "_static"
    kept = next(earlier.iterdir()).name
    shutil.copytree(earlier / kept, folder / "_static" / kept, ignore=shutil.ignore_patterns("*.gz"))
    with_twins(folder)
    release = small_release(7)
    proof.write_proof(folder, release, [f"_static/{kept}"])
    return folder, Expected(files, REDIRECTS, release.commit)


def kinds(report) -> dict[str, list[str]]:
    """Files by the kinds of findings."""
    found: dict[str, list[str]] = {}
    for one in report.findings:
        found.setdefault(one.kind, []).append(one.file)
    return found


# What is right


@pytest.mark.parametrize("kind", KINDS)
def test_the_real_site_on_a_real_server_is_found_right_in_seconds(site, tmp_path, kind):
    folder = tmp_path / "release"
    shutil.copytree(site.html, folder)
    for name in digests_in(folder):
        if name.endswith(".gz"):
            plain = folder / name.removesuffix(".gz")
            plain.with_name(f"{plain.name}.br").write_bytes(brotli.compress(plain.read_bytes(), quality=1))
    files = proof.read_manifest(proof.manifest_of(folder))
    told = proof.write_proof(folder, small_release(1))
    with serving_site(kind, folder, tmp_path / "server") as server:
        started = time.monotonic()
        report = verify(Web(server.address), Expected(files, {}, told.commit), needs_headers=True)
        took = time.monotonic() - started
    assert (kinds(report), report.unread, report.notes, report.status) == ({}, [], [], 0)
    assert report.right == report.files == told.files == len(files) > 100
    assert took < 10


def test_a_right_release_is_found_right_on_a_host_and_in_a_folder(published):
    folder, expected = published
    with hosting(folder) as host:
        for reader in (Web(host.address), Folder(folder)):
            for asked in (expected, REDIRECTS):
                report = verify(reader, asked)
                assert (kinds(report), report.unread, report.status) == ({}, [], 0)
                assert report.right == report.files == len(expected.files)
        codings = {headers["Accept-Encoding"] for name, headers, _ in host.asked if name == PAGE}
    assert codings == {"identity", "gzip", "br"}, "what readers get compressed is looked at too"


def test_a_manifest_is_what_sha256sum_reads_and_leaves_out_what_the_commit_does_not_decide(published):
    folder, expected = published
    done = run(folder, "sha256sum", "--check", "--strict", proof.MANIFEST, proof.KEPT)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = proof.read_manifest((folder / proof.MANIFEST).read_text())
    assert listed == expected.files
    assert {PAGE, "index.html", "404.html"} < listed.keys()
    assert not [name for name in listed if name.endswith(proof.TWINS) or name.startswith(".well-known/")]
    release = proof.Release.read((folder / proof.RELEASE).read_text())
    assert release.manifest == hashlib.sha256((folder / proof.MANIFEST).read_bytes()).hexdigest()


def test_what_is_carried_over_must_be_what_its_name_says(published, tmp_path):
    folder, _ = published
    kept = next(name for name in proof.read_manifest((folder / proof.KEPT).read_text()) if name.endswith(".js"))
    (folder / kept).write_text("alert(1)")
    with pytest.raises(ValueError, match="not the digest"):
        proof.write_proof(folder, small_release(7), [kept.rpartition("/")[0]])


# What is wrong


def change(folder: Path, name: str, text: str) -> None:
    """Give a file and its twins another content."""
    (folder / name).write_text(text)
    (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    (folder / f"{name}.br").write_bytes(brotli.compress(text.encode()))


def swap(folder: Path, one: str, other: str) -> None:
    for end in ("", ".gz", ".br"):
        a, b = folder / f"{one}{end}", folder / f"{other}{end}"
        kept = a.read_bytes()
        a.write_bytes(b.read_bytes())
        b.write_bytes(kept)


def drop(folder: Path, name: str) -> None:
    for end in ("", ".gz", ".br"):
        (folder / f"{name}{end}").unlink()


def swell(folder: Path) -> None:
    """Add a page, and what the site says of itself with it."""
    (folder / "them.html").write_text("<p>Thêm</p>")
    files = proof.read_manifest((folder / proof.MANIFEST).read_text())
    text = proof.listed({**files, "them.html": hashlib.sha256(b"<p>Th\xc3\xaam</p>").hexdigest()})
    (folder / proof.MANIFEST).write_text(text)
    release = json.loads((folder / proof.RELEASE).read_text())
    release |= {"manifest": hashlib.sha256(text.encode()).hexdigest(), "files": len(files) + 1}
    (folder / proof.RELEASE).write_text(json.dumps(release))


def of_another_commit(folder: Path) -> None:
    release = proof.Release.read((folder / proof.RELEASE).read_text())
    text = release.written().replace(release.commit, "f" * 40)
    (folder / proof.RELEASE).write_text(text)


def spoil_what_is_kept(folder: Path) -> None:
    name = next(n for n in proof.read_manifest((folder / proof.KEPT).read_text()) if n.endswith(".js"))
    change(folder, name, "alert(1)")


def lie_of_what_is_kept(folder: Path) -> None:
    spoil_what_is_kept(folder)
    kept = proof.read_manifest((folder / proof.KEPT).read_text())
    now = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in kept}
    (folder / proof.KEPT).write_text(proof.listed(now))


CHANGED = "<a href='la.html'>Đi</a>"
PLANTED: dict[str, tuple[Callable[[Path], object], dict[str, list[str]]]] = {
    "a changed byte": (
        lambda f: change(f, PAGE, (f / PAGE).read_text().replace("release 7", "release 8", 1)),
        {"changed": [PAGE]},
    ),
    "a missing page": (lambda f: drop(f, PAGE), {"missing": [PAGE]}),
    "a missing download": (lambda f: drop(f, "tai-ve/so.csv"), {"missing": ["tai-ve/so.csv"]}),
    "swapped pages": (lambda f: swap(f, PAGE, "index.html"), {"swapped": ["index.html", PAGE]}),
    "an extra page that is listed": (swell, {"extra": ["them.html"], "proof": [proof.MANIFEST]}),
    "another commit": (of_another_commit, {"commit": [""]}),
    "a twin of something else": (
        lambda f: (f / f"{PAGE}.br").write_bytes(brotli.compress(b"<p>X</p>")),
        {"twin": [PAGE]},
    ),
    "a twin of another page": (
        lambda f: shutil.copy(f / "index.html.gz", f / f"{PAGE}.gz"),
        {"swapped": [PAGE]},
    ),
    "a broken twin": (lambda f: (f / f"{PAGE}.gz").write_bytes(b"\x1f\x8b\x08"), {"twin": [PAGE]}),
    "no proof": (
        lambda f: [shutil.rmtree(f / name) for name in (*kept_folders(f), proof.FOLDER)],
        {"proof": [proof.RELEASE, proof.MANIFEST, proof.KEPT]},
    ),
    "what is kept is spoilt": (spoil_what_is_kept, {"changed": ["kept"]}),
    "what is kept is not what its name says": (lie_of_what_is_kept, {"kept": ["kept"]}),
}
ON_DISK: dict[str, tuple[Callable[[Path], object], dict[str, list[str]]]] = {
    "an extra file": (lambda f: (f / "la.html").write_text("x"), {"extra": ["la.html"]}),
    "an extra hidden file": (lambda f: (f / ".env").write_text("x"), {"extra": [".env"]}),
    "a twin of nothing": (lambda f: (f / "la.css.br").write_text("x"), {"extra": ["la.css.br"]}),
    "a link out of the site": (lambda f: (f / "goc").symlink_to("/"), {"extra": ["goc"]}),
    "a link in the place of a file": (
        lambda f: ((f / PAGE).rename(f.parent / "x"), (f / PAGE).symlink_to(f.parent / "x")),
        {"missing": [PAGE]},
    ),
}
ON_A_HOST: dict[str, tuple[Callable[[Host], object], dict[str, list[str]]]] = {
    "a page that a changed page leads to": (
        lambda h: (change(h.folder, PAGE, CHANGED), (h.folder / "muc-tieu/la.html").write_text("x")),
        {"changed": [PAGE], "extra": ["muc-tieu/la.html"]},
    ),
    "a map of pages that are not ours": (
        lambda h: (
            (h.folder / "sitemap.xml").write_text(f"<urlset><url><loc>{h.address}la.html</loc></url></urlset>"),
            (h.folder / "la.html").write_text("x"),
        ),
        {"extra": ["sitemap.xml", "la.html"]},
    ),
    "a wrong header": (lambda h: h.headers.update({"X-Content-Type-Options": "sniff"}), {"header": ["all"]}),
    "no header": (lambda h: h.headers.update({"Content-Security-Policy": None}), {"header": ["pages"]}),
    "a redirect that is gone": (lambda h: h.moved.clear(), {"redirect": ["muc-tieu/cu"]}),
    "a redirect to elsewhere": (
        lambda h: h.moved.update({"cu": "https://example.org/"}),
        {"redirect": ["muc-tieu/cu"]},
    ),
    "a page that leads to another host": (
        lambda h: h.answers.update({PAGE: lambda r: r.give(302, b"", {"Location": "https://example.org/"}) or True}),
        {"changed": [PAGE]},
    ),
    "another page at the site's own address": (
        lambda h: h.answers.update({"": lambda r: r.give(200, b"X", headers_for("index.html", https=False)) or True}),
        {"changed": [""]},
    ),
    "another page for addresses that lead nowhere": (
        lambda h: change(h.folder, "404.html", "x"),
        {"changed": ["404.html"], "lost": ["unknown"]},
    ),
}


def named(found: dict[str, list[str]], expected: Expected) -> dict[str, list[str]]:
    """Findings as the tables above tell them."""
    told = {}
    for kind, files in found.items():
        if kind == "lost":
            files = ["unknown"]
        elif kind == "header":
            documents = {name for name in files if name.endswith((".html", "/")) or not name}
            files = ["pages" if documents == set(files) else "all"]
        elif kind in ("kept", "changed"):
            files = ["kept" if n.startswith("_static/") and n not in expected.files else n for n in files]
        told[kind] = list(dict.fromkeys(files))
    return told


@pytest.mark.parametrize("fault", PLANTED)
def test_each_fault_is_found_on_a_host_and_in_a_folder(published, fault):
    folder, expected = published
    plant, found = PLANTED[fault]
    plant(folder)
    with hosting(folder) as host:
        for reader in (Web(host.address), Folder(folder)):
            report = verify(reader, expected, needs_headers=True)
            assert named(kinds(report), expected) == found
            assert report.status == 1


@pytest.mark.parametrize("fault", ON_DISK)
def test_each_fault_of_a_folder_is_found(published, fault):
    folder, expected = published
    plant, found = ON_DISK[fault]
    plant(folder)
    assert kinds(verify(Folder(folder), expected)) == found


@pytest.mark.parametrize("fault", ON_A_HOST)
def test_each_fault_of_a_host_is_found(published, fault):
    folder, expected = published
    plant, found = ON_A_HOST[fault]
    with hosting(folder) as host:
        plant(host)
        report = verify(Web(host.address), expected)
    assert named(kinds(report), expected) == found


def test_a_swapped_file_is_told_with_the_one_it_is(published):
    folder, expected = published
    swap(folder, PAGE, "index.html")
    lines = "\n".join(as_text(verify(Folder(folder), expected)))
    assert f"{PAGE}: index.html" in lines
    assert f"index.html: {PAGE}" in lines


@pytest.mark.parametrize("kind", KINDS)
def test_a_real_server_that_is_set_up_wrongly_is_found(published, tmp_path, kind):
    folder, expected = published
    with serving_site(kind, folder, tmp_path / "server", edit=("nosniff", "sniff")) as server:
        found = verify(Web(server.address), Expected(expected.files, {}, expected.commit)).findings
    assert {one.says for one in found} == {"X-Content-Type-Options: sniff (phải là: nosniff)"}


def test_a_site_is_not_believed_what_it_says_of_itself(published):
    folder, expected = published
    change(folder, PAGE, "<p>Giả</p>")
    proof.write_proof(folder, small_release(7), kept_folders(folder))
    with hosting(folder) as host:
        alone, compared = verify(Web(host.address), REDIRECTS), verify(Web(host.address), expected)
    assert alone.status == 0
    assert "chỉ biết trang khớp với lời nó tự nói" in "\n".join(as_text(alone))
    assert kinds(compared) == {"proof": [proof.MANIFEST], "changed": [PAGE]}


def test_a_page_is_not_right_because_the_site_lists_it_as_kept(published):
    folder, expected = published
    change(folder, PAGE, "<p>Giả</p>")
    digest = hashlib.sha256((folder / PAGE).read_bytes()).hexdigest()
    (folder / proof.KEPT).write_text((folder / proof.KEPT).read_text() + f"{digest}  {PAGE}\n")
    assert kinds(verify(Folder(folder), expected)) == {"changed": [PAGE], "kept": [PAGE]}


def kept_folders(folder: Path) -> set[str]:
    kept = proof.read_manifest((folder / proof.KEPT).read_text())
    return {name.rpartition("/")[0] for name in kept}


def test_lists_that_lead_out_of_the_site_or_write_over_the_screen_are_refused(published):
    folder, _ = published
    for name in ("../x", "/etc/passwd", "a//b", "./a", "a\x1b[2Jb"):
        (folder / proof.MANIFEST).write_text(f"{'0' * 64}  {name}\n")
        report = verify(Folder(folder))
        assert report.status == 1
        assert report.files == 0
    release = proof.Release.read((folder / proof.RELEASE).read_text())
    (folder / proof.RELEASE).write_text(release.written().replace("1.0.0", "\\u001b[2J"))
    assert "\x1b" not in "\n".join(as_text(verify(Folder(folder))))


def test_hosts_that_take_no_headers_are_told_once_and_judged_by_their_pages(published):
    folder, expected = published
    ours = set(headers_for(PAGE, https=False)) | {"Access-Control-Allow-Origin"}
    with hosting(folder) as host:
        host.headers = dict.fromkeys(ours - {"Content-Type"})
        host.headers["Cache-Control"] = "max-age=600"
        report = verify(Web(host.address), expected)
        assert (report.status, len(report.notes)) == (0, 1)
        assert verify(Web(host.address), expected, needs_headers=True).status == 1
        host.headers["Content-Type"] = "text/plain"
        assert set(kinds(verify(Web(host.address), expected))) == {"header"}
        del host.headers["Content-Type"]
        change(folder, PAGE, (folder / PAGE).read_text().replace("Content-Security-Policy", "X"))
        files = {**expected.files, PAGE: hashlib.sha256((folder / PAGE).read_bytes()).hexdigest()}
        found = kinds(verify(Web(host.address), Expected(files, REDIRECTS, expected.commit)))
        assert found == {"proof": [proof.MANIFEST], "header": [PAGE]}


def test_hosts_that_take_a_few_headers_are_asked_for_those(published):
    folder, expected = published
    with hosting(folder) as host:
        host.headers = {"Cross-Origin-Resource-Policy": None, "Cache-Control": "no-cache"}
        report = verify(Web(host.address), expected)
        assert (kinds(report), len(report.notes)) == ({}, 1)
        host.headers["Referrer-Policy"] = "unsafe-url"
        assert set(kinds(verify(Web(host.address), expected))) == {"header"}


# How hosts are asked


class Interrupted(BaseException):
    """As when somebody presses Ctrl+C."""


def test_what_an_interrupted_run_found_right_is_not_fetched_again(published, tmp_path):
    folder, expected = published
    count = len(expected.files)

    def tell(done: int, of: int, file: str) -> None:
        if done == of - 1:
            raise Interrupted

    with hosting(folder) as host:
        with pytest.raises(Interrupted):
            verify(Web(host.address), expected, tell, tmp_path / "kept", connections=1)
        before, host.asked = host.sent(200), []
        # One that was right is changed since.
        change(folder, "index.html", "<p>Sau</p>")
        report = verify(Web(host.address), expected, memory=tmp_path / "kept")
        assert kinds(report) == {"changed": ["index.html"]}
        again = [name for name in host.sent(200) if before[name] == 3 and not name.startswith(".well-known/")]
        assert again == ["index.html"]
        assert len(host.sent(304)) >= count - 5
        # A run that ends forgets: the next one fetches all.
        host.asked = []
        verify(Web(host.address), expected, memory=tmp_path / "kept")
        assert not host.sent(304)
    assert not list((tmp_path / "kept").iterdir())


def test_what_was_right_of_another_commit_is_not_believed(published, tmp_path):
    folder, expected = published

    def tell(done: int, of: int, file: str) -> None:
        if done == of - 1:
            raise Interrupted

    with hosting(folder) as host:
        with pytest.raises(Interrupted):
            verify(Web(host.address), expected, tell, tmp_path / "kept")
        host.asked = []
        other = Expected({**expected.files, PAGE: "0" * 64}, REDIRECTS, expected.commit)
        assert kinds(verify(Web(host.address), other, memory=tmp_path / "kept"))["changed"] == [PAGE]
        assert not host.sent(304)


def test_hosts_are_asked_politely(published):
    folder, expected = published
    busy = iter([True, True, False])

    def not_now(request: Handler) -> bool:
        if next(busy, False):
            request.give(429, b"", {"Retry-After": "1"})
            return True
        return False

    with hosting(folder) as host:
        host.answers[PAGE] = not_now
        started = time.monotonic()
        report = verify(Web(host.address, Manners(2)), expected, connections=2)
        took = time.monotonic() - started
    assert report.status == 0
    assert took >= 2, "the host asked for a second, twice"
    assert host.most_open <= 2
    assert {"sdgbook" in headers["User-Agent"] for _, headers, _ in host.asked} == {True}


def test_a_host_that_asks_for_too_much_patience_leaves_it_open(published):
    folder, expected = published
    with hosting(folder) as host:
        host.answers[PAGE] = lambda request: request.give(503, b"", {"Retry-After": "9999"}) or True
        report = verify(Web(host.address, Manners(4, patience=1)), expected)
    assert (report.status, [name for name, _ in report.unread]) == (2, [PAGE])


def test_a_pause_is_kept(published):
    folder, expected = published
    with hosting(folder) as host:
        started = time.monotonic()
        verify(Web(host.address, Manners(1, pause=0.02)), expected, connections=1)
        assert time.monotonic() - started >= 0.02 * len(host.asked)


# The command


def test_the_command_compares_with_the_commit_itself_and_ends_with_what_it_found(project, site, tmp_path, monkeypatch):
    root = project.root
    commit = committed(root)
    as_built(site.html, root / "_build" / "commits" / commit)
    folder = tmp_path / "release"
    shutil.copytree(site.html, folder)
    sbom.write_sbom(root, folder, commit)
    proof.write_proof(folder, proof.Release(commit, "1.0.0", "2001-01-01T00:00:00Z"))
    (folder / "_headers").write_text("")

    done = sdgbook(root, "verify", str(folder), "--commit", "HEAD", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "a machine that asks each night hears nothing"
    done = sdgbook(root, "verify", str(folder), "--commit", commit[:12])
    assert done.returncode == 0
    assert f"So với commit {commit}" in done.stdout
    assert "ĐÚNG" in done.stdout

    (folder / "index.html").write_text("x")
    (folder / proof.FOLDER / "sbom.cdx.json").write_text("{}")
    monkeypatch.chdir(root)
    done = CliRunner().invoke(app, ["verify", str(folder), "--commit", "HEAD", "--quiet", "--format", "json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["status"], told["expected"]) == (1, 1, commit)
    assert {one["file"] for one in told["findings"]} == {"index.html", sbom.FILE}

    for words in (("http://127.0.0.1:1/",), (str(tmp_path / "nothing"),), (str(folder), "--commit", "khong-co")):
        done = CliRunner().invoke(app, ["verify", *words])
        assert done.exit_code == 2, done.output
    assert run(root, "git", "status", "--porcelain").stdout == ""


def test_the_page_for_readers_says_what_works(published, tmp_path):
    """The commands of the page, on a site on this machine."""
    folder, _ = published
    text = (Path(__file__).parents[1] / "book" / "kiem-chung.md").read_text(encoding="utf-8")
    blocks = [block for block in text.split("```\n")[1::2] if "curl" in block]
    assert len(blocks) == 2
    with hosting(folder) as host:
        host.moved.clear()

        def does(block: str) -> subprocess.CompletedProcess[str]:
            return run(tmp_path, block.replace("https://example.org/", host.address), shell=True)

        done = does(blocks[0])
        codes = [line.split()[0] for line in done.stdout.splitlines()]
        assert len(codes) == 2 and len(set(codes)) == 1, done.stdout + done.stderr
        done = does(blocks[1])
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        shutil.rmtree(tmp_path / "soat")
        change(folder, PAGE, "x")
        done = does(blocks[1])
        assert done.returncode == 1
        assert PAGE in done.stdout


def test_names_of_folders_are_digests_of_what_is_in_them(published):
    folder, _ = published
    for name in kept_folders(folder):
        digests = {n: d for n, d in digests_in(folder / name).items() if proof.is_proven(n)}
        assert name == f"_static/{folder_digest(digests)}"
