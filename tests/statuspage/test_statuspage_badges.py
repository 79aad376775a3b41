"""Badges: readable by eye, by ear and by shields.io, whatever they are called."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from playwright.async_api import async_playwright

from incidents.health import ComponentStatus, Health
from statuspage import badge

SVG = "{http://www.w3.org/2000/svg}"
WHITE = (255, 255, 255)
SCHEMA = {
    "schemaVersion": int, "label": str, "message": str, "color": str, "cacheSeconds": int,
}  # fmt: skip
NAMED_COLOURS = {
    "brightgreen",
    "green",
    "yellowgreen",
    "yellow",
    "orange",
    "red",
    "blue",
    "lightgrey",
}
NAMES = (
    "Вход в личный кабинет", "Жёлтый щит Юпитера", "Document uploads", "WWWWWWW", "iiiiillll",
    "№ 1 — «ШЩЖЮ»", "Ω", "документы" * 20,
)  # fmt: skip


def luminance(colour):
    def channel(value):
        share = value / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = map(channel, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def named(bench, *names, status=ComponentStatus.PARTIAL):
    component = bench.component("maps")
    return bench.snapshot(
        components=tuple(
            Health(type(component)(f"c{n}", {"ru": name}, probes=("p",)), status)
            for n, name in enumerate(names)
        )
    )


@pytest.mark.parametrize(("_", "colour"), badge.COLOURS.values(), ids=badge.COLOURS)
def test_white_words_can_be_read_on_every_colour(_, colour):
    rgb = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    assert (luminance(WHITE) + 0.05) / (luminance(rgb) + 0.05) >= 4.5


def test_shields_gets_what_its_schema_has(bench):
    files = bench.render(bench.snapshot(states={"maps": ComponentStatus.UNKNOWN}))
    badges = [name for name in files if re.fullmatch(r"(.*/)?badge(/.+)?\.json", name)]
    assert len(badges) == 12 + 2
    for name in badges:
        document = json.loads(files[name])
        assert {key: type(value) for key, value in document.items()} == SCHEMA
        assert document["color"] in NAMED_COLOURS
        assert document["label"]
        assert document["message"]


def test_the_page_as_a_whole_has_a_badge_in_each_language(bench):
    files = bench.render(bench.snapshot(bench.incident(1), states={"sms": ComponentStatus.MAJOR}))
    said = [json.loads(files[name]) for name in ("badge.json", "en/badge.json")]
    assert [(s["label"], s["message"], s["color"]) for s in said] == [
        ("Портал услуг", "Часть сервисов не работает", "red"),
        ("Services portal", "Some services don't work", "red"),
    ]
    drawing = ET.fromstring(files["en/badge.svg"])
    assert drawing.attrib["aria-label"] == "Services portal: Some services don't work"


def test_a_component_called_badge_takes_no_other_file(bench):
    component = type(bench.component("maps"))("badge", {"ru": "Значки"}, probes=("p",))
    files = bench.render(
        bench.snapshot(components=(Health(component, ComponentStatus.OPERATIONAL),))
    )
    assert json.loads(files["badge/badge.json"])["label"] == "Значки"
    assert json.loads(files["badge.json"])["label"] == "Портал услуг"


@pytest.mark.parametrize("name", NAMES)
def test_the_words_are_bound_to_the_room_there_is_for_them(bench, name):
    drawing = ET.fromstring(bench.render(named(bench, name))["badge/c0.svg"])
    boxes = [float(box.attrib["width"]) for box in drawing.iter(f"{SVG}rect")]
    lengths = [float(text.attrib["textLength"]) for text in drawing.iter(f"{SVG}text")]
    assert all(0 < length < box for length, box in zip(lengths, boxes, strict=True))
    assert float(drawing.attrib["width"]) == sum(boxes)
    assert drawing.find(f"{SVG}title").text == drawing.attrib["aria-label"]


async def test_the_room_is_about_what_a_browser_needs(bench, needs):
    """Within a tenth, so that nothing looks squeezed or spread, in Cyrillic as in Latin."""
    files = bench.render(named(bench, *NAMES[:4], NAMES[5]))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=needs("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page()
        for number in range(5):
            await page.set_content(files[f"badge/c{number}.svg"].decode())
            found = await page.evaluate(
                """() => [...document.querySelectorAll('text')].map(text => {
                    const given = +text.getAttribute('textLength');
                    text.removeAttribute('textLength');
                    return [given, text.getComputedTextLength()];
                })"""
            )
            for given, natural in found:
                assert given == pytest.approx(natural, rel=0.1), files[f"badge/c{number}.svg"]
        await browser.close()
