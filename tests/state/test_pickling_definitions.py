"""Functions and classes of cells come back as they were."""

from __future__ import annotations

import sys

import pytest

from .round_trip import case, round_trip

FUNCTIONS = (
    case(
        "live globals",
        "x = 1\ndef f(): return x",
        "(globals().__setitem__('x', 2), f())[1] == 2",
    ),
    case("global statement", "def f():\n    global z\n    z = 5", "(f(), z)[1] == 5"),
    case(
        "shared cells",
        """
        def make():
            count = 0
            def more():
                nonlocal count
                count += 1
            def get(): return count
            return more, get
        more, get = make()
        more()
        """,
        "(more(), get())[1] == 2 and more.__closure__[0] is get.__closure__[0]",
    ),
    case(
        "a cell by itself",
        """
        def make():
            seen = [1]
            return lambda: seen
        f = make()
        cell = f.__closure__[0]
        """,
        "cell is f.__closure__[0] and cell.cell_contents is f()",
    ),
    case("an empty cell", "import types\ncell = types.CellType()", "cell == types.CellType()"),
    case("recursion by name", "def f(n): return 1 if n < 2 else n * f(n - 1)", "f(5) == 120"),
    case(
        "recursion in a closure",
        """
        def make():
            def f(n): return 1 if n < 2 else n * f(n - 1)
            return f
        f = make()
        """,
        "f(5) == 120 and f.__closure__[0].cell_contents is f",
    ),
    case(
        "two that close over one another",
        """
        def make():
            def even(n): return n == 0 or odd(n - 1)
            def odd(n): return n > 0 and even(n - 1)
            return even, odd
        even, odd = make()
        """,
        "even(10) and not even(7) and even.__closure__[0].cell_contents is odd",
    ),
    case(
        "a default that is changed",
        "def f(x, seen=[]):\n    seen.append(x)\n    return seen\nout = f(1)",
        "f(2) == [1, 2] and f(3) is out",
    ),
    case("keyword defaults", "def f(*, a=1, b): return a + b", "f(b=2) == 3"),
    case(
        "lambdas in a list", "fs = [lambda i=i: i for i in range(3)]", "[f() for f in fs]==[0,1,2]"
    ),
    case(
        "attributes that refer to the function",
        "def f(): 'doc'\nf.me = f\nf.calls = 3",
        "f.me is f and f.calls == 3 and f.__doc__ == 'doc'",
    ),
    case(
        "annotations",
        "class A: pass\ndef f(a: A, b: 'A') -> int: ...",
        "f.__annotations__ == {'a': A, 'b': 'A', 'return': int}",
    ),
    case(
        "a decorator with wraps",
        """
        import functools
        def twice(f):
            @functools.wraps(f)
            def inner(*args): return 2 * f(*args)
            return inner
        @twice
        def g(x): return x
        """,
        "g(2) == 4 and g.__wrapped__(2) == 2 and g.__name__ == 'g'",
    ),
    case(
        "a context manager",
        """
        import contextlib
        @contextlib.contextmanager
        def opened(x):
            yield x + 1
        """,
        "opened(1).__enter__() == 2",
    ),
    case(
        "a function in globals of its own",
        "space = {'k': 3}\nexec('def f(): return k', space)\nf = space['f']",
        "(space.__setitem__('k', 4), f())[1] == 4 and f.__globals__ is space",
    ),
    case(
        "async and generator functions",
        """
        import asyncio
        async def a(): return 3
        async def ag():
            yield 1
        def g():
            yield 1
            return 2
        """,
        "asyncio.run(a()) == 3 and list(g()) == [1]"
        " and ag().__class__.__name__.startswith('async')",
    ),
    case(
        "lru_cache",
        "import functools\n@functools.lru_cache(maxsize=7)\ndef f(x): return x + 1\nf(1)",
        "f(2) == 3 and f.cache_parameters()['maxsize'] == 7 and f.__name__ == 'f'",
    ),
    case("cache", "import functools\nf = functools.cache(lambda x: x)", "f(1) == 1"),
    case(
        "singledispatch",
        """
        import functools
        class A: pass
        @functools.singledispatch
        def f(x): return 'other'
        @f.register
        def _(x: int): return 'int'
        @f.register
        def _(x: A): return 'A'
        out = f(1)
        """,
        "(f(1), f(A()), f('')) == ('int', 'A', 'other') and f.dispatch(int)(0) == 'int'"
        " and f.register(str, lambda x: 's') and f('') == 's'",
    ),
    case(
        "partials",
        """
        import functools
        def f(a, b): return a, b
        p = functools.partial(f, b=2)
        class C:
            def m(self, n): return n
            three = functools.partialmethod(m, 3)
        """,
        "p(1) == (1, 2) and p.func is f and C().three() == 3",
    ),
    case(
        "bound methods",
        "class C:\n    def m(self): return self\nc = C()\nm = c.m\nc.own = c.m",
        "m() is c and m.__func__ is C.m and c.own.__self__ is c",
    ),
    case("methods of builtins", "l = [1]\nadd = l.append", "(add(2), l)[1] == [1, 2]"),
    case(
        "a code object",
        "code = compile('1 + 1', 'somewhere', 'eval')",
        "eval(code) == 2 and code.co_filename == 'somewhere'",
    ),
)

CLASSES = (
    case(
        "inheritance",
        """
        class A:
            def __init__(self): self.v = 1
        class B(A):
            def __init__(self):
                super().__init__()
                self.w = 2
        b = B()
        """,
        "isinstance(b, B) and B.__bases__ == (A,) and vars(B()) == {'v': 1, 'w': 2}",
    ),
    case(
        "an attribute that is equal in the base",
        "class A:\n    x = 1\nclass B(A):\n    x = 1",
        "(setattr(A, 'x', 2), B.x)[1] == 1",
    ),
    case(
        "attributes that refer to the class",
        "class A: pass\nA.me = A\nA.one = A()\nA.all = [A]",
        "A.me is A and type(A.one) is A and A.all[0] is A",
    ),
    case(
        "a registry of subclasses",
        """
        class Base:
            known = {}
            def __init_subclass__(cls, *, kind, **rest):
                super().__init_subclass__(**rest)
                Base.known.setdefault(kind, []).append(cls)
        class D(Base, kind='d'): pass
        class Both(dict, Base, kind='b'): pass
        """,
        "Base.known == {'d': [D], 'b': [Both]}"
        " and (type('N', (Base,), {}, kind='n'), 'n' in Base.known)[1]",
    ),
    case(
        "a metaclass with side effects",
        """
        class Meta(type):
            made = []
            def __new__(meta, name, bases, space, **kwargs):
                cls = super().__new__(meta, name, bases, space)
                meta.made.append(name)
                return cls
            def __init__(cls, *args, **kwargs): cls.began = len(Meta.made)
            def __setattr__(cls, name, value):
                if name == 'fixed': raise AttributeError(name)
                super().__setattr__(name, value)
            def __call__(cls, *args):
                made = super().__call__(*args)
                made.called = True
                return made
            def hi(cls): return 'hi ' + cls.__name__
        class A(metaclass=Meta, option=1):
            fixed = 3
        a = A()
        """,
        "Meta.made == ['A'] and A.hi() == 'hi A' and A.fixed == 3 and type(A) is Meta"
        " and a.called and A().called",
    ),
    case(
        "slots",
        """
        class A:
            __slots__ = ('x', '__hidden')
            def __init__(self): self.x, self.__hidden = 1, 2
            def hidden(self): return self.__hidden
        class B(A):
            __slots__ = 'y'
        class C(B): pass
        class W:
            __slots__ = ('v', '__weakref__', '__dict__')
        a, b, c, w = A(), B(), C(), W()
        b.y = 2
        c.y, c.free = 3, 4
        w.v, w.free = 5, 6
        """,
        "a.hidden() == 2 and not hasattr(a, '__dict__') and (b.x, b.y) == (1, 2)"
        " and (c.y, c.free, w.v, w.free) == (3, 4, 5, 6) and B.__slots__ == 'y'"
        " and not hasattr(b, '__dict__')",
    ),
    case(
        "properties",
        """
        class A:
            def __init__(self): self._x = 1
            @property
            def x(self): 'the x'; return self._x
            @x.setter
            def x(self, value): self._x = value
            @x.deleter
            def x(self): self._x = None
        a = A()
        """,
        "(setattr(a, 'x', 5), a.x)[1] == 5 and A.x.__doc__ == 'the x'"
        " and (delattr(a, 'x'), a.x)[1] is None",
    ),
    case(
        "kinds of methods",
        """
        class C:
            @staticmethod
            def s(): return 2
            @classmethod
            def k(cls): return cls
            def m(self): return __class__
            def __call__(self): return 'called'
        c = C()
        """,
        "C.s() == c.s() == 2 and C.k() is C and c.m() is C and c() == 'called'",
    ),
    case(
        "nested and local classes",
        """
        class C:
            class Inner:
                def up(self): return C
        i = C.Inner()
        def make():
            class Local:
                def me(self): return Local
            return Local
        L = make()
        l = L()
        """,
        "isinstance(i, C.Inner) and i.up() is C and l.me() is L is type(l)"
        " and L.__qualname__ == 'make.<locals>.Local'",
    ),
    case(
        "descriptors",
        """
        class Positive:
            def __set_name__(self, owner, name): self.names = [*getattr(self, 'names', []), name]
            def __get__(self, at, owner=None):
                return self if at is None else vars(at)[self.names[0]]
            def __set__(self, at, value):
                if value < 0: raise ValueError(value)
                vars(at)[self.names[0]] = value
        class A:
            x = Positive()
        a = A()
        a.x = 3
        """,
        "a.x == 3 and A.x.names == ['x'] and isinstance(A.x, Positive)",
    ),
    case(
        "cached_property",
        """
        import functools
        class A:
            @functools.cached_property
            def v(self): return [1]
        a, fresh = A(), A()
        v = a.v
        """,
        "a.v is v and fresh.v == [1] and fresh.v is fresh.v",
    ),
    case(
        "abstract classes",
        """
        import abc
        class A(abc.ABC):
            @abc.abstractmethod
            def f(self) -> int: ...
            @property
            @abc.abstractmethod
            def p(self): ...
        class B(A):
            p = 1
            def f(self): return 1
        class Other: pass
        A.register(Other)
        A.register(int)
        b = B()
        """,
        "b.f() == 1 and isinstance(b, A) and issubclass(Other, A) and isinstance(3, A)"
        " and A.__abstractmethods__ == {'f', 'p'} and not issubclass(str, A)",
    ),
    case(
        "dataclasses",
        """
        from dataclasses import dataclass, field, fields, KW_ONLY, InitVar, replace
        @dataclass
        class P:
            x: int
            y: list = field(default_factory=list, repr=False)
            _: KW_ONLY
            z: int = 3
            extra: InitVar[int] = 0
            def __post_init__(self, extra): self.total = self.x + extra
        @dataclass(slots=True)
        class S(P):
            s: int = 4
        @dataclass(frozen=True, order=True)
        class F:
            a: int = 3
        @dataclass(frozen=True, slots=True)
        class FS:
            a: int = 3
        p, s, f, fs = P(1, extra=2), S(1), F(), FS(4)
        """,
        "p == P(1) and p.total == 3 and repr(p) == 'P(x=1, z=3)' and f < F(4)"
        " and [x.name for x in fields(S)] == ['x', 'y', 'z', 's'] and s.s == 4"
        " and hash(f) == hash(F()) and replace(f, a=5) == F(5) and fs == FS(4)"
        " and 's' in S.__slots__",
    ),
    case(
        "dataclasses with a default factory that is left",
        """
        from dataclasses import dataclass, field, MISSING, fields
        @dataclass
        class A:
            x: int
            y: int = field(default=1, metadata={'unit': 'm'})
        """,
        "fields(A)[0].default is MISSING and fields(A)[1].metadata['unit'] == 'm'",
    ),
    case(
        "named tuples and typed dictionaries",
        """
        import collections
        from typing import NamedTuple, TypedDict, NotRequired
        class N(NamedTuple):
            a: int
            b: str = 'x'
            def up(self): return self.a + 1
        O = collections.namedtuple('O', 'p q', defaults=[2])
        class T(TypedDict, total=False):
            k: int
            l: NotRequired[str]
        n, o, t = N(1), O(1), T(k=1)
        """,
        "n == (1, 'x') and n.up() == 2 and isinstance(n, N) and N(3)._replace(a=4).a == 4"
        " and o == O(1, 2) and o.q == 2 and t == {'k': 1} and T.__optional_keys__ == {'k', 'l'}",
    ),
    case(
        "generics",
        """
        from typing import Generic, ParamSpec, TypeVar, Protocol, runtime_checkable, NewType
        from typing import TypeVarTuple, get_args
        X = TypeVar('X', bound=int)
        P = ParamSpec('P')
        Ts = TypeVarTuple('Ts')
        Id = NewType('Id', int)
        class G(Generic[X]):
            def __init__(self, x): self.x = x
        class H(G[int]): pass
        class V(Generic[P]): pass
        @runtime_checkable
        class Closes(Protocol):
            def close(self): ...
        class File:
            def close(self): ...
        g, h, alias, f = G[int](1), H(2), G[bool], File()
        """,
        "g.x == 1 and h.x == 2 and g.__orig_class__ == G[int] and alias == G[bool]"
        " and G.__parameters__ == (X,) and X.__bound__ is int and V.__parameters__ == (P,)"
        " and isinstance(f, Closes) and not isinstance(1, Closes) and Id(3) == 3"
        " and Id.__supertype__ is int and get_args(G[X])[0] is X and Ts.__name__ == 'Ts'",
    ),
    case(
        "own containers",
        """
        class L(list):
            def __init__(self, *args, name):
                super().__init__(args)
                self.name = name
        class D(dict):
            def __missing__(self, key): return key
        class I(int): pass
        class S(str): pass
        class T(tuple): pass
        l = L(1, 2, name='l'); l.append(l)
        d, i, s, t = D(a=1), I(3), S('x'), T([1])
        i.own = 5
        """,
        "l[2] is l and l.name == 'l' and d['q'] == 'q' and d['a'] == 1 and i == 3 and i.own == 5"
        " and type(s) is S and type(t) is T",
    ),
    case(
        "instances with ways of their own",
        """
        class A:
            def __init__(self, x): self.x, self.cache = x, 'big'
            def __getstate__(self): return {'x': self.x}
            def __setstate__(self, state): self.x, self.cache = state['x'], None
        class B:
            def __init__(self, x): self.x = x
            def __reduce__(self): return B, (self.x,)
        class Missing:
            def __reduce__(self): return 'MISSING'
        MISSING = Missing()
        a, b, also = A(1), B(2), MISSING
        """,
        "(a.x, a.cache, b.x) == (1, None, 2) and also is MISSING and type(also) is Missing",
    ),
    case(
        "a class made by a call",
        "A = type('A', (), {'x': 1, 'f': lambda self: self.x})\na = A()",
        "a.f() == 1 and type(a) is A",
    ),
    case(
        "a class that was replaced",
        "class A:\n    v = 1\nold = A()\nclass A:\n    v = 2",
        "old.v == 1 and A.v == 2 and type(old) is not A",
    ),
    case(
        "a class without a name any more",
        "class A:\n    v = 1\na, b = A(), A()\ndel A",
        "a.v == 1 and type(a) is type(b)",
    ),
)

ENUMS = (
    case(
        "members, aliases and methods",
        """
        import enum
        class C(enum.Enum):
            RED = 1
            GREEN = 2
            ROT = 1
            def up(self): return self.value + 1
            @property
            def low(self): return self.name.lower()
            @classmethod
            def first(cls): return cls.RED
            @classmethod
            def _missing_(cls, value): return cls.GREEN
        c, d = C.RED, {C.GREEN: 1}
        """,
        "c is C.RED is C(1) is C['RED'] is C.ROT is C['ROT'] and d[C.GREEN] == 1 and c.up() == 2"
        " and c.low == 'red' and list(C) == [C.RED, C.GREEN] and C(99) is C.GREEN"
        " and C.first() is c and repr(c) == '<C.RED: 1>' and c.name == 'RED'",
    ),
    case(
        "members with attributes of their own",
        """
        import enum
        class Planet(enum.Enum):
            EARTH = (5.9, 6.3)
            MARS = (0.6, 3.4)
            def __init__(self, mass, radius):
                self.mass = mass
                self.radius = radius
        p = Planet.MARS
        p.moons = ['Phobos']
        """,
        "p is Planet.MARS and p.mass == 0.6 and Planet((5.9, 6.3)).radius == 6.3"
        " and p.moons == ['Phobos']",
    ),
    case(
        "auto and mixed-in types",
        """
        import enum
        class A(enum.Enum):
            X = enum.auto()
            Y = enum.auto()
        class S(str, enum.Enum):
            A = 'a'
        class SS(enum.StrEnum):
            ONE = enum.auto()
        class I(enum.IntEnum):
            X = 5
        class Coord(bytes, enum.Enum):
            def __new__(cls, value, label):
                made = bytes.__new__(cls, [value])
                made._value_ = value
                made.label = label
                return made
            PX = (0, 'P.X')
        values = [A.Y, S.A, SS.ONE, I.X, Coord.PX]
        """,
        "values == [A.Y, S.A, SS.ONE, I.X, Coord.PX] and values[0] is A.Y and S.A == 'a'"
        " and values[2] + '!' == 'one!' and I.X + 1 == 6 and Coord(0) is values[4]"
        " and Coord.PX.label == 'P.X' and bytes(Coord.PX) == b'\\0' and S('a') is S.A",
    ),
    case(
        "a dataclass mixed in",
        """
        import enum
        from dataclasses import dataclass
        @dataclass
        class Size:
            w: int
            h: int
        class Paper(Size, enum.Enum):
            A4 = 210, 297
        p = Paper.A4
        """,
        "p is Paper.A4 and p.w == 210",
    ),
    case(
        "flags",
        """
        import enum
        class F(enum.Flag):
            A = enum.auto()
            B = enum.auto()
            AB = A | B
        class IF(enum.IntFlag):
            R = 4
            W = 2
        f, g, none, i = F.A | F.B, F.A, F(0), IF.R | IF.W
        """,
        "f is F.AB is F.A | F.B and g in f and none is F(0) and i is IF(6) and i == 6"
        " and ~F.A is F.B and list(f) == [F.A, F.B]",
    ),
    case(
        "an enumeration that refers to itself",
        """
        import enum
        class C(enum.Enum):
            A = 'a'
            B = 'b'
            def other(self, to=None): return C.B
        C.default = C.A
        C.order = [C.B, C.A]
        class Holder:
            default = C.B
            def f(self, c=C.A): return c
        h = Holder()
        """,
        "C.default is C.A and C.order == [C.B, C.A] and Holder.default is C.B and h.f() is C.A",
    ),
    case("an enumeration without members", "import enum\nclass E(enum.Enum): pass", "len(E) == 0"),
)

NEWER = (
    case(
        "type parameters",
        """
        class Box[T: int]:
            def __init__(self, x: T): self.x = x
        def first[U](xs: list[U]) -> U: return xs[0]
        type Pairs[K] = list[tuple[K, K]]
        b = Box[int](1)
        """,
        "b.x == 1 and Box.__type_params__[0].__bound__ is int and first([2]) == 2"
        " and first.__type_params__[0].__name__ == 'U' and Pairs.__name__ == 'Pairs'",
    ),
)


@pytest.mark.parametrize("source, check", FUNCTIONS)
def test_functions_behave_as_before(source: str, check: str) -> None:
    """A function has its code, its cells, its attributes and the notebook's live globals."""
    restored = round_trip(source)
    assert restored.holds(check)
    assert not restored.lost


@pytest.mark.parametrize("source, check", CLASSES)
def test_classes_behave_as_before(source: str, check: str) -> None:
    """A class and its instances belong together, and nothing ran again to make it."""
    restored = round_trip(source)
    assert restored.holds(check)
    assert not restored.lost


@pytest.mark.parametrize("source, check", ENUMS)
def test_enumerations_behave_as_before(source: str, check: str) -> None:
    """A member is the one that its name and its value find."""
    restored = round_trip(source)
    assert restored.holds(check)
    assert not restored.lost


@pytest.mark.skipif(sys.version_info < (3, 12), reason="a form of Python 3.12")
@pytest.mark.parametrize("source, check", NEWER)
def test_newer_forms_behave_as_before(source: str, check: str) -> None:
    """Type parameters come back with what they belong to."""
    restored = round_trip(source)
    assert restored.holds(check)
    assert not restored.lost


def test_code_is_known_by_the_cells_it_came_from() -> None:
    """A pickle tells which cells' sources its functions and methods need for tracebacks."""
    restored = round_trip("def f(): pass\nclass A:\n    def m(self): pass")
    assert restored.pickled.filenames == {"<cell>"}
