"""What a rule is, and the few words that rules share to put findings into sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..evidence import Evidence

NAMED = 3
"""Parameters, groups or columns that a message names before it says how many more there are."""


@dataclass(frozen=True)
class Finding:
    """What a rule has to say about one value."""

    message: str
    count: int = 1
    """Parameters, groups, tests or pairs concerned."""
    remedy: str | None = None
    """What to do about this one, where the rule's own remedy is too general."""


Judge = Callable[[Evidence], Finding | None]


@dataclass(frozen=True)
class Rule:
    """One mistake worth a warning: when it holds, and what to do about it."""

    id: str
    description: str
    remedy: str
    judge: Judge


def rule(id: str, *, description: str, remedy: str) -> Callable[[Judge], Rule]:
    """Make a rule of a function that judges evidence; None means nothing to say."""
    return lambda judge: Rule(id, description, remedy, judge)


def listed(names: Iterable[str]) -> str:
    """The first few names in words: "a, b, c and 4 more"."""
    every = list(names)
    shown, rest = every[:NAMED], len(every) - NAMED
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def finding(seen: Evidence, problem: str, concerned: Sequence[str]) -> Finding | None:
    """The sentence `<value>: <problem>: <all concerned>.`, or None if nothing is concerned.

    A lone nameless one, the value itself, is not listed.
    """
    if not concerned:
        return None
    names = listed(concerned)
    return Finding(f"{seen.who}: {problem}{names and ': '}{names}.", len(concerned))
