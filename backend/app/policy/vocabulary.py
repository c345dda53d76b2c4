"""Names that READ_ONLY source may use: allow-lists, by what is done with the name."""

from __future__ import annotations

import builtins
from keyword import iskeyword

from RestrictedPython.transformer import INSPECT_ATTRIBUTES

OPERATORS = frozenset(
    f"__{name}__"
    for name in """
    abs add and bool bytes call ceil complex contains copy deepcopy delitem divmod enter eq exit
    aenter aexit aiter anext await float floor floordiv format ge getitem gt hash iadd iand
    ifloordiv ilshift imatmul imod imul index init init_subclass int invert ior ipow irshift isub
    iter itruediv ixor le len length_hint lshift lt matmul missing mod mul ne neg next new or
    pos post_init pow radd rand rdivmod repr reversed rfloordiv rlshift rmatmul rmod rmul ror round
    rpow rrshift rshift rsub rtruediv rxor set_name setitem str sub truediv trunc xor get set
    getattr class_getitem array array_ufunc array_function dir
    """.split()
)
"""Methods that a class of a cell may define, and that may be called by name."""
_FOR_PYTHON = frozenset({"__getattr__", "__get__", "__set__", "__dir__"})
"""Those of them that only Python calls: they would give attributes away past the guard."""
DESCRIPTIONS = frozenset(
    """
    __name__ __qualname__ __doc__ __module__ __version__ __class__ __cause__ __context__ __notes__
    __slots__ __match_args__ __members__ __annotations__ __dataclass_fields__
    """.split()
)
"""Attributes that say what something is, and lead nowhere else."""
IN_CLASSES = frozenset({"__slots__", "__match_args__", "__hash__", "__doc__"})
"""Names that the body of a class may bind besides methods."""
GLOBALS = frozenset({"__name__", "__doc__", "__debug__"})
"""Names of Python's own that a cell may read."""

EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
PLAIN_BUILTINS = EXCEPTIONS | frozenset(
    """
    abs aiter all anext any ascii bin bool bytearray bytes callable chr classmethod complex dict dir
    divmod enumerate filter float format frozenset hash hex id input int isinstance issubclass iter
    len list map max min next object oct ord pow print property range repr reversed round set slice
    sorted staticmethod str sum super tuple zip None True False Ellipsis NotImplemented display
    copyright credits license
    """.split()
)
"""Builtins that READ_ONLY cells have as they are."""
GUARDED_BUILTINS = frozenset({"getattr", "hasattr", "setattr", "delattr", "open", "type", "vars"})
"""Builtins in whose place a guard stands."""
UNBINDABLE = frozenset(
    """
    eval exec compile globals locals breakpoint getattr hasattr setattr delattr super object
    """.split()
)
"""Names that may not become variables: to delete one again would bring Python's own back."""


def is_dunder(name: str) -> bool:
    """Whether Python gives the name its meaning."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def may_read_attribute(name: str) -> bool:
    """Whether an attribute of this name may be read, of some objects at least."""
    if name in INSPECT_ATTRIBUTES or name in _FOR_PYTHON:
        return False
    return not is_dunder(name) or name in OPERATORS or name in DESCRIPTIONS or name == "__dict__"


def may_bind_attribute(name: str) -> bool:
    """Whether an attribute of this name may be set or deleted, of some objects at least."""
    return not is_dunder(name) or name in ("__doc__", "__name__", "__qualname__")


def may_bind_name(name: str, *, in_class: bool) -> bool:
    """Whether a cell may give something this name."""
    if name in UNBINDABLE or not name.isidentifier() or iskeyword(name):
        return False
    return not is_dunder(name) or (in_class and (name in OPERATORS or name in IN_CLASSES))
