"""What a message is completed with as it leaves: the recipient's own link, who else, and why."""

from zoneinfo import ZoneInfo

import pytest

from notify.ack.grant import Grants
from notify.message import Message
from notify.oncall.engineer import Engineer
from notify.receipt import Sent
from notify.writing.filling import ACKNOWLEDGE, OTHERS, WHY, Parts, filled

ANNA = Engineer("anna", {"ru": "Анна"}, "ru", ZoneInfo("Europe/Moscow"))
BASE = "https://vahta.example"


@pytest.fixture
async def told(make_world):
    """A world whose carriers keep the messages, by recipient."""
    world = make_world()
    world.notifier.courier.grants = Grants(bytes(32), BASE, {("mail", "ann"): ANNA})
    messages = {}

    def keep(recipient, message):
        messages.setdefault(recipient, []).append(message)
        return Sent(f"ref-{len(messages[recipient])}")

    for carrier in world.carriers.values():
        carrier.answer = keep
    world.messages = messages
    yield world
    await world.store.close()


async def tell(world, *events):
    for event in events:
        await world.happens(event)
        await world.plan()
        await world.send()


def test_a_place_for_which_there_is_nothing_goes_with_its_line():
    text = f"Сбой\n\n{ACKNOWLEDGE}\nНомер\n{OTHERS}\n{WHY}\nПортал\n"
    message = Message("s", text, "ru", "Сбой", "ИНЦ-2026-0001", "opened", "", ack=ACKNOWLEDGE)
    assert filled(message, Parts()).text == "Сбой\n\nНомер\nПортал\n"
    assert filled(message, Parts()).ack == ""


async def test_each_recipient_gets_a_link_of_their_own(told, story):
    await tell(told, story.opened())
    links = {who: messages[0].ack for who, messages in told.messages.items()}
    assert len(set(links.values())) == 3
    for who, link in links.items():
        assert f"Взять в работу: {link}\n" in told.messages[who][0].text
    grants, now = told.notifier.courier.grants, told.clock()
    assert grants.read(links["ann"].rpartition("/")[2], now).actor == "anna"
    assert grants.read(links["bot"].rpartition("/")[2], now).actor == "bot"


async def test_the_outbox_holds_no_link(told, story):
    await tell(told, story.opened())
    assert all("/ack/" not in row["message"] for row in await told.rows())


async def test_an_end_has_nothing_to_acknowledge(told, story):
    await tell(told, story.opened(), story.resolved())
    assert told.messages["ann"][1].ack == ""
    assert "Взять в работу" not in told.messages["ann"][1].text


async def test_everybody_reads_who_else_was_told_and_why(told, story):
    await tell(told, story.opened())
    text = told.messages["bob"][0].text
    assert "Кому ещё сообщили: Анна и bot (1 адресат)\n" in text
    assert "Почему вам: маршрут «all».\n" in text
    assert "bob" not in told.messages["ann"][0].text


async def test_what_follows_knows_what_came_first(told, story):
    await tell(told, story.opened(), story.said("чиним"), story.resolved())
    first, *rest = told.messages["ann"]
    [opening] = [
        row["id"]
        for row in await told.rows()
        if (row["recipient"], row["event"]) == ("ann", "opened")
    ]
    assert first.thread == ""
    assert {message.thread for message in rest} == {opening}


async def test_a_sender_that_amends_is_told_what_the_provider_calls_the_latest(told, story):
    amended = []

    async def amend(recipient, message, delivery_id, previous):
        amended.append((recipient, message.event, previous))
        return Sent("ref-amended")

    told.carriers["bot"].amend = amend
    await tell(told, story.opened(), story.said("чиним"), story.said("почти"))
    assert amended == [("bot", "updated", "ref-1"), ("bot", "updated", "ref-amended")]
    assert len(told.messages["ann"]) == 3


async def test_nobody_is_told_that_they_were_told_by_another_channel(told, story):
    told.notifier.courier.grants.engineers["bot", "bot"] = ANNA
    await tell(told, story.opened())
    assert "Кому ещё сообщили: mail (1 адресат)\n" in told.messages["ann"][0].text
    assert "Кому ещё сообщили: Анна\n" in told.messages["bob"][0].text
