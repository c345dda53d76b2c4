"""What a process does of its confinement before it is known whose it will be, and in which mode."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from ...models.session import ExecutionMode
from ...settings import Settings
from . import landlock, namespaces, places, privileges
from .confinement import Confinement
from .landlock import Rule, Ruleset


class Scope(NamedTuple):
    """What the rules on the system's own files depend on."""

    abi: int
    """Version of the kernel's file rules."""
    processes: bool
    network: bool


@dataclass(frozen=True)
class Beginning:
    """What is done already, and need not be done again."""

    namespaces: frozenset[str] = frozenset()
    """Those that the process has of its own."""
    gains_nothing: bool = False
    """Whether no program can give it privileges any more."""
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


def begin(settings: Settings) -> Beginning:
    """Do what this process, which has one thread, will want in any mode.

    Nothing is said here of what cannot be had: who confines it tries again, and tells.
    """
    if sys.platform != "linux":
        return Beginning()
    modes = [Confinement.chosen(settings, mode) for mode in ExecutionMode]
    try:
        own = _enter(frozenset.intersection(*(frozenset(asked.namespaces) for asked in modes)))
        privileges.gain_none()
        abi = landlock.version()
        scopes = {Scope(abi, asked.processes, asked.network) for asked in modes if abi}
        return Beginning(own, True, {scope: _ruleset(scope) for scope in scopes})
    except OSError as error:
        return Beginning(failure=error)


def _enter(wanted: frozenset[str]) -> frozenset[str]:
    """Those that could be had."""
    if namespaces.closed_by() is None:
        with suppress(PermissionError):
            namespaces.enter(wanted)
            return wanted
    return frozenset()


def _ruleset(scope: Scope) -> Ruleset:
    ruleset = Ruleset(scope.abi, network=scope.network)
    ruleset.add(_on_the_system(processes=scope.processes))
    return ruleset


def _on_the_system(*, processes: bool) -> Iterator[Rule]:
    """What every worker reads, if it stays the same for as long as one may wait."""
    read = landlock.READ | (landlock.RUN if processes else 0)
    yield from (Rule(path, read) for path in places.installed())
    for path in (*places.kernel_facts(), *places.devices()):
        yield Rule(path, landlock.READ)
    yield Rule(places.NOWHERE, landlock.DEVICE)
