"""What a running cell asks of whoever watches it."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Lock

from ...errors import InvalidInputError


class Questions:
    """At most one question at a time: a notebook runs one cell at a time. Thread-safe."""

    def __init__(self) -> None:
        self._answers: SimpleQueue[str | None] | None = None
        self._execution_id: str | None = None
        self._lock = Lock()

    def ask(self, execution_id: str) -> str:
        """Wait in this thread for the answer.

        Raises:
            KeyboardInterrupt: nobody is to wait any more.
        """
        answers: SimpleQueue[str | None] = SimpleQueue()
        with self._lock:
            self._answers, self._execution_id = answers, execution_id
        try:
            line = answers.get()
        finally:
            with self._lock:
                self._answers = self._execution_id = None
        if line is None:
            raise KeyboardInterrupt
        return line

    def answer(self, execution_id: str, line: str) -> None:
        """Give the cell its line.

        Raises:
            InvalidInputError: it does not ask for one.
        """
        with self._lock:
            if self._answers is None or self._execution_id != execution_id:
                raise InvalidInputError(f"Execution {execution_id!r} does not ask for input.")
            self._answers.put(line)
            self._answers = None

    def give_up(self) -> None:
        """Nobody will answer: the cell that asks is interrupted."""
        with self._lock:
            if self._answers is not None:
                self._answers.put(None)
