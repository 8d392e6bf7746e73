"""Never stale: whatever is edited, in whatever order, the site of the next build is, byte for byte, the site that a
clean build of the same project gives.

These tests must see a dependency that nobody records. One test plants such a fault itself. To try another, take out a
line that records: a `reads.note` in `data/package.py`, the body of `include` or a hook of `watch_files` in
`data/reads.py`, a part of `frame_of` or of a `Record` in `site/records.py`, a comparison in `site/builder.py`. Then run
the long form: `make drills ARGS="tests/test_never_stale.py"`.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from rebuilding import EDITS, Workshop, broken, rows_of, stamps, write_rows

from sdgbook.building import check
from sdgbook.data.layout import write_canonical

# How often the book is broken before an edit.
BREAK = 1 / 8
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A book that has been built once."""
    return Workshop.begin(tmp_path_factory.mktemp("sách"))


class Edits(RuleBasedStateMachine):
    """Edits of a book in random order, a build after each, and now and then a clean build to compare with."""

    start: Workshop
    # Edits between two comparisons.
    every = 3

    # Not 0, which Hypothesis tries first of all, each time.
    @initialize(seed=SEEDS.filter(bool))
    def begin(self, seed):
        """The book as it was first."""
        self.shop, self.chance, self.pending, self.kinds = self.start.again(), Random(seed), 0, []

    @rule(seed=SEEDS)
    def edit(self, seed):
        """An edit that leaves the book in order, of any kind: all kinds in turn, in any order. Then a build."""
        shop, chance = self.shop, Random(f"{self.chance.random()} {seed}")
        if chance.random() < BREAK:
            self.break_and_mend(chance)
        before = shop.texts()
        for _ in range(20):
            if not self.kinds:
                self.kinds = chance.sample(EDITS, len(EDITS))
            name = self.kinds.pop()(shop, chance)
            write_canonical(shop.root)
            if name and not check(shop.root, cells=False):
                break
            shop.undo(before)
        shop.note(name, before)
        done = shop.rebuild()
        if done.returncode:
            # What only a build finds wrong is wrong for a clean one as well.
            clean = shop.build_anew()
            assert clean.returncode, shop.recipe(f"Fails, where a clean build does not:\n{done.stdout}{done.stderr}")
            self.mend(before)
        self.count()

    def break_and_mend(self, chance: Random) -> None:
        """A broken book leaves the last good site as it is."""
        shop = self.shop
        before, site = shop.texts(), stamps(shop.root / "_build" / "html")
        shop.note(broken(shop, chance), before)
        done = shop.rebuild()
        assert done.returncode == 1, shop.recipe("A broken book was built.")
        assert stamps(shop.root / "_build" / "html") == site, shop.recipe("A build that failed changed the site.")
        self.mend(before)

    def mend(self, before: dict[str, bytes]) -> None:
        """Take the last edit back and build."""
        broken = self.shop.texts()
        self.shop.undo(before)
        self.shop.note("taken back", broken)
        done = self.shop.rebuild()
        assert done.returncode == 0, self.shop.recipe(done.stdout + done.stderr)

    def count(self) -> None:
        """One edit more has been built."""
        self.pending += 1
        if self.pending == self.every:
            self.compare()

    def compare(self) -> None:
        """The site is what a clean build gives."""
        shop, self.pending = self.shop, 0
        done = shop.build_anew()
        assert done.returncode == 0, shop.recipe(f"A clean build fails:\n{done.stdout}{done.stderr}")
        if files := shop.differences():
            raise AssertionError(shop.recipe(f"Stale: {', '.join(files)}\n{shop.first_difference(files)}"))
        shop.compared += 1

    def teardown(self):
        if getattr(self, "pending", 0):
            self.compare()


def run(workshop: Workshop, examples: int, steps: int) -> None:
    machine = type("Edits", (Edits,), {"start": workshop})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            # Each step is a build: to make an example smaller would take hours. Its recipe is short as it is.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_after_any_edits_the_site_is_that_of_a_clean_build(workshop):
    # The first step only begins.
    run(workshop, examples=1, steps=1 + Edits.every)


@pytest.mark.drill
def test_after_many_edits_the_site_is_that_of_a_clean_build(workshop):
    run(workshop, examples=20, steps=50)


@pytest.mark.drill
def test_the_comparison_sees_a_dependency_that_is_not_recorded(workshop):
    shop = workshop.again()
    noting = "def note(file: str, column: str, key: str) -> None:\n"
    code = shop.read("scripts/sdgbook/data/reads.py")
    assert noting in code
    planted = noting.rstrip("\n") + '\n    if column == "name_vi":\n        return\n'
    shop.write("scripts/sdgbook/data/reads.py", code.replace(noting, planted))
    assert shop.rebuild().returncode == 0
    columns, rows = rows_of(shop, "indicators")
    rows[0]["name_vi"] += " (tên khác)"
    write_rows(shop, "indicators", columns, rows)
    assert shop.rebuild().returncode == 0 and shop.build_anew().returncode == 0
    assert shop.differences()


def test_a_build_after_no_change_writes_nothing(workshop):
    shop = workshop.again()
    before = stamps(shop.root / "_build")
    done = shop.rebuild()
    assert "Không có gì thay đổi" in done.stdout
    assert stamps(shop.root / "_build") == before
