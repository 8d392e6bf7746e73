"""An archive is one file that libraries can keep: whole, the same each time, read without network, and rebuilt."""

from __future__ import annotations

import csv
import os
import shutil
import sys
import zipfile
from types import ModuleType
from unittest.mock import Mock
from urllib.parse import unquote, urlsplit

import pytest
from committed import as_built, committed
from helpers import Project, digests, run, sdgbook

from sdgbook.data.problems import ProblemsFound
from sdgbook.edit.freezing import freeze
from sdgbook.hosting.archive import archive
from sdgbook.hosting.archive.history import bundle
from sdgbook.hosting.archive.offline import SCRIPT, offline
from sdgbook.publish.built import parsed

YEAR = "2021"
QUERY = "ho ngheo"


def quiet(*_: object) -> None:
    """Nobody is told how it goes on."""


@pytest.fixture(scope="module")
def archived(site, tmp_path_factory):
    """A project under git, its commit, what the archive of its edition was called and told."""
    project = Project.copy(tmp_path_factory.mktemp("lưu trữ"))
    commit = committed(project.root)
    as_built(site.html, project.root / "_build" / "commits" / commit)
    return project, commit, archive(project.root, YEAR, None, quiet)


@pytest.fixture(scope="module")
def bag(archived, tmp_path_factory):
    """The archive, unpacked, where nobody may write."""
    folder = tmp_path_factory.mktemp("thẻ nhớ")
    with zipfile.ZipFile(archived[2].file) as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    (root,) = folder.iterdir()
    for path in [root, *root.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield root
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755)


def test_it_is_a_bag_as_libraries_keep_them(archived, bag, monkeypatch):
    # The last one with a wheel asks for its version where newer setuptools have nothing.
    stand_in = ModuleType("pkg_resources")
    stand_in.get_distribution, stand_in.DistributionNotFound = Mock(), LookupError
    monkeypatch.setitem(sys.modules, "pkg_resources", stand_in)
    import bagit

    bagit.Bag(str(bag)).validate(processes=1)
    for sums in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        done = run(bag, "sha256sum", "--check", "--strict", "--quiet", sums)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    info = bagit.Bag(str(bag)).info
    assert info["Commit"] == archived[1]
    assert info["Edition-Status"].startswith("published, not frozen")
    assert info["Source-Organization"] == archived[0].table("edition")[0]["issuer"]


def test_it_says_what_it_is_how_to_read_check_and_rebuild_it(archived, bag):
    said = (bag / "DOC-TRUOC.txt").read_text(encoding="utf-8")
    assert archived[1] in said
    assert "chưa chốt" in said and "not frozen" in said
    for named in ("data/trang-web/index.html", "data/lich-su.bundle", "data/manifest.txt"):
        assert named in said
        assert (bag / named).is_file()
    assert any("chưa chốt" in note for note in archived[2].notes)


def test_it_holds_the_data_the_source_and_the_lock_of_the_commit(archived, bag, tmp_path):
    root, commit = archived[0].root, archived[1]
    run(root, "git", "worktree", "add", "--quiet", "--detach", str(tmp_path / "nguồn"), commit)
    source = digests(tmp_path / "nguồn", without=(".git",))
    assert digests(bag / "data" / "ma-nguon") == source
    assert {f"data/{name}": digest for name, digest in digests(bag / "data" / "du-lieu").items()} == {
        name: digest for name, digest in source.items() if name.startswith("data/")
    }
    assert "requirements.txt" in source
    edition = next(csv.DictReader((bag / f"data/du-lieu/editions/{YEAR}/edition.csv").open(encoding="utf-8")))
    assert edition["year"] == YEAR


def test_its_history_can_be_cloned_and_is_that_of_the_commit(archived, bag, tmp_path):
    done = run(tmp_path, "git", "clone", "--quiet", str(bag / "data" / "lich-su.bundle"), "lại")
    assert done.returncode == 0, done.stderr
    again = tmp_path / "lại"
    assert run(again, "git", "rev-parse", "HEAD").stdout.strip() == archived[1]
    assert run(again, "git", "fsck", "--strict").returncode == 0
    assert run(again, "git", "status", "--porcelain").stdout == ""
    assert digests(again, without=(".git",)) == digests(bag / "data" / "ma-nguon")


def test_the_same_commit_gives_the_same_bytes_wherever_it_is_made(archived, site, tmp_path):
    first = archived[2].file.read_bytes()
    root = tmp_path / "bản khác"
    for words in (
        ("git", "clone", "--quiet", "--no-local", str(archived[0].root), str(root)),
        ("git", "-C", str(root), "repack", "-adfq", "--depth=3", "--window=2"),
    ):
        assert run(tmp_path, *words).returncode == 0
    as_built(site.html, root / "_build" / "commits" / archived[1])
    # What is being worked on is no part of it.
    (root / "nhap.txt").write_text("nháp")
    with (root / "_config.yml").open("a") as file:
        file.write("# nháp\n")
    os.utime(root / "README.md", (0, 0))
    made = archive(root, YEAR, tmp_path / "khác.zip", quiet)
    assert made.file.read_bytes() == first
    assert any("chưa ghi vào git" in note for note in made.notes)


def test_it_is_opened_and_searched_offline_from_where_nobody_may_write(archived, bag, browser, tmp_path):
    before = digests(bag)
    html = bag / "data" / "trang-web"
    context = browser.new_context(offline=True, accept_downloads=True, viewport={"width": 1200, "height": 900})
    context.set_default_timeout(20_000)
    page, complaints, asked = context.new_page(), [], []
    page.on("console", lambda m: m.type in ("error", "warning") and complaints.append(m.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: asked.append(r.url))
    page.on(
        "requestfailed", lambda r: r.failure != "net::ERR_ABORTED" and complaints.append(f"failed {r.url} {r.failure}")
    )
    page.add_init_script("addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.blockedURI))")
    for name in ("index", "du-lieu", "toan-van", "dia-phuong", "muc-tieu/1-1"):
        page.goto((html / f"{name}.html").as_uri(), wait_until="load")
    chart = page.locator("main figure svg").first
    assert chart.is_visible()
    styles = page.evaluate("getComputedStyle(document.querySelector('header.site')).backgroundColor")
    assert styles != "rgba(0, 0, 0, 0)", "the page has its look"
    # What is downloaded is what the site holds.
    link = page.locator("main a[href$='.csv'][download]").first
    page.evaluate("() => document.querySelectorAll('details').forEach(details => { details.open = true; })")
    with page.expect_download() as begun:
        link.click()
    begun.value.save_as(tmp_path / "tải về.csv")
    there = html / "muc-tieu" / link.get_attribute("href")
    assert (tmp_path / "tải về.csv").read_bytes() == there.resolve().read_bytes()
    # Search, from a page below and by what was typed without marks.
    page.locator("#tim").fill(QUERY)
    results = page.locator("#ket-qua-tim [role=option]")
    results.first.wait_for()
    assert "hộ nghèo" in " ".join(results.all_inner_texts()).lower()
    results.last.click()
    page.wait_for_load_state()
    assert page.url.startswith(html.as_uri())
    assert page.locator("main h1").is_visible()
    context.close()
    assert complaints == []
    assert {url.partition(":")[0] for url in asked} == {"file"}
    assert digests(bag) == before


def test_pages_lead_to_files_load_one_script_and_stay_as_strict(bag, site):
    html, wrong = bag / "data" / "trang-web", []
    for file in html.rglob("*.html"):
        page = parsed(file.read_text(encoding="utf-8"))
        for address in page.xpath("//a/@href | //link[not(@rel='canonical')]/@href | //script/@src | //img/@src"):
            parts = urlsplit(address)
            if not parts.scheme and parts.path and not (file.parent / unquote(parts.path)).is_file():
                wrong.append((file.name, address))
        (script,) = page.xpath("//script/@src")
        assert script.endswith(SCRIPT)
        (policy,), (before,) = (
            one.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
            for one in (page, parsed((site.html / file.relative_to(html)).read_text(encoding="utf-8")))
        )
        assert policy.replace(" file:", "") == before
        assert "unsafe" not in policy
    assert wrong == []


def test_only_published_editions_are_archived_and_nothing_is_written_else(archived, tmp_path):
    project = archived[0]
    done = sdgbook(project.root, "archive", "1999", "--to", str(tmp_path / "x.zip"))
    assert done.returncode == 1
    assert "1999" in done.stderr and YEAR in done.stderr
    assert not list(tmp_path.iterdir())
    shallow = tmp_path / "nông"
    run(tmp_path, "git", "clone", "--quiet", "--depth=1", f"file://{project.root}", str(shallow))
    with pytest.raises(ProblemsFound, match="lịch sử"):
        bundle(shallow, "HEAD")


def test_a_frozen_edition_is_archived_as_its_tag_built_it(site, tmp_path, monkeypatch):
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@example.org")
    project = Project.copy(tmp_path)
    committed(project.root)
    freeze(project.root, int(YEAR))
    tag = run(project.root, "git", "rev-parse", f"edition-{YEAR}^{{commit}}").stdout.strip()
    as_built(site.html, project.root / "_build" / "editions" / tag)
    (project.root / "README.md").write_text("Sau khi chốt\n", encoding="utf-8")
    run(project.root, "git", "commit", "--quiet", "--all", "--message=Sau")
    made = archive(project.root, YEAR, tmp_path / "chốt.zip", quiet)
    assert made.notes == ()
    shutil.unpack_archive(made.file, tmp_path / "mở")
    (bag,) = (tmp_path / "mở").iterdir()
    said = (bag / "DOC-TRUOC.txt").read_text(encoding="utf-8")
    assert "đã chốt" in said and tag in said and "SDGBOOK_WITHOUT_FROZEN=1 make site" in said
    assert (bag / "data" / "ma-nguon" / "README.md").read_text(encoding="utf-8") != "Sau khi chốt\n"
    run(tmp_path, "git", "clone", "--quiet", str(bag / "data" / "lich-su.bundle"), "lại")
    assert run(tmp_path / "lại", "git", "rev-parse", "HEAD", f"edition-{YEAR}^{{commit}}").stdout.split() == [tag, tag]


def test_pages_of_another_time_are_kept_as_they_are(site):
    page = b'<html><head><script src="_static/sdgbook.js?v=1"></script></head><body><a href="so/">x</a></body></html>'
    made, searches = offline({"index.html": page, "so/index.html": b"", "_static/sdgbook.js": b"import('./x.js')"})
    assert not searches
    assert made["index.html"] == page.replace(b'"so/"', b'"so/index.html"')
    assert made["_static/sdgbook.js"] == b"import('./x.js')"
