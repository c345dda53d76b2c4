"""Matplotlib figures, which are not the same after they were pickled."""

from __future__ import annotations

import itertools
from typing import Any


def reduce_callbacks(registry: Any) -> Any:
    """Who listens to an artist; the number of the next one, which pickling takes, is given back."""
    reduced = registry.__reduce_ex__(5)
    state = reduced[2] if isinstance(reduced, tuple) and len(reduced) > 2 else None
    if isinstance(state, dict) and isinstance(number := state.get("_cid_gen"), int):
        registry._cid_gen = itertools.count(number)
    return reduced
