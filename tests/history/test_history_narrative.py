"""Every fact, every rule and every step has its sentence, in both languages."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from incidents.codec import TAGS
from incidents.events import (
    Acknowledged,
    Attached,
    Because,
    Called,
    Cause,
    Detached,
    Event,
    Gate,
    Impact,
    Imported,
    Joined,
    MaintenanceCancelled,
    MaintenanceEnded,
    MaintenancePlanned,
    MaintenanceStarted,
    Medium,
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
    Seen,
    Status,
    Step,
    Unrecognised,
    Unstable,
    Updated,
)
from incidents.incident import Affected, Incident
from incidents.journal import PROBES, Entry
from incidents.narrative import Narrator, Told, names_of
from incidents.sentences import Sentences
from incidents.texts import Texts
from probes.observation import Outcome, Reason

MOSCOW = ZoneInfo("Europe/Moscow")
AT = datetime(2026, 10, 18, 9, 0, tzinfo=UTC)
ID = "ИНЦ-2026-0001"
A = (ID, "sms")
WHY = Because("by_hand")
LATE = {"outcome": Outcome.DOWN, "reason": Reason.CODE_LATE}
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts.load(["ru", "en"])


@pytest.fixture
def narrate(texts: Texts):
    def make(lang: str = "ru") -> Narrator:
        names = {"sms": {"ru": "Коды", "en": "Codes"}, "login": {"ru": "Вход"}}
        return Narrator(texts, Sentences.load(lang, MOSCOW), names)

    return make


WORK = MaintenancePlanned("РАБ-2026-0001", "sms", WHY, ("sms", "login"), AT, AT + HOUR, "UTC")
EVENTS: list[tuple[Event, str, str]] = [
    (
        Opened(*A, Origin.PROBE, Impact.MAJOR, AT, WHY, **LATE),
        "Сбой заведён по проверкам: код приходит с опозданием.",
        "Opened by probes: the code arrives late.",
    ),
    (
        Opened(*A, Origin.PERSON, Impact.MAJOR, AT, WHY, title={"ru": "Не звонит.", "en": "Mute."}),
        "Сбой заведён вручную: Не звонит.",
        "Opened by hand: Mute.",
    ),
    (
        Opened(*A, Origin.CALLS, Impact.MINOR, AT, WHY),
        "Сбой заведён по звонкам: работает с перебоями.",
        "Opened because of calls: works on and off.",
    ),
    (
        Published(*A, WHY),
        "Сбой опубликован, теперь о нём знают граждане.",
        "Published: citizens know of it now.",
    ),
    (
        Updated(*A, WHY, status=Status.IDENTIFIED, impact=Impact.MINOR, text={"ru": "Нашли"}),
        "Изменено: статус — «причина найдена», тяжесть — перебои, новое сообщение гражданам.",
        'Changed: status is "cause found", impact is minor, a new message to citizens.',
    ),
    (
        Updated(*A, WHY, text={"ru": "Чиним"}),
        "Гражданам написали новое.",
        "Citizens were told something new.",
    ),
    (
        Updated(*A, WHY, publish_at=AT, locked=True, title={"ru": "Новый"}),
        "Изменено: публикация назначена на 2026-10-18 12:00:00, статус меняют только люди, заголовок или тексты.",
        "Changed: to be published 2026-10-18 12:00:00, only people change the status, the title or the texts.",
    ),
    (
        Updated(*A, WHY, locked=False),
        "Изменено: статус снова меняется сам.",
        "Changed: the status changes by itself again.",
    ),
    (Updated(*A, WHY), "Сбой отмечен без изменений.", "Touched without a change."),
    (
        Reassessed(*A, WHY, Impact.MINOR, Outcome.DEGRADED, Reason.SLOW),
        "Проверки видят сбой иначе: сервис работает медленно, тяжесть: перебои.",
        "Probes see it differently: slower than usual, impact: minor.",
    ),
    (
        Reassessed(*A, WHY, Impact.MINOR, Outcome.DEGRADED, None, partial=True),
        "Проверки видят сбой иначе и не отовсюду: работает с перебоями, тяжесть: перебои.",
        "Probes see it differently, and not from everywhere: works on and off, impact: minor.",
    ),
    (
        Joined(*A, WHY, Impact.MAJOR, **LATE),
        "Проверки подтвердили: код приходит с опозданием.",
        "Probes confirmed it: the code arrives late.",
    ),
    (Acknowledged(*A, WHY), "Сбой взят в работу.", "Somebody took it on."),
    (
        Recovering(*A, WHY),
        "Проверки видят, что всё снова работает.",
        "Probes see that it works again.",
    ),
    (
        Relapsed(*A, WHY, Outcome.DOWN, None),
        "Снова отказ: не работает.",
        "It failed again: doesn't work.",
    ),
    (Resolved(*A, WHY), "Сбой устранён.", "Resolved."),
    (
        Reopened(*A, WHY, AT, Impact.CRITICAL),
        "Сбой открыт заново: не работает совсем.",
        "Opened again: doesn't work at all.",
    ),
    (
        Attached(
            ID, "upload", WHY, Cause.STORM, AT, Impact.MAJOR, {"ru": "Файлы", "en": "Files"}, **LATE
        ),
        "К сбою отнесён ещё один сервис — «Файлы»: код приходит с опозданием.",
        'One more component belongs to it, "Files": the code arrives late.',
    ),
    (
        Detached(ID, "login", Because("outlived_its_cause")),
        "Сервис «Вход» больше не относится к этому сбою.",
        '"Вход" doesn\'t belong to it any more.',
    ),
    (
        Detached(*A, Because("confirmed_recovery")),
        "Сервис «Коды» снова работает.",
        '"Codes" works again.',
    ),
    (
        Detached(*A, WHY, apart=True),
        "Сервис «Коды» отделён от этого сбоя вручную.",
        '"Codes" was taken out of it by hand.',
    ),
    (
        Merged(*A, WHY, "ИНЦ-2026-0002"),
        "Сбой объединён с ИНЦ-2026-0002 и продолжается там.",
        "Merged into ИНЦ-2026-0002, where it goes on.",
    ),
    (
        Unstable(*A, WHY),
        "Сервис то отказывает, то работает: сбой закроется, когда станет спокойно.",
        "It comes and goes: only calm will end it.",
    ),
    (
        Reminded(*A, WHY),
        "Напоминание: о сбое давно ничего не сообщали.",
        "A reminder: nothing has been said about it for long.",
    ),
    (
        Imported(*A, Status.RESOLVED, {"ru": "Старый"}, AT, WHY),
        "Сбой перенесён из другой системы.",
        "Brought along from another system.",
    ),
    (
        Called(*A, WHY, "ЗВ-2026-0007", "sms", Medium.PHONE),
        "Гражданин сообщил о том же: ЗВ-2026-0007.",
        "A citizen reported it: ЗВ-2026-0007.",
    ),
    (
        Unrecognised(*A, WHY, "invented"),
        "Запись более новой версии Вахты: invented.",
        "An entry of a newer version of Vahta: invented.",
    ),
    (
        WORK,
        "Назначены работы (Коды, Вход): с 2026-10-18 12:00:00 до 2026-10-18 13:00:00.",
        "Work was announced (Codes, Вход): 2026-10-18 12:00:00 to 2026-10-18 13:00:00.",
    ),
    (
        MaintenancePlanned(
            "РАБ-2026-0001", "sms", WHY, ("sms",), AT, AT + HOUR, "UTC", "FREQ=DAILY"
        ),
        "Назначены повторяющиеся работы (Коды): в первый раз с 2026-10-18 12:00:00 до 2026-10-18 13:00:00.",
        "Repeated work was announced (Codes): the first time 2026-10-18 12:00:00 to 2026-10-18 13:00:00.",
    ),
    (
        MaintenanceStarted(*A, WHY, AT, AT + HOUR),
        "Работы начались, закончатся 2026-10-18 13:00:00.",
        "Work began, and will end 2026-10-18 13:00:00.",
    ),
    (MaintenanceEnded(*A, WHY), "Работы закончились.", "Work ended."),
    (
        MaintenanceEnded(*A, WHY, is_last=False),
        "Работы закончились до следующего раза.",
        "Work ended until the next time.",
    ),
    (MaintenanceCancelled(*A, WHY), "Работы отменены.", "Work was called off."),
]


@pytest.mark.parametrize(("event", "ru", "en"), EVENTS, ids=lambda x: type(x).__name__)
def test_what_happened_is_told(narrate, event: Event, ru: str, en: str) -> None:
    assert narrate("ru").event(event) == ru
    assert narrate("en").event(event) == en


def test_every_kind_of_event_is_told_of() -> None:
    assert {type(event) for event, _, _ in EVENTS} == {*TAGS.values(), Unrecognised}


RULES: list[tuple[Because, str]] = [
    (WHY, ""),
    (
        Because("by_hand", {"merged": "ИНЦ-2026-0007"}),
        "Раньше это был отдельный сбой ИНЦ-2026-0007.",
    ),
    (
        Because(
            "confirmed_failures",
            {"probe": "sms", "location": "local", "in_a_row": 3, "open_after": 3},
        ),
        "Проверка «sms» (local): отказов подряд 3, нужно 3.",
    ),
    (
        Because("publish_after", {"waited_seconds": 181.0, "publish_after_seconds": 180.0}),
        "Сбой открыт уже 3 минуты, а публикуется через 3 минуты.",
    ),
    (
        Because("publish_at", {"publish_at": "2026-10-18T09:00:00+00:00"}),
        "Публикацию назначили на 2026-10-18 12:00:00.",
    ),
    (
        Because("dependency", {"explained_by": "login"}),
        "Сервису нужен «Вход», а с ним сбой.",
    ),
    (
        Because(
            "flapping",
            {"within_seconds": 3600, "turns": 4, "flap_after": 4, "calm_for_seconds": 1800},
        ),
        "За 1 час состояние сменилось 4 раза, а порог — 4. Для закрытия нужно 30 минут спокойствия.",
    ),
    (
        Because(
            "brand_new", {"reason": "code_late", "sure": True, "limit": None, "for_seconds": 60}
        ),
        "Правило brand_new: reason = код приходит с опозданием, sure = да, limit = нет, for = 1 минуту.",
    ),
    (Because("brand_new"), "Правило brand_new."),
]


@pytest.mark.parametrize(
    ("because", "told"), RULES, ids=lambda x: x.rule if isinstance(x, Because) else ""
)
def test_why_it_happened_is_told_with_what_was_compared(narrate, because, told: str) -> None:
    assert narrate().why(because) == told


def _rules_in_the_code() -> set[str]:
    """The first argument of every Because that incidents/ makes."""
    found = {cause.value for cause in Cause if cause is not Cause.MERGE}  # that one is by hand
    for file in Path(__file__).parents[2].glob("incidents/**/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Because":
                first = node.args[0]
                found |= {first.value} if isinstance(first, ast.Constant) else set()
    return found


def test_every_rule_that_the_code_knows_has_its_words(narrate) -> None:
    known = _rules_in_the_code()
    assert len(known) > 10
    assert sorted(r for r in known if not narrate().sentences.has(f"why.{r}")) == []


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("step", list(Step))
def test_every_step_has_its_words(narrate, step: Step, held: bool) -> None:
    for lang in ("ru", "en"):
        assert narrate(lang).gate(Gate(step, {}, held=held)).endswith((".", "?"))


def test_a_step_that_held_it_back_says_so(narrate) -> None:
    values = {"failing": 1, "fresh": 3, "needed": 2}
    assert narrate().gate(Gate(Step.QUORUM, values)) == "Места: отказ видят 1 из 3, нужно 2."
    held = narrate().gate(Gate(Step.QUORUM, values, held=True))
    assert held == "Места: отказ видят 1 из 3, а нужно 2, этого мало."


def test_a_step_speaks_of_impact_and_state_in_words(narrate) -> None:
    values = {"impact": "major", "outcome": "down", "criticality": "normal", "partial": False}
    assert narrate("en").gate(Gate(Step.SEVERITY, values)) == (
        'Impact: major: its state is "down", its criticality normal.'
    )


@pytest.mark.parametrize("words", [Status, Impact, Outcome], ids=lambda e: e.__name__.lower())
def test_every_word_of_ours_is_translated(narrate, words) -> None:
    for lang in ("ru", "en"):
        sentences = narrate(lang).sentences
        assert all(sentences.has(f"{words.__name__.lower()}.{word}") for word in words)


def test_what_is_put_into_a_sentence_is_not_looked_at_again(narrate) -> None:
    event = Opened(*A, Origin.PERSON, Impact.MAJOR, AT, WHY, title={"ru": "{impact} {what}"})
    assert narrate().event(event) == "Сбой заведён вручную: {impact} {what}."


# ── a story ───────────────────────────────────────────────────────────────────


def test_a_line_says_who_what_why_and_what_was_said_and_seen(narrate) -> None:
    seen = (Seen(AT, Outcome.UP),)
    why = Because("confirmed_recovery", {"in_a_row": 2, "close_after": 2})
    entry = Entry(1, "x", AT, PROBES, Resolved(*A, why, text={"ru": "Работает"}, streak=seen))
    assert list(narrate().tell(entry)) == [
        Told(AT, "Вахта", "Сбой устранён.", "Удачных проверок подряд 2, нужно 2.", "Работает", seen)
    ]


def test_a_person_is_named(narrate) -> None:
    (told,) = narrate().tell(Entry(1, "x", AT, "ivanova", Acknowledged(*A, WHY)))
    assert (told.who, told.why) == ("ivanova", "")


def test_an_import_brings_its_past_along_in_the_order_of_time(narrate) -> None:
    past = (
        Said(AT - HOUR, {"ru": "Сломалось"}),
        Said(AT - HOUR / 2, {"ru": "Нашли"}, Status.IDENTIFIED),
    )
    brought = Imported(*A, Status.IDENTIFIED, {}, AT - HOUR, WHY, updates=past)
    found = narrate().story([Entry(1, "x", AT, "ivanova", brought)])
    assert [(t.at, t.what, t.said) for t in found] == [
        (AT - HOUR, "Гражданам написали новое.", "Сломалось"),
        (AT - HOUR / 2, "Статус: «причина найдена».", "Нашли"),
        (AT, "Сбой перенесён из другой системы.", ""),
    ]


def test_an_incident_knows_its_components_by_name() -> None:
    affected = (Affected("login", AT, name={"ru": "Вход"}), Affected("sms", AT))
    one = Incident(
        ID, "sms", Origin.PROBE, Status.RESOLVED, Impact.MAJOR, AT, AT, AT, affected=affected
    )
    assert names_of(one) == {"login": {"ru": "Вход"}}
