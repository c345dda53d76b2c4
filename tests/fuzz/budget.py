"""How many examples fuzzing takes: the same few each time, or as many fresh ones as asked for."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

ASKED = int(os.environ.get("FUZZ_EXAMPLES", "0"))


def examples(usual: int) -> settings:
    """So many of one property, unless `FUZZ_EXAMPLES` says how many of each are to be tried."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(max_examples=ASKED or usual, derandomize=not ASKED, suppress_health_check=slow)
