"""The made-up past of a demo: the same every time, in both languages, and never mixed with a true one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.codec import decode, encode
from incidents.component import Component
from incidents.events import Imported
from incidents.history.instants import to_ms
from incidents.history.made_up import ACTOR, NotEmptyError, fill, made_up_until
from incidents.history.rollups import Batch, Sight
from incidents.history.writing import write
from vahta.demo.past import Stage, made_up
from vahta.demo.portal.faults import NAMES
from vahta.state import opened

NOW = datetime(2026, 11, 22, 9, 48, 30, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
COMPONENTS = tuple(Component(id_, name, probes=(id_,)) for id_, name in NAMES.items())
DAY = timedelta(days=1)


def stage(now=NOW, lasts=90 * DAY, zone=MOSCOW):
    return Stage(COMPONENTS, {one.id: one.id for one in COMPONENTS}, zone, "ИНЦ", now, lasts)


def texts(incident: Imported):
    yield from (incident.title, incident.public_text, incident.operator_note)
    yield from (said.text for said in incident.updates)


@pytest.fixture
def past():
    return made_up(stage())


def test_the_same_start_makes_the_same_past():
    assert made_up(stage()) == made_up(stage())


def test_everything_is_said_in_both_languages():
    incidents = made_up(stage()).incidents
    assert len(incidents) > 8
    for incident in incidents:
        for text in texts(incident):
            assert text.keys() == {"ru", "en"}
            assert all(text.values())
            assert text["ru"] != text["en"]


def test_every_fault_says_that_it_never_happened():
    assert all("--past" in one.operator_note["en"] for one in made_up(stage()).incidents)


def test_numbers_go_by_the_order_in_which_they_began():
    found = [(one.incident, one.started_at) for one in made_up(stage()).incidents]
    assert [id_ for id_, _ in found] == [f"ИНЦ-2026-{n:04}" for n in range(1, len(found) + 1)]
    assert [at for _, at in found] == sorted(at for _, at in found)


def test_each_year_counts_from_one():
    incidents = made_up(stage(datetime(2027, 1, 20, 9, tzinfo=UTC))).incidents
    first = {one.incident for one in incidents if one.incident.endswith("-0001")}
    assert first == {"ИНЦ-2026-0001", "ИНЦ-2027-0001"}


def test_there_are_days_without_data_and_slower_days():
    past = made_up(stage())
    seen = {
        component: sum(
            s.ended_ms - s.began_ms for s in past.seen.sights if s.component == component
        )
        for component in NAMES
    }
    whole = 90 * DAY // timedelta(milliseconds=1)
    assert all(0.8 < seconds / whole < 1 for id_, seconds in seen.items() if id_ != "signature")
    assert seen["signature"] < seen["login"]
    assert len({id_ for id_ in seen if any(t.probe == id_ for t in past.seen.timings)}) == 12


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 14 * 365 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    st.integers(1, 365),
    st.sampled_from(["Europe/Moscow", "Asia/Kamchatka", "America/Sao_Paulo", "Europe/Berlin"]),
)
def test_nothing_is_before_its_beginning_or_after_its_now(now, days, zone):
    here = stage(now, days * DAY, ZoneInfo(zone))
    past = made_up(here)
    first, last = to_ms(here.since), to_ms(now)
    for one in past.incidents:
        assert here.since <= one.started_at < one.resolved_at <= now
        instants = [one.started_at, *(said.at for said in one.updates), one.resolved_at]
        assert instants == sorted(instants)
        assert decode(encode(one)) == one
    ends = dict.fromkeys(NAMES, first)
    for sight in past.seen.sights:
        assert ends[sight.component] <= sight.began_ms < sight.ended_ms <= last
        ends[sight.component] = sight.ended_ms
    today = now.astimezone(ZoneInfo(zone)).toordinal()
    assert all(today - days <= one.day <= today for one in past.seen.timings)


def test_a_component_the_config_has_not_gets_no_past():
    here = stage()
    only = Stage(COMPONENTS[:1], {}, here.zone, here.prefix, here.now, here.lasts)
    past = made_up(only)
    assert {one.component for one in past.incidents} == {"login"}
    assert {one.component for one in past.seen.sights} == {"login"}
    assert past.seen.timings == ()


async def test_an_empty_state_is_filled_and_marked(tmp_path, past):
    async with opened(tmp_path, now=NOW, threads=False) as state:
        assert await made_up_until(state.store) is None
        assert await fill(state.store, past)
        assert (await made_up_until(state.store)) == NOW.replace(microsecond=0)
        await state.register.refresh()
        closed = await state.register.closed(since=NOW - 90 * DAY)
        assert {one.id for one in closed} == {one.incident for one in past.incidents}
        assert {entry.actor for entry in await state.journal.read(0)} == {ACTOR}
        assert (await state.journal.verify()).flaw is None
        assert await state.register.next_id("ИНЦ", 2026) == f"ИНЦ-2026-{len(closed) + 1:04}"


async def test_filling_twice_adds_nothing(tmp_path, past):
    async with opened(tmp_path, now=NOW, threads=False) as state:
        assert await fill(state.store, past)
        before = await state.journal.head()
        assert not await fill(state.store, replace(past, until=NOW + DAY))
        assert await state.journal.head() == before
        assert await made_up_until(state.store) == NOW


@pytest.mark.parametrize("true", ["an incident", "a look"])
async def test_nothing_is_made_up_beside_what_is_true(tmp_path, past, true):
    async with opened(tmp_path, now=NOW, threads=False) as state:
        if true == "an incident":
            token = (await state.journal.head())[1]
            event = past.incidents[0]
            await state.journal.append("s", token, event, at=NOW, actor="anna")
        else:
            look = Batch(sights=(Sight("login", to_ms(NOW) - 1, to_ms(NOW)),))
            await state.store.write(lambda db: write(db, look, {}))
        before = await state.journal.head()
        with pytest.raises(NotEmptyError):
            await fill(state.store, past)
        assert await state.journal.head() == before
        assert await made_up_until(state.store) is None
