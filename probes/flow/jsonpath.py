"""Values inside JSON answers, by JSONPath (RFC 9535)."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery


@lru_cache(maxsize=1024)
def _compiled(path: str) -> JSONPathQuery:
    # A heavy import, and only for those who need more than a key.
    import jsonpath_rfc9535

    return jsonpath_rfc9535.compile(path)


def values_at(path: str, document: Any) -> list[Any]:
    """Everything ``path`` finds, in order. A plain key is short for ``$.key``."""
    if not path.startswith("$"):
        return [document[path]] if isinstance(document, dict) and path in document else []
    from jsonpath_rfc9535 import JSONPathError

    try:
        return list(_compiled(path).find(document).values())
    except (JSONPathError, RecursionError):  # nested too deeply for anybody's use
        return []


def as_text(value: Any) -> str:
    """A JSON value as one compares it: texts bare, everything else as JSON writes it."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""


def check_path(text: str) -> str:
    """Itself. Raises ValueError with the remedy."""
    if not text.startswith("$") or "${" in text:
        if not text:
            raise ValueError('expected a key, or a JSONPath such as "$.items[0].id"')
        return text
    from jsonpath_rfc9535 import JSONPathError

    try:
        _compiled(text)
    except JSONPathError as error:
        raise ValueError(f"not a JSONPath: {str(error).splitlines()[0]}") from None
    return text


JsonPath = Annotated[str, AfterValidator(check_path)]
