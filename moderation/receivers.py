"""What moderation writes down when the apps below say something."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from accounts.models import User
from accounts.signals import staff_acted
from moderation.models import Act
from moderation.services import audit


@receiver(staff_acted)
def write_down(actor: User, act: str, why: str, **facts: Any) -> None:
    """A member of staff did something below; what cannot be written down is not done."""
    told = {name: facts[name] for name in ("person", "room", "before", "after") if name in facts}
    audit.record(actor=actor, act=Act(act), why=why, now=timezone.now(), **told)
