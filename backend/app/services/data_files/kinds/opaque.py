"""Files of which only the outside is told: empty ones, pickles, and what nothing here reads."""

from __future__ import annotations

from ....models.files import Contents, Kind
from ..source import Source

_PICKLE = "A pickle runs code when it is loaded, so it is not looked into."


def describe_opaque(source: Source, kind: Kind, form: str) -> Contents:
    """The first bytes, and why there is no more."""
    if kind == "empty":
        return Contents(kind=kind, format=form, notes=["it has no bytes"])
    return Contents(
        kind=kind,
        format=form,
        details={"begins": source.begin[:16].hex(" ")},
        problem=_PICKLE if kind == "pickle" else None,
    )
