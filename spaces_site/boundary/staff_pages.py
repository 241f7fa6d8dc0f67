"""What the admins of all apps share."""

from typing import Any

from django.forms import BaseInlineFormSet
from django.http import HttpRequest

#: Rows that a page lists of each kind; a full room, or a much blocked person, has a thousand times as many.
ROWS_LISTED = 200


class FirstRows(BaseInlineFormSet):  # type: ignore[type-arg]
    """So many rows and no more: the page of a full room must open too."""

    def get_queryset(self) -> Any:
        if not hasattr(self, "_listed"):
            self._listed = list(super().get_queryset()[:ROWS_LISTED])
        return self._listed


class ReadOnly:
    """Rows that staff look at: services alone write them, and nobody where they should not be written at all."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
