"""The API keeps the lookup contract, and its document says what it has, no more and no less."""

import re
from typing import Any

from desk.app import make_api
from desk.openapi import PREFIX, openapi

SMS, SUSPECT, OLD = "ИНЦ-2026-0042", "ИНЦ-2026-0043", "ИНЦ-2026-0007"


async def get(desk: Any, path: str, *, status: int = 200, **query: str) -> Any:
    async with desk.get(f"/api/v1/{path}", params=query) as reply:
        assert reply.status == status
        return await reply.json()


async def test_lookup_answers_in_the_words_of_the_contract(desk: Any) -> None:
    found = await get(desk, "lookup", q="смс не приходит")
    assert set(found) == {"text", "incidents", "articles", "confident"}
    assert found["text"] == "смс не приходит"
    assert found["confident"] is True
    assert set(found["incidents"][0]) == {"id", "status", "score", "title"}
    assert found["incidents"][0]["id"] == SMS
    assert set(found["articles"][0]) == {"id", "score", "title"}


async def test_lookup_gives_the_text_back_as_it_came(desk: Any) -> None:
    text = "  +7 916 123-45-67 код\u00a0не приходит "
    assert (await get(desk, "lookup", q=text))["text"] == text


async def test_lookup_answers_in_the_language_asked_for(desk: Any) -> None:
    found = await get(desk, "lookup", q="смс не приходит", lang="en")
    assert found["incidents"][0]["title"] == "SMS codes: the code doesn't arrive"


async def test_lookup_refuses_what_it_cannot_answer(desk: Any) -> None:
    for query in (
        {},
        {"q": " "},
        {"q": "я" * 1001},
        {"q": "x", "limit": "0"},
        {"q": "x", "limit": "many"},
        {"q": "x", "limit": "²"},
        {"q": "x", "lang": "xx"},
    ):
        assert "error" in await get(desk, "lookup", status=400, **query)


async def test_incidents_come_unresolved_first_with_the_words_everybody_sees(desk: Any) -> None:
    known = (await get(desk, "incidents"))["incidents"]
    assert [i["id"] for i in known] == [SMS, SUSPECT, OLD]
    assert known[0]["title"]["en"] == "SMS codes: the code doesn't arrive"
    assert known[0]["published_at"] == "2026-10-18T12:30:00Z"
    assert known[1]["published_at"] is None


async def test_the_number_of_resolved_ones_may_be_limited(desk: Any) -> None:
    known = (await get(desk, "incidents", limit="0"))["incidents"]
    assert [i["id"] for i in known] == [SMS, SUSPECT]


async def test_one_incident_by_its_number(desk: Any) -> None:
    assert (await get(desk, f"incidents/{SMS}"))["component"] == "sms"
    assert "error" in await get(desk, "incidents/none", status=404)


def test_the_document_lists_exactly_what_the_router_serves(house: Any) -> None:
    routes = make_api(house, allowed=True).router.routes()
    served = {
        (f"{PREFIX}{route.resource.canonical}", route.method.lower())
        for route in routes
        if route.resource is not None and route.method != "HEAD"
    }
    paths = openapi()["paths"]
    assert {(path, method) for path, item in paths.items() for method in item} == served


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = openapi()
    for name in re.findall(r"#/components/schemas/(\w+)", str(document)):
        assert name in document["components"]["schemas"]


async def test_answers_have_what_the_document_requires(desk: Any) -> None:
    schemas = openapi()["components"]["schemas"]
    found = await get(desk, "lookup", q="смс не приходит")
    assert set(schemas["Found"]["required"]) <= set(found)
    for incident in (await get(desk, "incidents"))["incidents"]:
        assert set(schemas["Incident"]["required"]) <= set(incident)
        assert set(schemas["Incident"]["properties"]) <= set(incident)
