"""Does a job that should run from time to time report that it has."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field, SecretStr

from probes.exchange import Visit
from probes.kind import probe_kind
from probes.memory import Memory
from probes.observation import Outcome, Reading, Reason
from probes.settings import Duration, ProbeSettings

_BEAT = "beat"
_FIRST = timedelta(hours=1)


class HeartbeatSettings(ProbeSettings):
    """Asks nobody: the job calls ``/hooks/heartbeat/`` and the token when it is done.

    No call ``within`` the time means down. Before the first one there is no data; nor is any
    missed in the first hour after Vahta's own start, since it may have come before. Let the job
    try again (``curl --retry 5``), so that none is lost to a restart.

    ```toml
    [[probe]]
    id = "registry-export"
    kind = "heartbeat"
    component = "status_sync"
    token = "${EXPORT_HEARTBEAT:-at least sixteen characters}"
    within = "26h"
    ```
    """

    kind: Literal["heartbeat"]
    every: Duration = Field(5.0, gt=0, description="How often to look whether it has called.")
    token: SecretStr = Field(min_length=16, description="The end of the address that it calls.")
    within: Duration = Field(gt=0, description="The longest time between two calls.")


@probe_kind(HeartbeatSettings, open_after=1)
async def heartbeat(settings: HeartbeatSettings, visit: Visit) -> Reading:
    now, longest = visit.clock(), timedelta(seconds=settings.within)
    beat = visit.memory.notes(settings.id).get(_BEAT)
    listening = now - visit.memory.first_look(settings.id, now)
    if beat is None:
        words = "no call has come yet"
    elif abs(now - datetime.fromisoformat(beat)) <= longest:
        return Reading(Outcome.UP)
    else:
        words = f"the last call came at {beat[:19]} UTC"
    missed = beat is not None and listening >= min(longest, _FIRST)
    outcome = Outcome.DOWN if missed else Outcome.UNKNOWN
    return Reading(outcome, Reason.HEARTBEAT_MISSED, words)


def beat(settings: HeartbeatSettings, memory: Memory, now: datetime) -> None:
    """The job has called."""
    memory.notes(settings.id)[_BEAT] = now.isoformat()
