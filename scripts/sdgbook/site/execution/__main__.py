"""`python -m sdgbook.site.execution`: the process of a `ForkServer`."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

from sdgbook.site.execution.fork import serve

if __name__ == "__main__":
    # Ctrl+C is for the parent, which then closes the pipe. Only answers may go where the parent reads them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # When the parent ends this process, an exception ends the children.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # A parent that was killed hears no answer.
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, answers)
