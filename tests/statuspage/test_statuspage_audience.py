"""Several pages from one Vahta: each says all that its readers may know and not a word more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.events import Status
from incidents.health import ComponentStatus
from incidents.incident import Affected
from probes.observation import Outcome, Reason
from statuspage.audience import Audience

SMS_ONLY = Audience("partners", frozenset({"sms"}))
STAFF = Audience("staff", sees_suspected=True)
SECRET = "Ведомственный шлюз"


@pytest.fixture
def storm(bench):
    """It began with signing in, of which partners don't know, and reached the codes later."""
    began = bench.now - timedelta(minutes=38)
    login = Affected("login", began, None, Outcome.DOWN, Reason.HTTP_5XX, name={"ru": SECRET})
    sms = Affected(
        "sms",
        began + timedelta(minutes=5),
        None,
        Outcome.DOWN,
        Reason.CODE_NOT_ARRIVED,
        name={"ru": "Коды по СМС", "en": "SMS codes"},
    )
    return bench.incident(
        component="login",
        component_name={"ru": SECRET},
        title={"ru": SECRET},
        public_text={"ru": f"{SECRET} лежит"},
        symptoms=({"ru": SECRET},),
        affected=(login, sms),
        updates=(bench.said(f"{SECRET}: чиним", minutes=10, status=Status.IDENTIFIED),),
    )


def shown(audience, *incidents):
    return list(audience.told(incidents))


def test_everybody_s_page_has_every_published_incident_as_it_is(bench, storm):
    assert shown(Audience(), storm, bench.incident(2)) == [storm, bench.incident(2)]


def test_an_incident_of_others_only_is_not_told(bench):
    assert shown(Audience("x", frozenset({"upload"})), bench.incident()) == []


def test_an_incident_of_theirs_is_told_without_the_others(bench, storm):
    own = replace(storm, component="sms", affected=storm.affected[::-1])
    (told,) = shown(SMS_ONLY, own)
    assert [one.component for one in told.affected] == ["sms"]
    assert told.title == own.title


def test_what_began_elsewhere_is_told_as_theirs_and_not_a_word_of_the_other(bench, storm):
    (told,) = shown(SMS_ONLY, storm)
    assert (told.component, told.reason) == ("sms", Reason.CODE_NOT_ARRIVED)
    assert told.started_at == storm.affected[1].since
    states = {"sms": ComponentStatus.MAJOR}
    snapshot = bench.snapshot(told, states=states)
    listed = [one for one in snapshot.components if SMS_ONLY.knows(one.component.id)]
    files = bench.render(replace(snapshot, components=listed))
    everything = "\n".join(content.decode() for content in files.values())
    assert "Коды по СМС" in everything
    assert SECRET not in everything
    assert "login" not in everything


def test_staff_see_what_is_suspected_and_citizens_do_not(bench):
    suspected = bench.incident(status=Status.SUSPECTED, published_at=None)
    assert shown(Audience(), suspected) == []
    (told,) = shown(STAFF, suspected)
    assert told.status is Status.INVESTIGATING
    assert f"incidents/{told.id}.html" in bench.render(bench.snapshot(told))


def test_a_blip_is_on_nobody_s_page(bench):
    blip = bench.resolved(1, bench.now - timedelta(hours=1), published_at=None)
    assert shown(STAFF, blip) == []


def test_works_are_told_as_far_as_they_cover_what_is_known(bench):
    work = bench.work(components=("login", "sms"))
    other = bench.work(51, components=("login",))
    assert list(Audience().works([work, other])) == [work, other]
    assert [one.components for one in SMS_ONLY.works([work, other])] == [("sms",)]
