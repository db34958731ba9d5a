"""The expressions of the formula catalogue: a small grammar, parsed by hand into a tree.

::

    expression = term { ("+" | "-") term }
    term       = factor { ("*" | "/") factor }
    factor     = "-" factor | number | counter | "period_s" | call | "(" expression ")"
    counter    = "{" name "}" [ "[" place "]" ]
    call       = "sum" "(" "{" name "}" ")" | function "(" expression { "," expression } ")"
    function   = "min" | "max" | "share"

``share(part, whole)`` is part ÷ whole where 0 ≤ part ≤ whole and whole > 0, else unknown: no
attempts, or more successes than attempts. Nothing turns an unknown value into a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MAX_LENGTH = 4000
MAX_DEPTH = 40
MAX_OPERANDS = 200
"""Also after functions are written out as SQL, in which an argument stands several times; a
database takes no expression of any depth."""

FUNCTIONS = ("sum", "min", "max", "share")
PERIOD = "period_s"

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|\{(?P<counter>[^{}]*)\}"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign>[-+*/(),\[\]]))"
)


class ExpressionError(ValueError):
    """An expression that cannot be parsed; ``position`` counts its characters from 1."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (position {position})")
        self.position = position


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True)
class Counter:
    """A counter by the name under which it is kept: ``X``, ``X[2]`` or ``sum(X)``."""

    name: str


@dataclass(frozen=True)
class Period:
    """The length of the interval in seconds."""


@dataclass(frozen=True)
class Operation:
    """Two operands and what is done to them."""

    sign: Literal["+", "-", "*", "/"]
    left: Node
    right: Node


@dataclass(frozen=True)
class Call:
    """``min``, ``max`` or ``share`` of its arguments."""

    function: Literal["min", "max", "share"]
    arguments: tuple[Node, ...]


Node = Number | Counter | Period | Operation | Call


def parse(text: str) -> Node:
    """The tree of an expression.

    Raises:
        ExpressionError: what is wrong, and at which position.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    node = _Parser(text).parse()
    if _weight(node) > MAX_OPERANDS:
        raise ExpressionError("too many functions within functions", len(text))
    return node


def _weight(node: Node) -> int:
    if isinstance(node, Operation):
        return _weight(node.left) + _weight(node.right)
    if isinstance(node, Call):
        return (3 if node.function == "share" else 2) * sum(map(_weight, node.arguments))
    return 1


def counters(node: Node) -> frozenset[str]:
    """Names of all counters that the tree uses."""
    return frozenset(leaf.name for leaf in _leaves(node) if isinstance(leaf, Counter))


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, Operation):
        yield from _leaves(node.left)
        yield from _leaves(node.right)
    elif isinstance(node, Call):
        for argument in node.arguments:
            yield from _leaves(argument)
    else:
        yield node


@dataclass(frozen=True)
class _Token:
    kind: str  # number, counter, name, sign, end
    text: str
    position: int


class _Parser:
    """Recursive descent; depth is counted, so that no text can exhaust the stack."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._place = 0
        self._depth = 0
        operands = [token for token in self._tokens if token.kind in ("number", "counter", "name")]
        if len(operands) > MAX_OPERANDS:
            raise ExpressionError(
                f"more than {MAX_OPERANDS} operands", operands[MAX_OPERANDS].position
            )

    def parse(self) -> Node:
        node = self._expression()
        if self._now.kind != "end":
            raise ExpressionError(f"{self._now.text!r} is out of place", self._now.position)
        return node

    @property
    def _now(self) -> _Token:
        return self._tokens[self._place]

    def _next(self) -> _Token:
        token = self._now
        self._place += 1
        return token

    def _take(self, sign: str) -> bool:
        if self._now.kind == "sign" and self._now.text == sign:
            self._place += 1
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise ExpressionError(f"{sign!r} is missing", self._now.position)

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"nested deeper than {MAX_DEPTH}", self._now.position)
        node = self._term()
        while self._now.text in ("+", "-") and self._now.kind == "sign":
            sign = self._next().text
            node = Operation("+" if sign == "+" else "-", node, self._term())
        self._depth -= 1
        return node

    def _term(self) -> Node:
        node = self._factor()
        while self._now.text in ("*", "/") and self._now.kind == "sign":
            sign = self._next().text
            node = Operation("*" if sign == "*" else "/", node, self._factor())
        return node

    def _factor(self) -> Node:
        negative = False
        while self._take("-"):
            negative = not negative
        node = self._atom()
        return Operation("-", Number(0.0), node) if negative else node

    def _atom(self) -> Node:
        token = self._next()
        if token.kind == "number":
            return Number(float(token.text))
        if token.kind == "counter":
            return self._counter(token)
        if token.kind == "name":
            return self._name(token)
        if token.kind == "sign" and token.text == "(":
            node = self._expression()
            self._need(")")
            return node
        what = "ends too early" if token.kind == "end" else f"{token.text!r} is out of place"
        raise ExpressionError(what, token.position)

    def _counter(self, token: _Token) -> Counter:
        name = _counter_name(token)
        if not self._take("["):
            return Counter(name)
        place = self._next()
        if not re.fullmatch(r"\d{1,4}", place.text):
            raise ExpressionError("a place in a vector is a whole number", place.position)
        self._need("]")
        return Counter(f"{name}[{int(place.text)}]")

    def _name(self, token: _Token) -> Node:
        if token.text == PERIOD:
            return Period()
        if token.text not in FUNCTIONS:
            raise ExpressionError(
                f"unknown name {token.text!r}: counters stand in braces; functions are "
                f"{', '.join(FUNCTIONS)}; {PERIOD} is the interval in seconds",
                token.position,
            )
        self._need("(")
        if token.text == "sum":
            counter = self._next()
            if counter.kind != "counter":
                raise ExpressionError("sum takes one counter in braces", counter.position)
            self._need(")")
            return Counter(f"sum({_counter_name(counter)})")
        arguments = [self._expression()]
        while self._take(","):
            arguments.append(self._expression())
        self._need(")")
        if (token.text == "share" and len(arguments) != 2) or len(arguments) < 2:
            raise ExpressionError(f"{token.text} takes two arguments", token.position)
        function: Literal["min", "max", "share"]
        function = "share" if token.text == "share" else "min" if token.text == "min" else "max"
        return Call(function, tuple(arguments))


def _counter_name(token: _Token) -> str:
    """The name between braces, trimmed; ExpressionError when it is empty or too long."""
    name = token.text.strip()
    if not name or len(name) > 200:
        raise ExpressionError("a counter's name has 1 to 200 characters", token.position)
    return name


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            start = place + len(text[place:]) - len(text[place:].lstrip())
            raise ExpressionError(f"{text[start]!r} is no part of a formula", start + 1)
        kind = match.lastgroup or ""
        yield _Token(kind, match[kind], match.start(kind) + 1)
        place = match.end()
    yield _Token("end", "", len(text) + 1)
