"""What a worker is confined to, as its engine says it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from ...models.session import ExecutionMode
from ...settings import Settings
from .control_groups import ControlGroup
from .limits import Limits


class Confinement(BaseModel):
    """What a worker may do from now on. Travels as JSON: `model_dump_json`, `model_validate_json`.

    Python's installation, the system's libraries and what they ask of the kernel are always
    readable, and nothing else is that is not named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: ExecutionMode
    readable: tuple[Path, ...] = ()
    """Files, and folders with all that is in them. They exist."""
    writable: tuple[Path, ...] = ()
    """Folders in which everything may be done. They exist."""
    resolved: tuple[Path, ...] = ()
    """Those of these folders of whose paths no part is a link; if one is after all, somebody has
    put it there meanwhile, and the worker has no such folder."""
    closed: tuple[Path, ...] = ()
    """Files and folders that no folder of Python's modules may hold: all of that is readable."""
    temporary_folder: Path | None = None
    """Writable too, and the place of temporary files."""
    processes: bool = False
    """Whether other programs and processes may be started."""
    network: bool = False
    """Whether the internet's protocols may be spoken."""
    isolation: Literal["required", "best_effort"] = "required"
    """Whether a host that cannot hold all of it is an error, or a word in `Isolation.missing`."""
    limits: Limits = Limits()
    group: ControlGroup | None = None
    """The control group that was made for the worker, which it joins."""

    @model_validator(mode="after")
    def _read_only_is_alone(self) -> Self:
        if self.mode is ExecutionMode.READ_ONLY and (self.processes or self.network):
            raise ValueError("read_only knows no processes and no network")
        return self

    @classmethod
    def chosen(
        cls,
        settings: Settings,
        mode: ExecutionMode,
        *,
        readable: tuple[Path, ...] = (),
        writable: tuple[Path, ...] = (),
        resolved: tuple[Path, ...] = (),
        temporary_folder: Path | None = None,
        group: ControlGroup | None = None,
    ) -> Self:
        """What the settings say of a mode."""
        may_more = mode is not ExecutionMode.READ_ONLY
        return cls(
            mode=mode,
            readable=(*readable, *settings.input_folders),
            writable=writable,
            resolved=resolved,
            closed=(settings.workspace_dir.absolute(), settings.key_file),
            temporary_folder=temporary_folder,
            processes=may_more and settings.allow_processes,
            network=may_more and settings.allow_network,
            isolation=settings.isolation,
            limits=limits_of(settings),
            group=group,
        )

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """All that may be written."""
        return self.writable + ((self.temporary_folder,) if self.temporary_folder else ())

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Those that the worker is to have of its own, as far as the host lets it."""
        names = ("user", "ipc") + (() if self.network else ("net",))
        return names if self.mode is ExecutionMode.READ_ONLY else (*names, "mnt")


def limits_of(settings: Settings) -> Limits:
    """What the settings say of limits."""
    return Limits(
        memory_bytes=settings.memory_limit,
        cpu_seconds=settings.cpu_limit,
        file_bytes=settings.file_size_limit,
        processes=settings.process_limit,
        open_files=settings.open_file_limit,
    )
