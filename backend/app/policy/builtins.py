"""Python's own names as READ_ONLY code finds them, and the guards that its source calls."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any, NoReturn

from ..runtime.guard import GUARD_MARK
from ..runtime.ipython.bridge import get_ipython
from . import attributes, calls, imports, source
from .classes import TypeOf, allowed_metaclass
from .files import open_to_read
from .magic import MAGIC, magic_runner
from .patterns import Patterns
from .refusal import refuse
from .vocabulary import PLAIN_BUILTINS


def _no(name: str) -> Callable[..., NoReturn]:
    """What stands for a builtin that is only reached where the source names a variable."""

    def refused(*_: Any, **__: Any) -> NoReturn:
        raise refuse(f"The use of {name!r}")

    return refused


def own_value(value: Any) -> Any:
    """What a variable holds that is named like a builtin, which is found where it is not bound."""
    replaced = next((name for name in REPLACED if value is _OWN[name]), None)
    return value if replaced is None else REPLACED[replaced]


_OWN = vars(builtins)
_PATTERNS = Patterns()
REPLACED: dict[str, Any] = {
    "getattr": attributes.read_any,
    "hasattr": attributes.has,
    "setattr": attributes.write_any,
    "delattr": attributes.delete_any,
    "vars": attributes.variables,
    "open": open_to_read,
    "type": TypeOf,
}
"""What READ_ONLY code finds under names of Python's."""
GUARDS: dict[str, Any] = {
    source.READ: attributes.read,
    source.READ_PRIVATE: attributes.read_private,
    source.READ_WATCHED: attributes.read_watched,
    source.WRITE: attributes.writable,
    source.WRITE_ITEM: attributes.item_writable,
    source.PLACE: attributes.Place,
    source.PREPARE: calls.prepare,
    source.OWN_NAME: own_value,
    source.HELD: attributes.Held,
    source.HOLD: _PATTERNS.hold,
    source.PATTERNS: _PATTERNS,
    source.METACLASS: allowed_metaclass,
    source.MIXED: attributes.check_fields,
    source.IMPORT: imports.import_root,
    source.IMPORT_AS: imports.import_as,
    source.IMPORT_FROM: imports.import_from,
    GUARD_MARK + MAGIC: magic_runner(get_ipython),
    **{GUARD_MARK + name: guard for name, guard in REPLACED.items()},
}


def install() -> None:
    """Let guarded code find its guards in every namespace, and the builtins there are now.

    A function takes its builtins from its globals when it is made. One that is made within another
    after the READ_ONLY cell has ended, or brought back from a snapshot, gets Python's own.
    """
    _OWN.update(GUARDS)
    READ_ONLY_BUILTINS.update({name: _OWN[name] for name in PLAIN_BUILTINS & _OWN.keys()})


def _mapping() -> dict[str, Any]:
    public = (name for name in _OWN if not name.startswith(("_", GUARD_MARK)))
    mapping: dict[str, Any] = {name: _no(name) for name in public}
    # Not to be spelt by cells; class statements and C code that imports need them.
    needed = {name: _OWN[name] for name in ("__build_class__", "__import__", "__name__")}
    return mapping | REPLACED | GUARDS | needed


READ_ONLY_BUILTINS = _mapping()
"""One for the process, by which frames of READ_ONLY code are known."""
install()
