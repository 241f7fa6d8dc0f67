from moderation.models.audit import Act, AuditEntry
from moderation.models.decision import APPEAL_WITHIN, Appeal, AppealState, Decision, DecisionState, Measure, Reason
from moderation.models.evidence import Evidence, EvidenceState
from moderation.models.notice import Notice, NoticeKind
from moderation.models.report import OPEN_STATES, SEVERITY_OF, Case, CaseState, Category, Concerns, Report, Severity

__all__ = [
    "APPEAL_WITHIN",
    "OPEN_STATES",
    "SEVERITY_OF",
    "Act",
    "Appeal",
    "AppealState",
    "AuditEntry",
    "Case",
    "CaseState",
    "Category",
    "Concerns",
    "Decision",
    "DecisionState",
    "Evidence",
    "EvidenceState",
    "Measure",
    "Notice",
    "NoticeKind",
    "Reason",
    "Report",
    "Severity",
]
