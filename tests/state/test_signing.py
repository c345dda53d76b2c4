from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbengine.errors import StorageError
from nbengine.state.signing import Signer, UserKey, load_key


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """The first call makes the folder and the key, later ones read it."""
    path = tmp_path / "config" / "key"
    key = load_key(path)
    assert len(key.secret) == 32
    assert load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_all_who_ask_for_the_first_key_at_once_get_the_same(tmp_path: Path) -> None:
    """No two of them make one each."""
    with ThreadPoolExecutor(8) as pool:
        for round in range(20):
            keys = set(pool.map(load_key, [tmp_path / str(round)] * 8))
            assert len(keys) == 1


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """They could sign what this user would run; the message says how to mend it."""
    path = tmp_path / "key"
    load_key(path)
    path.chmod(0o640)
    with pytest.raises(StorageError, match="chmod 600"):
        load_key(path)


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    """A cut file, a folder and a place where nothing can be made: a sentence each."""
    short = tmp_path / "short"
    short.write_bytes(b"x")
    short.chmod(0o600)
    for path, said in (
        (short, "it has 1 bytes"),
        (tmp_path, "is a directory"),
        (short / "key", "not a directory|file exists"),
    ):
        with pytest.raises(StorageError, match=said):
            load_key(path)


def test_a_signature_holds_for_one_key_notebook_content_and_chain() -> None:
    """Whatever of these differs, it does not hold."""
    signer = Signer(UserKey(b"a" * 32).of("n"))
    signature = signer.sign(b"body", b"before")
    assert signer.holds(signature, b"body", b"before")
    assert not signer.holds(signature, b"bodY", b"before")
    assert not signer.holds(signature, b"body", None)
    assert not signer.holds(signature, b"body", b"Before")
    assert not signer.holds(signature, b"beforebody", None)
    assert not Signer(UserKey(b"a" * 32).of("m")).holds(signature, b"body", b"before")
    assert not Signer(UserKey(b"b" * 32).of("n")).holds(signature, b"body", b"before")
    assert (
        Signer(UserKey(b"b" * 32).of("n")).key_id
        != signer.key_id
        == Signer(UserKey(b"a" * 32).of("m")).key_id
    )
