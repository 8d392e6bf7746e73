"""Findings stay true: sentences computed from a chart's figures, and what titles worded by hand claim."""

from __future__ import annotations

import datetime
import re
from dataclasses import MISSING, fields
from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sdgbook.report import claims, findings, status
from sdgbook.report.charts import hundred
from sdgbook.report.context import Context
from sdgbook.report.facts import Fact, FactError
from sdgbook.report.quantity import Unit, UnitError

PEOPLE = Unit("person", "người", "Người", "person", Decimal(1))
PERCENT = Unit("percent", "%", "Phần trăm", "ratio", Decimal("0.01"))
EMPTY = dict.fromkeys((field.name for field in fields(Fact) if field.default is MISSING), "")


def figure(value, qualifier="exact", status="A", unit=PEOPLE, name="a", period="2001", title="Số người học", **more):
    told = {"value": Decimal(value), "qualifier": qualifier, "status": status, "unit": unit, "period": period}
    return Fact(**{**EMPTY, **told, "name": name, "title": title, **more})


def series(*points, unit=PEOPLE, title="Số người học") -> list[Fact]:
    """Points of one series in 2001, 2002…: values, or a value with qualifier and status."""
    cells = [point if isinstance(point, tuple) else (point,) for point in points]
    return [figure(*c, unit=unit, title=title, name=f"p{n}", period=str(2000 + n)) for n, c in enumerate(cells, 1)]


def read(sentence: str, figures) -> str:
    """A sentence as readers see it."""
    by_name = {f.name: f for f in figures}
    text = re.sub(r"\{fact\}`(.+?)`", lambda m: by_name[m[1]].text, sentence)
    return re.sub(r"\{fact-number\}`(.+?)`", lambda m: by_name[m[1]].number, text).replace("\u00a0", " ")


# Sentences as people would say them


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (series("100", "150"), "Số người học tăng 50 người, từ 100 người năm 2001 lên 150 người năm 2002"),
        (series("150", "120", "100"), "Số người học giảm 50 người, từ 150 người năm 2001 xuống 100 người năm 2003"),
        (series("100", "200"), "Số người học tăng gấp đôi, từ 100 người năm 2001 lên 200 người năm 2002"),
        (series("100", "230"), "Số người học tăng hơn gấp đôi, từ 100 người năm 2001 lên 230 người năm 2002"),
        (series("100", "1200"), "Số người học tăng gấp 12 lần, từ 100 người năm 2001 lên 1.200 người năm 2002"),
        (series("200", "100"), "Số người học giảm một nửa, từ 200 người năm 2001 xuống 100 người năm 2002"),
        (series("100", "100"), "Số người học giữ nguyên ở mức 100 người từ năm 2001 đến năm 2002"),
        (
            series(("22.06", "exact", "P"), ("18.06", "exact", "P"), unit=PERCENT, title="Tỷ lệ nghèo"),
            "Theo số sơ bộ, tỷ lệ nghèo giảm 4 điểm phần trăm, từ 22,06% năm 2001 xuống 18,06% năm 2002",
        ),
        (
            series("20.5", ("41", "exact", "F"), unit=PERCENT, title="Tỷ lệ"),
            "Tỷ lệ tăng 20,5 điểm phần trăm, từ 20,5% năm 2001 lên 41% (dự kiến) năm 2002",
        ),
        (
            series("100", ("150", "over", "E")),
            "Số người học tăng hơn 50 người, từ 100 người năm 2001 lên trên 150 người (ước) năm 2002",
        ),
        (
            series("1200", ("1500", "about")),
            "Số người học tăng khoảng 300 người, từ 1.200 người năm 2001 lên khoảng 1.500 người năm 2002",
        ),
        (
            series(("10", "over"), ("20", "nearly")),
            "Số người học: trên 10 người năm 2001, gần 20 người năm 2002; chưa chắc tăng hay giảm, "
            "vì báo cáo chỉ ghi “trên” và “gần”",
        ),
        (
            series(("10", "over"), ("10", "over")),
            "Số người học: báo cáo ghi cùng một mức, trên 10 người cho cả năm 2001 và năm 2002",
        ),
    ],
)
def test_a_change_is_told_as_people_would_say_it(points, sentence):
    assert read(findings.change(points), points) == sentence


def test_the_figure_that_the_source_prints_for_a_difference_takes_the_place_of_ours():
    points = series("22.06", "18.06", unit=PERCENT, title="Tỷ lệ nghèo")
    points_unit = Unit("pp", "điểm phần trăm", "Điểm phần trăm", "ratio-difference", Decimal("0.01"))
    step = figure("4.0", unit=points_unit, name="fall")
    assert "giảm 4,0 điểm phần trăm, từ" in read(findings.change(points, step), [*points, step])


GROUPS = ["Trình độ sơ cấp", "Trình độ trung cấp", "Trình độ cao đẳng"]


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (series("30", "10", "5"), "Nhiều nhất là trình độ sơ cấp: 30 người; ít nhất là trình độ cao đẳng: 5 người"),
        (
            series(("30", "exact", "E"), ("10", "exact", "E"), ("5", "exact", "E")),
            "Theo số ước, nhiều nhất là trình độ sơ cấp: 30 người; ít nhất là trình độ cao đẳng: 5 người",
        ),
        (
            series("30", "30", "5"),
            "Nhiều nhất là trình độ sơ cấp và trình độ trung cấp: cùng 30 người; ít nhất là trình độ cao đẳng: 5 người",
        ),
        (series("9", "9", "9"), "Các số bằng nhau: 9 người"),
        (
            series(("600", "over"), ("263", "over"), ("200", "nearly")),
            "Con số ghi lớn nhất là trên 600 người (trình độ sơ cấp); ít nhất là trình độ cao đẳng: gần 200 người",
        ),
        (
            series("79.4", "146.2", unit=PERCENT),
            "Cao nhất là trình độ trung cấp: 146,2%; thấp nhất là trình độ sơ cấp: 79,4%",
        ),
    ],
)
def test_bars_name_the_largest_and_the_smallest(points, sentence):
    assert read(findings.bars(points, GROUPS[: len(points)]), points) == sentence


def test_figures_of_different_units_are_told_one_after_the_other_and_not_compared():
    points = [figure("2000"), figure("41", unit=Unit("case", "vụ", "Vụ", "case", Decimal(1)), name="b")]
    sentence = read(findings.panels(points, ["Lao động", "Vụ việc"]), points)
    assert sentence == "Lao động: 2.000 người; vụ việc: 41 vụ"
    with pytest.raises(UnitError):
        findings.bars(points, ["Lao động", "Vụ việc"])
    with pytest.raises(UnitError):
        findings.change(points)


def test_shares_are_told_as_so_many_in_a_hundred():
    points = series(("22.06", "exact", "P"), ("18", "exact", "P"), unit=PERCENT, title="Tỷ lệ hộ nghèo")
    told = "Tỷ lệ hộ nghèo: cứ 100 hộ thì năm 2001 có khoảng 22 hộ, năm 2002 có 18 hộ (số sơ bộ)"
    assert findings.hundred(points, "hộ") == told
    with pytest.raises(FactError):
        hundred(series("146.2", unit=PERCENT), "hộ")


def test_a_year_of_documents_is_told_by_its_busiest_month():
    days = [datetime.date(2001, 7, 5), datetime.date(2001, 7, 9), datetime.date(2001, 3, 1)]
    assert findings.timeline(days) == "Báo cáo nhắc đến 3 văn bản có số hiệu ra năm 2001, nhiều nhất vào tháng 7"
    assert "nhiều nhất" not in findings.timeline(days[1:])


# Never more than the figures say

qualifiers = st.sampled_from(["exact", "exact", "over", "nearly", "about"])
cells = st.tuples(st.integers(1, 400).map(lambda n: n * 10), qualifiers)


def allowed(value: int, qualifier: str) -> st.SearchStrategy[int]:
    """Counts that a printed number with its qualifier may stand for."""
    if qualifier == "over":
        return st.integers(value + 1, value * 9)
    if qualifier == "nearly":
        return st.integers(1, value - 1)
    if qualifier == "about":
        half = 10 ** (len(str(value)) - len(str(value).rstrip("0"))) // 2
        return st.integers(value - half, value + half)
    return st.just(value)


@given(st.data(), cells, cells)
@example(None, (100, "over"), (200, "nearly"))
def test_a_direction_and_a_size_hold_for_every_value_that_the_qualifiers_allow(data, first, last):
    points = series(first, last)
    sentence = read(findings.change(points), points)
    stated = sentence.partition(", từ")[0]
    if data is None:
        assert "chưa chắc" in sentence
        return
    before, after = data.draw(allowed(*first)), data.draw(allowed(*last))
    if "chưa chắc" in sentence or "cùng một mức" in sentence:
        assert "exact" not in (first[1], last[1]) or first[1] != last[1]
        return
    if "tăng" in stated:
        assert after > before
    elif "giảm" in stated:
        assert after < before
    else:
        assert "giữ nguyên" in sentence and after == before
    more = re.search(r"hơn ([\d.]+) người", stated)
    assert not more or abs(after - before) > int(more[1].replace(".", ""))
    times = re.search(r"(hơn )?gấp (đôi|ba|bốn|\d+)", stated)
    if times:
        number = {"đôi": 2, "ba": 3, "bốn": 4}.get(times[2]) or int(times[2])
        assert after > number * before if times[1] else after == number * before
    half = re.search(r"(hơn )?một nửa", stated)
    assert not half or (2 * after < before if half[1] else 2 * after == before)


@given(cells, cells)
def test_the_numbers_of_a_sentence_are_the_figures_themselves_and_their_difference(first, last):
    points = series(first, last)
    sentence = findings.change(points)
    assert set(re.findall(r"`(p\d)`", sentence)) <= {"p1", "p2"}
    ours = re.sub(r"\{[a-z-]+\}`\w+`|năm \d+", "", sentence)
    numbers = {int(number.replace(".", "")) for number in re.findall(r"\d[\d.]*", ours)}
    assert numbers <= {abs(first[0] - last[0]), *range(5, 401)}
    assert numbers <= {abs(first[0] - last[0])} or "lần" in ours


@given(st.data(), st.lists(cells, min_size=2, max_size=4))
def test_what_is_called_the_largest_is_the_largest_whatever_the_qualifiers_allow(data, chosen):
    points = series(*chosen)
    sentence = findings.bars(points, [p.name for p in points], figures=False)
    values = {p.name: data.draw(allowed(*cell)) for p, cell in zip(points, chosen, strict=True)}
    for word, extreme in (("nhiều nhất", max), ("ít nhất", min)):
        for named in re.findall(rf"{word} là ([p\d và]+)", sentence.lower()):
            assert all(values[name] == extreme(values.values()) for name in named.split(" và "))


# Claims of titles worded by hand


def test_every_claim_of_the_book_holds_and_its_opposite_is_refused(facts):
    for claim in ("poor-households-fall > 0", "enrolment-to-date[level-elementary] > enrolment-to-date[_T] / 2"):
        claims.check(claim, facts)
        with pytest.raises(FactError, match="không còn đúng"):
            claims.check(claim.replace(" > ", " < "), facts)


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("gender-equality-outreach-participants > women-candidates-trained", ["chưa chắc", "trên 600", "trên 263"]),
        ("women-candidates-trained < women-candidates-district-training", ["không còn đúng", "trên 263", "gần 200"]),
        ("enrolment-plan-completion[level-elementary] > 100%", ["không còn đúng", "79,4%"]),
        ("poverty-rate@2021-12-31 < enrolment", ["khác đơn vị"]),
        ("poverty-rate@2021-12-31 > 3", ["không phải", "3"]),
        ("poverty-rate@2021-12-31", ["không phải là lời khẳng định"]),
        ("mining-trainee > 0", ["mining-trainee", "mining-trainees"]),
        ("giảm", ["biểu đồ"]),
    ],
)
def test_a_claim_that_does_not_hold_is_told_with_both_values(facts, claim, words):
    with pytest.raises(FactError) as refusal:
        claims.check(claim, facts)
    told = str(refusal.value).replace("\u00a0", " ")
    assert all(word in told for word in words), told


SIGNS = {">": int.__gt__, "<": int.__lt__, ">=": int.__ge__, "<=": int.__le__, "=": int.__eq__}


class Known(dict):
    """Figures by name, as claims look them up."""

    def find(self, name):
        return self[name.strip()]


@given(st.data(), cells, cells, st.sampled_from(sorted(SIGNS)))
def test_a_claim_that_passes_is_true_of_every_value_that_the_qualifiers_allow(data, one, other, sign):
    known = Known(a=figure(*one, name="a"), b=figure(*other, name="b"))
    values = data.draw(allowed(*one)), data.draw(allowed(*other))
    try:
        claims.check(f"a {sign} b", known)
    except FactError as refusal:
        if "không còn đúng" in refusal.message:
            assert not SIGNS[sign](*values)
        assume("exact" in (one[1], other[1]) and one[1] == other[1])
        assert not SIGNS[sign](*values)
    else:
        assert SIGNS[sign](*values)


def test_the_direction_of_a_chart_is_tried_from_its_first_figure_to_its_last(facts):
    drawn = facts.series("poverty-rate")
    claims.check_title("Tỷ lệ hộ nghèo giảm", "giảm", facts, drawn)
    for title, says in (("Tỷ lệ tăng", "tăng"), ("Tỷ lệ giữ nguyên", "giữ nguyên"), ("Tỷ lệ tăng", "giảm")):
        with pytest.raises(FactError):
            claims.check_title(title, says, facts, drawn)


@pytest.mark.parametrize(
    "title",
    [
        "Số hộ nghèo giảm {fact}`poor-households-fall`",
        "Học phí tăng",
        "Trung cấp vượt kế hoạch",
        "Phần lớn học sơ cấp",
        "Hơn nửa số người học là nữ",
        "Sơ cấp có nhiều người học nhất",
        "Thành phố có ít lớp hơn huyện",
        "Số lượt vay gấp đôi",
        "Cao đẳng chưa đạt kế hoạch",
    ],
)
def test_a_title_that_claims_a_direction_needs_a_claim(facts, title):
    with pytest.raises(FactError) as refusal:
        claims.check_title(title, "", facts)
    assert 'says="' in refusal.value.remedy


@pytest.mark.parametrize(
    "title",
    [
        "Khó khăn về giảm nghèo",
        "Tăng cường dạy nghề, vượt qua đại dịch",
        "Thống nhất đầu mối; ưu tiên thứ nhất",
        "Giảm bất bình đẳng trong xã hội",
        "Mục tiêu 10.1: Thu nhập của nhóm nghèo nhất tăng nhanh hơn",
        "Có 10 xã tổ chức hội nghị",
    ],
)
def test_names_of_policies_and_targets_are_no_claims(facts, title):
    claims.check_title(title, "", facts)


# Cards and the status of a target


@pytest.mark.parametrize(
    "points, shown",
    [
        ([(10,), (12,)], "↑ tăng 2 người so với năm 2001"),
        ([(12,), (10,)], "↓ giảm 2 người so với năm 2001"),
        ([(10,), (10,)], "= giữ nguyên so với năm 2001"),
        ([(10, "over"), (12,)], "? chưa chắc tăng hay giảm so với năm 2001"),
        ([(10,), (12, "over")], "↑ tăng so với năm 2001"),
    ],
)
def test_a_card_says_no_more_than_its_figures_allow(facts, points, shown):
    change = status.change(Context(facts), *series(*points)).to_json()
    assert f"{change['sign']} {change['text']} {change['since']}".replace("\u00a0", " ") == shown


def test_a_card_gives_the_change_as_the_source_prints_it(facts):
    before, now = facts.find("poverty-rate@2021-01-01"), facts.find("poverty-rate@2021-12-31")
    printed = facts.find("poverty-rate-fall")
    assert printed.number in status.change(Context(facts), before, now).size
