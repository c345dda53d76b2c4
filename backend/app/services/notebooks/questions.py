"""What a running cell asks of whoever watches it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Lock

from ...errors import InvalidInputError
from ...models.notebook_view import Question


@dataclass(eq=False)
class _Asked:
    execution_id: str
    question: Question
    answers: SimpleQueue[str | None] = field(default_factory=SimpleQueue)
    """None: nobody will answer."""


class Questions:
    """Those of one notebook; threads of a cell may ask several at once. Thread-safe."""

    def __init__(self) -> None:
        self._open: deque[_Asked] = deque()
        self._lock = Lock()

    def ask(self, execution_id: str, question: Question) -> str:
        """Wait in this thread for the answer, which goes to the question that was asked first.

        Raises:
            KeyboardInterrupt: nobody is to wait any more.
        """
        asked = _Asked(execution_id, question)
        with self._lock:
            self._open.append(asked)
        try:
            line = asked.answers.get()
        finally:
            with self._lock:
                if asked in self._open:
                    self._open.remove(asked)
        if line is None:
            raise KeyboardInterrupt
        return line

    def of(self, execution_id: str) -> Question | None:
        """What this execution waits for to be answered next."""
        with self._lock:
            asked = self._next(execution_id)
        return asked.question if asked is not None else None

    def answer(self, execution_id: str, line: str) -> None:
        """Give the cell its line.

        Raises:
            InvalidInputError: it does not ask for one.
        """
        with self._lock:
            asked = self._next(execution_id)
            if asked is None:
                raise InvalidInputError(f"Execution {execution_id!r} does not ask for input.")
            self._open.remove(asked)
            asked.answers.put(line)

    def give_up(self) -> None:
        """Nobody will answer: the cell that asks is interrupted."""
        with self._lock:
            for asked in self._open:
                asked.answers.put(None)
            self._open.clear()

    def _next(self, execution_id: str) -> _Asked | None:
        return next((each for each in self._open if each.execution_id == execution_id), None)
