"""Where the next page of a list begins: the moment and the id of its last row, as an opaque token."""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from spaces_site.errors import DomainError, Kind


class BadCursor(DomainError):
    """A page token that was not made here."""

    kind = Kind.INVALID
    code = "bad_page_token"
    text = _("This page token is not one of ours. Start again without it.")


#: In tokens of lists that go by rank and id alone.
_NO_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row that was told. `rank` is what such lists go by before the moment: a number."""

    moment: datetime
    pk: UUID
    rank: int = 0


def write(moment: datetime, pk: UUID, *, rank: int = 0) -> str:
    """The token of the page after this row."""
    text = json.dumps([moment.isoformat(), str(pk), rank])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(token: str) -> Cursor | None:
    """The row that a token names; None for an empty one. Raises BadCursor."""
    if not token:
        return None
    try:
        moment, pk, rank = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        # As UTC: the first and last hours of the calendar would overflow in the database's own conversion.
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or not isinstance(rank, int) or abs(rank) >= 2**31:
            raise BadCursor
        return Cursor(at.astimezone(UTC), UUID(pk), rank)
    except (ValueError, TypeError, AttributeError, binascii.Error, OverflowError, RecursionError) as error:
        raise BadCursor from error


def page_of(
    rows: "QuerySet[Any]", *, key: str, token: str, size: int, newest_first: bool = True
) -> tuple[list[Any], str | None]:
    """One page of rows by the column `key`, then id, and the token of the next page (None: this is the last).

    A row never comes twice, and none is left out because others came or went meanwhile. Raises BadCursor.
    """
    last = read(token)
    if last is not None:
        beyond = "lt" if newest_first else "gt"
        rows = rows.filter(Q(**{f"{key}__{beyond}": last.moment}) | Q(**{key: last.moment, f"pk__{beyond}": last.pk}))
    order = (f"-{key}", "-pk") if newest_first else (key, "pk")
    found: list[Model] = list(rows.order_by(*order)[: size + 1])
    if len(found) <= size:
        return found, None
    end = found[size - 1]
    return found[:size], write(getattr(end, key), end.pk)


def page_of_found(found: Iterable[tuple[int, UUID]], *, token: str, size: int) -> tuple[list[UUID], str | None]:
    """One page of what was found, by rank, the highest first, then id; and the token of the next page, as `page_of`.

    Raises BadCursor.
    """
    last = read(token)
    best_first = sorted((-rank, pk) for rank, pk in found)
    if last is not None:
        best_first = [one for one in best_first if one > (-last.rank, last.pk)]
    shown = best_first[:size]
    ids = [pk for _rank, pk in shown]
    return ids, write(_NO_MOMENT, ids[-1], rank=-shown[-1][0]) if len(best_first) > size else None
