"""The sms probe whose messages come by SMPP: what it says of the portal, and of our own line."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import ValidationError

from probes.observation import Outcome, Reason

PASSWORD = "opensesame-and-longer-than-eight"


def ucs2(text: str) -> bytes:
    return text.encode("utf-16-be")


async def test_a_code_that_comes_by_smpp_is_up(ask, smsc, portal, until):
    portal.on_ask = lambda: smsc.deliver(ucs2("Ваш код 4821"))
    seen = await ask()
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert smsc.binds == [("receiver", "vahta")]
    await until(lambda: list(smsc.answers.values()) == [0])


async def test_a_code_in_parts_out_of_order_is_read(ask, smsc, portal):
    def deliver() -> None:
        for number, text in ((2, "21"), (1, "Ваш код 48")):
            head = bytes([5, 0, 3, 9, 2, number])
            smsc.deliver(head + ucs2(text), esm_class=0x40)

    portal.on_ask = deliver
    assert (await ask(code=r"код (\d{4})$")).outcome is Outcome.UP


async def test_another_number_s_message_is_taken_and_not_ours(ask, smsc, portal):
    portal.on_ask = lambda: smsc.deliver(ucs2("Ваш код 4821"), to="79990000000")
    seen = await ask(timeout="2s", wait="300ms")
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.CODE_NOT_ARRIVED)
    assert seen.detail == "arrival: no message within 0.3 s"
    assert set(smsc.answers.values()) == {0}


async def test_what_was_there_before_is_not_the_code(ask, smsc, portal, until):
    portal.on_ask = lambda: smsc.deliver(ucs2("Ваш код 4821"))
    await ask()
    portal.on_ask = lambda: None
    seen = await ask(timeout="2s", wait="300ms")
    assert seen.reason is Reason.CODE_NOT_ARRIVED


async def test_a_receipt_is_no_message(ask, smsc, portal):
    portal.on_ask = lambda: smsc.deliver(b"id:4821 stat:DELIVRD", coding=0, esm_class=4)
    assert (await ask(timeout="2s", wait="300ms")).reason is Reason.CODE_NOT_ARRIVED


async def test_probes_share_a_bind_and_it_ends_with_the_network(ask, smsc, portal, network, until):
    portal.on_ask = lambda: smsc.deliver(ucs2("Ваш код 4821"))
    await asyncio.gather(ask(), ask(id="other", every="10m"))
    assert len(smsc.binds) == 1
    await network.close()
    await until(lambda: 0x06 in smsc.heard)


# ── our own line ──


async def test_without_a_bind_it_is_unknown_and_no_message_is_paid_for(ask, portal, closed_port):
    seen = await ask({"port": closed_port})
    assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
    assert f"no bind to our SMS gateway 127.0.0.1:{closed_port}" in seen.detail
    assert portal.asked == 0


async def test_a_wrong_password_is_unknown(ask, portal):
    seen = await ask({"password": "CANARY-wrong"})
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.detail.endswith("0x0000000E invalid password")
    assert portal.asked == 0


async def test_a_gateway_that_does_not_answer_the_bind_is_unknown_not_a_timeout(ask, smsc):
    smsc.mute = {0x01}
    seen = await ask(timeout="2s", wait="1s")
    assert seen.outcome is Outcome.UNKNOWN
    assert "does not answer" in seen.detail


async def test_a_bind_that_breaks_during_the_wait_is_unknown(ask, smsc, portal):
    def drop() -> None:
        for writer in smsc.writers:
            writer.transport.abort()

    portal.on_ask = drop
    seen = await ask(timeout="4s", wait="2s")
    assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
    assert "SMS gateway" in seen.detail


async def test_a_gateway_that_fell_silent_during_the_wait_is_unknown(ask, smsc, portal):
    portal.on_ask = lambda: smsc.mute.add(0x15)
    seen = await ask(timeout="2s", wait="300ms")
    assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
    assert "does not answer" in seen.detail


async def test_after_the_gateway_is_back_the_probe_is_up_again(ask, smsc, portal):
    portal.on_ask = lambda: smsc.deliver(ucs2("Ваш код 4821"))
    await smsc.stop()
    assert (await ask()).outcome is Outcome.UNKNOWN
    await smsc.start()
    assert (await ask()).outcome is Outcome.UP


# ── what a gateway says otherwise ──


async def test_it_is_answered_whatever_it_says(ask, smsc, portal, until):
    portal.on_ask = lambda: smsc.deliver(ucs2("Ваш код 4821"))
    await ask()
    asked = smsc.say(0x15)
    strange = smsc.say(0x103, b"data_sm")
    broken = smsc.say(0x05, b"\0\5")
    vendor = smsc.deliver(b"x", coding=0xF6, tlvs={0x1401: b"\xff\xfe"})
    await until(lambda: len({asked, strange, broken, vendor} - set(smsc.answers)) == 0)
    assert [smsc.answers[n] for n in (asked, strange, broken, vendor)] == [0, 3, 0x65, 0]
    assert len(smsc.binds) == 1


@pytest.mark.parametrize("size", [3, 0x7FFFFFFF], ids=["too small", "too large"])
async def test_a_gateway_that_speaks_no_smpp_is_let_go(ask, smsc, portal, until, size):
    portal.on_ask = lambda: smsc.deliver(ucs2("Ваш код 4821"))
    await ask()
    smsc.say(0x15, size=size)
    await until(lambda: not smsc.writers)
    assert (await ask()).outcome is Outcome.UP


async def test_a_gateway_may_end_the_bind(ask, smsc, portal, until):
    portal.on_ask = lambda: smsc.deliver(ucs2("Ваш код 4821"))
    await ask()
    sequence = smsc.say(0x06)
    await until(lambda: smsc.answers.get(sequence) == 0)
    await until(lambda: len(smsc.binds) == 2)


async def test_no_words_and_no_password_are_logged(ask, smsc, portal, caplog):
    caplog.set_level(0)
    portal.on_ask = lambda: smsc.deliver(ucs2("CANARY-words 4821"))
    await ask()
    said = " ".join(one.getMessage() for one in caplog.records)
    assert not [word for word in ("CANARY", PASSWORD, "9001234567") if word in said]


# ── settings ──


@pytest.mark.parametrize(
    "changes",
    [{"hook": "x" * 16}, {"inbox_url": "https://x.example"}, {"match": "id"}],
    ids=lambda changes: next(iter(changes)),
)
async def test_it_is_said_where_messages_come_and_how_they_are_known(ask, changes):
    with pytest.raises(ValidationError, match=r"give inbox_url, hook or smpp|give match"):
        await ask(**changes)


@pytest.mark.parametrize(
    "changes", [{"number": "89001234567x"}, {"bind": "transmitter"}, {"port": 0}, {"hots": "x"}]
)
async def test_a_gateway_that_cannot_work_is_refused(ask, changes):
    with pytest.raises(ValidationError):
        await ask(changes)
