"""Instants and durations in words: in the portal's zone and the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from markupsafe import Markup

from statuspage.catalogue import N_

_MINUTES_A_DAY = 24 * 60
_ZONES = {
    "Europe/Kaliningrad": N_("Kaliningrad time"),
    "Europe/Moscow": N_("Moscow time"),
    "Europe/Samara": N_("Samara time"),
    "Asia/Yekaterinburg": N_("Yekaterinburg time"),
    "Asia/Omsk": N_("Omsk time"),
    "Asia/Krasnoyarsk": N_("Krasnoyarsk time"),
    "Asia/Irkutsk": N_("Irkutsk time"),
    "Asia/Yakutsk": N_("Yakutsk time"),
    "Asia/Vladivostok": N_("Vladivostok time"),
    "Asia/Magadan": N_("Magadan time"),
    "Asia/Kamchatka": N_("Kamchatka time"),
}


def instant(at: datetime) -> str:
    """``at`` for machines: UTC, whole seconds."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def marked(at: date, words: str) -> Markup:
    """``words`` as HTML that says to machines which day or instant they mean."""
    exact = instant(at) if isinstance(at, datetime) else at.isoformat()
    return Markup('<time datetime="{}">{}</time>').format(exact, words)


@dataclass(frozen=True, slots=True)
class Times:
    """Takes aware instants, gives words. Patterns are filled by name: orders differ."""

    zone: ZoneInfo
    words: NullTranslations

    def clock(self, at: datetime) -> str:
        """As in 12:48."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def day(self, day: date, number: str = "") -> str:
        """As in 22 November 2026."""
        # Translators: a full date.
        return self.words.gettext("%(day)s %(month)s %(year)s") % {
            "day": number or day.day,
            "month": self._month_of_date(day),
            "year": day.year,
        }

    def short_day(self, day: date, number: str = "") -> str:
        """As in 22 November."""
        # Translators: a date of this year.
        pattern = self.words.gettext("%(day)s %(month)s")
        return pattern % {"day": number or day.day, "month": self._month_of_date(day)}

    def month(self, month: date) -> str:
        """As in November 2026, for a heading."""
        # Translators: the heading of a month.
        pattern = self.words.gettext("%(month)s %(year)s")
        return pattern % {"month": self._month_of_heading(month), "year": month.year}

    def moment(self, at: datetime) -> str:
        """As in 22 November 2026 at 12:48."""
        return self._at(self.day(at.astimezone(self.zone).date()), at)

    def short_moment(self, at: datetime) -> str:
        """As in 22 November at 12:48."""
        return self._at(self.short_day(at.astimezone(self.zone).date()), at)

    def stretch(self, start: datetime, end: datetime, *, now: datetime) -> str:
        """As in 22 November, 02:00–04:30; with the year where it isn't that of ``now``."""
        first, last = (self._near_day(at, now) for at in (start, end))
        if first == last:
            # Translators: a date, from one time of day to another.
            pattern = self.words.gettext("%(day)s, %(start)s–%(end)s")
            return pattern % {"day": first, "start": self.clock(start), "end": self.clock(end)}
        # Translators: from one date and time to another.
        pattern = self.words.gettext("%(first)s, %(start)s – %(last)s, %(end)s")
        return pattern % {
            "first": first,
            "start": self.clock(start),
            "last": last,
            "end": self.clock(end),
        }

    def within_a_day(self, *instants: datetime) -> bool:
        """Whether all of them are of one day where the portal is."""
        return len({at.astimezone(self.zone).date() for at in instants}) == 1

    def clocks(self, start: datetime, end: datetime) -> str:
        """As in 02:00–04:30."""
        return f"{self.clock(start)}–{self.clock(end)}"

    def near_moment(self, at: datetime, *, now: datetime) -> str:
        """As in 22 November at 12:48; with the year where it isn't that of ``now``."""
        return self._at(self._near_day(at, now), at)

    def zone_name(self, at: datetime) -> str:
        """Moscow time (UTC+3); the difference alone for a zone we have no word for."""
        offset = at.astimezone(self.zone).utcoffset() or timedelta()
        minutes = int(offset.total_seconds()) // 60
        hours, rest = divmod(abs(minutes), 60)
        difference = f"UTC{'+' if minutes >= 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")
        if name := _ZONES.get(self.zone.key):
            return f"{self.words.gettext(name)} ({difference})"
        return difference

    def span(self, length: timedelta) -> str:
        """1 hour 5 minutes: two largest units at most, as the object of "lasted"."""
        minutes = int(length.total_seconds()) // 60
        if minutes < 1:
            return self.words.gettext("less than a minute")
        days, rest = divmod(minutes, _MINUTES_A_DAY)
        hours, minutes = divmod(rest, 60)
        parts = [
            (days, self.words.ngettext("%(num)d day", "%(num)d days", days)),
            (hours, self.words.ngettext("%(num)d hour", "%(num)d hours", hours)),
            (minutes, self.words.ngettext("%(num)d minute", "%(num)d minutes", minutes)),
        ]
        shown = parts[:2] if days else parts[1:]
        return " ".join(pattern % {"num": number} for number, pattern in shown if number)

    def near_day(self, day: date, *, now: datetime, number: str = "") -> str:
        """As in 22 November; with the year where it isn't that of ``now``.

        ``number`` is what to say instead of the day of the month.
        """
        is_near = day.year == now.astimezone(self.zone).year
        return self.short_day(day, number) if is_near else self.day(day, number)

    def near_days(self, first: date, last: date, *, now: datetime) -> str:
        """As in 20–22 November or 30 October – 2 November, both included."""
        if (first.year, first.month) == (last.year, last.month):
            return self.near_day(last, now=now, number=f"{first.day}–{last.day}")
        # Translators: from one date to another.
        pattern = self.words.gettext("%(first)s – %(last)s")
        ends = (self.near_day(day, now=now) for day in (first, last))
        return pattern % dict(zip(("first", "last"), ends, strict=True))

    def _near_day(self, at: datetime, now: datetime) -> str:
        return self.near_day(at.astimezone(self.zone).date(), now=now)

    def _at(self, day: str, at: datetime) -> str:
        # Translators: a date and a time of day.
        return self.words.gettext("%(day)s at %(time)s") % {"day": day, "time": self.clock(at)}

    def _month_of_date(self, day: date) -> str:
        pgettext = self.words.pgettext
        return (
            pgettext("in a date", "January"),
            pgettext("in a date", "February"),
            pgettext("in a date", "March"),
            pgettext("in a date", "April"),
            pgettext("in a date", "May"),
            pgettext("in a date", "June"),
            pgettext("in a date", "July"),
            pgettext("in a date", "August"),
            pgettext("in a date", "September"),
            pgettext("in a date", "October"),
            pgettext("in a date", "November"),
            pgettext("in a date", "December"),
        )[day.month - 1]

    def _month_of_heading(self, day: date) -> str:
        pgettext = self.words.pgettext
        return (
            pgettext("in a heading", "January"),
            pgettext("in a heading", "February"),
            pgettext("in a heading", "March"),
            pgettext("in a heading", "April"),
            pgettext("in a heading", "May"),
            pgettext("in a heading", "June"),
            pgettext("in a heading", "July"),
            pgettext("in a heading", "August"),
            pgettext("in a heading", "September"),
            pgettext("in a heading", "October"),
            pgettext("in a heading", "November"),
            pgettext("in a heading", "December"),
        )[day.month - 1]
