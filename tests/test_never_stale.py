"""Never stale: whatever is edited, in whatever order, the site of the next build is, byte for byte, the site that a
clean build of the same project gives.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from rebuilding import Workshop, fields, rows_of, stamps, write_rows

from sdgbook.building import check
from sdgbook.data.layout import write_canonical

TABLES = (
    "areas breakdowns documents goals indicators targets terms units challenges commitments derived doubts edition"
    " headlines identities measures objectives observations places revisions sections slips"
).split()


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

    def edited(self, name: str, before: dict[str, bytes]) -> None:
        """An edit has been made: build, when the project is still right."""
        shop = self.shop
        write_canonical(shop.root)
        if not shop.note(name, before):
            shop.steps.pop()
            return
        if check(shop.root, cells=False):
            shop.undo(before)
            shop.steps.pop()
            return
        done = shop.rebuild()
        assert done.returncode == 0, shop.recipe(done.stdout + done.stderr)
        self.pending += 1
        if self.pending >= self.every:
            self.compare()

    def compare(self) -> None:
        """The site is what a clean build gives."""
        shop, self.pending = self.shop, 0
        done = shop.build_anew(cold=self.cold)
        assert done.returncode == 0, shop.recipe(f"A clean build fails:\n{done.stdout}{done.stderr}")
        if files := shop.differences():
            raise AssertionError(shop.recipe(f"Stale: {', '.join(files)}\n{shop.first_difference(files)}"))

    @rule(data=st.data())
    def cell(self, data):
        """A cell of any table says something else."""
        before = self.shop.texts()
        table = data.draw(st.sampled_from(TABLES), "table")
        columns, rows = rows_of(self.shop, table)
        if not rows:
            return
        number = data.draw(st.integers(0, len(rows) - 1), "row")
        field = data.draw(st.sampled_from(fields(self.shop, table)), "column")
        column, old = field["name"], rows[number][field["name"]]
        allowed = field.get("constraints", {})
        choices = sorted({row[column] for row in rows} - {old})
        choices += allowed.get("enum", [])
        if field["type"] == "string" and "enum" not in allowed and "pattern" not in allowed:
            choices += [f"{old} thêm lời".strip(), f"{old} thêm lời".strip()]
        if field["type"] in ("number", "integer", "year") and old:
            choices += [str(int(float(old)) + 1), f"{old}1"]
        if not allowed.get("required") and old:
            choices.append("")
        if not choices:
            return
        rows[number][column] = data.draw(st.sampled_from(choices), "value")
        write_rows(self.shop, table, columns, rows)
        self.edited(f"{table}: {column} of “{next(iter(rows[number].values()))}”", before)

    def teardown(self):
        if self.pending:
            self.compare()


def machine(workshop: Workshop, **options):
    return type("Edits", (Edits,), {"start": workshop, **options})


def run(workshop: Workshop, examples: int, steps: int, **options) -> None:
    run_state_machine_as_test(
        machine(workshop, **options),
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
