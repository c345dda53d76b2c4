"""Server-sent events as a browser would read them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Heard:
    """One event; a comment has the name `comment`."""

    name: str
    number: int | None = None
    data: Any = None


def heard(lines: Iterable[str]) -> Iterator[Heard]:
    """The events in the lines of a stream."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name or "comment"] = value
        elif fields:
            yield _event(fields)
            fields = {}


def first(events: Iterator[Heard], name: str) -> Heard:
    """The next event of this name."""
    return next(event for event in events if event.name == name)


def until_end(events: Iterator[Heard]) -> list[Heard]:
    """All events up to the end of the cell that runs."""
    told = []
    for event in events:
        told.append(event)
        if event.name == "ended":
            return told
    raise AssertionError(f"the stream ended after {[each.name for each in told]}")


def text_of(events: Iterable[Heard]) -> str:
    """What was written, put together."""
    return "".join(event.data["text"] for event in events if event.name == "text")


def _event(fields: dict[str, str]) -> Heard:
    if "event" not in fields:
        return Heard("comment")
    number = int(fields["id"]) if "id" in fields else None
    return Heard(fields["event"], number, json.loads(fields["data"]))
