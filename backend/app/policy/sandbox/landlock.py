"""Landlock: the kernel's rules on which files a process may reach.

Source of names and numbers: linux/landlock.h and the kernel's userspace-api/landlock documentation.

Every right that the kernel's version knows is handled, so that whatever no rule grants is refused.
What it does not see, and the filter of system calls has to: times, modes, owners and attributes of
files, whether a file is there, sockets other than TCP, descriptors that were opened before.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...runtime.ordinary_file import settled
from .kernel import PATH_ONLY, call, machine

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1

RUN = 1 << 0
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE = 1 << 4 | 1 << 5
_MAKE_DIR, _MAKE_FILE, _MAKE_SOCKET, _MAKE_FIFO, _MAKE_LINK = (1 << n for n in (7, 8, 9, 10, 12))
_REFER, _TRUNCATE, _DEVICE, _RESOLVE_UNIX = (1 << n for n in (13, 14, 15, 16))

READ = _READ_FILE | _READ_DIR
DEVICE = _READ_FILE | _WRITE_FILE | _TRUNCATE
TERMINAL = READ | DEVICE | _DEVICE
WRITE = (
    READ | _WRITE_FILE | _REMOVE | _MAKE_DIR | _MAKE_FILE | _MAKE_SOCKET | _MAKE_FIFO | _MAKE_LINK
) | (_REFER | _TRUNCATE)
_OF_FILE = RUN | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE | _RESOLVE_UNIX

_FILE_RIGHTS = {1: (1 << 13) - 1, 2: _REFER, 3: _TRUNCATE, 5: _DEVICE, 9: _RESOLVE_UNIX}
"""What each version brought."""
_TCP = 1 | 2
_SCOPES = 1 | 2
"""Abstract sockets and signals stay among those who are confined alike."""
TRUNCATION, NETWORK, SCOPES, SOCKETS = 3, 4, 6, 9
"""First version that rules the truncation of files, TCP, signals, sockets that lie in folders."""


@dataclass(frozen=True)
class Rule:
    """What may be done with a file, or with everything in a folder."""

    path: Path
    rights: int
    needed: bool = False
    """Whether it is an error that there is no such path; else it is passed over."""
    pinned: bool = False
    """Whether the path is held open: a rule is forgotten with the file that `/proc` made up."""
    resolved: bool = False
    """Whether no part of its path was a link: one that is now leads elsewhere, and is an error."""


def version() -> int:
    """Of the kernel's file rules; 0 where there are none, or they are switched off."""
    if not machine():
        return 0
    try:
        return call(_CREATE_RULESET, 0, 0, _VERSION)
    except OSError:
        return 0


class Ruleset:
    """Rules that hold nobody until they are put in force.

    Args:
        abi: what `version` said.
        network: whether TCP is left alone.

    Raises:
        OSError: the kernel refused it.
    """

    def __init__(self, abi: int, *, network: bool) -> None:
        self._handled = sum(rights for since, rights in _FILE_RIGHTS.items() if since <= abi)
        tcp = 0 if network or abi < NETWORK else _TCP
        scopes = _SCOPES if abi >= SCOPES else 0
        length = 24 if abi >= SCOPES else 16 if abi >= NETWORK else 8
        given = ctypes.create_string_buffer(struct.pack("3Q", self._handled, tcp, scopes))
        self._descriptor = call(_CREATE_RULESET, ctypes.addressof(given), length, 0)
        self._known: dict[Rule, tuple[int, int]] = {}
        """Device and number of the file that each rule was added for; a rule holds both."""

    def add(self, rules: Iterable[Rule]) -> None:
        """Add rules to those that there are; what is known and still the same file is passed over.

        Raises:
            OSError: a path that is needed cannot be opened, or the kernel refused.
        """
        for rule in rules:
            if not self._is_known(rule):
                self._add(rule)

    def enforce(self) -> None:
        """Hold this thread, and all that it starts, to the rules for ever.

        Raises:
            OSError: the kernel refused it.
        """
        try:
            call(_RESTRICT_SELF, self._descriptor, 0)
        finally:
            os.close(self._descriptor)

    def close(self) -> None:
        """They are not wanted."""
        os.close(self._descriptor)

    def _is_known(self, rule: Rule) -> bool:
        try:
            return rule in self._known and self._known[rule] == _identity(rule.path.stat())
        except OSError:
            return False

    def _add(self, rule: Rule) -> None:
        try:
            descriptor = (settled if rule.resolved else os.open)(rule.path, PATH_ONLY)
        except OSError:
            if rule.needed:
                raise
            return
        found = os.fstat(descriptor)
        is_folder = stat.S_ISDIR(found.st_mode)
        rights = rule.rights & self._handled & (-1 if is_folder else _OF_FILE)
        beneath = ctypes.create_string_buffer(struct.pack("=Qi", rights, descriptor))
        try:
            call(_ADD_RULE, self._descriptor, _PATH_BENEATH, ctypes.addressof(beneath), 0)
            self._known[rule] = _identity(found)
        finally:
            if not rule.pinned:
                os.close(descriptor)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino
