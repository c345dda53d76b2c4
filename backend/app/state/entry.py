"""A snapshot as bytes that can be signed: strict JSON, one form for one content."""

from __future__ import annotations

import binascii
import json
from dataclasses import dataclass
from typing import Any

from ..models.snapshot import SnapshotInfo
from .records import BufferRecord, Change, Digest, GroupRecord

_DIGEST_BYTES = 32


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
        ValueError: they did not come from `encode`.
    """
    try:
        content: dict[str, Any] = json.loads(body)
        groups = {key: _record(group) for key, group in content.pop("groups").items()}
        info = SnapshotInfo.model_validate(content.pop("info"))
        return Entry(info, content.pop("base"), Change(groups=groups, **content))
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError("no snapshot") from error


def _group(record: GroupRecord) -> list[Any]:
    buffers = [[b.length, b.readonly, _text(b.chunks)] for b in record.buffers]
    return [_text((record.pickle,)), record.note, buffers]


def _record(group: list[Any]) -> GroupRecord:
    pickle, note, buffers = group
    return GroupRecord(
        _digests(pickle)[0],
        tuple(BufferRecord(length, _digests(chunks), ro) for length, ro, chunks in buffers),
        note,
    )


def _text(digests: tuple[Digest, ...]) -> str:
    """Base64 of the digests in a row: a gigabyte in chunks of a megabyte takes 44 kB."""
    return binascii.b2a_base64(b"".join(digests), newline=False).decode("ascii")


def _digests(text: str) -> tuple[Digest, ...]:
    data = binascii.a2b_base64(text)
    return tuple(data[at : at + _DIGEST_BYTES] for at in range(0, len(data), _DIGEST_BYTES))
