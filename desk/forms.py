"""What a browser sends: a form's fields, checked as far as every form needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from desk.room import LONGEST_TEXT, SEAL_FIELD, Room
from incidents.component import Text

ACTOR = "local"
"""Who acts while the desk has no users and is open to this machine only."""

_MOST_FIELDS = 250
_LATEST = 2100


@dataclass(frozen=True, slots=True)
class NotTakenError(Exception):
    """Why a form wasn't taken, as a key of the words, and the answer's status."""

    key: str
    status: int = 400


async def fields(request: web.Request) -> dict[str, str]:
    """The form's fields, as our own pages send them: URL-encoded UTF-8, and nothing else."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="Only URL-encoded forms are read here.\n")
    try:
        text = (await request.read()).decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except (ValueError, aiohttp.ClientError) as error:
        raise web.HTTPBadRequest(text="The form is not UTF-8 text.\n") from error


def check(form: Mapping[str, str], room: Room) -> None:
    """Raises NotTakenError for a form that isn't of this process, or too long."""
    if not room.seal.fits(form.get(SEAL_FIELD)):
        raise NotTakenError("problem.stale", 403)
    if any(len(value) > LONGEST_TEXT for value in form.values()):
        raise NotTakenError("problem.too_long")


def text_of(form: Mapping[str, str], name: str, room: Room) -> Text:
    """What was typed, by language."""
    typed = {lang: form.get(f"{name}_{lang}", "").strip() for lang in room.speeches}
    return {lang: words for lang, words in typed.items() if words}


def moment_of(
    form: Mapping[str, str], name: str, room: Room, *, zone: tzinfo | None = None
) -> datetime:
    """A local time of ``zone`` (the portal's), as a browser's field has it, in UTC.

    Raises NotTakenError where there is none.
    """
    try:
        at = datetime.fromisoformat(form.get(name, ""))
    except ValueError:
        raise NotTakenError("problem.no_time") from None
    if at.tzinfo is not None or not room.house.clock().year - 1 <= at.year < _LATEST:
        raise NotTakenError("problem.no_time")
    return at.replace(tzinfo=zone or room.house.timezone).astimezone(UTC)


def ahead(form: Mapping[str, str], name: str, room: Room) -> datetime:
    """The same, and yet to come."""
    at = moment_of(form, name, room)
    if at <= room.house.clock():
        raise NotTakenError("problem.past")
    return at
