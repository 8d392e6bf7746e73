"""What an interrupted comparison has found to be right, so that the next one need not fetch it again.

Kept by what is compared with what; a host is still asked whether a file is the same. A comparison that ends forgets
all: the next one believes no word of the host.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from pathlib import Path

EVERY = 2.0


class Remembered:
    """Tags (`Answer.tag`) of answers that were right, by file and coding; in `file`, None: nowhere."""

    def __init__(self, file: Path | None, key: str):
        self.file, self._key = file, key
        self._lock, self._saved = threading.Lock(), time.monotonic()
        self._tags: dict[str, str] = {}
        try:
            kept = json.loads(file.read_text(encoding="utf-8")) if file else {}
            if kept.get("key") == key:
                self._tags = {name: tag for name, tag in kept["tags"].items() if tag.startswith(("etag ", "time "))}
        except (OSError, ValueError, KeyError, AttributeError):
            pass

    @classmethod
    def of(cls, folder: Path | None, address: str, expected: str) -> Remembered:
        """What is remembered below `folder` of a site at an address, compared with a manifest's SHA-256."""
        name = hashlib.sha256(address.encode()).hexdigest()[:16]
        return cls(folder / f"{name}.json" if folder else None, f"{address} {expected}")

    def tag(self, name: str, coding: str) -> str:
        """By what to ask for a file that was right; "" where that is not known."""
        return self._tags.get(f"{coding} {name}", "")

    def add(self, name: str, tags: dict[str, str]) -> None:
        """A file is right in all its codings: their tags."""
        with self._lock:
            self._tags |= {f"{coding} {name}": tag for coding, tag in tags.items() if tag}
            if time.monotonic() - self._saved > EVERY:
                self.save()

    def save(self) -> None:
        """Write down what is known."""
        if self.file:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            draft = self.file.with_name(f"{self.file.name}.{os.getpid()}.new")
            draft.write_text(json.dumps({"key": self._key, "tags": self._tags}), encoding="utf-8")
            os.replace(draft, self.file)
        self._saved = time.monotonic()

    def forget(self) -> None:
        """All has been looked at."""
        if self.file:
            self.file.unlink(missing_ok=True)
