"""Every way of breaking does what it says to its component, and nothing to the other eleven."""

from __future__ import annotations

import asyncio

import pytest

MODES = ("ok", "down", "slow", "error_500", "error_403", "late", "lost", "corrupt", "stale")
OF_LOGIN = ("captcha", "locked", "expired", "rejected", "no_csrf")
SERVICES = (
    "home",
    "search",
    "payments",
    "appointments",
    "documents",
    "notifications",
    "signature",
    "support_chat",
)
COMPONENTS = ("login", "sms", "upload", "status_sync", *SERVICES)


def symptom(component: str, mode: str) -> str:
    """What the citizen sees: two pairs of faults look the same from outside."""
    if component in SERVICES and mode == "late":
        return "slow"
    if component == "status_sync" and mode == "stale":
        return "lost"
    return mode


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("component", COMPONENTS)
async def test_a_fault_breaks_its_component_in_its_own_way_and_no_other(
    portal, citizen, component, mode
):
    await portal.break_(component, mode)
    seen = {name: await citizen.try_(name) for name in COMPONENTS}
    assert seen == dict.fromkeys(COMPONENTS, "ok") | {component: symptom(component, mode)}


@pytest.mark.parametrize("mode", OF_LOGIN)
async def test_a_fault_of_signing_in_is_its_own_and_breaks_no_other(portal, citizen, mode):
    await portal.break_("login", mode)
    seen = {name: await citizen.try_(name) for name in COMPONENTS}
    assert seen == dict.fromkeys(COMPONENTS, "ok") | {"login": mode}
    await portal.ask("DELETE", "/faults")
    assert await citizen.try_("login") == "ok"


@pytest.mark.parametrize("mode", OF_LOGIN)
async def test_a_way_in_that_is_broken_only_for_signing_in_is_400_elsewhere(portal, mode):
    answer = await portal.ask("PUT", "/faults/sms", json={"mode": mode})
    assert answer.status == 400
    error = (await answer.json())["error"]
    assert not any(word in error for word in OF_LOGIN)
    pressed = await portal.ask("POST", "/control", data={"component": "sms", "mode": mode})
    assert pressed.status == 400


@pytest.mark.parametrize("mode", OF_LOGIN)
async def test_no_fault_of_signing_in_counts_towards_the_lock_out(portal, citizen, mode):
    await portal.break_("login", mode)
    for _ in range(6):
        await citizen.try_("login")
    await portal.ask("DELETE", "/faults")
    assert await citizen.try_("login") == "ok"


@pytest.mark.parametrize("mode", MODES[1:])
@pytest.mark.parametrize("component", COMPONENTS)
async def test_healing_makes_the_component_work_again_at_once(portal, citizen, component, mode):
    await portal.break_(component, mode)
    await citizen.try_(component)
    await portal.ask("DELETE", "/faults")
    assert await citizen.try_(component) == "ok"


async def test_all_twelve_components_are_ok_at_first(portal):
    assert await portal.faults() == dict.fromkeys(COMPONENTS, "ok")


async def test_putting_a_mode_answers_with_component_and_mode(portal):
    answer = await portal.ask("PUT", "/faults/sms", json={"mode": "late"})
    assert (answer.status, await answer.json()) == (200, {"component": "sms", "mode": "late"})


async def test_putting_works_whatever_content_type_curl_sends(portal):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await portal.ask("PUT", "/faults/sms", data=b'{"mode":"lost"}', headers=kind)
    assert answer.status == 200


async def test_deleting_heals_everything_and_says_so(portal):
    await portal.break_("sms", "lost")
    await portal.break_("home", "down")
    answer = await portal.ask("DELETE", "/faults")
    assert (answer.status, await answer.json()) == (200, dict.fromkeys(COMPONENTS, "ok"))


async def test_an_unknown_component_is_404_and_the_known_ones_are_named(portal):
    answer = await portal.ask("PUT", "/faults/fax", json={"mode": "down"})
    assert answer.status == 404
    error = (await answer.json())["error"]
    assert all(name in error for name in COMPONENTS)


@pytest.mark.parametrize(
    "body",
    [
        b'{"mode": "broken"}',
        b'{"mode": 1}',
        b'{"mode": "\\ud800"}',
        b"{}",
        b"[]",
        b"null",
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
    ],
)
async def test_a_bad_mode_or_bad_json_is_400_and_the_modes_are_named(portal, body):
    answer = await portal.ask("PUT", "/faults/sms", data=body)
    assert answer.status == 400
    error = (await answer.json())["error"]
    assert all(mode in error for mode in MODES)
    assert (await portal.faults())["sms"] == "ok"


async def test_two_faults_set_at_the_same_moment_both_hold(portal):
    await asyncio.gather(*(portal.break_(name, "slow") for name in COMPONENTS))
    assert await portal.faults() == dict.fromkeys(COMPONENTS, "slow")
