"""What earlier builds found out is of use only while all that it came from is the same; what goes on beside a build
changes nothing but its speed."""

from __future__ import annotations

import os
import sys
import time

import pytest
from helpers import run

from sdgbook import store
from sdgbook.beside import beside
from sdgbook.building import check
from sdgbook.data import read_package, reads
from sdgbook.site.execution import Cell, Job, Outcome, kept
from sdgbook.site.execution.fork import ForkExecutor, ForkServer
from sdgbook.site.execution.sight import jobs_at_first_sight

SPEC = {"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a", "type": "quantitative"}}}
FIGURE = "mining-trainees"


@pytest.fixture
def cache(tmp_path):
    """An empty store in a folder, which is the current one."""
    with store.use(store.Store(tmp_path / "cache")) as opened:
        yield opened


def job(*sources: str, name: str = "thu") -> Job:
    return Job(name, f"book/{name}.md", tuple(Cell(source, 1) for source in sources), 30)


def read_of(package, name: str) -> reads.Data:
    """What reading one figure's value leaves."""
    table = package.table("observations")
    with reads.recording() as seen:
        next(row for row in table.rows if row["indicator"] == name)["obs_value"]
    return seen.as_data(package)


def test_what_cells_gave_is_used_again_until_something_that_they_read_changes(project, cache):
    package, asked = read_package(project.root), job("1 + 1")
    given = Outcome("thu", asked.digest, [[{"output_type": "stream", "text": "2"}]], read_of(package, FIGURE))
    kept.keep(asked, "all", given)
    assert kept.find(asked, "all", package) == given
    assert kept.find(job("1 + 2"), "all", package) is None
    assert kept.find(asked, "all, otherwise", package) is None
    project.edit("observations", "hunger-relief-rice", "note_vi", "Đã sửa.")
    assert kept.find(asked, "all", read_package(project.root)) == given
    project.figure(FIGURE, "1")
    assert kept.find(asked, "all", read_package(project.root)) is None


def test_cells_that_nobody_watched_are_not_kept(package, cache):
    asked = job("1")
    kept.keep(asked, "all", Outcome("thu", asked.digest, [[]], None))
    assert kept.find(asked, "all", package) is None


def test_a_table_that_was_wrong_is_told_each_time(project, cache):
    project.edit("observations", FIGURE, "obs_value", "nhiều")
    found = check(project.root, cells=False)
    assert found and check(project.root, cells=False) == found


def test_a_table_that_was_out_of_order_is_told_each_time(project, cache):
    rows = project.table("units")
    project.write_table("units", rows[::-1])
    found = check(project.root, cells=False)
    assert found and check(project.root, cells=False) == found
    project.write_table("units", rows)
    assert check(project.root, cells=False) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
class TestBeside:
    """Work of other processes."""

    @pytest.mark.parametrize("killed", [False, True], ids=["alive", "killed"])
    def test_a_drawing_is_the_same_whoever_draws_it(self, tmp_path, killed):
        # In a process that has drawn nothing yet: others have no process beside them.
        script = f"""
import os, signal
from pathlib import Path
from sdgbook import store
from sdgbook.site import drawing
spec = {SPEC!r}
with store.use(store.Store(Path("cache"))), drawing.beside():
    if {killed}:
        os.kill(drawing._beside[-1]._process.pid, signal.SIGKILL)
    drawing.draw_ahead([spec])
    beside = drawing.draw(spec, "x", "một cột")
    assert drawing.renderer.cache_info().currsize == {int(killed)}
assert drawing.draw(spec, "x", "một cột") == beside
"""
        done = run(tmp_path, sys.executable, "-c", script)
        assert done.returncode == 0, done.stderr

    def test_chapters_that_have_begun_give_what_they_give_when_asked(self, project):
        jobs = [
            job("40 + 2", name="a"),
            job("from sdgbook import fact\nfact('poverty-rate@2021-12-31').text", name="b"),
        ]
        server = ForkServer(2)
        try:
            server.begin(project.root, [*jobs, job("'không ai hỏi'", name="c")])
            late = job("'hỏi sau'", name="d")
            found = server.run(project.root, [late, *jobs])
            alone = ForkExecutor(1).run(project.root, [late, *jobs])
            assert [(one.docname, one.outputs) for one in found] == [(one.docname, one.outputs) for one in alone]
        finally:
            server._end()

    def test_chapters_that_have_begun_for_nothing_are_stopped(self, project):
        server, endless, started = ForkServer(1), job("while True: pass", name="c"), time.monotonic()
        try:
            server.begin(project.root, [endless])
            [found] = server.run(project.root, [job("1", name="a")])
            assert found.docname == "a" and not found.problems
            # Nobody has waited until its time was over.
            assert time.monotonic() - started < endless.timeout
        finally:
            server._end()

    def test_the_jobs_of_the_real_chapters_are_what_they_look_like_at_first_sight(self, site):
        from sdgbook.building import state

        last = state.read_state(site.project.root / "_build" / "state")
        asked = {Job.from_data(page["job"]) for page in last.records["pages"].values() if page["job"]}
        assert len(asked) > 20
        assert asked <= set(jobs_at_first_sight(site.project.root))

    def test_work_beside_that_fails_is_nobodys_matter(self, cache):
        with beside(lambda: 1 / 0):
            pass
        with beside(lambda: cache.put("kind", "0" * 64, b"done")):
            pass
        assert cache.get("kind", "0" * 64) == b"done"
