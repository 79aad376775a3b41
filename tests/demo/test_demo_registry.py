"""The registry and the account that follows it, for any history."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vahta.demo.portal.faults import Mode
from vahta.demo.portal.lockout import Lockout
from vahta.demo.portal.registry import MAX_APPLICATIONS, Registry, Told

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
words = st.text(min_size=1, max_size=5)


@given(st.lists(st.tuples(words, st.floats(0, 10)), min_size=1, max_size=30))
def test_a_healthy_account_ends_with_what_landed_last(writes):
    registry = Registry()
    for status, lands_at in writes:
        registry.write("A", Told(status, NOW), mode=Mode.OK, lands_at=lands_at)
    last = max(at for _, at in writes)
    expected = [status for status, at in writes if at == last][-1]
    assert registry.account("A", mode=Mode.OK, at=last) == Told(expected, NOW)


@given(words)
def test_a_corrupt_account_never_shows_the_truth(status):
    registry = Registry()
    registry.write("A", Told(status, NOW), mode=Mode.CORRUPT, lands_at=0)
    shown = registry.account("A", mode=Mode.CORRUPT, at=0)
    assert shown is not None
    assert shown.status != status


def test_a_corrupt_account_shows_a_change_though_not_the_right_one():
    registry = Registry()
    seen = []
    for at, status in enumerate(("Принято", "Готово")):
        registry.write("A", Told(status, NOW), mode=Mode.CORRUPT, lands_at=at)
        seen.append(registry.account("A", mode=Mode.CORRUPT, at=at))
    assert seen[0] != seen[1]


@pytest.mark.parametrize("mode", [Mode.LOST, Mode.STALE])
@given(st.lists(words, max_size=10))
def test_a_change_made_while_broken_is_never_seen_while_broken(mode, statuses):
    registry = Registry()
    registry.write("A", Told("before", NOW), mode=Mode.OK, lands_at=0)
    registry.land(0)
    for status in statuses:
        registry.write("A", Told(status, NOW), mode=mode, lands_at=1)
    assert registry.account("A", mode=mode, at=1e9) == Told("before", NOW)


def test_the_registry_stays_small():
    registry = Registry()
    for n in range(MAX_APPLICATIONS + 10):
        registry.write(str(n), Told("x", NOW), mode=Mode.OK, lands_at=0)
        registry.write("canary", Told("x", NOW), mode=Mode.OK, lands_at=0)
    assert len(registry.applications) == MAX_APPLICATIONS
    assert "0" not in registry.applications
    assert "canary" in registry.applications


@given(st.lists(st.booleans(), max_size=20))
def test_locked_exactly_after_five_refusals_without_a_success_between(tries):
    lockout, row = Lockout(), 0
    for rejected in tries:
        if lockout.is_locked(NOW):
            assert row == 5
            return
        lockout = lockout.after_rejection(NOW) if rejected else Lockout()
        row = row + 1 if rejected else 0
    assert lockout.is_locked(NOW) == (row == 5)
