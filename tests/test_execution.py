"""Code cells run in children of the builder: the same outputs as from a kernel, and no cell can hold up, spoil or
silently damage a build."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbclient
import nbformat
import pytest
from books import make_book
from helpers import digests, run

from sdgbook.data import Problem, ProblemsFound, reads
from sdgbook.edit.markdown import read_chapter
from sdgbook.site.execution import Cell, Job, Outcome, executor
from sdgbook.site.execution.cluster import DaskExecutor
from sdgbook.site.execution.fork import ForkExecutor, ForkServer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


def job(*sources: str, name: str = "thu", timeout: float | None = 30) -> Job:
    """A page whose cells begin at lines 10, 20, 30 and so on."""
    cells = [Cell(source, 10 * number) for number, source in enumerate(sources, 1)]
    return Job(name, f"book/{name}.md", tuple(cells), timeout)


def outcome(project, *sources: str, timeout: float | None = 30) -> Outcome:
    [found] = ForkExecutor(1).run(project.root, [job(*sources, timeout=timeout)])
    return found


def problem(project, *sources: str, timeout: float | None = 30) -> Problem:
    [found] = outcome(project, *sources, timeout=timeout).problems
    return found


def merged(outputs: list[dict]) -> list[dict]:
    """Outputs with pieces of one stream joined: a kernel cuts them as its timer has it."""
    found: list[dict] = []
    for output in outputs:
        if output["output_type"] == "stream" and found and found[-1].get("name") == output["name"]:
            found[-1] = {**found[-1], "text": found[-1]["text"] + output["text"]}
        else:
            found.append(dict(output))
    return found


def children() -> set[str]:
    """Ids of the processes that this one started and that are still there, dead or alive."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@pytest.fixture
def no_child_left():
    """Nothing that a test starts outlives it, not even as a zombie."""
    before = children()
    yield
    assert children() <= before


CELLS = (
    "print('một'); print('hai')\n1 + 1",
    "from IPython.display import HTML, Markdown, clear_output, display, update_display\n"
    "display(HTML('<b>ba</b>'), metadata={'a': 1}); print('bốn'); display(Markdown('*năm*')); HTML('sáu')",
    "import pandas as pd\npd.DataFrame({'tên': ['x' * 90] * 70, 'số': range(70), 'nữa': [1.5] * 70})",
    "x = %who_ls\nlen(x) > 0",
    "!echo bảy",
    "import subprocess\nsubprocess.run(['echo', 'tám'], check=True)\nNone",
    "display('chín', display_id='c')\nprint('mười')",
    "update_display('chín mới', display_id='c')",
    "print('bỏ'); display('bỏ'); clear_output(); print('giữ')",
    "print('bỏ'); clear_output(wait=True); display('giữ')",
    "await __import__('asyncio').sleep(0)\n_ + 1 if isinstance(_, int) else type(_).__name__",
    "class A:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
    "        image = {'image/png': b'\\x89PNG', 'text/plain': 'A'}\n"
    "        return {'application/x+json': {'a': [1, None, 2.0], 3: 'x'}, **image}, {'m': 1}\nA()",
    "5;",
    "import os\n__name__, 'ZMQ' in str(type(get_ipython()).__mro__), os.path.basename(os.getcwd())",
)


def test_outputs_are_those_of_a_jupyter_kernel(project, no_child_left, monkeypatch):
    # Where a kernel finds this it does not take what other programs print.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    nbclient.execute(notebook, cwd=str(project.root / "book"), kernel_name="python3")
    ours = outcome(project, *CELLS)
    assert ours.problems == []
    for source, cell, outputs in zip(CELLS, notebook.cells, ours.outputs, strict=True):
        expected = merged([nbformat.from_dict(output) for output in cell.outputs])
        got = merged([nbformat.from_dict(output) for output in outputs])
        assert got == expected, source
        # A page shows the first format that it can: their order counts.
        assert [list(o.get("data", {})) for o in got] == [list(o.get("data", {})) for o in expected], source


def test_chapters_cannot_disturb_one_another(project, no_child_left):
    spoil = "import os, sdgbook\nsdgbook.chapter = None\nos.environ['X'] = '1'\nos.chdir('/')\nmuc_tieu = 1"
    look = "import os, sdgbook\nsdgbook.chapter is None, 'X' in os.environ, os.getcwd() == '/', 'muc_tieu' in globals()"
    first, second = ForkExecutor(1).run(project.root, [job(spoil, name="a"), job(look, name="b")])
    assert first.problems == [] and second.outputs[0][0]["data"]["text/plain"] == "(False, False, False, False)"


def test_outcomes_keep_the_order_of_the_pages_whoever_ends_first(project, no_child_left):
    jobs = [job(f"import time\ntime.sleep({0.3 if n == 0 else 0})\n{n}", name=f"p{n}") for n in range(5)]
    heard = []
    found = ForkExecutor(3).run(project.root, jobs, lambda outcome: heard.append(outcome.docname))
    assert [o.docname for o in found] == [j.docname for j in jobs] and heard[0] != "p0"
    assert [o.outputs[0][0]["data"]["text/plain"] for o in found] == [str(n) for n in range(5)]
    assert sorted(heard) == [j.docname for j in jobs]


def test_every_error_of_every_page_is_told_with_its_line(project, no_child_left):
    good = "muc_tieu = 1"
    pages = [job(good, "\n1 / 0", "x =", name="a"), job("khong_co", "1 / 0", name="b"), job(good, name="c")]
    found = [p for outcome in ForkExecutor(2).run(project.root, pages) for p in outcome.problems]
    # After its first cell has failed, page b's other cells mean nothing.
    assert [(p.file, p.line) for p in found] == [("book/a.md", 21), ("book/a.md", 30), ("book/b.md", 10)]
    assert "ZeroDivisionError" in found[0].message and "cú pháp" in found[1].message


def test_a_wrong_name_of_a_figure_is_told_at_its_place(project):
    found = problem(project, "from sdgbook import fact\nmuc_tieu = 1\n\nfact('khong-co')")
    assert (found.line, found.column) == (13, 6) and "khong-co" in found.message


def test_an_error_inside_a_helper_is_told_at_the_line_that_calls_it(project):
    found = problem(project, "muc_tieu = 1\ndef f():\n    1 / 0", "\n\nf()")
    assert found.line == 22


# ----------------------------------------------------------------------------------------------------------------------
# Cells that go wrong for good


def test_a_cell_that_never_ends_is_stopped_and_named(project, no_child_left):
    started = time.monotonic()
    found = problem(project, "1", "while True: pass", timeout=0.5)
    assert (found.file, found.line) == ("book/thu.md", 20) and "0,5 giây" in found.message
    assert time.monotonic() - started < 15


def test_programs_that_an_endless_cell_started_end_with_it(project, no_child_left):
    problem(project, "import subprocess\nsubprocess.run(['sleep', '71.5'])", timeout=0.5)
    assert not any(b"71.5" in command for command in commands())


def commands() -> list[bytes]:
    """Command lines of all processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes())
        except OSError:
            continue
    return found


def test_the_time_limit_is_for_each_cell_not_for_the_page(project):
    assert outcome(project, *["import time\ntime.sleep(0.4)"] * 3, timeout=1).problems == []


def test_a_cell_that_leaves_the_process_is_told(project, no_child_left):
    found = problem(project, "1", "import os\nos._exit(3)")
    assert found.line == 20 and "mã 3" in found.message


def test_a_cell_that_ends_python_is_told(project):
    found = problem(project, "raise SystemExit(3)")
    assert found.line == 10 and "SystemExit" in found.message


def test_a_page_that_the_system_kills_once_is_run_again(project, no_child_left):
    mark = project.root / "đã chạy"
    found = outcome(
        project,
        f"import os, pathlib, signal\nif not (mark := pathlib.Path({str(mark)!r})).exists():\n"
        "    mark.touch()\n    os.kill(os.getpid(), signal.SIGKILL)\n'xong'",
    )
    assert found.problems == [] and found.outputs[0][0]["data"]["text/plain"] == "'xong'"


def test_a_page_that_is_killed_again_and_again_is_told(project, no_child_left):
    count = project.root / "số lần"
    found = problem(
        project, "1", f"import os\nopen({str(count)!r}, 'a').write('x')\nos.kill(os.getpid(), {int(signal.SIGKILL)})"
    )
    assert found.line == 20 and "SIGKILL" in found.message and count.read_text() == "xx"


@pytest.mark.parametrize(
    "source",
    [
        "for n in range(1_000_000): print('dòng', n)",
        "try:\n    for n in range(1_000_000): print('dòng', n)\nexcept BaseException: pass",
        "import subprocess\nsubprocess.run(['yes'])",
        "'x' * 20_000_000",
        "from IPython.display import display\nwhile True: display('x' * 10_000)",
    ],
    ids=["prints", "prints and catches all", "another program prints", "returns", "displays"],
)
def test_a_cell_that_prints_or_returns_without_end_is_cut_and_named(project, source, no_child_left):
    found = problem(project, "1", source)
    assert (found.file, found.line) == ("book/thu.md", 20) and "10 MB" in found.message


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nprint('coi chừng', file=sys.stderr)",
        "import warnings\nwarnings.warn('coi chừng')",
        "import logging\nlogging.warning('coi chừng')",
        "import os\nos.write(2, 'coi chừng\\n'.encode())\nNone",
        "import subprocess\nsubprocess.run('echo coi chừng >&2', shell=True)\nNone",
    ],
    ids=["stderr", "warning", "log", "below Python", "another program"],
)
def test_a_cell_that_writes_to_stderr_fails_the_page(project, source, no_child_left):
    found = problem(project, "1", source)
    assert (found.file, found.line) == ("book/thu.md", 20) and "coi chừng" in found.message


def test_a_cell_that_asks_for_input_gets_none(project):
    assert "EOFError" in problem(project, "input()").message


def test_an_interrupted_build_leaves_no_child(project, no_child_left):
    code = (
        "import pathlib, signal\n"
        # Where the tests run in the background, interrupts are ignored, and children inherit that.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from sdgbook.site.execution import Cell, Job\n"
        "from sdgbook.site.execution.fork import ForkExecutor\n"
        "cell = Cell(\"import subprocess\\nprint(subprocess.run(['sleep', '73.25']))\", 1)\n"
        "jobs = [Job(str(n), 'book/index.md', (cell,), 60) for n in range(2)]\n"
        "ForkExecutor(2).run(pathlib.Path('.'), jobs)\n"
    )
    builder = subprocess.Popen([sys.executable, "-c", code], cwd=project.root, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: sum(b"73.25" in command and b"sleep\0" in command for command in commands()) == 2)
        builder.send_signal(signal.SIGINT)
        assert builder.wait(10) != 0
        wait_for(lambda: not any(b"sleep\x0073.25" in command for command in commands()))
    finally:
        builder.kill()
        builder.wait()


def wait_for(condition, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


# ----------------------------------------------------------------------------------------------------------------------
# Who runs


def test_a_process_with_threads_has_another_one_forked(project):
    code = (
        "import pathlib, threading, time\n"
        "from sdgbook.site.execution import Cell, Job\n"
        "from sdgbook.site.execution.fork import ForkExecutor, ForkServer, local\n"
        "assert isinstance(local(), ForkExecutor)\n"
        "job = Job('a', 'book/index.md', (Cell('print(1); 2', 1), ), 60)\n"
        "own = local().run(pathlib.Path('.'), [job])\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "assert isinstance(local(), ForkServer)\n"
        "for _ in range(2): assert local().run(pathlib.Path('.'), [job]) == own\n"
    )
    done = run(project.root, sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr


def test_the_death_of_the_process_that_runs_chapters_is_told_and_the_next_run_has_another(project, no_child_left):
    server = ForkServer(1)
    with pytest.raises(ProblemsFound, match=r"bị dừng giữa chừng.*bộ nhớ"):
        server.run(project.root, [job("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")])
    assert server.run(project.root, [job("1")])[0].problems == []
    server._end()


def test_the_chart_renderer_counts_as_threads(project):
    code = (
        "import vl_convert\nfrom sdgbook.site.execution.fork import has_threads\n"
        "assert not has_threads()\n"
        "vl_convert.vega_to_svg({'width': 1, 'height': 1, 'marks': []})\nassert has_threads()\n"
    )
    done = run(project.root, sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr


def test_what_a_page_read_is_told_alike_whether_the_data_were_at_hand_or_not(project):
    source = "from sdgbook import edition\nedition(2021).documents()"
    # The data are read again where a file of theirs looks newer than when they were read.
    later = f"import os\nos.utime('../data/reference/terms.csv', (9, 9))\n{source}"
    at_hand, read_again = outcome(project, source), outcome(project, later)
    assert at_hand.problems == read_again.problems == []
    assert at_hand.reads and at_hand.reads == read_again.reads
    # It depends on the rows, not on the files that hold them.
    assert not any(name.startswith("data") for name in at_hand.reads.get("(files)", {}))


def test_a_module_beside_a_chapter_is_the_one_that_its_file_says_now(project, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    module = project.root / "book" / "giup.py"
    said = []
    for word in "ab":
        module.write_text(f"WORD = '{word}'\n")
        # As when a clock is set back: Python would take what it has compiled before.
        os.utime(module, (9, 9))
        said += outcome(project, "import giup\ngiup.WORD").outputs[0]
    assert [output["data"]["text/plain"] for output in said] == ["'a'", "'b'"]
    assert not (module.parent / "__pycache__").exists()


def test_a_setting_that_means_nothing_is_told(monkeypatch):
    monkeypatch.setenv("SDGBOOK_EXECUTOR", "forkk")
    with pytest.raises(ProblemsFound, match=r"forkk.*dask"):
        executor()


# ----------------------------------------------------------------------------------------------------------------------
# Past one machine


@pytest.fixture
def cluster():
    """Two worker processes under one scheduler."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


def chapters(project) -> list[Job]:
    """The cells of every page of the real book."""
    found = []
    for path in sorted((project.root / "book").rglob("*.md")):
        chapter = read_chapter(project.root, path)
        if chapter.cells:
            found.append(Job(chapter.file, chapter.file, tuple(Cell(c.source, c.line) for c in chapter.cells), 60))
    return found


def test_a_cluster_gives_what_this_machine_gives_though_a_worker_is_killed(project, cluster, monkeypatch):
    monkeypatch.setenv("SDGBOOK_DASK", cluster.scheduler.address)
    monkeypatch.setenv("SDGBOOK_EXECUTOR", "dask")
    jobs = chapters(project)
    before = digests(project.root)
    expected = ForkExecutor(2).run(project.root, jobs)
    workers = list(cluster.run(os.getpid).values())
    killed = []

    def kill_one(outcome: Outcome) -> None:
        if not killed:
            killed.append(workers[0])
            os.kill(workers[0], signal.SIGKILL)

    found = executor().run(project.root, jobs, kill_one)
    assert killed and not Path(f"/proc/{killed[0]}").exists()
    assert [o.problems for o in found] == [[]] * len(jobs)
    # Which libraries are looked for beside a chapter depends on what its process had imported before.
    for outcome in (*found, *expected):
        outcome.reads.pop(reads.FILES, None)
    # Page by page: to tell how long texts differ takes minutes.
    assert [one.docname for one, other in zip(found, expected, strict=True) if one != other] == []
    assert digests(project.root) == before


def test_cells_that_fail_on_a_cluster_are_told_as_here(project, cluster):
    endless = job("while True: pass", name="c", timeout=0.5)
    jobs = [job("import os\nos._exit(3)", name="a"), job("x =", name="b"), endless]
    expected = ForkExecutor(1).run(project.root, jobs)
    assert DaskExecutor(cluster.scheduler.address).run(project.root, jobs) == expected
    assert [len(outcome.problems) for outcome in expected] == [1, 1, 1]


def test_a_worker_with_other_code_is_refused(project, cluster, monkeypatch):
    monkeypatch.setattr("sdgbook.site.execution.cluster.versions", lambda: {"sdgbook": "khác", "babel": "0"})
    with pytest.raises(ProblemsFound, match=r"bản khác.*sdgbook .*ở đây khác"):
        DaskExecutor(cluster.scheduler.address).run(project.root, [job("1")])


def test_a_cluster_that_nobody_answers_for_is_told(project):
    pytest.importorskip("distributed")
    with pytest.raises(ProblemsFound, match=r"tcp://127.0.0.1:9.*SDGBOOK_DASK"):
        DaskExecutor("tcp://127.0.0.1:9", patience=1).run(project.root, [job("1")])


def test_without_dask_the_setting_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setenv("SDGBOOK_EXECUTOR", "dask")
    with pytest.raises(ProblemsFound, match=r"chưa cài gói distributed.*bootstrap.py --dev"):
        executor()


# ----------------------------------------------------------------------------------------------------------------------
# In a build


def build(book: Path, out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build a book with Jupyter Book by hand, from the start."""
    code = "from jupyter_book.cli.main import main; main()"
    words = ["build", "book", "--toc", str(book / "_toc.yml"), "--path-output", str(out), "--all", "-W", "-n"]
    return run(book, "env", *(f"{k}={v}" for k, v in environment.items()), sys.executable, "-c", code, *words)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book of two chapters. Tests only read it."""
    return make_book(tmp_path_factory.mktemp("sách"), 2, small=True)


@pytest.mark.drill
def test_pages_are_the_same_bytes_whoever_runs_their_cells(book, tmp_path):
    """By Jupyter Book itself. By `sdgbook site`, test_reproducible.py compares the same two."""
    said = {}
    for chosen in ("kernel", "fork"):
        done = build(book, tmp_path / chosen, SDGBOOK_EXECUTOR=chosen)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        said[chosen] = done.stdout + done.stderr
    assert "Executed notebook" in said["kernel"] and "Executed notebook" not in said["fork"]
    pages = digests(tmp_path / "fork" / "_build" / "html")
    assert pages == digests(tmp_path / "kernel" / "_build" / "html") and "muc-tieu/1-1.html" in pages


def test_all_problems_of_all_pages_end_a_build_by_hand(tmp_path):
    book = make_book(tmp_path / "sách", 2, small=True)
    for name in ("1-1", "15-2-a"):
        page = book / "book" / "muc-tieu" / f"{name}.md"
        page.write_text(
            page.read_text() + "\n```{code-cell}\n:tags: [x]\n\n1 / 0\n```\n\n```{code-cell}\nkhong_co\n```\n"
        )
    done = build(book, tmp_path / "ra")
    assert done.returncode != 0
    for name in ("1-1", "15-2-a"):
        lines = (book / "book" / "muc-tieu" / f"{name}.md").read_text().split("\n")
        for source, error in (("1 / 0", "ZeroDivisionError"), ("khong_co", "NameError")):
            place = f"book/muc-tieu/{name}.md, dòng {lines.index(source) + 1}, cột 1: "
            assert f"{place}Ô mã dừng vì lỗi: {error}" in done.stdout + done.stderr
    assert not (tmp_path / "ra" / "_build" / "html" / "index.html").exists()


def test_a_page_that_changes_after_its_cells_were_run_shows_what_it_says_now(tmp_path):
    """Between running cells and reading pages, another program saves a page."""
    book = make_book(tmp_path / "sách", 2, small=True)
    page = book / "book" / "muc-tieu" / "1-1.md"
    page.write_text(page.read_text() + "\n```{code-cell}\nprint('chữ cũ')\n```\n")
    (book / "lưu.py").write_text(
        "from pathlib import Path\nfrom sdgbook.site.execution import hooks\nbefore = hooks.execute\n"
        "def execute(*words):\n    before(*words)\n"
        "    page = Path('book/muc-tieu/1-1.md')\n    page.write_text(page.read_text().replace('chữ cũ', 'chữ mới'))\n"
        "hooks.execute = execute\nfrom jupyter_book.cli.main import main\nmain()\n"
    )
    words = ["build", "book", "--toc", str(book / "_toc.yml"), "--path-output", str(tmp_path / "ra"), "--all"]
    done = run(book, sys.executable, "lưu.py", *words)
    html = (tmp_path / "ra" / "_build" / "html" / "muc-tieu" / "1-1.html").read_text()
    assert done.returncode == 0 and "chữ mới" in html and "chữ cũ" not in html
