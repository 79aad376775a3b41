"""Makes of a plan what each recipient is to get: in their language, and with why it is them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from notify.kind import Channel
from notify.message import Message
from notify.oncall.directory import Directory
from notify.oncall.people import People
from notify.oncall.rota import Override
from notify.planning.notice import News
from notify.planning.plan import Plan, Planned
from notify.writing.composer import Composer
from notify.writing.reasons import why

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """``lang`` is used where a channel is gone."""

    composer: Composer
    channels: Mapping[str, Channel]
    directory: Directory = field(default_factory=Directory)
    lang: str = "ru"

    def people(self, overrides: Sequence[Override], at: datetime) -> People:
        """Who can be reached how at ``at``."""
        recipients = {id_: channel.recipients for id_, channel in self.channels.items()}
        return self.directory.people(recipients, overrides, at)

    def composed(self, news: News) -> dict[str, Message]:
        """By language, in every one that somebody is written to in. It takes a while."""
        langs = {self.lang, *(channel.lang for channel in self.channels.values())}
        langs |= {engineer.lang for engineer in self.directory.engineers.values()}
        return {lang: self.composer.compose(news, lang) for lang in langs}

    def messages(
        self, news: News, planned: Plan, composed: Mapping[str, Message]
    ) -> dict[str, str]:
        """As JSON, by delivery."""
        found, faults = {}, set()
        for one in planned.deliveries:
            lang = self._lang(one)
            message = composed[lang]
            faults.add(message.fault)
            found[one.id] = replace(message, why=why(one, self.directory, lang)).to_json()
        for fault in faults - {""}:
            _log.error("entry %d is told in plain words: %s", news.seq, fault)
        return found

    def _lang(self, one: Planned) -> str:
        channel = self.channels.get(one.channel)
        own = channel.lang if channel else self.lang
        return self.directory.lang(one.whom.engineer) or own
