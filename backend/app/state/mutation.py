"""Which variables changed in place: what is stored of them now beside what was before."""

from __future__ import annotations

from .records import GroupRecord


def is_mutated(before: GroupRecord, now: GroupRecord, *, is_alike: bool) -> bool:
    """Whether a variable that stands for the same object as before has another content.

    Of a group of several variables, whose buffers are known together, one counts for all.

    Args:
        before: of the group that it was in.
        now: of the one that it is in.
        is_alike: whether the pickle of the variable by itself, its buffers aside, is as it was.
    """
    if not is_alike:
        return list(before.digests()) != list(now.digests())
    chunks = {chunk for buffer in now.buffers for chunk in buffer.chunks}
    return any(not chunks.issuperset(buffer.chunks) for buffer in before.buffers)
