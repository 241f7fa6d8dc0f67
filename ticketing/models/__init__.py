from ticketing.models.journal import Account, JournalKind, JournalTxn, Posting

__all__ = ["Account", "JournalKind", "JournalTxn", "Posting"]
