"""Where one is asked to come: the list, and the answers to it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts.services.access import Person
from accounts.views.own import people_only
from rooms.queries import invitations as queries
from rooms.queries.catalogue import Page
from rooms.services import invitations


@people_only
@require_safe
def own_invitations(request: HttpRequest, person: Person) -> HttpResponse:
    """Everything that waits for an answer, newest first."""
    after = request.GET.get("after", "")[:200]
    asked, next_token = queries.asked(person=person, page=Page(token=after))
    return render(request, "rooms/invitations.html", {"asked": asked, "next_token": next_token, "is_first": not after})


@people_only
@require_POST
def accept(request: HttpRequest, person: Person, room_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Say yes, and on to the room's door."""
    invitations.accept(actor=person, room_id=room_id, invitation_id=invitation_id, now=timezone.now())
    return redirect("room_page", room_id)


@people_only
@require_POST
def decline(request: HttpRequest, person: Person, room_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Say no, and back to the list."""
    invitations.decline(actor=person, room_id=room_id, invitation_id=invitation_id, now=timezone.now())
    messages.success(request, gettext("You declined. The host knows."))
    return redirect("invitations")
