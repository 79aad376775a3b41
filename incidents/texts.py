"""The words in which incidents are spoken of: people's own first, else those of the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import tomli

from incidents.article import Article, load_articles
from incidents.component import Component, Text, in_language
from incidents.events import Impact, Origin
from incidents.incident import Incident
from probes.observation import Outcome, Reason

_BY_REASON = ("short", "public", "operator", "engineer")
_BY_IMPACT = ("short", "public", "operator")
_BY_CASE = ("short", "public", "operator")
_CASES = ("several", "unstable", "calls")
_OF_CALLS = ("title", "unknown")
_BY_STATE = ("down", "degraded")
_BRACED = re.compile(r"\{\w*\}")
_PLACEHOLDERS = frozenset({"{component}", "{components}", "{journeys}"})
_BY_OUTCOME = {Outcome.DOWN: Impact.MAJOR, Outcome.DEGRADED: Impact.MINOR}
_DAMAGES = frozenset({Reason.UPLOAD_CORRUPTED, Reason.STATUS_MISMATCH})
"""Who hears of these had better look for themselves than be told that nothing is lost."""
_QUOTES = str.maketrans("«»", "„“")


@dataclass(frozen=True, slots=True)
class Words:
    """One language: sentences by reason and by impact, by their key in the file."""

    reasons: Mapping[Reason, Text]
    impacts: Mapping[Impact, Text]
    cases: Mapping[str, Text] = field(default_factory=dict)
    journeys: Text = field(default_factory=dict)
    calls: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Texts:
    """What is said of an incident, in each loaded language. Pure once loaded.

    Methods take one of the languages given to ``load``; another raises KeyError, as it is
    the caller who chose it.
    """

    words: Mapping[str, Words]
    articles: Mapping[str, Article]
    components: Mapping[str, Component] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        languages: Sequence[str],
        *,
        own: Path | None = None,
        components: Sequence[Component] = (),
    ) -> Texts:
        """Read the words of these languages and all articles from the package.

        ``own`` is a folder with files of the same names, whose sentences come before the
        package's; ``components`` say what citizens come to do with them. Raises ValueError
        naming file and key where a word is missing or unknown.
        """
        words = {lang: _load(lang, own) for lang in languages}
        return cls(words, load_articles(), {c.id: c for c in components})

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.words)

    def title(self, incident: Incident, lang: str) -> str:
        """A person's title, else "Component: what is wrong"; one for many names none of them."""
        if written := in_language(incident.title, lang):
            return written
        phrase = self._phrase(incident, lang, "short")
        if incident.is_umbrella:
            return phrase[:1].upper() + phrase[1:]
        return f"{self.component(incident, lang)}: {phrase}"

    def public_text(self, incident: Incident, lang: str) -> str:
        """The first sentences for citizens, with what they can't do meanwhile."""
        if written := in_language(incident.public_text, lang):
            return written
        return f"{self._phrase(incident, lang, 'public')} {self._journeys(incident, lang)}".strip()

    def safe(self, incident: Incident, lang: str) -> Sequence[str]:
        """What it leaves untouched, by the config; nothing where that might not be true."""
        if not incident.is_open or incident.public_text:
            return ()
        ailing = incident.ailing()
        if not _DAMAGES.isdisjoint([incident.reason, *(one.reason for one in ailing)]):
            return ()
        said = (in_language(one.safe, lang) for one in self._concerned(incident))
        return tuple(dict.fromkeys(filter(None, said)))

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

    def complaints(self, about: str, lang: str) -> str:
        """The title of an incident that calls have opened."""
        return self.words[lang].calls["title"].replace("{component}", about)

    def unfamiliar(self, lang: str) -> str:
        """What is called about as long as nobody knows what it is."""
        return self.words[lang].calls["unknown"]

    def article_for(self, incident: Incident) -> Article | None:
        """The article that answers the incident's reason, if it has one."""
        for article in self.articles.values():
            if incident.reason in article.reasons:
                return article
        return None

    def _phrase(self, incident: Incident, lang: str, key: str) -> str:
        phrase = self._words_for(incident, lang)[key]
        # A name in guillemets inside guillemets takes the inner pair, as Russian does.
        name = self.component(incident, lang).translate(_QUOTES)
        return phrase.replace("{component}", name).replace(
            "{components}", ", ".join(self._members(incident, lang))
        )

    def _words_for(self, incident: Incident, lang: str) -> Text:
        words = self.words[lang]
        if incident.is_umbrella:
            return words.cases["several"]
        if incident.unstable_since is not None:
            return words.cases["unstable"]
        if incident.reason is not None:
            return words.reasons[incident.reason]
        if incident.origin is Origin.CALLS and not incident.probes_agree:
            return words.cases["calls"]
        by_outcome = _BY_OUTCOME.get(incident.outcome or Outcome.UNKNOWN)
        return words.impacts[by_outcome or incident.impact]

    def _members(self, incident: Incident, lang: str) -> Sequence[str]:
        """Whom it is about: who still suffers, or, once nobody does, who did."""
        stretches = incident.ailing() or incident.affected
        names = {a.component: in_language(a.name, lang) for a in stretches}
        names.pop(incident.component, None)
        others = [name or id_ for id_, name in names.items()]
        return [self.component(incident, lang), *others]

    def _journeys(self, incident: Incident, lang: str) -> str:
        """What citizens can't do while it lasts; nothing where nobody has said."""
        known = self._concerned(incident)
        said = [in_language(journey, lang) for one in known for journey in one.journeys]
        if not said or not incident.is_open:
            return ""
        is_down = incident.outcome is not Outcome.DEGRADED and not incident.unstable_since
        words = self.words[lang].journeys["down" if is_down else "degraded"]
        return words.replace("{journeys}", ", ".join(dict.fromkeys(said)))

    def _concerned(self, incident: Incident) -> Sequence[Component]:
        """The configured components that it is about now, its own first."""
        ids = dict.fromkeys([incident.component, *(a.component for a in incident.ailing())])
        return [self.components[id_] for id_ in ids if id_ in self.components]


def _load(lang: str, own: Path | None) -> Words:
    path = files("incidents") / "words" / f"{lang}.toml"
    name = f"incidents/words/{lang}.toml"
    if not path.is_file():
        raise ValueError(f"{name}: there is no such file, so Vahta doesn't speak {lang!r} yet")
    table = _table(path.read_text(encoding="utf-8"), name)
    file = own / f"{lang}.toml" if own else None
    if file is None or not file.exists():
        return _words(table, name)
    edited = _table(file.read_text(encoding="utf-8"), str(file))
    return _words(_laid_over(table, edited), str(file))


def _laid_over(table: Mapping[str, Any], edited: Mapping[str, Any]) -> dict[str, Any]:
    """``table`` with what ``edited`` says instead, however deep it stands."""
    whole = dict(table)
    for key, value in edited.items():
        below = table.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = _laid_over(below, value)  # noqa: PLW2901 - the same words, filled up
        whole[key] = value
    return whole


def parse_words(toml: str, *, name: str) -> Words:
    """One language's words. Raises ValueError as ``NAME: key.path: what is wrong``."""
    return _words(_table(toml, name), name)


def _table(toml: str, name: str) -> dict[str, Any]:
    try:
        return tomli.loads(toml)
    except tomli.TOMLDecodeError as error:
        raise ValueError(f"{name}:{error.lineno}: {error.msg}") from None


def _words(table: Mapping[str, Any], name: str) -> Words:
    _refuse_unknown(table, name)
    return Words(
        {r: _text(table, ("reason", r.value), _BY_REASON, name) for r in Reason},
        {i: _text(table, ("impact", i.value), _BY_IMPACT, name) for i in Impact},
        {case: _text(table, ("case", case), _BY_CASE, name) for case in _CASES},
        _text({"": table}, ("", "journeys"), _BY_STATE, name),
        _text({"": table}, ("", "calls"), _OF_CALLS, name),
    )


def _refuse_unknown(table: Mapping[str, Any], name: str) -> None:
    for group, members in (
        ("reason", set(Reason)),
        ("impact", set(Impact)),
        ("case", set(_CASES)),
    ):
        if unknown := sorted(table.get(group, {}).keys() - members):
            raise ValueError(f"{name}: {group}.{unknown[0]}: there is no such {group}")


def _text(table: Mapping[str, Any], path: tuple[str, str], keys: Sequence[str], name: str) -> Text:
    given = table.get(path[0], {}).get(path[1], {})
    where = [part for part in path if part]

    def wrong(key: str, what: str) -> ValueError:
        return ValueError(f"{name}: {'.'.join((*where, key))}: {what}")

    for key in keys:
        if not isinstance(given.get(key), str) or not given[key].strip():
            raise wrong(key, "is missing or empty")
        if unknown := sorted({*_BRACED.findall(given[key])} - _PLACEHOLDERS):
            raise wrong(key, f"there is no {unknown[0]} to put in")
    if unknown := sorted(given.keys() - set(keys)):
        raise wrong(unknown[0], "there is no such key")
    return dict(given)
