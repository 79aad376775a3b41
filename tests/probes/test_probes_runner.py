"""The loop around the probes, on time that leaps; and what one run makes of a kind that breaks."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from pydantic import SecretStr

from probes.attempt import Standpoint
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.kind import Kind
from probes.network import Network
from probes.observation import Observation, Outcome, Reading, Reason
from probes.runner import Probe, Runner, make_probe, run_once
from probes.settings import ProbeSettings
from probes.take import Take

UP = Reading(Outcome.UP)
DOWN = Reading(Outcome.DOWN, Reason.TIMEOUT, "no")


class FakeSettings(ProbeSettings):
    kind: Literal["fake"] = "fake"


@dataclass
class Fake:
    """A kind that takes ``takes`` s and answers what its script says, then UP."""

    takes: float = 0.1
    script: list[Reading] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    running: Counter[str] = field(default_factory=Counter)
    most: int = 0
    doubled: bool = False

    async def ask(self, settings: Any, _: Visit) -> Reading:
        self.starts.append(asyncio.get_running_loop().time())
        self.running[settings.id] += 1
        self.doubled = self.doubled or self.running[settings.id] > 1
        self.most = max(self.most, self.running.total())
        try:
            await asyncio.sleep(self.takes)
        finally:
            self.running[settings.id] -= 1
        return self.script.pop(0) if self.script else UP

    def kind(self, **more: Any) -> Kind:
        return Kind("fake", FakeSettings, self.ask, **more)


def probe(fake: Fake, *, recheck: float = 1.0, open_after: int = 3, **settings: Any) -> Probe:
    model = FakeSettings(**{"id": "p", "component": "c", **settings})
    return make_probe(
        model, {"fake": fake.kind()}, default_recheck=recheck, default_open_after=open_after
    )


@pytest.fixture
def watch(leap, noon):
    """Run probes for ``seconds`` of leaping time; the observations come back."""

    def run(*probes: Probe, seconds: float, **more: Any) -> list[Observation]:
        seen: list[Observation] = []

        async def main() -> None:
            runner = Runner(
                **{"emit": seen.append, **more},
                location="here",
                clock=lambda: noon,
                network=Network(),
            )
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(seconds):
                    await runner.run_forever(probes)

        leap(main())
        return seen

    return run


def test_a_well_probe_is_asked_at_its_interval(watch):
    fake = Fake()
    seen = watch(probe(fake, every="30s"), seconds=3600)
    assert 119 <= len(seen) <= 121
    gaps = {round(b - a, 6) for a, b in zip(fake.starts[1:], fake.starts[2:], strict=False)}
    assert gaps == {30.0}


def test_a_first_failure_is_confirmed_quickly_until_it_is_certain(watch):
    fake = Fake(script=[DOWN] * 5)
    watch(probe(fake, every="30s"), seconds=120)
    first, second, third, fourth = fake.starts[:4]
    assert second - first == pytest.approx(1.1)
    assert third - second == pytest.approx(1.1)
    assert fourth - third > 1.2


def test_a_single_blip_goes_back_to_the_grid(watch):
    fake = Fake(script=[UP, DOWN, UP])
    watch(probe(fake, every="30s"), seconds=200)
    _, second, third, fourth, fifth = fake.starts[:5]
    assert third - second == pytest.approx(1.1)
    assert fourth - second == pytest.approx(30)
    assert fifth - fourth == pytest.approx(30)


def test_a_run_longer_than_its_interval_skips_beats_and_never_overlaps(watch):
    fake = Fake(takes=4.5)
    watch(probe(fake, every="2s", timeout="9s"), seconds=60)
    assert not fake.doubled
    gaps = [b - a for a, b in zip(fake.starts[1:], fake.starts[2:], strict=False)]
    assert gaps == pytest.approx([6.0] * len(gaps))


def test_no_more_run_at_once_than_allowed_and_the_wait_counts_as_lag(watch):
    fake, lags = Fake(takes=2.0), []
    many = [probe(fake, id=f"p{number}", every="5s") for number in range(20)]
    watch(*many, seconds=20, at_once=3, on_start=lambda _, lag: lags.append(lag))
    assert fake.most == 3
    assert min(lags) >= 0
    assert max(lags) > 1


def test_an_emit_that_raises_stops_nothing(watch, caplog):
    fake = Fake()

    def emit(_: Observation) -> None:
        raise RuntimeError("full")

    watch(probe(fake, every="1s"), seconds=10, emit=emit)
    assert len(fake.starts) >= 9
    assert "was lost" in caplog.text


def test_an_emit_may_be_awaited(watch):
    seen = []

    async def emit(observation: Observation) -> None:
        await asyncio.sleep(0.01)
        seen.append(observation)

    watch(probe(Fake(), every="1s"), seconds=10, emit=emit)
    assert len(seen) >= 9


def test_a_lag_that_cannot_be_noted_stops_nothing(watch, caplog):
    def on_start(_: Probe, __: float) -> None:
        raise RuntimeError("no metrics")

    assert len(watch(probe(Fake(), every="1s"), seconds=10, on_start=on_start)) >= 9
    assert "lag" in caplog.text


def test_a_runner_without_probes_waits_quietly(watch):
    assert watch(seconds=10) == []


@pytest.mark.parametrize(("takes", "least", "most"), [(9.0, 4, 5), (0.1, 0, 0)])
def test_a_probe_that_waits_for_a_place_is_overdue(leap, noon, takes, least, most):
    async def main() -> float:
        fake = Fake(takes=takes)
        runner = Runner(
            emit=lambda _: None, location="x", clock=lambda: noon, network=Network(), at_once=1
        )
        two = [probe(fake, id=name, every="1s") for name in ("a", "b")]
        task = asyncio.ensure_future(runner.run_forever(two))
        await asyncio.sleep(5)
        late = runner.overdue()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return late

    assert least <= leap(main()) <= most


@pytest.mark.parametrize(
    ("own", "kind", "resolved"),
    [
        ({}, {}, (1.0, 3)),
        ({}, {"recheck": 10.0, "open_after": 2}, (10.0, 2)),
        ({}, {"recheck": "every"}, (60.0, 3)),
        ({"recheck": "500ms", "open_after": 1}, {"recheck": 10.0, "open_after": 2}, (0.5, 1)),
    ],
)
def test_the_pace_is_the_probes_own_else_its_kinds_else_the_rules(own, kind, resolved):
    settings = FakeSettings(id="p", component="c", every="60s", **own)
    made = make_probe(
        settings, {"fake": Fake().kind(**kind)}, default_recheck=1.0, default_open_after=3
    )
    assert (made.recheck, made.open_after) == resolved


@pytest.fixture
def once(noon):
    async def run(ask: Any, limit: str = "100ms") -> Observation:
        kind = Kind("fake", FakeSettings, ask)
        settings = FakeSettings(id="p", component="c", timeout=limit)
        return await run_once(
            kind, settings, location="here", clock=lambda: noon, network=Network()
        )

    return run


async def test_a_kind_that_breaks_is_unknown_and_says_only_what_broke(once, caplog):
    name = "s3cr3t"

    async def ask(settings: Any, visit: Visit) -> Reading:
        raise KeyError(name)

    seen = await once(ask)
    assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
    assert "KeyError" in seen.detail
    assert "s3cr3t" not in seen.detail
    assert "s3cr3t" not in caplog.text


async def test_a_time_out_of_the_kinds_own_is_no_time_out_of_the_run(once):
    async def ask(settings: Any, visit: Visit) -> Reading:
        raise TimeoutError

    assert (await once(ask)).reason is Reason.PROBE_ERROR


async def test_a_judgement_keeps_its_outcome(once):
    async def ask(settings: Any, visit: Visit) -> Reading:
        raise UnwellError(Reason.SLOW, "so slow", Outcome.DEGRADED)

    seen = await once(ask)
    assert (seen.outcome, seen.reason, seen.detail) == (Outcome.DEGRADED, Reason.SLOW, "so slow")


async def test_a_kind_that_never_ends_is_cut_off(once):
    async def ask(settings: Any, visit: Visit) -> Reading:
        await asyncio.Event().wait()
        return UP

    seen = await once(ask)
    assert seen.reason is Reason.TIMEOUT
    assert 0.1 <= seen.seconds <= 1.0


async def test_tidying_up_that_never_ends_is_cut_off_too(once):
    async def ask(settings: Any, visit: Visit) -> Reading:
        visit.afterwards(asyncio.Event().wait)
        return UP

    loop = asyncio.get_running_loop()
    begun = loop.time()
    seen = await once(ask)
    assert loop.time() - begun <= 1.0
    assert (seen.outcome, seen.detail) == (Outcome.UP, "there was no time left to tidy up")


async def test_tidying_up_that_breaks_does_not_change_the_judgement(once, caplog):
    name = "s3cr3t"

    async def tidy() -> Any:
        raise KeyError(name)

    async def ask(settings: Any, visit: Visit) -> Reading:
        visit.afterwards(tidy)
        return UP

    seen = await once(ask)
    assert seen.outcome is Outcome.UP
    assert "s3cr3t" not in seen.detail
    assert "s3cr3t" not in caplog.text


async def test_being_stopped_is_not_an_observation(once):
    async def ask(settings: Any, visit: Visit) -> Reading:
        await asyncio.Event().wait()
        return UP

    task = asyncio.ensure_future(once(ask, limit="30s"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_what_is_kept_is_linked_from_the_observation(watch):
    takes = []

    def keep(take: Take) -> str:
        takes.append(take)
        return f"capture-{len(takes)}"

    seen = watch(probe(Fake(script=[DOWN]), every="1s"), seconds=5, keep=keep)
    assert [each.capture for each in seen] == [f"capture-{n + 1}" for n in range(len(seen))]
    assert [take.seen.outcome for take in takes] == [each.outcome for each in seen]


def test_a_keeper_that_raises_stops_nothing_and_loses_nothing(watch, caplog):
    def keep(_: Take) -> str:
        raise RuntimeError("full")

    seen = watch(probe(Fake(script=[DOWN]), every="1s"), seconds=10, keep=keep)
    assert len(seen) >= 9
    assert seen[0].outcome is Outcome.DOWN
    assert "could not look into" in caplog.text


async def test_a_detail_tells_no_secret_and_no_personal_data(noon):
    class SecretSettings(FakeSettings):
        password: SecretStr = SecretStr("s3cr3t")

    async def ask(settings: Any, visit: Visit) -> Reading:
        visit.hide("482913")
        return Reading(Outcome.DOWN, Reason.TIMEOUT, "said s3cr3t, 482913 and Anna")

    async with Network() as network:
        here = Standpoint(
            location="here",
            clock=lambda: noon,
            network=network,
            mask=lambda text: text.replace("Anna", "[name]"),
        )
        kind = Kind("fake", SecretSettings, ask)
        take = await here.take(kind, SecretSettings(id="p", component="c"))
    assert take.seen.detail == "said •••, ••• and [name]"
