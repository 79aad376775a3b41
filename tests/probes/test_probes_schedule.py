"""The pace of a probe: steady, never twice at once, quick to confirm, back on its grid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.observation import Outcome
from probes.schedule import FIRST_ROUND, Pace, failures_after, first, following, offset_of

seconds = st.floats(0.5, 3600, allow_nan=False)


@st.composite
def paces(draw: st.DrawFn) -> Pace:
    every = draw(seconds)
    probe = draw(st.text(min_size=1, max_size=20))
    recheck = draw(st.floats(0.1, every * 2))
    return Pace(every, recheck, draw(st.integers(1, 5)), offset_of(probe, every))


# One run: how long it takes, as a share of the interval, and how it ends.
runs = st.lists(st.tuples(st.floats(0, 3), st.sampled_from(list(Outcome))), min_size=1, max_size=30)


def history(pace: Pace, happened: list[tuple[float, Outcome]]):
    """(due, ended, failures, next due) of every run."""
    due, failures = first(pace), 0
    for share, outcome in happened:
        ended = due + share * pace.every
        failures = failures_after(failures, outcome)
        after = following(pace, due=due, ended=ended, failures=failures)
        yield due, ended, failures, after
        due = after


def on_grid(pace: Pace, instant: float) -> bool:
    beats = (instant - pace.offset) / pace.every
    return beats == pytest.approx(round(beats), abs=1e-5)


@given(paces(), runs)
def test_a_probe_never_overlaps_itself(pace, happened):
    for _, ended, _, after in history(pace, happened):
        assert after >= ended - 1e-5 * pace.every


@given(paces(), runs)
def test_two_starts_are_never_closer_than_the_gap(pace, happened):
    for due, _, _, after in history(pace, happened):
        assert after - due >= pace.gap - 1e-5 * pace.every


@given(paces(), runs)
def test_a_first_failure_is_confirmed_at_the_pace_of_recheck(pace, happened):
    for _, ended, failures, after in history(pace, happened):
        hurried = 0 < failures < pace.open_after and pace.recheck < pace.every
        assert after == ended + pace.recheck if hurried else on_grid(pace, after)


@given(paces(), st.integers(1, 500))
def test_the_grid_does_not_drift(pace, count):
    happened = [(0.1, Outcome.UP)] * count
    *_, last = history(pace, happened)
    assert on_grid(pace, last[3])
    assert last[3] - first(pace) <= (count + 1) * pace.every * (1 + 1e-9)


@given(paces())
def test_quick_runs_leave_no_beat_out(pace):
    steady = list(history(pace, [(0.1, Outcome.UP)] * 10))[1:]
    for due, _, _, after in steady:
        assert after - due == pytest.approx(pace.every)


@given(paces())
def test_a_kind_that_asks_for_its_interval_is_never_hurried(pace):
    calm = Pace(pace.every, pace.every, pace.open_after, pace.offset)
    for due, _, _, after in history(calm, [(0.1, Outcome.DOWN)] * 6):
        assert after - due >= calm.every * (1 - 1e-5)


@given(st.text(), seconds)
def test_the_place_on_the_grid_is_the_same_after_every_restart(probe, every):
    assert offset_of(probe, every) == offset_of(probe, every)
    assert 0 <= offset_of(probe, every) < every


def test_many_probes_are_spread_evenly_over_their_interval():
    tenths = [0] * 10
    for number in range(10_000):
        tenths[int(offset_of(f"probe-{number}", 30.0) / 3)] += 1
    assert min(tenths) > 900
    assert max(tenths) < 1100


def test_after_a_start_everything_is_seen_within_seconds():
    starts = [first(Pace(300, 10, 2, offset_of(f"probe-{number}", 300))) for number in range(1000)]
    assert max(starts) < FIRST_ROUND
    assert min(starts) < 0.1
    assert max(starts) > FIRST_ROUND - 0.1


def test_an_unknown_outcome_neither_counts_nor_clears():
    assert failures_after(1, Outcome.UNKNOWN) == 1
    assert failures_after(1, Outcome.DEGRADED) == 2
    assert failures_after(2, Outcome.UP) == 0
