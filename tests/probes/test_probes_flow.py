"""Journeys by configuration alone, at a portal on loopback."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest
from aiohttp import web

from probes.observation import Outcome, Reason
from probes.totp import code_at

SECRET = "GEZDGNBVGY3TQOJQ"
PAGE = """<html><head><meta name=build content=b-17></head><body><h1>Заявление</h1>
<form action="/send" method=post><input type=hidden name=anti value=t0k>
<input name=who value=nobody><select name=to><option value=1>a<option value=2 selected>b</select>
<input type=checkbox name=agree value=yes checked><input type=checkbox name=spam>
<button name=go value=1>ok</button></form></body></html>"""


class Portal:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.sent: list[Any] = []
        self.states = ["new", "new", "done"]
        self.kept: dict[str, bytes] = {}
        self.pause = 0.0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=8 * 1024**2)
        app.router.add_route("*", "/{path:.*}", self.any)
        return app

    async def any(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs))
        self.headers.append(dict(request.headers))
        await asyncio.sleep(self.pause)
        name = request.path.split("/")[1] or "home"
        return await getattr(self, name, self.missing)(request)

    async def missing(self, _: web.Request) -> web.Response:
        raise web.HTTPNotFound

    async def home(self, _: web.Request) -> web.Response:
        answer = web.Response(text=PAGE, content_type="text/html", headers={"X-Trace": "tr-9"})
        answer.set_cookie("visit", "v-1")
        return answer

    async def send(self, request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            self.sent.append(await request.json())
        elif request.content_type.startswith("multipart/"):
            fields = await request.post()
            self.sent.append({k: getattr(v, "filename", v) for k, v in fields.items()})
        elif request.content_type == "application/x-www-form-urlencoded":
            self.sent.append(dict(await request.post()))
        else:
            self.sent.append(await request.read())
        return web.json_response(
            {"id": "d 1/2", "list": [{"n": 1}, {"n": 7}], "ok": True}, status=201
        )

    async def drafts(self, request: web.Request) -> web.Response:
        if request.method == "DELETE":
            return web.Response(status=204)
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return web.json_response({"state": state})

    async def store(self, request: web.Request) -> web.Response:
        if request.method == "PUT":
            self.kept[request.path] = await request.read()
            return web.Response(status=200)
        return web.Response(body=self.kept[request.path])

    async def moved(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("/?from=moved")

    async def who(self, request: web.Request) -> web.Response:
        return web.json_response({"cookie": request.cookies.get("visit")})


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def go(check, serve, portal: Portal):
    async def run(*steps: dict[str, Any], **more: Any):
        base = await serve(portal.app())
        named = [{"name": f"step {number}", **step} for number, step in enumerate(steps)]
        return await check("flow", url=f"{base}/", step=named, **more)

    return run


def down(seen, reason: Reason) -> None:
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, reason), seen.detail


async def test_a_flow_without_misses_is_up_and_every_step_is_timed(go, portal):
    seen = await go({}, {"url": "/send", "json": {"a": 1}})
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    assert [(step.name, step.status) for step in seen.steps] == [("step 0", 200), ("step 1", 201)]
    assert portal.asked == [("GET", "/"), ("POST", "/send")]


@pytest.mark.parametrize(
    ("body", "received"),
    [
        ({"json": {"n": [1, "{{word}}"]}}, {"n": [1, "слово"]}),
        ({"form": {"q": "{{word}} & co"}}, {"q": "слово & co"}),
        ({"body": "<x>{{word}}</x>"}, "<x>слово</x>".encode()),
        (
            {"file": {"field": "scan", "name": "{{word}}.pdf"}, "form": {"to": "1"}},
            {"to": "1", "scan": "слово.pdf"},
        ),
    ],
    ids=["json", "form", "raw", "multipart"],
)
async def test_a_request_carries_what_the_step_says(go, portal, body, received):
    seen = await go({"url": "/send", **body}, vars={"word": "слово"})
    assert seen.outcome is Outcome.UP, seen.detail
    assert portal.sent == [received]


async def test_a_query_and_headers_go_with_the_request(go, portal):
    step = {"query": {"q": "a b&c"}, "headers": {"X-Who": "{{who}}"}, "method": "OPTIONS"}
    await go(step, vars={"who": "robot"})
    assert portal.asked == [("OPTIONS", "/?q=a+b%26c")]
    assert portal.headers[0]["X-Who"] == "robot"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"css": "h1"}, "Заявление"),
        ({"css": "meta[name=build]", "attribute": "content"}, "b-17"),
        ({"header": "x-trace"}, "tr-9"),
        ({"cookie": "visit"}, "v-1"),
        ({"regex": r"name=anti value=(\w+)"}, "t0k"),
        ({"header": "x-trace", "regex": r"\d+"}, "9"),
        ({"css": "h7", "default": "none"}, "none"),
        ({"final_url": True, "regex": "/$"}, "/"),
    ],
    ids=str,
)
async def test_a_value_is_extracted_and_sent_on(go, portal, source, value):
    seen = await go({"extract": {"it": source}}, {"url": "/send", "json": ["{{it}}"]})
    assert seen.outcome is Outcome.UP, seen.detail
    assert portal.sent == [[value]]


@pytest.mark.parametrize(
    ("path", "value"),
    [("$.list[-1].n", "7"), ("$.list[?@.n > 1].n", "7"), ("id", "d 1/2"), ("$.ok", "true")],
)
async def test_a_json_value_is_extracted_by_its_path(go, portal, path, value):
    first = {"url": "/send", "json": {}, "extract": {"it": {"json": path}}}
    await go(first, {"url": "/send", "json": ["{{it}}"]})
    assert portal.sent[1] == [value]


async def test_a_value_in_a_path_stays_one_piece_of_it(go, portal):
    first = {"url": "/send", "json": {}, "extract": {"it": {"json": "id"}}}
    await go(first, {"url": "/drafts/{{it}}"})
    assert portal.asked[1] == ("GET", "/drafts/d%201%2F2")


async def test_a_value_that_leads_elsewhere_is_no_piece_of_a_path(go, portal):
    first = {"extract": {"it": {"css": "h7", "default": ".."}}}
    down(await go(first, {"url": "/drafts/{{it}}"}), Reason.UNEXPECTED_CONTENT)
    assert len(portal.asked) == 1


async def test_a_missing_value_has_the_reason_that_the_step_gives_it(go):
    pick = {"css": "input[name=csrf]", "attribute": "value", "reason": "csrf_missing"}
    seen = await go({"extract": {"it": pick}})
    down(seen, Reason.CSRF_MISSING)
    assert seen.detail == "step 0: no element input[name=csrf]"


async def test_cookies_are_kept_from_step_to_step_and_not_from_run_to_run(go):
    alone = {"url": "/who", "expect": [{"json": "cookie", "equals": "v-1"}]}
    assert (await go({}, alone)).outcome is Outcome.UP
    down(await go(alone), Reason.UNEXPECTED_CONTENT)


async def test_a_form_is_submitted_as_a_browser_would(go, portal):
    await go({}, {"submit": {"who": "{{who}}"}}, vars={"who": "robot"})
    assert portal.sent == [{"anti": "t0k", "to": "2", "agree": "yes", "who": "robot"}]


async def test_a_form_that_is_not_there_cannot_be_submitted(go):
    down(await go({}, {"submit": {"whom": "x"}}), Reason.UNEXPECTED_CONTENT)


@pytest.mark.parametrize(
    "expect",
    [
        {"status": [200]}, {"status": ["2xx", 404]}, {"status": ["199-201"]},
        {"contains": "Заявление"}, {"lacks": "Ошибка"}, {"matches": r"b-\d+"},
        {"header": "X-Trace", "equals": "tr-9"}, {"header": "X-Nothing", "absent": True},
        {"css": "h1"}, {"css": "h1", "equals": "Заявление"}, {"css": "h7", "absent": True},
        {"css": "h7", "lacks": "x"}, {"cookie": "visit", "contains": "v"},
        {"final_url": True, "matches": "/$"}, {"larger_than": "100B", "smaller_than": "1KiB"},
        {"within": "5s"},
    ],
    ids=str,
)  # fmt: skip
async def test_an_expectation_that_holds_is_no_news(go, expect):
    assert (await go({"expect": [expect]})).outcome is Outcome.UP


@pytest.mark.parametrize(
    ("expect", "reason"),
    [
        ({"status": [201]}, Reason.UNEXPECTED_CONTENT),
        ({"contains": "Ошибка"}, Reason.UNEXPECTED_CONTENT),
        ({"lacks": "Заявление"}, Reason.UNEXPECTED_CONTENT),
        ({"lacks": "Заявление", "reason": "login_locked"}, Reason.LOGIN_LOCKED),
        ({"matches": "^x$"}, Reason.UNEXPECTED_CONTENT),
        ({"header": "X-Nothing"}, Reason.UNEXPECTED_CONTENT),
        ({"header": "X-Trace", "absent": True}, Reason.UNEXPECTED_CONTENT),
        ({"css": "h1", "equals": "x"}, Reason.UNEXPECTED_CONTENT),
        ({"css": "h1", "at_least": 1}, Reason.UNEXPECTED_CONTENT),
        ({"json": "a"}, Reason.UNEXPECTED_CONTENT),
        ({"smaller_than": "100B"}, Reason.BODY_TOO_LARGE),
        ({"larger_than": "1KiB"}, Reason.UNEXPECTED_CONTENT),
        ({"within": "1ms"}, Reason.SLOW),
        ({"sha256": "00"}, Reason.UPLOAD_CORRUPTED),
    ],
    ids=str,
)
@pytest.mark.parametrize(("soft", "outcome"), [(False, "down"), (True, "degraded")])
async def test_a_miss_is_down_when_hard_and_degraded_when_soft(
    go, portal, expect, reason, soft, outcome
):
    portal.pause = 0.005
    seen = await go({"expect": [{**expect, "soft": soft}]}, {"url": "/who"})
    assert (seen.outcome, seen.reason) == (outcome, reason), seen.detail
    assert len(portal.asked) == 1 + soft, "a hard miss ends the flow, a soft one doesn't"


@pytest.mark.parametrize(
    ("low", "high", "up"), [(7, None, True), (8, None, False), (None, 7, True), (None, 6, False)]
)
async def test_a_json_number_has_limits(go, low, high, up):
    limits = {k: v for k, v in {"at_least": low, "at_most": high}.items() if v is not None}
    seen = await go({"url": "/send", "json": {}, "expect": [{"json": "$.list[1].n", **limits}]})
    assert (seen.outcome is Outcome.UP) is up


async def test_a_status_nobody_speaks_of_must_be_a_success(go):
    down(await go({"url": "/nowhere"}), Reason.HTTP_404)


async def test_expectations_are_looked_at_in_their_order(go):
    words = {"lacks": "Not Found", "reason": "session_lost"}
    down(await go({"url": "/nowhere", "expect": [words, {"status": [200]}]}), Reason.SESSION_LOST)
    down(await go({"url": "/nowhere", "expect": [{"status": [200]}, words]}), Reason.HTTP_404)


async def test_a_redirect_is_followed_refused_or_asserted(go, portal):
    follow = {"url": "/moved", "expect": [{"final_url": True, "matches": "from=moved$"}]}
    assert (await go(follow)).outcome is Outcome.UP
    down(await go({"url": "/moved", "redirects": "refuse"}), Reason.REDIRECT_BLOCKED)
    keep = {"redirects": "keep", "expect": [{"header": "Location", "contains": "moved"}]}
    assert (await go({"url": "/moved", **keep})).outcome is Outcome.UP
    down(await go({"url": "/", **keep}), Reason.UNEXPECTED_CONTENT)


DRAFT = {"url": "/drafts/1", "expect": [{"json": "state", "equals": "done"}]}


async def test_an_effect_is_awaited_and_its_delay_measured(go, portal):
    seen = await go({**DRAFT, "await": {"within": "2s", "every": "20ms"}})
    assert seen.outcome is Outcome.UP
    assert len(portal.asked) == 3
    assert [step.name for step in seen.steps] == ["step 0", "step 0 (wait)"]
    assert seen.steps[1].seconds >= 0.03


async def test_an_effect_that_comes_late_is_degraded(go):
    late = {"within": "2s", "every": "20ms", "late_after": "5ms", "late_reason": "status_stale"}
    seen = await go({**DRAFT, "await": late})
    assert (seen.outcome, seen.reason) == (Outcome.DEGRADED, Reason.STATUS_STALE)


async def test_an_effect_that_never_comes_is_down_and_says_what_was_missing(go, portal):
    portal.states = ["new"]
    seen = await go(
        {**DRAFT, "await": {"within": "60ms", "every": "20ms", "reason": "status_never"}}
    )
    down(seen, Reason.STATUS_NEVER)
    assert seen.detail == "step 0: not so within 0.06 s: step 0: the JSON value state is not 'done'"


async def test_what_cannot_become_right_is_not_waited_out(go, portal):
    wrong = {"json": "state", "lacks": "new", "at_once": True, "reason": "upload_rejected"}
    waits = {"within": "2s", "every": "1s"}
    down(await go({**DRAFT, "expect": [wrong], "await": waits}), Reason.UPLOAD_REJECTED)
    down(await go({"url": "/nowhere", "await": waits}), Reason.HTTP_404)
    assert len(portal.asked) == 2


async def test_cleaning_up_runs_after_a_failure_too_and_blames_nobody(go, portal):
    clean = {"url": "/drafts/{{id}}", "method": "DELETE", "always": True}
    made = {"url": "/send", "json": {}, "extract": {"id": {"json": "$.list[0].n"}}}
    down(await go(clean, made, {"url": "/nowhere"}), Reason.HTTP_404)
    assert portal.asked[-1] == ("DELETE", "/drafts/1")
    seen = await go({}, {"url": "/nowhere", "always": True})
    assert (seen.outcome, seen.detail) == (Outcome.UP, "tidying up failed (step 1: HTTP 404)")


async def test_there_is_nothing_to_clean_up_where_nothing_was_made(go, portal):
    clean = {"url": "/drafts/{{id}}", "method": "DELETE", "always": True}
    made = {"url": "/nowhere", "extract": {"id": {"json": "id"}}}
    seen = await go(made, clean)
    assert [method for method, _ in portal.asked] == ["GET"]
    assert seen.detail == "step 0: HTTP 404"


async def test_the_deadline_stops_a_flow_and_leaves_time_to_clean_up(go, portal):
    portal.pause = 0.15
    loop = asyncio.get_running_loop()
    begun = loop.time()
    waits = {"within": "1s", "every": "10ms"}
    clean = {"url": "/send", "json": {}, "always": True, "expect": [{"status": [201]}]}
    portal.states = ["new"]
    seen = await go({**DRAFT, "await": waits}, clean, timeout="2s")
    down(seen, Reason.TIMEOUT)
    assert portal.asked[-1] == ("POST", "/send")
    assert loop.time() - begun < 2.1


async def test_a_generated_file_comes_back_the_same_or_is_corrupted(go, portal):
    put = {"url": "/store/a", "method": "PUT", "file": {"document": "jpeg", "sha256": "sum"}}
    get = {"url": "/store/a", "expect": [{"sha256": "{{sum}}"}]}
    assert (await go(put, get)).outcome is Outcome.UP
    assert portal.kept["/store/a"].startswith(b"\xff\xd8\xff")
    get = {"url": "/store/b", "expect": [{"sha256": "{{sum}}"}]}
    portal.kept["/store/b"] = b"other"
    down(await go(put, get), Reason.UPLOAD_CORRUPTED)


async def test_functions_make_what_a_form_wants(go, portal, noon):
    made = ["{{uuid()}}", '{{now("%d.%m.%Y")}}', "{{now()}}", "{{random_digits(4)}}",
            "{{totp(seed)}}", "{{sha256(word)}}"]  # fmt: skip
    await go({"url": "/send", "json": made}, vars={"word": "x"}, secrets={"seed": SECRET})
    uuid, day, instant, digits, code, digest = portal.sent[0]
    assert (len(uuid), uuid.count("-")) == (36, 4)
    assert (day, instant) == ("22.11.2026", "2026-11-22T12:00:00Z")
    assert len(digits) == 4
    assert digits.isdigit()
    assert (code, digest) == (code_at(SECRET, noon), hashlib.sha256(b"x").hexdigest())


async def test_a_variable_is_made_once_for_a_run(go, portal):
    again = {"url": "/send", "json": ["{{it}}"]}
    await go(again, {**again, "name": "again"}, vars={"it": "{{uuid()}}"})
    assert portal.sent[0] == portal.sent[1]


async def test_a_pattern_that_runs_wild_is_our_mistake_and_holds_nobody_up(go):
    seen = await go({"expect": [{"matches": r"(?s)(.+)+(.+)+(.+)+\d{99}"}]})
    assert (seen.outcome, seen.reason) == (Outcome.UNKNOWN, Reason.PROBE_ERROR)
    assert "simplify" in seen.detail
    assert seen.seconds < 1


async def test_no_secret_and_no_extracted_value_reaches_the_observation(go, portal):
    step = {"extract": {"token": {"css": "input[name=anti]", "attribute": "value"}}}
    miss = {"expect": [{"css": "h1", "equals": "{{password}}-{{token}}"}]}
    seen = await go(step, miss, secrets={"password": "s3cr3t-pw"})
    down(seen, Reason.UNEXPECTED_CONTENT)
    assert "s3cr3t" not in repr(seen)
    assert "t0k" not in repr(seen)


async def test_a_slow_step_degrades_the_flow(go, portal):
    portal.pause = 0.03
    seen = await go({}, slow_after="10ms")
    assert (seen.outcome, seen.reason) == (Outcome.DEGRADED, Reason.SLOW)
