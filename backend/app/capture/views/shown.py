"""Tables that cells showed and that no variable holds: kept for paging, within bounds."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import ref

from ...errors import GoneTableError, UnknownTableError
from ...settings import Settings
from .footprint import Footprint, footprint, lasting_copy
from .pandas_source import unstyled
from .source import has_windows

VARIABLE = "variable:"
SHOWN = "shown:"
COPIED = 4 * 2**20
"""Bytes up to which a part of a larger table is copied, so that it alone is kept."""
_REMEDY = "Show it again, or bind it to a variable."
_KEPT_AS = "shown tables"


@dataclass
class _Kept:
    held: Callable[[], Any]
    size: int
    """Bytes that would be free without it."""


class ShownTables:
    """The shown tables of one notebook, by handle. Thread-safe.

    A table that has its memory for itself is held, the oldest going first beyond the limits. Of a
    part of a larger one a copy is held if that is small. Anything else is only remembered as long
    as somebody else holds it: what the user deletes is never kept alive for its size.
    """

    def __init__(self, settings: Settings) -> None:
        self._bytes = settings.table_bytes
        self._count = settings.table_handles
        self._prefix = secrets.token_hex(4)
        self._made = 0
        self._held = 0
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def add(self, table: Any) -> str:
        """Keep a table; its handle."""
        kept = self._keeping(table)
        with self._lock:
            self._made += 1
            handle = f"{SHOWN}{self._prefix}-{self._made}"
            self._kept[handle] = kept
            self._held += kept.size
            while len(self._kept) > self._count or self._held > self._bytes:
                self._held -= self._kept.popitem(last=False)[1].size
        return handle

    def get(self, handle: str) -> Any:
        """The table with a handle.

        Raises:
            GoneTableError: it is not kept any more.
            UnknownTableError: there never was one.
        """
        kept = self._kept.get(handle)
        table = None if kept is None else kept.held()
        if table is not None:
            return table
        if kept is not None:
            raise GoneTableError(
                f"The table {handle!r} is gone: it was too large to be kept for showing only. "
                + _REMEDY
            )
        raise self._missing(handle)

    def _missing(self, handle: str) -> UnknownTableError:
        prefix, _, number = handle.removeprefix(SHOWN).partition("-")
        if prefix != self._prefix:
            return gone_with_process(handle)
        if not number.isdecimal() or not 0 < int(number) <= self._made:
            return UnknownTableError(f"There is no table {handle!r}.")
        return GoneTableError(
            f"The table {handle!r} is gone: {self._count} shown tables are kept, and "
            f"{self._bytes:,} bytes of them (settings `table_handles`, `table_bytes`). {_REMEDY}"
        )

    def _keeping(self, table: Any) -> _Kept:
        size = footprint(table)
        if size.own <= COPIED and size.may_be_part:
            table, size = lasting_copy(table), Footprint(size.own, False)
        if size.may_be_part or size.own > self._bytes:
            return _Kept(ref(table), 0)
        return _Kept(lambda: table, size.own)


def shown_tables(kept: MutableMapping[str, Any], settings: Settings) -> ShownTables:
    """Those of a notebook, from what is kept of it."""
    if _KEPT_AS not in kept:
        kept[_KEPT_AS] = ShownTables(settings)
    tables: ShownTables = kept[_KEPT_AS]
    return tables


def handle_of(
    value: Any,
    name: str | None,
    name_of: Callable[[Any], str | None],
    tables: Callable[[], ShownTables],
) -> str | None:
    """The handle of a table that a cell showed or made; None for a query that has not run.

    Args:
        value: the table.
        name: the variable that holds it, if any.
        name_of: tells the variable that holds something.
        tables: where a table is kept that none holds.
    """
    if not has_windows(value):
        return None
    table = unstyled(value)
    if name is None and table is not value:
        name = name_of(table)
    return VARIABLE + name if name is not None else tables().add(table)


def gone_with_process(handle: str) -> UnknownTableError:
    """What is said of a handle that an earlier process of the notebook gave."""
    return GoneTableError(
        f"The table {handle!r} is gone: the notebook was restarted, or its process ended, since "
        f"it was shown. {_REMEDY}"
    )
