"""Turns the data package and the chapters into the website of the Cao Bằng SDG progress report.

Chapters import from here only: `chapter`, `edition`, `fact` and `facts`.
"""

from sdgbook.report.chapters import chapter
from sdgbook.report.editions import edition
from sdgbook.report.facts import fact, facts

__all__ = ["chapter", "edition", "fact", "facts"]
