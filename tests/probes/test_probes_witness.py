"""Our own line: while no witness answers nothing is down, and one that answers is believed."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import pytest

from probes.exchange import Visit
from probes.kind import Kind
from probes.network import Network
from probes.observation import Observation, Outcome, Reading, Reason
from probes.runner import Runner, make_probe
from probes.settings import ProbeSettings
from probes.witness import Target, Witnesses

HELLO = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Port:
    """A port that can be opened and shut; who came is counted."""

    port: int
    came: int = 0
    server: asyncio.Server | None = None
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None:
        self.server = await asyncio.start_server(self._meet, "127.0.0.1", self.port)

    async def shut(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()
            self.server = None

    async def _meet(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        self.stirred.set()
        writer.close()


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        one = Port(taken.getsockname()[1])
    await one.open()
    yield one
    await one.shut()


@pytest.fixture
def told() -> asyncio.Queue[datetime | None]:
    """Since when we were told to be blind, or that we are no longer."""
    return asyncio.Queue()


@pytest.fixture
def witnesses(network, noon, told) -> Callable[..., Witnesses]:
    def make(*targets: Target, **more: Any) -> Witnesses:
        return Witnesses(
            targets,
            **{"network": network, "clock": lambda: noon, "tell": told.put_nowait, **more},
        )

    return make


@pytest.fixture
def failed(noon) -> Callable[..., Observation]:
    def make(reason: Reason = Reason.CONNECT_TIMEOUT) -> Observation:
        return Observation("p", "c", "http", "here", noon, Outcome.DOWN, reason, "no", 0.1)

    return make


def at(port: Port | int, id_: str = "w") -> Target:
    return Target(id_, host="127.0.0.1", port=port.port if isinstance(port, Port) else port)


async def test_a_failure_is_believed_while_a_witness_answers(witnesses, port, failed, told):
    seen = await witnesses(at(port)).judged(failed())
    assert seen.outcome is Outcome.DOWN
    assert port.came == 1
    assert told.empty()


async def test_a_failure_while_no_witness_answers_is_unknown(
    witnesses, closed_port, failed, told, noon
):
    one = witnesses(at(closed_port, "a"), at(closed_port, "b"))
    seen = await one.judged(failed())
    assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
    assert "our own line is dead" in seen.detail
    assert "connect_timeout" in seen.detail
    assert told.get_nowait() == noon == one.blind_since


async def test_one_witness_of_many_is_enough(witnesses, port, closed_port, failed, told):
    others = [at(closed_port, f"dead-{number}") for number in range(3)]
    one = witnesses(*others, at(port))
    assert (await one.judged(failed())).outcome is Outcome.DOWN
    assert told.empty()


async def test_without_witnesses_we_are_never_blind(witnesses, failed, told):
    assert (await witnesses().judged(failed())).outcome is Outcome.DOWN
    assert told.empty()


@pytest.mark.parametrize("reason", [Reason.HTTP_5XX, Reason.LOGIN_REJECTED, Reason.CODE_LATE])
async def test_whoever_was_answered_by_the_portal_was_not_blind(
    witnesses, closed_port, failed, reason
):
    assert (await witnesses(at(closed_port)).judged(failed(reason))).outcome is Outcome.DOWN


async def test_what_is_up_needs_no_witness(witnesses, closed_port, noon, told):
    up = Observation("p", "c", "http", "here", noon, Outcome.UP, None, "", 0.1)
    assert await witnesses(at(closed_port)).judged(up) is up
    assert told.empty()


async def test_many_failures_at_once_are_one_question(witnesses, port, failed):
    one = witnesses(at(port))
    seen = await asyncio.gather(*(one.judged(failed()) for _ in range(100)))
    assert {each.outcome for each in seen} == {Outcome.DOWN}
    assert port.came <= 2


async def test_any_answer_of_a_web_address_will_do(witnesses, says, failed):
    target = Target("site", url=await says(HELLO))
    assert (await witnesses(target).judged(failed())).outcome is Outcome.DOWN


async def test_a_web_address_that_is_silent_is_no_witness(witnesses, talk, failed):
    async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    target = Target("site", url=await talk(silent))
    one = witnesses(target, patience=0.05)
    assert (await one.judged(failed())).outcome is Outcome.UNKNOWN


async def test_a_witness_may_have_a_name(book, port, failed, noon, told):
    async with Network(resolver=book({"witness.example": "127.0.0.1"})) as network:
        for host, outcome in (
            ("witness.example", Outcome.DOWN),
            ("nobody.example", Outcome.UNKNOWN),
        ):
            one = Witnesses(
                [Target("w", host=host, port=port.port)],
                network=network,
                clock=lambda: noon,
                tell=told.put_nowait,
            )
            assert (await one.judged(failed())).outcome is outcome


async def test_sight_comes_back_by_itself(witnesses, port, failed, told, noon, caplog):
    caplog.set_level(logging.WARNING)
    await port.shut()
    one = witnesses(at(port), every=0.05)
    assert (await one.judged(failed())).outcome is Outcome.UNKNOWN
    watching = asyncio.ensure_future(one.run())
    await port.open()
    assert [await told.get(), await told.get()] == [noon, None]
    watching.cancel()
    assert (await one.judged(failed())).outcome is Outcome.DOWN
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]


async def test_a_dead_line_is_noticed_before_any_probe_fails(witnesses, closed_port, told, noon):
    watching = asyncio.ensure_future(witnesses(at(closed_port), every=0.05).run())
    assert await told.get() == noon
    watching.cancel()


async def test_while_all_is_well_each_witness_is_asked_in_its_turn(witnesses, port, closed_port):
    other = Port(closed_port)
    await other.open()
    watching = asyncio.ensure_future(witnesses(at(port, "a"), at(other, "b"), every=0.01).run())
    for _ in range(2):
        await port.stirred.wait()
        port.stirred.clear()
    watching.cancel()
    await other.shut()
    assert 1 <= other.came <= 2


class BriefSettings(ProbeSettings):
    kind: Literal["brief"] = "brief"


async def test_the_runner_tells_of_nothing_down_on_a_dead_line(
    witnesses, closed_port, network, noon
):
    async def ask(_: Any, __: Visit) -> Reading:
        return Reading(Outcome.DOWN, Reason.DNS_FAILED, "no such name")

    settings = BriefSettings(id="p", component="c", every="50ms")
    probe = make_probe(
        settings,
        {"brief": Kind("brief", BriefSettings, ask)},
        default_recheck=0.01,
        default_open_after=3,
    )
    seen: asyncio.Queue[Observation] = asyncio.Queue()
    runner = Runner(
        emit=seen.put,
        location="here",
        clock=lambda: noon,
        network=network,
        witnesses=witnesses(at(closed_port)),
    )
    running = asyncio.ensure_future(runner.run_forever([probe]))
    outcomes = {(await seen.get()).outcome for _ in range(4)}
    running.cancel()
    assert outcomes == {Outcome.UNKNOWN}
