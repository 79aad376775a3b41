"""Who was told of an incident and why not, at the desk."""

from datetime import UTC, datetime

from selectolax.lexbor import LexborHTMLParser

from desk.verdict import Verdict
from incidents.story import Mark

SMS = "ИНЦ-2026-0042"
AT = datetime(2026, 10, 18, 11, 18, tzinfo=UTC)


async def page(desk, path, **query):
    answer = await desk.get(path, params=query)
    return answer.status, LexborHTMLParser(await answer.text())


def words(tree, selector):
    return [" ".join(node.text(separator=" ").split()) for node in tree.css(selector)]


async def test_each_entry_has_its_routes_with_whom_and_why(desk, house):
    house.verdicts[SMS] = [
        Verdict(
            7, AT, "Начало", "nights", "anna, mail (duty)", Mark.PASSED, "opened", "доставлено"
        ),
        Verdict(
            7, AT, "Начало", "day", "", Mark.NEVER, "other_time", "маршрут для другого времени"
        ),
        Verdict(9, AT, "Конец", "nights", "<b>x", Mark.WAITING, "resolved", "ждёт отправки"),
    ]
    status, tree = await page(desk, f"/desk/incidents/{SMS}/told")
    assert status == 200
    assert words(tree, "h2") == ["14:18 Начало 7", "14:18 Конец 9"]
    assert words(tree, "tbody tr") == [
        "nights anna, mail (duty) доставлено opened",
        "day — маршрут для другого времени other_time",
        "nights <b>x ждёт отправки resolved",
    ]


async def test_an_incident_leads_there_and_nothing_is_said_of_nothing(desk):
    _, tree = await page(desk, f"/desk/incidents/{SMS}", lang="en")
    (link,) = [a for a in tree.css("a") if "Who was told" in a.text()]
    status, tree = await page(desk, link.attributes["href"], lang="en")
    assert (status, words(tree, ".lead")) == (200, ["Nobody and nothing so far."])


async def test_an_unknown_incident_has_no_such_page(desk):
    assert (await page(desk, "/desk/incidents/ИНЦ-2026-9999/told"))[0] == 404
