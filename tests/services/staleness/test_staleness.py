from __future__ import annotations

import pytest

from nbengine.models.notebook import Cell
from nbengine.models.staleness import Reason, Restarted, Restored, StaleKind
from nbengine.services.staleness import Ledger, Staleness
from tests.services.staleness.notebook import ToldNotebook


def ran(*sources: str) -> ToldNotebook:
    """A notebook that ran from top to bottom."""
    notebook = ToldNotebook(*sources)
    notebook.run(*(cell.id for cell in notebook.cells))
    return notebook


def test_a_notebook_that_ran_from_top_to_bottom_is_fresh() -> None:
    """Also if its cells change what the cells before them made."""
    notebook = ran("x = [1]", "x.append(2)", "y = x[0]\ny += 1", "def f():\n    return y", "f()")
    assert notebook.reasons == {}


def test_cells_that_never_ran_say_so() -> None:
    """But for those in which there is nothing to run."""
    notebook = ToldNotebook("x = 1", " \n", "# Title")
    notebook.cells[2] = Cell(id="3", cell_type="markdown", source="# Title")
    assert notebook.reasons == {
        "1": Reason(kind=StaleKind.NEVER_RAN, text="Cell 1 has not run yet.")
    }


def test_whoever_used_a_variable_that_another_cell_changed_is_stale() -> None:
    """The reason names the variable and the cell that changed it, in any order of the cells."""
    notebook = ran("df = [1]", "print(df)", "df = [2]")
    assert notebook.reasons == {
        "2": Reason(
            kind=StaleKind.CHANGED,
            text="Cell 2 is stale: `df` was changed by cell 3 after it ran.",
            cause="3",
            name="df",
            display_only=True,
        )
    }
    notebook.run("2")
    assert notebook.reasons == {}


def test_a_change_in_place_that_a_snapshot_saw_counts() -> None:
    """As it does under every name that leads to it."""
    notebook = ToldNotebook("x = []\ny = x", "print(x)", "print(y)", "y.append(1)")
    notebook.run("1", "2", "3")
    notebook.run("4", mutated=("x", "y"))
    assert list(notebook.reasons) == ["2", "3"]
    assert notebook.text("2") == "Cell 2 is stale: `x` was changed by cell 4 after it ran."


def test_a_snapshot_that_saw_no_change_is_believed() -> None:
    """A function that was given a variable has left it as it is."""
    notebook = ran("def f(x):\n    return x", "x = []", "print(x)", "f(x)")
    assert notebook.reasons == {}


def test_without_snapshots_the_source_tells_of_changes_in_place() -> None:
    """For certain what is written so; what a function or another name may do is a guess."""
    notebook = ToldNotebook(
        "x = []\ny = x\ndef f(a):\n    a.append(1)", "print(x)", "print(y)", "x.append(1)", "f(y)"
    )
    notebook.run("1", "2", "3", "4", compared=False)
    assert notebook.text("2") == "Cell 2 is stale: `x` was changed by cell 4 after it ran."
    assert (
        notebook.text("3")
        == "Cell 3 may be stale: `y` may have been changed by cell 4 after it ran."
    )
    assert not notebook.reasons["3"].certain
    notebook.run("2", "3", "5", compared=False)
    assert {id: reason.certain for id, reason in notebook.reasons.items()} == {
        "2": False,
        "3": False,
    }


def test_library_functions_are_taken_to_leave_their_arguments_alone() -> None:
    """But for those that are known to change them."""
    notebook = ToldNotebook("import numpy as np", "x = np.ones(3)", "x.sum()", "np.mean(x)")
    notebook.run("1", "2", "3", "4", compared=False)
    assert notebook.reasons == {}
    notebook.edit("4", "np.random.shuffle(x)")
    notebook.run("4", compared=False)
    assert list(notebook.reasons) == ["3"]


def test_what_a_snapshot_could_not_look_into_is_guessed() -> None:
    """A generator is used up by whoever goes through it."""
    notebook = ToldNotebook("g = iter([1, 2])", "print(list(g))", "print(list(g))")
    notebook.run("1", "2", "3", unseen=("g",))
    assert (
        notebook.text("2")
        == "Cell 2 may be stale: `g` may have been changed by cell 3 after it ran."
    )


def test_what_a_function_reads_counts_for_those_who_use_it() -> None:
    """Through other functions, other names and objects of classes; not for who only defines it."""
    notebook = ran(
        "k = 1\ndef f():\n    return k",
        "def g():\n    return f()",
        "class Box:\n    def size(self):\n        return g()",
        "h = g",
        "box = Box()",
        "print(h())",
        "box.size()",
        "k = 2",
    )
    assert list(notebook.reasons) == ["5", "6", "7"]
    assert (
        notebook.text("6")
        == "Cell 6 is stale: `k`, which `h` uses, was changed by cell 8 after it ran."
    )


def test_a_function_that_is_defined_anew_makes_its_callers_stale() -> None:
    """The name of the function is what was changed."""
    notebook = ran("def f():\n    return 1", "f()", "def f():\n    return 2")
    assert notebook.reasons["2"].name == "f"


def test_a_variable_that_was_removed_is_missed() -> None:
    """By whoever used it."""
    notebook = ran("x = 1", "print(x)", "del x")
    assert notebook.text("2") == "Cell 2 is stale: `x` was removed by cell 3 after it ran."
    assert notebook.reasons["2"].kind is StaleKind.REMOVED


def test_an_edited_cell_and_all_after_it_are_stale() -> None:
    """Each names the cell where it began; white space at the end is no edit."""
    notebook = ran("x = 1", "y = x", "print(y)", "print(1)")
    notebook.edit("1", "x = 1 \n")
    assert notebook.reasons == {}
    notebook.edit("1", "x = 2")
    assert [reason.text for reason in notebook.reasons.values()] == [
        "Cell 1 was edited since it ran.",
        "Cell 2 is stale: it used `x` of cell 1, which was edited since it ran.",
        "Cell 3 is stale: it used `y` of cell 2, which is stale because cell 1 was edited.",
    ]
    assert [reason.cause for reason in notebook.reasons.values()] == ["1", "1", "1"]
    assert notebook.reasons["3"].through == "2"


def test_what_came_from_a_deleted_cell_is_stale() -> None:
    """And what came from that."""
    notebook = ran("x = 1", "y = x", "print(y)")
    notebook.delete("1")
    assert [reason.text for reason in notebook.reasons.values()] == [
        "Cell 1 is stale: `x` is of a deleted cell.",
        "Cell 2 is stale: it used `y` of cell 1, which is stale because `x` is of a deleted cell.",
    ]


def test_what_a_cell_does_not_make_any_more_is_stale() -> None:
    """The variable is still there, but no cell accounts for it."""
    notebook = ran("x = 1", "print(x)")
    notebook.edit("1", "z = 1")
    notebook.run("1")
    assert (
        notebook.text("2") == "Cell 2 is stale: `x` is of cell 1, which does not make it any more."
    )


def test_the_same_value_bound_again_changes_nothing() -> None:
    """A cell that ran again and bound the very same object is no reason."""
    notebook = ran("x = 1", "print(x)")
    notebook.run("1", added=(), changed=())
    assert notebook.reasons == {}


@pytest.mark.parametrize(
    "status, kind, words",
    [
        ("error", StaleKind.FAILED, "failed"),
        ("dead", StaleKind.FAILED, "failed"),
        ("timeout", StaleKind.INTERRUPTED, "was interrupted"),
        ("interrupted", StaleKind.INTERRUPTED, "was interrupted"),
        ("aborted", StaleKind.ABORTED, "was not run, because a cell before it failed"),
    ],
)
def test_a_cell_that_did_not_end_well_is_stale(status: str, kind: StaleKind, words: str) -> None:
    """With all that used what it had made until then."""
    notebook = ToldNotebook("x = 1", "print(x)")
    notebook.run("1", "2")
    notebook.run("1", status=status, added=(), changed=(), compared=False)
    assert (notebook.reasons["1"].kind, notebook.text("1")) == (kind, f"Cell 1 {words}.")
    assert notebook.text("2") == f"Cell 2 is stale: it used `x` of cell 1, which {words}."


def test_a_restart_makes_stale_what_had_to_do_with_variables() -> None:
    """What only shows something is as it was."""
    notebook = ran("x = 1", "print(x)", "'text'")
    notebook.tell(Restarted(order=notebook.next_order))
    assert list(notebook.reasons) == ["1", "2"]
    assert notebook.text("1") == "Cell 1 ran before the variables were lost in a restart."
    notebook.run("1", "2")
    assert notebook.reasons == {}


def test_variables_that_came_back_are_as_good_as_before() -> None:
    """After a restart from the snapshot of the last run nothing is stale."""
    notebook = ran("x = 1", "print(x)")
    notebook.tell(Restarted(order=3))
    notebook.tell(Restored(order=4, after=2))
    assert notebook.reasons == {}
    notebook.run("1")
    assert list(notebook.reasons) == ["2"]


def test_an_undo_makes_void_what_ran_after() -> None:
    """Cells that ran before hold again, also if what was undone had made them stale."""
    notebook = ran("x = 1", "print(x)", "x = 2")
    assert list(notebook.reasons) == ["2"]
    notebook.tell(Restored(order=4, after=2))
    assert [reason.kind for reason in notebook.reasons.values()] == [StaleKind.UNDONE]
    assert notebook.text("3") == (
        "Cell 3 ran after the moment to which the variables were taken back."
    )


def test_a_second_run_that_was_undone_leaves_the_first_one_in_force() -> None:
    """What used the first one is fresh; the cell shows what is not so any more."""
    notebook = ran("x = 1", "print(x)")
    notebook.run("1")
    notebook.tell(Restored(order=4, after=2))
    assert list(notebook.reasons) == ["1"]


def test_what_came_before_the_first_snapshot_is_nothing() -> None:
    """A notebook taken back to its beginning has to be run again."""
    notebook = ran("x = 1", "print(x)")
    notebook.tell(Restored(order=3, after=None))
    assert [reason.kind for reason in notebook.reasons.values()] == [StaleKind.UNDONE] * 2


def test_a_cell_that_may_read_anything_may_be_stale_by_anything() -> None:
    """Only perhaps, and only by what ran after it."""
    notebook = ran("x = 1", "eval('x')", "def f():\n    return globals()['y']", "f()", "y = 1")
    assert list(notebook.reasons) == ["2", "4"]
    assert not notebook.reasons["2"].certain


def test_time_and_chance_make_nothing_stale() -> None:
    """A cell is not out of date because it would show something else each time."""
    notebook = ran("import random, time", "random.random()", "time.time()", "random.seed(1)")
    assert notebook.reasons == {}


def test_what_others_have_from_a_cell_is_told_from_what_it_only_shows() -> None:
    """A cell that bound or changed something concerns more than its output."""
    notebook = ran("x = 1", "x", "y = x", "x = 2")
    assert {id: reason.display_only for id, reason in notebook.reasons.items()} == {
        "2": True,
        "3": False,
    }


def test_a_cell_that_reads_what_it_then_changes_is_fresh() -> None:
    """Its own doings are no reason; another run of a cell before it is."""
    notebook = ran("x = 0", "x = x + 1", "print(x)")
    notebook.run("2")
    assert list(notebook.reasons) == ["3"]
    notebook.run("1")
    assert list(notebook.reasons) == ["2", "3"]


def test_cells_that_build_on_one_another_are_fresh() -> None:
    """In place or bound anew; once the first makes it from nothing, what they did is lost."""
    notebook = ToldNotebook("x = []", "x.append(1)", "x = x + [2]", "x += [3]", "print(x)")
    notebook.run("1")
    notebook.run("2", mutated=("x",))
    notebook.run("3")
    notebook.run("4", added=(), changed=(), mutated=("x",))
    notebook.run("5")
    assert notebook.reasons == {}
    notebook.run("1")
    assert list(notebook.reasons) == ["2", "3", "4", "5"]
    assert {reason.cause for reason in notebook.reasons.values()} == {"1"}
    assert notebook.staleness.order_to_refresh() == ["2", "3", "4", "5"]


def test_cells_in_a_circle_come_to_an_end() -> None:
    """Two cells, each of which used what the other made."""
    notebook = ToldNotebook("a = 1", "b = a", "a = b")
    notebook.run("1", "2", "3", "2")
    notebook.edit("3", "a = b + 1")
    assert list(notebook.reasons) == ["2", "3"]


def test_what_has_happened_goes_through_json() -> None:
    """The verdict of a ledger read from a file is that of the one that was kept up to date."""
    notebook = ToldNotebook("x = []", "print(x)", "x.append(1)", "x = 3", "print(x)")
    notebook.run("1", "2")
    notebook.run("3", mutated=("x",))
    notebook.run("5", "4")
    notebook.tell(Restored(order=notebook.next_order, after=3))
    notebook.run("5")
    events = [type(event).model_validate_json(event.model_dump_json()) for event in notebook.events]
    assert events == notebook.events
    assert Staleness(notebook.cells, events).reasons == notebook.reasons


def test_a_run_whose_save_came_late_is_told_again() -> None:
    """Until then its source is asked, after that the snapshot."""
    notebook = ToldNotebook("x = []", "print(x)", "x.sort()")
    notebook.run("1", "2")
    notebook.run("3", compared=False)
    assert list(notebook.reasons) == ["2"]
    notebook.tell(notebook.events[-1].model_copy(update={"compared": True}))
    assert notebook.reasons == {}


def test_an_engine_that_does_not_look_at_names_is_helped_by_the_source() -> None:
    """What a cell binds and deletes is then what is written in it."""
    notebook = ToldNotebook("x = 1", "print(x)", "x = 2", "del x")
    nothing = {"added": (), "changed": (), "removed": (), "observed": False, "compared": False}
    notebook.run("1", "2", "3", **nothing)
    found = [notebook.reasons["2"].kind]
    notebook.run("2", "4", **nothing)
    found.append(notebook.reasons["2"].kind)
    assert found == [StaleKind.CHANGED, StaleKind.REMOVED]


def test_nothing_is_nothing() -> None:
    """A notebook without cells has no reasons and nothing to refresh."""
    staleness = Staleness([], Ledger())
    assert (staleness.reasons, staleness.order_to_refresh()) == ({}, [])
