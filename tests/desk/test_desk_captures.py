"""What a failed probe exchanged, read at the desk: the guilty step open, the rest folded."""

import re
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from probes.capture import Capture, Certificate, Exchange, Part

SMS = "ИНЦ-2026-0042"
CAPTURED = "20261018T111800-0123456789ab"
HOSTILE = """<script>alert("x")</script>'"><img src=x onerror=alert(1)>{{ 7*7 }}"""

Client = TestClient[web.Request, web.Application]


async def page(desk: Client, path: str, *, status: int = 200, lang: str = "ru") -> str:
    answer = await desk.get(path, params={"lang": lang})
    assert answer.status == status
    return await answer.text()


def stages(text: str) -> list[str]:
    """Each step's list item."""
    return re.findall(r'<li class="(?:guilty \w+)?"><details.*?</details></li>', text, re.DOTALL)


def widths(stage: str) -> dict[str, float]:
    """Of a hundred, by the name of the phase."""
    bar = r'<th scope="row">([^<]+)</th>.*?<rect width="([\d.]+)"'
    return {name: float(width) for name, width in re.findall(bar, stage, re.DOTALL)}


async def test_an_incident_leads_to_the_exchange_that_proved_it(desk: Client) -> None:
    text = await page(desk, f"/desk/incidents/{SMS}")
    (link,) = set(re.findall(r'href="(/desk/captures/[^"]+)">Что проверка', text))
    assert link.startswith(f"/desk/captures/{CAPTURED}?incident=")
    answer = await desk.get(link)
    assert f"← {SMS}" in await answer.text()


async def test_the_failing_step_is_open_and_the_others_are_folded(desk: Client) -> None:
    found = stages(await page(desk, f"/desk/captures/{CAPTURED}"))
    assert len(found) == 3
    assert ["<details open>" in stage for stage in found] == [False, True, False]
    assert 'class="guilty down"' in found[1]
    assert "Шлюз перегружен" in found[1]


async def test_a_wait_that_failed_is_the_failing_step(desk: Client, house: Any) -> None:
    whole = house.captures[CAPTURED]
    waited = Part("arrival", 90.0, {})
    house.captures[CAPTURED] = replace(
        whole, detail="arrival: no message within 90 s", steps=(*whole.steps[:1], waited)
    )
    text = await page(desk, f"/desk/captures/{CAPTURED}")
    found = stages(text)
    assert ["<details open>" in stage for stage in found] == [False, True]
    assert "ожидание" in found[1]
    assert "90,00 с" in found[1]


async def test_bars_share_one_scale(desk: Client) -> None:
    first, second, _ = stages(await page(desk, f"/desk/captures/{CAPTURED}"))
    assert widths(second)["первый байт"] == 100
    assert widths(first)["TLS"] == 4


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("ru", ("не работает", "1,25 с", "4,5 мс", "Заголовки ответа", "Сертификат:", "выдан:")),
        ("en", ("doesn't work", "1.25 s", "4.5 ms", "Headers of the answer", "issued by")),
    ],
)
async def test_it_speaks_the_readers_language(
    desk: Client, lang: str, words: tuple[str, ...]
) -> None:
    text = (await page(desk, f"/desk/captures/{CAPTURED}", lang=lang)).replace("&#39;", "'")
    for each in words:
        assert each in text


async def test_whatever_a_portal_answers_stays_text(desk: Client, house: Any) -> None:
    exchange = Exchange(
        method=HOSTILE, url=HOSTILE, seconds=1.0, phases={HOSTILE: 1.0}, sent="form",
        fields=(HOSTILE,), request_headers=((HOSTILE, HOSTILE),), status=500,
        response_headers=((HOSTILE, HOSTILE),), body=HOSTILE, length=10**6, error=HOSTILE,
        certificate=Certificate(HOSTILE, HOSTILE, "2027-01-01T00:00:00+00:00"),
    )  # fmt: skip
    house.captures[CAPTURED] = Capture(
        probe=HOSTILE, component=HOSTILE, kind=HOSTILE, location=HOSTILE,
        at="2026-10-18T11:18:00+00:00", outcome="down", reason="of a later version",
        detail=HOSTILE, seconds=1.0, steps=(Part(HOSTILE, 1.0, {HOSTILE: 1.0}, (exchange,)),),
    )  # fmt: skip
    text = await page(desk, f"/desk/captures/{CAPTURED}?incident={SMS}")
    assert "<img src=x" not in text
    assert "alert(&#34;x&#34;)" in text
    assert "<script>alert" not in text
    assert "{{ 7*7 }}" in text


@pytest.mark.parametrize(
    ("id_", "status", "words"),
    [
        ("20260901T111800-0123456789ab", 410, "хранятся 30 дн, а эта сделана 1 сен, 14:18"),
        ("20261018T122959-0123456789ab", 404, "обновите страницу"),
        ("20269999T999999-0123456789ab", 404, "Такой записи нет"),
        ("good-0123456789ab", 404, "Такой записи нет"),
        (HOSTILE.replace("/", "").replace("{{ 7*7 }}", ""), 404, "Такой записи нет"),
    ],
    ids=["expired", "just now", "no instant", "a success", "hostile"],
)
async def test_what_is_not_kept_says_so(desk: Client, id_: str, status: int, words: str) -> None:
    assert words in await page(desk, f"/desk/captures/{id_}", status=status)


async def test_a_back_link_leads_only_to_the_desk(desk: Client) -> None:
    path = f"/desk/captures/{CAPTURED}"
    answer = await desk.get(path, params={"incident": '//evil.example/"><b>'})
    assert 'href="/desk/incidents///evil.example/%22%3E%3Cb%3E"' in await answer.text()
