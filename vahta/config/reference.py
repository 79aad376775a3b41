"""Writes docs/config.md: every table and key a config file may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from vahta.config.fields import about, keys
from vahta.config.loader import ARRAYS, TABLES, ChannelKinds, HasSettings, ProbeKinds

_START = """\
# config.toml

<!-- Generated from the models in vahta/config/, probes/kinds/ and notify/channels/:
     do not edit it; change a model and run `python -m vahta.config.generate`. -->

One TOML file says everything: which portal, which probes, whom to tell. Only `[portal] name` is
required. `vahta validate` lists every mistake at once, each with its line and the remedy:

```text
config.toml:12: probe[0].timout: unknown key, did you mean "timeout"?
config.toml:15: probe[1].every: expected a duration such as "30s" or "5m", not 10
```

Editors that know JSON Schema complete and check while you type; the first line of the file tells
them where it is: `#:schema ./vahta.schema.json`.

**Words.** A *duration* is text such as `"500ms"`, `"30s"`, `"5m"`, `"1h30m"`, `"7d"`; a *size* is
`"64KiB"`, `"10MiB"`. An *id* is letters of any script, digits, `.`, `_`, `-`, at most 64, first a
letter or digit; ids are for ever, since history hangs on them, while names may change. Where a
text may be given for each language, write `{ ru = "…", en = "…" }`, or a plain text in the
portal's first language. Relative directories and secret files are beside the config file.

**Variables.** Inside any text `${NAME}` is an environment variable, `${NAME:-default}` has a
default (for an empty one too), and `${file:/run/secrets/x}` is the content of a file that others
on the machine cannot read. A number or a switch may be a variable too: `port = "${PORT:-25}"`.
`$$` stands for a dollar sign where `${` would be meant literally. An undefined variable is a
mistake. `journal`, `incident`, `lookup`, `explain` and `backup` resolve only `[state]`, so they
work where the secrets are absent.
"""

_PROBES = """\
Every probe has an `id`, a `kind` and the `component` it speaks for. Each run is one attempt. A
failure is confirmed at the pace of `recheck`, and after `open_after` failures in a row there is
an incident. The keys of the tables `auth`, `connection` and `sms` are in [probes.md](probes.md).
"""

_CHANNELS = """\
Every channel has an `id` and a `kind`. Nothing is sent through it until a `[[route]]` names it.
"""


def reference(probe_kinds: ProbeKinds, channel_kinds: ChannelKinds) -> str:
    """The whole page, as Markdown."""
    return "\n".join(_parts(probe_kinds, channel_kinds))


def _parts(probe_kinds: ProbeKinds, channel_kinds: ChannelKinds) -> Iterator[str]:
    yield _START
    for name, model in TABLES.items():
        yield from _section(f"## `[{name}]`", model)
    for name, row in ARRAYS.items():
        if row is not None:
            yield from _section(f"## `[[{name}]]`", row)
        elif name == "probe":
            yield from _kinds(name, _PROBES, probe_kinds)
        else:
            yield from _kinds(name, _CHANNELS, channel_kinds)


def _kinds(name: str, words: str, kinds: Mapping[str, HasSettings[BaseModel]]) -> Iterator[str]:
    yield f"## `[[{name}]]`\n\n{words}"
    for kind, found in sorted(kinds.items()):
        yield from _section(f"### `{kind}`", found.settings)


def _section(heading: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"{heading}\n\n{about(model)}\n"
    yield "| Key | What | Default | Meaning |\n|---|---|---|---|"
    for key in keys(model):
        default = "required" if key.is_required else f"`{key.default}`" if key.default else ""
        cells = (f"`{key.name}`", key.kind, default, key.meaning)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""
