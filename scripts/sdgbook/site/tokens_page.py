"""The page of the design tokens, for developers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from sdgbook.data import reads
from sdgbook.report import status
from sdgbook.report.context import Context, contrast, ink_on
from sdgbook.site import tokens
from sdgbook.site.blocks import render
from sdgbook.site.history import cells_in, note_cells

# Rules whose size of letters the page of tokens shows.
SIZES = ("html", "h1", "h2", "h3", ".meta", ".status", ".kicker", "caption", ".chip", "code")


def page_data(report: Context) -> dict[str, Any]:
    """What the page of tokens shows: colours with their contrast, the goals' colours, sizes, and a few components."""
    sheet = Path(__file__).parent / "theme" / "static" / "sdgbook.css"
    reads.note_file(sheet.as_posix())
    rules = tokens.read_rules(sheet.read_text(encoding="utf-8"))
    found = tokens.read_tokens(rules)
    colours, others = [], []
    for name, declaration in found.light.items():
        if found.colour(name, "light") is None or found.colour(name, "dark") is None:
            others.append({"name": f"--{name}", "value": declaration.value})
            continue
        schemes = [
            {"word": word, "colour": found.colour(name, scheme), "ratios": _ratios(found, name, scheme)}
            for scheme, word in tokens.SCHEMES.items()
        ]
        colours.append({"name": name, "schemes": schemes})
    goals = [
        {
            "goal": row["goal"],
            "ratio": tokens.spelt(contrast(row["colour"], ink_on(row["colour"]))),
        }
        for row in report.package.table("goals").rows
    ]
    target = next(iter(report.target_rows))
    return {
        "colours": colours,
        "others": others,
        "sizes": _sizes(rules),
        "goals": goals,
        "target": report.target(target),
        "card": status.card(report, status.leading(report, [target])),
    }


def _sizes(rules: list[tokens.Rule]) -> list[dict[str, str]]:
    """Sizes of letters, one row per selector outside any media query."""
    return [
        {"name": ", ".join(rule.selectors), "value": rule.declarations["font-size"].value}
        for rule in rules
        if not rule.within and "font-size" in rule.declarations and rule.selectors[0] in SIZES
    ]


def _ratios(own: tokens.Tokens, name: str, scheme: str) -> list[dict[str, str]]:
    """Contrast of a token with each ground that it stands on."""
    ratios = []
    for ink, ground in tokens.PAIRS:
        colours = [own.colour(token, scheme) for token in (ink, ground)]
        if ink == name and None not in colours:
            ratios.append({"ground": ground, "ratio": tokens.spelt(contrast(*colours))})
    return ratios


class DesignTokens(SphinxDirective):
    """`{design-tokens}`: the tokens and components of this theme, for developers."""

    def run(self) -> list[nodes.Node]:
        """One raw HTML node."""
        data = page_data(self.env.app.sdgbook)
        note_cells(self.env, self.env.docname, cells_in(data))
        return [nodes.raw("", render("tokens", data, self.env.app, self.env.docname), format="html")]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("design-tokens", DesignTokens)
