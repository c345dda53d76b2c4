"""`str.format` whose replacement fields read attributes as the cell itself may."""

from __future__ import annotations

import _string  # type: ignore[import-not-found]  # how `string.Formatter` takes fields apart
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .refusal import refuse

Reader = Callable[[Any, Any], Any]


def check_template(text: str) -> None:
    """Refuse a text for others to format whose fields look into what they are given.

    Raises:
        ReadOnlyError: one has an attribute or an item.
    """
    try:
        fields = [part for part in _string.formatter_parser(text) if part[1] is not None]
    except ValueError:
        return  # it is no such text
    for _, name, specification, _ in fields:
        if not set(name).isdisjoint(".["):
            raise refuse(f"The field {name!r} in a text to be formatted")
        check_template(specification)


class SafeFormat(string.Formatter):
    """Formats as strings do themselves.

    Args:
        read: reads an attribute under guard.
    """

    def __init__(self, read: Reader) -> None:
        self._read = read

    def get_field(
        self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[Any, Any]:
        first, rest = _string.formatter_field_name_split(field_name)
        value = self.get_value(first, args, kwargs)
        for is_attribute, part in rest:
            value = self._read(value, part) if is_attribute else value[part]
        return value, first

    def method(self, text: Any, name: str) -> Callable[..., str]:
        """What stands for `text.format`, `text.format_map`, or these of the type `str`."""
        if isinstance(text, type):
            return self.format_map if name == "format_map" else self.format
        if name == "format_map":
            return lambda mapping: self.vformat(text, (), mapping)
        return lambda *args, **kwargs: self.vformat(text, args, kwargs)

    def format_map(self, text: str, mapping: Mapping[str, Any]) -> str:
        """`str.format_map`."""
        return self.vformat(text, (), mapping)
