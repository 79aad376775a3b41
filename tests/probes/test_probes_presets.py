"""What sms, upload and status_sync can do beyond the plain journey."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from probes.catalog import kinds
from probes.document import SMALLEST, make_document
from probes.memory import Memory, Message
from probes.observation import Outcome, Reason

KINDS = kinds()


class Portal:
    """Answers each ``METHOD /path`` with what the test put there: JSON, or a whole answer."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    def app(self) -> web.Application:
        app = web.Application(client_max_size=8 * 1024**2)
        app.router.add_route("*", "/{path:.*}", self.any)
        return app

    async def any(self, request: web.Request) -> web.Response:
        name = f"{request.method} {request.path}"
        self.asked.append((name, dict(request.headers), await request.read()))
        made = self.pages.get(name, web.Response(status=404))
        made = made(request) if callable(made) else made
        if isinstance(made, int):
            return web.Response(status=made)
        return made if isinstance(made, web.Response) else web.json_response(made)

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.asked]


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
async def base(serve, portal: Portal) -> str:
    return str(await serve(portal.app()))


# ── sms ───────────────────────────────────────────────────────────────────────

HOOK = "a-token-of-the-gateway"


async def test_a_code_may_be_brought_to_us(again, memory: Memory, portal, base):
    def send(_: web.Request) -> dict[str, int]:
        assert memory.arrivals.bring(HOOK, Message("7", "Код 4821"))
        return {"id": 7}

    portal.pages = {"POST /send": send}
    settings = {"request_url": f"{base}/send", "hook": HOOK, "wait": "200ms"}
    assert (await again(0, "sms", **settings)).outcome is Outcome.UP


def test_what_is_brought_under_an_unknown_token_is_not_kept():
    arrivals = Memory().arrivals
    assert not arrivals.bring("guessed", Message("1", "x"))
    assert arrivals.look("guessed") == ()
    for number in range(99):
        assert arrivals.bring("guessed", Message(str(number), "x"))
    assert [message.id for message in arrivals.look("guessed")] == [str(n) for n in range(49, 99)]


@pytest.mark.parametrize(("arrives", "reason"), [(True, None), (False, Reason.CODE_NOT_ARRIVED)])
async def test_where_there_are_no_ids_the_right_message_is_the_new_one(
    check, portal, base, arrives, reason
):
    inbox = {"data": {"list": [{"body": "Код 1111"}]}}

    def send(_: web.Request) -> int:
        if arrives:
            inbox["data"]["list"].append({"body": "Код 2222"})
        return 204

    portal.pages = {"POST /send": send, "GET /in": lambda _: inbox, "POST /enter": 200}
    seen = await check(
        "sms", request_url=f"{base}/send", inbox_url=f"{base}/in", match="new", text="body",
        messages="$.data.list", wait="150ms", enter_url=f"{base}/enter",
        enter={"otp": "{code}", "n": 1},
    )  # fmt: skip
    assert seen.reason is reason, seen.detail
    if arrives:
        assert portal.asked[-1][2] == b'{"otp": "2222", "n": 1}'


async def test_a_code_that_is_refused_when_entered_is_a_rejected_login(check, portal, base):
    portal.pages = {
        "POST /send": {"id": 1}, "GET /in": [{"id": 1, "text": "1234"}], "POST /enter": 422,
    }  # fmt: skip
    seen = await check(
        "sms", request_url=f"{base}/send", inbox_url=f"{base}/in", enter_url=f"{base}/enter",
        wait="1s",
    )  # fmt: skip
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.LOGIN_REJECTED)


async def test_no_more_messages_are_asked_for_than_the_day_allows(again, portal, base):
    portal.pages = {"POST /send": {"id": 1}, "GET /in": [{"id": 1, "text": "1234"}]}
    settings = {
        "request_url": f"{base}/send", "inbox_url": f"{base}/in", "wait": "1s", "daily_cap": 2,
    }  # fmt: skip
    hours = [0, 1, 2, 11, 13]
    seen = [await again(hour * 3600, "sms", **settings) for hour in hours]
    assert [one.outcome for one in seen] == ["up", "up", "unknown", "unknown", "up"]
    assert "daily cap of 2 messages" in seen[2].detail
    assert portal.names.count("POST /send") == 3


# ── upload ────────────────────────────────────────────────────────────────────


async def test_a_document_goes_in_pieces(check, portal, base):
    def take(request: web.Request) -> int:
        return 201 if request.headers["Content-Range"] == "bytes 4096-5119/5120" else 308

    def give(_: web.Request) -> web.Response:
        return web.Response(body=b"".join(body for name, _, body in portal.asked if "PUT" in name))

    portal.pages = {"PUT /big": take, "GET /big": give, "DELETE /big": 204}
    settings = {"url": f"{base}/big", "send": "chunks", "size": "5KiB", "wait": "1s"}
    seen = await check("upload", chunk="2KiB", **settings)
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert portal.names == ["PUT /big"] * 3 + ["GET /big", "DELETE /big"]


async def test_a_document_goes_where_the_portal_says(check, portal, base):
    portal.pages = {
        "POST /documents": {"id": "d7", "put": {"url": f"{base}/bucket/x?sig=1"}},
        "PUT /bucket/x": 200,
        "GET /documents/d7": lambda _: web.Response(body=portal.asked[1][2]),
        "DELETE /documents/d7": 204,
    }
    seen = await check(
        "upload", url=f"{base}/documents", send="presigned", upload_url="$.put.url", wait="1s",
        content_url=f"{base}/documents/{{id}}", delete_url=f"{base}/documents/{{id}}",
        document="jpeg", ask={"file": "{name}", "bytes": "{size}", "type": "{type}"},
    )  # fmt: skip
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert b'"bytes": "65536", "type": "image/jpeg"' in portal.asked[0][2]


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", None])
async def test_an_address_that_is_none_is_not_uploaded_to(check, portal, base, url):
    portal.pages = {"POST /documents": {"id": "d7", "upload_url": url}}
    seen = await check(
        "upload", url=f"{base}/documents", send="presigned", wait="1s",
        content_url=f"{base}/{{id}}", delete_url=f"{base}/{{id}}",
    )  # fmt: skip
    assert seen.reason is Reason.UNEXPECTED_CONTENT
    assert len(portal.asked) == 1


async def test_a_document_that_processing_refuses_is_rejected_at_once(check, portal, base):
    portal.pages = {
        "POST /d": {"id": "7"}, "GET /d/7": {"state": "infected"}, "DELETE /d/7": 204,
    }  # fmt: skip
    where = dict.fromkeys(("state_url", "content_url", "delete_url"), f"{base}/d/{{id}}")
    seen = await check(
        "upload", url=f"{base}/d", state="state", failed=["infected"], wait="2s", **where
    )
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.UPLOAD_REJECTED)
    assert seen.seconds < 1


async def test_fields_of_the_form_go_with_the_document(check, portal, base):
    portal.pages = {"POST /d": 500}
    where = {"content_url": f"{base}/x", "delete_url": f"{base}/x"}
    await check("upload", url=f"{base}/d", fields={"kind": "паспорт"}, wait="1s", **where)
    body = portal.asked[0][2]
    assert body.index("паспорт".encode()) < body.index(b"%PDF")


async def test_what_could_not_be_deleted_is_kept_count_of_and_tried_again(
    again, memory: Memory, portal, base
):
    def give(request: web.Request) -> web.Response:
        put = request.path
        return web.Response(body=next(b for n, _, b in portal.asked if n == f"PUT {put}"))

    async def run(after: float, path: str, delete: Any):
        portal.pages |= {f"PUT {path}": 201, f"GET {path}": give, f"DELETE {path}": delete}
        settings = {"url": f"{base}{path}", "send": "raw", "size": "1KiB", "wait": "1s"}
        return await again(after, "upload", **settings)

    seen = await run(0, "/a", 500)
    assert (seen.outcome, "delete: HTTP 500" in seen.detail) == (Outcome.UP, True)
    assert memory.notes("p")["orphans"] == [f"{base}/a"]
    await run(1, "/b", 500)
    assert memory.notes("p")["orphans"] == [f"{base}/a", f"{base}/b"]
    portal.pages["DELETE /a"] = 404
    seen = await run(2, "/c", 204)
    assert seen.measures == {"orphans": 1}
    assert memory.notes("p")["orphans"] == [f"{base}/b"]


@pytest.mark.parametrize("size", [SMALLEST, 70_000, 65_535 * 2 + 300, 300_001])
def test_a_jpeg_has_exactly_the_size_asked_for_and_proper_segments(size):
    image = make_document("marker-1", size, "jpeg")
    assert len(image) == size
    at, kinds_seen = 2, []
    while image[at + 1] != 0xDA:
        assert image[at] == 0xFF
        kinds_seen.append(image[at + 1])
        at += 2 + int.from_bytes(image[at + 2 : at + 4], "big")
    assert kinds_seen[-5:] == [0xE0, 0xDB, 0xC0, 0xC4, 0xC4]
    assert image.endswith(b"\xff\xd9")
    assert b"Please ignore" in image
    assert b"marker-1" in image


# ── status_sync ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("account", "outcome", "reason"),
    [
        (["a"], Outcome.UP, None),
        (["old", "old", "a"], Outcome.DEGRADED, Reason.STATUS_STALE),
        (["old"], Outcome.DOWN, Reason.STATUS_MISMATCH),
    ],
)
async def test_two_places_must_agree(check, portal, base, account, outcome, reason):
    portal.pages = {
        "GET /office": {"case": {"stage": "a"}},
        "GET /me": lambda _: {"status": account.pop(0) if len(account) > 1 else account[0]},
    }
    seen = await check(
        "status_sync", mode="compare", registry_url=f"{base}/office", account_url=f"{base}/me",
        registry_field="$.case.stage", wait="300ms", late_after="40ms",
    )  # fmt: skip
    assert (seen.outcome, seen.reason) == (outcome, reason), seen.detail


KINDS["status_sync"].settings.model_validate(  # time zones are read with the config, not in a run
    {"id": "p", "component": "c", "kind": "status_sync", "mode": "age",
     "account_url": "http://a.example/", "timezone": "Europe/Moscow"}
)  # fmt: skip


@pytest.mark.parametrize(
    ("age", "outcome"), [(10, Outcome.UP), (120, Outcome.DEGRADED), (700, Outcome.DOWN)]
)
@pytest.mark.parametrize("written", ["iso", "zone", "naive", "number", "milliseconds", "http"])
@pytest.mark.parametrize("skew", [0, 3600])
async def test_a_timestamp_has_an_age_by_the_servers_own_clock(
    check, portal, base, noon, age, outcome, written, skew
):
    server = noon + timedelta(seconds=skew)
    at = server - timedelta(seconds=age)
    texts = {
        "iso": at.isoformat().replace("+00:00", "Z"),
        "zone": (at + timedelta(hours=3)).replace(tzinfo=None).isoformat() + "+03:00",
        "naive": (at + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%S"),
        "number": at.timestamp(),
        "milliseconds": int(at.timestamp() * 1000),
        "http": format_datetime(at, usegmt=True),
    }
    date = {"Date": format_datetime(server, usegmt=True)}
    portal.pages = {
        "GET /me": lambda _: web.json_response({"data": {"at": texts[written]}}, headers=date)
    }
    seen = await check(
        "status_sync", mode="age", account_url=f"{base}/me", field="$.data.at",
        timezone="Europe/Moscow", minor="1m", major="10m", wait="1s",
    )  # fmt: skip
    assert seen.outcome is outcome, seen.detail
    assert (seen.reason is Reason.STATUS_STALE) is (outcome is not Outcome.UP)
    # P31: a clock that goes wrong is mentioned, and no more.
    assert ("ahead" in seen.detail) is (outcome is Outcome.UP and skew > 0)


async def test_what_is_no_time_is_unexpected(check, portal, base):
    portal.pages = {"GET /me": {"at": "вчера"}}
    seen = await check("status_sync", mode="age", account_url=f"{base}/me", field="at", wait="1s")
    assert seen.reason is Reason.UNEXPECTED_CONTENT


# ── settings ──────────────────────────────────────────────────────────────────

BASE = {"id": "p", "component": "c"}
UPLOAD = {**BASE, "kind": "upload", "url": "http://a.example/"}
SYNC = {**BASE, "kind": "status_sync", "account_url": "http://a.example/"}
SMS = {**BASE, "kind": "sms", "request_url": "http://a.example/"}
RECEIPTS = {"host": "a.example", "system_id": "v", "password": "p", "number": "79000000000",
            "proof": "receipt"}  # fmt: skip
LOGIN = {**BASE, "kind": "login", "url": "http://a.example/", "username": "u", "password": "p",
         "success": "main"}  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (UPLOAD, "where is the document read and deleted"),
        ({**UPLOAD, "send": "chunks", "size": "1MiB", "chunk": "1KiB"}, "at most 64 pieces"),
        (SYNC, "needs registry_url"),
        ({**SYNC, "mode": "age", "minor": "2h"}, "minor must be shorter"),
        ({**SYNC, "mode": "age", "timezone": "Moscow"}, "time zone"),
        (SMS, "where do messages arrive"),
        ({**SMS, "hook": "x" * 16, "inbox_url": "http://a.example/"}, "where do messages arrive"),
        ({**SMS, "smpp": RECEIPTS, "match": "new"}, "leave out match, or smpp.proof"),
        ({**SMS, "smpp": RECEIPTS, "enter_url": "http://a.example/", "code": r"(\d)"},
         "leave out code, enter_url, or smpp.proof"),
        ({**LOGIN, "success": "$.a["}, "not a JSONPath"),
        ({**LOGIN, "token": "t"}, 'belong to style = "json"'),
        ({**LOGIN, "style": "json", "code_url": "http://a.example/"}, "code_url needs a code"),
        ({**LOGIN, "totp_secret": "JBSWY3DPEHPK3PXP", "sms": {"inbox_url": "http://a.example/"}},
         "not from both"),
        ({**LOGIN, "connection": {"key": "/k.pem"}}, "key needs certificate"),
        ({**LOGIN, "connection": {"ca": "ca.pem"}}, "whole path"),
        ({**LOGIN, "connection": {"resolve": {"a": "b"}}}, "does not appear to be an IP"),
        ({**LOGIN, "auth": {"kind": "ntlm"}}, "basic"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_work_is_refused_with_the_remedy(settings, words):
    with pytest.raises(ValidationError, match=words):
        KINDS[settings["kind"]].settings.model_validate(settings)
