"""All files of the public site from one board: file name to bytes, nothing written anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from gettext import NullTranslations
from typing import Any

from jinja2 import Environment, Template

from statuspage import api, badge, catalogue, feeds, ical, links, plain
from statuspage.board import Board
from statuspage.months import months, newest
from statuspage.rows import Row, languages
from statuspage.templating import OwnWords, environment
from statuspage.theme import Theme
from statuspage.view import View
from statuspage.wording import Texts
from statuspage.works import Stage

_SECTIONS = "sections/"
# What XML forbids, what nobody can see, and what turns the direction of the text around it.
_NEVER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)

Files = Mapping[str, bytes]
Catalogues = Callable[[str], NullTranslations]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: its name, all that its text depends on, and how to make it.

    It is made anew when ``reads`` is another than last time; None makes it anew each time.
    """

    name: str
    reads: object
    make: Callable[[], str]


class Site:
    """Renders boards in the given languages; the first has the root, others their folder.

    Holds compiled templates and every file as it was made last, so that only what changed is made
    anew: one may be kept, and used from any one thread at a time. What is unchanged is the very
    same bytes object as before.
    """

    def __init__(
        self,
        texts: Texts,
        codes: Sequence[str],
        *,
        theme: Theme = Theme(),  # noqa: B008 - frozen
        catalogues: Catalogues = catalogue.load,
    ) -> None:
        self._texts = texts
        self._words = {
            code: OwnWords(theme.words.get(code, {}), catalogues(code)) for code in codes
        }
        self._languages = languages(list(self._words), list(self._words.values()))
        self._environments = {
            code: environment(words, theme.templates) for code, words in self._words.items()
        }
        for each in self._environments.values():
            each.globals["theme"] = theme
        self._kept: dict[str, tuple[object, bytes]] = {}

    def render(self, board: Board) -> Files:
        """Every file of the site, by its name relative to the site's root."""
        before, self._kept = self._kept, {}
        for sheet in self._sheets(board):
            kept = before.get(sheet.name)
            if kept is None or sheet.reads is None or kept[0] != sheet.reads:
                made = _bytes(sheet.make())
                kept = (sheet.reads, kept[1] if kept and kept[1] == made else made)
            self._kept[sheet.name] = kept
        return {name: made for name, (_, made) in self._kept.items()}

    def _sheets(self, board: Board) -> Iterator[Sheet]:
        for language in self._languages:
            view = View(
                board, self._texts, language.code, self._words[language.code], self._languages
            )
            pages = _Pages(view, self._environments[language.code])
            for sheet in (*pages.every(), *pages.each()):
                yield replace(sheet, name=view.file(sheet.name))
            if not language.folder:
                yield from pages.only_once()


class _Pages:
    """The files of one language."""

    def __init__(self, view: View, environment: Environment) -> None:
        self._view = view
        self._environment = environment
        self._hashes = {
            "style": _hash(environment.get_template("page.css.j2").render()),
            "script": _hash(environment.get_template("stale.js.j2").render()),
        }
        board = view.board
        # What is open, or ahead, tells by the minute for how long, and when its page was made.
        self._minute = board.made_at.replace(second=0, microsecond=0)
        # What every page may say, whatever it is about; a hash, since it is compared so often.
        self._about = (
            board.portal,
            board.page_url,
            view.times.zone_name(board.made_at),
            board.made_at.year,
            board.made_up_until,
            hash(tuple(view.component(health).name for health in board.components)),
        )

    def every(self) -> Iterator[Sheet]:
        """What each language has."""
        view, board = self._view, self._view.board
        sections = self._environment.list_templates(
            filter_func=lambda name: name.startswith(_SECTIONS)
        )
        yield self._anew("home.html.j2", links.HOME, sections=sorted(sections))
        yield from self._history()
        works = partial(self._page, "ahead.html.j2", links.WORKS)
        yield Sheet(links.WORKS, (self._about, board.works, self._minute), works)
        news = partial(self._page, "subscribe.html.j2", links.SUBSCRIBE)
        yield Sheet(links.SUBSCRIBE, self._about, news)
        how = partial(self._page, "about.html.j2", links.ABOUT)
        yield Sheet(links.ABOUT, (self._about, view.unmeasured), how)
        lost = partial(
            self._page, "missing.html.j2", links.MISSING, href=partial(links.rooted, board.page_url)
        )
        yield Sheet(links.MISSING, self._about, lost)
        about = feeds.newest(board)
        told = (self._about, about, None if about else board.made_at.date())
        entries = cache(partial(feeds.entries, view, about))  # both feeds have the same
        yield Sheet(links.ATOM, told, partial(self._feed, "feed.atom.j2", entries))
        yield Sheet(links.RSS, told, partial(self._feed, "feed.rss.j2", entries))
        year = board.made_at.year
        calendar = partial(ical.calendar, view)
        yield Sheet(links.CALENDAR, (self._about, board.works, year), calendar)
        yield Sheet(links.STATUS, None, partial(plain.status, view))
        yield from self._badge(links.BADGE, Row(view.portal, view.overall.tone, view.overall.name))

    def each(self) -> Iterator[Sheet]:
        """Pages of one incident, component or work."""
        board = self._view.board
        minute = self._minute
        for story in board.stories:
            path = links.incident_page(story.id)
            now = minute if story.is_open else None
            make = partial(self._page, "incident.html.j2", path, story=story)
            yield Sheet(path, (story, self._about, now), make)
        stories = board.by_component()
        for health in board.components:
            component = health.component
            path = links.component_page(component.id)
            told = tuple(stories.get(component.id, ()))
            now = minute if any(story.is_open for story in told) else None
            reads = (component, board.history.get(component.id), told, self._about, now)
            make = partial(self._page, "component.html.j2", path, component=component, told=told)
            yield Sheet(path, reads, make)
        for work in board.works:
            path = links.work_page(work.id)
            now = None if work.stage in (Stage.COMPLETED, Stage.CANCELLED) else minute
            make = partial(self._page, "work.html.j2", path, work=work)
            yield Sheet(path, (work, self._about, now), make)

    def _history(self) -> Iterator[Sheet]:
        """The newest months on one page, each earlier one on its own."""
        found = months(self._view.board)
        firsts = [month.first for month in found]
        first = newest(found)
        earlier = found[len(first) :]
        pages = [(links.HISTORY, first), *((links.month_page(m.first), [m]) for m in earlier)]
        for path, shown in pages:
            context = {"shown": shown, "months": firsts, "newest": firsts[: len(first)]}
            make = partial(self._page, "history.html.j2", path, **context)
            yield Sheet(path, (self._about, firsts, len(first), shown), make)

    def only_once(self) -> Iterator[Sheet]:
        """What only the first language has."""
        for name, document in api.documents(self._view).items():
            yield Sheet(f"api/v2/{name}", None, partial(_json, document))
        for health in self._view.board.components:
            path = f"{links.BADGE}/{health.component.id}"
            yield from self._badge(path, self._view.component(health))

    def _badge(self, path: str, row: Row) -> Iterator[Sheet]:
        template = self._environment.get_template("badge.svg.j2")
        yield Sheet(f"{path}.svg", row, partial(_drawn, template, row))
        yield Sheet(f"{path}.json", row, partial(_shield, row))

    def _anew(self, template: str, path: str, **context: Any) -> Sheet:
        return Sheet(path, None, partial(self._page, template, path, **context))

    def _page(self, template: str, path: str, **context: Any) -> str:
        view = self._view
        given = {
            "view": view,
            "path": path,
            "hashes": self._hashes,
            "href": partial(links.relative, view.file(path)),
            "url": partial(links.absolute, view.board.page_url),
            "incident_page": links.incident_page,
            "month_page": links.month_page,
            "work_page": links.work_page,
        }
        return self._environment.get_template(template).render({**given, **context})

    def _feed(self, template: str, told: Callable[[], Sequence[feeds.Entry]]) -> str:
        entries = told()
        return self._environment.get_template(template).render(
            view=self._view,
            host=self._view.board.host,
            url=partial(links.absolute, self._view.board.page_url),
            changed_at=feeds.changed_at(self._view.board, entries),
            entries=entries,
            lines=feeds.lines(entries),
        )


def _drawn(template: Template, row: Row) -> str:
    return template.render(badge.drawing(row))


def _shield(row: Row) -> str:
    return _json(badge.shields(row))


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def _hash(text: str) -> str:
    """How a page's policy names an inline style or script."""
    digest = hashlib.sha256(_bytes(text)).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _bytes(text: str) -> bytes:
    return _NEVER.sub("", text).encode()
