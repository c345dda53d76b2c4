"""What the code at the cursor can go on with.

The live namespace answers whatever it can; the analyser of source is asked for the rest, which
is what a call gives back, what a property holds, and names that only the unfinished cell has.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from keyword import kwlist

from ...models.assistance import Completion, Match
from ..execution import speakable
from .analysis import Ask, question
from .columns import columns, keys, subscripted_table
from .evaluation import assignments, evaluate
from .files import modules, paths
from .live import (
    MISSING,
    Found,
    found,
    imported,
    is_module,
    kind_of,
    member,
    member_names,
    snapshot,
)
from .place import Place
from .signatures import signature_of
from .spots import spot_at_end, window_start
from .tokens import scan

MOST = 1_000
"""Matches of one answer."""
MOST_SIGNATURES = 50
"""Matches up to which each function's signature is told."""

Candidate = tuple[str, str, Callable[[], Found | None]]
"""A text, its type, and how to find what it stands for."""


def complete(code: str, cursor: int, place: Place, ask: Ask) -> Completion:
    """The matches at a place that counts code points; outside of the code it is its nearest end."""
    cursor = min(max(cursor, 0), len(code))
    finder = _Finder(code, cursor, place, ask)
    return _completion(finder.candidates(), cursor - len(finder.spot.prefix), cursor)


def no_completion(code: str, cursor: int) -> Completion:
    """The answer without a match."""
    cursor = min(max(cursor, 0), len(code))
    return _completion([], cursor, cursor)


def _completion(candidates: Iterable[Candidate], start: int, end: int) -> Completion:
    chosen = list({candidate[0]: candidate for candidate in candidates}.values())[:MOST]
    signed = len(chosen) <= MOST_SIGNATURES
    matches = [
        Match(text=text, start=start, end=end, type=kind, signature=_signature(find, kind, signed))
        for text, kind, find in chosen
        if speakable(text) == text
    ]
    return Completion(
        matches=[match.text for match in matches],
        cursor_start=start if matches else end,
        cursor_end=end,
        metadata={"_jupyter_types_experimental": [match.model_dump() for match in matches]},
    )


def _signature(find: Callable[[], Found | None], kind: str, wanted: bool) -> str:
    if not wanted or kind not in ("function", "class"):
        return ""
    value = find()
    signature = None if value is None else signature_of(value)
    return "" if signature is None else str(signature)


def _nothing() -> None:
    return None


class _Finder:
    def __init__(self, code: str, cursor: int, place: Place, ask: Ask) -> None:
        self._code, self._cursor, self._place, self._ask = code, cursor, place, ask
        self._names = snapshot(place.namespace)
        before = code[window_start(code, cursor) : cursor]
        self.spot = spot_at_end(before)
        self._assigned = assignments(scan(before))

    def candidates(self) -> list[Candidate]:
        """What fits, the likeliest first."""
        find: dict[str, Callable[[], Iterable[Candidate]]] = {
            "nothing": list,
            "magic": self._magics,
            "path": self._paths,
            "key": self._keys,
            "import": self._imports,
            "attribute": self._attributes,
            "name": self._all_names,
        }
        return list(find[self.spot.kind]())

    def _evaluate(self, expression: str) -> Found | None:
        return evaluate(expression, self._names, self._assigned)

    def _fits(self, name: str) -> bool:
        prefix = self.spot.prefix
        return name.startswith(prefix) and (prefix != "" or not name.startswith("_"))

    def _sorted(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        fitting = (each for each in candidates if self._fits(each[0]))
        return sorted(fitting, key=lambda each: _order(each[0]))

    def _attributes(self) -> list[Candidate]:
        of = self._evaluate(self.spot.of)
        return self._sorted(self._analysed() if of is None else self._members(of))

    def _members(self, of: Found) -> Iterator[Candidate]:
        for name, value in member_names(of).items():
            if self._fits(name):
                yield name, kind_of(value), partial(member, of, name)
        for name in columns(of):
            if self._fits(name) and name.isidentifier():
                yield name, "instance", _nothing

    def _all_names(self) -> list[Candidate]:
        spot = self.spot
        names = snapshot(vars(builtins)) | self._names
        fitting = sorted(filter(self._fits, names), key=_order)[:MOST]
        candidates: list[Candidate] = [
            (name, kind_of(names[name]), partial(found, names[name])) for name in fitting
        ]
        candidates += [(word, "keyword", _nothing) for word in kwlist]
        callee = self._evaluate(spot.of)
        found_here = self._sorted(candidates + self._analysed())
        parameters = list(self._parameters(callee)) if callee is not None else []
        return parameters + found_here + (self._magics() if spot.begins_line else [])

    def _parameters(self, callee: Found) -> Iterator[Candidate]:
        signature = signature_of(callee)
        for parameter in signature.parameters.values() if signature is not None else ():
            named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
            if named and parameter.name not in self.spot.given and self._fits(parameter.name):
                yield f"{parameter.name}=", "param", _nothing

    def _analysed(self) -> list[Candidate]:
        """What the analyser of source finds here; it is not asked about a lone first word."""
        if self._code.strip() == self.spot.prefix:
            return []
        answer = self._ask(question("complete", self._code, self._cursor, self._place, self._names))
        matches: list[list[str]] = answer.get("matches", [])
        return [(name, kind, _nothing) for name, kind in matches]

    def _imports(self) -> list[Candidate]:
        package, _, begin = self.spot.prefix.rpartition(".")
        if self.spot.of:
            return self._members_to_import(self.spot.of)
        head = f"{package}." if package else ""
        names = modules(package, self._place.path, self._place.cwd)
        return self._sorted((head + name, "module", _nothing) for name in names if begin or name)

    def _members_to_import(self, package: str) -> list[Candidate]:
        value = imported(package, "")
        candidates: list[Candidate] = [
            (name, "module", _nothing)
            for name in modules(package, self._place.path, self._place.cwd)
        ]
        if value is not MISSING and is_module(value):
            return self._sorted([*candidates, *self._members(found(value))])
        return self._sorted(candidates + self._analysed())

    def _keys(self) -> list[Candidate]:
        of = self._evaluate(self.spot.of)
        if of is None:
            head, _, attribute = self.spot.of.rpartition(" . ")
            table = self._evaluate(head)
            of = None if table is None else subscripted_table(table, attribute)
        names = [] if of is None else keys(of)
        if not names and not self.spot.quote:
            return self._all_names()
        return [(text, "dict key", _nothing) for text in self._key_texts(names)]

    def _key_texts(self, names: list[str | int]) -> Iterator[str]:
        quote = self.spot.quote
        for name in names:
            if not quote:
                yield repr(name)
            elif type(name) is str:
                text = _escaped(name, quote)
                if text.startswith(self.spot.prefix):
                    yield text

    def _paths(self) -> list[Candidate]:
        found_here: list[Candidate] = []
        for path in sorted(paths(self.spot.prefix, self._place.cwd)):
            if not self.spot.quote:
                path = path.replace(" ", "\\ ")  # noqa: PLW2901
            elif self.spot.quote in path or "\\" in path:
                continue
            found_here.append((path, "path", _nothing))
        return found_here

    def _magics(self) -> list[Candidate]:
        """Magics by name, with or without their signs typed."""
        typed = self.spot.prefix
        word = typed.lstrip("%")
        signs = [("%", "line"), ("%%", "cell")]
        names = sorted(
            (name, sign)
            for sign, kind in signs
            if sign.startswith(typed[: len(typed) - len(word)])
            for name in self._place.magics.get(kind, ())
            if name.startswith(word)
        )
        return [(sign + name, "magic", _nothing) for name, sign in names]


def _order(name: str) -> tuple[bool, str, str]:
    return name.startswith("_"), name.lower(), name


def _escaped(name: str, quote: str) -> str:
    text = name.replace("\\", "\\\\").replace(quote[0], "\\" + quote[0])
    return speakable(text.replace("\n", "\\n").replace("\r", "\\r"))
