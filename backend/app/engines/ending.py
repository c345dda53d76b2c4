"""How a worker ended, in words that a user understands."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Self

_MEANINGS = {
    "SIGSEGV": "it accessed memory that is not its own, mostly in a C extension",
    "SIGBUS": "it accessed memory that is not there, mostly of a file that was cut short",
    "SIGABRT": "it gave up, mostly in a C extension",
    "SIGFPE": "an arithmetic fault in C code",
    "SIGILL": "an instruction that this processor does not have",
    "SIGXCPU": "it used up its limit of processor time",
    "SIGXFSZ": "it wrote a file larger than its limit",
    "SIGSYS": "it asked the system for something that it may not do",
    "SIGKILL": "it was killed, by hand or because memory ran out",
    "SIGTERM": "somebody asked it to end",
}


@dataclass(frozen=True)
class Ending:
    """What the system says of a process that ended."""

    status: int | None
    """As `wait` gives it; None if nobody could see."""
    cpu_seconds: float = 0.0
    why: str | None = None
    """What is known beside: which limit it met, or who ended it."""

    @classmethod
    def lost(cls) -> Self:
        """Of a worker that ended with the process that started it."""
        return cls(None, why="the process that had started it ended")

    @property
    def signal(self) -> str | None:
        """The name of the signal that ended it."""
        status = self.status
        if status is None or not os.WIFSIGNALED(status):
            return None
        return _name(os.WTERMSIG(status))

    @property
    def is_killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.signal == "SIGKILL"

    @property
    def told(self) -> str:
        """`signal SIGSEGV (…)`, `exit code 3` and so on."""
        if self.why is not None:
            return self.why
        if self.status is None:
            return "nobody could see how"
        if (name := self.signal) is not None:
            meaning = _MEANINGS.get(name)
            return f"signal {name}" + (f": {meaning}" if meaning else "")
        return f"exit code {os.WEXITSTATUS(self.status)}"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
