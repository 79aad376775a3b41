"""How well the incident is found that an operator means: tables for docs/lookup.md.

    .venv/bin/python -m bench.evaluate_lookup [--write | --misses]

The phrases of tests/find are cut in two by their hash. Rules may be tuned on the one half; the
other says what that was worth.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tomli

from incidents.article import Article
from incidents.events import Status
from incidents.find.findings import Findings
from incidents.find.index import Index
from incidents.fold import evolve
from incidents.incident import Incident
from incidents.texts import Texts
from incidents.transfer import parse

FOLDER = Path(__file__).parent.parent / "tests" / "find"
DOCS = Path(__file__).parent.parent / "docs" / "lookup.md"
BEGIN, END = "<!-- written by bench.evaluate_lookup -->", "<!-- end -->"
WORLDS = {
    "portal": "A national portal on a very bad day: 39 open incidents",
    "week": "The same portal in an ordinary week: 12 open incidents",
    "card": "The transport card of a city: 19 open incidents",
}
BLIND = {
    "blind_portal": "Portal, 31 open",
    "blind_university": "University, 15 open",
    "blind_spring": "Portal in spring, 17 open",
    "blind_summer": "Portal in summer, 16 open",
    "blind_autumn": "Portal in autumn, 17 open",
}
"""Worlds written without a look at the engine, in the order they were asked."""
_STARTED = "2026-10-{:02d}T09:00:00+03:00"


@dataclass(frozen=True, slots=True)
class Phrase:
    """``expected``: the ids of which any is right; empty where nothing open answers."""

    text: str
    kind: str
    expected: frozenset[str]

    @property
    def half(self) -> str:
        return ("tune", "test")[zlib.crc32(self.text.encode()) % 2]


Judged = tuple[Phrase, Findings]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts; ``nothing`` are phrases that no open incident answers."""

    asked: int
    first: int
    among_three: int
    confident: int
    nothing: int
    wrongly: int

    @classmethod
    def of(cls, judged: Iterable[Judged]) -> Tally:
        first = among = confident = wrongly = asked = nothing = 0
        for phrase, found in judged:
            ids = [hit.id for hit in found.incidents]
            right = bool(ids) and ids[0] in phrase.expected
            wrongly += found.confident and not right
            if not phrase.expected:
                nothing += 1
                continue
            asked += 1
            first += right
            among += not phrase.expected.isdisjoint(ids[:3])
            # One that is over can be right, and then nobody may be told it's the match.
            confident += right and (found.confident or not _is_open(found))
        return cls(asked, first, among, confident, nothing, wrongly)

    @property
    def hit_1(self) -> float:
        return self.first / max(1, self.asked)

    @property
    def hit_3(self) -> float:
        return self.among_three / max(1, self.asked)

    @property
    def confident_and_right(self) -> float:
        return self.confident / max(1, self.asked)

    @property
    def wrongly_confident(self) -> float:
        return self.wrongly / max(1, self.asked + self.nothing)


def _is_open(found: Findings) -> bool:
    return Status(found.incidents[0].status or "").is_open


def phrases(world: str) -> Sequence[Phrase]:
    """Every phrase of a world, each with what is right for it."""
    table = tomli.loads((FOLDER / f"{world}_phrases.toml").read_text(encoding="utf-8"))
    prefix = incidents(world)[0].id[:-4]
    return [
        Phrase(text, kind, frozenset(prefix + number for number in numbers.split()))
        for kind, by_incident in table.items()
        for numbers, texts in by_incident.items()
        for text in texts
    ]


def incidents(world: str) -> Sequence[Incident]:
    """What `vahta incident import` makes of a world."""
    table = tomli.loads((FOLDER / f"{world}_world.toml").read_text(encoding="utf-8"))["incident"]
    for day, item in enumerate(table):
        item["started_at"] = _STARTED.format(1 + day % 28)
    return [
        evolve(None, record, at=record.started_at, actor="import")
        for record in parse(json.dumps(table), lang="ru")
    ]


def index_of(world: Sequence[Incident], articles: Iterable[Article], texts: Texts) -> Index:
    return Index.build(world, articles, texts=texts)


def judge(asked: Iterable[Phrase], find: Callable[[str], Findings]) -> Sequence[Judged]:
    return [(phrase, find(phrase.text)) for phrase in asked]


def table(judged: Sequence[Judged]) -> str:
    """One row per kind of phrase and half, and one for all."""
    rows = [
        "| Kind | Half | Phrases | hit@1 | hit@3 | confident and right | wrongly confident |",
        "|---|---|---|---|---|---|---|",
    ]
    kinds = list(dict.fromkeys(phrase.kind for phrase, _ in judged))
    for kind in [*kinds, "all"]:
        for half in ("tune", "test"):
            found = [j for j in judged if kind in (j[0].kind, "all") and j[0].half == half]
            rows.append(f"| {kind} | {half} | {_row(Tally.of(found))} |")
    return "\n".join(rows)


def blind_table(judged: Mapping[str, Sequence[Judged]]) -> str:
    """One row per blind world, and one for all."""
    rows = [
        "| World | Phrases | hit@1 | hit@3 | confident and right | wrongly confident |",
        "|---|---|---|---|---|---|",
    ]
    rows += [f"| {BLIND[world]} | {_row(Tally.of(found))} |" for world, found in judged.items()]
    rows.append(f"| all | {_row(Tally.of(j for found in judged.values() for j in found))} |")
    return "\n".join(rows)


def _row(tally: Tally) -> str:
    shares = (tally.hit_1, tally.hit_3, tally.confident_and_right)
    cells = [f"{100 * s:.1f} %" if tally.asked else "" for s in shares]
    both = tally.asked + tally.nothing
    return " | ".join([str(both), *cells, f"{100 * tally.wrongly_confident:.1f} %"])


def misses(judged: Sequence[Judged], half: str) -> Iterable[str]:
    """What went wrong, for whoever tunes: only ever the tune half."""
    for phrase, found in judged:
        ids = [hit.id for hit in found.incidents]
        right = bool(ids) and ids[0] in phrase.expected
        good = right and found.confident if phrase.expected else not found.confident
        if phrase.half == half and not good:
            top = [(h.id[-4:], h.score, h.status and h.status[:4]) for h in found.incidents[:3]]
            sure = "!" if found.confident else "?"
            mark = "ok" if right else "MISS"
            yield f"{phrase.kind:14} {mark:4} {sure} {sorted(phrase.expected)} {phrase.text[:90]!r} {top}"


def report(texts: Texts) -> tuple[str, Sequence[str]]:
    """All tables, and what went wrong on the tune halves."""
    parts: list[str] = []
    wrong: list[str] = []
    articles = texts.articles.values()
    for world, name in WORLDS.items():
        found = index_of(incidents(world), articles, texts)
        judged = judge(phrases(world), found.find)
        parts += [f"### {name}", table(judged)]
        wrong += misses(judged, "tune")
    blind = {
        world: judge(phrases(world), index_of(incidents(world), articles, texts).find)
        for world in BLIND
    }
    parts += ["### The blind worlds, as they are found now", blind_table(blind)]
    return "\n\n".join(parts), wrong


def main() -> None:
    tables, wrong = report(Texts.load(["ru", "en"]))
    if "--misses" in sys.argv:
        print("\n".join(wrong))
    elif "--write" in sys.argv:
        before, _, after = DOCS.read_text(encoding="utf-8").partition(BEGIN)
        DOCS.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after.partition(END)[2]}", "utf-8")
    else:
        print(tables)


if __name__ == "__main__":
    main()
