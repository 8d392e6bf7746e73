"""A comparison as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from sdgbook.edit.changes.found import Changes


def as_json(found: Changes) -> str:
    """Everything that was found, in one shape that does not change with what was found."""
    return json.dumps(asdict(found), ensure_ascii=False, indent=1, default=str) + "\n"
