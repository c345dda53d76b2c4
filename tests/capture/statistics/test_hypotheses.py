"""Rules on tests of hypotheses, on real results of SciPy and statsmodels."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.stats
import statsmodels.formula.api as smf
from pandas import DataFrame, Series
from statsmodels.stats.multitest import fdrcorrection, multipletests

from nbengine.capture.statistics.scan import scan

from .conftest import Find


def test_p_of_exactly_zero_is_found(find: Find, rng: np.random.Generator) -> None:
    """In a result, and in the two scalars that unpacking it leaves."""
    result = scipy.stats.ttest_ind(rng.normal(size=2000), rng.normal(9, size=2000))
    stat, p = result
    assert p == 0
    assert find(result=result)["p-zero"].message == "Ttest result `result`: p is exactly 0."
    assert find(stat=stat, p=p)["p-zero"].message == "p value `p`: p is exactly 0."
    assert find(p_value=p)["p-zero"].message == "p value `p_value`: p is exactly 0."
    assert "p is exactly 0: 0 and 1." in find(results=[result, result])["p-zero"].message


def test_tiny_p_is_not_found(find: Find, rng: np.random.Generator) -> None:
    """10⁻³⁰⁰ is not 0, and a lone `p` may be a pressure or a plain number."""
    result = scipy.stats.ttest_ind(rng.normal(size=300), rng.normal(4, size=300))
    assert 0 < result.pvalue < 1e-100
    assert find(result=result, p_value=result.pvalue) == {}
    assert find(p=np.float64(0.0), t=12) == {}
    assert find(p=0.0, t=1.0) == {}


def test_p_of_exactly_zero_is_found_among_a_models_terms(
    find: Find, rng: np.random.Generator
) -> None:
    """The constant's does not count: nobody tests whether a mean is nought."""
    x = rng.normal(size=3000)
    fit = smf.ols("y ~ x", DataFrame({"x": x, "y": 3 * x + rng.normal(size=3000)})).fit()
    assert find(fit=fit)["p-zero"].message == "OLS fit `fit`: p is exactly 0: x."
    offset = smf.ols("y ~ x", DataFrame({"x": x, "y": 99 + rng.normal(size=3000)})).fit()
    assert offset.pvalues["Intercept"] == 0
    assert find(fit=offset) == {}


@pytest.mark.parametrize("library", [DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@pytest.mark.parametrize("name", ["pvalue", "p_value", "P-Value", "Pr(>F)", "p val"])
def test_p_of_exactly_zero_is_found_in_a_frame(find: Find, library: Any, name: str) -> None:
    """By the column's whole name, whatever its case and separators."""
    assert find(frame=library({"gene": ["a", "b"], name: [0.0, 0.4]})).keys() == {"p-zero"}


def test_columns_that_are_no_p_values_are_not_found(find: Find) -> None:
    """A pressure, a probability over time, a p value out of range, a name that only begins so."""
    assert (
        find(a=DataFrame({"p": [0.0, 0.5]}), b=DataFrame({"t": [0.0, 1.0], "p": [0.0, 0.5]})) == {}
    )
    assert find(a=DataFrame({"pvalue": [0.0, 7.0]}), b=DataFrame({"pvalue_rank": [0.0]})) == {}


def test_many_tests_without_correction_are_found(find: Find, rng: np.random.Generator) -> None:
    """In a frame, a series, an array, a list of results and a test over an axis."""
    results = [scipy.stats.ttest_1samp(rng.normal(0.8, size=10), 0) for _ in range(30)]
    p = [float(result.pvalue) for result in results]
    table = DataFrame({"p_value": p})
    over_axis = scipy.stats.ttest_1samp(rng.normal(0.8, size=(10, 30)), 0)
    found = find(
        table=table,
        p_values=np.array(p),
        pvals=p,
        column=Series(p, name="pvalue"),
        results=results,
        keyed=dict(enumerate(results)),
        over_axis=over_axis,
    )
    assert found.keys() == {"many-tests"}
    for value in (table, results, dict(enumerate(results)), over_axis):
        message = find(value=value)["many-tests"].message
        assert "30 tests without correction" in message
    assert find(results=results)["many-tests"].subject == "results"


def test_few_insignificant_or_corrected_tests_are_not_found(find: Find) -> None:
    """Twenty tests, tests without a hit, a corrected column, and corrected values beside them."""
    p = np.linspace(0.001, 0.9, 30)
    assert find(frame=DataFrame({"pvalue": p[:20]})) == {}
    assert find(frame=DataFrame({"pvalue": p + 0.06})) == {}
    assert find(frame=DataFrame({"pvalue": p, "padj": p})) == {}
    corrected = scipy.stats.false_discovery_control(p)
    assert find(pvalues=p, pvals_corrected=corrected) == {}


def test_tests_that_the_cell_corrected_are_not_found(find: Find, rng: np.random.Generator) -> None:
    """By the result of multipletests, a name, or a column of another frame, made or shown."""
    results = [scipy.stats.ttest_1samp(rng.normal(0.8, size=10), 0) for _ in range(30)]
    p = np.array([result.pvalue for result in results])
    raw = DataFrame({"gene": range(30), "p_value": p})
    whole = multipletests(p, method="fdr_bh")
    reject, padj, *_ = whole
    beside = raw.assign(p_fdr=padj)
    for signs in ({"out": whole}, {"rej": reject}, {"my_padj": padj}, {"other": beside}):
        assert find(results=results, p_values=p, raw=raw, **signs) == {}, signs
    assert scan([("beside", beside), (None, raw)], {}) == []
    for none in ({"fdrcorrection": fdrcorrection}, {"out": (p, p)}, {"adjacent": beside.gene}):
        assert find(raw=raw, **none).keys() == {"many-tests"}, none


def test_p_values_in_containers_are_found_by_name(find: Find, rng: np.random.Generator) -> None:
    """A list, a dict, an array and a matrix, symmetric ones by pairs, whose diagonal is no test."""
    data = rng.normal(size=(30, 10))
    data[:, 1] += data[:, 0]
    pairs = [[float(scipy.stats.pearsonr(a, b)[1]) for a in data.T] for b in data.T]
    p = [float(value) for value in rng.beta(0.3, 1, size=100)]
    for found in (
        find(ps=p),
        find(ps=np.array(p)),
        find(pvals=dict(enumerate(p))),
        find(pvals=np.reshape(p, (20, 5))),
    ):
        assert found.keys() == {"many-tests"}
        assert found["many-tests"].count == 100
    frame = DataFrame(np.array(pairs) + np.eye(10))  # as corr(method=…) leaves the diagonal
    for found in (find(p_values=np.array(pairs)), find(pvals=frame)):
        assert found.keys() == {"many-tests"}
        assert found["many-tests"].count == 45


def test_containers_that_are_no_p_values_are_not_found(find: Find) -> None:
    """Other names, and a grid or a distribution called ps."""
    p = np.random.default_rng(0).beta(0.3, 1, size=100)
    assert find(weights=p, values=p.tolist(), keyed=dict(enumerate(p.tolist()))) == {}
    assert find(ps=np.linspace(0, 1, 101)) == {}
    assert find(ps=np.linspace(1, 0, 101).tolist()) == {}
    assert find(ps=(p / p.sum()).tolist()) == {}


def test_terms_of_one_model_are_no_family_of_tests(find: Find, rng: np.random.Generator) -> None:
    """A regression with thirty predictors tests one model; so does the table of its terms."""
    names = [f"x{i}" for i in range(30)]
    data = DataFrame(rng.normal(size=(200, 30)), columns=names)
    data["y"] = data.x0 + rng.normal(size=200)
    fit = smf.ols("y ~ " + "+".join(names), data).fit()
    assert find(fit=fit, table=fit.summary2().tables[1]) == {}


def test_tests_of_all_pairs_are_corrected_in_themselves(
    find: Find, rng: np.random.Generator
) -> None:
    """Tukey's test of eight groups has 28 pairs and allows for them."""
    tukey = scipy.stats.tukey_hsd(*[rng.normal(i, size=10) for i in range(8)])
    assert "many-tests" not in find(tukey=tukey)


def test_one_bad_test_of_a_list_is_named_by_its_place(find: Find) -> None:
    """A NaN among the results of a list or dict says which of them it is."""
    good = scipy.stats.ttest_1samp([1.0, 2.0, 4.0, 3.0, 5.0], 0)
    bad = scipy.stats.ttest_1samp([1.0, np.nan, 4.0, 3.0, 5.0], 0)
    found = find(tests={"a": good, "b": bad})
    assert found["non-finite-estimate"].subject == "tests"
    assert "'b'" in found["non-finite-estimate"].message
