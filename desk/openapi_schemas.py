"""What the desk's JSON API is made of: the schemas of everything that goes in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.calls.call import Answer
from incidents.events import Cause, Medium


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def object_(*required: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


STRING = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
INSTANT = {"type": ["string", "null"], "format": "date-time"}
_TEXT = {"type": "object", "additionalProperties": STRING, "description": "By language"}
_SCHEMAS = {
    "Incident": object_(
        "id",
        "status",
        "component",
        "title",
        "started_at",
        id=STRING,
        status=STRING,
        component=STRING,
        title=_TEXT,
        public_text=_TEXT,
        operator_note=_TEXT,
        impact=STRING,
        started_at=INSTANT,
        published_at=INSTANT,
        resolved_at=INSTANT,
        affected={"type": "array", "items": ref("Affected")},
        merged_into=_MAYBE,
        previous={**_MAYBE, "description": "The component's incident before this one"},
        unstable_since=INSTANT,
        locked={"type": "boolean", "description": "Only people change its status"},
        publish_at=INSTANT,
        next_at={**INSTANT, "description": "By when the next news are promised"},
    ),
    "Affected": object_(
        "component",
        "since",
        "until",
        component=STRING,
        since=INSTANT,
        until=INSTANT,
        cause={**_MAYBE, "enum": [*(cause.value for cause in Cause), None]},
    ),
    "Maintenance": object_(
        "id",
        "status",
        "components",
        "starts_at",
        "ends_at",
        id=STRING,
        status={**STRING, "enum": ["scheduled", "in_progress", "completed"]},
        components={"type": "array", "items": STRING},
        title=_TEXT,
        text=_TEXT,
        starts_at=INSTANT,
        ends_at=INSTANT,
        repeats={**_MAYBE, "description": "A recurrence rule that counts in the timezone"},
        timezone=STRING,
        cancelled_at=INSTANT,
    ),
    "Found": object_(
        "text",
        "incidents",
        "articles",
        "confident",
        text=STRING,
        incidents={"type": "array", "items": ref("IncidentHit")},
        articles={"type": "array", "items": ref("ArticleHit")},
        confident={
            "type": "boolean",
            "description": "Only if the first incident is open and is it",
        },
    ),
    "IncidentHit": object_(
        "id",
        "status",
        "score",
        "title",
        id=STRING,
        status=STRING,
        score={"type": "number"},
        title=STRING,
    ),
    "ArticleHit": object_(
        "id", "score", "title", id=STRING, score={"type": "number"}, title=STRING
    ),
    "Error": object_("error", error=STRING),
}

_SWITCH: Mapping[str, Any] = {"type": "boolean"}
_COUNT = {"type": "integer"}
_SECONDS = {"type": ["number", "null"]}
_CHANNEL = {**STRING, "enum": [medium.value for medium in Medium]}
_NEW_CALL: Mapping[str, Mapping[str, Any]] = {
    "incident": {**_MAYBE, "description": "The incident that it is about"},
    "article": {**_MAYBE, "description": "The article that answered it"},
    "component": {**_MAYBE, "description": "What it is about, where neither is known"},
    "region": _MAYBE,
    "repeat_of": {**_MAYBE, "description": "The number that the caller was given before"},
    "promised": {**_SWITCH, "description": "The caller wants to hear when it is over"},
    "escalated": {**_SWITCH, "description": "Engineers are told, to look into it"},
}
_CALL_SCHEMAS = {
    "NewCall": object_("text", text=STRING, channel=_CHANNEL, **_NEW_CALL),
    "Call": object_(
        "number",
        "at",
        "answer",
        "symptom",
        "channel",
        number=STRING,
        at=INSTANT,
        operator=STRING,
        answer={**STRING, "enum": [answer.value for answer in Answer]},
        symptom={**STRING, "description": "What calls are counted by"},
        channel=_CHANNEL,
        text={**_MAYBE, "description": "Masked; null once it has been erased"},
        due_at={**INSTANT, "description": "When a promise is to be kept"},
        called_back_at=INSTANT,
        **_NEW_CALL,
    ),
    "Figures": object_(
        "calls",
        "by_hour",
        calls=_COUNT,
        by_incident=_COUNT,
        by_article=_COUNT,
        unanswered=_COUNT,
        answered_share={"type": ["number", "null"]},
        repeats=_COUNT,
        escalated=_COUNT,
        promised=_COUNT,
        kept=_COUNT,
        median_seconds_to_note=_SECONDS,
        median_seconds_to_public_word=_SECONDS,
        by_hour={"type": "array", "items": ref("HourOfCalls")},
    ),
    "HourOfCalls": object_(
        "hour", "symptom", "calls", hour=INSTANT, symptom=STRING, name=STRING, calls=_COUNT
    ),
}

_NAMED: Mapping[str, Mapping[str, Any]] = {
    "engineer": {**_MAYBE, "description": "Id; null: nobody is on call"},
    "name": {**_TEXT, "type": ["object", "null"]},
}
_ONCALL_SCHEMAS = {
    "Rota": object_(
        "id",
        "now",
        "next",
        "shifts",
        "overrides",
        id=STRING,
        name=_TEXT,
        timezone=STRING,
        now=object_(
            "engineer",
            "until",
            **_NAMED,
            until={**INSTANT, "description": "Null: no end is in sight"},
        ),
        next={"oneOf": [ref("Shift"), {"type": "null"}]},
        shifts={"type": "array", "items": ref("Shift")},
        overrides={"type": "array", "items": ref("Override")},
    ),
    "Shift": object_("engineer", "since", "until", **_NAMED, since=INSTANT, until=INSTANT),
    "Override": object_(
        "id",
        "engineer",
        "since",
        "until",
        id=_COUNT,
        **_NAMED,
        since=INSTANT,
        until=INSTANT,
        by={**STRING, "description": "Who entered it"},
    ),
    "NewOverride": object_(
        "rota",
        "engineer",
        "since",
        "until",
        rota=STRING,
        engineer=STRING,
        since={"type": "string", "format": "date-time"},
        until={"type": "string", "format": "date-time"},
    ),
}

_WHY = {**STRING, "description": "Masked; for whoever wonders why it is so quiet"}
_MUTE_SCHEMAS = {
    "Mute": object_(
        "id",
        "incident",
        "component",
        "until",
        "by",
        "why",
        id=_COUNT,
        incident={**_MAYBE, "description": "Null: a component is muted"},
        component={**_MAYBE, "description": "Null: an incident is muted"},
        until=INSTANT,
        by={**STRING, "description": "Who asked for it"},
        why=_WHY,
    ),
    "NewMute": object_(
        "until",
        "why",
        incident={**_MAYBE, "description": "Either this"},
        component={**_MAYBE, "description": "Or this"},
        until={**STRING, "format": "date-time", "description": "Within 31 days from now"},
        why=_WHY,
    ),
}

SCHEMAS: Mapping[str, Any] = {
    **_SCHEMAS,
    **_CALL_SCHEMAS,
    **_ONCALL_SCHEMAS,
    **_MUTE_SCHEMAS,
}
