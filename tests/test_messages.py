"""Every mistake is told once, in Vietnamese, with its place and what to write; all of them in one run."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass, field

import pytest
from helpers import ROOT, Place, Project, sdgbook, vietnamese
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sdgbook.cli import app
from sdgbook.data import Problem
from sdgbook.edit.check import check

CHAPTER = "book/muc-tieu/4-4.md"
SHEET = "scripts/sdgbook/site/theme/static/sdgbook.css"
MESSAGE = re.compile(
    r"(?P<file>[\w./-]+)(, dòng (?P<line>\d+))?(, cột (?P<column>[\w, -]+))?: (?P<wrong>.+?) → (?P<remedy>.+)"
)
# Letters that only Vietnamese sentences have.
VIETNAMESE = re.compile("[àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


@dataclass
class Told:
    """What a message must name: the place, and words of it."""

    place: Place
    words: list[str] = field(default_factory=list)


def told(place: Place, *words: str) -> Told:
    return Told(place, list(words))


# Each plants one mistake and says how it must be told. Together they can stand in one project: none moves
# a line that another names, and no two touch the same row.
MISTAKES = []
# These spoil a file so that it, or all of it, cannot be read any more; each is told alone.
ALONE = []


def mistake(plant):
    MISTAKES.append(plant)
    return plant


def alone(plant):
    ALONE.append(plant)
    return plant


def cell(line: str) -> str:
    return f"```{{code-cell}}\n{line}\n```"


# In chapters


@mistake
def a_misspelt_name(project):
    at = project.append(CHAPTER, "Có {fact}`mining-trainee` đi học nghề.", "{fact}")
    return told(at, "“mining-trainee”", "mining-trainees")


@mistake
def a_name_that_may_mean_two_figures(project):
    at = project.append(CHAPTER, "Tỷ lệ hộ nghèo là {fact}`poverty-rate` cả năm.", "{fact}")
    return told(at, "“poverty-rate”", "poverty-rate@2021-01-01", "poverty-rate@2021-12-31")


@mistake
def an_unknown_role(project):
    at = project.append(CHAPTER, "Có {fct}`mining-trainees` đi học nghề.", "{fct}")
    return told(at, "“fct”", "fact")


@mistake
def an_unknown_document(project):
    at = project.append(CHAPTER, "Theo {document}`qd-622-qd-tg` của Thủ tướng.", "{document}")
    return told(at, "“qd-622-qd-tg”", "qd-622-qd-ttg")


@mistake
def an_unknown_place_of_the_source(project):
    at = project.append(CHAPTER, "Xem {locator}`I.2.4 ¶9` của báo cáo.", "{locator}")
    return told(at, "“I.2.4 ¶9”", "I.2.4 ¶1")


@mistake
def a_figure_typed_in_a_sentence(project):
    at = project.append(CHAPTER, "Sở mở lớp học,\ncó 1.234 người dự.", "1.234")
    return told(at, "“1.234”", "{fact}")


@mistake
def a_figure_typed_in_the_page_description(project):
    text = project.read("book/muc-tieu/4-3.md")
    line = next(n for n, line in enumerate(text.split("\n"), 1) if line.startswith("description: "))
    project.write("book/muc-tieu/4-3.md", text.replace("\ndescription: ", "\ndescription: Có 56 người. ", 1))
    return told(Place("book/muc-tieu/4-3.md", line, len("description: Có ") + 1), "“56”", "{fact}")


@mistake
def a_figure_typed_in_a_chart_title(project):
    line = 'muc_tieu.chart("mining-trainees", form="bars", title="Có 234 người đi học nghề")'
    return told(project.append(CHAPTER, cell(line), "234"), "“234”", "{fact}")


@mistake
def a_figure_typed_in_a_chart_note_after_a_title(project):
    line = 'muc_tieu.chart("mining-trainees", form="bars", title="Người được tuyển đi học nghề", note="Thêm 345 nữa")'
    return told(project.append(CHAPTER, cell(line), "345"), "“345”", "{fact}")


@mistake
def a_misspelt_name_in_a_chart_title(project):
    line = 'muc_tieu.chart("mining-trainees", form="bars", title="Có {fact}`mining-traines` đi học")'
    at = project.append(CHAPTER, cell(line), "muc_tieu")
    return told(Place(at.file, at.line), "“mining-traines”", "mining-trainees")


@mistake
def a_misspelt_name_of_a_chart(project):
    at = project.append(CHAPTER, cell('muc_tieu.chart("mining-trainee-count", form="bars", title="Học nghề")'), "muc")
    return told(Place(at.file, at.line), "“mining-trainee-count”", "mining-trainees")


@mistake
def a_cell_that_raises(project):
    at = project.append(CHAPTER, cell('# Biểu đồ\nmuc_tieu.chrt("mining-trainees")'), "muc_tieu")
    return told(Place(at.file, at.line), "chrt")


@mistake
def a_cell_with_a_syntax_error(project):
    at = project.append(CHAPTER, cell('muc_tieu.chart("mining-trainees"'), "muc_tieu")
    return told(Place(at.file, at.line), "cú pháp")


@mistake
def people_and_districts_on_one_axis(project):
    names = '"women-candidates-trained", "women-candidates-training-districts"'
    line = f'muc_tieu.chart({names}, form="bars", title="Tập huấn")'
    at = project.append("book/muc-tieu/5-1.md", cell(line), "muc_tieu")
    return told(Place(at.file, at.line), "Người", "huyện", "một trục")


@mistake
def a_list_of_what_the_page_has_not(project):
    at = project.append("book/muc-tieu/10-4.md", cell("muc_tieu.table()"), "muc_tieu")
    return told(Place(at.file, at.line), "không có số liệu")


@mistake
def a_link_to_a_page_that_is_not_there(project):
    at = project.append(CHAPTER, "Xem [trang kia](4-33.md) nữa.", "4-33.md")
    return told(at, "“4-33.md”", "4-3.md")


@mistake
def a_page_that_the_contents_leave_out(project):
    text = project.read("_toc.yml")
    line = next(line for line in text.split("\n") if line.endswith("file: thuat-ngu"))
    project.write("_toc.yml", text.replace(line + "\n", ""))
    return told(Place("_toc.yml"), "“thuat-ngu”", "file: thuat-ngu")


@mistake
def a_misspelt_page_in_the_contents(project):
    text = project.read("_toc.yml")
    number = next(n for n, line in enumerate(text.split("\n"), 1) if line.endswith("file: muc-tieu/10-4"))
    extra = text.replace("file: muc-tieu/10-4\n", "file: muc-tieu/10-4\n      - file: muc-tieu/10-44\n")
    project.write("_toc.yml", extra)
    return told(Place("_toc.yml", number + 1), "“muc-tieu/10-44”", "muc-tieu/10-4")


@mistake
def a_cell_that_is_not_closed(project):
    at = project.append("book/muc-tieu/10-1.md", "```{code-cell}\nmuc_tieu.measures()", "```{code-cell}")
    return told(at, "đóng", "```")


@mistake
def front_matter_that_is_no_yaml(project):
    text = project.read("book/muc-tieu/10-3.md")
    project.write("book/muc-tieu/10-3.md", text.replace("targets: [", "targets: [[", 1))
    return told(Place("book/muc-tieu/10-3.md"), "YAML")


@mistake
def front_matter_with_a_tab(project):
    # libyaml reads it, the build does not.
    text = project.read("book/muc-tieu/10-4.md")
    line = next(n for n, line in enumerate(text.split("\n"), 1) if line.startswith("description: "))
    project.write("book/muc-tieu/10-4.md", text.replace("\ndescription: ", "\ndescription:\t", 1))
    return told(Place("book/muc-tieu/10-4.md", line), "YAML")


# What titles and headings claim


@mistake
def a_chart_title_with_a_direction_and_no_claim(project):
    line = 'muc_tieu.chart("mining-trainees", form="bars", title="Số người đi học nghề tăng")'
    at = project.append(CHAPTER, cell(line), "muc_tieu")
    return told(Place(at.file, at.line), "“tăng”", 'says="')


@mistake
def a_chart_title_that_no_longer_holds(project):
    names = '"social-protection-participants", "disability-policy-participants"'
    claim = "nhiều nhất: social-protection-participants"
    line = f'muc_tieu.chart({names}, form="bars", title="Bảo trợ xã hội có nhiều người dự nhất", says="{claim}")'
    at = project.append(CHAPTER, cell(line), f'"{claim}')
    return told(at, f"“{claim}”", "không còn đúng", "là 48 người", "là 100 người")


@mistake
def a_chart_title_that_the_qualifiers_leave_unsure(project):
    claim = "gender-equality-outreach-participants > women-candidates-trained"
    line = f'muc_tieu.chart("mining-trainees", form="bars", title="Nhiều người dự hơn", says="{claim}")'
    at = project.append(CHAPTER, cell(line), f'"{claim}')
    return told(at, f"“{claim}”", "chưa chắc", "trên 600 người", "trên 263 người")


@mistake
def a_heading_with_a_direction_and_no_claim(project):
    at = project.append(CHAPTER, "## Số người đi học nghề giảm", "giảm")
    return told(at, "“giảm”", "claims", "“Số người đi học nghề giảm: ")


@mistake
def a_heading_that_no_longer_holds(project):
    text = project.read("book/muc-tieu/4-3.md")
    line = next(n for n, line in enumerate(text.split("\n"), 1) if line.startswith("  trung cấp vượt kế hoạch: "))
    project.figure("enrolment-plan-completion[level-intermediate]", "98.2")
    return told(Place("book/muc-tieu/4-3.md", line), "“trung cấp vượt kế hoạch”", "không còn đúng", "98,2%", "100%")


@mistake
def a_claim_about_words_that_the_page_does_not_have(project):
    text = project.read("book/gioi-thieu.md")
    project.write("book/gioi-thieu.md", text.replace("\n---\n", "\nclaims:\n  học phí tăng: enrolment > 0\n---\n", 1))
    return told(Place("book/gioi-thieu.md", 5), "“học phí tăng”", "bỏ dòng này")


@alone
def claims_in_another_form(project):
    text = project.read("book/gioi-thieu.md")
    project.write("book/gioi-thieu.md", text.replace("\n---\n", "\nclaims:\n  - enrolment > 0\n---\n", 1))
    return told(Place("book/gioi-thieu.md", 4), "claims", "tên-số > tên-số")


@alone
def a_correction_that_the_cell_does_not_bear_out(project):
    file = project.file("revisions")
    row = "go-nham,poverty-rate@2021-12-31,2022-05-06,18.60,18.16,Sở,Gõ nhầm.,A slip."
    project.write(file, f"{project.read(file)}{row}\n")
    return told(Place(file, 2, "new_value"), "“18.16”", "“18.06”", "observations.csv")


@alone
def an_edition_that_there_is_not(project):
    text = project.read("book/gioi-thieu.md")
    project.write("book/gioi-thieu.md", text.replace("edition: 2021", "edition: 2012", 1))
    return told(Place("book/gioi-thieu.md", 2), "“2012”", "2021")


# Charts


@mistake
def a_chart_of_no_figures(project):
    at = project.append(CHAPTER, cell("muc_tieu.chart()"), "muc_tieu")
    return told(Place(at.file, at.line), "chưa có tên con số")


@alone
def a_share_over_a_hundred_in_a_hundred_squares(project):
    line = 'muc_tieu.chart("enrolment-plan-completion[level-intermediate]", form="hundred", of="người")'
    at = project.append(CHAPTER, cell(line), '"enrolment')
    return told(at, "enrolment-plan-completion[level-intermediate]", "trong một trăm ô", "bars")


@mistake
def a_line_between_figures_of_one_time(project):
    line = 'muc_tieu.chart("social-protection-participants", "disability-policy-participants")'
    at = project.append(CHAPTER, cell(line), "muc_tieu")
    return told(Place(at.file, at.line), "thời gian", "bars")


@alone
def a_year_without_documents(project):
    rows = project.table("documents")
    project.write_table("documents", [{**r, "issued_on": r["issued_on"].replace("2021-", "2020-")} for r in rows])
    text = project.read("book/to-chuc-thuc-hien.md").split("\n")
    line = next(n for n, line in enumerate(text, 1) if line.startswith("bao_cao.timeline()"))
    return told(Place("book/to-chuc-thuc-hien.md", line), "không có dòng nào", "documents")


# The home page's choices, and words that need room


@mistake
def a_headline_told_twice(project):
    at = project.edit("headlines", "3", "fact", "poverty-rate@2021-12-31")
    return told(at, "“poverty-rate@2021-12-31”", "đã đứng ở dòng trên")


@alone
def a_headline_compared_to_another_unit(project):
    at = project.edit("headlines", "3", "compare_to", "poverty-rate@2021-12-31")
    return told(at, "“poverty-rate@2021-12-31”", "khác đơn vị", "Người")


@alone
def no_headlines(project):
    file = project.file("headlines")
    project.write(file, project.read(file).split("\n")[0] + "\n")
    return told(Place(file, 1), "ít nhất 4", "có 0")


@alone
def a_headline_too_few(project):
    project.write_table("headlines", project.table("headlines")[:3])
    return told(Place(project.file("headlines"), 4), "ít nhất 4", "có 3")


@alone
def a_headline_too_long_for_its_card(project):
    at = project.edit("headlines", "4", "fact", "unemployment-benefit-amount")
    return told(at, "29.500.000.000", "quá dài")


@mistake
def a_goal_name_too_long_for_its_tile(project):
    name = "Công nghiệp, đổi mới sáng tạo và hạ tầng"
    return told(project.edit("goals", "9", "short_vi", name), f"“{name}”", "không vừa", "Rút ngắn")


@mistake
def a_district_name_too_long_for_its_square(project):
    return told(project.edit("areas", "053", "name_vi", "Huyện Thạchanhthượng"), "“Thạchanhthượng”", "không vừa")


# Units over time


@mistake
def a_figure_for_a_time_in_which_its_area_was_not(project):
    place = project.edit("observations", "longevity-cards", "ref_area", "01273-2025")
    return told(place, "2021", "Phường Thục Phán", "2025-07-01", "Ghi mã của đơn vị có trong thời gian ấy")


@mistake
def a_unit_that_ends_before_it_begins(project):
    add_area(project, "01801", valid_from="2020-01-01", valid_to="2019-12-31")
    return told(Place(project.file("areas"), len(project.table("areas")) + 1, "valid_to"), "hết hiệu lực trước khi có")


@mistake
def a_commune_that_outlives_its_district(project):
    place = add_area(project, "01802", parent="042", name_vi="Xã Bịa Hai")
    return told(place, "“Xã Bịa Hai”", "“Huyện Bảo Lâm” chỉ có", "2025-06-30")


@mistake
def two_units_of_one_name_at_one_time(project):
    place = add_area(project, "01803", name_vi="Xã Hạ Lang", valid_from="2026-01-01", column="name_vi")
    return told(place, "01558-2025 “Xã Hạ Lang” cùng tên, cùng cấp", "Ghi valid_to cho đơn vị cũ")


@mistake
def two_units_at_one_address(project):
    place = add_area(project, "01804", parent="052", name_vi="Thị trấn Bịa", valid_to="2020-12-31", column="area")
    add_area(project, "01805", parent="052", name_vi="Thị trấn Bịa", valid_from="2021-01-01", valid_to="2025-06-30")
    return told(Place(place.file, place.line + 1, "area"), "01805 và 01804", "cùng một địa chỉ", "01805-2021")


@alone
def two_districts_on_one_square(project):
    project.edit("areas", "053", "tile_row", "1")
    place = project.edit("areas", "053", "tile_column", "3")
    return told(Place(place.file, place.line, "tile_row"), "“Huyện Thạch An” và 049 “Huyện Quảng Hòa” cùng một ô")


@mistake
def a_new_unit_that_begins_before_the_old_one_ends(project):
    project.edit("areas", "01279-2025", "valid_from", "2025-01-01")
    line = next(n for n, row in enumerate(project.table("areas_changes"), 2) if row["to"] == "01279-2025")
    return told(
        Place(project.file("areas_changes"), line, "to"), "2025-07-01", "01279-2025", "2025-01-01", "Ghi valid_from"
    )


@mistake
def a_change_on_another_day_than_its_units_have(project):
    place = project.edit("areas_changes", "phuc-hoa-2025", "changed_on", "2025-08-01")
    return told(place, "2025-08-01", "valid_to là “2025-06-30”", "sửa changed_on")


@mistake
def a_kind_of_change_that_does_not_fit_its_units(project):
    place = project.edit("areas_changes", "nguyen-hue-2025", "kind", "abolished")
    return told(place, "Loại abolished không hợp với 1 đơn vị trước và 1 đơn vị sau")


@mistake
def a_unit_that_becomes_itself_in_a_circle(project):
    told_in = {"kind": "renamed", "changed_on": "2026-01-01", "sources": "bịa"}
    place = project.add("areas_changes", change="vong-tron", **{"from": "01477-2025", "to": "01498"}, **told_in)
    return told(Place(place.file, place.line, "to"), "đơn vị 01477-2025 thành chính nó", "mã kèm năm")


def add_area(project, code: str, column: str = "parent", **cells: str) -> Place:
    """Put a commune at the end of the table of areas; the place is that of a column of it."""
    place = project.add("areas", **{"area": code, "level": "commune", "parent": "04", "name_vi": "Xã Bịa", **cells})
    return Place(place.file, place.line, column)


@alone
def too_many_communes_for_one_square(project):
    rows = project.table("places")
    areas = project.table("areas")
    old = next(row for row in areas if row["area"] == "01708")
    more = [
        {**old, "area": f"0170{n}", "name_vi": f"Xã {name}", "parent": "051"} for n, name in enumerate(["Mai", "Lan"])
    ]
    at = next(n for n, row in enumerate(areas) if row["area"] == "01708")
    project.write_table("areas", [*areas[:at], *more, *areas[at:]])
    at = next(n for n, row in enumerate(rows) if row["area"] == "01708")
    extra = [{**rows[at], "area": row["area"]} for row in more]
    project.write_table("places", [*rows[:at], *extra, *rows[at:]])
    return told(Place(project.file("places"), at + 4, "area"), "“Hòa An”", "chỉ đủ chỗ")


@mistake
def an_ink_too_faint_for_its_ground(project):
    text = project.read(SHEET)
    line = next(n for n, line in enumerate(text.split("\n"), 1) if line.strip().startswith("--muted:"))
    project.write(SHEET, re.sub(r"(--muted:\s*)#\w+", r"\g<1>#9aa5b1", text, count=1))
    return told(Place(SHEET, line), "--muted (#9aa5b1)", "kiểu sáng", "4,5")


# In tables: cells


@mistake
def a_decimal_comma(project):
    return told(project.edit("observations", "trained-workers-rate", "obs_value", "46,6"), "“46,6”", "dấu chấm")


@mistake
def a_dot_between_thousands(project):
    at = project.edit("observations", "poverty-review-participants", "obs_value", "3.937")
    return told(at, "3.937", "1234")


@mistake
def a_number_with_its_unit(project):
    return told(project.edit("observations", "mining-trainees", "obs_value", "191 người"), "“191 người”", "đơn vị")


@mistake
def a_number_as_machines_write_it(project):
    return told(project.edit("observations", "job-placements", "obs_value", "6e2"), "“6e2”", "dấu chấm")


@mistake
def a_value_left_out(project):
    return told(project.edit("observations", "longevity-cards", "obs_value", ""), "giá trị")


@mistake
def a_value_without_its_place_in_the_source(project):
    return told(project.edit("observations", "overseas-workers", "source_locator", ""), "không được để trống")


@mistake
def an_unknown_place_of_a_value(project):
    at = project.edit("observations", "legal-aid-cases", "source_locator", "I.2.1 ¶7")
    return told(at, "“I.2.1 ¶7”", "sections")


@mistake
def a_status_that_is_no_code(project):
    return told(project.edit("observations", "regular-allowance-people", "obs_status", "X"), "“X”", "A, P, E, F")


@mistake
def an_indicator_that_is_not_there(project):
    at = project.edit("observations", "women-advancement-committee-members", "indicator", "women-advancement-committee")
    return told(at, "“women-advancement-committee”", "indicators")


@mistake
def an_indicator_of_no_target(project):
    return told(project.edit("indicators", "disability-policy-classes", "targets", ""), "không được để trống")


@mistake
def an_indicator_that_says_nothing_of_its_decimals(project):
    return told(project.edit("indicators", "social-protection-classes", "decimals", ""), "không được để trống")


@mistake
def a_bad_date(project):
    return told(project.edit("documents", "qd-622-qd-ttg", "issued_on", "10/05/2017"), "“10/05/2017”", "2001-02-28")


@mistake
def an_unknown_item_of_a_list(project):
    at = project.edit("measures", "assign-tasks", "documents", "qd-324-qd-ubnd; qd-622-qd-tgg")
    return told(at, "“qd-622-qd-tgg”", "qd-622-qd-ttg")


@mistake
def a_figure_typed_in_a_note(project):
    at = project.edit("observations", "districts", "note_vi", "Gồm 1 thành phố.")
    return told(at, "“1”", "{fact}")


@mistake
def a_misspelt_name_in_a_note(project):
    at = project.edit("derived", "benefit-per-worker", "note_vi", "Chia cho {fact}`unemployment-workers`.")
    return told(at, "“unemployment-workers”", "unemployment-benefit-workers")


@mistake
def a_doubt_about_an_unknown_figure(project):
    at = project.edit("doubts", "child-protection-audience", "about", "child-protection-participants")
    return told(at, "“child-protection-participants”", "child-protection-meeting-participants")


@mistake
def a_headline_that_is_no_figure(project):
    return told(project.edit("headlines", "4", "fact", "jobs-national-funds"), "jobs-national-fund")


@mistake
def a_formula_that_mixes_units(project):
    expression = "hunger-relief-rice - hunger-relief-households"
    at = project.edit("derived", "rice-per-household", "expression", expression)
    return told(at, "rice-per-household", "trừ")


@mistake
def a_sum_that_does_not_hold(project):
    parts = {
        r["breakdown"]: r["obs_value"] for r in project.table("observations") if r["indicator"] == "enrolment-to-date"
    }
    one_more = str(int(parts["level-college"]) + 1)
    project.figure("enrolment-to-date[level-college]", one_more)
    line = 2 + [row["identity"] for row in project.table("identities")].index("enrolment-sum")
    sides = (f"là {vietnamese(number)} người" for number in (one_more, parts["_T"]))
    return told(Place(project.file("identities"), line, "expression"), *sides)


# In tables: rows


@mistake
def a_row_told_twice(project):
    last = project.table("commitments")[-1]
    key = "commitment"
    return told(Place(project.add("commitments", **last).file, len(project.table("commitments")) + 1, key), "Khóa")


@mistake
def a_document_that_nothing_uses(project):
    at = project.add("documents", document="zz-van-ban", kind="plan", title_vi="Kế hoạch", title_en="A plan")
    return told(Place(at.file, at.line, "document"), "“zz-van-ban”", "không được dùng")


@mistake
def an_indicator_that_nothing_uses(project):
    like = project.table("indicators")[-1]
    at = project.add("indicators", **{**like, "indicator": "zz-indicator"})
    return told(Place(at.file, at.line, "indicator"), "“zz-indicator”", "không được dùng")


# In tables: files


@mistake
def a_byte_order_mark(project):
    project.write(project.file("slips"), "\ufeff" + project.read(project.file("slips")))
    return told(Place(project.file("slips"), 1, 1), "BOM", "make format")


@mistake
def windows_line_ends(project):
    project.write(project.file("places"), project.read(project.file("places")).replace("\n", "\r\n"))
    return told(Place(project.file("places"), 1), "CRLF", "make format")


@mistake
def marks_apart_from_their_letters(project):
    lines = project.read(project.file("terms")).split("\n")
    lines[3] = unicodedata.normalize("NFD", lines[3])
    assert not unicodedata.is_normalized("NFC", lines[3])
    project.write(project.file("terms"), "\n".join(lines))
    return told(Place(project.file("terms"), 4), "NFC", "make format")


@mistake
def rows_out_of_order(project):
    rows = project.table("breakdowns")
    project.write_table("breakdowns", [*rows[:2], rows[3], rows[2], *rows[4:]])
    return told(Place(project.file("breakdowns"), 4), "thứ tự", "make format")


@mistake
def a_cell_too_many(project):
    lines = project.read(project.file("goals")).split("\n")
    lines[4] += ",thừa"
    project.write(project.file("goals"), "\n".join(lines))
    return told(Place(project.file("goals"), 5), "“thừa”", "nháy kép")


@mistake
def a_cell_too_few(project):
    lines = project.read(project.file("challenges")).split("\n")
    lines[2] = lines[2].rpartition(",")[0]
    project.write(project.file("challenges"), "\n".join(lines))
    return told(Place(project.file("challenges"), 3, "source_locator"), "thiếu ô", "dấu phẩy")


@alone
def a_comma_in_a_number_without_quotes(project):
    file = project.file("observations")
    lines = project.read(file).split("\n")
    number = next(n for n, line in enumerate(lines) if line.startswith("trained-workers-rate,"))
    lines[number] = lines[number].replace(",46.6,", ",46,6,")
    project.write(file, "\n".join(lines))
    return told(Place(file, number + 1), "nháy kép")


@alone
def a_column_left_out(project):
    rows = project.table("headlines")
    project.write_table("headlines", [{"position": r["position"], "fact": r["fact"]} for r in rows])
    return told(Place(project.file("headlines"), 1), "Dòng tiêu đề", "position, fact, compare_to")


@alone
def a_misspelt_column(project):
    file = project.file("headlines")
    project.write(file, project.read(file).replace("compare_to", "compare-to", 1))
    return told(Place(file, 1), "Dòng tiêu đề", "position, fact, compare_to")


@alone
def a_table_that_is_not_there(project):
    (project.root / project.file("slips")).unlink()
    return told(Place(project.file("slips")), "Thiếu tệp")


@alone
def a_table_in_an_old_encoding(project):
    file = project.file("edition")
    (project.root / file).write_bytes(project.read(file).encode("utf-16"))
    return told(Place(file), "UTF-8", "UTF-8")


@alone
def a_chapter_in_an_old_encoding(project):
    (project.root / CHAPTER).write_bytes("# Trang mới\n\nKhông rõ.\n".encode("cp1258", "replace"))
    return told(Place(CHAPTER), "UTF-8", "UTF-8")


@alone
def a_package_description_that_is_no_json(project):
    text = project.read("data/datapackage.json")
    project.write("data/datapackage.json", text.replace('"name"', '"name', 1))
    return told(Place("data/datapackage.json"), "JSON")


@alone
def a_contents_file_that_is_no_yaml(project):
    project.write("_toc.yml", project.read("_toc.yml").replace("parts:", "parts: [", 1))
    return told(Place("_toc.yml"), "mục lục")


@alone
def a_page_of_figures_without_its_table(project):
    text = project.read(CHAPTER)
    project.write(CHAPTER, text.replace("muc_tieu.table()", "muc_tieu.sources()"))
    return told(Place(CHAPTER), "bảng số liệu", "muc_tieu.table()")


@alone
def a_page_of_documents_without_its_list(project):
    page = "book/to-chuc-thuc-hien.md"
    project.write(page, project.read(page).replace("bao_cao.documents()", "bao_cao.goals()"))
    return told(Place(page), "văn bản", "bao_cao.documents()")


def fits(message: re.Match[str], expected: Told) -> bool:
    place = expected.place
    return (
        message["file"] == place.file
        and (place.line is None or message["line"] == str(place.line))
        and (place.column is None or message["column"] == str(place.column))
        and all(word in message[0].replace("\u00a0", " ") for word in expected.words)
    )


def messages(output: str) -> list[re.Match[str]]:
    """The messages of a run, which ends with their number."""
    *lines, last = output.rstrip("\n").split("\n")
    # Below each stands where the guide explains it.
    assert all(line.startswith("    ") and "Đọc thêm: book/dong-gop/" in line for line in lines[1::2]), output
    found = [MESSAGE.fullmatch(line) for line in lines[::2]]
    assert all(found), output
    assert last.startswith(f"Có {len(found)} lỗi.")
    for message in found:
        assert VIETNAMESE.search(message["wrong"]) and VIETNAMESE.search(message["remedy"]), message[0]
    return found


@pytest.mark.parametrize("plant", [*MISTAKES, *ALONE], ids=lambda plant: plant.__name__)
def test_a_mistake_is_told_once_with_its_place_and_what_to_write(plant, project, monkeypatch):
    expected = plant(project)
    monkeypatch.chdir(project.root)
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.stdout == ""
    found = messages(result.stderr)
    assert len(found) == 1 and fits(found[0], expected), f"{result.stderr}\nexpected: {expected}"


def test_mistakes_planted_together_are_all_told_in_one_run(project):
    expected = {plant.__name__: plant(project) for plant in MISTAKES}
    done = sdgbook(project.root, "check")
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    found = messages(done.stderr)
    untold = [name for name, told in expected.items() if not any(fits(message, told) for message in found)]
    noise = [message[0] for message in found if not any(fits(message, told) for told in expected.values())]
    assert (untold, noise) == ([], [])


def test_the_format_command_mends_all_that_the_check_sends_to_it(project):
    for plant in (a_byte_order_mark, windows_line_ends, marks_apart_from_their_letters, rows_out_of_order):
        assert "make format" in plant(project).words
    assert sdgbook(project.root, "format").returncode == 0
    done = sdgbook(project.root, "check")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_sound_project_is_said_to_be_sound(project):
    done = sdgbook(project.root, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert VIETNAMESE.search(done.stdout)


def test_outside_a_project_the_command_says_where_to_go(tmp_path):
    done = sdgbook(tmp_path, "check")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert len(messages(done.stderr)) == 1


# Damage that nobody foresaw

FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*.csv"))


# A place in the file, how many bytes are lost there, and what comes instead: bytes, or a piece of the file again.
wounds = st.tuples(
    st.floats(0, 1),
    st.sampled_from([0, 1, 1, 1, 2, 30, 500]),
    st.sampled_from([b"", b"", b",", b'"', b"\n", b";", b"\0", b"9", 80]) | st.binary(min_size=1, max_size=2),
)


def harmed(content: bytes, harm: list) -> bytes:
    for place, lost, put in harm:
        at = int(place * len(content))
        put = content[at : at + put] if isinstance(put, int) else put
        content = content[:at] + put + content[at + lost :]
    return content


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    return Project.copy(tmp_path_factory.mktemp("hỏng"))


# Not shrunk when they fail: each try checks the whole project.
tries = settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


def check_with(project: Project, file: str, content: bytes) -> None:
    sound = (project.root / file).read_bytes()
    (project.root / file).write_bytes(content)
    try:
        problems = check(project.root)
    finally:
        (project.root / file).write_bytes(sound)
    assert all(isinstance(problem, Problem) and VIETNAMESE.search(str(problem)) for problem in problems)


@tries
@given(file=st.sampled_from(FILES), harm=st.lists(wounds, min_size=1, max_size=3))
def test_no_damage_to_a_data_file_makes_the_check_fall_over(damaged, file, harm):
    check_with(damaged, file, harmed((ROOT / file).read_bytes(), harm))


NONSENSE = [
    "",
    "Zzz zzz",
    "-1",
    "0",
    "9" * 30,
    "1e99",
    "2021-02-30",
    "1; 1",
    "=1+1",
    "{fact}`",
    "( a",
    "I.99",
    "\u200b",
]


@tries
@given(file=st.sampled_from(FILES), column=st.integers(0, 12), row=st.integers(0, 4), value=st.sampled_from(NONSENSE))
def test_no_nonsense_in_a_cell_makes_the_check_fall_over(damaged, file, column, row, value):
    table = list(csv.reader(io.StringIO((ROOT / file).read_text(encoding="utf-8"), newline="")))
    table[min(row + 1, len(table) - 1)][column % len(table[0])] = value
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    check_with(damaged, file, out.getvalue().encode())


@pytest.mark.parametrize("harm", [b"\0", b'"', b"\xff\xfe", b"", b"\n\n\n", b"a,b\n1"])
def test_no_damaged_file_gives_a_traceback_on_the_command_line(project, harm):
    path = project.root / project.file("observations")
    path.write_bytes(path.read_bytes()[:900] + harm if harm not in (b"", b"\n\n\n", b"a,b\n1") else harm)
    done = sdgbook(project.root, "check")
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    assert messages(done.stderr)
