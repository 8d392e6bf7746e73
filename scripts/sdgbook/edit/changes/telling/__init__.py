"""How a comparison is told: as Markdown for a pull request, as a page that stands by itself, as data for programs."""
