"""What staff see and do: the queue, decisions, appeals, the audit log."""

from moderation.admin.audit import AuditEntryAdmin
from moderation.admin.cases import CaseAdmin
from moderation.admin.decisions import AppealAdmin, DecisionAdmin

__all__ = ["AppealAdmin", "AuditEntryAdmin", "CaseAdmin", "DecisionAdmin"]
