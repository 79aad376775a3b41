"""Whatever a gateway does, no message is lost, and one comes twice only where nobody could know."""

import asyncio
from collections import Counter

import pytest

from notify.channels.sms import Sms, SmsSettings
from notify.message import Message
from notify.receipt import NotSentError, Receipt, Refused, Sent, TryLater

HANG_UP, BUSY, NO_SUCH_NUMBER, OWN = -1, 0x58, 0x0B, 0x4FF
FAULTS = [0, BUSY, 0, OWN, HANG_UP, 0, 0, NO_SUCH_NUMBER, BUSY, 0, HANG_UP, 0, OWN, 0, 0, HANG_UP]
"""What the gateway answers to one message after another; the rest is taken."""

MESSAGE = Message("Outage", "Outage", "en", "Outage", "INC-2026-0001", "opened", "")


@pytest.fixture
async def sender(smsc):
    settings = {"id": "sms", "kind": "sms", "host": "127.0.0.1", "port": smsc.port}
    settings |= {"system_id": "vahta", "password": smsc.password, "from": "Vahta"}
    one = Sms(SmsSettings(**settings, per_second=1000.0))
    yield one
    await one.aclose()


async def told(sender, id_: str) -> list[Receipt | str]:
    """What became of each attempt at one delivery, until there is nothing to try any more."""
    receipts: list[Receipt | str] = []
    while not receipts or not isinstance(receipts[-1], Sent | Refused):
        try:
            receipts.append(await sender.send("79001234567", MESSAGE, id_))
        except NotSentError as error:
            receipts.append(error.reason)
    return receipts


async def test_nothing_is_lost_and_repeats_are_known(sender, smsc):
    smsc.statuses = list(FAULTS)
    ids = [f"{n}/all/sms" for n in range(20)]
    async with asyncio.timeout(50):
        outcomes = {id_: await told(sender, id_) for id_ in ids}
    sent = [id_ for id_, receipts in outcomes.items() if isinstance(receipts[-1], Sent)]
    refused = [id_ for id_, receipts in outcomes.items() if isinstance(receipts[-1], Refused)]
    copies = Counter(one.tlvs[0x0204] for one in smsc.taken)
    assert (len(sent), len(refused)) == (19, 1)
    assert len(copies) == len(sent)  # lost: 0, and nothing of what was refused
    doubtful = sum(
        isinstance(r, TryLater) and r.ambiguous for all_ in outcomes.values() for r in all_
    )
    assert doubtful == FAULTS.count(HANG_UP)
    assert copies.total() - len(sent) == doubtful
    texts = Counter((one.tlvs[0x0204], one.data) for one in smsc.taken)
    assert len(texts) == len(sent)  # a repeat is the same to the byte


async def test_what_is_said_at_once_is_told_apart_by_its_own_answer(sender, smsc):
    smsc.statuses = [0, BUSY, 0, NO_SUCH_NUMBER, 0, BUSY]
    receipts = await asyncio.gather(
        *(sender.send("79001234567", MESSAGE, f"{n}/all/sms") for n in range(6))
    )
    reasons = sorted("sent" if isinstance(one, Sent) else one.reason for one in receipts)
    assert reasons == ["sent", "sent", "sent", "smpp_58", "smpp_58", "smpp_b"]
    assert len(smsc.taken) == 3
