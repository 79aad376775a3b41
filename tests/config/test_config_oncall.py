"""Engineers and rotas in the config: what they become, and what never shows of them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notify.oncall.engineer import Reach
from notify.oncall.hours import HOLIDAY, Hours
from notify.oncall.rota import who
from vahta.config import Config, ConfigError
from vahta.config.oncall import EngineerSettings, OncallSettings
from vahta.routing import quiet_of

Load = Callable[..., Config]

MAIL = """
[portal]
name = "Portal"
timezone = "Asia/Omsk"

[[channel]]
id = "mail"
kind = "email"
host = "localhost"
from = "vahta@example.org"
to = ["duty@example.org"]
"""
ANNA = """
[[engineer]]
id = "anna"
name = "Анна"
reach = [{ channel = "mail", to = "Anna.Secretly@example.org" }]
"""


def test_an_engineer_has_the_portals_zone_and_tidy_addresses(load_text: Load) -> None:
    (anna,) = load_text(MAIL + ANNA).engineers
    assert (anna.id, anna.called("ru"), anna.lang) == ("anna", "Анна", "ru")
    assert anna.zone == ZoneInfo("Asia/Omsk")
    assert anna.reach == (Reach("mail", "anna.secretly@example.org"),)


def test_quiet_hours_of_an_engineer_are_in_their_own_zone(load_text: Load) -> None:
    own = 'timezone = "Asia/Vladivostok"\nquiet_hours = ["22:00-08:00"]\n'
    quiet = quiet_of(load_text(MAIL + ANNA + own))
    night = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)  # seven in the morning there
    assert quiet.nights_of("any", "anna").until(night) == night + timedelta(hours=1)
    assert quiet.nights_of("any", "ivan").until(night) is None
    assert not quiet_of(load_text(MAIL + ANNA)).nights


def test_an_address_shows_in_no_repr(load_text: Load) -> None:
    assert "secretly" not in repr(load_text(MAIL + ANNA)).lower()


def test_a_wrong_address_shows_in_no_error(load_text: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(MAIL + ANNA.replace("@example.org", "-at-home"))
    assert "expected an address" in str(caught.value)
    assert "ecretly" not in str(caught.value)


def test_a_rota_takes_its_zone_from_the_portal_and_gives_it_to_its_layers(load_text: Load) -> None:
    text = (
        MAIL
        + ANNA
        + """
[[oncall]]
id = "duty"
holidays = ["2026-01-01..2026-01-08", "2026-05-09"]

[[oncall.layers]]
engineers = ["anna"]
starts = "2026-01-05 10:00"

[[oncall.layers]]
engineers = ["anna"]
starts = "2026-01-05T10:00"
rotate = "12h"
time = ["sat,holiday 21:00-09:00"]
timezone = "Europe/Berlin"
"""
    )
    (rota,) = load_text(text).rotas
    first, second = rota.layers
    assert (rota.zone.key, first.zone.key, second.zone.key) == (
        "Asia/Omsk",
        "Asia/Omsk",
        "Europe/Berlin",
    )
    assert (first.turn, second.turn) == (timedelta(days=7), timedelta(hours=12))
    assert second.hours == (Hours(frozenset({5, HOLIDAY}), time(21), time(9)),)
    assert {date(2026, 1, 1), date(2026, 1, 8), date(2026, 5, 9)} < second.holidays
    assert len(second.holidays) == 9
    assert who(rota, [], datetime(2026, 1, 5, 4, tzinfo=UTC)) == "anna"


def test_rotas_are_known_without_any_secret(load_text: Load) -> None:
    secret = ANNA.replace("Anna.Secretly@example.org", "${file:/nowhere/at/all}")
    rota = (
        '[[oncall]]\nid = "duty"\nlayers = [{ engineers = ["anna"], starts = "2026-01-05T10:00" }]'
    )
    config = load_text(MAIL + secret + rota, resolve=False)
    assert [one.id for one in config.rotas] == ["duty"]
    assert [one.called("ru") for one in config.engineers] == ["Анна"]


@pytest.mark.parametrize("model", [EngineerSettings, OncallSettings], ids=lambda m: m.__name__)
def test_the_examples_in_the_reference_are_good(model: Any, load_text: Load) -> None:
    doc = inspect.cleandoc(model.__doc__ or "")
    (example,) = re.findall(r"^```toml\n(.*?)^```$", doc, re.DOTALL | re.MULTILINE)
    names = set(re.findall(r'engineers = \["([^]]*)"\]', example))
    people = sorted({name for several in names for name in several.split('", "')})
    engineers = "".join(f'[[engineer]]\nid = "{name}"\nname = "N"\n' for name in people)
    load_text(MAIL + engineers + example)


def test_the_reference_lists_the_keys_of_a_layer() -> None:
    reference = (Path(__file__).parents[2] / "docs/config.md").read_text(encoding="utf-8")
    assert "| `layers[].rotate` | duration |" in reference
