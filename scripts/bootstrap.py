"""Make `.venv` from the hashed lock, once; say and do nothing when it is already right.

    python3 scripts/bootstrap.py [--dev] [--browser] [--office] [--servers]

Runs before anything is installed: standard library only, and old Pythons must be able to parse it
(they get a clear message, not a syntax error). It acts on the folder it is run in.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time

OLDEST = (3, 11)
TOO_NEW = (3, 14)
RUNNING = ".".join(str(part) for part in sys.version_info[:3])

VENV = ".venv"
VENV_PYTHON = os.path.join(VENV, "bin", "python")
# Written last, so an interrupted install has none and is done again.
STAMP = os.path.join(VENV, "sdgbook-stamp.json")
LOCKS = {"site": "requirements.txt", "dev": "requirements-dev.txt"}

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OFFICES = ("soffice", "libreoffice")
# Debian keeps servers where the path of plain users does not lead.
PATH_OF_SERVERS = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))
SERVERS = ("nginx", "caddy", "sshd", "rsync", "bwrap")
SERVER_PACKAGES = "nginx libnginx-mod-http-brotli-static caddy openssh-server rsync bubblewrap"
# What these packages would start by themselves; tests start what they need, for as long as they need it.
SERVICES = ("nginx.service", "caddy.service", "ssh.service", "ssh.socket", "rsync.service")

# The user's pip settings that say how to reach packages. All others (PIP_USER, PIP_TARGET, PIP_CONSTRAINT, …)
# would change what is installed or where, so pip does not see them.
PIP_NETWORK_SETTINGS = {
    "PIP_CACHE_DIR",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CONFIG_FILE",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_KEYRING_PROVIDER",
    "PIP_NO_CACHE_DIR",
    "PIP_NO_INDEX",
    "PIP_PROXY",
    "PIP_RETRIES",
    "PIP_TIMEOUT",
    "PIP_TRUSTED_HOST",
}


class Failure(Exception):
    """Something the reader can act on; its text is shown as it is."""


def say(text):
    print(text, flush=True)


def dotted(version):
    return ".".join(str(part) for part in version)


# --- Python ---------------------------------------------------------------------------------------


def require_python():
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        return
    newest = (TOO_NEW[0], TOO_NEW[1] - 1)
    text = f"Cần Python {dotted(OLDEST)} đến {dotted(newest)}; máy đang dùng Python {RUNNING}."
    names = [f"python3.{minor}" for minor in range(newest[1], OLDEST[1] - 1, -1)]
    found = [name for name in names if shutil.which(name)]
    if found:
        text += f"\nMáy này có {found[0]}: hãy thêm nó vào sau lệnh make, ví dụ: make site PYTHON={found[0]}"
    else:
        text += f"\nHãy cài một bản trong khoảng đó, rồi chạy, ví dụ: make site PYTHON=python{dotted(newest)}"
    raise Failure(text)


def require_venv():
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Failure(
            f"Python {RUNNING} trên máy thiếu {' và '.join(missing)}, "
            "nên chưa tạo được môi trường ảo.\n"
            "Trên Debian hoặc Ubuntu, hãy chạy: sudo apt-get install python3-venv\n"
            "Rồi chạy lại lệnh vừa rồi."
        )


def base_python():
    """The Python outside any environment: the running one may live in the `.venv` to be replaced."""
    return getattr(sys, "_base_executable", None) or sys.executable


def clean_environment():
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PIP_")) and name not in ("VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    }
    kept.update({name: os.environ[name] for name in PIP_NETWORK_SETTINGS if name in os.environ})
    kept.update(
        PYTHONUTF8="1",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_NO_INPUT="1",
        PIP_ROOT_USER_ACTION="ignore",
    )
    return kept


# --- What is there, and what should be ------------------------------------------------------------


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def wanted_stamp():
    return {
        "path": os.path.realpath(os.getcwd()),
        "python": sys.version,
        "project": digest("pyproject.toml"),
        "site": digest(LOCKS["site"]),
        "dev": digest(LOCKS["dev"]),
    }


def read_stamp():
    """What `.venv` was made from, or nothing when it is unfinished or does not run."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            stamp = json.load(file)
        probe = "import importlib.metadata as m; m.version('sdgbook')"
        subprocess.run(
            [VENV_PYTHON, "-I", "-c", probe],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp):
    unfinished = STAMP + ".new"
    with open(unfinished, "w", encoding="utf-8") as file:
        json.dump(stamp, file, ensure_ascii=False, indent=1)
    os.replace(unfinished, STAMP)


# --- Installing -----------------------------------------------------------------------------------


def run(command, what_failed, advice, on_line=None):
    """Run a command quietly; on failure show how its output ended."""
    process = subprocess.Popen(
        command,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    lines = []
    try:
        for line in process.stdout:
            lines.append(line.rstrip())
            if on_line:
                on_line(line)
    finally:
        if process.poll() is None and sys.exc_info()[0] is not None:
            process.terminate()
        process.wait()
    if process.returncode != 0:
        ending = "\n".join("    " + line for line in lines[-20:])
        raise Failure(f"{what_failed} Phần cuối lời báo của lệnh:\n{ending}\n{advice}")


def pip_install(*arguments):
    return [VENV_PYTHON, "-I", "-m", "pip", "install", "--no-user", *arguments]


def progress(lock):
    """On a terminal, count the packages as pip gets to them; in a log, stay quiet."""
    if not sys.stdout.isatty():
        return None
    with open(lock, encoding="utf-8") as file:
        total = sum(1 for line in file if line[:1].isalnum())
    seen = [0]

    def on_line(line):
        if line.startswith("Collecting "):
            seen[0] += 1
            print(f"\r  đã lấy {min(seen[0], total)}/{total} thư viện", end="", flush=True)
        elif line.startswith("Installing collected packages"):
            print(f"\r\033[K  đã lấy đủ, đang chép vào {VENV} …", end="", flush=True)
        elif line.startswith("Successfully installed"):
            print("\r\033[K", end="", flush=True)

    return on_line


def remove_venv():
    if os.path.islink(VENV) or os.path.isfile(VENV):
        os.unlink(VENV)
    elif os.path.isdir(VENV):
        shutil.rmtree(VENV)


def install_lock(lock):
    say(f"Đang cài thư viện theo {lock} (lần đầu mất vài phút) …")
    # No source packages: building one would run code, and fetch build tools, that the lock does not name.
    run(
        pip_install("--require-hashes", "--only-binary=:all:", "-r", lock),
        "Chưa cài được thư viện.",
        "Thường là do mạng: hãy kiểm tra mạng (và proxy, nếu cơ quan dùng), rồi chạy lại lệnh vừa rồi.",
        progress(lock),
    )


def point_to_scripts():
    """Name our code in the environment by a relative path.

    The editable install writes an absolute one, which Python up to 3.12 reads in the machine's own
    encoding: with LC_ALL=C a Vietnamese letter in it would stop every start of Python.
    """
    packages = os.path.join(VENV, "lib", f"python{dotted(sys.version_info[:2])}", "site-packages")
    scripts = os.path.realpath("scripts")
    for name in os.listdir(packages):
        path = os.path.join(packages, name)
        if not name.endswith(".pth"):
            continue
        with open(path, encoding="utf-8") as file:
            is_ours = file.read().strip() == scripts
        if is_ours:
            with open(path, "w", encoding="utf-8") as file:
                file.write(os.path.relpath("scripts", packages) + "\n")


def set_up(kind):
    wanted = wanted_stamp()
    have = read_stamp()

    def same(*names):
        return all(have.get(name) == wanted[name] for name in names)

    if same("path", "python", "project", kind):
        return

    started = time.monotonic()
    require_venv()
    # What is installed can be added to; only a changed lock must not leave behind what it no longer names.
    usable = same("path", "python", "site") and have.get("dev") in (None, wanted["dev"])
    if usable:
        os.unlink(STAMP)
    else:
        if os.path.lexists(VENV):
            say(f"{VENV} cũ dở dang hoặc không còn khớp (thư mục, Python, khóa thư viện): làm lại từ đầu.")
            remove_venv()
        have = {}
        say(f"Đang tạo môi trường ảo {VENV} bằng Python {RUNNING} …")
        run(
            [base_python(), "-I", "-m", "venv", VENV],
            f"Chưa tạo được môi trường ảo {VENV}.",
            "Trên Debian hoặc Ubuntu, gói cần có là python3-venv: sudo apt-get install python3-venv",
        )
    if have.get(kind) != wanted[kind]:
        install_lock(LOCKS[kind])
    run(
        pip_install("--no-deps", "--no-build-isolation", "--no-index", "-e", "."),
        "Chưa cài được lệnh sdgbook của dự án.",
        "Nếu vừa sửa pyproject.toml, hãy xem lại tệp đó.",
    )
    point_to_scripts()

    made = {name: wanted[name] for name in ("path", "python", "project", "site")}
    # The dev lock holds the site's with the same versions, so what has the dev one serves both.
    if kind == "dev" or have.get("dev"):
        made["dev"] = wanted["dev"]
    write_stamp(made)
    say(f"Đã cài xong vào {VENV} ({time.monotonic() - started:.0f} giây).")


# --- Programs for the tests -----------------------------------------------------------------------


def has_one_of(names):
    return any(shutil.which(name, path=PATH_OF_SERVERS) for name in names)


def has_all(needed):
    return all(has_one_of(names) for names in needed)


def is_known_service(name):
    """Whether this machine has the service already, so that it is not ours to stop."""
    return subprocess.run(["systemctl", "cat", name], capture_output=True).returncode == 0


def install(package, name, services):
    """Install a Debian package; services that come with it neither start now nor at the next boot."""
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    # Without systemd running (containers), Debian's packages start nothing.
    held = [s for s in services if not is_known_service(s)] if os.path.isdir("/run/systemd/system") else []
    if held:
        subprocess.run(["systemctl", "mask", *held], capture_output=True)
    try:
        # An update that fails for one of several sources need not stop the install.
        words = f"apt-get update; apt-get install -y --no-install-recommends {package}"
        run(["sh", "-c", words], f"Chưa cài được {name}.", "")
    finally:
        if held:
            subprocess.run(["systemctl", "unmask", *held], capture_output=True)
            subprocess.run(["systemctl", "disable", *held], capture_output=True)


def set_up_program(name, what_for, needed, package, elsewhere, services=()):
    """Bring what some tests use: from Debian's packages, where we may. `needed`: programs, each by its names."""
    if has_all(needed):
        return
    trouble = ""
    if shutil.which("apt-get") and os.geteuid() == 0:
        say(f"Đang cài {name} cho các phép thử …")
        try:
            install(package, name, services)
        except Failure as failure:
            trouble = str(failure).rstrip() + "\n"
        if has_all(needed):
            return
    in_ci = os.environ.get("CI", "").lower() in ("1", "true")
    outcome = "không chạy được" if in_ci else "sẽ bị bỏ qua"
    text = (
        f"{trouble}Máy chưa có {name}, nên các phép thử {what_for} {outcome}.\n"
        f"Trên Debian, hãy chạy: sudo apt-get update; sudo apt-get install --no-install-recommends {package}\n"
        f"Trên máy khác, hãy cài {elsewhere}. Rồi chạy lại: make test"
    )
    if in_ci:
        raise Failure(text)
    say(text)


def set_up_browser():
    set_up_program("Chromium", "mở trang bằng trình duyệt", [BROWSERS], "chromium", "Chromium hoặc Google Chrome")


def set_up_office():
    set_up_program("LibreOffice", "mở và sửa bảng tính", [OFFICES], "libreoffice-calc-nogui", "LibreOffice (phần Calc)")


def set_up_servers():
    missing = [name for name in SERVERS if not has_one_of([name])]
    set_up_program(
        "đủ máy chủ web và công cụ đăng trang" + (f" (thiếu {', '.join(missing)})" if missing else ""),
        "chạy máy chủ thật, đăng trang và cách ly việc dựng",
        [[name] for name in SERVERS],
        SERVER_PACKAGES,
        "nginx (kèm mô-đun brotli), Caddy, máy chủ OpenSSH, rsync và bubblewrap",
        SERVICES,
    )


# --- The command ----------------------------------------------------------------------------------


def main():
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    parser = argparse.ArgumentParser(description="Tạo môi trường .venv theo khóa thư viện của dự án.")
    parser.add_argument("--dev", action="store_true", help="cài cả những gì các phép thử cần")
    parser.add_argument("--browser", action="store_true", help="bảo đảm có Chromium cho các phép thử")
    parser.add_argument("--office", action="store_true", help="bảo đảm có LibreOffice cho các phép thử")
    parser.add_argument(
        "--servers", action="store_true", help="bảo đảm có máy chủ web, SSH, rsync, bubblewrap cho các phép thử"
    )
    options = parser.parse_args()
    try:
        require_python()
        needed = ["pyproject.toml", *sorted(LOCKS.values())]
        missing = [name for name in needed if not os.path.isfile(name)]
        if missing:
            raise Failure(f"Không thấy {', '.join(missing)}: hãy chạy lệnh này trong thư mục gốc của dự án.")
        set_up("dev" if options.dev else "site")
        if options.browser:
            set_up_browser()
        if options.office:
            set_up_office()
        if options.servers:
            set_up_servers()
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Không đọc hoặc ghi được tệp: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nĐã dừng. Lần chạy sau sẽ cài lại từ đầu.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
