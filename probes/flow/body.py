"""What a step's request carries: a form, JSON, plain text, a generated file, a found form."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from probes.answer import Answer
from probes.classify import UnwellError
from probes.document import CONTENT_TYPES, make_document
from probes.flow.tables import FileBody, FlowStep
from probes.flow.template import Scope
from probes.form import Page
from probes.observation import Reason
from probes.request import File, Request


def carried(step: FlowStep, bare: Request, scope: Scope, *, mark: Callable[[], str]) -> Request:
    """``bare`` with the step's body. ``mark`` gives a text that is on no other document."""
    form = None if step.form is None else scope.fill_all(step.form)
    pairs = None if form is None else tuple(form.items())
    if step.file is not None:
        return _with_file(step.file, replace(bare, form=pairs), scope, mark())
    if step.json_body is not None:
        return replace(bare, json=scope.fill_all(step.json_body))
    if step.body is not None:
        return replace(bare, raw=scope.fill(step.body).encode(), raw_type="text/plain")
    return replace(bare, form=pairs)


def _with_file(file: FileBody, bare: Request, scope: Scope, mark: str) -> Request:
    marker = f"vahta-{mark}"
    content = make_document(marker, file.size, file.document)
    if file.sha256 is not None:
        scope.values[file.sha256] = hashlib.sha256(content).hexdigest()
    kind = CONTENT_TYPES[file.document]
    if file.field is None:
        return replace(bare, raw=content, raw_type=kind)
    name = scope.fill(file.name) or f"{marker}.{file.document}"
    return replace(bare, file=File(file.field, name, kind, content))


def submitted(
    step: FlowStep, page: Answer | None, values: Mapping[str, str], scope: Scope
) -> Request:
    """The form of ``page`` that has all these inputs, filled in. Raises UnwellError."""
    form = None if page is None else Page(page.text(), page.url).form_with(set(values))
    if form is None:
        words = f"{step.name}: the page before has no form with {', '.join(values)}"
        raise UnwellError(Reason.UNEXPECTED_CONTENT, words)
    filled = form.filled(values.items())
    headers = {name: scope.fill(text) for name, text in step.headers.items()}
    return form.request(filled, headers=headers, redirects=step.redirects)
