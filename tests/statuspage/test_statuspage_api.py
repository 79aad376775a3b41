"""Statuspage's public API v2: what its documents say."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.component import Component
from incidents.events import Status
from incidents.health import ComponentStatus, Health
from statuspage import api

S = ComponentStatus
DOCUMENTS = ("summary", "components", "incidents", "incidents/unresolved")


@pytest.fixture
def documents(bench):
    files = bench.render(
        bench.snapshot(
            bench.incident(1, updates=(bench.said("Чиним.", minutes=5, status=Status.IDENTIFIED),)),
            bench.resolved(2, bench.now - timedelta(days=2)),
            states={"sms": S.MAJOR, "maps": S.UNKNOWN},
        )
    )
    return {name: json.loads(files[f"api/v2/{name}.json"]) for name in DOCUMENTS}


def health(status: ComponentStatus) -> Health:
    return Health(Component("a", {}, probes=("p",)), status)


def test_components_keep_our_ids_and_the_order_of_the_config(documents, bench):
    components = documents["summary"]["components"]
    assert [c["id"] for c in components] == list(bench.names)
    assert [c["position"] for c in components] == list(range(1, 13))


def test_unresolved_holds_the_open_ones_only(documents):
    assert [i["id"] for i in documents["incidents/unresolved"]["incidents"]] == ["ИНЦ-2026-0001"]
    assert documents["summary"]["incidents"] == documents["incidents/unresolved"]["incidents"]
    assert len(documents["incidents"]["incidents"]) == 2


def test_an_incident_tells_its_story_newest_first(documents):
    incident = documents["incidents"]["incidents"][0]
    assert [u["status"] for u in incident["incident_updates"]] == ["identified", "investigating"]
    assert incident["incident_updates"][0]["body"] == "Чиним."
    assert incident["name"] == "Коды по СМС: код не приходит"
    assert incident["shortlink"] == (
        "https://status.example/incidents/%D0%98%D0%9D%D0%A6-2026-0001.html"
    )
    assert incident["components"][0]["status"] == "major_outage"


def test_a_resolved_incident_is_resolved(documents):
    resolved = documents["incidents"]["incidents"][1]
    assert resolved["status"] == "resolved"
    assert resolved["incident_updates"][0]["status"] == "resolved"
    assert resolved["resolved_at"] is not None


def test_the_internal_status_never_gets_out(bench):
    odd = bench.incident(status=Status.SUSPECTED)
    summary = json.loads(bench.render(bench.snapshot(odd))["api/v2/summary.json"])
    assert summary["incidents"][0]["status"] == "investigating"


def test_an_unknown_component_is_unknown_and_says_what_it_was(bench):
    snapshot = bench.snapshot()
    blind = Health(bench.component("maps"), S.UNKNOWN, S.OPERATIONAL)
    never = Health(bench.component("maps"), S.UNKNOWN)
    for given, known in ((blind, "operational"), (never, None)):
        files = bench.render(replace(snapshot, components=(*snapshot.components[:-1], given)))
        summary = json.loads(files["api/v2/summary.json"])
        assert summary["components"][-1]["status"] == "unknown"
        assert summary["components"][-1]["x_last_known_status"] == known
        assert summary["status"]["indicator"] == "minor"


@pytest.mark.parametrize(
    ("seen", "indicator", "description"),
    [
        ([], "none", "All Systems Operational"),
        ([S.OPERATIONAL, S.OPERATIONAL], "none", "All Systems Operational"),
        ([S.OPERATIONAL, S.DEGRADED], "minor", "Partially Degraded Service"),
        ([S.DEGRADED, S.DEGRADED], "minor", "Degraded System Service"),
        ([S.OPERATIONAL, S.PARTIAL], "minor", "Minor Service Outage"),
        ([S.PARTIAL, S.PARTIAL], "major", "Partial System Outage"),
        ([S.OPERATIONAL, S.MAJOR], "major", "Partial System Outage"),
        ([S.MAJOR, S.MAJOR], "critical", "Major System Outage"),
        ([S.MAJOR], "critical", "Major System Outage"),
        ([S.DEGRADED], "minor", "Degraded System Service"),
        ([S.OPERATIONAL, S.MAINTENANCE], "maintenance", "Service Under Maintenance"),
        ([S.OPERATIONAL, S.UNKNOWN], "minor", "Service State Partially Unknown"),
        ([S.UNKNOWN, S.UNKNOWN], "minor", "Service State Unknown"),
        ([S.MAINTENANCE, S.UNKNOWN], "minor", "Service State Partially Unknown"),
        ([S.UNKNOWN, S.MAJOR], "major", "Partial System Outage"),
    ],
)
def test_the_indicator_goes_by_the_table(seen, indicator, description):
    assert api.status([health(status) for status in seen]) == (indicator, description)


def test_an_incident_of_a_component_that_is_gone_still_names_it(bench):
    gone = bench.resolved(
        1, bench.now - timedelta(days=1), component="old", component_name={"ru": "Старый"}
    )
    files = bench.render(bench.snapshot(gone))
    component = json.loads(files["api/v2/incidents.json"])["incidents"][0]["components"][0]
    assert (component["id"], component["name"], component["status"]) == ("old", "Старый", "unknown")
