"""A snapshot as bytes that can be signed: strict JSON, one form for one content."""

from __future__ import annotations

import binascii
import json
from dataclasses import dataclass
from typing import Any

from ..errors import DamagedSnapshotError
from ..models.snapshot import SnapshotInfo
from .records import BufferRecord, Change, Digest, GroupRecord

_DIGEST_BYTES = 32
_MOST = 1 << 62
"""No number in an entry is as large, so that SQLite can have each, and the next one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written down of a snapshot: how it differs from its base."""

    info: SnapshotInfo
    base: int | None
    """The snapshot that the change starts from; None if it starts from nothing."""
    change: Change

    def encode(self) -> bytes:
        """Its canonical bytes.

        Raises:
            ValueError, TypeError: the extras are not strict JSON.
        """
        change = self.change
        content = {
            "info": self.info.model_dump(mode="json"),
            "base": self.base,
            "bindings": dict(change.bindings),
            "unbound": sorted(change.unbound),
            "groups": {key: _group(record) for key, record in change.groups.items()},
            "dropped": sorted(change.dropped),
            "extras": None if change.extras is None else dict(change.extras),
            "unsaved": None if change.unsaved is None else dict(change.unsaved),
        }
        text = json.dumps(content, allow_nan=False, sort_keys=True, separators=(",", ":"))
        return text.encode("ascii")


def decode(body: bytes) -> Entry:
    """What `encode` was given; only for bytes whose signature holds, or to find what they need.

    Raises:
        DamagedSnapshotError: they did not come from `encode`.
    """
    try:
        content: dict[str, Any] = json.loads(body)
        info = SnapshotInfo.model_validate(content["info"])
        base = content["base"]
        for id in (info.id, 0 if base is None else base):
            number(id)
        extras, unsaved = content["extras"], content["unsaved"]
        change = Change(
            bindings=_texts_by_name(content["bindings"]),
            unbound=_texts(content["unbound"]),
            groups={key: _record(group) for key, group in content["groups"].items()},
            dropped=_texts(content["dropped"]),
            extras=None if extras is None else dict(extras),
            unsaved=None if unsaved is None else _texts_by_name(unsaved),
        )
        return Entry(info, base, change)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedSnapshotError("What stands there of a snapshot is unreadable.") from error


def number(value: Any) -> int:
    """A count, or the number of a snapshot.

    Raises:
        TypeError: it can be none.
    """
    if type(value) is not int or not 0 <= value < _MOST:
        raise TypeError(f"{value!r:.40} is no number")
    return value


def _texts(values: Any) -> list[str]:
    """Only texts.

    Raises:
        TypeError: something else is among them.
    """
    if not all(isinstance(value, str) for value in values):
        raise TypeError("no text")
    return list(values)


def _texts_by_name(values: Any) -> dict[str, str]:
    return dict(zip(values, _texts(values.values()), strict=True))


def _group(record: GroupRecord) -> list[Any]:
    return [_text(record.parts), record.note, list(map(_buffer, record.buffers))]


def _buffer(record: BufferRecord) -> list[Any]:
    plain = [True] if record.plain else []
    return [record.length, record.readonly, _text(record.chunks), *plain]


def _record(group: list[Any]) -> GroupRecord:
    parts, note, buffers = group
    first, *more = _digests(parts)
    if not isinstance(note, str):
        raise TypeError("no text")
    return GroupRecord(
        first,
        tuple(
            BufferRecord(number(length), _digests(chunks), bool(readonly), bool(plain))
            for length, readonly, chunks, *plain in buffers
        ),
        note,
        tuple(more),
    )


def _text(digests: tuple[Digest, ...]) -> str:
    """Base64 of the digests in a row: a gigabyte in chunks of a megabyte takes 44 kB."""
    return binascii.b2a_base64(b"".join(digests), newline=False).decode("ascii")


def _digests(text: str) -> tuple[Digest, ...]:
    data = binascii.a2b_base64(text)
    return tuple(data[at : at + _DIGEST_BYTES] for at in range(0, len(data), _DIGEST_BYTES))
