"""Counts, and what the operating system says, in words."""

from __future__ import annotations


def plural(count: int, noun: str) -> str:
    """A count with its noun: "1 group", "3 groups"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def reason(error: OSError) -> str:
    """What the operating system says is wrong, in the middle of a sentence."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
