"""What short blobs and widening bins give back: everything, and quantiles within 5 %."""

from __future__ import annotations

import math
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.history.packing import pack, pack_rising, unpack, unpack_rising
from incidents.history.sketch import bin_of, merge, pack_bins, quantile, unpack_bins

BINS = st.dictionaries(st.integers(0, 400), st.integers(1, 10**6), max_size=40)
TIMES = st.lists(st.floats(0.1, 1e7), min_size=1, max_size=300)


def sketch_of(values: list[float]) -> dict[int, int]:
    bins: dict[int, int] = {}
    for value in values:
        merge(bins, {bin_of(value): 1})
    return bins


@given(TIMES, st.floats(0, 1))
def test_a_quantile_is_within_five_percent_of_the_exact_one(
    values: list[float], share: float
) -> None:
    exact = sorted(values)[max(math.ceil(share * len(values)), 1) - 1]
    assert quantile(sketch_of(values), share) == pytest.approx(exact, rel=0.05)


@given(TIMES, TIMES)
def test_merging_is_as_good_as_gathering_at_once(one: list[float], other: list[float]) -> None:
    merged = sketch_of(one)
    merge(merged, sketch_of(other))
    assert merged == sketch_of(one + other)


def test_what_took_no_time_at_all_is_told_as_the_least_there_is() -> None:
    assert quantile(sketch_of([0.0, 0.05]), 0.5) == pytest.approx(0.1, rel=0.05)


def test_a_sketch_of_nothing_has_no_quantiles() -> None:
    with pytest.raises(ValueError, match="nothing"):
        quantile({}, 0.5)


@given(BINS)
def test_bins_come_back_from_their_blob(bins: dict[int, int]) -> None:
    assert unpack_bins(pack_bins(bins)) == bins


def test_neighbouring_bins_cost_a_byte_each() -> None:
    assert len(pack_bins({70: 5, 71: 100, 72: 9, 75: 1})) == 1 + 3 + 2 + 1


@given(st.lists(st.integers(0, 2**62)))
def test_numbers_come_back_from_their_blob(numbers: list[int]) -> None:
    assert unpack(pack(numbers)) == numbers


@given(st.lists(st.integers(0, 10**9)))
def test_rising_offsets_come_back_from_their_blob(steps: list[int]) -> None:
    offsets = list(accumulate(steps))
    assert unpack_rising(pack_rising(offsets)) == offsets


def test_a_steady_beat_is_a_byte_for_each_mark() -> None:
    assert len(pack_rising([30_000, 60_004, 90_001, 120_000])) == 3 + 3
