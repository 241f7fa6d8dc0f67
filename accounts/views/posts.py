"""Posts: the feed, one post with its replies, and what one does with them."""

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.writing import PostForm, ReplyForm
from accounts.queries import posts as queries
from accounts.queries.shared import SharedRoom, shared_rooms
from accounts.services import posts
from accounts.services.access import Person
from accounts.views.own import people_only
from accounts.views.profiles import PAGE_SIZE, before_of, profile_of
from spaces_site.boundary.pages import back_url, submit

POSTS_A_PAGE = 20
#: What addresses may bring along for a form of words.
CARRIED = ("room", "share", "text")


@people_only
@require_safe
def feed(request: HttpRequest, person: Person) -> HttpResponse:
    """What the people one follows have posted, and a form to post something."""
    listed = queries.feed(viewer=person, page=page_of(request), now=timezone.now())
    return render(request, "accounts/feed.html", {"listed": listed, "form": PostForm()})


@people_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_post(request: HttpRequest, person: Person) -> HttpResponse:
    """Post something; `?room=` names a room to share."""
    form = PostForm(request.POST if request.method == "POST" else None, initial=carried(request))
    if request.method == "POST" and form.is_valid():
        draft = form.draft(host=request.get_host())
        if submit(form, posts.publish, actor=person, draft=draft, now=timezone.now()) is not None:
            messages.success(request, gettext("Posted."))
            return redirect("posts")
    context = {"form": form, "card": card_of(request, form)}
    return render(request, "accounts/post_new.html", context, status=422 if form.is_bound else 200)


@require_safe
def post(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """One post with its replies."""
    return _thread(request, post_id, ReplyForm())


@people_only
@require_POST
def reply(request: HttpRequest, person: Person, post_id: UUID) -> HttpResponse:
    """Answer a post, then show it again with the answer."""
    form = ReplyForm(request.POST)
    if form.is_valid():
        draft = form.draft(host=request.get_host())
        if submit(form, posts.reply, actor=person, post_id=post_id, draft=draft, now=timezone.now()) is not None:
            messages.success(request, gettext("Your reply is there."))
            return redirect("post", post_id)
    return _thread(request, post_id, form, status=422)


@people_only
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, person: Person, post_id: UUID) -> HttpResponse:
    """Ask first, saying what goes along; then delete."""
    record = queries.own_post(post_id=post_id, author=person)
    if request.method != "POST":
        return render(request, "accounts/post_delete.html", {"record": record})
    posts.delete(actor=person, post_id=post_id)
    messages.success(request, gettext("Deleted."))
    above = record.post.reply_to_id
    return redirect("post", above) if above else redirect("posts")


@require_POST
def like(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """Like, then show the button again."""
    posts.like(actor=request.user, post_id=post_id, now=timezone.now())
    return _button(request, post_id)


@require_POST
def unlike(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """Like no more, then show the button again."""
    posts.unlike(actor=request.user, post_id=post_id)
    return _button(request, post_id)


@require_safe
def likers(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """Who likes a post, the newest first."""
    listed = queries.likers(
        post_id=post_id, viewer=request.user, before=before_of(request), size=PAGE_SIZE, now=timezone.now()
    )
    return render(request, "accounts/likers.html", {"post_id": post_id, "listed": listed})


@require_safe
def posts_of(request: HttpRequest, handle: str) -> HttpResponse:
    """Everything that somebody posted, page by page; their profile shows the first of it."""
    page = profile_of(request, handle)
    listed = queries.posts_of(person_id=page.person.pk, viewer=request.user, page=page_of(request), now=timezone.now())
    return render(request, "accounts/posts_of.html", {"page": page, "listed": listed})


def page_of(request: HttpRequest, size: int = POSTS_A_PAGE) -> queries.Page:
    """Which part of a list the address asks for."""
    return queries.Page(token=request.GET.get("before", "")[:200], size=size)


def carried(request: HttpRequest) -> dict[str, str]:
    """What the address brings along for a form of words."""
    return {name: request.GET.get(name, "") for name in CARRIED}


def card_of(request: HttpRequest, form: Form) -> SharedRoom | None:
    """The card of the room that the form shares, if it shares one that the reader may know of."""
    try:
        room_id = UUID(str(form["room"].value() or ""))
    except ValueError:
        return None
    return shared_rooms(room_ids=[room_id], viewer=request.user).get(room_id)


def _thread(request: HttpRequest, post_id: UUID, form: ReplyForm, status: int = 200) -> HttpResponse:
    thread = queries.thread(post_id=post_id, viewer=request.user, page=page_of(request), now=timezone.now())
    return render(request, "accounts/post.html", {"thread": thread, "form": form}, status=status)


def _button(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """For htmx the button alone; else back to where it was pressed."""
    if not request.headers.get("HX-Request"):
        return redirect(back_url(request, "posts"))
    record = queries.one_post(post_id=post_id, viewer=request.user, now=timezone.now())
    return render(request, "accounts/_like.html", {"record": record})
