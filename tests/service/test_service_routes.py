"""``vahta explain --route``: who heard of an event, who not, and who would by today's routes."""

import asyncio
import json

import pytest
from click.testing import CliRunner

from incidents.texts import Texts
from notify.catalog import open_channels
from notify.kind import Tools
from notify.message import Portal
from notify.service import Notifier
from vahta import clock
from vahta.cli.explain import explain
from vahta.cli.incident import incident
from vahta.cli.options import Common
from vahta.config import load
from vahta.routing import directory_of, routes_of
from vahta.state import opened

CONFIG = """
[portal]
name = "Портал"
[[component]]
id = "sms"
name = "Коды по СМС"
[[component]]
id = "login"
name = "Вход"
[[channel]]
id = "mail"
kind = "email"
host = "${NOWHERE}"
from = "v@example.org"
to = ["team@example.org"]
[[engineer]]
id = "anna"
name = "Анна"
reach = [{ channel = "mail", to = "anna@example.org" }]
[[oncall]]
id = "duty"
layers = [{ engineers = ["anna"], starts = "2026-01-05T10:00" }]
[[oncall]]
id = "later"
layers = [{ engineers = ["anna"], starts = "2090-01-05T10:00" }]
[[escalation]]
id = "nights"
steps = [{ after = "0s", oncall = ["duty", "later"] }]
[[route]]
id = "on-call"
escalation = "nights"
[[route]]
id = "team"
channels = ["mail"]
component = ["login"]
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG)

    def invoke(command, *args):
        common = Common(tmp_path / "config.toml", tmp_path / "state")
        return CliRunner().invoke(command, args, obj=common)

    return invoke


@pytest.fixture
def plan(tmp_path):
    """Plan as the service would."""

    async def planned():
        config = load(tmp_path / "config.toml", environ={"NOWHERE": "localhost"})
        async with opened(tmp_path / "state", now=clock.now(), threads=False) as state:
            notifier = Notifier(
                store=state.store,
                journal=state.journal,
                channels=open_channels(config.channels, Tools(clock=clock.now)),
                routes=routes_of(config),
                directory=directory_of(config),
                texts=Texts.load(["ru", "en"]),
                portal=Portal({"ru": "Портал"}, config.portal.zone),
                clock=clock.now,
            )
            await notifier.planner.plan_pending()
            await notifier.aclose()

    return lambda: asyncio.run(planned())


def test_by_route_and_recipient_it_says_who_heard_and_why_not(run, plan):
    number = run(incident, "open", "sms", "Не приходит код").stdout.strip()
    plan()
    found = json.loads(run(explain, "--route", number, "--json").stdout)
    heard = [(one["route"], one["whom"], one["mark"], one["because"]) for one in found["heard"]]
    assert heard == [
        ("on-call", "anna, mail (duty)", "waiting", "opened"),
        ("on-call", "later", "never", "nobody_on_call"),
        ("team", "", "never", "other_component"),
    ]
    assert "example.org" not in json.dumps(found)


def test_before_anything_is_planned_it_says_who_would_hear(run):
    run(incident, "open", "login", "Не войти")
    shown = run(explain, "--route", "1").stdout
    assert "Ничего не записано." in shown
    today = shown.partition("нынешним")[2]
    assert "✓ on-call, anna, mail (duty): услышит (opened)" in today
    assert "! on-call, later: по этому графику сейчас никто не дежурит (nobody_on_call)" in today
    assert "✓ team, mail: услышит (opened)" in today


def test_what_follows_goes_to_those_who_heard(run):
    number = run(incident, "open", "sms", "Не приходит код").stdout.strip()
    run(incident, "update", number, "--text", "Чиним")
    assert "those who heard the beginning" in run(explain, "--route", "2", "--lang", "en").stdout


@pytest.mark.parametrize("what", ["99", "ИНЦ-2026-9999"])
def test_what_is_not_there_is_a_mistake(run, what):
    answer = run(explain, "--route", what)
    assert answer.exit_code == 2
    assert "there is no incident" in answer.output or "has no entry 99" in answer.output
