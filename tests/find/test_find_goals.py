"""The goals, on the halves of the phrases that no rule was tuned on."""

import pytest

from bench.evaluate_lookup import Tally


def of_half(judged, half):
    return Tally.of(j for j in judged if j[0].half == half)


@pytest.mark.parametrize("half", ["tune", "test"])
def test_the_portals_incident_is_found(judged, half) -> None:
    tally = of_half([*judged("portal"), *judged("week")], half)
    assert tally.hit_1 >= 0.97
    assert tally.hit_3 >= 0.99


@pytest.mark.parametrize("half", ["tune", "test"])
def test_the_operator_is_told_so_with_confidence(judged, half) -> None:
    assert of_half([*judged("portal"), *judged("week")], half).confident_and_right >= 0.90


@pytest.mark.parametrize("half", ["tune", "test"])
def test_the_operator_is_seldom_told_wrong_with_confidence(judged, half) -> None:
    assert of_half([*judged("portal"), *judged("week")], half).wrongly_confident <= 0.02


def test_another_trade_is_found_as_well(judged) -> None:
    tally = Tally.of(judged("card"))
    assert tally.hit_1 >= 0.90
    assert tally.wrongly_confident <= 0.02


def test_silence_where_the_incident_asked_for_is_not_among_the_known(judged, texts) -> None:
    """Each phrase again, in a world that lacks just the incident it means."""
    from bench.evaluate_lookup import incidents
    from incidents.find.index import Indexer

    known = incidents("week")
    indexer = Indexer(texts.articles.values(), texts=texts)
    asked = [(p, e) for p, _ in judged("week") for e in p.expected]
    sure = 0
    for missing in {expected for _, expected in asked}:
        index = indexer.index([i for i in known if i.id != missing])
        sure += sum(index.find(p.text).confident for p, e in asked if e == missing)
    assert sure / len(asked) <= 0.05


def test_there_are_phrases_enough_of_every_kind(judged) -> None:
    found = [*judged("portal"), *judged("week")]
    assert len(found) >= 400
    kinds = {p.kind for p, _ in found}
    assert {"typo", "layout", "translit", "slang", "code", "long", "joined", "none"} <= kinds
    assert sum(not p.expected for p, _ in found) >= 84
    assert len(judged("card")) >= 60
