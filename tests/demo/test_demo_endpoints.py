"""Each healthy endpoint to the letter of the portal's surface."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser
from yarl import URL

MIB = 1024 * 1024


async def test_a_code_arrives_with_the_id_of_its_sending(portal, time):
    sent = await portal.ask("POST", "/sms/send", json={"phone": "+7 900 000-00-00"})
    assert sent.status == 202
    time.passes(0.2)
    inbox = await portal.ask("GET", "/sms/inbox?phone=%2B79000000000")
    (message,) = await inbox.json()
    assert message["id"] == (await sent.json())["id"]
    assert message["phone"] == "+7 900 000-00-00"
    assert message["received_at"] == "2026-11-22T09:30:00.200Z"
    before, _, after = message["text"].partition(": ")
    assert (before, after[6:]) == ("Код для входа", ". Никому его не сообщайте.")
    assert after[:6].isdecimal()


async def test_a_code_is_not_in_the_inbox_before_the_gateway_has_delivered_it(portal, time):
    await portal.ask("POST", "/sms/send", json={"phone": "+79000000000"})
    time.passes(0.1)
    assert await (await portal.ask("GET", "/sms/inbox?phone=+79000000000")).json() == []


async def test_the_inbox_keeps_the_last_twenty_oldest_first(portal, time):
    ids = []
    for _ in range(23):
        sent = await portal.ask("POST", "/sms/send", json={"phone": "+79000000000"})
        ids.append((await sent.json())["id"])
        time.passes(0.2)
    messages = await (await portal.ask("GET", "/sms/inbox?phone=+79000000000")).json()
    assert [m["id"] for m in messages] == ids[3:]


async def test_each_number_has_an_inbox_of_its_own(portal, time):
    await portal.ask("POST", "/sms/send", json={"phone": "+79000000001"})
    time.passes(1)
    assert await (await portal.ask("GET", "/sms/inbox?phone=+79000000002")).json() == []


@pytest.mark.parametrize("body", [b"{}", b'{"phone": "hello"}', b'{"phone": 79000000000}', b"x"])
async def test_what_is_not_a_phone_number_is_400(portal, body):
    assert (await portal.ask("POST", "/sms/send", data=body)).status == 400


async def test_a_stale_gateway_delivers_the_old_id_and_code_again(portal, time):
    first = await (await portal.ask("POST", "/sms/send", json={"phone": "+79000000000"})).json()
    time.passes(1)
    await portal.break_("sms", "stale")
    await portal.ask("POST", "/sms/send", json={"phone": "+79000000000"})
    time.passes(1)
    old, again = await (await portal.ask("GET", "/sms/inbox?phone=+79000000000")).json()
    assert old["id"] == again["id"] == first["id"]
    assert old["text"] == again["text"]


async def test_a_document_is_processed_then_comes_back_unchanged(portal, time, sha256):
    content = bytes(range(256)) * 100
    uploaded = await portal.upload(content)
    assert uploaded.status == 201
    document = await uploaded.json()
    assert document["status"] == "processing"
    assert set(document) == {"id", "status"}
    path = f"/documents/{document['id']}"
    assert (await (await portal.ask("GET", path)).json())["status"] == "processing"
    assert (await portal.ask("GET", f"{path}/content")).status == 409
    time.passes(0.2)
    assert await (await portal.ask("GET", path)).json() == {
        "id": document["id"],
        "status": "ready",
        "sha256": sha256(content),
        "size": len(content),
    }
    back = await portal.ask("GET", f"{path}/content")
    assert await back.read() == content
    assert back.headers["Content-Disposition"] == "attachment"


async def test_a_deleted_document_is_gone(portal):
    path = f"/documents/{(await (await portal.upload(b'x')).json())['id']}"
    assert (await portal.ask("DELETE", path)).status == 204
    assert (await portal.ask("GET", path)).status == 404
    assert (await portal.ask("DELETE", path)).status == 404


async def test_two_mebibytes_are_taken_and_one_byte_more_is_not(portal):
    assert (await portal.upload(b"x" * 2 * MIB)).status == 201
    assert (await portal.upload(b"x" * (2 * MIB + 1))).status == 413


async def test_only_the_newest_fifty_documents_are_kept(portal):
    ids = [(await (await portal.upload(b"%d" % n)).json())["id"] for n in range(51)]
    assert (await portal.ask("GET", f"/documents/{ids[0]}")).status == 404
    assert (await portal.ask("GET", f"/documents/{ids[1]}")).status == 200


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=b", b"--b\r\nno end"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nnameless\r\n--b--\r\n"),
    ],
)
async def test_a_body_without_a_file_is_400(portal, kind, body):
    answer = await portal.ask("POST", "/documents", data=body, headers={"Content-Type": kind})
    assert answer.status == 400


async def test_a_stale_portal_gives_back_an_earlier_document(portal, time):
    await portal.upload(b"the earlier one")
    document = await (await portal.upload(b"the new one")).json()
    time.passes(1)
    await portal.break_("upload", "stale")
    content = await portal.ask("GET", f"/documents/{document['id']}/content")
    assert await content.read() == b"the earlier one"


async def test_the_very_first_document_is_stale_too(portal, time):
    await portal.break_("upload", "stale")
    document = await (await portal.upload(b"the only one")).json()
    time.passes(1)
    content = await portal.ask("GET", f"/documents/{document['id']}/content")
    assert await content.read() not in {b"", b"the only one"}


async def test_an_empty_document_is_corrupted_too(portal, time):
    await portal.break_("upload", "corrupt")
    document = await (await portal.upload(b"")).json()
    time.passes(1)
    assert await (await portal.ask("GET", f"/documents/{document['id']}/content")).read() != b""


async def test_a_status_reaches_the_account_after_the_lag(portal, time):
    told = await portal.ask("PUT", "/registry/applications/A-1", json={"status": "Принято"})
    assert told.status == 200
    assert (await portal.ask("GET", "/api/applications/A-1")).status == 404
    time.passes(0.2)
    account = await portal.ask("GET", "/api/applications/A-1")
    assert await account.json() == {
        "id": "A-1",
        "status": "Принято",
        "updated_at": "2026-11-22T09:30:00.000Z",
    }


async def test_the_canary_application_is_there_from_the_first_moment(portal):
    account = await portal.ask("GET", "/api/applications/canary")
    assert (await account.json())["status"] == "Подано"


async def test_an_application_nobody_wrote_is_404_even_when_stale(portal):
    await portal.break_("status_sync", "stale")
    assert (await portal.ask("GET", "/api/applications/A-1")).status == 404


async def test_a_frozen_account_shows_a_status_from_before_even_for_a_new_application(portal, time):
    await portal.break_("status_sync", "stale")
    await portal.ask("PUT", "/registry/applications/A-1", json={"status": "Принято"})
    time.passes(60)
    account = await (await portal.ask("GET", "/api/applications/A-1")).json()
    assert account["status"] != "Принято"
    assert account["updated_at"] < "2026-11-22T09:30:00.000Z"


async def test_a_frozen_account_catches_up_when_healed(portal, time):
    await portal.break_("status_sync", "stale")
    await portal.ask("PUT", "/registry/applications/A-1", json={"status": "Принято"})
    time.passes(60)
    await portal.ask("DELETE", "/faults")
    account = await (await portal.ask("GET", "/api/applications/A-1")).json()
    assert account["status"] == "Принято"


@pytest.mark.parametrize("body", [b"{}", b'{"status": ""}', b'{"status": 5}', b"{"])
async def test_a_bad_status_is_400(portal, body):
    answer = await portal.ask("PUT", "/registry/applications/A-1", data=body)
    assert answer.status == 400


async def test_an_impossible_application_id_is_400(portal):
    answer = await portal.ask("PUT", "/registry/applications/a%20b", json={"status": "x"})
    assert answer.status == 400


async def test_a_plain_service_carries_its_marker(portal):
    answer = await portal.ask("GET", "/services/payments")
    page = LexborHTMLParser(await answer.text())
    assert page.css_first("[data-service='payments']") is not None
    assert "Готово" in page.html
    assert answer.content_type == "text/html"


async def test_documents_the_service_and_uploads_are_different_components(portal):
    await portal.break_("documents", "down")
    assert (await portal.upload(b"x")).status == 201
    await portal.break_("documents", "ok")
    await portal.break_("upload", "down")
    assert (await portal.ask("GET", "/services/documents")).status == 200


@pytest.mark.parametrize("prefix", ["/portal", "/some/where"])
async def test_the_portal_works_wherever_it_is_mounted(start_portal, prefix):
    portal = await start_portal(prefix)
    signed_in = await portal.sign_in()
    account = await portal.session.get(signed_in.url.join(_location(signed_in)))
    assert account.url.path == f"{prefix}/account"
    assert 'data-user="demo"' in await account.text()
    control = await portal.session.get(portal.base)
    assert control.url.path == f"{prefix}/"


def _location(answer):
    return URL(answer.headers["Location"])
