"""What people of the town have posted and written to one another."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import Post, User
from accounts.services import messages as writing
from accounts.services import posts
from accounts.services.wording import Draft
from rooms.models import Room
from tests.browser.town import Town

_LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsurkundenpapier"


def _say(author: User, text: str, minutes_ago: int, room: Room | None = None) -> UUID:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    return posts.publish(actor=author, draft=Draft(text, room.pk if room else None), now=at)


def _write(sender: User, recipient: User, text: str, room: Room | None = None) -> None:
    draft = Draft(text, room.pk if room else None)
    writing.send(actor=sender, person_id=recipient.pk, draft=draft, now=timezone.now())


def _posted(town: Town) -> UUID:
    """Ana shares her room, Bo answers and likes; others say something before."""
    ana, bo, maya = (town.people[handle] for handle in ("ana", "bo", "maya"))
    plan = Room.objects.scheduled().filter(creator=bo).get()
    _say(town.people["lea"], "Demain, montage à voix haute. Apportez vos questions\u00a0!", 300)
    _say(bo, f"{_LONG} https://example.org/{'a' * 60}", 200)
    _say(bo, "Platform questions, tomorrow night.", 90, plan)
    post_id = _say(ana, "We are on the air.\n\n@bo asks, I answer: https://example.org/notes", 12, town.rooms[0])
    posts.reply(actor=bo, post_id=post_id, draft=Draft("The first question is yours, @maya."), now=timezone.now())
    posts.reply(actor=maya, post_id=post_id, draft=Draft("Then: why?"), now=timezone.now())
    for one in (bo, maya):
        posts.like(actor=one, post_id=post_id, now=timezone.now())
    return post_id


def _written(town: Town) -> None:
    """Maya and Ana talk; Karim, whom Maya does not follow, would like to."""
    ana, bo, karim, maya = (town.people[handle] for handle in ("ana", "bo", "karim", "maya"))
    _write(ana, maya, "Come and listen?", town.rooms[0])
    _write(maya, ana, "On my way.\nTwo minutes.")
    _write(ana, maya, f"Good. Notes: https://example.org/notes {_LONG}")
    _write(bo, maya, "Are you there tomorrow?")
    _write(karim, maya, "I read your post about archives and would love to talk about it in a room.")


def talk(town: Town) -> None:
    """All of it, and an answer to what Maya posted."""
    _posted(town)
    _written(town)
    own = _say(town.people["maya"], "Which night bus goes past the sea?", 5)
    for handle in ("bo", "lea"):
        posts.reply(actor=town.people[handle], post_id=own, draft=Draft("The last one."), now=timezone.now())


def shared_posts(town: Town) -> list[UUID]:
    """Two posts: one with a room and links, one with an address that is too long for any line."""
    post_id = _posted(town)
    return [post_id, Post.objects.get(text__startswith=_LONG).pk]


def feed(town: Town) -> str:
    """Posts of those whom Maya follows."""
    _posted(town)
    return "/posts/"


def new_post(town: Town) -> str:
    """The form, with a room to share."""
    return f"/posts/new/?room={town.rooms[1].pk}"


def post(town: Town) -> str:
    """A post with replies."""
    return f"/posts/{_posted(town)}/"


def reply(town: Town) -> str:
    """A reply, with what it answers."""
    return f"/posts/{Post.objects.filter(reply_to=_posted(town)).earliest('created_at').pk}/"


def likers(town: Town) -> str:
    """Who likes a post."""
    return f"/posts/{_posted(town)}/likes/"


def delete_post(town: Town) -> str:
    """The question before it is deleted."""
    return f"/posts/{_posted(town)}/delete/"


def posts_of(town: Town) -> str:
    """Everything of one person."""
    _posted(town)
    return "/@bo/posts/"


def profile(town: Town) -> str:
    """A profile with posts."""
    _posted(town)
    return "/@ana/"


def report_post(town: Town) -> str:
    """The form, about a post."""
    return f"/report/?post={_posted(town)}"


def messages(town: Town) -> str:
    """Conversations, two of them unread."""
    _written(town)
    return "/messages/"


def requests(town: Town) -> str:
    """What is held back."""
    _written(town)
    return "/messages/requests/"


def choose(town: Town) -> str:
    """To whom a room is sent."""
    return f"/messages/new/?room={town.rooms[0].pk}"


def conversation(town: Town) -> str:
    """What Maya and Ana said."""
    _written(town)
    return "/messages/@ana/"


def request(town: Town) -> str:
    """What Karim would like to say."""
    _written(town)
    return "/messages/@karim/"
