"""Who is told, and why or why not: planning without a database."""

from datetime import timedelta

import pytest

from incidents.events import (
    Because as Cause,
)
from incidents.events import (
    Impact,
    Imported,
    Joined,
    Published,
    Recovering,
    Relapsed,
    Status,
    Unrecognised,
)
from incidents.fold import evolve
from incidents.journal import Entry
from notify.delivery import Because, Past, State, Telling
from notify.oncall.people import People, Whom
from notify.planning.hearing import obsolete
from notify.planning.notice import Notice, notice_of, telling_of
from notify.planning.plan import Known, delivery_id, plan
from notify.planning.routing import Route
from probes.observation import Outcome, Reason

WHY = Cause("test")
EVERYBODY = {"mail": ("ann", "bob"), "bot": ("bot",)}


@pytest.fixture
def notice(story):
    def make(event, seq=9, **incident):
        start = story.opened(**incident)
        before = after = evolve(None, start, at=story.START, actor="probes")
        if event is not start:
            after = evolve(before, event, at=story.START, actor="probes")
        entry = Entry(seq, "s", story.START, "probes", event)
        made = notice_of(entry, before if event is not start else None, after)
        assert isinstance(made, Notice)
        return made

    return make


def past(telling, state=State.SENT, who="ann", *, seq=1, ambiguous=False):
    return Past(f"{seq}/{who}", seq, telling, "all", "mail", who, state, ambiguous)


def whom(found):
    return [(d.channel, d.recipient) for d in found.deliveries]


EVERYTHING = (Route("all", ("mail", "bot")),)


def plan_it(notice, *, routes=EVERYTHING, past=(), late=timedelta()):
    people, known = People(EVERYBODY), Known(past)
    return plan(notice, routes, people=people, known=known, now=notice.at + late)


# ── what is told ──


@pytest.mark.parametrize(
    "event",
    [
        Published("I", "sms", WHY),
        Recovering("I", "sms", WHY),
        Relapsed("I", "sms", WHY, Outcome.DOWN, None),
        Imported("I", "sms", Status.IDENTIFIED, {}, None, WHY),
        Unrecognised("I", "sms", WHY, "escalated"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_what_only_the_desk_needs_is_not_told(event):
    assert telling_of(event, Impact.MAJOR) is Because.NOT_TOLD_KIND


def test_a_reassessment_is_told_when_the_impact_rises(story):
    assert telling_of(story.reassessed(Impact.MAJOR), Impact.MINOR) is Telling.WORSENED


@pytest.mark.parametrize("before", [Impact.MAJOR, Impact.CRITICAL, None])
def test_a_reassessment_that_is_no_worse_is_not_told(story, before):
    assert telling_of(story.reassessed(Impact.MAJOR), before) is Because.NO_WORSE


def test_a_person_s_word_is_told(story):
    assert telling_of(story.said("чиним"), Impact.MAJOR) is Telling.UPDATED


def test_a_new_status_without_words_is_told(story):
    assert telling_of(story.said("", status=Status.IDENTIFIED), Impact.MAJOR) is Telling.UPDATED


def test_an_edited_operator_note_is_not_told(story):
    update = story.said("", operator_note={"ru": "скажите так"})
    assert telling_of(update, Impact.MAJOR) is Because.NOTHING_SAID


def test_a_person_raising_the_impact_is_told_as_worse(story):
    assert telling_of(story.said("", impact=Impact.CRITICAL), Impact.MAJOR) is Telling.WORSENED


def test_what_is_over_gets_no_worse(story):
    was_open = evolve(None, story.opened(), at=story.START, actor="probes")
    over = evolve(was_open, story.resolved(), at=story.START, actor="probes")
    worse = story.said("", impact=Impact.CRITICAL)
    entry = Entry(9, "s", story.START, "ann", worse)
    assert notice_of(entry, over, over) is Because.NOTHING_SAID
    assert notice_of(entry, was_open, was_open).telling is Telling.WORSENED


# ── routes ──


def test_a_route_without_conditions_takes_everything(notice, story):
    assert whom(plan_it(notice(story.opened()))) == [
        ("mail", "ann"),
        ("mail", "bob"),
        ("bot", "bot"),
    ]


@pytest.mark.parametrize(
    ("route", "takes"),
    [
        (Route("r", ("bot",), component=("sms", "login")), True),
        (Route("r", ("bot",), component=("login",)), False),
        (Route("r", ("bot",), impact=(Impact.MAJOR, Impact.CRITICAL)), True),
        (Route("r", ("bot",), impact=(Impact.CRITICAL,)), False),
        (Route("r", ("bot",), event=(Telling.OPENED,)), True),
        (Route("r", ("bot",), event=(Telling.REOPENED,)), False),
        (Route("r", ("bot",), component=("sms",), impact=(Impact.MINOR,)), False),
    ],
)
def test_all_conditions_of_a_route_must_hold(notice, story, route, takes):
    assert bool(plan_it(notice(story.opened()), routes=[route]).deliveries) is takes


def test_without_a_route_nobody_is_told_and_the_reason_is_kept(notice, story):
    found = plan_it(notice(story.opened()), routes=[])
    assert (found.deliveries, found.because) == ((), Because.NO_ROUTE)


def test_two_routes_to_one_recipient_make_one_delivery(notice, story):
    routes = [Route("first", ("mail",)), Route("second", ("mail", "bot"))]
    found = plan_it(notice(story.opened()), routes=routes)
    assert [(d.route, d.recipient) for d in found.deliveries] == [
        ("first", "ann"),
        ("first", "bob"),
        ("second", "bot"),
    ]
    assert {u.because for u in found.untold} == {Because.DUPLICATE_RECIPIENT}
    assert [f"{u.channel}/{u.who}" for u in found.untold] == [
        d.id.split("/", 3)[3] for d in found.deliveries[:2]
    ]


def test_probes_confirming_a_person_s_incident_are_told_by_routes(notice, story):
    joined = Joined(story.NUMBER, "sms", WHY, Impact.MAJOR, Outcome.DOWN, Reason.TIMEOUT)
    assert {d.because for d in plan_it(notice(joined)).deliveries} == {Because.JOINED}


def test_a_person_raising_the_impact_reaches_the_routes_and_whoever_heard(notice, story):
    worse = notice(story.said("хуже", impact=Impact.CRITICAL))
    routes = [Route("boss", ("bot",), impact=(Impact.CRITICAL,))]
    found = plan_it(worse, routes=routes, past=[past(Telling.OPENED)])
    assert whom(found) == [("bot", "bot"), ("mail", "ann")]


# ── what follows an opening ──


@pytest.mark.parametrize("ending", [True, False], ids=["resolved", "updated"])
@pytest.mark.parametrize(
    ("state", "ambiguous"),
    [(State.SENT, False), (State.SENDING, False), (State.PLANNED, True), (State.REFUSED, True)],
)
def test_whoever_may_have_heard_is_told_the_rest(notice, story, ending, state, ambiguous):
    event = notice(story.resolved() if ending else story.said("чиним"))
    found = plan_it(event, past=[past(Telling.OPENED, state, ambiguous=ambiguous)])
    assert whom(found) == [("mail", "ann")]
    assert found.cancel == ()


@pytest.mark.parametrize("state", [State.REFUSED, State.EXPIRED, State.CANCELLED])
def test_whoever_did_not_hear_of_the_opening_is_not_told_of_the_end(notice, story, state):
    found = plan_it(notice(story.resolved()), past=[past(Telling.OPENED, state)])
    assert (whom(found), found.because) == ([], Because.NOT_HEARD_OPENED)


def test_the_end_follows_those_who_were_told_whatever_the_routes_say_now(notice, story):
    assert whom(plan_it(notice(story.resolved()), routes=[], past=[past(Telling.OPENED)])) == [
        ("mail", "ann")
    ]


def test_an_opening_that_never_left_is_cancelled_by_the_end_and_nothing_is_sent(notice, story):
    waiting = past(Telling.OPENED, State.PLANNED)
    found = plan_it(notice(story.resolved()), past=[waiting])
    assert (whom(found), found.cancel) == ([], (waiting.id,))


def test_an_update_still_waiting_is_cancelled_by_the_end(notice, story):
    waiting = past(Telling.UPDATED, State.PLANNED, seq=2)
    found = plan_it(notice(story.resolved()), past=[past(Telling.OPENED), waiting])
    assert (whom(found), found.cancel) == ([("mail", "ann")], (waiting.id,))


def test_an_update_follows_an_opening_that_still_waits(notice, story):
    assert whom(plan_it(notice(story.said("чиним")), past=[past(Telling.OPENED, State.PLANNED)]))


def test_whoever_heard_the_end_hears_no_second_one_without_a_second_beginning(notice, story):
    told = [past(Telling.OPENED), past(Telling.RESOLVED, seq=2)]
    again = [*told, past(Telling.REOPENED, State.REFUSED, seq=3)]
    assert whom(plan_it(notice(story.resolved()), past=again)) == []


def test_whoever_never_got_the_first_end_gets_the_second(notice, story):
    told = [past(Telling.OPENED), past(Telling.RESOLVED, State.EXPIRED, seq=2)]
    assert whom(plan_it(notice(story.resolved()), past=told)) == [("mail", "ann")]


# ── old news ──


def test_news_older_than_an_hour_is_recorded_as_stale(notice, story):
    found = plan_it(notice(story.opened()), late=timedelta(minutes=61))
    assert {(d.state, d.because) for d in found.deliveries} == {(State.EXPIRED, Because.STALE)}


def test_news_of_an_hour_is_told(notice, story):
    found = plan_it(notice(story.opened()), late=timedelta(minutes=60))
    assert {d.state for d in found.deliveries} == {State.PLANNED}


@pytest.mark.parametrize(("hours", "state"), [(3, State.PLANNED), (25, State.EXPIRED)])
def test_an_end_keeps_longer_for_whoever_was_told_of_the_beginning(notice, story, hours, state):
    late = timedelta(hours=hours)
    found = plan_it(notice(story.resolved()), past=[past(Telling.OPENED)], late=late)
    assert [d.state for d in found.deliveries] == [state]


# ── just before sending ──


def test_an_end_is_obsolete_when_the_opening_never_arrived():
    end = past(Telling.RESOLVED, State.PLANNED, seq=2)
    assert obsolete(end, [past(Telling.OPENED, State.REFUSED)]) is Because.NOT_HEARD_OPENED


def test_an_end_is_due_when_the_opening_may_have_arrived():
    end = past(Telling.RESOLVED, State.PLANNED, seq=2)
    assert obsolete(end, [past(Telling.OPENED, State.EXPIRED, ambiguous=True)]) is None


def test_an_opening_that_surely_failed_is_obsolete_once_it_is_over():
    end = past(Telling.RESOLVED, State.PLANNED, seq=2)
    assert obsolete(past(Telling.OPENED, State.PLANNED), [end]) is Because.SUPERSEDED


def test_an_opening_that_may_have_arrived_is_repeated_even_when_it_is_over():
    end = past(Telling.RESOLVED, State.PLANNED, seq=2)
    assert obsolete(past(Telling.OPENED, State.PLANNED, ambiguous=True), [end]) is None


# ── ids ──


def test_an_id_is_derived_from_its_cause_and_plain_ascii(notice, story):
    about = notice(story.opened(), seq=7)
    made = delivery_id(about, Whom("дежурные", "почта", "ann@example.org"))
    assert made == delivery_id(about, Whom("дежурные", "почта", "ann@example.org"))
    assert made.isascii()
    assert made.startswith("7/")
    assert "ann" not in made


def test_an_id_names_seq_route_step_and_channel(notice, story):
    about = notice(story.opened(), seq=7)
    first, later = (delivery_id(about, Whom("all", "mail", "ann", step=n)) for n in (0, 1))
    assert first.split("/")[:4] == ["7", "all", "0", "mail"]
    assert later.split("/")[:4] == ["7", "all", "1", "mail"]
    assert first.split("/")[-2] == "mail"


def test_another_recipient_or_another_state_s_incident_makes_another_id(notice, story):
    about = notice(story.opened(), seq=7)
    other = notice(story.opened("ИНЦ-2026-0002"), seq=7, incident="ИНЦ-2026-0002")
    ids = {
        delivery_id(about, Whom("r", "c", "ann")),
        delivery_id(about, Whom("r", "c", "bob")),
        delivery_id(other, Whom("r", "c", "ann")),
    }
    assert len(ids) == 3
