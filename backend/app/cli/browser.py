"""The browser of whoever sits at this machine."""

from __future__ import annotations

import os
import sys
import webbrowser
from threading import Thread

_SIGNS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
"""Variables of the environment that only somebody with a browser has."""


def open_browser(address: str) -> bool:
    """Open an address, if there is a browser; whether there is one.

    Never one in the terminal, which is in use.
    """
    if sys.platform not in ("darwin", "win32") and not any(map(os.environ.get, _SIGNS)):
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    Thread(target=browser.open, args=(address,), name="nbengine-browser", daemon=True).start()
    return True
