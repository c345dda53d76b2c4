"""Whose snapshot it is: HMAC-SHA256 with a key that lies outside of every workspace."""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ..errors import StorageError
from .disk import Disk
from .failures import told

_KEY_BYTES = 32
_ALGORITHM = "sha256"


@dataclass(frozen=True)
class NotebookKey:
    """Signs for one notebook only: what a process may have that runs what nobody has read."""

    notebook_id: str
    secret: bytes
    id: bytes
    """Of the user's key. Tells keys apart and gives nothing away."""

    def of(self, notebook_id: str) -> NotebookKey:
        """Itself.

        Raises:
            StorageError: it is asked for another notebook.
        """
        if notebook_id != self.notebook_id:
            raise StorageError(f"Only the key of notebook {self.notebook_id!r} can be had here.")
        return self


@dataclass(frozen=True)
class UserKey:
    """Signs for every notebook of a user."""

    secret: bytes

    def of(self, notebook_id: str) -> NotebookKey:
        """The key of one notebook, from which the user's cannot be found out."""
        scope = f"nbengine snapshot 1\0{notebook_id}".encode()
        secret = hmac.digest(self.secret, scope, _ALGORITHM)
        return NotebookKey(
            notebook_id, secret, hmac.digest(self.secret, b"nbengine key", _ALGORITHM)[:8]
        )


Key = UserKey | NotebookKey


class Signer:
    """Signs what belongs to one notebook; nothing signed for another one holds here."""

    def __init__(self, key: NotebookKey) -> None:
        self._secret = key.secret
        self.key_id = key.id

    def sign(self, body: bytes, before: bytes | None) -> bytes:
        """Signature of `body` that comes after what has the signature `before`."""
        chain = b"\1" + before if before else b"\0"
        return hmac.digest(self._secret, chain + body, _ALGORITHM)

    def holds(self, signature: bytes, body: bytes, before: bytes | None) -> bool:
        """Whether `sign` gave this signature for the same."""
        return hmac.compare_digest(signature, self.sign(body, before))


def load_key(path: Path) -> UserKey:
    """The user's key; made where there is none, by exactly one of those that ask at once.

    Raises:
        StorageError: it cannot be read or made, is no key, or others may read it.
    """
    with told(f"The signing key {path} cannot be had"):
        try:
            key, mode = _read(path)
        except FileNotFoundError:
            _make(path)
            key, mode = _read(path)
    if len(key) != _KEY_BYTES:
        raise StorageError(f"The signing key {path} is none: it has {len(key)} bytes.")
    if os.name == "posix" and mode & 0o077:
        raise StorageError(f"The signing key {path} can be read by others: chmod 600 it.")
    return UserKey(key)


def _read(path: Path) -> tuple[bytes, int]:
    """What the file holds, and who may do what with it."""
    with path.open("rb", buffering=0) as file:
        return file.readall(), os.fstat(file.fileno()).st_mode


def _make(path: Path) -> None:
    """Written whole beside its place and linked there, which fails if another one was faster."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}-{secrets.token_hex(6)}")
    disk = Disk()
    try:
        with disk.create(scratch) as file:
            disk.write(file, 0, secrets.token_bytes(_KEY_BYTES))
            disk.sync(file)
        path.hardlink_to(scratch)
    except FileExistsError:
        pass
    finally:
        scratch.unlink(missing_ok=True)
