"""Profiles, follows, and the lists of who follows whom."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import queries
from accounts.queries import posts
from accounts.services import follows

PAGE_SIZE = 30
POSTS_ON_PROFILE = 10


@require_safe
def profile(request: HttpRequest, handle: str) -> HttpResponse:
    """Somebody's page. Its rooms are a fragment that the app above serves as `rooms_of_person`."""
    page = profile_of(request, handle)
    listed = posts.posts_of(
        person_id=page.person.pk, viewer=request.user, page=posts.Page(size=POSTS_ON_PROFILE), now=timezone.now()
    )
    return render(request, "accounts/profile.html", {"page": page, "listed": listed})


@require_safe
def people(request: HttpRequest, handle: str, side: str) -> HttpResponse:
    """Followers or followed, newest first, 30 a page."""
    page = profile_of(request, handle)
    listed = queries.people_page(
        person=page.person,
        side=queries.Side(side),
        viewer=request.user,
        before=before_of(request),
        size=PAGE_SIZE,
    )
    return render(request, "accounts/people.html", {"page": page, "side": side, "listed": listed})


@require_POST
def follow(request: HttpRequest, handle: str) -> HttpResponse:
    """Follow, then show the button again."""
    page = profile_of(request, handle)
    follows.follow(actor=request.user, person_id=page.person.pk, now=timezone.now())
    return _button(request, handle)


@require_POST
def unfollow(request: HttpRequest, handle: str) -> HttpResponse:
    """Stop following, then show the button again."""
    page = profile_of(request, handle)
    follows.unfollow(actor=request.user, person_id=page.person.pk)
    return _button(request, handle)


def _button(request: HttpRequest, handle: str) -> HttpResponse:
    """For htmx the part that the button stands in; else back to the profile."""
    if not request.headers.get("HX-Request"):
        return redirect("profile", handle)
    part = "_profile_head" if request.POST.get("part") == "head" else "_follow"
    return render(
        request, f"accounts/{part}.html", {"page": profile_of(request, handle), "part": request.POST.get("part")}
    )


def profile_of(request: HttpRequest, handle: str) -> queries.ProfilePage:
    """Somebody as the reader sees them. Raises `NoSuchPerson`."""
    page = queries.profile_page(handle=handle, viewer=request.user)
    if page is None:
        raise follows.NoSuchPerson
    return page


def before_of(request: HttpRequest) -> int | None:
    """Where the next page of a list of people begins; None for the first, and for nonsense."""
    before = request.GET.get("before", "")
    return int(before) if before.isdecimal() and len(before) < 19 else None
