"""Whom an incident is or was about, and when each was unwell, as the templates print it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from gettext import NullTranslations

from markupsafe import Markup, escape

from incidents.component import Text
from incidents.events import Status
from incidents.health import ComponentStatus
from statuspage import links, wording
from statuspage.affected import Member, status_at
from statuspage.board import Board, Story
from statuspage.rows import Row
from statuspage.times import Times, marked


@dataclass(frozen=True, slots=True)
class Roster:
    """``name`` gives what a component is called now, from its id and what it was called then."""

    board: Board
    words: NullTranslations
    times: Times
    name: Callable[[str, Text], str]

    def of(self, story: Story) -> list[Row]:
        """Each with when it was unwell; by the clock alone where all was in one day."""
        spells = [spell for one in story.members for spell in one.spells]
        ends = (story.incident.started_at, *(at for s in spells for at in (s.since, s.until) if at))
        is_short = self.times.within_a_day(*ends)
        return [self._row(story, one, is_short=is_short) for one in story.members]

    def _row(self, story: Story, one: Member, *, is_short: bool) -> Row:
        name = self.name(one.component, one.name)
        is_listed = any(h.component.id == one.component for h in self.board.components)
        page = links.component_page(one.component) if is_listed else ""
        if one.is_unwell:
            look = status_at(story.incident, one.component, self.board.made_at)
            return Row(name, wording.TONES[look], self._since(one, is_short=is_short), page)
        after = ComponentStatus.OPERATIONAL if _is_well(story, one) else wording.UNMEASURED
        return Row(name, wording.TONES[after], self._spells(one, is_short=is_short), page)

    def _since(self, one: Member, *, is_short: bool) -> Markup:
        at = one.spells[-1].since
        now = self.board.made_at
        since = self.times.clock(at) if is_short else self.times.near_moment(at, now=now)
        # Translators: when a service began to fail, after its name.
        return escape(self.words.gettext("since %(moment)s")) % {"moment": marked(at, since)}

    def _spells(self, one: Member, *, is_short: bool) -> Markup:
        times, now = self.times, self.board.made_at
        return Markup("; ").join(
            marked(s.since, times.clocks(s.since, s.until))
            if is_short
            else marked(s.since, times.stretch(s.since, s.until, now=now))
            for s in one.spells
            if s.until is not None
        )


def _is_well(story: Story, one: Member) -> bool:
    """Whether one that left an incident left it well, as far as that incident can tell."""
    left_apart = story.is_merged or one.component in story.incident.apart
    may_have_outlived = story.incident.status is Status.MONITORING
    return not left_apart and not (may_have_outlived and not story.incident.is_umbrella)
