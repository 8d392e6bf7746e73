"""A comparison as a page that stands by itself, with old and new side by side."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from sdgbook.edit.changes import due, figures
from sdgbook.edit.changes.found import Changes
from sdgbook.edit.changes.telling.markdown import WORDS


def as_page(found: Changes, pictures: dict[str, bytes]) -> str:
    """One HTML file; `pictures` are the charts by the file names that `found` has."""

    def picture(file: str) -> str:
        return f"data:image/png;base64,{b64encode(pictures[file]).decode()}"

    made = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    told = {"found": found, "words": WORDS, "picture": picture}
    return made.get_template("page.html").render(told, version_rule=due.RULE, figure_rule=figures.RULE) + "\n"
