"""A notebook's variables and whole tables as they are looked at, also while a cell runs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...errors import InvalidInputError, NbengineError, TableChangedError, UnknownTableError
from ...models.tables import ColumnRef, TableForm, TableProfile, TableQuery, TableWindow
from ...models.variables import Variable
from ...runtime.kernel import Kernel
from ...settings import Settings
from ..variables import variables_of
from .file import write_file
from .profile import profile
from .rows import RowCache
from .shown import SHOWN, VARIABLE, gone_with_process, shown_tables
from .source import source_of
from .window import Sight, window

GivenQuery = TableQuery | Mapping[str, Any] | None
_MOMENT = tuple[int, bool]


class Views:
    """The views of any number of notebooks. Thread-safe.

    Args:
        settings: limits.
        folder: where the files of a notebook go, by its id.
    """

    def __init__(self, settings: Settings, folder: Callable[[str], Path]) -> None:
        self._settings = settings
        self._folder = folder

    def variables(self, kernel: Kernel | None) -> list[Variable]:
        """The user's variables; of a notebook that never ran there are none."""
        return [] if kernel is None else variables_of(kernel)

    def window(self, kernel: Kernel | None, handle: str, query: GivenQuery) -> TableWindow:
        """Some rows and columns."""
        checked = checked_query(query)
        with self._sight(kernel, handle) as sight:
            return window(sight, checked)

    def profile(
        self, kernel: Kernel | None, handle: str, columns: Iterable[ColumnRef] | None
    ) -> TableProfile:
        """What columns hold."""
        checked = checked_query(None if columns is None else {"columns": columns})
        with self._sight(kernel, handle) as sight:
            return profile(sight, checked)

    def file(self, kernel: Kernel | None, handle: str, query: GivenQuery, form: TableForm) -> Path:
        """A file with all matching rows."""
        checked = checked_query(query)
        with self._sight(kernel, handle) as sight:
            assert kernel is not None
            return write_file(sight, checked, form, self._folder(kernel.notebook_id))

    @contextmanager
    def _sight(self, kernel: Kernel | None, handle: str) -> Iterator[Sight]:
        """A table to look at; what goes wrong is told in a sentence."""
        if kernel is None:
            raise _unopened(handle)
        before = _moment(kernel)
        try:
            source = source_of(self._table(kernel, handle), handle)
            number, is_running = before
            rows = kernel.kept.setdefault("rows of tables", Remembered(self._settings.table_bytes))
            revision = f"{rows.token}-{number}{'+' if is_running else ''}"
            yield Sight(handle, source, revision, rows)
        except NbengineError:
            raise
        except Exception as error:
            if before[1] or before != _moment(kernel):
                raise TableChangedError(
                    f"A cell changed the table {handle!r} while it was read. Ask again."
                ) from error
            raise InvalidInputError(
                f"The table {handle!r} cannot be looked at in this way: {error}."
            ) from error

    def _table(self, kernel: Kernel, handle: str) -> Any:
        if handle.startswith(VARIABLE):
            name = handle.removeprefix(VARIABLE)
            if name in kernel.namespace:
                return kernel.namespace[name]
            raise UnknownTableError(f"There is no variable {name!r}: it was deleted, or never was.")
        if handle.startswith(SHOWN):
            return shown_tables(kernel.kept, self._settings).get(handle)
        raise UnknownTableError(f"There is no table {handle!r}.")


class Remembered(RowCache):
    """The row cache of one notebook, with a name that no other has."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.token = secrets.token_hex(4)


def checked_query(query: GivenQuery) -> TableQuery:
    """The query as a model.

    Raises:
        InvalidInputError: it is none; the message says where.
    """
    if isinstance(query, TableQuery):
        return query
    try:
        return TableQuery.model_validate(query or {})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidInputError(f"The query is unusable at {place!r}: {first['msg']}.") from None


def _moment(kernel: Kernel) -> _MOMENT:
    """How many cells have begun, and whether one runs."""
    return kernel.runs, kernel.running is not None or kernel.stuck is not None


def _unopened(handle: str) -> UnknownTableError:
    if handle.startswith(SHOWN):
        return gone_with_process(handle)
    return UnknownTableError(f"There is no table {handle!r}: no cell of the notebook has run.")
