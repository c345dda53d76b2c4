"""Values of Python's own types come back as they were, with what they share."""

from __future__ import annotations

import pytest

from .round_trip import case, round_trip

SHARING = (
    case("aliases", "a = [1]\nb = a\nc = {'a': a}", "a is b is c['a']"),
    case(
        "cycles",
        "l = [1]\nl.append(l)\nt = (l,)\nd = {}\nd['d'] = d",
        "l[1] is l and t[0] is l and d['d'] is d",
    ),
    case(
        "a tuple within itself",
        "l = []\nt = (l, 1)\nl.append(t)",
        "t[0] is l and l[0] is t",
    ),
    case(
        "an object within a container",
        "class A: pass\no = A()\nl = [o, o]\ns = {o}\no.home = l",
        "l[0] is l[1] is o and o in s and o.home is l",
    ),
    case(
        "the namespace itself", "g = globals()\nimport __main__ as m", "g is globals() is vars(m)"
    ),
    case(
        "views of dictionaries",
        "import collections\nd = {'a': 1}\nk, v, i = d.keys(), d.values(), d.items()\n"
        "o = collections.OrderedDict(x=1)\nok = o.keys()",
        "(d.__setitem__('b', 2), list(k), list(v), ('b', 2) in i)[1:] == (['a', 'b'], [1, 2], True)"
        " and (o.__setitem__('y', 2), list(ok))[1] == ['x', 'y']",
    ),
    case(
        "views of memory",
        """
        import array
        b, a = bytearray(b"abcd"), array.array("i", [1, 2, 3])
        whole, part, fixed = memoryview(b), memoryview(b)[1:3], memoryview(b).toreadonly()
        numbers, rest = memoryview(a), memoryview(a)[1:]
        table = memoryview(b).cast("B", (2, 2))
        """,
        "(b.__setitem__(1, 122), whole[1], part[0], fixed[1], table[0, 1])[1:] == (122,) * 4"
        " and fixed.readonly and (a.__setitem__(1, 7), numbers[1], rest.tolist())[1:]"
        " == (7, [7, 3])",
    ),
    case(
        "a read-only view of a dictionary",
        "import types\nd = {'a': 1}\nm = types.MappingProxyType(d)\n"
        "class A:\n    x = 1\nv = vars(A)",
        "(d.__setitem__('b', 2), m['b'])[1] == 2 and (setattr(A, 'x', 5), v['x'])[1] == 5",
    ),
    case(
        "weak references",
        """
        import weakref
        class A: pass
        a, gone = A(), A()
        a.me = weakref.ref(a)
        r, dead, p, m = weakref.ref(a), weakref.ref(gone), weakref.proxy(a), A.__init__
        a.x = 1
        del gone
        """,
        "r() is a and a.me is r and dead() is None and p.x == 1 and p.__class__ is A",
    ),
    case(
        "weak collections",
        """
        import weakref
        class A:
            def m(self): return 1
        a, b = A(), A()
        s = weakref.WeakSet([a, b])
        k = weakref.WeakKeyDictionary({a: 1})
        v = weakref.WeakValueDictionary({'b': b})
        m = weakref.WeakMethod(a.m)
        """,
        "a in s and len(s) == 2 and k[a] == 1 and v['b'] is b and m()() == 1"
        " and (bool(globals().pop('b')), __import__('gc').collect(), len(s), len(v))[2:] == (1, 0)",
    ),
    case(
        "what only a weak reference holds is gone",
        "import weakref\nclass A: pass\ns = weakref.WeakSet()\ndef f():\n    s.add(A())\nf()",
        "len(s) == 0",
    ),
    case(
        "memory that is looked at",
        "import array\nb = bytearray(b'abc')\nm = memoryview(b)\np = m[1:]\n"
        "a = array.array('d', [1, 2])",
        "(b.__setitem__(0, 65), bytes(m))[1] == b'Abc' and p == b'bc'"
        " and type(p) is memoryview and a.tolist() == [1, 2]",
    ),
)

STANDARD = (
    case(
        "simple types",
        "x = [None, True, 1, -10**40, 1.5, 2j, 'é\\udc80', b'b', bytearray(b'c'), ..., range(3),"
        " slice(1), NotImplemented, frozenset([1]), {1}, float('nan'), float('inf'), -0.0]",
        "x[3] == -10**40 and x[6] == 'é\\udc80' and x[9] is ... and x[12] is NotImplemented"
        " and x[15] != x[15] and str(x[17]) == '-0.0' and x[11] == slice(1)",
    ),
    case(
        "types",
        "x = [int, type, type(None), type(...), type(len), type(lambda: 0)]",
        "x[2]() is None and x[4] is type(len) and x[5] is type(lambda: 0)",
    ),
    case(
        "dates and times",
        """
        import datetime as d, zoneinfo
        x = d.datetime(2024, 3, 31, 2, 30, tzinfo=zoneinfo.ZoneInfo('Europe/Vienna'), fold=1)
        y = [d.date(2024, 1, 1), d.time(1, 2), d.timedelta(3), d.timezone(d.timedelta(hours=2))]
        """,
        "x.fold == 1 and x.tzinfo is zoneinfo.ZoneInfo('Europe/Vienna') and y[2].days == 3"
        " and y[3].utcoffset(None).seconds == 7200",
    ),
    case(
        "numbers",
        """
        import decimal, fractions
        c = decimal.Context(prec=7, rounding=decimal.ROUND_DOWN)
        x, f = decimal.Decimal('1.10'), fractions.Fraction(1, 3)
        """,
        "str(x) == '1.10' and c.prec == 7 and c.divide(2, 3) == decimal.Decimal('0.6666666')"
        " and f * 3 == 1",
    ),
    case(
        "identifiers, paths and patterns",
        """
        import uuid, pathlib, re, ipaddress, string
        u, p, w = uuid.UUID(int=5), pathlib.Path('a/b'), pathlib.PureWindowsPath('C:/x')
        r, t = re.compile('(?P<n>a+)', re.I), string.Template('$a')
        i = ipaddress.ip_network('10.0.0.0/8')
        """,
        "u.int == 5 and p.name == 'b' and w.drive == 'C:' and r.match('AA')['n'] == 'AA'"
        " and i.prefixlen == 8 and t.substitute(a=1) == '1'",
    ),
    case(
        "collections",
        """
        import collections, types
        c = collections.Counter('aab')
        d = collections.deque([1, 2, 3], 2)
        d.append(d)
        o = collections.OrderedDict(b=1, a=2)
        o.move_to_end('b')
        f = collections.defaultdict(lambda: [7])
        m = collections.ChainMap({'a': 1}, c)
        n = types.SimpleNamespace(x=1)
        n.me = n
        u = collections.UserDict(a=1)
        """,
        "c['a'] == 2 and d.maxlen == 2 and d[1] is d and list(o) == ['a', 'b'] and f['q'] == [7]"
        " and m.maps[1] is c and n.me is n and u['a'] == 1",
    ),
    case(
        "iterators",
        """
        import operator
        i = iter([1, 2, 3])
        next(i)
        m, z, e, r = map(str, [1, 2]), zip([1], 'a'), enumerate('ab'), reversed([1, 2])
        next(e)
        pick, at = operator.itemgetter(1), operator.attrgetter('real')
        call = operator.methodcaller('upper')
        """,
        "list(i) == [2, 3] and list(m) == ['1', '2'] and list(z) == [(1, 'a')]"
        " and list(e) == [(1, 'b')] and list(r) == [2, 1] and pick('ab') == 'b' and at(3) == 3"
        " and call('a') == 'A'",
    ),
    case(
        "memory that reads like a file",
        """
        import io
        b, s = io.BytesIO(b'abc'), io.StringIO('line\\nnext')
        b.read(1)
        s.readline()
        """,
        "b.read() == b'bc' and s.read() == 'next'",
    ),
    case(
        "random numbers",
        "import random\nr = random.Random(1)\nr.random()\nsecond = random.Random(1)\n"
        "second.random()",
        "r.random() == second.random()",
    ),
    case(
        "modules under other names",
        "import os.path as p, json as j, xml.etree.ElementTree as ET, collections.abc\n"
        "from math import *\nimport email",
        "p.join('a', 'b') == 'a/b' and j.loads('1') == 1 and sin(0) == 0"
        " and p is __import__('os').path and ET.fromstring('<a/>').tag == 'a'",
    ),
    case(
        "loggers and handlers",
        """
        import logging, sys
        log = logging.getLogger('cells')
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter('%(message)s'))
        """,
        "log is logging.getLogger('cells') and handler.stream is sys.stderr"
        " and handler.lock is not None and handler.formatter._fmt == '%(message)s'",
    ),
    case(
        "what is printed to",
        "import sys\nout, err = sys.stdout, sys.stderr",
        "out is sys.stdout and err is sys.stderr",
    ),
    case(
        "signatures",
        "import inspect\ns = inspect.signature(lambda a, *, b=2: 0)",
        "str(s) == '(a, *, b=2)'",
    ),
    case(
        "syntax trees and elements",
        "import ast, xml.etree.ElementTree as ET\nt = ast.parse('1 + 1')\n"
        "e = ET.fromstring('<a><b x=\"1\"/></a>')",
        "ast.unparse(t) == '1 + 1' and e[0].get('x') == '1'",
    ),
    case(
        "layouts, other sources of chance, closed streams",
        """
        import io, random, struct
        s, r, t, b = struct.Struct("<id"), random.SystemRandom(), io.StringIO("a"), io.BytesIO(b"a")
        t.close()
        b.close()
        """,
        "s.unpack(s.pack(1, 2.0)) == (1, 2.0) and 0 <= r.random() < 1 and t.closed and b.closed",
    ),
    case(
        "iterators half-way",
        """
        z, e, i, m = zip([1, 2], "ab"), enumerate("ab"), iter([1, 2, 3]), map(str, [1, 2])
        for each in (z, e, i, m): next(each)
        """,
        "(list(z), list(e), list(i), list(m)) == ([(2, 'b')], [(1, 'b')], [2, 3], ['2'])",
    ),
    case(
        "addresses, fractions, zones",
        """
        import datetime, fractions, ipaddress, zoneinfo
        n, f = ipaddress.ip_network("10.0.0.0/8"), fractions.Fraction(1, 3)
        d = datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC"))
        """,
        "n.num_addresses == 2**24 and f * 3 == 1 and d.tzinfo is zoneinfo.ZoneInfo('UTC')",
    ),
    case(
        "annotated types",
        "import typing as t\nx = t.Annotated[int, 'a'] | None\ny = list[int]",
        "x == t.Annotated[int, 'a'] | None and y == list[int]",
    ),
)

EXCEPTIONS = (
    case(
        "causes, contexts and notes",
        """
        class Own(ValueError):
            def __init__(self, code, *, where):
                super().__init__(f'{code} at {where}')
                self.code, self.where = code, where
        def chain():
            try:
                try:
                    1 / 0
                except ZeroDivisionError:
                    raise Own(3, where='here')
            except Own as e:
                raise KeyError('k') from e
        try:
            chain()
        except KeyError as e:
            e.add_note('a note')
            error = e.with_traceback(None)
            error.__cause__.__traceback__ = error.__cause__.__context__.__traceback__ = None
        """,
        "error.__notes__ == ['a note'] and error.args == ('k',) and error.__suppress_context__"
        " and (error.__cause__.code, error.__cause__.where) == (3, 'here')"
        " and str(error.__cause__) == '3 at here' and type(error.__cause__) is Own"
        " and isinstance(error.__cause__.__context__, ZeroDivisionError)",
    ),
    case(
        "those of Python with fields of their own",
        """
        import json
        found = []
        attempts = ['open("/no/such")', '"é".encode("ascii")', 'int.nothing', '(']
        attempts += ['json.loads("{")']
        for attempt in attempts:
            try:
                eval(attempt)
            except Exception as e:
                found.append(e.with_traceback(None))
        stop, leave = StopIteration(3), SystemExit(4)
        for e in found: e.__context__ = None
        """,
        "[type(e).__name__ for e in found] == ['FileNotFoundError', 'UnicodeEncodeError',"
        " 'AttributeError', 'SyntaxError', 'JSONDecodeError'] and found[0].filename == '/no/such'"
        " and found[1].object == 'é' and found[2].name == 'nothing' and found[3].text == '('"
        " and found[4].pos == 1 and stop.value == 3 and leave.code == 4",
    ),
    case(
        "groups",
        "class E(Exception): pass\ng = ExceptionGroup('two', [E(1), ValueError(2)])",
        "g.message == 'two' and type(g.exceptions[0]) is E",
    ),
)


@pytest.mark.parametrize("source, check", SHARING)
def test_what_is_shared_stays_shared(source: str, check: str) -> None:
    """Whatever was one object, or looked at another, still does."""
    restored = round_trip(source)
    assert restored.holds(check)
    assert not restored.lost


@pytest.mark.parametrize("source, check", STANDARD)
def test_standard_types_come_back(source: str, check: str) -> None:
    """Values of the standard library are as they were."""
    restored = round_trip(source)
    assert restored.holds(check)
    assert not restored.lost


@pytest.mark.parametrize("source, check", EXCEPTIONS)
def test_exceptions_come_back(source: str, check: str) -> None:
    """An exception has its fields, notes, cause and context."""
    restored = round_trip(source)
    assert restored.holds(check)
    assert not restored.lost


def test_an_exception_loses_its_traceback_alone_and_that_is_told() -> None:
    """A traceback is of frames, which belong to the process."""
    restored = round_trip("try:\n    1 / 0\nexcept Exception as e:\n    error = e")
    assert restored.holds("type(error) is ZeroDivisionError and error.__traceback__ is None")
    assert list(restored.lost) == ["traceback"]
