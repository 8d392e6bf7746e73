"""Charts are what Vega-Lite can draw."""

from __future__ import annotations

import altair as alt
from helpers import ROOT

from sdgbook.edit.check import run_cells
from sdgbook.edit.markdown import read_chapter
from sdgbook.report import context
from sdgbook.report.facts import use


def test_every_chart_of_the_book_keeps_to_the_schema_of_vega_lite(facts, monkeypatch):
    drawn = []
    block = context.Context.chart_block

    def noted(self, form, figures, spec, **words):
        drawn.append(spec)
        return block(self, form, figures, spec, **words)

    monkeypatch.setattr(context.Context, "chart_block", noted)
    with use(facts):
        chapters = [read_chapter(ROOT, path) for path in sorted((ROOT / "book").rglob("*.md"))]
        assert run_cells(ROOT, chapters, set()) == []
    assert len(drawn) > 10
    for spec in drawn:
        # Raises an error that names the part that is wrong.
        alt.Chart.from_dict(spec, validate=True)
