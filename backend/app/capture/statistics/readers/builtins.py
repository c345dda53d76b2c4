"""Plain Python values that only make sense as results: tuples, dicts and numbers of known form."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ..evidence import Column, Evidence, Origin
from .given import bare_tests, called_p, scores
from .numpy import CurveFit, is_curve_fit
from .reader import ROWS, number, numbered, numbers
from .roles import role_of
from .tables import label_of

FIT_RECORD = {"nfev", "fvec"}
"""Keys of the record that `curve_fit(full_output=True)` returns beside its result."""

SCORES = 50
"""Keys of a dict that are looked at."""


def read(value: Any, origin: Origin) -> Iterator[Evidence]:
    """Results of `curve_fit` and `cross_validate`, p values in a list or dict, scores."""
    kind = type(value)
    if kind is tuple:
        yield from _of_tuple(value, origin)
    elif kind is dict:
        yield from _of_dict(value, origin)
    elif kind is list:
        found = called_p(origin.name, lambda: numbers(value))
        yield from bare_tests(found, len(value), origin)
    elif kind is float and role_of(origin.name) == "r_squared":
        yield from scores([(origin.name or "", value)], origin.cell, origin)


def _of_tuple(value: tuple[Any, ...], origin: Origin) -> Iterator[Evidence]:
    """Of a pair only an infinite covariance, no mean and covariance of someone else's, shows."""
    if len(value) not in (2, 5) or not is_curve_fit(value[0], value[1]):
        return
    whole = len(value) == 5 and type(value[2]) is dict and value[2].keys() >= FIT_RECORD
    if whole or all(number(v) == float("inf") for v in value[1].diagonal()):
        yield CurveFit(value[0], value[1], origin)


def _of_dict(value: dict[Any, Any], origin: Origin) -> Iterator[Evidence]:
    if "fit_time" in value and "score_time" in value:
        yield CrossValidation(value, origin)
    elif found := called_p(origin.name, lambda: numbers(value.values())):
        labels = [label_of(key, place) for place, key in enumerate(islice(value, ROWS), 1)]
        yield from bare_tests(found, len(value), origin, labels)
    else:
        named_so = [(key, number(value[key])) for key in r_squared_keys(value)]
        yield from scores(named_so, value, origin)


def r_squared_keys(value: dict[Any, Any]) -> list[str]:
    """The keys of a small dict that name an R²."""
    return [key for key in islice(value, SCORES) if role_of(key) == "r_squared"]


class CrossValidation(Evidence):
    """What `sklearn.model_selection.cross_validate` gives back."""

    def __init__(self, scores: dict[Any, Any], origin: Origin) -> None:
        super().__init__("Cross-validation", origin)
        self.scores = {k: v for k, v in scores.items() if type(k) is str and k.startswith("test_")}

    @property
    def estimates(self) -> Column:
        """Scores: one that is not a number comes from a fit that failed."""
        return [
            score
            for name, values in self.scores.items()
            for score in numbered(f"{name} of fold", values)
        ]

    @property
    def r_squared(self) -> Column:
        """Only where every fold's is told to be one."""
        folds = self.scores.get("test_r2")
        return () if folds is None or not len(folds) else [("lowest R²", min(numbers(folds)))]
