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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import cloudpickle

from . import known
from .careful import CarefulPickler
from .known import KNOWN, Space, is_importable
from .owned import owned
from .saving import Bounds, BoundsExceededError, Definitions, Output, Saving

__all__ = ["Bounds", "Definitions", "Pickled", "Space", "StateUnpickler", "dump", "is_importable"]

UNBOUNDED = Bounds()


@dataclass
class Pickled:
    """What came of one dump."""

    data: bytes
    buffers: list[pickle.PickleBuffer]
    owned: Mapping[int, Any]
    """Objects that the pickle holds and something else refers to, by id."""
    references: frozenset[str]
    """Keys of the definitions that it points at."""
    filenames: frozenset[str]
    """Of the cells whose code it holds."""
    lost: Mapping[str, str]
    """Kind -> reason, of what was left out."""


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
        pickler: Any = attempt(output, space, definitions)
        try:
            pickler.dump(value)
        except (KeyboardInterrupt, BoundsExceededError):
            raise
        except BaseException as error:
            failure = error
            output.start()
        else:
            return _pickled(pickler)
    raise pickle.PicklingError(f"{type(failure).__name__}: {failure}") from failure


def _pickled(pickler: Any) -> Pickled:
    return Pickled(
        pickler.output.getvalue(),
        pickler.buffers,
        owned(pickler),
        frozenset(pickler.references),
        frozenset(pickler.filenames),
        pickler.lost,
    )
