"""Waiting for sockets and pipes, without what the kernel counts for all processes of a user.

Of what `epoll` takes (epoll(7), `max_user_watches`) the cells of one worker can leave none to those
of others, nor to the engine.
"""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from selectors import PollSelector as Selector
else:
    from selectors import DefaultSelector as Selector

__all__ = ["Selector"]
