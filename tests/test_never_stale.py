"""Never stale: whatever is edited, in whatever order, the site of the next build is, byte for byte, the site that a
clean build of the same project gives.
"""

from __future__ import annotations

from random import Random

import pytest
import rebuilding
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from rebuilding import EDITS, Workshop, stamps

from sdgbook.building import check
from sdgbook.data.layout import write_canonical

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
    cold = False

    def __init__(self):
        super().__init__()
        self.shop = self.start.again()
        self.pending = 0

    @rule(seed=SEEDS)
    def edit(self, seed):
        """An edit of any kind, when it is right, and a build."""
        shop, chance = self.shop, Random(f"{seed} {len(self.shop.steps)}")
        before = shop.texts()
        for _ in range(20):
            name = chance.choice(EDITS)(shop, chance)
            write_canonical(shop.root)
            if name and not check(shop.root, cells=False):
                break
            shop.undo(before)
        else:
            return
        shop.note(name, before)
        print(name, flush=True)
        done = shop.rebuild()
        if done.returncode:
            # What only the build itself finds wrong is wrong for a clean one as well.
            clean = shop.build_anew(cold=self.cold)
            assert clean.returncode, shop.recipe(f"Fails, and a clean build does not:\n{done.stdout}{done.stderr}")
            shop.undo(before)
            shop.steps[-1].name += " (refused, and taken back)"
            print("refused", done.stderr)
            done = shop.rebuild()
            assert done.returncode == 0, shop.recipe(done.stdout + done.stderr)
        self.pending += 1
        if self.pending >= self.every:
            self.compare()

    @rule(seed=SEEDS)
    def break_and_mend(self, seed):
        """A broken book leaves the last good site; mended, it is that of a clean build."""
        shop = self.shop
        before, site = shop.texts(), stamps(shop.root / "_build" / "html")
        shop.note(rebuilding.broken(shop, Random(seed)), before)
        print(shop.steps[-1].name, flush=True)
        done = shop.rebuild()
        assert done.returncode == 1, shop.recipe("A broken book was built.")
        assert stamps(shop.root / "_build" / "html") == site, shop.recipe("A build that failed changed the site.")
        broken = shop.texts()
        shop.undo(before)
        shop.note("mended", broken)
        done = shop.rebuild()
        assert done.returncode == 0, shop.recipe(done.stdout + done.stderr)
        self.pending += 1

    def compare(self) -> None:
        """The site is what a clean build gives."""
        shop, self.pending = self.shop, 0
        done = shop.build_anew(cold=self.cold)
        assert done.returncode == 0, shop.recipe(f"A clean build fails:\n{done.stdout}{done.stderr}")
        if files := shop.differences():
            raise AssertionError(shop.recipe(f"Stale: {', '.join(files)}\n{shop.first_difference(files)}"))
        shop.compared += 1

    def teardown(self):
        if self.pending:
            self.compare()


def run(workshop: Workshop, examples: int, steps: int, **options) -> None:
    machine = type("Edits", (Edits,), {"start": workshop, **options})
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
    run(workshop, examples=2, steps=8)


@pytest.mark.drill
def test_after_many_edits_the_site_is_that_of_a_clean_build(workshop):
    run(workshop, examples=100, steps=50, cold=True)


def test_a_build_after_no_change_writes_nothing(workshop):
    shop = workshop.again()
    before = stamps(shop.root / "_build")
    done = shop.rebuild()
    assert "Không có gì thay đổi" in done.stdout
    assert stamps(shop.root / "_build") == before
