"""Classic BPF: the little programs by which the kernel judges system calls.

Source of numbers: linux/bpf_common.h, linux/seccomp.h, linux/audit.h. The program sees the number
of a call, the processor that it was made for, and its six arguments; not what these point at.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_IF_EQUAL, _IF_AT_LEAST = 0x15, 0x35
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000

Instruction = tuple[int, int, int, int]
"""Operation, instructions to skip if it holds, and if it does not, operand."""


@dataclass(frozen=True)
class Condition:
    """One condition on an argument's lower 32 bits, or with `upper` on the others."""

    argument: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF
    among: bool = True
    """Whether the masked argument has to be among the values, or must not be."""
    upper: bool = False


@dataclass(frozen=True)
class Refusal:
    """Calls that fail, unless all conditions hold; without conditions they always do."""

    calls: tuple[str, ...]
    unless: tuple[Condition, ...] = ()
    error: int = errno.EPERM


def blocks(refusals: Iterable[Refusal], numbers: Mapping[str, int]) -> bytes:
    """A part of a program, that stands wherever it is put; calls without a number are left out."""
    part: list[Instruction] = []
    for refusal in refusals:
        body = list(_judged(refusal))
        for name in refusal.calls:
            if name in numbers:
                part += [(_IF_EQUAL, 0, len(body), numbers[name]), *body]
    return _packed(part)


def program(parts: Iterable[bytes], machine: str, last: int) -> bytes:
    """The whole, as the kernel takes it: what no part refuses is allowed.

    Calls for another kind of processor fail, and so do those above `last`, as if they were not
    there: nobody has looked at what they do.

    Raises:
        KeyError: nothing is known of this machine.
    """
    head = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        _fail(errno.EPERM),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, 0, 1, last + 1),
        _fail(errno.ENOSYS),
    ]
    return _packed(head) + b"".join(parts) + _packed([(_RETURN, 0, 0, _ALLOW)])


def _packed(instructions: Iterable[Instruction]) -> bytes:
    return b"".join(struct.pack("=HBBI", *each) for each in instructions)


def _judged(refusal: Refusal) -> Iterator[Instruction]:
    """What is done about a call: it always ends in a verdict."""
    for test in refusal.unless:
        yield _LOAD, 0, 0, _ARGUMENTS + 8 * test.argument + 4 * test.upper
        if test.mask != 0xFFFFFFFF:
            yield _AND, 0, 0, test.mask
        yield from _compared(test, refusal.error)
    yield (_RETURN, 0, 0, _ALLOW) if refusal.unless else _fail(refusal.error)


def _compared(test: Condition, error: int) -> Iterator[Instruction]:
    for left, value in zip(reversed(range(len(test.values))), test.values, strict=True):
        if test.among:
            yield _IF_EQUAL, left + 1, 0, value
        else:
            yield _IF_EQUAL, left, 0 if left else 1, value
    yield _fail(error)


def _fail(error: int) -> Instruction:
    return _RETURN, 0, 0, _ERROR | error
