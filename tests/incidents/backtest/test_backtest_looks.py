"""Taking a run in at once comes to the same as taking in each of its observations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.backtest.looks import Looks, ms_of, number_after
from incidents.evidence import Evidence, add
from incidents.history.instants import from_ms, to_ms
from incidents.history.rollups import Rollups
from incidents.history.span import KEPT, instants_of, observations_of
from probes.observation import Outcome, Reason

REASONS = {Outcome.UP: None, Outcome.DEGRADED: Reason.SLOW, Outcome.UNKNOWN: Reason.PROBE_ERROR}
ZERO = timedelta()

runs = st.lists(
    st.tuples(
        st.sampled_from(["sms-a", "sms-b"]),
        st.sampled_from(Outcome),
        st.integers(1, 60),
        st.sampled_from([0, 1000, 7777, 30_000, 45_000, 61_000]),
    ),
    min_size=1,
    max_size=8,
)


def spans_of(kit, script) -> list:
    """Spans as they are kept, of runs of so many looks at such a pace in milliseconds."""
    rollups = Rollups(boot="boot-1", zone=kit.start.tzinfo)
    clocks = {"sms-a": to_ms(kit.start), "sms-b": to_ms(kit.start) + 13}
    for probe, outcome, count, pace in script:
        for _ in range(count):
            clocks[probe] += pace or 500
            seen = kit.look(probe, outcome, from_ms(clocks[probe]), reason=REASONS.get(outcome))
            rollups.observe(seen)
    batch = rollups.take(100_000)
    return sorted([*batch.ended, *batch.running], key=lambda s: (s.first_ms, s.probe))


def one_by_one(kit, spans, until_ms: int) -> Evidence:
    evidence = Evidence()
    seen = sorted(
        (o for span in spans for o in observations_of(span)), key=lambda o: (o.at, o.probe)
    )
    for one in seen:
        if to_ms(one.at) <= until_ms:
            pace = kit.house.paces[one.probe]
            evidence = add(evidence, one, open_after=pace.open_after, fresh_for=pace.fresh_for)
    return evidence


@settings(deadline=None)
@given(script=runs, share=st.floats(0, 1), stops=st.integers(0, 3))
def test_evidence_at_any_instant_is_that_of_every_look_up_to_then(
    kit, script, share, stops
) -> None:
    spans = spans_of(kit, script)
    begin, end = spans[0].first_ms, max(span.last_ms for span in spans)
    looks = Looks(kit.house)
    asked = begin + int((end - begin) * share)
    waiting = list(spans)
    for stop in range(stops + 1):
        looks.now_ms = begin + (asked - begin) * (stop + 1) // (stops + 1)
        while waiting and waiting[0].first_ms <= looks.now_ms:
            looks.load(waiting.pop(0))
        if stop < stops:
            looks.get("sms")
    assert looks.get("sms", Evidence()) == one_by_one(kit, spans, asked)


@settings(deadline=None)
@given(script=runs)
def test_every_instant_of_a_span_can_be_asked_for_by_its_number(kit, script) -> None:
    for span in spans_of(kit, script):
        assert [from_ms(ms_of(span, n)) for n in range(span.count)] == list(instants_of(span))


@settings(deadline=None)
@given(script=runs, share=st.floats(-0.1, 1.1))
def test_the_next_look_after_an_instant_is_found(kit, script, share) -> None:
    for span in spans_of(kit, script):
        at = span.first_ms + int((span.last_ms - span.first_ms) * share)
        expected = sum(ms_of(span, n) <= at for n in range(span.count))
        assert number_after(span, at) == expected


def test_a_probe_that_the_rules_do_not_have_is_not_taken_up(kit) -> None:
    (span,) = spans_of(kit, [("sms-a", Outcome.DOWN, 3, 1000)])
    assert Looks(replace(kit.house, paces={})).load(span) is None


def test_a_probe_speaks_for_the_component_that_the_rules_give_it(kit) -> None:
    (span,) = spans_of(kit, [("sms-a", Outcome.DOWN, 3, 1000)])
    looks = Looks(kit.house)
    looks.load(replace(span, component="old"))
    looks.now_ms = span.last_ms
    assert looks.get("old") is None
    assert looks["sms"].streaks[0][1].bad == 3


def test_only_who_has_failed_often_enough_is_gone_through(kit) -> None:
    spans = spans_of(kit, [("sms-a", Outcome.DOWN, 3, 1000)])
    looks = Looks(kit.house)
    looks.load(spans[0])
    looks.now_ms = spans[0].first_ms + 1000
    assert (looks.fold(), list(looks)) == (["sms"], [])
    looks.now_ms = spans[0].last_ms
    assert (looks.fold(), list(looks)) == (["sms"], ["sms"])


def test_runs_are_longer_than_what_is_kept_of_them(kit) -> None:
    (span,) = spans_of(kit, [("sms-a", Outcome.UP, 60, 7777)])
    assert len(span.marks) == KEPT - 1 < span.count - 1
    assert timedelta(milliseconds=span.last_ms - span.first_ms) > ZERO
