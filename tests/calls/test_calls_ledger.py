"""What is kept of a call: encrypted, numbered by the year, and forgotten in time."""

import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from desk.calls.call import CALL_BACK_WITHIN, UNKNOWN, Answer, Draft
from desk.calls.cipher import Cipher, CipherError
from desk.calls.ledger import Ledger
from incidents.bursts import WINDOW, Count, past_of
from incidents.events import Medium
from incidents.store import Store
from vahta.calls import incident_of_call
from vahta.keys import key_in
from vahta.state import StateError

ZONE = ZoneInfo("Europe/Moscow")
START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
Clock = Any  # the fixture's
SAID = "Не приходит код, звонила дочь, паспорт 4510 123456"
WHOLE = Draft(
    SAID,
    Medium.CHAT,
    incident="ИНЦ-2026-0001",
    article="sms-code",
    component="sms",
    region="Тула",
    promised=True,
    escalated=True,
    looked_up_at=START - timedelta(seconds=40),
    repeat_of="ЗВ-2026-0001",
)


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("vahta.sqlite3*"))


async def test_a_call_is_found_again_as_it_was_noted(ledger: Ledger) -> None:
    noted = await ledger.note(WHOLE, operator="olga")
    found = await ledger.find(noted.number)
    assert found == noted
    assert found.draft.looked_up_at == WHOLE.looked_up_at
    assert (found.operator, found.at, found.draft.medium) == ("olga", START, Medium.CHAT)


async def test_the_text_is_masked_before_it_is_kept(ledger: Ledger) -> None:
    noted = await ledger.note(WHOLE, operator="olga")
    assert "123456" not in noted.text
    assert "123456" not in noted.draft.text
    assert noted.text.startswith("Не приходит код")


async def test_nothing_that_was_said_can_be_read_in_the_file(
    ledger: Ledger, tmp_path: Path
) -> None:
    await ledger.note(WHOLE, operator="olga")
    bytes_ = on_disk(tmp_path)
    assert b"olga" in bytes_
    for word in ("приходит", "дочь", "паспорт", "ПАСПОРТ", "123456"):
        assert word.encode() not in bytes_
        assert word.encode("utf-16-le") not in bytes_


async def test_without_its_key_a_call_has_no_text_but_its_number(
    store: Store, ledger: Ledger, clock: Clock
) -> None:
    noted = await ledger.note(WHOLE, operator="olga")
    other = Cipher(bytes([1] * 32))
    found = await Ledger(store, other, prefix="ЗВ", zone=ZONE, clock=clock).find(noted.number)
    assert found is not None
    assert (found.number, found.text) == (noted.number, "")


def test_another_key_opens_nothing() -> None:
    sealed = Cipher(bytes(32)).seal("тайна", number="ЗВ-2026-0001")
    with pytest.raises(CipherError, match="another key"):
        Cipher(bytes([1] * 32)).open(sealed, number="ЗВ-2026-0001")


async def test_one_text_cannot_be_put_in_another_s_place(store: Store, ledger: Ledger) -> None:
    first, second = [await ledger.note(Draft(t), operator="o") for t in ("одно", "другое")]
    await store.write(
        lambda db: db.execute(
            "UPDATE call SET text = (SELECT text FROM call WHERE number = ?) WHERE number = ?",
            [first.number, second.number],
        )
    )
    swapped = await ledger.find(second.number)
    assert swapped is not None
    assert swapped.text == ""


def test_the_same_text_never_looks_the_same_twice() -> None:
    cipher = Cipher(bytes(32))
    assert cipher.seal("код", number="1") != cipher.seal("код", number="1")


def test_the_key_is_its_owner_s_alone_and_stays_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "call.key"
    key = key_in(file, lose="it all")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key_in(file, lose="it all") == key
    assert len(key) == 32


def test_what_is_no_key_is_refused_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "call.key"
    file.write_bytes(b"short")
    with pytest.raises(StateError, match="is no key of 32 bytes: .* or remove it and lose it all"):
        key_in(file, lose="it all")


async def test_numbers_go_on_within_a_year_and_begin_anew_with_it(
    ledger: Ledger, clock: Clock
) -> None:
    first = [(await ledger.note(Draft("x"), operator="o")).number for _ in range(2)]
    clock.now = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)  # half past midnight in Moscow
    after = (await ledger.note(Draft("x"), operator="o")).number
    assert (*first, after) == ("ЗВ-2026-0001", "ЗВ-2026-0002", "ЗВ-2027-0001")


async def test_the_ten_thousandth_call_has_a_number_too(store: Store, ledger: Ledger) -> None:
    await ledger.note(Draft("x"), operator="o")
    await store.write(lambda db: db.execute("UPDATE call SET number = 'ЗВ-2026-9999'"))
    numbers = [(await ledger.note(Draft("x"), operator="o")).number for _ in range(2)]
    assert numbers == ["ЗВ-2026-10000", "ЗВ-2026-10001"]


async def test_a_clock_put_back_never_gives_a_number_twice(ledger: Ledger, clock: Clock) -> None:
    await ledger.note(Draft("x"), operator="o")
    clock.forward(days=-3)
    assert (await ledger.note(Draft("x"), operator="o")).number == "ЗВ-2026-0002"


async def test_texts_and_regions_are_erased_in_time_and_numbers_stay(
    ledger: Ledger, clock: Clock, tmp_path: Path
) -> None:
    old = await ledger.note(WHOLE, operator="o")
    clock.forward(days=89)
    new = await ledger.note(WHOLE, operator="o")
    clock.forward(days=2)
    assert await ledger.erase(older_than=timedelta(days=90)) == 1
    assert await ledger.erase(older_than=timedelta(days=90)) == 0
    forgotten, kept = await ledger.find(old.number), await ledger.find(new.number)
    assert forgotten is not None
    assert kept is not None
    assert (forgotten.text, forgotten.draft.region, forgotten.draft.symptom) == ("", None, "sms")
    assert kept.text


# ── promises ──


async def test_a_promise_is_due_within_a_day_until_it_is_kept(ledger: Ledger, clock: Clock) -> None:
    call = await ledger.note(Draft("x", promised=True), operator="o")
    await ledger.note(Draft("y"), operator="o")
    (waiting,) = await ledger.promised()
    assert (waiting.number, waiting.due_at) == (call.number, START + CALL_BACK_WITHIN)
    clock.forward(hours=3)
    assert await ledger.called_back(call.number)
    assert not await ledger.called_back(call.number)
    assert await ledger.promised() == []
    kept = await ledger.find(call.number)
    assert kept is not None
    assert (kept.called_back_at, kept.due_at) == (clock.now, None)


async def test_what_was_never_promised_cannot_be_kept(ledger: Ledger) -> None:
    call = await ledger.note(Draft("x"), operator="o")
    assert not await ledger.called_back(call.number)
    assert not await ledger.called_back("ЗВ-2026-9999")


# ── counting ──


async def test_callers_are_counted_once_however_often_they_ring(ledger: Ledger) -> None:
    first = await ledger.note(Draft("x", incident="A"), operator="o")
    await ledger.note(Draft("x", incident="A"), operator="o")
    await ledger.note(Draft("x", incident="A", repeat_of=first.number), operator="o")
    await ledger.note(Draft("x", incident="B"), operator="o")
    assert await ledger.callers(["A", "C"]) == {"A": 2}


async def test_only_what_nothing_explains_counts_towards_a_burst(
    ledger: Ledger, clock: Clock
) -> None:
    clock.forward(weeks=-1)
    first = await ledger.note(Draft("x", component="sms"), operator="o")
    clock.forward(weeks=1)
    await ledger.note(Draft("x", component="sms"), operator="o")
    await ledger.note(Draft("x", component="sms", incident="A"), operator="o")
    await ledger.note(Draft("x", component="sms", repeat_of=first.number), operator="o")
    await ledger.note(Draft("y"), operator="o")
    clock.forward(minutes=10)
    past = past_of(clock.now, ZONE, since=START - timedelta(weeks=5))
    own, others = await ledger.counts("sms", clock.now, past)
    assert (own, others) == (Count(1, 1), Count(1, 0))
    assert (await ledger.counts(UNKNOWN, clock.now, past))[0] == Count(1, 0)


async def test_a_window_ends_with_the_moment_and_leaves_out_its_begin(
    ledger: Ledger, clock: Clock
) -> None:
    await ledger.note(Draft("x"), operator="o")
    past = past_of(clock.now, ZONE, since=START)
    assert (await ledger.counts(UNKNOWN, START, past))[0].now == 1
    assert (await ledger.counts(UNKNOWN, START + WINDOW, past))[0].now == 0


async def test_what_made_an_incident_is_counted_on_it(ledger: Ledger, clock: Clock) -> None:
    early = await ledger.note(Draft("x", component="sms"), operator="o")
    clock.forward(minutes=20)
    late = await ledger.note(Draft("x", component="sms"), operator="o")
    await ledger.note(Draft("x", component="login"), operator="o")
    assert await ledger.attach("sms", START, "A") == 1
    before, after = await ledger.find(early.number), await ledger.find(late.number)
    assert before is not None
    assert after is not None
    assert (before.draft.incident, after.draft.incident) == (None, "A")
    assert await ledger.blamed("sms") == ["A"]


@pytest.mark.parametrize(
    ("draft", "answer", "symptom"),
    [
        (Draft("x", incident="A", component="sms"), Answer.INCIDENT, "sms"),
        (Draft("x", article="captcha"), Answer.ARTICLE, "captcha"),
        (Draft("x"), Answer.NOTHING, UNKNOWN),
    ],
    ids=["incident", "article", "nothing"],
)
def test_a_call_says_what_it_was_answered_with(draft: Draft, answer: Answer, symptom: str) -> None:
    assert (draft.answer, draft.symptom) == (answer, symptom)


async def test_the_tables_are_no_business_of_an_older_program(store: Store, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "vahta.sqlite3") as connection:
        (sql,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'call'").fetchone()
    connection.close()
    assert sql.rstrip().endswith("STRICT")


async def test_a_calls_number_in_a_text_leads_to_its_incident(ledger: Ledger, clock: Clock) -> None:
    lost = await ledger.note(Draft("не знаю"), operator="olga")
    call = await ledger.note(WHOLE, operator="olga")
    found = incident_of_call(ledger, "ЗВ", ZONE)
    assert call.number == "ЗВ-2026-0002"
    assert await found(f"звонит снова, номер {call.number.lower()}") == "ИНЦ-2026-0001"
    assert await found(f"его номер {lost.number}") is None
    assert await found("номер ЗВ-2026-0099") is None
