"""What a site still needs: shown on the home page of a demo to those who have not signed in."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext

from accounts.models import User
from rooms.models import Participant, Room
from rooms.queries.phone import PhoneDoor, is_this_machine, phone_door


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that works already (`ok`), or what to do about it."""

    ok: bool
    name: str
    advice: str


@dataclass(frozen=True, slots=True)
class FirstRun:
    """The first page of a fresh demo: a live room to listen to, and the check list."""

    room_id: UUID | None
    can_speak: bool
    phone: PhoneDoor
    checks: tuple[Check, ...]


def first_run(*, viewer: User | AnonymousUser, secure: bool, host: str) -> FirstRun | None:
    """None in production and for people with an account."""
    if settings.PRODUCTION or (viewer.is_authenticated and not viewer.is_guest):
        return None
    return FirstRun(
        room_id=_room_to_hear(),
        can_speak=secure or is_this_machine(host),
        phone=phone_door(host=host, secure=secure),
        checks=_checks(secure=secure),
    )


def _room_to_hear() -> UUID | None:
    """The oldest of the live rooms where somebody has an open microphone; else one whose host is still there."""
    heard = Participant.objects.on_stage().filter(room=OuterRef("pk"), media_connected=True, muted=False)
    by_sound = (Exists(heard).desc(), F("host_lost_at").asc(nulls_first=True), "started_at")
    return Room.objects.live().order_by(*by_sound).values_list("pk", flat=True).first()


def _checks(*, secure: bool) -> tuple[Check, ...]:
    mail = settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
    database = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    turn = bool(settings.MEDIA_ICE_SERVERS)
    return (
        Check(
            mail, gettext("Mail"), "" if mail else gettext("Mails are written to files. Set EMAIL_URL to send them.")
        ),
        Check(
            secure,
            "TLS",
            "" if secure else gettext("Without https only this machine may speak. Set PUBLIC_URL behind a proxy."),
        ),
        Check(
            turn,
            "TURN",
            "" if turn else gettext("People behind strict networks may not reach the stage. Set MEDIA_ICE_SERVERS."),
        ),
        Check(
            database,
            gettext("Storage"),
            "" if database else gettext("All data is in one file. Set DATABASE_URL for a public site."),
        ),
    )
