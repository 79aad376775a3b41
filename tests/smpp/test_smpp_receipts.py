"""The sms probe that takes a delivery receipt for proof: which one counts, and what it then says."""

from __future__ import annotations

import asyncio

import pytest
from click.testing import CliRunner

from probes.observation import Outcome, Reason
from vahta.cli import vahta

NUMBER = "79001234567"
SHORT = {"timeout": "4s", "wait": "300ms"}
"""Nothing more comes: for what is only believed when the wait is over."""

WANTS_BOTH = f"""\
portal.name = "P"
component = [{{ id = "sms", name = "Codes" }}]

[[probe]]
id = "code"
kind = "sms"
component = "sms"
request_url = "https://portal.example/send"
match = "new"
enter_url = "https://portal.example/enter"
smpp = {{ host = "a.example", system_id = "v", password = "x", number = "{NUMBER}", proof = "receipt" }}
"""


@pytest.fixture
def prove(ask):
    """Run the probe once with receipts for proof."""

    async def run(**more):
        return await ask({"proof": "receipt"}, **more)

    return run


@pytest.fixture
def report(smsc):
    """The gateway reports ``state`` of a message to the test number, as the standard wants it."""

    def say(state, *, of=NUMBER, name="abc-7", dates="", **more):
        words = f"id:{name} sub:001 dlvrd:001 {dates} stat:{state} err:000 text:CANARY 4821"
        head = {"sender": of, "to": "Portal", "coding": 0, "esm_class": 4}
        return smsc.deliver(words.encode(), **{**head, **more})

    return say


async def test_a_delivery_that_is_reported_is_up(prove, report, smsc, portal, until):
    portal.on_ask = lambda: report("DELIVRD")
    seen = await prove()
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert [step.name for step in seen.steps] == ["request", "arrival"]
    await until(lambda: list(smsc.answers.values()) == [0])


@pytest.mark.parametrize(
    "more",
    [
        {"esm_class": 0},
        {"data": b"", "esm_class": 0, "tlvs": {0x001E: b"77\0", 0x0427: b"\x02"}},
        {"sender": "Portal", "to": NUMBER},
        {"sender": f"+{NUMBER}"},
    ],
    ids=["unmarked", "in parameters", "numbers not turned round", "with a plus"],
)
async def test_gateways_say_it_in_other_ways(prove, smsc, portal, more):
    usual = {"data": b"id:7 stat:DELIVRD", "sender": NUMBER, "to": "Portal"}
    portal.on_ask = lambda: smsc.deliver(**{**usual, "coding": 0, "esm_class": 4, **more})
    assert (await prove()).outcome is Outcome.UP


async def test_a_late_delivery_is_degraded(prove, report, portal):
    portal.on_ask = lambda: asyncio.get_running_loop().call_later(1, report, "DELIVRD")
    seen = await prove(late_after="100ms")
    assert (seen.outcome, seen.reason) == (Outcome.DEGRADED, Reason.CODE_LATE)


@pytest.mark.parametrize("state", ["UNDELIV", "EXPIRED", "DELETED", "REJECTD", "SKIPPED"])
async def test_a_failure_that_is_reported_is_down(prove, report, portal, state):
    portal.on_ask = lambda: report(state)
    seen = await prove(**SHORT)
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.CODE_NOT_ARRIVED)
    assert seen.detail == f"arrival: the gateway reports {state}"


@pytest.mark.parametrize("state", ["ENROUTE", "ACCEPTD"])
async def test_on_its_way_is_no_arrival(prove, report, portal, state):
    portal.on_ask = lambda: report(state)
    seen = await prove(**SHORT)
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.CODE_NOT_ARRIVED)
    assert seen.detail == f"arrival: no delivery reported within 0.3 s, only {state}"


async def test_a_delivery_after_progress_is_up(prove, report, portal):
    portal.on_ask = lambda: (report("ENROUTE"), report("DELIVRD"))
    assert (await prove()).outcome is Outcome.UP


async def test_what_the_gateway_does_not_know_is_unknown(prove, report, portal):
    portal.on_ask = lambda: report("UNKNOWN")
    seen = await prove(**SHORT)
    assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.CODE_NOT_ARRIVED)


async def test_silence_is_down_only_where_receipts_are_known_to_come(prove, report, portal):
    seen = await prove(**SHORT)
    assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
    assert "no receipt has ever come" in seen.detail
    portal.on_ask = lambda: report("DELIVRD")
    await prove()
    portal.on_ask = lambda: None
    seen = await prove(**SHORT)
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.CODE_NOT_ARRIVED)
    assert seen.detail == "arrival: no receipt within 0.3 s"


async def test_another_number_s_receipt_proves_nothing(prove, report, portal):
    portal.on_ask = lambda: report("DELIVRD", of="79990000000")
    assert (await prove(**SHORT)).outcome is Outcome.UNKNOWN


async def test_an_earlier_message_s_receipt_proves_nothing(prove, report, portal):
    portal.on_ask = lambda: report("ENROUTE")
    await prove(**SHORT)
    portal.on_ask = lambda: report("DELIVRD")
    seen = await prove(**SHORT)
    assert (seen.outcome, seen.detail) == (Outcome.DOWN, "arrival: no receipt within 0.3 s")


async def test_an_earlier_message_s_failure_does_not_hide_this_one_s_delivery(
    prove, report, portal
):
    def both() -> None:
        report("EXPIRED", name="old")
        report("DELIVRD", name="new")

    portal.on_ask = both
    assert (await prove()).outcome is Outcome.UP


async def test_a_delivery_that_took_longer_than_there_was_time_is_an_earlier_one(
    prove, report, portal
):
    dates = "submit date:2611221203 done date:2611221208"
    portal.on_ask = lambda: report("DELIVRD", dates=dates)
    assert (await prove(**SHORT)).outcome is Outcome.UNKNOWN


async def test_a_message_proves_nothing(prove, smsc, portal):
    portal.on_ask = lambda: smsc.deliver("Ваш код 4821".encode("utf-16-be"))
    assert (await prove(**SHORT)).outcome is Outcome.UNKNOWN


async def test_without_a_bind_no_message_is_paid_for(ask, portal, closed_port):
    seen = await ask({"proof": "receipt", "port": closed_port})
    assert (seen.outcome, portal.asked) == (Outcome.UNKNOWN, 0)


async def test_a_bind_that_falls_silent_is_unknown(prove, report, smsc, portal):
    portal.on_ask = lambda: report("DELIVRD")
    await prove()
    portal.on_ask = lambda: smsc.mute.add(0x15)
    seen = await prove(timeout="2s", wait="300ms")
    assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
    assert "does not answer" in seen.detail


async def test_the_cap_holds(prove, report, portal):
    portal.on_ask = lambda: report("DELIVRD")
    await prove(daily_cap=1)
    seen = await prove(daily_cap=1)
    assert (seen.outcome, seen.reason, portal.asked) == (Outcome.UNKNOWN, Reason.CODE_NOT_SENT, 1)


async def test_what_a_receipt_quotes_is_nowhere(prove, report, portal, caplog):
    caplog.set_level(0)
    portal.on_ask = lambda: report("UNDELIV")
    seen = await prove(**SHORT)
    said = " ".join([seen.detail, *(one.getMessage() for one in caplog.records)])
    assert not [word for word in ("CANARY", NUMBER) if word in said]


def test_validate_says_where_a_text_is_wanted_of_a_receipt(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(WANTS_BOTH, encoding="utf-8")
    done = CliRunner().invoke(vahta, ["-c", str(file), "validate"])
    assert done.exit_code == 2
    assert done.stdout == (
        f"{file}:4: probe[0]: receipts have no text and no id of the portal's: leave out match, "
        "enter_url, or smpp.proof, to wait for messages themselves\n"
    )
