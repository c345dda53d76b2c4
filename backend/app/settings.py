"""Every limit and choice of the engine in one frozen object.

Read once, first found wins: arguments, environment `NBENGINE_<NAME>`, then `nbengine.toml` or the
table `[tool.nbengine]` of `pyproject.toml` in the working folder or the nearest one above it.
"""

import difflib
import logging
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from .errors import InvalidSettingError

PREFIX = "NBENGINE_"
TOKEN_VARIABLE = "NBENGINE_TOKEN"
"""No setting: settings can be printed, and the token of `nbengine serve` never is."""

_log = logging.getLogger("nbengine.settings")


def default_workspace() -> Path:
    """`backend/notebook_workspace` in a checkout, the user's data folder when installed."""
    checkout = Path(__file__).resolve().parent.parent / "notebook_workspace"
    if (checkout / "README.md").is_file():
        return checkout
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "nbengine" / "notebook_workspace"


def default_key_file() -> Path:
    """In the user's configuration folder, outside of every workspace."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA", Path.home() / "AppData" / "Roaming"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "nbengine" / "snapshots.key"


def _names(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _folders(value: object) -> object:
    return value.split(os.pathsep) if isinstance(value, str) else value


def _or_none(value: object) -> object:
    """Neither the environment nor TOML can say None otherwise."""
    return None if value == "none" else value


Limit = Annotated[int | None, BeforeValidator(_or_none)]


class Settings(BaseModel):
    """Limits and choices. Sizes are characters or bytes as named, times are seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    workspace_dir: Path = Field(default_factory=default_workspace)
    """Root of everything the engine keeps: `<root>/<notebook_id>/{state,data,artifacts}`."""
    snapshots: bool = True
    """Save a notebook's variables after each successful cell, and bring them back at the first."""
    durability: Literal["process", "power", "deferred"] = "process"
    """What a saved state survives: the end of the process, or a power failure too; or `deferred`,
    so that results do not wait for it: a kill may cost the last cell."""
    snapshot_count: Limit = Field(default=1_000, ge=2)
    """Snapshots that a notebook keeps, about: the newest ones; None keeps all."""
    snapshot_age: Annotated[float | None, BeforeValidator(_or_none)] = Field(default=None, gt=0)
    """Seconds after which a snapshot may go; None keeps them whatever their age."""
    snapshot_bytes: Limit = Field(default=None, ge=1)
    """Bytes that a notebook's state may take up: older snapshots make room, and what does not fit
    then is not saved; None sets no limit."""
    pickle_seconds: float = Field(default=30.0, gt=0)
    """Seconds that one variable may take to be pickled, or to come back; else it is left out."""
    pickle_bytes: int = Field(default=2**30, ge=100_000)
    """Bytes that the pickle of one variable may have, large buffers (arrays) aside."""
    key_file: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        default_factory=default_key_file
    )
    """Key of this user, with which snapshots are signed; made when it is first needed."""
    worker_count: int = Field(default=32, ge=1)
    """Worker processes of the `process` engine that may live at a time."""
    spare_workers: int = Field(default=2, ge=0)
    """Workers that it keeps ready."""
    worker_start: Literal["auto", "fork", "spawn"] = "auto"
    """How they begin: by `fork` from a warm parent, where the system is Linux, or by `spawn` as
    fresh interpreters; `auto` takes what the system has."""
    queue_length: int = Field(default=1_000, ge=0)
    """Callers that may wait for a worker."""
    idle_timeout: float = Field(default=600.0, gt=0)
    """Seconds after which a notebook that nobody uses is saved and its worker ended."""
    worker_environment: Annotated[frozenset[str], BeforeValidator(_names)] = frozenset()
    """Environment variables that workers get besides the few that every program needs."""
    open_notebooks: int = Field(default=64, ge=1)
    """Notebooks that a server holds in memory, about: those used last, and those that run."""
    event_count: int = Field(default=2_000, ge=100)
    """Events of a notebook that can be sent again to a reader who comes back."""
    event_bytes: int = Field(default=4 * 2**20, ge=0)
    """Bytes that those events may hold together, beside the last one."""
    cell_queue_length: int = Field(default=1_000, ge=1)
    """Cells of one notebook that may wait to be run."""
    allowed_hosts: Annotated[frozenset[str], BeforeValidator(_names)] = frozenset()
    """Names that the server answers to beside `localhost` and addresses in figures; `*` for all."""
    body_limit: int = Field(default=64 * 2**20, ge=1_000)
    """Bytes of one request to the server, files aside."""
    body_timeout: float = Field(default=60.0, gt=0)
    """Seconds within which they have to come."""
    event_heartbeat: float = Field(default=15.0, gt=0)
    """Seconds of silence after which a stream of events says that it is still there."""
    request_rate: Annotated[float | None, BeforeValidator(_or_none)] = Field(default=1_000.0, gt=0)
    """Requests a second that one client may send on average; None sets no limit."""
    request_concurrency: int = Field(default=512, ge=1)
    """Requests of one client that may be answered at a time: streams, and what waits for a cell,
    are some of them."""
    open_metrics: bool = False
    """Whether a server's metrics can be read without its token."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What a server logs: with `debug`, requests that only read, too."""
    telemetry: bool = False
    """Whether a server traces requests and executions with OpenTelemetry; so it does if an
    `OTEL_…` variable of the environment names an exporter of traces."""
    own_descriptors: bool = False
    """Capture descriptors 1 and 2 too, so that output of C code and child processes is seen."""
    interrupt_grace: float = Field(default=2.0, gt=0)
    """Seconds that a cell has to end after an interrupt before its notebook is quarantined."""
    output_interval: float = Field(default=0.01, ge=0)
    """Seconds over which written text is gathered into one event for `on_output`."""
    stream_limit: int = Field(default=1_000_000, ge=1_000, le=2**60)
    """Characters of one stream of one cell that are kept in the result (beginning and end)."""
    display_limit: int = Field(default=100_000_000, ge=1_000, le=2**60)
    """Bytes of all displays of one cell that are kept in the result."""
    output_count_limit: int = Field(default=10_000, ge=10)
    """Outputs of one cell that are kept in the result."""
    history_length: int = Field(default=100, ge=1)
    """Entries of `In`, `Out` and `_N` that a notebook remembers."""
    history_bytes: int = Field(default=64 * 2**20, ge=0)
    """Bytes that the values in `Out` may hold together, beside the last three."""
    record_count: int = Field(default=200, ge=1)
    """Ended executions that can still be asked for."""
    record_bytes: int = Field(default=64 * 2**20, ge=0)
    """Bytes that those records may hold together, beside the last one."""
    figure_format: Literal["png", "retina", "svg", "jpeg"] = "png"
    """How Matplotlib figures are drawn; `retina` is a PNG of twice the dots."""
    figure_cut: bool = True
    """Whether the picture of a figure ends where nothing more is drawn, or is the whole canvas."""
    figure_dpi: float | None = Field(default=None, gt=0, le=2400)
    """Dots per inch of PNG figures; None takes each figure's own."""
    text_limit: int = Field(default=1_000_000, ge=1_000)
    """Characters of the plain text of a shown value."""
    table_rows: int = Field(default=100, ge=1)
    """Rows in the preview of a table."""
    table_columns: int = Field(default=100, ge=1)
    """Columns in the preview of a table."""
    table_count: int = Field(default=20, ge=0)
    """Tables listed for one cell."""
    table_bytes: int = Field(default=256 * 2**20, ge=0)
    """Bytes that tables which were shown, and that no variable holds, may take up in a notebook, so
    that they can be paged through: the oldest go first."""
    table_handles: int = Field(default=100, ge=1)
    """As many of them are kept at most."""
    assistance_timeout: float = Field(default=1.0, gt=0, le=60)
    """Seconds in which completion and inspection answer, with less where more would take longer."""
    warning_limit: int = Field(default=100, ge=1)
    """Different warnings listed for one cell."""
    isolation: Literal["required", "best_effort"] = "required"
    """Whether a host that cannot hold workers to their mode refuses to run cells, or runs them
    knowingly weaker."""
    input_folders: Annotated[tuple[Path, ...], BeforeValidator(_folders)] = ()
    """Folders beside their own that confined notebooks may read."""
    allow_processes: bool = True
    """Whether confined cells that may write may start programs and processes too."""
    allow_network: bool = False
    """Whether confined cells that may write may reach the network too."""
    memory_limit: Limit = Field(default=4 * 2**30, ge=2**20, le=2**60)
    """Bytes that a worker may take beyond what it starts with; None sets no limit."""
    cpu_limit: Limit = Field(default=None, ge=1, le=2**30)
    """Seconds of processor time that a worker may use; None sets no limit."""
    cell_cpu_limit: Annotated[float | None, BeforeValidator(_or_none)] = Field(
        default=None, gt=0, le=2**30
    )
    """Seconds of processor time that a worker may use for one cell; None sets no limit."""
    file_size_limit: Limit = Field(default=None, ge=2**20, le=2**60)
    """Bytes of the longest file that a worker may write; None sets no limit."""
    disk_limit: Limit = Field(default=None, ge=2**20, le=2**60)
    """Bytes that a notebook's folder and its temporary files may take up before a cell begins that
    may write; None sets no limit."""
    process_limit: Limit = Field(default=512, ge=4, le=2**22)
    """Processes and threads that a worker may have; None sets no limit, and
    so does the word `none` here and in the other limits."""
    open_file_limit: Limit = Field(default=1_024, ge=64)
    """Open files of one process of a worker; None leaves what the system sets."""
    upload_limit: Limit = Field(default=2 * 2**30, ge=1)
    """Bytes of one uploaded file; None sets no limit."""
    upload_expiry: float = Field(default=86_400.0, gt=0)
    """Seconds after which an upload that nobody went on with may go."""
    data_quota: Limit = Field(default=10 * 2**30, ge=1)
    """Bytes that the files of a notebook may have together before uploads are refused; what cells
    write is counted, not refused; None sets no limit."""
    statistical_rules_off: Annotated[frozenset[str], BeforeValidator(_names)] = frozenset()
    """Ids of statistical rules that are not to run; `all` switches the scan off."""


def load_settings(
    environ: Mapping[str, str] | None = None, folder: Path | None = None, **given: Any
) -> Settings:
    """Settings from arguments, environment and file.

    A name in the environment that is none of ours is logged and passed over, because others may
    have put it there: an orchestrator names `NBENGINE_PORT` what it knows of a service `nbengine`.

    Raises:
        InvalidSettingError: a name is unknown or a value unusable; the message says where it was
            read.
    """
    environ = os.environ if environ is None else environ
    merged: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for source, values in (
        _from_file(folder or Path.cwd()),
        ("environment", _from_environment(environ)),
        ("arguments", given),
    ):
        merged |= values
        origin |= dict.fromkeys(values, source)
    try:
        return Settings(**merged)
    except ValidationError as error:
        raise InvalidSettingError(_sentence(error, origin)) from None


def chosen_settings(settings: Settings | None, overrides: Mapping[str, Any]) -> Settings:
    """Those that were given, else those of environment and file; single ones by name win.

    Raises:
        InvalidSettingError: as `load_settings`.
    """
    if settings is None:
        return load_settings(**overrides)
    return load_settings(**{**settings.model_dump(), **overrides}) if overrides else settings


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    for variable in environ:
        if variable.startswith(PREFIX) and variable not in {*known, TOKEN_VARIABLE}:
            nearest = _nearest(variable.removeprefix(PREFIX).lower())
            _log.warning(
                "%s in the environment is no setting and is passed over%s.",
                variable,
                f"; the nearest is {PREFIX}{nearest.upper()}" if nearest else "",
            )
    return {name: environ[variable] for variable, name in known.items() if variable in environ}


def _nearest(name: str) -> str:
    """The setting that may be meant, or nothing."""
    return next(iter(difflib.get_close_matches(name, Settings.model_fields, n=1)), "")


def _from_file(folder: Path) -> tuple[str, dict[str, Any]]:
    for place in (folder, *folder.parents):
        for path, keys in (
            (place / "nbengine.toml", ()),
            (place / "pyproject.toml", ("tool", "nbengine")),
        ):
            table = _table(path, keys)
            if table is not None:
                return str(path), table
    return "", {}


def _table(path: Path, keys: tuple[str, ...]) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        table: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if keys:
            return None
        raise InvalidSettingError(f"{path} cannot be read as TOML: {error}") from None
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else None


def _sentence(error: ValidationError, origin: Mapping[str, str]) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else "?"
    if first["type"] == "extra_forbidden":
        nearest = f"; the nearest is {near!r}" if (near := _nearest(name)) else ""
        return f"Unknown setting {name!r} in {origin.get(name, 'arguments')}{nearest}."
    return f"Setting {name!r} in {origin.get(name, 'arguments')} is unusable: {first['msg']}."
