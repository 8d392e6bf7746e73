from __future__ import annotations

import contextlib
import os
from urllib.parse import urlsplit

import pytest
from helpers import ROOT, Project, Site, digests, sdgbook
from hypothesis import settings
from serving import serving
from viewing import MISSING, chromium, opened

# Tests plant cells of all kinds; what the cells of chapters may do is tried in test_defects.py.
os.environ["SDGBOOK_CELLS"] = "any"
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
    """Where a compressing web server on this machine shows the site: below a folder, as many hosts do."""
    with serving(site.html) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """Chromium; without it these tests are skipped, but fail where everything must be tested (CI=true)."""
    path = chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING, pytrace=False)
        pytest.skip(MISSING)
    with opened(path) as browser:
        yield browser


@pytest.fixture
def visit(browser, address):
    """A context manager that opens pages in turn; what the browser complains of is added to a list."""

    @contextlib.contextmanager
    def opening(width: int, complaints: list[str], height: int = 800, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(20_000)
        page = context.new_page()
        at = [""]
        home = urlsplit(address).netloc
        page.on(
            "console",
            lambda m: m.type in ("error", "warning") and complaints.append(f"{at[0]}: {m.text} {m.location['url']}"),
        )
        page.on("pageerror", lambda error: complaints.append(f"{at[0]}: {error}"))
        # The browser itself breaks off the icon when the next page is opened.
        page.on(
            "requestfailed",
            lambda r: r.failure != "net::ERR_ABORTED" and complaints.append(f"{at[0]}: failed {r.url} {r.failure}"),
        )
        page.on("response", lambda r: r.status >= 400 and complaints.append(f"{at[0]}: {r.status} {r.url}"))
        page.on(
            "request",
            lambda r: (
                urlsplit(r.url).scheme != "data"
                and urlsplit(r.url).netloc != home
                and complaints.append(f"{at[0]}: asks {r.url}")
            ),
        )

        def go(name: str):
            at[0] = name
            page.goto(f"{address}{name}.html", wait_until="load")
            return page

        yield go
        context.close()

    return opening
