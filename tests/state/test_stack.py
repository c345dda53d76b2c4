"""However high the notebook sets its limit, pickling stays within the stack."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from nbengine.state.stack import within_the_stack


@pytest.fixture(autouse=True)
def limit() -> Iterator[int]:
    limit = sys.getrecursionlimit()
    yield limit
    sys.setrecursionlimit(limit)


def test_a_limit_that_fits_is_left(limit: int) -> None:
    """Nothing is changed that need not be."""
    with within_the_stack():
        assert sys.getrecursionlimit() == limit


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="calls of C have a limit of their own")
def test_a_limit_above_the_stack_is_lower_meanwhile() -> None:
    """It is the notebook's again afterwards, also after an error."""
    sys.setrecursionlimit(1_000_000)
    with within_the_stack():
        assert sys.getrecursionlimit() < 100_000
    assert sys.getrecursionlimit() == 1_000_000
    with pytest.raises(ZeroDivisionError), within_the_stack():
        _ = 1 // 0
    assert sys.getrecursionlimit() == 1_000_000


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="calls of C have a limit of their own")
def test_a_limit_that_was_set_meanwhile_stays() -> None:
    """Code of the notebook that runs to be saved may set one."""
    sys.setrecursionlimit(1_000_000)
    with within_the_stack():
        sys.setrecursionlimit(5_000)
    assert sys.getrecursionlimit() == 5_000
