"""How a worker ended, in words that a user understands."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Self

KILL = 9
"""SIGKILL. Windows has no signals; what ends a process there for good goes by this number too."""
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

    code: int | None
    """Of its exit, or minus the number of the signal that ended it; None if nobody could see."""
    cpu_seconds: float = 0.0
    why: str | None = None
    """What is known beside: which limit it met, or who ended it."""
    said: str = ""
    """The last line that it wrote before it served: if it never did, that is the reason."""

    @classmethod
    def lost(cls) -> Self:
        """Of a worker that ended with the process that started it."""
        return cls(None, why="the process that had started it ended")

    @property
    def signal(self) -> str | None:
        """The name of the signal that ended it."""
        return None if self.code is None or self.code >= 0 else _name(-self.code)

    @property
    def is_killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.code == -KILL

    @property
    def told(self) -> str:
        """`signal SIGSEGV (…)`, `exit code 3` and so on."""
        if self.why is not None:
            return self.why
        if self.code is None:
            return "nobody could see how"
        if (name := self.signal) is not None:
            meaning = _MEANINGS.get(name)
            return f"signal {name}" + (f": {meaning}" if meaning else "")
        meaning = _FAULTS.get(self.code)
        return f"exit code {self.code:#x}: {meaning}" if meaning else f"exit code {self.code}"

    @property
    def at_once(self) -> str:
        """A sentence on one that ended before it was anybody's."""
        why = f" ({self.said})" if self.said else ""
        return f"A new worker died at once: {self.told}{why}."


_FAULTS = {
    0xC0000005: _MEANINGS["SIGSEGV"],
    0xC000001D: _MEANINGS["SIGILL"],
    0xC0000094: _MEANINGS["SIGFPE"],
    0xC00000FD: "its stack was used up, mostly by endless recursion in a C extension",
    0xC0000409: _MEANINGS["SIGABRT"],
}
"""Exit codes of Windows. Source: ntstatus.h."""


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "SIGKILL" if number == KILL else str(number)
