"""What the templates ask: the board in one language, ready to be printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from gettext import NullTranslations

from markupsafe import escape

from incidents.component import Component, Text, in_language
from incidents.events import Status
from incidents.health import ComponentStatus, Health
from incidents.history.estimate import in_words
from statuspage import crowd, links, wording
from statuspage.affected import as_of
from statuspage.announced import Announced
from statuspage.bars import HEIGHT
from statuspage.board import Board, Overall, Story
from statuspage.journeys import journeys
from statuspage.past import Past
from statuspage.roster import Roster
from statuspage.rows import Language, Reach, Row
from statuspage.timeline import Turn, Update
from statuspage.times import Times, marked

_NAMED = 5
"""How many services a line names before it counts the rest."""


@dataclass(frozen=True, slots=True)
class View:
    """One language of the site. ``languages`` has them all, the portal's own first."""

    board: Board
    texts: wording.Texts
    lang: str
    words: NullTranslations
    languages: Sequence[Language]

    @property
    def times(self) -> Times:
        return Times(self.board.zone, self.words)

    @property
    def portal(self) -> str:
        return in_language(self.board.portal.name, self.lang)

    @property
    def portal_url(self) -> str:
        return links.outside(self.board.portal.url)

    @property
    def made_up(self) -> str:
        """In a demo whose days before its first start never were, a sentence that says so."""
        until = self.board.made_up_until
        if until is None:
            return ""
        # Translators: a time of day, and a full date.
        return self.words.gettext("Everything before %(time)s on %(day)s is made up, for show.") % {
            "time": self.times.clock(until),
            "day": self.times.day(until.astimezone(self.board.zone).date()),
        }

    @property
    def overall(self) -> Row:
        overall = self.board.overall
        tone = wording.TONES[wording.TONE[overall]]
        return Row(self._say(wording.HEADLINE[overall]), tone, self._say(wording.LEAD[overall]))

    @property
    def rest(self) -> str:
        """Where some services are broken: how the others are, as far as it can be said at all."""
        if self.board.overall not in (Overall.SOME_FALTER, Overall.SOME_DOWN):
            return ""
        looks = {wording.look(health) for health in self.board.components}
        if ComponentStatus.UNKNOWN in looks:
            return self._say(wording.REST_UNSEEN)
        works = looks - set(wording.BROKEN) == {ComponentStatus.OPERATIONAL}
        return self._say(wording.REST_WORKS) if works else ""

    @property
    def components(self) -> list[tuple[Health, Row]]:
        return [(health, self.component(health)) for health in self.board.components]

    @property
    def unmeasured(self) -> list[str]:
        """Names of the components that no probe asks."""
        rows = self.components
        return [row.name for health, row in rows if not health.component.is_measured]

    @property
    def journeys(self) -> list[Row]:
        """What citizens come for, whether it can be done now, and who holds it up."""
        found = []
        for journey in journeys(self.board.components, self.lang):
            look = journey.status or wording.UNMEASURED
            because = self._some(health.component.called(self.lang) for health in journey.because)
            name = journey.name[:1].upper() + journey.name[1:]
            label = self._say(wording.JOURNEY[look])
            found.append(Row(name, wording.TONES[look], label, why=because))
        return found

    @property
    def open(self) -> list[Story]:
        """What is wrong now: the gravest first, what is on its way out last."""
        gravity = list(wording.TONES.values())
        return sorted(
            self.board.open,
            key=lambda story: (self.is_recovering(story), -gravity.index(self.tone(story))),
        )

    @property
    def faults(self) -> crowd.Faults:
        """What is wrong now, as much of it as the home page can hold."""
        return crowd.faults(self.open)

    @property
    def recent(self) -> crowd.Recent:
        """What lately was wrong and is over, by the day."""
        return crowd.recent(self.board)

    @property
    def services(self) -> crowd.Services:
        """The components, folded where there are very many."""
        return crowd.services(self.components, self.lang)

    @property
    def past(self) -> Past:
        """The last ninety days in this language."""
        return Past(self.board, self.words, self.times)

    @property
    def legend(self) -> list[tuple[Row, int]]:
        """Every look with its word, what it means, and how high its bar stands."""
        return [
            (Row(self._say(word), wording.TONES[look], self._say(wording.MEANING[look])), height)
            for look, word in wording.COMPONENT.items()
            for height in [HEIGHT[look] if isinstance(look, ComponentStatus) else 0]
        ]

    @property
    def announced(self) -> Announced:
        """Announced work in this language."""
        return Announced(self.board, self.lang, self.words, self.times)

    @property
    def contacts(self) -> list[Reach]:
        return [
            Reach(
                in_language(contact.name, self.lang),
                contact.value,
                in_language(contact.hours, self.lang),
                links.contact(contact),
            )
            for contact in self.board.contacts
        ]

    def file(self, path: str, language: Language | None = None) -> str:
        """The file of ``path`` in this or the given language."""
        if language is not None:
            return language.folder + path
        return next(each.folder for each in self.languages if each.code == self.lang) + path

    def component(self, health: Health) -> Row:
        look = wording.look(health)
        return Row(
            health.component.called(self.lang),
            wording.TONES[look],
            self._say(wording.COMPONENT[look]),
            page=links.component_page(health.component.id),
            why=self._page_about(health),
        )

    def journeys_of(self, component: Component) -> str:
        """What it takes part in, in words."""
        return ", ".join(in_language(name, self.lang) for name in component.journeys)

    def estimate(self, story: Story) -> str:
        """How long similar ones took; nothing where there were too few to say."""
        return f"{in_words(story.estimate, self.lang)}." if story.estimate else ""

    def title(self, story: Story) -> str:
        return self.texts.title(story.incident, self.lang)

    def name(self, component: str, fallback: Text) -> str:
        """A component's name as the list of components has it, else as it was called then."""
        for health in self.board.components:
            if health.component.id == component:
                return self.component(health).name
        return in_language(fallback, self.lang) or component

    def members(self, story: Story) -> list[Row]:
        """Whom it is or was about, each with when it was unwell."""
        return Roster(self.board, self.words, self.times, self.name).of(story)

    def _others(self, story: Story, said: str) -> str:
        """Names of those concerned whom ``said`` leaves out; who is well again doesn't count."""
        unwell = [one for one in story.members if one.is_unwell] or story.members
        names = [self.name(one.component, one.name) for one in unwell]
        return ", ".join(name for name in names if name.casefold() not in said.casefold())

    def scope(self, story: Story) -> str:
        """For whom it is true; empty where for everybody."""
        scope = story.incident.scope
        surfaces = {"app": self.words.gettext("the app"), "site": self.words.gettext("the site")}
        surface = surfaces.get(scope.surface or "", scope.surface)
        return ", ".join(part for part in (scope.region, scope.carrier, surface) if part)

    def where(self, story: Story, shown: str = "") -> str:
        """What and whom it is about, as far as neither the title nor what is shown says so."""
        parts = (self._others(story, f"{self.title(story)} {shown}"), self.scope(story))
        return ", ".join(part for part in parts if part)

    def status(self, update: Update) -> str:
        return self._say(wording.TURN_STATUS.get(update.turn) or wording.STATUS[update.status])

    def state(self, story: Story) -> str:
        """Where things stand, in a word."""
        if story.is_merged:
            return self._say(wording.TURN_STATUS[Turn.MERGED])
        return self._say(wording.STATUS[story.incident.status])

    def tone(self, story: Story) -> str:
        """The look of an incident: its gravest component's while open, calm once it is over."""
        if story.is_merged:
            return wording.TONES[wording.UNMEASURED]
        if not story.is_open:
            return wording.TONES[ComponentStatus.OPERATIONAL]
        looks = [
            wording.look(health)
            for health in self.board.components
            if story.incident.ails(health.component.id)
        ]
        gravest = max(looks, key=list(wording.TONES).index, default=ComponentStatus.OPERATIONAL)
        is_well = gravest == ComponentStatus.OPERATIONAL
        return wording.TONES[wording.UNMEASURED if is_well else gravest]

    def text(self, story: Story, update: Update) -> str:
        """The words of one line: a person's own, else what fits its turn."""
        if update.text:
            return in_language(update.text, self.lang)
        if update.turn is Turn.SAID:
            return self._say(wording.STATUS[update.status])
        if update.turn is Turn.PUBLISHED:
            # As it was said then: whom it has reached since, later lines tell.
            return self.texts.public_text(
                replace(as_of(story.incident, update.at), status=update.status), self.lang
            )
        if update.turn is Turn.MERGED and update.about:
            return self._say(wording.GOES_ON_AS).replace("%(number)s", update.about[0])
        names = {one.component: one.name for one in story.members}
        about = ", ".join(self.name(id_, names.get(id_, {})) for id_ in update.about)
        return self._say(wording.TURN[update.turn]).replace("%(names)s", about)

    def tongue(self, text: Text) -> str:
        """The code of the language that ``text`` is shown in, where it lacks the page's own."""
        return "" if not text or text.get(self.lang) else next(iter(text))

    def written(self, story: Story, update: Update) -> Text:
        """What a person wrote of what ``text`` says of a line."""
        is_first = update.turn is Turn.PUBLISHED and not update.text
        return story.incident.public_text if is_first else update.text

    def now_written(self, story: Story) -> Text:
        """What a person wrote of what ``now`` says; nothing where the words are Vahta's."""
        return {} if self.is_recovering(story) else story.incident.public_text

    def now(self, story: Story) -> str:
        """What is true of an open incident now, in a sentence or two."""
        if self.is_recovering(story):
            return self._say(wording.TURN[Turn.MONITORING])
        return self.texts.public_text(story.incident, self.lang)

    def is_recovering(self, story: Story) -> bool:
        return story.incident.status is Status.MONITORING

    def news(self, story: Story) -> Update | None:
        """The last thing a person wrote about it, since it came back if it did."""
        for update in story.updates:
            if update.turn is Turn.REOPENED or not update.status.is_open:
                return None  # what was said of an end no longer holds
            if update.turn is Turn.SAID and update.text:
                is_past = update.status is Status.MONITORING and not self.is_recovering(story)
                return None if is_past else update
        return None

    def learnt(self, story: Story) -> Update | None:
        """What a person wrote of its cause once it was over: told first, not last."""
        written = (u for u in story.updates if u.status is Status.POSTMORTEM and u.text)
        return None if story.is_open else next(written, None)

    def steps(self, story: Story) -> Sequence[str]:
        """What to do now; the rest of an article speaks to operators, and stays at the desk."""
        article = self.texts.article_for(story.incident)
        return article.meanwhile(self.lang) if article and not self.is_recovering(story) else ()

    def advised_above(self, story: Story) -> bool:
        """Whether a fault that stands before it among the open ones has the same advice."""
        steps, faults = self.steps(story), self.open
        return any(self.steps(one) == steps for one in faults[: faults.index(story)])

    def safe(self, story: Story) -> Sequence[str]:
        """What it leaves untouched; a fault as good as over needs no comfort."""
        return () if self.is_recovering(story) else self.texts.safe(story.incident, self.lang)

    def promise(self, story: Story) -> str:
        """By when the next news are promised; nothing where nobody promised any."""
        at, now = story.incident.next_at, self.board.made_at
        if at is None or not story.is_open:
            return ""
        is_today = self.times.within_a_day(at, now)
        words = self.times.clock(at) if is_today else self.times.near_moment(at, now=now)
        said = self._say(wording.NEXT_NEWS if now <= at else wording.NEWS_LATE)
        return escape(said) % {"moment": marked(at, words)}

    def lasted(self, story: Story) -> timedelta:
        """From the first failure to the end, or until the page was made; without what it paused."""
        ended = story.incident.resolved_at or self.board.made_at
        return max(ended - story.incident.started_at - story.paused, timedelta())

    def _page_about(self, health: Health) -> str:
        """The work or the incident that says why a component is not as it should be."""
        id_ = health.component.id
        if health.status is ComponentStatus.MAINTENANCE:
            works = (w.id for w in self.board.works if w.current and w.touches(id_))
            return next(map(links.work_page, works), "")
        told = (story.id for story in self.board.open if story.incident.ails(id_))
        return next(map(links.incident_page, told), "")

    def _some(self, names: Iterable[str]) -> str:
        """The first few, and how many more."""
        known = list(names)
        said, more = ", ".join(known[:_NAMED]), len(known) - _NAMED
        if more <= 0:
            return said
        # Translators: names, and how many more there are.
        pattern = self.words.ngettext(
            "%(names)s and %(count)d more", "%(names)s and %(count)d more", more
        )
        return pattern % {"names": said, "count": more}

    def _say(self, msgid: str) -> str:
        return self.words.gettext(msgid)
