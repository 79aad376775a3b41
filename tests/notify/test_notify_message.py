"""What people read: first lines, facts, plurals, zones, and what happens to a bad template."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from jinja2 import DictLoader

from incidents.commands import BY_HAND
from incidents.events import Because, Impact, Joined, Origin, Reassessed, Status
from incidents.fold import evolve
from incidents.journal import Entry
from incidents.texts import Texts
from notify.message import Message, Portal
from notify.planning.notice import notice_of
from notify.writing.composer import Composer
from notify.writing.words import duration, moment, moment_in_full
from probes.observation import Outcome, Reason

MOSCOW = ZoneInfo("Europe/Moscow")
PORTAL = Portal(
    {"ru": "Портал", "en": "The portal"},
    MOSCOW,
    "https://v.example/desk/incidents/{id}",
    "https://v.example/incidents/{id}.html",
)
PATH = "%D0%98%D0%9D%D0%A6-2026-0001"


@pytest.fixture(scope="module")
def composer():
    return Composer(Texts.load(["ru", "en"]), PORTAL)


@pytest.fixture
def tell(story):
    """The notice of the last of a story's events, each a number of minutes after the start."""

    def make(*events, minutes=(0, 5, 12, 15)):
        incident = before = None
        for event, minute in zip(events, minutes, strict=False):
            at, before = story.START + timedelta(minutes=minute), incident
            incident = evolve(incident, event, at=at, actor="probes")
        return notice_of(Entry(3, "s", at, "probes", event), before, incident)

    return make


def test_the_first_line_is_enough_on_a_watch(composer, tell, story):
    message = composer.compose(tell(story.opened()), "ru")
    assert message.first_line == "Сбой. Коды из СМС: код не приходит, с 14:03 МСК"
    assert message.text.splitlines()[0] == message.first_line
    assert message.subject == f"{message.first_line} [{story.NUMBER}]"


def test_an_opening_says_what_since_when_how_we_know_and_where(composer, tell, story):
    text = composer.compose(tell(story.opened()), "ru").text
    assert "Коды подтверждения сейчас не приходят" in text
    assert "Началось: 22 ноября 2026, 14:03 МСК (Europe/Moscow)" in text
    assert "Влияние: серьёзное" in text
    assert "проверка не прошла 3 раза подряд (sms-main, local)" in text
    assert "Подробно: no code after 2.0 s" in text
    assert f"Номер: {story.NUMBER}" in text
    assert f"https://v.example/desk/incidents/{PATH}" in text


def test_it_is_said_in_english_too(composer, tell, story):
    message = composer.compose(tell(story.opened()), "en")
    assert message.first_line == "Outage. SMS codes: the code doesn't arrive, since 14:03 MSK"
    assert "the probe failed 3 times in a row (sms-main, local)" in message.text


def test_the_public_page_is_linked_only_once_it_exists(composer, tell, story):
    page = f"https://v.example/incidents/{PATH}.html"
    public = story.said("чиним", status=Status.IDENTIFIED)
    assert page not in composer.compose(tell(story.opened()), "ru").text
    assert page in composer.compose(tell(story.opened(), public), "ru").text


def test_a_resolution_says_how_long_it_lasted(composer, tell, story):
    message = composer.compose(tell(story.opened(), story.resolved(), minutes=(0, 21)), "ru")
    assert message.first_line == "Решено за 21 минуту. Коды из СМС: код не приходит"
    assert "Закончилось: 22 ноября 2026, 14:24 МСК" in message.text


def test_a_reopening_says_since_when_it_is_broken_again(composer, tell, story):
    again = replace(story.reopened(), started_at=story.START + timedelta(minutes=11))
    message = composer.compose(tell(story.opened(), story.resolved(), again), "ru")
    assert message.first_line == "Снова сбой. Коды из СМС: сервис не отвечает, с 14:14 МСК"


def test_an_update_says_the_person_s_words(composer, tell, story):
    event = story.said("Оператор связи чинит шлюз.", status=Status.IDENTIFIED)
    message = composer.compose(tell(story.opened(), event), "ru")
    assert message.first_line.startswith("Новое: причина найдена. Коды из СМС")
    assert "Оператор связи чинит шлюз." in message.text


def test_what_a_person_opened_is_said_to_come_from_people(composer, tell, story):
    by_hand = story.opened(
        origin=Origin.PERSON, because=BY_HAND, title={"ru": "Не приходят пенсии"}, reason=None
    )
    text = composer.compose(tell(by_hand), "ru").text
    assert "Сбой. Не приходят пенсии" in text
    assert "Как узнали: сообщили люди." in text


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_kind_of_notice_has_its_words(composer, tell, story, lang):
    joined = Joined(story.NUMBER, "sms", Because("x"), Impact.MAJOR, Outcome.DOWN, Reason.TIMEOUT)
    worse = Reassessed(
        story.NUMBER, "sms", Because("x"), Impact.CRITICAL, Outcome.DOWN, Reason.TIMEOUT
    )
    for events in (
        [story.opened()],
        [story.opened(), joined],
        [story.opened(), worse],
        [story.opened(), story.said("слово")],
        [story.opened(), story.resolved()],
        [story.opened(), story.resolved(), story.reopened()],
    ):
        message = composer.compose(tell(*events), lang)
        assert (message.fault, message.lang) == ("", lang)
        assert "\n\n\n" not in message.text


def test_a_subject_cannot_smuggle_in_a_header(composer, tell, story):
    title = {"ru": "Вход\r\nBcc: all@example.org\x00"}
    message = composer.compose(tell(story.opened(title=title)), "ru")
    assert "\r" not in message.subject
    assert "\n" not in message.subject
    assert message.subject.isprintable()


@pytest.mark.parametrize("template", ["{{ nosuch }}", "{{ title", "{{ 1 / 0 }}", ""])
def test_a_bad_template_gives_a_plain_message_and_never_none(tell, story, template):
    composer = Composer(
        Texts.load(["ru"]), PORTAL, templates=DictLoader({"ru/opened.txt.j2": template})
    )
    message = composer.compose(tell(story.opened()), "ru")
    assert message.first_line == "OPENED: Коды из СМС, 2026-11-22 14:03 Europe/Moscow"
    assert story.NUMBER in message.text
    assert message.fault


def test_a_language_without_words_gives_a_plain_message(composer, tell, story):
    assert composer.compose(tell(story.opened()), "tt").fault


def test_a_message_survives_the_table(composer, tell, story):
    message = composer.compose(tell(story.opened()), "ru")
    assert Message.from_json(message.to_json()) == message


def test_machines_get_the_incident_as_facts(composer, tell, story):
    facts = composer.compose(tell(story.opened(), story.resolved()), "ru").facts
    assert facts["id"] == story.NUMBER
    assert facts["status"] == "resolved"
    assert facts["resolved_at"] == (story.START + timedelta(minutes=5)).isoformat()
    assert facts["url"] == f"https://v.example/desk/incidents/{PATH}"


@pytest.mark.parametrize(
    ("seconds", "ru", "en"),
    [
        (-5, "0 секунд", "0 seconds"),
        (1, "1 секунду", "1 second"),
        (59, "59 секунд", "59 seconds"),
        (60, "1 минуту", "1 minute"),
        (11 * 60, "11 минут", "11 minutes"),
        (22 * 60, "22 минуты", "22 minutes"),
        (119, "1 минуту", "1 minute"),
        (59.9, "59 секунд", "59 seconds"),
        (59 * 60 + 45, "59 минут", "59 minutes"),
        (3600 + 300, "1 час 5 минут", "1 hour 5 minutes"),
        (5 * 3600, "5 часов", "5 hours"),
        (24 * 3600 - 10, "23 часа 59 минут", "23 hours 59 minutes"),
        (24 * 3600, "1 день", "1 day"),
        (47 * 3600 + 3599, "1 день 23 часа", "1 day 23 hours"),
        (49 * 3600, "2 дня 1 час", "2 days 1 hour"),
    ],
)
def test_durations_have_the_right_plurals(seconds, ru, en):
    length = timedelta(seconds=seconds)
    assert (duration(length, "ru"), duration(length, "en")) == (ru, en)


def test_a_time_of_another_day_carries_its_date():
    at, today = datetime(2026, 11, 21, 21, 30, tzinfo=UTC), datetime(2026, 11, 22, 20, tzinfo=UTC)
    assert moment(at, MOSCOW, "ru", today=today) == "00:30 МСК"
    assert moment(at, MOSCOW, "ru", today=today + timedelta(days=1)) == "22 ноября, 00:30 МСК"


def test_a_zone_without_a_name_of_its_own_is_named_by_offset_and_place():
    at = datetime(2026, 11, 22, 11, 3, tzinfo=UTC)
    in_full = moment_in_full(at, ZoneInfo("Asia/Yekaterinburg"), "ru")
    assert in_full == "22 ноября 2026, 16:03 UTC+5 (Asia/Yekaterinburg)"
    assert moment(at, ZoneInfo("Asia/Kolkata"), "en", today=at).endswith(" IST")
    assert moment(at, ZoneInfo("Asia/Kathmandu"), "en", today=at).endswith(" UTC+5:45")
