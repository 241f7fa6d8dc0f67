from moderation.models.audit import Act, AuditEntry

__all__ = ["Act", "AuditEntry"]
