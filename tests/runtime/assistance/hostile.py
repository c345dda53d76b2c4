"""Objects that run code whenever anybody asks them for anything."""

from __future__ import annotations

from typing import Any

NAMES = ("thing", "Thing", "meta", "Meta", "lazy", "keys", "call", "method")

SOURCE = """
touched = []

def touch(*args, **kwargs):
    touched.append(args)
    raise RuntimeError("the user's code ran")

def loop(*args, **kwargs):
    touched.append(args)
    while True:
        pass

class Thing:
    size = 1
    def __init__(self):
        object.__setattr__(self, "own", 5)
    def grow(self, amount): "Grow."
    @property
    def weight(self): loop()
    __class__ = property(loop)
    __getattr__ = __getattribute__ = __dir__ = loop
    __repr__ = __str__ = __len__ = __iter__ = __hash__ = __eq__ = __bool__ = touch
    __getitem__ = __call__ = __format__ = __instancecheck__ = touch

class Descriptor:
    __get__ = __set__ = loop

class MetaType(type):
    __getattr__ = __getattribute__ = __dir__ = loop
    __repr__ = __eq__ = __hash__ = __call__ = __instancecheck__ = __subclasscheck__ = touch

class Meta(metaclass=MetaType):
    kind = Descriptor()
    def stay(self): pass

class Lazy:
    __dict__ = property(loop)
    __doc__ = property(loop)
    __wrapped__ = __signature__ = Descriptor()
    inner = Descriptor()

class Key(str):
    __hash__ = str.__hash__
    __eq__ = touch
    startswith = replace = lower = touch

thing, lazy = Thing(), Lazy()
meta = object.__new__(Meta)
call = type("Call", (), {"__call__": touch, "__wrapped__": property(loop)})()
keys = {"plain": thing, Key("odd"): 1, 5: 6}

def method(first, second=thing, *, third: thing = meta): "Defaults that bite."

method.__signature__ = method.__wrapped__ = thing
touched.clear()
"""


def namespace() -> dict[str, Any]:
    """Live names of such objects; `touched` is what they were asked."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(SOURCE, "<hostile>", "exec", dont_inherit=True), names)
    return names
