"""How well a document answers a query, and whether that is sure. Pure.

A match is as good as how much of what was said the document explains, and how much of one of its
phrases was said; words weigh the more the rarer they are among the documents.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from incidents.find.document import Doc
from incidents.find.lexicon import Level
from incidents.find.reading import Item, Query
from incidents.find.shelf import Shelf, Weighed

SHOWN = 0.40
CONFIDENT = 0.63
_BESIDE = 0.55
"""How good the others must be to be shown beside the best."""
_ENOUGH = 0.34
"""How much must be understood for an answer to be sure: "it doesn't work" is not enough."""
_ENOUGH_STATED = 1.2  # more than one thing, where nobody complains
_EXPLAINED = 0.75
"""How much more it matters that the query is explained than that the phrase was said whole."""
_OTHERWISE = 0.85
_NOTHING_NAMED = 0.7  # "it doesn't come" is no sure sign of a code that doesn't come
_LOOKED_AT = 10
_CAP = 1.3
"""The most that words without an answer can cost: people ramble."""
_PIECE = 7
"""How many words of a long text are looked at together."""
_ALWAYS = (Level.CODE, Level.RIVAL)  # what of it belongs to every piece
_PIECES = 3
"""And how many such pieces, the likeliest of all."""
_RESOLVED = 0.8
_ASKED = 0.55
_ELSEWHERE = 0.5  # true of another region or carrier than the one named
_LIKER = 0.05  # by how much better such a one must be to make another unlikely
_NARROWER = 0.92  # true of one region or carrier, and none was named
_UNNAMED = 0.3  # how much of a phrase's region or carrier must be said
_CONTRADICTED = 0.65  # it happens there, and is said not to
_STATED = 0.83  # neither a complaint nor a question


@dataclass(frozen=True, slots=True)
class Scored:
    """``score`` is 0 to 1; ``is_sure`` doesn't ask whether it is open.

    ``is_named``: its number or code was said. ``elsewhere``: how good it would be if it weren't
    another region's or carrier's, else 0.
    """

    score: float
    doc: Doc
    is_sure: bool
    is_named: bool
    elsewhere: float


def rank(query: Query, shelf: Shelf, limit: int, *, called: str | None = None) -> Sequence[Scored]:
    """The best of the shelf, best first; of equals the open, graver, newer.

    ``called`` is the id of one that is named in other words than its own.
    """
    named = {doc for name in query.codes for doc in shelf.named.get(name, ())}
    if called is not None and called in shelf.docs:
        named.add(shelf.docs[called])
    docs = {*named, *_candidates(query, shelf, limit)}
    return best(score(query, shelf, docs, called=called), limit)


def score(
    query: Query, shelf: Shelf, docs: Iterable[Doc], *, called: str | None = None
) -> Sequence[Scored]:
    """How good each is, whether it stands on the shelf or not."""
    docs = list(docs)
    named = {doc for doc in docs if doc.id == called or doc.names & query.codes}
    is_unheard = not named and any(map(shelf.is_like_a_name, query.codes))
    return [
        _scored(query, doc, shelf, is_named=doc in named, is_unheard=is_unheard) for doc in docs
    ]


def best(scored: Sequence[Scored], limit: int) -> Sequence[Scored]:
    """Those that are good enough to be shown, best first."""
    found = sorted((s for s in scored if s.score >= SHOWN), key=_order)[:limit]
    elsewhere = max((s.elsewhere for s in scored), default=0.0)
    if found and elsewhere >= found[0].score + _LIKER and not found[0].is_named:
        found[0] = replace(found[0], is_sure=False)  # it is that, and of another region
    return [s for s in found if s.score >= _BESIDE * found[0].score]


def _order(scored: Scored) -> tuple[float, bool, int, float, str]:
    impact, started = scored.doc.gravity
    return (-round(scored.score, 3), not scored.doc.is_open, -impact, -started, scored.doc.id)


def _candidates(query: Query, shelf: Shelf, limit: int) -> Iterable[Doc]:
    """Those that hold most of what was said, not counting what could be said of anything."""
    telling = {i.stem: i for i in query.items if i.level.gain > Level.MENTION.gain}
    sums: dict[Doc, float] = defaultdict(float)
    for item in telling.values() or query.items:
        best: dict[Doc, float] = {}
        for meaning, near in item.meanings.items():
            worth = near * shelf.weight(meaning) * item.level.gain
            for doc in shelf.holding.get(meaning, ()):
                if worth > best.get(doc, 0.0):
                    best[doc] = worth
        for doc, worth in best.items():
            sums[doc] += worth
    return heapq.nlargest(max(_LOOKED_AT, limit), sums, key=lambda doc: (sums[doc], doc.id))


def _scored(query: Query, doc: Doc, shelf: Shelf, *, is_named: bool, is_unheard: bool) -> Scored:
    """``is_unheard``: a code or number was said that is like ours and none of ours."""
    match = _match(query.items, doc, shelf)
    clash = any(
        named.isdisjoint(doc.rivals[kind])
        for kind, named in query.rivals.items()
        if kind in doc.rivals
    )
    factor = _ELSEWHERE if clash or is_unheard else 1.0
    factor *= _CONTRADICTED if _contradicts(query, doc) else 1.0
    complains = query.is_complaint or _denies(query, doc)
    if not complains:
        factor *= _ASKED if query.is_question else _STATED
    enough = match.understood >= (_ENOUGH if complains else _ENOUGH_STATED)
    unnamed, unanswered = doc.rivals.keys() - query.rivals, query.rivals.keys() - doc.rivals
    fits = enough and not clash and not (unnamed and unanswered)
    fits = fits and query.alarms <= doc.meanings.keys()
    if unnamed:
        factor *= _NARROWER
    score = match.score * factor
    is_sure = is_named or (score >= CONFIDENT and fits)
    score *= 1.0 if doc.is_open else _RESOLVED
    shown = 0.9 + 0.1 * score if is_named else score
    return Scored(shown, doc, is_sure, is_named, match.score if clash and doc.is_open else 0.0)


@dataclass(frozen=True, slots=True, order=True)
class _Match:
    """``understood`` is the weight of the words that the document answers."""

    score: float = 0.0
    understood: float = 0.0


def _match(items: Sequence[Item], doc: Doc, shelf: Shelf) -> _Match:
    """That of the piece of the text which matches best."""
    if len(items) <= _PIECE:
        return _match_piece(items, [_explained(item, doc, shelf) for item in items], doc, shelf, 0)
    always = [item for item in items if item.level in _ALWAYS]
    others = [item for item in items if item.level not in _ALWAYS]
    known = [_explained(item, doc, shelf) for item in always]
    explained = [_explained(item, doc, shelf) for item in others]
    best = _Match()
    for start in _likeliest(others, explained):
        said = [*always, *others[start : start + _PIECE]]
        answered = [*known, *explained[start : start + _PIECE]]
        best = max(best, _match_piece(said, answered, doc, shelf, best.score))
    return best


def _likeliest(items: Sequence[Item], explained: Sequence[_Explained | None]) -> Sequence[int]:
    """Where the pieces begin of which the document answers most."""
    last = max(0, len(items) - _PIECE)
    worth = [
        -item.loss if answer is None else answer.gained
        for item, answer in zip(items, explained, strict=True)
    ]
    starts = {min(at, last) for at, answer in enumerate(explained) if answer}
    sums = {start: sum(worth[start : start + _PIECE]) for start in starts}
    return heapq.nlargest(_PIECES, starts, key=lambda start: (sums[start], -start))


@dataclass(frozen=True, slots=True)
class _Explained:
    """What of a word's meanings a document holds, what that is worth and could have been."""

    meanings: Sequence[tuple[str, float]]
    weight: float
    gained: float


def _explained(item: Item, doc: Doc, shelf: Shelf) -> _Explained | None:
    held = doc.meanings
    meanings = [(m, near) for m, near in item.meanings.items() if m in held]
    if not meanings:
        return None
    best, worth = "", 0.0
    for meaning, near in meanings:
        if near * held[meaning] > worth:
            best, worth = meaning, near * held[meaning]
    weight = item.level.gain * shelf.weight(best)
    return _Explained(meanings, weight, weight * worth)


def _match_piece(
    items: Sequence[Item],
    explained: Sequence[_Explained | None],
    doc: Doc,
    shelf: Shelf,
    to_beat: float,
) -> _Match:
    known = [each for each in explained if each]
    if not known:
        return _Match()
    lost = sum(item.loss for item, each in zip(items, explained, strict=True) if not each)
    gained = sum(each.gained for each in known)
    asked = sum(each.weight for each in known)
    coverage = gained / (asked + _CAP * (1 - math.exp(-lost / _CAP)))
    at_best = coverage**_EXPLAINED
    if at_best <= max(to_beat, SHOWN):
        return _Match()
    matched: dict[str, float] = {}
    for each in known:
        for meaning, near in each.meanings:
            if near > matched.get(meaning, 0.0):
                matched[meaning] = near
    said = matched.keys()
    fullest = max(
        (_fullness(p, matched) for p in shelf.phrases(doc) if not p.meanings.isdisjoint(said)),
        default=0.0,
    )
    factor = _OTHERWISE if _differs(items, doc, matched) else 1.0
    return _Match(factor * at_best * fullest ** (1 - _EXPLAINED), gained)


def _denies(query: Query, doc: Doc) -> bool:
    """Whether what is said not to happen is what the document is about."""
    return any(not doc.meanings.keys().isdisjoint(item.meanings) for item in query.denied)


def _contradicts(query: Query, doc: Doc) -> bool:
    """Whether what is said not to happen does happen there: a code that comes twice does come."""
    return any(
        not doc.happening.isdisjoint(item.meanings)
        for item in query.denied
        if item.level is Level.ACT
    )


def _differs(items: Sequence[Item], doc: Doc, matched: Mapping[str, float]) -> bool:
    """Whether another thing is done: a document that can't be signed isn't one that can't load."""
    acts = [item for item in items if item.level is Level.ACT]
    return bool(acts and doc.acts) and not any(
        matched.keys() & item.meanings.keys() & doc.acts for item in acts
    )


def _fullness(phrase: Weighed, matched: Mapping[str, float]) -> float:
    """How much of the phrase was said; a region or carrier that wasn't counts for little."""
    said, whole = 0.0, phrase.weight
    for meanings, weight in phrase.words:
        for meaning in meanings:
            if meaning in matched:
                said += weight * max([matched.get(m, 0.0) for m in meanings])
                break
    for meanings, weight in phrase.rivals:
        near = max([matched.get(meaning, 0.0) for meaning in meanings])
        said += weight * near
        whole += weight if near else weight * _UNNAMED
    if phrase.things and phrase.things.isdisjoint(matched):
        said *= _NOTHING_NAMED
    return phrase.worth * said / whole
