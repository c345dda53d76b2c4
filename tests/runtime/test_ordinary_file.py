from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbengine.runtime.ordinary_file import opened

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs links and pipes")


@pytest.mark.parametrize("by_descriptor", [False, True])
def test_only_an_ordinary_file_is_opened(tmp_path: Path, *, by_descriptor: bool) -> None:
    """Not what a link leads to, nor a pipe, which would wait, nor a folder."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "sub").mkdir()
    os.mkfifo(tmp_path / "pipe")
    folder = os.open(tmp_path, os.O_RDONLY) if by_descriptor else None

    def read(name: str) -> bytes:
        descriptor = opened(name if by_descriptor else tmp_path / name, os.O_RDONLY, folder)
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    assert read("file") == b"x"
    for name in ("link", "pipe", "sub"):
        with pytest.raises(FileNotFoundError, match="has taken the place"):
            read(name)
    if folder is not None:
        os.close(folder)
