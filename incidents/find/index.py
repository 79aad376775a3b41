"""Everything loaded, ready to be asked. In memory, and quick to change by one incident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from incidents.article import Article
from incidents.find.document import SYMPTOM, Doc, of_article, of_incident
from incidents.find.findings import Findings, Hit
from incidents.find.lexicon import Lexicon
from incidents.find.ranking import Scored, best, rank, score
from incidents.find.reading import Query, as_said, read
from incidents.find.shelf import Shelf
from incidents.find.vocabulary import Vocabulary
from incidents.incident import Incident
from incidents.texts import Texts

_LENDS, _NAMED = 0.5, 0.65
"""How near an article must be to an incident's title, or to a component's name, to lend words."""
_KIN = 0.7
"""How near an article must be to what is said of an incident to answer the same callers."""
_ANSWERS, _BETTER = 0.75, 0.05
"""How near an article must be to be what is meant instead, and by how much nearer."""
_RELATED = 3
_AS_GOOD, _CHOICE = 0.97, 2
"""How near others must come to be meant as likely, and among how many an operator can choose."""


@dataclass(frozen=True, slots=True, repr=False)
class Heard:
    """A text, what it says, and what answers it, best first: at most ``limit`` of each."""

    text: str
    query: Query
    limit: int
    known: Sequence[Scored]
    helpful: Sequence[Scored]
    called: str | None

    @property
    def is_answered(self) -> bool:
        """Whether it is one of those that are open, though perhaps not clear which."""
        return bool(self.known) and self.known[0].is_sure and self.known[0].doc.is_open


@dataclass(frozen=True, slots=True, repr=False)
class Index:
    """What stands on the shelves doesn't change: an indexer makes another index."""

    incidents: Shelf
    articles: Shelf
    vocabulary: Vocabulary
    _kin: dict[Doc, frozenset[str]] = field(default_factory=dict)

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

    def find(
        self, text: str, limit: int = 5, *, lang: str | None = None, called: str | None = None
    ) -> Findings:
        """What an operator would see for ``text``; titles in ``lang`` (else the first).

        ``called``: the id of the incident that a call was noted against whose number stands in
        the text.
        """
        return self.told(self.heard(text, limit, called=called), lang)

    def heard(self, text: str, limit: int, *, called: str | None = None) -> Heard:
        """What there is for ``text`` among what is loaded."""
        query = read(text, self.vocabulary)
        known = rank(query, self.incidents, limit, called=called)
        return Heard(text, query, limit, known, rank(query, self.articles, limit), called)

    def with_past(self, heard: Heard, past: Iterable[Doc]) -> Heard:
        """The same, and incidents that aren't loaded and may be meant as well."""
        query = read(heard.text, self.vocabulary)  # their words may have been new
        older = score(query, self.incidents, past, called=heard.called)
        return replace(heard, known=best([*heard.known, *older], heard.limit))

    def told(self, heard: Heard, lang: str | None) -> Findings:
        """What an operator sees of it."""
        known, helpful = heard.known, heard.helpful
        confident = (
            heard.is_answered
            and not _is_vague(known)
            and not self._is_meant_otherwise(known[0], helpful)
        )
        return Findings(
            heard.text, tuple(_hits(known, lang)), tuple(_hits(helpful, lang)), confident
        )

    def _is_meant_otherwise(self, first: Scored, helpful: Sequence[Scored]) -> bool:
        """Whether an article that has nothing to do with the incident fits clearly better."""
        to_beat = max(_ANSWERS, first.score + _BETTER)
        if first.is_named or not helpful or helpful[0].score < to_beat:
            return False
        kin = self._related(first.doc)
        related = max((h.score for h in helpful if h.doc.id in kin), default=0.0)
        return helpful[0].score >= related + _BETTER

    def _related(self, doc: Doc) -> frozenset[str]:
        """The articles for what is said of an incident, by id."""
        found = self._kin.get(doc)
        if found is None:
            asked = [as_said(phrase) for phrase in doc.phrases if phrase.worth >= SYMPTOM]
            near = [scored for query in asked for scored in rank(query, self.articles, _RELATED)]
            found = doc.lenders | {scored.doc.id for scored in near if scored.score >= _KIN}
            self._kin[doc] = found
        return found


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
        self._vocabulary = Vocabulary(Lexicon.load())
        self._articles = {a.id: a for a in articles}
        docs = [of_article(a, self._vocabulary) for a in self._articles.values()]
        self._help = Shelf().changed(put=docs, gone=())
        self._known: dict[str, Incident] = {}
        self._shelf = Shelf()

    def index(self, incidents: Iterable[Incident]) -> Index:
        """The index of these incidents and all articles."""
        given = {incident.id: incident for incident in incidents}
        new = [i for i in given.values() if self._is_new(i)]
        gone = self._known.keys() - given.keys()
        self._shelf = self._shelf.changed(put=map(self.doc, new), gone=gone)
        self._known = given
        return Index(self._shelf, self._help, self._vocabulary)

    def _is_new(self, incident: Incident) -> bool:
        known = self._known.get(incident.id)
        return known is not incident and known != incident

    def doc(self, incident: Incident) -> Doc:
        """What search sees of one incident."""
        return of_incident(
            incident,
            list(self._lenders(incident)) if incident.is_open else (),
            texts=self._texts,
            languages=self._languages,
            vocabulary=self._vocabulary,
        )

    def _lenders(self, incident: Incident) -> Iterator[tuple[Article, float]]:
        """The articles for its reason and its component, or for what somebody wrote of it.

        What a probe has seen of a component is whatever callers have trouble with there.
        """
        if own := self._texts.article_for(incident):
            yield own, 1.0
        if incident.title:
            title = self._texts.title(incident, self._languages[0])
            yield from self._nearest(title, _LENDS)
        else:
            name = " ".join(incident.component_name.values()) or incident.component
            yield from ((lent, 1.0) for lent, _ in self._nearest(name, _NAMED) if lent.reasons)

    def _nearest(self, text: str, enough: float) -> Sequence[tuple[Article, float]]:
        nearest = rank(read(text, self._vocabulary), self._help, limit=1)
        return [
            (self._articles[near.doc.id], near.score) for near in nearest if near.score >= enough
        ]


def _is_vague(known: Sequence[Scored]) -> bool:
    """Whether as much could be said of several other open incidents."""
    first = known[0]
    as_good = [s for s in known if s.doc.is_open and s.score >= _AS_GOOD * first.score]
    return not first.is_named and len(as_good) > _CHOICE


def _hits(found: Iterable[Scored], lang: str | None) -> Iterator[Hit]:
    for scored in found:
        doc = scored.doc
        title = doc.titles.get(lang or "") or next(iter(doc.titles.values()), doc.id)
        yield Hit(doc.id, doc.status, round(scored.score, 3), title)
