"""Reads files for another process: a descriptor and a question in, what is in the file out.

Started as a module with the number of a socket and the folder of the files; each question and each
answer is a line of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import MissingDependencyError
from ...models.session import ExecutionMode
from ...policy.sandbox.confinement import Confinement
from ...policy.sandbox.confining import confine
from .describing import FOREIGN, read
from .source import Source
from .stream import FileStream

IDLE = 30.0
"""Seconds without a question after which the process ends; the next question starts another."""
MEMORY = 2 * 2**30
"""Bytes that it may take beyond what it has at the beginning."""
_QUESTION = 64 * 2**10
_GRACE = 5.0
"""Seconds that an answer may be late; the other side ends this process before, if it is there."""


def main() -> None:
    """Answer until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit()
    _confine(Path(sys.argv[2]))
    with socket.socket(fileno=int(sys.argv[1])) as link:
        link.settimeout(IDLE)
        try:
            while question := _question(link):
                with _ending_after(question[0]["seconds"] + _GRACE):
                    answer = _answer(*question)
                link.sendall(answer.encode() + b"\n")
        except (TimeoutError, ConnectionError):
            return


@contextmanager
def _ending_after(seconds: float) -> Iterator[None]:
    """The system ends this process if it takes longer: whoever asked may be gone by then."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


def _question(link: socket.socket) -> tuple[dict[str, Any], int] | None:
    """None when the other side has gone."""
    data, descriptors, _, _ = socket.recv_fds(link, _QUESTION, 1)
    while data and not data.endswith(b"\n"):
        data += link.recv(_QUESTION)
    return (json.loads(data), descriptors[0]) if data else None


def _answer(question: dict[str, Any], descriptor: int) -> str:
    size = question["size"]
    with FileStream(descriptor, 0, size) as stream:
        source = Source(stream, question["name"], size)
        kind, form = question["kind"], question["format"]
        try:
            contents = read(FOREIGN[kind], source, kind, form)
        except MissingDependencyError as error:
            return json.dumps({"missing": str(error)})
    return contents.model_dump_json()


def _limit() -> None:
    """Memory; no file may be written; no core is left behind."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415

    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for kind, value in (
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))


def _confine(folder: Path) -> None:
    """As far as this host can: nothing but the files of the notebook can be read, and nothing sent.

    SQLite opens by name; all others read the descriptor that they are given.
    """
    confine(Confinement(mode=ExecutionMode.READ_ONLY, readable=(folder,), isolation="best_effort"))


if __name__ == "__main__":
    main()
