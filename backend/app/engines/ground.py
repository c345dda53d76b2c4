"""What a worker stands on: its folders, its limits, the key of its notebook."""

from __future__ import annotations

import errno
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import StorageError, WorkerStartError
from ..models.session import ExecutionMode
from ..policy.sandbox.confinement import Confinement
from ..policy.sandbox.control_groups import ControlGroup, delegated, make_group
from ..settings import Settings
from ..state.disk import Disk
from ..state.signing import load_key
from .assignment import Assignment
from .disk_quota import DiskQuota
from .ending import Ending
from .liveness import is_alive
from .removal import remove

if sys.platform != "win32":
    import fcntl

_PARTS = ("data", "artifacts", "state")
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EAGAIN)
"""What is wrong with a host that is full, not with one that has no control groups."""
_OWN = "nbengine-"
"""What names of control groups and temporary folders begin with, before the pid of their maker."""


class Ground:
    """Made before a worker starts, and gone after it ended, but for the notebook's own folders.

    Args:
        settings: limits, and the root of all notebooks' folders.
        notebook_id: whose worker it is.
        mode: what its cells may do.
        cwd: the working folder, if not the notebook's own.
        group: the worker's control group.

    Raises:
        StorageError: a folder cannot be made, or there is no key to be had.
    """

    def __init__(
        self,
        settings: Settings,
        notebook_id: str,
        mode: ExecutionMode,
        cwd: str | None,
        group: ControlGroup | None,
    ) -> None:
        self._settings = settings
        self._notebook_id = notebook_id
        self._cwd = cwd
        self._key = load_key(settings.key_file).of(notebook_id)
        data, artifacts, state = self._folders()
        cwd_folder = data if cwd is None else _itself(Path(cwd))
        self._temporary, self._claim = _claimed_folder()
        self.quota = DiskQuota((data.parent, self._temporary), settings.disk_limit)
        engine_own = (artifacts, state)
        reads_only = mode is ExecutionMode.READ_ONLY
        self.confinement = Confinement.chosen(
            settings,
            mode,
            readable=(data, cwd_folder) if reads_only else (),
            writable=engine_own if reads_only else (data, cwd_folder, *engine_own),
            resolved=() if cwd is None else (cwd_folder,),
            temporary_folder=self._temporary,
            group=group,
        )

    @property
    def assignment(self) -> Assignment:
        """What the worker is told of it."""
        return Assignment(
            notebook_id=self._notebook_id,
            cwd=self._cwd,
            secret=self._key.secret.hex(),
            key_id=self._key.id.hex(),
            confinement=self.confinement,
        )

    def explained(self, ending: Ending, group: ControlGroup | None) -> Ending:
        """With the limit that was met, where that can be told."""
        limits = self.confinement.limits
        killed = group is not None and ending.is_killed and group.memory_kills
        if killed and limits.memory_bytes:
            why = f"it took more memory than its limit of {limits.memory_bytes:,} bytes"
            return replace(ending, why=f"{why} (setting `memory_limit`)")
        if ending.signal == "SIGXCPU" and limits.cpu_seconds:
            why = f"it used up its limit of {limits.cpu_seconds:g} s of processor time"
            return replace(ending, why=f"{why} (setting `cpu_limit`)")
        return ending

    def leave(self) -> None:
        """Take away what was only the worker's."""
        remove(self._temporary)
        if self._claim is not None:
            os.close(self._claim)

    def _folders(self) -> list[Path]:
        home = self._settings.workspace_dir.absolute() / self._notebook_id
        folders = [home / part for part in _PARTS]
        try:
            for folder in (home, *folders):
                Disk().make_folder(folder, lasting=self._settings.durability == "power")
                if folder.is_symlink():
                    raise _led_elsewhere(folder)
        except OSError as error:
            raise StorageError(
                f"The folders of notebook {self._notebook_id!r} cannot be made in {home}: "
                f"{error.strerror}. Choose another place with NBENGINE_WORKSPACE_DIR."
            ) from None
        return folders


def _itself(folder: Path) -> Path:
    """The folder, if it is still what it was when its path was resolved.

    Raises:
        StorageError: it is not.
    """
    if folder.resolve() != folder:
        raise _led_elsewhere(folder)
    return folder


def _led_elsewhere(folder: Path) -> StorageError:
    """A link has taken its place: a worker would get what that leads to."""
    return StorageError(
        f"{folder} leads elsewhere, to {folder.resolve()}: a link has taken its place."
    )


def worker_group(settings: Settings) -> ControlGroup | None:
    """The control group of one worker, with the limits of the settings; None where there is none.

    Then the limits of single processes have to do, and `Isolation` says so.

    Raises:
        WorkerStartError: there may be one, but there is no room for it now.
    """
    name = f"{_OWN}{os.getpid()}-{secrets.token_hex(6)}"
    try:
        return make_group(name, settings.memory_limit, settings.process_limit)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            return None
        raise WorkerStartError(
            f"No worker can be started: {error.strerror}, when its control group was made."
        ) from None


def sweep() -> None:
    """Take away what engines that were killed could not: control groups and temporary folders."""
    for place in set(delegated().values()):
        for folder in _orphaned(place.folder):
            ControlGroup((folder,), place.version).remove()
    for folder, _ in _made(Path(tempfile.gettempdir())):
        if (claim := _claim(folder)) is not None:
            remove(folder)
            os.close(claim)


def _claimed_folder() -> tuple[Path, int | None]:
    """A temporary folder, and what keeps it from being swept away for as long as it is open.

    The number of a process would not: in each container it is another one's, and mostly 1.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{_OWN}{os.getpid()}-"))
        claim = _claim(folder)
        if folder.exists():  # nobody has swept it away before it was claimed
            return folder, claim
        if claim is not None:
            os.close(claim)


def _claim(folder: Path) -> int | None:
    """A descriptor that nobody else has as long as it is open; None if somebody has, or on Windows.

    There a folder is left until its maker takes it away.
    """
    if sys.platform != "win32":
        try:
            claim = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(claim)
            return None
        return claim
    return None


def _made(place: Path) -> Iterator[tuple[Path, int]]:
    """What engines have made there, and the process of each."""
    for folder in place.glob(f"{_OWN}*-*"):
        maker = folder.name.removeprefix(_OWN).partition("-")[0]
        if maker.isdigit():
            yield folder, int(maker)


def _orphaned(place: Path) -> Iterator[Path]:
    return (folder for folder, maker in _made(place) if not is_alive(maker))
