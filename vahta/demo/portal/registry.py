"""The back office's registry and the citizen's account that follows it: pure, so easy to trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zlib import crc32

from vahta.demo.portal.faults import Mode

MAX_APPLICATIONS = 200
_MAX_COMING = 16
CANARY = "canary"
_BEFORE = "Черновик"
_SUBMITTED = "Подано"


@dataclass(frozen=True, slots=True)
class Told:
    """A status and the instant (aware UTC) it was set."""

    status: str
    updated_at: datetime


@dataclass(slots=True)
class Application:
    """What the registry says, what the account shows, and what is on its way between them."""

    registry: Told
    account: Told | None = None
    coming: list[tuple[float, Told]] = field(default_factory=list)

    def land(self, at: float) -> None:
        """Let everything due by ``at`` (monotonic seconds) reach the account."""
        while self.coming and self.coming[0][0] <= at:
            self.account = self.coming.pop(0)[1]


class Registry:
    """All applications by id; those unwritten for longest make room for new ones."""

    def __init__(self, applications: Mapping[str, Application] | None = None) -> None:
        self.applications: dict[str, Application] = dict(applications or {})

    def write(self, name: str, told: Told, *, mode: Mode, lands_at: float) -> None:
        """Change a status in the back office; it reaches the account at ``lands_at``, if ever."""
        application = self.applications.pop(name, None) or Application(told)
        while len(self.applications) >= MAX_APPLICATIONS:
            self.applications.pop(next(iter(self.applications)))
        self.applications[name] = application
        application.registry = told
        if mode is not Mode.LOST:
            application.coming.append((lands_at, told))
            application.coming.sort(key=lambda due: due[0])
            del application.coming[:-_MAX_COMING]

    def account(self, name: str, *, mode: Mode, at: float) -> Told | None:
        """What the citizen sees at ``at``; None when the account knows no such application."""
        application = self.applications.get(name)
        if application is None:
            return None
        if mode is Mode.STALE:
            return application.account or _before(application.registry)
        application.land(at)
        if mode is Mode.CORRUPT and application.account is not None:
            return _wrong(application.account)
        return application.account

    def admit_canary(self, now: datetime) -> None:
        """Have the monitoring's own application, known to the account, from the first moment."""
        told = Told(_SUBMITTED, now)
        self.applications.setdefault(CANARY, Application(told, account=told))

    def land(self, at: float) -> None:
        """Let everything due reach the accounts: what a fault then freezes is what was true."""
        for application in self.applications.values():
            application.land(at)


def _before(told: Told) -> Told:
    return Told(_BEFORE, told.updated_at - timedelta(days=1))


def _wrong(told: Told) -> Told:
    """Another status for each status: a wrong one that never changed would look like a lost one."""
    number = 1000 + crc32(told.status.encode()) % 9000
    return Told(f"Отклонено, решение № {number}", told.updated_at)
