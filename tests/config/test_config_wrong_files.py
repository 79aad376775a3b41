"""Every wrong file in ``wrong/`` says exactly what its ``.txt`` says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vahta.config import ConfigError, format_problems

WRONG = Path(__file__).parent / "wrong"
FILES = sorted(WRONG.glob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_wrong_file_says_exactly_what_is_wrong(
    file: Path, load_file: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(WRONG)
    with pytest.raises(ConfigError) as caught:
        load_file(Path(file.name))
    said = format_problems(caught.value).replace(str(WRONG), "/etc/vahta") + "\n"
    assert said == file.with_suffix(".txt").read_text(encoding="utf-8")
