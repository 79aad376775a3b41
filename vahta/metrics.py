"""What Prometheus sees: the only import of prometheus_client.

Counters and histograms are fit for objectives; what is a state is read at scrape time, so a
component that is no longer configured leaves no series behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from desk.calls.call import Answer
from desk.calls.reception import ESCALATED
from incidents.events import Called, Impact, Status
from incidents.health import ComponentStatus, Health
from incidents.incident import Incident
from notify.delivery import Because
from probes.observation import Observation, Outcome, Reason
from statuspage.mirror import Outcome as Mirrored

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
_LAG = (0.01, 0.05, 0.1, 0.25, 1.0, 5.0)

_MEASURES = {
    "orphans": "Documents that the probe sent and could not delete yet.",
    "certificate_expiry_timestamp_seconds": "When the certificate that the probe met ends.",
}


@dataclass(frozen=True, slots=True)
class Now:
    """What is read anew at every scrape. ``on_call`` is the engineer's id by the rota's."""

    health: Sequence[Health] = ()
    open_incidents: Sequence[Incident] = ()
    journal_seq: int = 0
    deliveries_pending: int = 0
    oldest_delivery_seconds: float = 0.0
    deliveries_held: Mapping[str, int] = field(default_factory=dict)
    page_published_at: datetime | None = None
    is_blind: bool = False
    on_call: Mapping[str, str | None] = field(default_factory=dict)


class Metrics:
    """One per service, on a registry of its own. ``page_made_at`` is the instant it shows."""

    def __init__(self, *, version: str) -> None:
        disable_created_metrics()
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._observations = Counter(
            "vahta_observations",
            "What probes saw, by outcome and reason (empty when up).",
            ["probe", "component", "kind", "outcome", "reason"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "vahta_probe_duration_seconds",
            "How long runs of a probe took.",
            ["probe", "kind"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._lag = Histogram(
            "vahta_schedule_lag_seconds",
            "How late runs began.",
            buckets=_LAG,
            registry=self._registry,
        )
        self._events = Counter(
            "vahta_incident_events",
            "Events written to the journal since the start, by kind.",
            ["kind"],
            registry=self._registry,
        )
        self._calls = Counter(
            "vahta_calls",
            "Citizens' calls noted since the start, by what they were answered with.",
            ["answer"],
            registry=self._registry,
        )
        for answer in Answer:
            self._calls.labels(answer.value)
        self._deliveries = Counter(
            "vahta_deliveries",
            "Delivery attempts settled, by channel and outcome.",
            ["channel", "outcome"],
            registry=self._registry,
        )
        self._decisions = Counter(
            "vahta_notify_decisions",
            "Decisions to tell somebody, or not to, since the start, by reason.",
            ["because"],
            registry=self._registry,
        )
        for because in Because:
            self._decisions.labels(because.value)
        self._published = Histogram(
            "vahta_page_publish_seconds",
            "How long rendering and publishing the site took.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._mirrored = Counter(
            "vahta_page_publisher_runs",
            "Runs of the commands that take the page elsewhere, by publisher and outcome.",
            ["publisher", "outcome"],
            registry=self._registry,
        )
        self._mirror_works = Gauge(
            "vahta_page_publisher_up",
            "1 if the publisher's last run went well.",
            ["publisher"],
            registry=self._registry,
        )
        self.page_made_at: datetime | None = None
        self._state = _State(version)
        self._registry.register(self._state)

    def observed(self, seen: Observation) -> None:
        reason = seen.reason.value if seen.reason else ""
        self._observations.labels(
            seen.probe, seen.component, seen.kind, seen.outcome.value, reason
        ).inc()
        self._seconds.labels(seen.probe, seen.kind).observe(seen.seconds)
        for name, value in seen.measures.items():
            self._state.measured.setdefault(name, {})[seen.probe, seen.component] = value

    def started_late(self, seconds: float) -> None:
        self._lag.observe(max(0.0, seconds))

    def recorded(self, kind: str) -> None:
        self._events.labels(kind).inc()

    def called(self, event: Called) -> None:
        article = "" if event.because == ESCALATED else event.article
        answer = Answer.of(incident=event.incident, article=article)
        self._calls.labels(answer.value).inc()

    def settled(self, channel: str, outcome: str) -> None:
        self._deliveries.labels(channel, outcome).inc()

    def decided(self, because: str) -> None:
        self._decisions.labels(because).inc()

    def published(self, seconds: float, at: datetime) -> None:
        self._published.observe(seconds)
        self.page_made_at = at

    def mirrored(self, publisher: str, outcome: Mirrored) -> None:
        self._mirrored.labels(publisher, outcome.value).inc()
        self._mirror_works.labels(publisher).set(outcome is Mirrored.DONE)

    def expect(self, probes: Iterable[tuple[str, str, str]]) -> None:
        """Begin the series of (probe, component, kind) at nought, so that rates are right."""
        for probe, component, kind in probes:
            for outcome in (Outcome.UP, Outcome.UNKNOWN):
                reason = "" if outcome is Outcome.UP else Reason.PROBE_ERROR.value
                self._observations.labels(probe, component, kind, outcome.value, reason)
            self._seconds.labels(probe, kind)

    def render(self, now: Now) -> bytes:
        """The text format. Takes a while with many probes: call it off the loop."""
        self._state.now = now
        return generate_latest(self._registry)


class _State(Collector):
    """States, as they are when somebody asks."""

    def __init__(self, version: str) -> None:
        self._version = version
        self.now = Now()
        self.measured: dict[str, dict[tuple[str, ...], float]] = {}

    def collect(self) -> Iterable[Metric]:
        now = self.now
        yield _gauge("vahta_build_info", "Always 1.", {(self._version,): 1.0}, ["version"])
        yield _gauge(
            "vahta_component_status",
            "1 for the state that a component is in, as the desk sees it.",
            {
                (h.component.id, status.value): float(h.status is status)
                for h in now.health
                for status in ComponentStatus
            },
            ["component", "status"],
        )
        yield _gauge(
            "vahta_incidents_open",
            "Unresolved incidents.",
            {
                (status.value, impact.value): float(
                    sum(i.status is status and i.impact is impact for i in now.open_incidents)
                )
                for status in Status
                if status.is_open
                for impact in Impact
            },
            ["status", "impact"],
        )
        yield from _plain(now)
        for name, values in sorted(self.measured.items()):
            help_ = _MEASURES.get(name, "What a probe measured beside its verdict, lately.")
            yield _gauge(f"vahta_probe_{name}", help_, dict(values), ["probe", "component"])


def _plain(now: Now) -> Iterable[Metric]:
    yield _gauge(
        "vahta_oncall_gap",
        "1 while nobody is on call.",
        {(rota,): float(engineer is None) for rota, engineer in now.on_call.items()},
        ["rota"],
    )
    yield _gauge(
        "vahta_oncall_engineer",
        "Always 1, for the id of the engineer on call.",
        {(rota, engineer): 1.0 for rota, engineer in now.on_call.items() if engineer},
        ["rota", "engineer"],
    )
    yield _one("vahta_journal_last_seq", "Number of the newest journal entry.", now.journal_seq)
    yield _one(
        "vahta_deliveries_pending", "Messages planned and not yet settled.", now.deliveries_pending
    )
    yield _one(
        "vahta_delivery_oldest_pending_seconds",
        "Age of the oldest message not yet settled, since it may go.",
        now.oldest_delivery_seconds,
    )
    yield _gauge(
        "vahta_deliveries_held",
        "Messages that wait for a time to come, and why.",
        {(because,): number for because, number in now.deliveries_held.items()},
        ["because"],
    )
    yield _one("vahta_blind", "1 while no witness answers: our own line is dead.", now.is_blind)
    if now.page_published_at is not None:
        yield _one(
            "vahta_page_published_timestamp_seconds",
            "When the public site was last published.",
            now.page_published_at.timestamp(),
        )


def _gauge(
    name: str, help_: str, values: Mapping[tuple[str, ...], float], labels: Sequence[str]
) -> Metric:
    family = GaugeMetricFamily(name, help_, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _one(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_, value=value)
