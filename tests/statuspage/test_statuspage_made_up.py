"""A page with made-up days says so wherever anybody may look."""

import json
from datetime import timedelta

import pytest

RU, EN = (
    "до 12:48 21 ноября 2026 года, выдумано",
    "Everything before 12:48 on 21 November 2026 is made up",
)


@pytest.fixture
def files(bench):
    def render(**changes):
        snapshot = bench.snapshot(
            bench.incident(1),
            bench.resolved(2, bench.now - timedelta(days=9)),
            works=(bench.work(50),),
            history=bench.history(),
            **changes,
        )
        return {name: body.decode() for name, body in bench.render(snapshot).items()}

    return render


def test_every_page_feed_and_text_says_so_in_its_language(files, bench):
    made = files(made_up_until=bench.now - timedelta(days=1))
    told = [name for name in made if name.endswith((".html", ".atom", ".rss", ".txt"))]
    assert len(told) > 30
    for name in told:
        said = " ".join(made[name].split())
        assert (EN if name.startswith("en/") else RU) in said, name


def test_the_json_says_so_in_a_field_of_its_own(files, bench):
    made = files(made_up_until=bench.now - timedelta(days=1))
    for name in (name for name in made if name.startswith("api/")):
        assert json.loads(made[name])["page"]["x_made_up_until"] == "2026-11-21T09:48:30.000Z"


def test_where_nothing_is_made_up_nothing_is_said_of_it(files):
    for name, body in files().items():
        assert "made up" not in body, name
        assert "выдумано" not in body, name
        assert "x_made_up" not in body, name
