"""After Sphinx: checks the built files, trims and compresses them, and puts them in place. Knows no data."""

from sdgbook.publish.finish import finish

__all__ = ["finish"]
