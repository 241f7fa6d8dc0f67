"""What moderation adds to the town: reports, decisions, a room that staff closed, switches."""

from django.utils import timezone

from accounts.models import User
from accounts.services import switches
from moderation.models import Decision, Report
from moderation.services import decisions, notices, reports
from moderation.services.decisions import Verdict
from rooms.services import entry, lifecycle, removals
from tests.browser.town import Town


def warden(town: Town) -> User:
    """Somebody of the staff."""
    if "warden" not in town.people:
        town.people["warden"] = User.objects.create_user(
            "warden", "w@example.org", display_name="Warden", is_staff=True
        )
    return town.people["warden"]


def about_a_speaker(town: Town) -> str:
    """The form, about somebody in a room."""
    return f"/report/?person={town.people['omar'].pk}&room={town.rooms[0].pk}"


def reported(town: Town) -> Report:
    """Maya has reported Omar, and somebody looks at it."""
    words = reports.Words("SELF_HARM", "SOMEONE", "He said it twice.", town.people["omar"].pk, town.rooms[0].pk)
    sent = reports.send_report(sender=reports.Sender(town.people["maya"]), words=words, now=timezone.now())
    decisions.assign(actor=warden(town), case_id=sent.case_id, now=timezone.now())
    return sent


def decided(town: Town) -> Decision:
    """Maya may not speak for a week."""
    verdict = Verdict("NO_MICROPHONE", "HARASSMENT", "Insults from the third minute on, by name.", days=7)
    return decisions.decide_about(actor=warden(town), person=town.people["maya"], verdict=verdict, now=timezone.now())


def own_pages(town: Town) -> str:
    """Both lists with something in them."""
    reported(town)
    decided(town)
    return "/reports/"


def own_report(town: Town) -> str:
    """One report, with numbers to call."""
    return f"/reports/{reported(town).pk}/"


def own_decision(town: Town) -> str:
    """A decision and the form to contest it."""
    return f"/decisions/{decided(town).pk}/"


def decision_of_mail(town: Town) -> str:
    """The same by the link of the mail."""
    return f"/decisions/link/{notices.decision_token(decision_id=decided(town).pk)}/"


def closed_room(town: Town) -> str:
    """Bo's room, which staff closed."""
    room = lifecycle.open_room(creator=town.people["bo"], title="What should not be said", now=timezone.now())
    verdict = Verdict("CLOSE_ROOM", "THREATS", "Calls for violence.")
    decisions.close_room(actor=warden(town), room=room, verdict=verdict, now=timezone.now())
    return f"/rooms/{room.pk}/"


def removed(town: Town) -> str:
    """A room out of which its host put Maya for good."""
    room, now = town.rooms[1], timezone.now()
    for who in (room.creator, town.people["maya"]):
        entry.join_room(actor=who, room_id=room.pk, device="d", now=now)
    removals.remove_person(actor=room.creator, room_id=room.pk, participant_id=town.people["maya"].pk, now=now)
    return f"/rooms/{room.pk}/"


def read_only(town: Town) -> str:
    """Staff keep the site as it is."""
    switches.set_switches(actor=warden(town), no_new_rooms=True, read_only=True, why="An exercise")
    return "/"
