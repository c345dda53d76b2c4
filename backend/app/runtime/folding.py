r"""Text as a terminal would show it: `\r`, `\b` and the cursor moves of progress bars folded.

Source: ECMA-48 (control functions CR, BS, LF, CUU `ESC [ n A`, EL `ESC [ n K`; SGR sequences
`ESC [ … m` take no room). Every other control sequence is left in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LONGEST_LINE = 100_000
"""Characters of an unfinished line that a carriage return can still go back over."""

_ACTIVE = ("\r", "\b", "\x1b[")
_FINAL = range(0x40, 0x7F)
"""Final bytes of a control sequence."""


class TerminalText:
    """A screen without bottom or right edge, fed piece by piece.

    Complete lines above the cursor are plain strings in `pieces`; only the line under the cursor
    is kept as cells, and only while something moves the cursor on it.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._line: list[str] | None = None
        self._below: list[str] = []
        self._column = 0
        self._held = ""
        self._prefix = ""

    def feed(self, text: str) -> None:
        """Show `text`; a control sequence cut at its end waits for the next piece."""
        if self._held:
            text, self._held = self._held + text, ""
        plain = self._line is None and not any(mark in text for mark in _ACTIVE)
        if plain and not text.endswith("\x1b"):
            self._pieces.append(text)
            return
        for token in self._tokens(text):
            self._show(token)

    def take(self) -> str:
        """Everything shown above the line of the cursor, handed over for good.

        A line longer than `LONGEST_LINE` goes too: no cursor returns over that much text.
        """
        whole = "".join(self._pieces)
        self._pieces = []
        if self._line is not None:
            return whole
        done, newline, rest = whole.rpartition("\n")
        if len(rest) > LONGEST_LINE:
            return whole
        if rest:
            self._pieces.append(rest)
        return done + newline

    def text(self) -> str:
        """The screen as it stands."""
        line = _shown(self._line or ()) + self._prefix
        below = "".join("\n" + row for row in reversed(self._below))
        return "".join(self._pieces) + line + below + self._held

    def _tokens(self, text: str) -> Iterator[str]:
        """Runs of plain text, single control characters and whole control sequences."""
        start = at = 0
        while at < len(text):
            char = text[at]
            if char not in "\r\b\n\x1b":
                at += 1
                continue
            if start < at:
                yield text[start:at]
            end = at + 1 if char != "\x1b" else _sequence_end(text, at)
            if end is None:
                self._held = text[at:]
                return
            yield text[at:end]
            start = at = end
        if start < at:
            yield text[start:at]

    def _show(self, token: str) -> None:
        if token == "\n":
            self._next_line()
        elif token == "\r":
            self._open_line()
            self._column = 0
        elif token == "\b":
            self._open_line()
            self._column = max(0, self._column - 1)
        elif token.startswith("\x1b[") and token.endswith("A"):
            self._move_up(_parameter(token, 1))
        elif token.startswith("\x1b[") and token.endswith("K"):
            self._erase(_parameter(token, 0))
        elif token.startswith("\x1b"):
            self._put_escape(token)
        else:
            self._put(token)

    def _open_line(self) -> list[str]:
        """The cells of the cursor's line, taken back from the text if need be."""
        if self._line is None:
            tail: list[str] = []
            while self._pieces:
                piece = self._pieces.pop()
                head, newline, rest = piece.rpartition("\n")
                tail.append(rest)
                if newline:
                    self._pieces.append(head + newline)
                    break
            self._line = _cells("".join(reversed(tail)))
            self._column = len(self._line)
        return self._line

    def _next_line(self) -> None:
        if self._line is None:
            self._pieces.append("\n")
            return
        self._pieces.append(_shown(self._line) + "\n")
        self._line = _cells(self._below.pop()) if self._below else None
        self._column = 0

    def _move_up(self, rows: int) -> None:
        for _ in range(rows):
            line, column = self._open_line(), self._column
            if not self._pieces:
                return
            self._below.append(_shown(line))
            self._line = None
            self._pieces[-1] = self._pieces[-1].removesuffix("\n")
            self._open_line()
            self._column = column

    def _erase(self, part: int) -> None:
        line = self._open_line()
        if part == 0:
            del line[self._column :]
        elif part == 1:
            upto = min(self._column + 1, len(line))
            line[:upto] = [" "] * upto
        elif part == 2:
            line.clear()

    def _put(self, text: str) -> None:
        if self._line is None:
            self._pieces.append(text)
            return
        line = self._line
        line.extend([" "] * (self._column - len(line)))
        cells = list(text)
        cells[0], self._prefix = self._prefix + cells[0], ""
        line[self._column : self._column + len(cells)] = cells
        self._column += len(cells)

    def _put_escape(self, sequence: str) -> None:
        """Without room of its own it rides on the cell before the cursor, or on the next one."""
        if self._line is None:
            self._pieces.append(sequence)
        elif 0 < self._column <= len(self._line):
            self._line[self._column - 1] += sequence
        else:
            self._prefix += sequence


def fold(text: str) -> str:
    """`text` as a terminal would show it."""
    screen = TerminalText()
    screen.feed(text)
    return screen.text()


def unstyled(text: str) -> str:
    """`text` without its escape sequences."""
    if "\x1b" not in text:
        return text
    pieces, at = [], 0
    while (start := text.find("\x1b", at)) >= 0:
        pieces.append(text[at:start])
        at = _sequence_end(text, start) or start + 1
    return "".join([*pieces, text[at:]])


def _sequence_end(text: str, at: int) -> int | None:
    """Where the escape sequence that starts at `at` ends; None if the text ends before it."""
    if at + 1 >= len(text):
        return None
    if text[at + 1] != "[":
        return at + 1
    for end in range(at + 2, min(len(text), at + 34)):
        if ord(text[end]) in _FINAL:
            return end + 1
    return None if len(text) < at + 34 else at + 1


def _shown(cells: Iterable[str]) -> str:
    """A line that was written over: blanks at its end are what an eraser left."""
    return "".join(cells).rstrip(" ")


def _parameter(sequence: str, default: int) -> int:
    digits = sequence[2:-1]
    return min(int(digits), 10_000) if digits.isascii() and digits.isdigit() else default


def _cells(text: str) -> list[str]:
    """One entry a column; an escape sequence rides on the cell before it, or on the first."""
    cells: list[str] = []
    prefix = ""
    at = 0
    while at < len(text):
        end = (_sequence_end(text, at) or at + 1) if text[at] == "\x1b" else at + 1
        if end == at + 1:
            cells.append(prefix + text[at])
            prefix = ""
        elif cells:
            cells[-1] += text[at:end]
        else:
            prefix += text[at:end]
        at = end
    return [*cells, prefix] if prefix else cells
