"""The tables that describe a flow: its steps, as one writes them in the config file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from probes.document import Sort, checked_size
from probes.flow.expect import Expect
from probes.flow.pick import Pick
from probes.flow.template import Template, TemplateTree, Variable, names_in, texts_in
from probes.observation import Reason
from probes.settings import Duration, Settings, Size


def _step_address(value: str) -> str:
    if "://" in value and not value.startswith(("http://", "https://", "{{", "${")):
        raise ValueError("expected an address that begins with http:// or https://, or a path")
    return value


def _method(value: str) -> str:
    if not (value.isascii() and value.isalpha() and value.isupper()):
        raise ValueError("expected a method in capitals, such as GET, POST or PROPFIND")
    return value


class FileBody(Settings):
    """A document made for this run, marked as a monitoring test, no two the same."""

    document: Sort = Field("pdf", description="What is made.")
    size: Annotated[Size, AfterValidator(checked_size)] = Field(
        64 * 1024, description="Its exact size."
    )
    field: str | None = Field(
        None, min_length=1, description="The form field it is sent in; the bare body without one."
    )
    name: Template = Field("", description="File name in a form; a fresh one without it.")
    sha256: Variable | None = Field(None, description="Variable that its hash is kept in.")


class Await(Settings):
    """Ask again until everything expected is so. A miss marked ``at_once`` isn't waited out."""

    within: Duration = Field(gt=0, description="Give up after so long: down.")
    every: Duration = Field(1.0, gt=0, description="Time between two looks.")
    late_after: Duration | None = Field(None, gt=0, description="Later than this is degraded.")
    reason: Reason = Field(Reason.TIMEOUT, description="What giving up means.")
    late_reason: Reason = Field(Reason.SLOW, description="What being late means.")

    @model_validator(mode="after")
    def _late_comes_before_never(self) -> Self:
        if self.late_after is not None and self.late_after >= self.within:
            raise ValueError("late_after must be shorter than within, or nothing is ever late")
        return self


class FlowStep(Settings):
    """One request, what must come back, and what is kept of it.

    Any text may hold ``{{variable}}``.
    """

    name: str = Field(
        pattern=r"^[\w][\w .\-]{0,39}$", description="Shown in timings and details; unique."
    )
    method: Annotated[str, AfterValidator(_method)] | None = Field(
        None, description="GET, or POST where something is sent."
    )
    url: Annotated[Template, AfterValidator(_step_address)] = Field(
        "", description="A path, or a whole address; the probe's own url without it."
    )
    headers: Mapping[str, Template] = Field(
        default_factory=dict, description="Sent with this request, and not on to another host."
    )
    query: Mapping[str, Template] = Field(
        default_factory=dict, description="Added to the address after a question mark."
    )
    form: Mapping[str, Template] | None = Field(None, description="Sent as a form.")
    json_body: TemplateTree = Field(None, alias="json", description="Sent as JSON.")
    body: Template | None = Field(None, description="Sent as it is.")
    file: FileBody | None = Field(None, description="A generated document; form may go with it.")
    submit: Mapping[str, Template] | None = Field(
        None,
        min_length=1,
        description="Sends the form with these inputs that the step before found on its page,"
        " hidden inputs included.",
    )
    redirects: Literal["follow", "keep", "refuse"] = Field(
        "follow", description="keep: the redirect is the answer; refuse: it is a failure."
    )
    max_body: Size = Field(1024**2, gt=0, description="A larger answer is a failure.")
    extract: Mapping[Variable, Pick] = Field(
        default_factory=dict, description="Variables to keep from the answer."
    )
    expect: tuple[Expect, ...] = Field(
        (), description="Looked at in this order; status 2xx where none speaks of status."
    )
    awaits: Await | None = Field(None, alias="await", description="Repeat until it is so.")
    always: bool = Field(
        default=False,
        description="Clean-up: runs last, after a failure too, if it has its variables.",
    )

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        bodies = {"json": self.json_body, "body": self.body, "submit": self.submit}
        bodies["file" if self.file is not None else "form"] = self.file or self.form
        given = [name for name, body in bodies.items() if body is not None]
        if len(given) > 1:
            raise ValueError(f"only one of {' and '.join(given)} can be sent")
        if self.file is not None and self.form is not None and self.file.field is None:
            raise ValueError("a file beside a form needs its own field: file = { field = … }")
        if self.submit is not None and (self.url or self.method):
            raise ValueError("submit knows address and method from the form: leave them out")
        return self

    @property
    def verb(self) -> str:
        sends = (self.form, self.json_body, self.body, self.file)
        return self.method or ("POST" if any(body is not None for body in sends) else "GET")

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text that may hold variables, with the key it stands under."""
        yield "url", self.url
        for key in ("headers", "query", "form", "submit", "json_body", "body"):
            for text in texts_in(getattr(self, key)):
                yield key.removesuffix("_body"), text
        if self.file is not None:
            yield "file.name", self.file.name
        for number, expect in enumerate(self.expect):
            for key in ("equals", "contains", "lacks", "sha256"):
                for text in texts_in(getattr(expect, key)):
                    yield f"expect[{number}].{key}", text

    def gives(self) -> set[str]:
        """The variables that are known once this step is through."""
        hash_name = None if self.file is None else self.file.sha256
        return {*self.extract, *((hash_name,) if hash_name else ())}


def check_variables(known: set[str], steps: tuple[FlowStep, ...]) -> None:
    """Raise ValueError, naming step and key, where a text needs what no step before it gives."""
    given = set(known)
    everything = given.union(*(step.gives() for step in steps))
    for step in steps:
        # A clean-up runs last, and only if it has what it needs.
        here = everything if step.always else given
        for key, text in step.texts():
            if missing := sorted(names_in(text) - here):
                words = ", ".join(sorted(here)) or "none"
                raise ValueError(
                    f'step "{step.name}", {key}: {{{{{missing[0]}}}}} has no value yet;'
                    f" known there: {words}"
                )
        given |= step.gives()
