"""Documents at a portal that keeps them its own way."""

from __future__ import annotations

import pytest
from aiohttp import web

from probes.document import SMALLEST, make_document
from probes.observation import Outcome, Reason


class Cabinet:
    """Keeps documents; the test says what goes wrong with them."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.names: list[str] = []
        self.deleted: list[str] = []
        self.looks_until_done = 2
        self.spoil = False
        self.answer: web.Response | None = None
        self.loses = False

    def app(self) -> web.Application:
        app = web.Application(client_max_size=8 * 1024**2)
        app.router.add_post("/scans", self.take)
        app.router.add_get("/scans/{n}/progress", self.progress)
        app.router.add_get("/scans/{n}.bin", self.give)
        app.router.add_delete("/scans/{n}", self.delete)
        return app

    async def take(self, request: web.Request) -> web.Response:
        scan = (await request.post())["scan"]
        assert isinstance(scan, web.FileField)
        self.names.append(scan.filename)
        self.kept["d-7"] = scan.file.read()
        return self.answer or web.json_response({"doc": "d-7"}, status=201)

    async def progress(self, _: web.Request) -> web.Response:
        if self.loses:
            raise web.HTTPNotFound
        self.looks_until_done -= 1
        return web.json_response({"phase": "checking" if self.looks_until_done > 0 else "done"})

    async def give(self, _: web.Request) -> web.Response:
        body = self.kept["d-7"]
        return web.Response(body=body[::-1] if self.spoil else body)

    async def delete(self, request: web.Request) -> web.Response:
        self.deleted.append(request.match_info["n"])
        return web.Response(status=204)


@pytest.fixture
def cabinet() -> Cabinet:
    return Cabinet()


@pytest.fixture
def upload(check, serve, cabinet: Cabinet):
    async def run(**more):
        base = await serve(cabinet.app())
        settings = {
            "url": f"{base}/scans",
            "field": "scan",
            "document_id": "doc",
            "state_url": f"{base}/scans/{{id}}/progress",
            "state": "phase",
            "ready": ["done", "signed"],
            "content_url": f"{base}/scans/{{id}}.bin",
            "delete_url": f"{base}/scans/{{id}}",
            "size": "16KiB",
            "wait": "250ms",
        }
        return await check("upload", **(settings | more))

    return run


async def test_a_document_that_comes_back_the_same_is_up_and_deleted(upload, cabinet):
    seen = await upload()
    assert (seen.outcome, seen.detail) == (Outcome.UP, "")
    names = [step.name for step in seen.steps]
    assert names == ["upload", "state", "processing", "content", "delete"]
    assert cabinet.deleted == ["d-7"]


async def test_what_is_sent_is_plainly_marked_and_of_the_right_size(upload, cabinet):
    await upload()
    assert cabinet.names[0].startswith("vahta-20261122T120000Z-")
    assert cabinet.kept["d-7"].startswith(b"%PDF-1.4")
    assert b"Please ignore" in cabinet.kept["d-7"]
    assert len(cabinet.kept["d-7"]) == 16 * 1024


async def test_a_changed_document_is_corrupted_and_deleted(upload, cabinet):
    cabinet.spoil = True
    seen = await upload()
    assert (seen.outcome, seen.reason) == (Outcome.DOWN, Reason.UPLOAD_CORRUPTED)
    assert cabinet.deleted == ["d-7"]


async def test_a_document_that_is_never_done_is_stuck_and_deleted(upload, cabinet):
    cabinet.looks_until_done = 10**6
    seen = await upload()
    assert seen.reason is Reason.UPLOAD_STUCK
    assert "checking" in seen.detail
    assert cabinet.deleted == ["d-7"]


async def test_a_run_out_of_time_still_deletes_within_its_limit(upload, cabinet):
    cabinet.looks_until_done = 10**6
    seen = await upload(timeout="300ms", wait="299ms")
    assert seen.reason is Reason.TIMEOUT
    assert seen.seconds < 1.0
    assert cabinet.deleted == ["d-7"]


async def test_a_document_that_was_accepted_and_lost_is_stuck(upload, cabinet):
    cabinet.loses = True
    assert (await upload()).reason is Reason.UPLOAD_STUCK


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (413, Reason.UPLOAD_REJECTED),
        (422, Reason.UPLOAD_REJECTED),
        (403, Reason.HTTP_403),
        (404, Reason.HTTP_404),
        (502, Reason.HTTP_5XX),
    ],
)
async def test_a_document_that_is_not_taken_says_how(upload, cabinet, status, reason):
    cabinet.answer = web.Response(status=status)
    assert (await upload()).reason is reason
    assert cabinet.deleted == []


@pytest.mark.parametrize("number", ["", "../../users/1", "a?b", None])
async def test_an_id_that_could_lead_elsewhere_is_no_id(upload, cabinet, number):
    cabinet.answer = web.json_response({"doc": number}, status=201)
    assert (await upload()).reason is Reason.UNEXPECTED_CONTENT
    assert cabinet.deleted == []


@pytest.mark.parametrize("size", [SMALLEST, 4097, 65536])
def test_a_document_has_exactly_the_size_asked_for(size):
    assert len(make_document("marker-1", size)) == size


def test_the_table_of_a_document_points_at_its_objects():
    document = make_document("marker-1", 5000)
    table = document.index(b"xref\n")
    assert int(document.split(b"startxref\n")[1][:10]) == table
    rows = document[table:].splitlines()[3:9]
    for number, row in enumerate(rows, start=1):
        assert document[int(row[:10]) :].startswith(b"%d 0 obj" % number)


def test_two_documents_differ():
    assert make_document("marker-1", 2048) != make_document("marker-2", 2048)
