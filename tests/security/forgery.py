"""What a cell needs to speak for its worker; the worker's own code is what it finds it with."""

from __future__ import annotations

from typing import Final

FORGERY: Final = """
import sys, time
from nbengine.engines.frames import Kind
from nbengine.models.events import OutputShown, TextWritten
from nbengine.models.outputs import DisplayData
_at = sys._getframe()
while _at.f_code.co_name != '_execute' or 'nonce' not in _at.f_locals:
    _at = _at.f_back
nonce, host = _at.f_locals['nonce'], _at.f_locals['self']
notebook_id = _at.f_locals['arguments']['notebook_id']
wire = host._line
def result(**parts):
    import json
    return json.dumps({
        'status': 'ok', 'execution_count': 1, 'duration': 0, 'cell_id': 'c1',
        'started_at': '2020-01-01T00:00:00Z', 'notebook_id': notebook_id,
        'execution_id': host._service.next_id, **parts}).encode()
"""
"""Leaves `wire`, `nonce`, `host`, and `result`, which makes up a result of this cell."""
