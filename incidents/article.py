"""Self-help for a symptom: how citizens say it, what it usually is, what to say and try.

One Markdown file each in incidents/articles/, all languages together, so that an article is
added, corrected and translated in one place:

    +++
    id = "sms-code"
    reasons = ["code_not_arrived"]      # which reasons of a probe it answers
    contact = "hotline"                 # optional: the [[contact]] to hand over to
    [symptoms]                          # four to eight ways to say it, no other article's
    ru = ["не приходит код"]
    en = ["no code"]
    +++
    # en: No code arrives
    ## sees
    ## usually
    ## say
    ## try
    1. one action a line, the least effort first
    ## avoid
    - one a line
    ## meanwhile
    - one a line
    ## escalate
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import tomli

from incidents.component import Text, in_language, is_id
from probes.observation import Reason

PROSE = ("sees", "usually", "say", "escalate")
LISTS = ("try", "avoid", "meanwhile")
_FENCE = "+++"
_KEYS = {"id", "reasons", "contact", "symptoms"}
_TITLE = re.compile(r"# ([a-z]{2,3}): +(\S.*)")
_SECTION = re.compile(r"## (\S+)")
_STEPS = "try"


@dataclass(frozen=True, slots=True)
class Article:
    """Each method takes a language code and falls back to the article's first language."""

    id: str
    reasons: tuple[Reason, ...]
    titles: Text
    said: Mapping[str, tuple[str, ...]]
    prose: Mapping[str, Text]
    lists: Mapping[str, Mapping[str, tuple[str, ...]]]
    contact: str | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.titles)

    def title(self, lang: str) -> str:
        return in_language(self.titles, lang)

    def symptoms(self, lang: str) -> Sequence[str]:
        """How citizens say it, in this very language: empty where none are written."""
        return self.said.get(lang, ())

    def sees(self, lang: str) -> str:
        """What the caller sees."""
        return in_language(self.prose["sees"], lang)

    def usually(self, lang: str) -> str:
        """What it usually is."""
        return in_language(self.prose["usually"], lang)

    def say(self, lang: str) -> str:
        """What to say when no incident is known."""
        return in_language(self.prose["say"], lang)

    def steps(self, lang: str) -> Sequence[str]:
        """What to try, in order."""
        return self._list("try", lang)

    def avoid(self, lang: str) -> Sequence[str]:
        """What never to advise."""
        return self._list("avoid", lang)

    def meanwhile(self, lang: str) -> Sequence[str]:
        """What citizens can do, said to them, while the fault is known and ours to mend."""
        return self._list("meanwhile", lang)

    def escalate(self, lang: str) -> str:
        """When to hand it on."""
        return in_language(self.prose["escalate"], lang)

    def _list(self, name: str, lang: str) -> Sequence[str]:
        written = self.lists[name]
        return written.get(lang) or next(iter(written.values()), ())


def load_articles() -> Mapping[str, Article]:
    """All articles by id. Raises ValueError naming file and line of the first mistake."""
    found: dict[str, Article] = {}
    answered: dict[Reason, str] = {}
    folder = files("incidents") / "articles"
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".md"):
            continue
        article = parse(path.read_text(encoding="utf-8"), name=path.name)
        for reason in article.reasons:
            if reason in answered:
                raise ValueError(
                    f"{path.name}:1: {reason} is already answered by {answered[reason]}"
                )
            answered[reason] = path.name
        found[article.id] = article
    return found


def parse(text: str, *, name: str) -> Article:
    """One article from its file's text. Raises ValueError as ``NAME:LINE: what is wrong``."""
    lines = text.splitlines()
    if not lines or lines[0] != _FENCE or _FENCE not in lines[1:]:
        raise ValueError(f"{name}:1: an article begins with front matter between two lines of +++")
    end = lines.index(_FENCE, 1)
    front = _front("\n".join(lines[1:end]), name)
    body = _body(lines[end + 1 :], first=end + 2, name=name)
    said = front.get("symptoms", {})
    for lang in body:
        if not said.get(lang):
            raise ValueError(f"{name}:1: symptoms.{lang} is missing: how do citizens say it?")
    return Article(
        id=front["id"],
        reasons=tuple(Reason(r) for r in front.get("reasons", ())),
        titles={lang: part["title"][0] for lang, part in body.items()},
        said={lang: tuple(phrases) for lang, phrases in said.items()},
        prose={key: {lang: " ".join(part[key]) for lang, part in body.items()} for key in PROSE},
        lists={key: {lang: tuple(part[key]) for lang, part in body.items()} for key in LISTS},
        contact=front.get("contact"),
    )


def _front(toml: str, name: str) -> dict[str, Any]:
    try:
        front = tomli.loads(toml)
    except tomli.TOMLDecodeError as error:
        raise ValueError(f"{name}:{error.lineno + 1}: {error.msg}") from None
    if unknown := sorted(front.keys() - _KEYS):
        raise ValueError(f"{name}:1: unknown key {unknown[0]!r}; there are {sorted(_KEYS)}")
    expected = name.removesuffix(".md")
    if front.get("id") != expected or not is_id(expected):
        raise ValueError(f"{name}:1: id must be {expected!r}, as the file is called")
    for reason in front.get("reasons", ()):
        if reason not in set(Reason):
            raise ValueError(f"{name}:1: reasons: there is no reason {reason!r}")
    return front


def _body(lines: Sequence[str], *, first: int, name: str) -> dict[str, dict[str, list[str]]]:
    """``{"ru": {"title": […], "sees": […], …}}``, each a list of non-empty lines."""
    found: dict[str, dict[str, list[str]]] = {}
    lang = section = ""
    for number, line in enumerate((x.strip() for x in lines), first):
        if title := _TITLE.fullmatch(line):
            lang, section = title[1], ""
            found[lang] = {"title": [title[2]]}
        elif heading := _SECTION.fullmatch(line):
            section = heading[1]
            if not lang or section not in PROSE + LISTS or section in found[lang]:
                raise ValueError(
                    f"{name}:{number}: {line!r}: expected each of {', '.join(PROSE + LISTS)} once,"
                    " under a title such as '# en: …'"
                )
            found[lang][section] = []
        elif line:
            if not section:
                raise ValueError(f"{name}:{number}: text outside of a section: {line[:40]!r}")
            above = found[lang][section]
            above.append(_read(line, section, len(above), where=f"{name}:{number}"))
    _require_complete(found, name=name, last=first + len(lines) - 1)
    return found


def _require_complete(
    found: Mapping[str, Mapping[str, list[str]]], *, name: str, last: int
) -> None:
    if not found:
        raise ValueError(f"{name}:{last}: no title such as '# en: …'")
    for lang, part in found.items():
        for section in PROSE + LISTS:
            if not part.get(section):
                raise ValueError(f"{name}:{last}: {lang}: section {section!r} is missing or empty")


def _read(line: str, section: str, above: int, *, where: str) -> str:
    """The line without the mark of its list; steps are numbered, to be spoken of by number."""
    if section not in LISTS:
        return line
    mark = f"{above + 1}. " if section == _STEPS else "- "
    if not line.startswith(mark):
        raise ValueError(f"{where}: {section!r} is a list: begin the line with {mark!r}")
    return line.removeprefix(mark)
