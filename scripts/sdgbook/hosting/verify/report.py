"""What a comparison has found."""

from __future__ import annotations

from dataclasses import dataclass, field

# Kinds of findings in the order in which they are told, with what is said of them.
KINDS = {
    "commit": "Trang đăng là của commit khác",
    "proof": "Danh sách mà trang đăng kèm thiếu hoặc sai",
    "changed": "Nội dung khác bản đã duyệt",
    "swapped": "Mang nội dung của tệp khác",
    "missing": "Thiếu",
    "extra": "Thừa: bản đã duyệt không có",
    "twin": "Bản nén giải ra nội dung khác",
    "kept": "Thư mục của lần đăng trước không đúng với tên của nó",
    "header": "Tiêu đề HTTP sai",
    "redirect": "Địa chỉ cũ không còn dẫn đến trang mới",
    "lost": "Địa chỉ không có không được trả lời đúng",
}


@dataclass(frozen=True)
class Finding:
    """One difference: its kind (one of `KINDS`), the file or address that it is about ("": the site), and more words
    where there is more to say."""

    kind: str
    file: str
    says: str = ""


@dataclass
class Report:
    """What was found at an `address` (or in a folder).

    `commit`, `data_version` and `published` are what the site says of itself ("" where it says nothing), `expected` the
    commit that it was compared with ("": its own manifest), `manifest` the SHA-256 of the manifest it was compared
    with, `files` the number of files in that and `right` how many of them are as they should be, twins and headers too.
    `unread` are files that could not be looked at, with the reason.
    """

    address: str
    expected: str = ""
    commit: str = ""
    data_version: str = ""
    published: str = ""
    manifest: str = ""
    files: int = 0
    right: int = 0
    findings: list[Finding] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        """0: all is right; 1: something differs; 2: that could not be found out."""
        return 1 if self.findings else 2 if self.unread else 0
