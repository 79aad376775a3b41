"""What the monitoring that is there already says: Prometheus rules, by way of Alertmanager."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator

from probes.exchange import Visit
from probes.kind import probe_kind
from probes.memory import Memory
from probes.notification import Alert, fits
from probes.observation import Outcome, Reading, Reason
from probes.settings import Duration, ProbeSettings

_MOST = 1000
"""Alerts that are remembered as firing; whoever has more knows that it is down."""


class AlertmanagerSettings(ProbeSettings):
    """Asks nobody: Alertmanager, or Grafana, posts its notifications to ``/hooks/alertmanager``.

    An alert whose labels ``match`` makes the component fail while it fires. Rules wait by
    themselves (``for:``), so the first word opens the incident. Silence means that all is well
    only while the pipe is known to be alive: let a rule that always fires be the ``watchdog``,
    repeated every minute. Otherwise, and before the first word, there is no data. See
    docs/hooks.md.

    ```toml
    [[probe]]
    id = "login-errors"
    kind = "alertmanager"
    component = "login"
    token = "${ALERTMANAGER_TOKEN:-at least sixteen characters}"
    match = { alertname = "LoginErrors", service = "login" }
    degraded = { severity = ["warning"] }
    watchdog = { alertname = "Watchdog" }
    heard_within = "5m"
    ```
    """

    kind: Literal["alertmanager"]
    every: Duration = Field(5.0, gt=0, description="How often to look at what has been posted.")
    token: SecretStr = Field(
        min_length=16, description="What the sender shows, as a bearer token or in the address."
    )
    match: Mapping[str, str] = Field(
        min_length=1, description="Labels of the alerts that are about this component: all of them."
    )
    degraded: Mapping[str, tuple[str, ...]] = Field(
        default_factory=lambda: {"severity": ("warning", "info")},
        description="Labels and values that mean degraded; every other alert means down.",
    )
    reason: Reason = Field(
        Reason.RULE_FIRING, description="What it means when it fires; says what operators say."
    )
    watchdog: Mapping[str, str] = Field(
        default_factory=dict,
        description="Labels of the rule that always fires; without one every word counts.",
    )
    heard_within: Duration = Field(
        600.0, gt=0, description="For so long after the last word silence means that all is well."
    )
    repeated_within: Duration = Field(
        18_000.0,
        gt=0,
        description="An alert that wasn't repeated for so long isn't known to fire any more;"
        " longer than Alertmanager's repeat_interval.",
    )

    @model_validator(mode="after")
    def _a_reason_that_blames(self) -> Self:
        if self.reason is Reason.PROBE_ERROR:
            raise ValueError("reason: probe_error is for failures of our own")
        return self

    def means_degraded(self, labels: Mapping[str, str]) -> bool:
        return any(labels.get(name) in values for name, values in self.degraded.items())


@probe_kind(AlertmanagerSettings, open_after=1)
async def alertmanager(settings: AlertmanagerSettings, visit: Visit) -> Reading:
    notes, now = _notes(settings, visit.memory), visit.clock()
    firing = list(notes["firing"].values())
    live = [one for one in firing if _is_within(one["heard"], settings.repeated_within, now)]
    if live:
        worst = min(live, key=lambda one: bool(one["degraded"]))
        more = f", and {len(live) - 1} more" if len(live) > 1 else ""
        told = f": {worst['summary']}" if worst["summary"] else ""
        outcome = Outcome.DEGRADED if worst["degraded"] else Outcome.DOWN
        return Reading(outcome, settings.reason, f"{worst['name']} is firing{more}{told}")
    if firing:
        return _unseen(f"{firing[0]['name']} was firing, and has not been repeated since")
    if notes["heard"] is None:
        return _unseen("Alertmanager has not been heard from")
    if not _is_within(notes["heard"], settings.heard_within, now):
        return _unseen(f"Alertmanager was last heard from at {notes['heard'][:19]} UTC")
    return Reading(Outcome.UP)


def hear(
    settings: AlertmanagerSettings,
    memory: Memory,
    alert: Alert,
    now: datetime,
    *,
    mask: Callable[[str], str],
) -> bool:
    """Take one alert in; whether it was about this probe. Hearing it twice changes nothing."""
    notes = _notes(settings, memory)
    is_watchdog = bool(settings.watchdog) and fits(settings.watchdog, alert.labels)
    if is_watchdog or not settings.watchdog:
        is_alive = alert.is_firing or not is_watchdog
        notes["heard"] = now.isoformat() if is_alive else None
    if not fits(settings.match, alert.labels):
        return is_watchdog
    firing = notes["firing"]
    if not alert.is_firing:
        firing.pop(alert.id, None)
    elif alert.id in firing or len(firing) < _MOST:
        firing[alert.id] = {
            "name": mask(alert.name),
            "summary": mask(alert.summary),
            "degraded": settings.means_degraded(alert.labels),
            "heard": now.isoformat(),
        }
    return True


def _notes(settings: AlertmanagerSettings, memory: Memory) -> dict[str, Any]:
    """What was heard; nothing of it counts once the probe is about other alerts."""
    notes = memory.notes(settings.id)
    about = {"match": dict(settings.match), "watchdog": dict(settings.watchdog)}
    if notes.get("about") != about:
        notes.clear()
        notes.update(about=about, heard=None, firing={})
    return notes


def _is_within(heard: str, seconds: float, now: datetime) -> bool:
    return abs(now - datetime.fromisoformat(heard)) <= timedelta(seconds=seconds)


def _unseen(words: str) -> Reading:
    return Reading(Outcome.UNKNOWN, Reason.HEARTBEAT_MISSED, words)
