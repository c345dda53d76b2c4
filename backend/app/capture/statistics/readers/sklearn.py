"""Fitted scikit-learn estimators, searches over them and pipelines that end in one."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

from ..evidence import Column, Convergence, Evidence, Origin, Size
from .reader import ancestors, integer, library_of, named, number, numbered, numbers

ITERATIVE = frozenset(
    "ARDRegression BayesianRidge ElasticNet ElasticNetCV FactorAnalysis FastICA GammaRegressor "
    "GraphicalLasso GraphicalLassoCV HuberRegressor IterativeImputer Lasso LassoCV LinearSVC "
    "LinearSVR LogisticRegression LogisticRegressionCV MLPClassifier MLPRegressor "
    "MultiTaskElasticNet MultiTaskElasticNetCV MultiTaskLasso MultiTaskLassoCV NMF Perceptron "
    "PoissonRegressor SGDClassifier SGDRegressor TweedieRegressor".split()
)
"""Classes that warn themselves on reaching `max_iter`; for others it is the way to end."""

SEARCHES = frozenset(
    "GridSearchCV RandomizedSearchCV HalvingGridSearchCV HalvingRandomSearchCV".split()
)


def read(value: Any, origin: Origin) -> Iterator[Evidence]:
    """A fitted estimator; of a pipeline its last step, of a search also its best estimator."""
    if _is_estimator(value):
        yield from _Searched.of(value, origin)
        held = vars(value)
        if "best_estimator_" in held:
            yield from read(held["best_estimator_"], origin)
        elif "Pipeline" in ancestors(value) and held.get("steps"):
            yield from read(held["steps"][-1][1], origin)
        else:
            yield _Fitted(value, origin)


def _is_estimator(value: object) -> bool:
    return library_of(type(value)) == "sklearn" and hasattr(value, "__dict__")


class _Fitted(Evidence):
    """One estimator, read from what its fit stored on it; an unfitted one says nothing."""

    def __init__(self, estimator: Any, origin: Origin) -> None:
        super().__init__(f"{type(estimator).__name__} fit", origin)
        self.held: dict[str, Any] = vars(estimator)
        self.classes = ancestors(estimator)

    @property
    def estimates(self) -> Column:
        """Coefficients and intercepts."""
        return [
            *numbered("coefficient", _dense(self.held.get("coef_"))),
            *numbered("intercept", _dense(self.held.get("intercept_"))),
        ]

    @property
    def condition(self) -> float | None:
        """Of ordinary least squares, from the singular values that it keeps."""
        singular = self._singular
        if not singular:
            return None
        return max(singular) / min(singular) if min(singular) > 0 else math.inf

    @property
    def size(self) -> Size | None:
        """Ordinary least squares has as many singular values as the lesser of rows and columns."""
        features = integer(self.held.get("n_features_in_"))
        if not features or not self._singular or len(self._singular) >= features:
            return None
        return Size(len(self._singular), features)

    @property
    def _singular(self) -> list[float]:
        if "LinearRegression" not in self.classes or self.held.get("positive"):
            return []
        found = self.held.get("singular_")
        return [] if found is None else numbers(found)

    @property
    def convergence(self) -> Convergence | None:
        """A flag of the estimator's own, or that it used up its iterations."""
        if "converged_" in self.held:
            done = integer(self.held.get("n_iter_"))
            return Convergence(bool(self.held["converged_"]), done)
        if "fit_status_" in self.held:
            return Convergence(not self.held["fit_status_"])
        return self._used_up()

    def _used_up(self) -> Convergence | None:
        done, limit = self.held.get("n_iter_"), integer(self.held.get("max_iter"))
        if done is None or limit is None or limit < 1 or not self.classes & ITERATIVE:
            return None
        if "tol" in self.held and self.held["tol"] is None:
            return None
        most = max(numbers(done) if hasattr(done, "ravel") else [number(done)])
        return Convergence(most < limit, integer(most))

    @property
    def groups(self) -> Column:
        """Training samples per class, where the classifier counted them."""
        counts, classes = self.held.get("class_count_"), self.held.get("classes_")
        if counts is None or classes is None or getattr(counts, "ndim", 0) != 1:
            return ()
        return named((f"class {label}" for label in classes.tolist()), counts)


class _Searched(Evidence):
    """The scores of a cross-validated search."""

    @classmethod
    def of(cls, value: Any, origin: Origin) -> Iterator[_Searched]:
        """Nothing unless the value is a fitted search."""
        if ancestors(value) & SEARCHES and "cv_results_" in vars(value):
            yield cls(value, origin)

    def __init__(self, search: Any, origin: Origin) -> None:
        super().__init__(type(search).__name__, origin)
        self.search = search
        self.held: dict[str, Any] = vars(search)

    @property
    def estimates(self) -> Column:
        """Mean scores: one that is not a number comes from fits that failed."""
        scores = self.held["cv_results_"].get("mean_test_score")
        return () if scores is None else numbered("mean score of candidate", scores)

    @property
    def r_squared(self) -> Column:
        """The best score, where it is one of a regressor by its default measure."""
        regressor = sys.modules["sklearn.base"].is_regressor(self.held["estimator"])
        if not regressor or self.held.get("scoring") not in (None, "r2"):
            return ()
        return [("best cross-validated R²", number(self.held.get("best_score_")))]


def _dense(value: Any) -> Any:
    return value if hasattr(value, "ravel") else [] if value is None else [value]
