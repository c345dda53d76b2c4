"""A notebook's own folder in the workspace: `<workspace>/<id>/{data,artifacts,state,results}`."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from ...errors import StorageError
from ...runtime.wording import reason

RESULTS = "results"
_STATE = "state"


def hand_over(old: Path, new: Path) -> None:
    """Give what is in one notebook's folder to another, but for its state, which is signed for it.

    Raises:
        StorageError: something cannot be moved.
    """
    if not old.is_dir():
        return
    try:
        new.mkdir(parents=True, exist_ok=True)
        for part in old.iterdir():
            if part.name != _STATE:
                shutil.move(part, new / part.name)
        shutil.rmtree(old)
    except OSError as error:
        raise StorageError(f"{old} cannot be moved to {new}: {reason(error)}.") from error


def copy_results(old: Path, new: Path) -> None:
    """Give another notebook the same results.

    Raises:
        StorageError: they cannot be copied.
    """
    try:
        if (old / RESULTS).is_dir():
            (new / RESULTS).mkdir(parents=True, exist_ok=True)
            for path in (old / RESULTS).iterdir():
                with suppress(FileNotFoundError):  # another one has taken its place
                    shutil.copy2(path, new / RESULTS / path.name)
    except OSError as error:
        raise StorageError(f"{old / RESULTS} cannot be copied: {reason(error)}.") from error
