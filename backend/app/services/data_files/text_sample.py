"""A bounded part of a text, decoded: its beginning, and something of its middle and end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from ...models.files import TextFormat
from .encoding import Encoding, encoding_of
from .source import HEAD, PART, Source

_ENOUGH = 100
"""Rows of which the later parts must have so many to be believed about the rest."""

Newline = Literal["\n", "\r\n", "\r", "mixed"]


@dataclass(frozen=True)
class Sample:
    """What was read."""

    head: bytes
    size: float
    """Bytes that all of it has, as far as is known."""
    later: tuple[bytes, ...] = ()
    """From the middle and the end, each at a place that even the widest encoding can begin at."""

    @property
    def is_whole(self) -> bool:
        """Whether the head is all there is."""
        return len(self.head) >= self.size


@dataclass(frozen=True)
class TextSample:
    """The same as text."""

    encoding: Encoding
    head: str
    """Without the line that was cut, unless it is the only one."""
    later: tuple[str, ...]
    """Whole lines."""
    is_whole: bool
    is_cut: bool
    """Whether even the first line does not end in what was read."""
    head_bytes: int
    """Bytes of what is in `head`."""
    size: float
    newline: Newline | None

    def spelling(self) -> TextFormat:
        """What a context says of it."""
        return TextFormat(
            encoding=self.encoding.name, guessed=self.encoding.guessed, newline=self.newline
        )

    def notes(self) -> list[str]:
        """What a reader should know of the text as such."""
        told = {
            "some bytes are not valid UTF-8": self.encoding.faulty,
            "it contains NUL characters": "\0" in self.head,
            "line endings are mixed": self.newline == "mixed",
            f"its first line is longer than {HEAD:,} bytes; only that much was read": self.is_cut,
        }
        return [sentence for sentence, holds in told.items() if holds]

    def estimate(self, in_head: int, in_later: int) -> int:
        """How many there are in all of what was counted in the head and the later parts.

        Beyond the head they are taken to be as dense as in the later parts, if those have enough.
        """
        if self.is_whole:
            return in_head
        later = sum(len(self._encoded(part)) for part in self.later)
        if in_later >= _ENOUGH:
            return in_head + round(in_later * (self.size - self.head_bytes) / later)
        return round((in_head + in_later) * self.size / max(1, self.head_bytes + later))

    def _encoded(self, text: str) -> bytes:
        return text.encode(self.encoding.codec, "replace")


def sampled(source: Source) -> Sample:
    """A megabyte of the beginning, 64 KiB each of the middle and the end."""
    rest = source.size - HEAD
    if rest <= 2 * PART:
        return Sample(source.head + source.read(HEAD, max(0, rest)), source.size)
    places = ((HEAD + source.size - PART) // 2, source.size - PART)
    later = tuple(source.read(place - place % 4, PART + 4) for place in places)
    return Sample(source.head, source.size, later)


def decoded(sample: Sample) -> TextSample | None:
    """The sample as text; None if it is none.

    Raises:
        MissingDependencyError: as `encoding_of`.
    """
    encoding = encoding_of((sample.head, *sample.later))
    if encoding is None:
        return None
    text = encoding.decode(sample.head[encoding.mark :])
    head = text if sample.is_whole else _whole_lines(text)
    size = len(sample.head)
    if len(head) < len(text):
        size = len(head.encode(encoding.codec, "replace")) + encoding.mark
    return TextSample(
        encoding=encoding,
        head=head or text,
        later=tuple(_within(encoding.decode(part)) for part in sample.later),
        is_whole=sample.is_whole,
        is_cut=not head and bool(text),
        head_bytes=size if head else len(sample.head),
        size=sample.size,
        newline=_newline(text),
    )


def _whole_lines(text: str) -> str:
    """Without the line that was cut; nothing if there is no other."""
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1]


def _within(text: str) -> str:
    """Without the lines that were cut at either end."""
    first = min((place for mark in "\r\n" if (place := text.find(mark)) >= 0), default=len(text))
    return _whole_lines(text[first:].lstrip("\r\n"))


def _newline(text: str) -> Newline | None:
    both = text.count("\r\n")
    counts = Counter({"\r\n": both, "\n": text.count("\n") - both, "\r": text.count("\r") - both})
    found = [mark for mark, count in counts.items() if count]
    if len(found) > 1:
        return "mixed"
    return found[0] if found else None  # type: ignore[return-value]
