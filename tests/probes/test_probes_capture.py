"""What a run exchanged, as it may be kept: whole enough to explain, small, and without secrets."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import pytest
from aiohttp import web
from pydantic import SecretStr

from probes.attempt import Standpoint
from probes.capture import Capture, Exchange
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.kind import Kind
from probes.network import Network
from probes.observation import Outcome, Reading, Reason
from probes.request import File, Request
from probes.settings import WebSettings
from probes.take import BODY, MOST_EXCHANGES, SIZE, Take

Ask = Callable[[Any, Visit], Awaitable[Reading]]
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
UP = Reading(Outcome.UP)


class TrialSettings(WebSettings):
    kind: Literal["trial"] = "trial"
    password: SecretStr = SecretStr("pass-CANARY-word")


@pytest.fixture
def take(network: Network, noon) -> Callable[..., Awaitable[Take]]:
    """One run of ``ask``, filmed."""

    async def run(ask: Ask, *, through: Network | None = None, **settings: Any) -> Take:
        model = TrialSettings(id="p", component="c", **{"timeout": "3s", **settings})
        here = Standpoint(location="here", clock=lambda: noon, network=through or network)
        return await here.take(Kind("trial", TrialSettings, ask), model)

    return run


def getting(*urls: str, method: str = "GET") -> Ask:
    async def ask(_: Any, visit: Visit) -> Reading:
        for number, url in enumerate(urls):
            await visit.fetch(f"step-{number}", Request(method, url))
        return UP

    return ask


def shown(take: Take, **more: Any) -> list[Exchange]:
    return [each for step in take.capture(str, **more).steps for each in step.exchanges]


async def test_an_exchange_is_told_whole(take, says):
    url = await says(HTML % (5, b"hello"))
    capture = (await take(getting(f"{url}/a?b=c"))).capture(str)
    assert (capture.probe, capture.kind, capture.outcome) == ("p", "trial", "up")
    (step,) = capture.steps
    (one,) = step.exchanges
    assert (step.name, one.method, one.url) == ("step-0", "GET", f"{url}/a?b=c")
    assert (one.status, one.body, one.length) == (200, "hello", 5)
    assert ("Content-Type", "text/html; charset=utf-8") in one.response_headers
    assert "User-Agent" in dict(one.request_headers)
    assert dict(one.request_headers)["Accept-Encoding"] == "gzip, deflate"  # whatever is installed
    assert set(one.phases) == {"connect", "request", "wait", "transfer"}
    assert sum(one.phases.values()) == pytest.approx(one.seconds, abs=1e-5)
    assert one.certificate is None


async def test_every_redirect_is_an_exchange_of_its_step(take, serve):
    app = web.Application()

    async def away(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/there"})

    async def there(_: web.Request) -> web.Response:
        return web.Response(text="here")

    app.router.add_get("/", away)
    app.router.add_get("/there", there)
    capture = (await take(getting(await serve(app)))).capture(str)
    (step,) = capture.steps
    assert [one.status for one in step.exchanges] == [302, 200]
    assert sum(one.seconds for one in step.exchanges) == pytest.approx(step.seconds, abs=1e-4)


async def test_a_refused_connection_is_an_exchange_without_an_answer(take, closed_port):
    one = shown(await take(getting(f"http://127.0.0.1:{closed_port}/")))[0]
    assert one.status is None
    assert "refused" in one.error


async def test_a_run_that_was_cut_off_shows_where_it_was(take, talk):
    async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    found = await take(getting(await talk(silent)), timeout="150ms")
    assert found.seen.reason is Reason.TIMEOUT
    (one,) = shown(found)
    assert one.status is None
    assert max(one.phases, key=lambda name: one.phases[name]) == "wait"


async def test_a_step_that_only_waits_has_no_exchange(take, says):
    async def ask(_: Any, visit: Visit) -> Reading:
        async def look() -> bool:
            return True

        await visit.until("arrival", look, within=1)
        return UP

    (step,) = (await take(ask)).capture(str).steps
    assert (step.name, step.exchanges) == ("arrival", ())


async def test_of_many_looks_only_the_last_is_kept(take, says):
    url = await says(HTML % (5, b"hello"))

    async def ask(_: Any, visit: Visit) -> Reading:
        looks = iter(range(3))

        async def look() -> bool | None:
            await visit.fetch("look", Request("GET", url))
            return True if next(looks) == 2 else None

        await visit.until("arrival", look, within=5, pause=0.01)
        return UP

    steps = (await take(ask)).capture(str).steps
    assert [(step.name, len(step.exchanges)) for step in steps] == [("look", 1), ("arrival", 0)]


async def test_a_body_is_inflated_capped_and_text_only(take, serve):
    long = "слово " * 5000
    app = web.Application()

    async def packed(_: web.Request) -> web.Response:
        return web.Response(
            body=gzip.compress(long.encode()),
            headers={"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"},
        )

    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=b"\x89PNG\0\0", content_type="image/png")

    app.router.add_get("/packed", packed)
    app.router.add_get("/picture", picture)
    url = await serve(app)
    first, second = shown(await take(getting(f"{url}/packed", f"{url}/picture")))
    assert first.body.startswith("слово слово")
    assert len(first.body) == BODY + 1
    assert first.length == len(long.encode())
    assert second.body == "(image/png, 6 bytes)"


async def test_styles_and_scripts_leave_room_for_what_people_read(take, says):
    page = b"<style>" + b"p{}" * 1500 + b"</style><script>var token=1</script><p>words</p>"
    (one,) = shown(await take(getting(await says(HTML % (len(page), page)))))
    assert one.body == "<style>…</style><script>…</script><p>words</p>"


async def test_a_secret_on_the_edge_of_the_sample_is_not_half_shown(take, says):
    secret = "pass-CANARY-word"
    for shift in range(0, 20, 3):
        page = b"." * (8192 - shift) + secret.encode() + b"." * 100
        (one,) = shown(await take(getting(await says(HTML % (len(page), page)))), body=10**6)
        assert "CANARY" not in one.body
        assert "pass-" not in one.body


async def test_a_capture_has_a_size_that_holds(take, serve):
    app = web.Application()

    async def chatty(_: web.Request) -> web.Response:
        headers = {f"X-Long-{number}": "слово " * 60 for number in range(15)}
        return web.Response(text="слово " * 2000, headers=headers)

    app.router.add_get("/{name}", chatty)
    url = await serve(app)
    found = await take(getting(*(f"{url}/{n}" for n in range(MOST_EXCHANGES + 3))), timeout="20s")
    capture = found.capture(str)
    assert len(capture.to_json().encode()) <= SIZE
    assert capture.omitted == 3
    exchanges = [one for step in capture.steps for one in step.exchanges]
    assert len(exchanges) == MOST_EXCHANGES
    assert exchanges[-1].body, "what came last is told best"


async def test_a_capture_survives_being_written_down(take, says, closed_port):
    url = await says(HTML % (5, b"hello"))
    for ask in (getting(url), getting(url, f"http://127.0.0.1:{closed_port}/")):
        capture = (await take(ask)).capture(str)
        assert Capture.from_json(capture.to_json()) == capture
        assert json.loads(capture.to_json()) == json.loads(json.dumps(capture.to_dict()))


async def test_a_film_and_its_take_print_nothing(take, says):
    found = await take(getting(await says(HTML % (6, b"CANARY"))))
    assert "CANARY" not in repr(found)
    assert "CANARY" not in repr(found.film)
    assert "CANARY" not in repr(found.film.hops)


# ── canaries ──────────────────────────────────────────────────────────────────


def echo(app: web.Application) -> None:
    """Says everything back that it was told: in headers, cookies, addresses, bodies."""

    async def answer(request: web.Request) -> web.StreamResponse:
        told = (await request.read()).decode(errors="replace")
        sent = {name: value for name, value in request.headers.items() if name != "Host"}
        cookies = "; ".join(f"{name}={value}" for name, value in request.cookies.items())
        body = f"<p>{request.path_qs} {cookies} {told}</p>{json.dumps(sent)}{json.dumps(ANSWER)}"
        found = web.Response(text=body + PAGE, content_type=request.query.get("as", "text/html"))
        found.headers["X-Echo"] = sent.get("X-Probe", "")
        found.headers["X-Auth-Token"] = "CANARY-answer-header"
        found.set_cookie("session", "CANARY-cookie")
        if "redirect" in request.query:
            found = web.Response(status=303, headers={"Location": "/?ticket=CANARY-ticket"})
        return found

    app.router.add_route("*", "/{path:.*}", answer)


ANSWER = {
    "access_token": "CANARY-token",
    "nested": {"clientSecret": "CANARY-nested"},
    "jwt_like": "eyJDQU5BUlk.eyJDQU5BUlk.Q0FOQVJZ",
    "code": "CANARY1",
}
PAGE = (
    '<input type="hidden" name="x" value="CANARY-hidden"><meta name="csrf" content="CANARY-meta">'
)
WORDS = ("CANARY", "Q0FOQV", "DQU5BUl", "43414e415259")


async def test_no_canary_is_found_in_a_capture(take, serve):
    app = web.Application()
    echo(app)
    url = await serve(app)
    secret = "pass-CANARY-word"

    async def ask(settings: TrialSettings, visit: Visit) -> Reading:
        visit.hide("CANARY-made-on-the-way")
        ours = settings.plain_headers()
        form = (("password", secret), ("q", "CANARY-form"), ("code", "CANARY-otp"))
        for request in (
            Request("GET", f"{url}/?token=CANARY-query&as=text/plain", headers=ours),
            Request("GET", f"{url}/reset/{'a1CANARY' * 4}/?redirect=1", headers=ours),
            Request("POST", url, headers=ours, form=form),
            Request("POST", url, headers=ours, json={"deep": [{"x": "CANARY-json"}], "y": secret}),
            Request("POST", url, form=form, file=File("f", "n.txt", "text/plain", b"document")),
            Request("GET", f"{url}/CANARY-made-on-the-way", headers=ours),
        ):
            await visit.fetch("step", request)
        raise UnwellError(Reason.UNEXPECTED_CONTENT, f"step: said {secret} and CANARY-form")

    headers = {"X-Probe": "CANARY-header", "Authorization": "Basic Q0FOQVJZOkNBTkFSWQ=="}
    found = await take(ask, headers=headers, timeout="10s")
    assert found.seen.reason is Reason.UNEXPECTED_CONTENT
    whole = found.capture(str, body=10**6, size=10**6).to_json() + found.seen.detail
    assert "•••" in whole
    for word in WORDS:
        assert word not in whole, whole[max(0, whole.index(word) - 200) :][:400]


async def test_what_an_earlier_look_sent_stays_hidden(take, serve):
    app = web.Application()
    echo(app)
    url = await serve(app)

    async def ask(_: Any, visit: Visit) -> Reading:
        looks = iter(["CANARY-first-look", "last look"])

        async def look() -> bool | None:
            value = next(looks)
            await visit.fetch("look", Request("POST", url, form=(("q", value),)))
            return True if value == "last look" else None

        await visit.until("arrival", look, within=5, pause=0.01)
        await visit.fetch("after", Request("GET", f"{url}/CANARY-first-look"))
        return UP

    assert "CANARY" not in (await take(ask)).capture(str).to_json()


async def test_a_mark_of_our_own_is_shown_unless_it_is_a_secret(take, serve):
    app = web.Application()
    echo(app)
    url = await serve(app)
    marks: list[str] = []

    async def ask(_: Any, visit: Visit) -> Reading:
        marks.extend((f"seen-{visit.random_token()}", f"word-{visit.random_token()}"))
        visit.hide(marks[1])
        await visit.fetch("step", Request("POST", url, json={"a": marks[0], "b": marks[1]}))
        return UP

    told = (await take(ask)).capture(str).to_json()
    assert [mark in told for mark in marks] == [True, False]


async def test_what_a_run_left_behind_was_still_at_is_shown(take, talk):
    async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    url = await talk(silent)

    async def ask(_: Any, visit: Visit) -> Reading:
        deaf = asyncio.ensure_future(visit.fetch("page", Request("GET", url)))
        for _ in range(9):
            try:
                await asyncio.shield(deaf)
            except asyncio.CancelledError:
                continue
        return UP

    found = await take(ask, timeout="100ms")
    assert found.seen.reason is Reason.TIMEOUT
    (part,) = found.capture(str).steps
    assert (part.name, [each.url for each in part.exchanges]) == ("unfinished", [url])
