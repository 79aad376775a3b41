"""What is gathered from observations, and what happens to it until it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.history.rollups import MOST, Batch, Rollups, Sight
from incidents.history.span import KEPT, Span, instants_of, observations_of
from probes.observation import Observation, Outcome, Reason

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
See = Callable[..., Observation]


def fresh() -> Rollups:
    return Rollups(boot="boot-1", zone=MOSCOW)


def spans_of(batch: Batch) -> list[Span]:
    return sorted((*batch.ended, *batch.running), key=lambda s: s.first_ms)


def told(batch: Batch) -> list[tuple[str, int]]:
    return [(span.outcome.value, span.count) for span in spans_of(batch)]


@pytest.fixture
def gathered() -> Rollups:
    return fresh()


# ── spans ──


def test_equal_observations_make_one_span(gathered: Rollups, seen: See) -> None:
    for beat in range(3):
        gathered.observe(seen("up", beat * 30))
    (span,) = gathered.take(10).running
    assert (span.count, span.first, span.last) == (3, START, START + timedelta(seconds=60))


def test_another_outcome_begins_another_span(gathered: Rollups, seen: See) -> None:
    for beat, outcome in enumerate(["up", "up", "down", "unknown", "up"]):
        gathered.observe(seen(outcome, beat))
    assert told(gathered.take(10)) == [("up", 2), ("down", 1), ("unknown", 1), ("up", 1)]


def test_another_reason_begins_another_span(gathered: Rollups, seen: See) -> None:
    gathered.observe(seen("down"))
    gathered.observe(replace(seen("down", 1), reason=Reason.HTTP_5XX))
    assert [s.reason for s in spans_of(gathered.take(10))] == [Reason.TIMEOUT, Reason.HTTP_5XX]


def test_probes_and_locations_have_spans_of_their_own(gathered: Rollups, seen: See) -> None:
    gathered.observe(seen(probe="a"))
    gathered.observe(seen(probe="a", location="far"))
    gathered.observe(seen(probe="b"))
    whose = {(span.probe, span.location) for span in gathered.take(10).running}
    assert whose == {("a", "local"), ("a", "far"), ("b", "local")}


def test_a_probe_given_to_another_component_begins_another_span(
    gathered: Rollups, seen: See
) -> None:
    gathered.observe(seen(component="sms"))
    gathered.observe(seen("up", 1, component="login"))
    assert [s.component for s in spans_of(gathered.take(10))] == ["sms", "login"]


def test_a_clock_set_back_begins_another_span(gathered: Rollups, seen: See) -> None:
    for after in (100, 130, 10, 40):
        gathered.observe(seen("up", after))
    assert told(gathered.take(10)) == [("up", 2), ("up", 2)]


@given(
    st.lists(
        st.tuples(st.integers(1, 100_000), st.sampled_from(["up", "down"])), min_size=1, max_size=60
    )
)
def test_the_observations_of_the_spans_are_those_that_were_made(
    steps: list[tuple[int, str]],
) -> None:
    gathered = fresh()
    made: list[Observation] = []
    at = START
    for step, outcome in steps:
        at += timedelta(milliseconds=step)
        reason = None if outcome == "up" else Reason.TIMEOUT
        made.append(
            Observation("p", "c", "http", "local", at, Outcome(outcome), reason, "", seconds=0.0)
        )
        gathered.observe(made[-1])
    spans = spans_of(gathered.take(1000))
    runs = [list(run) for _, run in groupby(made, key=lambda o: o.outcome)]
    assert len(spans) == len(runs)
    for span, run in zip(spans, runs, strict=True):
        again = observations_of(span)
        assert len(again) == span.count == len(run)
        assert again[:KEPT] == run[:KEPT]
        assert again[-1] == run[-1]
        assert [o.at for o in again] == sorted(o.at for o in again)


def test_the_instants_past_the_marks_are_spread_evenly() -> None:
    marks = tuple(range(1, KEPT))
    span = Span(
        "p", "http", "c", "local", "b", Outcome.UP, None, 0, 1011, count=KEPT + 4, marks=marks
    )
    late = [round(at.timestamp() * 1000) for at in instants_of(span)[KEPT - 1 :]]
    assert late == [11, 261, 511, 761, 1011]


def test_only_what_grew_is_taken_again(gathered: Rollups, seen: See) -> None:
    gathered.observe(seen(probe="a"))
    gathered.observe(seen(probe="b"))
    gathered.take(100)
    gathered.observe(seen("up", 30, probe="b"))
    (span,) = gathered.take(100).running
    assert (span.probe, span.count) == ("b", 2)


# ── latencies ──


def test_latencies_are_counted_by_the_hour_and_the_portals_day(
    gathered: Rollups, seen: See
) -> None:
    gathered.observe(seen("up", 11.9 * 3600))  # 20:54 UTC, 23:54 in Moscow
    gathered.observe(seen("up", 12.1 * 3600))  # 21:06 UTC, 00:06 in Moscow
    first, second = gathered.take(100).timings
    assert second.hour == first.hour + 1
    assert second.day == first.day + 1 == datetime(2026, 3, 2, tzinfo=UTC).toordinal()


@pytest.mark.parametrize("outcome", ["down", "unknown"])
def test_only_what_got_an_answer_counts_as_latency(
    gathered: Rollups, seen: See, outcome: str
) -> None:
    gathered.observe(seen(outcome, seconds=10.0))
    assert gathered.take(100).timings == ()


@given(st.floats(), st.integers(0, 2**33))
def test_no_duration_and_no_instant_makes_it_raise(seconds: float, stamp: int) -> None:
    gathered = fresh()
    at = datetime.fromtimestamp(stamp, UTC)
    gathered.observe(Observation("p", "c", "http", "local", at, Outcome.UP, None, "", seconds))
    assert len(gathered.take(10).timings) == (0 <= seconds <= 1e6)


# ── sight ──


def looks(gathered: Rollups, *looks: tuple[int, str]) -> list[tuple[str, int, int]]:
    """The stretches after looks at (seconds after the start, components in sight)."""
    for after, in_sight in looks:
        gathered.look(START + timedelta(seconds=after), in_sight.split())
    start = round(START.timestamp() * 1000)
    return [
        (s.component, (s.began_ms - start) // 1000, (s.ended_ms - start) // 1000)
        for s in gathered.take(100).sights
    ]


def test_a_stretch_lasts_from_the_first_look_to_the_last(gathered: Rollups) -> None:
    assert looks(gathered, (0, "sms"), (10, "sms login"), (20, "sms login")) == [
        ("sms", 0, 20),
        ("login", 10, 20),
    ]


def test_out_of_sight_ends_a_stretch(gathered: Rollups) -> None:
    found = looks(gathered, (0, "sms"), (10, "sms"), (20, ""), (30, "sms"), (40, "sms"))
    assert found == [("sms", 0, 10), ("sms", 30, 40)]


def test_nobody_knows_what_was_while_the_process_slept(gathered: Rollups) -> None:
    assert looks(gathered, (0, "sms"), (10, "sms"), (3600, "sms"), (3610, "sms")) == [
        ("sms", 0, 10),
        ("sms", 3600, 3610),
    ]


def test_a_clock_set_back_begins_another_stretch(gathered: Rollups) -> None:
    assert looks(gathered, (90_000, "sms"), (0, "sms"), (10, "sms")) == [
        ("sms", 90_000, 90_000),
        ("sms", 0, 10),
    ]


# ── taking and giving back ──


def test_no_more_is_taken_than_was_asked_for(gathered: Rollups, seen: See) -> None:
    for number in range(7):
        gathered.observe(seen(probe=f"p{number}"))
    sizes = []
    while batch := gathered.take(6):
        sizes.append(len(batch))
    assert sizes == [6, 5, 6, 4]  # a row of timings is two, so a place may stay empty
    assert gathered.waiting == 0


def test_what_is_given_back_is_taken_again(gathered: Rollups, seen: See) -> None:
    for beat, outcome in enumerate(["up", "down", "up"]):
        gathered.observe(seen(outcome, beat))
    gathered.look(START, ["sms"])
    batch = gathered.take(100)
    gathered.give_back(batch)
    assert gathered.take(100) == batch


def test_what_came_meanwhile_is_added_to_what_is_given_back(gathered: Rollups, seen: See) -> None:
    gathered.observe(seen("up", 0))
    gathered.look(START, ["sms"])
    batch = gathered.take(100)
    gathered.observe(seen("up", 30))
    gathered.look(START + timedelta(seconds=10), ["sms"])
    gathered.give_back(batch)
    again = gathered.take(100)
    assert told(again) == [("up", 2)]
    assert [sum(t.bins.values()) for t in again.timings] == [2]
    start = round(START.timestamp() * 1000)
    assert again.sights == (Sight("sms", start, start + 10_000),)


def test_a_run_that_ended_while_it_was_out_is_kept_once(gathered: Rollups, seen: See) -> None:
    gathered.observe(seen("up", 0))
    batch = gathered.take(100)
    gathered.observe(seen("down", 30))
    gathered.give_back(batch)
    assert told(gathered.take(100)) == [("up", 1), ("down", 1)]


def test_past_the_bound_the_oldest_spans_are_dropped_and_counted(
    gathered: Rollups, seen: See
) -> None:
    pair = seen("down"), seen("unknown")
    for beat in range(MOST + 11):
        gathered.observe(replace(pair[beat % 2], at=START + timedelta(seconds=beat)))
    assert gathered.dropped == 10
    assert gathered.take(1).ended[0].first == START + timedelta(seconds=10)


def test_past_the_bound_the_oldest_latencies_are_dropped_and_counted(
    gathered: Rollups, seen: See
) -> None:
    for hour in range(MOST + 10):
        gathered.observe(replace(seen(), at=START + timedelta(hours=hour)))
    assert gathered.dropped == 10
    batch = gathered.take(4)
    assert batch.timings[0].hour == round(START.timestamp()) // 3600 + 10


def test_runs_that_go_on_are_never_dropped(gathered: Rollups, seen: See) -> None:
    beside = MOST + 5
    for number in range(beside):
        gathered.observe(seen("down", probe=str(number)))
    assert gathered.dropped == 0
    assert gathered.waiting == beside
