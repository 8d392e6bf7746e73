"""The site can be published, broken, taken back, restored and archived by the operations page alone: its commands are
run as they stand there, from a bare clone to a server that readers ask."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from books import commit
from helpers import ROOT, Project, run
from servers import program, serving

PAGE = ROOT / "docs" / "operations.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 300
# The environment is there already, as it is after the first `make`: how it is made is tried by every run of the tests.
PREPARE = """
import sys; sys.path.insert(0, "scripts")
import bootstrap; bootstrap.write_stamp(bootstrap.wanted_stamp())
"""


def blocks(section: str) -> list[str]:
    """The commands of a section of the page."""
    text = PAGE.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = [match[1] for match in BLOCK.finditer(text)]
    assert found, section
    return found


class Operator:
    """Somebody who has the page, an empty folder and a server: what they type, and what they are told."""

    def __init__(self, place: Path, repository: Path):
        self.place, self.here = place, place
        self.server = place / "srv"
        self.environment = {
            # Nothing of what runs the tests: neither its settings nor what its `make` was told.
            **{name: value for name, value in os.environ.items() if not name.startswith(("SDGBOOK_", "GIT_", "MAKE"))},
            "ARGS": "",
            "REPO": str(repository),
            "TO": str(self.server),
            "URL": "",
            "PYTHON": sys.executable,
            "PYTHONUTF8": "1",
            "TERM": "dumb",
        }
        place.mkdir(parents=True)

    def does(self, section: str, *, without: tuple[str, ...] = ()) -> str:
        """Run the commands of a section, one block after the other, but for those that hold one of `without`; they must
        end well. Returns what was said."""
        said = ""
        for block in blocks(section):
            lines = [line for line in block.splitlines() if not any(one in line for one in without)]
            said += self.types("\n".join(lines))
        return said

    def types(self, commands: str, status: int = 0) -> str:
        """Run commands at a terminal, in the folder where the last ones have ended; “có” answers what is asked."""
        first, _, rest = commands.partition("\n")
        if first.startswith("git clone"):
            self._run(f"{first}\ncd {first.split()[-1]}", 0)
            self._prepare()
            commands = rest.partition("\n")[2] if rest.startswith("cd ") else rest
        return self._run(commands, status)

    def _run(self, commands: str, status: int) -> str:
        left = self.place / "left"
        script = f"set -e\ntrap 'pwd > \"{left}\"' EXIT\n{commands}\n"
        number, master = pty.fork()
        if number == 0:
            os.chdir(self.here)
            os.execvpe("bash", ["bash", "--noprofile", "--norc", "-c", script], self.environment)
        said, answered = "", 0
        while True:
            ready, _, _ = select.select([master], [], [], SECONDS)
            assert ready, said
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            said += part.decode("utf-8", "replace")
            if said.count("Gõ “có”") > answered:
                answered += 1
                os.write(master, "có\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
        os.close(master)
        assert code == status, said
        self.here = Path(left.read_text(encoding="utf-8").strip())
        return said

    def _prepare(self) -> None:
        programs = self.here / ".venv" / "bin"
        programs.mkdir(parents=True)
        for name, words in (("python", ""), ("sdgbook", "-m sdgbook ")):
            start = f'exec env PYTHONPATH="{self.here}/scripts" "{sys.executable}" {words}"$@"'
            (programs / name).write_text(f"#!/bin/sh\n{start}\n", encoding="utf-8")
            (programs / name).chmod(0o755)
        subprocess.run([sys.executable, "-c", PREPARE], cwd=self.here, check=True)

    def live(self, name: str = "index.html") -> Path:
        """A file that readers get."""
        return self.server / "current" / name

    def pages(self) -> str:
        return self.live("gioi-thieu.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A bare repository with nothing but the project, and a copy to change it from."""
    project = Project.copy(tmp_path_factory.mktemp("kho"))
    shutil.copy(ROOT / "data" / "addresses.txt", project.root / "data" / "addresses.txt")
    assert run(project.root, "git", "init", "--quiet", "--initial-branch=main").returncode == 0
    commit(project.root, "2022-03-04T08:00:00+07:00")
    bare = project.root.parent / "bao-cao.git"
    assert run(project.root, "git", "clone", "--quiet", "--bare", ".", str(bare)).returncode == 0
    return project, bare


@pytest.fixture(scope="module")
def operator(repository, tmp_path_factory):
    """Whoever has published the site for the first time, by the page."""
    one = Operator(tmp_path_factory.mktemp("máy của tôi") / "việc", repository[1])
    # That the site can be built in a folder of one's own is tried often enough.
    one.said = one.does("First publication", without=("make site", "verify"))
    return one


@pytest.fixture(scope="module")
def served(operator, tmp_path_factory):
    """The server that readers ask, with the configuration that the project writes."""
    program("nginx")
    with serving("nginx", operator.server, tmp_path_factory.mktemp("nginx")) as server:
        operator.environment["URL"] = server.address
        yield operator


def test_the_first_publication_is_served_and_verified(served):
    assert "Sẽ đăng lần đầu" in served.said and "Đã đăng ở" in served.said
    assert "ssl_certificate" in (served.here.parent / "example.org.conf").read_text(encoding="utf-8")
    (verifying,) = (block for block in blocks("First publication") if "verify" in block)
    assert "ĐÚNG" in served.types(verifying)


@pytest.mark.drill
def test_a_later_publication_says_what_changes_and_going_back_undoes_it(served, repository):
    project, bare = repository
    before = served.pages()
    project.append("book/gioi-thieu.md", "Câu này mới có thêm.", "Câu")
    commit(project.root, "2022-03-05T08:00:00+07:00")
    assert run(project.root, "git", "push", "--quiet", str(bare), "main").returncode == 0
    said = served.does("Every later publication")
    assert "gioi-thieu" in said and "Câu này mới có thêm." in served.pages()
    served.does("Going back")
    assert served.pages() == before
    served.does("Every later publication")
    assert "Câu này mới có thêm." in served.pages()


def test_what_somebody_did_to_the_server_is_found_and_mended(served):
    # Not through the link that other releases may share with it.
    page = served.live()
    whole = page.read_bytes()
    page.unlink()
    page.write_bytes(whole.replace(b"</main>", b"<p>1,000</p></main>"))
    said = served.types('.venv/bin/sdgbook verify "$URL" --commit HEAD', status=1)
    assert "index.html" in said and "KHÁC" in said
    assert "ĐÚNG" in served.does("When something is wrong")
    assert served.live().read_bytes() == whole


def test_the_site_comes_back_from_nothing_but_the_repository(repository, tmp_path, request):
    program("nginx")
    one = Operator(tmp_path / "máy mới", repository[1])
    clone, rest = blocks("Restoring from nothing but the repository")[0].split("make publish", 1)
    one.types(clone)
    publishing, verifying = f"make publish{rest}".splitlines()
    one.types(publishing)
    with serving("nginx", one.server, tmp_path / "nginx") as server:
        one.environment["URL"] = server.address
        assert "ĐÚNG" in one.types(verifying)


def test_a_copy_for_a_library_is_made(served):
    served.does("Keeping a copy")
    assert (served.place / "luu-tru-2021.zip").is_file()
