"""`python -m sdgbook` is the command `sdgbook`."""

from sdgbook.cli import main

main()
