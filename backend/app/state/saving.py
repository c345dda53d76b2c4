"""How each object of a notebook is saved, whoever writes the bytes."""

from __future__ import annotations

import pickle
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import cloudpickle

from ..runtime.execution import running, speakable
from .c_types import is_c_type, reduce_derived, reduce_hidden
from .classes import is_built_in, reduce_class
from .functions import reduce_function
from .known import Space, definition, is_importable, owner_of, part_of
from .losses import LeftOut
from .lost import Lost, Refused, name_of
from .output import BoundsExceededError, Output
from .own_code import has_own_code
from .plain_memory import holds_numbers, take_for_numbers
from .reducers import Way, way_of
from .watch import Watch

INLINE = 64 * 1024
"""Bytes of a buffer below which it stands in the pickle itself."""
PROTOCOL = 5
_UNSEEN = object()
_cause: Callable[..., Any] = vars(BaseException)["__cause__"].__get__
_context: Callable[..., Any] = vars(BaseException)["__context__"].__get__
_NO_WAY = "TypeError: cannot pickle "
"""What Python says of a type that cannot be saved."""
_DEPTH = 4
"""Arguments of arguments that are looked at to find one that cannot be saved."""
_LONGEST = 500
"""Characters of somebody else's error message."""
_LEFT_TO_PICKLE = frozenset({
    type(None), bool, int, float, complex, str, bytes, bytearray, tuple, list, dict, set, frozenset,
    pickle.PickleBuffer, types.FunctionType, type,
})  # fmt: skip
"""Types that have opcodes of their own."""


class Definitions(Protocol):
    """Classes and functions of the notebook that have a pickle of their own."""

    def key(self, value: type | types.FunctionType) -> str | None:
        """What to point at instead of saving it; None if it is to be saved where it is met."""


class Saving:
    """What a pickler of values of one notebook does with each object.

    Args:
        watch: told as soon as code may run that is not Python's own.
        patient: whether what cannot be saved is left out, at some cost for every object.
    """

    dispatch_table: Any = cloudpickle.Pickler.dispatch_table
    memo: Any

    def __init__(
        self,
        output: Output,
        watch: Watch,
        space: Space,
        definitions: Definitions,
        *,
        patient: bool = True,
    ) -> None:
        self.buffers: list[pickle.PickleBuffer] = []
        super().__init__(output, PROTOCOL, buffer_callback=self._take_buffer)  # type: ignore[call-arg]
        self.references: set[str] = set()
        self.filenames: set[str] = set()
        self.pointed = set(map(id, space.known))
        """Ids of what the pickle points at: what both sides know, classes and functions."""
        self.left_out: list[LeftOut] = []
        self.runs_own_code = False
        """Whether it may have run code that the notebook defines."""
        self.output = output
        self._watch = watch
        self._definitions = definitions
        self._namespace = space.namespace
        self._patient = patient
        self._ways: dict[type, Any] = {}
        self._sound: set[type] = set()
        self.memo = {id(value): (place, value) for place, value in enumerate(space.known)}

    def reducer_override(self, obj: Any) -> Any:
        """How to save an object that has no opcode of its own."""
        kind = type(obj)
        way = self._ways.get(kind, _UNSEEN)
        if way is _UNSEEN:
            way = self._ways[kind] = self._meet(kind)
        if self._patient:
            return self._try(obj, way)
        return NotImplemented if way is None else way(obj)

    def leave_out(self, value: Any, error: BaseException) -> tuple[Any, ...]:
        """What stands in the place of a value that cannot be saved."""
        kind = speakable(name_of(type(value)))
        reason = _wording(error)
        self.left_out.append(LeftOut(value, kind, reason))
        return Lost, (kind, reason)

    def forget(self) -> None:
        """Let go of the values: a pickler refers to itself, so only the collector frees it."""
        self.buffers, self.memo, self.left_out = [], {}, []

    def plain(self) -> list[bool]:
        """For each buffer, whether any bytes in it would be but other numbers."""
        plain = bool(self.buffers) and take_for_numbers(self._ways)
        return [plain and holds_numbers(buffer.raw()) for buffer in self.buffers]

    def _meet(self, kind: type) -> Way | None:
        """How objects of a type are saved that comes for the first time."""
        self._watch.begin()
        self.runs_own_code |= has_own_code(kind)
        return self._way_of(kind)

    # ------------------------------------------------ classes and functions

    def _way_of(self, kind: type) -> Way | None:
        if issubclass(kind, type):
            return self._reduce_class
        if kind is types.FunctionType:
            return self._reduce_function
        return way_of(kind)

    def _reduce_class(self, cls: type) -> Any:
        if (pointer := self._pointer(cls)) is not None:
            return pointer
        if is_importable(cls):
            return NotImplemented
        if is_built_in(cls):
            self.pointed.add(id(cls))
            return _reduce_built_in(cls)
        if is_c_type(cls) and (derived := reduce_derived(cls)) is not None:
            return derived
        self._note_code(vars(cls).values())
        return reduce_class(cls)

    def _reduce_function(self, function: types.FunctionType) -> Any:
        if (pointer := self._pointer(function)) is not None:
            return pointer
        if is_importable(function):
            return NotImplemented
        self._note_code([function])
        return reduce_function(function)

    def _pointer(self, value: type | types.FunctionType) -> tuple[Any, ...] | None:
        """The way to a class or function that stands elsewhere, perhaps within a class there."""
        if (key := self._definitions.key(value)) is not None:
            self.references.add(key)
            self.pointed.add(id(value))
            return definition, (key,)
        owner = owner_of(value, self._namespace)
        if owner is None or self._pointer(owner) is None:
            return None
        self.pointed.add(id(value))
        return part_of, (owner, value.__qualname__.rpartition(".")[2])

    def _note_code(self, values: Iterable[Any]) -> None:
        for value in values:
            function = getattr(value, "__func__", getattr(value, "fget", value))
            if isinstance(function, types.FunctionType):
                self.filenames.add(function.__code__.co_filename)

    def _take_buffer(self, buffer: pickle.PickleBuffer) -> bool:
        """Whether the buffer stands in the pickle itself."""
        if buffer.raw().nbytes < INLINE:
            return True
        self.buffers.append(buffer)
        return False

    # ------------------------------------------------ what cannot be saved

    def _try(self, value: Any, way: Way | None) -> Any:
        """The value's way, if it has one that works."""
        self.output.check_time()
        try:
            reduced = self._reduce(value, way)
            if isinstance(reduced, tuple) and not isinstance(value, tuple):
                self._check_arguments(reduced[1])
        except RecursionError:
            raise  # it may be of what this is in
        except BaseException as error:
            if ends_all(error):
                raise
            return self.leave_out(value, error)
        return reduced

    def _reduce(self, value: Any, way: Way | None) -> Any:
        reduced = NotImplemented if way is None else way(value)
        kind = type(value)
        if reduced is NotImplemented and kind not in _LEFT_TO_PICKLE and not issubclass(kind, type):
            own = self.dispatch_table.get(kind)
            reduced = value.__reduce_ex__(PROTOCOL) if own is None else own(value)
        return reduced if reduced is NotImplemented else _checked(reduced, value)

    def _check_arguments(self, arguments: Iterable[Any], depth: int = 0) -> None:
        """An object is left out as a whole if what it is made from cannot be saved."""
        for argument in arguments:
            kind = type(argument)
            if isinstance(argument, type):
                self._check_class(argument)
            elif kind not in _LEFT_TO_PICKLE:
                reduced = self._reduce(argument, self._way_of(kind))
                if isinstance(reduced, tuple) and depth < _DEPTH:
                    self._check_arguments(reduced[1], depth + 1)

    def _check_class(self, cls: type) -> None:
        if cls not in self._sound:
            for part in {*cls.__mro__, *map(type, cls.__mro__)}:
                if is_built_in(part) and not is_importable(part):
                    _reduce_built_in(part)
            self._sound.add(cls)


def _reduce_built_in(cls: type) -> Any:
    """A type that is found in no module by its name, such as that of functions.

    Raises:
        Refused: it is found nowhere.
    """
    if (reduced := reduce_hidden(cls)) is not None:
        return reduced
    names = (name for name, value in vars(types).items() if value is cls)
    if (name := next(names, None)) is None:
        raise Refused("its type cannot be imported from anywhere")
    return getattr, (types, name)


def _checked(reduced: Any, value: Any) -> Any:
    """What an object says of how it is saved, if that makes sense.

    Raises:
        Refused: it does not.
    """
    if isinstance(reduced, str):
        if pickle.whichmodule(value, reduced) == "__main__":  # type: ignore[attr-defined]
            raise Refused(f"it cannot be imported as {reduced}")
        return reduced
    if not isinstance(reduced, tuple) or not 2 <= len(reduced) <= 6:
        raise Refused("its __reduce__ gives neither a name nor a tuple of two to six")
    if not callable(reduced[0]) or not isinstance(reduced[1], tuple):
        raise Refused("its __reduce__ does not begin with a function and its arguments")
    items, setter = reduced[3:5], reduced[5] if len(reduced) == 6 else None
    if not all(part is None or isinstance(part, Iterator) for part in items):
        raise Refused("its __reduce__ has items that are no iterator")
    if setter is not None and not callable(setter):
        raise Refused("its __reduce__ ends with what is no function")
    return reduced


def ends_all(error: BaseException) -> bool:
    """Whether an error is not of the object that was being saved, but the end of the save.

    Within a cell an interrupt is one if somebody has asked for it.
    """
    if issubclass(type(error), BoundsExceededError):
        return True
    if not issubclass(type(error), KeyboardInterrupt):
        return False
    execution = running()
    return execution is None or execution.gate.reason is not None


def forget_frames(error: BaseException) -> None:
    """Let go of where it was raised: frames hold the values that were being saved."""
    links: list[BaseException | None] = [error]
    met = set[int]()
    while links:
        link = links.pop()
        if link is not None and id(link) not in met:
            met.add(id(link))
            BaseException.with_traceback(link, None)
            links += (_cause(link), _context(link))


def check_interrupt() -> None:
    """One that came at the same moment as the end of the time was lost.

    Raises:
        KeyboardInterrupt: there was one.
    """
    execution = running()
    if execution is not None and execution.gate.reason is not None:
        raise KeyboardInterrupt


def _wording(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply, or without an end; keep what is in it in a flat list"
    if isinstance(error, Refused):
        return str(error)
    reason = told(error)
    return f"{reason}; keep what it is made from" if reason.startswith(_NO_WAY) else reason


def told(error: BaseException) -> str:
    """Name and message of an error whose text may be anything, or not to be had."""
    name = name_of(type(error)).rpartition(".")[2]
    try:
        text = str(error)
    except Exception:
        text = ""
    return speakable(f"{name}: {text[:_LONGEST]}" if text else name)
