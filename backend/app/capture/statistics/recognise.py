"""Which Python warnings speak of statistics, known by class and origin, and what to do about each.

A library's own warning class says what happened wherever it was raised, so it decides first. What
comes as a plain UserWarning or RuntimeWarning is known by the fixed opening of the library's
message, a constant of its source; a user's output is never looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Trouble = Literal["convergence", "conditioning", "separation", "samples", "degenerate", "finite"]

REMEDIES: Mapping[Trouble, str] = {
    "convergence": "Raise the limit of iterations, scale the inputs or give better starting "
    "values, and do not interpret the estimates until it converges.",
    "conditioning": "Scale the predictors and drop or combine those that repeat one another; "
    "standard errors do not hold as they are.",
    "separation": "Look for a predictor that gives the outcome away, or use a penalised fit; the "
    "estimates run off to infinity.",
    "samples": "Collect more data, merge small groups, or use a method made for small samples.",
    "degenerate": "Look for constant or identical values in what went in; the result is not "
    "defined for them.",
    "finite": "Look for zeros, missing or infinite values in what went in, and remove or mask "
    "them first.",
}

CLASSES: Mapping[str, Trouble] = {
    "numpy.RankWarning": "conditioning",
    "scipy.BadCoefficients": "conditioning",
    "scipy.ConstantInputWarning": "degenerate",
    "scipy.DegenerateDataWarning": "degenerate",
    "scipy.IntegrationWarning": "convergence",
    "scipy.LinAlgWarning": "conditioning",
    "scipy.LineSearchWarning": "convergence",
    "scipy.MatrixRankWarning": "conditioning",
    "scipy.NearConstantInputWarning": "degenerate",
    "scipy.ODEintWarning": "convergence",
    "scipy.OptimizeWarning": "convergence",
    "scipy.SmallSampleWarning": "samples",
    "scipy.SpecialFunctionWarning": "finite",
    "sklearn.ConvergenceWarning": "convergence",
    "sklearn.FitFailedWarning": "finite",
    "sklearn.PositiveSpectrumWarning": "conditioning",
    "sklearn.UndefinedMetricWarning": "degenerate",
    "statsmodels.CollinearityWarning": "conditioning",
    "statsmodels.ConvergenceWarning": "convergence",
    "statsmodels.DomainWarning": "finite",
    "statsmodels.EstimationWarning": "convergence",
    "statsmodels.HessianInversionWarning": "conditioning",
    "statsmodels.HypothesisTestWarning": "samples",
    "statsmodels.InterpolationWarning": "finite",
    "statsmodels.InvalidTestWarning": "samples",
    "statsmodels.IterationLimitWarning": "convergence",
    "statsmodels.PerfectSeparationWarning": "separation",
    "statsmodels.PrecisionWarning": "conditioning",
    "statsmodels.SingularMatrixWarning": "conditioning",
    "statsmodels.SpecificationWarning": "degenerate",
}
"""Top-level package and class name: the modules between moved from version to version."""

OPENINGS: Mapping[str, tuple[tuple[str, Trouble], ...]] = {
    "numpy": (
        ("invalid value encountered", "finite"),
        ("divide by zero encountered", "finite"),
        ("overflow encountered", "finite"),
        ("Mean of empty slice", "samples"),
        ("Degrees of freedom <= 0", "samples"),
        ("All-NaN slice encountered", "finite"),
        ("All-NaN axis encountered", "finite"),
        ("covariance is not symmetric positive-semidefinite", "conditioning"),
    ),
    "scipy": (
        ("scipy.stats.shapiro: Input data has range zero", "degenerate"),
        ("Precision loss occurred in moment calculation", "degenerate"),
        ("Test statistic not defined in some cases due to division by", "degenerate"),
        ("An input array is constant", "degenerate"),
        ("all input arrays have length 1", "samples"),
        ("kurtosistest", "samples"),
        ("Estimated covariance matrix does not have full rank", "conditioning"),
        ("expect(): sum did not converge", "convergence"),
        ("Computation of the confidence interval did not converge", "convergence"),
    ),
    "sklearn": (
        ("Variables are collinear", "conditioning"),
        ("There are some small singular values", "conditioning"),
        ("The least populated class in y has only", "samples"),
        ("Only one class is present in y_true", "degenerate"),
        ("Features [", "degenerate"),
        ("One or more of the test scores are non-finite", "finite"),
        ("One or more of the train scores are non-finite", "finite"),
        ("Sample weights have reached infinite values", "finite"),
    ),
    "statsmodels": (
        ("omni_normtest is not valid with less than", "samples"),
        ("Inverting hessian failed", "conditioning"),
        ("The test statistic is outside of the range", "finite"),
        ("covariance of constraints does not have full rank", "conditioning"),
        ("The random effects covariance matrix is singular", "degenerate"),
        ("Random effects covariance is singular", "degenerate"),
    ),
}
"""Per package the openings of the messages that have no class of their own."""


def trouble_of(category: type[Warning], message: str, module: str | None) -> Trouble | None:
    """What went wrong, or None for a warning that is not about the statistics of the user's data.

    `module` is the name of the module that the warning was attributed to, if known; NumPy's are
    often attributed to the line of the cell that called it.
    """
    for cls in category.__mro__:
        known = CLASSES.get(f"{cls.__module__.partition('.')[0]}.{cls.__name__}")
        if known is not None:
            return known
    if issubclass(category, (DeprecationWarning, FutureWarning, ImportWarning, ResourceWarning)):
        return None
    return _by_opening(category, message, module)


def _by_opening(category: type[Warning], message: str, module: str | None) -> Trouble | None:
    for package in _packages(category, module):
        for opening, trouble in OPENINGS[package]:
            if message.startswith(opening):
                return trouble
    return None


def _packages(category: type[Warning], module: str | None) -> list[str]:
    """Whose message it may be: the package it was attributed to, any for a line of the cell."""
    if module in (None, "__main__"):
        return list(OPENINGS)
    package = str(module).partition(".")[0]
    # NumPy's own are attributed to whichever library called it.
    callers = ["numpy"] if category is RuntimeWarning else []
    return [package, *callers] if package in OPENINGS else callers
