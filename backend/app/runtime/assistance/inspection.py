"""What there is to know of the name at the cursor."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from keyword import iskeyword
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodType
from typing import Any

from ...models.assistance import Inspection
from ..tracebacks import cell_label
from .analysis import Ask, question
from .evaluation import assignments, evaluate
from .live import (
    FUNCTIONS,
    MISSING,
    Found,
    class_dict,
    found,
    in_class,
    is_class,
    is_module,
    member_names,
    name_of_class,
    one_of,
    own_dict,
    parts_of_mro,
    snapshot,
)
from .place import Place
from .plain_text import plain_text
from .signatures import function_of, signature_of, written
from .sources import file_of_class, source_of_class, source_of_code
from .spots import expression_before, source_of, window_start
from .tokens import Token, enclosing, scan

MOST = 100_000
"""Characters of one section."""
MOST_TEXT = 200
"""Characters of a string that is shown."""

_SIZED = (str, bytes, list, tuple, dict, set, frozenset)

Section = tuple[str, str]


def inspect_at(code: str, cursor: int, detail: int, place: Place, ask: Ask) -> Inspection:
    """What is known of the name under the cursor, or of the function whose call it is in."""
    cursor = min(max(cursor, 0), len(code))
    start = window_start(code, cursor)
    tokens = _tokens(code[start : cursor + 1_000])
    at = _token_at(tokens, cursor - start)
    if at is None:
        return Inspection()
    expression = source_of(tokens, at)
    names = snapshot(place.namespace)
    assigned = assignments(tokens[:at])
    of = evaluate(expression, names, assigned) or _descriptor(expression, names)
    if of is not None and of.is_known:
        return _inspection(_Description(of, expression.replace(" ", ""), detail).sections())
    answer = ask(question("inspect", code, start + tokens[at].start, place, names))
    return _inspection(_analysed(answer))


def _inspection(sections: Iterable[Section]) -> Inspection:
    known = [(title, text[:MOST].strip("\n")) for title, text in sections if text.strip()]
    if not known:
        return Inspection()
    width = max(len(title) for title, _ in known) + 1
    parts = [
        f"{title}:\n{text}" if "\n" in text else f"{title + ':':<{width}} {text}"
        for title, text in known
    ]
    return Inspection(found=True, data={"text/plain": "\n".join(parts)})


def _tokens(text: str) -> list[Token]:
    """Tokens of the code; the signs of IPython's lines are nothing here."""
    for magic in [token for token in scan(text) if token.kind == "magic"]:
        bare = magic.text.replace("%", " ").replace("!", " ").replace("?", " ")
        text = text[: magic.start] + bare + text[magic.end :]
    return scan(text)


def _token_at(tokens: Sequence[Token], cursor: int) -> int | None:
    """The token that ends the expression to inspect."""
    begun = [number for number, token in enumerate(tokens) if token.start <= cursor]
    if begun and cursor < tokens[begun[-1]].end and _is_name(tokens, begun[-1]):
        return begun[-1]
    before = [number for number in begun if tokens[number].end <= cursor]
    for opening in reversed(enclosing(tokens[: len(before)])):
        called = opening - 1
        if tokens[opening].text == "(" and called >= 0 and _ends_expression(tokens, called):
            return called
    names = [number for number in before if _is_name(tokens, number)]
    return names[-1] if names else None


def _is_name(tokens: Sequence[Token], number: int) -> bool:
    """Whether a token is a name to look up, not that of an argument or of Python's own."""
    token = tokens[number]
    if token.kind != "name" or iskeyword(token.text):
        return False
    after = tokens[number + 1 : number + 2]
    inside = bool(enclosing(tokens[:number]))
    return not (inside and after and after[0].text == "=")


def _ends_expression(tokens: Sequence[Token], number: int) -> bool:
    return expression_before(tokens, number) is not None


def _descriptor(expression: str, names: dict[str, Any]) -> Found | None:
    """A property or the like as it lies in its class, because its value is not asked for."""
    head, _, name = expression.rpartition(" . ")
    of = evaluate(head, names)
    value = MISSING if of is None else member_names(of).get(name, MISSING)
    return None if value is MISSING else found(value)


def _analysed(answer: dict[str, str]) -> Iterator[Section]:
    if "type" in answer:
        yield "Signature", answer["signature"]
        yield "Docstring", answer["doc"]
        yield "File", answer["file"]
        yield "Type", answer["type"]


class _Description:
    def __init__(self, of: Found, expression: str, detail: int) -> None:
        self._of = of
        self._value = of.value
        self._expression = expression
        self._detail = detail
        behind = function_of(of)
        self._is_function = behind is not None or one_of(of.cls, FUNCTIONS)
        value = MISSING if behind is None else behind.value
        self._code = value.__code__ if type(value) is FunctionType else None

    def sections(self) -> Iterator[Section]:
        """What there is, in the order in which Jupyter tells it."""
        if is_class(self._value):
            yield from self._of_class()
        elif self._is_function:
            yield from self._of_function()
        else:
            yield from self._of_value()

    def _of_class(self) -> Iterator[Section]:
        yield "Init signature", self._signature()
        yield self._source_or_doc(source_of_class(self._value) if self._detail else "")
        yield "File", _shown(file_of_class(self._value))
        yield "Type", name_of_class(self._of.cls)

    def _of_function(self) -> Iterator[Section]:
        code = self._code
        yield "Signature", self._signature()
        yield self._source_or_doc(source_of_code(code) if self._detail and code else "")
        yield "File", _shown(code.co_filename if code else "")
        is_method = self._of.bound and one_of(self._of.cls, (FunctionType, MethodType))
        yield "Type", "method" if is_method else name_of_class(self._of.cls)

    def _of_value(self) -> Iterator[Section]:
        yield "Type", name_of_class(self._of.cls)
        yield "String form", _text(self._value)
        yield "Length", str(len(self._value)) if one_of(self._of.cls, _SIZED) else ""
        if is_module(self._value):
            file = own_dict(self._value).get("__file__")
            yield "File", file if type(file) is str else ""
        getter = self._value.fget if self._of.cls is property else None
        if self._detail and type(getter) is FunctionType:
            yield "Source", source_of_code(getter.__code__)
        yield "Docstring", self._doc() or "<no docstring>"

    def _source_or_doc(self, source: str) -> Section:
        return ("Source", source) if source else ("Docstring", self._doc() or "<no docstring>")

    def _signature(self) -> str:
        signature = signature_of(self._of)
        return "" if signature is None else written(self._expression, signature)

    def _doc(self) -> str:
        doc = _own_doc(self._value)
        if not doc:
            docs = (class_dict(cls).get("__doc__") for cls in parts_of_mro(self._of))
            doc = next((each for each in docs if type(each) is str and each), "")
        return inspect.cleandoc(doc)


def _text(value: Any) -> str:
    return value[:MOST_TEXT] if type(value) is str else plain_text(value) or ""


def _own_doc(value: Any) -> str:
    value = value.__func__ if type(value) is MethodType else value
    in_c = in_class(type(value), "__doc__")
    if one_of(type(in_c), (GetSetDescriptorType, MemberDescriptorType)) and not is_class(value):
        doc = in_c.__get__(value)
    else:
        doc = own_dict(value).get("__doc__")
    return doc if type(doc) is str else ""


def _shown(file: str) -> str:
    return cell_label(file) or file
