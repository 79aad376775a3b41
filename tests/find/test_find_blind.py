"""Worlds asked before anything was mended because of them: what they taught isn't forgotten."""

import pytest

from bench.evaluate_lookup import BLIND, Tally


@pytest.mark.parametrize("world", BLIND)
def test_each_blind_world_is_found(judged, world) -> None:
    tally = Tally.of(judged(world))
    assert tally.hit_1 >= 0.95
    assert tally.hit_3 >= 0.97
    assert tally.confident_and_right >= 0.85
    assert tally.wrongly_confident <= 0.02


def test_all_of_them_meet_the_goals(judged) -> None:
    tally = Tally.of(j for world in BLIND for j in judged(world))
    assert tally.hit_1 >= 0.98
    assert tally.hit_3 >= 0.99
    assert tally.confident_and_right >= 0.92
    assert tally.wrongly_confident <= 0.01


@pytest.mark.parametrize("world", ["portal", "week", *BLIND])
def test_titles_and_texts_alone_find_most(without_symptoms, world) -> None:
    tally = Tally.of(without_symptoms(world))
    assert tally.hit_1 >= 0.80
    assert tally.wrongly_confident <= 0.03
