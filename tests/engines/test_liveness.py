from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nbengine.engines.liveness import has_ended, is_alive
from tests.conftest import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


def test_who_is_not_buried_yet_does_not_run() -> None:
    """Its number is still its own, and a signal would find it."""
    with subprocess.Popen(["true"]) as process:
        until(lambda: has_ended(process.pid))
        os.kill(process.pid, 0)
        assert not is_alive(process.pid)
    assert not is_alive(process.pid)


def test_who_runs() -> None:
    """Whoever asks does, and so does the first process, which is another user's."""
    assert is_alive(os.getpid())
    assert is_alive(1)
    assert not has_ended(os.getpid())
