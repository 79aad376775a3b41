"""Calls in the journal, where they are counted, and the incidents that they open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.calls.call import Draft
from desk.calls.kinship import components_of
from incidents.codec import encode
from incidents.commands import IllegalCommandError, Open, Publish, Resolve
from incidents.component import Component
from incidents.events import Called, Medium, Opened, Origin, Scope, Status
from incidents.narrative import Narrator
from incidents.sentences import Sentences

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
Line = Any  # the fixture's
LOGIN = Component("login", {"ru": "Вход в личный кабинет", "en": "Signing in"})
NO_CODE = Draft("Код не приходит, мой телефон +7 912 345-67-89", component="sms")
ODD = Draft("кнопка стала зелёной")


async def open_by_hand(line: Line, component: Component, **more: Any) -> str:
    command = Open(line.clock(), component, {"ru": "Не пускает"}, **more)
    return (await line.recorder.open(command, actor="anna")).event.incident


# ── one call ──


async def test_the_journal_holds_that_somebody_called_and_not_what_they_said(line: Line) -> None:
    draft = Draft("мой телефон +7 912 345-67-89", Medium.CHAT, component="sms", region="Тула")
    call = await line.reception.note(draft, operator="olga")
    (entry,) = await line.journal.read(0)
    assert isinstance(entry.event, Called)
    assert (entry.event.call, entry.event.symptom, entry.actor) == (call.number, "sms", "olga")
    assert (entry.event.medium, entry.event.region) == (Medium.CHAT, "Тула")
    assert "телефон" not in encode(entry.event)


async def test_a_call_against_an_incident_is_about_its_component(line: Line) -> None:
    incident = await open_by_hand(line, LOGIN)
    call = await line.reception.note(Draft("x", incident=incident), operator="olga")
    assert (call.draft.component, call.draft.incident) == ("login", incident)
    assert await line.ledger.callers([incident]) == {incident: 1}


async def test_a_call_against_an_article_is_about_the_component_that_the_article_is_about(
    line: Line,
) -> None:
    call = await line.reception.note(Draft("x", article="sms-code"), operator="olga")
    assert (call.draft.symptom, call.draft.article) == ("sms", "sms-code")
    other = await line.reception.note(Draft("x", article="screen-reader"), operator="olga")
    assert other.draft.symptom == "screen-reader"


@pytest.mark.parametrize(
    ("draft", "why"),
    [
        (Draft("x", incident="ИНЦ-2026-0099"), "there is no such incident"),
        (Draft("x", article="nothing"), "there is no such article"),
        (Draft("x", component="nothing"), "there is no component"),
        (Draft("x", repeat_of="ЗВ-2026-0099"), "there is no such call"),
        (Draft("x", region="Тула, кв. 15"), "a region is a name"),
        (Draft("x", region="a" * 61), "a region is a name"),
        (Draft("x" * 2001), "more than 2000 characters"),
    ],
    ids=["incident", "article", "component", "repeat", "address", "long", "text"],
)
async def test_what_is_not_so_is_refused_and_leaves_nothing_behind(
    line: Line, draft: Draft, why: str
) -> None:
    with pytest.raises(IllegalCommandError, match=why):
        await line.reception.note(draft, operator="olga")
    assert await line.journal.read(0) == []
    assert await line.ledger.began() is None


# ── a burst ──


async def test_a_burst_opens_one_suspected_incident_while_every_probe_is_green(line: Line) -> None:
    calls = await line.rings(14, NO_CODE)
    (incident,) = line.open()
    assert (incident.status, incident.origin) == (Status.SUSPECTED, Origin.CALLS)
    assert incident.component == "sms"
    assert incident.title == {
        "ru": "Жалобы граждан: Коды по СМС",
        "en": "Callers' complaints: SMS codes",
    }
    assert incident.started_at == calls[0].at
    opened_by = next(c for c in calls if c.draft.incident)
    assert calls.index(opened_by) == 9


async def test_all_who_made_it_and_all_who_follow_are_counted_on_it(line: Line) -> None:
    await line.rings(14, NO_CODE)
    (incident,) = line.open()
    assert await line.ledger.callers([incident.id]) == {incident.id: 14}


async def test_the_event_shows_the_arithmetic_and_words_say_it(line: Line, texts: Any) -> None:
    await line.rings(10, NO_CODE)
    entries = await line.journal.read(0)
    opened = next(e for e in entries if isinstance(e.event, Opened))
    values = opened.event.because.values
    assert opened.event.because.rule == "burst_of_calls"
    assert (values["symptom"], values["calls"], values["within_seconds"]) == ("sms", 10, 900)
    assert values["usual"] == 0.25
    for lang, said in (("ru", "За 15 минут"), ("en", "Within 15 minutes")):
        sentences = Sentences.load(lang, line.reception.zone)
        why = Narrator(texts, sentences, {}).why(opened.event.because)
        assert why.startswith(said)
        assert "0.25" in why
        assert "?" not in why


async def test_it_is_never_made_public_by_itself(line: Line) -> None:
    await line.rings(10, NO_CODE)
    line.clock.forward(hours=5)
    await line.recorder.turn()
    (incident,) = line.open()
    assert not incident.is_public
    await line.recorder.do(incident.id, Publish(), actor="anna")
    assert line.open()[0].is_public


async def test_engineers_are_shown_the_latest_masked_texts_that_made_it(line: Line) -> None:
    await line.rings(9, NO_CODE)
    await line.rings(1, Draft("у мамы тоже нет кода", component="sms"))
    await line.rings(3, Draft("и после этого", component="sms"))
    (incident,) = line.open()
    said = await line.reception.said(incident.id)
    assert len(said) == 5
    assert said[0] == "у мамы тоже нет кода"
    assert "345" not in " ".join(said)


async def test_of_an_incident_that_people_opened_callers_have_said_nothing(line: Line) -> None:
    incident = await open_by_hand(line, LOGIN)
    await line.reception.note(Draft("не пускает", incident=incident), operator="olga")
    assert await line.reception.said(incident) == ()


async def test_a_trickle_is_no_burst(line: Line) -> None:
    await line.rings(30, NO_CODE, every=900)
    assert line.open() == []


async def test_one_caller_who_rings_again_and_again_is_no_burst(line: Line) -> None:
    (first,) = await line.rings(1, NO_CODE)
    again = Draft("снова я", component="sms", repeat_of=first.number)
    await line.rings(30, again)
    assert line.open() == []


async def test_many_calls_about_many_things_are_no_burst(line: Line) -> None:
    for article in list(line.reception.texts.articles)[:12]:
        await line.rings(5, Draft("x", article=article), every=10)
    assert line.open() == []


async def test_what_nobody_knows_can_burst_too(line: Line) -> None:
    await line.rings(12, ODD)
    (incident,) = line.open()
    assert incident.component == "unknown"
    assert incident.title["ru"] == "Жалобы граждан: незнакомая неполадка"
    assert await line.ledger.callers([incident.id]) == {incident.id: 12}


async def test_another_article_without_a_component_opens_another_incident(line: Line) -> None:
    await line.rings(10, Draft("x", article="screen-reader"))
    line.clock.forward(hours=1)
    await line.rings(30, Draft("x", article="fraud-site"))
    titles = {incident.title["ru"] for incident in line.open()}
    assert len(titles) == 2
    assert all(title.startswith("Жалобы граждан: ") for title in titles)


async def test_citizens_words_from_the_article_find_the_incident(line: Line, texts: Any) -> None:
    await line.rings(10, Draft("x", article="sms-code"))
    (incident,) = line.open()
    phrase = texts.articles["sms-code"].symptoms("ru")[0]
    assert {"ru": phrase} in incident.symptoms


# ── beside incidents that are known ──


async def test_while_its_component_is_known_to_be_unwell_calls_are_counted_on_that(
    line: Line,
) -> None:
    incident = await open_by_hand(line, LOGIN)
    calls = await line.rings(15, Draft("не пускает", component="login"))
    assert {call.draft.incident for call in calls} == {incident}
    assert len(line.open()) == 1


async def test_an_article_is_an_answer_of_its_own_and_opens_nothing_beside_an_incident(
    line: Line,
) -> None:
    await open_by_hand(line, LOGIN)
    calls = await line.rings(15, Draft("не пускает", article="login-rejected"))
    assert {call.draft.incident for call in calls} == {None}
    assert len(line.open()) == 1


async def test_an_incident_of_another_region_is_not_this_caller_s(line: Line) -> None:
    incident = await open_by_hand(line, LOGIN, scope=Scope(region="Тула"))
    here, there = [
        await line.reception.note(Draft("x", component="login", region=r), operator="o")
        for r in ("тула", "Омск")
    ]
    assert (here.draft.incident, there.draft.incident) == (incident, None)


async def test_when_it_is_over_calls_may_open_another(line: Line) -> None:
    await line.rings(10, NO_CODE)
    (first,) = line.open()
    await line.recorder.do(first.id, Resolve(), actor="anna")
    line.clock.forward(hours=2)
    await line.rings(12, NO_CODE)
    (second,) = line.open()
    assert second.id != first.id


async def past(line: Line, week: int, calls: int) -> None:
    """An ordinary Monday morning, so many weeks ago."""
    line.clock.now = START - timedelta(weeks=week)
    for _ in range(calls):
        line.clock.forward(seconds=3600 / calls)
        await line.ledger.note(NO_CODE, operator="olga")
        await line.ledger.note(ODD, operator="olga")


async def test_a_monday_morning_s_ordinary_peak_opens_nothing(line: Line) -> None:
    for week in range(8, 0, -1):
        await past(line, week, 40)
    line.clock.now = START
    await line.rings(50, NO_CODE, every=60)
    assert line.open() == []


async def test_the_same_peak_at_night_is_a_burst(line: Line) -> None:
    for week in range(8, 0, -1):
        await past(line, week, 40)
    line.clock.now = START - timedelta(hours=6)
    await line.rings(20, NO_CODE, every=60)
    (incident,) = line.open()
    assert incident.component == "sms"


# ── which component an article is about ──


def test_articles_are_about_the_component_that_their_words_name(texts: Any) -> None:
    components = [LOGIN, Component("sms", {"ru": "Коды по СМС", "en": "SMS codes"})]
    found = components_of(
        texts.articles.values(), components, texts, languages=("ru", "en"), now=START
    )
    assert (found["sms-code"], found["login-locked"]) == ("sms", "login")
    assert "screen-reader" not in found
    assert "form-address" not in found
