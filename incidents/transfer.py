"""Bring a team's past incidents along, and take ours away: JSON arrays or JSON Lines.

Pure: text in, records out. Every mistake is reported at once, with its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from incidents.component import Text, is_id
from incidents.events import Because, Impact, Imported, Said, Scope, Status
from incidents.incident import Incident

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_HALVES = re.compile("[\ud800-\udfff]")  # of characters: JSON can spell them, UTF-8 cannot
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
REQUIRED = ("id", "status", "component", "title", "started_at")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with a file to import; ``place`` is ``line 3`` or ``item 3``."""

    place: str
    key: str
    problem: str

    def __str__(self) -> str:
        return (
            f"{self.place}: {self.key}: {self.problem}"
            if self.key
            else f"{self.place}: {self.problem}"
        )


class ImportFileError(ValueError):
    """The file as a whole cannot be taken; nothing was imported."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(str(m) for m in mistakes))
        self.mistakes = mistakes


def parse(text: str, *, lang: str) -> Sequence[Imported]:
    """The incidents of a file; plain strings are in ``lang``. Raises ImportFileError."""
    records: list[Imported] = []
    mistakes: list[Mistake] = []
    places: dict[str, str] = {}
    for place, item in _items(text, mistakes):
        found = _Reader(item, place, lang)
        record = found.record()
        if first := places.get(found.id):
            found.wrong("id", f"{found.id!r} stands in {first} already")
        places.setdefault(found.id, place)
        mistakes += found.mistakes
        if record is not None and not found.mistakes:
            records.append(record)
    if mistakes:
        raise ImportFileError(mistakes)
    return records


def to_json(incident: Incident, *, lang: str) -> dict[str, Any]:
    """One incident in the fields of import, and ``published_at``. ``parse`` takes it back."""
    return {
        "id": incident.id,
        "status": incident.status.value,
        "component": incident.component,
        "title": _plain(incident.title, lang),
        "public_text": _plain(incident.public_text, lang),
        "operator_note": _plain(incident.operator_note, lang),
        "symptoms": [_plain(symptom, lang) for symptom in incident.symptoms],
        "error_codes": list(incident.error_codes),
        "region": incident.scope.region,
        **_narrower(incident.scope),
        "impact": incident.impact.value,
        "started_at": _stamp(incident.started_at),
        "resolved_at": _stamp(incident.resolved_at),
        "updates": [
            {
                "at": _stamp(said.at),
                "status": said.status.value if said.status else None,
                "text": _plain(said.text, lang),
            }
            for said in incident.updates
        ],
        "published_at": _stamp(incident.published_at),
    }


def _narrower(scope: Scope) -> dict[str, str]:
    """What only our own files have, and only where it is said."""
    found = {"carrier": scope.carrier, "surface": scope.surface}
    return {key: value for key, value in found.items() if value}


def _plain(text: Text, lang: str) -> str | dict[str, str] | None:
    if not text:
        return None
    return text[lang] if set(text) == {lang} else dict(text)


def _stamp(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _items(text: str, mistakes: list[Mistake]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Whatever of an array or of lines can be read; the rest becomes mistakes."""
    if text.lstrip("\ufeff \t\r\n").startswith("["):
        try:
            whole = json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError) as error:
            mistakes.append(Mistake(_line_of(error), "", f"is not JSON: {error}"))
            return
        found = [(f"item {n}", item) for n, item in enumerate(whole, start=1)]
    else:
        found = []
        for n, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                found.append((f"line {n}", json.loads(line)))
            except (ValueError, RecursionError) as error:
                mistakes.append(Mistake(f"line {n}", "", f"is not JSON: {error}"))
    for place, item in found:
        if isinstance(item, dict):
            yield place, item
        else:
            mistakes.append(Mistake(place, "", "is not an object with the fields of an incident"))


def _line_of(error: Exception) -> str:
    return f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "line 1"


class _Reader:
    """Reads one object field by field, collecting what is wrong with it."""

    def __init__(self, item: Mapping[str, Any], place: str, lang: str) -> None:
        self._item = item
        self._place = place
        self._lang = lang
        self.mistakes: list[Mistake] = []
        self.id = str(item.get("id", ""))

    def wrong(self, key: str, problem: str) -> None:
        self.mistakes.append(Mistake(self._place, key, problem))

    def record(self) -> Imported | None:
        for key in REQUIRED:
            if self._item.get(key) in (None, "", {}):
                self.wrong(key, "is required")
        started = self._at("started_at")
        status = self._one_of("status", Status)
        impact = self._one_of("impact", Impact)
        record = Imported(
            incident=self._id("id"),
            component=self._id("component"),
            status=status or Status.INVESTIGATING,
            title=self._text("title"),
            started_at=started or datetime.min.replace(tzinfo=UTC),
            because=Because("import"),
            public_text=self._text("public_text"),
            operator_note=self._text("operator_note"),
            symptoms=tuple(self._each("symptoms")),
            error_codes=tuple(self._codes()),
            scope=Scope(self._string("region"), self._string("carrier"), self._string("surface")),
            impact=impact or Impact.MAJOR,
            published_at=self._published(status, started),
            resolved_at=self._resolved(status, started),
            updates=tuple(self._updates()),
        )
        return None if self.mistakes else record

    def _published(self, status: Status | None, started: datetime | None) -> datetime | None:
        """A file that doesn't say brings published ones; null in one that does is a blip."""
        if status is Status.SUSPECTED:
            return None
        at = self._at("published_at")
        is_blip = status is not None and not status.is_open and "published_at" in self._item
        return at if at or is_blip else started

    def _resolved(self, status: Status | None, started: datetime | None) -> datetime | None:
        at = self._at("resolved_at")
        if at and status and status.is_open:
            self.wrong("resolved_at", f"is set although the status is {status}: leave out one")
        if at and started and at < started:
            self.wrong("resolved_at", "is before started_at")
        return at

    def _id(self, key: str) -> str:
        value = self._item.get(key) or ""
        if value and (not isinstance(value, str) or not is_id(value)):
            self.wrong(
                key,
                f"{value!r} is not an id: letters, digits, '.', '_', '-', at most 64,"
                " first a letter or digit",
            )
        return str(value)

    def _at(self, key: str) -> datetime | None:
        return self._instant(key, self._item.get(key))

    def _instant(self, key: str, value: Any) -> datetime | None:
        if value is None:
            return None
        try:
            at = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            self.wrong(key, f"expected an instant such as 2026-03-01T09:30:00+03:00, not {value!r}")
            return None
        if at.tzinfo is None:
            self.wrong(key, f"{value!r} has no time zone: add Z or +03:00")
            return None
        if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            self.wrong(key, f"{value!r} is not a year of portals: {_FIRST_YEAR} to {_LAST_YEAR}")
            return None
        return at.astimezone(UTC)

    def _one_of(self, key: str, choices: type[Status | Impact]) -> Any:
        value = self._item.get(key)
        if value is None:
            return None
        try:
            return choices(value)
        except ValueError:
            self.wrong(key, f"expected one of {', '.join(choices)}, not {value!r}")
            return None

    def _text(self, key: str) -> Text:
        return self._words(key, self._item.get(key))

    def _words(self, key: str, value: Any) -> Text:
        match value:
            case None | "":
                return {}
            case str():
                value = {self._lang: value}
            case dict() if all(_LANGUAGE.fullmatch(str(k)) for k in value):
                pass
            case _:
                self.wrong(key, 'expected a string, or an object such as {"ru": "…", "en": "…"}')
                return {}
        said = {lang: words for lang, words in value.items() if words not in (None, "")}
        for words in said.values():
            if not isinstance(words, str) or _HALVES.search(words):
                self.wrong(key, "is not text")
                return {}
        if not said and key in REQUIRED:
            self.wrong(key, "is required")
        return said

    def _string(self, key: str) -> str | None:
        value = self._item.get(key)
        if value is None or (isinstance(value, str) and not _HALVES.search(value)):
            return value or None
        self.wrong(key, f"expected a string, not {value!r}")
        return None

    def _list(self, key: str) -> Sequence[Any]:
        value = self._item.get(key)
        if value is None or isinstance(value, list):
            return value or []
        self.wrong(key, f"expected a list, not {value!r}")
        return []

    def _codes(self) -> Iterator[str]:
        for n, code in enumerate(self._list("error_codes")):
            if isinstance(code, str | int) and not _HALVES.search(str(code)):
                yield str(code)
            else:
                self.wrong(f"error_codes[{n}]", f"expected a string or a number, not {code!r}")

    def _each(self, key: str) -> Iterator[Text]:
        for n, value in enumerate(self._list(key)):
            if words := self._words(f"{key}[{n}]", value):
                yield words

    def _updates(self) -> Iterator[Said]:
        for n, update in enumerate(self._list("updates")):
            key = f"updates[{n}]"
            if not isinstance(update, dict):
                self.wrong(key, "expected an object with at, text and perhaps status")
                continue
            at = self._instant(f"{key}.at", update.get("at"))
            if at is None:
                self.wrong(f"{key}.at", "is required") if update.get("at") is None else None
                continue
            status = update.get("status")
            if status is not None and status not in set(Status):
                self.wrong(f"{key}.status", f"expected one of {', '.join(Status)}, not {status!r}")
                continue
            yield Said(
                at,
                self._words(f"{key}.text", update.get("text")),
                Status(status) if status else None,
            )
