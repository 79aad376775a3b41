"""Can a person get through a journey of several steps; described by configuration alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from probes.access import prepare
from probes.exchange import Visit
from probes.flow.engine import Engine
from probes.flow.tables import FlowStep, check_variables
from probes.flow.template import Template, Variable, names_in
from probes.kind import probe_kind
from probes.observation import Reading
from probes.settings import Duration, Url, WebSettings


class FlowSettings(WebSettings):
    """Goes through steps in order, with one cookie jar, one set of variables and one deadline.

    Each step sends a request, looks at what is expected and keeps what is extracted. The first
    hard miss is the probe's answer (down); soft ones degrade. Steps marked ``always`` clean up.

    In any text ``{{name}}`` stands for a variable (from ``vars``, ``secrets`` or ``extract``), and
    ``{{uuid()}}``, ``{{now()}}``, ``{{now("%d.%m.%Y")}}``, ``{{random_digits(6)}}``,
    ``{{totp(name)}}``, ``{{sha256(name)}}`` for what they make.

    ```toml
    [[probe]]
    id = "application"
    kind = "flow"
    component = "applications"
    url = "https://portal.example/"
    slow_after = "3s"
    vars = { number = "TEST-{{random_digits(8)}}" }
    secrets = { password = "${PORTAL_PASSWORD:-not-a-real-password}" }

    [[probe.step]]
    name = "form"
    url = "/login"

    [[probe.step]]
    name = "sign in"
    submit = { username = "monitoring", password = "{{password}}" }
    expect = [{ css = "main[data-user]", reason = "login_rejected" }]

    [[probe.step]]
    name = "draft"
    url = "/api/drafts"
    json = { number = "{{number}}", attachments = [] }
    expect = [{ status = [201] }, { within = "800ms", soft = true }]
    extract = { draft = { json = "id" } }

    [[probe.step]]
    name = "registered"
    url = "/api/drafts/{{draft}}"
    expect = [{ json = "state", equals = "registered" }]
    await = { within = "15s", every = "500ms", late_after = "5s", reason = "status_never" }

    [[probe.step]]
    name = "delete"
    method = "DELETE"
    url = "/api/drafts/{{draft}}"
    always = true
    expect = [{ status = ["2xx", 404] }]
    ```
    """

    kind: Literal["flow"]
    every: Duration = Field(60.0, gt=0, description="How often to ask.")
    timeout: Duration = Field(30.0, gt=0, description="Hard limit for the whole run.")
    url: Url = Field(description="What the paths of steps are relative to.")
    vars: Mapping[Variable, Template] = Field(
        default_factory=dict, description="Variables, made anew for every run, in this order."
    )
    secrets: Mapping[Variable, SecretStr] = Field(
        default_factory=dict, description="Variables whose values nobody sees."
    )
    steps: tuple[FlowStep, ...] = Field(alias="step", description="The steps, in order.")

    @model_validator(mode="after")
    def _the_steps_fit_together(self) -> Self:
        known = set(self.secrets)
        for name, text in self.vars.items():
            if missing := sorted(names_in(text) - known):
                raise ValueError(f"vars.{name}: {{{{{missing[0]}}}}} has no value yet")
            known.add(name)
        names = [step.name for step in self.steps]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f'two steps are called "{twice[0]}": give each its own name')
        for step in self.steps:
            if step.awaits is not None and step.awaits.within >= self.timeout:
                raise ValueError(f'step "{step.name}", await.within must be shorter than timeout')
        if all(step.always for step in self.steps):
            raise ValueError("at least one [[probe.step]] is needed that is not always")
        check_variables(known, self.steps)
        return self


@probe_kind(FlowSettings, recheck=10.0, open_after=2)
async def flow(settings: FlowSettings, visit: Visit) -> Reading:
    secrets = {name: value.get_secret_value() for name, value in settings.secrets.items()}
    engine = Engine(visit, settings.url, settings.vars, secrets)
    await prepare(settings, visit, settings.url)
    await engine.run(settings.steps)
    return engine.verdict(settings.slow_after)
