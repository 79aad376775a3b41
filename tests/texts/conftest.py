"""Incidents as they stand on a bad day, in Russian and English."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.events import Impact, Origin, Scope, Status
from incidents.find.findings import Findings
from incidents.find.index import Index
from incidents.incident import Incident
from incidents.texts import Texts
from probes.observation import Outcome, Reason

NOON = datetime(2026, 10, 18, 12, 0, tzinfo=UTC)

NAMES: Mapping[str, Mapping[str, str]] = {
    "login": {"ru": "Вход в личный кабинет", "en": "Signing in"},
    "sms": {"ru": "Коды по СМС", "en": "SMS codes"},
    "upload": {"ru": "Загрузка документов", "en": "Document uploads"},
    "status_sync": {"ru": "Статусы заявлений", "en": "Application statuses"},
    "payments": {"ru": "Оплата", "en": "Payments"},
    "appointments": {"ru": "Запись на приём", "en": "Appointments"},
    "search": {"ru": "Поиск", "en": "Search"},
}


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts.load(["ru", "en"])


@pytest.fixture(scope="session")
def make() -> Callable[..., Incident]:
    """An open automatic incident; keywords change what is said of it."""

    def one(number: int, component: str, reason: Reason | None = None, **more: Any) -> Incident:
        incident = Incident(
            id=f"ИНЦ-2026-{number:04d}",
            component=component,
            origin=Origin.PROBE,
            status=Status.INVESTIGATING,
            impact=Impact.MAJOR,
            started_at=NOON + timedelta(minutes=number),
            opened_at=NOON + timedelta(minutes=number),
            changed_at=NOON + timedelta(minutes=number),
            component_name=NAMES.get(component, {}),
            outcome=Outcome.DOWN,
            reason=reason,
        )
        return replace(incident, **more)

    return one


@pytest.fixture(scope="session")
def bad_day(make: Callable[..., Incident]) -> list[Incident]:
    """Five open incidents, one of them for one mobile operator only, and one of yesterday."""
    person: dict[str, Any] = {"origin": Origin.PERSON, "outcome": None}
    return [
        make(41, "login", Reason.LOGIN_REJECTED),
        make(42, "sms", Reason.CODE_NOT_ARRIVED),
        make(43, "upload", Reason.CONNECTION_RESET, status=Status.SUSPECTED),
        make(44, "status_sync", Reason.STATUS_NEVER),
        make(45, "payments", Reason.HTTP_5XX),
        make(
            46,
            "sms",
            title={"ru": "Абонентам Билайна не приходят СМС", "en": "No SMS for Beeline"},
            scope=Scope(carrier="Билайн Beeline"),
            **person,
        ),
        make(
            12,
            "appointments",
            title={"ru": "Не работает запись к врачу", "en": "No doctors' appointments"},
            symptoms=({"ru": "не записаться к врачу", "en": "can't see a doctor"},),
            status=Status.RESOLVED,
            resolved_at=NOON,
            **person,
        ),
    ]


@pytest.fixture(scope="session")
def index(bad_day: list[Incident], texts: Texts) -> Index:
    return Index.build(bad_day, texts.articles.values(), texts=texts)


@pytest.fixture(scope="session")
def find(index: Index) -> Callable[[str], Findings]:
    """``index.find`` as a function of its own, which hypothesis can show when it fails."""

    def in_index(text: str) -> Findings:
        return index.find(text)

    return in_index
