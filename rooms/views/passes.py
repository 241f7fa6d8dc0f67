"""The guest list of a room that needs tickets: plain forms of whoever opened it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.services.access import check_signed_in
from rooms.services import passes
from spaces_site.boundary.pages import back_url

#: More than any handle has.
LONGEST_HANDLE = 50


@require_POST
def add_guest(request: HttpRequest, room_id: UUID) -> HttpResponse:
    """Put somebody on the list."""
    handle = request.POST.get("handle", "")[:LONGEST_HANDLE]
    guest = passes.add_guest(actor=check_signed_in(request.user), room_id=room_id, handle=handle, now=timezone.now())
    messages.success(request, _("@%(handle)s is on the guest list.") % {"handle": guest.handle})
    return redirect(back_url(request))


@require_POST
def take_off(request: HttpRequest, room_id: UUID, person_id: UUID) -> HttpResponse:
    """Take somebody off the list."""
    passes.take_guest_off(actor=check_signed_in(request.user), room_id=room_id, person_id=person_id, now=timezone.now())
    return redirect(back_url(request))
