"""Status changes from a registry to an account, both of which speak their own way."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from probes.observation import Outcome, Reason


class Office:
    """A registry, and an account that follows it after ``lag`` s, or shows ``wrong``."""

    def __init__(self) -> None:
        self.account = {"stage": "принято"}
        self.written: list[dict[str, object]] = []
        self.lag = 0.0
        self.follows = True
        self.wrong = ""
        self.status = 200

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/backoffice/42", self.write)
        app.router.add_get("/me/cases/42", self.show)
        return app

    async def write(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.written.append(body)
        value = self.wrong or body["change"]["stage"]
        if self.follows:
            asyncio.get_running_loop().call_later(
                self.lag, self.account.__setitem__, "stage", value
            )
        return web.Response(status=self.status)

    async def show(self, _: web.Request) -> web.Response:
        return web.json_response(self.account)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def sync(check, serve, office: Office):
    async def run(**more):
        base = await serve(office.app())
        settings = {
            "registry_url": f"{base}/backoffice/42",
            "registry_method": "POST",
            "registry": {"change": {"stage": "{value}"}, "by": "robot", "times": 1},
            "account_url": f"{base}/me/cases/42",
            "field": "stage",
            "wait": "250ms",
        }
        return await check("status_sync", **(settings | more))

    return run


async def test_a_change_that_arrives_is_up(sync, office):
    seen = await sync()
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert [step.name for step in seen.steps] == ["before", "registry", "account", "arrival"]


async def test_every_run_writes_a_fresh_value_into_the_given_shape(sync, office):
    await sync()
    await sync()
    first, second = office.written
    assert (first["by"], first["times"]) == ("robot", 1)
    assert first["change"] != second["change"]


async def test_a_change_that_comes_late_is_stale(sync, office):
    office.lag = 0.12
    seen = await sync(late_after="50ms")
    assert (seen.outcome, seen.reason) == (Outcome.DEGRADED, Reason.STATUS_STALE)


async def test_an_account_that_keeps_the_old_status_never_changed(sync, office):
    office.follows = False
    seen = await sync()
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.STATUS_NEVER)


async def test_an_account_that_shows_a_third_status_mismatches(sync, office):
    office.wrong = "отказано"
    seen = await sync()
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.STATUS_MISMATCH)


async def test_a_registry_that_refuses_is_judged_by_its_status(sync, office):
    office.status = 503
    assert (await sync()).reason is Reason.HTTP_5XX


async def test_an_account_without_the_status_is_unexpected(sync, office):
    office.account = {}
    assert (await sync()).reason is Reason.UNEXPECTED_CONTENT
