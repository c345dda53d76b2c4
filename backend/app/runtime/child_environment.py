"""The environment of commands: the cell's own, and what a terminal in a notebook needs."""

from __future__ import annotations

import os

TERMINAL = {
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "CLICOLOR_FORCE": "1",
    "FORCE_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
}
"""As Jupyter's: colours, and no pager that waits for keys."""


class ChildEnvironment:
    """Knows what the process was started with: that speaks of a terminal which no cell sees."""

    def __init__(self) -> None:
        self._inherited: dict[str, str | None] = {}
        self.remember()

    def remember(self) -> None:
        """What the environment says now was not chosen by a cell."""
        self._inherited = {name: os.environ.get(name) for name in TERMINAL}

    def now(self) -> dict[str, str]:
        """The environment for a command of the cell that asks."""
        inherited = self._inherited
        unchosen = {
            name: value
            for name, value in TERMINAL.items()
            if os.environ.get(name) == inherited[name]
        }
        return {**os.environ, **unchosen}


CHILD_ENVIRONMENT = ChildEnvironment()
"""The process has one: `os.environ`."""
