"""``vahta check --explain``: what every kind exchanged, in eighty columns, and no secret of it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from inspect import cleandoc
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from probes.capture import Capture
from probes.catalog import kinds
from vahta.cli import vahta
from vahta.cli.exchange import WIDTH

Check = Callable[..., Result]
EXAMPLE = re.compile(r"```toml\n(.*?)```", re.DOTALL)
HOST = re.compile(r"https?://[\w.-]+\.example(?::\d+)?")


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Run ``vahta check`` under a config of these probes, each for a component of its own."""

    def run(probes: str, *arguments: str) -> Result:
        components = "".join(
            f'[[component]]\nid = "{id_}"\nname = "Часть"\n'
            for id_ in dict.fromkeys(re.findall(r'^component = "(.+)"', probes, re.MULTILINE))
        )
        file = tmp_path / "my.toml"
        file.write_text(f'[portal]\nname = "Портал"\n{components}{probes}', encoding="utf-8")
        return CliRunner().invoke(vahta, ["check", *arguments, "-c", str(file)])

    return run


def http(site: str, **more: str) -> str:
    written = "".join(f"{key} = {json.dumps(value)}\n" for key, value in more.items())
    return f'[[probe]]\nid = "page"\nkind = "http"\ncomponent = "home"\nurl = "{site}/"\n{written}'


def test_a_run_is_explained_step_by_step_with_a_bar_for_each_phase(check: Check, site: str):
    found = check(http(site), "--explain")
    assert found.exit_code == 0, found.output
    first, *lines = found.stdout.splitlines()
    assert first.startswith("page  up  ")
    assert any(line.startswith("── 1 page ─") for line in lines)
    assert f"   GET {site}/ → 200" in lines
    bars = [
        line.split() for line in lines if line.endswith(("█", "▏", "▎", "▍", "▌", "▋", "▊", "▉"))
    ]
    assert [name for name, *_ in bars] == ["connect", "request", "wait", "transfer"]
    longest = max(bars, key=lambda bar: float(bar[1]))
    assert len(longest[-1]) == 48
    assert "   < Content-Type: text/html; charset=utf-8" in lines


def test_a_failure_is_named_first_and_its_page_is_shown(check: Check, site: str):
    found = check(http(site, contains="Добро пожаловать"), "--explain")
    assert found.exit_code == 1
    first, second, *_ = found.stdout.splitlines()
    assert first.startswith("page  down  ")
    assert second.startswith("unexpected_content: page: the text")
    assert '<form method="post" action="/login">' in found.stdout


def test_what_a_well_probe_has_to_mention_is_shown_beside_its_timings(check: Check, site: str):
    steps = """
        step = [{ name = "ask" }, { name = "tidy", always = true, expect = [{ status = [204] }] }]
    """
    found = check(http(site).replace('"http"', '"flow"') + cleandoc(steps) + "\n")
    assert found.exit_code == 0, found.output
    assert re.search(r"page +up .* ask \d.*; tidying up failed \(tidy: ", found.stdout)


def test_json_is_what_it_was_and_has_the_exchange_besides(check: Check, site: str):
    (plain,) = json.loads(check(http(site), "--json").stdout)["observations"]
    (more,) = json.loads(check(http(site), "--json", "--explain").stdout)["observations"]
    assert set(more) - set(plain) == {"exchange"}
    assert {"probe", "component", "kind", "location", "outcome", "reason", "detail", "seconds",
            "steps"} == set(plain)  # fmt: skip
    capture = Capture.from_json(json.dumps(more["exchange"]))
    assert capture.steps[0].exchanges[0].status == 200
    assert [step["name"] for step in more["steps"]] == [step.name for step in capture.steps]


def test_without_explain_nothing_of_the_exchange_is_printed(check: Check, site: str):
    (line,) = check(http(site)).stdout.splitlines()
    assert "GET" not in line


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_is_explained_in_eighty_columns(check: Check, site: str, kind: str):
    (example,) = EXAMPLE.findall(cleandoc(kinds()[kind].settings.__doc__ or ""))
    found = check(HOST.sub(site, example), "--explain")
    assert found.exception is None or isinstance(found.exception, SystemExit), found.output
    lines = found.stdout.splitlines()
    # What is told at a hook is asked of nobody: there is no exchange, and nothing is known of it.
    is_told = kind in {"alertmanager", "heartbeat"}
    shown = "unknown" in lines[0] if is_told else any(line.startswith("── 1 ") for line in lines)
    assert shown, found.output
    assert [line for line in lines if len(line) > WIDTH] == []


def test_no_secret_and_no_personal_data_is_in_any_output(
    check: Check, site: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    login = f"""
[[probe]]
id = "sign-in"
kind = "login"
component = "login"
url = "{site}/login"
username = "CANARY-username"
password = "CANARY password"
headers = {{ X-Probe = "CANARY-header", Authorization = "Basic Q0FOQVJZOkNBTkFSWQ==" }}
success = "main[data-user]"
"""
    page = http(f"{site}/?token=CANARY-query&phone=%2B79161234567", contains="never")
    for options in ([], ["--explain"], ["--json"], ["--json", "--explain"]):
        found = check(login + page, *options)
        assert found.exit_code == 1, found.output
        said = found.output + caplog.text
        assert [
            word
            for word in ("CANARY", "Q0FOQV", "123-45-67", "9161234567", "445 95")
            if word in said
        ] == []
