"""Runs a command as most containers do: no capabilities, and a filter against new namespaces."""

from __future__ import annotations

import os
import sys

from nbengine.policy.sandbox import privileges, seccomp

if __name__ == "__main__":
    privileges.gain_none()
    privileges.give_up()
    seccomp.install(
        seccomp.Leave(
            processes=True,
            network=True,
            metadata=True,
            shared_objects=True,
            signals=True,
            unix_sockets=True,
            truncation=True,
        )
    )
    os.execv(sys.executable, [sys.executable, "-m", "nbengine", *sys.argv[1:]])
