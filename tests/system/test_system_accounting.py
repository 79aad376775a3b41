"""Killed again and again while providers misbehave, the service leaves nobody untold.

The long form is ``make soak``: 200 deaths. What is required is worked out by a model that shares
no code with the service; what arrived is in a ledger that the providers keep. See bench/accounting.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.accounting.__main__ import complaints, table
from bench.accounting.mutations import MUTATIONS, AnchorError, Mutation, mutated, noticed
from bench.accounting.soak import SURE, run

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.timeout(400)]
SEED = 20261122


async def test_after_twenty_deaths_the_books_balance(tmp_path: Path) -> None:
    soak, found = await run(tmp_path, kills=20, seed=SEED)
    said = f"seed {SEED}\n{table(soak, found)}"
    assert complaints(soak, found) == [], said
    assert sum(soak.deaths.values()) > 20, said
    assert set(SURE) <= soak.deaths.keys(), said
    assert found.heard > 100, said


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.point)
async def test_the_accounting_notices(tmp_path: Path, mutation: Mutation) -> None:
    assert await noticed(mutation, tmp_path, kills=1, seed=SEED)


async def test_the_same_lives_without_a_mutation_give_no_complaint(tmp_path: Path) -> None:
    assert await noticed(None, tmp_path, kills=1, seed=SEED) == []


def test_a_mutation_that_no_longer_fits_the_code_says_so(tmp_path: Path) -> None:
    stray = Mutation("x", "notify/courier.py", "no such line\n", "", "after_claim")
    with pytest.raises(AnchorError):
        mutated(stray, tmp_path)
