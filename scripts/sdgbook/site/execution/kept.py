"""What came of chapters' cells in earlier builds, kept with what they read: of use again while that is the same."""

from __future__ import annotations

import json

from sdgbook import store
from sdgbook.data import DataPackage, reads
from sdgbook.site.execution import Job, Outcome

KIND = "cells"


def _key(job: Job, everything: str) -> str:
    cells = [[cell.source, cell.may_warn] for cell in job.cells]
    return store.key_of(everything, job.docname, job.file, json.dumps(cells))


def keep(job: Job, everything: str, outcome: Outcome) -> None:
    """Keep an outcome; `everything` is the digest of what every page depends on. Where nobody knows what was read, or
    what every page depends on, it is not kept."""
    if everything and outcome.reads is not None and not outcome.problems:
        content = json.dumps(outcome.as_data(), ensure_ascii=False, separators=(",", ":"))
        store.current().put(KIND, _key(job, everything), content.encode("utf-8", "surrogatepass"))


def find(job: Job, everything: str, package: DataPackage) -> Outcome | None:
    """What came of the same cells earlier, if all that they read is in `package` as it was then."""
    content = store.current().get(KIND, _key(job, everything)) if everything else None
    if content is None:
        return None
    outcome = Outcome.from_data(json.loads(content.decode("utf-8", "surrogatepass")))
    return None if reads.changes(outcome.reads, package) else outcome


def still_used(job: Job, everything: str) -> None:
    """The outcome of a job belongs to a page of this build, though nobody has asked for it."""
    store.current().mark(KIND, _key(job, everything))
