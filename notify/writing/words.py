"""Small words of each language: plurals, durations, times, impacts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from incidents.events import Impact, Medium, Status

Lang = Literal["ru", "en"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Speech:
    """What one language needs beside its templates. ``units`` are forms for 1, 2-4 and 5."""

    plural: Callable[[int, tuple[str, str, str]], str]
    units: Mapping[str, tuple[str, str, str]]
    months: tuple[str, ...]
    impacts: Mapping[Impact, str]
    statuses: Mapping[Status, str]
    zones: Mapping[str, str]
    joined: str
    more: str
    beside: str
    took_in: str
    callers: str
    acknowledge: str
    acknowledge_all: str
    since: str
    others: str
    unclear: str
    media: Mapping[Medium, str]
    why: str
    by_route: str
    on_call: str
    at_step: str
    unreached: str
    last_resort: str


def _plural_ru(number: int, forms: tuple[str, str, str]) -> str:
    tens, ones = number % 100, number % 10
    if ones == 1 and tens != 11:  # noqa: PLR2004 - grammar
        return forms[0]
    if ones in (2, 3, 4) and tens not in (12, 13, 14):
        return forms[1]
    return forms[2]


def _plural_en(number: int, forms: tuple[str, str, str]) -> str:
    return forms[0] if number == 1 else forms[1]


SPEECH: Mapping[str, Speech] = {
    "ru": Speech(
        plural=_plural_ru,
        units={
            "second": ("секунду", "секунды", "секунд"),
            "minute": ("минуту", "минуты", "минут"),
            "hour": ("час", "часа", "часов"),
            "day": ("день", "дня", "дней"),
            "time": ("раз", "раза", "раз"),
            "service": ("сервис", "сервиса", "сервисов"),
            "other": ("сервис", "сервиса", "сервисов"),
            "recipient": ("адресат", "адресата", "адресатов"),
            "outage": ("новый сбой", "новых сбоя", "новых сбоев"),
            "again": ("сбой вернулся", "сбоя вернулись", "сбоев вернулись"),
            "worse": ("сбой усилился", "сбоя усилились", "сбоев усилились"),
            "unanswered": (
                "сбой никто не берёт",
                "сбоя никто не берёт",
                "сбоев никто не берёт",
            ),
            "silent": ("сбой без новостей", "сбоя без новостей", "сбоев без новостей"),
            "taken": ("сбой взяли в работу", "сбоя взяли в работу", "сбоев взяли в работу"),
            "over": ("сбой закончился", "сбоя закончились", "сбоев закончились"),
            "word": ("новость", "новости", "новостей"),
        },
        months=(
            "января",
            "февраля",
            "марта",
            "апреля",
            "мая",
            "июня",
            "июля",
            "августа",
            "сентября",
            "октября",
            "ноября",
            "декабря",
        ),
        impacts={
            Impact.NONE: "незаметное",
            Impact.MINOR: "небольшое",
            Impact.MAJOR: "серьёзное",
            Impact.CRITICAL: "критическое",
        },
        statuses={
            Status.SUSPECTED: "проверяем",
            Status.INVESTIGATING: "разбираемся",
            Status.IDENTIFIED: "причина найдена",
            Status.MONITORING: "починили, наблюдаем",
            Status.RESOLVED: "решено",
            Status.POSTMORTEM: "готов разбор",
        },
        zones={"MSK": "МСК"},
        joined="{} и {}",
        more="{} и ещё {}",
        beside="{} (и ещё {})",
        took_in="Частью этого стали: {}.",
        callers="Что говорят звонящие:",
        acknowledge="Взять в работу",
        acknowledge_all="Взять всё в работу",
        since="{}, с {}",
        others="Кому ещё сообщили",
        unclear="непонятная неполадка",
        media={
            Medium.PHONE: "по телефону",
            Medium.CHAT: "в чате",
            Medium.EMAIL: "по почте",
            Medium.FORM: "через форму на сайте",
            Medium.MESSENGER: "в мессенджере",
        },
        why="Почему вам",
        by_route="маршрут «{}»",
        on_call="вы дежурите ({})",
        at_step="ступень {}: до вас никто не взял",
        unreached="ступень {}: до тех, кого звали раньше, не дошло ни одно сообщение",
        last_resort="все, кого звали раньше, не ответили",
    ),
    "en": Speech(
        plural=_plural_en,
        units={
            "second": ("second", "seconds", "seconds"),
            "minute": ("minute", "minutes", "minutes"),
            "hour": ("hour", "hours", "hours"),
            "day": ("day", "days", "days"),
            "time": ("time", "times", "times"),
            "service": ("service", "services", "services"),
            "other": ("other service", "other services", "other services"),
            "recipient": ("recipient", "recipients", "recipients"),
            "outage": ("new outage", "new outages", "new outages"),
            "again": ("outage back", "outages back", "outages back"),
            "worse": ("outage worse", "outages worse", "outages worse"),
            "unanswered": (
                "outage nobody has taken",
                "outages nobody has taken",
                "outages nobody has taken",
            ),
            "silent": ("outage without news", "outages without news", "outages without news"),
            "taken": ("outage taken on", "outages taken on", "outages taken on"),
            "over": ("outage over", "outages over", "outages over"),
            "word": ("piece of news", "pieces of news", "pieces of news"),
        },
        months=(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        impacts={
            Impact.NONE: "none to speak of",
            Impact.MINOR: "minor",
            Impact.MAJOR: "major",
            Impact.CRITICAL: "critical",
        },
        statuses={
            Status.SUSPECTED: "checking",
            Status.INVESTIGATING: "investigating",
            Status.IDENTIFIED: "cause found",
            Status.MONITORING: "fixed, watching",
            Status.RESOLVED: "resolved",
            Status.POSTMORTEM: "review published",
        },
        zones={},
        joined="{} and {}",
        more="{} and {} more",
        beside="{} (and {})",
        took_in="Part of it now: {}.",
        callers="What callers say:",
        acknowledge="Acknowledge",
        acknowledge_all="Acknowledge all",
        since="{}, since {}",
        others="Who else was told",
        unclear="something unfamiliar",
        media={
            Medium.PHONE: "by phone",
            Medium.CHAT: "in the chat",
            Medium.EMAIL: "by e-mail",
            Medium.FORM: "through the web form",
            Medium.MESSENGER: "in a messenger",
        },
        why="Why you",
        by_route="route “{}”",
        on_call="you are on call ({})",
        at_step="step {}: nobody before you took it",
        unreached="step {}: no message has reached those who were called before",
        last_resort="nobody who was called before has answered",
    ),
}


def count(number: int, unit: str, lang: str) -> str:
    """A number and its noun: «21 минуту», "1 minute"."""
    speech = SPEECH[lang]
    return f"{number} {speech.plural(number, speech.units[unit])}"


def duration(length: timedelta, lang: str) -> str:
    """How long it took, in its one or two largest units; a clock set back makes it zero.

    Only what is complete counts, as on the page and at the desk: 119 seconds are a minute.
    """
    seconds = max(int(length.total_seconds()), 0)
    if seconds < _MINUTE:
        return count(seconds, "second", lang)
    if seconds < _HOUR:
        return count(seconds // _MINUTE, "minute", lang)
    if seconds < _DAY:
        large, many, small, rest = "hour", seconds // _HOUR, "minute", seconds % _HOUR // _MINUTE
    else:
        large, many, small, rest = "day", seconds // _DAY, "hour", seconds % _DAY // _HOUR
    words = count(many, large, lang)
    return f"{words} {count(rest, small, lang)}" if rest else words


def moment(at: datetime, zone: ZoneInfo, lang: str, *, today: datetime) -> str:
    """«14:03 МСК», with the date in front where it isn't the day of ``today``."""
    local = at.astimezone(zone)
    clock = f"{local:%H:%M} {_zone_name(local, lang)}"
    if local.date() == today.astimezone(zone).date():
        return clock
    return f"{_date(local, lang)}, {clock}"


def moment_in_full(at: datetime, zone: ZoneInfo, lang: str) -> str:
    """«22 ноября 2026, 14:03 МСК (Europe/Moscow)»."""
    local = at.astimezone(zone)
    name = _zone_name(local, lang)
    return f"{_date(local, lang)} {local.year}, {local:%H:%M} {name} ({zone.key})"


def span(starts: datetime, ends: datetime, zone: ZoneInfo, lang: str, *, today: datetime) -> str:
    """«23 ноября, 02:00–04:00 МСК», without the date where it is that of ``today``."""
    begin, end = starts.astimezone(zone), ends.astimezone(zone)
    if (begin.date(), begin.tzname()) != (end.date(), end.tzname()):
        # Both with their date and zone: a night between them, or the clocks change.
        return f"{_day_and_time(begin, lang)} – {_day_and_time(end, lang)}"
    clock = f"{begin:%H:%M}–{end:%H:%M} {_zone_name(end, lang)}"
    if begin.date() == today.astimezone(zone).date():
        return clock
    return f"{_date(begin, lang)}, {clock}"


def listed(names: Sequence[str], lang: str, *, total: int = 0, most: int = 3) -> str:
    """«Вход, Коды из СМС и ещё 3». ``total``: how many there are, if more than are named."""
    shown = names[:most]
    rest = max(total, len(names)) - len(shown)
    if rest:
        return SPEECH[lang].more.format(", ".join(shown), rest)
    if len(shown) == 1:
        return shown[0]
    return SPEECH[lang].joined.format(", ".join(shown[:-1]), shown[-1])


def _day_and_time(local: datetime, lang: str) -> str:
    return f"{_date(local, lang)}, {local:%H:%M} {_zone_name(local, lang)}"


def _date(local: datetime, lang: str) -> str:
    return f"{local.day} {SPEECH[lang].months[local.month - 1]}"


def _zone_name(local: datetime, lang: str) -> str:
    """An abbreviation people know, else the offset: «UTC+5»."""
    name = local.tzname() or ""
    if name.isalpha():
        return SPEECH[lang].zones.get(name, name)
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / _MINUTE)
    hours, rest = divmod(abs(minutes), _MINUTE)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")
