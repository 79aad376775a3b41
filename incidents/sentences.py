"""The sentences of incidents/speech/ in one reader's language and zone, with values put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from importlib.resources import files
from typing import Any

import tomli

from incidents.duration_words import HOUR, MINUTE, count

_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_MISSING = "?"


@dataclass(frozen=True, slots=True)
class Sentences:
    """One reader's. ``table`` is the file as it is; ``today`` a day that needn't be named."""

    lang: str
    zone: tzinfo
    table: Mapping[str, Any]
    today: date | None = None

    @classmethod
    def load(cls, lang: str, zone: tzinfo) -> Sentences:
        """Raises ValueError for a language that has no file."""
        path = files("incidents") / "speech" / f"{lang}.toml"
        if not path.is_file():
            raise ValueError(f"incidents/speech/{lang}.toml: there is no such file")
        return cls(lang, zone, tomli.loads(path.read_text(encoding="utf-8")))

    def has(self, key: str) -> bool:
        group, name = key.split(".", 1)
        return name in self.table.get(group, {})

    def say(self, key: str, /, **values: object) -> str:
        """The sentence under ``group.name``; a value that isn't given is "?". Raises KeyError.

        What is put in isn't looked at again, so braces in it are only braces.
        """
        group, name = key.split(".", 1)

        def put(place: re.Match[str]) -> str:
            value = values.get(place[1], _MISSING)
            unit = place[2]
            return count(value, unit, self.lang) if unit and isinstance(value, int) else str(value)

        return _PLACE.sub(put, str(self.table[group][name]))

    def moment(self, at: datetime) -> str:
        """2026-10-18 12:48:05, in the zone; of today only the time."""
        local = at.astimezone(self.zone)
        return f"{local:%H:%M:%S}" if local.date() == self.today else f"{local:%Y-%m-%d %H:%M:%S}"

    def zone_name(self, at: datetime) -> str:
        """Europe/Moscow (UTC+3), as it is at ``at``."""
        seconds = int((at.astimezone(self.zone).utcoffset() or timedelta()).total_seconds())
        hours, minutes = divmod(abs(seconds) // MINUTE, HOUR // MINUTE)
        difference = f"UTC{'-' if seconds < 0 else '+'}{hours}" + (f":{minutes:02}" * bool(minutes))
        name = str(self.zone)
        return difference if name.startswith("UTC") and name != "UTC" else f"{name} ({difference})"
