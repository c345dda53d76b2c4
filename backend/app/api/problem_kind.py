"""The kinds of problems that the app tells: each has a name, and a page that explains it."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

from .. import errors
from ..errors import NbengineError

PREFIX = "/problems/"
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class ProblemKind:
    """What all problems of one kind have in common."""

    name: str
    """Last part of its `type`."""
    title: str
    status: int
    about: str
    """What it means, with code between backticks."""


INVALID_REQUEST = ProblemKind(
    "invalid-request",
    "Invalid request",
    422,
    "A part of the request is not as the API says: `faults` has each with its place.",
)


def kind_of(error: type[NbengineError]) -> ProblemKind:
    """The kind that errors of a class are told as."""
    title = _HUMP.sub(" ", error.__name__.removesuffix("Error")).capitalize()
    about = " ".join((inspect.getdoc(error) or "").split())
    return ProblemKind(title.lower().replace(" ", "-"), title, error.http_status, about)


def all_kinds() -> dict[str, ProblemKind]:
    """Every kind that there is, by name."""
    ours = [kind_of(each) for each in vars(errors).values() if _is_error(each)]
    return {kind.name: kind for kind in sorted([INVALID_REQUEST, *ours], key=lambda k: k.title)}


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, NbengineError)
