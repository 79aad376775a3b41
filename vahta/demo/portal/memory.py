"""What the portal must still know after kill -9, and the one JSON file that knows it.

A change of fault (and a lock-out) is on disk, fsynced, before it is answered. The status canary
writes every few seconds, so those writes only mark the memory: it is saved at most once per
``Pace.save`` seconds. Nothing depends on the gap: a broken account shows what it showed when it
broke, and that is saved with the fault.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from vahta.demo.durable import write_whole
from vahta.demo.portal.faults import HEALTHY, NAMES, Faults, Mode, modes_of
from vahta.demo.portal.lockout import Lockout
from vahta.demo.portal.pace import Pace
from vahta.demo.portal.registry import Application, Registry, Told

_log = logging.getLogger(__name__)


class PortalStateError(Exception):
    """portal.json cannot be used; the message names the file, the trouble and the remedy."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Told(_Strict):
    status: str
    updated_at: AwareDatetime


class _Application(_Strict):
    registry: _Told
    account: _Told | None
    coming: _Told | None = Field(description="The newest change on its way to the account.")


class _Lockout(_Strict):
    rejected: int = Field(ge=0)
    since: AwareDatetime | None = None
    locked_until: AwareDatetime | None


class _Kept(_Strict):
    """portal.json. All twelve faults are named, so that a missing one is never taken for ok."""

    version: Literal[1]
    faults: dict[str, Mode]
    lockout: _Lockout
    applications: dict[str, _Application]


class Memory:
    """Opened by ``open_memory``. Faults change through ``change_faults`` only."""

    def __init__(
        self, path: Path, *, faults: Faults, lockout: Lockout, registry: Registry, pace: Pace
    ) -> None:
        self.faults = faults
        self.lockout = lockout
        self.registry = registry
        self._path = path
        self._pace = pace
        self._lock = asyncio.Lock()
        self._saver: asyncio.Task[None] | None = None

    async def change_faults(self, change: Callable[[Faults], Faults]) -> None:
        """Write the changed faults down, then let them work. Where it raises OSError, none do."""
        async with self._lock:
            faults = change(self.faults)
            self.registry.land(self._pace.time())
            await self._write(faults)
            self.faults = faults

    async def save(self) -> None:
        """Have everything known by now on disk. Raises OSError."""
        async with self._lock:
            await self._write(self.faults)

    def save_soon(self) -> None:
        """Have everything known by now on disk within ``Pace.save`` seconds."""
        if self._saver is None:
            self._saver = asyncio.create_task(self._save_later(), name="demo-portal-save")

    async def close(self) -> None:
        """Save what is still unsaved."""
        if self._saver is not None:
            self._saver.cancel()
            await asyncio.gather(self._saver, return_exceptions=True)
            await self.save()

    async def _save_later(self) -> None:
        await asyncio.sleep(self._pace.save)
        self._saver = None
        try:
            await self.save()
        except OSError as error:
            _log.warning("%s: cannot be saved: %s", self._path, error.strerror)

    async def _write(self, faults: Faults) -> None:
        kept = _keep(faults, self.lockout, self.registry)
        await asyncio.to_thread(_write_file, self._path, kept)


async def open_memory(path: Path, pace: Pace) -> Memory:
    """What the file says, or a healthy portal where there is no file yet.

    Raises PortalStateError for a file that is torn, foreign or from another version.
    """
    kept = await asyncio.to_thread(_read_file, path)
    if kept is None:
        return Memory(path, faults=HEALTHY, lockout=Lockout(), registry=Registry(), pace=pace)
    now = pace.time()
    return Memory(
        path,
        faults=Faults(kept.faults),
        lockout=Lockout(**dict(kept.lockout)),
        registry=Registry({i: _application(a, now) for i, a in kept.applications.items()}),
        pace=pace,
    )


def _read_file(path: Path) -> _Kept | None:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PortalStateError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        kept = _Kept.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _refusal(path, f"{where}: {first['msg']}" if where else first["msg"]) from None
    if wrong := sorted(NAMES.keys() ^ kept.faults.keys()):
        raise _refusal(path, f"faults: {', '.join(wrong)}: missing or unknown")
    for name, mode in kept.faults.items():
        if mode not in modes_of(name):
            raise _refusal(path, f"faults.{name}: {mode}: not a mode of it")
    return kept


def _refusal(path: Path, why: str) -> PortalStateError:
    return PortalStateError(
        f"{path}: is damaged or not the demo portal's ({why}): which services were broken is"
        " unknown, and the demo does not guess; remove the file to start with a healthy portal"
    )


def _write_file(path: Path, kept: _Kept) -> None:
    """Replace the file whole: a reader, or a restart after kill -9, sees the old or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, kept.model_dump_json(indent=1).encode())


def _keep(faults: Faults, lockout: Lockout, registry: Registry) -> _Kept:
    return _Kept(
        version=1,
        faults=dict(faults.modes),
        lockout=_Lockout(**asdict(lockout)),
        applications={
            name: _Application(
                registry=_told(a.registry),
                account=_told(a.account) if a.account else None,
                coming=_told(a.coming[-1][1]) if a.coming else None,
            )
            for name, a in registry.applications.items()
        },
    )


def _told(told: Told) -> _Told:
    return _Told(status=told.status, updated_at=told.updated_at)


def _application(kept: _Application, now: float) -> Application:
    """What was on its way when the process died has had the time to arrive."""
    account, coming = kept.account, kept.coming
    return Application(
        registry=Told(kept.registry.status, _at(kept.registry)),
        account=Told(account.status, _at(account)) if account else None,
        coming=[(now, Told(coming.status, _at(coming)))] if coming else [],
    )


def _at(told: _Told) -> datetime:
    return told.updated_at
