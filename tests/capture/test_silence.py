from __future__ import annotations

from nbengine.services.execution_service import ExecutionService


def test_what_a_value_does_while_it_is_looked_at_stays_out_of_the_cell() -> None:
    """Printing, displaying and warning in a `__str__` leave nothing in a cell that only assigns."""
    code = """
import warnings
import pandas as pd
class Chatty:
    def __str__(self):
        print("heard")
        display("seen")
        warnings.warn("felt")
        return "chatty"
df = pd.DataFrame({"a": [Chatty()]})
print("mine")
"""
    with ExecutionService() as service:
        result = service.execute_code(code, cell_id="c", notebook_id="n")
    assert result.error is None
    assert result.stdout == "mine\n"
    assert result.stderr == ""
    assert result.warnings == []
    assert [output.output_type for output in result.outputs] == ["stream"]
    assert result.tables[0].rows == [["chatty"]]


def test_the_cell_is_heard_again_afterwards() -> None:
    """A table shown in the middle of a cell silences nothing after it."""
    code = """
import pandas as pd
class Chatty:
    def __str__(self):
        return "chatty"
display(pd.DataFrame({"a": [Chatty()]}))
print("after")
"""
    with ExecutionService() as service:
        result = service.execute_code(code, cell_id="c", notebook_id="n")
    assert result.stdout == "after\n"
