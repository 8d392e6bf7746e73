"""Files that a command of the clerk writes and removes together: all of them, or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What the check of a project reads.
CHECKED = ("book", "data", "_config.yml", "_toc.yml")


class Changes:
    """What is to become of files of the project at `root`: their new text by path, None where they go.

    Nothing happens before `apply`.
    """

    def __init__(self, root: Path):
        self.root = root
        self.files: dict[str, bytes | None] = {}

    def write(self, file: str, text: str) -> None:
        """Give a file this text."""
        self.files[file] = text.encode()

    def remove(self, file: str) -> None:
        """Take a file away, and its folder when nothing else is in it."""
        self.files[file] = None

    def remove_folder(self, folder: str) -> None:
        """Take away all files of a folder."""
        for path in sorted((self.root / folder).rglob("*")):
            if path.is_file() or path.is_symlink():
                self.remove(path.relative_to(self.root).as_posix())

    def read(self, file: str) -> str:
        """The text of a file as it will be."""
        content = self.files.get(file)
        return (self.root / file).read_text(encoding="utf-8") if content is None else content.decode()

    def apply(self) -> None:
        """Make all changes. Raises `OSError` where one cannot be made; all files are then as they were."""
        before: dict[str, bytes | None] = {}
        try:
            for file, content in self.files.items():
                path = self.root / file
                before[file] = path.read_bytes() if path.is_file() else None
                _put(self.root, file, content)
        except BaseException:
            for file, content in reversed(before.items()):
                with suppress(OSError):
                    _put(self.root, file, content)
            raise

    @contextmanager
    def tried(self) -> Iterator[Path]:
        """A copy of the project with these changes made, for as long as it takes to look at it."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name in CHECKED:
                if (self.root / name).is_dir():
                    shutil.copytree(self.root / name, root / name)
                else:
                    shutil.copyfile(self.root / name, root / name)
            copy = Changes(root)
            copy.files = self.files
            copy.apply()
            yield root


def _put(root: Path, file: str, content: bytes | None) -> None:
    """Give a file its content in one step, with the folders that it needs; or take it away with those left empty."""
    path = root / file
    if content is None:
        path.unlink(missing_ok=True)
    else:
        draft = path.with_name(f"{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content)
            os.replace(draft, path)
            return
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            _tidy(root, path.parent)
            raise
    _tidy(root, path.parent)


def _tidy(root: Path, folder: Path) -> None:
    """Remove a folder of the project and those above it as far as they are empty."""
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
