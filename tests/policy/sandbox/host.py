"""Runs code in forked children of a fresh interpreter, confined or not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbengine.models.session import ExecutionMode
from nbengine.policy.sandbox.confinement import Confinement
from nbengine.policy.sandbox.limits import ENVIRONMENT

PROGRAM = Path(__file__).with_name("host_program.py")
NOBODY = 65534


@dataclass(frozen=True)
class Outcome:
    """What became of a child."""

    status: int
    answer: Any = None
    error: str = ""
    errno: int | None = None
    isolation: dict[str, Any] = field(default_factory=dict)

    @property
    def signal(self) -> int:
        """The signal that ended it, or 0."""
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else 0


class Host:
    """The fresh interpreter."""

    def __init__(self, *preloaded: str) -> None:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", PROGRAM, *preloaded],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment | ENVIRONMENT | {"PYTHONPATH": ""},
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def run(
        self,
        code: str,
        confinement: Confinement | None = None,
        *,
        folder: Path = Path("/"),
        absent: Mapping[str, Any] | None = None,
        user: int | None = None,
        **given: Any,
    ) -> Outcome:
        """Run code in a new child; what it calls `answer` comes back, `given` is a dict there.

        `absent` is what `confine` is told that this host has not.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {
            "code": code,
            "confinement": confinement and confinement.model_dump(mode="json"),
            "folder": str(folder),
            "absent": dict(absent or {}),
            "user": user,
            "given": given,
        }
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Outcome(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@dataclass(frozen=True)
class Ground:
    """Folders of one user: its own, one that it may read, one that it must not reach."""

    root: Path
    own: Path
    input: Path
    outside: Path
    user: int | None

    def confinement(self, mode: str = "read_only", **more: Any) -> Confinement:
        return Confinement(
            mode=ExecutionMode(mode), readable=(self.input,), writable=(self.own,), **more
        )


@contextmanager
def new_ground(user: int | None, within: Path | None = None) -> Iterator[Ground]:
    """Three folders with a file `there` each, whose owner is the user."""
    root = Path(tempfile.mkdtemp(prefix="ground-", dir=within))
    root.chmod(0o755)
    folders = [root / name for name in ("own", "input", "outside")]
    for folder in folders:
        folder.mkdir()
        (folder / "there").write_text("text", encoding="ascii")
        if user is not None:
            os.chown(folder, user, user)
            os.chown(folder / "there", user, user)
    own, input_, outside = folders
    try:
        yield Ground(root, own, input_, outside, user)
    finally:
        shutil.rmtree(root)
