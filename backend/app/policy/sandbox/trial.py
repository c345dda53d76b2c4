"""Confine a process for real, and tell what came of it: `python -m nbengine.policy.sandbox.trial`.

Reads a `Confinement` from standard input, prints `Outcome`, both as JSON.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ...errors import NbengineError
from ...models.session import ExecutionMode, Isolation
from ...settings import Settings
from .confinement import Confinement
from .confining import confine
from .control_groups import make_group


class Outcome(BaseModel):
    """What this host holds a worker to in a mode."""

    model_config = ConfigDict(frozen=True)

    mode: ExecutionMode
    isolation: Isolation | None = None
    """What holds; None if it was refused."""
    refusal: str | None = None
    """Why workers do not start in this mode."""


def try_out(settings: Settings, mode: ExecutionMode) -> Outcome:
    """Start a process, confine it as a worker is with these settings, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        limits = settings.memory_limit, settings.process_limit
        try:
            group = make_group(f"nbengine-trial-{os.getpid()}", *limits)
        except OSError:
            group = None
        try:
            asked = Confinement.chosen(settings, mode, writable=(Path(folder),), group=group)
            return _carried_out(asked)
        except NbengineError as error:
            return Outcome(mode=mode, refusal=str(error))
        finally:
            if group is not None:
                group.remove()


def _carried_out(asked: Confinement) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-P", "-m", __name__],
        input=asked.model_dump_json(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.splitlines() or [f"exit code {done.returncode}"])[-1]
        return Outcome(mode=asked.mode, refusal=f"The process failed: {last}")
    return Outcome.model_validate_json(done.stdout)


def _main() -> None:
    asked = Confinement.model_validate_json(sys.stdin.read())
    try:
        outcome = Outcome(mode=asked.mode, isolation=confine(asked))
    except NbengineError as error:
        outcome = Outcome(mode=asked.mode, refusal=str(error))
    sys.stdout.write(outcome.model_dump_json())


if __name__ == "__main__":
    _main()
