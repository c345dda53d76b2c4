from __future__ import annotations

import gc
import weakref
from typing import Any

from nbengine.models.notebook import StateChange
from nbengine.runtime.namespace_diff import NamespaceDiff


class Big:
    pass


def change(before: dict[str, Any], code: str) -> StateChange:
    body = compile(code, "cell", "exec")
    difference = NamespaceDiff(before, [body])
    exec(body, before)
    before.pop("__builtins__", None)
    return difference.change(before)


def test_names_added_changed_and_removed() -> None:
    """Each name is listed once, under what happened to it."""
    found = change({"a": 1, "b": [], "c": 3, "d": 4}, "a = 2; del c; e = 5; b.append(1)")
    assert (found.added, found.changed, found.removed) == (["e"], ["a"], ["c"])


def test_nothing_happened() -> None:
    """A cell that only looks changes nothing."""
    assert change({"a": [1]}, "a[0]") == StateChange()


def test_a_name_bound_to_the_same_object_is_unchanged() -> None:
    """Binding what was there already is no change."""
    assert change({"a": "text"}, "b = a; a = b; del b") == StateChange()


def test_a_name_bound_anew_is_changed_even_if_the_old_value_was_let_go() -> None:
    """A name that the code binds itself counts as changed although its old value is not held."""
    assert change({"a": Big()}, "a = type(a)()").changed == ["a"]


def test_the_old_value_of_a_bound_name_is_freed() -> None:
    """A cell that replaces a big value can have the memory of the old one meanwhile."""
    namespace: dict[str, Any] = {"a": Big()}
    old = weakref.ref(namespace["a"])
    difference = NamespaceDiff(namespace, [compile("a = None", "cell", "exec")])
    namespace["a"] = None
    gc.collect()
    assert old() is None
    assert difference.change(namespace).changed == ["a"]


def test_a_new_object_at_an_old_address_is_a_change() -> None:
    """Values bound in ways that the code does not show are compared by identity, held till then."""
    namespace: dict[str, Any] = {"a": Big()}
    difference = NamespaceDiff(namespace, ())
    namespace["a"] = Big()
    assert difference.change(namespace).changed == ["a"]


def test_python_s_own_names_are_not_listed() -> None:
    """What the interpreter binds while it runs a cell is not the user's doing."""
    assert change({}, "x: int = 1").added == ["x"]


def test_the_history_s_names_are_not_listed_unless_the_cell_binds_them() -> None:
    """What `%reset` renews is not the notebook's; a variable of such a name is."""
    given = dict.fromkeys(["_", "__", "_1", "_i1", "_ii", "_dh", "Out", "x", "_mine", "_2x"], 0)
    found = change(given, "globals().clear(); globals().update(_=1, __=2)")
    assert (found.changed, found.removed) == ([], ["x", "_mine", "_2x"])
    assert change({"_": 0, "__": 0}, "_ = 1; globals().pop('__')").changed == ["_"]


def test_keys_that_are_no_names_are_not_told() -> None:
    """A cell may put anything into its namespace, and the result is still strict JSON."""
    found = change({"a": 1}, "globals().update({1: 2, None: 3, '\\ud800': 4, 'ä b': 5})")
    assert found.added == ["ä b"]
