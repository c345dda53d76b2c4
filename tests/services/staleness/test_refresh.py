from __future__ import annotations

from tests.services.staleness.notebook import ToldNotebook


def test_makers_run_before_those_who_use_what_they_make() -> None:
    """Wherever they stand; what is bound to no order runs by its place."""
    notebook = ToldNotebook("print(y)", "z = 1", "y = x", "x = 1")
    assert notebook.staleness.order_to_refresh() == ["2", "4", "3", "1"]


def test_a_name_that_is_bound_twice_is_made_by_the_cell_above() -> None:
    """Each reader runs before the next cell that binds the name anew."""
    notebook = ToldNotebook("x = 1", "print(x)", "x = 2", "x.append(1)", "print(x)")
    assert notebook.staleness.order_to_refresh() == ["1", "2", "3", "4", "5"]


def test_what_a_function_reads_is_made_before_it_is_used() -> None:
    """Not before it is defined."""
    notebook = ToldNotebook("def f():\n    return g()", "f()", "def g():\n    return k", "k = 1")
    assert notebook.staleness.order_to_refresh() == ["1", "3", "4", "2"]


def test_only_what_is_stale_is_run() -> None:
    """A cell that was edited, and those that used what it made."""
    notebook = ToldNotebook("a = 1", "b = 1", "c = a", "d = b", "print(c, d)")
    notebook.run("1", "2", "3", "4", "5")
    assert notebook.staleness.order_to_refresh() == []
    notebook.edit("2", "b = 2")
    assert notebook.staleness.order_to_refresh() == ["2", "4", "5"]
    assert notebook.staleness.order_to_refresh(["5", "2"]) == ["2", "5"]


def test_a_cell_names_the_stale_cells_that_it_stands_on() -> None:
    """Not those that are stale for another matter."""
    notebook = ToldNotebook("a = 1", "b = a", "c = 1", "print(b)")
    notebook.run("1", "2", "3", "4")
    notebook.edit("1", "a = 2")
    notebook.edit("3", "c = 2")
    assert notebook.staleness.ancestors("4") == ["1", "2"]
    assert notebook.staleness.ancestors("1") == []
    assert notebook.staleness.ancestors("none") == []


def test_a_circle_begins_with_its_uppermost_cell() -> None:
    """And has each cell once."""
    notebook = ToldNotebook("a = b", "b = c", "c = a", "print(c)")
    order = notebook.staleness.order_to_refresh()
    assert order[0] == "1"
    assert sorted(order) == ["1", "2", "3", "4"]


def test_the_cell_that_gave_the_value_is_run_before_the_nearest_one() -> None:
    """A cell that ran has its makers from its run, not from where the cells stand."""
    notebook = ToldNotebook("x = 1", "print(x)", "x = 2")
    notebook.run("1", "3", "2")
    notebook.edit("3", "x = 3")
    assert notebook.staleness.order_to_refresh() == ["3", "2"]
