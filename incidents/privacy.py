"""What people wrote, without personal data and tricks: the one door to the journal. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from incidents.component import Text
from incidents.events import (
    Event,
    Imported,
    MaintenancePlanned,
    Opened,
    Resolved,
    Said,
    Scope,
    Updated,
)
from incidents.mask import mask


def masked(event: Event) -> Event:
    """The event as it may be written down. Masking twice changes nothing more."""
    match event:
        case Opened() | Imported():
            event = replace(
                event,
                title=_title(event.title),
                public_text=_text(event.public_text),
                operator_note=_text(event.operator_note),
                symptoms=tuple(map(_text, event.symptoms)),
                scope=_scope(event.scope),
            )
            if isinstance(event, Imported):
                return replace(event, updates=tuple(map(_said, event.updates)))
            return event
        case Updated():
            return replace(
                event,
                text=_text(event.text),
                title=_title(event.title),
                public_text=_text(event.public_text),
                operator_note=_text(event.operator_note),
            )
        case Resolved():
            return replace(event, text=_text(event.text))
        case MaintenancePlanned():
            return replace(event, title=_title(event.title), text=_text(event.text))
        case _:
            return event  # nobody wrote anything


# What nobody sees but terminals and readers obey, and what turns the direction of a line.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _title(text: Text) -> Text:
    """One line, since lists and subjects have one for it."""
    return {lang: " ".join(words.split()) for lang, words in _text(text).items()}


def _text(text: Text) -> Text:
    return {lang: mask(_UNSEEN.sub("", words)) for lang, words in text.items()}


def _said(said: Said) -> Said:
    return replace(said, text=_text(said.text))


def _scope(scope: Scope) -> Scope:
    return replace(
        scope,
        region=mask(scope.region) if scope.region else None,
        carrier=mask(scope.carrier) if scope.carrier else None,
    )
