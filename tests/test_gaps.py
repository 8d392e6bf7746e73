"""What is not known is told, and only that: the ledger against another computation, from the files alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from helpers import ROOT, YEAR, lists, said
from test_vintages import FIRST, NEXT, Later, observed
from years import make_years, read_rows

from sdgbook.data import read_package
from sdgbook.report import gaps, news
from sdgbook.report.chapters import Chapter
from sdgbook.report.context import Context
from sdgbook.report.editions import Edition
from sdgbook.report.facts import FactError, Facts

PEOPLE = ("giới tính", "dân tộc", "độ tuổi", "tình trạng khuyết tật", "nơi ở")


class Tables:
    """Rows of a project's files, all cells as text; of editions, those of all in their order."""

    def __init__(self, root: Path):
        self.root = root
        self.indicators = {row["indicator"]: row for row in read_rows(root / "data/reference/indicators.csv")}
        self.areas = {row["area"]: row for row in read_rows(root / "data/reference/areas.csv")}
        self.targets = {row["target"]: row for row in read_rows(root / "data/reference/targets.csv")}
        # The newest edition's row of each figure.
        self.figures = {
            (row["indicator"], row["breakdown"], row["time_period"], row["ref_area"]): row
            for row in self.all("observations")
            if row["obs_value"]
        }

    def all(self, table: str) -> list[dict[str, str]]:
        folders = sorted((self.root / "data/editions").iterdir())
        return [row for folder in folders for row in read_rows(folder / f"{table}.csv")]

    def latest(self, table: str) -> list[dict[str, str]]:
        return list({next(iter(row.values())): row for row in self.all(table)}.values())

    def outcomes(self, target: str) -> dict[str, list[tuple]]:
        """The figures of each outcome indicator of a target."""
        found: dict[str, list[tuple]] = {}
        for key in self.figures:
            indicator = self.indicators[key[0]]
            if indicator["kind"] == "outcome" and target in lists(indicator["targets"]):
                found.setdefault(key[0], []).append(key)
        return found


@pytest.fixture(scope="module", params=["real", "years"])
def root(request, tmp_path_factory) -> Path:
    """The project itself, and one with invented later editions."""
    return ROOT if request.param == "real" else make_years(tmp_path_factory.mktemp("năm") / "dự án")


@pytest.fixture(scope="module")
def tables(root) -> Tables:
    return Tables(root)


@pytest.fixture(scope="module")
def report(root) -> Edition:
    facts = Facts(read_package(root))
    return Edition(facts.newest, facts)


def of_kind(report: Context, kind: str) -> list[gaps.Gap]:
    return [gap for gap in gaps.ledger(report) if gap.kind == kind]


def read(gap: gaps.Gap) -> str:
    return news.plain(gap.text).replace("\u00a0", " ")


def test_every_target_without_an_outcome_figure_is_told_and_no_other(report, tables):
    expected = [target for target in tables.targets if not tables.outcomes(target)]
    assert [target for gap in of_kind(report, "no_outcome") for target in gap.targets] == expected
    for gap in of_kind(report, "no_outcome"):
        kinds = {row["kind"] for row in tables.indicators.values() if set(lists(row["targets"])) & set(gap.targets)}
        assert ("không có con số nào" in read(gap)) == (not kinds)


def test_every_objective_without_figure_or_base_is_told_and_no_other(report, tables):
    without_figure, without_base = set(), set()
    for row in tables.latest("objectives"):
        own = [key for key in tables.figures if (key[0], key[1], key[3]) == (row["indicator"], "_T", "04")]
        if row["indicator"] and not own:
            without_figure.add(f"thieu-so-{row['objective']}")
        based = row["baseline_period"] and any(key[2] == row["baseline_period"] for key in own)
        if row["rule"] == "reduce_by_percent" and not based:
            without_base.add(f"thieu-moc-{row['objective']}")
    assert {gap.id for gap in of_kind(report, "no_figure")} == without_figure
    assert {gap.id for gap in of_kind(report, "no_base")} == without_base
    assert all(gap.needed for kind in ("no_figure", "no_base") for gap in of_kind(report, kind))


def test_every_outcome_says_for_which_people_and_places_it_has_no_figures(report, tables):
    """The dimensions of the groups that there are say nothing of people, so only places can be told apart."""
    expected = Counter()
    for target in tables.targets:
        for indicator, keys in tables.outcomes(target).items():
            placed = any(tables.areas[key[3]]["level"] != "province" for key in keys)
            expected[target, tables.indicators[indicator]["name_vi"].lower(), PEOPLE[: 5 - placed]] += 1
    found = Counter()
    for gap in of_kind(report, "not_divided"):
        names, _, missing = read(gap).rstrip(".").partition(": chưa chia theo ")
        words = tuple(word for part in missing.split(", ") for word in part.split(" hay "))
        for name in names.split("; "):
            own = [t for t in gap.targets if (t, name.lower(), words) in expected]
            found.update((target, name.lower(), words) for target in own)
    assert found == expected


def test_a_figure_is_not_final_until_a_report_says_so(report, tables):
    waiting = {(key[0], row["obs_status"]) for key, row in tables.figures.items() if row["obs_status"] in "PEF"}
    found = {gap.id: gap for gap in of_kind(report, "not_final")}
    assert set(found) == {f"chua-chot-{indicator}-{status.lower()}" for indicator, status in waiting}
    for indicator, status in waiting:
        own = [key for key, row in tables.figures.items() if (key[0], row["obs_status"]) == (indicator, status)]
        gap = found[f"chua-chot-{indicator}-{status.lower()}"]
        more = f"và {len(own) - 1} con số khác của cùng chỉ số"
        assert (more in read(gap)) == (len(own) > 1)
        year = max(key[2] for key in own)[:4]
        assert year in read(gap) and year in gap.needed
        assert ("kết quả thật" in gap.needed) == (status == "F")


def test_a_later_final_figure_closes_the_gap(tmp_path_factory):
    later = Later(tmp_path_factory)

    def waits() -> bool:
        gap = next(g for g in of_kind(Context(later.facts()), "not_final") if g.id == "chua-chot-poverty-rate-p")
        return "18,06%" in read(gap)

    assert waits()
    later.add("observations", observed("18.06"))
    assert not waits()


def test_an_outcome_by_sex_and_by_district_is_no_longer_missed_there(tmp_path_factory):
    later = Later(tmp_path_factory)
    groups = "data/reference/breakdowns.csv"
    text = later.project.read(groups)
    later.project.write(groups, f"{text}sex-female,sex,Nữ,Female,6\n")
    later.add("observations", observed("20.00").replace(",04,_T,", ",04,sex-female,"))
    later.add("observations", observed("30.00").replace(",04,_T,", ",042,_T,"))
    (own,) = [gap for gap in of_kind(Context(later.facts()), "not_divided") if read(gap).startswith("Tỷ lệ hộ nghèo:")]
    assert read(own) == "Tỷ lệ hộ nghèo: chưa chia theo dân tộc, độ tuổi hay tình trạng khuyết tật."


def test_every_doubt_and_every_goal_of_others_is_told(report, tables):
    doubts = {f"con-ngo-{row['doubt']}" for row in tables.latest("doubts")}
    assert {gap.id for gap in of_kind(report, "doubt")} == doubts
    goals = {row["goal"]: row["short_vi"] for row in read_rows(tables.root / "data/reference/goals.csv")}
    others = set(goals) - {row["goal"] for row in tables.targets.values()}
    (gap,) = of_kind(report, "elsewhere")
    assert all((f"{goal}. {name}" in read(gap)) == (goal in others) for goal, name in goals.items())


def test_figures_known_only_roughly_are_told_while_they_are_the_newest(report, tables):
    newest = {}
    for key in sorted(tables.figures, key=lambda key: key[2]):
        newest[key[0], key[1], key[3]] = key
    rough = {key[0] for key in newest.values() if tables.figures[key]["qualifier"] != "exact"}
    assert {gap.id for gap in of_kind(report, "rough")} == {f"chi-gan-dung-{indicator}" for indicator in rough}


def test_the_ledger_stands_in_the_order_of_what_readers_need_and_each_gap_says_what_would_close_it(report):
    found = gaps.ledger(report)
    kinds = [list(gaps.KINDS).index(gap.kind) for gap in found]
    assert kinds == sorted(kinds) and len({gap.id for gap in found}) == len(found) > 30
    assert all(gap.needed or gaps.KINDS[gap.kind].needed for gap in found)


def test_each_page_of_targets_has_its_row_and_leads_to_the_lists(report):
    block = report.gaps_by_target()
    assert block.data["ids"] == [gaps.place(page) for page in gaps.pages(report)]
    anchors = {gap.id for gap in gaps.ledger(report)}
    for (page, targets), row in zip(gaps.pages(report).items(), block.data["rows"], strict=True):
        own = gaps.of_targets(report, targets)
        led = {segment["anchor"] for segment in row[1] if segment.get("page") == gaps.PAGE}
        assert led <= anchors and len(led) == len({gap.kind for gap in own}), page


def test_the_status_of_each_goal_is_counted_as_open_sdg_counts_it(report, tables):
    counted: dict[int, Counter] = {}
    for target, row in tables.targets.items():
        statuses = {tables.figures[key]["obs_status"] for keys in tables.outcomes(target).values() for key in keys}
        status = "complete" if "A" in statuses else "inprogress" if statuses else "notstarted"
        counted.setdefault(int(row["goal"]), Counter())[status] += 1
    found = gaps.reported(report)
    assert {goal: {k: v for k, v in counts.items() if v} for goal, counts in found.items()} == counted
    rows = report.reporting().data["rows"]
    assert len(rows) == len(counted) + 1
    # Shares are whole per cent of the goal's targets; the last row counts all.
    assert sum(int(cell[0]["text"].split(" ")[0]) for cell in rows[-1][1:] if cell[0]["text"] != "không") == 14
    assert (
        gaps.share(1, 3) == "1 trong 3 (33%)" and gaps.share(1, 8) == "1 trong 8 (13%)" and gaps.share(0, 3) == "không"
    )


def test_a_list_without_gaps_says_so(tmp_path_factory, facts):
    later = Later(tmp_path_factory)
    later.add("observations", "grdp-per-capita,2022,04,_T,1700,A,exact,,I.2.1 kết quả,,,")
    report = Edition(NEXT, later.facts())
    assert news.plain(report.gaps("no_figure").data["items"][0]["text"]) == "Không thiếu điều nào loại này."
    with pytest.raises(FactError, match="Không có loại “no-figure”"):
        report.gaps("no-figure")


def test_a_target_page_leads_to_what_is_not_known_about_it(facts, package):
    for page in gaps.pages(Context(facts)):
        last = Chapter(page.rpartition("/")[2], facts).sources().data["items"][-1]
        assert last["text"][0]["page"] == gaps.PAGE and last["text"][0]["anchor"] == gaps.place(page)


def test_the_pages_say_all_of_it(site):
    page = site.pages["khoang-trong"]
    assert len(page.select("table")) == len(gaps.KINDS) + 2
    for name, target in (("muc-tieu/1-1", "trang-1-1"), ("muc-tieu/8-5-8-8", "trang-8-5-8-8")):
        led = [site.leads_to(name, link) for link in site.pages[name].main.select("a[href]")]
        rows = [row for where, row in led if where == "khoang-trong"]
        assert [row["id"] for row in rows] == [target]
        assert "điều còn ngờ" in said(rows[0]) or "chưa có số về kết quả" in said(rows[0])
    assert "Báo cáo lấy" not in said(page.main) and int(YEAR) == FIRST
