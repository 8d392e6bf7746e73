"""The look: colours that read in both schemes, and words that have room."""

from __future__ import annotations

import re

import pytest
from helpers import ROOT, Project
from hypothesis import given
from hypothesis import strategies as st

from sdgbook.report import lettering
from sdgbook.report.context import contrast, ink_on
from sdgbook.site import tokens

SHEET = (ROOT / tokens.SHEET).read_text(encoding="utf-8")


@given(st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}"))
def test_the_ink_chosen_for_any_colour_reads_on_it(colour):
    assert contrast(colour, ink_on(colour)) >= 4.5


def problems_of(css: str, project: Project):
    project.write(tokens.SHEET, css)
    return tokens.check_tokens(project.root)


def test_every_ink_reads_on_every_ground_it_stands_on_in_both_schemes():
    assert [str(problem) for problem in tokens.check_tokens(ROOT)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ink", sorted({ink for ink, _ in tokens.PAIRS}))
def test_an_ink_that_is_too_faint_is_told_where_it_is_set(project, ink, scheme):
    read = tokens.read_tokens(tokens.read_rules(SHEET))
    ground = read.colour(next(ground for i, ground in tokens.PAIRS if i == ink), scheme)
    value = read.place(ink, scheme).value
    faint = re.sub(rf"(--{ink}:\s*){re.escape(value)}", rf"\g<1>{ground}", SHEET)
    assert faint != SHEET
    lines = [n for n, line in enumerate(faint.split("\n"), 1) if re.search(rf"--{ink}:\s*{ground}", line)]
    found = problems_of(faint, project)
    assert found and all(f"--{ink}" in p.message and p.line in lines for p in found if "tương phản 1,0" in p.message)
    assert any("tương phản 1,0" in p.message for p in found)


DARK = ':root[data-theme="dark"] { --ink: #eeeeee; }'
SYSTEM = '@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { --ink: #eeeeee; } }'


@pytest.mark.parametrize(
    "css", [DARK, SYSTEM, DARK + SYSTEM, DARK.replace('"', "'"), SYSTEM.replace(':not([data-theme="light"])', "")]
)
def test_the_dark_scheme_is_read_however_it_is_written(css):
    read = tokens.read_tokens(tokens.read_rules(":root { --ink: #111; }\n/* :root { --ink: red } */" + css))
    assert (read.colour("ink", "light"), read.colour("ink", "dark")) == ("#111111", "#eeeeee")
    assert read.problems == []


def test_two_dark_schemes_that_differ_are_told():
    read = tokens.read_tokens(tokens.read_rules(":root { --ink: #111; }\n" + DARK + "\n" + SYSTEM.replace("e;", "0;")))
    assert [(p.line, "--ink" in p.message) for p in read.problems] == [(2, True)]


def test_a_token_that_nobody_sets_is_told_with_its_line(project):
    found = problems_of(SHEET.replace("color: var(--muted)", "color: var(--mutd)", 1), project)
    line = SHEET[: SHEET.index("color: var(--muted)")].count("\n") + 1
    assert [(p.line, "--mutd" in p.message) for p in found] == [(line, True)]


def test_words_are_measured_as_the_bundled_font_sets_them(package):
    image_font = pytest.importorskip("PIL.ImageFont")
    font = image_font.truetype(str(lettering.FONTS / "SdgbookSans-Regular.ttf"), 1000)
    names = [row["short_vi"] for row in package.table("goals").rows]
    names += [row["name_vi"] for row in package.table("areas").rows]
    for name in [*names, "1.234.567,89", "ỡ Ữ đ Đ ắ"]:
        assert abs(lettering.width(name, 1) - font.getlength(name) / 1000) <= 0.02 * len(name), name
