"""From a recognised file to what is in it, whatever its reader stumbles over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...errors import MissingDependencyError
from ...models.files import Contents, Kind
from ...runtime.execution import speakable
from .kinds.archive import describe_archive
from .kinds.arrays import describe_arrays
from .kinds.arrow import describe_arrow
from .kinds.gzipped import describe_gzipped
from .kinds.hdf5 import describe_hdf5
from .kinds.image import describe_image
from .kinds.opaque import describe_opaque
from .kinds.parquet import describe_parquet
from .kinds.sqlite import describe_sqlite
from .kinds.workbook import describe_workbook
from .recognising import Recognised, described_text
from .source import Source

Reader = Callable[[Source, str], Contents]

OWN: Mapping[Kind, Reader] = {"zip": describe_archive, "gzip": describe_gzipped}
"""Read by Python alone, in this process."""
FOREIGN: Mapping[Kind, Reader] = {
    "arrow": describe_arrow,
    "excel": describe_workbook,
    "hdf5": describe_hdf5,
    "image": describe_image,
    "numpy": describe_arrays,
    "parquet": describe_parquet,
    "sqlite": describe_sqlite,
}
"""Read by libraries in other languages, which a hostile file may crash: in a process apart."""
_MESSAGE = 200


def described(source: Source, found: Recognised) -> Contents:
    """What is in a file that is read here.

    Raises:
        MissingDependencyError: what reads it is not installed.
    """
    if found.text is not None:
        return described_text(found, source.ending)
    if (reader := OWN.get(found.kind)) is not None:
        return read(reader, source, found.kind, found.format)
    return describe_opaque(source, found.kind, found.format)


def read(reader: Reader, source: Source, kind: Kind, form: str) -> Contents:
    """What a reader says; or in one sentence why it cannot.

    Raises:
        MissingDependencyError: what it needs is not installed.
    """
    try:
        return reader(source, form)
    except MissingDependencyError:
        raise
    except Exception as error:  # a damaged file may raise anything in the libraries
        return unreadable(kind, form, _sentence(error))


def unreadable(kind: Kind, form: str, why: str) -> Contents:
    """Contents that only say why there are none."""
    return Contents(kind=kind, format=form, problem=f"This {form} cannot be read: {why}.")


def _sentence(error: Exception) -> str:
    """The first line of a library's message."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return speakable(lines[0][:_MESSAGE].rstrip(". "))
