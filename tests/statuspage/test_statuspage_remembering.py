"""What is told again is the same, and is the very same where nothing can have changed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.events import Because, Merged
from statuspage.board import board
from statuspage.remembering import Storyteller

ID = "ИНЦ-2026-0001"


@pytest.fixture
def teller():
    return Storyteller()


def test_a_past_incident_is_told_once(bench, teller):
    past = bench.resolved(1, bench.now - timedelta(days=3))
    (before,) = teller.board(bench.snapshot(past)).stories
    new, after = teller.board(bench.snapshot(bench.incident(2), past)).stories
    assert after is before
    assert new.id == "ИНЦ-2026-0002"


def test_an_open_one_that_says_the_same_is_the_same(bench, teller):
    (before,) = teller.board(bench.snapshot(bench.incident(1))).stories
    (after,) = teller.board(bench.snapshot(bench.incident(1))).stories
    assert after is before


def test_a_changed_one_is_told_anew(bench, teller):
    past = bench.resolved(1, bench.now - timedelta(days=3))
    teller.board(bench.snapshot(past))
    snapshot = bench.snapshot(replace(past, title={"ru": "Иначе"}))
    assert teller.board(snapshot) == board(snapshot)


def test_a_merged_one_follows_whether_the_other_is_public(bench, tell, teller):
    into = bench.incident(2)
    event = Merged(ID, "login", Because("by_hand"), into.id)
    merged = tell().opened().then(10, event).incident
    for others in ((into,), (), (into,)):
        snapshot = bench.snapshot(merged, *others)
        assert teller.board(snapshot).stories == board(snapshot).stories


def test_an_estimate_follows_what_others_took(bench, teller):
    fault = bench.incident(99)
    past = [bench.resolved(n, bench.now - timedelta(days=n)) for n in range(1, 9)]
    for known in (past[:1], past, past[:2]):
        snapshot = bench.snapshot(fault, *known)
        assert teller.board(snapshot).open == board(snapshot).open
