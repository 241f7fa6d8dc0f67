"""Fills an empty site with the demo's people, follows and rooms. Safe to run again."""

from datetime import datetime, timedelta
from functools import cache
from itertools import combinations
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management.base import CommandError
from django.db import connection, transaction

from accounts.models import Block, Follow, Hosting, Post, User
from accounts.services import blocks, follows, hosting, messages, posts, signup
from accounts.services.wording import Draft
from media_worker.demo import cast, talk
from rooms.models import Invitation, Participant, Role, Room, ShareLink
from rooms.services import entry, invitations, lifecycle, pins, reminders, share_links, stage


def check_may_seed() -> None:
    """Raise `CommandError` in production, and for a database that belongs to people who are not the demo's.

    The demo's passwords, staff included, are known to everybody. Asked before the tables are made, too.
    """
    if settings.PRODUCTION:
        raise CommandError("The demo is never seeded in production: its passwords are public. Set SPACES_ENV=demo.")
    if User._meta.db_table not in connection.introspection.table_names():
        return
    people = User.objects.people()
    if people.exists() and not people.filter(handle=cast.STAFF_HANDLE, email=_email(cast.STAFF_HANDLE)).exists():
        raise CommandError(
            "This database has people of its own, and the demo's passwords are public. Use an empty one."
        )


def seed(*, now: datetime) -> list[Room]:
    """People, follows, rooms to come and the live rooms, which are returned: all of it, or nothing.

    Raises as `check_may_seed` does.
    """
    check_may_seed()
    with transaction.atomic():
        staff = _staff(now)
        people = {person.handle: _person(person, staff, now) for person in cast.PEOPLE}
        _follow_one_another(list(people.values()), now)
        _block_one(people, now)
        for plan in cast.PLANS:
            _scheduled(plan, people[plan.host], staff, now)
        _wait_for_rooms([people[person.handle] for person in cast.PEOPLE if not person.hosts], now)
        _past(cast.PAST, people, now)
        rooms = [_live(room, people[room.host], now) for room in cast.ROOMS]
        _talk(people, {room.creator.handle: room for room in rooms}, now)
        _pin(rooms, now)
        _invite(rooms, people, now)
        _share(rooms[0], people)
    return rooms


def _staff(now: datetime) -> User:
    person = User.objects.filter(handle=cast.STAFF_HANDLE).first()
    if person is None:
        person = _create(cast.STAFF_HANDLE, "Robin Okoye", now, is_staff=True, is_superuser=True)
    return person


def _create(handle: str, name: str, now: datetime, **more: Any) -> User:
    person = signup.create_person(
        handle=handle,
        display_name=name,
        email=_email(handle),
        password=None,
        now=now,
        email_verified=True,
        **more,
    )
    person.password = _password_hash()
    person.save(update_fields=["password"])
    return person


def _email(handle: str) -> str:
    return f"{handle}@example.org"


@cache
def _password_hash() -> str:
    """A quick hash, the same for everybody: this password is public. The first sign-in makes a slow one of it."""
    return PBKDF2PasswordHasher().encode(cast.PASSWORD, "demo", iterations=1)


def _person(person: cast.DemoPerson, staff: User, now: datetime) -> User:
    found = User.objects.filter(handle=person.handle).first()
    if found is not None:
        return found
    made = _create(
        person.handle,
        person.name,
        now,
        bio=person.bio,
        language=person.language,
        time_zone=person.time_zone,
        is_verified=person.verified,
    )
    if person.hosts:
        hosting.decide_hosting(actor=staff, person=made, decision=Hosting.GRANTED, note="Host of the demo.")
    return made


def _follow_one_another(people: list[User], now: datetime) -> None:
    """Everybody follows the hosts; of the others every second pair follow each other."""
    if Follow.objects.exists():
        return
    hosts = {person.handle for person in cast.PEOPLE if person.hosts}
    for number, (one, other) in enumerate(combinations(people, 2)):
        if other.handle in hosts or number % 2:
            follows.follow(actor=one, person_id=other.pk, now=now)
        if one.handle in hosts:
            follows.follow(actor=other, person_id=one.pk, now=now)


def _block_one(people: dict[str, User], now: datetime) -> None:
    """One pair between whom there is a block, once: whoever signs in as either sees what it does."""
    blocker, blocked = cast.BLOCKED_PAIR
    if not Block.objects.exists():
        blocks.block_person(actor=people[blocker], person_id=people[blocked].pk, now=now)


def _scheduled(plan: cast.DemoPlan, host: User, staff: User, now: datetime) -> None:
    if Room.objects.filter(creator=host, title=plan.title, scheduled_start__gt=now).exists():
        return
    start = (now + timedelta(hours=plan.in_hours)).replace(minute=0, second=0, microsecond=0)
    room = lifecycle.schedule_room(
        creator=host,
        title=plan.title,
        description=plan.description,
        language=plan.language,
        topics=list(plan.topics),
        who_may_speak="EVERYONE",
        guests_allowed=True,
        hidden_allowed=True,
        scheduled_start=start,
        now=now,
    )
    if plan.official:
        lifecycle.set_official(actor=staff, room_id=room.pk, is_official=True, now=now)


def _wait_for_rooms(people: list[User], now: datetime) -> None:
    """Whoever does not host is reminded of what comes next."""
    coming = Room.objects.scheduled().filter(scheduled_start__gt=now).order_by("scheduled_start")
    for person in people:
        for room in coming[:2]:
            reminders.remind(actor=person, room_id=room.pk, now=now)


def _past(past: cast.DemoPast, people: dict[str, User], now: datetime) -> None:
    """A room that is over, with people who were on its stage; once."""
    host = people[past.host]
    if Room.objects.filter(creator=host, title=past.title).exists():
        return
    begins = now - timedelta(hours=past.hours_ago)
    room = lifecycle.open_room(
        creator=host, title=past.title, description=past.description, topics=list(past.topics), now=begins
    )
    for handle in (*past.speakers, *past.listeners):
        entry.join_room(actor=people[handle], room_id=room.pk, device=f"demo-{handle}", now=begins)
    for handle in past.speakers:
        place = Participant.objects.get(room=room, person=people[handle])
        stage.invite_to_speak(actor=host, room_id=room.pk, participant_id=place.pk, now=begins)
        stage.take_offer(actor=people[handle], room_id=room.pk, now=begins)
    lifecycle.end_room(actor=host, room_id=room.pk, now=begins + timedelta(hours=1))


def _invite(rooms: list[Room], people: dict[str, User], now: datetime) -> None:
    """Hosts of live rooms ask somebody who listens to speak; asked once, however it was answered."""
    for room in rooms:
        for handle in cast.INVITATIONS.get(room.creator.handle, ()):
            invited = people[handle]
            if not Invitation.objects.filter(room=room, person=invited).exists():
                invitations.invite(actor=room.creator, room_id=room.pk, person_id=invited.pk, kind="speak", now=now)


def _share(room: Room, people: dict[str, User]) -> None:
    """People passed the room on, and others came by their addresses; once."""
    if ShareLink.objects.filter(room=room).exists():
        return
    for handle, guests in cast.SHARES.items():
        share_links.make(actor=people[handle], room_id=room.pk)
        token = ShareLink.objects.get(room=room, sharer=people[handle]).token
        for guest in guests:
            share_links.count_arrival(room=room, person=people[guest], token=token)


def _live(room: cast.DemoRoom, host: User, now: datetime) -> Room:
    """The room that is live now, or a new one; one whose host went missing long ago makes place."""
    for found in Room.objects.live().filter(creator=host):
        if found.title == room.title and found.host_lost_at is None:
            return found
        lifecycle.end_room(actor=host, room_id=found.pk, now=now)
    return lifecycle.open_room(
        creator=host,
        title=room.title,
        description=room.description,
        language=room.language,
        topics=list(room.topics),
        who_may_speak="EVERYONE",
        guests_allowed=True,
        hidden_allowed=True,
        now=now,
    )


def _talk(people: dict[str, User], rooms: dict[str, Room], now: datetime) -> None:
    """Posts with replies and likes, and a few messages; once."""
    if Post.objects.exists():
        return
    for told in talk.POSTS:
        at = now - timedelta(minutes=told.minutes_ago)
        post_id = posts.publish(actor=people[told.author], draft=_draft(told.text, told.shares, rooms), now=at)
        for number, (handle, text) in enumerate(told.replies, start=1):
            draft, then = Draft(text), at + timedelta(minutes=number)
            posts.reply(actor=people[handle], post_id=post_id, draft=draft, now=then)
        for handle in told.liked_by:
            posts.like(actor=people[handle], post_id=post_id, now=at)
    for message in talk.MESSAGES:
        draft, at = _draft(message.text, message.shares, rooms), now - timedelta(minutes=message.minutes_ago)
        messages.send(actor=people[message.sender], person_id=people[message.recipient].pk, draft=draft, now=at)


def _pin(rooms: list[Room], now: datetime) -> None:
    """In each live room that nothing is pinned in hangs what its host posted last."""
    for room in rooms:
        hosts = Participant.objects.present().filter(room=room, person=room.creator, role=Role.HOST)
        newest = Post.objects.filter(author=room.creator, reply_to=None).order_by("-created_at").first()
        if newest is not None and hosts.exists() and not room.pins.exists():
            pins.pin(actor=room.creator, room_id=room.pk, post_id=newest.pk, now=now)


def _draft(text: str, shares: str, rooms: dict[str, Room]) -> Draft:
    return Draft(text, rooms[shares].pk if shares else None)
