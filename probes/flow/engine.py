"""Runs a flow's steps over one visit: shared cookies, variables and deadline.

A hard miss ends the flow; a soft one is remembered for the verdict. Clean-up steps run in the
visit's own time for tidying, however the flow ended.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from yarl import URL

from probes.answer import Answer
from probes.classify import UnwellError, reason_of_status
from probes.exchange import Visit
from probes.flow.body import carried, submitted
from probes.flow.expect import missed
from probes.flow.functions import functions_of
from probes.flow.pick import picked
from probes.flow.tables import Await, FlowStep
from probes.flow.template import MissingValueError, Name, Scope, names_in, parse, render
from probes.observation import Outcome, Reading, Reason
from probes.request import Request


@dataclass(slots=True)
class _Judged:
    """What became of one answer: nothing but soft misses, or the hard one that ended it."""

    soft: list[UnwellError] = field(default_factory=list)
    hard: UnwellError | None = None
    is_final: bool = False


class Engine:
    """One run of one flow. ``home`` is what paths are relative to, ``values`` the variables.

    ``values`` are templates, filled in once and in order; ``secrets`` are taken as they are.
    """

    def __init__(
        self, visit: Visit, home: str, values: Mapping[str, str], secrets: Mapping[str, str]
    ) -> None:
        self._visit = visit
        self._home = home
        self.scope = Scope(dict(secrets), functions_of(visit))
        for name, text in values.items():
            self.scope.values[name] = self.scope.fill(text)
        self._found: set[str] = set()
        self._answer: Answer | None = None
        self._soft: list[UnwellError] = []

    async def run(self, steps: Iterable[FlowStep]) -> None:
        """Every step in order. Raises UnwellError for the first hard miss."""
        every = tuple(steps)
        for step in reversed([step for step in every if step.always]):
            self._visit.afterwards(self._cleaning(step))
        for step in every:
            if not step.always:
                await self._step(step)

    def verdict(self, slow_after: float | None) -> Reading:
        """Degraded by the first soft miss, or by the slowest answer; else up."""
        for miss in self._soft:
            return Reading(miss.outcome, miss.reason, miss.detail)
        return self._visit.verdict(slow_after)

    def _cleaning(self, step: FlowStep) -> Callable[[], Coroutine[Any, Any, None]]:
        async def clean() -> None:
            needed = {name for _, text in step.texts() for name in names_in(text)}
            if needed <= set(self.scope.values):
                await self._step(step)

        return clean

    async def _step(self, step: FlowStep) -> None:
        if step.awaits is not None:
            judged = await self._awaited(step, step.awaits)
        else:
            judged = await self._look(step)
        if judged.hard is not None:
            raise judged.hard
        self._soft += judged.soft

    async def _awaited(self, step: FlowStep, awaits: Await) -> _Judged:
        last = _Judged()

        async def look() -> _Judged | None:
            nonlocal last
            last = await self._look(step)
            return last if last.hard is None or last.is_final else None

        found, seconds = await self._visit.until(
            f"{step.name} (wait)", look, within=awaits.within, pause=awaits.every
        )
        if found is None:
            why = f": {last.hard.detail}" if last.hard is not None else ""
            words = f"{step.name}: not so within {awaits.within:g} s{why}"
            return _Judged(hard=UnwellError(awaits.reason, words))
        if awaits.late_after is not None and seconds > awaits.late_after:
            words = f"{step.name}: so after {seconds:.1f} s, the limit is {awaits.late_after:g} s"
            found.soft.append(UnwellError(awaits.late_reason, words, Outcome.DEGRADED))
        return found

    async def _look(self, step: FlowStep) -> _Judged:
        """Ask once and judge. What fails on the way raises UnwellError."""
        try:
            request = self._request(step)
            answer = await self._visit.fetch(step.name, request, max_body=step.max_body)
            self._answer = answer
            judged = self._judge(step, answer, self._visit.steps[-1].seconds)
            if judged.hard is None:
                judged.hard = self._extract(step, answer)
        except MissingValueError as missing:
            words = f"{step.name}: {{{{{missing.name}}}}} has no value"
            raise UnwellError(Reason.PROBE_ERROR, words, Outcome.UNKNOWN) from None
        return judged

    def _judge(self, step: FlowStep, answer: Answer, seconds: float) -> _Judged:
        judged = _Judged()
        if all(expect.status is None for expect in step.expect):
            judged.hard, judged.is_final = _status_miss(step, answer), True
        for expect in step.expect:
            if judged.hard is not None:
                break
            miss = missed(
                expect, answer, seconds=seconds, cookies=self._visit.cookies, scope=self.scope
            )
            if miss is not None and expect.soft:
                judged.soft.append(miss)
            elif miss is not None:
                judged.hard, judged.is_final = miss, expect.at_once
        return judged

    def _extract(self, step: FlowStep, answer: Answer) -> UnwellError | None:
        for name, pick in step.extract.items():
            try:
                value = picked(pick, answer, self._visit.cookies)
            except UnwellError as miss:
                if miss.outcome is Outcome.UNKNOWN:
                    raise
                return miss
            if pick.secret:
                self._visit.hide(value)
            self.scope.values[name] = value
            self._found.add(name)
        return None

    # ── what is asked ─────────────────────────────────────────────────────────

    def _request(self, step: FlowStep) -> Request:
        if step.submit is not None:
            filled = {name: self.scope.fill(text) for name, text in step.submit.items()}
            return submitted(step, self._answer, filled, self.scope)
        url, is_led = self._address(step)
        headers = {name: self.scope.fill(text) for name, text in step.headers.items()}
        bare = Request(step.verb, url, headers=headers, redirects=step.redirects, is_led=is_led)
        return carried(step, bare, self.scope, mark=self._visit.random_token)

    def _address(self, step: FlowStep) -> tuple[str, bool]:
        """The whole address, and whether an earlier answer had a say in where it is."""
        parts = parse(step.url)
        head = parts[0] if parts and isinstance(parts[0], Name) else None
        rest = step.url.partition("}}")[2] if head is not None else step.url
        start = "" if head is None else self.scope.fill(f"{{{{{head.name}}}}}")
        tail = render(rest, self.scope.values, self.scope.functions, escape=_in_a_path)
        try:
            url = URL(self._home).join(URL(start + tail))
            query = {name: self.scope.fill(text) for name, text in step.query.items()}
            url = url.extend_query(query) if query else url
        except ValueError:
            raise UnwellError(
                Reason.UNEXPECTED_CONTENT, f"{step.name}: no proper address to go to"
            ) from None
        if url.scheme not in {"http", "https"} or not url.host:
            words = f"{step.name}: the address to go to is not on the web"
            raise UnwellError(Reason.UNEXPECTED_CONTENT, words)
        return str(url), head is not None and head.name in self._found


def _status_miss(step: FlowStep, answer: Answer) -> UnwellError | None:
    if step.redirects == "keep":
        if 300 <= answer.status < 400:  # noqa: PLR2004 - what a redirect is
            return None
        reason = reason_of_status(answer.status) or Reason.UNEXPECTED_CONTENT
        return UnwellError(reason, f"{step.name}: HTTP {answer.status}, expected a redirect")
    miss = reason_of_status(answer.status)
    return None if miss is None else UnwellError(miss, f"{step.name}: HTTP {answer.status}")


def _in_a_path(value: str) -> str:
    """A value as one piece of an address, that cannot lead out of its place."""
    if value in {"", ".", ".."}:
        raise UnwellError(Reason.UNEXPECTED_CONTENT, "a value that cannot be part of an address")
    return quote(value, safe="")
