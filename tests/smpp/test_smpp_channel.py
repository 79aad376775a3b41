"""The sms channel against a gateway that throttles, hangs up, keeps silent and refuses."""

import asyncio
import logging
import ssl
import subprocess
from dataclasses import replace

import pytest
from pydantic import ValidationError

from notify.channels.sms import Sms, SmsSettings
from notify.message import Message
from notify.receipt import NotSentError, Refused, Sent, TryLater
from notify.writing.short import mark_of, short
from probes.smpp.parts import split

PASSWORD = "opensesame-and-longer-than-eight"
ANNA = "79001234567"
ID = "7/all/sms/0123456789abcdef"
FIRST = "Сбой. Коды из СМС: код не приходит, с 14:03"
LINK = f"https://vahta.example.org/ack/{'x' * 56}.{'0' * 32}"
"""As long as they are."""
MESSAGE = Message(
    subject="Сбой [ИНЦ-2026-0001]",
    text=f"{FIRST}\n\nНет входа.\n\nКак узнали: проба sms-main.\n\n"
    f"Взять в работу: {LINK}\n\n" + "Что сказать: подождите. " * 30 + "\n",
    lang="ru",
    first_line=FIRST,
    incident="ИНЦ-2026-0001",
    event="opened",
    at="2026-11-22T11:03:00+00:00",
    ack=LINK,
)
BRIEF = replace(MESSAGE, text=FIRST, ack="")
"""Of one part, with its mark."""


def settings(**changes):
    values = {"id": "sms", "kind": "sms", "host": "127.0.0.1", "from": "Vahta"}
    return SmsSettings(**{**values, "system_id": "vahta", "password": PASSWORD, **changes})


@pytest.fixture
async def made(smsc):
    """Makes the channel for the gateway of this test."""
    senders = []

    def make(**changes):
        senders.append(Sms(settings(**{"port": smsc.port, "per_second": 1000.0, **changes})))
        return senders[-1]

    yield make
    for sender in senders:
        await sender.aclose()


def said(part):
    skip = part.data[0] + 1 if part.esm_class == 0x40 else 0
    return part.data[skip:].decode("utf-16-be")


async def test_a_message_is_taken_part_by_part_and_reads_whole(made, smsc):
    assert await made().send(ANNA, MESSAGE, ID) == Sent("id-3")
    assert [one.recipient for one in smsc.ledger] == [(1, 1, ANNA)] * 3
    assert {one.sender for one in smsc.ledger} == {(5, 0, "Vahta")}
    headers = [one.data[:6] for one in smsc.ledger]
    reference = headers[0][3]
    assert headers == [bytes([5, 0, 3, reference, 3, n]) for n in (1, 2, 3)]
    text = "".join(map(said, smsc.ledger))
    lines = text.split("\n")
    assert lines[:2] == [FIRST, LINK]
    assert "Нет входа." in lines
    assert lines[-1] == mark_of(MESSAGE, ID)
    assert said(smsc.ledger[0]).startswith(FIRST)


async def test_a_repeat_is_the_same_to_the_byte_and_another_message_is_not(made, smsc):
    sender = made()
    for id_ in (ID, ID, "8/all/sms/0123456789abcdef"):
        await sender.send(ANNA, MESSAGE, id_)
    first, again, other = (smsc.ledger[n : n + 3] for n in (0, 3, 6))
    assert first == again
    assert all(one.tlvs[0x0204] != two.tlvs[0x0204] for one, two in zip(first, other, strict=True))
    assert said(first[2]) != said(other[2])
    assert len({one.tlvs[0x0204] for one in first}) == 1


async def test_latin_takes_one_part_of_160_typographer_s_signs_or_not(made, smsc):
    message = replace(
        BRIEF, text="Outage — “codes”…", first_line="Outage — “codes”…", incident="INC-1"
    )
    assert await made().send(ANNA, message, ID) == Sent("id-1")
    [part] = smsc.ledger
    assert (part.coding, part.esm_class) == (0, 0)
    assert part.data.decode("ascii") == f'Outage - "codes"...\n{mark_of(message, ID)}'


async def test_a_gateway_with_another_alphabet_gets_ucs2(made, smsc):
    await made(alphabet="latin1").send(ANNA, replace(BRIEF, text="x", first_line="x"), ID)
    assert smsc.ledger[0].coding == 8


def test_the_first_line_fits_into_the_first_part_however_long_it_is():
    long = replace(MESSAGE, first_line="Сбой " + "слово " * 30, text="Сбой " + "слово " * 30)
    first = short(long, "#1", most=3).split("\n")[0]
    assert len(first) <= 67
    assert first.endswith("слово…")
    assert short(long, "#ИНЦ-2026-0001.5ad", most=1) == first


def test_the_line_that_says_more_may_cost_a_part_and_the_rest_may_not():
    word = replace(
        MESSAGE,
        ack="",
        text=f"{FIRST}\n\nОператор связи чинит шлюз, до 15:00.\n\n{'Далее. ' * 40}\nДа.\n",
    )
    assert short(word, "#1", most=3) == f"{FIRST}\nОператор связи чинит шлюз, до 15:00.\nДа.\n#1"
    assert len(split(short(word, "#1", most=3))) == 2
    assert short(word, "#1", most=1) == f"{FIRST}\nДа.\n#1"


def test_a_message_about_no_incident_has_its_lines_all_the_same():
    word = replace(MESSAGE, incident="", ack="", text=f"{FIRST}\n\nПодробно.\n")
    assert "Подробно." in short(word, mark_of(word, ID), most=3)


def test_a_link_that_does_not_fit_whole_is_left_out():
    link = "https://v.example/ack/" + "x" * 300
    long = replace(MESSAGE, ack=link, text=f"{FIRST}\n\nВзять в работу: {link}\n")
    assert "https" not in short(long, "#1", most=3)


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("+7 900 000-00-00", (1, 1, "79000000000")),
        ("1234", (3, 0, "1234")),
        ("Vahta", (5, 0, "Vahta")),
    ],
)
async def test_the_sender_has_the_type_that_gateways_want(made, smsc, sender, expected):
    await made(**{"from": sender}).send(ANNA, BRIEF, ID)
    assert smsc.ledger[0].sender == expected


async def test_messages_share_a_bind_and_say_good_bye(made, smsc, until):
    sender = made(bind="transmitter")
    receipts = await asyncio.gather(*(sender.send(ANNA, BRIEF, str(n)) for n in range(20)))
    assert {one.ref for one in receipts} == {f"id-{n}" for n in range(1, 21)}
    assert smsc.binds == [("transmitter", "vahta")]
    await sender.aclose()
    await until(lambda: 0x06 in smsc.heard)


async def test_parts_are_paced(made):
    sender, loop = made(per_second=20.0), asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.gather(*(sender._turn() for _ in range(4)))
    assert loop.time() - begun >= 3 / 20 - 0.01  # the first goes at once; slowness only adds


# ── what becomes of it ──


@pytest.mark.parametrize(
    ("code", "receipt"),
    [
        (0x58, TryLater("smpp_58", after=10.0, detail="0x00000058 too many messages a second")),
        (0x14, TryLater("smpp_14", after=10.0, detail="0x00000014 the gateway's queue is full")),
        (0x08, TryLater("smpp_8", detail="0x00000008 system error")),
        (0x45, TryLater("smpp_45", detail="0x00000045 the message was not taken")),
        (0x40B, TryLater("smpp_40b", detail="0x0000040B")),
        (0x0B, Refused("smpp_b", "0x0000000B invalid recipient")),
        (0x0A, Refused("smpp_a", "0x0000000A invalid sender")),
        (0x66, Refused("smpp_66", "0x00000066 refused by the recipient's side")),
    ],
    ids=lambda value: hex(value) if isinstance(value, int) else None,
)
async def test_a_status_decides_whether_trying_again_can_help(made, smsc, code, receipt):
    smsc.statuses = [code]
    sender = made()
    assert await sender.send(ANNA, BRIEF, ID) == receipt
    assert await sender.send(ANNA, BRIEF, ID) == Sent("id-2")
    assert len(smsc.binds) == 1  # no status ends the bind


async def test_a_later_part_that_is_throttled_may_have_arrived_in_part(made, smsc):
    smsc.statuses = [0, 0x58]
    receipt = await made().send(ANNA, MESSAGE, ID)
    assert (receipt.reason, receipt.after, receipt.ambiguous) == ("smpp_58", 10.0, True)
    assert len(smsc.ledger) == 2


async def test_nothing_has_left_where_nobody_listens(made, closed_port):
    with pytest.raises(NotSentError) as error:
        await made(port=closed_port).send(ANNA, BRIEF, ID)
    assert (error.value.reason, error.value.detail) == ("connect", "Connection refused")
    with pytest.raises(NotSentError) as error:
        await made(host="smsc..invalid").send(ANNA, BRIEF, ID)
    assert error.value.detail == "the host's name is not found"


async def test_a_wrong_password_is_told_and_leaves_time_to_put_it_right(made, smsc):
    receipt = await made(password="wrong").send(ANNA, BRIEF, ID)
    assert receipt == TryLater("bind_refused", after=60.0, detail="0x0000000E invalid password")
    assert smsc.ledger == []


async def test_a_gateway_with_no_room_for_a_bind_is_asked_again_soon(made, smsc):
    smsc.bind_status = 0x05
    with pytest.raises(NotSentError) as error:
        await made().send(ANNA, BRIEF, ID)
    assert error.value.detail == "0x00000005 already bound"


async def test_a_bind_that_is_not_answered_has_left_nothing(made, smsc):
    smsc.mute = {0x09}
    with pytest.raises(NotSentError, match="bind"):
        await made(answer_within="200ms").send(ANNA, BRIEF, ID)


async def test_a_gateway_that_hangs_up_after_the_message_may_have_taken_it(made, smsc):
    smsc.hangs_up_after = {0x04}
    sender = made()
    receipt = await sender.send(ANNA, BRIEF, ID)
    assert (receipt.reason, receipt.ambiguous) == ("no_answer", True)
    smsc.hangs_up_after = set()
    assert await sender.send(ANNA, BRIEF, ID) == Sent("id-2")
    assert smsc.ledger[0] == smsc.ledger[1]


async def test_a_gateway_that_keeps_silent_may_have_taken_it(made, smsc):
    smsc.mute = {0x04}
    receipt = await made(answer_within="200ms").send(ANNA, BRIEF, ID)
    assert receipt == TryLater("no_answer", ambiguous=True, detail="no answer")
    assert len(smsc.ledger) == 1


async def test_a_gateway_that_was_restarted_is_bound_to_again(made, smsc, until):
    sender = made()
    await sender.send(ANNA, BRIEF, ID)
    await smsc.stop()
    await smsc.start()
    await until(lambda: len(smsc.binds) == 2)
    assert await sender.send(ANNA, BRIEF, ID) == Sent("id-2")


async def test_a_gateway_that_no_longer_answers_is_let_go(made, smsc, until):
    sender = made(enquire="100ms", answer_within="500ms")
    await sender.send(ANNA, BRIEF, ID)
    await until(lambda: 0x15 in smsc.heard)
    smsc.mute = {0x15}
    await until(lambda: len(smsc.binds) == 2)


async def test_a_receipt_is_in_the_log_and_what_it_quotes_is_not(made, smsc, until, caplog):
    caplog.set_level(logging.DEBUG)
    await made(receipts=True).send(ANNA, BRIEF, ID)
    assert smsc.ledger[0].receipt == 1
    sequence = smsc.deliver(b"id:id-1 stat:DELIVRD text:CANARY-71", coding=0, esm_class=4)
    await until(lambda: smsc.answers.get(sequence) == 0)
    logged = caplog.text
    assert "message id-1 is DELIVRD" in logged
    assert not [word for word in ("CANARY-71", PASSWORD, ANNA) if word in logged]


# ── settings ──


@pytest.mark.parametrize(
    "changes",
    [
        {"to": ["anna"]},
        {"to": ["89"]},
        {"from": "Вахта"},
        {"from": "longer-than-eleven"},
        {"parts": 0},
        {"per_second": 0},
        {"bind": "receiver"},
        {"sistem_type": "x"},
        {"password": "пароль"},
        {"system_id": "вахта"},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused(changes):
    with pytest.raises(ValidationError):
        settings(**changes)


def test_neither_password_nor_numbers_are_in_errors():
    with pytest.raises(ValidationError) as error:
        settings(to=["secret-number"], password=7)
    assert "secret-number" not in str(error.value)


# ── TLS ──


@pytest.fixture
def certificate(needs, tmp_path):
    """A self-signed one for 127.0.0.1: its file and its key."""
    file, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    subprocess.run(
        [needs("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", file, "-days", "2", "-subj", "/CN=smsc",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return file, key


async def test_tls_is_spoken_with_whom_is_trusted_alone(made, smsc, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    await smsc.stop()
    await smsc.start(tls=context)
    with pytest.raises(NotSentError) as error:
        await made(tls=True).send(ANNA, BRIEF, ID)
    assert (error.value.reason, error.value.detail) == ("tls", "CERTIFICATE_VERIFY_FAILED")
    assert smsc.binds == []  # not even the password has left
    assert await made(tls=True, ca=certificate[0]).send(ANNA, BRIEF, ID) == Sent("id-1")
