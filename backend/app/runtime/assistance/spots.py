"""What kind of thing is being typed at the cursor, and which part of the code it continues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from keyword import iskeyword
from typing import Literal

from .tokens import Token, enclosing, quotes, scan

WINDOW = 50_000
"""Characters before the cursor that are looked at."""

_PYTHON_MAGICS = frozenset("%time %timeit %prun %mprun %memit %%time %%timeit %%capture".split())
"""Magics whose argument or body is Python."""
_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of the cursor: what was typed of a word, and what it would be a word of."""

    kind: Literal["nothing", "magic", "path", "key", "import", "attribute", "name"]
    prefix: str = ""
    of: str = ""
    """An attribute's or a key's object, the function whose call this is in, or the module whose
    member is imported; source text."""
    given: frozenset[str] = frozenset()
    """Keyword arguments that the call has already."""
    quote: str = ""
    """The quote that a key or a path is in, if any."""
    begins_line: bool = False
    """Whether a magic could stand here."""


NOTHING = Spot("nothing")


def window_start(code: str, cursor: int) -> int:
    """Where to begin reading a long code: at a statement not too far before the cursor."""
    start = cursor - WINDOW
    if start <= 0:
        return 0
    while (start := code.find("\n", start, cursor) + 1) >= 0:
        if start == 0:
            return cursor - WINDOW
        if code[start : start + 1] not in (" ", "\t", "\n", ")", "]", "}", ""):
            return start
    return start


def spot_at_end(text: str) -> Spot:
    """What is being typed at the end of this text."""
    tokens = scan(text)
    if not tokens or tokens[-1].kind == "newline":
        return _in_foreign(tokens, text) or Spot("name", begins_line=True)
    last = tokens[-1]
    if (foreign := _in_foreign(tokens, text)) is not None:
        return foreign
    if last.end < len(text) or last.kind in ("name", "operator"):
        return _in_code(tokens, touches=last.end == len(text))
    return _in_string(tokens, last) if last.kind == "string" and not last.closed else NOTHING


def expression_before(tokens: Sequence[Token], last: int) -> int | None:
    """Where the expression begins that a dot or a bracket after token `last` continues."""
    at = last
    while at >= 0:
        if tokens[at].text in _CLOSE and tokens[at].kind == "operator":
            opening = _opening(tokens, at)
            if opening is None:
                return None
            if opening == 0 or not _is_operand(tokens[opening - 1]):
                return opening
            at = opening - 1
        elif not _is_operand(tokens[at]):
            return None
        elif at >= 2 and tokens[at - 1].text == "." and _is_operand(tokens[at - 2]):
            at -= 2
        else:
            return None if at and tokens[at - 1].text == "." else at
    return None


def source_of(tokens: Sequence[Token], last: int) -> str:
    """The source of that expression, without the space in between; empty if there is none."""
    first = expression_before(tokens, last)
    return "" if first is None else " ".join(token.text for token in tokens[first : last + 1])


def _is_operand(token: Token) -> bool:
    """Whether this can end an expression that is then subscripted, called or asked."""
    if token.kind == "operator":
        return token.text in _CLOSE
    if token.kind == "name":
        return not iskeyword(token.text) or token.text in ("None", "True", "False")
    return token.kind in ("string", "number") and token.closed


def _opening(tokens: Sequence[Token], closing: int) -> int | None:
    depth = 0
    for at in range(closing, -1, -1):
        if tokens[at].kind == "operator":
            depth += (tokens[at].text in _CLOSE) - (tokens[at].text in _OPEN)
            if depth == 0:
                return at
    return None


def _in_foreign(tokens: Sequence[Token], text: str) -> Spot | None:
    """The spot in a line, or under the first line, that is IPython's."""
    if not tokens:
        return None
    first, last = tokens[0], tokens[-1]
    if first.text.startswith("%%") and first.end < len(text):
        if first.text.split()[0] in _PYTHON_MAGICS:
            return spot_at_end(text[first.end + 1 :])
        return _path(text.rpartition("\n")[2])
    return _in_magic(text[last.start :]) if last.kind == "magic" else None


def _in_magic(text: str) -> Spot:
    name, _, arguments = text.partition(" ")
    if text.startswith("?"):
        return spot_at_end(text.lstrip("?"))
    if name == text and not text.startswith("!"):
        return Spot("magic", text)
    return spot_at_end(arguments) if name in _PYTHON_MAGICS else _path(text)


def _path(text: str) -> Spot:
    word = text.replace("\t", " ").rpartition(" ")[2].lstrip("!\"'")
    return Spot("path", word)


def _in_string(tokens: Sequence[Token], string: Token) -> Spot:
    prefix, quote = quotes(string)
    content = string.text[len(prefix) + len(quote) :]
    if ("f" in prefix or "t" in prefix) and (code := _replacement_field(content)) is not None:
        return spot_at_end(code)
    if "b" in prefix:
        return NOTHING
    before = tokens[:-1]
    if of := _subscripted(before):
        return Spot("key", content, of, quote=quote)
    return Spot("path", content, quote=quote)


def _replacement_field(content: str) -> str | None:
    """The code in the `{` of an f-string that is still open."""
    at = opened = 0
    is_open = False
    while at < len(content):
        if not is_open and content.startswith("{{", at):
            at += 1
        elif content[at] == "{":
            is_open, opened = True, at + 1
        elif content[at] == "}":
            is_open = False
        at += 1
    return content[opened:] if is_open else None


def _subscripted(tokens: Sequence[Token]) -> str:
    """What the string at the end is a key of: `x` in `x["`, `x[["a", "` and `x.loc[:, "`."""
    for opening in reversed(enclosing(tokens)):
        if tokens[opening].text != "[":
            return ""
        if of := source_of(tokens, opening - 1):
            simple = opening == len(tokens) - 1 or tokens[-1].text in "[,"
            return of if simple else ""
    return ""


def _in_code(tokens: Sequence[Token], *, touches: bool) -> Spot:
    last = tokens[-1]
    prefix = last.text if touches and last.kind == "name" else ""
    before = tokens[:-1] if prefix else tokens
    statement = _statement(before)
    if (
        statement
        and statement[0].text in ("import", "from")
        and ((spot := _in_import(statement, prefix)) is not None)
    ):
        return spot
    if before and before[-1].text == ".":
        of = source_of(before, len(before) - 2)
        return Spot("attribute", prefix, of) if of else NOTHING
    if before and before[-1].text == "[" and not prefix and (of := _subscripted(before)):
        return Spot("key", of=of)
    called, given = _call(before)
    return Spot("name", prefix, called, given, begins_line=not statement)


def _statement(tokens: Sequence[Token]) -> list[Token]:
    for at in range(len(tokens) - 1, -1, -1):
        if tokens[at].kind == "newline" or tokens[at].text == ";":
            return list(tokens[at + 1 :])
    return list(tokens)


def _in_import(statement: Sequence[Token], prefix: str) -> Spot | None:
    """`import a.b`, `from a.b`, `from a import b`; None where `as` has a new name follow."""
    words = [token.text for token in statement]
    if words[-1] == "as":
        return NOTHING
    if words[0] == "from" and "import" in words:
        module = "".join(words[1 : words.index("import")])
        return Spot("import", prefix, module)
    path = []
    while words[-1] not in ("import", "from", ","):
        path.append(words.pop())
    return Spot("import", "".join(reversed(path)) + prefix)


def _call(tokens: Sequence[Token]) -> tuple[str, frozenset[str]]:
    """The function whose arguments the end is among, and which it has by name already."""
    open_brackets = enclosing(tokens)
    if not open_brackets or tokens[open_brackets[-1]].text != "(":
        return "", frozenset()
    opening = open_brackets[-1]
    if tokens[-1].text not in ("(", ","):
        return "", frozenset()
    arguments = tokens[opening + 1 :]
    given = {
        name.text for name, sign in pairwise(arguments) if name.kind == "name" and sign.text == "="
    }
    return source_of(tokens, opening - 1), frozenset(given)
