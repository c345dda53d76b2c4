"""The scan as a whole: what it never does, what it costs, how findings are named and folded."""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas import DataFrame

from nbengine.capture.statistics import collection, rules
from nbengine.capture.statistics.evidence import Evidence
from nbengine.capture.statistics.readers import tables
from nbengine.capture.statistics.rules import EVERY_RULE, RULES, Finding
from nbengine.capture.statistics.rules.rule import Rule
from nbengine.capture.statistics.scan import scan

from .conftest import Find

ODD = DataFrame({"estimate": [1.0], "ci_lower": [2.0], "ci_upper": [0.0]})


def perfect_fit() -> Any:
    """A regression with R² of 1."""
    return smf.ols("y ~ x", DataFrame({"x": range(9), "y": range(9)})).fit()


def test_a_finding_is_told_once_for_a_value_shown_and_made() -> None:
    """The variable's name wins over the nameless display of the same object."""
    (warning,) = scan([(None, ODD), ("odd", ODD)], {"odd": ODD, "alias": ODD})
    assert warning.subject == "odd"
    assert warning.kind == "statistical"
    assert warning.category == "impossible-interval"
    assert warning.remedy is not None
    assert warning.line is None


def test_a_shown_value_without_a_name_is_called_what_it_is() -> None:
    """There is no variable to name."""
    (warning,) = scan([(None, ODD)], {})
    assert warning.subject == "Table"
    assert warning.message.startswith("Table: ")


def test_the_fits_of_a_collection_fold_into_one_warning(find: Find) -> None:
    """One warning a rule, with the collection as subject and the fits counted."""
    found = find(models={"a": perfect_fit(), "b": perfect_fit(), "c": perfect_fit()})
    assert found["r-squared-one"].subject == "models"
    assert found["r-squared-one"].count == 3
    assert "models['a']" in found["r-squared-one"].message


def test_rules_are_switched_off_by_id_and_all_at_once() -> None:
    """A list of ids, or `all`; an unknown id is no concern of the scan."""
    assert scan([], {"odd": ODD}, off=frozenset({"impossible-interval"})) == []
    assert scan([], {"odd": ODD}, off=frozenset({"all"})) == []
    assert len(scan([], {"odd": ODD}, off=frozenset({"p-zero", "no-such-rule"}))) == 1


def test_a_rule_that_fails_costs_only_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The others still speak, and the failure is logged for whoever looks."""

    def fails(seen: Evidence) -> Finding | None:
        raise ZeroDivisionError(seen.what)

    broken = Rule("broken", "", "", fails)
    monkeypatch.setattr("nbengine.capture.statistics.scan.EVERY_RULE", (broken, *EVERY_RULE))
    with caplog.at_level(logging.DEBUG, "nbengine.statistics"):
        (warning,) = scan([], {"odd": ODD})
    assert warning.category == "impossible-interval"
    assert "rule broken failed" in caplog.text


def test_a_value_that_cannot_be_read_costs_only_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A library that changed under a reader silences that reader, not the scan."""
    bad = smf.ols("y ~ x", DataFrame({"x": range(9), "y": range(9)})).fit()
    del bad._results.model
    broken = DataFrame({"estimate": [1.0]})
    monkeypatch.setattr(broken, "_mgr", None)
    with caplog.at_level(logging.DEBUG, "nbengine.statistics"):
        found = scan([], {"bad": bad, "broken": broken, "odd": ODD})
    assert [warning.subject for warning in found] == ["odd"]
    assert "cannot be read" in caplog.text


def test_nothing_is_changed_by_being_looked_at() -> None:
    """A fit's lazily filled cache would grow a snapshot and make a read cell look like a write."""
    data = DataFrame({"x": np.arange(20.0), "y": np.arange(20.0) ** 2})
    fit, frame = sm.OLS(data.y, data.x).fit(), ODD.copy()
    stored = [vars(fit._results), fit._results._cache, vars(fit.model)]
    before = [[*held] for held in stored], pickle.dumps(frame)
    scan([(None, fit)], {"frame": frame})
    assert ([[*held] for held in stored], pickle.dumps(frame)) == before
    assert fit.rsquared < 1


@pytest.mark.parametrize("mode", ["raise", "warn"])
def test_no_warning_and_no_output_leaves_the_scan(
    mode: Literal["raise", "warn"],
    recwarn: pytest.WarningsRecorder,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A library may complain of what it is asked; the user did not ask, and no rule fails of it."""
    caplog.set_level("DEBUG", "nbengine.statistics")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = smf.ols("y ~ x", DataFrame({"x": [1.0, 2.0], "y": [1.0, 2.0]})).fit()
        flat = smf.ols("y ~ x", DataFrame({"x": [1.0, 2.0, 4.0], "y": [1.0, 1.0, 1.0]})).fit()
    huge = DataFrame({"cv": [np.inf, -np.inf, np.nan]})
    with np.errstate(all=mode), warnings.catch_warnings():
        warnings.simplefilter("always")
        scan([], {"fit": fit, "flat": flat, "odd": ODD, "huge": huge})
    assert list(recwarn) == []
    assert [record.getMessage() for record in caplog.records] == []
    assert capfd.readouterr() == ("", "")


def test_no_library_is_imported_by_the_scan() -> None:
    """Neither loading it nor scanning plain values pulls in a library."""
    code = """
import sys
from nbengine.capture.statistics.scan import scan
from nbengine.capture.statistics.recognise import trouble_of
assert scan([(None, 1.5)], {"r_squared": 1.0, "pvalues": [0.0], "d": {"a": [1]}, "f": print})
assert trouble_of(RuntimeWarning, "Mean of empty slice", None) == "samples"
heavy = {"numpy", "pandas", "polars", "scipy", "sklearn", "statsmodels"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)


class Hostile:
    """A user's object that notices whoever touches it."""

    touched: list[str] = []  # noqa: RUF012 - one list for all is the point

    def __getattribute__(self, name: str) -> Any:
        Hostile.touched.append(name)
        raise RuntimeError(name)

    def __getitem__(self, key: object) -> Any:
        return self.__getattribute__("getitem")

    def __iter__(self) -> Any:
        return self.__getattribute__("iter")

    def __float__(self) -> Any:
        return self.__getattribute__("float")

    def __repr__(self) -> Any:
        return self.__getattribute__("repr")

    def __len__(self) -> Any:
        return self.__getattribute__("len")


def test_no_code_of_the_users_own_objects_is_run(find: Find) -> None:
    """Not their attributes, not their conversions, not in collections, frames or by metaclass."""

    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            Hostile.touched.append(f"class {name}")
            return super().__getattribute__(name)

    class WithMeta(metaclass=Meta):
        pass

    thing, other = Hostile(), WithMeta()
    array = np.empty((1, 1), dtype=object)
    array[0, 0] = thing
    frame = DataFrame({"estimate": [1.0], "x": pd.Series([thing], dtype=object)})
    cell = {
        "thing": thing,
        "other": other,
        "pvalues": [thing],
        "pair": (thing, thing),
        "keyed": {"a": thing},
        "corr": array,
        "pvals": array[0],
        "bounds": [(thing, thing)],
        "frame": frame,
    }
    Hostile.touched.clear()
    assert find(**cell) == {}
    assert Hostile.touched == []


def test_work_is_bounded_by_rows_and_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame's rows beyond the limit are not read; its number of tests is still told in full."""
    monkeypatch.setattr(tables, "ROWS", 50)
    p = np.full(500, 0.5)
    p[:3] = 0.001
    p[60:] = 0.0
    (warning,) = scan([], {"frame": DataFrame({"pvalue": p})})
    assert warning.category == "many-tests"
    assert warning.count == 500
    assert "3 of the first 50 with p" in warning.message


def test_a_collection_is_looked_at_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand fits only the first are read."""
    monkeypatch.setattr(collection, "ELEMENTS", 2)
    (warning,) = scan([], {"fits": [perfect_fit()] * 9})
    assert warning.count == 2


def test_every_rule_says_what_it_is_and_what_to_do() -> None:
    """Ids are unique, sentences are sentences, and every rule of every family is in the list."""
    assert len(RULES) == len(EVERY_RULE) == len({rule.id for rule in EVERY_RULE})
    assert len(rules.FAMILIES) == 5
    for rule in EVERY_RULE:
        assert RULES[rule.id].endswith(".")
        assert rule.remedy.endswith(".")
        assert rule.judge.__doc__


names = st.sampled_from(["pvalues", "r_squared", "popt", "pcov", "bounds", "x", "corr", "sizes"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
        | st.lists(st.floats(), min_size=1, max_size=4).map(np.array)
        | st.lists(st.floats(), min_size=4, max_size=4).map(lambda v: np.reshape(v, (2, 2)))
    ),
    max_leaves=6,
)
columns = st.sampled_from(
    ["estimate", "se", "ci_lower", "ci_upper", "pvalue", "p", "cv", "r2", "r", "n", "mean", "term"]
)
frames = st.dictionaries(
    columns, st.lists(st.floats() | st.none(), min_size=3, max_size=3), max_size=6
).map(DataFrame)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(names, values | frames, max_size=5))
def test_whatever_a_cell_makes_the_scan_comes_to_an_end(
    find: Find, made: dict[str, object]
) -> None:
    """No value of any form makes a rule or a reader fail, and every finding is one sentence."""
    for warning in find(**made).values():
        assert warning.category in RULES
        assert warning.message.endswith(".")
        assert warning.count >= 1


def test_the_dive_in_lists_every_rule_as_it_is() -> None:
    """The page's table holds each rule's id, sentence and remedy, and no other."""
    root = next(p for p in Path(__file__).parents if (p / "docs").is_dir())
    page = (root / "docs/dive_ins/statistical_warnings.md").read_text(encoding="utf-8")
    lines = [line.replace("\\|", "|") for line in page.splitlines()]
    table = lines[lines.index("| id | warns of | remedy |") + 2 :]
    rows = table[: table.index("")]
    assert rows == [f"| `{r.id}` | {r.description} | {r.remedy} |" for r in EVERY_RULE]
