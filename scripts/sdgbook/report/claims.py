"""What a title worded by hand claims, in a form that can be checked against the data each time.

A claim is one or more of these, joined by `; `:

- `tăng`, `giảm`, `giữ nguyên`: from the first figure that a chart draws to its last;
- `nhiều nhất: name`, `ít nhất: name`: of the figures that a chart draws;
- `left > right` with `>`, `<`, `>=`, `<=` or `=`: expressions in names of figures, shares such as `100%`, a division
  by a plain number (`name / 2`), or `0` on the right.

It must hold for every value that the figures' qualifiers allow: “trên 10” is more than ten and may be thirty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import combinations

from sdgbook.data.problems import did_you_mean
from sdgbook.report import expressions, findings, numbers
from sdgbook.report.facts import Fact, FactError, Facts
from sdgbook.report.inline import ROLE
from sdgbook.report.quantity import RATIO, Quantity, UnitError

DIRECTIONS = ("tăng", "giảm", "giữ nguyên")
EXTREMES = {"nhiều nhất": True, "ít nhất": False}
# Words that say which way figures went or which of them is larger.
DIRECTION_WORDS = re.compile(
    r"""(?<!\w)(?:
      tăng(?!\ (?:cường|trưởng|tốc)(?!\w)) | giảm(?!\ nghèo(?!\w)) | vượt(?!\ (?:khó|qua)(?!\w)) | gấp(?!\ rút(?!\w))
    | giữ\ nguyên | không\ đổi | chưa\ đạt | phần\ lớn | đa\ số | (?:hơn|quá)(?:\ một)?\ nửa
    | (?:nhiều|ít|cao|thấp|lớn|nhỏ|đông|nhanh|chậm)(?:\ \w+){0,3}?\ (?:hơn|(?<!thống\ )(?<!duy\ )(?<!thứ\ )nhất)
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
# One of these stands in each of those words, whatever is blanked around it.
DIRECTION_STEMS = re.compile(
    "tăng|giảm|vượt|gấp|giữ nguyên|không đổi|chưa đạt|phần lớn|đa số|nửa|hơn|nhất", re.IGNORECASE
)
SIGNS: dict[str, Callable[[Quantity, Quantity], tuple[bool, bool]]] = {
    # Whether a comparison holds for all values, and whether it holds for none.
    ">": lambda a, b: (a.low > b.high, a.high <= b.low),
    "<": lambda a, b: (a.high < b.low, a.low >= b.high),
    ">=": lambda a, b: (a.low >= b.high, a.high < b.low),
    "<=": lambda a, b: (a.high <= b.low, a.low > b.high),
    "=": lambda a, b: (a.low == a.high == b.low == b.high, a.high < b.low or a.low > b.high),
}
HOW = 'tên-số > tên-số, tên-số < 100%, hay (ở biểu đồ) một chữ "tăng", "giảm", "giữ nguyên"'


def direction_words(text: str, exempt: Iterable[str] = ()) -> list[re.Match[str]]:
    """The words in `text` that make it a claim about figures, outside roles and outside the official names `exempt`."""
    bare = ROLE.sub(_blank, text)
    if not DIRECTION_STEMS.search(bare):
        return []
    for name in _longest_first(tuple(exempt)):
        bare = name.sub(_blank, bare)
    return list(DIRECTION_WORDS.finditer(bare))


def _blank(match: re.Match[str]) -> str:
    return "·" * len(match[0])


@lru_cache(maxsize=4)
def _longest_first(names: tuple[str, ...]) -> list[re.Pattern[str]]:
    return [re.compile(re.escape(name), re.IGNORECASE) for name in sorted(names, key=len, reverse=True)]


def official_names(facts: Facts) -> list[str]:
    """Names of goals and targets: wordings of what is aimed at, not findings."""
    tables = (facts.package.table("targets"), facts.package.table("goals"))
    return [
        row[column] for table in tables for row in table.rows for column in ("name_vi", "short_vi") if row.get(column)
    ]


def check_title(title: str, says: str, facts: Facts, drawn: Sequence[Fact] = ()) -> None:
    """Raise `FactError` when a title worded by hand has a direction but no claim, or a claim that does not hold."""
    found = [match[0].lower() for match in direction_words(title, official_names(facts))]
    if found and not says:
        raise FactError(
            f"Tiêu đề có chữ “{found[0]}” mà không nói dựa vào con số nào.",
            f'Thêm says="{suggestion(found[0], drawn)}" vào ô mã, để máy thử lại mỗi khi số thay đổi.',
            kind="claim",
        )
    said = {word for word in DIRECTIONS if word in split(says)}
    against = {"tăng", "giảm"} & set(found) - said
    if said and against and not said & set(found):
        raise FactError(
            f"Tiêu đề nói “{against.pop()}” mà says nói “{', '.join(sorted(said))}”.",
            "Sửa cho hai chỗ khớp nhau.",
            kind="claim",
        )
    check(says, facts, drawn)


def suggestion(word: str, drawn: Sequence[Fact] = ()) -> str:
    """The kind of claim that a direction word calls for, as an example to fill in."""
    if word in DIRECTIONS and len(drawn) > 1:
        return word
    if word.endswith("nhất") and len(drawn) > 1:
        least = word.startswith(("ít", "thấp", "nhỏ", "chậm"))
        chosen = (min if least else max)(drawn, key=lambda fact: fact.quantity.value)
        return f"{'ít nhất' if least else 'nhiều nhất'}: {chosen.name}"
    if word == "vượt":
        return "tên-số > 100%"
    if word == "chưa đạt":
        return "tên-số < 100%"
    return "tên-số > tên-số / 2" if re.search("phần|đa|nửa", word) else "tên-số > tên-số"


def split(claim: str) -> list[str]:
    """The single claims of a claim."""
    return [part.strip() for part in claim.split(";") if part.strip()]


def check(claim: str, facts: Facts, drawn: Sequence[Fact] = ()) -> None:
    """Raise `FactError` for the first part of `claim` that does not hold, is unsure, or is no claim.

    `drawn` are the figures of a chart in the order drawn. Raises `FactError` also for unknown names and units
    that cannot be compared.
    """
    for part in split(claim):
        extreme, colon, name = part.partition(":")
        if part in DIRECTIONS:
            _check_direction(part, drawn)
        elif colon and extreme.strip() in EXTREMES:
            _check_extreme(part, extreme.strip(), facts.find(name), drawn)
        else:
            _check_comparison(part, facts)


def _check_direction(word: str, drawn: Sequence[Fact]) -> None:
    if len(drawn) < 2:
        raise FactError(
            f"“{word}” cần một biểu đồ có từ hai con số.", "Viết phép so sánh: tên-số > tên-số.", kind="claim"
        )
    first, last = drawn[0], drawn[-1]
    if first.unit != last.unit:
        raise FactError(
            f"“{word}” không dùng được cho hai số khác đơn vị.", "Bỏ chữ ấy khỏi tiêu đề và says.", kind="claim"
        )
    now = findings.direction(first, last)
    values = f"từ {first.text} ({first.when}) đến {last.text} ({last.when})"
    if not now:
        raise _unsure(word, values)
    if now != word:
        raise _broken(word, f"{values}, tức là {now}")


def _check_extreme(claim: str, word: str, chosen: Fact, drawn: Sequence[Fact]) -> None:
    if chosen.name not in {fact.name for fact in drawn}:
        names = did_you_mean(chosen.name, [fact.name for fact in drawn])
        raise FactError(
            f"“{claim}”: biểu đồ không vẽ con số “{chosen.name}”.",
            names or "Chọn một số có trong biểu đồ.",
            kind="claim",
        )
    for other in drawn:
        if other.name != chosen.name:
            sign = ">" if EXTREMES[word] else "<"
            _judge(claim, sign, chosen.quantity, other.quantity, f"{_told(chosen)} và {_told(other)}")


def _check_comparison(claim: str, facts: Facts) -> None:
    sides = re.split(r"\s(>=|<=|>|<|=)\s", claim)
    if len(sides) != 3:
        raise FactError(f"“{claim}” không phải là lời khẳng định máy thử được.", f"Viết dạng {HOW}.", kind="claim")
    left_text, sign, right_text = sides[0].strip(), sides[1], sides[2].strip()

    used: list[Fact] = []

    def figure(name: str) -> Quantity:
        used.append(facts.find(name))
        return used[-1].quantity

    def worth(text: str) -> Quantity:
        try:
            return expressions.evaluate(text, figure, constants=True)
        except expressions.ExpressionError as error:
            raise FactError(f"“{claim}”: {error}", f"Viết dạng {HOW}.", kind="claim") from None
        except UnitError as error:
            raise FactError(f"“{claim}”: {error}", "So những số cùng đơn vị.", kind="claim") from None

    left = worth(left_text)
    zero = right_text == "0"
    right = Quantity(Decimal(0), left.dimension, Decimal(0), Decimal(0)) if zero else worth(right_text)
    if left.dimension != right.dimension:
        raise FactError(
            f"“{claim}” so hai thứ khác đơn vị: “{left.dimension}” và “{right.dimension}”.",
            "So những số cùng đơn vị.",
            kind="claim",
        )
    for one, other in combinations(used, 2):
        if one.indicator and (row := facts.broken_between(one, other)):
            raise FactError(
                f"“{claim}” so hai số không so được: chuỗi {one.indicator} đứt ở {row['period']}.",
                "So những số cùng cách tính, hoặc nêu cả hai mà không so.",
                kind="claim",
            )
    values = " và ".join(_side(text, quantity, facts) for text, quantity in ((left_text, left), (right_text, right)))
    _judge(claim, sign, left, right, values)


def _judge(claim: str, sign: str, left: Quantity, right: Quantity, values: str) -> None:
    holds, fails = SIGNS[sign](left, right)
    if fails:
        raise _broken(claim, values)
    if not holds:
        raise _unsure(claim, values)


def _broken(claim: str, values: str) -> FactError:
    return FactError(
        f"“{claim}” không còn đúng: {values}.", "Viết lại câu cho đúng với số, rồi sửa lời khẳng định.", kind="claim"
    )


def _unsure(claim: str, values: str) -> FactError:
    return FactError(
        f"“{claim}” chưa chắc đúng: {values}; chữ “trên”, “gần”, “khoảng” hay phép tính còn để ngỏ.",
        "Viết lại câu để không so sánh, chẳng hạn nêu cả hai con số.",
        kind="claim",
    )


def _told(fact: Fact) -> str:
    return f"{fact.name} là {fact.text}"


def _side(text: str, quantity: Quantity, facts: Facts) -> str:
    """One side of a comparison and its value: the figure as readers see it, or the number of the expression."""
    if re.fullmatch(r"0|[\d.]+\s?%", text):
        return text
    try:
        return _told(facts.find(text))
    except FactError:
        factor, symbol = (Decimal("0.01"), "%") if quantity.dimension == RATIO else (Decimal(1), "")
        return f"{text} là {numbers.with_unit(_shown(quantity.value / factor), symbol).strip()}"


def _shown(value: Decimal) -> str:
    """A computed number to at most two decimals."""
    return numbers.format_number(numbers.shortest(numbers.rounded(value, 2)))
