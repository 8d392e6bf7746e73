"""What a target's chapter imports: an object that knows the chapter's figures, measures and sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sdgbook.data import Row
from sdgbook.data.problems import did_you_mean
from sdgbook.report import charts, claims, commitments, findings, gaps, numbers, status
from sdgbook.report.areas import FiguresByArea
from sdgbook.report.blocks import Block
from sdgbook.report.commitments import tracked
from sdgbook.report.context import lower_first
from sdgbook.report.facts import NAME, Fact, FactError, Facts, facts, table_of
from sdgbook.report.progress import first_day
from sdgbook.report.series import series_tables

# What a break of a series is called in its drawing, by its kind in the table.
BREAK_WORDS = {
    "definition": "đổi cách hiểu",
    "standard": "đổi chuẩn",
    "unit": "đổi đơn vị",
    "area": "đổi địa giới",
    "base": "đổi mốc",
    "method": "đổi cách đo",
}


class Chapter(FiguresByArea):
    """The chapter of one or more targets; each method returns a block that the page shows.

    Its figures are those of all editions; what it tells besides is told by one of them.
    """

    def __init__(self, name: str, figures: Facts, year: int | None = None):
        super().__init__(figures, year)
        pages = {row["chapter"].rpartition("/")[2]: row["chapter"] for row in self.target_rows.values()}
        if name not in pages:
            raise FactError(f"Không có trang mục tiêu nào tên “{name}”.", did_you_mean(name, pages), kind="cell")
        self.page = pages[name]
        self.own = [target for target, row in self.target_rows.items() if row["chapter"] == self.page]

    def _mine(self, table: str) -> list[Row]:
        rows = [row for row in self.rows(table) if set(row["targets"]) & set(self.own)]
        return self.in_source_order(rows)

    def objectives(self) -> Block:
        """What was aimed at: wording, value, due year and base of each objective, and how far it has come by the newest
        report; after those of the chapter's own edition those that only others tell of."""
        newest = {row.id: row for row in self.facts.rows("objectives", status.edition_shown(self))}
        items, told = [], set()
        for year in (self.year, *(year for year in reversed(self.facts.editions) if year != self.year)):
            for row in self.of(year).in_source_order(self.facts.rows("objectives", year)):
                if set(row["targets"]) & set(self.own) and row["objective"] not in told:
                    told.add(row["objective"])
                    item = self.of(year).objective(row)
                    if year != self.year:
                        item["meta"] = [f"báo cáo năm {year}", *item["meta"]]
                    stands = status.standing(self.facts, newest.get(row.id, row))
                    items.append({**item, "status": status.as_data(self, stands)})
        return self.items_block(items, "đích", kind="objectives")

    def figures(self) -> list[Fact]:
        """All figures of the chapter, printed ones first, in the order of the source."""
        return self.facts.of_targets(self.own)

    def table(self) -> Block:
        """All figures of the page, each with its source; where every {fact} of the page leads.

        First those that the chapter's own edition gives for the province, with all that is known of each; then, as
        series over the years and by area, those of the other editions and areas.
        """
        found = self.figures()
        if not found and self.is_draft:
            return self.waiting("Chưa có số liệu nào.")
        if not found:
            raise FactError("Báo cáo không có số liệu cho trang này.", "Bỏ ô table().", kind="cell")
        own = [fact for fact in found if self.gives(fact) and self.is_provincial(fact)]
        listed = {fact.name for fact in own}
        series: dict[str, list[Fact]] = {}
        for fact in found:
            series.setdefault(fact.indicator or fact.title, []).append(fact)
        data = {
            "caption": f"Mọi số liệu của mục tiêu {', '.join(self.own)}",
            "rows": [self.figure(fact) for fact in own],
            "names": [fact.name for fact in found],
            "series": [
                table
                for same in series.values()
                if any(fact.name not in listed for fact in same)
                for table in series_tables(self, same, listed)
            ],
        }
        return Block("figures", data, lambda: table_of(found))

    def chart(
        self,
        *names: str,
        form: str = "change",
        title: str = "",
        subtitle: str = "",
        note: str = "",
        of: str = "phần",
        says: str = "",
    ) -> Block:
        """A chart of the named figures.

        `form`: `change` (points in time joined by a line), `hundred` (so many in a hundred `of`), `bars` (one
        unit, one scale), `panels` (a scale for each). A `change` over more than two figures, over a break of the series
        or towards an objective is drawn as a series over the years. The title is the finding that the figures bear out
        (`sdgbook.report.findings`), or a `title` worded by hand; what that claims about directions and sizes stands
        in `says` (`sdgbook.report.claims`) and is tried anew with the data. Raises `FactError` for unknown names and
        for a claim that does not hold, `UnitError` for figures that cannot share an axis.
        """
        # A line over time takes in all editions; other forms set side by side what the chapter's own edition tells.
        alone = form != "change"
        if waited := [name for name in names if not self.has(name)]:
            indicators = self.package.table("indicators").by_key
            words = dict.fromkeys(indicators[NAME.fullmatch(name)["indicator"]]["name_vi"] for name in waited)
            return self.waiting(f"Biểu đồ này chờ số liệu: {'; '.join(words)}.")
        found = [fact for name in names for fact in self.facts.series(name, of_edition=alone)]
        if not found:
            raise FactError("Biểu đồ chưa có tên con số nào.", "Ghi tên con số trong dấu ngoặc kép.", kind="cell")
        if form == "change" and self._is_series(found):
            return self._series(found, title=title, subtitle=subtitle, note=note, says=says)
        self.check_comparable(found)
        labels = [f.label for f in found] if form == "panels" else self._labels(found)
        step = self.printed_step(found[0], found[-1])
        forms: dict[str, tuple[Callable[[], dict[str, Any]], Callable[..., str]]] = {
            "change": (lambda: charts.change(found), partial(findings.change, found, step)),
            "hundred": (lambda: charts.hundred(found, of), partial(_unless_repeated, findings.hundred, found, of)),
            "bars": (lambda: charts.bars(found, labels), partial(findings.bars, found, labels)),
            "panels": (lambda: charts.panels(found, labels), partial(_unless_repeated, findings.panels, found, labels)),
        }
        if form not in forms:
            raise FactError(f"Không có kiểu biểu đồ “{form}”.", f"Chọn {', '.join(forms)}.", kind="cell")
        draw, finding = forms[form]
        spec = draw()
        claims.check_title(title, says, self.facts, found)
        return self.chart_block(
            form,
            found,
            spec,
            title=title or finding(),
            # Beside a title worded by hand the text alternative tells the finding as well; its figures follow there.
            finding=finding(figures=False) if title else "",
            subtitle=subtitle or self._subtitle(found),
            note=note,
        )

    def _is_series(self, found: Sequence[Fact]) -> bool:
        """Whether figures are to be drawn as a series: one line in time that is more than a step from here to there."""
        if len({(f.indicator, f.breakdown, f.area) for f in found}) > 1 or found[0].is_derived or len(found) < 2:
            return False
        whole = self.facts.line(found[0].indicator, found[0].breakdown, found[0].area)
        aims = status.standings_of(self, found[0]) if len(found) == len(whole) else []
        return len(found) > 2 or any(one.grade for one in aims) or self.facts.broken_between(*found) is not None

    def _series(self, found: list[Fact], *, title: str, subtitle: str, note: str, says: str) -> Block:
        """A series over the years, with its breaks, its objective and how that stood by each edition."""
        found = sorted(found, key=lambda f: status.time_of(f.period))
        results = [f for f in found if f.status != "F"]
        compared = [f for f in results if not self.facts.broken_between(f, results[-1])]
        breaks = [row for row in self.facts.breaks_of(found[0].indicator) if self._parts(row, found)]
        expected = [(f, old) for f in results for old, _ in f.earlier if old.status == "F"]
        whole = len(found) == len(self.facts.line(found[0].indicator, found[0].breakdown, found[0].area))
        aims = status.standings_of(self, found[0]) if whole else []
        aim = next((one for one in aims if one.grade), next(iter(aims), None))
        goal = status.goal_of(self, aim) if aim else None
        step = self.printed_step(compared[0], compared[-1]) if len(compared) > 1 else None
        claims.check_title(title, says, self.facts, compared)
        told = [
            self.text(f"Chuỗi số đứt ở {numbers.spell_period(row['period'])}. ")
            + self.of_row(row).text(row["reason_vi"])
            for row in breaks
        ]
        words = [f"{f.when} dự kiến {f.written(old)}, kết quả {f.measured}" for f, old in expected]
        block = self.chart_block(
            "chuoi",
            found,
            charts.series(
                found,
                breaks=[(row["period"], BREAK_WORDS[row["kind"]]) for row in breaks],
                forecasts=[(f.period, old.value) for f, old in expected],
                goal=goal,
            ),
            title=title or findings.series(results, compared, step),
            finding=findings.series(results, compared, step, figures=False) if title else "",
            subtitle=subtitle or self._subtitle(found),
            note=note,
            more={
                "legend": charts.legend(found, goal, [old.value for _, old in expected]),
                "expected": f"Dự kiến và kết quả: {'; '.join(words)}." if words else "",
                "said": {**status.as_data(self, aim), "before": None} if aim else None,
                "statuses": status.over_the_years(self, aim) if aim else [],
            },
            used=breaks,
        )
        block.data["notes"] = [*told, *block.data["notes"]]
        return block

    @staticmethod
    def _parts(row: Row, found: Sequence[Fact]) -> bool:
        """Whether a break stands within a series."""
        return any(first_day(f.period) < first_day(row["period"]) for f in found)

    def _labels(self, found: Sequence[Fact]) -> list[str]:
        """The group where all bars are groups of one indicator, else the whole label."""
        if len({f.title for f in found}) == 1 and all(f.group for f in found):
            return [f.group for f in found]
        return [f.label for f in found]

    def _subtitle(self, found: Sequence[Fact]) -> str:
        titles = list(dict.fromkeys(f.title for f in found))
        described = self.describe(found)
        return f"{titles[0]}. {described}" if len(titles) == 1 else described

    def map(self, what: str, *, title: str, subtitle: str = "", note: str = "", says: str = "") -> Block:
        """The districts as squares, those marked where `what` of the table `places` happened; `says` as in `chart`."""
        claims.check_title(title, says, self.facts)
        rows = [row for row in self.rows("places") if row["what"] == what and row["target"] in self.own]
        if not rows and self.is_draft:
            return self.waiting("Bản đồ này chờ địa điểm.")
        if not rows:
            known = {row["what"] for row in self.rows("places") if row["target"] in self.own}
            raise FactError(f"Trang này không có địa điểm nào loại “{what}”.", did_you_mean(what, known), kind="cell")
        told = [
            {"label": self.area(row["area"]), "when": "", "text": row["title_vi"], "cells": [row.cell]} for row in rows
        ]
        return self.chart_block(
            "ban-do",
            [],
            charts.tile_map(self.district_tiles(self.marked_districts(rows))),
            title=title,
            subtitle=subtitle
            or "Mỗi ô là một huyện hoặc thành phố. Ô đậm: nơi có việc này. Bản đồ chỉ gợi vị trí, không vẽ địa giới",
            note=note,
            rows=told,
            sources=list(dict.fromkeys(row["source_locator"] for row in rows)),
            name=what,
        )

    def measures(self) -> Block:
        """What was done without a figure, in the order of the source."""
        return self.items_block([self.item(row) for row in self._mine("measures")], "việc đã làm", kind="measures")

    def documents(self) -> Block:
        """The documents that the chapter's measures and objectives name."""
        slugs = [slug for row in self._mine("measures") for slug in row["documents"]]
        slugs += [row["document"] for row in self._mine("objectives") if row["document"]]
        rows = [self.package.table("documents").by_key[slug] for slug in dict.fromkeys(slugs)]
        items = [{"text": [self.document(r["document"])], "meta": self._about(r)} for r in rows]
        return self.items_block(items, "văn bản", kind="documents")

    def _about(self, row: Row) -> list[str]:
        """Issuer, and the subject where the name does not already tell it."""
        subject = [lower_first(row["title_vi"])] if row["number"] else []
        return [part for part in (row["issuer"], *subject) if part]

    def places(self) -> Block:
        """The places the source names for this chapter's targets."""
        rows = [row for row in self.rows("places") if row["target"] in self.own]
        by_title: dict[str, list[Row]] = {}
        for row in rows:
            by_title.setdefault(row["title_vi"], []).append(row)
        items = [
            {
                "text": self.text(title),
                "areas": [self.area(row["area"]) for row in same],
                "source": self.locator(same[0]["source_locator"]),
                "cells": [row.cell for row in same],
            }
            for title, same in by_title.items()
        ]
        return self.items_block(items, "địa điểm", kind="places")

    def challenges(self) -> Block:
        """The difficulties that we matched to this chapter's targets."""
        return self.items_block([self.item(row) for row in self._mine("challenges")], "khó khăn", kind="matched")

    def commitments(self) -> Block:
        """The tasks and requests that we matched to this chapter's targets, with their state: those of its edition, and
        earlier ones that are still open or that its edition follows up."""
        own = [one for one in tracked(self.facts) if set(one.row["targets"]) & set(self.own)]
        told = [one for one in own if one.edition == self.year or one.concerns(self.year)]
        told.sort(key=lambda one: (-one.edition, self.of(one.edition).places_in_source[one.row["source_locator"]]))
        items = [commitments.item(self, one) for one in told]
        return self.items_block(items, "nhiệm vụ hay đề xuất", kind="matched")

    def doubts(self) -> Block:
        """What is unclear in the source about this chapter's figures and places."""
        sections = {row["locator"] for row in self.rows("sections") if row["chapter"] == self.page}
        names = {fact.name for fact in self.figures() if fact.edition == self.year}
        rows = [row for row in self.rows("doubts") if self.doubted(row) in sections | names]
        return self.items_block([self.item(row, "note_vi") for row in rows], "điều chưa rõ", kind="doubts")

    def sources(self) -> Block:
        """The places of the source that this chapter tells, and where to read what it leaves unknown."""
        rows = [row for row in self.rows("sections") if row["chapter"] == self.page]
        items = [{"text": self.text(row["title_vi"]), "source": self.locator(row["locator"])} for row in rows]
        if gaps.of_targets(self, self.own):
            link = {"text": "Điều chưa biết về mục tiêu này", "page": gaps.PAGE, "anchor": gaps.place(self.page)}
            items.append({"text": [link]})
        return self.items_block(items, "nguồn", kind="sources")


def _unless_repeated(finding: Callable[..., str], *args: Any, figures: bool = True) -> str:
    """A finding that is nothing but its figures, or nothing where these follow anyway."""
    return finding(*args) if figures else ""


def chapter(name: str, year: int | None = None) -> Chapter:
    """The chapter with this page name, such as `"1-1"` or `"8-5-8-8"`, told by the edition of a year (without one, by
    the newest that is no draft)."""
    return Chapter(name, facts(), year)
