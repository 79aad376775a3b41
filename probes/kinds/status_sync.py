"""Does a change in the back office reach the citizen's account; the right one, soon enough."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, model_validator

from probes.access import prepare
from probes.answer import Answer
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.flow.jsonpath import JsonPath, as_text, values_at
from probes.kind import probe_kind
from probes.observation import Outcome, Reading, Reason
from probes.request import Request
from probes.settings import Duration, LateSettings, Url
from probes.shape import with_values


@cache
def _zone(name: str) -> tzinfo:
    """The zone, read from disk once: when the config is, and not in a run."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _zone_name(name: str) -> str:
    try:
        _zone(name)
    except (KeyError, ValueError, OSError):
        raise ValueError('expected a time zone such as "Europe/Moscow"') from None
    return name


class StatusSyncSettings(LateSettings):
    """Looks whether what the back office knows is what the citizen sees. There are three ways.

    ``canary`` writes a fresh status into an application of the monitoring's own (every run
    changes it; ``{value}`` in ``registry`` stands for the status) and waits to see it in the
    account. ``compare`` reads both places and waits until they agree. ``age`` reads when the
    account was last brought up to date: older than ``minor`` is degraded, than ``major`` down;
    the server's own clock counts, where it tells the time.

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
    mode: Literal["canary", "compare", "age"] = Field("canary", description="How it is looked at.")
    registry_url: Url | None = Field(None, description="The back office: written to, or read.")
    registry_method: Literal["PUT", "POST", "PATCH"] = Field(
        "PUT", description="How a status is written there."
    )
    registry: Mapping[str, Any] = Field(
        default_factory=lambda: {"status": "{value}"}, description="Sent as JSON."
    )
    registry_field: JsonPath | None = Field(
        None, description="Key of the status in the back office's answer; else as field."
    )
    account_url: Url = Field(description="What the citizen sees, as JSON.")
    account_headers: Mapping[str, SecretStr] = Field(
        default_factory=dict, description="Sent to account_url alone; values are kept secret."
    )
    field: JsonPath = Field(
        "status", description="Key of the status, or of the timestamp, in the account's answer."
    )
    timezone: Annotated[str, AfterValidator(_zone_name)] = Field(
        "UTC", description="Zone of timestamps that name none."
    )
    minor: Duration = Field(900.0, gt=0, description="An older timestamp is degraded.")
    major: Duration = Field(3600.0, gt=0, description="An older timestamp is down.")

    @model_validator(mode="after")
    def _the_mode_has_what_it_needs(self) -> Self:
        if self.mode != "age" and self.registry_url is None:
            raise ValueError(f'mode = "{self.mode}" needs registry_url')
        if self.minor >= self.major:
            raise ValueError("minor must be shorter than major")
        return self


@probe_kind(StatusSyncSettings, recheck=10.0)
async def status_sync(settings: StatusSyncSettings, visit: Visit) -> Reading:
    await prepare(settings, visit, settings.registry_url or settings.account_url)
    match settings.mode:
        case "canary":
            return await _canary(settings, visit)
        case "compare":
            return await _compare(settings, visit)
        case "age":
            return await _age(settings, visit)


async def _canary(settings: StatusSyncSettings, visit: Visit) -> Reading:
    value = f"vahta-{visit.clock():%Y%m%dT%H%M%SZ}-{visit.random_token()}"
    before = await _shown(settings, visit, "before")
    body = with_values(settings.registry, value=value)
    change = Request(settings.registry_method, settings.registry_url or "", json=body)
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
    return _late(settings, seconds) or visit.verdict(settings.slow_after)


async def _compare(settings: StatusSyncSettings, visit: Visit) -> Reading:
    """Both change all the time, so each look reads both."""
    path = settings.registry_field or settings.field

    async def look() -> str | None:
        request = Request("GET", settings.registry_url or "")
        known = _value(await visit.fetch("registry", request), path)
        return known if known == await _shown(settings, visit, "account") else None

    found, seconds = await visit.until("agreement", look, within=settings.wait)
    if found is None:
        words = f"agreement: back office and account differ after {seconds:.1f} s"
        raise UnwellError(Reason.STATUS_MISMATCH, words)
    return _late(settings, seconds) or visit.verdict(settings.slow_after)


async def _age(settings: StatusSyncSettings, visit: Visit) -> Reading:
    answer = await visit.fetch("account", _asking(settings))
    at = _instant(_value(answer, settings.field), _zone(settings.timezone))
    now = _server_time(answer) or visit.clock()
    age = max(timedelta(), now - at).total_seconds()
    limit = settings.major if age > settings.major else settings.minor
    if age <= limit:
        return visit.verdict(settings.slow_after, _skew(now, visit.clock()))
    words = f"account: last brought up to date {age:.0f} s ago, the limit is {limit:g} s"
    outcome = Outcome.DOWN if limit == settings.major else Outcome.DEGRADED
    return Reading(outcome, Reason.STATUS_STALE, words)


def _late(settings: StatusSyncSettings, seconds: float) -> Reading | None:
    if seconds <= settings.late:
        return None
    words = f"arrival: the change came after {seconds:.1f} s, the limit is {settings.late:g} s"
    return Reading(Outcome.DEGRADED, Reason.STATUS_STALE, words)


def _asking(settings: StatusSyncSettings) -> Request:
    secret = settings.account_headers.items()
    headers = {name: value.get_secret_value() for name, value in secret}
    return Request("GET", settings.account_url, headers=headers)


async def _shown(settings: StatusSyncSettings, visit: Visit, step: str) -> str:
    return _value(await visit.fetch(step, _asking(settings)), settings.field)


def _value(answer: Answer, path: str) -> str:
    found = values_at(path, answer.expect_ok().json())
    if not found:
        raise UnwellError(Reason.UNEXPECTED_CONTENT, f"{answer.step}: the answer has no status")
    return as_text(found[0])


# ── timestamps ────────────────────────────────────────────────────────────────

_SKEW = timedelta(minutes=5)
_MILLISECONDS = 1e11
"""A number above this counts milliseconds since 1970, not seconds."""


def _instant(text: str, zone: tzinfo) -> datetime:
    """A timestamp in ISO 8601, as in HTTP, or as a number since 1970. Raises UnwellError."""
    try:
        number = float(text)
        return datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS else number, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = read(text)
        except ValueError:
            continue
        return at if at.tzinfo is not None else at.replace(tzinfo=zone)
    raise UnwellError(Reason.UNEXPECTED_CONTENT, "account: what should be a time is none")


def _server_time(answer: Answer) -> datetime | None:
    try:
        at = parsedate_to_datetime(answer.header("date"))
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _skew(theirs: datetime, ours: datetime) -> str:
    """A note, and no more: a clock that goes wrong is nobody's outage."""
    skew = theirs - ours
    if abs(skew) <= _SKEW:
        return ""
    return f"the server's clock is {abs(skew)} {'ahead' if skew > timedelta() else 'behind'}"
