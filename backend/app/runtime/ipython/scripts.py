"""`%%bash` and its kin: scripts that end with their cell, in the background with their notebook."""

from __future__ import annotations

import asyncio
import os
import sys
import weakref
from collections.abc import Callable, Collection, Iterable
from contextlib import nullcontext, suppress
from contextvars import Context, ContextVar
from functools import wraps
from threading import Event, Thread
from typing import Any

from IPython.core.magics import script

from ..child_environment import CHILD_ENVIRONMENT
from ..child_process import GRACE, summons
from ..child_session import ChildSession, end_all
from ..execution import running

if sys.platform == "win32":
    _Loop = asyncio.ProactorEventLoop
    fcntl: Any = None
    termios: Any = None
else:
    import fcntl
    import termios

    _Loop = asyncio.SelectorEventLoop

_LOOK_EVERY = 0.02
_CHUNK = 65_536
_FAREWELL = 0.5
"""The grace period of what runs in the background."""
_SETTLE = 1.0
"""Seconds for which what is still written is waited for when a script or a notebook ends."""


class _Script:
    """A program that was started, together with everything that it starts."""

    def __init__(self, transport: asyncio.SubprocessTransport, loop: asyncio.BaseEventLoop) -> None:
        self.session = ChildSession(transport.get_pid())
        self._transport = transport
        self._loop = loop

    def hear_no_more(self) -> None:
        """Whoever reads its last words meets the end then, although a daemon may still hold it."""
        if not self._loop.is_closed():
            until = self._loop.time() + _SETTLE
            self._loop.call_soon_threadsafe(self._close_pipes, until)

    def _close_pipes(self, until: float) -> None:
        """At the latest then, or once nothing is left in them."""
        found = (self._transport.get_pipe_transport(number) for number in range(3))
        pipes = [pipe for pipe in found if pipe is not None]
        if any(map(_is_unread, pipes)) and self._loop.time() < until:
            self._loop.call_later(_LOOK_EVERY, self._close_pipes, until)
            return
        for pipe in pipes:
            pipe.close()


_STARTED: ContextVar[list[_Script]] = ContextVar("_STARTED")
"""Where the call of a magic gathers what it starts."""


class _ScriptLoop(_Loop):
    """Starts each program in a session of its own, with the environment that commands have."""

    def __init__(self) -> None:
        super().__init__()
        self.transports: weakref.WeakSet[asyncio.SubprocessTransport] = weakref.WeakSet()

    async def subprocess_exec(self, *args: Any, **options: Any) -> Any:
        started = await super().subprocess_exec(
            *args, start_new_session=True, env=CHILD_ENVIRONMENT.now(), **options
        )
        self.transports.add(started[0])
        _STARTED.get().append(_Script(started[0], self))
        return started


class ScriptMagics(script.ScriptMagics):
    """IPython's, with each script in a session of its own, which an interrupt ends."""

    def __init__(self, shell: Any = None) -> None:
        self._left: list[_Script] = []
        """What runs on after its magic: in the background, or left there by a script."""
        self._loop_is_of: int | None = None
        """The process in which the loop runs: no thread comes along into a forked one."""
        super().__init__(shell)

    @wraps(script.ScriptMagics.shebang)
    def shebang(self, line: str, cell: str) -> None:
        if self.event_loop is None or self._loop_is_of != os.getpid():
            self._start_loop()
        execution = running()
        grace = GRACE if execution is None else execution.settings.interrupt_grace
        scripts: list[_Script] = []
        token = _STARTED.set(scripts)
        # Shielded: an interrupt ends the script, and is raised once that is over.
        with nullcontext() if execution is None else execution.gate:
            try:
                with _Watch(summons(execution), lambda: _end(scripts, grace)):
                    super().shebang(line, cell)
            finally:
                _STARTED.reset(token)
                self._left = [s for s in (*self._left, *scripts) if not s.session.is_gone()]

    def kill_bg_processes(self) -> None:
        """End what runs on, with everything that it has started."""
        left, self._left = self._left, []
        _end(left, _FAREWELL)
        self.bg_processes.clear()

    def retire(self) -> None:
        """End what runs on, and the thread that looks after it."""
        self.kill_bg_processes()
        if self.event_loop is not None:
            loop = self.event_loop
            asyncio.run_coroutine_threadsafe(_settle(loop.transports), loop).result()
            self.stop_event_loop()

    def _start_loop(self) -> None:
        """In a thread that belongs to no cell: it serves all of them."""
        if self._event_loop_finalizer is not None:
            self._event_loop_finalizer.detach()
        loop = self.event_loop = _ScriptLoop()
        self._loop_is_of = os.getpid()
        thread = Thread(target=loop.run_forever, daemon=True, name="nbengine-scripts")
        Context().run(thread.start)
        self._event_loop_finalizer = weakref.finalize(self, self._shutdown_event_loop, loop, thread)

    async def _run_script(self, p: Any, cell: bytes, to_close: list[asyncio.StreamReader]) -> None:
        """Feed a script in the background and drop what it writes for nobody.

        One that ends, or closes its input, before it has read all of itself has not failed.
        """
        p.stdin.write(cell)
        with suppress(ConnectionError):
            await p.stdin.drain()
            p.stdin.close()
            await p.stdin.wait_closed()
        await asyncio.gather(*map(_drop, to_close), p.wait())
        self._gc_bg_processes()


class _Watch:
    """While the block runs, waits for the moment at which it is told to stop, and ends it then."""

    def __init__(self, told_to_stop: Callable[[], bool], end: Callable[[], object]) -> None:
        self._told_to_stop = told_to_stop
        self._end = end
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True, name="nbengine-script-watch")

    def __enter__(self) -> None:
        Context().run(self._thread.start)

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            if self._told_to_stop():
                self._end()
                break


def _end(scripts: Collection[_Script], grace: float) -> None:
    end_all([one.session for one in scripts], grace)
    for one in scripts:
        one.hear_no_more()


def _is_unread(pipe: asyncio.BaseTransport) -> bool:
    """Whether something was written into it that nobody has read yet."""
    if sys.platform == "win32" or pipe.is_closing():
        return False
    count = bytearray(4)
    with suppress(OSError, ValueError):
        fcntl.ioctl(pipe.get_extra_info("pipe"), termios.FIONREAD, count)
    return any(count)


async def _drop(stream: asyncio.StreamReader) -> None:
    while await stream.read(_CHUNK):
        pass


async def _settle(transports: Iterable[asyncio.SubprocessTransport]) -> None:
    """Wait for those who still write for a script or read from it, and close what is left."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        _, late = await asyncio.wait(others, timeout=_SETTLE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    for transport in list(transports):
        transport.close()
