"""The process that reads files with foreign libraries, as this process sees it.

A file may crash such a library, or let it eat memory or time. Then that process dies, one sentence
says so, and the next question starts another.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import weakref
from pathlib import Path
from threading import Lock

from ...engines.environment import allowed
from ...errors import MissingDependencyError, StorageError
from ...models.files import Contents
from .describing import unreadable
from .recognising import Recognised
from .source import Source

PATIENCE = 20.0
"""Seconds that one file may take."""
_MODULE = f"{__package__}.reading_worker"
_BLOCK = 64 * 2**10
_MOST = 16 * 2**20
"""Bytes of an answer."""


class Lost(Exception):
    """It has ended, or was ended; the message says why, in the middle of a sentence."""


class ReadingProcess:
    """Reads one file at a time. Thread-safe; starts on the first question.

    Args:
        folder: where the files are; it can read nothing else that is the user's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._worker: _Worker | None = None

    def ask(self, source: Source, found: Recognised, seconds: float = PATIENCE) -> Contents:
        """What is in a file that was recognised, if it is found in time.

        Raises:
            MissingDependencyError: what reads it is not installed.
            StorageError: no process can be started.
        """
        question = {
            "name": source.name,
            "size": source.size,
            "kind": found.kind,
            "format": found.format,
            "seconds": seconds,
        }
        line = json.dumps(question).encode() + b"\n"
        with self._lock:
            try:
                return _contents(self._asked(line, source.descriptor, seconds))
            except Lost as error:
                return unreadable(found.kind, found.format, str(error))

    def close(self) -> None:
        """End the process; the second time does nothing."""
        with self._lock:
            self._drop()

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one."""
        worker = self._worker
        return None if worker is None else worker.pid

    def _asked(self, line: bytes, descriptor: int, seconds: float) -> bytes:
        """The answer; a process that ended for want of questions just then is replaced."""
        worker = self._ready()
        try:
            return worker.ask(line, descriptor, seconds)
        except Lost:
            self._drop()
            if worker.exit_code != 0:
                raise
        return self._ready().ask(line, descriptor, seconds)

    def _ready(self) -> _Worker:
        if self._worker is not None and self._worker.has_ended:
            self._drop()
        if self._worker is None:
            self._worker = _Worker(self._folder)
        return self._worker

    def _drop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()


class _Worker:
    """One process, from its start to its end."""

    def __init__(self, folder: Path) -> None:
        self._link, theirs = socket.socketpair()
        places = os.pathsep.join(path for path in sys.path if path)
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", _MODULE, str(theirs.fileno()), str(folder)],
                    pass_fds=[theirs.fileno()],
                    env=allowed() | {"PYTHONPATH": places},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
        except OSError as error:
            self._link.close()
            raise StorageError(f"No process to read files can be started: {error}.") from error
        self._owner = os.getpid()
        self.end = weakref.finalize(self, _end, self._process, self._link, self._owner)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it is gone, or somebody else's after a fork."""
        return self._owner != os.getpid() or self._process.poll() is not None

    @property
    def exit_code(self) -> int | None:
        """Of a process that has ended; zero if it did by itself."""
        return self._process.returncode

    def ask(self, line: bytes, descriptor: int, seconds: float) -> bytes:
        """The answer.

        Raises:
            Lost: there is none.
        """
        until = time.monotonic() + seconds
        try:
            self._link.settimeout(seconds)
            socket.send_fds(self._link, [line], [descriptor])
            return self._answer(until)
        except TimeoutError:
            raise Lost(f"that would take longer than {seconds:g} seconds") from None
        except OSError:
            raise Lost(self._fate()) from None

    def _answer(self, until: float) -> bytes:
        answer = bytearray()
        while not answer.endswith(b"\n"):
            self._link.settimeout(max(0.001, until - time.monotonic()))
            block = self._link.recv(_BLOCK)
            if not block:
                raise Lost(self._fate())
            answer += block
            if len(answer) > _MOST:
                raise Lost("there is too much to say of it")
        return bytes(answer)

    def _fate(self) -> str:
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = 0
        name = signal.Signals(-code).name if code < 0 else f"code {code}"
        return f"the library that reads it crashed on it or ran out of memory ({name})"


def _contents(answer: bytes) -> Contents:
    """What the process says.

    Raises:
        Lost: it is no answer, so the process is not what it was.
        MissingDependencyError: it says that a library is missing.
    """
    try:
        told = json.loads(answer)
        if set(told) != {"missing"}:
            return Contents.model_validate(told)
    except (ValueError, TypeError):
        raise Lost("the library that reads it went wrong on it") from None
    raise MissingDependencyError(str(told["missing"]))


def _end(process: subprocess.Popen[bytes], link: socket.socket, owner: int) -> None:
    link.close()
    if owner == os.getpid():  # a forked child that exits has it still
        process.kill()
        process.wait()
