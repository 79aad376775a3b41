"""Lines as people write them: everything personal goes, everything else stays."""

import tomllib
from pathlib import Path

import pytest

from incidents.mask import mask

_HERE = Path(__file__).parent
_SETS = {
    name: tomllib.loads((_HERE / f"{name}.toml").read_text())
    for name in ("lines", "second", "third", "fourth")
}
_CASES = [
    pytest.param(line, id=f"{name}-{kind}-{number}")
    for name, kinds in _SETS.items()
    for kind, lines in kinds.items()
    for number, line in enumerate(lines, 1)
]


@pytest.mark.parametrize("line", _CASES)
def test_what_is_marked_goes_and_the_rest_stays(line, judge):
    masked = mask(judge.plain(line))
    assert judge.rightly(line, masked), f"{line!r} became {masked!r}"


@pytest.mark.parametrize("line", _CASES)
def test_a_masked_line_is_masked_no_further(line, judge):
    masked = mask(judge.plain(line))
    assert mask(masked) == masked


def test_half_of_the_lines_are_look_alikes(judge):
    lines = [line for kinds in _SETS.values() for group in kinds.values() for line in group]
    personal = sum(map(judge.personal, lines))
    assert len(lines) >= 700
    assert 0.4 < personal / len(lines) < 0.6
