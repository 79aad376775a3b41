"""How long similar ones took, on the page; silence where there were too few."""

from __future__ import annotations

from datetime import timedelta

import pytest


def pages(bench, past: int) -> tuple[str, str, str]:
    began = [bench.now - timedelta(days=number + 2) for number in range(past)]
    incidents = [bench.resolved(number + 10, at) for number, at in enumerate(began)]
    site = bench.render(bench.snapshot(bench.incident(1), *incidents))
    own = "incidents/ИНЦ-2026-0001.html"
    return tuple(site[name].decode() for name in ("index.html", own, f"en/{own}"))


def test_enough_similar_ones_say_how_long_it_may_take(bench) -> None:
    home, own, english = pages(bench, past=5)
    assert "Похожие сбои длились около 55 минут (5 из 5)." in home
    assert "Похожие сбои длились около 55 минут (5 из 5)." in own
    assert "Similar ones took about 55 minutes (5 of 5)." in english


@pytest.mark.parametrize("past", [0, 4])
def test_too_few_similar_ones_say_nothing(bench, past) -> None:
    assert not any(
        "Похожие сбои" in page or "Similar ones" in page for page in pages(bench, past=past)
    )
