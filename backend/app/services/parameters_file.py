"""Files of parameters: a mapping in JSON or YAML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InvalidInputError, MissingDependencyError
from ..runtime.wording import reason
from .parameters import check_parameter_name


def read_parameters(path: Path) -> dict[str, object]:
    """The values in a `.json`, `.yaml` or `.yml` file, by name; dates of YAML stay text.

    Raises:
        InvalidInputError: the file is missing, unreadable or no mapping of names to values.
        MissingDependencyError: it is YAML, which no library here can read.
    """
    read = _FORMATS.get(path.suffix.lower())
    if read is None:
        raise InvalidInputError(f"Parameters file {path} is neither .json nor .yaml.")
    try:
        given = read(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _unreadable(path, reason(error)) from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"it is not UTF-8 text (byte {error.start})") from None
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error
    return _checked(path, {} if given is None else given)


def _unreadable(path: Path, why: str) -> InvalidInputError:
    return InvalidInputError(f"Parameters file {path} cannot be read: {why}.")


def _checked(path: Path, given: object) -> dict[str, object]:
    if not isinstance(given, dict):
        raise _unreadable(path, "it is not a mapping of names to values")
    return {check_parameter_name(name): value for name, value in given.items()}


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise MissingDependencyError(
            "Parameters in YAML need PyYAML, which is not installed: pip install 'nbengine[yaml]'; "
            "those in a .json file do not"
        ) from None

    try:
        loader = yaml.SafeLoader(text)
        loader.yaml_implicit_resolvers = {
            first: [(tag, form) for tag, form in resolvers if not tag.endswith(":timestamp")]
            for first, resolvers in loader.yaml_implicit_resolvers.items()
        }
        return loader.get_single_data()
    except yaml.YAMLError as error:
        raise ValueError(_fault(error)) from error


def _fault(error: Any) -> str:
    """What a YAML error says, in one line."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(getattr(error, "reason", error))
    return f"{error.problem} at line {mark.line + 1}, column {mark.column + 1}"


_FORMATS: Mapping[str, Callable[[str], Any]] = {
    ".json": json.loads,
    ".yaml": _yaml,
    ".yml": _yaml,
}
