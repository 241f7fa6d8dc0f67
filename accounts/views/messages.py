"""Direct messages: conversations, requests, one conversation."""

from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.writing import MessageForm
from accounts.queries import ProfilePage, site_switches, writable
from accounts.queries import messages as queries
from accounts.services import messages
from accounts.services.access import Person
from accounts.views.own import people_only
from accounts.views.posts import card_of, carried, page_of
from accounts.views.profiles import profile_of
from spaces_site.boundary.pages import submit
from spaces_site.boundary.plain_text import plain_line

MESSAGES_A_PAGE = 30


@people_only
@require_safe
def inbox(request: HttpRequest, person: Person) -> HttpResponse:
    """Conversations, those with the newest messages first."""
    return _list(request, person, requests=False)


@people_only
@require_safe
def requests(request: HttpRequest, person: Person) -> HttpResponse:
    """What people wrote whom one does not follow."""
    return _list(request, person, requests=True)


@people_only
@require_safe
def choose(request: HttpRequest, person: Person) -> HttpResponse:
    """Whom to write to: followers and followed whose name has what is typed; `?room=` is carried on."""
    wanted = plain_line(request.GET.get("q", ""))
    after = plain_line(request.GET.get("after", ""))[:50]
    people, next_token = writable(person=person, query=wanted, after=after)
    pages = {"next_token": next_token, "is_first": not after}
    context = {"people": people, "wanted": wanted, "carried": _carried_on(request), **pages}
    return render(request, "accounts/message_choose.html", context)


@people_only
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """What two people said, and a form to say more. Opening it marks it read."""
    page = profile_of(request, handle)
    form = MessageForm(request.POST if request.method == "POST" else None, initial=carried(request))
    if request.method == "POST" and form.is_valid():
        draft = form.draft(host=request.get_host())
        sent = submit(form, messages.send, actor=person, person_id=page.person.pk, draft=draft, now=timezone.now())
        if sent is not None:
            return redirect("conversation", handle)
    talk = queries.talk_with(
        person=person, other=page.person, page=page_of(request, MESSAGES_A_PAGE), now=timezone.now()
    )
    if request.method == "GET" and talk.newest is not None and not talk.is_request:
        _mark_read(person, page, talk.newest)
    context = {"page": page, "talk": talk, "form": form, "card": card_of(request, form)}
    return render(request, "accounts/conversation.html", context, status=422 if form.is_bound else 200)


@people_only
@require_safe
def new_messages(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """What was said after `?after=`, for a page that is open; nothing (204) as long as there is nothing."""
    page = profile_of(request, handle)
    found = queries.messages_after(person=person, other=page.person, token=request.GET.get("after", "")[:200])
    if not found:
        return HttpResponse(status=204)
    _mark_read(person, page, found[-1])
    return render(request, "accounts/_messages.html", {"page": page, "said": found, "newest": found[-1], "polls": True})


@people_only
@require_safe
def unread(request: HttpRequest, person: Person) -> HttpResponse:
    """The number beside "Messages", for pages that stay open."""
    return render(request, "accounts/_unread.html")


@people_only
@require_POST
def accept(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """Let a request in."""
    page = profile_of(request, handle)
    messages.accept(actor=person, person_id=page.person.pk)
    return redirect("conversation", handle)


@people_only
@require_http_methods(["GET", "HEAD", "POST"])
def clear(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """Ask first; then delete the conversation for oneself."""
    page = profile_of(request, handle)
    if request.method != "POST":
        return render(request, "accounts/conversation_delete.html", {"page": page})
    messages.clear(actor=person, person_id=page.person.pk, now=timezone.now())
    flash.success(request, gettext("The conversation is deleted for you."))
    return redirect("messages")


@people_only
@require_POST
def delete(request: HttpRequest, person: Person, handle: str, message_id: UUID) -> HttpResponse:
    """Take one's own message back."""
    page = profile_of(request, handle)
    messages.delete(actor=person, person_id=page.person.pk, message_id=message_id)
    flash.success(request, gettext("The message is deleted for both of you."))
    return redirect("conversation", handle)


def _list(request: HttpRequest, person: Person, *, requests: bool) -> HttpResponse:
    listed = queries.conversations(person=person, requests=requests, page=page_of(request))
    waiting = queries.waiting_requests(person=person)
    context = {"listed": listed, "requests": requests, "waiting": waiting}
    return render(request, "accounts/messages.html", context)


def _mark_read(person: Person, page: ProfilePage, newest: queries.MessageRecord) -> None:
    """Reading is not a change that anybody asked for: while the site is read-only it is left alone."""
    if not site_switches().read_only:
        messages.mark_read(actor=person, person_id=page.person.pk, until=newest.message.sent_at)


def _carried_on(request: HttpRequest) -> str:
    """The room that is to be shared, with its token, for the links to people."""
    query = request.GET.copy()
    for name in list(query):
        if name not in ("room", "share"):
            del query[name]
    return query.urlencode()
