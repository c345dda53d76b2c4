"""Structures and other types of `ctypes` come back as they lie in memory."""

from __future__ import annotations

import pytest

from .round_trip import case, round_trip

KEPT = (
    case(
        "a structure",
        """
        import ctypes
        class P(ctypes.Structure):
            _fields_ = [("n", ctypes.c_int), ("x", ctypes.c_double)]
            def total(self): return self.n + self.x
        p = P(3, 2.5)
        """,
        "type(p) is P and p.total() == 5.5 and ctypes.sizeof(P) == 16 and P(n=1).n == 1",
    ),
    case(
        "bits, packing, structures within structures",
        """
        import ctypes
        class Q(ctypes.Structure):
            _pack_ = 1
            _layout_ = "ms"
            _fields_ = [("a", ctypes.c_int, 3), ("b", ctypes.c_char)]
        class R(Q):
            _anonymous_ = ("q",)
            _fields_ = [("q", Q), ("z", ctypes.c_char * 10)]
        r, size = R(), ctypes.sizeof(R)
        r.a, r.z = 2, b"hi"
        """,
        "(r.a, r.z, ctypes.sizeof(R)) == (2, b'hi', size) and isinstance(r, Q)",
    ),
    case(
        "a union",
        "import ctypes\nclass U(ctypes.Union):\n"
        "    _fields_ = [('n', ctypes.c_int), ('b', ctypes.c_char * 4)]\nu = U(n=65)",
        "u.b == b'A'",
    ),
    case(
        "the byte order of other machines",
        "import ctypes\nclass B(ctypes.BigEndianStructure):\n    _fields_ = [('n', ctypes.c_int)]\n"
        "class L(ctypes.LittleEndianStructure):\n    _fields_ = [('n', ctypes.c_int)]\n"
        "b, l, t = B(3), L(3), ctypes.c_int.__ctype_be__",
        "bytes(b) == b'\\0\\0\\0\\3' and bytes(l) == b'\\3\\0\\0\\0' and bytes(t(1))[3] == 1",
    ),
    case(
        "a structure that points at itself",
        "import ctypes\nclass N(ctypes.Structure): pass\nP = ctypes.POINTER(N)\n"
        "N._fields_ = [('v', ctypes.c_int), ('next', P)]",
        "P is ctypes.POINTER(N) and N(4, ctypes.pointer(N(5))).next.contents.v == 5",
    ),
    case(
        "types made of types",
        "import ctypes\nA = ctypes.c_int * 3\na = A(1, 2, 3)\n"
        "C = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, use_errno=True)\nV = ctypes.c_void_p",
        "A is ctypes.c_int * 3 and list(a) == [1, 2, 3] and C(abs)(-3) == 3 and V is "
        "ctypes.c_void_p and C is ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, use_errno=True)",
    ),
    case(
        "types with names of their own",
        "import ctypes\nclass I(ctypes.c_int):\n    def twice(self): return 2 * self.value\n"
        "class A(ctypes.Array):\n    _type_, _length_ = ctypes.c_int, 2\ni, a = I(4), A(1, 2)",
        "i.twice() == 8 and list(a) == [1, 2] and type(a) is A",
    ),
    case(
        "a metaclass of the notebook",
        "import ctypes\nclass M(type(ctypes.Structure)):\n    def hi(cls): return cls.__name__\n"
        "class P(ctypes.Structure, metaclass=M):\n    _fields_ = [('n', ctypes.c_int)]\np = P(1)",
        "P.hi() == 'P' and p.n == 1 and type(P) is M",
    ),
    case(
        "parts of a structure",
        "import ctypes\nclass P(ctypes.Structure):\n"
        "    _fields_ = [('n', ctypes.c_int), ('a', ctypes.c_int * 2)]\np = P()\na = p.a",
        "(a.__setitem__(1, 7), p.a[1])[1] == 7",
    ),
)
ADDRESSES = {
    "a pointer": "x = ctypes.pointer(ctypes.c_int(3))",
    "a text": "x = ctypes.c_char_p(b'a')",
    "a structure with a pointer": (
        "class N(ctypes.Structure):\n    _fields_ = [('p', ctypes.c_void_p)]\nx = N()"
    ),
    "memory of another object": "b = bytearray(4)\nx = ctypes.c_int.from_buffer(b)",
}


@pytest.mark.parametrize("source, check", KEPT)
def test_types_of_c_come_back(source: str, check: str) -> None:
    """With their layout, their methods, and what is derived from them."""
    restored = round_trip(source)
    assert restored.holds(check)
    assert not restored.lost


@pytest.mark.parametrize("source", ADDRESSES.values(), ids=ADDRESSES)
def test_addresses_do_not(source: str) -> None:
    """They are named, and what stands beside them is kept."""
    restored = round_trip(f"import ctypes\n{source}\nok = [1]")
    assert restored.holds("ok == [1]")
    assert list(restored.lost.values()) == [
        "addresses mean nothing in another process; make it again from the data"
    ]
