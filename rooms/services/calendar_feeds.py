"""The secret address of a calendar."""

from django.db.models import F

from accounts.models import User
from accounts.services.access import Actor, check_has_account


def renew(*, actor: Actor) -> User:
    """A new address; every older one leads nowhere from now on. Returns the person as they are now."""
    person = check_has_account(actor)
    User.objects.filter(pk=person.pk).update(calendar_number=F("calendar_number") + 1)
    person.refresh_from_db(fields=["calendar_number"])
    return person
