"""Incidents as Prometheus Alertmanager's alerts, which it is told again while they last.

It forgets an alert that nobody repeats (resolve_timeout), and all of them when it restarts.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, SecretStr, field_validator
from yarl import URL

from notify.kind import ChannelSettings, OpenOnes, Sender, Tools, channel_kind
from notify.message import Message
from notify.posting import Answer, Poster, is_web_address, judged
from notify.receipt import NotSentError, Receipt, Refused, Sent
from notify.trial import TEST
from probes.settings import Duration

_TIMEOUT = 10.0


class AlertmanagerSettings(ChannelSettings):
    """Incidents as alerts of Prometheus Alertmanager, API v2: one alert an incident.

    Labels: ``alertname = "VahtaIncident"``, ``component``, ``impact``, ``incident``. When the
    impact changes, the alert with the old one ends. Announced work and calls are refused, since
    they are no incidents: its route leaves them out with ``event``, as in the example. In a
    cluster, every Alertmanager is a channel of its own.

    ```toml
    [[channel]]
    id = "alertmanager"
    kind = "alertmanager"
    url = "http://127.0.0.1:9093"

    [[route]]
    id = "prometheus"
    channels = ["alertmanager"]
    event = ["opened", "reopened", "worsened", "joined", "spread"]
    ```
    """

    url: SecretStr = Field(
        description="Where Alertmanager answers, without /api/…; it is never printed."
    )
    gather: bool = Field(
        default=False, description="Not here: an alert is one incident, and it groups by itself."
    )
    repeat: Duration = Field(
        60.0, ge=1, le=300, description="How often it is told again of what is open."
    )

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: SecretStr) -> SecretStr:
        if not is_web_address(value.get_secret_value()):
            raise ValueError("expected an address such as http://127.0.0.1:9093")
        return value


class Alertmanager:
    def __init__(self, settings: AlertmanagerSettings, clock: Callable[[], datetime]) -> None:
        self._url = URL(settings.url.get_secret_value().rstrip("/") + "/api/v2/alerts")
        self.every = timedelta(seconds=settings.repeat)
        self._poster = Poster(timeout=_TIMEOUT)
        self._clock = clock
        self._turn = asyncio.Lock()

    async def send(self, recipient: str, message: Message, delivery_id: str) -> Receipt:
        return await self.amend(recipient, message, delivery_id, "")

    async def amend(
        self,
        recipient: str,  # noqa: ARG002 - the address is the recipient
        message: Message,
        delivery_id: str,  # noqa: ARG002 - an alert is known by its labels
        previous: str,
    ) -> Receipt:
        if message.event == TEST:
            return await self._post([])  # asks whether it listens, and tells nobody
        if not message.facts:
            return Refused("no_incident", "Alertmanager is told of incidents only")
        impact = str(message.facts["impact"])
        ended = message.facts["resolved_at"]
        alerts = [_alert(message, previous if ended and previous else impact, ended)]
        if previous not in ("", impact) and not ended:
            alerts.append(_alert(message, previous, self._clock().isoformat()))
        async with self._turn:
            receipt = await self._post(alerts)
        return Sent(impact) if isinstance(receipt, Sent) else receipt

    async def repeat(self, open_ones: OpenOnes) -> Receipt | None:
        """Tell all again that ``open_ones`` awaits: messages and what Sent.ref said of each.

        It is asked while nothing else is being sent, so that no end can be overtaken.
        """
        async with self._turn:
            told = await open_ones()
            alerts = [_alert(message, ref, None) for message, ref in told if message.facts]
            if not alerts:
                return None
            try:
                return await self._post(alerts)
            except NotSentError:
                return None  # the next round comes soon

    async def aclose(self) -> None:
        await self._poster.aclose()

    async def _post(self, alerts: Sequence[dict[str, Any]]) -> Receipt:
        answer = await self._poster.post(
            self._url,
            json.dumps(alerts, ensure_ascii=False).encode(),
            {"Content-Type": "application/json"},
        )
        return judged(answer, self._clock()) if isinstance(answer, Answer) else answer


@channel_kind(AlertmanagerSettings)
def alertmanager(settings: AlertmanagerSettings, tools: Tools) -> Sender:
    return Alertmanager(settings, tools.clock)


def _alert(message: Message, impact: str, ended: str | None) -> dict[str, Any]:
    facts = message.facts
    alert: dict[str, Any] = {
        "labels": {
            "alertname": "VahtaIncident",
            "component": facts["component"],
            "impact": impact,
            "incident": facts["id"],
        },
        "annotations": {
            "summary": message.first_line,
            "reason": facts["reason"] or "",
            "status": facts["status"],
        },
        "startsAt": facts["started_at"],
    }
    if ended is not None:
        alert["endsAt"] = ended
    if facts["url"]:
        alert["generatorURL"] = facts["url"]
    return alert
