"""The tables of engineers and of rotas: who may be called, and who is on call when."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PlainValidator, SecretStr, WithJsonSchema

from notify.oncall.engineer import Engineer, Reach
from notify.oncall.hours import Hours, parse_hours
from notify.oncall.layer import Layer
from notify.oncall.rota import Rota
from probes.settings import Duration, Id, Settings
from vahta.config.quiet import HoursText
from vahta.config.settings import Language, TimeZone, Words

T = TypeVar("T")

_WALL_TIME = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d", re.ASCII)
_DAY = timedelta(days=1)
_LONGEST_HOLIDAY = timedelta(days=366)


def _start(text: str) -> datetime:
    if not _WALL_TIME.fullmatch(text):
        raise ValueError
    return datetime.fromisoformat(text)


def _hours(value: Any) -> Hours:
    return parse_hours(value if isinstance(value, str) else "", holidays=True)


def _holiday(text: str) -> tuple[date, ...]:
    first, _, last = text.partition("..")
    begins = date.fromisoformat(first)
    ends = date.fromisoformat(last) if last else begins
    if not timedelta() <= ends - begins <= _LONGEST_HOLIDAY:
        raise ValueError
    return tuple(begins + n * _DAY for n in range((ends - begins).days + 1))


def _written(parse: Callable[[str], T], expected: str) -> PlainValidator:
    """Text that ``parse`` reads; what it refuses gets the remedy for an error."""

    def read(value: Any) -> T:
        try:
            return parse(value)
        except (ValueError, TypeError, AttributeError):
            raise ValueError(f"expected {expected}") from None

    return PlainValidator(read)


def _text(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example]})


Start = Annotated[
    datetime,
    _written(_start, 'a local date and time such as "2026-01-05T10:00"'),
    _text("2026-01-05T10:00"),
]
LayerTime = Annotated[
    Hours,
    PlainValidator(_hours),
    _text("mon-fri 09:00-18:00"),
]
Holiday = Annotated[
    tuple[date, ...],
    _written(_holiday, 'a date such as "2026-05-09", or dates such as "2026-01-01..2026-01-08"'),
    _text("2026-05-09"),
]


def _turn(seconds: float) -> float:
    if seconds % 60:
        raise ValueError("expected whole minutes")
    return seconds


class ReachSettings(Settings):
    """One way to reach an engineer."""

    channel: Id = Field(description="Id of a channel.")
    to: SecretStr | None = Field(
        None,
        description="Their address or number there; personal, so it is never printed. A channel"
        " with one fixed target has none.",
    )


class EngineerSettings(Settings):
    """Somebody who may be on call. Their addresses appear nowhere but in what is sent to them.

    ```toml
    [[engineer]]
    id = "anna"
    name = { ru = "Анна Дежурная", en = "Anna Dezhurnaya" }
    reach = [{ channel = "mail", to = "anna@example.org" }]
    ```
    """

    id: Id
    name: Words = Field(description="What colleagues call them.")
    lang: Language = Field("ru", description="The language they are written to in.")
    timezone: TimeZone | None = Field(
        None, description="Where they live; the portal's zone by default."
    )
    reach: tuple[ReachSettings, ...] = Field(
        (), description="How to reach them; what they want to be reached by first comes first."
    )

    quiet_hours: tuple[HoursText, ...] | None = Field(
        None,
        description="When minor incidents and reminders wait for them, in their zone, instead of"
        " the hours of [quiet] and of routes; an empty list: never. What rings until somebody"
        " takes it doesn't wait, nor does a route whose own list is empty.",
    )

    def engineer(self, zone: ZoneInfo) -> Engineer:
        """As the rest of Vahta knows them; ``zone`` is the portal's."""
        ways = (
            Reach(way.channel, way.to.get_secret_value() if way.to else "") for way in self.reach
        )
        name = {str(lang): said for lang, said in self.name.items()}
        own = ZoneInfo(self.timezone) if self.timezone else zone
        quiet = None if self.quiet_hours is None else tuple(map(parse_hours, self.quiet_hours))
        return Engineer(self.id, name, self.lang, own, tuple(ways), quiet)


class LayerSettings(Settings):
    """People who take turns, and when."""

    engineers: tuple[Id, ...] = Field(min_length=1, description="Ids of engineers, in order.")
    starts: Start = Field(
        description="Local time at which the first one's first turn begins; every hand-over is at"
        " that time of day. Before it the layer has nobody."
    )
    rotate: Annotated[Duration, AfterValidator(_turn), Field(ge=3600, le=366 * 86400)] = Field(
        604_800.0, description="How long a turn is by the clock on the wall: “1w”, “1d”, “12h”."
    )
    time: tuple[LayerTime, ...] = Field(
        (),
        description="It counts at these times only, such as “mon-fri 09:00-18:00”, “21:00-09:00”"
        " or “sat,sun,holiday”; a date of `holidays` is no day of the week but `holiday`.",
    )
    timezone: TimeZone | None = Field(
        None, description="Of `starts` and `time`; the rota's zone by default."
    )


class OncallSettings(Settings):
    """A rota: who is on call when. Layers lie over one another.

    Where several layers have somebody, the last one counts; where none has, nobody is on call,
    and `vahta validate` warns. People stand in for one another at the desk or with
    `vahta oncall override`, over all layers.

    ```toml
    [[oncall]]
    id = "duty"
    name = { ru = "Дежурство", en = "On duty" }
    layers = [
      { engineers = ["anna", "ivan"], starts = "2026-01-05T10:00" },
      { engineers = ["olga"], starts = "2026-01-01T00:00", time = ["holiday"] },
    ]
    holidays = ["2026-01-01..2026-01-08", "2026-05-09"]
    ```
    """

    id: Id = Field(description="Stable: overrides hang on it.")
    name: Words | None = Field(None, description="What it is called; its id by default.")
    timezone: TimeZone | None = Field(None, description="The portal's zone by default.")
    layers: tuple[LayerSettings, ...] = Field(min_length=1, description="The last one counts most.")
    holidays: tuple[Holiday, ...] = Field(
        (), description="Dates that are no weekdays: “2026-05-09”, “2026-01-01..2026-01-08”."
    )

    def rota(self, zone: ZoneInfo) -> Rota:
        """As the rest of Vahta knows it; ``zone`` is the portal's."""
        own = ZoneInfo(self.timezone) if self.timezone else zone
        holidays = frozenset(day for days in self.holidays for day in days)
        layers = (
            Layer(
                layer.engineers,
                layer.starts,
                timedelta(seconds=layer.rotate),
                ZoneInfo(layer.timezone) if layer.timezone else own,
                layer.time,
                holidays,
            )
            for layer in self.layers
        )
        name = {str(lang): said for lang, said in (self.name or {}).items()}
        return Rota(self.id, name, own, tuple(layers))
