"""Plain Python values that only make sense as results: tuples, dicts and numbers of known form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..evidence import Column, Evidence, Origin
from .given import score, tests
from .numpy import CurveFit, is_curve_fit
from .reader import number, numbered, numbers
from .roles import role_of

FIT_RECORD = {"nfev", "fvec"}
"""Keys of the record that `curve_fit(full_output=True)` returns beside its result."""


def read(value: Any, origin: Origin) -> Iterator[Evidence]:
    """Results of `curve_fit` and `cross_validate`, lists of p values, a number called R²."""
    kind = type(value)
    if kind is tuple:
        yield from _of_tuple(value, origin)
    elif kind is dict:
        yield from _of_dict(value, origin)
    elif kind is list and role_of(origin.name) == "p_value":
        yield from tests(numbers(value), len(value), origin)
    elif kind is float and role_of(origin.name) == "r_squared" and origin.name != "r2":
        yield from score(value, origin)


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
