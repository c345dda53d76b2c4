"""A fresh interpreter with one thread, which forks a child for every line that it is given."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
from typing import Any

from nbengine.policy.sandbox.confinement import Confinement
from nbengine.policy.sandbox.confining import confine, prepare
from nbengine.policy.sandbox.kernel import control

TIME = 60
DUMPABLE = 4


def main() -> None:
    """Answer line for line, after importing the modules that the arguments name."""
    # What a child started in the background writes, however late, is no answer.
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        for name in sys.argv[1:]:
            importlib.import_module(name)
        prepare()
        for line in sys.stdin:
            print(json.dumps(answered(json.loads(line))), file=answers, flush=True)


def answered(asked: dict[str, Any]) -> dict[str, Any]:
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(TIME)
        os.close(source)
        child = os.getpid()
        told = json.dumps(carried_out(asked)).encode()
        if os.getpid() == child:  # and not one that the code started
            os.write(sink, told)
        os._exit(0)
    os.close(sink)
    with os.fdopen(source, "rb") as file:
        told = file.read()
    _, status = os.waitpid(pid, 0)
    return {"status": status, **json.loads(told or b"{}")}


def carried_out(asked: dict[str, Any]) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__", "given": asked["given"], "answer": None}
    found: dict[str, Any] = {}
    try:
        become(asked["user"])
        os.chdir(asked["folder"])
        if asked["confinement"] is not None:
            confinement = Confinement.model_validate(asked["confinement"])
            isolation = confine(confinement, **asked["absent"])
            found["isolation"] = isolation.model_dump(mode="json")
        with contextlib.redirect_stdout(sys.stderr):
            exec(asked["code"], names)
        found["answer"] = names["answer"]
    except BaseException as error:
        found["error"] = f"{type(error).__name__}: {error}"
        found["errno"] = getattr(error, "errno", None)
    return found


def become(user: int | None) -> None:
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        control(DUMPABLE, 1)  # as in a process that this user started


if __name__ == "__main__":
    main()
