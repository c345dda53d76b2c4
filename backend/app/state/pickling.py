"""Objects to bytes and back: exact within one pickle, with the notebook's namespace left out.

A few objects are known to both sides before the first byte, so that a pickle only points at them:
the namespace, which functions have as their live globals, the notebook's `__main__`, and Python's
builtins. Classes and functions that stand elsewhere (`Definitions`) are pointed at by their key.
Everything else is by value if it was defined in a cell, and by import otherwise.

Three attempts, each slower and more patient than the one before: as fast as Python can; with a look
at how each object would be saved, those that cannot be are left out; and at last in Python code
that takes back what it has written of an object that fails half-way.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import cloudpickle

from . import known
from .careful import CarefulPickler
from .known import KNOWN, Space, is_importable
from .losses import LeftOut
from .output import UNBOUNDED, Bounds, BoundsExceededError, Output, parts
from .owned import owned
from .saving import Definitions, Saving, check_interrupt, ends_all, forget_frames, told
from .watch import Watch

__all__ = [
    "Bounds", "BoundsExceededError", "Definitions", "Pickled", "Space", "StateUnpickler", "dump",
    "is_importable",
]  # fmt: skip


@dataclass
class Pickled:
    """What came of one dump."""

    data: bytes
    buffers: list[pickle.PickleBuffer]
    plain: list[bool]
    """For each buffer, whether any bytes in it would be but other numbers."""
    owned: list[Any]
    """Objects that the pickle holds and something else refers to."""
    references: frozenset[str]
    """Keys of the definitions that it points at."""
    filenames: frozenset[str]
    """Of the cells whose code it holds."""
    left_out: list[LeftOut]
    runs_own_code: bool = False
    """Whether code of the notebook may have run for it, which may have changed anything."""
    cuts: Collection[int] = (0,)
    """Where the data may be cut."""

    @property
    def lost(self) -> Mapping[str, str]:
        """Kind -> reason, of what was left out."""
        return {each.kind: each.reason for each in self.left_out}

    def parts(self) -> list[memoryview]:
        """The data, cut if it is long."""
        return list(parts(self.data, self.cuts))


class StatePickler(Saving, cloudpickle.Pickler):  # type: ignore[misc]  # it ships no types
    """Saves values of one notebook, fast."""


class StateUnpickler(pickle.Unpickler):
    """Brings back what `dump` saved.

    Args:
        define: gives the class or function of a key.
    """

    def __init__(
        self,
        data: bytes,
        space: Space,
        define: Callable[[str], Any] | None = None,
        buffers: Iterable[Any] = (),
    ) -> None:
        super().__init__(io.BytesIO(data), buffers=buffers)
        self._own = dict(zip(KNOWN, space.known, strict=True))
        if define is not None:
            self._own["definition"] = define

    def find_class(self, module: str, name: str) -> Any:
        """As Python does it, but for what is this notebook's."""
        if module == known.__name__ and name in self._own:
            return self._own[name]
        return super().find_class(module, name)


_ATTEMPTS: tuple[Callable[..., Saving], ...] = (
    partial(StatePickler, patient=False),
    StatePickler,
    CarefulPickler,
)


def dump(
    value: Any,
    space: Space,
    definitions: Definitions,
    *,
    tolerant: bool = False,
    bounds: Bounds = UNBOUNDED,
) -> Pickled:
    """Save a value; if need be without what cannot be saved.

    Args:
        tolerant: it is known that something cannot be saved; saves an attempt in vain.
        bounds: what it may cost.

    Raises:
        PicklingError: nothing of it can be saved.
        BoundsExceededError: it costs too much.
    """
    output = Output(bounds)
    failure: BaseException | None = None
    for attempt in _ATTEMPTS[tolerant:]:
        watch = Watch(BoundsExceededError, output.time_left)
        pickler: Any = attempt(output, watch, space, definitions)
        failure = watch.run(partial(pickler.dump, value))
        if failure is None:
            return _pickled(pickler)
        forget_frames(failure)
        pickler.forget()
        if watch.rang:
            check_interrupt()
            raise BoundsExceededError(bounds.too_slow) from None
        if ends_all(failure):
            raise failure
        output.start()
    assert failure is not None
    raise pickle.PicklingError(told(failure)) from failure


def _pickled(pickler: Any) -> Pickled:
    data = pickler.output.getvalue()
    pickled = Pickled(
        data,
        pickler.buffers,
        pickler.plain(),
        owned(pickler),
        frozenset(pickler.references),
        frozenset(pickler.filenames),
        pickler.left_out,
        pickler.runs_own_code,
        [place for place in pickler.output.cuts if place < len(data)],
    )
    pickler.forget()
    return pickled
