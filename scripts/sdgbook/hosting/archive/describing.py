"""What an archive says of itself: to librarians' programs, and to whoever opens it in thirty years."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Described:
    """What an archive holds: the descriptor of its data package, its edition's row, its commit and when that was made,
    whether the edition is frozen, whether search works from a disk."""

    package: Mapping[str, Any]
    edition: Mapping[str, Any]
    commit: str
    moment: datetime.datetime
    is_frozen: bool
    searches: bool

    @property
    def year(self) -> str:
        """The edition's year."""
        return str(self.edition["year"])


def bag_info(about: Described) -> str:
    """The lines of `bag-info.txt`, but for its size."""
    state = "frozen" if about.is_frozen else "published, not frozen: the site of the commit"
    lines = {
        "Source-Organization": about.edition["issuer"],
        "External-Description": about.edition["source_title"],
        "External-Identifier": f"git:{about.commit}",
        "Bagging-Date": f"{about.moment:%Y-%m-%d}",
        "Title": f"{about.package['title']}: {about.year}",
        "Edition": about.year,
        "Edition-Status": state,
        "Commit": about.commit,
        "Commit-Date": f"{about.moment:%Y-%m-%dT%H:%M:%SZ}",
        "Data-Version": about.package["version"],
        "Licence": f"{about.edition['licence']} (data and text), MIT (source code)",
        "Language": "vi",
        "Bag-Software-Agent": "sdgbook archive",
    }
    return "".join(f"{name}: {' '.join(str(said).split())}\n" for name, said in lines.items())


def readme(about: Described) -> str:
    """`DOC-TRUOC.txt`, in Vietnamese and English."""
    kept_vi = "đã chốt, đúng như lúc chốt" if about.is_frozen else "đã đăng, chưa chốt: cả trang web ở commit dưới đây"
    kept_en = "frozen, as it was then" if about.is_frozen else "published, not frozen: the site at the commit below"
    search_vi = "Tìm kiếm, biểu đồ, tải số liệu" if about.searches else "Biểu đồ, tải số liệu (trừ ô tìm kiếm)"
    search_en = "Search, charts and downloads" if about.searches else "Charts and downloads (not the search field)"
    frozen = "SDGBOOK_WITHOUT_FROZEN=1 " if about.is_frozen else ""
    return f"""{about.edition["source_title"]}
{about.edition["issuer"]}

Ấn bản {about.year}, {kept_vi}.
Commit: {about.commit}
Ngày của commit: {about.moment:%d/%m/%Y}. Phiên bản dữ liệu: {about.package["version"]}.

ĐỌC
  Mở data/trang-web/index.html bằng trình duyệt. Không cần mạng, không cần máy chủ, không cần chép vào máy.
  {search_vi} đều dùng được.

TRONG NÀY CÓ GÌ
  data/trang-web/       trang web
  data/du-lieu/         mọi bảng số liệu (CSV); datapackage.json mô tả từng cột
  data/ma-nguon/        mã nguồn và các bài viết; requirements.txt ghi đúng những thư viện đã dùng, kèm mã SHA-256
  data/lich-su.bundle   cả lịch sử của dự án đến commit trên (git)
  data/manifest.txt     SHA-256 của từng tệp của trang như khi đăng lên mạng. Các trang ở đây khác bản ấy đúng ở phần
                        nạp mã: một tệp mã thay cho mấy tệp, vì trình duyệt không nạp chúng từ đĩa.

SOÁT: không tệp nào hỏng, thiếu
  sha256sum --check --quiet manifest-sha256.txt
  sha256sum --check --quiet tagmanifest-sha256.txt
  (hoặc một chương trình đọc BagIt, RFC 8493)

DỰNG LẠI
  Cần git, make, Python 3.11–3.13; lần đầu cần mạng để lấy các thư viện ghi trong requirements.txt.
  git clone data/lich-su.bundle bao-cao && cd bao-cao && git checkout {about.commit}
  {frozen}make site
  cd _build/html && sha256sum --check --quiet ĐƯỜNG-DẪN-TỚI/data/manifest.txt
  Không hiện gì nghĩa là trang dựng lại giống hệt trang đã đăng.

GIẤY PHÉP
  Lời và số liệu: {about.edition["licence"]}. Mã nguồn: MIT (data/ma-nguon/LICENSE).

----

Progress report of Cao Bằng (Việt Nam) on the sustainable development goals, edition {about.year} ({kept_en}).
Issuer and title of the report: see the first two lines. Commit: {about.commit} ({about.moment:%Y-%m-%d}).

READ: open data/trang-web/index.html in a browser. No network, no server, no copying. {search_en} work.

CONTENTS: data/trang-web: the website. data/du-lieu: all tables (CSV, described by datapackage.json).
data/ma-nguon: source code and texts; requirements.txt names the exact libraries with SHA-256. data/lich-su.bundle: the
project's history up to the commit (git). data/manifest.txt: SHA-256 of each file of the site as published; pages here
differ from those in how they load scripts, since browsers do not load several from a disk.

CHECK: sha256sum --check --quiet manifest-sha256.txt (or any program that reads BagIt, RFC 8493).

REBUILD: git clone data/lich-su.bundle bao-cao && cd bao-cao && git checkout {about.commit}
&& {frozen}make site (needs git, make, Python 3.11 to 3.13, and at first the network for the libraries), then
cd _build/html && sha256sum --check --quiet PATH-TO/data/manifest.txt

LICENCES: text and data {about.edition["licence"]}, source code MIT.
"""
