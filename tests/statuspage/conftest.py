"""What the page's tests share: a portal of twelve components and incidents to put on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.component import Component, in_language
from incidents.contact import Contact
from incidents.events import (
    Attached,
    Because,
    Cause,
    Detached,
    Impact,
    Opened,
    Origin,
    Published,
    Said,
    Status,
)
from incidents.fold import evolve
from incidents.health import ComponentStatus, Health
from incidents.history.chronicle import Chronicle
from incidents.history.sketch import Latency
from incidents.history.uptime import Day, Seconds
from incidents.incident import Affected, Incident
from incidents.maintenance import Maintenance
from probes.observation import Outcome, Reason
from statuspage.board import Portal, Snapshot, board
from statuspage.site import Site

ID, WELL = "ИНЦ-2026-0001", Because("confirmed_recovery")
NOW = datetime(2026, 11, 22, 9, 48, 30, tzinfo=UTC)
NAMES = {
    "login": ("Вход на портал", "Signing in"),
    "sms": ("Коды по СМС", "SMS codes"),
    "upload": ("Загрузка документов", "Document upload"),
    "status_sync": ("Статусы заявлений", "Application status"),
    "search": ("Поиск услуг", "Service search"),
    "payments": ("Оплата пошлин и штрафов", "Fees and fines"),
    "booking": ("Запись к врачу", "Doctor's appointments"),
    "certificates": ("Справки и выписки", "Certificates"),
    "notices": ("Уведомления", "Notifications"),
    "chat": ("Чат поддержки", "Support chat"),
    "app": ("Мобильное приложение", "Mobile app"),
    "maps": ("Карта отделений", "Map of offices"),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """An article of two languages."""

    def meanwhile(self, lang: str) -> Sequence[str]:
        return {
            "ru": (
                "Подождите десять минут: старые коды больше не подойдут, нужен последний.",
                "Войдите по коду из приложения, если оно у вас подключено.",
            ),
        }.get(lang, ("Wait ten minutes and use the last code.", "Use the app's code instead."))


@dataclass(frozen=True, slots=True)
class PlainTexts:
    """Says what the incident says, and knows one article, for codes that don't arrive."""

    def title(self, incident: Incident, lang: str) -> str:
        return in_language(incident.title, lang) or f"{incident.component}: {incident.reason}"

    def public_text(self, incident: Incident, lang: str) -> str:
        return in_language(incident.public_text, lang)

    def safe(self, incident: Incident, lang: str) -> Sequence[str]:
        said = {"ru": "Заявления не потеряны.", "en": "No application is lost."}
        return (in_language(said, lang),) if incident.component == "upload" else ()

    def article_for(self, incident: Incident) -> Advice | None:
        return Advice() if incident.reason is Reason.CODE_NOT_ARRIVED else None


TEXTS = PlainTexts()


def make_incident(number: int = 1, **changes: Any) -> Incident:
    started = changes.pop("started_at", NOW - timedelta(minutes=38))
    given: dict[str, Any] = {
        "id": f"ИНЦ-2026-{number:04}",
        "component": "sms",
        "origin": Origin.PROBE,
        "status": Status.INVESTIGATING,
        "impact": Impact.MAJOR,
        "started_at": started,
        "opened_at": started,
        "changed_at": started + timedelta(minutes=3),
        "published_at": started + timedelta(minutes=3),
        "component_name": {"ru": "Коды по СМС", "en": "SMS codes"},
        "outcome": Outcome.DOWN,
        "reason": Reason.CODE_NOT_ARRIVED,
        "title": {"ru": "Коды по СМС: код не приходит", "en": "SMS codes: no code arrives"},
        "public_text": {
            "ru": "Коды по СМС сейчас не доходят до части абонентов. Мы уже чиним.",
            "en": "SMS codes don't reach some people at the moment. We are fixing it.",
        },
        "probes_agree": True,
    }
    made = Incident(**{**given, **changes})
    over = made.status is Status.MONITORING and made.is_automatic
    until = made.resolved_at or (made.changed_at if over else None)
    stretch = Affected(made.component, started, until, made.outcome, made.reason)
    return replace(made, affected=made.affected or (stretch,))


def make_resolved(number: int, started_at: datetime, **changes: Any) -> Incident:
    given: dict[str, Any] = {
        "status": Status.RESOLVED,
        "resolved_at": started_at + timedelta(minutes=55),
        "changed_at": started_at + timedelta(minutes=55),
    }
    return make_incident(number, started_at=started_at, **{**given, **changes})


def make_component(name: str, **changes: Any) -> Component:
    ru, en = NAMES[name]
    return Component(name, {"ru": ru, "en": en}, **{"probes": (name,), **changes})


def make_snapshot(
    *incidents: Incident, states: Mapping[str, ComponentStatus] | None = None, **changes: Any
) -> Snapshot:
    states = states or {}
    journeys = changes.pop("journeys", {})
    given: dict[str, Any] = {
        "portal": Portal(
            name={"ru": "Портал услуг", "en": "Services portal"},
            url="https://portal.example/",
            timezone="Europe/Moscow",
            languages=("ru", "en"),
        ),
        "page_url": "https://status.example/",
        "components": tuple(
            Health(make_component(name, journeys=journeys.get(name, ())), state, state)
            for name in NAMES
            for state in [states.get(name, ComponentStatus.OPERATIONAL)]
        ),
        "incidents": incidents,
        "contacts": (
            Contact(
                "hotline",
                {"ru": "Горячая линия", "en": "Hotline"},
                "phone",
                "8 800 000-00-00",
                {"ru": "круглосуточно", "en": "day and night"},
            ),
            Contact("mail", {"ru": "Почта", "en": "E-mail"}, "email", "help@portal.example"),
        ),
        "now": NOW,
        "seq": 7,
    }
    return Snapshot(**{**given, **changes})


def make_work(number: int = 50, **changes: Any) -> Maintenance:
    """Work on signing in and codes, at 02:00–04:30 in Moscow of the day after tomorrow."""
    start = changes.pop("starts_at", datetime(2026, 11, 23, 23, tzinfo=UTC))
    given: dict[str, Any] = {
        "id": f"ИНЦ-2026-{number:04}",
        "components": ("login", "sms"),
        "starts_at": start,
        "ends_at": start + changes.pop("lasts", timedelta(hours=2, minutes=30)),
        "timezone": "Europe/Moscow",
        "announced_at": NOW - timedelta(days=3),
        "changed_at": NOW - timedelta(days=3),
        "title": {"ru": "Обновление базы", "en": "Database upgrade"},
        "text": {"ru": "Войти не получится.", "en": "Signing in won't work."},
    }
    return Maintenance(**{**given, **changes})


def make_history(
    names: Sequence[str] = tuple(NAMES), incidents: Mapping[int, tuple[str, ...]] | None = None
) -> dict[str, Chronicle]:
    """Ninety days, of which the first thirty nobody saw, and every look there is among the rest.

    ``incidents`` are ids by how many days ago they were.
    """
    whole = 24 * 60 * 60
    odd = {
        2: Seconds(operational=whole - 2520, major_outage=2520),
        5: Seconds(operational=whole - 1200, partial_outage=600, degraded=600),
        9: Seconds(operational=whole - 3900, degraded=3900),
        20: Seconds(operational=whole - 60000, under_maintenance=60000),
        31: Seconds(operational=whole - 9000, unknown=9000),
        **{ago: Seconds(unknown=whole) for ago in range(60, 90)},
    }
    ids, today = incidents or {}, NOW.date()
    days = tuple(
        Day(today - timedelta(days=ago), odd.get(ago, Seconds(operational=whole)), ids.get(ago, ()))
        for ago in reversed(range(90))
    )
    speed = {day.date: Latency(2880, 400 + day.date.day, 900, 1500) for day in days[30:-1]}
    return {name: Chronicle(name, days, speed) for name in names}


def make_said(text: str, *, minutes: int, status: Status | None = None) -> Said:
    """A person's words, so many minutes before NOW."""
    return Said(NOW - timedelta(minutes=minutes), {"ru": text, "en": text}, status)


@pytest.fixture(scope="session")
def render() -> Callable[..., dict[str, bytes]]:
    """A site's files from its snapshot. Templates are compiled once for the same words."""
    sites: dict[Any, Site] = {}

    def files(snapshot: Snapshot, texts: Any = TEXTS, **options: Any) -> dict[str, bytes]:
        languages = snapshot.portal.languages
        key = (texts, languages, *options.items())
        if key not in sites:
            sites[key] = Site(texts, languages, **options)
        return dict(sites[key].render(board(snapshot)))

    return files


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything of this module that a test may use."""

    render: Callable[..., dict[str, bytes]]
    now: datetime = NOW
    names: tuple[str, ...] = tuple(NAMES)
    texts: PlainTexts = TEXTS
    incident: Callable[..., Incident] = make_incident
    resolved: Callable[..., Incident] = make_resolved
    component: Callable[..., Component] = make_component
    snapshot: Callable[..., Snapshot] = make_snapshot
    said: Callable[..., Said] = make_said
    work: Callable[..., Maintenance] = make_work
    history: Callable[..., dict[str, Chronicle]] = make_history


@pytest.fixture(scope="module")
def make(render: Callable[..., dict[str, bytes]]) -> Bench:
    """The same for what a whole module shares."""
    return Bench(render)


@pytest.fixture
def bench(render: Callable[..., dict[str, bytes]]) -> Bench:
    return Bench(render)


@dataclass
class Tale:
    """Events of one incident, each so many minutes after its start."""

    began: datetime
    names: dict[str, dict[str, str]]
    incident: object = None
    cause: Cause = Cause.STORM

    def opened(self, component: str = "login") -> Tale:
        event = Opened(
            ID, component, Origin.PROBE, Impact.MAJOR, self.began, WELL,
            component_name=self.names[component], outcome=Outcome.DOWN, reason=Reason.HTTP_5XX,
        )  # fmt: skip
        return self.then(0, event).then(3, Published(ID, component, WELL))

    def then(self, minute: float, event: object) -> Tale:
        at = self.began + timedelta(minutes=minute)
        self.incident = evolve(self.incident, event, at=at, actor="anna")
        return self

    def joined(self, minute: float, *components: str) -> Tale:
        for component in components:
            event = Attached(
                ID, component, WELL, self.cause, self.began + timedelta(minutes=minute),
                Impact.CRITICAL, self.names[component], Outcome.DOWN, Reason.TIMEOUT,
            )  # fmt: skip
            self.then(minute, event)
        return self

    def left(self, minute: float, component: str, **how: object) -> Tale:
        return self.then(minute, Detached(ID, component, WELL, **how))


@pytest.fixture
def tell() -> Callable[..., Tale]:
    """A new tale, that began forty minutes ago."""
    names = {name: dict(make_component(name).name) for name in NAMES}
    return lambda **how: Tale(NOW - timedelta(minutes=40), names, **how)
