"""Python warnings that libraries really raise, told apart by what they are about."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize
import scipy.stats
import statsmodels.api as sm
from sklearn.feature_selection import f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_score
from sklearn.model_selection import StratifiedKFold

from nbengine.capture.statistics.recognise import (
    CLASSES,
    OPENINGS,
    REMEDIES,
    Trouble,
    trouble_of,
)


def origin_of(warning: warnings.WarningMessage) -> str | None:
    """The module that a warning was attributed to, by its file."""
    path = warning.filename.partition("site-packages/")[2]
    return path.removesuffix(".py").replace("/", ".") or "__main__"


def raised(provoke: Callable[[], Any]) -> list[Trouble | None]:
    """What each warning of a call is about."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        provoke()
    assert caught, "no warning was raised"
    return [trouble_of(w.category, str(w.message), origin_of(w)) for w in caught]


def separated() -> None:
    """Fit an outcome that a predictor gives away."""
    x = np.arange(20.0)
    sm.GLM(x > 9, sm.add_constant(x), family=sm.families.Binomial()).fit()


def short_summary() -> None:
    """Summarise a fit of fewer points than its tests are made for."""
    x = np.array([1.0, 2, 4, 3, 5])
    sm.OLS(x**2 + 1 / x, sm.add_constant(x)).fit().summary()


def failing_fit() -> None:
    """Fit a curve that does not depend on one of its parameters."""
    scipy.optimize.curve_fit(lambda t, a, b: a + 0 * b * t, [1.0, 2, 3], [1.0, 2, 4])


x = np.arange(12.0)
PROVOKED: dict[str, tuple[Callable[[], Any], Trouble]] = {
    "numpy invalid": (lambda: np.log(np.array([-1.0])), "finite"),
    "numpy divide": (lambda: np.ones(2) / np.zeros(2), "finite"),
    "numpy overflow": (lambda: np.exp(np.array([1e4])), "finite"),
    "numpy empty": (lambda: np.zeros(0).mean(), "samples"),
    "numpy freedom": (lambda: np.var(np.ones(1), ddof=1), "samples"),
    "numpy all-nan": (lambda: np.nanmax(np.array([np.nan])), "finite"),
    "numpy covariance": (
        lambda: np.random.default_rng(0).multivariate_normal([0, 0], [[1, 2], [2, 1]]),
        "conditioning",
    ),
    "numpy rank": (lambda: np.polyfit([1.0, 1.0, 1.0], [1, 2, 3], 2), "conditioning"),
    "scipy constant": (lambda: scipy.stats.pearsonr(np.ones(9), np.arange(9.0)), "degenerate"),
    "scipy small": (lambda: scipy.stats.ttest_ind([], [2.0]), "samples"),
    "scipy range": (lambda: scipy.stats.shapiro(np.ones(9)), "degenerate"),
    "scipy precision": (lambda: scipy.stats.skew(np.ones(9)), "degenerate"),
    "scipy optimise": (failing_fit, "convergence"),
    "scipy condition": (
        lambda: scipy.linalg.solve(scipy.linalg.hilbert(14), np.ones(14)),
        "conditioning",
    ),
    "statsmodels separation": (separated, "separation"),
    "statsmodels samples": (short_summary, "samples"),
    "sklearn convergence": (
        lambda: LogisticRegression(max_iter=1).fit(x[:, None] * [1, 9], x % 3 > 0),
        "convergence",
    ),
    "sklearn metric": (lambda: precision_score([0, 1], [0, 0]), "degenerate"),
    "sklearn classes": (
        lambda: list(StratifiedKFold(5).split(x, [0] * 9 + [1] * 3)),
        "samples",
    ),
    "sklearn constant": (lambda: f_classif(np.c_[x, np.ones(12)], x > 5), "degenerate"),
}


@pytest.mark.parametrize("case", PROVOKED)
def test_a_librarys_warning_about_the_data_is_statistical(case: str) -> None:
    """What the library really raises is recognised for what it is about."""
    provoke, trouble = PROVOKED[case]
    assert trouble in raised(provoke)


@pytest.mark.parametrize(
    "category, message, module",
    [
        (UserWarning, "X does not have valid feature names", "sklearn.base"),
        (FutureWarning, "Mean of empty slice will change", "numpy"),
        (DeprecationWarning, "invalid value encountered", "numpy"),
        (RuntimeWarning, "coroutine 'f' was never awaited", "__main__"),
        (UserWarning, "Mean of empty slice is what I expected", "my_package.module"),
        (UserWarning, "the mean of empty slice", None),
    ],
)
def test_other_warnings_are_pythons(category: type[Warning], message: str, module: str) -> None:
    """Usage, deprecation, a user's own, and messages that only resemble a library's."""
    assert trouble_of(category, message, module) is None


def test_numpys_warnings_are_known_whoever_called_it() -> None:
    """NumPy's warning is attributed to pandas, to a package of the user's, or to the cell."""
    for module in ("pandas.core.nanops", "my_package", "__main__", None):
        assert trouble_of(RuntimeWarning, "invalid value encountered in log", module) == "finite"


def test_subclasses_are_known_by_their_base() -> None:
    """A class that a user derives from a library's is still about the same."""

    class Mine(scipy.stats.ConstantInputWarning):  # type: ignore[misc]
        pass

    assert trouble_of(Mine, "", None) == "degenerate"


def test_a_user_class_of_the_same_name_is_not_the_librarys() -> None:
    """The package it comes from counts, not the name alone."""

    class ConvergenceWarning(UserWarning):
        pass

    assert trouble_of(ConvergenceWarning, "slow", None) is None


def test_every_trouble_has_its_remedy() -> None:
    """No table names a trouble that has no sentence."""
    named = {*CLASSES.values(), *(t for rows in OPENINGS.values() for _, t in rows)}
    assert named == REMEDIES.keys()
    assert all(remedy.endswith(".") for remedy in REMEDIES.values())
