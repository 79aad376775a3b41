"""The environment that templates are rendered in: ours, and before them those of a theme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from email.utils import format_datetime
from gettext import NullTranslations
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateSyntaxError,
    nodes,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from statuspage.times import instant
from statuspage.wording import TONES

_ENDING = ".j2"
_UNESCAPING = {"safe", "xmlattr"}


def environment(words: NullTranslations, templates: Path | None = None) -> Environment:
    """For one language. Everything is escaped; templates of a theme reach nothing but what we give.

    ``templates`` is a folder whose files come before ours of the same name.
    """
    loader: BaseLoader = PackageLoader("statuspage")
    kind: type[Environment] = Environment
    if templates is not None:
        loader = ChoiceLoader([FileSystemLoader(templates), loader])
        kind = ImmutableSandboxedEnvironment
    made = kind(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    made.filters |= {
        "instant": instant,
        "exactly": _exactly,
        "rfc822": _rfc822,
        "month_id": _month_id,
    }
    made.globals["tones"] = TONES
    made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]  # put there by the extension
    return made


def mistakes(folder: Path) -> Sequence[str]:
    """Why templates in ``folder`` can't be used, each with its file and line."""
    made = environment(NullTranslations(), folder)
    return [
        f"{file}:{line}: {why}"
        for file in sorted(folder.rglob(f"*{_ENDING}"))
        for line, why in _wrong(made, file)
    ]


class OwnWords(NullTranslations):
    """Some sentences of a page's owner's, and a catalogue for the rest."""

    def __init__(self, own: Mapping[str, str], others: NullTranslations) -> None:
        super().__init__()
        self._own = own
        self.add_fallback(others)

    def gettext(self, message: str) -> str:
        return self._own.get(message) or super().gettext(message)


def _wrong(made: Environment, file: Path) -> Iterator[tuple[int, str]]:
    try:
        tree = made.parse(file.read_text(encoding="utf-8"))
    except TemplateSyntaxError as error:
        yield error.lineno, error.message or "is no template"
        return
    except (OSError, UnicodeDecodeError) as error:
        yield 1, f"cannot be read: {error}"
        return
    for switch in tree.find_all((nodes.EvalContextModifier, nodes.ScopedEvalContextModifier)):
        yield switch.lineno, "escaping can't be switched off"
    for used in tree.find_all(nodes.Filter):
        if used.name in _UNESCAPING:
            yield used.lineno, f"the filter {used.name} would let text through unescaped"
        elif used.name not in made.filters:
            yield used.lineno, f"there is no filter {used.name}"


def _exactly(at: datetime) -> str:
    """To the millisecond: of two updates within a second the feed's reader must see both."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _rfc822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _month_id(month: date) -> str:
    return f"{month:%Y-%m}"
