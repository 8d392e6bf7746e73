"""Sums written in names of figures, such as `enrolment-to-date[_T] / enrolment`.

Grammar: names, `+ - / ( )` and `whole(part, share)`; operators stand between spaces, because names hold
hyphens and slashes. An identity is two expressions joined by ` = `. Where constants are allowed (claims, never
tables), `100%` is a share and `x / 2` the half of x; no other number has a meaning, for it would have no unit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from sdgbook.report.quantity import RATIO, Quantity, whole

TOKEN = re.compile(r"\s*(whole\(|[()=,]|[+\-/](?=\s)|\d+(?:\.\d+)?(?:\s?%)?|[a-z_][^\s(),=]*)")


class ExpressionError(ValueError):
    """The text is not an expression; the message says where, in Vietnamese."""


def tokens(text: str) -> list[str]:
    """Split an expression into names and signs; `ExpressionError` at the first character that fits neither."""
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise ExpressionError(f"Không hiểu “{text[at:].strip()[:20]}”. Đặt dấu cách hai bên dấu phép tính.")
        found.append(match[1])
        at = match.end()
    return found


def names(text: str) -> list[str]:
    """The names of figures in an expression, in order, each once."""
    return list(dict.fromkeys(t for t in tokens(text) if re.match(r"[a-z_]", t) and t != "whole("))


class _Parser:
    """Recursive descent over the tokens: sum → product → atom."""

    def __init__(self, text: str, value_of: Callable[[str], Quantity], constants: bool):
        self.rest, self.value_of, self.constants = tokens(text), value_of, constants

    def take(self, *wanted: str) -> str | None:
        if self.rest and (not wanted or self.rest[0] in wanted):
            return self.rest.pop(0)
        return None

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise ExpressionError(f"Thiếu “{sign}”.")

    def sum(self) -> Quantity:
        total = self.quotient()
        while sign := self.take("+", "-"):
            total = total + self.quotient() if sign == "+" else total - self.quotient()
        return total

    def quotient(self) -> Quantity:
        total = self.atom()
        while self.take("/"):
            if self.constants and self.rest and re.fullmatch(r"\d+", self.rest[0]) and int(self.rest[0]):
                total = total.divided(Decimal(self.rest.pop(0)))
            else:
                total = total / self.atom()
        return total

    def atom(self) -> Quantity:
        token = self.take()
        if token == "(":
            inner = self.sum()
            self.need(")")
            return inner
        if token == "whole(":
            part = self.sum()
            self.need(",")
            share = self.sum()
            self.need(")")
            return whole(part, share)
        if self.constants and token and token.endswith("%"):
            share = Decimal(token.rstrip("% ")) / 100
            return Quantity(share, RATIO, share, share)
        if token is None or not re.match(r"[a-z_]", token):
            raise ExpressionError(f"Chỗ này phải là tên một con số, không phải “{token or 'hết dòng'}”.")
        return self.value_of(token)

    def end(self) -> None:
        if self.rest:
            raise ExpressionError(f"Thừa “{self.rest[0]}”.")


def evaluate(text: str, value_of: Callable[[str], Quantity], *, constants: bool = False) -> Quantity:
    """The value of an expression, with `value_of` giving the quantity of each name; `constants` allows `100%`, `/ 2`.

    Raises `ExpressionError` for a text that is no expression and `UnitError` where units do not fit.
    """
    parser = _Parser(text, value_of, constants)
    result = parser.sum()
    parser.end()
    return result


def difference(identity: str, value_of: Callable[[str], Quantity]) -> Decimal:
    """How far the two sides of an identity are apart, in base units; the sides must be of one kind."""
    left, sign, right = identity.partition(" = ")
    if not sign:
        raise ExpressionError("Phép thử phải có dạng “a + b = c”.")
    a, b = evaluate(left, value_of), evaluate(right, value_of)
    if a.dimension == b.dimension:
        return abs(a.value - b.value)
    return abs((a - b).value)
