"""What the theme's page template needs to know about a page besides its text."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def add_context(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document) -> None:
    """Fill a page's context: `head` (its targets' tile and numberings), `edition`, `data_version`, `year`, and give
    a long page links to its sections."""
    report = app.sdgbook
    edition = report.rows("edition")[0]
    context["year"] = edition["year"]
    context["edition"] = edition
    context["data_version"] = report.package.version
    context["description"] = (context.get("meta") or {}).get("description", "")
    if pagename != app.config.root_doc:
        context["body"] = with_contents(context.get("body", ""), context.get("toc", ""))
    context["head"] = target_head(report, app.env.metadata.get(pagename, {}).get("targets"))


def with_contents(body: str, toc: str) -> str:
    """`body` with links to its sections under its first heading, where it has more than three."""
    links = re.findall(r'<a class="reference internal" href="(#[^"]+)">(.*?)</a>', toc, re.DOTALL)
    if len(links) < 4 or "</h1>" not in body:
        return body
    items = "".join(f'<li><a href="{anchor}">{title}</a></li>' for anchor, title in links if anchor != "#")
    return body.replace("</h1>", f'</h1><nav class="local" aria-label="Trên trang này"><ul>{items}</ul></nav>', 1)


def target_head(report: Any, targets: list[str] | str | None) -> dict[str, Any] | None:
    """Tile and the three numberings of a target chapter; None on other pages."""
    if not targets:
        return None
    listed = targets if isinstance(targets, list) else [part.strip(" []'\"") for part in targets.split(",")]
    rows = [report.target_rows[target] for target in listed]
    goal = report.package.table("goals").by_key[rows[0]["goal"]]
    return {
        "tiles": [report.target(target) for target in listed],
        "goal": goal,
        "province": ", ".join(listed),
        "national": ", ".join(dict.fromkeys(row["national_target"] for row in rows)),
        "un": ", ".join(dict.fromkeys(number for row in rows for number in row["un_targets"])),
    }
