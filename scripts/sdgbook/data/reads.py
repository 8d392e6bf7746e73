"""What was read of the data while something was made, so that it is made again when, and only when, that changed.

Rows and tables tell every look at them to the recording that is open. Whatever keeps a result for later use keeps
what was read for it as well (`remembered`), and tells it again at each use: no look is lost to a cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from functools import wraps
from importlib.util import source_from_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")
# In place of a column's name: which rows a table has, in their order; whether it has a row of this key; after a
# column's name: whether a cell is filled.
ROWS, EXISTS, FILLED = "(rows)", "(exists)", "?"
# In place of a table's file: files and folders of the project that are read as such; the column is then the path.
FILES = "(files)"
# In place of a file's name: which Python modules lie in a folder.
MODULES = "*.py"
# In place of keys: every row of the table.
ALL = "*"
# What a record is as plain data: file → column → [keys or "*", digest of the values].
Data = dict[str, dict[str, list[Any]]]


class Reads:
    """What was read: cells by file and column, and what was read earlier for results that were at hand."""

    __slots__ = ("cells", "included")

    def __init__(self) -> None:
        self.cells: dict[tuple[str, str], set[str]] = {}
        self.included: dict[int, Reads] = {}

    def note(self, file: str, column: str, key: str) -> None:
        """The cell in `column` of the row `key` was read."""
        keys = self.cells.get((file, column))
        if keys is None:
            keys = self.cells[file, column] = set()
        keys.add(key)

    def all_cells(self) -> dict[tuple[str, str], set[str]]:
        """Every cell read, here or for a result that was used here."""
        found: dict[tuple[str, str], set[str]] = {}
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            one = waiting.pop()
            if id(one) in seen:
                continue
            seen.add(id(one))
            waiting += one.included.values()
            for place, keys in one.cells.items():
                found.setdefault(place, set()).update(keys)
        return found

    def as_data(self, package: Any) -> Data:
        """As plain data, with the digest of what `package` answers."""
        data: Data = {}
        cells = self.all_cells()
        for (file, column), keys in sorted(cells.items()):
            whole = column != EXISTS and (file, ROWS) in cells and package.has_exactly(file, keys)
            chosen: Any = ALL if column == ROWS or whole else sorted(keys)
            data.setdefault(file, {})[column] = [chosen, digest_of(package, file, column, chosen)]
        return data


_open: list[Reads] = []


def note(file: str, column: str, key: str) -> None:
    """Tell the open recording, if there is one, that a cell was read."""
    if _open:
        _open[-1].note(file, column, key)


def note_file(path: str) -> None:
    """Tell the open recording that a file was read as it is; `path` from the project's root, or absolute."""
    note(FILES, path, "")


def state_of_file(path: Path) -> str | None:
    """SHA-256 of a file, of the names in a folder but for those that programs keep for themselves, or of its modules;
    None when it cannot be read."""
    try:
        if path.name == MODULES:
            found = [*path.parent.glob(MODULES), *path.parent.glob(f"*/__init__{MODULES[1:]}")]
            names = sorted(file.relative_to(path.parent).as_posix() for file in found)
            return hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape")).hexdigest()
        if path.is_dir():
            made = (".", "#", "~", "__pycache__")
            names = sorted(name for name in os.listdir(path) if not name.startswith(made))
            return hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape")).hexdigest()
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def watch_files(root: Path) -> None:
    """From now on, and for as long as this process lives, note each file of the project that is opened to be read or
    asked for, there or not, and each folder that is listed, whoever does so; not what is installed or built there, nor
    the code that every page depends on."""
    root = root.resolve()

    def looked_at(named: Any) -> None:
        named = "." if named is None else named
        if not _open or not isinstance(named, (str, bytes, os.PathLike)):
            return
        path = os.path.abspath(os.fsdecode(named))
        if path.endswith(".pyc"):
            with suppress(ValueError, NotImplementedError):
                path = source_from_cache(path)
        if path.startswith(f"{root}{os.sep}"):
            inside = os.path.relpath(path, root)
            # Cells have names like files, for which Python looks when it tells of an error.
            if not inside.startswith((".", "_build", "scripts")) and "<" not in inside:
                note_file(inside.replace(os.sep, "/"))

    def heard(event: str, args: tuple[Any, ...]) -> None:
        if (event == "open" and not args[2] & (os.O_WRONLY | os.O_RDWR)) or event in ("os.listdir", "os.scandir"):
            looked_at(args[0])

    sys.addaudithook(heard)
    # Python tells no hook of it when somebody asks whether there is a file.
    asked = os.stat

    @wraps(asked)
    def stat(path: Any, *args: Any, **options: Any) -> os.stat_result:
        looked_at(path)
        return asked(path, *args, **options)

    for known in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
        known.add(stat)
    os.stat = stat


@contextmanager
def recording() -> Iterator[Reads]:
    """Record what is read within; a recording around it hears of none of it unless the inner one is `include`d."""
    reads = Reads()
    _open.append(reads)
    try:
        yield reads
    finally:
        _open.remove(reads)


def include(reads: Reads) -> None:
    """Count what was read for a result as read here, where it is used."""
    if _open and _open[-1] is not reads:
        _open[-1].included[id(reads)] = reads


def remember(kept: MutableMapping[Any, tuple[Any, Reads]], key: Any, make: Callable[[], T]) -> T:
    """The result kept under `key`, made now when there is none; what was read for it counts as read by the caller."""
    if key not in kept:
        with recording() as reads:
            try:
                kept[key] = (make(), reads)
            except BaseException:
                # A failure is an answer too: its reasons count for whoever asked.
                if len(_open) > 1:
                    _open[-2].included[id(reads)] = reads
                raise
    value, reads = kept[key]
    include(reads)
    return value


class remembered(Generic[T]):
    """Like `functools.cached_property`, for what is made from data: each use counts as reading what it is made from.

    Results stay with the instance, or in its `kept`, which several views of the same data may share.
    """

    def __init__(self, make: Callable[[Any], T]):
        self.make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = f"_remembered_{name}"

    def __get__(self, instance: Any, owner: type | None = None) -> T:
        if instance is None:
            return self  # type: ignore[return-value]
        return remember(self._kept(instance), self.name, lambda: self.make(instance))

    def __delete__(self, instance: Any) -> None:
        self._kept(instance).pop(self.name, None)

    @staticmethod
    def _kept(instance: Any) -> MutableMapping[Any, tuple[Any, Reads]]:
        return instance.__dict__.get("kept", instance.__dict__)


def digest_of(package: Any, file: str, column: str, keys: list[str] | str) -> str:
    """What `package` answers today: a digest of the cells in `column` of the rows `keys`; a row that is gone counts."""
    if file == FILES:
        return digest_of_file(package.root / column)
    # Pages ask much the same.
    asked = file, column, keys if keys == ALL else tuple(keys)
    if asked not in package.digests:
        package.digests[asked] = _digest(package.values(file, column, None if keys == ALL else keys))
    return package.digests[asked]


def digest_of_file(path: Path) -> str:
    """The same for a file that was read as such."""
    return _digest([state_of_file(path)])


def _digest(values: list[Any]) -> str:
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()[:20]


def changes(
    data: Data, package: Any, among: set[str] | None = None, files: dict[str, str] | None = None
) -> list[tuple[str, str, list[str] | str]]:
    """The selections in `data` that `package` answers otherwise: file, column, keys. `among`: the tables' files that
    changed, where that is known; `files`: digests of files that are known to stay as they are, to which others are
    added."""
    found = []
    for file, columns in data.items():
        if among is not None and file not in among and file != FILES:
            continue
        for column, (keys, digest) in columns.items():
            if file == FILES and files is not None:
                now = files.get(column) or files.setdefault(column, digest_of_file(package.root / column))
            else:
                now = digest_of(package, file, column, keys)
            if now != digest:
                found.append((file, column, keys))
    return found
