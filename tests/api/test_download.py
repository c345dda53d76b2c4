from __future__ import annotations

import asyncio
import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from nbengine.api.download import file_once
from nbengine.errors import UnknownFileError


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs links and pipes")
def test_what_takes_the_place_of_a_file_is_not_sent(tmp_path: Path) -> None:
    """Neither what a link leads to nor a pipe, which would wait."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "none"):
        with pytest.raises(UnknownFileError, match="removed before it could be sent"):
            file_once(tmp_path / name, "t.csv", "text/csv")


@pytest.mark.skipif(os.name != "posix", reason="an open file cannot be replaced")
def test_what_was_opened_is_sent(tmp_path: Path) -> None:
    """In its own length, whatever takes its place meanwhile."""
    path = tmp_path / "table"
    path.write_text("mine")
    response = file_once(path, "t.csv", "text/csv")
    path.unlink()
    path.write_text("something longer")
    assert response.headers["content-length"] == "4"

    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    asyncio.run(response({"type": "http"}, receive, send))
    assert b"".join(each.get("body", b"") for each in sent) == b"mine"
    assert list(tmp_path.iterdir()) == []
