"""An index changes by one incident at a time, and is then as if built anew."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.evaluate_lookup import incidents
from incidents.events import Status
from incidents.find.index import Index, Indexer

WORLD = incidents("week")
ASKED = ["выкидывает из кабинета", "мтс код поздно", "фото не грузится", "ошибка 502", "inc 311"]


def test_what_has_just_opened_is_found_at_once(incident, texts) -> None:
    indexer = Indexer(texts.articles.values(), texts=texts)
    assert not indexer.index(WORLD).find("баннер закрывает экран").incidents
    new = incident(1, "Баннер закрывает весь экран")
    assert indexer.index([*WORLD, new]).find("банер закрывает экран").incidents[0].id == new.id


def test_what_has_changed_is_found_by_its_new_words_only(incident, texts) -> None:
    indexer = Indexer([], texts=texts)
    before = incident(1, "Баннер закрывает экран")
    indexer.index([before])
    after = indexer.index([replace(before, title={"ru": "Музыка играет сама"})])
    assert after.find("играет музыка").incidents
    assert not after.find("баннер закрывает экран").incidents


def test_what_has_gone_is_found_no_more(incident, texts) -> None:
    indexer = Indexer([], texts=texts)
    indexer.index([incident(1, "Баннер закрывает экран")])
    assert not indexer.index([]).find("баннер закрывает экран").incidents


def test_an_index_in_use_stays_as_it_is(incident, texts) -> None:
    indexer = Indexer([], texts=texts)
    before = indexer.index([incident(1, "Баннер закрывает экран")])
    indexer.index([])
    assert before.find("баннер закрывает экран").confident


@settings(deadline=None, max_examples=15)
@given(st.lists(st.sets(st.integers(0, len(WORLD) - 1)), min_size=1, max_size=4))
def test_changing_step_by_step_is_building_anew(steps) -> None:
    indexer = Indexer([], texts=_TEXTS)
    for step in steps:
        changed = indexer.index([WORLD[n] for n in sorted(step)])
    anew = Index.build([WORLD[n] for n in sorted(steps[-1])], [], texts=_TEXTS)
    for shelf, other in ((changed.incidents, anew.incidents),):
        assert shelf.docs.keys() == other.docs.keys()
        held = {word: {d.id for d in docs} for word, docs in shelf.holding.items()}
        assert held == {word: {d.id for d in docs} for word, docs in other.holding.items()}
        assert shelf.named.keys() == other.named.keys()


def test_words_an_operator_is_still_typing_are_completed(incident, texts) -> None:
    index = Index.build([incident(1, "Сломан балансомер")], [], texts=texts)
    assert index.find("балансо").incidents
    assert not index.find("балансо ").incidents


def test_articles_answer_beside_incidents(texts) -> None:
    found = Index.build(WORLD, texts.articles.values(), texts=texts).find("код не приходит")
    assert "sms-code" in {hit.id for hit in found.articles}
    assert all(hit.status is None for hit in found.articles)


def test_the_answer_says_whether_an_incident_is_open(texts) -> None:
    index = Index.build(WORLD, [], texts=texts)
    for text in ASKED:
        found = index.find(text)
        assert found.confident <= Status(found.incidents[0].status or "").is_open


def _texts():
    from incidents.texts import Texts

    return Texts.load(["ru"])


_TEXTS = _texts()
