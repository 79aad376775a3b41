"""The service, killed by its own hand at the nth pass of a named point; for the crash tests.

python serve_and_crash.py CONFIG POINT NTH
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from vahta.config import load
from vahta.serving import run


def crash_at(point: str, nth: int) -> Callable[[str], None]:
    passed = 0

    def checkpoint(name: str) -> None:
        nonlocal passed
        passed += name == point
        if passed == nth:
            os._exit(137)  # as kill -9: nothing is flushed, closed or rolled back by us

    return checkpoint


if __name__ == "__main__":
    file, point, nth = sys.argv[1:]
    config = load(Path(file), environ=os.environ)
    asyncio.run(run(config, say=print, checkpoint=crash_at(point, int(nth))))
