"""`python -m nbengine` is the command `nbengine`."""

from __future__ import annotations

import sys

from .cli.app import main

if __name__ == "__main__":
    sys.exit(main())
