"""`python -m sdgbook` is the command `sdgbook`."""

from sdgbook.cli import app

app(prog_name="sdgbook")
