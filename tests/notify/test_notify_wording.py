"""What people read about many that fail at once, what comes and goes, mergers and announced work."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.component import Component
from incidents.events import Acknowledged, Because, Cause, Impact, Origin, Published
from incidents.fold import evolve
from incidents.journal import Entry
from incidents.maintenance import evolve as evolve_work
from incidents.texts import Texts
from notify.message import Portal
from notify.planning.notice import notice_of, work_notice_of
from notify.writing.composer import Composer
from notify.writing.words import listed, span

MOSCOW = ZoneInfo("Europe/Moscow")
PORTAL = Portal({"ru": "Портал"}, MOSCOW, "https://v.example/desk/{id}", "https://v.example/{id}")
COMPONENTS = {
    c.id: c
    for c in (
        Component("sms", {"ru": "Коды из СМС", "en": "SMS codes"}),
        Component(
            "login", {"ru": "Вход", "en": "Sign-in"}, journeys=({"ru": "войти", "en": "sign in"},)
        ),
        Component(
            "pay", {"ru": "Оплата", "en": "Payments"}, journeys=({"ru": "оплатить пошлину"},)
        ),
    )
}


@pytest.fixture(scope="module")
def composer():
    texts = Texts.load(["ru", "en"], components=list(COMPONENTS.values()))
    return Composer(texts, PORTAL, COMPONENTS)


@pytest.fixture
def read(composer, story):
    """The message about the last of an incident's events, five minutes apart."""

    def make(*events, lang="ru"):
        incident = before = None
        for n, event in enumerate(events):
            at, before = story.START + timedelta(minutes=5 * n), incident
            incident = evolve(incident, event, at=at, actor="probes")
        notice = notice_of(Entry(3, "s", at, "probes", event), before, incident)
        message = composer.compose(notice, lang)
        assert message.fault == ""
        assert "\n\n\n" not in message.text
        return message

    return make


@pytest.fixture
def read_of_work(composer, story):
    """The message about the last of the events of a work, each at its time."""

    def make(*events, hours=(0, 12, 14), lang="ru"):
        work = before = None
        for event, hour in zip(events, hours, strict=False):
            at = story.START + timedelta(hours=hour)
            before, work = work, evolve_work(work, event, at=at)
        notice = work_notice_of(Entry(3, "s", at, "probes", event), before, work)
        message = composer.compose(notice, lang)
        assert message.fault == ""
        assert "\n\n\n" not in message.text
        return message

    return make


# ── many at once ──


def test_a_storm_says_how_many_and_which_in_its_first_line(read, story):
    storm = story.attached("login", Cause.STORM, failed_together=5)
    first = "Массовый сбой. Сразу 5 сервисов: Коды из СМС, Вход и ещё 3, с 14:03 МСК"
    assert read(story.opened(), storm).first_line == first
    assert read(story.opened(), storm, lang="en").first_line == (
        "Wide outage. 5 services at once: SMS codes, Sign-in and 3 more, since 14:03 MSK"
    )


@pytest.mark.parametrize(
    ("lang", "first", "what"),
    [
        (
            "ru",
            "Решено за 3 часа 20 минут. Не работают сразу несколько сервисов (40)",
            "сразу 40 сервисов",
        ),
        (
            "en",
            "Resolved after 3 hours 20 minutes. Several services don't work (40)",
            "40 services don't",
        ),
    ],
)
def test_a_storm_s_many_names_leave_what_stands_below_in_sight(read, story, lang, first, what):
    many = [story.attached(f"c{n}", Cause.STORM, failed_together=40) for n in range(39)]
    worse = read(story.opened(), *many, story.reassessed(Impact.CRITICAL), lang=lang)
    assert what in worse.text
    assert len(worse.text) < 1500
    assert read(story.opened(), *many, story.resolved(), lang=lang).first_line == first


def test_what_a_dependency_explains_is_counted_beside_the_storm(read, story):
    explained = story.attached("pay", Cause.DEPENDENCY)
    storm = story.attached("login", Cause.STORM, failed_together=5)
    assert "Сразу 6 сервисов: Коды из СМС, Оплата, Вход и ещё 3" in (
        read(story.opened(), explained, storm).first_line
    )


def test_a_storm_names_all_that_the_gate_names(read, story):
    storm = story.attached(
        "login", Cause.STORM, failed_together=4, components="chat, login, pay, sms"
    )
    text = read(story.opened(), storm).text
    assert "Сразу 4 сервиса: Коды из СМС, Вход, chat и ещё 1" in text
    assert "Затронуты: Коды из СМС, Вход, chat и Оплата" in text
    assert "Может не получаться: войти, оплатить пошлину" in text


def test_others_are_counted_in_the_first_line_and_named_below(read, story):
    explained = [story.attached(c, Cause.DEPENDENCY) for c in ("login", "pay")]
    message = read(story.opened(), *explained, story.said("чиним"))
    assert message.first_line.endswith("код не приходит (и ещё 2 сервиса)")
    assert "Затронуты: Коды из СМС, Вход и Оплата" in message.text
    assert message.facts["components"] == ["sms", "login", "pay"]


def test_a_person_s_title_stands_as_it_is(read, story):
    opened = story.opened(title={"ru": "Не работает ничего"})
    message = read(opened, story.attached("login", Cause.DEPENDENCY), story.said("чиним"))
    assert message.first_line.endswith(". Не работает ничего")


def test_an_end_names_whoever_was_affected_since_it_last_began(read, story):
    explained = [story.attached(c, Cause.DEPENDENCY) for c in ("login", "pay")]
    first = [story.opened(), explained[0], story.resolved()]
    assert "Были затронуты: Коды из СМС и Вход" in read(*first).text
    again = read(*first, story.reopened(), explained[1], story.resolved())
    assert "Были затронуты: Коды из СМС и Оплата" in again.text


def test_what_citizens_cannot_do_is_said(read, story):
    opened = replace(story.opened(), component="login", component_name={"ru": "Вход"})
    assert "Пока не получится: войти." in read(opened).text


def test_what_calls_opened_is_said_to_come_from_calls(read, story):
    by_calls = story.opened(origin=Origin.CALLS, because=Because("calls"), reason=None)
    assert "Как узнали: сразу много звонков об одном и том же." in read(by_calls).text
    assert "How we know: many calls at once" in read(by_calls, lang="en").text


# ── comes and goes, is forgotten, goes on elsewhere ──


def test_that_it_comes_and_goes_says_when_we_write_again(read, story):
    message = read(story.opened(), story.unstable())
    assert message.first_line == "Нестабильно. Коды из СМС: то работает, то нет"
    assert "За 1 час состояние сменилось 4 раза" in message.text
    assert "проработает спокойно 30 минут, сообщим" in message.text
    assert message.facts["unstable"] is True
    assert "changed 4 times within 1 hour" in read(story.opened(), story.unstable(), lang="en").text


def test_a_reminder_says_for_how_long_nobody_has_said_anything(read, story):
    published = Published(story.NUMBER, "sms", Because("publish_after"))
    message = read(story.opened(), published, story.reminded())
    assert message.first_line.startswith("Напоминание: 1 час без новостей. Коды из СМС")
    assert "последний раз о нём писали в 13:13 МСК" in message.text
    english = read(story.opened(), published, story.reminded(), lang="en")
    assert english.first_line.startswith("No news for 1 hour. SMS codes")


@pytest.mark.parametrize(
    ("because", "ru", "en"),
    [
        (
            Because("dependency", {"explained_by": "login"}),
            "Причина в сервисе «Вход»: без него этот не работает.",
            'The cause is "Sign-in"',
        ),
        (Because("storm"), "отказал вместе со многими другими", "failed together with many others"),
        (Because("by_hand"), "Сбой ещё не закончился", "It isn't over"),
    ],
    ids=["dependency", "storm", "by hand"],
)
def test_a_merger_says_where_it_goes_on_and_why(read, story, because, ru, en):
    merged = story.merged("ИНЦ-2026-0007", because=because)
    message = read(story.opened(), merged)
    assert message.first_line.startswith("Теперь это часть сбоя ИНЦ-2026-0007. Коды из СМС")
    assert ru in message.text
    assert "Дальше: https://v.example/desk/%D0%98" in message.text
    english = read(story.opened(), merged, lang="en")
    assert english.first_line.startswith("Now a part of ИНЦ-2026-0007. SMS codes")
    assert en in english.text


# ── announced work ──


def test_a_plan_says_when_and_what_in_its_first_line(read_of_work, story):
    plan = story.announced(text={"ru": "Меняем базу."})
    message = read_of_work(plan)
    assert message.first_line == (
        "Запланированы работы: 23 ноября, 02:03–04:03 МСК. Вход и Коды из СМС"
    )
    assert message.subject == f"{message.first_line} [{story.WORK}]"
    assert "Меняем базу." in message.text
    assert "Может не получаться: войти" in message.text
    assert read_of_work(plan, lang="en").first_line == (
        "Maintenance planned: 23 November, 02:03–04:03 MSK. Sign-in and SMS codes"
    )


def test_work_with_a_title_goes_by_it(read_of_work, story):
    titled = story.announced(title={"ru": "Обновление\nбазы"})
    assert read_of_work(titled).first_line.endswith(". Обновление базы")


def test_a_start_says_until_when(read_of_work, story):
    message = read_of_work(story.announced(), story.started())
    assert message.first_line == "Начались работы: 02:03–04:03 МСК. Вход и Коды из СМС"
    assert "Конец: 23 ноября 2026, 04:03 МСК (Europe/Moscow)" in message.text


def test_an_end_says_how_long_it_took_and_when_the_next_one_is(read_of_work, story):
    events = [story.announced(repeats="FREQ=WEEKLY"), story.started(), story.ended(is_last=False)]
    message = read_of_work(*events)
    assert message.first_line == "Работы закончились за 2 часа. Вход и Коды из СМС"
    assert "Следующий раз: 30 ноября, 02:03–04:03 МСК" in message.text
    assert "after 2 hours" in read_of_work(*events, lang="en").first_line


def test_a_last_end_promises_no_next_time(read_of_work, story):
    message = read_of_work(story.announced(), story.started(), story.ended())
    assert "Следующий раз" not in message.text
    assert message.maintenance["is_over"] is True


@pytest.mark.parametrize(
    ("lang", "ahead", "under_way"),
    [
        ("ru", "Работы отменены: 23 ноября, 02:03–04:03 МСК", "Работы прекращены: 02:03–04:03 МСК"),
        ("en", "Maintenance cancelled: 23 November", "Maintenance stopped: 02:03–04:03 MSK"),
    ],
)
def test_calling_off_says_whether_it_had_begun(read_of_work, story, lang, ahead, under_way):
    off = story.called_off()
    assert read_of_work(story.announced(), off, hours=(0, 1), lang=lang).first_line.startswith(
        ahead
    )
    stopped = read_of_work(story.announced(), story.started(), off, hours=(0, 12, 13), lang=lang)
    assert stopped.first_line.startswith(under_way)
    assert ("1 час после начала" in stopped.text) is (lang == "ru")


def test_work_told_in_a_language_without_words_is_told_plainly(composer, story):
    work = evolve_work(None, story.announced(), at=story.START)
    entry = Entry(1, "s", story.START, "ann", story.announced())
    message = composer.compose(work_notice_of(entry, None, work), "tt")
    assert message.first_line == "MAINTENANCE_PLANNED: login, sms, 2026-11-22 14:03 Europe/Moscow"
    assert message.fault


# ── small words ──


def test_names_in_a_row():
    names = ["А", "Б", "В", "Г"]
    assert listed(names[:1], "ru") == "А"
    assert listed(names[:2], "ru") == "А и Б"
    assert listed(names[:3], "en") == "А, Б and В"
    assert listed(names, "ru") == "А, Б, В и ещё 1"
    assert listed(names[:2], "en", total=9) == "А, Б and 7 more"
    assert listed(names, "ru", most=9) == "А, Б, В и Г"


def test_a_span_over_midnight_or_a_change_of_clocks_names_both_ends():
    at = datetime(2026, 11, 22, 19, tzinfo=UTC)
    over_night = span(at, at + timedelta(hours=4), MOSCOW, "ru", today=at)
    assert over_night == "22 ноября, 22:00 МСК – 23 ноября, 02:00 МСК"
    assert span(at, at + timedelta(hours=1), MOSCOW, "en", today=at) == "22:00–23:00 MSK"
    berlin, change = ZoneInfo("Europe/Berlin"), datetime(2026, 10, 25, 0, tzinfo=UTC)
    in_berlin = span(change, change + timedelta(hours=2), berlin, "en", today=at)
    assert in_berlin == "25 October, 02:00 CEST – 25 October, 03:00 CET"


def test_a_worse_impact_during_a_storm_still_reads_well(read, story):
    storm = story.attached("login", Cause.STORM, failed_together=5)
    storm = replace(storm, component_name={"ru": "Вход"})
    message = read(story.opened(), storm, story.said("", impact=Impact.CRITICAL))
    assert message.first_line.startswith("Стало хуже, влияние критическое.")
    assert message.text.count("Вход") == 1  # named once, in the sentence for citizens


# ── on a watch, and in full ──

LONG = {"ru": "Вход в личный кабинет", "en": "Signing in to the account"}


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("impact", [Impact.MINOR, Impact.MAJOR, Impact.CRITICAL])
def test_a_first_line_fits_a_watch_and_says_where_and_since_when(read, story, lang, impact):
    opening = story.opened(component_name=LONG, impact=impact)
    first = read(opening, lang=lang).first_line
    assert len(first) <= 70
    assert LONG[lang] in first
    assert "14:03" in first


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_first_line_fits_a_watch(read, story, lang):
    opening = story.opened(component_name=LONG)
    for events in (
        [opening, story.said("чиним")],
        [opening, story.unstable()],
        [opening, story.reminded()],
        [opening, story.resolved()],
        [opening, story.resolved(), story.reopened()],
        [opening, story.merged("ИНЦ-2026-0002")],
        [opening, story.reassessed(Impact.CRITICAL)],
    ):
        message = read(*events, lang=lang)
        assert len(message.first_line) <= 70, message.first_line
        assert LONG[lang] in message.first_line


def test_what_a_first_line_leaves_out_stands_below_it(read, story):
    title = {"ru": "Не приходят пенсии на карты, выданные до прошлого года, в трёх банках сразу"}
    message = read(story.opened(title=title))
    assert message.first_line == "Сбой. Коды из СМС, с 14:03 МСК"
    assert message.text.splitlines()[2] == title["ru"]


def test_what_has_been_done_is_said(read, story):
    assert "в работу пока никто не взял, гражданам пока не показываем." in read(story.opened()).text
    taken = Acknowledged(story.NUMBER, "sms", Because("by_hand"))
    storm = story.attached("login", Cause.STORM, failed_together=5)
    text = read(story.opened(), taken, story.said("Чиним шлюз."), storm).text
    assert "Что уже сделано: взяли в работу в 14:08 МСК (probes)" in text
    assert "Последнее, что писали (14:13 МСК): Чиним шлюз." in text


def test_the_exchange_of_the_failed_probe_is_linked(story):
    texts, link = Texts.load(["ru"]), "https://v.example/desk/captures/{id}"
    portal = Portal({"ru": "Портал"}, MOSCOW, capture_link=link)
    seen = replace(story.opened().streak[0], capture="ab12")
    opening = story.opened(streak=(seen, replace(seen, capture="")))
    incident = evolve(None, opening, at=story.START, actor="probes")
    notice = notice_of(Entry(1, "s", story.START, "probes", opening), None, incident)
    text = Composer(texts, portal).compose(notice, "ru").text
    assert "https://v.example/desk/captures/ab12\n" in text
