"""Which way of starting workers an engine has: the system decides, or the settings."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import Literal

from ..errors import InvalidSettingError
from ..settings import Settings
from .environment import allowed
from .ground import worker_group
from .launcher import Launcher
from .starter import Starter
from .switchboard import Switchboard

if sys.platform == "linux":
    from .nursery import Nursery

Method = Literal["fork", "spawn"]


def start_method(settings: Settings) -> Method:
    """`fork`, from a warm parent, on Linux, and `spawn`, a fresh interpreter, elsewhere.

    Raises:
        InvalidSettingError: the settings ask for what this system has not.
    """
    has_fork = sys.platform == "linux"
    if settings.worker_start == "fork" and not has_fork:
        raise InvalidSettingError(
            f"Setting 'worker_start' cannot be 'fork' on {sys.platform}: workers are only forked "
            "on Linux. Leave it out, or choose 'spawn'."
        )
    if settings.worker_start != "auto":
        return settings.worker_start
    return "fork" if has_fork else "spawn"


def open_starter(settings: Settings, board: Switchboard) -> Starter:
    """The starter of an engine.

    Args:
        settings: what workers are told, and how they are started.
        board: listens to what the starter says.

    Raises:
        WorkerStartError: the process that forks them cannot be started.
    """
    told = _told(settings)
    environment = allowed(settings.worker_environment)
    group = partial(worker_group, settings)
    if sys.platform == "linux" and start_method(settings) == "fork":
        return Nursery(environment, told, group, board)
    return Launcher(environment, told, group)


def _told(settings: Settings) -> dict[str, object]:
    """What workers are told of the settings."""
    told: dict[str, object] = json.loads(settings.model_dump_json())  # infinities are words there
    return told | {"own_descriptors": sys.platform != "win32"}
