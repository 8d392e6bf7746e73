"""Builds that may do harm, confined: no network, nothing of this machine but what a build needs to read, nothing of the
environment but what it needs to know, and no place to write but those that are named.

Done by bubblewrap or, where that does not run, by systemd; where neither does, builds run as they are, and say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from sdgbook.commits import git

# What a build may know of its environment: https://reproducible-builds.org/specs/ and the settings of this package.
KEPT = {"PATH", "LANG", "LANGUAGE", "TZ", "TERM", "COLUMNS", "NO_COLOR", "PYTHONPATH", "PYTHONUTF8", "PYTHONHASHSEED"}
KEPT |= {"SOURCE_DATE_EPOCH", "SDGBOOK_EXECUTOR", "SDGBOOK_WORKERS", "SDGBOOK_WITHOUT_FROZEN", "SDGBOOK_CELLS"}
# Where programs and libraries lie, and the few things in /etc that they look up: no keys, no passwords.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime", "timezone", "locale.alias")
ETC += ("passwd", "group", "nsswitch.conf", "mime.types", "magic")
# Told by the probe when nothing can be reached that must not be.
CLOSED = "closed"
PROBE = """
import os, socket, sys
names = {name for _, name in socket.if_nameindex()}
try:
    open(os.path.join(sys.argv[1], "probe"), "w")
    written = True
except OSError:
    written = False
open(os.path.join(sys.argv[2], "probe"), "w").close()
secret = os.path.exists(sys.argv[3]) or "SDGBOOK_PROBE" in os.environ
if names <= {"lo"} and not written and not secret:
    print("closed")
"""
Wrap = Callable[[list[str], Path, list[Path], list[Path]], list[str]]


def command(words: list[str], *, project: Path, writable: Iterable[Path]) -> list[str]:
    """`words`, run in the folder `project` where they can write below `writable` alone (folders, made where missing);
    the same words where this machine cannot confine them.

    Of the environment that the caller gives, what is in this process's own is dropped unless it is in `KEPT`.
    """
    way = _way()
    if way is None:
        return list(words)
    places = [Path(place).absolute() for place in writable]
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
    return way(list(words), project.absolute(), places, _readable(words, project.absolute()))


def told() -> str:
    """How builds are confined on this machine, in a sentence for those who run them."""
    way = _way()
    if way is None:
        return (
            "Máy này không có bubblewrap hay systemd-run chạy được, nên việc dựng không được nhốt riêng: mã được dựng "
            "đọc được tệp và dùng được mạng của máy. Chỉ dựng điều đã có người xem, hoặc cài bubblewrap."
        )
    name = "bubblewrap" if way is _bubblewrap else "systemd-run"
    return f"Việc dựng được nhốt riêng ({name}): không có mạng, không thấy bí mật của máy, chỉ ghi được vào _build."


def site(root: Path, words: Iterable[str] = ()) -> int:
    """Run `sdgbook site` in the project at `root`, confined; returns its exit status."""
    started = command([sys.executable, "-m", "sdgbook", "site", *words], project=root, writable=[root / "_build"])
    return subprocess.run(started, cwd=root).returncode


@cache
def _way() -> Wrap | None:
    """The first way that works here and closes what it must."""
    for program, way in (("bwrap", _bubblewrap), ("systemd-run", _systemd)):
        if shutil.which(program) and _closes(way):
            return way
    return None


def _closes(way: Wrap) -> bool:
    """Whether a probe run this way can do what a build does, and nothing else."""
    with tempfile.TemporaryDirectory(prefix="sdgbook-") as folder, tempfile.TemporaryDirectory() as elsewhere:
        project, secret = Path(folder), Path(elsewhere) / "secret"
        made = project / "_build"
        made.mkdir()
        secret.touch()
        words = [sys.executable, "-I", "-c", PROBE, folder, str(made), str(secret)]
        os.environ["SDGBOOK_PROBE"] = "1"
        try:
            started = way(words, project, [made], _readable(words, project))
            done = subprocess.run(
                started, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
            )
        except (OSError, subprocess.SubprocessError):
            return False
        finally:
            del os.environ["SDGBOOK_PROBE"]
    return done.stdout.strip() == CLOSED


def _dropped() -> list[str]:
    return sorted(name for name in os.environ if name not in KEPT and not name.startswith("LC_"))


def _readable(words: list[str], project: Path) -> list[Path]:
    """What a build reads: programs, Python with its libraries, the project, and git's objects that it shares."""
    found = [Path(name) for name in SYSTEM] + [Path("/etc") / name for name in ETC]
    found += [Path(sys.prefix), Path(sys.base_prefix)]
    for python in (Path(words[0]), Path(sys.executable)):
        environment = python.parent.parent
        found += [environment if (environment / "pyvenv.cfg").is_file() else python.parent, python.resolve().parent]
    found += [Path(place) for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    # The code that runs may be another folder's than the project's.
    found += [Path(__file__).resolve().parents[2], project, *_history(project)]
    # Neither the whole machine nor all that somebody has, whatever a path resolves to.
    never = {_TOP, Path.home(), Path("/home"), Path("/etc")} - {project}
    return [
        place for place in dict.fromkeys(place.absolute() for place in found) if place.exists() and place not in never
    ]


_TOP = Path("/")
# What git must know of a repository to read it; other settings may hold passwords of servers.
NEEDED = r"^(core\.(repositoryformatversion|filemode|bare|ignorecase|precomposeunicode)|extensions\.\w+)$"


def _settings_of(project: Path, place: Path) -> dict[Path, Path]:
    """For each file of git's settings one in `place` that says no more than is needed, to stand for it."""
    asked = git(project, "rev-parse", "--path-format=absolute", "--git-common-dir") or b""
    file = Path(os.fsdecode(asked.strip())) / "config"
    told = git(project, "config", "--file", str(file), "--get-regexp", NEEDED)
    if told is None:
        return {}
    lines = [line.partition(" ") for line in told.decode("utf-8", "replace").splitlines()]
    parts = [f"[{name.partition('.')[0]}]\n\t{name.partition('.')[2]} = {value}\n" for name, _, value in lines]
    stands = place / ".gitconfig"
    stands.write_text("".join(parts), encoding="utf-8")
    return {file: stands}


def _history(project: Path) -> list[Path]:
    """Where git keeps the history of a project, when that is elsewhere, and the objects that it shares with others."""
    asked = git(
        project, "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", "--git-path", "objects"
    )
    if asked is None:
        return []
    *folders, objects = (Path(os.fsdecode(line)) for line in asked.splitlines())
    shared, waiting = [], [objects]
    while waiting and len(shared) < 20:
        objects = waiting.pop()
        try:
            lines = (objects / "info" / "alternates").read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        more = [objects / line for line in lines if line and not line.startswith("#")]
        shared += more
        waiting += more
    return [*folders, *shared]


def _bubblewrap(words: list[str], project: Path, writable: list[Path], readable: list[Path]) -> list[str]:
    # The environment is cleared before: that of bubblewrap itself can be read inside (/proc/1/environ).
    started = ["env", *(word for name in _dropped() for word in ("-u", name)), "bwrap"]
    started += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    started += ["--unshare-user-try", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    started += ["--unshare-cgroup-try", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for place in readable:
        # A link such as /bin → usr/bin stays one.
        if place.is_symlink() and place.parent == _TOP:
            started += ["--symlink", os.readlink(place), str(place)]
        else:
            started += ["--ro-bind", str(place), str(place)]
    for place in writable:
        started += ["--bind", str(place), str(place)]
    for file, stands in (_settings_of(project, writable[0]) if writable else {}).items():
        started += ["--ro-bind", str(stands), str(file)]
    started += ["--dir", "/tmp/home", "--setenv", "HOME", "/tmp/home", "--setenv", "TMPDIR", "/tmp"]
    return [*started, "--remount-ro", "/", "--chdir", str(project), "--", *words]


def _systemd(words: list[str], project: Path, writable: list[Path], readable: list[Path]) -> list[str]:
    started = ["systemd-run", *(["--user"] if os.geteuid() else []), "--quiet", "--wait", "--pipe", "--collect"]
    properties = ["PrivateNetwork=yes", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "PrivateDevices=yes"]
    properties += ["ProtectSystem=strict", "ProtectProc=invisible", "PrivateIPC=yes", "RestrictSUIDSGID=yes"]
    # All folders but those of the system are empty, save what is laid into them.
    others = sorted(path for path in _TOP.iterdir() if path.is_dir() and not path.is_symlink())
    system = {Path(name) for name in (*SYSTEM, "/proc", "/sys", "/dev")}
    properties += [f"TemporaryFileSystem={path}:ro" for path in others if path not in system and path != Path("/tmp")]
    properties += ["TemporaryFileSystem=/tmp"]
    properties += [f"BindReadOnlyPaths={path}" for path in readable if path not in system]
    properties += [f"BindPaths={path}" for path in writable]
    settings = _settings_of(project, writable[0]) if writable else {}
    properties += [f"BindReadOnlyPaths={stands}:{file}" for file, stands in settings.items()]
    for one in properties:
        started += ["--property", one]
    started += [f"--setenv={name}" for name in sorted(KEPT)]
    started += ["--setenv=HOME=/tmp", "--setenv=TMPDIR=/tmp", f"--working-directory={project}"]
    return [*started, "--", *words]
