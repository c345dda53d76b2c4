"""The analyser of source in a process of its own: reads questions from stdin, answers on stdout.

Started by path, so that it imports nothing of the project; each line is one JSON object.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import Any, TextIO

MOST = 1_000
"""Matches of one answer."""
MOST_TYPES = 50
"""Matches up to which the type of each is told."""
IDLE = 900
"""Seconds without a question after which the process ends; the next one starts another."""


def main() -> None:
    """Answer until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.path += [path for path in json.loads(sys.argv[1]) if path not in sys.path]
    answers, sys.stdout = sys.stdout, sys.stderr
    import jedi  # noqa: PLC0415

    jedi.settings.case_insensitive_completion = False
    jedi.settings.add_bracket_after_function = False
    _say(answers, {"number": 0})
    for line in sys.stdin:
        _end_when_idle()
        question = json.loads(line)
        try:
            answer = _ANSWERS[question["what"]](_script(jedi, question), question)
        except Exception:  # whatever the analyser stumbles over, it knows nothing then
            answer = {}
        _say(answers, {"number": question["number"], **answer})


def _end_when_idle() -> None:
    """Give the memory back when nobody has asked for a while, where there are such signals."""
    if hasattr(signal, "alarm"):
        signal.alarm(IDLE)


def _say(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _script(jedi: Any, question: dict[str, Any]) -> Any:
    project = jedi.Project(
        question["cwd"], sys_path=question["path"], smart_sys_path=False, added_sys_path=()
    )
    return jedi.Script(
        question["source"], project=project, environment=jedi.InterpreterEnvironment()
    )


def _complete(script: Any, question: dict[str, Any]) -> dict[str, Any]:
    """The names that fit; types as long as there is time, for each costs an inference."""
    until = time.monotonic() + question["seconds"] / 3
    completions = script.complete(question["line"], question["column"])[:MOST]
    matches = []
    for completion in completions:
        has_time = len(completions) <= MOST_TYPES and time.monotonic() < until
        kind = completion.type if has_time else "<unknown>"
        matches.append([completion.name_with_symbols, kind])
    return {"matches": matches}


def _inspect(script: Any, question: dict[str, Any]) -> dict[str, Any]:
    """The first definition of the name: signature, documentation, kind and file."""
    for name in script.infer(question["line"], question["column"]):
        signatures = [signature.to_string() for signature in name.get_signatures()]
        return {
            "signature": "\n".join(signatures),
            "doc": name.docstring(raw=True),
            "type": name.type,
            "file": str(name.module_path or ""),
        }
    return {}


_ANSWERS = {"complete": _complete, "inspect": _inspect}

if __name__ == "__main__":
    main()
