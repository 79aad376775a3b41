"""Helper processes that are spoken to line by line."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class StuckError(Exception):
    """It does not get on although everything works."""


@dataclass
class Pipe:
    """A helper process that answers each JSON line with one."""

    process: asyncio.subprocess.Process

    async def told(self) -> Any:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise StuckError(f"{self.process.pid} has gone")
        return json.loads(line)

    async def ask(self, what: Mapping[str, Any]) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write((json.dumps(what) + "\n").encode())
        return await self.told()


@asynccontextmanager
async def helper(*args: str, tree: Path) -> AsyncIterator[Pipe]:
    """``python -m ARGS`` with the packages of ``tree``; killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *args,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{ROOT}"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Pipe(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
