"""Only what changed is made anew."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.health import ComponentStatus
from statuspage.board import board
from statuspage.packing import Packer
from statuspage.release import publish
from statuspage.remembering import Storyteller
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


@pytest.fixture
def event(bench, tmp_path):
    """The names that an event makes anew, and how many files it writes, by what there was before."""

    def run(past: int, components: int) -> tuple[set[str], int]:
        site, packer, teller = Site(bench.texts, ("ru", "en")), Packer(), Storyteller()
        old = [bench.resolved(n, bench.now - timedelta(hours=30 * n)) for n in range(1, past)]
        listed = bench.snapshot().components
        listed += tuple(
            replace(listed[0], component=replace(listed[0].component, id=f"c{n}"))
            for n in range(components - len(listed))
        )
        before = bench.snapshot(*old, components=listed)
        broken = replace(listed[2], status=ComponentStatus.MAJOR)
        new = bench.incident(9000, component="upload")
        after = bench.snapshot(
            new, *old, components=(*listed[:2], broken, *listed[3:]), now=bench.now
        )
        pages = site.render(teller.board(before))
        directory = tmp_path / f"page-{past}-{components}"
        publish(packer.packed(pages), directory)
        made = site.render(teller.board(after))
        return changed(pages, made), publish(packer.packed(made), directory)

    return run


def test_what_an_event_writes_does_not_grow_with_the_past(event):
    few, written_of_few = event(20, 12)
    many, written_of_many = event(200, 12)
    assert many == few
    assert written_of_many == written_of_few < 70


def test_what_an_event_writes_does_not_grow_with_the_number_of_services(event):
    few, written_of_few = event(20, 60)
    many, written_of_many = event(20, 300)
    assert many == few
    assert written_of_many == written_of_few


def test_a_fault_makes_anew_only_what_tells_of_it(event):
    made, _ = event(200, 12)
    assert {name for name in made if not name.startswith(("en/", "api/"))} == {
        "index.html",
        "history.html",
        "incidents/ИНЦ-2026-9000.html",
        "components/upload.html",
        "feed.atom",
        "feed.rss",
        "status.txt",
        "badge.svg",
        "badge.json",
        "badge/upload.svg",
        "badge/upload.json",
    }
