"""Every link, anchor and file that a built page names must exist, and nothing may come from another host."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sdgbook.data.problems import Problem, ProblemsFound

# Elements whose address the browser fetches by itself, unlike a link that a reader follows.
FETCHED = {
    "img": "src",
    "script": "src",
    "iframe": "src",
    "source": "src",
    "audio": "src",
    "video": "src",
    "embed": "src",
    "object": "data",
    "link": "href",
    "use": "href",
    "image": "href",
}


class _Page(HTMLParser):
    """Collects the ids and addresses of one page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.links: list[tuple[str, int]] = []
        self.fetched: list[tuple[str, int]] = []
        self.canonical = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(values["id"])
        if tag == "a" and values.get("href"):
            self.links.append((values["href"], line))
        if tag == "link" and values.get("rel") == "canonical":
            # The page's own address, which nothing fetches.
            self.canonical = values.get("href") or ""
        elif tag in FETCHED and values.get(FETCHED[tag]):
            self.fetched.append((values[FETCHED[tag]], line))


def read_page(path: Path) -> _Page:
    """Ids, links and fetched addresses of a page."""
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _target(site: Path, page: Path, address: str, root: str) -> Path:
    """The file that a path on `page` means; `root` is the site's own path on its server."""
    if not address:
        return page
    if address.startswith(root):
        return (site / address.removeprefix(root)).resolve()
    return (page.parent / address).resolve()


def check_links(site: Path) -> int:
    """Check all pages under `site`; returns their number, raises `ProblemsFound` with everything wrong."""
    pages = {path.resolve(): read_page(path) for path in sorted(site.rglob("*.html"))}
    home = pages.get((site / "index.html").resolve())
    # Where the site lies on its server, for addresses from the server's root on.
    root = urlsplit(home.canonical).path if home and home.canonical else "/"
    problems = []
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        for twice in sorted({i for i in page.ids if page.ids.count(i) > 1}):
            problems.append(Problem(name, None, None, f"Neo “{twice}” đứng hai lần trên trang."))
        for address, line in [*page.links, *page.fetched]:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                if (address, line) in page.fetched and parts.scheme != "data":
                    problems.append(Problem(name, line, None, f"Trang tự tải “{address}” từ máy chủ khác."))
                continue
            target = _target(site, path, unquote(parts.path), root)
            if not target.is_file():
                problems.append(Problem(name, line, None, f"Liên kết “{address}” dẫn tới tệp không có."))
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                problems.append(Problem(name, line, None, f"Liên kết “{address}” dẫn tới neo không có."))
    if problems:
        raise ProblemsFound(problems)
    return len(pages)
