"""Code in parts, however broken it is: the code of a cell is unfinished while it is typed.

Python's own tokenizer gives up where a bracket or a string is still open, which is where a
cursor usually is; this one never does. It knows IPython's lines too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

Kind = Literal["name", "number", "string", "comment", "operator", "newline", "magic"]

_PREFIXES = frozenset("r b u f t br rb fr rf tr rt".split())
_BLANK = frozenset(" \t\f\r")
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_DOUBLE = frozenset("== != <= >= -> := += -= *= /= %= @= &= |= ^= ** // << >>".split())


class Token(NamedTuple):
    """One part of the code, as a range of it."""

    kind: Kind
    text: str
    start: int
    end: int
    closed: bool = True
    """False for a string without its last quote."""


def scan(text: str) -> list[Token]:
    """Every token; a `newline` only where a statement may end, a line of IPython's as `magic`."""
    return _Scanner(text).tokens


def without_magics(text: str, tokens: Sequence[Token]) -> str:
    """The text with each of IPython's lines replaced by a plain zero of the same extent."""
    parts, at = [], 0
    for token in tokens:
        if token.kind == "magic":
            blank = "\n".join(" " * len(line) for line in token.text.split("\n"))
            parts += [text[at : token.start], "0", blank[1:]]
            at = token.end
    return "".join([*parts, text[at:]])


def quiet(text: str, tokens: Sequence[Token]) -> str:
    r"""The text without backslashes that the compiler would warn of, as in `"\d"`.

    A warning would reach the notebook whose cell happens to run.
    """
    parts, at = [], 0
    for token in tokens:
        if token.kind == "string" and "\\" in token.text:
            parts += [text[at : token.start], _quiet(token.text)]
            at = token.end
    return "".join([*parts, text[at:]])


def quotes(token: Token) -> tuple[str, str]:
    """The prefix of a string in small letters, and the quotes that begin it."""
    body = token.text.lstrip("rRbBuUfFtT")
    prefix = token.text[: len(token.text) - len(body)].lower()
    return prefix, body[:3] if body[:3] in ("'''", '"""') else body[:1]


def enclosing(tokens: Sequence[Token]) -> list[int]:
    """Where the brackets are that are still open at the end, outermost first."""
    found: list[int] = []
    for number, token in enumerate(tokens):
        if token.kind == "operator":
            if token.text in _OPEN:
                found.append(number)
            elif token.text in _CLOSE and found:
                found.pop()
    return found


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._line_start = 0
        """Which token is the first of the statement."""
        self.tokens: list[Token] = []
        while self._at < len(text):
            self._step(text[self._at])

    def _step(self, char: str) -> None:
        if char in _BLANK:
            self._at += 1
        elif char == "\n":
            self._newline()
        elif char == "\\":
            self._backslash()
        elif char == "#":
            self._add("comment", self._end_of_line(self._at))
        elif char in "%!?" and self._begins_magic(char):
            self._add("magic", self._end_of_magic())
        elif char in "'\"":
            self._string(self._at)
        elif char == "_" or char.isalpha() or ord(char) > 127:
            self._word()
        elif char.isdigit():
            self._number()
        else:
            self._operator(char)

    def _add(self, kind: Kind, end: int, closed: bool = True) -> None:
        self.tokens.append(Token(kind, self._text[self._at : end], self._at, end, closed))
        self._at = end

    def _newline(self) -> None:
        if self._depth == 0:
            self._add("newline", self._at + 1)
            self._line_start = len(self.tokens)
        else:
            self._at += 1

    def _backslash(self) -> None:
        after = self._text[self._at + 1 : self._at + 2]
        if after == "\n":
            self._at += 2
        else:
            self._add("operator", self._at + 1)

    def _begins_magic(self, char: str) -> bool:
        if self._depth:
            return False
        line = self.tokens[self._line_start :]
        if char == "?":
            return not line or self._becomes_help()
        return not line or (line[-1].text == "=" and line[0].kind == "name")

    def _becomes_help(self) -> bool:
        """Whether `?` ends the line: then all of it is a question."""
        end = self._end_of_line(self._at)
        if self._text[self._at : end].strip(" \t?"):
            return False
        self._at = self.tokens[self._line_start].start
        del self.tokens[self._line_start :]
        return True

    def _end_of_line(self, at: int) -> int:
        end = self._text.find("\n", at)
        return len(self._text) if end < 0 else end

    def _end_of_magic(self) -> int:
        end = self._end_of_line(self._at)
        while end < len(self._text) and self._text[end - 1] == "\\":
            end = self._end_of_line(end + 1)
        return end

    def _word(self) -> None:
        end = self._at + 1
        text = self._text
        while end < len(text) and (text[end].isalnum() or text[end] == "_" or ord(text[end]) > 127):
            end += 1
        if text[end : end + 1] in ("'", '"') and text[self._at : end].lower() in _PREFIXES:
            self._string(end)
        else:
            self._add("name", end)

    def _string(self, at: int) -> None:
        text, quote = self._text, self._text[at]
        if text.startswith(quote * 3, at):
            quote *= 3
        at += len(quote)
        while at < len(text):
            if text[at] == "\\":
                at += 2
            elif text.startswith(quote, at):
                return self._add("string", at + len(quote))
            elif text[at] == "\n" and len(quote) == 1:
                return self._add("string", at, closed=False)
            else:
                at += 1
        return self._add("string", len(text), closed=False)

    def _number(self) -> None:
        end, text = self._at + 1, self._text
        while end < len(text) and (
            text[end].isalnum()
            or text[end] in "._"
            or (text[end] in "+-" and text[end - 1] in "eE" and text[self._at] + "x" != "0x")
        ):
            end += 1
        self._add("number", end)

    def _operator(self, char: str) -> None:
        if char in _OPEN:
            self._depth += 1
        elif char in _CLOSE:
            self._depth = max(0, self._depth - 1)
        two = self._text[self._at : self._at + 2]
        self._add("operator", self._at + (2 if two in _DOUBLE else 1))


def _quiet(string: str) -> str:
    parts, at = [], 0
    while (found := string.find("\\", at)) >= 0:
        known = string[found + 1 : found + 2] in "\n\\'\"abfnrtvxNuU"
        parts += [string[at:found], string[found : found + 2] if known else "xx"]
        at = found + 2
    return "".join([*parts, string[at:]])
