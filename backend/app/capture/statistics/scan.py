"""The scan that ends a cell: every value it made or showed, read and judged by every rule."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain

from ...models.notebook import CellWarning
from .collection import evidence_of, may_tell
from .evidence import Evidence, Origin
from .rules import EVERY_RULE, RULES, Finding, Rule

__all__ = ["RULES", "scan"]

logger = logging.getLogger("nbengine.statistics")

ALL = "all"
"""In the list of rules that are off: the scan itself."""

SILENT = frozenset({int, str, bool, bytes, complex, set, frozenset, type, type(None)})
"""Types that are never evidence and are passed over first, as most variables are of them."""


def scan(
    shown: Sequence[tuple[str | None, object]],
    made: Mapping[str, object],
    *,
    off: Collection[str] = (),
    declared_positive: Collection[str] = (),
    bounds_of: Callable[[str | None], object] = lambda _name: None,
) -> list[CellWarning]:
    """Findings about what a cell showed and made, each once, in the order of the values.

    Args:
        shown: values that the cell displayed, with the variable's name where it is known.
        made: variables that the cell added, re-bound or changed in place.
        off: ids of rules that are not to run; `all` for none.
        declared_positive: names of variables, columns and parameters that cannot be negative.
        bounds_of: what the call that made a variable's value was given as `bounds`.

    Never raises, imports, prints, warns or changes a value; a rule that fails says nothing and
    is logged. What it looks at is bounded, see `readers.reader`.
    """
    values = _worth_reading(shown, made) if ALL not in off else []
    if not values:
        return []
    cell = {name: value for name, value in shown if name} | dict(made)
    positive = frozenset(declared_positive)
    rules = [rule for rule in EVERY_RULE if rule.id not in off]
    found: dict[tuple[str, object], CellWarning] = {}
    with _quietly():
        for name, value in values:
            origin = Origin(name, cell, positive, bounds_of)
            for evidence, family in _evidence(value, origin):
                for rule, said in _judged(evidence, rules):
                    key = (rule.id, family or (evidence.subject, said.message))
                    found[key] = _folded(found.get(key), rule, said, evidence, family)
    return list(found.values())


def _worth_reading(
    shown: Iterable[tuple[str | None, object]], made: Mapping[str, object]
) -> list[tuple[str | None, object]]:
    """The values that a reader may know, each object once, under its variable if it has one."""
    found: dict[int, tuple[str | None, object]] = {}
    for name, value in chain(made.items(), shown):
        if type(value) not in SILENT and may_tell(value, name):
            found.setdefault(id(value), (name, value))
    return list(found.values())


def _evidence(value: object, origin: Origin) -> Iterator[tuple[Evidence, str | None]]:
    try:
        yield from evidence_of(value, origin)
    except Exception:
        logger.debug("a value of %s cannot be read", type(value), exc_info=True)


def _judged(evidence: Evidence, rules: Iterable[Rule]) -> Iterator[tuple[Rule, Finding]]:
    for rule in rules:
        try:
            said = rule.judge(evidence)
        except Exception:
            logger.debug("rule %s failed on %s", rule.id, evidence.who, exc_info=True)
        else:
            if said is not None:
                yield rule, said


def _folded(
    before: CellWarning | None, rule: Rule, said: Finding, evidence: Evidence, family: str | None
) -> CellWarning:
    """A new warning, or the one before it counting this finding too."""
    if before is None:
        return CellWarning(
            kind="statistical",
            category=rule.id,
            message=said.message,
            remedy=said.remedy or rule.remedy,
            subject=family or evidence.subject,
            count=said.count,
        )
    if family is None:
        return before
    return before.model_copy(update={"count": before.count + said.count})


@contextmanager
def _quietly() -> Iterator[None]:
    """No warning and no floating-point complaint of a library leaves the scan."""
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        if numpy := sys.modules.get("numpy"):
            stack.enter_context(numpy.errstate(all="ignore"))
        yield
