"""Hatches services quickly: a process that has everything imported, and forks for each life.

Reads one JSON order a line and answers each with one line: ``{"hatch": {config, ahead, point, nth,
log}}`` → ``{"pid"}``; ``{"wait": pid}`` → ``{"status"}``, ``{"look": pid}`` → the same, or null
while it lives. Each life is ``vahta.serving.run`` as ``vahta run`` calls it, in a process of its
own. ``ahead`` seconds its clock is fast; it kills itself with SIGKILL the ``nth`` time that it
passes ``point``.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vahta import clock
from vahta.config import load
from vahta.serving import run

_PR_SET_PDEATHSIG = 1


def _at(point: str, nth: int) -> Callable[[str], None]:
    passed = 0

    def checkpoint(name: str) -> None:
        nonlocal passed
        passed += name == point
        if name == point and passed == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return checkpoint


def _fast(ahead: float) -> Callable[[], datetime]:
    real = clock.now
    return lambda: real() + timedelta(seconds=ahead)


def live(order: dict[str, Any]) -> None:
    """One life, in the child."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    logging.basicConfig(level=logging.INFO, force=True)
    clock.now = _fast(order["ahead"])
    config = load(Path(order["config"]), environ=os.environ)
    checkpoint = _at(order["point"], order["nth"])
    asyncio.run(run(config, say=lambda text: print(text, flush=True), checkpoint=checkpoint))


def main() -> None:
    gc.freeze()
    for line in sys.stdin:
        [(what, value)] = json.loads(line).items()
        if what == "hatch":
            pid = os.fork()
            if pid == 0:
                try:
                    live(value)
                except Exception:  # noqa: BLE001 - whatever ended it, the log is to say
                    traceback.print_exc()
                finally:
                    os._exit(1)
            answer = {"pid": pid}
        else:
            pid, status = os.waitpid(value, os.WNOHANG if what == "look" else 0)
            answer = {"status": os.waitstatus_to_exitcode(status) if pid else None}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
