"""Every kind of event has its line, in words, with who did it."""

from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from desk.speech import load
from desk.timeline import Line, Teller
from incidents.events import (
    Acknowledged,
    Attached,
    Because,
    Cause,
    Detached,
    Event,
    Impact,
    Imported,
    IncidentEvent,
    Joined,
    MaintenanceCancelled,
    MaintenanceEnded,
    MaintenanceEvent,
    MaintenancePlanned,
    MaintenanceStarted,
    Merged,
    Opened,
    Origin,
    Published,
    Reassessed,
    Recovering,
    Relapsed,
    Reminded,
    Reopened,
    Resolved,
    Said,
    Status,
    Unrecognised,
    Unstable,
    Updated,
)
from incidents.journal import PROBES, Entry
from incidents.texts import Texts
from probes.observation import Outcome, Reason

NOW = datetime(2026, 10, 18, 12, 30, tzinfo=UTC)
ID, WHERE = "ИНЦ-2026-0001", "sms"
WHY = Because("x", {"in_a_row": 2})
BY_HAND = Because("by_hand")
DOWN = {"outcome": Outcome.DOWN, "reason": Reason.CODE_LATE}
SLOW = {"outcome": Outcome.DEGRADED, "reason": None}


def tell(texts: Texts, *events: Event, actor: str = PROBES) -> list[Line]:
    speech = load(["ru"], ZoneInfo("Europe/Moscow"))["ru"]
    entries = [Entry(n, "", NOW, actor, event) for n, event in enumerate(events, 1)]
    names = {"login": {"ru": "Вход на портал"}}
    return list(Teller(texts, speech, NOW, names).lines(entries))


def opened(origin: Origin, **more: object) -> Opened:
    return Opened(ID, WHERE, origin, Impact.MAJOR, NOW, WHY, **more)


def attached(cause: Cause, because: Because = WHY) -> Attached:
    return Attached(ID, "login", because, cause, NOW, Impact.MAJOR, {"ru": "Вход"}, **DOWN)


LINES = [
    (
        opened(Origin.PROBE, probe="sms", **DOWN),
        "Замечен: код приходит с опозданием. Проверка «sms», неудач подряд: 2.",
    ),
    (opened(Origin.PERSON, title={"ru": "Не звонит"}), "Заведён: Не звонит."),
    (opened(Origin.CALLS), "Заведён по звонкам: не работает."),
    (
        Published(ID, WHERE, Because("publish_after", {"waited_seconds": 180})),
        "Опубликован сам: прошло 3 мин.",
    ),
    (Published(ID, WHERE, BY_HAND), "Опубликован."),
    (Updated(ID, WHERE, BY_HAND, status=Status.IDENTIFIED), "Статус: Причина найдена."),
    (Updated(ID, WHERE, BY_HAND, text={"ru": "Чиним"}), "Сообщение."),
    (Updated(ID, WHERE, BY_HAND, title={"ru": "Чиним"}), "Исправлены слова."),
    (
        Reassessed(ID, WHERE, WHY, impact=Impact.MINOR, **SLOW),
        "Проверки видят иначе: работает с перебоями, частично.",
    ),
    (
        Joined(ID, WHERE, WHY, impact=Impact.MAJOR, **DOWN),
        "Проверки подтверждают: код приходит с опозданием.",
    ),
    (Acknowledged(ID, WHERE, BY_HAND), "Принят в работу."),
    (Recovering(ID, WHERE, WHY), "Проверки снова видят его исправным, наблюдаем."),
    (Relapsed(ID, WHERE, WHY, **DOWN), "Снова не работает: код приходит с опозданием."),
    (Resolved(ID, WHERE, WHY), "Устранён, удачных проверок подряд: 2."),
    (Resolved(ID, WHERE, BY_HAND), "Устранён."),
    (
        Reopened(ID, WHERE, WHY, started_at=NOW, impact=Impact.MAJOR, **DOWN),
        "Открыт заново: код приходит с опозданием.",
    ),
    (
        Reassessed(ID, WHERE, WHY, impact=Impact.MINOR, partial=True, **DOWN),
        "Проверки видят иначе, и не отовсюду: код приходит с опозданием, частично.",
    ),
    (Updated(ID, WHERE, BY_HAND, locked=True), "Статус теперь меняют только люди."),
    (Updated(ID, WHERE, BY_HAND, locked=False), "Статус снова меняется сам."),
    (Updated(ID, WHERE, BY_HAND, publish_at=NOW), "Публикация назначена: 15:30."),
    (
        attached(Cause.DEPENDENCY),
        "Из-за него пострадал и сервис «Вход»: код приходит с опозданием.",
    ),
    (attached(Cause.STORM), "Вместе с ним отказал и сервис «Вход»: код приходит с опозданием."),
    (
        attached(Cause.MERGE, Because("by_hand", {"merged": "ИНЦ-2026-0009"})),
        "Сюда перешёл сбой ИНЦ-2026-0009, сервис «Вход»: код приходит с опозданием.",
    ),
    (
        Detached(ID, "login", Because("confirmed_recovery")),
        "Сервис «Вход на портал» снова работает.",
    ),
    (
        Detached(ID, "login", Because("outlived_its_cause")),
        "Сервис «Вход на портал» больше к нему не относится.",
    ),
    (
        Detached(ID, "login", BY_HAND, apart=True),
        "Сервис «Вход на портал» отделён: с ним другой сбой.",
    ),
    (Detached(ID, "gone", BY_HAND, apart=True), "Сервис «gone» отделён: с ним другой сбой."),
    (Merged(ID, WHERE, WHY, "ИНЦ-2026-0002"), "Стал частью сбоя ИНЦ-2026-0002."),
    (
        Unstable(ID, WHERE, WHY),
        "То работает, то нет: закончится, только когда долго не будет перебоев.",
    ),
    (Reminded(ID, WHERE, WHY), "Напоминание: о нём давно ничего не сообщали."),
    (
        MaintenancePlanned(ID, WHERE, WHY, (WHERE,), NOW, NOW + timedelta(days=1), "UTC"),
        "Объявлены работы: 15:30 – 19 окт, 15:30.",
    ),
    (MaintenanceStarted(ID, WHERE, WHY, NOW, NOW), "Работы начались. Конец: 15:30."),
    (MaintenanceEnded(ID, WHERE, WHY), "Работы закончились."),
    (MaintenanceEnded(ID, WHERE, WHY, is_last=False), "Работы закончились до следующего раза."),
    (MaintenanceCancelled(ID, WHERE, WHY), "Работы отменены."),
    (
        Unrecognised(ID, WHERE, WHY, "foretold"),
        "запись более новой версии Вахты: foretold",
    ),
]


def test_no_kind_of_event_is_forgotten() -> None:
    told = {type(event) for event, _ in LINES} | {Imported}
    assert told == set(get_args(IncidentEvent)) | set(get_args(MaintenanceEvent))


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_language_has_words_for_every_event(texts: Texts, lang: str) -> None:
    speech = load([lang], ZoneInfo("Europe/Moscow"))[lang]
    entries = [Entry(n, "", NOW, PROBES, event) for n, (event, _) in enumerate(LINES, 1)]
    for line in Teller(texts, speech, NOW).lines(entries):
        assert line.words
        assert "{" not in line.words


@pytest.mark.parametrize(("event", "words"), LINES)
def test_every_event_has_its_words(event: Event, words: str, texts: Texts) -> None:
    (line,) = tell(texts, event)
    assert (line.words, line.who) == (words, "Вахта")


def test_a_person_goes_by_name_and_is_quoted(texts: Texts) -> None:
    (line,) = tell(texts, Updated(ID, WHERE, BY_HAND, text={"ru": "Чиним"}), actor="local")
    assert (line.who, line.said) == ("local", "Чиним")


def test_an_imported_incident_brings_its_past_along_in_order(texts: Texts) -> None:
    before = NOW - timedelta(hours=2)
    event = Imported(
        ID,
        WHERE,
        Status.RESOLVED,
        {"ru": "Сбой"},
        before,
        BY_HAND,
        updates=(
            Said(NOW - timedelta(hours=1), {"ru": "Починили"}, Status.RESOLVED),
            Said(before, {"ru": "Чиним"}),
        ),
    )
    told = [(line.when, line.words, line.said) for line in tell(texts, event)]
    assert told == [
        ("13:30", "Сообщение.", "Чиним"),
        ("14:30", "Статус: Устранён.", "Починили"),
        ("15:30", "Перенесён из другой системы.", ""),
    ]
