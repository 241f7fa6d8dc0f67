"""Examples of the schema: one report, one decision."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

REPORT_ID = "3b9f1c52-7a0e-4c55-8f2b-0a4f5d1e6c01"
AT = "2026-03-14T19:00:00Z"

_report: dict[str, Any] = {
    "id": REPORT_ID,
    "category": "harassment",
    "category_text": "Harassment or insults",
    "details": "Insults since the beginning.",
    "status": "answered",
    "acted": True,
    "sent_at": AT,
    "person": None,
    "room_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "room_title": "What the sea remembers",
    "url": "",
    "helplines": {},
}
_decision: dict[str, Any] = {
    "id": "91c7d3aa-5f0b-4f39-b9f3-52f0c1ce4a02",
    "measure": "no_microphone",
    "measure_text": "no microphone",
    "reason": "harassment",
    "reason_text": "Harassment or insults against a person.",
    "facts": "Insults from minute 3 on.",
    "ground": "rules",
    "state": "in_force",
    "made_at": AT,
    "ends_at": "2026-03-21T19:00:00Z",
    "room_id": "",
    "room_title": "",
    "reported": True,
    "may_appeal": True,
    "appeal_until": "2026-09-13T19:00:00Z",
    "appeal": None,
}
_said = {"category": "harassment", "concerns": "me", "details": "Insults since the beginning.", "keep_sound": True}
_notice = {
    "category": "illegal",
    "url": "https://spaces.example.org/rooms/7c9e6679-7425-40de-944b-e07fc1f90ae7/",
    "details": "It names its victims.",
    "name": "Ada",
    "email": "ada@example.org",
    "good_faith": True,
}

ROOM_REPORT = OpenApiExample(
    "A person in the room",
    {**_said, "participant": "9e107d9d-372b-4d2f-9c6e-1f0a7b3c5d33"},
    request_only=True,
)
REPORT = OpenApiExample("A notice of illegal content", _notice, request_only=True)
RECEIPT = OpenApiExample(
    "Received",
    {"data": {"report": REPORT_ID, "answer_within": 24, "helplines": {}}},
    response_only=True,
    status_codes=["201"],
)
OWN_REPORTS = OpenApiExample("Reports", {"data": [_report], "meta": {"result_count": 1}}, response_only=True)
OWN_REPORT = OpenApiExample("Report", {"data": _report}, response_only=True)
_notice_told = {
    "id": "5b0f4f39-5f0b-4f39-b9f3-52f0c1ce4a03",
    "kind": "received",
    "subject": "We received your report",
    "body": "Thank you. We answer within 24 h (child safety: at once).",
    "made_at": AT,
    "report_id": REPORT_ID,
    "decision_id": "",
}
NOTICES = OpenApiExample("Messages", {"data": [_notice_told], "meta": {"result_count": 1}}, response_only=True)
DECISIONS = OpenApiExample("Decisions", {"data": [_decision], "meta": {"result_count": 1}}, response_only=True)
DECISION = OpenApiExample("Decision", {"data": _decision}, response_only=True, status_codes=["200", "201"])
APPEAL = OpenApiExample("Appeal", {"words": "I quoted what was said to me."}, request_only=True)
