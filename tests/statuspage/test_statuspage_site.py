"""Only what changed is made anew."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.health import ComponentStatus
from statuspage.board import board
from statuspage.packing import Packer
from statuspage.site import Site


@pytest.fixture
def site(bench):
    return Site(bench.texts, ("ru", "en"))


def changed(before, after):
    return {name for name, content in after.items() if before.get(name) is not content}


def test_a_minute_later_only_what_tells_the_time_is_new(bench, site):
    past = [bench.resolved(n, bench.now - timedelta(days=n)) for n in range(1, 9)]
    snapshot = bench.snapshot(*past, works=(bench.work(),))
    before = site.render(board(snapshot))
    after = site.render(board(replace(snapshot, now=bench.now + timedelta(minutes=1))))
    assert {"index.html", "en/index.html", "api/v2/summary.json"} <= changed(before, after)
    assert not any(
        name.startswith(("incidents/", "en/incidents/", "badge/"))
        for name in changed(before, after)
    )


def test_an_incident_makes_its_own_pages_anew_and_no_other_incident_s(bench, site):
    past = [bench.resolved(n, bench.now - timedelta(days=n)) for n in range(1, 9)]
    before = site.render(board(bench.snapshot(*past)))
    new = bench.incident(77, component="upload", component_name={"ru": "Загрузка документов"})
    states = {"upload": ComponentStatus.MAJOR}
    after = changed(before, site.render(board(bench.snapshot(new, *past, states=states))))
    assert {name for name in after if "incidents/" in name and "html" in name} == {
        f"incidents/{new.id}.html",
        f"en/incidents/{new.id}.html",
    }
    assert {name for name in after if name.startswith("badge/")} == {
        "badge/upload.svg",
        "badge/upload.json",
    }


def test_a_site_that_remembers_says_what_a_new_one_would(bench, site):
    past = [bench.resolved(n, bench.now - timedelta(days=n)) for n in range(1, 4)]
    states = {"sms": ComponentStatus.MAJOR}
    snapshots = [
        bench.snapshot(*past),
        bench.snapshot(bench.incident(9), *past, states=states),
        bench.snapshot(bench.incident(9), *past, states=states, now=bench.now + timedelta(hours=2)),
        bench.snapshot(bench.resolved(9, bench.now), *past, works=(bench.work(),)),
    ]
    packer = Packer()
    for snapshot in snapshots:
        remembered = packer.packed(site.render(board(snapshot)))
        fresh = Packer().packed(Site(bench.texts, ("ru", "en")).render(board(snapshot)))
        assert remembered == fresh
