"""What is kept of an error: short, without secrets, and quickly found."""

import time

import pytest

from notify.receipt import redact


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "POST https://bot.example.org/hook?token=SECRET failed",
            "POST https://bot.example.org/… failed",
        ),
        ("smtp://ann:SECRET@mail.example.org:25 refused", "smtp://mail.example.org:25/… refused"),
        ("Cannot POST /hook/abc?token=SECRET", "Cannot POST /…"),
        ("550 no mailbox anna@example.org here", "550 no mailbox [e-mail] here"),
        ("HTTP 503, and/or slow", "HTTP 503, and/or slow"),
        ("two\r\nlines", "two lines"),
    ],
)
def test_only_what_names_nobody_and_opens_nothing_is_kept(said: str, kept: str) -> None:
    assert redact(said) == kept


@pytest.mark.parametrize("flood", ["x", "1", "a@", "://", "a/", "+7"])
def test_a_flood_costs_no_more_than_its_beginning(flood: str) -> None:
    """The ratio, since clocks are noisy: a body a hundred times longer takes no longer."""
    short, long = flood * (2000 // len(flood)), flood * (200_000 // len(flood))
    times = {}
    for text in (short, long):
        runs = []
        for _ in range(5):
            began = time.perf_counter()
            redact(text)
            runs.append(time.perf_counter() - began)
        times[text] = min(runs)
    assert times[long] < 10 * times[short] + 0.001
