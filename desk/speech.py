"""The desk's own words in the reader's language, and instants and spans in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import tomli

from incidents.duration_words import plural

FALLBACK = "en"
_HOUR, _DAY = 60, 24 * 60


@dataclass(frozen=True, slots=True)
class Speech:
    """One reader's language and zone. ``t`` is the file's table, as templates use it."""

    lang: str
    t: Mapping[str, Any]
    zone: ZoneInfo

    def say(self, key: str, **values: object) -> str:
        """The words under ``"table.key"``, with values put in by name. Raises KeyError."""
        table, name = key.split(".")
        words = str(self.t[table][name])
        for place, value in values.items():
            words = words.replace("{" + place + "}", str(value))
        return words

    def count(self, number: int, key: str) -> str:
        """A number and its noun; under ``key`` are the noun's forms, with bars between them."""
        return f"{number} {plural(number, self.say(key).split('|'), self.lang)}"

    def moment(self, at: datetime, now: datetime) -> str:
        """12:48 of today; with the day of another day; with the year of another year."""
        local, today = at.astimezone(self.zone), now.astimezone(self.zone)
        if local.date() == today.date():
            return f"{local:%H:%M}"
        month = self.t["months"].split()[local.month - 1]
        year = "" if local.year == today.year else f" {local.year}"
        return f"{local.day} {month}{year}, {local:%H:%M}"

    def day(self, day: date) -> str:
        """A day as the heading of a column."""
        return f"{self.t['weekdays'].split()[day.weekday()]} {day.day}"

    def exact(self, at: datetime) -> str:
        """With seconds, for what an engineer compares with logs."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S %Z}"

    def zone_name(self, at: datetime) -> str:
        """What the zone is called, for whoever types a time of day."""
        return f"{at.astimezone(self.zone):%Z}"

    def period(self, start: datetime, end: datetime, now: datetime) -> str:
        """From one moment to another; the day once where both are of the same."""
        first, last = start.astimezone(self.zone), end.astimezone(self.zone)
        if first.date() == last.date():
            return f"{self.moment(start, now)}–{last:%H:%M}"
        return f"{self.moment(start, now)} – {self.moment(end, now)}"

    def span(self, length: timedelta) -> str:
        """How long, in the two largest units."""
        minutes = max(0, int(length.total_seconds()) // 60)
        if minutes < 1:
            return self.say("span.seconds")
        if minutes < _HOUR:
            return self.say("span.minutes", m=minutes)
        if minutes < _DAY:
            hours, rest = divmod(minutes, _HOUR)
            return self.say("span.hours" if rest else "span.whole_hours", h=hours, m=rest)
        days, rest = minutes // _DAY, minutes % _DAY // _HOUR
        return self.say("span.days" if rest else "span.whole_days", d=days, h=rest)


def load(languages: Sequence[str], zone: ZoneInfo) -> Mapping[str, Speech]:
    """How the desk speaks in each of the portal's languages: English where nobody wrote it yet."""
    return {lang: Speech(lang, _table(lang), zone) for lang in languages}


def _table(lang: str) -> Mapping[str, Any]:
    folder = files("desk") / "languages"
    path = folder / f"{lang}.toml"
    if not path.is_file():
        path = folder / f"{FALLBACK}.toml"
    return tomli.loads(path.read_text(encoding="utf-8"))
