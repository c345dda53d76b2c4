"""pandas objects that share memory: each still copies before it is changed after a restore."""

from __future__ import annotations

from typing import Any


def reduce_frame(frame: Any) -> Any:
    """A frame or series, without the list of attribute names that all of its class have."""
    reduced = frame.__reduce_ex__(5)
    state = reduced[2] if isinstance(reduced, tuple) and len(reduced) > 2 else None
    names = getattr(type(frame), "_metadata", None)
    if not isinstance(state, dict) or state.get("_metadata") is not names:
        return reduced
    state = {name: value for name, value in state.items() if name != "_metadata"}
    return *reduced[:2], state, *reduced[3:]


def reduce_block(block: Any) -> Any:
    """Columns of one dtype, with the list of those that share their memory."""
    make, args = block.__reduce__()
    return make, args, block.refs, None, None, share_block


def share_block(block: Any, references: Any) -> None:
    """Let a block and those that share its memory know of one another."""
    block.refs = references
    references.add_reference(block)


def reduce_column(manager: Any) -> Any:
    """What holds the one block of a series."""
    return type(manager), (manager.blocks[0], manager.axes[0])


def reduce_index(index: Any) -> Any:
    """An index, with the list of the columns that share its memory."""
    reduced = index.__reduce__()
    references = vars(index).get("_references")
    if references is None or len(reduced) > 3:
        return reduced
    return *reduced[:2], references, None, None, share_index


def share_index(index: Any, references: Any) -> None:
    """Let an index and the columns that share its memory know of one another."""
    index._references = references  # as pandas does it
    references.add_index_reference(index)


def reduce_references(references: Any) -> Any:
    """A list of sharers that is empty until these come back."""
    return type(references), ()
