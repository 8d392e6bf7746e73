"""Whether readers can follow what is corrected in a frozen edition, and what later ones say otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import pairwise

from sdgbook.data import Problem, Row
from sdgbook.data.cells import EXAMPLES, NUMBER
from sdgbook.data.frozen import folder_of
from sdgbook.data.problems import did_you_mean
from sdgbook.report.facts import FactError, Facts, Key


def check_revisions(facts: Facts) -> list[Problem]:
    """Corrections of frozen editions that correct no cell of theirs or do not start from what it says, those of others
    that tell of another value than the cell now has, and values of later editions that differ from a frozen final one
    without a reason."""
    frozen = {edition for edition in facts.editions if facts.is_frozen(edition)}
    problems = [problem for edition in sorted(frozen) for problem in _corrections(facts, edition)]
    problems += [p for edition in facts.editions if edition not in frozen for p in _not_made(facts, edition)]
    if frozen:
        problems += [p for edition in facts.editions if edition > min(frozen) for p in _later(facts, edition, frozen)]
    return problems


def _key(row: Row) -> Key:
    return row["indicator"], row["breakdown"], row["time_period"], row["ref_area"]


def _corrections(facts: Facts, edition: int) -> Iterator[Problem]:
    """Problems of the corrections of one frozen edition."""
    own, places = facts.within(edition), facts.package.table("sections", edition).by_key
    cells = {_key(row): row["obs_value"] for row in facts.rows("observations", edition) if row["obs_value"] is not None}
    of_figure: dict[Key, list[Row]] = {}
    for row in sorted(facts.rows("revisions", edition), key=lambda row: (row["revised_on"], row.line)):
        if row["about"] in places:
            continue
        try:
            fact = own.find(row["about"])
        except FactError:
            # Told with all names that mean nothing, or several figures.
            continue
        key = fact.indicator, fact.breakdown, fact.period, fact.area
        if fact.is_derived:
            told = f"“{row['about']}” là số suy ra, không có ô nào trong báo cáo."
            yield row.problem("about", told, "Ghi những con số trong báo cáo mà nó được tính từ đó.", kind="revision")
        elif key not in cells:
            told = f"Ấn bản {edition} không có con số “{row['about']}”."
            known = (own.name_of_key(key) for key in cells)
            yield row.problem("about", told, did_you_mean(row["about"], known), kind="revision")
        elif wrong := [p for column in ("old_value", "new_value") if (p := _form(row, column, facts, key[0]))]:
            yield from wrong
        else:
            of_figure.setdefault(key, []).append(row)
    for key, rows in of_figure.items():
        yield from _chain(rows, cells[key])


def _not_made(facts: Facts, edition: int) -> Iterator[Problem]:
    """The newest corrections of an edition's figures that its cells do not bear out: one of the two was forgotten."""
    if not facts.rows("revisions", edition):
        return
    own = facts.within(edition)
    cells = {_key(row): row["obs_value"] for row in facts.rows("observations", edition) if row["obs_value"] is not None}
    newest: dict[Key, Row] = {}
    for row in sorted(facts.rows("revisions", edition), key=lambda row: (row["revised_on"], row.line)):
        # A place of the report, or a name that means nothing, is told elsewhere or changes no cell.
        with suppress(FactError):
            fact = own.find(row["about"])
            newest[fact.indicator, fact.breakdown, fact.period, fact.area] = row
    for key, row in newest.items():
        if key in cells and NUMBER.fullmatch(row["new_value"]) and Decimal(row["new_value"]) != cells[key]:
            told = f"Số mới ghi là “{row['new_value']}”, mà ô của con số ấy trong observations.csv là “{cells[key]}”."
            yield row.problem(
                "new_value", told, "Sửa ô ấy theo lần hiệu đính này, hoặc sửa dòng này cho đúng.", kind="revision"
            )


def _form(row: Row, column: str, facts: Facts, indicator: str) -> Problem | None:
    """What is wrong with a number in a correction of this indicator."""
    text, decimals = row[column], facts.package.table("indicators").by_key[indicator]["decimals"]
    if not NUMBER.fullmatch(text):
        return row.problem(column, f"“{text}” không phải là số viết đúng dạng.", EXAMPLES["number"], kind="revision")
    if -Decimal(text).as_tuple().exponent > decimals:
        told = f"“{text}” có nhiều chữ số lẻ hơn chỉ số này cho phép ({decimals})."
        return row.problem(
            column, told, "Dấu chấm là dấu thập phân; viết số nghìn liền nhau, ví dụ 1234.", kind="revision"
        )
    return None


def _chain(rows: list[Row], cell: Decimal) -> Iterator[Problem]:
    """Corrections of one figure, in the order of their days, of which one does not go on from the one before it.

    Those that were made before the edition was frozen lead to what its cell says, later ones from there.
    """
    for before, row in pairwise(rows):
        if Decimal(row["old_value"]) != Decimal(before["new_value"]):
            told = f"Số cũ ghi là “{row['old_value']}”, mà lần sửa trước đã đổi thành “{before['new_value']}”."
            yield row.problem("old_value", told, f"Viết {before['new_value']}, hoặc xem lại ngày sửa.", kind="revision")
            return
    if cell not in {Decimal(text) for row in rows for text in (row["old_value"], row["new_value"])}:
        told = f"Số cũ ghi là “{rows[0]['old_value']}”, mà ô của con số ấy trong ấn bản đã chốt là “{cell}”."
        yield rows[0].problem("old_value", told, f"Viết {cell}.", kind="revision")


def _later(facts: Facts, edition: int, frozen: set[int]) -> Iterator[Problem]:
    """Values of an edition that take the place of a frozen edition's final one and say nothing of it."""
    broken = {row["indicator"] for row in facts.rows("breaks", edition)}
    for row in facts.rows("observations", edition):
        if row["obs_value"] is None or row["note_vi"] or row["indicator"] in broken:
            continue
        vintages = facts.vintages(_key(row))
        before = [vintage for vintage in vintages if vintage.edition < edition]
        if not before or before[-1].edition not in frozen or before[-1].status != "A":
            continue
        final = before[-1]
        # A correction of the frozen value has given another one already; one of its own says why it is what it is.
        corrected = any(vintage.correction for vintage in vintages if vintage.edition == edition)
        if final.value != row["obs_value"] and not corrected:
            told = f"Số này khác số chính thức của ấn bản {final.edition} đã chốt ({final.value}) mà không nói vì sao."
            remedy = (
                "Viết lý do ở cột note_vi; đổi cách tính thì thêm dòng vào bảng breaks của ấn bản này; số cũ sai thì "
                f"thêm dòng vào {folder_of(final.edition)}/revisions.csv."
            )
            yield row.problem("obs_value", told, remedy, kind="revision")
