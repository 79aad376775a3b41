"""Find the incident that a citizen's words mean, or say that nothing is known. Pure.

One engine for ``vahta lookup``, the API and the desk's box, in memory over the incidents and
articles it is given. Each of those is a handful of phrases. A match is as good as the geometric
mean of how much of a phrase was said and how much of what was said is explained, words weighing
the more the rarer they are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from incidents.article import Article
from incidents.component import Text
from incidents.events import Impact
from incidents.incident import Incident
from incidents.lexicon import Form, Lexicon, Query, Tongue
from incidents.spelling import normal, sound, swapped
from incidents.texts import Texts

CONFIDENT = 0.55
SHOWN = 0.45
_RESOLVED = 0.8  # a resolved incident against an open one
_ABOUT = 0.6  # how near an article must be to a component's name to be about it
_ASKED = 0.6  # a question without a "not" is rarely a complaint
_ELSEWHERE = 0.9  # true only for a region or an operator that wasn't named
_STRANGERS = 3  # unknown words counted at most: people ramble


@dataclass(frozen=True, slots=True)
class Hit:
    """``status`` is an incident's status, None for an article. ``score`` is 0 to 1."""

    id: str
    status: str | None
    score: float
    title: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Best first. ``confident`` only if the first incident is open and is the match."""

    text: str
    incidents: tuple[Hit, ...] = ()
    articles: tuple[Hit, ...] = ()
    confident: bool = False

    def as_json(self) -> dict[str, object]:
        """The lookup contract's object (DESIGN 5.1)."""
        return {
            "text": self.text,
            "incidents": [
                {"id": h.id, "status": h.status, "score": h.score, "title": h.title}
                for h in self.incidents
            ],
            "articles": [{"id": h.id, "score": h.score, "title": h.title} for h in self.articles],
            "confident": self.confident,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Doc:
    """What is said of one incident or article, as sets of stems."""

    id: str
    titles: Text
    forms: frozenset[Form]  # every word of it, notes included
    phrases: frozenset[frozenset[str]]
    scope: frozenset[str] = frozenset()
    status: str | None = None
    numbers: tuple[str, ...] = ()  # what people may call it by
    is_open: bool = True
    gravity: tuple[int, float] = (0, 0.0)
    stems: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stems", frozenset(form.stem for form in self.forms))


@dataclass(frozen=True, slots=True, repr=False)
class Index:
    """Immutable: build another when incidents change."""

    languages: tuple[str, ...]
    incidents: tuple[Doc, ...]
    articles: tuple[Doc, ...]
    weights: Mapping[str, float]
    lexicon: Lexicon

    @classmethod
    def build(
        cls,
        incidents: Iterable[Incident],
        articles: Iterable[Article],
        *,
        texts: Texts,
        languages: Sequence[str] | None = None,
    ) -> Index:
        """Index open and recently closed incidents, and articles, in all ``languages``."""
        return Indexer(articles, texts=texts, languages=languages).index(incidents)

    @classmethod
    def of(
        cls,
        incidents: tuple[Doc, ...],
        articles: tuple[Doc, ...],
        tongue: Tongue,
        languages: Sequence[str],
    ) -> Index:
        docs = incidents + articles
        counts = Counter(s for doc in docs for s in doc.stems)
        forms = (form for doc in docs for form in doc.forms)
        weights = {s: math.log(1 + len(docs) / n) for s, n in counts.items()}
        return cls(tuple(languages), incidents, articles, weights, Lexicon.of(forms, tongue))

    def find(self, text: str, limit: int = 5, *, lang: str | None = None) -> Findings:
        """What an operator would see for ``text``; titles in ``lang`` (else the first)."""
        query, named = self.lexicon.read(text), _numbers(text)

        def best(docs: tuple[Doc, ...]) -> list[tuple[float, Doc]]:
            scored = ((1.0 if _is_named(d, named) else self._score(d, query), d) for d in docs)
            return sorted((s for s in scored if s[0] >= SHOWN), key=_order)[:limit]

        def hits(found: Iterable[tuple[float, Doc]]) -> Iterator[Hit]:
            for score, doc in found:
                title = doc.titles.get(lang or "") or next(iter(doc.titles.values()), doc.id)
                yield Hit(doc.id, doc.status, round(score, 3), title)

        known = best(self.incidents)
        confident = bool(known) and known[0][0] >= CONFIDENT and known[0][1].is_open
        return Findings(text, tuple(hits(known)), tuple(hits(best(self.articles))), confident)

    def _score(self, doc: Doc, query: Query) -> float:
        stems = doc.stems
        explained = asked = 0.0
        strange: list[float] = []
        matched: dict[str, float] = {}
        for word in query.words:
            here = {s: near for s, near in word.items() if s in stems}
            if not here:
                strange.append(max((self.weights[s] for s in word), default=self._unknown))
                continue
            best = max(here, key=lambda s: here[s])
            explained += self.weights[best] * here[best]
            asked += self.weights[best]
            matched = {**here, **{s: max(n, here.get(s, 0.0)) for s, n in matched.items()}}
        if not matched:
            return 0.0
        asked += sum(sorted(strange, reverse=True)[:_STRANGERS])
        fullest = max((self._fullness(p, matched) for p in doc.phrases), default=0.0)
        score = math.sqrt(fullest * explained / asked)
        if doc.scope and not doc.scope & matched.keys():
            score *= _ELSEWHERE
        return score * (1.0 if doc.is_open else _RESOLVED) * (_ASKED if query.is_question else 1.0)

    def _fullness(self, phrase: frozenset[str], matched: Mapping[str, float]) -> float:
        said = sum(self.weights[s] * matched.get(s, 0.0) for s in phrase)
        return said / sum(self.weights[s] for s in phrase)

    @property
    def _unknown(self) -> float:
        """The weight of a word that nothing loaded knows: more than of any that is known."""
        return math.log(1 + 2 * (len(self.incidents) + len(self.articles)))


class Indexer:
    """Makes one index after another, reading again only the incidents that have changed."""

    def __init__(
        self,
        articles: Iterable[Article],
        *,
        texts: Texts,
        languages: Sequence[str] | None = None,
    ) -> None:
        self._texts = texts
        self._languages = languages or texts.languages
        self._tongue = Tongue.of(texts.words[lang].hearing for lang in self._languages)
        self._articles = {a.id: a for a in articles}
        docs = tuple(_article(a, self._tongue) for a in self._articles.values())
        self._help = Index.of((), docs, self._tongue, self._languages)
        self._about: dict[str, tuple[Article, ...]] = {}
        self._read: dict[str, tuple[Incident, Doc]] = {}

    def index(self, incidents: Iterable[Incident]) -> Index:
        """The index of these incidents and all articles."""
        before, self._read = self._read, {}
        for incident in incidents:
            known = before.get(incident.id)
            if known is None or known[0] != incident:
                known = (incident, self._doc(incident))
            self._read[incident.id] = known
        docs = tuple(doc for _, doc in self._read.values())
        return Index.of(docs, self._help.articles, self._tongue, self._languages)

    def _doc(self, incident: Incident) -> Doc:
        about = self._articles_about(incident)
        return _incident(incident, about, self._texts, self._tongue, self._languages)

    def _articles_about(self, incident: Incident) -> tuple[Article, ...]:
        """What the name of its component has to do with, whatever is wrong with it."""
        names = " ".join(incident.component_name.values()) or incident.component
        if names not in self._about:
            hits = self._help.find(names).articles
            found = tuple(self._articles[h.id] for h in hits if h.score >= _ABOUT)
            self._about[names] = found
        return self._about[names]


def _order(scored: tuple[float, Doc]) -> tuple[float, bool, int, float]:
    """Better first; of equals the open, the graver, the newer."""
    score, doc = scored
    rank, started = doc.gravity
    return (-round(score, 3), not doc.is_open, -rank, -started)


def _numbers(text: str) -> frozenset[str]:
    """Everything in the text that may be an incident's number, in either layout."""
    tokens = [t.strip(".,;:!?()«»\"'№#") for t in normal(text).split()]
    return frozenset(sound(t) for token in tokens for t in (token, swapped(token)) if t)


def _is_named(doc: Doc, tokens: frozenset[str]) -> bool:
    return any(number in tokens for number in doc.numbers)


# ── what is said of one ───────────────────────────────────────────────────────


def _article(article: Article, tongue: Tongue) -> Doc:
    spoken = [*article.titles.values(), *(p for each in article.said.values() for p in each)]
    forms, phrases = _heard(spoken, tongue)
    return Doc(article.id, article.titles, forms, phrases)


def _incident(
    incident: Incident,
    about: Sequence[Article],
    texts: Texts,
    tongue: Tongue,
    languages: Sequence[str],
) -> Doc:
    titles = {lang: texts.title(incident, lang) for lang in languages}
    spoken = [*titles.values(), *incident.title.values(), *incident.component_name.values()]
    spoken += [*incident.error_codes, *(p for each in incident.symptoms for p in each.values())]
    for lang in languages:
        spoken.append(f"{texts.component(incident, lang)} {texts.impact(Impact.MAJOR, lang)}")
    if incident.reason is not None:
        spoken += [texts.reason(incident.reason, lang) for lang in languages]
    if not incident.symptoms:
        # Nobody wrote down how citizens say it: the articles on the reason and component know.
        own = texts.article_for(incident)
        for article in (*([own] if own else []), *about):
            spoken += [p for lang in languages for p in article.symptoms(lang)]
    notes = [*incident.public_text.values(), *incident.operator_note.values()]
    scope = incident.scope
    number = sound(normal(incident.id))
    codes = [normal(code) for code in incident.error_codes]
    where = " ".join(filter(None, (scope.region, scope.carrier, scope.surface)))
    forms, phrases = _heard(spoken, tongue)
    return Doc(
        id=incident.id,
        titles=titles,
        forms=forms.union(tongue.forms(" ".join([*notes, where]))),
        phrases=phrases,
        scope=frozenset(form.stem for form in tongue.forms(where)),
        status=incident.status.value,
        numbers=(*_short_too(number), *map(sound, filter(_is_unmistakable, codes))),
        is_open=incident.is_open,
        gravity=(incident.impact.rank, incident.started_at.timestamp()),
    )


def _short_too(number: str) -> tuple[str, ...]:
    """ИНЦ-2026-0042 is also called 2026-0042."""
    return (number, number.partition("-")[2]) if number.count("-") > 1 else (number,)


def _is_unmistakable(code: str) -> bool:
    """E-17 means one thing wherever it stands; 17 alone may be anything."""
    return any(c.isdigit() for c in code) and any(c.isalpha() for c in code)


def _heard(
    spoken: Iterable[str], tongue: Tongue
) -> tuple[frozenset[Form], frozenset[frozenset[str]]]:
    each = [frozenset(tongue.forms(phrase)) for phrase in set(spoken)]
    stems = frozenset(frozenset(form.stem for form in phrase) for phrase in each if phrase)
    return frozenset[Form]().union(*each), stems
