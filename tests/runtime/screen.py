"""A terminal as small as can be: the oracle for folding."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\x1b\[(\d*)([A-Za-z])|([\r\n\b])|([^\r\n\b\x1b])")


class Screen:
    """A grid without edges on which each character has its row and column."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], str] = {}
        self._row = self._column = self._last_row = 0

    def feed(self, text: str) -> Screen:
        """Show `text`, which may move the cursor by CR, BS, LF, cursor up and erase in line."""
        for token in _TOKEN.finditer(text):
            number, final, control, char = token.groups()
            if final == "A":
                self._row = max(0, self._row - int(number or 1))
            elif final == "K":
                self._erase(int(number or 0))
            elif control:
                self._move(control)
            elif char:
                self._cells[self._row, self._column] = char
                self._column += 1
        return self

    def lines(self) -> list[str]:
        """What can be read on it, blanks at the ends of lines aside."""
        return [self._line(row) for row in range(self._last_row + 1)]

    def _move(self, control: str) -> None:
        if control == "\b":
            self._column = max(0, self._column - 1)
            return
        self._column = 0
        if control == "\n":
            self._row += 1
            self._last_row = max(self._last_row, self._row)

    def _erase(self, part: int) -> None:
        for row, column in list(self._cells):
            kept = {0: column < self._column, 1: column > self._column, 2: False}[part]
            if row == self._row and not kept:
                del self._cells[row, column]

    def _line(self, row: int) -> str:
        columns = [column for at, column in self._cells if at == row]
        width = max(columns, default=-1) + 1
        return "".join(self._cells.get((row, c), " ") for c in range(width)).rstrip(" ")
