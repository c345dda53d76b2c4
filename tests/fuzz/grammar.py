"""Programs that do no harm: statements of every kind, nested at random, that come to an end.

A template has holes. `{e}` is filled with an expression for a number, `{c}` for a truth value,
`{x}` a list, `{o}` an object, `{t}` a text, `{s}` a number
written without quotes, `{T}` a place to assign to, `{P}` a pattern; a line that
is `{block}` with statements. What might not end (loops without a bound, functions that call
themselves, numbers that square themselves) no template spells.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

PRELUDE = """
log = []
def tick(value):
    log.append(value)
    return value
class Box:
    K = 2
    def __init__(self, n, *items):
        self.n, self._p, self.items = n, n + 1, list(items)
    me = property(lambda self: self)
    @property
    def twice(self):
        return tick(self.n) * 2 % 97
    @staticmethod
    def fixed(p):
        return p
    @classmethod
    def made(cls, p):
        return cls(p)
    def add(self, p):
        self.n = (self.n + p) % 97
        return self.n
    def __getitem__(self, key):
        return tick(self.items[key % (len(self.items) or 1)])
    def __setitem__(self, key, value):
        log.append((key, value))
        self.items[key % (len(self.items) or 1)] = value
    def __iadd__(self, p):
        self.n += p
        return self
    def __enter__(self):
        log.append('in')
        return self.n
    def __exit__(self, kind, error, traceback):
        log.append(None if kind is None else kind.__name__)
        return kind is KeyError
    def __repr__(self):
        return f'{type(self).__name__}{vars(self)}'
def box(n):
    return Box(tick(n), 1, 2)
def f(p, *r, k=1):
    return p - k + len(r)
def gen(p):
    for i in range(p % 3):
        got = yield i
async def later(p):
    return p
def logged(function):
    log.append(function.__name__)
    return function
a, b, w, i = 1, 2, 3, 0
xs, d, o = [3, 1, 2], {'k': 1, 's': 2}, Box(5, 7, 8, 9)
"""
DATA = ("log", "a", "b", "w", "i", "xs", "d", "o")
"""Variables of a program whose `repr` says all about them."""

HOLES = {
    "e": """
1|0|7|a|b|i|o.n|o._p|o.twice|Box.K|{o}.n|tick({e})|xs[{e} % 3]|d[{t}]|o[{e}]|{o}[{e}]
d.get({t}, {e})|({e} + {e})|({e} - {e})
({e} * {e} % 97)|({e} // {e})|({e} % {e})|(-{e})|(~{e})|({e} ^ {e})
({e} if {c} else {e})|({c} and {e})|({e} or {e})|len({x})|sum({x})|max({e}, {e})
(lambda p, q={e}: p - q)({e})|(lambda *p, k: len(p) + k)(*{x}, k={e})|int(f'{{{s}}}')|Box.fixed({e})
getattr({o}, 'n')|next(iter({x}), {e})|{x}.pop()|{x}.index({e})|vars({o})['n']|Box.made({e}).n
""",
    "called": "f({e})|f({e}, *{x}, k={e})|o.add({e})|f(*{x})|f({e}, **{{'k': {e}}})",
    "c": """
{e} < {e}|{e} <= {e} < {e}|{e} == {e}|{e} in {x}|{e} not in {x}|not ({c})|({c}) or ({c})|bool({x})
{o} is {o}|isinstance({o}, Box)|hasattr({o}, 'n')|({c}) and ({c})|type({e}) is int|callable({o})
""",
    "x": """
xs|o.items|{o}.items|[{e}, {e}]|[*{x}[:3], {e}]|[i + {e} for i in {x}[:4] if {c}]|{x}[{e}:{e}]|[]
[j for i in {x}[:2] for j in (i, {e})]|list({{i: {e} for i in {x}}})|sorted({{i % 5 for i in {x}}})
list(gen({e}))|[*map(lambda p: p + {e}, {x}[:4])]|list(range({e} % 4))|{x}[::-1]|[{e}] * 2
[[p for p in range(i % 3)] == {x} for i in {x}[:3]]|list({e} for p in {x}[:3] if p)
""",
    "o": "o|o.me|box({e})|Box({e}, {e})|{o}.me|Box.made({e})|({o} if {c} else {o})",
    "t": """
'k'|'s'|str({e})|f'{{{s}}}'|f'{{{s}:>{{{s} % 5 + 1}}}}'|f'{{o.me!r}}'|f'{{o.n=}}'|'%d' % {e}
'{{}} {{}}'.format({e}, {e})|'{{0.n}} {{0.items[0]}}'.format({o})|'-'.join(map(str, {x}))
{t}.upper()|'{{k}}'.format_map({{'k': {e}}})
type({o}).__name__|{o}.__class__.__qualname__|f'{{{s}}}' f'{{o}}'
""",
    "s": "a|o.n|({s} + {s})|o.me.twice|xs[{s} % 3]|tick({s})|o[{s}]|max({s}, o._p)",
    "T": "a|b|i|o.n|{o}.n|o._p|o.me.n|xs[{e} % 3]|d[{t}]|o[{e}]|{o}[{e}]|box({e}).n|o.items[{e}]",
    "P": """
1|0|-1|None|[p, *_]|[{P}, {P}]|{{'k': q}}|{{'s': {P}, **rest}}|Box(n=p)|Box(n={P}, items=[*r])
int(p)|(1 | 2) as p|Box.K|[1, *p] | [*p, 2]|(7 | 8 | 9)|Box() as p|str()|bool() | int()
""",
    "X": "KeyError|ValueError|(TypeError, ZeroDivisionError)|IndexError|Exception|AttributeError",
}  # fmt: skip

STATEMENTS = """
{T} = {e}
{T} = {T} = {e}
{T}, {T} = {e}, {e}
{T}, *{T} = {x}
[*o.items, {T}] = {x}
({T}, ({T}, *xs)) = {e}, {x}
xs[{e}:{e}] = {x}[:4]
xs[{e}:{e}] += {x}[:2]
{T} += {e}
{T} -= {e}
{T} //= {e}
{T} %= {e}
{T} |= {e}
o += {e}
xs += {x}[:2]
o.items += {x}[:2]
d |= {{{t}: {e}}}
{T}: int = {e}
a: 'int' = {e}
{o}.n: int
del xs[{e}]
del {o}.n
del d[{t}]
del a, o.items[{e}]
print({e}, {t}, sep={t})
print({o}, {c}, *{x})
log.append({x})
assert {c}, {t}
raise ValueError({e})
raise KeyError({t}) from ValueError({e})
raise ExceptionGroup('g', [ValueError({e}), KeyError({e})])
{e}; {e}
{c}
{x}
{t}
pass
print((w := {e}), w)
xs = [(w := i) for i in {x}[:3] if (w := {e})]
===
if (w := {e}) and {c}:
    {block}
elif {c}:
    {block}
else:
    {block}
===
for {T} in {x}[:3]:
    {block}
else:
    {block}
===
for i, {T} in enumerate({x}[:3]):
    if {c}: continue
    if {c}: break
    {block}
===
while {c}:
    {block}
    break
===
with {o} as {T}:
    {block}
===
with {o} as a, box({e}) as {T}, {o}:
    {block}
===
try:
    {block}
except {X} as error:
    print(type(error).__name__, error, error.args, error.__cause__, error.__context__)
    {block}
else:
    {block}
finally:
    {block}
===
try:
    {block}
except* {X} as group:
    print(group.exceptions)
    {block}
except* KeyError:
    {block}
===
match {e}:
    case {P} if {c}:
        {block}
    case {P}:
        {block}
===
match {x}, {o}:
    case [{P}, {P}]:
        {block}
    case _:
        {block}
===
match {o}:
    case Box(n=1) | Box(items=[]):
        {block}
    case Box(n=p, items=[q, *_]) if p < q:
        {block}
===
def f(p, q={e}, *r, k={e}, **rest):
    {inner}
    return p + q + k
===
@logged
def f(p: int, /, *r, k: 'int' = {e}) -> int:
    n = p
    def step(by={e}):
        nonlocal n
        n += by
        {inner}
        return lambda: n + by
    return step()() + step(k)()
===
def f(*p, k={e}):
    global a, w
    a, w = {e}, k
    {inner}
    return len(p)
===
def gen(p):
    {inner}
    i = yield {e}
    yield from {x}
===
async def later(p):
    {inner}
    return [i async for i in counted(p)] and {e}
===
async def counted(p):
    for i in range(p % 3):
        {inner}
        yield i
===
@logged
class Sub(Box):
    K = {e}
    kept = [i for i in {x}]
    __secret = {e}
    def __init__(self, n, *items):
        super().__init__(n, *items)
        self.__n = n
        self.__n += {e}
    def add(self, p):
        {inner}
        return super().add(p) + self.__n + self.__secret
    def __eq__(self, other):
        return tick(other is self)
===
o = Sub({e}, {e}, {e})
===
@dataclass(order=True)
class Point:
    x: int
    y: int = {e}
    z: list = field(default_factory=lambda: {x})
print(Point({e}), Point({e}, {e}) < Point({e}), sorted([Point({e}), Point({e})]))
===
from collections import Counter, namedtuple as nt
print(Counter({x}).most_common(2), nt('Pair', 'p q')({e}, {e}).q)
===
import math, os.path as op
print(math.gcd({e}, {e}), op.join('k', {t}))
===
from functools import reduce, wraps
def twice(function):
    @wraps(function)
    def both(*args, **kwargs):
        return function(*args, **kwargs), function(*args, **kwargs)
    return both
print(twice(lambda p: tick(p))({e}), reduce(lambda p, q: p + q, {x}, {e}))
===
a = await later({e})
===
xs = [p async for p in counted({e})] + [await later(p) for p in {x}[:2]]
""".strip("\n")

_HEAD = "from dataclasses import dataclass, field\n" + PRELUDE + (
    "async def counted(p):\n    for i in range(p % 3):\n        yield i\nSub = Box\n"
)  # fmt: skip
_simple, *_COMPOUND = STATEMENTS.split("\n===\n")
_SIMPLE = _simple.split("\n")
_TABLE = {hole: lines.strip("\n").replace("\n", "|") for hole, lines in HOLES.items()}
_CHOICES = {
    hole: re.split(r"(?<! )\|(?! )|(?<=\})\|(?=\{\w\})", line) for hole, line in _TABLE.items()
}
_HOLE = re.compile(r"\{(\w+)\}|\{\{|\}\}")
_DEEPEST = 3
Draw = Callable[[st.SearchStrategy[Any]], Any]


class _Writer:
    """Writes one program."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._in_function = False

    def block(self, depth: int, most: int) -> str:
        """Some statements."""
        return "\n".join(self._statement(depth) for _ in range(self._draw(st.integers(1, most))))

    def _statement(self, depth: int) -> str:
        templates = _SIMPLE if depth >= 2 or not self._draw(st.booleans()) else self._compound()
        template = self._draw(st.sampled_from(templates))
        return "\n".join(self._line(line, depth) for line in template.split("\n"))

    def _compound(self) -> list[str]:
        return [each for each in _COMPOUND if not (self._in_function and _leads_out(each))]

    def _line(self, line: str, depth: int) -> str:
        word = line.strip()
        if word not in ("{block}", "{inner}"):
            return self._filled(line, 0)
        before, self._in_function = self._in_function, self._in_function or word == "{inner}"
        lines = self.block(depth + 1, 2).split("\n")
        self._in_function = before
        return "\n".join(line[: line.index("{")] + each for each in lines)

    def _filled(self, template: str, depth: int) -> str:
        def fill(found: re.Match[str]) -> str:
            hole = found[1]
            return (
                found[0][0] if hole is None else self._filled(self._choice(hole, depth), depth + 1)
            )

        return _HOLE.sub(fill, template)

    def _choice(self, hole: str, depth: int) -> str:
        choices = _CHOICES[hole]
        if hole == "e" and not self._in_function:
            choices = choices + _CHOICES["called"]
        if depth >= _DEEPEST:
            choices = [each for each in choices if not _HOLE.search(each)] or choices[:1]
        choice: str = self._draw(st.sampled_from(choices))
        return choice


def _leads_out(template: str) -> bool:
    """Whether it waits, defines what is called by name, or makes `o` something else."""
    return bool(re.search(r"await|\{inner\}|Sub\(|async", template))


@st.composite
def programs(draw: Draw) -> str:
    """A program of a few statements, to be run after `HEAD`."""
    return _Writer(draw).block(0, 5)


HEAD = _HEAD
"""Run before each program."""
