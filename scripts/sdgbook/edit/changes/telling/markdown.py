"""A comparison as Markdown, for the comment of a pull request.

All that comes from the project's files is written so that it is text only: no markup, no link, no address, nobody who
would be called by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sdgbook.edit.changes import due, figures
from sdgbook.edit.changes.found import ADDED, CHANGED, REMOVED, RENAMED, Changes, Sentence

# How many lines a part may have: the whole stands in the page that lies beside.
MOST = 40
WORDS = {CHANGED: "đổi", ADDED: "mới", REMOVED: "bỏ", RENAMED: "đổi tên"}
UNSEEN = "\u200b"


def safe(text: object) -> str:
    """Text that means nothing but itself to GitHub's Markdown."""
    told = " ".join(str(text).split())
    told = told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    told = re.sub(r"([\\`*_{}\[\]()#+!|~$])", r"\\\1", told)
    # A name after the sign would call somebody, save within a word, as in names of figures; a number would link to
    # another request; an address would be a link.
    told = re.sub(r"(?<![A-Za-z0-9])@", f"@{UNSEEN}", told)
    told = re.sub(r"(\\#|GH-)(?=\d)", rf"\1{UNSEEN}", told, flags=re.IGNORECASE)
    return re.sub(r"(?i)(?<=:)//|(?<=www)\.", lambda m: UNSEEN + m[0], told)


def code(name: str) -> str:
    """A file, page or address as it stands, in the letters of code, where nobody is called and nothing is a link."""
    return "`" + re.sub(r"[`|\s]+", " ", name).strip() + "`"


def as_markdown(found: Changes, *, pictures: bool = False) -> str:
    """The whole as Markdown, verdict first. With `pictures` it says which files show the charts."""
    lines = [f"**{found.verdict}**", ""]
    lines += _listed("### Phải làm", [safe(words) for words in found.todo], numbered=True)
    lines += _listed("### Nên xem lại", [safe(words) for words in found.questions])
    printed = [f for f in found.figures if not f.follows]
    derived = [f for f in found.figures if f.follows]
    head = ["Con số", "Trước", "Sau", "Khác", "Ở trang"]
    for title, chosen in (("Con số đổi", printed), ("Số suy ra đổi theo", derived)):
        rows = [
            [
                f"{safe(f.label)}, {safe(f.when)}",
                safe(f.old) or "–",
                safe(f.new) or "–",
                safe(f.step) or WORDS[f.change],
                _pages(f.pages),
            ]
            for f in chosen
        ]
        lines += _table(f"### {title}", head, rows)
    told = [s for s in found.sentences if s.old or s.new]
    rows = [[_where(s), _marked(s, "-"), _marked(s, "+")] for s in told]
    lines += _table("### Câu đổi", ["Ở đâu", "Trước", "Sau"], rows)
    rows = [
        [f"{code(c.file)}, {c.line}", safe(c.key), safe(c.column), safe(c.old) or "–", safe(c.new) or "–"]
        for c in found.cells
    ]
    lines += _table("### Ô khác trong bảng", ["Tệp, dòng", "Của dòng", "Cột", "Trước", "Sau"], rows)
    lines += _listed(
        "### Dòng, cột, bảng thêm hoặc bớt", [_record(r.change, r.file, r.key, r.column) for r in found.records]
    )
    pages = [
        f"{WORDS[p.change]}: {safe(p.title)} ({code(p.page)}{f', trước là {code(p.before)}' if p.before else ''})"
        for p in found.pages
    ]
    lines += _listed("### Trang mới, bỏ, đổi tên", pages)
    turns = [
        f"{code(t.page)}, {safe(t.about)}: {safe(t.old)} → {safe(t.new)}" for t in (*found.statuses, *found.claims)
    ]
    lines += _listed("### Đánh giá và lời khẳng định đổi", turns)
    lines += _table(
        "### Câu kết luận của biểu đồ đổi",
        ["Ở đâu", "Trước", "Sau"],
        [[f"{code(t.page)}" + (", đổi chiều" if t.flips else ""), safe(t.old), safe(t.new)] for t in found.findings],
    )
    charts = [
        f"{code(c.page)}: {safe(c.title)} ({WORDS[c.change]}){_files(c.old_file, c.new_file) if pictures else ''}"
        for c in found.charts
    ]
    lines += _listed("### Biểu đồ đổi", charts)
    links = [f"{code(link.address)}: {link.why}{_used(link.used_by)}" for link in found.links]
    lines += _listed("### Địa chỉ không còn", links)
    lines += _listed("### Lỗi mà phần kiểm tra báo", [safe(words) for words in found.problems])
    lines += _listed("### Cấu hình đổi", [safe(words) for words in found.settings])
    if found.others:
        lines += [
            f"Ngoài dữ liệu và các trang, có {len(found.others)} tệp khác đổi (mã, cách dựng trang); ở đây không kể.",
            "",
        ]
    lines += [f"So {safe(found.base)} với {safe(found.head)}. {_version(found)}", ""]
    if any(f.questions for f in found.figures):
        lines += [figures.RULE, ""]
    if found.version and found.version.due:
        lines += [due.RULE, ""]
    return "\n".join(lines).rstrip() + "\n"


def _version(found: Changes) -> str:
    v = found.version
    if v is None or not v.level:
        return "Dữ liệu không đổi."
    if v.due:
        return f"Phiên bản dữ liệu: {safe(v.new)}, cần {safe(v.due)}."
    return f"Phiên bản dữ liệu: {safe(v.old)} → {safe(v.new)}, đủ."


def _where(one: Sentence) -> str:
    return f"{code(one.page or one.file)}{f', dòng {one.line}' if one.line else ''} ({safe(one.what)})"


def _marked(one: Sentence, sign: str) -> str:
    """One side of a sentence, its own words set off: struck out before, bold after."""
    mark, found = "~~" if sign == "-" else "**", []
    for kind, text in one.marks:
        if kind == "=":
            found.append(safe_run(text))
        elif kind == sign:
            inner = text.strip()
            before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :] if inner else ""
            found.append(f"{before}{mark}{safe(inner)}{mark}{after}" if inner else text)
    return "".join(found).strip() or "–"


def safe_run(text: str) -> str:
    """A run of words within a line, its spaces at both ends kept."""
    inner = text.strip()
    if not inner:
        return " " if text else ""
    return (" " if text[0].isspace() else "") + safe(inner) + (" " if text[-1].isspace() else "")


def _pages(pages: Sequence[str]) -> str:
    more = f" và {len(pages) - 6} trang nữa" if len(pages) > 6 else ""
    return ", ".join(f"{code(page)}" for page in pages[:6]) + more


def _files(old: str, new: str) -> str:
    files = [f"{word} {code(file)}" for word, file in (("trước:", old), ("sau:", new)) if file]
    return f"; ảnh {', '.join(files)}" if files else ""


def _used(places: Sequence[str]) -> str:
    return f"; còn được dẫn tới ở {'; '.join(map(safe, places))}" if places else ""


def _record(change: str, file: str, key: str, column: str) -> str:
    what = f"dòng {safe(key)}" if key else f"cột {safe(column)}" if column else "cả bảng"
    return f"{WORDS[change]}: {what} của {code(file)}"


def _listed(title: str, items: Sequence[str], *, numbered: bool = False) -> list[str]:
    if not items:
        return []
    shown = [f"{f'{n}.' if numbered else '-'} {item}" for n, item in enumerate(items[:MOST], 1)]
    return [f"{title} ({len(items)})", "", *shown, *_more(items), ""]


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows[:MOST]]
    return [f"{title} ({len(rows)})", "", *lines, *_more(rows), ""]


def _more(items: Sequence[object]) -> Iterable[str]:
    return ["", f"… và {len(items) - MOST} chỗ nữa: xem `thay-doi.html`."] if len(items) > MOST else []
