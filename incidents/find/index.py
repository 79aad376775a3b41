"""Everything loaded, ready to be asked. In memory, and quick to change by one incident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from incidents.article import Article
from incidents.find.document import Doc, of_article, of_incident
from incidents.find.findings import Findings, Hit
from incidents.find.lexicon import Lexicon
from incidents.find.ranking import Scored, rank
from incidents.find.reading import read
from incidents.find.shelf import Shelf
from incidents.find.vocabulary import Vocabulary
from incidents.incident import Incident
from incidents.texts import Texts

_ABOUT = 0.65  # how near an article must be to a component's name to be about it


@dataclass(frozen=True, slots=True, repr=False)
class Index:
    """What stands on the shelves doesn't change: an indexer makes another index."""

    incidents: Shelf
    articles: Shelf
    vocabulary: Vocabulary

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
        self,
        text: str,
        limit: int = 5,
        *,
        lang: str | None = None,
        past: Iterable[Doc] = (),
    ) -> Findings:
        """What an operator would see for ``text``; titles in ``lang`` (else the first).

        ``past``: incidents that aren't on the shelf and may be meant as well.
        """
        query = read(text, self.vocabulary)
        known = rank(query, self.incidents, limit, also=past)
        confident = bool(known) and known[0].is_sure and known[0].doc.is_open
        helpful = rank(query, self.articles, limit)
        return Findings(text, tuple(_hits(known, lang)), tuple(_hits(helpful, lang)), confident)


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
        self._about: dict[str, tuple[Article, ...]] = {}
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
        own = self._texts.article_for(incident)
        return of_incident(
            incident,
            [*([own] if own else []), *self._article_about(incident)],
            texts=self._texts,
            languages=self._languages,
            vocabulary=self._vocabulary,
        )

    def _article_about(self, incident: Incident) -> tuple[Article, ...]:
        """What the name of its component has to do with, whatever is wrong with it."""
        names = " ".join(incident.component_name.values()) or incident.component
        if names not in self._about:
            nearest = rank(read(names, self._vocabulary), self._help, limit=1)
            found = tuple(self._articles[h.doc.id] for h in nearest if h.score >= _ABOUT)
            self._about[names] = found
        return self._about[names]


def _hits(found: Iterable[Scored], lang: str | None) -> Iterator[Hit]:
    for scored in found:
        doc = scored.doc
        title = doc.titles.get(lang or "") or next(iter(doc.titles.values()), doc.id)
        yield Hit(doc.id, doc.status, round(scored.score, 3), title)
