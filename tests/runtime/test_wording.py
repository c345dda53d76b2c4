from __future__ import annotations

import pytest

from nbengine.runtime.wording import plural


@pytest.mark.parametrize(
    "count, said", [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (12345, "12,345 rows")]
)
def test_a_count_in_words(count: int, said: str) -> None:
    """One is one, all others are many."""
    assert plural(count, "row") == said
