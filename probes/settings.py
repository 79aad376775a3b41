"""The words a probe's settings are made of: durations, sizes, and what every kind shares."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "kB": 1000, "MB": 1000**2}
_SIZE = re.compile(r"(\d+)\s*(B|KiB|MiB|GiB|kB|MB)")


def parse_duration(value: Any) -> float:
    """Seconds in "500ms", "30s", "5m", "1h30m", "7d". Raises ValueError with the remedy."""
    if isinstance(value, str):
        parts = _DURATION.findall(value)
        if parts and "".join(n + u for n, u in parts) == value.strip():
            return sum(float(number) * _UNITS[unit] for number, unit in parts)
    raise ValueError(f"expected a duration such as \"30s\" or \"5m\", not {value!r}")


def parse_size(value: Any) -> int:
    """Bytes in "64KiB", "10MiB". Raises ValueError with the remedy."""
    if isinstance(value, str) and (match := _SIZE.fullmatch(value.strip())):
        return int(match[1]) * _BYTES[match[2]]
    raise ValueError(f"expected a size such as \"64KiB\" or \"10MiB\", not {value!r}")


def _schema(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example]})


# Defaults are not validated, so they are written in the parsed unit: seconds, bytes.
Duration = Annotated[float, BeforeValidator(parse_duration), _schema("30s")]
Size = Annotated[int, BeforeValidator(parse_size), _schema("10MiB")]


class Settings(BaseModel):
    """Strict by default: an unknown key is a mistake, and no value is changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Id = Annotated[str, Field(pattern=r"^[^\W_][\w.\-]{0,63}$")]


class ProbeSettings(Settings):
    """What every ``[[probe]]`` has, whatever its kind; the kind's own model adds to this."""

    id: Id
    kind: str
    component: Id
    every: Duration = Field(30.0, gt=0, description="How often to ask.")
    timeout: Duration = Field(10.0, gt=0, description="Hard limit for the whole run.")
    recheck: Duration | None = Field(
        None, gt=0, description="Pace of confirmation after a first failure; the kind's or the rules'."
    )
    open_after: int | None = Field(
        None, ge=1, description="Failures in a row that open an incident; the kind's or the rules'."
    )
