"""What is said of one incident or article, as search sees it. Pure but for the words it adds."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from incidents.article import Article
from incidents.component import Text
from incidents.events import Impact
from incidents.find import numbers
from incidents.find.letters import is_verb, normal, sound, words
from incidents.find.lexicon import Level
from incidents.find.vocabulary import Vocabulary
from incidents.incident import Incident
from incidents.texts import Texts

_SENTENCE = re.compile(r"[.!?;\n]+")
TITLE, SYMPTOM, CODE, GENERAL, PUBLIC, BORROWED, NOTE = 1.0, 1.0, 1.0, 0.9, 0.8, 0.85, 0.5
"""How much it says about an incident that it was said there."""
_PLACE_WORDS = "республика область край район город округ автономный автономная обл респ"


@dataclass(frozen=True, slots=True)
class Slot:
    """One word of a phrase: its stem first, then the groups it belongs to.

    ``happens``: it is a verb, and nothing denies it.
    """

    meanings: tuple[str, ...]
    level: Level
    happens: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    slots: tuple[Slot, ...]
    worth: float


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Doc:
    """``meanings``: every stem and group of it, with what the best place it stands in is worth."""

    id: str
    titles: Text
    phrases: tuple[Phrase, ...]
    meanings: Mapping[str, float]
    rivals: Mapping[str, frozenset[str]]
    acts: frozenset[str]
    happening: frozenset[str]
    status: str | None = None
    names: frozenset[str] = frozenset()  # numbers and codes that mean it wherever they stand
    is_open: bool = True
    gravity: tuple[int, float] = (0, 0.0)
    lenders: frozenset[str] = frozenset()  # articles that speak of the same


def of_article(article: Article, vocabulary: Vocabulary) -> Doc:
    """An article is what citizens say of it, and its title."""
    spoken = [(title, TITLE) for title in article.titles.values()]
    spoken += [(said, SYMPTOM) for each in article.said.values() for said in each]
    phrases = _phrases(spoken, vocabulary)
    return Doc(
        article.id,
        article.titles,
        phrases,
        _meanings(phrases),
        _rivals(phrases),
        _acts(phrases),
        _happening(phrases),
    )


def of_incident(
    incident: Incident,
    about: Sequence[tuple[Article, float]],
    *,
    texts: Texts,
    languages: Sequence[str],
    vocabulary: Vocabulary,
) -> Doc:
    """``about``: articles, and how near (0 to 1) each is to it.

    Where nobody wrote down how citizens say it, their words are borrowed.
    """
    titles = {lang: texts.title(incident, lang) for lang in languages}
    spoken = list(_spoken(incident, titles, texts=texts, languages=languages))
    if not incident.symptoms:
        spoken += [
            (said, BORROWED * near)
            for article, near in about
            for lang in languages
            for said in article.symptoms(lang)
        ]
    scope = incident.scope
    where = " ".join(filter(None, (scope.region, scope.carrier, scope.surface)))
    phrases = _phrases(spoken, vocabulary)
    whose = _phrases([(where, TITLE)], vocabulary)
    return Doc(
        id=incident.id,
        titles=titles,
        phrases=phrases,
        meanings=_meanings(whose + phrases),
        rivals={**_rivals(whose + phrases), **_region(scope.region, vocabulary)},
        acts=_acts(phrases),
        happening=_happening(phrases),
        status=incident.status.value,
        names=frozenset(numbers.names(incident.id, incident.error_codes)),
        is_open=incident.is_open,
        gravity=(incident.impact.rank, incident.started_at.timestamp()),
        lenders=frozenset(article.id for article, _ in about),
    )


def _spoken(
    incident: Incident, titles: Text, *, texts: Texts, languages: Sequence[str]
) -> Iterator[tuple[str, float]]:
    for said in {*titles.values(), *incident.title.values()}:
        yield said, TITLE
    for symptom in incident.symptoms:
        for said in symptom.values():
            yield said, SYMPTOM
    for name in incident.component_name.values():
        yield name, GENERAL
    yield incident.component, NOTE
    if not incident.title:
        for lang in languages:
            name = texts.component(incident, lang)
            yield f"{name} {texts.impact(Impact.MAJOR, lang)}", GENERAL
            if incident.reason is not None:
                yield f"{name} {texts.reason(incident.reason, lang)}", TITLE
    for code in incident.error_codes:
        yield code, CODE
    for text in incident.public_text.values():
        for sentence in _SENTENCE.split(text):
            yield sentence, PUBLIC
    for text in incident.operator_note.values():
        yield text, NOTE


def _phrases(spoken: Iterable[tuple[str, float]], vocabulary: Vocabulary) -> tuple[Phrase, ...]:
    best: dict[str, float] = {}
    for text, worth in spoken:
        if worth > best.get(text, 0.0):
            best[text] = worth
    found = (Phrase(tuple(_slots(text, vocabulary)), worth) for text, worth in best.items())
    return tuple(phrase for phrase in found if phrase.slots)


def _slots(text: str, vocabulary: Vocabulary) -> Iterator[Slot]:
    lexicon = vocabulary.lexicon
    tokens = words(normal(text))
    codes = numbers.http_codes(tokens)
    skip = denied = False
    for at, token in enumerate(tokens):
        after = tokens[at + 1] if at + 1 < len(tokens) else ""
        if skip:
            skip = False
            continue
        if token.isdigit():
            if token in codes:
                yield Slot((token,), Level.CODE)
            continue
        if one := lexicon.together.get((sound(token), sound(after))):
            skip = True
        elif lexicon.is_small(token):
            denied = denied or token in lexicon.denies
            continue
        else:
            one = sound(token)
        sense = vocabulary.add(one)
        happens = not denied and is_verb(one, denied=True)
        denied = False
        yield Slot((sense.stem, *sense.groups), lexicon.level(one, sense.groups), happens)


def _meanings(phrases: Iterable[Phrase]) -> Mapping[str, float]:
    found: dict[str, float] = defaultdict(float)
    for phrase in phrases:
        for slot in phrase.slots:
            for meaning in slot.meanings:
                found[meaning] = max(found[meaning], phrase.worth)
    return dict(found)


def _rivals(phrases: Iterable[Phrase]) -> Mapping[str, frozenset[str]]:
    """Of each kind of which there can be only one, those that it is about."""
    found: dict[str, set[str]] = defaultdict(set)
    slots = (slot for phrase in phrases if phrase.worth >= SYMPTOM for slot in phrase.slots)
    for meaning in (m for slot in slots for m in slot.meanings if m.startswith("%")):
        kind, _, name = meaning[1:].partition(":")
        found[kind].add(name)
    return {kind: frozenset(names) for kind, names in found.items()}


def _acts(phrases: Iterable[Phrase]) -> frozenset[str]:
    """What one does, or what should happen, when it fails."""
    slots = (slot for phrase in phrases for slot in phrase.slots if slot.level is Level.ACT)
    return frozenset(meaning for slot in slots for meaning in slot.meanings)


def _happening(phrases: Iterable[Phrase]) -> frozenset[str]:
    """What is done or happens, and is nowhere said not to."""
    slots = [slot for phrase in phrases for slot in phrase.slots if slot.level is Level.ACT]
    not_so = {meaning for slot in slots if not slot.happens for meaning in slot.meanings}
    return frozenset(m for slot in slots if slot.happens for m in slot.meanings) - not_so


def _region(region: str | None, vocabulary: Vocabulary) -> Mapping[str, frozenset[str]]:
    """A region's names; one that no list knows is known from now on by its own words."""
    found: set[str] = set()
    unlisted: list[str] = []
    empty = {sound(word) for word in _PLACE_WORDS.split()}
    for token in words(normal(region or "")):
        sense = vocabulary.add(sound(token))
        groups = [g for g in sense.groups if g.startswith("%region:")]
        found.update(g.partition(":")[2] for g in groups)
        if not groups and sound(token) not in empty:
            unlisted.append(sense.stem)
    if unlisted and not found:
        vocabulary.places.update(unlisted)
        found.update(unlisted)
    return {"region": frozenset(found)} if found else {}
