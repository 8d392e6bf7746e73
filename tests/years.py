"""Editions of later years, invented from the real book, for tests and measurements that need more than one report.

`make_years(folder)` writes a whole project: the real edition of 2021 and four invented ones (2022, 2023, 2025, 2026;
none of 2024), their resources in `datapackage.json`, an outline page for each and some chapters that tell the newest.
`make_large(folder)` writes one of many targets, areas and editions. Both write the same bytes each time.

Nothing of this is ever in `data/` or on the published site. All that is built from it says so: `MARK` stands in the
title of the window, below the heading of each page, and as `issuer` and in `source_title` of each edition.

What the invented editions hold (by the names that tests may rely on):

- Figures. Most indicators of 2021 go on (`FLOWS`, `STATES`); some are dropped (`-`), some begin (`INDICATORS`), some
  leave out a year. The report of 2025 gives a few figures of 2024 (`MORE`).
- Revisions (`MORE`). 2022 makes the poverty rate of 2021 final with another value and confirms `poor-households-fall`
  (P → A, same value); the forecasts of 2021 (`enrolment`, `trained-workers-rate`, `vocationally-trained-workers-rate`)
  get results; estimates of one year are replaced the next. `enrolment@2023` stays a forecast for ever.
- Breaks (`BREAKS`): the poverty standard (2022), what `job-placements` counts (2023), the survey of incomes (2026).
- Districts. `poverty-rate` and `regular-allowance-people` by district; 042 does not report the rate of 2023. Districts
  048 and 049 become 990 in 2025; the commune 01366 is called anew, with code 99901, in 2023.
- Objectives (`OBJECTIVES`), each made for one class or one reason for none, which its last column names.
- Commitments in each edition; `FOLLOWUPS` says what later reports tell of them. The others are never told of again.
- One correction (`hunger-relief-households@2023`), a doubt in each edition, definitions put in other words
  (`DEFINITIONS`), sections that go and come.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from books import ORDER, commit, make_book
from helpers import YEAR, vietnamese

from sdgbook.data.layout import write_canonical
from sdgbook.data.package import DESCRIPTOR, read_descriptor

YEARS = (2021, 2022, 2023, 2025, 2026)
FIRST = int(YEAR)
MARK = "Số liệu bịa để thử"
BANNER = (
    f"**{MARK}.** Trang này chỉ để thử máy. Con số và câu chữ về những năm sau là bịa ra, không có trong báo cáo nào."
)
PROVINCE = "04"

# Counts over the year of the report: a letter after a number is its status, `-` that the report does not give it.
FLOWS = """
                                           2022        2023        2025        2026
child-protection-meeting-communes          9           -           -           -
child-protection-meeting-participants      260         240         310         300
child-protection-officers-trained          44          38          52          50
disability-policy-classes                  2           1           2           2
disability-policy-participants             180         95          170         165
districts                                  10          10          9           9
electricity-support-households             29100       27400       24800       23100
electronic-payment-districts               10          10          9           9
enrolment                                  5600F       5800F       6000F       6150F
enrolment-plan-completion[level-elementary] 88.2       91.5        97.3        101.4
enrolment-plan-completion[level-intermediate] 121.7    104.1       99.0        108.6
enrolment-to-date                          4482        4737        5002        5215
enrolment-to-date[level-college]           72          85          96          110
enrolment-to-date[level-elementary]        3720        3910        4105        4260
enrolment-to-date[level-intermediate]      690         742         801         845
gender-equality-outreach-participants      640         520         700         710
health-insurance-cards                     352000      341000      330500      326000
hunger-relief-households                   19870       12340       9415        8120
hunger-relief-rice                         1236.45     770.20      588.30      507.15
job-placements                             640E        410E        455E        480E
jobs-national-fund                         1620E       1710E       1890E       1975E
labour-law-conference-participants         160         -           -           -
labour-law-conferences                     2           -           -           -
labour-relations-conference-participants   55          -           -           -
labour-relations-conferences               1           -           -           -
legal-aid-cases                            742         690         801         815
legal-aid-lawsuits                         300         -           -           -
longevity-cards                            28          -           35          33
mining-trainees                            150         -           -           -
overseas-workers                           64E         118E        240E        305E
policy-loans                               9012        9330        9875        10120
poor-households-fall                       3460P       3715P       2990P       2340P
poverty-rate-fall                          2.7P        2.9P        2.3P        1.8P
poverty-review-classes                     60          -           -           -
poverty-review-classes[class-local]        59          -           -           -
poverty-review-classes[class-trainers]     1           -           -           -
poverty-review-participants                2810        2650        2540        2495
social-protection-classes                  1           2           2           2
social-protection-participants             52          101         98          104
trained-workers-rate-rise                  1.3         1.4         1.1         0.9
unemployment-benefit-amount                31200000000 32500000000 34800000000 33900000000
unemployment-benefit-recoveries            8           12          9           7
unemployment-benefit-stops                 58          63          70          72
unemployment-benefit-workers               2080        2140        2230        2185
women-advancement-committee-members        22          24          24          24
women-candidates-trained                   -           -           -           301
child-abuse-cases                          12          9           7           5
child-labour-rate                          -           -           -           3.4
contract-workers-rate                      -           -           39.0        40.5
domestic-violence-cases                    60          58          55          54
extreme-poverty-rate                       1.9         1.4         0.9         0.7
grdp-per-capita                            -           -           -           2100F
health-insurance-coverage                  97.2        97.9        98.8        99.2
income-per-capita                          28000000    30500000    36200000    33100000
near-poverty-rate                          12.4        12.0        11.1        10.6
social-insurance-rate                      18.0        18.1        18.2        18.3
unemployment-rate                          2.6         2.7         2.9         3.1
"""
# States on the last day of the year of the report.
STATES = """
                                           2022        2023        2025        2026
poverty-rate                               31.80P      28.90P      24.30P      22.50P
trained-workers-rate                       47.5        48.9        51.2        52.1
vocationally-trained-workers-rate          34.9        35.8        37.6        38.3
"""
# What a report gives of other times: mostly other values for what earlier reports gave.
MORE = {
    2022: {
        "poverty-rate@2021-12-31": "17.96",
        "poverty-rate-fall@2021": "4.1",
        "poor-households-fall@2021": "5196",
        "poverty-rate@2022-01-01": "34.50",
        "enrolment@2021": "5312",
        "trained-workers-rate@2021-12-31": "46.2",
        "trained-workers-rate-rise@2021": "1.2",
        "vocationally-trained-workers-rate@2021-12-31": "34.1",
        "job-placements@2021": "612",
        "jobs-national-fund@2021": "1550",
        "overseas-workers@2021": "27",
    },
    2023: {
        "poverty-rate@2022-12-31": "31.80",
        "poverty-rate-fall@2022": "2.7",
        "poor-households-fall@2022": "3418",
        "enrolment@2022": "5588",
        "jobs-national-fund@2022": "1634",
        "overseas-workers@2022": "64",
    },
    2025: {
        "poverty-rate@2023-12-31": "29.00",
        "poverty-rate-fall@2023": "2.8",
        "poor-households-fall@2023": "3620",
        "poverty-rate@2024-12-31": "26.60",
        "trained-workers-rate@2024-12-31": "50.1",
        "enrolment@2024": "5905",
        "jobs-national-fund@2023": "1702",
        "unemployment-rate@2024": "2.8",
    },
    2026: {
        "poverty-rate@2025-12-31": "24.30",
        "poverty-rate-fall@2025": "2.3",
        "poor-households-fall@2025": "2990",
        "enrolment@2025": "6024",
        "jobs-national-fund@2025": "1874",
        "overseas-workers@2025": "251",
    },
}
# New indicators, all of results: targets, where told, unit, wanted direction, decimals, name in both languages.
INDICATORS = {
    "child-abuse-cases": ("15.2.a", "I.2.10 ¶2", "case", "lower", 0, "Vụ xâm hại trẻ em", "Child abuse cases"),
    "child-labour-rate": ("8.7", "I.2.7 kết quả", "percent", "lower", 1, "Tỷ lệ trẻ em lao động", "Child labour rate"),
    "contract-workers-rate": (
        *("8.8", "I.2.7 kết quả", "percent", "higher", 1),
        *("Tỷ lệ lao động có hợp đồng", "Share of workers with a contract"),
    ),
    "domestic-violence-cases": (
        *("5.1", "I.2.6 ¶1", "case", "lower", 0),
        *("Vụ bạo lực gia đình", "Domestic violence cases"),
    ),
    "extreme-poverty-rate": (
        *("1.1", "I.2.1 kết quả", "percent", "lower", 1),
        *("Tỷ lệ hộ nghèo cùng cực", "Share of households in extreme poverty"),
    ),
    "health-insurance-coverage": (
        *("1.2", "I.2.2.a ¶3", "percent", "higher", 1),
        *("Tỷ lệ người có bảo hiểm y tế", "Share of people with health insurance"),
    ),
    "income-per-capita": (
        *("10.1", "I.2.8 ¶1", "vnd-per-person", "higher", 0),
        *("Thu nhập bình quân một người", "Income per person"),
    ),
    "near-poverty-rate": (
        *("1.1", "I.2.1 kết quả", "percent", "lower", 1),
        *("Tỷ lệ hộ cận nghèo", "Share of near-poor households"),
    ),
    "social-insurance-rate": (
        *("1.2", "I.2.2.a ¶3", "percent", "higher", 1),
        *("Tỷ lệ lao động có bảo hiểm xã hội", "Share of workers with social insurance"),
    ),
    "unemployment-rate": ("8.5", "I.2.7 kết quả", "percent", "lower", 1, "Tỷ lệ thất nghiệp", "Unemployment rate"),
}
# Definitions in other words, by the year of the report that first uses them.
DEFINITIONS = {
    2022: {"poverty-rate": "Tỷ lệ hộ nghèo của toàn tỉnh vào đầu năm hoặc cuối năm, theo chuẩn nghèo của năm ấy."},
    2023: {"job-placements": "Số lao động đã vào làm sau khi Trung tâm Dịch vụ việc làm giới thiệu hay cung ứng."},
}
# Objectives of later reports: indicator, targets, rule, value, base, due, first report, title; at the end the class
# that the figures up to 2026 are made for, by the method of Statistics Canada, or why there is none.
OBJECTIVES = {
    "poverty-halving": (
        *("poverty-rate", "1.1", "reduce_by_percent", "50", "2022-01-01", "2030", 2022),
        *("Giảm tỷ lệ nghèo đa chiều", "on track"),
    ),
    "more-trained-workers": (
        *("trained-workers-rate", "4.3", "at_least", "50", "2021-12-31", "2030", 2022),
        *("Thêm lao động qua đào tạo", "met"),
    ),
    "more-vocational-skills": (
        *("vocationally-trained-workers-rate", "4.3", "at_least", "45", "2021-12-31", "2030", 2022),
        *("Thêm lao động qua đào tạo nghề", "acceleration needed"),
    ),
    "wider-social-insurance": (
        *("social-insurance-rate", "1.2", "at_least", "30", "2022", "2030", 2022),
        *("Thêm lao động có bảo hiểm xã hội", "limited"),
    ),
    "less-unemployment": (
        *("unemployment-rate", "8.5", "at_most", "2.0", "2022", "2030", 2022),
        *("Bớt thất nghiệp", "deterioration"),
    ),
    "health-insurance-for-all": (
        *("health-insurance-coverage", "1.2", "at_least", "100", "2022", "2030", 2022),
        *("Ai cũng có bảo hiểm y tế", "on track, within one per cent of all"),
    ),
    "no-extreme-poverty": (
        *("extreme-poverty-rate", "1.1", "at_most", "0", "2022", "2030", 2022),
        *("Không còn hộ nghèo cùng cực", "an objective of zero, within one per cent of it"),
    ),
    "no-child-abuse": (
        *("child-abuse-cases", "15.2.a", "at_most", "0", "2022", "2030", 2022),
        *("Không còn vụ xâm hại trẻ em", "an objective of zero"),
    ),
    "less-domestic-violence": (
        *("domestic-violence-cases", "5.1", "reduce_by_percent", "50", "", "2030", 2022),
        *("Giảm bạo lực gia đình", "base not stated"),
    ),
    "higher-incomes": (
        *("income-per-capita", "10.1", "at_least", "60000000", "2022", "2030", 2022),
        *("Nâng thu nhập bình quân", "series broken"),
    ),
    "grdp-per-capita": (
        *("grdp-per-capita", "1.1", "at_least", "3000", "2026", "2030", 2022),
        *("Nâng GRDP bình quân đầu người", "forecast only"),
    ),
    "more-contracts": (
        *("contract-workers-rate", "8.8", "at_least", "60", "2026", "2030", 2025),
        *("Thêm lao động có hợp đồng", "base is the latest year"),
    ),
    "no-child-labour": (
        *("child-labour-rate", "8.7", "at_most", "1", "2026", "2030", 2026),
        *("Bớt trẻ em lao động", "one year only"),
    ),
}
# Breaks told by a report: indicator, first period of the new series, kind, where told, why.
BREAKS = {
    2022: [
        ("poverty-rate", "2022-01-01", "standard", "I.2.1 kết quả"),
        ("poverty-rate-fall", "2022", "standard", "I.2.1 kết quả"),
        ("poor-households-fall", "2022", "standard", "I.2.1 kết quả"),
    ],
    2023: [("job-placements", "2023", "definition", "I.2.7 kết quả")],
    2026: [("income-per-capita", "2026", "method", "I.2.8 ¶1")],
}
REASONS = {
    "standard": (
        "Từ năm 2022 dùng chuẩn nghèo đa chiều mới, cao hơn chuẩn trước, nên thêm hộ được xếp là nghèo.",
        "From 2022 a new, higher multidimensional poverty standard is used, so that more households count as poor.",
    ),
    "definition": (
        "Từ năm 2023 chỉ đếm người đã vào làm; trước đó đếm mọi người được giới thiệu.",
        "From 2023 only people who took up a job are counted; before, all who were referred.",
    ),
    "method": (
        "Từ năm 2026 cuộc khảo sát hỏi nhiều xã hơn và đổi cách chọn hộ.",
        "From 2026 the survey covers more communes and chooses households otherwise.",
    ),
}
# How many times as poor as the province a district is, and how many people get an allowance there in the first year.
DISTRICTS = {
    **{"040": ("0.20", 1510), "042": ("1.70", 2010), "043": ("1.65", 1980), "045": ("1.25", 2210)},
    **{"047": ("0.90", 1860), "048": ("1.15", 1120), "049": ("0.85", 1740), "051": ("0.70", 1830)},
    **{"052": ("1.10", 1570), "053": ("1.05", 1390), "990": ("0.95", 2860)},
}
MERGED, SUCCESSOR, MERGED_IN = ("048", "049"), "990", 2025
RENAMED, NEW_NAME, RENAMED_IN = "01366", "99901", 2023
SILENT = ("poverty-rate", 2023, "042")
# What is promised each year, in this order: targets, words. A report makes as many tasks as `TASKS` says.
PROMISES = (
    ("8.5; 8.6; 8.7; 8.8", "Mở thêm phiên giao dịch việc làm ở các huyện.", "Hold more job fairs in the districts."),
    ("1.2", "Vận động thêm người tham gia bảo hiểm xã hội.", "Win more people for social insurance."),
    ("4.3; 4.4", "Mở thêm lớp nghề gắn với doanh nghiệp.", "Open more vocational classes with companies."),
    ("5.1; 15.2.a", "Lập đường dây giúp phụ nữ, trẻ em bị bạo lực.", "Set up a help line for women and children."),
    ("1.1", "Rà soát lại hộ nghèo theo chuẩn mới.", "Review poor households by the new standard."),
)
TASKS = {2022: 5, 2023: 4, 2025: 4, 2026: 3}
REQUEST = ("4.3", "Cấp kinh phí sửa nhà xưởng dạy nghề.", "Provide funds to repair training workshops.")
# What a report tells of earlier promises: year and code of each, status, evidence.
FOLLOWUPS = {
    2022: {
        (2021, "task-1"): "done",
        (2021, "task-2"): "under_way",
        (2021, "task-3"): "done",
        (2021, "task-4"): "not_started",
        (2021, "task-6"): "dropped",
        (2021, "request-1"): "done",
    },
    2023: {(2021, "task-2"): "done", (2021, "task-4"): "under_way", (2022, "task-1"): "done"},
    2025: {(2021, "task-4"): "done", (2022, "task-3"): "under_way", (2023, "task-2"): "not_started"},
    2026: {(2022, "task-3"): "dropped", (2025, "task-1"): "done", (2025, "request-1"): "not_started"},
}
EVIDENCE = {
    "done": ("Báo cáo nói việc này đã làm xong trong năm.", "The report says that this was finished in the year."),
    "under_way": ("Báo cáo nói việc này đang làm, chưa xong.", "The report says that this is being done."),
    "not_started": ("Báo cáo nói việc này chưa làm vì thiếu kinh phí.", "The report says that funds were lacking."),
    "dropped": ("Báo cáo nói việc này thôi không làm nữa.", "The report says that this has been given up."),
}
# Doubts: about, words.
DOUBTS = {
    2022: (
        "job-placements@2022",
        "Không rõ người được giới thiệu nhiều lần được đếm mấy lần.",
        "Counted once or more?",
    ),
    2023: ("I.2.7 kết quả", "Không rõ số ước này tính đến tháng nào.", "It is unclear up to which month this counts."),
    2025: ("overseas-workers@2025", "Không rõ có gồm người gia hạn hợp đồng hay không.", "Are renewals included?"),
    2026: (
        "income-per-capita@2026",
        "Không rõ đã trừ giá cả tăng hay chưa.",
        "It is unclear whether prices are allowed for.",
    ),
}
CORRECTION = {
    **{"revision": "go-nham-cuu-doi", "about": "hunger-relief-households@2023", "revised_on": "2024-03-15"},
    **{"old_value": "12430", "new_value": "12340", "decided_by": "Người thử máy (bịa)"},
    **{"reason_vi": "Gõ đảo chữ số so với báo cáo.", "reason_en": "Digits were swapped in typing."},
}
# What a draft does not know yet.
STILL_TO_COME = ("electricity-support-households", "legal-aid-cases", "policy-loans")
# Places of the source that a report no longer has, and that it newly has after others.
GONE = {2023: ("I.1 chú thích 1", "I.2.4 ¶2", "I.2.10 chú thích 3")}
BY_DISTRICT = {"poverty-rate": "I.2.1 bảng 1", "regular-allowance-people": "I.2.2.c bảng 2"}
NEW_PLACES = {
    "I.2.1 kết quả": (
        "I.2.1 bảng 1",
        "result",
        "Tỷ lệ hộ nghèo theo huyện",
        "Poverty rate by district",
        "muc-tieu/1-1",
    ),
    "I.2.2.c": ("I.2.2.c bảng 2", "result", "Trợ cấp theo huyện", "Allowances by district", "muc-tieu/1-2"),
    "I.2.10 chú thích 3": ("I.3", "paragraph", "Việc năm trước đã hứa", "What was promised the year before", "cam-ket"),
}

HEAD = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
"""
OUTLINE = """edition: {year}
description: Đề cương của báo cáo bịa năm {year}, từng đoạn một.
---

# Đề cương báo cáo năm {year} (bịa)

Trang này kê từng phần của báo cáo bịa năm {year}.

```{{code-cell}}
from sdgbook import edition
bao_cao = edition({year})
```

## Từng phần

```{{code-cell}}
bao_cao.outline()
```
"""
HOME = """edition: {year}
description: Báo cáo bịa năm {year}, để thử máy.
---

# Năm {year} (bịa)

Cuối năm {year}, tỷ lệ hộ nghèo là {{fact}}`poverty-rate@{year}-12-31/04`.

```{{code-cell}}
from sdgbook import edition
bao_cao = edition({year})
```

```{{code-cell}}
bao_cao.headlines()
```

## Bức tranh chung

```{{code-cell}}
bao_cao.goals()
```

## Từng mục tiêu

```{{code-cell}}
bao_cao.targets()
```

## Có gì mới

```{{code-cell}}
bao_cao.news()
```

## Có gì ở đây

Mọi trang có ở [trang tra cứu](muc-luc.md).
"""
# Chapters that tell the newest report: targets, heading, first words, series drawn, further lists.
CHAPTERS = {
    "1-1": (
        *(["1.1"], "Giảm nghèo mọi hình thức"),
        "Cuối năm {year}, tỷ lệ hộ nghèo là {{fact}}`poverty-rate@{year}-12-31/04`. Đầu năm 2022, theo cùng chuẩn, là"
        " {{fact}}`poverty-rate@2022-01-01/04`. Cuối năm 2021, theo chuẩn cũ, là {{fact}}`poverty-rate@2021-12-31`.",
        *(["poverty-rate", "extreme-poverty-rate", "poor-households-fall"], ["challenges"]),
    ),
    "4-3": (
        *(["4.3"], "Công bằng trong học nghề và học đại học"),
        "Cuối năm {year}, tỷ lệ lao động qua đào tạo là {{fact}}`trained-workers-rate@{year}-12-31`. Năm 2021 tuyển"
        " {{fact}}`enrolment@2021`; năm {year} là {{fact}}`enrolment@{year}`.",
        *(["trained-workers-rate", "enrolment"], ["challenges", "commitments"]),
    ),
    "8-5-8-8": (
        *(["8.5", "8.6", "8.7", "8.8"], "Việc làm đầy đủ, việc làm tốt cho mọi người"),
        "Năm {year}, Quỹ quốc gia về việc làm giúp {{fact}}`jobs-national-fund@{year}`; tỷ lệ thất nghiệp là"
        " {{fact}}`unemployment-rate@{year}`.",
        *(["jobs-national-fund", "job-placements", "unemployment-rate"], ["challenges", "commitments"]),
    ),
    "10-1-10-3": (
        *(["10.1", "10.3"], "Bớt bất bình đẳng, thêm tiếng nói ở cơ sở"),
        "Năm {year}, thu nhập bình quân là {{fact}}`income-per-capita@{year}`.",
        *(["income-per-capita"], []),
    ),
}
CHAPTER = """targets: {targets}
edition: {year}
description: {heading}, theo báo cáo bịa năm {year}.
---

# {heading}

{words}

```{{code-cell}}
from sdgbook import chapter
muc_tieu = chapter("{name}", {year})
```

## Mục tiêu đặt ra

```{{code-cell}}
muc_tieu.objectives()
```

## Kết quả qua các năm

{charts}## Việc và nguồn

```{{code-cell}}
muc_tieu.measures()
```

{lists}
## Mọi số liệu của trang này

```{{code-cell}}
muc_tieu.table()
```

```{{code-cell}}
muc_tieu.sources()
```
"""

# How many more targets than chapters a book of all real chapters has.
SHARING = 4

Rows = list[dict[str, str]]
NAME = re.compile(r"([a-z0-9-]+)(?:\[([\w-]+)\])?(?:@([\d-]+))?")


def make_years(
    folder: Path, years: Sequence[int] = YEARS, *, draft: bool = False, code: bool = False, git: bool = False
) -> Path:
    """Write a project with the editions `years` (the first few of `YEARS`) into `folder`; returns it.

    `draft` makes the newest a draft with some figures still to come (status O). `code` copies the code too. `git`
    commits everything, one commit for each edition and in their order, by a fixed author on fixed days.
    """
    if not years or tuple(years) != YEARS[: len(years)]:
        raise ValueError(f"The editions are the first few of {YEARS}, not {tuple(years)}.")
    for count in range(1 if git else len(years), len(years) + 1):
        make_book(folder, len(ORDER), code=code)
        _Years(folder, years[:count], draft=draft and count == len(years)).write()
        if git:
            commit(folder, f"{years[count - 1] + 1}-02-20T12:00:00+07:00", f"Ấn bản {years[count - 1]} (bịa)")
    return folder


def make_large(folder: Path, editions: int = 10, targets: int = 115, areas: int = 20) -> Path:
    """Write a project of `targets` targets into `folder`; returns it. Its `editions`, from 2021 on, each give what the
    first gives, for their own year, and for each target the result `ket-qua-…` in `areas` areas: the province, its
    districts and invented ones. Each target has an objective for its result, due in 2030.
    """
    make_book(folder, targets - SHARING, small=True)
    _Large(folder, range(FIRST, FIRST + editions), areas).write()
    return folder


def read_rows(path: Path) -> Rows:
    """Rows of a CSV file, all cells as text."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


class _Project:
    """Tables and description of a project folder; later editions have the columns of the first."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.descriptor = read_descriptor(folder)
        self.first = {
            name: (resource, read_rows(folder / "data" / resource["path"]))
            for resource in self.descriptor["resources"]
            for name in [resource["name"].removesuffix(f"-{FIRST}")]
        }

    def rows(self, table: str) -> Rows:
        """Rows of a reference table, or of the first edition."""
        return self.first[table][1]

    def forget_reform(self) -> None:
        """In the invented years the areas of 2021 go on: nothing is known of what really became of them."""
        areas = [{**row, "valid_to": ""} for row in self.rows("areas") if not row["valid_from"]]
        self.rows("areas")[:], self.rows("areas_changes")[:] = areas, []

    def add_edition(self, year: int, tables: dict[str, Rows]) -> None:
        """Describe an edition as the first is described, and write its tables; those not given are empty."""
        for name, (resource, _) in self.first.items():
            if resource["name"] == name:
                continue
            resource = _of_year(resource, year)
            self.descriptor["resources"].append(resource)
            self.write_rows(resource, tables.get(name, []))

    def write_rows(self, resource: dict[str, Any], rows: Rows) -> None:
        """Write a table; cells that a row does not have are empty."""
        path = self.folder / "data" / resource["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = [field["name"] for field in resource["schema"]["fields"]]
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            out.writeheader()
            out.writerows(rows)

    def write_described(self) -> None:
        """Write the description, and all tables in their canonical layout; say everywhere that this is invented."""
        self.descriptor["title"] = f"{MARK}: {self.descriptor['title']}"
        self.descriptor["name"] = f"bia-{self.descriptor['name']}"
        text = json.dumps(self.descriptor, ensure_ascii=False, indent=2)
        (self.folder / DESCRIPTOR).write_text(f"{text}\n", encoding="utf-8")
        write_canonical(self.folder)
        config = self.folder / "_config.yml"
        text = re.sub(r"(?m)^( *(?:html_)?title: )", rf"\1{MARK} · ", config.read_text(encoding="utf-8"))
        config.write_text(text, encoding="utf-8")
        for path in (self.folder / "book").rglob("*.md"):
            text = path.read_text(encoding="utf-8")
            path.write_text(re.sub(r"(?m)^# .*\n", lambda m: f"{m[0]}\n{BANNER}\n", text, count=1), encoding="utf-8")


def _cell(call: str) -> str:
    return f"```{{code-cell}}\nmuc_tieu.{call}\n```\n\n"


def _table(text: str) -> dict[str, dict[int, str]]:
    """Values by name and year."""
    head, *lines = (line.split() for line in text.strip().splitlines())
    return {
        name: {int(year): value for year, value in zip(head, values, strict=True) if value != "-"}
        for name, *values in lines
    }


def _before(year: int) -> str:
    """What the poverty rate at the end of a year is compared to: by the same standard."""
    return "2022-01-01" if year == 2022 else f"{year - 1}-12-31"


def _of_year(node: Any, year: int) -> Any:
    """What is said of the first edition's tables, of those of another year."""
    if isinstance(node, dict):
        return {key: _of_year(value, year) for key, value in node.items()}
    if isinstance(node, list):
        return [_of_year(value, year) for value in node]
    return re.sub(rf"(?<=-){FIRST}$|(?<=^editions/){FIRST}(?=/)", str(year), node) if isinstance(node, str) else node


def add_outlines(folder: Path, years: Sequence[int]) -> None:
    """An outline page for each later report, after that of the first."""
    toc = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))
    for part in toc["parts"]:
        files = [entry["file"] for entry in part["chapters"]]
        if "de-cuong" in files:
            n = files.index("de-cuong") + 1
            part["chapters"][n:n] = [{"file": f"de-cuong-{year}"} for year in years]
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc, allow_unicode=True, sort_keys=False), encoding="utf-8")
    for year in years:
        (folder / "book" / f"de-cuong-{year}.md").write_text(HEAD + OUTLINE.format(year=year), encoding="utf-8")


def edition_row(year: int, status: str = "published") -> dict[str, str]:
    """The row of `edition` for an invented report."""
    later = {"published_on": f"{year + 1}-02-20", "data_until": f"{year}-12-31"} if year > FIRST else {}
    return {
        "year": str(year),
        "issuer": MARK,
        "source_title": f"{MARK}: báo cáo năm {year}",
        "status": status,
        "licence": "CC-BY-4.0",
        **later,
    }


class _Years(_Project):
    """The project with the editions of `years`."""

    def __init__(self, folder: Path, years: Sequence[int], *, draft: bool):
        super().__init__(folder)
        self.years, self.newest, self.draft = years, years[-1], draft
        self.flows, self.states = _table(FLOWS), _table(STATES)
        self.locators = {row["indicator"]: row["source_locator"] for row in self.rows("observations")}
        self.locators |= {slug: about[1] for slug, about in INDICATORS.items()} | {"grdp-per-capita": "I.2.1 kết quả"}

    def write(self) -> None:
        """Put everything in place."""
        if len(self.years) > 1:
            self.rows("indicators").extend(self._indicators())
        for year in self.years:
            for row in self.rows("indicators"):
                row["definition_vi"] = DEFINITIONS.get(year, {}).get(row["indicator"], row["definition_vi"])
        self._change_areas()
        for table in ("indicators", "areas", "areas_changes"):
            self.write_rows(*self.first[table])
        self.write_rows(self.first["edition"][0], [edition_row(FIRST)])
        for year in self.years[1:]:
            self.add_edition(year, self._edition(year))
        self._write_pages()
        self.write_described()

    # Reference tables

    def _indicators(self) -> Iterator[dict[str, str]]:
        """New indicators that any of the editions has a figure for."""
        for slug, (targets, _, unit, better, decimals, name_vi, name_en) in INDICATORS.items():
            if min(self.flows[slug]) <= self.newest:
                yield {
                    **{"indicator": slug, "targets": targets, "name_vi": name_vi, "name_en": name_en, "unit": unit},
                    **{"kind": "outcome", "better": better, "decimals": str(decimals)},
                    **{"definition_vi": f"Bịa để thử: {name_vi[:1].lower()}{name_vi[1:]}."},
                    **{"definition_en": f"Invented for tests: {name_en.lower()}."},
                }

    def _change_areas(self) -> None:
        self.forget_reform()
        areas = {row["area"]: row for row in self.rows("areas")}
        if self.newest >= RENAMED_IN:
            areas[RENAMED]["valid_to"] = f"{RENAMED_IN - 1}-12-31"
            new = {"area": NEW_NAME, "name_vi": "Xã Yên (bịa)", "valid_from": f"{RENAMED_IN}-01-01"}
            self.rows("areas").append({**areas[RENAMED], **new, "valid_to": ""})
            self._change("renamed", (RENAMED,), NEW_NAME, RENAMED_IN)
        if self.newest >= MERGED_IN:
            for row in areas.values():
                # With their communes, of which no more is told.
                if row["area"] in MERGED or row["parent"] in MERGED:
                    row["valid_to"] = f"{MERGED_IN - 1}-12-31"
            new = {"area": SUCCESSOR, "name_vi": "Huyện Hạ Quảng (bịa)", "valid_from": f"{MERGED_IN}-01-01"}
            self.rows("areas").append({**areas[MERGED[1]], **new, "valid_to": ""})
            self._change("merged", MERGED, SUCCESSOR, MERGED_IN)

    def _change(self, kind: str, before: Sequence[str], after: str, year: int) -> None:
        told = {"change": f"bia-{after}", "kind": kind, "from": "; ".join(before), "to": after}
        self.rows("areas_changes").append({**told, "changed_on": f"{year}-01-01", "sources": MARK})

    def districts(self, year: int) -> list[str]:
        """Codes of the districts that there are in a year."""
        gone = MERGED if year >= MERGED_IN else (SUCCESSOR,)
        return [area for area in DISTRICTS if area not in gone]

    # An edition

    def _edition(self, year: int) -> dict[str, Rows]:
        """The tables of a later report."""
        places = list(self._sections(year))
        known = {row["locator"] for row in places}
        draft = self.draft and year == self.newest
        tasks = TASKS[year]
        promised = [
            *((f"task-{n}", "task", n, "", *PROMISES[n - 1], f"III.{n}") for n in range(1, tasks + 1)),
            ("request-1", "request", 1, "Trung ương", *REQUEST, "IV.1"),
        ]
        keys = ("commitment", "kind", "number", "addressed_to", "targets", "title_vi", "title_en", "source_locator")
        return {
            "edition": [edition_row(year, "draft" if draft else "published")],
            "sections": places,
            "observations": list(self._observations(year, draft)),
            "headlines": self._headlines(year),
            "objectives": list(self._objectives(year)),
            "commitments": [{key: str(cell) for key, cell in zip(keys, row, strict=True)} for row in promised],
            "challenges": [row for row in self.rows("challenges") if row["challenge"] != "pandemic-jobs-income"],
            "measures": [
                row
                for row in self.rows("measures")
                if not (row["documents"] or row["areas"] or re.search(r"\d", row["title_vi"]))
                and row["source_locator"] in known
            ],
            "places": list(self._places(year)),
            "identities": list(self._identities(year)),
            "derived": list(self._derived(year)),
            "doubts": [self._doubt(year)],
            "breaks": [
                {
                    **{"indicator": indicator, "period": period, "kind": kind, "source_locator": locator},
                    **dict(zip(("reason_vi", "reason_en"), REASONS[kind], strict=True)),
                }
                for indicator, period, kind, locator in BREAKS.get(year, ())
            ],
            "followups": [
                {
                    **{"edition": str(promised_in), "commitment": promise, "status": status, "source_locator": "I.3"},
                    **dict(zip(("note_vi", "note_en"), EVIDENCE[status], strict=True)),
                }
                for (promised_in, promise), status in FOLLOWUPS[year].items()
            ],
            "revisions": [CORRECTION] if year == 2023 else [],
        }

    def _sections(self, year: int) -> Iterator[dict[str, str]]:
        """Places of the source as in the first report, but for what goes and comes."""
        gone = {place for since, places in GONE.items() if year >= since for place in places}
        gone |= {f"III.{n}" for n in range(TASKS[year] + 1, 9)} | {"IV.2"}
        told = {f"III.{n}": words for n, (_, *words) in enumerate(PROMISES, 1)}
        for row in self.rows("sections"):
            locator = row["locator"]
            words = told.get(locator, [row["title_vi"], row["title_en"]])
            if locator == "ký":
                words = ["Người ký (bịa)", "Signed by nobody (invented)"]
            if locator not in gone:
                words = [text.rstrip(".").replace(str(FIRST + 1), str(year + 1)) for text in words]
                yield {**row, "title_vi": words[0], "title_en": words[1]}
            if locator in NEW_PLACES:
                yield dict(zip(row, NEW_PLACES[locator], strict=True))

    def _observations(self, year: int, draft: bool) -> Iterator[dict[str, str]]:
        own = [(f"{name}@{year}", values[year]) for name, values in self.flows.items() if year in values]
        own += [(f"{name}@{year}-12-31", values[year]) for name, values in self.states.items() if year in values]
        for name, value in [*own, *MORE[year].items()]:
            indicator, breakdown, period = NAME.fullmatch(name).groups()
            number, status = re.fullmatch(r"([\d.]+)([PEF]?)", value).groups()
            missing = draft and indicator in STILL_TO_COME and period == str(year)
            yield self._observation(
                indicator, breakdown or "_T", period, PROVINCE, "" if missing else number, "O" if missing else status
            )
        total = 0
        for area in self.districts(year):
            times, people = DISTRICTS[area]
            people += people * (year - FIRST) * 2 // 100
            total += people
            yield self._observation("regular-allowance-people", "_T", str(year), area, str(people))
            rate = Decimal(re.sub("[PEF]", "", self.states["poverty-rate"][year])) * Decimal(times)
            if ("poverty-rate", year, area) != SILENT:
                yield self._observation("poverty-rate", "_T", f"{year}-12-31", area, f"{rate:.2f}", "P")
        yield self._observation("regular-allowance-people", "_T", str(year), PROVINCE, str(total))

    def _observation(
        self, indicator: str, breakdown: str, period: str, area: str, value: str, status: str = ""
    ) -> dict[str, str]:
        unit = next(row["unit"] for row in self.rows("indicators") if row["indicator"] == indicator)
        symbol = next(row["symbol_vi"] for row in self.rows("units") if row["unit"] == unit)
        space = "" if symbol == "%" else " "
        return {
            **{"indicator": indicator, "time_period": period, "ref_area": area, "breakdown": breakdown},
            **{"obs_value": value, "obs_status": status or "A", "qualifier": "exact"},
            "as_written": f"{vietnamese(value)}{space}{symbol}" if value else "chưa có",
            "source_locator": BY_DISTRICT[indicator] if area != PROVINCE else self.locators[indicator],
        }

    def _headlines(self, year: int) -> Rows:
        facts = {
            f"poverty-rate@{year}-12-31/04": f"poverty-rate@{_before(year)}/04",
            f"trained-workers-rate@{year}-12-31": "",
            f"regular-allowance-people@{year}/04": "",
            f"jobs-national-fund@{year}": "",
        }
        rows = enumerate(facts.items(), 1)
        return [{"position": str(n), "fact": fact, "compare_to": other} for n, (fact, other) in rows]

    def _objectives(self, year: int) -> Iterator[dict[str, str]]:
        yield from (row for row in self.rows("objectives") if row["objective"] not in OBJECTIVES)
        for slug, (indicator, targets, rule, value, base, due, since, title, _) in OBJECTIVES.items():
            if since <= year:
                yield {
                    **{"objective": slug, "targets": targets, "indicator": indicator, "breakdown": "_T"},
                    **{"ref_area": PROVINCE, "rule": rule, "value": value, "baseline_period": base, "due": due},
                    **{"title_vi": f"{title} (bịa)", "title_en": f"Invented: {slug.replace('-', ' ')}"},
                    "source_locator": self.locators[indicator],
                }

    def _places(self, year: int) -> Iterator[dict[str, str]]:
        rows = self.rows("places")
        paid = next(row for row in rows if row["what"] == "electronic-payment")
        yield from ({**paid, "area": area} for area in self.districts(year))
        renamed = {RENAMED: NEW_NAME} if year >= RENAMED_IN else {}
        for row in rows:
            if row["what"] == "meeting":
                yield {**row, "area": renamed.get(row["area"], row["area"])}

    def _identities(self, year: int) -> Iterator[dict[str, str]]:
        levels = " + ".join(f"enrolment-to-date[level-{n}]@{year}" for n in ("college", "intermediate", "elementary"))
        people = "regular-allowance-people@{}/{}"
        parts = " + ".join(people.format(year, area) for area in self.districts(year))
        told = {
            "enrolment-sum": f"{levels} = enrolment-to-date[_T]@{year}",
            "allowance-by-district": f"{parts} = {people.format(year, PROVINCE)}",
            "trained-difference": f"trained-workers-rate@{year}-12-31 - trained-workers-rate@{year - 1}-12-31"
            f" = trained-workers-rate-rise@{year}",
        }
        for name, expression in told.items():
            yield {"identity": name, "expression": expression, "tolerance": "0"}

    def _derived(self, year: int) -> Iterator[dict[str, str]]:
        """Some of the figures worked out in the first report, from those of the year."""
        told = {
            "benefit-per-worker": "unemployment-benefit-amount@{0} / unemployment-benefit-workers@{0}",
            "rice-per-household": "hunger-relief-rice@{0} / hunger-relief-households@{0}",
            "poverty-rate-relative-fall": "( poverty-rate@{1}/04 - poverty-rate@{0}-12-31/04 ) / poverty-rate@{1}/04",
        }
        for row in self.rows("derived"):
            if row["derived"] in told:
                expression = told[row["derived"]].format(year, _before(year))
                yield {**row, "expression": expression, "time_period": str(year)}

    def _doubt(self, year: int) -> dict[str, str]:
        about, note_vi, note_en = DOUBTS[year]
        return {"doubt": f"bia-{year}", "about": about, "note_vi": note_vi, "note_en": note_en}

    # Pages

    def _write_pages(self) -> None:
        """Add an outline of each later report, and tell the newest on the home page and in some chapters."""
        book, year = self.folder / "book", self.newest
        if year == FIRST:
            return
        add_outlines(self.folder, self.years[1:])
        (book / "index.md").write_text(HEAD + HOME.format(year=year), encoding="utf-8")
        for name, (targets, heading, words, drawn, lists) in CHAPTERS.items():
            # Of what begins this year there is nothing to draw yet.
            drawn = [slug for slug in drawn if year > min(self.flows.get(slug, {FIRST: ""}))]
            text = CHAPTER.format(
                **{"name": name, "targets": json.dumps(targets), "year": year, "heading": heading},
                words=words.format(year=year),
                charts="".join(_cell(f'chart("{slug}")') for slug in drawn),
                lists="".join(_cell(f"{part}()") for part in lists),
            )
            (book / "muc-tieu" / f"{name}.md").write_text(HEAD + text, encoding="utf-8")


class _Large(_Project):
    """A project with many targets and areas, in which each edition tells much the same of another year."""

    def __init__(self, folder: Path, years: Sequence[int], areas: int):
        super().__init__(folder)
        self.years = years
        known = [row["area"] for row in self.rows("areas") if row["level"] != "commune"]
        self.areas = [*known, *(f"{901 + n}" for n in range(areas - len(known)))][:areas]
        self.results = {row["target"]: f"ket-qua-{row['target'].replace('.', '-')}" for row in self.rows("targets")}
        places = {row["chapter"]: row["locator"] for row in reversed(self.rows("sections"))}
        self.places = {row["target"]: places[row["chapter"]] for row in self.rows("targets")}

    def write(self) -> None:
        """Put everything in place."""
        self.forget_reform()
        known = {row["area"] for row in self.rows("areas")}
        for n, area in enumerate(area for area in self.areas if area not in known):
            place = {"tile_row": str(4 + n // 5), "tile_column": str(n % 5)}
            name = f"Huyện Bịa {chr(ord('A') + n)}"
            self.rows("areas").append({"area": area, "level": "district", "parent": "04", "name_vi": name, **place})
        for target, slug in self.results.items():
            words = {"name_vi": f"Kết quả của mục tiêu {target}", "name_en": f"Result of target {target}"}
            defined = {"definition_vi": "Bịa để đo máy.", "definition_en": "Invented for measuring."}
            kind = {"unit": "percent", "kind": "outcome", "better": "higher", "decimals": "1"}
            self.rows("indicators").append({"indicator": slug, "targets": target, **words, **kind, **defined})
        for table in ("indicators", "areas", "areas_changes"):
            self.write_rows(*self.first[table])
        observations, objectives = self.rows("observations"), self.rows("objectives")
        aims = objectives + [self._objective(target) for target in self.results]
        for year in self.years[1:]:
            rows = [self._later(row, year) for row in observations] + list(self._results(year))
            same = {
                name: self.rows(name) for name in ("sections", "commitments", "headlines", "challenges", "measures")
            }
            told = {"edition": [edition_row(year)], "observations": rows, "objectives": aims, **same}
            self.add_edition(year, told | {"headlines": [self._headline(row, year) for row in same["headlines"]]})
        self.write_rows(self.first["edition"][0], [edition_row(FIRST)])
        self.write_rows(self.first["objectives"][0], aims)
        self.write_rows(self.first["observations"][0], observations + list(self._results(FIRST)))
        self._write_pages()
        self.write_described()

    def _results(self, year: int) -> Iterator[dict[str, str]]:
        """Results of all targets in all areas: from 20 to 70 per cent, in steps that differ."""
        for n, (target, slug) in enumerate(self.results.items()):
            for m, area in enumerate(self.areas):
                value = f"{20 + (7 * n + 11 * m) % 40 + (year - FIRST) * (1 + n % 5) / 5:.1f}"
                yield {
                    **{"indicator": slug, "time_period": str(year), "ref_area": area, "breakdown": "_T"},
                    **{"obs_value": value, "obs_status": "A", "qualifier": "exact"},
                    **{"as_written": f"{vietnamese(value)}%", "source_locator": self.places[target]},
                }

    def _objective(self, target: str) -> dict[str, str]:
        slug = self.results[target]
        return {
            **{"objective": slug, "targets": target, "indicator": slug, "breakdown": "_T", "ref_area": PROVINCE},
            **{"rule": "at_least", "value": "80", "baseline_period": str(FIRST), "due": "2030"},
            **{"title_vi": f"Đạt kết quả của mục tiêu {target}", "title_en": f"Reach the result of target {target}"},
            "source_locator": self.places[target],
        }

    def _later(self, row: dict[str, str], year: int) -> dict[str, str]:
        """What the first edition gives, of a later year."""
        day = {f"{FIRST}-12-31": f"{year}-12-31", f"{FIRST}-01-01": f"{year}-01-01"}
        return {**row, "time_period": day.get(row["time_period"], str(year)), "note_vi": "", "note_en": ""}

    def _headline(self, row: dict[str, str], year: int) -> dict[str, str]:
        name, _, period = row["fact"].partition("@")
        period = period or {"trained-workers-rate": f"{FIRST}-12-31"}.get(name, str(FIRST))
        return {**row, "fact": f"{name}@{period.replace(str(FIRST), str(year))}", "compare_to": ""}

    def _write_pages(self) -> None:
        """Each chapter draws the results of its targets and lists all figures; each later report has its outline."""
        book = self.folder / "book"
        for row in self.rows("targets"):
            path = book / f"{row['chapter']}.md"
            text = path.read_text(encoding="utf-8")
            cells = [f'muc_tieu.chart("{self.results[row["target"]]}/{PROVINCE}")']
            if ".table(" not in text:
                cells.append("muc_tieu.table()")
            text += "".join(f"\n```{{code-cell}}\n{cell}\n```\n" for cell in cells)
            path.write_text(text, encoding="utf-8")
        add_outlines(self.folder, self.years[1:])
