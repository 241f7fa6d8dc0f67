"""What a rule says when the answer is no.

A rule raises a subclass of `DomainError`, defined in the module that raises it.
Every door shows it by the one table in `spaces_site.boundary.kinds`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.functional import Promise


class Kind(StrEnum):
    """The family of an error: decides status, close code and page behaviour."""

    INVALID = "INVALID"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PAYMENT_REQUIRED = "PAYMENT_REQUIRED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    GONE = "GONE"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"


class DomainError(Exception):
    """A refusal that is safe to show: kind, stable code, text in the reader's language.

    Subclasses set `kind`, `code` and `text`; `field` names the input at fault,
    `data` carries facts for the client, `retry_after` is in seconds.
    """

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str] = "invalid"
    text: str | Promise = ""

    def __init__(
        self,
        text: str | Promise | None = None,
        *,
        field: str | None = None,
        data: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        if text is not None:
            self.text = text
        self.field = field
        self.data: dict[str, Any] = dict(data or {})
        self.retry_after = retry_after
        super().__init__(self.code)
