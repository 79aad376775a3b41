"""News in words, for one language. Pure: only templates are read.

The first line is enough on a watch. A message is never lost to a bad template: it falls back
to a plain one and says so in ``fault``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from incidents.component import Component, in_language
from notify.message import MERGED, Message, Portal, Texts, Voice, one_line
from notify.oncall.directory import Directory
from notify.planning.notice import CallNotice, News, Notice, WorkNotice
from notify.writing import about_call, about_incident, about_work, together
from notify.writing.filling import ACKNOWLEDGE, OTHERS, WHY
from notify.writing.together import Matter

WATCH = 70
"""Letters that a watch shows, about: what is wrong, where and since when should fit in them."""


class Composer:
    """Writes messages. ``templates`` holds LANG/TELLING.txt.j2; the package's own by default.

    The end of what has become part of another incident is told by LANG/merged.txt.j2.
    """

    def __init__(
        self,
        texts: Texts,
        portal: Portal,
        components: Mapping[str, Component] | None = None,
        *,
        directory: Directory | None = None,
        templates: BaseLoader | None = None,
    ) -> None:
        self._texts = texts
        self._portal = portal
        self._components = components or {}
        self._directory = directory or Directory()
        self._environment = Environment(
            loader=templates or PackageLoader("notify", "templates"),
            undefined=StrictUndefined,
            autoescape=select_autoescape(),
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def compose(self, news: News, lang: str) -> Message:
        """The message about ``news``. Never raises."""
        voice = Voice(self._texts, self._portal, self._components, lang, self._directory)
        fault = ""
        try:
            text = self._render(news, voice)
        except Exception as error:  # noqa: BLE001 - whatever a template or a text does wrong
            text, fault = _plain(news, voice), f"{type(error).__name__}: {error}"
        first_line, _, _ = text.partition("\n")
        return Message(
            subject=f"{first_line} [{one_line(news.about)}]",
            text=text,
            lang=lang,
            first_line=first_line,
            incident=news.about,
            event=MERGED if news.into else news.telling.value,
            at=news.at.isoformat(),
            facts=about_incident.facts(news, voice) if isinstance(news, Notice) else {},
            fault=fault,
            maintenance=about_work.facts(news, voice) if isinstance(news, WorkNotice) else {},
            call=about_call.facts(news) if isinstance(news, CallNotice) else {},
            ack=ACKNOWLEDGE if _wants_somebody(news) else "",
        )

    def gather(self, messages: Sequence[Message]) -> Message:
        """One message that says what ``messages`` say, which are in the journal's order.

        Never raises, and answers the same for the same.
        """
        if len(messages) == 1:
            return messages[0]
        matters = together.matters_of(messages)
        first = matters[0].last
        voice = Voice(self._texts, self._portal, self._components, first.lang)
        text, subject, fault = first.text, first.subject, ""
        takes = [one.last.incident for one in matters if one.last.ack]
        try:
            if len(matters) == 1:
                text = together.of_one(matters[0], voice)
            else:
                text = self._list(matters, voice)
                subject = text.partition("\n")[0]
        except Exception as error:  # noqa: BLE001 - as above
            text, fault = (
                "\n".join(map(together.alone, messages)),
                f"{type(error).__name__}: {error}",
            )
        return replace(
            first,
            subject=subject,
            text=text,
            first_line=text.partition("\n")[0],
            fault=fault,
            ack=ACKNOWLEDGE if takes else "",
            takes=takes,
            why="\n".join(dict.fromkeys(one.last.why for one in matters if one.last.why)),
            also=[together.for_machines(one) for one in messages if one is not first],
        )

    def _list(self, matters: Sequence[Matter], voice: Voice) -> str:
        portal = in_language(voice.portal.name, voice.lang)
        template = self._environment.get_template(f"{voice.lang}/gathered.txt.j2")
        context = together.context(matters, voice)
        return _joined(
            _lines(template.render(context, portal=portal, acknowledge=ACKNOWLEDGE, why=WHY))
        )

    def _render(self, news: News, voice: Voice) -> str:
        name = "merged" if news.into else news.telling.value
        template = self._environment.get_template(f"{voice.lang}/{name}.txt.j2")
        context = _context(news, voice)
        lines = _lines(template.render(context))
        if len(lines[0]) > WATCH and "short" in context:
            # The service alone, and what is wrong with it in a line of its own.
            short = _lines(template.render({**context, **context["short"]}))
            if len(short[0]) < len(lines[0]):
                lines = [short[0], "", context["title"], *lines[1:]]
        return _joined(lines)


def _joined(lines: Sequence[str]) -> str:
    return "\n".join([one_line(lines[0]), *lines[1:]]) + "\n"


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def _context(news: News, voice: Voice) -> dict[str, Any]:
    return {
        "number": news.about,
        "portal": in_language(voice.portal.name, voice.lang),
        "desk_link": "",
        "page_link": "",
        "acknowledge": ACKNOWLEDGE,
        "others": OTHERS,
        "why": WHY,
        **_about(news, voice),
    }


def _about(news: News, voice: Voice) -> dict[str, Any]:
    match news:
        case Notice():
            return about_incident.context(news, voice)
        case WorkNotice():
            return about_work.context(news, voice)
        case CallNotice():
            return about_call.context(news, voice)


def _wants_somebody(news: News) -> bool:
    """Whether there is anything to acknowledge: an incident that nobody has taken yet."""
    return isinstance(news, Notice) and news.incident.is_open and not news.incident.acknowledged_at


def _plain(news: News, voice: Voice) -> str:
    """What can be said without template or texts."""
    word, zone = news.telling.value.upper(), voice.portal.zone
    when = f"{news.at.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"
    if isinstance(news, Notice):
        incident = news.incident
        name = in_language(incident.component_name, voice.lang) or incident.component
        lines = [news.about, *([incident.reason.value] if incident.reason else [])]
        lines += [link] if (link := voice.portal.desk(news.about)) else []
    else:
        name, lines = ", ".join(sorted(news.components)), [news.about]
    first = one_line(f"{word}: {name}, {when}")
    return f"{first}\n\n" + "".join(f"{line}\n" for line in lines)
