"""What the tests of the scan share: the scan itself, by rule, and seeded random numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from nbengine.capture.statistics.scan import scan
from nbengine.models.notebook import CellWarning

Find = Callable[..., dict[str, CellWarning]]


@pytest.fixture
def find(caplog: pytest.LogCaptureFixture) -> Iterator[Find]:
    """Scan variables given by keyword: rule id -> its warning; no rule may fail on the way."""
    caplog.set_level("DEBUG", "nbengine.statistics")

    def scanned(**made: object) -> dict[str, CellWarning]:
        return {warning.category: warning for warning in scan([], made)}

    yield scanned
    assert not [record.getMessage() for record in caplog.records]


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same in every run."""
    return np.random.default_rng(20)
