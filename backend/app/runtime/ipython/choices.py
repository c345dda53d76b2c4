"""What a notebook has chosen of IPython's options: by `%config`, `%precision`, `%pprint`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from traitlets import TraitError
from traitlets.config import Configurable

Chosen = dict[str, dict[str, Any]]
"""Name of a class -> its options that were set, with their values."""
_PLAIN = (str, int, float, bool, type(None))


class Choices:
    """Notes each option when it is set, so that to ask for them costs nothing.

    Args:
        configurables: those whose options are noted; each of a class of its own.
    """

    def __init__(self, configurables: Iterable[Configurable]) -> None:
        self.chosen: Chosen = {}
        self._owners = {type(each).__name__: each for each in configurables}
        for owner in self._owners.values():
            owner.observe(self._note, list(owner.traits(config=True)))

    def repeat(self, chosen: Mapping[str, Mapping[str, Any]]) -> None:
        """Set the options that were set in another process, as far as there still are such."""
        for owner, options in chosen.items():
            for name, value in options.items():
                if owner in self._owners and self._owners[owner].has_trait(name):
                    try:
                        setattr(self._owners[owner], name, value)
                    except TraitError:
                        pass

    def _note(self, change: Any) -> None:
        if _is_plain(change.new):
            options = self.chosen.setdefault(type(change.owner).__name__, {})
            options[change.name] = change.new


def _is_plain(value: Any) -> bool:
    """Whether it means the same in another process."""
    if isinstance(value, dict):
        return all(map(_is_plain, (*value, *value.values())))
    if isinstance(value, list | tuple | set):
        return all(map(_is_plain, value))
    return type(value) in _PLAIN
