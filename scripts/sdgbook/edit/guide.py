"""The part of the guide that is made from the code: every kind of mistake with its cause and its way out.

It is the end of the page of messages, from a line that says so on: plain Markdown, with headings for links to lead to.
"""

from __future__ import annotations

from itertools import groupby

from sdgbook.data.kinds import KINDS, Rank

BEGIN = "*Từ đây do máy viết từ `scripts/sdgbook/data/kinds.py`: sửa ở đó rồi chạy `make format`.*"
HEADINGS = {
    Rank.MACHINE: "Máy và git",
    Rank.FILE: "Cả tệp",
    Rank.ROWS: "Dòng và cột",
    Rank.CELL: "Một ô",
    Rank.CODE: "Mã và tên",
    Rank.MEANING: "Điều các con số nói với nhau",
    Rank.PAGE: "Trang",
    Rank.FORM: "Dạng chuẩn",
    Rank.QUESTION: "Câu hỏi của máy",
}


def messages() -> str:
    """The paragraphs about all kinds of mistakes, in the order in which they are told."""
    parts = []
    for rank, kinds in groupby(sorted(KINDS.items(), key=lambda one: one[1].rank), key=lambda one: one[1].rank):
        parts.append(f"## {HEADINGS[rank]}")
        for _, kind in kinds:
            parts += [
                f"### {kind.title}",
                f"**Thường là vì:** {kind.cause}",
                f"**Làm gì:** {kind.way_out}",
            ]
    return "\n\n".join(parts)


def renewed(text: str) -> str:
    """The text of the page with the part that is made from the code as it must be; the text as it is where it keeps no
    place for that part."""
    before, begin, _ = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{messages()}\n" if begin else text
