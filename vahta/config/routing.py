"""The tables that say who is told of what."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from incidents.events import Impact
from notify.delivery import Telling
from notify.hours import parse_hours
from probes.observation import Reason
from probes.settings import Id, Settings
from vahta.config.settings import Line


def _hours(text: str) -> str:
    parse_hours(text)
    return text


class RouteSettings(Settings):
    """Which events go to which channels. What is left empty lets everything through."""

    id: Id
    channels: tuple[Id, ...] = Field(min_length=1, description="Ids of channels that are told.")
    component: tuple[Id, ...] = Field((), description="Only what touches one of these components.")
    impact: tuple[Impact, ...] = Field((), description="Only incidents of these impacts.")
    reason: tuple[Reason, ...] = Field((), description="Only incidents of these reasons.")
    region: tuple[Line, ...] = Field(
        (),
        description="Only what is confined to one of these; not what is true everywhere.",
    )
    time: tuple[Annotated[str, AfterValidator(_hours)], ...] = Field(
        (),
        description="Only what happens at these times in the portal's zone, such as \"mon-fri"
        ' 09:00-18:00", "sat,sun" or "22:00-06:00".',
    )
    event: tuple[Telling, ...] = Field((), description="Only these events.")
