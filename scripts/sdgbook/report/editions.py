"""What the pages about the whole report import: the home page, the method, the outline, the data."""

from __future__ import annotations

import unicodedata
from typing import Any

from sdgbook.data import Table
from sdgbook.data.problems import did_you_mean
from sdgbook.report import charts, inline, numbers, status
from sdgbook.report.blocks import Block
from sdgbook.report.chapters import commitment_word
from sdgbook.report.context import KIND_WORDS, Context, ink_on
from sdgbook.report.expressions import difference
from sdgbook.report.facts import FactError, Facts, facts

QUALIFIER_NOTES = {
    "exact": "Báo cáo ghi một con số, không thêm chữ nào.",
    "over": "Báo cáo viết “trên”: con số thật lớn hơn số đã ghi.",
    "nearly": "Báo cáo viết “gần”: con số thật nhỏ hơn số đã ghi một chút.",
    "about": "Con số đã được làm tròn.",
}
STATUS_NOTES = {
    "A": ("(không ghi gì)", "Con số bình thường."),
    "P": ("sơ bộ", "Con số tính ban đầu, có thể được sửa khi có kết quả cuối cùng."),
    "E": ("ước", "Con số ước cho cả năm, chưa phải kết quả cuối cùng."),
    "F": ("dự kiến", "Con số dự kiến, chưa xảy ra vào lúc làm báo cáo."),
    "O": ("chưa có số liệu", "Báo cáo chưa có con số này."),
}


class Edition(Context):
    """One year's report as a whole; each method returns a block that a page shows."""

    def __init__(self, year: int, figures: Facts):
        if year not in figures.editions:
            raise FactError(f"Không có ấn bản {year}.", did_you_mean(str(year), map(str, figures.editions)))
        super().__init__(figures, year)

    # Home and targets

    def headlines(self) -> Block:
        """The figures the home page leads with, each with what it is compared to and the direction."""
        cards = [status.card(self, self.facts.find(row["fact"])) for row in self.rows("headlines")]
        return Block("headlines", {"cards": cards})

    def goals(self) -> Block:
        """The seventeen goals as tiles: those reported here lead to their targets."""
        tiles = []
        for row in self.package.table("goals").rows:
            own = [t for t, target in self.target_rows.items() if target["goal"] == row["goal"]]
            tiles.append(
                {
                    "goal": row["goal"],
                    "name": row["short_vi"],
                    "official": row["name_vi"],
                    "colour": row["colour"],
                    "ink": ink_on(row["colour"]),
                    "targets": own,
                    "page": "muc-tieu/index" if own else "",
                    "anchor": f"muc-tieu-{row['goal']}" if own else "",
                }
            )
        return Block("goals", {"tiles": tiles})

    def targets(self) -> Block:
        """One row per target chapter: its targets, wording, and its leading printed figure."""
        chapters: dict[str, list[str]] = {}
        for target, row in self.target_rows.items():
            chapters.setdefault(row["chapter"], []).append(target)
        rows, seen = [], set()
        for page, own in chapters.items():
            goal = self.target_rows[own[0]]["goal"]
            leading = status.leading(self, own)
            before = status.earlier(self, leading) if leading else None
            rows.append(
                {
                    "page": page,
                    "anchor": "" if goal in seen else f"muc-tieu-{goal}",
                    "targets": [self.target(t) for t in own],
                    "names": [self.target_rows[t]["name_vi"] for t in own],
                    "figure": self.figure(leading) if leading else None,
                    "before": self.figure(before) if before else None,
                    "status": status.status(self, own),
                }
            )
            seen.add(goal)
        return Block("targets", {"rows": rows})

    def numberings(self) -> Block:
        """The three numberings of each target side by side."""
        rows = []
        for row in self.package.table("targets").rows:
            rows.append(
                [
                    [self.target(row["target"])],
                    plain(row["name_vi"]),
                    plain(row["national_target"]),
                    plain(", ".join(row["un_targets"])),
                    self.text(row["note_vi"]),
                ]
            )
        return self.table_block(
            "Ba cách đánh số của mỗi mục tiêu", ["Tỉnh", "Nội dung", "Quốc gia", "Liên hợp quốc", "Ghi chú"], rows
        )

    def goal_names(self) -> Block:
        """The official names of the seventeen goals, and which of them are not yet confirmed in wording."""
        note = "câu chữ chưa đối chiếu được với danh sách đã công bố"
        rows = [
            [plain(str(r["goal"])), plain(r["name_vi"]), plain(note if r["wording_status"] == "unconfirmed" else "")]
            for r in self.package.table("goals").rows
        ]
        return self.table_block("Tên chính thức của các mục tiêu chung", ["Mục tiêu", "Tên", "Ghi chú"], rows)

    def table_block(
        self, caption: str, columns: list[str], rows: list[list[list[dict[str, str]]]], ids: list[str] | None = None
    ) -> Block:
        """A table of texts: `rows` hold cells, cells hold segments; the first column names the row."""
        return Block("table", {"caption": caption, "columns": columns, "rows": rows, "ids": ids or [""] * len(rows)})

    # The year's work

    def timeline(self) -> Block:
        """The year's dated documents in a chart."""
        rows = sorted(
            (r for r in self.rows("documents") if r["number"] and r["issued_on"] and r["issued_on"].year == self.year),
            key=lambda r: (r["issued_on"], r["document"]),
        )
        told = [
            {
                "label": inline.document_name(r),
                "when": "",
                "text": r["title_vi"],
                "page": inline.DOCUMENTS,
                "id": f"van-ban-{r['document']}",
            }
            for r in rows
        ]
        return self.chart_block(
            "dong-thoi-gian",
            [],
            charts.timeline([(r["issued_on"], r["number"]) for r in rows]),
            title=f"Những văn bản năm {self.year} mà báo cáo nhắc đến, theo ngày ban hành",
            subtitle="Mỗi chấm là một văn bản có số hiệu và ngày; ngày như báo cáo ghi",
            rows=told,
            sources=self._told_at({r["document"] for r in rows}),
            name=str(self.year),
        )

    def _told_at(self, documents: set[str]) -> list[str]:
        """Where the source names these documents, in its order."""
        found = {r["source_locator"] for r in self.rows("measures") if documents & set(r["documents"])}
        return sorted(found, key=lambda locator: self.places_in_source[locator])

    def documents(self) -> Block:
        """All documents, numbered ones first by date, with anchors that {document} leads to."""
        rows = sorted(self.rows("documents"), key=lambda r: (not r["number"], str(r["issued_on"]), r["document"]))
        cells, ids = [], []
        for row in rows:
            sources = self.locators(self._told_at({row["document"]}))
            spaced = [part for source in sources for part in (source, {"text": ", "})][:-1]
            title = self.text(row["title_vi"]) + (
                [{"text": " — "}, *self.text(row["note_vi"])] if row["note_vi"] else []
            )
            date = numbers.spell_date(row["issued_on"]) if row["issued_on"] else ""
            cells.append(
                [
                    plain(inline.KINDS[row["kind"]] + (f" {row['number']}" if row["number"] else "")),
                    plain(date),
                    plain(row["issuer"] or ""),
                    title,
                    spaced,
                ]
            )
            ids.append(f"van-ban-{row['document']}")
        columns = ["Văn bản", "Ngày", "Nơi ban hành", "Nội dung", "Nhắc ở"]
        return self.table_block("Mọi văn bản báo cáo nhắc đến", columns, cells, ids)

    def measures(self, section: str) -> Block:
        """What was done without a figure, told in a section such as `I.1`."""
        rows = [r for r in self.rows("measures") if within(r["source_locator"], section)]
        return self.items_block(
            [self.item(r) for r in self.in_source_order(rows)], f"việc đã làm ở {section}", kind="measures"
        )

    def challenges(self) -> Block:
        """All difficulties, with the targets that we matched."""
        rows = self.in_source_order(self.rows("challenges"))
        items = [self.item(r, targets=[self.target(t) for t in r["targets"]]) for r in rows]
        return self.items_block(items, "khó khăn", kind="matched")

    def commitments(self, kind: str) -> Block:
        """The tasks (`task`) or requests (`request`), with the targets that we matched."""
        rows = sorted((r for r in self.rows("commitments") if r["kind"] == kind), key=lambda r: r["number"])
        items = [
            self.item(r, id=r["commitment"], meta=[commitment_word(r)], targets=[self.target(t) for t in r["targets"]])
            for r in rows
        ]
        return self.items_block(items, "nhiệm vụ hay đề xuất", kind="matched")

    # Method

    def codes(self) -> Block:
        """The words that stand beside figures, with their codes and meanings."""
        rows = [[plain(word), plain(f"obs_status {code}"), plain(note)] for code, (word, note) in STATUS_NOTES.items()]
        rows += [
            [plain(numbers.QUALIFIERS[code] or "(không ghi gì)"), plain(f"qualifier {code}"), plain(note)]
            for code, note in QUALIFIER_NOTES.items()
        ]
        kinds = next(f for f in self.package.table("indicators").fields if f["name"] == "kind")
        meanings = dict(part.split(": ", 1) for part in kinds["description"].rstrip(".").split("; "))
        rows += [[plain(KIND_WORDS[code]), plain(f"kind {code}"), plain(text)] for code, text in meanings.items()]
        return self.table_block("Những chữ đi kèm con số", ["Trên trang", "Trong dữ liệu", "Nghĩa là"], rows)

    def derived(self) -> Block:
        """The figures that the report does not print, with their formulas."""
        found = [fact for fact in self.facts.values() if fact.is_derived]
        rows = [
            [
                [inline.fact_segment(f.name, self.facts).to_json()],
                plain(f"{f.label}, {f.when}"),
                self.formula(f.formula),
                self.text(f.note),
            ]
            for f in found
        ]
        return self.table_block("Số suy ra", ["Con số", "Là gì", "Cách tính", "Ghi chú"], rows)

    def identities(self) -> Block:
        """The sums that must hold, and that they do."""
        rows = []
        for row in self.rows("identities"):
            holds = difference(row["expression"], self.facts.quantity) == 0
            rows.append(
                [
                    self.formula(row["expression"].replace(" = ", " = ")),
                    plain("đúng" if holds else "đúng trong phạm vi làm tròn"),
                    self.text(row["note_vi"]),
                ]
            )
        return self.table_block("Phép thử giữa các con số", ["Phép tính", "Kết quả thử", "Ghi chú"], rows)

    def doubts(self) -> Block:
        """Everything unclear in the source, with what it is about."""
        items = []
        for row in self.rows("doubts"):
            about = row["about"]
            if about in self.places_in_source:
                item = self.item(row, "note_vi", source=self.locator(about))
            else:
                fact = self.facts.find(about)
                item = self.item(row, "note_vi", source=inline.fact_segment(fact.name, self.facts).to_json())
            items.append(item)
        return self.items_block(items, "điều chưa rõ", kind="doubts")

    def slips(self) -> Block:
        """The slips of wording in the source."""
        rows = [
            [plain(f"“{r['as_written']}”"), plain(r["meant_vi"]), [self.locator(r["source_locator"])]]
            for r in self.in_source_order(self.rows("slips"))
        ]
        return self.table_block("Lỗi câu chữ của báo cáo gốc", ["Báo cáo viết", "Chúng tôi hiểu là", "Ở"], rows)

    # Outline

    def outline(self) -> Block:
        """Every place of the source in its order, with all that the site took from it."""
        places = []
        for row in self.rows("sections"):
            locator = row["locator"]
            link = self.locator(locator)
            figures = [self.figure(f) for f in self.facts.values() if not f.is_derived and locator in f.locators]
            items = [
                (word, self.item(r))
                for table, word in (
                    ("objectives", "Đích"),
                    ("measures", "Việc đã làm"),
                    ("challenges", "Khó khăn"),
                    ("commitments", "Việc năm sau"),
                    ("places", "Địa điểm"),
                )
                for r in self.rows(table)
                if r["source_locator"] == locator
            ]
            doubts = [self.text(r["note_vi"]) for r in self.rows("doubts") if r["about"] == locator]
            places.append(
                {
                    "id": link["anchor"],
                    "locator": locator,
                    "kind": row["kind"],
                    "depth": len(locator.split(" ")[0].split(".")),
                    "title": self.text(row["title_vi"]),
                    "page": row["chapter"],
                    "figures": figures,
                    "items": [{"word": word, **item} for word, item in _merged(items)],
                    "doubts": doubts,
                }
            )
        return Block("outline", {"places": places})

    # Data and words

    def tables(self) -> Block:
        """The data tables, each with its size and its file to download."""
        rows = []
        for table in self._tables():
            name = {"text": table.resource["title"], "page": "du-lieu", "anchor": f"bang-{table.name}"}
            file = {"text": table.file.rpartition("/")[2], "file": table.file}
            rows.append([[name], plain(table.resource["description"]), plain(str(len(table.rows))), [file]])
        file = {"text": "datapackage.json", "file": "data/datapackage.json"}
        rows.append(
            [
                plain("Mô tả gói dữ liệu"),
                plain("Kiểu, khóa và nghĩa của mọi cột, theo chuẩn Data Package."),
                plain(""),
                [file],
            ]
        )
        return self.table_block(
            f"Các bảng dữ liệu, bản {self.package.version}", ["Bảng", "Gồm", "Số dòng", "Tải về"], rows
        )

    def dictionary(self) -> Block:
        """Every column of every table, from the package itself."""
        groups = []
        for table in self._tables():
            key = set(table.key)
            columns = [
                {
                    "name": f["name"],
                    "title": f["title"],
                    "description": f["description"],
                    "type": TYPE_WORDS.get(f["type"], f["type"]),
                    "key": f["name"] in key,
                    "required": bool(f.get("constraints", {}).get("required")),
                }
                for f in table.fields
            ]
            groups.append(
                {"id": f"bang-{table.name}", "name": table.name, "title": table.resource["title"], "columns": columns}
            )
        return Block("dictionary", {"tables": groups})

    def _tables(self) -> list[Table]:
        return [t for (_, edition), t in self.package.tables.items() if edition in (None, self.year)]

    def revisions(self) -> Block:
        """The corrections after publication, or that there are none."""
        rows = [
            [
                plain(numbers.spell_date(r["revised_on"])),
                plain(r["about"]),
                plain(f"{r['old_value']} → {r['new_value']}"),
                self.text(r["reason_vi"]),
            ]
            for r in self.rows("revisions")
        ]
        if not rows:
            return Block("items", {"kind": "plain", "items": [{"text": plain("Chưa có lần hiệu đính nào.")}]})
        return self.table_block("Hiệu đính", ["Ngày", "Về", "Trước → sau", "Vì sao"], rows)

    def news(self) -> Block:
        """What is new: the newest corrections, and the edition that the site tells."""
        edition = self.rows("edition")[0]
        corrections = sorted(self.rows("revisions"), key=lambda row: row["revised_on"], reverse=True)[:3]
        items = [
            {
                "meta": [f"hiệu đính ngày {numbers.spell_date(row['revised_on'])}"],
                "text": [*plain(f"{row['old_value']} → {row['new_value']}. "), *self.text(row["reason_vi"])],
                "cells": [(row.file, row.line)],
            }
            for row in corrections
        ]
        source = {"text": f"Ấn bản {self.year}: {edition['source_title']}.", "page": "gioi-thieu"}
        items.append({"meta": ["ấn bản mới nhất"], "text": [source], "cells": [(edition.file, edition.line)]})
        if not corrections:
            items.append({"text": [{"text": "Chưa có con số nào phải hiệu đính.", "page": "du-lieu"}]})
        return self.items_block(items, "tin mới", kind="news")

    def glossary(self, kind: str) -> Block:
        """The abbreviations (`abbreviation`) or the terms (`term`) with their meanings, in Vietnamese order."""
        rows = [r for r in self.package.table("terms").rows if r["kind"] == kind]
        if not rows:
            raise FactError(f"Không có từ ngữ nào loại “{kind}”.", "Chọn abbreviation hoặc term.")
        terms = [
            {
                "id": f"tu-{inline.ascii_slug(r['term'])}",
                "term": r["term"],
                "expansion": self.text(r["expansion_vi"]),
                "definition": self.text(r["definition_vi"]),
            }
            for r in sorted(rows, key=lambda r: vietnamese_order(r["term"]))
        ]
        return Block("glossary", {"terms": terms})


TYPE_WORDS = {
    "string": "chữ",
    "integer": "số nguyên",
    "number": "số",
    "date": "ngày",
    "year": "năm",
    "list": "danh sách",
}
ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxy"


def vietnamese_order(text: str) -> tuple[tuple[int, ...], str]:
    """Sort key in the order of the Vietnamese alphabet (letters before tone marks)."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    bare = unicodedata.normalize(
        "NFC", "".join(c for c in unicodedata.normalize("NFD", text.lower()) if c not in tones)
    )
    return tuple(ALPHABET.find(c) + 1 if c in ALPHABET else 100 + ord(c) if c.isalpha() else 0 for c in bare), text


def plain(text: str) -> list[dict[str, str]]:
    """Text without links, as segments."""
    return [{"text": text}] if text else []


def within(locator: str, section: str) -> bool:
    """Whether a place of the source is a section or lies in it: `I.1 ¶2` in `I.1`, but not `I.10`."""
    return locator == section or locator.startswith((section + " ", section + "."))


def _merged(items: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """Items without exact repetition (one place told for several areas)."""
    seen: list[tuple[str, dict[str, Any]]] = []
    for pair in items:
        if pair not in seen:
            seen.append(pair)
    return seen


def edition(year: int) -> Edition:
    """The report of a year as a whole."""
    return Edition(year, facts())
