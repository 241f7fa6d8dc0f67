"""Blocking somebody from their profile, and the list of whom one blocked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import queries
from accounts.services import blocks
from accounts.services.access import Person
from accounts.views.own import people_only
from accounts.views.profiles import PAGE_SIZE, before_of, profile_of


@people_only
@require_http_methods(["GET", "HEAD", "POST"])
def block(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """Ask first, saying what a block does; then block."""
    page = profile_of(request, handle)
    if request.method != "POST":
        return render(request, "accounts/block.html", {"page": page})
    blocks.block_person(actor=person, person_id=page.person.pk, now=timezone.now())
    messages.success(request, gettext("You blocked @%(handle)s.") % {"handle": page.person.handle})
    return redirect("profile", page.person.handle)


@people_only
@require_POST
def unblock(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """Take a block back, from the profile or from the list."""
    page = profile_of(request, handle)
    blocks.unblock_person(actor=person, person_id=page.person.pk)
    messages.success(request, gettext("You no longer block @%(handle)s.") % {"handle": page.person.handle})
    return redirect("settings-blocked") if request.POST.get("from") == "list" else redirect("profile", handle)


@people_only
@require_safe
def blocked(request: HttpRequest, person: Person) -> HttpResponse:
    """Whom one blocked, newest first, 30 a page. Nobody else can read it."""
    listed = queries.blocked_page(person=person, before=before_of(request), size=PAGE_SIZE)
    return render(request, "accounts/settings_blocked.html", {"listed": listed})
