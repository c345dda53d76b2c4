"""Which classes have a say in how their objects are saved."""

from __future__ import annotations

import copyreg
import textwrap
from collections import OrderedDict
from typing import Any

import pytest

from nbengine.state.own_code import has_own_code

OWN = {
    "a method": "class A:\n    def __reduce__(self): return int, ()",
    "a method of a base": "class B:\n    def __getstate__(self): return 1\nclass A(B): pass",
    "any attribute": "class A:\n    def __getattr__(self, name): return 1",
    "a false class": "class A:\n    @property\n    def __class__(self): return int",
    "false attributes": "class A:\n    @property\n    def __dict__(self): return {}",
    "items": "class A(dict):\n    def items(self): return ()",
    "a metaclass": (
        "class M(type):\n    def __getattribute__(c, n): return 1\nclass A(metaclass=M): pass"
    ),
}
PLAIN = {
    "attributes": "class A:\n    def __init__(self): self.x = 1",
    "slots": "class A:\n    __slots__ = 'x', '__weakref__'",
    "fields": "import dataclasses\n@dataclasses.dataclass(order=True)\nclass A:\n    x: int",
    "an error": "class A(ValueError): pass",
    "a list": "class A(list): pass",
}


def made(source: str) -> Any:
    """The class `A` of a cell."""
    namespace = {"__name__": "__main__"}
    exec(textwrap.dedent(source), namespace)
    return namespace["A"]


@pytest.mark.parametrize("source", OWN.values(), ids=OWN)
def test_a_class_of_the_notebook_that_saves_itself(source: str) -> None:
    """Its code runs in the middle of a save."""
    assert has_own_code(made(source))


@pytest.mark.parametrize("source", PLAIN.values(), ids=PLAIN)
def test_a_class_that_leaves_it_to_python(source: str) -> None:
    """None of its code runs."""
    assert not has_own_code(made(source))


def test_a_library_saves_its_objects_by_code_that_is_not_the_notebooks() -> None:
    """It does not know the variables."""
    assert not has_own_code(OrderedDict)


def test_a_reducer_of_the_notebook() -> None:
    """Those that are registered for somebody else's class count, too."""
    cls = made(PLAIN["attributes"])
    reducer = made("def A(value): return int, ()")
    copyreg.pickle(cls, reducer)
    try:
        assert has_own_code(cls)
    finally:
        del copyreg.dispatch_table[cls]
