"""Codes by SMS at a portal with keys, paths and texts of its own."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from probes.observation import Outcome, Reason


class Gateway:
    """Delivers after ``delay`` s what ``message`` makes of the number it was asked with."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.inbox: list[dict[str, object]] = [{"ref": 1, "body": "Ваш код 1111"}]
        self.delay = 0.0
        self.text = "Ваш код 4821, никому не говорите"
        self.arrives = True
        self.ref: object = None
        self.inbox_takes = 0.0
        self.answer: web.Response | None = None

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/otp", self.send)
        app.router.add_get("/letters", self.letters)
        return app

    async def send(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        number = len(self.asked) + 100
        loop = asyncio.get_running_loop()
        if self.arrives:
            message = {"ref": self.ref or number, "body": self.text}
            loop.call_later(self.delay, self.inbox.append, message)
        return self.answer or web.json_response({"ref": number})

    async def letters(self, _: web.Request) -> web.Response:
        await asyncio.sleep(self.inbox_takes)
        return web.json_response(self.inbox)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def ask(check, serve, gateway: Gateway):
    async def run(**more):
        base = await serve(gateway.app())
        settings = {
            "request_url": f"{base}/otp",
            "request": {"to": "robot"},
            "inbox_url": f"{base}/letters",
            "message_id": "ref",
            "text": "body",
            "wait": "300ms",
        }
        return await check("sms", **(settings | more))

    return run


async def test_a_code_that_arrives_is_up(ask, gateway):
    seen = await ask()
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert gateway.asked == [{"to": "robot"}]


async def test_the_wait_is_a_step_and_only_the_last_look_is_kept(ask, gateway):
    gateway.delay = 0.12
    seen = await ask()
    assert [step.name for step in seen.steps] == ["request", "inbox", "arrival"]
    assert seen.steps[-1].seconds >= 0.1


async def test_a_code_that_comes_late_is_degraded(ask, gateway):
    gateway.delay = 0.15
    seen = await ask(late_after="50ms")
    assert (seen.outcome, seen.reason) == (Outcome.DEGRADED, Reason.CODE_LATE)


async def test_a_slow_inbox_does_not_make_the_code_late(ask, gateway):
    gateway.inbox_takes = 0.1
    seen = await ask(late_after="60ms", slow_after="60ms")
    assert (seen.outcome, seen.reason) == (Outcome.DEGRADED, Reason.SLOW)


async def test_a_code_that_never_comes_is_down(ask, gateway):
    gateway.arrives = False
    seen = await ask()
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.CODE_NOT_ARRIVED)
    assert seen.detail.endswith("no message within 0.3 s")


async def test_an_old_message_sent_again_is_not_taken_for_the_new_one(ask, gateway):
    gateway.ref = 1
    seen = await ask()
    assert seen.reason is Reason.CODE_NOT_ARRIVED
    assert "older" in seen.detail


async def test_a_foreign_message_is_not_taken_for_ours(ask, gateway):
    gateway.ref, gateway.delay = 999, 0.1
    seen = await ask()
    assert seen.reason is Reason.CODE_NOT_ARRIVED
    assert "another" in seen.detail


@pytest.mark.parametrize("text", ["Код: ////", "номер 123456789012", ""])
async def test_a_message_without_a_code_is_no_arrival(ask, gateway, text):
    gateway.text = text
    seen = await ask()
    assert seen.reason is Reason.CODE_NOT_ARRIVED
    assert "without a code" in seen.detail


async def test_the_code_may_look_as_the_configuration_says(ask, gateway):
    gateway.text = "Пароль: АБВ-12"
    assert (await ask(code=r"([А-Я]{3}-\d{2})")).outcome is Outcome.UP


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, {}, Reason.HTTP_5XX),
        (403, {}, Reason.HTTP_403),
        (429, {}, Reason.HTTP_4XX),
        (202, {}, Reason.CODE_NOT_SENT),
        (202, [], Reason.CODE_NOT_SENT),
        (202, {"ref": ""}, Reason.CODE_NOT_SENT),
    ],
)
async def test_a_request_that_is_refused_says_how(ask, gateway, status, body, reason):
    gateway.answer = web.json_response(body, status=status)
    assert (await ask()).reason is reason


async def test_no_code_and_no_number_reach_the_observation(ask, gateway):
    gateway.text, gateway.delay = "Пароль: АБВ-12", 0.05
    seen = await ask(request={"to": "+7 900 123-45-67"}, late_after="1ms", code="(АБВ-12)")
    assert seen.reason is Reason.CODE_LATE
    assert "АБВ-12" not in repr(seen)
    assert "123-45-67" not in repr(seen)
