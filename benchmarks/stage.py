"""Where contenders perform: each in a process of its own, one at a time."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable
from contextlib import ExitStack, closing
from multiprocessing.connection import Connection
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from nbengine.runtime.closing import Closing

from .contenders import CONTENDERS, Contender
from .contenders.saver import Saver
from .contenders.savers import SAVERS, save_first
from .memory import resident

P = ParamSpec("P")
T = TypeVar("T")


class Closable(Protocol):
    """Whoever can perform."""

    def close(self) -> None:
        """Give everything back."""


C = TypeVar("C", bound=Closable)
Act = Callable[Concatenate[C, P], T]

LOOK_EVERY = 0.002
"""Seconds between looks at the memory of a process that is watched."""


class Performer(Generic[C]):
    """A contender in its own process."""

    def __init__(self, make: Callable[[], C]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_perform, args=(theirs, make))
        self._process.start()
        theirs.close()
        self._answer()

    def act(self, act: Act[C, P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What one of `contenders.acts` gives back when it is called there."""
        self._connection.send((act, args, kwargs))
        answer: T = self._answer()
        return answer

    def repeat(self, times: int, act: Act[C, P, T], *args: P.args, **kwargs: P.kwargs) -> list[T]:
        """The same so many times in a row, undisturbed by who asks for it."""
        return self.act(_repeated, times, act, args, kwargs)

    def peak_memory(self, act: Act[C, P, T], *args: P.args, **kwargs: P.kwargs) -> float:
        """Bytes by which the process grows at most during an act."""
        pid = self._process.pid
        peak = before = resident(pid)
        self._connection.send((act, args, kwargs))
        while not self._connection.poll(LOOK_EVERY):
            peak = max(peak, resident(pid))
        self._answer()
        return max(peak, resident(pid)) - before

    def close(self) -> None:
        """End the process."""
        self._connection.send(None)
        self._process.join()
        self._connection.close()

    def _answer(self) -> Any:
        went_well, answer = self._connection.recv()
        if not went_well:
            raise RuntimeError(f"a contender failed:\n{answer}")
        return answer


class Stage(Closing):
    """The contenders of one run, each called up when it is first needed."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._performers: dict[str, Performer[Contender]] = {}
        self._savers: dict[str, Performer[Saver]] = {}
        self._setups: dict[str, str] = {}
        """What their notebooks begin with."""

    def __getitem__(self, name: str) -> Performer[Contender]:
        if name not in self._performers:
            self._performers[name] = self._call_up(CONTENDERS[name])
        return self._performers[name]

    def saver(self, name: str, setup: str) -> Performer[Saver]:
        """One who keeps variables: those that this cell has made are saved."""
        if name not in self._savers:
            self._savers[name] = self._call_up(SAVERS[name])
        if self._setups.get(name) != setup:
            self._savers[name].act(save_first, setup)
            self._setups[name] = setup
        return self._savers[name]

    def _call_up(self, make: Callable[[], C]) -> Performer[C]:
        return self._opened.enter_context(closing(Performer(make)))

    def close(self) -> None:
        """End every contender's process."""
        self._opened.close()


def _repeated(contender: C, times: int, act: Callable[..., T], args: Any, kwargs: Any) -> list[T]:
    return [act(contender, *args, **kwargs) for _ in range(times)]


def _perform(connection: Connection, make: Callable[[], Closable]) -> None:
    """Do what is asked until there is nothing more."""
    with connection, closing(make()) as contender:
        connection.send((True, None))
        while (asked := connection.recv()) is not None:
            act, args, kwargs = asked
            try:
                answer = (True, act(contender, *args, **kwargs))
            except Exception:
                answer = (False, traceback.format_exc())
            connection.send(answer)
