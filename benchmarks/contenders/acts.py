"""What contenders are asked to do: called in their process, with what can be pickled."""

from __future__ import annotations

import gc
from time import perf_counter

from .contender import Contender, Idler, Shown


def run(contender: Contender, code: str) -> None:
    """Run one cell."""
    contender.run(code)


def time_cells(contender: Contender, code: str, calls: int, patience: float) -> list[float]:
    """Seconds that each call took; at least one call, none is begun once patience is over."""
    gc.collect()
    taken: list[float] = []
    deadline = perf_counter() + patience
    while len(taken) < calls and (not taken or perf_counter() < deadline):
        began = perf_counter()
        contender.run(code)
        taken.append(perf_counter() - began)
    return taken


def shown(contender: Contender) -> Shown:
    """What the last cell showed."""
    return contender.shown()


def reset(contender: Contender) -> None:
    """Forget every variable."""
    contender.reset()


def idle_memory(contender: Contender) -> float:
    """Bytes that an idle notebook takes."""
    assert isinstance(contender, Idler)
    return contender.idle_memory()
