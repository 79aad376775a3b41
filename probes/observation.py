"""What one run of one probe saw: plain values, read by every package downstream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How the component looked. UNKNOWN means that *we* could not see: it is never evidence."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"

    @property
    def is_bad(self) -> bool:
        return self in (Outcome.DEGRADED, Outcome.DOWN)


class Reason(StrEnum):
    """Why an observation is not UP: a closed list, each with its sentences in incidents/texts/."""

    DNS_FAILED = "dns_failed"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_EXPIRED = "tls_expired"
    TLS_UNTRUSTED = "tls_untrusted"
    TLS_HOSTNAME = "tls_hostname"
    HTTP_403 = "http_403"
    HTTP_404 = "http_404"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    TIMEOUT = "timeout"
    SLOW = "slow"
    BODY_TOO_LARGE = "body_too_large"
    UNEXPECTED_CONTENT = "unexpected_content"
    REDIRECT_LOOP = "redirect_loop"
    REDIRECT_BLOCKED = "redirect_blocked"
    LOGIN_REJECTED = "login_rejected"
    LOGIN_LOCKED = "login_locked"
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105 - a reason, no password
    CAPTCHA_SHOWN = "captcha_shown"
    CSRF_MISSING = "csrf_missing"
    SESSION_LOST = "session_lost"
    CODE_NOT_SENT = "code_not_sent"
    CODE_LATE = "code_late"
    CODE_NOT_ARRIVED = "code_not_arrived"
    UPLOAD_REJECTED = "upload_rejected"
    UPLOAD_CORRUPTED = "upload_corrupted"
    UPLOAD_STUCK = "upload_stuck"
    STATUS_STALE = "status_stale"
    STATUS_MISMATCH = "status_mismatch"
    STATUS_NEVER = "status_never"
    HEARTBEAT_MISSED = "heartbeat_missed"
    RULE_FIRING = "rule_firing"
    CONNECTION_RESET = "connection_reset"
    PROTOCOL_ERROR = "protocol_error"
    BODY_TRUNCATED = "body_truncated"
    # Ours: the probe itself broke. Goes with UNKNOWN only, and blames nobody.
    PROBE_ERROR = "probe_error"


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange of a probe. Seconds throughout; phases: see probes.timing."""

    name: str
    seconds: float
    status: int | None = None
    phases: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a probe kind answers: the observation before it knows whose, when and how long.

    ``detail`` is one English sentence for engineers; it holds no secret and no personal data.
    """

    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""

    def __post_init__(self) -> None:
        if (self.outcome is Outcome.UP) != (self.reason is None):
            raise ValueError("a reading has a reason exactly when it is not up")


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run of one probe saw. ``at`` is the aware UTC instant at which the run began.

    ``capture`` is the id under which the record of its exchanges is kept, empty where it isn't.
    ``measures`` are numbers beside the verdict, by name; a name is of small letters and ``_``,
    and ends in the unit where there is one (seconds, bytes).
    """

    probe: str
    component: str
    kind: str
    location: str
    at: datetime
    outcome: Outcome
    reason: Reason | None
    detail: str
    seconds: float
    steps: tuple[Step, ...] = ()
    capture: str = ""
    measures: Mapping[str, float] = field(default_factory=dict)
