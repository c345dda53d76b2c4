"""Rules on fitted models, on real fits of statsmodels, scikit-learn and SciPy."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
import scipy.optimize
import statsmodels.api as sm
import statsmodels.formula.api as smf
from pandas import DataFrame
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from nbengine.capture.statistics.evidence import Evidence, Origin, Scaled
from nbengine.capture.statistics.rules.fits import ill_conditioned

from .conftest import Find


@pytest.fixture(autouse=True)
def libraries_may_warn() -> None:
    """What the libraries say themselves is not the subject here."""
    warnings.simplefilter("ignore")


@pytest.fixture
def line(rng: np.random.Generator) -> Callable[[float, int], DataFrame]:
    """Points y = 2x + noise, and z, which has nothing to do with either."""

    def points(noise: float = 1.0, count: int = 40) -> DataFrame:
        x = rng.normal(size=count)
        scatter = rng.normal(size=count)
        return DataFrame({"x": x, "y": 2 * x + noise * scatter, "z": rng.normal(size=count)})

    return points


Line = Callable[..., DataFrame]


def test_a_sound_fit_has_no_findings(find: Find, line: Line) -> None:
    """Ordinary fits of every kind pass without a word."""
    data = line()
    data["g"] = np.repeat(list("abcd"), 10)
    data["b"] = (data.y + np.random.default_rng(1).normal(size=40) > 0).astype(int)
    data["n"] = np.random.default_rng(2).poisson(np.exp(0.3 * data.x))
    made = {
        "ols": smf.ols("y ~ x + z", data).fit(),
        "qr": smf.ols("y ~ x + z", data).fit(method="qr"),
        "wls": sm.WLS(data.y, sm.add_constant(data[["x"]]), weights=np.ones(40)).fit(),
        "glm": smf.glm("n ~ x", data, family=sm.families.Poisson()).fit(),
        "logit": smf.logit("b ~ x", data).fit(disp=0),
        "poisson": smf.poisson("n ~ x", data).fit(disp=0),
        "mnlogit": sm.MNLogit(data.b, sm.add_constant(data[["z"]])).fit(disp=0),
        "rlm": smf.rlm("y ~ x", data).fit(),
        "quantreg": smf.quantreg("y ~ x", data).fit(),
        "gee": smf.gee("y ~ x", "g", data).fit(),
        "arima": sm.tsa.ARIMA(data.z.to_numpy(), order=(1, 0, 0)).fit(),
        "lasso": Lasso(0.1).fit(data[["x", "z"]], data.y),
        "linear": LinearRegression().fit(data[["x", "z"]], data.y),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()).fit(data[["x"]], data.b),
        "search": GridSearchCV(Ridge(), {"alpha": [1, 2]}).fit(data[["x"]], data.y),
        "unfitted": LogisticRegression(),
    }
    assert find(**made) == {}


def test_r_squared_of_one_is_found(find: Find, line: Line) -> None:
    """A target among the predictors gives R² of 1, told with the fit's name and no second cause."""
    data = line(noise=0)
    found = find(model=smf.ols("y ~ x", data).fit())
    assert found.keys() == {"r-squared-one"}
    assert found["r-squared-one"].subject == "model"
    assert "OLS fit `model`" in found["r-squared-one"].message


def test_r_squared_just_under_one_is_not_found(find: Find, line: Line) -> None:
    """R² of 0.99999999 is a good instrument, not a mistake."""
    fit = smf.ols("y ~ x", line(noise=1e-4)).fit()
    assert fit.rsquared > 0.99999999
    assert "r-squared-one" not in find(model=fit)


def test_best_score_of_a_search_is_found_for_regressors_only(find: Find, line: Line) -> None:
    """R² of 1 over the folds is found; an accuracy of 1 is no R²."""
    data = line(noise=0)
    grid = {"fit_intercept": [True]}
    search = GridSearchCV(LinearRegression(), grid).fit(data[["x", "z"]], data.y)
    assert "best cross-validated R²" in find(search=search)["r-squared-one"].message
    labels = data.x > 0
    easy = data.x + 10 * labels
    classifier = GridSearchCV(LogisticRegression(), {"C": [1]}).fit(easy.to_frame(), labels)
    assert classifier.best_score_ == 1
    assert find(search=classifier) == {}


def test_score_is_known_by_its_name(find: Find) -> None:
    """By itself or in a dict of scores; `r2` beside `r1` is a radius."""
    for name in ("r2", "R2", "r_squared", "r2_score"):
        for value in (1.0, np.float64(1.0)):
            assert find(**{name: value}).keys() == {"r-squared-one"}, name
    assert find(scores={"rmse": 0.0, "r2": 1.0})["r-squared-one"].message.endswith(": r2 = 1.")
    assert find(r1=0.5, r2=1.0, r_squared=0.9999, x=1.0) == {}
    assert find(radii={"r1": 0.5, "r2": 1.0}, scores={"r2": 0.9999, "auc": 1.0}) == {}
    assert find(r2=1.5, scores={"r2": 2.0}) == {}


def test_collinear_predictors_are_found(find: Find, line: Line) -> None:
    """A full set of dummies beside a constant is singular in every kind of linear predictor."""
    data = line()
    data["w"] = data.x + data.z
    data["b"] = (data.y > data.z).astype(int)
    fits = {
        "ols": smf.ols("y ~ x + z + w", data).fit(),
        "glm": smf.glm("y ~ x + z + w", data).fit(),
        "linear": LinearRegression().fit(data[["x", "z", "w"]], data.y),
    }
    for name, fit in fits.items():
        assert find(**{name: fit}).keys() == {"ill-conditioned"}, name


def test_large_but_tolerable_condition_number_is_not_found(find: Find, line: Line) -> None:
    """10⁷ is below the limit, 10⁹ above it."""
    data = line()
    below = smf.ols("y ~ x", data.assign(x=data.x * 1e7)).fit()
    above = smf.ols("y ~ x", data.assign(x=data.x * 1e9)).fit()
    assert below.condition_number > 1e6
    assert find(model=below) == {}
    assert find(model=above).keys() == {"ill-conditioned"}


def test_units_are_told_from_dependence(find: Find, rng: np.random.Generator) -> None:
    """A well-determined fit in odd units is told to be so, a repeated predictor in any units."""
    income, y = rng.uniform(1e6, 1e9, size=200), rng.normal(size=200)
    design = sm.add_constant(income)
    repeated = np.column_stack([design, income * 3e-9 + 1])
    for fit in (sm.OLS(y, design).fit(), sm.GLM(y, design).fit()):
        found = find(fit=fit)["ill-conditioned"]
        assert "differ in scale by 10^9" in found.message
        assert "dependent" not in found.message
        assert (found.remedy or "").startswith("Rescale")
    for fit in (sm.OLS(y, repeated).fit(), sm.GLM(y, repeated).fit()):
        found = find(fit=fit)["ill-conditioned"]
        assert "nearly linearly dependent," in found.message
        assert "differ" not in found.message
    assert find(fit=sm.OLS(y, sm.add_constant(income / income.std())).fit()) == {}


@pytest.mark.parametrize("ratio, told", [(9.9, "dependent"), (10.0, "differ in scale")])
def test_units_are_blamed_only_where_they_explain_it(ratio: float, told: str) -> None:
    """Columns of nearly the same length that fall short of the limit by a hair are dependent."""

    class Nearly(Evidence):
        condition = 1.1e8
        scaled = Scaled(0.9e8, ratio)

    found = ill_conditioned.judge(Nearly("Fit", Origin("fit")))
    assert found is not None
    assert told in found.message


def test_units_and_dependence_are_both_named_where_the_data_are_unknown(
    find: Find, rng: np.random.Generator
) -> None:
    """scikit-learn keeps singular values but no columns."""
    x, y = rng.normal(size=(50, 3)), rng.normal(size=50)
    message = find(fit=LinearRegression().fit(x * [1, 1e6, 1e9], y))["ill-conditioned"].message
    assert "dependent or differ greatly in scale" in message
    assert find(fit=LinearRegression().fit(x * [1, 1e3, 1e6], y)) == {}


def test_fewer_samples_than_parameters_are_found(find: Find, rng: np.random.Generator) -> None:
    """The numbers are told, and what follows from them (R² of 1, no errors) is not told again."""
    design, y = rng.normal(size=(5, 8)), rng.normal(size=5)
    found = find(model=sm.OLS(y, design).fit())
    assert found.keys() == {"too-few-samples"}
    assert "5 samples for 8 parameters" in found["too-few-samples"].message
    assert find(model=LinearRegression().fit(design, y)).keys() == {"too-few-samples"}


def test_penalised_fits_may_have_fewer_samples(find: Find, rng: np.random.Generator) -> None:
    """A penalty is the remedy, so it is no finding; nor is one sample more than parameters."""
    design, y = rng.normal(size=(5, 8)), rng.normal(size=5)
    assert find(ridge=Ridge().fit(design, y), lasso=Lasso().fit(design, y)) == {}
    assert "too-few-samples" not in find(ols=sm.OLS(y, design).fit_regularized(alpha=0.1))
    assert "too-few-samples" not in find(ols=sm.OLS(y, design[:, :4]).fit())


def test_least_squares_with_fewer_residuals_than_parameters_is_found(find: Find) -> None:
    """SciPy's least_squares fits it all the same."""
    few = scipy.optimize.least_squares(lambda p: [p[0] + p[1] - 1], [0.0, 0.0])
    enough = scipy.optimize.least_squares(lambda p: [p[0] - 1, p[1]], [0.0, 0.0])
    assert find(few=few).keys() == {"too-few-samples"}
    assert find(enough=enough) == {}


def test_fits_that_ran_out_of_iterations_are_found(find: Find, line: Line) -> None:
    """Each library's own record of its iterations is read."""
    data = line()
    data["b"] = (data.y + np.random.default_rng(1).normal(size=40) > 0).astype(int)
    x, y = data[["x", "z"]], data.y
    fits = {
        "logit": smf.logit("b ~ x", data).fit(disp=0, maxiter=1),
        "glm": smf.glm("b ~ x", data, family=sm.families.Binomial()).fit(maxiter=1),
        "lasso": Lasso(1e-6, max_iter=1, tol=1e-12).fit(x, y),
        "logistic": LogisticRegression(max_iter=1).fit(x, data.b),
        "mlp": MLPRegressor(max_iter=2, random_state=0).fit(x, y),
        "svc": SVC(max_iter=1).fit(x, data.b),
        "mixture": GaussianMixture(3, max_iter=1, tol=1e-12, random_state=0).fit(x),
        "piped": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1)).fit(x, data.b),
        "minimum": scipy.optimize.minimize(
            scipy.optimize.rosen, [-1.0, 2.0], method="BFGS", options={"maxiter": 2}
        ),
    }
    for name, fit in fits.items():
        assert "not-converged" in find(**{name: fit}), name


def test_iterations_by_design_are_not_found(find: Find, line: Line) -> None:
    """Boosting always uses all its rounds; a converged fit with one iteration left is fine."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import SGDRegressor

    data = line()
    boosted = HistGradientBoostingRegressor(max_iter=5).fit(data[["x"]], data.y)
    fixed = SGDRegressor(max_iter=5, tol=None, random_state=0).fit(data[["x"]], data.y)
    assert boosted.n_iter_ == boosted.max_iter
    assert find(boosted=boosted, fixed=fixed) == {}
    needed = Lasso(0.01).fit(data[["x", "z"]], data.y).n_iter_
    lasso = Lasso(0.01, max_iter=needed + 1).fit(data[["x", "z"]], data.y)
    assert find(lasso=lasso) == {}


def test_separated_outcomes_are_found(find: Find, rng: np.random.Generator) -> None:
    """A predictor that gives the outcome away, in Logit and in a binomial GLM."""
    x = np.sort(rng.normal(size=40))
    data = DataFrame({"x": x, "b": (np.arange(40) >= 20).astype(int)})
    logit = smf.logit("b ~ x", data).fit(disp=0, maxiter=100)
    glm = smf.glm("b ~ x", data, family=sm.families.Binomial()).fit()
    assert "perfect-separation" in find(logit=logit)
    assert "perfect-separation" in find(glm=glm)


def test_nearly_separated_outcomes_are_not_found(find: Find, rng: np.random.Generator) -> None:
    """Two exchanged outcomes are enough for a likelihood with a maximum."""
    x = np.sort(rng.normal(size=40))
    outcome = (np.arange(40) >= 20).astype(int)
    outcome[[19, 20]] = outcome[[20, 19]]
    data = DataFrame({"x": x, "b": outcome})
    logit = smf.logit("b ~ x", data).fit(disp=0)
    assert find(logit=logit) == {}


def test_a_root_that_was_not_reached_is_found(find: Find) -> None:
    """Root finders keep their own flag."""
    _, lost = scipy.optimize.bisect(
        lambda x: x - 0.3, 0, 1, maxiter=2, full_output=True, disp=False
    )
    _, reached = scipy.optimize.bisect(lambda x: x - 0.3, 0, 1, full_output=True)
    assert find(root=lost).keys() == {"not-converged"}
    assert find(root=reached) == {}
