"""Whether a published site is the province's commit: what it serves, file by file, against what the commit gives.

What is expected comes from the commit itself, built here (`expected_of`), so that nothing of the site is believed; or,
where no commit is named, from the manifest that the site publishes, which shows only that it agrees with itself. The
site is read over the web or from a folder through the same small interface (`reading.Reader`).
"""

from __future__ import annotations

from sdgbook.hosting.verify.comparing import Expected, verify
from sdgbook.hosting.verify.expected import expected_of, redirects_at
from sdgbook.hosting.verify.reading import CannotRead, Folder, Reader
from sdgbook.hosting.verify.report import Finding, Report
from sdgbook.hosting.verify.telling import as_json, as_text
from sdgbook.hosting.verify.web import Manners, Web

__all__ = [
    "CannotRead",
    "Expected",
    "Finding",
    "Folder",
    "Manners",
    "Reader",
    "Report",
    "Web",
    "as_json",
    "as_text",
    "expected_of",
    "redirects_at",
    "verify",
]
