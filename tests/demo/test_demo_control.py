"""The control page: what people see and press, without any script."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser
from yarl import URL

from vahta.demo.portal import NAMES


async def press(portal, button, *, page="/", headers=None):
    """Send the form around a button, as a browser would."""
    node = (await portal.page(page)).css_first(button)
    form = node
    while form.tag != "form":
        form = form.parent
    data = {i.attributes["name"]: i.attributes["value"] for i in form.css("input[type=hidden]")} | {
        node.attributes["name"]: node.attributes["value"]
    }
    target = URL(f"{portal.base}{page}").join(URL(form.attributes["action"]))
    return await portal.session.post(target, data=data, headers=headers)


async def test_the_page_shows_all_twelve_by_name_and_mode(portal):
    page = await portal.page("/")
    cards = page.css("[data-component]")
    assert [c.attributes["data-component"] for c in cards] == list(NAMES)
    assert [c.css_first("h2").text() for c in cards] == [n["ru"] for n in NAMES.values()]
    assert {c.attributes["data-mode"] for c in cards} == {"ok"}


async def test_the_english_twin_says_the_same_in_english(portal):
    page = await portal.page("/?lang=en")
    assert page.css_first("html").attributes["lang"] == "en"
    assert [h.text() for h in page.css("li h2")] == [n["en"] for n in NAMES.values()]
    visible = page.css_first("main").text()
    assert not any("а" <= letter <= "я" for letter in visible.lower())


async def test_every_component_explains_its_ways_to_break_and_signing_in_has_more(portal):
    page = await portal.page("/")
    for card in page.css("[data-component]"):
        lines = [li.css_first("span").text() for li in card.css(".ways li")]
        assert len(set(lines)) == (13 if card.attributes["id"] == "login" else 8)


async def test_one_click_breaks_and_the_page_says_what_is_wrong(portal, citizen):
    answer = await press(portal, "#sms .row button")
    page = LexborHTMLParser(await answer.text())
    assert answer.url.path == "/portal/"
    assert page.css_first("#sms").attributes["data-mode"] == "lost"
    assert "не приходит" in page.css_first("#sms").text()
    assert "1 из 12" in page.css_first("#summary").text()
    assert await citizen.try_("sms") == "lost"


async def test_every_way_to_break_has_a_button_that_works(portal):
    for mode in ("down", "slow", "error_500", "error_403", "late", "lost", "corrupt", "stale"):
        await press(portal, f"#upload .ways button[value={mode}]")
        assert (await portal.faults())["upload"] == mode


async def test_one_click_heals_one(portal):
    await portal.break_("sms", "lost")
    await portal.break_("home", "down")
    await press(portal, "#sms button.heal")
    assert (await portal.faults())["sms"] == "ok"
    assert (await portal.faults())["home"] == "down"


async def test_one_click_heals_all(portal):
    await portal.break_("sms", "lost")
    await portal.break_("home", "down")
    await press(portal, "button[name=heal]")
    assert set((await portal.faults()).values()) == {"ok"}


async def test_pressing_in_english_stays_in_english(portal):
    answer = await press(portal, "#sms .row button", page="/?lang=en")
    assert answer.url.query["lang"] == "en"
    assert LexborHTMLParser(await answer.text()).css_first("html").attributes["lang"] == "en"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_a_form_from_another_site_changes_nothing(portal, headers):
    answer = await press(portal, "#sms .row button", headers=headers)
    assert answer.status == 403
    assert (await portal.faults())["sms"] == "ok"


async def test_a_form_from_this_very_page_is_taken(portal):
    origin = str(URL(portal.base).origin())
    await press(portal, "#sms .row button", headers={"Origin": origin})
    assert (await portal.faults())["sms"] == "lost"


@pytest.mark.parametrize(
    "data", [{}, {"component": "sms"}, {"component": "<script>", "mode": "down"}]
)
async def test_a_form_that_makes_no_sense_is_400_and_repeats_nothing(portal, data):
    answer = await portal.ask("POST", "/control", data=data)
    assert answer.status == 400
    assert "<script>" not in await answer.text()


async def test_the_page_needs_no_script_and_forbids_any(portal):
    answer = await portal.ask("GET", "/")
    assert "<script" not in await answer.text()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_the_page_says_it_is_a_toy_and_leads_to_the_rest_of_the_demo(portal):
    page = await portal.page("/")
    assert "игрушечный портал" in page.text()
    assert {"/", "/desk/", "/mailbox/"} <= {a.attributes["href"] for a in page.css("a")}


async def test_no_fault_breaks_the_switches_themselves(portal):
    for name in NAMES:
        await portal.break_(name, "down")
    assert (await portal.ask("GET", "/")).status == 200
    assert (await portal.ask("DELETE", "/faults")).status == 200
