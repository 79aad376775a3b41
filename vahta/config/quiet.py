"""The table that says how much one person is told at once, and at which hours."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from notify.oncall.hours import parse_hours
from notify.planning.manner import parse_digest
from probes.settings import Settings
from vahta.config.settings import Span


def _hours(text: str) -> str:
    parse_hours(text)
    return text


def _digest(text: str) -> str:
    parse_digest(text)
    return text


HoursText = Annotated[str, AfterValidator(_hours)]
"""Such as ``mon-fri 09:00-18:00``."""

DigestText = Annotated[str, AfterValidator(_digest)]
"""A time of the day, or how often."""


class QuietSettings(Settings):
    """How much one person is told at once. Nothing is dropped: it goes together, or later.

    The first message goes at once, and so does what is worse than what was told a moment ago. The
    end of what somebody has heard of is always told. See docs/quiet.md.
    """

    gather: Annotated[Span, Field(le=600)] = Field(
        30.0,
        description="What follows so soon on something like it waits, and goes together with the"
        ' rest; "0s": each goes by itself.',
    )
    most: int = Field(
        20,
        ge=0,
        le=1000,
        description="So many messages an hour for one recipient, critical ones and ends apart; the"
        " rest goes together. 0: any number.",
    )
    hours: tuple[HoursText, ...] = Field(
        (),
        description="When minor incidents and reminders wait, in the portal's zone, such as"
        ' "22:00-08:00" or "sat,sun".',
    )
