from __future__ import annotations

from pathlib import Path

import pytest

from nbengine.models.session import ExecutionMode
from nbengine.policy.sandbox.probes import probes
from nbengine.policy.sandbox.trial import try_out
from nbengine.settings import Settings

UNLIMITED = Settings(process_limit=None)


@pytest.mark.parametrize("mode", ExecutionMode)
def test_a_mode_is_tried_for_real(mode: ExecutionMode) -> None:
    """What comes back is what held in a process that was confined."""
    found = try_out(UNLIMITED, mode)
    assert found.refusal is None
    assert found.isolation is not None
    assert found.isolation.mode == mode
    assert found.isolation.seccomp


def test_a_refusal_is_told(tmp_path: Path) -> None:
    """Workers that would not start say why."""
    settings = UNLIMITED.model_copy(update={"input_folders": (tmp_path / "gone",)})
    found = try_out(settings, ExecutionMode.READ_ONLY)
    assert found.isolation is None
    assert "gone" in (found.refusal or "")


def test_what_is_found_needs_no_remedy() -> None:
    """Each probe says what there is, and only one that misses something says what would help."""
    found = probes()
    assert len({probe.name for probe in found}) == len(found)
    for probe in found:
        assert probe.value
        assert (probe.remedy is None) == probe.found
