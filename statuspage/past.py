"""What the templates ask of the last ninety days: the board's chronicles in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from gettext import NullTranslations
from itertools import groupby
from math import floor

from markupsafe import Markup

from incidents.health import ComponentStatus
from incidents.history.chronicle import Chronicle
from incidents.history.uptime import Day
from statuspage import bars, wording
from statuspage.board import Board, Story
from statuspage.chart import Chart, chart
from statuspage.rows import Bars
from statuspage.times import Times, marked

_ENOUGH = timedelta(days=1).total_seconds()
"""A share of less than a day of known time would be boasting."""

_WORTH_SAYING = timedelta(minutes=10).total_seconds()
"""Without data for less than that, a day that was seen for the rest of it was seen."""

_SECOND_MS = 1000
_TEN_S_MS = 10_000


@dataclass(frozen=True, slots=True)
class Told:
    """Days in a row of which the same is to be said, and the faults that touched them."""

    first: date
    last: date
    label: str
    tone: str
    text: str
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Speed:
    """A chart with its words: its top, what is usual, and the same day by day, newest first."""

    drawing: Chart
    top: str
    words: str
    days: tuple[tuple[date, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Past:
    """One language's words for what was."""

    board: Board
    words: NullTranslations
    times: Times

    def bars(self, component: str) -> Bars | None:
        """The drawing for a list of components; None for one whose days nobody counted."""
        chronicle = self.board.history.get(component)
        if chronicle is None:
            return None
        share = self.share(chronicle)
        return Bars(bars.lines(chronicle.days), self._summary(chronicle, share), share)

    def share(self, chronicle: Chronicle) -> str:
        """99.98%, never rounded up: only what never failed gets 100%. Empty where not known."""
        known = chronicle.known
        if known.up() + known.down() < _ENOUGH or chronicle.uptime is None:
            return ""
        return self.percent(chronicle.uptime)

    def percent(self, share: float) -> str:
        """0 to 1 in words, rounded down to hundredths."""
        hundredths = floor(share * 10_000)
        whole, rest = divmod(hundredths, 100)
        number = f"{whole}" if share >= 1 else f"{whole}{self._mark()}{rest:02}"
        # Translators: a share; the double sign is one in the end.
        return self.words.gettext("%(number)s%%") % {"number": number}

    def days(self, chronicle: Chronicle) -> list[Told]:
        """Every day in words, newest first; quiet days of which the same is true in one line."""
        stories = {story.id: story for story in self.board.stories}
        today = chronicle.days[-1].date
        told = [self._told(day, today, stories) for day in reversed(chronicle.days)]
        before = (self._joined(list(run)) for _, run in groupby(told[1:], key=_sameness))
        return [told[0], *before]

    def speed(self, chronicle: Chronicle) -> Speed | None:
        """How fast its checks were answered; None where that isn't known for two days."""
        dates = [day.date for day in chronicle.days[:-1]]
        drawing = chart(dates, chronicle.latency)
        if drawing is None:
            return None
        rows = [
            (day, self._near_day(day), self._length(one.p50_ms), self._length(one.p90_ms))
            for day in reversed(dates)
            if (one := chronicle.latency.get(day))
        ]
        medians = sorted(one.p50_ms for one in chronicle.latency.values())
        slow = sorted(one.p90_ms for one in chronicle.latency.values())
        words = self.words.gettext(
            "Usually %(usual)s; nine of ten checks took no longer than %(slow)s."
        ) % {"usual": self._length(_middle(medians)), "slow": self._length(_middle(slow))}
        return Speed(drawing, self._length(drawing.top_ms), words, tuple(rows))

    def edges(self, chronicle: Chronicle) -> tuple[Markup, Markup]:
        """What to write under the left and the right end of the drawings."""
        first, last = chronicle.days[0].date, chronicle.days[-1].date
        return marked(first, self._near_day(first)), marked(last, self._near_day(last))

    def _summary(self, chronicle: Chronicle, share: str) -> str:
        """The drawing for those who can't see it."""
        looks = chronicle.looks
        bad = sum(look in wording.BROKEN for look in looks)
        unseen = looks.count(ComponentStatus.UNKNOWN)
        said = [self.words.gettext("Last 90 days.")]
        if share:
            said.append(self.words.gettext("Worked %(share)s of the time.") % {"share": share})
        said.append(self.words.gettext("Days with faults: %(count)d.") % {"count": bad})
        if unseen:
            said.append(self.words.gettext("Days without data: %(count)d.") % {"count": unseen})
        return " ".join(said)

    def _told(self, day: Day, today: date, stories: Mapping[str, Story]) -> Told:
        told = tuple(stories[id_] for id_ in day.incidents if id_ in stories)
        parts = list(self._parts(day))
        is_today = day.date == today
        if day.worst is ComponentStatus.OPERATIONAL and not (parts and is_today):
            text = wording.UNFINISHED_DAY if is_today else wording.QUIET_DAY
            parts.insert(0, self.words.gettext(text))
        text = ", ".join(parts)
        label = self._near_day(day.date)
        if is_today:
            label = self.words.gettext("Today, %(day)s") % {"day": label}
        tone = wording.TONES[day.worst]
        if is_today and day.worst is ComponentStatus.OPERATIONAL:
            tone = wording.TONES[wording.UNMEASURED]  # it isn't over
        return Told(day.date, day.date, label, tone, text[:1].upper() + text[1:], told)

    def _parts(self, day: Day) -> Iterator[str]:
        """What wasn't as it should be, the gravest first."""
        one = day.seconds
        if not one.total or one.unknown == one.total:
            yield self.words.gettext("no data")
            return
        for seconds, pattern in (
            (one.major_outage, wording.DAY[ComponentStatus.MAJOR]),
            (one.partial_outage, wording.DAY[ComponentStatus.PARTIAL]),
            (one.degraded, wording.DAY[ComponentStatus.DEGRADED]),
            (one.under_maintenance, wording.DAY[ComponentStatus.MAINTENANCE]),
            (
                one.unknown if one.unknown >= _WORTH_SAYING else 0,
                wording.DAY[ComponentStatus.UNKNOWN],
            ),
        ):
            if seconds:
                span = self.times.span(timedelta(seconds=seconds))
                yield self.words.gettext(pattern) % {"span": span}

    def _joined(self, run: Sequence[Told]) -> Told:
        newest, oldest = run[0], run[-1]
        if len(run) == 1:
            return newest
        label = self.times.near_days(oldest.first, newest.last, now=self.board.made_at)
        return Told(oldest.first, newest.last, label, newest.tone, newest.text, ())

    def _near_day(self, day: date) -> str:
        return self.times.near_day(day, now=self.board.made_at)

    def _length(self, ms: float) -> str:
        """0.4 s rather than 412 ms: that is what people feel."""
        if ms >= _TEN_S_MS:
            number = f"{ms / _SECOND_MS:.0f}"
        else:
            whole, rest = divmod(max(round(ms / 100), 1), 10)
            number = f"{whole}{self._mark()}{rest}" if rest else f"{whole}"
        # Translators: seconds, short.
        return self.words.gettext("%(number)s s") % {"number": number}

    def _mark(self) -> str:
        return self.words.pgettext("decimal mark", ".")


def _sameness(told: Told) -> object:
    """Quiet days of which the same is said are one; a day with faults is one of its own."""
    return told.first if told.stories else (told.text, told.tone)


def _middle(values: Sequence[float]) -> float:
    return values[len(values) // 2]
