from __future__ import annotations

import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from helpers import ROOT, Project, Site, digests, sdgbook
from hypothesis import settings

# How long an example takes says nothing about the code.
settings.register_profile("project", deadline=None)
# The same examples each time where others wait for the result; new ones at a developer's desk.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "project")


@pytest.fixture
def project(tmp_path_factory):
    """A fresh copy of the project to spoil."""
    return Project.copy(tmp_path_factory.mktemp("dự án"))


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The site, built once. Tests only read it."""
    project = Project.copy(tmp_path_factory.mktemp("trang"))
    before = digests(project.root)
    done = sdgbook(project.root, "site")
    assert done.returncode == 0, done.stdout + done.stderr
    return Site(project, project.root / "_build" / "html", done.stdout, before)


@pytest.fixture(scope="session")
def package():
    """The project's own data."""
    from sdgbook.data import read_package

    return read_package(ROOT)


@pytest.fixture(scope="session")
def facts(package):
    """The project's own figures."""
    from sdgbook.report.facts import Facts

    return Facts(package)


@pytest.fixture(scope="session")
def address(site):
    """Where a web server on this machine shows the site: below a folder, as many hosts do."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site.html.parent)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{site.html.name}/"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Chromium; without it these tests are skipped, but fail where everything must be tested (CI=true)."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        missing = "Máy này chưa có Chromium. Cài bằng: sudo apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()
