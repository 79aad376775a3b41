"""What an engineer promises on the command line, citizens read on the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vahta.cli import vahta

CONFIG = '[portal]\nname = "Портал"\n[[component]]\nid = "sms"\nname = "Коды по СМС"\n'


@pytest.fixture
def say(tmp_path: Path) -> Callable[..., Result]:
    """Runs a command on a state of its own."""
    config = tmp_path / "vahta.toml"
    config.write_text(CONFIG)
    where = ("-c", str(config), "--state", str(tmp_path / "state"))
    return lambda *arguments: CliRunner().invoke(vahta, [*arguments, *where])


def test_the_next_news_are_promised_and_shown(say: Callable[..., Result], tmp_path: Path) -> None:
    number = say("incident", "open", "sms", "Коды не приходят").output.strip()
    done = say("incident", "update", number, "--status", "identified", "--next", "45m")
    assert done.exit_code == 0, done.output
    assert say("page", str(tmp_path / "page")).exit_code == 0
    page = (tmp_path / "page" / "index.html").read_text()
    assert "Следующая новость будет до <time" in page
    assert "следующая новость обещана до" in say("explain", number).output


def test_a_promise_that_is_no_time_is_refused(say: Callable[..., Result]) -> None:
    number = say("incident", "open", "sms", "Коды не приходят").output.strip()
    wrong = say("incident", "update", number, "--next", "soon")
    assert wrong.exit_code == 2
    assert "write one such as 2h30m" in wrong.output


def test_of_what_is_over_no_news_are_promised(say: Callable[..., Result]) -> None:
    number = say("incident", "open", "sms", "Коды не приходят").output.strip()
    say("incident", "update", number, "--status", "resolved")
    wrong = say("incident", "update", number, "--next", "45m")
    assert wrong.exit_code == 2
    assert "no news are to be promised" in wrong.output
