"""What staff see and do: the queue, decisions, appeals, the audit log."""

from moderation.admin.audit import AuditEntryAdmin

__all__ = ["AuditEntryAdmin"]
