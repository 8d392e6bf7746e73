"""Reads, checks and writes the data package. Knows nothing of Sphinx or of how figures look."""

from sdgbook.data.package import DataPackage, Row, Table, find_root, read_package
from sdgbook.data.problems import Problem, ProblemsFound

__all__ = ["DataPackage", "Problem", "ProblemsFound", "Row", "Table", "find_root", "read_package"]
