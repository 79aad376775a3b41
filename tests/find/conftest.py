"""The worlds and phrases of the evaluation, and small worlds to ask by hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.evaluate_lookup import Judged, incidents, index_of, judge, phrases
from incidents.events import Impact, Origin, Scope, Status
from incidents.find.findings import Findings
from incidents.find.index import Index
from incidents.find.lexicon import Lexicon
from incidents.find.vocabulary import Vocabulary
from incidents.incident import Incident
from incidents.texts import Texts

NOON = datetime(2026, 10, 18, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts.load(["ru", "en"])


@pytest.fixture(scope="session")
def judged(texts: Texts) -> Callable[[str], Sequence[Judged]]:
    """Every phrase of a world with what was found for it."""
    done: dict[str, Sequence[Judged]] = {}

    def of(world: str) -> Sequence[Judged]:
        if world not in done:
            index = index_of(incidents(world), texts.articles.values(), texts)
            done[world] = judge(phrases(world), index.find)
        return done[world]

    return of


@pytest.fixture(scope="session")
def without_symptoms(texts: Texts) -> Callable[[str], Sequence[Judged]]:
    """A world as if nobody had written down how citizens say it."""

    def of(world: str) -> Sequence[Judged]:
        known = [replace(i, symptoms=()) for i in incidents(world)]
        return judge(phrases(world), index_of(known, texts.articles.values(), texts).find)

    return of


@pytest.fixture(scope="session")
def incident() -> Callable[..., Incident]:
    """An open imported incident; keywords change what is said of it."""

    def one(
        number: int, title: str, *symptoms: str, region: str | None = None, **more: Any
    ) -> Incident:
        made = Incident(
            id=f"ИНЦ-2026-{number:04d}",
            component="c",
            origin=Origin.IMPORT,
            status=Status.INVESTIGATING,
            impact=Impact.MAJOR,
            started_at=NOON + timedelta(minutes=number),
            opened_at=NOON + timedelta(minutes=number),
            changed_at=NOON + timedelta(minutes=number),
            title={"ru": title},
            symptoms=tuple({"ru": symptom} for symptom in symptoms),
            scope=Scope(region=region),
        )
        return replace(made, **more)

    return one


@pytest.fixture(scope="session")
def ask(texts: Texts) -> Callable[..., Findings]:
    """What is found for a text where only these incidents are known, and no article."""

    def in_world(text: str, *known: Incident) -> Findings:
        return Index.build(known, [], texts=texts).find(text)

    return in_world


@pytest.fixture
def vocabulary() -> Vocabulary:
    """The language alone, nothing loaded."""
    return Vocabulary(Lexicon.load())
