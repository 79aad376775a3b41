"""What the templates ask of announced work: the board's works in one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from gettext import NullTranslations

from markupsafe import Markup

from incidents.component import in_language
from incidents.health import ComponentStatus
from incidents.maintenance import Window
from statuspage import wording
from statuspage.board import Board
from statuspage.times import Times, marked
from statuspage.works import Stage, Work

_MOST_DATES = 5


@dataclass(frozen=True, slots=True)
class Announced:
    """One language's words for what the board knows of announced work."""

    board: Board
    lang: str
    words: NullTranslations
    times: Times

    @property
    def under_way(self) -> Sequence[Work]:
        return [work for work in self.board.works if work.stage is Stage.IN_PROGRESS]

    @property
    def soon(self) -> Sequence[Work]:
        """What starts within the fortnight and hasn't yet."""
        return [w for w in self.board.works if w.stage is Stage.SCHEDULED and w.is_soon]

    @property
    def ahead(self) -> Sequence[Work]:
        """All that hasn't begun."""
        return [work for work in self.board.works if work.stage is Stage.SCHEDULED]

    @property
    def over(self) -> Sequence[Work]:
        """What is over or was called off, the newest first."""
        ended = (Stage.COMPLETED, Stage.CANCELLED)
        works = [work for work in self.board.works if work.stage in ended]
        return sorted(works, key=lambda work: (work.windows[0].starts_at, work.id), reverse=True)

    def title(self, work: Work) -> str:
        return in_language(work.plan.title, self.lang) or self.words.gettext("Planned works")

    def text(self, work: Work) -> str:
        return in_language(work.plan.text, self.lang)

    def names(self, work: Work) -> Sequence[str]:
        """What it covers, by the names that the list of components has."""
        known = {health.component.id: health.component for health in self.board.components}
        ids = work.plan.components
        return [known[id_].called(self.lang) if id_ in known else id_ for id_ in ids]

    def components(self, work: Work) -> str:
        return ", ".join(self.names(work))

    def state(self, work: Work) -> str:
        return self.word(work.stage)

    def word(self, stage: Stage) -> str:
        return self.words.gettext(wording.WORK[stage])

    def line(self, stage: Stage) -> str:
        """A sentence that says so, for a list of updates."""
        return self.words.gettext(wording.WORK_LINE[stage])

    def announcement(self, work: Work) -> str:
        """When, what it concerns, and what was announced, for who sees nothing else of it."""
        parts = (f"{self.when(work.windows[0])}: {self.components(work)}.", self.text(work))
        return " ".join(filter(None, parts))

    def tone(self, work: Work) -> str:
        open_stages = (Stage.SCHEDULED, Stage.IN_PROGRESS)
        look = ComponentStatus.MAINTENANCE if work.stage in open_stages else wording.UNMEASURED
        return wording.TONES[look]

    def when(self, window: Window) -> str:
        """From when to when, with the zone named."""
        start, end = window.starts_at, window.ends_at
        stretch = self.times.stretch(start, end, now=self.board.made_at)
        return f"{stretch}, {self.times.zone_name(start)}"

    def then(self, work: Work) -> Markup:
        """Starts of the repetitions to follow the one shown, the nearest few."""
        following = work.ahead if work.current else work.ahead[1:]
        now = self.board.made_at
        moments = [
            marked(at, self.times.near_moment(at, now=now).replace(" ", "\N{NO-BREAK SPACE}"))
            for at in (window.starts_at for window in following[:_MOST_DATES])
        ]
        return Markup("; ").join(moments) + (" …" if len(following) > _MOST_DATES else "")

    def days(self, days: Sequence[date]) -> Markup:
        """Days of one month in a row."""
        shown = [marked(day, str(day.day)) for day in days[:-1]]
        return Markup(", ").join([*shown, marked(days[-1], self.times.short_day(days[-1]))])
