"""The tables that say who is told of what, and who is rung until somebody takes it."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from incidents.events import Impact
from notify.delivery import Telling
from notify.oncall.people import NOBODY, Targets
from notify.planning.escalation import Policy, Step
from probes.observation import Reason
from probes.settings import Id, Settings
from vahta.config.quiet import DigestText, HoursText
from vahta.config.settings import Line, Span


def _routed(telling: Telling) -> Telling:
    if telling in (Telling.UNANSWERED, Telling.TAKEN):
        raise ValueError(f"{telling} goes to those whom the escalation rings: leave it out")
    if telling is Telling.MISSED:
        raise ValueError("missed goes to those who could not be reached: leave it out")
    return telling


class WhomSettings(Settings):
    """Whom to tell."""

    channels: tuple[Id, ...] = Field(
        (), description="Ids of channels: everybody who is in their own tables."
    )
    oncall: tuple[Id, ...] = Field((), description="Ids of rotas: whoever is on call.")
    engineers: tuple[Id, ...] = Field((), description="Ids of engineers.")

    @property
    def targets(self) -> Targets:
        return Targets(self.channels, self.oncall, self.engineers)


class RouteSettings(WhomSettings):
    """Which events go to whom. What is left empty lets everything through.

    A route tells `channels`, `oncall` and `engineers` at once, or rings by an `escalation`.
    """

    id: Id
    escalation: Id | None = Field(
        None, description="Id of an escalation, which then says who is told."
    )
    component: tuple[Id, ...] = Field((), description="Only what touches one of these components.")
    impact: tuple[Impact, ...] = Field((), description="Only incidents of these impacts.")
    reason: tuple[Reason, ...] = Field((), description="Only incidents of these reasons.")
    region: tuple[Line, ...] = Field(
        (), description="Only what is confined to one of these; not what is true everywhere."
    )
    time: tuple[HoursText, ...] = Field(
        (),
        description="Only what happens at these times in the portal's zone, such as \"mon-fri"
        ' 09:00-18:00", "sat,sun" or "22:00-06:00".',
    )
    event: tuple[Annotated[Telling, AfterValidator(_routed)], ...] = Field(
        (), description="Only these events."
    )
    wait: Annotated[Span, Field(le=600)] = Field(
        0.0,
        description="So long even the first message waits for more, so that what fails at once is"
        " one message.",
    )
    quiet_hours: tuple[HoursText, ...] | None = Field(
        None, description="Instead of those in [quiet]; an empty list: none."
    )
    digest: DigestText | None = Field(
        None,
        description='All its news at once: daily, such as "09:00", or every so often, such as'
        ' "1h".',
    )

    @model_validator(mode="after")
    def _tells_somebody(self) -> RouteSettings:
        if self.escalation and self.targets:
            raise ValueError(
                "its escalation says who is told: put the others in a route of their own"
            )
        if not self.escalation and not self.targets:
            raise ValueError(
                "it tells nobody: add channels = […], oncall = […], engineers = […] or"
                " escalation = …"
            )
        if self.escalation and (self.wait or self.digest or self.quiet_hours is not None):
            raise ValueError(
                "it rings until somebody acknowledges, so it has no wait, quiet_hours or digest"
            )
        return self


class StepSettings(WhomSettings):
    """Whom one step rings."""

    after: Span = Field(description="How long after the beginning of the round.")

    @model_validator(mode="after")
    def _rings_somebody(self) -> StepSettings:
        if not self.targets:
            raise ValueError("it rings nobody: add channels = […], oncall = […] or engineers = […]")
        return self


class EscalationSettings(Settings):
    """Who is rung one after another until somebody acknowledges.

    A step that comes to nobody doesn't keep the next one waiting. What gets worse, or opens again,
    is rung for from the top. An incident keeps the escalation that it began with, whatever the
    file says later; who is on call is asked when a step rings.

    ```toml
    [[escalation]]
    id = "nights"
    steps = [
      { after = "0s", oncall = ["duty"] },
      { after = "10m", oncall = ["duty"], engineers = ["olga"] },
    ]
    repeat = 1
    last_resort = { channels = ["team-chat"] }
    ```
    """

    id: Id
    steps: tuple[StepSettings, ...] = Field(
        max_length=20, description="In the order in which they ring."
    )
    wait: Annotated[Span, Field(ge=1)] = Field(
        600.0,
        description="How long the last step has before the steps begin again, or the last resort"
        " rings.",
    )
    repeat: int = Field(0, ge=0, le=20, description="How many times more the steps ring.")
    last_resort: WhomSettings | None = Field(
        None, description="Who is rung when nobody has acknowledged after all that."
    )

    @model_validator(mode="after")
    def _goes_on(self) -> EscalationSettings:
        if not self.steps:  # a min_length would also count those that are there, but wrong
            raise ValueError("it has no steps: add one to steps")
        if any(later.after <= step.after for step, later in pairwise(self.steps)):
            raise ValueError("each step must come later than the one before it: change after")
        if self.last_resort and not self.last_resort.targets:
            raise ValueError("its last_resort is nobody: name somebody, or leave it out")
        return self

    def policy(self) -> Policy:
        """As those who ring know it."""
        return Policy(
            self.id,
            tuple(Step(timedelta(seconds=step.after), step.targets) for step in self.steps),
            wait=timedelta(seconds=self.wait),
            repeat=self.repeat,
            last_resort=self.last_resort.targets if self.last_resort else NOBODY,
        )
