"""What an operator sees: the lookup box and its answer, the board, an incident's page."""

from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
import tomli
from selectolax.lexbor import LexborHTMLParser

from incidents.events import Scope

SMS, SUSPECT, OLD = "ИНЦ-2026-0042", "ИНЦ-2026-0043", "ИНЦ-2026-0007"


async def page(desk: Any, path: str, *, status: int = 200, **query: str) -> LexborHTMLParser:
    async with desk.get(path, params=query) as reply:
        assert reply.status == status
        return LexborHTMLParser(await reply.text())


def words(tree: LexborHTMLParser, selector: str) -> str:
    return " ".join(" ".join(n.text().split()) for n in tree.css(selector))


async def test_the_lookup_box_has_the_focus_and_nothing_is_claimed_before_a_word(desk: Any) -> None:
    tree = await page(desk, "/desk/")
    assert tree.css_first("input#q").attributes.keys() >= {"autofocus"}
    assert words(tree, "#answer .hint")
    assert not tree.css("#answer .card")


async def test_a_callers_words_bring_the_card_of_the_known_incident(desk: Any) -> None:
    tree = await page(desk, "/desk/", q="смс не приходит")
    card = words(tree, "#answer .known")
    assert "Коды по СМС: код не приходит" in card
    assert "Коды подтверждения сейчас не приходят." in card
    assert "Да, мы видим, что коды сейчас не приходят." in words(tree, "#answer .say")
    assert SMS in card
    assert "Разбираемся" in card
    assert "с 14:18, уже 1 ч 12 мин" in card
    assert "Не просите назвать или переслать код." in card
    assert tree.css_first("input#q").attributes["value"] == "смс не приходит"


async def test_the_wrong_layout_brings_the_same_card(desk: Any) -> None:
    tree = await page(desk, "/desk/", q="ytn cvc")
    assert SMS in words(tree, "#answer .known")


async def test_the_fragment_for_the_script_is_the_answer_of_the_page(desk: Any) -> None:
    whole = await page(desk, "/desk/", q="смс не приходит")
    part = await page(desk, "/desk/answer", q="смс не приходит")
    assert words(whole, "#answer .known") == words(part, ".known")
    assert not part.css("header")


async def test_nothing_known_is_said_definitely_with_the_article_open(desk: Any) -> None:
    tree = await page(desk, "/desk/", q="просит ввести символы с картинки")
    assert "Ничего похожего не известно" in words(tree, "#answer .nothing")
    assert "Просит символы с картинки" in words(tree, "#answer details[open]")


async def test_nothing_known_and_no_article_still_gives_a_sentence_to_say(desk: Any) -> None:
    tree = await page(desk, "/desk/", q="сколько стоит загранпаспорт")
    assert "О таком сбое нам сейчас не известно." in words(tree, "#answer .say")
    assert not tree.css("#answer .rows")


async def test_what_was_resolved_is_never_shown_as_known(desk: Any, house: Any) -> None:
    for id_ in (SMS, SUSPECT):
        del house.incidents[id_]
    tree = await page(desk, "/desk/", q="не могу войти")
    assert not tree.css("#answer .known")
    assert OLD in words(tree, "#answer .rows")


async def test_the_board_lists_open_incidents_and_marks_those_not_yet_public(desk: Any) -> None:
    tree = await page(desk, "/desk/")
    rows = [" ".join(n.text().split()) for n in tree.css(".board section:first-child .rows li")]
    assert [SMS in rows[0], SUSPECT in rows[1]] == [True, True]
    assert "ещё не опубликован" not in rows[0]
    assert "ещё не опубликован" in rows[1]
    assert OLD in words(tree, ".rows.past")


async def test_the_strip_shows_each_component_and_never_green_for_unknown(desk: Any) -> None:
    tree = await page(desk, "/desk/")
    states = {n.text().split()[0]: n.attributes["class"] for n in tree.css(".strip li")}
    assert states == {"Вход": "none", "Коды": "down", "Загрузка": "down", "Горячая": "none"}
    assert "не измеряется" in words(tree, ".strip li:last-child")


async def test_without_open_incidents_it_says_so(desk: Any, house: Any) -> None:
    house.incidents.clear()
    assert "Открытых сбоев нет." in words(await page(desk, "/desk/"), ".calm")


async def test_an_incidents_page_tells_what_happened_and_who_did_it(desk: Any, house: Any) -> None:
    await house.acknowledge(SMS, "local")
    tree = await page(desk, f"/desk/incidents/{SMS}")
    told = [" ".join(n.text().split()) for n in tree.css(".line li > p")]
    assert told == [
        "15:30 Принят в работу. local",
        "15:30 Опубликован сам: прошло 3 мин. Вахта",
        "15:30 Замечен: код не приходит. Проверка «sms», неудач подряд: 2. Вахта",
    ]
    assert "no code within 2 s" in words(tree, ".line pre")
    assert "в работе: local" in words(tree, ".facts")


async def test_only_what_can_be_done_is_offered(desk: Any, house: Any) -> None:
    async def offered(id_: str) -> list[str]:
        tree = await page(desk, f"/desk/incidents/{id_}")
        forms = tree.css(".actions form")
        return [str(n.attributes["action"]).rpartition("/")[2] for n in forms]

    assert await offered(SUSPECT) == [
        "acknowledge",
        "publish",
        "publish-later",
        "update",
        "resolve",
        "mute",
        "lock",
        "merge",
    ]
    await house.acknowledge(SMS, "local")
    assert await offered(SMS) == ["update", "resolve", "mute", "lock", "merge"]
    assert await offered(OLD) == ["reopen"]


async def test_an_unknown_number_is_a_page_that_helps(desk: Any) -> None:
    tree = await page(desk, "/desk/incidents/ИНЦ-1999-0001", status=404)
    assert "Такого сбоя нет" in words(tree, "h1")


async def test_english_is_remembered(desk: Any) -> None:
    tree = await page(desk, "/desk/", q="sms code", lang="en")
    assert "Say this" in words(tree, "#answer .label")
    again = await page(desk, "/desk/")
    assert again.css_first("html").attributes["lang"] == "en"
    assert "SMS codes" in words(again, ".strip")


async def test_the_other_language_is_one_link_away_from_the_same_question(desk: Any) -> None:
    tree = await page(desk, "/desk/", q="код")
    link = str(tree.css_first(".langs a").attributes["href"])
    assert "lang=en" in link
    async with desk.get(link) as reply:
        assert 'value="код"' in await reply.text()


async def test_a_language_nobody_offers_is_passed_over(desk: Any) -> None:
    tree = await page(desk, "/desk/", lang="xx")
    assert tree.css_first("html").attributes["lang"] == "ru"


NASTY = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


async def test_what_people_wrote_is_never_markup(desk: Any, house: Any) -> None:
    house.incidents[SMS] = replace(
        house.incidents[SMS],
        title={"ru": NASTY},
        public_text={"ru": NASTY},
        operator_note={"ru": NASTY},
        acknowledged_by=NASTY,
        scope=Scope(region=NASTY),
    )
    for path, query in (
        ("/desk/", {"q": "ИНЦ-2026-0042"}),
        (f"/desk/incidents/{SMS}", {}),
        ("/desk/", {"q": NASTY}),
        ("/desk/open", {"component": NASTY}),
    ):
        tree = await page(desk, path, **query)
        assert not tree.css("img[onerror]")
        assert [n.attributes.get("src") is not None for n in tree.css("script")] == [True]


async def test_pages_may_not_be_framed_kept_or_scripted(desk: Any) -> None:
    for path in ("/desk/", f"/desk/incidents/{SMS}", "/desk/nowhere", "/api/v1/incidents"):
        async with desk.get(path) as reply:
            policy = reply.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert reply.headers["X-Content-Type-Options"] == "nosniff"
            assert reply.headers["Cache-Control"] == "no-store"
            assert reply.headers["Referrer-Policy"] == "same-origin"


async def test_no_page_carries_inline_style_or_script(desk: Any) -> None:
    for path in ("/desk/?q=смс", f"/desk/incidents/{SUSPECT}", "/desk/open"):
        tree = await page(desk, path)
        assert not tree.css("style, [style]")
        assert not [n for n in tree.css("script") if n.text()]


@pytest.mark.parametrize("name", ["desk.css", "desk.js", "icon.svg"])
async def test_the_assets_are_served(desk: Any, name: str) -> None:
    async with desk.get(f"/desk/static/{name}") as reply:
        assert reply.status == 200
        assert "immutable" in reply.headers["Cache-Control"]


async def test_no_other_file_is_an_asset(desk: Any) -> None:
    async with desk.get("/desk/static/..%2Fapp.py") as reply:
        assert reply.status == 404


def test_every_language_has_the_same_words() -> None:
    def keys(name: str) -> set[str]:
        text = (files("desk") / "languages" / name).read_text(encoding="utf-8")
        table = tomli.loads(text)
        return {
            f"{group}.{key}" if isinstance(inner, dict) else group
            for group, inner in table.items()
            for key in (inner if isinstance(inner, dict) else [""])
        }

    assert keys("ru.toml") == keys("en.toml")


async def test_no_word_of_the_desk_is_mistaken_for_code(desk: Any) -> None:
    for path in ("/desk/?q=смс", f"/desk/incidents/{SUSPECT}", "/desk/open", "/desk/incidents/x"):
        async with desk.get(path) as reply:
            assert "built-in method" not in await reply.text()
