"""Does a change in the back office reach the citizen's account; the right one, soon enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from probes.classify import UnwellError
from probes.exchange import Visit
from probes.kind import probe_kind
from probes.observation import Outcome, Reading, Reason
from probes.request import Request
from probes.settings import Duration, LateSettings, Url


class StatusSyncSettings(LateSettings):
    """Writes a fresh status into a canary application and waits to see it in the account.

    The application is the monitoring's own and nobody else's: every run changes it.
    ``{value}`` in ``registry`` stands for the fresh status.

    ```toml
    [[probe]]
    id = "status-updates"
    kind = "status_sync"
    component = "status_sync"
    registry_url = "https://registry.example/applications/canary"
    registry = { status = "{value}" }
    account_url = "https://portal.example/api/applications/canary"
    field = "status"
    late_after = "5s"
    wait = "20s"
    ```
    """

    kind: Literal["status_sync"]
    every: Duration = Field(60.0, gt=0, description="How often to ask.")
    timeout: Duration = Field(30.0, gt=0, description="Hard limit for the whole run.")
    registry_url: Url
    registry_method: Literal["PUT", "POST", "PATCH"] = "PUT"
    registry: Mapping[str, Any] = Field(
        default_factory=lambda: {"status": "{value}"}, description="Sent as JSON."
    )
    account_url: Url
    field: str = Field("status", description="Key of the status in the account's answer.")


@probe_kind(StatusSyncSettings, recheck=10.0)
async def status_sync(settings: StatusSyncSettings, visit: Visit) -> Reading:
    value = f"vahta-{visit.clock():%Y%m%dT%H%M%SZ}-{visit.random_token()}"
    before = await _shown(settings, visit, "before")
    change = Request(
        settings.registry_method,
        settings.registry_url,
        headers=settings.plain_headers(),
        json=_with_value(settings.registry, value),
    )
    (await visit.fetch("registry", change)).expect_ok()
    shown: list[str] = []

    async def look() -> str | None:
        shown.append(await _shown(settings, visit, "account"))
        return value if shown[-1] == value else None

    found, seconds = await visit.until("arrival", look, within=settings.wait)
    if found is None and shown[-1] == before:
        words = f"arrival: the account does not show the change after {seconds:.1f} s"
        raise UnwellError(Reason.STATUS_NEVER, words)
    if found is None:
        words = "arrival: the account shows neither the old status nor the new one"
        raise UnwellError(Reason.STATUS_MISMATCH, words)
    if seconds > settings.late:
        words = f"arrival: the change came after {seconds:.1f} s, the limit is {settings.late:g} s"
        return Reading(Outcome.DEGRADED, Reason.STATUS_STALE, words)
    return visit.verdict(settings.slow_after)


async def _shown(settings: StatusSyncSettings, visit: Visit, step: str) -> str:
    request = Request("GET", settings.account_url, headers=settings.plain_headers())
    body = (await visit.fetch(step, request)).expect_ok().json()
    if not isinstance(body, dict) or settings.field not in body:
        raise UnwellError(Reason.UNEXPECTED_CONTENT, f"{step}: the answer has no status")
    return str(body[settings.field])


def _with_value(template: Any, value: str) -> Any:
    """The template with every ``{value}`` in its texts replaced."""
    if isinstance(template, Mapping):
        return {key: _with_value(item, value) for key, item in template.items()}
    if isinstance(template, (list, tuple)):
        return [_with_value(item, value) for item in template]
    return template.replace("{value}", value) if isinstance(template, str) else template
