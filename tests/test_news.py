"""What is new between reports and between releases, and what became of what was promised.

Every sentence is held against the tables by another computation, made here from the files alone. Later years are
invented (`years.py`)."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from books import commit
from helpers import QUALIFIERS, STATUSES, lists, vietnamese
from test_vintages import FIRST, NEXT, Later, observed
from years import YEARS, make_years, read_rows

from sdgbook.data import read_package
from sdgbook.report import commitments, news
from sdgbook.report.chapters import Chapter
from sdgbook.report.context import Context
from sdgbook.report.editions import Edition
from sdgbook.report.facts import Facts
from sdgbook.site import sharing

STATES = {"done": "đã xong", "under_way": "đang làm", "not_started": "chưa làm", "dropped": "không làm nữa"}
WAYS = {"at_least": "ít nhất", "over": "trên", "at_most": "nhiều nhất", "reduce_by_percent": "giảm ít nhất"}
PERIOD = r"(?:cuối |đầu )?năm \d{4}"
SENTENCE = re.compile(
    r"(?:Theo số (?P<shared>[^,]+), )?(?P<title>.+) (?P<word>tăng|giảm)(?: (?P<size>.+?))?,"
    rf" từ (?P<before>.+?) (?P<when>{PERIOD}) (?:lên|xuống) (?P<after>.+?) (?P<then>{PERIOD})\."
)


def read(text) -> str:
    """A text of segments as readers see it."""
    return news.plain(text).replace("\u00a0", " ")


def small(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def when(period: str) -> str:
    year, _, day = period.partition("-")
    return {"": "", "01-01": "đầu ", "12-31": "cuối "}[day] + f"năm {year}"


def days(period: str) -> tuple[str, str]:
    return (f"{period}-01-01", f"{period}-12-31") if len(period) == 4 else (period, period)


class Tables:
    """The tables as files have them, and what follows from them, without the code under test."""

    def __init__(self, root: Path):
        self.root = root
        named = ("indicators", "units", "areas", "targets", "breakdowns")
        self.known = {name: self.by_key(root / f"data/reference/{name}.csv") for name in named}
        self.editions = sorted(int(folder.name) for folder in (root / "data/editions").iterdir())
        # Of each figure the editions that give it, oldest first, with what each says first.
        self.given: dict[tuple, dict[int, dict[str, str]]] = {}
        for year in self.editions:
            own = {}
            for row in self.of("observations", year):
                if row["obs_value"]:
                    key = (row["indicator"], row["breakdown"], row["time_period"], row["ref_area"])
                    own[key] = self.given.setdefault(key, {})[year] = dict(row)
            for row in self.of("revisions", year):
                # The cell of an edition that is not frozen has been changed.
                indicator, _, period = row["about"].partition("@")
                own[indicator, "_T", period, "04"]["first"] = row["old_value"]

    @staticmethod
    def by_key(path: Path) -> dict[str, dict[str, str]]:
        return {next(iter(row.values())): row for row in read_rows(path)}

    def of(self, table: str, year: int) -> list[dict[str, str]]:
        return read_rows(self.root / f"data/editions/{year}/{table}.csv")

    def shown(self, key: tuple) -> dict[str, str]:
        """What is shown of a figure: what the newest edition gives."""
        return self.given[key][max(self.given[key])]

    def written(self, key: tuple, row: dict[str, str], value: str = "", *, status: bool = True) -> str:
        """A value as readers see it, of a figure that is shown with the mark of those once published otherwise."""
        symbol = self.known["units"][self.known["indicators"][key[0]]["unit"]]["symbol_vi"]
        number = vietnamese(value or row["obs_value"])
        text = QUALIFIERS[row["qualifier"]] + number + ("" if symbol == "%" else " ") + symbol
        word = STATUSES[row["obs_status"]] if status else ""
        return f"{text} ({word})" if word else text

    def figure(self, key: tuple, *, status: bool = True) -> str:
        """The value that is shown, with its marks."""
        row = self.shown(key)
        told = [(one.get("first", one["obs_value"]), one["qualifier"]) for one in self.given[key].values()]
        told += [(one["obs_value"], one["qualifier"]) for one in self.given[key].values()]
        marks = [STATUSES[row["obs_status"]]] if status else []
        marks += ["r"] if len(set(told)) > 1 else []
        marks = [mark for mark in marks if mark]
        bare = self.written(key, row, status=False)
        return f"{bare} ({', '.join(marks)})" if marks else bare

    def name(self, key: tuple, *, inside: str = ", {}") -> str:
        title = self.known["indicators"][key[0]]["name_vi"]
        several = len({other[1] for other in self.given if other[0] == key[0]}) > 1
        return title + (inside.format(small(self.known["breakdowns"][key[1]]["name_vi"])) if several else "")

    def place(self, key: tuple) -> str:
        area = self.known["areas"][key[3]]
        parent = self.known["areas"].get(area["parent"], {"level": ""})
        inside = f", {small(parent['name_vi'])}" if parent["level"] == "district" else ""
        return "" if area["level"] == "province" else f", {small(area['name_vi'])}{inside}"

    def named(self, key: tuple) -> str:
        return f"{self.name(key)}{self.place(key)}, {when(key[2])}"

    def order(self, indicator: str) -> tuple:
        """The place of an indicator among those of its target."""
        targets = list(self.known["targets"])
        return targets.index(lists(self.known["indicators"][indicator]["targets"])[0]), indicator

    def is_broken(self, indicator: str, first: str, last: str) -> bool:
        starts = [
            row["period"] for year in self.editions for row in self.of("breaks", year) if row["indicator"] == indicator
        ]
        return any(days(first)[1] < days(start)[0] <= days(last)[1] for start in starts)

    def value(self, key: tuple) -> Decimal:
        return Decimal(self.shown(key)["obs_value"])

    def result_since(self, key: tuple) -> int | None:
        return next((year for year, row in self.given[key].items() if row["obs_status"] != "F"), None)

    # What is expected of a year

    def pairs(self, year: int) -> dict[tuple, tuple]:
        """Of each series the two figures that may be compared: (indicator, group, area) → their keys."""
        found = {}
        for key in self.given:
            if self.result_since(key) != year or self.shown(key)["obs_status"] == "F":
                continue
            before = [
                other
                for other in self.given
                if (other[0], other[1], other[3]) == (key[0], key[1], key[3])
                and other[2] < key[2]
                and other[2][4:] == key[2][4:]
                and self.shown(other)["obs_status"] != "F"
                and (self.result_since(other) or year) < year
            ]
            series = (key[0], key[1], key[3])
            first = max(before, key=lambda other: other[2], default=None)
            newer = series not in found or days(found[series][1][2])[1] < days(key[2])[1]
            if first and newer and not self.is_broken(key[0], first[2], key[2]):
                found[series] = (first, key)
        return found

    def share(self, first: tuple, last: tuple) -> tuple[Decimal, dict[str, str]] | None:
        """Which share of the way from its base to its objective a series went; the objective."""
        rows = {row["objective"]: row for year in self.editions for row in self.of("objectives", year)}
        for row in rows.values():
            if not row["value"] or (row["indicator"], row["breakdown"] or "_T", row["ref_area"]) != (
                *last[:2],
                last[3],
            ):
                continue
            keys = [key for key in self.given if (*key[:2], key[3]) == (*last[:2], last[3])]
            keys = [key for key in keys if self.shown(key)["obs_status"] != "F"]
            keys = [key for key in keys if not self.is_broken(last[0], key[2], last[2])]
            stated = [key for key in keys if key[2] == row["baseline_period"]]
            alike = sorted((key for key in keys if key[2][4:] == last[2][4:]), key=lambda key: key[2])
            relative = row["rule"] == "reduce_by_percent"
            base = (stated if relative else stated or alike)[:1]
            if not base:
                continue
            start, goal = self.value(base[0]), Decimal(row["value"])
            goal = start * (100 - goal) / 100 if relative else goal
            sign = 1 if row["rule"] in ("at_least", "over") else -1
            if sign * (goal - self.value(first)) > 0 and sign * (goal - start) > 0:
                return (self.value(last) - self.value(first)) / (goal - start), row
        return None


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    return make_years(tmp_path_factory.mktemp("năm") / "dự án")


@pytest.fixture(scope="module")
def tables(root) -> Tables:
    return Tables(root)


@pytest.fixture(scope="module")
def report(root) -> Context:
    return Context(Facts(read_package(root)))


def told(report: Context, year: int, group: str) -> list[news.Entry]:
    return [entry for entry in news.between(report, year) if entry.group == group]


def said(report: Context, year: int, group: str) -> list[str]:
    return [read(entry.text) for entry in told(report, year, group)]


# Between reports: moves

LATER = pytest.mark.parametrize("year", YEARS[1:])


@LATER
def test_every_move_of_the_province_is_told_and_told_as_the_tables_have_it(report, tables, year):
    expected = {}
    for first, last in tables.pairs(year).values():
        open_ends = {tables.shown(key)["qualifier"] for key in (first, last)} - {"exact"}
        changed = tables.value(first) != tables.value(last)
        if last[3] == "04" and changed and (not open_ends or tables.value(first) > tables.value(last)):
            expected[tables.name(last, inside=" ({})")] = first, last
    moves = [sentence for sentence in said(report, year, "move") if "ở các huyện, xã" not in sentence]
    assert len(moves) == len(expected) > 20
    for sentence in moves:
        match = SENTENCE.fullmatch(sentence)
        title = match["title"] if not match["shared"] else next(t for t in expected if small(t) == match["title"])
        first, last = expected.pop(title)
        before, after = tables.value(first), tables.value(last)
        assert match["word"] == ("tăng" if after > before else "giảm"), sentence
        assert (match["when"], match["then"]) == (when(first[2]), when(last[2]))
        bare = bool(match["shared"])
        words = [
            tables.written(key, tables.shown(key), status=False) if bare else tables.figure(key)
            for key in (first, last)
        ]
        assert [match["before"], match["after"]] == words
        statuses = {STATUSES[tables.shown(key)["obs_status"]] for key in (first, last)}
        assert statuses == {match["shared"]} if bare else True
        check_size(match["size"] or "", before, after, tables.known["indicators"][last[0]]["unit"])
    assert not expected


def check_size(size: str, before: Decimal, after: Decimal, unit: str) -> None:
    """What a sentence says of the size of a change is right, and it is not silent of what can be said."""
    number = re.match(r"(hơn )?([\d.,]+)", size)
    if number:
        step = Decimal(number[2].replace(".", "").replace(",", "."))
        assert step == abs(after - before), size
        assert size.endswith("điểm phần trăm") == (unit in ("percent", "percentage-point"))
    else:
        half, twice = after * 2, before * 2
        assert {
            "gấp đôi": after == twice,
            "hơn gấp đôi": twice < after < 3 * before,
            "hơn một nửa": half < before,
            "một nửa": half == before,
        }[size]


@LATER
def test_moves_stand_in_a_fair_order_by_the_share_of_the_way_to_the_objective(report, tables, year):
    pairs = {news_id(last): (first, last) for first, last in tables.pairs(year).values() if last[3] == "04"}
    kinds = ["outcome", "output", "activity"]
    places, met = [], 0
    for entry in told(report, year, "move"):
        match = pairs.get(entry.id.removeprefix(f"thay-doi-{year}-"))
        if match is None:
            assert entry.id.endswith("-noi")
            places.append((9, 0))
            continue
        first, last = match
        way = tables.share(first, last)
        if way:
            share, aim = way
            met += 1
            part = abs(share * 100).quantize(Decimal(1), "ROUND_HALF_UP")
            symbol = tables.known["units"][tables.known["indicators"][last[0]]["unit"]]["symbol_vi"]
            symbol = "%" if aim["rule"] == "reduce_by_percent" else symbol
            value = vietnamese(aim["value"]) + ("" if symbol == "%" else " ") + symbol
            size = f"{part}%" if part else "chưa tới 1%"
            words = f"{'Đi thêm' if share > 0 else 'Lùi lại'} {size} quãng đường tới đích: {aim['title_vi']}"
            assert read(entry.meta) == f"{words} ({WAYS[aim['rule']]} {value}, hạn {aim['due']})."
            places.append((0, -abs(share)))
        else:
            assert not entry.meta
            step = abs(tables.value(last) - tables.value(first)) / tables.value(first)
            places.append((1 + kinds.index(tables.known["indicators"][last[0]]["kind"]), -step))
    assert places == sorted(places) and (met > 3 or year == 2022)


def news_id(key: tuple) -> str:
    return "-".join([key[0], *([key[1]] if key[1] != "_T" else []), key[2]])


@LATER
def test_figures_of_areas_are_counted_and_no_merged_district_is_compared(report, tables, year):
    expected = Counter()
    for first, last in tables.pairs(year).values():
        if last[3] != "04":
            word = {1: "tăng", -1: "giảm", 0: "giữ nguyên"}[int((tables.value(last) - tables.value(first)).compare(0))]
            expected[tables.name(last), when(first[2]), when(last[2]), word] += 1
    counted = Counter()
    for sentence in said(report, year, "move"):
        match = re.fullmatch(r"(.+) ở các huyện, xã, từ (.+) đến (.+): (.+)\.", sentence)
        for part in match[4].split(", ") if match else ():
            word, number = re.fullmatch(r"(.+) ở (\d+) nơi", part).groups()
            counted[match[1], match[2], match[3], word] += int(number)
    assert counted == expected
    assert bool(counted) == (year > YEARS[1])


def test_nothing_is_compared_across_a_break_or_with_a_forecast(report, tables):
    for year in YEARS[1:]:
        for entry in told(report, year, "move"):
            assert "dự kiến" not in read(entry.text)
    moved = {entry.id for year in YEARS for entry in told(report, year, "move")}
    # The poverty standard of 2022, the survey of incomes of 2026; enrolment of a year is known in the year after.
    for cut in ("2022-poverty-rate-2022-12-31", "2022-poor-households-fall-2022", "2026-income-per-capita-2026"):
        assert f"thay-doi-{cut}" not in moved
    assert "thay-doi-2023-poverty-rate-2023-12-31" in moved and "thay-doi-2026-enrolment-2025" in moved


# Between reports: the rest


@LATER
def test_every_value_that_is_given_again_otherwise_is_told_with_both_values_and_sources(report, tables, year):
    expected = {"outturn": [], "revision": [], "settled": []}
    sources = {}
    for key in sorted(tables.given, key=lambda key: tables.order(key[0])):
        rows = tables.given[key]
        earlier = [edition for edition in rows if edition < year]
        if year not in rows or not earlier:
            continue
        old, new = rows[earlier[-1]], rows[year]
        # What was first given; the old one may have been corrected since.
        was, now = old["obs_value"], new.get("first", new["obs_value"])
        same = (Decimal(was), old["qualifier"]) == (Decimal(now), new["qualifier"])
        if same and old["obs_status"] == new["obs_status"]:
            continue
        before, after = tables.written(key, old), tables.written(key, new, now)
        if old["obs_status"] == "F":
            group, words = "outturn", f"dự kiến {tables.written(key, old, status=False)}, kết quả {after}"
        elif same and new["obs_status"] == "A":
            group, words = "settled", f"{before}, nay chốt vẫn là {after}"
        else:
            group, words = "revision", f"báo cáo năm {earlier[-1]} ghi {before}, báo cáo năm {year} ghi {after}"
        expected[group].append(f"{tables.named(key)}: {words}.")
        sources[expected[group][-1]] = {(earlier[-1], old["source_locator"]), (year, new["source_locator"])}
    for group, sentences in expected.items():
        assert sorted(said(report, year, group)) == sorted(sentences)
    assert any(expected.values())
    for group in expected:
        for entry in told(report, year, group):
            outlines = {s["page"]: s["anchor"] for s in entry.text if s.get("page", "").startswith("de-cuong")}
            wanted = {report.of(edition).locator(place)["page"] for edition, place in sources[read(entry.text)]}
            assert set(outlines) == wanted and len(wanted) == 2


@LATER
def test_every_first_figure_is_told_of_an_indicator_and_of_an_area(report, tables, year):
    since = {key: min(rows) for key, rows in tables.given.items()}
    expected = []
    for indicator in sorted({key[0] for key in tables.given}, key=tables.order):
        keys = [key for key in tables.given if key[0] == indicator]
        fresh = [key for key in keys if since[key] == year]
        if fresh and min(since[key] for key in keys) == year:
            assert len(fresh) == 1, "the invented years begin each indicator with one figure"
            expected.append(f"{tables.named(fresh[0])}: lần đầu có số, {tables.figure(fresh[0])}.")
            continue
        known = {key[3] for key in keys if since[key] < year}
        areas = list(dict.fromkeys(key[3] for key in fresh if key[3] not in known))
        names = "; ".join(tables.place(("", "", "", area))[2:] for area in areas)
        if areas and known:
            words = names if len(areas) <= 3 else f"{len(areas)} huyện, xã"
            expected.append(f"{tables.known['indicators'][indicator]['name_vi']}: lần đầu có số riêng của {words}.")
    assert sorted(said(report, year, "new")) == sorted(expected)
    assert bool(expected) == (year != 2023)


@LATER
def test_every_indicator_that_is_no_longer_reported_is_told_with_its_last_figure(report, tables, year):
    before = max(edition for edition in YEARS if edition < year)
    there = {key[0] for key, rows in tables.given.items() if year in rows}
    expected = []
    for indicator in {key[0] for key, rows in tables.given.items() if before in rows} - there:
        keys = [key for key, rows in tables.given.items() if key[0] == indicator and before in rows]
        last = max(keys, key=lambda key: (key[3] == "04", key[1] == "_T", days(key[2])[1]))
        name = small(tables.known["indicators"][indicator]["name_vi"])
        told = f"Báo cáo năm {year} không còn số về {name}. Số gần nhất, {when(last[2])}: {tables.figure(last)}."
        expected.append(told)
    assert sorted(said(report, year, "gone")) == sorted(expected)
    assert bool(expected) == (year < 2025)


@LATER
def test_every_break_and_every_followup_is_told_with_its_reason_and_its_place(report, tables, year):
    names = tables.known["indicators"]
    breaks = {
        f"{names[row['indicator']]['name_vi']}: số từ {when(row['period'])} trở đi không so được với số trước đó.": row
        for row in tables.of("breaks", year)
    }
    assert sorted(said(report, year, "break")) == sorted(breaks)
    for entry in told(report, year, "break"):
        assert breaks[read(entry.text)]["reason_vi"] in read(entry.meta)
    expected = []
    for row in tables.of("followups", year):
        promised = {one["commitment"]: one for one in tables.of("commitments", int(row["edition"]))}[row["commitment"]]
        kind = "Nhiệm vụ" if promised["kind"] == "task" else "Đề xuất"
        to = f" gửi {promised['addressed_to']}" if promised["addressed_to"] else ""
        expected.append(f"{kind} {promised['number']}{to} của báo cáo năm {row['edition']}: {STATES[row['status']]}.")
    assert sorted(said(report, year, "followup")) == sorted(expected) and expected
    for entry in told(report, year, "followup"):
        place = next(s for s in entry.meta if s.get("anchor") == "I.3")
        assert place["page"] == f"de-cuong-{year}" and entry.text[0]["page"] == "cam-ket"


def test_every_sentence_has_an_anchor_of_its_own_and_leads_somewhere(report):
    entries = [entry for year in YEARS for entry in news.between(report, year)] + news.corrections(report)
    assert len({entry.id for entry in entries}) == len(entries) > 200
    assert [read(e.text) for e in entries if not any(s.get("page") for s in e.text)] == []


def test_a_correction_is_told_with_its_day_its_reason_and_who_decided(report, tables):
    (entry,) = news.corrections(report)
    (row,) = tables.of("revisions", 2023)
    assert read(entry.text) == "Hộ được cứu đói, năm 2023: 12.430 hộ sửa thành 12.340 hộ, ngày 15/03/2024."
    assert row["reason_vi"] in read(entry.meta) and row["decided_by"] in read(entry.meta)


def test_the_first_report_says_what_there_is_and_what_only_a_later_one_can_tell(facts, package):
    lines = [read(line) for line in news.first(Context(facts), FIRST)]
    rows = [row._values for row in package.table("observations").all_rows]
    kinds = {row.id: row._values["kind"] for row in package.table("indicators").all_rows}
    counted = Counter(kinds[row["indicator"]] for row in rows)
    assert f"Báo cáo cho {len(rows)} con số: {counted['outcome']} về kết quả" in lines[0]
    assert f"{counted['output']} về việc đã làm được, {counted['activity']} về hoạt động" in lines[0]
    waiting = sum(row["obs_status"] in "PEF" for row in rows)
    assert f"{waiting} con số chưa chốt" in lines[1] and "10 nhiệm vụ và đề xuất" in lines[1]
    assert news.between(Context(facts), FIRST) == [] == news.corrections(Context(facts))


def test_where_a_qualifier_leaves_the_direction_open_nothing_is_said_of_it(tmp_path_factory):
    later = Later(tmp_path_factory)
    loans, cards = (
        "policy-loans,{},04,_T,{},A,over,,I.2.1 ¶2,,,",
        "health-insurance-cards,{},04,_T,{},A,exact,,I.2.1 ¶2,,,",
    )
    later.add("observations", loans.format(NEXT, 9999), cards.format(NEXT, 300000))
    moves = said(Context(later.facts()), NEXT, "move")
    assert len(moves) == 1 and moves[0].startswith("Lượt cấp thẻ bảo hiểm y tế giảm")


def test_the_start_of_a_year_is_compared_with_the_start_of_another(tmp_path_factory):
    later = Later(tmp_path_factory)
    later.add("observations", observed("17.50", period=f"{NEXT}-01-01"))
    (sentence,) = said(Context(later.facts()), NEXT, "move")
    assert sentence.endswith("từ 22,06% (sơ bộ) đầu năm 2021 xuống 17,50% đầu năm 2022.")


def test_a_forecast_put_otherwise_is_no_result(tmp_path_factory):
    later = Later(tmp_path_factory)
    later.add("observations", f"enrolment,{FIRST},04,_T,5600,F,exact,,I.2.3 kết quả,,,")
    report = Context(later.facts())
    (sentence,) = said(report, NEXT, "revision")
    assert sentence.endswith("báo cáo năm 2021 ghi 5.500 người (dự kiến), báo cáo năm 2022 ghi 5.600 người (dự kiến).")
    assert said(report, NEXT, "outturn") == []


def test_a_draft_is_not_yet_silent_of_anything(tmp_path_factory):
    later = Later(tmp_path_factory)
    later.add("observations", observed("17.00", period=f"{NEXT}-12-31"))
    assert len(said(Context(later.facts()), NEXT, "gone")) > 30
    later.make("draft", NEXT)
    report = Context(later.facts())
    assert said(report, NEXT, "gone") == [] != said(report, NEXT, "move")
    assert {one.state for one in commitments.tracked(report.facts)} == {commitments.NOT_DUE}


# Between releases


def test_definitions_put_in_other_words_are_told_against_the_tag_of_the_frozen_edition(tmp_path_factory):
    later = Later(tmp_path_factory)
    assert news.rewordings(Context(later.facts())) is None
    later.make("frozen", FIRST)
    assert news.rewordings(Context(later.facts())) is None, "without git nothing is claimed"
    commit(later.project.root)
    subprocess.run(["git", "tag", f"edition-{FIRST}"], cwd=later.project.root, check=True)
    assert news.rewordings(Context(later.facts())) == []
    file = "data/reference/indicators.csv"
    old, new = "Tỷ lệ hộ nghèo của toàn tỉnh vào đầu năm hoặc cuối năm.", "Tỷ lệ hộ nghèo theo chuẩn mới."
    later.project.write(file, later.project.read(file).replace(old, new))
    (entry,) = news.rewordings(Context(later.facts()))
    told = f"Tỷ lệ hộ nghèo: bản chốt năm {FIRST} viết định nghĩa là “{old}”, nay viết là “{new}”."
    assert read(entry.text) == told
    # The next edition's own tag ends the comparison with the first.
    later.make("frozen", NEXT)
    commit(later.project.root, message="hai")
    subprocess.run(["git", "tag", f"edition-{NEXT}"], cwd=later.project.root, check=True)
    (entry,) = news.rewordings(Context(later.facts()))
    assert read(entry.text) == told.replace("nay viết", f"bản chốt năm {NEXT} viết")


def test_the_feed_has_each_new_thing_once_under_an_id_that_stays_and_on_a_day_from_the_data(report, tables):
    app = SimpleNamespace(
        config=SimpleNamespace(html_baseurl="https://example.org/"),
        env=SimpleNamespace(found_docs={news.PAGE, "du-lieu"}),
        sdgbook=report,
    )
    entries = list(sharing.reports(app))
    newest = YEARS[-1]
    page = "https://example.org/co-gi-moi.html#"
    expected = [f"bao-cao-{year}" for year in YEARS[1:]] + [entry.id for entry in news.between(report, newest)]
    assert sorted(name for _, name, *_ in entries) == sorted(page + anchor for anchor in expected)
    published = {year: tables.of("edition", year)[0]["published_on"] for year in YEARS}
    assert published[FIRST] == "", "no day is known of the first report, so nothing is told of it"
    for day, name, _, title, summary in entries:
        year = int(re.search(r"-(20\d\d)", name)[1])
        assert str(day) == published[year] and title and summary
    (correction,) = sharing.corrections(app)
    assert str(correction[0]) == tables.of("revisions", 2023)[0]["revised_on"]
    assert correction[1] == "https://example.org/du-lieu.html#2023-go-nham-cuu-doi"


# What was promised


def test_each_promise_has_the_state_that_the_last_report_gives_it(report, tables):
    said_of = {}
    for year in YEARS:
        for row in tables.of("followups", year):
            said_of[int(row["edition"]), row["commitment"]] = (row["status"], year)
    for one in commitments.tracked(report.facts):
        status, year = said_of.get((one.edition, one.row["commitment"]), ("", 0))
        if status:
            assert one.words == f"{STATES[status]} (báo cáo năm {year})"
        else:
            last = one.edition == YEARS[-1]
            assert one.words == ("chưa đến kỳ báo cáo sau" if last else "không báo cáo nào nhắc lại")
    states = Counter(one.state for one in commitments.tracked(report.facts))
    assert set(commitments.STATES) - set(states) == {"under_way"}, "the invented years leave nothing under way"


def test_the_tracker_shows_every_promise_once_with_what_each_later_report_says_of_it(root, report, tables):
    page = Edition(FIRST, report.facts)
    blocks = [page.commitments("task"), page.commitments("request"), page.other_commitments()]
    items = [item for block in blocks for item in block.data["items"]]
    promised = [(year, row) for year in YEARS for row in tables.of("commitments", year)]
    assert len({item["id"] for item in items}) == len(items) == len(promised)
    first = {row["commitment"] for row in tables.of("commitments", FIRST)}
    assert {item["id"] for item in items if "-" not in item["id"] or not item["id"][:4].isdigit()} == first
    task = next(item for item in items if item["id"] == "task-4")
    states = [told.get("state", {}).get("word", "không nhắc lại") for told in task["history"]]
    assert [told["years"] for told in task["history"]] == ["2022", "2023", "2025", "2026"]
    assert states == ["chưa làm", "đang làm", "đã xong", "không nhắc lại"]
    silent = next(item for item in items if item["id"] == "task-8")
    assert [told["years"] for told in silent["history"]] == ["2022, 2023, 2025, 2026"]


def test_how_many_promises_are_in_which_state_is_told_in_words_and_for_none(report, tables, facts):
    summary = commitments.summary(commitments.tracked(report.facts))
    followed = Counter()
    last = {}
    for year in YEARS:
        last |= {row["commitment"]: row["status"] for row in tables.of("followups", year) if row["edition"] == "2021"}
    followed.update(last.values())
    parts = [f"{STATES[state]}: {followed[state] or 'không có'}" for state in STATES]
    silent = len(tables.of("commitments", FIRST)) - len(last)
    told = f"nêu 8 nhiệm vụ và 2 đề xuất. Đến nay, {'; '.join(parts)}; không báo cáo nào nhắc lại: {silent}."
    assert told in summary
    only = commitments.summary(commitments.tracked(facts))
    assert only.endswith("Chưa đến kỳ báo cáo sau, nên chưa biết việc nào đã xong.") and commitments.summary([]) == ""


def test_a_chapter_leads_to_the_tracker_from_its_own_promises_and_from_earlier_ones_still_open(report, tables):
    items = Chapter("4-3", report.facts).commitments().data["items"]
    anchors = {item["link"]["anchor"] for item in items}
    assert all(item["link"]["page"] == "cam-ket" and item["state"]["word"] for item in items)
    newest = YEARS[-1]
    own = {f"{newest}-{r['commitment']}" for r in tables.of("commitments", newest) if "4.3" in lists(r["targets"])}
    assert own and own <= anchors
    # Given up in the newest report, which says so; done long ago, and told by others.
    assert "2022-task-3" in anchors and "task-6" not in anchors and "request-1" not in anchors


def test_a_report_of_one_year_says_on_its_pages_that_nothing_is_due_yet(site):
    page = site.said["cam-ket"]
    assert page.count("chưa đến kỳ báo cáo sau") == 10
    assert "Có gì mới" in site.said["index"] and "Báo cáo cho 54 con số" in site.said["co-gi-moi"]
    led = {site.leads_to("index", link)[0] for link in site.pages["index"].main.select("a[href]")}
    assert {"co-gi-moi", "khoang-trong"} <= led
