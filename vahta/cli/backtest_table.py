"""The answer of ``vahta backtest`` for people: one table, sums, and what could not be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from incidents.backtest.compare import Course, Row
from incidents.component import Component, in_language
from incidents.duration_words import short_duration
from incidents.sentences import Sentences
from vahta.backtest import Compared
from vahta.config import Config

_NOTHING = "—"
_RU = MappingProxyType(
    {
        "title": "С {since} по {until}, {zone}: наблюдений — {observations}.",
        "nothing_seen": "За это время ничего не записано, сравнивать нечего.",
        "no_incidents": "Сбоев не было и не было бы.",
        "component": "Сервис",
        "opened": "Открыт",
        "lasted": "Длился",
        "published": "Опубликован",
        "impact": "Тяжесть",
        "told": "Сообщения",
        "legend": "«было → стало бы»; «−» — только было, «+» — только стало бы",
        "part_of": "{name} (часть сбоя «{other}»)",
        "open": "ещё идёт",
        "was": "Было",
        "would": "Стало бы",
        "incidents": "Сбоев",
        "blips": "  из них прошли до публикации",
        "public": "Сбои были видны гражданам",
        "messages": "Сообщений",
        "again": "Действия людей: повторено — {again}, пропущено — {left_out}.",
        "left_out": "  {at}  {incident}: {what}",
        "not_configured": "Этих проверок больше нет в настройках, их не повторить: {probes}.",
        "not_recorded": "Эти проверки новые, за это время их наблюдений нет: {probes}.",
    }
)
_EN = MappingProxyType(
    {
        "title": "{since} to {until}, {zone}: {observations} observations.",
        "nothing_seen": "Nothing was recorded in that time, so there is nothing to compare.",
        "no_incidents": "There were no incidents and there would have been none.",
        "component": "Component",
        "opened": "Opened",
        "lasted": "Lasted",
        "published": "Published",
        "impact": "Impact",
        "told": "Messages",
        "legend": "“was → would be”; “−”: only was, “+”: only would be",
        "part_of": "{name} (part of “{other}”)",
        "open": "still open",
        "was": "Was",
        "would": "Would be",
        "incidents": "Incidents",
        "blips": "  of them over before publication",
        "public": "Citizens saw incidents for",
        "messages": "Messages",
        "again": "What people did: repeated {again}, left out {left_out}.",
        "left_out": "  {at}  {incident}: {what}",
        "not_configured": "Not in the config any more, so not replayed: {probes}.",
        "not_recorded": "New, so nothing was recorded of them in that time: {probes}.",
    }
)
_DEEDS_RU = MappingProxyType(
    {
        "acknowledged": "взят в работу",
        "published": "опубликован",
        "updated": "дополнен или изменён",
        "resolved": "закрыт",
        "reopened": "открыт заново",
        "attached": "принял в себя другой сбой",
        "merged": "объединён с другим сбоем",
        "detached": "разделён",
        "imported": "перенесён из другой системы",
        "maintenancecancelled": "работы отменены",
    }
)
"""What people do, by the kind of event; in English the kind says it."""

_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({"ru": _RU, "en": _EN})
_MOST_LEFT_OUT = 10


class Table:
    """``lines`` for a terminal, in the portal's first language and zone."""

    def __init__(self, found: Compared, config: Config) -> None:
        self._found = found
        self._lang = config.portal.languages[0]
        self._zone = config.portal.zone
        self._words = _WORDS.get(self._lang, _EN)
        self._sentences = Sentences.load(self._lang, self._zone)
        self._components: Mapping[str, Component] = {c.id: c for c in config.components}

    def lines(self) -> Iterator[str]:
        stretch, left = self._found.stretch, self._found.left
        if not left.observations:
            yield self._say("nothing_seen")
        else:
            yield self._say(
                "title",
                since=self._sentences.moment(stretch.since),
                until=self._sentences.moment(stretch.until),
                zone=self._sentences.zone_name(stretch.until),
                observations=f"{left.observations:,}".replace(",", " "),
            )
            yield ""
            yield from self._incidents()
            yield from self._sums()
        yield from self._not_compared()

    def _incidents(self) -> Iterator[str]:
        if not self._found.rows:
            yield self._say("no_incidents")
            return
        headings = ("component", "opened", "lasted", "published", "impact", "told")
        yield from _aligned(
            [["", *map(self._say, headings)], *map(self._row, self._found.rows)], right=()
        )
        yield ""
        yield self._say("legend")

    def _row(self, row: Row) -> list[str]:
        mark = " " if row.was and row.would else "−" if row.was else "+"
        told, would_tell = self._found.told, self._found.would_tell
        until = self._found.stretch.until
        return [
            mark,
            self._name(row),
            self._both(row, lambda c: self._moment(c.incident.opened_at)),
            self._both(row, lambda c: self._length(c, until)),
            self._both(row, lambda c: self._moment(c.incident.published_at)),
            self._both(row, lambda c: self._sentences.say(f"impact.{c.incident.impact.value}")),
            _arrow(
                self._channels(told.get(row.was.incident.id, {})) if row.was else None,
                self._channels(would_tell.get(row.would.incident.id, {})) if row.would else None,
            ),
        ]

    def _name(self, row: Row) -> str:
        name = self._called(row.component)
        return (
            self._say("part_of", name=name, other=self._called(row.part_of))
            if (row.part_of)
            else name
        )

    def _called(self, component: str) -> str:
        known = self._components.get(component)
        return " ".join((in_language(known.name, self._lang) if known else component).split())

    @staticmethod
    def _both(row: Row, say: Callable[[Course], str]) -> str:
        return _arrow(say(row.was) if row.was else None, say(row.would) if row.would else None)

    def _moment(self, at: datetime | None) -> str:
        return f"{at.astimezone(self._zone):%m-%d %H:%M:%S}" if at else _NOTHING

    def _length(self, course: Course, until: datetime) -> str:
        length = self._short(course.lasted(until))
        return f"{length}, {self._say('open')}" if course.incident.is_open else length

    def _short(self, length: timedelta) -> str:
        return short_duration(length, self._lang) if length else _NOTHING

    @staticmethod
    def _channels(reached: Mapping[str, int]) -> str:
        return ", ".join(f"{channel} ×{n}" for channel, n in sorted(reached.items())) or _NOTHING

    def _sums(self) -> Iterator[str]:
        was, would = self._found.was, self._found.would
        yield ""
        yield from _aligned(
            [
                ["", self._say("was"), self._say("would")],
                [self._say("incidents"), str(was.incidents), str(would.incidents)],
                [self._say("blips"), str(was.blips), str(would.blips)],
                [self._say("public"), self._short(was.public), self._short(would.public)],
                [self._say("messages"), str(was.messages), str(would.messages)],
            ],
            right=(1, 2),
        )

    def _not_compared(self) -> Iterator[str]:
        found, dropped = self._found, self._found.left.dropped
        if found.left.again or dropped:
            yield ""
            yield self._say("again", again=found.left.again, left_out=len(dropped))
        for entry, _ in dropped[:_MOST_LEFT_OUT]:
            what = type(entry.event).__name__.lower()
            what = _DEEDS_RU.get(what, what) if self._words is _RU else what
            at = self._sentences.moment(entry.at)
            yield self._say("left_out", at=at, incident=entry.event.incident, what=what)
        for key, probes in (
            ("not_configured", found.not_configured),
            ("not_recorded", found.not_recorded),
        ):
            if probes:
                yield self._say(key, probes=", ".join(probes))

    def _say(self, key: str, **values: object) -> str:
        return self._words[key].format(**values)


def _arrow(was: str | None, would: str | None) -> str:
    return was or "" if would is None or was == would else f"{was} → {would}" if was else would


def _aligned(rows: Sequence[Sequence[str]], *, right: Sequence[int]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
