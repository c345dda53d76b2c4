"""Texts of any length in bounded memory: the beginning and the end of one, or its beginning."""

from __future__ import annotations

from io import StringIO


class TextTooLongError(Exception):
    """A value's text is longer than was asked for.

    `kept` is its beginning; how long the whole would be is not known, it was never made.
    """

    def __init__(self, kept: str) -> None:
        super().__init__(f"the text has more than {len(kept)} characters")
        self.kept = kept


class BoundedText(StringIO):
    """A text that grows by pieces, to so many characters and the rest of the last piece."""

    def __init__(self, limit: int | None) -> None:
        super().__init__()
        self._limit = limit

    def write(self, text: str) -> int:
        """Append a piece.

        Raises:
            TextTooLongError: the limit was reached before.
        """
        if self._limit is not None and self.tell() >= self._limit:
            raise TextTooLongError(self.getvalue())
        return super().write(text)


class TextWindow:
    """Keeps a text whole up to `room` characters, beyond that its first and its last half."""

    def __init__(self, room: int) -> None:
        self._head_room = room - room // 2
        self._tail_room = room // 2
        self._head = ""
        self._pieces: list[str] = []
        self._size = 0
        self._left_out = 0

    def add(self, text: str) -> None:
        """Append text."""
        self._pieces.append(text)
        self._size += len(text)
        if self._size > 2 * (self._head_room + self._tail_room):
            self._head, self._left_out, tail = self.shown("")
            self._pieces, self._size = [tail], len(tail)

    def shown(self, rest: str) -> tuple[str, int, str]:
        """Beginning, number of characters left out, end; `rest` is looked at as if it were added.

        With nothing left out the beginning is the whole text.
        """
        text = "".join(self._pieces) + rest
        if not self._left_out and len(text) <= self._head_room + self._tail_room:
            return text, 0, ""
        head = self._head
        if not self._left_out:
            head, text = text[: self._head_room], text[self._head_room :]
        tail = text[max(0, len(text) - self._tail_room) :]
        return head, self._left_out + len(text) - len(tail), tail
