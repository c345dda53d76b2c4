"""Text that is broken into lines where it would be too wide, group by group.

The algorithm is Oppen's (Prettyprinting, ACM TOPLAS 2(4), 1980) with the consistent groups of
Ruby's `prettyprint`: either every break of a group is a new line or none is, and an outer group is
broken before the groups inside it. Text is written as soon as no break before it is undecided, so
never more than about a line is waiting.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile


class LimitReachedError(Exception):
    """More has been written than the layout takes; what it took stays there."""


class _Group:
    """Breaks that fall together, `pending` of them still undecided."""

    __slots__ = ("broken", "depth", "pending")

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.pending = 0
        self.broken = False


class _Break:
    """A place where its group may be broken."""

    __slots__ = ("group", "indentation", "space")

    def __init__(self, group: _Group, space: str, indentation: int) -> None:
        self.group = group
        self.space = space
        self.indentation = indentation


class _Undecided:
    """The groups that may still have to be broken, the outer ones first."""

    def __init__(self) -> None:
        self._levels: list[list[_Group]] = []

    def add(self, group: _Group) -> None:
        while len(self._levels) <= group.depth:
            self._levels.append([])
        self._levels[group.depth].append(group)

    def forget(self, group: _Group) -> None:
        try:
            self._levels[group.depth].remove(group)
        except ValueError:
            pass

    def next_broken(self) -> _Group | None:
        """Break the outermost group with undecided breaks, the latest of them.

        Groups outside it have no break to wait for; those that come are new lines at once.
        """
        for level in self._levels:
            after = sum(1 for _ in takewhile(lambda group: not group.pending, reversed(level)))
            if after < len(level):
                chosen = level[-1 - after]
                # IPython takes this one off the level instead of the chosen one. It is another
                # where a key of a dict has breaks and its value none yet: that stays unbroken.
                del level[after]
                chosen.broken = True
                return chosen
            for group in level:
                group.broken = True
            level.clear()
        return None


class Layout:
    """Takes text, breaks and groups, and gives lines of at most `max_width` where it can be.

    Its public names are those that the authors of `_repr_pretty_` know from IPython:
    https://ipython.readthedocs.io/en/stable/api/generated/IPython.lib.pretty.html
    """

    def __init__(self, max_width: int = 79, newline: str = "\n", limit: int | None = None) -> None:
        self.max_width = max_width
        self.newline = newline
        self.indentation = 0
        self._limit = sys.maxsize if limit is None else limit
        self._written: list[str] = []
        self._size = 0
        self._column = 0
        self._waiting: deque[str | _Break] = deque()
        self._waiting_width = 0
        root = _Group(0)
        self._groups = [root]
        self._undecided = _Undecided()
        self._undecided.add(root)

    def text(self, text: str) -> None:
        """Add text that is never broken."""
        width = len(text)
        if not self._waiting:
            self._write(text)
            self._column += width
            return
        self._waiting.append(text)
        self._waiting_width += width
        if self._column + self._waiting_width > self.max_width:
            self._fit()

    def breakable(self, sep: str = " ") -> None:
        """Add a place where the line may be broken; where it is not, `sep` stands."""
        group = self._groups[-1]
        if group.broken:
            self._end_line()
            return
        group.pending += 1
        self._waiting.append(_Break(group, sep, self.indentation))
        self._waiting_width += len(sep)
        if self._column + self._waiting_width > self.max_width:
            self._fit()

    def break_(self) -> None:
        """End the line, whatever its width."""
        if group := self._undecided.next_broken():
            self._decide(group)
        self._end_line()

    def begin_group(self, indent: int = 0, open: str = "") -> None:
        """Begin a group with the text `open`; its lines are indented by `indent` more."""
        if open:
            self.text(open)
        group = _Group(self._groups[-1].depth + 1)
        self._groups.append(group)
        self._undecided.add(group)
        self.indentation += indent

    def end_group(self, dedent: int = 0, close: str = "") -> None:
        """End the group that was begun last with the text `close`."""
        self.indentation -= dedent
        group = self._groups.pop()
        if not group.pending:
            self._undecided.forget(group)
        if close:
            self.text(close)

    @contextmanager
    def group(self, indent: int = 0, open: str = "", close: str = "") -> Iterator[None]:
        """What is added inside is a group."""
        self.begin_group(indent, open)
        try:
            yield
        finally:
            self.end_group(indent, close)

    @contextmanager
    def indent(self, indent: int) -> Iterator[None]:
        """Lines that begin inside are indented by so much more."""
        self.indentation += indent
        try:
            yield
        finally:
            self.indentation -= indent

    def flush(self) -> None:
        """Write what waits, as it stands.

        IPython counts the columns before each break and each run of text twice, which a line
        that goes on after it shows; so it is here.
        """
        in_text = False
        while self._waiting:
            is_text = isinstance(self._waiting[0], str)
            again = 0 if in_text and is_text else self._column
            self._write_next()
            self._column += again
            in_text = is_text

    def written(self) -> str:
        """What has been written, at most `limit` characters."""
        return "".join(self._written)[: self._limit]

    def overflows(self) -> bool:
        """Whether more was written than the limit."""
        return self._size > self._limit

    def fits(self, text: str) -> bool:
        """Whether the text can be added without breaking anything."""
        width = self._column + self._waiting_width + len(text)
        return width <= self.max_width or not self._waiting

    def _fit(self) -> None:
        while self._column + self._waiting_width > self.max_width:
            group = self._undecided.next_broken()
            if group is None:
                break
            self._decide(group)
        if self._waiting_width > self._limit:
            self.flush()

    def _decide(self, group: _Group) -> None:
        """Write up to the group's last break, and the text that follows it."""
        while group.pending:
            self._write_next()
        while self._waiting and isinstance(self._waiting[0], str):
            self._write_next()

    def _write_next(self) -> None:
        piece = self._waiting.popleft()
        if isinstance(piece, str):
            self._waiting_width -= len(piece)
            self._write(piece)
            self._column += len(piece)
        else:
            self._waiting_width -= len(piece.space)
            self._write_break(piece)

    def _write_break(self, place: _Break) -> None:
        group = place.group
        group.pending -= 1
        if group.broken:
            self._write(self.newline + " " * place.indentation)
            self._column = place.indentation
            return
        if not group.pending:
            self._undecided.forget(group)
        self._write(place.space)
        self._column += len(place.space)

    def _end_line(self) -> None:
        self.flush()
        self._write(self.newline + " " * self.indentation)
        self._column = self.indentation

    def _write(self, text: str) -> None:
        if self._size <= self._limit:
            self._written.append(text)
            self._size += len(text)
        if self._size > self._limit:
            raise LimitReachedError
