"""What one was told, and what one wants to be told."""

from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.notifications import NotificationsForm
from accounts.queries import notifications as queries
from accounts.queries.ways_out import quieted, ways_out
from accounts.services import less, notifications, pushes
from accounts.services.access import Person
from accounts.views.own import people_only
from spaces_site.boundary.pages import back_url, submit


@people_only
@require_safe
def listed(request: HttpRequest, person: Person) -> HttpResponse:
    """Everything that one was told, by day."""
    page = queries.page(person=person, token=request.GET.get("before", "")[:200], now=timezone.now())
    ways = ways_out(person=person)
    context = {
        "listed": page,
        "loud": [kind for kind, on in ways.items() if on],
        "quieted": quieted(ways=ways, kind=request.GET.get("less", ""), was=request.GET.getlist("was")),
    }
    return render(request, "accounts/notifications.html", context)


@never_cache
@require_safe
def unread(request: HttpRequest) -> HttpResponse:
    """The bell with its number, which every page asks for now and then; nothing for who signed out meanwhile."""
    if not request.user.is_authenticated or request.user.is_guest:
        return HttpResponse(status=204)
    return render(request, "accounts/_bell.html")


@people_only
@require_POST
def read(request: HttpRequest, person: Person, notification_id: UUID) -> HttpResponse:
    """Mark one line as read."""
    notifications.mark_read(actor=person, notification_id=notification_id, now=timezone.now())
    return redirect(back_url(request, "notifications"))


@people_only
@require_POST
def read_all(request: HttpRequest, person: Person) -> HttpResponse:
    """Mark everything as read."""
    notifications.mark_all_read(actor=person, now=timezone.now())
    return redirect("notifications")


@people_only
@require_POST
def less_of(request: HttpRequest, person: Person, kind: str) -> HttpResponse:
    """Less of this: no mail and no push of this kind any more. The list says so and offers to undo it."""
    was = less.less(actor=person, kind=kind)
    query = urlencode({"less": kind, "was": was}, doseq=True)
    return redirect(f"{reverse('notifications')}?{query}")


@people_only
@require_POST
def more_of(request: HttpRequest, person: Person, kind: str) -> HttpResponse:
    """The same undone, by the ways that were on before."""
    less.undo(actor=person, kind=kind, ways=request.POST.getlist("way"))
    messages.success(request, gettext("You are told as before."))
    return redirect("notifications")


@people_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, person: Person) -> HttpResponse:
    """The matrix and quiet hours; pushes to this browser have a button of their own."""
    form = NotificationsForm(request.POST or None, person=person)
    if form.is_valid() and submit(form, notifications.set_wishes, actor=person, **form.wishes()) is not None:
        messages.success(request, gettext("Saved."))
        return redirect("settings-notifications")
    context = {"form": form, "push_key": pushes.public_key()}
    return render(request, "accounts/settings_notifications.html", context, status=422 if form.is_bound else 200)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link at the foot of a mail: a page that asks, and the one press of a mail program (RFC 8058).

    Nobody is signed in here; the token is the right to do it, and does nothing else. No redirect: a mail program
    follows none.
    """
    if request.method == "POST":
        notifications.unsubscribe(token=token)
    kind, is_wanted = notifications.kind_of_token(token=token)
    return render(request, "accounts/unsubscribe.html", {"kind": kind.label, "is_done": not is_wanted})


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """What shows pushes in the browser; at the top, since it may only serve what lies below its address."""
    script = (settings.BASE_DIR / "spaces_site" / "static" / "js" / "push_worker.js").read_text(encoding="utf-8")
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(script, content_type="text/javascript; charset=utf-8", headers=headers)
