"""Sockets for another process."""

from __future__ import annotations

import errno
import os
import selectors
import socket
from pathlib import Path
from threading import get_ident

import pytest

from nbengine.engines import nursery, passing
from nbengine.engines.process import ProcessEngine
from nbengine.errors import WorkerStartError
from tests.engines.conformance import Notebook


def test_pairs() -> None:
    """What is said on one end of each comes out of the other."""
    ours, theirs = passing.pairs(2)
    for number, (near, far) in enumerate(zip(ours, theirs, strict=True)):
        with near, far:
            near.sendall(bytes([number]))
            assert far.recv(2) == bytes([number])


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """Those that this thread makes, of which there is one pair; others start workers meanwhile."""
    made: list[socket.socket] = []
    make, me = socket.socketpair, get_ident()

    def pair() -> tuple[socket.socket, socket.socket]:
        if get_ident() != me:
            return make()
        if made:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        made.extend(make())
        return made[0], made[1]

    monkeypatch.setattr(socket, "socketpair", pair)
    return made


def test_too_few_pairs(ends: list[socket.socket]) -> None:
    """None is left open."""
    with pytest.raises(OSError, match="Too many open files"):
        passing.pairs(2)
    assert [end.fileno() for end in ends] == [-1, -1]


def test_an_engine_that_can_have_none(
    shared_engine: ProcessEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who wants a worker is told in one sentence, and what can be had later is had."""
    notebook = Notebook(shared_engine)
    notebook("1")
    shared_engine.hibernate(notebook.id)
    spares = shared_engine._workers._spares
    monkeypatch.setattr(spares, "at_hand", lambda: None)

    def pairs(_count: int) -> object:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(nursery, "pairs", pairs)
        with pytest.raises(WorkerStartError, match=r"^No worker can be started: .*Too many open"):
            notebook("2")
    assert notebook("3").status == "ok"
    shared_engine.hibernate(notebook.id)


@pytest.mark.skipif(not hasattr(selectors, "EpollSelector"), reason="needs epoll")
def test_where_epoll_has_nothing_left(
    shared_engine: ProcessEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What cells of one user can use up together, no engine needs: others begin all the same."""

    def register(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(selectors.EpollSelector, "register", register)
    notebook = Notebook(shared_engine)
    assert notebook("import os\nos.system('echo 1')").stdout == "1\n"
    shared_engine.hibernate(notebook.id)
    with ProcessEngine(workspace_dir=tmp_path / "workspace", key_file=tmp_path / "key") as other:
        assert Notebook(other).value("1 + 1") == "2"
