"""Rules on fitted models."""

from __future__ import annotations

import math

from ....runtime.wording import plural
from ..evidence import Evidence, Size
from .rule import Finding, finding, rule

ONE = 1 - 1e-12
"""From here on a number differs from one by rounding only."""

CONDITION_LIMIT = 1e8
"""Beyond it half of the sixteen digits of a float are lost in solving for the coefficients."""

RESCALE = (
    "Rescale the predictors: centre them and divide by their standard deviations, before taking "
    "powers or products of them."
)


@rule(
    "r-squared-one",
    description="The coefficient of determination is exactly 1.",
    remedy="Real data are never without scatter: check whether the target, or a copy of it, is "
    "among the predictors, or whether there are as many parameters as observations.",
)
def r_squared_one(seen: Evidence) -> Finding | None:
    """Silent where there are fewer samples than parameters, which is said elsewhere."""
    if seen.size and lacking(seen.size):
        return None
    told = [f"{name} = 1" for name, value in seen.r_squared if value >= ONE]
    return finding(seen, "the fit is perfect to the last digit", told)


@rule(
    "ill-conditioned",
    description="The condition number of the design matrix is over 10⁸.",
    remedy="Bring the predictors to comparable units (centre and scale them); if it stays, drop "
    "or combine those that repeat one another, such as a full set of dummies beside a constant.",
)
def ill_conditioned(seen: Evidence) -> Finding | None:
    """Silent where there are fewer samples than parameters, which makes any matrix singular.

    Units alone can make the number large; whether predictors depend on one another shows once
    every column has unit length (van der Sluis 1969; Belsley, Kuh and Welsch 1980).
    """
    if seen.size and lacking(seen.size):
        return None
    number = seen.condition
    if number is None or not number > CONDITION_LIMIT:
        return None
    known = f"{number:.1e}" if number < 1e15 else "beyond what a float can tell from infinity"
    scaled = seen.scaled
    if scaled and scaled.condition <= CONDITION_LIMIT and scaled.ratio >= 10:
        return Finding(
            f"{seen.who}: the columns of the design matrix differ in scale by "
            f"10^{math.log10(scaled.ratio):.0f}; its condition number is {known}, and "
            f"{scaled.condition:.1e} once they are scaled to unit length.",
            remedy=RESCALE,
        )
    units = "" if scaled else " or differ greatly in scale"
    return Finding(
        f"{seen.who}: the predictors are nearly linearly dependent{units}, the condition number "
        f"of the design matrix is {known}."
    )


@rule(
    "too-few-samples",
    description="A fit without penalty has fewer samples than parameters.",
    remedy="Collect more data, use fewer predictors, or a penalised fit such as ridge or lasso.",
)
def too_few_samples(seen: Evidence) -> Finding | None:
    """As many samples as parameters is not fewer: such a fit shows as R² of 1."""
    size = seen.size
    if size is None or not lacking(size):
        return None
    samples = "fewer samples" if size.samples is None else plural(size.samples, "sample")
    than = "than the" if size.samples is None else "for"
    return Finding(
        f"{seen.who}: {samples} {than} {plural(size.parameters, 'parameter')}, so that many "
        "different estimates fit equally well."
    )


@rule(
    "not-converged",
    description="An iterative fit stopped before it converged.",
    remedy="Raise the limit of iterations, scale the inputs, give better starting values or "
    "simplify the model; do not interpret these estimates.",
)
def not_converged(seen: Evidence) -> Finding | None:
    """Whatever the library itself recorded about its iterations."""
    end = seen.convergence
    if end is None or end.converged:
        return None
    after = "" if end.iterations is None else f" after {plural(end.iterations, 'iteration')}"
    return Finding(f"{seen.who}: the fit stopped{after} without converging.")


@rule(
    "perfect-separation",
    description="A binary model predicts every observation with certainty.",
    remedy="The estimates run off to infinity: look for a predictor that gives the outcome away, "
    "or use a penalised (Firth, ridge) fit.",
)
def perfect_separation(seen: Evidence) -> Finding | None:
    """Complete separation only; its likelihood has no maximum."""
    if not seen.separated:
        return None
    return Finding(f"{seen.who}: the predictors separate the two outcomes perfectly.")


def lacking(size: Size) -> bool:
    """Whether there are fewer samples than parameters."""
    return size.samples is None or size.samples < size.parameters
