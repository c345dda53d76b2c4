"""JSON documents and JSON Lines: read as far as a sample goes, value by value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ....capture.json_cells import Cells
from ....models.files import Contents, FileTable
from ..bounds import BEGINNING, NAMES, TABLES, short
from ..records_table import records_table, type_name
from ..text_sample import TextSample

_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()
_TOO_DEEP = "it is nested too deeply"


class _Damage(ValueError):
    """What is wrong with it, in the middle of a sentence."""


def describe_json(sample: TextSample, _ending: str) -> Contents:
    """A JSON document: the table of an array of objects, or the keys of an object."""
    contents = Contents(kind="json", format="JSON", text=sample.spelling(), notes=sample.notes())
    text = sample.head
    start = _skip(text, 0)
    try:
        found = _found(sample, text, start)
    except (_Damage, RecursionError) as error:
        told = _TOO_DEEP if isinstance(error, RecursionError) else str(error)
        found = {"problem": f"This JSON cannot be read: {told}.", "beginning": text[:BEGINNING]}
    return contents.model_copy(update=found)


def describe_json_lines(sample: TextSample, _ending: str) -> Contents:
    """JSON Lines: a table of one object a line."""
    records, wrong = _lines(sample.head)
    later = sum(part.count("\n") for part in sample.later)
    total = sample.estimate(len(records) + wrong, later)
    notes = sample.notes()
    if wrong:
        notes.append(f"{wrong:,} of {len(records) + wrong:,} lines looked at are not JSON")
    return Contents(
        kind="json_lines",
        format="JSON Lines",
        text=sample.spelling(),
        tables=[records_table(records, total, exact=sample.is_whole)],
        total_tables=1,
        notes=notes,
        problem=None if records else "No line that was looked at is JSON.",
    )


def is_json_lines(text: str) -> bool:
    """Whether the first two lines are JSON values that hold others, each by itself."""
    lines = [line for line in text[: BEGINNING * 50].split("\n") if line.strip()][:2]
    return len(lines) == 2 and all(isinstance(_value(line), dict | list) for line in lines)


def is_json(text: str) -> bool:
    """Whether a text that begins with a bracket goes on as JSON."""
    text = text.lstrip()
    if text[:1] == "{":
        return re.match(r'\{\s*("|\}\s*$)', text) is not None
    return re.match(r'\[\s*([\[{"\]\d-]|true|false|null)', text) is not None and not re.match(
        r"\[[^\]\[{\",]*\]\s*\n", text
    )


def _found(sample: TextSample, text: str, start: int) -> dict[str, Any]:
    if text[start : start + 1] == "[":
        return _array(sample, text, start)
    if text[start : start + 1] == "{":
        return _object(sample, text, start)
    value = _checked(text, start, sample)
    return {"details": {"value": Cells().value(value), "type": type_name(value)}}


def _array(sample: TextSample, text: str, start: int) -> dict[str, Any]:
    if sample.is_whole:
        items = _checked(text, start, sample)
        return {"tables": [records_table(items, len(items), exact=True)], "total_tables": 1}
    items = list(_items(text, start + 1))
    if not items:
        raise _Damage("not even its first item ends in what was read, or it is no JSON")
    read = [value for value, _ in items]
    table = records_table(read, _scaled(sample, text, start, items), exact=False)
    return {
        "tables": [table],
        "total_tables": 1,
        "notes": [*sample.notes(), "items are estimated from the beginning of the file"],
    }


def _object(sample: TextSample, text: str, start: int) -> dict[str, Any]:
    if sample.is_whole:
        return _keys(list(_checked(text, start, sample).items())) | {"notes": sample.notes()}
    pairs, place = _pairs(text, start + 1)
    told = _keys(pairs)
    if (last := _unfinished(sample, text, place)) is not None:
        told = _keys([*pairs, (last.name or "", [])])
        told["tables"] = [*told["tables"], last][:TABLES]
    note = "only the keys at the beginning of the file are known"
    beginning = None if told["details"]["keys"] else text[:BEGINNING]
    return told | {"beginning": beginning, "notes": [*sample.notes(), note]}


def _keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """What an object holds under each key, and the tables among it."""
    types = {short(key): type_name(value) for key, value in pairs[:NAMES]}
    return {
        "details": {"keys": len(pairs), "types": types},
        "tables": [table for key, value in pairs if (table := _inner(key, value))][:TABLES],
    }


def _inner(key: str, value: Any) -> FileTable | None:
    """The table of an array of objects within an object."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return None
    table = records_table(value, len(value), exact=True)
    return table.model_copy(update={"name": short(key)})


def _unfinished(sample: TextSample, text: str, place: int) -> FileTable | None:
    """The table of an array of objects that begins at a key but does not end in the sample.

    It is taken to go on to the end of the file.
    """
    try:
        key, after = _DECODER.raw_decode(text, _skip(text, place))
    except ValueError:
        return None
    start = _skip(text, _skip(text, after) + 1)
    items = list(_items(text, start + 1)) if text[start : start + 1] == "[" else []
    if not items or not isinstance(items[0][0], dict):
        return None
    table = records_table(
        [value for value, _ in items], _scaled(sample, text, start, items), exact=False
    )
    return table.model_copy(update={"name": short(key)})


def _scaled(sample: TextSample, text: str, start: int, items: list[tuple[Any, int]]) -> int:
    """How many items an array has that goes on like these to the end of the file."""
    before = len(text[:start].encode())
    read = len(text[start : items[-1][1]].encode())
    return max(len(items), round(len(items) * (sample.size - before) / max(1, read)))


def _checked(text: str, start: int, sample: TextSample) -> Any:
    """The one value that the text is."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        if not sample.is_whole:
            raise _Damage("its only value is longer than what was read") from None
        raise _Damage(f"{error.msg}, line {error.lineno} column {error.colno}") from None
    except ValueError as error:  # more digits than an integer may have
        raise _Damage(str(error)) from None
    if _skip(text, end) < len(text):
        raise _Damage("more follows after its end")
    return value


def _items(text: str, place: int) -> Iterator[tuple[Any, int]]:
    """The items of an array, each with where it ends, as far as they are whole."""
    while True:
        try:
            value, place = _DECODER.raw_decode(text, _skip(text, place))
        except ValueError:
            return
        after = _skip(text, place)
        if text[after : after + 1] not in (",", "]"):  # a number may have been cut
            return
        yield value, place
        place = after + 1


def _pairs(text: str, place: int) -> tuple[list[tuple[str, Any]], int]:
    """The pairs of an object as far as they are whole, and where the next one begins."""
    pairs: list[tuple[str, Any]] = []
    while True:
        try:
            key, after = _DECODER.raw_decode(text, _skip(text, place))
            value, after = _DECODER.raw_decode(text, _skip(text, _skip(text, after) + 1))
        except ValueError:
            return pairs, place
        pairs.append((str(key), value))
        place = _skip(text, after) + 1


def _lines(text: str) -> tuple[list[Any], int]:
    """The values of the lines, and how many are none."""
    values = [_value(line) for line in text.split("\n") if line.strip()]
    good = [value for value in values if value is not _NOTHING]
    return good, len(values) - len(good)


def _value(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return _NOTHING


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


_NOTHING = object()
