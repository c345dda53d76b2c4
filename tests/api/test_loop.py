"""The loop that serves."""

from __future__ import annotations

import asyncio
import errno
import os
import selectors

import pytest

from nbengine.api.loop import open_loop
from tests.api.site import Site


def test_it_answers_where_epoll_has_nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell could see to that, of any notebook in a worker."""

    def register(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if hasattr(selectors, "EpollSelector"):
        monkeypatch.setattr(selectors.EpollSelector, "register", register)
    site = Site.opened()
    try:
        assert site.client().get("/api/notebooks").status_code == 200
    finally:
        site.close()


def test_it_is_pythons_own() -> None:
    """Uvloop would end the whole process then."""
    loop = open_loop()
    assert type(loop).__module__.partition(".")[0] == asyncio.__name__
    loop.close()
