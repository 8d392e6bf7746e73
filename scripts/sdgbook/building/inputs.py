"""All that a site is made from, as digests: what a build compares before it does anything, and after it is done.

Standard library only: when nothing has changed, a build ends here.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from sdgbook.commits import History
from sdgbook.data.frozen import WITHOUT, commits_of, tag_of
from sdgbook.files import digest_of_file

PACKAGE = Path(__file__).resolve().parents[1]
CODE = (".py", ".html", ".css", ".js", ".svg", ".ttf", ".toml", ".conf")
CONFIGURATION = ("_config.yml", "_toc.yml", "requirements.txt")
# Settings of the environment that pages may depend on.
SETTINGS = ("SOURCE_DATE_EPOCH", "SDGBOOK_EXECUTOR", "SDGBOOK_DASK", WITHOUT)
# Files that editors keep beside the one being edited.
PASSING = (".swp", ".swo", ".tmp", ".new", "~")


def digests(root: Path, files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of files by their path below `root`, in the order of these paths."""
    return {path.relative_to(root).as_posix(): digest_of_file(path) for path in sorted(files) if path.is_file()}


def read_inputs(root: Path) -> dict[str, str]:
    """Everything that the site of the project at `root` depends on: name → digest or value.

    Files of the book and the data by path, files of this package as `code/…`, and what runs and dates them.
    """
    found: dict[str, str] = {}
    for folder in ("book", "data"):
        found |= digests(root, (p for p in (root / folder).rglob("*") if not _is_passing(p)))
    found |= digests(root, (root / name for name in CONFIGURATION))
    code = digests(PACKAGE, (p for p in PACKAGE.rglob("*") if p.suffix in CODE))
    found |= {f"code/{name}": digest for name, digest in code.items()}
    found["python"] = f"{platform.python_implementation()} {sys.version}"
    found["libraries"] = _libraries()
    found |= {name: os.environ[name] for name in SETTINGS if os.environ.get(name)}
    # What days of change are taken from.
    found["git"] = History(root).state
    # What frozen editions are built from.
    found |= {tag_of(year): commit for year, commit in commits_of(root).items()}
    return found


def stamps(root: Path) -> dict[str, tuple[int, int, int]]:
    """Times of change and number of each file of the book, the data and the package: whether one of them was written
    while a build ran, even when it says again what it said before."""
    files = [p for folder in (root / "book", root / "data", PACKAGE) for p in folder.rglob("*")]
    files += [root / name for name in CONFIGURATION]
    found = {}
    for path in files:
        if path.is_file() and not _is_passing(path):
            status = path.stat()
            found[path.as_posix()] = (status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    return found


def everything(inputs: dict[str, str]) -> str:
    """Digest of what every page depends on: this package, the lock, the configuration, the description of the
    tables, Python and the libraries."""
    names = ("_config.yml", "requirements.txt", "data/datapackage.json", "python", "libraries", *SETTINGS)
    kept = sorted((n, v) for n, v in inputs.items() if n in names or (n.startswith("code/") and not is_static(n)))
    return hashlib.sha256(repr(kept).encode()).hexdigest()


def code_of(inputs: dict[str, str]) -> str:
    """Digest of this package's own files among the inputs."""
    return hashlib.sha256(repr(sorted(i for i in inputs.items() if i[0].startswith("code/"))).encode()).hexdigest()


def is_static(name: str) -> bool:
    """Whether an input is one of the files that are copied beside the pages, whatever these say."""
    return name.startswith("code/site/theme/static/")


def _is_passing(path: Path) -> bool:
    # Python keeps compiled modules beside those that a chapter imports.
    return path.name.endswith(PASSING) or path.name.startswith((".", "#", "~$")) or "__pycache__" in path.parts


def _libraries() -> str:
    """Names and versions of what is installed."""
    folder = sysconfig.get_paths()["purelib"]
    names = sorted(name for name in os.listdir(folder) if name.endswith(".dist-info"))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
