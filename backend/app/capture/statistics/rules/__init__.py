"""Every rule: one file a family. A new rule is one decorated function in one of these files."""

from __future__ import annotations

from . import correlations, estimates, fits, groups, hypotheses
from .rule import Finding, Rule

FAMILIES = (estimates, fits, hypotheses, groups, correlations)

EVERY_RULE: tuple[Rule, ...] = tuple(
    value for family in FAMILIES for value in vars(family).values() if isinstance(value, Rule)
)

RULES: dict[str, str] = {rule.id: rule.description for rule in EVERY_RULE}
"""Rule id -> what it warns of, in one sentence."""

__all__ = ["EVERY_RULE", "RULES", "Finding", "Rule"]
