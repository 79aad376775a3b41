"""The words in which incidents are spoken of: people's own first, else those of the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import tomli

from incidents.article import Article, load_articles
from incidents.component import Text, in_language
from incidents.events import Impact
from incidents.incident import Incident
from probes.observation import Outcome, Reason

_BY_REASON = ("short", "public", "operator", "engineer")
_BY_IMPACT = ("short", "public", "operator")
_BY_OUTCOME = {Outcome.DOWN: Impact.MAJOR, Outcome.DEGRADED: Impact.MINOR}
_QUOTES = str.maketrans("«»", "„“")


@dataclass(frozen=True, slots=True)
class Hearing:
    """How a language is understood when somebody looks something up.

    Words without meaning for a search, words of a question, words that deny, and endings to
    drop, in the order to try them.
    """

    stop: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    denials: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """One language: sentences by reason and by impact, by their key in the file."""

    reasons: Mapping[Reason, Text]
    impacts: Mapping[Impact, Text]
    hearing: Hearing = field(default_factory=Hearing)


@dataclass(frozen=True, slots=True, repr=False)
class Texts:
    """What is said of an incident, in each loaded language. Pure once loaded.

    Methods take one of the languages given to ``load``; another raises KeyError, as it is
    the caller who chose it.
    """

    words: Mapping[str, Words]
    articles: Mapping[str, Article]

    @classmethod
    def load(cls, languages: Sequence[str]) -> Texts:
        """Read the words of these languages and all articles from the package.

        Raises ValueError naming file and key where a word is missing or unknown.
        """
        articles = load_articles()
        return cls({lang: _load(lang) for lang in languages}, articles)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.words)

    def title(self, incident: Incident, lang: str) -> str:
        """A person's title, else "Component: what is wrong"."""
        if written := in_language(incident.title, lang):
            return written
        return f"{self.component(incident, lang)}: {self._phrase(incident, lang, 'short')}"

    def public_text(self, incident: Incident, lang: str) -> str:
        """The first sentence for citizens."""
        return in_language(incident.public_text, lang) or self._phrase(incident, lang, "public")

    def operator_note(self, incident: Incident, lang: str) -> str:
        """What the operator tells the caller."""
        return in_language(incident.operator_note, lang) or self._phrase(incident, lang, "operator")

    def component(self, incident: Incident, lang: str) -> str:
        """The component's name, or its id where the incident knows no name."""
        return in_language(incident.component_name, lang) or incident.component

    def reason(self, reason: Reason, lang: str) -> str:
        """A phrase that stands after a component's name: "the code doesn't arrive"."""
        return self.words[lang].reasons[reason]["short"]

    def impact(self, impact: Impact, lang: str) -> str:
        """The same by impact, where no reason is known: "doesn't work"."""
        return self.words[lang].impacts[impact]["short"]

    def engineer(self, reason: Reason, lang: str) -> str:
        """What the probe saw, in one line."""
        return self.words[lang].reasons[reason]["engineer"]

    def article_for(self, incident: Incident) -> Article | None:
        """The article that answers the incident's reason, if it has one."""
        for article in self.articles.values():
            if incident.reason in article.reasons:
                return article
        return None

    def _phrase(self, incident: Incident, lang: str, key: str) -> str:
        words = self.words[lang]
        if incident.reason is not None:
            phrase = words.reasons[incident.reason][key]
        else:
            by_outcome = _BY_OUTCOME.get(incident.outcome or Outcome.UNKNOWN)
            phrase = words.impacts[by_outcome or incident.impact][key]
        name = self.component(incident, lang)
        # A name in guillemets inside guillemets takes the inner pair, as Russian does.
        return phrase.replace("{component}", name.translate(_QUOTES))


def _load(lang: str) -> Words:
    path = files("incidents") / "words" / f"{lang}.toml"
    name = f"incidents/words/{lang}.toml"
    if not path.is_file():
        raise ValueError(f"{name}: there is no such file, so Vahta doesn't speak {lang!r} yet")
    return parse_words(path.read_text(encoding="utf-8"), name=name)


def parse_words(toml: str, *, name: str) -> Words:
    """One language's words. Raises ValueError as ``NAME: key.path: what is wrong``."""
    try:
        table = tomli.loads(toml)
    except tomli.TOMLDecodeError as error:
        raise ValueError(f"{name}:{error.lineno}: {error.msg}") from None
    _refuse_unknown(table, name)
    return Words(
        {r: _text(table, ("reason", r.value), _BY_REASON, name) for r in Reason},
        {i: _text(table, ("impact", i.value), _BY_IMPACT, name) for i in Impact},
        _hearing(table, name),
    )


def _hearing(table: Mapping[str, Any], name: str) -> Hearing:
    given = table.get("search", {})
    listed: dict[str, list[str]] = {}
    for key in ("stop", "asks", "denials", "endings"):
        if not given.get(key):
            raise ValueError(f"{name}: search.{key}: is missing (words with spaces between)")
        listed[key] = given[key].split()
    return Hearing(
        stop=frozenset(listed["stop"]),
        asks=frozenset(listed["asks"]),
        denials=frozenset(listed["denials"]),
        endings=tuple(sorted(listed["endings"], key=len, reverse=True)),
    )


def _refuse_unknown(table: Mapping[str, Any], name: str) -> None:
    for group, members in (("reason", set(Reason)), ("impact", set(Impact))):
        if unknown := sorted(table.get(group, {}).keys() - members):
            raise ValueError(f"{name}: {group}.{unknown[0]}: there is no such {group}")


def _text(table: Mapping[str, Any], path: tuple[str, str], keys: Sequence[str], name: str) -> Text:
    given = table.get(path[0], {}).get(path[1], {})
    for key in keys:
        if not isinstance(given.get(key), str) or not given[key].strip():
            raise ValueError(f"{name}: {'.'.join((*path, key))}: is missing or empty")
    if unknown := sorted(given.keys() - set(keys)):
        raise ValueError(f"{name}: {'.'.join((*path, unknown[0]))}: there is no such key")
    return dict(given)
