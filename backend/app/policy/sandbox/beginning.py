"""What a process does of its confinement before it is known whose it will be."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ...models.session import ExecutionMode
from ...settings import Settings
from . import landlock, limits, namespaces, places, privileges, seccomp
from .confinement import Confinement, limits_of
from .control_groups import ControlGroup
from .landlock import Rule, Ruleset
from .limits import Limits
from .seccomp import Leave


class Scope(NamedTuple):
    """What the rules on the system's own files depend on."""

    abi: int
    """Version of the kernel's file rules."""
    processes: bool
    network: bool


@dataclass(frozen=True)
class Beginning:
    """What is done already, and need not be done again."""

    group: ControlGroup | None = None
    """The one that it is in."""
    namespaces: frozenset[str] = frozenset()
    """Those that the process has of its own."""
    gains_nothing: bool = False
    """Whether no program can give it privileges any more."""
    limits: Limits | None = None
    """Those that hold it already."""
    rulesets: dict[Scope, Ruleset] = field(default_factory=dict)
    """With the rules on the system's files; none is in force."""
    failure: OSError | None = None
    """Why the process is of no use any more."""

    def ruleset(self, scope: Scope) -> Ruleset:
        """The rules on the system's files, to which others may be added; asked for once.

        Raises:
            OSError: the kernel refused it.
        """
        ruleset = self.rulesets.pop(scope, None)
        for other in self.rulesets.values():
            other.close()
        self.rulesets.clear()
        return _ruleset(scope) if ruleset is None else ruleset


def begin(settings: Settings, group: ControlGroup | None = None) -> Beginning:
    """Do what this process, which has one thread, will want in any mode.

    Nothing is said here of what cannot be had: who confines it tries again, and tells.

    Args:
        settings: those of the engine.
        group: the control group that it has joined.
    """
    if sys.platform != "linux":
        return Beginning()
    modes = [Confinement.chosen(settings, mode) for mode in ExecutionMode]
    try:
        own = _enter(frozenset.intersection(*(frozenset(asked.namespaces) for asked in modes)))
        privileges.gain_none()
        abi = landlock.version()
        _write_filters(modes, abi)
        scopes = {Scope(abi, asked.processes, asked.network) for asked in modes if abi}
        rulesets = {scope: _ruleset(scope) for scope in scopes}
        held = limits_of(settings)
        limits.apply(held)
        return Beginning(group, own, gains_nothing=True, limits=held, rulesets=rulesets)
    except OSError as error:
        return Beginning(failure=error)


def go_on(begun: Beginning, settings: Settings, mode: ExecutionMode) -> Beginning:
    """Do what this mode wants, too, while the worker's folders are being made."""
    if sys.platform != "linux" or begun.failure is not None:
        return begun
    asked = Confinement.chosen(settings, mode)
    try:
        own = begun.namespaces | _enter(frozenset(asked.namespaces) - begun.namespaces)
        return replace(begun, namespaces=own)
    except OSError as error:
        return replace(begun, failure=error)


def _enter(wanted: frozenset[str]) -> frozenset[str]:
    """Those that could be had."""
    if namespaces.closed_by() is None:
        with suppress(PermissionError):
            namespaces.enter(wanted)
            return wanted
    return frozenset()


def _write_filters(modes: Iterable[Confinement], abi: int) -> None:
    """Those of this process, if it has then what it asks for; none is in force."""
    for asked in modes if seccomp.available() else ():
        for leave in Leave.with_or_without_group(asked, abi):
            seccomp.written(leave, os.getpid())


def _ruleset(scope: Scope) -> Ruleset:
    ruleset = Ruleset(scope.abi, network=scope.network)
    ruleset.add(_on_the_system(processes=scope.processes))
    return ruleset


def _on_the_system(*, processes: bool) -> Iterator[Rule]:
    """What every worker reads."""
    read = landlock.READ | (landlock.RUN if processes else 0)
    yield from (Rule(path, read) for path in places.installed())
    for path in (*places.kernel_facts(), *places.devices(), *places.settings_of_the_system()):
        yield Rule(path, landlock.READ)
    yield Rule(places.NOWHERE, landlock.DEVICE)
