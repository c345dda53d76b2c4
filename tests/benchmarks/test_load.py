from __future__ import annotations

import asyncio

import pytest

from benchmarks.load import Found, Load, measured


def test_the_slope_is_that_of_the_settled_part() -> None:
    """Growth at the beginning, when workers start, does not count."""
    grows = [(float(second), 1_000 * min(second, 3)) for second in range(20)]
    assert Found(memory=grows).slope() == pytest.approx(0)
    assert Found(memory=[(float(s), 50 * s) for s in range(20)]).slope() == pytest.approx(50)


@pytest.mark.slow
def test_clients_get_their_own_output_and_nothing_else() -> None:
    """Against a real server; the report has all there is to tell."""
    load = Load(clients=4, notebooks=2, seconds=2, pause=0.05, engine="in_process")
    found = asyncio.run(measured(load))
    assert found.faults == []
    assert len(found.seconds) >= 4
    report = found.report(load)
    for part in ("4 clients", "errors         0", "p95", "MB/min"):
        assert part in report
