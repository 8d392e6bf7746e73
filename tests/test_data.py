"""The data package: sound, described, and always written in the one form that gives clean diffs."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from fractions import Fraction

import pytest
from frictionless import Package
from helpers import ROOT, YEAR, Project, lists
from hypothesis import given, settings
from hypothesis import strategies as st

from sdgbook.data.layout import write_canonical
from sdgbook.edit.check import check

DATA = ROOT / "data"


@pytest.fixture(scope="module")
def tables(package):
    return package.tables.values()


def test_frictionless_finds_the_package_valid():
    package = Package(str(DATA / "datapackage.json"))
    report = package.validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "note"])
    assert package.to_descriptor()["$schema"].startswith("https://datapackage.org/profiles/2.")


def test_the_project_passes_its_own_check():
    assert [str(problem) for problem in check(ROOT)] == []


def test_every_data_file_is_described_and_every_description_has_a_file(package):
    files = {path.relative_to(DATA).as_posix() for path in DATA.rglob("*.csv")}
    assert files == {resource["path"] for resource in package.descriptor["resources"]}


def test_every_table_and_column_explains_itself_in_both_languages(package):
    words = ("title", "title_en", "description", "description_en")
    resources = package.descriptor["resources"]
    described = [(r["name"], "", r) for r in resources]
    described += [(r["name"], field["name"], field) for r in resources for field in r["schema"]["fields"]]
    silent = [(table, column, w) for table, column, has in described for w in words if not has.get(w, "").strip()]
    assert silent == []


def test_every_table_has_a_key(tables):
    assert [table.name for table in tables if not table.key] == []


def test_every_figure_and_act_names_a_place_of_the_source(tables, package):
    known = package.table("sections").by_key
    wrong = [
        (row.file, row.line)
        for table in tables
        for row in table.rows
        if "source_locator" in row
        for locator in [row["source_locator"], *row.get("also_at", [])]
        if locator not in known
    ]
    assert wrong == []


def test_every_place_of_the_source_gives_something_or_is_a_mere_frame(package):
    given = {
        locator
        for table in package.tables.values()
        for row in table.rows
        for locator in [row.get("source_locator"), row.get("about"), *row.get("also_at", [])]
    }
    tellers = {"paragraph", "result", "footnote", "task", "request"}
    silent = {r["locator"] for r in package.table("sections").rows if r["kind"] in tellers} - given
    # The department's praise of its own work and the sentence that leads over to the difficulties.
    assert silent <= {"II ¶1", "II ¶2"}


def test_no_value_of_a_derived_figure_is_stored(package):
    derived = package.table("derived")
    assert not [f["name"] for f in derived.fields if f["type"] == "number" or "value" in f["name"]]
    observed = {row["indicator"] for row in package.table("observations").rows}
    assert observed.isdisjoint(row["derived"] for row in derived.rows)


def _value(name: str) -> Fraction:
    """The one observation that a name in an identity means, straight from the file."""
    indicator, breakdown, period = re.fullmatch(r"([a-z-]+)(?:\[(\w[\w-]*)\])?(?:@([\d-]+))?", name).groups()
    with (DATA / "editions" / YEAR / "observations.csv").open(encoding="utf-8", newline="") as file:
        found = [
            row["obs_value"]
            for row in csv.DictReader(file)
            if row["indicator"] == indicator
            and breakdown in (None, row["breakdown"])
            and period in (None, row["time_period"])
        ]
    assert len(found) == 1, name
    return Fraction(found[0])


def test_identities_hold(package):
    broken = []
    for row in package.table("identities").rows:
        sides = []
        for side in row["expression"].split(" = "):
            terms = re.split(r" ([+-]) ", f"0 + {side}")[1:]
            sides.append(sum(_value(n) * (1 if s == "+" else -1) for s, n in zip(terms[::2], terms[1::2], strict=True)))
        if abs(sides[0] - sides[1]) > row["tolerance"]:
            broken.append(row["identity"])
    assert broken == []
    assert package.table("identities").rows


# The canonical layout


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    return Project.copy(tmp_path_factory.mktemp("dạng chuẩn"))


def test_format_leaves_canonical_files_alone(spoilt):
    assert write_canonical(spoilt.root) == []


@st.composite
def disorders(draw, package):
    """A table's file as another program may save it: the same cells, otherwise everything different."""
    table = draw(st.sampled_from([t for t in package.tables.values() if len(t.rows) > 1]))
    text = (ROOT / table.file).read_text(encoding="utf-8")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    order = table.resource.get("rowOrder", table.key)
    if order:
        key = [header.index(column) for column in order]
        shuffled = draw(st.permutations(rows))
        # Rows that the order does not tell apart keep theirs: it means something.
        alike = {}
        for row in rows:
            alike.setdefault(tuple(row[k] for k in key), []).append(row)
        rows = [alike[tuple(row[k] for k in key)].pop(0) for row in shuffled]
    for n, field in enumerate(table.fields):
        if field["type"] == "list":
            rows = [[*row[:n], ";".join(draw(st.permutations(lists(row[n])))), *row[n + 1 :]] for row in rows]
    pad = draw(st.sampled_from(["", " ", "\t", " \u00a0"]))
    rows = [[pad + cell + pad for cell in row] for row in [header, *rows]]
    out = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    csv.writer(out, lineterminator=draw(st.sampled_from(["\n", "\r\n"])), quoting=quoting).writerows(rows)
    form = draw(st.sampled_from(["NFC", "NFD"]))
    return table.file, draw(st.sampled_from(["", "\ufeff"])) + unicodedata.normalize(form, out.getvalue())


def test_format_restores_the_very_bytes_of_a_file_that_another_program_saved(spoilt, package):
    @settings(max_examples=60)
    @given(disorders(package))
    def restores(disorder):
        file, text = disorder
        (spoilt.root / file).write_text(text, encoding="utf-8", newline="")
        write_canonical(spoilt.root)
        assert (spoilt.root / file).read_bytes() == (ROOT / file).read_bytes()
        assert write_canonical(spoilt.root) == []

    restores()
