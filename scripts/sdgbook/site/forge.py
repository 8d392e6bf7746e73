"""Where the people who can mend the book reach its files: the editor of GitHub or GitLab in the browser, the line of a
figure, and forms and mails that are filled in already. What is not configured is not offered.

Lines move when rows above them come and go, and a page whose figures stay must stay as it is. So pages do not name
lines: they lead to one page that names those of all figures, and nothing but that page changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

logger = logging.getLogger(__name__)

GITHUB, GITLAB = "github", "gitlab"
# The page that names the lines of all figures.
LINES = "dong"
FORM = "bao-loi.yml"


def of(config: Config) -> str:
    """Which of the two the repository lives in: as configured, else by its host's name."""
    host = urlsplit(config.sdgbook_repository).netloc
    return config.sdgbook_forge or (GITLAB if "gitlab" in host.lower() else GITHUB)


def check(app: Sphinx) -> None:
    """Complain of a forge that is none; the build then fails."""
    if app.config.sdgbook_forge not in ("", GITHUB, GITLAB):
        told = "sdgbook_forge “%s” không dùng được. Viết github hay gitlab, hoặc để trống."
        logger.warning(told, app.config.sdgbook_forge, location="_config.yml")
        app.config.sdgbook_forge = ""


def _address(config: Config, what: str, file: str) -> str:
    between = "/-" if of(config) == GITLAB else ""
    repository, branch = config.sdgbook_repository.rstrip("/"), quote(config.sdgbook_branch)
    return f"{repository}{between}/{what}/{branch}/{quote(file)}"


def edit_address(config: Config, file: str) -> str | None:
    """Where a file can be edited in the browser; None without a repository."""
    return _address(config, "edit", file) if config.sdgbook_repository else None


def line_address(config: Config, file: str, line: int) -> str | None:
    """Where a line of a file is shown as it is written; None without a repository."""
    # Without `plain` both show a table in place of a CSV file's lines.
    return f"{_address(config, 'blob', file)}?plain=1#L{line}" if config.sdgbook_repository else None


def report_ways(config: Config, title: str, page: str, figure: dict[str, str] | None = None) -> list[dict[str, str]]:
    """The configured ways to report an error on a page, or in one of its figures, each with `text` and `href`.

    `figure` has `figure` (its name in the data), `value`, `place` (in the report): forms and mails are filled with it.
    """
    known = {"page": page, **(figure or {})}
    about = figure["figure"] if figure else page
    subject = f"Báo lỗi: {title} ({about})"
    what = "Báo con số này sai" if figure else "Báo lỗi"
    ways = []
    if config.sdgbook_repository:
        place = "GitLab" if of(config) == GITLAB else "GitHub"
        ways.append({"text": f"{what} trên {place}", "href": _issue(config, subject, known)})
    if config.sdgbook_email:
        # Lines of a letter end as RFC 6068 wants them.
        body = _words(known).replace("\n", "\r\n")
        mail = urlencode({"subject": subject, "body": body}, quote_via=quote)
        words = f"{what} qua thư" if figure else f"{what} qua thư: {config.sdgbook_email}"
        ways.append({"text": words, "href": f"mailto:{quote(config.sdgbook_email, safe='@')}?{mail}"})
    if config.sdgbook_phone and not figure:
        number = re.sub(r"[^0-9+]", "", config.sdgbook_phone)
        ways.append({"text": f"{what} qua điện thoại: {config.sdgbook_phone}", "href": f"tel:{number}"})
    return ways


def _issue(config: Config, subject: str, known: dict[str, str]) -> str:
    repository = config.sdgbook_repository.rstrip("/")
    if of(config) == GITLAB:
        fields = {"issue[title]": subject, "issue[description]": _words(known)}
        return f"{repository}/-/issues/new?{urlencode(fields, quote_via=quote)}"
    return f"{repository}/issues/new?{urlencode({'template': FORM, 'title': subject, **known}, quote_via=quote)}"


# What the fields of the form are called, by their ids; tests compare them with the form itself.
FIELDS = {
    "page": "Trang nào",
    "figure": "Con số nào",
    "value": "Trang đang viết số nào",
    "place": "Chỗ trong báo cáo gốc",
}


def _words(known: dict[str, str]) -> str:
    """The same as lines of a letter, with what the reader still has to say."""
    lines = [f"{FIELDS[name]}: {value}" for name, value in known.items() if value]
    return "\n".join([*lines, "Sai ở chỗ nào: ", "Theo bạn, đúng là gì, và bạn biết từ đâu: "])


def lines_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page that names the line of every figure; none without a repository."""
    if not app.config.sdgbook_repository:
        return
    package, rows = app.sdgbook.package, []
    for name in app.sdgbook.facts:
        fact = app.sdgbook.facts[name]
        file, key = fact.cells[0]
        line = package.line_of(file, key)
        if line is not None:
            links = {"line": line_address(app.config, file, line), "edit": edit_address(app.config, file)}
            rows.append({"id": fact.id, "name": name, "label": f"{fact.label}, {fact.when}", "file": file, **links})
            rows[-1]["number"] = line
    yield LINES, {"title": "Dòng của từng con số", "rows": rows}, "lines.html"


def setup(app: Sphinx) -> None:
    """Register what is configured, and the page of lines."""
    app.add_config_value("sdgbook_forge", "", "html", str)
    # Read by `sdgbook format`, not by the site.
    app.add_config_value("sdgbook_owners", {}, "", dict)
    app.connect("builder-inited", check)
    app.connect("html-collect-pages", lines_page)
