from __future__ import annotations

import pytest

from nbengine.runtime.own_account import on_own_account


def test_work_is_done_and_its_value_given_back() -> None:
    """What the work gives, and raises, is the caller's."""
    assert on_own_account(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        on_own_account(lambda: 1 // 0)
