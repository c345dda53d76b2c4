"""The analyser of source as this process sees it: asked over a pipe, never waited for too long.

In a process of its own it can neither touch live objects nor hold the interpreter, and the one
thing that ends a long analysis for certain works on it: being killed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import weakref
from contextvars import Context
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TextIO

_WORKER = Path(__file__).with_name("jedi_worker.py")

PATIENCE = 10.0
"""Seconds for which a question that nobody waits for is worked on: what the analyser reads of a
large library meanwhile, it knows the next time."""
MOST_FAILURES = 3
"""Ends in a row, with no answer between, after which it is not started again."""
_END = sys.maxsize
"""The number of the last answer of all: there are no more."""


class Jedi:
    """Answers questions about source, one at a time. Thread-safe; starts on the first question."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._worker: _Worker | None = None
        self._failures = 0

    def ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The answer; empty if there is none in time, or no analyser here."""
        until = time.monotonic() + seconds
        if not self._lock.acquire(timeout=max(0.0, seconds)):
            return {}
        try:
            worker = self._ready()
            if worker is None:
                return {}
            answer = worker.ask({**question, "seconds": until - time.monotonic()}, until)
            if answer:
                self._failures = 0
            return answer
        except OSError:  # it is gone, or may not be started here
            self._fail()
            return {}
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the process; another question starts another."""
        with self._lock:
            self._drop()

    def _ready(self) -> _Worker | None:
        if self._worker is not None and self._worker.is_lost:
            self._drop()
        if self._worker is None and sys.executable and self._failures < MOST_FAILURES:
            self._worker = _Worker()
        return self._worker

    def _fail(self) -> None:
        self._failures += 1
        self._drop()

    def _drop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None and worker.is_own:
            worker.end()


class _Worker:
    """One process, from its start to its end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", str(_WORKER), json.dumps(_places())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            start_new_session=True,
        )
        self._owner = os.getpid()
        self._answers: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._asked = 0
        self._answered = -1
        self._overdue_at = time.monotonic() + PATIENCE
        self.end = weakref.finalize(self, _end, self._process, self._owner)
        assert self._process.stdout is not None
        reader = Thread(
            target=_read, args=(self._process.stdout, self._answers), name="nbengine-jedi"
        )
        reader.daemon = True
        Context().run(reader.start)

    @property
    def is_own(self) -> bool:
        """Whether this process started it; false after a fork."""
        return self._owner == os.getpid()

    @property
    def has_ended(self) -> bool:
        """Whether it answers no more: a process that dies closes its pipes first, in any order."""
        self._take()
        return self._answered == _END or self._process.poll() is not None

    @property
    def is_lost(self) -> bool:
        """Whether it is gone, somebody else's, or busy with one question for too long."""
        if not self.is_own or self.has_ended:
            return True
        return self._is_busy and time.monotonic() > self._overdue_at

    @property
    def _is_busy(self) -> bool:
        return self._answered < self._asked

    def ask(self, question: dict[str, Any], until: float) -> dict[str, Any]:
        """The answer, if it comes in time and the questions before have been answered.

        Raises `OSError` if the process has ended.
        """
        while self._is_busy:
            if self._next(until) is None:
                return {}
        self._asked += 1
        self._overdue_at = time.monotonic() + PATIENCE
        line = json.dumps({**question, "number": self._asked}) + "\n"
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()
        return self._next(until) or {}

    def _next(self, until: float) -> dict[str, Any] | None:
        try:
            answer = self._answers.get(timeout=max(0.0, until - time.monotonic()))
        except Empty:
            return None
        self._answered = answer["number"]
        if self._answered == _END:
            raise BrokenPipeError
        return answer

    def _take(self) -> None:
        while not self._answers.empty():
            self._answered = self._answers.get()["number"]


def _places() -> list[str]:
    """Where the worker finds its library: where this process would."""
    return [str(path) for path in sys.path if os.path.isabs(path)]  # noqa: PTH117


def _read(lines: TextIO, answers: SimpleQueue[dict[str, Any]]) -> None:
    """Take answers off the pipe; the end of the pipe is an answer to all questions."""
    try:
        for line in lines:
            answers.put(json.loads(line))
    except ValueError:  # half a line, because it was killed
        pass
    answers.put({"number": _END})


def _end(process: subprocess.Popen[str], owner: int) -> None:
    if owner != os.getpid():  # a forked child that exits has it still
        return
    process.kill()
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:
            pass
    process.wait()
