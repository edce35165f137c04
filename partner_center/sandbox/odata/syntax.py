"""$filter, read into a tree. Knows the grammar only, nothing of what may be filtered."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Compare:
    """`path op value`; op is one of eq ne gt ge lt le."""

    path: str
    op: str
    value: Value


@dataclass(frozen=True, slots=True)
class In:
    """`path in (…)`."""

    path: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """`startsWith(path,'…')` and its kin; the function's name in lower case."""

    function: str
    path: str
    value: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`path/any(x:x/inner op value)`; the inner path has lost its variable."""

    path: str
    inner: Compare


@dataclass(frozen=True, slots=True)
class Not:
    """Its opposite."""

    part: Node


@dataclass(frozen=True, slots=True)
class Both:
    """`op` is and or or; at least two parts."""

    op: str
    parts: tuple[Node, ...]


Node = Compare | In | Test | AnyOf | Not | Both

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<time>\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?)"
    r"|(?P<number>-?\d+)"
    r"|(?P<word>[A-Za-z_$][\w$./@]*)"
    r"|(?P<mark>[(),:]))"
)
_OPS = {"eq", "ne", "gt", "ge", "lt", "le"}
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}


class BadFilter(Exception):
    """The text is no $filter."""


def parse(text: str) -> Node:
    """The tree of a $filter; `BadFilter` when it is none."""
    reader = _Reader(text)
    tree = reader.either()
    if not reader.done:
        raise BadFilter(f"unexpected {reader.peek()!r}")
    return tree


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        position, end = 0, len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise BadFilter(f"syntax error at position {position}")
            self.tokens.append((match.lastgroup, match.group(match.lastgroup)))
            position = match.end()

    @property
    def done(self) -> bool:
        return self.at >= len(self.tokens)

    def peek(self) -> str:
        return "" if self.done else self.tokens[self.at][1]

    def take(self) -> tuple[str, str]:
        if self.done:
            raise BadFilter("unexpected end")
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, mark: str) -> None:
        if self.take()[1] != mark:
            raise BadFilter(f"{mark!r} expected")

    def either(self) -> Node:
        return self._chain("or", self.both)

    def both(self) -> Node:
        return self._chain("and", self.negation)

    def _chain(self, word: str, read: Callable[[], Node]) -> Node:
        parts = [read()]
        while self.peek().lower() == word:
            self.take()
            parts.append(read())
        return parts[0] if len(parts) == 1 else Both(word, tuple(parts))

    def negation(self) -> Node:
        if self.peek().lower() == "not":
            self.take()
            return Not(self.negation())
        if self.peek() == "(":
            self.take()
            inner = self.either()
            self.expect(")")
            return inner
        return self.clause()

    def clause(self) -> Node:
        kind, word = self.take()
        if kind != "word":
            raise BadFilter(f"a property expected, not {word!r}")
        if self.peek() == "(":
            return self._lambda(word) if word.lower().endswith("/any") else self._test(word)
        _, op = self.take()
        if op.lower() == "in":
            return In(word, self._values())
        if op.lower() not in _OPS:
            raise BadFilter(f"an operator expected, not {op!r}")
        return Compare(word, op.lower(), self._value())

    def _values(self) -> tuple[Value, ...]:
        self.expect("(")
        values = [self._value()]
        while self.peek() == ",":
            self.take()
            values.append(self._value())
        self.expect(")")
        return tuple(values)

    def _value(self) -> Value:
        kind, word = self.take()
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind == "number":
            return int(word)
        if kind in {"guid", "time"}:
            return word.lower() if kind == "guid" else word
        if word.lower() in _WORDS:
            return _WORDS[word.lower()]
        raise BadFilter(f"a value expected, not {word!r}")

    def _test(self, function: str) -> Node:
        self.expect("(")
        _, path = self.take()
        self.expect(",")
        value = self._value()
        self.expect(")")
        test = Test(function.lower(), path, str(value))
        if self.peek().lower() != "eq":
            return test
        self.take()
        return test if self._value() is True else Not(test)

    def _lambda(self, word: str) -> Node:
        self.expect("(")
        _, variable = self.take()
        self.expect(":")
        inner = self.clause()
        self.expect(")")
        if not isinstance(inner, Compare):
            raise BadFilter("one comparison expected inside any()")
        path = inner.path.removeprefix(variable).lstrip("/")
        return AnyOf(word.rsplit("/", 1)[0], Compare(path, inner.op, inner.value))
