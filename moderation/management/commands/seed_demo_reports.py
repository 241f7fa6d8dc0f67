"""Give the demo's staff something to look at: a few reports by and about its people. Safe to run again."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from moderation.models import Report
from moderation.services import decisions, reports
from moderation.services.decisions import Verdict
from moderation.services.reports import Sender, Words
from rooms.models import Room

#: Who reports whom, how many minutes ago; the room is the one that is live with this host, if any.
REPORTS = (
    ("eva", "omar", "", 50, Words("PRIVACY", "SOMEONE", "Said the name of my street twice.")),
    ("eva", "hugo", "", 30, Words("SPAM", "GROUP", "The same link to a raffle, in every room.")),
    ("yuki", "theo", "maya", 12, Words("HARASSMENT", "SOMEONE", "Laughed at how somebody spoke.")),
    ("david", "theo", "maya", 9, Words("HARASSMENT", "SOMEONE", "About the accent of a listener.")),
)
#: The first case is decided already.
VERDICT = Verdict("WARN", "PRIVACY", "The name of a street, said twice in an open room.")


class Command(BaseCommand):
    """`manage.py seed_demo_reports`, which `seed_demo` calls by its name."""

    help = "Fill the staff's queue of the demo. Refuses in production."
    # They load every page and API view, for which a newcomer would wait.
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo is never seeded in production.")
        if Report.objects.exists():
            return
        with transaction.atomic():
            _seed(timezone.now())


def _seed(now: datetime) -> None:
    wanted = {name for by, about, host, *_ in REPORTS for name in (by, about, host) if name}
    people = User.objects.in_bulk(wanted, field_name="handle")
    staff = User.objects.filter(is_superuser=True).order_by("created_at").first()
    if staff is None or set(people) != wanted:
        raise CommandError("Seed the demo's people first: manage.py seed_demo")
    rooms = {room.creator.handle: room.pk for room in Room.objects.live().select_related("creator")}
    sent = [
        reports.send_report(
            sender=Sender(people[by]),
            words=replace(words, person_id=people[about].pk, room_id=rooms.get(host)),
            now=now - timedelta(minutes=minutes),
        )
        for by, about, host, minutes, words in REPORTS
    ]
    decisions.decide_case(actor=staff, case_id=sent[0].case_id, verdict=VERDICT, now=now - timedelta(minutes=40))
