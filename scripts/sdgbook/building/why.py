"""Why a page was built again or not, and what it depends on: what `sdgbook why PAGE` tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sdgbook.building import inputs, state
from sdgbook.data import Problem, ProblemsFound, read_package, reads
from sdgbook.data.problems import did_you_mean

# What every page depends on, in words, by how its inputs are called.
GROUPS = {
    "code/": "mã của dự án (scripts/sdgbook)",
    "requirements.txt": "khóa thư viện (requirements.txt)",
    "libraries": "thư viện đã cài",
    "python": "phiên bản Python",
    "_config.yml": "cấu hình (_config.yml)",
    "data/datapackage.json": "mô tả các bảng (datapackage.json)",
    **{name: f"biến môi trường {name}" for name in inputs.SETTINGS},
}


def page_named(name: str, pages: list[str]) -> str:
    """The page that a person means by its name, its file or its address; `ProblemsFound` when there is none."""
    bare = name.removeprefix("book/").removesuffix(".md").removesuffix(".html")
    found = [page for page in pages if page == bare] or [page for page in pages if page.rpartition("/")[2] == bare]
    if len(found) == 1:
        return found[0]
    told = f"Lần dựng gần nhất không có trang nào tên “{name}”."
    raise ProblemsFound([Problem("book", None, None, told, did_you_mean(bare, pages), kind="command")])


def why(root: Path, name: str) -> Iterator[str]:
    """Lines that tell of a page: why the last build read and wrote it anew, what has changed since, what it reads.

    Raises `ProblemsFound` when nothing has been built yet, or no page is called so.
    """
    last = state.read_state(root / "_build" / "state")
    if last is None:
        told = "Chưa có lần dựng nào để kể."
        raise ProblemsFound([Problem("_build", None, None, told, "Chạy `make site` trước.", kind="command")])
    pages = last.records["pages"]
    page = page_named(name, sorted(pages))
    record = pages[page]
    source = f"book/{page}.md"
    yield f"Trang {page} ({source})"
    yield ""
    yield "Lần dựng gần nhất:"
    for step, again, kept in (("read", "đọc lại", "không đọc lại"), ("write", "viết lại", "không viết lại")):
        reason = record["why"].get(step)
        yield f"  {again}: {reason}" if reason else f"  {kept}: mọi điều nó phụ thuộc vẫn như cũ"
    yield ""
    yield "Từ lần dựng đó đến giờ:"
    changed = list(_changed_since(root, source, record, last.inputs))
    yield from (f"  {line}" for line in changed or ["không có gì của trang này thay đổi"])
    yield ""
    yield "Trang này được làm từ:"
    yield f"  tệp {source}"
    for file, columns in sorted(_all_reads(record).items()):
        yield f"  {file}: " + ", ".join(_selection(column, keys) for column, keys in sorted(columns.items()))
    if record["headings"]:
        yield f"  tiêu đề của các trang: {', '.join(record['headings'])}"
    yield "  tên và mục của các trang khác; ngày sửa gần nhất theo git" + (
        f" ({record['day']})" if record["day"] else ""
    )
    shared = [words for name, words in GROUPS.items() if name not in inputs.SETTINGS]
    yield f"  những thứ chung cho mọi trang: {', '.join(shared)}"


def _changed_since(root: Path, source: str, record: dict[str, Any], before: dict[str, str]) -> Iterator[str]:
    from sdgbook.site.records import told

    now = inputs.read_inputs(root)
    names = {name for name in {*now, *before} if now.get(name) != before.get(name)}
    for start, words in GROUPS.items():
        if any(name.startswith(start) and not inputs.is_static(name) for name in names):
            yield f"{words} đã đổi: mọi trang được làm lại"
    if source in names:
        yield f"tệp {source} đã đổi: trang được đọc lại"
    package = read_package(root, strict=False)
    for key, then in (
        ("cells_read", "các ô mã chạy lại; kết quả khác thì trang được đọc lại"),
        ("roles_read", "các con số trong lời được hỏi lại; khác thì trang được đọc lại"),
        ("direct", "trang được đọc lại"),
        ("written", "trang được viết lại"),
        ("files_read", "các tệp tải về của trang được làm lại"),
    ):
        if changes := reads.changes(record[key], package):
            yield f"{told(changes, package, root / '_build' / 'html')}: {then}"
    if now.get("git") != before.get("git"):
        yield "git: có lần ghi mới hoặc có tệp sửa chưa ghi; ngày sửa của trang được tính lại"


def _all_reads(record: dict[str, Any]) -> dict[str, dict[str, set[str]]]:
    """What the page read in all its steps: file → column → keys."""
    found: dict[str, dict[str, set[str]]] = {}
    for key in state.READS:
        for file, columns in record[key].items():
            for column, (keys, _) in columns.items():
                found.setdefault(file, {}).setdefault(column, set()).update([keys] if keys == reads.ALL else keys)
    if others := found.pop(reads.FILES, None):
        found |= {f"tệp {path}": {} for path in others}
    return found


def _selection(column: str, keys: set[str]) -> str:
    if column == reads.ROWS:
        return "danh sách dòng"
    if column == reads.EXISTS:
        return f"có hay không {len(keys)} dòng"
    name = column.removesuffix(reads.FILLED) + (" (có điền hay không)" if column.endswith(reads.FILLED) else "")
    return f"{name} (mọi dòng)" if reads.ALL in keys else f"{name} ({len(keys)} dòng)"
