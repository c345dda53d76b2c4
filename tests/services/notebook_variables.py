"""The variables of a notebook, without what the engine itself puts among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OWN = frozenset({"In", "Out", "exit", "get_ipython", "quit"})


def variables(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """What cells have bound; names with an underscore in front are not for them."""
    return {n: v for n, v in namespace.items() if n not in _OWN and not n.startswith("_")}
