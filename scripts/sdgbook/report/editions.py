"""What the pages about the whole report import: the home page, the method, the outline, the data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sdgbook.data import Row, Table
from sdgbook.data.problems import did_you_mean
from sdgbook.data.reads import remembered
from sdgbook.report import charts, commitments, drafts, findings, gaps, inline, news, numbers, progress, status
from sdgbook.report.alphabet import TELEX, letter_of, vietnamese_order
from sdgbook.report.areas import PlacesOfEdition
from sdgbook.report.blocks import Block
from sdgbook.report.context import KIND_WORDS, bare_area, lower_first
from sdgbook.report.expressions import difference
from sdgbook.report.facts import Fact, FactError, Facts, Unfilled, facts
from sdgbook.report.inline import Segment
from sdgbook.report.progress import Grade, Method
from sdgbook.report.status import Mark

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
# How many corrections and changes the home page tells, and how many of a group the page of what is new tells of a
# report that is not the newest.
NEWEST, SHOWN_OF_OLDER = 3, 10


# What the grades mean: by the method that pages use, and by the other one.
GRADE_NOTES = {
    Grade.MET: (
        "Con số mới nhất đã ở mức đích, dù đi nhanh hay chậm.",
        "đã ở mức đích, hoặc cách đích không hay một trăm phần trăm chưa tới một điểm",
    ),
    Grade.ON_TRACK: (
        f"Nhịp từ mốc đến nay bằng ít nhất {numbers.percent(progress.CANADA_ON_TRACK)} nhịp cần có.",
        f"cứ đà này, đến hạn đi được ít nhất {numbers.percent(progress.UN_ON_TRACK)} quãng đường",
    ),
    Grade.ACCELERATE: (
        f"Nhịp đến nay bằng ít nhất {numbers.percent(progress.CANADA_ACCELERATE)} nhịp cần có.",
        f"đến hạn đi được ít nhất {numbers.percent(progress.UN_FAIR)} quãng đường",
    ),
    Grade.LIMITED: (
        "Có đi về phía đích hoặc đứng yên, nhưng chậm hơn thế.",
        "đến hạn đi được ít hơn thế; có thể đứng yên hay đi lùi",
    ),
    Grade.DETERIORATION: ("Con số đi ngược chiều đích.", "như trên"),
}
# The other method's grade where it has no such one.
OTHER_GRADES = {Grade.LIMITED: Grade.STAGNANT, Grade.DETERIORATION: Grade.STAGNANT}


class Edition(PlacesOfEdition):
    """One year's report as a whole; each method returns a block that a page shows."""

    def __init__(self, year: int, figures: Facts):
        super().__init__(figures, year)

    # Home and targets

    def headlines(self) -> Block:
        """The figures the home page leads with, each with what it is compared to and the direction."""
        cards = [status.card(self, fact) for row in self.rows("headlines") if (fact := self.known(row["fact"]))]
        if not cards and self.is_draft:
            return self.waiting("Chưa có con số nổi bật nào.")
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
                    "targets": own,
                    "page": "muc-tieu/index" if own else "",
                    "anchor": f"muc-tieu-{row['goal']}" if own else "",
                }
            )
        return Block("goals", {"tiles": tiles})

    def _chapters(self) -> dict[str, list[str]]:
        """The targets of each chapter."""
        chapters: dict[str, list[str]] = {}
        for target, row in self.target_rows.items():
            chapters.setdefault(row["chapter"], []).append(target)
        return chapters

    def matrix(self) -> Block:
        """Targets × years of reports: how each target stood by each report, with the figure of its year, and what that
        means now. One report alone is told as `targets` tells it."""
        if len(self.facts.editions) == 1:
            return self.targets()
        rows, seen = [], set()
        for page, own in self._chapters().items():
            told: dict[str, dict[str, Any]] = {}
            for target in own:
                row = self._years_of(target)
                # Targets told together stand in one row, unless something sets them apart.
                like = told.setdefault(json.dumps([row["label"], row["years"], row["now"]]), row)
                if like is not row:
                    like["targets"] += row["targets"]
                    like["names"] += row["names"]
            goal = self.target_rows[own[0]]["goal"]
            for n, row in enumerate(told.values()):
                first = n == 0 and goal not in seen
                rows.append({**row, "page": page, "anchor": f"muc-tieu-{goal}" if first else ""})
            seen.add(goal)
        drafts = [e for e in self.facts.editions if self.of(e).rows("edition")[0]["status"] == "draft"]
        legend = [*map(Mark.to_json, status.MARKS.values()), status.NO_MARK.to_json()]
        years = [{"year": e, "draft": e in drafts} for e in self.facts.editions]
        return Block("matrix", {"years": years, "rows": rows, "legend": legend})

    def _years_of(self, target: str) -> dict[str, Any]:
        """A target's row: how it stood by each report, with the figure that it is followed by."""
        found = {edition: status.status_of(self, [target], edition) for edition in self.facts.editions}
        shown = status.edition_shown(self)
        now, newest = found[shown], self.of(shown)
        decides = now.standing if now.standing and now.standing.figures else None
        leading = decides.figures[-1] if decides else status.leading(newest, [target])
        line = self.facts.line(leading.indicator, leading.breakdown, leading.area) if leading else []
        by_year = {int(fact.period[:4]): fact for fact in line}
        cells = []
        for edition, then in found.items():
            fact = by_year.get(edition)
            mark = status.mark_of(then.grade).to_json()
            cells.append({"year": edition, "mark": mark, "figure": self._in_short(fact) if fact else None})
        return {
            "targets": [self.target(target)],
            "names": [self.target_rows[target]["name_vi"]],
            "label": f"{leading.label}, {leading.unit.symbol}" if leading else "",
            "years": cells,
            "now": {**status.mark_of(now.grade).to_json(), "why": now.why or now.among},
            "cells": [cell for one in (now.standing,) if one for cell in (one.objective.cell,)],
        }

    def _in_short(self, fact: Fact) -> dict[str, Any]:
        """A figure for a narrow cell whose row tells its unit."""
        source = self.locators([(fact.edition, fact.locators[0])])[0]["text"]
        place = {"id": fact.id, "page": fact.page, "cells": fact.cells, "source": source}
        return {**place, "value": fact.plain_value, "number": fact.number, "status": fact.marks}

    def targets(self) -> Block:
        """One row per target chapter: its targets, wording, and its leading printed figure."""
        rows, seen = [], set()
        for page, own in self._chapters().items():
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
        return self.table_block(
            "Tên chính thức của các mục tiêu chung",
            ["Mục tiêu", "Tên", "Ghi chú"],
            rows,
            used=self.package.table("goals").rows,
        )

    def table_block(
        self,
        caption: str,
        columns: list[str],
        rows: list[list[list[dict[str, Any]]]],
        ids: list[str] | None = None,
        used: Iterable[Row] = (),
    ) -> Block:
        """A table of texts: `rows` hold cells, cells hold segments; the first column names the row. `used` are the
        data rows that it shows."""
        data = {"caption": caption, "columns": columns, "rows": rows, "ids": ids or [""] * len(rows)}
        return Block("table", data, used=used)

    # The year's work

    def timeline(self) -> Block:
        """The year's dated documents in a chart."""
        rows = sorted(
            (r for r in self.rows("documents") if r["number"] and r["issued_on"] and r["issued_on"].year == self.year),
            key=lambda r: (r["issued_on"], r["document"]),
        )
        if not rows and self.is_draft:
            return self.waiting(f"Chưa có văn bản nào của năm {self.year}.")
        told = [
            {
                "label": inline.document_name(r),
                "when": "",
                "cells": [r.cell],
                "text": r["title_vi"],
                "page": inline.DOCUMENTS,
                "id": f"van-ban-{r['document']}",
            }
            for r in rows
        ]
        spec = charts.timeline([(r["issued_on"], r["number"]) for r in rows])
        return self.chart_block(
            "dong-thoi-gian",
            [],
            spec,
            title=findings.timeline([r["issued_on"] for r in rows]),
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
        return self.table_block("Mọi văn bản báo cáo nhắc đến", columns, cells, ids, used=rows)

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
        """The tasks (`task`) or requests (`request`) of this edition, with their state, what later reports say of them,
        and the targets that we matched."""
        found = [one for one in self._tracked(self.year) if one.row["kind"] == kind]
        items = [commitments.item(self, one, whole=True) for one in found]
        return self.items_block(items, "nhiệm vụ hay đề xuất", kind="matched")

    def other_commitments(self) -> Block:
        """The same of all other editions, newest first; words for none."""
        found = self._tracked(*(year for year in self.facts.editions if year != self.year))
        items = [commitments.item(self, one, whole=True) for one in found]
        none = {"text": plain(f"Ở đây chưa có báo cáo nào ngoài báo cáo năm {self.year}.")}
        return Block("items", {"kind": "matched" if items else "plain", "items": items or [none]})

    def commitments_summary(self) -> Block:
        """How many tasks and requests of each edition are done, under way and so on, in sentences."""
        found = commitments.tracked(self.facts)
        text = plain(commitments.summary(found) or "Chưa báo cáo nào nêu nhiệm vụ hay đề xuất.")
        used = [row for one in found for row in (one.row, *(told for _, told in one.followups))]
        return Block("items", {"kind": "plain", "items": [{"text": text}]}, used=used)

    def _tracked(self, *years: int) -> list[commitments.Tracked]:
        return [one for one in commitments.tracked(self.facts) if one.edition in years]

    # Method

    def codes(self) -> Block:
        """The words that stand beside figures, with their codes and meanings."""
        rows = [[plain(word), code(f"obs_status {key}"), plain(note)] for key, (word, note) in STATUS_NOTES.items()]
        rows += [
            [plain(numbers.QUALIFIERS[key] or "(không ghi gì)"), code(f"qualifier {key}"), plain(note)]
            for key, note in QUALIFIER_NOTES.items()
        ]
        told = "Con số này từng được đăng khác. Số trước, nguồn của nó và mức thay đổi đứng ở dòng của nó trong bảng."
        rows.append([plain("r"), plain("đã sửa so với lần đăng trước"), plain(told)])
        kinds = next(f for f in self.package.table("indicators").fields if f["name"] == "kind")
        meanings = dict(part.split(": ", 1) for part in kinds["description"].rstrip(".").split("; "))
        rows += [[plain(KIND_WORDS[key]), code(f"kind {key}"), plain(text)] for key, text in meanings.items()]
        return self.table_block("Những chữ đi kèm con số", ["Trên trang", "Trong dữ liệu", "Nghĩa là"], rows)

    def grades(self) -> Block:
        """What each grade means, by the method that pages use and by the other."""
        rows = []
        for grade, (ours, theirs) in GRADE_NOTES.items():
            mark, other = status.mark_of(grade), status.mark_of(OTHER_GRADES.get(grade, grade), status.OTHER)
            rows.append([self._marked(mark), plain(ours), [*self._marked(other), *plain(f": {theirs}")]])
        columns = ["Dấu và chữ", "Khi nào", "Theo cách thứ hai"]
        return self.table_block("Các mức đánh giá", columns, rows)

    def reasons(self) -> Block:
        """Why an objective may not be rated, and what would let it be."""
        rows = [[plain(capital(why)), plain(capital(needs))] for why, needs in status.REASONS.values()]
        return self.table_block("Vì sao chưa đánh giá được", ["Vì sao", "Cần có"], rows)

    def rated(self) -> Block:
        """Every objective of the newest report, rated by both methods."""
        edition = status.edition_shown(self)
        own, rows = self.of(edition), []
        for row in own.in_source_order(own.rows("objectives")):
            page = self.target_rows[row["targets"][0]]["chapter"]
            link = {"text": row["title_vi"], "page": page, "anchor": f"dich-{row['objective']}"}
            cells = []
            for method in (status.DEFAULT, status.OTHER):
                one = status.standing(self.facts, row, method)
                cells.append([*self._marked(status.mark_of(one.grade, method)), *plain(self._how(one, method))])
            rows.append([[link], *cells])
        columns = ["Đích", "Statistics Canada (cách trang này dùng)", "Cơ quan Thống kê Liên hợp quốc"]
        used = own.rows("objectives")
        return self.table_block(f"Đích của báo cáo năm {edition} theo hai cách", columns, rows, used=used)

    @staticmethod
    def _marked(mark: Mark) -> list[dict[str, Any]]:
        return plain(f"{mark.sign} {mark.word}")

    @staticmethod
    def _how(one: status.Standing, method: Method) -> str:
        """What a method computed of an objective, or why it computed nothing."""
        found = one.assessment
        if not one.grade:
            words = one.objective["value"] is None
            return f": {status.IN_WORDS_ONLY if words else '; '.join(status.REASONS[r][0] for r in found.reasons)}"
        if one.grade is Grade.MET and not found.reached:
            return ": cách đích chưa tới một điểm"
        if found.reached or found.ratio is None or found.ratio < 0:
            return ""
        ratio = numbers.percent(found.ratio)
        return f": {ratio} nhịp cần có" if method is status.DEFAULT else f": đến hạn đi được {ratio} quãng đường"

    def derived(self) -> Block:
        """The figures that the report does not print, with their formulas."""
        found = [fact for fact in self.facts.derived() if fact.edition == self.year]
        rows = [
            [
                [inline.segment_of(f, self.facts).to_json()],
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
            try:
                holds = difference(row["expression"], self.facts.as_told(self.year).quantity) == 0
                result = "đúng" if holds else "đúng trong phạm vi làm tròn"
            except Unfilled:
                result = "chờ số liệu"
            formula = self.formula(row["expression"].replace(" = ", " = "))
            rows.append([formula, plain(result), self.text(row["note_vi"])])
        return self.table_block(
            "Phép thử giữa các con số", ["Phép tính", "Kết quả thử", "Ghi chú"], rows, used=self.rows("identities")
        )

    def doubts(self) -> Block:
        """Everything unclear in the source, with what it is about."""
        items = []
        for row in self.rows("doubts"):
            about = row["about"]
            if about in self.places_in_source:
                item = self.item(row, "note_vi", source=self.locator(about))
            else:
                fact = self.known(about)
                source = {"source": inline.segment_of(fact, self.facts).to_json()} if fact else {}
                item = self.item(row, "note_vi", **source)
            items.append(item)
        return self.items_block(items, "điều chưa rõ", kind="doubts")

    def slips(self) -> Block:
        """The slips of wording in the source."""
        rows = [
            [plain(f"“{r['as_written']}”"), plain(r["meant_vi"]), [self.locator(r["source_locator"])]]
            for r in self.in_source_order(self.rows("slips"))
        ]
        return self.table_block(
            "Lỗi câu chữ của báo cáo gốc", ["Báo cáo viết", "Chúng tôi hiểu là", "Ở"], rows, used=self.rows("slips")
        )

    # Draft

    def checklist(self, *, required: bool = True) -> Block:
        """What this edition still lacks before it can be published; when not `required`, what is worth a look."""
        kinds = [
            {
                "title": kind.title,
                "items": [
                    {"text": item.text, "where": item.file, "line": item.line, "page": item.page} for item in kind.items
                ],
            }
            for kind in drafts.missing(self.facts)
            if kind.required == required
        ]
        return Block("checklist", {"kinds": kinds})

    # What is not known

    def gaps_by_target(self) -> Block:
        """What is missing for the targets of each page, in the order of what readers need most, linked to the lists."""
        rows, ids = [], []
        for page, targets in gaps.pages(self).items():
            text = gaps.summary(gaps.of_targets(self, targets)) or plain("không thiếu điều nào kể ở trang này")
            rows.append([spaced([self.target(target) for target in targets]), text])
            ids.append(gaps.place(page))
        return self.table_block("Mỗi mục tiêu còn thiếu gì", ["Mục tiêu", "Điều chưa biết"], rows, ids)

    def gaps(self, kind: str) -> Block:
        """The gaps of one kind (`sdgbook.report.gaps.KINDS`), each with what would close it."""
        if kind not in gaps.KINDS:
            raise FactError(f"Không có loại “{kind}”.", did_you_mean(kind, gaps.KINDS), kind="cell")
        found = [gap for gap in self._ledger if gap.kind == kind]
        if not found:
            return Block("items", {"kind": "plain", "items": [{"text": plain("Không thiếu điều nào loại này.")}]})
        told = gaps.KINDS[kind]
        caption = f"{told.caption}. Muốn biết thì cần {told.needed}." if told.needed else told.caption
        rows = []
        for gap in found:
            targets = spaced([self.target(t) for t in gap.targets]) or plain("cả báo cáo")
            rows.append([targets, gap.text, *([] if told.needed else [plain(gap.needed)])])
        columns = ["Mục tiêu", "Điều chưa biết", *([] if told.needed else ["Muốn biết thì cần"])]
        used = [row for gap in found for row in gap.rows]
        return self.table_block(caption, columns, rows, [gap.id for gap in found], used=used)

    @remembered
    def _ledger(self) -> list[gaps.Gap]:
        return gaps.ledger(self)

    def reporting(self) -> Block:
        """How far each goal is reported, as Open SDG counts it (`sdgbook.report.gaps.reported`)."""
        goals, counted = self.package.table("goals").by_key, gaps.reported(self)
        rows = []
        for goal, counts in counted.items():
            whole = sum(counts.values())
            name = {
                "text": f"{goal}. {goals[goal]['short_vi']}",
                "page": "muc-tieu/index",
                "anchor": f"muc-tieu-{goal}",
            }
            rows.append([[name], *(plain(gaps.share(counts[status], whole)) for status in gaps.REPORTED)])
        totals = {status: sum(counts[status] for counts in counted.values()) for status in gaps.REPORTED}
        whole = sum(totals.values())
        rows.append([plain("Cả báo cáo"), *(plain(gaps.share(n, whole)) for n in totals.values())])
        used = [*self.package.table("goals").rows, *self.target_rows.values()]
        columns = ["Mục tiêu chung", *gaps.REPORTED.values()]
        return self.table_block("Mục tiêu cụ thể theo tình trạng số liệu", columns, rows, used=used)

    # Outline

    def outline(self) -> Block:
        """Every place of the source in its order, with all that the site took from it."""
        figures_at: dict[str, list[dict[str, Any]]] = {}
        for fact in self.facts.as_told(self.year).values():
            if fact.edition == self.year and not fact.is_derived:
                for locator in dict.fromkeys(fact.locators):
                    figures_at.setdefault(locator, []).append(self.figure(fact))
        rows_at: dict[str, list[tuple[str, Row]]] = {}
        for table, word in (
            ("objectives", "Đích"),
            ("measures", "Việc đã làm"),
            ("challenges", "Khó khăn"),
            ("commitments", "Việc năm sau"),
            ("places", "Địa điểm"),
        ):
            for told in self.rows(table):
                rows_at.setdefault(told["source_locator"], []).append((word, told))
        doubts_at: dict[str, list[Row]] = {}
        for doubt in self.rows("doubts"):
            doubts_at.setdefault(doubt["about"], []).append(doubt)
        places = []
        for row in self.rows("sections"):
            locator = row["locator"]
            link = self.locator(locator)
            figures = figures_at.get(locator, [])
            items = [(word, self.item(told)) for word, told in rows_at.get(locator, ())]
            doubts = [self.text(doubt["note_vi"]) for doubt in doubts_at.get(locator, ())]
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

    # Finding without a script

    def index_of_figures(self) -> Block:
        """The figures that this edition gives for the province, by letter, each with its period and value; those of
        other years and areas stand beside them on their pages."""
        found = [fact for fact in self.facts.values() if self.gives(fact) and self.is_provincial(fact)]
        found.sort(key=lambda f: (vietnamese_order(f.label), f.period, f.name))
        entries = []
        for fact in found:
            value = inline.segment_of(fact, self.facts).to_json()
            entries.append((letter_of(fact.label), [{"text": f"{fact.label} ({fact.when}): "}, value]))
        return self.index_block("so-lieu", "Con số theo chữ cái", entries)

    def index_of_documents(self) -> Block:
        """All documents by kind, each with its subject."""
        rows = sorted(self.rows("documents"), key=lambda r: (vietnamese_order(inline.KINDS[r["kind"]]), r["document"]))
        entries = []
        for row in rows:
            link = self.document(row["document"])
            subject = [{"text": f": {lower_first(row['title_vi'])}"}] if row["number"] else []
            entries.append((inline.KINDS[row["kind"]], [link, *subject]))
        return self.index_block("loai", "Văn bản theo loại", entries)

    def index_of_areas(self) -> Block:
        """All districts and communes by name."""
        rows = [r for r in self.package.table("areas").rows if r["level"] != "province"]
        entries = []
        for row in sorted(rows, key=lambda r: vietnamese_order(bare_area(r["name_vi"]))):
            name = bare_area(row["name_vi"])
            kind = [row["name_vi"].removesuffix(f" {name}"), *self.told_apart(row)]
            entries.append(("", [self.area_link(row["area"], f"{name} ({', '.join(map(lower_first, kind))})")]))
        return self.index_block("noi", "Nơi chốn", entries)

    def index_of_terms(self) -> Block:
        """All abbreviations and terms of the glossary by letter."""
        rows = [r for r in self.package.table("terms").rows if r["kind"] in ("abbreviation", "term")]
        rows.sort(key=lambda r: vietnamese_order(r["term"]))
        entries = []
        for row in rows:
            link = Segment(row["term"], inline.GLOSSARY, f"tu-{inline.ascii_slug(row['term'])}").to_json()
            spelled = [{"text": ": "}, *self.text(row["expansion_vi"])] if row["expansion_vi"] else []
            entries.append((letter_of(row["term"]), [link, *spelled]))
        return self.index_block("tu", "Từ ngữ theo chữ cái", entries)

    def index_block(self, name: str, label: str, entries: list[tuple[str, list[dict[str, str]]]]) -> Block:
        """An index: entries with the heading each stands under ("" for none), in their order.

        `name` begins the headings' anchors, `label` names the list of headings to screen readers.
        """
        groups: dict[str, list[list[dict[str, str]]]] = {}
        for heading, entry in entries:
            groups.setdefault(heading, []).append(entry)
        found = []
        for heading, own in groups.items():
            anchor = f"{name}-{inline.ascii_slug(TELEX.get(heading, heading)).lower()}"
            found.append({"id": anchor, "heading": heading, "entries": own})
        return Block("index", {"label": label, "groups": found})

    # Data and words

    def tables(self) -> Block:
        """The data tables, each with its size and its file to download; with several reports the tables of each year
        by themselves, the newest first."""
        if len(self.facts.editions) == 1:
            return self._tables_block(self._tables(), f"Các bảng dữ liệu, bản {self.package.version}")
        years = []
        for edition in reversed(self.facts.editions):
            tables = [t for (_, year), t in self.package.tables.items() if year == edition]
            block = self._tables_block(tables, f"Các bảng của báo cáo năm {edition}", described=False)
            count = len(self.package.table("observations", edition).rows)
            years.append({"year": edition, "figures": numbers.format_number(Decimal(count)), "table": block.data})
        common = [t for (_, year), t in self.package.tables.items() if year is None]
        block = self._tables_block(common, f"Các bảng dùng chung cho mọi năm, bản {self.package.version}")
        return Block("years", {"years": years, "common": block.data})

    def _tables_block(self, tables: Iterable[Table], caption: str, *, described: bool = True) -> Block:
        """Some data tables; when `described`, the package's description is one of the files."""
        rows = []
        for table in tables:
            name = {"text": table.resource["title"], "page": "du-lieu", "anchor": f"bang-{table.name}"}
            file = {"text": table.file.rpartition("/")[2], "file": table.file}
            rows.append([[name], plain(table.resource["description"]), plain(str(len(table.rows))), [file]])
        file = {"text": "datapackage.json", "file": "data/datapackage.json"}
        if described:
            rows.append(
                [
                    plain("Mô tả gói dữ liệu"),
                    plain("Kiểu, khóa và nghĩa của mọi cột, theo chuẩn Data Package."),
                    plain(""),
                    [file],
                ]
            )
        return self.table_block(caption, ["Bảng", "Gồm", "Số dòng", "Tải về"], rows)

    def dictionary(self) -> Block:
        """Every column of every table, from the package itself."""
        groups = []
        names = [table.name for table in self._tables()]
        for table in self._tables():
            key = set(table.key)
            columns = [
                {
                    "name": f["name"],
                    "title": f["title"],
                    "description": coded(f["description"], [*names, *f.get("constraints", {}).get("enum", [])]),
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
        return self.table_block("Hiệu đính", ["Ngày", "Về", "Trước → sau", "Vì sao"], rows, used=self.rows("revisions"))

    def news(self) -> Block:
        """What is new, in short: the newest corrections, how the newest report differs, and which it is."""
        edition = self.rows("edition")[0]
        corrections = news.corrections(self)
        items = [{**entry.to_json(), "id": "", "meta": ["hiệu đính"]} for entry in corrections[:NEWEST]]
        told = [make for makers in news.told(self, self.facts.newest).values() for make in makers]
        items += [{**make().to_json(), "id": ""} for make in told[:NEWEST]]
        source = {"text": f"Ấn bản {self.year}: {edition['source_title']}.", "page": "gioi-thieu"}
        items.append({"meta": ["ấn bản mới nhất"], "text": [source], "cells": [edition.cell]})
        if not corrections:
            items.append({"text": [{"text": "Chưa có con số nào phải hiệu đính.", "page": "du-lieu"}]})
        items.append({"text": [{"text": "Mọi điều mới, qua từng báo cáo", "page": news.PAGE}]})
        return self.items_block(items, "tin mới", kind="news")

    def whats_new(self) -> Block:
        """What each report tells that those before it do not, the newest first; of older ones the first few of each
        group. Of the first report, how many figures it has and what only a later one can tell."""
        told = []
        for year in reversed(self.facts.editions):
            draft = " (bản nháp)" if self.of(year).is_draft else ""
            heading = f"Báo cáo năm {year}{draft}"
            most = None if year >= self.facts.newest else SHOWN_OF_OLDER
            groups = []
            for group, makers in news.told(self, year).items():
                items = [make().to_json() for make in makers[:most]]
                more = len(makers) - len(items)
                groups.append({"heading": news.GROUPS[group][1], "items": items, "more": more})
            lines = news.first(self, year) if year == self.facts.editions[0] else []
            lines = lines or ([] if groups else [plain("Chưa thấy điều gì mới.")])
            told.append({"id": f"bao-cao-{year}", "heading": heading, "lines": lines, "groups": groups})
        return Block("news", {"editions": told}, used=[self.facts.rows("edition", y)[0] for y in self.facts.editions])

    def corrections(self) -> Block:
        """Every correction after publication, the newest first; words for none."""
        items = [entry.to_json() for entry in news.corrections(self)]
        none = {"text": plain("Chưa có con số nào phải hiệu đính.")}
        return Block("items", {"kind": "plain", "items": items or [none]})

    def rewordings(self) -> Block:
        """Every name, unit and definition of an indicator that was put in other words; words for none."""
        found = news.rewordings(self)
        none = "Không có bản chốt nào để so." if found is None else "Chưa định nghĩa nào được viết lại."
        items = [entry.to_json() for entry in found or ()]
        return Block("items", {"kind": "plain", "items": items or [{"text": plain(none)}]})

    def glossary(self, kind: str) -> Block:
        """The abbreviations (`abbreviation`) or the terms (`term`) with their meanings, in Vietnamese order."""
        rows = [r for r in self.package.table("terms").rows if r["kind"] == kind]
        if not rows:
            raise FactError(f"Không có từ ngữ nào loại “{kind}”.", "Chọn abbreviation hoặc term.", kind="cell")
        terms = [
            {
                "id": f"tu-{inline.ascii_slug(r['term'])}",
                "term": r["term"],
                "expansion": self.text(r["expansion_vi"]),
                "definition": self.text(r["definition_vi"]),
            }
            for r in sorted(rows, key=lambda r: vietnamese_order(r["term"]))
        ]
        return Block("glossary", {"terms": terms}, used=rows)


TYPE_WORDS = {
    "string": "chữ",
    "integer": "số nguyên",
    "number": "số",
    "date": "ngày",
    "year": "năm",
    "list": "danh sách",
}


def capital(text: str) -> str:
    """`text` with a capital first letter."""
    return text[:1].upper() + text[1:]


def plain(text: str) -> list[dict[str, str]]:
    """Text without links, as segments."""
    return [{"text": text}] if text else []


def spaced(segments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Segments one after the other, with commas."""
    return [part for segment in segments for part in ({"text": ", "}, segment)][1:]


def code(text: str) -> list[dict[str, Any]]:
    """A word of the data (a column, a code), as segments."""
    return [{"text": text, "code": True}]


def coded(text: str, words: Iterable[str]) -> list[dict[str, Any]]:
    """`text` as segments; what stands in backticks, and each of `words` (codes, tables), is a word of the data."""
    known = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    parts = re.split(rf"`([^`]+)`|(?<!\w)({known})(?!\w)", text)
    return [
        segment
        for n, part in enumerate(parts)
        for segment in (plain(part or "") if n % 3 == 0 else code(part) if part else [])
    ]


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
