"""Fitted statsmodels results: linear, generalized, discrete, mixed, robust and time series."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from ..evidence import Bound, Column, Convergence, Evidence, Origin, PValues, Scaled, Size
from .reader import CONSTANTS, OBSERVATIONS, WORK, ancestors, integer, named, number, numbers

ON_THE_BOUNDARY = 1e-6
"""A random effect's share of the residual variance that is zero for all that matters."""
CERTAIN = 1e-6
"""Mean negative log-likelihood or deviance of a binary model that is never in doubt."""
LINEAR_PREDICTORS = ("regression", "genmod", "discrete", "robust")
"""Packages whose models solve for the coefficients of a design matrix."""


def read(value: Any, origin: Origin) -> Iterator[Evidence]:
    """A result of a fit: whatever has a model and its parameters; left as it was once judged."""
    raw = getattr(value, "_results", value)
    with unchanged(raw):
        if hasattr(raw, "params") and hasattr(raw, "model"):
            yield Fit(raw, origin)


class Fit(Evidence):
    """One result, without the wrapper that labels its arrays."""

    def __init__(self, raw: Any, origin: Origin) -> None:
        super().__init__(f"{type(raw.model).__name__} fit", origin)
        self.raw = raw
        self.classes = ancestors(raw)

    @cached_property
    def names(self) -> Sequence[str]:
        """The parameters' names, as many as the model knows."""
        known = getattr(getattr(self.raw.model, "data", None), "param_names", None)
        return [str(name) for name in known or self.raw.model.exog_names]

    @property
    def estimates(self) -> Column:
        """Parameters, and their standard errors where the fit has a covariance."""
        found = list(named(self.names, self.raw.params))
        if self._has_errors:
            found += named(self.names, self.raw.bse, "standard error of ")
        return found

    @property
    def bounds(self) -> Sequence[Bound]:
        """Variances of random effects that were estimated as zero."""
        if "MixedLMResults" not in self.classes:
            return ()
        covariance = getattr(self.raw.cov_re, "values", self.raw.cov_re)
        variances = numbers(covariance.diagonal())
        names = [f"variance of {name}" for name in self.raw.model.data.exog_re_names]
        limit = ON_THE_BOUNDARY * self.raw.scale
        found = [*zip(names, variances, strict=False), *self._components()]
        return [Bound(name, value, "lower") for name, value in found if value <= limit]

    def _components(self) -> Column:
        names = (f"variance of {name}" for name in self.raw.model.exog_vc.names)
        return named(names, self.raw.vcomp)

    @cached_property
    def r_squared(self) -> Column:
        """Of least-squares fits up to a million samples."""
        if "RegressionResults" not in self.classes or "QuantRegResults" in self.classes:
            return ()
        return [("R²", number(self.raw.rsquared))] if self._is_small else ()

    @property
    def condition(self) -> float | None:
        """From the singular values that the fit kept, else computed if that is little work."""
        known = getattr(self.raw.model, "wexog_singular_values", None)
        if known is not None and "RegularizedResults" not in self.classes:
            return _ratio(numbers(known))
        return None if self._design is None else _condition(self._design)

    @property
    def scaled(self) -> Scaled | None:
        """A column of zeros, which has no length, makes the predictors dependent."""
        if self._design is None:
            return None
        lengths = sys.modules["numpy"].linalg.norm(self._design, axis=0)
        if not lengths.min() > 0:
            return Scaled(math.inf, math.inf)
        return Scaled(
            _condition(self._design / lengths) or math.inf, number(lengths.max() / lengths.min())
        )

    @property
    def _design(self) -> Any:
        """The design matrix that was solved for, where its singular values are little work."""
        design = getattr(self.raw.model, "wexog", getattr(self.raw.model, "exog", None))
        if design is None or getattr(self.raw, "normalized_cov_params", None) is None:
            return None
        package = type(self.raw).__module__.split(".")[1]
        if package not in LINEAR_PREDICTORS or design.size * design.shape[1] > WORK:
            return None
        return design

    @property
    def size(self) -> Size | None:
        """Observations and free parameters; penalised fits know no observations."""
        if self._samples is None:
            return None
        return Size(self._samples, len(numbers(self.raw.params)))

    @property
    def convergence(self) -> Convergence | None:
        """As the optimiser recorded it."""
        record = _mapping(getattr(self.raw, "mle_retvals", None))
        converged = getattr(self.raw, "converged", record.get("converged"))
        if converged is None:
            return None
        return Convergence(bool(converged), integer(record.get("iterations")))

    @property
    def separated(self) -> bool:
        """Likelihood of one (Logit, Probit), or no deviance (binomial GLM)."""
        if type(self.raw.model).__name__ in ("Logit", "Probit"):
            record = _mapping(getattr(self.raw, "mle_retvals", None))
            return number(record.get("fopt")) < CERTAIN
        binomial = type(getattr(self.raw, "family", None)).__name__ == "Binomial"
        if not binomial or not self._is_small or not self._samples:
            return False
        return number(self.raw.deviance) / self._samples < CERTAIN

    @property
    def p_values(self) -> PValues | None:
        """Of the terms of the model, the constant apart."""
        if not self._has_errors:
            return None
        found = named(self.names, self.raw.pvalues)
        terms = [(name, p) for name, p in found if name not in CONSTANTS]
        return PValues(terms, len(terms))

    @cached_property
    def _samples(self) -> int | None:
        return integer(getattr(self.raw, "nobs", None))

    @property
    def _is_small(self) -> bool:
        """Whether a pass over the residuals is cheap enough."""
        return (self._samples or 0) <= OBSERVATIONS

    @property
    def _has_errors(self) -> bool:
        """Whether standard errors exist; they rest on the residuals."""
        return self._is_small and getattr(self.raw, "normalized_cov_params", None) is not None


@contextmanager
def unchanged(raw: Any) -> Iterator[None]:
    """Take back what reading lazy attributes stored in the result, residuals for instance."""
    held, cache = dict(vars(raw)), dict(_mapping(vars(raw).get("_cache")))
    try:
        yield
    finally:
        for name in vars(raw).keys() - held.keys():
            del vars(raw)[name]
        if isinstance(held.get("_cache"), dict):
            held["_cache"].clear()
            held["_cache"].update(cache)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _condition(design: Any) -> float | None:
    return _ratio(numbers(sys.modules["numpy"].linalg.svd(design, compute_uv=False)))


def _ratio(singular: list[float]) -> float | None:
    if not singular:
        return None
    return max(singular) / min(singular) if min(singular) > 0 else math.inf
