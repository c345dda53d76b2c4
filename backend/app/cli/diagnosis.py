"""What this host can promise of cells that nobody has read, and how it looks in a terminal."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from pydantic import BaseModel, ConfigDict
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..engines.starters import Method, start_method
from ..models.session import ExecutionMode
from ..policy.sandbox.probes import Probe, probes
from ..policy.sandbox.trial import Outcome, try_out
from ..settings import load_settings

_LIBRARIES = (
    "nbengine", "numpy", "pandas", "matplotlib", "plotly", "ipython", "pydantic", "RestrictedPython"
)  # fmt: skip

_IN_PROCESS = (
    "A guard rail: cells share the caller's process. Notebooks are kept apart and read_only code "
    "is checked, but nothing holds code that means harm."
)
_STARTS: dict[Method, str] = {
    "fork": "forked from a warm parent",
    "spawn": "a fresh interpreter",
}
_PROCESS = (
    "Each notebook has a process of its own, {}: whatever becomes of it, the caller lives. What "
    "does not end in time is killed, and another process goes on with what was saved."
)


class Diagnosis(BaseModel):
    """Everything that `nbengine doctor` finds out."""

    model_config = ConfigDict(frozen=True)

    python: str
    versions: dict[str, str | None]
    """Of the libraries; None where one is not installed."""
    probes: list[Probe]
    in_process: str
    """What that level promises, on every host."""
    process_start: Method
    """How that level starts its processes."""
    process: list[Outcome]
    """What that level holds cells to, tried out in each mode."""

    @property
    def is_whole(self) -> bool:
        """Whether workers start in every mode, and nothing of it is missing."""
        return all(each.isolation and not each.isolation.missing for each in self.process)


def diagnosis() -> Diagnosis:
    """What there is here, with the settings that hold here."""
    settings = load_settings()
    return Diagnosis(
        python=f"{platform.python_implementation()} {platform.python_version()}",
        versions={name: _version(name) for name in _LIBRARIES},
        probes=probes(),
        in_process=_IN_PROCESS,
        process_start=start_method(settings),
        process=[try_out(settings, mode) for mode in ExecutionMode],
    )


def view(found: Diagnosis) -> RenderableType:
    """The same for a reader."""
    named = (f"{name} {number or 'missing'}" for name, number in found.versions.items())
    return Group(
        Text(", ".join((found.python, *named))),
        _probes(found.probes),
        Text("Level in_process", style="bold"),
        Text(found.in_process + "\n"),
        Text("Level process", style="bold"),
        Text(_PROCESS.format(_STARTS[found.process_start]) + "\n"),
        *(_outcome(each) for each in found.process),
    )


def _probes(found: list[Probe]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("", "what", "here", "what would give the rest"):
        table.add_column(column, overflow="fold")
    for each in found:
        mark = Text("✓", style="green") if each.found else Text("✗", style="red")
        table.add_row(mark, each.name, Text(each.value), Text(each.remedy or ""))
    return table


def _outcome(of: Outcome) -> Text:
    if of.isolation is None:
        return Text(f"✗ {of.mode}: no cell runs. {of.refusal}", style="red")
    held = of.isolation
    layers = ["source policy", "audit net"] * (of.mode is ExecutionMode.READ_ONLY)
    layers += [f"Landlock {held.landlock_abi}"] * bool(held.landlock_abi)
    layers += ["system calls filtered"] * held.seccomp
    layers += [f"namespaces {' '.join(held.namespaces)}"] * bool(held.namespaces)
    layers += [f"memory by {held.memory_limit_by}"] * bool(held.memory_limit_by)
    mark, style = ("!", "yellow") if held.missing else ("✓", "green")
    told = ", ".join(layers) or "a process of its own"
    return Text("\n  ".join((f"{mark} {of.mode}: {told}.", *held.missing)), style)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
