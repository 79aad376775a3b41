"""``vahta channel test``: whether messages get through, and exactly why not."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from vahta.cli import vahta

CONFIG = """
[portal]
name = {{ ru = "Портал", en = "Portal" }}
[state]
dir = "{dir}/var"
[[channel]]
id = "console"
kind = "console"
lang = "en"
[[channel]]
id = "bot"
kind = "webhook"
url = "{bot}/s3cret-path"
[[channel]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "vahta@example.org"
[[engineer]]
id = "anna"
name = "Анна"
reach = [{{ channel = "mail", to = "anna@example.org" }}]
"""


@pytest.fixture
def run(tmp_path, unused):
    """Runs ``vahta channel test`` on a config with three channels; ``bot`` answers as told."""

    def go(*arguments, bot="http://127.0.0.1:9", ends=0):
        file = tmp_path / "config.toml"
        file.write_text(CONFIG.format(dir=tmp_path, bot=bot, port=unused), encoding="utf-8")
        result = CliRunner().invoke(vahta, ["channel", "test", *arguments, "-c", str(file)])
        assert result.exit_code == ends, result.output
        return result

    return go


@pytest.fixture
def unused():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def bot():
    """A server that answers every POST with the status it was given, and keeps the bodies."""
    servers = []

    def start(status):
        bodies = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                return

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", bodies

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_what_arrives_says_that_it_is_a_test(run, bot):
    url, bodies = bot(204)
    assert run("bot", bot=url).stdout == "bot: sent\n"
    [body] = bodies
    assert (body["event"], body["incident"]) == ("test", None)
    assert body["text"].startswith("Проверка связи: ничего не случилось\n")


def test_a_refusal_is_told_with_its_reason_and_without_the_address(run, bot):
    url, _ = bot(403)
    said = run("bot", bot=url).output
    assert said == "bot: refused, for good (http_403)\n"


def test_where_nobody_listens_nothing_has_left(run):
    result = run("mail", "--to", "anna")
    assert result.stdout.startswith("anna: nothing has left, would be tried again (connect")
    assert "anna@example.org" not in result.output


def test_dry_sends_nothing_and_shows_what_it_would(run, bot):
    url, bodies = bot(204)
    said = run("bot", "--dry", bot=url).stdout
    assert said.endswith("would be sent to bot\n")
    assert "Это проверка канала «bot»" in said
    assert bodies == []


def test_machines_get_the_outcome_of_each(run, bot):
    url, _ = bot(503)
    assert json.loads(run("bot", "--json", bot=url).stdout) == {
        "channel": "bot",
        "results": [
            {
                "to": "bot",
                "outcome": "try_later",
                "reason": "http_503",
                "detail": "",
                "may_have_arrived": False,
            }
        ],
    }


def test_it_speaks_the_channel_s_language(run):
    assert "Test: nothing has happened" in run("console").stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nosuch",), "no channel 'nosuch'; known: console, bot, mail"),
        (("mail",), "give an engineer with --to; mail reaches: anna"),
        (("bot", "--to", "anna"), "bot reaches: nobody"),
    ],
    ids=["channel", "nobody", "elsewhere"],
)
def test_what_cannot_be_tested_is_said(run, arguments, why):
    assert why in run(*arguments, ends=2).stderr
