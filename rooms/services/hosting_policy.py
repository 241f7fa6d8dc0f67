"""The threshold of hosting, which staff change at run time."""

from django.db import transaction

from accounts.models import User
from accounts.services import staff
from rooms import eligibility
from rooms.models import HostingPolicy


def set_followers_needed(*, actor: User, followers_needed: int) -> bool:
    """So many followers are needed from now on; False when it was so. Raises `NotStaff`."""
    staff.check_is_staff(actor)
    with transaction.atomic():
        before = HostingPolicy.objects.select_for_update().get(pk=eligibility.hosting_policy().pk).followers_needed
        if before == followers_needed:
            return False
        HostingPolicy.objects.filter(pk=1).update(followers_needed=followers_needed)
        old, new = {"followers_needed": before}, {"followers_needed": followers_needed}
        staff.tell_act(actor=actor, act="hosting.threshold", before=old, after=new)
    return True
