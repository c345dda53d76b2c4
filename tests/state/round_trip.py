"""A cell's variables, saved in one `__main__` and brought back in another."""

from __future__ import annotations

import sys
import textwrap
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pickle import PickleBuffer
from typing import Any

import pytest

from nbengine.state.known import Space
from nbengine.state.pickling import Pickled, StateUnpickler, dump


class NoDefinitions:
    """Every class and function is saved where it is met."""

    def key(self, value: type | types.FunctionType) -> str | None:
        return None


@dataclass
class Restored:
    """What came back."""

    main: types.ModuleType
    lost: Mapping[str, str]
    pickled: Pickled

    def holds(self, expression: str) -> bool:
        """Whether an expression is true of the variables as they came back."""
        with as_main(self.main):
            return bool(eval(expression, vars(self.main)))


def case(name: str, source: str, check: str) -> Any:
    """One line of a table: what the cell runs, and what is true after the restore."""
    return pytest.param(textwrap.dedent(source), check, id=name)


def round_trip(source: str) -> Restored:
    """Run a cell, save its variables, and bring them back elsewhere."""
    return brought_back(saved(source))


def brought_back(pickled: Pickled) -> Restored:
    """The variables of a pickle in a `__main__` of their own."""
    main = types.ModuleType("__main__")
    with as_main(main):
        buffers = [copied(buffer) for buffer in pickled.buffers]
        values = StateUnpickler(pickled.data, Space(main), None, buffers).load()
        vars(main).update(values)
    return Restored(main, pickled.lost, pickled)


def saved(source: str) -> Pickled:
    """Run a cell and save its variables."""
    main = types.ModuleType("__main__")
    with as_main(main):
        code = compile(textwrap.dedent(source), "<cell>", "exec", dont_inherit=True)
        exec(code, vars(main))
    return saved_again(main)


def saved_again(main: types.ModuleType) -> Pickled:
    """Save what a `__main__` has named."""
    with as_main(main):
        return dump(variables(main), Space(main), NoDefinitions())


def variables(main: types.ModuleType) -> dict[str, Any]:
    """What a cell has named."""
    return {name: value for name, value in vars(main).items() if not name.startswith("__")}


def copied(buffer: PickleBuffer) -> bytes | bytearray:
    """The buffer as a store would give it back: what was read-only still is."""
    raw = buffer.raw()
    return bytes(raw) if raw.readonly else bytearray(raw)


@contextmanager
def as_main(main: types.ModuleType) -> Iterator[None]:
    """The module is what `__main__` means meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", main)
        yield
